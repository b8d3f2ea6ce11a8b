"""The commands of the laboratory: what they answer, what they write, and that they refuse in one line."""

from __future__ import annotations

import inspect
import itertools
import json
import os
import re
import shlex
import signal
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
import rich.console  # noqa: F401  # it draws random numbers when first imported: here, not in some test
import sklearn.datasets  # noqa: F401  # it sets variables of the environment when first imported
from test_cli import loads, ok, run

import symphase.commands.lab
import symphase.commands.problems
import symphase.studies
from symphase.agreement import Disagreement, phase_agreement
from symphase.cli import main
from symphase.descent import descend
from symphase.models import PhaseRetrieval, TwoLayerNetwork
from symphase.observations import observe_phase
from symphase.phases import classify
from symphase.problems import load_digits_problem, make_problem, problem_from_data
from symphase.studies import compare_transitions, study
from symphase.tables import read_table
from symphase.training import train
from symphase.transitions import LABELS, empirical_boundaries, observe_problem

group = main.commands["lab"]
assert isinstance(group, click.Group)
LAB: click.Group = group
COMMANDS = ("describe", "observe", "boundaries", "train", "page", "agreement")
PLAIN = PhaseRetrieval(gamma=2, c=0)
TINY = ("--samples", "4", "--dimension", "6")
SHORT = ("--runs", "1", "--steps", "64")
GOOD = b"left,right,y\n3,4,1\n-4,3,0.25\n1,1,2\n"


def coarse() -> Any:
    return partial(empirical_boundaries, points=5, tolerance=0.5)


@pytest.fixture(autouse=True)
def _small_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working directory of its own; pages look coarsely."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(symphase.studies, "empirical_boundaries", coarse())


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Path]:
    """Tables and folders, good and hostile; nothing of it may change."""
    for name, content in {
        "good.csv": GOOD,
        "one.csv": b"x,y\n1,1\n2,0.5\n",
        "negative.csv": b"x,y\n1,-1\n",
        "binary.csv": b"\x00\x01\x02\xff\xfe",
        "empty.csv": b"",
        "ragged.csv": b"a,b,y\n1,0,1\n0,1\n",
        "words.csv": b"a,y\n1,zwei\n",
        "zeros.csv": b"a,b,y\n0,0,3\n1,0,2\n",
    }.items():
        (tmp_path / name).write_bytes(content)
    for folder in ("folder", "folder.csv", "folder.png", "held"):
        (tmp_path / folder).mkdir()
    (tmp_path / "held" / "notes.txt").write_text("mine")
    before = tree(tmp_path)
    yield tmp_path
    assert tree(tmp_path) == before


