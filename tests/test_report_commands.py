"""The command ``report``: what its argument is taken for, what it refuses in one line, and what it prints."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rich.console  # noqa: F401  # it draws random numbers when first imported: here, not in some test
from click.testing import CliRunner, Result

from symphase import cli
from symphase.models import PhaseRetrieval, PolynomialLoss, PolynomialModel, TwoLayerNetwork
from symphase.reports import data as report
from symphase.reports import maps as map_report
from symphase.reports import sweeps as sweep_report
from symphase.reports.schemas import schema_text

Run = Callable[..., Result]


class _Done:
    """In the place of a report."""

    def __init__(self, folder: Path, *, agrees: bool = True) -> None:
        self.folder, self.index = folder, folder / "index.html"
        self.agrees = agrees
        self.summary = ("an answer",)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """Which report was asked for, with what; none is made."""
    found: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def stands_for(name: str) -> Callable[..., _Done]:
        def call(*arguments: Any, **options: Any) -> _Done:
            found.append((name, arguments, options))
            return _Done(Path(arguments[0]))

        return call

    monkeypatch.setattr(report, "write_report", stands_for("data"))
    monkeypatch.setattr(map_report, "write_map_report", stands_for("map"))
    monkeypatch.setattr(sweep_report, "write_sweep_report", stands_for("sweep"))
    return found


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli.main, ["report", *arguments])


def test_the_command_on_the_page_can_be_typed(run: Run, calls: list[Any]) -> None:
    """A name from outside is quoted: pasted into a shell, it is a name and nothing else."""
    for name in ("my data; rm -rf x.csv", "$(touch x).csv", "plain.csv"):
        Path(name).write_text("u,y\n1,2\n", encoding="utf-8")
        assert run(name, "--target", "y").exit_code == 0
        command = calls[-1][2]["command"]
        assert shlex.split(command) == ["symphase", "report", name, "--target", "y"]
        assert (f"'{name}'" in command) is (name != "plain.csv")


def test_without_anything_it_is_about_the_shipped_data(run: Run, calls: list[Any]) -> None:
    result = run()
    assert (result.exit_code, result.output) == (0, "an answer\nOpen symphase-report/index.html\n")
    ((kind, arguments, options),) = calls
    assert (kind, arguments, options["data"].name) == ("data", ("symphase-report",), "digit_dct")
    assert options["model"] == PhaseRetrieval(gamma=2, c=0)
    assert options["command"] == "symphase report"


def test_a_table_with_its_options(run: Run, calls: list[Any]) -> None:
    Path("d.csv").write_text("a,b,y\n1,0,2\n0,3,1\n")
    result = run(
        "d.csv", "--step-size", "0.1", "--gamma", "3", "--c", "1/2", "--reduction", "sum", "--out", "o", "--no-pdf"
    )
    assert result.exit_code == 0, result.output
    ((kind, arguments, options),) = calls
    assert (kind, arguments, options["data"].samples) == ("data", ("o",), 2)
    assert options["model"] == PhaseRetrieval(gamma=3, c="1/2", reduction="sum")
    assert (options["step_size"], options["pdf"]) == ("0.1", False)
    assert options["command"] == "symphase report d.csv --step-size 0.1 --gamma 3 --c 1/2 --reduction sum"


def test_a_network_for_a_table(run: Run, calls: list[Any]) -> None:
    Path("d.csv").write_text("a,b,y\n1,0,2\n0,3,1\n")
    assert run("d.csv", "--model", "network", "--width", "4").exit_code == 0
    assert calls[0][2]["model"] == TwoLayerNetwork(alpha=1, width=4)


@pytest.mark.parametrize(
    ("arguments", "subject", "command"),
    [
        (["two-layer-network"], TwoLayerNetwork(), "symphase report two-layer-network"),
        (
            ["phase-retrieval", "--gamma", "2", "--reduction", "sum"],
            PhaseRetrieval(gamma=2, reduction="sum"),
            "symphase report phase-retrieval --gamma 2 --reduction sum",
        ),
        (
            ["--prediction", "w^2+b*w", "--parameter", "b"],
            PolynomialModel("w^2+b*w", parameters=("b",)),
            'symphase report --prediction "w^2+b*w" --parameter b',
        ),
        (["--loss", "(w^2-1)^2/4"], PolynomialLoss("(w^2-1)^2/4"), 'symphase report --loss "(w^2-1)^2/4"'),
    ],
    ids=["model", "numbers", "prediction", "loss"],
)
def test_a_model_or_one_of_ones_own(
    run: Run, calls: list[Any], arguments: list[str], subject: Any, command: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    ((kind, given, options),) = calls
    assert (kind, given[1], options["command"], options["at"]) == ("map", subject, command, None)


def test_a_map_at_a_value_and_a_loss_at_a_step_size(run: Run, calls: list[Any]) -> None:
    assert run("--map", "r*x*(1-x)", "--variable", "x", "--parameter", "r", "--at", "-0.5").exit_code == 0
    assert str(calls[0][1][1].parameter) == "r"
    assert calls[0][2]["at"] == "-0.5"
    assert run("--loss", "w^2", "--step-size", "0.9").exit_code == 0
    assert calls[1][2]["at"] == "0.9"


def test_what_is_there_comes_before_the_name_of_a_model(run: Run, calls: list[Any]) -> None:
    Path("one-weight").write_text("a,y\n1,2\n")
    assert run("one-weight").exit_code == 0
    assert calls[-1][0] == "data"
    Path("phase-retrieval").mkdir()
    Path("phase-retrieval", "manifest.json").write_text("{}")
    assert run("phase-retrieval").exit_code == 0
    assert calls[-1][0] == "sweep"
    assert run("two-layer-network").exit_code == 0
    assert calls[-1][0] == "map"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere.csv"], "SUBJECT = nowhere.csv: is no file, no sweep and no model; models are phase-retrieval"),
        (["one-wait"], "did you mean one-weight?"),
        (["folder"], "is a folder, and no results of a sweep"),
        (["a\0b"], "SUBJECT"),
        (["d.csv", "--loss", "w^2"], "--loss = w^2: cannot be given with d.csv"),
        (["d.csv", "--at", "1"], "--at = 1: goes with a model or a map; of data it is --step-size"),
        (["d.csv", "--variable", "x"], "--variable = x: goes with --loss, --map or --prediction"),
        (["d.csv", "--step-size", "-1"], "--step-size = -1"),
        (["one-weight", "--step-size", "1"], "--step-size = 1: goes with data or --loss"),
        (["one-weight", "--target", "y"], "--target = y: goes with a table"),
        (["one-weight", "--width", "3"], "--width = 3: belongs to the model two-layer-network"),
        (["one-weight", "--model", "network"], "--model = two-layer-network: goes with a table"),
        (["--loss", "w^2", "--step-size", "1", "--at", "1"], "--at = 1: is the same as --step-size here"),
        (["--map", "r*x", "--loss", "w^2"], "cannot be given with"),
        (["polynomial"], "--prediction = missing"),
        (["store", "--step-size", "1"], "--step-size = 1: does not go with the results of a sweep"),
        (["store", "--pdf"], "--pdf = given: does not go with the results of a sweep"),
    ],
)
def test_what_does_not_go_together_is_told_in_one_line(
    run: Run, calls: list[Any], arguments: list[str], told: str
) -> None:
    Path("d.csv").write_text("a,y\n1,2\n")
    Path("folder").mkdir()
    Path("store").mkdir()
    Path("store", "manifest.json").write_text("{}")
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert told in result.output
    assert len(result.output.splitlines()) == 1
    assert calls == []


def test_schemas_are_printed_and_nothing_is_written(run: Run, calls: list[Any]) -> None:
    for arguments, name in ((["--schema"], "boundaries"), (["--schema", "sweep"], "sweep")):
        result = run(*arguments)
        assert result.exit_code == 0
        assert json.loads(result.output) == json.loads(schema_text(name))
    assert calls == []
    assert list(Path().iterdir()) == []


def test_programs_get_json_and_a_failed_check_its_exit_code(
    run: Run, calls: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert calls == []
    monkeypatch.setattr(report, "write_report", lambda out, **_: _Done(Path(out), agrees=False))
    result = run("--json")
    assert result.exit_code == 1
    assert json.loads(result.output) == {
        "folder": "symphase-report",
        "index": "symphase-report/index.html",
        "kind": "data",
        "agrees": False,
        "summary": ["an answer"],
    }


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="names of files are Unicode there")
def test_a_name_that_is_no_text_is_no_traceback(run: Run, calls: list[Any]) -> None:
    name = os.fsdecode(b"d\xff.csv")
    Path(name).write_text("a,b,y\n1,0,2\n0,3,1\n")
    result = run(name)
    assert result.exit_code == 0, result.output
    options = calls[0][2]
    assert options["data"].samples == 2
    options["command"].encode("utf-8")
