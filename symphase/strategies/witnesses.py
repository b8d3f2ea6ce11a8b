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
_EVEN: Final = 1e-9  # sides of an inequality in floats that are nearer to each other are not told apart
_CLOSE: Final = 0.05  # an orbit that settles slowly is no further from its cycle
_NEWTON: Final = 64
_POSITIVE: Final = 0.005  # no transient of _STEPS steps has a mean of log |f'| as large
_GRID: Final = 4001
_DEPTHS: Final = (2, 10, 18)  # how near is looked: from 2^-depth of the way to the next boundary to a 4th of it
_ONSET_DEPTHS: Final = (2, 5, 8)  # nearer than that periods are too long, and exponents too small


def near_boundary(boundaries: Boundaries) -> SearchStrategy[tuple[Boundary, bool, Fraction]]:
    """Draw a boundary, a side (True: after it, in phase order) and a parameter there, before the next boundary."""
    sides = []
    for boundary, after, (low, high) in _sides(boundaries):
        drawn = fractions_between(low, high, max_denominator=None, dyadic=False, argument="boundaries")
        sides.append(st.tuples(st.just(boundary), st.just(after), drawn))
    return st.one_of(sides)


def beside_each(boundaries: Boundaries) -> Iterator[tuple[Boundary, bool, Fraction]]:
    """Yield both sides of every boundary, nearer and nearer to it: a boundary that is off is met at once."""
    for boundary, after, (low, high) in _sides(boundaries):
        yield boundary, after, short_fraction(low, high)


def _sides(boundaries: Boundaries) -> Iterator[tuple[Boundary, bool, tuple[Fraction, Fraction]]]:
    """Yield each boundary, its two sides, and where to look there: in shares of the way to the next boundary."""
    ends = [boundary.enclose(96) for boundary in boundaries]
    for index, (lower, upper) in enumerate(ends):
        others = [end for k, end in enumerate(ends) if k != index]
        for up in (False, True):
            gaps = [other[0] - upper if up else lower - other[1] for other in others]
            ahead = [gap for gap in gaps if gap > 0]
            reach = min(ahead or [abs(gap) for gap in gaps] or [Fraction(1)])
            for depth in _ONSET_DEPTHS if boundaries[index].kind is BoundaryKind.ONSET else _DEPTHS:
                near, far = reach / 2 ** (depth + 2), reach / 2**depth
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


