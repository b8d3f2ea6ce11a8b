"""The command line: what it answers, what it refuses, and that it refuses in one line."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import inspect
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
import rich.console  # noqa: F401  # it draws random numbers when first imported: here, not in some test
import sympy
from click.testing import CliRunner

import symphase
from symphase.analysis import analyze
from symphase.boundaries import BoundaryKind, find_boundaries
from symphase.cli import main
from symphase.commands.console import print_table, subject_of, subject_text
from symphase.derivation import CheckResult, Derivation
from symphase.descent import Descent, descend
from symphase.enclosures import Verdict
from symphase.formulas import parse_formula
from symphase.maps import PolynomialFamily
from symphase.models import PhaseRetrieval
from symphase.notation import formula_text
from symphase.phases import Phase, classify, residual_boundaries
from symphase.tables import dataset, read_table

# those whose examples are run here; report, document, explore, the laboratory and sweep have tests of their own
COMMANDS = (
    *("analyze", "boundaries", "classify", "derive", "verify"),
    *("bifurcations", "atlas", "chaos", "verify-certificate", "doctor", "completion"),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ran:
    code: int
    out: str
    err: str


def run(*arguments: str) -> Ran:
    """Run the command line in this process; nothing but a clean exit is let through."""
    separate = "mix_stderr" in inspect.signature(CliRunner).parameters  # click 8.1; later ones always separate
    runner = CliRunner(mix_stderr=False) if separate else CliRunner()  # type: ignore[call-arg]  # of click 8.1
    result = runner.invoke(main, list(arguments), prog_name="symphase")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(code=result.exit_code, out=result.stdout, err=result.stderr)


def ok(*arguments: str) -> str:
    ran = run(*arguments)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def loads(text: str) -> Any:
    """Strict JSON: no NaN, no infinity."""

    def never(name: str) -> None:
        pytest.fail(f"{name} is no JSON")

    return json.loads(text, parse_constant=never)


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tables, good and hostile."""
    folder = tmp_path_factory.mktemp("tables")
    texts: dict[str, bytes] = {
        "good.csv": b"left,right,y\n3,4,1\n-4,3,0.25\n",
        "single.csv": b"x,y\n1,1\n",
        "negative.csv": b"x,y\n1,-1\n",
        "zero_target.csv": b"x,y\n1,0\n",
        "empty.csv": b"",
        "binary.csv": b"\x00\x01\x02\xff\xfe",
        "latin1.csv": b"x,y\n1,\xe9\n",
        "ragged.csv": b"a,b,y\n1,0,1\n0,1\n",
        "words.csv": b"a,b,y\n1,zwei,3\n",
        "nan.csv": b"a,b,y\n1,nan,3\n",
        "inf.csv": b"a,b,y\n1,inf,3\n",
        "underscore.csv": b"a,y\n1_000,3\n",
        "overflow.csv": b"a,y\n1e400,3\n",
        "header.csv": b"a,b,y\n",
        "one_column.csv": b"a\n1\n2\n",
        "missing_cell.csv": b"a,b,y\n1,,3\n",
        "zero_row.csv": b"a,b,y\n0,0,3\n1,0,2\n",
        "all_zero.csv": b"a,b,y\n0,0,3\n0,0,2\n",
        "slanted.csv": b"a,b,y\n1,0,3\n0.1,1,2\n",
        "too_many.csv": b"a,y\n1,1\n2,2\n",
        "huge_number.csv": b"a,y\n1e200,1\n",
        "fake.npz": b"this is no archive",
        "pickled.npz": b"",
    }
    for name, content in texts.items():
        (folder / name).write_bytes(content)
    np.savez(folder / "good.npz", X=np.array([[3.0, 4.0], [-4.0, 3.0]]), y=np.array([1.0, 0.25]))
    np.savez(folder / "shapes.npz", X=np.eye(3), y=np.ones(2))
    np.savez(folder / "flat.npz", X=np.ones(3), y=np.ones(3))
    np.savez(folder / "complex.npz", X=np.eye(2) * 1j, y=np.ones(2))
    np.savez(folder / "nan.npz", X=np.array([[1.0, np.nan], [0.0, 1.0]]), y=np.ones(2))
    np.savez(folder / "no_targets.npz", X=np.eye(2))
    np.savez(folder / "pickled.npz", X=np.array([[{}]], dtype=object), y=np.ones(1))
    whole = (folder / "good.npz").read_bytes()
    (folder / "cut.npz").write_bytes(whole[: len(whole) // 2])
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }".ljust(117) + b"\n"
    member = io.BytesIO(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(64))
    with zipfile.ZipFile(folder / "claims.npz", "w") as archive:
        archive.writestr("X.npy", member.getvalue())
        archive.writestr("y.npy", member.getvalue())
    (folder / "folder.csv").mkdir()
    return folder


# ------------------------------------------------------------------------------------------------------------- help


def tree(command: click.Command = main, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with its path."""
    yield path, command
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from tree(child, (*path, name))


ALL = list(tree())
LEAVES = [(path, command) for path, command in ALL if not isinstance(command, click.Group)]


def lines_of(command: click.Command) -> list[str]:
    """The examples of a command's help."""
    found = re.findall(r"^ +(symphase .*)$", command.help or "", re.MULTILINE)
    return [re.split(r" > | {2,}", line)[0].rstrip() for line in found]


def test_the_front_door_names_every_command_and_exit_code() -> None:
    text = ok("--help")
    for name in main.commands:
        assert re.search(rf"^  {name} ", text, re.MULTILINE)
    assert set(COMMANDS) < set(main.commands)
    assert "symphase report" in text
    assert "0 done, 1 a check failed, 2 input that cannot be worked with, 130 interrupted" in " ".join(text.split())
    assert "NO_COLOR" in text
    assert "symphase completion" in " ".join(text.split())
    assert ok("-h") == text


@pytest.mark.parametrize(("path", "command"), ALL, ids=["-".join(("symphase", *path)) for path, _ in ALL])
def test_every_command_explains_itself_with_an_example(path: tuple[str, ...], command: click.Command) -> None:
    text = ok(*path, "--help")
    heading = "Start here" if isinstance(command, click.Group) else "Examples?"
    assert re.search(rf"{heading}:\n +" + " ".join(("symphase", *path)), text)
    assert max(map(len, text.splitlines())) <= 80
    assert command.short_help or not path
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert option.help[-1] in ".)", option.help
            assert option.opts[0] in text
    assert ok(*path, "-h") == text


@pytest.mark.parametrize(
    "command", [command for _, command in ALL], ids=["-".join(("symphase", *path)) for path, _ in ALL]
)
def test_every_example_is_read_by_the_command_that_it_names(command: click.Command) -> None:
    examples = lines_of(command)
    assert examples
    for line in examples:
        words = shlex.split(line)[1:]
        named: click.Command = main
        while isinstance(named, click.Group) and words and not words[0].startswith("-"):
            named = named.commands[words.pop(0)]
        if words != ["--help"]:  # which ends the program
            assert named.make_context("symphase", words).command is named


def test_equal_options_mean_the_same_everywhere() -> None:
    """Equal names: equal type and kind, and help that says the same up to what a default is."""
    seen: dict[tuple[str, str], dict[str, set[Any]]] = {}
    for path, command in LEAVES:
        for option in command.params:
            if not isinstance(option, click.Option) or option.name == "help":
                continue
            shape = option.metavar or (option.type.name if not option.is_flag else "flag")
            entry = seen.setdefault((option.opts[0], shape), {"help": set(), "type": set(), "where": set()})
            entry["help"].add(re.split(r"[;.](?:\s|$)", option.help or "")[0])
            entry["type"].add((type(option.type).__name__, option.nargs))
            entry["where"].add(" ".join(path))
    shapes: dict[str, set[str]] = {}
    for (name, shape), entry in seen.items():
        assert len(entry["help"]) == 1, (name, entry)
        assert len(entry["type"]) == 1, (name, entry)
        shapes.setdefault(name, set()).add(shape)
    several = {name: found for name, found in shapes.items() if len(found) > 1}
    # where a command writes a file, --out names a file; where it writes a folder, a folder
    assert several.keys() <= {"--out"}
    assert several.get("--out", set()) <= {"FILE", "DIR"}


def test_every_command_that_prints_results_has_json() -> None:
    without = {" ".join(path) for path, command in LEAVES if "as_json" not in {each.name for each in command.params}}
    assert without <= {"completion", "document", "report"}  # they print or write a text


def examples() -> list[str]:
    found = [line for name in COMMANDS for line in lines_of(main.commands[name])]
    assert len(found) >= 25
    return found


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(line, marks=pytest.mark.slow) if line.startswith("symphase atlas") else line  # slow: seconds each
        for line in examples()
    ],
)
def test_examples_in_the_help_work(line: str, files: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for kind in ("csv", "npz"):
        (tmp_path / f"data.{kind}").write_bytes((files / f"good.{kind}").read_bytes())
    if "proof.json" in line:
        ok("bifurcations", "--period", "1", "--within", "0", "2", "--certificates", "proofs")
        Path("proofs/period-1-001.json").rename("proof.json")
    monkeypatch.setattr("symphase.verification.residual_boundaries", only_escape)
    if "--tex" in line:
        monkeypatch.setattr("symphase.latex.derivation_document", lambda *_, **__: "a long document")
    arguments = shlex.split(line)[1:]
    out = ok(*arguments)
    assert out
    if "--json" in arguments:
        loads(out)


def test_the_version() -> None:
    assert re.fullmatch(r"symphase \S.*\n", ok("--version"))
    if symphase.__version__ != "0+unknown":
        assert ok("--version") == f"symphase {symphase.__version__}\n"


# ------------------------------------------------------------------------------------------------------- boundaries


def test_boundaries_prints_a_row_for_every_boundary() -> None:
    text = " ".join(ok("boundaries").split())
    for boundary in residual_boundaries():
        if boundary.algebraic is not None and boundary.algebraic.degree < 5:  # longer ones are folded
            assert boundary.formula() in text
        assert boundary.decimal(15) in text
        assert str(boundary.certainty) in text
    assert "z ← z³ + (a − 2)z² + (1 − 2a)z" in text
    assert "sqrt" not in text
    assert "the one whose phases follow" in text
    assert "≈ 1.30228346" in text
    assert "numerical" in text
    assert "the bracket leans on" in text


def test_boundaries_as_json_is_what_the_library_finds() -> None:
    record = loads(ok("boundaries", "--json"))
    assert record == loads(json.dumps(residual_boundaries().to_dict(15)))
    assert record["map"]
    names = [boundary["name"] for boundary in record["boundaries"]]
    assert names == [boundary.name for boundary in residual_boundaries()]


@pytest.mark.parametrize("digits", [0, 1, 7, 60, 1000])
def test_printed_decimals_are_right_to_the_digits_asked_for(digits: int) -> None:
    record = loads(ok("boundaries", "--digits", str(digits), "--json"))
    proved = 0
    for boundary in record["boundaries"]:
        shown = boundary["decimal"]
        if boundary["kind"] == str(BoundaryKind.ONSET):
            assert len(shown.partition(".")[2]) <= min(digits, 8)  # a bracket has no more
            continue
        assert len(shown.partition(".")[2]) == digits
        if boundary["minimal_polynomial"] is None:
            continue
        half = Fraction(1, 2 * 10**digits)
        coefficients = [int(c) for c in boundary["minimal_polynomial"]]
        ends = [sum(c * (Fraction(shown) + by) ** k for k, c in enumerate(coefficients)) for by in (-half, half)]
        assert ends[0] * ends[1] < 0
        proved += 1
    assert proved >= 7


MAPS = [
    ("r*x*(1-x)", "x", "r"),
    ("x^2 + c", "x", "c"),
    ("r*v - v**3", "v", "r"),
    ("0.5*r*x*(2 - 2*x)", "x", "r"),
]


@pytest.mark.parametrize(("formula", "variable", "parameter"), MAPS)
def test_boundaries_of_a_users_map(formula: str, variable: str, parameter: str) -> None:
    record = loads(ok("boundaries", "--map", formula, "--variable", variable, "--parameter", parameter, "--json"))
    symbols = sympy.symbols([variable, parameter])
    family = PolynomialFamily(parse_formula(formula, [variable, parameter]), variable=symbols[0], parameter=symbols[1])
    assert record == loads(json.dumps(find_boundaries(family).to_dict(15)))
    assert (record["variable"], record["parameter"]) == (variable, parameter)


@pytest.mark.parametrize(
    ("variable", "parameter"),
    [("beta", "gamma"), ("S", "N"), ("I", "E"), ("zeta", "lambda")],
)
def test_names_that_mean_something_elsewhere_are_the_users_own_symbols(variable: str, parameter: str) -> None:
    formula = f"{parameter}*{variable}*(1-{variable})"
    record = loads(ok("boundaries", "--map", formula, "--variable", variable, "--parameter", parameter, "--json"))
    logistic = loads(ok("boundaries", "--map", "r*x*(1-x)", "--variable", "x", "--parameter", "r", "--json"))
    assert (record["variable"], record["parameter"]) == (variable, parameter)
    own, other = ([b["decimal"] for b in each["boundaries"]] for each in (record, logistic))
    assert own == other
    assert "3.000000000000000" in own


def test_boundaries_with_options() -> None:
    text = ok("boundaries", "--map", "x^2+c", "--variable", "x", "--parameter", "c", "--within", "-2", "0")
    assert "−3/4" in text
    # the bracket of the onset shrinks with every doubling that is proved
    widths = []
    for doublings in ("4", "7"):
        record = loads(ok("boundaries", "--doublings", doublings, "--json"))
        low, high = next(b["bounds"] for b in record["boundaries"] if b["kind"] == str(BoundaryKind.ONSET))
        widths.append(Fraction(high) - Fraction(low))
    assert widths[0] > 50 * widths[1] > 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("boundaries", "--loss", "w^6/6 - w^2/2"),
        ("boundaries", "--loss", "w^4/4 - w^2/2 + w/10"),
        ("classify", "0.3", "--loss", "w^6/6 - w^2/2"),
        ("derive", "--loss", "(w^2-y)^2/4", "--set", "y=2"),
        ("derive", "--gamma", "2", "--c", "1"),
        ("bifurcations", "--period", "2", "--map", "r*x*(1-x)", "--variable", "x", "--parameter", "r"),
        ("bifurcations", "--period", "3", "--loss", "w^3/3 - w"),
        ("chaos", "4", "--map", "r*x*(1-x)", "--variable", "x", "--parameter", "r"),
        ("atlas", "--max-period", "3", "--loss", "w^3/3 - w"),
        ("verify", "--loss", "w^3/3 - w"),
    ],
    ids=" ".join,
)
def test_formulas_are_written_as_people_write_them(arguments: tuple[str, ...]) -> None:
    quoted = ("the bracket leans on", "one window for each word", "not found:")  # the library's own statements
    text = "\n".join(line for line in ok(*arguments).splitlines() if not line.startswith(quoted))
    assert not re.search(r"\*\*|\^(?!\()|[0-9a-z]\*[a-z(]|sqrt\(", text)
    assert re.search("[²³⁴⁵⁶]", text)
    assert "I/2" not in text  # no real number by complex ones


