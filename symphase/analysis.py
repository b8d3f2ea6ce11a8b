"""From a table of numbers to an answer: the phase that a step size shows, and how far it can go.

The exact prediction (one residual map per orthogonal row) stands beside a simulation of the whole problem that knows
nothing of it; each of the samples with the largest a is compared with its own prediction.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from symphase.arguments import reporter, whole
from symphase.boundaries import BoundaryKind
from symphase.descent import Descent, descend
from symphase.display import (
    Shown,
    count_text,
    cut,
    facts_table,
    level_html,
    number_text,
    rows_table,
    text_html,
    words_html,
)
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.formulas import positive_rational
from symphase.models import Model, PhaseRetrieval, TwoLayerNetwork
from symphase.observations import Observation, observe_phase, observe_samples
from symphase.phases import (
    Classification,
    Phase,
    ProblemClassification,
    classify,
    model_boundaries,
    show_number,
    step_boundaries,
)
from symphase.tables import DataSet

__all__ = ["Analysis", "Comparison", "analyze", "basin_starts", "largest_scale", "phase_step_sizes"]

Progress = Callable[[str, int, int], None]
COMPARED: Final = 5
_STAGES: Final = 3
DEFAULT_STEPS: Final = 2000
MAX_STEPS: Final = 10_000_000
MAX_RECORDS: Final = 200_000_000  # residuals of all samples at all steps: 1.6 GB
_NEUTRAL: Final = frozenset({"undecided"})
_CROSSTALK: Final = 100.0  # rows that are orthogonal to rounding let residuals push each other by so many cosines


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Comparison(Shown):
    """One sample: prediction beside observation.

    Attributes
    ----------
    index : int
        Row of the table.
    scale : Fraction
        The sample's a.
    predicted : Classification
    observed : Observation
        What gradient descent showed in this sample.
    agrees : bool or None
        None when the run was too short to tell (slow convergence near a boundary).
    """

    index: int
    scale: Fraction
    predicted: Classification
    observed: Observation
    agrees: bool | None

    def _line(self) -> str:
        told = {True: "agrees", False: "disagrees", None: "run too short to tell"}[self.agrees]
        return f"sample {self.index}, {self.predicted.label}; observed {self.observed.label}: {told}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Analysis(Shown):
    """A problem, its exact prediction at one step size, and a simulation beside it.

    Attributes
    ----------
    data : DataSet
    model : Model
    step_size : Fraction
    step_size_chosen : bool
        True when no step size was given and half of the largest monotonic one was taken.
    classification : ProblemClassification
    simulation : Descent
    comparisons : tuple of Comparison
        The samples with the largest a, largest first.
    seed : int
        Of the random start.
    """

    data: DataSet
    model: Model
    step_size: Fraction
    step_size_chosen: bool
    classification: ProblemClassification
    simulation: Descent = field(repr=False)
    comparisons: tuple[Comparison, ...]
    seed: int

    @property
    def agrees(self) -> bool:
        """Whether no compared sample contradicts its prediction."""
        return all(each.agrees is not False for each in self.comparisons)

    @property
    def orthogonality(self) -> str:
        """One sentence on the rows."""
        coherence = self.classification.coherence
        if coherence.kind == "exact":
            return "The rows are pairwise orthogonal, exactly."
        largest = "below 2⁻⁶⁰"
        if coherence.pair is not None:
            largest = (
                f"{coherence.largest:.2g} between rows {coherence.pair[0]} and {coherence.pair[1]} (counted from 0)"
            )
        return (
            f"The rows are orthogonal to rounding: the largest cosine is {largest}, within {coherence.threshold:.2g}; "
            "they are treated as orthogonal."
        )

    def _line(self) -> str:
        return (
            f"{cut(self.data.name, 24)}, {self.classification.phase} at step size {number_text(self.step_size)} "
            f"[{self._level()}]; the simulation {'agrees' if self.agrees else 'disagrees'}"
        )

    def _repr_html_(self) -> str:
        told = {True: "agrees", False: "<strong>disagrees</strong>", None: "run too short to tell"}
        shape = f"{count_text(self.data.samples, 'sample')} of {count_text(self.data.dimension, 'feature')}"
        chosen = " (chosen: half of the largest monotonic one)" if self.step_size_chosen else ""
        facts = [
            ("data", f"{text_html(self.data.name)}, {shape}"),
            ("model", text_html(self.model.name)),
            ("step size", f"{number_text(self.step_size)}{chosen}"),
            ("phase", f"<strong>{text_html(self.classification.phase)}</strong> {level_html(self._level())}"),
            ("rows", words_html(self.orthogonality)),
        ]
        rows = (
            (
                str(each.index),
                text_html(number_text(each.scale)),
                f"{text_html(each.predicted.label)} {level_html(each.predicted.certainty)}",
                f"{text_html(each.observed.label)} {level_html(each.observed.certainty)}",
                told[each.agrees],
            )
            for each in self.comparisons
        )
        columns = ("sample", "a", "predicted", "gradient descent", "")
        return facts_table(f"<strong>{text_html(self.data.name)}</strong> at one step size", facts) + rows_table(
            "Prediction beside simulation", columns, rows, total=len(self.comparisons)
        )

    def _level(self) -> Certainty:
        """How sure the phase of the whole is: as sure as the sample that decides it."""
        return self.classification.leading.classification.certainty


def largest_scale(model: Model, data: DataSet) -> Fraction:
    """Return max a/η over the samples, exactly: the sample that meets every boundary first.

    Raises
    ------
    InputError
        When no label can be reached (every a ≤ 0).
    """
    scales = [
        model.scale_at(norm, float(target), data.samples, 1)
        for norm, target in zip(data.norms_squared, data.targets, strict=True)
    ]
    if max(scales) <= 0:
        raise InputError(
            "data", data.name, "has no target that the model can reach (every a ≤ 0)", "give a step size to classify it"
        )
    return max(scales)


def basin_starts(model: Model, data: DataSet, step_size: Fraction, runs: int, seed: int) -> NDArray[np.float64]:
    """Draw random starts whose rescaled residuals all lie well inside the basin, z ≤ 1 in every sample.

    Parameters
    ----------
    model : Model
    data : DataSet
    step_size : Fraction
    runs : int ≥ 1
    seed : int ≥ 0

    Returns
    -------
    ndarray, shape (runs, *weight shape)

    Certainty
    ---------
    By construction: each draw is drawn towards the weights with u = γ xᵀw + c = 0, where z = −a, until the condition
    holds.  Samples with a < −1 cannot have z ≤ 1: theirs is z ≤ 1 − a/2, and nothing for a ≤ −2 (no start converges).

    Raises
    ------
    InputError
        For counts that are none, a model other than phase retrieval or a network, and numbers that floats cannot hold.
    """
    rng = np.random.default_rng(whole(seed, "seed", least=0))
    whole(runs, "runs", least=1)
    curvature = _curvature(model)
    _check_range(model, data, step_size)
    scales = [
        model.scale_at(norm, float(target), data.samples, step_size)
        for norm, target in zip(data.norms_squared, data.targets, strict=True)
    ]
    highest = [float(max(Fraction(1), 1 - a / 2)) if a > -2 else np.inf for a in scales]
    norms = np.array([float(norm) for norm in data.norms_squared])
    shape = model.weight_shape(data.dimension)
    centre = np.zeros(shape)
    if isinstance(model, PhaseRetrieval) and model.gamma != 0:
        centre = (-float(model.c) / curvature / norms) @ data.features
    factor = float(step_size) * curvature * 2 * model.loss_scale(data.samples)
    starts = rng.standard_normal((runs, *shape))
    with np.errstate(over="ignore"):  # what overflows lies outside
        for run in range(runs):
            for _ in range(2100):  # 0.7²¹⁰⁰ is less than floats hold
                residual = model.predict((centre + starts[run])[np.newaxis], data.features)[0] - data.targets
                z = factor * residual * norms
                if np.all(z <= highest):
                    break
                starts[run] *= 0.7
    return centre + starts


def _check_range(model: Model, data: DataSet, step_size: Fraction | None) -> None:
    """Refuse what a float64 simulation would turn into zeros and infinities; the exact side has no such limits."""
    low, high = Fraction(1, 10**140), Fraction(10**140)
    numbers: list[tuple[str, Fraction | None]] = [("features", norm) for norm in data.norms_squared]
    numbers += [("targets", abs(Fraction(float(target)))) for target in data.targets if target]
    numbers += [("step_size", step_size)]
    if isinstance(model, PhaseRetrieval):
        gamma, c = abs(_fraction(model.gamma)), abs(_fraction(model.c))
        numbers += [("gamma", gamma), ("c", c), ("c²/gamma", c**2 / gamma if gamma else None)]
    if isinstance(model, TwoLayerNetwork):
        numbers += [("alpha", abs(_fraction(model.alpha)))]
    for argument, number in numbers:
        if number and not (0 if argument in ("targets", "c²/gamma") else low) <= number <= high:
            said = "must lie between 1e-140 and 1e140 in size to be simulated in floats"
            if argument == "features":
                said = "must have squared lengths between 1e-140 and 1e140 to be simulated in floats"
            raise InputError(argument, show_number(number), said, "rescale the data, or use classify (exact)")


def _two_digits(value: Fraction) -> Fraction:
    """Round to two significant digits, whatever the size."""
    return Fraction(Context(prec=2).divide(Decimal(value.numerator), Decimal(value.denominator)))


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def _curvature(model: Model) -> float:
    """γ of the model: κ = ηγ‖x‖²/n turns a residual into z (2α for a network, where γ/2 (xᵀw)² reads α (xᵀw)²)."""
    if not isinstance(model, Model):
        raise InputError("model", model, "must be a model", "give PhaseRetrieval(gamma=2, c=0), for example")
    if model.parameters:
        names = ", ".join(str(symbol) for symbol in model.parameters)
        raise InputError("model", model.name, f"has parameters without a number: {names}", "give each a number")
    if isinstance(model, PhaseRetrieval):
        return float(model.gamma)
    if isinstance(model, TwoLayerNetwork):
        return 2 * float(model.alpha)
    raise InputError(
        "model", model.name, "must be PhaseRetrieval or TwoLayerNetwork for a table of features", "see symphase.models"
    )


def analyze(
    data: DataSet,
    *,
    model: Model | None = None,
    step_size: object = None,
    steps: int = DEFAULT_STEPS,
    seed: int = 0,
    progress: Progress | None = None,
) -> Analysis:
    """Analyse a problem with orthogonal rows at a step size.

    Parameters
    ----------
    data : DataSet
        Features (n, d) with orthogonal rows, and targets (n,).
    model : Model, optional
        PhaseRetrieval or TwoLayerNetwork with numeric parameters; by default plain phase retrieval, prediction (xᵀw)².
    step_size : number > 0, optional
        η; by default half of the largest step size of the monotonic phase.
    steps : int
        Steps of the simulation beside the prediction.
    seed : int
        Seed of its random start, which is drawn inside the basin.
    progress : callable, optional
        Called as progress(stage, done, total).

    Returns
    -------
    Analysis

    Certainty
    ---------
    Phases and boundaries as :func:`symphase.phases.classify`; the simulation is observed.

    Raises
    ------
    InputError
        For rows that are not orthogonal (the message states the largest cosine), and as ``classify`` and ``descend``.

    Examples
    --------
    >>> from symphase.tables import dataset
    >>> result = analyze(dataset([[1.0, 0.0], [0.0, 2.0]], [1.0, 1.0]), step_size="0.2")
    >>> [str(sample.classification.phase) for sample in result.classification]
    ['monotonic', 'monotonic']
    >>> result.agrees
    True
    """
    chosen = model if model is not None else PhaseRetrieval(gamma=2, c=0)
    if not isinstance(data, DataSet):
        raise InputError("data", data, "must be a DataSet", "see read_table and dataset")
    most = min(MAX_STEPS, MAX_RECORDS // (data.samples + 1))
    if isinstance(steps, bool) or not isinstance(steps, int) or not 1 <= steps <= most:
        said = f"must be an integer from 1 to {most} for {count_text(data.samples, 'sample')}"
        raise InputError("steps", steps, said, "give a whole number")
    whole(seed, "seed", least=0)
    _curvature(chosen)
    given = positive_rational(step_size, "step_size") if step_size is not None else None
    _check_range(chosen, data, given)
    boundaries = model_boundaries(chosen)
    if given is None:
        ends = step_boundaries(largest_scale(chosen, data), boundaries)
        given = _two_digits(ends[0].bounds[0] / 2)
    tell = reporter(progress)
    tell("placing the samples", 0, _STAGES)
    classification = classify(chosen, data, given)
    tell("gradient descent", 1, _STAGES)
    starts = basin_starts(chosen, data, given, 1, seed)
    simulation = descend(chosen, data.features, data.targets, step_sizes=float(given), starts=starts, steps=steps)
    ranked = sorted(classification, key=lambda sample: -sample.scale)[:COMPARED]
    tell("looking at what it did", 2, _STAGES)
    if data.samples <= COMPARED:
        observations = observe_samples(simulation)  # all at once is faster than one by one
    else:
        observations = tuple(observe_phase(simulation, sample=sample.index) for sample in ranked)
    seen = {observed.sample: observed for observed in observations}
    comparisons = []
    for sample in ranked:
        observed = seen[sample.index]
        verdict = _agrees(
            sample.classification,
            observed,
            diverging=classification.phase is Phase.DIVERGENT,
            rises=_rises(simulation, sample.index, classification.coherence.threshold),
        )
        comparisons.append(
            Comparison(
                index=sample.index,
                scale=sample.scale,
                predicted=sample.classification,
                observed=observed,
                agrees=verdict,
            )
        )
    tell("done", _STAGES, _STAGES)
    return Analysis(
        data=data,
        model=chosen,
        step_size=given,
        step_size_chosen=step_size is None,
        classification=classification,
        simulation=simulation,
        comparisons=tuple(comparisons),
        seed=seed,
    )


def _rises(simulation: Descent, sample: int, threshold: float) -> int:
    """In how many steps a sample's residual grew by more than the rounding of the rows lets others push it."""
    escaped = int(simulation.escape_step[0])
    residuals = np.abs(simulation.residuals[0, : escaped if escaped >= 0 else None])
    noise = _CROSSTALK * threshold * float(residuals.max(initial=0.0))
    own = residuals[:, sample]
    return int(np.count_nonzero(own[1:] > own[:-1] * (1 + 1e-12) + noise))


