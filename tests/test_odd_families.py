"""Losses and maps whose story is not whole: reports, explorers and papers are made, and say no more than is known."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from fractions import Fraction
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sympy import Symbol

from symphase.boundaries import Boundaries, BoundaryKind, find_boundaries
from symphase.derivation import derive
from symphase.errors import InputError
from symphase.explorer import explorer_page
from symphase.explorer.record import explorer_record
from symphase.formulas import parse_formula
from symphase.latex import document
from symphase.maps import PolynomialFamily
from symphase.models import PolynomialLoss
from symphase.orbits import lyapunov_curve
from symphase.phases import Phase
from symphase.plots.maps import critical_points, story_points
from symphase.plots.spans import boundary_label
from symphase.reports import maps as map_report
from symphase.reports import pictures, write_map_report
from symphase.reports.chapters import boundary_chapter

Subject = PolynomialLoss | PolynomialFamily


def _map(formula: str, variable: str, parameter: str) -> PolynomialFamily:
    expression = parse_formula(formula, [variable, parameter], argument="map")
    return PolynomialFamily(expression, variable=Symbol(variable), parameter=Symbol(parameter))


SLOW = (
    PolynomialLoss("w^4/4 - w^2/2 + w/10"),
    PolynomialLoss("w^2/2 + w^3/6 + w^4/4"),
    PolynomialLoss("w^3/3 - w"),
    PolynomialLoss("w^4/4 + w^2/2"),
    _map("x^2 + c", "x", "c"),
    _map("r*x^2*(1-x)", "x", "r"),
    _map("x^3 - r*x + 1/10", "x", "r"),
)
FAST = (PolynomialLoss("w^6/6 - w^2/2"), _map("x^4 - r", "x", "r"))
STORIES = [*FAST, *(pytest.param(each, marks=pytest.mark.slow) for each in SLOW)]  # seconds for each family
BARE = _map("mu*sigma^3 - sigma", "sigma", "mu")  # no fixed point of it ever flips


@pytest.fixture(autouse=True)
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pictures."""
    for name, value in (("COLUMNS", 60), ("KEEP", 40), ("TRANSIENT", 30)):
        monkeypatch.setattr(pictures, name, value)
    monkeypatch.setattr(map_report, "_EXPONENTS", 41)
    monkeypatch.setattr(map_report, "_AVERAGED", 200)


def _boundaries(subject: Subject) -> Boundaries:
    family = subject if isinstance(subject, PolynomialFamily) else derive(subject).family
    assert family is not None
    return find_boundaries(family)


def _known(boundaries: Boundaries) -> set[tuple[str, float, float]]:
    """Each stretch between two boundaries of which both ends say the same phase; the last one has one end."""
    ends = [each for each in boundaries if each.kind is not BoundaryKind.TANGENCY]
    found = set()
    for k, left in enumerate(ends):
        for right in ends[k + 1 :]:
            after, before = (re.split(r"\W", text)[0] for text in (left.after, right.before))
            if after == before:
                found.add((after, float(left), float(right)))
    if ends[-1].after == "divergent":
        found.add(("divergent", float(ends[-1]), boundaries.direction * np.inf))
    return found


