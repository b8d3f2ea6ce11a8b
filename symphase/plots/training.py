"""Pictures of runs: loss against step, for one run or several, and sharpness against the edge of stability."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from symphase.arguments import instance, number, sequence, whole
from symphase.descent import Descent
from symphase.errors import InputError
from symphase.phases import Phase
from symphase.plots.style import (
    COLUMN,
    INK,
    OBSERVED,
    PHASE_STYLES,
    as_phase,
    axes_for,
    check_phase,
    check_words,
    dress,
    finite_or_inf,
    house_style,
    label_ends,
    log_ticks,
    short_number,
    style_of,
    width_in_inches,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

_FLOOR: Final = 1e-18  # losses this much smaller than the largest are not drawn
_DENSE: Final = 2000  # curves of more points are drawn as pixels
# --------------------------------------------------------------------------------------------------------- loss curve


def loss_curve(descent: Descent, run: int = 0, ax: Axes | None = None, *, phase: Phase | None = None) -> Axes:
    """Draw the loss of one gradient-descent run over its steps, on a logarithmic scale.

    Parameters
    ----------
    descent : Descent
    run : int
        Position on the batch axis.
    ax : matplotlib.axes.Axes, optional
        A new figure's when left out.
    phase : Phase, optional
        Gives colour, line style and title.

    Returns
    -------
    matplotlib.axes.Axes
        Triangles mark the steps in which the loss rose, a cross the last step before an escape.

    Certainty
    ---------
    Observed in this run.

    Raises
    ------
    InputError
        For a run that is not in the batch.
    """
    check_phase(phase)
    times, losses = _losses(descent, run)
    axes = axes_for(ax, 3.3, 2.3)
    style = PHASE_STYLES.get(phase) if phase is not None else None
    color = style.color if style else INK
    line = style.line if style else "-"
    floor = max(float(losses.max()) * _FLOOR, 1e-300)
    shown = np.where(losses >= floor, losses, np.nan)  # below is rounding
    rises = np.flatnonzero(losses[1:] > losses[:-1] * (1 + 1e-9)) + 1
    with house_style():
        axes.plot(times, shown, color=color, linestyle=line, linewidth=1.5, gid="loss")
        axes.plot(
            times[rises],
            shown[rises],
            linestyle="",
            marker="^",
            markersize=3.4,
            markerfacecolor="none",
            markeredgecolor=INK,
            markeredgewidth=0.6,
            gid="rises",
        )
        if descent.escape_step[run] >= 0:
            axes.plot([times[-1]], [shown[-1]], marker="x", markersize=7, color=INK, linestyle="", gid="escape")
        axes.set_yscale("log")
        log_ticks(axes.yaxis)
        axes.set_xlabel("step t")
        axes.set_ylabel("loss L")
        name = f"{phase}, " if phase is not None else ""
        axes.set_title(f"{name}η = {short_number(descent.step_sizes[run])}", loc="left", parse_math=False)
    return axes


def _losses(descent: Descent, run: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    instance(descent, Descent, "descent", "give what descend(...) returned")
    run = whole(run, "run", least=0, most=len(descent.step_sizes) - 1)
    finite = np.isfinite(descent.losses[run])
    return descent.recorded_steps[finite], descent.losses[run][finite]


def describe_loss_curve(descent: Descent, run: int = 0, *, phase: Phase | None = None) -> str:
    """Put a loss curve in words.

    Parameters
    ----------
    descent, run, phase
        As for :func:`loss_curve`.

    Returns
    -------
    str
    """
    check_phase(phase)
    times, losses = _losses(descent, run)
    rises = int(np.count_nonzero(losses[1:] > losses[:-1] * (1 + 1e-9)))
    name = f"{phase} phase, " if phase is not None else ""
    escaped = int(descent.escape_step[run])
    end = (
        f"it leaves every bound at step {escaped}"
        if escaped >= 0
        else f"it ends at {losses[-1]:.2g} after {int(times[-1])} steps"
    )
    return (
        f"Loss of gradient descent on a logarithmic scale, {name}step size {float(descent.step_sizes[run]):.4g}: it "
        f"starts at {losses[0]:.2g}, rises in {rises} of {len(losses) - 1} steps, and {end}."
    )


# ------------------------------------------------------------------------------------------------------- several runs


class Runs(Protocol):
    """What the pictures of several runs need of a record: a ``Descent`` and a ``Training`` have it.

    B runs, R recorded steps.
    """

    @property
    def losses(self) -> NDArray[np.float64]:
        """Shape (B, R); +inf from the step of escape on."""

    @property
    def recorded_steps(self) -> NDArray[np.int64]:
        """Shape (R,)."""

    @property
    def step_sizes(self) -> NDArray[np.float64]:
        """Shape (B,)."""

    @property
    def escape_step(self) -> NDArray[np.int64]:
        """Shape (B,); -1 for a run that stayed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Curve:
    run: int
    steps: NDArray[np.float64]
    values: NDArray[np.float64]
    phase: Phase | None
    label: str
    escape: int  # -1 for none


