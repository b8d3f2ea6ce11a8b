"""Certified cycles: planted ones are proved, wrong ones are not, boxes contain the exact answer."""

from __future__ import annotations

import dataclasses
import itertools
import math
import time
from collections.abc import Iterator
from fractions import Fraction

import flint
import pytest
import sympy
from families import logistic, odd_cubic, quadratic, residual
from hypothesis import given
from hypothesis import strategies as st

from symphase.algebraic import RealAlgebraic, real_roots
from symphase.cells import Sample
from symphase.cycles import (
    CertifiedBifurcation,
    certified_flips,
    certify_bifurcation,
    certify_cycle,
    find_attracting_cycle,
    follow_multiplier,
)
from symphase.enclosures import Verdict, ball, working_precision
from symphase.errors import InputError
from symphase.krawczyk import _linearise, _Map, disjoint, stretch
from symphase.maps import PolynomialFamily


def test_the_exact_two_cycle_lies_in_the_certified_box() -> None:
    # logistic 2-cycle at r = 16/5: roots of r²x² − r(r+1)x + (r+1)
    r = Fraction(16, 5)
    cycle = certify_cycle(logistic(), r, [0.51, 0.8])
    assert cycle is not None
    exact = real_roots(flint.fmpz_poly([105, -336, 256]))  # 25·(r²x² − r(r+1)x + (r+1))
    assert len(exact) == 2
    for bounds, root in zip(sorted(cycle.points), exact, strict=True):
        assert bounds[0] < root < bounds[1]
        assert bounds[1] - bounds[0] < Fraction(1, 10**8)
    assert cycle.multiplier[0] < 4 + 2 * r - r * r < cycle.multiplier[1]
    assert cycle.is_attracting is Verdict.PROVED


def test_a_repelling_cycle_is_proved_repelling() -> None:
    cycle = certify_cycle(logistic(), Fraction(7, 2), [0.71428])
    assert cycle is not None
    assert cycle.is_attracting is Verdict.REFUTED


def test_a_fixed_point_never_passes_for_a_two_cycle() -> None:
    assert certify_cycle(logistic(), Fraction(16, 5), [0.6875, 0.6875]) is None


def test_there_is_no_two_cycle_below_the_flip() -> None:
    assert certify_cycle(logistic(), Fraction(29, 10), [0.6, 0.7]) is None


@pytest.mark.parametrize(("period", "seed"), [(2, [-1.2, 0.2]), (1, [-0.5])])
def test_flips_of_the_quadratic_family(period: int, seed: list[float]) -> None:
    exact = {1: Fraction(-3, 4), 2: Fraction(-5, 4)}[period]
    box = certify_bifurcation(quadratic(), float(exact) + 1e-3, seed, -1)
    assert box is not None
    assert box.parameter[0] < exact < box.parameter[1]
    assert box.parameter[1] - box.parameter[0] < Fraction(1, 10**15)
    finer = certify_bifurcation(quadratic(), exact, [float(sum(p) / 2) for p in box.points], -1, bits=512)
    assert finer is not None
    assert finer.parameter[1] - finer.parameter[0] < Fraction(1, 10**80)


def test_the_fold_of_the_three_cycle() -> None:
    orbit = [-1.7549, 1.3247, 0.0]
    orbit[2] = orbit[1] ** 2 - 1.75
    box = certify_bifurcation(quadratic(), -1.75, [-1.747, 1.302, -0.055], 1)
    assert box is not None
    assert box.period == 3
    assert box.parameter[0] < Fraction(-7, 4) < box.parameter[1]


def test_a_crossing_of_branches_is_not_certified_as_a_fold() -> None:
    # at r = 1 the logistic fixed points cross: multiplier +1, but no fold, and the Jacobian is singular
    assert certify_bifurcation(logistic(), 1.0, [0.0], 1) is None


def test_the_cascade_is_proved_to_period_64_and_shrinks_by_feigenbaum() -> None:
    superstable = 3 * 2**0.5 / 2 - 1
    boxes = list(certified_flips(residual(), superstable))
    assert [box.period for box in boxes] == [2, 4, 8, 16, 32, 64]
    places = [float(sum(box.parameter) / 2) for box in boxes]
    assert places == sorted(places)
    gaps = [right - left for left, right in itertools.pairwise(places)]
    assert gaps[-2] / gaps[-1] == pytest.approx(4.6692, abs=0.01)
    for box in boxes:
        assert len(box.points) == box.period
        assert box.multiplier == -1