def test_a_symmetry_within_a_symmetry_is_explained_once() -> None:
    text = ok("classify", "0.3", "--loss", "w^6/6 - w^2/2")
    assert text.count("for the quotient by the symmetry") == 1


def test_what_a_family_lacks_is_said_with_the_reason() -> None:
    text = ok("boundaries", "--map", "r*x*(1-x)", "--variable", "x", "--parameter", "r")
    assert "not found: interior crisis: " in text


# ---------------------------------------------------------------------------------------------------------- classify


@pytest.mark.parametrize(
    "a", ["0.5", "0.9", "1.1", "5/4", "1.29", "1.455", "1.5", "2", "2.5", "-0.5", "-3", "0", "1.3022834627007", "1e300"]
)
def test_classify_is_what_the_library_says(a: str) -> None:
    answer = classify(a)
    record = loads(ok("classify", a, "--json"))
    assert Fraction(record["a"]) == Fraction(a)
    assert record["phase"] == str(answer.phase)
    assert record["label"] == answer.label
    assert record["period"] == answer.period
    assert record["certainty"] == str(answer.certainty)
    assert record["entropy_positive"] == str(answer.entropy_positive)
    assert record["window"] == answer.in_window
    assert record["evidence"] == list(answer.evidence)
    assert [Fraction(end) for end in record["nearest"]["distance"]] == list(answer.distance)
    assert record["nearest"]["name"] == answer.nearest.name
    text = ok("classify", a)
    assert text.startswith(f"a = {a if a not in ('5/4', '1e300') else {'5/4': '1.25', '1e300': '1e+300'}[a]}: ")
    assert answer.label in text
    assert all(f"because {said}" in text for said in answer.evidence)
    assert f"positive entropy (chaos in the topological sense): {answer.entropy_positive}" in text


