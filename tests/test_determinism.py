"""The same input gives the same bytes: whatever the hash seed, the number of workers and the size of a chunk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("zarr", reason="the store of a sweep needs the extra `store`")

SCRIPT = Path(__file__).with_name("digests.py")
# hash seed, workers, chunk; of each factor there are two ways that differ in nothing else
SEEDS = tuple((seed, 1, 2) for seed in (0, 1, 3, 271828, 2**32 - 1))
OTHERS = ((0, 2, 2), (0, 1, 5), (0, 2, 100))  # without the pages


def compared(found: list[dict[str, str]]) -> dict[str, set[str]]:
    """For each thing that was written its digests."""
    gathered: dict[str, set[str]] = defaultdict(set)
    for digests in found:
        for name, digest in digests.items():
            gathered[name].add(digest)
    return gathered


def _digests(folder: Path, seed: int, workers: int, chunk: int) -> dict[str, str]:
    folder.mkdir()
    less = ["less"] if (seed, workers, chunk) in OTHERS else []
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), str(workers), str(chunk), str(folder), *less],
        env=os.environ | {"PYTHONHASHSEED": str(seed)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    found: dict[str, str] = json.loads(ran.stdout)
    return found


def test_a_digest_that_differs_is_noticed() -> None:
    assert compared([{"atlas": "1"}, {"atlas": "2"}]) == {"atlas": {"1", "2"}}


def test_each_factor_is_varied_alone() -> None:
    ways = {*SEEDS, *OTHERS}
    for place in range(3):
        alone = [
            (one, two)
            for one in ways
            for two in ways
            if [k for k, (left, right) in enumerate(zip(one, two, strict=True)) if left != right] == [place]
        ]
        assert alone, place
    assert [len({way[place] for way in ways}) for place in range(3)] == [5, 2, 3]


@pytest.mark.slow  # writes everything that symphase writes, five times, and some of it three times more: over a minute
def test_the_digests_are_the_same_under_other_hash_seeds_workers_and_chunks(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    found = [_digests(tmp_path / "-".join(map(str, way)), *way) for way in (*SEEDS, *OTHERS)]
    together = compared(found)
    assert len({name for name in together if not name.startswith("store of")}) == len(found[0]) - 2 > 25
    assert {name for name, digests in together.items() if len(digests) > 1} == set()
    record_property("digests_compared", sum(len(digests.keys() & found[0].keys()) for digests in found[1:]))
