"""Kneading charts by numbers known otherwise: stories, words and where they are, and derivatives along orbits."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, cast

import flint
import numpy as np
import pytest
import sympy
from edges import noted
from families import family_of, logistic, odd_cubic, quadratic, residual

from symphase import charts
from symphase.boundaries import find_boundaries
from symphase.charts import (
    Jets,
    KneadingChart,
    bisect_balls,
    kneading_at,
    kneading_letters,
    kneading_story,
    lap_code,
    locate,
)
from symphase.enclosures import Verdict, ball, ball_bounds, working_precision
from symphase.errors import InputError
from symphase.itineraries import THREE_LAPS, TWO_LAPS, Itinerary
from symphase.maps import PolynomialFamily
from symphase.onset import monotonicity_theorem
from symphase.thresholds import Boundaries, BoundaryKind

A, Z = sympy.symbols("a z")
Make = Callable[[], PolynomialFamily]


def landing() -> PolynomialFamily:
    """A z(1 − z)²: the critical point 1 goes to the fixed point 0, and f(1/3) = 4a/27 reaches it at 27/4."""
    return family_of(A * Z * (1 - Z) ** 2)


def moving() -> PolynomialFamily:
    """The residual family in w = z + a: its bound critical point is 1 + a."""
    return family_of(Z * (1 + A - Z) ** 2)


def curved() -> PolynomialFamily:
    """The family of landing() in w = z/a: its bound critical point is 1/a."""
    return family_of(A * Z * (1 - A * Z) ** 2)


def mirrored() -> PolynomialFamily:
    """The residual family read from right to left: its free critical point is a minimum, the bound one is −1."""
    return family_of(A - (A - Z) * (1 + Z) ** 2)


def hollow() -> PolynomialFamily:
    """The logistic family read from right to left: its free critical point is a minimum."""
    return family_of(-(A * -Z * (1 + Z)))


def near(value: Fraction, exact: object, length: object) -> bool:
    """Whether a number lies within 2⁻²⁸ of a length of another one."""
    return abs(value - Fraction(str(exact))) < Fraction(str(length)) / 2**28


# ------------------------------------------------------------------------------------------------------------- stories


@pytest.mark.parametrize(
    ("make", "birth", "superstable", "flip", "end", "is_fold"),
    [
        (logistic, 1, 2, 3, 4, False),
        (hollow, 1, 2, 3, 4, False),
        (quadratic, Fraction(1, 4), 0, Fraction(-3, 4), -2, True),
        (residual, 0, Fraction(1, 2), 1, 2, False),
        (odd_cubic, 1, Fraction(3, 2), 2, 3, False),
    ],
)
def test_the_ends_of_a_story(
    make: Make, birth: Fraction, superstable: Fraction, flip: Fraction, end: Fraction, is_fold: bool
) -> None:
    maps = make()
    story = kneading_story(maps)
    assert [story.birth, story.superstable, story.flip, story.end] == [birth, superstable, flip, end]
    assert story.is_fold is is_fold
    assert story.family == maps
    assert story.within is None
    assert (story.reduced_family == maps) is (make is not odd_cubic)
    chart, length = story.chart, abs(Fraction(end) - Fraction(birth))
    direction = 1 if end > birth else -1
    assert chart.direction == direction
    for value, exact, side in ((chart.start, flip, -1), (chart.stop, end, 1), (chart.birth, birth, 0)):
        assert near(value, exact, length)
        assert side == 0 or direction * side * (value - exact) > 0  # a little outside
    assert kneading_story(maps) is story


def cubic(a: Any) -> Any:
    """A monotone function that takes the values below at irrational numbers alone."""
    return a**3 + a - sympy.Rational(1, 3)


@pytest.mark.parametrize(
    ("formula", "within", "control", "levels", "way"),
    [
        (Z**2 - cubic(A), None, cubic, (Fraction(-1, 4), 0, Fraction(3, 4), 2), 1),
        (Z**2 - cubic(-A), None, lambda a: cubic(-a), (Fraction(-1, 4), 0, Fraction(3, 4), 2), -1),
        ((A**2 + A) * Z - Z**3, (-4, -1), lambda a: a**2 + a, (1, Fraction(3, 2), 2, 3), -1),
        (2 * Z * (1 + A - Z) ** 2, None, lambda a: 2 * (1 + a) ** 2, (1, Fraction(9, 4), 4, 9), 1),
        (2 * Z * (1 + A - Z) ** 2, (-3, -2), lambda a: 2 * (1 + a) ** 2, (1, Fraction(9, 4), 4, 9), -1),
    ],
)
def test_a_chart_encloses_its_story_and_no_more(
    formula: sympy.Expr,
    within: tuple[int, int] | None,
    control: Callable[[Any], Any],
    levels: tuple[Fraction, ...],
    way: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By a function that grows along the story, of which the values at birth, superstable, flip and end are known.

    All stories are longer than ½, so that the margin is 2⁻³⁰.  The theorem's interval ends with the chart.
    """
    asked: list[tuple[Fraction, Fraction]] = []
    theorem = monotonicity_theorem
    monkeypatch.setattr(charts, "monotonicity_theorem", lambda maps, *ends: noted(asked, ends, theorem(maps, *ends)))
    limits = None if within is None else (Fraction(within[0]), Fraction(within[1]))
    chart = charts._story.__wrapped__(family_of(formula), limits).chart
    ((begin, stop),) = (ends[::way] for ends in asked)
    assert (chart.direction, chart.stop) == (way, stop)
    margin = sympy.Rational(way, 2**30)
    at_birth, at_superstable, at_flip, at_end = (sympy.Rational(str(level)) for level in levels)
    first, begin, start, stop = (sympy.Rational(str(v)) for v in (chart.birth, begin, chart.start, stop))
    assert control(first - margin) < at_birth < control(first + margin)
    assert control(begin + margin) <= at_superstable <= control(begin + 2 * margin)
    assert control(start + margin) <= at_flip <= control(start + 5 * margin / 4)
    assert control(stop - 5 * margin / 4) <= at_end <= control(stop - margin)


