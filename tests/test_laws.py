"""The laws of symphase.strategies: what is right passes, each planted mistake is caught, and its case is readable."""

# ruff: noqa: ARG001, ARG005  # loops have the signature of every simulator, whether they use all of it or not

from __future__ import annotations

import dataclasses
import math
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pytest
import sympy
from hypothesis import HealthCheck, find, given, settings
from hypothesis import Phase as Stage
from hypothesis import strategies as st
from knob import FIXED, trials

from symphase import strategies
from symphase.algebraic import RealAlgebraic
from symphase.boundaries import Boundaries, find_boundaries
from symphase.derivation import derive
from symphase.errors import InputError, SymphaseError
from symphase.maps import PolynomialFamily
from symphase.models import (
    Model,
    OneWeight,
    PhaseRetrieval,
    PolynomialLoss,
    PolynomialModel,
    QuadraticForm,
    TwoLayerNetwork,
)
from symphase.phases import residual_boundaries, residual_family
from symphase.strategies import (
    Checked,
    LawBroken,
    PlacedProblem,
    check_boundaries,
    check_conjugacy,
    check_derivation,
    check_phase_agreement,
    laws,
)
from symphase.strategies.runs import Behaviour, LoopRun, as_weights
from symphase.thresholds import BoundaryKind

Array = npt.NDArray[Any]
Loop = Callable[[float, Array, Array], Callable[[Array], Any]]
PLAIN = PhaseRetrieval(gamma=2, c=0)
EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "frameworks"
QUICK = settings(max_examples=100, derandomize=True, database=None, phases=[Stage.generate])  # no shrinking
BOUNDED = ("monotonic", "catapult", "periodic", "chaotic")
SHORT: dict[str, Any] = {"steps": 400, "guard": "1/20"}  # short runs, away from the boundaries, keep these tests short

_r, _x, _c, _v = sympy.symbols("r x c v")
LOGISTIC = PolynomialFamily(_r * _x * (1 - _x), variable=_x, parameter=_r)
CUBIC = PolynomialFamily(_r * _v - _v**3, variable=_v, parameter=_r)


# --------------------------------------------------------------------------------------------------- loops by hand


def gradient(w: Array, x: Array, y: Array) -> Array:
    """∇L of phase retrieval with the prediction (xᵀw)², written down for these tests."""
    p = x @ w
    found: Array = 2 * ((p * p - y) * p) @ x / len(y)
    return found


