"""Budgets, workers and children to the letter: what the system is asked for, and what is said when it fails."""

from __future__ import annotations

import builtins
import faulthandler
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from types import SimpleNamespace
from typing import Any, cast

import pytest
from edges import noted

from symphase import processes
from symphase.errors import InputError, SymphaseError
from symphase.processes import (
    Budget,
    BudgetExceeded,
    available_workers,
    check_workers,
    in_child,
    in_parallel,
    where_killable,
)

POSIX = pytest.mark.skipif(os.name != "posix", reason="asks for limits and signals of POSIX")
MIB = 1024 * 1024
BUDGET = Budget(seconds=1.5, memory=256 * MIB + 5)


def double(number: int) -> int:
    return 2 * number


# ------------------------------------------------------------------------------------------------------------- budgets


@pytest.mark.parametrize(
    ("machine", "seconds", "memory", "expected"),
    [
        (64 * 1024 * MIB, None, None, (600.0, 8192 * MIB)),
        (3 * 1024 * MIB + 7, None, None, (600.0, 1536 * MIB)),
        (64 * 1024 * MIB, " 2.5 ", "0.5", (2.5, MIB // 2)),
        (64 * 1024 * MIB, "999999999", "1e3", (999999999.0, 1000 * MIB)),
        (64 * 1024 * MIB, "  ", "", (600.0, 8192 * MIB)),
    ],
)
def test_what_a_budget_is_usually(
    machine: int, seconds: str | None, memory: str | None, expected: tuple[float, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("SYMPHASE_MAX_SECONDS", seconds), ("SYMPHASE_MAX_MEMORY", memory)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": machine, "SC_PAGE_SIZE": 1}.__getitem__)
    found = Budget.usual()
    assert (found.seconds, found.memory) == expected
    assert isinstance(found.memory, int)
    if seconds is None:
        assert Budget.usual(seconds=7.5).seconds == 7.5
    else:
        assert Budget.usual(seconds=7.5).seconds == (expected[0] if seconds.strip() else 7.5)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "1e9", "many"])
@pytest.mark.parametrize(("name", "unit"), [("SYMPHASE_MAX_SECONDS", "of seconds"), ("SYMPHASE_MAX_MEMORY", "of MiB")])
def test_a_budget_that_is_no_number_is_refused(
    text: str, name: str, unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(InputError) as caught:
        Budget.usual()
    assert str(caught.value) == f"{name} = {text}: must be a number {unit}, > 0; set it to one, or unset it"


def test_a_machine_that_does_not_tell_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYMPHASE_MAX_MEMORY", raising=False)
    for failure in (AttributeError, OSError, ValueError):

        def refuse(name: str, failure: type[Exception] = failure) -> int:
            raise failure(name)

        monkeypatch.setattr(os, "sysconf", refuse)
        assert Budget.usual().memory == 8192 * MIB


def test_the_memory_of_a_machine_is_its_pages_times_their_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": 1000, "SC_PAGE_SIZE": 4096}.__getitem__)
    assert processes._machine_memory() == 4_096_000


# ------------------------------------------------------------------------------------------------------------- workers


def test_how_many_workers_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: noted(asked, pid, {1, 5, 6}), raising=False)
    assert available_workers() == check_workers(None) == 3
    assert asked == [0, 0]
    monkeypatch.delattr(os, "sched_getaffinity")
    for count, expected in ((7, 7), (None, 1)):
        monkeypatch.setattr(os, "cpu_count", lambda count=count: count)
        assert available_workers() == expected


def test_which_numbers_of_workers_are_allowed() -> None:
    assert [check_workers(count) for count in (1, 2, 64)] == [1, 2, 64]
    for wrong in (0, 65, -1, True, 1.0, "2"):
        with pytest.raises(InputError) as caught:
            check_workers(wrong)  # type: ignore[arg-type]  # the wrong type is the point
        assert str(caught.value) == (
            f"workers = {wrong}: must be an integer from 1 to 64; leave it out for one per processor"
        )


# ------------------------------------------------------------------------------------------------------- how they start


@pytest.mark.parametrize(
    ("methods", "threads", "expected"),
    [(["fork", "spawn"], 1, "fork"), (["fork", "spawn"], 2, "spawn"), (["spawn"], 1, "spawn")],
)
def test_children_are_forked_where_that_is_safe(
    methods: list[str], threads: int, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: methods)
    monkeypatch.setattr(threading, "active_count", lambda: threads)
    asked: list[str] = []
    honest = multiprocessing.get_context
    monkeypatch.setattr(multiprocessing, "get_context", lambda name: noted(asked, name, honest(name)))
    context = processes._context()
    assert asked == [expected]
    assert context.get_start_method() == expected
    told = '; beside threads a script needs the guard if __name__ == "__main__":'
    assert processes._guard(context) == ("" if expected == "fork" else told)


@POSIX
def test_a_child_leaves_interrupts_to_its_parent_and_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class EndedError(Exception):
        """What os._exit stands for here."""

    class Watcher:
        def __init__(self, *, target: Callable[[], None], daemon: bool) -> None:
            assert daemon  # it must not keep the child alive
            self.target = target

        def start(self) -> None:
            watches.append(self.target)

    def leave(code: int) -> None:
        raise EndedError(code)

    watches: list[Callable[[], None]] = []
    signals: list[Any] = []
    slept: list[float] = []
    parents = [7, 7, 1]
    monkeypatch.setattr(signal, "signal", lambda *given: signals.append(given))
    monkeypatch.setattr(threading, "Thread", Watcher)
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(os, "getppid", lambda: parents.pop(0))
    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: SimpleNamespace(pid=7))
    processes._begin_child()
    assert signals == [(signal.SIGINT, signal.SIG_IGN)]
    (watch,) = watches
    with pytest.raises(EndedError, match=r"^1$"):
        watch()
    assert len(slept) == 2
    assert all(0 < pause <= 1 for pause in slept)
    # no process has been started from here, or there are no parents on this system: nothing to watch
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: None)
    processes._begin_child()
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: SimpleNamespace(pid=7))
    with monkeypatch.context() as patch:
        patch.setattr(os, "name", "nt")
        processes._begin_child()
    assert watches == [watch]
    assert len(signals) == 3