def tree(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


# ------------------------------------------------------------------------------------------------------------- help


def examples(text: str, start: str = "symphase lab ") -> list[str]:
    lines = re.findall(rf"^ +({start}.*)$", text, re.MULTILINE)
    return [re.split(r" {3,}", line)[0] for line in lines]


def help_of(name: str) -> str:
    return inspect.cleandoc(LAB.commands[name].help or "")


EXAMPLES = [*examples(LAB.help or ""), *itertools.chain(*(examples(LAB.commands[n].help or "") for n in COMMANDS))]


def smaller(line: str) -> list[str]:
    """The example with the same options, and sizes that take no time in the place of its own."""
    arguments = shlex.split(line.partition(" > ")[0])[1:]
    command, rest = arguments[1], arguments[2:]
    problem = next((each for each in rest[:1] if not each.startswith("-")), "digits")
    small: dict[str, str] = {}
    if command == "agreement":
        small = {"--parameters": "3", "--starts": "1", "--steps": "200"}
    elif problem == "digits":
        small = {"--samples": "20", "--test-samples": "5"}
    elif problem != "data.csv":
        small = dict(zip(TINY[::2], TINY[1::2], strict=True))
    if "--test-samples" in rest:
        small["--test-samples"] = "5"
    if command not in {"agreement", "describe"}:
        small |= dict(zip(SHORT[::2], SHORT[1::2], strict=True))
    if command == "boundaries":
        small |= {"--points": "5", "--tolerance": "0.5"}
    for option in small.keys() & set(arguments):
        place = arguments.index(option)
        del arguments[place : place + 2]
    return [*arguments, *(word for pair in small.items() for word in pair)]


def test_the_group_leads_to_every_command() -> None:
    text = ok("lab", "--help")
    assert set(LAB.commands) == set(COMMANDS)
    for name in COMMANDS:
        assert re.search(rf"^  {name} ", text, re.MULTILINE)
    assert text == ok("lab", "-h")
    assert "lab" in ok("--help")
    ran = run("lab")
    assert ran.code == 2
    assert "Start here:" in ran.err + ran.out
    assert {shlex.split(line)[2] for line in examples(LAB.help or "")} == set(COMMANDS)


def test_what_else_the_group_names_is_there() -> None:
    (line,) = examples(LAB.help or "", "symphase sweep ")
    assert ok(*shlex.split(line)[1:]).startswith("#")
    (place,) = re.findall(r"^ +(examples/\S+)", LAB.help or "", re.MULTILINE)
    folder = Path(symphase.__file__).parents[1] / "examples"
    if folder.is_dir():  # in the sources
        assert (folder.parent / place).is_dir()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    text = ok("lab", name, "--help")
    assert len(examples(LAB.commands[name].help or "")) >= 2
    assert f"symphase lab {name}" in text
    assert LAB.commands[name].short_help
    for option in LAB.commands[name].params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert option.opts[0] in text
    assert "\t" not in text
    assert max(map(len, help_of(name).splitlines())) <= 120


@pytest.mark.parametrize("line", EXAMPLES)
def test_examples_are_accepted_as_they_stand(line: str, tmp_path: Path) -> None:
    """Their options fit, their problems can be made and their step sizes are in range, at full size."""
    (tmp_path / "data.csv").write_bytes(GOOD)
    arguments = shlex.split(line.partition(" > ")[0])[2:]
    with LAB.commands[arguments[0]].make_context(arguments[0], arguments[1:]) as context:
        if arguments[0] != "agreement":
            problem = symphase.commands.problems.problem_of(context.params)
            given = context.params.get("step_sizes") or ()
            symphase.commands.problems.step_sizes_of(given, context.params.get("unit") or "eta", problem)


@pytest.mark.parametrize("line", EXAMPLES)
def test_examples_in_the_help_work(line: str, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_bytes(GOOD)
    arguments = smaller(line)
    out = ok(*arguments)
    assert out
    if "--json" in arguments:
        loads(out)
    written = {path.name for path in tmp_path.iterdir()} - {"data.csv"}
    if "--figure" in arguments:
        assert written == {arguments[arguments.index("--figure") + 1]}
    elif arguments[1] == "page":
        assert written == {arguments[arguments.index("--out") + 1] if "--out" in arguments else "symphase-lab"}
        (folder,) = written
        assert f"Open {Path(folder, 'index.html')}" in out
    else:
        assert written == set()


# ---------------------------------------------------------------------------------------------------------- describe


def test_describe_is_what_the_library_knows() -> None:
    record = loads(ok("lab", "describe", "mixed", "--mixing", "1/2", *TINY, "--seed", "3", "--json"))
    problem = make_problem(PLAIN, samples=4, dimension=6, design="mixed", mixing=0.5, rng=3)
    assert record["problem"] == problem.describe()
    assert record["orthogonal"] == "none"
    # equal labels 1 at unit norms: a = 2η/n
    assert record["step_size_where_a_is_1"] == pytest.approx(2, rel=1e-12)
    assert record["a_per_step_size"]["largest"] == pytest.approx(0.5, rel=1e-12)
    rows = problem.features / np.linalg.norm(problem.features, axis=1, keepdims=True)
    cosines = np.abs((rows @ rows.T)[np.triu_indices(4, 1)])
    assert record["largest_cosine"] == pytest.approx(cosines.max(), rel=1e-9)
    assert record["rms_cosine"] == pytest.approx(np.sqrt((cosines**2).mean()), rel=1e-9)
    text = ok("lab", "describe", "mixed", "--mixing", "0.5", *TINY)
    assert "rows: not orthogonal" in text
    assert "at step size 2: on orthogonal rows convergence ends there" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("hadamard", "--samples", "4", "--dimension", "8"), "rows: orthogonal, exactly"),
        (("dct", *TINY), "rows: orthogonal to rounding"),
        (("negative.csv",), "no label is in reach: every a ≤ 0"),
        (("good.csv", "--model", "network", "--outer", "1,-1"), "no single scale a, which needs: "),
        (("good.csv", "--target", "left"), "n = 3, d = 2"),
        (("good.csv", "--test-samples", "1"), "n = 2, d = 2, 1 test samples"),
        (("gaussian", *TINY, "--c", "-1", "--gamma", "0.5"), "a of the largest sample is 1"),
        (("diabetes", "--samples", "20", "--test-samples", "0"), "n = 20, d = 10;"),
        (("orthogonal", *TINY, "--labels", "uniform", "--reduction", "sum"), "a per unit of step size"),
        (("gaussian", *TINY, "--labels", "teacher", "--noise", "0.1", "--test-samples", "3"), "3 test samples"),
        (("orthogonal", *TINY, "--label-scale", "-2"), "no label is in reach"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)
def test_describe_in_words(arguments: tuple[str, ...], said: str, files: Path) -> None:
    assert files.is_dir()
    assert said in ok("lab", "describe", *arguments)
    record = loads(ok("lab", "describe", *arguments, "--json"))
    assert record["samples"] >= 1


def test_options_shape_the_model_as_in_the_library() -> None:
    arguments = ("lab", "describe", "orthogonal", *TINY, "--json")
    wide = loads(ok(*arguments, "--model", "network", "--alpha", "3/2", "--width", "5"))
    problem = make_problem(TwoLayerNetwork(alpha="3/2", width=5), samples=4, dimension=6, rng=0)
    assert problem.unit_step_size is not None
    assert wide["step_size_where_a_is_1"] == float(problem.unit_step_size)
    summed = loads(ok(*arguments, "--reduction", "sum"))
    mean = loads(ok(*arguments))
    assert mean["step_size_where_a_is_1"] == pytest.approx(4 * summed["step_size_where_a_is_1"], rel=1e-12)
    digits = loads(ok("lab", "describe", "--samples", "30", "--test-samples", "7", "--label-scale", "3", "--json"))
    assert digits["problem"] == load_digits_problem(samples=30, test_samples=7, label_scale=3).describe()


# ----------------------------------------------------------------------------------------------------------- observe


def test_observe_counts_labels_of_the_same_runs_as_the_library() -> None:
    sizes = ("0.5", "1.1", "1.9", "2.1")
    asked = [part for size in sizes for part in ("--step-size", size)]
    arguments = ("lab", "observe", "hadamard", "--samples", "4", "--dimension", "4", "--unit", "a", *asked)
    record = loads(ok(*arguments, "--runs", "3", "--steps", "300", "--seed", "2", "--json"))
    problem = make_problem(PLAIN, samples=4, dimension=4, design="hadamard")
    rates = [Fraction(size) * 2 for size in sizes]  # a = 1 at η = n/2
    codes = observe_problem(problem, step_sizes=rates, runs=3, rng=2, steps=300)
    assert len(record["observed"]) == 4
    for each, rate, row in zip(record["observed"], rates, codes, strict=True):
        assert Fraction(each["step_size"]) == rate
        assert each["step_size_float"] == float(rate)
        assert each["labels"] == {label: int((row == code).sum()) for code, label in enumerate(LABELS)}
        assert sum(each["labels"].values()) == record["runs"] == 3
    text = ok(*arguments, "--runs", "3", "--steps", "300", "--seed", "2")
    assert re.search(r"^ *2\.1 +3 *$", text, re.MULTILINE)
    assert "how many of 3 starts; observed in 300 steps, seed 2" in text
    assert "undecided: more --steps" not in text


def test_undecided_runs_are_explained() -> None:
    """At a = 1 itself convergence is algebraic: 64 steps tell nothing."""
    text = ok("lab", "observe", "hadamard", "--samples", "2", "--dimension", "2", "--step-size", "1", *SHORT)
    assert "undecided: more --steps may tell" in text


# -------------------------------------------------------------------------------------------------------- boundaries


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_boundaries_are_those_of_the_library(tmp_path: Path) -> None:
    arguments = ("lab", "boundaries", "orthogonal", *TINY, "--runs", "2", "--steps", "100", "--points", "5")
    more = ("--tolerance", "3/10", "--seed", "1")
    record = loads(ok(*arguments, *more, "--json"))
    problem = make_problem(PLAIN, samples=4, dimension=6, rng=1)
    found = empirical_boundaries(problem, runs=2, rng=1, steps=100, points=5, tolerance=0.3)
    assert record["transitions"] == [row.to_dict() for row in compare_transitions(found)]
    assert record["transitions"][3]["in_a"] == pytest.approx(2, rel=0.2)
    text = ok(*arguments, *more, "--figure", "strip.SVG")
    assert "drawn in strip.SVG" in text
    assert (tmp_path / "strip.SVG").read_bytes().startswith(b"<?xml")
    assert "medians over 2 random starts of 100 steps [observed]; theory of orthogonal rows" in text
    assert re.search(r"^ *catapult → periodic .* 2 of 2 ", text, re.MULTILINE)


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_boundaries_without_a_theory_say_so() -> None:
    arguments = ("lab", "boundaries", "orthogonal", *TINY, *SHORT, "--points", "5", "--tolerance", "0.5")
    text = ok(*arguments, "--model", "network", "--outer", "1,-1")
    assert "no exact phases of a > 0 here" in text
    assert "theory of orthogonal rows" not in text
    assert re.search(r"^ *chaotic → divergent .* 1 of 1 +\S+ +— +— +— *$", text, re.MULTILINE)


# ------------------------------------------------------------------------------------------------------------- train


def test_train_prints_means_of_what_the_library_measures(tmp_path: Path) -> None:
    arguments = ("lab", "train", "gaussian", *TINY, "--labels", "teacher", "--test-samples", "3", "--unit", "a")
    asked = ("--step-size", "0.8", "--step-size", "50", "--runs", "2", "--steps", "100", "--burn-in", "60")
    record = loads(ok(*arguments, *asked, "--json"))
    problem = make_problem(PLAIN, samples=4, dimension=6, design="gaussian", labels="teacher", test_samples=3, rng=0)
    assert problem.unit_step_size is not None
    measures = ("loss", "sharpness", "sign_changes", "lyapunov", "weight_norm", "test_loss")
    rate = problem.unit_step_size * Fraction(4, 5)
    seen = train(problem, step_sizes=rate, runs=2, rng=0, steps=100, burn_in=60, measures=measures)
    first, second = record["measured"]
    assert Fraction(first["step_size"]) == rate
    assert (first["escaped"], second["escaped"]) == (0, 2)
    assert isinstance(first["escaped"], int)
    assert first["loss"] == pytest.approx(seen.losses[:, -1].mean(), rel=1e-9)
    for key, values in {
        "weight_norm": seen.weight_norms,
        "test_loss": seen.test_losses,
        "of_averaged_weights": seen.test_losses_weight_average,
        "of_averaged_predictions": seen.test_losses_prediction_average,
        "step_size_times_sharpness": seen.scaled_sharpness,
    }.items():
        assert values is not None
        assert first[key] == pytest.approx(values[:, -1].mean(), rel=1e-9), key
    assert seen.lyapunov is not None
    assert first["exponent"] == pytest.approx(seen.lyapunov.mean(), rel=1e-6)
    assert all(value is None for key, value in second.items() if key not in {"step_size", "escaped"})
    assert record["burn_in"] == 60
    text = ok(*arguments, *asked, "--figure", "curves.png")
    assert "means over 2 starts after 100 steps, of those that did not escape; seed 0 [observed]" in text
    assert re.search(r"^ *50 +2 +— ", text, re.MULTILINE)
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_train_where_every_run_escapes() -> None:
    text = ok("lab", "train", "hadamard", "--samples", "2", "--dimension", "2", "--step-size", "1e300", "--steps", "20")
    assert re.search(r"^ *1e300 +8 *$", text, re.MULTILINE)


def test_regression_what_takes_hours_does_not_begin_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, progress: Any, **__: Any) -> None:
        progress("training", 0, 2)
        progress("training", 1, 2)
        raise KeyboardInterrupt

    monkeypatch.setattr("symphase.training.train", interrupted)
    asked = ("lab", "train", "gaussian", "--step-size", "1", "--step-size", "2", "--steps", "10000000", "--runs")
    assert run(*asked, "50").err == "symphase: 1e+09 steps in all, which may take hours\nsymphase: interrupted\n"
    assert run(*asked, "49").err == "symphase: interrupted\n"


