"""The numbers behind a figure, as a CSV file that says in its first line what each column is and in which unit."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from symphase.display import Shown, count_text
from symphase.enclosures import Certainty

__all__ = ["Column", "FigureData", "columns", "rows_of"]

_MISSING: Final = ""
# Spreadsheets calculate what begins like this, also where it was meant as words; an apostrophe makes it words.
_FORMULA: Final = re.compile(r"[=+\-@\t\n]")
_NUMBER: Final = re.compile(r"[+-]?[0-9][0-9./eE+-]*", re.ASCII)

Cell = str | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes
    ----------
    name : str
    unit : str
        "1" for a pure number; empty for words.
    """

    name: str
    unit: str = ""

    @property
    def header(self) -> str:
        """What stands in the first line."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FigureData(Shown):
    """The numbers that a figure draws.

    Attributes
    ----------
    name : str
        Of the file, without its ending.
    title : str
        One line that says what it holds.
    columns : tuple of Column
    rows : tuple of tuple
        Cells of our own: words, integers, floats; None or NaN for what there is not.
    certainty : Certainty
        Of the numbers; the least sure of them counts.
    seed : int or None
        Of the random starts in it; None where nothing is drawn.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    certainty: Certainty
    seed: int | None = None

    @property
    def file(self) -> str:
        """Where it stands in a folder of results."""
        return f"data/{self.name}.csv"

    def to_csv(self) -> str:
        """Return the file: a header, then one line for each row; floats come back bit by bit."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow([_cell(column.header) for column in self.columns])
        writer.writerows([_cell(cell) for cell in row] for row in self.rows)
        return buffer.getvalue()

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: what is in the file, not its rows."""
        return {
            "file": self.file,
            "title": self.title,
            "columns": [{"name": column.name, "unit": column.unit} for column in self.columns],
            "rows": len(self.rows),
            "certainty": str(self.certainty),
            "seed": self.seed,
        }

    def _line(self) -> str:
        shape = f"{count_text(len(self.rows), 'row')} of {count_text(len(self.columns), 'column')}"
        return f"{self.file}, {shape} [{self.certainty}]"


def _cell(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return _MISSING
    if isinstance(cell, float):
        return repr(float(cell))
    text = str(cell).replace("\r\n", "\n").replace("\r", "\n")  # the writer quotes no other ends of lines
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def columns(*named: tuple[str, str]) -> tuple[Column, ...]:
    """Return columns from names and units."""
    return tuple(Column(name=name, unit=unit) for name, unit in named)


def rows_of(*listed: Iterable[Any]) -> tuple[tuple[Cell, ...], ...]:
    """Return the rows of a table that is given by its columns, all of one length."""
    return tuple(zip(*[[_plain(cell) for cell in column] for column in listed], strict=True))


def _plain(cell: Any) -> Cell:
    """A Python number or a word, whatever NumPy made of it."""
    item = getattr(cell, "item", None)
    found: Cell = item() if item is not None else cell
    return found