# --------------------------------------------------------------------------------------------------------- side by side


class Pool:
    """A pool whose futures are there, but done only when the test says so."""

    def __init__(self, workers: int, **options: Any) -> None:
        self.workers, self.options = workers, options
        self.futures: list[Future[int]] = []
        self.given: list[tuple[Any, int]] = []
        self.killed: list[str] = []
        self.shut: list[dict[str, bool]] = []
        self._processes = {k: SimpleNamespace(kill=lambda k=k: self.killed.append(f"child {k}")) for k in range(2)}

    def submit(self, function: Any, item: int) -> Future[int]:
        self.given.append((function, item))
        self.futures.append(Future())
        return self.futures[-1]

    def shutdown(self, **options: bool) -> None:
        self.shut.append(options)


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> list[Pool]:
    found: list[Pool] = []

    def make(workers: int, **options: Any) -> Pool:
        return noted(found, each := Pool(workers, **options), each)

    monkeypatch.setattr(processes, "ProcessPoolExecutor", make)
    return found


def started(pools: list[Pool], results: Iterator[tuple[int, int]]) -> tuple[Pool, threading.Thread, list[Any]]:
    """Ask for the first result, beside the test."""
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(next(results)), daemon=True)
    thread.start()
    latest = time.monotonic() + 5
    while not pools or len(pools[0].futures) < pools[0].workers + 1:
        assert time.monotonic() < latest
        time.sleep(0.001)
    return pools[0], thread, answers


def test_one_item_more_than_there_are_workers_is_given_out(pools: list[Pool]) -> None:
    items = iter(range(10))
    results = in_parallel(double, items, 3)
    pool, thread, answers = started(pools, results)
    assert (pool.workers, set(pool.options)) == (3, {"mp_context", "initializer"})
    assert pool.options["initializer"] is processes._begin_child
    assert pool.options["mp_context"].get_start_method() in ("fork", "spawn")
    assert pool.given == [(double, k) for k in range(4)]
    pool.futures[2].set_result(99)
    thread.join(10)
    assert answers == [(2, 99)]
    for future in (pool.futures[0], pool.futures[1], pool.futures[3]):
        future.set_result(7)
    assert sorted(next(results) for _ in range(3)) == [(0, 7), (1, 7), (3, 7)]
    assert next(items) >= 4
    pool.futures[-1].set_result(8)
    results.close()  # type: ignore[attr-defined]  # a generator behind the name Iterator
    assert sorted(pool.killed) == ["child 0", "child 1"]  # others were still at work
    assert pool.shut == [{"cancel_futures": True}]


