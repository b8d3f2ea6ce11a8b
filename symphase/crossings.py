"""Does the quantity that defines a boundary change sign there?  Plain mpmath on the map's SymPy expression.

Nothing here uses elimination, root isolation, balls or FLINT: the map's coefficients are evaluated at fifty digits,
fixed points and critical points come from ``polyroots``, cycles from a secant iteration, and the quantity (a multiplier
less ±1, a critical value less the point it must reach, the largest |f(z) − p|/|z − p| less 1) is compared on the two
sides of the claimed number, 10⁻¹² away.  The onset of chaos has no such quantity: there the itinerary of the critical
point is compared with the Feigenbaum word at both ends of the bracket.
"""

from __future__ import annotations

from typing import Any, Final

import mpmath

from symphase.boundaries import Boundaries, Boundary, BoundaryKind
from symphase.onset import Onset

__all__ = ["crosses"]

DISTANCE_DIGITS: Final = 12
_SYMBOLS: Final = 2000


def crosses(boundaries: Boundaries, boundary: Boundary, *, digits: int = 50) -> bool:
    """Say whether a boundary's defining quantity changes sign within 10⁻¹² of the number claimed.

    An onset of chaos has no such quantity: for it, whether both ends of the bracket lie on the sides that they should.

    Parameters
    ----------
    boundaries : Boundaries
        The story it belongs to.
    boundary : Boundary
    digits : int
        Working decimal digits of mpmath.

    Returns
    -------
    bool

    Certainty
    ---------
    Numerical: fifty digits against a difference of 10⁻¹², no proof.

    Examples
    --------
    >>> from symphase.phases import residual_boundaries
    >>> all(crosses(residual_boundaries(), boundary) for boundary in residual_boundaries())
    True
    """
    witness = _Witness(boundaries, digits)
    if isinstance(boundary.value, Onset):
        sides = [witness.side(end) for end in boundary.value.bracket]
        return sides == ([-1, 1] if boundaries.direction > 0 else [1, -1])
    step = witness.context.mpf(10) ** -DISTANCE_DIGITS
    try:
        number = witness.context.mpf(boundary.decimal(digits))
        sides = [number + sign * step for sign in (-1, 1)]
        if boundary.kind is BoundaryKind.STABILITY and witness.location is None:
            if witness.folds(*sides):
                return True
            low, high = (witness.excess(side) for side in sides)
            if max(abs(low), abs(high)) > witness.context.mpf(10) ** -8:  # two multipliers on their way to a fold
                return False
        else:
            low, high = (witness.quantity(boundary, side) for side in sides)
    except (ValueError, ArithmeticError, mpmath.libmp.NoConvergence):
        return False  # no root, or no cycle, where there should be one
    return bool(low * high < 0)


