"""What is said of runs of gradient descent; no test here uses the derived map."""

from __future__ import annotations

import ast
import math
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import symphase.observations
from symphase.descent import Descent, descend
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.models import OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork
from symphase.observations import Observation, observe_phase, observe_phases, observe_samples
from symphase.problems import make_problem
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
        patch.setattr(symphase.observations, "_NEARLY", 10.0)
        assert observe_phase(seen).label == "undecided"
    with monkeypatch.context() as patch:
        patch.setattr(symphase.observations, "_exponents", lambda _, places: [(-0.1, 0.01)] * len(places))
        assert observe_phase(seen).label == "undecided"
        patch.setattr(symphase.observations, "_exponents", lambda _, places: [(0.1, 0.05)] * len(places))
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
    monkeypatch.setattr(symphase.observations, "_WORKING_SET", 6)
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
    package = Path(symphase.observations.__file__).parent
    settings = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    contract = settings["tool"]["importlinter"]["contracts"][1]
    assert "symphase.observations" in contract["source_modules"]
    assert "symphase.maps" in contract["forbidden_modules"]
    for module in contract["source_modules"]:
        name = module.removeprefix("symphase.")
        sources = [path for path in (package / f"{name}.py", *(package / name).glob("*.py")) if path.exists()]
        assert sources, module
        imported = set()
        for node in (node for path in sources for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))):
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module)
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
        assert imported.isdisjoint(contract["forbidden_modules"]), module


# ------------------------------------------------------------------------------------------------ runs on their way


def label_of(residuals: object, losses: object = None, rises: int = 0) -> str | None:
    """Judge the second half of a made-up run."""
    rows = np.asarray(residuals, dtype=np.float64).reshape(-1, 1)
    sizes = rows[:, 0] ** 2 if losses is None else np.asarray(losses)
    falling = bool((np.diff(sizes) <= 0).all())
    found = symphase.observations._on_its_way(rows, sizes, rises, falling=falling)
    return found and found[0]


def test_where_a_run_goes_before_it_is_there() -> None:
    t = np.arange(1000.0)
    sign = (-1.0) ** t
    assert label_of(1 + np.exp(-t / 5000)) == "monotonic"  # hardly moves, in one direction
    assert label_of(1 + np.exp(-t / 5000), rises=3) == "catapult"
    assert label_of(sign * np.exp(-t / 500)) == "monotonic"  # to and fro, but it halves
    assert label_of(sign / np.sqrt(1000 + t)) is None  # as at the flip: neither halves nor lasts
    assert label_of(sign * (1 + 0.3 * np.exp(-t / 50))) is None  # shrinks towards an oscillation
    assert label_of(2 + sign * (1 + 1e-4 * np.exp(-t / 500))) == "periodic"
    assert label_of(5 * np.exp(-t / 1e5) + sign) == "periodic"  # a slow drift below an oscillation
    assert label_of(np.random.default_rng(0).standard_normal(1000)) is None


def test_slow_directions_do_not_hide_a_phase() -> None:
    """Two samples whose targets differ 10⁴ times: the slow one has not arrived when the fast one shows its phase."""
    features, targets = [[1.0, 0.0], [0.0, 1.0]], [1.0, 1e-4]
    starts = [0.5, 2e-2]
    rates = [0.4, 1.1]  # with two samples of a mean the fast one has a = step size
    seen = descend(PLAIN, features, targets, step_sizes=rates, starts=starts, steps=2000)
    assert [one.label for one in observe_phases(seen)] == ["undecided", "undecided"]
    later = observe_phases(seen, approaching=True)
    assert later[0].label in ("monotonic", "catapult")
    assert (later[1].label, later[1].period) == ("periodic", 2)
    assert "drifting" in later[1].detail
    assert observe_phase(seen, run=1, approaching=True).detail == later[1].detail


def test_a_run_on_its_way_is_never_called_so_where_nearby_runs_part() -> None:
    x, y = [[1.0, 0.0], [0.0, 1.0]], [1.0, 1.0]
    seen = descend(PLAIN, x, y, step_sizes=1.9, starts=[0.5, 0.7], steps=1000)
    assert observe_phase(seen, approaching=True).label == "chaotic"


def test_a_quasi_periodic_run_is_no_periodic_one() -> None:
    """It nearly repeats after 89, 144, 233 … steps."""
    turns = 2 * np.pi * (np.sqrt(5) - 1) / 2 * np.arange(2000.0)
    assert label_of(np.cos(turns)) is None
    slow = 2 * np.pi * (1 / 3 + 1e-4) * np.arange(2000.0)  # repeats every 3 steps to 0.2 %, and turns on
    assert label_of(np.cos(slow)) is None
    # two Gaussian rows beyond a Neimark–Sacker bifurcation of their 2-cycle
    problem = make_problem(PLAIN, samples=2, dimension=3, design="gaussian", labels="uniform", rng=4)
    seen = descend(PLAIN, problem.features, problem.targets, step_sizes=2.190878712, rng=1, steps=4000)
    assert observe_phase(seen, approaching=True).label == "undecided"


def test_a_run_that_grows_is_not_called_chaotic() -> None:
    """Linear regression has no chaos, only divergence that takes its time."""
    linear = PhaseRetrieval(gamma=0, c=1)
    problem = make_problem(linear, samples=4, dimension=6, design="gaussian", labels="uniform", rng=0)
    for steps in (600, 4000):
        rates = [3.654, 3.6551, 3.68]
        seen = descend(linear, problem.features, problem.targets, step_sizes=rates, rng=0, steps=steps)
        for approaching in (False, True):
            labels = {one.label for one in observe_phases(seen, approaching=approaching)}
            assert labels <= {"undecided", "divergent"}


def test_slow_convergence_to_a_loss_above_zero_is_no_period() -> None:
    """Constant where a period is looked for, and not yet constant over the whole second half."""
    rows = (0.5 + np.exp(-np.arange(8000.0) / 250))[:, np.newaxis]
    assert symphase.observations._settled(rows, 1e-8)
    problem = make_problem(
        PLAIN, samples=6, dimension=3, design="gaussian", labels="teacher", noise=0.1, rng=0, test_samples=0
    )
    x, y = problem.features, problem.targets
    seen = descend(PLAIN, x, y, step_sizes=0.3, rng=0, runs=6, steps=8000)
    assert {one.label for one in observe_phases(seen)} <= {"monotonic", "undecided"}


@pytest.mark.parametrize("noise", [0, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3])
def test_rounding_near_a_small_minimum_is_no_rise(noise: float) -> None:
    """The loss of a noisy fit stays at about the noise squared, and is rounded as its predictions are."""
    problem = make_problem(PLAIN, samples=30, dimension=5, design="gaussian", labels="teacher", noise=noise, rng=1)
    x, y = problem.features, problem.targets
    seen = descend(PLAIN, x, y, step_sizes=[0.05, 0.1], rng=0, runs=3, steps=6000)
    assert [one.rises for one in observe_phases(seen)] == 6 * [0]
