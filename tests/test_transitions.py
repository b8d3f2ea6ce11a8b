"""Empirical boundaries: on orthogonal rows they hold the exact ones; elsewhere they are what single runs show."""

from __future__ import annotations

import ast
import inspect
import math
from typing import Any

import numpy as np
import pytest

import symphase.transitions
from symphase.boundaries import BoundaryKind
from symphase.descent import descend
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.models import PhaseRetrieval, PolynomialModel, TwoLayerNetwork
from symphase.observations import observe_phase
from symphase.phases import residual_boundaries
from symphase.problems import Problem, make_problem, problem_from_data
from symphase.tables import dataset
from symphase.transitions import LABELS, EmpiricalBoundaries, Transition, empirical_boundaries, observe_problem

PLAIN = PhaseRetrieval(gamma=2, c=0)


def small(**more: Any) -> Problem:
    return make_problem(PLAIN, **{"samples": 6, "dimension": 8, "rng": 0, **more})


@pytest.fixture(scope="module")
def orthogonal() -> EmpiricalBoundaries:
    return empirical_boundaries(small(), runs=3, rng=1, steps=1500, points=12)


@pytest.fixture(scope="module")
def coherent() -> EmpiricalBoundaries:
    problem = small(samples=20, dimension=24, design="gaussian", labels="teacher")
    return empirical_boundaries(problem, runs=3, rng=1, steps=1500, points=12)


def exact(kind: BoundaryKind, period: int | None = None) -> float:
    found = [each for each in residual_boundaries() if each.kind is kind and period in (None, each.period)]
    return float(found[0])


def test_on_orthogonal_rows_the_brackets_hold_the_exact_boundaries(orthogonal: EmpiricalBoundaries) -> None:
    """Convergence ends at a = 1, chaos begins at a∞ and everything ends at 2: exact values against 3 starts each."""
    _, flip, onset, escape = orthogonal.transitions
    wanted = (exact(BoundaryKind.FLIP, 1), exact(BoundaryKind.ONSET), exact(BoundaryKind.ESCAPE))
    for transition, a in zip((flip, onset, escape), wanted, strict=True):
        assert transition.found == 3
        for lower, upper in zip(transition.lower, transition.upper, strict=True):
            low, high = orthogonal.in_a(lower), orthogonal.in_a(upper)
            assert low is not None
            assert high is not None
            # half a bracket more on either side for the slow runs beside a boundary
            assert low - (high - low) / 2 <= a <= high + (high - low) / 2, transition.name
            assert high - low < 0.03 * low


def test_no_start_rises_before_the_exact_end_of_monotone_convergence(orthogonal: EmpiricalBoundaries) -> None:
    catapult = orthogonal.transitions[0]
    assert catapult.found == 3
    for upper in catapult.upper:
        a = orthogonal.in_a(upper)
        assert a is not None
        assert a >= exact(BoundaryKind.MONOTONE_END)


