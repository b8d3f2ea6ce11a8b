"""Work in other processes: in parallel, and such that an interrupt ends it.

A call into FLINT does not look at signals; in a child process it can be killed.  Children ignore Ctrl-C themselves: the
parent ends them.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Final, TypeVar

from symphase.errors import InputError, SymphaseError

__all__ = ["available_workers", "check_workers", "in_child", "in_parallel"]

Item = TypeVar("Item")
Result = TypeVar("Result")
MAX_WORKERS: Final = 64


def available_workers() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_workers(workers: int | None) -> int:
    """Return the number of processes to use; None stands for one for each processor.

    Raises
    ------
    InputError
        For what is no integer from 1 to 64.
    """
    if workers is None:
        return available_workers()
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= MAX_WORKERS:
        raise InputError(
            "workers", workers, f"must be an integer from 1 to {MAX_WORKERS}", "leave it out for one per processor"
        )
    return workers


def _begin_child() -> None:
    """Leave interrupts to the parent, and end soon after it was killed; an idle child would wait for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is None or os.name != "posix":
        return

    def watch() -> None:
        while os.getppid() == parent.pid:
            time.sleep(0.2)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def in_parallel(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Iterator[tuple[Item, Result]]:
    """Yield (item, function(item)) in order of completion; an interrupt or a closed iterator kills the children.

    Parameters
    ----------
    function : callable
        Importable by its name.
    items : iterable
        Taken from as results come in, so that an endless one will do.
    workers : int
        Number of processes.

    Raises
    ------
    SymphaseError
        When a child dies (out of memory, say); its work is not repeated.
    """
    # forking is quick and needs no guard in a user's script; beside threads it is unsafe
    forks = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if forks else "spawn")
    source = iter(items)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_child)
    running: dict[Future[Result], Item] = {}
    try:
        while True:
            while len(running) < workers + 1:
                try:
                    item = next(source)
                except StopIteration:
                    break
                running[pool.submit(function, item)] = item
            if not running:
                break
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future.result()
    except BrokenProcessPool:
        advice = "" if forks else '; beside threads a script needs the guard if __name__ == "__main__":'
        raise SymphaseError(f"a worker process died (was there enough memory?){advice}") from None
    finally:
        if running:
            for process in list((getattr(pool, "_processes", None) or {}).values()):
                process.kill()
        pool.shutdown(cancel_futures=True)


def in_child(function: Callable[[Item], Result], item: Item) -> Result:
    """Return function(item), computed where an interrupt can end it."""
    for _, result in in_parallel(function, [item], 1):
        return result
    raise SymphaseError("the child process gave no answer")
