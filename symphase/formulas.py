"""Numbers and formulas from users, read exactly and without ever evaluating code.

Decimals are read from their text (``0.1`` is 1/10); binary floats are exact rationals (``0.1`` as a float is
3602879701896397/36028797018963968).  Nothing here reaches ``eval`` or SymPy's own parsers, which are ``eval``.
"""

from __future__ import annotations

import math
import numbers
import re
import unicodedata
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NoReturn

from symphase.errors import InputError
from symphase.notation import GREEK

if TYPE_CHECKING:
    import sympy

__all__ = ["check_name", "evaluate", "exact_rational", "expanded", "parse_formula", "positive_rational"]

_DECIMAL = re.compile(r"[+-]?(\d{1,1000}(\.\d{0,1000})?|\.\d{1,1000})([eE][+-]?\d{1,3})?", re.ASCII)
_RATIO = re.compile(r"[+-]?\d{1,1000}/\d{1,1000}", re.ASCII)
_NUMERIC = re.compile(r"[-+0-9.eE/]+", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}", re.ASCII)
_TOKEN = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
    r"|(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<operator>\*\*|[-+*/^()])"
    r"|(?P<space>[ \t]+)",
    re.ASCII,
)
_GREEK_NAMES: Final = {letter: name for name, letter in GREEK.items()}
_MAX_LENGTH: Final = 2000
_MAX_DEPTH: Final = 64
_MAX_DEGREE: Final = 64
_MAX_DIGITS: Final = 1000
_MAX_BITS: Final = 3322  # 1000 decimal digits
_MAX_TERMS: Final = 20000
_MAX_EXPANDED: Final = 4 * _MAX_DEGREE  # of what is multiplied out: some of it may cancel
MAX_BITS: Final = 20_000
_ROUND = "round it to fewer than 5000 digits"
_NUMBER = "must be a finite real number: an int, a float, a Fraction, a Decimal, or text such as 1.25 or 5/4"


def exact_rational(value: object, argument: str) -> Fraction:
    """Read one real number exactly.

    Parameters
    ----------
    value : int, float, Fraction, Decimal, NumPy scalar, SymPy number or str
        Text is a plain decimal or ``p/q``.  A float stands for the exact rational it stores.
    argument : str
        The name that an error message gives to this number.

    Returns
    -------
    Fraction
        The number itself, without rounding.

    Raises
    ------
    InputError
        For booleans, complex numbers, NaN, infinities and any other text.

    Examples
    --------
    >>> exact_rational("1.455", "a")
    Fraction(291, 200)
    >>> exact_rational(0.1, "a")
    Fraction(3602879701896397, 36028797018963968)
    """
    if isinstance(value, str):
        return _rational_from_text(value, argument)
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        raise InputError(argument, value, "a boolean is not a number here", "give a number")
    if isinstance(value, numbers.Rational):  # NumPy's and SymPy's, too
        ratio = Fraction(int(value.numerator), int(value.denominator))
        if max(ratio.numerator.bit_length(), ratio.denominator.bit_length()) > MAX_BITS:
            raise InputError(argument, f"a ratio of {MAX_BITS}-bit numbers and more", "has too many digits", _ROUND)
        return ratio
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise InputError(argument, value, _NUMBER, "round or repair it")
        if abs(value.adjusted()) > MAX_BITS // 4 or len(value.as_tuple().digits) > MAX_BITS // 4:
            raise InputError(argument, f"a Decimal of exponent {value.adjusted()}", "has too many digits", _ROUND)
        return Fraction(value)
    if isinstance(value, numbers.Real):
        sign, mantissa, exponent, bits = getattr(value, "_mpf_", (0, 0, 0, 0))  # SymPy's and mpmath's, of any length
        if mantissa:
            if max(bits, bits + exponent, 1 - exponent) > MAX_BITS:
                raise InputError(argument, f"a number of exponent {exponent}", "has too many digits", _ROUND)
            return Fraction(-int(mantissa) if sign else int(mantissa)) * Fraction(2) ** int(exponent)
        try:  # NumPy's long doubles hold more than a float
            return Fraction(*getattr(value, "as_integer_ratio", float(value).as_integer_ratio)())
        except (OverflowError, ValueError):  # an infinity, or no number
            raise InputError(argument, value, _NUMBER, "round or repair it") from None
    raise InputError(argument, value, _NUMBER, "round or repair it")


