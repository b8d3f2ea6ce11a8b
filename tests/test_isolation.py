"""Isolation and refinement: planted roots come back, and four other ways of counting roots agree."""

from __future__ import annotations

import itertools
import math
import random
import shutil
import subprocess
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import flint
import mpmath
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from knob import trials

from symphase import isolation
from symphase.errors import InputError
from symphase.isolation import (
    descartes_bound,
    isolate_real_roots,
    linear_substitution,
    refine_roots,
    root_cell,
    value_sign,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

Poly = flint.fmpz_poly
Box = tuple[Fraction, Fraction]

small = st.fractions(min_value=-20, max_value=20, max_denominator=50)
coefficient_lists = st.lists(st.integers(-40, 40), min_size=2, max_size=10)

# ----------------------------------------------------------------------------------- the other way: Sturm, in Fractions


def value(coefficients: Sequence[int | Fraction], point: Fraction) -> Fraction:
    result = Fraction(0)
    for coefficient in reversed(coefficients):
        result = result * point + coefficient
    return result


def remainder(top: list[Fraction], bottom: list[Fraction]) -> list[Fraction]:
    top = list(top)
    while len(top) >= len(bottom):
        factor = top[-1] / bottom[-1]
        for k in range(1, len(bottom) + 1):
            top[-k] -= factor * bottom[-k]
        top.pop()
        while top and top[-1] == 0:
            top.pop()
    return top


def sturm_chain(coefficients: Sequence[int]) -> list[list[Fraction]]:
    chain = [[Fraction(c) for c in coefficients]]
    chain.append([k * c for k, c in enumerate(chain[0])][1:])
    while rest := remainder(chain[-2], chain[-1]):
        chain.append([-c / abs(rest[-1]) for c in rest])
    last = chain[-1]  # dividing by the gcd makes the chain one of the squarefree part
    return chain if len(last) == 1 else [quotient(each, last) for each in chain]


def quotient(top: list[Fraction], bottom: list[Fraction]) -> list[Fraction]:
    top, result = list(top), []
    for shift in reversed(range(len(top) - len(bottom) + 1)):
        factor = top[shift + len(bottom) - 1] / bottom[-1]
        result.append(factor)
        for k, c in enumerate(bottom):
            top[shift + k] -= factor * c
    return result[::-1]


def variations(chain: list[list[Fraction]], point: Fraction) -> int:
    signs = [v > 0 for each in chain if (v := value(each, point)) != 0]
    return sum(left != right for left, right in pairwise(signs))


def sturm_count(chain: list[list[Fraction]], lower: Fraction, upper: Fraction) -> int:
    """Distinct roots in the open interval."""
    inside = variations(chain, lower) - variations(chain, upper)  # in (lower, upper]
    return inside - (value(chain[0], upper) == 0)


def check(polynomial: flint.fmpz_poly, boxes: list[Box], lower: Fraction | None, upper: Fraction | None) -> None:
    """Everything isolate_real_roots promises, by Sturm's theorem."""
    chain = sturm_chain([int(c) for c in polynomial.coeffs()])
    far = 2 + max(abs(Fraction(int(c), int(polynomial.leading_coefficient()))) for c in polynomial.coeffs())
    start, stop = -far if lower is None else lower, far if upper is None else upper
    assert len(boxes) == sturm_count(chain, start, stop)
    for left, right in boxes:
        if left == right:
            assert value(chain[0], left) == 0
            assert lower is None or lower < left
            assert upper is None or left < upper
        else:
            assert left < right
            assert sturm_count(chain, left, right) == 1
            assert value(chain[0], left) != 0 != value(chain[0], right)
            assert lower is None or lower <= left
            assert upper is None or right <= upper
    assert all(a[1] <= b[0] for a, b in pairwise(boxes))


def from_roots(roots: Sequence[Fraction]) -> flint.fmpz_poly:
    product = Poly([1])
    for root in roots:
        product *= Poly([-root.numerator, root.denominator])
    return product


def superstable_quadratic(period: int) -> flint.fmpz_poly:
    """The iterate of 0 under x² + c, as a polynomial in c of degree 2^(period − 1)."""
    iterate = Poly([0, 1])
    for _ in range(period - 1):
        iterate = iterate * iterate + Poly([0, 1])
    return iterate


def superstable_residual(period: int) -> flint.fmpz_poly:
    """Parameters r at which the critical point r/3 of v ← v(r − v)² has exactly this period."""
    parameter, critical = flint.fmpq_poly([0, 1]), flint.fmpq_poly([0, flint.fmpq(1, 3)])
    point = critical
    for _ in range(period):
        point = point * (parameter - point) ** 2
    returned = (point - critical).numer()
    returned //= returned.content()
    for divisor in range(1, period):
        if period % divisor == 0:
            shorter = superstable_residual(divisor)
            assert (returned % shorter).degree() < 0
            returned //= shorter
    coefficients = returned.coeffs()
    return Poly(coefficients[next(k for k, c in enumerate(coefficients) if c != 0) :])


# ------------------------------------------------------------------------------------------------------------ isolation


@given(st.lists(small, min_size=1, max_size=8), st.lists(coefficient_lists, max_size=2), small, small)
@settings(max_examples=trials(150))
def test_planted_rational_roots(roots: list[Fraction], others: list[list[int]], one: Fraction, other: Fraction) -> None:
    polynomial = from_roots(roots)
    for factor in others:  # a square plus a positive number has no real root
        polynomial *= Poly(factor) ** 2 + 1
    lower, upper = min(one, other), max(one, other)
    for start, stop in ((None, None), (lower, None), (None, upper), (lower, upper)):
        expected = sorted({r for r in roots if (start is None or start < r) and (stop is None or r < stop)})
        boxes = isolate_real_roots(polynomial, start, stop)
        assert len(boxes) == len(expected) or start == stop
        for (left, right), root in zip(boxes, expected, strict=True):
            assert left == root == right or left < root < right


@given(coefficient_lists, st.integers(1, 4), st.booleans(), small, small)
@settings(max_examples=trials(120))
def test_against_sturm(coefficients: list[int], power: int, at_zero: bool, one: Fraction, other: Fraction) -> None:
    inner = Poly(coefficients)
    assume(inner.degree() >= 1)
    polynomial = inner(Poly([0] * power + [1])) * (Poly([0, 1]) if at_zero else 1)
    assume(polynomial.degree() <= 20)
    lower, upper = min(one, other), max(one, other)
    check(polynomial, isolate_real_roots(polynomial), None, None)
    check(polynomial, isolate_real_roots(polynomial, lower), lower, None)
    check(polynomial, isolate_real_roots(polynomial, None, upper), None, upper)
    if lower < upper:
        check(polynomial, isolate_real_roots(polynomial, lower, upper), lower, upper)
    else:
        assert isolate_real_roots(polynomial, lower, upper) == []


@given(st.lists(st.integers(-(2**200), 2**200), min_size=3, max_size=9))
@settings(max_examples=trials(60))
def test_coefficients_of_many_sizes_against_sturm(coefficients: list[int]) -> None:
    polynomial = Poly(coefficients)
    assume(polynomial.degree() >= 1)
    check(polynomial, isolate_real_roots(polynomial), None, None)


@pytest.mark.parametrize("seed", range(25))
def test_against_sympy(seed: int) -> None:
    chance = random.Random(seed)
    coefficients = [chance.randint(-999, 999) for _ in range(chance.randint(3, 25))] + [chance.choice([-3, 1, 7])]
    x = sympy.Symbol("x")
    other = sympy.Poly(coefficients[::-1], x)
    assert len(isolate_real_roots(Poly(coefficients))) == other.count_roots()
    inside = isolate_real_roots(Poly(coefficients), Fraction(-1, 3), Fraction(7, 2))
    closed = other.count_roots(sympy.Rational(-1, 3), sympy.Rational(7, 2))
    assert len(inside) == closed - sum(value(coefficients, e) == 0 for e in (Fraction(-1, 3), Fraction(7, 2)))


@pytest.mark.parametrize("gap", [Fraction(1, 10**8), Fraction(1, 10**30), Fraction(1, 2**100)])
@pytest.mark.parametrize("place", [Fraction(1, 3), Fraction(-7, 5), Fraction(0), Fraction(1)])
def test_clusters(gap: Fraction, place: Fraction) -> None:
    roots = [place, place + gap, place + 2 * gap, place + 2]
    chance = random.Random(1)
    other = Poly([chance.randint(-99, 99) for _ in range(30)]) ** 2 + 1
    boxes = isolate_real_roots(from_roots(roots) * other, Fraction(-2), Fraction(4))
    assert len(boxes) == 4
    assert all(a == root == b or a < root < b for (a, b), root in zip(boxes, roots, strict=True))


@pytest.mark.parametrize(("degree", "size"), [(8, 10), (20, 10**3), (31, 10**6)])
def test_mignotte_polynomials(degree: int, size: int) -> None:
    polynomial = Poly([0, 1]) ** degree - 2 * Poly([-1, size]) ** 2
    boxes = isolate_real_roots(polynomial, Fraction(0), Fraction(1))
    assert len(boxes) == 2  # closer to each other than size^(−degree/2)
    (one, two) = refine_roots(polynomial, boxes, degree * size.bit_length())
    assert one[1] <= Fraction(1, size) <= two[0]
    assert two[1] - one[0] < Fraction(2, size ** (degree // 2))
    assert value_sign(polynomial, one[0]) * value_sign(polynomial, one[1]) < 0


@pytest.mark.parametrize("count", [20, 40])
def test_wilkinson(count: int) -> None:
    roots = [Fraction(k) for k in range(1, count + 1)]
    polynomial = from_roots(roots)
    for lower, upper in ((None, None), (Fraction(0), Fraction(100)), (Fraction(1), Fraction(count))):
        expected = [r for r in roots if lower is None or lower < r < (upper or 0)]
        boxes = isolate_real_roots(polynomial, lower, upper)
        assert [a <= r <= b for (a, b), r in zip(boxes, expected, strict=True)] == [True] * len(expected)
    perturbed = polynomial - Poly([0] * (count - 1) + [1])  # Wilkinson's: x^(count−1) changed by a little
    assert 0 < len(isolate_real_roots(perturbed * 2**23)) < count


@pytest.mark.parametrize("degree", [50, 200, 201])
def test_chebyshev_polynomials_have_all_their_roots(degree: int) -> None:
    context = mpmath.MPContext()
    context.prec = 120
    polynomial = Poly.chebyshev_t(degree)
    expected = sorted(context.cos((2 * k + 1) * context.pi / (2 * degree)) for k in range(degree))
    for shift in (0, 3):  # off centre they are no polynomials in x²
        shifted = linear_substitution(polynomial, shift, 1)
        boxes = refine_roots(shifted, isolate_real_roots(shifted, Fraction(-1 - shift), Fraction(1 - shift)), 80)
        assert len(boxes) == degree
        for (left, right), root in zip(boxes, expected, strict=True):
            slack = context.mpf(2) ** -110
            low, high = (context.mpf(end.numerator) / end.denominator for end in (left, right))
            assert low - slack <= root - shift <= high + slack
            assert right - left <= Fraction(1, 2**80)


def test_scales_far_apart() -> None:
    roots = [Fraction(0), *(Fraction(2) ** (k * abs(k)) for k in range(-18, 19))]
    boxes = isolate_real_roots(from_roots(roots))
    assert [a <= r <= b for (a, b), r in zip(boxes, roots, strict=True)] == [True] * len(roots)
    one_far_out = Poly([-3, 0, 1]) * Poly([-(10**300), 1]) * Poly([1, 10**300]) * Poly([5, -1, 1]) ** 9
    check(one_far_out, isolate_real_roots(one_far_out), None, None)


def test_double_roots_ends_content_and_sign() -> None:
    double = Poly([-2, 0, 1]) ** 2 * Poly([-1, 3]) ** 3 * Poly([0, 1]) ** 2
    for factor in (1, -1, 6, -(10**40)):
        boxes = isolate_real_roots(factor * double, Fraction(-2), Fraction(2))
        check(factor * double, boxes, Fraction(-2), Fraction(2))
        assert len(boxes) == 4
    ends = from_roots([Fraction(1), Fraction(3), Fraction(5), Fraction(3, 2), Fraction(5, 2)])
    assert len(isolate_real_roots(ends, Fraction(1), Fraction(5))) == 3
    assert len(isolate_real_roots(ends, Fraction(1), Fraction(3))) == 2
    near_end = ends * Poly([-(10**20) - 1, 10**20])  # a root 1e-20 inside the root at the end
    boxes = isolate_real_roots(near_end, Fraction(1), Fraction(5))
    check(near_end, boxes, Fraction(1), Fraction(5))
    assert len(boxes) == 4


@pytest.mark.parametrize("constant", [Poly([5]), Poly([-1]), Poly([])])
def test_constants_have_no_isolated_roots(constant: flint.fmpz_poly) -> None:
    assert isolate_real_roots(constant) == []


def test_powers_are_isolated_in_the_power() -> None:
    for power in (2, 3, 7, 100, 101):
        for number in (2, 2**power, 3**power * 5**power):
            polynomial = Poly([-number] + [0] * (power - 1) + [1])
            boxes = isolate_real_roots(polynomial)
            assert len(boxes) == 2 - power % 2
            left, right = boxes[-1]
            assert left**power <= number <= right**power
    ends = Poly([12, 0, -7, 0, 1])  # ±√3 and ±2
    for lower, upper in ((0, 2), (-2, 2), (-2, 0), (1, 2)):
        check(ends, isolate_real_roots(ends, Fraction(lower), Fraction(upper)), Fraction(lower), Fraction(upper))
    mixed = Poly([6, 0, 0, -5, 0, 0, 1]) * Poly([0, 1])  # x(x³ − 2)(x³ − 3)
    check(mixed, isolate_real_roots(mixed), None, None)
    check(mixed, isolate_real_roots(mixed, Fraction(0), Fraction(4, 3)), Fraction(0), Fraction(4, 3))


# --------------------------------------------------------------------------------------- polynomials of iterated maps


def necklaces(period: int) -> int:
    """Real parameters c at which 0 has exact period n under x² + c: (1/2n) Σ μ(d) 2^(n/d) over odd d | n."""
    odd = [d for d in range(1, period + 1, 2) if period % d == 0]
    total: int = sum(int(sympy.mobius(d)) * 2 ** (period // d) for d in odd)
    return total // (2 * period)


@pytest.mark.parametrize("period", range(2, 10))
def test_superstable_parameters_of_the_quadratic_map(period: int) -> None:
    expected = sum(necklaces(d) for d in range(1, period + 1) if period % d == 0)
    polynomial = superstable_quadratic(period)
    for lower, upper in ((Fraction(-2), Fraction(1, 4)), (None, None), (Fraction(-2), None)):
        assert len(isolate_real_roots(polynomial, lower, upper)) == expected


@pytest.mark.parametrize(("period", "expected"), [(2, 2), (3, 4), (4, 10), (5, 24)])
def test_superstable_parameters_of_the_residual_map(period: int, expected: int) -> None:
    polynomial = superstable_residual(period)
    boxes = isolate_real_roots(polynomial, Fraction(1), Fraction(3))
    assert len(boxes) == expected  # (3^n-necklaces of the full shift − flips)/2 + flips, a count without polynomials
    squares = Poly(polynomial.coeffs()[::2])  # the polynomial is one in r²
    assert len(isolate_real_roots(squares, Fraction(1), Fraction(9))) == expected
    shifted = linear_substitution(polynomial, 1, 1)  # and this one is not one in any power
    moved = isolate_real_roots(shifted, Fraction(0), Fraction(2))
    fine, other = refine_roots(polynomial, boxes, 100), refine_roots(shifted, moved, 100)
    assert [(a - 1, b - 1) for a, b in fine] == other


def test_against_flint_complex_roots() -> None:
    for polynomial in (superstable_quadratic(7), superstable_residual(4)):
        roots: Any = polynomial.complex_roots()
        real = sorted((root.real for root, _ in roots if root.imag == 0), key=lambda ball: float(ball.mid()))
        boxes = refine_roots(polynomial, isolate_real_roots(polynomial), 40)
        assert len(boxes) == len(real) >= 10
        for (left, right), root in zip(boxes, real, strict=True):
            box = flint.arb(flint.fmpq(left.numerator, left.denominator)).union(
                flint.arb(flint.fmpq(right.numerator, right.denominator))
            )
            assert box.overlaps(root)


@pytest.mark.skipif(shutil.which("gp") is None, reason="needs PARI's gp")
@pytest.mark.parametrize(
    ("polynomial", "lower", "upper"),
    [
        (superstable_quadratic(8), -2, 1),
        (superstable_residual(5), 1, 3),
        (linear_substitution(superstable_residual(4), 1, 1), 0, 2),
        (Poly([pow(3, k, 199) - 100 for k in range(120)]), -2, 3),
        (Poly([0, 1]) ** 30 - 2 * Poly([-1, 1000]) ** 2, -3, 3),
    ],
)
def test_against_pari(polynomial: flint.fmpz_poly, lower: int, upper: int) -> None:
    listed = ",".join(str(int(c)) for c in reversed(polynomial.coeffs()))
    program = f"default(realprecision,77);print(polrootsreal(Pol([{listed}]),[{lower},{upper}]))\n"
    answer = subprocess.run(["gp", "-q", "-f"], input=program, capture_output=True, text=True, check=True).stdout
    found = [Fraction(text.replace(" E", "e").strip()) for text in answer.strip().strip("[]~").split(",")]
    boxes = refine_roots(polynomial, isolate_real_roots(polynomial, Fraction(lower), Fraction(upper)), 200)
    assert len(boxes) == len(found) > 1
    slack = Fraction(1, 10**70)
    assert all(a - slack <= root <= b + slack for (a, b), root in zip(boxes, found, strict=True))


# ---------------------------------------------------------------------------------- cut coefficients and their errors


@pytest.mark.parametrize("cut", [-(10**6), -60, -20, 0, 10, 1000])
def test_any_number_of_bits_gives_the_same_answer(cut: int, monkeypatch: pytest.MonkeyPatch) -> None:
    polynomials = (
        superstable_quadratic(7),
        Poly.chebyshev_t(60),
        from_roots([Fraction(k, 7) for k in range(-20, 20)]) + 1,
        linear_substitution(superstable_residual(4), 1, 1),
    )
    expected = [isolate_real_roots(polynomial, Fraction(-3), Fraction(3)) for polynomial in polynomials]
    monkeypatch.setattr(isolation, "_CUT_BITS", cut)
    assert [isolate_real_roots(polynomial, Fraction(-3), Fraction(3)) for polynomial in polynomials] == expected


@given(st.lists(st.integers(-30, 30), min_size=2, max_size=7), st.integers(0, 9), st.booleans(), st.booleans())
@settings(max_examples=trials(150))
def test_bounds_of_the_variations_hold_and_are_reached(
    cut: list[int], error: int, zero_first: bool, zero_last: bool
) -> None:
    degree = len(cut) - 1
    limits = [math.comb(degree, k) * error for k in range(degree + 1)]
    row, above, below = ([flint.fmpz(v) for v in values] for values in (cut, limits, [-v for v in limits]))
    possible = [
        [sign for sign in (-1, 0, 1) if (-limit <= c <= limit) or sign * c > 0]
        for c, limit in zip(cut, limits, strict=True)
    ]
    possible[0] = [0] if zero_first else possible[0]
    possible[-1] = [0] if zero_last else possible[-1]
    counts = [
        sum(a != b for a, b in pairwise(sign for sign in signs if sign)) for signs in itertools.product(*possible)
    ]
    assert isolation._variation_bounds(row, above, below, zero_first, zero_last) == (min(counts), max(counts))


@given(st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=9), st.integers(0, 9), st.booleans(), st.integers())
def test_the_stated_error_holds_for_both_halves(cut: list[int], error: int, mirrored: bool, seed: int) -> None:
    degree, chance = len(cut) - 1, random.Random(seed)
    weights = [math.comb(degree, k) for k in range(degree + 1)]
    exact = [
        Fraction(c, w) + Fraction(chance.choice([-4, 0, 1, 4]), 4) * error for c, w in zip(cut, weights, strict=True)
    ]
    row = [flint.fmpz(c) for c in cut]
    node = isolation._Node(3, 5, None, mirrored, error, 64, False, False)
    halves = isolation._halves(node, row)
    assert [(half.depth, half.place) for half in halves] == [(4, 10), (4, 11)]
    for half, expected in zip(halves, de_casteljau(exact[::-1] if mirrored else exact), strict=True):
        assert half.coefficients is not None
        found = [int(half.coefficients[k]) for k in range(degree + 1)]
        for c, w, b in zip(found[::-1] if half.mirrored else found, weights, expected, strict=True):
            assert abs(c - w * b) <= w * half.error


def de_casteljau(coefficients: list[Fraction]) -> tuple[list[Fraction], list[Fraction]]:
    """Bernstein coefficients on the left and on the right half, from left to right."""
    left, right, row = [], [], coefficients
    while row:
        left.append(row[0])
        right.append(row[-1])
        row = [(a + b) / 2 for a, b in pairwise(row)]
    return left, right[::-1]


@given(st.lists(st.integers(-(10**60), 10**60), min_size=2, max_size=9).filter(any), st.integers(1, 300))
def test_the_stated_error_holds_for_exact_coefficients_cut(coefficients: list[int], bits: int) -> None:
    weights = [flint.fmpz(math.comb(len(coefficients) - 1, k)) for k in range(len(coefficients))]
    node = isolation._Node(0, 0, None, False, 0, bits, False, False)
    told, cut = isolation._anew(node, [flint.fmpz(c) for c in coefficients], weights)
    largest = max(range(len(coefficients)), key=lambda k: abs(coefficients[k]))
    unit = Fraction(2) ** round(math.log2(Fraction(abs(coefficients[largest]), abs(int(cut[largest])) or 1)))
    for k, c in enumerate(coefficients):
        assert abs(int(cut[k]) * unit - c) <= unit * told.error * int(weights[k])
    assert told.zero_first == (coefficients[0] == 0)
    assert told.zero_last == (coefficients[-1] == 0)


# ----------------------------------------------------------------------------------------------------------- refinement


@given(st.integers(2, 10**30), st.integers(0, 700))
@settings(max_examples=trials(150))
def test_cells_of_square_roots_against_integers(number: int, bits: int) -> None:
    cell, exact = root_cell(Poly([-number, 0, 1]), Fraction(0), Fraction(number), bits)
    root = math.isqrt(number << (2 * bits))
    assert cell == root
    assert exact == (root * root == number << (2 * bits))
    below, _ = root_cell(Poly([-number, 0, 1]), Fraction(-number), Fraction(0), bits)
    assert below == (-root if exact else -root - 1)


@given(small, small, st.integers(1, 99), st.integers(0, 300))
@settings(max_examples=trials(80))
def test_cells_of_rational_roots(root: Fraction, other: Fraction, width: int, bits: int) -> None:
    assume(abs(root - other) > Fraction(1, width))
    polynomial = from_roots([root, other]) * Poly([1, 1, 3])
    lower, upper = root - Fraction(1, 2 * width + 1), root + Fraction(1, width)
    cell, exact = root_cell(polynomial, lower, upper, bits)
    assert cell == root * 2**bits // 1
    assert exact == ((root * 2**bits).denominator == 1)


@pytest.mark.parametrize("bits", [1, 10, 64, 500, 20_000])
def test_refined_intervals_contain_and_narrow(bits: int) -> None:
    polynomial = superstable_residual(4)
    coefficients = [int(c) for c in polynomial.coeffs()]
    boxes = isolate_real_roots(polynomial, Fraction(1), Fraction(3))
    assert len(boxes) == 10
    for (left, right), (low, high) in zip(boxes, refine_roots(polynomial, boxes, bits), strict=True):
        assert left <= low < high <= right
        assert high - low <= Fraction(1, 2**bits)
        if bits <= 500:
            assert value(coefficients, low) * value(coefficients, high) < 0
        else:
            assert value_sign(polynomial, low) * value_sign(polynomial, high) < 0


def test_more_bits_lie_within_fewer() -> None:
    polynomial = superstable_quadratic(6)
    boxes = isolate_real_roots(polynomial, Fraction(-2), Fraction(-1, 10))
    outer = boxes
    for bits in (3, 8, 9, 40, 41, 300):
        inner = refine_roots(polynomial, outer, bits)
        assert inner == refine_roots(polynomial, boxes, bits)
        outer = inner


def test_flat_and_steep_functions_are_refined() -> None:
    steep = Poly([-1] + [0] * 58 + [1]) - 10**400  # the secant over (0, 10^9) is useless
    ((low, high),) = refine_roots(steep, [(Fraction(0), Fraction(10**9))], 60)
    assert low**59 < 10**400 + 1 < high**59
    flat = Poly([-1, 10**30]) ** 9 - Poly([0, 1]) ** 12  # nine roots together, one of them real
    boxes = isolate_real_roots(flat, Fraction(0), Fraction(1))
    assert len(boxes) == 1
    ((low, high),) = refine_roots(flat, boxes, 2000)
    assert high - low <= Fraction(1, 2**2000)
    assert value_sign(flat, low) * value_sign(flat, high) < 0


@pytest.mark.parametrize("box", [(0, 1), (2, 3), (-2, 2)])
def test_no_change_of_sign_is_refused(box: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="interval"):
        refine_roots(Poly([-2, 0, 1]), [(Fraction(box[0]), Fraction(box[1]))], 20)


# --------------------------------------------------------------------------------------------------------------- parts


@given(coefficient_lists, small)
def test_signs_of_values(coefficients: list[int], point: Fraction) -> None:
    exact = value(coefficients, point)
    assert value_sign(Poly(coefficients), point) == (exact > 0) - (exact < 0)


def test_signs_of_values_next_to_a_root() -> None:
    polynomial = superstable_quadratic(6) * Poly([-1, 3]) ** 2
    assert value_sign(polynomial, Fraction(1, 3)) == 0
    assert value_sign(polynomial, Fraction(1, 3) + Fraction(1, 10**400)) == 1
    assert value_sign(polynomial, Fraction(10**400 + 1, 10**400)) == 1
    assert value_sign(polynomial, Fraction(-1)) == 0
    assert value_sign(polynomial, Fraction(-(10**300) - 1, 10**300)) == -value_sign(
        polynomial, Fraction(-(10**300) + 1, 10**300)
    )


@given(coefficient_lists, st.integers(-9, 9), st.integers(-9, 9), st.integers(-5, 5).filter(bool), small)
def test_linear_substitutions(
    coefficients: list[int], shift: int, slope: int, denominator: int, point: Fraction
) -> None:
    polynomial = Poly(coefficients)
    assume(polynomial.degree() >= 1)
    image = [int(c) for c in linear_substitution(polynomial, shift, slope, denominator).coeffs()]
    inside = value(coefficients, (shift + slope * point) / denominator)
    assert value(image, point) == denominator ** int(polynomial.degree()) * inside


@given(coefficient_lists, small, small)
def test_descartes_bound_is_a_bound_of_the_right_parity(
    coefficients: list[int], one: Fraction, other: Fraction
) -> None:
    polynomial = Poly(coefficients)
    lower, upper = min(one, other), max(one, other)
    assume(polynomial.degree() >= 1 and lower < upper)
    assume(polynomial.gcd(polynomial.derivative()).degree() == 0)
    count = sturm_count(sturm_chain([int(c) for c in polynomial.coeffs()]), lower, upper)
    bound = descartes_bound(polynomial, lower, upper)
    assert bound >= count
    assert (bound - count) % 2 == 0
