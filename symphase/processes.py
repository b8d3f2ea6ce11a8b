"""Work in other processes: in parallel, and such that an interrupt, a deadline or a limit on memory ends it.

A call into FLINT does not look at signals, takes all the memory it can get, and ends the whole process when that is not
enough.  In a child process it can be killed, and only the child dies.  Children ignore Ctrl-C themselves: the parent
ends them.

What is small is computed where it is asked for: a child costs some hundredths of a second.  Who calls
:func:`where_killable` says which work is heavy, by a size that is known beforehand.
"""

from __future__ import annotations

import contextlib
import faulthandler
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from symphase.errors import InputError, SymphaseError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkContext, SpawnContext

__all__ = [
    "Budget",
    "BudgetExceeded",
    "available_workers",
    "check_workers",
    "in_child",
    "in_parallel",
    "where_killable",
]

Item = TypeVar("Item")
Result = TypeVar("Result")
MAX_WORKERS: Final = 64
_SECONDS: Final = "SYMPHASE_MAX_SECONDS"
_MEMORY: Final = "SYMPHASE_MAX_MEMORY"  # in MiB
_USUAL_SECONDS: Final = 600.0
_USUAL_MEMORY: Final = 8192
_SPARE_SECONDS: Final = 5  # of processor time, before the system ends a child whose parent is gone
_MIB: Final = 2**20


