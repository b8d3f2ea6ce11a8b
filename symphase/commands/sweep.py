"""The command ``sweep``: compute a specification into a store, check a store, print a specification to start from."""

# ruff: noqa: D301  # "\b" in a docstring is click's mark for a paragraph that is not to be wrapped

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from symphase.commands.console import (
    JSON,
    WORKERS,
    Command,
    FileName,
    FolderName,
    console,
    print_json,
    print_table,
    say,
    shown,
    written,
)
from symphase.errors import EXIT_CHECK_FAILED, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from symphase.sweeps import SweepResult

__all__ = ["EXAMPLES", "add_commands"]

_LISTED: Final = 20
_OPTIONS: Final = {"cluster", "out", "path", "spec", "workers"}

EXAMPLES: Final = {
    "descent": """\
# The phases of plain phase retrieval over the step size, in units of a, from orthogonal to Gaussian rows.
kind = "descent"
rng = 0  # every draw of the sweep comes from this number

[problem]
model = "phase-retrieval"  # or "two-layer-network" with alpha and width
gamma = 2
c = 0
design = "mixed"  # or qr, dct, hadamard, gaussian; or data = "digits", "diabetes" or "file.csv" instead
samples = 8
dimension = 16
labels = "equal"  # or uniform, teacher

[grid]
step_sizes = { start = 0.1, stop = 2.1, count = 21, unit = "a" }  # a of the largest sample; or unit = "eta"
mixings = [0, 0.5, 1]
# label_scales = { start = 0.1, stop = 10, count = 5, spacing = "log" }
# data_seeds = 3
runs = 2

[run]
steps = 1000
""",
    "lyapunov": """\
# The Lyapunov exponent of the residual map over its parameter.
kind = "lyapunov"

# [map]  # a map of your own instead
# formula = "r*x*(1-x)"
# variable = "x"
# parameter = "r"

[grid]
parameters = { start = 0.8, stop = 2, count = 2401 }

[run]
transient = 1000
steps = 20000
""",
    "atlas": """\
# Where each parameter of the residual map lies: its phase, decided exactly.
kind = "atlas"

[grid]
parameters = { start = 0.8, stop = 2, count = 481 }

[run]
max_period = 64
""",
}


@click.command(cls=Command, short_help="Many grid points into one store: resumable, in parallel, on a cluster.")
@click.argument("spec", required=False, type=FileName())
@click.option("--out", metavar="DIR", type=FolderName(), help="Folder to write; a store that is there is gone on with.")
@WORKERS
@click.option("--cluster", metavar="ADDRESS", help="A Dask scheduler, such as tcp://127.0.0.1:8786, computes instead.")
@click.option("--check", "checked", metavar="DIR", type=FolderName(), help="Only verify every checksum of a store.")
@click.option("--example", type=click.Choice(tuple(EXAMPLES)), help="Only print a specification to start from.")
@JSON
def sweep(
    spec: str | None,
    out: str | None,
    workers: int | None,
    cluster: str | None,
    checked: str | None,
    example: str | None,
    as_json: bool,
) -> None:
    """Compute the sweep that the TOML file SPEC describes into a Zarr store.

    Interrupt it, kill it, or pull the plug: the same command goes on where it was, and the store ends with the same
    bytes.  Every chunk has a checksum; one that was damaged is computed again.  In Python, symphase.open_store(STORE)
    gives the results as a labelled xarray dataset.

    \b
    Examples:
      symphase sweep --example descent > sweep.toml
      symphase sweep sweep.toml --out sweep.zarr
      symphase sweep sweep.toml --out sweep.zarr --cluster tcp://127.0.0.1:8786
      symphase sweep --check sweep.zarr

    Exit codes: 0 done, 1 chunks failed or damaged, 2 input that cannot be worked with (also a store that somebody else
    is writing, and a full disk), 130 interrupted.
    """
    asked = {"SPEC": spec, "--check": checked, "--example": example}
    given = [name for name, value in asked.items() if value is not None]
    if not given:
        said = "must be given, or --check, or --example: one of them"
        raise InputError("SPEC", "missing", said, "as in: symphase sweep --example descent")
    if len(given) > 1:
        raise InputError(given[1], asked[given[1]], f"does not go with {given[0]}", "give one of them")
    if example is not None:
        say(EXAMPLES[example].rstrip())
    elif checked is not None:
        _check(checked, as_json)
    else:
        _sweep(spec or "", out, workers, cluster, as_json)


