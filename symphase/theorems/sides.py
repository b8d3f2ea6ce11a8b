"""Evidence for boundaries of any family by what holds at rational parameters on their two sides.

Fixed points are isolated and derivatives bounded by other means than those of the search for boundaries.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import flint
import sympy

from symphase.algebraic import RealAlgebraic, real_roots
from symphase.cells import Sample, distinct, parameter_roots, rational_between, specialise
from symphase.enclosures import Certainty, ball, working_precision
from symphase.maps import PolynomialFamily, eliminate
from symphase.notation import formula_text
from symphase.theorems.proofs import ProofLine, map_letter, number_text
from symphase.theorems.rechecks import leading

__all__ = ["AttractingPoints", "CriticalEscape", "CriticalPeriod", "MonotoneBound"]

_ESCAPE_STEPS: Final = 4000
_NEAR: Final = Fraction(1, 1024)
_GRID: Final = 1024
_FLOAT_STEPS: Final = 20_000
_CLOSE: Final = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class AttractingPoints:
    """Evidence that a factor's fixed points attract between two parameters and not beyond them."""

    family: PolynomialFamily = field(repr=False)
    factor: Any = field(repr=False)
    start: RealAlgebraic
    flip: RealAlgebraic

    @property
    def certainty(self) -> Certainty:
        """Exact: signs of f' at isolated roots."""
        return Certainty.EXACT

    @property
    def sentence(self) -> str:
        """What is claimed."""
        return (
            f"For every {formula_text(self.family.parameter)} between {number_text(self.start)} and "
            f"{number_text(self.flip)} the fixed point that flips attracts; close before and close behind it does not. "
            "One sample in each part of the line decides."
        )

    @property
    def method(self) -> str:
        """How."""
        return "fixed points isolated by SymPy at one rational parameter per part, |f'| there in interval fractions"

    def complaints(self, _: ProofLine) -> list[str]:
        """What is wrong with the claim."""
        forward = 1 if self.flip > self.start else -1
        meetings = parameter_roots(leading(self.factor))
        meetings += parameter_roots(self.factor.discriminant("z")) if self.factor.degrees()[0] > 1 else []
        events = distinct(
            [
                *parameter_roots(eliminate(self.factor, self.family.derivative + 1)),
                *parameter_roots(eliminate(self.factor, self.family.derivative - 1)),
                *meetings,
            ]
        )
        low, high = sorted((self.start, self.flip))
        cells = [low, *(event for event in events if low < event < high), high]
        rows = [self._attract(rational_between(*cell)) for cell in itertools.pairwise(cells)][::forward]
        before = self._attract(_beside(self.start, events, -forward))
        beyond = self._attract(_beside(self.flip, events, forward))
        flipping = [k for k, (one, other) in enumerate(zip(rows[-1], beyond, strict=False)) if one and not other]
        if not flipping or len(rows[-1]) != len(beyond):
            return ["no fixed point stops attracting at the flip"]
        place = flipping[0]
        followed = not any(low < meeting < high for meeting in meetings)
        if not all(row[place] if followed else any(row) for row in rows):
            return ["at some parameter between it does not attract"]
        if followed and not any(meeting == self.start for meeting in meetings):
            begins = place < len(before) and not before[place]
        else:  # where fixed points meet they cannot be told apart: one more attracts behind than before
            begins = sum(before) < sum(rows[0])
        return [] if begins else ["it attracts before the start, too"]

    def _attract(self, parameter: Fraction) -> tuple[bool, ...]:
        """For each real fixed point of the factor, from the smallest on, whether it attracts."""
        symbol = sympy.Dummy("x")
        rows = [sympy.Integer(int(c)) for c in reversed(specialise(self.factor, parameter).coeffs())]
        coefficients: tuple[Fraction, ...] = self.family.at(parameter)
        slopes = [k * value for k, value in enumerate(coefficients)][1:]
        for bits in (20, 40, 80):
            boxes = sympy.Poly(rows, symbol).intervals(eps=sympy.Rational(1, 2**bits))
            bounds = [
                _interval(slopes, *(Fraction(int(end.p), int(end.q)) for end in ends)) for ends, _ in sorted(boxes)
            ]
            if all((low > -1 and high < 1) or high < -1 or low > 1 for low, high in bounds):
                return tuple(low > -1 and high < 1 for low, high in bounds)
        raise ArithmeticError("a multiplier is too close to 1 in size")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonotoneBound:
    """Evidence that |f(z) − p| ≤ |z − p| holds close before a parameter and fails close behind it."""

    family: PolynomialFamily = field(repr=False)
    factor: Any = field(repr=False)
    number: RealAlgebraic
    direction: int
    least: RealAlgebraic | None = None  # of a quotient by a symmetry: the smallest square, 0

    @property
    def certainty(self) -> Certainty:
        """Exact where the fixed point is rational at a rational parameter; else the bound is tried on a grid."""
        return Certainty.EXACT if self.factor.degrees()[0] == 1 else Certainty.NUMERICAL

    @property
    def sentence(self) -> str:
        """What is claimed."""
        z, a, f = formula_text(self.family.variable), formula_text(self.family.parameter), map_letter(self.family)
        which = f"with a bounded orbit{_not_below(z, self.least)}"
        return (
            f"A parameter at which the bound |{f}({z}) − p| ≤ |{z} − p| begins to fail, p the fixed point: close "
            f"before {a} = {number_text(self.number)} it holds for every {z} {which}, and close behind it fails for "
            "some."
        )

    @property
    def method(self) -> str:
        """How."""
        if self.certainty is Certainty.EXACT:
            return (
                "signs of ((z − p)² − (f(z) − p)²)/(z − p)² between its exact roots on the interval of bounded orbits, "
                "at one rational parameter on each side"
            )
        return "balls on a grid of points of the interval of bounded orbits, at one rational parameter on each side"

    def complaints(self, _: ProofLine) -> list[str]:
        """What is wrong with the claim."""
        before, behind = _sides(self.number, self.direction)
        fails = self._fails_exactly if self.certainty is Certainty.EXACT else self._fails_somewhere
        found = []
        if fails(before):
            found.append(f"the bound already fails at {before}")
        if not fails(behind):
            found.append(f"the bound still holds at {behind}")
        return found

    def _fails_exactly(self, parameter: Fraction) -> bool:
        ends = _reached(Sample(self.family, parameter), self.least)
        if ends is None:
            return True
        p = real_roots(specialise(self.factor, parameter))[0].interval[0]
        shift = flint.fmpq_poly([flint.fmpq(-p.numerator, p.denominator), 1])
        coefficients: tuple[Fraction, ...] = self.family.at(parameter)
        image = flint.fmpq_poly([flint.fmpq(v.numerator, v.denominator) for v in coefficients])
        image -= flint.fmpq(p.numerator, p.denominator)
        margin = (shift * shift - image * image) // (shift * shift)
        roots = real_roots(margin.numer()) if margin.degree() > 0 else []
        cells = [ends[0], *(root for root in distinct(roots) if ends[0] < root < ends[1]), ends[1]]
        return any(
            margin(flint.fmpq(place.numerator, place.denominator)) < 0
            for place in itertools.starmap(rational_between, itertools.pairwise(cells))
        )

    def _fails_somewhere(self, parameter: Fraction) -> bool:
        sample = Sample(self.family, parameter)
        ends = _reached(sample, self.least)
        points = [p for p in real_roots(specialise(self.factor, parameter)) if sample.is_attracting(p)]
        if ends is None or len(points) != 1:
            return True
        low, high = ends[0].enclose(200)[1], ends[1].enclose(200)[0]
        shares = [Fraction(k, _GRID) for k in range(1, _GRID)] + [Fraction(1, 2**k) for k in range(12, 60)]
        with working_precision(256):
            p = points[0].ball(200)
            for share in [*shares, *(1 - share for share in shares)]:
                z = ball(low + (high - low) * share)
                if abs(sample.value(z) - p) > abs(z - p):
                    return True
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalEscape:
    """Evidence that free critical values stay between the ends close before a parameter, and one escapes behind it."""

    family: PolynomialFamily = field(repr=False)
    number: RealAlgebraic
    direction: int
    least: RealAlgebraic | None = None

    @property
    def sentence(self) -> str:
        """What is claimed."""
        z, a = formula_text(self.family.variable), formula_text(self.family.parameter)
        return (
            f"Close before {a} = {number_text(self.number)} every free critical value lies between the ends of the "
            f"interval of bounded orbits{_not_below(z, self.least)}; close behind it the orbit of one grows beyond all "
            "bounds."
        )

    @property
    def certainty(self) -> Certainty:
        """Certified: balls decide at two rational parameters."""
        return Certainty.CERTIFIED

    @property
    def method(self) -> str:
        """How."""
        return "balls at one rational parameter on each side; beyond a radius from the coefficients every orbit grows"

    def complaints(self, _: ProofLine) -> list[str]:
        """What is wrong with the claim."""
        before, behind = _sides(self.number, self.direction)
        found = []
        if not self._stays(before):
            found.append(f"a critical value is outside at {before}")
        if not self._grows(behind):
            found.append(f"no critical orbit was seen to grow at {behind}")
        return found

    def _critical(self, parameter: Fraction) -> list[RealAlgebraic]:
        factors: Sequence[Any] = self.family.free_critical_factors
        found = [c for factor in factors for c in real_roots(specialise(factor, parameter))]
        return [c for c in found if self.least is None or c >= self.least]

    def _stays(self, parameter: Fraction) -> bool:
        sample = Sample(self.family, parameter)
        ends = _reached(sample, self.least)
        if ends is None:
            return False
        with working_precision(320):
            low, high = ends[0].ball(256), ends[1].ball(256)
            images = [sample.value(c.ball(256)) for c in self._critical(parameter) if ends[0] <= c <= ends[1]]
            return all(image > low and image < high for image in images)

    def _grows(self, parameter: Fraction) -> bool:
        sample = Sample(self.family, parameter)
        *lower, top = (abs(value) for value in sample.coefficients)
        # |z| ≥ R makes |f(z)| ≥ |z|^(d−1)·(top·|z| − Σ lower) ≥ 2|z|
        radius = max(Fraction(1), (2 + sum(lower)) / top)
        with working_precision(2 * _ESCAPE_STEPS):
            for c in self._critical(parameter):
                z: flint.arb = c.ball(2 * _ESCAPE_STEPS)
                for _ in range(_ESCAPE_STEPS):
                    z = sample.value(z)
                    if abs(z) > ball(radius):
                        return True
                    if not z.is_finite():
                        break
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalPeriod:
    """Evidence that the free critical orbit settles on a cycle of a given period at one parameter, seen in floats."""

    family: PolynomialFamily = field(repr=False)
    period: int
    parameter: float

    @property
    def certainty(self) -> Certainty:
        """Numerical."""
        return Certainty.NUMERICAL

    @property
    def sentence(self) -> str:
        """What is claimed."""
        place = f"{formula_text(self.family.parameter)} = {self.parameter:.9g}".replace("-", "−")
        return f"At {place}, before it, the free critical orbit settles on a cycle of period {self.period}, in floats."

    @property
    def method(self) -> str:
        """How."""
        return f"the orbit in floats, {_FLOAT_STEPS} steps"

    def complaints(self, _: ProofLine) -> list[str]:
        """What is wrong with the claim."""
        coefficients = self.family.at(self.parameter, float)
        factor = self.family.free_critical_factors[0]
        z = float(real_roots(specialise(factor, Fraction(self.parameter)))[0])
        orbit = []
        for _step in range(_FLOAT_STEPS):
            z = _polynomial(coefficients, z)
            orbit.append(z)
        last = orbit[-2 * self.period :]
        near = [abs(last[self.period] - last[self.period - k]) < _CLOSE for k in range(1, self.period + 1)]
        return [] if near[-1] and not any(near[:-1]) else ["it does not settle on such a cycle"]


