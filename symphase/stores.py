"""Results of long computations on disk: Zarr arrays written chunk by chunk, each chunk with its checksum.

A store is a folder:

    manifest.json           what it holds: specification, seed, versions, axes, variables, chunks; and its own checksum
    data/                   a Zarr v3 group, one array for each variable and each coordinate; any Zarr reader opens it
    checksums/c.0.3.json    one record for each finished chunk: the SHA-256 of the files that belong to it
    .lock                   while somebody writes

A chunk counts as done when its record is there and agrees with the bytes of its files, and only then: that a file
exists says nothing.  Every file is written beside its place, synchronised and renamed, and a chunk's record comes last,
so that a process may die at any moment.  Nothing in a store depends on when, by whom or in which order it was written;
one that was killed and resumed a hundred times ends with the bytes of one that was not.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from symphase.display import Shown, count_text, facts_table, text_html
from symphase.errors import EXIT_INPUT, InputError, SymphaseError, missing_package
from symphase.files import write_whole
from symphase.locks import LOCK, FolderLock, StoreLocked
from symphase.store_plans import DATA, RECORDS, SCHEMA, StorePlan, Values, Variable, closed, sha256

if TYPE_CHECKING:
    import xarray

__all__ = [
    "StoreDamaged",
    "StoreLocked",
    "StoreMismatch",
    "StoreReport",
    "StoreWriter",
    "check_place",
    "open_store",
    "verify_store",
]

_MAX_FILE: Final = 64 * 2**20  # of those that are no chunks
_MANIFEST: Final = "manifest.json"
_PART: Final = re.compile(r"\..{1,40}\.[0-9a-f]{16}\.part", re.ASCII)
_ZARR_NAMES: Final = ("zarr.json", ".zgroup", ".zarray", ".zattrs", ".zmetadata")
_SPARE: Final = 1.2  # free space wanted, relative to what is still to be written
_SHOWN: Final = 3


class StoreDamaged(SymphaseError):  # noqa: N818  # says what is the case
    """A store whose bytes are not those that were written, or that misses some; the message names them."""


class StoreMismatch(SymphaseError):  # noqa: N818  # says what is the case
    """A store of something else than what is to be written into it."""

    exit_code = EXIT_INPUT


# ------------------------------------------------------------------------------------------------------------ reading


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StoreReport(Shown):
    """What is in a store, every byte read.

    Attributes
    ----------
    path : Path
    specification_sha256 : str
    chunks, done : int
        How many there are to be, and how many are there with matching checksums.
    missing : tuple of str
        Names of chunks that nobody has finished.
    damaged : tuple of str
        Files whose bytes are not those that were written, and files that are gone, each with the chunk's name; and
        metadata of Zarr that the sweep did not write.
    """

    path: Path
    specification_sha256: str
    chunks: int
    done: int
    missing: tuple[str, ...]
    damaged: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every chunk is there, and nothing is damaged."""
        return self.done == self.chunks and not self.damaged

    def _line(self) -> str:
        hurt = f", {len(self.damaged)} damaged" if self.damaged else ""
        return f"{self.done} of {count_text(self.chunks, 'chunk')} with matching checksums{hurt}, in {self.path}"

    def _repr_html_(self) -> str:
        facts = [
            ("store", f"<code>{text_html(self.path)}</code>"),
            ("chunks", f"{self.done} of {self.chunks} with matching checksums"),
            ("missing", text_html(", ".join(self.missing))),
            ("damaged", text_html(", ".join(self.damaged))),
        ]
        return facts_table("What is in a store", facts)


def verify_store(path: str | os.PathLike[str]) -> StoreReport:
    """Read every byte of a store and hold it against the checksums.

    Parameters
    ----------
    path : path
        The store's folder.

    Returns
    -------
    StoreReport

    Certainty
    ---------
    Exact: SHA-256 of each file.  It protects against accidents, not against a forger who writes new checksums.

    Raises
    ------
    InputError
        If there is no store.
    StoreDamaged
        If its manifest is damaged: nothing else can be judged then.
    """
    folder = _existing(path)
    plan, files = _read_manifest(folder)
    damaged = [
        f"{name} ({'is gone' if content is None else 'altered'})"
        for name, expected in files.items()
        if (content := _content(folder, name)) is None or sha256(content) != expected
    ]
    damaged += [f"{name} (no part of the store: remove it)" for name in _foreign_metadata(folder, files)]
    missing, done = [], 0
    for index in range(plan.chunk_count):
        faults = _faults(folder, plan, index)
        if faults is None:
            missing.append(plan.chunk_name(index))
        elif faults:
            damaged += [f"{fault} of chunk {plan.chunk_name(index)}" for fault in faults]
        else:
            done += 1
    return StoreReport(
        path=folder,
        specification_sha256=plan.specification_sha256,
        chunks=plan.chunk_count,
        done=done,
        missing=tuple(missing),
        damaged=tuple(damaged),
    )


