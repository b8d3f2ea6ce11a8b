"""Families: exact iterates, dynatomic polynomials, multipliers, quotients, refusals."""

from __future__ import annotations

from fractions import Fraction

import flint
import pytest
import sympy
from families import logistic, odd_cubic, quadratic, residual
from hypothesis import given, settings
from hypothesis import strategies as st
from knob import trials

from symphase.errors import InputError
from symphase.maps import PolynomialFamily, eliminate, exact_terms, parameter_factors, proper_divisors, variable_factors

rationals = st.fractions(-3, 3, max_denominator=7)
z, a, b = sympy.symbols("z a b")


def evaluate(polynomial: object, point: Fraction, parameter: Fraction) -> Fraction:
    return sum((v * point**k * parameter**j for (k, j), v in exact_terms(polynomial).items()), Fraction(0))


def step(family: PolynomialFamily, point: Fraction, parameter: Fraction) -> Fraction:
    coefficients: tuple[Fraction, ...] = family.at(parameter)
    return sum((c * point**k for k, c in enumerate(coefficients)), Fraction(0))


@pytest.mark.parametrize("make", [residual, logistic, quadratic, odd_cubic])
@given(point=rationals, parameter=rationals, count=st.integers(0, 3))
@settings(max_examples=trials(25))
def test_iterates_are_repeated_steps(make: object, point: Fraction, parameter: Fraction, count: int) -> None:
    family = make()  # type: ignore[operator]  # parametrised as object
    expected = point
    for _ in range(count):
        expected = step(family, expected, parameter)
    assert evaluate(family.iterate(count), point, parameter) == expected


@given(point=rationals, parameter=rationals)
@settings(max_examples=trials(40))
def test_multiplier_is_the_product_of_slopes(point: Fraction, parameter: Fraction) -> None:
    family = residual()
    slope = sympy.diff(family.expression, family.variable)
    product, here = Fraction(1), point
    for _ in range(2):
        value = slope.subs(
            {family.variable: sympy.Rational(str(here)), family.parameter: sympy.Rational(str(parameter))}
        )
        product *= Fraction(int(value.p), int(value.q))
        here = step(family, here, parameter)
    assert evaluate(family.multiplier(2), point, parameter) == product


@pytest.mark.parametrize(("period", "degree"), [(1, 3), (2, 6), (3, 24)])
def test_dynatomic_degrees_follow_the_moebius_count(period: int, degree: int) -> None:
    assert residual().dynatomic(period).degrees()[0] == degree
    product = residual().dynatomic(period)
    for divisor in proper_divisors(period):
        product = product * residual().dynatomic(divisor)
    assert product == residual().iterate(period) - residual().iterate(0)


def test_sympy_agrees_on_the_two_cycle() -> None:
    family = residual()
    f = family.expression
    second = sympy.expand(f.subs(family.variable, f) - family.variable)
    quotient, remainder = sympy.div(second, sympy.expand(f - family.variable), family.variable)
    assert remainder == 0
    ours = sum(
        sympy.Rational(str(v)) * family.variable**k * family.parameter**j
        for (k, j), v in exact_terms(family.dynatomic(2)).items()
    )
    assert sympy.expand(quotient - ours) == 0


def test_elimination_against_sympy() -> None:
    family = logistic()
    ours = eliminate(family.dynatomic(2), family.multiplier(2) + 1)
    roots = {tuple(int(c) for c in p.coeffs()) for p in parameter_factors(ours)}
    assert (-5, -2, 1) in roots  # r² − 2r − 5, the root 1 + √6


def test_critical_points_of_the_residual_map() -> None:
    family = residual()
    assert len(family.critical_factors) == 2
    assert len(family.free_critical_factors) == 1
    bound = next(f for f in family.critical_factors if f not in family.free_critical_factors)
    assert evaluate(bound, Fraction(1), Fraction(5, 7)) == 0


def test_odd_quotient_is_a_semiconjugacy() -> None:
    family = odd_cubic()
    quotient = family.odd_quotient()
    assert quotient is not None
    for v in (Fraction(1, 3), Fraction(-5, 4)):
        for r in (Fraction(2), Fraction(7, 5)):
            assert step(quotient, v * v, r) == step(family, v, r) ** 2


def test_odd_quotient_about_a_shifted_centre() -> None:
    m = a + sympy.Rational(1, 2)
    shifted = sympy.expand(m + a * (z - m) - 2 * (z - m) ** 3)
    family = PolynomialFamily(shifted, variable=z, parameter=a)
    quotient = family.odd_quotient()
    assert quotient is not None
    r, v = Fraction(3, 2), Fraction(2, 5)
    centre = r + Fraction(1, 2)
    assert step(quotient, v * v, r) == (step(family, centre + v, r) - centre) ** 2


@pytest.mark.parametrize("make", [residual, logistic, quadratic])
def test_no_quotient_without_symmetry(make: object) -> None:
    assert make().odd_quotient() is None  # type: ignore[operator]  # parametrised as object


@pytest.mark.parametrize(
    ("expression", "match"),
    [
        (z * b + a * z**2, "b"),
        (sympy.sin(z) * a, "polynomial"),
        (a * z + 1, "degree"),
        (0.5 * z**2 + a, "rational"),
        (sympy.sqrt(2) * z**2 + a, "rational"),
        (z**2 / a, "polynomial"),
        (z**65 + a, "degree"),
    ],
)
def test_what_is_no_family_is_refused(expression: sympy.Expr, match: str) -> None:
    with pytest.raises(InputError, match=match):
        PolynomialFamily(expression, variable=z, parameter=a)


def test_variable_and_parameter_must_differ() -> None:
    with pytest.raises(InputError, match="differ"):
        PolynomialFamily(z**2, variable=z, parameter=z)


def test_equality_and_hash_follow_the_map() -> None:
    assert logistic() == logistic()
    assert hash(logistic()) == hash(logistic())
    assert logistic() != quadratic()
    assert logistic() != "logistic"
    assert "r" in repr(logistic())
    assert logistic()._repr_latex_().startswith("$")


def test_regression_the_order_of_factors_is_ours() -> None:
    # python-flint 0.8 and 0.9 list them in other orders, and with them find_boundaries chose other fixed points
    ring = flint.fmpq_mpoly_ctx.get(["z", "a"], "lex")
    z, a = ring.gens()
    wanted = [z, z - 1, z + 1, z - 2, a * z - 1, z**2 + a]
    for order in (wanted, wanted[::-1], wanted[2:] + wanted[:2]):
        product = ring.from_dict({(0, 0): 1})
        for factor in order:
            product = product * factor
        assert list(variable_factors(product)) == wanted
