"""What was seen in runs of gradient descent: monotonic, catapult, periodic, chaotic, divergent, or undecided.

The labels come from the residuals of the runs alone, and from the growth of a tangent vector through the Hessian of
the original loss.  Nothing here knows the map of one variable, so that agreement with the exact phases is evidence.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from symphase.arguments import flag, whole
from symphase.descent import Descent
from symphase.display import Shown, count_text, facts_table, level_html, number_text, text_html
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.formulas import exact_rational

__all__ = ["Observation", "observe_phase", "observe_phases", "observe_samples"]

Array = npt.NDArray[np.float64]
Label = Literal["monotonic", "catapult", "periodic", "chaotic", "divergent", "undecided"]

MAX_PERIOD: Final = 256
_ROUNDING: Final = 1e-12  # what the loss may rise by, relative, and still count as falling
_SUBTRACTED: Final = 64 * 2.0**-52  # rounding of a residual, relative to the largest target or first residual
_LONGEST_TAIL: Final = 1024
_SETTLED: Final = 16
_FEWEST: Final = 32
_NEARLY: Final = 1e-3  # what nearly repeats, relative to the largest residual of the tail, is not called chaotic
_WARM_UP: Final = 100
_BLOCKS: Final = 10
_BLOCK: Final = 200
# Matrix products up to this size stay on one thread of the usual BLAS; on a busy machine its threads cost tenfold.
_WORKING_SET: Final = 2**18
_NEUTRAL: Final = 1e-6  # exponents up to this are not told apart from 0
_GROWING: Final = 8  # blocks of the second half; in chaos their maxima increase one by one in one of 8! runs
_ON_ITS_WAY: Final = 64  # longer periods are not told from quasi-periodic runs, which nearly repeat at some long time
_DRIFT: Final = 0.1  # what it may drift by in half a run, relative to its size; a quasi-periodic run turns on
_WINDOW: Final = 32  # steps over which the size of an oscillation is taken; even, as most oscillations are
_STEADY: Final = 0.05  # what an oscillation may grow or shrink by, relative, and still be called steady
_REPEATS: Final = 0.01  # what it may differ by from one period to the next, relative to its size, and still repeat


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Observation(Shown):
    """What was seen in one run.

    Attributes
    ----------
    label : str
        "monotonic", "catapult", "periodic", "chaotic", "divergent" or "undecided"; see :func:`observe_phase`.
    period : int or None
        The period of the residuals, when ``label`` is "periodic".
    detail : str
        The evidence, in one sentence.
    step_size : float
    run : int
        The entry of the batch that was looked at.
    sample : int or None
        The one sample that was looked at; None for all together.
    steps : int
        How many steps were run.
    rises : int
        In how many steps the loss grew by more than rounding.
    final_loss : float or None
        The loss (of the sample, if there is one) after the last step; None for an escaped run.
    escape_step : int or None
    exponent, exponent_error : float or None
        Estimate of the largest Lyapunov exponent per step beyond the last step, and its standard error; None when it
        was not needed.
    tolerance : float
        The relative tolerance of "the same" and of "zero".
    seed : str
        Where the starts come from.
    certainty : Certainty
        OBSERVED.
    """

    label: Label
    period: int | None
    detail: str
    step_size: float
    run: int
    sample: int | None
    steps: int
    rises: int
    final_loss: float | None
    escape_step: int | None
    exponent: float | None
    exponent_error: float | None
    tolerance: float
    seed: str
    certainty: Certainty = Certainty.OBSERVED

    def _line(self) -> str:
        period = f" (period {self.period})" if self.period else ""
        loss = "" if self.final_loss is None else f", final loss {self.final_loss:.3g}"
        return (
            f"{self.label}{period} at step size {self.step_size:.6g} after {count_text(self.steps, 'step')}{loss} "
            f"[{self.certainty}]"
        )

    def _repr_html_(self) -> str:
        facts = [
            ("label", f"<strong>{text_html(self.label)}</strong> {level_html(self.certainty)}"),
            ("why", text_html(self.detail)),
            ("step size", number_text(self.step_size)),
            ("steps", str(self.steps)),
            ("start", f"run {self.run}, {text_html(self.seed)}"),
            ("Lyapunov exponent", "" if self.exponent is None else f"≈ {number_text(self.exponent)}"),
        ]
        return facts_table("What was seen in one run", facts)


def observe_phases(
    descent: Descent, *, sample: int | None = None, tolerance: float = 1e-8, approaching: bool = False
) -> tuple[Observation, ...]:
    """Observe every entry of the batch; see :func:`observe_phase`.

    Parameters
    ----------
    descent : Descent
        With ``record_every=1``.
    sample : int, optional
        Look at this sample alone.
    tolerance : float
        As there.
    approaching : bool
        As there.

    Returns
    -------
    tuple of Observation
        One for each entry of the batch.

    Certainty
    ---------
    Observed.

    Raises
    ------
    InputError
        As there.

    Examples
    --------
    >>> from symphase.descent import descend
    >>> from symphase.models import OneWeight
    >>> seen = descend(OneWeight(), [[1.0]], [1.0], step_sizes=[0.5, 1.1, 1.9, 2.1], starts=[0.5], steps=2000)
    >>> [observation.label for observation in observe_phases(seen)]
    ['monotonic', 'periodic', 'chaotic', 'divergent']
    """
    share = _check_descent(descent, tolerance, approaching)
    if sample is not None:
        _check_index(sample, len(descent.targets), "sample")
    return _observe(descent, [(k, sample) for k in range(len(descent.step_sizes))], share, approaching)


def observe_samples(
    descent: Descent, *, run: int = 0, tolerance: float = 1e-8, approaching: bool = False
) -> tuple[Observation, ...]:
    """Observe every sample of one run on its own; see :func:`observe_phase`.

    Parameters
    ----------
    descent : Descent
        With ``record_every=1``.
    run : int
        Position on the batch axis.
    tolerance : float
        As there.
    approaching : bool
        As there.

    Returns
    -------
    tuple of Observation
        One for each sample.

    Certainty
    ---------
    Observed.

    Raises
    ------
    InputError
        As there.

    Examples
    --------
    >>> from symphase.descent import descend
    >>> from symphase.models import PhaseRetrieval
    >>> features, targets = [[1.0, 0.0], [0.0, 1.0]], [1.0, 2.2]
    >>> seen = descend(PhaseRetrieval(gamma=2, c=0), features, targets, step_sizes=0.5, starts=[0.5, 0.5])
    >>> [observation.label for observation in observe_samples(seen)]
    ['monotonic', 'periodic']
    """
    share = _check_descent(descent, tolerance, approaching)
    _check_index(run, len(descent.step_sizes), "run")
    return _observe(descent, [(int(run), k) for k in range(len(descent.targets))], share, approaching)


def observe_phase(
    descent: Descent, *, run: int = 0, sample: int | None = None, tolerance: float = 1e-8, approaching: bool = False
) -> Observation:
    """Say what was seen in one run, from its residuals alone.

    - "divergent": the loss went beyond ``escape_loss``.
    - "monotonic": the residuals settled, and the loss never rose beyond rounding (relative 10⁻¹²).
    - "catapult": the residuals settled, and the loss rose at least once.
    - "periodic": all residuals of the second half of the run (at most 1024 steps) repeat those of its last p steps, for
      the smallest such p from 2 to 256.
    - "chaotic": none of these, nothing of up to 256 steps even repeats to a thousandth, the largest Lyapunov exponent
      is positive by more than three standard errors, and the residuals do not grow from block to block.
    - "undecided": anything else, such as slow convergence near a boundary; more steps may tell.

    Residuals have settled when they are zero to ``tolerance`` in the last 16 steps, or constant in the second half of
    the run (a minimum with a loss above zero).  Nothing is said to have settled or to repeat where nearby runs
    part: a start on a saddle, or on an unstable cycle, is undecided.

    With ``approaching`` a run need not have arrived, as on data whose Hessian has small eigenvalues it will not for a
    long time.  Where the exponent is not positive, and none of the above holds,

    - the run is "monotonic" or "catapult" when its loss never rose in the second half, and the residuals either move
      on in one direction or the loss at least halved;
    - "periodic" when the residuals repeat every p ≤ 64 steps to a hundredth of their oscillation, and over the whole
      second half to a tenth of it (a quasi-periodic run would turn on); and when the size of the oscillation in the
      second half has not changed by more than a twentieth (at a period doubling, where it shrinks like 1/√t, it would
      change by 0.29).

    The exponent is the mean growth of a tangent vector v ← v − ηHv along 2000 further steps, H being the Hessian of the
    loss and v in the span of the rows; its error comes from 10 blocks of 200 steps.

    Parameters
    ----------
    descent : Descent
        With ``record_every=1``.
    run : int
        Position on the batch axis.
    sample : int, optional
        Look at the residual of this sample alone, and at tangent vectors along its row.  On orthogonal rows samples do
        not influence each other, and those with small targets are slow: the others need not wait for them.
    tolerance : float
        Relative to the largest of |yᵢ| and the first residuals for "zero" and "constant", to the largest residual at
        the end of the run for "repeats".
    approaching : bool
        Whether to judge runs that are still on their way.

    Returns
    -------
    Observation

    Certainty
    ---------
    Observed: a statement about these steps from this start.

    Raises
    ------
    InputError
        If steps were left out of the record, or ``run``, ``sample`` or ``tolerance`` is out of range.

    Examples
    --------
    >>> from symphase.descent import descend
    >>> from symphase.models import OneWeight
    >>> seen = descend(OneWeight(), [[1.0]], [1.0], step_sizes=1.1, starts=[0.5], steps=1000)
    >>> observe_phase(seen).period
    2
    """
    share = _check_descent(descent, tolerance, approaching)
    _check_index(run, len(descent.step_sizes), "run")
    if sample is not None:
        _check_index(sample, len(descent.targets), "sample")
    return _observe(descent, [(int(run), sample)], share, approaching)[0]


def _check_descent(descent: object, tolerance: object, approaching: object) -> float:
    flag(approaching, "approaching")
    if not isinstance(descent, Descent):
        raise InputError("descent", descent, "must be what descend(...) returned", "run descend first")
    if descent.record_every != 1:
        raise InputError("descent", f"record_every={descent.record_every}", "must record every step", "record_every=1")
    share = exact_rational(tolerance, "tolerance")
    if not 0 < share < 1:
        raise InputError("tolerance", tolerance, "must be between 0 and 1", "the default is 1e-8")
    return float(share)


def _check_index(value: object, length: int, name: str) -> None:
    whole(value, name, least=0, most=length - 1)


def _observe(
    descent: Descent, places: list[tuple[int, int | None]], tolerance: float, approaching: bool
) -> tuple[Observation, ...]:
    """Observe (run, sample) places; their exponents are estimated together."""
    bounded = [place for place in places if descent.escape_step[place[0]] < 0]
    with np.errstate(all="ignore"):
        found = _exponents(descent, bounded) if descent.steps >= _FEWEST else [None] * len(bounded)
        growths = dict(zip(bounded, found, strict=True))
        return tuple(
            _judge(descent, run, sample, tolerance, growths.get((run, sample)), approaching) for run, sample in places
        )


def _judge(
    descent: Descent,
    run: int,
    sample: int | None,
    tolerance: float,
    growth: tuple[float, float] | None,
    approaching: bool,
) -> Observation:
    escaped = int(descent.escape_step[run])
    chosen = slice(None) if sample is None else slice(sample, sample + 1)
    residuals = descent.residuals[run, : escaped if escaped >= 0 else None, chosen]
    factor = descent.model.loss_scale(len(descent.targets))
    losses = np.einsum("tn,tn->t", residuals, residuals) * factor
    scale = float(np.abs(np.append(residuals[:1], descent.targets[chosen])).max())
    # e is rounded where predictions and targets are subtracted, which moves e·e by twice e times that
    cross = 2 * np.sqrt(losses[:-1] * factor * residuals.shape[1]) * _SUBTRACTED * scale
    allowed = losses[:-1] * (1 + _ROUNDING) + cross + factor * residuals.shape[1] * (_ROUNDING * scale) ** 2
    rising = losses[1:] > allowed
    rises = int(np.count_nonzero(rising))
    label, detail, period = _label(descent, run, residuals, scale * tolerance, tolerance, rises, growth)
    # "not positive" is the opposite of what chaos needs; a run that escaped or was too short has no exponent
    if approaching and label == "undecided" and growth and growth[0] <= max(_NEUTRAL, 3 * growth[1]):
        half = len(losses) // 2
        still = not rising[half:].any()
        found = _on_its_way(residuals[half:], losses[half:], rises, falling=still)
        label, detail, period = found or (label, detail, period)
    return Observation(
        label=label,
        period=period,
        detail=detail,
        step_size=float(descent.step_sizes[run]),
        run=run,
        sample=sample,
        steps=descent.steps,
        rises=rises,
        final_loss=None if escaped >= 0 else float(losses[-1]),
        escape_step=escaped if escaped >= 0 else None,
        exponent=growth and growth[0],
        exponent_error=growth and growth[1],
        tolerance=tolerance,
        seed=descent.seed,
    )


def _label(
    descent: Descent,
    run: int,
    residuals: Array,
    zero: float,
    tolerance: float,
    rises: int,
    growth: tuple[float, float] | None,
) -> tuple[Label, str, int | None]:
    """Return label, evidence and period."""
    escaped = int(descent.escape_step[run])
    if escaped >= 0:
        return "divergent", f"the loss went beyond {descent.escape_loss[run]:.3g} at step {escaped}", None
    if descent.steps < _FEWEST:
        return "undecided", f"{descent.steps} steps are too few to tell ({_FEWEST} at least)", None
    if growth is None:
        return "undecided", "bounded so far, but escaped in the steps after the last one", None
    settled = _settled(residuals, zero)
    unstable = growth[0] > (_NEUTRAL if settled else max(_NEUTRAL, 3 * growth[1]))
    period, recurrent = (None, True) if settled else _period(residuals, tolerance)
    if settled or period:
        where = "a fixed point" if settled else f"a cycle of period {period}"
        if unstable:
            return "undecided", f"it sits on {where} from which nearby runs move away", None
        if period:
            return "periodic", f"all residuals repeat every {period} steps", period
        if rises:
            return "catapult", f"the loss rose in {count_text(rises, 'step')}, yet it settled", None
        return "monotonic", "the loss never rose, and it settled", None
    if unstable and not recurrent and _growing(residuals):
        return "undecided", "bounded so far, and still growing from block to block", None
    if unstable and not recurrent:
        return "chaotic", f"bounded, nothing repeats within {MAX_PERIOD} steps, nearby runs part exponentially", None
    trend = f"the loss rose in {count_text(rises, 'step')};" if rises else "the loss never rose, but"
    return "undecided", f"{trend} nothing settled or repeated in {descent.steps} steps", None


def _on_its_way(residuals: Array, losses: Array, rises: int, *, falling: bool) -> tuple[Label, str, int | None] | None:
    """Judge the second half of a run that has not arrived yet; None if it cannot be told where it goes."""
    swing = float(np.abs(np.diff(residuals[-_WINDOW:], axis=0)).max())
    if falling:
        back = float(np.abs(residuals[-1] - residuals[-3]).max())
        onward = float(np.abs(residuals[-1] - residuals[-2]).max()) <= back  # not to and fro
        if onward or losses[-1] <= losses[0] / 2:
            if rises:
                return "catapult", f"the loss rose in {count_text(rises, 'step')}, and falls since then", None
            return "monotonic", "the loss never rose, and still falls", None
    before = float(np.abs(np.diff(residuals[:_WINDOW], axis=0)).max())
    if not abs(swing - before) <= _STEADY * swing:
        return None
    for period in range(2, min(_ON_ITS_WAY, len(residuals) // 3) + 1):
        apart = float(np.abs(residuals[period:] - residuals[:-period]).max())
        same_phase = residuals[(len(residuals) - period) // period * period :][:period]
        if apart <= _REPEATS * swing and float(np.abs(same_phase - residuals[:period]).max()) <= _DRIFT * swing:
            told = f"all residuals repeat every {period} steps to 1 % of their swing, drifting slowly"
            return "periodic", told, period
    return None


def _growing(residuals: Array) -> bool:
    """Whether the largest residual grew in every one of the last blocks, as on the way to infinity."""
    tail = np.abs(residuals[len(residuals) // 2 :]).max(axis=1)
    largest = [float(part.max()) for part in np.array_split(tail, _GROWING)]
    return all(before < after for before, after in pairwise(largest))


def _settled(residuals: Array, zero: float) -> bool:
    """Whether the residuals ended at zero, or stay where they are."""
    if float(np.abs(residuals[-_SETTLED:]).max()) <= zero:
        return True
    tail = residuals[-min(len(residuals) // 2, _LONGEST_TAIL) :]  # where a period would be looked for as well
    return float(np.abs(tail - residuals[-1]).max()) <= zero


def _period(residuals: Array, tolerance: float) -> tuple[int | None, bool]:
    """Return the smallest period ≥ 2 of the residuals at the end of the run, and whether they nearly repeat at all.

    A run still drifting towards its cycle nearly repeats; a tangent vector may grow meanwhile, which is no chaos.
    """
    tail = residuals[-min(len(residuals) // 2, _LONGEST_TAIL) :]
    size = float(np.abs(tail).max())
    recurrent = False
    for period in range(1, min(MAX_PERIOD, len(tail) // 3) + 1):
        if float(np.abs(tail[-1 - period] - tail[-1]).max()) > _NEARLY * size:
            continue  # most periods fail here, at the cost of one row
        recurrent = recurrent or float(np.abs(tail[period:] - tail[:-period]).max()) <= _NEARLY * size
        phases = np.arange(-len(tail), 0) % period - period
        # Against the last period, not the next one: a slow drift adds up to something that shows.
        if period > 1 and float(np.abs(tail - tail[phases]).max()) <= tolerance * size:
            return period, True
    return None, recurrent


def _exponents(descent: Descent, places: list[tuple[int, int | None]]) -> list[tuple[float, float] | None]:
    """Estimate largest Lyapunov exponents beyond the last step, with standard errors; None after an escape."""
    if not places:
        return []
    together = max(1, _WORKING_SET // (3 * descent.weights[0].size * len(descent.targets)))
    if len(places) > together:
        return _exponents(descent, places[:together]) + _exponents(descent, places[together:])
    model, x, y = descent.model, descent.features, descent.targets
    runs = np.array([run for run, _ in places])
    weights = descent.weights[runs]
    column = (-1, *(1,) * (weights.ndim - 1))
    rate = descent.step_sizes[runs].reshape(column)
    rows = _tangent_rows(x, places)

    def project(vectors: Array) -> Array:
        if rows is None:
            return vectors
        along: Array = np.einsum("b...d,bd->b...", vectors, rows)[..., np.newaxis]
        return along * rows.reshape(len(rows), *(1,) * (vectors.ndim - 2), -1)

    # in the span of the rows: all other directions keep their length for ever, and would hide a negative exponent
    drawn = np.random.default_rng(0).standard_normal((*weights.shape[1:-1], len(x))) @ x
    tangents = project(np.broadcast_to(drawn, weights.shape))
    logs = np.empty((_WARM_UP + _BLOCKS * _BLOCK, len(places)))
    for step in range(len(logs)):
        moved = project(tangents - rate * model.hessian_product(weights, tangents, x, y))
        weights = weights - rate * model.loss_gradient(weights, x, y)
        lengths = _lengths(moved)
        logs[step] = np.log(np.maximum(lengths, 1e-300))
        kept = (lengths > 1e-300).reshape(column)  # a vector that vanished (at a flat minimum) starts afresh
        tangents = np.where(kept, moved / lengths.reshape(column), tangents)
    blocks = logs[_WARM_UP:].reshape(_BLOCKS, _BLOCK, -1).mean(axis=1)
    means, errors = blocks.mean(axis=0), blocks.std(axis=0, ddof=1) / math.sqrt(_BLOCKS)
    return [
        (float(mean), float(error)) if math.isfinite(mean) else None for mean, error in zip(means, errors, strict=True)
    ]


def _lengths(vectors: Array) -> Array:
    """Euclidean length of each entry of a batch."""
    flat = vectors.reshape(len(vectors), -1)
    lengths: Array = np.sqrt(np.einsum("bk,bk->b", flat, flat))
    return lengths


def _tangent_rows(x: Array, places: list[tuple[int, int | None]]) -> Array | None:
    """Unit rows of the samples that are looked at, shape (B, d); None for all samples together."""
    samples = [sample for _, sample in places if sample is not None]
    if len(samples) < len(places):
        return None
    rows = x[samples]
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Array = rows / np.where(norms > 0, norms, 1.0)  # along a row of zeros nothing moves
    return unit
