"""Stores: the bytes of Zarr, checksums that notice everything, one writer, and writers that die at any moment."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symphase.errors import EXIT_CHECK_FAILED, EXIT_INPUT, InputError, SymphaseError
from symphase.store_plans import MAX_CHUNKS, StorePlan, Variable, canonical_json, closed
from symphase.stores import (
    StoreDamaged,
    StoreLocked,
    StoreMismatch,
    StoreWriter,
    open_store,
    verify_store,
)

POSIX = pytest.mark.skipif(os.name != "posix", reason="kills processes, or asks for POSIX")

VARIABLES = (
    Variable(name="label", dims=("a", "run"), dtype="int8", attributes={"long_name": "observed phase"}),
    Variable(name="loss", dims=("a", "run"), dtype="float64"),
    Variable(name="step_size", dims=("a",), dtype="float64"),
)


def plan(**changes: Any) -> StorePlan:
    base = StorePlan(
        specification={"kind": "test", "grid": {"a": "1/2", "runs": 3}},
        seed="rng=0",
        versions={"numpy": "2", "python": "3"},
        sizes={"a": 5, "run": 3},
        chunk_sizes={"a": 2, "run": 3},
        coordinates={"a": np.linspace(0, 1, 5), "run": np.arange(3)},
        variables=VARIABLES,
        attributes={"title": "a test"},
    )
    return replace(base, **changes)


def values(of: StorePlan, index: int) -> dict[str, Any]:
    rng = np.random.default_rng(index)
    return {each.name: (rng.random(of.chunk_shape(index, each)) * 100).astype(each.dtype) for each in of.variables}


def fill(path: Path, of: StorePlan | None = None, only: int | None = None) -> list[str]:
    of = of or plan()
    with StoreWriter(path, of) as store:
        for index in store.missing[:only]:
            store.write(index, values(of, index))
        return store.repaired


def files(path: Path) -> dict[str, str]:
    return {
        str(each.relative_to(path)): hashlib.sha256(each.read_bytes()).hexdigest()
        for each in sorted(path.rglob("*"))
        if each.is_file()
    }


@pytest.fixture
def store(tmp_path: Path) -> Path:
    fill(tmp_path / "s.zarr")
    return tmp_path / "s.zarr"


def one_line(error: BaseException) -> str:
    text = str(error)
    assert "\n" not in text
    return text


# --------------------------------------------------------------------------------------------------------------- bytes


def test_the_bytes_are_those_that_zarr_writes(store: Path, tmp_path: Path) -> None:
    import zarr
    from zarr.codecs import BytesCodec, Crc32cCodec

    for each in VARIABLES:
        shape = [plan().sizes[dim] for dim in each.dims]
        chunk = [plan().chunk_sizes[dim] for dim in each.dims]
        other = zarr.create_array(
            str(tmp_path / "other" / each.name),
            shape=shape,
            chunks=tuple(chunk),
            dtype=each.dtype,
            fill_value=each.fill,
            serializer=BytesCodec(endian=None if each.dtype == "int8" else "little"),
            compressors=[Crc32cCodec()],
            filters=None,
            dimension_names=each.dims,
            chunk_key_encoding={"name": "default", "separator": "."},
            attributes=dict(each.attributes),
        )
        whole = np.concatenate([values(plan(), index)[each.name] for index in range(3)])
        other[:] = whole
        ours, theirs = store / "data" / each.name, tmp_path / "other" / each.name
        assert json.loads((ours / "zarr.json").read_text()) == json.loads((theirs / "zarr.json").read_text())
        chunks = sorted(path.name for path in ours.iterdir() if path.name != "zarr.json")
        assert len(chunks) == 3
        for name in chunks:
            assert (ours / name).read_bytes() == (theirs / name).read_bytes()
        assert np.array_equal(zarr.open_array(str(ours), mode="r")[:], whole)


def test_it_opens_as_a_labelled_dataset(store: Path) -> None:
    found = open_store(store)
    assert dict(found.sizes) == {"a": 5, "run": 3}
    assert found.attrs == {"title": "a test"}
    assert found.label.attrs["long_name"] == "observed phase"
    assert found.label.dtype == np.int8
    assert np.array_equal(found.a.values, np.linspace(0, 1, 5))
    assert np.array_equal(found.loss.sel(a=1.0).values, values(plan(), 2)["loss"][0])


def test_what_was_never_written_is_nan_or_the_smallest_integer(tmp_path: Path) -> None:
    fill(tmp_path / "s.zarr", only=1)
    report = verify_store(tmp_path / "s.zarr")
    assert (report.done, report.missing, report.damaged, report.complete) == (1, ("c.1.0", "c.2.0"), (), False)
    with pytest.raises(StoreDamaged, match=r"2 of 3 chunks are missing: c\.1\.0, c\.2\.0; run the same sweep again"):
        open_store(tmp_path / "s.zarr")
    found = open_store(tmp_path / "s.zarr", partial=True)
    assert np.isnan(found.loss.values[2:]).all()
    assert (found.label.values[2:] == -128).all()
    assert np.array_equal(found.loss.values[:2], values(plan(), 0)["loss"])


def test_a_file_alone_does_not_make_a_chunk_done(store: Path) -> None:
    (store / "checksums" / "c.1.0.json").unlink()
    assert verify_store(store).missing == ("c.1.0",)
    with StoreWriter(store, plan()) as writer:
        assert writer.missing == [1]


def test_the_manifest_tells_what_is_in_it(store: Path) -> None:
    record = json.loads((store / "manifest.json").read_text())
    assert record["schema"] == 1
    assert record["specification"] == {"kind": "test", "grid": {"a": "1/2", "runs": 3}}
    assert record["specification_sha256"] == hashlib.sha256(canonical_json(record["specification"])).hexdigest()
    assert (record["seed"], record["versions"]) == ("rng=0", {"numpy": "2", "python": "3"})
    assert record["chunks"] == {"c.0.0": [[0, 2], [0, 3]], "c.1.0": [[2, 4], [0, 3]], "c.2.0": [[4, 5], [0, 3]]}


def test_the_order_of_writing_leaves_no_trace(store: Path, tmp_path: Path) -> None:
    with StoreWriter(tmp_path / "t.zarr", plan()) as other:
        for index in (2, 0, 1):
            other.write(index, values(plan(), index))
    assert files(tmp_path / "t.zarr") == files(store)
    before = files(store)
    assert fill(store) == []
    assert files(store) == before


# --------------------------------------------------------------------------------------------------------- every byte


def _damage(path: Path, position: int, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 1 << bit
    path.write_bytes(bytes(content))


def test_a_flipped_bit_in_any_byte_of_any_file_is_named_and_repaired(store: Path) -> None:
    """Every byte of the chunks, and every so manieth of the longer files; one bit of each."""
    whole, rng, flips = files(store), np.random.default_rng(1), 0
    for name in whole:
        path = store / name
        content = path.read_bytes()
        for position in range(0, len(content), max(1, len(content) // 60)):
            _damage(path, position, int(rng.integers(8)))
            flips += 1
            if name == "manifest.json":
                with pytest.raises(StoreDamaged, match=r"manifest\.json was altered") as told:
                    verify_store(store)
                one_line(told.value)
            else:
                report = verify_store(store)
                assert len(report.damaged) == 1
                assert report.damaged[0].startswith(name)
                if "/c." in name and not name.startswith(("data/a/", "data/run/")):
                    assert " of chunk c." in report.damaged[0]
            path.write_bytes(content)
    assert flips > 400
    assert verify_store(store).complete
    for name in whole:  # and a writer puts each right
        if name != "manifest.json":
            _damage(store / name, 0, 3)
            with pytest.raises(StoreDamaged, match=name.replace(".", r"\.")) as told:
                open_store(store)
            one_line(told.value)
            repaired = fill(store)
            assert len(repaired) == 1
            assert repaired[0].startswith(name)
            assert files(store) == whole
    _damage(store / "manifest.json", 10, 0)
    with pytest.raises(StoreDamaged, match=r"manifest\.json was altered"):
        fill(store)


def test_files_that_are_gone_cut_swapped_or_added(store: Path) -> None:
    whole = files(store)
    first, second = store / "data/loss/c.0.0", store / "data/loss/c.1.0"
    first.rename(store / "kept")
    assert verify_store(store).damaged == ("data/loss/c.0.0 (is gone) of chunk c.0.0",)
    second.rename(first)
    (store / "kept").rename(second)
    assert [name.split(" ")[0] for name in verify_store(store).damaged] == ["data/loss/c.0.0", "data/loss/c.1.0"]
    fill(store)
    assert files(store) == whole
    first.write_bytes(first.read_bytes()[:-1])
    assert verify_store(store).damaged == ("data/loss/c.0.0 (altered) of chunk c.0.0",)
    fill(store)
    one, two = store / "checksums/c.0.0.json", store / "checksums/c.1.0.json"
    content = one.read_bytes()
    one.write_bytes(two.read_bytes())
    assert len(verify_store(store).damaged) == 1
    one.write_bytes(content)
    (store / "data/loss/c.9.0").write_bytes(b"more")
    (store / "data/loss/zarr.json").unlink()
    assert verify_store(store).damaged == ("data/loss/zarr.json (is gone)",)
    fill(store)
    (store / "data/loss/c.9.0").unlink()
    assert files(store) == whole


@pytest.mark.parametrize("name", ["zarr.json", "data/.zgroup", "data/loss/.zarray"])
def test_metadata_that_the_sweep_did_not_write_is_damage(store: Path, name: str) -> None:
    assert verify_store(store).complete
    (store / name).write_text("{")
    report = verify_store(store)
    assert report.damaged == (f"{name} (no part of the store: remove it)",)
    assert not report.complete
    with pytest.raises(StoreDamaged, match="no part of the store"):
        open_store(store)
    (store / name).unlink()
    assert verify_store(store).complete


def test_a_forged_manifest_reaches_nothing_outside(store: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    record = json.loads((store / "manifest.json").read_text())
    record.pop("checksum")
    for change in (
        {"files": {"../secret": "0"}},
        {"variables": [["../x", ["a"], "int8", {}]]},
        {"axes": [["a", 10**12, 1]]},
        {"axes": [["a", -1, 1]]},
        {"axes": "abc"},
        {"files": 3},
        {"variables": [["loss", ["a", "run"], "object", {}]]},
    ):
        (store / "manifest.json").write_bytes(closed({**record, **change}))
        with pytest.raises(StoreDamaged, match=r"manifest\.json"):
            verify_store(store)
    (store / "manifest.json").write_bytes(closed({**record, "schema": 2}))
    with pytest.raises(StoreMismatch, match="has schema '2', and this version of symphase reads 1"):
        verify_store(store)
    (store / "manifest.json").write_bytes(b"[" * 100_000)
    with pytest.raises(StoreDamaged, match=r"manifest\.json"):
        verify_store(store)


# -------------------------------------------------------------------------------------------------- where it may stand


@POSIX
def test_links_that_lead_out_of_a_store_are_refused(store: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.rmtree(store / "data/loss")
    (store / "data/loss").symlink_to(outside)
    with pytest.raises(StoreDamaged, match="is a link that leads out of the store"):
        verify_store(store)
    with pytest.raises(InputError, match="is a link that leads out of the store"):
        fill(store)
    assert list(outside.iterdir()) == []
    (tmp_path / "link").symlink_to(outside)
    for path in ("link", "link/", "outside/../link"):
        with pytest.raises(InputError, match="is a link that leads elsewhere"):
            fill(tmp_path / path)
    assert list(outside.iterdir()) == []


def test_places_where_no_store_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    foreign = tmp_path / "foreign"
    (foreign / "data").mkdir(parents=True)
    (foreign / "data" / "thesis.tex").write_text("years")
    (tmp_path / "folders" / "photos").mkdir(parents=True)
    cases: list[tuple[object, str]] = [
        (tmp_path / "file", "is a file"),
        (tmp_path / "file" / "below", "is in a folder that does not exist"),
        (foreign, "holds files that are no store"),
        (tmp_path / "folders", "holds files that are no store"),
        (tmp_path / "no" / "where", "is in a folder that does not exist"),
        ("", "must be the path of a folder"),
        (3, "must be the path of a folder"),
        (b"x", "must be the path of a folder"),
        ("a\0b", "is no name for a folder"),
        ("a\nb", "is no name for a folder"),
        ("-rf", "is no name for a folder"),
        ("x" * 300, "is no name for a folder"),
        ("s3://bucket/x.zarr", "is an address"),
        ("https://example.org/x.zarr", "is an address"),
    ]
    before = files(tmp_path)
    for path, message in cases:
        with pytest.raises(InputError, match=message) as told:
            fill(path)  # type: ignore[arg-type]  # the wrong type is a point
        assert one_line(told.value).startswith("out = ")
        assert told.value.exit_code == EXIT_INPUT
    assert files(tmp_path) == before
    with pytest.raises(InputError, match=r"is no store: there is no manifest\.json in it"):
        open_store(foreign)


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root permissions do not bite: the system's answer is played."""

    def refuse(*_: object, **__: object) -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(InputError, match="cannot be written: Read-only file system; choose another folder") as told:
        fill(tmp_path / "s.zarr")
    one_line(told.value)


