"""Kneading charts: a family with one free critical point, as the plain numbers that itineraries and proofs need.

:func:`kneading_story` decides whether a family is in scope: one free critical point, rational in the parameter, at
most one bound one; a story from the birth of a fixed point to the full map; and a theorem that makes the kneading
sequence monotone along it.  Then every admissible word between the two ends of the story belongs to one and only one
window.  What a family lacks is said, never guessed.

A chart travels between processes and needs no computer algebra.  :func:`locate` finds parameters by their words in
floats, a place to look and no more; :class:`Jets` carries orbits and their derivatives in balls, for proofs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

import flint
import numpy as np

from symphase.algebraic import RealAlgebraic
from symphase.arguments import interval
from symphase.boundaries import find_boundaries
from symphase.cells import parameter_roots
from symphase.enclosures import Verdict, ball, working_precision
from symphase.errors import InputError
from symphase.itineraries import THREE_LAPS, TWO_LAPS, Itinerary, LapStructure
from symphase.maps import PolynomialFamily, eliminate, exact_terms
from symphase.onset import MonotonicityTheorem, monotonicity_theorem
from symphase.thresholds import Boundaries, BoundaryKind

__all__ = [
    "Jets",
    "KneadingChart",
    "KneadingStory",
    "Rational",
    "bisect_balls",
    "kneading_at",
    "kneading_letters",
    "kneading_story",
    "lap_code",
    "locate",
]

Rational = tuple[tuple[Fraction, ...], tuple[Fraction, ...]]
MAX_BITS: Final = 4096
MAX_SIZE: Final = Fraction(2**1000)  # of coefficients and parameters: floats must be able to look for a place
_QUADRATIC: Final = (
    "the kneading sequence of x² + c is monotone in c (Milnor and Thurston 1988, theorem 13.1), so is the multiplier "
    "of the attracting cycle in a hyperbolic component (Douady and Hubbard), so that a window has one flip"
)
_MARGIN: Final = 30  # the ends of a chart lie about 2^-30 of its length outside the story's


@dataclass(frozen=True, slots=True, kw_only=True)
class KneadingChart:
    """What kneading needs of a family, as plain numbers: it travels between processes and needs no computer algebra.

    Attributes
    ----------
    rows : tuple of tuple of Fraction
        ``rows[k][j]`` is the coefficient of z**k * a**j.
    critical : (tuple, tuple)
        Numerator and denominator, as polynomials in a, of the free critical point c.
    bound : (tuple, tuple) or None
        Likewise the bound critical point; it ends the second of three laps, or is an inflection at the end of two.
    orientation : int
        +1 if f(c) is a maximum, −1 if it is a minimum (the line is then read from right to left).
    laps : LapStructure
    birth : Fraction
        A parameter at which f(c) < c: about where the story begins.
    start, stop : Fraction
        Parameters between which the words of period ≥ 2 lie, in phase order (``start`` may exceed ``stop``).
    """

    rows: tuple[tuple[Fraction, ...], ...]
    critical: Rational
    bound: Rational | None
    orientation: int
    laps: LapStructure
    birth: Fraction
    start: Fraction
    stop: Fraction

    @property
    def direction(self) -> int:
        """+1 if the words grow with the parameter, −1 if they fall."""
        return 1 if self.start < self.stop else -1


@dataclass(frozen=True, slots=True, kw_only=True)
class KneadingStory:
    """What makes a family's windows complete: its chart, the ends of its story, and the theorem.

    Attributes
    ----------
    family, reduced_family : PolynomialFamily
        As given, and the quotient by an odd symmetry if there is one; words are those of the latter.
    chart : KneadingChart
    birth : RealAlgebraic
        Where the fixed point becomes attracting.
    is_fold : bool
        Whether it is born there together with its twin; otherwise two fixed points exchange stability.
    superstable, flip : RealAlgebraic
        Where the fixed point is superstable, and where it flips.
    end : RealAlgebraic
        Where the map is full: beyond it almost every orbit escapes.
    theorem : MonotonicityTheorem
        Why the kneading sequence is monotone between ``superstable`` and ``end``.
    within : (Fraction, Fraction) or None
        The interval that told this story from others of the family, as it was given.
    """

    family: PolynomialFamily
    reduced_family: PolynomialFamily
    chart: KneadingChart
    birth: RealAlgebraic
    is_fold: bool
    superstable: RealAlgebraic
    flip: RealAlgebraic
    end: RealAlgebraic
    theorem: MonotonicityTheorem
    within: tuple[Fraction, Fraction] | None = None


def kneading_story(family: PolynomialFamily, within: tuple[object, object] | None = None) -> KneadingStory:
    """Decide whether a family's windows can be listed completely, or say what is missing.

    Parameters
    ----------
    family : PolynomialFamily
    within : (number, number), optional
        Parameter interval in which the flip of the fixed point is looked for, as in ``find_boundaries``.

    Returns
    -------
    KneadingStory

    Certainty
    ---------
    Exact: ends are algebraic numbers, the hypotheses of the theorem are checked exactly, and the itineraries at both
    ends are decided in balls.

    Raises
    ------
    InputError
        For several free critical points, no known theorem of monotone kneading, a story without an end, or coefficients
        that are not within 2^±1000.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> story = kneading_story(PolynomialFamily(r * x * (1 - x), variable=x, parameter=r))
    >>> story.chart.laps.alphabet, str(story.birth), str(story.end)
    ('LR', '1', '4')
    """
    if not isinstance(family, PolynomialFamily):
        raise InputError("family", family, "must be a PolynomialFamily", "see symphase.PolynomialFamily")
    if within is None:
        return _story(family, None)
    return _story(family, interval(within))


@lru_cache(maxsize=16)
def _story(family: PolynomialFamily, within: tuple[Fraction, Fraction] | None) -> KneadingStory:
    sizes = [abs(value) for row in family.rows for value in row if value]
    if not all(1 / MAX_SIZE < size < MAX_SIZE for size in sizes):
        raise InputError("family", family, "has coefficients that are not within 2^±1000", "take other units")
    _check_critical_points(family.odd_quotient() or family)
    try:
        boundaries = find_boundaries(family, within=within, doublings=3)
    except ArithmeticError as reason:
        raise InputError(
            "family",
            family,
            f"has a boundary here that could not be decided: {reason}",
            "give limits within that leave it out",
        ) from None
    reduced = boundaries.reduced_family
    kinds = (BoundaryKind.STABILITY, BoundaryKind.FLIP, BoundaryKind.ESCAPE)
    birth, flip, end = (_exact_end(boundaries, kind) for kind in kinds)
    direction = boundaries.direction
    before, behind = (0, 1)[::direction]  # of what encloses a number, the bound on the way to it, and the other one
    bits = _MARGIN
    while abs(end.enclose(bits)[0] - birth.enclose(bits)[0]) * 2**bits < 2 ** (_MARGIN - 1):
        bits += 32
    margin = Fraction(direction, 2**bits)
    start = flip.enclose(bits + 2)[before] - margin
    stop = end.enclose(bits + 2)[behind] + margin
    _check_critical_points(reduced)  # it may be the family where its quotient has another story
    free = reduced.free_critical_factors[0]
    first, last = sorted((birth, flip))
    crossings = parameter_roots(eliminate(free, reduced.polynomial - reduced.iterate(0)))
    fixed = [root for root in crossings if first < root < last]
    if len(fixed) != 1:
        raise InputError(
            "family",
            family,
            f"has {len(fixed)} superstable fixed points between birth and flip, not one",
            "where the degree falls on the way, take another form, such as x**2 + c for 1 - a*x**2",
        )
    begin = fixed[0].enclose(bits)[before] - margin
    theorem = monotonicity_theorem(reduced, *sorted((begin, stop)))
    if theorem.verdict is not Verdict.PROVED:
        raise InputError(
            "family",
            family,
            f"cannot be listed completely: {theorem.statement}",
            "find_boundaries still finds what it can prove",
        )
    if reduced.degree == 2:  # the entropy's theorem follows from that of the kneading sequence, which is the one needed
        hypotheses = theorem.statement.partition(";")[0]
        theorem = MonotonicityTheorem(verdict=theorem.verdict, statement=f"{hypotheses}; {_QUADRATIC}")
    chart = _chart(reduced, birth.enclose(bits)[0], start, stop)
    count = 24
    ends = kneading_letters(chart, start, 2), kneading_letters(chart, stop, count)
    letters = chart.laps.alphabet
    full = "RL".ljust(count, "L") if chart.laps == TWO_LAPS else "2" * count
    if ends != (letters[1] * 2, full):
        raise InputError(
            "family",
            family,
            f"does not run to the full map: its itineraries go from {ends[0]} to {ends[1]}",
            "find_boundaries still finds what it can prove",
        )
    return KneadingStory(
        family=family,
        reduced_family=reduced,
        chart=chart,
        birth=birth,
        is_fold=any(birth in parameter_roots(factor.discriminant("z")) for factor in reduced.fixed_point_factors),
        superstable=fixed[0],
        flip=flip,
        end=end,
        theorem=theorem,
        within=within,
    )


def _exact_end(boundaries: Boundaries, kind: BoundaryKind) -> RealAlgebraic:
    boundary = boundaries.find(kind)  # the first flip is that of the fixed point
    found = None if boundary is None else boundary.algebraic
    if found is None:
        reasons = [reason for missing, reason in boundaries.missing if missing is kind]
        why = "; ".join(reasons) or "it is not known exactly"
        raise InputError(
            "family",
            boundaries.family,
            f"cannot be listed completely without the {kind}: {why}",
            "find_boundaries still finds what it can prove",
        )
    return found


def _check_critical_points(family: PolynomialFamily) -> None:
    free = family.free_critical_factors
    count = sum(int(factor.degrees()[0]) for factor in free)
    if count != 1:
        raise InputError(
            "family",
            family,
            f"has {count} free critical points, and a complete list of windows needs exactly one",
            "kneading theory for several free critical points is not built in",
        )
    others = [factor for factor in family.critical_factors if factor != free[0]]
    if len(others) > 1 or any(factor.degrees()[0] != 1 for factor in others):
        raise InputError(
            "family",
            family,
            "has several bound critical points",
            "lap structures with at most one bound critical point are built in",
        )


def _chart(family: PolynomialFamily, birth: Fraction, start: Fraction, stop: Fraction) -> KneadingChart:
    """Read the chart of a family whose critical points were checked."""
    free = family.free_critical_factors[0]
    critical = _solved(free)
    bound, laps = None, TWO_LAPS
    for factor, multiplicity in family.derivative.factor()[1]:
        if factor == free and multiplicity != 1:
            raise InputError("family", family, "has a degenerate critical point", "f'' must not vanish there")
        if factor.degrees()[0] > 0 and factor != free:
            bound = _solved(factor)
            laps = THREE_LAPS if multiplicity % 2 else TWO_LAPS  # of even multiplicity: an inflection, no end of a lap
    middle = (start + stop) / 2
    c = _fraction(critical, middle)
    coefficients: tuple[Fraction, ...] = family.at(middle)
    second = sum(k * (k - 1) * v * c ** (k - 2) for k, v in enumerate(coefficients) if k >= 2)
    return KneadingChart(
        rows=family.rows,
        critical=critical,
        bound=bound,
        orientation=-1 if second > 0 else 1,
        laps=laps,
        birth=birth,
        start=start,
        stop=stop,
    )


def _solved(factor: Any) -> Rational:
    """The root of a factor linear in z, as numerator and denominator in a."""
    parts: tuple[dict[int, Fraction], dict[int, Fraction]] = ({0: Fraction(0)}, {0: Fraction(0)})
    for (power, order), value in exact_terms(factor).items():
        parts[power][order] = value if power else -value
    top, bottom = (tuple(part.get(j, Fraction(0)) for j in range(max(part) + 1)) for part in parts)
    return top, bottom


def _horner(coefficients: Sequence[Any], x: Any) -> Any:
    total = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = total * x + coefficient
    return total


def _fraction(rational: Rational, a: Fraction) -> Fraction:
    value: Fraction = _horner(rational[0], a) / _horner(rational[1], a)
    return value


# --- floats: where to look --------------------------------------------------------------------------------------------


def locate(chart: KneadingChart, words: Sequence[str], *, fixed: bool = False) -> list[float]:
    """Bisect in floats on the order of itineraries: parameters near which f(c) has the given itineraries.

    Parameters
    ----------
    chart : KneadingChart
    words : sequence of str
        All of one length; letters of laps, the last may be C.
    fixed : bool
        Whether the word of the fixed point is among them, which lies before ``chart.start``.

    Returns
    -------
    list of float

    Certainty
    ---------
    Numerical: starting points for proofs, nothing else.
    """
    if not words:
        return []
    codes = chart.laps.codes
    target = np.array([[codes[letter] for letter in word] for word in words])
    low = np.full(len(words), float(chart.birth if fixed else chart.start))
    high = np.full(len(words), float(chart.stop))
    rows = [[float(v) for v in row] for row in chart.rows]
    marks = [chart.critical] if chart.bound is None else [chart.critical, chart.bound]
    parts = [[[float(v) for v in part] for part in mark] for mark in marks]
    sign = chart.orientation
    with np.errstate(all="ignore"):  # an orbit that leaves the floats has left the laps long before
        for _ in range(56):
            a = (low + high) / 2
            coefficients = [_horner(row, a) for row in rows]
            ends = [_horner(top, a) / _horner(bottom, a) for top, bottom in parts]
            z = ends[0]
            order = np.zeros(len(words))
            parity = np.ones(len(words))
            for place in range(target.shape[1]):
                z = _horner(coefficients, z)
                seen = sum(2 * (sign * z > sign * end) for end in ends)
                order = np.where(order == 0, parity * np.sign(seen - target[:, place]), order)
                parity = np.where(seen == 2, -parity, parity)
            low = np.where(order < 0, a, low)
            high = np.where(order < 0, high, a)
    return [float(value) for value in (low + high) / 2]


def bisect_balls(chart: KneadingChart, letters: str, bits: int) -> Any | None:
    """Bisection on the order of itineraries in balls: slow, and never at the end of its digits."""
    low, high = ball(chart.start), ball(chart.stop)
    jets = Jets(chart)
    codes, down = chart.laps.codes, chart.laps.alphabet[1]
    for _ in range(bits // 2):
        a = ((low + high) / 2).mid()
        c, b = jets.marks(a)
        coefficients = jets.coefficients(a)[0]
        z, even = c, True
        for letter in letters:
            z = _horner(coefficients, z)
            seen = lap_code(z, c, b, chart.orientation)
            if seen is None:
                return a  # the orbit meets c to all digits: this is the place
            if seen != codes[letter]:
                break
            even ^= letter == down
        else:
            return a
        if (seen > codes[letter]) == even:
            high = a
        else:
            low = a
    return ((low + high) / 2).mid()


def lap_code(z: Any, c: Any, b: Any | None, orientation: int) -> int | None:
    """0, 2 or 4 for the lap in which a ball lies, None where it lies in no single one."""
    if orientation < 0:
        z, c, b = -z, -c, (None if b is None else -b)
    if z < c:
        return 0
    if not z > c:
        return None
    if b is None or z < b:
        return 2
    return 4 if z > b else None


def kneading_letters(chart: KneadingChart, parameter: Fraction, count: int) -> str:
    """The first letters of the itinerary of f(c) at an exact parameter.

    Returns
    -------
    str
        ``count`` letters, or fewer: it ends with C where the orbit returns to c exactly, and stops where balls of up to
        4096 bits and exact arithmetic do not tell the lap.

    Certainty
    ---------
    Certified: balls decide each letter, exact arithmetic the returns to c.
    """
    alphabet = chart.laps.alphabet
    bits = 64 + 8 * count
    while True:
        with working_precision(bits):
            jets, a = Jets(chart), ball(parameter)
            c, b = jets.marks(a)
            f, f1, _ = jets.coefficients(a)
            letters, z = "", c
            for _ in range(count):
                z = _image(f, _horner(f1, z), z)
                code = lap_code(z, c, b, chart.orientation)
                if code is None:
                    break
                letters += alphabet[code // 2]
        if len(letters) == count:
            return letters
        if _lands(chart, parameter, len(letters) + 1, chart.critical):
            return letters + "C"
        bits *= 4
        if bits > MAX_BITS:
            return letters


def kneading_at(chart: KneadingChart, parameter: Fraction, count: int) -> Itinerary | str:
    """The whole itinerary of f(c) where an exact argument tells it, otherwise its first letters.

    Returns
    -------
    Itinerary or str
        An itinerary where f(c) comes to the bound critical point exactly: that goes to the fixed left end and stays.
        Otherwise as :func:`kneading_letters`.

    Certainty
    ---------
    Certified, the landing exact.
    """
    letters = kneading_letters(chart, parameter, count)
    if len(letters) == count or chart.bound is None or not _lands(chart, parameter, len(letters) + 1, chart.bound):
        return letters
    down, left = chart.laps.alphabet[1], chart.laps.alphabet[0]
    return Itinerary(letters + down, left)  # b ends two laps; no itinerary lies between those written with either


def _lands(chart: KneadingChart, parameter: Fraction, count: int, mark: Rational) -> bool:
    """Whether f^count(c) is a critical point, exactly; heights grow like degree^count: few steps are within reach."""
    f = [_horner(row, parameter) for row in chart.rows]
    z = _fraction(chart.critical, parameter)
    for _ in range(count):
        z = _horner(f, z)
        if z.denominator.bit_length() > MAX_BITS:
            return False
    return z == _fraction(mark, parameter)


# --- jets along an orbit ----------------------------------------------------------------------------------------------


def _trim(values: Iterable[Any]) -> list[Any]:
    kept = list(values)
    while len(kept) > 1 and kept[-1].is_zero():
        kept.pop()
    return kept


def _image(f: list[Any], by_z: Any, z: Any) -> Any:
    """f over a ball in mean value form."""
    middle = z.mid()
    return _horner(f, middle) + by_z * (z - middle)


class Jets:
    """The family's coefficients as balls at the current precision, and orbits with their derivatives."""

    def __init__(self, chart: KneadingChart) -> None:
        self.chart = chart
        self.rows = [_trim(ball(v) for v in row) for row in chart.rows]
        self.row_slopes = [_trim([ball(j * v) for j, v in enumerate(row)][1:] or [ball(0)]) for row in chart.rows]
        self.critical = [[ball(v) for v in part] for part in chart.critical]
        self.critical_slopes = [[ball(j * v) for j, v in enumerate(p)][1:] or [ball(0)] for p in chart.critical]
        self.bound = None if chart.bound is None else [[ball(v) for v in part] for part in chart.bound]
        self.codes = chart.laps.codes

    def marks(self, a: Any) -> tuple[Any, Any | None]:
        """The ends of laps: the free critical point and, for three laps, the bound one."""
        c = _horner(self.critical[0], a) / _horner(self.critical[1], a)
        if self.bound is None or self.chart.laps.laps == 2:
            return c, None
        return c, _horner(self.bound[0], a) / _horner(self.bound[1], a)

    def critical_slope(self, a: Any, c: Any) -> Any:
        """dc/da."""
        top, bottom = _horner(self.critical_slopes[0], a), _horner(self.critical_slopes[1], a)
        return (top - c * bottom) / _horner(self.critical[1], a)

    def coefficients(self, a: Any) -> tuple[list[Any], list[Any], list[Any]]:
        """Of f, ∂f/∂z and ∂f/∂a as polynomials in z."""
        f = [_horner(row, a) for row in self.rows]
        return f, [k * v for k, v in enumerate(f)][1:], _trim(_horner(row, a) for row in self.row_slopes)

    def in_laps(self, points: Sequence[Any], letters: str, c: Any, b: Any | None) -> bool:
        """Whether each point lies in its lap, for certain."""
        codes, orientation = self.codes, self.chart.orientation
        return all(lap_code(z, c, b, orientation) == codes[s] for z, s in zip(points, letters, strict=True))

    def critical_orbit(self, a: Any, count: int, *, wide: bool = False) -> tuple[list[Any], list[Any], Any]:
        """Points fⁱ(c), their slopes in a, for i = 0 … count, and A = ½ ∂²f^count/∂z² at c.

        ``wide`` for proofs: images in mean value form, whose radius grows by |f'| as it should and not by Horner's
        overestimate of it.
        """
        f, f1, fa = self.coefficients(a)
        c, _ = self.marks(a)
        z, slope = c, self.critical_slope(a, c)
        points, slopes = [z], [slope]
        curvature = _horner([k * v for k, v in enumerate(f1)][1:], c) / 2
        for step in range(count):
            by_z = _horner(f1, z)
            if step:
                curvature = curvature * by_z
            slope = by_z * slope + _horner(fa, z)
            z = _image(f, by_z, z) if wide else _horner(f, z)
            points.append(z)
            slopes.append(slope)
        return points, slopes, curvature

    def cycle(self, z: Any, a: Any, count: int, *, wide: bool = False) -> tuple[list[Any], tuple[Any, Any, Any, Any]]:
        """Points of an orbit, and (D, P, D_z, D_a) for D = ∂_z f^count, P = ∂_a f^count."""
        f, f1, fa = self.coefficients(a)
        f2 = [k * v for k, v in enumerate(f1)][1:]
        fa1 = _trim([k * v for k, v in enumerate(fa)][1:] or [flint.arb(0)])
        points = [z]
        d, p, dz, da = flint.arb(1), flint.arb(0), flint.arb(0), flint.arb(0)
        for _ in range(count):
            by_z, by_zz = _horner(f1, z), _horner(f2, z)
            bend = by_zz * d
            da = bend * p + _horner(fa1, z) * d + by_z * da
            dz = bend * d + by_z * dz
            p = by_z * p + _horner(fa, z)
            d = by_z * d
            z = _image(f, by_z, z) if wide else _horner(f, z)
            points.append(z)
        return points, (d, p, dz, da)
