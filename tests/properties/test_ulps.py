"""Floats beside boundaries: at 0, ±1 and ±2 units in the last place each falls on the right side, always.

A float is a rational number, and a boundary a root of an integer polynomial: signs of integers decide, by Horner's rule
and Sturm's theorem written out here.  Step sizes come from data in floats, whose a is computed exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import pairwise

import mpmath
import numpy as np
import pytest
import sympy
from families import logistic, odd_cubic, quadratic, residual
from knob import rng, trials
from properties.oracle import decide

from symphase.algebraic import RealAlgebraic
from symphase.analysis import analyze, largest_scale
from symphase.bifurcations import bifurcation_polynomials
from symphase.boundaries import find_boundaries
from symphase.maps import PolynomialFamily
from symphase.models import Model, PhaseRetrieval, TwoLayerNetwork
from symphase.phases import Phase, classify, residual_boundaries
from symphase.problems import problem_from_data
from symphase.tables import dataset
from symphase.thresholds import Boundary, BoundaryKind

Record = Callable[[str, object], None]
Coefficients = tuple[int, ...]


def neighbours(value: float, ulps: int = 2) -> list[float]:
    """The float and its neighbours on both sides, in order."""
    found = [value]
    for _ in range(ulps):
        found = [math.nextafter(found[0], -math.inf), *found, math.nextafter(found[-1], math.inf)]
    return found


# ----------------------------------------------------------------------------------------- signs of integers, and Sturm


def value_sign(coefficients: Sequence[int], x: Fraction) -> int:
    """Sign of an integer polynomial at a rational, by integers."""
    total, scale = 0, 1
    for c in reversed(coefficients):
        total, scale = total * x.numerator + c * scale, scale * x.denominator
    return (total > 0) - (total < 0)


def remainder(top: list[Fraction], bottom: list[Fraction]) -> list[Fraction]:
    """Remainder of a division of polynomials, lowest power first, without zeros at the end."""
    rest = list(top)
    while len(rest) >= len(bottom):
        factor = rest[-1] / bottom[-1]
        for k in range(1, len(bottom) + 1):
            rest[-k] -= factor * bottom[-k]
        rest.pop()
        while rest and rest[-1] == 0:
            rest.pop()
    return rest


@cache
def sturm_chain(coefficients: Coefficients) -> tuple[tuple[int, ...], ...]:
    chain = [[Fraction(c) for c in coefficients], [Fraction(k * c) for k, c in enumerate(coefficients)][1:]]
    while len(chain[-1]) > 1:
        rest = remainder(chain[-2], chain[-1])
        assert rest, "the polynomial has a double root"
        chain.append([-c / abs(rest[-1]) for c in rest])
    shared = [math.lcm(*(c.denominator for c in each)) for each in chain]
    return tuple(tuple(int(c * size) for c in each) for each, size in zip(chain, shared, strict=True))


def roots_between(coefficients: Coefficients, low: Fraction, high: Fraction) -> int:
    """Number of roots in (low, high], by Sturm's theorem."""

    def changes(x: Fraction) -> int:
        signs = [s for s in (value_sign(p, x) for p in sturm_chain(coefficients)) if s]
        return sum(early != late for early, late in pairwise(signs))

    return changes(low) - changes(high)


def compare_root(number: RealAlgebraic, x: Fraction) -> int:
    """Sign of a root − x: the root is the one in its interval, proved to be alone there."""
    low, high = number.interval
    polynomial = number.coefficients
    if low == high:
        assert value_sign(polynomial, low) == 0
        return (low > x) - (low < x)
    assert roots_between(polynomial, low, high) == 1
    if x <= low:
        return 1
    return -1 if x >= high or roots_between(polynomial, low, x) else 1


def test_sturm_counts_planted_roots() -> None:
    polynomial = (-6, 11, -6, 1)  # (x − 1)(x − 2)(x − 3)
    assert [roots_between(polynomial, Fraction(0), Fraction(k)) for k in range(5)] == [0, 1, 2, 3, 3]
    root = RealAlgebraic([-2, 0, 1], Fraction(1), Fraction(2))
    assert [compare_root(root, Fraction(x)) for x in (0, 1, "1.41", "1.42", 3)] == [1, 1, 1, -1, -1]


