"""Cells of a parameter line: roots, rationals between them, and what holds at one rational parameter."""

from __future__ import annotations

import re
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import flint
import pytest
import sympy
from edges import noted

from symphase.algebraic import RealAlgebraic, real_roots
from symphase.cells import Sample, distinct, parameter_roots, rational_between, short_fraction, specialise
from symphase.enclosures import ball_bounds
from symphase.errors import InputError
from symphase.maps import PolynomialFamily

z, a = sympy.symbols("z a")
Z, A = flint.fmpq_mpoly_ctx.get(["z", "a"], "lex").gens()
ROOT_TWO = real_roots(flint.fmpz_poly([-2, 0, 1]))[1]


def sample(expression: Any, parameter: Fraction | int) -> Sample:
    return Sample(PolynomialFamily(sympy.expand(expression), variable=z, parameter=a), Fraction(parameter))


def rational(value: Fraction | int) -> RealAlgebraic:
    return RealAlgebraic.rational(Fraction(value))


def coefficients(polynomial: flint.fmpz_poly) -> list[int]:
    return [int(v) for v in polynomial.coeffs()]


def test_a_rational_parameter_is_put_in() -> None:
    assert coefficients(specialise(A**2 * Z**2 + A * Z**2 - Z / 2 + 3 * A, Fraction(2, 3))) == [36, -9, 20]
    assert coefficients(specialise((A - 2) * Z**3 + Z, Fraction(2))) == [0, 1]
    assert coefficients(specialise(Z - Z, Fraction(2))) == []
    assert coefficients(specialise(A - 2, Fraction(2))) == []


@pytest.mark.parametrize(
    ("lower", "upper", "short"),
    [
        (Fraction(1), Fraction(2), 1),
        (Fraction(6, 5), Fraction(2), 2),
        (Fraction(1, 3), Fraction(1, 2), Fraction(1, 2)),
        (Fraction(4, 3), Fraction(5, 3), Fraction(3, 2)),
        (Fraction(-5, 3), Fraction(-4, 3), Fraction(-3, 2)),
        (Fraction(-1, 3), Fraction(1, 3), 0),
        (Fraction(3, 10), Fraction(31, 100), Fraction(39, 128)),
        (Fraction(5, 8), Fraction(5, 8), Fraction(5, 8)),
    ],
)
def test_short_rationals(lower: Fraction, upper: Fraction, short: Fraction) -> None:
    assert short_fraction(lower, upper) == short


@pytest.mark.parametrize(
    ("left", "right", "short"),
    [
        (rational(1), rational(2), Fraction(3, 2)),
        (rational(-3), rational(3), -1),
        (rational(0), rational(Fraction(1, 1000)), Fraction(1, 2048)),
        (ROOT_TWO, rational(Fraction(3, 2)), Fraction(47, 32)),
        (rational(Fraction(14142, 10000)), ROOT_TWO, Fraction(185363, 2**17)),
    ],
)
def test_a_short_rational_strictly_between(left: RealAlgebraic, right: RealAlgebraic, short: Fraction) -> None:
    assert left < short < right
    assert rational_between(left, right) == short


