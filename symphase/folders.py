"""Folders of results: whole or not there, and never in the place of what is not ours.

A folder is refused, before anything is computed, where it cannot be written or holds files that are no earlier results
of the same kind.  All files are written beside it first and then moved into place; what fails is undone.

A folder may have sub-folders, one deep, and a list of its files with their SHA-256 (``SHA256SUMS``, to be checked with
``sha256sum -c SHA256SUMS``).  The list also says what an earlier result left there: when the folder is written again,
files of that list which nobody has changed, and which do not come again, are taken away.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from symphase.errors import InputError

__all__ = ["SUMS", "checked_folder", "write_folder"]

SUMS: Final = "SHA256SUMS"
_NAME: Final = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._-]*/)?[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_LINE: Final = re.compile(rf"([0-9a-f]{{64}})  ({_NAME.pattern})", re.ASCII)
_MAX_LIST: Final = 2**20


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


def write_folder(folder: Path, files: Mapping[str, str | bytes], *, sums: bool = False) -> None:
    """Write all files beside the folder first, then move them into place in their order; what fails is undone.

    Parameters
    ----------
    folder : Path
        As :func:`checked_folder` returned it.
    files : mapping of str to str or bytes
        Contents by name; a name may begin with one sub-folder, as "data/strip.csv".  The page that marks the folder as
        ours comes last.
    sums : bool
        Whether to write ``SHA256SUMS`` as well, just before the page.  Files that an earlier list names, that are as
        they were written, and that are not among ``files`` are taken away.

    Raises
    ------
    InputError
        With the system's reason; nothing is left behind.
    """
    contents = {
        name: text.encode("utf-8", errors="replace") if isinstance(text, str) else text for name, text in files.items()
    }
    if not all(_NAME.fullmatch(name) for name in contents):
        raise ValueError(f"no names for files of ours: {sorted(contents)}")
    if sums:
        contents = _with_sums(contents)
    made: list[Path] = []
    changed: list[str] = []
    staging = folder.absolute().parent / f".{folder.name}.{secrets.token_hex(6)}"
    try:
        for parent in reversed(folder.absolute().parents):
            if not parent.exists():
                parent.mkdir()
                made.append(parent)
        staging.mkdir()
        for name, content in contents.items():
            (staging / name).parent.mkdir(exist_ok=True)
            (staging / name).write_bytes(content)
        if not folder.is_dir():
            os.rename(staging, folder.absolute())
            return
        old = _left_over(folder) - contents.keys() if sums else set()
        for below in dict.fromkeys((folder / name).parent for name in contents):
            if below.is_symlink() and below != folder:
                raise NotADirectoryError(20, f"{below.name} is a link that leads elsewhere")
            if not below.is_dir():
                below.mkdir()
                made.append(below)
        for name in (*contents, *old):
            if (folder / name).is_file():
                shutil.copy2(folder / name, _before(staging, name))
        for name in contents:
            os.replace(staging / name, folder / name)
            changed.append(name)
        for name in old:
            (folder / name).unlink()
            changed.append(name)
    except BaseException as error:
        for name in changed:
            _restore(_before(staging, name), folder / name)
        _clear(staging)
        for parent in reversed(made):
            parent.rmdir()
        if isinstance(error, OSError):
            raise _refused(folder, error) from None
        raise
    _clear(staging)
    for below in {(folder / name).parent for name in old} - {folder}:
        with contextlib.suppress(OSError):  # somebody else's files are in it
            below.rmdir()


def _with_sums(contents: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same files, with the list of their checksums before the last one."""
    *first, last = contents
    lines = "".join(f"{hashlib.sha256(contents[name]).hexdigest()}  {name}\n" for name in sorted(contents))
    return {name: contents[name] for name in first} | {SUMS: lines.encode(), last: contents[last]}


def _left_over(folder: Path) -> set[str]:
    """Names in the folder's list whose files are still as they were written."""
    return {name for name, digest in _listed(folder) if _is_as_written(folder / name, digest)}


def _listed(folder: Path) -> Iterator[tuple[str, str]]:
    place = folder / SUMS
    if place.is_symlink() or not place.is_file() or place.stat().st_size > _MAX_LIST:
        return
    for line in place.read_text(encoding="utf-8", errors="replace").splitlines():
        if found := _LINE.fullmatch(line):
            yield found[2], found[1]


def _is_as_written(path: Path, digest: str) -> bool:
    if path.is_symlink() or path.parent.is_symlink() or not path.is_file():
        return False
    return hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _before(staging: Path, name: str) -> Path:
    """Where the earlier content of a file waits until all is done."""
    return staging / f"{name.replace('/', '~')}.before"


def _restore(before: Path, place: Path) -> None:
    if before.exists():
        os.replace(before, place)
    else:
        place.unlink()


def _clear(staging: Path) -> None:
    """Take away the folder beside, where it was made at all."""
    if staging.is_dir():
        shutil.rmtree(staging)