@pytest.mark.parametrize(
    "length",
    [Fraction(1, 2), Fraction(3, 8), Fraction(1, 2**33), Fraction(3, 2**35), Fraction(100), Fraction(1, 2**90)],
)
def test_the_margins_of_a_chart_go_with_its_length(length: Fraction) -> None:
    """They are 2⁻³⁰, and by 2⁻³² smaller as often as they would be more than 2⁻²⁹ of the length.

    The family is z² + c with c = ¼ − 9/4·(a − 1)/length, whose flip is at c = −¾ and whose end is at c = −2.
    """
    share = (A - 1) / sympy.Rational(str(length))
    chart = kneading_story(family_of(Z**2 + sympy.Rational(1, 4) - sympy.Rational(9, 4) * share)).chart
    margin = Fraction(1, 2 ** (30 + 32 * max(0, math.ceil((-1 - math.log2(length)) / 32))))
    assert length / 2**61 <= margin <= length / 2**29 or length > 1
    assert chart.birth == 1
    assert chart.start == 1 + length * Fraction(4, 9) - margin
    assert chart.stop == 1 + length + margin


def test_charts_as_plain_numbers() -> None:
    def half(chart: KneadingChart) -> tuple[Any, ...]:
        return chart.critical, chart.bound, chart.orientation, chart.laps

    one = kneading_story(logistic()).chart
    assert half(one) == (((1,), (2,)), None, 1, TWO_LAPS)
    assert [[*row] for row in one.rows] == [[0, 0], [0, 1], [0, -1]]
    assert half(kneading_story(hollow()).chart) == (((-1,), (2,)), None, -1, TWO_LAPS)
    assert half(kneading_story(quadratic()).chart) == (((0,), (1,)), None, -1, TWO_LAPS)
    assert half(kneading_story(residual()).chart) == (((1, -2), (3,)), ((1,), (1,)), 1, THREE_LAPS)
    assert half(kneading_story(landing()).chart) == (((1,), (3,)), ((1,), (1,)), 1, THREE_LAPS)
    # an inflection is no end of a lap: z(1 − z)³ has a bound critical point of multiplicity 2
    flat = kneading_story(family_of(A * Z * (1 - Z) ** 3)).chart
    assert half(flat) == (((1,), (4,)), ((1,), (1,)), 1, TWO_LAPS)
    # a critical point at a², where powers of a are missing, and f″ of ±½
    assert half(kneading_story(family_of((Z - A**2) ** 2 + A**2 + A)).chart) == (((0, 0, 1), (1,)), None, -1, TWO_LAPS)
    assert kneading_story(family_of(A + Z**2 / 4)).chart.orientation == -1
    assert kneading_story(family_of(A - Z**2 / 4)).chart.orientation == 1


