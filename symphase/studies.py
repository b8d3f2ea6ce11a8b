"""What a step size does to one problem: observed transitions beside the exact ones, and the runs at that step size.

The exact phases hold for orthogonal rows.  For any other data they are a reference: a study says where the transitions
of this problem lie in units of a, of step size × sharpness, and relative to the orthogonal theory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from symphase.arguments import instance, reporter, whole
from symphase.array_records import ArrayRecord
from symphase.descent import descend
from symphase.designs import rms_cosine
from symphase.display import Shown, cut, level_html, number_text, rows_table, text_html
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.formulas import positive_rational
from symphase.observations import Observation, observe_phases
from symphase.phases import Classification, Phase, classify, model_boundaries
from symphase.problems import Problem
from symphase.tables import Coherence, DataSet
from symphase.thresholds import Boundary, BoundaryKind
from symphase.training import Training, train
from symphase.transitions import LABELS, EmpiricalBoundaries, Transition, empirical_boundaries

__all__ = ["Study", "TransitionRow", "compare_transitions", "study"]

Progress = Callable[[str, int, int], None]

_RECORDS: Final = 200
_EXAMPLE_STEPS: Final = 120
_SWEPT: Final = 12
_BLOCK_BYTES: Final = 2**28
_SMALLEST, _LARGEST = Fraction(1, 10**300), Fraction(10**300)
_THEORY: Final = (
    (BoundaryKind.MONOTONE_END, None),
    (BoundaryKind.FLIP, 1),
    (BoundaryKind.ONSET, None),
    (BoundaryKind.ESCAPE, None),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TransitionRow(Shown):
    """One transition: where it was seen, and where the theory of orthogonal rows has it.

    Attributes
    ----------
    transition : Transition
    in_a : float or None
        Its median, as the largest a of a sample; None where that is not defined, or the transition was not found.
    in_sharpness : float or None
        Its median × sharpness.
    theory : Boundary or None
        In units of a; step size × sharpness is twice that.  None where the exact phases say nothing about the problem,
        were its rows orthogonal: a model without them, or labels out of reach that decide.
    """

    transition: Transition
    in_a: float | None
    in_sharpness: float | None
    theory: Boundary | None

    @property
    def theory_in_a(self) -> float | None:
        """The theory's a."""
        return None if self.theory is None else float(self.theory)

    @property
    def theory_in_sharpness(self) -> float | None:
        """The theory's step size × sharpness."""
        return None if self.theory is None else 2 * float(self.theory)

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
            "theory_in_a": self.theory_in_a,
            "theory_in_step_size_times_sharpness": self.theory_in_sharpness,
            "theory_certainty": None if self.theory is None else str(self.theory.certainty),
            "certainty": str(found.certainty),
        }

    def _line(self) -> str:
        theory = "" if self.theory is None else f"; orthogonal rows: a {self.theory._digits()}"
        return f"{self.transition._line().removesuffix(' [observed]')}{theory}"


def compare_transitions(boundaries: EmpiricalBoundaries) -> tuple[TransitionRow, ...]:
    """Put observed transitions beside the exact boundaries of orthogonal rows.

    Parameters
    ----------
    boundaries : EmpiricalBoundaries

    Returns
    -------
    tuple of TransitionRow
        In the order of the transitions.  Of linear regression all four meet where monotone convergence ends.

    Certainty
    ---------
    The theory's side is exact or certified; the other one is observed.
    """
    instance(boundaries, EmpiricalBoundaries, "boundaries", "take them from empirical_boundaries")
    rows = []
    for transition, theory in zip(boundaries.transitions, _theory(boundaries.problem), strict=True):
        at = transition.step_size
        rows.append(
            TransitionRow(
                transition=transition,
                in_a=None if at is None else boundaries.in_a(at),
                in_sharpness=None if at is None else boundaries.in_sharpness(at),
                theory=theory,
            )
        )
    return tuple(rows)


