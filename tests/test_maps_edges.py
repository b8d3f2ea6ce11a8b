"""Families word for word, the limits of what is asked of FLINT, and critical points that land at once, or later."""

from __future__ import annotations

import copy
import pickle
import re
from fractions import Fraction
from typing import Any

import flint
import pytest
import sympy
from edges import noted, table
from families import logistic, odd_cubic, quadratic, residual

from symphase import maps
from symphase.display import family_html, family_latex, formula_html
from symphase.errors import InputError
from symphase.maps import (
    PolynomialFamily,
    _moves_at,
    _terms,
    eliminate,
    exact_terms,
    float_roots,
    is_heavy,
    parameter_factors,
    proper_divisors,
    variable_factors,
)

z, a, b, c = sympy.symbols("z a b c")
RING = flint.fmpq_mpoly_ctx.get(["z", "a"], "lex")
Z, A = RING.gens()


def family(expression: Any) -> PolynomialFamily:
    return PolynomialFamily(sympy.expand(expression), variable=z, parameter=a)


def refused(said: str) -> Any:
    return pytest.raises(InputError, match=f"^{re.escape(said)}$")


# ---------------------------------------------------------------------------------------------------------- in words


def test_a_family_in_words() -> None:
    alpha = sympy.Symbol("alpha")
    greek = PolynomialFamily(z**2 + alpha, variable=z, parameter=alpha)
    assert repr(greek) == "<PolynomialFamily: z ← z² + α, parameter α>"
    assert greek._repr_latex_() == family_latex(greek)
    assert table(greek._repr_html_()) == (
        "A family of polynomial maps",
        {"map": family_html(greek), "parameter": formula_html(alpha), "degree": "2"},
    )


def test_what_a_family_holds() -> None:
    found = family(a**2 * z * (1 - z) + sympy.Rational(3, 2) * a * z**2 - 5)
    assert [list(row) for row in found.rows] == [[-5, 0, 0], [0, 0, 1], [0, Fraction(3, 2), -1]]
    assert found.expression == sympy.Poly(found.expression, z).as_expr()
    assert (found.variable, found.parameter, found.degree) == (z, a, 2)
    assert exact_terms(found.polynomial) == {(0, 0): -5, (1, 2): 1, (2, 1): Fraction(3, 2), (2, 2): -1}
    assert {type(part) for powers, value in exact_terms(found.polynomial).items() for part in (*powers, value)} == {
        int,
        Fraction,
    }
    assert exact_terms(found.derivative) == {(0, 2): 1, (1, 1): 3, (1, 2): -2}


def test_families_are_equal_by_map_and_letters() -> None:
    assert family(z**2 + a) == family(a + z**2)
    others = [family(z**2 + 2 * a), PolynomialFamily(b**2 + a, variable=b, parameter=a)]
    others += [PolynomialFamily(z**2 + b, variable=z, parameter=b)]
    assert all(family(z**2 + a) != other for other in others)
    assert len({family(z**2 + a), family(a + z**2), *others}) == 4
    assert len({hash(each) for each in (family(z**2 + a), *others)}) == 4
    assert (family(z**2 + a) == "z**2 + a") is False


def test_a_copy_leaves_behind_what_was_computed() -> None:
    here = residual()
    assert here.free_critical_factors
    for other in (copy.copy(here), pickle.loads(pickle.dumps(here))):  # noqa: S301  # what was pickled one line ago
        assert other == here
        assert set(vars(other)) == {"expression", "variable", "parameter", "rows"}
        assert other.expression == here.expression


# ---------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("expression", "changes", "said"),
    [
        (z**2, {"variable": "z"}, "variable = z: must be a Symbol; give sympy.Symbol('x'), say"),
        (z**2, {"parameter": 2}, "parameter = 2: must be a Symbol; give sympy.Symbol('x'), say"),
        (
            "z**2",
            {},
            "expression = z**2: must be an Expr; build it from SymPy symbols, or read text with parse_formula",
        ),
        (z**2, {"parameter": z}, "parameter = z: must differ from the variable; name two different symbols"),
        (
            c * z**2 + b,
            {},
            (
                "expression = b + c*z**2: may only hold the symbols z and a, but holds b, c; "
                "give the other symbols rational values first"
            ),
        ),
        (z**2 / a, {}, "expression = z**2/a: must be a polynomial in z and a; see the examples"),
        (z**2 / 2.0, {}, "expression = 0.5*z**2: must have rational coefficients; write 1/10 instead of 0.1"),
        *(
            (
                expression,
                {},
                (
                    f"expression = {expression}: must be of degree 2 to 64 in z; "
                    "a linear map has no phases beyond stable and unstable"
                ),
            )
            for expression in (a * z, a, sympy.Integer(0), z**65 + a)
        ),
    ],
)
def test_what_is_no_family_is_told_why(expression: Any, changes: dict[str, Any], said: str) -> None:
    with refused(said):
        PolynomialFamily(expression, **{"variable": z, "parameter": a} | changes)