def test_on_orthogonal_rows_step_size_times_sharpness_is_twice_a(orthogonal: EmpiricalBoundaries) -> None:
    assert orthogonal.in_sharpness(1.0) == pytest.approx(2 * (orthogonal.in_a(1.0) or 0), rel=1e-6)
    assert orthogonal.scales(1.0) == pytest.approx(np.full(6, orthogonal.in_a(1.0)), rel=1e-12)


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_single_runs_at_the_ends_of_a_bracket_show_both_sides(coherent: EmpiricalBoundaries) -> None:
    """The second route: one run at a time, with the start drawn again from the seed."""
    problem = coherent.problem
    starts = descend(problem.model, problem.features, problem.targets, step_sizes=1.0, runs=3, rng=1, steps=1).starts
    assert coherent.seed == "rng=1"
    checked = 0
    for level, transition in enumerate(coherent.transitions, start=1):
        assert transition.found == 3
        for run, ends in enumerate(zip(transition.lower, transition.upper, strict=True)):
            for rate, beyond in zip(ends, (False, True), strict=True):
                if level == 4:  # chaos rounds otherwise when it is alone, and may just get away: a tenth further on
                    rate *= 1.1 if beyond else 0.9
                seen = descend(
                    problem.model,
                    problem.features,
                    problem.targets,
                    step_sizes=rate,
                    starts=starts[run],
                    steps=coherent.steps,
                )
                label = observe_phase(seen, approaching=True).label
                if label != "undecided":
                    assert (LABELS.index(label) >= level) is beyond, (transition.name, run, rate, label)
                    checked += 1
    assert checked >= 20


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_coherent_rows_leave_the_theory_but_keep_to_sharpness(coherent: EmpiricalBoundaries) -> None:
    """Off orthogonality convergence still ends at the edge of stability, well before a = 1."""
    flip = coherent.transitions[1]
    assert flip.step_size is not None
    at = coherent.in_sharpness(flip.step_size)
    a = coherent.in_a(flip.step_size)
    assert at is not None
    assert a is not None
    assert at == pytest.approx(2, rel=0.1)
    assert a < 0.95


def test_what_a_transition_says(orthogonal: EmpiricalBoundaries) -> None:
    made = Transition(name="x", lower=np.array([1.0, 2.0]), upper=np.array([1.5, 2.5]), runs=4, stopped=1)
    assert (made.found, made.step_size, made.spread) == (2, 1.75, (1.0, 2.5))
    middles = np.array([1.25, 2.25])
    assert made.standard_error == pytest.approx(math.hypot(middles.std(ddof=1) / math.sqrt(2), 0.25))
    never = Transition(name="x", lower=np.empty(0), upper=np.empty(0), runs=4, stopped=0)
    assert (never.found, never.step_size, never.spread, never.standard_error) == (0, None, None, None)
    assert orthogonal.certainty is Certainty.OBSERVED
    assert all(each.certainty is Certainty.OBSERVED for each in orthogonal.transitions)
    assert orthogonal.labels.shape == (12, 3)
    assert not orthogonal.labels.flags.writeable
    assert (orthogonal.labels[0] == 0).all()
    assert (orthogonal.labels[-1] == LABELS.index("divergent")).all()
    assert (np.diff(orthogonal.step_sizes) > 0).all()


