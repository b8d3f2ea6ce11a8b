"""Real algebraic numbers: planted roots are recovered, order and digits are exact, radicals are right."""

from __future__ import annotations

import copy
import math
from fractions import Fraction
from itertools import pairwise

import flint
import mpmath
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from knob import trials

from symphase.algebraic import RealAlgebraic, isolate_real_roots, real_roots
from symphase.enclosures import Verdict, ball_bounds
from symphase.errors import InputError
from symphase.isolation import descartes_bound

small = st.fractions(min_value=-20, max_value=20, max_denominator=50)


def from_roots(roots: list[Fraction]) -> flint.fmpz_poly:
    product = flint.fmpz_poly([1])
    for root in roots:
        product *= flint.fmpz_poly([-root.numerator, root.denominator])
    return product


@given(st.lists(small, min_size=1, max_size=7), st.booleans())
@settings(max_examples=trials(150))
def test_planted_rational_roots_are_all_found(roots: list[Fraction], complex_factor: bool) -> None:
    polynomial = from_roots(roots) * (flint.fmpz_poly([1, 0, 1]) if complex_factor else 1)
    found = real_roots(polynomial)
    assert [root.interval[0] for root in found] == sorted(set(roots))


@given(st.lists(small, min_size=1, max_size=6), small, small)
@settings(max_examples=trials(150))
def test_isolation_respects_an_open_interval(roots: list[Fraction], one: Fraction, other: Fraction) -> None:
    lower, upper = min(one, other), max(one, other)
    assume(lower < upper)
    intervals = isolate_real_roots(from_roots(roots), lower, upper)
    expected = sorted({root for root in roots if lower < root < upper})
    assert len(intervals) == len(expected)
    for (left, right), root in zip(intervals, expected, strict=True):
        assert left == root == right or left < root < right


@pytest.mark.parametrize("gap", [Fraction(1, 10**8), Fraction(1, 10**30)])
def test_clusters_are_separated(gap: Fraction) -> None:
    roots = [Fraction(1, 3), Fraction(1, 3) + gap, Fraction(1, 3) + 2 * gap]
    assert [r.interval[0] for r in real_roots(from_roots(roots))] == roots


@given(st.integers(2, 400))
@settings(max_examples=trials(60))
def test_square_roots_against_integers(number: int) -> None:
    roots = real_roots(flint.fmpz_poly([-number, 0, 1]))
    assert len(roots) == 2
    positive = roots[1]
    digits = int(positive.decimal(30).replace(".", ""))
    assert (2 * digits - 1) ** 2 < 4 * number * 10**60 < (2 * digits + 1) ** 2
    assert positive == roots[0].affine(-1)


def test_digits_of_a_rounding_are_a_rounding_of_more_digits() -> None:
    root = real_roots(flint.fmpz_poly([4913, 0, 2108, -604, -977, 8, 44, 392, -193, -40, 48, -12, 1]))[2]
    long = Fraction(root.decimal(200))
    for digits in (0, 1, 10, 50, 199):
        assert abs(Fraction(root.decimal(digits)) - long) <= Fraction(1, 2 * 10**digits)
    assert len(root.decimal(1000)) == 1002


def test_digits_agree_with_mpmath() -> None:
    context = mpmath.MPContext()
    context.dps = 120
    root = real_roots(flint.fmpz_poly([-1, -1, 0, 0, 0, 1]))[0]
    other = context.findroot(lambda x: x**5 - x - 1, 1.16)
    assert root.decimal(100) == context.nstr(other, 101, strip_zeros=False)


@given(small, st.integers(2, 60))
def test_order_against_rationals_is_exact(value: Fraction, number: int) -> None:
    root = real_roots(flint.fmpz_poly([-number, 0, 1]))[-1]
    expected = -1 if value >= 0 and value * value > number else (0 if value >= 0 and value * value == number else 1)
    assert root.compare(value) == expected
    assert (root < value) == (expected < 0)
    assert (root == value) == (expected == 0)


@pytest.mark.parametrize("coefficients", [[-4, 4, 1], [-4, 2, 1], [-23, 8, 4], [-1, -1, 0, 0, 0, 1]])
def test_floats_are_the_rationals_they_store(coefficients: list[int]) -> None:
    root = real_roots(flint.fmpz_poly(coefficients))[-1]
    nearest = float(root)
    for ulps in range(-2, 3):
        other = nearest + ulps * math.ulp(nearest)
        value = _value(coefficients, Fraction(other))  # all four increase through their largest root
        assert root.compare(other) == (-1 if value > 0 else 1)
        assert root != other
    exact = Fraction(root.decimal(60))
    distances = [abs(Fraction(nearest + ulps * math.ulp(nearest)) - exact) for ulps in (-1, 0, 1)]
    assert min(distances) == distances[1], "float() rounds to nearest"


