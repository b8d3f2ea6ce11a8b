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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import islice, pairwise
from typing import Any, Final

import flint

from symphase.display import Shown, bounds_text, facts_table, level_html, text_html, words_html
from symphase.enclosures import Certainty, Verdict, ball, ball_bounds, round_decimal, working_precision
from symphase.errors import InputError
from symphase.formulas import exact_rational
from symphase.maps import PolynomialFamily, exact_terms

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
MAX_DOUBLINGS: Final = 20
_MAX_BITS: Final = 2**14
_MAX_SYMBOLS: Final = 2**20
_MAX_HEIGHT: Final = 2**16  # bits of a rational point of an orbit that is followed exactly
_PREDICTABLE: Final = 5  # relations that must be known before the next one is extrapolated
_MAX_ORDER: Final = 7
_SHARES: Final = (Fraction(1), *(Fraction(n, 20) for n in (17, 23, 14, 26, 11, 30, 8, 36)))  # of Feigenbaum's step


def check_family(family: object) -> None:
    """Refuse what is no family of maps."""
    if not isinstance(family, PolynomialFamily):
        raise InputError(
            "family", family, "must be a PolynomialFamily", "give an expression, its variable, its parameter"
        )


def check_integer(value: object, argument: str, least: int, most: int) -> None:
    """Refuse what is no integer of a range."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InputError(argument, value, f"must be an integer from {least} to {most}", "give a whole number")


def _float(value: object, argument: str) -> float:
    try:
        return float(exact_rational(value, argument))
    except OverflowError:
        raise InputError(argument, value, "must be within the range of floats", "take other units") from None


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
    check_integer(length, "length", 0, _MAX_SYMBOLS)
    return _feigenbaum_word(length)


@lru_cache(maxsize=8)
def _feigenbaum_word(length: int) -> str:
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


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CriticalRelation(Shown):
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
    distance : (Fraction, Fraction) or None
        Superstable only, k ≥ 1: bounds of f^(N/2)(c) − c, the distance from c of the cycle's point nearest to it.
    """

    kind: str
    doublings: int
    parameter: Bounds
    symbols: int
    bits: int
    distance: Bounds | None = None

    def _line(self) -> str:
        return f"{self.kind}, N = 2^{self.doublings}, at {bounds_text(*self.parameter)} [certified]"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MonotonicityTheorem(Shown):
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

    def _line(self) -> str:
        return f"{self.verdict}; {self.statement}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Onset(Shown):
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
    superstable, mergings : tuple of CriticalRelation
        Every relation that was proved on the way: k = 1, 2, … and k = 0, 1, …
    """

    bracket: Bounds
    ordered_side: CriticalRelation
    chaotic_side: CriticalRelation
    theorem: MonotonicityTheorem
    estimate: str
    estimate_digits: int
    direction: int
    superstable: tuple[CriticalRelation, ...] = ()
    mergings: tuple[CriticalRelation, ...] = ()

    def decimal(self) -> str:
        """The digits on which both ends of the certified bracket agree."""
        digits = 0
        lower, upper = self.bracket
        while round_decimal(lower, digits + 1) == round_decimal(upper, digits + 1):
            digits += 1
        return round_decimal(lower, digits)

    def _line(self) -> str:
        return f"{bounds_text(*self.bracket)} [certified]; ≈ {self.estimate} [numerical]"

    def _repr_html_(self) -> str:
        low, high = self.bracket
        facts = [
            ("strictly between", f"{float(low):.12g} and {float(high):.12g} {level_html(Certainty.CERTIFIED)}"),
            ("estimate", f"≈ {text_html(self.estimate)} {level_html(Certainty.NUMERICAL)}"),
            ("unique", f"{text_html(self.theorem.verdict)}: {words_html(self.theorem.statement)}"),
        ]
        return facts_table("Onset of chaos", facts)


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
        check_family(family)
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
        self.near = exact_rational(near, "near")

    def critical_point(self, a: Any) -> tuple[Any, Any]:
        """The critical point c(a) and dc/da as balls."""
        top, slope_top = _value_and_slope(self._top, a)
        bottom, slope_bottom = _value_and_slope(self._bottom, a)
        c = top / bottom
        return c, (slope_top - c * slope_bottom) / bottom

    def exact_critical_point(self, parameter: Fraction) -> Fraction:
        """c at an exact parameter."""
        return _exact(self._top, parameter) / _exact(self._bottom, parameter)

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
        f = flint.arb_poly(list(self.family.at(a, ball)))
        by_z = f.derivative()
        by_a = flint.arb_poly([_value_and_slope(list(row), a)[1] for row in self.family.rows])
        z, dz = self.critical_point(a)
        while True:
            middle, slope = z.mid(), by_z(z)
            dz = slope * dz + by_a(z)
            # mean value form: the radius grows by |f'| as it should, not by Horner's overestimate of it
            z = f(middle) + slope * (z - middle)
            yield z, dz

    def values(self, a: Any) -> Iterator[Any]:
        """Yield fⁱ(c) for i = 1, 2, … as balls over the parameter ball a, at two thirds of the cost of ``points``."""
        f = flint.arb_poly(list(self.family.at(a, ball)))
        by_z = f.derivative()
        z, _ = self.critical_point(a)
        while True:
            middle = z.mid()
            z = f(middle) + by_z(z) * (z - middle)
            yield z

    def symbols(self, a: Any) -> Iterator[str | None]:
        """Yield the itinerary of f(c) over the parameter ball a; None where a ball straddles c."""
        c, _ = self.critical_point(a)
        maximum = self.orientation > 0
        for z in self.values(a):
            yield _symbol(z, c, maximum)

    def returns(self, parameter: Fraction, steps: int) -> bool:
        """Whether f^steps(c) = c exactly, for numbers of moderate height; False also when that is too much to ask."""
        f: tuple[Fraction, ...] = self.family.at(parameter)
        c = z = self.exact_critical_point(parameter)
        for _ in range(steps):
            z = _exact(f, z)
            if z.denominator.bit_length() > _MAX_HEIGHT:
                return False
        return z == c

    def is_unimodal(self, a: Any, ends: Sequence[Any] = (), *, but: Any = None) -> bool:
        """Whether an interval is certified to hold no critical point but c, over the parameter ball.

        The interval is the hull of c, f(c) and f²(c) unless points to span it are given; ``but`` is a critical factor
        left out.
        """
        points = list(ends) or [self.critical_point(a)[0], *islice(self.values(a), 2)]
        left_out = [*self.family.free_critical_factors, but]
        for factor in self.family.critical_factors:
            if factor in left_out:
                continue
            row = [flint.arb(0)] * (int(factor.degrees()[0]) + 1)
            for (power, order), value in exact_terms(factor).items():
                row[power] += ball(value) * a**order
            polynomial = flint.arb_poly(row)
            if len(row) == 2:  # linear: the ends decide, without the overestimate of a wide ball
                values = [polynomial(point) for point in points]
                if all(value > 0 for value in values) or all(value < 0 for value in values):
                    continue
                return False
            core = points[0]
            for point in points[1:]:
                core = core.union(point)
            if polynomial(core).contains(0):
                return False
        return True

    def relation(self, kind: str, doublings: int, guess: Fraction) -> CriticalRelation | None:
        """Prove one superstable or band-merging parameter near a guess; None when the proof fails there."""
        length = 2**doublings
        bits = 192 + 4 * doublings
        word = "RLRR"
        for _ in range(doublings):
            word = _double(word)
        with working_precision(bits):
            middle = ball(guess).mid()
            reach = flint.arb(2) ** -int(bits * 0.45)
            for _ in range(14):
                value, slope, _ = self._equation(kind, length, middle)
                if slope.contains(0):
                    return None
                step = value / slope
                if not step.is_finite():
                    return None
                if step.abs_upper() < reach / 4:
                    break
                middle = (middle - step).mid()
            else:
                return None
            box = middle + reach * flint.arb(0, 1)
            count = length - 1 if kind == "superstable" else 4 * length - 1
            _, slope, half = self._equation(kind, length, box, word[:count])
            if slope.contains(0):
                return None
            image = middle - value / slope  # one step of interval Newton: middle carries the value, the box the slope
            if half is None or not box.contains_interior(image) or not self.is_unimodal(box):
                return None
            distance = None
            if kind == "superstable" and doublings:
                # a further mean value step about the middle: the box alone would leave half of the digits
                here = next(islice(self.values(middle), length // 2 - 1, None)) - self.critical_point(middle)[0]
                distance = ball_bounds(here + half * (image - middle))
            return CriticalRelation(
                kind=kind,
                doublings=doublings,
                parameter=ball_bounds(image),
                symbols=count,
                bits=bits,
                distance=distance,
            )

    def _equation(self, kind: str, length: int, a: Any, word: str | None = None) -> tuple[Any, Any, Any]:
        """Value and slope of the closing equation in one pass.

        With a word the symbols are checked on the way; the third answer is then None if one is not certain, else the
        slope of f^(N/2)(c) − c.
        """
        c, dc = self.critical_point(a)
        maximum = self.orientation > 0
        superstable = kind == "superstable"
        last = length if superstable else 4 * length
        early, d_early, half = c, dc, flint.arb(0)
        uncertain = False
        z, dz = c, dc
        for place, (z, dz) in enumerate(islice(self.points(a), last), start=1):  # the last one is wanted
            if word is not None and place < last and _symbol(z, c, maximum) != word[place - 1]:
                uncertain = True
                break
            if superstable and 2 * place == length:
                half = dz - dc
            elif not superstable and place == 3 * length:
                early, d_early = z, dz
        return z - early, dz - d_early, (None if uncertain else half)


def _symbol(z: Any, c: Any, maximum: bool) -> str | None:
    """R if z is surely nearer to f(c)'s side, L if surely on the other."""
    if z > c:
        return "R" if maximum else "L"
    if z < c:
        return "L" if maximum else "R"
    return None