def _check_runs(runs: object) -> None:
    if not all(hasattr(runs, name) for name in ("step_sizes", "recorded_steps", "losses", "escape_step")):
        raise InputError("runs", runs, "must be a Training or a Descent", "give what train or descend returned")


def _curves(
    runs: Runs,
    values: NDArray[np.float64],
    which: Sequence[int] | None,
    phases: Sequence[Phase | str | int | None] | None,
    labels: Sequence[str] | None,
) -> list[_Curve]:
    """The finite part of each chosen run, with its phase and its label."""
    count = len(runs.step_sizes)
    asked = range(count) if which is None else sequence(which, "which", "must be a sequence of runs", "as [0, 1]")
    chosen = [whole(run, "which", least=0, most=count - 1) for run in asked]
    if not chosen:
        raise InputError("which", which, "must choose at least one run", "or leave it out")
    for name, given in (("phases", phases), ("labels", labels)):
        accepted = f"must hold one entry for each of the {len(chosen)} runs drawn"
        if given is not None and len(sequence(given, name, accepted, "or leave it out")) != len(chosen):
            raise InputError(name, given, accepted, "or leave it out")
    for label in labels if labels is not None else ():
        instance(label, str, "labels", "give texts")
    if values.shape != (len(runs.step_sizes), len(runs.recorded_steps)):
        said = f"must have shape {(len(runs.step_sizes), len(runs.recorded_steps))}: runs, recorded steps"
        raise InputError("values", f"shape {values.shape}", said, "transpose or reshape it")
    named = phases if phases is not None else [None] * len(chosen)
    known = [None if each is None else as_phase(each, "phases") for each in named]
    found = []
    for place, run in enumerate(chosen):
        finite = np.isfinite(values[run])
        phase = known[place]
        own = f"η = {short_number(runs.step_sizes[run])}"
        label = labels[place] if labels is not None else f"{phase}\n{own}" if phase is not None else own
        found.append(
            _Curve(
                run=int(run),
                steps=runs.recorded_steps[finite].astype(np.float64),
                values=values[run][finite],
                phase=phase,
                label=label,
                escape=int(runs.escape_step[run]),
            )
        )
    return found


def _styles(curves: Sequence[_Curve]) -> list[tuple[str, str | tuple[int, tuple[float, ...]]]]:
    """Colour and line of each curve: its phase's; the phases' in turn, label by label, where none is given."""
    turn = list(PHASE_STYLES.values())
    names = list(dict.fromkeys(curve.label for curve in curves))
    chosen = [
        style_of(curve.phase) if curve.phase is not None else turn[names.index(curve.label) % len(turn)]
        for curve in curves
    ]
    return [(style.color, style.line) for style in chosen]


