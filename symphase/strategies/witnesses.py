"""Which side of a boundary a parameter is on, told by orbits in floats, by real roots and by a grid of starts.

The exact side is never asked: what is seen here is held against it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Final

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from symphase.boundaries import Boundaries, Boundary
from symphase.cells import Sample, short_fraction
from symphase.formulas import evaluate
from symphase.maps import PolynomialFamily, exact_terms
from symphase.strategies.rationals import fractions_between
from symphase.thresholds import BoundaryKind

__all__ = ["beside_each", "expected_sides", "near_boundary", "seen_at"]

Array = npt.NDArray[np.float64]

_LONGEST: Final = 1024
_STEPS: Final = (2000, 8000, 32_000)
_SAME: Final = 1e-9
_GRID: Final = 4001


def near_boundary(boundaries: Boundaries) -> SearchStrategy[tuple[Boundary, bool, Fraction]]:
    """Draw a boundary, a side (True: after it, in phase order) and a parameter there, well before the next boundary."""
    sides = []
    for boundary, after, (low, high) in _sides(boundaries, Fraction(1, 4)):
        drawn = fractions_between(low, high, max_denominator=None, dyadic=False, argument="boundaries")
        sides.append(st.tuples(st.just(boundary), st.just(after), drawn))
    return st.one_of(sides)


def beside_each(boundaries: Boundaries) -> Iterator[tuple[Boundary, bool, Fraction]]:
    """Yield both sides of every boundary, with a parameter close to it: a boundary that is off is met at once."""
    for boundary, after, (low, high) in _sides(boundaries, Fraction(1, 16)):
        yield boundary, after, short_fraction(low, high)


def _sides(boundaries: Boundaries, share: Fraction) -> Iterator[tuple[Boundary, bool, tuple[Fraction, Fraction]]]:
    """Yield each boundary, its two sides, and parameters there up to a share of the way to the next boundary."""
    ends = [boundary.enclose(96) for boundary in boundaries]
    for index, (lower, upper) in enumerate(ends):
        others = [end for k, end in enumerate(ends) if k != index]
        for up in (False, True):
            gaps = [other[0] - upper if up else lower - other[1] for other in others]
            ahead = [gap for gap in gaps if gap > 0]
            reach = min(ahead or [abs(gap) for gap in gaps] or [Fraction(1)])
            near, far = reach / 32, reach * share
            span = (upper + near, upper + far) if up else (lower - far, lower - near)
            yield boundaries[index], up if boundaries.direction > 0 else not up, span


def expected_sides(boundary: Boundary) -> tuple[str, str]:
    """What must be seen before and after a boundary."""
    period = boundary.period or 1
    return {
        BoundaryKind.STABILITY: ("the fixed point repels", "the fixed point attracts"),
        BoundaryKind.MONOTONE_END: ("no start moves away", "a start moves away"),
        BoundaryKind.FLIP: (f"period {period}", f"period {2 * period}"),
        BoundaryKind.ONSET: ("a period that is a power of two", "no period that is a power of two"),
        BoundaryKind.TANGENCY: (f"no cycle of period {period}", f"a cycle of period {period}"),
        BoundaryKind.CRISIS: ("one side", "both sides"),
        BoundaryKind.ESCAPE: ("bounded", "escapes"),
    }[boundary.kind]


def seen_at(boundaries: Boundaries, boundary: Boundary, a: Fraction) -> str | None:
    """What is seen at a parameter, in the words of the boundary's two sides; None where it cannot be told."""
    try:
        return _asked(_Witness(boundaries, a), boundary)
    except (OverflowError, np.linalg.LinAlgError):  # beyond floats
        return None


def _asked(witness: _Witness, boundary: Boundary) -> str | None:
    period = boundary.period or 1
    ask: dict[BoundaryKind, Callable[[], str | None]] = {
        BoundaryKind.STABILITY: witness.stability,
        BoundaryKind.MONOTONE_END: witness.moves,
        BoundaryKind.FLIP: lambda: witness.period(period),
        BoundaryKind.ONSET: witness.order,
        BoundaryKind.TANGENCY: lambda: witness.cycle(period),
        BoundaryKind.CRISIS: witness.hopping,
        BoundaryKind.ESCAPE: witness.escape,
    }
    return ask[boundary.kind]()


