"""Gradient descent on the original loss, in batches of NumPy arrays.

Nothing here knows the map of one variable: the steps are w ← w − η∇L(w) with the model's own gradient, so that
agreement with the exact phases is evidence.  Every answer is an observation: of so many steps, from the stated starts,
in float64.

Axis order everywhere: batch, then time, then sample (or weight).  The batch holds every step size with every start:
entry ``b = s·runs + r`` has step size number s and start number r.  A model of one scalar weight takes features of one
column; the plain model is ``features=[[1.0]], targets=[y]``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from symphase.arguments import memory_text, whole
from symphase.array_records import ArrayRecord
from symphase.display import Shown, count_text, runs_table
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.models import Model
from symphase.starts import escape_bounds, starts_of, step_sizes_of
from symphase.tables import finite_array

__all__ = ["Descent", "descend"]

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MAX_BYTES: Final = 2 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Descent(Shown, ArrayRecord):
    """What gradient descent did, run by run.

    B = number of step sizes × runs, R = number of recorded steps, n = number of samples.  All arrays are read-only.

    Attributes
    ----------
    model : Model
    features, targets : ndarray, shapes (n, d) and (n,)
        The data that the loss was made of.
    step_sizes : ndarray, shape (B,)
        η of w ← w − η∇L for every entry of the batch.
    run : ndarray of int64, shape (B,)
        Which start it began from.
    starts : ndarray, shape (B, *weight_shape)
    steps, record_every : int
        How many steps were asked for, and which were recorded.
    recorded_steps : ndarray of int64, shape (R,)
        0, record_every, 2·record_every, … and always the last step.
    losses : ndarray, shape (B, R)
        L at the recorded steps; +inf from the step of escape on, never NaN.
    residuals : ndarray, shape (B, R, n)
        g(w; xᵢ) − yᵢ at the recorded steps; +inf from the step of escape on, never NaN.
    weights : ndarray, shape (B, *weight_shape)
        Weights after the last step; of an escaped run those of the step before the escape.
    escape_step : ndarray of int64, shape (B,)
        The first step whose loss is beyond ``escape_loss``; -1 where that was not seen within ``steps``.
    escape_loss : ndarray, shape (B,)
    seed : str
        Where the starts come from, in words that suffice to draw them again.
    certainty : Certainty
        OBSERVED.
    """

    model: Model
    features: Array
    targets: Array
    step_sizes: Array
    run: Integers
    starts: Array
    steps: int
    record_every: int
    recorded_steps: Integers
    losses: Array
    residuals: Array
    weights: Array
    escape_step: Integers
    escape_loss: Array
    seed: str
    certainty: Certainty = Certainty.OBSERVED

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def _line(self) -> str:
        escaped = int((self.escape_step >= 0).sum())
        return (
            f"{self.model.name}, {count_text(len(self.losses), 'run')} of {count_text(self.steps, 'step')}"
            f"{f', {escaped} diverged' if escaped else ''} [{self.certainty}]"
        )

    def _repr_html_(self) -> str:
        return runs_table(self.model.name, self)


# -------------------------------------------------------------------------------------------------------- the descent


def descend(
    model: Model,
    features: object,
    targets: object,
    *,
    step_sizes: object,
    starts: object = None,
    runs: int = 1,
    rng: int | np.random.Generator | np.random.BitGenerator | np.random.SeedSequence | None = None,
    steps: int = 1000,
    record_every: int = 1,
    escape_loss: object = None,
) -> Descent:
    """Run gradient descent w ← w − η∇L(w) on the original loss, all step sizes and starts at once.

    A run stops at the first step whose loss is not ≤ ``escape_loss``; it costs nothing from then on.

    Parameters
    ----------
    model : Model
        With numbers for all its parameters.
    features : array-like, shape (n, d)
        One row per sample; one column (``[[1.0]]`` for the plain model) if the model has one scalar weight.
    targets : array-like, shape (n,)
    step_sizes : number > 0 or sequence of them
        η in w ← w − η∇L, with L the mean (or the sum) over the samples that the model defines.
    starts : array-like, optional
        One start (shape ``weight_shape``) for everything, one per run (``runs, *weight_shape``), or one per entry of
        the batch (``B, *weight_shape``).  Drawn when left out.
    runs : int ≥ 1
        Starts per step size; run r has the same start at every step size.
    rng : int, Generator, BitGenerator or SeedSequence, optional
        Where starts are drawn from; fresh entropy when left out, which ``Descent.seed`` then tells.  Starts are
        independent normal numbers times a power of two: the largest for which the mean of |g(w) − g(0)| (over the
        samples and 16 fixed draws) is at most a quarter of the mean of |y − g(0)|.
    steps : int ≥ 1
    record_every : int ≥ 1
        Losses and residuals are kept of every so manieth step, and of the last.
    escape_loss : number > 0, optional
        When left out: 10¹² × the larger of the first loss and the loss of predicting 0 (at most 10³⁰⁰).

    Returns
    -------
    Descent

    Certainty
    ---------
    Observed, in float64.  Escaped runs leave the batch, which may change how sums are rounded: in chaos, runs that are
    computed in another company part after some dozen steps.

    Raises
    ------
    InputError
        For anything that is not as above, and when the records would take more than 2 GiB.

    Examples
    --------
    >>> from symphase.models import OneWeight
    >>> seen = descend(OneWeight(), [[1.0]], [1.0], step_sizes=[0.5, 2.5], starts=[0.5], steps=60)
    >>> seen.losses.shape, seen.escape_step.tolist(), bool(seen.losses[0, -1] < 1e-25)
    ((2, 61), [-1, 4], True)
    """
    if not isinstance(model, Model):
        raise InputError("model", model, "must be a model", "give PhaseRetrieval(gamma=2, c=0), for example")
    x = finite_array(features, "features", ndim=2)
    y = finite_array(targets, "targets", ndim=1)
    _check_data(model, x, y)
    rates = step_sizes_of(step_sizes)
    runs, steps = whole(runs, "runs", least=1), whole(steps, "steps", least=1)
    record_every = whole(record_every, "record_every", least=1)
    shape = model.weight_shape(x.shape[1])
    _check_memory(len(rates) * runs, math.prod(shape), len(y), steps, record_every)
    first, seed = starts_of(model, x, y, shape, len(rates), runs, starts, rng)
    recorded = np.append(np.arange(0, steps, record_every, dtype=np.int64), np.int64(steps))
    eta = np.repeat(rates, runs)
    with np.errstate(all="ignore"):
        bound = escape_bounds(model, x, y, first, escape_loss)
        losses, residuals, weights, escapes = _iterate(model, x, y, eta, first, recorded, bound)
    return Descent(
        model=model,
        features=x,
        targets=y,
        step_sizes=eta,
        run=np.tile(np.arange(runs, dtype=np.int64), len(rates)),
        starts=first,
        steps=steps,
        record_every=record_every,
        recorded_steps=recorded,
        losses=losses,
        residuals=residuals,
        weights=weights,
        escape_step=escapes,
        escape_loss=bound,
        seed=seed,
    )


def _iterate(
    model: Model, x: Array, y: Array, eta: Array, starts: Array, recorded: Integers, bound: Array
) -> tuple[Array, Array, Array, Integers]:
    batch, count = len(eta), len(y)
    losses: Array = np.full((batch, len(recorded)), np.inf)
    residuals: Array = np.full((batch, len(recorded), count), np.inf)
    final = starts.copy()
    escapes = np.full(batch, -1, dtype=np.int64)
    factor = model.loss_scale(count)
    active = np.arange(batch)
    weights = before = starts
    rate = eta.reshape(-1, *(1,) * (starts.ndim - 1))
    last = int(recorded[-1])
    slot = 0
    for step in range(last + 1):
        residual = model.predict(weights, x) - y
        loss = np.einsum("bn,bn->b", residual, residual) * factor
        inside = loss <= bound  # NaN is not inside
        if not inside.all():
            escapes[active[~inside]] = step
            final[active[~inside]] = before[~inside]
            active, bound, rate = active[inside], bound[inside], rate[inside]
            weights, residual, loss = weights[inside], residual[inside], loss[inside]
            if not active.size:
                break
        if step == recorded[slot]:
            losses[active, slot] = loss
            residuals[active, slot] = residual
            slot += 1
        if step < last:
            before = weights
            weights = weights - rate * model.loss_gradient(weights, x, y)
    final[active] = weights
    return losses, residuals, final, escapes


def _check_data(model: Model, x: Array, y: Array) -> None:
    if not x.size:
        raise InputError(
            "features",
            f"shape {x.shape}",
            "must have at least one sample and one feature",
            "give an array of shape (n, d)",
        )
    if len(x) != len(y):
        shapes = f"shapes {x.shape} and {y.shape}"
        raise InputError("features and targets", shapes, "must have the same number of samples", "give one y per row")
    known: Any = model.target
    if known.is_Rational and (y != float(known)).any():
        said = f"must be the model's own target {known}"
        raise InputError(
            "targets", y.tolist() if len(y) < 8 else "other numbers", said, "leave the model's target open"
        )


def _check_memory(batch: int, weights: int, samples: int, steps: int, record_every: int) -> None:
    kept = -(-steps // record_every) + 1
    other = 8 * batch * (12 * weights + 8 * samples)
    total = 8 * batch * kept * (samples + 1) + other
    if total <= MAX_BYTES:
        return
    size = f"would take {memory_text(total)} for {batch} runs, more than 2 GiB"
    room = (MAX_BYTES - other) // (8 * batch * (samples + 1)) - 1
    if room < 1:
        raise InputError("runs", batch, size, "use fewer runs or step sizes")
    raise InputError("record_every", record_every, size, f"use record_every ≥ {-(-steps // room)}")
