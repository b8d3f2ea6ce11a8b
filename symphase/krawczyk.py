"""Newton and Krawczyk for a cycle's points and its parameter together, at a cost linear in the period.

The unknowns are all points z₀ … z_{n−1} and, where a multiplier μ is asked for, the parameter a:

    f(z_i, a) − z_{i+1} = 0  (indices modulo n),        Π f'(z_i, a) − μ = 0.

The Jacobian is cyclic-bidiagonal with one bordering row and column, so that J δ = r is solved along the orbit: with
s_i = f'(z_i) and c_i = ∂f/∂a at z_i,

    δ_{i+1} = s_i δ_i + c_i δ_a − r_i,     δ_i = P_i δ₀ + Q_i δ_a − R_i,

and two equations for (δ₀, δ_a) remain: δ_n = δ₀ and the bordering row.  In balls the same sweep encloses J⁻¹ r for the
exact J(m), which serves as preconditioner of Krawczyk's operator on the box X = m + d,

    K(X) = m − J(m)⁻¹ (F(m) + (J(X) − J(m)) d).

K(X) inside the interior of X proves exactly one zero of F in X, and that J is regular there (Krawczyk,
"Newton-Algorithmen zur Bestimmung von Nullstellen mit Fehlerschranken", Computing 4 (1969) 187-201; Neumaier, "Interval
Methods for Systems of Equations", 1990, theorem 5.1.8).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import flint

from symphase.enclosures import ball, working_precision
from symphase.maps import PolynomialFamily

__all__ = ["Conditions", "disjoint", "krawczyk", "nondegeneracy", "refine", "stretch"]

_FIRST_STEPS: Final = 16  # Newton steps allowed from an approximate orbit, at the lowest precision
_RADIUS_SHARE: Final = 0.6  # of the bits asked for are spent on the box, the rest is left for rounding
_MAX_STRETCH: Final = 100_000


class _Map:
    """f at one parameter (a ball), with the derivatives that are asked of it, as FLINT polynomials in z."""

    def __init__(self, family: PolynomialFamily, a: Any, *, bordered: bool) -> None:
        self.f = flint.arb_poly(list(family.at(a, ball)))
        self.f1 = self.f.derivative()
        self.f2 = self.f1.derivative()
        if bordered:
            slopes = []
            for row in family.rows:
                slope = flint.arb(0)
                for j in range(len(row) - 1, 0, -1):
                    slope = slope * a + ball(j * row[j])
                slopes.append(slope)
            self.by_parameter = flint.arb_poly(slopes)
            self.mixed = self.by_parameter.derivative()


@dataclass(frozen=True, slots=True)
class _Linear:
    """The Jacobian of the system in balls: slopes, and where there is a parameter column, row and corner."""

    slopes: list[Any]
    column: list[Any]
    row: list[Any]
    corner: Any

    def times(self, other: _Linear, radius: Any) -> tuple[list[Any], Any]:
        """(J(X) − J(m)) d for |d_i| ≤ radius, with ``other`` = J(m)."""
        wide = radius * flint.arb(0, 1)
        products = [(a - b) * wide for a, b in zip(self.slopes, other.slopes, strict=True)]
        if not self.column:
            return products, None
        products = [p + (a - b) * wide for p, a, b in zip(products, self.column, other.column, strict=True)]
        border = (self.corner - other.corner) * wide
        for a, b in zip(self.row, other.row, strict=True):
            border += (a - b) * wide
        return products, border

    def solve(self, right: Sequence[Any], border: Any) -> list[Any] | None:
        """Enclose J⁻¹ (right, border); None where the balls do not show that J is regular."""
        p, q, r = flint.arb(1), flint.arb(0), flint.arb(0)
        forward = []
        if not self.column:
            for slope, value in zip(self.slopes, right, strict=True):
                forward.append((p, r))
                p, r = slope * p, slope * r + value
            if (p - 1).contains(0):
                return None
            first = r / (p - 1)
            return [p * first - r for p, r in forward]
        by_first, by_parameter, rest = flint.arb(0), self.corner, border
        sweep = []
        for slope, column, row, value in zip(self.slopes, self.column, self.row, right, strict=True):
            sweep.append((p, q, r))
            by_first += row * p
            by_parameter += row * q
            rest += row * r
            p, q, r = slope * p, slope * q + column, slope * r + value
        determinant = (p - 1) * by_parameter - q * by_first
        if determinant.contains(0):
            return None
        first = (r * by_parameter - q * rest) / determinant
        last = ((p - 1) * rest - by_first * r) / determinant
        return [*(p * first + q * last - r for p, q, r in sweep), last]


def _linearise(step: _Map, points: Sequence[Any], *, bordered: bool) -> tuple[_Linear, Any]:
    """The Jacobian at the points, and the multiplier."""
    slopes = [step.f1(z) for z in points]
    if not bordered:
        return _Linear(slopes, [], [], None), None
    before = [flint.arb(1)]
    for slope in slopes:
        before.append(before[-1] * slope)
    after, corner = flint.arb(1), flint.arb(0)
    row = []
    for i in range(len(points) - 1, -1, -1):  # products of all slopes but the i-th, without dividing
        others = before[i] * after
        row.append(others * step.f2(points[i]))
        corner += others * step.mixed(points[i])
        after = after * slopes[i]
    return _Linear(slopes, [step.by_parameter(z) for z in points], row[::-1], corner), before[-1]


def _residual(step: _Map, points: Sequence[Any]) -> list[Any]:
    return [step.f(z) - points[(i + 1) % len(points)] for i, z in enumerate(points)]


def stretch(family: PolynomialFamily, parameter: float | Fraction, orbit: Sequence[float | Fraction]) -> int:
    """Bits that an error can grow by along the orbit: log₂ of the largest product of consecutive slopes.

    Certainty
    ---------
    Numerical: it only chooses a working precision; the most there is where floats overflow.
    """
    slopes = [0.0] * family.degree
    try:
        a, points = float(parameter), [float(z) for z in orbit]
        for power, row in enumerate(family.rows[1:]):
            for coefficient in reversed(row):
                slopes[power] = slopes[power] * a + (power + 1) * float(coefficient)
    except OverflowError:
        return _MAX_STRETCH
    total, lowest, most = 0.0, 0.0, 0.0
    for z in [*points, *points]:
        size = 0.0
        for slope in reversed(slopes):
            size = size * z + slope
        if not math.isfinite(size):
            return _MAX_STRETCH
        total += math.log2(max(abs(size), 2.0**-200))
        lowest = min(lowest, total)
        most = max(most, total - lowest)
    return min(math.ceil(most), _MAX_STRETCH)


def _newton(
    family: PolynomialFamily, values: list[Any], a: Any, multiplier: Fraction | None
) -> tuple[list[Any], Any] | None:
    """One Newton step on midpoints at the current precision: new midpoints and the size of the change."""
    bordered = multiplier is not None
    points = values[:-1] if bordered else values
    step = _Map(family, values[-1] if bordered else a, bordered=bordered)
    linear, product = _linearise(step, points, bordered=bordered)
    change = linear.solve(_residual(step, points), product - ball(multiplier) if multiplier is not None else None)
    if change is None:
        return None
    size = flint.arb(0)
    for d in change:
        size = size.max(d.mid().abs_upper())
    moved = [(v - d).mid() for v, d in zip(values, change, strict=True)]
    return (moved, size) if size.is_finite() else None


def refine(
    family: PolynomialFamily,
    values: Sequence[float | Fraction],
    parameter: Fraction | None,
    multiplier: Fraction | None,
    *,
    bits: int,
    guard: int,
) -> list[Any] | None:
    """Newton from approximate values to about ``bits`` bits, the precision doubling from step to step.

    Parameters
    ----------
    family : PolynomialFamily
    values : sequence of float or Fraction
        The points; with a multiplier, the parameter behind them.
    parameter : Fraction or None
        The exact parameter; None when a multiplier is given instead.
    multiplier : Fraction or None
    bits, guard : int
        Bits wanted, and bits that may be lost to the orbit's stretching.

    Returns
    -------
    list of arb or None
        Exact midpoints; None where Newton fails.

    Certainty
    ---------
    Numerical.
    """
    levels = [bits]
    while levels[-1] > 96:
        levels.append(levels[-1] // 2 + 8)
    current: list[Any] | None = None
    for number, level in enumerate(reversed(levels)):
        with working_precision(level + guard):
            if current is None:
                current = [ball(v) if isinstance(v, Fraction) else flint.arb(v) for v in values]
                current = [v.mid() for v in current]
            a = ball(parameter) if parameter is not None else None
            enough = flint.arb(2) ** -(level // 2 + 8)  # the next step, quadratic, then has the bits of this level
            for _ in range(_FIRST_STEPS if not number else 3):
                taken = _newton(family, current, a, multiplier)
                if taken is None:
                    return None
                current, size = taken
                if size < enough:
                    break
    return current


def krawczyk(
    family: PolynomialFamily, values: Sequence[Any], parameter: Fraction | None, multiplier: Fraction | None, bits: int
) -> list[Any] | None:
    """Return the contracted box if Krawczyk's operator proves exactly one solution in a box around the values.

    Parameters
    ----------
    family : PolynomialFamily
    values : sequence of arb
        Exact midpoints, from :func:`refine`.
    parameter, multiplier : Fraction or None
        As in :func:`refine`.
    bits : int
        The box has a radius of about 2^(-0.6·bits); the working precision is the caller's.

    Returns
    -------
    list of arb or None
        Balls around the points (and the parameter), or None where nothing is proved.

    Certainty
    ---------
    Certified.
    """
    bordered = multiplier is not None
    a = ball(parameter) if parameter is not None else None
    step = _Map(family, values[-1] if bordered else a, bordered=bordered)
    points = list(values[:-1] if bordered else values)
    middle, product = _linearise(step, points, bordered=bordered)
    residual = _residual(step, points)
    border = product - ball(multiplier) if multiplier is not None else None
    correction = middle.solve(residual, border)
    if correction is None:
        return None
    reach = flint.arb(2) ** -int(bits * _RADIUS_SHARE)  # as balls: floats would underflow beyond a thousand bits
    for d in correction:
        reach = reach.max(4 * d.abs_upper())
    radius = reach.abs_upper()
    if not radius < 0.5:
        return None
    box = [m + radius * flint.arb(0, 1) for m in values]
    wide = _Map(family, box[-1] if bordered else a, bordered=bordered)
    spread, _ = _linearise(wide, box[:-1] if bordered else box, bordered=bordered)
    products, last = spread.times(middle, radius)
    shift = middle.solve([r + p for r, p in zip(residual, products, strict=True)], border + last if bordered else None)
    if shift is None:
        return None
    image = [m - s for m, s in zip(values, shift, strict=True)]
    return image if all(b.contains_interior(k) for b, k in zip(box, image, strict=True)) else None


def disjoint(points: Sequence[Any]) -> bool:
    """Whether balls are proved pairwise disjoint: in order, each ends before the next one begins.

    Examples
    --------
    >>> disjoint([flint.arb(3, 0.5), flint.arb(1, 0.5), flint.arb(2, 0.25)])
    True
    >>> disjoint([flint.arb(3, 0.5), flint.arb(2, 0.5)])
    False
    """
    # "certainly smaller" orders balls that are disjoint; where it holds of neighbours, it holds of all
    return all(left < right for left, right in itertools.pairwise(sorted(points)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What makes a bifurcation of fⁿ non-degenerate, as balls; None where a quantity does not apply.

    Attributes
    ----------
    transversality : arb or None
        dμ/da along the branch of cycles, for a multiplier other than 1.
    flip_coefficient : arb or None
        −2(fⁿ)''' − 3((fⁿ)'')² at the first point, for multiplier −1.
    second_derivative, parameter_derivative : arb or None
        (fⁿ)'' and ∂(fⁿ)/∂a at the first point, for multiplier 1.
    """

    transversality: Any = None
    flip_coefficient: Any = None
    second_derivative: Any = None
    parameter_derivative: Any = None


