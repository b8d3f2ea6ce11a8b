"""The steps themselves: one exact step in fractions, compiled and plain kernels to the last bit, products in order."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import symphase.steppers as module
from symphase.models import Model, OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork
from symphase.steppers import (
    Form,
    Kernels,
    Setup,
    Stepper,
    block_width,
    compiled,
    keeps_digits,
    make_stepper,
    numba_is_here,
    one_thread,
    ordered_product,
    round_up,
)

Floats = NDArray[Any]

RETRIEVAL = PhaseRetrieval(gamma=2, c=0)
MODELS: list[Model] = [
    RETRIEVAL,
    PhaseRetrieval(gamma="-3/2", c="1/2", reduction="sum"),
    TwoLayerNetwork(alpha="1/4", width=3),
    TwoLayerNetwork(alpha="-1/4", width=2),
    TwoLayerNetwork(alpha="1/2", outer_weights=(1, -1, 0)),
]
PLAIN = Kernels(
    module.weight_step_py(module.force_row_py), module.gram_step_py(module.force_row_py), module.ordered_product_py
)
FORMS: list[Form] = ["gram", "weights", "model"]


def setup_of(model: Model, samples: int = 3, dimension: int = 4, runs: int = 8, **options: Any) -> Setup:
    rng = np.random.default_rng(7)
    settings: dict[str, Any] = {"dtype": np.dtype("float64"), "ordered": False, "kernels": None}
    return Setup(
        model=model,
        features=rng.standard_normal((samples, dimension)),
        targets=rng.uniform(0.5, 1.5, samples),
        starts=0.5 * rng.standard_normal((runs, *model.weight_shape(dimension))),
        rates=rng.uniform(0.01, 0.05, runs),
        **(settings | options),
    )


def walk(stepper: Stepper, steps: int) -> list[Floats]:
    """Squares of every step, and at the end the residuals, weights, weights before and average."""
    columns = np.arange(8)
    seen: list[Floats] = []
    for step in range(steps + 1):
        seen.append(stepper.force().copy())
        if step == 2:
            stepper.begin_average()
        if step < steps:
            stepper.advance()
    seen += [stepper.residuals(), stepper.weights(columns), stepper.weights(columns, before=True)]
    return [*seen, stepper.average(columns)]


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("model", MODELS, ids=str)
def test_one_step_is_the_exact_one_to_rounding(model: Any, kind: Form) -> None:
    setup = setup_of(model)
    stepper = make_stepper(kind, setup)
    first = stepper.force().copy()
    stepper.advance()
    stepper.force()
    found, before = stepper.weights(np.arange(8)), stepper.weights(np.arange(8), before=True)
    np.testing.assert_array_equal(before, setup.starts)
    x = [[Fraction(v) for v in row] for row in setup.features.tolist()]
    if isinstance(model, PhaseRetrieval):
        quadratic, linear, outer = Fraction(str(model.gamma)) / 2, Fraction(str(model.c)), [Fraction(1)]
    else:
        quadratic, linear = Fraction(str(model.alpha)), Fraction(0)
        outer = [Fraction(str(v)) for v in model.outer_weights]
    for b in range(8):
        neurons = [[Fraction(v) for v in row] for row in np.atleast_2d(setup.starts[b]).tolist()]
        projections = [[sum(v * w for v, w in zip(row, n, strict=True)) for n in neurons] for row in x]
        residuals = [
            sum(o * (quadratic * p * p + linear * p) for o, p in zip(outer, row, strict=True)) - Fraction(y)
            for row, y in zip(projections, setup.targets.tolist(), strict=True)
        ]
        factor = Fraction(1, 2) / (1 if model.reduction == "sum" else 3)
        loss = factor * sum(e * e for e in residuals)
        assert setup.factor * first[b] == pytest.approx(float(loss), rel=1e-14)
        for j, o in enumerate(outer):
            for k in range(4):
                slope = [o * (2 * quadratic * projections[i][j] + linear) for i in range(3)]
                gradient = 2 * factor * sum(residuals[i] * slope[i] * x[i][k] for i in range(3))
                exact = neurons[j][k] - Fraction(float(setup.rates[b])) * gradient
                assert found.reshape(8, -1, 4)[b, j, k] == pytest.approx(float(exact), abs=4e-16)


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_three_forms_are_one_descent(model: Model) -> None:
    walks = [walk(make_stepper(kind, setup_of(model)), 30) for kind in FORMS]
    for other in walks[1:]:
        for ours, theirs in zip(walks[0], other, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("kind", ["gram", "weights"])
@pytest.mark.parametrize("model", MODELS, ids=str)
def test_kernels_step_to_the_same_bits_as_numpy(model: Model, kind: Form, ordered: bool) -> None:
    plain = walk(make_stepper(kind, setup_of(model, ordered=ordered)), 6)
    kernels = walk(make_stepper(kind, setup_of(model, ordered=ordered, kernels=PLAIN)), 6)
    assert len(plain) == len(kernels) == 11
    for ours, theirs in zip(plain, kernels, strict=True):
        assert ours.tobytes() == theirs.tobytes()


@pytest.mark.skipif(not numba_is_here(), reason="numba is not installed")
@pytest.mark.parametrize("kind", ["gram", "weights"])
def test_compiled_kernels_step_to_the_same_bits_as_plain_ones(kind: Form) -> None:
    for model in (MODELS[0], MODELS[4]):
        fast, slow = (
            walk(make_stepper(kind, setup_of(model, ordered=True, kernels=kernels)), 6)
            for kernels in (compiled(), PLAIN)
        )
        for ours, theirs in zip(fast, slow, strict=True):
            assert ours.tobytes() == theirs.tobytes()


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("model", [RETRIEVAL, PhaseRetrieval(gamma=1, c=1)], ids=str)
def test_a_frozen_column_stands_still_and_the_others_do_not_notice(model: Model, kind: Form) -> None:
    setup = setup_of(model, ordered=True)
    setup.rates[1] = 3.0  # this one would escape
    alone, other = (make_stepper(kind, setup) for _ in range(2))
    moved = np.empty(2)
    for step in range(16):
        with np.errstate(all="ignore"):
            alone.force()
        squares = other.force()
        if step == 0:
            other.freeze(np.array([1, 6]))
        if step > 0:
            assert np.isfinite(squares).all()
            still = [6, 7] if step > 7 else [1, 6]
            moved = squares[still].copy() if step == 1 else moved
            np.testing.assert_array_equal(squares[still], moved)
        if step == 3:
            alone.begin_average()
            other.begin_average()
        if step == 7:
            other.keep(np.array([7, 0, 2, 3, 4, 5, 1, 6]))
        with np.errstate(all="ignore"):
            alone.advance()
        other.advance()
    with np.errstate(all="ignore"):
        alone.force()
        there = np.array([7, 0, 2, 3, 4, 5])
        residuals = alone.residuals()[there]
    other.force()
    here = np.arange(6)
    assert alone.weights(there).tobytes() == other.weights(here).tobytes()
    assert alone.average(there).tobytes() == other.average(here).tobytes()
    assert residuals.tobytes() == other.residuals()[here].tobytes()


def test_a_product_in_order_has_the_same_bits_in_any_company() -> None:
    rng = np.random.default_rng(0)
    left, right = rng.standard_normal((5, 40)), rng.standard_normal((40, 30))
    whole = ordered_product(left, right)
    np.testing.assert_allclose(whole, left @ right, rtol=0, atol=1e-13)
    for columns in ([3], [29, 3, 7], list(range(17))):
        part = ordered_product(left, np.ascontiguousarray(right[:, columns]))
        assert part.tobytes() == np.ascontiguousarray(whole[:, columns]).tobytes()
    expected = [sum_in_order(left[2].tolist(), right[:, k].tolist()) for k in range(30)]
    assert whole[2].tolist() == expected


def sum_in_order(left: list[float], right: list[float]) -> float:
    total = left[0] * right[0]
    for a, b in zip(left[1:], right[1:], strict=True):
        total += a * b
    return total


def test_completing_the_square_is_left_alone_where_it_costs_digits() -> None:
    def usable(c: int, y: float) -> bool:
        return keeps_digits(PhaseRetrieval(gamma=2, c=c).quadratic_form(), np.array([0.1 * y, -y]))

    # the offset is −c²/4
    assert usable(0, 1.0)
    assert usable(16, 1.0)
    assert not usable(17, 1.0)
    assert usable(17, 2.0)
    assert not usable(1, 0.0)
    assert not keeps_digits(PolynomialModel("w^3").quadratic_form(), np.ones(1))


def test_blocks_are_as_wide_as_the_cache_and_as_even_as_vectors_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_threads_can_be_limited", lambda: True)
    assert block_width(1024, 1, 80, 0) == 128
    assert block_width(1, 1, 80, 100) == 8
    assert block_width(300, 1, 1000, 0) == 32  # at least
    assert 8000 < block_width(10**6, 1, 1, 0) <= 8192
    widths = {runs: block_width(runs, 2, 20, 30) for runs in (1, 100, 171, 1000)}
    assert all(width % 8 == 0 for width in widths.values())
    assert widths[171] == 88  # two halves, not 168 and 3
    assert [round_up(count) for count in (1, 8, 9)] == [8, 8, 16]


def test_without_a_limit_on_threads_blocks_are_narrower(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_threads_can_be_limited", lambda: False)
    assert 80 * 80 * block_width(1024, 1, 80, 0) <= 2**18
    assert block_width(1024, 1, 2000, 0) == 8
    with one_thread():  # does nothing
        pass


def test_one_thread_inside_and_as_many_as_before_outside() -> None:
    if not module._threads_can_be_limited():
        pytest.skip("threadpoolctl is not installed")
    threads = module._threadpoolctl()

    def used() -> list[int]:
        return [pool["num_threads"] for pool in threads.threadpool_info() if pool["user_api"] == "blas"]

    before = used()
    with one_thread():
        assert set(used()) <= {1}
    assert used() == before


def test_the_environment_stays_the_callers() -> None:
    code = (
        "import os; before = dict(os.environ)\n"
        "from symphase.steppers import one_thread\n"
        "with one_thread(): pass\n"
        "assert dict(os.environ) == before, set(os.environ) ^ set(before)"
    )
    clean = {key: value for key, value in os.environ.items() if not key.startswith("KMP_")}
    subprocess.run([sys.executable, "-c", code], check=True, env=clean)


def test_buffers_begin_on_a_cache_line() -> None:
    for shape, dtype in (((3, 5), "float64"), ((7,), "float32"), ((1, 2, 3), "float64")):
        found = module._aligned(shape, np.dtype(dtype))
        assert found.ctypes.data % 64 == 0
        assert found.shape == shape
        assert found.flags.c_contiguous
        assert not found.any()


def test_float32_stays_float32() -> None:
    for kind in FORMS:
        stepper = make_stepper(kind, setup_of(RETRIEVAL, dtype=np.dtype("float32")))
        assert stepper.force().dtype == np.float32
        stepper.advance()
        assert stepper.force().dtype == stepper.residuals().dtype == np.float32
        assert stepper.weights(np.arange(8)).dtype == np.float64


def test_a_model_of_one_weight_goes_the_same_ways() -> None:
    setup = Setup(
        model=OneWeight(),
        features=np.ones((1, 1)),
        targets=np.ones(1),
        starts=np.full((8, 1), 0.5),
        rates=np.full(8, 0.25),
        dtype=np.dtype("float64"),
        ordered=False,
        kernels=None,
    )
    for kind in FORMS:
        stepper = make_stepper(kind, setup)
        stepper.force()
        stepper.advance()
        assert stepper.force()[0] == (0.59375**2 - 1) ** 2  # ½ − ¼·½(¼ − 1)
