"""What must hold of algebraic numbers, isolated roots, formulas and certificates, whatever the polynomial.

The references are integers and fractions: values of polynomials, planted roots, Euclid's order.
"""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import pairwise

import flint
import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st
from properties.drawing import FACTORS, rationals

from symphase.algebraic import RealAlgebraic, real_roots
from symphase.certificates import Certificate, certificate_for
from symphase.checker import check_certificate
from symphase.cycles import certify_bifurcation, certify_cycle
from symphase.formulas import evaluate, exact_rational, parse_formula
from symphase.isolation import isolate_real_roots, refine_roots
from symphase.maps import PolynomialFamily

COEFFICIENTS = st.lists(st.integers(-9, 9), min_size=3, max_size=6).filter(lambda c: c[-1] != 0)
SMALL = rationals(-3, 3, 6)


def value(coefficients: list[int] | tuple[int, ...], point: Fraction) -> Fraction:
    total = Fraction(0)
    for coefficient in reversed(coefficients):
        total = total * point + coefficient
    return total


def sign(number: Fraction) -> int:
    return (number > 0) - (number < 0)


@st.composite
def algebraic_numbers(draw: st.DrawFn) -> RealAlgebraic:
    roots = real_roots(flint.fmpz_poly(draw(COEFFICIENTS)))
    assume(roots)
    return draw(st.sampled_from(roots))


NUMBERS = algebraic_numbers()


def polynomial_with(roots: list[Fraction]) -> flint.fmpz_poly:
    found = flint.fmpz_poly([1])
    for root in roots:
        found *= flint.fmpz_poly([-root.numerator, root.denominator])
    return found


# ------------------------------------------------------------------------------------------------------------- numbers


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(NUMBERS, NUMBERS, NUMBERS)
def test_the_order_of_algebraic_numbers_is_total(x: RealAlgebraic, y: RealAlgebraic, z: RealAlgebraic) -> None:
    assert x.compare(y) == -y.compare(x)
    assert (x < y) + (x == y) + (x > y) == 1
    low, middle, high = sorted((x, y, z))
    assert low <= middle <= high
    assert low <= high
    if x == y:
        assert hash(x) == hash(y)
        assert x.coefficients == y.coefficients


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(NUMBERS, NUMBERS)
def test_the_order_of_algebraic_numbers_is_that_of_their_enclosures(x: RealAlgebraic, y: RealAlgebraic) -> None:
    (a, b), (c, d) = x.enclose(200), y.enclose(200)
    # numbers of degree ≤ 5 and height ≤ 9 differ by far more than 2⁻²⁰⁰, or not at all (Mahler's bound)
    assert x.compare(y) == (-1 if b < c else 1 if d < a else 0)


@given(NUMBERS, SMALL)
def test_the_order_against_a_fraction_is_that_of_the_signs_of_the_polynomial(x: RealAlgebraic, q: Fraction) -> None:
    low, high = x.enclose(64)
    side = x.compare(q)
    if value(x.coefficients, q) == 0 and low <= q <= high:
        assert side == 0
        return
    assert side != 0
    if low < q < high:  # one simple root between: the sign tells on which side of it q lies
        assert side == (1 if sign(value(x.coefficients, q)) == sign(value(x.coefficients, low)) else -1)
    else:
        assert side == (1 if q <= low else -1)


@given(NUMBERS)
def test_signs_are_exact(x: RealAlgebraic) -> None:
    assert x.sign() == x.compare(0) == -x.affine(-1).sign()
    assert x.affine(1, 3).compare(3) == x.sign()
    assert (x.sign() == 0) == (x.coefficients == (0, 1))


@given(NUMBERS, FACTORS, SMALL, FACTORS, SMALL)
def test_affine_images_compose_and_keep_the_order(
    x: RealAlgebraic, m: Fraction, b: Fraction, k: Fraction, c: Fraction
) -> None:
    image = x.affine(m, b)
    assert image.affine(k, c) == x.affine(k * m, k * b + c)
    assert image.affine(1 / m, -b / m) == x
    assert image.degree == x.degree
    assert sign(Fraction(image.compare(m * 2 + b))) == x.compare(2) * sign(m)