def positive_rational(value: object, argument: str) -> Fraction:
    """Read one number exactly and insist that it is > 0 (step sizes, scales).

    Raises
    ------
    InputError
        As :func:`exact_rational`, and for zero and negative numbers.

    Examples
    --------
    >>> positive_rational("1/3", "step_size")
    Fraction(1, 3)
    """
    number = exact_rational(value, argument)
    if number <= 0:
        why = ""
        if "step" in argument:
            why = " (gradient ascent is another map)" if number else " (zero leaves the weights where they are)"
        raise InputError(argument, value, f"must be a finite number > 0{why}", "give a positive number")
    return number


def _rational_from_text(text: str, argument: str) -> Fraction:
    plain = text.strip(" ")
    if _RATIO.fullmatch(plain):
        top, bottom = plain.split("/")
        if int(bottom) == 0:
            raise InputError(argument, text, "has a zero denominator", "give p/q with q > 0")
        return Fraction(int(top), int(bottom))
    if _DECIMAL.fullmatch(plain):
        mantissa, _, exponent = plain.replace("E", "e").partition("e")
        if exponent and abs(int(exponent)) > 308:
            raise InputError(argument, text, "has an exponent beyond ±308", "give an exact ratio p/q if it is meant")
        whole, _, fraction = mantissa.partition(".")
        sign = -1 if whole.startswith("-") else 1
        digits = whole.lstrip("+-") + fraction
        scale = int(exponent or 0) - len(fraction)
        number = Fraction(int(digits)) * (Fraction(10) ** scale)
        return sign * number
    if len(plain) > _MAX_DIGITS and _NUMERIC.fullmatch(plain):
        said = f"has more than {_MAX_DIGITS} digits before or after the point, or in p or q"
        raise InputError(argument, text, said, "round it")
    raise InputError(
        argument,
        text,
        "is not a plain decimal such as 1.25, nor a ratio such as 5/4",
        "write digits with a point, or p/q",
    )


def evaluate(expression: sympy.Expr, values: Mapping[sympy.Symbol, Fraction]) -> Fraction:
    """Evaluate a rational expression in exact fractions, without SymPy's arithmetic.

    Parameters
    ----------
    expression : sympy.Expr
        Built from rational numbers, symbols, sums, products and integer powers.
    values : mapping of sympy.Symbol to Fraction
        A value for every symbol.

    Returns
    -------
    Fraction
        The value.

    Certainty
    ---------
    Exact.

    Raises
    ------
    InputError
        For a symbol without a value, and for anything that is no rational expression.
    ZeroDivisionError
        At a pole.

    Examples
    --------
    >>> import sympy
    >>> x = sympy.Symbol("x")
    >>> evaluate((x + 1) ** 2 / 2, {x: Fraction(1, 2)})
    Fraction(9, 8)
    """
    if expression.is_Rational:
        return Fraction(int(expression.p), int(expression.q))
    if expression.is_Symbol:
        if expression not in values:
            raise InputError("expression", expression, "is a symbol without a value", "give every symbol a value")
        return values[expression]
    if expression.is_Add:
        return sum((evaluate(part, values) for part in expression.args), Fraction(0))
    if expression.is_Mul:
        return math.prod((evaluate(part, values) for part in expression.args), start=Fraction(1))
    if expression.is_Pow and expression.exp.is_Integer:
        return evaluate(expression.base, values) ** int(expression.exp)
    raise InputError(
        "expression",
        expression,
        "must be built from rationals, symbols, +, * and integer powers",
        "expand other functions first",
    )


