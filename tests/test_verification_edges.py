"""Edges of the check of boundaries by other routes: what each witness asks, and how the table is told."""

from __future__ import annotations

import dataclasses
import math
import re
from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import flint
import mpmath
import numpy as np
import pytest
import sympy
from edges import noted
from families import logistic

import symphase.verification as module
from symphase.algebraic import real_roots
from symphase.boundaries import BoundaryKind
from symphase.cycles import CertifiedBifurcation
from symphase.errors import InputError
from symphase.maps import PolynomialFamily
from symphase.models import PhaseRetrieval
from symphase.phases import residual_boundaries
from symphase.verification import Verification, VerificationRow, verify

CONTEXT = mpmath.MPContext()
A = Fraction(3, 2)
x = sympy.Symbol("x")
FOUND = residual_boundaries()
FAMILY = FOUND.reduced_family


def row(index: int, **changes: Any) -> VerificationRow:
    """A row in which all routes agree."""
    plain = VerificationRow(
        boundary=residual_boundaries()[index],
        decimal="1.25",
        enclosure_agrees=True,
        below=Fraction(1, 3),
        above=Fraction(2, 3),
        mpmath_below="a < b",
        mpmath_above="b",
        mpmath_agrees=True,
        simulation_below="c",
        simulation_above="d",
        simulation_agrees=True,
    )
    return dataclasses.replace(plain, **changes)


ROWS = (row(8), row(4, mpmath_agrees=False), row(0, simulation_agrees=False), row(7, enclosure_agrees=False))
WHOLE = Verification(rows=ROWS, digits=60, steps=5000, runs=3, seed=7)


# ------------------------------------------------------------------------------------------------------------ the table


def test_a_table_in_words() -> None:
    line = "1 of 4 boundaries confirmed on every route (60 digits, 5000 steps, seed 7)"
    assert repr(WHOLE) == f"<Verification: {line}>"
    assert [repr(each) for each in WHOLE] == [
        "<VerificationRow: escape (boundary crisis) at 1.25: all routes agree>",
        "<VerificationRow: flip of period 4 → 8 at 1.25: a route disagrees>",
        "<VerificationRow: fixed point becomes attracting at 1.25: a route disagrees>",
        "<VerificationRow: interior crisis at 1.25: a route disagrees>",
    ]
    html = WHOLE._repr_html_()
    assert line in html
    heads = re.findall("<th[^>]*>([^<]+)</th>", html)
    assert heads[:5] == ["boundary", "value", "second proof", "mpmath orbits", "gradient descent"]
    cells = [part.partition("</tr>")[0].split("</t")[:5] for part in html.partition("<tbody>")[2].split("<tr>")[1:]]
    told = [["<strong>disagrees</strong> " in text for text in cell[2:]] for cell in cells]
    assert told == [[False] * 3, [False, True, False], [False, False, True], [True, False, False]]
    for each, cell in zip(ROWS, cells, strict=True):
        assert each.boundary.name in cell[0].replace("&gt;", ">")
        assert "1.25" in cell[1]
        for text, level in zip(cell[2:], (str(each.boundary.certainty), "numerical", "observed"), strict=True):
            assert f">{level}<" in text
            assert ">agrees " in text or "<strong>disagrees</strong> " in text


def test_a_table_as_plain_data() -> None:
    told = WHOLE.to_dict()
    rows = told.pop("rows")
    assert told == {"agrees": False, "digits": 60, "steps": 5000, "runs": 3, "seed": 7}
    assert rows[0] == {
        "boundary": "escape (boundary crisis)",
        "exact": str(residual_boundaries()[8]),
        "decimal": "1.25",
        "second_proof": True,
        "before": "1/3",
        "after": "2/3",
        "mpmath": ["a < b", "b"],
        "mpmath_agrees": True,
        "simulation": ["c", "d"],
        "simulation_agrees": True,
        "agrees": True,
    }
    assert [each["exact"] is None for each in rows] == [False, True, False, False]  # a box has no exact number
    assert [each["agrees"] for each in rows] == [True, False, False, False]
    assert dataclasses.replace(WHOLE, rows=ROWS[:1]).to_dict()["agrees"] is True


