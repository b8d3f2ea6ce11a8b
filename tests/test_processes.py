"""Work in other processes: results, deaths, and interrupts that end it inside a call that looks at no signal."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from symphase.errors import InputError, SymphaseError
from symphase.processes import available_workers, check_workers, in_child, in_parallel

if TYPE_CHECKING:
    from pathlib import Path


def square(number: int) -> int:
    return number * number


def die(_number: int) -> int:
    os._exit(3)


def refuse(number: int) -> int:
    raise InputError("number", number, "must be another one")


def test_every_item_comes_back_once() -> None:
    assert dict(in_parallel(square, range(20), 2)) == {n: n * n for n in range(20)}
    assert in_child(square, 12) == 144


def test_an_endless_source_may_be_left() -> None:
    results = in_parallel(square, itertools.count(), 2)
    assert len([next(results) for _ in range(5)]) == 5
    results.close()  # type: ignore[attr-defined]  # a generator behind the name Iterator


def test_a_child_that_dies_is_an_error_of_ours() -> None:
    with pytest.raises(SymphaseError, match="the computation ended its process with exit code 3"):
        in_child(die, 1)


def test_an_error_in_a_child_arrives_as_it_was() -> None:
    with pytest.raises(InputError, match="number = 5: must be another one"):
        in_child(refuse, 5)


def test_workers() -> None:
    assert check_workers(None) == available_workers() >= 1
    assert check_workers(3) == 3
    for value in (0, 65, True, 1.5, "2"):
        with pytest.raises(InputError, match="workers"):
            check_workers(value)  # type: ignore[arg-type]  # the wrong type is the point


_SCRIPT = """
import flint, os, sys
from symphase.processes import in_child

def long_call(path):
    with open(path, "w") as file:
        file.write(str(os.getpid()))
    return int(flint.fmpz(3) ** (10**9) % 7)  # one call of many seconds into FLINT, which looks at no signal

if __name__ == "__main__":
    try:
        in_child(long_call, sys.argv[1])
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.mark.skipif(os.name != "posix", reason="sends signals to a process group")
def test_an_interrupt_ends_a_call_that_looks_at_no_signal(tmp_path: Path) -> None:
    script, mark = tmp_path / "long.py", tmp_path / "child"
    script.write_text(_SCRIPT)
    process = subprocess.Popen([sys.executable, str(script), str(mark)], start_new_session=True)
    try:
        while not (mark.exists() and mark.read_text()):
            assert process.poll() is None
            time.sleep(0.02)
        child = int(mark.read_text())
        time.sleep(0.3)  # into the call
        os.kill(child, 0)  # it is still at work
        began = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=20) == 130
        assert time.monotonic() - began < 2
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