class BudgetExceeded(SymphaseError):  # noqa: N818  # says what is the case
    """A computation that took more time or memory than it may take, or that ended its process; the message says which.

    It ran in a child process: the process that asked goes on.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a computation in a child process may take.

    Attributes
    ----------
    seconds : float
    memory : int
        Bytes on top of what the process has at the beginning; held where the system can (not on Windows).
    """

    seconds: float
    memory: int

    @classmethod
    def usual(cls, *, seconds: float = _USUAL_SECONDS) -> Budget:
        """Return what the environment allows, or else so many seconds, and 8 GiB or half of the machine's memory.

        ``SYMPHASE_MAX_SECONDS`` and ``SYMPHASE_MAX_MEMORY`` (in MiB) are read at each call.

        Raises
        ------
        InputError
            For a variable that is no number > 0.
        """
        memory = _from_environment(_MEMORY, "of MiB", min(_USUAL_MEMORY, _machine_memory() // (2 * _MIB)))
        return cls(seconds=_from_environment(_SECONDS, "of seconds", seconds), memory=int(memory * _MIB))


def _from_environment(name: str, unit: str, usual: float) -> float:
    text = os.environ.get(name, "").strip()
    if not text:
        return usual
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < 1e9:
        raise InputError(name, text, f"must be a number {unit}, > 0", "set it to one, or unset it")
    return value


def _machine_memory() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # not told, as on Windows
        return 2 * _USUAL_MEMORY * _MIB


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
    context = _context()
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
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future.result()
    except BrokenProcessPool:
        raise SymphaseError(f"a worker process died (was there enough memory?){_guard(context)}") from None
    finally:
        if running:
            for process in list((getattr(pool, "_processes", None) or {}).values()):
                process.kill()
        pool.shutdown(cancel_futures=True)


def _context() -> ForkContext | SpawnContext:
    """Forking is quick and needs no guard in a user's script; beside threads it is unsafe."""
    forks = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
    return multiprocessing.get_context("fork") if forks else multiprocessing.get_context("spawn")


def _guard(context: ForkContext | SpawnContext) -> str:
    forks = context.get_start_method() == "fork"
    return "" if forks else '; beside threads a script needs the guard if __name__ == "__main__":'


def where_killable(
    function: Callable[[Item], Result], item: Item, *, heavy: bool, asked: str, seconds: float = _USUAL_SECONDS
) -> Result:
    """Return function(item), computed in a child process with a budget if it is heavy, and here otherwise.

    In a process that is a child already it is computed there: its parent can end it.

    Parameters
    ----------
    function, item
        As for :func:`in_child`.
    heavy : bool
        Whether it may take long, by a size that is known beforehand.
    asked : str
        What was asked for, as it begins an error message.
    seconds : float
        What it may take, unless the environment says otherwise; see :meth:`Budget.usual`.

    Raises
    ------
    BudgetExceeded
        As :func:`in_child`.
    """
    if not heavy or multiprocessing.parent_process() is not None:
        return function(item)
    return in_child(function, item, asked=asked, budget=Budget.usual(seconds=seconds))


def in_child(
    function: Callable[[Item], Result], item: Item, *, asked: str = "the computation", budget: Budget | None = None
) -> Result:
    """Return function(item), computed in a process of its own, where an interrupt, or a budget, can end it.

    Parameters
    ----------
    function : callable
        Importable by its name.
    item : object
        It and the result can be sent from one process to another.
    asked : str
        What was asked for, as it begins an error message.
    budget : Budget, optional
        Without one there are no limits.

    Raises
    ------
    BudgetExceeded
        When time or memory run out, and when the process dies otherwise; an exception of the function's arrives as it
        was.
    """
    context = _context()
    answers, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(theirs, function, item, budget))
    child.start()
    try:
        theirs.close()
        answers.recv()  # it has begun: what it takes to start is not counted
        if not answers.poll(budget.seconds if budget is not None else None):
            raise BudgetExceeded(f"{asked} took more than {_told(budget)}: {_advice(_SECONDS)}")
        worked, answer = answers.recv()
    except (EOFError, ConnectionError):  # it died without an answer
        child.join()
        raise BudgetExceeded(f"{asked} {_death(child.exitcode)}{_told(budget, within=True)}{_guard(context)}") from None
    finally:
        child.kill()
        child.join()
        answers.close()
    if worked:
        result: Result = answer
        return result
    if isinstance(answer, MemoryError):
        raise BudgetExceeded(f"{asked} needs more memory than there is{_told(budget, within=True)}") from None
    raise answer


def _told(budget: Budget | None, *, within: bool = False) -> str:
    if budget is None:
        return ""
    if within:
        allowed = f" ({budget.memory // _MIB} MiB and {budget.seconds:g} s were allowed): "
        return allowed + _advice(_MEMORY)
    return f"the {budget.seconds:g} s that it may take"


def _advice(variable: str) -> str:
    return f"ask for less (a lower degree, period or precision), or allow more by the environment variable {variable}"


def _death(code: int | None) -> str:
    """How a process died, from its exit code."""
    if code is None or code >= 0:
        return f"ended its process with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    known = {"SIGKILL": "the system killed it, probably for its memory", "SIGXCPU": "its processor time was used up"}
    return f"ended its process by {name} ({known.get(name, 'the arithmetic gave up: too large, or too little memory')})"


def _work(answers: Connection, function: Callable[[Item], Result], item: Item, budget: Budget | None) -> None:
    """In the child: compute, and send the result or the exception."""
    _begin_child()
    if budget is not None:
        _hold(budget)
    answers.send(None)
    try:
        answer: tuple[bool, Any] = (True, function(item))
    except MemoryError:
        answer = (False, MemoryError())
    except Exception as error:  # noqa: BLE001  # it is raised in the parent
        answer = (False, error)
    try:
        answers.send(answer)
    except MemoryError:
        answers.send((False, MemoryError()))
    except Exception as error:  # noqa: BLE001  # what cannot be sent
        answers.send((False, TypeError(f"the answer cannot be sent from a child process: {error}")))
    answers.close()


def _hold(budget: Budget) -> None:
    """Let the system hold this process to its budget, and die without a word: the parent says what there is to say."""
    faulthandler.disable()
    with contextlib.suppress(OSError):
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)  # where FLINT writes, too
        os.dup2(silent, 2)
        os.close(silent)
    if sys.platform == "win32":
        return
    import resource

    seconds = math.ceil(budget.seconds) + _SPARE_SECONDS
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, seconds + math.ceil(time.process_time())),
        (resource.RLIMIT_AS, _address_space() + budget.memory),
    ):
        _, hard = resource.getrlimit(kind)
        with contextlib.suppress(OSError, ValueError):  # a system without this limit
            resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _address_space() -> int:
    """Bytes of addresses in use: far more than memory, and what the limit counts."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0