def test_what_is_refused_and_how() -> None:
    anything: Any = "abc"
    said = {
        "steps = 3999: must be an integer from 4000 to 1000000; shorter runs settle on no cycle": {"steps": 3999},
        "boundaries = abc: must be a Boundaries; take them from find_boundaries": {"boundaries": anything},
    }
    for words, options in said.items():
        with pytest.raises(InputError) as caught:
            verify(**options)
        assert str(caught.value) == words
    family = PolynomialFamily(x**2 + sympy.Symbol("c"), variable=x, parameter=sympy.Symbol("c"))
    with pytest.raises(InputError) as caught:
        module._ends(family, Fraction(1))
    other = "give boundaries of another family"
    assert (caught.value.argument, caught.value.value) == ("boundaries", family)
    assert str(caught.value).endswith(f": has no bounded orbits at 1; {other}")
    points = [SimpleNamespace(is_reference=False), SimpleNamespace(is_reference=True, location=None)]
    found: Any = SimpleNamespace(reduced_family=family, fixed_points=points)
    with pytest.raises(InputError) as caught:
        module._OrbitWitness(found, None, 50, 10).reference(Fraction(1))
    assert (caught.value.argument, caught.value.value) == ("boundaries", family)
    assert str(caught.value).endswith(f": must have a reference fixed point rational in the parameter; {other}")


def test_settings_up_to_their_ends() -> None:
    none = dataclasses.replace(residual_boundaries(), items=())

    def settings(**options: Any) -> tuple[int, ...]:
        found = verify(none, **options)
        return found.digits, found.steps, found.runs, found.seed

    assert settings() == (50, 6000, 6, 0)
    assert settings(digits=10_000, steps=1_000_000, runs=1000, seed=10**30) == (10_000, 1_000_000, 1000, 10**30)
    assert settings(digits=50, steps=4000, runs=1, seed=0) == (50, 4000, 1, 0)


# ----------------------------------------------------------------------------------------------------- what is asked


@pytest.mark.parametrize(
    ("kind", "period", "below", "above"),
    [
        (BoundaryKind.STABILITY, 1, "not to 0", "to 0"), (BoundaryKind.MONOTONE_END, None, "never rises", "can rise"),
        (BoundaryKind.FLIP, None, "period 1", "period 2"), (BoundaryKind.FLIP, 6, "period 6", "period 12"),
        (BoundaryKind.ONSET, None, "period a power of 2", "not a power of 2"),
        (BoundaryKind.TANGENCY, None, "no period 1", "period 1"),
        (BoundaryKind.TANGENCY, 5, "no period 5", "period 5"), (BoundaryKind.CRISIS, None, "one side", "both sides"),
        (BoundaryKind.ESCAPE, None, "bounded", "escapes"),
    ],
)  # fmt: skip  # rows as they are read
def test_what_is_expected(kind: BoundaryKind, period: int | None, below: str, above: str) -> None:
    boundary: Any = SimpleNamespace(kind=kind, period=period)
    assert module._expected(boundary) == (below, above)
    assert hasattr(module._OrbitWitness, module._QUESTIONS[kind])
    assert hasattr(module._DescentWitness, module._QUESTIONS[kind])


class Place(float):
    """A boundary at a number."""

    kind: BoundaryKind
    enclose: Any


class Listed(list[Place]):
    """Boundaries in a list."""

    direction: int


