"""Observed phases beside exact ones: gradient descent on orthogonal rows over a grid of the parameter.

The two sides share nothing: ``phases`` places each a between exact boundaries, ``descent`` runs w ← w − η∇L on the
original loss of several samples, and ``observations`` labels what came out.  One start of every four (or as many as are
asked for) is where a first step raises the loss most, z = 1 − a/2, so that a catapult shows as soon as there is one;
the others are random in the basin.

Runs are finite.  Within 10/T of a boundary, T being the number of steps, an attracting cycle is approached too slowly
for T steps to show it: the fixed point's multiplier is 1 − 2a, so that 2·10 = 20 e-foldings, a factor of 10⁸, are what
remains at that distance.  These guard bands are stated; outside them agreement must be total, but for three
causes that are shown case by case: an attracting cycle of another window that is as weak there, an attracting cycle of
a period beyond the search, and a chaotic transient before a narrow window's cycle is met: the same run, made up to 64
times as long, then shows the phase.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt

from symphase.arguments import check_memory, reporter, to_float, whole
from symphase.descent import descend
from symphase.designs import generator_and_seed
from symphase.display import Shown, count_text, level_html, number_text, rows_table, text_html
from symphase.enclosures import Certainty
from symphase.ensembles import coefficients_at
from symphase.errors import InputError
from symphase.models import Model, PhaseRetrieval, TwoLayerNetwork
from symphase.observations import Observation, observe_phase, observe_phases
from symphase.phases import Classification, Phase, classify, residual_boundaries, residual_family
from symphase.problems import Problem, make_problem
from symphase.training import Training

__all__ = ["Disagreement", "PhaseAgreement", "distance_to_orbit", "phase_agreement"]

Array = npt.NDArray[np.float64]
Progress = Callable[[str, int, int], None]

SPAN: Final = (Fraction(0), Fraction(22, 10))
_FOLDINGS: Final = 20.0
_BLOCK_BYTES: Final = 2**28


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Disagreement(Shown):
    """A run that was not called what the exact side says, and why.

    Attributes
    ----------
    predicted : Classification
    observed : Observation
    cause : str
        In words; "unexplained" when none of the known causes holds.
    guarded : bool
        Whether a lies in a guard band.
    """

    predicted: Classification
    observed: Observation
    cause: str
    guarded: bool

    def _line(self) -> str:
        where = number_text(self.predicted.parameter)
        return f"predicted {self.predicted.label} at a = {where}, observed {self.observed.label}: {self.cause}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PhaseAgreement(Shown):
    """The two sides compared.

    Attributes
    ----------
    model : Model
    samples : int
        Orthonormal rows of every problem.
    runs, steps : int
        Runs in all, and steps of each.
    parameters : int
        Different a, evenly spread over ``span``.
    span : (Fraction, Fraction)
    guard : Fraction
        Half-width of the guard bands, in units of a.
    guarded : int
        Runs inside guard bands.
    counts : dict of ((str, str), int)
        How many runs were (predicted, observed).
    disagreements : tuple of Disagreement
        All of them.
    seed : str
    certainty : Certainty
        OBSERVED: the predictions are exact, the comparison is a sample.
    """

    model: Model
    samples: int
    runs: int
    steps: int
    parameters: int
    span: tuple[Fraction, Fraction]
    guard: Fraction
    guarded: int
    counts: dict[tuple[str, str], int]
    disagreements: tuple[Disagreement, ...]
    seed: str
    certainty: Certainty = Certainty.OBSERVED

    @property
    def unexplained(self) -> tuple[Disagreement, ...]:
        """The disagreements without a known cause."""
        return tuple(each for each in self.disagreements if each.cause == _UNEXPLAINED)

    @property
    def agrees(self) -> bool:
        """Whether there is no disagreement without a known cause."""
        return not self.unexplained

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data for JSON."""
        return {
            "model": self.model.name,
            "samples": self.samples,
            "runs": self.runs,
            "steps": self.steps,
            "parameters": self.parameters,
            "span": [str(end) for end in self.span],
            "guard_half_width": str(self.guard),
            "guarded_runs": self.guarded,
            "agreeing_runs": self.runs - len(self.disagreements),
            "counts": [
                {"predicted": predicted, "observed": observed, "runs": count}
                for (predicted, observed), count in sorted(self.counts.items())
            ],
            "disagreements": [
                {
                    "a": str(each.predicted.parameter),
                    "predicted": each.predicted.label,
                    "observed": each.observed.label,
                    "observed_period": each.observed.period,
                    "detail": each.observed.detail,
                    "cause": each.cause,
                    "guarded": each.guarded,
                }
                for each in self.disagreements
            ],
            "seed": self.seed,
            "certainty": str(self.certainty),
            "agrees": self.agrees,
        }

    def _line(self) -> str:
        return (
            f"{count_text(self.runs, 'run')} at {count_text(self.parameters, 'parameter')}, "
            f"{count_text(len(self.disagreements), 'disagreement')}, {len(self.unexplained)} unexplained "
            f"[{self.certainty}]"
        )

    def _repr_html_(self) -> str:
        rows = (
            (text_html(predicted), text_html(observed), str(count))
            for (predicted, observed), count in sorted(self.counts.items(), key=lambda entry: -entry[1])
        )
        caption = f"{text_html(self._line().partition(' [')[0])} {level_html(self.certainty)}"
        return rows_table(caption, ("predicted", "observed", "runs"), rows, total=len(self.counts))


