"""Batched gradient descent beside the bare cost of its two matrix products: one run, one thread, one core, ratios.

    pytest tests/benchmarks/test_training_speed.py -s

The setting is d = 100, n = 80, 1024 runs × 1000 steps, float64.  Times are minima over rounds in which all candidates
take turns, so that a busy neighbour slows all of them alike; the slow ones run a share of the work, scaled.  Nothing is
asserted about time; that all of them compute the same thing is.

The unit is what X W and Xᵀ F, for all runs, cost at the rate that this machine's dgemm reaches on 512 × 512 matrices,
measured first.  That rate depends on the core type that OpenBLAS was told or found, so that is printed too.  What
recording costs is measured against a run that records its ends alone; the sum of squares is computed there too, because
it tells in every step who escapes.

PyTorch and JAX are measured in a process of their own, beside the same products there.  The interpreter is this one, or
what the variable TRAINING_PYTHON names; what it cannot import is left out.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from symphase.models import PhaseRetrieval
from symphase.problems import make_problem
from symphase.steppers import numba_is_here, one_thread
from symphase.training import train

SAMPLES, DIMENSION, RUNS, STEPS = 80, 100, 1024, 1000
ROUNDS = 6
NAIVE_SHARE = 32  # of the runs one in so many goes one at a time; scaled
SLOW_SHARE = 5  # of the steps one in so many is taken without BLAS; scaled
MODEL = PhaseRetrieval(gamma=2, c=0)
PROBLEM = make_problem(MODEL, samples=SAMPLES, dimension=DIMENSION, design="qr", labels="uniform", rng=0)
UNIT = float(PROBLEM.unit_step_size or 0)
STEP_SIZES = (
    np.linspace(0.3, 0.95, RUNS) * UNIT
)  # all settle, so that rounding does not grow and results can be compared
FLOPS = 2 * 2 * SAMPLES * DIMENSION * RUNS * STEPS

Floats = NDArray[np.float64]


@pytest.fixture(autouse=True)
def _one_core() -> Iterator[None]:
    """Pin this process to one core, and BLAS to one thread, while a benchmark runs."""
    if not hasattr(os, "sched_setaffinity"):
        with one_thread():
            yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    with one_thread():
        yield
    os.sched_setaffinity(0, before)


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


def blas() -> str:
    """Which BLAS NumPy uses, on how many threads, and what it was told about the core."""
    told = os.environ.get("OPENBLAS_CORETYPE", "not set")
    if importlib.util.find_spec("threadpoolctl") is None:
        return f"OPENBLAS_CORETYPE {told}; threadpoolctl is missing, so narrower blocks keep BLAS on one thread"
    loaded = importlib.import_module("threadpoolctl").threadpool_info()
    found = {f"{one.get('internal_api')} {one.get('version')} ({one.get('architecture')})" for one in loaded}
    return f"{', '.join(sorted(found))}; OPENBLAS_CORETYPE {told}"


def dgemm_rate(size: int = 512) -> float:
    """Floating-point operations per second of the products of large square matrices."""
    left, right = np.random.default_rng(0).standard_normal((2, size, size))
    out = np.empty_like(left)
    best = fastest({"dgemm": lambda: [np.matmul(left, right, out=out) for _ in range(5)]}, 15)["dgemm"]
    return 5 * 2 * size**3 / best


def one_at_a_time(starts: Floats) -> Floats:
    """Final losses of one run after the other."""
    x, y = PROBLEM.features, PROBLEM.targets
    losses = []
    for start, eta in zip(starts[::NAIVE_SHARE], STEP_SIZES[::NAIVE_SHARE], strict=True):
        w, history = start.copy(), []
        for _ in range(STEPS):
            u = x @ w
            e = u * u - y
            history.append(0.5 * np.mean(e * e))
            w = w - eta * (2 / SAMPLES) * (x.T @ (e * u))
        e = (x @ w) ** 2 - y
        losses.append(0.5 * np.mean(e * e))
    return np.array(losses)


OTHERS = """
import json, os, sys, time
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
import numpy as np
which, steps, rounds, path = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
data = np.load(path)
x, y, w, eta = (data[k] for k in ("x", "y", "w", "eta"))
n, d = x.shape
w, factor = np.ascontiguousarray(w.T), eta * (2 / n)
try:
    if which == "torch":
        import torch
        torch.set_num_threads(1)
        X, Y, W0, F = torch.tensor(x), torch.tensor(y)[:, None], torch.tensor(w), torch.tensor(factor)
        XT = X.T.contiguous()
        def run():
            with torch.no_grad():
                W, losses = W0.clone(), torch.empty((steps + 1, W0.shape[1]), dtype=torch.float64)
                for k in range(steps + 1):
                    U = X @ W
                    E = U * U - Y
                    losses[k] = 0.5 * (E * E).mean(0)
                    if k < steps:
                        W -= XT @ (E * U * F)
                return losses.numpy()
    else:
        import jax
        jax.config.update("jax_enable_x64", True)
        import jax.numpy as jnp
        X, Y, W0, F = jnp.asarray(x), jnp.asarray(y)[:, None], jnp.asarray(w), jnp.asarray(factor)
        def step(W, _):
            U = X @ W
            E = U * U - Y
            return W - X.T @ (E * U * F), 0.5 * (E * E).mean(0)
        scan = jax.jit(lambda W: jax.lax.scan(step, W, None, length=steps + 1)[1])
        def run():
            return np.asarray(scan(W0).block_until_ready())
except ImportError:
    print("null")
    sys.exit()