@pytest.mark.parametrize(
    ("direction", "places", "below", "above"),
    [
        (1, [(2.0, "ESCAPE", "0"), (7.0, "FLIP", "0")], "199/100", "201/100"),
        (-1, [(2.0, "ESCAPE", "0"), (7.0, "FLIP", "0")], "201/100", "199/100"),
        (1, [(2.0, "ESCAPE", "0")], "199/100", "201/100"),
        (1, [(2.0, "ESCAPE", "0"), (1.9921875, "FLIP", "0"), (2.25, "FLIP", "0")], "1023/512", "1025/512"),
        (1, [(2.0, "ESCAPE", "0"), (2.0, "FLIP", "0")], "199/100", "201/100"),  # in the same place: no gap
        (1, [(2.0, "TANGENCY", "0")], "1999/1000", "2001/1000"),
        (1, [(2.0, "MONOTONE_END", "0")], "1999/1000", "2001/1000"),
        (1, [(2.0, "TANGENCY", "0"), (2.001953125, "FLIP", "0")], "4095/2048", "4097/2048"),
        (1, [(2.0, "ONSET", "1/50")], "49/25", "51/25"),  # twice its width, where that is more
        (1, [(2.0, "ONSET", "1/300")], "199/100", "201/100"),
    ],
)  # fmt: skip  # rows as they are read
def test_where_the_two_sides_are(direction: int, places: Any, below: str, above: str) -> None:
    """A hundredth, a quarter of the way to the next boundary, or a thousandth, whatever is least."""

    listed: Any = Listed()
    listed.direction = direction
    for place, kind, width in places:
        one = Place(place)
        one.kind, middle, half = BoundaryKind[kind], Fraction(place), Fraction(width) / 2
        one.enclose = lambda _, ends=(middle - half, middle + half): ends
        listed.append(one)
    assert module._sides(listed, 0) == (Fraction(below), Fraction(above))