def _draw(axes: Axes, curves: Sequence[_Curve], top: float, bottom: float) -> list[tuple[float, float, str, str]]:
    """Draw curves between two heights; return where each label belongs.

    A curve that leaves through the top, or whose run escapes, stops with a cross; one that sinks for good below the
    bottom stops with a triangle.
    """
    log = axes.get_yscale() == "log"
    ends: dict[str, tuple[float, float, str, str]] = {}
    for curve, (color, line) in zip(curves, _styles(curves), strict=True):
        if not curve.steps.size:  # beyond every bound from the start
            continue
        shown = np.where(curve.values >= bottom, curve.values, np.nan)
        seen = np.flatnonzero(np.isfinite(shown))
        rank = OBSERVED.index(curve.phase) if curve.phase in OBSERVED else 0
        axes.plot(
            curve.steps,
            shown,
            color=color,
            linestyle=line,
            gid=f"curve-{curve.run}",
            linewidth=1.4 if curve.steps.size < 25 * width_in_inches(axes) else 0.9,
            rasterized=curve.steps.size > _DENSE,
            zorder=2.5 - 0.1 * rank,  # the calm ones on top
        )
        if not seen.size:
            continue
        last = int(seen[-1])
        end = (float(curve.steps[last]), float(shown[last]))
        if end[1] > top:
            end = _crossing(curve, top, log)
        if curve.escape >= 0:
            axes.plot(
                [end[0]],
                [end[1]],
                marker="x",
                markersize=6,
                markeredgewidth=1.4,
                color=color,
                linestyle="",
                clip_on=False,
                zorder=4,
                gid=f"escape-{curve.run}",
            )
        elif last < curve.steps.size - 1:
            axes.plot(
                [end[0]],
                [end[1]],
                marker="v",
                markersize=4,
                markerfacecolor="none",
                color=color,
                linestyle="",
                clip_on=False,
                zorder=4,
                gid=f"sunk-{curve.run}",
            )
        ends.setdefault(curve.label, (*end, curve.label, color))
    return list(ends.values())


def _crossing(curve: _Curve, top: float, log: bool) -> tuple[float, float]:
    """Where a curve that ends above the picture last rose through its upper edge."""
    below = np.flatnonzero(curve.values <= top)
    if not below.size:
        return float(curve.steps[0]), top
    k = int(below[-1])
    low, high = (float(value) for value in curve.values[k : k + 2])
    if log:
        low, high, level = math.log(max(low, 1e-300)), math.log(high), math.log(top)
    else:
        level = top
    share = (level - low) / (high - low)
    return float(curve.steps[k] + share * (curve.steps[k + 1] - curve.steps[k])), top


def _span(curves: Sequence[_Curve], runs: Runs) -> tuple[float, float]:
    first = min((float(curve.steps[0]) for curve in curves if curve.steps.size), default=0.0)
    return first, max(float(runs.recorded_steps[-1]), first + 1)


def training_curves(
    runs: Runs,
    ax: Axes | None = None,
    *,
    which: Sequence[int] | None = None,
    phases: Sequence[Phase | str | int | None] | None = None,
    labels: Sequence[str] | None = None,
    floor: float = _FLOOR,
    title: str | None = "Training loss",
) -> Axes:
    """Draw the loss of several runs over their steps, each phase in its own colour and line style.

    Parameters
    ----------
    runs : Descent or Training
        Any record with ``losses``, ``recorded_steps``, ``step_sizes`` and ``escape_step``.
    ax : matplotlib.axes.Axes, optional
        A new figure's, one column wide, when left out.
    which : sequence of int, optional
        Positions on the batch axis; all runs when left out.
    phases : sequence of Phase, str or None, optional
        Of each run drawn: observed or predicted.
    labels : sequence of str, optional
        Of each run drawn, written where its curve ends; runs with the same label are labelled once.  By default the
        phase and the step size.
    floor : float
        Losses smaller than this, relative to the largest bounded one, are rounding and not drawn.
    title : str, optional

    Returns
    -------
    matplotlib.axes.Axes
        The curve of run b has the gid ``curve-b``.  A cross ends a run that escapes, a triangle one that sinks below
        the floor for good.

    Certainty
    ---------
    Observed in these runs.

    Raises
    ------
    InputError
        For a run that is not in the batch, or lists that do not match.
    """
    check_words(title=title)
    _check_runs(runs)
    curves = _curves(runs, runs.losses, which, phases, labels)
    if not 0 < (floor := number(floor, "floor")) < 1:
        raise InputError("floor", floor, "must be a number between 0 and 1", "as 1e-18")
    axes = axes_for(ax, COLUMN, 2.4, footer=0.42, left=0.6)
    largest = _largest(curves)
    bottom = max(largest * floor, 1e-300)
    low = min((float(v) for curve in curves for v in curve.values[curve.values >= bottom]), default=bottom)
    top = largest * (30 if any(curve.escape >= 0 for curve in curves) else 2)
    with house_style():
        axes.set_yscale("log")
        axes.set_xlim(*_span(curves, runs))
        axes.set_ylim(low / 2, top)
        ends = _draw(axes, curves, top, bottom)
        log_ticks(axes.yaxis)
        _whole_steps(axes)
        dress(axes, "step t", "loss L", title)
        label_ends(axes, ends)
    return axes


