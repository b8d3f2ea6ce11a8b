"""The batched engine beside one run at a time, exact recursions, closed forms, and itself in other company."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import symphase.training as module
from symphase.descent import descend
from symphase.errors import InputError
from symphase.models import Model, OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork
from symphase.problems import Problem, make_problem, problem_from_data
from symphase.steppers import numba_is_here
from symphase.tables import dataset
from symphase.training import MEASURES, Training, train

Floats = NDArray[np.float64]

RETRIEVAL = PhaseRetrieval(gamma=2, c=0)
EVERYTHING = MEASURES
TIMED = (
    "losses",
    "weight_norms",
    "sharpness",
    "test_losses",
    "test_losses_weight_average",
    "test_losses_prediction_average",
)
PLAIN = ("sign_changes", "lyapunov", "lyapunov_error", "weights", "average_weights", "escape_step")
MODELS: list[Model] = [
    RETRIEVAL,
    PhaseRetrieval(gamma=-1, c=1),
    PhaseRetrieval(gamma=1, c=2, reduction="sum"),
    PhaseRetrieval(gamma=2, c=4000),  # a completed square would cost digits
    PhaseRetrieval(gamma=0, c=1),
    TwoLayerNetwork(alpha="1/2", width=3),
    TwoLayerNetwork(alpha=1, outer_weights=(1, -1)),
]
FORMS = ["gram", "weights", "weights", "model", "model", "gram", "gram"]


def problem_of(model: Model, samples: int = 4, dimension: int = 6, **options: Any) -> Problem:
    settings: dict[str, Any] = {"design": "gaussian", "labels": "teacher", "test_samples": 3, "rng": 1}
    return make_problem(model, samples=samples, dimension=dimension, **(settings | options))


def one_sample(model: Model, dimension: int, target: float = 1.0) -> Problem:
    row = np.zeros((1, dimension))
    row[0, 0] = 1.0
    return problem_from_data(dataset(row, [target]), model)


def hessian(model: Any, w: Floats, x: Floats, y: Floats) -> Floats:
    """Dense Hessian of phase retrieval, from its own formula."""
    gamma, c = float(model.gamma), float(model.c)
    p = x @ w
    factor = 1 if model.reduction == "sum" else len(y)
    curvatures = (gamma * p + c) ** 2 + gamma * (gamma / 2 * p * p + c * p - y)
    outer: Floats = np.einsum("i,ij,ik->jk", curvatures, x, x)
    return outer / factor


def one_at_a_time(problem: Problem, eta: float, start: Floats, steps: int, burn_in: int) -> dict[str, Any]:
    """Everything that can be measured, of one run, from the model's own functions."""
    model, x, y, test = problem.model, problem.features, problem.targets, problem.test
    assert test is not None
    w, weights, slopes = start.copy(), [], []
    for _ in range(steps + 1):
        weights.append(w)
        slopes.append(model.slopes(w[np.newaxis], x)[0])
        w = w - eta * model.loss_gradient(w[np.newaxis], x, y)[0]
    path, u = np.array(weights), np.array(slopes)
    changes = (u[1:] * u[:-1] < 0).sum(axis=0)
    late = path[burn_in:]
    counts = np.arange(1, len(late) + 1)
    averages = np.cumsum(late, axis=0) / counts.reshape(-1, *(1,) * start.ndim)
    predictions = np.cumsum(model.predict(late, test.features), axis=0) / counts[:, np.newaxis]
    factor = model.loss_scale(test.samples)
    before = np.full(burn_in, np.inf)
    return {
        "losses": model.loss_values(path, x, y),
        "residuals": model.predict(path, x) - y,
        "weight_norms": np.sqrt((path.reshape(len(path), -1) ** 2).sum(axis=1)),
        "sign_changes": changes if changes.ndim == 1 else changes.sum(axis=0),
        "test_losses": model.loss_values(path, test.features, test.targets),
        "test_losses_weight_average": np.append(before, model.loss_values(averages, test.features, test.targets)),
        "test_losses_prediction_average": np.append(before, factor * ((predictions - test.targets) ** 2).sum(axis=1)),
        "weights": path[-1],
        "average_weights": averages[-1],
        "path": path,
    }