r, u, g = np.ones((n, w.shape[1])), np.empty((n, w.shape[1])), np.empty_like(w)
def products():
    for _ in range(steps):
        np.matmul(x, w, out=u)
        np.matmul(x.T, r, out=g)
best = [float("inf")] * 2
for number in range(rounds + 1):
    for place, work in enumerate((products, run)):
        begin = time.perf_counter()
        found = work()
        if number:
            best[place] = min(best[place], time.perf_counter() - begin)
print(json.dumps({"products": best[0], "seconds": best[1], "last": found[-1].tolist()}))
"""


def other(which: str, starts: Floats, folder: Any) -> dict[str, Any] | None:
    """Seconds and last losses in another framework, or None where it cannot be imported."""
    path = folder / "data.npz"
    np.savez(path, x=PROBLEM.features, y=PROBLEM.targets, w=starts, eta=STEP_SIZES)
    interpreter = os.environ.get("TRAINING_PYTHON", sys.executable)
    command = [interpreter, "-c", OTHERS, which, str(STEPS), "5", str(path)]
    run = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    found: dict[str, Any] | None = json.loads(run.stdout.splitlines()[-1])
    return found


def test_training(tmp_path: Any) -> None:
    print(f"\n{blas()}")
    rate = dgemm_rate()
    unit = FLOPS / rate
    print(f"dgemm of 512 × 512: {rate / 1e9:.1f} GF/s; the two products of {STEPS} steps at that rate: {unit:.3f} s")

    def ours(jit: bool, steps: int = STEPS, **options: Any) -> Callable[[], Any]:
        return lambda: train(PROBLEM, step_sizes=STEP_SIZES, rng=0, steps=steps, jit=jit, **options)

    reference = ours(False)()
    starts, last = reference.starts, reference.losses[:, -1]
    x, w = PROBLEM.features, np.ascontiguousarray(starts.T)
    force, values, moved = np.ones((SAMPLES, RUNS)), np.empty((SAMPLES, RUNS)), np.empty_like(w)

    def products() -> None:
        for _ in range(STEPS):
            np.matmul(x, w, out=values)
            np.matmul(x.T, force, out=moved)

    few = {"record_every": STEPS}
    both: dict[str, Any] = {"measures": ("average_weights",), "burn_in": 0}
    candidates: dict[str, Callable[[], Any]] = {"the two products, as they run here": products}
    goals: dict[str, str] = {}
    for name, jit in (("NumPy", False), ("numba", True)):
        if jit and not numba_is_here():
            continue
        candidates |= {
            f"{name}, losses of every step": ours(jit),
            f"{name}, losses of the ends alone": ours(jit, **few),
            f"{name}, losses and average of weights": ours(jit, **both),
            f"{name}, weight form": ours(jit, method="weights"),
            f"{name}, float32": ours(jit, dtype="float32"),
        }
        goals |= {f"{name}, losses of every step": f"(goal {0.75 if jit else 1.25})"}
        assert ours(jit)().losses.tobytes() == reference.losses.tobytes(), "NumPy and numba disagree"
        assert np.allclose(ours(jit, method="weights")().losses[:, -1], last, rtol=1e-6, atol=1e-26)
    assert np.allclose(one_at_a_time(starts), last[::NAIVE_SHARE], rtol=1e-6, atol=1e-26)

    best = fastest(candidates, ROUNDS)
    best |= {"one run at a time": NAIVE_SHARE * fastest({"": lambda: one_at_a_time(starts)}, 2)[""]}
    short = STEPS // SLOW_SHARE
    slow = {"NumPy, deterministic": ours(False, short, deterministic=True)}
    if numba_is_here():
        slow |= {"numba, deterministic": ours(True, short, deterministic=True)}
    best |= {name: SLOW_SHARE * seconds for name, seconds in fastest(slow, 1).items()}
    print(f"{RUNS} runs × {STEPS} steps, n = {SAMPLES}, d = {DIMENSION}, float64; multiples of the two products")
    for name, seconds in best.items():
        print(f"  {name:44} {seconds * 1e3:9.1f} ms {seconds / unit:8.2f} × {goals.get(name, '')}")
    for name in ("NumPy", "numba"):
        if f"{name}, float32" not in best:
            continue
        full, bare, averaged = (
            best[f"{name}, {what}"]
            for what in ("losses of every step", "losses of the ends alone", "losses and average of weights")
        )
        print(f"  {name}: losses of every step cost {full / bare - 1:.1%}, with the average {averaged / bare - 1:.1%}")
        print(f"  {name}: {best['one run at a time'] / full:.0f} × as fast as one run at a time (goal 20)")
    fast = best.get("numba, losses of every step", best["NumPy, losses of every step"])
    for which, name, goal in (("torch", "PyTorch", 2.0), ("jax", "JAX", 1.5)):
        found = other(which, starts, tmp_path)
        if found is None:
            print(f"  {name}: not measured (see this file's docstring)")
            continue
        assert np.allclose(found["last"], last, rtol=1e-6, atol=1e-26), f"{name} and symphase disagree"
        # both in units of the same products, each measured beside them
        theirs = found["seconds"] / found["products"]
        here = best["the two products, as they run here"]
        print(f"  {name:44} {found['seconds'] * 1e3:9.1f} ms {theirs * here / unit:8.2f} ×")
        for way, mine in (("NumPy", best["NumPy, losses of every step"]), ("fastest", fast)):
            print(f"    {way}: {theirs / (mine / here):.1f} × as fast as {name} (goal {goal})")
