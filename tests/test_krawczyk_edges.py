"""The pieces of Newton and Krawczyk, each against the same thing in fractions, at points that are no orbit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import flint
import pytest
import sympy

from symphase import krawczyk as module
from symphase.enclosures import ball, ball_bounds, working_precision
from symphase.krawczyk import _Linear, _linearise, _Map, _newton, disjoint, krawczyk, nondegeneracy, refine, stretch
from symphase.maps import PolynomialFamily

z, a = sympy.symbols("z a")
FAMILY = PolynomialFamily(z**3 * (1 + a**2) - a**3 * z**2 + (2 - a) * z + a**2 / 3, variable=z, parameter=a)
SQUARE = PolynomialFamily(z**2 + a, variable=z, parameter=a)
AT = Fraction(3, 2)
POINTS = [Fraction(1, 2), Fraction(-2, 3), Fraction(5, 4)]


def exact(expression: sympy.Expr, point: Fraction, parameter: Fraction = AT) -> Fraction:
    value = expression.subs({z: sympy.Rational(point), a: sympy.Rational(parameter)})
    return Fraction(int(value.p), int(value.q))


def f(point: Fraction, by_z: int = 0, by_a: int = 0) -> Fraction:
    expression = sympy.expand(z**3 * (1 + a**2) - a**3 * z**2 + (2 - a) * z + a**2 / 3)
    for variable, order in ((z, by_z), (a, by_a)):
        for _ in range(order):
            expression = expression.diff(variable)
    return exact(expression, point)


def holds(enclosure: flint.arb, value: Fraction | int) -> bool:
    """Whether a ball is narrow and contains the value."""
    lower, upper = ball_bounds(enclosure)
    return lower <= value <= upper and upper - lower < Fraction(1, 10**20)


def balls(values: Sequence[Fraction | int]) -> list[flint.arb]:
    return [ball(value) for value in values]


def test_the_map_and_its_derivatives_at_a_parameter_that_enters_to_the_third_power() -> None:
    with working_precision(128):
        step = _Map(FAMILY, ball(AT), bordered=True)
        for point in POINTS:
            for found, by_z, by_a in (
                (step.f, 0, 0),
                (step.f1, 1, 0),
                (step.f2, 2, 0),
                (step.by_parameter, 0, 1),
                (step.mixed, 1, 1),
            ):
                assert holds(found(ball(point)), f(point, by_z, by_a))


def test_the_jacobian_is_that_of_all_points_and_the_parameter() -> None:
    with working_precision(128):
        linear, product = _linearise(_Map(FAMILY, ball(AT), bordered=True), balls(POINTS), bordered=True)
        slopes = [f(point, 1) for point in POINTS]
        others = [math.prod(slopes[:i] + slopes[i + 1 :]) for i in range(3)]
        assert holds(product, math.prod(slopes))
        assert all(map(holds, linear.slopes, slopes))
        assert all(map(holds, linear.column, [f(point, 0, 1) for point in POINTS]))
        assert all(map(holds, linear.row, [other * f(p, 2) for other, p in zip(others, POINTS, strict=True)]))
        assert holds(linear.corner, sum(other * f(p, 1, 1) for other, p in zip(others, POINTS, strict=True)))


def test_what_the_jacobian_may_change_by_is_symmetric_and_as_wide_as_the_radius_says() -> None:
    wide = _Linear(balls([5, -2]), balls([4, 0]), balls([3, 8]), ball(6))
    narrow = _Linear(balls([1, 1]), balls([2, 1]), balls([2, 1]), ball(1))
    half = Fraction(1, 2)
    products, border = wide.times(narrow, ball(half))
    for found, size in zip([*products, border], (4 + 2, 3 + 1, 1 + 7 + 5), strict=True):
        lower, upper = ball_bounds(found)
        assert -lower == upper
        assert size * half <= upper < size * half * (1 + Fraction(1, 10**6))
    products, border = _Linear(balls([5]), [], [], None).times(_Linear(balls([1]), [], [], None), ball(half))
    assert (ball_bounds(products[0])[1] >= 2, border) == (True, None)


@pytest.mark.parametrize("slopes", [[2], [-1], [Fraction(3, 2), 2], [0], [5, Fraction(1, 2), -3]])
def test_the_system_of_the_points_is_solved(slopes: list[Fraction | int]) -> None:
    right = [Fraction(k + 1, 3) for k in range(len(slopes))]
    with working_precision(128):
        found = _Linear(balls(slopes), [], [], None).solve(balls(right), None)
        assert found is not None
        for i, slope in enumerate(slopes):  # s δ_i − δ_(i+1) = r_i
            assert holds(ball(slope) * found[i] - found[(i + 1) % len(slopes)], right[i])


@pytest.mark.parametrize("slopes", [[1], [2, Fraction(1, 2)], [-1, -1]])
def test_points_of_multiplier_one_are_not_solved_for(slopes: list[Fraction | int]) -> None:
    assert _Linear(balls(slopes), [], [], None).solve(balls([1] * len(slopes)), None) is None


@pytest.mark.parametrize(
    ("slopes", "column", "row", "corner"),
    [
        ([3], [1], [1], 1),  # determinant (3 − 1)·1 − 1·1 = 1
        ([2, 3], [1, -1], [4, 5], 7),
        ([1], [1], [2], 0),  # multiplier 1, regular all the same
    ],
)
def test_the_system_with_a_parameter_is_solved(
    slopes: list[int], column: list[int], row: list[int], corner: int
) -> None:
    right = [Fraction(k + 1, 3) for k in range(len(slopes))]
    with working_precision(128):
        found = _Linear(balls(slopes), balls(column), balls(row), ball(corner)).solve(balls(right), ball(5))
        assert found is not None
        *points, last = found
        for i, (slope, by_a) in enumerate(zip(slopes, column, strict=True)):
            assert holds(slope * points[i] + by_a * last - points[(i + 1) % len(points)], right[i])
        assert holds(sum((r * p for r, p in zip(row, points, strict=True)), corner * last), Fraction(5))


def test_a_singular_system_with_a_parameter_is_not_solved() -> None:
    assert _Linear(balls([3]), balls([2]), balls([1]), ball(1)).solve(balls([1]), ball(1)) is None


def test_conditions_are_those_of_the_composed_taylor_polynomials() -> None:
    slopes = [f(point, 1) for point in POINTS]
    multiplier = math.prod(slopes)
    series = [Fraction(0), Fraction(1), Fraction(0), Fraction(0)]  # of the deviation, in powers of the first one
    for point in POINTS:
        square = [sum(series[i] * series[k - i] for i in range(k + 1)) for k in range(4)]
        cube = [sum(square[i] * series[k - i] for i in range(k + 1)) for k in range(4)]
        series = [
            f(point, 1) * s + f(point, 2) * t / 2 + f(point, 3) * u / 6
            for s, t, u in zip(series, square, cube, strict=True)
        ]
    shift = Fraction(0)
    for point, slope in zip(POINTS, slopes, strict=True):
        shift = slope * shift + f(point, 0, 1)

    def transversality(mu: Fraction) -> Fraction:
        move, total = shift / (1 - mu), Fraction(0)
        for i, point in enumerate(POINTS):
            others = math.prod(slopes[:i] + slopes[i + 1 :])
            total += others * (f(point, 2) * move + f(point, 1, 1))
            move = slopes[i] * move + f(point, 0, 1)
        return total

    assert series[1] == multiplier
    with working_precision(200):
        fold = nondegeneracy(FAMILY, balls(POINTS), ball(AT), Fraction(1))
        assert holds(fold.second_derivative, 2 * series[2])
        assert holds(fold.parameter_derivative, shift)
        assert (fold.transversality, fold.flip_coefficient) == (None, None)
        flip = nondegeneracy(FAMILY, balls(POINTS), ball(AT), Fraction(-1))
        assert holds(flip.flip_coefficient, -2 * 6 * series[3] - 3 * (2 * series[2]) ** 2)
        assert (flip.second_derivative, flip.parameter_derivative) == (None, None)
        crossing = nondegeneracy(FAMILY, balls(POINTS), ball(AT), Fraction(1, 3))
        assert crossing.flip_coefficient is None
        assert holds(flip.transversality, transversality(Fraction(-1)))
        assert holds(crossing.transversality, transversality(Fraction(1, 3)))


# ------------------------------------------------------------------------------------------------- numerical helpers


LINEAR_SLOPES = PolynomialFamily(a**2 * z + a * z**2, variable=z, parameter=a)  # at a = 2 the slope is 4 + 4z


@pytest.mark.parametrize(
    ("orbit", "bits"),
    [
        ([1.0], 6),  # 8 · 8
        ([1.0, -0.875, -0.5], 6),  # of 8, 1/2, 2, 8, 1/2, 2 the first six or the first four
        ([-0.875, 1.0], 5),  # 8 · 1/2 · 8
        ([-0.875], 0),  # nothing grows
        ([-1.0, 1.0], 3),
        ([1.0] * 100 + [-1.0], 400),  # a slope of zero counts as 2⁻²⁰⁰
        ([1.1], 7),  # 2 log₂ 8.4 = 6.14, rounded up
    ],
)
def test_the_stretch_is_the_largest_product_of_consecutive_slopes(orbit: list[float], bits: int) -> None:
    assert stretch(LINEAR_SLOPES, 2.0, orbit) == bits
    assert stretch(LINEAR_SLOPES, Fraction(2), [Fraction(point) for point in orbit]) == bits


def test_a_stretch_beyond_floats_is_the_largest_there_is() -> None:
    assert stretch(SQUARE, 0, [Fraction(10**400)]) == 100_000
    assert stretch(LINEAR_SLOPES, 1e200, [1.0]) == 100_000
    assert stretch(SQUARE, 0, [2.0**50] * 1500) == 100_000


def test_a_newton_step_and_its_size() -> None:
    with working_precision(64):
        taken = _newton(SQUARE, [flint.arb(0.25)], flint.arb(0), None)  # 1/4 − (1/16 − 1/4)/(1/2 − 1) = −1/8
        assert taken is not None
        moved, size = taken
        assert (moved[0] == flint.arb(-0.125), size == flint.arb(0.375)) == (True, True)
        assert _newton(SQUARE, [flint.arb("inf")], flint.arb(0), None) is None
        assert _newton(SQUARE, [flint.arb(0.5)], flint.arb(0), None) is None  # slope 1


def test_newton_doubles_its_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def step(*given: object) -> object:
        tried.append(flint.ctx.prec)
        return _newton(*given)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(module, "_newton", step)
    for bits, levels in ((96, [96]), (97, [56, 97]), (400, [64, 112, 208, 400])):
        tried.clear()
        found = refine(SQUARE, [0.3], Fraction(3, 16), None, bits=bits, guard=10)
        assert found is not None
        with working_precision(bits):
            assert abs(found[0] - ball(Fraction(1, 4))) < flint.arb(2) ** -(bits - 10)
        assert sorted(set(tried)) == tried[:1] + [level + 10 for level in levels[1:]]
        assert tried == sorted(tried)
        assert all(tried.count(level + 10) <= 2 for level in levels[1:])


def test_newton_starts_from_floats_and_fractions_alike() -> None:
    other = refine(SQUARE, [0.8], Fraction(3, 16), None, bits=64, guard=0)
    assert other is not None
    assert abs(float(other[0]) - 0.75) < 1e-15
    for value in (0.3, Fraction(3, 10), Fraction(10**400 + 1, 4 * 10**400)):
        found = refine(SQUARE, [value], Fraction(3, 16), None, bits=64, guard=0)
        assert found is not None
        assert abs(float(found[0]) - 0.25) < 1e-15


# -------------------------------------------------------------------------------------------------------- the proof


@pytest.mark.parametrize("offset", [Fraction(1, 1000), Fraction(-1, 1000), Fraction(0)])
def test_the_solution_may_lie_on_either_side(offset: Fraction) -> None:
    with working_precision(128):
        found = krawczyk(SQUARE, [ball(Fraction(1, 4) + offset).mid()], Fraction(3, 16), None, 128)
        assert found is not None
        lower, upper = ball_bounds(found[0])
        assert lower <= Fraction(1, 4) <= upper


def test_the_box_is_as_wide_as_what_is_multiplied(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Fraction, Fraction]] = []
    times = _Linear.times

    def watched(self: _Linear, other: _Linear, radius: flint.arb) -> object:
        seen.append((ball_bounds(self.slopes[0] - other.slopes[0])[1], ball_bounds(radius)[1]))
        return times(self, other, radius)

    monkeypatch.setattr(_Linear, "times", watched)
    with working_precision(200):
        assert krawczyk(SQUARE, [flint.arb(0.25)], Fraction(3, 16), None, 100) is not None
    ((slope, radius),) = seen  # the slope is 2z, so that twice the radius is what it may change by
    assert 2 * radius <= slope < 2 * radius * (1 + Fraction(1, 10**6))
    assert radius == Fraction(1, 2**60)


def test_a_box_with_two_solutions_is_refused() -> None:
    with working_precision(128):  # z² − z + 19/80 = 0 at (1 ± √0.05)/2 = 0.39, 0.61; from 0.45 the correction is 1/10
        assert krawczyk(SQUARE, [ball(Fraction(9, 20)).mid()], Fraction(19, 80), None, 128) is None


FLAT = PolynomialFamily(z**2 / 1024 + a, variable=z, parameter=a)


def test_where_the_correction_is_large_nothing_is_tried() -> None:
    with working_precision(64):
        for offset, found in ((Fraction(3, 25), True), (Fraction(1, 8), False), (Fraction(1, 5), False)):
            # four times the correction is the radius, and must be less than 1/2; the slope at 0 is 0
            assert (krawczyk(FLAT, [flint.arb(0)], offset, None, 64) is not None) is found
        assert krawczyk(SQUARE, [flint.arb(0.125)], Fraction(0), None, 64) is None  # correction 7/48: a radius of 7/12
        assert krawczyk(SQUARE, [flint.arb(0.5)], Fraction(3, 16), None, 64) is None  # slope 1


@pytest.mark.parametrize(
    ("places", "apart"),
    [
        ([(3, 0.5), (1, 0.5), (2, 0.25)], True),
        ([(1, 0.25), (3, 0.25), (1.25, 0.25)], False),
        ([(1, 0)], True),
        ([], True),
    ],
)
def test_balls_are_disjoint_in_any_order(places: list[tuple[float, float]], apart: bool) -> None:
    points = [flint.arb(*place) for place in places]
    assert disjoint(points) is apart
    assert disjoint(points[::-1]) is apart


def test_wide_balls_are_not_taken_for_disjoint() -> None:
    # [0, 4] is neither smaller nor larger than [1, 2]
    points = [flint.arb(5, 0.1), flint.arb(2, 2), flint.arb(9, 0.1), flint.arb(1.5, 0.5), flint.arb(7, 0.1)]
    assert not disjoint(points)
    assert disjoint([*points[2:], points[0]])
    assert not disjoint([flint.arb("nan"), flint.arb(1)])
