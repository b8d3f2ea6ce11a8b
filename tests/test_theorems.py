"""Theorems: every line is proved again, and every line that is changed in one sign is refuted."""

from __future__ import annotations

import dataclasses
import itertools
import pickle
import random
import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
import sympy

from symphase import PolynomialFamily, RealAlgebraic, find_boundaries
from symphase.enclosures import Certainty, Verdict
from symphase.errors import InputError
from symphase.formulas import evaluate
from symphase.notation import formula_text, prose_html, prose_latex
from symphase.phases import residual_boundaries
from symphase.references import REFERENCES
from symphase.theorems import phase_theorems, theorems_at
from symphase.theorems.families import family_theorems
from symphase.theorems.proofs import Exactly, Identity, OnDomain, ProofLine, Theorem, unfolded
from symphase.theorems.rechecks import CertifiedBox, EnclosedOnset, RealCycleCount, Resultant
from symphase.theorems.sides import AttractingPoints, CriticalEscape, MonotoneBound
from symphase.thresholds import Boundaries, BoundaryKind

r, x, c, v, w, eta = sympy.symbols("r x c v w eta")
FAMILIES = {
    "logistic": PolynomialFamily(r * x * (1 - x), variable=x, parameter=r),
    "quadratic": PolynomialFamily(x**2 + c, variable=x, parameter=c),
    "odd cubic": PolynomialFamily(r * v - v**3, variable=v, parameter=r),
    "one weight": PolynomialFamily(w - eta * w * (w**2 - 1), variable=w, parameter=eta),
    "tilted well": PolynomialFamily(x - c * (x**3 - x + 1), variable=x, parameter=c),
    "two wells": PolynomialFamily(x - c * (x**3 - 3 * x + 1), variable=x, parameter=c),
}
NO_PROOF = ProofLine(text="")
_PLACEHOLDER = re.compile(r"\[([a-z][a-z0-9]*)\]")


@cache
def _boundaries(name: str) -> Boundaries:
    return residual_boundaries() if name == "residual" else find_boundaries(FAMILIES[name])


@cache
def _theorems(name: str) -> tuple[Theorem, ...]:
    return phase_theorems(_boundaries(name))


def _lines(name: str, kinds: tuple[type, ...]) -> list[ProofLine]:
    found = [line for theorem in _theorems(name) for line in theorem.proof if isinstance(line.evidence, kinds)]
    assert found
    return found


# --------------------------------------------------------------------------------------------- what is said is proved


@pytest.mark.parametrize("name", ["residual", *FAMILIES])
def test_every_line_of_every_proof_is_proved_again(name: str) -> None:
    results = [result for theorem in _theorems(name) for result in theorem.check()]
    assert len(results) > 8
    assert [(result.title, result.detail) for result in results if result.verdict is not Verdict.PROVED] == []


def test_the_five_phases_and_the_floor_are_theorems_of_the_residual_map() -> None:
    phases = [theorem.phase for theorem in _theorems("residual") if theorem.phase]
    assert set(phases) == {"monotonic", "catapult", "periodic", "chaotic", "divergent", "converges to the loss floor"}
    assert len({theorem.label for theorem in _theorems("residual")}) == len(_theorems("residual"))


@pytest.mark.parametrize("name", ["residual", *FAMILIES])
def test_sources_are_known_and_whatever_a_proof_quotes_is_among_them(name: str) -> None:
    for theorem in _theorems(name):
        assert set(theorem.sources) <= set(REFERENCES), theorem.name
        assert set(theorem.quotes) <= set(theorem.sources), theorem.name
        for line in theorem.proof:
            for key in line.quotes:
                year = key.rpartition("-")[2]
                assert year in line.text, (key, line.text)  # author and year stand at the line


def test_a_year_in_a_proof_is_a_quotation() -> None:
    for theorem in _theorems("residual"):
        for line in theorem.proof:
            assert bool(re.search(r"\b(19|20)\d\d\b", line.text)) == bool(line.quotes), line.text


def test_theorems_without_certified_numbers_are_exact_and_the_others_say_so() -> None:
    levels = {theorem.label: theorem.certainty for theorem in _theorems("residual")}
    exact = ("conjugacies", "fixed-points", "interval", "monotonic", "catapult", "crisis", "divergence", "floor")
    assert all(levels[label] is Certainty.EXACT for label in exact)
    assert all(levels[label] is Certainty.CERTIFIED for label in ("two-cycle", "doubling", "chaos", "period-three"))


