"""Certified cycles: proofs that there is one and only one cycle, or one (cycle, parameter), in a box.

The unknowns are all points of the cycle together, never one point of the n-th iterate: errors then do not grow along
the orbit.  :mod:`symphase.krawczyk` proves one solution in a box, at a cost linear in the period and at any precision;
pairwise disjoint point boxes prove that the period is minimal; jets carried along the orbit enclose the
non-degeneracy conditions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import flint
import numpy as np

from symphase.arguments import instance, sequence
from symphase.display import Shown, bounds_text, facts_table, level_html, number_text, text_html
from symphase.enclosures import Certainty, Verdict, ball, ball_bounds, round_decimal, working_precision
from symphase.errors import InputError
from symphase.formulas import exact_rational
from symphase.krawczyk import disjoint, krawczyk, nondegeneracy, refine, stretch
from symphase.maps import PolynomialFamily, exact_terms, float_roots

__all__ = [
    "CertifiedBifurcation",
    "CertifiedCycle",
    "bounded_rational",
    "certified_flips",
    "certify_bifurcation",
    "certify_cycle",
    "find_attracting_cycle",
    "follow_multiplier",
]

CASCADE_PERIODS: Final = (2, 4, 8, 16, 32, 64, 128, 256, 512)
MAX_PERIOD: Final = 4096
MAX_BITS: Final = 2**20
MAX_DIGITS: Final = 100_000
_MAX_WORK: Final = 2**26  # period × bits: about a minute

Bounds = tuple[Fraction, Fraction]
_MAX_SIZE: Final = 2**1000  # of parameters and points: floats must be able to hold them
_MAX_PROOFS: Final = 6
_RETURN: Final = 2.0**-14  # of the critical point; a window wide enough for floats may need more
_RETURN_BITS: Final = 512  # the cubic map's stretching over 64 steps, 9^64, leaves 300 of them
_TURNS: Final = 64  # around a cycle that may attract, before it is looked at
_MAX_GUARD: Final = 2**14


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CertifiedCycle(Shown):
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
    family : PolynomialFamily or None
        The family that the cycle belongs to.
    """

    parameter: Fraction
    period: int
    points: tuple[Bounds, ...]
    multiplier: Bounds
    bits: int
    family: PolynomialFamily | None = field(default=None, repr=False)

    @property
    def is_attracting(self) -> Verdict:
        """Whether |multiplier| < 1, with proof."""
        lower, upper = self.multiplier
        if lower > -1 and upper < 1:
            return Verdict.PROVED
        return Verdict.REFUTED if lower > 1 or upper < -1 else Verdict.UNDECIDED

    def _line(self) -> str:
        return (
            f"period {self.period} at {number_text(self.parameter)}, multiplier {bounds_text(*self.multiplier, 8)} "
            "[certified]"
        )

    def _repr_html_(self) -> str:
        facts = [
            ("period", str(self.period)),
            ("parameter", text_html(number_text(self.parameter))),
            ("multiplier", text_html(bounds_text(*self.multiplier))),
            ("smallest point", text_html(bounds_text(*min(self.points)))),
            ("certainty", level_html(Certainty.CERTIFIED)),
        ]
        return facts_table("One cycle, proved to be the only one in its box", facts)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CertifiedBifurcation(Shown):
    """A proof that exactly one (cycle, parameter) with a given multiplier lies in a box.

    Attributes
    ----------
    parameter : (Fraction, Fraction)
        Rational bounds of the parameter.
    period : int
        Minimal period.
    multiplier : Fraction
        The multiplier μ, exactly: -1 at a flip, +1 at a tangency, 0 where the cycle is superstable.
    points : tuple of (Fraction, Fraction)
        Rational bounds of the cycle's points.
    bits : int
        Arb precision of the proof.
    family : PolynomialFamily or None
        The family that the cycle belongs to.
    transversality : (Fraction, Fraction) or None
        Bounds of dμ/da along the branch of cycles (for a multiplier other than 1, where the branch is a graph over a).
    flip_coefficient : (Fraction, Fraction) or None
        For multiplier -1: bounds of −2(fⁿ)''' − 3((fⁿ)'')² at the first point, twice the Schwarzian derivative of fⁿ.
    second_derivative, parameter_derivative : (Fraction, Fraction) or None
        For multiplier 1: bounds of (fⁿ)'' and ∂(fⁿ)/∂a at the first point.
    """

    parameter: Bounds
    period: int
    multiplier: Fraction
    points: tuple[Bounds, ...]
    bits: int
    family: PolynomialFamily | None = field(default=None, repr=False)
    transversality: Bounds | None = None
    flip_coefficient: Bounds | None = None
    second_derivative: Bounds | None = None
    parameter_derivative: Bounds | None = None

    @property
    def conditions(self) -> dict[str, Bounds]:
        """The non-degeneracy conditions that apply to this multiplier, by name."""
        names = ("transversality", "flip_coefficient", "second_derivative", "parameter_derivative")
        return {name: bounds for name in names if (bounds := getattr(self, name)) is not None}

    @property
    def is_nondegenerate(self) -> Verdict:
        """PROVED when every condition's bounds exclude zero, so that this is a textbook fold, flip or crossing.

        Undecided where bounds hold zero (a condition may vanish exactly), or where no condition was computed.
        """
        bounds = self.conditions.values()
        proved = bool(bounds) and all(lower > 0 or upper < 0 for lower, upper in bounds)
        return Verdict.PROVED if proved else Verdict.UNDECIDED

    @property
    def criticality(self) -> str | None:
        """For a flip "supercritical" (the doubled cycle is born attracting on its own line) or "subcritical".

        None for other multipliers and where the flip coefficient's bounds hold zero.
        """
        if self.flip_coefficient is None or self.flip_coefficient[0] <= 0 <= self.flip_coefficient[1]:
            return None
        return "supercritical" if self.flip_coefficient[1] < 0 else "subcritical"

    def decimal(self, digits: int = 20) -> str | None:
        """Return the parameter with ``digits`` digits after the point, every one correctly rounded.

        Returns
        -------
        str or None
            None when the proof fails at every precision tried: then the number may lie exactly half-way between two
            decimals.

        Certainty
        ---------
        Certified: both ends of a certified enclosure round to this decimal.

        Raises
        ------
        InputError
            For digits that are no integer from 0 to 100 000, or too many for this period.
        """
        if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= MAX_DIGITS:
            raise InputError("digits", digits, f"must be an integer from 0 to {MAX_DIGITS}", "give a whole number")
        wanted = digits * 10 // 3 + 64
        for bits in (0, wanted, wanted + 128):
            box = self.refined(bits) if bits else self
            if box is not None and (text := round_decimal(box.parameter[0], digits)) == round_decimal(
                box.parameter[1], digits
            ):
                return text
        return None

    def refined(self, bits: int) -> CertifiedBifurcation | None:
        """Prove the same bifurcation anew at another precision; None when that fails or lands outside this box."""
        if self.family is None:
            raise InputError("family", None, "must be known", "give the record its family")
        finer = certify_bifurcation(
            self.family,
            sum(self.parameter) / 2,
            [sum(z) / 2 for z in self.points],
            self.multiplier,
            bits=bits,
        )
        if finer is None or not nested([finer.parameter, *finer.points], [self.parameter, *self.points]):
            return None
        return finer

    def _line(self) -> str:
        return f"period {self.period} has multiplier {self.multiplier} at {bounds_text(*self.parameter)} [certified]"

    def _repr_html_(self) -> str:
        facts = [
            ("period", str(self.period)),
            ("multiplier", str(self.multiplier)),
            ("parameter", text_html(bounds_text(*self.parameter, 20))),
            *((name, text_html(bounds_text(*held))) for name, held in self.conditions.items()),
            ("certainty", level_html(Certainty.CERTIFIED)),
        ]
        return facts_table("One cycle and parameter, proved to be the only one in its box", facts)


