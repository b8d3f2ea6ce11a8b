"""Coordinates in which the cycles of a family are cheapest to count: monic, small integers, symmetries used.

Multipliers do not depend on the variable's coordinate, so any affine change of it will do; a change of parameter is
undone afterwards (``pullback``).  The residual map z³ + (a−2)z² + (1−2a)z becomes w ← w·(w − t)² with w = z + a and
t = a + 1, and (w, t) → (−w, −t) leaves it as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import flint

from symphase.maps import PolynomialFamily, exact_terms

__all__ = ["CUBIC", "QUADRATIC", "Coordinates", "coordinates"]

Rows = tuple[tuple[Fraction, ...], ...]
_ZERO, _ONE = Fraction(0), Fraction(1)
QUADRATIC: Final[Rows] = ((_ZERO, _ONE), (_ZERO, _ZERO), (_ONE, _ZERO))
"""w² + t."""
CUBIC: Final[Rows] = ((_ZERO, -_ONE), (_ONE, _ZERO))
"""h = w − t, for w·(w − t)²."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinates:
    """Coordinates in which the values are taken: small integers, monic, symmetries used.

    Attributes
    ----------
    rows : tuple of tuple of Fraction
        ``rows[k][j]`` is the coefficient of w**k * t**j of the map g(w, t); with ``squared`` those of h, where
        g = w·h(w)².
    squared : bool
        Then cycles come in two kinds, Π h = +1 and Π h = −1 along the cycle, with a polynomial for each.
    mirrored : bool
        g(w, −t) is conjugate to g(w, t): δ depends on t² alone, or −t exchanges the two kinds (h odd, odd periods).
    pullback : tuple of Fraction
        t as a polynomial in the family's parameter, lowest power first.
    """

    rows: Rows
    squared: bool
    mirrored: bool
    pullback: tuple[Fraction, ...]

    @property
    def is_quadratic(self) -> bool:
        """Whether the map is w² + t."""
        return not self.squared and self.rows == QUADRATIC

    @property
    def is_cubic(self) -> bool:
        """Whether the map is w·(w − t)²."""
        return self.squared and self.rows == CUBIC

    @property
    def degree(self) -> int:
        """Degree of the map g in w."""
        return 2 * (len(self.rows) - 1) + 1 if self.squared else len(self.rows) - 1

    @property
    def leading(self) -> tuple[Fraction, ...]:
        """Leading coefficient of h or g as a polynomial in t."""
        return _trimmed(self.rows[-1])

    @property
    def integral(self) -> bool:
        """Whether δ has integer coefficients once the multiplier's denominator is cleared."""
        return self.leading in ((Fraction(1),), (Fraction(-1),)) and all(
            v.denominator == 1 for r in self.rows for v in r
        )

    def is_even(self, period: int) -> bool:
        """Whether δ is a polynomial in t²."""
        return self.mirrored and not self._exchanges(period)

    def kinds(self, period: int) -> tuple[int, ...]:
        """The kinds of cycles whose polynomials are computed (the mirror image of another one is not)."""
        if not self.squared:
            return (0,)
        return (1,) if self._exchanges(period) else (1, -1)

    def _exchanges(self, period: int) -> bool:
        """Whether −t exchanges the two kinds: h(−w, −t) = −h(w, t), and an odd number of them along the cycle."""
        return self.squared and self.mirrored and len(self.rows) % 2 == 0 and period % 2 == 1


