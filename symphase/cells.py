"""Cells of a parameter line: the roots between which an answer is constant, and exact samples inside them.

Elimination gives the roots; one rational sample per cell gives the answer, in exact arithmetic or in balls whose
precision is raised until they decide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import flint

from symphase.algebraic import RealAlgebraic, real_roots
from symphase.enclosures import ball, working_precision
from symphase.errors import InputError
from symphase.maps import PolynomialFamily, parameter_factors

__all__ = ["Sample", "distinct", "parameter_roots", "rational_between", "short_fraction", "specialise"]


def specialise(polynomial: Any, parameter: Fraction) -> flint.fmpz_poly:
    """Substitute a rational parameter in Q[z, a] and clear denominators."""
    value = flint.fmpq(parameter.numerator, parameter.denominator)
    sums: dict[int, Any] = {}
    for (power, order), coefficient in polynomial.to_dict().items():
        sums[power] = sums.get(power, flint.fmpq(0)) + coefficient * value**order
    return flint.fmpq_poly([sums.get(k, 0) for k in range(max(sums, default=0) + 1)]).numer()


def rational_between(left: RealAlgebraic, right: RealAlgebraic) -> Fraction:
    """A short rational strictly between two different algebraic numbers, left < right."""
    bits = 4
    while True:
        upper_of_left, lower_of_right = left.enclose(bits)[1], right.enclose(bits)[0]
        if upper_of_left < lower_of_right:
            return short_fraction((2 * upper_of_left + lower_of_right) / 3, (upper_of_left + 2 * lower_of_right) / 3)
        bits *= 2


def short_fraction(lower: Fraction, upper: Fraction) -> Fraction:
    """A rational with a short denominator in [lower, upper]."""
    bits = 0
    while True:
        candidate = Fraction(-((-lower * 2**bits) // 1), 2**bits)
        if candidate <= upper:
            return candidate
        bits += 1


def parameter_roots(polynomial: Any) -> list[RealAlgebraic]:
    """Distinct real roots of a polynomial in the parameter alone; none for the zero polynomial."""
    if polynomial.is_zero():
        return []
    return sorted(root for factor in parameter_factors(polynomial) for root in real_roots(factor))


def distinct(roots: Sequence[RealAlgebraic]) -> list[RealAlgebraic]:
    """Sort algebraic numbers and keep one of each."""
    kept: list[RealAlgebraic] = []
    for root in sorted(roots):
        if not kept or kept[-1] != root:
            kept.append(root)
    return kept


class Sample:
    """The map at one rational parameter: fixed points and ends of the interval of bounded orbits, exactly."""

    def __init__(self, family: PolynomialFamily, parameter: Fraction) -> None:
        self.family = family
        self.parameter = parameter
        self.coefficients: tuple[Fraction, ...] = family.at(parameter)
        while len(self.coefficients) > 1 and not self.coefficients[-1]:  # the degree falls at this parameter
            self.coefficients = self.coefficients[:-1]
        motion = specialise(family.polynomial - family.iterate(0), parameter)
        self.fixed = real_roots(motion) if motion else []  # none is told where all numbers are fixed

    def value(self, z: Any) -> Any:
        """f(z) for a ball z."""
        total = flint.arb(0)
        for coefficient in reversed(self.coefficients):
            total = total * z + ball(coefficient)
        return total

    def slope(self, z: Any) -> Any:
        """f'(z) for a ball z."""
        total = flint.arb(0)
        for k in range(len(self.coefficients) - 1, 0, -1):
            total = total * z + ball(k * self.coefficients[k])
        return total

    def decide(self, question: Callable[[int], bool | None]) -> bool:
        """Raise the precision until a ball question is answered."""
        for bits in (64, 256, 1024, 4096):
            with working_precision(bits + 64):
                answer = question(bits)
            if answer is not None:
                return answer
        raise ArithmeticError("a ball question stayed open at 4096 bits although every equality was excluded")

    def is_attracting(self, point: RealAlgebraic) -> bool:
        """Whether |f'| < 1 at a fixed point; equality must be excluded by the caller's choice of sample."""

        def question(bits: int) -> bool | None:
            size = abs(self.slope(point.ball(bits)))
            return True if size < 1 else (False if size > 1 else None)

        return self.decide(question)

    def ends(self) -> tuple[RealAlgebraic, RealAlgebraic] | None:
        """Smallest interval that holds every bounded real orbit; None when every orbit escapes.

        Raises
        ------
        InputError
            Where the map is of degree < 2 at this parameter.
        """
        top, degree = self.coefficients[-1], len(self.coefficients) - 1
        if degree < 2:
            raise InputError(
                "parameter", self.parameter, "makes the map a line or a constant", "take another parameter"
            )
        if degree % 2 and top < 0:
            two = real_roots(specialise(self.family.iterate(2) - self.family.iterate(0), self.parameter))
            return two[0], two[-1]
        if not self.fixed:
            return None
        if degree % 2:
            return self.fixed[0], self.fixed[-1]
        outer = self.fixed[-1] if top > 0 else self.fixed[0]
        landing = real_roots(specialise(self.family.iterate(2) - self.family.iterate(1), self.parameter))
        onto = [z for z in landing if self._lands_on(z, outer)]
        return (onto[0], outer) if top > 0 else (outer, onto[-1])

    def _lands_on(self, z: RealAlgebraic, target: RealAlgebraic) -> bool:
        """Whether f(z) is that fixed point, for a z whose image is some fixed point."""

        def question(bits: int) -> bool | None:
            image = self.value(z.ball(bits))
            hits = [p for p in self.fixed if image.overlaps(p.ball(bits))]
            return hits[0] == target if len(hits) == 1 else None

        return self.decide(question)