@pytest.mark.parametrize("shift", [-5, 5])
def test_the_orientation_of_a_chart_is_that_within_its_story(shift: int) -> None:
    """The residual family with a + shift in the place of a: f″(c) = −2 − 2(a + shift) is positive below −1 − shift.

    Its second story, from −2 to −4 with shift 0, is on that side; nearer to 0 or farther from it may be the other one.
    """
    a = A + shift
    story = kneading_story(family_of((Z + a) * (1 - Z) ** 2 - a), (-Fraction(7, 2) - shift, -Fraction(5, 2) - shift))
    assert [story.birth, story.end, story.chart.orientation] == [-2 - shift, -4 - shift, -1]


def test_the_theorem_of_a_story() -> None:
    told = kneading_story(quadratic()).theorem.statement
    assert told.startswith("conjugate to x² + c with c = c, monotone in c here (checked exactly); the kneading")
    assert told.endswith(
        "; the kneading sequence of x² + c is monotone in c (Milnor and Thurston 1988, theorem 13.1), so is the "
        "multiplier of the attracting cycle in a hyperbolic component (Douady and Hubbard), so that a window has one "
        "flip"
    )
    assert told.count("; ") == 1
    assert kneading_story(quadratic()).theorem.verdict is Verdict.PROVED
    assert "Levin" in kneading_story(residual()).theorem.statement


def test_a_story_within_limits() -> None:
    far = kneading_story(residual(), (-3, -1))  # f′′(c) = −2 − 2a
    assert [far.birth, far.superstable, far.flip, far.end] == [-2, Fraction(-5, 2), -3, -4]
    assert (far.chart.direction, far.chart.orientation, far.within) == (-1, -1, (Fraction(-3), Fraction(-1)))
    story = kneading_story(logistic(), ("2.5", 5))
    assert story.within == (Fraction(5, 2), Fraction(5))
    assert dataclasses.replace(story, within=None) == kneading_story(logistic())
    with pytest.raises(InputError, match="within"):
        kneading_story(logistic(), (5, "2.5"))


def test_a_critical_point_at_infinity_is_not_fixed() -> None:
    """That of z + a − a²z² is 1/(2a²), and the family is conjugate to x² + ¼ − a³: fixed points are born at infinity.

    So is a critical point of −az + (1 − a)²z² lost where 0 flips, and with it the degree.
    """
    story = kneading_story(family_of(Z + A - A**2 * Z**2))
    assert [story.birth, story.flip] == [0, 1]
    assert story.superstable.minimal_polynomial(A) == 4 * A**3 - 1
    assert story.end.minimal_polynomial(A) == 4 * A**3 - 9
    assert "no theorem known here" in refusal(family_of(-A * Z + (1 - A) ** 2 * Z**2))


def test_regression_the_critical_points_of_a_family_that_is_not_that_of_its_squares_are_counted() -> None:
    """The square s of z³ − az moves by s(s − a)², but the story is the family's own: in squares, 0 does not flip."""
    maps = family_of(Z**3 - A * Z)
    assert maps.odd_quotient() is not None
    assert find_boundaries(maps, doublings=3).reduced_family == maps
    assert refusal(maps).startswith("has 2 free critical points, and a complete list of windows needs exactly one; ")


def refusal(maps: object, within: Any = None) -> str:
    with pytest.raises(InputError) as caught:
        kneading_story(maps, within)  # type: ignore[arg-type]  # some are of the wrong type
    assert str(caught.value).startswith("family = ")
    return str(caught.value).rpartition("parameter a>: ")[2]


