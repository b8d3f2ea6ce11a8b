"""Float kernels for many orbits side by side: plain NumPy, and the same to the last bit compiled by numba.

One lane is one orbit.  Only +, − and × in one written order touch a state (Horner's rule; coefficients that are 0 or 1
throughout are left out), so that both ways give the same bits: nothing is reassociated, and no multiplication is
contracted with an addition.  Logarithms and whatever else libraries round differently stay in NumPy.

Bounded orbits are told from escaping ones at the end.  If |z| ≥ R = max(1, 2(Σ|c_k| + 2)/|c_n|), k < n, then
|f(z)| ≥ |c_n zⁿ|/2 and |f(z)| ≥ 2|z|, with room for rounding: an orbit beyond a bound ≥ R stays beyond it.  One look at
the last state therefore says the same as a look at every state; the few lanes with a larger R are looked at in every
step.

numba is imported when :func:`compiled_kernels` is asked for it, and never before.
"""

from __future__ import annotations

import importlib
import importlib.util
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["CompiledKernels", "Form", "Lanes", "compiled_kernels", "escape_radius", "numba_is_here"]

Floats = NDArray[np.float64]
Program = list[tuple[np.ufunc, Any]]

GROUP: Final = 32  # slopes multiplied before their product is split into mantissa and exponent
SAFE_EXPONENT: Final = 512  # products of one group outside 2^±512 may have lost digits on the way
BLOCK: Final = 264  # lanes whose rows stay in the first-level cache; 8 × 33, so that rows do not share cache sets
NUMPY_BLOCK: Final = 16_384  # lanes in one NumPy call: fewer, and the calls cost more than the work
FEW_LANES: Final = 4  # below this Python's own floats are faster than NumPy's calls
_CALL: Final = 1 << 29  # iterates in one compiled call, so that Ctrl-C is heard

_NOTHING: Final = (np.add, np.float64(-0.0))  # adds nothing, not even a sign to a zero
_MANTISSA: Final = (1 << 52) - 1
_HALF: Final = 1022 << 52
_LOWEST: Final = 1023 - SAFE_EXPONENT  # as the exponent is stored


@dataclass(frozen=True, slots=True)
class Form:
    """The shape of Horner's rule for a polynomial of degree n ≥ 1.

    Attributes
    ----------
    unit : bool
        Whether the leading coefficient is 1 at every parameter, and so costs no multiplication.
    present : tuple of bool
        Whether the coefficients of zⁿ⁻¹, …, z⁰ are anything but 0 throughout.
    """

    unit: bool
    present: tuple[bool, ...]


def operations(form: Form, coefficients: Sequence[Any]) -> Program:
    """Return Horner's rule as (operation, operand) pairs; the operand None is z. The first pair starts from z itself.

    Examples
    --------
    >>> [(step.__name__, operand) for step, operand in operations(Form(True, (True, False)), [3.0])]
    [('add', 3.0), ('multiply', None)]
    """
    rest = iter(coefficients)
    found: Program = [] if form.unit else [(np.multiply, next(rest))]
    for place, present in enumerate(form.present):
        if place:
            found.append((np.multiply, None))
        if present:
            found.append((np.add, next(rest)))
    return found or [_NOTHING]


def escape_radius(coefficients: Sequence[Floats]) -> Floats:
    """R = max(1, 2(Σ|c_k| + 2)/|c_n|), lowest power first; infinite where the leading coefficient vanishes."""
    with np.errstate(all="ignore"):
        below = sum((np.abs(row) for row in coefficients[:-1]), np.float64(2.0))
        radius = np.maximum(1.0, 2.0 * below / np.abs(coefficients[-1]))
    return np.where(np.isnan(radius), np.inf, radius)


# ------------------------------------------------------------------------------------------------------ one orbit each


def advance_numpy(steps: int, program: Program, z: Floats, bound: float | None = None) -> None:
    """Iterate in place; with a bound, NaN from the first state beyond it on."""
    (start, first), *rest = program
    value, other = z, np.empty_like(z)
    for _ in range(steps):
        start(value, value if first is None else first, other)
        for operation, operand in rest:
            operation(other, value if operand is None else operand, other)
        if bound is not None:
            _forget(other, bound)
        value, other = other, value
    z[...] = value


