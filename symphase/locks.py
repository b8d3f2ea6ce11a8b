"""One writer at a time: a lock on a folder that the system itself releases when its holder dies."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import stat
import sys
import threading
from pathlib import Path
from typing import Final

from symphase.errors import EXIT_INPUT, InputError, SymphaseError

__all__ = ["LOCK", "FolderLock", "StoreLocked"]

LOCK: Final = ".lock"

# A record lock belongs to the process, not to the open file, and children do not inherit it: orphans of a killed writer
# do not keep a store locked.  The price is that one process could take it twice; hence this set, which is as much a
# thing of the whole process as the locks are.
_HELD: Final[set[tuple[int, int]]] = set()
_HELD_GUARD: Final = threading.Lock()


class StoreLocked(SymphaseError):  # noqa: N818  # says what is the case
    """A store that another process is writing; the message names it."""

    exit_code = EXIT_INPUT


class FolderLock:
    """The file ``.lock`` in a folder, locked while it is held, naming its holder; removed on release.

    Parameters
    ----------
    folder : Path
        It must exist when the lock is taken.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / LOCK
        self._handle: int | None = None
        self._key = (0, 0)

    def acquire(self) -> None:
        """Take the lock, at once or not at all.

        Raises
        ------
        StoreLocked
            If somebody else holds it.
        OSError
            If the folder cannot be written.
        """
        with _HELD_GUARD:
            while self._handle is None:
                self._try()
        try:
            os.ftruncate(self._handle, 0)
            os.write(self._handle, json.dumps({"host": platform.node(), "pid": os.getpid()}).encode() + b"\n")
        except BaseException:  # a disk that is full, say: nobody would release it
            self.release()
            raise

    def _try(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            found = os.stat(self._path, follow_symlinks=False)
            if not stat.S_ISREG(found.st_mode):
                raise InputError("out", str(self._path), "is no plain file", "remove it")
            if (found.st_dev, found.st_ino) in _HELD:  # opening and closing it here would release it
                raise StoreLocked(f"{self._folder} is being written by this process already: wait until that has ended")
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        try:
            if not _take(handle):
                raise StoreLocked(
                    f"{self._folder} is being written by {self._holder()}: wait until it has ended, or end it"
                )
            held = os.fstat(handle)
            key = (held.st_dev, held.st_ino)
            if not _names(self._path, key):  # its last holder has removed it meanwhile: try again
                os.close(handle)
                return
        except BaseException:
            os.close(handle)
            raise
        _HELD.add(key)
        self._handle, self._key = handle, key

    def _holder(self) -> str:
        try:
            with open(self._path, "rb") as file:
                record = json.loads(file.read(1000))
            return f"process {int(record['pid'])} on {str(record['host'])[:60]!r}"
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):  # anybody can write there
            return "another process"

    def release(self) -> None:
        """Remove the file while it is still ours, then let go; nothing happens where it is not held."""
        if self._handle is None:
            return
        with _HELD_GUARD:
            with contextlib.suppress(OSError):
                if _names(self._path, self._key):  # no longer, where somebody removed it and another one came
                    os.unlink(self._path)
            os.close(self._handle)
            _HELD.discard(self._key)
            self._handle = None
            if sys.platform == "win32":  # which removes no file that is open
                with contextlib.suppress(OSError):
                    os.unlink(self._path)


def _names(path: Path, key: tuple[int, int]) -> bool:
    try:
        found = os.stat(path, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return (found.st_dev, found.st_ino) == key


def _take(handle: int) -> bool:
    """Lock an open file for this process, or return False."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, 2**20, os.SEEK_SET)  # beyond the text, which others may read
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            os.lseek(handle, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
