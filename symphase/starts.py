"""Where runs of gradient descent begin, how long their steps are, and when they count as escaped."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from symphase.designs import RandomSource, generator_and_seed
from symphase.errors import InputError
from symphase.formulas import positive_rational
from symphase.models import Model
from symphase.tables import finite_array

__all__ = ["escape_bounds", "positive_float", "starts_of", "step_sizes_of"]

Array = npt.NDArray[np.float64]

_LARGEST_BOUND: Final = 1e300


def step_sizes_of(given: object) -> Array:
    """Return step sizes > 0 in any notation as an array of floats, or say which one is none."""
    if isinstance(given, np.ndarray) and given.ndim == 0:
        given = given[()]
    if isinstance(given, (str, bytes, dict)) or not isinstance(given, Iterable):
        values, names = [given], ["step_sizes"]
    elif getattr(given, "ndim", 1) != 1:
        shape = getattr(given, "shape", ())
        raise InputError("step_sizes", f"shape {shape}", "must be one number or a sequence of numbers", "use ravel()")
    else:
        try:
            values = list(given)
        except Exception:  # noqa: BLE001  # what a stranger's iteration raises is not our error
            raise InputError("step_sizes", given, "must be one number or a sequence of numbers", "as a list") from None
        names = [f"step_sizes[{k}]" for k in range(len(values))]
    if not values:
        raise InputError("step_sizes", given, "must hold at least one number > 0", "as [0.1, 0.2]")
    rates: Array = np.array([positive_float(value, name) for value, name in zip(values, names, strict=True)])
    return rates


def positive_float(value: object, name: str) -> float:
    """Return a number > 0 as a float, or say what is wrong with it."""
    exact = positive_rational(value, name)
    try:
        number = float(exact)
    except OverflowError:
        number = math.inf
    if not 0 < number < math.inf:
        raise InputError(name, value, "is beyond the range of float64", "give a number between 1e-300 and 1e300")
    return number


def starts_of(
    model: Model, x: Array, y: Array, shape: tuple[int, ...], rates: int, runs: int, given: object, rng: RandomSource
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


def _draw(model: Model, x: Array, y: Array, shape: tuple[int, ...], runs: int, rng: RandomSource) -> tuple[Array, str]:
    generator, seed = generator_and_seed(rng)
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


def escape_bounds(model: Model, x: Array, y: Array, starts: Array, given: object) -> Array:
    """Return the loss beyond which each run has escaped: the one given, or 10¹² times that of its start or of 0."""
    batch = len(starts)
    if given is not None:
        return np.full(batch, positive_float(given, "escape_loss"))
    first = model.loss_values(starts, x, y)
    zero = model.loss_scale(len(y)) * float(np.sum(y * y))
    scale = np.maximum(np.where(np.isfinite(first), first, 0.0), zero)
    bound: Array = np.where(scale > 0, np.minimum(1e12 * scale, _LARGEST_BOUND), 1.0)
    return bound
