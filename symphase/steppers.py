"""Steps of gradient descent for a block of runs side by side: arrays laid out so that two products do the work.

Let g = Σⱼ vⱼUⱼ² + b with Uⱼ = s·xᵀwⱼ + σ (:class:`symphase.models.QuadraticForm`), e = g − y and ϑ = λ/n the factor of
the loss.  Then w ← w − η∇L is, for every neuron j,

    wⱼ ← wⱼ − 4ϑs vⱼ Xᵀ(η e∘Uⱼ)                           the weight form: two products per step, X W and Xᵀ F
    Uⱼ ← Uⱼ − K (η vⱼ e∘Uⱼ),   K = 4ϑs² X Xᵀ             the Gram form: one product with the n × n matrix K

The Gram form never forms weights.  It adds up the forces, Sⱼ = Σ ηvⱼ e∘Uⱼ over the steps, and the weights after T steps
are w_T = w_0 − 4ϑs Xᵀ S_T; their sum over steps is that formula with the sum of S.  It costs n/(2d) of the weight
form's products.  Where all vⱼ are equal, √|v| goes into U and |v| into K: that saves a multiplication of every entry.

A model that is no sum of squares, or whose completed square would cost digits (|b| beyond ``LARGEST_OFFSET`` times the
largest |y|: e would be off by that many roundings of y), steps through its own ``respond`` and ``slope``.

Layout: the last axis is the run (a row of a matrix is one sample in all runs), so that sums over samples need no
reordering, and a compiler can work on eight runs at a time.  Every buffer begins where a cache line does.

Nothing here knows the map of one variable.
"""

from __future__ import annotations

import importlib
import importlib.util
import math
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from symphase.models import Model, QuadraticForm

__all__ = [
    "Kernels",
    "Setup",
    "Stepper",
    "block_width",
    "compiled",
    "keeps_digits",
    "make_stepper",
    "numba_is_here",
    "one_thread",
    "ordered_product",
    "round_up",
]

Floats = NDArray[Any]
Integers = NDArray[np.int64]
Form = Literal["gram", "weights", "model"]

LANES: Final = 8  # runs in one vector register; blocks are padded to a multiple
LARGEST_OFFSET: Final = 64.0
_ENTRIES: Final = 10_240  # of one array of a block: five of them stay in the second-level cache
_WIDEST: Final = 8_192
_NARROWEST: Final = 32
# OpenBLAS uses one thread up to this number of multiplications (65536 · GEMM_MULTITHREAD_THRESHOLD).
_ONE_THREAD: Final = 2**18


# ------------------------------------------------------------------------------------------------------ the machine


def numba_is_here() -> bool:
    """Whether numba could be imported; it is not imported to find out."""
    return importlib.util.find_spec("numba") is not None


def _threads_can_be_limited() -> bool:
    return importlib.util.find_spec("threadpoolctl") is not None


@contextmanager
def one_thread() -> Iterator[None]:
    """Let BLAS use one thread inside, where threadpoolctl (which scikit-learn brings) is installed."""
    if not _threads_can_be_limited():
        yield
        return
    with _threadpoolctl().threadpool_limits(limits=1, user_api="blas"):
        yield


def _threadpoolctl() -> Any:
    told = "KMP_DUPLICATE_LIB_OK" in os.environ
    module = importlib.import_module("threadpoolctl")
    if not told:  # it sets this when first imported, for Intel's OpenMP; the environment is the caller's
        os.environ.pop("KMP_DUPLICATE_LIB_OK", None)
    return module


