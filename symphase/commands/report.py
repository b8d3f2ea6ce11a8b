"""The command ``report``: a folder with a page about data, a model, a map or a sweep; which of them, is decided here.

No mathematics: the reports are made by ``report``, ``map_report`` and ``sweep_report``.
"""

# ruff: noqa: D301  # "\b" in a docstring is click's mark for a paragraph that is not to be wrapped

from __future__ import annotations

import difflib
import os
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from symphase.commands.console import (
    FAMILY_OPTIONS,
    JSON,
    MODELS,
    STEP_SIZE,
    TARGET,
    Command,
    FileName,
    FolderName,
    print_json,
    progress_bar,
    say,
    shown,
    subject_of,
    subject_text,
)
from symphase.commands.problems import MODEL_OPTIONS, model_of
from symphase.errors import EXIT_CHECK_FAILED, InputError

if TYPE_CHECKING:
    from symphase.maps import PolynomialFamily
    from symphase.models import Model
    from symphase.reports.data import Report
    from symphase.reports.maps import MapReport
    from symphase.reports.sweeps import SweepReport

    Written = Report | MapReport | SweepReport

__all__ = ["add_commands"]

Progress = Callable[[str, int, int], None]
_OWN: Final = ("prediction", "loss", "formula")  # a subject of one's own
_OF_FORMULAS: Final = ("weight", "variable", "parameters", "settings")
_OF_NUMBERS: Final = ("alpha", "width")
_WRITTEN: Final = {"formula": "--map", "parameters": "--parameter", "settings": "--set"}


