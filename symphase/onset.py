"""The onset of chaos: where the topological entropy of a unimodal family becomes positive.

Below it every period is a power of two.  The onset a_∞ is no known algebraic number.  It is enclosed here

* from the side of order by superstable parameters of the period-doubling cascade, fᴺ(c) = c with N = 2^k;
* from the side of chaos by band-merging parameters, f³ᴺ(c) = f⁴ᴺ(c), where 2N bands merge into N.

Each is one real root, enclosed by interval Newton in Arb and tied to its place by the itinerary of the critical
orbit, symbol by symbol (L or R of the critical point c): Dᵏ(R…) and Dᵏ(RLR^∞), where D is the doubling rule R → RL,
L → RR.  Kneading theory (Milnor and Thurston, "On iterated maps of the interval", LNM 1342, 1988, theorem 13.1 and
section 9; Collet and Eckmann, "Iterated Maps on the Interval as Dynamical Systems", 1980, part II) gives entropy 0 for
the first and log 2 / 2^(k+1) for the second.  Entropy is continuous along a family of smooth interval maps
(Misiurewicz 1979 from below, Yomdin 1987 and Newhouse 1989 from above), so *an* onset lies between them without further
assumption; that it is the *only* one needs monotonicity of the entropy, see :func:`monotonicity_theorem`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import Any, Final

import flint

from symphase.enclosures import Verdict, ball, ball_bounds, round_decimal, working_precision
from symphase.errors import InputError
from symphase.maps import PolynomialFamily, eliminate, exact_terms

__all__ = [
    "CriticalOrbit",
    "CriticalRelation",
    "MonotonicityTheorem",
    "Onset",
    "enclose_onset",
    "feigenbaum_word",
    "monotonicity_theorem",
    "side_of_onset",
]

Bounds = tuple[Fraction, Fraction]
FEIGENBAUM_DELTA: Final = 4.6692  # only to guess where the next parameter is; every guess is then proved or dropped
MAX_DOUBLINGS: Final = 14
_SHARES: Final = (Fraction(1), *(Fraction(n, 20) for n in (17, 23, 14, 26, 11, 30, 8, 36)))  # of Feigenbaum's step


def _double(word: str) -> str:
    """The doubling rule on itineraries: R → RL, L → RR."""
    return "".join("RL" if symbol == "R" else "RR" for symbol in word)


def feigenbaum_word(length: int) -> str:
    """Return the first symbols of the itinerary of f(c) at the onset of chaos.

    Examples
    --------
    >>> feigenbaum_word(12)
    'RLRRRLRLRLRR'
    """
    word = "R"
    while len(word) < length:
        word = _double(word)
    return word[:length]


def compare_words(first: str, second: str) -> int:
    """Order of two itineraries in the parity-lexicographic order (L < R, reversed behind an odd number of R).

    Examples
    --------
    >>> compare_words("RLL", "RLR")  # one R in front: reversed
    1
    """
    flips = 1
    for left, right in zip(first, second, strict=False):
        if left != right:
            return flips if (left, right) == ("R", "L") else -flips
        if left == "R":
            flips = -flips
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalRelation:
    """One parameter at which the critical orbit closes up, with the proof's data.

    Attributes
    ----------
    kind : str
        "superstable" (fᴺ(c) = c) or "band merging" (f³ᴺ(c) = f⁴ᴺ(c)).
    doublings : int
        k, with N = 2^k.
    parameter : (Fraction, Fraction)
        Rational bounds; exactly one solution lies between them (interval Newton).
    symbols : int
        How many symbols of the critical itinerary were certified.
    bits : int
        Arb precision of the proof.
    """

    kind: str
    doublings: int
    parameter: Bounds
    symbols: int
    bits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonotonicityTheorem:
    """What is known about the monotonicity of the entropy along a family.

    Attributes
    ----------
    verdict : Verdict
        PROVED when a theorem applies whose hypotheses were checked exactly; UNDECIDED otherwise.
    statement : str
        The theorem, its hypotheses as checked, its source.
    """

    verdict: Verdict
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """The onset of chaos.

    Attributes
    ----------
    bracket : (Fraction, Fraction)
        Certified: the onset lies strictly between (in parameter order, smaller first).
    ordered_side, chaotic_side : CriticalRelation
        The two proofs.
    theorem : MonotonicityTheorem
        What makes the onset unique.
    estimate : str
        Decimal of a_∞ to the digits on which two accelerated sequences agree: a numerical value, not a certified one.
    estimate_digits : int
        Number of those digits after the point.
    direction : int
        +1 if chaos lies at larger parameters, -1 if at smaller ones.
    """

    bracket: Bounds
    ordered_side: CriticalRelation
    chaotic_side: CriticalRelation
    theorem: MonotonicityTheorem
    estimate: str
    estimate_digits: int
    direction: int

    def decimal(self) -> str:
        """The digits on which both ends of the certified bracket agree."""
        digits = 0
        lower, upper = self.bracket
        while round_decimal(lower, digits + 1) == round_decimal(upper, digits + 1):
            digits += 1
        return round_decimal(lower, digits)


class CriticalOrbit:
    """The orbit of the one free critical point of a family, as balls in the parameter.

    Parameters
    ----------
    family : PolynomialFamily
        It must have exactly one free critical point, a rational function of the parameter.
    near : Fraction
        A parameter of interest; tells whether the critical point is a maximum or a minimum there.

    Raises
    ------
    InputError
        For a family with another critical structure.
    """

    def __init__(self, family: PolynomialFamily, near: Fraction) -> None:
        factors = family.free_critical_factors
        if len(factors) != 1 or factors[0].degrees()[0] != 1:
            raise InputError(
                "family",
                family,
                "needs exactly one free critical point that is a rational function of the parameter",
                "kneading theory for several free critical points is not built in",
            )
        self.family = family
        bottom: dict[int, Fraction] = {}
        top: dict[int, Fraction] = {}
        for (power, order), exact in exact_terms(factors[0]).items():
            if power:
                bottom[order] = exact
            else:
                top[order] = -exact
        self._top = [top.get(j, Fraction(0)) for j in range(max(top, default=0) + 1)]
        self._bottom = [bottom.get(j, Fraction(0)) for j in range(max(bottom) + 1)]
        self.near = near

    def critical_point(self, a: Any) -> tuple[Any, Any]:
        """The critical point c(a) and dc/da as balls."""
        top, slope_top = _value_and_slope(self._top, a)
        bottom, slope_bottom = _value_and_slope(self._bottom, a)
        c = top / bottom
        return c, (slope_top - c * slope_bottom) / bottom

    @cached_property
    def orientation(self) -> int:
        """+1 when c is a local maximum of f near the parameter of interest, -1 when it is a minimum."""
        with working_precision(128):
            a = ball(self.near)
            c, _ = self.critical_point(a)
            coefficients = self.family.at(a, ball)
            second = sum((k * (k - 1) * v * c ** (k - 2) for k, v in enumerate(coefficients) if k >= 2), flint.arb(0))
            if second.contains(0):
                raise InputError("family", self.family, "has a degenerate critical point", "f'' must not vanish there")
            return -1 if second > 0 else 1

    def points(self, a: Any) -> Iterator[tuple[Any, Any]]:
        """Yield (fⁱ(c), d fⁱ(c)/da) for i = 1, 2, … as balls over the parameter ball a."""
        coefficients = self.family.at(a, ball)
        slopes = [_value_and_slope(list(row), a)[1] for row in self.family.rows]
        z, dz = self.critical_point(a)
        while True:
            middle = z.mid()
            by_z, carried, by_a, at_middle = flint.arb(0), coefficients[-1], slopes[-1], coefficients[-1]
            for coefficient, slope in zip(coefficients[-2::-1], slopes[-2::-1], strict=True):
                by_z = by_z * z + carried
                carried = carried * z + coefficient
                by_a = by_a * z + slope
                at_middle = at_middle * middle + coefficient
            # mean value form: the radius grows by |f'| as it should, not by Horner's overestimate of it
            z, dz = at_middle + by_z * (z - middle), by_z * dz + by_a
            yield z, dz

    def symbols(self, a: Any) -> Iterator[str | None]:
        """Yield the itinerary of f(c) over the parameter ball a; None where a ball straddles c."""
        c, _ = self.critical_point(a)
        for z, _ in self.points(a):
            side = (z - c) * self.orientation
            yield "R" if side > 0 else ("L" if side < 0 else None)

    def is_unimodal(self, a: Any) -> bool:
        """Whether the core [f²(c), f(c)] is certified to hold no critical point but c, over the parameter ball."""
        (first, _), (second, _) = islice(self.points(a), 2)
        core = first.union(second)
        others = [factor for factor in self.family.critical_factors if factor not in self.family.free_critical_factors]
        for factor in others:
            terms: dict[int, Any] = {}
            for (power, order), value in exact_terms(factor).items():
                terms[power] = terms.get(power, flint.arb(0)) + ball(value) * a**order
            total = flint.arb(0)
            for power, coefficient in terms.items():
                total += coefficient * core**power
            if total.contains(0):
                return False
        return True

    def relation(self, kind: str, doublings: int, guess: Fraction) -> CriticalRelation | None:
        """Prove one superstable or band-merging parameter near a guess; None when the proof fails there."""
        length = 2**doublings
        bits = 160 + 12 * doublings
        with working_precision(bits):
            middle = ball(guess).mid()
            for _ in range(14):
                value, slope = self._equation(kind, length, middle)
                if slope.mid() == 0:
                    return None
                step = (value / slope).mid()
                middle = (middle - step).mid()
                if not middle.is_finite():
                    return None
                if abs(float(step)) < 2.0 ** -(bits * 0.55):
                    break
            box = flint.arb(middle, 2.0 ** -int(bits * 0.4))
            value, _ = self._equation(kind, length, middle)
            _, slope = self._equation(kind, length, box)
            if slope.contains(0):
                return None
            image = middle - value / slope
            if not box.contains_interior(image):
                return None
            word = "R" if kind == "superstable" else "RLR" + "R" * 8
            for _ in range(doublings):
                word = _double(word)
            count = length - 1 if kind == "superstable" else 4 * length - 1
            seen = list(islice(self.symbols(image), count))
            if "".join(symbol or "?" for symbol in seen) != word[:count] or not self.is_unimodal(image):
                return None
            return CriticalRelation(
                kind=kind, doublings=doublings, parameter=ball_bounds(image), symbols=count, bits=bits
            )

    def _equation(self, kind: str, length: int, a: Any) -> tuple[Any, Any]:
        if kind == "superstable":
            c, dc = self.critical_point(a)
            z, dz = next(islice(self.points(a), length - 1, None))
            return z - c, dz - dc
        orbit = islice(self.points(a), 3 * length - 1, 4 * length)
        early, d_early = next(orbit)
        late, d_late = early, d_early
        for late, d_late in orbit:  # noqa: B007  # the last point is wanted
            pass
        return early - late, d_early - d_late


def _value_and_slope(coefficients: list[Fraction], a: Any) -> tuple[Any, Any]:
    """p(a) and p'(a) as balls, coefficients lowest power first."""
    value, slope = flint.arb(0), flint.arb(0)
    for coefficient in reversed(coefficients):
        slope = slope * a + value
        value = value * a + ball(coefficient)
    return value, slope


