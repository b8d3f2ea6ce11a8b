"""Gradient descent on the original loss for thousands of runs at once, and what is measured on the way.

:func:`symphase.descent.descend` keeps every residual of a few runs; :func:`train` keeps what is asked for, of many.
Runs advance in blocks, each as two matrix products per step or as one (see :mod:`symphase.steppers` for the formulas
and the layout); blocks are spread over processes.

Nothing here knows the map of one variable.  Axis order everywhere: batch, then time, then sample (or weight); entry
``b = s·runs + r`` of the batch has step size number s and start number r.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from symphase.arguments import flag, memory_text, one_of, reporter, to_float, whole
from symphase.array_records import ArrayRecord
from symphase.blocks import BLOCKS, BUFFER, RESULTS, Block, DType, Plan, Recorded, allocate, run_block
from symphase.display import Shown, count_text, cut, runs_table
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.problems import Problem
from symphase.processes import check_workers, in_parallel
from symphase.starts import escape_bounds, starts_of, step_sizes_of
from symphase.steppers import Form, block_width, keeps_digits, numba_is_here, one_thread

__all__ = ["MEASURES", "Training", "train"]

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Method = Literal["auto", "gram", "weights"]
Progress = Callable[[str, int, int], None]

MAX_BYTES: Final = 2 * 2**30
MEASURES: Final = (
    "loss",
    "residuals",
    "weight_norm",
    "sign_changes",
    "sharpness",
    "lyapunov",
    "test_loss",
    "average_weights",
)
_EVERY_STEP: Final = frozenset({"lyapunov", "test_loss"})  # these need the weights themselves at every step
# Compiling takes a second or two, and saves about a nanosecond for each residual of each step.
_WORTH_COMPILING: Final = 2 * 10**9
_STAGE: Final = "gradient descent"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Training(Shown, ArrayRecord):
    """What many runs of gradient descent did.

    B = number of step sizes × runs, R = number of recorded steps, n = samples, d = features.  Arrays are read-only and
    hold no NaN: +inf from the step of escape on.  What was not asked for is None.

    Attributes
    ----------
    problem : Problem
    step_sizes : ndarray, shape (B,)
        η of w ← w − η∇L.
    run : ndarray of int64, shape (B,)
        Which start each entry began from.
    starts : ndarray, shape (B, *weight_shape)
    steps, record_every : int
    recorded_steps : ndarray of int64, shape (R,)
        0, record_every, 2·record_every, … and always the last step.
    losses : ndarray, shape (B, R)
    residuals : ndarray, shape (B, R, n), or None
        g(w; xᵢ) − yᵢ.
    weight_norms : ndarray, shape (B, R), or None
        Euclidean length of all weights together.
    sign_changes : ndarray of int64, shape (B, n), or None
        In how many steps u = ∂g/∂(xᵢᵀw) changed its sign from plus to minus or back, of all steps (whatever was
        recorded) before the escape; summed over the neurons.  For phase retrieval each is a hop between the wells.
    sharpness : ndarray, shape (B, R), or None
        Largest algebraic eigenvalue of the Hessian, see :mod:`symphase.sharpness`.
    lyapunov, lyapunov_error : ndarray, shape (B,), or None
        Largest Lyapunov exponent per step of w ← w − η∇L over the steps after ``burn_in``, among the directions in the
        span of the samples (each of the others keeps its length for ever), and the standard error from ten blocks of
        steps.  +inf for an escaped run; −690 stands for minus infinity (a tangent vector that vanished).
    test_losses : ndarray, shape (B, R), or None
        The loss, as the model defines it, on the test set at the recorded steps.
    test_losses_weight_average, test_losses_prediction_average : ndarray, shape (B, R), or None
        The test loss of the averages over all steps from ``burn_in`` to the recorded one: of the weights, and of the
        predictions.  +inf before ``burn_in``, where there is no average.
    weights : ndarray, shape (B, *weight_shape)
        After the last step; of an escaped run those of the step before the escape.
    average_weights : ndarray, shape (B, *weight_shape), or None
        Mean over all steps from ``burn_in`` on, the last included.
    escape_step : ndarray of int64, shape (B,)
        The first step whose loss is beyond ``escape_loss``; -1 where that was not seen within ``steps``.
    escape_loss : ndarray, shape (B,)
    burn_in : int
    measures : tuple of str
    method : {"gram", "weights", "model"}
        How it was computed, see :mod:`symphase.steppers`.
    dtype : {"float64", "float32"}
        What the runs were computed in; measures are kept in float64.
    deterministic : bool
    seed : str
        Where the starts come from, in words that suffice to draw them again.
    certainty : Certainty
        OBSERVED.
    """

    problem: Problem
    step_sizes: Array
    run: Integers
    starts: Array
    steps: int
    record_every: int
    recorded_steps: Integers
    losses: Array
    residuals: Array | None
    weight_norms: Array | None
    sign_changes: Integers | None
    sharpness: Array | None
    lyapunov: Array | None
    lyapunov_error: Array | None
    test_losses: Array | None
    test_losses_weight_average: Array | None
    test_losses_prediction_average: Array | None
    weights: Array
    average_weights: Array | None
    escape_step: Integers
    escape_loss: Array
    burn_in: int
    measures: tuple[str, ...]
    method: Form
    dtype: DType
    deterministic: bool
    seed: str
    certainty: Certainty = Certainty.OBSERVED

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def scaled_residuals(self) -> Array | None:
        """z = κe of every sample, shape (B, R, n), with κ = η · residual_scale of the model; made when asked for.

        None without residuals, and for a model that has no scale (outer weights of both signs).  InputError for rows
        so long that κ/η is beyond the range of floats.
        """
        if self.residuals is None:
            return None
        problem = self.problem
        try:
            exact = [problem.model.residual_scale(square, problem.samples, 1) for square in problem.data.norms_squared]
        except InputError:
            return None
        unit = [to_float(scale, "features") for scale in exact]
        kappa = self.step_sizes[:, np.newaxis] * np.array(unit)
        with np.errstate(all="ignore"):
            scaled = np.where(np.isinf(self.residuals), np.inf, self.residuals * kappa[:, np.newaxis, :])
        scaled.setflags(write=False)
        return scaled

    @property
    def scaled_sharpness(self) -> Array | None:
        """Step size × sharpness, shape (B, R): 2 is the edge of stability."""
        if self.sharpness is None:
            return None
        scaled: Array = self.step_sizes[:, np.newaxis] * self.sharpness
        scaled.setflags(write=False)
        return scaled

    def _line(self) -> str:
        escaped = int((self.escape_step >= 0).sum())
        return (
            f"{cut(self.problem.name, 40)}, {count_text(len(self.losses), 'run')} of {count_text(self.steps, 'step')}"
            f"{f', {escaped} diverged' if escaped else ''} [{self.certainty}]"
        )

    def _repr_html_(self) -> str:
        return runs_table(self.problem.name, self)


def train(
    problem: Problem,
    *,
    step_sizes: object,
    starts: object = None,
    runs: int = 1,
    rng: int | np.random.Generator | np.random.BitGenerator | np.random.SeedSequence | None = None,
    steps: int = 1000,
    record_every: int = 1,
    measures: tuple[str, ...] = ("loss",),
    burn_in: int | None = None,
    dtype: DType = "float64",
    method: Method = "auto",
    workers: int | None = 1,
    deterministic: bool = False,
    escape_loss: object = None,
    jit: bool | None = None,
    progress: Progress | None = None,
) -> Training:
    """Run gradient descent w ← w − η∇L(w) for every step size and start, and measure what is asked for.

    With ϑ = λ/n the factor of the loss, e = g − y and g = Σ vⱼUⱼ² + b, Uⱼ = s·xᵀwⱼ + σ, a step is

        wⱼ ← wⱼ − 4ϑs vⱼ Xᵀ(η e∘Uⱼ)                       (the weight form: two products)
        Uⱼ ← Uⱼ − 4ϑs² X Xᵀ (η vⱼ e∘Uⱼ)                   (the Gram form: one, with an n × n matrix)

    and in the Gram form weights are recovered as w_T = w_0 − 4ϑs Xᵀ Σₜ ηvⱼ eₜ∘Uⱼₜ.  A run stops at the first step whose
    loss is not ≤ ``escape_loss``; its column stands still from then on and leaves when half of a block has.

    Parameters
    ----------
    problem : Problem
    step_sizes : number > 0 or sequence of them
        η in w ← w − η∇L, with L the mean (or the sum) over the samples that the model defines.
    starts, runs, rng
        As in :func:`symphase.descent.descend`: run r has the same start at every step size.
    steps : int ≥ 1
    record_every : int ≥ 1
        Measures are kept of every so manieth step, and of the last.  Escapes, sign changes, exponents and averages look
        at every step all the same.
    measures : sequence of str
        Of :data:`MEASURES`; "loss" is always there.  "test_loss" needs the problem's test set.
    burn_in : int, optional
        The step from which on is averaged; half of ``steps`` when left out.
    dtype : {"float64", "float32"}
        float32 takes half the time; its losses reach 10⁻¹² at best, and runs escape at 10³⁸ at the latest.
    method : {"auto", "gram", "weights"}
        "auto" is the Gram form where n < 2d, the model is a sum of squares whose completed square costs at most six
        bits (|b| ≤ 64 max|y|), and no weights are asked for at every step ("lyapunov", "test_loss"; "sharpness",
        "weight_norm" with ``record_every=1``).
    workers : int or None
        Processes that share the blocks; None for one per processor.  Results are the same bits for any number.
    deterministic : bool
        Products as ordered sums of multiplications and additions, without BLAS, and measures run by run: the same bits
        for a run whatever else is in the batch.  Costs four times as much with numba, twenty times without.
    escape_loss : number > 0, optional
        When left out: 10¹² × the larger of the first loss and the loss of predicting 0 (at most 10³⁰⁰).
    jit : bool, optional
        Whether numba does the element-wise work (an optional extra), to the same bits.  The default is yes where that
        saves more than compiling takes: from 2·10⁹ residuals on, over all runs and steps.
    progress : callable, optional
        Called as progress(stage, done, total), in units of steps of blocks.

    Returns
    -------
    Training

    Certainty
    ---------
    Observed.  Without ``deterministic``, a run computed in other company differs by rounding (some n·2⁻⁵³ relative per
    step, n·2⁻²⁴ in float32), which settles where the run does and grows as the Lyapunov exponent says where it is
    chaotic: there, after some log(2⁵³)/exponent steps, it is another run of the same kind.  In the Gram form recovered
    weights are off by up to (number of steps) × 2⁻⁵³ relative to what was added up.

    Raises
    ------
    InputError
        For anything that is not as above, and when it would take more than 2 GiB, before anything is allocated.

    Examples
    --------
    >>> from symphase.models import PhaseRetrieval
    >>> from symphase.problems import make_problem
    >>> problem = make_problem(PhaseRetrieval(gamma=2, c=0), samples=4, dimension=8, rng=0)
    >>> unit = float(problem.unit_step_size)
    >>> seen = train(problem, step_sizes=[0.6 * unit, 1.1 * unit, 2.5 * unit], runs=2, rng=0, measures=("sharpness",))
    >>> seen.losses.shape, [bool(step >= 0) for step in seen.escape_step]
    ((6, 1001), [False, False, False, False, True, True])
    >>> bool(seen.losses[0, -1] < 1e-25), round(float(seen.scaled_sharpness[0, -1]), 6)
    (True, 1.2)
    """
    if not isinstance(problem, Problem):
        raise InputError("problem", problem, "must be a Problem", "make one with make_problem or problem_from_data")
    asked = _measures(measures, problem)
    rates = step_sizes_of(step_sizes)
    runs, steps = whole(runs, "runs", least=1), whole(steps, "steps", least=1)
    record_every = whole(record_every, "record_every", least=1)
    one_of(dtype, ("float64", "float32"), "dtype", 'the default is "float64"')
    flag(deterministic, "deterministic")
    flag(jit, "jit", optional=True)
    tell = reporter(progress)
    if jit and not numba_is_here():
        raise InputError("jit", jit, "needs numba", 'pip install "symphase[jit]", or leave jit out')
    processes = check_workers(workers)
    batch = len(rates) * runs
    plan = Plan(
        problem=problem,
        recorded=Recorded(steps=steps, every=record_every),
        measures=asked,
        burn_in=_burn_in(burn_in, steps, asked),
        dtype=dtype,
        kind=_form(problem, method, asked, record_every),
        deterministic=deterministic,
    )
    width = block_width(batch, plan.neurons, problem.samples, 0 if plan.kind == "gram" else problem.dimension)
    _check_memory(plan, batch, width, processes)
    first, seed = starts_of(problem.model, problem.features, problem.targets, plan.shape, len(rates), runs, starts, rng)
    eta = np.repeat(rates, runs)
    bound = _bounds(plan, first, escape_loss)
    blocks = [
        Block(
            plan=plan,
            low=low,
            starts=first[low : low + width],
            rates=eta[low : low + width],
            bounds=bound[low : low + width],
            jit=_compiles(plan, batch, jit),
        )
        for low in range(0, batch, width)
    ]
    found = allocate(plan, batch)
    for block, part in _results(blocks, processes, tell):
        for name, values in part.items():
            found[name][block.low : block.low + len(values)] = values
    return Training(
        problem=problem,
        step_sizes=eta,
        run=np.tile(np.arange(int(runs), dtype=np.int64), len(rates)),
        starts=first,
        steps=int(steps),
        record_every=int(record_every),
        recorded_steps=plan.recorded.numbers,
        escape_loss=bound,
        burn_in=plan.burn_in,
        measures=asked,
        method=plan.kind,
        dtype=dtype,
        deterministic=deterministic,
        seed=seed,
        **{name: found.get(name) for name in RESULTS},  # type: ignore[arg-type]  # always there: the first three
    )


# --------------------------------------------------------------------------------------------------- what is asked for


def _measures(given: object, problem: Problem) -> tuple[str, ...]:
    if isinstance(given, (str, bytes)) or not isinstance(given, (tuple, list, set, frozenset)):
        raise InputError("measures", given, "must be a sequence of names", f"such as {MEASURES[:2]}")
    for name in given:
        if not isinstance(name, str) or name not in MEASURES:
            near = difflib.get_close_matches(name, MEASURES, n=1) if isinstance(name, str) else []
            advice = f"did you mean {near[0]!r}?" if near else "see the parameter's documentation"
            raise InputError("measures", name, f"must be among {', '.join(MEASURES)}", advice)
    if "test_loss" in given and problem.test is None:
        raise InputError("measures", "test_loss", "needs a test set, which the problem has not", "give it test_samples")
    return tuple(name for name in MEASURES if name == "loss" or name in given)


def _burn_in(given: object, steps: int, measures: tuple[str, ...]) -> int:
    burn_in = steps // 2 if given is None else whole(given, "burn_in", least=0, most=steps)
    if "lyapunov" in measures and steps - burn_in < BLOCKS:
        said = f"leaves {steps - burn_in} of {steps} steps; an exponent needs {BLOCKS} at least"
        raise InputError("burn_in", burn_in, said, "run more steps")
    return burn_in


def _form(problem: Problem, method: object, measures: tuple[str, ...], record_every: int) -> Form:
    one_of(method, ("auto", "gram", "weights"), "method", 'the default is "auto"')
    squares = keeps_digits(problem.model.quadratic_form(), problem.targets)
    if method == "gram" and not squares:
        said = "needs a prediction that is a sum of squares, completed without loss of digits"
        raise InputError("method", method, said, 'use "auto"')
    if not squares:
        return "model"
    often = not _EVERY_STEP.isdisjoint(measures) or (record_every == 1 and {"sharpness", "weight_norm"} & {*measures})
    if method == "auto":
        method = "gram" if problem.samples < 2 * problem.dimension and not often else "weights"
    return "gram" if method == "gram" else "weights"


def _check_memory(plan: Plan, batch: int, width: int, processes: int) -> None:
    """Refuse what would not fit, before anything is allocated."""
    samples, dimension, test = plan.problem.samples, plan.problem.dimension, plan.problem.test
    held_out = test.samples if test is not None and plan.asks("test_loss") else 0
    per_run = 8 * (sum(math.prod(shape) for shape in plan.result_shapes().values()) + 2 * math.prod(plan.shape) + 4)
    of_block = 8 * (plan.neurons * (10 * samples + 8 * dimension) + 3 * held_out + BUFFER)
    matrices = 8 * ((2 * samples**2 if plan.kind == "gram" else 0) + 5 * (samples + held_out) * dimension)
    blocks = min(processes, -(-batch // width))
    work = blocks * (width * (of_block + (per_run if processes > 1 else 0)) + matrices)
    total = batch * per_run + width * per_run + work
    if total <= MAX_BYTES:
        return
    size = f"would take {memory_text(total)} for {batch} runs, more than 2 GiB"
    if plan.recorded.every < plan.recorded.steps and batch * 8 * plan.recorded.count > MAX_BYTES // 4:
        raise InputError("record_every", plan.recorded.every, size, "record fewer steps")
    raise InputError("runs", batch, size, "use fewer runs or step sizes, or measure less")


def _compiles(plan: Plan, batch: int, jit: bool | None) -> bool:
    if jit is not None or plan.kind == "model" or not numba_is_here():
        return bool(jit) and plan.kind != "model"
    work = batch * plan.recorded.steps * plan.neurons * plan.problem.samples
    if plan.deterministic:
        work *= max(1, plan.problem.samples // 8)
    return work >= _WORTH_COMPILING


def _bounds(plan: Plan, starts: Array, given: object) -> Array:
    model, x, y = plan.model, plan.problem.features, plan.problem.targets
    with np.errstate(all="ignore"):
        if not plan.deterministic:
            return escape_bounds(model, x, y, starts, given)
        return np.concatenate([escape_bounds(model, x, y, starts[k : k + 1], given) for k in range(len(starts))])


def _results(
    blocks: list[Block], processes: int, tell: Progress
) -> Iterator[tuple[Block, dict[str, npt.NDArray[Any]]]]:
    steps = blocks[0].plan.recorded.steps
    total = len(blocks) * steps
    done = 0
    if processes == 1 or len(blocks) == 1:
        with one_thread():
            for block in blocks:
                yield block, run_block(block, lambda step, done=done: tell(_STAGE, done + step, total))  # type: ignore[misc]  # a lambda with defaults
                done += steps
                tell(_STAGE, done, total)
        return
    for block, part in in_parallel(_run_alone, blocks, min(processes, len(blocks))):
        yield block, part
        done += steps
        tell(_STAGE, done, total)


def _run_alone(block: Block) -> dict[str, npt.NDArray[Any]]:
    with one_thread():
        return run_block(block)