def _exact(coefficients: Sequence[Fraction], place: Fraction) -> Fraction:
    """A polynomial at an exact place, coefficients lowest power first."""
    total = Fraction(0)
    for coefficient in reversed(coefficients):
        total = total * place + coefficient
    return total


def _value_and_slope(coefficients: list[Fraction], a: Any) -> tuple[Any, Any]:
    """p(a) and p'(a) as balls, coefficients lowest power first."""
    value, slope = flint.arb(0), flint.arb(0)
    for coefficient in reversed(coefficients):
        slope = slope * a + value
        value = value * a + ball(coefficient)
    return value, slope


def side_of_onset(family: PolynomialFamily, parameter: Fraction, *, max_symbols: int = 2**15) -> int | None:
    """Tell on which side of the onset of chaos a parameter lies, by kneading alone.

    Parameters
    ----------
    family : PolynomialFamily
        With one free critical point.
    parameter : Fraction
        Exact.
    max_symbols : int
        Budget: how many symbols of the critical itinerary are compared with the Feigenbaum word.  A parameter at
        distance δ^-k (δ = 4.669…) needs about 2^k of them, a microsecond each.

    Returns
    -------
    int or None
        -1: entropy is zero; +1: entropy is positive; None: undecided within the budget (the orbit comes too close to c,
        leaves the unimodal core, or follows the Feigenbaum word throughout).

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
    parameter = exact_rational(parameter, "parameter")
    check_integer(max_symbols, "max_symbols", 1, _MAX_SYMBOLS)
    orbit = CriticalOrbit(family, parameter)
    target = feigenbaum_word(max_symbols)
    bits = 128
    while bits <= min(max(128, 64 + 4 * max_symbols), _MAX_BITS):
        with working_precision(bits):
            a = ball(parameter)
            if not orbit.is_unimodal(a):
                return None
            flips = 1
            for place, (expected, symbol) in enumerate(zip(target, orbit.symbols(a), strict=False), start=1):
                if symbol is None:
                    if orbit.returns(parameter, place):  # C lies between L and R
                        return -flips if expected == "R" else flips
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

    check_family(family)
    lower, upper = exact_rational(lower, "lower"), exact_rational(upper, "upper")
    if lower > upper:
        raise InputError("upper", upper, f"must be at least lower = {lower}", "exchange the two")
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
    if [len(bound), *(f.degrees()[0] for f in (*bound, *family.free_critical_factors))] != [1, 1, 1]:
        return None
    f = sum((c * z**k for k, c in enumerate(rows)), sympy.Integer(0))
    pieces = [sympy.Integer(0), sympy.Integer(0)]
    for (power, order), value in exact_terms(bound[0]).items():
        pieces[power] += sympy.Rational(value.numerator, value.denominator) * a**order
    other = sympy.cancel(-pieces[0] / pieces[1])
    base = sympy.cancel(f.subs(z, other))
    if sympy.cancel(f.subs(z, base) - base) != 0:
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


def wynn(sequence: list[Fraction]) -> Fraction:
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
        How many period doublings to prove, 3 to 20; each shrinks the bracket by about 4.67 and doubles the cost
        (17: ten digits, about ten seconds).

    Returns
    -------
    Onset or str
        The reason in words when the family's cascade could not be followed.

    Certainty
    ---------
    The bracket is certified, under the theorem it names; ``estimate`` is numerical.
    """
    check_family(family)
    check_integer(doublings, "doublings", 3, MAX_DOUBLINGS)
    first_superstable = _float(first_superstable, "first_superstable")
    second_superstable = _float(second_superstable, "second_superstable")
    chaotic_end = _float(chaotic_end, "chaotic_end")
    direction = 1 if second_superstable > first_superstable else -1
    try:
        orbit = CriticalOrbit(family, Fraction(second_superstable))
        _ = orbit.orientation
    except InputError as refusal:
        return f"the family {refusal.accepted}"
    ordered: list[CriticalRelation] = []
    for k in range(1, doublings + 1):
        centres = [Fraction(first_superstable), *(_centre(relation) for relation in ordered)]
        if k == 1:
            tries = [Fraction(second_superstable)]
        elif k < _PREDICTABLE:
            step = (centres[-1] - centres[-2]) / Fraction(FEIGENBAUM_DELTA)
            tries = [centres[-1] + step * share for share in _SHARES]
        else:
            tries = [_predict(centres)]
        relation = next(filter(None, (orbit.relation("superstable", k, guess) for guess in tries)), None)
        if relation is None:
            return f"the superstable parameter of period 2^{k} was not found where the cascade should have it"
        ordered.append(relation)
    limit = wynn([_centre(relation) for relation in ordered])
    chaotic: list[CriticalRelation] = []
    guess = _first_merging(orbit, float(limit), chaotic_end)
    for k in range(doublings):
        relation = orbit.relation("band merging", k, guess)
        if relation is None:
            return f"the merging of {2 ** (k + 1)} bands into {2**k} was not found before escape"
        chaotic.append(relation)
        if k + 1 < _PREDICTABLE:
            guess = limit + (_centre(relation) - limit) / Fraction(FEIGENBAUM_DELTA)
        else:
            guess = _predict([_centre(relation) for relation in chaotic])
    second_limit = wynn([_centre(relation) for relation in chaotic])
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
        superstable=tuple(ordered),
        mergings=tuple(chaotic),
    )