# ------------------------------------------------------------------------------- one sign changed, and it is refuted


def _flipped(expression: Any) -> Iterator[Any]:
    """The expression with one sign changed: of one term of one sum, of one number, or of the whole."""
    if expression.is_Rational:
        if expression != 0:
            yield -expression
        return
    yield -expression
    for at, part in enumerate(expression.args):
        if expression.is_Pow and at == 1:
            continue
        for changed in _flipped(part):
            yield expression.func(*expression.args[:at], changed, *expression.args[at + 1 :])


def _says_something_else(line: ProofLine, changed: Any, own: Any) -> bool:
    """Whether a changed side is another number somewhere where the line speaks; −P = 0 says the same as P = 0."""
    given = dict(line.evidence.given) if isinstance(line.evidence, Identity) else {}
    differences = [changed - own]
    if line.relation == "=" and line.right == 0:
        differences.append(changed + own)
    rng = random.Random(7)
    for difference in differences:
        plain = unfolded(difference, line.family).xreplace(given)
        for _ in range(3):
            try:
                values = {symbol: Fraction(rng.randint(-99, 99), 17) for symbol in sorted(plain.free_symbols, key=str)}
                if evaluate(plain, values) != 0:
                    break
            except ZeroDivisionError:
                continue
        else:
            return False
    return True


def _mutants(line: ProofLine) -> Iterator[ProofLine]:
    for side in ("left", "right"):
        own = getattr(line, side)
        for changed in _flipped(own):
            if _says_something_else(line, changed, own):
                yield dataclasses.replace(line, **{side: changed})


@pytest.mark.parametrize("name", ["residual", "logistic", "odd cubic"])
def test_any_sign_changed_in_any_displayed_formula_is_refuted(name: str) -> None:
    survivors, tried = [], 0
    for line in _lines(name, (Identity, Exactly, OnDomain)):
        for mutant in _mutants(line):
            tried += 1
            assert mutant.evidence is not None
            if not mutant.evidence.complaints(mutant):  # what check() asks, without its title
                survivors.append(mutant.formula_text())
    assert tried > 40
    assert survivors == []


def test_any_other_relation_is_refuted() -> None:
    tried = 0
    for line in _lines("residual", (Exactly, OnDomain, Identity)):
        for relation in {"=", "<", "≤", ">", "≥"} - {line.relation}:
            tried += 1
            assert line.evidence is not None
            assert line.evidence.complaints(dataclasses.replace(line, relation=relation)), (
                f"{line.formula_text()} with {relation}"
            )
    assert tried > 100


def test_another_number_or_another_side_of_it_is_refuted() -> None:
    tried = 0
    for line in _lines("residual", (Exactly,)):
        evidence = line.evidence
        assert isinstance(evidence, Exactly)
        assert evidence.number is not None
        for number in (evidence.number.affine(1, Fraction(1, 1000)), evidence.number.affine(1, Fraction(-1, 1000))):
            wrong = dataclasses.replace(line, evidence=dataclasses.replace(evidence, number=number))
            assert _refuted(wrong), wrong.formula_text()
        for relation in {"=", "<", "≤", ">", "≥"} - {evidence.relation}:
            wrong = dataclasses.replace(line, evidence=dataclasses.replace(evidence, relation=relation))
            assert _refuted(wrong), wrong.formula_text()
            tried += 1
    assert tried > 40


def _refuted(line: ProofLine) -> bool:
    result = line.check()
    return result is not None and result.verdict is Verdict.REFUTED and bool(result.detail)


def test_an_equation_of_another_map_is_refuted() -> None:
    other = PolynomialFamily(x**3 - c * x**2, variable=x, parameter=c)
    lines = [
        line for line in _lines("residual", (Identity,)) if line.left is not None and line.left.has(sympy.Function("f"))
    ]
    assert lines
    renamed = {residual_boundaries().family.variable: x, residual_boundaries().family.parameter: c}
    for line in lines[:5]:
        assert line.left is not None
        assert line.right is not None
        wrong = dataclasses.replace(
            line, left=line.left.xreplace(renamed), right=line.right.xreplace(renamed), family=other
        )
        assert _refuted(wrong)


def test_a_weight_that_is_not_positive_proves_nothing() -> None:
    line = ProofLine(
        text="",
        left=-(x**2),
        relation="≥",
        right=sympy.Integer(0),
        evidence=OnDomain(domain=((x, "≥"),), terms=((-1, (), x),)),
    )
    assert _refuted(line)
    result = line.check()
    assert result is not None
    assert "not positive" in result.detail


