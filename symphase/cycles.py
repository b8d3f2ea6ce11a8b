"""Certified cycles: proofs that there is one and only one cycle, or one (cycle, parameter), in a box.

The unknowns are all points of the cycle together, never one point of the n-th iterate: errors then do not grow along
the orbit.  With m the middle of a box X, Y an approximate inverse of the Jacobian at m, and

    K(X) = m − Y F(m) + (I − Y F'(X)) (X − m),

K(X) inside the interior of X proves exactly one zero of F in X (Krawczyk, "Newton-Algorithmen zur Bestimmung von
Nullstellen mit Fehlerschranken", Computing 4 (1969) 187-201; Neumaier, "Interval Methods for Systems of Equations",
1990, theorem 5.1.8).  Pairwise disjoint point boxes prove that the period is minimal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import flint
import numpy as np

from symphase.enclosures import Verdict, ball, ball_bounds, working_precision
from symphase.maps import PolynomialFamily, exact_terms

__all__ = [
    "CertifiedBifurcation",
    "CertifiedCycle",
    "certified_flips",
    "certify_bifurcation",
    "certify_cycle",
    "find_attracting_cycle",
    "follow_multiplier",
]

CASCADE_PERIODS: Final = (2, 4, 8, 16, 32, 64)

Bounds = tuple[Fraction, Fraction]
_MAX_PROOFS: Final = 6
_RADIUS_SHARE = 0.6  # of the working precision is spent on the box, the rest is left for rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedCycle:
    """A proof that exactly one cycle of the stated period lies in a box, at one exact parameter.

    Attributes
    ----------
    parameter : Fraction
        The parameter, exactly.
    period : int
        Minimal period (the point boxes are pairwise disjoint).
    points : tuple of (Fraction, Fraction)
        Rational bounds of each point, in the order of the orbit.
    multiplier : (Fraction, Fraction)
        Rational bounds of (fⁿ)' along the cycle.
    bits : int
        Arb precision of the proof.
    """

    parameter: Fraction
    period: int
    points: tuple[Bounds, ...]
    multiplier: Bounds
    bits: int

    @property
    def is_attracting(self) -> Verdict:
        """Whether |multiplier| < 1, with proof."""
        lower, upper = self.multiplier
        if lower > -1 and upper < 1:
            return Verdict.PROVED
        return Verdict.REFUTED if lower > 1 or upper < -1 else Verdict.UNDECIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedBifurcation:
    """A proof that exactly one (cycle, parameter) with a given multiplier lies in a box.

    Attributes
    ----------
    parameter : (Fraction, Fraction)
        Rational bounds of the parameter.
    period : int
        Minimal period.
    multiplier : Fraction
        The multiplier, exactly: -1 at a flip, +1 at a tangency, 0 where the cycle is superstable.
    points : tuple of (Fraction, Fraction)
        Rational bounds of the cycle's points.
    bits : int
        Arb precision of the proof.
    """

    parameter: Bounds
    period: int
    multiplier: Fraction
    points: tuple[Bounds, ...]
    bits: int


def _derived(coefficients: Sequence[Any]) -> list[Any]:
    return [k * c for k, c in enumerate(coefficients)][1:]


def _horner(coefficients: Sequence[Any], z: Any) -> Any:
    total = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = total * z + coefficient
    return total


def _parameter_slopes(family: PolynomialFamily, a: Any) -> list[Any]:
    """Coefficients of ∂f/∂a at the parameter ball a, lowest power of z first."""
    slopes = []
    for row in family.rows:
        powers = [ball(j * value) for j, value in enumerate(row)][1:] or [ball(0)]
        slopes.append(_horner(powers, a))
    return slopes


def _system(
    family: PolynomialFamily, points: Sequence[Any], a: Any, multiplier: Fraction | None
) -> tuple[list[Any], list[list[Any]]]:
    """F and its Jacobian for (points) or, with a multiplier, for (points, parameter)."""
    n = len(points)
    f = family.at(a, ball)
    f1 = _derived(f)
    size = n if multiplier is None else n + 1
    jacobian = [[flint.arb(0)] * size for _ in range(size)]
    residual = []
    slopes = [_horner(f1, z) for z in points]
    for i, z in enumerate(points):
        residual.append(_horner(f, z) - points[(i + 1) % n])
        jacobian[i][i] = jacobian[i][i] + slopes[i]
        jacobian[i][(i + 1) % n] = jacobian[i][(i + 1) % n] - 1
    if multiplier is not None:
        f2 = _derived(f1) or [flint.arb(0)]
        by_parameter = _parameter_slopes(family, a)
        mixed = _derived(by_parameter) or [flint.arb(0)]
        before = [flint.arb(1)]
        for slope in slopes:
            before.append(before[-1] * slope)
        after = flint.arb(1)
        column = flint.arb(0)
        for i in range(n - 1, -1, -1):  # products of all slopes but the i-th, without dividing
            others = before[i] * after
            jacobian[n][i] = others * _horner(f2, points[i])
            column += others * _horner(mixed, points[i])
            jacobian[i][n] = _horner(by_parameter, points[i])
            after = after * slopes[i]
        jacobian[n][n] = column
        residual.append(before[-1] - ball(multiplier))
    return residual, jacobian


def _newton_middle(
    family: PolynomialFamily, values: list[Any], a: Any, multiplier: Fraction | None, steps: int
) -> list[Any] | None:
    """Plain Newton on midpoints at the current precision; returns midpoints or None."""
    n = len(values) - (multiplier is not None)
    for _ in range(steps):
        residual, jacobian = _system(family, values[:n], values[n] if multiplier is not None else a, multiplier)
        try:
            change = flint.arb_mat(jacobian).mid().solve(flint.arb_mat([[r.mid()] for r in residual]))
        except ZeroDivisionError:
            return None
        values = [(v - change[i, 0]).mid() for i, v in enumerate(values)]
        if not all(v.is_finite() for v in values):
            return None
    return values


def _krawczyk(
    family: PolynomialFamily, values: list[Any], a: Any, multiplier: Fraction | None, bits: int
) -> list[Any] | None:
    """Return the contracted box if Krawczyk's operator proves exactly one solution in it."""
    size = len(values)
    n = size - (multiplier is not None)

    def split(box: list[Any]) -> tuple[list[Any], Any]:
        return box[:n], (box[n] if multiplier is not None else a)

    middle = [v.mid() for v in values]
    residual, jacobian = _system(family, *split(middle), multiplier)
    try:
        inverse = flint.arb_mat(jacobian).mid().inv().mid()
    except ZeroDivisionError:
        return None
    correction = inverse * flint.arb_mat([[r] for r in residual])
    reach = flint.arb(2) ** -int(bits * _RADIUS_SHARE)  # as balls: floats would underflow beyond a thousand bits
    for i in range(size):
        reach = reach.max(4 * correction[i, 0].abs_upper())
    for radius in (reach, 64 * reach):
        if not radius < 0.5:
            return None
        box = [m + radius * flint.arb(0, 1) for m in middle]
        _, spread = _system(family, *split(box), multiplier)
        defect = flint.arb_mat(size, size, [int(i == j) for i in range(size) for j in range(size)])
        defect = defect - inverse * flint.arb_mat(spread)
        shift = defect * flint.arb_mat([[b - m] for b, m in zip(box, middle, strict=True)])
        image = [middle[i] - correction[i, 0] + shift[i, 0] for i in range(size)]
        if all(b.contains_interior(k) for b, k in zip(box, image, strict=True)):
            return image
    return None