def test_when_all_is_done_nobody_is_killed(pools: list[Pool]) -> None:
    results = in_parallel(double, [4, 5, 6], 2)
    pool, thread, answers = started(pools, results)
    for k, future in enumerate(pool.futures):
        future.set_result(k)
    thread.join(10)
    assert sorted([*answers, *results]) == [(4, 0), (5, 1), (6, 2)]
    assert (pool.killed, pool.shut) == ([], [{"cancel_futures": True}])
    assert list(in_parallel(double, [], 2)) == []
    assert pools[1].shut == [{"cancel_futures": True}]


@pytest.mark.parametrize("known", [True, False])
def test_a_worker_that_dies_ends_it_all(known: bool, pools: list[Pool], monkeypatch: pytest.MonkeyPatch) -> None:
    for threads, guard in ((1, ""), (2, '; beside threads a script needs the guard if __name__ == "__main__":')):
        pools.clear()
        with monkeypatch.context() as patch:
            patch.setattr(multiprocessing, "get_all_start_methods", lambda: ["fork", "spawn"])
            patch.setattr(threading, "active_count", lambda threads=threads: threads)
            failing = in_parallel(double, range(5), 1)
            submit = Pool.submit

            def fail(pool: Pool, function: Any, item: int, submit: Any = submit) -> Future[int]:
                future: Future[int] = submit(pool, function, item)
                if item == 0:
                    future.set_exception(BrokenProcessPool())
                if not known:  # a name that no promise stands behind
                    pool.__dict__.pop("_processes", None)
                return future

            patch.setattr(Pool, "submit", fail)
            with pytest.raises(SymphaseError) as caught:
                next(failing)
        assert str(caught.value) == f"a worker process died (was there enough memory?){guard}"
        assert caught.value.__suppress_context__
        assert len(pools[0].killed) == (2 if known else 0)


# --------------------------------------------------------------------------------------------------------- in one child


class Channel:
    """One end of a pipe to a child that never was: what it says is given beforehand."""

    def __init__(self, answers: list[Any], *, in_time: bool = True) -> None:
        self.answers, self.in_time = answers, in_time
        self.waited: list[float | None] = []
        self.closed = 0

    def recv(self) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, type):
            raise answer
        return answer

    def poll(self, seconds: float | None) -> bool:
        self.waited.append(seconds)
        return self.in_time

    def close(self) -> None:
        self.closed += 1


class Child:
    """A process that never was."""

    def __init__(self, code: int | None) -> None:
        self.done: list[str] = []
        self.exitcode = code

    def __getattr__(self, name: str) -> Callable[[], None]:
        return lambda: self.done.append(name)


def child_of(
    monkeypatch: pytest.MonkeyPatch, answers: list[Any], *, code: int | None = 0, in_time: bool = True
) -> tuple[Channel, Channel, Child, list[Any]]:
    """Let the next child be one that answers so."""
    ours, theirs, child, asked = Channel(answers, in_time=in_time), Channel([]), Child(code), list[Any]()
    context = SimpleNamespace(
        Pipe=lambda *, duplex: noted(asked, duplex, (ours, theirs)),
        Process=lambda *, target, args: noted(asked, (target, args), child),
        get_start_method=lambda: "fork",
    )
    monkeypatch.setattr(processes, "_context", lambda: context)
    return ours, theirs, child, asked