def step_sizes_of(problem: Problem, shares: list[float]) -> Floats:
    """Shares of the inverse of a bound of the curvature: below 1 nothing oscillates and errors do not grow."""
    model: Any = problem.model
    reach = float(np.abs(problem.targets).max()) + 1
    phase = isinstance(model, PhaseRetrieval)
    slope = float(model.c) ** 2 + 4 * abs(float(model.gamma)) * reach if phase else 8 * reach
    bound = 2 * model.loss_scale(problem.samples) * float(np.linalg.norm(problem.features, 2)) ** 2 * slope
    found: Floats = np.array(shares) / bound
    return found


# ------------------------------------------------------------------------------------------------ one run at a time


@pytest.mark.parametrize(
    ("model", "form", "method"),
    [
        (model, form, method)
        for model, form in zip(MODELS, FORMS, strict=True)
        for method in ("auto", "gram", "weights")
        if method != "gram" or form != "model"
    ],
    ids=str,
)
def test_every_measure_is_what_one_run_at_a_time_gives(model: Model, form: str, method: Any) -> None:
    problem = problem_of(model)
    eta = step_sizes_of(problem, [0.3, 1.0])
    seen = train(
        problem, step_sizes=eta, runs=3, rng=5, steps=30, burn_in=11, measures=EVERYTHING, method=method, jit=False
    )
    assert seen.losses.shape == (6, 31)
    assert (seen.escape_step == -1).all()
    assert seen.method == ("model" if form == "model" else "gram" if method == "gram" else "weights")
    for b in range(6):
        np.testing.assert_array_equal(seen.starts[b], seen.starts[b % 3])
        expected = one_at_a_time(problem, seen.step_sizes[b], seen.starts[b], 30, 11)
        expected.pop("path")
        for name, values in expected.items():
            found = getattr(seen, name)[b]
            scale = np.abs(values[np.isfinite(values)]).max()
            np.testing.assert_allclose(found, values, rtol=1e-10, atol=1e-12 * scale, err_msg=name)


