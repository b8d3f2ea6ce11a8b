"""Files that are whole or not there: written beside their place, synchronised, renamed."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from symphase.errors import InputError

__all__ = ["check_ours", "write_whole"]

_ENDS: Final = 2**16  # bytes at both ends of a file in which a mark is looked for


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
    target = Path(path)
    beside = target.parent / f".{target.name[:40]}.{secrets.token_hex(8)}.part"
    try:
        with open(beside, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
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
        For an existing file that is not empty and has none of the marks, and for one that cannot be read.
    """
    place = Path(path)
    try:
        if not place.is_file() or not (size := place.stat().st_size):
            return
        with place.open("rb") as file:
            seen = file.read(_ENDS)
            if size > _ENDS:
                file.seek(max(_ENDS, size - _ENDS))
                seen += file.read(_ENDS)
    except (OSError, ValueError) as reason:  # the second for a name that no file can have
        told = getattr(reason, "strerror", None) or str(reason)
        raise InputError(argument, str(path), f"cannot be looked at: {told}", "give another place") from None
    if not any(mark in seen for mark in marks):
        advice = "give another name, or take that file away"
        raise InputError(argument, str(path), f"exists and is no {kind} of symphase", advice)
