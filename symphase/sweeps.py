"""Sweeps: many grid points computed chunk by chunk, here, in processes, or on a Dask cluster, into one store.

Whoever computes, one process writes: it holds the store's lock, takes finished chunks as they come, and puts each on
the disk before it gives out the next.  So a sweep may be killed at any moment and run again: it goes on where it was,
loses at most the chunk that each worker was at, and ends with the bytes of a sweep that nobody disturbed.

A chunk that fails does not end a sweep: the others are computed, then the failed ones are reported by name.  A chunk
whose process dies is tried once more in a process of its own, so that its neighbours are not blamed.

A Dask cluster is trusted as this process is: what its workers send back is unpickled.  Reach it over an encrypted or
local network only; how to set one up is Dask's documentation's subject.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import re
import secrets
import time
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from symphase.arguments import reporter
from symphase.display import Shown, count_text, facts_table, level_html, text_html
from symphase.errors import EXIT_CHECK_FAILED, InputError, SymphaseError, missing_package
from symphase.processes import check_workers, in_child, in_parallel
from symphase.spec_reader import read_spec, spec_from_canonical
from symphase.stores import StoreWriter, open_store
from symphase.sweep_chunks import check_computable, compute_chunk, plan_of, versions_for
from symphase.sweep_specs import SweepSpec

if TYPE_CHECKING:
    import xarray

    from symphase.store_plans import StorePlan, Values
    from symphase.tables import DataSet

__all__ = ["SweepFailed", "SweepResult", "sweep"]

_ADDRESS: Final = re.compile(r"((tcp|tls|ws|wss|ucx)://)?[A-Za-z0-9_.\[\]:-]+:[0-9]{1,5}", re.ASCII)
_PATIENCE: Final = 15.0  # seconds to reach a cluster, and for its first worker
_ALONE: Final = 60.0  # seconds that a cluster may be without any worker
_SHOWN: Final = 3

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SweepResult(Shown):
    """What a sweep did.

    Attributes
    ----------
    path : Path
        The store.
    spec : SweepSpec
    chunks : int
        How many there are.
    found : int
        How many were there already, with matching checksums.
    computed : int
        How many were computed and written now.
    repaired : tuple of str
        Damaged files that were found and written again.
    failed : tuple of (str, str)
        Chunks that could not be computed, and why.
    """

    path: Path
    spec: SweepSpec
    chunks: int
    found: int
    computed: int
    repaired: tuple[str, ...]
    failed: tuple[tuple[str, str], ...] = ()

    def open(self) -> xarray.Dataset:
        """Open the store; see :func:`symphase.stores.open_store`."""
        return open_store(self.path)

    def _line(self) -> str:
        failed = f", {len(self.failed)} failed" if self.failed else ""
        return (
            f"{count_text(self.chunks, 'chunk')} in {self.path}: {self.found} found, {self.computed} computed"
            f"{failed} [{self._level()}]"
        )

    def _level(self) -> str:
        """How sure the stored values are: certified windows, exponents of float orbits, or runs that were seen."""
        return {"atlas": "certified", "lyapunov": "numerical"}.get(self.spec.kind, "observed")

    def _repr_html_(self) -> str:
        facts = [
            ("store", f"<code>{text_html(self.path)}</code>"),
            ("sweep", f"{text_html(self.spec.kind)}, {count_text(self.spec.points, 'grid point')}"),
            ("chunks", str(self.chunks)),
            ("found", str(self.found)),
            ("computed", str(self.computed)),
            ("repaired", text_html(", ".join(self.repaired))),
            ("failed", text_html("; ".join(f"{name}: {reason}" for name, reason in self.failed))),
            ("certainty", level_html(self._level())),
        ]
        return facts_table("What a sweep did", facts)


class SweepFailed(SymphaseError):  # noqa: N818  # says what is the case
    """Some chunks of a sweep could not be computed; ``result`` says which, and the store holds all the others."""

    exit_code = EXIT_CHECK_FAILED

    def __init__(self, result: SweepResult) -> None:
        self.result = result
        told = "; ".join(f"{name}: {reason}" for name, reason in result.failed[:_SHOWN])
        more = f"; and {len(result.failed) - _SHOWN} more" if len(result.failed) > _SHOWN else ""
        super().__init__(
            f"{len(result.failed)} of {result.chunks} chunks failed ({told}{more}); the others are in {result.path}, "
            "and the same sweep tries these again"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.result,)  # the text is made of the result again


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """All that a worker needs to compute one chunk."""

    index: int
    canonical: str
    table: DataSet | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What became of a task: arrays, or the reason why there are none; and by which software."""

    index: int
    values: dict[str, Values] | None = None
    reason: str = ""
    versions: dict[str, str] | None = None