@cache
def flip_of_period_four() -> Fraction:
    """Where the residual map's 4-cycle has multiplier −1, by mpmath to 60 digits."""
    context = mpmath.MPContext()
    context.dps = 70

    def equations(z: mpmath.mpf, a: mpmath.mpf) -> list[mpmath.mpf]:
        start, product = z, context.mpf(1)
        for _ in range(4):
            product *= (1 - z) * (1 - 2 * a - 3 * z)
            z = (z + a) * (1 - z) ** 2 - a
        return [z - start, product + 1]

    a = context.mpf("1.288")
    z = (1 - 2 * a) / 3
    for _ in range(4000):
        z = (z + a) * (1 - z) ** 2 - a
    found = context.findroot(equations, [z, context.mpf("1.28803")], tol=1e-60, maxsteps=60)
    return Fraction(context.nstr(found[1], 60))


def compare_boundary(boundary: Boundary, x: Fraction) -> int:
    if boundary.algebraic is not None:
        return compare_root(boundary.algebraic, x)
    assert (boundary.kind, boundary.period) == (BoundaryKind.FLIP, 4)
    place = flip_of_period_four() + (1 if str(boundary.family.parameter) == "r" else 0)  # the odd cubic map: r = 1 + a
    assert abs(place - x) > Fraction(1, 10**40)
    return 1 if place > x else -1


# ----------------------------------------------------------------------------------------------- boundaries of families


def drawn_families() -> Iterator[PolynomialFamily]:
    """Quadratic and cubic maps in other coordinates, with random rational numbers."""
    z, a = sympy.symbols("z a")
    random = rng("ulps")
    for number in range(4):
        p, q = (sympy.Rational(int(random.integers(1, 40)), int(random.integers(1, 12))) for _ in range(2))
        kind = number % 4
        if kind == 0:
            yield PolynomialFamily(p * z**2 + q * a, variable=z, parameter=a)
        elif kind == 1:
            yield PolynomialFamily(p * a * z * (1 - q * z), variable=z, parameter=a)
        elif kind == 2:
            yield PolynomialFamily(p * a * z - q * z**3, variable=z, parameter=a)
        else:  # the residual map, p a instead of a
            yield PolynomialFamily(z**3 + (p * a - 2) * z**2 + (1 - 2 * p * a) * z, variable=z, parameter=a)


def check_floats(value: RealAlgebraic | Boundary, decide_side: Callable[[Fraction], int | None]) -> int:
    """Each float beside a number is on the side that integers tell; returns how many were compared."""
    places = neighbours(float(value))
    for x in places:
        exact = Fraction(x)
        wanted = compare_root(value, exact) if isinstance(value, RealAlgebraic) else compare_boundary(value, exact)
        assert decide_side(exact) == wanted, (value, x)
    return len(places)


@pytest.mark.parametrize("family", [residual, logistic, quadratic, odd_cubic], ids=lambda f: str(f.__name__))
def test_floats_beside_every_boundary_of_a_family(
    family: Callable[[], PolynomialFamily], record_property: Record
) -> None:
    compared = 0
    boundaries = [b for b in find_boundaries(family()) if b.kind is not BoundaryKind.ONSET]
    for boundary in boundaries:
        compared += check_floats(boundary, boundary.compare)
        middle = [(Fraction(x) + Fraction(y)) / 2 for x, y in pairwise(neighbours(float(boundary), 1))]
        assert compare_boundary(boundary, middle[0]) >= 0 >= compare_boundary(boundary, middle[1]), "not the nearest"
    assert len(boundaries) >= 7
    record_property("ulp_comparisons", compared)


@pytest.mark.slow  # about a second: the boundaries of four more families
def test_floats_beside_boundaries_of_drawn_families(record_property: Record) -> None:
    compared = 0
    for family in drawn_families():
        exact = [b for b in find_boundaries(family) if b.algebraic is not None]
        assert len(exact) >= 5
        compared += sum(check_floats(boundary, boundary.compare) for boundary in exact)
    record_property("ulp_comparisons", compared)


def test_floats_beside_roots_of_bifurcation_polynomials(record_property: Record) -> None:
    compared = 0
    for family in (residual, logistic, quadratic, odd_cubic):
        for period in (1, 2, 3):
            for multiplier in (1, -1, 0):
                for root in bifurcation_polynomials(family(), period, multiplier).roots:
                    compared += check_floats(root.value, root.value.compare)
    assert compared >= 250
    record_property("ulp_comparisons", compared)