def _largest(curves: Sequence[_Curve]) -> float:
    """The largest loss that a bounded run had, or any run began with."""
    bounded = [float(curve.values.max()) for curve in curves if curve.escape < 0 and curve.values.size]
    first = [float(curve.values[0]) for curve in curves if curve.values.size]
    return max(bounded + first, default=1.0) or 1.0


def _whole_steps(axes: Axes) -> None:
    """Ticks at whole steps, and none in the room that labels will take beyond the last step."""
    from matplotlib.ticker import MaxNLocator

    left, right = axes.get_xlim()
    ticks = MaxNLocator(nbins=4, integer=True, steps=[1, 2, 5, 10]).tick_values(left, right)
    axes.set_xticks([float(tick) for tick in ticks if left <= tick <= right])


def describe_training_curves(
    runs: Runs,
    *,
    which: Sequence[int] | None = None,
    phases: Sequence[Phase | str | int | None] | None = None,
    labels: Sequence[str] | None = None,
) -> str:
    """Put training curves in words.

    Parameters
    ----------
    runs, which, phases, labels
        As for :func:`training_curves`.

    Returns
    -------
    str
    """
    _check_runs(runs)
    told = []
    for curve in _curves(runs, runs.losses, which, phases, labels):
        name = curve.label.replace("\n", ", ")
        if not curve.values.size:
            told.append(f"{name}: beyond every bound from the start")
            continue
        rises = int(np.count_nonzero(curve.values[1:] > curve.values[:-1] * (1 + 1e-9)))
        end = (
            f"escapes at step {curve.escape}"
            if curve.escape >= 0
            else f"ends at {curve.values[-1]:.2g} after {int(curve.steps[-1])} steps"
        )
        count = curve.values.size - 1
        told.append(f"{name}: from {curve.values[0]:.2g}, rises {rises} times in {count}, {end}")
    return f"Training loss over the steps on a logarithmic scale. {'; '.join(told)}."


# ---------------------------------------------------------------------------------------------------------- sharpness

_EDGES: Final = ((2.0, "edge of stability\nηλ = 2"), (4.0, "catapult limit\nηλ = 4"))


