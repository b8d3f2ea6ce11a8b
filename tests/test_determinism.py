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
# hash seed, workers, chunk: from one way to the next only one of them is another
WAYS = ((0, 1, 2), (271828, 1, 2), (271828, 2, 2), (271828, 2, 5), (3, 2, 5), (3, 1, 5), (2**32 - 1, 1, 5), (1, 1, 100))


def compared(found: list[dict[str, str]]) -> dict[str, set[str]]:
    """For each thing that was written its digests."""
    gathered: dict[str, set[str]] = defaultdict(set)
    for digests in found:
        for name, digest in digests.items():
            gathered[name].add(digest)
    return gathered


def _digests(folder: Path, seed: int, workers: int, chunk: int) -> dict[str, str]:
    folder.mkdir()
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), str(workers), str(chunk), str(folder)],
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


@pytest.mark.slow  # writes everything that symphase writes, five times: a minute and a half
def test_the_digests_are_the_same_under_other_hash_seeds_workers_and_chunks(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    found = [_digests(tmp_path / str(seed), seed, workers, chunk) for seed, workers, chunk in WAYS]
    together = compared(found)
    assert len({name for name in together if not name.startswith("store of")}) == len(found[0]) - 2 > 25
    assert {name for name, digests in together.items() if len(digests) > 1} == set()
    record_property("digests_compared", sum(map(len, found)))