def test_following_a_multiplier_reaches_it() -> None:
    start = 3 * 2**0.5 / 2 - 1
    family = residual()
    c = (1 - 2 * start) / 3
    orbit = [c, sum(float(v) * c**k for k, v in enumerate(family.at(start, float)))]
    reached = follow_multiplier(family, start, orbit, 0.0, -1.0)
    assert reached is not None
    assert reached[0] == pytest.approx(5**0.5 - 1, abs=1e-12)


@pytest.mark.parametrize(
    ("parameter", "period"),
    [
        ("1.1", 2),
        ("1.25", 4),
        ("1.3", 16),
        ("1.455", 3),
        ("1.7", 3),
        ("1.838", 4),
        ("1.98177", None),
        ("1.5", None),
        ("2", None),
    ],
)
def test_attracting_cycles_are_found_and_proved(parameter: str, period: int | None) -> None:
    cycle = find_attracting_cycle(residual(), Fraction(parameter))
    assert (cycle.period if cycle else None) == period
    if cycle is not None:
        assert cycle.is_attracting is Verdict.PROVED
        assert max(abs(bound) for bound in cycle.multiplier) < 1


def test_the_search_stops_at_its_period() -> None:
    assert find_attracting_cycle(residual(), Fraction("1.3"), max_period=8) is None


# ------------------------------------------------------------------------------------------- linear algebra, precision


@pytest.mark.parametrize("family", [residual(), logistic(), odd_cubic()])
@pytest.mark.parametrize("period", [1, 2, 3, 7])
def test_the_sweep_along_the_orbit_solves_what_a_dense_matrix_solves(family: PolynomialFamily, period: int) -> None:
    with working_precision(200):
        points = [ball(Fraction(k * k + 1, 7 * k + 3)) for k in range(period)]
        right = [ball(Fraction(2 * k - 3, k + 2)) for k in range(period)]
        linear, product = _linearise(_Map(family, ball(Fraction(6, 5)), bordered=True), points, bordered=True)
        dense = flint.arb_mat(period + 1, period + 1)
        f1 = [k * c for k, c in enumerate(family.at(ball(Fraction(6, 5)), ball))][1:]
        slopes = [sum((c * z**k for k, c in enumerate(f1)), flint.arb(0)) for z in points]
        for i in range(period):
            dense[i, i] += slopes[i]
            dense[i, (i + 1) % period] -= 1
            dense[i, period] = linear.column[i]
            dense[period, i] = linear.row[i]
            product = product / slopes[i]
        dense[period, period] = linear.corner
        assert product.overlaps(flint.arb(1))
        swept = linear.solve(right, flint.arb(5))
        assert swept is not None
        for i, value in enumerate(swept):
            assert value.rad() < 1e-30
            assert value.overlaps(dense.solve(flint.arb_mat([[v] for v in [*right, flint.arb(5)]]))[i, 0])
        linear, _ = _linearise(_Map(family, ball(Fraction(6, 5)), bordered=False), points, bordered=False)
        swept = linear.solve(right, None)
        assert swept is not None
        dense = flint.arb_mat([[dense[i, j] for j in range(period)] for i in range(period)])
        for i, value in enumerate(swept):
            assert value.overlaps(dense.solve(flint.arb_mat([[v] for v in right]))[i, 0])


@pytest.mark.parametrize("bits", [64, 200])
def test_row_column_and_corner_are_derivatives_of_the_system(bits: int) -> None:
    # difference quotients of the multiplier and of f in a: no formula of the module's enters
    family, step = residual(), Fraction(1, 2**bits)
    points, a = [Fraction(-3, 5), Fraction(2, 5), Fraction(1, 7)], Fraction(5, 4)

    def multiplier(z: list[Fraction], a: Fraction) -> Fraction:
        product = Fraction(1)
        for x in z:
            product *= 3 * x**2 + 2 * (a - 2) * x + 1 - 2 * a
        return product

    with working_precision(4 * bits):
        linear, _ = _linearise(_Map(family, ball(a), bordered=True), [ball(z) for z in points], bordered=True)
        for i in range(3):
            moved = [z + step * (i == j) for j, z in enumerate(points)]
            quotient = (multiplier(moved, a) - multiplier(points, a)) / step
            assert abs(linear.row[i] - ball(quotient)) < 1000 * ball(step)
            by_a = ((points[i] + a + step) * (1 - points[i]) ** 2 - (points[i] + a) * (1 - points[i]) ** 2) / step - 1
            assert abs(linear.column[i] - ball(by_a)) < 1000 * ball(step)
        quotient = (multiplier(points, a + step) - multiplier(points, a)) / step
        assert abs(linear.corner - ball(quotient)) < 1000 * ball(step)


