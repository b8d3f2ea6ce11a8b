"""The command explore: one HTML file with a slider over the step size.  ``cli`` adds it to its group."""

# ruff: noqa: D301  # "\b" in a docstring is click's mark for a paragraph that is not to be wrapped

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from symphase.commands.console import (
    JSON,
    TARGET,
    WHOLE,
    Command,
    FileName,
    print_json,
    progress_bar,
    say,
    shown,
)
from symphase.commands.problems import MODEL_OPTIONS, model_of, named
from symphase.commands.subjects import FAMILY_OPTIONS, MODELS, asked, subject_of, subject_text
from symphase.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from symphase.maps import PolynomialFamily
    from symphase.models import Model

__all__ = ["add_commands"]

_OWN: Final = ("prediction", "loss", "formula", "variable", "parameters", "settings", "weight")
_SHAPE: Final = ("gamma", "c", "alpha", "width", "outer")


@click.command(cls=Command, short_help="A page with a slider over the step size, to play with.")
@click.argument("source", required=False, metavar="[FILE or MODEL]", type=FileName(MODELS))
@TARGET
@MODEL_OPTIONS
@click.option("--prediction", metavar="FORMULA", help='A prediction of your own in one weight, such as "w^2 + b*w".')
@click.option("--y", "label", metavar="NUMBER", help="Its target, or that of one-weight; 1 when left out.")
@FAMILY_OPTIONS
@click.option("--within", nargs=2, metavar="LO HI", help="Interval of the parameter; the flip is looked for in it.")
@click.option(
    "--max-period",
    type=WHOLE,
    default=7,
    show_default=True,
    help="Longest period of a cycle looked for; of the windows listed, to 8.",
)
@click.option(
    "--out",
    default="symphase-explorer.html",
    show_default=True,
    metavar="FILE",
    type=FileName(),
    help="File to write; only an earlier explorer is replaced.",
)
@click.option("--no-open", is_flag=True, help="Do not open it in a browser.")
@JSON
def explore(
    source: str | None,
    target: str | None,
    label: str | None,
    within: tuple[str, str] | None,
    max_period: int,
    out: str,
    no_open: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Write one HTML file with a slider over the step size and linked views, and open it.

    It shows the map with its cobweb, the training loss of a real run, the bifurcation diagram with the names of its
    stable windows, the Lyapunov exponent, and the theorem that applies.  It loads nothing and works without a network.

    FILE is a table of orthogonal rows as for "symphase analyze"; without it the run is on the data set that ships with
    symphase, the squared DCT coefficients of a handwritten digit.  MODEL is phase-retrieval, two-layer-network,
    one-weight, or polynomial (with --prediction).  --loss and --map are for a loss or a map of your own.

    \b
    Examples:
      symphase explore
      symphase explore data.csv --out mine.html --no-open
      symphase explore --map "r*x*(1-x)" --variable x --parameter r
      symphase explore --loss "(w^2-1)^2/4"
    """
    from symphase.explorer import checked_file, write_explorer
    from symphase.tables import read_table

    checked_file(out)  # before any work
    subject, file = _subject(source, options)
    if label is not None and file is None and not _has_label(source, options):
        said = "goes with --prediction or the model one-weight, and only with them"
        raise InputError("--y", label, said, "leave it out")
    if target is not None and file is None:
        raise InputError("--target", target, "names a column of FILE, and none was given", "leave it out")
    data = None if file is None else read_table(file, target=target)
    command = _command(source, target, label, within, max_period, options)
    with named("target", "--y"), progress_bar() as progress:
        written = write_explorer(
            out,
            subject,
            data,
            target=1 if label is None else label,
            within=within or None,
            max_period=max_period,
            command=command,
            progress=progress,
        )
    note = "" if no_open else _show(written)
    if as_json:
        size = written.stat().st_size
        print_json({"written": str(written), "bytes": size, "command": command, "opened": not (no_open or note)})
        return
    say(f"wrote {shown(str(written))}")
    if note:
        say(note)


def _has_label(source: str | None, options: dict[str, Any]) -> bool:
    return source == "one-weight" or options["prediction"] is not None


def _subject(source: str | None, options: dict[str, Any]) -> tuple[Model | PolynomialFamily, str | None]:
    """What the page is about, and the file with its data if there is one."""
    own = {
        key: options[key] for key in ("prediction", "loss", "formula", "variable", "parameters", "settings", "weight")
    }
    named = source if source in MODELS else None
    file = None if named else source
    if asked(own) or named in ("one-weight", "polynomial"):
        if file is not None:
            given = "--map" if own["formula"] is not None else "--loss or --prediction"
            raise InputError("FILE", file, f"does not go with {given}", "leave one of the two out")
        for key in _SHAPE:
            if options[key] is not None:
                said = "goes with FILE, phase-retrieval or two-layer-network"
                raise InputError(f"--{key}", options[key], said, "leave it out")
        return subject_of(model=named, **own), None
    shaped = {**options, "prediction": None, "weight": None, "settings": ()}
    if named is not None:
        shaped["model"] = named
    return model_of(shaped), file


def _command(
    source: str | None,
    target: str | None,
    label: str | None,
    within: tuple[str, str] | None,
    max_period: int,
    options: dict[str, Any],
) -> str:
    """The command as one would type it."""
    parts = ["symphase explore"]
    if source is not None:
        parts.append(shlex.quote(source))
    if options["model"] != "phase-retrieval":
        parts.append(f"--model {options['model']}")
    own = ("prediction", "loss", "weight", "formula", "variable", "parameters", "settings", "gamma", "c", "outer")
    parts.append(subject_text(**{key: options[key] for key in own}))
    for name, value in (("alpha", options["alpha"]), ("width", options["width"]), ("target", target), ("y", label)):
        if value is not None:
            parts.append(f"--{name} {shlex.quote(str(value))}")
    if options["reduction"] != "mean":
        parts.append(f"--reduction {options['reduction']}")
    if within:
        parts.append(f"--within {' '.join(shlex.quote(end) for end in within)}")
    if max_period != 7:
        parts.append(f"--max-period {max_period}")
    return " ".join(part for part in parts if part)


def _show(file: Path) -> str:
    """Open the page where there is a screen to open it on; what stood in the way, or nothing."""
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
        return "no screen here: open it in a browser"
    import webbrowser

    return "" if webbrowser.open(file.absolute().as_uri()) else "no browser could be started: open it by hand"


def add_commands(group: click.Group) -> None:
    """Add the command of this module to a group."""
    group.add_command(explore)