def test_classify_1_455_is_never_called_chaotic() -> None:
    first = ok("classify", "1.455").splitlines()[0]
    assert first == "a = 1.455: periodic (period 3, a window in the chaotic range) [certified]"


def test_distances_are_printed_to_the_digits_asked_for() -> None:
    assert "0.028427124746190097603377448419 away in a" in ok("classify", "0.8", "--digits", "30")  # 2√2 − 2.8
    record = loads(ok("classify", "0.8", "--digits", "50", "--json"))
    assert record["nearest"]["distance_decimal"] == "0.02842712474619009760337744841939615713934375075390"
    assert len(record["nearest"]["decimal"].partition(".")[2]) == 50
    assert "-0.000000000000000" not in ok("classify", "0.8284271247461902")  # not 0, and so not shown as 0
    assert re.search(r"-1\.02397e-16 away in a", ok("classify", "0.8284271247461902"))
    assert "0.000000000000000 away in a" in ok("classify", "1")


def test_inside_the_bracket_of_the_onset_the_distance_is_a_range() -> None:
    text = ok("classify", "1.3022834627007")
    assert "undecided" in text
    assert re.search(r"onset of chaos, between -\S+e-7 and \+\S+e-7 away in a\n", text)
    assert "of the step size" not in text
    record = loads(ok("classify", "1.3022834627007", "--json"))
    assert record["nearest"]["distance_decimal"] is None


@pytest.mark.parametrize("a", [f"{'1' * 400}/1", f"1/{'1' * 400}", f"-{'1' * 400}/1", "1e308", "1e-308"])
def test_numbers_beyond_float64_are_answered_in_few_characters(a: str) -> None:
    text = ok("classify", a)
    assert len(text) < 700
    assert "inf" not in text.replace("infinity", "")
    record = loads(ok("classify", a, "--json"))
    assert Fraction(record["a"]) == Fraction(a)


def test_negative_parameters_are_numbers_and_not_options() -> None:
    assert ok("classify", "-0.5") == ok("classify", "--", "-0.5")
    assert "loss floor" in ok("classify", "-0.5")
    assert "loss floor" in ok("classify", "-1e-3")
    assert "divergent" in ok("classify", "-5/2")


def test_classify_with_a_start_and_a_longest_period() -> None:
    assert "divergent" in ok("classify", "1.1", "--start", "2.5")
    assert "saddle" in ok("classify", "1.1", "--start", "-1.1")
    assert "typical start" in ok("classify", "1.1", "--start", "1/3")
    assert "chaotic [" in ok("classify", "1.455", "--max-period", "2")
    assert loads(ok("classify", "1.455", "--max-period", "2", "--json"))["searched_period"] == 2


# ------------------------------------------------------------------------------------------------------------ derive

MODELS = [
    (),
    ("phase-retrieval",),
    ("one-weight",),
    ("two-layer-network",),
    ("polynomial", "--prediction", "w^2 + b*w", "--parameter", "b"),
    ("polynomial", "--prediction", "beta*t^2", "--weight", "t", "--parameter", "beta"),
]


@pytest.mark.parametrize("arguments", MODELS, ids=" ".join)
def test_derive_proves_every_step(arguments: tuple[str, ...]) -> None:
    record = loads(ok("derive", *arguments, "--json"))
    assert record["obstruction"] is None
    assert len(record["steps"]) >= 4
    assert {step["verdict"] for step in [*record["steps"], *record["other_checks"]]} == {"proved"}
    z, a = sympy.symbols("z a")
    expression = parse_formula(record["map"], ["z", "a"])
    assert sympy.expand(expression - ((z + a) * (1 - z) ** 2 - a)) == 0
    for before, after in zip(record["steps"], record["steps"][1:], strict=False):
        assert before["after"] == after["before"]
    text = ok("derive", *arguments)
    assert text.count("[proved]") >= len(record["steps"])
    assert f"Map: z ← {formula_text(expression, (z,))}" in text
    assert "**" not in text
    assert all(step["title"] in text for step in record["steps"])


def test_derive_says_why_there_is_no_map() -> None:
    record = loads(ok("derive", "polynomial", "--prediction", "w^3 + w", "--json"))
    assert record["map"] is None
    assert record["obstruction"]
    assert record["obstruction"] in ok("derive", "polynomial", "--prediction", "w^3 + w")


