"""What the experiments share: how they are asked, and how they write figure, numbers and table."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from symphase.plots.style import house_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One run of a script: its name, its size, and where figure and numbers go."""

    name: str
    full: bool
    out: Path

    def write(self, figure: Figure, numbers: dict[str, Any]) -> None:
        """Write ``name.png`` and ``name.json``."""
        figure.savefig(self.out / f"{self.name}.png", dpi=200)
        record = {"experiment": self.name, "size": "full" if self.full else "small", **numbers}
        text = json.dumps(record, indent=1, allow_nan=False, ensure_ascii=False)
        (self.out / f"{self.name}.json").write_text(text + "\n", encoding="utf-8")
        print(f"wrote {self.name}.png and {self.name}.json")


def asked(script: str, description: str | None) -> Experiment:
    """Read ``--out`` and ``--full``."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--out", type=Path, default=Path(), metavar="FOLDER", help="where to write (here)")
    parser.add_argument("--full", action="store_true", help="the paper's size, n = 80 and d = 100: takes minutes")
    given = parser.parse_args()
    if not given.out.is_dir():
        parser.error(f"--out {given.out}: no such folder")
    return Experiment(name=Path(script).stem, full=given.full, out=given.out)


def panels(
    count: int, *, width: float = 3.4, height: float = 2.6, header: float = 0.3, footer: float = 0.45, left: float = 0.6
) -> tuple[Figure, list[Axes]]:
    """Return a figure of so many Axes side by side, each as wide as a column; margins in inches."""
    figure = Figure(figsize=(count * width, height))
    with house_style():
        axes = [
            figure.add_axes(
                (
                    (k * width + left) / (count * width),
                    footer / height,
                    (width - left - 0.1) / (count * width),
                    1 - (header + footer) / height,
                )
            )
            for k in range(count)
        ]
    return figure, axes


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print aligned columns; numbers with four digits, None as a dash."""

    def text(cell: object) -> str:
        return "–" if cell is None else f"{cell:.4g}" if isinstance(cell, float) else str(cell)

    cells = [list(columns), *([text(cell) for cell in row] for row in rows)]
    widths = [max(len(row[k]) for row in cells) for k in range(len(columns))]
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