@pytest.mark.parametrize(("gap", "largest"), [(0.0314159, 10**6), (5 / 2**32, 2**34 // 5)])
def test_the_two_sides_are_short_fractions(gap: float, largest: int) -> None:
    """Their distance has 6 digits below, their middle 12: more digits are worth nothing but where places are near."""
    places = [Place(value) for value in (math.pi, math.pi + gap)]
    for place in places:
        place.kind, place.enclose = BoundaryKind.FLIP, lambda _, middle=Fraction(place): (middle, middle)
    listed: Any = Listed(places)
    listed.direction = 1
    low, high = module._sides(listed, 0)
    assert (high - low) / 2 == (Fraction(places[1] - places[0]) / 4).limit_denominator(largest)
    assert (high + low) / 2 == Fraction(math.pi).limit_denominator(largest * 10**6)


def test_regression_the_two_sides_of_places_near_each_other_are_two() -> None:
    """As the boundaries of a family are where its parameter has large units."""
    places = [Place(value) for value in (3e-9, 4e-9)]
    for place in places:
        place.kind, place.enclose = BoundaryKind.FLIP, lambda _, middle=Fraction(place): (middle, middle)
    listed: Any = Listed(places)
    listed.direction = 1
    low, high = module._sides(listed, 0)
    assert 2.7e-9 < low < 2.8e-9  # a quarter of the way down and up
    assert 3.2e-9 < high < 3.3e-9


def test_what_a_row_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """What each route says of each side stands in its own place; what is asked are the settings of the call."""
    asked: list[Any] = []
    low, high = Fraction(1), Fraction(3)
    orbit = SimpleNamespace(escape={low: "bounded", high: "escapes"}.get)
    descent = SimpleNamespace(escape={low: "some escape", high: "settles"}.get)
    monkeypatch.setattr(module, "residual_boundaries", lambda: dataclasses.replace(FOUND, items=(FOUND[8],)))
    monkeypatch.setattr(module, "_sides", lambda found, index: noted(asked, (list(found), index), (low, high)))
    monkeypatch.setattr(module, "_OrbitWitness", lambda *of: noted(asked, of[1:], orbit))
    monkeypatch.setattr(module, "_DescentWitness", lambda *of: noted(asked, of, descent))
    monkeypatch.setattr(module, "confirms_number", lambda _, boundary: noted(asked, boundary, True))
    monkeypatch.setattr(module, "crosses", lambda _, boundary, digits: noted(asked, (boundary, digits), True))
    (told,) = verify(digits=70, steps=4321, runs=5, seed=11)
    assert asked == [([FOUND[8]], 0), (None, 70, 4321), (None, 4321, 5, 11), FOUND[8], (FOUND[8], 70)]
    assert told == VerificationRow(
        boundary=FOUND[8],
        decimal=f"2.{'0' * 20}",  # the map is full at 2
        enclosure_agrees=True,
        below=low,
        above=high,
        mpmath_below="bounded",
        mpmath_above="escapes",
        mpmath_agrees=True,
        simulation_below="some escape",
        simulation_above="settles",
        simulation_agrees=False,
    )
    monkeypatch.setattr(module, "crosses", lambda *_, **__: False)
    (told,) = verify()
    assert not told.mpmath_agrees
    assert FOUND[8].period is None


# ----------------------------------------------------------------------------------------------------- the second proof


@pytest.mark.parametrize(
    ("again", "proved"),
    [
        (None, False), ((3, 4), True), ((3, 3), True), ((2, 3), False), ((4, 5), False), ((1, 3), False),
        ((4, 6), False), ((0, 1), False), ((6, 7), False),
    ],
)  # fmt: skip  # rows as they are read
def test_a_box_within_another(monkeypatch: pytest.MonkeyPatch, again: tuple[int, int] | None, *, proved: bool) -> None:
    """Of twice the bits, from the middle of the one at hand, and it must lie inside that, from 2 to 5."""
    asked: list[Any] = []
    found = None if again is None else SimpleNamespace(parameter=again)

    def certify(*of: Any, bits: int) -> Any:
        return noted(asked, (*of, bits), found)

    monkeypatch.setattr(module, "certify_bifurcation", certify)
    points = ((Fraction(1), Fraction(2)), (Fraction(-1), Fraction(3)))
    box = CertifiedBifurcation(
        parameter=(Fraction(2), Fraction(5)), period=2, multiplier=Fraction(-1), points=points, bits=100
    )
    assert module.confirms_number(FOUND, dataclasses.replace(FOUND[4], value=box)) is proved
    assert asked == [(FAMILY, Fraction(7, 2), [1.5, 1.0], Fraction(-1), 200)]


@pytest.mark.parametrize(("digits", "proved"), [("1.41421356237309504880", True), ("1.41421356237309504881", False)])
def test_digits_of_an_irrational_number(monkeypatch: pytest.MonkeyPatch, digits: str, *, proved: bool) -> None:
    root = real_roots(flint.fmpz_poly([-2, 0, 1]))[1]
    monkeypatch.setattr(type(root), "decimal", lambda _, n: digits if n == 20 else "1")
    assert module._confirm_digits(root) is proved


@pytest.mark.parametrize(("off", "proved"), [("0", True), ("5e-21", True), ("-5e-21", True), ("5.1e-21", False)])
def test_digits_of_a_rational_number(off: str, *, proved: bool) -> None:
    value: Any = SimpleNamespace(
        is_rational=True,
        interval=(Fraction(2),) * 2,
        decimal=lambda _: str(Fraction(2) + Fraction(off)),
        coefficients=(),
    )
    assert module._confirm_digits(value) is proved


def test_a_number_without_digits_has_none_to_show() -> None:
    def none(_: int) -> str:
        raise ArithmeticError

    boundary: Any = SimpleNamespace(decimal=none)
    assert module._digits(boundary) == "none proved"
    boundary.decimal = lambda digits: f"{digits} digits"
    assert module._digits(boundary) == "20 digits"


@pytest.mark.parametrize(
    ("direction", "sides", "estimate", "proved"),
    [
        (1, {1: -1, 2: 1}, "1.5", True), (1, {1: 1, 2: -1}, "1.5", False), (-1, {1: 1, 2: -1}, "1.5", True),
        (-1, {1: -1, 2: 1}, "1.5", False), (1, {1: -1, 2: 0}, "1.5", False), (1, {1: -1, 2: 1}, "1", False),
        (1, {1: -1, 2: 1}, "2", False),
    ],
)  # fmt: skip  # rows as they are read
def test_kneading_at_both_ends_of_a_bracket(
    monkeypatch: pytest.MonkeyPatch, direction: int, sides: dict[int, int], estimate: str, *, proved: bool
) -> None:
    """With four times as many symbols as the longer of the two cycles has points."""
    asked: list[Any] = []

    def side(family: object, end: int, *, max_symbols: int) -> int:
        return noted(asked, (family, max_symbols), sides[end])

    monkeypatch.setattr(module, "side_of_onset", side)
    for first, second in ((3, 5), (5, 3)):
        onset: Any = SimpleNamespace(
            direction=direction,
            bracket=(1, 2),
            estimate=estimate,
            ordered_side=SimpleNamespace(doublings=first),
            chaotic_side=SimpleNamespace(doublings=second),
        )
        boundaries: Any = SimpleNamespace(reduced_family="family")
        assert module._confirm_onset(boundaries, onset) is proved
    assert set(asked) == {("family", 128)}


# ------------------------------------------------------------------------------------------------------------ witnesses


@pytest.fixture
def orbits(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the orbits are asked, and what they answer."""
    script = SimpleNamespace(asked=[], orbit=[], period=None)

    def iterate(family: object, a: Fraction, start: Fraction, steps: int, *, digits: int) -> Any:
        answer = script.orbit(start) if callable(script.orbit) else script.orbit
        return noted(script.asked, (family, a, start, steps, digits), [CONTEXT.mpf(value) for value in answer])

    def settled_period(family: object, a: Fraction, start: Fraction, **options: int) -> int | None:
        found: int | None = script.period
        return noted(script.asked, (family, a, start, options), found)

    monkeypatch.setattr(module, "iterate", iterate)
    monkeypatch.setattr(module, "settled_period", settled_period)
    return script


def orbit_witness() -> Any:
    return module._OrbitWitness(FOUND, 3, 60, 5000)


def test_orbits_that_come_home(orbits: Any) -> None:
    """From a hundredth beside the fixed point to less than 10⁻⁹."""
    witness = orbit_witness()
    home = witness.reference(A)
    assert FAMILY.expression.subs({FAMILY.variable: home, FAMILY.parameter: A}) == home
    for off, answer in (("0.9e-9", "to 0"), ("-0.9e-9", "to 0"), ("1e-9", "not to 0"), ("1.1e-9", "not to 0")):
        orbits.orbit = [5, float(home) + float(off)]
        assert witness.target(A) == answer
    assert orbits.asked[0] == (FAMILY, A, home + Fraction(1, 100), 5000, 60)


def test_fixed_points_that_are_fractions() -> None:
    b = sympy.Symbol("b")
    points = [SimpleNamespace(is_reference=False), SimpleNamespace(is_reference=True, location=1 / b - 1)]
    found: Any = SimpleNamespace(reduced_family=SimpleNamespace(parameter=b), fixed_points=points)
    home = module._OrbitWitness(found, None, 50, 10).reference(A)
    assert home == Fraction(-1, 3)
    assert module._mpf(CONTEXT.mpf(1), home) == -CONTEXT.mpf(1) / 3


def test_a_fixed_point_elsewhere(orbits: Any) -> None:
    """Distances are those from 1 − 1/r, which is 3/5 at r = 5/2."""
    maps, r = logistic(), Fraction(5, 2)
    home = SimpleNamespace(is_reference=True, location=1 - 1 / maps.parameter)
    found: Any = SimpleNamespace(reduced_family=maps, fixed_points=[home])
    witness = module._OrbitWitness(found, None, 60, 5000)
    for last, answer in ((0.6, "to 0"), (-0.6, "not to 0"), (0, "not to 0")):
        orbits.orbit = [5, last]
        assert witness.target(r) == answer
    for pair, answer in (((0.9, 0.5), "never rises"), ((0.7, 0.3), "can rise"), ((-0.6, 0.7), "never rises")):
        orbits.orbit = pair
        assert witness.rise(r) == answer


def test_orbits_that_rise(orbits: Any) -> None:
    """From 499 starts between the ends of what stays bounded, which are closer there than in the middle."""
    witness = orbit_witness()
    low, high = (end.enclose(64)[0] for end in module._ends(FAMILY, A))
    home = float(witness.reference(A))
    falls, rises = [(2, 2), (2, -2), (2, 1.9)], [(2, 2.1), (-2, 2.1), (2, -2.1)]
    for first, second in (*falls, *rises):
        orbits.orbit = [home + first, home + second]
        assert witness.rise(A) == ("can rise" if (first, second) in rises else "never rises")
    shares = [(ask[2] - low) / (high - low) for ask in orbits.asked[:499]]
    shares = [Fraction(0), *shares, Fraction(1)]
    gaps = [after - before for before, after in pairwise(shares)]
    assert gaps[:250] == gaps[:-251:-1] == sorted(gaps[:250])
    # 500 steps whose length grows linearly in the number of steps from the nearer end, but for what is rounded off
    assert gaps[0] == Fraction(3, 500**2) - Fraction(2, 500**3)
    assert gaps[249] < Fraction(3, 2) / 500
    assert {(ask[0], ask[1], *ask[3:]) for ask in orbits.asked} == {(FAMILY, A, 1, 60)}


def test_regression_what_rises_near_an_end_alone_is_seen() -> None:
    """|f(z) − p| = |1 − r z| |z − p| for the logistic map: larger only beyond 2/r, which is 1 at r = 2."""
    maps = logistic()
    home = SimpleNamespace(is_reference=True, location=1 - 1 / maps.parameter)
    found: Any = SimpleNamespace(reduced_family=maps, fixed_points=[home])
    witness = module._OrbitWitness(found, None, 60, 5000)
    assert witness.rise(Fraction("2.001")) == "can rise"


def test_periods_of_the_critical_orbit(orbits: Any) -> None:
    witness = orbit_witness()
    start = witness.critical(A)
    slope = sympy.diff(FAMILY.expression, FAMILY.variable).subs(FAMILY.parameter, sympy.Rational(3, 2))
    assert abs(float(slope.subs(FAMILY.variable, sympy.Rational(start.numerator, start.denominator)))) < 1e-50
    told = {
        None: ("no period", "not a power of 2", "no period 3"),
        1: ("period 1", "period a power of 2", "no period 3"),
        3: ("period 3", "not a power of 2", "period 3"),
        6: ("period 6", "not a power of 2", "no period 3"),
        64: ("period 64", "period a power of 2", "no period 3"),
    }
    for orbits.period, answers in told.items():
        assert (witness.period(A), witness.order(A), witness.cycle(A)) == answers
    plain, longer = {"steps": 5000, "digits": 60}, {"steps": 5000, "digits": 60, "max_period": 256}
    assert orbits.asked[:3] == [(FAMILY, A, start, options) for options in (plain, longer, plain)]


def test_orbits_that_hop_or_leave(orbits: Any) -> None:
    """Over the wall, which is the largest critical point; and before 400 steps are done."""
    witness = orbit_witness()
    slope = sympy.Poly(sympy.diff(FAMILY.expression, FAMILY.variable).subs(FAMILY.parameter, sympy.Rational(3, 2)))
    assert max(float(root) for root in slope.nroots()) == pytest.approx(1)
    for top, hopping in ((1 + 1e-9, "both sides"), (1, "one side"), (1 - 1e-9, "one side")):
        orbits.orbit = [0, top, 0]
        assert witness.hopping(A) == hopping
    for length, leaving in ((401, "bounded"), (400, "escapes"), (3, "escapes")):
        orbits.orbit = [0] * length
        assert witness.escape(A) == leaving
    assert {ask[1:] for ask in orbits.asked} == {(A, witness.critical(A), 400, 310)}


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What gradient descent is asked, and what it answers."""
    script = SimpleNamespace(asked=[], losses=[], residuals=[], escape_step=[], seen=[])

    def descend(*data: Any, **options: Any) -> Any:
        answer = {name: np.array(getattr(script, name), dtype=float) for name in ("losses", "residuals", "escape_step")}
        return noted(script.asked, (data, options), SimpleNamespace(**answer))

    monkeypatch.setattr(module, "descend", descend)
    monkeypatch.setattr(
        module, "observe_phases", lambda _: [SimpleNamespace(label=a, period=b) for a, b in script.seen]
    )
    return script


def descent_witness() -> Any:
    return module._DescentWitness(3, 5000, 4, 9)


def test_what_descent_is_asked(runs: Any) -> None:
    """η = |a|/2, a target of the sign of a, and starts from 0.3 to 0.9."""
    for a, target, rate in ((A, 1.0, 0.75), (-A, -1.0, 0.75), (Fraction(0), -1.0, 0.0)):
        descent_witness().run(a)
        (model, features, targets), options = runs.asked.pop()
        assert isinstance(model, PhaseRetrieval)
        assert (model.gamma, model.c) == (2, 0)
        assert (features, targets, options["step_sizes"]) == ([[1.0]], [target], rate)
        assert (options["runs"], options["steps"], options["starts"].shape) == (4, 5000, (4, 1))
        assert np.array_equal(options["starts"], np.random.default_rng(9).uniform(0.3, 0.9, size=(4, 1)))


def test_descent_that_comes_home_rises_hops_or_leaves(runs: Any) -> None:
    witness = descent_witness()
    for last, answer in (((0.9e-12, 0), "to 0"), ((1e-12, 0), "not to 0"), ((5, 0), "not to 0")):
        runs.losses = [[1, loss] for loss in last]
        assert witness.target(A) == answer
    for pair, answer in (((1, 1), "never rises"), ((1, 1 + 0.9e-9), "never rises"), ((1, 1 + 1.1e-9), "can rise"),
                         ((0, 1e-24), "never rises"), ((0, 1.1e-24), "can rise")):  # fmt: skip  # pairs
        runs.losses = [[1, 0.5, 0.25], [9, *pair]]
        assert witness.rise(A) == answer
    options = runs.asked[-1][1]
    # z = a (w² − 1) ≤ 2 is w² ≤ 7/3 where a = 3/2
    assert options["starts"] == pytest.approx(np.arange(1, 500)[:, None] / 500 * (7 / 3) ** 0.5)
    assert (options["steps"], options["runs"]) == (200, 499)
    for a, answer in ((Fraction(0), "no weights fit"), (Fraction(-1), "no weights fit"), (Fraction(1), "can rise")):
        assert witness.rise(a) == answer
    for size, answer in ((0.66, "one side"), (0.67, "both sides"), (2 / 3, "one side")):
        runs.residuals = [[[0.0]], [[size]]]
        assert witness.hopping(A) == answer
    for steps, answer in (((0, 3), "escapes"), ((-1, 0), "some escape"), ((-1, -1), "bounded")):
        runs.escape_step = steps
        assert witness.escape(A) == answer


ALL_POWERS = [2**k for k in range(9)]
NINE = " or ".join(sorted(f"period {n}" for n in ALL_POWERS))


@pytest.mark.parametrize(
    ("seen", "period", "order", "cycle"),
    [
        ([("monotonic", None), ("catapult", None)], "period 1", "period a power of 2", "no period 3"),
        ([("periodic", 256)], "period 256", "period a power of 2", "no period 3"),
        ([("periodic", n) for n in ALL_POWERS], NINE, "period a power of 2", "no period 3"),
        ([("periodic", 512)], "period 512", "not a power of 2", "no period 3"),
        ([("periodic", 3)], "period 3", "not a power of 2", "period 3"),
        ([("chaotic", None)], "chaotic", "not a power of 2", "no period 3"),
        ([("periodic", 4), ("periodic", 2)], "period 2 or period 4", "period a power of 2", "no period 3"),
        ([("periodic", 3), ("periodic", 2)], "period 2 or period 3", "period 2 or period 3", "period 2 or period 3"),
    ],
)  # fmt: skip  # rows as they are read
def test_what_runs_are_called(runs: Any, seen: Any, period: str, order: str, cycle: str) -> None:
    runs.seen = seen
    witness = descent_witness()
    assert (witness.period(A), witness.order(A), witness.cycle(A)) == (period, order, cycle)