def expanded(expression: sympy.Expr, argument: str) -> sympy.Expr:
    """Multiply a polynomial out; refuse what would be too much work, before any of it is done.

    Parameters
    ----------
    expression : sympy.Expr
    argument : str
        What an error message calls it.

    Returns
    -------
    sympy.Expr
        A sum of monomials; what is no polynomial with rational coefficients is returned as it is.

    Certainty
    ---------
    Exact.

    Raises
    ------
    InputError
        For products and powers of sums that may have a degree beyond 256, or more than 20000 terms.

    Examples
    --------
    >>> import sympy
    >>> x = sympy.Symbol("x")
    >>> expanded(x * (1 - x), "expression")
    -x**2 + x
    """
    from sympy import QQ
    from sympy.polys.rings import PolyRing

    parts = _parts_first(expression)
    names = [part for part in parts if not (part.is_Rational or part.is_Add or part.is_Mul or _is_power(part))]
    _check_expansion(parts, len(names), argument)
    if not names or not all(name.is_Symbol and name.is_commutative for name in names):
        return expression
    ring = PolyRing(names, QQ)
    values: dict[sympy.Expr, Any] = dict(zip(names, ring.gens, strict=True))
    for part in parts:
        if part.is_Rational:
            values[part] = ring.ground_new(QQ.from_sympy(part))
        elif part.is_Add:
            values[part] = ring.add([values[each] for each in part.args])
        elif part.is_Mul:
            values[part] = math.prod(values[each] for each in part.args)
        elif part.is_Pow:
            values[part] = values[part.base] ** int(part.exp)
    return values[expression].as_expr()


def _parts_first(expression: sympy.Expr) -> list[sympy.Expr]:
    """Each different part of an expression once, after its own parts: written out they may be exponentially many."""
    found: dict[sympy.Expr, None] = {}
    waiting = [expression]
    while waiting:
        missing = [part for part in waiting[-1].args if part not in found]
        waiting += missing
        if not missing:
            found[waiting.pop()] = None
    return list(found)


def _is_power(part: sympy.Expr) -> bool:
    return bool(part.is_Pow and part.exp.is_Integer and part.exp > 0)


def _check_expansion(parts: Sequence[sympy.Expr], names: int, argument: str) -> None:
    """Refuse products and powers of sums, negative and broken ones too, by their degree and number of terms."""
    sizes: dict[sympy.Expr, tuple[int, int]] = {}
    for part in parts:
        inner = [sizes[each] for each in part.args[: 1 if part.is_Pow else None]]
        if not inner:
            sizes[part] = (0 if part.is_Rational else 1, 1)
        elif not (part.is_Mul or part.is_Pow):  # a sum, which is no work; or a function
            sizes[part] = (max(degree for degree, _ in inner), sum(terms for _, terms in inner))
        else:
            power = _order(part.exp) if part.is_Pow else 1
            degree = power * max(1, sum(degree for degree, _ in inner))
            sums = any(terms > 1 for _, terms in inner)
            if sums and degree > _MAX_EXPANDED:
                raise InputError(argument, part, f"may have a degree beyond {_MAX_EXPANDED}", "use lower powers")
            terms = math.prod(math.comb(power + terms - 1, power) for _, terms in inner)
            terms = min(terms, math.comb(degree + names, names)) if sums else 1
            if terms > _MAX_TERMS:
                said = f"may have more than {_MAX_TERMS} terms when expanded"
                raise InputError(argument, part, said, "use fewer names or lower powers")
            sizes[part] = (degree, terms)


def _order(exponent: sympy.Expr) -> int:
    """What a power multiplies out: the number in n, −n, n/2 and n + x, upwards; nothing where there is none."""
    number = exponent.as_coeff_Add()[0]
    return math.ceil(abs(number)) if number.is_Rational else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    """A parsed part, with bounds on what expanding it would cost: they are checked before SymPy sees the whole."""

    expression: sympy.Expr
    degree: int  # of the numerator over the common denominator
    poles: dict[str, int]  # the common denominator, always a monomial
    common: int  # denominator of the coefficients
    bits: int  # of the largest numerator over it
    terms: int