def test_regression_families_are_refused_before_they_are_expanded() -> None:
    """They were expanded first: for minutes, or for the second that it takes to learn of a degree of 800."""
    for huge in ((z + a) ** 100_000, ((z + a) ** 64 + 1) ** 64, (z + a) ** 800):
        with refused(f"expression = {huge}: may have a degree beyond 256; use lower powers"):
            PolynomialFamily(huge, variable=z, parameter=a)
    assert PolynomialFamily((z + a) ** 2 - a**300, variable=z, parameter=a).degree == 2
    assert PolynomialFamily((z + 1) ** 65 - z**65 + a, variable=z, parameter=a).degree == 64  # what cancels is gone
    factors = sympy.Mul(*(z + k * a for k in range(1, 20)))
    assert PolynomialFamily(factors, variable=z, parameter=a) == family(factors)


def test_regression_two_symbols_of_one_name_are_no_variable_and_parameter() -> None:
    """The map x ← xx − xx² was made of them."""
    positive = sympy.Symbol("z", positive=True)
    with refused("parameter = z: must differ from the variable; name two different symbols"):
        PolynomialFamily(positive * z * (1 - z), variable=z, parameter=positive)


def test_degrees_at_the_limits_are_accepted() -> None:
    assert (family(z**2).degree, family(z**64 + a).degree) == (2, 64)


@pytest.mark.parametrize(("verb", "argument", "least"), [("iterate", "count", 0), ("dynatomic", "period", 1)])
def test_iterates_beyond_reach_are_refused(verb: str, argument: str, least: int) -> None:
    ask = getattr(quadratic(), verb)
    for value in (least - 1, 1.0, True, "1"):
        with refused(
            f"{argument} = {value}: must be an integer from {least} to 10 for this family; give a whole number"
        ):
            ask(value)
    with refused(
        f"{argument} = 11: must be at most 10 for a family of degree 2: the iterate's polynomial would have degree "
        f"2**{argument}; ask for fewer steps, or work at one parameter with iterate or certify_cycle"
    ):
        ask(11)
    assert ask(least) is not None


def test_a_family_of_which_only_the_first_iterate_is_within_reach() -> None:
    made = family(z**64 + a**10)
    assert made.iterate(1) == made.polynomial
    with pytest.raises(InputError, match=r"^count = 2: must be at most 1 for a family of degree 64: "):
        made.iterate(2)


def test_multipliers_of_no_period_are_refused() -> None:
    with refused("period = 0: must be an integer from 1 to 7 for this family; give a whole number"):
        residual().multiplier(0)


def test_the_limit_is_a_number_of_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    for most, terms in ((3, 9 * 8), (2, 9 * 8 - 1)):  # f³ of z² + a: powers 0 to 8 of z, 0 to 7 of a
        monkeypatch.setattr(maps, "_MAX_TERMS", terms)
        assert quadratic().iterate(most) == quadratic().iterate(most - 1) ** 2 + A
        with pytest.raises(InputError, match=f"at most {most} for"):
            quadratic().iterate(most + 1)


@pytest.mark.parametrize("make", [quadratic, logistic, odd_cubic, residual])
@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_terms_are_bounded_by_the_degrees(make: Any, count: int) -> None:
    made = make()
    in_z, in_a = made.degree**count, max(order for _, order in exact_terms(made.iterate(count)))
    width = len(made.rows[0]) - 1
    found = _terms(made.degree, width, count)
    assert found == (in_z + 1) * (width * sum(made.degree**k for k in range(count)) + 1)
    assert type(found) is int
    assert in_a <= width * sum(made.degree**k for k in range(count))


def test_a_product_that_does_not_divide_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "proper_divisors", lambda period: (2,) if period == 3 else ())
    with pytest.raises(ArithmeticError, match=r"^dynatomic polynomial of period 2 does not divide f\^3 - z$"):
        quadratic().dynatomic(3)


# ----------------------------------------------------------------------------------------------------- at a parameter


