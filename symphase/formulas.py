"""Numbers and formulas from users, read exactly and without ever evaluating code.

Decimals are read from their text (``0.1`` is 1/10); binary floats are exact rationals (``0.1`` as a float is
3602879701896397/36028797018963968).  Nothing here reaches ``eval`` or SymPy's own parsers, which are ``eval``.
"""

from __future__ import annotations

import math
import numbers
import re
from decimal import Decimal
from fractions import Fraction

from symphase.errors import InputError

__all__ = ["exact_rational", "positive_rational"]

_DECIMAL = re.compile(r"[+-]?(\d{1,1000}(\.\d{0,1000})?|\.\d{1,1000})([eE][+-]?\d{1,3})?", re.ASCII)
_RATIO = re.compile(r"[+-]?\d{1,1000}/\d{1,1000}", re.ASCII)
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
    if isinstance(value, (int, Fraction)):
        return Fraction(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise InputError(argument, value, _NUMBER)
        return Fraction(value)
    if getattr(value, "is_Rational", False):  # a SymPy Integer or Rational
        return Fraction(int(value.p), int(value.q))  # type: ignore[attr-defined]  # duck-typed: SymPy is not imported here
    if isinstance(value, numbers.Integral):  # NumPy integers of any width
        return Fraction(int(value))
    if isinstance(value, numbers.Real):
        number = float(value)
        if not math.isfinite(number):
            raise InputError(argument, value, _NUMBER)
        return Fraction(number)
    raise InputError(argument, value, _NUMBER)


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
    if number < 0:
        raise InputError(argument, value, "must be a finite number > 0 (gradient ascent is another map)")
    if number == 0:
        raise InputError(argument, value, "must be a finite number > 0 (zero leaves the weights where they are)")
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
            raise InputError(argument, text, "has an exponent beyond ±308", "give it as an exact ratio p/q if it is meant")
        whole, _, fraction = mantissa.partition(".")
        sign = -1 if whole.startswith("-") else 1
        digits = whole.lstrip("+-") + fraction
        scale = int(exponent or 0) - len(fraction)
        number = Fraction(int(digits)) * (Fraction(10) ** scale)
        return sign * number
    raise InputError(argument, text, "is not a plain decimal such as 1.25, nor a ratio such as 5/4")
