"""Pictures of what runs were called: over step sizes, and over a grid of two quantities."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from symphase.arguments import sequence
from symphase.boundaries import Boundary
from symphase.errors import InputError
from symphase.phases import Phase, StepBoundary
from symphase.plots.spans import boundary_label, known_boundaries
from symphase.plots.style import (
    COLUMN,
    INK,
    OBSERVED,
    SMALL,
    as_phase,
    axes_for,
    check_words,
    dress,
    finite_or_inf,
    height_in_inches,
    house_style,
    legend_below,
    log_ticks_between,
    short_number,
    style_of,
    text_on,
    text_width,
    upright_labels,
    width_in_inches,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.path import Path
    from numpy.typing import ArrayLike

_WIDE_RANGE: Final = 20  # positive positions over more than this ratio stand on a logarithmic axis
_LETTERS: Final = 400  # cells up to so many each show the letter of their phase

_LINES: Final = ("-", "--", ":", "-.")

# --------------------------------------------------------------------------------------------- labels over step sizes


def observed_strip(
    step_sizes: ArrayLike,
    labels: Sequence[Phase | str | int] | NDArray[Any],
    ax: Axes | None = None,
    *,
    predicted: Sequence[Boundary | StepBoundary] = (),
    against: str = "step size η",
    title: str | None = "Observed phases",
) -> Axes:
    """Draw the share of the runs with each label against the step size, as bars one on top of the other.

    Parameters
    ----------
    step_sizes : array-like, shape (B,)
        Of each run, in units of the step size or of anything proportional to it.
    labels : sequence of Phase, str or int, length B
        What each run was called: a phase, its name, or its number in the order monotonic, catapult, periodic, chaotic,
        divergent, undecided.
    ax : matplotlib.axes.Axes, optional
        A new figure's, one column wide, when left out.
    predicted : sequence of Boundary or StepBoundary
        Drawn as lines where they are within the picture, in the unit of the step sizes.
    against : str
        What the step sizes are, with their unit.
    title : str, optional

    Returns
    -------
    matplotlib.axes.Axes
        The bars of a label have the gid ``share-monotonic``, …, predicted boundary number k has ``predicted-k``.  Each
        bar reaches halfway to its neighbours, on a logarithmic axis where the step sizes span a factor of 20.

    Certainty
    ---------
    Observed, in the runs given.

    Raises
    ------
    InputError
        For lists that do not match, and for fewer than two step sizes.
    """
    check_words(against=against, title=title)
    predicted = known_boundaries(predicted, "predicted")
    sizes, shares = _shares(step_sizes, labels)
    log = bool(sizes[0] > 0 and sizes[-1] > _WIDE_RANGE * sizes[0])
    edges = _edges(sizes, log)
    inside = [(k, each) for k, each in enumerate(predicted) if edges[0] <= float(each) <= edges[-1]]
    names = [boundary_label(each.boundary if isinstance(each, StepBoundary) else each) for _, each in inside]
    in_steps = any(isinstance(each, StepBoundary) for _, each in inside)
    names = [f"a = {name}" if in_steps else name for name in names]
    header = 0.25 + max((text_width(name, 7.5) for name in names), default=-0.25)
    axes = axes_for(
        ax,
        COLUMN,
        1.75 + header + _below(len(shares)),
        header=0.3 + header,
        footer=0.42 + _below(len(shares)),
        left=0.5,
    )
    with house_style():
        below = np.zeros(sizes.size)
        for phase, share in shares.items():
            style = style_of(phase)
            axes.stairs(
                below + share,
                edges,
                baseline=below,
                fill=True,
                facecolor=style.color,
                edgecolor=INK,
                hatch=style.hatch,
                linewidth=0.0,
                gid=f"share-{phase}",
            )
            below = below + share
        for k, each in inside:
            axes.axvline(float(each), color="#ffffff", linewidth=2.2, gid=f"halo-{k}")
            axes.axvline(float(each), color=INK, linewidth=1.0, gid=f"predicted-{k}")
        if log:
            axes.set_xscale("log")
            log_ticks_between(axes.xaxis, edges[0], edges[-1])
        axes.set_xlim(edges[0], edges[-1])
        axes.set_ylim(0, 1)
        axes.set_yticks([0, 0.5, 1], ["0", "½", "1"])
        legend_below(axes, 3, _patches(list(shares)))
        if inside:
            base = 1 + 0.02 / height_in_inches(axes)
            ends = (math.log(edges[0]), math.log(edges[-1])) if log else (float(edges[0]), float(edges[-1]))
            places = [math.log(float(each)) if log else float(each) for _, each in inside]
            upright_labels(axes, places, names, ends, base)
        dress(axes, against, "share of runs", title, pad=7 + 72 * header)
    return axes


def _shares(
    step_sizes: ArrayLike, labels: Sequence[Phase | str | int] | NDArray[Any]
) -> tuple[NDArray[np.float64], dict[Phase, NDArray[np.float64]]]:
    """The distinct step sizes, and the share of each label seen at each of them."""
    each = finite_or_inf(step_sizes, "step_sizes", 1)
    accepted = "must be a sequence of phases, their names or their numbers"
    named = [as_phase(label, "labels") for label in sequence(labels, "labels", accepted, "one per step size")]
    if len(named) != each.size:
        raise InputError(
            "labels",
            f"{len(named)} labels",
            f"must be one for each of the {each.size} step sizes",
            "give lists of one length",
        )
    sizes, inverse = np.unique(each, return_inverse=True)
    if sizes.size < 2 or not np.isfinite(sizes).all():
        raise InputError(
            "step_sizes", step_sizes, "must hold at least two different finite numbers", "run more step sizes"
        )
    totals = np.bincount(inverse)
    found = {}
    for phase in (*OBSERVED, *(phase for phase in Phase if phase not in OBSERVED)):
        counted = np.bincount(inverse[[label is phase for label in named]], minlength=sizes.size)
        if counted.any():
            found[phase] = counted / totals
    return sizes, found


def _below(entries: int) -> float:
    """Room for a legend of so many entries in three columns, in inches."""
    return 0.04 + 0.15 * -(-entries // 3)


def _edges(positions: NDArray[np.float64], log: bool) -> NDArray[np.float64]:
    """Halfway between neighbours; the outer ones as far out as they are in."""
    places = np.log(positions) if log else positions
    middle = (places[1:] + places[:-1]) / 2
    edges = np.concatenate([[2 * places[0] - middle[0]], middle, [2 * places[-1] - middle[-1]]])
    return np.exp(edges) if log else edges


def _patches(phases: Sequence[Phase], lettered: bool = False) -> list[Any]:
    from matplotlib.patches import Patch

    found = []
    for phase in phases:
        style = style_of(phase)
        name, hatch = (f"{style.letter} {phase}", "") if lettered else (str(phase), style.hatch)
        found.append(Patch(facecolor=style.color, edgecolor=INK, linewidth=0.0, hatch=hatch, label=name))
    return found


def describe_observed_strip(
    step_sizes: ArrayLike,
    labels: Sequence[Phase | str | int] | NDArray[Any],
    *,
    predicted: Sequence[Boundary | StepBoundary] = (),
    against: str = "step size η",
) -> str:
    """Put the shares of the labels in words.

    Parameters
    ----------
    step_sizes, labels, predicted, against
        As for :func:`observed_strip`.

    Returns
    -------
    str
    """
    check_words(against=against)
    predicted = known_boundaries(predicted, "predicted")
    sizes, shares = _shares(step_sizes, labels)
    told = []
    for phase, share in shares.items():
        seen = np.flatnonzero(share)
        first, last = short_number(sizes[seen[0]]), short_number(sizes[seen[-1]])
        told.append(f"{phase} from {first} to {last}, at most {share.max():.0%} of the runs")
    lines = ", ".join(short_number(float(each)) for each in predicted)
    marks = f" Lines mark the predicted boundaries at {lines}." if lines else ""
    return f"Share of the runs with each label over the {against}, {sizes.size} values: {'; '.join(told)}.{marks}"


# ------------------------------------------------------------------------------------------------------ two quantities


def phase_diagram(
    x: ArrayLike,
    y: ArrayLike,
    labels: Sequence[Sequence[Phase | str | int]] | NDArray[Any],
    ax: Axes | None = None,
    *,
    x_label: str = "step size η",
    y_label: str = "label scale",
    predicted: Mapping[str, ArrayLike] | None = None,
    title: str | None = "Observed phases",
) -> Axes:
    """Draw labels over a grid of two quantities, each label in its own colour and hatch; small grids show letters too.

    Parameters
    ----------
    x, y : array-like, shapes (X,) and (Y,)
        In increasing order; logarithmic axes where they are positive and span a factor of 20.
    labels : array-like of Phase, str or int, shape (Y, X)
        A phase, its name, or its number in the order monotonic, catapult, periodic, chaotic, divergent, undecided.
    ax : matplotlib.axes.Axes, optional
        A new figure's, one column wide, when left out.
    x_label, y_label : str
        With units.
    predicted : mapping from str to array-like, shape (Y,), optional
        For each name the x at which a boundary is predicted, at every y; drawn as lines and named in the legend.
    title : str, optional

    Returns
    -------
    matplotlib.axes.Axes
        The image has the gid ``cells``, the hatch of a label ``hatch-catapult``, …, a line its name.

    Certainty
    ---------
    Observed, in the runs given.

    Raises
    ------
    InputError
        For arrays that do not match.
    """
    from matplotlib.colors import to_rgb
    from matplotlib.patches import PathPatch

    check_words(x_label=x_label, y_label=y_label, title=title)
    predicted = {} if predicted is None else predicted
    if not isinstance(predicted, Mapping):
        raise InputError("predicted", predicted, "must map names to lines", "as {'a = 1': [0.1, 0.2]}")
    across, up, cells = _cells(x, y, labels)
    log_x, log_y = (bool(one[0] > 0 and one[-1] > _WIDE_RANGE * one[0]) for one in (across, up))
    x_edges, y_edges = _edges(across, log_x), _edges(up, log_y)
    lines = {name: _line(values, up.size, name) for name, values in predicted.items()}
    seen = [phase for phase in (*OBSERVED, *Phase) if (cells == phase).any()]
    seen = list(dict.fromkeys(seen))
    axes = axes_for(
        ax, COLUMN, 2.56 + _below(len(seen) + len(lines)), footer=0.42 + _below(len(seen) + len(lines)), left=0.56
    )
    with house_style():
        colors = np.array([[to_rgb(style_of(phase).color) for phase in row] for row in cells.tolist()])
        axes.pcolormesh(x_edges, y_edges, colors, rasterized=True, zorder=1, gid="cells")
        lettered = cells.size <= _LETTERS and width_in_inches(axes) / across.size > 0.1
        lettered = lettered and height_in_inches(axes) / up.size > 0.12
        for phase in seen:
            if style_of(phase).hatch and not lettered:
                patch = PathPatch(
                    _outline(cells == phase, x_edges, y_edges),
                    facecolor="none",
                    edgecolor=INK,
                    linewidth=0.0,
                    hatch=style_of(phase).hatch,
                    zorder=1.2,
                    gid=f"hatch-{phase}",
                )
                axes.add_patch(patch)
        if lettered:
            for row, column in np.ndindex(cells.shape):
                phase = cells.item(row, column)
                axes.text(
                    float(across[column]),
                    float(up[row]),
                    style_of(phase).letter,
                    ha="center",
                    va="center",
                    fontsize=SMALL,
                    color=text_on(phase),
                    gid=f"letter-{row}-{column}",
                )
        for log, axis, setter in ((log_x, axes.xaxis, axes.set_xscale), (log_y, axes.yaxis, axes.set_yscale)):
            if log:
                setter("log")
                log_ticks_between(axis, *(x_edges if axis is axes.xaxis else y_edges)[[0, -1]])
        axes.set_xlim(x_edges[0], x_edges[-1])
        axes.set_ylim(y_edges[0], y_edges[-1])
        drawn = []
        for number, (name, values) in enumerate(lines.items()):
            axes.plot(values, up, color="#ffffff", linewidth=2.6, zorder=1.4)
            drawn += axes.plot(
                values,
                up,
                color=INK,
                linewidth=1.2,
                linestyle=_LINES[number % len(_LINES)],
                zorder=1.5,
                gid=name,
                label=name,
            )
        legend_below(axes, 3, [*_patches(seen, lettered), *drawn])
        dress(axes, x_label, y_label, title)
    return axes


def _line(values: ArrayLike, count: int, name: str) -> NDArray[np.float64]:
    line = finite_or_inf(values, f"predicted[{name!r}]", 1)
    if line.size != count:
        raise InputError(
            f"predicted[{name!r}]",
            f"{line.size} numbers",
            f"must be one for each of the {count} rows",
            "give lists of one length",
        )
    return np.where(np.isfinite(line), line, np.nan)


def _cells(
    x: ArrayLike, y: ArrayLike, labels: Sequence[Sequence[Phase | str | int]] | NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.object_]]:
    axes = []
    for name, values in (("x", x), ("y", y)):
        positions = finite_or_inf(values, name, 1)
        if positions.size < 2 or not np.isfinite(positions).all() or (np.diff(positions) <= 0).any():
            raise InputError(name, values, "must be at least two finite numbers in increasing order", "sort them")
        axes.append(positions)
    accepted, advice = "must be rows of phases, their names or their numbers", "one row per y"
    given = [sequence(row, "labels", accepted, advice) for row in sequence(labels, "labels", accepted, advice)]
    rows = [[as_phase(label, "labels") for label in row] for row in given]
    if len(rows) != axes[1].size or any(len(row) != axes[0].size for row in rows):
        raise InputError(
            "labels",
            f"{len(rows)} rows",
            f"must have shape {(axes[1].size, axes[0].size)}: y, x",
            "transpose or reshape it",
        )
    cells = np.empty((len(rows), len(rows[0])), dtype=object)
    cells[:] = rows
    return axes[0], axes[1], cells


def _outline(chosen: NDArray[np.bool_], x_edges: NDArray[np.float64], y_edges: NDArray[np.float64]) -> Path:
    """The chosen cells as one path of rectangles, one for each stretch of a row."""
    from matplotlib.path import Path as Outline

    vertices: list[tuple[float, float]] = []
    for row in range(len(chosen)):
        steps = np.flatnonzero(np.diff(np.concatenate([[0], chosen[row].astype(np.int8), [0]])))
        bottom, top = float(y_edges[row]), float(y_edges[row + 1])
        for first, last in steps.reshape(-1, 2):
            left, right = float(x_edges[first]), float(x_edges[last])
            vertices += [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
    codes = [Outline.MOVETO, *[Outline.LINETO] * 3, Outline.CLOSEPOLY] * (len(vertices) // 5)
    return Outline(np.array(vertices), codes)


def describe_phase_diagram(
    x: ArrayLike,
    y: ArrayLike,
    labels: Sequence[Sequence[Phase | str | int]] | NDArray[Any],
    *,
    x_label: str = "step size η",
    y_label: str = "label scale",
) -> str:
    """Put the phase diagram in words.

    Parameters
    ----------
    x, y, labels, x_label, y_label
        As for :func:`phase_diagram`.

    Returns
    -------
    str
    """
    check_words(x_label=x_label, y_label=y_label)
    across, up, cells = _cells(x, y, labels)
    told = []
    for phase in dict.fromkeys((*OBSERVED, *Phase)):
        rows, columns = np.nonzero(cells == phase)
        if rows.size:
            low, high = short_number(across[columns.min()]), short_number(across[columns.max()])
            told.append(f"{phase} in {rows.size / cells.size:.0%} of the cells, {x_label} {low} to {high}")
    return (
        f"Phases observed over {x_label} ({short_number(across[0])} to {short_number(across[-1])}, "
        f"{across.size} values) and {y_label} ({short_number(up[0])} to {short_number(up[-1])}, "
        f"{up.size} values): {'; '.join(told)}."
    )
