"""The README's numbers are those that the code finds, and its files exist."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from symphase.boundaries import Boundary, BoundaryKind
from symphase.onset import Onset
from symphase.phases import residual_boundaries

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
ROWS = {
    "monotonic → catapult": (BoundaryKind.MONOTONE_END, None),
    "catapult → periodic (edge of stability)": (BoundaryKind.FLIP, 1),
    "period 2 → period 4": (BoundaryKind.FLIP, 2),
    "period 4 → period 8": (BoundaryKind.FLIP, 4),
    "onset of chaos, a∞": (BoundaryKind.ONSET, None),
    "birth of the first 3-cycle": (BoundaryKind.TANGENCY, 3),
    "interior crisis: the two wells merge": (BoundaryKind.CRISIS, None),
    "chaotic → divergent": (BoundaryKind.ESCAPE, None),
}


def table() -> dict[str, list[str]]:
    rows = [line.strip("|").split("|") for line in README.splitlines() if line.startswith("| ")]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in rows if len(cells) == 5}


def boundary(name: str) -> Boundary:
    return residual_boundaries().require(*ROWS[name])


@pytest.mark.parametrize("name", list(ROWS))
def test_decimals_and_certainty(name: str) -> None:
    _, decimal, sharpness, certainty = table()[name]
    found = boundary(name)
    digits = len(decimal.rstrip("…").partition(".")[2])
    assert found.decimal(digits) == decimal.rstrip("…")
    assert float(sharpness) == pytest.approx(2 * float(found), abs=5e-4)
    assert certainty.startswith(str(found.certainty))


@pytest.mark.parametrize(
    ("name", "square"),
    [
        ("monotonic → catapult", lambda a: (a + 2) ** 2 - 8),
        ("period 2 → period 4", lambda a: (a + 1) ** 2 - 5),
        ("interior crisis: the two wells merge", lambda a: 4 * (a + 1) ** 2 - 27),
    ],
)
def test_radicals_written_there(name: str, square: object) -> None:
    lower, upper = boundary(name).enclose(80)
    assert square(lower) < 0 < square(upper)  # type: ignore[operator]  # run from the README


def test_the_onset_as_written() -> None:
    exact = table()["onset of chaos, a∞"][0]
    onset = boundary("onset of chaos, a∞").value
    assert isinstance(onset, Onset)
    lower, upper, estimate = re.findall(r"\d\.\d+", exact)
    assert Fraction(lower) < onset.bracket[0] < onset.bracket[1] < Fraction(upper)
    assert onset.estimate == estimate


def test_the_degree_as_written() -> None:
    algebraic = boundary("birth of the first 3-cycle").algebraic
    assert algebraic is not None
    assert f"degree {algebraic.degree}" in table()["birth of the first 3-cycle"][0]


def test_every_local_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(links) >= 5
    missing = [link for link in links if not (Path(__file__).parents[1] / link).exists()]
    assert missing == []
