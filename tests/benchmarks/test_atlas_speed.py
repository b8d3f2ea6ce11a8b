"""How fast the atlas is built, saved, read and asked.  Nothing here is asserted; the default test run leaves it out.

    pytest tests/benchmarks/test_atlas_speed.py --benchmark-enable

Goals on two cores: period ≤ 8 in 5 s, ≤ 10 in 30 s, ≤ 12 (34 903 windows) in 5 min, under 2 GiB of memory.  The run
includes the search for the family's boundaries, as a user's first call does, and on several cores their start.
"""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest

from symphase.atlas import Atlas, build_atlas, load_atlas
from symphase.charts import _story
from symphase.maps import PolynomialFamily
from symphase.phases import residual_family
from symphase.real_cycles import unstable_cycles

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture


@pytest.fixture(scope="module")
def family() -> PolynomialFamily:
    return residual_family()


def _afresh(family: PolynomialFamily, max_period: int, workers: int) -> Atlas:
    _story.cache_clear()
    return build_atlas(family, max_period, workers=workers)


@pytest.mark.parametrize(
    ("max_period", "workers", "rounds"), [(8, 1, 3), (8, 2, 3), (10, 1, 1), (10, 2, 2), (12, 1, 1), (12, 2, 1)]
)
def test_build(
    benchmark: BenchmarkFixture, family: PolynomialFamily, max_period: int, workers: int, rounds: int
) -> None:
    benchmark.group = f"atlas to period {max_period}"
    benchmark.name = f"build_atlas, {workers} process{'es' if workers > 1 else ''}"
    atlas = benchmark.pedantic(_afresh, args=[family, max_period, workers], rounds=rounds)
    benchmark.extra_info["windows"] = len(atlas)
    benchmark.extra_info["peak MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def test_files_and_questions(benchmark: BenchmarkFixture, family: PolynomialFamily, tmp_path: Path) -> None:
    benchmark.group = "atlas to period 10: 4711 windows"
    benchmark.name = "save, load and ask where 1.702 lies"
    atlas = build_atlas(family, 10)

    def run() -> None:
        load_atlas(atlas.save(tmp_path / "atlas")).window_at("1.702")

    benchmark.pedantic(run, rounds=3)
    benchmark.extra_info["bytes"] = (tmp_path / "atlas").stat().st_size


@pytest.mark.parametrize("max_period", [8, 10])
def test_cycles(benchmark: BenchmarkFixture, family: PolynomialFamily, max_period: int) -> None:
    benchmark.group = "cycles at a = 2"
    benchmark.name = f"unstable_cycles to period {max_period}"
    cycles = benchmark.pedantic(unstable_cycles, args=[family, 2, max_period], rounds=2)
    benchmark.extra_info["cycles"] = len(cycles)