def right(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
    return lambda w: w - eta * gradient(w, x, y)


def half(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
    return lambda w: w - eta * gradient(w, x, y) / 2


def factor_2_missing(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
    """The derivative of a square without its 2: the loss is taken for Σ(g − y)²/n."""
    return lambda w: w - 2 * eta * gradient(w, x, y)


def sum_for_mean(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
    return lambda w: w - eta * len(y) * gradient(w, x, y)


def wrong_sign(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
    return lambda w: w + eta * gradient(w, x, y)


def weight_decay(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
    return lambda w: w - eta * (gradient(w, x, y) + 1e-2 * w)


def momentum(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
    velocity = np.zeros(x.shape[1])

    def step(w: Array) -> Array:
        nonlocal velocity
        velocity = 0.1 * velocity + gradient(w, x, y)
        return w - eta * velocity

    return step


def stale(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
    """The gradient of the weights before."""
    before: Array | None = None

    def step(w: Array) -> Array:
        nonlocal before
        used = w if before is None else before
        before = w
        return w - eta * gradient(used, x, y)

    return step


def clipped(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
    def step(w: Array) -> Array:
        found = gradient(w, x, y)
        length = float(np.linalg.norm(found))
        return w - eta * found * min(1.0, 1.0 / length if length else 1.0)

    return step


def one_sample_at_a_time(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
    count = 0

    def step(w: Array) -> Array:
        nonlocal count
        k = count % len(y)
        count += 1
        return w - eta * gradient(w, x[k : k + 1], y[k : k + 1])

    return step


def fading_rate(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
    rate = eta

    def step(w: Array) -> Array:
        nonlocal rate
        rate *= 0.999
        return w - rate * gradient(w, x, y)

    return step


def hides_divergence(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
    """Starts again at the saddle when the weights grow."""

    def step(w: Array) -> Array:
        found = right(eta, x, y)(w)
        return found * 0 if not np.abs(found).max() < 10 else found

    return step


def in_precision(kind: type[np.floating[Any]]) -> Loop:
    def loop(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
        rows, labels, rate, two = x.astype(kind), y.astype(kind), kind(eta), kind(2)

        def step(w: Array) -> Array:
            short = w.astype(kind)
            with np.errstate(all="ignore"):
                p = rows @ short
                found: Array = short - rate * (two * ((p * p - labels) * p) @ rows / kind(len(labels)))
            return found

        return step

    return loop


WRONG: dict[str, Loop] = {
    "half of the gradient": half,
    "a factor 2 missing": factor_2_missing,
    "a sum for a mean": sum_for_mean,
    "the wrong sign": wrong_sign,
    "momentum 0.1": momentum,
    "weight decay 0.01": weight_decay,
    "a stale gradient": stale,
    "a clipped gradient": clipped,
    "float16": in_precision(np.float16),
    "one sample at a time": one_sample_at_a_time,
    "a rate that fades": fading_rate,
    "divergence hidden at a saddle": hides_divergence,
}


def test_a_right_loop_passes_and_every_phase_is_met() -> None:
    found = check_phase_agreement(PLAIN, right, max_examples=trials(40), **SHORT)
    assert set(found.counts) == {"monotonic", "catapult", "periodic", "chaotic", "divergent"}
    assert found.cases == sum(found.counts.values()) >= trials(40)
    assert repr(found).startswith("<Checked: phase agreement: held in ")


def test_a_right_loop_in_float32_passes() -> None:
    check_phase_agreement(PLAIN, in_precision(np.float32), max_examples=trials(16), **SHORT)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_loop_is_caught(name: str) -> None:
    with pytest.raises(LawBroken) as caught:
        check_phase_agreement(PLAIN, WRONG[name], settings=QUICK, **SHORT)
    facts = caught.value.facts
    assert {"a", "expected", "observed", "step size", "label", "start", "features", "model"} <= set(facts)
    # what is told is enough to repeat the case: the loop, run by hand, does not do what a asks for
    eta, x = float(facts["step size"]), np.array(re.findall(r"[-\d.]+", facts["features"]), dtype=float)
    assert eta > 0
    assert x.size
    assert facts["expected"].split(" ")[0] in ("monotonic", "catapult", "periodic", "chaotic", "divergent")


@pytest.mark.slow  # full runs of twelve loops, each shrunk: a minute
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_loop_is_caught_next_to_the_boundaries(name: str) -> None:
    with pytest.raises(LawBroken, match="expected"):
        check_phase_agreement(PLAIN, WRONG[name])


@pytest.mark.slow  # five models, a thousand problems each: a minute
@pytest.mark.parametrize(
    "model",
    [
        PLAIN,
        OneWeight(),
        PolynomialModel("2*w^2 - w + 1"),
        PhaseRetrieval(gamma=-1, c="1/3"),
        TwoLayerNetwork(alpha="1/2", width=2),
    ],
    ids=lambda model: model.name,
)
def test_right_loops_never_fail(model: Model) -> None:
    def loop(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
        return lambda w: w - eta * model.loss_gradient(w[np.newaxis], x, y)[0]

    found = check_phase_agreement(model, loop, max_examples=trials(200), derandomize=FIXED)
    assert set(found.counts) == {"divergent", *BOUNDED}  # samples whose run another's escape ended are undecided
    together = check_phase_agreement(model, loop, max_examples=trials(200), derandomize=FIXED, phases=BOUNDED)
    alone = check_phase_agreement(model, loop, max_examples=trials(100), derandomize=FIXED, samples=1)
    for checked in (together, alone):
        assert checked.undecided * 20 < checked.cases
    assert check_phase_agreement(model, loop, phases=["converges to the loss floor"], max_examples=30).undecided == 0


@pytest.mark.slow  # starts PyTorch and JAX, where they are installed: half a minute
@pytest.mark.parametrize("framework", ["torch", "jax"])
def test_the_examples_in_other_frameworks_find_their_mistakes(framework: str, tmp_path: Path) -> None:
    pytest.importorskip(framework, reason=f"{framework} is not installed: symphase needs neither PyTorch nor JAX")
    script = EXAMPLES / {"torch": "training_loop_in_pytorch.py", "jax": "training_loop_in_jax.py"}[framework]
    run = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "shows the right phase on every problem drawn" in run.stdout
    assert run.stdout.count("expected") == {"torch": 3, "jax": 1}[framework]


@pytest.mark.slow  # starts an interpreter for each example: 2 s
@pytest.mark.parametrize("name", ["torch", "jax"])
def test_without_its_framework_an_example_says_that_it_tests_nothing(name: str, tmp_path: Path) -> None:
    script = EXAMPLES / {"torch": "training_loop_in_pytorch.py", "jax": "training_loop_in_jax.py"}[name]
    code = f"import sys, runpy; sys.modules[{name!r}] = None; runpy.run_path({str(script)!r}, run_name='__main__')"
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "is not installed: this example tests nothing" in run.stdout


def broken_by(loop: Loop, model: Model = PLAIN, **more: Any) -> LawBroken:
    with pytest.raises(LawBroken) as caught:
        check_phase_agreement(model, loop, **{**SHORT, "settings": QUICK, **more})
    return caught.value


def half_of_one_weight(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
    return lambda w: w - eta / 2 * w * (w * w - y)


def test_the_message_of_a_broken_law_is_readable_and_exact() -> None:
    broken = broken_by(half_of_one_weight, OneWeight(), phases=["periodic"], settings=None)
    lines = str(broken).splitlines()
    assert lines[0] == "the training loop is not in the phase that its step size puts it in"
    assert [line.split()[0] for line in lines[1:4]] == ["a", "expected", "observed"]
    assert max(map(len, lines)) < 120
    # a = ηy, exactly, and simple: the case was shrunk
    a, eta, label = (Fraction(broken.facts[name]) for name in ("a", "step size", "label"))
    assert a == eta * label
    # of eighths only 9/8 lies in the phase and 1/20 away from its boundaries: 5/4 is too near to √5 − 1
    assert (a, eta) == (Fraction(9, 8), Fraction(1, 2))
    assert broken.facts["expected"] == "periodic (period 2)"
    assert broken.facts["observed"].startswith("settles at zero")
    assert not getattr(broken, "__notes__", [])


def test_a_broken_law_is_an_assertion_and_ours() -> None:
    broken = broken_by(half_of_one_weight, OneWeight())
    assert isinstance(broken, AssertionError)
    assert isinstance(broken, SymphaseError)
    again = pickle.loads(pickle.dumps(broken))  # noqa: S301  # made on the line itself: as pytest-xdist sends it
    assert (str(again), again.facts) == (str(broken), broken.facts)


def test_the_same_cases_are_tried_every_time_unless_asked_otherwise() -> None:
    seen: list[list[float]] = [[], [], []]
    for rates, derandomize in zip(seen, (None, None, False), strict=True):

        def loop(eta: float, x: Array, y: Array, rates: list[float] = rates) -> Callable[[Array], Array]:
            rates.append(eta * float(y.sum()))
            return right(eta, x, y)

        check_phase_agreement(PLAIN, loop, max_examples=10, derandomize=derandomize, phases=["divergent"], **SHORT)
    assert seen[0] == seen[1] != seen[2]


def test_settings_of_hypothesis_are_taken() -> None:
    mine = settings(max_examples=7, derandomize=True, database=None)
    assert check_phase_agreement(PLAIN, right, samples=1, settings=mine, **SHORT).cases == 7


@pytest.mark.parametrize(
    "convert",
    [
        lambda w: w.tolist(),
        lambda w: float(w[0]),
        lambda w: Fraction(float(w[0])),
        lambda w: np.float64(w[0]),
        lambda w: (float(w[0]),),
    ],
    ids=["list", "float", "fraction", "scalar", "tuple"],
)
def test_weights_may_come_back_as_plain_numbers(convert: Callable[[Array], Any]) -> None:
    def loop(eta: float, x: Array, y: Array) -> Callable[[Array], Any]:
        return lambda w: convert(right(eta, x, y)(w))

    assert check_phase_agreement(OneWeight(), loop, phases=["divergent"], max_examples=5, **SHORT).cases == 5


class Tensor:
    """What a tensor of PyTorch does: no array before it is detached and on the processor."""

    def __init__(self, values: Array, *, attached: bool = True, away: bool = True) -> None:
        self.values, self.attached, self.away = values, attached, away

    def detach(self) -> Tensor:
        return Tensor(self.values, attached=False, away=self.away)

    def cpu(self) -> Tensor:
        return Tensor(self.values, attached=self.attached, away=False)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        if self.attached or self.away:
            raise RuntimeError("call detach() and cpu() first")
        return np.asarray(self.values, dtype=dtype)


def test_tensors_are_detached_and_fetched() -> None:
    assert as_weights(Tensor(np.array([1.0, 2.0])), (2,)).tolist() == [1.0, 2.0]


def test_regression_a_chaotic_orbit_of_short_floats_that_meets_an_old_value_is_undecided() -> None:
    def seen(approach: list[float], cycle: list[float]) -> Behaviour:
        values = iter([*approach, *cycle * 40])
        start = np.array([0.5])
        run = LoopRun(OneWeight(), np.ones((1, 1)), np.ones(1), start, lambda w: [next(values)], 1e-5)
        run.extend(600)
        return run.behaviour(0)

    chaos = [0.3 + 0.9 * (k * math.sqrt(2) % 1.0) for k in range(100)]
    cycle = [0.3 + 0.9 * (k * math.sqrt(3) % 1.0) for k in range(20)]
    assert (seen(chaos, cycle).label, seen(chaos, cycle).period, seen(chaos, cycle).landed) == ("repeats", 20, True)
    nearing = [cycle[k % 20] + 0.3 * 0.9**k for k in range(200)]
    assert (seen(nearing, cycle).period, seen(nearing, cycle).landed) == (20, False)


def test_a_loop_may_write_into_the_weights_it_is_given() -> None:
    def loop(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
        def step(w: Array) -> Array:
            w -= eta * gradient(w, x, y)
            return w

        return step

    check_phase_agreement(PLAIN, loop, max_examples=10, **SHORT)


@pytest.mark.parametrize(
    ("loop", "said"),
    [
        (lambda e, x, y: lambda w: np.ones(7), "returned weights of shape"),
        (lambda e, x, y: lambda w: None, "numpy.asarray reads"),
        (lambda e, x, y: lambda w: "w", "numpy.asarray reads"),
        (lambda e, x, y: 0, "must return a function"),
    ],
    ids=["another shape", "nothing", "text", "no step"],
)
def test_a_simulator_that_returns_no_weights_is_refused(loop: Loop, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        check_phase_agreement(PLAIN, loop, samples=1, dimension=2, settings=QUICK, **SHORT)
    assert caught.value.argument == "simulator"


def test_an_error_in_the_loop_comes_through_with_its_case() -> None:
    def loop(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine") as caught:
        check_phase_agreement(PLAIN, loop, settings=QUICK, **SHORT)
    assert any(
        "the training loop under test in: generalised phase retrieval" in note for note in caught.value.__notes__
    )


def test_a_loop_with_a_memory_between_runs_is_told() -> None:
    calls = 0

    def loop(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
        nonlocal calls
        calls += 1
        return right(eta, x, y) if calls % 2 else wrong_sign(eta, x, y)

    broken = broken_by(loop, phases=["monotonic"])
    assert "the same case gave different results" in str(broken)


def test_too_many_undecided_runs_are_no_evidence() -> None:
    # inside the window of period 5 a run that wanders may be a long transient: nothing is decided
    inside = strategies.parameters(phase="periodic", period=5, dyadic=True, within=("1.5055", "1.506"))
    problems = strategies.orthogonal_data(OneWeight(), scales=inside)

    def noisy(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
        wobble = math.sqrt(2)

        def step(w: Array) -> Array:
            nonlocal wobble
            wobble = wobble * 7.3 % 1.0
            return np.sqrt(y) * (0.5 + 0.4 * wobble)

        return step

    with pytest.raises(LawBroken, match="too few runs") as caught:
        check_phase_agreement(OneWeight(), noisy, problems=problems, max_examples=4, **SHORT)
    assert int(caught.value.facts["undecided"]) > int(caught.value.facts["decided"])


@pytest.mark.parametrize(
    ("argument", "change"),
    [
        ("model", {"model": "one weight"}),
        ("model", {"model": PhaseRetrieval()}),
        ("model", {"model": PhaseRetrieval(gamma=0, c=1)}),
        ("model", {"model": PolynomialModel("w^3")}),
        ("model", {"model": PolynomialLoss("w^2")}),
        ("simulator", {"simulator": None}),
        ("phases[0]", {"phases": ["calm"]}),
        ("steps", {"steps": 249}),
        ("steps", {"steps": 1e3}),
        ("guard", {"guard": "1/200"}),
        ("guard", {"guard": "wide"}),
        ("guard", {"steps": 500, "guard": "1/50"}),
        ("problems", {"problems": st.nothing()}),
        ("tolerance", {"tolerance": 1}),
        ("tolerance", {"tolerance": 0.1}),
        ("max_examples", {"max_examples": 0}),
        ("max_examples", {"max_examples": 5, "settings": settings(max_examples=5)}),
        ("derandomize", {"derandomize": "no"}),
        ("derandomize", {"derandomize": True, "settings": settings(max_examples=5)}),
        ("settings", {"settings": 5}),
        ("samples", {"samples": 2, "problems": strategies.orthogonal_data(PLAIN)}),
        ("phases", {"phases": ["chaotic"], "problems": strategies.orthogonal_data(PLAIN)}),
    ],
)
def test_arguments_of_the_agreement_that_are_refused_are_named(argument: str, change: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        check_phase_agreement(**{"model": PLAIN, "simulator": right, **change})
    assert caught.value.argument == argument


def test_problems_of_ones_own_are_used() -> None:
    problems = strategies.orthogonal_data(PLAIN, phases=["divergent", "monotonic"], dimension=4, margin="1/20")
    widths = set()

    def loop(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
        widths.add(x.shape)
        return right(eta, x, y)

    check_phase_agreement(PLAIN, loop, problems=problems, max_examples=10, **SHORT)
    assert widths == {(2, 4)}


EDGES: dict[str, tuple[str | Fraction, str]] = {
    "no label": ("0", "degenerate"),
    "a flip": ("1", "catapult"),
    "the escape": ("2", "chaotic"),
    "the escape, rounded up": (Fraction(2) + Fraction(4, 10**17), "divergent"),
    "below the floor": ("-2", "divergent"),
    "far below": ("-5/2", "divergent"),
}


@pytest.mark.parametrize("name", EDGES)
def test_regression_a_right_loop_is_not_called_wrong_where_no_phase_can_be_asked_for(name: str) -> None:
    a, phase = Fraction(EDGES[name][0]), EDGES[name][1]
    # the other samples must show their phase all the same
    scales = st.sampled_from([a, Fraction(1, 2)])
    problems = strategies.orthogonal_data(PLAIN, scales=scales, step_sizes=1, stretches=1, samples=1)
    met: set[str] = set()

    def noted(problem: PlacedProblem) -> PlacedProblem:
        met.update(str(place.phase) for place in problem.classifications)
        return problem

    problems = problems.map(noted)
    found = check_phase_agreement(PLAIN, right, problems=problems, max_examples=16, **SHORT)
    assert set(found.counts) == {"monotonic"}
    assert found.undecided > 0
    assert {phase, "monotonic"} <= met
    alone = strategies.orthogonal_data(PLAIN, scales=st.just(a), samples=1)
    near = r"must have samples in a known phase, at least 0.05 away from its boundaries; draw others, or give a smaller"
    with pytest.raises(InputError, match=rf"problems = .* {near} guard"):
        check_phase_agreement(PLAIN, right, problems=alone, max_examples=4, **SHORT)


def test_regression_problems_of_any_parameter_do_not_break_a_right_loop() -> None:
    anywhere = strategies.parameters(within=(-3, 3), dyadic=True)
    for problems in (
        strategies.orthogonal_data(PLAIN, scales=anywhere),
        strategies.orthogonal_data(PLAIN, margin=0),
    ):
        checked = check_phase_agreement(PLAIN, right, problems=problems, max_examples=trials(20), **SHORT)
        assert checked.cases > trials(20) / 4


FLOOR: dict[str, Any] = {"phases": ["converges to the loss floor"], "max_examples": 12}


def test_regression_at_the_loss_floor_a_loop_that_does_not_train_is_caught() -> None:
    assert check_phase_agreement(PLAIN, right, **FLOOR, **SHORT).undecided == 0
    broken = broken_by(lambda eta, x, y: lambda w: w, phases=FLOOR["phases"])
    assert broken.facts["expected"].startswith("converges to the loss floor")
    assert broken.facts["observed"].startswith("settles above zero")
    broken_by(lambda eta, x, y: lambda w: w if float(np.abs(w).max()) < 0.3 else w * 0.9, phases=FLOOR["phases"])


def seen_at_rest(a: float, steps: int, distance: float) -> str:
    """The verdict on a sample that rests at a distance (in units of what counts as zero) from the loss floor."""
    problems = strategies.orthogonal_data(PLAIN, scales=st.just(Fraction(a)), samples=1, step_sizes=1, stretches=1)
    problem = find(problems, lambda _: True)
    noise = 1e-5
    seen = Behaviour(
        label="settles above zero",
        period=None,
        rises=0,
        landed=False,
        steps=steps,
        largest=2.0,
        last=-a / 2 + distance * noise,  # the residual at the floor is −a/κ, and κ = 2
        noise=noise,
    )
    assert float(problem._residual_scales()[0]) == 2
    case = laws._LoopCase(problem, np.array([0.1]))
    return laws._compare(case, 0, seen, 0.0, enough=True)


def test_regression_how_near_the_floor_is_near_enough_follows_from_how_slowly_it_is_neared() -> None:
    # a = −1/2: what is left is divided by 4 in every step, so that only rounding is allowed
    assert [seen_at_rest(-0.5, 400, d) for d in (0.9, 1.1, -1.1)] == ["agrees", "broken", "broken"]
    # a = −1/256, 64 steps at the end: (255/256)^128 = 0.606 of it are still there, 1/0.394 = 2.54
    assert [seen_at_rest(-1 / 256, 128, d) for d in (2.5, 2.6)] == ["agrees", "broken"]


def test_regression_hidden_divergence_is_no_evidence_and_each_phase_needs_its_own() -> None:
    broken = broken_by(hides_divergence, phases=["divergent"], samples=1)
    assert broken.facts["observed"].startswith("rests on a saddle")

    # chaotic runs that stop on the saddle, and monotonic ones that are right: half of all, and all of one phase
    def loop(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
        return right(eta, x, y) if eta * float(y[0]) * float(x[0] @ x[0]) < 0.6 else lambda w: w * 0

    problems = strategies.orthogonal_data(PLAIN, phases=["chaotic"], margin="1/20") | strategies.orthogonal_data(
        PLAIN, phases=["monotonic"], margin="1/10"
    )
    with pytest.raises(LawBroken, match="too few runs") as caught:
        check_phase_agreement(PLAIN, loop, problems=problems, max_examples=30, **SHORT)
    assert caught.value.facts["phase"] == "chaotic"
    assert caught.value.facts["decided"] == "0"


def test_regression_a_saddle_after_a_visit_outside_of_the_basin_is_wrong_in_every_phase() -> None:
    def loop(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
        visits = iter([20.0, 0.0])  # far, but not so far that the run counts as escaped
        return lambda w: np.full_like(w, next(visits, 0.0))

    for phase in ("monotonic", "catapult", "periodic", "chaotic"):
        broken = broken_by(loop, phases=[phase], samples=1)
        assert broken.facts["observed"].startswith("rests on a saddle")


@pytest.mark.parametrize("steps", [250, 500, 999])
def test_regression_short_runs_widen_the_guard_themselves(steps: int) -> None:
    found = check_phase_agreement(PLAIN, right, steps=steps, max_examples=trials(12))
    assert found.cases > found.undecided


def test_regression_the_count_of_undecided_samples_is_not_cut_off() -> None:
    counts = dict.fromkeys(("catapult", "chaotic", "divergent", "monotonic", "periodic"), 11)
    assert "held in 55 cases, 9 undecided (cat" in repr(
        Checked(law="phase agreement", cases=55, undecided=9, counts=counts)
    )


@pytest.mark.parametrize(
    "answer", [lambda w: [10**400] * len(w), lambda w: w + 0j, lambda w: [1j] * len(w)], ids=["huge", "complex", "list"]
)
def test_regression_weights_that_are_no_floats_are_refused_without_a_case(answer: Callable[[Array], Any]) -> None:
    with pytest.raises(InputError) as caught:
        check_phase_agreement(PLAIN, lambda eta, x, y: answer, max_examples=3, **SHORT)
    assert caught.value.argument == "simulator"
    assert not getattr(caught.value, "__notes__", [])


def test_regression_a_failing_case_is_made_simple_without_waiting_for_slow_runs() -> None:
    lengths: list[int] = []

    def loop(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
        lengths.append(0)

        def step(w: Array) -> Array:
            lengths[-1] += 1
            w = right(eta, x, y)(w)
            w += 1e-3 * math.sin(lengths[-1])  # never settles: known as wrong by patience alone
            return w

        return step

    with pytest.raises(LawBroken):
        check_phase_agreement(PLAIN, loop, phases=["monotonic"], **SHORT)
    assert max(lengths) == 1600
    assert sum(length > 400 for length in lengths) <= 5  # the case itself, as often as it is tried again


def test_repr_of_a_problem_and_its_residuals() -> None:
    @given(problem=strategies.orthogonal_data(PLAIN, samples=1))
    @settings(max_examples=5)
    def holds(problem: PlacedProblem) -> None:
        assert repr(problem).startswith("<PlacedProblem")
        z = problem.scaled_residuals(np.zeros(problem.features.shape[1]))
        assert np.allclose(z, [-float(a) for a in problem.scales])  # weight zero is the saddle z = −a

    holds()


# ------------------------------------------------------------------------------------------------------- the derivation


@given(model=strategies.models(max_degree=3))
@settings(max_examples=trials(6), suppress_health_check=[HealthCheck.nested_given])
def test_every_shipped_model_keeps_the_laws(model: Model) -> None:
    found = check_derivation(model, max_examples=5)
    assert found.counts["derivation"] > 3


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Own(Model):
    """A model of one's own: phase retrieval with the prediction 3p², and one planted mistake at a time."""

    name: ClassVar[str] = "my own"
    mistake: str = ""

    @property
    def loss_weight(self) -> Fraction:
        return Fraction(1, 2)

    @property
    def prediction(self) -> sympy.Expr:
        return 3 * sympy.Symbol("p") ** 2

    @property
    def coordinates(self) -> tuple[sympy.Symbol, ...]:
        return (sympy.Symbol("p"),)

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        return ()

    @property
    def scale(self) -> sympy.Expr:
        eta, q, y, n = sympy.symbols("eta q y n")
        return (5 if self.mistake == "scale" else 6) * eta * q * y / n

    @property
    def reduction_conditions(self) -> tuple[str, ...]:
        return ()

    def weight_shape(self, dimension: int) -> tuple[int, ...]:
        return (dimension,)

    def respond(self, projections: Array) -> Array:
        return (2 if self.mistake == "respond" else 3) * projections**2

    def slope(self, projections: Array) -> Array:
        return (3 if self.mistake == "slope" else 6) * projections

    def bend(self, projections: Array, tangents: Array) -> Array:  # noqa: ARG002  # the signature of every model
        return (-6 if self.mistake == "bend" else 6) * tangents

    def loss_gradient(self, weights: Array, features: Array, targets: Array) -> Array:
        found = Model.loss_gradient(self, weights, features, targets)
        return found / 2 if self.mistake == "loss_gradient" else found

    def hessian_product(self, weights: Array, tangents: Array, features: Array, targets: Array) -> Array:
        found = Model.hessian_product(self, weights, tangents, features, targets)
        return found * 2 if self.mistake == "hessian_product" else found


class Squared(Own):
    """With the quadratic form, too, that starts are placed by."""

    def quadratic_form(self) -> QuadraticForm:
        return QuadraticForm(slope=1.0, shift=0.0, outer=np.array([3.0]), offset=0.0)


def test_regression_a_training_loop_of_a_model_of_ones_own_is_checked() -> None:
    def loop(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
        return lambda w: w - eta * 6 * ((3 * (x @ w) ** 2 - y) * (x @ w)) @ x / len(y)

    mixed: dict[str, Any] = {"phases": ["monotonic", "divergent"], "samples": 1, "max_examples": 20}
    assert set(check_phase_agreement(Squared(), loop, **mixed, **SHORT).counts) == {"monotonic", "divergent"}
    assert isinstance(broken_by(lambda eta, x, y: loop(eta / 2, x, y), Squared()), LawBroken)
    with pytest.raises(InputError, match=r"model of your own without a scale or without a quadratic_form\(\)"):
        check_phase_agreement(Own(), loop)


class Open(Own):
    """With a symbol for its factor, and no scale: nothing to check."""

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        return (sympy.Symbol("gamma"),)

    @property
    def prediction(self) -> sympy.Expr:
        return sympy.Symbol("gamma") * sympy.Symbol("p") ** 3

    @property
    def scale(self) -> Any:
        return None


def test_regression_a_model_of_which_nothing_can_be_checked_does_not_pass() -> None:
    with pytest.raises(
        InputError, match="gamma without a number, and no scale; give gamma a number, or write"
    ) as caught:
        check_derivation(Open())
    assert caught.value.argument == "model"


class Rounded(Own):
    """With a float where the loss needs a fraction."""

    @property
    def loss_weight(self) -> Any:
        return 0.5


def test_regression_a_loss_weight_that_is_no_fraction_is_refused() -> None:
    with pytest.raises(InputError, match=r"loss_weight = 0.5: must be a Fraction; as Fraction\(1, 2\)"):
        check_derivation(Rounded())


def test_a_model_of_ones_own_that_keeps_the_laws_passes() -> None:
    assert check_derivation(Own(), max_examples=20).counts == {"arrays": 20, "one step": 20}


@pytest.mark.parametrize("mistake", ["scale", "respond", "slope", "bend", "loss_gradient", "hessian_product"])
def test_a_mistake_in_a_model_of_ones_own_is_caught_and_named(mistake: str) -> None:
    with pytest.raises(LawBroken) as caught:
        check_derivation(Own(mistake=mistake), settings=QUICK)
    named = "one step of gradient descent" if mistake == "scale" else f"{mistake} (against"
    assert caught.value.law.startswith(named)


def test_a_derivation_that_does_not_hold_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = derive(PLAIN)
    assert sound.scale is not None
    broken = dataclasses.replace(sound, scale=2 * sound.scale)
    monkeypatch.setattr("symphase.strategies.laws.derive", lambda model: broken)
    with pytest.raises(LawBroken, match="a step of the derivation is not proved") as caught:
        check_derivation(PLAIN, max_examples=5)
    assert caught.value.facts["verdict"] == "refuted"


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(InputError, match="model = "):
        check_derivation("phase retrieval")  # type: ignore[arg-type]  # what is refused


def test_laws_may_be_checked_inside_a_property() -> None:
    @given(model=strategies.models(kinds=[OneWeight]))
    @settings(max_examples=2, suppress_health_check=[HealthCheck.nested_given])
    def holds(model: Model) -> None:
        assert check_derivation(model, max_examples=2).cases

    holds()


# ------------------------------------------------------------------------------------------------------------ conjugacy


def test_the_odd_cubic_is_carried_to_the_residual_map() -> None:
    found = check_conjugacy(CUBIC, residual_family(), _v**2 - _r + 1, parameter=_r - 1, max_examples=30)
    assert found == Checked(law="conjugacy", cases=30)


def test_changes_of_variable_may_be_functions() -> None:
    check_conjugacy(
        LOGISTIC,
        PolynomialFamily(_x**2 + _c, variable=_x, parameter=_c),
        lambda x, r: r * (Fraction(1, 2) - x),
        parameter=lambda r: r / 2 - r * r / 4,
        max_examples=30,
    )


@pytest.mark.parametrize("change", [_v**2 - _r, _v - _r + 1, -(_v**2) + _r - 1])
def test_a_wrong_change_of_variable_is_caught_at_a_simple_point(change: sympy.Expr) -> None:
    with pytest.raises(LawBroken) as caught:
        check_conjugacy(CUBIC, residual_family(), change, parameter=_r - 1)
    facts = caught.value.facts
    r, v = Fraction(facts["r"]), Fraction(facts["v"])
    assert abs(r) <= 24
    assert abs(v) <= 24
    assert facts["h(f(z))"] != facts["g(h(z))"]


def test_regression_poles_of_a_change_of_variable_are_left_out() -> None:
    flipped = PolynomialFamily(1 - _c * _x**2, variable=_x, parameter=_c)
    assert check_conjugacy(flipped, flipped, _x * (1 + 0 / (1 + _x)), max_examples=20).cases == 20
    with pytest.raises(LawBroken, match="change of variable"):
        check_conjugacy(CUBIC, CUBIC, 1 / _v, max_examples=20)
    with pytest.raises(LawBroken, match="change of variable"):
        check_conjugacy(CUBIC, CUBIC, lambda v, r: 1 / v, max_examples=20)
    with pytest.raises(InputError, match="change = all that were drawn: must leave a case to try"):
        check_conjugacy(CUBIC, CUBIC, lambda v, r: 1 / (v - v), max_examples=20)


@given(data=st.data())
@settings(max_examples=trials(6), suppress_health_check=[HealthCheck.nested_given])
def test_conjugates_that_are_drawn_are_conjugate(data: st.DataObject) -> None:
    other = data.draw(strategies.polynomial_families(conjugate_to=LOGISTIC))
    # s·x + m takes one to the other; both are read off the images of two fixed points
    shift, stretch = sympy.symbols("m s")
    moved = sympy.expand(
        other.expression.subs(_x, stretch * _x + shift) - stretch * LOGISTIC.expression.subs(_x, _x) - shift
    )
    solutions = sympy.solve(sympy.Poly(moved, _x, _r).coeffs(), [stretch, shift], dict=True)
    solution = next(each for each in solutions if each.get(stretch, 0) != 0)
    assert check_conjugacy(LOGISTIC, other, solution[stretch] * _x + solution[shift], max_examples=10).cases == 10


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("first", lambda: check_conjugacy("f", CUBIC, _v)),  # type: ignore[arg-type]  # what is refused
        ("second", lambda: check_conjugacy(CUBIC, "g", _v)),  # type: ignore[arg-type]  # what is refused
        ("change", lambda: check_conjugacy(CUBIC, CUBIC, _v + _x)),
        ("change", lambda: check_conjugacy(CUBIC, CUBIC, "v")),
        ("parameter", lambda: check_conjugacy(CUBIC, CUBIC, _v, parameter=_v)),
        ("change", lambda: check_conjugacy(CUBIC, CUBIC, lambda v, r: "not a number")),
        ("family", lambda: check_boundaries("f")),  # type: ignore[arg-type]  # what is refused
        ("boundaries", lambda: check_boundaries(LOGISTIC, boundaries=3)),  # type: ignore[arg-type]  # what is refused
        ("boundaries", lambda: check_boundaries(CUBIC, boundaries=find_boundaries(LOGISTIC))),
    ],
)
def test_arguments_of_the_laws_of_maps_are_named(argument: str, call: Callable[[], object]) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.argument == argument


# ----------------------------------------------------------------------------------------------------------- boundaries


@pytest.mark.parametrize(
    "family",
    [LOGISTIC, PolynomialFamily(_x**2 + _c, variable=_x, parameter=_c), CUBIC, residual_family()],
    ids=["logistic", "quadratic", "odd cubic", "residual"],
)
def test_boundaries_hold_on_both_sides(family: PolynomialFamily) -> None:
    found = check_boundaries(family, max_examples=trials(30))
    assert found.undecided == 0 or family.degree == 2  # its two fixed points are told apart by a square root
    assert len(found.counts) >= 6 or trials(30) < 30


def test_fixed_points_that_only_algebra_tells_apart_are_undecided() -> None:
    family = derive(PolynomialLoss("w^4/4 - w^2/2 + w/10")).family
    assert family is not None
    assert check_boundaries(family, max_examples=20).undecided > 0


def moved(boundaries: Boundaries, kind: BoundaryKind, by: Fraction) -> Boundaries:
    items = []
    for boundary in boundaries:
        if boundary.kind is kind and (kind is not BoundaryKind.FLIP or boundary.period == 1):
            value = RealAlgebraic.rational(sum(boundary.enclose(64)) / 2 + by)
            boundary = dataclasses.replace(boundary, value=value)
        items.append(boundary)
    return dataclasses.replace(boundaries, items=tuple(items))


@pytest.mark.parametrize("power", [-200, -12, 20, 200])
def test_regression_boundaries_hold_in_every_unit_of_length(power: int) -> None:
    unit = sympy.Integer(10) ** power
    found = check_boundaries(PolynomialFamily(_r * _x * (1 - unit * _x), variable=_x, parameter=_r), max_examples=20)
    assert found.undecided == 0
    assert len(found.counts) >= 4


def test_what_is_beyond_floats_is_undecided_at_the_boundaries() -> None:
    wide = PolynomialFamily(_r * _x * (1 - _x / sympy.Integer(10) ** 400), variable=_x, parameter=_r)
    found = check_boundaries(wide, max_examples=20)
    assert min(found.undecided, found.cases) > 0


@pytest.mark.parametrize("kind", list(BoundaryKind))
def test_regression_a_boundary_in_the_wrong_place_is_not_left_to_chance(kind: BoundaryKind) -> None:
    planted = moved(residual_boundaries(), kind, Fraction(1, 20) if kind is BoundaryKind.ESCAPE else Fraction(-1, 20))
    with pytest.raises(LawBroken) as caught:
        check_boundaries(residual_family(), boundaries=planted, settings=settings(QUICK, max_examples=1))
    assert caught.value.law == "orbits near a boundary do not do what it says"
    assert {"a", "expected", "observed", "boundary", "side", "map"} == set(caught.value.facts)