@pytest.mark.slow  # writes a whole paper
def test_derive_writes_a_latex_document(tmp_path: Path) -> None:
    name = "a\n\\input{secret}.tex"  # a hostile name stays in the comment
    ok("derive", "one-weight", "--tex", name)
    lines = (tmp_path / name).read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("% symphase derive one-weight --tex ")
    assert r"\begin{document}" in lines
    assert lines[-1] == r"\end{document}"
    assert not any(line.startswith("\\input") for line in lines)


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("one-weight",),
        ("polynomial", "--prediction", "w^2+b*w", "--parameter", "b"),
        ("--loss", "(w^2-1)^2/4"),
        ("--gamma", "2", "--c", "0"),
    ],
)
def test_the_document_begins_with_the_command_that_made_it(
    options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("symphase.latex.derivation_document", lambda _, *, command, checks: f"{len(checks)} {command}")
    ok("derive", *options, "--tex", "user.tex")
    text = (tmp_path / "user.tex").read_text(encoding="utf-8")
    words = shlex.split(text)[1:]
    written = [*(options or ("phase-retrieval",)), "--tex", "user.tex"]
    assert words == ["symphase", "derive", *written]
    assert int(text.split()[0]) >= 5


def test_a_step_that_does_not_hold_makes_derive_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    true = Derivation.check

    def refuted(self: Derivation, **options: Any) -> tuple[CheckResult, ...]:
        first, *rest = true(self, **options)
        return (dataclasses.replace(first, verdict=Verdict.REFUTED), *rest)

    monkeypatch.setattr(Derivation, "check", refuted)
    ran = run("derive", "one-weight")
    assert ran.code == 1
    assert "[refuted]" in ran.out
    assert run("derive", "one-weight", "--json").code == 1


# ------------------------------------------------------------------------------------------------------------ verify


def only_escape() -> Any:
    found = residual_boundaries()
    return dataclasses.replace(found, items=(found.require(BoundaryKind.ESCAPE),))


def test_verify_prints_a_table_and_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symphase.verification.residual_boundaries", only_escape)
    text = " ".join(ok("verify", "--steps", "4000", "--runs", "2", "--seed", "3").split())
    assert "bounded → escapes" in text
    assert "confirmed" in text
    assert "1 of 1 boundaries agree (50 digits, 4000 steps, 2 starts, seed 3)" in text
    record = loads(ok("verify", "--runs", "1", "--json"))
    assert record["agrees"] is True
    assert (record["digits"], record["steps"], record["runs"], record["seed"]) == (50, 6000, 1, 0)
    (row,) = record["rows"]
    assert row["exact"] == "2"
    assert row["decimal"] == "2.00000000000000000000"
    assert (row["mpmath"], row["simulation"]) == (["bounded", "escapes"], ["bounded", "escapes"])
    assert Fraction(row["before"]) < 2 < Fraction(row["after"])


@pytest.mark.parametrize("route", ["enclosure_agrees", "mpmath_agrees", "simulation_agrees"])
def test_verify_fails_when_one_route_disagrees(monkeypatch: pytest.MonkeyPatch, route: str) -> None:
    from symphase.verification import verify

    good = verify(only_escape(), steps=4000, runs=1)
    changes: dict[str, Any] = {route: False}
    bad = dataclasses.replace(good, rows=(dataclasses.replace(good.rows[0], **changes),))
    monkeypatch.setattr("symphase.verification.verify", lambda **_options: bad)
    ran = run("verify")
    assert ran.code == 1
    assert "DISAGREE" in ran.out
    assert "0 of 1 boundaries agree" in ran.out
    ran = run("verify", "--json")
    assert ran.code == 1
    assert loads(ran.out)["agrees"] is False
    assert loads(ran.out)["rows"][0]["agrees"] is False


# ----------------------------------------------------------------------------------------------------------- analyze


@pytest.mark.parametrize("name", ["good.csv", "good.npz"])
def test_analyze_is_what_the_library_says(files: Path, name: str) -> None:
    record = loads(ok("analyze", str(files / name), "--step-size", "0.036", "--steps", "500", "--seed", "4", "--json"))
    result = analyze(read_table(files / name), step_size="0.036", steps=500, seed=4)
    assert record["name"] == "good"
    assert (record["samples"], record["features"], record["seed"], record["steps"]) == (2, 2, 4, 500)
    assert record["orthogonality"]["kind"] == "exact"
    assert record["orthogonality"]["statement"] == result.orthogonality
    assert Fraction(record["step_size"]) == Fraction("0.036")
    assert record["step_size_chosen"] is False
    assert (record["phase"], record["period"]) == ("catapult", None)
    assert [Fraction(sample["a"]) for sample in record["samples_classified"]] == [Fraction(9, 10), Fraction(9, 40)]
    assert [sample["phase"] for sample in record["samples_classified"]] == ["catapult", "monotonic"]
    assert list(record["largest_step_size"]) == ["monotonic", "catapult", "periodic", "chaotic"]
    for phase, end in record["largest_step_size"].items():
        bounds = result.classification.largest_step_size(Phase(phase))
        assert bounds is not None
        assert [Fraction(value) for value in end["bounds"]] == list(bounds.bounds)
        assert end["decimal"] == bounds.decimal(15)
    assert record["largest_step_size"]["catapult"]["exact"] == "1/25"
    assert [each["row"] for each in record["comparisons"]] == [0, 1]
    assert [each["agrees"] for each in record["comparisons"]] == [True, True]
    assert record["agrees"] is True
    assert record["nearest"]["name"] == result.classification.leading.classification.nearest.name


def test_analyze_in_words(files: Path) -> None:
    text = ok("analyze", str(files / "good.csv"), "--step-size", "0.036")
    assert "good: 2 samples, 2 features" in text
    assert "The rows are pairwise orthogonal, exactly." in text
    assert "Step size 0.036: the whole problem is catapult." in text
    assert "1/25" in text
    assert "-1/25 + sqrt(2)/25" not in text  # (2√2 − 2)/25 it is
    assert re.search(r"0 +0\.9 +catapult +(catapult|monotonic) +agree", text)
    assert "All samples: 1 catapult, 1 monotonic." in text


def test_analyze_chooses_a_step_size_and_says_so(files: Path) -> None:
    text = ok("analyze", str(files / "good.csv"))
    assert "Step size 0.017 (chosen: half of the largest monotonic one)" in text
    assert loads(ok("analyze", str(files / "good.csv"), "--json"))["step_size_chosen"] is True


def test_analyze_the_shipped_digit_says_that_rounding_is_treated_as_orthogonal() -> None:
    path = Path(symphase.__file__).parent / "data" / "digit_dct.csv"
    record = loads(ok("analyze", str(path), "--steps", "200", "--json"))
    assert record["orthogonality"]["kind"] == "rounding"
    assert 0 < record["orthogonality"]["largest_cosine"] < 1e-13
    assert "treated as orthogonal" in record["orthogonality"]["statement"]
    assert len(record["samples_classified"]) == 64


def test_analyze_other_models_and_targets(files: Path) -> None:
    text = ok("analyze", str(files / "good.csv"), "--gamma", "1/2", "--c", "-3", "--step-size", "1/100")
    assert "agree" in text
    linear = loads(ok("analyze", str(files / "single.csv"), "--gamma", "0", "--c", "1", "--step-size", "1", "--json"))
    assert (linear["phase"], list(linear["largest_step_size"])) == ("monotonic", ["monotonic"])
    assert linear["largest_step_size"]["monotonic"]["exact"] == "2"
    assert loads(ok("analyze", str(files / "single.csv"), "--target", "x", "--step-size", "0.2", "--json"))["samples"]


@pytest.mark.parametrize(
    ("name", "said"), [("negative.csv", "converging to the loss floor"), ("zero_target.csv", "degenerate")]
)
def test_analyze_labels_out_of_reach(files: Path, name: str, said: str) -> None:
    assert f"the whole problem is {said}." in ok("analyze", str(files / name), "--step-size", "0.3")
    record = loads(ok("analyze", str(files / name), "--step-size", "0.3", "--json"))
    assert record["largest_step_size"] == {}


def test_analyze_fails_when_the_simulation_contradicts(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*arguments: Any, step_sizes: float, **options: Any) -> Descent:
        return descend(*arguments, step_sizes=3 * step_sizes, **options)

    monkeypatch.setattr("symphase.analysis.descend", wrong)
    ran = run("analyze", str(files / "good.csv"), "--step-size", "0.03")
    assert ran.code == 1
    assert "DISAGREE" in ran.out
    ran = run("analyze", str(files / "good.csv"), "--step-size", "0.03", "--json")
    assert ran.code == 1
    assert loads(ran.out)["agrees"] is False


def test_names_of_files_are_shown_without_control_characters(files: Path, tmp_path: Path) -> None:
    hostile = tmp_path / "x\x1b[31m\ny.csv"
    hostile.write_bytes((files / "single.csv").read_bytes())
    out = ok("analyze", str(hostile))
    assert "\x1b" not in out
    assert out.startswith(r"x\x1b[31m\ny: 1 samples")
    assert loads(ok("analyze", str(hostile), "--json"))["name"] == "x\x1b[31m\ny"
    if os.name == "posix":
        with contextlib.suppress(OSError):  # some file systems insist on UTF-8
            raw = os.fsdecode(os.fsencode(tmp_path) + b"/b\xff.csv")
            Path(raw).write_bytes((files / "single.csv").read_bytes())
            assert "\\udcff" in ok("analyze", raw, "--json")
            assert ok("analyze", raw)


# ---------------------------------------------------------------------------------------------------------- bad input

LOGISTIC = ("boundaries", "--map", "r*x*(1-x)", "--variable", "x", "--parameter", "r")


def with_map(formula: str, variable: str = "x", parameter: str = "r") -> tuple[str, ...]:
    return ("boundaries", "--map", formula, "--variable", variable, "--parameter", parameter)


def predicting(formula: str, *more: str) -> tuple[str, ...]:
    return ("derive", "polynomial", "--prediction", formula, *more)


NO_NUMBER = "is not a plain decimal such as 1.25, nor a ratio such as 5/4"
DIGITS = "must be an integer from 0 to 100000"

BAD: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
    # numbers
    *[
        (("classify", text), (f"A = {text}: ", NO_NUMBER))
        for text in [
            "nan",
            "inf",
            "-inf",
            "infinity",
            "abc",
            "True",
            "1_000",
            "0,1",
            "1.2.3",
            "1e",
            "0x10",
            "1+0j",
            "1j",
            "1/2/3",
            "1/2.5",
            "1 000",
            "e5",
            "+-1",
            "1\u00a0000"[:1] + "x",
        ]
    ],
    (("classify", "\uff11"), (NO_NUMBER,)),
    (("classify", "\u0661"), (NO_NUMBER,)),
    (("classify", ""), ("A = ", NO_NUMBER)),
    (("classify", "1\n"), ("A = ", NO_NUMBER)),
    (("classify", "1\x00"), ("A = ", NO_NUMBER)),
    (("classify", "1e400"), ("A = 1e400", "exponent beyond", "p/q")),
    (("classify", "-1e-400"), ("A = -1e-400", "exponent beyond")),
    (("classify", "1/0"), ("A = 1/0", "zero denominator")),
    (("classify", "9" * 5000), ("A = 999", "has more than 1000 digits")),
    (("classify", "1", "--digits", "-3"), ("--digits = -3", DIGITS)),
    (("classify", "1", "--digits", "10000000"), ("--digits = 10000000", DIGITS)),
    (("classify", "1", "--digits", "1000000000000"), ("--digits = 1000000000000", DIGITS)),
    (("classify", "1", "--digits", str(2**62)), ("--digits = ", DIGITS)),
    (("classify", "1", "--digits", "abc"), ("--digits", "'abc' is not a valid integer")),
    (("classify", "1", "--digits", "1.5"), ("--digits", "'1.5' is not a valid integer")),
    (("classify", "1", "--digits", ""), ("--digits", "'' is not a valid integer")),
    (("classify", "1", "--max-period", "0"), ("--max-period = 0", "integer from 1 to 1024")),
    (("classify", "1", "--max-period", "-1"), ("--max-period = -1", "integer from 1 to 1024")),
    (("classify", "1", "--max-period", "1000000000"), ("--max-period = 1000000000", "integer from 1 to 1024")),
    (("classify", "1", "--max-period", "2.5"), ("--max-period", "'2.5' is not a valid integer")),
    (("classify", "1", "--start", "nan"), ("--start = nan", NO_NUMBER)),
    (("classify", "1", "--start", ""), ("--start = ", NO_NUMBER)),
    (("classify", "1", "--start", "-5"), ("--start = -5", "must be ≥ −a, here -1")),
    # usage
    (("classify",), ("A is missing",)),
    (("classify", "1", "2"), ("unexpected extra argument",)),
    (("classify", "1", "--dig", "5"), ("--dig",)),
    (("classify", "1", "--js"), ("--js: there is no such option; did you mean --json?",)),
    (("classify", "--jsn"), ("--jsn: there is no such option; did you mean --json?",)),
    (("frobnicate",), ("there is no command frobnicate; see symphase --help",)),
    (("clasify", "1"), ("there is no command clasify; did you mean classify?",)),
    (("a\x1b[31m\nb" * 50,), ("there is no command a\\x1b[31m\\nb",)),
    (("--versio",), ("--versio: there is no such option; did you mean --version?",)),
    (("--json", "boundaries"), ("--json: there is no such option",)),
    (("derive", "phase-retrival"), ("MODEL: 'phase-retrival' is not one of", "did you mean phase-retrieval?")),
    (("completion", "tcsh"), ("SHELL: 'tcsh' is not one of",)),
    (("verify", "now"), ("unexpected extra argument",)),
    (("analyze",), ("FILE is missing; see symphase analyze --help",)),
    (("analyze", "a.csv", "b.csv"), ("unexpected extra argument",)),
    # boundaries
    (("boundaries", "--digits", "-1"), ("--digits = -1", DIGITS)),
    (("boundaries", "--digits", "10000000"), ("--digits = 10000000", DIGITS)),
    (("boundaries", "--digits", "1000000000000"), ("--digits = 1000000000000", DIGITS)),
    (("boundaries", "--doublings", "2"), ("--doublings = 2", "3 to 20")),
    (("boundaries", "--doublings", "21"), ("--doublings = 21", "3 to 20")),
    (("boundaries", "--doublings", "9.5"), ("--doublings", "not a valid integer")),
    (("boundaries", "--variable", "x"), ("--variable = x: goes with --map",)),
    (("boundaries", "--parameter", "r"), ("--parameter = r: goes with --map",)),
    (("boundaries", "--set", "y=2"), ("--set = y=2: goes with --loss, --map or --prediction",)),
    (("boundaries", "--weight", "v"), ("--weight = v: goes with --loss",)),
    (("boundaries", "--loss", "w^2-w", "--map", "x"), ("--map = x: cannot be given with --loss",)),
    (("boundaries", "--loss", "(w^2-y)^2/4"), ("--loss", "the name y at column 6", "--set y=1")),
    (("boundaries", "--loss", "w^4 + y", "--set", "y"), ("--set = y: must be a name, an equals sign",)),
    (("boundaries", "--loss", "w^4 + y", "--set", "y=nan"), ("--set y = nan", NO_NUMBER)),
    (("boundaries", "--loss", "w^4", "--set", "w=1"), ("--set = w: is the name of the weight",)),
    (("boundaries", "--loss", "y*w^4", "--set", "y=1", "--set", "y=2"), ("gives y a second number",)),
    (("boundaries", "--loss", "w^4", "--parameter", "b"), ("--parameter = b", "step size eta", "--set b=1")),
    (("boundaries", "--loss", "3*w + 1"), ("--loss", "degree 2 to 64 in w", "no minimum")),
    (("boundaries", "--loss", "3"), ("--loss = 3", "degree 2 to 64 in w")),
    (("boundaries", "--loss", "w^2"), ("--loss = w^2", "parabola", "0 < η < 1")),
    (("boundaries", "--loss", "w^4"), ("--loss = w^4: has no fixed point that flips",)),
    (("boundaries", "--loss", "eta^4", "--weight", "eta"), ("--weight = eta", "uses itself")),
    (("boundaries", "--loss", "eval(w)"), ("--loss", "eval")),
    (("boundaries", "--loss", "w.__class__"), ("--loss", "column 2")),
    (with_map("b*x^2 + r", "x", "r"), ("--map", "the name b at column 1", "--set b=1")),
    ((*LOGISTIC, "--parameter", "q"), ("--parameter = q", "a map has one", "--set q=1")),
    (("classify", "1", "--loss", "w^4-w^2", "--start", "1"), ("--start = 1", "goes with the residual map")),
    (("atlas", "--max-period", "3", "--loss", "w^4-w^2+w/9"), ("--loss = w^4-w^2+w/9", "2 free critical points")),
    (("atlas", "--load", "x", "--loss", "w^4-w^2"), ("--loss = w^4-w^2", "cannot be given with --load")),
    (("derive", "--map", "x^2+c", "--variable", "x", "--parameter", "c"), ("--map = x^2+c", "nothing to derive")),
    (("derive", "one-weight", "--loss", "w^4"), ("--loss = w^4", "cannot be given with the model one-weight")),
    (("derive", "one-weight", "--gamma", "2"), ("--gamma = 2", "belongs to the model phase-retrieval")),
    (("derive", "--outer", "1,-1"), ("--outer = 1,-1", "belongs to the model two-layer-network")),
    (("derive", "two-layer-network", "--outer", "0,0"), ("--outer", "must not all be 0")),
    (("derive", "--gamma", "two"), ("--gamma = two", NO_NUMBER)),
    (("boundaries", "--map", "x^2+c"), ("--variable", "missing", "--map")),
    (("boundaries", "--map", "x^2+c", "--variable", "x"), ("--parameter", "missing", "--map")),
    (("boundaries", "--map", "x^2+c", "--parameter", "c"), ("--variable", "missing", "--map")),
    ((*LOGISTIC, "--within", "nan", "1"), ("--within = nan", NO_NUMBER)),
    ((*LOGISTIC, "--within", "4", "1"), ("--within = ('4', '1')", "lower < upper")),
    ((*LOGISTIC, "--within", "1", "1"), ("--within", "lower < upper")),
    ((*LOGISTIC, "--within", "5", "6"), ("--map", "no fixed point that flips for r in [5, 6]")),
    ((*LOGISTIC, "--within", "1"), ("--within", "requires 2 arguments")),
    ((*LOGISTIC, "--bogus"), ("--bogus",)),
    (with_map(""), ("--map = ", "is empty")),
    (with_map("q*x*(1-x)"), ("--map", "the name q at column 1", "declared: x, r", "--set q=1")),
    (with_map("r*x*(1-x) + gamma"), ("--map", "the name gamma at column 13", "not declared")),
    (with_map("__import__('os').system('touch canary')"), ("--map", "character '_' at column 1")),
    (with_map("().__class__"), ("--map", "column")),
    (with_map("x.__dict__"), ("--map", "character '.' at column 2")),
    (with_map("lambda: 0"), ("--map", "lambda")),
    (with_map("eval(x)"), ("--map", "eval")),
    (with_map("f'{x}'"), ("--map", "column")),
    (with_map("sin(x)*r"), ("--map", "sin")),
    (with_map("x(1-x)"), ("--map", "calls x")),
    (with_map("2x*r"), ("--map", "no operator at column 2", "2*x")),
    (with_map("9**9**9"), ("--map", "exponent at column")),
    (with_map("(x+1)^100000"), ("--map", "exponent at column")),
    (with_map("((x+r)^64)^64"), ("--map", "degree beyond 64")),
    (with_map("x^-1 + r"), ("--map", "exponent at column")),
    (with_map("x^0.5*r"), ("--map", "exponent at column")),
    (with_map("(" * 100_000 + "x" + ")" * 100_000), ("--map", "more than 2000")),
    (with_map("(" * 900 + "x" + ")" * 900), ("--map", "nested more than 64 deep")),
    (with_map("x+" * 500_000 + "r"), ("--map", "more than 2000")),
    (with_map("1e-3*x^2 + r"), ("--map", "column")),
    (with_map("x^2 + r)"), ("--map", "without its (")),
    (with_map("(x^2 + r"), ("--map", "never closed")),
    (with_map("x^2 + "), ("--map", "ends at column")),
    (with_map("x/(1-r)"), ("--map", "divides at column")),
    (with_map("x/0 + r"), ("--map", "divides by zero")),
    (with_map("x^2/r"), ("--map", "polynomial in x and r")),
    (with_map("r*x"), ("--map", "degree 2 to 64 in x")),
    (with_map("7"), ("--map", "degree 2 to 64 in x")),
    (with_map("x^3"), ("--map = x**3: has no fixed point that flips",)),
    (with_map("x^2 + x", "x", "x"), ("--parameter = x", "must differ")),
    (with_map("x^2 + r", "x y"), ("--variable", "x y", "must be a letter")),
    (with_map("x^2 + r", "__class__"), ("--variable", "__class__", "must be a letter")),
    (with_map("x^2 + r", ""), ("--variable", "must be a letter")),
    (with_map("x^2 + r", "x", "\\input{a}"), ("--parameter", "must be a letter")),
    (with_map("x^2 + r", "x", "\x00"), ("--parameter", "must be a letter")),
    # derive
    (("derive", "nonsense"), ("nonsense", "phase-retrieval")),
    (("derive", "polynomial"), ("--prediction", "missing")),
    (("derive", "one-weight", "--prediction", "w^2"), ("--prediction = w^2", "cannot be given with the model one-")),
    (predicting("w^2 + b*w"), ("--prediction", "the name b at column 7")),
    (predicting("__import__('os').system('touch canary')"), ("--prediction", "column 1")),
    (predicting("5"), ("--prediction = 5", "degree 1 to 64")),
    (predicting("w^65"), ("--prediction", "exponent")),
    (predicting(""), ("--prediction", "is empty")),
    (predicting("y*w", "--parameter", "y"), ("y: is a name that the derivation uses itself",)),
    (predicting("eta^2", "--weight", "eta"), ("--weight = eta", "uses itself")),
    (predicting("w^2", "--weight", "x y"), ("--weight = x y", "must be a letter")),
    (predicting("w^2", "--parameter", "b c"), ("--parameter = b c", "must be a letter")),
    (("derive", "one-weight", "--weight", "v"), ("--weight = v", "only with them")),
    (("derive", "--parameter", "b"), ("--parameter = b", "only with it")),
    (predicting("w^2", "--weight", ""), ("--weight", "must be a letter")),
    (("derive", "--tex", "no/such/folder/a.tex"), ("--tex = no/such/folder/a.tex", "cannot be written")),
    (("derive", "--tex", "."), ("--tex = .", "cannot be written: Is a directory")),
    (("derive", "--tex", "a\x00b.tex"), ("--tex", "cannot be written")),
    # what the library says of a model or a family is said of what was typed
    (("analyze", "{good.csv}", "--model", "two-layer-network", "--outer", "1,-1"), ("--model = two-layer-network",)),
    (("analyze", "{good.csv}", "--model", "resnet"), ("--model: 'resnet' is not one of",)),
    (("analyze", "{good.csv}", "--width", "3"), ("--width = 3", "add --model two-layer-network")),
    (("analyze", "{good.csv}", "--model", "two-layer-network", "--c", "1"), ("--c = 1", "leave out --model")),
    (("analyze", "{good.csv}", "--digits", "-1"), ("--digits = -1", DIGITS)),
    (("chaos", "1.7", "--digits", "-1"), ("--digits = -1", DIGITS)),
    (("derive", "--digits", "-1"), ("--digits = -1", DIGITS)),
    # verify
    (("verify", "--precision", "49"), ("--precision = 49", "from 50 to 10000")),
    (("verify", "--precision", "1000000000000"), ("--precision", "from 50 to 10000")),
    (("verify", "--steps", "0"), ("--steps = 0", "integer from")),
    (("verify", "--steps", "10000000000"), ("--steps", "integer from")),
    (("verify", "--runs", "0"), ("--runs = 0", "from 1 to 1000")),
    (("verify", "--seed", "-1"), ("--seed = -1", "≥ 0")),
    (("verify", "--steps", "many"), ("--steps", "not a valid integer")),
    # tables
    (("analyze", "{missing.csv}"), ("FILE = missing.csv", "does not exist")),
    (("analyze", ""), ("FILE", "is a folder")),
    (("analyze", "a\x00b"), ("FILE", "cannot be read")),
    (("analyze", "x" * 300), ("FILE", "cannot be read")),
    (("analyze", "{folder.csv}"), ("FILE = folder.csv", "is a folder")),
    (("analyze", "{empty.csv}"), ("FILE = empty.csv", "empty file")),
    (("analyze", "{binary.csv}"), ("FILE = binary.csv", "is no text")),
    (("analyze", "{latin1.csv}"), ("FILE = latin1.csv", "UTF-8")),
    (("analyze", "{ragged.csv}"), ("FILE = ragged.csv", "line 3 has 2 cells")),
    (("analyze", "{words.csv}"), ("FILE = words.csv", "line 2, column 2", "zwei")),
    (("analyze", "{nan.csv}"), ("FILE = nan.csv", "line 2, column 2", "nan")),
    (("analyze", "{inf.csv}"), ("FILE = inf.csv", "line 2, column 2", "inf")),
    (("analyze", "{underscore.csv}"), ("FILE = underscore.csv", "1_000")),
    (("analyze", "{overflow.csv}"), ("FILE = overflow.csv", "beyond the range of float64")),
    (("analyze", "{header.csv}"), ("FILE = header.csv", "no samples")),
    (("analyze", "{one_column.csv}"), ("FILE = one_column.csv", "one column")),
    (("analyze", "{missing_cell.csv}"), ("FILE = missing_cell.csv", "is missing")),
    (("analyze", "{zero_row.csv}"), ("features[0]", "x = 0", "no phase")),
    (("analyze", "{all_zero.csv}"), ("features", "all zero")),
    (("analyze", "{slanted.csv}"), ("data = slanted", "largest cosine is 0.0995 between rows (0, 1)", "lab page")),
    (("analyze", "{slanted.csv}", "--step-size", "0.1"), ("largest cosine is 0.0995",)),
    (("analyze", "{too_many.csv}"), ("largest cosine is 1 between",)),
    (("analyze", "{negative.csv}"), ("data = negative", "every a ≤ 0", "give a step size")),
    (("analyze", "{huge_number.csv}"), ("features = 9.99", "simulated in floats", "rescale")),
    (("analyze", "{fake.npz}"), ("FILE = fake.npz", "is no NPZ file")),
    (("analyze", "{cut.npz}"), ("FILE = cut.npz", "cut off")),
    (("analyze", "{claims.npz}"), ("FILE = claims.npz", "(1000000, 1000000)")),
    (("analyze", "{pickled.npz}"), ("FILE = pickled.npz", "objects")),
    (("analyze", "{complex.npz}"), ("FILE = complex.npz", "complex numbers")),
    (("analyze", "{shapes.npz}"), ("shapes (3, 3) and (2,)",)),
    (("analyze", "{flat.npz}"), ("shape (3,)", "reshape")),
    (("analyze", "{nan.npz}"), ("features[0, 1] = nan", "must be finite")),
    (("analyze", "{no_targets.npz}"), ("FILE = no_targets.npz", "y (or targets)")),
    # numbers of analyze
    *[
        (("analyze", "{good.csv}", "--step-size", text), ("--step-size = ", said))
        for text, said in [
            ("nan", NO_NUMBER),
            ("inf", NO_NUMBER),
            ("0", "must be a finite number > 0"),
            ("0.0", "must be a finite number > 0"),
            ("-0.1", "must be a finite number > 0 (gradient ascent"),
            ("-1e-3", "must be a finite number > 0 (gradient ascent"),
            ("True", NO_NUMBER),
            ("1_000", NO_NUMBER),
            ("\uff11", NO_NUMBER),
            ("1+0j", NO_NUMBER),
            ("1e400", "exponent beyond"),
            ("", NO_NUMBER),
            ("1/0", "zero denominator"),
            ("1e300", "simulated in floats"),
            ("1e-300", "simulated in floats"),
        ]
    ],
    (("analyze", "{good.csv}", "--steps", "0"), ("--steps = 0", "integer from 1 to")),
    (("analyze", "{good.csv}", "--steps", "-7"), ("--steps = -7", "integer from 1 to")),
    (("analyze", "{good.csv}", "--steps", "1000000000000"), ("--steps = 1000000000000", "integer from 1 to")),
    (("analyze", "{good.csv}", "--steps", "1e3"), ("--steps", "not a valid integer")),
    (("analyze", "{good.csv}", "--seed", "-1"), ("--seed = -1", "≥ 0")),
    (("analyze", "{good.csv}", "--gamma", "nan"), ("--gamma = nan", NO_NUMBER)),
    (("analyze", "{good.csv}", "--gamma", "two"), ("--gamma = two", NO_NUMBER)),
    (("analyze", "{good.csv}", "--c", "inf"), ("--c = inf", NO_NUMBER)),
    (("analyze", "{good.csv}", "--gamma", "0"), ("--gamma = 0", "must not be 0 when c is 0")),
    (("analyze", "{good.csv}", "--gamma", "1e300"), ("--gamma = 1e+300", "simulated in floats")),
    (("analyze", "{good.csv}", "--target", "nope"), ("--target = nope", "'left', 'right', 'y'")),
    (("analyze", "{good.csv}", "--target", ""), ("--target", "is no column")),
    (("analyze", "{good.csv}", "--stepsize", "1"), ("--stepsize",)),
    (("analyze", "{good.npz}", "--target", "nope"), ("--target = nope", "is no array")),
]