@given(st.lists(st.tuples(st.integers(-60, 60), st.integers(0, 6)), max_size=12))
def test_sorting_finds_every_overlap(pairs: list[tuple[int, int]]) -> None:
    balls = [flint.arb(middle, radius) for middle, radius in pairs]
    apart = all(abs(a - b) > r + s for (a, r), (b, s) in itertools.combinations(pairs, 2))
    assert not disjoint(balls) or apart
    # radii are rounded up a little, so that balls one unit apart are the nearest that must be told apart
    if all(abs(a - b) > r + s + 0.01 for (a, r), (b, s) in itertools.combinations(pairs, 2)):
        assert disjoint(balls)


def test_period_256_is_proved_and_long_periods_cost_little() -> None:
    boxes = list(certified_flips(residual(), 3 * 2**0.5 / 2 - 1, max_period=256))
    assert [box.period for box in boxes] == [2, 4, 8, 16, 32, 64, 128, 256]
    for box in boxes:
        assert box.criticality == "supercritical"
        assert box.is_nondegenerate is Verdict.PROVED
        assert box.transversality is not None
        assert box.transversality[1] < 0  # the multiplier falls through −1
    slopes = [float(sum(box.transversality or ()) / 2) for box in boxes]
    assert slopes[-1] / slopes[-2] == pytest.approx(4.6692, abs=1e-3)  # Feigenbaum: μ is a function of δⁿ(a − a_∞)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        assert certify_bifurcation(residual(), *_seed(boxes[5]), -1) is not None
        times.append(time.perf_counter() - start)
    assert min(times) < 0.5


def _seed(box: CertifiedBifurcation) -> tuple[float, list[float]]:
    return float(sum(box.parameter) / 2), [float(sum(z) / 2) for z in box.points]


def test_any_number_of_digits() -> None:
    box = certify_bifurcation(logistic(), 3.4, [0.85, 0.44], -1)
    assert box is not None
    for digits in (0, 1, 30, 1000, 5000):
        text = box.decimal(digits)
        assert text is not None
        truth = Fraction(flint.fmpz(6 * 100 ** (digits + 9)).isqrt().__int__(), 10 ** (digits + 9)) + 1
        value = Fraction(int(flint.fmpz(text.replace(".", ""))), 10**digits)
        assert abs(value - truth) <= Fraction(1, 2 * 10**digits)
    finer = box.refined(3000)
    assert finer is not None
    assert finer.parameter[1] - finer.parameter[0] < Fraction(1, 2**2900)
    assert box.parameter[0] <= finer.parameter[0] <= finer.parameter[1] <= box.parameter[1]
    half = certify_bifurcation(quadratic(), -1.2, [-1.2, 0.2], -1)  # −1.25, exactly between −1.2 and −1.3
    assert half is not None
    assert half.decimal(1) is None
    assert half.decimal(2) == "-1.25"
    far = dataclasses.replace(half, parameter=(Fraction(-1), Fraction(0)))
    assert far.refined(128) is None  # the proof lands outside a box that was forged


def test_the_conditions_of_textbook_bifurcations() -> None:
    # x² + c: at c = −3/4 the fixed point −1/2 has dμ/da = 2/√(1 − 4c) = 1 and −3(f'')² = −12;
    # at c = 1/4 there is a fold with f'' = 2
    flip = certify_bifurcation(quadratic(), -0.7, [-0.5], -1)
    fold = certify_bifurcation(quadratic(), 0.24, [0.45], 1)
    assert flip is not None
    assert fold is not None
    for bounds, exact in (
        (flip.transversality, 1),
        (flip.flip_coefficient, -12),
        (fold.second_derivative, 2),
        (fold.parameter_derivative, 1),
    ):
        assert bounds is not None
        assert bounds[0] <= exact <= bounds[1]
        assert bounds[1] - bounds[0] < Fraction(1, 10**30)
    assert set(flip.conditions) == {"transversality", "flip_coefficient"}
    assert set(fold.conditions) == {"second_derivative", "parameter_derivative"}
    assert fold.criticality is None
    assert fold.is_nondegenerate is Verdict.PROVED
    bare = CertifiedBifurcation(
        parameter=fold.parameter, period=1, multiplier=Fraction(1), points=fold.points, bits=fold.bits
    )
    assert bare.is_nondegenerate is Verdict.UNDECIDED
    with pytest.raises(InputError, match="family"):
        bare.refined(256)


