"""Real algebraic numbers: an irreducible integer polynomial and a rational interval that isolates one real root.

Root counts, order and rounding rest on proved signs: of Bernstein coefficients for the counts, of the polynomial at
rational points for order and digits (see :mod:`symphase.isolation`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import total_ordering
from heapq import merge
from typing import TYPE_CHECKING, Any, Final

import flint

from symphase.arguments import instance, sequence
from symphase.display import LINE_LENGTH
from symphase.enclosures import Verdict, ball, round_decimal, working_precision
from symphase.errors import InputError
from symphase.formulas import exact_rational
from symphase.isolation import (
    descartes_bound,
    isolate_real_roots,
    linear_substitution,
    refine_roots,
    root_cell,
    value_sign,
)
from symphase.notation import formula_text, name_latex
from symphase.processes import where_killable

if TYPE_CHECKING:
    import sympy

__all__ = ["RealAlgebraic", "irreducible_factors", "isolate_real_roots", "real_roots", "roots_of_irreducible"]

MAX_DIGITS: Final = 10_000_000
MAX_DEGREE: Final = 10_000  # of a polynomial that a user gives
_LONGEST_RADICALS: Final = 48  # characters that people read
_SHOWN_DEGREE: Final = 24  # of a polynomial in a line at the prompt
_MAX_BITS: Final = 40_000_000  # a little more than MAX_DIGITS take
_MAX_SECONDS: Final = 60.0
_LONG: Final = 2.0  # seconds of work that is done where an interrupt can end it
_SECONDS_PER_BIT: Final = 3.3e-9  # of one multiplication of numbers of 10^5 to 10^8 bits
_HEAVY_DEGREE: Final = 200  # of a polynomial whose factorisation may take minutes, in one call into FLINT
_HEAVY_BITS: Final = 200_000  # degree times the size of the coefficients
_FACTORING: Final = 6 * 3600.0  # seconds: what degree 2184 takes, with room to spare
_SECONDS_OF_GCD: Final = 1e-11  # times squared bits: Python's fractions reduce by a quadratic algorithm
_MAX_RADICAL_DEGREE: Final = 4
_MAX_GALOIS_DEGREE: Final = 6  # what SymPy's galois_group covers


@total_ordering
class RealAlgebraic:
    """One real root of an irreducible integer polynomial.

    Parameters
    ----------
    coefficients : sequence of int
        The polynomial, lowest power first; it must be irreducible over the rationals.
    lower, upper : Fraction
        A closed interval with exactly one root in it (equal ends for a rational number).

    Certainty
    ---------
    Exact.  The constructor proves irreducibility (FLINT's factorisation) and that one root lies in the interval.

    Raises
    ------
    InputError
        If the polynomial is reducible or the interval holds no root or several.

    Examples
    --------
    >>> golden = RealAlgebraic([-1, -1, 1], Fraction(1), Fraction(2))
    >>> golden.decimal(20)
    '1.61803398874989484820'
    >>> golden > Fraction(1618, 1000), float(golden)
    (True, 1.618033988749895)
    """

    __slots__ = ("_lower", "_polynomial", "_upper")

    _polynomial: flint.fmpz_poly
    _lower: Fraction
    _upper: Fraction

    def __init__(self, coefficients: Sequence[int], lower: Fraction, upper: Fraction) -> None:
        wanted = "must be the integer coefficients of a polynomial, lowest power first"
        given = sequence(coefficients, "coefficients", wanted, "as [-2, 0, 1] for x^2 - 2")
        if len(given) > MAX_DEGREE + 1:
            said = f"must be a polynomial of degree at most {MAX_DEGREE}"
            raise InputError("coefficients", f"{len(given)} numbers", said, "its irreducibility is out of reach")
        exact = [_ratio(c, f"coefficients[{k}]") for k, c in enumerate(given)]
        if any(c.denominator != 1 for c in exact):
            raise InputError("coefficients", given, wanted, "multiply by the common denominator")
        polynomial = flint.fmpz_poly([c.numerator for c in exact])
        if polynomial.degree() < 1:
            raise InputError("coefficients", given, "must be a polynomial of degree ≥ 1", "a constant has no root")
        polynomial = _primitive(polynomial)
        factors = irreducible_factors(polynomial)
        if len(factors) != 1 or factors[0][1] != 1:
            raise InputError(
                "coefficients",
                given,
                "must be irreducible over the rationals",
                "use real_roots to split it",
            )
        self._polynomial = polynomial
        self._lower, self._upper = _proved_interval(polynomial, _ratio(lower, "lower"), _ratio(upper, "upper"))

    @classmethod
    def _from_irreducible(cls, polynomial: flint.fmpz_poly, lower: Fraction, upper: Fraction) -> RealAlgebraic:
        """Skip the proof of irreducibility, for a factor out of a factorisation; the interval is still proved."""
        polynomial = _primitive(polynomial)
        return cls._known(polynomial, *_proved_interval(polynomial, lower, upper))

    @classmethod
    def _known(cls, polynomial: flint.fmpz_poly, lower: Fraction, upper: Fraction) -> RealAlgebraic:
        """Skip both proofs, for a primitive irreducible polynomial and an interval that came out of its isolation."""
        number = cls.__new__(cls)
        number._polynomial, number._lower, number._upper = polynomial, lower, upper
        return number

    @classmethod
    def rational(cls, value: object) -> RealAlgebraic:
        """Return an exact rational as a real algebraic number.

        Examples
        --------
        >>> RealAlgebraic.rational("3/2").coefficients
        (-3, 2)
        """
        number = exact_rational(value, "value")
        return cls._known(flint.fmpz_poly([-number.numerator, number.denominator]), number, number)

    @property
    def coefficients(self) -> tuple[int, ...]:
        """The minimal polynomial over the integers, primitive, positive leading coefficient, lowest power first."""
        return tuple(int(c) for c in self._polynomial.coeffs())

    @property
    def degree(self) -> int:
        """Degree of the minimal polynomial."""
        return int(self._polynomial.degree())

    @property
    def interval(self) -> tuple[Fraction, Fraction]:
        """The isolating interval the number was made with; equal ends for a rational number."""
        return self._lower, self._upper

    @property
    def is_rational(self) -> bool:
        """Whether the number is rational."""
        return self.degree == 1

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restored, (self.coefficients, self._lower, self._upper))  # without factoring it again

    def __copy__(self) -> RealAlgebraic:
        return self

    def __deepcopy__(self, memo: object) -> RealAlgebraic:
        return self  # it never changes

    def minimal_polynomial(self, symbol: sympy.Symbol) -> sympy.Expr:
        """The minimal polynomial as a SymPy expression in the given symbol."""
        from sympy import Add, Integer, Mul, Pow, Symbol

        instance(symbol, Symbol, "symbol", "give sympy.Symbol('x'), say")

        return Add(*(Mul(Integer(c), Pow(symbol, k)) for k, c in enumerate(self.coefficients)))

    def enclose(self, bits: int) -> tuple[Fraction, Fraction]:
        """Return rational bounds at most 2^-bits apart (one value twice for a rational number).

        Bounds for more bits lie within bounds for fewer.

        Certainty
        ---------
        Exact bounds: the polynomial is proved to change sign between them.

        Raises
        ------
        InputError
            For bits that are not an integer from 0 to 40 000 000, and for so many that they would take longer than
            about a minute.
        """
        _check_bits(bits)
        if self._lower == self._upper:
            return self._lower, self._upper
        self._check_cost(bits, "bits", bits, rationals=True)
        return refine_roots(self._polynomial, [self.interval], bits)[0]

    def ball(self, bits: int = 64) -> flint.arb:
        """Return an Arb ball around the number, relative to 1 of about 2^-bits (certified)."""
        _check_bits(bits)
        if self._lower == self._upper:
            with working_precision(bits + 32):
                return ball(self._lower)
        self._check_cost(bits, "bits", bits)
        cell, _ = root_cell(self._polynomial, self._lower, self._upper, bits + 2)
        with working_precision(bits + 32):
            return flint.arb((2 * cell + 1, -bits - 3), (1, -bits - 3))

    def decimal(self, digits: int = 20) -> str:
        """Return the number with ``digits`` digits after the point, every one correctly rounded.

        Certainty
        ---------
        Exact: the number is proved to lie within half a unit of the last digit shown.

        Raises
        ------
        InputError
            For digits that are not an integer from 0 to 10 000 000, and for so many that they would take longer than
            about a minute at this number's degree.

        Examples
        --------
        >>> RealAlgebraic([-2, 0, 1], Fraction(1), Fraction(2)).decimal(5)
        '1.41421'
        """
        if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= MAX_DIGITS:
            raise InputError("digits", digits, f"must be an integer from 0 to {MAX_DIGITS}", "give a whole number")
        bits = math.ceil(digits * math.log2(10)) + 32
        self._check_cost(bits, "digits", digits)
        asked = f"writing {digits} digits of a number of degree {self.degree}"
        return where_killable(_written, (self, digits, bits), heavy=self._seconds(bits) > _LONG, asked=asked)

    def _check_cost(self, bits: int, argument: str, asked: int, *, rationals: bool = False) -> None:
        """Refuse what would take longer than about a minute, before FLINT is asked."""
        seconds = self._seconds(bits) + (_SECONDS_OF_GCD * bits * bits if rationals else 0)
        if seconds > _MAX_SECONDS:
            raise InputError(
                argument,
                asked,
                f"would take about {seconds:.0f} seconds for a number of degree {self.degree}",
                f"ask for fewer: what takes up to {_MAX_SECONDS:.0f} seconds is computed",
            )

    def _written(self, digits: int, bits: int) -> str:
        ten = flint.fmpz(10) ** digits
        if self._lower == self._upper:
            top, bottom = 2 * self._lower.numerator * ten, 2 * self._lower.denominator
            scaled, rest = divmod(top + self._lower.denominator, bottom)
            return _decimal_text(scaled - 1 if rest == 0 and scaled % 2 else scaled, digits)  # half to even
        while True:  # ends: an irrational number is never a tie
            cell, _ = root_cell(self._polynomial, self._lower, self._upper, bits)
            half = flint.fmpz(1) << bits
            low = 2 * cell * ten + half
            scaled = low >> (bits + 1)
            if scaled == (low + 2 * ten) >> (bits + 1):
                return _decimal_text(scaled, digits)
            bits += 64

    def _seconds(self, bits: int) -> float:
        """Rough cost of that many bits in digits: four values of the polynomial, and the conversion to base ten."""
        evaluations = 4 * self.degree if self.degree > 1 else 0
        return (evaluations + 25) * (bits + int(self._polynomial.height_bits())) * _SECONDS_PER_BIT

    def sign(self) -> int:
        """Exact sign: -1, 0 or +1."""
        return self._compare_rational(Fraction(0))

    def _compare_rational(self, other: Fraction) -> int:
        """Sign of self − other."""
        if self._lower == self._upper:
            return (self._lower > other) - (self._lower < other)
        if other <= self._lower:
            return 1
        if other >= self._upper:
            return -1
        return 1 if value_sign(self._polynomial, other) == value_sign(self._polynomial, self._lower) else -1

    def compare(self, other: object) -> int:
        """Return the exact sign of self − other, for a RealAlgebraic or anything :func:`exact_rational` reads."""
        if not isinstance(other, RealAlgebraic):
            return self._compare_rational(exact_rational(other, "other"))
        if self._polynomial == other._polynomial:
            # Each interval holds one root; a root where they overlap is therefore the root of both.
            lower, upper = max(self._lower, other._lower), min(self._upper, other._upper)
            if self.is_rational or (
                lower < upper and value_sign(self._polynomial, lower) != value_sign(self._polynomial, upper)
            ):
                return 0
        (a, b), (c, d) = self.interval, other.interval
        bits = 32
        while True:  # ends, as the numbers differ: other minimal polynomials, or other roots of one
            if b <= c:
                return -1
            if d <= a:
                return 1
            (a, b), (c, d) = self.enclose(bits), other.enclose(bits)
            bits *= 2

    def __eq__(self, other: object) -> bool:
        try:
            return self.compare(other) == 0
        except InputError:
            return NotImplemented

    def __lt__(self, other: object) -> bool:
        return self.compare(other) < 0

    def __hash__(self) -> int:
        return hash(self._lower) if self.is_rational else hash(self.coefficients)

    def __float__(self) -> float:
        lower, upper = self.enclose(80)
        while float(lower) != float(upper):
            lower, upper = self.enclose(2 * (upper - lower).denominator.bit_length())
        return float(lower)

    def affine(self, slope: object, shift: object = 0) -> RealAlgebraic:
        """Return slope·self + shift for exact rationals slope ≠ 0 and shift.

        Examples
        --------
        >>> RealAlgebraic([-2, 0, 1], Fraction(1), Fraction(2)).affine(2, -2).decimal(6)
        '0.828427'
        """
        m, b = exact_rational(slope, "slope"), exact_rational(shift, "shift")
        if m == 0:
            return RealAlgebraic.rational(b)
        # x = (y − b)/m: clear denominators of P((y − b)/m)
        polynomial = linear_substitution(
            self._polynomial,
            -b.numerator * m.denominator,
            b.denominator * m.denominator,
            b.denominator * m.numerator,
        )
        ends = sorted((m * self._lower + b, m * self._upper + b))
        return RealAlgebraic._known(_primitive(polynomial), ends[0], ends[1])

    def radicals(self) -> sympy.Expr | None:
        """Return an expression in radicals, or None when none is known here (see :meth:`solvable`).

        The minimal polynomial is decomposed into parts P = g∘h; each part of degree ≤ 4 is solved.  The expression may
        pass through complex numbers where real radicals cannot exist (casus irreducibilis).

        Certainty
        ---------
        Exact: the expression is a root by construction, and Arb separates it from every other root.

        Examples
        --------
        >>> RealAlgebraic([-4, 2, 1], Fraction(1), Fraction(2)).radicals()
        -1 + sqrt(5)
        """
        return _radicals(self)

    def real_radicals(self) -> sympy.Expr | None:
        """Return radicals that stay among the real numbers, or None: nobody reads a real number in complex ones.

        Certainty
        ---------
        Exact, as :meth:`radicals`.
        """
        from sympy import I

        expression = self.radicals()
        return None if expression is None or expression.has(I) else expression

    def solvable(self) -> Verdict:
        """Decide whether an expression in radicals exists at all.

        Returns
        -------
        Verdict
            PROVED, REFUTED (a subfield's Galois group is not solvable: Galois's theorem), or UNDECIDED for degrees
            whose group is not computed here.

        Examples
        --------
        >>> real_roots(flint.fmpz_poly([-1, -1, 0, 0, 0, 1]))[0].solvable()
        <Verdict.REFUTED: 'refuted'>
        """
        from sympy.polys.numberfields.galoisgroups import galois_group

        if self.degree <= _MAX_RADICAL_DEGREE or self.radicals() is not None:
            return Verdict.PROVED
        outer, *inner = _decomposition(self)[0]
        if outer.degree() <= _MAX_GALOIS_DEGREE:
            group, _ = galois_group(outer)  # of the subfield Q(h(x)): if that is not solvable, neither is Q(x)
            if not group.is_solvable:
                return Verdict.REFUTED
            if not inner:
                return Verdict.PROVED
        return Verdict.UNDECIDED

    def to_sympy(self) -> sympy.Expr:
        """Return the number as a SymPy expression: radicals where known, otherwise a ``CRootOf``."""
        from sympy import CRootOf, Dummy, Poly

        expression = self.radicals()
        if expression is not None:
            return expression
        symbol = Dummy("x")
        below = len(isolate_real_roots(self._polynomial, None, self._lower))
        return CRootOf(Poly(self.minimal_polynomial(symbol), symbol), below)

    def latex(self, symbol: str = "x") -> str:
        """Return LaTeX: real radicals where known, otherwise "the root of P in the interval"."""
        from sympy import Symbol, latex

        named = Symbol(instance(symbol, str, "symbol", "give a name such as 'x'"))
        expression = self.real_radicals()
        if expression is not None:
            return str(latex(expression))
        polynomial = latex(self.minimal_polynomial(named), symbol_names={named: name_latex(symbol)})
        lower, upper = self._short_interval()
        return rf"\text{{the root of }} {polynomial} \text{{ in }} ({lower},\, {upper})"

    def _short_interval(self) -> tuple[str, str]:
        """Isolating decimals with as few digits as will do."""
        for digits in range(1, 60):
            step = Fraction(1, 10**digits)
            lower = Fraction(int(self.enclose(4 * digits + 8)[0] / step // 1)) * step
            if descartes_bound(self._polynomial, lower, lower + step) == 1:
                return round_decimal(lower, digits), round_decimal(lower + step, digits)
        low, high = self.interval
        return str(low), str(high)

    def text(self, symbol: str = "x") -> str:
        """Plain text that programs read back: real radicals where known, otherwise polynomial and interval."""
        if not instance(symbol, str, "symbol", "give a name such as 'x'"):
            raise InputError("symbol", symbol, "must be a name", "such as 'x'")
        expression = self.real_radicals()
        return self._root_text(symbol, str) if expression is None else str(expression)

    def formula(self, symbol: str = "x") -> str:
        """Plain text for people, with Unicode signs: real radicals where short, otherwise polynomial and interval.

        Examples
        --------
        >>> golden = RealAlgebraic([-4, 2, 1], Fraction(1), Fraction(2))
        >>> golden.formula(), golden.text()
        ('√5 − 1', '-1 + sqrt(5)')
        """
        if not instance(symbol, str, "symbol", "give a name such as 'x'"):
            raise InputError("symbol", symbol, "must be a name", "such as 'x'")
        expression = self.real_radicals()
        if expression is not None and len(told := formula_text(expression)) <= _LONGEST_RADICALS:
            return told
        return self._root_text(symbol, formula_text)

    def _root_text(self, symbol: str, write: Callable[[sympy.Expr], str]) -> str:
        from sympy import Symbol

        lower, upper = self._short_interval()
        return f"root of {write(self.minimal_polynomial(Symbol(symbol)))} in ({lower}, {upper})"

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        if self.degree <= _SHOWN_DEGREE:
            lower, upper = self.interval
            line = f"RealAlgebraic({list(self.coefficients)}, {lower}, {upper})  # {self.decimal(12)}"
            if len(line) <= LINE_LENGTH:
                return line
        return f"<RealAlgebraic: {self.decimal(12)}…, a root of a polynomial of degree {self.degree}>"

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"


def real_roots(
    polynomial: flint.fmpz_poly, lower: Fraction | None = None, upper: Fraction | None = None
) -> tuple[RealAlgebraic, ...]:
    """Return the distinct real roots of an integer polynomial in the open interval, in increasing order.

    Parameters
    ----------
    polynomial : fmpz_poly
        Any non-zero polynomial; it is factored over the integers first.
    lower, upper : Fraction, optional
        Interval; the whole line by default.

    Returns
    -------
    tuple of RealAlgebraic

    Certainty
    ---------
    Exact and complete.

    Examples
    --------
    >>> [str(root) for root in real_roots(flint.fmpz_poly([-2, 0, 1]) * flint.fmpz_poly([-1, 3]))]
    ['-sqrt(2)', '1/3', 'sqrt(2)']

    Raises
    ------
    InputError
        For what is no such polynomial, for 0, for ends that are no exact numbers, and for lower > upper.
    """
    instance(polynomial, flint.fmpz_poly, "polynomial", "as flint.fmpz_poly([-2, 0, 1]) for x^2 - 2")
    if polynomial.is_zero():
        raise InputError("polynomial", 0, "must not be 0: every number is its root", "give a non-zero polynomial")
    low = None if lower is None else _ratio(lower, "lower")
    high = None if upper is None else _ratio(upper, "upper")
    if low is not None and high is not None and low > high:
        raise InputError("lower", lower, "must be at most upper", "exchange the two")
    return tuple(merge(*(roots_of_irreducible(factor, low, high) for factor, _ in irreducible_factors(polynomial))))


def irreducible_factors(polynomial: flint.fmpz_poly) -> list[tuple[flint.fmpz_poly, int]]:
    """Return the irreducible factors over the integers with their multiplicities; constants are left out.

    A large polynomial is factored in a child process, where an interrupt or the budget can end it.

    Raises
    ------
    BudgetExceeded
        When time or memory run out.
    """
    degree = int(polynomial.degree())
    if degree < _HEAVY_DEGREE and degree * int(polynomial.height_bits()) < _HEAVY_BITS:
        found: list[tuple[flint.fmpz_poly, int]] = polynomial.factor()[1]
        return found
    factors = where_killable(
        _factor,
        [int(c) for c in polynomial.coeffs()],
        heavy=True,
        asked=f"factoring a polynomial of degree {degree}",
        seconds=_FACTORING,
    )
    return [(flint.fmpz_poly(part), order) for part, order in factors]


def _factor(coefficients: list[int]) -> list[tuple[list[int], int]]:
    return [([int(c) for c in p.coeffs()], order) for p, order in flint.fmpz_poly(coefficients).factor()[1]]


def _written(task: tuple[RealAlgebraic, int, int]) -> str:
    number, digits, bits = task
    return number._written(digits, bits)


def _restored(coefficients: Sequence[int], lower: Fraction, upper: Fraction) -> RealAlgebraic:
    """What a copy of a number from another process is made of: it was proved there."""
    return RealAlgebraic._known(flint.fmpz_poly(list(coefficients)), lower, upper)


def roots_of_irreducible(
    polynomial: flint.fmpz_poly, lower: Fraction | None = None, upper: Fraction | None = None
) -> tuple[RealAlgebraic, ...]:
    """As :func:`real_roots`, of a polynomial that is known to be irreducible: it is not factored again."""
    minimal = _primitive(polynomial)
    if minimal.degree() > 1:
        boxes = isolate_real_roots(minimal, lower, upper)
        return tuple(RealAlgebraic._known(minimal, *box) for box in boxes)
    value = Fraction(-int(minimal[0]), int(minimal[1]))
    inside = (lower is None or value > lower) and (upper is None or value < upper)
    return (RealAlgebraic._known(minimal, value, value),) if inside else ()


def _primitive(polynomial: flint.fmpz_poly) -> flint.fmpz_poly:
    """The polynomial without its content, leading coefficient positive."""
    content = polynomial.content()
    return polynomial // (content if polynomial.leading_coefficient() > 0 else -content)


def _interval_text(lower: Fraction, upper: Fraction) -> str:
    try:
        return f"[{lower}, {upper}]"
    except ValueError:  # Python prints no integers of more than 4300 digits
        return "an interval with ends of thousands of digits"


def _ratio(value: object, argument: str) -> Fraction:
    """A number of the constructor: exact ones may have any length, for they may come from a computation."""
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        return Fraction(value)
    return exact_rational(value, argument)


def _proved_interval(polynomial: flint.fmpz_poly, lower: Fraction, upper: Fraction) -> tuple[Fraction, Fraction]:
    """The interval, or a part of it, that holds the one root of an irreducible polynomial in it; refused otherwise."""
    if polynomial.degree() == 1:
        root = Fraction(-int(polynomial[0]), int(polynomial[1]))
        boxes = [(root, root)] if lower <= root <= upper else []
    elif lower < upper and descartes_bound(polynomial, lower, upper) == 1:
        boxes = [(lower, upper)]
    else:  # no rational point is a root, so the open interval decides
        boxes = isolate_real_roots(polynomial, lower, upper)
    if len(boxes) != 1:
        raise InputError(
            "interval",
            _interval_text(lower, upper),
            "must hold exactly one root of the polynomial",
            "isolate it with real_roots",
        )
    return boxes[0]


def _check_bits(bits: int) -> None:
    if isinstance(bits, bool) or not isinstance(bits, int) or not 0 <= bits <= _MAX_BITS:
        raise InputError("bits", bits, f"must be an integer from 0 to {_MAX_BITS}", "give a whole number")


def _decimal_text(scaled: flint.fmpz, digits: int) -> str:
    """Write scaled/10^digits."""
    body = abs(scaled).str().rjust(digits + 1, "0")
    text = f"{body[:-digits]}.{body[-digits:]}" if digits else body
    return f"-{text}" if scaled < 0 else text


def _decomposition(number: RealAlgebraic) -> tuple[list[Any], Any, Fraction]:
    """Functional decomposition of the minimal polynomial about the centre of its roots: parts, symbol, centre."""
    from sympy import Dummy, Poly, decompose

    symbol = Dummy("x")
    centre = Fraction(-number.coefficients[-2], number.degree * number.coefficients[-1])
    centred = number.affine(1, -centre)  # a symmetry of the roots shows only about their centre
    parts = decompose(Poly(centred.minimal_polynomial(symbol), symbol))
    return [Poly(part, symbol) for part in parts], symbol, centre


def _radicals(number: RealAlgebraic) -> sympy.Expr | None:
    """Solve the decomposition from the outside in and keep the candidate that Arb finds at the root."""
    from sympy import Rational

    if number.is_rational:
        value = number.interval[0]
        return Rational(value.numerator, value.denominator)
    parts, _, centre = _decomposition(number)
    if any(part.degree() > _MAX_RADICAL_DEGREE for part in parts):
        return None
    candidates: list[Any] = [Rational(0)]
    for part in parts:
        candidates = [root for value in candidates for root in _solve_part(part, value)]
    return _select(number, [value + Rational(centre.numerator, centre.denominator) for value in candidates])


def _solve_part(part: Any, value: Any) -> list[Any]:
    """All roots of part(x) = value, deg ≤ 4, in radicals."""
    from sympy import expand, sqrt, sqrtdenest
    from sympy.polys.polyroots import roots_cubic, roots_quartic

    shifted = part - value
    if shifted.degree() == 1:
        top, constant = shifted.all_coeffs()
        return [-constant / top]
    if shifted.degree() == 2:
        top, linear, constant = shifted.all_coeffs()
        root = sqrtdenest(sqrt(expand((linear**2 - 4 * top * constant) / (4 * top**2))))
        return [expand(-linear / (2 * top) + root), expand(-linear / (2 * top) - root)]
    return list(roots_cubic(shifted) if shifted.degree() == 3 else roots_quartic(shifted))


def _select(number: RealAlgebraic, candidates: list[Any]) -> sympy.Expr | None:
    """Return the one candidate that meets the root's ball when every other candidate is excluded."""
    for bits in (128, 512):
        with working_precision(bits):
            target = flint.acb(number.ball(bits // 2))
            values = [_evaluate(candidate) for candidate in candidates]
        hits = [c for c, value in zip(candidates, values, strict=True) if value is None or value.overlaps(target)]
        if len(hits) == 1:
            return hits[0]
    return None


def _evaluate(expression: Any) -> Any:
    """Complex ball of an expression in rationals, i, sums, products and rational powers (principal branches)."""
    from sympy import I

    if expression.is_Rational:
        return flint.acb(ball(Fraction(int(expression.p), int(expression.q))))
    if expression == I:
        return flint.acb(0, 1)
    parts = [_evaluate(part) for part in expression.args]
    if not parts or None in parts:
        return None
    if expression.is_Add:
        return sum(parts[1:], parts[0])
    if expression.is_Mul:
        product = parts[0]
        for part in parts[1:]:
            product = product * part
        return product
    if expression.is_Pow and expression.exp.is_Rational:
        return parts[0] ** parts[1]
    return None