def test_there_are_many_ways_to_be_wrong() -> None:
    assert len(BAD) >= 160


@pytest.mark.parametrize(
    ("arguments", "needles"), BAD, ids=lambda value: " ".join(value)[:60].encode("unicode_escape").decode()
)
def test_bad_input_is_refused_in_one_line(
    arguments: tuple[str, ...], needles: tuple[str, ...], files: Path, tmp_path: Path
) -> None:
    before = sorted(files.rglob("*"))
    ran = run(*(re.sub(r"\{([a-z_0-9]+\.[a-z]+)\}", lambda m: str(files / m[1]), argument) for argument in arguments))
    assert ran.code == 2
    assert ran.out == ""
    lines = ran.err.splitlines()
    assert len(lines) == 1
    # argument = value: what is accepted; or, of a word that is out of place, what to do
    assert re.match(r"symphase: \S.* = .*: \S", lines[0]) or re.search(r"; (see symphase|did you mean) \S", lines[0])
    assert len(lines[0]) < 600
    for needle in needles:
        assert needle in ran.err
    assert "Traceback" not in ran.err
    assert ran.err.isprintable() or ran.err.replace("\n", "").isprintable()
    assert str(files) not in ran.err.replace(str(files / "good.csv"), "")
    assert list(tmp_path.iterdir()) == []
    assert sorted(files.rglob("*")) == before


