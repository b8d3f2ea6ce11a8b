"""Specifications of sweeps that nobody should write: refused in one line, with the place, and nothing written."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from hostile.prompts import invoke, seen, within_seconds

from symphase.errors import InputError
from symphase.spec_reader import read_spec, spec_from_canonical

GRID: Final = 'kind = "atlas"\n[grid]\nparameters = '
RANGE: Final = GRID + "{ start = 0.5, stop = 1, count = 3 }\n"
MAP: Final = 'kind = "lyapunov"\n[map]\nformula = {}\nvariable = "x"\nparameter = "r"\n[grid]\nparameters = [1]\n'
DESCENT: Final = 'kind = "descent"\n[problem]\n{}\n[grid]\nstep_sizes = {}\n{}\n[run]\n{}\n'
TEXTS: Final = r"\['x'\]"


def descent(problem: str = "", steps: str = "[1]", grid: str = "", run: str = "") -> str:
    return DESCENT.format(problem, steps, grid, run)


# What is in the file, and what is said about it.
SPECS: Final[dict[str, tuple[str | bytes, str]]] = {
    # no specification at all
    "an empty file": ("", "kind = missing: must be descent, lyapunov or atlas"),
    "only a comment": ("# nothing\n", "kind = missing"),
    "YAML": ("kind: atlas\ngrid:\n  parameters: [1]\n", "is no TOML: Expected '=' after a key .*line 1"),
    "JSON": ('{"kind": "atlas", "grid": {"parameters": [1]}}', r"is no TOML: Invalid statement \(at line 1"),
    "a tag of another language": ("kind: !!python/object/apply:os.system ['touch canary']\n", "is no TOML"),
    "aliases without end": ("a: &a [x]\nb: [*a, *a]\n", "is no TOML"),
    "binary": (bytes(range(256)), "is no text in UTF-8"),
    "Latin-1": ('kind = "é"\n'.encode("latin-1"), "is no text in UTF-8"),
    "UTF-16": (GRID.encode("utf-16"), "is no text in UTF-8"),
    "NUL": (GRID + "[1]\n\0", "is no TOML"),
    "control characters": ('kind = "\x1b[31m"\n', "is no TOML: Illegal character"),
    "a comma too many": (GRID + "[1,,2]", "is no TOML: .*line 3"),
    "an open text": ('kind = "atlas', "is no TOML"),
    "more than a mebibyte": ("#" * (2**20 + 1), "is larger than 1 MiB; use ranges instead of lists"),
    "a million characters": ('kind = "' + "x" * 10**6 + '"', "kind = x{79}…: must be"),
    # keys
    "an unknown key": (
        RANGE + "[run]\nmax_perid = 3\n",
        r"run.max_perid = 3: .* \(line 5\); did you mean max_period\?",
    ),
    "an unknown top key": ("chunck = 3\n" + RANGE, r"chunck = 3: .* \(line 1\); did you mean chunk\?"),
    "an unknown section": (RANGE + "[grdi]\nx = 1\n", r"grdi = .* \(line 4\); did you mean grid\?"),
    "a section of another kind": (
        RANGE + "[problem]\nsamples = 2\n",
        r"problem = .*is no key of a specification \(line 4\)",
    ),
    "an unknown key in a range": (GRID + "{ start = 0, stop = 1, cuont = 3 }", r"count = missing|cuont"),
    "a key misspelt that is needed": (
        'kind = "atlas"\n[grid]\nparametrs = [1]\n',
        r"grid.parameters = missing: .*; did you mean it by parametrs \(line 3\)\?",
    ),
    "a kind misspelt": ('kind = "atlsa"\n', "kind = atlsa: .*; did you mean atlas?"),
    "a key of a kind misspelt": ('knid = "atlas"\n', r"kind = missing: .*; did you mean it by knid \(line 1\)\?"),
    "a key twice": (RANGE + "parameters = [2]\n", "is no TOML: Cannot overwrite a value .*line 4"),
    "a section twice": (RANGE + "[grid]\n", "is no TOML: Cannot declare .*twice .*line 4"),
    "a key with control characters": (RANGE + '"\\u001b[31m" = 1\n', r"grid.\\x1b\[31m = 1: is no key of \[grid\]"),
    "a key of a hundred thousand letters": (RANGE + "k" * 10**5 + " = 1\n", r"grid.k{59}… = 1: is no key of \[grid\]"),
    "a key of fifty thousand parts": ("a." * 50_000 + "b = 1\n", "has a key of more than 32 parts"),
    "a section of fifty thousand parts": ("[" + '"a".' * 50_000 + "b]\n", "has a key of more than 32 parts"),
    "a dunder": ("__class__ = 1\n" + RANGE, "__class__ = 1: is no key"),
    # wrong types
    "a list for a kind": ('kind = ["atlas"]\n', r"kind = \['atlas'\]: must be"),
    "a table for a kind": ("kind = { a = 1 }\n", "kind = {'a': 1}: must be"),
    "a number for a kind": ("kind = 1.5\n", "kind = 1.5: must be"),
    "a text for a section": ('kind = "atlas"\ngrid = "x"\n', r"grid = x: must be a table; begin it with \[grid\]"),
    "a list of sections": ('kind = "atlas"\n[[grid]]\nparameters = [1]\n', "grid = .*: must be a table"),
    "a date for a number": (
        GRID + "2020-01-01",
        r"grid.parameters\[0\] = datetime.date.*: must be a finite real number",
    ),
    "a time for a number": (GRID + "[07:32:00]", r"grid.parameters\[0\] = datetime.time.*: must be a finite real"),
    "a boolean for a number": (GRID + "[true]", r"grid.parameters\[0\] = True: a boolean is not a number here"),
    "a boolean for a count": (RANGE + "[run]\nmax_period = true\n", "run.max_period = True: must be an integer"),
    "a table for a number": (GRID + "{ start = { x = 1 }, stop = 2, count = 3 }", "grid.parameters.start = {'x': 1}"),
    "a list in a list": (GRID + "[[1], [2]]", r"grid.parameters\[0\] = \[1\]: must be a finite"),
    "a text for a list": ('outputs = "phase"\n' + RANGE, "outputs = phase: must be a list"),
    "numbers for outputs": ("outputs = [1]\n" + RANGE, "outputs = 1: must be among phase"),
    "lists for outputs": ('outputs = [["phase"]]\n' + RANGE, r"outputs = \['phase'\]: must be among"),
    "no outputs": ("outputs = []\n" + RANGE, r"outputs = \[\]: must be a list"),
    "an output twice": (
        'outputs = ["phase", "phase"]\n' + RANGE,
        "outputs = phase: is asked for twice; name each once",
    ),
    "a number for a formula": (MAP.format("1.5"), "map.formula = 1.5: must be text"),
    "a list for a formula": (MAP.format("['x']"), f"map.formula = {TEXTS}: must be text"),
    "a number for a file": (descent("data = 1.5"), "problem.data = 1.5: must be digits, diabetes, or the path"),
    # numbers
    "not a number": (GRID + "[nan]", r"grid.parameters\[0\] = nan: is not a plain decimal"),
    "infinity": (GRID + "[1, -inf]", r"grid.parameters\[1\] = -inf: is not a plain decimal"),
    "beyond all floats": (GRID + "[1e400]", r"grid.parameters\[0\] = 1e400: has an exponent beyond"),
    "an integer beyond all floats": (GRID + "[1" + "0" * 400 + "]", "is beyond the range of float64"),
    "an integer of ten thousand digits": (GRID + "[" + "9" * 10_000 + "]", "is no TOML: .*digits; print one with"),
    "underscores in a text": (GRID + '["1__0"]', r"grid.parameters\[0\] = 1__0: is not a plain decimal"),
    "digits of another script": (GRID + '["\u0661"]', "is not a plain decimal"),
    "a decimal comma": (GRID + '["0,1"]', "is not a plain decimal"),
    "a power": (GRID + '["9**9**9"]', "is not a plain decimal"),
    "a zero denominator": (GRID + '["1/0"]', "has a zero denominator"),
    "an octal number": ("chunk = 0o0\n" + RANGE, "chunk = 0: must be an integer from 1"),
    "a chunk of nothing": ("chunk = 0\n" + RANGE, "chunk = 0: must be an integer from 1 to 1000000"),
    "half a chunk": ("chunk = 0.5\n" + RANGE, "chunk = 0.5: must be an integer"),
    "a seed below zero": ("rng = -1\n" + RANGE, "rng of SPEC = -1: must be an integer from 0"),
    "a seed with an exponent": ("rng = 1e3\n" + RANGE, "rng of SPEC = 1e3: must be an integer"),
    "a seed of 129 bits": (f"rng = {2**128}\n" + RANGE, "rng of SPEC = 340.*: must be an integer"),
    "another schema": ("schema = 2\n" + RANGE, "schema = 2: must be an integer from 1 to 1"),
    # axes
    "no values": (GRID + "[]", "grid.parameters = 0 values: must be from 1 to 1000000 values"),
    "two equal values": (GRID + "[1, 1.0]", "two equal values: must differ"),
    "lower above upper": (GRID + "{ start = 2, stop = 1, count = 3 }", "must be larger than start = 2; swap them"),
    "count 0": (GRID + "{ start = 0, stop = 1, count = 0 }", "grid.parameters.count = 0: must be an integer from 1"),
    "count 1": (GRID + "{ start = 0, stop = 1, count = 1 }", "grid.parameters.count = 1: must be at least 2"),
    "count -1": (GRID + "{ start = 0, stop = 1, count = -1 }", "grid.parameters.count = -1"),
    "count 10^12": (GRID + "{ start = 0, stop = 1, count = 1_000_000_000_000 }", "count = 1000000000000: must be"),
    "closer than floats": (
        GRID + "{ start = 1, stop = 1.000000000000001, count = 1000 }",
        "puts values closer together than float64 can tell",
    ),
    "a logarithm of zero": (
        GRID + '{ start = 0, stop = 1, count = 3, spacing = "log" }',
        "start = 0: must be > 0 on a log",
    ),
    "a spacing of no kind": (GRID + '{ start = 0, stop = 1, count = 3, spacing = "lin" }', "must be linear or log"),
    "values and a range": (GRID + "{ values = [1], start = 0 }", "grid.parameters.start = 0: does not go with values"),
    "more points than a disk holds": (
        descent("samples = 2", "{ start = 0.1, stop = 1, count = 1000000 }", "runs = 10000"),
        "1000000 × 10000 points, about .* GiB of results: must be at most 100000000 points",
    ),
    "deep lists": (GRID + "[" * 100_000, "it is nested too deeply"),
    "deep tables": (GRID + "{ a = " * 5_000, "it is nested too deeply"),
    # formulas
    "a call": (MAP.format("\"__import__('os').system('touch canary')\""), "character '_' at column 1"),
    "an attribute walk": (MAP.format('"().__class__.__base__"'), "character '.' at column 3"),
    "a tower": (MAP.format('"9**9**9"'), "exponent at column 2"),
    "parentheses": (MAP.format('"' + "(" * 1999 + '"'), "nested more than 64 deep"),
    "a formula of a million": (
        MAP.format('"' + "x" * 10**6 + '"'),
        "map.formula = x{79}…: must be text of at most 2000",
    ),
    "an unknown name": (MAP.format('"r*y"'), "has the name y at column 3, which is not declared"),
    "no formula": (MAP.format('""'), "map.formula = '': is empty"),
    "a linear map": (MAP.format('"r*x"'), "formula of SPEC = r\\*x: must be of degree 2"),
    "half a map": (
        'kind = "lyapunov"\n[map]\nformula = "r*x*(1-x)"\n[grid]\nparameters = [1]\n',
        "map.variable = missing",
    ),
    # problems
    "a step of zero": (descent(steps="[0]"), r"grid.step_sizes\[0\] = 0: must be a finite number > 0"),
    "a step uphill": (descent(steps="[-1e-3]"), r"grid.step_sizes\[0\] = -1e-3: must be a finite number > 0"),
    "no runs": (descent(grid="runs = 0"), "grid.runs = 0: must be an integer from 1 to 10000"),
    "no steps": (descent(run="steps = 0"), "run.steps = 0: must be an integer from 1"),
    "10^12 steps": (descent(run="steps = 1_000_000_000_000"), "run.steps = 1000000000000: must be"),
    "more steps than a record holds": (descent(run="steps = 10000000"), "MiB for each run: must take at most"),
    "no tolerance": (descent(run="tolerance = 0"), "run.tolerance = 0: must be between 0 and 1"),
    "escape below zero": (descent(run="escape_loss = -1"), "run.escape_loss = -1: must be a finite number > 0"),
    "gamma is no number": (descent('gamma = "nan"'), "problem.gamma = nan: is not a plain decimal"),
    "gamma and c are zero": (descent("gamma = 0\nc = 0"), "gamma of SPEC = 0: must not be 0 when c is 0"),
    "a model of no kind": (descent('model = "resnet"'), "problem.model = resnet: must be"),
    "a width of another model": (descent("width = 2"), "problem.width = 2: belongs to the two-layer network"),
    "no width": (descent('model = "two-layer-network"\nwidth = 0'), "problem.width = 0: must be"),
    "outer weights that are none": (
        descent('model = "two-layer-network"\nouter_weights = [nan]'),
        r"problem.outer_weights\[0\] = nan",
    ),
    "10^12 features": (descent("dimension = 1_000_000_000_000"), "problem.dimension = 1000000000000: must be"),
    "more rows than fit": (descent("samples = 2\ndimension = 1"), "samples of SPEC = 2: 2 nonzero rows cannot be orth"),
    "mixed rows without mixings": (descent('design = "mixed"'), "grid.mixings = missing"),
    "a mixing beyond 1": (descent("", "[1]", "mixings = [2]"), r"grid.mixings\[0\] = 2: must be from 0 to 1"),
    "a noise below zero": (descent('labels = "teacher"\nnoise = -1'), "problem.noise = -1: must be ≥ 0"),
    "no draws": (descent("", "[1]", "data_seeds = 0"), "grid.data_seeds = 0: must be an integer from 1"),
    "equal draws": (descent("", "[1]", "data_seeds = [1, 1]"), "or integers that differ from each other"),
    "a file outside": (descent('data = "../../../../etc/passwd"'), "FILE = .*passwd: |path of SPEC"),
    "a file that is a folder": (descent('data = "."'), "is a folder"),
    "a file that is a device": (descent('data = "/dev/zero"'), "is no ordinary file"),
    "a file with NUL": (descent('data = "a\\u0000b.csv"'), r"a\\x00b|null"),
    "a file on a network": (descent('data = "http://localhost:1/x.csv"'), "does not exist"),
}


@pytest.mark.parametrize("kind", ["descent", "lyapunov", "atlas"])
def test_what_the_hostile_ones_are_made_of_is_good(kind: str) -> None:
    """Otherwise they might be refused for another reason."""
    good = {"descent": descent(), "lyapunov": MAP.format('"r*x*(1-x)"'), "atlas": RANGE}
    assert read_spec(good[kind]).kind == kind


@pytest.mark.parametrize("name", SPECS)
def test_a_specification_is_refused_in_one_line_with_nothing_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    content, said = SPECS[name]
    file = tmp_path / "hostile.toml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    before = seen(tmp_path)
    started = time.process_time()
    with within_seconds(30):
        code, out, err = invoke(("sweep", "hostile.toml", "--out", "new.zarr"))
    spent = time.process_time() - started
    assert (code, out) == (2, ""), err
    line = re.fullmatch(r"symphase: ([^\n]+)\n", err)
    assert line is not None, err
    assert line[1].isprintable()
    assert len(line[1]) < 600
    assert re.search(said, line[1]), err
    assert seen(tmp_path) == before
    assert spent < 1


# Where the store would go.
STORES: Final[dict[str, str]] = {
    "": "must be the path of a folder",
    "a\nb": "is no name for a folder",
    "-rf": "is no name for a folder",
    "n" * 300: "is no name for a folder",
    "a\0b": "is no name for a folder",
    "missing/store": "is in a folder that does not exist",
    "hostile.toml": "is a file, not a folder",
    "/dev/full": "is a file, not a folder",
    "pipe": "is a file, not a folder",
    "link": "is a link|link",
    "full": "holds files|no store|is no|not a store",
    "\x1b[31m": "is no name for a folder",
}


@pytest.mark.parametrize("name", STORES)
def test_a_store_that_cannot_be_is_refused_with_nothing_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "inside"
    place.mkdir()
    monkeypatch.chdir(place)
    (place / "hostile.toml").write_text(RANGE, encoding="utf-8")
    os.mkfifo(place / "pipe")
    (place / "full").mkdir()
    (place / "full" / "diary").write_text("of somebody else", encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    (place / "link").symlink_to(tmp_path / "elsewhere")
    before = seen(tmp_path)
    with within_seconds(30):
        code, out, err = invoke(("sweep", "hostile.toml", f"--out={name}"))
    assert (code, out) == (2, ""), err
    assert re.fullmatch(r"symphase: --out = [^\n]+\n", err), err
    assert re.search(STORES[name], err), err
    assert seen(tmp_path) == before


def test_there_are_many_hostile_specifications(record_property: Callable[[str, object], None]) -> None:
    assert len({content for content, _ in SPECS.values()}) == len(SPECS) >= 100
    record_property("hostile_spec_cases", len(SPECS) + len(STORES))


# --- what was wrong once ----------------------------------------------------------------------------------------------


def test_regression_a_key_of_many_parts_took_half_a_minute() -> None:
    started = time.process_time()
    for text in (
        "a." * 100_000 + "b = 1",
        "'a' . " * 50_000 + "b = 1",
        "[" + "a-b." * 100_000 + "b]\n",
        "a" * 10**6 + " = 1",
    ):
        with pytest.raises(InputError):
            read_spec(text)
    assert time.process_time() - started < 3
    # what looks like one, and is none
    assert read_spec(RANGE + "# " + "a." * 20 + "\n" + "# 1, 1.5, 2.5\n").kind == "atlas"
    assert len(read_spec(GRID + "[" + ", ".join(f"{k}.5" for k in range(1000)) + "]").axes[0]) == 1000


def test_regression_a_mark_of_windows_editors_was_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbf" + RANGE.replace("\n", "\r\n").encode())
    assert read_spec(tmp_path / "a.toml") == read_spec(RANGE)


def test_regression_underscores_were_taken_out_of_texts() -> None:
    with pytest.raises(InputError, match=r"grid.parameters\[0\] = 1__0: is not a plain decimal"):
        read_spec(GRID + '["1__0"]\n')
    assert read_spec(GRID + "[1_0.5]\n") == read_spec(GRID + "[10.5]\n")  # as TOML allows


def test_regression_a_decimal_was_taken_for_a_text() -> None:
    with pytest.raises(InputError, match=r"map.formula = 1.5: must be text"):
        read_spec(MAP.format("1.5"))
    with pytest.raises(InputError, match=r"problem.data = 1.5: must be digits"):
        read_spec(descent("data = 1.5"))


def test_regression_the_size_of_a_file_was_told_twice(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"#" * (2**20 + 1))
    with pytest.raises(InputError) as caught:
        read_spec(tmp_path / "a.toml")
    assert str(caught.value).count("a.toml") == 1
    assert "PosixPath" not in str(caught.value)
    (tmp_path / "b.toml").write_bytes(b"[")
    with pytest.raises(InputError, match=r"^spec = [^P]*b.toml: is no TOML"):
        read_spec(tmp_path / "b.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rng = -1\n" + RANGE, "rng of SPEC = -1"),  # not --seed
        (MAP.format('"r*x"'), r"formula of SPEC = r\*x"),  # not --map
        (descent("gamma = 0\nc = 0"), "gamma of SPEC = 0"),  # not --gamma
        (descent("samples = 2\ndimension = 1"), "samples of SPEC = 2"),  # not --samples
    ],
)
def test_regression_an_option_of_another_command_was_blamed(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    assert re.match(f"symphase: {said}: ", invoke(("sweep", "a.toml", "--out", "x"))[2])


def test_regression_control_characters_of_a_key_reached_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(RANGE + '"\\u001b[31m" = 1\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"grid.\\x1b\[31m = 1: is no key of \[grid\]"):
        read_spec(tmp_path / "a.toml")
    err = invoke(("sweep", str(tmp_path / "a.toml"), "--out", str(tmp_path / "x")))[2]
    assert "\x1b" not in err


def test_regression_a_misspelt_key_that_is_needed_was_only_called_missing() -> None:
    with pytest.raises(InputError, match=r"grid.step_sizes = missing: .*did you mean it by step_size \(line 3\)\?"):
        read_spec('kind = "descent"\n[grid]\nstep_size = [1]\n')
    with pytest.raises(InputError, match=r"kind = missing: must be descent, lyapunov or atlas$"):
        read_spec("rng = 1\n")


def test_regression_values_closer_than_floats_were_noticed_at_the_last_alone() -> None:
    for ends, count in (("start = 1, stop = 1.000000000000001", 1000), ("start = -1e16, stop = 1", 5001)):
        text = GRID + f"{{ {ends}, count = {count} }}\n"
        if count == 1000:
            with pytest.raises(InputError, match=r"count = 1000: puts values closer together than float64 can tell"):
                read_spec(text)
        else:
            assert len(set(read_spec(text).axes[0].values())) == count
    with pytest.raises(InputError, match=r"closer together"):
        read_spec(GRID + "{ start = -1e16, stop = -9999999999999990, count = 12 }\n")


def test_regression_an_output_asked_for_twice_was_counted_once() -> None:
    with pytest.raises(InputError, match=r"outputs = phase: is asked for twice; name each once"):
        read_spec('outputs = ["phase", "phase"]\n' + RANGE)


def test_regression_a_sweep_over_a_file_had_no_report(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_bytes(b"a,b,y\n1,0,1\n0,1,2\n")
    (tmp_path / "a.toml").write_text(descent('data = "d.csv"'), encoding="utf-8")
    spec = read_spec(tmp_path / "a.toml")
    with pytest.raises(InputError, match=r"problem.data = d.csv: is a file that did not come"):
        spec_from_canonical(spec.canonical)
    again = spec_from_canonical(spec.canonical, without_table=True)  # as a report about its store reads it
    assert again == spec
    assert again.table is None
    for digest in ('"../x"', "1", "null"):
        altered = re.sub(r'"data_sha256":\s*"[0-9a-f]*"', f'"data_sha256":{digest}', spec.canonical)
        assert altered != spec.canonical
        with pytest.raises(InputError, match=r"problem.data_sha256 = .*: must be a SHA-256"):
            spec_from_canonical(altered, without_table=True)
