"""Float kernels beside hand-written C and beside pynamicalsys: one run, one thread, one core, ratios printed.

    pytest tests/benchmarks/test_orbit_speed.py -s

Nothing is asserted about time; that all of them compute the same thing is.  The map is the residual map; times are
minima over rounds in which all candidates take turns, so that a busy neighbour slows all of them alike.  The C file is
compiled with the system's compiler (``cc``), and left out where there is none.

pynamicalsys (GPL) is never imported here.  To have it in the comparison install it in an environment of its own and
name that environment's interpreter in the variable PYNAMICALSYS_PYTHON.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from numpy.typing import NDArray

from symphase.kernels import aligned, numba_is_here
from symphase.maps import PolynomialFamily
from symphase.orbits import lyapunov_curve, orbit_diagram

LANES = 10_000
TRANSIENT, KEEP = 1_000, 1_000
STEPS = 10_000
FLAGS = ("-O3", "-march=native", "-ffp-contract=off", "-fPIC", "-shared")

A, Z = sympy.symbols("a z")
FAMILY = PolynomialFamily((Z + A) * (1 - Z) ** 2 - A, variable=Z, parameter=A)
PARAMETERS = np.linspace(1.2, 1.9999, LANES)
STARTS = (1 - 2 * PARAMETERS) / 3

Floats = NDArray[np.float64]


@pytest.fixture(autouse=True)
def _one_core() -> Iterator[None]:
    """Pin this process to one core while a benchmark runs."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    yield
    os.sched_setaffinity(0, before)


@pytest.fixture(scope="module")
def yardstick(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The C file, compiled for this machine."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler (cc) on this machine")
    target = tmp_path_factory.mktemp("yardstick") / "orbits.so"
    source = Path(__file__).with_name("orbits.c")
    subprocess.run(["cc", *FLAGS, str(source), "-o", str(target), "-lm"], check=True, capture_output=True)
    return ctypes.CDLL(str(target))


def _address(values: Floats) -> ctypes.c_void_p:
    return ctypes.c_void_p(values.ctypes.data)


def _coefficients() -> tuple[Floats, Floats, Floats]:
    # in the order in which symphase evaluates them
    return -2.0 * PARAMETERS + 1.0, PARAMETERS - 2.0, 2.0 * (PARAMETERS - 2.0)


def c_diagram(library: Any, name: str, out: Floats) -> None:
    c1, c2, _ = _coefficients()
    z, size = STARTS.copy(), ctypes.c_size_t
    counts = size(LANES), ctypes.c_long(TRANSIENT), ctypes.c_long(KEEP)
    getattr(library, name)(_address(c1), _address(c2), _address(z), *counts, _address(out), size(LANES))


def c_last(library: Any) -> None:
    c1, c2, _ = _coefficients()
    z, size = STARTS.copy(), ctypes.c_size_t
    counts = size(LANES), ctypes.c_long(TRANSIENT + KEEP), ctypes.c_long(0)
    library.diagram(_address(c1), _address(c2), _address(z), *counts, _address(z), size(LANES))


def c_lyapunov(library: Any, name: str) -> Floats:
    c1, c2, c3 = _coefficients()
    z, found = STARTS.copy(), np.empty(LANES)
    counts = ctypes.c_size_t(LANES), ctypes.c_long(1), ctypes.c_long(STEPS)
    getattr(library, name)(_address(c1), _address(c2), _address(c3), _address(z), *counts, _address(found))
    return found


