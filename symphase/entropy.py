"""Topological entropy: exact where the critical orbit is finite, certified bounds by kneading elsewhere.

Let κ₀κ₁… be the laps of f(c), f²(c), … and eₙ = ±1 the parity of the decreasing lap among κ₀ … κₙ₋₁.  For two laps,
and for three whose bound critical point falls on the fixed left end, the kneading determinant of Milnor and Thurston
("On iterated maps of the interval", LNM 1342, 1988) is, up to a factor without zeros in the unit disc,

    D(t) = 1 − 2t Σ eₙ tⁿ [κₙ is not the first lap],

and its first zero t in (0, 1) gives the entropy −log t; without a zero there the entropy is 0 (their theorem 6.3).
The rest of the series behind N certified letters is at most t^N/(1 − t), so that signs of D are decided in balls.

If the itinerary lies below RLR^∞, f exchanges two halves of the core and every second letter is R.  With RL → R, RR → L
the shorter itinerary has D(t) = D'(t²) (1 − t)/(1 + t), hence twice the entropy: near the onset t stays away from 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any, Final

import flint
import numpy as np

from symphase.algebraic import RealAlgebraic, real_roots
from symphase.arguments import instance
from symphase.display import Shown, facts_table, level_html, number_text, outward_text, text_html, words_html
from symphase.enclosures import Certainty, Verdict, ball, ball_bounds, working_precision
from symphase.errors import InputError
from symphase.formulas import exact_rational
from symphase.kneading import (
    MAX_SYMBOLS,
    Laps,
    certified_letters,
    critical_fractions,
    invariant_interval,
    parameter_ball,
    read_parameter,
)
from symphase.maps import PolynomialFamily, exact_terms
from symphase.onset import (
    Bounds,
    MonotonicityTheorem,
    check_family,
    check_integer,
    compare_words,
    monotonicity_theorem,
    side_of_onset,
)

__all__ = [
    "EntropyRange",
    "TopologicalEntropy",
    "entropy_range",
    "kneading_determinant",
    "topological_entropy",
]

_FINITE_STEPS: Final = 48  # longest critical orbit that is looked at as a finite one
_FINITE_BITS: Final = 1024
_MAX_HEIGHT: Final = 2**20  # bits of all coefficients of one point
_MAX_DEGREE: Final = 400  # of an algebraic parameter whose field is computed in
_LETTERS: Final = 64
_BOXES: Final = 20_000
_MAX_DIGITS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TopologicalEntropy(Shown):
    """Topological entropy at one parameter.

    Attributes
    ----------
    parameter : Fraction or RealAlgebraic
    growth : RealAlgebraic or None
        e^h where it is known exactly.
    bounds : (Fraction, Fraction)
        Certified bounds of h, in nats.
    symbols : int
        Certified letters of the critical itinerary that were used; 0 for an exact value.
    certainty : Certainty
        EXACT with ``growth``, CERTIFIED otherwise.
    statement : str
        The proof in words.
    """

    parameter: Fraction | RealAlgebraic
    growth: RealAlgebraic | None
    bounds: Bounds
    symbols: int
    certainty: Certainty
    statement: str

    def __str__(self) -> str:
        if self.growth is not None:
            return "0" if self.growth == 1 else f"log({self.growth})"
        return "between {} and {}".format(*outward_text(*self.bounds))

    def _line(self) -> str:
        return f"{self} at {number_text(self.parameter)} [{self.certainty}]"

    def _repr_html_(self) -> str:
        facts = [
            ("entropy", f"{text_html(self)} {level_html(self.certainty)}"),
            ("proof", words_html(self.statement)),
        ]
        return facts_table(f"Topological entropy at {text_html(number_text(self.parameter))}", facts)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class EntropyRange(Shown):
    """Bounds of the entropy over a whole parameter interval, by monotonicity.

    Attributes
    ----------
    parameters : (Fraction, Fraction)
    bounds : (Fraction, Fraction) or None
        Certified under the theorem; None where no theorem is known.
    theorem : MonotonicityTheorem
    """

    parameters: Bounds
    bounds: Bounds | None
    theorem: MonotonicityTheorem

    def _line(self) -> str:
        ends = "no theorem known" if self.bounds is None else " to ".join(outward_text(*self.bounds))
        low, high = self.parameters
        return f"{ends} between {number_text(low)} and {number_text(high)} [certified under a theorem]"


# --- topological entropy ----------------------------------------------------------------------------------------------


def topological_entropy(
    family: PolynomialFamily,
    parameter: object,
    *,
    tolerance: object = Fraction(1, 10**6),
    max_symbols: int = 4096,
) -> TopologicalEntropy:
    """Topological entropy at an exact parameter.

    Parameters
    ----------
    family : PolynomialFamily
        With one free critical point, itself or its quotient by an odd symmetry; for others only 0 ≤ h ≤ log(degree)
        is known here.
    parameter : int, Fraction, str or RealAlgebraic
        Exact.
    tolerance : int, Fraction or str
        Letters are added until the bounds are this close.
    max_symbols : int
        At most so many letters of the critical itinerary.

    Returns
    -------
    TopologicalEntropy

    Certainty
    ---------
    Exact where the critical orbit is finite: closed up in the parameter's number field, the largest real root of the
    Markov partition's transition matrix (Block and Coppel, "Dynamics in One Dimension", 1992, chapter VIII).
    Certified bounds elsewhere.

    Examples
    --------
    >>> import sympy
    >>> z, a = sympy.symbols("z a")
    >>> residual = PolynomialFamily(z**3 + (a - 2) * z**2 + (1 - 2 * a) * z, variable=z, parameter=a)
    >>> crisis = RealAlgebraic([-23, 8, 4], Fraction(1), Fraction(2))  # 3√3/2 − 1
    >>> for place in (1, crisis, 2):
    ...     print(topological_entropy(residual, place))
    0
    log(2)
    log(3)
    >>> found = topological_entropy(residual, "1.9")
    >>> found.bounds[1] - found.bounds[0] < Fraction(1, 10**6), round(float(found.bounds[0]), 5)
    (True, 0.9348)
    """
    check_family(family)
    exact = read_parameter(parameter)
    close = exact_rational(tolerance, "tolerance")
    if not Fraction(1, 10**_MAX_DIGITS) <= close <= 1:
        raise InputError("tolerance", tolerance, f"must be between 10^-{_MAX_DIGITS} and 1", "as 1e-6")
    check_integer(max_symbols, "max_symbols", 1, MAX_SYMBOLS)
    try:
        laps = Laps(family, exact)
    except InputError as refusal:
        quotient = family.odd_quotient()
        if quotient is not None and len(quotient.free_critical_factors) == 1:
            below = topological_entropy(quotient, exact, tolerance=close, max_symbols=max_symbols)
            reason = "the quotient by the symmetry z ↔ 2m − z has the same entropy, as at most two points lie over each"
            return replace(below, statement=f"{reason} (Bowen 1971): {below.statement}")
        return _bounded(exact, (Fraction(0), log_bounds(family.degree)[1]), 0, f"the family {refusal.accepted}")
    growth = _finite_growth(laps)
    if growth is not None:
        statement = "the critical orbit is finite: spectral radius of the transition matrix of its Markov partition"
        return _exactly(exact, growth, statement)
    interval = invariant_interval(family, exact)
    everything = (Fraction(0), log_bounds(family.degree)[1])
    if isinstance(interval, str):
        return _bounded(exact, everything, 0, f"no invariant interval: {interval}")
    one = RealAlgebraic.rational(1)
    if interval.laps == 1:
        return _exactly(exact, one, "f is monotone on an invariant interval")
    if isinstance(exact, Fraction) and side_of_onset(family, exact, max_symbols=max_symbols) == -1:
        return _exactly(exact, one, "the critical itinerary lies below the Feigenbaum word (Milnor and Thurston 1988)")
    bounds, count = everything, min(_LETTERS, max_symbols)
    while True:
        *_, letters = certified_letters(laps, count, interval.laps)
        used = len(letters)
        low, high = _kneading_bounds(letters, interval.laps, close)
        bounds = max(bounds[0], low), min(bounds[1], high)
        if bounds[1] - bounds[0] <= close or used < count or count == max_symbols:
            break
        count = min(2 * count, max_symbols)
    statement = f"kneading determinant of {used} certified letters (Milnor and Thurston 1988), {interval.statement}"
    return _bounded(exact, bounds, used, statement)


def _exactly(parameter: Fraction | RealAlgebraic, growth: RealAlgebraic, statement: str) -> TopologicalEntropy:
    return TopologicalEntropy(
        parameter=parameter,
        growth=growth,
        bounds=log_bounds(growth),
        symbols=0,
        certainty=Certainty.EXACT,
        statement=statement,
    )


def _bounded(parameter: Fraction | RealAlgebraic, bounds: Bounds, symbols: int, statement: str) -> TopologicalEntropy:
    return TopologicalEntropy(
        parameter=parameter,
        growth=None,
        bounds=bounds,
        symbols=symbols,
        certainty=Certainty.CERTIFIED,
        statement=statement,
    )


def log_bounds(number: int | RealAlgebraic) -> Bounds:
    if number == 1:
        return Fraction(0), Fraction(0)
    with working_precision(160):
        value = flint.arb(number) if isinstance(number, int) else number.ball(128)
        return ball_bounds(value.log())


# --- finite critical orbits: Markov partitions in a number field ------------------------------------------------------


class _Field:
    """Q(α) for a real algebraic α, its elements as polynomials in α reduced modulo the minimal polynomial."""

    def __init__(self, parameter: Fraction | RealAlgebraic) -> None:
        if isinstance(parameter, Fraction):
            parameter = RealAlgebraic.rational(parameter)
        self.number = parameter
        self.modulus = flint.fmpq_poly([flint.fmpz(c) for c in parameter.coefficients])

    def element(self, coefficients: Sequence[Fraction]) -> flint.fmpq_poly:
        return self.reduced(flint.fmpq_poly([flint.fmpq(v.numerator, v.denominator) for v in coefficients]))

    def reduced(self, value: flint.fmpq_poly) -> flint.fmpq_poly:
        return value % self.modulus

    def quotient(self, top: flint.fmpq_poly, bottom: flint.fmpq_poly) -> flint.fmpq_poly | None:
        divisor, inverse, _ = bottom.xgcd(self.modulus)
        return None if divisor.degree() != 0 else self.reduced(top * inverse)  # it is 1

    def image(self, f: Sequence[flint.fmpq_poly], z: flint.fmpq_poly) -> flint.fmpq_poly:
        total = f[-1]
        for coefficient in f[-2::-1]:
            total = self.reduced(total * z) + coefficient
        return total

    def values(self, elements: Sequence[flint.fmpq_poly], bits: int) -> list[Any]:
        a = self.number.ball(bits)
        return [flint.arb_poly(element)(a) for element in elements]

    def ordered(self, elements: Sequence[flint.fmpq_poly]) -> list[flint.fmpq_poly]:
        """In increasing order; elements differ, hence their values do, and enough bits tell them apart."""
        bits = 128
        while True:
            with working_precision(bits + 64):
                values = self.values(elements, bits)
                order = sorted(range(len(elements)), key=lambda i: ball_bounds(values[i]))
                if all(values[i] < values[j] for i, j in pairwise(order)):
                    return [elements[i] for i in order]
            bits *= 2


def _finite_growth(laps: Laps) -> RealAlgebraic | None:
    """e^h from the transition matrix, if the critical orbit is finite, within what is looked at."""
    if isinstance(laps.parameter, RealAlgebraic) and laps.parameter.degree > _MAX_DEGREE:
        return None
    steps = _closing_time(laps)
    if steps is None:
        return None
    field, family = _Field(laps.parameter), laps.family
    f = [field.element(row) for row in family.rows]
    critical = []
    for factor in family.critical_factors:
        if factor.degrees()[0] == 1:
            top, bottom = critical_fractions(factor)
            place = field.quotient(field.element(top), field.element(bottom))
            if place is None:
                return None
            critical.append(place)
    free = critical_fractions(family.free_critical_factors[0])
    start = field.quotient(field.element(free[0]), field.element(free[1]))
    if start is None:
        return None
    points: list[flint.fmpq_poly] = []
    waiting = [start]
    while waiting:
        z = waiting.pop()
        while z not in points:
            if _height(z) > _MAX_HEIGHT:  # as the heights of infinite orbits do at last
                return None
            points.append(z)
            z = field.image(f, z)
        ordered = field.ordered(points)
        inside = field.ordered([*points, *(w for w in critical if w not in points)])
        left, right = inside.index(ordered[0]), inside.index(ordered[-1])
        waiting = [w for w in inside[left:right] if w not in points]
    if not _free_of_others(laps, field, ordered):
        return None
    return _spectral_radius(field, f, ordered)


def _closing_time(laps: Laps) -> int | None:
    """First step at which the critical orbit is, to all digits, where it was before; the proof is another matter."""
    with working_precision(_FINITE_BITS):
        a = parameter_ball(laps.parameter, _FINITE_BITS - 64)
        seen = [laps.orbit.critical_point(a)[0]]
        for z in islice(laps.orbit.values(a), _FINITE_STEPS):
            if any(z.overlaps(other) for other in seen):
                return len(seen)
            seen.append(z)
    return None


def _height(element: flint.fmpq_poly) -> int:
    top, bottom = element.numer(), int(element.denom()).bit_length()
    return int(top.height_bits() + bottom) * (top.degree() + 1)


def _free_of_others(laps: Laps, field: _Field, ordered: Sequence[flint.fmpq_poly]) -> bool:
    """Whether no critical point of a factor that is not linear lies between the outermost points."""
    others = [factor for factor in laps.family.critical_factors if factor.degrees()[0] > 1]
    if not others or len(ordered) < 2:
        return not others
    with working_precision(192):
        core = field.values([ordered[0]], 128)[0].union(field.values([ordered[-1]], 128)[0])
        a = field.number.ball(128)
        for factor in others:
            row = [flint.arb(0)] * (int(factor.degrees()[0]) + 1)
            for (power, order), value in exact_terms(factor).items():
                row[power] += ball(value) * a**order
            if flint.arb_poly(row)(core).contains(0):
                return False
    return True


def _spectral_radius(field: _Field, f: Sequence[flint.fmpq_poly], ordered: Sequence[flint.fmpq_poly]) -> RealAlgebraic:
    size = len(ordered) - 1
    images = [ordered.index(field.image(f, z)) for z in ordered]
    matrix = flint.fmpz_mat(size, size)
    for i in range(size):
        for j in range(min(images[i], images[i + 1]), max(images[i], images[i + 1])):
            matrix[i, j] = 1
    # the spectral radius of a matrix without negative entries is an eigenvalue (Perron and Frobenius)
    return max([RealAlgebraic.rational(1), *real_roots(matrix.charpoly())])


# --- certified bounds from the kneading determinant -------------------------------------------------------------------


def kneading_determinant(letters: str) -> tuple[int, ...]:
    """Coefficients of D(t) = 1 − 2t Σ eₙ tⁿ [κₙ is not the first lap], as far as the letters go.

    Examples
    --------
    >>> kneading_determinant("RLRR")
    (1, -2, 0, 2, -2)
    """
    if not isinstance(letters, str) or not (set(letters) <= set("LR") or set(letters) <= set("012")):
        raise InputError("letters", letters, "must be a word of L and R, or of 0, 1 and 2", "as RL")
    coefficients, sign = [1], 1
    for letter in letters:
        coefficients.append(0 if letter in "L0" else -2 * sign)
        if letter in "R1":
            sign = -sign
    return tuple(coefficients)


def _kneading_bounds(letters: str, laps: int, tolerance: Fraction) -> Bounds:
    """Bounds of the entropy from certified letters."""
    halvings = 0
    merging = "RL" + "R" * len(letters)
    # a half that begins with L has entropy 0, whatever is made of it
    while laps == 2 and compare_words(letters, merging) < 0:
        letters = "".join("R" if second == "L" else "L" for second in letters[1::2])
        halvings += 1
    scale = 2**halvings
    ceiling = log_bounds(laps)[1] / scale
    floor = Fraction(0)
    if laps == 3:
        floor = log_bounds(2)[0]  # f maps [p, c] and [c, w] each over [p, w]
    elif compare_words(letters, merging) > 0:
        floor = log_bounds(2)[0] / (2 * scale)
    found = _first_zero(kneading_determinant(letters), laps, tolerance * scale)
    if found is None:
        return floor, ceiling
    with working_precision(_bits(tolerance)):
        low, high = (ball_bounds(-ball(t).log()) for t in reversed(found))
    return max(floor, low[0] / scale), min(ceiling, high[1] / scale)


def _bits(tolerance: Fraction) -> int:
    return 96 + 2 * int(1 / tolerance).bit_length()


def _first_zero(coefficients: Sequence[int], laps: int, tolerance: Fraction) -> Bounds | None:
    """Certified bounds of the first zero in (0, 1) of a power series that starts with the given coefficients."""
    count = len(coefficients) - 1
    row = np.array(coefficients[::-1])
    grid = np.linspace(0.25, 0.98, 1000)  # below 1/3, D > 0
    negative = np.flatnonzero(np.polyval(row, grid) < 0)
    if not len(negative):
        return None
    with working_precision(_bits(tolerance)):
        series = flint.arb_poly(list(coefficients))
        slope = series.derivative()
        place = flint.arb(float(grid[negative[0]]))
        for _ in range(flint.ctx.prec.bit_length()):
            place = (place - series(place) / slope(place)).mid()
        if not place.is_finite():
            return None
        zero, reach = ball_bounds(place)[0], tolerance / 16
        above = _first_proved(lambda t: _negative(series, count, t), zero, reach)
        below = _first_proved(lambda t: _positive(series, slope, count, laps, t), zero, -reach)
    return None if above is None or below is None else (below, above)


def _first_proved(proved: Any, zero: Fraction, reach: Fraction) -> Fraction | None:
    """The first of the places zero + reach, zero + 2 reach, zero + 4 reach, … at which something is proved."""
    while Fraction(1, 4) < zero + reach < 1:
        if proved(zero + reach):
            return zero + reach
        reach *= 2
    return None


def _tail(t: Any, count: int) -> Any:
    """Bound of 2t Σ tⁿ over n ≥ count: what the unknown letters can add."""
    return 2 * t ** (count + 1) / (1 - t)


def _negative(series: Any, count: int, place: Fraction) -> bool:
    """Whether D < 0 at a place, whatever the unknown letters are."""
    t = ball(place)
    return bool(series(t) + _tail(t, count) < 0)


def _positive(series: Any, slope: Any, count: int, laps: int, stop: Fraction) -> bool:
    """Whether D > 0 on all of (0, stop], whatever the unknown letters are; below 1/laps no zero can be."""
    waiting = [(Fraction(1, laps + 1), stop)]
    for _ in range(_BOXES):
        if not waiting:
            return True
        left, right = waiting.pop()
        if right <= left:
            continue
        box = ball(left).union(ball(right))
        value = series(box.mid()) + slope(box) * (box - box.mid()) - _tail(ball(right), count)
        if value > 0:
            continue
        if not series(ball(right)) - _tail(ball(right), count) > 0:
            return False
        middle = (left + right) / 2
        waiting += [(left, middle), (middle, right)]
    return False


def entropy_range(family: PolynomialFamily, lower: object, upper: object, **options: Any) -> EntropyRange:
    """Bounds of the entropy at every parameter of an interval, from its two ends and a theorem of monotonicity.

    Parameters
    ----------
    family : PolynomialFamily
    lower, upper : int, Fraction or str
        The parameter interval.
    **options
        ``tolerance`` and ``max_symbols`` of :func:`topological_entropy`.

    Returns
    -------
    EntropyRange

    Certainty
    ---------
    Certified, under the theorem that the answer names; without one there are no bounds.

    Examples
    --------
    >>> import sympy
    >>> x, c = sympy.symbols("x c")
    >>> found = entropy_range(PolynomialFamily(x**2 + c, variable=x, parameter=c), -2, "-1.8")
    >>> [round(float(bound), 4) for bound in found.bounds]
    [0.4906, 0.6931]
    """
    instance(family, PolynomialFamily, "family", "give an expression, its variable, its parameter")
    ends = exact_rational(lower, "lower"), exact_rational(upper, "upper")
    if ends[0] >= ends[1]:
        raise InputError("upper", upper, "must be greater than lower", "exchange the two")
    theorem = monotonicity_theorem(family, *ends)
    bounds = None
    if theorem.verdict is Verdict.PROVED:
        both = [topological_entropy(family, end, **options).bounds for end in ends]
        bounds = min(b[0] for b in both), max(b[1] for b in both)
    return EntropyRange(parameters=ends, bounds=bounds, theorem=theorem)
