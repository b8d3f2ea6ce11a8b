"""Entropy piece by piece: words, their power series, signs, number fields, and what each answer says of itself."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import flint
import mpmath
import pytest
import sympy
from edges import noted, table
from families import family_of, logistic, odd_cubic, quadratic, residual

from symphase import entropy as module
from symphase.algebraic import RealAlgebraic, real_roots
from symphase.display import level_html
from symphase.enclosures import Certainty, Verdict, ball, ball_bounds, working_precision
from symphase.entropy import EntropyRange, TopologicalEntropy, entropy_range, kneading_determinant, topological_entropy
from symphase.errors import InputError
from symphase.kneading import MAX_SYMBOLS, Laps, critical_itinerary, invariant_interval
from symphase.maps import PolynomialFamily
from symphase.onset import monotonicity_theorem

if TYPE_CHECKING:
    from collections.abc import Callable

_x, _r = sympy.symbols("x r")
AIRPLANE = RealAlgebraic([1, 1, 2, 1], Fraction(-2), Fraction(-1))  # superstable period 3 of x² + c
MICRO = Fraction(1, 10**6)


def refused(call: Callable[..., Any], *given: Any, **named: Any) -> tuple[str, object, str, str]:
    with pytest.raises(InputError) as caught:
        call(*given, **named)
    return caught.value.argument, caught.value.value, caught.value.accepted, caught.value.advice


# --- words and series -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("letters", "coefficients"),
    [
        ("", (1,)),
        ("L", (1, 0)),
        ("RRL", (1, -2, 2, 0)),
        ("RLLR", (1, -2, 0, 0, 2)),
        ("0", (1, 0)),
        ("1221", (1, -2, 2, 2, 2)),
        ("2202", (1, -2, -2, 0, -2)),
        ("0101", (1, 0, -2, 0, 2)),
    ],
)
def test_the_series_of_a_word(letters: str, coefficients: tuple[int, ...]) -> None:
    assert kneading_determinant(letters) == coefficients


@pytest.mark.parametrize("letters", ["RX", "X", "X0", "R1", "03", "rl", 5, None, ["R"]])
def test_what_is_no_word(letters: Any) -> None:
    wanted = "must be a word of L and R, or of 0, 1 and 2"
    assert refused(kneading_determinant, letters) == ("letters", letters, wanted, "as RL")


def value(coefficients: tuple[int, ...], t: Fraction) -> Fraction:
    total = Fraction(0)
    for coefficient in reversed(coefficients):
        total = total * t + coefficient
    return total


def proved_places(coefficients: tuple[int, ...], tolerance: Fraction) -> tuple[Fraction, Fraction]:
    """The two places, by sums of fractions: 2^k sixteenths of the tolerance from the zero, as near as can be proved."""
    count = len(coefficients) - 1

    def rest(t: Fraction) -> Fraction:
        return 2 * t ** (count + 1) / (1 - t)  # every coefficient that is not known is at most 2

    step = Fraction(1, 2**10)
    low = next(t for t in (k * step for k in range(2**8, 2**10)) if value(coefficients, t + step) < 0)
    high = low + step
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if value(coefficients, middle) > 0 else (low, middle)
    reaches = [tolerance / 16 * 2**k for k in range(60)]
    above = next(low + reach for reach in reaches if value(coefficients, low + reach) + rest(low + reach) < 0)
    below = next(low - reach for reach in reaches if value(coefficients, low - reach) - rest(low - reach) > 0)
    return below, above


@pytest.mark.parametrize(
    ("letters", "laps", "tolerance"),
    [
        ("R" + 11 * "L", 2, Fraction(1, 50)),
        ("R" + 25 * "L", 2, MICRO),
        ("RLLRLRRLLLRLRLLRL", 2, Fraction(1, 10**4)),
        (8 * "RLL" + "R", 2, Fraction(1, 300)),
        ("RLLRLRRLLLLLLRRLRRLLLRRLRLLLRLR", 2, Fraction(1, 100)),  # positive again soon behind the first zero
        (20 * "2", 3, Fraction(1, 10**9)),
        ("222", 3, Fraction(1, 10)),
        ("2210201", 3, Fraction(1, 1000)),
    ],
)
def test_the_first_zero_is_enclosed_as_closely_as_the_letters_allow(
    letters: str, laps: int, tolerance: Fraction
) -> None:
    coefficients = kneading_determinant(letters)
    found = module._first_zero(coefficients, laps, tolerance)
    assert found is not None
    for place, expected in zip(found, proved_places(coefficients, tolerance), strict=True):
        assert abs(place - expected) < Fraction(1, 10**25)


@pytest.mark.parametrize(
    ("coefficients", "laps"),
    [
        ((1,), 2),
        ((1, -2), 2),  # with two more letters the zero may be anywhere
        ((1, 0, 0, 0, 0, 0), 2),
        ((1, 0, -2, 2, -2, 2, 0, 0), 2),  # a zero that may go away
    ],
)
def test_no_zero_is_proved_where_there_may_be_none(coefficients: tuple[int, ...], laps: int) -> None:
    assert module._first_zero(coefficients, laps, MICRO) is None


def doubled(letters: str) -> str:
    return "".join("RL" if letter == "R" else "RR" for letter in letters)


LOG2 = math.log(2)


@pytest.mark.parametrize(
    ("letters", "laps", "low", "high"),
    [
        ("", 2, 0, LOG2),
        ("RL", 2, 0, LOG2),
        ("RLL", 2, LOG2 / 2, LOG2),  # above RLR^∞
        ("RLRRRR", 2, 0, LOG2),  # not told from it
        ("R", 2, 0, LOG2),
        ("RR", 2, 0, LOG2 / 4),  # below it, and so is the word that is half as long, L
        ("RLRL", 2, 0, LOG2 / 8),  # half of it is RR
        ("RLLR", 2, LOG2 / 2, LOG2),
        (doubled("RLLR"), 2, LOG2 / 4, LOG2 / 2),
        (doubled(doubled("RLLR")), 2, LOG2 / 8, LOG2 / 4),
        ("22", 3, LOG2, math.log(3)),
        ("10", 3, LOG2, math.log(3)),
    ],
)
def test_bounds_without_a_proved_zero(letters: str, laps: int, low: float, high: float) -> None:
    found = module._kneading_bounds(letters, laps, MICRO)
    assert [float(bound) for bound in found] == pytest.approx([low, high], abs=1e-15)
    if low:
        two = module.log_bounds(2)[0]  # a little less than log 2
        assert found[0] == two / round(LOG2 / low)


@pytest.mark.parametrize("letters", ["R" + 10 * "L" + "R", "R" + 40 * "L" + "R", "RLLRLRRLLLRLRLLRL", 8 * "RLL" + "R"])
def test_twice_as_long_a_word_has_half_the_entropy(letters: str) -> None:
    bounds = module._kneading_bounds(letters, 2, MICRO)
    zero = proved_places(kneading_determinant(letters), MICRO)
    expected = [min(LOG2, -math.log(t)) for t in zero[::-1]]
    assert [float(bound) for bound in bounds] == pytest.approx(expected, abs=1e-14)
    found = module._first_zero(kneading_determinant(letters), 2, MICRO)
    assert found is not None
    context = mpmath.MPContext()
    context.dps = 80  # the bounds are on the right sides of the logarithms
    logs = [-context.log(context.mpf(t.numerator) / t.denominator) for t in found[::-1]]
    low, high = (context.mpf(bound.numerator) / bound.denominator for bound in bounds)
    assert logs[0] - context.mpf(10) ** -35 < low < logs[0]
    assert logs[1] < high < logs[1] + context.mpf(10) ** -35 or bounds[1] == module.log_bounds(2)[1]
    for power in (2, 4):
        letters = doubled(letters)
        halves = module._kneading_bounds(letters, 2, MICRO / power)
        assert all(abs(half * power - whole) < Fraction(1, 10**25) for half, whole in zip(halves, bounds, strict=True))


def test_bounds_keep_between_what_is_known_anyway() -> None:
    letters, tolerance = "1" + 8 * "0", Fraction(1, 50)  # 1 − 2t and a little
    zero = proved_places(kneading_determinant(letters), tolerance)
    floor, ceiling = module._kneading_bounds(letters, 3, tolerance)
    assert floor == module.log_bounds(2)[0]
    assert float(ceiling) == pytest.approx(-math.log(zero[0]), abs=1e-14)
    assert float(floor) < float(ceiling) < math.log(3)
    assert module._kneading_bounds("R" + 8 * "L", 2, tolerance)[1] == module.log_bounds(2)[1]


def test_what_unknown_letters_can_add() -> None:
    for t, count in ((Fraction(1, 2), 3), (Fraction(1, 3), 0), (Fraction(9, 10), 7)):
        assert module._tail(t, count) == 2 * t ** (count + 1) / (1 - t)
    assert module._tail(Fraction(1, 2), 3) == sum(Fraction(2, 2**n) for n in range(4, 200)) + Fraction(2, 2**199)


@pytest.mark.parametrize(("start", "expected"), [(Fraction(-1, 4), False), (Fraction(-17, 64), True), (1, False)])
def test_negative_whatever_the_letters_are(start: Any, expected: bool) -> None:
    series = flint.arb_poly([ball(Fraction(start))])  # and 1/4 for what is unknown behind three letters
    assert module._negative(series, 3, Fraction(1, 2)) is expected
    assert module._negative(series, 300, Fraction(1, 2)) is (start != 1)


@pytest.mark.parametrize(
    ("coefficients", "count", "laps", "stop", "expected"),
    [
        ([1], 300, 2, "1/2", True),
        (["1/4"], 3, 2, "1/2", False),  # as much as may be unknown
        (["17/64"], 3, 2, "1/2", True),
        ([-1], 300, 2, "1/2", False),
        ([-1], 300, 2, "1/3", True),  # no zero can be there
        ([-1], 300, 3, "1/3", False),
        ([-1], 300, 3, "1/4", True),
        (["16/100", "-8/10", 1], 300, 2, "9/10", False),  # (t − 2/5)² touches zero
        (["161/1000", "-8/10", 1], 300, 2, "9/10", True),
        (["159/1000", "-8/10", 1], 300, 2, "9/10", False),
        (["90/1000", "-6/10", 1], 300, 2, "9/10", True),  # (t − 3/10)²: below 1/3
        (["90/1000", "-6/10", 1], 300, 3, "9/10", False),
        (["4/10", -1], 300, 2, "9/10", False),
        (["91/100", -1], 300, 2, "9/10", True),
        (["91/100", -1], 30, 2, "9/10", False),
    ],
)
def test_positive_up_to_a_place(coefficients: list[Any], count: int, laps: int, stop: str, expected: bool) -> None:
    series = flint.arb_poly([ball(Fraction(c)) for c in coefficients])
    assert module._positive(series, series.derivative(), count, laps, Fraction(stop)) is expected


def test_a_sign_that_takes_too_many_boxes_is_not_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    series = flint.arb_poly([ball(Fraction(c)) for c in ("16000001/100000000", "-8/10", "1")])
    asked = series, series.derivative(), 3000, 2, Fraction(9, 10)
    assert module._positive(*asked)
    monkeypatch.setattr(module, "_BOXES", 3)
    assert not module._positive(*asked)
    monkeypatch.setattr(module, "_BOXES", 2)  # one box, and a look at whether any is left
    one = flint.arb_poly([1])
    assert module._positive(one, one.derivative(), 300, 2, Fraction(1, 2))


def test_places_are_tried_twice_as_far_each_time() -> None:
    tried: list[Fraction] = []
    tenth = Fraction(1, 10)
    assert module._first_proved(lambda t: noted(tried, t, t > Fraction(7, 10)), 3 * tenth, tenth) is None
    assert tried == [Fraction(4, 10), Fraction(5, 10), Fraction(7, 10)]
    assert module._first_proved(lambda t: t < Fraction(1, 2), Fraction(6, 10), -tenth / 2) == Fraction(4, 10)
    for zero, reach in ((Fraction(1, 2), Fraction(-1, 4)), (Fraction(1, 2), Fraction(1, 2))):
        assert module._first_proved(lambda _: pytest.fail("no place between 1/4 and 1"), zero, reach) is None


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [2, 3, RealAlgebraic.rational(7), AIRPLANE.affine(-1)])
def test_logarithms(number: Any) -> None:
    context = mpmath.MPContext()
    context.dps = 60
    exact = Fraction(context.nstr(context.log(number if isinstance(number, int) else number.decimal(60)), 50))
    low, high = module.log_bounds(number)
    assert low < high < low + Fraction(1, 10**37)
    assert abs(low - exact) < Fraction(1, 10**37)
    assert low - Fraction(1, 10**48) < exact < high + Fraction(1, 10**48)


def test_the_logarithm_of_one_is_nothing() -> None:
    for one in (1, RealAlgebraic.rational(1)):
        assert module.log_bounds(one) == (Fraction(0), Fraction(0))


ROOT = real_roots(flint.fmpz_poly([-2, 0, 1]))[-1]  # √2


def test_computing_in_a_number_field() -> None:
    field = module._Field(ROOT)
    a, b = field.element([Fraction(1, 3), Fraction(1)]), field.element([Fraction(0), Fraction(0), Fraction(1)])
    assert (a, b) == (flint.fmpq_poly([flint.fmpq(1, 3), 1]), flint.fmpq_poly([2]))
    inverse = field.quotient(flint.fmpq_poly([1]), flint.fmpq_poly([1, 1]))  # 1/(1 + √2) = √2 − 1
    assert inverse == flint.fmpq_poly([-1, 1])
    assert field.quotient(b, flint.fmpq_poly([0, 3])) == flint.fmpq_poly([0, flint.fmpq(1, 3)])
    assert field.quotient(a, flint.fmpq_poly([0])) is None
    f = [flint.fmpq_poly([1]), flint.fmpq_poly([0]), flint.fmpq_poly([0, 1])]  # √2 z² + 1
    assert field.image(f, flint.fmpq_poly([1, 1])) == flint.fmpq_poly([5, 3])  # √2 (3 + 2√2) + 1
    rational = module._Field(Fraction(2, 3))
    assert rational.element([Fraction(1), Fraction(3)]) == flint.fmpq_poly([3])


def test_numbers_of_a_field_in_order() -> None:
    field = module._Field(ROOT)
    near = Fraction(ROOT.decimal(90))  # nearer to √2 than the first precision shows
    given = [[Fraction(3)], [Fraction(0), Fraction(1)], [near], [Fraction(-1), Fraction(1)], [Fraction(1)]]
    elements = [field.element(each) for each in given]
    assert field.ordered(elements) == [elements[i] for i in ((3, 4, 2, 1, 0) if near**2 < 2 else (3, 4, 1, 2, 0))]
    with working_precision(100):
        low, high = ball_bounds(field.values([elements[3]], 70)[0])
    assert low < Fraction("0.41421356237309504880168872") < high < low + Fraction(1, 2**60)


def test_the_height_of_a_number() -> None:
    for element, height in (
        (flint.fmpq_poly([5]), 3 + 1),
        (flint.fmpq_poly([flint.fmpq(5, 2), flint.fmpq(1, 4)]), (4 + 3) * 2),  # (10 + a)/4
        (flint.fmpq_poly([0, 0, -9]), (4 + 1) * 3),
    ):
        assert module._height(element) == height


# --- finite critical orbits -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "parameter", "steps"),
    [
        (quadratic, Fraction(-2), 3),  # 0, −2, 2, 2
        (quadratic, Fraction(-1), 2),  # 0, −1, 0
        (quadratic, Fraction(0), 1),
        (quadratic, AIRPLANE, 3),
        (logistic, Fraction(4), 3),  # 1/2, 1, 0, 0
        (quadratic, Fraction(-8, 5), None),
        (quadratic, Fraction(3), None),
        (quadratic, Fraction(-1) + Fraction(1, 2**3000), 2),  # it looks so
    ],
)
def test_when_the_critical_orbit_closes_up(
    make: Callable[[], PolynomialFamily], parameter: Any, steps: int | None
) -> None:
    assert module._closing_time(Laps(make(), parameter)) == steps


def test_how_long_a_critical_orbit_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FINITE_STEPS", 2)
    assert module._closing_time(Laps(quadratic(), Fraction(-1))) == 2
    assert module._closing_time(Laps(quadratic(), Fraction(-2))) is None


@pytest.mark.parametrize(
    ("make", "parameter", "growth"),
    [
        (quadratic, Fraction(-2), [-2, 1]),
        (quadratic, Fraction(-1), [-1, 1]),
        (quadratic, Fraction(0), [-1, 1]),
        (quadratic, AIRPLANE, [-1, -1, 1]),  # the golden mean
        (residual, Fraction(2), [-3, 1]),
        (residual, RealAlgebraic([-23, 8, 4], Fraction(1), Fraction(2)), [-2, 1]),
        (quadratic, Fraction(-8, 5), None),
        (quadratic, Fraction(-1) + Fraction(1, 2**3000), None),  # closed to all digits that were looked at
    ],
)
def test_the_growth_of_a_finite_critical_orbit(
    make: Callable[[], PolynomialFamily], parameter: Any, growth: list[int] | None
) -> None:
    found = module._finite_growth(Laps(make(), parameter))
    assert (None if found is None else list(found.coefficients)) == growth


@pytest.mark.parametrize(
    ("name", "most", "least"), [("_MAX_DEGREE", 3, 2), ("_FINITE_STEPS", 3, 2), ("_MAX_HEIGHT", 6, 5)]
)
def test_how_far_a_finite_orbit_is_looked_for(
    monkeypatch: pytest.MonkeyPatch, name: str, most: int, least: int
) -> None:
    for limit in (most, least):
        monkeypatch.setattr(module, name, limit)
        assert (module._finite_growth(Laps(quadratic(), AIRPLANE)) is None) is (limit == least)


def test_other_critical_points_end_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(module, "_free_of_others", lambda *given: noted(asked, given, False))
    laps = Laps(quadratic(), Fraction(-2))
    assert module._finite_growth(laps) is None
    ((given, field, ordered),) = asked
    assert given is laps
    assert field.number == -2
    assert ordered == [flint.fmpq_poly([-2]), flint.fmpq_poly([0]), flint.fmpq_poly([2])]


def test_critical_points_of_other_factors_must_be_outside() -> None:
    # x (1 − x) (x² + s): beside the free one, none in the core or two
    laps = Laps(quadratic(), Fraction(-2))
    field = module._Field(Fraction(-2))
    ends = [flint.fmpq_poly([-2]), flint.fmpq_poly([0]), flint.fmpq_poly([2])]
    assert module._free_of_others(laps, field, ends)
    for square, inside in ((3, True), (Fraction(7, 2), True), (5, False), (Fraction(-9, 2), False)):
        laps.family = family_of(_x**5 / 5 - sympy.Rational(str(square)) * _x**3 / 3 + _r)  # slope x² (x² − s)
        assert module._free_of_others(laps, field, ends) is not inside
        assert not module._free_of_others(laps, field, ends[:1])
    laps.family = family_of(_x**5 / 5 - _x**3 + _r)  # slope x² (x² − 3)
    half = [flint.fmpq_poly([place]) for place in (0, 1, 2)]
    assert module._free_of_others(laps, field, half[:2])
    assert not module._free_of_others(laps, field, half)
    laps.family = family_of(_x**5 / 5 + (_r - 3) * _x**3 / 3)  # slope x² (x² − 5) where r is −2
    assert module._free_of_others(laps, field, ends)


@pytest.mark.parametrize(
    ("f", "points", "growth"),
    [
        ([-2, 0, 1], [-2, 0, 2], [-2, 1]),  # x² − 2: both laps over everything
        ([-1, 0, 1], [-1, 0], [-1, 1]),
        ([0, 1], [0], [-1, 1]),
        ([0, -1], [-1, 0, 1], [-1, 1]),
        ([0, -3, 0, 1], [-2, -1, 1, 2], [-3, 1]),  # x³ − 3x
    ],
)
def test_the_spectral_radius_of_a_partition(f: list[int], points: list[int], growth: list[int]) -> None:
    field = module._Field(Fraction(0))
    rows, places = ([flint.fmpq_poly([c]) for c in numbers] for numbers in (f, points))
    assert list(module._spectral_radius(field, rows, places).coefficients) == growth


# --- answers ----------------------------------------------------------------------------------------------------------

KNEADING = "kneading determinant of {} certified letters (Milnor and Thurston 1988), {}"
FINITE = "the critical orbit is finite: spectral radius of the transition matrix of its Markov partition"
QUOTIENT = (
    "the quotient by the symmetry z ↔ 2m − z has the same entropy, as at most two points lie over each (Bowen 1971): "
)
SEVERAL = "the family needs exactly one free critical point that is a rational function of the parameter"


@pytest.mark.parametrize(
    ("make", "parameter", "growth", "statement"),
    [
        (quadratic, -2, 2, FINITE),
        (odd_cubic, 3, 3, QUOTIENT + FINITE),
        (logistic, "3.2", 1, "f is monotone on an invariant interval"),
        (residual, "1.2", 1, "the critical itinerary lies below the Feigenbaum word (Milnor and Thurston 1988)"),
    ],
)
def test_exact_answers(make: Callable[[], PolynomialFamily], parameter: Any, growth: int, statement: str) -> None:
    found = topological_entropy(make(), parameter)
    assert found == TopologicalEntropy(
        parameter=Fraction(parameter),
        growth=RealAlgebraic.rational(growth),
        bounds=module.log_bounds(growth),
        symbols=0,
        certainty=Certainty.EXACT,
        statement=statement,
    )


@pytest.mark.parametrize(
    ("family", "parameter", "degree", "statement"),
    [
        (family_of(_r * _x * (1 - _x) * (1 + 3 * _x)), 1, 3, SEVERAL),
        (family_of(_r * (_x - _x**4)), 2, 4, SEVERAL),
        (residual(), "2.1", 3, "no invariant interval: f(f(c)) ≤ f(c) is not proved: orbits may leave"),
        (logistic(), 5, 2, "no invariant interval: the core [f²(c), f(c)] is not proved to be invariant"),
    ],
)
def test_answers_where_nothing_is_known(family: PolynomialFamily, parameter: Any, degree: int, statement: str) -> None:
    found = topological_entropy(family, parameter)
    bounds = (Fraction(0), module.log_bounds(degree)[1])
    assert (found.growth, found.bounds, found.symbols, found.certainty) == (None, bounds, 0, Certainty.CERTIFIED)
    assert (found.parameter, found.statement) == (Fraction(parameter), statement)


@pytest.mark.parametrize(
    ("make", "parameter", "options", "symbols"),
    [
        (residual, "1.9", {}, 64),
        (logistic, "3.6", {}, 128),
        (logistic, "3.6", {"max_symbols": 100}, 100),
        (logistic, "3.9", {"max_symbols": 7}, 7),
        (logistic, "3.9", {"tolerance": Fraction(1, 10**40)}, 256),
        (odd_cubic, "2.9", {"max_symbols": 8}, 8),
        (odd_cubic, "2.9", {"tolerance": Fraction(1, 10**30)}, 128),
        (logistic, real_roots(flint.fmpz_poly([-15, 0, 1]))[-1], {}, 64),
        (logistic, real_roots(flint.fmpz_poly([-11, 0, 1]))[-1], {"max_symbols": 300}, 300),  # below the onset
        (logistic, real_roots(flint.fmpz_poly([-11, 0, 1]))[-1], {}, 4096),
        (logistic, "3.5699", {"max_symbols": 16}, 16),  # which so few letters do not tell
    ],
)
def test_certified_answers(
    make: Callable[[], PolynomialFamily], parameter: Any, options: dict[str, Any], symbols: int
) -> None:
    family = make()
    found = topological_entropy(family, parameter, **options)
    inner = family if make is not odd_cubic else family.odd_quotient()
    assert inner is not None
    exact = parameter if isinstance(parameter, RealAlgebraic) else Fraction(parameter)
    interval = invariant_interval(inner, exact)
    assert not isinstance(interval, str)
    assert found.statement == QUOTIENT * (make is odd_cubic) + KNEADING.format(symbols, interval.statement)
    assert (found.parameter, found.growth, found.symbols, found.certainty) == (
        exact,
        None,
        symbols,
        Certainty.CERTIFIED,
    )
    letters = critical_itinerary(inner, exact, symbols)
    close = options.get("tolerance", MICRO)
    counts = [64 * 2**k for k in range(6) if 64 * 2**k < symbols] + [symbols]
    lows, highs = zip(
        *(module._kneading_bounds(letters[:count], interval.laps, close) for count in counts), strict=True
    )
    assert found.bounds == (max(lows), min(highs))


def test_an_itinerary_that_ends_is_used_as_far_as_it_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(module, "certified_letters", lambda *given: noted(asked, given[1:], iter(("R", "RLLRLLR"))))
    found = topological_entropy(logistic(), "3.9")
    assert (found.symbols, asked) == (7, [(64, 2)])
    assert found.bounds == module._kneading_bounds("RLLRLLR", 2, MICRO)


def test_bounds_from_more_letters_are_not_wider(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int, Fraction]] = []
    answers = {
        64: (Fraction(1, 4), Fraction(2, 3)),
        128: (Fraction(1, 5), Fraction(3, 5)),
        200: (Fraction(2, 5), Fraction(9, 10)),
    }
    monkeypatch.setattr(
        module,
        "_kneading_bounds",
        lambda letters, *given: noted(asked, (len(letters), *given), answers[len(letters)]),
    )
    found = topological_entropy(logistic(), "3.9", max_symbols=200)
    assert found.bounds == (Fraction(2, 5), Fraction(3, 5))
    assert asked == [(64, 2, MICRO), (128, 2, MICRO), (200, 2, MICRO)]
    asked.clear()
    close = Fraction(5, 12)  # just what 64 letters give
    assert topological_entropy(logistic(), "3.9", tolerance=close, max_symbols=200).symbols == 64
    assert topological_entropy(logistic(), "3.9", tolerance=close - MICRO, max_symbols=200).symbols == 128


def test_what_is_asked_for_is_checked() -> None:
    wanted = "must be between 10^-200 and 1"
    for tolerance in (0, "1.01", Fraction(1, 10**201)):
        assert refused(topological_entropy, logistic(), 4, tolerance=tolerance) == (
            "tolerance",
            tolerance,
            wanted,
            "as 1e-6",
        )
    for tolerance in (1, Fraction(1, 10**200)):
        assert topological_entropy(logistic(), 4, tolerance=tolerance).growth == 2
    assert refused(topological_entropy, logistic(), 4, tolerance="small")[0] == "tolerance"
    for count in (0, MAX_SYMBOLS + 1, True):
        assert refused(topological_entropy, logistic(), 4, max_symbols=count)[:2] == ("max_symbols", count)
    for count in (1, MAX_SYMBOLS):
        assert topological_entropy(logistic(), 4, max_symbols=count).growth == 2
    assert refused(topological_entropy, "x", 4)[:2] == ("family", "x")
    assert refused(topological_entropy, logistic(), "x")[0] == "parameter"


EXACT = topological_entropy(quadratic(), AIRPLANE)
BOUNDED = TopologicalEntropy(
    parameter=Fraction(19, 10),
    growth=None,
    bounds=(Fraction("0.25"), Fraction("0.5")),
    symbols=8,
    certainty=Certainty.CERTIFIED,
    statement="eight letters",
)


def test_answers_in_words() -> None:
    assert str(EXACT) == "log(1/2 + sqrt(5)/2)"
    assert str(topological_entropy(quadratic(), -1)) == "0"
    assert str(BOUNDED) == "between 0.25 and 0.5"
    assert BOUNDED._line() == "between 0.25 and 0.5 at 1.9 [certified]"
    assert topological_entropy(quadratic(), -1)._line() == "0 at -1 [exact]"
    caption, facts = table(BOUNDED._repr_html_())
    assert caption == "Topological entropy at 1.9"
    level = level_html(Certainty.CERTIFIED)
    assert facts == {"entropy": f"between 0.25 and 0.5 {level}", "proof": "eight letters"}


def test_a_range_in_words() -> None:
    theorem = monotonicity_theorem(quadratic(), Fraction(-2), Fraction(-1))
    found = EntropyRange(
        parameters=(Fraction(-2), Fraction(-3, 2)), bounds=(Fraction("0.25"), Fraction("0.5")), theorem=theorem
    )
    assert found._line() == "0.25 to 0.5 between -2 and -1.5 [certified under a theorem]"
    unknown = EntropyRange(parameters=(Fraction(1), Fraction(2)), bounds=None, theorem=theorem)
    assert unknown._line() == "no theorem known between 1 and 2 [certified under a theorem]"


def test_a_range_is_between_the_bounds_of_its_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {Fraction(-2): ("1/2", "3/4"), Fraction(-3, 2): ("1/3", "2/3")}
    asked: list[Any] = []

    def entropy(family: PolynomialFamily, end: Fraction, **options: Any) -> Any:
        low, high = map(Fraction, answers[end])
        return noted(asked, (family, end, options), replace(BOUNDED, bounds=(low, high)))

    monkeypatch.setattr(module, "topological_entropy", entropy)
    found = entropy_range(quadratic(), -2, "-1.5", max_symbols=9)
    assert (found.parameters, found.bounds) == ((Fraction(-2), Fraction(-3, 2)), (Fraction(1, 3), Fraction(3, 4)))
    assert asked == [(quadratic(), end, {"max_symbols": 9}) for end in answers]
    assert found.theorem.verdict is Verdict.PROVED
    assert found.theorem == monotonicity_theorem(quadratic(), Fraction(-2), Fraction(-3, 2))
    asked.clear()
    assert entropy_range(family_of(_r * (_x - _x**4)), 1, 2).bounds is None
    assert asked == []


def test_what_is_no_range() -> None:
    for upper in (1, 2):
        wanted = ("upper", upper, "must be greater than lower", "exchange the two")
        assert refused(entropy_range, quadratic(), 2, upper) == wanted
    assert refused(entropy_range, quadratic(), "a", 1)[0] == "lower"
    assert refused(entropy_range, quadratic(), 1, "b")[0] == "upper"
    advice = "give an expression, its variable, its parameter"
    assert refused(entropy_range, "x", 1, 2) == ("family", "x", "must be a PolynomialFamily", advice)
