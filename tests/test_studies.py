"""Studies: their numbers against plain loops over the formulas, against exact values, and in what they say in words."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from fractions import Fraction
from functools import cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import symphase.studies
from symphase.descent import descend
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.models import Model, PhaseRetrieval, PolynomialModel, TwoLayerNetwork
from symphase.observations import Observation, observe_phase
from symphase.phases import Phase
from symphase.problems import Problem, make_problem, problem_from_data
from symphase.studies import Study, compare_transitions, study
from symphase.tables import dataset
from symphase.transitions import LABELS, empirical_boundaries

Array = npt.NDArray[np.float64]

PLAIN = PhaseRetrieval(gamma=2, c=0)
LINEAR = PhaseRetrieval(gamma=0, c=1)
SIGNS = TwoLayerNetwork(alpha=1, outer_weights=(1, -1))
STEPS = 300
PHASES = ("monotonic", "catapult", "periodic", "chaotic", "divergent", "undecided")


def table(features: list[list[float]], targets: list[float], model: Model = PLAIN) -> Problem:
    return problem_from_data(dataset(features, targets), model)


def generic(**more: Any) -> Problem:
    """More samples than features, labels of a teacher, five rows held out."""
    settings: dict[str, Any] = {"samples": 6, "dimension": 4, "design": "gaussian", "labels": "teacher"}
    return make_problem(PLAIN, **{**settings, "test_samples": 5, "rng": 0, **more})


PROBLEMS: dict[str, tuple[Any, Any]] = {
    "orthogonal": (lambda: make_problem(PLAIN, samples=4, dimension=4, design="hadamard"), None),
    "generic": (generic, "1/2"),
    "generic, escaped": (generic, 100),
    "one sample": (lambda: table([[1.0]], [1.0]), Fraction(13, 20)),
    "both signs": (lambda: table([[1.0, 0.0], [0.0, 1.0]], [1.0, 0.5], SIGNS), None),
    "cubic": (lambda: table([[1.0]], [1.0], PolynomialModel("w^3")), 0.1),
    "linear": (lambda: make_problem(LINEAR, samples=3, dimension=4, design="hadamard"), 9),
    "out of reach": (lambda: table([[1.0, 0.0], [0.0, 1.0]], [-1.0, -0.5]), "0.5"),
    "one out of reach": (lambda: table([[1.0, 0.0], [0.0, 1.0]], [0.5, -3.0]), "0.8"),
    "network": (lambda: make_problem(TwoLayerNetwork(alpha=1, width=2), samples=3, dimension=4, rng=0), "2.4"),
    "sum": (
        lambda: make_problem(PhaseRetrieval(gamma=2, c=0, reduction="sum"), samples=3, dimension=4, rng=0),
        None,
    ),
}
QUICK = frozenset(PROBLEMS) - {"orthogonal", "generic"}  # these are looked at coarsely


@cache
def made(name: str) -> Study:
    """Make a study once for all tests, those of the page included."""
    maker, step_size = PROBLEMS[name]
    with pytest.MonkeyPatch.context() as patch:
        if name in QUICK:
            patch.setattr(symphase.studies, "empirical_boundaries", coarse())
        return study(maker(), step_size, runs=1 if name == "one sample" else 2, steps=STEPS)


def coarse() -> Any:
    return partial(empirical_boundaries, points=9, tolerance=0.05)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symphase.studies, "empirical_boundaries", coarse())


def strict(record: dict[str, Any]) -> Any:
    """Through JSON without NaN or infinities."""
    return json.loads(json.dumps(record, allow_nan=False))


# ----------------------------------------------------------------------------------- against a loop over the formulas


def residuals(w: Array, x: Array, y: Array) -> Array:
    found: Array = (x @ w) ** 2 - y
    return found


def plain_path(problem: Problem, w: Array, eta: float, steps: int) -> list[Array]:
    """Gradient descent on (1/2n) Σ ((xᵀw)² − y)², one run and one sample after the other."""
    path = [w]
    for _ in range(steps):
        gradient = np.zeros_like(w)
        for x, y in zip(problem.features, problem.targets, strict=True):
            u = float(x @ w)
            gradient += 2 * (u * u - y) * u * x / problem.samples
        w = w - eta * gradient
        path.append(w)
    return path


def test_losses_sharpness_and_hops_are_those_of_a_plain_loop() -> None:
    found = made("generic")
    problem, eta = found.problem, 0.5
    assert found.step_size == eta
    assert not found.chosen
    assert problem.test is not None
    starts = found.boundaries.starts
    assert starts.shape == (2, 4)
    record = strict(found.to_dict())
    for run, start in enumerate(starts):
        path = plain_path(problem, start, eta, STEPS)
        x, y, end = problem.features, problem.targets, path[-1]
        loss = (residuals(end, x, y) ** 2).sum() / 12
        assert record["final_losses"][run] == pytest.approx(loss, rel=1e-6)
        test = (residuals(end, problem.test.features, problem.test.targets) ** 2).sum() / 10
        assert record["final_test_losses"][run] == pytest.approx(test, rel=1e-6)
        hessian = sum(2 * (3 * float(r @ end) ** 2 - t) * np.outer(r, r) for r, t in zip(x, y, strict=True)) / 6
        top = float(np.linalg.eigvalsh(hessian)[-1])
        assert record["final_step_size_times_sharpness"][run] == pytest.approx(eta * top, rel=1e-6)
        signs = np.sign([x @ w for w in path])
        assert found.training.sign_changes is not None
        assert found.training.sign_changes[run].tolist() == (np.diff(signs, axis=0) != 0).sum(axis=0).tolist()
        losses = [float((residuals(w, x, y) ** 2).sum()) for w in path]
        falls = all(after <= before for before, after in itertools.pairwise(losses))
        assert found.observations[run].label == ("monotonic" if falls else "catapult")


def test_every_start_converges_below_the_end_that_was_found_and_none_beyond() -> None:
    found = made("generic")
    flip = found.boundaries.transitions[1]
    assert flip.found == 2
    safe = found.largest_converging
    assert safe is not None
    assert safe <= flip.lower.min()
    x, y = found.problem.features, found.problem.targets
    for run, start in enumerate(found.boundaries.starts):

        def swing(eta: float, start: Array = start) -> float:
            last, before = plain_path(found.problem, start, eta, 600)[:-3:-1]
            return float(np.abs(residuals(last, x, y) - residuals(before, x, y)).max())

        assert swing(0.97 * safe) < 1e-4
        assert swing(1.05 * float(flip.upper[run])) > 1e-2


def test_held_out_losses_over_the_step_size_are_averages_of_the_same_paths() -> None:
    found = made("generic")
    problem, test = found.problem, found.problem.test
    assert test is not None
    assert found.averages is not None
    rows = strict(found.to_dict())["test_losses"]
    sizes = [row["step_size"] for row in rows]
    assert len(sizes) == 12
    assert sizes == sorted(sizes)
    assert sizes[0] == found.boundaries.step_sizes[0]
    kinds: dict[str, list[float]] = {"last_iterate": [], "weight_average": [], "prediction_average": []}
    for start in found.boundaries.starts:
        path = plain_path(problem, start, sizes[2], STEPS)
        late = np.array(path[found.averages.burn_in :])
        kinds["last_iterate"].append(float((residuals(path[-1], test.features, test.targets) ** 2).sum()) / 10)
        kinds["weight_average"].append(
            float((residuals(late.mean(axis=0), test.features, test.targets) ** 2).sum()) / 10
        )
        predicted = ((late @ test.features.T) ** 2).mean(axis=0)
        kinds["prediction_average"].append(float(((predicted - test.targets) ** 2).sum()) / 10)
    for kind, values in kinds.items():
        assert rows[2][kind]["mean"] == pytest.approx(np.mean(values), rel=1e-6)
        error = np.std(values, ddof=1) / math.sqrt(2)
        assert rows[2][kind]["standard_error"] == pytest.approx(error, rel=1e-4, abs=1e-12)
        assert rows[2][kind]["escaped"] == 0


@pytest.mark.slow  # every run once more, some seconds
def test_labels_are_those_of_runs_made_one_at_a_time() -> None:
    for name in ("generic", "generic, escaped", "one sample", "network", "one out of reach"):
        found = made(name)
        problem = found.problem
        for one, start in zip(found.observations, found.boundaries.starts, strict=True):
            alone = descend(
                problem.model, problem.features, problem.targets, step_sizes=found.step_size, starts=start, steps=STEPS
            )
            assert observe_phase(alone, approaching=True).label == one.label, name


# -------------------------------------------------------------------------------------------------------- exact values


def test_orthogonal_rows_meet_the_exact_boundaries() -> None:
    found = made("orthogonal")
    assert found.orthogonal
    exact = (2 * math.sqrt(2) - 2, 1.0, 1.30228346, 2.0)
    for row, value in zip(found.rows, exact, strict=True):
        assert row.theory_in_a == pytest.approx(value, abs=2e-6)
        assert row.theory_in_sharpness == pytest.approx(2 * value, abs=4e-6)
        assert row.in_a is not None
        # step size × sharpness is 2a at a minimum that fits all labels
        assert row.in_sharpness == pytest.approx(2 * row.in_a, rel=1e-6)
        assert row.transition.found == 2
        if row is not found.rows[0]:  # random starts need not rise in the catapult phase
            assert row.in_a == pytest.approx(value, rel=0.015)
    assert (found.rows[0].in_a or 0) > exact[0] * 0.99
    assert str(found.rows[1].theory and found.rows[1].theory.certainty) == "exact"


def test_the_predicted_phase_is_that_of_the_largest_sample_exactly() -> None:
    found = made("one sample")
    assert found.predicted is not None
    assert found.predicted.parameter == Fraction(13, 10)  # a = 2η
    assert found.predicted.phase is Phase.PERIODIC  # just below the onset at 1.3023
    orthogonal = made("orthogonal")
    assert orthogonal.predicted is not None
    assert orthogonal.predicted.parameter == Fraction(orthogonal.step_size) / 2
    network = made("network")
    assert network.predicted is not None
    # κ = 2αη‖x‖²/n, a = κy
    assert float(network.predicted.parameter) == pytest.approx(1.6, rel=1e-12)
    assert network.predicted.phase is Phase.CHAOTIC
    summed = made("sum")
    assert summed.predicted is not None
    assert float(summed.predicted.parameter) == pytest.approx(2 * summed.step_size, rel=1e-12)  # no 1/n
    assert summed.to_dict()["reduction"] == "sum"


@pytest.mark.slow  # whole studies, seconds each
@pytest.mark.parametrize("name", ["both signs", "cubic"])
def test_a_model_that_reduces_to_no_map_is_compared_with_nothing(name: str) -> None:
    found = made(name)
    assert found.predicted is None
    record = strict(found.to_dict())
    assert record["unit_step_size"] is None
    assert record["predicted_a"] is None
    assert record["predicted_for_orthogonal_rows"] is None
    for row in record["transitions"]:
        assert row["in_a"] is row["theory_in_a"] is row["theory_certainty"] is None
        assert row["theory_in_step_size_times_sharpness"] is None
        assert row["in_step_size_times_sharpness"] > 0
    told = " ".join(found.summary)
    assert "divergence begins" in told
    assert "on orthogonal rows" not in told
    assert "exact phase" not in told


def test_linear_regression_has_one_boundary_and_no_chaos() -> None:
    """a = η‖x‖²c²/(2n): the residual is multiplied by 1 − 2a, so that a = 9/6 diverges; the cubic map says periodic."""
    found = made("linear")
    assert [row.theory_in_a for row in found.rows] == [1.0] * 4
    assert found.predicted is not None
    assert found.predicted.parameter == Fraction(3, 2)
    assert found.predicted.phase is Phase.DIVERGENT
    assert found.label == "divergent"
    assert found.rows[3].in_a == pytest.approx(1, rel=0.06)


def test_labels_out_of_reach() -> None:
    found = made("out of reach")
    assert found.boundaries.unit is None
    assert [row.theory for row in found.rows] == [None] * 4
    assert found.predicted is not None
    assert found.predicted.phase is Phase.FLOOR
    assert found.label == "monotonic"
    told = " ".join(found.summary)
    assert "The rows are orthogonal" in told
    assert "on orthogonal rows)" not in told
    # one label in reach at a = 0.4, one beyond a = -2: that one decides, and gradient descent says so too
    mixed = made("one out of reach")
    assert mixed.predicted is not None
    assert mixed.predicted.parameter == Fraction(8, 10) * -3
    assert mixed.predicted.phase is Phase.DIVERGENT
    assert mixed.label == "divergent"
    assert [row.theory for row in mixed.rows] == [None] * 4


def test_comparing_transitions_alone_gives_the_same_rows() -> None:
    found = made("generic")
    assert compare_transitions(found.boundaries) == found.rows


# ------------------------------------------------------------------------------------------------------- the step size


def test_without_a_step_size_half_of_the_smallest_end_of_convergence_is_taken() -> None:
    for name in ("orthogonal", "both signs", "sum"):
        found = made(name)
        assert found.chosen
        assert found.step_size == found.boundaries.transitions[1].lower.min() / 2
        assert found.label in {"monotonic", "catapult"}
        assert strict(found.to_dict())["step_size_chosen"] is True


def test_a_run_that_escapes_leaves_no_nan() -> None:
    found = made("generic, escaped")
    record = strict(found.to_dict())
    assert found.label == "divergent"
    assert record["observed"] == {"divergent": 2}
    assert record["final_losses"] == record["final_test_losses"] == [None, None]
    assert record["final_step_size_times_sharpness"] == record["exponents"] == [None, None]
    assert (found.training.escape_step >= 0).all()
    assert (
        found.summary[0] == f"At step size 100 gradient descent is divergent: 2 of 2 starts [observed, {STEPS} steps]."
    )


def test_one_start_has_no_error() -> None:
    found = made("one sample")
    record = strict(found.to_dict())
    assert (record["starts"], record["samples"], record["dimension"]) == (1, 1, 1)
    assert {row["standard_error"] for row in record["transitions"]} == {None}
    assert {row["starts"] for row in record["transitions"]} == {1}
    assert found.rms_cosine == 0
    assert found.summary[0].startswith("At step size 0.65 gradient descent is periodic (period ")
    assert "1 of 1 starts" in found.summary[0]


def test_no_test_set_no_held_out_losses() -> None:
    found = made("orthogonal")
    assert found.averages is None
    assert found.training.test_losses is None
    record = strict(found.to_dict())
    assert "test_losses" not in record
    assert record["final_test_losses"] is None


def test_held_out_losses_where_the_grid_diverges_at_once(quick: None) -> None:
    """Linear, diverging from η = 1.01 on: every step size of the grid but the first one diverges."""
    assert quick is None
    row = math.sqrt(2 / 1.01)
    problem = Problem(model=LINEAR, data=dataset([[row]], [1.0]), test=dataset([[1.0], [2.0]], [1.0, 1.0]))
    found = study(problem, runs=2, steps=STEPS)
    assert (found.boundaries.labels[1:] == LABELS.index("divergent")).all()
    assert found.averages is not None
    assert len(np.unique(found.averages.step_sizes)) == 12
    rows = strict(found.to_dict())["test_losses"]
    assert rows[0]["last_iterate"]["escaped"] == 0
    assert rows[-1]["last_iterate"]["escaped"] == 2
    assert rows[-1]["last_iterate"]["mean"] is None


# ------------------------------------------------------------------------------------------------------------ in words


def relabelled(found: Study, *labels: str, **more: Any) -> Study:
    one = found.observations[0]
    changed = tuple(dataclasses.replace(one, label=label, **more) for label in labels)  # type: ignore[arg-type]  # fields by their names
    return dataclasses.replace(found, observations=changed)


def test_all_starts_undecided() -> None:
    found = relabelled(made("generic"), "undecided", "undecided")
    assert found.label == "undecided"
    assert found.summary[0].startswith("At step size 0.5 gradient descent is undecided: 2 of 2 starts")
    assert strict(found.to_dict())["observed"] == {"undecided": 2}


def test_what_most_starts_did_comes_first() -> None:
    found = relabelled(made("generic"), "divergent", "periodic", "periodic", "undecided", period=4)
    assert found.label == "periodic"
    assert found.summary[0].startswith(
        "At step size 0.5 gradient descent is periodic (period 4): 2 of 4 starts, 1 divergent, 1 undecided [observed"
    )
    assert relabelled(found, "divergent", "catapult").label == "catapult", "the calmer one of equally many"
    assert set(PHASES) == set(LABELS)


def test_undecided_starts_limit_what_is_called_converging() -> None:
    found = made("orthogonal")
    whole = found.largest_converging
    assert whole == found.boundaries.transitions[1].lower.min()
    labels = found.boundaries.labels.copy()
    doubtful = 5
    assert found.boundaries.step_sizes[doubtful] < whole
    labels[doubtful, 1] = LABELS.index("undecided")
    less = dataclasses.replace(found, boundaries=dataclasses.replace(found.boundaries, labels=labels))
    assert less.largest_converging == found.boundaries.step_sizes[doubtful - 1]
    assert f"up to a step size of {less.largest_converging:.6g}." in less.summary[1]


@pytest.mark.parametrize("name", PROBLEMS)
def test_words_and_numbers_agree(name: str) -> None:
    found = made(name)
    record = strict(found.to_dict())
    assert record["summary"] == list(found.summary)
    assert record["certainty"] == str(Certainty.OBSERVED) == "observed"
    assert sum(record["observed"].values()) == record["starts"] == len(found.observations)
    assert record["start_seed"] == "rng=0"
    assert record["steps"] == STEPS
    assert record["orthogonal"] is found.orthogonal is (found.coherence.kind != "none")
    assert len(record["evidence"]) == len(record["exponents"]) == len(record["observed_periods"]) == record["starts"]
    assert [row["name"] for row in record["transitions"]] == [
        "monotonic → catapult",
        "catapult → periodic",
        "periodic → chaotic",
        "chaotic → divergent",
    ]
    ends = [row["step_size"] for row in record["transitions"]]
    assert ends == sorted(ends)
    for row in record["transitions"]:
        low, high = row["step_size_spread"]
        assert low <= row["step_size"] <= high
        assert row["stopped_by_undecided_runs"] <= row["starts_found"] == row["starts"]
    told = " ".join(found.summary)
    assert "nan" not in told
    assert "None" not in told
    assert f"{found.counts[found.label]} of {record['starts']} starts" in told
    assert not any(line.endswith("..") or "  " in line for line in found.summary)
    words = told.split()
    assert not any(first == second for first, second in itertools.pairwise(words)), "a word stands twice"


def test_examples_come_from_the_phases_that_the_first_start_showed() -> None:
    for name in PROBLEMS:
        found = made(name)
        seen = found.boundaries.labels[:, 0]
        assert found.example_labels == tuple(label for code, label in enumerate(PHASES[:-1]) if (seen == code).any()), (
            name
        )
        assert {"monotonic", "divergent"} <= set(found.example_labels)
        for label, rate in zip(found.example_labels, found.examples.step_sizes, strict=True):
            (place,) = np.flatnonzero(found.boundaries.step_sizes == rate)
            assert PHASES[seen[place]] == label
            places = np.flatnonzero(seen == seen[place])
            assert place == (places[0] if label == "divergent" else sorted(places)[len(places) // 2])
        assert found.examples.losses.shape == (len(found.example_labels), 121)


# ------------------------------------------------------------------------------------------------- memory and progress


def test_blocks_of_starts_change_no_label(monkeypatch: pytest.MonkeyPatch) -> None:
    found = made("network")
    monkeypatch.setattr(symphase.studies, "_BLOCK_BYTES", 1)
    again = symphase.studies._observe(found.problem, found.step_size, found.boundaries.starts, STEPS)

    def told(observations: tuple[Observation, ...]) -> list[tuple[str, int]]:
        return [(one.label, one.run) for one in observations]

    assert told(again) == told(found.observations)
    assert [one.run for one in again] == [0, 1]


def test_progress_ends_with_done(quick: None) -> None:
    assert quick is None
    calls: list[tuple[str, int, int]] = []
    study(table([[1.0]], [1.0]), "1/4", runs=1, steps=64, progress=lambda *call: calls.append(call))
    assert calls[-1] == ("done", 3, 3)
    assert all(0 <= done <= total for _, done, total in calls)
    assert len(calls) > 10


# ----------------------------------------------------------------------------------------------------------- bad input


def never(*_: Any, **__: Any) -> Any:
    pytest.fail("nothing may be run before the input is checked")


BAD_SIZES: tuple[Any, ...] = (
    *(0, -1, 0.0, -0.1, math.nan, math.inf, True, "", "x", "nan", "1e400", "1_0"),
    *(10**400, Fraction(1, 10**400), Fraction(10**301), 1j, [0.1], b"1", {}),
)
BAD_STEPS: tuple[Any, ...] = (63, 0, -5, 1e3, True, "100", None)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        *[({"step_size": bad}, "step_size") for bad in BAD_SIZES],
        *[({"steps": bad}, "steps") for bad in BAD_STEPS],
    ],
)
def test_bad_arguments_are_refused_before_any_run(
    arguments: dict[str, Any], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(symphase.studies, "empirical_boundaries", never)
    with pytest.raises(InputError) as caught:
        study(table([[1.0]], [1.0]), **arguments)
    assert caught.value.argument == named


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"runs": 0}, "runs"),
        ({"runs": True}, "runs"),
        ({"runs": 2.5}, "runs"),
        ({"runs": 10**12}, "runs"),
        ({"rng": -1}, "rng"),
        ({"rng": "0"}, "rng"),
        ({"rng": np.random.RandomState(0)}, "rng"),  # the old kind is what is refused
    ],
)
def test_bad_starts_are_refused(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError) as caught:
        study(table([[1.0]], [1.0]), **arguments)
    assert caught.value.argument == named


def test_what_is_no_problem_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symphase.studies, "empirical_boundaries", never)
    for bad in (None, dataset([[1.0]], [1.0]), PLAIN, "digits"):
        with pytest.raises(InputError, match="must be a Problem"):
            study(bad)  # type: ignore[arg-type]  # the wrong type is the point