def _predict(sequence: Sequence[Fraction]) -> Fraction:
    """Next term, as if the differences were a sum of geometric sequences (Prony); only a guess where to look.

    Differences that obey d(i) = r₁ d(i−1) + … + r_m d(i−m) for the last m places determine r.
    """
    steps = [after - before for before, after in pairwise(sequence)]
    for order in range(min(len(steps) // 2, _MAX_ORDER), 1, -1):
        with working_precision(512):
            rows = [[ball(steps[-i - j]) for j in range(1, order + 1)] for i in range(1, order + 1)]
            try:
                weights = (
                    flint.arb_mat(rows).mid().solve(flint.arb_mat([[ball(steps[-i])] for i in range(1, order + 1)]))
                )
            except ZeroDivisionError:
                continue
            following = sum((weights[j, 0] * ball(steps[-1 - j]) for j in range(order)), flint.arb(0)).mid()
            if following.is_finite():
                guess = sum(ball_bounds(following), Fraction(0)) / 2
                if 3 * abs(guess) < abs(steps[-1]) < 7 * abs(guess):
                    return sequence[-1] + guess
    return sequence[-1] + steps[-1] / Fraction(FEIGENBAUM_DELTA)


def _centre(relation: CriticalRelation) -> Fraction:
    return (relation.parameter[0] + relation.parameter[1]) / 2


def _first_merging(orbit: CriticalOrbit, inner: float, outer: float) -> Fraction:
    """Bisect on the itinerary RLR^∞ in floats: a guess for the parameter where two bands merge into one."""
    target = "RL" + "R" * 40
    with working_precision(256):
        for _ in range(60):
            middle = (inner + outer) / 2
            word = "".join(s or "?" for s in islice(orbit.symbols(flint.arb(middle)), len(target)))
            if compare_words(word, target) == 0:
                return Fraction(middle)
            if compare_words(word, target) < 0:
                inner = middle
            else:
                outer = middle
    return Fraction((inner + outer) / 2)