def test_an_inequality_that_fails_only_at_a_root_is_refuted() -> None:
    line = ProofLine(
        text="", left=x**2, relation=">", right=sympy.Integer(0), evidence=Exactly(symbol=x, range=(None, None))
    )
    assert _refuted(line)
    assert not _refuted(dataclasses.replace(line, relation="≥"))


# ------------------------------------------------------------------------------------ computed facts, made wrong


def test_a_box_of_another_cycle_is_refuted() -> None:
    boundaries = _boundaries("residual")
    flip = boundaries.require(BoundaryKind.FLIP, 4)
    assert flip.cycle is not None
    right = CertifiedBox(box=flip.cycle, family=boundaries.family, multiplier=-1, period=4)
    assert right.complaints(NO_PROOF) == []
    assert dataclasses.replace(right, multiplier=1).complaints(NO_PROOF)
    assert dataclasses.replace(right, period=2).complaints(NO_PROOF)
    moved = tuple(end + Fraction(1, 1000) for end in flip.cycle.parameter)
    elsewhere = dataclasses.replace(flip.cycle, parameter=(moved[0], moved[1]))
    assert dataclasses.replace(right, box=elsewhere).complaints(NO_PROOF)


def test_a_count_of_cycles_with_another_birth_is_refuted() -> None:
    boundaries = _boundaries("logistic")
    birth, start, escape = (
        boundaries.require(kind).algebraic
        for kind in (BoundaryKind.TANGENCY, BoundaryKind.STABILITY, BoundaryKind.ESCAPE)
    )
    assert birth is not None
    assert start is not None
    assert escape is not None
    right = RealCycleCount(family=boundaries.family, period=3, lower=start, number=birth, upper=escape)
    assert right.complaints(NO_PROOF) == []
    assert dataclasses.replace(right, number=birth.affine(1, Fraction(1, 100))).complaints(NO_PROOF)
    assert dataclasses.replace(right, lower=escape, upper=start).complaints(NO_PROOF)


def test_a_polynomial_that_does_not_divide_the_resultant_is_refuted() -> None:
    lines = _lines("logistic", (Resultant,))
    for line in lines:
        assert line.left is not None
        for changed in _flipped(line.left):
            if _says_something_else(line, changed, line.left):
                assert _refuted(dataclasses.replace(line, left=changed)), changed
    evidence = lines[0].evidence
    assert isinstance(evidence, Resultant)
    five = RealAlgebraic.rational(5)
    wrong = dataclasses.replace(lines[0], evidence=dataclasses.replace(evidence, number=five))
    assert _refuted(wrong)


def test_an_onset_with_another_bracket_or_word_is_refuted() -> None:
    boundaries = _boundaries("logistic")
    onset: Any = boundaries.require(BoundaryKind.ONSET).value
    for chaotic in (False, True):
        right = EnclosedOnset(onset=onset, family=boundaries.family, chaotic=chaotic)
        assert right.complaints(NO_PROOF) == []
        side = onset.chaotic_side if chaotic else onset.ordered_side
        far = (side.parameter[0] + Fraction(1, 10**9), side.parameter[1] + Fraction(1, 10**9))
        name = "chaotic_side" if chaotic else "ordered_side"
        moved = dataclasses.replace(onset, bracket=far, **{name: dataclasses.replace(side, parameter=far)})
        assert dataclasses.replace(right, onset=moved).complaints(NO_PROOF)
        fewer = dataclasses.replace(onset, **{name: dataclasses.replace(side, doublings=side.doublings - 1)})
        assert dataclasses.replace(right, onset=fewer).complaints(NO_PROOF)


