"""Sweeps: specifications that are refused, results by a second route, and the same bytes whatever happens."""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from knob import trials
from test_stores import POSIX, files, one_line

from symphase import sweeps
from symphase.commands.sweep import EXAMPLES
from symphase.descent import descend
from symphase.errors import InputError, SymphaseError
from symphase.models import PhaseRetrieval
from symphase.problems import make_problem
from symphase.spec_reader import read_spec, spec_from_canonical
from symphase.stores import StoreLocked, StoreMismatch, StoreWriter, open_store, verify_store
from symphase.sweep_chunks import LABELS, PHASES, compute_chunk, plan_of
from symphase.sweep_specs import Axis
from symphase.sweeps import SweepFailed, sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from symphase.store_plans import StorePlan

LYAPUNOV = """
kind = "lyapunov"
chunk = 3
[grid]
parameters = { start = 0.5, stop = 2, count = 31 }
[run]
transient = 100
steps = 2000
"""
ATLAS = """
kind = "atlas"
chunk = 4
[grid]
parameters = [0.5, "2/3", 0.8, 0.83, 0.9, 1, 1.1, 1.23, 1.3, 1.455, 1.9, 2, 2.1]
"""
DESCENT = """
kind = "descent"
rng = 7
chunk = 2

[problem]
model = "phase-retrieval"
samples = 3
dimension = 8
design = "mixed"
labels = "uniform"

[grid]
step_sizes = { start = 0.3, stop = 2.2, count = 5, unit = "a" }
mixings = [0, 1]
label_scales = [1, 2]
data_seeds = 2
runs = 2

[run]
steps = 200
"""
SPECS = {"lyapunov": LYAPUNOV, "atlas": ATLAS, "descent": DESCENT}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each sweep, computed in one go."""
    root = tmp_path_factory.mktemp("whole")
    for name, spec in SPECS.items():
        sweep(spec, root / name)
    return {name: root / name for name in SPECS}


# ------------------------------------------------------------------------------------------------------ specifications


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_specifications_and_the_canonical_form_is_one(name: str) -> None:
    spec = read_spec(EXAMPLES[name])
    assert spec.kind == name
    again = spec_from_canonical(spec.canonical)
    assert again == spec
    assert again.sha256 == spec.sha256


def test_what_means_the_same_has_the_same_hash(tmp_path: Path) -> None:
    one = 'kind = "atlas"\n[grid]\nparameters = [0.5, 1]\n'
    same = "kind='atlas'\nrng=0\nchunk = 128\n[run]\nmax_period = 64\n[grid]\nparameters = ['1/2', 1.000]  # as above\n"
    assert read_spec(one).sha256 == read_spec(same).sha256
    assert read_spec(one).sha256 != read_spec(one.replace("0.5", "0.50000000000000001")).sha256
    (tmp_path / "a.toml").write_text(one)
    assert read_spec(tmp_path / "a.toml") == read_spec(str(tmp_path / "a.toml")) == read_spec(one)


def test_axes_are_exact() -> None:
    line = Axis(name="a", listed=(Fraction(1, 10), Fraction(7, 10)), count=4)
    assert [line.at(k) for k in range(4)] == [Fraction(k, 10) for k in (1, 3, 5, 7)]
    log = Axis(name="a", listed=(Fraction(1, 1000), Fraction(1000)), count=7, spacing="log")
    assert log.values() == [0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0]
    rough = Axis(name="a", listed=(Fraction(1, 3), Fraction(70)), count=100, spacing="log").values()
    assert np.allclose(rough, np.geomspace(1 / 3, 70, 100), rtol=1e-14, atol=0)


_ATLAS = 'kind = "atlas"\n[grid]\nparameters = '
_DESCENT = 'kind = "descent"\n[problem]\nsamples = 2\n{}\n[grid]\nstep_sizes = [1]\n{}\n[run]\n{}\n'
BAD: dict[str, tuple[str, str]] = {
    "no TOML": ("kind = ", r"spec = the text given: is no TOML: Invalid value \(at line 1, column 8\)"),
    "duplicate key": (f"{_ATLAS}[1]\nparameters = [2]", "is no TOML: Cannot overwrite a value"),
    "no kind": ("rng = 0\n", "kind = missing: must be descent, lyapunov or atlas"),
    "a kind misspelt": ('kind = "decent"\n', "kind = decent: must be .*; did you mean descent?"),
    "an unknown key": (
        f"{_ATLAS}[1]\n[run]\nmax_perid = 3",
        r"run.max_perid = 3: .*\(line 5\); did you mean max_period\?",
    ),
    "an unknown top key": (f"etaa = 3\n{_ATLAS}[1]", r"etaa = 3: is no key of a specification \(line 1\)"),
    "an unknown section": (f"{_ATLAS}[1]\n[gird]\nx = 1", r"gird = .* \(line 4\); did you mean grid\?"),
    "a section of another kind": (f"{_ATLAS}[1]\n[problem]\nmodel = 1", r"problem = .* is no key of a specification"),
    "an unknown key in a range": (f"{_ATLAS}{{ start = 0, stop = 1, cout = 2 }}", "grid.parameters.c"),
    "nan": (f"{_ATLAS}[nan]", r"grid.parameters\[0\] = nan: is not a plain decimal"),
    "inf": (f"{_ATLAS}[1, inf]", r"grid.parameters\[1\] = inf"),
    "beyond floats": (f"{_ATLAS}[1e400]", r"grid.parameters\[0\] = 1e400: has an exponent beyond"),
    "a ratio beyond floats": (f'{_ATLAS}["1{"0" * 400}/3"]', "is beyond the range of float64"),
    "below floats": (f'{_ATLAS}["1/1{"0" * 400}"]', "is beyond the range of float64"),
    "a boolean": (f"{_ATLAS}[true]", r"a boolean is not a number here"),
    "text": (f'{_ATLAS}["one"]', r"grid.parameters\[0\] = one"),
    "an empty list": (f"{_ATLAS}[]", "grid.parameters = 0 values: must be from 1"),
    "two equal values": (f"{_ATLAS}[1, 1.0]", "two equal values"),
    "no grid": ('kind = "atlas"\n', "grid.parameters = missing"),
    "a grid that is no table": ('kind = "atlas"\ngrid = 3\n', "grid = 3: must be a table"),
    "start > stop": (
        f"{_ATLAS}{{ start = 2, stop = 1, count = 3 }}",
        "grid.parameters.stop = 1: must be larger than start = 2",
    ),
    "no count": (f"{_ATLAS}{{ start = 2, stop = 1 }}", "grid.parameters.count = missing"),
    "count 0": (f"{_ATLAS}{{ start = 1, stop = 2, count = 0 }}", "count = 0: must be an integer from 1"),
    "count 1 over a range": (f"{_ATLAS}{{ start = 1, stop = 2, count = 1 }}", "count = 1: must be at least 2"),
    "a count that is no integer": (f"{_ATLAS}{{ start = 1, stop = 2, count = 2.5 }}", "count = 2.5"),
    "10^12 points": (
        f"{_ATLAS}{{ start = 1, stop = 2, count = 1000000000000 }}",
        "must be an integer from 1 to 1000000",
    ),
    "too close": (f"{_ATLAS}{{ start = 1, stop = 1.0000000000000002, count = 9 }}", "closer together than float64"),
    "log from 0": (
        f'{_ATLAS}{{ start = 0, stop = 2, count = 3, spacing = "log" }}',
        "must be > 0 on a logarithmic axis",
    ),
    "a spacing misspelt": (f'{_ATLAS}{{ start = 1, stop = 2, count = 3, spacing = "lin" }}', "must be linear or log"),
    "chunk 0": (f"chunk = 0\n{_ATLAS}[1]", "chunk = 0: must be an integer from 1"),
    "a negative rng": (f"rng = -1\n{_ATLAS}[1]", "rng = -1"),
    "a boolean rng": (f"rng = true\n{_ATLAS}[1]", "rng = True"),
    "an output misspelt": (f'outputs = ["fase"]\n{_ATLAS}[1]', "outputs = fase: must be among phase"),
    "no outputs": (f"outputs = []\n{_ATLAS}[1]", "outputs = "),
    "max_period 0": (f"{_ATLAS}[1]\n[run]\nmax_period = 0", "run.max_period = 0"),
    "nested deeply": (f"{_ATLAS}{'[' * 9000}", "is no TOML"),
    "a step size of zero": (_DESCENT.format("", "", "").replace("[1]", "[0]"), r"step_sizes\[0\] = 0: must be .* > 0"),
    "a negative step size": (_DESCENT.format("", "", "").replace("[1]", "[-1]"), "gradient ascent is another map"),
    "a wrong unit": (_DESCENT.format("", "", "").replace("[1]", '{ values = [1], unit = "b" }'), "must be eta or a"),
    "no steps": (_DESCENT.format("", "", "steps = 0"), "run.steps = 0"),
    "steps that fill the memory": (
        _DESCENT.format("", "", "steps = 10000000").replace("= 2", "= 80"),
        "MiB for each run",
    ),
    "runs 0": (_DESCENT.format("", "runs = 0", ""), "grid.runs = 0"),
    "too many points": (
        _DESCENT.format("", "runs = 10000", "").replace("[1]", "{ start = 1, stop = 2, count = 100000 }"),
        "100000 × 10000 points, about .* GiB of results: must be at most",
    ),
    "gamma = 0 and c = 0": (_DESCENT.format("gamma = 0", "", ""), "must not be 0 when c is 0"),
    "a parameter of another model": (
        _DESCENT.format("alpha = 1", "", ""),
        "problem.alpha = 1: belongs to the two-layer",
    ),
    "gamma of a network": (_DESCENT.format('model = "two-layer-network"\ngamma = 1', "", ""), "belongs to phase retr"),
    "a design misspelt": (_DESCENT.format('design = "gausian"', "", ""), "did you mean gaussian?"),
    "mixed without mixings": (_DESCENT.format('design = "mixed"', "", ""), "grid.mixings = missing"),
    "mixings with another design": (_DESCENT.format('design = "qr"', "mixings = [1]", ""), "grid.mixings = mixing"),
    "a mixing beyond 1": (_DESCENT.format("", "mixings = [1.5]", ""), r"grid.mixings\[0\] = 1.5: must be from 0 to 1"),
    "noise without a teacher": (_DESCENT.format("noise = 1", "", ""), "problem.noise = 1: belongs to labels"),
    "data and a design": (_DESCENT.format('data = "digits"\ndesign = "qr"', "", ""), "problem.design = qr: belongs to"),
    "a file that is not there": (
        _DESCENT.format('data = "no.csv"', "", "").replace("samples = 2", ""),
        "does not exist",
    ),
    "more rows than columns": (_DESCENT.format("dimension = 1", "", ""), "samples"),
    "a unit without a": (
        _DESCENT.format('labels = "teacher"\nmodel = "two-layer-network"\nouter_weights = [1, -1]', "", "").replace(
            "[1]", '{ values = [1], unit = "a" }', 1
        ),
        "grid.step_sizes|model",
    ),
    "a tolerance of 1": (_DESCENT.format("", "", "tolerance = 1"), "run.tolerance = 1"),
    "half a map": ('kind = "lyapunov"\n[map]\nformula = "r*x"\n[grid]\nparameters = [1]', "map.variable = missing"),
    "a map that runs code": (
        'kind = "lyapunov"\n[map]\nformula = "eval(1)"\nvariable = "x"\nparameter = "r"\n[grid]\nparameters = [1]',
        "map.formula",
    ),
    "a map of one name": (
        'kind = "lyapunov"\n[map]\nformula = "x*x"\nvariable = "x"\nparameter = "x"\n[grid]\nparameters = [1]',
        "must differ from the variable",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_specifications_are_refused_in_one_line_before_anything_is_written(name: str, tmp_path: Path) -> None:
    text, message = BAD[name]
    with pytest.raises(InputError, match=message) as told:
        sweep(text if "\n" in text else f"{text}\n", tmp_path / "s.zarr")
    assert len(one_line(told.value)) < 600
    assert list(tmp_path.iterdir()) == []


def test_specifications_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"kind = '\xe4'\n")
    (tmp_path / "large").write_bytes(b"#" * (2**20 + 1))
    for source, message in (
        (tmp_path, "cannot be read: Is a directory"),
        (tmp_path / "no.toml", "cannot be read: No such file"),
        (tmp_path / "latin", "is no text in UTF-8"),
        (tmp_path / "large", "is larger than 1 MiB"),
        ("a\0b", "cannot be read"),
        (3, "must be the path of a TOML file, or its text"),
        ("=" * (2**20 + 1), "must be at most"),
    ):
        with pytest.raises(InputError, match=message):
            read_spec(source)  # type: ignore[arg-type]  # the wrong type is a point
    for text in ("[", "[]", '{"kind": 3}'):
        with pytest.raises(InputError):
            spec_from_canonical(text)


def test_a_table_of_data_is_part_of_the_identity(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("u,v,y\n1,0,1\n0,1,0.5\n")
    text = 'kind = "descent"\noutputs = ["final_loss"]\n[problem]\ndata = "t.csv"\n[grid]\nstep_sizes = [0.5]\n'
    (tmp_path / "s.toml").write_text(text)
    spec = read_spec(tmp_path / "s.toml")
    assert spec_from_canonical(spec.canonical, spec.table) == spec
    result = sweep(spec, tmp_path / "s.zarr", workers=2)
    assert result.open().final_loss.shape == (1, 1)
    with pytest.raises(InputError, match="did not come with the canonical form"):
        spec_from_canonical(spec.canonical)
    (tmp_path / "t.csv").write_text("u,v,y\n1,0,1\n0,1,0.25\n")
    with pytest.raises(StoreMismatch, match=r"specification\.problem\.data_sha256"):
        sweep(tmp_path / "s.toml", tmp_path / "s.zarr")


# ------------------------------------------------------------------------------------------------------- second routes


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_phases_lie_between_the_known_boundaries(whole: dict[str, Path]) -> None:
    found = open_store(whole["atlas"])
    for a, code in zip(found.a.values, found.phase.values, strict=True):
        expected = {
            a <= 2 * math.sqrt(2) - 2: "monotonic",
            2 * math.sqrt(2) - 2 < a <= 1: "catapult",
            1 < a < 1.3 or a == 1.455: "periodic",
            1.3 < a < 2 and a != 1.455: "chaotic",
            a > 2: "divergent",
        }
        if expected.get(True):
            assert PHASES[code] == expected[True], a
    assert found.period.sel(a=1.1).item() == 2
    assert found.period.sel(a=1.455).item() == 3
    assert found.in_window.values.sum() == 1
    assert found.distance.sel(a=0.9).item() == pytest.approx(2 * math.sqrt(2) - 2 - 0.9)
    assert found.attrs["specification_sha256"] == read_spec(ATLAS).sha256
    names = found.phase.attrs["flag_meanings"].split()
    assert [name.replace("_", " ") for name in names] == list(PHASES)


def test_exponents_are_those_of_the_fixed_point_and_of_the_last_map(whole: dict[str, Path], tmp_path: Path) -> None:
    found = open_store(whole["lyapunov"])
    assert found.lyapunov.sel(a=0.75, method="nearest").item() == pytest.approx(math.log(abs(1 - 2 * 0.75)), abs=1e-9)
    # at a = 2 the critical orbit lands on the fixed point 2, whose multiplier is 9; a typical orbit has ln 3
    assert found.lyapunov.sel(a=2.0).item() == pytest.approx(math.log(9), abs=1e-3)
    typical = LYAPUNOV.replace("{ start = 0.5, stop = 2, count = 31 }", "[2, 2.1]") + "start = 0.3\n"
    free = sweep(typical, tmp_path / "typical").open()
    assert free.lyapunov.values[0] == pytest.approx(math.log(3), abs=5 * free.lyapunov_error.values[0])
    assert free.lyapunov_error.values[0] < 0.05
    assert np.isnan(free.lyapunov.values[1])
    spec = LYAPUNOV.replace("[grid]", '[map]\nformula = "r*x*(1-x)"\nvariable = "x"\nparameter = "r"\n[grid]')
    plan = plan_of(read_spec(spec))
    assert list(plan.sizes) == ["r"]


def test_a_descent_by_a_plain_loop(whole: dict[str, Path]) -> None:
    found = open_store(whole["descent"])
    assert found.label.dims == ("label_scale", "mixing", "data_seed", "a", "run")
    assert found.label.shape == (2, 2, 2, 5, 2)
    assert set(np.unique(found.label.values)) <= set(range(len(LABELS)))
    spec = read_spec(DESCENT)
    compared = 0
    for seed in (0, 1):
        problem = make_problem(
            PhaseRetrieval(gamma=2, c=0),
            samples=3,
            dimension=8,
            design="mixed",
            mixing=1.0,
            labels="uniform",
            rng=np.random.SeedSequence(7, spawn_key=(0, seed)),
        )
        x, y = problem.features, problem.targets * 2.0
        rng = np.random.SeedSequence(7, spawn_key=(1, seed))
        starts = descend(PhaseRetrieval(gamma=2, c=0), x, y, step_sizes=1.0, runs=2, rng=rng, steps=1).starts
        largest = max(2 * y * np.einsum("ij,ij->i", x, x) / len(y))  # a = 2ηy‖x‖²/n of plain phase retrieval
        for k, a in enumerate(spec.axes[-1].values()):
            at = {"label_scale": 2.0, "mixing": 1.0, "data_seed": seed}
            eta = found.step_size.sel(at).values[k]
            assert eta == pytest.approx(a / largest, rel=1e-12)
            for run in (0, 1):
                w = starts[run].copy()
                for _ in range(200):
                    p = x @ w
                    w = w - eta * (((p * p - y) * 2 * p) @ x) / len(y)
                    if not np.abs(w).max() < 1e6:
                        break
                loss = float(((x @ w) ** 2 - y) @ ((x @ w) ** 2 - y)) / (2 * len(y))
                stored = found.final_loss.sel(at).values[k, run]
                label = LABELS[found.label.sel(at).values[k, run]]
                if label == "divergent":
                    assert math.isinf(stored)
                    assert loss > 1e10
                    assert found.escape_step.sel(at).values[k, run] > 0
                    compared += 1
                    assert math.isinf(found.sharpness.sel(at).values[k, run])
                elif label in ("monotonic", "catapult", "periodic"):
                    assert stored == pytest.approx(loss, rel=1e-6, abs=1e-12)
                    p = x @ w
                    hessian = (x.T * (4 * p * p + 2 * (p * p - y))) @ x / len(y)
                    sharpness = found.sharpness.sel(at).values[k, run]
                    assert sharpness == pytest.approx(np.linalg.eigvalsh(hessian)[-1], rel=1e-6, abs=1e-9)
                    compared += 1
    assert compared >= 8


def test_three_steps_from_the_starts_of_each_data_seed(tmp_path: Path) -> None:
    """Before anything has settled, the loss tells which data and which start it was."""
    text = DESCENT.replace("steps = 200", "steps = 3").replace("rng = 7", 'rng = 7\noutputs = ["final_loss"]')
    found = sweep(text, tmp_path / "s").open().final_loss
    model, compared = PhaseRetrieval(gamma=2, c=0), []
    for seed in (0, 1):
        mixed = np.random.SeedSequence(7, spawn_key=(0, seed))
        problem = make_problem(model, samples=3, dimension=8, design="mixed", mixing=0.0, labels="uniform", rng=mixed)
        x, y = problem.features, problem.targets
        rng = np.random.SeedSequence(7, spawn_key=(1, seed))
        for run, start in enumerate(descend(model, x, y, step_sizes=1.0, runs=2, rng=rng, steps=1).starts):
            w, eta = start.copy(), 0.3 / max(2 * y * np.einsum("ij,ij->i", x, x) / 3)
            for _ in range(3):
                w = w - eta * ((((x @ w) ** 2 - y) * 2 * (x @ w)) @ x) / 3
            loss = float(np.sum(((x @ w) ** 2 - y) ** 2)) / 6
            stored = found.sel(label_scale=1.0, mixing=0.0, data_seed=seed).values[0, run]
            assert stored == pytest.approx(loss, rel=1e-9)
            compared.append(loss)
    assert len(set(compared)) == 4


def test_coordinates_and_the_largest_a(tmp_path: Path) -> None:
    text = (
        'kind = "descent"\noutputs = ["final_loss", "escape_step"]\n[problem]\nmodel = "two-layer-network"\nalpha = 2\n'
    )
    text += "samples = 2\ndimension = 4\n[grid]\nstep_sizes = [0.1, 0.2, 0.4]\nruns = 2\n[run]\nsteps = 50\n"
    found = sweep(text, tmp_path / "s.zarr").open()
    assert set(found.coords) == {"step_size", "run"}  # their order is that in which zarr answers
    assert set(found.data_vars) == {"final_loss", "escape_step", "largest_a"}
    # a = 2αηy‖x‖²/n with y = ‖x‖ = 1, n = 2
    assert np.allclose(found.largest_a.values, 2 * 2 * np.array([0.1, 0.2, 0.4]) / 2, rtol=1e-12)
    assert found.attrs["certainty"] == "observed"
    assert "spawn_key=(1, k)" in found.attrs["seed"]


# ---------------------------------------------------------------------------------------------------------- same bytes


@pytest.mark.slow  # some seconds of the five minutes that the others share
@pytest.mark.parametrize("name", SPECS)
def test_processes_write_the_same_bytes(name: str, whole: dict[str, Path], tmp_path: Path) -> None:
    result = sweep(SPECS[name], tmp_path / "s", workers=2)
    assert result.computed == result.chunks
    assert files(tmp_path / "s") == files(whole[name])


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_chunks_stand_alone_in_any_order(whole: dict[str, Path], tmp_path: Path) -> None:
    for name, text in SPECS.items():
        spec = read_spec(text)
        plan = plan_of(spec)
        order = np.random.default_rng(0).permutation(plan.chunk_count)[:5].tolist()
        with StoreWriter(tmp_path / name, plan) as store:
            for index in order:
                store.write(index, compute_chunk(spec, plan, index))
        seen: list[tuple[int, int]] = []
        result = sweep(text, tmp_path / name, progress=lambda _, done, total, seen=seen: seen.append((done, total)))  # type: ignore[misc]  # a lambda with defaults
        assert result.found == len(order)
        assert seen[0][0] > 0
        assert seen[-1] == (spec.points, spec.points)
        assert sorted(seen) == seen
        assert files(tmp_path / name) == files(whole[name])


def test_a_problem_of_the_papers_size_does_not_depend_on_the_threads_of_the_blas(tmp_path: Path) -> None:
    script = tmp_path / "one.py"
    script.write_text(
        "import hashlib, sys\nfrom symphase.spec_reader import read_spec\n"
        "from symphase.sweep_chunks import compute_chunk, plan_of\n"
        'spec = read_spec(\'\'\'kind = "descent"\\noutputs = ["final_loss"]\\n[grid]\\n'
        "step_sizes = { start = 0.5, stop = 1.9, count = 3, unit = \"a\" }\\nruns = 40\\n[run]\\nsteps = 60\\n''')\n"
        "found = compute_chunk(spec, plan_of(spec), 0)\n"
        "print(hashlib.sha256(found['final_loss'].tobytes()).hexdigest())\n"
    )
    told = {
        subprocess.run(
            [sys.executable, str(script)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
        ).stdout
        for threads in ("1", "2", "5")
    }
    assert len(told) == 1


def test_damage_is_repaired_and_told(whole: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(whole["lyapunov"], tmp_path / "s")
    path = tmp_path / "s/data/lyapunov/c.4"
    path.write_bytes(path.read_bytes()[::-1])
    result = sweep(LYAPUNOV, tmp_path / "s")
    assert (result.computed, result.repaired) == (1, ("data/lyapunov/c.4 (altered) of chunk c.4",))
    assert files(tmp_path / "s") == files(whole["lyapunov"])


def test_two_sweeps_at_once_and_another_specification(whole: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(whole["lyapunov"], tmp_path / "s")
    (tmp_path / "s/checksums/c.0.json").unlink()
    with StoreWriter(tmp_path / "s", plan_of(read_spec(LYAPUNOV))), pytest.raises(StoreLocked):
        sweep(LYAPUNOV, tmp_path / "s")
    with pytest.raises(StoreMismatch, match=r"specification\.run\.steps: 2000 there, 2001 here"):
        sweep(LYAPUNOV.replace("2000", "2001"), tmp_path / "s")
    assert verify_store(tmp_path / "s").missing == ("c.0",)


# ------------------------------------------------------------------------------------------------- what goes wrong


def _poisoned(spec: Any, plan: StorePlan, index: int) -> dict[str, Any]:
    if index == 2:
        raise ArithmeticError("poison")
    if index == 5:
        raise MemoryError
    return _REAL(spec, plan, index)


def _deadly(spec: Any, plan: StorePlan, index: int) -> dict[str, Any]:
    if index in (2, 6):
        os._exit(9)
    return _REAL(spec, plan, index)


_REAL = compute_chunk


def test_a_chunk_that_fails_is_named_and_the_others_are_there(
    whole: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sweeps, "compute_chunk", _poisoned)
        with pytest.raises(
            SweepFailed, match=r"2 of 11 chunks failed \(c\.2: ArithmeticError: poison; c\.5: there was not"
        ) as told:
            sweep(LYAPUNOV, tmp_path / "s")
    one_line(told.value)
    assert [name for name, _ in told.value.result.failed] == ["c.2", "c.5"]
    assert verify_store(tmp_path / "s").missing == ("c.2", "c.5")
    assert sweep(LYAPUNOV, tmp_path / "s").computed == 2
    assert files(tmp_path / "s") == files(whole["lyapunov"])


@pytest.mark.skipif(sys.platform != "linux", reason="children see the patched function only where they are forked")
def test_a_chunk_that_kills_its_process_is_named_and_its_neighbours_are_not(
    whole: dict[str, Path], tmp_path: Path
) -> None:
    """In a process of its own: beside threads (of zarr, here) children are not forked, and would not be poisoned."""
    script = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import test_sweeps
from symphase import sweeps
sweeps.compute_chunk = test_sweeps._deadly
try:
    sweeps.sweep(test_sweeps.LYAPUNOV, {str(tmp_path / "s")!r}, workers=3)
except sweeps.SweepFailed as failed:
    print(failed.result.failed)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ran.stdout.count("its process died twice") == 2, ran.stderr
    assert verify_store(tmp_path / "s").missing == ("c.2", "c.6")
    sweep(LYAPUNOV, tmp_path / "s")
    assert files(tmp_path / "s") == files(whole["lyapunov"])


def test_chunks_of_another_version_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeps, "versions_for", lambda _: {"numpy": "0.1"})
    with pytest.raises(SweepFailed, match=r"its worker has .* numpy 0\.1, this store is of"):
        sweep(LYAPUNOV, tmp_path / "s")


def test_workers_and_clusters_that_are_none(tmp_path: Path) -> None:
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"workers": 0}, "workers = 0"),
        ({"workers": 10**6}, "must be an integer from 1 to 64"),
        ({"cluster": "somewhere"}, "must be the address of a Dask scheduler"),
        ({"cluster": "tcp://127.0.0.1:8786; rm"}, "must be the address"),
        ({"cluster": "tcp://127.0.0.1:8786", "workers": 2}, "does not go with a cluster"),
    )
    for keywords, message in cases:
        with pytest.raises(InputError, match=message):
            sweep(LYAPUNOV, tmp_path / "s", **keywords)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_names_what_is_safe(
    whole: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = os.fsync, 30

    def full(handle: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(28, "No space left on device")
        real(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(
            InputError, match=r"No space left on device \([1-9] of 11 chunks are there, and stay\); make room"
        ):
            sweep(LYAPUNOV, tmp_path / "s")
    assert verify_store(tmp_path / "s").damaged == ()
    sweep(LYAPUNOV, tmp_path / "s")
    assert files(tmp_path / "s") == files(whole["lyapunov"])


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs unshare for a disk of its own")
def test_a_real_full_disk(whole: dict[str, Path], tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    (tmp_path / "spec.toml").write_text(LYAPUNOV)
    script = tmp_path / "fill.py"
    script.write_text(
        "import pathlib, shutil, sys\nfrom symphase.sweeps import sweep\nfrom symphase.errors import SymphaseError\n"
        "spec, disk, kept = sys.argv[1:]\n"
        "try:\n    sweep(pathlib.Path(spec), disk + '/s')\nexcept SymphaseError as error:\n    print(error)\n"
        "shutil.copytree(disk + '/s', kept)\n"
    )
    command = 'mount -t tmpfs -o size=100k tmpfs "$1" && "$2" "$3" "$4" "$1" "$5"'
    arguments = [str(disk), sys.executable, str(script), str(tmp_path / "spec.toml"), str(tmp_path / "kept")]
    ran = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", command, "sh", *arguments], capture_output=True, text=True, check=False
    )
    if "unshare" in ran.stderr or "mount" in ran.stderr:
        pytest.skip(f"this machine gives no tmpfs to a user: {ran.stderr.strip()}")
    assert "No space left on device" in ran.stdout, ran.stdout + ran.stderr
    report = verify_store(tmp_path / "kept")
    assert 0 < report.done < report.chunks
    assert report.damaged == ()
    sweep(LYAPUNOV, tmp_path / "kept")
    assert files(tmp_path / "kept") == files(whole["lyapunov"])


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs unshare for a disk of its own")
def test_a_real_read_only_folder(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "read.py").write_text(
        "import sys\nsys.path.insert(0, sys.argv[2])\nfrom test_stores import StoreWriter, plan\n"
        "try:\n    StoreWriter(sys.argv[1] + '/s', plan()).__enter__()\nexcept Exception as error:\n    print(error)\n"
    )
    command = 'mount -t tmpfs -o ro tmpfs "$1" && "$2" "$3" "$1" "$4"'
    arguments = [str(tmp_path / "disk"), sys.executable, str(tmp_path / "read.py"), str(Path(__file__).parent)]
    ran = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", command, "sh", *arguments], capture_output=True, text=True, check=False
    )
    if "unshare" in ran.stderr or "mount" in ran.stderr:
        pytest.skip(f"this machine gives no tmpfs to a user: {ran.stderr.strip()}")
    assert ran.stdout.endswith("s: cannot be written: Read-only file system; choose another folder\n"), ran.stderr


# -------------------------------------------------------------------------------------------------------------- kills

_KILLS = """
import hashlib, json, os, random, shutil, signal, sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
import numpy
from test_stores import files
from symphase import sweeps
from symphase.spec_reader import read_spec
from symphase.stores import verify_store