def _disjoint(points: Sequence[Any]) -> bool:
    return not any(points[i].overlaps(points[j]) for i in range(len(points)) for j in range(i))


def certify_cycle(
    family: PolynomialFamily, parameter: Fraction, orbit: Sequence[float], *, max_bits: int = 1024
) -> CertifiedCycle | None:
    """Prove that a cycle of period ``len(orbit)`` lies near a given approximate orbit, at an exact parameter.

    Parameters
    ----------
    family : PolynomialFamily
    parameter : Fraction
        Exact; every float is one.
    orbit : sequence of float
        Approximate points in order.
    max_bits : int
        Budget: the precision is doubled from 64 bits up to this.

    Returns
    -------
    CertifiedCycle or None
        None when no proof was found near these points.

    Certainty
    ---------
    Certified: Krawczyk on all points together, disjoint boxes, multiplier as a ball.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> cycle = certify_cycle(logistic, Fraction(16, 5), [0.513, 0.799])
    >>> cycle.period, str(cycle.is_attracting)
    (2, 'proved')
    """
    bits = 64
    while bits <= max_bits:
        with working_precision(bits):
            a = ball(parameter)
            values = _newton_middle(family, [flint.arb(z) for z in orbit], a, None, 4 + bits.bit_length())
            box = _krawczyk(family, values, a, None, bits) if values else None
            if box is not None and _disjoint(box):
                f1 = _derived(family.at(a, ball))
                multiplier = flint.arb(1)
                for z in box:
                    multiplier = multiplier * _horner(f1, z)
                bounds = ball_bounds(multiplier)
                if bounds[1] - bounds[0] < Fraction(1, 1000) and not (bounds[0] <= 1 <= bounds[1]):
                    return CertifiedCycle(
                        parameter=parameter,
                        period=len(orbit),
                        points=tuple(ball_bounds(z) for z in box),
                        multiplier=bounds,
                        bits=bits,
                    )
        bits *= 2
    return None