def _theory(problem: Problem) -> tuple[Boundary | None, ...]:
    """Return the exact boundary of each transition in units of the largest a, were the rows orthogonal."""
    try:
        own = tuple(model_boundaries(problem.model))
        scales = problem.scales_per_step
    except InputError:  # the model reduces to no map of one variable, or has no single a
        return (None,) * len(_THEORY)
    # A label out of reach diverges beyond a = -2; where it gets there first, the largest a decides nothing.
    if max(scales) <= 0 or -min(scales) > max(scales):
        return (None,) * len(_THEORY)
    return tuple(
        next((each for each in own if each.kind is kind and period in (None, each.period)), own[-1])
        for kind, period in _THEORY
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Study(Shown, ArrayRecord):
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
        The same starts: loss, sharpness, sign changes, and test losses where there is a test set.
    examples : Training
        The first start in the middle of each phase that it showed (at the smallest divergent step size), every step.
    example_labels : tuple of str
    averages : Training or None
        Test losses over the range of step sizes; None without a test set.
    coherence : Coherence
        Whether the rows are orthogonal.
    rms_cosine : float
    predicted : Classification or None
        Of the largest a of a sample, were the rows orthogonal, or of the smallest where that one diverges (a ≤ -2);
        None for a model that reduces to no map of one variable.
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
        """A step size up to which every start that was tried converged, no undecided one below it; None if unknown."""
        seen = self.boundaries
        ends = seen.transitions[1].lower
        if not len(ends):
            return None
        end = float(ends.min())
        doubtful = np.flatnonzero((seen.labels > 1).any(axis=1) & (seen.step_sizes <= end))
        return float(seen.step_sizes[doubtful[0] - 1]) if doubtful.size else end

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
                f"Convergence ends at step size × sharpness {self._products(flip)}{_beside(flip)}, divergence begins "
                f"at {self._products(escape)}{_beside(escape)}; medians over the starts, or ranges of brackets."
            )
        if unseen := [label for code, label in enumerate(LABELS[:4]) if not (self.boundaries.labels == code).any()]:
            lines.append(
                f"No run of the grid was {' or '.join(unseen)}: where such a phase would end, the next begins."
            )
        if self.orthogonal and self.predicted is not None:
            lines.append(f"The rows are orthogonal: the exact phase of the deciding sample: {self.predicted.label}.")
        elif not self.orthogonal:
            compared = flip.in_a is not None and flip.theory is not None
            lines.append(
                f"The rows are not orthogonal (rms cosine {self.rms_cosine:.3g})"
                + (
                    f": convergence ends near a = {flip.in_a:.2g} instead of {flip.theory_in_a:.3g}."
                    if compared
                    else "."
                )
            )
        return tuple(lines)

    def _products(self, row: TransitionRow) -> str:
        """A transition as step size × sharpness: the median, or a range where undecided runs left brackets wide."""
        spread, sharpness = row.transition.spread, self.boundaries.sharpness
        if row.transition.stopped and spread is not None and sharpness is not None:
            return f"between {spread[0] * sharpness:.3g} and {spread[1] * sharpness:.3g}"
        return f"{row.in_sharpness:.3g}"

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as plain data for JSON."""
        training = self.training
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
            "evidence": [each.detail for each in self.observations],
            "exponents": [each.exponent for each in self.observations],
            "transitions": [row.to_dict() for row in self.rows],
            "unit_step_size": self.boundaries.unit,
            "sharpness": self.boundaries.sharpness,
            "final_losses": _finite(training.losses),
            "final_step_size_times_sharpness": _finite(training.scaled_sharpness),
            "final_test_losses": _finite(training.test_losses),
            "predicted_for_orthogonal_rows": None if self.predicted is None else self.predicted.label,
            "predicted_a": None if self.predicted is None else str(self.predicted.parameter),
            "certainty": str(self.certainty),
            "summary": list(self.summary),
        }
        if self.averages is not None:
            record["test_losses"] = _test_losses(self.averages)
        return record

    def _line(self) -> str:
        return f"{cut(self.problem.name, 36)}, {self.label} at step size {self.step_size:.6g} [{self.certainty}]"

    def _repr_html_(self) -> str:
        rows = (
            (
                text_html(row.transition.name),
                number_text(row.transition.step_size),
                number_text(row.in_sharpness),
                number_text(row.theory_in_sharpness),
            )
            for row in self.rows
        )
        columns = ("transition", "step size", "step size × sharpness", "the same on orthogonal rows")
        caption = f"<strong>{text_html(self.problem.name)}</strong> {level_html(self.certainty)}"
        note = "<br>".join(text_html(sentence) for sentence in self.summary)
        return rows_table(caption, columns, rows, total=len(self.rows), note=note)


def _beside(row: TransitionRow) -> str:
    return "" if row.theory is None else f" ({row.theory_in_sharpness:.3g} on orthogonal rows)"


def _finite(values: npt.NDArray[np.float64] | None) -> list[float | None] | None:
    """Last entries of (B, R) for JSON: null for a run that escaped."""
    return None if values is None else [float(value) if np.isfinite(value) else None for value in values[:, -1]]


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
    steps, runs = whole(steps, "steps", least=64), whole(runs, "runs", least=1)
    exact = None if step_size is None else positive_rational(step_size, "step_size")
    if exact is not None and not _SMALLEST <= exact <= _LARGEST:  # before minutes of work
        raise InputError("step_size", step_size, "is beyond the range of float64", "give one between 1e-300 and 1e300")
    tell = reporter(progress)
    boundaries = empirical_boundaries(problem, runs=runs, rng=rng, steps=steps, progress=progress)
    starts = boundaries.starts
    ends = boundaries.transitions[1].lower
    rate = float(exact) if exact is not None else float(ends.min() if len(ends) else boundaries.step_sizes[0]) / 2
    tell("runs at the step size", 0, 3)
    observations = _observe(problem, rate, starts, steps)
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
            step_sizes=np.linspace(boundaries.step_sizes[0], max(bounded[-1], boundaries.step_sizes[1]), _SWEPT),
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


def _observe(problem: Problem, rate: float, starts: npt.NDArray[np.float64], steps: int) -> tuple[Observation, ...]:
    """Label every start at one step size, a block at a time, so that memory stays bounded."""
    together = max(1, _BLOCK_BYTES // (8 * (steps + 1) * (problem.samples + 1)))
    found: list[Observation] = []
    for first in range(0, len(starts), together):
        part = starts[first : first + together]
        seen = descend(
            problem.model,
            problem.features,
            problem.targets,
            step_sizes=rate,
            starts=part,
            runs=len(part),
            steps=steps,
        )
        found += (replace(one, run=first + one.run) for one in observe_phases(seen, approaching=True))
    return tuple(found)


def _predicted(problem: Problem, step_size: Fraction) -> Classification | None:
    """Classify the sample that decides on orthogonal rows."""
    try:
        model_boundaries(problem.model)
        scales = problem.scales_per_step
    except InputError:
        return None
    last, first = (_classify(problem, scales.index(pick(scales)), step_size) for pick in (max, min))
    return first if first.phase is Phase.DIVERGENT else last


def _classify(problem: Problem, row: int, step_size: Fraction) -> Classification:
    """Classify one sample alone (that is orthogonal to all others): the mean over one takes a step size 1/n as long."""
    alone = DataSet(features=problem.features[row : row + 1], targets=problem.targets[row : row + 1])
    share = Fraction(1, problem.samples) if problem.model.reduction == "mean" else Fraction(1)
    return classify(problem.model, alone, step_size * share).leading.classification
