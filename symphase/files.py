"""Files that are whole or not there: written beside their place, synchronised, renamed."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from symphase.errors import InputError

__all__ = ["write_whole"]


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