@cache
def decided() -> tuple[Boundary, ...]:
    """The boundaries that part what classify tells apart by inequalities alone."""
    kinds = {
        (BoundaryKind.STABILITY, 1),
        (BoundaryKind.MONOTONE_END, None),
        (BoundaryKind.FLIP, 1),
        (BoundaryKind.FLIP, 2),
        (BoundaryKind.ESCAPE, None),
    }
    return tuple(b for b in residual_boundaries() if (b.kind, b.period) in kinds)


def test_phases_of_floats_beside_boundaries(record_property: Record) -> None:
    assert len(decided()) == 5
    compared = 0
    for boundary in decided():
        for x in neighbours(float(boundary), 2):
            check_phase(Fraction(x), classify(x).phase, classify(x).period)
            compared += 1
        root = boundary.algebraic
        assert root is not None
        for bits in (60, 120, 250, 1000):  # rationals ever closer, from both sides
            low, high = root.enclose(bits)
            for near in {low, high, low - Fraction(1, 2**bits)}:
                check_phase(near, classify(near).phase, classify(near).period)
                compared += 1
    record_property("ulp_comparisons", compared)


def test_a_boundary_itself_belongs_to_the_phase_below_it(record_property: Record) -> None:
    # as an algebraic number: every range of a is closed above, and 0 is the only number of its phase
    for boundary in decided():
        root = boundary.algebraic
        assert root is not None
        assert root.compare(root) == 0
        at = classify(root)
        assert at.distance[0] <= 0 <= at.distance[1]
        if root == 0:
            assert at.phase is Phase.DEGENERATE
        else:
            check_phase(root.enclose(300)[0] - Fraction(1, 2**300), at.phase, at.period)
    record_property("ulp_comparisons", len(decided()))


def check_phase(a: Fraction, phase: Phase, period: int | None) -> None:
    told = decide(a, looks=1)
    assert phase.name == told.phase, a
    if told.phase == "PERIODIC":
        assert period == told.period, a


# -------------------------------------------------------------------------------------------------- step sizes and data


def drawn_problems(count: int) -> Iterator[tuple[Model, list[list[float]], list[float], list[Fraction]]]:
    """A model, orthogonal rows, targets, and a/η of each sample by the theory's formula."""
    random = rng("problems")
    for number in range(count):
        norms = random.uniform(0.1, 3, 2).tolist()
        rows = [[norms[0], 0.0, 0.0], [0.0, norms[1], norms[1] * 0.5]]
        targets = random.uniform(0.1, 3, 2).tolist()
        squares = [sum((Fraction(x) ** 2 for x in row), Fraction(0)) for row in rows]
        if number % 3 == 2:
            alpha = float(random.uniform(0.1, 2))
            model: Model = TwoLayerNetwork(alpha=alpha, width=3)
            scales = [
                2 * Fraction(alpha) * q * Fraction(y) / 2 for q, y in zip(squares, targets, strict=True)
            ]  # κ = 2αη‖x‖²/n, a = κy
        else:
            gamma, c = float(random.uniform(0.2, 3)), float(random.uniform(-2, 2))
            model = PhaseRetrieval(gamma=gamma, c=c)
            scales = [
                q * (2 * Fraction(gamma) * Fraction(y) + Fraction(c) ** 2) / 4
                for q, y in zip(squares, targets, strict=True)
            ]  # η‖x‖²(2γy + c²)/(2n)
        yield model, rows, targets, scales


def test_step_sizes_beside_the_boundaries_of_data_in_floats(record_property: Record) -> None:
    compared = 0
    for model, rows, targets, scales in drawn_problems(trials(4)):
        data = dataset(rows, targets)
        assert problem_from_data(data, model).scales_per_step == tuple(scales)
        assert largest_scale(model, data) == max(scales)
        for end in classify(model, data, "0.01").boundaries:
            if end.value is None:
                continue
            for eta in neighbours(float(end)):
                a = Fraction(eta) * max(scales)
                wanted = compare_root(end.boundary.algebraic, a) if end.boundary.algebraic is not None else None
                assert end.value.compare(Fraction(eta)) == wanted
                compared += 1
                if end.boundary not in decided():
                    continue
                placed = classify(model, data, eta)
                assert [sample.scale for sample in placed] == [Fraction(eta) * scale for scale in scales]
                leading = placed.leading.classification
                check_phase(a, leading.phase, leading.period)
    record_property("ulp_comparisons", compared)


