"""What a step size does to one problem: observed transitions beside the exact ones, and the runs at that step size.

The exact phases hold for orthogonal rows.  For any other data they are a reference: a study says where the transitions
of this problem lie in units of a, of step size × sharpness, and relative to the orthogonal theory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np

from symphase.descent import descend
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.formulas import positive_rational
from symphase.observations import Observation, observe_phases
from symphase.phases import Classification, classify, residual_boundaries
from symphase.problems import Problem, rms_cosine
from symphase.tables import Coherence
from symphase.thresholds import Boundary, BoundaryKind
from symphase.training import Training, train
from symphase.transitions import LABELS, EmpiricalBoundaries, Transition, empirical_boundaries

__all__ = ["Study", "TransitionRow", "compare_transitions", "study"]

Progress = Callable[[str, int, int], None]

_RECORDS: Final = 200
_EXAMPLE_STEPS: Final = 120
_SWEPT: Final = 12
_THEORY: Final = (
    (BoundaryKind.MONOTONE_END, None),
    (BoundaryKind.FLIP, 1),
    (BoundaryKind.ONSET, None),
    (BoundaryKind.ESCAPE, None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionRow:
    """One transition: where it was seen, and where the theory of orthogonal rows has it.

    Attributes
    ----------
    transition : Transition
    in_a : float or None
        Its median, as the largest a of a sample; None where that is not defined, or the transition was not found.
    in_sharpness : float or None
        Its median × sharpness.
    theory : Boundary
        In units of a; step size × sharpness is twice that.
    """

    transition: Transition
    in_a: float | None
    in_sharpness: float | None
    theory: Boundary

    def to_dict(self) -> dict[str, Any]:
        """Return the row as plain data for JSON."""
        found = self.transition
        return {
            "name": found.name,
            "step_size": found.step_size,
            "step_size_spread": None if found.spread is None else list(found.spread),
            "standard_error": found.standard_error,
            "starts_found": found.found,
            "starts": found.runs,
            "stopped_by_undecided_runs": found.stopped,
            "in_a": self.in_a,
            "in_step_size_times_sharpness": self.in_sharpness,
            "theory_in_a": float(self.theory),
            "theory_in_step_size_times_sharpness": 2 * float(self.theory),
            "theory_certainty": str(self.theory.certainty),
            "certainty": str(found.certainty),
        }


def compare_transitions(boundaries: EmpiricalBoundaries) -> tuple[TransitionRow, ...]:
    """Put observed transitions beside the exact boundaries of orthogonal rows.

    Parameters
    ----------
    boundaries : EmpiricalBoundaries

    Returns
    -------
    tuple of TransitionRow
        In the order of the transitions.

    Certainty
    ---------
    The theory's side is exact or certified; the other one is observed.
    """
    exact = residual_boundaries()
    rows = []
    for transition, (kind, period) in zip(boundaries.transitions, _THEORY, strict=True):
        at = transition.step_size
        rows.append(
            TransitionRow(
                transition=transition,
                in_a=None if at is None else boundaries.in_a(at),
                in_sharpness=None if at is None else boundaries.in_sharpness(at),
                theory=next(each for each in exact if each.kind is kind and period in (None, each.period)),
            )
        )
    return tuple(rows)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Study:
    """Everything about one problem and one step size.

    Attributes
    ----------
    problem : Problem
    step_size : float
        η of w ← w − η∇L.
    chosen : bool
        Whether it was chosen here: half of the smallest step size beyond which a start no longer converged.
    boundaries : EmpiricalBoundaries
    rows : tuple of TransitionRow
    observations : tuple of Observation
        Of every start at this step size.
    training : Training
        The same starts: loss, sharpness, sign changes, exponents, and test losses where there is a test set.
    examples : Training
        One start in the middle of each phase that was seen, every step.
    example_labels : tuple of str
    averages : Training or None
        Test losses over the range of step sizes; None without a test set.
    coherence : Coherence
        Whether the rows are orthogonal.
    rms_cosine : float
    predicted : Classification or None
        Of the largest a of a sample, were the rows orthogonal; None for a model without one scale.
    certainty : Certainty
        OBSERVED.
    """

    problem: Problem
    step_size: float
    chosen: bool
    boundaries: EmpiricalBoundaries
    rows: tuple[TransitionRow, ...]
    observations: tuple[Observation, ...]
    training: Training
    examples: Training
    example_labels: tuple[str, ...]
    averages: Training | None
    coherence: Coherence
    rms_cosine: float
    predicted: Classification | None
    certainty: Certainty = Certainty.OBSERVED

    @property
    def orthogonal(self) -> bool:
        """Whether the rows are orthogonal, exactly or to rounding: then the exact phases hold."""
        return self.coherence.kind != "none"

    @property
    def counts(self) -> Counter[str]:
        """How many starts were called what."""
        return Counter(each.label for each in self.observations)

    @property
    def label(self) -> str:
        """What most starts were called; of equally many the first in the order of the phases."""
        return max(LABELS, key=lambda label: self.counts[label])

    @property
    def largest_converging(self) -> float | None:
        """A step size up to which every start converged: the smallest lower end of the bracket where that ends."""
        ends = self.boundaries.transitions[1].lower
        return float(ends.min()) if len(ends) else None

    @property
    def summary(self) -> tuple[str, ...]:
        """The answer in plain sentences."""
        total = len(self.observations)
        most = self.label
        periods = sorted({each.period for each in self.observations if each.period})
        named = f" (period {', '.join(map(str, periods))})" if most == "periodic" and periods else ""
        lines = [
            f"At step size {self.step_size:.6g} gradient descent is {most}{named}: "
            f"{self.counts[most]} of {total} starts"
            + "".join(f", {count} {label}" for label, count in self.counts.items() if label != most)
            + f" [observed, {self.boundaries.steps} steps]."
        ]
        if (safe := self.largest_converging) is not None:
            lines.append(f"Every start converged up to a step size of {safe:.6g}.")
        flip, escape = self.rows[1], self.rows[3]
        if flip.in_sharpness is not None and escape.in_sharpness is not None:
            lines.append(
                f"Convergence ends at step size × sharpness {flip.in_sharpness:.3g} (theory 2), everything diverges "
                f"beyond {escape.in_sharpness:.3g} (theory 4)."
            )
        if self.orthogonal and self.predicted is not None:
            lines.append(f"The rows are orthogonal: the exact phase of the largest sample is {self.predicted.label}.")
        elif self.predicted is not None:
            at = flip.in_a
            lines.append(
                f"The rows are not orthogonal (rms cosine {self.rms_cosine:.3g})"
                + ("." if at is None else f": convergence ends at a = {at:.3g} instead of 1.")
            )
        return tuple(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as plain data for JSON."""
        training = self.training
        finite = np.isfinite(training.losses[:, -1])
        record: dict[str, Any] = {
            "problem": self.problem.describe(),
            "model": self.problem.model.name,
            "reduction": self.problem.model.reduction,
            "samples": self.problem.samples,
            "dimension": self.problem.dimension,
            "data_seed": self.problem.seed,
            "largest_cosine": self.coherence.largest,
            "rms_cosine": self.rms_cosine,
            "orthogonal": self.orthogonal,
            "step_size": self.step_size,
            "step_size_chosen": self.chosen,
            "starts": len(self.observations),
            "start_seed": self.boundaries.seed,
            "steps": self.boundaries.steps,
            "observed": dict(self.counts),
            "observed_periods": [each.period for each in self.observations],
            "exponents": [each.exponent for each in self.observations],
            "transitions": [row.to_dict() for row in self.rows],
            "unit_step_size": self.boundaries.unit,
            "sharpness": self.boundaries.sharpness,
            "final_losses": [float(v) if ok else None for v, ok in zip(training.losses[:, -1], finite, strict=True)],
            "predicted_for_orthogonal_rows": None if self.predicted is None else self.predicted.label,
            "predicted_a": None if self.predicted is None else str(self.predicted.parameter),
            "certainty": str(self.certainty),
            "summary": list(self.summary),
        }
        if self.averages is not None:
            record["test_losses"] = _test_losses(self.averages)
        return record


