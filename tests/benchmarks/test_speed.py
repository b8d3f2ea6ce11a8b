"""How fast the things are that people wait for. Nothing here is asserted; the default test run leaves it out.

    pytest tests/benchmarks --benchmark-enable

Start-up is timed as a whole process, because that is what a user waits for; each group holds its yardstick, so that
the bracketed factors in pytest-benchmark's table are the ratios that matter.  conftest.py prints them with the goals.
The library's functions are timed warm: classify then finds the boundaries already computed.
"""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

import symphase

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_benchmark.fixture import BenchmarkFixture

START_UP = {
    "python": ["-c", "pass"],
    "import sympy": ["-c", "import sympy"],
    "import symphase": ["-c", "import symphase"],
    "symphase --version": ["-m", "symphase", "--version"],
    "symphase boundaries": ["-m", "symphase", "boundaries"],
    "symphase classify 1.2": ["-m", "symphase", "classify", "1.2"],
}


def _python(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


@pytest.mark.parametrize("what", START_UP)
def test_start_up(benchmark: BenchmarkFixture, what: str) -> None:
    benchmark.group = "whole processes"
    benchmark.name = what
    benchmark.pedantic(_python, args=START_UP[what], rounds=7, warmup_rounds=1)


def test_report(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    benchmark.group = "report"
    benchmark.name = "symphase report"
    folders = iter(range(100))
    benchmark.pedantic(
        _python,
        setup=lambda: (("-m", "symphase", "report", "--out", str(tmp_path / str(next(folders)))), {}),
        rounds=2,
    )


def test_derive(benchmark: BenchmarkFixture) -> None:
    benchmark.group = "library"
    benchmark.name = "derive(PhaseRetrieval())"
    benchmark.pedantic(symphase.derive, args=[symphase.PhaseRetrieval()], rounds=5, warmup_rounds=1)


def test_find_boundaries(benchmark: BenchmarkFixture) -> None:
    benchmark.group = "library"
    benchmark.name = "find_boundaries(family)"
    family = symphase.derive(symphase.PhaseRetrieval()).family
    benchmark.pedantic(symphase.find_boundaries, args=[family], rounds=5, warmup_rounds=1)


@pytest.mark.parametrize("a", ["1/2", "1.2", "1.455", "1.55"])
def test_classify(benchmark: BenchmarkFixture, a: str) -> None:
    benchmark.group = "library"
    benchmark.name = f"classify({a})"
    benchmark.pedantic(symphase.classify, args=[Fraction(a)], rounds=5, warmup_rounds=1)


def test_descend(benchmark: BenchmarkFixture) -> None:
    benchmark.group = "library"
    benchmark.name = "descend: 5 step sizes × 2000 steps, 64 × 64"
    data = symphase.load_digit_dct()
    largest = float(max(data.targets))
    steps = [64 * a / (2 * largest) for a in (0.5, 0.9, 1.1, 1.5, 2.1)]  # a = η‖x‖²·2y/n with γ = 2, ‖x‖ = 1, n = 64
    benchmark.pedantic(
        symphase.descend,
        args=[symphase.PhaseRetrieval(gamma=2, c=0), data.features, data.targets],
        kwargs={"step_sizes": steps, "rng": 1, "steps": 2000},
        rounds=5,
        warmup_rounds=1,
    )
