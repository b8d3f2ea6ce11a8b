"""Messages of errors: one line each, shortened and escaped, whatever the values are; and works by key."""

from __future__ import annotations

import copy
import pickle
from fractions import Fraction
from typing import Any

import pytest

from symphase.errors import (
    EXIT_CHECK_FAILED,
    EXIT_INPUT,
    EXIT_OK,
    InputError,
    PackageMissing,
    SymphaseError,
    missing_package,
)
from symphase.references import REFERENCES, reference


class Hostile:
    """What cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError


class Table:
    """What is shown on several lines."""

    def __repr__(self) -> str:
        return "Table\n   of  two\tlines"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x", "x"),
        ("two  words", "two  words"),
        ("", "''"),
        ("  ", "'  '"),
        ("\t", r"'\t'"),
        ("a\nb", r"a\nb"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\u202eθ", r"\u202e\u03b8"),
        ("θ", "θ"),
        (Fraction(5, 4), "5/4"),
        (Fraction(3), "3"),
        (1.5, "1.5"),
        (None, "None"),
        (["x"], "['x']"),
        (Table(), "Table of two lines"),
        (Hostile(), "<Hostile>"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
        ("\n" * 41, r"'\n" + r"\n" * 38 + "…"),
        ([0] * 100, f"[{'0, ' * 26}…"),
    ],
)
def test_values_on_one_line(value: Any, shown: str) -> None:
    assert str(InputError("x", value, "is no number", "give one")) == f"x = {shown}: is no number; give one"


def test_parts_of_a_message() -> None:
    assert str(InputError("x", 1, "is odd")) == "x = 1: is odd"
    assert InputError("x", 1, "is odd").advice == ""
    for length, shown in ((240, "y" * 240), (241, "y" * 239 + "…")):
        text = "y" * length
        assert str(InputError(text, 1, text, text)) == f"{shown} = 1: {shown}; {shown}"
    assert str(InputError("a\n", 1, "b\r", "c\0")) == r"a\n = 1: b\r; c\x00"
    assert str(InputError("θ", 1, "≥ 0", "take ½")) == "θ = 1: ≥ 0; take ½"


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])  # noqa: S301  # our own
def test_errors_travel(again: Any) -> None:
    for error in (InputError("x", ["y"], "is odd", "give another"), InputError("x", 1, "is odd")):
        found = again(error)
        assert type(found) is InputError
        assert (found.argument, found.value, found.accepted, found.advice, str(found)) == (
            error.argument,
            error.value,
            error.accepted,
            error.advice,
            str(error),
        )


def test_exit_codes() -> None:
    assert (EXIT_OK, EXIT_CHECK_FAILED, EXIT_INPUT) == (0, 1, 2)
    assert SymphaseError("x").exit_code == 1
    assert InputError("x", 1, "is odd").exit_code == 2
    assert PackageMissing("x").exit_code == 1


def test_packages_that_are_missing() -> None:
    cannot = "which cannot be imported here: pip install"
    for given, said in (
        (("a store", "zarr", "store"), f'a store needs zarr, {cannot} "symphase[store]"'),
        (("a plot", "matplotlib"), f'a plot needs matplotlib, {cannot} "matplotlib"'),
        (("a proof", "flint"), f'a proof needs python-flint, {cannot} "python-flint"'),
    ):
        error = missing_package(*given)
        assert type(error) is PackageMissing
        assert str(error) == said


@pytest.mark.parametrize("key", ["", "li-yorke", None, ["li-yorke-1975"], 3])
def test_regression_keys_of_any_kind_are_refused_in_words(key: Any) -> None:
    """A list ended in a TypeError."""
    accepted = f"must be one of {', '.join(REFERENCES)}"
    with pytest.raises(InputError) as caught:
        reference(key)
    assert str(caught.value) == str(InputError("key", key, accepted, "see symphase.references"))


def test_every_work_is_found_by_its_key() -> None:
    assert {key: reference(key) for key in REFERENCES} == dict(REFERENCES)