def test_coefficients_in_any_numbers() -> None:
    made = family(a**2 * z**2 - 3 * a * z + sympy.Rational(1, 2))
    parameter: Any
    for parameter in (Fraction(1, 3), "1/3"):
        assert list(made.at(parameter)) == [Fraction(1, 2), -1, Fraction(1, 9)]
    parameter = 2
    assert {type(value) for value in made.at(parameter)} == {Fraction}
    assert made.at(0.5, float) == (0.5, -1.5, 0.25)
    assert {type(value) for value in made.at(0.5, float)} == {float}
    with refused("convert = 3: must turn a Fraction into a number; leave it out for fractions"):
        made.at(0.5, 3)  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(InputError, match=r"^parameter = x"):
        made.at("x")


def test_small_divisors() -> None:
    assert [proper_divisors(n) for n in (1, 2, 6, 7)] == [(), (1,), (1, 2, 3), (1,)]


# ----------------------------------------------------------------------------------- critical points that are not free


def _three_steps() -> Any:
    """2 → 1 → 3 → 0 → 0, whatever a is: later than is looked at."""
    return z * (z - 3) * (a * (z - 2) ** 2 * (z - 1) - (5 * (z - 2) ** 2 + (z - 2) + 2) / sympy.Integer(4))


def _two_steps(u: Any) -> Any:
    """u = 2 → 1 → 0 → 0 with slope 0 at 2, whatever a is."""
    return u * (u - 1) * (sympy.Rational(1, 2) - sympy.Rational(3, 4) * (u - 2) + a * (u - 2) ** 2)


# the map, a factor of its derivative, and whether it is free
LANDING = [
    (a * z**2, Z, False),
    (a * z * (z - 1) ** 2, Z - 1, False),
    (a * z * (z - 1) ** 2, 3 * Z - 1, True),
    (a * z * (2 * z - 1) ** 2, 2 * Z - 1, False),
    (z * (a * z - 1) ** 2, A * Z - 1, False),
    (z * (a * z - 1) ** 2, 3 * A * Z - 1, True),
    (_two_steps(z), Z - 2, False),
    (_three_steps(), Z - 2, True),
    (z - z * (z**2 - 2) / 4 + a * (z**2 - 2) ** 2, Z**2 - 2, False),
    (a * z * (z**2 - 2) ** 2, Z**2 - 2, False),
    (a * z * (z**2 - 2) ** 2, 5 * Z**2 - 2, True),
    (_two_steps(z**2), Z**2 - 2, False),
    (z**3 - a * z / 7, 21 * Z**2 - A, True),
    ((z - a) ** 2 + a, Z - A, False),
    ((2 * z - a) ** 2, 2 * Z - A, True),
    ((z - a / 2) ** 2 + a / 2, Z - A / 2, False),
]


@pytest.mark.parametrize("places", [(), maps._PLACES[:1], maps._PLACES])
@pytest.mark.parametrize(("expression", "factor", "free"), LANDING)
def test_what_lands_within_two_steps_is_not_free(
    monkeypatch: pytest.MonkeyPatch, expression: Any, factor: Any, free: bool, places: tuple[int, ...]
) -> None:
    """Decided by resultants alone, or first by a look modulo a prime."""
    made = family(expression)
    assert (made.derivative % factor).is_zero()
    monkeypatch.setattr(maps, "_PLACES", places)
    assert made.is_free(factor) is free
    assert [_moves_at(made, factor, place) for place in places] == [free] * len(places)


def test_free_factors_are_those_that_are_free() -> None:
    made = family(a * z * (z - 1) ** 2)
    assert [exact_terms(factor) for factor in made.critical_factors] == [
        {(1, 0): 1, (0, 0): -1},
        {(1, 0): 3, (0, 0): -1},
    ]
    assert made.free_critical_factors == made.critical_factors[1:]
    assert [exact_terms(factor) for factor in made.fixed_point_factors] == [
        {(1, 0): 1},
        {(2, 1): 1, (1, 1): -2, (0, 1): 1, (0, 0): -1},
    ]
    with refused("critical_factor = z: must be a fmpq_mpoly; take one of free_critical_factors"):
        made.is_free("z")


def test_one_place_that_moves_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(maps, "_moves_at", lambda *given: noted(asked, given[2], given[2] == maps._PLACES[1]))
    monkeypatch.setattr(maps, "eliminate", None)
    assert family(z**3 - a * z).is_free(3 * Z**2 - A)
    assert asked == list(maps._PLACES)


def test_places_where_a_free_point_lands() -> None:
    square = quadratic()  # c = 0 lands within three steps at a = 0 and a = −2 alone
    landed = [place for place in range(-5, 6) if not _moves_at(square, Z, place % maps._PRIME)]
    assert landed == [-2, 0]


