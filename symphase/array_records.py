"""Records that hold arrays: equal when their values are, read-only also in their copies.

A dataclass compares its fields as a tuple, and arrays in it make that comparison fail ("the truth value is ambiguous").
Comparing by identity instead would make a copy, or a record read back from a pickle, differ from its original.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

__all__ = ["ArrayRecord"]


class ArrayRecord:
    """A dataclass with arrays among its fields (``eq=False``): compared, hashed and copied by value.

    Two records are equal when they are of the same class and all fields that take part in comparisons are equal: arrays
    in shape, kind of number and every entry, to the last bit but for the sign of zero; a missing value (NaN) equals a
    missing value.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self is other or all(
            _same(mine, theirs) for mine, theirs in zip(_values(self), _values(other), strict=True)
        )

    def __hash__(self) -> int:
        return hash((type(self), *(_key(value) for value in _values(self))))

    def __reduce__(self) -> tuple[Any, ...]:
        held = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]  # subclasses are dataclasses
        return _restored, (type(self), held)


def _restored(kind: type[Any], held: dict[str, Any]) -> Any:
    """Make a record again: an array that comes out of a pickle or a deep copy could be written to."""
    record = object.__new__(kind)
    for name, value in held.items():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
        object.__setattr__(record, name, value)
    return record


def _values(record: Any) -> list[Any]:
    return [getattr(record, field.name) for field in fields(record) if field.compare]


def _same(mine: Any, theirs: Any) -> bool:
    if isinstance(mine, np.ndarray) or isinstance(theirs, np.ndarray):
        if not (isinstance(mine, np.ndarray) and isinstance(theirs, np.ndarray)) or mine.dtype != theirs.dtype:
            return False
        return np.array_equal(mine, theirs, equal_nan=mine.dtype.kind in "fc")
    if isinstance(mine, float) and isinstance(theirs, float):
        return mine == theirs or (math.isnan(mine) and math.isnan(theirs))
    return bool(mine == theirs)


def _key(value: Any) -> Any:
    """Something hashable that equal values share; for arrays a cheap one."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, Mapping):
        return len(value)
    return value