def test_samples_beside_another_number_are_refuted() -> None:
    boundaries = _boundaries("logistic")
    family, factor = boundaries.family, boundaries.family.fixed_point_factors[1]
    rational = RealAlgebraic.rational
    bound = MonotoneBound(family=family, factor=factor, number=rational(2), direction=1)
    assert bound.complaints(NO_PROOF) == []
    assert dataclasses.replace(bound, number=rational("1.9")).complaints(NO_PROOF)
    assert dataclasses.replace(bound, number=rational("2.1")).complaints(NO_PROOF)
    escape = CriticalEscape(family=family, number=rational(4), direction=1)
    assert escape.complaints(NO_PROOF) == []
    assert dataclasses.replace(escape, number=rational("3.9")).complaints(NO_PROOF)
    assert dataclasses.replace(escape, number=rational("4.1")).complaints(NO_PROOF)
    attracting = AttractingPoints(family=family, factor=factor, start=rational(1), flip=rational(3))
    assert attracting.complaints(NO_PROOF) == []
    assert dataclasses.replace(attracting, flip=rational("3.5")).complaints(NO_PROOF)
    assert dataclasses.replace(attracting, start=rational("0.5")).complaints(NO_PROOF)
    tilted = next(line for line in _lines("quadratic", (MonotoneBound,)))
    assert isinstance(tilted.evidence, MonotoneBound)
    assert tilted.evidence.certainty is Certainty.NUMERICAL  # no rational fixed point: a grid, and it says so
    assert dataclasses.replace(tilted.evidence, number=rational("-0.1")).complaints(NO_PROOF)


# --------------------------------------------------------------------------------------------- the claims themselves


def test_what_the_divergence_proof_bounds_is_below_one_where_it_is_computed_from_the_preimages() -> None:
    """The sum of 1/√E over three preimages, in floats, against the bound of the theorem."""
    a = 2.3
    bound = (1 - (a - 2) * (2 * a + 5) / (2 * (1 + a) ** 2)) ** 0.5
    worst = 0.0
    for k in range(-99, 100):
        y = k / 100 * (2 + a) ** 0.5
        roots = [z.real for z in map(complex, sympy.Poly(x**3 - (1 + a) * x + y, x).nroots(maxsteps=200))]
        worst = max(worst, sum((u**4 - a * u**2 + 1) ** 0.5 / abs(1 + a - 3 * u**2) for u in roots))
    assert 0.8 < worst <= bound < 1


@pytest.mark.parametrize(
    ("parameter", "label"),
    [
        ("-1", "floor"), ("0", "floor"), ("0.5", "monotonic"), ("0.9", "catapult"), ("1", "catapult"),
        ("1.1", "two-cycle"), ("1.29", "doubling"), ("1.4", "chaos"), ("1.5", "period-three"), ("1.7", "crisis"),
        ("2", "last-parameter"), ("2.01", "divergence"),
    ],
)  # fmt: skip
def test_the_narrowest_theorem_at_a_parameter_is_the_one_of_its_phase(parameter: str, label: str) -> None:
    assert theorems_at(_theorems("residual"), Fraction(parameter))[0].label == label


def test_theorems_of_a_family_run_in_the_direction_of_its_phases() -> None:
    names = [theorem.name for theorem in theorems_at(_theorems("quadratic"), Fraction(-1, 2))]
    assert names == ["End of monotone convergence"]
    assert [t.phase for t in theorems_at(_theorems("logistic"), Fraction("3.2"))] == ["periodic"]


def test_inside_the_bracket_of_an_onset_no_side_is_claimed() -> None:
    lower, upper = _boundaries("residual").require(BoundaryKind.ONSET).enclose()
    doubling = next(theorem for theorem in _theorems("residual") if theorem.label == "doubling")
    assert doubling.holds_at((lower + upper) / 2) is None
    assert doubling.holds_at(Fraction("1.3")) is True
    assert doubling.holds_at(Fraction("1.31")) is False


def test_ends_belong_to_a_range_as_they_say() -> None:
    monotone = next(theorem for theorem in _theorems("residual") if theorem.label == "monotonic")
    end = _boundaries("residual").require(BoundaryKind.MONOTONE_END).algebraic
    assert end is not None
    assert monotone.holds_at(end) is True
    assert monotone.holds_at(Fraction(0)) is False
    catapult = next(theorem for theorem in _theorems("residual") if theorem.label == "catapult")
    assert catapult.holds_at(end) is False


def test_the_residual_theorems_do_not_depend_on_the_names_of_the_symbols() -> None:
    given = residual_boundaries().family
    f, x = sympy.symbols("f x")
    expression = given.expression.xreplace({given.variable: f, given.parameter: x})
    theorems = phase_theorems(find_boundaries(PolynomialFamily(expression, variable=f, parameter=x)))
    assert [theorem.label for theorem in theorems] == [theorem.label for theorem in _theorems("residual")]
    quick = [t for t in theorems if t.label in {"conjugacies", "sharpness", "last-parameter", "divergence"}]
    assert len(quick) == 4
    assert all(result.verdict is Verdict.PROVED for theorem in quick for result in theorem.check())
    assert "F(f) + x" in theorems[0].statement
    assert not any(_PLACEHOLDER.search(line.text) for theorem in theorems for line in theorem.proof)


