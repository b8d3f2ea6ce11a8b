"""The files beside figures: what a cell becomes, what the header says, and the record word for word."""

from __future__ import annotations

import csv
import io
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from symphase.enclosures import Certainty
from symphase.figure_data import Column, FigureData, columns, rows_of

DATA = FigureData(
    name="orbit",
    title="An orbit",
    columns=columns(("step", "1"), ("place, or what", ""), ("=z", "m/s")),
    rows=((0, "begins", 0.1), (1, None, float("nan")), (-2, "+5", -math.inf)),
    certainty=Certainty.NUMERICAL,
    seed=7,
)


def cells(*row: Any) -> list[str]:
    """One row as a reader of the file finds it."""
    table = FigureData(name="x", title="x", columns=columns(("a", "")), rows=(row,), certainty=Certainty.EXACT)
    return list(csv.reader(io.StringIO(table.to_csv())))[1]


def test_a_file_word_for_word() -> None:
    assert DATA.to_csv() == 'step [1],"place, or what",\'=z [m/s]\n0,begins,0.1\n1,,\n-2,+5,-inf\n'
    assert DATA.file == "data/orbit.csv"
    assert DATA._line() == "data/orbit.csv, 3 rows of 3 columns [numerical]"
    assert DATA.to_dict() == {
        "file": "data/orbit.csv",
        "title": "An orbit",
        "columns": [
            {"name": "step", "unit": "1"},
            {"name": "place, or what", "unit": ""},
            {"name": "=z", "unit": "m/s"},
        ],
        "rows": 3,
        "certainty": "numerical",
        "seed": 7,
    }
    one = FigureData(name="x", title="y", columns=columns(("a", "")), rows=((1,),), certainty=Certainty.EXACT)
    assert one.seed is None
    assert one._line() == "data/x.csv, 1 row of 1 column [exact]"


def test_headers() -> None:
    assert columns(("a", "1"), ("b", "")) == (Column(name="a", unit="1"), Column(name="b"))
    assert Column(name="a").unit == ""
    assert Column(name="a").header == "a"
    assert Column(name="a", unit="1").header == "a [1]"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        (float("nan"), ""),
        (np.float64("nan"), ""),
        (np.float64(0.1), "0.1"),
        (5e-324, "5e-324"),
        (-0.0, "-0.0"),
        (math.inf, "inf"),
        (-3, "-3"),
        (2**70, str(2**70)),
        ("word", "word"),
        ("3 - 4", "3 - 4"),
        ("-1.5e-3", "-1.5e-3"),
        ("+5/4", "+5/4"),
        ("-0.5E+3", "-0.5E+3"),
        ("=1+1", "'=1+1"),
        ("+x", "'+x"),
        ("-", "'-"),
        ("-1x", "'-1x"),
        ("-.5", "'-.5"),
        ("@sum", "'@sum"),
        ("\tx", "'\tx"),
        ("\nx", "'\nx"),
        ("two\nlines", "two\nlines"),
        ("-\u0663", "'-\u0663"),
        ('say "x", y', 'say "x", y'),
    ],
)
def test_cells(cell: Any, text: str) -> None:
    """What is no number and begins as spreadsheets' formulas do is marked as words."""
    assert cells(cell, "end") == [text, "end"]


@pytest.mark.parametrize(("cell", "text"), [("\rx", "'\nx"), ("a\rb", "a\nb"), ("a\r\nb\r\n", "a\nb\n"), ("\r", "'\n")])
def test_regression_carriage_returns_break_no_file(cell: str, text: str) -> None:
    """They were written as they are, without quotes: a row fell apart, or the reader refused it."""
    assert cells(cell, "end") == [text, "end"]


def test_rows_of_columns() -> None:
    found = rows_of(np.array([1, 2]), ["a", None], np.array([0.1, np.nan]), [Fraction(1, 2), np.str_("b")])
    assert [*found[0]] == [1, "a", 0.1, Fraction(1, 2)]
    assert found[1][:2] == (2, None)
    assert [type(cell) for cell in found[1]] == [int, type(None), float, str]
    assert rows_of([], []) == ()
    with pytest.raises(ValueError, match="shorter"):
        rows_of([1, 2], [1])
