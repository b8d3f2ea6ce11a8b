"""Reports about sweeps: counts that are the store's, gaps that are named, and nothing about a store that is damaged."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pages import parsed

from symphase.errors import InputError
from symphase.phases import residual_boundaries
from symphase.reports import sweeps as sweep_report
from symphase.reports.appendix import Appendix
from symphase.reports.schemas import schema_text
from symphase.reports.sweep_page import Seen
from symphase.reports.sweeps import SweepReport, write_sweep_report
from symphase.stores import StoreDamaged, open_store
from symphase.sweep_chunks import LABELS
from symphase.sweeps import sweep

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema comes with the extra 'test'")

pytest.importorskip("zarr", reason="zarr comes with the extra 'test'")
pytest.importorskip("xarray", reason="xarray comes with the extra 'test'")

DESCENT = """
kind = "descent"
rng = 3
[problem]
model = "phase-retrieval"
gamma = 2
c = 0
design = "mixed"
samples = 3
dimension = 5
labels = "equal"
[grid]
step_sizes = { start = 0.3, stop = 2.7, count = 5, unit = "a" }
mixings = [0, 1]
runs = 2
[run]
steps = 120
"""
LYAPUNOV = """
kind = "lyapunov"
[grid]
parameters = { start = 0.9, stop = 2.1, count = 13 }
[run]
transient = 50
steps = 400
"""
ATLAS = 'kind = "atlas"\n[grid]\nparameters = [0.5, 0.9, 1.1, 1.5, 2.5]\n'
PLAIN = """
kind = "descent"
[problem]
samples = 2
dimension = 3
design = "qr"
labels = "equal"
[grid]
step_sizes = [0.5, 1]
[run]
steps = 40
"""


@pytest.fixture(autouse=True)
def no_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proofs about the map are looked at elsewhere."""
    empty = Appendix(boundaries=residual_boundaries(), theorems=(), certificates=(), crossings=(True,) * 9)
    monkeypatch.setattr(sweep_report, "appendix_of", lambda *_, **__: empty)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One small store of each kind."""
    place = tmp_path_factory.mktemp("stores")
    texts = {"descent": DESCENT, "lyapunov": LYAPUNOV, "atlas": ATLAS, "plain": PLAIN}
    return {name: sweep(text, place / f"{name}.zarr").path for name, text in texts.items()}


def _made(folder: Path, store: Path) -> tuple[SweepReport, str, dict[str, Any]]:
    done = write_sweep_report(folder / "out", store)
    text = done.index.read_text(encoding="utf-8")
    record = json.loads((done.folder / "sweep.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(json.loads(schema_text("sweep")))
    assert list(validator.iter_errors(record)) == []
    page = parsed(text)
    assert len(page.find("h1")) == 1
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)
    return done, text, record


def _csv(done: SweepReport, name: str) -> tuple[list[str], list[list[str]]]:
    with open(done.folder / "data" / f"{name}.csv", encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    return head, rows


def test_counts_are_those_of_the_store(tmp_path: Path, stores: dict[str, Path]) -> None:
    done, text, record = _made(tmp_path, stores["descent"])
    found = open_store(stores["descent"])
    codes = found.label.transpose("a", "mixing", "run").values.reshape(5, -1)
    head, rows = _csv(done, "counts")
    names = [cell.split(" ")[0] for cell in head[1:-1]]
    assert head[0] == "a [1]"
    assert set(names) == {LABELS[code] for code in np.unique(codes)}
    for value, row, at in zip(found.a.values, rows, codes, strict=True):
        assert float(row[0]) == value
        assert [int(cell) for cell in row[1:-1]] == [int((at == LABELS.index(name)).sum()) for name in names]
        assert row[-1] == "0"
    assert done.counts == {name: int((codes == LABELS.index(name)).sum()) for name in names}
    assert record["counts"]["totals"] == done.counts
    assert sum(done.counts.values()) == 20
    assert f"{done.counts['divergent']} of 20 runs: almost every start runs off" in text
    assert done.agrees


def test_the_grid_shows_the_most_frequent_name(tmp_path: Path, stores: dict[str, Path]) -> None:
    done, _, _ = _made(tmp_path, stores["descent"])
    found = open_store(stores["descent"])
    head, rows = _csv(done, "grid-mixing")
    assert head == ["mixing [1]", "a [1]", "most frequent", "share [1]"]
    assert len(rows) == 10
    for mixing, a, name, share in rows:
        here = found.label.sel(mixing=float(mixing), a=float(a)).values
        assert float(share) == pytest.approx((here == LABELS.index(name)).mean())
        assert all((here == code).sum() <= (here == LABELS.index(name)).sum() for code in here)


def test_the_page_says_what_was_swept_with_its_seeds(tmp_path: Path, stores: dict[str, Path]) -> None:
    done, text, record = _made(tmp_path, stores["descent"])
    assert "SeedSequence(3, spawn_key=(0, k))" in text
    assert "Every random start comes from seed 3" in text
    assert done.store.specification_sha256 in text
    assert record["store"]["specification"]["rng"] == 3
    assert record["axes"][-1] == {"name": "a", "values": list(open_store(stores["descent"]).a.values)}
    assert 'class="level observed"' in text.split("</header>")[0]
    assert (done.folder / "boundaries.json").is_file()
    for setting in ("phase-retrieval", "mixed", "equal", "120"):
        assert f"<dd>{setting}</dd>" in text


def test_exponents_are_those_of_the_store(tmp_path: Path, stores: dict[str, Path]) -> None:
    done, text, record = _made(tmp_path, stores["lyapunov"])
    found = open_store(stores["lyapunov"])
    head, rows = _csv(done, "lyapunov")
    assert head == ["a [1]", "exponent [1/step]", "standard error [1/step]"]
    assert [float(row[0]) for row in rows] == found.a.values.tolist()
    exponents = [float(row[1]) if row[1] else np.nan for row in rows]
    np.testing.assert_array_equal(exponents, found.lyapunov.values)
    positive = int((found.lyapunov.values > 0).sum())
    assert f"at {positive} of 13 values of a" in text
    assert done.counts == {}
    assert record["counts"] is None
    assert record["facts"]["no exponent"].startswith("1 values"), "beyond a = 2 the orbit escapes"


def test_an_atlas_is_counted_too(tmp_path: Path, stores: dict[str, Path]) -> None:
    done, text, record = _made(tmp_path, stores["atlas"])
    assert done.counts == {"monotonic": 1, "catapult": 1, "periodic": 1, "chaotic": 1, "divergent": 1}
    (heading,) = parsed(text).find("h1")
    assert "".join(heading.text) == "Of 5 values of a, 1 monotonic, 1 catapult, 1 periodic, 1 chaotic and 1 divergent."
    assert record["certainty"] == "each point's own"


def test_step_sizes_in_their_own_unit_come_without_boundaries(tmp_path: Path, stores: dict[str, Path]) -> None:
    done, text, _ = _made(tmp_path, stores["plain"])
    assert "step size η" in text
    assert not (done.folder / "boundaries.json").exists()
    assert 'id="boundaries"' not in text


def test_missing_chunks_are_named_and_counted(tmp_path: Path) -> None:
    store = sweep(DESCENT, tmp_path / "s.zarr").path
    record = next((store / "checksums").glob("c.1*.json"))
    record.unlink()
    done, text, told = _made(tmp_path, store)
    assert not done.agrees
    assert done.store.missing == (record.name.removesuffix(".json"),)
    assert f"<code>{done.store.missing[0]}</code>" in text
    assert "1 chunks are missing" in text
    assert sum(done.counts.values()) == 10
    _, rows = _csv(done, "counts")
    assert [row[-1] for row in rows] == ["2"] * 5
    assert told["store"]["complete"] is False


def test_a_damaged_store_has_no_report(tmp_path: Path) -> None:
    store = sweep(ATLAS, tmp_path / "s.zarr").path
    chunk = next(path for path in (store / "data" / "phase").iterdir() if path.name.startswith("c"))
    content = bytearray(chunk.read_bytes())
    content[-1] ^= 1
    chunk.write_bytes(bytes(content))
    with pytest.raises(StoreDamaged, match="is damaged"):
        write_sweep_report(tmp_path / "out", store)
    assert not (tmp_path / "out").exists()


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no store"):
        write_sweep_report(tmp_path / "out", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_up_to_where_all_runs_converge() -> None:
    values = np.array([0.1, 0.2, 0.3, 0.4])
    counts = np.array([[3, 0], [2, 0], [1, 1], [0, 3]])
    seen = Seen(values=values, labels=("monotonic", "divergent"), counts=counts, missing=np.zeros(4, dtype=np.int64))
    assert seen.only(("monotonic",)) == 0.2
    assert seen.only(("divergent",), from_above=True) == 0.4
    assert seen.only(("divergent",)) is None
    assert seen.only(("monotonic", "divergent")) == 0.4
    assert seen.span("divergent") == (0.3, 0.4)