def test_errors_leave_standard_output_alone_with_json_too(files: Path) -> None:
    for arguments in (("classify", "nan"), ("boundaries", "--digits", "-1"), ("analyze", str(files / "nan.csv"))):
        ran = run(*arguments, "--json")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.count("\n") == 1


def test_no_command_at_all_shows_the_help() -> None:
    ran = run()
    assert ran.code == 2
    assert "symphase report" in ran.err + ran.out


# ------------------------------------------------------------------------------------- maps and losses of one's own


WELL = ("--loss", "(w^2-y)^2/4", "--set", "y=1")


def test_a_loss_is_accepted_wherever_a_map_is() -> None:
    record = loads(ok("boundaries", *WELL, "--json"))
    assert (record["variable"], record["parameter"]) == ("w", "eta")
    own = parse_formula(record["map"], ["w", "eta"])
    w, eta = sympy.symbols("w eta")
    assert sympy.expand(own - (w - eta * (w**3 - w))) == 0
    flip = next(each for each in record["boundaries"] if each["name"] == "flip of period 1 → 2")
    assert Fraction(flip["decimal"]) == 1  # 2/L'' = 2/2
    found = loads(ok("bifurcations", "--period", "1", *WELL, "--within", "0", "2", "--json"))
    assert [Fraction(root["decimal"]) for each in found["factors"] for root in each["roots"]] == [1]
    assert loads(ok("classify", "1.1", *WELL, "--json"))["period"] == 2
    assert loads(ok("chaos", "1.1", *WELL, "--json"))["attracting_cycle"]["period"] == 2
    assert loads(ok("atlas", "--max-period", "3", "--loss", "v^3/3-v", "--weight", "v", "--json"))["variable"] == "v"
    derived = loads(ok("derive", *WELL, "--digits", "5", "--json"))
    assert derived["map"] == record["map"]
    assert [each["largest_step_size"] for each in derived["minima"]] == ["1.00000", "1.00000"]
    assert (derived["variable"], derived["parameter"]) == ("w", "eta")
    assert derived["residual"]["scale"] == "eta"
    assert (derived["residual"]["prediction"], derived["residual"]["target"]) == ("w**2", "1")
    assert loads(ok("derive", "--loss", "w^4 - w", "--json"))["residual"] is None
    verified = loads(ok("verify", "--loss", "w^4/4 - w^2/2 + w/10", "--json"))
    assert verified["agrees"] is True
    assert {row["mpmath_agrees"] for row in verified["rows"]} == {True, None}  # of an escape of two critical points


