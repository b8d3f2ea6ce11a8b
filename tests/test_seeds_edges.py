"""Approximate cycles: which are looked for, in what order, and where nothing is looked for."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from families import quadratic, residual

from symphase.maps import PolynomialFamily
from symphase.seeds import _all_cycles, _critical_points, _orbit, _step, cycle_seeds

z, a = sympy.symbols("z a")
WAITS = (0, 1, 4, 40, 400, 4000)


def iterate(c: float, count: int, start: float = 0.0) -> float:
    for _ in range(count):
        start = start * start + c
    return start


def seeds(c: float | Fraction, period: int, multiplier: float | Fraction) -> list[list[float]]:
    return list(cycle_seeds(quadratic(), Fraction(c), period, Fraction(multiplier)))


def test_steps_and_orbits() -> None:
    row = np.array([5.0, -1.0, 0.5, 2.0])
    assert _step(row, 3.0) == 5 - 3 + 0.5 * 9 + 2 * 27
    assert _orbit(np.array([-1.0, 0.0, 1.0]), 0.5, 1) == [0.5]
    assert _orbit(np.array([-1.0, 0.0, 1.0]), 0.5, 3) == [0.5, -0.75, -0.4375]


def test_critical_points_that_are_real() -> None:
    assert sorted(_critical_points(residual(), Fraction(3, 2))) == pytest.approx([-2 / 3, 1])
    assert _critical_points(PolynomialFamily(z**3 + z + a, variable=z, parameter=a), Fraction(0)) == []
    tall = PolynomialFamily(z**3 / 3 - 10**12 * z + a, variable=z, parameter=a)
    assert sorted(_critical_points(tall, Fraction(0))) == pytest.approx([-(10.0**6), 10.0**6])


@pytest.mark.parametrize("multiplier", [0, 1, -1])
def test_critical_orbits_come_first(multiplier: int) -> None:
    """After 0, 1, 4, 40 … turns, for a cycle that may attract."""
    c, period = -1.3125, 4
    found = seeds(c, period, multiplier)[:6]
    for wait, points in zip(WAITS, found, strict=True):
        assert points == [iterate(c, wait * period + k) for k in range(period)]


def test_cycles_that_repel_are_not_sought_along_critical_orbits() -> None:
    assert len(seeds(0, 1, 1)) == 6  # of 0, of multiplier 0; that of 1 has the multiplier 2
    assert seeds(0, 1, Fraction(1001, 1000)) == []
    (only,) = seeds(0, 1, 2)
    assert only == pytest.approx([1])


def test_orbits_that_escape_are_left() -> None:
    """0, 1, 2, 5, 26, 677, 458330, 210066388901, and then more than 10¹²: before and after one turn of period 3."""
    assert seeds(1, 3, 0) == [[0, 1, 2], [5, 26, 677]]
    assert [points[0] for points in seeds(1, 7, 0)] == [0, 210066388901]
    assert seeds(10**12, 1, 0) == [[0]]  # no further than 10¹²
    assert seeds(1, 8, 0) == [[0, 1, 2, 5, 26, 677, 458330, 210066388901]]


@pytest.mark.parametrize(("turn", "multiplier"), [(7, 8), (9, -8)])
def test_the_cycles_of_chebyshevs_map(turn: int, multiplier: int) -> None:
    """z² − 2 doubles the angle of z = 2 cos t: 2π/7 and 2π/9 are of period 3, with the multipliers 8 and −8."""
    found = seeds(-2, 3, multiplier)
    wanted = sorted(2 * math.cos(2**k * 2 * math.pi / turn) for k in range(3))
    assert any(sorted(points) == pytest.approx(wanted, abs=1e-9) for points in found)
    assert len(found) == (1 if multiplier > 0 else 2)  # −1 is fixed, with the multiplier (−2)³ = −8
    for points in found:
        for point, image in zip(points, [*points[1:], points[0]], strict=True):
            assert point**2 - 2 == pytest.approx(image, abs=1e-9)


def cycles(c: float, period: int) -> list[tuple[float, list[float]]]:
    """All real solutions of fⁿ(z) = z by way of the roots of the whole polynomial, with their multipliers."""
    power = np.polynomial.Polynomial([0.0, 1.0])
    for _ in range(period):
        power = power**2 + c
    roots = (power - np.polynomial.Polynomial([0.0, 1.0])).roots()
    real = sorted(float(r.real) for r in roots if abs(r.imag) < 1e-7)
    found: list[tuple[float, list[float]]] = []
    for place in real:
        points = [iterate(c, k, place) for k in range(period)]
        if all(min(abs(place - p) for p in other) > 1e-5 for _, other in found):
            found.append((math.prod(2 * p for p in points), points))
    return found


@pytest.mark.parametrize("multiplier", [-30.0, -8.0, -3.0, 2.0, 5.0, 12.0, 40.0])
@pytest.mark.parametrize(("c", "period"), [(-1.9, 4), (-1.6, 4), (-1.75, 3), (-1.2, 2), (0.3, 1)])
def test_all_cycles_of_about_a_multiplier_are_found(c: float, period: int, multiplier: float) -> None:
    """Those within 3/10 of 1 + |multiplier|, the likeliest first."""
    found = seeds(c, period, multiplier)
    wanted = [(abs(m - multiplier), points) for m, points in cycles(c, period)]
    wanted = sorted((gap, points) for gap, points in wanted if gap < 0.3 * (1 + abs(multiplier)))
    assert len(found) == len(wanted)
    for points, (_, others) in zip(found, wanted, strict=True):
        assert min(abs(points[0] - p) for p in others) < 1e-6
        assert len(points) == period


def test_a_dozen_cycles_are_enough() -> None:
    """Of period 8, z² − 2 has cycles of the multipliers 256 and −256 alone, more than a dozen of each."""
    for multiplier in (256, -256):
        found = seeds(-2, 8, multiplier)
        assert len(found) == 12
        for one, other in itertools.combinations(found, 2):
            assert min(abs(one[0] - p) for p in other) > 1e-6


def test_nothing_is_looked_for_beyond_floats_or_where_the_degree_falls() -> None:
    falling = PolynomialFamily(a * z**3 + z**2, variable=z, parameter=a)
    assert list(cycle_seeds(falling, Fraction(0), 1, Fraction(2))) == []
    (fixed,) = cycle_seeds(falling, Fraction(1), 1, Fraction(12, 5))  # z² + z = 1: z = (−1 + √5)/2, slope 2.38
    assert fixed == pytest.approx([(5**0.5 - 1) / 2])
    assert list(cycle_seeds(quadratic(), Fraction(10) ** 400, 1, Fraction(0))) == []
    assert list(cycle_seeds(quadratic(), Fraction(0), 1, Fraction(10) ** 400)) == []
    assert list(_all_cycles(np.array([0.0, 0.0, 1e-13]), 1, 2.0)) == []  # the fixed point is 10¹³
    assert list(_all_cycles(np.array([0.0, 0.0, 1e-11]), 1, 2.0)) == [pytest.approx([1e11])]
    assert list(_all_cycles(np.array([np.inf, 0.0, 1.0]), 1, 2.0)) == []
    assert list(_all_cycles(np.array([0.0, 1e200, 1e-200]), 1, 2.0)) == []
    assert list(_all_cycles(np.array([-1e10, 0.0, 1.0]), 6, 0.0)) == []  # beyond floats on the way


def test_one_critical_orbit_escapes_and_the_other_does_not() -> None:
    """z³ − 3z + 61/20: −1 goes to 5.05 and away, 1 to the fixed point beside it, the only one of its multiplier."""
    two = PolynomialFamily(z**3 - 3 * z + a, variable=z, parameter=a)
    place = 1.0
    for _ in range(100):
        place = place**3 - 3 * place + 3.05
    found = list(cycle_seeds(two, Fraction(61, 20), 1, Fraction(3 * place**2 - 3)))
    assert sorted(points[0] for points in found) == pytest.approx(sorted([-1, 5.05, 1, 1.05, *([place] * 5)]), abs=0.01)
    assert found[-1] == pytest.approx([place])
    assert len(found) == 6 + 2 + 1


def test_cycles_far_out_and_near_neutral_ones() -> None:
    """Points and slopes of very different sizes, each found once."""
    (far,) = _all_cycles(np.array([-1e13, 0.0, 1.0]), 1, 2e13**0.5 * 2**0.5)
    assert far == pytest.approx([0.5 + (0.25 + 1e13) ** 0.5])
    (two,) = _all_cycles(np.array([-1e10, 0.0, 1.0]), 2, 4 - 4e10)  # z² + z + 1 − 10¹⁰ = 0, slope 4 (1 + c)
    assert sorted(two) == pytest.approx([-0.5 - (1e10 - 0.75) ** 0.5, -0.5 + (1e10 - 0.75) ** 0.5])
    assert list(_all_cycles(np.array([0.0, 100.0, 1.0]), 1, -98.0)) == [pytest.approx([-99])]
    assert list(_all_cycles(np.array([0.0, 0.0, 10.0]), 1, 2.0)) == [pytest.approx([0.1])]
    near = list(_all_cycles(np.array([0.2475, 0.0, 1.0]), 1, 1.1))  # (1 ± 1/10)/2, of the multipliers 1.1 and 0.9
    assert near == [pytest.approx([0.55]), pytest.approx([0.45])]


@pytest.mark.parametrize(
    ("row", "period", "reach", "count"),
    [
        ([-1.0, 0.0, 1.0], 1, 2.0, 48),
        ([-1.0, 0.0, 1.0], 3, 2.0, 192),
        ([-9.0, 1.5, 0.5], 2, 10.0, 96),  # (1.5 + 1)/0.5
        ([-32.0, 2.0, 0.0, -0.5], 1, 8.0, 72),  # 64^(1/3)
        ([1.0, -5.0, 7.0, 0.5], 1, 28.0, 72),
        ([-1.0, 0.0, 1.0], 60, 2.0, 200_000),
    ],
)
def test_where_newtons_method_begins(
    row: list[float], period: int, reach: float, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Fujiwara's bound, 2 max |c_k/c_n|^(1/(n−k)) with 1 more for c₁; 24 times for each root."""

    def begun(*given: float) -> None:
        assert given == pytest.approx((-reach, reach, count))
        raise StopAsyncIteration

    monkeypatch.setattr(np, "linspace", begun)
    with pytest.raises(StopAsyncIteration):
        list(_all_cycles(np.array(row), period, 2.0))