class _Witness:
    """The reduced map at one parameter, in floats, in a unit of length in which its leading coefficient is about 1."""

    def __init__(self, boundaries: Boundaries, a: Fraction) -> None:
        self.boundaries, self.exact = boundaries, a
        self.family: PolynomialFamily = boundaries.reduced_family
        exact: tuple[Fraction, ...] = self.family.at(a)
        lead = abs(exact[-1])
        bits = lead.denominator.bit_length() - lead.numerator.bit_length()
        self.unit = Fraction(2) ** round(bits / (len(exact) - 2))
        self.coefficients = [float(c * self.unit ** (k - 1)) for k, c in enumerate(exact)]
        self.bound = 1e3 * (1 + max(map(abs, self.coefficients)) / abs(self.coefficients[-1]))

    def __call__(self, z: float) -> float:
        total = 0.0
        for coefficient in reversed(self.coefficients):
            total = total * z + coefficient
        return total

    def _roots(self, polynomial: list[float]) -> list[float]:
        roots = np.roots(polynomial[::-1])
        return sorted(float(z.real) for z in roots if abs(z.imag) <= 1e-9 * (1 + abs(z)))

    def _critical(self, *, free: bool) -> list[float]:
        factors = [f for f in self.family.critical_factors if self.family.is_free(f) is free]
        return sorted({z for factor in factors for z in self._roots(self._at(exact_terms(factor)))})

    def _at(self, terms: dict[tuple[int, ...], Fraction]) -> list[float]:
        values = [Fraction(0)] * (max(k for k, _ in terms) + 1)
        for (k, j), value in terms.items():
            values[k] += value * self.exact**j
        return [float(v * self.unit**k) for k, v in enumerate(values)]

    def _slope(self, z: float) -> float:
        return sum(k * c * z ** (k - 1) for k, c in enumerate(self.coefficients) if k)

    def _reference(self) -> list[float]:
        """Where the fixed point is whose story is told; several places where it is no rational function of a."""
        point = next(p for p in self.boundaries.fixed_points if p.is_reference)
        if point.location is not None:
            return [float(Fraction(evaluate(point.location, {self.family.parameter: self.exact})) / self.unit)]
        from sympy import Poly, Rational

        value = Rational(self.exact.numerator, self.exact.denominator)
        found = Poly(point.polynomial.subs(self.family.parameter, value), self.family.variable).all_coeffs()
        return self._roots([float(Fraction(c.p, c.q) * self.unit**k) for k, c in enumerate(reversed(found))])

    def _settle(self, z: float) -> int | None:
        """Period of what an orbit settles on, up to 1024; 0 for an orbit that escapes, None for one that wanders."""
        done = 0
        for steps in _STEPS:
            for _ in range(steps - done):
                z = self(z)
                if not abs(z) <= self.bound:
                    return 0
            done = steps
            tail = [z]
            for _ in range(2 * _LONGEST):
                tail.append(self(tail[-1]))
            orbit = np.array(tail)
            size = _SAME * (1 + float(np.abs(orbit).max()))
            close = np.flatnonzero(np.abs(orbit[1 : _LONGEST + 1] - orbit[0]) <= size) + 1
            for period in close.tolist():
                if float(np.abs(orbit[period:] - orbit[:-period]).max()) <= size:
                    return int(period)
        return None

    def stability(self) -> str | None:
        attracting = {abs(self._slope(z)) < 1 for z in self._reference()}
        if len(attracting) > 1:  # fixed points that only algebra tells apart: which one is meant is not known here
            return None
        return "the fixed point attracts" if True in attracting else "the fixed point repels"

    def moves(self) -> str | None:
        ends = Sample(self.family, self.exact).ends()
        if ends is None:
            return None
        low, high = (float(end) / float(self.unit) for end in ends)
        starts = np.linspace(low, high, _GRID)[1:-1]
        images = np.polynomial.polynomial.polyval(starts, self.coefficients)
        for point in self._reference():
            before, after = np.abs(starts - point), np.abs(images - point)
            if not np.any(after > before * (1 + 1e-12) + 1e-12):
                return "no start moves away"
        return "a start moves away"

    def period(self, period: int) -> str | None:
        found = [self._settle(z) for z in self._critical(free=True)]
        for wanted in (period, 2 * period):
            if wanted in found:
                return f"period {wanted}"
        told = {p for p in found if p}
        return f"period {max(told)}" if told else None

    def order(self) -> str | None:
        found = [self._settle(z) for z in self._critical(free=True)]
        bounded = [p for p in found if p != 0]
        if not bounded:
            return None
        power = any(p is not None and p & (p - 1) == 0 for p in bounded)
        return "a period that is a power of two" if power else "no period that is a power of two"

    def cycle(self, period: int) -> str | None:
        ends = Sample(self.family, self.exact).ends()
        if ends is None:
            return None
        low, high = (float(end) / float(self.unit) for end in ends)
        margin = (high - low) * 1e-9
        z = np.linspace(low - margin, high + margin, 16 * _GRID)
        with np.errstate(all="ignore"):
            once = image = np.polynomial.polynomial.polyval(z, self.coefficients)
            for _ in range(period - 1):
                image = np.polynomial.polynomial.polyval(image, self.coefficients)
            quotient = (image - z) / (once - z)  # for a prime period only cycles of that very period are left
            signs = np.sign(quotient)
        near_fixed = np.zeros(len(z), dtype=bool)
        for fixed in self._roots([c - (k == 1) for k, c in enumerate(self.coefficients)]):
            near_fixed |= np.abs(z - fixed) <= 4 * (z[1] - z[0])
        crossing = (signs[1:] * signs[:-1] < 0) & ~near_fixed[1:] & ~near_fixed[:-1]
        return f"a cycle of period {period}" if crossing.any() else f"no cycle of period {period}"

    def hopping(self) -> str | None:
        walls = self._critical(free=False)
        critical = self._critical(free=True)
        if not walls or len(critical) != 1:
            return None
        wall = max(walls) if max(walls) > critical[0] else min(walls)
        z, sides = critical[0], set()
        for _ in range(4000):
            z = self(z)
            sides.add(math.copysign(1.0, z - wall))
        return "both sides" if len(sides) > 1 else "one side"

    def escape(self) -> str:
        for z in self._critical(free=True):
            for _ in range(4000):
                z = self(z)
                if not abs(z) <= self.bound:
                    return "escapes"
        return "bounded"
