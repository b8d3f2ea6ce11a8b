"""What a training loop of one's own does: its residuals, sample by sample, and what is seen in them.

Nothing here knows the derived map: the loop is called, its weights go into the prediction of the original model, and
the residuals are looked at.  That makes a verdict about the loop evidence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from symphase.display import Shown, count_text
from symphase.errors import InputError
from symphase.models import Model

__all__ = ["Behaviour", "LoopRun", "Simulator"]

Array = npt.NDArray[np.float64]
Simulator = Callable[[float, Array, Array], Callable[[Any], Any]]
Label = Literal["settles at zero", "settles above zero", "rests on a saddle", "repeats", "wanders", "escapes"]

MAX_PERIOD: Final = 128
_ESCAPED: Final = 1e6  # residuals beyond this many times the largest label or first residual
_SETTLED: Final = 32
TAIL: Final = 1024  # steps at the end, but half of the run at most, in which nothing may change
_FLAT: Final = 1e-3  # of the slope at the start: where the prediction hardly moves with the weights
_JUMP: Final = 1000.0  # a residual that falls to zero from this many tolerances in one step has landed by chance


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Behaviour(Shown):
    """What was seen of one sample.

    Attributes
    ----------
    label : str
        "settles at zero", "settles above zero" (at a loss that is not the least possible), "rests on a saddle" (the
        prediction does not move with the weights there), "repeats", "wanders" (none of these) or "escapes".
    period : int or None
        Where it repeats.
    rises : int
        In how many steps the residual grew by more than the tolerance.
    landed : bool
        Whether it came to zero in one step from far away, or to what it repeats within one period: as a chaotic orbit
        does by chance in short floats, of which there are so few that it meets an old one.
    steps : int
        How many steps were looked at.
    largest, last : float
        The largest |residual| so far, and the residual now.
    noise : float
        What counts as zero, for this sample.
    """

    label: Label
    period: int | None
    rises: int
    landed: bool
    steps: int
    largest: float
    last: float
    noise: float

    def _line(self) -> str:
        return str(self)

    def __str__(self) -> str:
        period = f" every {self.period} steps" if self.period else ""
        rises = f"the loss rose in {count_text(self.rises, 'step')}" if self.rises else "the loss never rose"
        return f"{self.label}{period} ({count_text(self.steps, 'step')}; {rises})"


class LoopRun:
    """One run of a training loop, extended as long as somebody wants to see more of it.

    Parameters
    ----------
    model : Model
        Whose prediction turns weights into residuals.
    features, targets : ndarray, shapes (n, d) and (n,)
    start : ndarray, shape ``model.weight_shape(d)``
    step : callable
        w ↦ w after one step.
    tolerance : float
        Relative to the largest of |yᵢ| and the first residual of each sample, to what rounding of the other samples'
        part of the weights adds to that, and to the swing of what repeats.
    """

    def __init__(
        self,
        model: Model,
        features: Array,
        targets: Array,
        start: Array,
        step: Callable[[Any], Any],
        tolerance: float,
    ) -> None:
        self.model, self.features, self.targets, self.step, self.tolerance = model, features, targets, step, tolerance
        self.weights = start.copy()
        self.pending: list[Array] = []  # weights whose residuals are still to be taken, many at a time
        self.largest = float(np.abs(start).max(initial=1e-300))
        self.slopes = [self._slope(k) for k in range(len(targets))]
        first = self._predict(start[np.newaxis])
        self.scale: Array = np.maximum(np.abs(targets), np.abs(first[0]))
        self.noise = self.tolerance * self._joint_scales()
        self.residuals: Array = first
        self.escaped = np.zeros(len(targets), dtype=bool)

    def _joint_scales(self) -> Array:
        """The size of each residual, or of what the other samples' part of the weights contributes to its rounding."""
        norms = np.sqrt(np.einsum("nd,nd->n", self.features, self.features))
        roots = np.sqrt(self.scale)
        shares: Array = roots * norms * float((roots / norms).max())
        return shares

    def _predict(self, weights: Array) -> Array:
        with np.errstate(all="ignore"):
            found: Array = self.model.predict(weights, self.features) - self.targets
        return found

    @property
    def steps(self) -> int:
        """How many steps were made."""
        return len(self.residuals) - 1 + len(self.pending)

    def extend(self, steps: int) -> None:
        """Run on to so many steps in all; an escaped run stays where it is."""
        while self.steps < steps and not self.escaped.any():
            self.weights = as_weights(self.step(self.weights.copy()), self.weights.shape)
            self.pending.append(self.weights)
            size = float(np.abs(self.weights).max())
            if not size <= 2 * self.largest:  # on its way to infinity, perhaps: look before the loop overflows
                self.largest = max(size, self.largest)
                self._flush()
        self._flush()

    def _flush(self) -> None:
        if not self.pending:
            return
        found = self._predict(np.stack(self.pending))
        self.pending.clear()
        gone = ~(np.abs(found) <= _ESCAPED * self.scale)  # NaN is gone, too
        if gone.any():
            first = int(np.argmax(gone.any(axis=1)))
            self.escaped, found = gone[first], found[: first + 1]
        self.residuals = np.concatenate([self.residuals, found])

    def behaviour(self, sample: int) -> Behaviour:
        """Say what was seen of one sample so far."""
        residuals = self.residuals[:, sample]
        small = float(self.noise[sample])
        sizes = np.abs(residuals)
        with np.errstate(all="ignore"):
            rises = int(np.count_nonzero(sizes[1:] > sizes[:-1] + small))
        label, period, landed = self._label(sample, residuals, small)
        return Behaviour(
            label=label,
            period=period,
            rises=rises,
            landed=landed,
            steps=self.steps,
            largest=float(sizes.max()),
            last=float(residuals[-1]),
            noise=small,
        )

    def _label(self, sample: int, residuals: Array, small: float) -> tuple[Label, int | None, bool]:
        if self.escaped.any():
            return "escapes" if self.escaped[sample] else "wanders", None, False
        sizes = np.abs(residuals)
        if len(sizes) > _SETTLED and float(sizes[-_SETTLED:].max()) <= small:
            large = np.flatnonzero(sizes > small)
            landed = bool(large.size) and float(sizes[large[-1]]) > _JUMP * small
            return "settles at zero", None, landed
        tail = residuals[-min(len(residuals) // 2, TAIL) :]
        if len(tail) <= _SETTLED:
            return "wanders", None, False
        if float(np.abs(tail - tail[-1]).max()) <= small:
            flat = self._slope(sample) <= _FLAT * self.slopes[sample]
            return "rests on a saddle" if flat else "settles above zero", None, False
        swing = max(float(np.abs(tail).max()) * self.tolerance, small)
        for period in range(2, min(MAX_PERIOD, len(tail) // 3) + 1):
            if abs(tail[-1] - tail[-1 - period]) > swing:
                continue
            # against the last period, not the next one: a slow drift adds up to something that shows
            places = np.arange(-len(tail), 0) % period - period
            if float(np.abs(tail - tail[places]).max()) <= swing:
                apart = np.abs(residuals[period:] - residuals[:-period])
                far, off = np.flatnonzero(apart > _JUMP * swing), np.flatnonzero(apart > swing)
                # a cycle that attracts is neared over several periods
                return "repeats", period, bool(far.size) and int(off[-1] - far[-1]) < period
        return "wanders", None, False

    def _slope(self, sample: int) -> float:
        """The largest derivative of one prediction by a projection of the weights."""
        with np.errstate(all="ignore"):
            slopes = self.model.slopes(self.weights[np.newaxis], self.features)
        return float(np.abs(slopes[..., sample]).max())


def as_weights(value: Any, shape: tuple[int, ...]) -> Array:
    """Read what a step returned: NumPy, PyTorch (detached, on any device), JAX, or plain numbers."""
    for method in ("detach", "cpu"):  # a tensor that requires a gradient or lies on a device
        if callable(found := getattr(value, method, None)):
            value = found()
    said = "must return a function w ↦ w whose results numpy.asarray reads"
    if value is None:  # NumPy would take it for NaN
        raise InputError("simulator", value, said, "return the new weights")
    try:
        found = np.asarray(value)
        is_complex = np.iscomplexobj(found)  # NumPy would drop the imaginary parts
        weights: Array = found.real.astype(np.float64)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        raise InputError("simulator", type(value).__name__, said, "return the new weights") from None
    if is_complex:
        raise InputError("simulator", "complex weights", "must return real weights", "return their real parts")
    if weights.shape != shape:
        if weights.size != 1 or shape != (1,):
            said = f"returned weights of shape {weights.shape} for weights of shape {shape}"
            raise InputError("simulator", f"shape {weights.shape}", said, "return all weights, in their shape")
        weights = weights.reshape(shape)
    return weights