@pytest.mark.parametrize("model", [RETRIEVAL, TwoLayerNetwork(alpha="1/2", width=3)], ids=str)
def test_it_is_the_descent_of_the_other_module(model: Model) -> None:
    problem = problem_of(model, samples=5, dimension=7)
    options: dict[str, Any] = {"step_sizes": [0.05, 0.1, 30.0], "runs": 4, "rng": 3, "steps": 60, "record_every": 9}
    theirs = descend(model, problem.features, problem.targets, **options)
    ours = train(problem, measures=("residuals",), **options)
    assert ours.method == "gram"
    assert ours.seed == theirs.seed
    for name in ("step_sizes", "run", "starts", "recorded_steps", "escape_step", "escape_loss"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
    assert (ours.escape_step[8:] > 0).all()
    for name in ("losses", "residuals", "weights"):
        np.testing.assert_allclose(getattr(ours, name)[:8], getattr(theirs, name)[:8], rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(np.isinf(ours.losses), np.isinf(theirs.losses))
    np.testing.assert_allclose(ours.weights[8:], theirs.weights[8:], rtol=1e-9)


def test_more_runs_than_one_block_holds_and_a_batch_that_fills_no_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(RETRIEVAL)
    options: dict[str, Any] = {"step_sizes": [0.02, 0.05], "rng": 0, "runs": 37, "steps": 20, "measures": EVERYTHING}
    whole = train(problem, **options)
    monkeypatch.setattr(module, "block_width", lambda *_: 16)
    parts = train(problem, **options)
    for name in (*TIMED, *PLAIN):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-9, atol=1e-12, err_msg=name)


# --------------------------------------------------------------------------------------------------- exact recursions


@pytest.mark.parametrize("method", ["gram", "weights"])
@pytest.mark.parametrize(
    "model",
    [RETRIEVAL, PhaseRetrieval(gamma=1, c=1, reduction="sum"), TwoLayerNetwork(alpha="1/2", width=3)],
    ids=str,
)
def test_on_orthogonal_rows_each_sample_follows_its_cubic_map(model: Model, method: Any) -> None:
    problem = make_problem(model, samples=6, dimension=9, labels="uniform", rng=2)
    unit = float(problem.unit_step_size or 0)
    seen = train(
        problem,
        step_sizes=[0.5 * unit, unit, 1.5 * unit],
        runs=2,
        rng=1,
        measures=("residuals",),
        method=method,
        steps=60,
    )
    z = seen.scaled_residuals
    assert z is not None
    assert np.isfinite(z).all()
    assert (np.abs(z[:, -5:]).max(axis=(1, 2)) > 0).any()
    for b, eta in enumerate(seen.step_sizes):
        a = np.array([float(scale) for scale in problem.scales_per_step]) * eta
        now, after = z[b, :-1], z[b, 1:]
        image = now**3 + (a - 2) * now**2 + (1 - 2 * a) * now
        # one step from what was recorded: rounding alone, growing with the slope of the map
        slope = np.abs(3 * now**2 + 2 * (a - 2) * now + (1 - 2 * a))
        assert (np.abs(after - image) <= 1e-13 * (1 + slope) * (1 + a)).all()


def test_the_sum_of_losses_is_the_mean_with_a_smaller_step() -> None:
    mean, total = (
        make_problem(PhaseRetrieval(gamma=2, c=0, reduction=reduction), samples=4, dimension=6, rng=1)
        for reduction in ("mean", "sum")
    )
    first = train(mean, step_sizes=0.8, rng=0, steps=50, measures=("sharpness",))
    second = train(total, step_sizes=0.2, starts=first.starts[0], steps=50, measures=("sharpness",))
    np.testing.assert_allclose(4 * first.losses, second.losses, rtol=1e-12, atol=1e-28)
    np.testing.assert_allclose(np.asarray(first.scaled_sharpness), np.asarray(second.scaled_sharpness), rtol=1e-12)


def test_at_an_interpolating_minimum_step_size_times_sharpness_is_twice_the_largest_a() -> None:
    problem = make_problem(RETRIEVAL, samples=5, dimension=8, labels="uniform", rng=4)
    unit = float(problem.unit_step_size or 0)
    seen = train(
        problem, step_sizes=[0.4 * unit, 0.9 * unit], rng=0, steps=2000, record_every=500, measures=("sharpness",)
    )
    assert (seen.losses[:, -1] < 1e-20).all()
    scaled = seen.scaled_sharpness
    assert scaled is not None
    np.testing.assert_allclose(scaled[:, -1], [0.8, 1.8], rtol=1e-9)


# ---------------------------------------------------------------------------------------------------------- exponents


@pytest.mark.parametrize(("model", "dimension"), [(OneWeight(), 1), (RETRIEVAL, 3)])
def test_at_convergence_the_exponent_is_the_log_of_the_multiplier(model: Model, dimension: int) -> None:
    problem = one_sample(model, dimension)
    a = np.array([0.1, 0.35, 0.8, 0.95])
    eta = a * float(problem.unit_step_size or 0)
    seen = train(problem, step_sizes=eta, rng=3, steps=2500, burn_in=1500, measures=("lyapunov",))
    assert seen.lyapunov is not None
    assert seen.lyapunov_error is not None
    np.testing.assert_allclose(seen.lyapunov, np.log(np.abs(1 - 2 * a)), atol=1e-6)
    assert (seen.lyapunov_error < 1e-6).all()


def test_at_a_equal_to_two_the_exponent_is_log_three_within_its_error() -> None:
    problem = one_sample(RETRIEVAL, 3)
    eta = 2 * float(problem.unit_step_size or 0)
    starts = np.zeros((64, 3))
    starts[:, 0] = np.linspace(0.05, 0.95, 64)
    seen = train(problem, step_sizes=eta, starts=starts, runs=64, steps=3000, burn_in=1000, measures=("lyapunov",))
    stayed = seen.escape_step < 0
    assert stayed.sum() > 50
    assert seen.lyapunov is not None
    assert seen.lyapunov_error is not None
    found, errors = seen.lyapunov[stayed], seen.lyapunov_error[stayed]
    assert found.mean() == pytest.approx(math.log(3), abs=5 * float(np.sqrt((errors**2).mean() / len(errors))) + 1e-3)
    assert (np.abs(found - math.log(3)) < 5 * errors + 1e-2).mean() > 0.9
    assert np.isinf(seen.lyapunov[~stayed]).all()


def test_in_chaos_on_generic_rows_the_exponent_is_that_of_dense_hessians_along_other_runs() -> None:
    problem = problem_of(RETRIEVAL, samples=3, dimension=3, labels="equal", test_samples=0, rng=9)
    eta = float(step_sizes_of(problem, [18.0])[0])
    seen = train(problem, step_sizes=eta, runs=16, rng=1, steps=1500, burn_in=500, measures=("lyapunov",))
    assert (seen.escape_step == -1).all()
    means, x, y = [], problem.features, problem.targets
    for w in seen.starts[:8]:
        tangent, logs = np.array([1.0, 0.3, -0.2]), []
        for _ in range(1000):
            tangent = tangent - eta * hessian(RETRIEVAL, w, x, y) @ tangent
            logs.append(math.log(float(np.linalg.norm(tangent))))
            tangent /= np.linalg.norm(tangent)
            w = w - eta * RETRIEVAL.loss_gradient(w[np.newaxis], x, y)[0]
        means.append(np.mean(logs[200:]))
    found = np.asarray(seen.lyapunov)
    error = math.hypot(float(np.std(means)) / math.sqrt(8), float(found.std()) / 4)
    assert 0.3 < found.mean() < 0.7
    assert found.mean() == pytest.approx(np.mean(means), abs=5 * error)
    # errors of ten blocks tell the spread between runs, to a factor
    assert 0.3 < float(np.asarray(seen.lyapunov_error).mean()) / found.std() < 3


def test_directions_that_no_sample_sees_have_no_say_in_the_exponent() -> None:
    seen = train(one_sample(RETRIEVAL, 40), step_sizes=0.05, rng=0, steps=4000, measures=("lyapunov",))
    assert seen.lyapunov is not None
    assert seen.lyapunov[0] == pytest.approx(math.log(0.8), abs=1e-9)  # a = 2η: the others would give 0


def test_a_vanishing_tangent_is_the_floor_and_no_warning() -> None:
    seen = train(one_sample(OneWeight(), 1), step_sizes=0.5, starts=[1.0], steps=200, measures=("lyapunov",))
    assert seen.lyapunov is not None
    assert seen.lyapunov[0] == pytest.approx(math.log(1e-300))


# ------------------------------------------------------------------------------------------------------------ escapes


@pytest.mark.parametrize(
    ("model", "options"),
    [
        (model, options)
        for model in (RETRIEVAL, MODELS[3], MODELS[6])
        for options in ({}, {"deterministic": True}, {"dtype": "float32"}, {"method": "gram"})
        if model is not MODELS[3] or "method" not in options
    ],
    ids=str,
)
def test_escaped_runs_stop_without_warnings_and_without_nan(model: Model, options: dict[str, Any]) -> None:
    problem = problem_of(model)
    base = step_sizes_of(problem, [0.3, 0.6])
    eta = np.concatenate([base, 1000 * base, 10**6 * base, 3 * 10**7 * base, 10**200 * base])
    seen = train(problem, step_sizes=eta, runs=4, rng=2, steps=25, measures=EVERYTHING, burn_in=1, **options)
    escaped = seen.escape_step >= 0
    assert not escaped[:8].any()
    assert escaped[8:].all()
    assert len(set(seen.escape_step[8:].tolist())) > 1
    for b in range(40):
        gone = seen.recorded_steps >= seen.escape_step[b] if escaped[b] else np.zeros(26, dtype=bool)
        for name in TIMED:
            row = getattr(seen, name)[b]
            assert np.isinf(row[gone]).all(), name
            if "average" not in name:
                assert np.isfinite(row[~gone]).all() or name.startswith("test"), name
        assert np.isinf(np.asarray(seen.residuals)[b, gone]).all()
        for name in ("average_weights", "lyapunov", "lyapunov_error"):
            assert np.isinf(getattr(seen, name)[b]).all() == escaped[b], name
    assert np.isfinite(seen.weights).all()
    for name in (*TIMED, *PLAIN, "residuals", "scaled_residuals", "scaled_sharpness"):
        values = getattr(seen, name)
        assert values is None or not np.isnan(values).any(), name


def test_the_step_of_escape_and_what_is_kept_of_it_are_those_of_one_run_alone() -> None:
    problem = problem_of(RETRIEVAL)
    eta = step_sizes_of(problem, [0.5, 10.0, 15.0, 30.0])
    seen = train(
        problem, step_sizes=eta, runs=5, rng=9, steps=80, measures=("sign_changes",), escape_loss=1e6, method="gram"
    )
    assert len(set(seen.escape_step.tolist())) > 3
    x, y = problem.features, problem.targets
    for b in range(20):
        w, before, step, signs = seen.starts[b], seen.starts[b], 0, []
        while RETRIEVAL.loss_values(w[np.newaxis], x, y)[0] <= 1e6 and step < 80:
            signs.append(np.sign(x @ w))
            before, w = w, w - eta[b // 5] * RETRIEVAL.loss_gradient(w[np.newaxis], x, y)[0]
            step += 1
        bounded = RETRIEVAL.loss_values(w[np.newaxis], x, y)[0] <= 1e6
        assert seen.escape_step[b] == (-1 if bounded else step)
        if not bounded and step < 30:
            np.testing.assert_allclose(seen.weights[b], before, rtol=1e-6, atol=1e-9)
            changes = (np.diff(signs, axis=0) != 0).sum(axis=0) if step > 1 else np.zeros(4)
            np.testing.assert_array_equal(np.asarray(seen.sign_changes)[b], changes)


def test_starts_beyond_the_bound_escape_at_once() -> None:
    seen = train(
        problem_of(RETRIEVAL), step_sizes=0.1, starts=np.full(6, 1e3), steps=20, escape_loss=1.0, measures=EVERYTHING
    )
    assert seen.escape_step.tolist() == [0]
    assert np.isinf(seen.losses).all()
    np.testing.assert_array_equal(seen.weights[0], seen.starts[0])


# --------------------------------------------------------------------------------- thinning, precision, deterministic


def test_a_thinned_record_is_the_full_one_thinned() -> None:
    problem = problem_of(RETRIEVAL)
    options: dict[str, Any] = {
        "rng": 0,
        "runs": 3,
        "steps": 600,
        "measures": EVERYTHING,
        "method": "gram",
        "jit": False,
    }
    eta = [0.05, 0.6, 30.0]
    full = train(problem, step_sizes=eta, record_every=1, **options)
    thin = train(problem, step_sizes=eta, record_every=7, **options)
    assert thin.recorded_steps.tolist() == [*range(0, 600, 7), 600]
    for name in (*TIMED, "residuals"):
        np.testing.assert_array_equal(getattr(thin, name), getattr(full, name)[:, thin.recorded_steps], err_msg=name)
    for name in PLAIN:
        np.testing.assert_array_equal(getattr(thin, name), getattr(full, name), err_msg=name)


def test_float32_is_float64_to_its_own_rounding() -> None:
    problem = problem_of(RETRIEVAL)
    eta = step_sizes_of(problem, [0.3, 0.8])
    for method in ("gram", "weights"):
        options: dict[str, Any] = {"rng": 0, "steps": 50, "measures": EVERYTHING, "method": method}
        single, double = (train(problem, step_sizes=eta, dtype=dtype, **options) for dtype in ("float32", "float64"))
        assert single.losses.dtype == np.float64
        for name in ("losses", "weights", "average_weights", "test_losses", "sharpness"):
            ours, theirs = getattr(single, name), getattr(double, name)
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5, err_msg=name)
            assert not np.array_equal(ours, theirs), name


@pytest.mark.parametrize(
    ("model", "method"),
    [
        (RETRIEVAL, "gram"),
        (RETRIEVAL, "weights"),
        (MODELS[3], "auto"),
        (MODELS[6], "gram"),
        (MODELS[6], "weights"),
        (PolynomialModel("w^3 - w"), "auto"),
    ],
    ids=str,
)
def test_deterministic_runs_have_the_same_bits_in_any_company(model: Model, method: Any) -> None:
    if isinstance(model, PolynomialModel):
        test = dataset([[2.0]], [0.5])
        problem = Problem(model=model, data=dataset([[1.0], [0.5]], [1.0, 0.3]), test=test)
        eta = 0.3
    else:
        problem = problem_of(model, samples=3, dimension=4)
        eta = step_sizes_of(problem, [4.0 if model == MODELS[3] else 0.5])[0]
    starts = np.random.default_rng(0).standard_normal((300, *model.weight_shape(problem.dimension)))
    starts[::3] *= 10  # some of these escape
    options: dict[str, Any] = {
        "step_sizes": eta,
        "steps": 30,
        "burn_in": 12,
        "measures": EVERYTHING,
        "record_every": 4,
        "method": method,
        "deterministic": True,
    }
    whole = train(problem, starts=starts, runs=300, **options)
    assert (whole.escape_step >= 0).any()
    assert (whole.escape_step < 0).any()
    seven = train(problem, starts=starts[100:107], runs=7, **options)
    backwards = train(problem, starts=starts[111:99:-1], runs=12, **options)
    for name in (*TIMED, *PLAIN, "residuals"):
        values = getattr(whole, name)
        assert getattr(seven, name).tobytes() == values[100:107].tobytes(), name
        assert getattr(backwards, name).tobytes() == np.ascontiguousarray(values[111:99:-1]).tobytes(), name
    for k in (0, 101, 299):
        alone = train(problem, starts=starts[k], **options)
        for name in (*TIMED, *PLAIN, "residuals"):
            assert getattr(alone, name).tobytes() == getattr(whole, name)[k : k + 1].tobytes(), name


@pytest.mark.parametrize("deterministic", [False, True])
def test_any_number_of_workers_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch, deterministic: bool) -> None:
    monkeypatch.setattr(module, "block_width", lambda *_: 8)
    told: list[tuple[str, int, int]] = []
    options: dict[str, Any] = {
        "step_sizes": [0.05, 0.5],
        "runs": 13,
        "rng": 0,
        "steps": 40,
        "measures": EVERYTHING,
        "deterministic": deterministic,
    }
    alone, shared = (
        train(problem_of(RETRIEVAL), workers=workers, progress=lambda *words: told.append(words), **options)
        for workers in (1, 2)
    )
    for name in (*TIMED, *PLAIN, "residuals"):
        assert getattr(alone, name).tobytes() == getattr(shared, name).tobytes(), name
    assert told[-1] == ("gradient descent", 160, 160)
    assert [done for _, done, _ in told[-4:]] == [40, 80, 120, 160]
    first = [done for _, done, _ in told[:-4]]  # one after the other: also within blocks
    assert first == sorted(first)
    assert first[-1] == 160