@pytest.mark.parametrize(
    ("expression", "factor", "place"),
    [
        (z**2 / maps._PRIME + a, Z, 5),  # a coefficient that the prime cannot hold
        (z**2 + a, Z + A / maps._PRIME, 5),
        (z**2 + a, (A - 5) * Z + 1, 5),  # a degree that falls
        (z**2 + a, maps._PRIME * Z + 1, 5),
    ],
)
def test_what_says_nothing_modulo_the_prime(expression: Any, factor: Any, place: int) -> None:
    assert _moves_at(family(expression), factor, place) is False


# -------------------------------------------------------------------------------------------------------- polynomials


def test_odd_maps_and_those_that_are_not() -> None:
    shifted = family(a + sympy.Rational(2, 3) * (z - a) ** 3 - 7 * a**2 * (z - a))
    assert exact_terms(shifted.odd_factor) == {(1, 0): Fraction(2, 3), (0, 2): -7}
    quotient = shifted.odd_quotient()
    assert quotient is not None
    assert quotient.expression == sympy.Poly(z * (sympy.Rational(2, 3) * z - 7 * a**2) ** 2, z).as_expr()
    assert (quotient.variable, quotient.parameter) == (z, a)
    quintic = family(2 * a + 3 * (z - 2 * a) ** 5 - (z - 2 * a))
    assert exact_terms(quintic.odd_factor) == {(2, 0): 3, (0, 0): -1}
    for other in (z**3 + a, a * z**3 + z**2, z**4 + a, z**3 + z**2 + a):
        assert family(other).odd_factor is None
        assert family(other).odd_quotient() is None


def test_factors_are_ordered_by_their_terms() -> None:
    factors = [Z, Z - 1, Z + 1, 2 * Z - 1, 3 * Z + 2, Z + A, A * Z - 1, A * Z + 1, Z**2 - 2, Z**2 + Z + 1]
    product = RING.from_dict({(0, 0): 3, (0, 1): 1})  # (a + 3), which does not involve z
    for factor in factors:
        product *= factor**2
    found = variable_factors(product)
    assert sorted(map(str, found)) == sorted(map(str, factors))
    assert list(found) == sorted(
        found, key=lambda f: (f.degrees(), len(f.coeffs()), [(abs(v), v) for v in f.coeffs()], f.monoms())
    )


def test_elimination_of_nothing_is_nothing() -> None:
    zero = RING.from_dict({})
    for other in (zero, zero + 3, A, Z, Z**2 - A):
        assert eliminate(zero, other).is_zero()
        assert eliminate(other, zero).is_zero()
    assert exact_terms(eliminate(Z - A, Z**2 - 2)) == {(0, 2): 1, (0, 0): -2}


def test_factors_in_the_parameter_are_primitive() -> None:
    found = parameter_factors((2 * A - 4) ** 2 * (A / 3 + flint.fmpq(1, 2)) * (6 * A**2 + 6))
    assert sorted([int(v) for v in factor.coeffs()] for factor in found) == [[-2, 1], [1, 0, 1], [3, 2]]
    assert {type(factor) for factor in found} == {flint.fmpz_poly}


@pytest.mark.parametrize(
    ("expression", "heavy"),
    [
        (z**2 + a**3, False),
        (z**2 + a**4, True),
        (z**6 + a, False),
        (z**7 + a, True),
        (a * z**2 + 1, False),
        (a * z**3 + 1, True),
        (z**3 + a * z, False),
        (z**2 + a + 2**23, False),
        (z**2 + a + 2**24, True),
        (z**2 + a - sympy.Rational(1, 2**23), False),
        (z**2 + a - sympy.Rational(1, 2**24), True),
    ],
)
def test_what_is_heavy(expression: Any, heavy: bool) -> None:
    assert is_heavy(family(expression)) is heavy


def test_roots_in_floats() -> None:
    factor = 3 * Z**2 + (2 * A - 4) * Z + 1 - 2 * A  # (z − 1)(3z + 2a − 1)
    assert sorted(place.real for place in float_roots(factor, 1.5)) == pytest.approx([(1 - 2 * 1.5) / 3, 1])
    assert float_roots(Z**2 + A, 4.0) == pytest.approx([2j, -2j])
    assert float_roots(Z, 7.0) == [0]
    for leading, a in ((1, float("inf")), (10**400, 1.0)):
        with pytest.raises(OverflowError):
            float_roots(leading * Z + A, a)
    with pytest.raises(OverflowError):
        float_roots(A * Z**2 + 10**200 * Z + 1, 1e-200)  # −10⁴⁰⁰ is a root