root, seed = Path({root!r}), {seed}
random.seed(seed)
spec = read_spec({spec!r})
real = sweeps.compute_chunk
log = root / "log"

def slow(spec, plan, index):
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(handle, b"%d\\n" % index)
    os.close(handle)
    time.sleep(0.004)
    return real(spec, plan, index)

sweeps.compute_chunk = slow
sweeps.sweep(spec, root / "whole")
whole = files(root / "whole")
kills = finished = 0
worst = 0
path = root / "s"
while kills < {kills} or path.exists():
    workers = 1 + kills % 3
    done = verify_store(path).done if (path / "manifest.json").exists() else 0
    log = root / f"log-{{kills}}-{{finished}}"  # orphans of the last attempt may still write to theirs
    log.write_text("")
    child = os.fork()
    if child == 0:
        sweeps.sweep(spec, path, workers=workers)
        os._exit(0)
    if kills < {kills}:
        time.sleep(random.uniform(0, 0.12))
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        kills += 1
        now = verify_store(path) if (path / "manifest.json").exists() else None
        begun = len(set(log.read_text().split()))
        assert now is None or not any("chunk" in name for name in now.damaged), now
        worst = max(worst, begun - (now.done if now else 0) + done - workers)
    else:
        assert status == 0
        finished += 1
        assert files(path) == whole
        shutil.rmtree(path)