@given(NUMBERS, st.integers(0, 30))
def test_decimals_lie_within_half_a_unit(x: RealAlgebraic, digits: int) -> None:
    told = x.decimal(digits)
    assert len(told.partition(".")[2]) == digits
    unit = Fraction(1, 10**digits)
    low, high = Fraction(told) - unit / 2, Fraction(told) + unit / 2
    if x.is_rational:
        assert low <= x.interval[0] <= high
        return
    # the one root in the isolating interval, where half a unit is wider than that, makes the one sign change
    left, right = max(low, x.interval[0]), min(high, x.interval[1])
    assert value(x.coefficients, left) * value(x.coefficients, right) < 0
    assert x.compare(low) > 0 > x.compare(high)


@given(NUMBERS, st.integers(0, 20))
def test_fewer_digits_are_the_rounding_of_more(x: RealAlgebraic, digits: int) -> None:
    short, long = Fraction(x.decimal(digits)), Fraction(x.decimal(2 * digits + 2))
    rest = long * 10**digits - math.floor(long * 10**digits)
    assume(rest != Fraction(1, 2))  # rounded twice, a tie may go either way
    assert short == Fraction(round(long * 10**digits), 10**digits)


@given(NUMBERS, st.integers(0, 90), st.integers(0, 90))
def test_enclosures_are_nested_and_as_narrow_as_asked_for(x: RealAlgebraic, one: int, two: int) -> None:
    few, many = sorted((one, two))
    (low, high), (lower, upper) = x.enclose(few), x.enclose(many)
    assert low <= lower <= upper <= high
    assert high - low <= Fraction(1, 2**few)
    assert upper - lower <= Fraction(1, 2**many)
    assert x.compare(lower) >= 0 >= x.compare(upper)


@given(NUMBERS)
def test_floats_are_the_nearest(x: RealAlgebraic) -> None:
    near = float(x)
    below, above = math.nextafter(near, -math.inf), math.nextafter(near, math.inf)
    assert x.compare((Fraction(below) + Fraction(near)) / 2) >= 0 >= x.compare((Fraction(near) + Fraction(above)) / 2)


@given(NUMBERS)
def test_numbers_are_made_again_from_what_they_tell(x: RealAlgebraic) -> None:
    low, high = x.interval
    assert RealAlgebraic(x.coefficients, low, high) == x
    assert math.gcd(*x.coefficients) == 1
    assert x.coefficients[-1] > 0
    assert RealAlgebraic([-3 * c for c in x.coefficients], low, high) == x


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(
    st.builds(
        real_roots,
        st.lists(st.integers(-9, 9), min_size=3, max_size=4).filter(lambda c: c[-1] != 0).map(flint.fmpz_poly),
    )
)
def test_radicals_are_the_root(roots: tuple[RealAlgebraic, ...]) -> None:
    for root in roots:
        expression = root.radicals()
        assert expression is not None  # degree at most 3
        close = sympy.N(expression, 40)
        real, imaginary = close.as_real_imag()
        low, high = root.enclose(60)
        slack = Fraction(1, 10**15)
        assert low - slack <= Fraction(str(real)) <= high + slack
        assert abs(Fraction(str(imaginary))) <= slack


# ------------------------------------------------------------------------------------------------------------ isolation


@given(st.sets(SMALL, min_size=1, max_size=5), st.lists(st.integers(1, 3), min_size=5, max_size=5))
def test_planted_roots_are_found_whatever_their_multiplicity(roots: set[Fraction], powers: list[int]) -> None:
    planted = sorted(roots)
    polynomial = polynomial_with([root for root, k in zip(planted, powers, strict=False) for _ in range(k)])
    assert [root.interval[0] for root in real_roots(polynomial)] == planted
    boxes = isolate_real_roots(polynomial)
    assert len(boxes) == len(planted)
    assert all(low <= root <= high for (low, high), root in zip(boxes, planted, strict=True))


@given(SMALL, st.integers(1, 40), st.integers(2, 4))
def test_clusters_of_roots_are_told_apart(centre: Fraction, closeness: int, count: int) -> None:
    planted = [centre + Fraction(k, 10**closeness) for k in range(count)]
    boxes = isolate_real_roots(polynomial_with(planted) * flint.fmpz_poly([2, 0, 1]))
    assert len(boxes) == count
    assert all(low <= root <= high for (low, high), root in zip(boxes, planted, strict=True))
    assert all(early[1] <= late[0] for early, late in pairwise(boxes))


