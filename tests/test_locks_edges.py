"""Locks of a folder: their words, the file that is left or removed, and everything that may happen on the way."""

from __future__ import annotations

import errno
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from edges import noted

from symphase import locks
from symphase.errors import EXIT_INPUT, InputError
from symphase.locks import FolderLock, StoreLocked

POSIX = pytest.mark.skipif(
    sys.platform == "win32", reason="record locks, links and open files that are renamed are those of POSIX"
)
OURS = json.dumps({"host": platform.node(), "pid": os.getpid()}) + "\n"

# Another process, which holds the lock as the system understands it, with any record, until its input ends.
HOLDER = "import fcntl, sys; f = open(sys.argv[1], 'r+'); fcntl.lockf(f, fcntl.LOCK_EX); print(flush=True); input()"


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[FolderLock]:
    made = FolderLock(tmp_path)
    yield made
    made.release()


@contextmanager
def held(path: Path) -> Iterator[int]:
    """Let another process hold the file; its number."""
    with subprocess.Popen(
        [sys.executable, "-S", "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin
        assert other.stdout
        other.stdout.readline()
        yield other.pid
        other.stdin.close()


def refusal(lock: FolderLock, kind: type[Exception] = StoreLocked) -> str:
    with pytest.raises(kind) as caught:
        lock.acquire()
    return str(caught.value)


def is_open(handle: int) -> bool:
    try:
        os.fstat(handle)
    except OSError:
        return False
    return True


def free(folder: Path) -> bool:
    """Whether the folder can be locked now, by this process, and is then."""
    other = FolderLock(folder)
    other.acquire()
    told = (folder / ".lock").read_text() == OURS
    other.release()
    return told and not (folder / ".lock").exists()


# ------------------------------------------------------------------------------------------------------------ its file


def test_the_file_names_its_holder_and_is_gone_afterwards(tmp_path: Path, lock: FolderLock) -> None:
    path = tmp_path / ".lock"
    assert path.name == locks.LOCK
    path.write_text("x" * 1000)  # of a holder that died
    lock.acquire()
    assert path.read_text() == OURS
    handle: Any = lock._handle
    lock.release()
    assert not path.exists()
    assert not is_open(handle)
    lock.release()  # nothing more happens
    assert free(tmp_path)


def test_a_second_one_in_this_process_is_refused_and_takes_nothing_away(tmp_path: Path, lock: FolderLock) -> None:
    lock.acquire()
    second = FolderLock(tmp_path)
    for _ in range(2):
        said = f"{tmp_path} is being written by this process already: wait until that has ended"
        assert refusal(second) == said
    second.release()
    assert (tmp_path / ".lock").read_text() == OURS
    elsewhere = tmp_path / "other"
    elsewhere.mkdir()
    assert free(elsewhere)
    lock.release()
    second.acquire()
    second.release()
    assert StoreLocked("x").exit_code == EXIT_INPUT


@POSIX
def test_others_may_read_the_file_but_not_write_it(tmp_path: Path, lock: FolderLock) -> None:
    mask = os.umask(0)
    try:
        lock.acquire()
    finally:
        os.umask(mask)
    assert (tmp_path / ".lock").stat().st_mode & 0o777 == 0o644


@POSIX
def test_what_is_no_plain_file_is_left_alone(tmp_path: Path, lock: FolderLock) -> None:
    path, target = tmp_path / ".lock", tmp_path / "target"
    said = str(InputError("out", str(path), "is no plain file", "remove it"))
    target.write_text("precious")
    path.symlink_to(target)
    assert refusal(lock, InputError) == said
    path.unlink()
    path.symlink_to(tmp_path / "nowhere")
    assert refusal(lock, InputError) == said
    path.unlink()
    path.mkdir()
    assert refusal(lock, InputError) == said
    path.rmdir()
    os.mkfifo(path)
    assert refusal(lock, InputError) == said
    assert target.read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()


@POSIX
def test_a_link_that_comes_between_two_looks_is_not_followed(
    tmp_path: Path, lock: FolderLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    look, path = os.stat, tmp_path / ".lock"

    def late(where: Any, **how: Any) -> os.stat_result:
        if where == path and ".lock" not in os.listdir(tmp_path):
            path.symlink_to(target)
            raise FileNotFoundError
        return look(where, **how)

    monkeypatch.setattr(os, "stat", late)
    with pytest.raises(OSError) as caught:  # noqa: PT011  # the number says which
        lock.acquire()
    assert caught.value.errno == errno.ELOOP
    assert target.read_text() == "precious"


def test_systems_that_know_no_such_flag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_NOFOLLOW", raising=False)
    assert free(tmp_path)


@POSIX
def test_a_folder_that_is_not_there_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FolderLock(tmp_path / "nowhere").acquire()
    assert free(tmp_path)


# ------------------------------------------------------------------------------------------------------ other processes


@POSIX
def test_another_process_is_named_and_keeps_its_lock(
    tmp_path: Path, lock: FolderLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".lock"
    path.write_text('{"host": "there", "pid": 12}\n')
    opened: list[int] = []
    real = os.open
    monkeypatch.setattr(os, "open", lambda *given, **how: noted(opened, made := real(*given, **how), made))
    with held(path):
        said = f"{tmp_path} is being written by process 12 on 'there': wait until it has ended, or end it"
        assert refusal(lock) == said
        assert not any(map(is_open, opened))
        lock.release()
        assert path.read_text() == '{"host": "there", "pid": 12}\n'
        assert refusal(lock) == said
    assert free(tmp_path)


def record(length: int) -> str:
    text = json.dumps({"pid": 7, "host": "h"})
    return text + " " * (length - len(text) - 1) + "\n"


WRITTEN: list[tuple[str | None, str]] = [
    ('{"host": "a", "pid": 3}', "process 3 on 'a'"),
    ('{"host": "a\\u001b\\n", "pid": "3"}', r"process 3 on 'a\x1b\n'"),
    (f'{{"host": "{"ab" * 40}", "pid": 3.0}}', f"process 3 on '{'ab' * 30}'"),
    (record(1000), "process 7 on 'h'"),
    (record(1000)[:-1] + "}", "another process"),
    (record(999) + "}", "another process"),
    (record(1000) + "}", "process 7 on 'h'"),  # what is further down is not read
    ("", "another process"),
    ("[]", "another process"),
    ('{"host": "a"}', "another process"),
    ('{"pid": 3}', "another process"),
    ('{"host": "a", "pid": null}', "another process"),
    ('{"host": "a", "pid": "me"}', "another process"),
    ("\xff", "another process"),
    (None, "another process"),
]


@pytest.mark.parametrize(("text", "told"), WRITTEN, ids=range(len(WRITTEN)))
def test_who_holds_it_is_said_as_far_as_it_is_written(tmp_path: Path, text: str | None, told: str) -> None:
    if text is not None:
        (tmp_path / ".lock").write_bytes(text.encode("latin-1"))
    assert FolderLock(tmp_path)._holder() == told


@pytest.mark.parametrize(
    "text", ["[" * 1000, '{"pid": 1e999, "host": "x"}', '{"pid": -Infinity, "host": "x"}'], ids=range(3)
)
def test_regression_any_record_of_a_holder_is_read_without_a_traceback(tmp_path: Path, text: str) -> None:
    """Deep nesting ended in a RecursionError, an infinite number in an OverflowError."""
    (tmp_path / ".lock").write_text(text)
    assert FolderLock(tmp_path)._holder() == "another process"


@POSIX
def test_a_file_that_its_last_holder_removes_meanwhile_is_made_again(
    tmp_path: Path, lock: FolderLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, taken = tmp_path / ".lock", locks._take
    seen: list[int] = []

    def late(handle: int) -> bool:
        seen.append(handle)
        told = taken(handle)
        if len(seen) == 1:
            path.unlink()
        if len(seen) == 2:
            path.rename(tmp_path / "kept")  # so that the next one is another file for certain
            path.write_text("a new one")
        return told

    monkeypatch.setattr(locks, "_take", late)
    closed: list[int] = []
    close = os.close
    monkeypatch.setattr(os, "close", lambda handle: noted(closed, handle, close(handle)))
    lock.acquire()
    assert len(seen) == 3
    assert closed == seen[:2]
    assert path.read_text() == OURS
    assert lock._handle == seen[-1]
    lock.release()
    assert not path.exists()
    assert free(tmp_path)


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_whatever_happens_while_it_is_taken_leaves_nothing_open(
    tmp_path: Path, lock: FolderLock, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    seen: list[int] = []

    def broken(handle: int) -> bool:
        seen.append(handle)
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(locks, "_take", broken)
        with pytest.raises(error):
            lock.acquire()
    assert not is_open(seen[0])
    assert free(tmp_path)


def test_regression_a_full_disk_leaves_no_lock_behind(
    tmp_path: Path, lock: FolderLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder stayed locked for as long as the process lived."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space left"):
            lock.acquire()
    assert not (tmp_path / ".lock").exists()
    assert free(tmp_path)


@POSIX
def test_regression_a_file_that_came_in_its_place_is_not_removed(tmp_path: Path, lock: FolderLock) -> None:
    """Somebody removed the file by hand and another process took the lock: its file went with the first release."""
    path = tmp_path / ".lock"
    lock.acquire()
    path.rename(tmp_path / "kept")
    path.write_text("of another")
    lock.release()
    assert path.read_text() == "of another"
    assert free(tmp_path)


@POSIX
def test_a_name_is_that_of_one_file_and_no_link_to_it(tmp_path: Path) -> None:
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_text("")
    link.symlink_to(path)
    found = path.stat()
    key = (found.st_dev, found.st_ino)
    assert locks._names(path, key)
    assert not locks._names(link, key)
    assert not locks._names(tmp_path / "nowhere", key)
    assert not locks._names(path, (key[0], key[1] + 1))
    assert not locks._names(path, (key[0] + 1, key[1]))


# -------------------------------------------------------------------------------------------------------------- Windows


class Windows:
    """What Windows does instead: it locks a byte, and removes no file that is open."""

    LK_NBLCK = 2

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.locked: list[tuple[int, int, int]] = []
        self.refuses = False
        monkeypatch.setattr(sys, "platform", "win32")
        monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(LK_NBLCK=self.LK_NBLCK, locking=self.locking))

    def locking(self, handle: int, mode: int, count: int) -> None:
        if self.refuses:
            raise PermissionError
        assert mode == self.LK_NBLCK
        self.locked.append((handle, os.lseek(handle, 0, os.SEEK_CUR), count))


@POSIX
def test_windows_locks_one_byte_beyond_the_text(
    tmp_path: Path, lock: FolderLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = Windows(monkeypatch)
    lock.acquire()
    assert windows.locked == [(lock._handle, 1 << 20, 1)]
    assert (tmp_path / ".lock").read_text() == OURS  # written at the beginning
    lock.release()
    windows.refuses = True
    assert "is being written by another process: " in refusal(lock)


@POSIX
def test_windows_removes_the_file_once_it_is_closed(
    tmp_path: Path, lock: FolderLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    Windows(monkeypatch)
    remove = os.unlink

    def unlink(path: Path) -> None:
        if lock._handle is not None:
            raise PermissionError
        remove(path)

    def too_late(_: Path) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(os, "unlink", unlink)
    lock.acquire()
    lock.release()
    assert not (tmp_path / ".lock").exists()
    lock.acquire()
    monkeypatch.setattr(os, "unlink", too_late)  # somebody else removes it
    lock.release()
    monkeypatch.undo()
    assert free(tmp_path)