def _agrees(predicted: Classification, observed: Observation, *, diverging: bool, rises: int) -> bool | None:
    """Hold one sample's observation against its prediction; ``rises`` are those beyond rounding."""
    falls = predicted.phase in (Phase.MONOTONIC, Phase.FLOOR, Phase.DEGENERATE)
    if observed.label in _NEUTRAL or (diverging and predicted.phase is not Phase.DIVERGENT):
        # a run ends when its first sample diverges: the others then say nothing
        return False if falls and rises and not diverging else None
    if predicted.phase is Phase.PERIODIC and predicted.period is not None:
        return observed.label == "periodic" and observed.period == predicted.period
    if falls and not rises and observed.label == "catapult":
        return True  # what rose was rounding
    allowed = {
        Phase.MONOTONIC: {"monotonic"},
        Phase.CATAPULT: {"monotonic", "catapult"},
        Phase.FLOOR: {"monotonic"},
        Phase.DEGENERATE: {"monotonic"},
        Phase.PERIODIC: {"periodic"},
        Phase.CHAOTIC: {"chaotic", "periodic"},
        Phase.DIVERGENT: {"divergent"},
    }
    return observed.label in allowed[predicted.phase] if predicted.phase in allowed else None


def phase_step_sizes(model: Model, data: DataSet) -> dict[Phase, Fraction]:
    """Return one representative step size in the middle of each phase of a problem.

    Parameters
    ----------
    model : Model
    data : DataSet
        Orthogonal rows.

    Returns
    -------
    dict of Phase to Fraction
        The five phases in order; the divergent one lies 5 % beyond escape.  Linear regression has two of them.
    """
    scale = largest_scale(model, data)
    kinds = {
        Phase.MONOTONIC: (BoundaryKind.MONOTONE_END, None),
        Phase.CATAPULT: (BoundaryKind.FLIP, 1),
        Phase.PERIODIC: (BoundaryKind.ONSET, None),
        Phase.CHAOTIC: (BoundaryKind.ESCAPE, None),
    }
    ends, names = [Fraction(0)], []
    for phase, (kind, period) in kinds.items():
        found = [b for b in model_boundaries(model) if b.kind is kind and (period is None or b.period == period)]
        if found:  # linear regression has no more than the first
            ends.append(found[0].enclose(32)[0])
            names.append(phase)
    middles = [((low + high) / 2).limit_denominator(100) for low, high in itertools.pairwise(ends)]
    result = {phase: middle / scale for phase, middle in zip(names, middles, strict=True)}
    result[Phase.DIVERGENT] = (ends[-1] * Fraction(21, 20)).limit_denominator(100) / scale
    return result
