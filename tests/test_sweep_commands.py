"""The command ``sweep``: from an example to a store, and every mistake in one line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import rich.console  # noqa: F401  # it draws random numbers when first imported: here, not in some test
from click.testing import CliRunner
from test_cli import loads
from test_stores import files

from symphase.commands import sweep as sweep_commands
from symphase.commands.console import Group
from symphase.commands.sweep import EXAMPLES, add_commands
from symphase.errors import SymphaseError
from symphase.stores import open_store

if TYPE_CHECKING:
    from click.testing import Result

SPEC = """
kind = "atlas"
chunk = 2
[grid]
parameters = [0.5, 0.9, 1.1, 1.455, 2.1]
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.toml").write_text(SPEC)


def run(*arguments: str) -> Result:
    group = Group("symphase")
    add_commands(group)
    result = CliRunner().invoke(group, ["sweep", *arguments], prog_name="symphase")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def ok(*arguments: str) -> str:
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_from_a_specification_to_a_store() -> None:
    out = ok("spec.toml", "--out", "s.zarr", "--workers", "1")
    assert "5 grid points in 3 chunks, 3 computed now" in out
    assert re.search(r"periodic +2 *\n", out)
    assert 'symphase.open_store("s.zarr")' in out
    assert open_store("s.zarr").period.values.tolist() == [0, 0, 2, 3, 0]
    again = ok("spec.toml", "--out", "s.zarr", "--workers", "1")
    assert "0 computed now" in again
    assert "3 were there already, with matching checksums" in again


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_runs(name: str) -> None:
    text = ok("--example", name)
    text = re.sub(r"count = \d+", "count = 3", text)
    Path("spec.toml").write_text(re.sub(r"steps = \d+", "steps = 100", text))
    record = loads(ok("spec.toml", "--out", f"{name}.zarr", "--workers", "1", "--json"))
    assert (record["kind"], record["chunks"], record["found"]) == (name, record["computed"], 0)
    assert open_store(f"{name}.zarr").attrs["specification_sha256"] == record["specification_sha256"]


def test_check_names_what_is_missing_and_damaged_with_exit_code_1() -> None:
    ok("spec.toml", "--out", "s.zarr", "--workers", "1")
    assert "3 of 3 chunks are there, with matching checksums" in ok("--check", "s.zarr")
    whole = files(Path("s.zarr"))
    Path("s.zarr/data/phase/c.1").write_bytes(b"x")
    Path("s.zarr/checksums/c.2.json").unlink()
    result = run("--check", "s.zarr")
    assert (result.exit_code, result.stderr) == (1, "")
    assert "damaged: data/phase/c.1 (altered) of chunk c.1\nmissing: c.2\n" in result.stdout
    record = loads(run("--check", "s.zarr", "--json").stdout)
    assert record["damaged"] == ["data/phase/c.1 (altered) of chunk c.1"]
    assert (record["missing"], record["complete"], record["done"]) == (["c.2"], False, 1)
    out = ok("spec.toml", "--out", "s.zarr", "--workers", "1")
    assert "repaired: data/phase/c.1 (altered) of chunk c.1" in out
    assert files(Path("s.zarr")) == whole


def test_mistakes_get_one_line_and_exit_code_2() -> None:
    ok("spec.toml", "--out", "s.zarr", "--workers", "1")
    Path("folder").mkdir()
    Path("folder/mine").write_text("x")
    Path("etaa.toml").write_text("etaa = 1\n" + SPEC)
    Path("other.toml").write_text(SPEC.replace("0.9", "0.91"))
    before = files(Path())
    for arguments, message in (
        ((), "SPEC = missing: must be given, or --check, or --example"),
        (("spec.toml", "--check", "s.zarr"), "--check = s.zarr: does not go with SPEC; give one of them"),
        (("spec.toml",), "--out = missing"),
        (("no.toml", "--out", "t"), "SPEC = no.toml: cannot be read"),
        (("etaa.toml", "--out", "t"), r"etaa = 1: is no key of a specification \(line 1\)"),
        (("other.toml", "--out", "s.zarr"), "belongs to another specification"),
        (("spec.toml", "--out", "folder"), "holds files that are no store"),
        (("spec.toml", "--out", "spec.toml"), "is a file, not a folder"),
        (("spec.toml", "--out", "no/t"), "is in a folder that does not exist"),
        (("spec.toml", "--out", "t", "--workers", "0"), "--workers = 0: must be an integer from 1"),
        (("spec.toml", "--out", "t", "--cluster", "x"), "must be the address of a Dask scheduler"),
        (("--check", "folder"), "is no store"),
        (("--check", "nowhere"), "is no store"),
    ):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert re.fullmatch(rf"symphase: [^\n]*{message}[^\n]*\n", result.stderr), result.stderr
    assert run("--example", "none").exit_code == 2
    assert files(Path()) == before


def test_failed_chunks_and_a_damaged_manifest_have_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    from symphase import sweeps

    def fail(*_: object) -> None:
        raise SymphaseError("poison")

    with monkeypatch.context() as patch:
        patch.setattr(sweeps, "compute_chunk", fail)
        result = run("spec.toml", "--out", "s.zarr", "--workers", "1")
    assert result.exit_code == 1
    assert result.stderr.startswith("symphase: 3 of 3 chunks failed (c.0: poison; c.1: poison; c.2: poison)")
    Path("s.zarr/manifest.json").write_text(json.dumps({"schema": 1}))
    result = run("--check", "s.zarr")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "manifest.json was altered" in result.stderr


def test_the_bar_shows_rate_and_remaining_time(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    from rich.console import Console

    page = io.StringIO()
    monkeypatch.setattr(sweep_commands, "console", lambda **_: Console(file=page, force_terminal=True, width=100))
    with sweep_commands._progress_bar() as progress:
        progress("sweep", 500, 1000)
        for done in range(500, 1001, 100):
            progress("sweep", done, 1000)
    shown = page.getvalue()
    assert "1000/1000" in shown
    assert re.search(r"[0-9.e+]+/s", shown)
    assert "0:00:00" in shown