def test_twelve_curves_fit_and_thirteen_are_refused_before_any_run(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("lab", "train", "hadamard", "--samples", "2", "--dimension", "2", "--runs", "1", "--steps", "30")
    sizes = [part for k in range(12) for part in ("--step-size", f"0.{k + 1:02}")]
    ok(*arguments, *sizes, "--figure", "curves.pdf")
    assert Path("curves.pdf").read_bytes().startswith(b"%PDF")
    monkeypatch.setattr("symphase.training.train", lambda *_, **__: pytest.fail("nothing may be run"))
    ran = run(*arguments, *sizes, "--step-size", "0.5", "--figure", "more.pdf")
    assert (ran.code, ran.out) == (2, "")
    assert "--figure = more.pdf: holds one curve for each step size, at most 12; these are 13" in ran.err


# -------------------------------------------------------------------------------------------------------------- page


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_page_writes_what_the_library_studies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data.csv").write_bytes(GOOD)
    arguments = ("lab", "page", "data.csv", "--step-size", "1/50", *SHORT, "--seed", "4")
    record = loads(ok(*arguments, "--out", "mine", "--json"))
    found = study(problem_from_data(read_table("data.csv"), PLAIN), "1/50", runs=1, steps=64, rng=4)
    assert record == json.loads(json.dumps(found.to_dict()))
    assert json.loads((tmp_path / "mine" / "study.json").read_text(encoding="ascii")) == record
    before = tree(tmp_path)
    monkeypatch.setattr("symphase.study_page.study", lambda *_, **__: found)
    text = ok(*arguments, "--out", "mine")  # an earlier page is replaced, here by the same one
    assert text.splitlines() == [*found.summary, f"Open {Path('mine/index.html')}"]
    assert tree(tmp_path) == before


def test_names_of_files_are_shown_without_control_characters(tmp_path: Path) -> None:
    hostile = "x\x1b[31m\ny.csv"
    (tmp_path / hostile).write_bytes(GOOD)
    for arguments in (
        ("describe", hostile),
        ("observe", hostile, "--step-size", "0.01", *SHORT),
        ("train", hostile, "--step-size", "0.01", *SHORT),
        ("boundaries", hostile, *SHORT, "--points", "4", "--tolerance", "0.5"),
        ("page", hostile, *SHORT, "--out", "p\x1b[31m"),
    ):
        out = ok("lab", *arguments)
        assert "\x1b" not in out
        if arguments[0] != "page":
            assert out.startswith(r"x\x1b[31m\ny: ")
    text = Path("p\x1b[31m", "index.html").read_text(encoding="utf-8")
    assert "\x1b" not in text
    assert "x\ufffd[31m\ufffdy" in text


@pytest.mark.skipif(os.name != "posix", reason="file names are bytes on POSIX alone")
def test_a_name_that_is_no_text_gets_a_page_all_the_same(tmp_path: Path) -> None:
    raw = os.fsdecode(os.fsencode(tmp_path) + b"/b\xff.csv")
    try:
        Path(raw).write_bytes(GOOD)
    except OSError:
        pytest.skip("this file system insists on UTF-8")
    assert "\\udcff" in ok("lab", "describe", raw, "--json")
    ok("lab", "page", raw, *SHORT)
    assert "b\ufffd" in Path("symphase-lab/index.html").read_text(encoding="utf-8")


# --------------------------------------------------------------------------------------------------------- agreement


def test_agreement_is_that_of_the_library() -> None:
    arguments = ("lab", "agreement", "--parameters", "12", "--starts", "2", "--steps", "600", "--seed", "5")
    record = loads(ok(*arguments, "--json"))
    found = phase_agreement(parameters=12, starts=2, steps=600, rng=5)
    assert record == json.loads(json.dumps(found.to_dict()))
    assert record["agrees"] is True
    text = ok(*arguments)
    assert f"{found.runs - len(found.disagreements)} of 24 runs show the exact phase; 0 of the others" in text
    assert "guard bands: 0.0167 in a" in text
    assert "two-layer network" in ok("lab", "agreement", *arguments[2:4], "--steps", "100", "--width", "2", *NETWORK)


def test_a_prediction_of_ones_own_runs_on_a_file_with_one_feature(files: Path) -> None:
    assert files.is_dir()
    own = ("one.csv", "--prediction", "u^3 + b*u", "--weight", "u", "--set", "b=1/2")
    record = loads(ok("lab", "describe", *own, "--json"))
    assert (record["model"], record["samples"], record["dimension"]) == ("polynomial model", 2, 1)
    assert record["a_per_step_size"] is None  # a cubic prediction has no single scale
    square = ("one.csv", "--prediction", "w^2", "--reduction", "sum")
    seen = loads(ok("lab", "train", *square, "--step-size", "0.01", "--runs", "2", "--steps", "400", "--json"))
    same = loads(
        ok(
            "lab",
            "train",
            "one.csv",
            "--reduction",
            "sum",
            "--step-size",
            "0.01",
            "--runs",
            "2",
            "--steps",
            "400",
            "--json",
        )
    )
    assert seen["measured"][0]["loss"] == pytest.approx(same["measured"][0]["loss"], rel=1e-9)


@pytest.mark.parametrize("count", [1, 100])
def test_a_disagreement_without_a_cause_is_a_failure(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    true = phase_agreement(parameters=2, starts=1, steps=100, rng=0)
    seen = descend(PLAIN, [[1.0]], [1.0], step_sizes=0.2, starts=[0.5], steps=100)
    wrong = Disagreement(predicted=classify("1.9"), observed=observe_phase(seen), cause="unexplained", guarded=False)
    bad = replace(true, disagreements=(wrong,) * count)
    monkeypatch.setattr("symphase.agreement.phase_agreement", lambda **_: bad)
    ran = run("lab", "agreement")
    assert (ran.code, ran.err) == (1, "")
    assert re.search(r"1\.900000 +chaotic +monotonic +unexplained", ran.out)
    assert f"{count} of the others have no known cause" in ran.out
    assert ("40 more are in --json" in ran.out) is (count == 100)
    ran = run("lab", "agreement", "--json")
    assert (ran.code, ran.err) == (1, "")
    assert loads(ran.out)["agrees"] is False


# ---------------------------------------------------------------------------------------------------------- bad input

NETWORK = ("--model", "two-layer-network")
NO_NUMBER = "is not a plain decimal such as 1.25, nor a ratio such as 5/4"
NAMES = "digits, diabetes, orthogonal, dct, hadamard, gaussian, mixed"
HUGE = "1" + "0" * 320
BAD: list[tuple[str, tuple[str, ...]]] = [
    # the problem
    ("describe missing.csv", ("PROBLEM = missing.csv: ", f"neither a file nor one of {NAMES}")),
    ("describe digit", ("PROBLEM = digit: ", NAMES, "did you mean digits?")),
    ("observe Gausian --step-size 1", ("PROBLEM = Gausian: ", "did you mean gaussian?")),
    ("describe ''", ("PROBLEM = '': ", NAMES)),
    ("page no/such/place.npz", ("PROBLEM = no/such/place.npz",)),
    ("describe 'a\0b'", ("PROBLEM = ", NAMES)),
    ("describe " + "x" * 300, ("PROBLEM = xxx", NAMES)),
    ("describe folder", ("PROBLEM = folder: ", "is a folder")),
    ("boundaries folder.csv", ("PROBLEM = folder.csv", "is a folder")),
    ("page binary.csv", ("PROBLEM = binary.csv", "is no text")),
    ("train empty.csv --step-size 1", ("PROBLEM = empty.csv", "empty file")),
    ("describe ragged.csv", ("PROBLEM = ragged.csv", "line 3 has 2 cells")),
    ("describe words.csv", ("PROBLEM = words.csv", "zwei")),
    ("describe zeros.csv", ("features[0]", "a zero row")),
    ("describe digits diabetes", ("unexpected extra argument",)),
    ("describe --smaples 3", ("there is no such option", "--samples")),
    ("describe --bogus", ("there is no such option", "--bogus")),
    ("describe good.csv --target nope", ("--target = nope", "'left', 'right', 'y'")),
    ("describe digits --target y", ("--target = y", "names a column of a file")),
    ("describe gaussian --target y", ("--target = y",)),
    # sizes
    ("describe --samples 0", ("--samples = 0", "≥ 1")),
    ("describe gaussian --samples -3", ("--samples = -3", "≥ 1")),
    ("describe gaussian --samples 1000000000", ("--samples and --dimension", "GiB")),
    ("describe gaussian --samples 1e3", ("--samples", "not a valid integer")),
    ("describe gaussian --dimension 0", ("--dimension = 0",)),
    ("describe --samples 100000000", ("--samples and --test-samples", "more than the 1797")),
    ("describe diabetes --samples 1", ("--samples = 1", "at least 2")),
    ("describe digits --test-samples -1", ("--test-samples = -1",)),
    ("describe good.csv --samples 2", ("--samples = 2", "does not apply to a file")),
    ("describe good.csv --test-samples 3", ("--test-samples = 3", "from 0 to 2")),
    ("describe good.csv --test-samples -1", ("--test-samples = -1", "from 0 to 2")),
    ("describe orthogonal --samples 101", ("--samples = 101", "cannot be orthogonal in dimension 100")),
    ("describe hadamard", ("--dimension = 100", "power of two")),
    ("describe hadamard --dimension 100", ("--dimension = 100", "64 or 128")),
    ("describe dct --samples 7 --dimension 6", ("--samples = 7",)),
    (
        "describe gaussian --labels teacher --model network --width 100000 --samples 2000",
        ("--width and --samples", "GiB"),
    ),
    # designs and labels
    ("describe mixed", ("--mixing = missing", "must be given for mixed rows")),
    ("describe mixed --mixing 2", ("--mixing = 2", "from 0 (orthogonal) to 1 (Gaussian)")),
    ("describe mixed --mixing nan", ("--mixing = nan", NO_NUMBER)),
    ("describe gaussian --mixing 0.5", ("--mixing = 0.5", "not used for gaussian rows")),
    ("describe digits --mixing 0.5", ("--mixing = 0.5", "belongs to a made design, and digits is none")),
    ("describe digits --labels equal", ("--labels = equal", "belongs to a made design")),
    ("describe diabetes --dimension 3", ("--dimension = 3", "belongs to a made design")),
    ("describe good.csv --noise 1", ("--noise = 1", "belongs to a made design, and good.csv is none")),
    ("describe gaussian --labels random", ("--labels", "'random' is not one of")),
    ("describe gaussian --noise 0.1", ("--noise = 0.1", "these are equal", "add --labels teacher")),
    ("describe gaussian --noise 1 --labels uniform", ("--noise = 1", "these are uniform")),
    ("describe gaussian --noise -1 --labels teacher", ("--noise = -1", "≥ 0")),
    ("describe gaussian --noise x --labels teacher", ("--noise = x", NO_NUMBER)),
    ("describe gaussian --test-samples 5", ("--test-samples = 5", "add --labels teacher")),
    ("describe gaussian --label-scale 2 --labels teacher", ("--label-scale = 2", "not used for teacher labels")),
    ("describe gaussian --label-scale nan", ("--label-scale = nan", NO_NUMBER)),
    ("describe digits --label-scale 0", ("--label-scale = 0", "> 0")),
    ("describe good.csv --label-scale 2", ("--label-scale = 2", "does not apply to a file")),
    # the model
    ("describe --model resnet", ("--model", "'phase-retrieval', 'two-layer-network'")),
    ("describe --gamma 0 --c 0", ("--gamma = 0", "when c is 0")),
    ("describe --gamma 0", ("--gamma = 0", "when c is 0")),
    ("describe --gamma two", ("--gamma = two", NO_NUMBER)),
    ("describe --c inf", ("--c = inf", NO_NUMBER)),
    ("describe --width 2", ("--width = 2", "belongs to a network", "add --model two-layer-network")),
    ("describe --outer 1,1", ("--outer = 1,1", "belongs to a network")),
    ("describe --alpha 2", ("--alpha = 2", "belongs to a network")),
    ("describe --model network --gamma 2", ("--gamma = 2", "belongs to phase retrieval")),
    ("describe --model network --c 1", ("--c = 1", "belongs to phase retrieval")),
    ("describe --model network --alpha 0", ("--alpha = 0", "must not be 0")),
    ("describe --model network --width 0", ("--width = 0", "≥ 1")),
    ("describe --model network --outer 1,x", ("--outer = x", NO_NUMBER)),
    ("describe --model network --outer ''", ("--outer = ", NO_NUMBER)),
    ("describe --model network --outer 1,,1", ("--outer = ", NO_NUMBER)),
    ("describe --model network --outer 0,0", ("--outer = 0,0", "must not all be 0")),
    ("describe --model network --outer 1,1 --width 3", ("--width = 3", "number of outer weights, 2")),
    ("describe gaussian --model network --outer 1,-1", ("--labels = equal", "one scale a", "--labels uniform")),
    ("describe --reduction max", ("--reduction", "'mean', 'sum'")),
    ("describe --seed -1", ("--seed = -1", "≥ 0")),
    ("describe --seed 1.5", ("--seed", "not a valid integer")),
    # step sizes
    ("observe digits", ("--step-size is missing; see symphase lab observe --help",)),
    ("train good.csv", ("--step-size is missing; see symphase lab train --help",)),
    *[
        (f"{command} good.csv --step-size '{text}'", ("--step-size = ", said))
        for command in ("observe", "train", "page")
        for text, said in [
            ("nan", NO_NUMBER),
            ("0", "must be a finite number > 0"),
            ("-0.1", "must be a finite number > 0"),
            ("-1e-3", "must be a finite number > 0"),
            ("True", NO_NUMBER),
            ("1_0", NO_NUMBER),
            ("", NO_NUMBER),
            ("1/0", "zero denominator"),
            ("1e400", "exponent beyond"),
            (HUGE, "beyond the range of float64"),
            (f"1/{HUGE}", "beyond the range of float64"),
        ]
    ],
    ("observe negative.csv --unit a --step-size 1", ("--unit = a", "a label in reach")),
    ("train good.csv --model network --outer 1,-1 --unit a --step-size 1", ("--unit = a", "one scale a")),
    ("observe good.csv --unit λ --step-size 1", ("--unit", "is not one of 'eta', 'a'")),
    # runs and steps
    ("observe good.csv --step-size 0.01 --steps 0", ("--steps = 0", "from 32 to")),
    ("observe good.csv --step-size 0.01 --steps 100000000000", ("--steps = 100000000000", "from 32 to")),
    ("observe digits --step-size 1 --steps 10000000", ("--steps = 10000000", "GiB", "run fewer steps")),
    ("observe good.csv --step-size 0.01 --runs 0", ("--runs = 0", "≥ 1")),
    ("observe good.csv --step-size 0.01 --runs 100000000000", ("--runs = 100000000000", "GiB")),
    ("boundaries good.csv --steps 31", ("--steps = 31", "from 32")),
    ("boundaries good.csv --runs 0", ("--runs = 0",)),
    ("boundaries good.csv --points 3", ("--points = 3", "from 4 to")),
    ("boundaries good.csv --points 10000000000", ("--points = 10000000000",)),
    ("boundaries good.csv --tolerance 0", ("--tolerance = 0", "from 1e-6 to 0.5")),
    ("boundaries good.csv --tolerance 1", ("--tolerance = 1", "from 1e-6 to 0.5")),
    ("boundaries good.csv --tolerance -0.1", ("--tolerance = -0.1", "from 1e-6 to 0.5")),
    ("boundaries good.csv --tolerance nan", ("--tolerance = nan", NO_NUMBER)),
    ("train good.csv --step-size 0.01 --steps 0", ("--steps = 0", "from 20 to")),
    ("train good.csv --step-size 0.01 --runs 0", ("--runs = 0",)),
    ("train digits --step-size 1 --runs 10000000", ("--runs = 10000000", "GiB", "fewer starts")),
    ("train good.csv --step-size 0.01 --burn-in -1", ("--burn-in = -1", "from 0 to 990")),
    ("train good.csv --step-size 0.01 --burn-in 1000", ("--burn-in = 1000", "from 0 to 990")),
    ("page good.csv --steps 63", ("--steps = 63", "from 64")),
    ("page good.csv --runs 0", ("--runs = 0",)),
    ("page good.csv --runs x", ("--runs", "not a valid integer")),
    # places
    *[
        (f"{command} --figure {place}", ("--figure = ", said))
        for command in ("boundaries good.csv", "train good.csv --step-size 0.01")
        for place, said in [
            ("missing/x.png", "in a folder that exists"),
            ("good.csv/x.png", "in a folder that exists"),
            ("folder.png", "cannot be written: Is a directory"),
            ("x.bmp", "ends in .png, .svg, .pdf"),
            ("x", "ends in .png, .svg, .pdf"),
            (".png", "ends in .png, .svg, .pdf"),
            ("''", "ends in .png, .svg, .pdf"),
            ("'a\0.png'", "ends in .png, .svg, .pdf"),
        ]
    ],
    ("page good.csv --out good.csv", ("--out = good.csv", "is a file")),
    ("page good.csv --out good.csv/page", ("--out = good.csv/page", "good.csv is a file")),
    ("page good.csv --out held", ("--out = held", "holds files")),
    ("page good.csv --out .", ("--out = .", "holds files")),
    ("page good.csv --out ''", ("--out = ", "must be the path of a folder")),
    ("page good.csv --out 'a\0b'", ("--out = ", "must be the path of a folder")),
    # agreement
    ("agreement --parameters 0", ("--parameters = 0",)),
    ("agreement --starts 0", ("--starts = 0",)),
    ("agreement --steps 63", ("--steps = 63",)),
    ("agreement --samples 0", ("--samples = 0",)),
    ("agreement --samples 100000", ("--samples = 100000", "from 1 to 1000")),
    ("agreement --width 2", ("--width = 2", "add --model two-layer-network")),
    ("agreement --width 0 --model two-layer-network", ("--width = 0",)),
    ("agreement --seed -1", ("--seed = -1",)),
    ("agreement --parameters 1000000 --starts 2", ("--parameters = 1000000", "times --starts 2")),
    ("agreement --parameters x", ("--parameters", "not a valid integer")),
    ("agreement --steps 10000000 --samples 1000", ("--steps = 10000000", "GiB")),
    ("agreement digits", ("unexpected extra argument",)),
    ("nonsense", ("there is no command nonsense; see symphase lab --help",)),
    ("obsreve digits", ("there is no command obsreve; did you mean observe?",)),
    # a prediction of one's own
    ("describe digits --prediction w^2", ("--prediction = w^2", "one weight, and digits more than one feature")),
    ("describe gaussian --prediction w^2", ("--prediction = w^2", "one weight, and gaussian more than one")),
    ("describe one.csv --prediction w^2 --gamma 2", ("--gamma = 2", "does not go with --prediction")),
    ("describe one.csv --prediction w^2+b", ("--prediction = w^2+b", "the name b at column 5", "--set b=1")),
    ("describe digits --weight v", ("--weight = v", "goes with --prediction")),
    ("describe digits --set b=1", ("--set = b=1", "goes with --prediction")),
    ("describe good.csv --prediction w^2", ("--prediction = w^2", "one weight, and good.csv has 2 features")),
]


def test_there_are_many_ways_to_be_wrong() -> None:
    assert len(BAD) >= 130


@pytest.mark.parametrize(
    ("line", "needles"),
    BAD,
    ids=lambda value: str(value[:50] if isinstance(value, str) else value[0][:20]).encode("unicode_escape").decode(),
)
def test_bad_input_is_refused_in_one_line(line: str, needles: tuple[str, ...], files: Path) -> None:
    assert files.is_dir()  # and nothing in it changes
    ran = run("lab", *shlex.split(line))
    assert ran.code == 2
    assert ran.out == ""
    lines = ran.err.splitlines()
    assert len(lines) == 1
    assert len(lines[0]) < 600
    if not re.search(r"; (see symphase|did you mean) \S", lines[0]):  # of a word that is out of place
        assert re.match(r"symphase: \S.* = .*: \S", lines[0])  # argument = value: what is accepted
        option = lines[0].removeprefix("symphase: ").partition(" = ")[0]
        assert option == "PROBLEM" or option.startswith(("--", "features["))
        # nothing is told in the words of the library
        assert not re.search(r"\w=|_|\brng\b|Generator|DataSet|problem_from_data", re.sub("1_0|b=1", "", lines[0]))
    for needle in needles:
        assert needle in ran.err
    assert "Traceback" not in ran.err
    assert ran.err.replace("\n", "").isprintable()


@pytest.mark.parametrize("name", ["boundaries", "train"])
def test_a_figure_in_a_read_only_folder_is_refused_before_any_run(
    name: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert files.is_dir()
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    more = ("--step-size", "0.01") if name == "train" else ()
    ran = run("lab", name, "good.csv", *more, "--figure", "x.png")
    assert (ran.code, ran.out) == (2, "")
    assert "--figure = x.png: cannot be written: Permission denied" in ran.err


def test_errors_leave_standard_output_alone_with_json_too(files: Path) -> None:
    assert files.is_dir()
    for arguments in (
        ("describe", "digit"),
        ("observe", "good.csv", "--step-size", "0"),
        ("agreement", "--seed", "-1"),
    ):
        ran = run("lab", *arguments, "--json")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.count("\n") == 1


def test_digits_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sklearn", None)
    ran = run("lab", "page")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert 'pip install "symphase[data]"' in ran.err


# --------------------------------------------------------------------------------------------------- the process itself

WORK = [
    (("page", "good.csv", *SHORT), "symphase.studies._observe"),
    (("page", "good.csv", *SHORT, "--out", "held"), "symphase.study_page.checked_folder"),
    (("page", "good.csv", *SHORT), "symphase.study_page.render_study"),
    (("boundaries", "good.csv", *SHORT, "--figure", "x.png"), "symphase.transitions._label"),
    (("boundaries", "good.csv", *SHORT, "--points", "4", "--tolerance", "0.5", "--figure", "x.png"), "os.replace"),
    (("train", "good.csv", "--step-size", "0.01", "--figure", "x.png"), "symphase.training.run_block"),
    (("observe", "good.csv", "--step-size", "0.01"), "symphase.transitions.observe_problem"),
    (("agreement", "--parameters", "2"), "symphase.agreement.descend"),
    (("describe", "good.csv"), "symphase.tables.read_table"),
]


@pytest.mark.parametrize(("arguments", "where"), WORK, ids=lambda value: value if isinstance(value, str) else value[0])
def test_ctrl_c_ends_with_130_and_leaves_nothing(
    arguments: tuple[str, ...], where: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert files.is_dir()  # and nothing in it changes

    def interrupt(*_: Any, **__: Any) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(where, interrupt)
    ran = run("lab", *arguments)
    assert (ran.code, ran.out, ran.err) == (130, "", "symphase: interrupted\n")


def test_a_full_disk_is_said_in_one_line(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert files.is_dir()

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    monkeypatch.setattr("os.rename", full)
    for arguments in (
        ("page", "good.csv", *SHORT),
        ("train", "good.csv", "--step-size", "0.01", "--steps", "30", "--figure", "x.png"),
    ):
        ran = run("lab", *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.count("\n") == 1
        assert "No space left on device" in ran.err


def test_our_own_mistakes_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("symphase.studies._observe", fail)
    with pytest.raises(ZeroDivisionError):
        run("lab", "page", "orthogonal", *TINY, *SHORT)
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", ["curves.png", "curves.svg", "curves.pdf"])
def test_only_a_figure_of_ours_is_replaced(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("good.csv").write_bytes(GOOD)
    train = ("lab", "train", "good.csv", "--step-size", "0.01", "--steps", "30", "--figure", name)
    ok(*train)
    first = Path(name).read_bytes()
    ok(*train)
    assert Path(name).read_bytes()[:4] == first[:4]
    thesis = first.replace(b"symphase", b"somebody")
    assert thesis != first
    Path(name).write_bytes(thesis)
    monkeypatch.setattr("symphase.training.run_block", None)  # refused before any run
    ran = run(*train)
    assert (ran.code, ran.out) == (2, "")
    assert f"--figure = {name}: exists and is no figure of symphase" in ran.err
    assert Path(name).read_bytes() == thesis