def sweep(
    spec: SweepSpec | str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    workers: int | None = 1,
    cluster: str | None = None,
    progress: Progress | None = None,
) -> SweepResult:
    r"""Compute a sweep into a store, or what is missing of it there.

    Parameters
    ----------
    spec : SweepSpec, path or str
        A specification, or what :func:`symphase.spec_reader.read_spec` reads.
    out : path
        The store's folder: new, empty, or a store of the same specification, which is completed.
    workers : int or None
        Processes; 1 computes in this one, None stands for one for each processor.
    cluster : str, optional
        Address of a Dask scheduler, such as "tcp://127.0.0.1:8786"; its workers need symphase in the same version.
    progress : callable, optional
        Called with a stage, the number of grid points done, and of all.

    Returns
    -------
    SweepResult

    Certainty
    ---------
    That of the kind: a descent is observed, an exponent numerical, a phase as it says itself.  The store's bytes do not
    depend on workers, clusters, interruptions or the order of chunks, on processors of one kind.

    Raises
    ------
    InputError
        For a specification or a folder that will not do, before anything is computed; and when the disk is full: what
        was written stays, and the same sweep goes on.
    StoreLocked
        If another process is writing this store.
    StoreMismatch
        If the store belongs to another specification, or to other versions of the software.
    StoreDamaged
        If the store's manifest was altered.  Damaged chunks are computed again.
    SweepFailed
        If chunks failed; all others are in the store.
    SymphaseError
        If a cluster was lost, or without an extra that is needed.

    Examples
    --------
    >>> import tempfile
    >>> lines = ('kind = "atlas"', "[grid]", "parameters = [0.5, 0.9, 1.1, 1.5]")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     result = sweep("\n".join(lines), Path(folder, "phases.zarr"))
    ...     phases = result.open().phase.values.tolist()
    >>> result.computed, phases
    (1, [0, 1, 2, 3])
    """
    spec = spec if isinstance(spec, SweepSpec) else read_spec(spec)
    workers = check_workers(workers)
    tell = reporter(progress)
    _check_cluster(cluster, workers)
    plan = plan_of(spec)
    check_computable(spec)
    failed: dict[int, str] = {}
    with _reached(cluster) as client, StoreWriter(out, plan) as store:
        table = spec.table
        tasks = [_Task(index=index, canonical=spec.canonical, table=table) for index in store.missing]
        found = plan.chunk_count - len(tasks)
        done = spec.points - sum(_points(plan, task.index) for task in tasks)
        computed = 0
        tell("sweep", done, spec.points)
        with contextlib.closing(_compute(tasks, spec, workers, client)) as outcomes:
            for outcome in outcomes:
                reason = outcome.reason or _foreign(outcome, plan)
                if reason or outcome.values is None:
                    failed[outcome.index] = reason
                else:
                    _write(store, outcome.index, outcome.values, found + computed)
                    computed += 1
                done += _points(plan, outcome.index)
                tell("sweep", done, spec.points)
        result = SweepResult(
            path=store.folder,
            spec=spec,
            chunks=plan.chunk_count,
            found=found,
            computed=computed,
            repaired=tuple(store.repaired),
            failed=tuple((plan.chunk_name(index), reason) for index, reason in sorted(failed.items())),
        )
    if result.failed:
        raise SweepFailed(result)
    return result


def _check_cluster(cluster: object, workers: int) -> None:
    if cluster is None:
        return
    if not isinstance(cluster, str) or not _ADDRESS.fullmatch(cluster):
        raise InputError("cluster", cluster, "must be the address of a Dask scheduler", "as tcp://127.0.0.1:8786")
    if workers != 1:
        raise InputError("workers", workers, "does not go with a cluster, which has its own", "leave one of them out")
    try:
        import distributed  # noqa: F401  # before the store is begun
    except ImportError:
        raise missing_package("a cluster", "distributed", "cluster") from None


def _points(plan: StorePlan, index: int) -> int:
    count = 1
    for part in plan.chunk_slices(index).values():
        count *= part.stop - part.start
    return count


def _foreign(outcome: _Outcome, plan: StorePlan) -> str:
    """Say how the software that computed a chunk differs from that of the store."""
    found = outcome.versions or {}
    return ", ".join(
        f"its worker has {name} {found.get(name, 'of no known version')}, this store is of {wanted}"
        for name, wanted in plan.versions.items()
        if found.get(name) != wanted
    )


def _write(store: StoreWriter, index: int, values: dict[str, Values], done: int) -> None:
    try:
        store.write(index, values)
    except InputError as error:
        if error.argument != "path":
            raise
        said = f"{error.accepted} ({done} of {store.plan.chunk_count} chunks are there, and stay)"
        raise InputError("out", str(store.folder), said, "make room, then run the same sweep again") from None


# ---------------------------------------------------------------------------------------------------------- executors


_Outcomes = Generator[_Outcome, None, None]


def _compute(tasks: list[_Task], spec: SweepSpec, workers: int, client: Any) -> _Outcomes:
    if client is not None:
        return _on_cluster(tasks, spec, client)
    if workers > 1 and len(tasks) > 1:
        return _in_pool(tasks, min(workers, len(tasks)))
    return (_attempt(task) for task in tasks)


