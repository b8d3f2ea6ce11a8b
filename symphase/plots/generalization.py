"""Pictures of the error on data that was held out: of the last iterate, and of averages over the trajectory."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from symphase.arguments import instance, number
from symphase.array_records import ArrayRecord
from symphase.display import Shown, count_text
from symphase.errors import InputError
from symphase.plots.style import (
    COLUMN,
    INK,
    SMALL,
    axes_for,
    check_words,
    dress,
    finite_or_inf,
    house_style,
    log_ticks_between,
    short_number,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SERIES: Final = (
    ("last_iterate", "last iterate", INK, "o", "-"),
    ("weight_average", "average of the weights", "#0072B2", "s", (0, (5.0, 1.2))),
    ("prediction_average", "average of the predictions", "#D55E00", "^", (0, (1.2, 1.0))),
)
_MARKED: Final = 16  # more positions than this: lines, and error bars at some of them


class HeldOutRuns(Protocol):
    """What :func:`held_out_errors` needs of a record: a ``Training`` with a test set has it."""

    @property
    def step_sizes(self) -> NDArray[np.float64]:
        """Shape (B,)."""

    @property
    def recorded_steps(self) -> NDArray[np.int64]:
        """Shape (R,)."""

    @property
    def test_losses(self) -> NDArray[np.float64] | None:
        """Shape (B, R); +inf from the step of escape on."""

    @property
    def test_losses_weight_average(self) -> NDArray[np.float64] | None:
        """Shape (B, R)."""

    @property
    def test_losses_prediction_average(self) -> NDArray[np.float64] | None:
        """Shape (B, R)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class HeldOutErrors(Shown, ArrayRecord):
    """Errors on held-out data, of several seeds at several positions.

    Attributes
    ----------
    positions : ndarray, shape (P,)
        Steps or step sizes.
    last_iterate : ndarray, shape (S, P)
        One row per seed; +inf where a run has escaped.
    weight_average, prediction_average : ndarray of the same shape, or None
        Of the average of the weights over the trajectory, and of the average of the predictions; +inf also where there
        is no average yet.
    against : str
        What the positions are, with their unit, such as "step t" or "step size η".

    Examples
    --------
    >>> errors = HeldOutErrors(positions=[1, 2], last_iterate=[[1.0, 2.0], [3.0, 4.0]])
    >>> [(name, mean.tolist(), error.tolist()) for name, mean, error in errors.series()]
    [('last iterate', [2.0, 3.0], [1.0, 1.0])]
    """

    positions: NDArray[np.float64]
    last_iterate: NDArray[np.float64]
    weight_average: NDArray[np.float64] | None = None
    prediction_average: NDArray[np.float64] | None = None
    against: str = "step t"

    def __post_init__(self) -> None:
        check_words(against=self.against)
        positions = finite_or_inf(self.positions, "positions", 1).copy()
        if not np.isfinite(positions).all() or (np.diff(positions) <= 0).any():
            raise InputError("positions", self.positions, "must be finite numbers in increasing order", "sort them")
        object.__setattr__(self, "positions", positions)
        for name, *_ in _SERIES:
            if getattr(self, name) is None and name != "last_iterate":
                continue
            array = finite_or_inf(getattr(self, name), name, 2).copy()
            if array.shape != (len(self.last_iterate), positions.size):
                said = f"must have shape {(len(self.last_iterate), positions.size)}: seeds, positions"
                raise InputError(name, f"shape {array.shape}", said, "transpose or reshape it")
            if (array < 0).any():
                raise InputError(name, float(array.min()), "must hold errors ≥ 0", "give standard errors or losses")
            object.__setattr__(self, name, array)
        for each in self.__slots__:
            value: Any = getattr(self, each)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def escaped(self) -> NDArray[np.int64]:
        """How many seeds have escaped, shape (P,)."""
        count: NDArray[np.int64] = np.isinf(self.last_iterate).sum(axis=0)
        return count

    def series(self) -> Iterator[tuple[str, NDArray[np.float64], NDArray[np.float64]]]:
        """Yield name, mean, and standard error of the mean over the seeds, each of shape (P,).

        Where an error is infinite, so are mean and error; of one seed alone the error is 0.
        """
        for attribute, name, *_ in _SERIES:
            values = getattr(self, attribute)
            if values is None:
                continue
            infinite = np.isinf(values).any(axis=0)
            bounded = np.where(infinite, 0.0, values)
            spread = bounded.std(axis=0, ddof=1) if len(values) > 1 else np.zeros(len(self.positions))
            mean = np.where(infinite, np.inf, bounded.mean(axis=0))
            yield name, mean, np.where(infinite, np.inf, spread / math.sqrt(len(values)))

    def _line(self) -> str:
        seeds, places = self.last_iterate.shape
        return f"{count_text(seeds, 'seed')} at {count_text(places, 'position')} of {self.against} [observed]"