def _trimmed(row: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    end = max((j for j, v in enumerate(row) if v), default=0)
    return row[: end + 1]


def _fmpq_poly(row: tuple[Fraction, ...]) -> flint.fmpq_poly:
    return flint.fmpq_poly([flint.fmpq(v.numerator, v.denominator) for v in row])


def _fractions(polynomial: flint.fmpq_poly) -> tuple[Fraction, ...]:
    return tuple(Fraction(int(c.p), int(c.q)) for c in polynomial.coeffs()) or (Fraction(0),)


@lru_cache(maxsize=64)
def coordinates(family: PolynomialFamily) -> Coordinates:
    """Choose the coordinates in which a family's cycles are cheapest to count.

    Quadratic families become w² + t.  A fixed point p(a) with f(p + w) = p + w·h(w)² splits the cycles into two kinds.
    A conjugacy between parameters β + t and β − t halves the number of values.

    Examples
    --------
    >>> import sympy
    >>> z, a = sympy.symbols("z a")
    >>> residual = PolynomialFamily(z**3 + (a - 2) * z**2 + (1 - 2 * a) * z, variable=z, parameter=a)
    >>> found = coordinates(residual)  # w = z + a, t = a + 1: w ← w·(w − t)²
    >>> found.squared, found.mirrored, [[str(v) for v in row] for row in found.rows]
    (True, True, [['0', '-1'], ['1', '0']])
    """
    if family.degree == 2:
        constant, linear, top = (_fmpq_poly(row) for row in family.rows)
        control = _fractions(top * constant + linear / 2 - linear * linear / 4)
        return Coordinates(rows=QUADRATIC, squared=False, mirrored=False, pullback=control)
    split = _as_square(family)
    rows, squared = (split, True) if split is not None else (family.rows, False)
    if split is not None and family.degree == 3:
        pullback = tuple(-v for v in _trimmed(split[0]))
        return Coordinates(rows=CUBIC, squared=True, mirrored=True, pullback=pullback)
    centre = _mirror(family)
    if centre is not None and centre.denominator == 1:
        rows = tuple(_fractions(_fmpq_poly(row)(flint.fmpq_poly([int(centre), 1]))) for row in rows)
        return Coordinates(rows=_squared_up(rows), squared=squared, mirrored=True, pullback=(-centre, Fraction(1)))
    return Coordinates(rows=_squared_up(rows), squared=squared, mirrored=False, pullback=(Fraction(0), Fraction(1)))


def _squared_up(rows: Rows) -> Rows:
    width = max(len(row) for row in rows)
    return tuple(tuple(row) + (Fraction(0),) * (width - len(row)) for row in rows)


def _as_square(family: PolynomialFamily) -> Rows | None:
    """The rows of h in f(p + w) = p + w·h(w)², for a fixed point p that is a polynomial in a; None if there is none."""
    if len(_trimmed(family.rows[-1])) > 1 or family.rows[-1][0] != 1 or family.degree % 2 == 0:
        return None
    ring = family.polynomial.context()
    w, a = ring.gens()
    for factor in family.fixed_point_factors:
        terms = exact_terms(factor)
        tops = {order: v for (power, order), v in terms.items() if power == 1}
        if factor.degrees()[0] != 1 or set(tops) != {0}:
            continue
        place = w - factor / flint.fmpq(tops[0].numerator, tops[0].denominator)
        quotient, _ = divmod(family.polynomial.compose(w + place, a) - place, w)
        root = ring.from_dict({(0, 0): 1})
        for part, order in quotient.factor()[1]:
            root = root * part ** (order // 2)
        half = (family.degree - 1) // 2
        scale = root.to_dict().get((half, 0), flint.fmpq(0))
        if scale and (root * root - scale * scale * quotient).is_zero():
            degree, width = root.degrees()
            rows = [[Fraction(0)] * (width + 1) for _ in range(degree + 1)]
            for (power, order), v in exact_terms(root / scale).items():
                rows[power][order] = v
            return tuple(tuple(row) for row in rows)
    return None


def _mirror(family: PolynomialFamily) -> Fraction | None:
    """β such that the maps at β + t and β − t are conjugate by w → −w about the centre of the roots."""
    top = family.rows[-1]
    if len(_trimmed(top)) != 1 or family.degree % 2 == 0:
        return None  # an even map turned over has the opposite leading coefficient
    ring = family.polynomial.context()
    w, a = ring.gens()
    shift: Any = {(0, j): flint.fmpq(v.numerator, v.denominator) for j, v in enumerate(family.rows[-2]) if v}
    scale = -top[0] * family.degree
    middle = ring.from_dict(shift) / flint.fmpq(scale.numerator, scale.denominator)
    centred = family.polynomial.compose(w + middle, a) - middle
    rows: dict[int, dict[int, Fraction]] = {}
    for (power, order), value in exact_terms(centred).items():
        rows.setdefault(power, {})[order] = value
    for row in rows.values():
        height = max(row)
        if height == 0:
            continue
        beta = -row.get(height - 1, Fraction(0)) / (height * row[height])
        moved = centred.compose(w, a + flint.fmpq(beta.numerator, beta.denominator))
        even = all((order % 2 == 0) == (power % 2 == 1) for power, order in exact_terms(moved))
        return beta if even else None
    return None