def side_of_onset(family: PolynomialFamily, parameter: Fraction, *, max_symbols: int = 4096) -> int | None:
    """Tell on which side of the onset of chaos a parameter lies, by kneading alone.

    Parameters
    ----------
    family : PolynomialFamily
        With one free critical point.
    parameter : Fraction
        Exact.
    max_symbols : int
        Budget: how many symbols of the critical itinerary are compared with the Feigenbaum word.

    Returns
    -------
    int or None
        -1: entropy is zero; +1: entropy is positive; None: undecided within the budget (the orbit hits c, leaves the
        unimodal core, or follows the Feigenbaum word throughout).

    Certainty
    ---------
    Certified: balls decide each symbol; the first difference decides the side (Milnor and Thurston 1988).

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> side_of_onset(logistic, Fraction(356, 100)), side_of_onset(logistic, Fraction(358, 100))
    (-1, 1)
    """
    orbit = CriticalOrbit(family, parameter)
    target = feigenbaum_word(max_symbols)
    bits = 128
    while bits <= 64 + 4 * max_symbols:
        with working_precision(bits):
            a = ball(parameter)
            if not orbit.is_unimodal(a):
                return None
            flips = 1
            for expected, symbol in zip(target, orbit.symbols(a), strict=False):
                if symbol is None:
                    break
                if symbol != expected:
                    return flips if symbol == "R" else -flips
                if symbol == "R":
                    flips = -flips
            else:
                return None
        bits *= 4
    return None


