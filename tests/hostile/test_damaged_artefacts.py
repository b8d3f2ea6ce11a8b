"""Damaged and hostile files: certificates, atlases, stores, tables, checkpoints, and names for what is to be written.

Each is refused in our words or judged "unreadable" or "rejected", names what is meant and says what to do, within a
second, without memory to speak of, and leaves every file as it was.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import sympy

from symphase import checker
from symphase.algebraic import RealAlgebraic
from symphase.atlas import build_atlas, load_atlas
from symphase.bifurcations import bifurcation_polynomials
from symphase.certificates import certificate_for, read_certificate, write_certificate
from symphase.checker import check_certificate
from symphase.cycles import certify_bifurcation, certify_cycle
from symphase.errors import InputError, SymphaseError
from symphase.folders import checked_folder, write_folder
from symphase.maps import PolynomialFamily
from symphase.store_plans import StorePlan, Variable, closed
from symphase.stores import StoreWriter, check_place, open_store, verify_store
from symphase.tables import read_table

pytestmark = pytest.mark.skipif(os.name != "posix", reason="makes pipes and links")

Record = Callable[[str, object], None]
Maker = Callable[[Path], object]  # damages or writes the file at a place; what it returns does not matter

SECONDS: Final = 1.0  # of processor time, for a refusal
MEMORY: Final = 200  # MiB on top of what reading good files takes
DIGITS: Final = 10**12

_R, _X = sympy.symbols("r x")
LOGISTIC: Final = PolynomialFamily(_R * _X * (1 - _X), variable=_X, parameter=_R)


# ------------------------------------------------------------------------------------------------ what holds for all


def contents(folder: Path) -> dict[str, str]:
    """What lies in a folder: names, and what is in files and links."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = f"link to {os.readlink(path)}"
        elif path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[name] = "something else"
    return found


def refused(call: Callable[[], object], folder: Path, names: str) -> SymphaseError:
    """Call, and return the refusal; it must be one of ours, quick, quiet, in one line, and leave the files alone."""
    before, began = contents(folder), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(SymphaseError) as caught:
            call()
    assert time.process_time() - began < SECONDS
    assert contents(folder) == before
    message = str(caught.value)
    assert message.isprintable(), message
    assert names in message, message
    if isinstance(caught.value, InputError):
        assert caught.value.argument, message
        assert caught.value.accepted, message
        assert caught.value.advice, f"does not say what to do: {message}"
    return caught.value


def replaced_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def replaced_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def replaced_by_link(path: Path, target: str) -> None:
    path.unlink()
    path.symlink_to(target)


def cut(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])


