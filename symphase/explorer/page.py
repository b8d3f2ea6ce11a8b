"""The explorer: one HTML file with a slider over the step size and linked views, which works without a network.

What is exact on the page is computed here (:mod:`symphase.explorer.record`); its script, plain JavaScript of our own in
``data/explorer_*.js``, draws and computes in floats.  The page's content security policy names that one script and that
one style sheet by their hashes and allows nothing else: no other script can run, and nothing can be loaded or sent.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Callable
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any, Final

from symphase.errors import InputError
from symphase.explorer.record import explorer_record
from symphase.files import write_whole
from symphase.hypertext import outside_text, style_sheet, versions
from symphase.maps import PolynomialFamily
from symphase.models import Model
from symphase.plots import PHASE_STYLES
from symphase.tables import DataSet

__all__ = ["GENERATOR", "checked_file", "explorer_page", "write_explorer"]

Progress = Callable[[str, int, int], None]

GENERATOR: Final = "symphase explore"
_SCRIPTS: Final = (
    "explorer_numbers.js",
    "explorer_state.js",
    "explorer_views.js",
    "explorer_words.js",
    "explorer_controls.js",
)
_OTHERS: Final = {"convergent": "#56b4e9", "other": "#8b949e"}  # of maps whose monotone end is not known; of no phase
_HEAD: Final = 4096


def write_explorer(
    out: str | os.PathLike[str] = "symphase-explorer.html",
    subject: Model | PolynomialFamily | None = None,
    data: DataSet | None = None,
    *,
    target: object = 1,
    within: tuple[object, object] | None = None,
    max_period: int = 7,
    command: str = "symphase.write_explorer",
    progress: Progress | None = None,
) -> Path:
    """Write an interactive page about the step size of gradient descent, or the parameter of a map, as one file.

    Parameters
    ----------
    out : path
        The file; an earlier explorer there is replaced, anything else is refused before any work.
    subject, data, target, within, max_period, command, progress
        As for :func:`explorer_page`.

    Returns
    -------
    Path

    Certainty
    ---------
    Each number on the page as it says.

    Raises
    ------
    InputError
        For a place that cannot be written or holds something else, and as :func:`explorer_page`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_explorer(Path(folder, "map.html"), max_period=1)
    ...     200_000 < path.stat().st_size < 600_000
    True
    """
    file = checked_file(out)
    page = explorer_page(
        subject, data, target=target, within=within, max_period=max_period, command=command, progress=progress
    )
    return write_whole(file, page.encode("utf-8"))


def checked_file(out: object) -> Path:
    """Refuse, before anything is computed, a place that holds anything but an earlier explorer.

    Parameters
    ----------
    out : path

    Returns
    -------
    Path

    Raises
    ------
    InputError
        For what is no path of a file, and for files that ``symphase explore`` did not write.
    """
    if not isinstance(out, (str, os.PathLike)) or isinstance(out, bytes) or not str(out).strip() or "\0" in str(out):
        raise InputError("out", out, "must be the path of a file", "give a name such as explorer.html")
    file = Path(out)
    mark = f'<meta name="generator" content="{GENERATOR}'.encode()
    try:
        if file.is_dir():
            raise InputError("out", str(out), "is a folder", "give the name of a file in it")
        if not file.exists() and not file.is_symlink():
            if not file.absolute().parent.is_dir():
                raise InputError("out", str(out), "lies in a folder that does not exist", "make the folder first")
            return file
        ours = False
        if file.is_file():
            with file.open("rb") as stream:
                ours = mark in stream.read(_HEAD)
    except OSError as reason:
        told = reason.strerror or str(reason)
        raise InputError("out", str(out), f"cannot be used: {told}", "choose another place") from None
    if not ours:
        raise InputError("out", str(out), "exists and is no explorer of symphase", "choose another name")
    return file


def explorer_page(
    subject: Model | PolynomialFamily | None = None,
    data: DataSet | None = None,
    *,
    target: object = 1,
    within: tuple[object, object] | None = None,
    max_period: int = 7,
    command: str = "symphase.explorer_page",
    progress: Progress | None = None,
) -> str:
    """Return the explorer as one HTML document that loads nothing.

    Parameters
    ----------
    subject : Model or PolynomialFamily, optional
        A model with numbers for all its parameters, or a map of one's own; phase retrieval with γ = 2, c = 0 when left
        out.
    data : DataSet, optional
        Pairwise orthogonal rows; the digit that ships with symphase when left out.
    target : number
        y of a model of one scalar weight.
    within : (number, number), optional
        Of a map: the interval in which the flip of the fixed point is looked for.
    max_period : int
        Longest period of the stable windows that the page knows, 1 to 8.
    command : str
        How the page was made, for its last line.
    progress : callable, optional
        Called as progress(stage, done, total).

    Returns
    -------
    str

    Certainty
    ---------
    Each number on the page as it says; what the browser computes is numerical.

    Raises
    ------
    InputError
        For rows that are not orthogonal, models with open parameters or without a map, and other input that cannot be
        worked with.

    Examples
    --------
    >>> page = explorer_page(max_period=1)
    >>> page.startswith("<!DOCTYPE html>"), "https:" in page.partition("<script")[0]
    (True, False)
    """
    record = explorer_record(subject, data, target=target, within=within, max_period=max_period, progress=progress)
    style, script = _style(), _script()
    page = Template(_text("explorer.html")).substitute(
        title=outside_text(record["title"]),
        about=outside_text(record["about"]),
        map=record["map"]["mathml"],
        generator=GENERATOR,
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        units="".join(_unit_choice(unit) for unit in record["units"]),
        runs=record["words"]["runs"],
        value=escape(record["words"]["value"]),
        run=_about_the_run(record["training"]),
        atlas=_about_the_atlas(record),
        versions=escape(", ".join(f"{name} {number}" for name, number in versions().items())),
        command=outside_text(command),
        known=_json(record),
    )
    # Halves of characters, as in the name of a file that is no UTF-8, are none that a page can hold.
    return re.sub("[\ud800-\udfff]", "\ufffd", page)


def _text(name: str) -> str:
    return resources.files("symphase").joinpath("data", name).read_text(encoding="utf-8")


def _script() -> str:
    """All of the script, in a scope of its own."""
    parts = "\n".join(_text(name) for name in _SCRIPTS)
    return f'\n(() => {{\n"use strict";\n{parts}}})();\n'


def _style() -> str:
    colors = {str(phase): style.color for phase, style in PHASE_STYLES.items()} | _OTHERS
    names = "".join(f" --{name}: {color};" for name, color in colors.items())
    return f"\n:root {{{names} }}\n{style_sheet()}{_text('explorer.css')}"


def _hash(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode('utf-8')).digest()).decode('ascii')}"


def _json(record: dict[str, Any]) -> str:
    """JSON that no HTML parser reads as anything else: the three characters that could end or open an element."""
    text = json.dumps(record, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _unit_choice(unit: dict[str, Any]) -> str:
    key, symbol, name = (escape(unit[part]) for part in ("key", "symbol", "name"))
    radio = f'<input type="radio" name="unit" value="{key}" aria-label="{name}">'
    return f'<label title="{name}">{radio}<var>{symbol}</var></label>'


def _about_the_run(training: dict[str, Any] | None) -> str:
    if training is None:
        return ""
    if training["kind"] == "loss":
        return "Plain gradient descent on this loss, run by your browser from the start in the map; it knows no map."
    one = training["samples"] == 1
    dotted = "" if one else "  Dotted: the share of the row with the largest target, whose map is drawn."
    return (
        "Plain gradient descent on the original loss and the data in this file, run by your browser: random weights "
        f"from a seed, moved along one row to the start in the map.  The run does not use the map.{dotted}"
    )


def _about_the_atlas(record: dict[str, Any]) -> str:
    if record["atlas"] is None:
        return escape(record["no_atlas"] or "")
    atlas = record["atlas"]
    return escape(
        f"It also holds all {len(atlas['windows'])} stable windows of periods up to {atlas['max_period']}: complete by "
        f"the census of cycles, each number certified; one window for each word, because {atlas['theorem']}."
    )
