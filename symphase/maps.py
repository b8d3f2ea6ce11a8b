"""One-parameter families of polynomial maps z ← f(z, a) with rational coefficients.

A family is a SymPy expression with two named symbols.  Its arithmetic (iterates, dynatomic polynomials, multipliers,
critical points) runs on python-flint's exact multivariate polynomials; nothing here is specific to one family.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import flint

from symphase.arguments import instance
from symphase.display import Shown, facts_table, family_html, family_latex, family_text, formula_html
from symphase.errors import InputError
from symphase.formulas import exact_rational, expanded
from symphase.notation import formula_text

if TYPE_CHECKING:
    import sympy

__all__ = ["PolynomialFamily", "proper_divisors"]

T = TypeVar("T")
MAX_DEGREE: Final = 64
_MAX_TERMS: Final = 2_500_000  # of an iterate: half a minute, and a gigabyte
_LIGHT: Final = 6  # degree in z times degree in a, up to which elimination is quick
_LIGHT_BITS: Final = 24
_PRIME: Final = 2**61 - 1
_PLACES: Final = (1_000_003, 998_244_353)  # parameters modulo it, of no meaning
_RING = flint.fmpq_mpoly_ctx.get(["z", "a"], "lex")
_Z, _A = _RING.gens()


def proper_divisors(number: int) -> tuple[int, ...]:
    """Return the divisors of a positive integer that are smaller than it.

    Examples
    --------
    >>> proper_divisors(12)
    (1, 2, 3, 4, 6)
    """
    return tuple(d for d in range(1, number) if number % d == 0)


class PolynomialFamily(Shown):
    """A family of maps z ← f(z, a), polynomial in the variable and in the parameter.

    Parameters
    ----------
    expression : sympy.Expr
        f, with rational coefficients and no symbols but the two below.
    variable, parameter : sympy.Symbol
        z and a.

    Attributes
    ----------
    expression : sympy.Expr
        f, collected in powers of the variable.
    variable, parameter : sympy.Symbol
        As given.
    rows : tuple of tuple of Fraction
        ``rows[k][j]`` is the coefficient of z**k * a**j.

    Raises
    ------
    InputError
        If the expression is no polynomial in the two symbols, has other symbols, floats or irrational
        coefficients, or is of degree < 2 or > 64 in the variable; before it is expanded if that would take a degree
        beyond 256 or more than 20000 terms.  If the two symbols have one name.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> logistic.degree
    2
    >>> [str(value) for value in logistic.at(Fraction(7, 2))]
    ['0', '7/2', '-7/2']
    """

    expression: sympy.Expr
    variable: sympy.Symbol
    parameter: sympy.Symbol
    rows: tuple[tuple[Fraction, ...], ...]

    def __init__(self, expression: sympy.Expr, *, variable: sympy.Symbol, parameter: sympy.Symbol) -> None:
        from sympy import Expr, Poly, PolynomialError, Symbol

        for name, symbol in (("variable", variable), ("parameter", parameter)):
            instance(symbol, Symbol, name, "give sympy.Symbol('x'), say")
        instance(expression, Expr, "expression", "build it from SymPy symbols, or read text with parse_formula")
        if str(variable) == str(parameter):
            raise InputError("parameter", parameter, "must differ from the variable", "name two different symbols")
        multiplied = expanded(expression, "expression")
        strangers = sorted(str(s) for s in multiplied.free_symbols - {variable, parameter})
        if strangers:
            raise InputError(
                "expression",
                expression,
                f"may only hold the symbols {variable} and {parameter}, but holds {', '.join(strangers)}",
                "give the other symbols rational values first",
            )
        try:
            polynomial = Poly(multiplied, variable, parameter)
        except PolynomialError:
            raise InputError(
                "expression", expression, f"must be a polynomial in {variable} and {parameter}", "see the examples"
            ) from None
        if not all(value.is_Rational for value in polynomial.coeffs()):
            raise InputError("expression", expression, "must have rational coefficients", "write 1/10 instead of 0.1")
        degree = polynomial.degree(variable)
        if degree is None or degree < 2 or degree > MAX_DEGREE:
            raise InputError(
                "expression",
                expression,
                f"must be of degree 2 to {MAX_DEGREE} in {variable}",
                "a linear map has no phases beyond stable and unstable",
            )
        width = int(polynomial.degree(parameter)) + 1
        rows = [[Fraction(0)] * width for _ in range(int(degree) + 1)]
        for (power, order), value in polynomial.terms():
            rows[power][order] = Fraction(int(value.p), int(value.q))
        self.expression = Poly(multiplied, variable).as_expr()
        self.variable = variable
        self.parameter = parameter
        self.rows = tuple(tuple(row) for row in rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PolynomialFamily):
            return NotImplemented
        return (self.rows, self.variable, self.parameter) == (other.rows, other.variable, other.parameter)

    def __hash__(self) -> int:
        return hash((self.rows, self.variable, self.parameter))

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle takes along: not the polynomials that were computed on the way, which FLINT holds."""
        return {name: self.__dict__[name] for name in ("expression", "variable", "parameter", "rows")}

    def _line(self) -> str:
        return f"{family_text(self)}, parameter {formula_text(self.parameter)}"

    def _repr_latex_(self) -> str:
        return family_latex(self)

    def _repr_html_(self) -> str:
        facts = [
            ("map", family_html(self)),
            ("parameter", formula_html(self.parameter)),
            ("degree", str(self.degree)),
        ]
        return facts_table("A family of polynomial maps", facts)

    @property
    def degree(self) -> int:
        """Degree of f in the variable."""
        return len(self.rows) - 1

    def at(self, parameter: T | Fraction, convert: Callable[[Fraction], T] | None = None) -> tuple[T, ...]:
        """Coefficients of z ↦ f(z, a) at one parameter, lowest power first.

        Parameters
        ----------
        parameter : Fraction, or any number type T
            The value of a.
        convert : callable, optional
            Turns an exact rational into T (``enclosures.ball`` for Arb, ``float`` for floats); the default keeps
            Fractions.

        Returns
        -------
        tuple of T
            ``degree + 1`` coefficients.
        """
        if convert is None:
            if not isinstance(parameter, Fraction):
                parameter = cast("T", exact_rational(parameter, "parameter"))
        elif not callable(convert):
            raise InputError("convert", convert, "must turn a Fraction into a number", "leave it out for fractions")
        lift = cast("Callable[[Fraction], Any]", convert or Fraction)
        value: Any = parameter
        coefficients = []
        for row in self.rows:
            total = lift(row[-1])
            for coefficient in row[-2::-1]:
                total = total * value + lift(coefficient)
            coefficients.append(total)
        return tuple(coefficients)

    @cached_property
    def polynomial(self) -> Any:
        """f as an exact FLINT polynomial in Q[z, a]."""
        return _RING.from_dict(
            {
                (k, j): flint.fmpq(value.numerator, value.denominator)
                for k, row in enumerate(self.rows)
                for j, value in enumerate(row)
                if value
            }
        )

    @cached_property
    def derivative(self) -> Any:
        """∂f/∂z in Q[z, a]."""
        return self.polynomial.derivative("z")

    def iterate(self, count: int) -> Any:
        """The polynomial fⁿ(z) in Q[z, a] (count = n ≥ 0).

        Raises
        ------
        InputError
            For another count, and for one whose polynomial could have more than 2.5 million terms.
        """
        self._check_count(count, "count", 0)
        return _iterate(self, count)

    def _check_count(self, count: object, argument: str, least: int) -> None:
        """Refuse iterates whose size is beyond reach, before FLINT is asked for them."""
        width, most = len(self.rows[0]) - 1, 1
        while _terms(self.degree, width, most + 1) <= _MAX_TERMS:
            most += 1
        if isinstance(count, bool) or not isinstance(count, int) or count < least:
            raise InputError(
                argument, count, f"must be an integer from {least} to {most} for this family", "give a whole number"
            )
        if count > most:
            raise InputError(
                argument,
                count,
                f"must be at most {most} for a family of degree {self.degree}: the iterate's polynomial would have "
                f"degree {self.degree}**{argument}",
                "ask for fewer steps, or work at one parameter with iterate or certify_cycle",
            )

    def dynatomic(self, period: int) -> Any:
        """The dynatomic polynomial Φ_n(z, a) = Π_{d|n} (f^d(z) − z)^{μ(n/d)}, whose roots are the points of period n.

        Parameters
        ----------
        period : int
            n ≥ 1; the result has degree about ``degree**n``.

        References
        ----------
        Morton and Patel, "The Galois theory of periodic points of polynomial maps",
        Proc. London Math. Soc. 68 (1994) 225-263.
        """
        self._check_count(period, "period", 1)
        result = self.iterate(period) - _Z
        for divisor in proper_divisors(period):
            quotient, remainder = divmod(result, self.dynatomic(divisor))
            if not remainder.is_zero():  # cannot happen: Φ_d divides f^n − z for every divisor d
                raise ArithmeticError(f"dynatomic polynomial of period {divisor} does not divide f^{period} - z")
            result = quotient
        return result

    def multiplier(self, period: int) -> Any:
        """The multiplier Π f'(f^i(z)), i < n, of the orbit through z, in Q[z, a]."""
        self._check_count(period, "period", 1)
        product = _RING.from_dict({(0, 0): 1})
        for step in range(period):
            product = product * self.derivative.compose(self.iterate(step), _A)
        return product

    @cached_property
    def fixed_point_factors(self) -> tuple[Any, ...]:
        """Irreducible factors over Q of f(z) − z that involve z."""
        return variable_factors(self.polynomial - _Z)

    @cached_property
    def critical_factors(self) -> tuple[Any, ...]:
        """Irreducible factors over Q of f'(z) that involve z."""
        return variable_factors(self.derivative)

    def is_free(self, critical_factor: Any) -> bool:
        """Say whether a critical point's orbit is not bound to land on one fixed point at every parameter.

        At most two steps are looked at: f(c) or f²(c) fixed identically means "not free".
        """
        instance(critical_factor, flint.fmpq_mpoly, "critical_factor", "take one of free_critical_factors")
        if any(_moves_at(self, critical_factor, place) for place in _PLACES):
            return True  # without iterates, whose terms number degree**3
        if tuple(critical_factor.monoms()[0]) == (1, 0):  # c is a polynomial in a: put it in
            images = [_Z - critical_factor / critical_factor.coeffs()[0]]
            for _ in range(3):
                images.append(self.polynomial.compose(images[-1], _A))
            return all(before != after for before, after in pairwise(images))
        return not any(
            eliminate(critical_factor, self.iterate(step + 1) - self.iterate(step)).is_zero() for step in (0, 1, 2)
        )

    @cached_property
    def free_critical_factors(self) -> tuple[Any, ...]:
        """The critical factors whose orbits move freely with the parameter."""
        return tuple(factor for factor in self.critical_factors if self.is_free(factor))

    @cached_property
    def odd_factor(self) -> Any:
        """The g of f(m + v) = m + v·g(v²), as a polynomial in s = v² (named z) and a; None without that symmetry."""
        top, below = (
            _RING.from_dict({(0, j): flint.fmpq(v.numerator, v.denominator) for j, v in enumerate(row) if v})
            for row in (self.rows[-1], self.rows[-2])
        )
        middle, rest = divmod(below, -self.degree * top)  # a centre that is no polynomial in a would leave Q[a]
        if not rest.is_zero():
            return None
        shifted = self.polynomial.compose(_Z + middle, _A) - middle
        terms = shifted.to_dict()
        if any(power % 2 == 0 for power, _ in terms):
            return None
        return _RING.from_dict({((power - 1) // 2, order): value for (power, order), value in terms.items()})

    def odd_quotient(self) -> PolynomialFamily | None:
        """Return the quotient by the symmetry z ↔ 2m − z, when f commutes with it.

        If f(m + v) = m + v·g(v²) then s = v² moves by s ← s·g(s)²; m is the centre of the roots of f.

        Returns
        -------
        PolynomialFamily or None
            The family of s (same parameter), or None when there is no such symmetry.

        Examples
        --------
        >>> import sympy
        >>> r, v = sympy.symbols("r v")
        >>> PolynomialFamily(r * v - v**3, variable=v, parameter=r).odd_quotient().expression
        r**2*v - 2*r*v**2 + v**3
        """
        if self.odd_factor is None:
            return None
        from sympy import Add, Mul, Pow, Rational

        expression = Add(
            *(
                Mul(Rational(v.numerator, v.denominator), Pow(self.variable, k), Pow(self.parameter, j))
                for (k, j), v in exact_terms(_Z * self.odd_factor * self.odd_factor).items()
            )
        )
        return PolynomialFamily(expression, variable=self.variable, parameter=self.parameter)


def _moves_at(family: PolynomialFamily, factor: Any, place: int) -> bool:
    """Whether no root c of a factor has f(c), f²(c) or f³(c) equal to its predecessor, at one parameter modulo a prime.

    The three resultants are then not zero there, and so not identically: the factor keeps its degree.
    """
    prime = _PRIME
    rows = [[v.numerator * pow(v.denominator, -1, prime) for v in row if v.denominator % prime] for row in family.rows]
    if any(len(row) != len(given) for row, given in zip(rows, family.rows, strict=True)):
        return False
    f = [sum(v * pow(place, j, prime) for j, v in enumerate(row)) % prime for row in rows]
    terms = exact_terms(factor)
    if any(v.denominator % prime == 0 for v in terms.values()):
        return False
    g = [0] * (max(k for k, _ in terms) + 1)
    for (k, j), v in terms.items():
        g[k] += v.numerator * pow(v.denominator, -1, prime) * pow(place, j, prime)
    modulus = flint.nmod_poly([v % prime for v in g], prime)
    if modulus.degree() != len(g) - 1:
        return False
    before = flint.nmod_poly([0, 1], prime) % modulus
    for _ in range(3):
        after = flint.nmod_poly([0], prime)
        for coefficient in reversed(f):
            after = (after * before + coefficient) % modulus
        if modulus.gcd(after - before).degree() > 0:
            return False
        before = after
    return True


@lru_cache(maxsize=64)
def _iterate(family: PolynomialFamily, count: int) -> Any:
    if count == 0:
        return _Z
    return family.polynomial.compose(_iterate(family, count - 1), _A)


def _terms(degree: int, width: int, count: int) -> int:
    """How many terms the iterate of a family has at most, by its degrees in z and in a."""
    points: int = degree**count
    return (points + 1) * (width * (points - 1) // (degree - 1) + 1)


def exact_terms(polynomial: Any) -> dict[tuple[int, ...], Fraction]:
    """Exponents and coefficients of a FLINT polynomial as plain integers and Fractions."""
    return {tuple(int(e) for e in powers): Fraction(int(v.p), int(v.q)) for powers, v in polynomial.to_dict().items()}


def float_roots(factor: Any, a: float) -> list[complex]:
    """Approximate the roots in z at one parameter; OverflowError where floats do not hold what it takes."""
    import numpy as np

    row = [0.0] * (factor.degrees()[0] + 1)
    for (power, order), value in exact_terms(factor).items():
        row[power] += float(value) * a**order
    if not all(math.isfinite(v) for v in row):
        raise OverflowError
    try:
        with np.errstate(all="ignore"):
            return [complex(place) for place in np.roots(row[::-1])]
    except np.linalg.LinAlgError:  # the quotients by the leading coefficient overflow
        raise OverflowError from None


def is_heavy(family: PolynomialFamily) -> bool:
    """Whether elimination in the family may take more than a second or two: it is then done where it can be ended."""
    width = len(family.rows[0]) - 1
    if family.degree * width > _LIGHT or (family.degree > 2 and any(family.rows[-1][1:])):
        return True
    return any(max(v.numerator.bit_length(), v.denominator.bit_length()) > _LIGHT_BITS for r in family.rows for v in r)


def variable_factors(polynomial: Any) -> tuple[Any, ...]:
    """Irreducible factors over Q, each once, that involve z, in an order of our own: FLINT's is not promised."""
    factors = [factor for factor, _ in polynomial.factor()[1] if factor.degrees()[0] > 0]
    return tuple(sorted(factors, key=_simplest_first))


def _simplest_first(factor: Any) -> tuple[Any, ...]:
    """z, z − 1, z + 1, z − 2, ..., then what has more terms or a higher degree."""
    coefficients = factor.coeffs()
    return (factor.degrees(), len(coefficients), [(abs(c), c) for c in coefficients], factor.monoms())


def eliminate(first: Any, second: Any) -> Any:
    """Resultant with respect to z of two polynomials in Q[z, a]: a polynomial in a alone."""
    return first.resultant(second, "z")


def parameter_factors(polynomial: Any) -> tuple[flint.fmpz_poly, ...]:
    """Irreducible integer polynomials in a, each once, that divide a polynomial in a alone."""
    found = []
    for factor, _ in polynomial.factor()[1]:
        terms = {order: value for (_, order), value in factor.to_dict().items()}
        # of content 1, whether FLINT makes a factor monic or primitive
        found.append(flint.fmpq_poly([terms.get(j, 0) for j in range(max(terms) + 1)]).numer())
    return tuple(found)
