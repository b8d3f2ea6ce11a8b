"""Gradient descent on the original loss, and the labels of what was seen; no test here uses the derived map."""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import symphase.descent
from symphase.descent import Descent, Observation, descend, observe_phase, observe_phases, observe_samples
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.models import Model, OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork
from symphase.tables import load_digit_dct, load_digit_image

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
        "model": OneWeight(), "features": [[1.0]], "targets": [1.0], "step_sizes": [0.1], "starts": [0.5], "steps": 5
    }  # fmt: skip
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


# ---------------------------------------------------------------------------------------------------------- the labels


def test_the_phases_of_one_weight() -> None:
    """With target 1 the step size is half of step size × sharpness at the minimum."""
    assert see(0.5).label == "monotonic"
    assert see(0.95, start=1.235).label == "catapult"
    assert see(1.1).label == "periodic"
    assert see(1.9).label == "chaotic"
    assert see(2.05, start=1.0001).label == "divergent"


def test_every_observation_says_what_it_rests_on() -> None:
    seen = descend(OneWeight(), [[1.0]], [1.0], step_sizes=[0.5, 1.1], rng=4, steps=700)
    one, two = observe_phases(seen, tolerance=1e-7)
    assert (one.run, one.step_size, one.steps, one.tolerance, one.seed) == (0, 0.5, 700, 1e-7, "rng=4")
    assert (two.run, two.step_size, two.period, two.sample) == (1, 1.1, 2, None)
    assert one.certainty is two.certainty is Certainty.OBSERVED
    assert one.period is None
    assert one.escape_step is None
    assert one.final_loss == seen.losses[0, -1] < 1e-20
    assert two.final_loss == seen.losses[1, -1] > 1e-3


def test_a_catapult_rises_and_settles() -> None:
    seen = one_weight(0.95, start=1.235)
    observation = observe_phase(seen)
    rises = np.flatnonzero(np.diff(seen.losses[0]) > 1e-10)
    assert observation.rises >= len(rises) > 0
    assert observation.final_loss is not None
    assert observation.final_loss < 1e-20
    # The same step size from a start that never meets the rising part.
    assert see(0.9, start=0.999).label == "monotonic"
    assert see(0.9, start=0.999).rises == 0


@pytest.mark.parametrize("width", [1, 2, 5])
def test_the_network_has_the_same_phases(width: int) -> None:
    x, y = np.array([[0.6, 0.8, 0.0]]), [1.0]
    start = np.array([0.3, -0.2, 0.25, 0.1, 0.05])[:width, np.newaxis] * np.array([1.0, 0.5, 0.2])
    rates = [value / 2 for value in (0.5, 1.1, 1.25, 1.9, 2.2)]  # η λ_max = 4ηy at the minimum, with α = 1
    seen = descend(TwoLayerNetwork(alpha=1, width=width), x, y, step_sizes=rates, starts=start, steps=2000)
    observations = observe_phases(seen)
    assert [one.label for one in observations] == ["monotonic", "periodic", "periodic", "chaotic", "divergent"]
    assert [one.period for one in observations] == [None, 2, 4, None, None]


@pytest.mark.parametrize(
    ("step_size", "period"), [(1.1, 2), (1.2, 2), (1.25, 4), (1.28, 4), (1.296, 8), (1.455, 3), (1.7, 3)]
)
def test_periods_are_minimal(step_size: float, period: int) -> None:
    seen = one_weight(step_size, steps=6000)
    observation = observe_phase(seen)
    assert (observation.label, observation.period) == ("periodic", period)
    tail = seen.residuals[0, -3 * period :, 0]
    assert np.allclose(tail[period:], tail[:-period], atol=1e-7)
    for shorter in range(1, period):
        assert np.abs(tail[shorter:] - tail[:-shorter]).max() > 1e-3


def test_the_period_is_that_of_all_residuals() -> None:
    # One sample on a 2-cycle, one on a 3-cycle: together 6.
    seen = descend(PLAIN, np.eye(2), [1.15, 1.7], step_sizes=1.0, starts=[0.5, 0.5], steps=4000)
    assert [one.period for one in observe_samples(seen)] == [2, 3]
    assert observe_phase(seen).period == 6
    assert observe_phase(seen, sample=1).period == 3


def test_the_exponent_is_that_of_the_step() -> None:
    """For one weight the tangent map is the derivative of the step, 1 − η(3w² − 1)."""
    for step_size in (0.7, 1.15, 1.9):
        seen = one_weight(step_size, steps=1000)
        observation = observe_phase(seen)
        w, logs = float(seen.weights[0, 0]), []
        for _ in range(2100):
            logs.append(math.log(abs(1 - step_size * (3 * w * w - 1))))
            w -= step_size * (w * w - 1) * w
        assert observation.exponent is not None
        assert observation.exponent_error is not None
        assert observation.exponent == pytest.approx(np.mean(logs[100:]), abs=1e-4 + 6 * observation.exponent_error)
        if step_size == 0.7:
            assert observation.exponent == pytest.approx(math.log(0.4), abs=1e-6)