def _sweep(spec: str, out: str | None, workers: int | None, cluster: str | None, as_json: bool) -> None:
    from pathlib import Path

    from symphase.sweeps import sweep as compute

    if out is None:
        raise InputError("--out", "missing", "must name the folder of the store", "as --out sweep.zarr")
    if cluster is not None and workers is None:
        workers = 1
    with _of_spec(), _progress_bar() as progress:
        result = compute(Path(spec), out, workers=workers, cluster=cluster, progress=progress)
    if as_json:
        print_json(
            {
                "store": str(result.path),
                "kind": result.spec.kind,
                "shape": list(result.spec.shape),
                "specification_sha256": result.spec.sha256,
                "chunks": result.chunks,
                "found": result.found,
                "computed": result.computed,
                "repaired": list(result.repaired),
            }
        )
        return
    chunks = "1 chunk" if result.chunks == 1 else f"{result.chunks} chunks"
    say(f"{shown(str(result.path))}: {result.spec.points} grid points in {chunks}, {result.computed} computed now")
    if result.found:
        say(f"{result.found} were there already, with matching checksums")
    for name in result.repaired[:_LISTED]:
        say(f"repaired: {shown(name)}")
    _print_counts(result)
    say(f'open it in Python with: symphase.open_store("{result.path.name}")')


@contextmanager
def _of_spec() -> Iterator[None]:
    """Call what is wrong in SPEC by its name there, also where an option of another command has that name."""
    try:
        yield
    except InputError as error:
        if error.argument in _OPTIONS or written(error.argument) is None:
            raise
        value = getattr(error.value, "expression", error.value)
        name = "formula" if error.argument in {"expression", "family"} else error.argument
        raise InputError(f"{name} of SPEC", value, error.accepted, error.advice) from None


def _print_counts(result: SweepResult) -> None:
    """How many grid points have each label, where the results are labels."""
    from symphase.sweep_chunks import LABELS, PHASES

    name, known = {"descent": ("label", LABELS), "atlas": ("phase", PHASES)}.get(result.spec.kind, ("", ()))
    if name not in result.spec.outputs:
        return
    codes = result.open()[name].values
    counts = [(known[code], str(int((codes == code).sum()))) for code in range(len(known)) if (codes == code).any()]
    print_table("", (name, "grid points"), counts)


def _check(store: str, as_json: bool) -> None:
    from symphase.stores import verify_store

    try:
        report = verify_store(store)
    except InputError as error:
        named = "--check" if error.argument in {"out", "path"} else error.argument
        raise InputError(named, error.value, error.accepted, error.advice) from None
    if as_json:
        print_json(
            {
                "store": str(report.path),
                "specification_sha256": report.specification_sha256,
                "chunks": report.chunks,
                "done": report.done,
                "missing": list(report.missing),
                "damaged": list(report.damaged),
                "complete": report.complete,
            }
        )
    else:
        say(f"{shown(str(report.path))}: {report.done} of {report.chunks} chunks are there, with matching checksums")
        for title, names in (("damaged", report.damaged), ("missing", report.missing)):
            for name in names[:_LISTED]:
                say(f"{title}: {shown(name)}")
            if len(names) > _LISTED:
                say(f"{len(names) - _LISTED} more are {title}")
    if not report.complete:
        raise click.exceptions.Exit(EXIT_CHECK_FAILED)


@contextmanager
def _progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar with rate and remaining time on standard error; silent when that is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        """Grid points a second."""

        def render(self, task: Any) -> Text:
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{speed:.3g}/s")

    stream = console(stderr=True)
    if not stream.is_terminal:  # before rich 14.3 a disabled bar, too, ends with an empty line
        yield lambda _stage, _done, _total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Progress(*columns, console=stream, transient=True, speed_estimate_period=300) as bar:
        task = bar.add_task("sweep", total=None)
        begun: list[int] = []

        def report(stage: str, done: int, total: int) -> None:
            if not begun:  # what was there already says nothing about the speed
                begun.append(done)
                bar.reset(task, description=stage, completed=done, total=total)
            else:
                bar.update(task, description=stage, completed=done, total=total)

        yield report


def add_commands(group: click.Group) -> None:
    """Add the command of this module to a group."""
    group.add_command(sweep)