def monotonicity_theorem(family: PolynomialFamily, lower: Fraction, upper: Fraction) -> MonotonicityTheorem:
    """Look for a theorem that makes the entropy monotone on a parameter interval, and check its hypotheses exactly.

    Two are known here.  Degree 2: the family is affinely conjugate to x² + c(a); the entropy of x² + c is monotone in
    c, so c must be monotone in a.  Families conjugate to λ·g with g(0) = 0 and critical values in {0, v}: the kneading
    sequence is monotone in λ > 0, so λ must be monotone in a.

    Parameters
    ----------
    family : PolynomialFamily
    lower, upper : Fraction
        The parameter interval.

    Returns
    -------
    MonotonicityTheorem

    References
    ----------
    Milnor and Thurston 1988, theorem 13.1 (with the proof of uniqueness by Douady, Hubbard and Sullivan).
    Levin, Shen and van Strien, "Positive transversality via transfer operators and holomorphic motions with
    applications to monotonicity for interval maps", Nonlinearity 33 (2020), arXiv 1902.06732.
    """
    import sympy

    a = family.parameter
    rows = [
        sympy.Add(*(sympy.Rational(v.numerator, v.denominator) * a**j for j, v in enumerate(row)))
        for row in family.rows
    ]
    if family.degree == 2:
        constant, linear, top = rows
        control = sympy.cancel(top * constant + linear / 2 - linear**2 / 4)
        if not _has_root(top, a, lower, upper) and _is_monotone(control, a, lower, upper):
            return MonotonicityTheorem(
                verdict=Verdict.PROVED,
                statement=f"conjugate to x² + c with c = {control}, monotone in {a} here (checked exactly); the "
                "entropy of x² + c is monotone in c (Milnor and Thurston 1988, theorem 13.1; Douady-Hubbard; Sullivan)",
            )
    scaled = _as_multiple(family, rows)
    if scaled is not None:
        factor, shape = scaled
        positive = sympy.cancel(factor.subs(a, sympy.Rational(lower.numerator, lower.denominator))) > 0
        if positive and not _has_root(factor, a, lower, upper) and _is_monotone(factor, a, lower, upper):
            return MonotonicityTheorem(
                verdict=Verdict.PROVED,
                statement=f"conjugate to λ·g(w), g = {shape}, g(0) = 0, critical values 0 and one more, λ = {factor} "
                f"positive and monotone in {a} here (all checked exactly); the kneading sequence of λ·g is monotone in "
                "λ (Levin, Shen and van Strien 2020, arXiv 1902.06732)",
            )
    return MonotonicityTheorem(
        verdict=Verdict.UNDECIDED,
        statement="no theorem known here makes the entropy monotone along this family; "
        "an onset lies in the bracket, but it may not be the only one",
    )


