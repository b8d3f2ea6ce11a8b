"""Folders of results: sub-folders, checksums, and what an earlier result leaves behind."""

from __future__ import annotations

import hashlib
import itertools
import os
from pathlib import Path
from typing import Any

import pytest

from symphase.errors import InputError
from symphase.folders import SUMS, checked_folder, write_folder

GENERATOR = "some generator"
PAGE = f'<html><head><meta name="generator" content="{GENERATOR}"></head></html>'
FIRST: dict[str, str | bytes] = {
    "data/a.csv": "1\n",
    "data/b.csv": b"\x00\xff",
    "proofs/p.json": "{}",
    "index.html": PAGE,
}


def _tree(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def _sums(folder: Path) -> dict[str, str]:
    lines = (folder / SUMS).read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


def test_files_go_into_sub_folders_with_a_list_of_their_checksums(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    write_folder(checked_folder(out, GENERATOR), FIRST, sums=True)
    assert _tree(out) == {
        "data": None,
        "proofs": None,
        "data/a.csv": b"1\n",
        "data/b.csv": b"\x00\xff",
        "proofs/p.json": b"{}",
        "index.html": PAGE.encode(),
        SUMS: (out / SUMS).read_bytes(),
    }
    assert _sums(out) == {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in FIRST}


def test_what_an_earlier_result_left_goes_and_everything_else_stays(tmp_path: Path) -> None:
    write_folder(checked_folder(tmp_path, GENERATOR), FIRST, sums=True)
    (tmp_path / "data" / "mine.csv").write_text("mine")
    (tmp_path / "proofs" / "p.json").write_text("changed by the reader")
    write_folder(checked_folder(tmp_path, GENERATOR), {"data/a.csv": "2\n", "index.html": PAGE}, sums=True)
    assert sorted(_tree(tmp_path)) == sorted(
        [SUMS, "data", "data/a.csv", "data/mine.csv", "index.html", "proofs", "proofs/p.json"]
    )
    assert (tmp_path / "data" / "a.csv").read_text() == "2\n"
    assert (tmp_path / "data" / "mine.csv").read_text() == "mine"
    assert (tmp_path / "proofs" / "p.json").read_text() == "changed by the reader"


def test_an_empty_sub_folder_goes_too(tmp_path: Path) -> None:
    write_folder(checked_folder(tmp_path, GENERATOR), FIRST, sums=True)
    write_folder(checked_folder(tmp_path, GENERATOR), {"index.html": PAGE}, sums=True)
    assert sorted(_tree(tmp_path)) == [SUMS, "index.html"]


@pytest.mark.parametrize("name", ["../victim", "/victim", "data/../../victim", ".hidden"])
def test_a_forged_list_takes_nothing_away_from_elsewhere(tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    write_folder(checked_folder(out, GENERATOR), FIRST, sums=True)
    for victim in (tmp_path / "victim", out / ".hidden"):
        victim.write_text("precious")
    digest = hashlib.sha256(b"precious").hexdigest()
    listed = str(tmp_path / "victim") if name.startswith("/") else name
    (out / SUMS).write_text(f"{digest}  {listed}\n")
    write_folder(checked_folder(out, GENERATOR), {"index.html": PAGE}, sums=True)
    assert (tmp_path / "victim").read_text() == "precious"
    assert (out / ".hidden").read_text() == "precious"


def test_a_sub_folder_that_is_a_link_or_a_file_is_refused(tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    other.mkdir()
    write_folder(checked_folder(out, GENERATOR), {"index.html": PAGE}, sums=True)
    (out / "data").symlink_to(other)
    before = _tree(tmp_path)
    with pytest.raises(InputError, match="a link that leads elsewhere"):
        write_folder(checked_folder(out, GENERATOR), FIRST, sums=True)
    assert _tree(tmp_path) == before
    (out / "data").unlink()
    (out / "data").write_text("a file")
    with pytest.raises(InputError, match="cannot be written"):
        write_folder(checked_folder(out, GENERATOR), FIRST, sums=True)
    assert (out / "data").read_text() == "a file"


@pytest.mark.parametrize("name", ["../a", "a/b/c", "/a", "", ".a", "a b", "a/"])
def test_names_lead_nowhere_else(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no names for files of ours"):
        write_folder(tmp_path, {name: "", "index.html": PAGE})


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "stop"])
def test_what_fails_half_way_is_undone_in_sub_folders_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: BaseException
) -> None:
    write_folder(checked_folder(tmp_path / "out", GENERATOR), FIRST, sums=True)
    before = _tree(tmp_path)
    honest, calls = os.replace, itertools.count()

    def fail(*arguments: Any) -> None:
        if next(calls) == number:
            raise error
        honest(*arguments)

    monkeypatch.setattr(os, "replace", fail)
    second = {"data/a.csv": "2\n", "new/c.csv": "3\n", "other/d.csv": "4\n", "index.html": PAGE}
    with pytest.raises(InputError if isinstance(error, OSError) else KeyboardInterrupt):
        write_folder(tmp_path / "out", second, sums=True)
    monkeypatch.undo()
    assert _tree(tmp_path) == before
