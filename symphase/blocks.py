"""A block of runs on its way: when it records, what is measured, and who has left.

Measures that need more than a step itself computes work on the weights, in float64, through the model's own functions.
With ``deterministic`` they are computed run by run, so that no sum depends on how many runs there are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from symphase.models import Model
from symphase.problems import Problem
from symphase.sharpness import HessianView
from symphase.steppers import Form, Setup, Stepper, compiled, make_stepper, ordered_product, round_up

__all__ = ["BLOCKS", "BUFFER", "RESULTS", "Block", "Plan", "Recorded", "allocate", "run_block"]

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Results = dict[str, npt.NDArray[Any]]
DType = Literal["float64", "float32"]

BLOCKS: Final = 10  # of the steps that an exponent is estimated from
BUFFER: Final = 256  # recorded steps that a block keeps before it writes them where they belong
_WARM_UP: Final = 100  # steps in which a tangent vector turns to the direction that grows most
_SHORTEST: Final = 1e-300
_TELL: Final = 256  # steps between two words about the progress
_TEST_LOSSES: Final = ("test_losses", "test_losses_weight_average", "test_losses_prediction_average")
RESULTS: Final = (
    "losses",
    "weights",
    "escape_step",
    "residuals",
    "weight_norms",
    "sign_changes",
    "sharpness",
    "lyapunov",
    "lyapunov_error",
    *_TEST_LOSSES,
    "average_weights",
)
_WHOLE: Final = {"escape_step": -1, "sign_changes": 0}


# --------------------------------------------------------------------------------------------------- what is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Which steps are recorded: 0, every, 2·every, … and always the last."""

    steps: int
    every: int

    @property
    def count(self) -> int:
        """How many there are."""
        return -(-self.steps // self.every) + 1

    @property
    def numbers(self) -> Integers:
        """The steps themselves, shape (R,)."""
        return np.append(np.arange(0, self.steps, self.every, dtype=np.int64), np.int64(self.steps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is the same for all blocks."""

    problem: Problem
    recorded: Recorded
    measures: tuple[str, ...]
    burn_in: int
    dtype: DType
    kind: Form
    deterministic: bool

    @property
    def model(self) -> Model:
        """The problem's model."""
        return self.problem.model

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one weight."""
        return self.model.weight_shape(self.problem.dimension)

    @property
    def neurons(self) -> int:
        """How many projections each sample has."""
        return math.prod(self.shape[:-1])

    def asks(self, measure: str) -> bool:
        """Whether something is measured."""
        return measure in self.measures

    def result_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every result for one run."""
        times, samples = self.recorded.count, self.problem.samples
        shapes: dict[str, tuple[int, ...]] = {"losses": (times,), "weights": self.shape, "escape_step": ()}
        optional: tuple[tuple[str, tuple[str, ...], tuple[int, ...]], ...] = (
            ("residuals", ("residuals",), (times, samples)),
            ("weight_norm", ("weight_norms",), (times,)),
            ("sign_changes", ("sign_changes",), (samples,)),
            ("sharpness", ("sharpness",), (times,)),
            ("lyapunov", ("lyapunov", "lyapunov_error"), ()),
            ("test_loss", _TEST_LOSSES, (times,)),
            ("average_weights", ("average_weights",), self.shape),
        )
        for measure, names, shape in optional:
            if self.asks(measure):
                shapes |= dict.fromkeys(names, shape)
        return shapes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Runs that advance together: number ``low`` of the batch and those after it."""

    plan: Plan
    low: int
    starts: Array
    rates: Array
    bounds: Array
    jit: bool


def allocate(plan: Plan, batch: int) -> Results:
    """Arrays for all results, filled with what stays where nothing is written: +inf, no escape, no sign change."""
    found: Results = {}
    for name, shape in plan.result_shapes().items():
        if name in _WHOLE:
            found[name] = np.full((batch, *shape), _WHOLE[name], dtype=np.int64)
        else:
            found[name] = np.full((batch, *shape), np.inf)
    return found


def run_block(block: Block, tell: Callable[[int], None] | None = None) -> Results:
    """Run a block to the end and return what was measured, one entry per run on the first axis."""
    with np.errstate(all="ignore"):  # what overflows is an escape, and found out
        return _Company(block).run(tell)


# ---------------------------------------------------------------------------------------------------------- the block


class _Company:
    """Who is in which column of the stepper, and what has been measured.

    ``columns`` are the columns whose runs go on, ``who`` the runs in them, as numbers within the block.
    """

    def __init__(self, block: Block) -> None:
        plan, count = block.plan, len(block.rates)
        problem, width = plan.problem, round_up(count)
        self.plan, self.rates = plan, block.rates
        starts, rates = np.zeros((width, *plan.shape)), np.zeros(width)  # the columns that fill up a vector stand still
        starts[:count], rates[:count] = block.starts, block.rates
        setup = Setup(
            model=plan.model,
            features=problem.features,
            targets=problem.targets,
            starts=starts,
            rates=rates,
            dtype=np.dtype(plan.dtype),
            ordered=plan.deterministic,
            kernels=compiled() if block.jit else None,
        )
        self.stepper: Stepper = make_stepper(plan.kind, setup)
        self.factor = setup.factor
        self.bound = np.full(width, np.inf)
        self.bound[:count] = block.bounds / self.factor
        self.columns = self.who = np.arange(count)
        self.found = allocate(plan, count)
        self.found["weights"][...] = block.starts
        self.buffer, self.slots = np.empty((min(BUFFER, plan.recorded.count), width)), 0
        self.slot = 0  # the next recorded step
        self.meters: list[_Meter] = [make(self) for measure, make in _METERS if plan.asks(measure)]

    def weights(self) -> Array:
        """Weights of those who go on, shape (len(who), *weight_shape)."""
        return self.stepper.weights(self.columns)

    def run(self, tell: Callable[[int], None] | None) -> Results:
        plan, stepper = self.plan, self.stepper
        recorded, last = plan.recorded.numbers.tolist(), plan.recorded.steps
        averages = plan.asks("average_weights") or plan.asks("test_loss")
        inside = np.empty(len(self.bound), dtype=np.bool_)
        for step in range(last + 1):
            squares = stepper.force()
            if not np.less_equal(squares, self.bound, out=inside).all():  # NaN is not inside
                squares = self._part(step, squares, ~inside)
                inside = np.empty(len(self.bound), dtype=np.bool_)
                if not self.who.size:
                    break
            if averages and step == plan.burn_in:
                stepper.begin_average()
            now = step == recorded[self.slot]
            for meter in self.meters:
                meter.look(step, now)
            if now:
                self._record(squares)
            if step < last:
                stepper.advance()
            if tell is not None and step % _TELL == 0:
                tell(step)
        self._write_losses()
        if self.who.size:
            self.found["weights"][self.who] = self.weights()
            for meter in self.meters:
                meter.end(self.columns, self.who)
        return self.found

    def _record(self, squares: npt.NDArray[Any]) -> None:
        self.buffer[self.slots] = squares
        self.slots += 1
        self.slot += 1
        if self.slots == len(self.buffer):
            self._write_losses()

    def _write_losses(self) -> None:
        kept = self.buffer[: self.slots, self.columns]
        self.found["losses"][self.who, self.slot - self.slots : self.slot] = (kept * self.factor).T
        self.slots = 0

    def _part(self, step: int, squares: npt.NDArray[Any], outside: Booleans) -> npt.NDArray[Any]:
        """Take leave of those who escaped at this step; return the squares of the columns that are left."""
        self._write_losses()
        gone = outside[self.columns]
        columns, who = self.columns[gone], self.who[gone]
        self.found["escape_step"][who] = step
        self.found["weights"][who] = self.stepper.weights(columns, before=True)
        for meter in self.meters:
            meter.leave(columns, who)
        self.stepper.freeze(columns)
        self.bound[columns] = np.inf
        squares[columns] = 0.0
        self.columns, self.who = self.columns[~gone], self.who[~gone]
        width = round_up(len(self.who))
        if not self.who.size or 2 * width > len(squares):
            return squares
        others = np.setdiff1d(np.arange(len(squares)), self.columns)[: width - len(self.who)]
        chosen = np.concatenate([self.columns, others])  # those others stand still already
        squares = squares[chosen]
        self.stepper.keep(chosen)
        self.bound = self.bound[chosen]
        self.buffer = np.empty((len(self.buffer), width))
        self.columns = np.arange(len(self.who))
        for meter in self.meters:
            meter.keep(chosen)
        return squares


# ---------------------------------------------------------------------------------------------------------- measuring


class _Meter:
    """Something that is measured in a block."""

    def __init__(self, company: _Company) -> None:
        self.company, self.plan = company, company.plan

    def look(self, step: int, now: bool) -> None:
        """Look at a step, which is recorded or not."""

    def leave(self, columns: Integers, who: Integers) -> None:
        """Write what is known of runs that escape in this step, before it is looked at."""

    def keep(self, chosen: Integers) -> None:
        """Go on with these columns alone."""

    def end(self, columns: Integers, who: Integers) -> None:
        """Write what is known of runs that came to the end."""

    def record(self, name: str, values: npt.NDArray[Any]) -> None:
        """Write what is recorded at this step of those who go on; what overflowed is +inf."""
        company = self.company
        company.found[name][company.who, company.slot] = np.where(np.isfinite(values), values, np.inf)

    def by_run(self, function: Callable[..., Any], *arrays: Array) -> Any:
        """Apply a function of batches to all runs, one by one where bits must not depend on the others."""
        if not self.plan.deterministic:
            return function(*arrays)
        parts = [function(*(array[k : k + 1] for array in arrays)) for k in range(len(arrays[0]))]
        if isinstance(parts[0], tuple):
            return tuple(np.concatenate(part) for part in zip(*parts, strict=True))
        return np.concatenate(parts)


class _Residuals(_Meter):
    def look(self, step: int, now: bool) -> None:  # noqa: ARG002  # the same for all meters
        if now:
            self.record("residuals", self.company.stepper.residuals()[self.company.columns])


class _Norms(_Meter):
    def look(self, step: int, now: bool) -> None:  # noqa: ARG002  # a signature that other meters share
        if now:
            self.record("weight_norms", self.by_run(_lengths, self.company.weights()))


class _Signs(_Meter):
    """Sign changes from step to step; zero has no sign."""

    def __init__(self, company: _Company) -> None:
        super().__init__(company)
        self.last: tuple[Booleans, Booleans] | None = None
        self.changes: Integers = np.zeros((self.plan.problem.samples, len(company.bound)), dtype=np.int64)

    def look(self, step: int, now: bool) -> None:  # noqa: ARG002  # a signature that other meters share
        slopes = self.company.stepper.slopes()
        above, below = slopes > 0, slopes < 0
        if self.last is not None:
            changed = (self.last[0] & below) | (self.last[1] & above)
            self.changes += changed if changed.ndim == 2 else changed.sum(axis=0)
        self.last = above, below

    def leave(self, columns: Integers, who: Integers) -> None:
        self.company.found["sign_changes"][who] = self.changes[:, columns].T

    def keep(self, chosen: Integers) -> None:
        self.changes = self.changes[:, chosen]
        if self.last is not None:
            self.last = self.last[0][..., chosen], self.last[1][..., chosen]

    end = leave


class _Sharpness(_Meter):
    def __init__(self, company: _Company) -> None:
        super().__init__(company)
        problem = self.plan.problem
        self.view = HessianView(problem.model, problem.features, problem.targets)
        self.vectors: list[Array | None] = [None] * len(company.who)  # where the last search ended, run by run

    def look(self, step: int, now: bool) -> None:  # noqa: ARG002  # a signature that other meters share
        if not now:
            return
        who = self.company.who.tolist()
        values, vectors = self.view.largest(self.company.weights(), [self.vectors[k] for k in who])
        for k, vector in zip(who, vectors, strict=True):
            self.vectors[k] = vector
        self.record("sharpness", values)


class _Exponent(_Meter):
    """Growth of a tangent vector v ← v − ηHv along the run."""

    def __init__(self, company: _Company) -> None:
        super().__init__(company)
        problem = self.plan.problem
        self.view = HessianView(problem.model, problem.features, problem.targets)
        tangent = np.random.default_rng(0).standard_normal((1, *self.view.shape))
        self.tangents: Array = np.repeat(tangent / _lengths(tangent), len(company.who), axis=0)
        steps = self.plan.recorded.steps - self.plan.burn_in
        self.length = steps // BLOCKS
        self.first = self.plan.recorded.steps - BLOCKS * self.length
        self.sums: Array = np.zeros((BLOCKS, len(company.who)))

    def look(self, step: int, now: bool) -> None:  # noqa: ARG002  # a signature that other meters share
        if not self.plan.burn_in - _WARM_UP <= step < self.plan.recorded.steps:
            return
        who = self.company.who
        rates = self.company.rates[who].reshape(-1, *(1,) * (self.tangents.ndim - 1))
        tangents, logs = self.by_run(self._grow, self.company.weights(), self.tangents[who], rates)
        self.tangents[who] = tangents
        if step >= self.first:
            self.sums[(step - self.first) // self.length, who] += logs

    def _grow(self, weights: Array, tangents: Array, rates: Array) -> tuple[Array, Array]:
        moved = tangents - rates * self.view.product(self.view.reduce(weights), tangents)
        lengths = _lengths(moved)
        column = lengths.reshape(rates.shape)
        # a vector that vanished (at a flat minimum) starts afresh
        return np.where(column > _SHORTEST, moved / column, tangents), np.log(np.maximum(lengths, _SHORTEST))

    def end(self, columns: Integers, who: Integers) -> None:  # noqa: ARG002  # a signature that other meters share
        means = self.sums[:, who] / self.length
        values, errors = means.mean(axis=0), means.std(axis=0, ddof=1) / math.sqrt(BLOCKS)
        known = np.isfinite(values) & np.isfinite(errors)
        self.company.found["lyapunov"][who] = np.where(known, values, np.inf)
        self.company.found["lyapunov_error"][who] = np.where(known, errors, np.inf)


class _TestLoss(_Meter):
    """The loss on the test set: of the weights, of their average, and of the average of the predictions."""

    def __init__(self, company: _Company) -> None:
        super().__init__(company)
        test = self.plan.problem.test
        assert test is not None  # noqa: S101  # checked where measures are
        self.x, self.y = test.features, test.targets
        self.columns_of_x = np.ascontiguousarray(test.features.T)
        self.factor = self.plan.model.loss_scale(test.samples)
        self.sums: Array = np.zeros((len(company.who), test.samples))
        self.count = 0

    def look(self, step: int, now: bool) -> None:
        averaging = step >= self.plan.burn_in
        if not (now or averaging):
            return
        who = self.company.who
        predictions = self.by_run(self._predict, self.company.weights())
        if averaging:
            self.sums[who] += predictions
            self.count += 1
        if not now:
            return
        self.record("test_losses", self.by_run(self._loss, predictions))
        if averaging:
            average = self.company.stepper.average(self.company.columns)
            losses = self.by_run(lambda weights: self._loss(self._predict(weights)), average)
            self.record("test_losses_weight_average", losses)
            self.record("test_losses_prediction_average", self.by_run(self._loss, self.sums[who] / self.count))

    def _predict(self, weights: Array) -> Array:
        if self.plan.deterministic:
            return self.plan.model.respond(ordered_product(weights, self.columns_of_x))
        return self.plan.model.predict(weights, self.x)

    def _loss(self, predictions: Array) -> Array:
        residuals = predictions - self.y
        losses: Array = np.einsum("bn,bn->b", residuals, residuals) * self.factor
        return losses


class _Average(_Meter):
    def end(self, columns: Integers, who: Integers) -> None:
        self.company.found["average_weights"][who] = self.company.stepper.average(columns)


_METERS: Final[tuple[tuple[str, type[_Meter]], ...]] = (
    ("residuals", _Residuals),
    ("weight_norm", _Norms),
    ("sign_changes", _Signs),
    ("sharpness", _Sharpness),
    ("lyapunov", _Exponent),
    ("test_loss", _TestLoss),
    ("average_weights", _Average),
)


def _lengths(vectors: Array) -> Array:
    """Euclidean length of each entry of a batch."""
    flat = vectors.reshape(len(vectors), -1)
    lengths: Array = np.sqrt(np.einsum("bk,bk->b", flat, flat))
    return lengths