def nested(one: Sequence[Bounds], other: Sequence[Bounds]) -> bool:
    """Whether one of two boxes lies in the other: then both hold the same solution; to overlap proves nothing."""

    def inside(inner: Sequence[Bounds], outer: Sequence[Bounds]) -> bool:
        return all(a <= c and d <= b for (a, b), (c, d) in zip(outer, inner, strict=True))

    return inside(one, other) or inside(other, one)


def _horner(coefficients: Sequence[Any], z: Any) -> Any:
    total = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = total * z + coefficient
    return total


def _derived(coefficients: Sequence[Any]) -> list[Any]:
    return [k * c for k, c in enumerate(coefficients)][1:]


def _check_request(orbit: Sequence[float | Fraction], bits: int, argument: str = "bits") -> None:
    """Refuse at once what would take minutes."""
    sequence(orbit, "orbit", "must be the points of a cycle, in order", "as [0.5, -0.2]")
    if not 1 <= len(orbit) <= MAX_PERIOD:
        raise InputError("orbit", f"{len(orbit)} points", f"must have 1 to {MAX_PERIOD} points", "give one cycle")
    if isinstance(bits, bool) or not isinstance(bits, int) or not 32 <= bits <= MAX_BITS:
        raise InputError(argument, bits, f"must be an integer from 32 to {MAX_BITS}", "give a whole number")
    if len(orbit) * bits > _MAX_WORK:
        raise InputError(
            argument, bits, f"must be at most {_MAX_WORK // len(orbit)} for period {len(orbit)}", "use fewer bits"
        )


