"""What functions accept: whole numbers, numbers, names, sizes; or an error that says what is wrong and what to do."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final, TypeVar

import numpy as np

from symphase.errors import InputError
from symphase.formulas import exact_rational

__all__ = [
    "check_memory",
    "flag",
    "instance",
    "interval",
    "memory_text",
    "number",
    "one_of",
    "reporter",
    "sequence",
    "to_float",
    "whole",
]

MAX_BYTES: Final = 2 * 2**30

T = TypeVar("T")
Progress = Callable[[str, int, int], None]


def whole(value: object, argument: str, *, least: int, most: int | None = None) -> int:
    """Return an integer from ``least`` to ``most``, or say what is wrong with it."""
    if (
        isinstance(value, (bool, np.bool_))
        or not isinstance(value, numbers.Integral)
        or int(value) < least
        or (most is not None and int(value) > most)
    ):
        range_ = f"≥ {least}" if most is None else f"from {least} to {most}"
        raise InputError(argument, value, f"must be an integer {range_}", "give a whole number")
    return int(value)


def instance(value: object, kind: type[T], argument: str, advice: str) -> T:
    """Return what is of a kind, or say what is wanted and where to get it."""
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise InputError(argument, value, f"must be {article} {kind.__name__}", advice)
    return value


def flag(value: object, argument: str, *, optional: bool = False) -> None:
    """Refuse what is neither True nor False (nor None, where the choice may be left open)."""
    if isinstance(value, bool) or (optional and value is None):
        return
    accepted = "must be True, False or None" if optional else "must be True or False"
    raise InputError(argument, value, accepted, "leave it out" if optional else "give one of them")


def reporter(progress: Progress | None, argument: str = "progress") -> Progress:
    """Return the function that is told how far the work is; one that keeps silent where none is given."""
    if progress is None:
        return _silent
    if not callable(progress):
        raise InputError(argument, progress, "must be a function of (stage, done, total)", "or leave it out")
    return progress


def _silent(_stage: str, _done: int, _total: int) -> None:
    return


def sequence(value: object, argument: str, accepted: str, advice: str) -> list[object]:
    """Return the items of a list, a tuple or an array; texts, mappings and what only looks like a sequence are none."""
    if isinstance(value, np.ndarray) and value.ndim:
        check_memory(value.size, argument, f"shape {value.shape}", "use fewer numbers")
        return list(value)
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes, bytearray, memoryview)):
        raise InputError(argument, value, accepted, advice)
    return list(value)


def interval(value: object, argument: str = "within") -> tuple[Fraction, Fraction]:
    """Return the ends of an interval (lower, upper) exactly, or say what is wrong with them."""
    accepted, advice = "must be an interval (lower, upper) with lower < upper", "as (0, 2)"
    ends = sequence(value, argument, accepted, advice)
    if len(ends) != 2:
        raise InputError(argument, value, accepted, advice)
    lower, upper = (exact_rational(end, argument) for end in ends)
    if lower >= upper:
        raise InputError(argument, value, accepted, advice)
    return lower, upper


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
        said = f"would take {memory_text(size)}, more than {MAX_BYTES / 2**30:.3g} GiB"
        raise InputError(argument, found, said, advice)


def memory_text(size: int) -> str:
    """Bytes in GiB, for an error message; there are sizes that no float holds."""
    return f"{size / 2**30:.3g} GiB" if size < 2**100 else "more than any machine has"
