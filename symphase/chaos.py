"""The fine structure beyond the onset of chaos: what is proved at one parameter, and Feigenbaum's constants.

Two questions about one parameter must not be confused.  *Is the entropy positive?*  Then there are infinitely many
cycles and a horseshoe, but a typical orbit may still settle on an attracting cycle.  *Is there an attracting cycle?*
Then a typical orbit settles, whatever the entropy is.  :func:`prove_chaos` answers the first,
:func:`attracting_cycle_verdict` the second; inside a window both answers are "proved".

The tools are cycles proved by Krawczyk's operator and itineraries decided by balls, with these theorems:

* Sharkovskii (1964): periods of cycles of an interval map are ordered 3, 5, 7, …, 2·3, 2·5, …, 4, 2, 1;
* Misiurewicz ("Horseshoes for mappings of the interval", Bull. Acad. Polon. Sci. 27, 1979): the entropy of a continuous
  interval map is positive exactly if some period is not a power of two (Li and Yorke 1975 for period 3);
* Fatou (1919; Milnor, "Dynamics in One Complex Variable", 2006, theorem 8.6): the immediate basin of an attracting
  cycle of a polynomial holds a critical point.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any, Final

import flint

from symphase.algebraic import RealAlgebraic, isolate_real_roots
from symphase.cycles import CertifiedCycle, bounded_rational, certify_cycle
from symphase.display import Shown, facts_table, number_text, text_html, words_html
from symphase.enclosures import Verdict, ball, ball_bounds, working_precision
from symphase.errors import InputError
from symphase.formulas import exact_rational
from symphase.kneading import (
    MAX_SYMBOLS,
    InvariantInterval,
    Laps,
    certified_letters,
    critical_fractions,
    horner,
    invariant_interval,
    seek_attracting_cycle,
)
from symphase.maps import PolynomialFamily, is_heavy, proper_divisors
from symphase.onset import check_family, check_integer, compare_words, side_of_onset
from symphase.processes import where_killable

__all__ = [
    "AttractingCycleVerdict",
    "ChaosVerdict",
    "attracting_cycle_verdict",
    "prove_chaos",
    "real_cycles_by_roots",
]

MAX_PERIOD: Final = 1024
_LONGEST_PROOF: Final = 64  # period of a cycle proved to show chaos; kneading takes over beyond
_COUNTED_DEGREE: Final = 128  # of fⁿ, up to which all real cycles are found through exact roots
_COUNTED_BITS: Final = 40_000
_FLOAT_PERIOD: Final = 256
_TRIES: Final = 3
_MAX_HEIGHT: Final = 2**14


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ChaosVerdict(Shown):
    """Whether the topological entropy is positive at one parameter.

    Attributes
    ----------
    verdict : Verdict
        PROVED: positive; REFUTED: zero, proved; UNDECIDED.
    parameter : Fraction
    interval : InvariantInterval or None
        Where the statement holds; None where no invariant interval was proved.
    cycle : CertifiedCycle or None
        A proved cycle whose period is not a power of two.  Both belong to the quotient where the statement says so.
    statement : str
        The proof in words, with its theorem, or what is missing.
    """

    verdict: Verdict
    parameter: Fraction
    interval: InvariantInterval | None
    cycle: CertifiedCycle | None
    statement: str

    def _line(self) -> str:
        return f"positive entropy at {number_text(self.parameter)}: {self.verdict}; {self.statement}"

    def _repr_html_(self) -> str:
        facts = [("positive entropy", text_html(self.verdict)), ("proof", words_html(self.statement))]
        return facts_table(f"Chaos at {number_text(self.parameter)}", facts)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AttractingCycleVerdict(Shown):
    """Whether there is an attracting cycle of period ≤ N at one parameter.

    Attributes
    ----------
    verdict : Verdict
        PROVED, with the cycle; REFUTED: there is none of period ≤ ``max_period``; UNDECIDED.
    parameter : Fraction
    max_period : int
    cycle : CertifiedCycle or None
    symbols : int
        Certified symbols of the critical itinerary that the proof used; 0 where it used roots or needed none.
    statement : str
    """

    verdict: Verdict
    parameter: Fraction
    max_period: int
    cycle: CertifiedCycle | None
    symbols: int
    statement: str

    def _line(self) -> str:
        return (
            f"attracting cycle of period ≤ {self.max_period} at {number_text(self.parameter)}: {self.verdict}; "
            f"{self.statement}"
        )

    def _repr_html_(self) -> str:
        facts = [
            ("attracting cycle", text_html(self.verdict)),
            ("period", "" if self.cycle is None else str(self.cycle.period)),
            ("looked for up to period", str(self.max_period)),
            ("proof", words_html(self.statement)),
        ]
        return facts_table(f"An attracting cycle at {number_text(self.parameter)}", facts)


# --- is the entropy positive? -----------------------------------------------------------------------------------------


def _is_power_of_two(number: int) -> bool:
    return number & (number - 1) == 0


def prove_chaos(family: PolynomialFamily, parameter: object, *, max_symbols: int = 2**16) -> ChaosVerdict:
    """Prove at an exact parameter that the topological entropy is positive, or that it is zero.

    Parameters
    ----------
    family : PolynomialFamily
    parameter : int, Fraction or str
        An exact rational.
    max_symbols : int
        How many symbols of the critical itinerary may be compared with the Feigenbaum word.

    Returns
    -------
    ChaosVerdict
        PROVED with a certified cycle whose period is not a power of two where one of period ≤ 64 is found, by kneading
        alone otherwise; REFUTED means entropy zero.  Positive entropy says nothing about attracting cycles.

    Certainty
    ---------
    Certified.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> proof = prove_chaos(logistic, "3.7")
    >>> str(proof.verdict), proof.cycle.period
    ('proved', 9)
    >>> str(prove_chaos(logistic, "3.5").verdict)
    'refuted'
    """
    check_family(family)
    check_integer(max_symbols, "max_symbols", 1, MAX_SYMBOLS)
    task = (family, exact_rational(parameter, "parameter"), max_symbols)
    asked = f"proving chaos for a family of degree {family.degree}"
    return where_killable(_chaos, task, heavy=is_heavy(family), asked=asked)


def _chaos(task: tuple[PolynomialFamily, Fraction, int]) -> ChaosVerdict:
    family, exact, max_symbols = task

    def answer(
        verdict: Verdict, statement: str, interval: InvariantInterval | None = None, cycle: CertifiedCycle | None = None
    ) -> ChaosVerdict:
        return ChaosVerdict(verdict=verdict, parameter=exact, interval=interval, cycle=cycle, statement=statement)

    try:
        laps = Laps(family, exact)
    except InputError:
        quotient = family.odd_quotient()
        if quotient is None or len(quotient.free_critical_factors) != 1:
            return _chaos_by_roots(family, exact)
        below = _chaos((quotient, exact, max_symbols))
        why = (
            "for the quotient by the symmetry z ↔ 2m − z, which has the same entropy, as at most two points lie over "
            "each of its points (Bowen 1971): "
        )
        return answer(
            below.verdict,
            why + below.statement.removeprefix(why),  # once, where the quotient has such a symmetry, too
            below.interval,
            below.cycle,
        )
    interval = invariant_interval(family, exact)
    if isinstance(interval, str):
        return answer(Verdict.UNDECIDED, f"no invariant interval: {interval}")
    if interval.laps == 1:
        return answer(Verdict.REFUTED, "f is monotone on an invariant interval: entropy zero", interval)
    theorem = "Sharkovskii 1964; Misiurewicz 1979: a period that is not a power of two makes the entropy positive"
    attracting = seek_attracting_cycle(family, exact)
    if attracting is not None and not _is_power_of_two(attracting.period):
        return answer(
            Verdict.PROVED, f"an attracting cycle of period {attracting.period}; {theorem}", interval, attracting
        )
    for word in islice(_odd_words(laps, interval.laps), _TRIES):
        cycle = _cycle_of_word(laps, exact, word, interval)
        if cycle is not None:
            return answer(Verdict.PROVED, f"a cycle of period {cycle.period}; {theorem}", interval, cycle)
    if interval.laps == 3:
        statement = "f maps [p, c] and [c, w] each over [p, w]: a full two-shift, entropy at least log 2"
        return answer(Verdict.PROVED, statement, interval)
    side = side_of_onset(family, exact, max_symbols=max_symbols)
    if side is None:
        statement = f"the critical itinerary agrees with the Feigenbaum word as far as {max_symbols} symbols tell"
        return answer(Verdict.UNDECIDED, statement, interval)
    if side == 1:
        statement = "the critical itinerary exceeds the Feigenbaum word: entropy positive (Milnor and Thurston 1988)"
        return answer(Verdict.PROVED, statement, interval)
    statement = (
        "the critical itinerary is smaller than the Feigenbaum word: entropy zero, every period a power of two "
        "(Milnor and Thurston 1988; Collet and Eckmann 1980, part II)"
    )
    return answer(Verdict.REFUTED, statement, interval)


def _odd_words(laps: Laps, number: int) -> Iterator[str]:
    """Words of cycles of period 2^k (2m + 1) that the kneading sequence leaves room for, the simplest first."""
    if number == 3:
        yield "100"  # f(c) lies in the last lap, so that every word of the first two laps has a cycle
        return
    *_, letters = certified_letters(laps, 4 * _LONGEST_PROOF, 2)
    for doublings in range(_LONGEST_PROOF.bit_length()):
        for m in range(1, _LONGEST_PROOF):
            word = "RL" + "R" * (2 * m - 1)
            for _ in range(doublings):
                word = "".join("RL" if symbol == "R" else "RR" for symbol in word)
            if len(word) > _LONGEST_PROOF:
                break
            if compare_words(word * (len(letters) // len(word) + 1), letters) < 0:
                yield word


def _cycle_of_word(laps: Laps, exact: Fraction, word: str, interval: InvariantInterval) -> CertifiedCycle | None:
    """Pull a point back along the laps of a word, in floats, until it settles on the cycle; then prove that."""
    family = laps.family
    try:
        f = list(family.at(float(exact), float))
    except OverflowError:
        return None
    c = float(laps.orbit.exact_critical_point(exact))
    first, end = (float(value) for value in (interval.lower[0], interval.upper[1])[:: laps.sign])
    wall = laps.wall(ball(exact)) if interval.laps == 3 else None
    if wall is not None:
        end = float(wall.mid())
    sides = {name: tuple(sorted((c, first if name in "L0" else end))) for name in "L0R1"}
    z = c
    for _ in range(max(4, 200 // len(word))):
        orbit = []
        for symbol in reversed(word):
            left, right = sides[symbol]
            rising = horner(f, right) > horner(f, left)
            for _ in range(60):
                middle = (left + right) / 2
                if (horner(f, middle) < z) == rising:
                    left = middle
                else:
                    right = middle
            z = (left + right) / 2
            orbit.append(z)
    return certify_cycle(family, exact, orbit[::-1], max_bits=512)


def _chaos_by_roots(family: PolynomialFamily, exact: Fraction) -> ChaosVerdict:
    """Several free critical points: look for cycles of periods 3, 5, 6, 7 through exact roots, in an invariant hull."""
    for period in (3, 5, 6, 7):
        if family.degree**period > _COUNTED_DEGREE:
            break
        for cycle in real_cycles_by_roots(family, exact, period) or ():
            interval = _hull(family, cycle)
            if interval is not None:
                statement = (
                    f"a cycle of period {period} in an invariant interval; Sharkovskii 1964; Misiurewicz 1979: a "
                    "period that is not a power of two makes the entropy positive"
                )
                return ChaosVerdict(
                    verdict=Verdict.PROVED, parameter=exact, interval=interval, cycle=cycle, statement=statement
                )
    return ChaosVerdict(
        verdict=Verdict.UNDECIDED,
        parameter=exact,
        interval=None,
        cycle=None,
        statement="several free critical points, and no cycle of a short period that is not a power of two was proved "
        "in an invariant interval",
    )


def _hull(family: PolynomialFamily, cycle: CertifiedCycle) -> InvariantInterval | None:
    """An interval around a cycle that f maps into itself: images of the hull, widened a little, until they fit."""
    with working_precision(192):
        a = ball(cycle.parameter)
        f = family.at(a, ball)
        places = _critical_places(family, cycle.parameter)
        if places is None:
            return None
        low = min(point[0] for point in cycle.points)
        high = max(point[1] for point in cycle.points)
        for _ in range(64):
            ends = [ball(low), ball(high)]
            inside = [place for place in places if not (place < ends[0] or place > ends[1])]
            images = [ball_bounds(horner(f, z)) for z in (*ends, *inside)]
            left, right = min(b[0] for b in images), max(b[1] for b in images)
            if low <= left and right <= high:
                statement = "f maps the ends and the critical points between them into the interval"
                return InvariantInterval(
                    lower=(low, low), upper=(high, high), laps=len(inside) + 1, statement=statement
                )
            margin = (high - low) / 2**20
            low, high = min(low, _short(left - margin)), max(high, _short(right + margin))
            if high - low > 2**20:
                return None
    return None


def _short(value: Fraction) -> Fraction:
    return Fraction(round(value * 2**48), 2**48)


def _critical_places(family: PolynomialFamily, exact: Fraction) -> list[Any] | None:
    """Balls around every real critical point at an exact parameter."""
    f: tuple[Fraction, ...] = family.at(exact)
    polynomial = _integer_polynomial([k * v for k, v in enumerate(f)][1:])
    if polynomial.degree() < 1:
        return None
    places = []
    for factor, _ in polynomial.factor()[1]:
        for left, right in isolate_real_roots(factor):
            root = RealAlgebraic([int(v) for v in factor.coeffs()], left, right)
            places.append(root.ball(160))
    return places


def _integer_polynomial(coefficients: Sequence[Fraction]) -> flint.fmpz_poly:
    rational = flint.fmpq_poly([flint.fmpq(v.numerator, v.denominator) for v in coefficients])
    integer: flint.fmpz_poly = rational.numer()
    return integer


def real_cycles_by_roots(
    family: PolynomialFamily, parameter: Fraction, period: int
) -> tuple[CertifiedCycle, ...] | None:
    """Every real cycle of one period at an exact parameter, through the real roots of Φ_n(z) in Q[z].

    Returns
    -------
    tuple of CertifiedCycle or None
        Complete: as many points as Φ_n has real roots.  None beyond a degree of 128 or for a parameter of very many
        digits, or where a cycle could not be proved (a multiple root: a bifurcation at this very parameter).

    Certainty
    ---------
    Certified; completeness is exact (a root count in integers).
    """
    check_family(family)
    check_integer(period, "period", 1, MAX_PERIOD)
    parameter = exact_rational(parameter, "parameter")
    height = max(parameter.numerator.bit_length(), parameter.denominator.bit_length())
    if family.degree**period > _COUNTED_DEGREE or family.degree**period * height > _COUNTED_BITS:
        return None
    coefficients: tuple[Fraction, ...] = family.at(parameter)
    f = flint.fmpq_poly([flint.fmpq(v.numerator, v.denominator) for v in coefficients])
    iterates = [flint.fmpq_poly([0, 1])]
    for _ in range(period):
        iterates.append(f(iterates[-1]))
    dynatomic = iterates[period] - iterates[0]
    for divisor in proper_divisors(period):
        dynatomic = dynatomic // dynatomic.gcd(iterates[divisor] - iterates[0])
    integer = dynatomic.numer()
    roots = isolate_real_roots(integer)
    left_over = []
    for low, high in roots:
        sign_low = integer(flint.fmpq(low.numerator, low.denominator))
        for _ in range(60):
            middle = (low + high) / 2
            sign = integer(flint.fmpq(middle.numerator, middle.denominator))
            low, high = (middle, high) if (sign > 0) == (sign_low > 0) else (low, middle)
        left_over.append((low + high) / 2)
    try:
        floats = list(family.at(float(parameter), float))
    except OverflowError:
        return None
    found: list[CertifiedCycle] = []
    seen: set[int] = set()
    for index, root in enumerate(left_over):
        if index in seen:
            continue
        try:
            orbit = [float(root)]
            for _ in range(period - 1):
                orbit.append(horner(floats, orbit[-1]))
            cycle = certify_cycle(family, parameter, orbit, max_bits=512)
        except (OverflowError, ValueError):  # beyond floats, with which Newton's iteration begins
            return None
        if cycle is None:
            return None
        owned = {i for i, (low, high) in enumerate(roots) for p in cycle.points if low <= p[1] and p[0] <= high}
        seen |= owned
        found.append(cycle)
    points = sum(cycle.period for cycle in found)
    return tuple(found) if points == len(roots) and _apart(found) else None


def _apart(cycles: Sequence[CertifiedCycle]) -> bool:
    """Whether all points of all cycles lie in disjoint boxes."""
    boxes = sorted(point for cycle in cycles for point in cycle.points)
    return all(left[1] < right[0] for left, right in pairwise(boxes))


# --- is there an attracting cycle? ------------------------------------------------------------------------------------


def attracting_cycle_verdict(
    family: PolynomialFamily, parameter: object, max_period: int = 64
) -> AttractingCycleVerdict:
    """Decide whether there is an attracting cycle of period ≤ N at an exact parameter.

    Let an n-cycle attract, in a family with one free critical point c, every other one being sent to a repelling fixed
    point.  By Fatou's theorem c lies in the immediate basin, an interval B around a point p of the cycle.  The
    intervals B, f(B), …, f^(n−1)(B) are disjoint, so that fⁱ(c) keeps to one side of c for all i = i₀ mod n, i₀ ≠ 0.
    On B, fⁿ has the one critical point c and every orbit tends to p; if fⁿ(c) and f²ⁿ(c) lay on different sides of c,
    or p on the other side than fⁿ(c), then fⁿ or f²ⁿ would have a second fixed point in B by the intermediate value
    theorem.  Hence the itinerary of f(c) is periodic with period n, or fⁿ(c) = c.  One pair of certified symbols n
    apart that differ therefore excludes every attracting n-cycle.

    Parameters
    ----------
    family : PolynomialFamily
    parameter : int, Fraction or str
        An exact rational.
    max_period : int
        N, 1 to 1024.

    Returns
    -------
    AttractingCycleVerdict
        PROVED with a certified cycle; REFUTED: every real cycle of period ≤ N is not attracting; UNDECIDED otherwise.

    Certainty
    ---------
    Certified.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> for place in ("3.83", "3.9"):
    ...     print(attracting_cycle_verdict(logistic, place, 20).statement)
    a certified attracting cycle of period 3
    no period up to 20 fits the 64 certified symbols of the critical itinerary
    """
    check_family(family)
    check_integer(max_period, "max_period", 1, MAX_PERIOD)
    task = (family, bounded_rational(parameter, "parameter"), max_period)
    asked = f"looking for attracting cycles of a family of degree {family.degree}"
    return where_killable(_attraction, task, heavy=is_heavy(family), asked=asked)


def _attraction(task: tuple[PolynomialFamily, Fraction, int]) -> AttractingCycleVerdict:
    family, exact, max_period = task

    def answer(
        verdict: Verdict, statement: str, cycle: CertifiedCycle | None = None, symbols: int = 0
    ) -> AttractingCycleVerdict:
        return AttractingCycleVerdict(
            verdict=verdict,
            parameter=exact,
            max_period=max_period,
            cycle=cycle,
            symbols=symbols,
            statement=statement,
        )

    fitting: Sequence[int] = range(1, max_period + 1)
    try:
        laps = Laps(family, exact)
    except InputError:
        laps = None
    if laps is not None and _bound_points_repel(family, exact):
        fate = _fate_of_critical_point(laps, exact)
        if fate is not None:
            return answer(Verdict.REFUTED, f"{fate}: no attracting cycle of any period")
        fitting, symbols = _fitting_periods(laps, max_period)
        if not fitting:
            statement = f"no period up to {max_period} fits the {symbols} certified symbols of the critical itinerary"
            return answer(Verdict.REFUTED, statement, symbols=symbols)
    cycle = seek_attracting_cycle(family, exact, max_period=min(max_period, _FLOAT_PERIOD)) or _bound_attractor(
        family, exact
    )
    if cycle is not None and cycle.period <= max_period:
        return answer(Verdict.PROVED, f"a certified attracting cycle of period {cycle.period}", cycle)
    if max(fitting) <= 16 and family.degree ** max(fitting) <= _COUNTED_DEGREE:
        listed = [real_cycles_by_roots(family, exact, n) for n in fitting]
        cycles = [cycle for found in listed for cycle in found or ()]
        if None not in listed and all(cycle.is_attracting is Verdict.REFUTED for cycle in cycles):
            statement = f"every real cycle of the periods {', '.join(map(str, fitting))} was found and repels"
            return answer(Verdict.REFUTED, statement)
    statement = f"an attracting cycle of period {', '.join(map(str, fitting[:4]))}{'…' if len(fitting) > 4 else ''} "
    return answer(Verdict.UNDECIDED, statement + "was neither found nor excluded")


def _fitting_periods(laps: Laps, max_period: int) -> tuple[list[int], int]:
    """Periods up to N that the certified critical itinerary does not exclude, and how many symbols were used."""
    count = 64
    while count < 2 * max_period + 8:
        count *= 2
    fitting = list(range(1, max_period + 1))
    for _ in range(4):
        for letters in certified_letters(laps, count, 2):
            used = len(letters)
            fitting = [n for n in fitting if letters[n:] == letters[: max(0, used - n)]]
            if not fitting or used == count:
                break
        if not fitting or used < count:
            break
        count *= 4
    return fitting, used


def _fate_of_critical_point(laps: Laps, exact: Fraction) -> str | None:
    """Why c surely lies in no basin: it escapes, or lands exactly on a repelling cycle; None if neither is proved."""
    f: tuple[Fraction, ...] = laps.family.at(exact)
    if f[-1] == 0:
        return None
    outside = 1 + (2 + sum((abs(v) for v in f[:-1]), Fraction(0))) / abs(f[-1])  # there |f(z)| > 2|z|
    with working_precision(256):
        for z in islice(laps.orbit.values(ball(exact)), 256):
            if abs(z) > ball(outside):
                return "the critical point escapes to infinity"
    orbit = [laps.orbit.exact_critical_point(exact)]
    while orbit[-1].denominator.bit_length() <= _MAX_HEIGHT:  # which infinite orbits soon exceed
        z = horner(f, orbit[-1])
        if z in orbit:
            start = orbit.index(z)
            slope = [k * v for k, v in enumerate(f)][1:]
            multiplier = Fraction(1)
            for point in orbit[start:]:
                multiplier *= horner(slope, point)
            return "the critical point lands exactly on a repelling cycle" if abs(multiplier) > 1 else None
        orbit.append(z)
    return None


def _bound_points(family: PolynomialFamily, exact: Fraction) -> Iterator[Fraction | None]:
    """The critical points that land on a fixed point in one or two steps; None for each that is no single number."""
    for factor in family.critical_factors:
        if factor not in family.free_critical_factors:
            if factor.degrees()[0] == 1:
                top, bottom = (horner(part, exact) for part in critical_fractions(factor))
                yield top / bottom if bottom else None
            else:
                yield None


def _bound_points_repel(family: PolynomialFamily, exact: Fraction) -> bool:
    """Whether every critical point but the free one is certified to land on a repelling fixed point."""
    with working_precision(192):
        f = family.at(ball(exact), ball)
        slope = [k * v for k, v in enumerate(f)][1:]
        for point in _bound_points(family, exact):
            if point is None or not abs(horner(slope, horner(f, horner(f, ball(point))))) > 1:
                return False
    return True


def _bound_attractor(family: PolynomialFamily, exact: Fraction) -> CertifiedCycle | None:
    """An attracting fixed point on which a bound critical point lands."""
    f: tuple[Fraction, ...] = family.at(exact)
    for point in _bound_points(family, exact):
        if point is not None:
            try:
                cycle = certify_cycle(family, exact, [float(horner(f, horner(f, point)))])
            except (OverflowError, ValueError):
                continue
            if cycle is not None and cycle.is_attracting is Verdict.PROVED:
                return cycle
    return None