def _has_root(expression: Any, symbol: Any, lower: Fraction, upper: Fraction) -> bool:
    """Exact: whether numerator or denominator vanishes in the closed interval."""
    import sympy

    ends = [sympy.Rational(v.numerator, v.denominator) for v in (lower, upper)]
    parts = [sympy.Poly(part, symbol) for part in sympy.fraction(sympy.cancel(expression))]
    return any(part.is_zero or (part.degree() > 0 and part.count_roots(*ends) > 0) for part in parts)


def _is_monotone(expression: Any, symbol: Any, lower: Fraction, upper: Fraction) -> bool:
    """Exact: neither the derivative's numerator nor its denominator has a root in the closed interval."""
    import sympy

    return not _has_root(sympy.diff(expression, symbol), symbol, lower, upper)


def _as_multiple(family: PolynomialFamily, rows: list[Any]) -> tuple[Any, Any] | None:
    """Write the family as λ(a)·g(w) with g(0) = 0, all bound critical points on 0, in an affine coordinate w."""
    import sympy

    a, z = family.parameter, family.variable
    bound = [f for f in family.critical_factors if f not in family.free_critical_factors]
    if len(bound) != 1 or bound[0].degrees()[0] != 1 or len(family.free_critical_factors) != 1:
        return None
    if family.free_critical_factors[0].degrees()[0] != 1:
        return None
    f = sum((c * z**k for k, c in enumerate(rows)), sympy.Integer(0))
    pieces = [sympy.Integer(0), sympy.Integer(0)]
    for (power, order), value in exact_terms(bound[0]).items():
        pieces[power] += sympy.Rational(value.numerator, value.denominator) * a**order
    other = sympy.cancel(-pieces[0] / pieces[1])
    base = sympy.cancel(f.subs(z, other))
    lands = eliminate(bound[0], family.iterate(2) - family.iterate(1)).is_zero()
    if not lands or sympy.cancel(f.subs(z, base) - base) != 0:
        return None
    scale = sympy.cancel(other - base)
    w = sympy.Dummy("w")
    moved = sympy.cancel((f.subs(z, base + scale * w) - base) / scale)
    factor = sympy.cancel(sympy.diff(moved, w).subs(w, 0))
    if factor == 0:
        return None
    shape = sympy.cancel(moved / factor)
    if a in shape.free_symbols:
        return None
    return sympy.factor(factor), sympy.factor(shape.subs(w, sympy.Symbol("w")))


