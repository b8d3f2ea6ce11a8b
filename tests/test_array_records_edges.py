"""Records with arrays: equal by value, hashed alike where equal, and read-only in every copy."""

from __future__ import annotations

import copy
import itertools
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from symphase.array_records import ArrayRecord


@dataclass(frozen=True, eq=False)
class Record(ArrayRecord):
    """A record of one thing, and of a remark that is not compared."""

    thing: Any
    remark: Any = field(default=None, compare=False)


@dataclass(frozen=True, eq=False)
class Other(ArrayRecord):
    """Of another kind."""

    thing: Any
    remark: Any = field(default=None, compare=False)


NAN = float("nan")
SAME: list[tuple[Any, Any]] = [
    (1, 1),
    (1, 1.0),
    (0.0, -0.0),
    (NAN, -NAN),
    ("x", "x"),
    ((1, 2), (1, 2)),
    (np.array([1.0, NAN]), np.array([1.0, -NAN])),
    (np.array([0.0]), np.array([-0.0])),
    (np.array([1j, NAN * 1j]), np.array([1j, NAN * 1j])),
    (np.array([1, 2]), np.array([1, 2])),
    (np.array(["a"]), np.array(["a"])),
    (np.zeros((2, 0)), np.zeros((2, 0))),
    ({"a": 1}, {"a": 1.0}),
]
DIFFERENT: list[tuple[Any, Any]] = [
    (1, 2),
    (NAN, 1.0),
    (1.0, NAN),
    (NAN, "x"),
    ("x", NAN),
    (1.0, np.nextafter(1.0, 2)),
    (np.array([1.0]), np.array([np.nextafter(1.0, 2)])),
    (np.array([1.0]), np.array([NAN])),
    (np.array([1.0]), np.array([1])),
    (np.array([1.0]), np.array([1.0], dtype=np.float32)),
    (np.array([1.0]), np.array([[1.0]])),
    (np.array([1.0]), [1.0]),
    ([1.0], np.array([1.0])),
    (np.array(1.0), 1.0),
    (1.0, np.array(1.0)),
    ({"a": 1}, {"a": 2}),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_equal_values_make_equal_records(one: Any, other: Any) -> None:
    assert Record(one, "a") == Record(other, "b")
    assert hash(Record(one, "a")) == hash(Record(other, "b"))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_values_make_other_records(one: Any, other: Any) -> None:
    assert Record(one) != Record(other)
    assert Record(other) != Record(one)


def test_records_of_another_kind_differ() -> None:
    assert Record(1) != Other(1)
    assert Record(1) != 1
    assert Record(1).__eq__(1) is NotImplemented
    assert hash(Record(1)) != hash(Other(1))
    record = Record(Never())
    assert record == record  # it need not look


class Never:
    """Differs from everything."""

    __hash__ = None  # type: ignore[assignment]  # as its equality says nothing

    def __eq__(self, other: object) -> bool:
        return False


def test_hashes_tell_records_apart() -> None:
    things: list[Any] = [7, NAN, "x", np.zeros(2), np.zeros(3), np.zeros((2, 1)), np.zeros(2, dtype=int), {}, {"a": 1}]
    for one, other in itertools.combinations(things, 2):
        assert hash(Record(one)) != hash(Record(other))


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda record: pickle.loads(pickle.dumps(record))])  # noqa: S301  # our own
def test_copies_are_equal_and_read_only(again: Any) -> None:
    values = np.array([1.0, 2.0])
    values.setflags(write=False)
    found = again(Record(values, {"a": 1}))
    assert type(found) is Record
    assert found == Record(values)
    assert found.remark == {"a": 1}
    assert isinstance(found.remark, Mapping)
    assert not found.thing.flags.writeable