def parse_formula(
    text: str, names: Mapping[str, sympy.Symbol] | Sequence[str], *, argument: str = "formula"
) -> sympy.Expr:
    """Read a polynomial formula without evaluating code.

    Accepted are integers and decimals (read exactly), the declared names, ``+ - * / ^ **`` and parentheses.  Powers
    associate to the right and bind tighter than a sign: ``-x^2`` is −(x²).  Division is by non-zero constants and by
    products of powers of names.

    Parameters
    ----------
    text : str
        At most 2000 characters, nested at most 64 deep; exponents are whole numbers from 0 to 64, the whole formula has
        degree at most 64, numbers have at most 1000 digits and the expanded formula at most 20000 terms.
    names : mapping of str to sympy.Symbol, or sequence of str
        The names that the formula may use: a letter followed by letters, digits or ``_``, at most 32 characters.
    argument : str, optional
        The name that an error message gives to the formula.

    Returns
    -------
    sympy.Expr
        Built from the given symbols (for a sequence of names: ``sympy.Symbol(name)``).

    Raises
    ------
    InputError
        Naming the column and what to write instead.

    Examples
    --------
    >>> parse_formula("gamma*y + c^2/2", ["gamma", "y", "c"])
    c**2/2 + gamma*y
    >>> parse_formula("2x", ["x"])
    Traceback (most recent call last):
        ...
    symphase.errors.InputError: formula = 2x: has no operator at column 2; write 2*x
    """
    if not isinstance(text, str):
        raise InputError(argument, text, "must be text", "give the formula as a string, such as 'r*x*(1-x)'")
    if len(text) > _MAX_LENGTH:
        raise InputError(argument, text[:99], f"has {len(text)} characters, more than {_MAX_LENGTH}", "shorten it")
    symbols = _declared(names)
    tokens = _tokenize(text, argument)
    # The nesting is bounded before SymPy is even imported.
    return _Parser(text, tokens, symbols, argument).read()


def check_name(name: str, argument: str) -> str:
    """Return a symbol's name: a letter, then letters, digits or ``_``, at most 32 characters.

    Parameters
    ----------
    name : str
    argument : str
        What an error message calls it.

    Returns
    -------
    str
        The name itself.

    Raises
    ------
    InputError
        For any other text.

    Examples
    --------
    >>> check_name("w_1", "weight")
    'w_1'
    """
    if not _is_name(name):
        raise _no_name(argument, name)
    return name


def _no_name(argument: str, name: object) -> InputError:
    plain = _plain_letters(name) if isinstance(name, str) else ""
    advice = f"write {plain}" if plain != name and _is_name(plain) else "rename it"
    return InputError(argument, name, "must be a letter, then letters, digits or _ (at most 32)", advice)


def _plain_letters(text: str) -> str:
    """Greek letters written as the names that symbols carry: "theta" for "θ"; all else as it is."""
    if len(text) > _MAX_LENGTH:
        return text
    return "".join(_GREEK_NAMES.get(unicodedata.normalize("NFKC", letter), letter) for letter in text)


def _declared(names: Mapping[str, sympy.Symbol] | Sequence[str]) -> dict[str, sympy.Symbol]:
    from sympy import Symbol

    if isinstance(names, (str, bytes)):
        raise InputError("names", names, "must be a sequence of names, not one text", 'give a list such as ["x", "r"]')
    if not isinstance(names, (Mapping, Sequence, Set)):
        raise InputError("names", names, "must be a sequence of names", 'give a list such as ["x", "r"]')
    items = names.items() if isinstance(names, Mapping) else [(name, None) for name in names]
    symbols: dict[str, sympy.Symbol] = {}
    for name, symbol in items:
        if not _is_name(name):
            raise _no_name("names", name)
        if symbol is not None and not isinstance(symbol, Symbol):
            raise InputError("names", symbol, f"must be a SymPy symbol (for {name})", "give sympy.Symbol(name)")
        if name in symbols:
            raise InputError("names", name, "is given twice", "give each name once")
        symbols[name] = Symbol(name) if symbol is None else symbol
    return symbols


def _is_name(name: object) -> bool:
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    kind: str
    text: str
    column: int


def _tokenize(text: str, argument: str) -> list[_Token]:
    tokens: list[_Token] = []
    depth = 0
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            letter = _plain_letters(text[position])
            shown = text[position] if letter != text[position] else f"{text[position]!a}"
            wrong = f"has the character {shown} at column {position + 1}"
            advice = "use digits, names and + - * / ^ ( )" if letter == text[position] else f"write {letter}"
            raise InputError(argument, text, wrong, advice)
        kind = str(match.lastgroup)
        if kind != "space":
            tokens.append(_Token(kind=kind, text=match.group(), column=position + 1))
        depth += {"(": 1, ")": -1}.get(match.group(), 0)
        if depth > _MAX_DEPTH:
            _too_deep(text, position + 1, argument)
        position = match.end()
    tokens.append(_Token(kind="end", text="", column=len(text) + 1))
    return tokens


def _too_deep(text: str, column: int, argument: str) -> NoReturn:
    raise InputError(argument, text, f"is nested more than {_MAX_DEPTH} deep at column {column}", "simplify it")


