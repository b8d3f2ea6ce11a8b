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
from typing import Any, ClassVar, Final

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
from symphase.enclosures import Verdict
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
    witnesses,
)
from symphase.strategies.runs import Behaviour, Label, LoopRun, as_weights
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


def seen_of(weights: list[float]) -> Behaviour:
    """What is seen of one weight that starts at 1/2, residual w² − 1, and then takes these values."""
    values = iter(weights)
    run = LoopRun(OneWeight(), np.ones((1, 1)), np.ones(1), np.array([0.5]), lambda w: [next(values)], 1e-5)
    run.extend(len(weights))
    return run.behaviour(0)


WILD = [0.3 + 0.9 * (k * math.sqrt(2) % 1.0) for k in range(3000)]


def slow(residual: float) -> list[float]:
    """A residual that halves down to one, and is zero from then on."""
    down = [0.5 * 0.5**k for k in range(200) if 0.5 * 0.5**k > residual]
    return [math.sqrt(1 + r) for r in (*down, residual)] + [1.0] * 100


@pytest.mark.parametrize(
    ("weights", "label", "period", "landed"),
    [
        (WILD[:600], "wanders", None, False),
        (WILD[:600] + [1.0] * 31, "wanders", None, False),
        (WILD[:600] + [1.0] * 33, "settles at zero", None, True),
        ([1.0] * 30, "wanders", None, False),
        (slow(0.009), "settles at zero", None, False),  # 900 times what counts as zero
        (slow(0.011), "settles at zero", None, True),
        (WILD[:2900] + [0.6] * 100, "wanders", None, False),
        (WILD[:1900] + [0.6] * 1100, "settles above zero", None, False),
        (WILD[:60] + [0.6] * 65, "settles above zero", None, False),
        ([0.2] * 200, "settles above zero", None, False),  # 2w is 0.4 times what it was
        ([6e-4] * 200, "settles above zero", None, False),
        ([4e-4] * 200, "rests on a saddle", None, False),
        ([-4e-4] * 200, "rests on a saddle", None, False),
        (WILD[:128] * 8, "repeats", 128, True),
        (WILD[:129] * 8, "wanders", None, False),
        (WILD[:21] * 20, "repeats", 21, True),
        ([0.9, 1.1] * 200, "repeats", 2, True),
        ([(0.9, 1.1)[k % 2] + 2e-6 * k for k in range(400)], "wanders", None, False),  # a drift adds up
        ([(20.0, 30.0)[k % 2] + 3e-6 * (k // 2 % 2) for k in range(400)], "repeats", 2, True),  # beside 900
        ([1000.5] * 1, "escapes", None, False),
        ([999.5, *WILD[:300]], "wanders", None, False),
        ([math.inf], "escapes", None, False),
        ([math.nan], "escapes", None, False),
    ],
)
def test_regression_each_kind_of_run_is_told_by_its_residuals(
    weights: list[float], label: Label, period: int | None, landed: bool
) -> None:
    seen = seen_of(weights)
    assert (seen.label, seen.period, seen.landed) == (label, period, landed)


def test_regression_rises_are_counted_beyond_what_counts_as_zero() -> None:
    steps = [0.0, 0.5e-5, 0.0, 2e-5, 0.0, 3e-5]
    seen = seen_of([math.sqrt(1 + r) for r in steps])
    assert (seen.rises, seen.noise) == (2, 1e-5)
    assert seen.largest == 0.75
    assert abs(seen.last - 3e-5) < 1e-12


def test_regression_what_counts_as_zero_beside_a_larger_sample_is_what_that_one_rounds_to() -> None:
    run = LoopRun(PLAIN, np.eye(2), np.array([1.0, 1e4]), np.array([1.0, 1.0]), lambda w: w, 1e-5)
    assert np.allclose(run.noise, [1e-3, 0.1], rtol=1e-12)


@pytest.mark.parametrize(("value", "shape"), [(5.0, (2,)), (np.ones((2, 1)), (2,)), (np.ones(2), (1,))])
def test_regression_one_number_is_no_weight_of_several(value: Any, shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="returned weights of shape"):
        as_weights(value, shape)
    assert as_weights([[2.0]], (1,)).tolist() == [2.0]


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
        ("guard", {"guard": 1}),
        ("phases", {"phases": []}),
        ("phases", {"phases": "chaotic"}),
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


def verdict(a: float | str, label: Label, *, z: float = 0.5, enough: bool = True, **seen: Any) -> str:
    """What one sample of the plain model, with step size 1, ‖x‖ = 1 and so κ = 2, is said to show."""
    problems = strategies.orthogonal_data(PLAIN, scales=st.just(Fraction(a)), samples=1, step_sizes=1, stretches=1)
    problem = find(problems, lambda _: True)
    assert float(problem._residual_scales()[0]) == 2
    usual = {"period": None, "rises": 0, "landed": False, "steps": 2000, "largest": 0.9, "last": 0.0, "noise": 1e-5}
    behaviour = Behaviour(**{**usual, **seen}, label=label)
    return laws._compare(laws._LoopCase(problem, np.array([0.1])), 0, behaviour, z, enough=enough)


def seen_at_rest(a: float, steps: int, distance: float) -> str:
    """The verdict on a sample that rests at a distance (in units of what counts as zero) from the loss floor."""
    # the residual at the floor is −a/κ
    return verdict(a, "settles above zero", z=0.0, steps=steps, largest=2.0, last=-a / 2 + distance * 1e-5)


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


SETTLED: Final = "settles at zero"
ABOVE: Final = "settles above zero"
SADDLE: Final = "rests on a saddle"
SMOOTH, WEAK, WINDOW, CASCADE, CHAOS = "9/8", "1.23", "1.506", "1.284", "1.75"
JUDGED: list[tuple[str, Label, dict[str, Any], str]] = [
    # a cycle of two that attracts well: no other period, and no excuse of slowness
    ("1.17", "wanders", {}, "broken"),
    ("1.21", "wanders", {}, "broken"),
    (SMOOTH, "repeats", {"period": 2}, "agrees"),
    (SMOOTH, "repeats", {"period": 3}, "broken"),
    (SMOOTH, "repeats", {"period": 4}, "broken"),
    (SMOOTH, "wanders", {}, "broken"),
    (SMOOTH, SETTLED, {}, "broken"),
    (SMOOTH, SETTLED, {"landed": True}, "undecided"),
    (SMOOTH, ABOVE, {}, "broken"),
    # one that attracts weakly, and one inside of a window: what is not there yet may come, another end may not
    (WEAK, "wanders", {}, "undecided"),
    (WEAK, "repeats", {"period": 2}, "agrees"),
    (WEAK, "repeats", {"period": 4}, "undecided"),
    (WEAK, SETTLED, {}, "broken"),
    (WINDOW, "wanders", {}, "undecided"),
    (WINDOW, "repeats", {"period": 5}, "agrees"),
    (WINDOW, SETTLED, {}, "broken"),
    (CASCADE, "wanders", {}, "undecided"),
    # no attracting cycle is known: one that shows is looked for
    (CHAOS, "wanders", {}, "agrees"),
    (CHAOS, "wanders", {"enough": False}, "undecided"),
    (CHAOS, "repeats", {"period": 2}, "broken"),
    (CHAOS, "repeats", {"period": 7}, "broken"),
    (CHAOS, "repeats", {"period": 7, "landed": True}, "undecided"),
    ("1.46715", "repeats", {"period": 96}, "agrees"),  # which is longer than classify looks for
    ("1.46715", "repeats", {"period": 48}, "broken"),
    (CHAOS, SETTLED, {}, "broken"),
    (CHAOS, SETTLED, {"landed": True}, "undecided"),
    (CHAOS, ABOVE, {}, "broken"),
    # the fixed point attracts: with or without a rise
    ("1/2", SETTLED, {}, "agrees"),
    ("1/2", SETTLED, {"rises": 1}, "broken"),
    ("1/2", ABOVE, {}, "broken"),
    ("1/2", "wanders", {}, "broken"),
    ("1/2", "repeats", {"period": 2}, "broken"),
    ("15/16", SETTLED, {"rises": 1}, "agrees"),
    ("15/16", "wanders", {"rises": 1}, "broken"),
    ("15/16", SETTLED, {}, "broken"),  # |f(z)| > |z| at z = 1/2, so that the loss must rise
    ("15/16", SETTLED, {"z": 1.5}, "agrees"),  # there it falls
    ("0.995", SETTLED, {"z": 0.02}, "broken"),
    ("0.999", SETTLED, {"z": 0.009}, "agrees"),  # too small to be seen
    # a saddle is reached from inside of the basin: |z| ≤ max(2, a), in residuals ≤ 1 here
    *((a, SADDLE, {"largest": 1.0}, "undecided") for a in ("1/2", "15/16", SMOOTH, CHAOS)),
    *((a, SADDLE, {"largest": 1.0001}, "broken") for a in ("1/2", "15/16", SMOOTH, CHAOS)),
    # escape, and nothing else than escape
    ("5/2", "escapes", {}, "agrees"),
    ("5/2", "wanders", {}, "broken"),
    ("5/2", SADDLE, {}, "broken"),
    *((a, "escapes", {}, "broken") for a in ("-1/2", "1/2", "15/16", SMOOTH, WINDOW, CHAOS)),
    # the floor, where the residual is −a/κ = 1/4
    ("-1/2", ABOVE, {"last": 0.25}, "agrees"),
    ("-1/2", SADDLE, {"last": 0.25}, "agrees"),
    ("-1/2", ABOVE, {"last": 0.25, "rises": 1}, "broken"),
    ("-1/2", ABOVE, {"last": 0.26}, "broken"),
    ("-1/2", SETTLED, {"last": 0.25}, "broken"),
    ("-1/2", "wanders", {"last": 0.25}, "broken"),
]


@pytest.mark.parametrize(("a", "label", "seen", "expected"), JUDGED)
def test_regression_each_thing_seen_in_each_phase_is_judged(
    a: str, label: Label, seen: dict[str, Any], expected: str
) -> None:
    assert verdict(a, label, **seen) == expected


@pytest.mark.parametrize(
    ("phase", "period"),
    [("periodic", 3), ("periodic", 6), ("chaotic", 2), ("chaotic", 4), ("monotonic", 2), ("catapult", 2)],
)
def test_regression_a_loop_that_settles_on_the_wrong_cycle_is_caught(phase: str, period: int) -> None:
    def loop(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
        count = 0

        def step(w: Array) -> Array:
            nonlocal count
            count += 1
            place = 0.5 + 0.4 * (count % period) / period + 0.3 * 0.8**count  # neared slowly, as a cycle that attracts
            return np.full_like(w, place * math.sqrt(float(y[0]) / float(x[0] @ x[0])))

        return step

    broken = broken_by(loop, phases=[phase], samples=1, dimension=1)
    assert broken.facts["expected"].startswith(phase)
    assert broken.facts["observed"].startswith(f"repeats every {period} steps")


def test_regression_a_divergent_run_that_stays_is_wrong_after_its_steps_without_patience() -> None:
    lengths: list[int] = []

    def loop(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
        lengths.append(0)

        def step(w: Array) -> Array:
            lengths[-1] += 1
            return w * 0 + 0.5 + 0.4 * (lengths[-1] * math.sqrt(2) % 1.0)

        return step

    broken = broken_by(loop, phases=["divergent"], samples=1)
    assert broken.facts["observed"].startswith("wanders (400 steps")
    assert set(lengths) == {400}


@pytest.mark.parametrize(
    ("label", "steps", "expected"),
    [
        ("settles at zero", 128, True),
        ("escapes", 1, True),
        ("wanders", 100_000, False),
        ("repeats", 1023, False),
        ("repeats", 1024, True),
        ("settles above zero", 1023, False),
        ("settles above zero", 1024, True),
        ("rests on a saddle", 1024, True),
    ],
)
def test_regression_what_is_seen_is_final_or_may_change(label: Label, steps: int, expected: bool) -> None:
    seen = Behaviour(label=label, period=None, rises=0, landed=False, steps=steps, largest=1.0, last=0.0, noise=1e-5)
    assert laws._is_final(seen) is expected


@pytest.mark.parametrize(
    ("a", "z", "expected"),
    [
        (0.5, 0.3, True),
        (0.5, 0.0, True),  # zero attracts there
        (1.5, 0.0, False),  # and repels there
        (1.5, 5e-7, False),
        (1.5, 5e-6, True),
        (0.5, 1 - 5e-7, False),
        (0.5, 1.05, True),
        (0.5, 2.0, False),
        (0.5, 1.99, True),
        (0.5, -0.5, False),
        (0.5, -0.48, True),
    ],
)
def test_regression_starts_on_fixed_points_are_not_typical(a: float, z: float, expected: bool) -> None:
    assert laws._is_typical(a, z) is expected


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_regression_starts_that_land_on_a_fixed_point_within_some_steps_are_not_typical(steps: int) -> None:
    def back(z: float) -> float:  # the preimage between 1 and 2, by bisection: f grows there from −a to 2
        low, high = 1.0, 2.0
        for _ in range(100):
            middle = (low + high) / 2
            below = middle**3 + (a - 2) * middle**2 + (1 - 2 * a) * middle < z
            low, high = (middle, high) if below else (low, middle)
        return (low + high) / 2

    a, z = 1.5, 1.0
    for _ in range(steps):
        z = back(z)
    assert not laws._is_typical(a, z)
    assert laws._is_typical(a, z + 0.01)


def test_regression_derivatives_of_quartics_are_exact() -> None:
    found = laws._derivative(lambda h: np.array([3 * h + 5 * h**2 - 7 * h**3 + 11 * h**4]))
    assert abs(float(found[0]) - 3) < 1e-12


def test_regression_chaos_that_calms_down_after_a_while_is_waited_for() -> None:
    def loop(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
        count = 0

        def step(w: Array) -> Array:
            nonlocal count
            count += 1
            rest = math.sqrt(float(y[0]) / float(x[0] @ x[0]))
            wild = right(eta, x, y)(w)
            return wild if count < 200 else rest * (1 + 0.9 ** (count - 200) / 2) * np.ones_like(w)

        return step

    broken = broken_by(loop, phases=["chaotic"], samples=1, dimension=1)
    assert broken.facts["observed"].startswith("settles at zero (400 steps")


def test_regression_one_undecided_run_and_no_other_is_no_evidence() -> None:
    with pytest.raises(LawBroken, match="too few runs"):
        check_phase_agreement(
            PLAIN, lambda eta, x, y: lambda w: w * 0, phases=["chaotic"], samples=1, max_examples=1, **SHORT
        )


def test_regression_a_minority_of_undecided_runs_is_no_lack_of_evidence() -> None:
    runs = 0

    def loop(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
        nonlocal runs
        runs += 1
        return right(eta, x, y) if runs % 3 else lambda w: w * 0  # the saddle

    found = check_phase_agreement(PLAIN, loop, phases=["chaotic"], samples=1, max_examples=12, **SHORT)
    assert (found.cases, found.undecided) == (8, 4)


def test_regression_a_loop_may_write_into_the_data_it_is_given() -> None:
    def loop(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
        step = right(eta, x.copy(), y.copy())
        x[:], y[:] = 7.0, 7.0
        return step

    check_phase_agreement(PLAIN, loop, max_examples=4, phases=["monotonic"], **SHORT)


def test_regression_a_loop_that_rests_for_a_while_is_waited_for() -> None:
    def loop(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
        count = 0

        def step(w: Array) -> Array:
            nonlocal count
            count += 1
            return w if count < 200 else right(eta, x, y)(w)

        return step

    assert check_phase_agreement(PLAIN, loop, phases=["monotonic"], max_examples=10, **SHORT).undecided == 0


def test_regression_problems_that_are_no_strategy_are_refused() -> None:
    problem = find(strategies.orthogonal_data(PLAIN), lambda _: True)
    with pytest.raises(InputError, match=r"problems = .*: must be a SearchStrategy; as orthogonal_data\(model\)"):
        check_phase_agreement(PLAIN, right, problems=problem)  # type: ignore[arg-type]  # what is refused


def test_regression_a_sample_that_another_ones_escape_took_along_counts_on_neither_side() -> None:
    problems = strategies.orthogonal_data(PLAIN, phases=["divergent", "catapult"], margin="1/20")
    found = check_phase_agreement(PLAIN, right, problems=problems, max_examples=8, **SHORT)
    assert found.counts == {"divergent": 8}
    assert found.undecided == 8


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
    """With the quadratic form, too, that starts are placed by, and with mistakes in what drawn data rely on."""

    def quadratic_form(self) -> QuadraticForm:
        right: dict[str, Any] = {"slope": 1.0, "shift": 0.0, "outer": np.array([3.0]), "offset": 0.0}
        wrong: dict[str, Any] = {"slope": 0.5, "shift": 0.1, "outer": np.array([2.0]), "offset": 1e-6}
        name = self.mistake.removeprefix("quadratic_form ")
        if name == "neurons":
            return QuadraticForm(**{**right, "outer": np.array([1.5, 1.5])})
        return QuadraticForm(**{**right, **({name: wrong[name]} if name in wrong else {})})

    def scale_at(self, norm_squared: object, target: object, samples: object, step_size: object) -> Fraction:
        found = Model.scale_at(self, norm_squared, target, samples, step_size)
        return found + Fraction(1, 1000) if self.mistake == "scale_at" else found

    def residual_scale(self, norm_squared: object, samples: object, step_size: object) -> Fraction:
        found = Model.residual_scale(self, norm_squared, samples, step_size)
        return found / Fraction(str(samples)) if self.mistake == "residual_scale" else found

    def predict(self, weights: Array, features: Array) -> Array:
        found = Model.predict(self, weights, features)
        return found * 1.000001 if self.mistake == "predict" else found

    def slopes(self, weights: Array, features: Array) -> Array:
        found = Model.slopes(self, weights, features)
        return -found if self.mistake == "slopes" else found

    def loss_values(self, weights: Array, features: Array, targets: Array) -> Array:
        found = Model.loss_values(self, weights, features, targets)
        return found + 1 if self.mistake == "loss_values" else found


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


RELIED_ON = {
    **{f"quadratic_form {part}": "quadratic_form (against respond)" for part in ("slope", "shift", "outer", "offset")},
    "quadratic_form neurons": "the number of outer weights of quadratic_form",
    "scale_at": "scale_at or residual_scale (against one step of gradient descent)",
    "residual_scale": "scale_at or residual_scale (against one step of gradient descent)",
    "predict": "predict (against respond)",
    "slopes": "slopes (against slope)",
    "loss_values": "loss_values (against the residuals)",
}


@pytest.mark.parametrize("mistake", RELIED_ON)
def test_regression_a_mistake_in_what_drawn_data_rely_on_is_caught_and_named(mistake: str) -> None:
    with pytest.raises(LawBroken) as caught:
        check_derivation(Squared(mistake=mistake), settings=QUICK)
    assert caught.value.law == f"{RELIED_ON[mistake]} is not what it must be"


def test_a_right_quadratic_form_of_ones_own_passes() -> None:
    assert check_derivation(Squared(), max_examples=10).cases == 20


def test_regression_a_quadratic_form_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Squared, "quadratic_form", lambda self: (1.0, 0.0, 3.0, 0.0))
    with pytest.raises(InputError, match=r"model.quadratic_form\(\) = .*: must be a QuadraticForm; or None for a pred"):
        check_derivation(Squared(), max_examples=5)


@pytest.mark.parametrize(
    "model",
    [
        PhaseRetrieval(gamma="1/1000000000", c="1/3"),  # squares of 5·10⁷ cancel
        PhaseRetrieval(gamma=0, c=1000),
        TwoLayerNetwork(alpha=100_000, width=2, reduction="sum"),
        PolynomialModel("100000*w^2 - w"),
    ],
    ids=lambda model: model._line(),
)
def test_regression_models_of_large_and_small_numbers_keep_the_laws(model: Model) -> None:
    assert check_derivation(model, max_examples=5).counts["arrays"] == 5


@pytest.mark.parametrize("name", ["respond", "slope", "bend"])
def test_regression_a_mistake_of_a_millionth_is_found_in_arrays(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = getattr(Own, name)
    monkeypatch.setattr(Own, name, lambda self, *arrays: sound(self, *arrays) * (1 + 1e-6))
    with pytest.raises(LawBroken, match=rf"^{name} \(against"):
        check_derivation(Own(), settings=QUICK)


def test_regression_a_derivation_that_is_not_decided_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    result = dataclasses.replace(derive(PLAIN).check()[0], verdict=Verdict.UNDECIDED)
    monkeypatch.setattr(type(derive(PLAIN)), "check", lambda self: (result,))
    with pytest.raises(LawBroken, match="a step of the derivation is not proved"):
        check_derivation(PLAIN, max_examples=1)


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


@pytest.mark.parametrize(
    "change",
    [sympy.Integer(0), -_r, _r - 1, lambda v, r: Fraction(0), lambda v, r: -r if v else 1 / v],
    ids=["zero", "of the parameter", "a fixed point", "function", "with a pole"],
)
def test_regression_a_constant_change_of_variable_carries_nothing(change: Any) -> None:
    # 0 and −a are fixed points of the residual map: every one of these keeps h ∘ f = g ∘ h or breaks it openly
    with pytest.raises(LawBroken) as caught:
        check_conjugacy(LOGISTIC, residual_family(), change, max_examples=20)
    if change != _r - 1:
        assert caught.value.law == "the change of variable is constant"
        assert caught.value.facts["why"] == "every x goes to one point: no orbit is left to compare"
    else:
        assert caught.value.law.startswith("the change of variable does not take")


def test_regression_changes_that_are_constant_somewhere_are_no_constants() -> None:
    assert check_conjugacy(CUBIC, CUBIC, _v, max_examples=1).cases == 1
    assert not laws._is_constant(lambda z, a: z if a < 0 else Fraction(0))
    assert not laws._is_constant(lambda z, a: abs(z) if z * 3 == 8 else Fraction(0))
    assert laws._is_constant(lambda z, a: a)
    assert laws._is_constant(lambda z, a: 1 / (z - z))


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


@pytest.mark.parametrize("power", [-200, 20])
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


def shifted(boundaries: Boundaries, index: int, by: Fraction) -> Boundaries:
    items = list(boundaries)
    value = RealAlgebraic.rational(sum(items[index].enclose(64), start=by * 2) / 2)
    items[index] = dataclasses.replace(items[index], value=value)
    return dataclasses.replace(boundaries, items=tuple(items))


@pytest.mark.parametrize("index", range(len(residual_boundaries())))
def test_regression_a_boundary_that_is_off_by_a_thousandth_is_noticed(index: int) -> None:
    for by in (Fraction(1, 1000), Fraction(-1, 1000)):
        planted = shifted(residual_boundaries(), index, by)
        with pytest.raises(LawBroken) as caught:
            check_boundaries(residual_family(), boundaries=planted, settings=settings(QUICK, max_examples=1))
        assert caught.value.facts["boundary"].startswith(planted[index].name)


@pytest.mark.parametrize("sign", [1, -1])
def test_regression_how_small_a_shift_is_noticed_is_what_is_promised(sign: int) -> None:
    exact = residual_boundaries()
    middles = [sum(boundary.enclose(64), start=Fraction(0)) / 2 for boundary in exact]
    for index, boundary in enumerate(exact):
        gaps = [(other - middles[index]) * sign for other in middles if other != middles[index]]
        way = min([gap for gap in gaps if gap > 0] or map(abs, gaps))
        share = Fraction(1, 16 if boundary.kind is BoundaryKind.ONSET else 50_000)
        planted = shifted(exact, index, sign * share * way)
        with pytest.raises(LawBroken, match="orbits near a boundary"):
            check_boundaries(residual_family(), boundaries=planted, settings=settings(QUICK, max_examples=1))


@pytest.mark.parametrize("index", range(len(residual_boundaries())))
def test_regression_a_boundary_that_is_left_out_is_noticed(index: int) -> None:
    exact = residual_boundaries()
    left = dataclasses.replace(exact, items=tuple(b for k, b in enumerate(exact) if k != index))
    gone = exact[index]
    if gone.kind is BoundaryKind.FLIP and gone.period == 4:  # of the last flip nothing says that it must be there
        assert check_boundaries(residual_family(), boundaries=left, max_examples=1).undecided == 0
        return
    with pytest.raises(LawBroken) as caught:
        check_boundaries(residual_family(), boundaries=left, max_examples=1)
    assert caught.value.law == "a boundary is neither listed nor named as missing"
    assert caught.value.facts["not there"] == (gone.name if gone.kind is BoundaryKind.FLIP else str(gone.kind))
    assert gone.name not in caught.value.facts["listed"]
    named = dataclasses.replace(left, missing=((gone.kind, "left out on purpose"),))
    if gone.kind is not BoundaryKind.FLIP:
        assert check_boundaries(residual_family(), boundaries=named, max_examples=1).cases


@pytest.mark.parametrize(
    ("cycle", "expected"),
    [
        ([0.5], True),
        ([0.1, 0.9], True),
        ([0.1, 0.7, 0.3, 0.9], True),  # the cascade's: lower and upper points alternate, and so do every other two
        ([0.1, 0.2, 0.3, 0.9], False),  # of a window beyond the onset
        ([0.1, 0.5, 0.9], False),
        ([0.1, 0.7, 0.3, 0.9, 0.2, 0.8], False),
        ([0.9, 0.1, 0.7, 0.3], True),
        ([0.1, 0.6, 0.2, 0.7, 0.3, 0.8, 0.4, 0.9], False),  # halves alternate, but not in each half
    ],
)
def test_regression_cycles_of_the_cascade_are_told_from_others_of_their_period(
    cycle: list[float], expected: bool
) -> None:
    assert witnesses._is_simple(cycle) is expected


@pytest.mark.slow  # a hundred parameters at the boundaries of each of a dozen families: some ten seconds
def test_right_boundaries_are_never_refused_however_near() -> None:
    quartic = PolynomialFamily(_r * _x * (1 - _x) * (1 + _x**2 / 3), variable=_x, parameter=_r)
    wells = [derive(PolynomialLoss(text)).family for text in ("w^4/4 - w^2/2", "w^4/4 - w^2/2 + w/10")]
    others = [
        PolynomialFamily(1 - _c * _x**2, variable=_x, parameter=_c),
        PolynomialFamily(_x**3 + _r * _x, variable=_x, parameter=_r),
        PolynomialFamily(_r * _x**2 * (1 - _x), variable=_x, parameter=_r),
        PolynomialFamily(_r * _x * (1 - 10**20 * _x), variable=_x, parameter=_r),
        PolynomialFamily(_r * (_x / 3 - 1) * (2 - _x / 3) * 3 + 3, variable=_x, parameter=_r),
        quartic,
    ]
    for family in (residual_family(), LOGISTIC, CUBIC, *wells, *others):
        assert family is not None
        found = check_boundaries(family, max_examples=trials(120), derandomize=FIXED)
        assert found.cases > found.undecided


def witness(a: str, boundaries: Boundaries | None = None) -> witnesses._Witness:
    return witnesses._Witness(boundaries or residual_boundaries(), Fraction(a))


def test_regression_each_side_of_each_boundary_is_looked_at_from_three_distances() -> None:
    found: dict[tuple[str, bool], list[Fraction]] = {}
    for boundary, after, a in witnesses.beside_each(residual_boundaries()):
        lower, upper = boundary.enclose(96)
        assert (a > upper) if after else (a < lower)
        found.setdefault((boundary.name, after), []).append(a - upper if after else lower - a)
    assert len(found) == 2 * len(residual_boundaries())
    for (name, _), distances in found.items():
        first, *_, last = distances
        least, most = (2**4, 2**8) if name == "onset of chaos" else (2**14, 2**18)
        assert len(distances) == 3
        assert sorted(distances, reverse=True) == distances
        assert least <= first / last <= most


def test_regression_what_rounding_could_decide_is_not_told() -> None:
    assert [witnesses._below(1 + d, 1) for d in (-2e-9, -5e-10, 0, 5e-10, 2e-9)] == [True, None, None, None, False]


@pytest.mark.parametrize(
    ("a", "z", "period", "expected"),
    [
        ("3/4", 0.04, 1, True),
        ("3/4", 0.06, 1, False),  # too far from the fixed point to be near it by slowness
        ("3/4", 0.01, 2, False),  # a fixed point is no cycle of two
        ("0.9999", 0.04, 2, False),  # nor where Newton's method takes many steps to it
        ("5/4", 0.01, 1, False),  # it repels
        ("1", 0.01, 1, None),  # f' = −1
        ("1/2", 1.0, 1, False),
    ],
)
def test_regression_cycles_near_an_orbit_are_told(a: str, z: float, period: int, expected: bool | None) -> None:
    here = witness(a)
    assert here._attracts(z / float(here.unit), period) is expected


def test_regression_newton_that_meets_a_multiplier_of_one_or_runs_away_finds_no_cycle() -> None:
    parabola = find_boundaries(PolynomialFamily(_x**2 + _c, variable=_x, parameter=_c))
    here = witness("-1/2", parabola)
    assert here.unit == 1
    assert here._attracts(0.5, 1) is False  # f'(1/2) = 1
    assert here._attracts(0.5 + 1e-12, 1) is False
    assert here._attracts(-0.366, 1) is True
    # at c = 1 nothing real is fixed: Newton's method wanders, and happens to end near this start
    assert witness("1", parabola)._attracts(-0.475, 1) is False


@pytest.mark.parametrize(("a", "exact"), [("9/8", -1), ("2", math.log(3)), ("7/4", 0.5)])
def test_regression_exponents_are_negative_at_cycles_and_log_3_at_the_escape(a: str, exact: float) -> None:
    here = witness(a)
    found = here._exponent(0.3 / float(here.unit))
    assert found < -0.05 if exact < 0 else abs(found - exact) < (0.05 if a == "2" else 0.3)


AT: list[tuple[BoundaryKind, str, str | None]] = [
    (BoundaryKind.STABILITY, "0", None),
    (BoundaryKind.STABILITY, "1/1000000", "the fixed point attracts"),
    (BoundaryKind.STABILITY, "-1/1000000", "the fixed point repels"),
    (BoundaryKind.MONOTONE_END, "0.828427", "no start moves away"),
    (BoundaryKind.MONOTONE_END, "0.828428", "a start moves away"),
    (BoundaryKind.MONOTONE_END, "0.82842712474619009760", None),
    (BoundaryKind.FLIP, "0.999999", "period 1"),
    (BoundaryKind.FLIP, "1.000001", "period 2"),
    (BoundaryKind.FLIP, "1", None),
    (BoundaryKind.FLIP, "1.26", "period 4"),
    (BoundaryKind.FLIP, "1.46", "period 3"),
    (BoundaryKind.FLIP, "1.9", None),  # chaos: no period is found
    (BoundaryKind.ONSET, "1.30", "a period that is a power of two"),
    (BoundaryKind.ONSET, "1.31", "no period that is a power of two"),
    (BoundaryKind.ONSET, "1.46", "no period that is a power of two"),  # the window of period 3
    (BoundaryKind.ONSET, "1.2360679774997897", None),  # a flip: neither settled nor chaotic
    (BoundaryKind.ONSET, "2.5", None),  # no orbit stays
    (BoundaryKind.TANGENCY, "1.450440", "no cycle of period 3"),
    (BoundaryKind.TANGENCY, "1.450441", "a cycle of period 3"),
    (BoundaryKind.TANGENCY, residual_boundaries().require(BoundaryKind.TANGENCY).decimal(25), None),
    (BoundaryKind.TANGENCY, "1.9", "a cycle of period 3"),
    (BoundaryKind.TANGENCY, "0.9", "no cycle of period 3"),
    (BoundaryKind.CRISIS, "1.598076", "one side"),
    (BoundaryKind.CRISIS, "1.598077", "both sides"),
    (BoundaryKind.ESCAPE, "1.9999999", "bounded"),
    (BoundaryKind.ESCAPE, "2.0000001", "escapes"),
]


@pytest.mark.parametrize(("kind", "a", "expected"), AT)
def test_regression_what_is_seen_near_the_boundaries_of_the_residual_map(
    kind: BoundaryKind, a: str, expected: str | None
) -> None:
    boundaries = residual_boundaries()
    assert witnesses.seen_at(boundaries, boundaries.require(kind), Fraction(a)) == expected


def test_regression_a_period_that_newton_does_not_confirm_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    flip = residual_boundaries().require(BoundaryKind.FLIP, 1)
    assert witnesses.seen_at(residual_boundaries(), flip, Fraction(5, 4)) == "period 4"
    assert witnesses.seen_at(residual_boundaries(), flip, Fraction(9, 8)) == "period 2"
    monkeypatch.setattr(witnesses._Witness, "_attracts", lambda self, z, period: False)
    assert witnesses.seen_at(residual_boundaries(), flip, Fraction(5, 4)) == "period 4"
    assert witnesses.seen_at(residual_boundaries(), flip, Fraction(9, 8)) is None


def test_regression_a_window_of_period_4_is_beyond_the_onset() -> None:
    found = find_boundaries(LOGISTIC)
    onset = found.require(BoundaryKind.ONSET)
    here = witness("3.9603", found)
    assert len(here._settle(here._critical(free=True)[0]) or []) == 4
    assert witnesses.seen_at(found, onset, Fraction("3.9603")) == "no period that is a power of two"
    assert witnesses.seen_at(found, onset, Fraction("3.5")) == "a period that is a power of two"


def test_regression_no_real_fixed_point_is_none_that_attracts() -> None:
    found = find_boundaries(PolynomialFamily(_x**2 + _c, variable=_x, parameter=_c))
    start = found.require(BoundaryKind.STABILITY)
    assert witnesses.seen_at(found, start, Fraction("0.2500001")) == "the fixed point repels"


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_regression_parameters_are_drawn_beside_those_that_are_always_tried() -> None:
    one, many = (check_boundaries(residual_family(), max_examples=count) for count in (1, 25))
    assert many.cases + many.undecided >= one.cases + one.undecided + 20