def test_numba_changes_no_bit() -> None:
    if not numba_is_here():
        pytest.skip("numba is not installed")
    problem = problem_of(RETRIEVAL, samples=20, dimension=25)
    options: dict[str, Any] = {"step_sizes": [0.1, 1.0], "runs": 20, "rng": 0, "steps": 300}
    options |= {"measures": ("residuals", "average_weights", "sign_changes")}
    plain, fast = (train(problem, jit=jit, **options) for jit in (False, True))
    for name in ("losses", "residuals", "weights", "average_weights", "sign_changes", "escape_step"):
        assert getattr(plain, name).tobytes() == getattr(fast, name).tobytes(), name


def test_seeds_are_told_and_draw_the_same_starts_again() -> None:
    problem = problem_of(RETRIEVAL)
    first = train(problem, step_sizes=0.1, steps=3)
    assert first.seed.startswith("rng=")
    again = train(problem, step_sizes=0.1, steps=3, rng=int(first.seed.removeprefix("rng=")))
    np.testing.assert_array_equal(first.losses, again.losses)
    assert train(problem, step_sizes=0.1, steps=3, starts=np.ones(6)).seed == "starts given"


# ------------------------------------------------------------------------------------------------------------ records


def test_what_is_not_asked_for_is_none_and_what_is_there_cannot_be_written() -> None:
    seen = train(problem_of(RETRIEVAL), step_sizes=0.1, steps=4, rng=0)
    for name in (*TIMED[1:], "residuals", "sign_changes", "lyapunov", "lyapunov_error", "average_weights"):
        assert getattr(seen, name) is None
    assert seen.scaled_residuals is None
    assert seen.scaled_sharpness is None
    assert seen.measures == ("loss",)
    with pytest.raises(ValueError, match="read-only"):
        seen.losses[0, 0] = 1.0
    mixed = train(problem_of(MODELS[6]), step_sizes=0.01, steps=4, rng=0, measures=("residuals",))
    assert mixed.residuals is not None
    assert mixed.scaled_residuals is None  # no scale: outer weights of both signs