def _wynn(sequence: list[Fraction]) -> Fraction:
    """Wynn's epsilon algorithm in exact arithmetic on rounded rationals (Wynn, Math. Comp. 10, 1956)."""
    older: list[Fraction] = [Fraction(0)] * (len(sequence) + 1)
    newer = list(sequence)
    best = sequence[-1]
    column = 0
    while len(newer) > 1:
        following = []
        for i in range(len(newer) - 1):
            gap = newer[i + 1] - newer[i]
            if gap == 0:
                return best
            following.append((older[i + 1] + 1 / gap).limit_denominator(10**120))
        older, newer = newer, following
        column += 1
        if column % 2 == 0:
            best = newer[-1]
    return best


def enclose_onset(
    family: PolynomialFamily,
    *,
    first_superstable: float,
    second_superstable: float,
    chaotic_end: float,
    doublings: int = 9,
) -> Onset | str:
    """Enclose the onset of chaos between the doubling cascade and the band-merging parameters.

    Parameters
    ----------
    family : PolynomialFamily
        One free critical point, unimodal around it.
    first_superstable, second_superstable : float
        Approximate parameters at which c is a fixed point, and a point of period 2, of the cascade followed.
    chaotic_end : float
        A parameter beyond the first band merging (the escape or crisis parameter, say).
    doublings : int
        How many period doublings to prove, 3 to 14; each shrinks the bracket by about 4.67.

    Returns
    -------
    Onset or str
        The reason in words when the family's cascade could not be followed.

    Certainty
    ---------
    The bracket is certified, under the theorem it names; ``estimate`` is numerical.
    """
    if isinstance(doublings, bool) or not isinstance(doublings, int) or not 3 <= doublings <= MAX_DOUBLINGS:
        raise InputError("doublings", doublings, f"must be an integer from 3 to {MAX_DOUBLINGS}")
    direction = 1 if second_superstable > first_superstable else -1
    try:
        orbit = CriticalOrbit(family, Fraction(second_superstable))
        _ = orbit.orientation
    except InputError as refusal:
        return f"the family {refusal.accepted}"
    ordered: list[CriticalRelation] = []
    guesses = [Fraction(first_superstable), Fraction(second_superstable)]
    for k in range(1, doublings + 1):
        last, before = (guesses[1], guesses[0]) if k < 3 else (_centre(ordered[-1]), _centre(ordered[-2]))
        tries = [last] if k == 1 else [last + (last - before) / Fraction(FEIGENBAUM_DELTA) * share for share in _SHARES]
        relation = next(filter(None, (orbit.relation("superstable", k, guess) for guess in tries)), None)
        if relation is None:
            return f"the superstable parameter of period 2^{k} was not found where the cascade should have it"
        ordered.append(relation)
    limit = _wynn([_centre(relation) for relation in ordered])
    chaotic: list[CriticalRelation] = []
    guess = _first_merging(orbit, float(limit), chaotic_end)
    for k in range(doublings):
        relation = orbit.relation("band merging", k, guess)
        if relation is None:
            return f"the merging of {2 ** (k + 1)} bands into {2**k} was not found before escape"
        chaotic.append(relation)
        guess = limit + (_centre(relation) - limit) / Fraction(FEIGENBAUM_DELTA)
    second_limit = _wynn([_centre(relation) for relation in chaotic])
    digits = 0
    while digits < 40 and abs(limit - second_limit) < Fraction(1, 2 * 10 ** (digits + 1)):
        digits += 1
    ends = sorted((ordered[-1].parameter[0 if direction > 0 else 1], chaotic[-1].parameter[1 if direction > 0 else 0]))
    span = sorted((Fraction(second_superstable), Fraction(chaotic_end)))
    return Onset(
        bracket=(ends[0], ends[1]),
        ordered_side=ordered[-1],
        chaotic_side=chaotic[-1],
        theorem=monotonicity_theorem(family, span[0], span[1]),
        estimate=round_decimal((limit + second_limit) / 2, digits),
        estimate_digits=digits,
        direction=direction,
    )


def _centre(relation: CriticalRelation) -> Fraction:
    return (relation.parameter[0] + relation.parameter[1]) / 2


def _first_merging(orbit: CriticalOrbit, inner: float, outer: float) -> Fraction:
    """Bisect on the itinerary RLR^∞ in floats: a guess for the parameter where two bands merge into one."""
    target = "RL" + "R" * 40
    with working_precision(256):
        for _ in range(60):
            middle = (inner + outer) / 2
            word = "".join(s or "?" for s in islice(orbit.symbols(flint.arb(middle)), len(target)))
            if "?" in word or compare_words(word, target) == 0:
                return Fraction(middle)
            if compare_words(word, target) < 0:
                inner = middle
            else:
                outer = middle
    return Fraction((inner + outer) / 2)