def test_order_among_algebraic_numbers() -> None:
    two, three = real_roots(flint.fmpz_poly([-2, 0, 1]))[1], real_roots(flint.fmpz_poly([-3, 0, 1]))[1]
    near = real_roots(flint.fmpz_poly([-(2 * 10**40 + 1), 0, 10**40]))[1]
    assert two < near < three
    assert sorted([three, near, two]) == [two, near, three]
    narrow = RealAlgebraic([-2, 0, 1], Fraction(14142, 10000), Fraction(14143, 10000))
    assert narrow == two
    assert hash(narrow) == hash(two)
    assert RealAlgebraic([-2, 0, 1], Fraction(-2), Fraction(0)) != two
    assert two != "√2"
    assert two is not None


def test_enclosures_contain_and_narrow() -> None:
    root = real_roots(flint.fmpz_poly([-1, -1, 0, 0, 0, 1]))[0]
    outer = root.enclose(10)
    for bits in (20, 50, 100, 1000):
        inner = root.enclose(bits)
        assert outer[0] <= inner[0] < inner[1] <= outer[1]
        assert inner[1] - inner[0] <= Fraction(1, 2**bits)
        assert _value([-1, -1, 0, 0, 0, 1], inner[0]) < 0 < _value([-1, -1, 0, 0, 0, 1], inner[1])
        outer = inner


def _value(coefficients: list[int], point: Fraction) -> Fraction:
    return sum((c * point**k for k, c in enumerate(coefficients)), Fraction(0))


@given(st.fractions(-5, 5, max_denominator=9).filter(bool), st.fractions(-5, 5, max_denominator=9))
@settings(max_examples=trials(80))
def test_affine_images(slope: Fraction, shift: Fraction) -> None:
    root = real_roots(flint.fmpz_poly([-5, 0, 0, 1]))[0]
    image = root.affine(slope, shift)
    lower, upper = root.enclose(80)
    ends = sorted((slope * lower + shift, slope * upper + shift))
    assert ends[0] < image < ends[1]
    assert image.affine(1 / slope, -shift / slope) == root


@pytest.mark.parametrize(
    ("coefficients", "text"),
    [
        ([-4, 4, 1], "-2 + 2*sqrt(2)"),
        ([-4, 2, 1], "-1 + sqrt(5)"),
        ([-23, 8, 4], "-1 + 3*sqrt(3)/2"),
        ([-3, 2], "3/2"),
        ([1, 0, -10, 0, 1], "sqrt(2) + sqrt(3)"),
    ],
)
def test_radicals(coefficients: list[int], text: str) -> None:
    assert str(real_roots(flint.fmpz_poly(coefficients))[-1]) == text


@pytest.mark.parametrize(
    "coefficients",
    [
        [1, -3, 0, 1],
        [-1, 2, -1, 4],
        [-36, -18, -1, 8, 2],
        [7, 0, -6, 0, 1, 0, 0, 0, 3],
        [-2, 0, 0, 0, 0, 0, 1],
        [1, 1, -5, -1, 1],
    ],
)
def test_radical_forms_are_the_right_roots(coefficients: list[int]) -> None:
    roots = real_roots(flint.fmpz_poly(coefficients))
    for root in roots:
        expression = root.radicals()
        if expression is not None:  # a formula must evaluate to this root and to no other
            assert abs(complex(expression.evalf(30)) - float(root)) < 1e-13


def test_casus_irreducibilis_has_radicals_all_the_same() -> None:
    roots = real_roots(flint.fmpz_poly([1, -3, 0, 1]))
    assert len(roots) == 3
    assert all(root.radicals() is not None for root in roots)


def test_solvability_is_decided_by_galois_groups() -> None:
    assert real_roots(flint.fmpz_poly([-1, -1, 0, 0, 0, 1]))[0].solvable() is Verdict.REFUTED
    assert real_roots(flint.fmpz_poly([-2, 0, 1]))[0].solvable() is Verdict.PROVED
    assert real_roots(flint.fmpz_poly([-2, 0, 0, 0, 0, 1]))[0].solvable() is Verdict.PROVED
    twelfth = flint.fmpz_poly([4913, 0, 2108, -604, -977, 8, 44, 392, -193, -40, 48, -12, 1])
    assert real_roots(twelfth)[2].solvable() is Verdict.REFUTED


