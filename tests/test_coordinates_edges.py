"""Coordinates of families made by hand: which are chosen, and that cycles keep their multipliers in them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy
from families import family_of

from symphase.coordinates import CUBIC, QUADRATIC, Coordinates, coordinates

z, a, w, t = sympy.symbols("z a w t")


def found(expression: Any) -> Coordinates:
    return coordinates(family_of(expression))


def polynomial(row: tuple[Fraction, ...], symbol: sympy.Symbol) -> sympy.Expr:
    return sum((sympy.Rational(c) * symbol**k for k, c in enumerate(row)), sympy.Integer(0))


def as_map(form: Coordinates) -> sympy.Expr:
    """g(w, t), from the rows."""
    rows = sum((polynomial(row, t) * w**k for k, row in enumerate(form.rows)), sympy.Integer(0))
    return sympy.expand(w * rows**2 if form.squared else rows)


def multipliers(expression: sympy.Expr, symbol: sympy.Symbol) -> sympy.Expr:
    """The polynomial in m whose roots are the multipliers of the fixed points."""
    m = sympy.Symbol("m")
    answer = sympy.resultant(expression - symbol, m - expression.diff(symbol), symbol)
    return sympy.Poly(answer, m).monic().as_expr()


THIRD = (2 * a + 1) / 3
FIVE = z - THIRD
EXPRESSIONS = [
    z**2 / 2 + a / 3,
    THIRD + FIVE * (FIVE - a) ** 2,
    THIRD + FIVE * (FIVE**2 + a * FIVE + 2) ** 2,
    z * (z + a) ** 4,
    z * (z**2 + a / 2 + sympy.Rational(1, 3)) ** 2,
    4 * z * (z - a) ** 2,
    (1 + a) * z * (z - a) ** 2,
    THIRD + 2 * FIVE**3 + a**2 * FIVE,
    THIRD + 2 * FIVE**3 + 4 * (a - 2) ** 2 * FIVE + 3 * (a - 2),
    (a**2 + 1) * z**3 + z,
    THIRD + FIVE**3 / 2 + a**2 * FIVE,
    2 * z**3 + a / 5 * z**2 - z + a,
    z**2 + a,
    3 * z**2 + a * z + 2 * a**2 - 1,
    a * z * (1 - z),
    z**3 + (a - 2) * z**2 + (1 - 2 * a) * z,
    z * (z - a) ** 2,
    z * (z - a**2) ** 2,
    z**3 + a * z + 1,
    z**3 + a,
    z**3 + (a - 3) * z,
    -(z**3) + a * z,
    (a + 1) * z**3 - z,
    z**4 + a,
    z + (z - 1) * ((z**2 + a) ** 2 - 1),
    z * (z**2 + a) ** 2,
    z**3 + (a - 2) ** 2 * z + (a - 2),
    z**3 + (a - sympy.Rational(1, 2)) ** 2 * z + (a - sympy.Rational(1, 2)),
    2 * z**3 - 3 * z**2 + a * z,
    z**5 - 5 * z**4 + a * z + 1,
]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_fixed_points_keep_their_multipliers(expression: sympy.Expr) -> None:
    form = found(expression)
    moved = as_map(form).subs(t, polynomial(form.pullback, a))
    assert sympy.simplify(multipliers(sympy.expand(moved), w) - multipliers(sympy.expand(expression), z)) == 0
    assert form.degree == family_of(expression).degree
    assert len({len(row) for row in form.rows}) == 1
    assert any(row[-1] for row in form.rows)


@pytest.mark.parametrize(
    ("expression", "squared", "mirrored", "pullback"),
    [
        (z**2 + a, False, False, (0, 1)),
        (a * z * (1 - z), False, False, (0, Fraction(1, 2), Fraction(-1, 4))),
        (z**3 + (a - 2) * z**2 + (1 - 2 * a) * z, True, True, (1, 1)),
        (z * (z - a**2) ** 2, True, True, (0, 0, 1)),
        (z**3 + a * z + 1, False, False, (0, 1)),
        (z**3 + a, False, True, (0, 1)),
        (z**3 + (a - 2) ** 2 * z + (a - 2), False, True, (-2, 1)),
        (z**3 + (a - sympy.Rational(1, 2)) ** 2 * z + (a - sympy.Rational(1, 2)), False, False, (0, 1)),
        (z * (z**2 + a) ** 2, True, False, (0, 1)),
        (z**4 + a, False, False, (0, 1)),
        (z**2 / 2 + a / 3, False, False, (0, Fraction(1, 6))),
        (THIRD + FIVE * (FIVE - a) ** 2, True, True, (0, 1)),
        (THIRD + FIVE * (FIVE**2 + a * FIVE + 2) ** 2, True, True, (0, 1)),
        (z * (z + a) ** 4, True, True, (0, 1)),
        (z * (z**2 + a / 2 + sympy.Rational(1, 3)) ** 2, True, False, (0, 1)),
        (4 * z * (z - a) ** 2, False, True, (0, 1)),
        ((1 + a) * z * (z - a) ** 2, False, False, (0, 1)),
        (THIRD + 2 * FIVE**3 + a**2 * FIVE, False, True, (0, 1)),
        (THIRD + 2 * FIVE**3 + 4 * (a - 2) ** 2 * FIVE + 3 * (a - 2), False, True, (-2, 1)),
        (THIRD + FIVE**3 / 2 + a**2 * FIVE, False, True, (0, 1)),
        ((a**2 + 1) * z**3 + z, False, False, (0, 1)),
        ((a + 1) * z**3 - z, False, False, (0, 1)),
    ],
    ids=str,
)
def test_which_coordinates_are_chosen(
    expression: sympy.Expr, squared: bool, mirrored: bool, pullback: tuple[Any, ...]
) -> None:
    form = found(expression)
    assert (form.squared, form.mirrored, form.pullback) == (squared, mirrored, pullback)
    assert all(isinstance(c, Fraction) for row in (*form.rows, form.pullback) for c in row)


def test_the_two_normal_forms_are_recognised() -> None:
    assert [found(e).is_quadratic for e in (z**2 + a, z * (z - a) ** 2, z**3 + a)] == [True, False, False]
    assert [found(e).is_cubic for e in (z**2 + a, z * (z - a) ** 2, z**3 + a)] == [False, True, False]
    for squared in (True, False):
        form = Coordinates(rows=CUBIC, squared=squared, mirrored=False, pullback=(Fraction(0),))
        assert (form.is_cubic, form.is_quadratic) == (squared, False)
        form = Coordinates(rows=QUADRATIC, squared=squared, mirrored=False, pullback=(Fraction(0),))
        assert (form.is_cubic, form.is_quadratic) == (False, not squared)


def made(*rows: tuple[int | Fraction, ...], squared: bool = False, mirrored: bool = False) -> Coordinates:
    fractions = tuple(tuple(map(Fraction, row)) for row in rows)
    return Coordinates(rows=fractions, squared=squared, mirrored=mirrored, pullback=(Fraction(0), Fraction(1)))


def test_degree_and_leading_coefficient() -> None:
    assert [made((0, 1), (1, 0), squared=s).degree for s in (False, True)] == [1, 3]
    assert [made((0, 1), (1, 0), (2, 5), squared=s).degree for s in (False, True)] == [2, 5]
    assert list(map(int, made((0, 1), (1, 0)).leading)) == [1]
    assert list(map(int, made((0, 1), (2, 5)).leading)) == [2, 5]
    assert list(map(int, made((0, 1), (0, 0)).leading)) == [0]
    assert list(map(int, made((0, 1), (1, 0), (2, 5)).leading)) == [2, 5]


@pytest.mark.parametrize(
    ("top", "other", "integral"),
    [((1, 0), 2, True), ((-1, 0), 2, True), ((2, 0), 2, False), ((1, 1), 2, False), ((1, 0), Fraction(1, 2), False)],
)
def test_integer_coefficients(top: tuple[int, int], other: int | Fraction, integral: bool) -> None:
    assert made((0, other), top).integral is integral


def test_kinds_and_symmetries() -> None:
    odd = made((0, -1), (1, 0), squared=True, mirrored=True)  # h of degree 1: −t exchanges the kinds for odd periods
    even = made((1, 0), (0, 1), (1, 0), squared=True, mirrored=True)  # of degree 2: never
    plain = made((1, 0), (1, 0), squared=True)
    assert [odd.kinds(n) for n in (1, 2, 3)] == [(1,), (1, -1), (1,)]
    assert [even.kinds(n) for n in (1, 2)] == [(1, -1), (1, -1)]
    assert [plain.kinds(n) for n in (1, 2)] == [(1, -1), (1, -1)]
    assert [made((1, 0), (1, 0), mirrored=True).kinds(n) for n in (1, 2)] == [(0,), (0,)]
    assert [odd.is_even(n) for n in (1, 2, 3)] == [False, True, False]
    assert [even.is_even(n) for n in (1, 2)] == [True, True]
    assert [plain.is_even(n) for n in (1, 2)] == [False, False]
    assert [made((1, 0), (1, 0), mirrored=True).is_even(n) for n in (1, 2)] == [True, True]