def nondegeneracy(family: PolynomialFamily, points: Sequence[Any], a: Any, multiplier: Fraction) -> Conditions:
    """Enclose the non-degeneracy conditions of a bifurcation by jets carried along the orbit.

    With g = fⁿ and (g', g'', g''') carried from point to point by the chain rule, nothing is expanded and nothing is
    divided by a slope, which may vanish.  The branch z_i(a) satisfies dz_{i+1}/da = s_i dz_i/da + c_i.

    References
    ----------
    Guckenheimer and Holmes, "Nonlinear Oscillations, Dynamical Systems, and Bifurcations of Vector Fields", 1983,
    theorem 3.5.1 (flip: g' = −1, the sign of g''²/2 + g'''/3, that is minus the coefficient used here) and section 3.5
    (fold: g' = 1, g'' ≠ 0, ∂g/∂a ≠ 0).

    Certainty
    ---------
    Certified, if exactly one bifurcation with this multiplier is known to lie in the balls.
    """
    step = _Map(family, a, bordered=True)
    linear, _ = _linearise(step, points, bordered=True)
    f3 = step.f2.derivative()
    p, second, third, q = flint.arb(1), flint.arb(0), flint.arb(0), flint.arb(0)
    by_first, by_parameter = flint.arb(0), linear.corner
    # products, not powers: python-flint's [−r, r] ** 2 is not a number
    for z, s, c, g in zip(points, linear.slopes, linear.column, linear.row, strict=True):
        by_first += g * p
        by_parameter += g * q
        bend = step.f2(z)
        third = f3(z) * p * p * p + 3 * bend * p * second + s * third
        second = bend * p * p + s * second
        p, q = s * p, s * q + c
    if multiplier == 1:
        return Conditions(second_derivative=second, parameter_derivative=q)
    transversality = by_parameter + by_first * q / ball(1 - multiplier)
    flip = -2 * third - 3 * second * second if multiplier == -1 else None
    return Conditions(transversality=transversality, flip_coefficient=flip)
