"""Certainty, verdicts and Arb balls: what it means here that a number is known.

A ball is a midpoint with a radius that provably contains the true value (Johansson, "Arb: efficient
arbitrary-precision midpoint-radius interval arithmetic", IEEE Trans. Computers 66, 2017).  A ball that contains zero
proves nothing about a sign; the functions here then raise the precision until the answer is proved or the stated
budget is spent, and say which.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from fractions import Fraction
from typing import Final

import flint

from symphase.errors import InputError

__all__ = [
    "Certainty",
    "Verdict",
    "ball",
    "ball_bounds",
    "check_digits",
    "decide_sign",
    "round_decimal",
    "working_precision",
]

MAX_DIGITS: Final = 100_000
_PRECISION_LOCK: Final = threading.RLock()


class Certainty(Enum):
    """How a shown number is known."""

    EXACT = "exact"
    """The k-th real root of an irreducible integer polynomial, tied by proof to what it names."""
    CERTIFIED = "certified"
    """A proved enclosure: interval Newton or Krawczyk shows that there is exactly one solution in a box."""
    NUMERICAL = "numerical"
    """Two methods agree to the stated digits; no proof.  Printed with ≈."""
    OBSERVED = "observed"
    """Seen in a simulation of stated length from stated starts."""

    def __str__(self) -> str:
        return self.value


class Verdict(Enum):
    """The answer of a certified question; "undecided" is an answer, not an error."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDECIDED = "undecided"

    def __str__(self) -> str:
        return self.value


@contextmanager
def working_precision(bits: int) -> Iterator[None]:
    """Set Arb's precision inside a ``with`` block and restore it on the way out, whatever happens.

    The precision belongs to the process, so threads take turns: a block waits until no other thread is in one.
    """
    with _PRECISION_LOCK:
        before = flint.ctx.prec
        flint.ctx.prec = bits
        try:
            yield
        finally:
            flint.ctx.prec = before


def ball(value: Fraction | int) -> flint.arb:
    """Return the Arb ball of an exact rational at the current precision."""
    if isinstance(value, int):
        return flint.arb(value)
    return flint.arb(flint.fmpq(value.numerator, value.denominator))


def _dyadic(number: flint.arb) -> Fraction:
    mantissa, exponent = number.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def ball_bounds(enclosure: flint.arb) -> tuple[Fraction, Fraction]:
    """Return exact rational lower and upper ends of a finite ball.

    Raises
    ------
    InputError
        For a ball that is infinite or not a number: it bounds nothing.
    """
    if not enclosure.is_finite():
        raise InputError("enclosure", enclosure, "must be a finite ball", "this one bounds nothing")
    middle, radius = _dyadic(enclosure.mid()), _dyadic(enclosure.rad())
    return middle - radius, middle + radius


def decide_sign(evaluate: Callable[[], flint.arb], *, start_bits: int = 64, max_bits: int = 4096) -> int | None:
    """Decide the sign of a real number that is given by a ball evaluation.

    Parameters
    ----------
    evaluate : callable returning arb
        Evaluates the number at Arb's current precision; called again at doubled precision while undecided.
    start_bits, max_bits : int
        Precision to begin with and the budget.

    Returns
    -------
    int or None
        -1 or +1 with proof; None when the budget is spent (the number may be zero).

    Examples
    --------
    >>> decide_sign(lambda: flint.arb(2).sqrt() - ball(Fraction(1414, 1000)))
    1
    >>> decide_sign(lambda: flint.arb(2).sqrt() ** 2 - 2) is None
    True
    """
    bits = start_bits
    while bits <= max_bits:
        with working_precision(bits):
            number = evaluate()
            if number > 0:
                return 1
            if number < 0:
                return -1
        bits *= 2
    return None


def check_digits(digits: object) -> None:
    """Refuse a number of digits that is not an integer from 0 to 100 000."""
    if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= MAX_DIGITS:
        raise InputError("digits", digits, f"must be an integer from 0 to {MAX_DIGITS}", "give a whole number")


def round_decimal(value: Fraction, digits: int) -> str:
    """Write a rational with ``digits`` digits after the point, correctly rounded (half to even).

    Examples
    --------
    >>> round_decimal(Fraction(2, 3), 4)
    '0.6667'
    >>> round_decimal(Fraction(-1, 8), 2)
    '-0.12'
    """
    scaled = round(value * 10**digits)
    body = _integer_text(abs(scaled)).rjust(digits + 1, "0")
    text = f"{body[:-digits]}.{body[-digits:]}" if digits else body
    return f"-{text}" if scaled < 0 else text


def _integer_text(number: int) -> str:
    """Decimal digits of an integer of any size (Python's own conversion refuses beyond 4300 digits)."""
    return flint.fmpz(number).str()