def test_the_residual_map_as_any_family_has_the_same_boundaries_proved() -> None:
    theorems = family_theorems(residual_boundaries())
    assert [theorem.label for theorem in theorems][:1] == ["fixed-points"]
    assert len(theorems) == 1 + len(residual_boundaries())
    assert all(result.verdict is Verdict.PROVED for theorem in theorems for result in theorem.check())


def test_what_the_search_left_open_is_said() -> None:
    last = _theorems("tilted well")[-1]
    assert last.label == "left-open"
    assert len(last.proof) == len(_boundaries("tilted well").missing) == 4
    assert last.check() == ()


@pytest.mark.parametrize(("name", "parameter"), [("odd cubic", r - 1), ("one weight", eta)])
def test_the_residual_map_is_known_in_other_coordinates(name: str, parameter: sympy.Expr) -> None:
    disguise = next(theorem for theorem in _theorems(name) if theorem.label == "disguise")
    assert formula_text(parameter) in disguise.statement
    assert [result.verdict for result in disguise.check()] == [Verdict.PROVED]
    assert not any(theorem.label == "disguise" for name in ("logistic", "tilted well") for theorem in _theorems(name))


def test_a_coordinate_with_another_unit_is_refuted() -> None:
    line = next(theorem for theorem in _theorems("odd cubic") if theorem.label == "disguise").proof[0]
    assert line.right is not None
    assert _refuted(dataclasses.replace(line, right=line.right.xreplace({v: 2 * v})))


# ------------------------------------------------------------------------------------------------------ how it looks


@pytest.mark.parametrize("name", ["residual", *FAMILIES])
def test_texts_can_be_set_as_latex_and_html(name: str) -> None:
    for theorem in _theorems(name):
        assert re.fullmatch(r"[a-z0-9-]+", theorem.label)
        for text in (theorem.name, theorem.statement, theorem.in_words, *(line.text for line in theorem.proof)):
            assert "U+" not in prose_latex(text), text
            assert prose_html(text) is not None
            assert "None" not in text
            assert not _PLACEHOLDER.search(text), text
        for line in theorem.proof:
            assert "sqrt" not in line.formula_text()
            assert bool(line.formula_text()) == bool(line.formula_latex()) == (line.left is not None)


def test_formulas_name_the_map_as_people_do() -> None:
    family = residual_boundaries().family
    z, a, f = family.variable, family.parameter, sympy.Function("f")
    line = ProofLine(
        text="", left=f(f(z) - a**2), relation="=", right=sympy.Integer(0), evidence=Identity(), family=family
    )
    assert line.formula_text() == "f(f(z) − a²) = 0"
    assert line.formula_latex() == "f(f(z) - a^{2}) = 0"
    assert _refuted(line)
    exact = next(each for each in _lines("residual", (Exactly,)) if "8" in each.formula_text())
    assert exact.formula_text() == "(a + 2)² ≤ 8 ⇔ a ≤ 2√2 − 2"
    assert exact.formula_latex() == r"(a + 2)^{2} \le 8 \quad\text{exactly for}\quad a \le 2\sqrt{2} - 2"


def test_theorems_pickle_and_lines_of_text_claim_nothing() -> None:
    theorem = next(each for each in _theorems("residual") if each.label == "catapult")
    again = pickle.loads(pickle.dumps(theorem.proof[0]))  # noqa: S301  # our own bytes
    assert again.check() == theorem.proof[0].check()
    assert ProofLine(text="A sentence.").check() is None
    assert ProofLine(text="A sentence.").formula_text() == ""


def test_what_is_no_boundaries_object_is_refused() -> None:
    with pytest.raises(InputError, match="must be a Boundaries object"):
        phase_theorems(())  # type: ignore[arg-type]  # what the test is about


def test_an_equation_that_holds_at_all_random_points_but_not_identically_is_refuted() -> None:
    line = ProofLine(text="", left=x, relation="=", right=x, evidence=Identity())
    points = [values[x] for values in itertools.islice(Identity()._points(line), 24)]
    product = sympy.Mul(*(x - sympy.Rational(point.numerator, point.denominator) for point in points))
    wrong = dataclasses.replace(line, right=x + product)
    result = wrong.check()
    assert result is not None
    assert (result.verdict, result.detail) == (Verdict.REFUTED, "the expanded difference is not zero")