def test_a_disk_without_room_is_refused_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1000, 900, 100))
    with pytest.raises(InputError, match=r"lies on a disk with 9\.537e-05 MiB free"):
        fill(tmp_path / "s.zarr")


def test_a_store_of_something_else_is_refused_with_the_differences(store: Path) -> None:
    before = files(store)
    other = plan(specification={"kind": "test", "grid": {"a": "1/3", "runs": 3}, "rng": 1})
    with pytest.raises(StoreMismatch) as told:
        fill(store, other)
    text = one_line(told.value)
    assert 'specification.grid.a: "1/2" there, "1/3" here, specification.rng: nothing there, 1 here' in text
    assert plan().specification_sha256 in text
    assert other.specification_sha256 in text
    assert told.value.exit_code == EXIT_INPUT
    with pytest.raises(StoreMismatch, match=r'was begun otherwise \(versions\.numpy: "2" there, "3" here\)'):
        fill(store, plan(versions={"numpy": "3", "python": "3"}))
    assert files(store) == before


def test_plans_that_are_none() -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"chunk_sizes": {"a": 0, "run": 3}}, "must be from 1 to 5 along a"),
        ({"chunk_sizes": {"a": 6, "run": 3}}, "must be from 1 to 5 along a"),
        ({"chunk_sizes": {"a": 2}}, "must be given for each axis"),
        ({"chunk_sizes": {"a": 2, "run": 1}}, r"must have all axes that are split: \['a', 'run'\]"),
        ({"coordinates": {"a": np.zeros(4)}}, r"must have shape \(5,\) along a"),
        ({"sizes": {"a": 5, "../x": 3}, "chunk_sizes": {"a": 5, "../x": 3}}, "must be letters, digits and _"),
        ({"variables": ()}, "must be names that differ"),
        ({"variables": (VARIABLES[0], VARIABLES[0])}, "must be names that differ"),
        ({"variables": (Variable(name="a", dims=("a",), dtype="int8"),)}, "must be names that differ"),
        ({"variables": (Variable(name="x", dims=("run", "a"), dtype="int8"),)}, "axes in the store's order"),
        ({"variables": (Variable(name="x", dims=("a", "run"), dtype="object"),)}, "must have a known dtype"),
        (
            {"sizes": {"a": MAX_CHUNKS + 1, "run": 3}, "chunk_sizes": {"a": 1, "run": 3}, "coordinates": {}},
            f"chunks = {MAX_CHUNKS + 1}: must be at most {MAX_CHUNKS}",
        ),
        (
            {"sizes": {"a": 10**12, "run": 3}, "chunk_sizes": {"a": 10**9, "run": 3}, "coordinates": {}},
            "GiB of results: must be at most 1024 GiB",
        ),
    ]
    for change, message in cases:
        with pytest.raises(InputError, match=message):
            plan(**change)