class _Witness:
    def __init__(self, boundaries: Boundaries, digits: int) -> None:
        from sympy import Poly

        self.context: Any = mpmath.MPContext()
        self.context.dps = digits
        family = boundaries.reduced_family
        self.terms = Poly(family.expression, family.variable, family.parameter).terms()
        self.degree = family.degree
        self.parameter = family.parameter
        # of a quotient by a symmetry only squares are looked at
        self.least = None if boundaries.family == family else self.context.mpf(0)
        self.location = next((p.location for p in boundaries.fixed_points if p.is_reference), None)

    def number(self, rational: Any) -> Any:
        """A SymPy rational or a Fraction as an mpf."""
        return self.context.mpf(int(rational.numerator)) / int(rational.denominator)

    def coefficients(self, a: Any) -> list[Any]:
        """Of f(·, a), highest power first."""
        row = [self.context.mpf(0)] * (self.degree + 1)
        for (power, order), value in self.terms:
            row[self.degree - power] += self.number(value) * a**order
        return row

    def real_zeros(self, coefficients: list[Any]) -> list[Any]:
        while coefficients and coefficients[0] == 0:
            coefficients = coefficients[1:]
        if len(coefficients) < 2:
            return []
        zeros = self.context.polyroots(coefficients, maxsteps=500, extraprec=300)
        return sorted(z.real for z in zeros if abs(z.imag) < self.context.mpf(10) ** (-self.context.dps // 3))

    def value(self, f: list[Any], z: Any) -> Any:
        return self.context.polyval(f, z)

    def slope(self, f: list[Any]) -> list[Any]:
        return [c * (len(f) - 1 - i) for i, c in enumerate(f[:-1])]

    def fixed(self, f: list[Any]) -> list[Any]:
        return self.real_zeros([*f[:-2], f[-2] - 1, f[-1]])

    def reference(self, f: list[Any], a: Any, multiplier: int) -> Any:
        """The fixed point of the story: by its formula, else the one whose multiplier is nearest to the claimed one."""
        if self.location is not None:
            from sympy import Poly, fraction

            parts = [Poly(part, self.parameter).all_coeffs() for part in fraction(self.location.together())]
            top, bottom = (self.context.polyval([self.number(c) for c in part], a) for part in parts)
            return top / bottom
        slope = self.slope(f)
        return min(self.fixed(f), key=lambda z: abs(self.value(slope, z) - multiplier))

    def excess(self, a: Any) -> Any:
        """What the multiplier nearest to 1 has beyond 1."""
        f = self.coefficients(a)
        return self.value(self.slope(f), self.reference(f, a, 1)) - 1

    def folds(self, low: Any, high: Any) -> bool:
        """Whether two fixed points are there on one side and not on the other."""
        return abs(len(self.fixed(self.coefficients(low))) - len(self.fixed(self.coefficients(high)))) == 2

    def quantity(self, boundary: Boundary, a: Any) -> Any:
        """What is zero at the boundary."""
        f = self.coefficients(a)
        slope = self.slope(f)
        if boundary.kind is BoundaryKind.STABILITY:
            return self.value(slope, self.reference(f, a, 1)) - 1
        if boundary.kind is BoundaryKind.FLIP and boundary.period == 1:
            return self.value(slope, self.reference(f, a, -1)) + 1
        if boundary.kind in (BoundaryKind.FLIP, BoundaryKind.TANGENCY):
            return self.cycle_quantity(boundary, f, slope)
        if boundary.kind is BoundaryKind.MONOTONE_END:
            return self.largest_ratio(f, self.reference(f, a, -1)) - 1
        critical = [c for c in self.real_zeros(slope) if self.least is None or c >= self.least]
        fixed = self.fixed(f)
        tiny = self.context.mpf(10) ** -8

        def bound(c: Any) -> bool:
            """A critical point that is fixed after one step, whatever the parameter."""
            image = self.value(f, c)
            return bool(abs(self.value(f, image) - image) < tiny**2)

        if boundary.kind is BoundaryKind.CRISIS:
            wall = next(c for c in critical if bound(c))
            free = next(c for c in critical if not bound(c))
            return self.value(f, free) - wall
        free = next(c for c in critical if not bound(c) or len(critical) == 1)
        image = self.value(f, free)
        for _ in range(2):  # escape: the critical value, or its image, is an end of the interval, of period 1 or 2
            for ends in (fixed, self.fixed(self.twice(f))):
                end = min(ends, key=lambda p: abs(p - image))
                if abs(image - end) < tiny:
                    return image - end
            image = self.value(f, image)
        raise ValueError("no fixed point and no 2-cycle near the critical orbit")

    def twice(self, f: list[Any]) -> list[Any]:
        """Coefficients of f(f(z)), by Horner's rule on polynomials."""
        total = [self.context.mpf(0)]
        for c in f:
            product = [self.context.mpf(0)] * (len(total) + len(f) - 1)
            for i, left in enumerate(total):
                for j, right in enumerate(f):
                    product[i + j] += left * right
            product[-1] += c
            total = product
        while len(total) > 2 and total[0] == 0:
            total = total[1:]
        return total

    def cycle_quantity(self, boundary: Boundary, f: list[Any], slope: list[Any]) -> Any:
        """Multiplier + 1 at a flip; the extreme of fⁿ(z) − z at a tangency."""
        if boundary.cycle is None or boundary.period is None:
            raise ValueError("no cycle to start from")
        n = boundary.period
        seed = self.number((boundary.cycle.points[0][0] + boundary.cycle.points[0][1]) / 2)

        def iterate(z: Any) -> tuple[Any, Any]:
            product = self.context.mpf(1)
            for _ in range(n):
                product *= self.value(slope, z)
                z = self.value(f, z)
            return z, product

        if boundary.kind is BoundaryKind.TANGENCY:
            place = self.context.findroot(lambda z: iterate(z)[1] - 1, (seed, seed + self.context.mpf(10) ** -10))
            return iterate(place)[0] - place
        point = self.context.findroot(lambda z: iterate(z)[0] - z, (seed, seed + self.context.mpf(10) ** -10))
        return iterate(point)[1] + 1

    def largest_ratio(self, f: list[Any], p: Any) -> Any:
        """The largest |f(z) − p|/|z − p| where z is extreme for it, between the outermost points that stay."""
        quotient, carry = [], self.context.mpf(0)
        for c in f[:-1]:  # synthetic division of f(z) − p by z − p
            carry = carry * p + c
            quotient.append(carry)
        fixed = self.fixed(f)
        outer = fixed[-1] if f[0] > 0 else fixed[0]
        ends = fixed if self.degree % 2 else [outer, *self.real_zeros([*f[:-1], f[-1] - outer])]
        inner = [z for z in self.real_zeros(self.slope(quotient)) if min(ends) < z < max(ends)]
        tiny = self.context.mpf(10) ** -8
        if self.least is not None:
            inner, ends = ([z for z in places if z > self.least] for places in (inner, ends))
        ends = [z for z in ends if all(abs(z - q) > tiny for q in fixed)]
        return max(abs(self.value(quotient, z)) for z in [*inner, *ends])

    def side(self, end: Any) -> int:
        """-1 or +1: the itinerary of the critical value lies below or above the Feigenbaum word; 0 undecided."""
        a = self.number(end)
        f = self.coefficients(a)
        slope = self.slope(f)
        moving = [c for c in self.real_zeros(slope) if abs(self.value(f, self.value(f, c)) - self.value(f, c)) > 1e-9]
        c = moving[0]
        peak = -1 if self.value(self.slope(slope), c) > 0 else 1
        word = [True]
        while len(word) < _SYMBOLS:  # R → RL, L → RR
            word = [symbol for right in word for symbol in (True, not right)]
        z, parity = self.value(f, c), 1
        for expected in word[:_SYMBOLS]:
            right = (z - c) * peak > 0
            if right != expected:
                return parity if right else -parity
            parity = -parity if right else parity
            z = self.value(f, z)
        return 0