def certify_bifurcation(
    family: PolynomialFamily,
    parameter: float | Fraction,
    orbit: Sequence[float],
    multiplier: int | Fraction,
    *,
    bits: int = 128,
) -> CertifiedBifurcation | None:
    """Prove that one cycle near ``orbit`` has exactly the given multiplier at one parameter near ``parameter``.

    Parameters
    ----------
    family : PolynomialFamily
    parameter : float or Fraction
        Approximate.
    orbit : sequence of float
        Approximate points in order; their number is the period.
    multiplier : int or Fraction
        -1 for a flip, +1 for a tangency, 0 for a superstable cycle.
    bits : int
        Arb precision; the parameter box is about 2^(-0.6·bits) wide.

    Returns
    -------
    CertifiedBifurcation or None
        None when no proof was found.  At a degenerate bifurcation (two branches crossing) there is none to find.

    Certainty
    ---------
    Certified: Krawczyk on (points, parameter) together; the regular Jacobian is part of the proof, so that the
    multiplier crosses its value transversally (flip) or the fold is a simple one (tangency).
    """
    target = Fraction(multiplier)
    with working_precision(bits):
        start = [flint.arb(z) for z in orbit]
        start.append(ball(parameter) if isinstance(parameter, Fraction) else flint.arb(parameter))
        values = _newton_middle(family, start, None, target, 5 + bits.bit_length())
        box = _krawczyk(family, values, None, target, bits) if values else None
        if box is None or not _disjoint(box[:-1]):
            return None
        return CertifiedBifurcation(
            parameter=ball_bounds(box[-1]),
            period=len(orbit),
            multiplier=target,
            points=tuple(ball_bounds(z) for z in box[:-1]),
            bits=bits,
        )


def follow_multiplier(
    family: PolynomialFamily, parameter: float, orbit: Sequence[float], start: float, stop: float, *, steps: int = 8
) -> tuple[float, list[float]] | None:
    """Follow a cycle in floats while its multiplier goes from ``start`` to ``stop``; returns (parameter, orbit).

    Certainty
    ---------
    Numerical: a seed for :func:`certify_bifurcation`, nothing else.
    """
    values = np.array([*orbit, parameter], dtype=float)
    n = len(orbit)
    rows = [[float(c) for c in row] for row in family.rows]
    for target in np.linspace(start, stop, steps + 1):
        for _ in range(12):
            a = values[n]
            f = np.array([_horner(row, a) for row in rows])
            fa = np.array([_horner([j * c for j, c in enumerate(row)][1:] or [0.0], a) for row in rows])
            order = np.arange(len(f))
            f1, fa1 = (f * order)[1:], (fa * order)[1:]
            f2 = (f1 * order[:-1])[1:]
            z = values[:n]
            slopes = np.polynomial.polynomial.polyval(z, f1)
            residual = np.empty(n + 1)
            jacobian = np.zeros((n + 1, n + 1))
            residual[:n] = np.polynomial.polynomial.polyval(z, f) - np.roll(z, -1)
            index = np.arange(n)
            jacobian[index, index] += slopes
            jacobian[index, (index + 1) % n] -= 1.0
            jacobian[:n, n] = np.polynomial.polynomial.polyval(z, fa)
            others = np.array([np.prod(np.delete(slopes, i)) for i in range(n)])
            jacobian[n, :n] = others * np.polynomial.polynomial.polyval(z, f2)
            jacobian[n, n] = others @ np.polynomial.polynomial.polyval(z, fa1)
            residual[n] = np.prod(slopes) - target
            if not np.all(np.isfinite(jacobian)) or not np.all(np.isfinite(residual)):
                return None
            try:
                change = np.linalg.solve(jacobian, residual)
            except np.linalg.LinAlgError:
                return None
            values = values - change
            if np.max(np.abs(change)) < 1e-14:
                break
    return float(values[n]), [float(z) for z in values[:n]]