@pytest.mark.parametrize("budget", [None, BUDGET])
def test_what_a_child_is_given_and_what_it_gives(budget: Budget | None, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs, child, asked = child_of(monkeypatch, [None, (True, 42)])
    assert in_child(double, 21, budget=budget) == 42
    assert asked == [False, (processes._work, (theirs, double, 21, budget))]
    assert ours.waited == [None if budget is None else 1.5]
    assert (ours.closed, theirs.closed) == (1, 1)
    assert child.done == ["start", "kill", "join"]
    child_of(monkeypatch, [None, (False, KeyError("x"))])
    with pytest.raises(KeyError, match="x"):
        in_child(double, 21, budget=budget)


ADVICE = "ask for less (a lower degree, period or precision), or allow more by the environment variable "
ALLOWED = f" (256 MiB and 1.5 s were allowed): {ADVICE}SYMPHASE_MAX_MEMORY"


def test_what_is_said_of_a_child_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def said(answers: list[Any], budget: Budget | None = BUDGET, asked: str | None = "it", **how: Any) -> str:
        ours, _, child, _ = child_of(monkeypatch, answers, **how)
        options: dict[str, Any] = {} if asked is None else {"asked": asked}
        with pytest.raises(BudgetExceeded) as caught:
            in_child(double, 1, budget=budget, **options)
        assert child.done[0] == "start"
        assert child.done[-2:] == ["kill", "join"]
        assert ours.closed == 1
        assert caught.value.__suppress_context__ or how.get("in_time") is False
        return str(caught.value)

    assert said([None], in_time=False) == f"it took more than the 1.5 s that it may take: {ADVICE}SYMPHASE_MAX_SECONDS"
    memory = [None, (False, MemoryError())]
    assert said([*memory]) == f"it needs more memory than there is{ALLOWED}"
    assert said([*memory], None) == "it needs more memory than there is"
    assert said([*memory], None, None) == "the computation needs more memory than there is"
    for error in (EOFError, ConnectionError, ConnectionResetError, BrokenPipeError):
        for answers in ([error], [None, error]):
            assert said([*answers], code=3) == f"it ended its process with exit code 3{ALLOWED}"
    assert said([EOFError], None, code=None) == "it ended its process with exit code None"
    gave_up = "the arithmetic gave up: too large, or too little memory"
    for code, words in (
        (0, "with exit code 0"),
        (-signal.SIGKILL, "by SIGKILL (the system killed it, probably for its memory)"),
        (-signal.SIGABRT, f"by SIGABRT ({gave_up})"),
        (-signal.SIGXCPU, "by SIGXCPU (its processor time was used up)"),
        (-200, f"by signal 200 ({gave_up})"),
    ):
        assert said([EOFError], None, code=code) == f"it ended its process {words}"
    child_of(monkeypatch, [EOFError], code=1)
    monkeypatch.setattr(processes, "_guard", lambda _: "; and a guard")
    with pytest.raises(BudgetExceeded, match=r"^it ended its process with exit code 1; and a guard$"):
        in_child(double, 1, asked="it")


def test_heavy_work_goes_to_a_child_unless_this_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYMPHASE_MAX_SECONDS", raising=False)
    asked: list[Any] = []

    def child(function: Any, item: int, *, asked: str, budget: Budget, asks: list[Any] = asked) -> str:
        return noted(asks, (function, item, asked, budget.seconds), "from a child")

    monkeypatch.setattr(processes, "in_child", child)
    for parent in (None, SimpleNamespace()):
        monkeypatch.setattr(multiprocessing, "parent_process", lambda parent=parent: parent)
        assert where_killable(double, 4, heavy=False, asked="it") == 8
        heavy = where_killable(double, 4, heavy=True, asked="it")
        assert heavy == (8 if parent is not None else "from a child")
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: None)
    where_killable(double, 5, heavy=True, asked="that", seconds=2.5)
    assert asked == [(double, 4, "it", 600.0), (double, 5, "that", 2.5)]


# ----------------------------------------------------------------------------------------------------- inside the child