def test_without_radicals_sympy_gets_a_root_object() -> None:
    root = real_roots(flint.fmpz_poly([-1, -1, 0, 0, 0, 1]))[0]
    assert abs(float(root.to_sympy().evalf(20)) - float(root)) < 1e-15
    assert "root of" in str(root)
    assert "(" in root.latex("a")
    several = real_roots(flint.fmpz_poly([1, 0, -5, 0, 0, 0, 1, 1]))
    assert [float(r.to_sympy().evalf(20)) for r in several] == pytest.approx([float(r) for r in several], abs=1e-15)


@pytest.mark.parametrize(
    ("coefficients", "interval"),
    [
        ([-1, 0, 1], (0, 2)),
        ([-2, 0, 1], (-2, 2)),
        ([-2, 0, 1], (2, 3)),
        ([5], (0, 1)),
        ([-2, 0, 1], (2, 1)),
        ([-3, 2], (2, 3)),
    ],
)
def test_what_is_no_isolated_irreducible_root_is_refused(coefficients: list[int], interval: tuple[int, int]) -> None:
    with pytest.raises(InputError):
        RealAlgebraic(coefficients, Fraction(interval[0]), Fraction(interval[1]))


@pytest.mark.parametrize("digits", [-1, 10**9, True, 2.5, "3", None])
def test_absurd_digits_are_refused(digits: object) -> None:
    with pytest.raises(InputError, match="digits"):
        RealAlgebraic.rational(1).decimal(digits)  # type: ignore[arg-type]  # the wrong type is the point


@pytest.mark.parametrize("digits", [10**7 + 1, 10**12])
def test_too_many_digits_are_refused_of_every_number(digits: int) -> None:
    for number in (RealAlgebraic.rational(1), *real_roots(flint.fmpz_poly([-2, 0, 1]))):
        with pytest.raises(InputError, match="from 0 to 10000000"):
            number.decimal(digits)


def test_digits_that_would_take_long_are_refused_with_the_time_they_would_take() -> None:
    root = real_roots(flint.fmpz_poly([-2] + [0] * 899 + [1]))[-1]
    with pytest.raises(InputError, match=r"digits = 10000000: would take about \d\d\d seconds .* degree 900"):
        root.decimal(10**7)
    assert root.decimal(12) == f"{2 ** (1 / 900):.12f}"


@pytest.mark.parametrize("digits", [3000, 100_001, 300_000])
def test_many_digits_against_integers(digits: int) -> None:
    root = real_roots(flint.fmpz_poly([-2, 0, 1]))[0]
    text = root.decimal(digits)
    assert text.startswith("-1.41421356")
    assert len(text) == digits + 3
    shown = flint.fmpz(text[1:].replace(".", ""))
    assert (2 * shown - 1) ** 2 < 8 * flint.fmpz(10) ** (2 * digits) < (2 * shown + 1) ** 2


@given(st.fractions(-50, 50, max_denominator=80), st.integers(0, 6))
def test_decimals_of_rationals_are_rounded_half_to_even(value: Fraction, digits: int) -> None:
    shown = RealAlgebraic.rational(value).decimal(digits)
    assert Fraction(shown) == Fraction(round(value * 10**digits), 10**digits)
    assert len(shown.partition(".")[2]) == digits
    assert ("." in shown) == (digits > 0)


def test_many_digits_of_a_rational() -> None:
    text = RealAlgebraic.rational("22/7").decimal(200_000)
    assert text == "3." + ("142857" * 33334)[:200_000]  # 200 000 = 6·33333 + 2: the last digit 4 is followed by a 2
    assert RealAlgebraic.rational("1/8").decimal(100_000) == "0.125" + "0" * 99_997


@pytest.mark.parametrize("bits", [-1, 10**9, True, 2.5, "3", None])
def test_absurd_bits_are_refused(bits: object) -> None:
    root = real_roots(flint.fmpz_poly([-2, 0, 1]))[0]
    for number in (root, RealAlgebraic.rational(1)):
        with pytest.raises(InputError, match="bits"):
            number.enclose(bits)  # type: ignore[arg-type]  # the wrong type is the point
        with pytest.raises(InputError, match="bits"):
            number.ball(bits)  # type: ignore[arg-type]  # the wrong type is the point


def test_balls_contain_and_are_narrow() -> None:
    for root in real_roots(flint.fmpz_poly([-2, 0, 1])):
        for bits in (2, 64, 1000):
            ball = root.ball(bits)
            left, right = ball_bounds(ball)
            lower, upper = root.enclose(bits + 200)
            assert left <= lower < upper <= right
            assert right - left <= Fraction(2, 2**bits)