time.sleep(0.7)
orphans = []
for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
    if name.isdigit() and int(name) != os.getpid():
        try:
            text = Path("/proc", name, "cmdline").read_bytes()
        except OSError:
            continue
        if {mark!r}.encode() in text:
            orphans.append(int(name))
print(json.dumps(dict(kills=kills, finished=finished, worst=worst, orphans=orphans)))
"""


@pytest.mark.slow  # three dozen sweeps, killed
@POSIX
@pytest.mark.parametrize("seed", [1])
def test_killed_at_random_a_sweep_goes_on_and_ends_with_the_same_bytes(
    tmp_path: Path, seed: int, record_property: Callable[[str, object], None]
) -> None:
    mark, kills = f"mark-{tmp_path}", trials(36)
    script = _KILLS.format(
        tests=str(Path(__file__).parent), root=str(tmp_path), seed=seed, spec=LYAPUNOV, kills=kills, mark=mark
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, mark], capture_output=True, text=True, check=False, timeout=6 * kills
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    found = json.loads(ran.stdout)
    assert found["kills"] == kills
    record_property("kills_survived", kills)
    assert found["finished"] >= 1
    assert found["worst"] <= 0, "more than one chunk of a worker was lost"
    assert found["orphans"] == []


_SLOW = """
import sys, time
sys.path.insert(0, {tests!r})
from symphase import sweeps
from symphase.commands.console import Group
from symphase.commands.sweep import add_commands
real = sweeps.compute_chunk