@click.command(cls=Command, short_help="A page to read, with all its numbers and proofs.")
@click.argument("subject", required=False, type=FileName(MODELS))
@click.option(
    "--out", default="symphase-report", show_default=True, metavar="DIR", type=FolderName(), help="Folder to write."
)
@STEP_SIZE
@click.option("--at", metavar="NUMBER", help="Value of the parameter to look at; of a model or a map.")
@TARGET
@click.option("--prediction", metavar="FORMULA", help='A prediction of your own in one weight, such as "w^2 + b*w".')
@FAMILY_OPTIONS
@MODEL_OPTIONS
@click.option(
    "--pdf/--no-pdf",
    default=None,
    help="Write a PDF too; done when TeX is there and nothing is said.  A sweep has none.",
)
@click.option(
    "--schema",
    type=click.Choice(("boundaries", "sweep")),
    is_flag=False,
    flag_value="boundaries",
    help="Only print the JSON schema of boundaries.json, or of a sweep's sweep.json.",
)
@JSON
def report(
    subject: str | None,
    out: str,
    step_size: str | None,
    at: str | None,
    target: str | None,
    pdf: bool | None,
    schema: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Write a folder with a page to read (index.html), its numbers as CSV and JSON, proofs, LaTeX and a PDF.

    SUBJECT is a table as for "symphase analyze", the folder of a sweep's results, or a model: phase-retrieval,
    one-weight, two-layer-network, polynomial.  What is there as a file or a folder is taken as that, whatever its name.
    Without it the report is about --prediction, --loss or --map, else about the data set that ships with symphase: the
    squared DCT coefficients of a handwritten digit.

    \b
    Examples:
      symphase report
      symphase report data.csv --step-size 0.01 --out my-report
      symphase report two-layer-network
      symphase report --loss "(w^2-1)^2/4" --step-size 0.9
      symphase report --map "r*x*(1-x)" --variable x --parameter r --at 3.83
      symphase report sweep.zarr
      symphase report --schema

    Exit codes: 0 done, 1 a check failed or a sweep has missing chunks, 2 input that cannot be worked with.
    """
    if schema is not None:
        from symphase.reports.schemas import schema_text

        say(schema_text(schema).rstrip())
        return
    kind = _kind(subject, options)
    written: Written
    with progress_bar() as progress:
        if kind == "sweep":
            more = {**options, "step_size": step_size, "at": at, "target": target, "pdf": "given" if pdf else None}
            written = _sweep(subject or "", out, more, progress)
        elif kind == "data":
            written = _data(subject, out, step_size, at, target, pdf, options, progress)
        else:
            written = _map(subject, out, step_size, at, target, pdf, options, progress)
    if as_json:
        record = {
            "folder": str(written.folder),
            "index": str(written.index),
            "kind": kind,
            "agrees": written.agrees,
            "summary": list(written.summary),
        }
        print_json({name: shown(value) if isinstance(value, str) else value for name, value in record.items()})
    else:
        for line in written.summary:
            say(line)
        say(f"Open {shown(str(written.index))}")
    if not written.agrees:
        raise click.exceptions.Exit(EXIT_CHECK_FAILED)


# ------------------------------------------------------------------------------------------------ what it is about


def _kind(subject: str | None, options: dict[str, Any]) -> str:
    """Say what the argument is: what is there comes first, then the names of models."""
    own = next((name for name in _OWN if options[name] is not None), None)
    if subject is None:
        return "data" if own is None else "map"
    path = Path(subject)
    try:
        is_folder, is_there = path.is_dir(), os.path.lexists(path)
    except (OSError, ValueError) as error:  # a name that no file can have
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError("SUBJECT", subject, f"cannot be looked at: {reason}", "give another name") from None
    if is_there and own is not None:
        option = _WRITTEN.get(own, f"--{own}")
        raise InputError(option, options[own], f"cannot be given with {shown(subject)}", "ask about one at a time")
    if is_folder:
        if (path / "manifest.json").is_file():
            return "sweep"
        advice = "name the store that symphase sweep wrote, or a table"
        raise InputError("SUBJECT", subject, "is a folder, and no results of a sweep", advice)
    if is_there:
        return "data"
    if subject in MODELS:
        return "map"
    near = difflib.get_close_matches(subject, MODELS, n=1)
    advice = f"did you mean {near[0]}?" if near else f"models are {', '.join(MODELS)}"
    raise InputError("SUBJECT", subject, "is no file, no sweep and no model", advice)


def _refuse(options: dict[str, Any], names: tuple[str, ...], reason: str) -> None:
    """Refuse options that do not go with the subject."""
    for name in names:
        value = options.get(name)
        if value not in (None, ()):
            option = _WRITTEN.get(name, f"--{name.replace('_', '-')}")
            raise InputError(option, value[0] if isinstance(value, tuple) else value, reason, "leave it out")


def _command(subject: str | None, *parts: tuple[str, Any], **options: Any) -> str:
    """The command line that makes this page again, without its folder."""
    told = ["symphase report"] if subject is None else ["symphase report", shlex.quote(subject)]
    if options:
        told.append(subject_text(**options))
    told += [f"{option} {shlex.quote(str(value))}" for option, value in parts if value is not None]
    return " ".join(part for part in told if part)


def _shape(options: dict[str, Any]) -> list[tuple[str, Any]]:
    """The options that shape a model, where they were given."""
    listed = [(f"--{name}", options[name]) for name in ("gamma", "c", "alpha", "width", "outer")]
    if options["model"] != "phase-retrieval":
        listed.insert(0, ("--model", options["model"]))
    return [*listed, *([("--reduction", "sum")] if options["reduction"] == "sum" else [])]


def _data(
    subject: str | None,
    out: str,
    step_size: str | None,
    at: str | None,
    target: str | None,
    pdf: bool | None,
    options: dict[str, Any],
    progress: Progress,
) -> Report:
    from symphase.formulas import positive_rational
    from symphase.reports.data import write_report
    from symphase.tables import load_digit_dct, read_table

    _refuse({"at": at}, ("at",), "goes with a model or a map; of data it is --step-size")
    _refuse(options, _OF_FORMULAS, "goes with --loss, --map or --prediction, and only with them")
    if step_size is not None:
        positive_rational(step_size, "--step-size")
    model = model_of({**options, "prediction": None})
    data = load_digit_dct() if subject is None else read_table(subject, target=target)
    command = _command(
        None if subject is None else shown(subject),
        ("--step-size", step_size),
        ("--target", target),
        *_shape(options),
    )
    return write_report(out, data=data, model=model, step_size=step_size, command=command, pdf=pdf, progress=progress)


def _map(
    subject: str | None,
    out: str,
    step_size: str | None,
    at: str | None,
    target: str | None,
    pdf: bool | None,
    options: dict[str, Any],
    progress: Progress,
) -> MapReport:
    from symphase.reports.maps import write_map_report

    _refuse({"target": target}, ("target",), "goes with a table, and only with it")
    if step_size is not None and options["loss"] is None:
        raise InputError("--step-size", step_size, "goes with data or --loss", "of a model or a map it is --at")
    if step_size is not None and at is not None:
        raise InputError("--at", at, "is the same as --step-size here", "give one of them")
    about = _subject(subject, options)
    named = {name: options[name] for name in (*_OWN, *_OF_FORMULAS)}
    command = _command(subject, *_shape({**options, "model": "phase-retrieval"}), ("--at", at or step_size), **named)
    return write_map_report(out, about, at=at or step_size, command=command, pdf=pdf, progress=progress)


def _subject(subject: str | None, options: dict[str, Any]) -> Model | PolynomialFamily:
    """The model or the map; its numbers are symbols where none are given."""
    given: dict[str, Any] = {name: options[name] for name in (*_OWN, *_OF_FORMULAS, "gamma", "c", "outer")}
    if options["model"] != "phase-retrieval":
        raise InputError("--model", options["model"], "goes with a table", f"say: symphase report {options['model']}")
    found: Any = subject_of(model=subject, **given)
    if subject != "two-layer-network":
        _refuse(options, _OF_NUMBERS, "belongs to the model two-layer-network")
    changes = {name: options[name] for name in _OF_NUMBERS if options[name] is not None}
    if options["reduction"] == "sum":
        if not hasattr(found, "reduction"):
            raise InputError("--reduction", "sum", "goes with a model of samples", "leave it out")
        changes["reduction"] = "sum"
    made: Model | PolynomialFamily = replace(found, **changes) if changes else found
    return made


def _sweep(subject: str, out: str, options: dict[str, Any], progress: Progress) -> SweepReport:
    from symphase.reports.sweeps import write_sweep_report

    names = ("step_size", "at", "target", "pdf", *_OWN, *_OF_FORMULAS, *_OF_NUMBERS, "gamma", "c", "outer")
    _refuse(options, names, "does not go with the results of a sweep")
    return write_sweep_report(out, subject, command=_command(shown(subject)), progress=progress)


def add_commands(group: click.Group) -> None:
    """Add the command of this module to a group."""
    group.add_command(report)