def test_what_has_no_story(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal("x^2") == "family = x^2: must be a PolynomialFamily; see symphase.PolynomialFamily"
    units = "has coefficients that are not within 2^±1000; take other units"
    for power in (1000, -1000, 1200):
        assert refusal(family_of(Z**2 * sympy.Rational(2) ** power + A)) == units
    for power in (999, -999):  # is within, and out of scope for something else
        assert refusal(family_of(Z**4 + Z**3 + A * Z * sympy.Rational(2) ** power)).startswith("has 3 free")
    one = "free critical points, and a complete list of windows needs exactly one; kneading theory for several free "
    one += "critical points is not built in"
    assert refusal(family_of(Z**4 + Z**3 + A * Z)) == f"has 3 {one}"
    assert refusal(family_of(A * Z**3)) == f"has 0 {one}"
    assert refusal(family_of(A * Z**2 * (1 - Z) ** 2)) == (
        "has several bound critical points; lap structures with at most one bound critical point are built in"
    )
    assert refusal(family_of(Z**4 + A)) == (
        "cannot be listed completely: no theorem known here makes the entropy monotone along this family; an onset "
        "lies in the bracket, but it may not be the only one; find_boundaries still finds what it can prove"
    )
    with pytest.raises(InputError) as caught:
        charts._chart(family_of(Z**4 + A), Fraction(0), Fraction(0), Fraction(1))
    assert str(caught.value) == (
        "family = <PolynomialFamily: z ← z⁴ + a, parameter a>: has a degenerate critical point; f'' must not vanish "
        "there"
    )
    assert refusal(family_of(1 - A * Z**2)) == (
        "has 0 superstable fixed points between birth and flip, not one; where the degree falls on the way, take "
        "another form, such as x**2 + c for 1 - a*x**2"
    )
    prove = "; find_boundaries still finds what it can prove"
    honest = charts.kneading_letters

    def early(chart: KneadingChart, parameter: Fraction, count: int) -> str:
        """The itineraries of another story, which ends before the map is full."""
        return honest(chart, parameter if parameter == chart.start else (chart.start + chart.stop) / 2, count)

    monkeypatch.setattr(charts, "kneading_letters", early)
    middle = itinerary(logistic(), 3.5, 0.5, None, 24, 1, "LR")  # the middle of 3 and 4, but for 2⁻³⁰
    assert refusal(family_of(A * Z - A * Z**2)) == (
        f"does not run to the full map: its itineraries go from RR to {middle}{prove}"
    )
    monkeypatch.undo()

    def undecided(*_: object, **__: object) -> None:
        raise ArithmeticError("too close")

    monkeypatch.setattr(charts, "find_boundaries", undecided)
    assert refusal(family_of(A * Z - A * Z**2)) == (
        "has a boundary here that could not be decided: too close; give limits within that leave it out"
    )


@pytest.mark.parametrize("known", [False, True])
def test_a_story_without_an_end(known: bool) -> None:
    """Where the boundaries lack one, or do not know it exactly, it says which, and why."""
    found = find_boundaries(logistic(), doublings=3)
    escape = next(each for each in found if each.kind is BoundaryKind.ESCAPE)
    assert charts._exact_end(found, BoundaryKind.ESCAPE) == 4
    assert charts._exact_end(found, BoundaryKind.FLIP) == 3  # that of the fixed point is the first

    def end(missing: list[tuple[BoundaryKind, str]]) -> str:
        inexact = SimpleNamespace(algebraic=None) if known else None
        bare = SimpleNamespace(family=found.family, missing=missing, find=lambda kind: noted(asked, kind, inexact))
        with pytest.raises(InputError) as caught:
            charts._exact_end(cast("Boundaries", bare), BoundaryKind.ESCAPE)
        assert str(caught.value).startswith("family = <PolynomialFamily: x")
        return str(caught.value).partition("r>: ")[2]

    asked: list[object] = []
    lacks, prove = (
        f"cannot be listed completely without the {escape.kind}: ",
        "; find_boundaries still finds what it can prove",
    )
    assert end([]) == f"{lacks}it is not known exactly{prove}"
    others = [(BoundaryKind.FLIP, "hidden"), (BoundaryKind.ESCAPE, "far"), (BoundaryKind.ESCAPE, "away")]
    assert end(others) == f"{lacks}far; away{prove}"
    assert asked == [BoundaryKind.ESCAPE] * 2


# --------------------------------------------------------------------------------------------------------------- words


def itinerary(maps: PolynomialFamily, a: float, c: float, b: float | None, count: int, sign: int, alphabet: str) -> str:
    """Letters of the laps that f(c), f²(c), … lie in, in floats."""
    f, z, letters = maps.at(a, float), c, ""
    for _ in range(count):
        z = float(np.polyval(f[::-1], z))
        beyond = sign * z > sign * c
        letters += alphabet[(1 if beyond else 0) + (1 if b is not None and sign * z > sign * b else 0)]
    return letters


@pytest.mark.parametrize(
    ("make", "critical", "bound"),
    [
        (logistic, lambda _: 0.5, None),
        (hollow, lambda _: -0.5, None),
        (quadratic, lambda _: 0.0, None),
        (residual, lambda a: (1 - 2 * a) / 3, lambda _: 1.0),
        (landing, lambda _: 1 / 3, lambda _: 1.0),
        (moving, lambda a: (1 + a) / 3, lambda a: 1 + a),
        (curved, lambda a: 1 / (3 * a), lambda a: 1 / a),
        (mirrored, lambda a: (2 * a - 1) / 3, lambda _: -1.0),
    ],
)
def test_words_and_where_they_are(
    make: Make, critical: Callable[[float], float], bound: Callable[[float], float] | None
) -> None:
    """At parameters drawn beforehand: their words are found, and lead back to where the word is met."""
    maps, rng = make(), np.random.default_rng(7)
    story = kneading_story(maps)
    chart = story.chart
    low, high = sorted((float(chart.start), float(story.end)))
    places = rng.uniform(low, high, 8)
    words = []
    for a in places:
        exact = Fraction(float(a))
        wall = None if bound is None else bound(float(a))
        wanted = itinerary(maps, float(a), critical(float(a)), wall, 8, chart.orientation, chart.laps.alphabet)
        assert kneading_letters(chart, exact, 8) == wanted
        assert kneading_at(chart, exact, 8) == wanted
        words.append(wanted)
    found = locate(chart, words)
    for a, word, place in zip(places, words, found, strict=True):
        # all parameters of one word are an interval, which holds both
        for share in (0.0, 0.3, 0.9, 1 - 1e-6):
            between = Fraction(float(a)) + Fraction(share) * (Fraction(place) - Fraction(float(a)))
            assert kneading_letters(chart, between, 8) == word
    assert sorted(zip(places * chart.direction, found, strict=True))
    order = np.argsort(places)
    assert all(np.diff(np.array(found)[order]) >= -1e-9)
    assert locate(chart, []) == []


def superstable(low: float, high: float, period: int) -> float:
    """Where the residual map's free critical point c returns, by bisection in floats."""

    def missed(a: float) -> float:
        z = c = (1 - 2 * a) / 3
        for _ in range(period):
            z = (z + a) * (1 - z) ** 2 - a
        return z - c

    rising = missed(high) > 0
    assert (missed(low) > 0) is not rising
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if (missed(middle) > 0) is rising else (middle, high)
    return (low + high) / 2


SUPERSTABLE = [
    (logistic, "RC", 1 + 5**0.5),
    (logistic, "RLC", 3.831874055283315),
    (hollow, "RLC", 3.831874055283315),
    (quadratic, "RC", -1.0),
    (quadratic, "RLC", -1.7548776662466927),
    (residual, "1C", 3 / 2**0.5 - 1),  # f(f(c)) = c at 3√2/2 − 1
    (residual, "2C", superstable(1.75, 1.95, 2)),  # with f(c) > 1: beyond the crisis at 1.598
    (residual, "20C", superstable(1.69, 1.71, 3)),
    (moving, "20C", superstable(1.69, 1.71, 3)),
]


@pytest.mark.parametrize(("make", "word", "expected"), SUPERSTABLE)
def test_a_word_that_ends_in_c_is_found_to_all_digits(make: Make, word: str, expected: float) -> None:
    chart = kneading_story(make()).chart
    (found,) = locate(chart, [word])
    assert found == pytest.approx(expected, rel=1e-14)
    with working_precision(400):
        place = bisect_balls(chart, word, 400)
    assert place is not None
    low, high = ball_bounds(place)
    assert float(low) == pytest.approx(expected, rel=1e-14)
    with working_precision(600):
        jets, a = Jets(chart), ball((low + high) / 2)
        points, _, _ = jets.critical_orbit(a, len(word))
        assert max(map(abs, ball_bounds(points[-1] - points[0]))) < Fraction(1, 2**180)


def test_a_word_without_c_is_found_in_its_midst() -> None:
    for make, word in ((logistic, "RLR"), (residual, "20"), (residual, "21"), (quadratic, "RLLR")):
        chart = kneading_story(make()).chart
        with working_precision(200):
            place = bisect_balls(chart, word, 200)
        assert place is not None
        middle = ball_bounds(place)[0]
        for side in (-1, 1):
            assert kneading_letters(chart, middle + Fraction(side, 10**9), len(word)) == word


def test_the_fixed_point_has_its_word_too() -> None:
    for make, place in ((logistic, 2.0), (quadratic, 0.0), (residual, 0.5)):
        chart = kneading_story(make()).chart
        (found,) = locate(chart, ["C"], fixed=True)
        assert found == pytest.approx(place, abs=1e-13)
        (without,) = locate(chart, ["C"])
        assert abs(without - place) > 0.1  # it lies before the chart's start


def test_an_orbit_that_leaves_the_floats_is_no_warning() -> None:
    """The place of R L⁶⁰ C is within 2⁻¹⁰⁰ of the full map: a step of bisection beyond it sends the orbit away."""
    assert locate(kneading_story(quadratic()).chart, [f"R{'L' * 60}C"]) == pytest.approx([-2.0], rel=1e-14)


def test_exact_returns_and_landings() -> None:
    for make, parameter, word in (
        (quadratic, -1, "RC"),
        (quadratic, 0, "C"),
        (logistic, 2, "C"),
        (residual, Fraction(1, 2), "C"),
        (odd_cubic, Fraction(3, 2), "C"),
        (landing, Fraction(9, 4), "C"),  # f(1/3) = 4a/27
    ):
        chart = kneading_story(make()).chart
        assert kneading_letters(chart, Fraction(parameter), 5) == word
        assert kneading_at(chart, Fraction(parameter), 6) == word
    full = kneading_story(quadratic()).chart
    assert kneading_letters(full, Fraction(-2), 9) == "RLLLLLLLL"
    assert kneading_letters(kneading_story(logistic()).chart, Fraction(4), 3) == "RLL"
    assert kneading_letters(kneading_story(residual()).chart, Fraction(2), 4) == "2222"
    # f(c) = 1, the bound critical point: between the laps 1 and 2, and from there to 0, which stays
    chart = kneading_story(landing()).chart
    assert kneading_letters(chart, Fraction(27, 4), 4) == ""
    assert kneading_at(chart, Fraction(27, 4), 4) == Itinerary("1", "0")
    assert kneading_at(dataclasses.replace(chart, laps=TWO_LAPS), Fraction(27, 4), 2) == "RL"
    assert kneading_at(chart, Fraction(27, 4), 0) == ""
    assert kneading_at(kneading_story(curved()).chart, Fraction(27, 4), 4) == Itinerary("1", "0")  # 4/27 there


def test_thousands_of_bits_tell_a_lap() -> None:
    """Next to −1, where f²(0) = c² + c is 0: it is 2⁻³⁰⁰⁰ to one side of 0, and so is every other image after it."""
    chart = kneading_story(quadratic()).chart
    tiny = Fraction(1, 2**3000)
    assert kneading_letters(chart, -1 + tiny, 24) == "R" * 24
    assert kneading_letters(chart, -1 - tiny, 24) == "RL" * 12


def test_how_far_exact_arithmetic_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    chart = kneading_story(quadratic()).chart

    def returns(parameter: Fraction, count: int) -> bool:
        return charts._lands(chart, parameter, count, chart.critical)

    assert returns(Fraction(-1), 2)
    assert returns(Fraction(-1), 4)
    assert not returns(Fraction(-1), 1)
    assert not returns(Fraction(-1, 2), 3)
    asked: list[int] = []
    monkeypatch.setattr(charts, "MAX_BITS", 8)
    half = charts._horner
    monkeypatch.setattr(charts, "_horner", lambda c, x: noted(asked, 1, half(c, x)))
    assert not returns(Fraction(-1, 3), 1000)  # denominators 3, 9, 81, 6561: beyond 8 bits
    assert len(asked) < 20


def test_in_which_lap_a_ball_lies() -> None:
    c, b = flint.arb(0), flint.arb(1)
    near_c, near_b = flint.arb(0, 0.1), flint.arb(1, 0.1)
    for z, two, three in (
        (flint.arb(-1), 0, 0),
        (flint.arb(0.5), 2, 2),
        (flint.arb(2), 2, 4),
        (near_c, None, None),
        (near_b, 2, None),
        (flint.arb(0), None, None),
        (flint.arb(1), 2, None),
    ):
        assert lap_code(z, c, None, 1) == two
        assert lap_code(z, c, b, 1) == three
        assert lap_code(-z, -c, None, -1) == two
        assert lap_code(-z, -c, -b, -1) == three


# --------------------------------------------------------------------------------------------- derivatives along orbits


def exactly(value: Any) -> Fraction:
    found = sympy.nsimplify(value)
    return Fraction(int(found.p), int(found.q))


def holds(found: Any, value: object) -> bool:
    """Whether a ball holds a number, and is not much wider than rounding."""
    low, high = ball_bounds(found)
    exact = exactly(value)
    return low <= exact <= high and high - low < Fraction(1, 2**60) * (1 + abs(exact))


EXPRESSIONS = [
    (residual, (Z + A) * (1 - Z) ** 2 - A, (1 - 2 * A) / 3, sympy.Integer(1)),
    (quadratic, Z**2 + A, sympy.Integer(0), None),
    (lambda: family_of(1 - A * Z - A**2 * Z**2), 1 - A * Z - A**2 * Z**2, -1 / (2 * A), None),
]


@pytest.mark.parametrize(("make", "f", "critical", "bound"), EXPRESSIONS)
@pytest.mark.parametrize("wide", [False, True])
def test_derivatives_by_computer_algebra(
    make: Make, f: sympy.Expr, critical: sympy.Expr, bound: sympy.Expr | None, wide: bool
) -> None:
    maps = make()
    maps = PolynomialFamily(f, variable=Z, parameter=A)
    chart = charts._chart(maps, Fraction(0), Fraction(1, 3), Fraction(3, 5))
    parameter, start = sympy.Rational(5, 7), sympy.Rational(-2, 3)
    with working_precision(256):
        jets, a = Jets(chart), ball(Fraction(5, 7))
        c, b = jets.marks(a)
        assert holds(c, critical.subs(A, parameter))
        assert (b is None) if bound is None else holds(b, bound)
        assert holds(jets.critical_slope(a, c), sympy.diff(critical, A).subs(A, parameter))
        f0, f1, fa = jets.coefficients(a)
        for found, part in ((f0, f), (f1, sympy.diff(f, Z)), (fa, sympy.diff(f, A))):
            wanted = sympy.Poly(part.subs(A, parameter), Z).all_coeffs()[::-1]
            assert len(found) == len(wanted)
            assert all(holds(value, exact) for value, exact in zip(found, wanted, strict=True))
        image = Z
        iterates = [image]
        for _ in range(2):
            image = sympy.expand(f.subs(Z, image))
            iterates.append(image)
        for count in (1, 2):
            points, slopes, curvature = jets.critical_orbit(a, count, wide=wide)
            assert len(points) == len(slopes) == count + 1
            for point, slope, iterate in zip(points, slopes, iterates, strict=False):
                moved = iterate.subs(Z, critical)
                assert holds(point, moved.subs(A, parameter))
                assert holds(slope, sympy.diff(moved, A).subs(A, parameter))
            bend = sympy.diff(iterates[count], Z, 2).subs(Z, critical).subs(A, parameter)
            assert holds(curvature, bend / 2)
            points, jet = jets.cycle(ball(Fraction(-2, 3)), a, count, wide=wide)
            where = {Z: start, A: parameter}
            for point, iterate in zip(points, iterates[: count + 1], strict=True):
                assert holds(point, iterate.subs(where))
            last = iterates[count]
            d = sympy.diff(last, Z)
            for found, exact in zip(jet, (d, sympy.diff(last, A), sympy.diff(d, Z), sympy.diff(d, A)), strict=True):
                assert holds(found, exact.subs(where))


def test_rows_need_not_be_filled_up_with_zeros() -> None:
    """In z² + a, ∂f/∂a is 1, however the coefficient of z is written."""
    chart = dataclasses.replace(
        kneading_story(quadratic()).chart, rows=((Fraction(0), Fraction(1)), (Fraction(0),), (Fraction(1),))
    )
    assert Jets(chart).coefficients(ball(Fraction(-1)))[2] == [1]


def test_the_slope_of_a_critical_point_that_is_a_quotient() -> None:
    critical = A**3 / (2 + 2 * A**2)
    chart = charts._chart(family_of(A**3 * Z - (1 + A**2) * Z**2), Fraction(0), Fraction(1, 3), Fraction(3, 5))
    with working_precision(256):
        jets, a = Jets(chart), ball(Fraction(5, 7))
        wanted = sympy.diff(critical, A).subs(A, sympy.Rational(5, 7))
        assert holds(jets.critical_slope(a, jets.marks(a)[0]), wanted)


def test_images_in_mean_value_form_grow_as_the_slope_says() -> None:
    chart = kneading_story(residual()).chart
    with working_precision(128):
        jets, a = Jets(chart), ball(Fraction(3, 2))
        z = flint.arb(-0.625, 2.0**-40)  # near c = −2/3, where the slope is small
        by_z = abs(
            float(jets.coefficients(a)[1][0] + jets.coefficients(a)[1][1] * z + jets.coefficients(a)[1][2] * z * z)
        )
        for found, most in ((jets.cycle(z, a, 1, wide=True)[0][1], 1.01), (jets.cycle(z, a, 1)[0][1], 1e3)):
            low, high = ball_bounds(found)
            assert (high - low) / 2 < Fraction(by_z * most) / 2**40 + Fraction(1, 2**60)
        slow = ball_bounds(jets.cycle(z, a, 1)[0][1])
        fast = ball_bounds(jets.cycle(z, a, 1, wide=True)[0][1])
        assert (slow[1] - slow[0]) > 2 * (fast[1] - fast[0])

        def widths(points: list[Any]) -> list[Fraction]:
            return [high - low for low, high in map(ball_bounds, points)]

        near_a = flint.arb(1.5, 2.0**-40)
        for narrow, plain, wide in (
            (
                jets.critical_orbit(near_a, 3),
                jets.critical_orbit(near_a, 3, wide=False),
                jets.critical_orbit(near_a, 3, wide=True),
            ),
            (jets.cycle(z, a, 3), jets.cycle(z, a, 3, wide=False), jets.cycle(z, a, 3, wide=True)),
        ):
            assert widths(narrow[0]) == widths(plain[0]) != widths(wide[0])


def test_points_in_their_laps() -> None:
    chart = kneading_story(residual()).chart
    with working_precision(64):
        jets = Jets(chart)
        c, b = flint.arb(0), flint.arb(1)
        points = [flint.arb(-1), flint.arb(0.5), flint.arb(2)]
        assert jets.in_laps(points, "012", c, b)
        assert not jets.in_laps(points, "011", c, b)
        assert not jets.in_laps(points, "112", c, b)
        assert not jets.in_laps([flint.arb(0, 1)], "0", c, b)
        with pytest.raises(ValueError, match="zip"):
            jets.in_laps(points, "01", c, b)
