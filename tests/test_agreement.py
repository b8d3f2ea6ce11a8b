"""Gradient descent on orthogonal rows against the exact phases: 10 000 runs, and planted mistakes that must show."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import symphase.agreement
from symphase.agreement import PhaseAgreement, distance_to_orbit, phase_agreement
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.models import PhaseRetrieval, TwoLayerNetwork
from symphase.phases import Phase, classify, residual_boundaries
from symphase.problems import make_problem
from symphase.training import train


@pytest.fixture(scope="module")
def grid() -> PhaseAgreement:
    return phase_agreement(parameters=2500, starts=4, steps=4000, rng=0)


@pytest.mark.slow  # 10 000 runs
def test_ten_thousand_runs_agree_or_say_why_not(grid: PhaseAgreement) -> None:
    """Outside the guard bands nothing is left unexplained, and hardly anything needs an explanation."""
    assert grid.runs == sum(grid.counts.values()) == 10_000
    assert grid.agrees
    assert grid.unexplained == ()
    assert len(grid.disagreements) < 100
    assert sum(not each.guarded for each in grid.disagreements) < 30
    assert grid.guarded < 250  # the guard bands are narrow: agreement is claimed for the rest
    # nothing that converges, oscillates or diverges is ever called by another phase's name
    for each in grid.disagreements:
        transient = each.cause.startswith("finite horizon")
        assert each.observed.label == "undecided" or (each.predicted.in_window and transient)


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_a_thousand_runs_agree_or_say_why_not() -> None:
    found = phase_agreement(parameters=250, starts=4, steps=4000, rng=0)
    assert found.runs == 1000
    assert found.agrees
    assert len(found.disagreements) < 20
    assert {"monotonic", "catapult", "chaotic", "divergent"} <= {observed for _, observed in found.counts}


@pytest.mark.slow  # 10 000 runs
def test_every_phase_was_seen(grid: PhaseAgreement) -> None:
    by_phase: dict[str, int] = {}
    for (predicted, observed), count in grid.counts.items():
        if predicted == observed or (predicted.startswith("periodic") and observed.startswith("periodic")):
            name = predicted.partition(" ")[0]
            by_phase[name] = by_phase.get(name, 0) + count
    assert by_phase["monotonic"] > 3500
    assert by_phase["catapult"] > 150  # at every a the start that rises does
    assert by_phase["periodic"] > 1400
    assert by_phase["chaotic"] > 2500
    assert by_phase["divergent"] > 800
    periods = {observed for _, observed in grid.counts if observed.startswith("periodic")}
    assert {f"periodic (period {p})" for p in (2, 3, 4, 5, 6, 7, 8)} <= periods


@pytest.mark.slow  # 10 000 runs
def test_guard_bands_are_ten_over_the_steps(grid: PhaseAgreement) -> None:
    assert grid.guard == Fraction(10, 4000)
    places = [float(boundary) for boundary in residual_boundaries()]
    for each in grid.disagreements:
        a = float(each.predicted.parameter)
        assert each.guarded == any(abs(a - place) <= 0.0025 + 1e-6 for place in places)


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_the_network_agrees_as_well() -> None:
    found = phase_agreement(parameters=150, starts=2, steps=2000, width=3, rng=1)
    assert found.agrees
    assert found.runs == 300
    assert found.model.name.startswith("two-layer network")


@pytest.mark.parametrize("shift", ["1/50", "-1/50"])
def test_predictions_that_are_off_by_a_fiftieth_are_found(monkeypatch: pytest.MonkeyPatch, shift: str) -> None:
    monkeypatch.setattr(
        symphase.agreement, "classify", lambda a, **more: classify(max(a + Fraction(shift), Fraction(1, 100)), **more)
    )
    monkeypatch.setattr(symphase.agreement, "_longer", lambda *_, **__: "unexplained")  # longer runs would not help
    found = phase_agreement(parameters=120, starts=1, steps=1000, rng=0)
    assert not found.agrees


def test_a_simulator_that_is_off_by_a_fiftieth_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    correct = PhaseRetrieval.loss_gradient
    monkeypatch.setattr(PhaseRetrieval, "loss_gradient", lambda *args: correct(*args) * 1.02)
    monkeypatch.setattr(symphase.agreement, "_longer", lambda *_, **__: "unexplained")  # longer runs would not help
    assert not phase_agreement(parameters=120, starts=1, steps=1000, rng=0).agrees


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_the_first_start_is_where_a_step_raises_the_loss_most() -> None:
    """In fractions: |f(z)/z| for 0 < z < 2 − a, where f(z)/z < 0, is nowhere larger than at z = 1 − a/2."""
    for a in (Fraction(4, 5), Fraction(83, 100), Fraction(9, 10)):
        ratios = {z: z * z + (a - 2) * z + 1 - 2 * a for z in (Fraction(k, 200) for k in range(1, 400))}
        best = 1 - a / 2
        assert best * best + (a - 2) * best + 1 - 2 * a <= min(ratios.values())
    # and descent, from there, rises beyond 2√2 − 2 and not before
    found = phase_agreement(parameters=500, starts=1, steps=500, rng=0)
    assert ("catapult", "monotonic") not in found.counts
    assert ("monotonic", "catapult") not in found.counts
    assert found.counts["catapult", "catapult"] > 30


@pytest.mark.slow  # 10 000 runs
def test_what_it_says_of_itself(grid: PhaseAgreement) -> None:
    assert grid.certainty is Certainty.OBSERVED
    assert grid.seed == "rng=0"
    record = json.loads(json.dumps(grid.to_dict(), allow_nan=False))
    assert record["runs"] == 10_000
    assert record["agrees"] is True
    assert record["agreeing_runs"] + len(record["disagreements"]) == 10_000
    assert all(each["cause"] != "unexplained" for each in record["disagreements"])
    phases = {Phase.MONOTONIC, Phase.CATAPULT, Phase.PERIODIC, Phase.CHAOTIC, Phase.DIVERGENT}
    assert {each.predicted.phase for each in grid.disagreements} <= phases


@pytest.mark.parametrize(
    "arguments",
    [
        {"parameters": 0},
        {"parameters": 2.5},
        {"starts": 0},
        {"starts": True},
        {"steps": 63},
        {"samples": 0},
        {"parameters": 10**6, "starts": 2},
        {"samples": 1001},
        {"rng": -1},
        {"width": 0},
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        phase_agreement(**arguments)
    assert next(iter(arguments)) in str(caught.value)


def test_the_same_seed_gives_the_same_runs() -> None:
    one, other = (phase_agreement(parameters=20, starts=2, steps=200, rng=np.random.default_rng(3)) for _ in range(2))
    assert one.counts == other.counts


# ------------------------------------------------------------------------------------------------- the predicted orbit


def test_on_orthogonal_rows_every_sample_follows_its_own_orbit() -> None:
    """Labels of their own, so that every sample has its own a; in chaos rounding grows like e to the exponent."""
    plain = PhaseRetrieval(gamma=2, c=0)
    problem = make_problem(plain, samples=5, dimension=8, labels="uniform", rng=0)
    unit = problem.unit_step_size
    assert unit is not None
    seen = train(problem, step_sizes=[unit / 2, unit * 19 / 10], rng=0, runs=2, steps=60, measures=("residuals",))
    apart = distance_to_orbit(seen)
    assert apart.shape == (4, 61, 5)
    assert apart[:, 0].max() == 0
    assert apart[:2].max() < 1e-11  # rounding of some hundred operations near z = 2, where slopes are 7
    assert apart[2:, :15].max() < 1e-8
    # exactly, for the first steps of one run: fractions from the same float start
    z, a = Fraction(float(seen.scaled_residuals[2, 0, 1])), problem.scales_per_step[1] * unit * Fraction(19, 10)  # type: ignore[index]  # residuals were asked for
    for step in range(6):
        assert abs(float(z) - float(seen.scaled_residuals[2, step, 1])) < 1e-12  # type: ignore[index]  # residuals were asked for
        z = (z + a) * (1 - z) ** 2 - a


def test_off_orthogonality_samples_leave_their_orbits() -> None:
    problem = make_problem(PhaseRetrieval(gamma=2, c=0), samples=5, dimension=8, design="gaussian", rng=0)
    unit = problem.unit_step_size
    assert unit is not None
    seen = train(problem, step_sizes=[unit / 2, 4 * unit], rng=0, steps=60, record_every=7, measures=("residuals",))
    apart = distance_to_orbit(seen)
    assert 1e-3 < apart[0].max() < 10
    assert np.isinf(apart[1, -1]).all()  # escaped
    assert not np.isnan(apart).any()


def test_what_has_no_orbit_is_refused() -> None:
    problem = make_problem(PhaseRetrieval(gamma=2, c=0), samples=2, dimension=3, rng=0)
    mixed = make_problem(TwoLayerNetwork(alpha=1, outer_weights=(1, -1)), samples=2, dimension=3, labels=[1, 1], rng=0)
    for bad in (
        None,
        train(problem, step_sizes=1, rng=0, steps=5),
        train(mixed, step_sizes=1, rng=0, steps=5, measures=("residuals",)),
    ):
        with pytest.raises(InputError, match="training"):
            distance_to_orbit(bad)  # type: ignore[arg-type]  # the wrong type is among them
