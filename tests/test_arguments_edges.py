"""What the readers of arguments accept, up to the last value, and every message."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from symphase.arguments import (
    check_memory,
    flag,
    instance,
    interval,
    memory_text,
    number,
    one_of,
    reporter,
    sequence,
    to_float,
    whole,
)
from symphase.errors import InputError


def message(text: str) -> str:
    return f"^{re.escape(text)}$"


@pytest.mark.parametrize("value", [3, 4, np.int64(3), 10**30])
def test_whole_numbers_from_the_least_one_on(value: int) -> None:
    found = whole(value, "runs", least=3)
    assert found == value
    assert type(found) is int


@pytest.mark.parametrize("value", [2, -3, True, np.True_, 3.0, Fraction(3), "3", None])
def test_other_than_whole_numbers_are_refused(value: object) -> None:
    shown = str(value) if isinstance(value, (str, Fraction)) else repr(value)
    with pytest.raises(InputError, match=message(f"runs = {shown}: must be an integer ≥ 3; give a whole number")):
        whole(value, "runs", least=3)


def test_a_truth_value_is_no_whole_number() -> None:
    for value in (True, np.True_):
        with pytest.raises(InputError, match="must be an integer ≥ 1"):
            whole(value, "runs", least=1)


def test_numbers_with_and_without_a_bound() -> None:
    for found, value in (
        (number("-1e-3", "x"), -1e-3),
        (number(Fraction(1, 4), "x"), 0.25),
        (number(2, "x", least=2), 2.0),
        (number("2.5", "x", above=2), 2.5),
        (number(0.5, "x", least=0, above=0), 0.5),
    ):
        assert found == value
        assert type(found) is float


@pytest.mark.parametrize(
    ("value", "bounds", "said"),
    [
        (1, {"least": 2.5}, "x = 1: must be a number ≥ 2.5; give a larger one"),
        (2, {"above": 2.0}, "x = 2: must be a number > 2; give a larger one"),
        (-1, {"least": 0, "above": -2}, "x = -1: must be a number ≥ 0; give a larger one"),
        (0, {"least": 0, "above": 0}, "x = 0: must be a number > 0; give a larger one"),
        (10**400, {}, "x = a number beyond 1e308: must be within the range of floats; rescale"),
    ],
)
def test_numbers_out_of_bounds_are_refused(value: object, bounds: dict[str, float], said: str) -> None:
    with pytest.raises(InputError, match=message(said)):
        number(value, "x", **bounds)


def test_what_is_no_number_is_refused_under_its_name() -> None:
    with pytest.raises(InputError, match=r"^step = one: "):
        number("one", "step")


def test_exact_numbers_become_the_nearest_float() -> None:
    assert to_float(Fraction(1, 3), "x") == 1 / 3
    with pytest.raises(
        InputError, match=message("y = a number beyond 1e308: must be within the range of floats; rescale")
    ):
        to_float(Fraction(-(10**309)), "y")


def test_names_are_one_of_those_accepted() -> None:
    one_of("b", ("a", "b"), "name")
    for value in ("c", "", None, 1, ["a"]):
        with pytest.raises(InputError, match=r"^name = .*: must be one of 'a', 'b'; look it up$") as caught:
            one_of(value, ("a", "b"), "name", "look it up")
        assert caught.value.value == value
    with pytest.raises(InputError, match=message("name = c: must be one of 'a', 'b'")):
        one_of("c", ("a", "b"), "name")


def test_two_gibibytes_and_no_number_more() -> None:
    check_memory(2**28, "runs", "many")
    said = "runs = many: would take 2 GiB, more than 2 GiB; use fewer of either"
    with pytest.raises(InputError, match=message(said)):
        check_memory(2**28 + 1, "runs", "many")
    said = "runs = very many: would take 4.5 GiB, more than 2 GiB; take less"
    with pytest.raises(InputError, match=message(said)):
        check_memory(9 * 2**26, "runs", "very many", "take less")


def fields(call: Callable[[], object]) -> tuple[str, object, str, str]:
    with pytest.raises(InputError) as caught:
        call()
    return caught.value.argument, caught.value.value, caught.value.accepted, caught.value.advice


def test_whole_numbers_up_to_the_most() -> None:
    assert [whole(value, "runs", least=1, most=3) for value in (1, 3)] == [1, 3]
    for value in (0, 4):
        wanted = ("runs", value, "must be an integer from 1 to 3", "give a whole number")
        assert fields(lambda value=value: whole(value, "runs", least=1, most=3)) == wanted  # type: ignore[misc]  # its own


class Xenon:
    pass


def test_kinds() -> None:
    assert instance(2.5, float, "x", "give one") == 2.5
    assert fields(lambda: instance("2", float, "x", "give one")) == ("x", "2", "must be a float", "give one")
    for kind, article in (
        (InputError, "an"),
        (ArithmeticError, "an"),
        (OSError, "an"),
        (ValueError, "a"),
        (Xenon, "a"),
    ):
        found = fields(lambda kind=kind: instance(3, kind, "y", "so"))  # type: ignore[misc]  # its own
        assert found == ("y", 3, f"must be {article} {kind.__name__}", "so")


def test_flags() -> None:
    for choice in (True, False):
        flag(choice, "loud")
        flag(choice, "loud", optional=True)
    flag(None, "loud", optional=True)
    for value in (1, 0, "yes", None):
        assert fields(lambda value=value: flag(value, "loud")) == (  # type: ignore[misc]  # its own
            "loud",
            value,
            "must be True or False",
            "give one of them",
        )
    wanted = ("loud", "no", "must be True, False or None", "leave it out")
    assert fields(lambda: flag("no", "loud", optional=True)) == wanted


def test_reporters() -> None:
    told: list[object] = []
    reporter(lambda *given: told.append(given))("stage", 1, 2)
    assert told == [("stage", 1, 2)]
    assert reporter(None)("stage", 1, 2) is None
    wanted = ("progress", 1, "must be a function of (stage, done, total)", "or leave it out")
    assert fields(lambda: reporter(1)) == wanted  # type: ignore[arg-type]  # the point of the test
    assert fields(lambda: reporter(1, "said"))[0] == "said"  # type: ignore[arg-type]  # the point of the test


def test_sequences() -> None:
    for given, items in (([1, 2], [1, 2]), ((1, 2), [1, 2]), (range(2), [0, 1]), (np.array([3, 4]), [3, 4]), ([], [])):
        found = sequence(given, "x", "must be numbers", "as [1]")
        assert (type(found), found) == (list, items)
    for value in ("12", b"12", bytearray(b"1"), memoryview(b"1"), {1: 2}, {1}, 3, None, np.array(3)):
        assert fields(lambda value=value: sequence(value, "x", "must be numbers", "as [1]")) == (  # type: ignore[misc]  # its own
            "x",
            value,
            "must be numbers",
            "as [1]",
        )


def test_large_arrays_are_measured_before_they_are_read() -> None:
    large = np.broadcast_to(np.zeros(1), (2**14, 2**15))
    said = "would take 4 GiB, more than 2 GiB"
    assert fields(lambda: sequence(large, "x", "", "")) == ("x", "shape (16384, 32768)", said, "use fewer numbers")


def test_intervals() -> None:
    assert interval((0, "1/2")) == (Fraction(0), Fraction(1, 2))
    assert interval(np.array([0.25, 2])) == (Fraction(1, 4), Fraction(2))
    wanted = ("must be an interval (lower, upper) with lower < upper", "as (0, 2)")
    for value in (3, (1,), (1, 2, 3), (2, 1), (1, 1), "12"):
        assert fields(lambda value=value: interval(value)) == ("within", value, *wanted)  # type: ignore[misc]  # its own
    assert fields(lambda: interval((1, 1), "range"))[0] == "range"
    assert fields(lambda: interval(("x", 1), "range"))[0] == "range"


def test_sizes_in_words() -> None:
    assert memory_text(3 * 2**29) == "1.5 GiB"
    assert memory_text(2**100 - 2**60) == "1.18e+21 GiB"
    assert memory_text(2**100) == "more than any machine has"
    said = "would take more than any machine has, more than 2 GiB"
    assert fields(lambda: check_memory(10**400, "runs", "many"))[2] == said