def flip(path: Path, place: int, bit: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(bytes(content))


ANY_FILE: Final[dict[str, Maker]] = {
    "empty": lambda path: path.write_bytes(b""),
    "one byte": lambda path: path.write_bytes(b"\0"),
    "zero bytes": lambda path: path.write_bytes(bytes(5000)),
    "cut in the middle": lambda path: cut(path, path.stat().st_size // 2),
    "without its last byte": lambda path: cut(path, path.stat().st_size - 1),
    "a flipped bit": lambda path: flip(path, path.stat().st_size // 2),
    "a byte order mark": lambda path: path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes()),
    "UTF-16": lambda path: path.write_bytes("{}".encode("utf-16")),
    "no UTF-8": lambda path: path.write_bytes(b"\xff\xfe\xfd" * 100),
    "a pickle": lambda path: path.write_bytes(b"\x80\x04cos\nsystem\n(S'touch canary'\ntR."),
    "a page": lambda path: path.write_bytes(b"<!DOCTYPE html><script>alert(1)</script>"),
    "100000 brackets": lambda path: path.write_bytes(b"[" * 10**5),
    "100000 nested keys": lambda path: path.write_bytes(b'{"a":' * 10**5),
    "a folder": replaced_by_folder,
    "a pipe": replaced_by_pipe,
    "a link to itself": lambda path: replaced_by_link(path, path.name),
    "a link to nothing": lambda path: replaced_by_link(path, "../../nothing"),
    "a link to a device": lambda path: replaced_by_link(path, "/dev/zero"),
    "gone": lambda path: path.unlink(),
}


# -------------------------------------------------------------------------------------------------------- certificates


@lru_cache(maxsize=1)
def certificates() -> dict[str, str]:
    """A small certificate of each kind, as text."""
    golden = RealAlgebraic([-1, -1, 1], Fraction(1), Fraction(2))
    cycle = certify_cycle(LOGISTIC, Fraction(16, 5), [0.5130445, 0.7994555])
    fold = certify_bifurcation(LOGISTIC, 3.0, [0.6666667], -1)
    assert cycle is not None
    assert fold is not None
    made = {
        "algebraic": certificate_for(golden, digits=12),
        "cycle": certificate_for(cycle, family=LOGISTIC),
        "bifurcation": certificate_for(fold, family=LOGISTIC),
    }
    return {kind: made[kind].to_json() for kind in made}  # type: ignore[union-attr]  # none of them is None


def signed(data: dict[str, Any]) -> str:
    """A certificate's text with the checksum that belongs to it."""
    body = {key: value for key, value in data.items() if key != "sha256"}
    digest = hashlib.sha256(json.dumps(body, indent=1).encode()).hexdigest()
    return json.dumps(body | {"sha256": digest}, indent=1) + "\n"


def changed(key: str, value: Any) -> Maker:
    return lambda path: path.write_text(signed(json.loads(path.read_text()) | {key: value}))


def _doubled_key(path: Path) -> None:
    path.write_text(path.read_text().replace('{\n "format"', '{\n "format": "symphase-certificate",\n "format"', 1))


CERTIFICATES: Final[dict[str, Maker]] = {
    **ANY_FILE,
    "the kind of another": lambda path: changed("kind", "cycle" if "algebraic" in path.read_text() else "algebraic")(
        path
    ),
    "an unknown kind": changed("kind", "theorem"),
    "no kind": changed("kind", None),
    "a kind that is a list": changed("kind", []),
    "another version": changed("version", "2"),
    "a boolean for an integer": changed("digits", True),
    "a number for a text": changed("digits", 12),
    "digits that are none": changed("digits", float("nan")),
    "infinite digits": changed("digits", float("inf")),
    "a trillion digits": changed("digits", str(DIGITS)),
    "digits of 30000 digits": changed("digits", "9" * 30_000),
    "negative digits": changed("digits", "-1"),
    "Arabic digits": changed("digits", "\u0661\u0662"),
    "another key": changed("author", "me"),
    "a key that is gone": lambda path: path.write_text(
        signed({key: value for key, value in json.loads(path.read_text()).items() if key != "digits"})
    ),
    "keys in another order": lambda path: path.write_text(signed(dict(reversed(json.loads(path.read_text()).items())))),
    "a key twice": _doubled_key,
    "Windows line ends": lambda path: path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n")),
    "something behind the end": lambda path: path.write_text(path.read_text() + "\n"),
    "other spaces": lambda path: path.write_text(json.dumps(json.loads(path.read_text()))),
    "17 MiB": lambda path: path.write_text(path.read_text() + " " * 17 * 2**20),
    "the checksum in capitals": lambda path: path.write_text(
        path.read_text().replace(json.loads(path.read_text())["sha256"], json.loads(path.read_text())["sha256"].upper())
    ),
}
CLAIMS: Final[dict[str, tuple[str, Maker]]] = {
    "an empty polynomial": ("algebraic", changed("polynomial", [])),
    "a polynomial of degree 20000": ("algebraic", changed("polynomial", ["1"] * 20_001)),
    "another root": ("algebraic", changed("value", "1.618033988751")),
    "a root of more digits than stated": ("algebraic", changed("value", "1.6180339887499")),
    "a polynomial with a double root": ("algebraic", changed("polynomial", ["1", "-2", "1"])),
    "a period of a trillion": ("cycle", changed("period", str(DIGITS))),
    "the wrong stability": ("cycle", changed("stability", "repelling")),
    "points that are objects": ("cycle", changed("points", [{}, {}])),
    "one point twice": ("cycle", changed("points", ["0.5", "0.5"])),
    "a family that is a text": ("bifurcation", changed("family", "r*x*(1-x)")),
    "a multiplier of 10 to the 30000": ("bifurcation", changed("multiplier", "1" + "0" * 30_000)),
    "other conditions": ("bifurcation", changed("conditions", {"name": "fold"})),
    "a name that passes for a statement": (
        "bifurcation",
        changed("family", {"variable": "x", "parameter": "r = 1, or so", "coefficients": [["0"], ["1"], ["1"]]}),
    ),
}
EVERY_CERTIFICATE: Final[dict[str, tuple[str, Maker]]] = {
    **{
        f"{kind}: {name}": (kind, maker)
        for kind in ("algebraic", "cycle", "bifurcation")
        for name, maker in CERTIFICATES.items()
    },
    **CLAIMS,
}


@pytest.mark.parametrize("name", EVERY_CERTIFICATE)
def test_damaged_certificates_prove_nothing(name: str, tmp_path: Path, record_property: Record) -> None:
    kind, maker = EVERY_CERTIFICATE[name]
    path = tmp_path / "proof.json"
    path.write_text(certificates()[kind])
    maker(path)
    before = contents(tmp_path)
    if path.is_file():
        verdict = check_certificate(path.read_bytes().decode("utf-8", "replace"))
        assert verdict.verdict in ("rejected", "unreadable"), name
    # a claim may be well-formed and false: then reading is no mistake, and checking says no
    if (name in CLAIMS or "a trillion digits" in name or "negative digits" in name) and path.is_file():
        try:
            found = read_certificate(path)
        except InputError as problem:
            assert str(path)[:40] in str(problem)  # noqa: PT017  # either will do
        else:
            assert found.check().verdict == "rejected"
    else:
        refused(lambda: read_certificate(path), tmp_path, "path = ")
    assert contents(tmp_path) == before
    record_property("damaged_artefacts", 1)


def test_the_undamaged_certificates_are_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind, text in certificates().items():
        path = tmp_path / kind
        path.write_text(text)
        assert read_certificate(path).check().verdict == "accepted"
        assert checker.main([str(path)]) == 0
    capsys.readouterr()


def test_the_checker_alone_judges_damaged_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a program: 1 for what is rejected, 2 for what cannot be read, and one line."""
    for name, maker in CERTIFICATES.items():
        if name in ("a pipe", "a link to a device"):
            continue  # a program that is told to read a pipe waits for it, as any other does
        path = tmp_path / "proof.json"
        path.write_text(certificates()["algebraic"])
        maker(path)
        assert checker.main([str(path)]) in (1, 2), name
        assert capsys.readouterr().out.count("\n") == 1
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)


def test_every_bit_of_a_certificate_counts(record_property: Record) -> None:
    text = certificates()["algebraic"].encode()
    count = 0
    for place in range(len(text)):
        for bit in range(8):
            changed_text = bytearray(text)
            changed_text[place] ^= 1 << bit
            verdict = check_certificate(bytes(changed_text).decode("utf-8", "replace"))
            assert verdict.verdict != "accepted", (place, bit)
            count += 1
    assert count == 8 * len(text) > 2000
    record_property("flipped_bits", count)


def test_a_forger_who_signs_again_gets_only_what_is_true() -> None:
    """Every digit of the claim changed, with the checksum that belongs to it: accepted is what fractions confirm."""
    data = json.loads(certificates()["algebraic"])
    accepted = 0
    for key, texts in (("value", [data["value"]]), ("polynomial", data["polynomial"])):
        for index, text in enumerate(texts):
            for place in range(len(text)):
                for mark in "0123456789-./":
                    forged = text[:place] + mark + text[place + 1 :]
                    if forged == text:
                        continue
                    stated = forged if key == "value" else [*texts[:index], forged, *texts[index + 1 :]]
                    claim = data | {key: stated}
                    if check_certificate(signed(claim)).verdict == "accepted":
                        accepted += 1
                        assert _is_true(claim), claim
    assert accepted == 0  # no other number of 12 digits is a root of these, and no other polynomial has this one
    assert _is_true(data)


def _next(text: str, by: int) -> str:
    """A decimal with its last digit moved."""
    places = len(text.partition(".")[2])
    moved = int(text.replace(".", "")) + by
    digits = str(abs(moved)).rjust(places + 1, "0")
    return f"{'-' * (moved < 0)}{digits[:-places]}.{digits[-places:]}"


def test_the_last_digit_is_moved_as_it_should_be() -> None:
    assert [_next(text, by) for text, by in (("0.10", -1), ("-1.00", 1), ("-0.01", 1), ("9.9", 1))] == [
        *("0.09", "-0.99", "0.00", "10.0")
    ]


@pytest.mark.parametrize("kind", ["cycle", "bifurcation"])
def test_a_forger_of_a_last_digit_who_signs_again_is_found_out(kind: str) -> None:
    """A decimal that was rounded is no longer so once its last digit is moved by one, to either side."""
    data = json.loads(certificates()[kind])
    forged = [data | {"points": [*data["points"][:k], _next(text, by), *data["points"][k + 1 :]]}
              for k, text in enumerate(data["points"]) for by in (-1, 1)]  # fmt: skip  # one line a case
    key = "parameter" if kind == "bifurcation" else "multiplier"
    forged += [data | {key: _next(data[key], by)} for by in (-1, 1)]
    told = data.get("conditions", {"name": ""})
    forged += [
        data | {"conditions": told | {name: _next(text, by)}}
        for name, text in told.items()
        if name != "name"
        for by in (-1, 1)
    ]
    assert len(forged) == (6 if kind == "cycle" else 8)
    for claim in forged:
        assert check_certificate(signed(claim)).verdict == "rejected", claim
    assert check_certificate(signed(data)).verdict == "accepted"


def _fixed_point(parameter: str, point: str, multiplier: str, stability: object, times: int = 1) -> dict[str, Any]:
    """What a certificate would say of the logistic map's fixed point, as one of a cycle of another period, too."""
    data: dict[str, Any] = json.loads(certificates()["cycle"])
    return data | {
        "period": str(times),
        "parameter": parameter,
        "points": [point + "0" * (32 - len(point))] * times,
        "multiplier": multiplier,
        "stability": stability,
    }


def test_a_forger_who_calls_a_fixed_point_a_cycle_of_period_two_is_found_out() -> None:
    # everything else is true: fⁿ has one fixed point in the box, and its multiplier is that of f to the power n
    honest = _fixed_point("16/5", "0.6875", "-1.20000000000000", "repelling")
    assert check_certificate(signed(honest)).verdict == "accepted"
    for times, multiplier in ((2, "1.44000000000000"), (3, "-1.72800000000000")):
        claim = _fixed_point("16/5", "0.6875", multiplier, "repelling", times)
        assert check_certificate(signed(claim)).verdict == "rejected", times


@pytest.mark.parametrize("stability", [None, "None", "", "neutral", "attracting", "repelling"])
def test_a_forger_who_states_the_stability_of_a_neutral_cycle_is_found_out(stability: object) -> None:
    # at r = 3 the multiplier is −1: no digits prove it to be inside or outside
    claim = _fixed_point("3", "0.666666666666666666666666666667", "-1.00000000000000", stability)
    assert check_certificate(signed(claim)).verdict != "accepted"


def _is_true(claim: dict[str, Any]) -> bool:
    """Whether a polynomial changes sign within half a unit of a decimal."""
    value, half = Fraction(claim["value"]), Fraction(1, 2 * 10 ** int(claim["digits"]))
    ends = [sum(int(c) * (value + side) ** k for k, c in enumerate(claim["polynomial"])) for side in (-half, half)]
    return ends[0] * ends[1] < 0


# -------------------------------------------------------------------------------------------------------------- atlases


@lru_cache(maxsize=1)
def atlas_bytes() -> bytes:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        return build_atlas(LOGISTIC, 4).save(Path(folder, "atlas")).read_bytes()


def atlas_lines() -> list[str]:
    return zlib.decompress(atlas_bytes().split(b"\n", 1)[1]).decode().splitlines()


def atlas_of(body: bytes, length: int | None = None, version: str = "1") -> bytes:
    head = f"symphase-atlas {version} {hashlib.sha256(body).hexdigest()} {len(body) if length is None else length}\n"
    return head.encode() + body


def atlas_file(lines: Iterator[str] | list[str]) -> bytes:
    packer = zlib.compressobj(6)
    return atlas_of(b"".join([*(packer.compress(line.encode() + b"\n") for line in lines), packer.flush()]))


def atlas_head(**changes: Any) -> Maker:
    def make(path: Path) -> None:
        head, *windows = atlas_lines()
        path.write_bytes(atlas_file([json.dumps(json.loads(head) | changes), *windows]))

    return make


ATLASES: Final[dict[str, Maker]] = {
    **ANY_FILE,
    "only its first line": lambda path: cut(path, path.read_bytes().index(b"\n") + 1),
    "a first line that claims a trillion bytes": lambda path: path.write_bytes(atlas_of(zlib.compress(b""), DIGITS)),
    "another format": lambda path: path.write_bytes(atlas_of(path.read_bytes().split(b"\n", 1)[1], version="2")),
    "a body that is not compressed": lambda path: path.write_bytes(atlas_of(b"[]\n" * 100)),
    "something behind the end": lambda path: path.write_bytes(atlas_of(path.read_bytes().split(b"\n", 1)[1] + b"more")),
    "two bodies": lambda path: path.write_bytes(atlas_of(path.read_bytes().split(b"\n", 1)[1] * 2)),
    "a gigabyte in one line": lambda path: path.write_bytes(atlas_of(zeros(2**30, header=b"\x78\x01"))),
    "a head without an end": lambda path: path.write_bytes(atlas_file(["[" * 60_000])),
    "a head of nested keys": lambda path: path.write_bytes(atlas_file(['{"a":' * 10_000])),
    "no head": lambda path: path.write_bytes(atlas_file(atlas_lines()[1:])),
    "no windows": lambda path: path.write_bytes(atlas_file(atlas_lines()[:1])),
    "a window that is lost": lambda path: path.write_bytes(atlas_file(atlas_lines()[:-1])),
    "a window twice": lambda path: path.write_bytes(atlas_file([*atlas_lines(), atlas_lines()[-1]])),
    "windows without end": lambda path: path.write_bytes(atlas_file([*atlas_lines(), *[atlas_lines()[-1]] * 100_000])),
    "a window of 60000 digits": lambda path: path.write_bytes(atlas_file([atlas_lines()[0], "[" + "9" * 60_000 + "]"])),
    "no ASCII": lambda path: path.write_bytes(atlas_file(["\u0661"])),
    "a trillion windows": atlas_head(windows=DIGITS),
    "windows that are no number": atlas_head(windows=float("nan")),
    "a boolean period": atlas_head(max_period=True),
    "a period of a trillion": atlas_head(max_period=DIGITS),
    "another direction": atlas_head(direction=-1),
    "a direction that is none": atlas_head(direction=float("inf")),
    "another theorem": atlas_head(theorem="trust me"),
    "code for a name": atlas_head(variable="__import__('os')"),
    "one name for both": atlas_head(variable="r"),
    "coefficients that are code": atlas_head(
        rows=[["0"], ["__import__('os').system('touch canary')", "1"], ["1", "1"]]
    ),
    "a family of degree 65": atlas_head(rows=[["0", "1"], *[["0", "0"]] * 64, ["1", "0"]]),
    "a million rows": atlas_head(rows=[["1"]] * 10_000),
    "rows that are numbers": atlas_head(rows=7),
    "coefficients of 900 digits": atlas_head(rows=[["0", "0"], ["0", "9" * 900], ["0", "-" + "9" * 900]]),
    "an interval that is none": atlas_head(within=["2", "1"]),
    "an interval of text": atlas_head(within="12"),
    "other ends": atlas_head(covers=[]),
}


@pytest.mark.parametrize("name", ATLASES)
def test_damaged_atlases_are_refused(name: str, tmp_path: Path, record_property: Record) -> None:
    path = tmp_path / "map.atlas"
    path.write_bytes(atlas_bytes())
    ATLASES[name](path)
    refused(lambda: load_atlas(path), tmp_path, "path = ")
    record_property("damaged_artefacts", 1)


def test_a_family_in_a_file_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The elimination for x⁸ + r is a single call into FLINT that takes minutes."""
    path = tmp_path / "map.atlas"
    rows = [["0", "1"], *[["0", "0"]] * 7, ["1", "0"]]
    atlas_head(rows=rows)(path)
    monkeypatch.setenv("SYMPHASE_MAX_SECONDS", "0.5")
    message = str(refused(lambda: load_atlas(path), tmp_path, "path = "))
    assert "the story of the family in this file took more than the 0.5 s" in message
    assert "SYMPHASE_MAX_SECONDS" in message


# --------------------------------------------------------------------------------------------------------------- stores


@lru_cache(maxsize=1)
def store_plan() -> StorePlan:
    return StorePlan(
        specification={"kind": "test"},
        seed="none",
        versions={"python": "3"},
        sizes={"a": 6},
        chunk_sizes={"a": 2},
        coordinates={"a": np.linspace(0, 1, 6)},
        variables=(
            Variable(name="label", dims=("a",), dtype="int8"),
            Variable(name="loss", dims=("a",), dtype="float64"),
        ),
    )


@pytest.fixture(scope="module")
def good_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("good") / "s.zarr"
    with StoreWriter(path, store_plan()) as store:
        for index in store.missing:
            label = np.full(2, index, dtype="int8")
            store.write(index, {"label": label, "loss": np.full(2, index / 7)})
    return path


def reclosed(path: Path, **changes: Any) -> None:
    """Change a record of a store, and give it the checksum that belongs to it."""
    record = json.loads(path.read_bytes())
    del record["checksum"]
    path.write_bytes(closed(record | changes))


def header(**changes: Any) -> Maker:
    def make(store: Path) -> None:
        path = store / "data" / "loss" / "zarr.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return make


def swapped(store: Path) -> None:
    first, second = store / "data/loss/c.0", store / "data/loss/c.1"
    contents_of_first = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(contents_of_first)


def moved_and_linked(store: Path, name: str) -> None:
    """Put a part of a store beside it, and a link to it in its place."""
    elsewhere = store.parent / "elsewhere"
    (store / name).rename(elsewhere)
    (store / name).symlink_to(elsewhere)


CHUNK: Final = "data/loss/c.1"
RECORD: Final = "checksums/c.1.json"


def in_store(name: str) -> dict[str, Maker]:
    """Every damage to any file, done to one file of a store."""
    return {f"{name}: {kind}": _within(name, maker) for kind, maker in ANY_FILE.items()}


def _within(name: str, maker: Maker) -> Maker:
    return lambda store: maker(store / name)


def foreign(store: Path) -> None:
    """A group of Zarr that symphase did not write."""
    shutil.rmtree(store / "checksums")
    (store / "manifest.json").unlink()
    (store / "zarr.json").write_text('{"zarr_format": 3, "node_type": "group", "attributes": {}}')


STORES: Final[dict[str, Maker]] = {
    **in_store(CHUNK),
    **in_store(RECORD),
    **in_store("manifest.json"),
    "two chunks in each other's place": swapped,
    "a chunk of 20 MiB": lambda store: (store / CHUNK).write_bytes(bytes(20 * 2**20)),
    "a chunk that is a link to another": lambda store: replaced_by_link(store / CHUNK, "c.0"),
    "chunks that lie elsewhere": lambda store: moved_and_linked(store, "data/loss"),
    "data that lie elsewhere": lambda store: moved_and_linked(store, "data"),
    "records that lie elsewhere": lambda store: moved_and_linked(store, "checksums"),
    "no data": lambda store: shutil.rmtree(store / "data"),
    "no records": lambda store: shutil.rmtree(store / "checksums"),
    "a header that claims a trillion elements": header(shape=[DIGITS]),
    "a header that claims chunks of a trillion": header(
        chunk_grid={"name": "regular", "configuration": {"chunk_shape": [DIGITS]}}
    ),
    "a header of objects": header(data_type="object"),
    "a header with a pickling codec": header(codecs=[{"name": "pickle"}]),
    "a header that fills with zeros": header(fill_value=0.0),
    "a header of Zarr 2": lambda store: (store / "data/loss/.zarray").write_text('{"zarr_format": 2, "shape": [1]}'),
    "a group around it": lambda store: (store / "zarr.json").write_text('{"zarr_format": 3, "node_type": "group"}'),
    "consolidated metadata": lambda store: (store / "data/.zmetadata").write_text("{}"),
    "an older schema": lambda store: reclosed(store / "manifest.json", schema=0),
    "a schema to come": lambda store: reclosed(store / "manifest.json", schema=10**30),
    "a schema that is code": lambda store: reclosed(store / "manifest.json", schema="__import__('os')\n"),
    "an axis of a trillion": lambda store: reclosed(store / "manifest.json", axes=[["a", DIGITS, 2]]),
    "an axis of a trillion in one chunk": lambda store: reclosed(store / "manifest.json", axes=[["a", DIGITS, DIGITS]]),
    "an axis of a negative length": lambda store: reclosed(store / "manifest.json", axes=[["a", -6, 2]]),
    "an axis that is a boolean": lambda store: reclosed(store / "manifest.json", axes=[["a", True, True]]),
    "an axis that leads out": lambda store: reclosed(store / "manifest.json", axes=[["../../a", 6, 2]]),
    "a variable that leads out": lambda store: reclosed(
        store / "manifest.json", variables=[["../../loss", ["a"], "float64", {}]]
    ),
    "a variable of objects": lambda store: reclosed(store / "manifest.json", variables=[["loss", ["a"], "O", {}]]),
    "files that lead out": lambda store: reclosed(store / "manifest.json", files={"../../etc/passwd": "0" * 64}),
    "files that lie at the root": lambda store: reclosed(store / "manifest.json", files={"/etc/passwd": "0" * 64}),
    "files that are a list": lambda store: reclosed(store / "manifest.json", files=["data/zarr.json"]),
    "a record of files that lead out": lambda store: reclosed(store / RECORD, files={"data/../../c.1": "0" * 64}),
    "a record of another chunk": lambda store: shutil.copy(store / "checksums/c.0.json", store / RECORD),
    "a record of another store": lambda store: reclosed(store / RECORD, specification_sha256="0" * 64),
    "foreign Zarr": foreign,
}


@pytest.mark.parametrize("name", STORES)
def test_damaged_stores_are_not_opened(name: str, good_store: Path, tmp_path: Path, record_property: Record) -> None:
    path = tmp_path / "s.zarr"
    shutil.copytree(good_store, path)
    STORES[name](path)
    named = str(path)[:40]  # long values are cut
    refused(lambda: open_store(path), tmp_path, named)
    try:
        report = verify_store(path)
    except SymphaseError as problem:
        assert named in str(problem)  # noqa: PT017  # a verdict or a refusal, either will do
    else:
        assert not report.complete
        assert report.damaged or report.missing
    record_property("damaged_artefacts", 1)


@pytest.mark.parametrize(
    "place",
    [
        "https://example.invalid/s.zarr",
        "s3://bucket/s.zarr",
        "file:///s.zarr",
        "memory://s.zarr",
        "",
        " ",
        "s\0.zarr",
        "s\n.zarr",
        "\x1b[2J.zarr",
        "-rf",
        "s" * 300,
        "nowhere/s.zarr",
        "a file",
        "a link",
        "a pipe",
    ],
)
def test_places_that_are_no_store(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a file").write_text("")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "a link").symlink_to("elsewhere")
    os.mkfifo(tmp_path / "a pipe")
    refused(lambda: open_store(place), tmp_path, "path = ")
    refused(lambda: check_place(place), tmp_path, "out = ")


def test_the_undamaged_store_opens(good_store: Path) -> None:
    assert verify_store(good_store).complete
    assert open_store(good_store).loss.shape == (6,)


# --------------------------------------------------------------------------------------------------------------- tables


def zeros(count: int, header: bytes = b"") -> bytes:
    """A deflate stream that unpacks to so many zeros, at almost no cost: one block again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return header + block * (count // 2**20) + packer.flush()


def archive(*members: tuple[str, bytes, int, int, int]) -> bytes:
    """A zip file of (name, packed bytes, claimed size, method, flags), which zipfile would not write."""
    body, directory = b"", b""
    for name, packed, size, method, flags in members:
        place, encoded = len(body), name.encode()
        shared = struct.pack("<HHHHHIIIHH", 20, flags, method, 0, 33, 0, len(packed), size, len(encoded), 0)
        body += b"PK\x03\x04" + shared + encoded + packed
        directory += b"PK\x01\x02\x14\x00" + shared + struct.pack("<HHHII", 0, 0, 0, 0, place) + encoded
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


def npy(shape: str, descr: str = "<f8", data: bytes = b"") -> bytes:
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


def npz(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)


GOOD_X: Final = npy("(2, 2)", data=struct.pack("<4d", 3, 4, 4, -3))
GOOD_Y: Final = npy("(2,)", data=struct.pack("<2d", 1, 2))


def with_x(content: bytes) -> Maker:
    return lambda path: npz(path, X=content, y=GOOD_Y)


def named(*names: str) -> Maker:
    return lambda path: path.write_bytes(
        archive(
            *((name, GOOD_Y if "y" in name else GOOD_X, len(GOOD_Y if "y" in name else GOOD_X), 0, 0) for name in names)
        )
    )


def objects(path: Path) -> None:
    np.savez(path, X=np.array([[1, "x"], [None, 2]], dtype=object), y=np.zeros(2))


NPZS: Final[dict[str, Maker]] = {
    **{name: make for name, make in ANY_FILE.items() if name not in ("gone", "a link to nothing")},
    "zeros that unpack to four gigabytes less one": lambda path: path.write_bytes(
        archive(("X.npy", zeros(2**32 - 2**20), 2**32 - 2**20, 8, 0), ("y.npy", GOOD_Y, len(GOOD_Y), 0, 0))
    ),
    "zeros that unpack to a gigabyte": lambda path: path.write_bytes(
        archive(("X.npy", zeros(2**30), 2**30, 8, 0), ("y.npy", GOOD_Y, len(GOOD_Y), 0, 0))
    ),
    "zeros that claim to be few": lambda path: path.write_bytes(
        archive(("X.npy", zeros(2**30), 1000, 8, 0), ("y.npy", GOOD_Y, len(GOOD_Y), 0, 0))
    ),
    "a size that is claimed and not there": lambda path: path.write_bytes(
        archive(("X.npy", GOOD_X, 2**31, 0, 0), ("y.npy", GOOD_Y, len(GOOD_Y), 0, 0))
    ),
    "a header that claims a trillion elements": with_x(npy(f"({DIGITS}, 1)")),
    "a header whose product overflows": with_x(npy(f"({2**33}, {2**33})")),
    "a header that claims no elements": with_x(npy("(0, 5)")),
    "a header of negative shape": with_x(npy("(-1, 2)")),
    "a header of five axes": with_x(npy("(1, 1, 1, 1, 1)", data=bytes(8))),
    "a header with a shape of code": with_x(npy("__import__('os').system('touch canary')")),
    "a header of objects": with_x(npy("(1, 1)", "|O", b"\x80\x04cos\nsystem\n(S'touch canary'\ntR.")),
    "a header of 60000 bytes": with_x(npy("(" + " " * 60_000 + "2, 2)", data=bytes(32))),
    "a header of an unknown format": with_x(b"\x93NUMPY\x09" + GOOD_X[7:]),
    "complex numbers": with_x(npy("(1, 1)", "<c16", bytes(16))),
    "text": with_x(npy("(1, 1)", "<U2", bytes(8))),
    "records": with_x(npy("(1, 1)", "V8", bytes(8))),
    "infinities": with_x(npy("(2, 2)", data=struct.pack("<4d", 1, 2, float("inf"), 4))),
    "NaN": with_x(npy("(2, 2)", data=struct.pack("<4d", 1, 2, float("nan"), 4))),
    "too few numbers": with_x(GOOD_X[:-8]),
    "too many numbers": with_x(GOOD_X + bytes(8)),
    "pickled objects": objects,
    "an archive in an archive": with_x(archive(("X.npy", GOOD_X, len(GOOD_X), 0, 0))),
    "an archive alone": lambda path: path.write_bytes(archive(("inner.npz", b"PK\x05\x06" + bytes(18), 22, 0, 0))),
    "names that lead out": named("../../X.npy", "../../y.npy"),
    "names at the root": named("/X.npy", "/y.npy"),
    "names with a zero byte": named("X\0.npy", "y\0.npy"),
    "names with a line end": named("X\n.npy", "y\n.npy"),
    "two arrays of one name": named("X.npy", "X.npy", "y.npy"),
    "one name with and without its end": named("X", "X.npy", "y.npy"),
    "no arrays": named(),
    "an encrypted array": lambda path: path.write_bytes(
        archive(("X.npy", GOOD_X, len(GOOD_X), 0, 1), ("y.npy", GOOD_Y, len(GOOD_Y), 0, 0))
    ),
    "an unusual packing": lambda path: path.write_bytes(
        archive(("X.npy", GOOD_X, len(GOOD_X), 14, 0), ("y.npy", GOOD_Y, len(GOOD_Y), 0, 0))
    ),
    "100000 members": lambda path: path.write_bytes(archive(*[("m.npy", b"", 0, 0, 0)] * 10_000)),
    "a directory that is cut off": lambda path: cut(path, path.stat().st_size - 10),
    "a directory that points nowhere": lambda path: path.write_bytes(
        archive(("X.npy", GOOD_X, len(GOOD_X), 0, 0))[:-22]
        + b"PK\x05\x06"
        + struct.pack("<HHHHIIH", 0, 0, 2, 2, 99, 2**31, 0)
    ),
    "a directory of 64 bits": lambda path: path.write_bytes(
        b"PK\x03\x04" + b"PK\x06\x07" + bytes(16) + b"PK\x05\x06" + bytes(18)
    ),
}
CSVS: Final[dict[str, Maker]] = {
    **{
        name: make
        for name, make in ANY_FILE.items()
        if name not in ("cut in the middle", "without its last byte", "a flipped bit", "a byte order mark")
    },
    "a million columns": lambda path: path.write_bytes(b",".join(b"x%d" % k for k in range(10**5)) + b"\n1,2\n"),
    "columns of one name": lambda path: path.write_bytes(b",".join([b"x"] * 10**5) + b"\n"),
    "a million commas": lambda path: path.write_bytes(b"," * 10**6),
    "a number of a million digits": lambda path: path.write_bytes(b"x,y\n" + b"9" * 10**6 + b",1\n"),
    "a number beyond floats": lambda path: path.write_text("x,y\n1e400,1\n"),
    "NaN": lambda path: path.write_text("x,y\nnan,1\n"),
    "infinity": lambda path: path.write_text("x,y\n-Infinity,1\n"),
    "an underscore": lambda path: path.write_text("x,y\n1_000,1\n"),
    "Arabic digits": lambda path: path.write_text("x,y\n\u0661\u0662,1\n"),
    "full-width digits": lambda path: path.write_text("x,y\n\uff11\uff12,1\n"),
    "hexadecimal": lambda path: path.write_text("x,y\n0x10,1\n"),
    "a formula of a spreadsheet": lambda path: path.write_text("x,y\n\"=cmd|' /C calc'!A0\",1\n"),
    "an expression": lambda path: path.write_text("x,y\n9**9**9,1\n"),
    "code": lambda path: path.write_text("x,y\n__import__('os').system('touch canary'),1\n"),
    "a quote that is never closed": lambda path: path.write_text('x,y\n"1,1\n'),
    "a quote of a million characters": lambda path: path.write_text('x,y\n"' + "1" * 10**6 + '",1\n'),
    "rows of other lengths": lambda path: path.write_text("x,y\n1,2,3\n"),
    "a missing cell": lambda path: path.write_text("x,y\n,1\n"),
    "only names": lambda path: path.write_text("x,y\n"),
    "only notes": lambda path: path.write_text("# nothing\n" * 1000),
    "one column": lambda path: path.write_text("x\n1\n"),
    "a name twice": lambda path: path.write_text("x,x\n1,2\n"),
    "a row of zeros": lambda path: path.write_text("x,y\n0,1\n"),
    "control characters": lambda path: path.write_text("x,y\n\x1b[2J\x07,1\n"),
    "a name that is broken over lines": lambda path: path.write_text('"x\nz",y\n1,2\n'),
    "a compressed file": lambda path: path.write_bytes(b"\x1f\x8b" + bytes(100)),
    "a single array": lambda path: path.write_bytes(GOOD_X),
}
TABLES: Final[dict[str, Maker]] = {
    **{f"npz: {name}": maker for name, maker in NPZS.items()},
    **{f"csv: {name}": maker for name, maker in CSVS.items()},
}
# What is wrong with the numbers of a table is told of the array, not of the file.
OF_THE_ARRAY: Final = {
    "npz: a header that claims no elements": "features = ",
    "npz: infinities": "features[1, 0] = ",
    "npz: NaN": "features[1, 0] = ",
    "csv: a row of zeros": "features = ",
}


def table(folder: Path, name: str) -> Path:
    path = folder / name
    if name.endswith("npz"):
        npz(path, X=GOOD_X, y=GOOD_Y)
    else:
        path.write_text("x,y\n3,1\n4,2\n")
    return path


@pytest.mark.parametrize("name", TABLES)
def test_damaged_tables_are_refused(name: str, tmp_path: Path, record_property: Record) -> None:
    path = table(tmp_path, f"t.{name[:3]}")
    assert read_table(path).samples == 2
    TABLES[name](path)
    refused(lambda: read_table(path), tmp_path, OF_THE_ARRAY.get(name, "path = "))
    record_property("damaged_artefacts", 1)


def test_regression_a_table_with_two_arrays_of_one_name_is_refused(tmp_path: Path) -> None:
    """The last one was taken silently; which of them was meant nobody can say."""
    path = tmp_path / "t.npz"
    NPZS["two arrays of one name"](path)
    with pytest.raises(InputError, match="holds two arrays of one name"):
        read_table(path)


# ---------------------------------------------------------------------------------------------------------- checkpoints


def _line(key: str, prime: Any, parts: Any) -> str:
    body = [key, prime, parts]
    return json.dumps([hashlib.sha256(json.dumps(body).encode()).hexdigest(), body]) + "\n"


CHECKPOINTS: Final[dict[str, Maker]] = {
    **{
        name: make
        for name, make in ANY_FILE.items()
        if name
        not in (
            "empty",
            "gone",
            "a link to nothing",
            "cut in the middle",
            "without its last byte",
            "a flipped bit",
            "a byte order mark",
        )
    },
    "one of another computation": lambda path: path.write_text(_line("0" * 32, 101, [["1"]])),
    "a number of a million digits": lambda path: path.write_text("9" * 10**6),
    "no lines": lambda path: path.write_text("# a file of somebody else's\n" * 1000),
}


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_damaged_checkpoints_are_refused(name: str, tmp_path: Path, record_property: Record) -> None:
    path = tmp_path / "primes.jsonl"
    path.write_text(_line("0" * 32, 101, [["1"]]))
    CHECKPOINTS[name](path)
    refused(lambda: bifurcation_polynomials(LOGISTIC, 3, -1, checkpoint=path), tmp_path, "checkpoint = ")
    record_property("damaged_artefacts", 1)


@lru_cache(maxsize=1)
def honest_line() -> tuple[str, int, list[list[str]]]:
    """The one line of a checkpoint: the key, the prime and the residues."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder, "primes.jsonl")
        bifurcation_polynomials(LOGISTIC, 4, -1, checkpoint=path)
        (line,) = path.read_text().splitlines()
    key, prime, parts = json.loads(line)[1]
    return key, prime, parts


def forged_lines() -> dict[str, tuple[Any, Any]]:
    _, prime, parts = honest_line()
    return {
        "a boolean prime": (True, parts),
        "a prime that is a text": (str(prime), parts),
        "a prime that is a float": (float(prime), parts),
        "no prime": (None, parts),
        "zero": (0, parts),
        "a negative prime": (-prime, parts),
        "a composite number": (prime - 1, parts),
        "a number of 400 digits": (10**400, parts),
        "another prime": (2**61 - 1, parts),
        "no residues": (prime, []),
        "residues of another kind, too": (prime, parts * 2),
        "a residue beyond the prime": (prime, [["f" * 1000, *parts[0][1:]]]),
        "a negative residue": (prime, [["-1", *parts[0][1:]]]),
        "a wrong residue": (prime, [["1", *parts[0][1:]]]),
        "too few residues": (prime, [parts[0][:-1]]),
    }


@pytest.mark.parametrize("name", forged_lines())
def test_regression_a_checkpoint_with_right_checksums_and_wrong_numbers_is_refused(
    name: str, tmp_path: Path, record_property: Record
) -> None:
    """They ended in TypeError, ZeroDivisionError, IndexError or "please report this", and some in a wrong count."""
    path = tmp_path / "primes.jsonl"
    path.write_text(_line(honest_line()[0], *forged_lines()[name]))
    refused(lambda: bifurcation_polynomials(LOGISTIC, 4, -1, checkpoint=path), tmp_path, "checkpoint = ")
    record_property("damaged_artefacts", 1)


def test_an_honest_checkpoint_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "primes.jsonl"
    path.write_text(_line(*honest_line()))
    expected = bifurcation_polynomials(LOGISTIC, 4, -1)
    assert bifurcation_polynomials(LOGISTIC, 4, -1, checkpoint=path) == expected


# ------------------------------------------------------------------------------------------------------- names to write


@pytest.mark.parametrize(
    "name", ["../x", "/x", "a/b/c", "..", ".", "", "a\0b", "a\nb", "-rf", "a/../b", "a//b", "x" * 9 + "/"]
)
def test_no_name_leads_out_of_a_folder_of_results(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with pytest.raises(ValueError, match="no names for files of ours"):
        write_folder(folder, {name: "x"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("out", ["", " ", "a\0b", "a file", "a link", "x" * 300, b"bytes", 7, None])
def test_no_results_go_where_no_folder_can_be(out: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a file").write_text("")
    (tmp_path / "a link").symlink_to("a link")
    refused(lambda: checked_folder(out, "symphase"), tmp_path, "out = ")


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 300, "a folder", "nowhere/x", "a pipe", "a file/x", "loop/x"])
def test_no_file_goes_where_none_can_be(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a file").write_text("")
    (tmp_path / "a folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "a pipe")
    certificate = certificate_for(RealAlgebraic([-1, -1, 1], Fraction(1), Fraction(2)), digits=3)
    assert certificate is not None
    refused(lambda: write_certificate(name, certificate), tmp_path, "path = ")


# --------------------------------------------------------------------------------------------------- memory, in a child

_READ_ALL = """
import resource, sys
from symphase import read_table, load_atlas, open_store, read_certificate
from symphase.errors import SymphaseError
READERS = {"npz": read_table, "csv": read_table, "atlas": load_atlas, "json": read_certificate, "zarr": open_store}
names = sys.argv[1:]
for name in [name for name in names if "/good." in name]:
    READERS[name.rpartition(".")[2]](name)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name in [name for name in names if "/good." not in name]:
    try:
        READERS[name.rpartition(".")[2]](name)
    except SymphaseError:
        pass
    else:
        sys.exit(f"{name} was accepted")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
BOMBS: Final[dict[str, tuple[str, Maker]]] = {
    **{f"n{k}": ("npz", NPZS[name]) for k, name in enumerate(NPZS) if "claim" in name or "unpack" in name},
    **{f"c{k}": ("csv", CSVS[name]) for k, name in enumerate(CSVS) if "million" in name},
    **{f"a{k}": ("atlas", ATLASES[name]) for k, name in enumerate(ATLASES) if "giga" in name or "without end" in name},
    **{f"p{k}": ("json", CERTIFICATES[name]) for k, name in enumerate(CERTIFICATES) if "000" in name or "MiB" in name},
    **{f"s{k}": ("zarr", STORES[name]) for k, name in enumerate(STORES) if "trillion" in name or "MiB" in name},
}


@pytest.mark.slow  # starts a program that loads all readers, and writes gigabytes of packed zeros
def test_bombs_take_no_memory(good_store: Path, tmp_path: Path) -> None:
    """Files that claim, or unpack to, terabytes: the largest of them costs less than 200 MiB, good ones counted off."""
    shutil.copytree(good_store, tmp_path / "good.zarr")
    table(tmp_path, "good.npz")
    table(tmp_path, "good.csv")
    (tmp_path / "good.atlas").write_bytes(atlas_bytes())
    (tmp_path / "good.json").write_text(certificates()["algebraic"])
    names = [f"good.{kind}" for kind in ("zarr", "npz", "csv", "atlas", "json")]
    for name, (kind, maker) in BOMBS.items():
        path = tmp_path / f"{name}.{kind}"
        shutil.copytree(tmp_path / "good.zarr", path) if kind == "zarr" else shutil.copy(
            tmp_path / f"good.{kind}", path
        )
        maker(path)
        names.append(path.name)
    assert len(BOMBS) >= 15
    ran = subprocess.run(
        [sys.executable, "-c", _READ_ALL, *(str(tmp_path / name) for name in names)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) < MEMORY


def test_so_many_damaged_artefacts() -> None:
    count = len(EVERY_CERTIFICATE) + len(ATLASES) + len(STORES) + len(TABLES) + len(CHECKPOINTS)
    count += len(forged_lines())
    assert count >= 25
