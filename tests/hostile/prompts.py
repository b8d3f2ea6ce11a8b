"""The command line for hostile tests: run in this process, watched, and broken off when it does not answer."""

from __future__ import annotations

import inspect
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Heavy ones are loaded here: no case pays for another's imports, and rich draws random numbers when first imported.
import matplotlib.figure  # noqa: F401  # as above
import rich.progress  # noqa: F401  # as above
import zarr  # noqa: F401  # as above
from click.testing import CliRunner

import symphase.sweeps  # noqa: F401  # as above
from symphase.cli import main


def seen(*folders: Path) -> list[tuple[str, int, int]]:
    """What lies in folders: names, sizes, times."""
    found = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            status = path.lstat()
            found.append((str(path), status.st_size, status.st_mtime_ns))
    return found


def invoke(words: tuple[str, ...]) -> tuple[int, str, str]:
    """Run the command line in this process; anything but a clean exit is let through."""
    separate = "mix_stderr" in inspect.signature(CliRunner).parameters  # click 8.1; later ones always separate
    runner = CliRunner(mix_stderr=False) if separate else CliRunner()  # type: ignore[call-arg]  # of click 8.1
    result = runner.invoke(main, list(words), prog_name="symphase", color=True)  # ANSI is not taken out
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@contextmanager
def within_seconds(seconds: float) -> Iterator[None]:
    """Break off what waits for ever: the suite must not."""

    def late(_signal: int, _frame: object) -> None:
        raise TimeoutError(f"no answer after {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