def certified_flips(
    family: PolynomialFamily, superstable: float, *, max_period: int = 64
) -> Iterator[CertifiedBifurcation]:
    """Yield the certified flips of periods 2, 4, … of a doubling cascade, each as a Krawczyk box.

    Parameters
    ----------
    family : PolynomialFamily
        With one free critical point, rational in the parameter.
    superstable : float
        Approximate parameter at which that point has period 2.
    max_period : int
        Last period yielded, a power of two up to 64.

    Yields
    ------
    CertifiedBifurcation
        In cascade order; stops early when a proof fails.

    Certainty
    ---------
    Certified.
    """
    factor = family.free_critical_factors[0]
    if factor.degrees()[0] != 1:
        return
    before: float | None = None
    parameter = superstable
    for period in CASCADE_PERIODS:
        if period > max_period:
            return
        orbit = _critical_cycle(family, factor, parameter, period)
        settled = follow_multiplier(family, parameter, orbit, 0.0, 0.0, steps=1)
        if settled is None:
            return
        parameter, orbit = settled
        at_flip = follow_multiplier(family, parameter, orbit, 0.0, -1.0)
        box = certify_bifurcation(family, *at_flip, -1) if at_flip is not None else None
        if box is None or box.period != period:
            return
        yield box
        following = parameter + (parameter - before) / 4.67 if before is not None else None
        before = parameter
        flip = float(sum(box.parameter) / 2)
        # superstable parameters and flips interlace; both gaps shrink by Feigenbaum's ratio
        parameter = following if following is not None else flip + 0.4 * (flip - parameter)


def _critical_cycle(family: PolynomialFamily, factor: Any, parameter: float, period: int) -> list[float]:
    a = float(parameter)
    terms = exact_terms(factor)
    top = sum(float(v) * a**j for (k, j), v in terms.items() if k == 0)
    bottom = sum(float(v) * a**j for (k, j), v in terms.items() if k == 1)
    row = [sum(float(c) * a**j for j, c in enumerate(row)) for row in family.rows]
    orbit = [-top / bottom]
    for _ in range(period - 1):
        total = 0.0
        for coefficient in reversed(row):
            total = total * orbit[-1] + coefficient
        orbit.append(total)
    return orbit


def find_attracting_cycle(
    family: PolynomialFamily, parameter: Fraction, *, max_period: int = 64, steps: int = 20_000
) -> CertifiedCycle | None:
    """Look for an attracting cycle by following the free critical points, and prove what is found.

    Every attracting cycle of a polynomial attracts a critical point (Fatou 1919; for interval maps with negative
    Schwarzian derivative Singer 1978), so these orbits are where to look.

    Parameters
    ----------
    family : PolynomialFamily
    parameter : Fraction
        Exact.
    max_period : int
        Longest period looked for.
    steps : int
        Float steps before the tail is searched.

    Returns
    -------
    CertifiedCycle or None
        A proof, or None: none was *found* up to ``max_period``, which proves nothing about longer periods.

    Certainty
    ---------
    Certified when a cycle is returned; its absence is only observed.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> find_attracting_cycle(logistic, Fraction(383, 100)).period
    3
    """
    a = float(parameter)
    coefficients = list(family.at(a, float))
    for factor in family.free_critical_factors:
        row = [0.0] * (factor.degrees()[0] + 1)
        for (power, order), value in exact_terms(factor).items():
            row[power] += float(value) * a**order
        for place in np.roots(row[::-1]):
            if abs(place.imag) > 1e-9 * (1 + abs(place)):
                continue
            z = float(place.real)
            for _ in range(steps):
                z = _horner(coefficients, z)
                if not abs(z) < 1e6:
                    break
            else:
                found = _certify_tail(family, parameter, coefficients, z, max_period)
                if found is not None:
                    return found
    return None


def _certify_tail(
    family: PolynomialFamily, parameter: Fraction, coefficients: list[float], z: float, max_period: int
) -> CertifiedCycle | None:
    orbit = [z]
    for _ in range(max_period):
        orbit.append(_horner(coefficients, orbit[-1]))
    gaps = [abs(orbit[n] - z) for n in range(1, max_period + 1)]
    proofs_left = _MAX_PROOFS  # beside a bifurcation every multiple of the period nearly closes up
    for period in sorted(range(1, max_period + 1), key=lambda n: (gaps[n - 1] > 1e-9, n)):
        slopes = [_horner(_derived(coefficients), point) for point in orbit[:period]]
        if gaps[period - 1] > 1e-3 or abs(float(np.prod(slopes))) > 1.01:
            continue  # far from closing up, or clearly repelling: no proof to be had
        if not proofs_left:
            return None
        proofs_left -= 1
        cycle = certify_cycle(family, parameter, orbit[:period], max_bits=256)
        if cycle is not None and cycle.is_attracting is Verdict.PROVED:
            return cycle
    return None
