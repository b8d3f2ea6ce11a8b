"""What functions accept: whole numbers, numbers, names, sizes; or an error that says what is wrong and what to do."""

from __future__ import annotations

import numbers
from fractions import Fraction
from typing import Final

import numpy as np

from symphase.errors import InputError
from symphase.formulas import exact_rational

__all__ = ["check_memory", "number", "one_of", "to_float", "whole"]

MAX_BYTES: Final = 2 * 2**30


def whole(value: object, argument: str, *, least: int) -> int:
    """Return an integer that is at least ``least``, or say what is wrong with it."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral) or int(value) < least:
        raise InputError(argument, value, f"must be an integer ≥ {least}", "give a whole number")
    return int(value)


def number(value: object, argument: str, *, least: float | None = None, above: float | None = None) -> float:
    """Return a finite number as a float, at least ``least`` or above ``above``, or say what is wrong with it."""
    found = to_float(exact_rational(value, argument), argument)
    if least is not None and found < least:
        raise InputError(argument, value, f"must be a number ≥ {least:g}", "give a larger one")
    if above is not None and found <= above:
        raise InputError(argument, value, f"must be a number > {above:g}", "give a larger one")
    return found


def to_float(exact: Fraction, argument: str) -> float:
    """Round an exact number to a float, or say that it is out of range."""
    try:
        return float(exact)
    except OverflowError:
        raise InputError(argument, "a number beyond 1e308", "must be within the range of floats", "rescale") from None


def one_of(value: object, accepted: tuple[str, ...], argument: str, advice: str = "") -> None:
    """Refuse a name that is not among the accepted ones."""
    if not isinstance(value, str) or value not in accepted:
        raise InputError(argument, value, f"must be one of {', '.join(map(repr, accepted))}", advice)


def check_memory(numbers_kept: int, argument: str, found: str, advice: str = "use fewer of either") -> None:
    """Refuse to keep so many float64 numbers where that is more than 2 GiB."""
    size = 8 * numbers_kept
    if size > MAX_BYTES:
        said = f"would take {size / 2**30:.3g} GiB, more than {MAX_BYTES / 2**30:.3g} GiB"
        raise InputError(argument, found, said, advice)