def held_out_errors(training: HeldOutRuns, *, step_size: float | None = None) -> HeldOutErrors:
    """Collect the held-out errors of a training: over the steps at one step size, or at the end of each step size.

    Parameters
    ----------
    training : Training
        Any record with ``step_sizes``, ``recorded_steps``, ``test_losses`` and the two averages' losses.
    step_size : float, optional
        One of the training's.  When left out, the last record at every step size.

    Returns
    -------
    HeldOutErrors
        One row per run of a step size.

    Raises
    ------
    InputError
        When no test errors were measured, or for a step size that was not run.
    """
    if not hasattr(training, "test_losses"):
        raise InputError("training", training, "must be a Training", "give what train(...) returned")
    if training.test_losses is None:
        raise InputError("training", "no test losses", "must hold test losses", "train on a problem with a test set")
    sizes = np.unique(training.step_sizes)
    rate = None if step_size is None else number(step_size, "step_size")
    if rate is not None and rate not in sizes:
        raise InputError(
            "step_size",
            step_size,
            f"must be one of {', '.join(f'{size:.6g}' for size in sizes)}",
            "as the training ran it",
        )

    def rows(source: NDArray[np.float64]) -> NDArray[np.float64]:
        if step_size is not None:
            chosen: NDArray[np.float64] = source[training.step_sizes == rate]
            return chosen
        return np.stack([source[training.step_sizes == size, -1] for size in sizes], axis=1)

    weights, predictions = training.test_losses_weight_average, training.test_losses_prediction_average
    return HeldOutErrors(
        positions=training.recorded_steps.astype(np.float64) if step_size is not None else sizes,
        last_iterate=rows(training.test_losses),
        weight_average=None if weights is None else rows(weights),
        prediction_average=None if predictions is None else rows(predictions),
        against="step t" if step_size is not None else "step size η",
    )


