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
from hypothesis import HealthCheck, given, settings
from hypothesis import Phase as Stage
from hypothesis import strategies as st
from knob import trials

from symphase import strategies
from symphase.algebraic import RealAlgebraic
from symphase.boundaries import Boundaries, find_boundaries
from symphase.derivation import derive
from symphase.errors import InputError, SymphaseError
from symphase.maps import PolynomialFamily
from symphase.models import Model, OneWeight, PhaseRetrieval, PolynomialLoss, PolynomialModel, TwoLayerNetwork
from symphase.phases import residual_boundaries, residual_family
from symphase.strategies import (
    Checked,
    LawBroken,
    PlacedProblem,
    check_boundaries,
    check_conjugacy,
    check_derivation,
    check_phase_agreement,
)
from symphase.strategies.runs import Behaviour, LoopRun, as_weights
from symphase.thresholds import BoundaryKind

Array = npt.NDArray[Any]
Loop = Callable[[float, Array, Array], Callable[[Array], Any]]
PLAIN = PhaseRetrieval(gamma=2, c=0)
EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "frameworks"
QUICK = settings(max_examples=100, derandomize=True, database=None, phases=[Stage.generate])  # no shrinking
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


@pytest.mark.slow  # full runs of eleven loops, each shrunk: a minute
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

    found = check_phase_agreement(model, loop, max_examples=trials(200), derandomize=False)
    assert found.undecided * 20 < found.cases
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
        ("steps", {"steps": 100}),
        ("steps", {"steps": 1e3}),
        ("guard", {"guard": "1/200"}),
        ("guard", {"guard": None}),
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
    problems = strategies.orthogonal_data(PLAIN, phases=["divergent", "monotonic"], dimension=4)
    widths = set()

    def loop(eta: float, x: Array, y: Array) -> Callable[[Array], Array]:
        widths.add(x.shape)
        return right(eta, x, y)

    check_phase_agreement(PLAIN, loop, problems=problems, max_examples=10, **SHORT)
    assert widths == {(2, 4)}


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
@settings(max_examples=trials(8), suppress_health_check=[HealthCheck.nested_given])
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


@pytest.mark.parametrize("kind", list(BoundaryKind))
def test_a_boundary_in_the_wrong_place_is_caught_and_named(kind: BoundaryKind) -> None:
    planted = moved(residual_boundaries(), kind, Fraction(1, 20) if kind is BoundaryKind.ESCAPE else Fraction(-1, 20))
    with pytest.raises(LawBroken) as caught:
        check_boundaries(residual_family(), boundaries=planted, settings=QUICK)
    assert caught.value.law == "orbits near a boundary do not do what it says"
    assert {"a", "expected", "observed", "boundary", "side", "map"} == set(caught.value.facts)