def test_a_chunk_of_another_shape_is_refused(tmp_path: Path) -> None:
    with StoreWriter(tmp_path / "s.zarr", plan()) as writer:
        good = values(plan(), 0)
        for change, message in (
            ({"loss": good["loss"][:1]}, r"loss = float64 \(1, 3\): must be float64 \(2, 3\)"),
            ({"loss": good["loss"].astype("float32")}, "must be float64"),
            ({"more": good["loss"]}, "must be the arrays of the plan"),
            ({"label": np.full((2, 3), -128, dtype="int8")}, "stands for a place that was never written"),
        ):
            with pytest.raises(InputError, match=message):
                writer.write(0, {**good, **change})
    assert verify_store(tmp_path / "s.zarr").done == 0


def test_without_the_extra_it_says_which(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(SymphaseError, match=r'pip install "symphase\[store\]"'):
        open_store(store)
    monkeypatch.setitem(sys.modules, "google_crc32c", None)
    with pytest.raises(SymphaseError, match=r'pip install "symphase\[store\]"'):
        fill(store)
    assert StoreDamaged("x").exit_code == EXIT_CHECK_FAILED


# ----------------------------------------------------------------------------------------------------------- one writer


def test_a_second_writer_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "s.zarr"
    with StoreWriter(path, plan()) as first:
        began = time.monotonic()
        with pytest.raises(StoreLocked, match="is being written by this process already"):
            fill(path)
        assert time.monotonic() - began < 1
        assert verify_store(path).done == 0  # reading is free
        first.write(0, values(plan(), 0))
        script = "import pathlib, sys, symphase.locks as locks; locks.FolderLock(pathlib.Path(sys.argv[1])).acquire()"
        ran = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)
        assert f"is being written by process {os.getpid()} on " in ran.stderr.splitlines()[-1]
        first.write(1, values(plan(), 1))  # the refused attempts took nothing away
    assert not (path / ".lock").exists()
    fill(path)
    assert verify_store(path).complete


