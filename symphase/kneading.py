"""Kneading at one exact parameter: an invariant interval, its laps, and the certified itinerary of f(c).

The family has one free critical point c; the line is read so that f(c) is a maximum.  Two kinds of interval tell the
entropy by the itinerary of f(c) alone (Milnor and Thurston, "On iterated maps of the interval", LNM 1342, 1988):

* the core [f²(c), f(c)], when it holds no critical point but c: two laps;
* [p, f(c)] with a bound critical point w in it, c < w < f(c), whose image p = f(w) is the fixed left end: three laps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any, Final

import flint
import numpy as np

from symphase.algebraic import RealAlgebraic
from symphase.cycles import CertifiedCycle, find_attracting_cycle
from symphase.display import Shown, bounds_text, count_text
from symphase.enclosures import ball, ball_bounds, working_precision
from symphase.formulas import exact_rational
from symphase.maps import PolynomialFamily, exact_terms
from symphase.onset import Bounds, CriticalOrbit, check_integer

__all__ = [
    "InvariantInterval",
    "Laps",
    "certified_letters",
    "critical_fractions",
    "critical_itinerary",
    "horner",
    "invariant_interval",
    "parameter_ball",
    "read_parameter",
]

MAX_SYMBOLS: Final = 2**20
_MAX_BITS: Final = 2**14


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class InvariantInterval(Shown):
    """An interval that f maps into itself at one parameter, with f's laps on it.

    Attributes
    ----------
    lower, upper : (Fraction, Fraction)
        Rational bounds of each end.
    laps : int
        On how many intervals f is monotone there: 1; 2, with the free critical point between them; 3, with a bound
        critical point between the last two, whose image is the fixed end.
    statement : str
        Why it is invariant.
    """

    lower: Bounds
    upper: Bounds
    laps: int
    statement: str

    def _line(self) -> str:
        ends = f"{bounds_text(*self.lower, 8)} to {bounds_text(*self.upper, 8)}"
        return f"{ends}, {count_text(self.laps, 'lap')} [certified]"


def seek_attracting_cycle(
    family: PolynomialFamily, parameter: Fraction, *, max_period: int = 64
) -> CertifiedCycle | None:
    """As ``find_attracting_cycle``; None, too, where floats, with which the search begins, do not reach."""
    try:
        return find_attracting_cycle(family, parameter, max_period=max_period)
    except (OverflowError, np.linalg.LinAlgError):
        return None


def parameter_ball(parameter: Fraction | RealAlgebraic, bits: int) -> Any:
    """The parameter as a ball about 2^-bits wide; for use inside ``working_precision``."""
    return parameter.ball(bits) if isinstance(parameter, RealAlgebraic) else ball(parameter)


def read_parameter(parameter: object) -> Fraction | RealAlgebraic:
    """An exact parameter: a real algebraic number, or anything that ``exact_rational`` reads."""
    if isinstance(parameter, RealAlgebraic):
        return parameter.interval[0] if parameter.is_rational else parameter
    return exact_rational(parameter, "parameter")


def critical_fractions(factor: Any) -> tuple[list[Fraction], list[Fraction]]:
    """Numerator and denominator in a of the root of a factor that is linear in z."""
    parts: tuple[dict[int, Fraction], dict[int, Fraction]] = ({0: Fraction(0)}, {0: Fraction(0)})
    for (power, order), value in exact_terms(factor).items():
        parts[power][order] = value if power else -value
    top, bottom = ([part.get(j, Fraction(0)) for j in range(max(part) + 1)] for part in parts)
    return top, bottom


def horner(coefficients: Sequence[Any], x: Any) -> Any:
    """A polynomial's value, coefficients lowest power first, in whatever arithmetic x brings."""
    total = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = total * x + coefficient
    return total


def bound_wall(family: PolynomialFamily) -> Any | None:
    """The one bound critical factor that ends a lap and is sent to a fixed point in one step; None without it."""
    free = family.free_critical_factors
    walls = [
        factor
        for factor, order in family.derivative.factor()[1]
        if factor.degrees()[0] > 0 and factor not in free and order % 2
    ]
    if len(walls) != 1 or walls[0].degrees()[0] != 1:
        return None
    lands = walls[0].resultant(family.iterate(2) - family.iterate(1), "z").is_zero()
    return walls[0] if lands else None