def generalization_plot(
    errors: HeldOutErrors, ax: Axes | None = None, *, title: str | None = "Test loss, mean ± standard error"
) -> Axes:
    """Draw the error on held-out data, with and without averaging over the trajectory: means with error bars.

    Parameters
    ----------
    errors : HeldOutErrors
    ax : matplotlib.axes.Axes, optional
        A new figure's, one column wide, when left out.
    title : str, optional

    Returns
    -------
    matplotlib.axes.Axes
        Each series is a line with its name as gid (``last iterate``, …).  A bar is the standard error of the mean over
        the seeds.  Where a seed has escaped there is no mean: the line stops, and a cross (gid ``escaped``)
        stands at the upper edge.

    Certainty
    ---------
    Observed, over the seeds given.

    Raises
    ------
    InputError
        When no position has a positive error to draw.
    """
    instance(errors, HeldOutErrors, "errors", "take them from held_out_errors")
    axes = axes_for(ax, COLUMN, 2.5, header=0.84, footer=0.42, left=0.6)
    check_words(title=title)
    positions, shown = errors.positions, list(errors.series())
    means = np.concatenate([mean[np.isfinite(mean) & (mean > 0)] for _, mean, _ in shown])
    if not means.size:
        raise InputError(
            "errors", "nothing positive", "must hold a finite error > 0 at some position", "leave the picture out"
        )
    discrete = positions.size <= _MARKED
    geometric = discrete and 0 < 20 * positions[0] < positions[-1]
    places = np.log(positions) if geometric else positions
    dodge = 0.0
    if discrete and positions.size > 1:
        gap = float(np.diff(places).min())
        dodge = min(0.25 * gap, max(0.07 * gap, 0.012 * float(places[-1] - places[0])))
    every = 1 if discrete else -(-positions.size // 8)
    gone = np.flatnonzero(errors.escaped)
    styles = {name: look for _, name, *look in _SERIES}
    with house_style():
        axes.set_yscale("log")
        for number, (name, mean, error) in enumerate(shown):
            color, marker, line = styles[name]
            moved = places + dodge * (number - (len(shown) - 1) / 2)  # bars side by side
            at = np.exp(moved) if geometric else moved
            first = number * every // 3  # of long series each has markers and bars of its own
            drawn = np.isfinite(mean) & (mean > 0)
            heights = np.where(drawn, mean, np.nan)
            axes.plot(
                at,
                heights,
                color=color,
                linestyle=line,
                linewidth=1.1,
                gid=name,
                label=name,
                marker=marker,
                markersize=3.8,
                markerfacecolor="none" if number else color,
                markevery=(first, every),
            )
            barred = np.arange(first, positions.size, every)
            barred = barred[drawn[barred]]
            # A bar that would reach down to 0 has no end on this axis: it is drawn down to a hundredth of the mean.
            down = np.minimum(error[barred], 0.99 * mean[barred])
            if len(errors.last_iterate) > 1:
                axes.errorbar(
                    at[barred],
                    mean[barred],
                    yerr=[down, error[barred]],
                    linestyle="",
                    color=color,
                    elinewidth=0.8,
                    capsize=2.0,
                    capthick=0.8,
                    gid=f"bars-{name}",
                )
        if geometric:
            axes.set_xscale("log")
            log_ticks_between(axes.xaxis, positions[0], positions[-1])
        axes.margins(x=0.04)
        log_ticks_between(axes.yaxis, *axes.get_ylim())
        dress(axes, errors.against, "test loss", title, pad=4 + 1.35 * SMALL * (len(shown) + bool(gone.size)))
        if gone.size:
            axes.plot(
                positions[gone],
                np.ones(gone.size),
                transform=axes.get_xaxis_transform(),
                marker="x",
                markersize=5.5,
                color=INK,
                linestyle="",
                clip_on=False,
                gid="escaped",
                label="a seed has escaped",
                markevery=1 if discrete else (0, gone.size),
            )
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1.0),
            frameon=False,
            fontsize=SMALL,
            handlelength=2.6,
            ncols=1,
            borderaxespad=0.1,
            labelspacing=0.15,
        )
    return axes


def describe_generalization_plot(errors: HeldOutErrors) -> str:
    """Put the picture of held-out errors in words.

    Parameters
    ----------
    errors : HeldOutErrors

    Returns
    -------
    str
    """
    instance(errors, HeldOutErrors, "errors", "take them from held_out_errors")
    told = []
    for name, mean, error in errors.series():
        last = (
            "infinite"
            if np.isinf(mean[-1])
            else f"{mean[-1]:.3g} ± {error[-1]:.2g}"
            if len(errors.last_iterate) > 1
            else f"{mean[-1]:.3g}"
        )
        kept = np.isfinite(mean)
        place = int(np.argmin(np.where(kept, mean, np.inf)))
        best = f", smallest {mean[place]:.3g} at {short_number(errors.positions[place])}" if kept.any() else ""
        told.append(f"{name} {last} at {short_number(errors.positions[-1])}{best}")
    seeds, most = len(errors.last_iterate), int(errors.escaped.max())
    escaped = f" Seeds that escaped: {most} of {seeds} at most." if most else ""
    return (
        f"Test loss against {errors.against} on a logarithmic scale, mean and standard error over {seeds} "
        f"seed{'s' if seeds != 1 else ''}: {'; '.join(told)}.{escaped}"
    )