@pytest.mark.parametrize("period", [2, 3, 4])
def test_the_flip_coefficient_is_that_of_the_expanded_iterate(period: int) -> None:
    cycle = find_attracting_cycle(residual(), Fraction({2: "1.2", 3: "1.455", 4: "1.28"}[period]))
    assert cycle is not None
    assert cycle.period == period
    start = float(sum(cycle.multiplier) / 2)
    at = follow_multiplier(residual(), float(cycle.parameter), [float(sum(z) / 2) for z in cycle.points], start, -1.0)
    assert at is not None
    box = certify_bifurcation(residual(), *at, -1, bits=200)
    assert box is not None
    a, middle = sum(box.parameter, Fraction(0)) / 2, sum(box.points[0], Fraction(0)) / 2
    iterate = flint.fmpq_poly([0, 1])
    row: tuple[Fraction, ...] = residual().at(a.limit_denominator(10**40))
    f = flint.fmpq_poly([flint.fmpq(c.numerator, c.denominator) for c in row])
    for _ in range(period):
        iterate = f(iterate)
    place = flint.fmpq(middle.numerator, middle.denominator)
    first, second, third = (p(place) for p in itertools.islice(_derivatives(iterate), 3))
    assert abs(first + 1) < flint.fmpq(1, 10**25)
    coefficient = -2 * third - 3 * second**2
    assert box.flip_coefficient is not None
    exact = Fraction(int(coefficient.p), int(coefficient.q))
    assert abs(exact - box.flip_coefficient[0]) < Fraction(1, 10**20) * abs(exact)


def _derivatives(polynomial: flint.fmpq_poly) -> Iterator[flint.fmpq_poly]:
    return itertools.accumulate(itertools.repeat(polynomial.derivative()), lambda p, _: p.derivative())


def test_stretching_orbits_are_given_the_precision_that_they_need() -> None:
    # at a = 2 every cycle of period 40 stretches by 3⁴⁰; θ = 2π/(3⁴⁰ − 1)·k is one
    denominator, numerator = 3**40 - 1, 7654321987654321
    orbit = []
    for _ in range(40):
        orbit.append(2 * math.cos(2 * math.pi * float(Fraction(numerator % denominator, denominator))))
        numerator *= 3
    assert stretch(residual(), 2.0, orbit) >= 40 * math.log2(3) - 4
    cycle = certify_cycle(residual(), Fraction(2), orbit)
    assert cycle is not None
    assert cycle.period == 40
    assert cycle.multiplier[0] <= 3**40 <= cycle.multiplier[1] or cycle.multiplier[0] <= -(3**40) <= cycle.multiplier[1]


@pytest.mark.parametrize(
    ("orbit", "bits", "name"),
    [
        ([], 128, "orbit"),
        ([0.5] * 1_000_000, 128, "orbit"),
        ([0.5], 0, "bits"),
        ([0.5], 10**12, "bits"),
        ([0.5], 2.5, "bits"),
        ([0.1 * k for k in range(1000)], 10**6, "bits"),
    ],
)
def test_absurd_requests_are_refused_at_once(orbit: list[float], bits: int, name: str) -> None:
    with pytest.raises(InputError, match=name):
        certify_bifurcation(logistic(), 3.0, orbit, -1, bits=bits)
    with pytest.raises(InputError, match=r"orbit|bits"):
        certify_cycle(logistic(), Fraction(3), orbit, max_bits=bits)
    box = certify_bifurcation(logistic(), 2.9, [0.66], -1)
    assert box is not None
    for digits in (-1, 10**7, 10**12, 1.5, True):
        with pytest.raises(InputError, match="digits"):
            box.decimal(digits)  # type: ignore[arg-type]  # the wrong type is the point