def test_undecided_runs_widen_a_bracket_and_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the boundary itself nothing is decided: the bracket keeps what stands on either side."""
    problem = small()
    edge = float(problem.unit_step_size or 0)

    def judge(_: object, rates: Any, *__: object) -> Any:
        codes = np.where(rates < 0.9 * edge, 0, np.where(rates > 1.1 * edge, 4, 5))
        return codes.astype(np.int64)

    monkeypatch.setattr(symphase.transitions, "_label", judge)
    seen = empirical_boundaries(problem, runs=2, rng=0, steps=64, points=6)
    for transition in seen.transitions:
        assert transition.stopped == 2
        assert (transition.lower < 0.9 * edge).all()
        assert (transition.upper > 1.1 * edge).all()
        assert (transition.upper - transition.lower < 0.5 * edge).all()


def test_a_grid_point_in_a_window_does_not_hide_the_chaos_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A made-up problem: chaos from 1.3 on, but a window of periodic runs around 1.65, where the grid has a point."""

    def judge(_: object, rates: Any, *__: object) -> Any:
        ends = np.array([0.8, 1.0, 1.3, 2.0])
        codes = np.searchsorted(ends, rates / edge, side="right")
        return np.where((codes == 3) & (rates > 1.6 * edge) & (rates < 1.7 * edge), 2, codes).astype(np.int64)

    problem = small()
    edge = float(problem.unit_step_size or 0)
    monkeypatch.setattr(symphase.transitions, "_label", judge)
    rates = edge * np.array([0.5, 0.9, 1.1, 1.65, 1.8, 2.2])
    labels = judge(problem, rates)[:, np.newaxis]
    assert labels[:, 0].tolist() == [0, 1, 2, 2, 3, 4]
    found = symphase.transitions._bisect(problem, np.zeros((1, 8)), rates, labels, 100, 0.01)
    for transition, end in zip(found, (0.8, 1.0, 1.3, 2.0), strict=True):
        assert transition.lower[0] <= end * edge <= transition.upper[0]


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_a_model_without_a_single_scale_has_boundaries_too() -> None:
    """Outer weights of both signs: no a, no exact theory, and still an edge of stability."""
    mixed = TwoLayerNetwork(alpha=1, outer_weights=(1, -1))
    problem = problem_from_data(dataset([[1.0, 0.0]], [1.0]), mixed)
    seen = empirical_boundaries(problem, runs=2, rng=0, steps=800, points=8)
    assert seen.unit is None
    assert seen.in_a(1.0) is None
    assert seen.transitions[1].found == 2
    cubic = problem_from_data(dataset([[1.0]], [1.0]), PolynomialModel("w^3"))
    assert empirical_boundaries(cubic, runs=1, rng=0, steps=800, points=8).unit is None


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = small()
    unit = float(problem.unit_step_size or 0)
    rates = [0.5 * unit, 1.1 * unit, 1.25 * unit, 2.2 * unit]
    together = observe_problem(problem, step_sizes=rates, runs=3, rng=0, steps=1000)
    assert together.shape == (4, 3)
    assert [LABELS[code] for code in together[:, 0]] == ["monotonic", "periodic", "periodic", "divergent"]
    monkeypatch.setattr(symphase.transitions, "_BLOCK_BYTES", 8 * 1001 * 7 * 5)
    assert (observe_problem(problem, step_sizes=rates, runs=3, rng=0, steps=1000) == together).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"steps": 31}, ("steps = 31", "≥ 32")),
        ({"steps": 1e3}, ("steps = 1000.0",)),
        ({"points": 3}, ("points = 3", "from 4 to 10000")),
        ({"points": True}, ("points = True",)),
        ({"points": 10**9}, ("points = 1000000000", "10000")),
        ({"tolerance": 0}, ("tolerance = 0",)),
        ({"tolerance": 1}, ("tolerance = 1", "0.5")),
        ({"tolerance": "x"}, ("tolerance",)),
        ({"steps": 10**9}, ("steps = 1000000000", "GiB")),
        ({"runs": 0}, ("runs = 0",)),
        ({"rng": -1}, ("rng = -1",)),
        ({"starts": np.zeros(8)}, ("starts", "critical points")),
        ({"starts": np.zeros(3)}, ("starts", "shape (3,)")),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, Any], words: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as caught:
        empirical_boundaries(small(), **arguments)
    for word in words:
        assert word in str(caught.value)


def test_what_is_no_problem_is_refused() -> None:
    with pytest.raises(InputError, match="must be a Problem"):
        empirical_boundaries(dataset([[1.0]], [1.0]))  # type: ignore[arg-type]  # the wrong type is the point
    with pytest.raises(InputError, match="must be a Problem"):
        observe_problem(1, step_sizes=1)  # type: ignore[arg-type]  # the wrong type is the point
    with pytest.raises(InputError, match="steps = x"):
        observe_problem(small(), step_sizes=1, steps="x")  # type: ignore[arg-type]  # the wrong type is the point


def test_a_loss_without_a_monotonic_phase_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symphase.transitions, "_label", lambda _, rates, *__: np.full(len(rates), 5))
    with pytest.raises(InputError, match="no step size at which all are divergent"):
        empirical_boundaries(small(), runs=1, rng=0, steps=64)


def test_the_module_knows_nothing_of_the_map() -> None:
    tree = ast.parse(inspect.getsource(symphase.transitions))
    used = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not used & {f"symphase.{name}" for name in ("phases", "maps", "boundaries", "orbits", "derivation")}