class Line:
    """Where a child's answers go; some of them cannot be sent."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)
        self.sent: list[Any] = []

    def send(self, what: Any) -> None:
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        self.sent.append(what)

    def close(self) -> None:
        self.sent.append("closed")


def failing(error: BaseException) -> None:
    raise error


@pytest.mark.parametrize("budget", [None, BUDGET])
def test_what_a_child_sends(budget: Budget | None, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    monkeypatch.setattr(processes, "_begin_child", lambda: done.append("begun"))
    monkeypatch.setattr(processes, "_hold", done.append)

    def sent(line: Line, function: Callable[[Any], Any], item: Any) -> list[Any]:
        done.clear()
        processes._work(cast("Any", line), function, item, budget)
        assert done == (["begun"] if budget is None else ["begun", budget])
        assert line.sent[0] is None  # it has begun
        assert line.sent[-1] == "closed"
        return line.sent[1:-1]

    assert sent(Line(), double, 4) == [(True, 8)]
    wrong = InputError("number", 5, "must be another one")
    assert sent(Line(), failing, wrong) == [(False, wrong)]
    ((worked, answer),) = sent(Line(), failing, MemoryError("with what it was about"))
    assert (worked, type(answer), answer.args) == (False, MemoryError, ())
    ((worked, answer),) = sent(Line(None, MemoryError()), double, 4)
    assert (worked, type(answer)) == (False, MemoryError)
    ((worked, answer),) = sent(Line(None, ValueError("no pickle")), double, 4)
    assert (worked, type(answer)) == (False, TypeError)
    assert str(answer) == "the answer cannot be sent from a child process: no pickle"
    with pytest.raises(KeyboardInterrupt):
        processes._work(cast("Any", Line()), failing, KeyboardInterrupt(), budget)


@POSIX
def test_the_system_holds_a_child_to_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    calls: list[Any] = []
    unlimited, hard = resource.RLIM_INFINITY, dict[int, int]()
    monkeypatch.setattr(faulthandler, "disable", lambda: calls.append("no traceback of faults"))
    monkeypatch.setattr(os, "open", lambda *given: noted(calls, ("open", *given), 17))
    monkeypatch.setattr(os, "dup2", lambda *given: calls.append(("dup2", *given)))
    monkeypatch.setattr(os, "close", lambda given: calls.append(("close", given)))
    monkeypatch.setattr(time, "process_time", lambda: 2.25)
    monkeypatch.setattr(processes, "_address_space", lambda: 1000)
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (5, hard.get(kind, unlimited)))
    monkeypatch.setattr(resource, "setrlimit", lambda *given: calls.append(given))
    silence = ["no traceback of faults", ("open", os.devnull, os.O_WRONLY), ("dup2", 17, 1), ("dup2", 17, 2)]
    silence.append(("close", 17))
    processes._hold(BUDGET)
    # 1.5 s, begun seconds counting whole, 5 s to spare, and 3 s for the 2.25 s that are gone
    limits = {resource.RLIMIT_CORE: 0, resource.RLIMIT_CPU: 2 + 5 + 3, resource.RLIMIT_AS: 1000 + BUDGET.memory}
    assert calls == [*silence, *((kind, (most, unlimited)) for kind, most in limits.items())]
    calls.clear()
    hard.update({resource.RLIMIT_CORE: 9, resource.RLIMIT_CPU: 4, resource.RLIMIT_AS: 10**12})
    processes._hold(BUDGET)
    assert calls[5:] == [
        (resource.RLIMIT_CORE, (0, 9)),
        (resource.RLIMIT_CPU, (4, 4)),
        (resource.RLIMIT_AS, (1000 + BUDGET.memory, 10**12)),
    ]
    # what a system does not know is left out, one by one
    for error in (OSError, ValueError):
        calls.clear()

        def refuse(kind: int, _: tuple[int, int], error: type[Exception] = error) -> None:
            calls.append(kind)
            raise error

        monkeypatch.setattr(resource, "setrlimit", refuse)
        monkeypatch.setattr(os, "open", lambda *_: failing(OSError()))
        processes._hold(BUDGET)
        assert calls == ["no traceback of faults", *limits]
    calls.clear()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", "win32")
        processes._hold(BUDGET)
    assert calls == ["no traceback of faults"]


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="reads what Linux says of a process")
def test_the_address_space_is_what_the_system_says() -> None:
    with open("/proc/self/status", encoding="ascii") as file:
        kib = next(int(line.split()[1]) for line in file if line.startswith("VmSize:"))
    assert processes._address_space() == pytest.approx(kib * 1024, rel=0.02)


def test_an_address_space_that_is_not_told_is_0(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    for error in (OSError, ValueError):

        def refuse(*given: Any, error: type[Exception] = error, **options: Any) -> None:
            asked.append((given, options))
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(builtins, "open", refuse)
            found = processes._address_space()
        assert found == 0
    assert asked == [(("/proc/self/statm",), {"encoding": "ascii"})] * 2
    assert math.isfinite(found)