def fill_numpy(program: Program, z: Floats, rows: Floats, bound: float | None = None) -> None:
    """Iterate in place and write one state into each row."""
    (start, first), *rest = program
    value, scratch = z.copy(), np.empty_like(z)
    if not rest:
        rest = [_NOTHING]
    last, operand_of_last = rest[-1]
    rest = rest[:-1]
    for row in rows:
        start(value, value if first is None else first, scratch)
        for operation, operand in rest:
            operation(scratch, value if operand is None else operand, scratch)
        last(scratch, value if operand_of_last is None else operand_of_last, row)
        if bound is not None:
            _forget(row, bound)
        value = row
    z[...] = value


def slopes_numpy(
    steps: int,
    program: Program,
    slope: Program,
    z: Floats,
    mantissas: Floats,
    exponents: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Iterate in place and multiply the slopes on the way: the product is mantissas × 2^exponents.

    Returns
    -------
    ndarray of bool
        Whether every product on the way was safe.
    """
    (start, first), *rest = program
    (start_slope, first_slope), *rest_slope = slope
    value, other, factor = z, np.empty_like(z), np.empty_like(z)
    low, high = np.full_like(z, math.inf), np.zeros_like(z)
    shift = np.empty(z.shape, dtype=np.int32)
    for done in range(0, steps, GROUP):
        for _ in range(min(GROUP, steps - done)):
            start_slope(value, value if first_slope is None else first_slope, factor)
            for operation, operand in rest_slope:
                operation(factor, value if operand is None else operand, factor)
            np.multiply(mantissas, factor, mantissas)
            start(value, value if first is None else first, other)
            for operation, operand in rest:
                operation(other, value if operand is None else operand, other)
            value, other = other, value
        np.absolute(mantissas, factor)
        np.minimum(low, factor, out=low)
        np.maximum(high, factor, out=high)
        np.frexp(mantissas, mantissas, shift)
        exponents += shift
    z[...] = value
    return np.asarray((low >= 2.0**-SAFE_EXPONENT) & (high < 2.0**SAFE_EXPONENT))


def logs_numpy(
    steps: int,
    program: Program,
    slope: Program,
    z: Floats,
    bound: float,
) -> Floats:
    """Iterate in place, one logarithm and one look at the bound in every step: slow, for what is not safe above."""
    (start_slope, first_slope), *rest_slope = slope
    total, factor = np.zeros_like(z), np.empty_like(z)
    for _ in range(steps):
        start_slope(z, z if first_slope is None else first_slope, factor)
        for operation, operand in rest_slope:
            operation(factor, z if operand is None else operand, factor)
        total += np.log(np.absolute(factor))
        advance_numpy(1, program, z, bound)
    total[np.isnan(z)] = np.nan
    return total


def iterate_floats(steps: int, program: Program, z: float, values: list[float] | None = None) -> float:
    """One orbit in Python's floats: the same bits, several times as fast as NumPy's calls on one number."""
    plan = [(operation is np.add, operand if operand is None else operand.item()) for operation, operand in program]
    for _ in range(steps):
        value = z
        for adds, operand in plan:
            if adds:
                value += operand  # type: ignore[operator]  # only a multiplication has z for its operand
            else:
                value *= z if operand is None else operand
        z = value
        if values is not None:
            values.append(z)
    return z


def _forget(values: Floats, bound: float) -> None:
    np.copyto(values, np.nan, where=~(np.abs(values) <= bound))


# ----------------------------------------------------------------------------- the same for a compiler: plain functions


def no_hint_py() -> None:
    """Do nothing; in compiled code a word to LLVM stands here."""


def horner_py(form: Form) -> Callable[[Any, int, float], float]:
    """Return value(c, i, z): Horner's rule for lane i, with the coefficients that are not 0 or 1 in the rows of c."""
    unit, present = form.unit, form.present
    count = len(present)
    places = tuple(int(not unit) + sum(present[:k]) for k in range(count))

    def value(c: Any, i: int, z: float) -> float:
        total = z
        if not unit:
            total = z * c[0, i]
        for k in range(count):
            if k > 0:
                total = total * z
            if present[k]:
                total = total + c[places[k], i]
        return total

    return value


def advance_py(value: Any, hint: Any = no_hint_py) -> Callable[..., None]:
    """Return advance(steps, c, z) over blocks: c[block, row, lane], z[block, lane] in place."""

    def advance(steps: int, c: Any, z: Any) -> None:
        hint()
        for block in range(z.shape[0]):
            rows, states = c[block], z[block]
            for _ in range(steps // 2):  # two steps for one load and one store
                for i in range(states.shape[0]):
                    once = value(rows, i, states[i])
                    states[i] = value(rows, i, once)
            if steps % 2:
                for i in range(states.shape[0]):
                    states[i] = value(rows, i, states[i])

    return advance


def fill_py(value: Any, hint: Any = no_hint_py) -> Callable[..., None]:
    """Return fill(c, z, out): as advance, and every state is stored as out[time, lane]."""

    def fill(c: Any, z: Any, out: Any) -> None:
        hint()
        width = z.shape[1]
        for block in range(z.shape[0]):
            rows, before = c[block], z[block]
            low = block * width
            high = min(low + width, out.shape[1])
            for time in range(out.shape[0]):
                row = out[time, low:high]
                for i in range(high - low):
                    row[i] = value(rows, i, before[i])
                before = row
            states = z[block]
            for i in range(high - low):
                states[i] = before[i]

    return fill


def slopes_py(value: Any, slope: Any, hint: Any = no_hint_py) -> Callable[..., None]:
    """Return slopes(steps, c, d, z, mantissas, bits, exponents, powers_seen): as advance, with the slopes multiplied.

    ``bits`` are the mantissas seen as integers: to split a number is to mask its exponent.  The exponents come out too
    large by 1022 − 511 for each group of steps, which saves a subtraction here; see :meth:`Lanes.log_slopes`.
    """

    def slopes(steps: int, c: Any, d: Any, z: Any, mantissas: Any, bits: Any, exponents: Any, powers_seen: Any) -> None:
        hint()
        for block in range(z.shape[0]):
            rows, slope_rows, states = c[block], d[block], z[block]
            products, words, powers, seen = mantissas[block], bits[block], exponents[block], powers_seen[block]
            for done in range(0, steps, GROUP):
                count = min(GROUP, steps - done)
                for _ in range(count // 2):
                    for i in range(states.shape[0]):
                        here = states[i]
                        after = value(rows, i, here)
                        products[i] = (products[i] * slope(slope_rows, i, here)) * slope(slope_rows, i, after)
                        states[i] = value(rows, i, after)
                if count % 2:
                    for i in range(states.shape[0]):
                        products[i] = products[i] * slope(slope_rows, i, states[i])
                        states[i] = value(rows, i, states[i])
                for i in range(states.shape[0]):
                    power = ((words[i] >> 52) & 0x7FF) - _LOWEST
                    powers[i] += power
                    seen[i] |= power  # stays within 0 … 1023 as long as every product is safe
                    words[i] = (words[i] & _MANTISSA) | _HALF

    return slopes


# --------------------------------------------------------------------------------------------------------------- numba


def numba_is_here() -> bool:
    """Whether numba could be imported; it is not imported to find out."""
    return importlib.util.find_spec("numba") is not None


@lru_cache(maxsize=1)
def _wide_vectors() -> Any:
    """A call that asks LLVM for vectors of 512 bits in the function that holds it, where the machine has them.

    LLVM's choice for most such machines is 256 bits, which costs these kernels a quarter of their speed.  It is no more
    than a wish: results are the same bits without it.
    """
    types, extending = importlib.import_module("numba.types"), importlib.import_module("numba.extending")

    def wide_vectors(_typing: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
            attributes = builder.function.attributes
            if isinstance(attributes, set):
                set.add(attributes, '"prefer-vector-width"="512"')  # llvmlite's own method knows only a few words
            return context.get_dummy_value()

        return types.void(), generate

    return extending.intrinsic(wide_vectors)


@dataclass(frozen=True)
class CompiledKernels:
    """The kernels above for one form of map and slope, each compiled when it is first used.

    Nothing is contracted (numba leaves LLVM's relaxed arithmetic off unless told otherwise) and nothing is written to a
    cache on disk, where processes would meet.
    """

    form: Form
    slope: Form

    def _jit(self, function: Any) -> Any:
        return importlib.import_module("numba").njit(error_model="numpy", nogil=True, cache=False)(function)

    @cached_property
    def value(self) -> Any:
        """Horner's rule for the map."""
        if self.slope != self.form:
            return compiled_kernels(self.form, self.form).value
        return self._jit(horner_py(self.form))

    @cached_property
    def advance(self) -> Any:
        """As :func:`advance_py`; the slope does not matter to it."""
        if self.slope != self.form:
            return compiled_kernels(self.form, self.form).advance
        return self._jit(advance_py(self.value, _wide_vectors()))

    @cached_property
    def fill(self) -> Any:
        """As :func:`fill_py`."""
        return self._jit(fill_py(self.value, _wide_vectors()))

    @cached_property
    def slopes(self) -> Any:
        """As :func:`slopes_py`."""
        return self._jit(slopes_py(self.value, self._jit(horner_py(self.slope)), _wide_vectors()))

    def is_ready(self, kernel: str) -> bool:
        """Whether a kernel has been compiled in this process."""
        return kernel in self.__dict__ and bool(getattr(self, kernel).signatures)


@lru_cache(maxsize=64)
def compiled_kernels(form: Form, slope: Form) -> CompiledKernels:
    """Return the kernels for one form of map and slope; this imports and compiles nothing yet."""
    return CompiledKernels(form, slope)


# -------------------------------------------------------------------------------------------------------- many orbits


def aligned(shape: tuple[int, ...], dtype: Any = np.float64, *, zeros: bool = True) -> NDArray[Any]:
    """Memory that begins where a cache line does: a vector that straddles two lines costs twice as much."""
    count = math.prod(shape)
    # np.empty asks for large pages and np.zeros does not: fewer page faults where all is written anyway
    memory = np.zeros(count + 8, dtype=dtype) if zeros else np.empty(count + 8, dtype=dtype)
    first = -(memory.ctypes.data // 8) % 8
    return memory[first : first + count].reshape(shape)


class Lanes:
    """Orbits of one family side by side, one per parameter.

    Parameters
    ----------
    form : Form
        Of the map.
    coefficients : sequence of ndarray
        Those that the form holds, highest power first, each of shape (p,), or () if it is the same for all.
    starts : ndarray, shape (p,)
        Copied.
    kernels : CompiledKernels or None
        None for NumPy.
    bound : float or None
        With a bound every state is looked at, and NumPy does the work.

    Certainty
    ---------
    Numerical estimate in float64.
    """

    def __init__(
        self,
        form: Form,
        coefficients: Sequence[Floats],
        starts: Floats,
        *,
        kernels: CompiledKernels | None = None,
        bound: float | None = None,
    ) -> None:
        self.count = starts.size
        self.bound = bound
        self.form = form
        self.coefficients = coefficients
        self.kernels = kernels if bound is None else None
        self._few = self.kernels is None and bound is None and self.count < FEW_LANES
        if self.kernels is not None:
            self._c = self._blocked(coefficients)
            self._z = self._blocked([starts])[:, 0]
        else:
            self._z = starts.copy()

    @property
    def states(self) -> Floats:
        """Where the orbits are now, shape (p,)."""
        return self._z.ravel()[: self.count].copy()

    def _blocked(self, rows: Sequence[Floats]) -> Floats:
        """Lay rows out as [block, row, lane], padded with zeros, which stay finite."""
        blocks = -(-self.count // BLOCK)
        found = aligned((blocks, max(len(rows), 1), BLOCK))
        for place, row in enumerate(rows):
            flat = np.zeros(blocks * BLOCK)
            flat[: self.count] = row
            found[:, place] = flat.reshape(blocks, BLOCK)
        return found

    def _parts(self) -> Iterator[slice]:
        """Equal parts of the lanes; a single lane each where Python's floats do the work."""
        most = 1 if self._few else NUMPY_BLOCK
        size = max(1, -(-self.count // max(1, -(-self.count // most))))
        return (slice(low, min(low + size, self.count)) for low in range(0, self.count, size))

    def _program(self, part: slice) -> Program:
        return operations(self.form, [row[part] if row.ndim else row for row in self.coefficients])

    def _programs(self, slope: Form, coefficients: Sequence[Floats], part: slice) -> tuple[Program, Program]:
        rows = [row[part] if row.ndim else row for row in coefficients]
        return self._program(part), operations(slope, rows)

    def _rounds(self, steps: int) -> Iterator[int]:
        """Whole groups of steps, small enough for Ctrl-C to be heard between them."""
        most = max(GROUP, _CALL // max(self.count, 1) // GROUP * GROUP)
        return (min(most, steps - done) for done in range(0, steps, most))

    def advance(self, steps: int) -> None:
        """Iterate and keep nothing."""
        if self.kernels is not None:
            for count in self._rounds(steps):
                self.kernels.advance(count, self._c, self._z)
            return
        with np.errstate(all="ignore"):
            for part in self._parts():
                program = self._program(part)
                if self._few:
                    self._z[part] = iterate_floats(steps, program, float(self._z[part][0]))
                else:
                    advance_numpy(steps, program, self._z[part], self.bound)

    def fill(self, rows: Floats) -> None:
        """Iterate and keep every state as ``rows[time, lane]``; rows that lie in one piece each are fastest."""
        if self.count and not (rows.flags.c_contiguous or (self.kernels is None and rows.strides[1] == rows.itemsize)):
            most = max(1, (1 << 17) // self.count)
            for low in range(0, rows.shape[0], most):
                buffer = np.empty(rows[low : low + most].shape)
                self.fill(buffer)
                rows[low : low + most] = buffer
            return
        if self.kernels is not None:
            done = 0
            for count in self._rounds(rows.shape[0]):
                self.kernels.fill(self._c, self._z, rows[done : done + count])
                done += count
            return
        with np.errstate(all="ignore"):
            for part in self._parts():
                program = self._program(part)
                if self._few:
                    values: list[float] = []
                    self._z[part] = iterate_floats(rows.shape[0], program, float(self._z[part][0]), values)
                    rows[:, part.start] = values
                else:
                    fill_numpy(program, self._z[part], rows[:, part], self.bound)

    def log_slopes(
        self, slope: Form, coefficients: Sequence[Floats], lengths: Sequence[int]
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """Iterate stretch by stretch and add up log|slope| before each step.

        Returns
        -------
        ndarray, shape (len(lengths), p)
            The sums.
        ndarray of bool, shape (p,)
            Whether every product on the way stayed where floats keep their digits; where not, look again with a bound.
        """
        sums = np.empty((len(lengths), self.count))
        products, seen = aligned(self._z.shape), aligned(self._z.shape, np.int64)
        exponents, bits = np.zeros(self._z.shape, dtype=np.int64), products.view(np.int64)
        d = self._blocked(coefficients) if self.kernels is not None else products
        with np.errstate(all="ignore"):
            for stretch, steps in enumerate(lengths):
                if self.bound is not None:
                    maps, slopes = self._programs(slope, coefficients, slice(None))
                    sums[stretch] = logs_numpy(steps, maps, slopes, self._z, self.bound)
                    continue
                products[...], exponents[...] = 1.0, 0
                if self.kernels is not None:
                    for count in self._rounds(steps):
                        self.kernels.slopes(count, self._c, d, self._z, products, bits, exponents, seen)
                    exponents -= -(-steps // GROUP) * (1022 - _LOWEST)
                else:
                    for part in self._parts():
                        maps, slopes = self._programs(slope, coefficients, part)
                        safe = slopes_numpy(steps, maps, slopes, self._z[part], products[part], exponents[part])
                        seen[part][~safe] = -1
                np.absolute(products, products)
                np.log(products, products)
                products += exponents * math.log(2.0)
                sums[stretch] = products.ravel()[: self.count]
        return sums, seen.ravel()[: self.count] & ~(2 * SAFE_EXPONENT - 1) == 0