def block_width(runs: int, neurons: int, samples: int, dimension: int) -> int:
    """How many runs advance together: enough to hide the cost of a call, few enough for the cache.

    Without threadpoolctl also few enough for products that BLAS computes on one thread.
    """
    rows = neurons * max(samples, dimension)
    widest = min(_WIDEST, max(_NARROWEST, _ENTRIES // rows))
    if not _threads_can_be_limited():
        widest = min(widest, _ONE_THREAD // (samples * max(samples, dimension)))
    widest = max(LANES, widest // LANES * LANES)
    blocks = -(-runs // widest)
    return round_up(-(-runs // blocks))


def round_up(count: int) -> int:
    """The next multiple of the lanes of a vector."""
    return -(-count // LANES) * LANES


def _aligned(shape: tuple[int, ...], dtype: Any) -> Floats:
    """Zeros that begin where a cache line does: a vector that straddles two lines costs twice as much."""
    size = np.dtype(dtype).itemsize
    memory = np.zeros(math.prod(shape) * size + 64, dtype=np.uint8)
    first = -memory.ctypes.data % 64
    found: Floats = memory[first : first + math.prod(shape) * size].view(dtype).reshape(shape)
    return found


def _placed(values: Floats, dtype: Any) -> Floats:
    found = _aligned(values.shape, dtype)
    found[...] = values
    return found


# --------------------------------------------------------------------------------------------------------- products


def ordered_product(left: Floats, right: Floats, out: Floats | None = None) -> Floats:
    """Return left @ right as an ordered sum of outer products: same bits in every column, whatever the others are.

    Σₖ left[…, k]·right[k, …], from k = 0 on, each product rounded and then each sum.  BLAS orders and contracts as the
    shapes suit it; this costs up to some thirty times as much.

    Parameters
    ----------
    left : ndarray, shape (a, k) or (…, a, k)
    right : ndarray, shape (k, b) or (…, k, b)
    out : ndarray, optional

    Returns
    -------
    ndarray
    """
    term = left[..., :, :1] * right[..., :1, :]
    if out is None:
        out = np.empty_like(term)
    out[...] = term
    for k in range(1, left.shape[-1]):
        np.multiply(left[..., :, k : k + 1], right[..., k : k + 1, :], out=term)
        np.add(out, term, out=out)
    return out


def _plain_product(left: Floats, right: Floats, out: Floats | None = None) -> Floats:
    found: Floats = np.matmul(left, right, out=out)
    return found


# ------------------------------------------------------------------------------------ for a compiler: plain functions


def force_row_py(
    i: int, outer: Any, mixed: bool, t: Any, rate: Any, values: Any, force: Any, row: Any, squares: Any
) -> None:
    """Residual, its square and the force of sample i in every run: the order of operations of the NumPy form."""
    target = t[i, 0]
    if values.shape[0] == 1 and not mixed:
        v, f = values[0, i], force[0, i]
        for b in range(v.shape[0]):
            residual = v[b] * v[b] - target
            squares[b] += residual * residual
            f[b] = residual * rate[b] * v[b]
        return
    for j in range(values.shape[0]):
        v, weight = values[j, i], outer[j, 0, 0]
        if j == 0:
            for b in range(v.shape[0]):
                row[b] = v[b] * v[b] * weight
        else:
            for b in range(v.shape[0]):
                row[b] += v[b] * v[b] * weight
    for b in range(row.shape[0]):
        residual = row[b] - target
        squares[b] += residual * residual
        row[b] = residual * rate[b]
    for j in range(values.shape[0]):
        v, f, weight = values[j, i], force[j, i], outer[j, 0, 0]
        if mixed:
            for b in range(v.shape[0]):
                f[b] = row[b] * v[b] * weight
        else:
            for b in range(v.shape[0]):
                f[b] = row[b] * v[b]


def weight_step_py(force_row: Callable[..., None]) -> Callable[..., None]:
    """Return the kernel of the weight form: forces from the projections ``values``."""

    def weight_step(
        outer: Any, mixed: bool, t: Any, rate: Any, values: Any, force: Any, row: Any, squares: Any
    ) -> None:
        squares[:] = 0.0
        for i in range(values.shape[1]):
            force_row(i, outer, mixed, t, rate, values, force, row, squares)

    return weight_step


def gram_step_py(force_row: Callable[..., None]) -> Callable[..., None]:
    """Return the kernel of the Gram form: finish the last step, add up forces, and compute the new ones."""

    def gram_step(
        outer: Any,
        mixed: bool,
        t: Any,
        rate: Any,
        values: Any,
        force: Any,
        row: Any,
        squares: Any,
        moved: Any,
        total: Any,
        history: Any,
        averaging: bool,
    ) -> None:
        squares[:] = 0.0
        for i in range(values.shape[1]):
            if values.shape[0] == 1 and not mixed:  # the common case in one pass, to the same bits as the general one
                v, p, f, s, target = values[0, i], moved[0, i], force[0, i], total[0, i], t[i, 0]
                for b in range(v.shape[0]):
                    value = v[b] - p[b]
                    residual = value * value - target
                    s[b] += f[b]
                    v[b] = value
                    squares[b] += residual * residual
                    f[b] = residual * rate[b] * value
                if averaging:
                    h = history[0, i]
                    for b in range(h.shape[0]):
                        h[b] += s[b]
                continue
            for j in range(values.shape[0]):
                v, p, f, s = values[j, i], moved[j, i], force[j, i], total[j, i]
                for b in range(v.shape[0]):
                    v[b] = v[b] - p[b]
                    s[b] += f[b]
                if averaging:
                    h = history[j, i]
                    for b in range(h.shape[0]):
                        h[b] += s[b]
            force_row(i, outer, mixed, t, rate, values, force, row, squares)

    return gram_step


def ordered_product_py(left: Any, right: Any, out: Any) -> None:
    """As :func:`ordered_product`, for a matrix times a stack of matrices."""
    for j in range(right.shape[0]):
        for a in range(left.shape[0]):
            sums = out[j, a]
            for k in range(left.shape[1]):
                factor, terms = left[a, k], right[j, k]
                if k == 0:
                    for b in range(sums.shape[0]):
                        sums[b] = factor * terms[b]
                else:
                    for b in range(sums.shape[0]):
                        sums[b] += factor * terms[b]


@dataclass(frozen=True)
class Kernels:
    """The three kernels, compiled when they are first called; nothing is contracted and nothing written to disk."""

    weight_step: Callable[..., None]
    gram_step: Callable[..., None]
    product: Callable[..., None]


@lru_cache(maxsize=1)
def compiled() -> Kernels:
    """Return the kernels through numba; this imports it, and compiles nothing yet."""
    jit = importlib.import_module("numba").njit(error_model="numpy", nogil=True, cache=False)
    row = jit(force_row_py)
    return Kernels(jit(weight_step_py(row)), jit(gram_step_py(row)), jit(ordered_product_py))


# --------------------------------------------------------------------------------------------------------- steppers


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What a stepper begins with.

    Attributes
    ----------
    model : Model
    features, targets : ndarray, shapes (n, d) and (n,)
    starts : ndarray, shape (B, *weight_shape)
    rates : ndarray, shape (B,)
        Step sizes.
    dtype : numpy.dtype
    ordered : bool
        Whether products are ordered sums.
    kernels : Kernels or None
        None for NumPy.
    """

    model: Model
    features: Floats
    targets: Floats
    starts: Floats
    rates: Floats
    dtype: Any
    ordered: bool
    kernels: Kernels | None

    @property
    def factor(self) -> float:
        """What Σ e² is multiplied by in the loss."""
        return self.model.loss_scale(len(self.targets))


class Stepper(ABC):
    """A block of runs at one step of gradient descent.

    :meth:`force` looks at the weights as they are, :meth:`advance` takes the step; they take turns.  Columns are runs;
    a frozen column stays finite and costs as much as another until :meth:`keep` drops it.
    """

    @abstractmethod
    def force(self) -> Floats:
        """Return Σ e² of every run, shape (B,); the next call overwrites it."""

    @abstractmethod
    def advance(self) -> None:
        """Take the step."""

    @abstractmethod
    def residuals(self) -> Floats:
        """g − y of every run, shape (B, n)."""

    @abstractmethod
    def slopes(self) -> Floats:
        """What has the sign of ±∂g/∂(projections), the same sign in all steps; shape (…, n, B)."""

    @abstractmethod
    def weights(self, columns: Integers, *, before: bool = False) -> Floats:
        """Weights of these columns now, or one step before, in float64, shape (len(columns), *weight_shape)."""

    @abstractmethod
    def begin_average(self) -> None:
        """Average weights over the steps from this one on."""

    @abstractmethod
    def average(self, columns: Integers) -> Floats:
        """The average so far, this step included, in the shape of :meth:`weights`."""

    @abstractmethod
    def freeze(self, columns: Integers) -> None:
        """Let these runs stand still."""

    @abstractmethod
    def keep(self, columns: Integers) -> None:
        """Go on with these columns alone, in this order."""


def keeps_digits(form: QuadraticForm | None, targets: Floats) -> bool:
    """Whether the prediction is a sum of squares whose completed square costs at most six bits of the residuals."""
    return form is not None and abs(form.offset) <= LARGEST_OFFSET * float(np.abs(targets).max())


class _QuadraticStepper(Stepper):
    """What the two forms for sums of squares share: the residuals and forces from V, shape (m, n, B)."""

    def __init__(self, setup: Setup, form: QuadraticForm) -> None:
        starts, dtype = setup.starts, setup.dtype
        outer = np.asarray(form.outer, dtype=np.float64)
        self._mixed = not bool((outer == outer[0]).all())
        self._active = outer != 0
        root, sign = (1.0, 1.0) if self._mixed else (math.sqrt(abs(outer[0])), math.copysign(1.0, outer[0]))
        self._project = form.slope * root  # V = project · x·w + shift
        self._shift = form.shift * root
        self._pull = 4.0 * setup.factor * form.slope * root  # w changes by −pull · Xᵀ force
        self._sign = sign
        self._outer = _placed((outer if self._mixed else np.ones_like(outer))[:, np.newaxis, np.newaxis], dtype)
        self._t = _placed((sign * (setup.targets - form.offset))[:, np.newaxis], dtype)
        self._dtype, self._kernels, self._ordered = dtype, setup.kernels, setup.ordered
        self._shape = starts.shape[1:]
        neurons, dimension = len(outer), starts.shape[-1]
        self._starts = starts.reshape(len(starts), neurons, dimension).transpose(1, 2, 0)  # (m, d, B) in float64
        self._x = np.array(setup.features)  # writable: one signature fewer to compile
        self._rate = _placed(setup.rates, dtype)
        self._values = _aligned((neurons, len(self._x), len(starts)), dtype)
        self._scratch()

    def _scratch(self) -> None:
        width = self._values.shape[-1]
        self._squares, self._row = _aligned((width,), self._dtype), _aligned((width,), self._dtype)
        if self._kernels is None:
            shape = self._values.shape[1:]
            self._residual, self._term = (_aligned(shape, self._dtype) for _ in range(2))
            # spread out: NumPy works three times as fast on whole arrays as on rows and columns that it repeats
            self._targets = _placed(np.broadcast_to(self._t, shape), self._dtype)
            self._rates = _placed(np.broadcast_to(self._rate, shape), self._dtype)

    def _product(self, left: Floats, right: Floats, out: Floats | None = None) -> Floats:
        """A matrix times a stack of matrices."""
        if not self._ordered:
            return _plain_product(left, right, out)
        if self._kernels is None:
            return ordered_product(left, right, out)
        if out is None:
            out = np.empty((right.shape[0], left.shape[0], right.shape[2]), dtype=right.dtype)
        self._kernels.product(left, np.ascontiguousarray(right), out)
        return out

    def _residuals(self, targets: Floats, out: Floats, term: Floats) -> Floats:
        """±(g − y), shape (n, B)."""
        for j, values in enumerate(self._values):
            square = term if j else out
            np.multiply(values, values, out=square)
            if self._mixed:
                np.multiply(square, self._outer[j], out=square)
            if j:
                np.add(out, term, out=out)
        np.subtract(out, targets, out=out)
        return out

    def _forces(self, force: Floats) -> Floats:
        residual = self._residuals(self._targets, self._residual, self._term)
        np.multiply(residual, residual, out=self._term)
        if self._ordered:
            self._squares[...] = 0.0
            for row in self._term:
                np.add(self._squares, row, out=self._squares)
        else:  # row by row too, as the kernels do; einsum would be a little faster, to other bits
            np.add.reduce(self._term, axis=0, out=self._squares)
        np.multiply(residual, self._rates, out=residual)
        np.multiply(residual, self._values, out=force)
        if self._mixed:
            np.multiply(force, self._outer, out=force)
        return self._squares

    def residuals(self) -> Floats:
        shape = self._values.shape[1:]
        found = self._residuals(self._t, np.empty(shape, dtype=self._dtype), np.empty(shape, dtype=self._dtype))
        signed: Floats = self._sign * found.T
        return signed

    def slopes(self) -> Floats:
        values: Floats = self._values[self._active]
        return values

    def _model_layout(self, weights: Floats) -> Floats:
        """From (m, d, B) to (B, *weight_shape)."""
        found = np.array(weights.transpose(2, 0, 1), dtype=np.float64, order="C")
        placed: Floats = found.reshape(-1, *self._shape)
        return placed

    def freeze(self, columns: Integers) -> None:
        self._rate[columns] = 0.0
        if self._kernels is None:
            self._rates[:, columns] = 0.0
        for stack in self._stacks():
            stack[..., columns] = 0.0

    def keep(self, columns: Integers) -> None:
        self._starts = self._starts[..., columns]
        self._rate = _placed(self._rate[columns], self._dtype)
        self._restack([_placed(stack[..., columns], stack.dtype) for stack in self._stacks()])
        self._scratch()

    @abstractmethod
    def _stacks(self) -> list[Floats]:
        """All arrays with one column per run."""

    @abstractmethod
    def _restack(self, stacks: list[Floats]) -> None:
        """Take them back, in the order of :meth:`_stacks`."""


class _GramStepper(_QuadraticStepper):
    """The Gram form.  Forces lag one step behind in the sum S, so that the weights before this step are at hand."""

    def __init__(self, setup: Setup, form: QuadraticForm) -> None:
        super().__init__(setup, form)
        dtype = setup.dtype
        gram = ordered_product(self._x, self._x.T) if setup.ordered else self._x @ self._x.T
        self._gram = _placed(self._project * self._pull * gram, dtype)
        start = self._project * self._product(self._x, np.array(self._starts)) + self._shift
        self._values[...] = start
        self._forces_of = [_aligned(self._values.shape, dtype) for _ in range(2)]
        self._moved, self._total = (_aligned(self._values.shape, dtype) for _ in range(2))
        self._history = _aligned((1, 1, 1), np.float64)
        self._count = 0

    def force(self) -> Floats:
        force = self._forces_of[0]
        averaging = self._count > 0
        if self._kernels is not None:
            common = self._outer, self._mixed, self._t, self._rate, self._values, force, self._row, self._squares
            self._kernels.gram_step(*common, self._moved, self._total, self._history, averaging)
        else:
            np.subtract(self._values, self._moved, out=self._values)
            np.add(self._total, force, out=self._total)
            if averaging:
                np.add(self._history, self._total, out=self._history)
            self._forces(force)
        self._count += averaging
        return self._squares

    def advance(self) -> None:
        self._product(self._gram, self._forces_of[0], self._moved)
        self._forces_of.reverse()

    def _from_sums(self, sums: Floats, columns: Integers) -> Floats:
        moved = self._product(np.ascontiguousarray(self._x.T), np.array(sums, dtype=np.float64, order="C"))
        return self._model_layout(self._starts[..., columns] - self._pull * moved)

    def weights(self, columns: Integers, *, before: bool = False) -> Floats:
        total = self._total[..., columns]
        return self._from_sums(total if before else total + self._forces_of[1][..., columns], columns)

    def begin_average(self) -> None:
        self._history = _aligned(self._values.shape, np.float64)
        self._count = 1

    def average(self, columns: Integers) -> Floats:
        sums = self._history[..., columns] + self._total[..., columns] + self._forces_of[1][..., columns]
        return self._from_sums(sums / self._count, columns)

    def _stacks(self) -> list[Floats]:
        stacks = [self._values, *self._forces_of, self._moved, self._total]
        return [*stacks, self._history] if self._count else stacks

    def _restack(self, stacks: list[Floats]) -> None:
        self._values, first, second, self._moved, self._total, *history = stacks
        self._forces_of = [first, second]
        if history:
            self._history = history[0]


class _WeightStepper(_QuadraticStepper):
    """The weight form of a sum of squares."""

    def __init__(self, setup: Setup, form: QuadraticForm) -> None:
        super().__init__(setup, form)
        dtype = setup.dtype
        self._forward = _placed(self._project * self._x, dtype)
        self._backward = _placed(self._pull * self._x.T, dtype)
        self._now, self._last = _placed(self._starts, dtype), _placed(self._starts, dtype)
        self._moved = _aligned(self._now.shape, dtype)
        self._force = _aligned(self._values.shape, dtype)
        self._sum = _aligned((1, 1, 1), np.float64)
        self._count = 0

    def force(self) -> Floats:
        self._product(self._forward, self._now, self._values)
        if self._shift:
            np.add(self._values, np.asarray(self._shift, dtype=self._dtype), out=self._values)
        if self._count:
            np.add(self._sum, self._now, out=self._sum)
            self._count += 1
        if self._kernels is None:
            return self._forces(self._force)
        common = self._outer, self._mixed, self._t, self._rate, self._values, self._force, self._row, self._squares
        self._kernels.weight_step(*common)
        return self._squares

    def advance(self) -> None:
        self._product(self._backward, self._force, self._moved)
        np.subtract(self._now, self._moved, out=self._last)
        self._now, self._last = self._last, self._now

    def weights(self, columns: Integers, *, before: bool = False) -> Floats:
        return self._model_layout((self._last if before else self._now)[..., columns])

    def begin_average(self) -> None:
        self._sum = _placed(self._now, np.float64)
        self._count = 1

    def average(self, columns: Integers) -> Floats:
        return self._model_layout(self._sum[..., columns] / self._count)

    def _stacks(self) -> list[Floats]:
        stacks = [self._values, self._force, self._moved, self._now, self._last]
        return [*stacks, self._sum] if self._count else stacks

    def _restack(self, stacks: list[Floats]) -> None:
        self._values, self._force, self._moved, self._now, self._last, *rest = stacks
        if rest:
            self._sum = rest[0]


class _ModelStepper(Stepper):
    """Any model, through its own response and slope; leading axis the run, as the model has it."""

    def __init__(self, setup: Setup) -> None:
        self._model, self._dtype, self._ordered = setup.model, setup.dtype, setup.ordered
        self._x, self._columns = _placed(setup.features, self._dtype), _placed(setup.features.T, self._dtype)
        self._y = _placed(setup.targets, self._dtype)
        self._now = self._last = setup.starts.astype(self._dtype)
        self._rate = (2.0 * setup.factor * setup.rates).astype(self._dtype)
        self._sum: Floats | None = None
        self._count = 0

    def _product(self, left: Floats, right: Floats) -> Floats:
        # a vector for each run, so that no run's sums depend on how many others there are
        return ordered_product(left, right) if self._ordered else _plain_product(left, right)

    def _each(self, function: Callable[[Floats], Floats], values: Floats) -> Floats:
        if not self._ordered:
            return function(values).astype(self._dtype, copy=False)
        parts = [function(values[b : b + 1]) for b in range(len(values))]
        return np.concatenate(parts).astype(self._dtype, copy=False)

    def force(self) -> Floats:
        self._projections = self._product(self._now, self._columns)
        self._residual = self._each(self._model.respond, self._projections) - self._y
        if self._sum is not None:
            self._sum += self._now
            self._count += 1
        if not self._ordered:
            squares: Floats = np.einsum("bn,bn->b", self._residual, self._residual)
            return squares
        squares = np.zeros(len(self._residual), dtype=self._dtype)
        for column in self._residual.T:
            squares += column * column
        return squares

    def advance(self) -> None:
        slopes = self._each(self._model.slope, self._projections)
        column = (-1, *(1,) * (slopes.ndim - 1))
        pulls = slopes * (self._residual if slopes.ndim == 2 else self._residual[:, np.newaxis, :])
        step = self._product(pulls * self._rate.reshape(column), self._x)
        self._last, self._now = self._now, self._now - step

    def residuals(self) -> Floats:
        return self._residual

    def slopes(self) -> Floats:
        return np.moveaxis(self._each(self._model.slope, self._projections), 0, -1)

    def weights(self, columns: Integers, *, before: bool = False) -> Floats:
        return (self._last if before else self._now)[columns].astype(np.float64)

    def begin_average(self) -> None:
        self._sum, self._count = self._now.astype(np.float64), 1

    def average(self, columns: Integers) -> Floats:
        assert self._sum is not None  # noqa: S101  # the driver begins an average before it asks for one
        return self._sum[columns] / self._count

    def freeze(self, columns: Integers) -> None:
        self._rate[columns] = 0.0
        for stack in (self._now, self._last, self._projections, self._residual, self._sum):
            if stack is not None:
                stack[columns] = 0.0

    def keep(self, columns: Integers) -> None:
        self._rate = self._rate[columns]
        self._now, self._last = self._now[columns], self._last[columns]
        self._projections, self._residual = self._projections[columns], self._residual[columns]
        if self._sum is not None:
            self._sum = self._sum[columns]


def make_stepper(kind: Form, setup: Setup) -> Stepper:
    """Return the stepper of a kind."""
    form = setup.model.quadratic_form()
    if kind == "model" or form is None:
        return _ModelStepper(setup)
    return _GramStepper(setup, form) if kind == "gram" else _WeightStepper(setup, form)