@pytest.mark.slow  # seconds for each family
@pytest.mark.parametrize("subject", STORIES, ids=repr)
def test_a_story_that_is_not_whole_is_told_as_far_as_it_goes(subject: Subject, tmp_path: Path) -> None:
    boundaries = _boundaries(subject)
    known = _known(boundaries)
    said = " ".join(f"{each.before} {each.after}" for each in boundaries)
    done = write_map_report(tmp_path / "report", subject, pdf=False)
    assert done.agrees
    assert [str(each) for each in done.boundaries] == [str(each) for each in boundaries]
    page = done.index.read_text(encoding="utf-8")
    answer = page[page.index('<section id="answer"') : page.index("</section>")]
    claimed = re.findall(r'<th scope="row"><span class="phase \w+">(\w+)</span></th>', answer)
    assert set(claimed) <= {phase for phase, _, _ in known}
    assert len(claimed) == len(set(claimed))
    strip = done.folder / "data/strip.csv"
    if claimed:
        lines = [line for line in strip.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        rows = [(phase, float(start), float(end or np.inf)) for phase, start, end in list(csv.reader(lines))[1:]]
        assert [phase for phase, _, _ in rows] == claimed
        for phase, start, end in rows:
            ends = {(each, low, high if np.isfinite(high) else np.inf) for each, low, high in known}
            assert (phase, start, end) in ends
    else:
        assert not strip.exists()
        assert "Not every phase of this map has two known ends" in answer
    whole = any(each.kind is BoundaryKind.ONSET for each in boundaries)
    assert ("then two, four, eight, then bands" in page) is whole
    assert ("diverges" in unescape(page[: page.index("</header>")])) <= ("divergent" in said)
    record = json.loads((done.folder / "boundaries.json").read_text(encoding="utf-8"))
    assert {each["kind"] for each in record["missing"]} == {str(kind) for kind, _ in boundaries.missing}
    _explorer_claims_no_more(subject, known)
    _paper_claims_no_more(subject, boundaries, said)


def _explorer_claims_no_more(subject: Subject, known: set[tuple[str, float, float]]) -> None:
    record = explorer_record(subject, max_period=1)
    middles = [each["units"]["a"]["middle"] for each in record["boundaries"]]
    phases = {phase for phase, _, _ in known}
    for segment in record["segments"]:
        inner = segment["from"] is not None and segment["to"] is not None
        if segment["phase"] == "other" or (segment["from"] is None and segment["to"] == 0):
            assert segment["period"] is None
        elif inner:
            low, high = middles[segment["from"]], middles[segment["to"]]
            around = [phase for phase, x, y in known if min(x, y) <= low and high <= max(x, y)]
            assert segment["phase"] in around
        else:
            assert segment["phase"] in phases
    assert explorer_page(subject, max_period=1).startswith("<!DOCTYPE html>")


def _paper_claims_no_more(subject: Subject, boundaries: Boundaries, said: str) -> None:
    tex = document(subject)
    kinds = {each.kind for each in boundaries}
    assert ("chaos begins" in tex) is (BoundaryKind.ONSET in kinds)
    assert ("convergence is monotone up to" in tex) is (BoundaryKind.MONOTONE_END in kinds)
    assert ("diverge" in tex) <= ("divergent" in said)
    assert ("chaotic" in tex) <= ("chaotic" in said)


@pytest.mark.parametrize("make", [lambda folder: write_map_report(folder / "out", BARE), lambda _: explorer_page(BARE)])
def test_a_map_without_a_flip_has_no_page_and_says_why(make: Callable[[Path], Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no fixed point that flips"):
        make(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert "No phase boundaries are told of it" in document(BARE)


def test_exponents_follow_every_critical_point() -> None:
    """Of the cubic two points are free; each orbit that stays has an exponent, and the largest one is drawn."""
    boundaries = _boundaries(_map("x^3 - r*x + 1/10", "x", "r"))
    parameters = np.array([0.9, 1.5, 2.6])
    _, exponents, errors = map_report._critical_exponents(boundaries, parameters)
    points = np.sqrt(parameters / 3)
    left, right = (
        lyapunov_curve(boundaries.reduced_family, parameters, sign * points, transient=500, steps=200).exponents
        for sign in (-1, 1)
    )
    assert np.isfinite(errors).all()
    assert exponents == pytest.approx(np.fmax(left, right), abs=1e-6)
    assert not np.allclose(left, right), "the two orbits are different ones"


def test_a_square_is_not_followed_below_zero() -> None:
    """The quotient of this loss's map is odd again: it has critical points that are no square of a weight."""
    boundaries = _boundaries(PolynomialLoss("w^6/6 - w^2/2"))
    parameters = np.array([0.2, 0.4])
    every = np.array(critical_points(boundaries.reduced_family, parameters))
    kept = np.array(story_points(boundaries, parameters))
    assert (every < 0).any()
    assert np.array_equal(kept[np.isfinite(kept)], every[every >= 0])
    start = map_report._critical_start(boundaries, Fraction(1, 5), Phase.MONOTONIC)
    assert start is not None
    assert start >= 0


def test_a_real_number_is_not_told_through_complex_ones() -> None:
    """The flip of this loss is one of three real roots of a cubic: its radicals pass through √−3."""
    boundaries = _boundaries(PolynomialLoss("w^4/4 - w^2/2 + w/10"))
    flip = next(each for each in boundaries if each.kind is BoundaryKind.FLIP)
    assert flip.algebraic is not None
    assert "I" in str(flip.algebraic.radicals())
    assert str(flip).startswith("root of ")
    assert boundary_label(flip) == "1.1885…"
    assert "<mi>i</mi>" not in boundary_chapter(boundaries)
