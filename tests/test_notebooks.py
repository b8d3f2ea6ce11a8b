"""The notebooks in examples/: each runs from top to bottom as a script, and as a notebook whose pictures are there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import symphase
import symphase.plots
import symphase.strategies

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "examples" / "notebooks").glob("*.py"))
SECONDS = 25 * 4  # four times what each may take on an idle machine

PROMISED = {
    "a_model_of_your_own",
    "certified_numbers_for_a_proof",
    "my_data_my_step_size",
    "paper_in_fifteen_minutes",
    "property_based_tests",
}


def cells(path: Path) -> list[tuple[str, str]]:
    """Cells of a percent notebook, each as (kind, text); the marks of comments taken off texts."""
    _, *parts = re.split(r"^# %%(.*)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = []
    for mark, body in zip(parts[::2], parts[1::2], strict=True):
        if "[markdown]" in mark:
            lines = [line.removeprefix("#").removeprefix(" ") for line in body.strip().splitlines()]
            found.append(("markdown", "\n".join(lines)))
        else:
            found.append(("code", body.strip()))
    return found


def test_the_promised_notebooks_are_there() -> None:
    assert {path.stem for path in NOTEBOOKS} == PROMISED


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_a_text_with_one_title_pictures_and_an_exercise(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ---\n# jupyter:\n#   jupytext:\n")
    held = cells(path)
    words = "\n\n".join(body for kind, body in held if kind == "markdown")
    assert held[0][0] == "markdown"
    titles = re.findall(r"^# .+$", words, re.MULTILINE)
    assert titles == [held[0][1].splitlines()[0]]  # one title, and it comes first
    assert re.findall(r"^## (.+)$", words, re.MULTILINE)[-1] == "Exercise"
    assert "show(" in text
    assert words.count("$") % 2 == 0
    assert words.count("`") % 2 == 0
    assert "TODO" not in text


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_public_names_only(path: Path) -> None:
    imported = re.findall(r"^from (symphase[\w.]*) import (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert imported
    public = {
        "symphase": set(symphase.__all__),
        "symphase.plots": set(symphase.plots.__all__),
        "symphase.strategies": set(symphase.strategies.__all__),
    }
    for module, names in imported:
        assert {name.strip() for name in names.split(",")} <= public[module]


@pytest.mark.slow  # runs whole notebooks
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_as_a_script_without_a_warning(path: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""


@pytest.mark.slow  # runs whole notebooks
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_in_a_kernel_and_shows_its_pictures(path: Path, tmp_path: Path) -> None:
    jupytext = pytest.importorskip("jupytext", reason="jupytext comes with the extra 'dev'")
    nbclient = pytest.importorskip("nbclient", reason="nbclient comes with the extra 'dev'")
    pytest.importorskip("ipykernel", reason="ipykernel comes with the extra 'dev'")
    notebook = jupytext.read(path)
    nbclient.NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    answers: list[Any] = [answer for cell in notebook.cells for answer in cell.get("outputs", ())]
    assert [answer for answer in answers if answer["output_type"] == "error"] == []
    assert [answer["text"] for answer in answers if answer.get("name") == "stderr"] == []
    pages = [answer["data"]["text/html"] for answer in answers if "text/html" in answer.get("data", {})]
    pictures = [page for page in pages if page.startswith("<img ")]
    assert len(pictures) == path.read_text(encoding="utf-8").count("\nshow(")
    assert all(re.search(r' alt="[^"]{40,}"', picture) for picture in pictures)
    assert any("<table" in page for page in pages)