_UNEXPLAINED: Final = "unexplained"


def phase_agreement(
    *,
    parameters: int = 2500,
    starts: int = 4,
    steps: int = 4000,
    samples: int = 3,
    width: int | None = None,
    rng: int | np.random.Generator | np.random.BitGenerator | np.random.SeedSequence | None = None,
    progress: Progress | None = None,
) -> PhaseAgreement:
    """Hold gradient descent on orthogonal rows against the exact phases, over a grid of a from 0 to 2.2.

    Parameters
    ----------
    parameters : int ≥ 1
        How many a: the middles of as many equal parts of the span.
    starts : int ≥ 1
        Runs at each a; the first starts where a step raises the loss most.
    steps : int ≥ 64
        Steps of every run.  The guard bands are 10/steps on either side of each boundary.
    samples : int ≥ 1
        Orthonormal rows with equal labels, so that all have the same a.
    width : int ≥ 1, optional
        Take a two-layer network of so many neurons instead of phase retrieval.
    rng : int, Generator, BitGenerator or SeedSequence, optional
        Where rows and starts are drawn from.
    progress : callable, optional
        Called with (what, done, total).

    Returns
    -------
    PhaseAgreement

    Certainty
    ---------
    The predictions are exact or certified; what was observed is observed.

    Raises
    ------
    InputError
        For counts that are not as above.

    Examples
    --------
    >>> found = phase_agreement(parameters=40, starts=1, steps=1000, rng=0)
    >>> found.runs, found.agrees
    (40, True)
    """
    parameters, starts = whole(parameters, "parameters", least=1), whole(starts, "starts", least=1)
    steps, samples = whole(steps, "steps", least=64), whole(samples, "samples", least=1, most=1000)
    if parameters * starts > 10**6:
        raise InputError("parameters", parameters, f"times {starts} starts must be at most 1000000 runs", "give fewer")
    tell = reporter(progress)
    model: Model = PhaseRetrieval(gamma=2, c=0) if width is None else TwoLayerNetwork(alpha=1, width=width)
    # numbers that a run takes: its losses and residuals, and what descent keeps beside them
    kept = (samples + 1) * (steps + 21 * int(width or 1))
    check_memory(starts * kept, "steps", str(steps), "use fewer steps, starts, samples or neurons")
    generator, seed = generator_and_seed(rng)
    problem = make_problem(model, samples=samples, dimension=samples + 1, design="qr", rng=generator)
    unit = cast("Fraction", problem.unit_step_size)
    scales = [SPAN[0] + (SPAN[1] - SPAN[0]) * Fraction(2 * k + 1, 2 * parameters) for k in range(parameters)]
    guard = Fraction(10, steps)
    counts: Counter[tuple[str, str]] = Counter()
    disagreements: list[Disagreement] = []
    guarded = 0
    block = max(1, _BLOCK_BYTES // (8 * starts * kept))
    for first in range(0, parameters, block):
        tell("runs", first * starts, parameters * starts)
        # the rate is a float: the a that is classified is the one that this float stands for
        rates = [float(a * unit) for a in scales[first : first + block]]
        exact = [Fraction(rate) / unit for rate in rates]
        points = np.concatenate(
            [_starts(problem.features, problem.targets, a, starts, width, generator) for a in exact]
        )
        seen = descend(
            model, problem.features, problem.targets, step_sizes=rates, starts=points, runs=starts, steps=steps
        )
        observed = observe_phases(seen)
        for k, a in enumerate(exact):
            predicted = classify(a)
            near = any(_within(a, each, guard) for each in residual_boundaries())
            guarded += starts * near
            for run in range(starts):
                one = observed[k * starts + run]
                counts[predicted.label, _told(one)] += 1
                if not _same(predicted, one, worst=run == 0):
                    cause = _cause(predicted, one, guard, steps)
                    if cause == _UNEXPLAINED:
                        cause = _longer(problem, points[k * starts + run], predicted, one, worst=run == 0)
                    disagreements.append(Disagreement(predicted=predicted, observed=one, cause=cause, guarded=near))
    tell("runs", parameters * starts, parameters * starts)
    return PhaseAgreement(
        model=model,
        samples=samples,
        runs=parameters * starts,
        steps=steps,
        parameters=parameters,
        span=SPAN,
        guard=guard,
        guarded=guarded,
        counts=dict(counts),
        disagreements=tuple(disagreements),
        seed=seed,
    )


def _starts(
    rows: Array, targets: Array, a: Fraction, count: int, width: int | None, generator: np.random.Generator
) -> Array:
    """Draw weights with chosen z in every sample, shape (count, *weight_shape).

    z + a = a·g/y for these models, so that the prediction is g = y(1 + z/a); a projection is ±√g, which a network's
    neurons share by a unit vector.  The first start has z = 1 − a/2, where |f(z)/z| is largest; the basin ends at 2.
    """
    scale = float(a)
    z = generator.uniform(0.01, 1.0, (count, len(rows))) * 0.98 * (2 + scale) - scale
    z[0] = 1 - scale / 2
    projections = np.sqrt(targets * (1 + z / scale)) * generator.choice([-1.0, 1.0], z.shape)
    weights: Array = projections @ rows / np.einsum("nd,nd->n", rows, rows).mean()
    if width is None:
        return weights
    share = generator.standard_normal((count, width))
    share /= np.linalg.norm(share, axis=1, keepdims=True)
    return share[:, :, np.newaxis] * weights[:, np.newaxis, :]


def _within(a: Fraction, boundary: Any, guard: Fraction) -> bool:
    lower, upper = boundary.enclose(64)
    return bool(lower - guard <= a <= upper + guard)


def _told(observed: Observation) -> str:
    return f"periodic (period {observed.period})" if observed.label == "periodic" else observed.label


def _same(predicted: Classification, observed: Observation, *, worst: bool) -> bool:
    """Whether a run shows its phase; from a start where no step raises the loss a catapult looks monotonic."""
    if predicted.phase is Phase.CATAPULT and not worst and observed.label == "monotonic":
        return True
    if observed.label != str(predicted.phase):
        return False
    return predicted.phase is not Phase.PERIODIC or predicted.period in (None, observed.period)


def _cause(predicted: Classification, observed: Observation, guard: Fraction, steps: int) -> str:
    """Say why a run did not show its phase; what is not proved is unexplained."""
    a = cast("Fraction", predicted.parameter)
    if observed.label == "undecided":
        for boundary in residual_boundaries():
            if _within(a, boundary, guard):
                side = "finite horizon" if a > 1.9 else "slow convergence"
                return f"{side}: within {float(guard):.2g} of the {boundary.name}"
        cycle = predicted.cycle
        if cycle is not None:
            largest = max(abs(float(end)) for end in cycle.multiplier)
            if largest ** (steps / 2 / cycle.period) > math.exp(-_FOLDINGS):  # the second half of the run has to repeat
                return f"slow convergence: the cycle of period {cycle.period} has multiplier ±{largest:.4f}"
    period, searched = observed.period or 0, predicted.searched_period
    if searched and period > searched and classify(a, max_period=period).period == period:
        return f"an attracting cycle of period {period}, beyond the search, is certified"
    return _UNEXPLAINED


def _longer(problem: Problem, start: Array, predicted: Classification, observed: Observation, *, worst: bool) -> str:
    """Run on from the same start, for as long as a transient may last."""
    for factor in (4, 16, 64):
        try:
            seen = descend(
                problem.model,
                problem.features,
                problem.targets,
                step_sizes=observed.step_size,
                starts=start,
                steps=factor * observed.steps,
            )
        except InputError:  # so long a record has no room in memory
            break
        if _same(predicted, observe_phase(seen), worst=worst):
            kind = "a chaotic transient" if predicted.in_window or observed.label == "chaotic" else "a slow run"
            return f"finite horizon: {kind}; the same run shows its phase in {seen.steps} steps"
    return _UNEXPLAINED


# ------------------------------------------------------------------------------------------------- the predicted orbit


def distance_to_orbit(training: Training) -> Array:
    """Return how far each sample's z is from the orbit of the residual map that starts where it started.

    On orthogonal rows it is rounding, which grows as the orbit's Lyapunov exponent says; off orthogonality it shows
    from which step on the samples are no longer on their own.

    Parameters
    ----------
    training : Training
        With the measure "residuals".

    Returns
    -------
    ndarray, shape (B, R, n)
        |z − fᵗ(z₀)| at the recorded steps; +inf from where the run or the orbit escapes.

    Certainty
    ---------
    Observed; the orbit is a float orbit.

    Raises
    ------
    InputError
        Without residuals, for a model that has no scale, and for scales beyond the range of floats.

    Examples
    --------
    >>> from symphase.training import train
    >>> problem = make_problem(PhaseRetrieval(gamma=2, c=0), samples=3, dimension=4, rng=0)
    >>> seen = train(problem, step_sizes=problem.unit_step_size, rng=0, steps=100, measures=("residuals",))
    >>> bool(distance_to_orbit(seen).max() < 1e-12)
    True
    """
    scaled = training.scaled_residuals if isinstance(training, Training) else None
    if scaled is None:
        said = 'must be what train(..., measures=("residuals",)) returned, of a model with a scale'
        raise InputError("training", type(training).__name__, said, "train again with these measures")
    unit: Array = np.array([to_float(scale, "scales_per_step") for scale in training.problem.scales_per_step])
    a = training.step_sizes[:, np.newaxis] * unit
    coefficients = coefficients_at(residual_family().rows, a)
    z = scaled[:, 0]
    distances: Array = np.empty(scaled.shape)
    slot = 0
    with np.errstate(all="ignore"):
        for step in range(training.steps + 1):
            if step == training.recorded_steps[slot]:
                apart = np.abs(scaled[:, slot] - z)
                distances[:, slot] = np.where(np.isfinite(apart), apart, np.inf)
                slot += 1
            total = coefficients[-1]
            for coefficient in coefficients[-2::-1]:
                total = total * z + coefficient
            z = total
    return distances