def fastest(candidates: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Seconds of the fastest of several rounds, in which the candidates take turns; one round to warm up."""
    best = dict.fromkeys(candidates, float("inf"))
    for number in range(rounds + 1):
        for name, run in candidates.items():
            begin = time.perf_counter()
            run()
            taken = time.perf_counter() - begin
            if number:
                best[name] = min(best[name], taken)
    return best


def show(title: str, best: dict[str, float], iterates: float, standard: str, goals: dict[str, str]) -> None:
    print(f"\n{title}")
    for name, seconds in best.items():
        ratio = seconds / best[standard]
        each = seconds / iterates * 1e9
        print(f"  {name:44} {seconds * 1e3:9.2f} ms {each:8.3f} ns/iterate {ratio:8.2f} × C   {goals.get(name, '')}")


def other(code: str) -> float | None:
    """Seconds of a computation in the environment of pynamicalsys, or None where there is none."""
    interpreter = os.environ.get("PYNAMICALSYS_PYTHON")
    if interpreter is None:
        return None
    run = subprocess.run([interpreter, "-c", code], check=True, capture_output=True, text=True, timeout=600)
    return float(json.loads(run.stdout.splitlines()[-1]))


PYNAMICALSYS = """
import json, os, time
import numpy as np
from numba import njit
os.environ["OMP_NUM_THREADS"] = "1"
from pynamicalsys import DiscreteDynamicalSystem
@njit
def mapping(u, p):
    z, a = u[0], p[0]
    return np.array([((z + (a - 2.0)) * z + (1.0 - 2.0 * a)) * z])
@njit
def jacobian(u, p, *args):
    z, a = u[0], p[0]
    return np.array([[(3.0 * z + 2.0 * (a - 2.0)) * z + (1.0 - 2.0 * a)]])
system = DiscreteDynamicalSystem(mapping=mapping, jacobian=jacobian, system_dimension=1, number_of_parameters=1)
def run(lanes):
    {body}
run({warm})
best = 1e9
for _ in range(3):
    begin = time.perf_counter()
    run({lanes})
    best = min(best, time.perf_counter() - begin)
print(json.dumps(best * {scale}))
"""


def test_orbit_diagram(yardstick: Any) -> None:
    out = aligned((KEEP, LANES))
    expected = aligned((KEEP, LANES))
    c_diagram(yardstick, "diagram", expected)
    for jit in (True, False) if numba_is_here() else (False,):
        orbit_diagram(FAMILY, PARAMETERS, STARTS, transient=TRANSIENT, keep=KEEP, out=out.T, jit=jit)
        assert (out.view(np.int64) == expected.view(np.int64)).all(), "symphase and C disagree"

    def ours(jit: bool, given: Floats | None) -> Callable[[], Any]:
        return lambda: orbit_diagram(FAMILY, PARAMETERS, STARTS, transient=TRANSIENT, keep=KEEP, out=given, jit=jit)

    candidates: dict[str, Callable[[], Any]] = {
        "C, vector stores": lambda: c_diagram(yardstick, "diagram", out),
        "C, stores around the caches": lambda: c_diagram(yardstick, "diagram_around", out),
        "NumPy, out=": ours(False, out.T),
        "NumPy, a fresh array": ours(False, None),
    }
    if numba_is_here():
        candidates |= {"numba, out=": ours(True, out.T), "numba, a fresh array": ours(True, None)}
    best = fastest(candidates, 12)
    goals = {"numba, out=": "(goal 1.75)", "NumPy, out=": "(goal 7)"}
    iterates = LANES * (TRANSIENT + KEEP)
    title = f"orbit diagram, {LANES} parameters × {TRANSIENT + KEEP} iterates, {KEEP} kept"
    show(title, best, iterates, "C, vector stores", goals)
    body = (
        f"system.bifurcation_diagram(np.array([-0.3]), 0, (1.2, 1.9999, lanes), {TRANSIENT + KEEP}, "
        f"transient_time={TRANSIENT})"
    )
    compare_with_pynamicalsys(body, best, "out=", goal=500, share=20)

    last: dict[str, Callable[[], Any]] = {
        "C": lambda: c_last(yardstick),
        "NumPy": lambda: orbit_diagram(FAMILY, PARAMETERS, STARTS, transient=TRANSIENT + KEEP, keep=0, jit=False),
    }
    if numba_is_here():
        last["numba"] = lambda: orbit_diagram(FAMILY, PARAMETERS, STARTS, transient=TRANSIENT + KEEP, keep=0, jit=True)
    show("the last state only", fastest(last, 12), iterates, "C", {})


def test_lyapunov_curve(yardstick: Any) -> None:
    def ours(jit: bool, telescope: bool | None) -> Callable[[], Any]:
        return lambda: lyapunov_curve(
            FAMILY, PARAMETERS, STARTS, transient=0, steps=STEPS, telescope=telescope, jit=jit
        )

    expected = c_lyapunov(yardstick, "lyapunov")
    for jit in (True, False) if numba_is_here() else (False,):
        for telescope in (None, False):
            found = ours(jit, telescope)().exponents
            # telescoped, an orbit that comes to the saddle as near as floats can loses up to log 2⁵³ there
            tolerance = 1e-12 if telescope is False else 37 / STEPS
            assert np.allclose(found, expected, rtol=0.0, atol=tolerance), "symphase and C disagree"
            assert np.median(np.abs(found - expected)) < 1e-12
    without_ends = c_lyapunov(yardstick, "lyapunov_telescoped")
    assert np.allclose(without_ends, expected, rtol=0.0, atol=50 / STEPS)

    candidates: dict[str, Callable[[], Any]] = {
        "C, all of f'": lambda: c_lyapunov(yardstick, "lyapunov"),
        "C, telescoped (no end terms, no error)": lambda: c_lyapunov(yardstick, "lyapunov_telescoped"),
    }
    if numba_is_here():
        candidates |= {"numba, telescoped": ours(True, None), "numba, all of f'": ours(True, False)}
    best = fastest(candidates, 12)
    best |= fastest({"NumPy, telescoped": ours(False, None), "NumPy, all of f'": ours(False, False)}, 3)
    goals = {"numba, telescoped": "(goal 1.15)", "NumPy, telescoped": "(goal 18)"}
    show(f"Lyapunov curve, {LANES} parameters × {STEPS} steps", best, LANES * STEPS, "C, all of f'", goals)
    telescoped = best["C, telescoped (no end terms, no error)"]
    for name in ("numba, telescoped", "NumPy, telescoped"):
        if name in best:
            print(f"  {name:44} {best[name] / telescoped:.2f} × telescoped C")
    body = (
        f"[system.lyapunov(np.array([-0.3]), {STEPS}, parameters=np.array([a])) "
        "for a in np.linspace(1.2, 1.9999, lanes)]"
    )
    compare_with_pynamicalsys(body, best, "telescoped", goal=100, share=100)


def compare_with_pynamicalsys(body: str, best: dict[str, float], which: str, *, goal: int, share: int) -> None:
    """Time a share of the lanes there, scaled to all of them: it works lane by lane."""
    lanes = LANES // share
    seconds = other(PYNAMICALSYS.format(body=body, warm=2, lanes=lanes, scale=share))
    if seconds is None:
        print("  pynamicalsys: not measured (see this file's docstring)")
        return
    print(f"  {'pynamicalsys, same job':44} {seconds * 1e3:9.0f} ms   (from 1/{share} of the parameters)")
    first = next(iter(best))
    print(f"  {first:44} {seconds / best[first]:9.0f} × as fast as it")
    for way in ("numba", "NumPy"):
        if f"{way}, {which}" in best:
            name = f"{way}, {which}"
            print(f"  {name:44} {seconds / best[name]:9.0f} × as fast as it   (goal {goal})")


def test_whole_process() -> None:
    prepare = """
import numpy as np, sympy
from symphase.maps import PolynomialFamily
from symphase.orbits import orbit_diagram
a, z = sympy.symbols("a z")
family = PolynomialFamily((z + a) * (1 - z) ** 2 - a, variable=z, parameter=a)
"""
    draw = f"orbit_diagram(family, np.linspace(1.2, 2.0, {LANES}), transient={TRANSIENT}, keep={KEEP}, jit=False)"

    def process(code: str) -> Callable[[], Any]:
        return lambda: subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)

    imports = "import numpy, sympy, symphase.maps, symphase.orbits"
    best = fastest(
        {"python": process("pass"), imports: process(imports), "that and a diagram": process(prepare + draw)}, 7
    )
    print("\nwhole processes")
    for name, seconds in best.items():
        print(f"  {name:60} {seconds:6.3f} s")
    above = best["that and a diagram"] - best[imports]
    print(f"  {'the diagram, above the imports':60} {above:6.3f} s   (goal 0.25)")