def slow(spec, plan, index):
    time.sleep(0.3)
    return real(spec, plan, index)

sweeps.compute_chunk = slow
group = Group("symphase")
add_commands(group)
group(prog_name="symphase")
"""


@POSIX
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_ends_with_130_at_once_and_the_sweep_goes_on(
    workers: str, whole: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "slow.py").write_text(_SLOW.format(tests=str(Path(__file__).parent)))
    (tmp_path / "spec.toml").write_text(LYAPUNOV)
    arguments = ["sweep", "spec.toml", "--out", "s", "--workers", workers]
    process = subprocess.Popen(
        [sys.executable, "slow.py", *arguments],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        while not (tmp_path / "s/checksums/c.1.json").exists():
            assert process.poll() is None
            time.sleep(0.02)
        began = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert time.monotonic() - began < 2
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert (process.returncode, out, err) == (130, "", "symphase: interrupted\n")
    report = verify_store(tmp_path / "s")
    assert 0 < report.done < report.chunks
    assert not (tmp_path / "s/.lock").exists()
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)  # nobody of its group is left
    sweep(LYAPUNOV, tmp_path / "s")
    assert files(tmp_path / "s") == files(whole["lyapunov"])


# ------------------------------------------------------------------------------------------------------------ cluster


@contextmanager
def _cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A Dask scheduler and workers, each a process of its own, on this machine's loopback alone."""
    place = folder / "scheduler.json"
    place.unlink(missing_ok=True)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    shared = ["--host", "127.0.0.1", "--scheduler-file", str(place), "--no-dashboard"]
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", *shared, "--port", "0"]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", *shared, "--nthreads", "1", "--no-nanny"]
    started = [subprocess.Popen(scheduler, **quiet)]  # type: ignore[call-overload]  # the same three for each
    try:
        started += [subprocess.Popen(worker, **quiet) for _ in range(workers)]  # type: ignore[call-overload]  # settings in a dict
        limit = time.monotonic() + 30
        while not place.exists() or not place.read_text().rstrip().endswith("}"):
            assert time.monotonic() < limit, "the scheduler did not start"
            time.sleep(0.05)
        yield json.loads(place.read_text())["address"], started
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