def test_chaos_needs_a_positive_exponent_and_no_recurrence(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = one_weight(1.9, steps=2000)
    observation = observe_phase(seen)
    assert observation.label == "chaotic"
    assert observation.exponent is not None
    assert observation.exponent_error is not None
    assert 0.8 < observation.exponent < math.log(3)
    assert 0 < observation.exponent_error < 0.05
    with monkeypatch.context() as patch:
        patch.setattr(symphase.descent, "_NEARLY", 10.0)
        assert observe_phase(seen).label == "undecided"
    with monkeypatch.context() as patch:
        patch.setattr(symphase.descent, "_exponents", lambda _, places: [(-0.1, 0.01)] * len(places))
        assert observe_phase(seen).label == "undecided"
        patch.setattr(symphase.descent, "_exponents", lambda _, places: [(0.1, 0.05)] * len(places))
        assert observe_phase(seen).label == "undecided"


def test_slow_convergence_is_undecided() -> None:
    at_boundary = see(1.0, steps=3000)
    assert at_boundary.label == "undecided"
    assert see(0.999, steps=500).label == "undecided"
    assert see(0.01, steps=200).label == "undecided"
    assert see(0.01, steps=4000).label == "monotonic"
    assert "never rose" in see(0.01, steps=200).detail
    assert see(0.5, steps=20).label == "undecided"


def test_what_sits_on_an_unstable_point_is_undecided() -> None:
    assert see(0.5, start=0.0).label == "undecided"  # the saddle w = 0
    assert see(0.5, start=1.0).label == "monotonic"  # the stable minimum itself
    unstable = see(1.5, start=1.0)  # the same minimum beyond its edge of stability
    assert unstable.label == "undecided"
    assert "move away" in unstable.detail
    assert unstable.exponent == pytest.approx(math.log(2), abs=1e-6)


def test_a_run_that_escapes_after_its_last_step_is_undecided() -> None:
    """A long wander before divergence looks like chaos while it lasts."""
    assert one_weight(2.01, steps=5000).escape_step[0] > 100
    early = see(2.01, steps=100)
    assert early.label == "undecided"
    assert "escaped in the steps after the last one" in early.detail
    assert early.exponent is None
    assert early.escape_step is None


def test_targets_out_of_reach_settle_above_zero() -> None:
    seen = descend(OneWeight(), [[1.0]], [-1.0], step_sizes=[0.5, 1.5], starts=[0.3], steps=400)
    for observation in observe_phases(seen):
        assert observation.final_loss == pytest.approx(0.25)
        assert observation.exponent == pytest.approx(math.log(0.5), abs=1e-6)
    assert observe_phase(seen, run=0).label == "monotonic"


def test_noisy_overdetermined_data_settle_above_zero() -> None:
    generator = np.random.default_rng(1)
    x, y = generator.standard_normal((30, 3)), 1 + generator.random(30)
    seen = descend(PLAIN, x, y, step_sizes=0.02, rng=1, steps=6000)
    observation = observe_phase(seen)
    assert observation.label == "monotonic"
    assert observation.final_loss is not None
    assert observation.final_loss > 1e-2


def test_linear_regression_converges_or_diverges() -> None:
    model = PhaseRetrieval(gamma=0, c=1)
    seen = descend(model, np.eye(2), [1.0, -2.0], step_sizes=[1.0, 3.8, 4.2], starts=[0.0, 0.0], steps=1000)
    assert [one.label for one in observe_phases(seen)] == ["monotonic", "monotonic", "divergent"]


def test_a_cubic_model_is_simulated_like_any_other() -> None:
    seen = descend(PolynomialModel("w^3"), [[1.0]], [1.0], step_sizes=[0.1, 0.25, 5.0], starts=[0.6], steps=1000)
    # The multiplier at the minimum w = 1 is 1 − 9η.
    labels = [one.label for one in observe_phases(seen)]
    assert labels[0] == "monotonic"
    assert labels[1] in ("periodic", "chaotic")
    assert labels[2] == "divergent"


def test_slow_samples_are_not_called_chaotic() -> None:
    """Small targets leave the saddle slowly, with growing tangent vectors, beside a 2-cycle: that is no chaos."""
    x, y = np.eye(3), np.array([1.1, 1e-4, 3e-4]) * 3 / 4
    seen = descend(PLAIN, x, y, step_sizes=2.0, starts=[0.5, 1e-3, 1e-4], steps=1000)
    joint = observe_phase(seen)
    assert joint.exponent is not None
    assert joint.exponent_error is not None
    assert joint.exponent > 1e-4 > 10 * joint.exponent_error
    assert joint.label == "undecided"
    assert "nothing settled or repeated" in joint.detail
    one, two, three = observe_samples(seen)
    assert (one.label, one.period) == ("periodic", 2)
    assert two.label == three.label == "undecided"


def test_a_slow_drift_is_no_period() -> None:
    """From one step pair to the next nothing moves by more than the tolerance; over the tail it does."""
    x, y = np.eye(2), np.array([1.1, 1e-4]) / 2
    seen = descend(PLAIN, x, y, step_sizes=2.0, starts=[0.5, 1e-3], steps=1000)
    tail = seen.residuals[0, 500:]
    assert np.abs(tail[2:] - tail[:-2]).max() < 1e-8 * np.abs(tail).max()
    assert observe_phase(seen).label == "undecided"


def test_a_step_that_was_left_out_cannot_be_judged() -> None:
    thin = descend(OneWeight(), [[1.0]], [1.0], step_sizes=0.5, starts=[0.5], steps=100, record_every=2)
    refused(lambda: observe_phase(thin), "record_every=2")
    refused(lambda: observe_phases(thin), "record_every=2")
    refused(lambda: observe_samples(thin), "record_every=2")


def test_bad_questions_are_refused() -> None:
    seen = one_weight(0.5, steps=40)
    refused(lambda: observe_phase(seen, run=1), "run = 1", "0 to 0")
    refused(lambda: observe_phase(seen, run=-1), "run = -1")
    refused(lambda: observe_phase(seen, run=True), "run = True")
    refused(lambda: observe_phase(seen, sample=1), "sample = 1")
    refused(lambda: observe_phases(seen, sample=1), "sample = 1")
    refused(lambda: observe_samples(seen, run=2), "run = 2")
    refused(lambda: observe_phase(seen, tolerance=0), "tolerance = 0")
    refused(lambda: observe_phase(seen, tolerance=math.nan), "tolerance = nan")
    refused(lambda: observe_phase([1.0]), "descend")  # type: ignore[arg-type]  # the wrong type is the point


def test_observing_many_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = [0.5, 1.1, 1.25, 2.5, 0.95]
    seen = descend(OneWeight(), [[1.0]], [1.0], step_sizes=rates, starts=[0.5], steps=1000)
    together = observe_phases(seen)
    single = tuple(observe_phase(seen, run=k) for k in range(len(rates)))
    assert [(one.label, one.period) for one in together] == [(one.label, one.period) for one in single]
    monkeypatch.setattr(symphase.descent, "_WORKING_SET", 6)
    for one, other in zip(observe_phases(seen), together, strict=True):
        assert one.label == other.label
        if other.exponent is not None:
            assert one.exponent == pytest.approx(other.exponent, rel=1e-6)


# ----------------------------------------------------------------------------------------------------------- real data


def test_a_real_digit_is_found_up_to_sign() -> None:
    """Where the step size is stable for the largest coefficient, descent finds it; beyond, it does not."""
    data, image = load_digit_dct(), load_digit_image().ravel()
    largest = float(data.targets.max())
    top = int(data.targets.argmax())
    # η λ_max = 4 η y_max / n: half of it at these values.
    rates = [value * 64 / (2 * largest) for value in (0.5, 0.95, 1.15, 1.9, 2.1)]
    seen = descend(PLAIN, data.features, data.targets, step_sizes=rates, rng=1, steps=2000)
    labels = [one.label for one in observe_phases(seen, sample=top)]
    assert labels[0] == "monotonic"
    assert labels[1] in ("monotonic", "catapult")
    assert labels[2:] == ["periodic", "chaotic", "divergent"]
    coefficients = data.features @ seen.weights[0]
    strong = data.targets > 20
    assert strong.sum() >= 8
    assert np.allclose(np.abs(coefficients[strong]), np.abs(data.features @ image)[strong], rtol=1e-6)


def test_the_simulator_knows_nothing_of_the_map() -> None:
    """Agreement with the exact phases is evidence only while these modules share nothing with them."""
    allowed = {"enclosures", "errors", "formulas", "models", "tables"}
    for name in ("descent", "models", "tables"):
        source = Path(symphase.descent.__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
        found = set()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("symphase"):
                found.add((node.module or "").removeprefix("symphase."))
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[-1] for alias in node.names if alias.name.startswith("symphase")}
        assert found <= allowed, name
        assert "errors" in found