@pytest.mark.parametrize("seed", [float("nan"), float("inf"), 1e300, -1e300])
def test_seeds_that_lead_nowhere_prove_nothing(seed: float) -> None:
    assert certify_bifurcation(logistic(), 3.0, [seed], -1) is None or seed == seed  # NaN proves nothing
    assert certify_bifurcation(logistic(), seed, [0.5, seed], -1) is None
    if math.isfinite(seed):
        assert certify_cycle(logistic(), Fraction(3), [0.5, seed], max_bits=128) is None


@pytest.mark.parametrize("lost", [math.nan, math.inf, -math.inf])
def test_regression_points_that_are_no_numbers_are_refused(lost: float) -> None:
    """The answer was that no cycle is proved."""
    with pytest.raises(InputError, match=f"^orbit = {lost}: must be a finite real number: .*; round or repair it$"):
        certify_cycle(logistic(), 1.2, [lost, 0.5])


def test_every_kind_of_number_is_read_exactly() -> None:
    cycle = certify_cycle(logistic(), 3.2, [0.51, 0.8])
    assert cycle is not None
    assert cycle.parameter == Fraction(3.2)
    assert type(cycle.parameter) is Fraction
    box = certify_bifurcation(logistic(), 3, [Fraction(2, 3)], -1.0)  # type: ignore[arg-type]  # a float is the rational it stores
    assert box is not None
    assert box.multiplier == -1


@pytest.mark.parametrize("huge", [Fraction(10) ** 400, -(2**1000), 10**400])
def test_numbers_beyond_floats_are_refused(huge: Fraction) -> None:
    for argument, call in (
        ("parameter", lambda: certify_cycle(logistic(), huge, [0.51, 0.8])),
        ("orbit", lambda: certify_cycle(logistic(), Fraction(16, 5), [huge, 0.8])),
        ("parameter", lambda: certify_bifurcation(logistic(), huge, [0.6], -1)),
        ("orbit", lambda: certify_bifurcation(logistic(), 3, [huge], -1)),
        ("multiplier", lambda: certify_bifurcation(logistic(), 3, [0.6], huge)),
        ("superstable", lambda: certified_flips(logistic(), huge)),  # type: ignore[arg-type]  # the wrong type is the point
    ):
        with pytest.raises(InputError, match=f"{argument} = .*must be smaller than 2\\^1000"):
            call()
    assert find_attracting_cycle(logistic(), Fraction(huge)) is None


def test_what_is_no_number_is_refused_at_once() -> None:
    for bad in (float("nan"), "a", None, True, 1j):
        with pytest.raises(InputError, match="multiplier"):
            certify_bifurcation(logistic(), 3, [0.6], bad)  # type: ignore[arg-type]  # the wrong type is the point
        with pytest.raises(InputError, match="parameter"):
            certify_cycle(logistic(), bad, [0.6])  # type: ignore[arg-type]  # the wrong type is the point
    for period in ("a", 0, True, 2.0, 1024):
        with pytest.raises(InputError, match="max_period"):
            certified_flips(logistic(), 3.2, max_period=period)  # type: ignore[arg-type]  # the wrong type is the point
    for lost in (float("nan"), float("inf")):
        assert certify_bifurcation(logistic(), 3, [lost], -1) is None


def test_coefficients_beyond_floats_prove_nothing_and_raise_nothing() -> None:
    r, x = sympy.symbols("r x")
    family = PolynomialFamily(10**400 * r * x * (1 - x), variable=x, parameter=r)
    assert find_attracting_cycle(family, Fraction(1)) is None
    assert follow_multiplier(family, 1.0, [0.5], 0.0, -1.0) is None
    assert certify_cycle(family, Fraction(1), [0.5]) is None
    assert list(certified_flips(family, 3.2)) == []
    assert stretch(family, 1.0, [0.5]) > 10**4


def test_where_the_degree_falls_a_sample_says_so() -> None:
    r, x = sympy.symbols("r x")
    family = PolynomialFamily((1 - r) * x**3 + x**2 - 1, variable=x, parameter=r)
    ends = Sample(family, Fraction(1)).ends()
    assert ends is not None  # x² − 1: the outer fixed point and its mirror image
    assert ends[1] == RealAlgebraic([-1, -1, 1], Fraction(1), Fraction(2))
    assert ends[0] == RealAlgebraic([-1, 1, 1], Fraction(-2), Fraction(-1))
    line = PolynomialFamily((1 - r) * x**2 + x - 1, variable=x, parameter=r)
    with pytest.raises(InputError, match="a line or a constant"):
        Sample(line, Fraction(1)).ends()