class _Parser:
    """Precedence climbing (Pratt 1973): sum < product < sign < power."""

    def __init__(self, text: str, tokens: list[_Token], symbols: dict[str, sympy.Symbol], argument: str) -> None:
        self._text = text
        self._tokens = tokens
        self._symbols = symbols
        self._argument = argument
        self._used = len({token.text for token in tokens if token.kind == "name"})
        self._at = 0
        self._depth = 0

    def read(self) -> sympy.Expr:
        if self._next.kind == "end":
            self._refuse("is empty", f"write a formula in {self._known()}")
        value = self._sum()
        if self._next.kind != "end":  # nothing else is left by a sum
            self._refuse(f"has a ) without its ( at column {self._next.column}", "remove it")
        if value.terms > _MAX_TERMS:
            self._refuse(f"would have more than {_MAX_TERMS} terms when expanded", "use fewer names or lower powers")
        return value.expression

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += 1
        return token

    def _most_terms(self, degree: int) -> int:
        """How many monomials there are of this degree or less."""
        return math.comb(min(degree, _MAX_DEGREE) + self._used, self._used)

    def _known(self) -> str:
        return ", ".join(self._symbols) if self._symbols else "numbers only (no names are declared)"

    def _refuse(self, accepted: str, advice: str) -> NoReturn:
        raise InputError(self._argument, self._text, accepted, advice)

    def _refuse_juxtaposition(self) -> NoReturn:
        left, right = self._tokens[self._at - 1], self._next
        if left.kind == "number" and right.kind == "name" and re.fullmatch(r"[eE][0-9]*", right.text):
            advice = f"write {left.text}*{right.text}, or 1000 instead of 1e3"
        elif left.kind == "name" and right.text == "(":
            self._refuse(f"calls {left.text} at column {right.column}", f"write {left.text}*( for a product")
        else:
            advice = f"write {left.text[:40]}*{right.text[:40]}"
        self._refuse(f"has no operator at column {right.column}", advice)

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            _too_deep(self._text, self._next.column, self._argument)

    def _sum(self) -> _Value:
        parts = [self._product()]
        while self._next.text in ("+", "-"):
            minus = self._take().text == "-"
            part = self._product()
            parts.append(self._negative(part) if minus else part)
        if len(parts) == 1:
            return parts[0]
        from sympy import Add

        poles: dict[str, int] = {}
        for part in parts:
            for name, power in part.poles.items():
                poles[name] = max(poles.get(name, 0), power)
        lift = sum(poles.values())
        common = math.lcm(*(part.common for part in parts))
        # One n-ary sum: adding one by one would cost quadratic time in SymPy.
        return self._checked(
            _Value(
                expression=Add(*(part.expression for part in parts)),
                degree=max(part.degree + lift - sum(part.poles.values()) for part in parts),
                poles=poles,
                common=common,
                bits=max(part.bits + (common // part.common - 1).bit_length() for part in parts)
                + len(parts).bit_length(),
                terms=sum(part.terms for part in parts),
            )
        )

    def _product(self) -> _Value:
        parts = [self._signed()]
        while True:
            token = self._next
            if token.text in ("*", "/"):
                self._take()
                part = self._signed()
                parts.append(self._reciprocal(part, token.column) if token.text == "/" else part)
            elif token.kind in ("number", "name") or token.text == "(":
                self._refuse_juxtaposition()
            else:
                break
        if len(parts) == 1:
            return parts[0]
        bits = sum(part.bits for part in parts)
        degree = sum(part.degree for part in parts)
        terms = 1
        for part in parts:
            bits += min(terms, part.terms).bit_length() - 1
            terms = min(terms * part.terms, self._most_terms(degree))
        poles: dict[str, int] = {}
        for part in parts:
            for name, power in part.poles.items():
                poles[name] = poles.get(name, 0) + power
        common = math.prod(part.common for part in parts)
        self._check_size(degree, poles, common, bits)
        from sympy import Mul

        expression = Mul(*(part.expression for part in parts))
        return self._checked(
            _Value(expression=expression, degree=degree, poles=poles, common=common, bits=bits, terms=terms)
        )

    def _signed(self) -> _Value:
        if self._next.text in ("+", "-"):
            self._enter()
            minus = self._take().text == "-"
            value = self._signed()
            self._depth -= 1
            return self._negative(value) if minus else value
        return self._power()

    def _power(self) -> _Value:
        base = self._atom()
        if self._next.text not in ("^", "**"):
            return base
        column = self._take().column
        self._enter()
        exponent = self._signed().expression  # right-associative: an exponent may hold a sign and further powers
        self._depth -= 1
        if not exponent.is_Integer or not 0 <= exponent <= _MAX_DEGREE:
            self._refuse(
                f"has an exponent at column {column} that is no whole number from 0 to {_MAX_DEGREE}",
                "write a division for negative powers",
            )
        power = int(exponent)
        degree = base.degree * power
        bits = power * (base.bits + base.terms.bit_length() - 1)
        poles = {name: order * power for name, order in base.poles.items()}
        common = base.common**power
        self._check_size(degree, poles, common, bits)
        terms = min(math.comb(power + base.terms - 1, power), self._most_terms(degree))
        expression = base.expression**exponent
        return self._checked(
            _Value(expression=expression, degree=degree, poles=poles, common=common, bits=bits, terms=terms)
        )

    def _atom(self) -> _Value:
        token = self._take()
        if token.text == "(":
            self._enter()
            value = self._sum()
            self._depth -= 1
            if self._next.kind == "end":
                self._refuse(f"has a ( at column {token.column} that is never closed", "add )")
            self._take()  # the ), for nothing else is left by a sum
            return value
        if token.kind == "number":
            return self._number(token)
        if token.kind == "name":
            if token.text not in self._symbols:
                if self._next.text == "(":
                    self._refuse(
                        f"has the name {token.text[:40]} at column {token.column} before a (; a formula is a "
                        "polynomial, without functions",
                        f"use + - * / ^ and the names {self._known()}; a product has a *",
                    )
                self._refuse(
                    f"has the name {token.text[:40]} at column {token.column}, which is not declared",
                    f"declared: {self._known()}",
                )
            return _Value(expression=self._symbols[token.text], degree=1, poles={}, common=1, bits=1, terms=1)
        found = f"has {token.text}" if token.text else "ends"
        return self._refuse(f"{found} at column {token.column} where a number or a name is missing", "complete it")

    def _number(self, token: _Token) -> _Value:
        if len(token.text) > _MAX_DIGITS:
            self._refuse(f"has a number of more than {_MAX_DIGITS} digits at column {token.column}", "shorten it")
        from sympy import Rational

        whole, _, decimals = token.text.partition(".")
        number = Fraction(int(whole + decimals), 10 ** len(decimals))
        return self._constant(Rational(number.numerator, number.denominator))

    def _constant(self, number: sympy.Rational) -> _Value:
        bits, common = int(number.p).bit_length(), int(number.q)
        self._check_size(0, {}, common, bits)
        return _Value(expression=number, degree=0, poles={}, common=common, bits=bits, terms=1)

    def _negative(self, value: _Value) -> _Value:
        return replace(value, expression=-value.expression)

    def _reciprocal(self, value: _Value, column: int) -> _Value:
        coefficient, factors = value.expression.as_coeff_mul()
        if coefficient == 0:
            self._refuse(f"divides by zero at column {column}", "divide by something else")
        powers = [factor.as_base_exp() for factor in factors]
        if any(not base.is_Symbol for base, _ in powers):
            self._refuse(
                f"divides at column {column} by something that is neither a number nor a product of names",
                "multiply it out, or give the map as a polynomial",
            )
        poles = {str(base.name): int(order) for base, order in powers if order > 0}
        degree = sum(-int(order) for _, order in powers if order < 0)
        common, bits = abs(int(coefficient.p)), int(coefficient.q).bit_length()
        return _Value(expression=1 / value.expression, degree=degree, poles=poles, common=common, bits=bits, terms=1)

    def _checked(self, value: _Value) -> _Value:
        if value.expression.is_Rational:
            return self._constant(value.expression)
        self._check_size(value.degree, value.poles, value.common, value.bits)
        return value

    def _check_size(self, degree: int, poles: Mapping[str, int], common: int, bits: int) -> None:
        if degree > _MAX_DEGREE or sum(poles.values()) > _MAX_DEGREE:
            self._refuse(f"has a degree beyond {_MAX_DEGREE}", "use a lower degree")
        if max(common.bit_length(), bits) > _MAX_BITS:
            self._refuse(f"holds numbers of more than {_MAX_DIGITS} digits", "use smaller numbers or powers")
