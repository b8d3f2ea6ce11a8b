"""Evidence for computed facts of a proof, recomputed by other means than those that found them.

* a certified (cycle, parameter): its certificate is read by :mod:`symphase.checker`, in integers alone;
* an enclosed onset of chaos: both ends are found again in interval arithmetic on integers, symbol by symbol;
* numbers of real cycles: Sturm's theorem on one side of every parameter at which they can change;
* a resultant: Euclid's algorithm in fractions at random rational parameters.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import sympy

from symphase.algebraic import RealAlgebraic
from symphase.cells import distinct, parameter_roots, rational_between, specialise
from symphase.certificates import certificate_for
from symphase.checker import check_certificate
from symphase.cycles import CertifiedBifurcation
from symphase.enclosures import Certainty, Verdict, round_decimal
from symphase.maps import PolynomialFamily, eliminate, exact_terms
from symphase.notation import formula_text
from symphase.onset import monotonicity_theorem
from symphase.theorems.proofs import POINTS, SEED, ProofLine, number_text

if TYPE_CHECKING:
    from symphase.onset import CriticalRelation, Onset

__all__ = ["CertifiedBox", "EnclosedOnset", "OneOnset", "RealCycleCount", "Resultant", "leading"]

_GUARD_BITS: Final = 192  # beyond the width of a bracket: what an orbit loses on the way
_STEPS_PER_BIT: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedBox:
    """Evidence that exactly one (cycle, parameter) with a given multiplier lies in a box.

    Attributes
    ----------
    box : CertifiedBifurcation
    family : PolynomialFamily
    multiplier : int
        What the line says of the multiplier.
    period : int
        What the line says of the period.
    """

    box: CertifiedBifurcation = field(repr=False)
    family: PolynomialFamily = field(repr=False)
    multiplier: int
    period: int

    @property
    def certainty(self) -> Certainty:
        """Certified."""
        return Certainty.CERTIFIED

    @property
    def sentence(self) -> str:
        """What is claimed."""
        sign = "−" if self.multiplier < 0 else ""
        return (
            f"Exactly one cycle of period {self.period} with multiplier {sign}{abs(self.multiplier)} is certified in a "
            f"box around {formula_text(self.family.parameter)} ≈ {_middle(self.box.parameter)}."
        )

    @property
    def method(self) -> str:
        """How."""
        return "a certificate of the cycle and the parameter, read by a checker that computes in integers alone"

    def complaints(self, _: ProofLine) -> list[str]:
        """What is wrong with the claim."""
        if self.box.multiplier != self.multiplier or self.box.period != self.period:
            return ["the box is of another cycle"]
        certificate = certificate_for(self.box, family=self.family)
        if certificate is None:
            return ["no certificate was found"]
        answer = check_certificate(certificate.to_json())
        if answer.verdict != "accepted":
            return [answer.message]
        place, unit = Fraction(certificate.parameter or "0"), Fraction(1, 10**certificate.digits)
        if not (self.box.parameter[0] <= place + unit and place - unit <= self.box.parameter[1]):
            return ["the certificate is of another parameter"]
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class RealCycleCount:
    """Evidence that a family has no real n-cycle before a parameter and at least one from there on.

    Attributes
    ----------
    family : PolynomialFamily
    period : int
    lower, number, upper : RealAlgebraic
        No cycle for parameters between the first two, at least one between the last two, in the order in which the
        phases run.
    """

    family: PolynomialFamily = field(repr=False)
    period: int
    lower: RealAlgebraic
    number: RealAlgebraic
    upper: RealAlgebraic

    @property
    def certainty(self) -> Certainty:
        """Exact."""
        return Certainty.EXACT

    @property
    def sentence(self) -> str:
        """What is claimed."""
        a = formula_text(self.family.parameter)
        born, ends = number_text(self.number), (number_text(self.lower), number_text(self.upper))
        return (
            f"There is no real cycle of period {self.period} for {a} between {ends[0]} and {born}, and there is one at "
            f"every {a} between {born} and {ends[1]}: one exact count in each part of the line."
        )

    @property
    def method(self) -> str:
        """How."""
        return (
            "real roots of the polynomial of the periodic points, counted by Sturm's theorem at one rational parameter "
            "between any two at which two of them can meet"
        )

    def complaints(self, _: ProofLine) -> list[str]:
        """What is wrong with the claim."""
        points = self.family.dynatomic(self.period)
        folds = parameter_roots(eliminate(points, self.family.multiplier(self.period) - 1))
        folds += parameter_roots(leading(points))
        if not any(self.number == fold for fold in folds):
            return [f"at {self.number} no two points of period {self.period} meet"]
        first, last = sorted((self.lower, self.upper))
        inside = [fold for fold in distinct(folds) if first < fold < last]
        found = []
        for left, right in itertools.pairwise([first, *inside, last]):
            sample = rational_between(left, right)
            behind = (sample < self.number) == (self.lower < self.number)
            count = _sturm(specialise(points, sample))
            if (count == 0) != behind:
                found.append(f"{count} real points of period {self.period} at {sample}")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Resultant:
    """Evidence that the line's left side divides a resultant in z, and that its right side, 0, is reached at a number.

    Attributes
    ----------
    family : PolynomialFamily
    first, second : FLINT polynomials in Q[z, a]
        What has a common root.
    number : RealAlgebraic
        The root of the left side that is meant.
    """

    family: PolynomialFamily = field(repr=False)
    first: Any = field(repr=False)
    second: Any = field(repr=False)
    number: RealAlgebraic

    @property
    def certainty(self) -> Certainty:
        """Exact."""
        return Certainty.EXACT

    @property
    def method(self) -> str:
        """How."""
        return (
            "exact division of the resultant; the resultant by Euclid's algorithm in fractions at "
            f"{POINTS} random rational parameters (seed {SEED}); the root isolated by signs"
        )

    def complaints(self, line: ProofLine) -> list[str]:
        """What is wrong with the line."""
        if line.left is None or line.right != 0 or line.relation != "=":
            return ["there is no equation to prove"]
        symbol = self.family.parameter
        eliminant = eliminate(self.first, self.second)
        rows = exact_terms(eliminant)
        if not rows:
            return ["the resultant vanishes identically"]
        whole = sympy.Poly(
            sympy.Add(*(sympy.Rational(v.numerator, v.denominator) * symbol**j for (_, j), v in rows.items())), symbol
        )
        found = []
        rng = random.Random(SEED)  # noqa: S311  # guards no secret
        for _point in range(POINTS):
            place = Fraction(rng.randint(-30, 30), rng.randint(1, 7))
            value = sum((v * place**j for (_, j), v in rows.items()), Fraction(0))
            if value != _euclid(_at(self.first, place), _at(self.second, place)):
                found.append(f"the resultant differs at {symbol} = {place}")
        try:
            given = sympy.Poly(line.left, symbol, domain="QQ")
        except (sympy.PolynomialError, sympy.CoercionFailed):
            return [f"the left side is no polynomial in {symbol}"]
        if given.degree() < 1 or not whole.rem(given).is_zero:
            found.append("the left side does not divide the resultant")
        lower, upper = self.number.enclose(64)
        signs = [given(sympy.Rational(end.numerator, end.denominator)) for end in (lower, upper)]
        if not (signs[0] == 0 if lower == upper else signs[0] * signs[1] < 0):
            found.append(f"the left side does not vanish at {self.number}")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class EnclosedOnset:
    """Evidence for one end of the bracket of an onset of chaos: the critical orbit closes up there, with its word.

    Attributes
    ----------
    onset : Onset
    family : PolynomialFamily
    chaotic : bool
        Which end: that of chaos (band merging) or that of order (superstable).
    """

    onset: Onset = field(repr=False)
    family: PolynomialFamily = field(repr=False)
    chaotic: bool

    @property
    def certainty(self) -> Certainty:
        """Certified."""
        return Certainty.CERTIFIED

    @property
    def sentence(self) -> str:
        """What is claimed."""
        relation = self.onset.chaotic_side if self.chaotic else self.onset.ordered_side
        place, power = f"{formula_text(self.family.parameter)} ≈ {_middle(relation.parameter, 12)}", relation.doublings
        what = (
            f"On the side of chaos 2^{power + 1} bands merge into 2^{power}: the critical orbit closes up behind 3 · "
            f"2^{power} steps at {place}"
            if self.chaotic
            else f"On the side of order the critical point has period 2^{power} at {place}"
        )
        return f"{what}; every symbol of its orbit is certified."

    @property
    def method(self) -> str:
        """How."""
        return (
            "interval arithmetic on integers: the closing equation changes its sign, and every symbol of the critical "
            "orbit is decided"
        )

    def complaints(self, _: ProofLine) -> list[str]:
        """What is wrong with the claim."""
        relation = self.onset.chaotic_side if self.chaotic else self.onset.ordered_side
        lower, upper = relation.parameter
        end = self.onset.bracket[1 if self.chaotic == (self.onset.direction > 0) else 0]
        if not lower <= end <= upper:
            return ["the bracket does not end there"]
        length = 2**relation.doublings
        word = "RLR" + "R" * 8 if self.chaotic else "R"
        for _doubling in range(relation.doublings):
            word = "".join("RL" if letter == "R" else "RR" for letter in word)
        last = 4 * length if self.chaotic else length
        bits = (1 / (upper - lower)).numerator.bit_length() + _GUARD_BITS + last // _STEPS_PER_BIT
        orbit = _Orbit(self.family, bits)
        found = []
        gaps = []
        for place in (lower, upper):
            points = list(itertools.islice(orbit.points((place, place)), last + 1))
            early = points[3 * length] if self.chaotic else points[0]
            gaps.append((points[last][0] - early[1], points[last][1] - early[0]))
        if not any(one[1] < 0 < other[0] for one, other in itertools.permutations(gaps)):
            found.append("the closing equation does not change its sign")
        if orbit.word(relation, last - 1) != word[: last - 1]:
            found.append("the critical orbit has another word")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOnset:
    """Evidence for the hypotheses of a theorem by which the entropy is monotone between two parameters.

    Attributes
    ----------
    family : PolynomialFamily
    lower, upper : Fraction
    """

    family: PolynomialFamily = field(repr=False)
    lower: Fraction
    upper: Fraction

    @property
    def certainty(self) -> Certainty:
        """Exact: signs of polynomials between their roots."""
        return Certainty.EXACT

    @property
    def sentence(self) -> str:
        """What is claimed."""
        theorem = monotonicity_theorem(self.family, self.lower, self.upper)
        return (
            f"For {formula_text(self.family.parameter)} from {_short(self.lower)} to {_short(self.upper)} the onset is "
            f"one parameter: the map is {theorem.statement}."
        )

    @property
    def method(self) -> str:
        """How."""
        return "the hypotheses checked once more: signs of polynomials in the parameter between their exact roots"

    def complaints(self, _: ProofLine) -> list[str]:
        """What is wrong with the claim."""
        theorem = monotonicity_theorem(self.family, self.lower, self.upper)
        return [] if theorem.verdict is Verdict.PROVED else [theorem.statement]


def _middle(bounds: tuple[Fraction, Fraction], digits: int = 9) -> str:
    return round_decimal((bounds[0] + bounds[1]) / 2, digits).replace("-", "−")


def _short(number: Fraction) -> str:
    return f"{float(number):.6g}".replace("-", "−")


Pair = tuple[int, int]


class _Orbit:
    """The critical orbit in intervals of integers: (low, high) stands for [low, high]·2^-bits."""

    def __init__(self, family: PolynomialFamily, bits: int) -> None:
        self.family, self.bits = family, bits
        critical = exact_terms(family.free_critical_factors[0])
        self.top = {order: -value for (power, order), value in critical.items() if not power}
        self.bottom = {order: value for (power, order), value in critical.items() if power}

    def _pair(self, value: Fraction) -> Pair:
        scaled = value * 2**self.bits
        return scaled.numerator // scaled.denominator, -(-scaled.numerator // scaled.denominator)

    def _times(self, x: Pair, y: Pair) -> Pair:
        ends = (x[0] * y[0], x[0] * y[1], x[1] * y[0], x[1] * y[1])
        return min(ends) >> self.bits, -(-max(ends) >> self.bits)

    def _polynomial(self, row: Sequence[Fraction], x: Pair) -> Pair:
        total = (0, 0)
        for value in reversed(row):
            low, high = self._times(total, x)
            constant = self._pair(value)
            total = (low + constant[0], high + constant[1])
        return total

    def _critical_point(self, a: Pair) -> Pair:
        rows = [[part.get(j, Fraction(0)) for j in range(max(part, default=0) + 1)] for part in (self.top, self.bottom)]
        top, bottom = (self._polynomial(row, a) for row in rows)
        if bottom[0] <= 0 <= bottom[1]:
            raise ArithmeticError("the critical point goes through infinity")
        quotients = [Fraction(x << self.bits, y) for x in top for y in bottom]
        return min(quotients).__floor__(), max(quotients).__ceil__()

    def points(self, bounds: tuple[Fraction, Fraction]) -> Iterator[Pair]:
        """Yield c, f(c), f²(c), … over an interval of parameters."""
        a = (self._pair(bounds[0])[0], self._pair(bounds[1])[1])
        coefficients = [self._polynomial(row, a) for row in self.family.rows]
        z = self._critical_point(a)
        slopes = [(k * low, k * high) for k, (low, high) in enumerate(coefficients)][1:]
        while True:
            yield z
            middle = (z[0] + z[1]) // 2
            value, slope = self._at(coefficients, (middle, middle)), self._at(slopes, z)
            # the mean value form: widths grow by |f'| as they should, not by Horner's overestimate of it
            low, high = self._times(slope, (z[0] - middle, z[1] - middle))
            z = (value[0] + low, value[1] + high)

    def _at(self, coefficients: Sequence[Pair], z: Pair) -> Pair:
        total = (0, 0)
        for coefficient in reversed(coefficients):
            low, high = self._times(total, z)
            total = (low + coefficient[0], high + coefficient[1])
        return total

    def word(self, relation: CriticalRelation, count: int) -> str:
        """The symbols of f(c), f²(c), … over the parameter's bounds, as far as they are decided."""
        orbit = self.points(relation.parameter)
        c = next(orbit)
        first = next(orbit)  # f(c) is the side called R
        sign = 1 if first[0] > c[1] else -1
        letters = ["R"]
        for z in itertools.islice(orbit, count - 1):
            above, below = (z[0] > c[1], z[1] < c[0]) if sign > 0 else (z[1] < c[0], z[0] > c[1])
            if not above and not below:
                break  # what follows would only grow wider
            letters.append("R" if above else "L")
        return "".join(letters)