def _test_losses(averages: Training) -> list[dict[str, Any]]:
    rows = []
    kinds = {
        "last_iterate": averages.test_losses,
        "weight_average": averages.test_losses_weight_average,
        "prediction_average": averages.test_losses_prediction_average,
    }
    for rate in np.unique(averages.step_sizes):
        row: dict[str, Any] = {"step_size": float(rate)}
        for name, values in kinds.items():
            if values is None:
                continue
            last = values[averages.step_sizes == rate, -1]
            bounded = last[np.isfinite(last)]
            row[name] = {
                "mean": float(bounded.mean()) if len(bounded) == len(last) else None,
                "standard_error": float(bounded.std(ddof=1) / np.sqrt(len(last)))
                if len(bounded) == len(last) > 1
                else None,
                "escaped": int(len(last) - len(bounded)),
            }
        rows.append(row)
    return rows


def study(
    problem: Problem,
    step_size: object = None,
    *,
    runs: int = 8,
    steps: int = 4000,
    rng: int | np.random.Generator | np.random.BitGenerator | np.random.SeedSequence | None = 0,
    progress: Progress | None = None,
) -> Study:
    """Find a problem's transitions, and look closely at one step size.

    Parameters
    ----------
    problem : Problem
    step_size : number > 0, optional
        η of w ← w − η∇L; half of the smallest at which a start no longer converged when left out.
    runs : int ≥ 1
        Random starts.
    steps : int ≥ 64
        Length of the runs.
    rng : int, Generator, BitGenerator or SeedSequence, optional
        Where the starts come from.
    progress : callable, optional
        Called with (what, done, total).

    Returns
    -------
    Study

    Certainty
    ---------
    Observed; the boundaries of orthogonal rows beside it are exact.

    Raises
    ------
    InputError
        For anything that is not as above; see also :func:`symphase.transitions.empirical_boundaries`.

    Examples
    --------
    >>> from symphase.models import PhaseRetrieval
    >>> from symphase.problems import make_problem
    >>> problem = make_problem(PhaseRetrieval(gamma=2, c=0), samples=4, dimension=6, design="gaussian", rng=0)
    >>> found = study(problem, runs=2, steps=800)
    >>> found.label, found.chosen, found.orthogonal
    ('monotonic', True, False)
    """
    if not isinstance(problem, Problem):
        raise InputError("problem", problem, "must be a Problem", "make one with make_problem or problem_from_data")
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 64:
        raise InputError("steps", steps, "must be an integer ≥ 64")
    exact = None if step_size is None else positive_rational(step_size, "step_size")
    boundaries = empirical_boundaries(problem, runs=runs, rng=rng, steps=steps, progress=progress)
    starts = boundaries.starts
    ends = boundaries.transitions[1].lower
    rate = float(exact) if exact is not None else float(ends.min() if len(ends) else boundaries.step_sizes[0]) / 2
    tell = progress or _silent
    tell("runs at the step size", 0, 3)
    model, x, y = problem.model, problem.features, problem.targets
    seen = descend(model, x, y, step_sizes=rate, starts=starts, runs=runs, steps=steps)
    observations = observe_phases(seen, approaching=True)
    measures = ("loss", "sharpness", "sign_changes", *(("test_loss",) if problem.test is not None else ()))
    training = train(
        problem,
        step_sizes=rate,
        starts=starts,
        runs=runs,
        steps=steps,
        record_every=max(1, steps // _RECORDS),
        measures=measures,
    )
    tell("a run in each phase", 1, 3)
    rates, labels = _examples(boundaries)
    examples = train(
        problem,
        step_sizes=rates,
        starts=starts[0],
        steps=min(steps, _EXAMPLE_STEPS),
        measures=("loss", "sharpness"),
    )
    tell("averages", 2, 3)
    averages = None
    if problem.test is not None:
        bounded = boundaries.step_sizes[(boundaries.labels != LABELS.index("divergent")).all(axis=1)]
        averages = train(
            problem,
            step_sizes=np.linspace(boundaries.step_sizes[0], bounded[-1], _SWEPT),
            starts=starts,
            runs=runs,
            steps=steps,
            record_every=steps,
            measures=("test_loss",),
        )
    tell("done", 3, 3)
    return Study(
        problem=problem,
        step_size=rate,
        chosen=exact is None,
        boundaries=boundaries,
        rows=compare_transitions(boundaries),
        observations=observations,
        training=training,
        examples=examples,
        example_labels=labels,
        averages=averages,
        coherence=problem.data.coherence(),
        rms_cosine=rms_cosine(problem.features),
        predicted=_predicted(problem, Fraction(rate) if exact is None else exact),
    )


def _silent(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


def _examples(boundaries: EmpiricalBoundaries) -> tuple[list[float], tuple[str, ...]]:
    """Return the middle step size of each phase that the first start showed on the grid."""
    rates, labels = [], []
    for code, label in enumerate(LABELS[:-1]):
        places = np.flatnonzero(boundaries.labels[:, 0] == code)
        if places.size:
            # of the divergent ones the first, which takes its time
            rates.append(float(boundaries.step_sizes[places[0 if label == "divergent" else places.size // 2]]))
            labels.append(label)
    return rates, tuple(labels)


def _predicted(problem: Problem, step_size: Fraction) -> Classification | None:
    if problem.model.scale is None:
        return None
    return classify(max(problem.scales_per_step) * step_size)