def open_store(path: str | os.PathLike[str], *, partial: bool = False) -> xarray.Dataset:
    """Open a store as a labelled dataset, after every checksum has been verified.

    Parameters
    ----------
    path : path
        The store's folder.
    partial : bool
        Whether a store with unfinished chunks will do; what they will hold is NaN, or the smallest integer, until then.

    Returns
    -------
    xarray.Dataset
        Its arrays are read when they are used.  ``attrs`` hold the specification's hash, the seed and the certainty.

    Certainty
    ---------
    That of what was stored; that these are the bytes that were written is exact, as for :func:`verify_store`.

    Raises
    ------
    InputError
        If there is no store.
    StoreDamaged
        If a file was altered, or a chunk is missing and ``partial`` was not asked for; the message names it.
    PackageMissing
        Without the ``store`` extra.
    """
    try:
        import xarray
        import zarr  # noqa: F401  # xarray's own message would not name the extra
    except ImportError:
        raise missing_package("opening a store", "xarray and zarr", "store") from None
    report = verify_store(path)
    if report.damaged:
        raise StoreDamaged(
            f"{report.path} is damaged: {_first(report.damaged)}; run the same sweep again to repair its chunks"
        )
    if report.missing and not partial:
        raise StoreDamaged(
            f"{report.path} is incomplete: {len(report.missing)} of {report.chunks} chunks are missing: "
            f"{_first(report.missing)}; run the same sweep again to complete it, or open it with partial=True"
        )
    with warnings.catch_warnings():  # xarray adds a filter of its own to those of the process
        found: xarray.Dataset = xarray.open_zarr(str(report.path / DATA), consolidated=False, chunks=None)
    return found


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _existing(path: str | os.PathLike[str]) -> Path:
    folder = check_place(path, "path")
    if not (folder / _MANIFEST).is_file():
        raise InputError("path", str(path), "is no store: there is no manifest.json in it", "name the store's folder")
    return folder


def _content(folder: Path, name: str, most: int = _MAX_FILE) -> bytes | None:
    """The bytes of a file of the store; None where there is none, and nothing of one that is larger than it can be.

    Links are not followed: they lead elsewhere.
    """
    path = folder / name
    try:
        if any(each.is_symlink() for each in (path, *itertools.takewhile(folder.__ne__, path.parents))):
            raise StoreDamaged(f"{folder} is damaged: {name} is a link that leads out of the store; remove it")
        if not path.is_file():
            return None
        return path.read_bytes() if path.stat().st_size <= most else b""
    except OSError as reason:
        raise StoreDamaged(f"{folder}: {name} cannot be read: {reason.strerror or reason}") from None


