"""Gradient descent on the original loss, and the labels of what was seen; no test here uses the derived map."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import symphase.descent
from symphase.descent import Descent, descend
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.models import Model, OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork
from symphase.observations import Observation, observe_phase

Array = npt.NDArray[np.float64]

PLAIN = PhaseRetrieval(gamma=2, c=0)


def one_weight(step_size: float, start: float = 0.5, steps: int = 1000, target: float = 1.0) -> Descent:
    return descend(OneWeight(), [[1.0]], [target], step_sizes=step_size, starts=[start], steps=steps)


def see(step_size: float, start: float = 0.5, steps: int = 1000) -> Observation:
    return observe_phase(one_weight(step_size, start, steps))


def refused(call: Callable[[], object], *words: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    for word in words:
        assert word in str(caught.value), str(caught.value)


# ---------------------------------------------------------------------------------------------------------- the steps


def test_one_weight_follows_its_definition() -> None:
    seen = one_weight(0.7, 0.5, steps=30)
    w = 0.5
    for step in range(31):
        assert seen.residuals[0, step, 0] == pytest.approx(w * w - 1, abs=1e-14)
        assert seen.losses[0, step] == pytest.approx((w * w - 1) ** 2 / 4, abs=1e-14)
        last = w
        w -= 0.7 * (w * w - 1) * w
    assert seen.weights[0, 0] == pytest.approx(last, abs=1e-15)
    assert seen.recorded_steps.tolist() == list(range(31))
    assert seen.certainty is Certainty.OBSERVED


MODELS: list[tuple[Model, tuple[int, ...], int]] = [
    (PhaseRetrieval(gamma=3, c=Fraction(1, 2)), (4,), 4),
    (PhaseRetrieval(gamma=0, c=2), (4,), 4),
    (TwoLayerNetwork(alpha=Fraction(1, 2), width=3), (3, 4), 4),
    (TwoLayerNetwork(alpha=1, outer_weights=(1, -1)), (2, 4), 4),
    (OneWeight(), (1,), 1),
    (PolynomialModel("w^3 - w + 2", loss_factor=Fraction(1, 3)), (1,), 1),
]


@pytest.mark.parametrize(("model", "shape", "dimension"), MODELS)
def test_every_model_goes_down_its_own_loss(model: Model, shape: tuple[int, ...], dimension: int) -> None:
    """A step is −η times the gradient that finite differences of the loss give."""
    generator = np.random.default_rng(7)
    x, y = generator.standard_normal((5, dimension)), generator.standard_normal(5)
    start = generator.standard_normal(shape)
    eta = 1e-3
    seen = descend(model, x, y, step_sizes=eta, starts=start, steps=1)
    gradient = np.zeros(shape)
    for index in np.ndindex(shape):
        nudge = np.zeros(shape)
        nudge[index] = 1e-5
        ends = model.loss_values(np.stack([start + nudge, start - nudge]), x, y)
        gradient[index] = (ends[0] - ends[1]) / 2e-5
    assert np.allclose(seen.weights[0], start - eta * gradient, rtol=0, atol=1e-9 * max(1.0, np.abs(gradient).max()))
    expected = float(model.loss_weight) * np.mean((model.predict(start[np.newaxis], x)[0] - y) ** 2)
    assert seen.losses[0, 0] == pytest.approx(expected, rel=1e-12)
    assert np.allclose(seen.residuals[0, 0], model.predict(start[np.newaxis], x)[0] - y)
    assert np.allclose(seen.residuals[0, 1], model.predict(seen.weights, x)[0] - y)


def test_the_batch_holds_every_step_size_with_every_start() -> None:
    starts = [[0.3], [0.4], [0.6]]
    seen = descend(OneWeight(), [[1.0]], [1.0], step_sizes=[0.5, 0.8], starts=starts, runs=3, steps=20)
    assert seen.step_sizes.tolist() == [0.5, 0.5, 0.5, 0.8, 0.8, 0.8]
    assert seen.run.tolist() == [0, 1, 2, 0, 1, 2]
    assert seen.starts[:, 0].tolist() == [0.3, 0.4, 0.6, 0.3, 0.4, 0.6]
    assert seen.losses.shape == (6, 21)
    assert seen.residuals.shape == (6, 21, 1)
    for b in range(6):
        alone = one_weight(seen.step_sizes[b], starts[b % 3][0], steps=20)
        assert np.allclose(seen.residuals[b], alone.residuals[0], atol=1e-13)
        assert np.allclose(seen.weights[b], alone.weights[0], atol=1e-13)


def test_starts_for_every_entry_of_the_batch_and_one_for_all() -> None:
    four = [[0.1], [0.2], [0.3], [0.4]]
    each = descend(OneWeight(), [[1.0]], [1.0], step_sizes=[0.5, 0.8], starts=four, runs=2, steps=1)
    assert each.starts[:, 0].tolist() == [0.1, 0.2, 0.3, 0.4]
    one = descend(OneWeight(), [[1.0]], [1.0], step_sizes=[0.5, 0.8], starts=[0.7], runs=2, steps=1)
    assert one.starts[:, 0].tolist() == [0.7] * 4
    assert one.seed == "starts given"


def test_what_is_recorded() -> None:
    full = one_weight(0.9, steps=25)
    thin = descend(OneWeight(), [[1.0]], [1.0], step_sizes=0.9, starts=[0.5], steps=25, record_every=10)
    assert thin.recorded_steps.tolist() == [0, 10, 20, 25]
    assert np.array_equal(thin.losses, full.losses[:, [0, 10, 20, 25]])
    assert np.array_equal(thin.residuals, full.residuals[:, [0, 10, 20, 25]])
    assert np.array_equal(thin.weights, full.weights)
    even = descend(OneWeight(), [[1.0]], [1.0], step_sizes=0.9, starts=[0.5], steps=20, record_every=10)
    assert even.recorded_steps.tolist() == [0, 10, 20]
    rare = descend(OneWeight(), [[1.0]], [1.0], step_sizes=0.9, starts=[0.5], steps=3, record_every=100)
    assert rare.recorded_steps.tolist() == [0, 3]


def test_records_are_read_only_and_keep_the_data() -> None:
    x = np.array([[1.0]])
    seen = descend(OneWeight(), x, [1.0], step_sizes=0.5, starts=[0.5], steps=3)
    x[0, 0] = 5.0
    assert seen.features[0, 0] == 1.0
    for name in (
        "losses",
        "residuals",
        "weights",
        "escape_step",
        "step_sizes",
        "run",
        "starts",
        "escape_loss",
        "features",
    ):
        assert not getattr(seen, name).flags.writeable, name


# -------------------------------------------------------------------------------------------------------------- escape


def test_escape_is_the_first_step_beyond_the_bound() -> None:
    seen = descend(OneWeight(), [[1.0]], [1.0], step_sizes=[2.5, 0.5], starts=[0.5], steps=50, escape_loss=7.0)
    w, step, before = 0.5, 0, 0.5
    while (w * w - 1) ** 2 / 4 <= 7.0:
        before = w
        w -= 2.5 * (w * w - 1) * w
        step += 1
    assert seen.escape_step.tolist() == [step, -1]
    assert step > 1
    assert seen.weights[0, 0] == pytest.approx(before, rel=1e-12)
    assert np.isfinite(seen.losses[0, :step]).all()
    assert (seen.losses[0, :step] <= 7.0).all()
    assert np.isposinf(seen.losses[0, step:]).all()
    assert np.isposinf(seen.residuals[0, step:]).all()
    assert np.isfinite(seen.losses[1]).all()
    assert seen.escape_loss.tolist() == [7.0, 7.0]


def test_a_loss_at_the_bound_has_not_escaped() -> None:
    still = descend(OneWeight(), [[1.0]], [1.0], step_sizes=1, starts=[1.0], steps=5)
    assert still.losses[0, -1] == 0.0
    at_bound = descend(OneWeight(), [[1.0]], [2.0], step_sizes=1e-9, starts=[0.0], steps=2, escape_loss=1.0)
    assert at_bound.losses[0].tolist() == [1.0, 1.0, 1.0]
    assert at_bound.escape_step.tolist() == [-1]


def test_escape_at_the_start() -> None:
    seen = descend(OneWeight(), [[1.0]], [1.0], step_sizes=[0.1, 0.2], starts=[3.0], steps=5, escape_loss=1.0)
    assert seen.escape_step.tolist() == [0, 0]
    assert seen.weights[:, 0].tolist() == [3.0, 3.0]
    assert np.isposinf(seen.losses).all()
    assert observe_phase(seen).label == "divergent"


@pytest.mark.parametrize("start", [1e160, 1e300, -1e308])
@pytest.mark.parametrize("model", [OneWeight(), PolynomialModel("w^5 - w")])
def test_overflow_is_an_escape_without_warnings_or_nan(model: Model, start: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        seen = descend(model, [[1.0], [2.0]], [1.0, -1.0], step_sizes=[1e-3, 1e3], starts=[start], steps=20)
    assert seen.escape_step.tolist() == [0, 0]
    assert not np.isnan(seen.losses).any()
    assert not np.isnan(seen.residuals).any()
    assert np.isfinite(seen.weights).all()
    assert np.isfinite(seen.escape_loss).all()


@pytest.mark.parametrize("step_size", [2.1, 10.0, 1e100, 1e300])
def test_divergence_without_warnings_or_nan(step_size: float) -> None:
    before = np.geterr()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        seen = descend(
            TwoLayerNetwork(alpha=1, width=2), np.eye(3), [1.0, 0.5, 2.0], step_sizes=[step_size, 0.1], rng=3, steps=200
        )
        label = observe_phase(seen, run=0).label if step_size > 3 else None
    assert np.geterr() == before
    for record in (seen.losses, seen.residuals, seen.weights):
        assert not np.isnan(record).any()
    assert seen.escape_step[1] == -1
    if step_size > 3:
        assert label == "divergent"
        assert seen.escape_step[0] > 0


def test_an_escaped_run_costs_nothing_and_disturbs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    gradient = OneWeight.loss_gradient

    def counted(self: OneWeight, weights: Array, features: Array, targets: Array) -> Array:
        sizes.append(len(weights))
        return gradient(self, weights, features, targets)

    monkeypatch.setattr(OneWeight, "loss_gradient", counted)
    seen = descend(OneWeight(), [[1.0]], [1.0], step_sizes=[5.0, 0.9, 3.0], starts=[0.5], steps=100)
    assert seen.escape_step[1] == -1
    assert len(sizes) == 100
    assert sizes[0] == 3
    assert sizes[-1] == 1
    assert sum(sizes) == 100 + seen.escape_step[0] + seen.escape_step[2]
    sizes.clear()
    descend(OneWeight(), [[1.0]], [1.0], step_sizes=[5.0, 3.0], starts=[0.5], steps=10**9, record_every=10**8)
    assert len(sizes) < 40


def test_the_default_bound_is_far_beyond_any_bounded_phase() -> None:
    seen = descend(OneWeight(), [[1.0]], [3.0], step_sizes=[0.1, 0.1], starts=[[0.5], [9.0]], runs=1, steps=2)
    assert seen.escape_loss == pytest.approx([1e12 * 9 / 4, 1e12 * 78**2 / 4])
    solved = descend(OneWeight(), [[1.0]], [0.0], step_sizes=0.1, starts=[0.0], steps=2)
    assert solved.escape_loss.tolist() == [1.0]
    assert solved.escape_step.tolist() == [-1]


# -------------------------------------------------------------------------------------------------------- orthogonality


@pytest.mark.parametrize("model", [PLAIN, PhaseRetrieval(gamma=1, c=Fraction(1, 3)), TwoLayerNetwork(alpha=1, width=2)])
def test_a_joint_run_on_orthogonal_rows_is_its_samples_alone(model: Model) -> None:
    rotation = np.linalg.qr(np.random.default_rng(11).standard_normal((4, 4)))[0]
    x = rotation[:3] * np.array([[1.0], [2.0], [0.5]])
    y = np.array([1.0, 0.3, 4.0])
    start = 0.4 * np.random.default_rng(12).standard_normal((1, *model.weight_shape(4)))
    joint = descend(model, x, y, step_sizes=[0.3, 1.1], starts=start[0], steps=25)
    assert (joint.escape_step == -1).all()
    for i in range(3):
        # The mean over three samples: one sample alone takes a third of the step size.
        alone = descend(model, x[[i]], y[[i]], step_sizes=[0.1, 1.1 / 3], starts=start[0], steps=25)
        assert np.allclose(joint.residuals[:, :, i], alone.residuals[:, :, 0], atol=1e-9)
    assert np.abs(joint.residuals[0, -1] - joint.residuals[0, 0]).max() > 0.1


def test_rows_that_are_not_orthogonal_do_influence_each_other() -> None:
    x, y = np.array([[1.0, 0.0], [0.6, 0.8]]), np.array([1.0, 2.0])
    joint = descend(PLAIN, x, y, step_sizes=0.4, starts=[0.5, 0.6], steps=10)
    alone = descend(PLAIN, x[[0]], y[[0]], step_sizes=0.2, starts=[0.5, 0.6], steps=10)
    assert np.abs(joint.residuals[0, :, 0] - alone.residuals[0, :, 0]).max() > 1e-2


def test_the_order_of_samples_does_not_matter() -> None:
    generator = np.random.default_rng(2)
    x, y, order = generator.standard_normal((6, 3)), generator.random(6), generator.permutation(6)
    one = descend(PLAIN, x, y, step_sizes=0.05, starts=[0.1, 0.2, 0.3], steps=60)
    other = descend(PLAIN, x[order], y[order], step_sizes=0.05, starts=[0.1, 0.2, 0.3], steps=60)
    assert np.allclose(one.losses, other.losses, rtol=1e-9)
    assert np.allclose(one.residuals[:, :, order], other.residuals, atol=1e-9)
    assert not np.allclose(one.residuals, other.residuals, atol=1e-3)


# ------------------------------------------------------------------------------------------------------ random starts


def test_seeds_reproduce_and_differ() -> None:
    def starts(rng: Any, runs: int = 3) -> Array:
        return descend(PLAIN, np.eye(3), [1.0, 2.0, 3.0], step_sizes=[0.1, 0.2], rng=rng, runs=runs, steps=1).starts

    assert np.array_equal(starts(5), starts(5))
    assert np.array_equal(starts(5), starts(np.int64(5)))
    assert np.array_equal(starts(5), starts(np.random.default_rng(5)))
    assert np.array_equal(starts(np.random.SeedSequence(5)), starts(5))
    assert not np.array_equal(starts(5), starts(6))
    assert np.array_equal(starts(5)[:3], starts(5)[3:])  # run r starts alike at every step size
    assert np.array_equal(starts(5, runs=2)[:2], starts(5)[:2])  # more runs leave the first ones as they are
    assert len({row.tobytes() for row in starts(5)[:3]}) == 3
    generator = np.random.default_rng(5)
    assert not np.array_equal(starts(generator), starts(generator))


def test_fresh_entropy_is_told() -> None:
    one = descend(PLAIN, np.eye(2), [1.0, 1.0], step_sizes=0.1, steps=1)
    two = descend(PLAIN, np.eye(2), [1.0, 1.0], step_sizes=0.1, steps=1)
    assert not np.array_equal(one.starts, two.starts)
    again = descend(PLAIN, np.eye(2), [1.0, 1.0], step_sizes=0.1, steps=1, rng=int(one.seed.removeprefix("rng=")))
    assert np.array_equal(again.starts, one.starts)
    assert descend(PLAIN, np.eye(2), [1.0, 1.0], step_sizes=0.1, steps=1, rng=9).seed == "rng=9"


@pytest.mark.parametrize(
    "model",
    [PLAIN, PhaseRetrieval(gamma=100, c=0), PhaseRetrieval(gamma=Fraction(1, 100), c=3), TwoLayerNetwork(alpha=7)],
)
@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e8])
def test_drawn_starts_reach_a_part_of_the_targets(model: Model, factor: float) -> None:
    x, y = np.linalg.qr(np.random.default_rng(0).standard_normal((5, 5)))[0], factor * np.arange(1.0, 6.0)
    seen = descend(model, x, y, step_sizes=1e-12, runs=200, rng=1, steps=1)
    reached = np.abs(seen.residuals[:, 0] + y).mean() / y.mean()
    assert 0.02 < reached < 0.5


def test_constant_parts_of_a_prediction_do_not_shrink_the_starts() -> None:
    seen = descend(PolynomialModel("w^2 + 1000"), [[1.0]], [1001.0], step_sizes=0.1, runs=200, rng=1, steps=1)
    assert 0.02 < np.mean(seen.starts**2) < 0.5
    zero = descend(OneWeight(), [[1.0]], [0.0], step_sizes=0.1, runs=200, rng=1, steps=1)
    assert 0.02 < np.mean(zero.starts**2) < 0.5


# ------------------------------------------------------------------------------------------------------- bad arguments


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"step_sizes": math.nan}, ("step_sizes = nan",)),
        ({"step_sizes": [0.1, math.inf]}, ("step_sizes[1] = inf",)),
        ({"step_sizes": 0}, ("step_sizes = 0", "> 0")),
        ({"step_sizes": [0.1, -0.5]}, ("step_sizes[1] = -0.5", "gradient ascent")),
        ({"step_sizes": True}, ("step_sizes = True", "boolean")),
        ({"step_sizes": [0.1, np.True_]}, ("step_sizes[1]", "boolean")),
        ({"step_sizes": "a tenth"}, ("step_sizes = a tenth",)),
        ({"step_sizes": 1 + 0j}, ("step_sizes",)),
        ({"step_sizes": None}, ("step_sizes = None",)),
        ({"step_sizes": []}, ("step_sizes", "at least one")),
        ({"step_sizes": [[0.1, 0.2]]}, ("step_sizes[0]",)),
        ({"step_sizes": np.array([[0.1, 0.2]])}, ("step_sizes = shape (1, 2)",)),
        ({"step_sizes": Fraction(1, 10**400)}, ("beyond the range of float64",)),
        ({"step_sizes": Fraction(10**400)}, ("beyond the range of float64",)),
        ({"steps": 0}, ("steps = 0", "integer ≥ 1")),
        ({"steps": True}, ("steps = True",)),
        ({"steps": 2.0}, ("steps = 2.0",)),
        ({"steps": "9"}, ("steps = 9",)),
        ({"runs": -1}, ("runs = -1",)),
        ({"runs": False}, ("runs = False",)),
        ({"record_every": 0}, ("record_every = 0",)),
        ({"escape_loss": 0}, ("escape_loss = 0",)),
        ({"escape_loss": math.nan}, ("escape_loss = nan",)),
        ({"features": [[1.0, 2.0]]}, ("features = 2 columns", "one column")),
        ({"features": [1.0]}, ("features = shape (1,)",)),
        ({"features": [[math.nan]]}, ("features[0, 0] = nan",)),
        ({"features": [["1"]]}, ("features[0, 0]", "text")),
        ({"features": np.zeros((0, 1)), "targets": []}, ("features = shape (0, 1)", "at least one sample")),
        ({"targets": [1.0, 2.0]}, ("shapes (1, 1) and (2,)",)),
        ({"targets": [math.inf]}, ("targets[0] = inf",)),
        ({"targets": 1.0}, ("targets = shape ()",)),
        ({"starts": [[0.1], [0.2]]}, ("starts = shape (2, 1)", "(1, 1) (one per run)", "set runs")),
        ({"starts": 0.5}, ("starts = shape ()",)),
        ({"starts": [math.nan]}, ("starts[0] = nan",)),
        ({"starts": [True]}, ("starts[0] = True",)),
        ({"rng": 3}, ("rng = 3", "not used when starts are given")),
        ({"starts": None, "rng": -1}, ("rng = -1", "integer ≥ 0")),
        ({"starts": None, "rng": True}, ("rng = True",)),
        ({"starts": None, "rng": "seed"}, ("rng = seed",)),
        ({"starts": None, "rng": np.random.RandomState(0)}, ("rng", "Generator")),
        ({"model": "w^2"}, ("model = w^2", "must be a model")),
        ({"model": PhaseRetrieval()}, ("model", "parameters without a number")),
        ({"model": OneWeight(target=2)}, ("targets = [1.0]", "own target 2")),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, Any], words: tuple[str, ...]) -> None:
    given: dict[str, Any] = {
        "model": OneWeight(),
        "features": [[1.0]],
        "targets": [1.0],
        "step_sizes": [0.1],
        "starts": [0.5],
        "steps": 5,
    }
    descend(**given)
    refused(lambda: descend(**{**given, **arguments}), *words)


def test_step_sizes_in_every_notation() -> None:
    for value in (
        0.25,
        "0.25",
        "1/4",
        Fraction(1, 4),
        np.float32(0.25),
        [0.25],
        (0.25,),
        np.array([0.25]),
        np.array(0.25),
    ):
        assert descend(OneWeight(), [[1.0]], [1.0], step_sizes=value, rng=0, steps=1).step_sizes.tolist() == [0.25]


def test_records_beyond_the_memory_are_refused_at_once() -> None:
    def run(**settings: Any) -> Descent:
        return descend(PLAIN, np.eye(64), np.ones(64), rng=0, **settings)

    refused(lambda: run(step_sizes=0.1, steps=10**8), "record_every = 1", "48.4 GiB", "use record_every ≥ 25")
    refused(lambda: run(step_sizes=0.1, steps=10**9, record_every=100), "use record_every ≥ 243")
    refused(lambda: run(step_sizes=[0.1] * 4, runs=10**7), "runs = 40000000", "fewer runs")
    assert symphase.descent.MAX_BYTES == 2 * 2**30
    # Weights take memory as well, recorded or not.
    refused(
        lambda: descend(PLAIN, np.ones((1, 100_000)), [1.0], step_sizes=0.1, runs=300, rng=0, steps=1),
        "runs = 300",
        "2.68 GiB",
    )
    # 25 is the least that fits.
    kept = [8 * (10**8 // every + 1) * 65 for every in (24, 25)]
    assert kept[0] > symphase.descent.MAX_BYTES > kept[1]