class Laps:
    """The critical orbit of a family with one free critical point at one parameter, oriented so that c is a maximum."""

    def __init__(self, family: PolynomialFamily, parameter: Fraction | RealAlgebraic) -> None:
        near = parameter if isinstance(parameter, Fraction) else parameter.enclose(64)[0]
        self.orbit = CriticalOrbit(family, near)
        self.sign = self.orbit.orientation
        self.family, self.parameter = family, parameter
        wall = bound_wall(family)
        self.wall_parts = None if wall is None else critical_fractions(wall)

    def wall(self, a: Any) -> Any | None:
        """The bound critical point over the parameter ball."""
        if self.wall_parts is None:
            return None
        top, bottom = ([ball(v) for v in part] for part in self.wall_parts)
        return horner(top, a) / horner(bottom, a)

    def exact_image(self, steps: int) -> Fraction | None:
        """f^steps(c) for a rational parameter and few steps."""
        if not isinstance(self.parameter, Fraction) or self.family.degree**steps > 4096:
            return None
        f: tuple[Fraction, ...] = self.family.at(self.parameter)
        z = self.orbit.exact_critical_point(self.parameter)
        for _ in range(steps):
            z = horner(f, z)
        return z

    def interval(self, bits: int) -> InvariantInterval | str:
        """The interval on which the kneading sequence tells the entropy, or why there is none."""
        with working_precision(bits):
            a, sign = parameter_ball(self.parameter, bits), self.sign
            c, _ = self.orbit.critical_point(a)
            first, second, third = islice(self.orbit.values(a), 3)
            if sign * (first - c) < 0:
                return self._below(c)
            if self._equal(1, 0):
                return self._superstable(a, c)
            if not sign * (first - c) > 0:
                return "f(c) is too close to c"
            core = self.orbit.is_unimodal(a)
            if core and sign * (second - c) >= 0:
                return self._made(c, first, 1, "f falls on [c, f(c)] and maps it into itself, as f²(c) ≥ c")
            if core and (sign * (third - second) > 0 or self._equal(3, 2)):
                return self._made(second, first, 2, "f maps [f²(c), f(c)] onto itself, as f³(c) ≥ f²(c)")
            if core:
                return "the core [f²(c), f(c)] is not proved to be invariant"
            wall = self.wall(a)
            if wall is None:
                return "the core [f²(c), f(c)] may hold another critical point"
            end = horner(self.family.at(a, ball), wall)
            if not (sign * (c - end) > 0 and sign * (first - wall) > 0 and sign * (wall - c) > 0):
                return "f(c) is too close to the bound critical point"
            if not self.orbit.is_unimodal(a, [end, first], but=bound_wall(self.family)):
                return "another critical point lies between the fixed end and f(c)"
            if not (sign * (first - second) > 0 or self._equal(2, 1)):
                return "f(f(c)) ≤ f(c) is not proved: orbits may leave"
            return self._made(
                end, first, 3, "f maps [p, f(c)] into itself, p = f(w) fixed for the bound critical point w"
            )

    def _below(self, c: Any) -> InvariantInterval | str:
        """f(c) < c: f rises on [s, c], where s is an attracting fixed point."""
        if not isinstance(self.parameter, Fraction):
            return "f(c) < c, and the parameter is not rational"
        cycle = seek_attracting_cycle(self.family, self.parameter, max_period=1)
        if cycle is None:
            return "f(c) < c, and no attracting fixed point was found"
        place = ball(cycle.points[0][0]).union(ball(cycle.points[0][1]))
        a = ball(self.parameter)
        if not self.sign * (c - place) > 0 or not self.orbit.is_unimodal(a, [place, c]):
            return "f(c) < c, and f is not proved to rise between the attracting fixed point and c"
        return self._made(place, c, 1, "f rises on [s, c] and maps it into itself; s is an attracting fixed point")

    def _superstable(self, a: Any, c: Any) -> InvariantInterval | str:
        """f(c) = c exactly: f rises on a short interval that ends at c."""
        f = self.family.at(a, ball)
        start = (c - self.sign * flint.arb(2) ** -20).mid()
        if not self.sign * (horner(f, start) - start) > 0 or not self.orbit.is_unimodal(a, [start, c]):
            return "f(c) = c, and f is not proved to rise beside c"
        return self._made(start, c, 1, "f rises on [s, c] and maps it into itself; c is fixed")

    def _equal(self, later: int, earlier: int) -> bool:
        left, right = self.exact_image(later), self.exact_image(earlier)
        return left is not None and left == right

    def _made(self, left: Any, right: Any, laps: int, statement: str) -> InvariantInterval:
        ends = (left, right) if self.sign > 0 else (right, left)
        lower, upper = (ball_bounds(end) for end in ends)
        return InvariantInterval(lower=lower, upper=upper, laps=laps, statement=statement)

    def letters(self, count: int, laps: int, bits: int) -> str:
        """Certified laps of f(c), f²(c), … at one precision; stops where a ball meets a critical point."""
        with working_precision(bits):
            a = parameter_ball(self.parameter, bits)
            c, _ = self.orbit.critical_point(a)
            wall = self.wall(a) if laps == 3 else None
            names = "012" if laps == 3 else "LR"
            found = []
            for z in islice(self.orbit.values(a), count):
                if self.sign * (z - c) < 0:
                    found.append(names[0])
                elif not self.sign * (z - c) > 0:
                    break
                elif wall is None or self.sign * (z - wall) < 0:
                    found.append(names[1])
                elif self.sign * (z - wall) > 0:
                    found.append(names[2])
                else:
                    break
            return "".join(found)