def test_a_map_of_ones_own_is_classified_and_verified() -> None:
    logistic = LOGISTIC[1:]
    text = ok("classify", "3.83", *logistic)
    assert "r = 3.83: an attracting cycle of period 3 [certified]" in text
    assert re.search(r"boundary below: birth of the first 3-cycle, r = 3\.828427", text)
    assert "exactly at: flip of period 1 → 2" in ok("classify", "3", *logistic)
    text = ok("verify", *logistic)
    assert "8 of 8 boundaries agree (50 digits)" in text
    scaled = ("--map", "r*x*(k-x)", "--variable", "x", "--parameter", "r", "--set", "k=1")
    assert loads(ok("boundaries", *scaled, "--json")) == loads(ok("boundaries", *logistic, "--json"))


def test_a_verification_of_ones_own_map_that_disagrees_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symphase.crossings.crosses", lambda *_, **__: False)
    ran = run("verify", *LOGISTIC[1:])
    assert ran.code == 1
    assert "DISAGREE" in ran.out
    assert loads(run("verify", *LOGISTIC[1:], "--json").out)["agrees"] is False


def test_minima_of_a_loss_are_listed_with_their_sharpness() -> None:
    text = ok("derive", *WELL)
    assert re.search(r" −1 +-1\.0{15} +2\.0{15} +1\.0{15} +exact", text)
    assert "its residual e = w² − y follows the residual map" in text
    assert "none: flat" in ok("derive", "--loss", "w^4")
    assert "the loss has no minimum" in ok("derive", "--loss", "w^3")
    assert "0 < η < 2/3" in ok("derive", "--loss", "3/2*w^2 - w")


def test_derive_takes_numbers_and_outer_weights() -> None:
    assert loads(ok("derive", "--gamma", "2", "--c", "0", "--json"))["scale"] == "2*eta*q*y/n"
    record = loads(ok("derive", "two-layer-network", "--outer", "1,-1", "--json"))
    assert record["map"] is None
    assert "outer weights are not all equal" in record["obstruction"]


def test_analyze_takes_the_models_of_the_laboratory(files: Path) -> None:
    data = (str(files / "good.csv"), "--step-size", "0.01", "--steps", "50")
    mean, total = (loads(ok("analyze", *data, "--reduction", kind, "--json")) for kind in ("mean", "sum"))
    first, second = (Fraction(each["samples_classified"][0]["a"]) for each in (mean, total))
    assert second == 2 * first  # two samples
    wide = loads(ok("analyze", *data, "--model", "two-layer-network", "--width", "3", "--json"))
    assert Fraction(wide["samples_classified"][0]["a"]) == first  # α = 1 and γ = 2 have the same a
    assert len(wide["largest_step_size"]["monotonic"]["decimal"].partition(".")[2]) == 15
    short = loads(ok("analyze", *data, "--digits", "3", "--json"))
    assert len(short["largest_step_size"]["monotonic"]["decimal"].partition(".")[2]) == 3


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"model": "two-layer-network", "outer": "1,-1"},
        {"prediction": "w^2 + b*w", "parameters": ("b",)},
        {"loss": "(w^2-y)^2/4", "settings": ("y=1/2",)},
        {"formula": "r*x*(1-x)", "variable": "x", "parameters": ("r",)},
        {"gamma": "-1/2", "c": "3"},
        {"loss": "w^2 $(touch canary) `id` \" ' \\", "weight": "w"},
    ],
)
def test_options_are_written_as_one_would_type_them(options: dict[str, Any]) -> None:
    text = subject_text(**options)
    words = shlex.split(text)
    read = main.commands["derive"].make_context("derive", words).params
    assert {key: value for key, value in read.items() if value and key in options} == options
    if "canary" not in text:
        assert subject_of(**options) == subject_of(**{key: read[key] for key in options})


