"""Gradient descent on the original loss, in batches of NumPy arrays, and what was seen in it.

Nothing here knows the map of one variable: the steps are w ← w − η∇L(w) with the model's own gradient, so that
agreement with the exact phases is evidence.  Every answer is an observation: of so many steps, from the stated starts,
in float64.

Axis order everywhere: batch, then time, then sample (or weight).  The batch holds every step size with every start:
entry ``b = s·runs + r`` has step size number s and start number r.  A model of one scalar weight takes features of one
column; the plain model is ``features=[[1.0]], targets=[y]``.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import numpy as np
import numpy.typing as npt

from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.formulas import exact_rational, positive_rational
from symphase.models import Model
from symphase.tables import finite_array

__all__ = ["Descent", "Observation", "descend", "observe_phase", "observe_phases", "observe_samples"]

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Label = Literal["monotonic", "catapult", "periodic", "chaotic", "divergent", "undecided"]

MAX_BYTES: Final = 2 * 2**30
MAX_PERIOD: Final = 256
_LARGEST_BOUND: Final = 1e300
_ROUNDING: Final = 1e-12  # what the loss may rise by, relative, and still count as falling
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Descent:
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
    rates = _step_sizes(step_sizes)
    for name, value in (("runs", runs), ("steps", steps), ("record_every", record_every)):
        _check_count(value, name)
    runs, steps, record_every = int(runs), int(steps), int(record_every)
    shape = model.weight_shape(x.shape[1])
    _check_memory(len(rates) * runs, math.prod(shape), len(y), steps, record_every)
    first, seed = _starts(model, x, y, shape, len(rates), runs, starts, rng)
    recorded = np.append(np.arange(0, steps, record_every, dtype=np.int64), np.int64(steps))
    eta = np.repeat(rates, runs)
    with np.errstate(all="ignore"):
        bound = _escape_bounds(model, x, y, first, escape_loss)
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
        raise InputError("features", f"shape {x.shape}", "must have at least one sample and one feature")
    if len(x) != len(y):
        shapes = f"shapes {x.shape} and {y.shape}"
        raise InputError("features and targets", shapes, "must have the same number of samples", "give one y per row")
    known: Any = model.target
    if known.is_Rational and (y != float(known)).any():
        said = f"must be the model's own target {known}"
        raise InputError(
            "targets", y.tolist() if len(y) < 8 else "other numbers", said, "leave the model's target open"
        )


def _check_count(value: object, name: str) -> None:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral) or int(value) < 1:
        raise InputError(name, value, "must be an integer ≥ 1", "give a positive whole number")


def _step_sizes(given: object) -> Array:
    if isinstance(given, np.ndarray) and given.ndim == 0:
        given = given[()]
    if isinstance(given, (str, bytes, dict)) or not isinstance(given, Iterable):
        values, names = [given], ["step_sizes"]
    elif getattr(given, "ndim", 1) != 1:
        shape = getattr(given, "shape", ())
        raise InputError("step_sizes", f"shape {shape}", "must be one number or a sequence of numbers", "use ravel()")
    else:
        values = list(given)
        names = [f"step_sizes[{k}]" for k in range(len(values))]
    if not values:
        raise InputError("step_sizes", given, "must hold at least one number > 0")
    rates: Array = np.array([_positive_float(value, name) for value, name in zip(values, names, strict=True)])
    return rates


def _positive_float(value: object, name: str) -> float:
    exact = positive_rational(value, name)
    try:
        number = float(exact)
    except OverflowError:
        number = math.inf
    if not 0 < number < math.inf:
        raise InputError(name, value, "is beyond the range of float64", "give a number between 1e-300 and 1e300")
    return number


def _check_memory(batch: int, weights: int, samples: int, steps: int, record_every: int) -> None:
    kept = -(-steps // record_every) + 1
    other = 8 * batch * (12 * weights + 8 * samples)
    total = 8 * batch * kept * (samples + 1) + other
    if total <= MAX_BYTES:
        return
    size = f"would take {total / 2**30:.3g} GiB for {batch} runs, more than 2 GiB"
    room = (MAX_BYTES - other) // (8 * batch * (samples + 1)) - 1
    if room < 1:
        raise InputError("runs", batch, size, "use fewer runs or step sizes")
    raise InputError("record_every", record_every, size, f"use record_every ≥ {-(-steps // room)}")


def _starts(
    model: Model, x: Array, y: Array, shape: tuple[int, ...], rates: int, runs: int, given: object, rng: object
) -> tuple[Array, str]:
    """Return the starts of the whole batch, and where they come from."""
    if given is None:
        drawn, seed = _draw(model, x, y, shape, runs, rng)
        return np.tile(drawn, (rates, *(1,) * len(shape))), seed
    if rng is not None:
        raise InputError("rng", rng, "is not used when starts are given", "give one of the two")
    starts = finite_array(given, "starts")
    if starts.shape == shape:
        starts = np.broadcast_to(starts, (runs, *shape))
    if starts.shape == (runs, *shape):
        return np.tile(starts, (rates, *(1,) * len(shape))), "starts given"
    if starts.shape == (rates * runs, *shape):
        return starts.copy(), "starts given"
    said = f"must have shape {shape}, {(runs, *shape)} (one per run) or {(rates * runs, *shape)} (one per batch entry)"
    raise InputError("starts", f"shape {starts.shape}", said, "set runs to the number of starts")


def _draw(model: Model, x: Array, y: Array, shape: tuple[int, ...], runs: int, rng: object) -> tuple[Array, str]:
    if rng is None:
        rng = np.random.SeedSequence().entropy
    if isinstance(rng, numbers.Integral) and not isinstance(rng, bool) and int(rng) >= 0:
        seed, generator = f"rng={int(rng)}", np.random.default_rng(int(rng))
    elif isinstance(rng, np.random.SeedSequence):
        seed = f"rng=SeedSequence({rng.entropy!r}, spawn_key={rng.spawn_key!r})"
        generator = np.random.default_rng(rng)
    elif isinstance(rng, (np.random.Generator, np.random.BitGenerator)):
        generator = np.random.default_rng(rng)
        seed = f"rng=the caller's {type(generator.bit_generator).__name__} generator"
    else:
        raise InputError(
            "rng", rng, "must be an integer ≥ 0, a Generator, a BitGenerator or a SeedSequence", "as rng=0"
        )
    with np.errstate(all="ignore"):
        scale = _start_scale(model, x, y, shape)
    return generator.standard_normal((runs, *shape)) * scale, seed


def _start_scale(model: Model, x: Array, y: Array, shape: tuple[int, ...]) -> float:
    """Bisect for the largest 2**k at which normal weights move predictions a quarter of the way to the targets."""
    reference = np.random.default_rng(0).standard_normal((16, *shape))
    origin = model.predict(np.zeros((1, *shape)), x)
    reach = float(np.abs(y - origin).mean()) / 4 or 0.25
    low, high = -512, 512
    while high - low > 1:
        middle = (low + high) // 2
        moved = float(np.abs(model.predict(reference * 2.0**middle, x) - origin).mean())
        low, high = (middle, high) if moved <= reach else (low, middle)
    return float(2.0**low)


def _escape_bounds(model: Model, x: Array, y: Array, starts: Array, given: object) -> Array:
    batch = len(starts)
    if given is not None:
        return np.full(batch, _positive_float(given, "escape_loss"))
    first = model.loss_values(starts, x, y)
    zero = model.loss_scale(len(y)) * float(np.sum(y * y))
    scale = np.maximum(np.where(np.isfinite(first), first, 0.0), zero)
    bound: Array = np.where(scale > 0, np.minimum(1e12 * scale, _LARGEST_BOUND), 1.0)
    return bound


# ------------------------------------------------------------------------------------------------------- observations


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
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


def observe_phases(descent: Descent, *, sample: int | None = None, tolerance: float = 1e-8) -> tuple[Observation, ...]:
    """Observe every entry of the batch; see :func:`observe_phase`.

    Parameters
    ----------
    descent : Descent
        With ``record_every=1``.
    sample : int, optional
        Look at this sample alone.
    tolerance : float
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
    >>> from symphase.models import OneWeight
    >>> seen = descend(OneWeight(), [[1.0]], [1.0], step_sizes=[0.5, 1.1, 1.9, 2.1], starts=[0.5], steps=2000)
    >>> [observation.label for observation in observe_phases(seen)]
    ['monotonic', 'periodic', 'chaotic', 'divergent']
    """
    share = _check_descent(descent, tolerance)
    if sample is not None:
        _check_index(sample, len(descent.targets), "sample")
    return _observe(descent, [(k, sample) for k in range(len(descent.step_sizes))], share)


def observe_samples(descent: Descent, *, run: int = 0, tolerance: float = 1e-8) -> tuple[Observation, ...]:
    """Observe every sample of one run on its own; see :func:`observe_phase`.

    Parameters
    ----------
    descent : Descent
        With ``record_every=1``.
    run : int
        Position on the batch axis.
    tolerance : float
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
    >>> from symphase.models import PhaseRetrieval
    >>> features, targets = [[1.0, 0.0], [0.0, 1.0]], [1.0, 2.2]
    >>> seen = descend(PhaseRetrieval(gamma=2, c=0), features, targets, step_sizes=0.5, starts=[0.5, 0.5])
    >>> [observation.label for observation in observe_samples(seen)]
    ['monotonic', 'periodic']
    """
    share = _check_descent(descent, tolerance)
    _check_index(run, len(descent.step_sizes), "run")
    return _observe(descent, [(int(run), k) for k in range(len(descent.targets))], share)


def observe_phase(descent: Descent, *, run: int = 0, sample: int | None = None, tolerance: float = 1e-8) -> Observation:
    """Say what was seen in one run, from its residuals alone.

    - "divergent": the loss went beyond ``escape_loss``.
    - "monotonic": the residuals settled, and the loss never rose beyond rounding (relative 10⁻¹²).
    - "catapult": the residuals settled, and the loss rose at least once.
    - "periodic": all residuals of the second half of the run (at most 1024 steps) repeat those of its last p steps, for
      the smallest such p from 2 to 256.
    - "chaotic": none of these, nothing of up to 256 steps even repeats to a thousandth, and the largest Lyapunov
      exponent is positive by more than three standard errors.
    - "undecided": anything else, such as slow convergence near a boundary; more steps may tell.

    Residuals have settled when they are zero to ``tolerance`` in the last 16 steps, or constant in the last half of the
    run (a minimum with a loss above zero).  Nothing is said to have settled or to repeat where nearby runs part: a
    start on a saddle, or on an unstable cycle, is undecided.

    The exponent is the mean growth of a tangent vector v ← v − ηHv along 2000 further steps, with
    Hv = (∇L(w + δv) − ∇L(w − δv))/(2δ); its error comes from 10 blocks of 200 steps.

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
    >>> from symphase.models import OneWeight
    >>> seen = descend(OneWeight(), [[1.0]], [1.0], step_sizes=1.1, starts=[0.5], steps=1000)
    >>> observe_phase(seen).period
    2
    """
    share = _check_descent(descent, tolerance)
    _check_index(run, len(descent.step_sizes), "run")
    if sample is not None:
        _check_index(sample, len(descent.targets), "sample")
    return _observe(descent, [(int(run), sample)], share)[0]


def _check_descent(descent: object, tolerance: object) -> float:
    if not isinstance(descent, Descent):
        raise InputError("descent", descent, "must be what descend(...) returned")
    if descent.record_every != 1:
        raise InputError("descent", f"record_every={descent.record_every}", "must record every step", "record_every=1")
    share = exact_rational(tolerance, "tolerance")
    if not 0 < share < 1:
        raise InputError("tolerance", tolerance, "must be between 0 and 1", "the default is 1e-8")
    return float(share)


def _check_index(value: object, length: int, name: str) -> None:
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or not 0 <= int(cast("int", value)) < length:
        raise InputError(name, value, f"must be an integer from 0 to {length - 1}")


def _observe(descent: Descent, places: list[tuple[int, int | None]], tolerance: float) -> tuple[Observation, ...]:
    """Observe (run, sample) places; their exponents are estimated together."""
    bounded = [place for place in places if descent.escape_step[place[0]] < 0]
    with np.errstate(all="ignore"):
        found = _exponents(descent, bounded) if descent.steps >= _FEWEST else [None] * len(bounded)
        growths = dict(zip(bounded, found, strict=True))
        return tuple(_judge(descent, run, sample, tolerance, growths.get((run, sample))) for run, sample in places)


def _judge(
    descent: Descent, run: int, sample: int | None, tolerance: float, growth: tuple[float, float] | None
) -> Observation:
    escaped = int(descent.escape_step[run])
    chosen = slice(None) if sample is None else slice(sample, sample + 1)
    residuals = descent.residuals[run, : escaped if escaped >= 0 else None, chosen]
    factor = descent.model.loss_scale(len(descent.targets))
    losses = np.einsum("tn,tn->t", residuals, residuals) * factor
    scale = float(np.abs(np.append(residuals[:1], descent.targets[chosen])).max())
    allowed = losses[:-1] * (1 + _ROUNDING) + factor * residuals.shape[1] * (_ROUNDING * scale) ** 2
    rises = int(np.count_nonzero(losses[1:] > allowed))
    label, detail, period = _label(descent, run, residuals, scale * tolerance, tolerance, rises, growth)
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
            return "catapult", f"the loss rose in {rises} steps, yet it settled", None
        return "monotonic", "the loss never rose, and it settled", None
    if unstable and not recurrent:
        return "chaotic", f"bounded, nothing repeats within {MAX_PERIOD} steps, nearby runs part exponentially", None
    trend = f"the loss rose in {rises} steps;" if rises else "the loss never rose, but"
    return "undecided", f"{trend} nothing settled or repeated in {descent.steps} steps", None


def _settled(residuals: Array, zero: float) -> bool:
    """Whether the residuals ended at zero, or stayed where they are for the last half of the run."""
    if float(np.abs(residuals[-_SETTLED:]).max()) <= zero:
        return True
    half = residuals[len(residuals) // 2 :]
    return float(np.abs(half - residuals[-1]).max()) <= zero


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
    lengths = _lengths(weights)
    lengths = np.where(lengths > 0, lengths, _lengths(descent.starts[runs]))
    delta = (1e-6 * np.where(lengths > 0, lengths, 1.0)).reshape(column)
    rows = _tangent_rows(x, places)

    def project(vectors: Array) -> Array:
        if rows is None:
            return vectors
        along: Array = np.einsum("b...d,bd->b...", vectors, rows)[..., np.newaxis]
        return along * rows.reshape(len(rows), *(1,) * (vectors.ndim - 2), -1)

    tangents = project(np.broadcast_to(np.random.default_rng(0).standard_normal(weights.shape[1:]), weights.shape))
    tangents = tangents / _lengths(tangents).reshape(column)
    logs = np.empty((_WARM_UP + _BLOCKS * _BLOCK, len(places)))
    for step in range(len(logs)):
        points = np.concatenate([weights, weights + delta * tangents, weights - delta * tangents])
        here, ahead, behind = np.split(model.loss_gradient(points, x, y), 3)
        moved = project(tangents - rate * ((ahead - behind) / (2 * delta)))
        weights = weights - rate * here
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
    unit: Array = np.where(norms > 0, rows / norms, 1.0)
    return unit