def test_bits_are_doubled_until_two_numbers_are_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    enclose = RealAlgebraic.enclose
    monkeypatch.setattr(RealAlgebraic, "enclose", lambda at, bits: noted(asked, bits, enclose(at, bits)))
    rational_between(ROOT_TWO, rational(Fraction(1415, 1000)))  # 0.0008 apart
    assert asked[::2] == asked[1::2] == [4, 8, 16][: len(asked) // 2]
    assert len(asked) >= 4


def test_enclosures_that_touch_are_not_apart() -> None:
    left: Any = SimpleNamespace(enclose=lambda _: (Fraction(0), Fraction(0)))
    right: Any = SimpleNamespace(enclose=lambda bits: (Fraction(int(bits > 4)), Fraction(1)))
    assert rational_between(left, right) == Fraction(1, 2)


def test_roots_of_a_polynomial_in_the_parameter() -> None:
    assert parameter_roots(A - A) == []
    found = parameter_roots((A**2 - 2) ** 2 * (A - 1) * (A + 3) * (A**2 + 1))
    assert found == [-3, real_roots(flint.fmpz_poly([-2, 0, 1]))[0], 1, ROOT_TWO]


def test_one_of_each_number() -> None:
    two, one = rational(2), rational(1)
    assert distinct([]) == []
    assert distinct([two, ROOT_TWO, one, two, one, rational(2)]) == [one, ROOT_TWO, two]


# ------------------------------------------------------------------------------------------------- at one parameter


def test_a_sample_knows_its_map() -> None:
    made = sample((a - 2) * z**3 + a * z**2 - z / 2 - 3, 2)
    assert list(made.coefficients) == [-3, Fraction(-1, 2), 2]  # the degree falls
    assert made.parameter == 2
    assert ball_bounds(made.value(flint.arb(3))) == (Fraction(27, 2), Fraction(27, 2))
    assert ball_bounds(made.slope(flint.arb(3))) == (Fraction(23, 2), Fraction(23, 2))
    assert [float(point) for point in made.fixed] == pytest.approx([(1.5 - 26.25**0.5) / 4, (1.5 + 26.25**0.5) / 4])
    assert list(sample(a * z**2, 0).coefficients) == [0]


def test_a_question_is_asked_with_more_bits_until_it_is_answered() -> None:
    asked: list[tuple[int, int]] = []
    made = sample(z**2 + a, 0)

    def question(bits: int) -> bool | None:
        return noted(asked, (bits, flint.ctx.prec), answer if bits > 256 else None)

    for answer in (True, False):
        asked.clear()
        assert made.decide(question) is answer
        assert asked == [(64, 128), (256, 320), (1024, 1088)]
    said = "a ball question stayed open at 4096 bits although every equality was excluded"
    with pytest.raises(ArithmeticError, match=f"^{said}$"):
        made.decide(lambda bits: noted(asked, (bits, flint.ctx.prec), None))
    assert asked[-4:] == [(64, 128), (256, 320), (1024, 1088), (4096, 4160)]


def test_attraction_at_fixed_points() -> None:
    tiny = Fraction(1, 2**200)
    for parameter, expected in (
        (Fraction(-1, 2), [False, True]),
        (Fraction(-3, 4) - tiny, [False, False]),
        (Fraction(-3, 4) + tiny, [False, True]),
        (Fraction(-2), [False, False]),
    ):
        made = sample(z**2 + a, parameter)
        assert [made.is_attracting(point) for point in made.fixed[::-1]] == expected
    made = sample(z**2 + a, Fraction(1, 4))
    with pytest.raises(ArithmeticError, match="a ball question stayed open"):
        made.is_attracting(made.fixed[0])  # its multiplier is 1


@pytest.mark.parametrize(
    ("expression", "parameter", "ends"),
    [
        (z**2 + a, Fraction(-2), (-2, 2)),
        (z**2 + a, Fraction(1, 4), (Fraction(-1, 2), Fraction(1, 2))),
        (a - z**2, Fraction(2), (-2, 2)),
        (z**2 - 3 * z + a, Fraction(3), (0, 3)),
        (-(z**2) - 3 * z + a, Fraction(-3), (-3, 0)),
        (z**3 - a * z, Fraction(3), (-2, 2)),
        (z**3 + a, Fraction(0), (-1, 1)),
        (a * z - z**3, Fraction(3), (-2, 2)),
        (-(z**3) - a, Fraction(0), (-1, 1)),
        ((a - 1) * z**3 + z**2, Fraction(1), (-1, 1)),
        (z**4 - 4 * z**2 + a, Fraction(2), (-2, 2)),
        (-(z**4) + 4 * z**2 + a, Fraction(-2), (-2, 2)),
    ],
)
def test_ends_of_what_stays_bounded(expression: Any, parameter: Fraction, ends: tuple[Fraction, Fraction]) -> None:
    found = sample(expression, parameter).ends()
    assert found is not None
    assert list(found) == list(ends)


def test_nothing_stays_bounded() -> None:
    assert sample(z**2 + a, 1).ends() is None
    assert sample(a - z**2, -1).ends() is None


@pytest.mark.parametrize("expression", [a * z**2 + 2 * z, a * z**2 + 3])
def test_a_line_has_no_ends(expression: Any) -> None:
    said = "parameter = 0: makes the map a line or a constant; take another parameter"
    with pytest.raises(InputError, match=f"^{re.escape(said)}$") as caught:
        sample(expression, 0).ends()
    assert caught.value.value == 0


def test_regression_where_the_map_is_the_identity_it_is_told_as_a_line() -> None:
    """All numbers are fixed there; the roots of the zero polynomial were asked for."""
    assert sample(a * z**2 + z, 0).fixed == []
    with pytest.raises(InputError, match=r"^parameter = 0: makes the map a line"):
        sample(a * z**2 + z, 0).ends()


def test_landing_on_one_of_two_near_fixed_points() -> None:
    tiny = Fraction(1, 2**200)
    made = sample(z**2 + a, Fraction(1, 4) - tiny)  # fixed points 2⁻¹⁰⁰ on both sides of 1/2
    left, right = made.fixed
    assert [made._lands_on(point, right) for point in made.fixed] == [False, True]
    assert [made._lands_on(point, left) for point in made.fixed] == [True, False]