def _polynomial(coefficients: Sequence[float], z: float) -> float:
    total = 0.0
    for value in reversed(coefficients):
        total = total * z + value
    return total


def _reached(sample: Sample, least: RealAlgebraic | None) -> tuple[RealAlgebraic, RealAlgebraic] | None:
    """The interval of bounded orbits, without what lies below the least value that can be reached."""
    ends = sample.ends()
    if ends is None or least is None or ends[0] >= least:
        return ends
    return (least, ends[1]) if ends[1] > least else None


def _not_below(variable: str, least: RealAlgebraic | None) -> str:
    return "" if least is None else f" and {variable} ≥ {number_text(least)}"


def _interval(coefficients: Sequence[Fraction], left: Fraction, right: Fraction) -> tuple[Fraction, Fraction]:
    """Bounds of a polynomial on an interval, by Horner's rule on intervals of fractions."""
    low = high = Fraction(0)
    for value in reversed(coefficients):
        ends = (low * left, low * right, high * left, high * right)
        low, high = min(ends) + value, max(ends) + value
    return low, high


def _beside(number: RealAlgebraic, events: Sequence[RealAlgebraic], direction: int) -> Fraction:
    """A rational parameter beside a number, before the next event."""
    other = number.affine(1, direction)
    nearer = [e for e in events if (number < e < other if direction > 0 else other < e < number)]
    if nearer:
        other = nearer[0] if direction > 0 else nearer[-1]
    return rational_between(number, other) if direction > 0 else rational_between(other, number)


def _sides(number: RealAlgebraic, direction: int) -> tuple[Fraction, Fraction]:
    """Rational parameters close before and close behind a number, in the order of the phases."""
    low = rational_between(number.affine(1, -_NEAR), number)
    high = rational_between(number, number.affine(1, _NEAR))
    return (low, high) if direction > 0 else (high, low)