def test_a_step_size_of_one_over_the_scale_is_on_the_side_of_the_exact_product(record_property: Record) -> None:
    # η = 1/A in floats makes a = ηA a little less or more than 1, and 1 exactly only now and then
    random, count, sides = rng("reciprocals"), trials(100), set()
    for x, y in zip(random.uniform(0.1, 3, count).tolist(), random.uniform(0.1, 3, count).tolist(), strict=True):
        model, data = PhaseRetrieval(gamma=2, c=0), dataset([[x]], [y])
        scale = 2 * Fraction(x) ** 2 * Fraction(y)
        eta = 1 / float(scale)
        placed = classify(model, data, eta)
        a = Fraction(eta) * scale
        assert placed.samples[0].scale == a
        assert placed.phase is (Phase.CATAPULT if a <= 1 else Phase.PERIODIC)
        sides.add(a > 1)
    assert sides == {True, False}
    record_property("ulp_comparisons", count)


def test_labels_just_in_and_just_out_of_reach(record_property: Record) -> None:
    # γy + c²/2 cancels in floats; exactly it is some 1e-17 or, down to one unit in the last place of y, of either sign
    random, count, seen = rng("cancellation"), trials(60), set()
    whole: list[bool] = []
    for gamma, c in zip(random.uniform(0.1, 3, count).tolist(), random.uniform(0.1, 3, count).tolist(), strict=True):
        for y in neighbours(-(c * c) / (2 * gamma), 1):
            reach = 2 * Fraction(gamma) * Fraction(y) + Fraction(c) ** 2
            model = PhaseRetrieval(gamma=gamma, c=c)
            assert model.scale_at(1, y, 1, 1) == reach / 2
            assert abs(reach) < Fraction(1, 10**13)
            wanted = Phase.DEGENERATE if reach == 0 else Phase.FLOOR if reach < 0 else Phase.MONOTONIC
            if len(whole) < 2:  # each new model is derived anew
                whole.append(classify(model, dataset([[1.0]], [y]), 1).phase is wanted)
                assert problem_from_data(dataset([[1.0]], [y]), model).scales_per_step == (reach / 2,)
            assert classify(reach / 2).phase is wanted
            seen.add(wanted)
    assert {Phase.FLOOR, Phase.MONOTONIC} <= seen
    assert whole == [True] * 2
    record_property("ulp_comparisons", 3 * count)


def test_an_analysis_states_the_exact_scales() -> None:
    for model, rows, targets, scales in drawn_problems(2):
        eta = float(Fraction(1, 2) / max(scales))
        result = analyze(dataset(rows, targets), model=model, step_size=eta, steps=200)
        assert {each.index: each.scale for each in result.comparisons} == {
            index: Fraction(eta) * scale for index, scale in enumerate(scales)
        }


def test_a_label_four_parts_in_ten_to_the_twenty_below_reach() -> None:
    # stored numbers whose exact sum is −4.2e-20 or so where floats give 0.0: no zero, and no monotone phase
    found = 0
    random = np.random.default_rng(20)
    for gamma, c in zip(
        random.uniform(0.001, 0.1, 100).tolist(), random.uniform(0.001, 0.05, 100).tolist(), strict=True
    ):
        y = -(c * c) / (2 * gamma)
        exact = Fraction(gamma) * Fraction(y) + Fraction(c) ** 2 / 2
        if gamma * y + c * c / 2 == 0.0 and exact < 0:
            found += 1
            assert PhaseRetrieval(gamma=gamma, c=c).scale_at(1, y, 1, 1) == exact
            assert abs(exact) < Fraction(1, 10**18)
            if found < 3:
                answer = classify(PhaseRetrieval(gamma=gamma, c=c), dataset([[1.0]], [y]), 1)
                assert answer.samples[0].scale == exact < 0
                assert answer.phase is Phase.FLOOR
    assert found > 5
