"""Errors of data, runs, pictures, files and commands that no other test provokes: a real bad input each, by its words.

What stands for a promise of another part, and breaks only with it, is provoked by a part that breaks it.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import sys
import zipfile
from collections.abc import Callable
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import numpy as np
import pytest
import scipy.sparse.linalg
import sympy

from symphase import sharpness
from symphase.agreement import distance_to_orbit
from symphase.commands import problems as problem_commands
from symphase.commands.console import Group
from symphase.descent import descend
from symphase.designs import orthogonal_rows
from symphase.ensembles import finite_numbers
from symphase.errors import InputError, PackageMissing, SymphaseError
from symphase.explorer import page, record
from symphase.files import check_path
from symphase.folders import _check_writable
from symphase.hypertext import inline_svg
from symphase.latex import article, compile_tex
from symphase.latex.fragments import _lines
from symphase.locks import FolderLock, StoreLocked
from symphase.models import OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork
from symphase.observations import observe_phase
from symphase.phases import residual_boundaries
from symphase.plots import (
    HeldOutErrors,
    bifurcation_diagram,
    coherence_drift,
    describe_sample_scales,
    loss_curve,
    lyapunov_plot,
    new_axes,
    phase_strip,
    sample_scales,
    sharpness_plot,
    show,
)
from symphase.plots.spans import boundary_label
from symphase.problems import Problem, make_problem, problem_from_data
from symphase.processes import in_parallel
from symphase.reports import sweeps as sweep_reports
from symphase.reports.pdf import with_answer
from symphase.sharpness import largest_hessian_eigenvalue
from symphase.spec_reader import read_spec, spec_from_canonical
from symphase.store_plans import StorePlan, Variable
from symphase.stores import StoreDamaged, check_place, open_store
from symphase.studies import compare_transitions, study
from symphase.sweep_chunks import _problem as _problem_of
from symphase.sweep_chunks import _step_unit
from symphase.sweep_specs import SweepSpec
from symphase.sweeps import sweep
from symphase.tables import DataSet, _read_stream, finite_array, read_table
from symphase.training import train
from symphase.transitions import empirical_boundaries

ANY: Any = "text"
NUMBER: Any = 3
ONE = DataSet(features=np.ones((1, 1)), targets=np.ones(1), name="one")
MODEL = PhaseRetrieval(gamma=2, c=0)
LARGE = np.broadcast_to(np.float64(1), (2**15, 2**14))
"""4 GiB of numbers in eight bytes."""


@cache
def _problem() -> Any:
    return make_problem(MODEL, samples=2, dimension=3, rng=1)


def _spec(problem: str = "samples = 2", *, steps: str = "[1]", grid: str = "") -> SweepSpec:
    return read_spec(f'kind = "descent"\n[problem]\n{problem}\n[grid]\nstep_sizes = {steps}\n{grid}\n')


def _refused(words: str, call: Callable[[], object], kind: type[Exception] = InputError) -> None:
    with pytest.raises(kind, match=words):
        call()


# ---------------------------------------------------------------------------------------------- what a caller may do

CALLS: dict[str, Callable[[], object]] = {
    "features = shape .*would take 4 GiB, more than 2 GiB; use fewer numbers": lambda: finite_array(LARGE, "features"),
    "starts = shape .*would take 4 GiB, more than 2 GiB; use fewer numbers": lambda: finite_numbers(LARGE, "starts"),
    "boundaries = shape .*would take 4 GiB, more than 2 GiB; use fewer numbers": lambda: phase_strip(LARGE),  # type: ignore[arg-type]  # the wrong type is the point
    "positions = shape .*would take 4 GiB, more than 2 GiB; use fewer numbers": lambda: HeldOutErrors(
        positions=LARGE, last_iterate=LARGE
    ),
    "columns and keep = 2000 × 100000: would take .* GiB; use fewer of either": lambda: bifurcation_diagram(
        residual_boundaries(), columns=2000, keep=100_000
    ),
    "must be one of 'qr', 'dct', 'hadamard'; the default is \"qr\"": lambda: orthogonal_rows(2, 3, kind=ANY),
    "must be one of 'qr', 'dct', 'hadamard', 'gaussian', 'mixed'; the default is \"qr\"": lambda: make_problem(
        MODEL, samples=2, dimension=3, design=ANY
    ),
    "must be one of 'auto', 'dense', 'iterative'; the default is \"auto\"": lambda: largest_hessian_eigenvalue(
        OneWeight(), [1.0], [[1.0]], [1.0], method=ANY
    ),
    'is for at most 8192 rows, here 8193; use "iterative"': lambda: largest_hessian_eigenvalue(
        TwoLayerNetwork(width=8193), np.ones((8193, 1)), [[1.0]], [1.0], method="dense"
    ),
    "must be one of 'float64', 'float32'; the default is \"float64\"": lambda: train(
        _problem(), step_sizes=0.1, dtype=ANY
    ),
    "must be one of 'auto', 'gram', 'weights'; the default is \"auto\"": lambda: train(
        _problem(), step_sizes=0.1, method=ANY
    ),
    "burn_in = 49: leaves 1 of 50 steps; an exponent needs 10 at least; run more steps": lambda: train(
        _problem(), step_sizes=0.1, steps=50, burn_in=49, measures=("lyapunov",)
    ),
    "must record every step; record_every=1": lambda: observe_phase(
        descend(OneWeight(), [[1.0]], [1.0], step_sizes=0.1, starts=[0.5], steps=4, record_every=2)
    ),
    "must be a str; give what document.* returned": lambda: compile_tex(b"bytes"),  # type: ignore[arg-type]  # the wrong type is the point
    "must be a str; give the command that made it": lambda: article(OneWeight(), command=3),  # type: ignore[arg-type]  # the wrong type is the point
    "must be a CheckResult; give what derivation.check.* returned": lambda: article(OneWeight(), checks=[ANY]),
    "must be lower ≤ middle ≤ upper, finite, or three NaN; sort each row": lambda: coherence_drift(
        [0.0], {"flip": [[2.0, 1.0, 3.0]]}
    ),
    r"errors = -0\.1: must hold errors ≥ 0; give standard errors or losses": lambda: lyapunov_plot(
        ([1.0, 2.0], [0.5, 0.5], [0.1, -0.1])
    ),
    r"last_iterate = -1\.0: must hold errors ≥ 0; give standard errors or losses": lambda: HeldOutErrors(
        positions=np.array([1.0]), last_iterate=np.array([[-1.0]])
    ),
    "last_iterate = NaN: must hold numbers or infinities; an escaped run holds": lambda: HeldOutErrors(
        positions=np.array([1.0]), last_iterate=np.array([[np.nan]])
    ),
    r"against = PosixPath\('text'\): must be a str; give text, such as 'step t'": lambda: HeldOutErrors(
        positions=np.array([1.0]),
        last_iterate=np.array([[1.0]]),
        against=Path("text"),  # type: ignore[arg-type]  # the wrong type is the point
    ),
    "must be a Boundary; take one from find_boundaries": lambda: boundary_label(ANY),
    "needs boundaries in step sizes for η; give step_boundaries": lambda: phase_strip(
        residual_boundaries(), units=["eta"]
    ),
    "phase = text: must be a Phase; as Phase.CHAOTIC": lambda: loss_curve(
        descend(OneWeight(), [[1.0]], [1.0], step_sizes=0.1, starts=[0.5], steps=4), phase=ANY
    ),
    "sharpness = None: must be measured; train with measures": lambda: sharpness_plot(
        train(_problem(), step_sizes=0.1, steps=4)
    ),
    "outputs = .*: must be a list of some of .*; as": lambda: read_spec(
        'kind = "atlas"\noutputs = "phase"\n[grid]\nparameters = [0.5]\n'
    ),
    "cannot be used: .*; choose another place": lambda: open_store("x" * 300 + "/store"),
    "must be what train.*measures=.*residuals.* returned, of a model with a scale; train again": lambda: (
        distance_to_orbit(train(_problem(), step_sizes=0.1, steps=2))
    ),
    "data = text: must be a DataSet; make one with dataset.features, targets.": lambda: Problem(model=MODEL, data=ANY),
    "seed = 3: must be text; give a str": lambda: Problem(model=MODEL, data=_problem().data, seed=3),  # type: ignore[arg-type]  # the wrong type is the point
    "test = 1 features: must have 3 features, as the data; keep the same columns in both": lambda: Problem(
        model=MODEL, data=_problem().data, test=ONE
    ),
    "measures = los: must be among .*; did you mean 'loss'": lambda: train(
        _problem(), step_sizes=0.1, measures=("los",)
    ),
    "measures = 3: must be among loss, .*; see the parameter's documentation": lambda: train(
        _problem(), step_sizes=0.1, measures=(NUMBER,)
    ),
    "would take .* for 1000000000 runs, more than 2 GiB; use fewer runs or step sizes, or measure less": lambda: train(
        _problem(), step_sizes=0.1, runs=10**9, steps=1000, record_every=1000, measures=("average_weights",)
    ),
    "tolerance = 0.9: must be from 1e-6 to 0.5; the default is 0.01": lambda: empirical_boundaries(
        _problem(), tolerance=0.9
    ),
    "must be an EmpiricalBoundaries; take them from empirical_boundaries": lambda: compare_transitions(ANY),
    "step_size = 1e-305: is beyond the range of float64; give one between 1e-300 and 1e300": lambda: study(
        _problem(), "1e-305"
    ),
    r"step_sizes\[0\] = 1/10.*: is beyond the range of float64; give a number between 1e-300 and 1e300": lambda: (
        descend(OneWeight(), [[1.0]], [1.0], step_sizes=[Fraction(1, 10**400)], starts=[0.5], steps=4)
    ),
    "must be a path; give the name of a file as text": lambda: check_path(3),
    "out = 3: must be the path of a folder; give a name such as sweep.zarr": lambda: check_place(3),
    "is in a folder that does not exist; create that folder first": lambda: check_place("no/where"),
    # tables
    "features = a list: is nested too deeply; give rows of numbers": lambda: finite_array(
        [[[[[[[[[[1.0]]]]]]]]]], "features"
    ),
    r"features\[1\] = 2: text is not a number here; convert it with float.. first": lambda: finite_array(
        [1.0, "2"], "features"
    ),
    "name = 3: must be text; give a str": lambda: DataSet(features=np.ones((1, 1)), targets=np.ones(1), name=3),  # type: ignore[arg-type]  # the wrong type is the point
    "feature_names = 2 names: must be 1 names for features of shape .1, 1.; name every column once": lambda: DataSet(
        features=np.ones((1, 1)), targets=np.ones(1), name="one", feature_names=("a", "b")
    ),
    "target = 3: must be the name of a column; leave it out to take the last column": lambda: read_table(
        "data.csv",
        target=3,  # type: ignore[arg-type]  # the wrong type is the point
    ),
    "path = 3: must be the name of a CSV or NPZ file; as data.csv": lambda: read_table(3),  # type: ignore[arg-type]  # the wrong type is the point
    "is a folder; name a CSV or NPZ file in it": lambda: read_table("."),
    # specifications
    "spec = .: is no canonical form of a specification; read the specification from its TOML": lambda: (
        spec_from_canonical("{")
    ),
    r"spec = \[\]: is no canonical form of a specification; read the specification": lambda: spec_from_canonical("[]"),
    "spec = /dev/null: is a pipe or a device, no ordinary file; save it in a file first": lambda: read_spec(
        Path("/dev/null")
    ),
    "chunk = 0: must be an integer from .* to .*; see: symphase sweep --example descent": lambda: read_spec(
        'kind = "atlas"\nchunk = 0\n[grid]\nparameters = [0.5]\n'
    ),
    r"step_sizes\[0\] = .*: is beyond the range of float64; give a number between 1e-300 and": lambda: _spec(
        steps='["1/1' + 330 * "0" + '"]'
    ),
    "grid.step_sizes.stop = missing: must be a number; give start, stop and count": lambda: _spec(
        steps="{ start = 1, count = 2 }"
    ),
    "grid.step_sizes.count = 1: must be at least 2 from start to stop; or give one number": lambda: _spec(
        steps="{ start = 1, stop = 2, count = 1 }"
    ),
    "problem.width = 2: is the number of outer weights": lambda: _spec(
        'model = "two-layer-network"\nouter_weights = [1, 1]\nwidth = 2'
    ),
    "problem.noise = 1: belongs to a design, not to data": lambda: _spec('data = "digits"\nnoise = 1'),
    "grid.mixings = missing: must be given, or rms_cosines instead, with design = .*; give one": lambda: _spec(
        'design = "mixed"'
    ),
}


@pytest.mark.parametrize("words", CALLS)
def test_each_mistake_is_named_in_words(words: str) -> None:
    _refused(words, CALLS[words])


@pytest.mark.parametrize("draw", [sample_scales, describe_sample_scales])
def test_sample_scales_are_those_of_a_classified_problem(draw: Callable[[Any], object]) -> None:
    _refused("must be a ProblemClassification; give what classify.model, data, step_size. returned", lambda: draw(ANY))


def test_a_unit_of_a_needs_a_sample_whose_a_can_be_positive() -> None:
    below = problem_from_data(DataSet(features=np.ones((1, 1)), targets=-np.ones(1), name="one"), MODEL)
    assert below.unit_step_size is None
    settings: Any = SimpleNamespace(unit="a")
    _refused('needs a sample whose a is positive; use unit = "eta"', lambda: _step_unit(below, settings))


def test_a_page_has_a_name_that_a_file_can_have() -> None:
    _refused("cannot be used: .*; choose another place", lambda: page.checked_file("x" * 300 + ".html"))


# ------------------------------------------------------------------------------------------------------------ tables


def _rewritten(path: Path, change: Callable[[bytearray, int], None]) -> Path:
    """An archive whose first central and local headers are changed."""
    np.savez(path, X=np.ones((2, 2)), y=np.ones(2))
    data = bytearray(path.read_bytes())
    change(data, data.index(b"PK\1\2") + 2)
    change(data, data.index(b"PK\3\4"))
    path.write_bytes(data)
    return path


def _encrypted(data: bytearray, header: int) -> None:
    data[header + 6] |= 1


def _packed(data: bytearray, header: int) -> None:
    data[header + 8 : header + 10] = struct.pack("<H", zipfile.ZIP_BZIP2)


def _inflated(data: bytearray, header: int) -> None:
    data[header + 22 : header + 26] = struct.pack("<I", 2**29)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_encrypted, "array X is encrypted; write it with np.savez"),
        (_packed, "array X is packed in an unusual way; use np.savez or np.savez_compressed"),
        (_inflated, "array X claims to unpack to more than .* times its size; write it with np.savez"),
    ],
)
def test_an_archive_says_what_is_unusual_about_it(
    tmp_path: Path, change: Callable[[bytearray, int], None], said: str
) -> None:
    _refused(said, lambda: read_table(_rewritten(tmp_path / "data.npz", change)))


def test_an_archive_that_breaks_off_inside_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, X=np.ones((2, 2)), y=np.ones(2))
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2")] ^= 1
    path.write_bytes(data)
    _refused("is a damaged or cut-off archive .*; write it again", lambda: read_table(path))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.array([[1 + 2j]]), "complex numbers"),
        (np.array([["1"]]), "text"),
        (np.array([[True]]), "booleans"),
        (np.array([["2020"]], dtype="datetime64[Y]"), "no numbers"),
    ],
)
def test_an_array_says_what_it_holds_instead_of_numbers(tmp_path: Path, values: Any, kind: str) -> None:
    np.savez(tmp_path / "data.npz", X=values, y=np.ones(1))
    said = rf"array X holds {kind} \(dtype .*\), not real numbers; write np.savez"
    _refused(said, lambda: read_table(tmp_path / "data.npz"))


def test_a_table_is_no_archive_and_has_one_target(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(gzip.compress(b"x,y\n1,2\n"))
    _refused("is compressed; unpack it first", lambda: read_table(path))
    path.write_text("x,y,target\n1,2,3\n")
    _refused("has several columns that could be the target: 'y', 'target'; say which", lambda: read_table(path))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x,y\n1,\0\n", "is no text .it holds zero bytes.; give a CSV or NPZ file"),
        ("\n\n", "holds no table; give a header line and at least one line of numbers"),
        ("x\n1\n", "line 1 has one column; features and a target need two; separate columns by commas"),
        (",y\n1,2\n", "line 1 names no column 1; name every column .an index column must go."),
        ("1,2x\n1,2\n", "line 1 is neither numbers nor names .column 2 is '2x'.; give names that hold a letter"),
    ],
)
def test_a_text_that_is_no_table_says_why(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "data.csv").write_text(text)
    _refused(said, lambda: read_table(tmp_path / "data.csv"))


def test_an_archive_that_is_cut_off_says_so(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, X=np.ones((2, 2)), y=np.ones(2))
    _refused("target = z: is no array of the file; it holds 'X', 'y'", lambda: read_table(path, target="z"))
    path.write_bytes(path.read_bytes()[:-22])
    _refused("is cut off .the archive's directory is missing.; write it again", lambda: read_table(path))


def test_an_archive_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, X=np.ones((2, 2)), y=np.ones(2))
    monkeypatch.setattr("symphase.tables.MAX_NPZ_BYTES", path.stat().st_size)
    monkeypatch.setattr("symphase.tables._npz_names", lambda *_: ("X",) * 9)
    _refused(r"declares \d+ bytes of data, more than 1 GiB; use a part of it", lambda: read_table(path))


def test_a_table_that_grows_while_it_is_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symphase.tables.MAX_CSV_BYTES", 9)
    said = "path = a.csv: must be at most 256 MiB as CSV; write it as NPZ"
    _refused(said, lambda: _read_stream(io.BytesIO(b"x,y\n1,2\n3,4\n"), 9, "a.csv", "a", None))


def test_regression_an_array_of_three_dimensions_is_told_what_it_has(tmp_path: Path) -> None:
    """It was said to declare what the file does not hold."""
    path = tmp_path / "data.npz"
    np.savez(path, X=np.ones((2, 2, 2)), y=np.ones(2))
    said = "array X has shape .2, 2, 2., but features have two dimensions, targets one; write np.savez"
    _refused(said, lambda: read_table(path))


# --------------------------------------------------------------------------------------------- specifications, stores


def test_data_of_a_file_are_those_that_were_read(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("x,y\n1,2\n")
    place = tmp_path / "spec.toml"
    text = 'kind = "descent"\n[problem]\ndata = "data.csv"\n{}[grid]\nstep_sizes = [1]\n{}'
    for more, grid, said in (
        ("samples = 2\n", "", "problem.samples = 2: belongs to a design: of a file all samples are taken"),
        ("", "data_seeds = 2\n", "grid.data_seeds = given: belongs to data that are drawn; leave it out"),
        (f'data_sha256 = "{64 * "0"}"\n', "", "does not hold what it held: its SHA-256 is another; restore it"),
    ):
        place.write_text(text.format(more, grid))
        _refused(said, partial(read_spec, place))
    place.write_text(text.format("", ""))
    spec = read_spec(place)
    record = json.loads(spec.canonical)
    record["problem"]["data_sha256"] = "0"
    said = "must be a SHA-256 in hexadecimal digits; leave it out"
    _refused(said, lambda: spec_from_canonical(json.dumps(record), without_table=True))
    alone = spec_from_canonical(spec.canonical, without_table=True)
    said = "problem.data = data.csv: did not come with the specification; read the specification from its TOML again"
    settings: Any = alone.settings
    _refused(said, lambda: _problem_of(alone, settings, {}))


LOSS = Variable(name="loss", dims=("a",), dtype="float64")


def _plan(size: int = 4, chunk: int = 2, values: int = 4) -> StorePlan:
    sizes, coordinates = {"a": size}, {"a": np.zeros(values)}
    given: dict[str, Any] = {"specification": {}, "seed": "none", "versions": {}}
    return StorePlan(sizes=sizes, chunk_sizes={"a": chunk}, coordinates=coordinates, variables=(LOSS,), **given)


def test_a_plan_of_a_store_fits_its_axes() -> None:
    plan = _plan()
    _refused("chunk_sizes = 5: must be from 1 to 4 along a; use smaller chunks", lambda: _plan(chunk=5))
    _refused("must have shape .4,. along a; give one number per place", lambda: _plan(values=3))
    _refused(r"must be at most \d+; use larger chunks", lambda: _plan(10**7, 1, 10**7))
    said = "loss = float32 .2,.: must be float64 .2,.; convert it"
    _refused(said, lambda: plan.chunk_files(0, {"loss": np.zeros(2, dtype=np.float32)}))


def test_a_place_for_a_store_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    _refused("is a link that leads elsewhere; name the folder itself", lambda: check_place(tmp_path / "link"))


def test_a_store_whose_chunks_were_altered_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "store"
    sweep(read_spec('kind = "atlas"\n[grid]\nparameters = [0.5]\n'), path, workers=1)
    chunk = next(file for file in sorted((path / "data" / "phase").iterdir()) if file.name.startswith("c."))
    chunk.write_bytes(bytes(chunk.stat().st_size))
    said = "is damaged: .* run the same sweep again to repair its chunks"
    _refused(said, lambda: open_store(path), StoreDamaged)


def test_a_lock_is_a_file_that_one_process_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, lock = FolderLock(tmp_path), FolderLock(tmp_path)
    first.acquire()
    _refused("is being written by this process already: wait until that has ended", lock.acquire, StoreLocked)
    first.release()
    monkeypatch.setattr("symphase.locks._take", lambda _: False)
    _refused("is being written by .*: wait until it has ended, or end it", lock.acquire, StoreLocked)
    lock._path.unlink(missing_ok=True)
    lock._path.mkdir()
    _refused("is no plain file; remove it", lock.acquire)


def test_a_folder_of_somebody_else_is_not_written_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    said = "out = .*: cannot be written: permission denied; choose a folder of your own"
    _refused(said, lambda: _check_writable(tmp_path, tmp_path))


# ---------------------------------------------------------------------------------------------------------- commands


def test_a_command_names_the_package_that_it_needs() -> None:
    @click.command()
    def work() -> None:
        raise ImportError(name="mpmath.libmp")

    from click.testing import CliRunner

    found = CliRunner().invoke(Group(commands={"work": work}), ["work"])
    assert found.exit_code == 1
    assert 'symphase: this command needs mpmath, which cannot be imported here: pip install "mpmath"' in found.output


def test_a_prediction_makes_a_model_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problem_commands, "subject_of", lambda **_: MODEL)
    options = dict.fromkeys(("gamma", "c", "alpha", "width", "outer", "weight"), None)
    given = {**options, "prediction": "w^2", "settings": (), "reduction": "mean"}
    said = "a prediction makes a polynomial model"
    _refused(said, lambda: problem_commands._own_prediction(given), TypeError)


# ------------------------------------------------------------------------- promises of other parts, broken on purpose


def test_the_page_trains_models_quadratic_in_their_weights() -> None:
    w = sympy.Symbol("w")
    cubic = PolynomialModel(w**3 + w, weight="w")
    said = "must be quadratic in its weights; take another model"
    _refused(said, lambda: record._quadratic_training(cubic, ONE, ANY))


def test_a_piece_about_boundaries_needs_them() -> None:
    matter: Any = SimpleNamespace(derivation=None, family=None, boundaries=None, writer=None, reason="there is no map")
    _refused("needs a map with phase boundaries; there is no map", lambda: _lines(matter, "boundary", "flip"))


def test_an_answer_stands_behind_an_abstract() -> None:
    _refused("the document has no abstract", lambda: with_answer("", title="", lines=[]), ValueError)


def test_a_picture_of_labels_needs_labels() -> None:
    spec: Any = SimpleNamespace(kind="curve", outputs=())
    _refused("no labels to draw", lambda: sweep_reports._grid(spec, ANY, "x"), ValueError)


def test_axes_that_were_removed_are_not_drawn() -> None:
    axes = new_axes(4, 3)
    axes.remove()
    _refused("belong to no figure; give axes that a function of symphase.plots returned", lambda: show(axes))
    _refused("the axes belong to no figure", lambda: inline_svg(axes, "one", "words"), ValueError)


def test_a_worker_that_dies_ends_the_work() -> None:
    said = "a worker process died .was there enough memory"
    _refused(said, lambda: list(in_parallel(os._exit, [3], 1)), SymphaseError)


def _iterate() -> object:
    return largest_hessian_eigenvalue(MODEL, np.ones(3), np.eye(3), np.ones(3), method="iterative")


def test_an_eigenvalue_that_is_not_found_is_not_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise scipy.sparse.linalg.ArpackError(-1)

    monkeypatch.setattr(scipy.sparse.linalg, "eigsh", fail)
    _iterate()  # small enough for another method
    monkeypatch.setattr(sharpness, "_LARGEST_DENSE", 2)
    said = "ARPACK found no largest eigenvalue of a Hessian of 3 rows, too many for a dense method"
    _refused(said, _iterate, SymphaseError)


def test_a_large_hessian_needs_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    said = "the largest eigenvalue of a large Hessian needs scipy, which cannot be imported"
    _refused(said, _iterate, PackageMissing)


def test_a_store_is_opened_by_xarray_and_zarr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zarr", None)
    said = 'opening a store needs xarray and zarr, which cannot be imported here: pip install "symphase.store."'
    _refused(said, lambda: open_store("store"), PackageMissing)