@POSIX
def test_a_killed_holder_and_its_orphans_leave_no_lock(tmp_path: Path) -> None:
    path, mark = tmp_path / "s.zarr", tmp_path / "orphan"
    path.mkdir()
    script = f"""
import os, signal, time
from pathlib import Path
from symphase.locks import FolderLock
FolderLock(Path({str(path)!r})).acquire()
child = os.fork()
if child == 0:
    time.sleep(60)
Path({str(mark)!r}).write_text(str(child))
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", script], check=False, stdin=subprocess.DEVNULL)
    orphan = int(mark.read_text())
    try:
        os.kill(orphan, 0)  # it lives, and the file of the lock is there
        assert json.loads((path / ".lock").read_text())["pid"] != os.getpid()
        fill(path)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(orphan, 9)
    assert verify_store(path).complete


# ------------------------------------------------------------------------------------------------------ dying anywhere

# Forks one writer for each call of the file system that a whole run makes, and lets it kill itself there.
_KILLER = """
import builtins, hashlib, json, os, shutil, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_stores import files, fill, plan
from symphase.stores import verify_store

root = Path({root!r})
fill(root / "whole")
whole = files(root / "whole")

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def run(path, kill_at, log):
    '''Write a store, killed at call number kill_at; names of the calls go to the log.'''
    calls = 0
    def hook(name, real, half=None):
        def call(*arguments, **keywords):
            nonlocal calls
            if not any(str(path) in str(each) for each in arguments) and name != "fsync":
                return real(*arguments, **keywords)
            if calls == kill_at:
                die()
            calls += 1
            log.append(name)
            result = real(*arguments, **keywords)
            if name == "open" and ".part" in str(arguments[0]):
                write = result.write
                class Half:
                    def __getattr__(self, item): return getattr(result, item)
                    def __enter__(self): return self
                    def __exit__(self, *_): result.close()
                    def write(self, content):
                        nonlocal calls
                        if calls == kill_at:
                            write(content[: len(content) // 2])
                            result.flush()
                            die()
                        calls += 1
                        log.append("half")
                        return write(content)
                return Half()
            if calls == kill_at:
                die()
            calls += 1
            log.append(f"after {{name}}")
            return result
        return call
    import symphase.files
    symphase.files.open = hook("open", builtins.open)
    os.fsync, os.replace, os.mkdir, os.unlink = (
        hook(name, getattr(os, name)) for name in ("fsync", "replace", "mkdir", "unlink")
    )
    fill(path)
    return calls

def attempt(path, kill_at):
    child = os.fork()
    if child == 0:
        run(path, kill_at, [])
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return status

log = root / "log"
child = os.fork()
if child == 0:
    names = []
    run(root / "counted", None, names)
    with builtins.open(log, "w") as file:
        file.write(json.dumps(names))
    os._exit(0)
os.waitpid(child, 0)
names = json.loads(log.read_text())
killed = twice = 0
for number in range(len(names)):
    path = root / "s"
    assert os.WIFSIGNALED(attempt(path, number)), (number, names[number])
    killed += 1
    if (path / "manifest.json").exists():
        report = verify_store(path)
        assert not report.damaged or all("zarr.json" in n or "c.0 (is gone)" in n for n in report.damaged), report
    if number % 3 == 0 and os.WIFSIGNALED(attempt(path, number // 2)):  # killed again while it resumes
        twice += 1
    assert attempt(path, None) == 0
    assert files(path) == whole, (number, names[number])
    shutil.rmtree(path)
print(json.dumps({{"names": sorted(set(names)), "killed": killed, "twice": twice}}))
"""


@POSIX
@pytest.mark.slow  # kills a writer at each of its calls
def test_a_writer_killed_at_each_call_leaves_a_store_that_is_completed_bit_for_bit(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    script = _KILLER.format(tests=str(Path(__file__).parent), root=str(tmp_path))
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr[-2000:]
    found = json.loads(ran.stdout)
    named = {"open", "half", "fsync", "after fsync", "replace", "after replace", "unlink", "after unlink", "mkdir"}
    assert named <= set(found["names"])
    assert found["killed"] > 100
    assert found["twice"] > 10
    record_property("kills_survived", found["killed"] + found["twice"])


@POSIX
def test_a_disk_that_fills_up_leaves_whole_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    path, real, left = tmp_path / "t.zarr", os.fsync, 17

    def full(handle: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(28, "No space left on device")
        real(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(InputError, match="cannot be written: No space left on device"):
            fill(path)
    report = verify_store(path)
    assert report.damaged == ()
    assert 0 < report.done < 3
    assert not [name for name in files(path) if name.endswith(".part")]
    fill(path)
    assert files(path) == files(store)