@given(COEFFICIENTS)
def test_the_mirror_of_a_polynomial_has_the_mirrored_roots(coefficients: list[int]) -> None:
    roots = real_roots(flint.fmpz_poly(coefficients))
    mirrored = real_roots(flint.fmpz_poly([c * (-1) ** k for k, c in enumerate(coefficients)]))
    assert list(mirrored) == [root.affine(-1) for root in reversed(roots)]


@given(COEFFICIENTS, st.integers(2, 5), st.integers(-4, 4).filter(bool))
def test_stretching_and_content_move_and_keep_the_roots(coefficients: list[int], k: int, content: int) -> None:
    roots = real_roots(flint.fmpz_poly(coefficients))
    stretched = flint.fmpz_poly([content * c * k**power for power, c in enumerate(coefficients)])  # content · P(kx)
    assert list(real_roots(stretched)) == [root.affine(Fraction(1, k)) for root in roots]


@given(COEFFICIENTS, COEFFICIENTS)
def test_a_product_has_the_roots_of_both_and_a_square_those_of_one(one: list[int], two: list[int]) -> None:
    first, second = flint.fmpz_poly(one), flint.fmpz_poly(two)
    assert set(real_roots(first * second)) == {*real_roots(first), *real_roots(second)}
    assert real_roots(first * first) == real_roots(first)


@given(COEFFICIENTS.filter(lambda c: c[0] != 0))
def test_the_reversed_polynomial_has_the_inverse_roots(coefficients: list[int]) -> None:
    roots = real_roots(flint.fmpz_poly(coefficients))
    inverse = real_roots(flint.fmpz_poly(coefficients[::-1]))
    assert len(roots) == len(inverse)
    order = [r for r in reversed(roots) if r < 0] + [r for r in reversed(roots) if r > 0]
    for root, other in zip(order, inverse, strict=True):
        (a, b), (c, d) = root.enclose(80), other.enclose(80)
        products = [p * q for p in (a, b) for q in (c, d)]
        assert min(products) <= 1 <= max(products)


@given(COEFFICIENTS, st.integers(1, 120))
def test_isolated_roots_are_refined_where_they_are(coefficients: list[int], bits: int) -> None:
    polynomial = flint.fmpz_poly(coefficients)
    assume(polynomial.gcd(polynomial.derivative()).degree() == 0)
    boxes = isolate_real_roots(polynomial)
    for (low, high), (lower, upper) in zip(boxes, refine_roots(polynomial, boxes, bits), strict=True):
        assert low <= lower <= upper <= high
        assert upper - lower <= Fraction(1, 2**bits)
        ends = value(coefficients, lower), value(coefficients, upper)
        assert ends[0] * ends[1] < 0 or (lower == upper and ends[0] == 0)


@given(COEFFICIENTS, SMALL, SMALL)
def test_an_open_interval_has_the_roots_within(coefficients: list[int], one: Fraction, two: Fraction) -> None:
    low, high = sorted((one, two))
    assume(low < high)
    polynomial = flint.fmpz_poly(coefficients)
    inside = [root for root in real_roots(polynomial) if low < root < high]
    assert list(real_roots(polynomial, low, high)) == inside
    assert len(isolate_real_roots(polynomial, low, high)) == len(inside)


# ------------------------------------------------------------------------------------------------------------- formulas


NAMES = ("x", "gamma", "c_1")


def formulas() -> st.SearchStrategy[sympy.Expr]:
    """Polynomials in a few names with rational coefficients, some of them factored."""
    leaves = st.one_of(
        SMALL.map(lambda v: sympy.Rational(v.numerator, v.denominator)), st.sampled_from(sympy.symbols(NAMES))
    )
    return st.recursive(
        leaves,
        lambda parts: st.one_of(
            st.builds(lambda x, y: x + y, parts, parts),
            st.builds(lambda x, y: x - y, parts, parts),
            st.builds(lambda x, y: x * y, parts, parts),
            st.builds(lambda x, k: x**k, parts, st.integers(0, 3)),
        ),
        max_leaves=6,
    )


@given(formulas(), st.tuples(SMALL, SMALL, SMALL))
def test_formulas_are_read_back_as_they_are_printed(expression: sympy.Expr, numbers: tuple[Fraction, ...]) -> None:
    values = dict(zip(sympy.symbols(NAMES), numbers, strict=True))
    again = parse_formula(str(expression), NAMES)
    assert evaluate(again, values) == evaluate(expression, values)
    assert parse_formula(str(again), NAMES) == again
    assert parse_formula(str(expression).replace("**", "^"), NAMES) == again


