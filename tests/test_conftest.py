"""Would the guard in conftest.py notice? Each offender below runs in a suite of its own and must turn red."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OFFENDERS = {
    "mpmath_precision": "import mpmath; mpmath.mp.prec += 1",
    "mpmath_digits": "import mpmath; mpmath.mp.dps = 50",
    "interval_precision": "import mpmath; mpmath.iv.dps = 50",
    "flint_precision": "import flint; flint.ctx.prec += 1",
    "numpy_errors": "import numpy; numpy.seterr(over='ignore')",
    "numpy_printing": "import numpy; numpy.set_printoptions(precision=3)",
    "numpy_random": "import numpy; numpy.random.random()",
    "random": "import random; random.random()",
    "decimal_precision": "import decimal; decimal.getcontext().prec = 50",
    "integer_digits": "import sys; sys.set_int_max_str_digits(0)",
    "recursion": "import sys; sys.setrecursionlimit(5000)",
    "working_directory": "import os; os.chdir('..')",
    "environment": "import os; os.environ['SYMPY_GROUND_TYPES'] = 'python'",
    "warnings_filters": "import warnings; warnings.simplefilter('ignore')",
}
INNOCENT = "import flint, mpmath; mpmath.MPContext().dps = 50"
PROPERTIES = """
from hypothesis import given, settings, strategies as st

@given(st.integers())
def test_whole(number):
    pass

@settings(max_examples=7)
@given(st.integers())
def test_short(number):
    pass

def test_counted(record_property):
    record_property("gd_runs", 12)
    record_property("machine", "a text")
"""


def test_every_change_of_the_process_turns_its_test_red(tmp_path: Path) -> None:
    conftest = Path(__file__).with_name("conftest.py").read_text(encoding="utf-8")
    (tmp_path / "conftest.py").write_text(conftest, encoding="utf-8")
    shutil.copy(Path(__file__).with_name("knob.py"), tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider -p no:benchmark -p no:xdist\n")
    bodies = {**OFFENDERS, "innocent": INNOCENT}
    (tmp_path / "test_bodies.py").write_text(
        "".join(f"def test_{name}():\n    {body}\n\n\n" for name, body in bodies.items()) + PROPERTIES,
        encoding="utf-8",
    )
    # Each test starts from the state the one before it left, so one offender cannot hide behind another.
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", "--tb=no"],
        cwd=tmp_path,
        env={**os.environ, "SYMPHASE_TEST_MULTIPLIER": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    red = set(re.findall(r"^(?:ERROR|FAILED) test_bodies\.py::test_(\w+)", run.stdout, re.MULTILINE))
    green = set(re.findall(r"^PASSED test_bodies\.py::test_(\w+)", run.stdout, re.MULTILINE))
    assert red == set(OFFENDERS), run.stdout + run.stderr
    assert "innocent" in green
    assert "symphase: 207 examples, 1 full properties, 12 gd runs, 2 properties\n" in run.stdout