def leading(polynomial: Any) -> Any:
    """Leading coefficient in z of a polynomial in Q[z, a], as one in a."""
    degree = polynomial.degrees()[0]
    terms = {(0, order): value for (power, order), value in polynomial.to_dict().items() if power == degree}
    return polynomial.context().from_dict(terms)


def _sturm(polynomial: Any) -> int:
    rows = [sympy.Integer(int(c)) for c in reversed(polynomial.coeffs())]
    return int(sympy.Poly(rows, sympy.Dummy("x"), domain="QQ").sqf_part().count_roots()) if len(rows) > 1 else 0


def _at(polynomial: Any, parameter: Fraction) -> list[Fraction]:
    """Coefficients in z, highest power first, of a polynomial of Q[z, a]; leading zeros are kept."""
    row = [Fraction(0)] * (int(polynomial.degrees()[0]) + 1)
    for (power, order), value in exact_terms(polynomial).items():
        row[-1 - power] += value * parameter**order
    return row


def _euclid(first: list[Fraction], second: list[Fraction]) -> Fraction:
    """The resultant of two polynomials with given formal degrees, by Euclid's algorithm."""
    m, n = len(first) - 1, len(second) - 1
    if m == 0:
        return Fraction(first[0] ** n)
    if n == 0:
        return Fraction(second[0] ** m)
    if not first[0]:
        # expand along the first column: the formal degree of the first falls by one
        return second[0] * _euclid(first[1:], second) * _sign(n) if second[0] else Fraction(0)
    if not second[0]:
        return first[0] * _euclid(first, second[1:])
    if m < n:
        return _euclid(second, first) * _sign(m * n)
    quotient = first[0] / second[0]
    rest = [x - quotient * y for x, y in zip(first, second + [Fraction(0)] * (m - n), strict=True)]
    # the remainder keeps the formal degree m; its leading zero is taken off by the rule above
    return _euclid(rest, second)


def _sign(power: int) -> int:
    """(−1)^power."""
    return -1 if power % 2 else 1