@given(st.fractions(max_denominator=10**6), st.integers(0, 12))
def test_numbers_are_read_back_as_they_are_written(number: Fraction, digits: int) -> None:
    assert exact_rational(str(number), "x") == number
    short = Fraction(round(number * 10**digits), 10**digits)
    whole, rest = divmod(abs(round(number * 10**digits)), 10**digits)
    text = f"{'-' if short < 0 else ''}{whole}" + (f".{rest:0{digits}d}" if digits else "")
    assert exact_rational(text, "x") == short
    assert exact_rational(float(number), "x") == Fraction(float(number))


# --------------------------------------------------------------------------------------------------------- certificates


def accepted(certificate: Certificate | None) -> bool:
    """Whether a certificate comes back from its own text, and the independent checker takes it."""
    assert certificate is not None
    text = certificate.to_json()
    assert Certificate.from_json(text) == certificate
    return check_certificate(text).verdict == "accepted"


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(NUMBERS, st.integers(1, 25))
def test_every_true_certificate_of_a_number_is_accepted(x: RealAlgebraic, digits: int) -> None:
    certificate = certificate_for(x, digits=digits)
    assert accepted(certificate)
    assert certificate is not None
    assert certificate.value == x.decimal(certificate.digits)


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(NUMBERS, st.integers(1, 12), st.integers(1, 9))
def test_a_certificate_of_another_number_is_rejected(x: RealAlgebraic, digits: int, off: int) -> None:
    certificate = certificate_for(x, digits=digits)
    assert certificate is not None
    assert certificate.value is not None
    moved = Fraction(certificate.value) + Fraction(off, 10**certificate.digits)
    scaled = round(moved * 10**certificate.digits)
    text = f"{abs(scaled):0{certificate.digits + 1}d}"
    told = f"{'-' if scaled < 0 else ''}{text[: -certificate.digits]}.{text[-certificate.digits :]}"
    data = json.loads(certificate.to_json())
    data["value"] = told
    # whoever forges it can compute the hash, too: the mathematics must refuse, not the hash alone
    forged = Certificate(
        kind="algebraic",
        symphase=certificate.symphase,
        digits=certificate.digits,
        polynomial=certificate.polynomial,
        value=told,
    )
    others = [r.decimal(certificate.digits) for r in real_roots(flint.fmpz_poly(list(x.coefficients)))]
    assert (check_certificate(forged.to_json()).verdict == "accepted") == (told in others)
    assert check_certificate(json.dumps(data, indent=1) + "\n").verdict != "accepted"


_r, _x = sympy.symbols("r x")
LOGISTIC = PolynomialFamily(_r * _x * (1 - _x), variable=_x, parameter=_r)


@given(st.integers(5, 95).filter(lambda k: k != 50))
def test_every_true_certificate_of_a_cycle_is_accepted(k: int) -> None:
    r = 1 + Fraction(k, 50)  # the fixed point 1 − 1/r, of multiplier 2 − r
    cycle = certify_cycle(LOGISTIC, r, [1 - 1 / r])
    certificate = None if cycle is None else certificate_for(cycle)
    assert accepted(certificate)
    assert certificate is not None
    assert certificate.multiplier is not None
    assert abs(Fraction(certificate.multiplier) - (2 - r)) <= Fraction(1, 10**9)


@given(st.integers(-19, 19))
def test_every_true_certificate_of_a_bifurcation_is_accepted(k: int) -> None:
    multiplier = Fraction(k, 20)  # of the fixed point 1 − 1/r: 2 − r; met at r = 2 − multiplier
    r = 2 - multiplier
    found = certify_bifurcation(LOGISTIC, r, [1 - 1 / r], multiplier)
    assert found is not None
    assert found.parameter[0] <= r <= found.parameter[1]
    assert found.points[0][0] <= 1 - 1 / r <= found.points[0][1]
    certificate = certificate_for(found)
    assert accepted(certificate)
    assert certificate is not None
    assert certificate.parameter is not None
    assert abs(Fraction(certificate.parameter) - r) * 2 <= Fraction(1, 10**certificate.digits)