def invariant_interval(family: PolynomialFamily, parameter: object) -> InvariantInterval | str:
    """Find an interval that f maps into itself and on which the itinerary of f(c) tells the entropy.

    Parameters
    ----------
    family : PolynomialFamily
        With one free critical point c, rational in the parameter.
    parameter : int, Fraction, str or RealAlgebraic
        Exact.

    Returns
    -------
    InvariantInterval or str
        The reason in words where none was proved.

    Certainty
    ---------
    Certified: inequalities between balls, or between rationals where equality holds.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> invariant_interval(logistic, 4).upper
    (Fraction(1, 1), Fraction(1, 1))
    >>> invariant_interval(logistic, 5)
    'the core [f²(c), f(c)] is not proved to be invariant'
    """
    laps = Laps(family, read_parameter(parameter))
    found = laps.interval(256)
    return laps.interval(2048) if isinstance(found, str) else found


def critical_itinerary(family: PolynomialFamily, parameter: object, count: int) -> str:
    """Return the laps that f(c), f²(c), … lie in, as far as balls decide them.

    Parameters
    ----------
    family : PolynomialFamily
        With one free critical point.
    parameter : int, Fraction, str or RealAlgebraic
        Exact.
    count : int
        1 to 2^20.

    Returns
    -------
    str
        Letters L, R (two laps) or 0, 1, 2 (three), read so that f(c) is the largest value; fewer than ``count`` where
        the orbit meets a critical point, or comes closer to it than 16384 bits tell.

    Certainty
    ---------
    Certified.

    Examples
    --------
    >>> import sympy
    >>> x, c = sympy.symbols("x c")
    >>> critical_itinerary(PolynomialFamily(x**2 + c, variable=x, parameter=c), "-1.4", 12)
    'RLRRRLRLRLRR'
    """
    check_integer(count, "count", 1, MAX_SYMBOLS)
    exact = read_parameter(parameter)
    interval = invariant_interval(family, exact)
    *_, letters = certified_letters(Laps(family, exact), count, 3 if _has_three(interval) else 2)
    return letters


def _has_three(interval: InvariantInterval | str) -> bool:
    return not isinstance(interval, str) and interval.laps == 3


def certified_letters(laps: Laps, count: int, number: int) -> Iterator[str]:
    """Yield the letters known at growing precision; the last is all that can be known within the budget."""
    bits, before = 128, -1
    while bits <= _MAX_BITS:
        letters = laps.letters(count, number, bits)
        yield letters
        if len(letters) == count:
            return
        exact = laps.parameter
        if len(letters) == before and isinstance(exact, Fraction) and laps.orbit.returns(exact, before + 1):
            return
        before = len(letters)
        bits *= 2