@POSIX
@pytest.mark.slow  # starts and kills a cluster
def test_a_dask_cluster_writes_the_same_bytes_though_workers_and_scheduler_are_killed(
    whole: dict[str, Path], tmp_path: Path
) -> None:
    pytest.importorskip("distributed", reason="needs the extra `cluster`")
    atlas = ATLAS.replace("chunk = 4", "chunk = 1")
    killed: list[int] = []

    def killer(number: int) -> Any:
        def kill(_: str, done: int, total: int) -> None:
            if done * 3 > total and number not in killed:
                started[number].send_signal(signal.SIGKILL)
                killed.append(number)

        return kill

    with _cluster(tmp_path, 2) as (address, started):
        sweep(DESCENT, tmp_path / "all", cluster=address)
        result = sweep(atlas, tmp_path / "one", cluster=address, progress=killer(1))
        assert (result.chunks, result.computed, result.failed) == (13, 13, ())
        with pytest.raises(SymphaseError, match=r"was lost \(\w+\); run the same sweep again to go on"):
            sweep(LYAPUNOV, tmp_path / "lost", cluster=address, progress=killer(0))
        assert killed == [1, 0]
    assert files(tmp_path / "all") == files(whole["descent"])
    sweep(atlas, tmp_path / "serial")
    assert files(tmp_path / "one") == files(tmp_path / "serial")
    assert 0 < verify_store(tmp_path / "lost").done < 11
    sweep(LYAPUNOV, tmp_path / "lost")
    assert files(tmp_path / "lost") == files(whole["lyapunov"])


@POSIX
@pytest.mark.slow  # starts a cluster
def test_regression_a_cluster_that_is_not_there_leaves_no_store_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed", reason="needs the extra `cluster`")
    monkeypatch.setattr(sweeps, "_PATIENCE", 1.0)
    with (
        _cluster(tmp_path, 0) as (address, _),
        pytest.raises(InputError, match="has no worker; start one with: dask w"),
    ):
        sweep(LYAPUNOV, tmp_path / "never", cluster=address)
    with pytest.raises(InputError, match="cannot be reached; start one with: dask scheduler"):
        sweep(LYAPUNOV, tmp_path / "never", cluster=address)
    assert not (tmp_path / "never").exists()


@pytest.fixture(autouse=True)
def _random_numbers_as_before() -> Iterator[None]:
    """Dask and rich draw from Python's generator for names of their own."""
    before = random.getstate()
    yield
    random.setstate(before)


def test_without_the_extra_it_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SymphaseError, match=r'pip install "symphase\[cluster\]"'):
        sweep(LYAPUNOV, tmp_path / "s", cluster="tcp://127.0.0.1:8786")
