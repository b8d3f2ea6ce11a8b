"""What holds for every test: fixed randomness, and no test leaves the process changed.

Precision, rounding and error handling are arguments in symphase, never settings of the process.  The fixture and the
hook below prove it on every test of the suite; test_conftest.py proves that they would notice.
"""

from __future__ import annotations

import decimal
import os
import random
import re
import signal
import sys
import warnings
from typing import TYPE_CHECKING, Any

import flint
import mpmath
import numpy as np
import numpy.polynomial
import numpy.random
import pytest
import sympy  # noqa: F401  # like the two above it sets warnings filters when first imported: here, not in some test
from hypothesis import settings
from knob import EXAMPLES, FIXED, SEED, header, recorded

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts what runs in its background
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("symphase", deadline=None, max_examples=EXAMPLES, derandomize=FIXED, print_blob=True)
settings.load_profile("symphase")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Hypothesis draws from the seed in the header, unless another was asked for."""
    if not FIXED and config.getoption("--hypothesis-seed") is None:
        config.option.hypothesis_seed = str(SEED)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """One process runs all tests of a file: many files share something there that takes seconds to compute."""
    if config.getoption("dist") != "load":  # something else was asked for; None leaves it to xdist
        return None
    from xdist.scheduler import LoadFileScheduling

    return LoadFileScheduling(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Every run says how much it tried and how to repeat it, a quiet one too."""
    reports = terminalreporter.getreports("passed")
    if counts := recorded(pair for report in reports if report.when == "call" for pair in report.user_properties):
        told = (f"{count} {name.replace('_', ' ')}" for name, count in sorted(counts.items()))
        terminalreporter.write_line(f"symphase: {', '.join(told)}")
    terminalreporter.write_line(header())


def _numpy_random_state() -> tuple[object, ...]:
    """NumPy's legacy generator, the one of the whole process."""
    name, keys, *rest = np.random.get_state()  # noqa: NPY002  # read, so that nobody may draw from it
    return (name, np.asarray(keys).tobytes(), *rest)


def process_state() -> dict[str, object]:
    """Everything that a library could change behind its caller's back."""
    state: dict[str, object] = {
        "mpmath.mp.prec": mpmath.mp.prec,
        "mpmath.mp.dps": mpmath.mp.dps,
        "mpmath.iv.prec": mpmath.iv.prec,
        "flint.ctx.prec": flint.ctx.prec,
        "flint.ctx.cap": flint.ctx.cap,
        "flint.ctx.threads": flint.ctx.threads,
        "numpy.geterr": np.geterr(),
        "numpy.get_printoptions": np.get_printoptions(),
        "numpy.random": _numpy_random_state(),
        "random": random.getstate(),
        "decimal.getcontext": (decimal.getcontext().prec, decimal.getcontext().rounding),
        "sys.get_int_max_str_digits": sys.get_int_max_str_digits(),
        "sys.getrecursionlimit": sys.getrecursionlimit(),
        "the working directory": os.getcwd(),
        # pytest itself keeps the running test's name in the environment
        "os.environ": {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")},
    }
    if matplotlib := sys.modules.get("matplotlib"):
        state["matplotlib.rcParams"] = dict(matplotlib.rcParams)
    return state


def _difference(before: dict[str, object], after: dict[str, object]) -> list[str]:
    """Names of what changed; what was only loaded on the way has not changed."""
    return [name for name in before if after[name] != before[name]]


@pytest.fixture(autouse=True)
def _process_unchanged() -> Iterator[None]:
    """Fail every test that leaves a global setting other than it found it."""
    before = process_state()
    yield
    changed = _difference(before, process_state())
    assert not changed, f"the test changed {', '.join(changed)}"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Note how many examples a property was tried on; ``--junitxml`` writes it beside the test."""
    told = getattr(item, "hypothesis_statistics", "")
    if call.when == "call" and told:
        item.user_properties.append(("examples", sum(map(int, re.findall(r"(\d+) passing", told)))))


def _parts_of_scipy() -> set[str]:
    return {name for name in sys.modules if name.startswith("scipy.")}


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Fail every test that leaves the warnings filters changed; pytest resets them before a fixture could look."""
    before, loaded = list(warnings.filters), _parts_of_scipy()
    yield
    if _parts_of_scipy() == loaded:  # the first imports of some, inside scikit-learn, set filters
        assert list(warnings.filters) == before, f"{item.name} changed the warnings filters"
