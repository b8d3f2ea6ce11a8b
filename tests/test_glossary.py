"""The glossary: every number of every example is computed, and a wrong one is caught."""

from __future__ import annotations

import dataclasses
import re
from fractions import Fraction
from typing import Any

import pytest

from symphase import RealAlgebraic
from symphase.enclosures import Certainty, Verdict
from symphase.errors import InputError
from symphase.glossary import Term, define_term, glossary
from symphase.notation import prose_html, prose_latex
from symphase.phases import residual_boundaries
from symphase.references import REFERENCES, reference
from symphase.small_examples import f
from symphase.thresholds import BoundaryKind

NAMES = [term.name for term in glossary()]
WANTED = (
    "step size", "sharpness", "edge of stability", "catapult", "monotonic", "residual", "conjugacy", "fixed point",
    "multiplier", "cycle", "flip (period doubling)", "tangency (saddle-node)", "kneading word", "topological entropy",
    "Lyapunov exponent", "Li–Yorke chaos", "onset of chaos", "window", "crisis", "escape", "ergodic average",
    "certified", "exact", "numerical", "observed", "periodic", "chaotic", "divergence",
)  # fmt: skip  # rows as they are read


def test_every_term_that_a_reader_meets_is_there_once() -> None:
    assert set(WANTED) <= set(NAMES)
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_of_an_example_come_out_again_by_another_route(name: str) -> None:
    result = define_term(name).check()
    assert (result.verdict, result.detail) == (Verdict.PROVED, "")
    assert result.certainty is define_term(name).certainty


def _changed(value: Any) -> Any:
    """Another value of the same kind, and one digit away where there are digits."""
    if isinstance(value, float):
        return value * 1.1 + 0.01
    if isinstance(value, RealAlgebraic):
        return value.affine(1, Fraction(1, 1000))
    if isinstance(value, (int, Fraction)):
        return value + Fraction(1, 1000) if isinstance(value, Fraction) else value + 1
    return {"R": "L", "L": "R"}.get(value[-1], "0") + value


@pytest.mark.parametrize("name", NAMES)
def test_any_number_of_an_example_that_is_changed_is_refuted(name: str) -> None:
    term = define_term(name)
    assert term.numbers
    for at, (key, value) in enumerate(term.numbers):
        numbers = (*term.numbers[:at], (key, _changed(value)), *term.numbers[at + 1 :])
        result = dataclasses.replace(term, numbers=numbers).check()
        assert result.verdict is Verdict.REFUTED, key
        assert key in result.detail


def test_a_number_that_is_not_computed_again_is_refuted() -> None:
    term = dataclasses.replace(define_term("multiplier"), recompute=dict)
    assert term.check().verdict is Verdict.REFUTED


@pytest.mark.parametrize("name", NAMES)
def test_an_example_shows_each_of_its_numbers_and_can_be_set_as_latex_and_html(name: str) -> None:
    term = define_term(name)
    assert set(re.findall(r"\{(\w+)\}", term.template)) == {key for key, _ in term.numbers}
    for text in (term.name, term.meaning, term.example):
        assert "None" not in text
        assert "{" not in text
        assert "U+" not in prose_latex(text)
        assert prose_html(text) is not None
    assert term.meaning.endswith(".")
    assert term.example.endswith((".", "…"))
    assert set(term.sources) <= set(REFERENCES)


def test_numbers_that_floats_made_are_not_called_exact() -> None:
    exact = [term for term in glossary() if term.certainty is Certainty.EXACT]
    assert len(exact) > 10
    for term in exact:
        floats = [key for key, value in term.numbers if isinstance(value, float)]
        assert set(floats) <= {"two", "entropy"}, term.name  # the float nearest to an exact value


def test_boundaries_in_the_examples_are_those_of_the_package() -> None:
    boundaries = residual_boundaries()
    shown = {
        ("monotonic", "end"): boundaries.require(BoundaryKind.MONOTONE_END),
        ("flip (period doubling)", "second"): boundaries.require(BoundaryKind.FLIP, 2),
        ("crisis", "crisis"): boundaries.require(BoundaryKind.CRISIS),
    }
    for (name, key), boundary in shown.items():
        assert dict(define_term(name).numbers)[key] == boundary.algebraic


def test_meanings_use_no_word_before_it_is_explained() -> None:
    """The names of what comes later may not be needed for what comes first."""
    for later in ("Lyapunov exponent", "topological entropy", "kneading word"):
        place = NAMES.index(later)
        for term in glossary()[:place]:
            assert later not in term.meaning, (term.name, later)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(InputError, match="must be the name of a term"):
        define_term("no such word")
    with pytest.raises(InputError, match="must be one of"):
        reference("nobody-1900")
    assert reference("singer-1978") == REFERENCES["singer-1978"]


def test_terms_compare_without_their_routes() -> None:
    term = define_term("catapult")
    assert isinstance(term, Term)
    assert dataclasses.replace(term, recompute=dict) == term
    assert dataclasses.replace(term, name="other") != term


def test_every_reference_names_its_year_and_each_key_ends_with_it() -> None:
    for key, text in REFERENCES.items():
        year = key.rpartition("-")[2]
        assert year in text, key
        assert text.endswith(".")


def test_meanings_claim_no_more_than_holds() -> None:
    fixed = define_term("fixed point").meaning
    assert f(Fraction(2, 5), Fraction(2)) == 2  # there the weight changes its sign in each step: no zero gradient
    assert "zero gradient" not in fixed
    assert "changes its sign" in fixed
    for name in ("catapult", "periodic"):
        assert "stays bounded (z < 2)" in define_term(name).meaning
    assert "semiconjugacy" in define_term("conjugacy").meaning
    assert "negative Schwarzian" in define_term("critical point").meaning
    assert "usually" in define_term("ergodic average").meaning