def bounded_rational(value: object, argument: str) -> Fraction:
    """An exact number of a size that floats can hold."""
    exact = exact_rational(value, argument)
    if abs(exact) >= _MAX_SIZE:
        raise InputError(argument, exact, "must be smaller than 2^1000", "take other units")
    return exact


def _points(orbit: Sequence[float | Fraction]) -> list[Fraction] | None:
    """Approximate points exactly; None where one is infinite or not a number: no cycle is near."""
    if any(isinstance(z, float) and not math.isfinite(z) for z in orbit):
        return None
    return [bounded_rational(z, "orbit") for z in orbit]


def _guard(family: PolynomialFamily, parameter: Fraction, orbit: Sequence[float | Fraction]) -> int:
    return 32 + 2 * stretch(family, parameter, orbit)


def certify_cycle(
    family: PolynomialFamily,
    parameter: float | Fraction,
    orbit: Sequence[float | Fraction],
    *,
    min_bits: int = 64,
    max_bits: int = 1024,
) -> CertifiedCycle | None:
    """Prove that a cycle of period ``len(orbit)`` lies near a given approximate orbit, at an exact parameter.

    Parameters
    ----------
    family : PolynomialFamily
    parameter : float or Fraction
        Exact: a float is the rational it stores.
    orbit : sequence of float or Fraction
        Approximate points in order.
    min_bits, max_bits : int
        The first precision, and the budget up to which it is doubled.

    Returns
    -------
    CertifiedCycle or None
        None when no proof was found near these points.

    Certainty
    ---------
    Certified: Krawczyk on all points together, disjoint boxes, multiplier as a ball.

    Raises
    ------
    InputError
        For an empty orbit, more than 4096 points, more bits than about a minute of work, what is no number (NaN and
        infinities among them), and numbers of 2^1000 and more.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> cycle = certify_cycle(logistic, Fraction(16, 5), [0.513, 0.799])
    >>> cycle.period, str(cycle.is_attracting)
    (2, 'proved')
    """
    instance(family, PolynomialFamily, "family", "give an expression, its variable, its parameter")
    _check_request(orbit, min_bits, "min_bits")
    _check_request(orbit, max_bits, "max_bits")
    exact = bounded_rational(parameter, "parameter")
    places = [bounded_rational(z, "orbit") for z in orbit]
    guard = min(_guard(family, exact, places), max_bits)
    bits = min_bits
    while bits <= max_bits:
        values = refine(family, places, exact, None, bits=bits, guard=guard)
        with working_precision(bits + guard):
            box = krawczyk(family, values, exact, None, bits) if values else None
            if box is not None and disjoint(box):
                slopes = _derived(family.at(ball(exact), ball))
                multiplier = flint.arb(1)
                for z in box:
                    multiplier = multiplier * _horner(slopes, z)
                bounds = ball_bounds(multiplier)
                if bounds[1] - bounds[0] < Fraction(1, 1000) and not (bounds[0] <= 1 <= bounds[1]):
                    return CertifiedCycle(
                        parameter=exact,
                        period=len(orbit),
                        points=tuple(ball_bounds(z) for z in box),
                        multiplier=bounds,
                        bits=bits,
                        family=family,
                    )
        bits *= 2
    return None