def _below(value: float, limit: float) -> bool | None:
    """Whether a number is below another; None where rounding could decide that."""
    return value < limit if abs(value - limit) > _EVEN else None


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

    def _settle(self, z: float) -> list[float] | None:
        """The cycle an orbit settles on, of a period up to 1024: empty for one that escapes, None for a wanderer."""
        done = 0
        for steps in _STEPS:
            for _ in range(steps - done):
                z = self(z)
                if not abs(z) <= self.bound:
                    return []
            done = steps
            tail = [z]
            for _ in range(2 * _LONGEST):
                tail.append(self(tail[-1]))
            orbit = np.array(tail)
            size = _SAME * (1 + float(np.abs(orbit).max()))
            close = np.flatnonzero(np.abs(orbit[1 : _LONGEST + 1] - orbit[0]) <= size) + 1
            for period in close.tolist():
                if float(np.abs(orbit[period:] - orbit[:-period]).max()) <= size:
                    return tail[:period]
        return None

    def _along(self, z: float, steps: int) -> tuple[float, float]:
        """Where an orbit comes to, and how that changes with where it begins."""
        product = 1.0
        for _ in range(steps):
            z, product = self(z), product * self._slope(z)
        return z, product

    def _attracts(self, z: float, period: int) -> bool | None:
        """Whether an orbit is close to a cycle of this period that attracts; None where its multiplier is 1 in size."""
        cycle = z
        for _ in range(_NEWTON):
            image, multiplier = self._along(cycle, period)
            if not abs(image) <= self.bound or multiplier == 1:
                return False
            cycle -= (image - cycle) / (multiplier - 1)
        size = 1 + abs(cycle)
        if abs(self._along(cycle, period)[0] - cycle) > _SAME * size:
            return False
        shorter = (k for k in range(1, period) if period % k == 0)
        if abs(cycle - z) > _CLOSE * size or any(
            abs(self._along(cycle, k)[0] - cycle) <= math.sqrt(_SAME) * size for k in shorter
        ):
            return False
        return _below(abs(self._along(cycle, period)[1]), 1)

    def stability(self) -> str | None:
        told = {_below(abs(self._slope(z)), 1) for z in self._reference()} or {False}
        if len(told) > 1:  # fixed points that only algebra tells apart: which one is meant is not known here
            return None
        return {True: "the fixed point attracts", False: "the fixed point repels", None: None}[told.pop()]

    def moves(self) -> str | None:
        ends = Sample(self.family, self.exact).ends()
        if ends is None:
            return None
        low, high = (float(end) / float(self.unit) for end in ends)
        sizes: list[bool | None]
        for point in self._reference():
            # |f(z) − p| / |z − p| is the size of a polynomial, which is 1 at ends that are fixed
            quotient, _ = np.polynomial.polynomial.polydiv(
                [c - point * (k == 0) for k, c in enumerate(self.coefficients)], [-point, 1.0]
            )
            turns = self._roots(np.polynomial.polynomial.polyder(quotient).tolist())
            places = [low, high, *(z for z in turns if low < z < high)]
            at_low, at_high, *inside = np.abs(np.polynomial.polynomial.polyval(places, quotient)).tolist()
            sizes = [_below(size, 1) for size in inside] + [size <= 1 + _EVEN for size in (at_low, at_high)]
            if False not in sizes:
                return None if None in sizes else "no start moves away"
        return "a start moves away"

    def period(self, period: int) -> str | None:
        ends = []
        for z in self._critical(free=True):
            for _ in range(_STEPS[0]):
                z = self(z) if abs(z) <= self.bound else math.inf
            ends.append(z)
        for wanted in (period, 2 * period):
            if any(self._attracts(z, wanted) for z in ends if abs(z) <= self.bound):
                return f"period {wanted}"
        cycles = [self._settle(z) for z in self._critical(free=True)]
        others = {len(cycle) for cycle in cycles if cycle} - {period, 2 * period}
        return f"period {max(others)}" if others else None

    def order(self) -> str | None:
        told = set()
        for z in self._critical(free=True):
            cycle = self._settle(z)
            if cycle is None:
                told.add(False if self._exponent(z) > _POSITIVE else None)
            elif cycle:
                told.add(_is_simple(cycle))
        if True in told:
            return "a period that is a power of two"
        return "no period that is a power of two" if told == {False} else None

    def _exponent(self, z: float) -> float:
        """The mean of log |f'| along an orbit that stays."""
        orbit = [z]
        for _ in range(_STEPS[-1]):
            orbit.append(self(orbit[-1]))
        derivative = np.polynomial.polynomial.polyder(self.coefficients)
        slopes = np.abs(np.polynomial.polynomial.polyval(orbit[_STEPS[0] :], derivative))
        return float(np.mean(np.log(np.maximum(slopes, 1e-300))))

    def cycle(self, period: int) -> str | None:
        ends = Sample(self.family, self.exact).ends()
        if ends is None:
            return None
        low, high = (float(end) / float(self.unit) for end in ends)
        margin = (high - low) * 1e-9
        grid = np.linspace(low - margin, high + margin, 16 * _GRID)
        values = self._quotient(grid, period)
        clear = np.ones(len(grid), dtype=bool)
        for fixed in self._roots([c - (k == 1) for k, c in enumerate(self.coefficients)]):
            clear &= np.abs(grid - fixed) > 4 * (grid[1] - grid[0])
        if np.any((values[1:] * values[:-1] < 0) & clear[1:] & clear[:-1]):
            return f"a cycle of period {period}"
        sizes = np.abs(values)
        nearest = np.flatnonzero((sizes[1:-1] < sizes[2:]) & (sizes[1:-1] <= sizes[:-2]) & clear[1:-1]) + 1
        told = set()
        for k in nearest.tolist():  # two zeros may lie between two places of the grid
            between = self._quotient(np.linspace(grid[k - 1], grid[k + 1], _GRID), period) * np.sign(values[k])
            told.add(_below(float(between.min()), 0))
        if True in told:
            return f"a cycle of period {period}"
        return None if None in told else f"no cycle of period {period}"

    def _quotient(self, z: Array, period: int) -> Array:
        """(fⁿ(z) − z)/(f(z) − z): for a prime period only cycles of that very period are zeros."""
        with np.errstate(all="ignore"):
            once = image = np.polynomial.polynomial.polyval(z, self.coefficients)
            for _ in range(period - 1):
                image = np.polynomial.polynomial.polyval(image, self.coefficients)
            quotient: Array = (image - z) / (once - z)
        return quotient

    def hopping(self) -> str | None:
        walls = self._critical(free=False)
        critical = self._critical(free=True)
        if not walls or len(critical) != 1:
            return None
        wall = max(walls) if max(walls) > critical[0] else min(walls)
        z, sides = critical[0], set()
        for _ in range(4000):
            z = self(z)
            sides.add(_below(z, wall))
        if None in sides:
            return None
        return "both sides" if len(sides) > 1 else "one side"

    def escape(self) -> str:
        for z in self._critical(free=True):
            for _ in range(4000):
                z = self(z)
                if not abs(z) <= self.bound:
                    return "escapes"
        return "bounded"


def _is_simple(cycle: list[float]) -> bool:
    """Whether a cycle is one of the doubling cascade: of a power of two points, of which halves exchange places.

    The halves are the lower and the upper points, and every other step makes a cycle of that kind of each.
    """
    if len(cycle) == 1:
        return True
    if len(cycle) % 2 or not (max(cycle[::2]) < min(cycle[1::2]) or max(cycle[1::2]) < min(cycle[::2])):
        return False
    return _is_simple(cycle[::2]) and _is_simple(cycle[1::2])