def test_a_trusted_polynomial_still_needs_a_proved_interval() -> None:
    polynomial = flint.fmpz_poly([4, 0, -2])
    root = RealAlgebraic._from_irreducible(polynomial, Fraction(1), Fraction(2))
    assert root == real_roots(flint.fmpz_poly([-2, 0, 1]))[1]
    assert root.coefficients == (-2, 0, 1)
    assert RealAlgebraic._from_irreducible(flint.fmpz_poly([-2, 4]), Fraction(0), Fraction(2)) == Fraction(1, 2)
    for lower, upper in ((-2, 2), (2, 3), (2, 1), (1, 1)):
        with pytest.raises(InputError, match="interval"):
            RealAlgebraic._from_irreducible(polynomial, Fraction(lower), Fraction(upper))


def test_equality_where_the_bound_for_the_overlap_is_three() -> None:
    coefficients = [-3, 7, -5, 3]  # (3x − 2)(x² − x + 1) − 1: the complex roots lie over the interval
    polynomial = flint.fmpz_poly(coefficients)
    one = RealAlgebraic._known(polynomial, Fraction(0), Fraction(2))
    other = RealAlgebraic._known(polynomial, Fraction(-1, 9), Fraction(3))
    assert len(isolate_real_roots(polynomial)) == 1
    assert descartes_bound(polynomial, Fraction(0), Fraction(2)) == 3
    assert one == other
    assert hash(one) == hash(other)


def test_roots_of_a_product_come_in_order() -> None:
    product = flint.fmpz_poly([1])
    for number in range(2, 30):
        product *= flint.fmpz_poly([-number, 0, 1])
    roots = real_roots(product)
    expected = sorted(side * math.sqrt(n) for n in range(2, 30) for side in (-1, 1))
    assert [float(root) for root in roots] == pytest.approx(expected, abs=1e-14)
    assert all(left < right for left, right in pairwise(roots))


def test_a_root_of_high_degree_to_a_thousand_digits() -> None:
    coefficients = [2, -4, *[0] * 98, *[6] * 100, *[0] * 40, 1]  # Eisenstein at 2: irreducible
    assert len(coefficients) == 241
    roots = real_roots(flint.fmpz_poly(coefficients), Fraction(0), Fraction(1))
    assert len(roots) == 2
    for root in roots:
        doubled, unit = (
            2 * int(root.decimal(1000).replace(".", "")),
            2 * 10**1000,
        )  # 1000 digits: Python still reads them
        values = [_scaled_value(coefficients, doubled + side, unit) for side in (-1, 1)]
        assert values[0] * values[1] < 0


def _scaled_value(coefficients: list[int], top: int, bottom: int) -> int:
    """bottom^n times the value at top/bottom, in integers."""
    result, power = 0, 1
    for coefficient in reversed(coefficients):
        result, power = result * top + coefficient * power, power * bottom
    return result


def test_pickles_and_copies() -> None:
    root = real_roots(flint.fmpz_poly([-2, 0, 1]))[1]
    assert copy.deepcopy(root) is copy.copy(root) is root
    assert eval_free_repr(root) == root


def eval_free_repr(root: RealAlgebraic) -> RealAlgebraic:
    """Rebuild from what pickle would store."""
    rebuild, arguments = root.__reduce__()
    return rebuild(*arguments)  # type: ignore[no-any-return]  # what __reduce__ gives is Any


@given(st.lists(st.integers(-9, 9), min_size=3, max_size=6))
@settings(max_examples=trials(80))
def test_order_is_total_and_symmetric(coefficients: list[int]) -> None:
    polynomial = flint.fmpz_poly(coefficients)
    assume(polynomial.degree() >= 2)
    roots = real_roots(polynomial)
    for i, left in enumerate(roots):
        for j, right in enumerate(roots):
            assert left.compare(right) == (i > j) - (i < j) == -right.compare(left)
            assert (left == right) == (i == j) == (right == left)


def test_roots_in_touching_intervals_differ() -> None:
    small_root = RealAlgebraic([1, -7, 1], Fraction(0), Fraction(4))
    large_root = RealAlgebraic([1, -7, 1], Fraction(4), Fraction(8))
    assert small_root != large_root
    assert large_root != small_root
    assert small_root < large_root
    assert len({small_root, large_root, RealAlgebraic([1, -7, 1], Fraction(1, 10), Fraction(3))}) == 2