def sharpness_plot(
    runs: Runs,
    ax: Axes | None = None,
    *,
    sharpness: ArrayLike | None = None,
    which: Sequence[int] | None = None,
    phases: Sequence[Phase | str | int | None] | None = None,
    labels: Sequence[str] | None = None,
    top: float = 8.0,
    title: str | None = "Sharpness and the edge of stability",
) -> Axes:
    """Draw step size × sharpness of several runs over their steps, with the lines at 2 and at 4.

    A quadratic of curvature λ is stable for ηλ < 2: the edge of stability.  In units of one datum ηλ = 2a at a minimum
    that fits it, so the edge is a = 1, where the fixed point 0 flips, and ηλ = 4, the catapult limit, is a = 2, where
    runs escape.

    Parameters
    ----------
    runs : Descent or Training
        Any record with ``losses``, ``recorded_steps``, ``step_sizes`` and ``escape_step``.
    ax : matplotlib.axes.Axes, optional
        A new figure's, one column wide, when left out.
    sharpness : array-like, shape (B, R), optional
        Largest eigenvalue of the Hessian of the loss, of each run at each recorded step; what the record itself holds
        as ``sharpness`` when left out.
    which, phases, labels
        As for :func:`training_curves`.
    top : float
        Upper end of the picture; a curve that goes beyond leaves through it.
    title : str, optional

    Returns
    -------
    matplotlib.axes.Axes
        The lines at 2 and 4 have the gids ``edge-2`` and ``edge-4``, the curve of run b ``curve-b``.

    Certainty
    ---------
    Observed in these runs.

    Raises
    ------
    InputError
        For a run that is not in the batch, or arrays that do not match.

    References
    ----------
    Cohen et al., ICLR 2021 (edge of stability); Lewkowycz et al., arXiv 2003.02218, 2020 (the limit 4/λ).
    """
    curves = _products(runs, sharpness, which, phases, labels)
    check_words(title=title)
    if not (top := number(top, "top")) > _EDGES[-1][0]:
        raise InputError("top", top, "must be a number beyond 4", "as 8")
    axes = axes_for(ax, COLUMN, 2.8, footer=0.42, left=0.44)
    from matplotlib.ticker import MultipleLocator

    low = min((float(curve.values.min()) for curve in curves if curve.values.size), default=0.0)
    with house_style():
        axes.set_xlim(*_span(curves, runs))
        bottom = max(min(low, 0.0), -top)
        axes.set_ylim(bottom * 1.05, top)
        for level, _ in _EDGES:
            axes.plot(
                axes.get_xlim(),
                [level, level],
                color=INK,
                linewidth=0.9,
                linestyle="-",
                zorder=3.5,
                gid=f"edge-{level:.0f}",
            )
        ends = _draw(axes, curves, top, bottom)
        axes.yaxis.set_major_locator(MultipleLocator(2 if top - bottom <= 20 else 10))
        _whole_steps(axes)
        dress(axes, "step t", "step size × sharpness ηλ", title)
        edges = [(axes.get_xlim()[1], level, name, INK) for level, name in _EDGES]
        label_ends(axes, ends + edges)
    return axes


def _products(
    runs: Runs,
    sharpness: ArrayLike | None,
    which: Sequence[int] | None,
    phases: Sequence[Phase | str | int | None] | None,
    labels: Sequence[str] | None,
) -> list[_Curve]:
    _check_runs(runs)
    given = sharpness if sharpness is not None else getattr(runs, "sharpness", None)
    if given is None:
        raise InputError("sharpness", None, "must be measured", 'train with measures=("loss", "sharpness")')
    values = finite_or_inf(given, "sharpness", 2)
    if values.shape != runs.losses.shape:
        said = f"must have the shape {runs.losses.shape} of the losses: runs, recorded steps"
        raise InputError("sharpness", f"shape {values.shape}", said, "transpose or reshape it")
    return _curves(runs, values * runs.step_sizes[:, np.newaxis], which, phases, labels)


def describe_sharpness_plot(
    runs: Runs,
    *,
    sharpness: ArrayLike | None = None,
    which: Sequence[int] | None = None,
    phases: Sequence[Phase | str | int | None] | None = None,
    labels: Sequence[str] | None = None,
) -> str:
    """Put the picture of the sharpness in words.

    Parameters
    ----------
    runs, sharpness, which, phases, labels
        As for :func:`sharpness_plot`.

    Returns
    -------
    str
    """
    told = []
    for curve in _products(runs, sharpness, which, phases, labels):
        name = curve.label.replace("\n", ", ")
        if not curve.values.size:
            told.append(f"{name}: beyond every bound from the start")
            continue
        half = curve.values[curve.values.size // 2 :]
        above = float((half > _EDGES[0][0]).mean())
        end = (
            f"escapes at step {curve.escape}"
            if curve.escape >= 0
            else f"{half.mean():.3g} on average over the second half, above 2 in {above:.0%} of it"
        )
        told.append(f"{name}: from {curve.values[0]:.3g}, {end}")
    return (
        "Step size × sharpness over the steps, with lines at the edge of stability 2 and at the catapult limit "
        f"4. {'; '.join(told)}."
    )