def _read_manifest(folder: Path) -> tuple[StorePlan, dict[str, str]]:
    """Return the plan of a store, coordinates left out, and the checksums of what is below data/ from the beginning."""
    content = _content(folder, _MANIFEST) or b""
    try:
        record = json.loads(content)
        claimed = record.pop("checksum")
        if content != closed(record):
            raise ValueError(claimed)
        if record["schema"] != SCHEMA:
            told = str(record["schema"])[:20]
            raise StoreMismatch(f"{folder} has schema {told!r}, and this version of symphase reads {SCHEMA}")
        plan = StorePlan(
            specification=record["specification"],
            seed=record["seed"],
            versions=record["versions"],
            sizes={dim: int(size) for dim, size, _ in record["axes"]},
            chunk_sizes={dim: int(chunk) for dim, _, chunk in record["axes"]},
            coordinates={},
            variables=tuple(
                Variable(name=name, dims=tuple(dims), dtype=dtype, attributes=attributes)
                for name, dims, dtype, attributes in record["variables"]
            ),
            attributes=record["attributes"],
        )
        files = {name: checksum for name, checksum in record["files"].items() if _below_data(plan, name)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise StoreDamaged(
            f"{folder} is damaged: manifest.json was altered; put back a copy of it, or sweep into a new folder"
        ) from None
    return plan, files


def _below_data(plan: StorePlan, name: str) -> bool:
    allowed = {f"{DATA}/zarr.json", *(f"{DATA}/{variable.name}/zarr.json" for variable in plan.variables)}
    allowed |= {f"{DATA}/{dim}/{file}" for dim in plan.sizes for file in ("zarr.json", "c.0")}
    if name not in allowed:
        raise ValueError(name)
    return True


def _foreign_metadata(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Files that the sweep did not write, and that a Zarr reader would take for what is in the store."""
    places = [folder, folder / DATA]
    try:
        places += sorted(entry for entry in (folder / DATA).iterdir() if entry.is_dir())
        found = [place / name for place in places for name in _ZARR_NAMES if os.path.lexists(place / name)]
    except OSError:  # a folder that is gone is told of with its files
        return []
    return [name for path in found if (name := path.relative_to(folder).as_posix()) not in files]


def _faults(folder: Path, plan: StorePlan, index: int) -> list[str] | None:
    """What is wrong with a chunk that has a record: nothing, or files; None without a record."""
    record = _content(folder, plan.record_name(index))
    if record is None:
        return None
    sizes = {plan.file_name(index, variable): plan.file_size(variable) for variable in plan.variables}
    contents = {name: _content(folder, name, size) for name, size in sizes.items()}
    hashes = {name: sha256(content) for name, content in contents.items() if content is not None}
    if record == plan.record(index, hashes) and len(hashes) == len(sizes):
        return []
    faults = [f"{name} (is gone)" for name, content in contents.items() if content is None]
    try:
        claimed = json.loads(record)["files"]
        if record != plan.record(index, claimed):
            raise ValueError(claimed)
        faults += [f"{name} (altered)" for name, found in hashes.items() if claimed[name] != found]
    except (ValueError, KeyError, TypeError, RecursionError):
        faults.append(f"{plan.record_name(index)} (altered)")
    return faults


# ------------------------------------------------------------------------------------------------------------ writing


def check_place(path: object, argument: str = "out") -> Path:
    """Return the folder that a path names, or say why no store can be there; nothing is created.

    Raises
    ------
    InputError
        For what is no path, an address, a file, a link, and names that no folder should have.
    """
    if not isinstance(path, (str, os.PathLike)) or isinstance(path, bytes) or not str(path).strip():
        raise InputError(argument, path, "must be the path of a folder", "give a name such as sweep.zarr")
    text, folder = str(path), Path(path)
    if not text.isprintable() or len(folder.name.encode(errors="replace")) > 200 or folder.name.startswith("-"):
        raise InputError(argument, text, "is no name for a folder", "use letters, digits, dots and dashes, at most 200")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text):
        raise InputError(argument, text, "is an address, and a store is a folder", "give the path of a folder")
    try:
        if folder.is_symlink():
            raise InputError(argument, text, "is a link that leads elsewhere", "name the folder itself")
        if folder.exists() and not folder.is_dir():
            raise InputError(argument, text, "is a file, not a folder", "choose another name")
        if not folder.absolute().parent.is_dir():
            raise InputError(argument, text, "is in a folder that does not exist", "create that folder first")
    except OSError as error:
        raise InputError(argument, text, f"cannot be used: {error.strerror or error}", "choose another place") from None
    return folder.absolute()


class StoreWriter:
    """The one writer of a store; use it in a ``with`` statement.

    On entry it takes the lock, makes the store or reads what is there, verifies every finished chunk, and removes what
    a killed writer left behind.

    Parameters
    ----------
    path : path
        The folder: new, empty, or a store of the same plan.
    plan : StorePlan

    Attributes
    ----------
    missing : list of int
        Chunks that are still to be written, in order.
    repaired : list of str
        What was damaged: fixed files that were written again, and files of chunks that are among ``missing`` now.

    Raises
    ------
    InputError
        On entry, for a folder that holds something else, cannot be written, or lies on a disk without room.
    StoreLocked, StoreMismatch, StoreDamaged
        On entry; see there.
    """

    def __init__(self, path: str | os.PathLike[str], plan: StorePlan) -> None:
        self.folder = check_place(path)
        self.plan = plan
        self.missing: list[int] = []
        self.repaired: list[str] = []
        self._lock = FolderLock(self.folder)
        self._fixed = plan.fixed_files()
        self._given = path

    def __enter__(self) -> Self:
        _check_contents(self.folder)
        try:
            if not self.folder.is_dir():
                self.folder.mkdir()
            self._lock.acquire()
        except OSError as error:
            raise self._refused(error) from None
        try:
            _check_contents(self.folder)  # once more: somebody may have come first
            self._begin()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            for folder in self._folders():
                _synchronise(folder)
        finally:
            self._lock.release()

    def _refused(self, error: OSError) -> InputError:
        reason = error.strerror or type(error).__name__
        return InputError("out", str(self._given), f"cannot be written: {reason}", "choose another folder")

    def _folders(self) -> list[Path]:
        named = [*self.plan.coordinates, *(variable.name for variable in self.plan.variables)]
        below = [self.folder / DATA / name for name in named]
        return [self.folder, self.folder / RECORDS, self.folder / DATA, *below]

    def _begin(self) -> None:
        manifest = self.plan.manifest(self._fixed)
        present = _content(self.folder, _MANIFEST)
        if present is not None and present != manifest:
            _read_manifest(self.folder)  # damaged?
            raise StoreMismatch(_difference(self.folder, json.loads(present), json.loads(manifest)))
        try:
            for folder in self._folders():
                if folder.is_symlink():
                    raise InputError("out", str(folder), "is a link that leads out of the store", "remove it")
                folder.mkdir(exist_ok=True)
                for entry in folder.iterdir():
                    if _PART.fullmatch(entry.name):
                        os.unlink(entry)
        except OSError as error:
            raise self._refused(error) from None
        if present is None:
            self._check_room(self.plan.result_bytes)
            write_whole(self.folder / _MANIFEST, manifest)
        for name, content in self._fixed.items():
            found = _content(self.folder, name)
            if found != content:
                write_whole(self.folder / name, content)
                self.repaired += [] if found is None else [name]
        for index in range(self.plan.chunk_count):
            faults = _faults(self.folder, self.plan, index)
            if faults is None or faults:
                self.missing.append(index)
                self.repaired += [f"{fault} of chunk {self.plan.chunk_name(index)}" for fault in faults or []]
        self._check_room(self.plan.result_bytes * len(self.missing) // self.plan.chunk_count)

    def _check_room(self, needed: int) -> None:
        free = shutil.disk_usage(self.folder).free
        if needed * _SPARE > free:
            raise InputError(
                "out",
                str(self._given),
                f"lies on a disk with {free / 2**20:.4g} MiB free, and about {needed * _SPARE / 2**20:.4g} are needed",
                "make room, or choose another disk",
            )

    def write(self, index: int, values: Mapping[str, Values]) -> None:
        """Write one chunk: its files, then the record that makes them count.

        Raises
        ------
        InputError
            For arrays of other names, shapes or dtypes than planned, and when a file cannot be written; the chunk then
            counts as missing.
        """
        contents = self.plan.chunk_files(index, values)
        for name, content in contents.items():
            write_whole(self.folder / name, content)
        record = self.plan.record(index, {name: sha256(content) for name, content in contents.items()})
        write_whole(self.folder / self.plan.record_name(index), record)


def _check_contents(folder: Path) -> None:
    """Refuse a folder of somebody else's files."""
    if not folder.is_dir() or (folder / _MANIFEST).is_file():
        return
    foreign = (name for _, _, names in os.walk(folder) for name in names if name != LOCK and not _PART.fullmatch(name))
    others = (entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name not in (RECORDS, DATA))
    if any(True for _ in itertools.chain(foreign, others)):
        raise InputError("out", str(folder), "holds files that are no store", "choose a new folder, or empty this one")


def _difference(folder: Path, there: dict[str, Any], wanted: dict[str, Any]) -> str:
    """Say how two manifests differ, in one line."""
    old, new = there["specification_sha256"], wanted["specification_sha256"]
    parts = ("specification", "versions") if old != new else ("versions", "seed", "attributes", "axes", "variables")
    before, after = (dict(_flat({part: each[part] for part in parts})) for each in (there, wanted))
    changed = [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]
    told = _first([f"{name}: {_short(before, name)} there, {_short(after, name)} here" for name in changed])
    if old != new:
        return (
            f"{folder} belongs to another specification ({told}; SHA-256 {old} there, {new} here): name another folder"
        )
    return (
        f"{folder} was begun otherwise ({told or 'in its files'}): go on with the same versions, or name another folder"
    )


def _flat(record: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(record, dict) and record:
        for key, value in record.items():
            yield from _flat(value, f"{name}.{key}" if name else str(key))
    else:
        yield name, record


def _short(record: Mapping[str, Any], name: str) -> str:
    text = json.dumps(record[name], ensure_ascii=True) if name in record else "nothing"
    return text if len(text) <= 40 else text[:39] + "…"


def _synchronise(folder: Path) -> None:
    """Make renames in a folder survive a loss of power, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    with contextlib.suppress(OSError):  # some file systems refuse; the checksums tell what was lost
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