def certify_bifurcation(
    family: PolynomialFamily,
    parameter: float | Fraction,
    orbit: Sequence[float | Fraction],
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
    orbit : sequence of float or Fraction
        Approximate points in order; their number is the period.
    multiplier : int or Fraction
        -1 for a flip, +1 for a tangency, 0 for a superstable cycle.
    bits : int
        The bounds are about 2^(-bits) wide, and the solution is the only one within about 2^(-0.6·bits); the working
        precision is higher by what the orbit stretches.

    Returns
    -------
    CertifiedBifurcation or None
        None when no proof was found.  At a degenerate bifurcation (two branches crossing) there is none to find.

    Certainty
    ---------
    Certified: Krawczyk on (points, parameter) together; the regular Jacobian is part of the proof, so that the
    multiplier crosses its value transversally (flip) or the fold is a simple one (tangency).  The record's conditions
    bound the quantities that say so.

    Raises
    ------
    InputError
        For an empty orbit, more than 4096 points, more bits than about a minute of work, what is no number, and numbers
        of 2^1000 and more.

    Examples
    --------
    >>> import sympy
    >>> c, x = sympy.symbols("c x")
    >>> quadratic = PolynomialFamily(x**2 + c, variable=x, parameter=c)
    >>> flip = certify_bifurcation(quadratic, -1.2, [-1.2, 0.2], -1)
    >>> flip.criticality, flip.decimal(30)
    ('supercritical', '-1.250000000000000000000000000000')
    """
    instance(family, PolynomialFamily, "family", "give an expression, its variable, its parameter")
    _check_request(orbit, bits)
    target, places = bounded_rational(multiplier, "multiplier"), _points(orbit)
    if places is None or (isinstance(parameter, float) and not math.isfinite(parameter)):
        return None
    exact = bounded_rational(parameter, "parameter")
    guard = _guard(family, exact, places)
    if guard > bits + _MAX_GUARD:
        return None  # the points are nowhere near a cycle that double precision can tell from others
    values = refine(family, [*places, exact], None, target, bits=bits, guard=guard)
    with working_precision(bits + guard):
        box = krawczyk(family, values, None, target, bits) if values else None
        if box is None or not disjoint(box[:-1]):
            return None
        found = nondegeneracy(family, box[:-1], box[-1], target)
        conditions = {
            name: ball_bounds(value) for name in found.__slots__ if (value := getattr(found, name)) is not None
        }
        return CertifiedBifurcation(
            parameter=ball_bounds(box[-1]),
            period=len(orbit),
            multiplier=target,
            points=tuple(ball_bounds(z) for z in box[:-1]),
            bits=bits,
            family=family,
            **conditions,
        )


def follow_multiplier(
    family: PolynomialFamily, parameter: float, orbit: Sequence[float], start: float, stop: float, *, steps: int = 8
) -> tuple[float, list[float]] | None:
    """Follow a cycle in floats while its multiplier goes from ``start`` to ``stop``; returns (parameter, orbit).

    Certainty
    ---------
    Numerical: a seed for :func:`certify_bifurcation`, nothing else; None where floats overflow.
    """
    try:
        with np.errstate(all="ignore"):
            return _follow(family, parameter, orbit, np.linspace(start, stop, steps + 1))
    except OverflowError:
        return None


def _follow(
    family: PolynomialFamily, parameter: float, orbit: Sequence[float], targets: Any
) -> tuple[float, list[float]] | None:
    values = np.array([*orbit, parameter], dtype=float)
    n = len(orbit)
    rows = [[float(c) for c in row] for row in family.rows]
    for target in targets:
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
        Last period yielded, a power of two up to 512.

    Yields
    ------
    CertifiedBifurcation
        In cascade order; stops early when a proof fails.

    Certainty
    ---------
    Certified.

    Raises
    ------
    InputError
        At once, for a parameter that is no number or a period that is no integer from 1 to 512.
    """
    if isinstance(max_period, bool) or not isinstance(max_period, int) or not 1 <= max_period <= CASCADE_PERIODS[-1]:
        raise InputError(
            "max_period", max_period, f"must be an integer from 1 to {CASCADE_PERIODS[-1]}", "give a whole number"
        )
    return _flips(family, float(bounded_rational(superstable, "superstable")), max_period)


def _flips(family: PolynomialFamily, superstable: float, max_period: int) -> Iterator[CertifiedBifurcation]:
    factor = next(iter(family.free_critical_factors), None)
    if factor is None or factor.degrees()[0] != 1:
        return
    before: float | None = None
    parameter = superstable
    for period in CASCADE_PERIODS:
        if period > max_period:
            return
        try:
            orbit = _critical_cycle(family, factor, parameter, period)
        except ArithmeticError:  # floats overflow
            return
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
    exact = exact_rational(parameter, "parameter")
    try:
        a = float(exact)
        coefficients = list(family.at(a, float))
        starts = [float_roots(factor, a) for factor in family.free_critical_factors]
    except OverflowError:
        return None
    for places in starts:
        for place in places:
            if abs(place.imag) > 1e-9 * (1 + abs(place)):
                continue
            z = float(place.real)
            for _ in range(steps):
                z = _horner(coefficients, z)
                if not abs(z) < 1e6:
                    break
            else:
                found = _certify_tail(family, exact, coefficients, z, max_period)
                found = found or _certify_return(family, exact, place.real, max_period)
                if found is not None:
                    return found
    return None


def _certify_return(
    family: PolynomialFamily, parameter: Fraction, place: float, max_period: int
) -> CertifiedCycle | None:
    """Look for the cycle of a window too narrow for floats: there the critical point almost returns to itself."""
    with working_precision(_RETURN_BITS):
        f = flint.arb_poly(list(family.at(ball(parameter), ball)))
        slope, bend = f.derivative(), f.derivative().derivative()
        critical = flint.arb(place)
        for _ in range(4):
            critical = (critical - slope(critical) / bend(critical)).mid()
        orbit = [critical]
        for _ in range(max_period):
            orbit.append(f(orbit[-1]).mid())
        close = [n for n in range(1, max_period + 1) if abs(orbit[n] - critical) < _RETURN]  # NaN is not
    for period in close[:_MAX_PROOFS]:
        with working_precision(_RETURN_BITS):
            z = orbit[period]
            for _ in range(_TURNS * period):
                z = f(z).mid()
            turn = [z]
            while len(turn) < period:
                turn.append(f(turn[-1]).mid())
            if not all(abs(z) < 1e6 for z in turn):
                return None
            points = [ball_bounds(z)[0] for z in turn]
        cycle = certify_cycle(family, parameter, points)
        if cycle is not None and cycle.is_attracting is Verdict.PROVED:
            return cycle
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
        if not (gaps[period - 1] <= 1e-3 and abs(float(np.prod(slopes))) <= 1.01):
            continue  # far from closing up (NaN is), or clearly repelling: no proof to be had
        if not proofs_left:
            return None
        proofs_left -= 1
        cycle = certify_cycle(family, parameter, orbit[:period], max_bits=256)
        if cycle is not None and cycle.is_attracting is Verdict.PROVED:
            return cycle
    return None