def test_averages_begin_where_they_are_told_to() -> None:
    problem = problem_of(RETRIEVAL)
    seen: Training
    for burn_in in (0, 4, 10):
        seen = train(
            problem, step_sizes=0.05, rng=0, steps=10, burn_in=burn_in, measures=("average_weights", "test_loss")
        )
        early = np.asarray(seen.test_losses_weight_average)[0, :burn_in]
        assert np.isinf(early).all()
        at = np.asarray(seen.test_losses_weight_average)[0, burn_in]
        assert at == pytest.approx(np.asarray(seen.test_losses)[0, burn_in], rel=1e-12)
    np.testing.assert_allclose(np.asarray(seen.average_weights), seen.weights, rtol=1e-12)
    assert train(problem, step_sizes=0.05, rng=0, steps=11).burn_in == 5


# ---------------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"problem": "x"}, "problem = x"),
        ({"problem": (np.eye(2), np.ones(2))}, "must be a Problem"),
        ({"step_sizes": 0}, "step_sizes = 0"),
        ({"step_sizes": -0.1}, "step_sizes"),
        ({"step_sizes": [0.1, float("nan")]}, r"step_sizes\[1\]"),
        ({"step_sizes": []}, "at least one"),
        ({"step_sizes": True}, "step_sizes"),
        ({"step_sizes": np.ones((2, 2))}, "shape"),
        ({"runs": 0}, "runs = 0"),
        ({"runs": 2.0}, "runs"),
        ({"runs": True}, "runs = True"),
        ({"steps": 0}, "steps = 0"),
        ({"steps": "many"}, "steps"),
        ({"record_every": 0}, "record_every"),
        ({"measures": "loss"}, "sequence of names"),
        ({"measures": ("losses",)}, "did you mean 'loss'"),
        ({"measures": (3,)}, "must be among"),
        ({"measures": None}, "measures"),
        ({"measures": ("test_loss",), "problem": one_sample(RETRIEVAL, 2)}, "needs a test set"),
        ({"burn_in": -1}, "burn_in"),
        ({"burn_in": 21}, "from 0 to 20"),
        ({"burn_in": 1.5}, "burn_in"),
        ({"burn_in": 11, "measures": ("lyapunov",)}, "needs 10 at least"),
        ({"dtype": "float16"}, "float16"),
        ({"method": "fast"}, "method"),
        ({"method": "gram", "problem": problem_of(MODELS[3])}, "sum of squares, completed without loss of digits"),
        ({"method": "gram", "problem": problem_of(MODELS[4])}, "sum of squares"),
        ({"workers": 0}, "workers"),
        ({"workers": 1000}, "workers"),
        ({"deterministic": 1}, "deterministic"),
        ({"escape_loss": 0}, "escape_loss"),
        ({"jit": "yes"}, "jit"),
        ({"rng": -1}, "rng"),
        ({"rng": 0, "starts": np.ones(6)}, "not used when starts are given"),
        ({"starts": np.ones(5)}, "starts"),
        ({"starts": np.full(6, np.nan)}, "starts"),
        ({"steps": 10**9}, "record fewer steps"),
        ({"runs": 10**9, "record_every": 20}, "use fewer runs"),
        ({"steps": 10**5, "runs": 10**3, "measures": ("residuals",)}, "GiB"),
    ],
)
def test_bad_input_says_what_is_wrong(arguments: dict[str, Any], match: str) -> None:
    good: dict[str, Any] = {"problem": problem_of(RETRIEVAL), "step_sizes": 0.1, "steps": 20}
    with pytest.raises(InputError, match=match):
        train(**(good | arguments))


def test_without_numba_jit_is_refused_and_otherwise_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "numba_is_here", lambda: False)
    with pytest.raises(InputError, match="numba"):
        train(problem_of(RETRIEVAL), step_sizes=0.1, steps=2, jit=True)
    assert train(problem_of(RETRIEVAL), step_sizes=0.1, steps=2).losses.shape == (1, 3)
