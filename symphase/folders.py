"""Folders of results: whole or not there, and never in the place of what is not ours.

A folder is refused, before anything is computed, where it cannot be written or holds files that are no earlier results
of the same kind.  All files are written beside it first and then moved into place; what fails is undone.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from symphase.errors import InputError

__all__ = ["checked_folder", "write_folder"]


def checked_folder(out: object, generator: str) -> Path:
    """Refuse, before anything is computed, a place where no results can go.

    Parameters
    ----------
    out : path
        New, empty, or with an ``index.html`` that says it comes from ``generator``.
    generator : str
        Content of the page's meta element of that name.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        For what is no folder, cannot be one, cannot be written or holds something else.
    """
    if not isinstance(out, (str, os.PathLike)) or isinstance(out, bytes) or not str(out).strip() or "\0" in str(out):
        raise InputError("out", out, "must be the path of a folder", "give the name of a new folder")
    folder = Path(out)
    try:
        if folder.is_dir():
            _check_contents(folder, generator)
            _check_writable(folder, folder)
            return folder
        if folder.exists() or folder.is_symlink():
            raise InputError("out", str(out), "is a file, not a folder", "choose another name")
        for parent in folder.absolute().parents:
            if parent.is_dir():
                _check_writable(folder, parent)
                return folder
            if parent.exists():
                raise InputError(
                    "out", str(out), f"cannot be a folder: {parent.name} is a file", "choose another place"
                )
    except OSError as error:
        raise _refused(folder, error) from None
    return folder


def _check_contents(folder: Path, generator: str) -> None:
    names = {entry.name for entry in folder.iterdir()}
    if not names:
        return
    index = folder / "index.html"
    mark = f'<meta name="generator" content="{generator}">'
    if index.is_file() and mark in index.read_bytes()[:4000].decode("utf-8", errors="replace"):
        return
    raise InputError("out", str(folder), "holds files, but no earlier page", "choose a new folder, or empty this one")


def _check_writable(folder: Path, place: Path) -> None:
    if not os.access(place, os.W_OK | os.X_OK):
        raise InputError("out", str(folder), "cannot be written: permission denied", "choose a folder of your own")


def _refused(folder: Path, error: OSError) -> InputError:
    reason = error.strerror or type(error).__name__
    return InputError("out", str(folder), f"cannot be written: {reason}", "choose another folder")


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write all files beside the folder first, then move them into place in their order; what fails is undone.

    Parameters
    ----------
    folder : Path
        As :func:`checked_folder` returned it.
    files : mapping of str to str
        Texts by name.  The page that marks the folder as ours comes last.

    Raises
    ------
    InputError
        With the system's reason; nothing is left behind.
    """
    made: list[Path] = []
    placed: list[str] = []
    staging = folder.absolute().parent / f".{folder.name}.{secrets.token_hex(6)}"
    try:
        for parent in reversed(folder.absolute().parents):
            if not parent.exists():
                parent.mkdir()
                made.append(parent)
        staging.mkdir()
        for name in files:
            (staging / name).write_text(files[name], encoding="utf-8", newline="\n")
        if not folder.is_dir():
            os.rename(staging, folder.absolute())
            return
        for name in files:
            if (folder / name).is_file():
                shutil.copy2(folder / name, staging / f"{name}.before")
        for name in files:
            os.replace(staging / name, folder / name)
            placed.append(name)
    except BaseException as error:
        for name in placed:
            _restore(staging / f"{name}.before", folder / name)
        _clear(staging)
        for parent in reversed(made):
            parent.rmdir()
        if isinstance(error, OSError):
            raise _refused(folder, error) from None
        raise
    _clear(staging)


def _restore(before: Path, place: Path) -> None:
    if before.exists():
        os.replace(before, place)
    else:
        place.unlink()


def _clear(staging: Path) -> None:
    """Take away the folder beside, where it was made at all."""
    if staging.is_dir():
        shutil.rmtree(staging)
