"""Bounds of coefficients against polynomials that are known in closed form, and how far they may be above them."""

from __future__ import annotations

import math
from fractions import Fraction

import flint
import numpy as np
import pytest
import sympy

from symphase.coordinates import Coordinates, coordinates
from symphase.enclosures import ball_bounds
from symphase.growth import _circles, _dynatomic_at_critical_point, coefficient_bound
from symphase.maps import PolynomialFamily

z, a, t = sympy.symbols("z a t")
QUADRATIC = coordinates(PolynomialFamily(z**2 + a, variable=z, parameter=a))
CUBIC = coordinates(PolynomialFamily(z * (z - a) ** 2, variable=z, parameter=a))


W = sympy.Symbol("w")


def polynomial_of_cycles(n: int, each: int) -> sympy.Expr:
    """Φ(w) of w·(w − 3τ)² by expansion, for one kind of cycles."""
    product, place = sympy.Integer(1), W
    for _ in range(n):
        product = sympy.expand(product * (place - 3 * t))
        place = sympy.expand(place * (place - 3 * t) ** 2)
    value = product - each
    for d in sympy.divisors(n)[:-1]:
        for other in (1, -1):
            if other ** (n // d) == each:
                value = sympy.cancel(value / polynomial_of_cycles(d, other))
    return sympy.expand(value)


def dynatomic(period: int, kind: int) -> tuple[sympy.Expr, int]:
    """Φ at the critical point τ, and its degree in w."""
    found = polynomial_of_cycles(period, kind)
    return sympy.expand(found.subs(W, t)), int(sympy.degree(found, W))


@pytest.mark.parametrize(
    ("period", "coefficients", "degree"),
    [
        (1, [0, 1], 2),
        (2, [1, 1], 2),
        (3, [1, 1, 2, 1], 6),
        (4, [1, 0, 2, 3, 3, 3, 1], 12),  # of period 4, without those of periods 1 and 2: Myrberg, Gleason
    ],
)
def test_centres_of_the_quadratic_family(period: int, coefficients: list[int], degree: int) -> None:
    value, points = _dynatomic_at_critical_point(QUADRATIC, period, 0)
    expected, w = sympy.Integer(1), sympy.Integer(0)
    for _ in range(period):
        w = sympy.expand(w**2 + t)
    for d in sympy.divisors(period)[:-1]:
        lower = sympy.Integer(0)
        for _ in range(d):
            lower = sympy.expand(lower**2 + t)
        expected = expected * (lower if d == 1 else sympy.cancel(lower / t))
    quotient = sympy.Poly(sympy.cancel(w / expected), t).all_coeffs()[::-1]
    assert [int(c) for c in value.coeffs()] == [int(c) for c in quotient]
    assert points == degree
    if period < 4:
        assert [int(c) for c in value.coeffs()] == coefficients


@pytest.mark.parametrize(("period", "kind"), [(1, 1), (1, -1), (2, 1), (2, -1), (3, 1), (3, -1), (4, 1), (4, -1)])
def test_centres_of_the_cubic_family(period: int, kind: int) -> None:
    value, points = _dynatomic_at_critical_point(CUBIC, period, kind)
    if period < 4:
        expected, degree = dynatomic(period, kind)
        assert [int(c) for c in value.coeffs()] == [int(c) for c in sympy.Poly(expected, t).all_coeffs()[::-1]]
        assert points == degree
    else:  # 40 points of both signs of H₄, less those of periods 1 and 2
        assert points == {1: 40 - 2 - 2 - 4, -1: 40}[kind]


@pytest.mark.parametrize("period", [1, 2, 3, 4, 6])
def test_all_cycles_of_the_cubic_family_are_counted(period: int) -> None:
    total = 0
    for d in sympy.divisors(period):
        total += sum(_dynatomic_at_critical_point(CUBIC, d, kind)[1] for kind in (1, -1))
    assert total == 3**period - 1  # zeros of gⁿ(w) − w, less the fixed point 0 itself


@pytest.mark.parametrize("kind", [1, -1])
@pytest.mark.parametrize("period", [2, 3])
def test_the_other_critical_point_counts_once(period: int, kind: int) -> None:
    assert sympy.expand(polynomial_of_cycles(period, kind).subs(W, 3 * t)) == 1


def known(period: int, m: Fraction) -> list[Fraction]:
    """δ of z² + c, as everybody can compute it: 2-cycles have μ = 4(c + 1), 3-cycles the well-known cubic."""
    if period == 2:
        return [m - 4, Fraction(-4)]
    return [m * m - 16 * m + 64, 64 - 8 * m, Fraction(128), Fraction(64)]


@pytest.mark.parametrize("period", [2, 3])
@pytest.mark.parametrize("multiplier", [Fraction(1), Fraction(-1), Fraction(0), Fraction(2, 3), Fraction(-1000, 7)])
def test_bounds_hold_and_are_near(period: int, multiplier: Fraction) -> None:
    bound = coefficient_bound(QUADRATIC, period, multiplier, 0)
    assert bound is not None
    cycles = {2: 1, 3: 2}[period]
    truth = [c * multiplier.denominator**cycles for c in known(period, multiplier)]
    assert (bound.kind, bound.cycles, bound.degree) == (0, cycles, len(truth) - 1)
    assert bound.leading == truth[-1]
    needed = max(abs(int(c)) for c in truth).bit_length()
    assert needed <= bound.bits <= needed + 4


def test_only_the_two_kinds_of_families_are_bounded() -> None:
    assert coefficient_bound(QUADRATIC, 1, Fraction(1), 0) is None
    assert coefficient_bound(CUBIC, 1, Fraction(1), 1) is None
    other = coordinates(PolynomialFamily(z**3 + a * z + 1, variable=z, parameter=a))
    assert coefficient_bound(other, 2, Fraction(1), 0) is None


@pytest.mark.parametrize("form", [QUADRATIC, CUBIC])
def test_circles_lie_where_all_cycles_repel(form: Coordinates) -> None:
    edge_out, edge_in = (Fraction(3), Fraction(3, 4)) if form.squared else (Fraction(2), Fraction(1, 4))
    seen = list(_circles(form))
    assert len(seen) == 14
    for radius, least in seen:
        assert radius > edge_out or 0 < radius < edge_in
        lower = ball_bounds(least)[0] if isinstance(least, flint.arb) else least
        assert lower >= 1
        size = float(radius)
        # no point of a cycle has a smaller slope, at 32 parameters of the circle: known on average where it says 1
        for k in range(32):
            at = size * complex(sympy.exp(2j * sympy.pi * k / 32))
            slopes = [abs(s) for s in fixed_slopes(form, at)]
            assert max(slopes) >= float(lower) - 1e-9
            if float(lower) > 1:
                assert min(s for s in slopes if s > 1) >= float(lower) - 1e-9


def fixed_slopes(form: Coordinates, at: complex) -> list[complex]:
    """Slopes at the fixed points; the attracting one inside is no cycle of period ≥ 2."""
    if form.squared:
        return [(w - at) * (3 * w - at) for w in (at + 1, at - 1)]
    root = (1 - 4 * at) ** 0.5
    return [1 + root, 1 - root]


def expected_circles(squared: bool) -> list[tuple[float, float]]:
    """Radii and least slopes as the module's comments derive them, in floats."""
    outside, inside = (1, 4, 8, 16, 32, 64, 128), (12, 24, 36, 48, 56, 61, 63)
    found = []
    for share in (n / 32 for n in outside):
        if squared:
            found.append((3 + share, 1.0))
        else:
            rho = 2 + share
            gap = rho - (1 + math.sqrt(1 + 4 * rho)) / 2
            found.append((rho, max(1.0, 2 * math.sqrt(gap))))
    for share in (n / 64 for n in inside):
        if squared:
            rho = 3 / 4 * share
            found.append((rho, max(1.0, (1 - 2 * rho) * (3 - 4 * rho) if rho < 1 / 2 else 1.0)))
        else:
            found.append((share / 4, 1 + math.sqrt(1 - share)))
    return found


@pytest.mark.parametrize("form", [QUADRATIC, CUBIC])
def test_circles_are_those_of_the_estimates(form: Coordinates) -> None:
    for (radius, least), (expected, slope) in zip(_circles(form), expected_circles(form.squared), strict=True):
        assert float(radius) == pytest.approx(expected, rel=1e-12)
        assert float(least) == pytest.approx(slope, rel=1e-12)


def deltas(period: int, kind: int, m: Fraction) -> list[Fraction]:
    """δ of w·(w − t)² by a resultant: Φ(w) with m − μ(w) meets every cycle once for each of its points."""
    w = sympy.Symbol("w")
    products, place = [sympy.Integer(1)], w
    for _ in range(period):
        products.append(sympy.expand(products[-1] * (place - t)))
        place = sympy.expand(place * (place - t) ** 2)
    phi = products[period] - kind
    if kind == 1 and period == 2:
        phi = sympy.cancel(phi / ((w - t) ** 2 - 1))
    value = sympy.resultant(sympy.expand(phi), sympy.Rational(m) - place.diff(w), w)
    root = sympy.Integer(1)
    constant, factors = sympy.factor_list(sympy.expand(value), t)
    for factor, order in factors:
        assert order % period == 0
        root = root * factor ** (order // period)
    root = sympy.expand(root) * sympy.root(abs(constant), period)
    return [Fraction(int(c.p), int(c.q)) for c in sympy.Poly(root, t).all_coeffs()[::-1]]


def sign_far_out(kind: int, m: Fraction) -> float:
    """Of Π (m − μ) over the 2-cycles at t = 100, with a slope for each root of Φ: every cycle is met twice."""
    phi = polynomial_of_cycles(2, kind).subs(t, sympy.Rational(100, 3))
    places = np.roots([float(c) for c in sympy.Poly(phi, W).all_coeffs()])
    images = [w * (w - 100) ** 2 for w in places]
    slopes = [(w - 100) * (3 * w - 100) for w in places]
    found = sorted(s * (v - 100) * (3 * v - 100) for s, v in zip(np.real(slopes), np.real(images), strict=True))
    return float(np.prod([float(m) - slope for slope in found[::2]]))


@pytest.mark.parametrize("kind", [1, -1])
@pytest.mark.parametrize("multiplier", [Fraction(-1), Fraction(0), Fraction(5, 3)])
def test_bounds_of_the_cubic_family(kind: int, multiplier: Fraction) -> None:
    bound = coefficient_bound(CUBIC, 2, multiplier, kind)
    assert bound is not None
    truth = [c * multiplier.denominator**bound.cycles for c in deltas(2, kind, multiplier)]
    assert (bound.kind, bound.cycles, bound.degree) == (kind, {1: 1, -1: 2}[kind], len(truth) - 1)
    assert abs(bound.leading) == abs(truth[-1])
    assert (bound.leading > 0) is (sign_far_out(kind, multiplier) > 0)
    assert max(abs(int(c)) for c in truth).bit_length() <= bound.bits


@pytest.mark.parametrize(
    ("form", "period", "kind"),
    [
        (QUADRATIC, 2, 0),
        (QUADRATIC, 3, 0),
        (QUADRATIC, 5, 0),
        (CUBIC, 2, 1),
        (CUBIC, 2, -1),
        (CUBIC, 3, 1),
        (CUBIC, 4, -1),
    ],
)
@pytest.mark.parametrize("multiplier", [Fraction(-1), Fraction(0), Fraction(5, 3), Fraction(3, 7), Fraction(10**9, 7)])
def test_bits_are_those_of_the_estimate(form: Coordinates, period: int, kind: int, multiplier: Fraction) -> None:
    bound = coefficient_bound(form, period, multiplier, kind)
    assert bound is not None
    value, points = _dynatomic_at_critical_point(form, period, kind)
    scale, stretch = (3, 3) if form.squared else (2, 1)
    sizes = []
    for radius, least in expected_circles(form.squared):
        mean = math.fsum((int(c) * (radius / stretch) ** k) ** 2 for k, c in enumerate(value.coeffs()))
        each = multiplier.denominator * (1 + abs(float(multiplier)) / least**period)
        size = bound.cycles * math.log2(each) + math.log2(mean) / 2 + points * math.log2(scale)
        sizes.append((size, math.log2(radius)))
    bits = max(min(size - k * slope for size, slope in sizes) for k in range(bound.degree + 1))
    assert bound.bits == math.ceil(bits + 1e-6) + 1
    assert bound.cycles == points // period
    assert bound.degree == value.degree()
