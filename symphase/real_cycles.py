"""Every real cycle of a family at one exact parameter, up to a period: listed by itinerary, proved one by one.

Between its critical points f is monotone, so a cycle is told by the laps that its points lie in.  An itinerary u,
turned to its largest point, belongs to a cycle at parameter a exactly if u^∞ does not exceed the itinerary K of f(c)
(three laps: or if it is the fixed point at the upper end).  Only one cycle has it, unless a cycle attracts: two points
with one itinerary would bound an interval whose images miss c for ever, and such an interval tends to an attracting or
neutral cycle (de Melo and van Strien, "One-Dimensional Dynamics", 1993, chapter II), which also attracts c (Singer
1978), so that u^∞ = K.  What happens there is known, too:

* an attracting cycle of multiplier > 0 has a repelling twin with the same itinerary, the end of its basin;
* one of multiplier < 0 is alone;
* between a flip and the next superstable parameter the doubled cycle attracts, with the itinerary of the cycle that
  flipped, written twice.

Completeness thus rests on comparisons of words, each decided by balls; for short periods the number of cycles is
counted once more, as real roots of the dynatomic polynomial, in integers.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

import flint
import numpy as np

from symphase.algebraic import isolate_real_roots
from symphase.cells import Sample
from symphase.charts import MAX_SIZE, Jets, KneadingChart, Rational, kneading_at, kneading_story, lap_code
from symphase.cycles import CertifiedCycle, find_attracting_cycle
from symphase.display import (
    Shown,
    bounds_text,
    count_text,
    family_html,
    level_html,
    number_text,
    rows_table,
    text_html,
    words_html,
)
from symphase.enclosures import Verdict, ball, ball_bounds, working_precision
from symphase.errors import InputError
from symphase.formulas import exact_rational
from symphase.itineraries import CRITICAL, Itinerary, LapStructure, census
from symphase.krawczyk import refine
from symphase.maps import PolynomialFamily, proper_divisors
from symphase.windows import AtlasError, Bounds

__all__ = ["RealCycle", "RealCycles", "unstable_cycles"]

MAX_PERIOD: Final = 16
MAX_CYCLES: Final = 100_000
_COUNTED_DEGREE: Final = 81  # of fⁿ, up to which real roots are counted
_BITS: Final = 256
_EXPONENT: Final = 64  # points are kept in units of 2^-64 of the interval's length, or finer
_FINER: Final = 16
_FAR: Final = 40  # bits that an error grows by along a cycle, beyond which floats do not tell its points
_MAX_GROWTH: Final = 2048
_ROUNDS: Final = (24, 240, 2400)  # backward steps before Newton: weakly repelling cycles need many


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RealCycle(Shown):
    """One cycle, proved to be the only one of its period in its boxes: interval Newton holds on the first box as it is.

    Attributes
    ----------
    word : str
        Its itinerary, from the largest point on; C for the critical point.
    units : tuple of int
        The points in the order of the orbit, from the largest on: m stands for (m − 1, m + 1) in units of 2^-exponent.
    exponent : int
        64, less the bits of the length of the interval that holds all bounded orbits; more where cycles lie close.
    multiplier : (Fraction, Fraction)
        Bounds of (fⁿ)'.
    """

    word: str
    units: tuple[int, ...]
    exponent: int
    multiplier: Bounds

    @property
    def period(self) -> int:
        """Minimal period."""
        return len(self.word)

    @property
    def points(self) -> tuple[Bounds, ...]:
        """Bounds of the points, in the order of the orbit."""
        scale = Fraction(2) ** self.exponent
        return tuple(((m - 1) / scale, (m + 1) / scale) for m in self.units)

    @property
    def is_attracting(self) -> bool:
        """Whether the cycle attracts; proved either way."""
        return self.multiplier[0] > -1 and self.multiplier[1] < 1

    def _line(self) -> str:
        return f"{self.word}, period {self.period}, multiplier {bounds_text(*self.multiplier, 8)} [certified]"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RealCycles(Shown, Sequence[RealCycle]):
    """The real cycles of a family at one parameter.

    Attributes
    ----------
    family : PolynomialFamily
        The family whose cycles these are: the quotient, where an odd symmetry was divided out.
    parameter : Fraction
    max_period : int
    cycles : tuple of RealCycle
        By period, then by their largest point.
    completeness : Verdict
        PROVED if there are no others up to that period; UNDECIDED otherwise.
    statement : str
        What the completeness rests on, or what stayed open.
    """

    family: PolynomialFamily
    parameter: Fraction
    max_period: int
    cycles: tuple[RealCycle, ...] = field(repr=False)
    completeness: Verdict
    statement: str

    def __len__(self) -> int:
        return len(self.cycles)

    def __iter__(self) -> Iterator[RealCycle]:
        return iter(self.cycles)

    def __getitem__(self, index: Any) -> Any:
        return self.cycles[index]

    @property
    def unstable(self) -> tuple[RealCycle, ...]:
        """The repelling ones."""
        return tuple(cycle for cycle in self.cycles if not cycle.is_attracting)

    def of_period(self, period: int) -> tuple[RealCycle, ...]:
        """The cycles of one period."""
        if isinstance(period, bool) or not isinstance(period, int) or not 1 <= period <= self.max_period:
            raise InputError("period", period, f"must be an integer from 1 to {self.max_period}", "give a whole number")
        return tuple(cycle for cycle in self.cycles if cycle.period == period)

    def _line(self) -> str:
        complete = "complete" if self.completeness is Verdict.PROVED else "perhaps not all"
        return (
            f"{count_text(len(self), 'cycle')} up to period {self.max_period} at {number_text(self.parameter)}, "
            f"{complete} [certified]"
        )

    def _repr_html_(self) -> str:
        rows = (
            (f"<code>{text_html(cycle.word)}</code>", str(cycle.period), text_html(bounds_text(*cycle.multiplier)))
            for cycle in self.cycles
        )
        caption = (
            f"Real cycles of {family_html(self.family)} at {number_text(self.parameter)} {level_html('certified')}"
        )
        columns = ("word", "period", "multiplier")
        return rows_table(caption, columns, rows, total=len(self), note=words_html(self.statement))


def unstable_cycles(
    family: PolynomialFamily, parameter: object, max_period: int, *, within: tuple[object, object] | None = None
) -> RealCycles:
    """Find and prove every real cycle at one exact parameter, up to a period; attracting ones are marked.

    Parameters
    ----------
    family : PolynomialFamily
        In scope of :func:`symphase.charts.kneading_story`.
    parameter : int, float, Fraction, Decimal or str
        Exact, smaller than 2^1000; beyond the birth of the story's fixed point, possibly beyond its end, but not so far
        that double precision cannot look for cycles.
    max_period : int
        1 to 16, and at most 100 000 cycles: 12 for three laps.
    within : (number, number), optional
        As in ``find_boundaries``.

    Returns
    -------
    RealCycles

    Certainty
    ---------
    Each cycle is certified by interval Newton, its itinerary by the laps of its points.  That none is missing is proved
    unless ``completeness`` says otherwise, as at a parameter where a cycle is neutral.

    Raises
    ------
    InputError
        For families out of scope, parameters before the story, too far beyond it, or where the degree falls.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> cycles = unstable_cycles(PolynomialFamily(r * x * (1 - x), variable=x, parameter=r), "3.84", 4)
    >>> [(cycle.word, cycle.is_attracting) for cycle in cycles]
    [('L', False), ('R', False), ('RL', False), ('RLR', False), ('RLL', True), ('RLRR', False)]
    """
    exact = exact_rational(parameter, "parameter")
    if abs(exact) >= MAX_SIZE:
        raise InputError("parameter", exact, "must be smaller than 2^1000", "take other units")
    if isinstance(max_period, bool) or not isinstance(max_period, int) or not 1 <= max_period <= MAX_PERIOD:
        raise InputError("max_period", max_period, f"must be an integer from 1 to {MAX_PERIOD}", "give a whole number")
    story = kneading_story(family, within)
    chart = story.chart
    total = sum(census(chart.laps.laps, max_period).cycles)
    if total > MAX_CYCLES:
        raise InputError(
            "max_period", max_period, f"can make {total} cycles, at most {MAX_CYCLES}", "take a smaller period"
        )
    if not (story.birth < exact if chart.direction > 0 else exact < story.birth):
        side = ">" if chart.direction > 0 else "<"
        raise InputError(
            "parameter",
            exact,
            f"must be {side} {story.birth}, where the story of this family begins",
            "see kneading_story",
        )
    _check_shape(story.reduced_family, chart, exact)
    return _Search(story.reduced_family, chart, exact, max_period).run()


def _check_shape(family: PolynomialFamily, chart: KneadingChart, parameter: Fraction) -> None:
    """The chart holds as long as the degree does and c stays the maximum, or minimum, that it is in the story."""
    coefficients: tuple[Fraction, ...] = family.at(parameter)
    top, bottom = (sum((v * parameter**j for j, v in enumerate(part)), Fraction(0)) for part in chart.critical)
    if not coefficients[-1] or not bottom:
        raise InputError("parameter", parameter, "is where the degree of this family falls", "take another parameter")
    c = top / bottom
    bend = sum((k * (k - 1) * v * c ** (k - 2) for k, v in enumerate(coefficients) if k >= 2), Fraction(0))
    if not bend * chart.orientation < 0:
        raise InputError(
            "parameter",
            parameter,
            "is beyond where the degree of this family falls and its map turns around",
            "take a smaller parameter",
        )


class _Search:
    def __init__(self, family: PolynomialFamily, chart: KneadingChart, parameter: Fraction, max_period: int) -> None:
        self.family, self.chart, self.parameter, self.max_period = family, chart, parameter, max_period
        self.laps: LapStructure = chart.laps
        self.open: list[str] = []
        self.ends = self._interval()
        lower, upper = self.ends
        self.exponent = _EXPONENT - _size(upper - lower)
        growth = self._growth()
        self.far, self.bits = growth > _FAR, _BITS + 2 * growth

    def _interval(self) -> Bounds:
        """The interval that holds all bounded orbits, to a hundred digits."""
        ends = Sample(self.family, self.parameter).ends()
        if ends is None:  # cannot happen: the story's fixed point is bounded
            raise AtlasError("no bounded orbits although the story has begun")
        lower, upper = ends[0].enclose(1100)[0], ends[1].enclose(1100)[1]
        if max(abs(lower), abs(upper)) >= MAX_SIZE or upper - lower <= 1 / MAX_SIZE:
            raise InputError("parameter", self.parameter, "has cycles beyond 2^±1000", "take other units")
        return lower, upper

    def _growth(self) -> int:
        """Bits that an error grows by along a cycle: the slope is at most what it is at the ends, or at c's image's."""
        coefficients: tuple[Fraction, ...] = self.family.at(self.parameter)
        slopes = [k * v for k, v in enumerate(coefficients)][1:]
        at_ends = (abs(sum((v * z**k for k, v in enumerate(slopes)), Fraction(0))) for z in self.ends)
        growth = max(1, _size(max(at_ends)) + 1) * self.max_period
        if growth > _MAX_GROWTH:
            raise InputError(
                "parameter",
                self.parameter,
                "is so far beyond the story that its cycles repel too strongly",
                "go nearer",
            )
        return growth

    def run(self) -> RealCycles:
        count = 4 * self.max_period + 64
        kneading = kneading_at(self.chart, self.parameter, count)
        letters = kneading if isinstance(kneading, str) else kneading.first(count)
        attracting = None if letters.endswith(CRITICAL) or kneading is not letters else self._attracting(letters)
        if letters.endswith(CRITICAL):
            kneading = Itinerary("", letters)
        elif attracting is not None:
            kneading = Itinerary("", attracting[0])
        words: list[str] = []
        for period in range(1, self.max_period + 1):
            words += self._below(self.laps.cycles(period), kneading)
        found = self._prove(words)
        if letters.endswith(CRITICAL) and len(letters) <= self.max_period:
            found += self._prove([letters])
        if attracting is not None:
            found += self._at_kneading(*attracting)
        key = self.laps.key
        found.sort(key=lambda cycle: (cycle.period, key(cycle.word), cycle.points[0]))
        self._check_boxes(found)
        if not self.open:
            self._count(found)
        statement = "every itinerary up to the period was compared with that of the critical point, in balls"
        if self.open:
            statement = f"open: {'; '.join(self.open[:5])}" + (f" and {len(self.open) - 5} more" * (len(self.open) > 5))
        return RealCycles(
            family=self.family,
            parameter=self.parameter,
            max_period=self.max_period,
            cycles=tuple(found),
            completeness=Verdict.UNDECIDED if self.open else Verdict.PROVED,
            statement=statement,
        )

    def _attracting(self, letters: str) -> tuple[str, CertifiedCycle] | None:
        """An attracting cycle, and its primitive itinerary from the largest point on."""
        cycle = find_attracting_cycle(self.family, self.parameter, max_period=2 * self.max_period)
        if cycle is None:
            return None
        if len(letters) < cycle.period:
            self.open.append("the itinerary of the critical point next to the attracting cycle")
            return None
        # the critical point is in the basin next to the cycle: its itinerary is the cycle's from the first letter on
        word = letters[: cycle.period]
        word = word[: (word + word).find(word, 1)]
        if Itinerary("", word).first(len(letters)) != letters:
            raise AtlasError("the critical orbit does not follow the attracting cycle's itinerary")  # Singer 1978
        return word, cycle

    def _below(self, words: Sequence[str], kneading: Itinerary | str) -> list[str]:
        """Of words in increasing order those below the kneading sequence, and the upper end's."""

        def compare(word: str) -> int:
            if isinstance(kneading, Itinerary):
                return self.laps.compare(word, kneading)
            if Itinerary("", word).first(len(kneading)) == kneading:
                return 0  # open: so is every word, where no letter is known
            return self.laps.compare(word, Itinerary(kneading, kneading[-1]))

        top = self.laps.alphabet[-1]
        index = bisect_left(words, 0, key=compare)
        below = list(words[:index])
        rest = words[index : bisect_right(words, 0, key=compare)]
        if not isinstance(kneading, Itinerary):
            self.open += [f"whether there are cycles ({w})^∞" for w in rest if not (self.laps.laps == 3 and w == top)]
        if self.laps.laps == 3 and top in words and top not in below:
            below.append(top)
        return below

    def _check_boxes(self, found: Sequence[RealCycle]) -> None:
        """The boxes of all cycles of one period are apart."""
        for period in range(1, self.max_period + 1):
            boxes = sorted(point for cycle in found if cycle.period == period for point in cycle.points)
            if any(left[1] >= right[0] for left, right in pairwise(boxes)):
                self.open.append(f"whether the boxes of two cycles of period {period} are apart")

    # proofs

    def _prove(self, words: Sequence[str]) -> list[RealCycle]:
        found: list[RealCycle] = []
        with working_precision(self.bits):
            prover = _Prover(self.chart, self.parameter, self.exponent)
            for period in sorted({len(word) for word in words}):
                left = [word for word in words if len(word) == period]
                for steps in _ROUNDS[:1] if self.far else _ROUNDS:
                    orbits = self._guesses(left, steps) if left else []
                    proved = [
                        prover.cycle(word, self._refined(orbit)) for word, orbit in zip(left, orbits, strict=True)
                    ]
                    found += [cycle for cycle in proved if cycle is not None]
                    left = [word for word, cycle in zip(left, proved, strict=True) if cycle is None]
                self.open += [f"no proof for the cycle ({word})^∞" for word in left]
        return found

    def _refined(self, orbit: Sequence[float]) -> Any:
        """The first point; by Newton on all points together where one float does not tell the orbit."""
        better = None
        if self.far:
            better = refine(self.family, orbit, self.parameter, None, bits=self.bits // 2, guard=self.bits // 2)
        return flint.arb(orbit[0]) if better is None else better[0]

    def _at_kneading(self, word: str, cycle: CertifiedCycle) -> list[RealCycle]:
        """The cycles whose itinerary is that of the critical point: see the module's docstring."""
        found: list[RealCycle] = []
        n = len(word)
        if cycle.period <= self.max_period:
            orientation = self.chart.orientation
            guess = max((float(low) * orientation for low, _ in cycle.points)) * orientation
            with working_precision(self.bits):
                prover = _Prover(self.chart, self.parameter, self.exponent)
                proved = prover.cycle(word * (cycle.period // n), flint.arb(guess))
            if proved is None or not proved.is_attracting:
                self.open.append(f"no proof for the attracting cycle ({word})^∞")
            else:
                found.append(proved)
        if n <= self.max_period and (cycle.period == 2 * n or not self.laps.is_odd(word)):
            others = self._prove([word])
            if any(other.is_attracting for other in others):
                self.open.append(f"no proof for the repelling cycle ({word})^∞")
            found += [other for other in others if not other.is_attracting]
        return found

    def _guesses(self, words: Sequence[str], steps: int) -> list[list[float]]:
        """Points of cycles in floats, going backwards along their itineraries: what repels attracts then."""
        orientation = self.chart.orientation
        a = float(self.parameter)
        coefficients = self.family.at(a, float)
        lower, upper = sorted(orientation * float(end) for end in self.ends)
        c = orientation * _value(self.chart.critical, a)
        b = None if self.laps.laps == 2 or self.chart.bound is None else orientation * _value(self.chart.bound, a)
        cuts = [lower, c, upper] if b is None else [lower, c, b, upper]
        codes = self.laps.codes
        laps = np.array([[codes[letter] // 2 for letter in word] for word in words])
        lows, highs = np.array(cuts[:-1])[laps], np.array(cuts[1:])[laps]
        signs = np.where(laps == 1, -1.0, 1.0)
        n = laps.shape[1]
        if words[0].endswith(CRITICAL):
            lows[:, -1] = highs[:, -1] = c
        y = np.where(laps[:, -1] == 2, upper, lower)  # the image of the last lap's end far from c
        points: list[Any] = [y] * n
        for step in range(n * -(-steps // n)):
            place = n - 1 - step % n
            low, high, sign = lows[:, place], highs[:, place], signs[:, place]
            for _ in range(54):
                middle = (low + high) / 2
                value = np.zeros_like(middle)
                for coefficient in reversed(coefficients):
                    value = value * (orientation * middle) + coefficient
                beyond = (orientation * value - y) * sign > 0
                low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
            y = (low + high) / 2
            points[place] = y
        return [[float(orientation * point[k]) for point in points] for k in range(len(words))]

    # the second route

    def _count(self, found: Sequence[RealCycle]) -> None:
        """Compare with the number of real roots of the dynatomic polynomials, for short periods."""
        exact: tuple[Fraction, ...] = self.family.at(self.parameter)
        f = flint.fmpq_poly([flint.fmpq(v.numerator, v.denominator) for v in exact])
        iterate = z = flint.fmpq_poly([0, 1])
        dynatomic: dict[int, Any] = {}
        for n in range(1, self.max_period + 1):
            if self.family.degree**n > _COUNTED_DEGREE:
                return
            iterate = f(iterate)
            product = iterate - z
            for divisor in proper_divisors(n):
                product = product // dynatomic[divisor]
            dynatomic[n] = product
            roots = len(isolate_real_roots(product.numer()))
            cycles = sum(cycle.period == n for cycle in found)
            if roots != n * cycles:
                raise AtlasError(f"{cycles} cycles of period {n} found, but the dynatomic polynomial has {roots} roots")


def _size(length: Fraction) -> int:
    """log₂ of a positive rational, to within one."""
    return length.numerator.bit_length() - length.denominator.bit_length() if length else 0


def _value(rational: Rational, a: float) -> float:
    top, bottom = (math.fsum(float(v) * a**j for j, v in enumerate(part)) for part in rational)
    return top / bottom


class _Prover:
    """Interval Newton for fⁿ(z) = z at one parameter, at the current precision."""

    def __init__(self, chart: KneadingChart, parameter: Fraction, exponent: int) -> None:
        self.exponent = exponent
        self.orientation = chart.orientation
        self.codes = chart.laps.codes
        jets, a = Jets(chart), ball(parameter)
        self.c, self.b = jets.marks(a)
        self.f, self.f1, _ = jets.coefficients(a)

    def orbit(self, z: Any, count: int) -> tuple[list[Any], Any]:
        """Points, in mean value form, and the derivative of the last one."""
        points, slope = [z], flint.arb(1)
        for _ in range(count):
            middle = z.mid()
            by_z, image = self.f1[-1], self.f[-1]
            for coefficient in self.f1[-2::-1]:
                by_z = by_z * z + coefficient
            for coefficient in self.f[-2::-1]:
                image = image * middle + coefficient
            z = image + by_z * (z - middle)
            slope = slope * by_z
            points.append(z)
        return points, slope

    def cycle(self, word: str, guess: Any) -> RealCycle | None:
        n = len(word)
        z = guess
        length = flint.arb(2) ** (_EXPONENT - self.exponent)
        for _ in range(12):
            points, slope = self.orbit(z, n)
            step = ((points[-1] - z) / (slope - 1)).mid()
            z = (z - step).mid()
            if abs(step) < length * flint.arb(2) ** -(_BITS // 2):
                break
        else:
            return None
        box = z + length * flint.arb(2) ** -(_BITS * 2 // 5) * flint.arb(0, 1)
        value = self.orbit(z, n)[0][-1] - z
        image = z - value / (self.orbit(box, n)[1] - 1)
        if not box.contains_interior(image):  # as where it is not finite, because two cycles are close
            return None
        points, slope = self.orbit(image, n)
        for point, letter in zip(points[:-1], word, strict=True):
            code = lap_code(point, self.c, self.b, self.orientation)
            if code != self.codes[letter] and not (letter == CRITICAL and point.contains(self.c)):
                return None
        if not (abs(slope) > 1 or abs(slope) < 1):
            return None
        if (word + word).find(word, 1) != n and not _distinct(points[:-1]):
            return None
        for exponent in range(self.exponent, self.exponent + _BITS, _FINER):
            units = tuple(unit for point in points[:-1] if (unit := _unit(point, exponent)) is not None)
            if len(units) < n:
                return None
            wide = flint.arb(2) ** -exponent * (units[0] + flint.arb(0, 1))
            over = self.orbit(wide, n)[1] - 1
            if over.is_finite() and not over.contains(0):  # no second zero of fⁿ(z) − z in the box that is published
                return RealCycle(word=word, units=units, exponent=exponent, multiplier=ball_bounds(slope))
        return None


def _unit(point: Any, exponent: int) -> int | None:
    """An integer less than one unit away from every point of a ball; None where the ball is too wide."""
    scaled = point * flint.arb(2) ** exponent
    nearest = int((scaled.mid() + 0.5).floor().unique_fmpz())
    return nearest if scaled > nearest - 1 and scaled < nearest + 1 else None


def _distinct(points: Sequence[Any]) -> bool:
    return not any(points[i].overlaps(points[j]) for i in range(len(points)) for j in range(i))
