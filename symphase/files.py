"""Files that are whole or not there: written beside their place, synchronised, renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from symphase.errors import InputError

__all__ = ["check_ours", "check_path", "check_target", "is_special", "write_whole"]

_ENDS: Final = 2**16  # bytes at both ends of a file in which a mark is looked for
_SPECIAL: Final = "is a pipe or a device, no ordinary file"


def check_path(path: object, argument: str = "path") -> None:
    """Refuse what is no path: a number would be taken for a file that is open already.

    Raises
    ------
    InputError
        For anything but text and path objects.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise InputError(argument, path, "must be a path", "give the name of a file as text")


def is_special(path: str | os.PathLike[str]) -> bool:
    """Whether something is there that is neither a file nor a folder; asked before it is opened.

    A pipe would wait for its other end, and a device may never end; and nothing of the kind is to be replaced.

    Parameters
    ----------
    path : path

    Returns
    -------
    bool

    Raises
    ------
    OSError, ValueError
        For a place that cannot be looked at, and for a name that no file can have.
    """
    check_path(path)
    try:
        return stat.S_IFMT(os.stat(path).st_mode) not in {stat.S_IFREG, stat.S_IFDIR}
    except FileNotFoundError:
        return False


def check_target(path: str | os.PathLike[str], *, argument: str = "path") -> None:
    """Refuse, before anything is computed, a place where no file can be written.

    Parameters
    ----------
    path : path
        Where something is to be written.
    argument : str
        What an error message calls the path.

    Raises
    ------
    InputError
        For links, folders, pipes and devices, places in folders that do not exist or cannot be written, and names that
        no file can have.
    """
    check_path(path, argument)
    place, why = Path(path), ""
    try:
        if place.is_symlink():  # it would be replaced, and may be anybody's: /dev/stdout is one
            why = "is a link to another place"
        elif is_special(place):
            why = _SPECIAL
        elif not str(path) or place.is_dir():
            why = f"cannot be written: {os.strerror(errno.EISDIR)}"
        elif not place.parent.is_dir():
            why = f"cannot be written: {os.strerror(errno.ENOENT)}"
        elif not os.access(place.parent, os.W_OK | os.X_OK):
            why = f"cannot be written: {os.strerror(errno.EACCES)}"
    except (OSError, ValueError) as reason:  # the second for a name that no file can have
        why = f"cannot be written: {getattr(reason, 'strerror', None) or reason}"
    if why:
        raise InputError(argument, str(path), why, "give a file in a folder that exists")


def write_whole(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write a file so that nobody ever reads a part of it; an existing file is replaced.

    Parameters
    ----------
    path : path
    content : bytes

    Returns
    -------
    Path
        Where it stands.

    Raises
    ------
    InputError
        If it cannot be written there, with the system's reason; nothing is left behind.
    """
    check_path(path)
    target = Path(path)
    beside = target.parent / f".{target.name[:40]}.{secrets.token_hex(8)}.part"
    try:
        if is_special(target):
            raise InputError("path", str(path), _SPECIAL, "give another place")
        with open(beside, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    except InputError:
        raise
    except (OSError, ValueError) as reason:  # the second for a name that no file can have
        told = getattr(reason, "strerror", None) or str(reason)
        raise InputError("path", str(path), f"cannot be written: {told}", "give another place") from None
    finally:
        with contextlib.suppress(OSError, ValueError):  # gone already when all went well
            beside.unlink()
    return target


def check_ours(path: str | os.PathLike[str], marks: Sequence[bytes], kind: str, *, argument: str = "path") -> None:
    """Refuse, before anything is computed, to replace a file that symphase did not write.

    Parameters
    ----------
    path : path
        Where something is to be written.
    marks : sequence of bytes
        What the files of this kind hold near their beginning or end; one of them is enough.
    kind : str
        What is written, such as "figure".
    argument : str
        What an error message calls the path.

    Raises
    ------
    InputError
        As :func:`check_target`, for an existing file that is not empty and has none of the marks, and for one that
        cannot be read.
    """
    check_target(path, argument=argument)
    place = Path(path)
    try:
        if not place.is_file() or not (size := place.stat().st_size):
            return
        with place.open("rb") as file:
            seen = file.read(_ENDS)
            if size > _ENDS:
                file.seek(max(_ENDS, size - _ENDS))
                seen += file.read(_ENDS)
    except OSError as reason:
        said = f"cannot be looked at: {reason.strerror or reason}"
        raise InputError(argument, str(path), said, "give another place") from None
    if not any(mark in seen for mark in marks):
        advice = "give another name, or take that file away"
        raise InputError(argument, str(path), f"exists and is no {kind} of symphase", advice)