# --------------------------------------------------------------------------------------------- colours and completion


ESCAPE = "\x1b["


@pytest.mark.parametrize("arguments", [("classify", "1.455"), ("boundaries",), ("doctor",), ("derive", "one-weight")])
def test_colours_are_for_terminals(arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    plain = ok(*arguments)
    assert ESCAPE not in plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    bright = ok(*arguments)
    assert ESCAPE in bright
    strip = re.compile(r"\x1b\[[0-9;]*m")
    assert strip.sub("", bright).split() == plain.split() or arguments == ("doctor",)  # which tells of the colours
    assert ESCAPE not in ok(*arguments, "--json")
    monkeypatch.setenv("NO_COLOR", "1")
    assert ESCAPE not in ok(*arguments)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    text = ok("completion", shell)
    assert f"_SYMPHASE_COMPLETE={shell}_complete" in text
    program = shutil.which(shell)
    if program is not None:
        assert subprocess.run([program, "-n"], input=text, text=True, check=False, timeout=30).returncode == 0


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("symphase ", {"plain,boundaries", "plain,doctor", "plain,lab"}),
        ("symphase derive o", {"plain,one-weight"}),
        ("symphase derive --pre", {"plain,--prediction"}),
        ("symphase lab describe ga", {"plain,gaussian"}),
        ("symphase lab describe my-", {"file,my-"}),
        ("symphase analyze d", {"file,d"}),
        ("symphase lab page --out o", {"dir,o"}),
        ("symphase analyze x --reduction s", {"plain,sum"}),
    ],
)
def test_completion_offers_commands_models_and_files(words: str, offered: set[str]) -> None:
    count = len(shlex.split(words)) - (0 if words.endswith(" ") else 1)
    environment = {"_SYMPHASE_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(count)}
    result = CliRunner().invoke(main, [], prog_name="symphase", env=environment)
    assert offered <= set(result.output.splitlines())


@pytest.mark.parametrize(
    "words", [{}, {"COMP_WORDS": "symphase 'cl", "COMP_CWORD": "x"}, {"COMP_WORDS": "symphase"}], ids=str
)
def test_regression_completion_without_a_shell_is_refused_in_words(words: dict[str, str]) -> None:
    """It was a traceback."""
    environment = {"_SYMPHASE_COMPLETE": "bash_complete", "COMP_WORDS": None, "COMP_CWORD": None, **words}
    result = CliRunner().invoke(main, [], prog_name="symphase", env=environment)
    assert (result.exit_code, result.output) == (
        2,
        "symphase: completion is for shells: see symphase completion --help\n",
    )


def test_a_mistyped_word_is_answered_with_a_suggestion() -> None:
    for arguments, meant in (
        (("bondaries",), "boundaries"),
        (("lab", "trian", "digits"), "train"),
        (("boundaries", "--digts", "3"), "--digits"),
        (("analyze", "x.csv", "--reduction", "summ"), "sum"),
    ):
        ran = run(*arguments)
        assert ran.code == 2
        assert ran.err.endswith(f"; did you mean {meant}?\n")
        assert ran.err.count("\n") == 1


# --------------------------------------------------------------------------------------------------- the process itself


def failing(error: BaseException) -> Callable[..., Any]:
    def fail(*_arguments: Any, **_options: Any) -> Any:
        raise error

    return fail


@pytest.mark.parametrize("command", ["boundaries", "completion bash", "boundaries --json"])
def test_a_reader_that_goes_away_ends_the_output_quietly(command: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        answer = subprocess.run(
            [sys.executable, "-m", "symphase", *command.split()],
            stdout=pipe,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert (answer.returncode, answer.stderr) == (141, b"")


def test_a_table_that_nobody_reads_is_no_failed_check(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr("rich.console.Console._write_buffer", lambda self: self.on_broken_pipe())
    with pytest.raises(BrokenPipeError):
        print_table("", ("one",), [("row",)])
    monkeypatch.setattr("symphase.commands.phases.print_table", gone)
    assert run("boundaries").code == 141


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=["-".join(path) for path, _ in LEAVES])
def test_every_help_tells_the_exit_codes(path: tuple[str, ...], command: click.Command) -> None:
    assert path
    text = command.get_help(click.Context(command))
    assert text.count("Exit codes:") == 1
    assert " 2 " in " ".join(text[text.index("Exit codes:") :].split())


def test_an_interrupt_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symphase.phases.classify", failing(KeyboardInterrupt()))
    ran = run("classify", "1")
    assert (ran.code, ran.out, ran.err) == (130, "", "symphase: interrupted\n")


def test_a_full_disk_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symphase.phases.classify", failing(OSError(28, "No space left on device")))
    ran = run("classify", "1")
    assert ran.code == 2
    assert ran.err == "symphase: the output cannot be written: No space left on device\n"


def test_our_own_mistakes_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symphase.phases.classify", failing(ZeroDivisionError("a bug")))
    with pytest.raises(ZeroDivisionError):
        run("classify", "1")


def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "symphase", *arguments],
        capture_output=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(Path(symphase.__file__).parents[1]), **environment},
    )


def test_as_a_process() -> None:
    ran = start("classify", "1.455", "--json", PYTHONIOENCODING="utf-8")
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert loads(ran.stdout.decode())["period"] == 3
    ran = start("classify", "nan", PYTHONIOENCODING="utf-8")
    assert ran.returncode == 2
    assert ran.stdout == b""
    assert ran.stderr.decode().splitlines() == [f"symphase: A = nan: {NO_NUMBER}; write digits with a point, or p/q"]


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_old_code_pages_get_an_answer_and_not_a_traceback() -> None:
    ran = start("boundaries", PYTHONIOENCODING="cp1252")
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"0.828427124746190" in ran.stdout
    json_ran = start("boundaries", "--json", PYTHONIOENCODING="cp1252")
    assert loads(json_ran.stdout.decode("ascii")) == loads(ok("boundaries", "--json"))


def test_the_program_and_the_module_are_one() -> None:
    from importlib.metadata import entry_points

    scripts = [entry for entry in entry_points(group="console_scripts") if entry.name == "symphase"]
    if scripts:  # installed
        assert scripts[0].load() is main
    assert "symphase.cli:main" in (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")


def test_the_command_line_needs_no_model_of_its_own() -> None:
    # what analyze does with γ and c is what the library does with them
    record = classify(PhaseRetrieval(gamma="1/2", c=3), dataset([[1.0]], [1.0]), "0.1").samples[0]
    Path("one.csv").write_text("x,y\n1,1\n", encoding="utf-8")
    found = loads(ok("analyze", "one.csv", "--gamma", "1/2", "--c", "3", "--step-size", "0.1", "--json"))
    assert Fraction(found["samples_classified"][0]["a"]) == record.scale == Fraction(1, 2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("boundaries", "--map", "θ*x", "--variable", "x", "--parameter", "r"), "character θ at column 1; write theta"),
        (("boundaries", "--map", "theta*x", "--variable", "x", "--parameter", "θ"), "--parameter = θ"),
        (("boundaries", "--map", "beta*x", "--variable", "β", "--parameter", "r"), "write beta"),
        (("boundaries", "--loss", "w^2", "--weight", "β_1"), "write beta_1"),
        (("boundaries", "--loss", "y*w^2", "--set", "θ=1"), "write theta"),
        (("derive", "--prediction", "w^2", "--parameter", "ϑ"), "write theta"),
        (("boundaries", "--loss", "w^2", "--weight", "wé"), "rename it"),
    ],
)
def test_greek_letters_are_answered_with_the_name_to_write(arguments: tuple[str, ...], said: str) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert said in ran.err
    assert "theta" in ran.err or "beta" in ran.err or said == "rename it"


def test_a_function_is_no_name_to_be_given_a_number() -> None:
    ran = run("boundaries", "--map", "sin(x)*r", "--variable", "x", "--parameter", "r")
    assert ran.code == 2
    assert "without functions" in ran.err
    assert "--set" not in ran.err
    assert "--set zz=1" in run("boundaries", "--map", "zz*x", "--variable", "x", "--parameter", "r").err