def _attempt(task: _Task) -> _Outcome:
    """Compute a chunk; what goes wrong is an answer, too."""
    try:
        spec = spec_from_canonical(task.canonical, task.table)
        values = compute_chunk(spec, plan_of(spec), task.index)
        return _Outcome(index=task.index, values=values, versions=versions_for(spec))
    except MemoryError:
        return _Outcome(index=task.index, reason="there was not enough memory")
    except Exception as error:  # noqa: BLE001  # one chunk that fails must not end the others
        text = " ".join(str(error).split())[:300]
        name = "" if isinstance(error, SymphaseError) else f"{type(error).__name__}: "
        return _Outcome(index=task.index, reason=f"{name}{text}")


class _Supply(Iterator[_Task]):
    """Gives out no more tasks than there are workers, so that a kill loses no more chunks than that."""

    def __init__(self, waiting: deque[_Task], limit: int) -> None:
        self._waiting = waiting
        self._limit = limit
        self.underway: dict[int, _Task] = {}

    def __next__(self) -> _Task:
        if not self._waiting or len(self.underway) >= self._limit:
            raise StopIteration  # for now: the pool asks again after each result
        task = self._waiting.popleft()
        self.underway[task.index] = task
        return task


def _in_pool(tasks: Iterable[_Task], workers: int) -> _Outcomes:
    waiting, answered = deque(tasks), False
    while waiting:
        supply = _Supply(waiting, workers)
        results = in_parallel(_attempt, supply, workers)
        try:
            for task, outcome in results:
                answered = True
                yield outcome
                del supply.underway[task.index]
        except SymphaseError as death:  # of a process: what goes wrong in a chunk comes as an outcome
            for task in supply.underway.values():
                try:
                    yield in_child(_attempt, task)
                except SymphaseError:
                    if not answered:
                        raise death from None
                    yield _Outcome(index=task.index, reason="its process died twice (was there enough memory?)")
                answered = True
        finally:
            results.close()  # type: ignore[attr-defined]  # a generator behind the name Iterator


@contextlib.contextmanager
def _few_words() -> Iterator[None]:
    """Keep Dask's running comments off the terminal: what matters is said by our errors."""
    handlers = list(logging.getLogger("distributed").handlers)

    def serious(record: logging.LogRecord) -> bool:
        return record.levelno >= logging.ERROR

    for handler in handlers:
        handler.addFilter(serious)
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(serious)


@contextlib.contextmanager
def _reached(address: str | None) -> Iterator[Any]:
    """Connect to a cluster that has a worker, before anything is begun; None without an address."""
    if address is None:
        yield None
        return
    import distributed

    dask: Any = distributed
    with _few_words(), contextlib.ExitStack() as stack:
        try:
            client = dask.Client(address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, TimeoutError, ValueError, RuntimeError, MemoryError):  # the last for what is no scheduler
            advice = "start one with: dask scheduler --host 127.0.0.1"
            raise InputError("cluster", address, "cannot be reached", advice) from None
        stack.callback(_leave, client)
        _wait_for_workers(client, address)
        yield client


def _on_cluster(tasks: Iterable[_Task], spec: SweepSpec, client: Any) -> _Outcomes:
    import distributed

    dask: Any = distributed
    try:
        yield from _submit_all(client, deque(tasks), f"symphase-{spec.sha256[:12]}-{secrets.token_hex(4)}")
    except (OSError, dask.CancelledError) as error:  # where the scheduler has gone
        raise SymphaseError(
            f"the cluster was lost ({type(error).__name__}); run the same sweep again to go on"
        ) from None


def _submit_all(client: Any, waiting: deque[_Task], label: str) -> _Outcomes:
    """Give out as many tasks as there are threads; a worker that dies is the scheduler's business."""
    underway: dict[Any, _Task] = {}
    finished: queue.SimpleQueue[Any] = queue.SimpleQueue()
    seen = time.monotonic()
    while waiting or underway:
        slots = sum(client.nthreads().values())
        seen = time.monotonic() if slots else seen
        if time.monotonic() - seen > _ALONE:
            raise ConnectionError
        while waiting and len(underway) < slots:
            task = waiting.popleft()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that a table of data is large is known
                future = client.submit(_attempt, task, key=f"{label}-{task.index}", pure=False)
            underway[future] = task
            future.add_done_callback(finished.put)
        with contextlib.suppress(queue.Empty):
            future = finished.get(timeout=1)
            yield _answer(future, underway[future])
            del underway[future]


def _leave(client: Any) -> None:
    """Close a client; what it still waits for is cancelled with it."""
    with contextlib.suppress(Exception):
        client.close(timeout=1)


def _wait_for_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError:
        advice = f"start one with: dask worker {address}"
        raise InputError("cluster", address, "has no worker", advice) from None


def _answer(future: Any, task: _Task) -> _Outcome:
    """The result of a future; an error of Dask's own (its worker died again and again) is the chunk's."""
    if future.status == "error":
        text = " ".join(str(future.exception()).split())[:300]
        return _Outcome(index=task.index, reason=f"{type(future.exception()).__name__}: {text}")
    outcome: _Outcome = future.result()
    return outcome
