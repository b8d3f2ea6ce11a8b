"""Pictures of maps, phases and runs: each function takes data and, if you like, an Axes, and returns the Axes.

No function touches pyplot or the settings of the process.  Without an Axes a new ``Figure`` is made; save it with
``axes.figure.savefig(...)``.  Each phase has one colour (Okabe and Ito's palette, told apart with every common form
of colour blindness) and one line style, the same in every picture.  Each picture has a function that puts it in words.

An orbit in a picture is a float orbit: it illustrates, and decides nothing.  The lines that mark boundaries stand at
the exact values.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from symphase.boundaries import Boundaries, Boundary, BoundaryKind
from symphase.enclosures import round_decimal
from symphase.errors import InputError
from symphase.maps import exact_terms
from symphase.notation import formula_text, formula_width
from symphase.orbits import orbit_diagram
from symphase.phases import Phase, ProblemClassification, StepBoundary, residual_boundaries

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from symphase.descent import Descent
    from symphase.maps import PolynomialFamily

__all__ = [
    "INK",
    "PHASE_STYLES",
    "PhaseStyle",
    "bifurcation_diagram",
    "boundary_label",
    "cobweb",
    "describe_bifurcation_diagram",
    "describe_cobweb",
    "describe_loss_curve",
    "describe_phase_strip",
    "describe_sample_scales",
    "loss_curve",
    "new_axes",
    "phase_spans",
    "phase_strip",
    "sample_scales",
]

INK: Final = "#24292f"
"""Colour of text, axes and boundary lines."""
_PALE: Final = "#8b949e"
_FLOOR: Final = 1e-18  # losses this much smaller than the largest are not drawn
_SETTINGS: Final[dict[Any, Any]] = {
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "text.color": INK,
    "text.parse_math": False,
    "text.usetex": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseStyle:
    """How a phase looks in every picture.

    Attributes
    ----------
    color : str
        A colour of Okabe and Ito's palette.
    line : str or tuple
        A matplotlib line style.
    """

    color: str
    line: str | tuple[int, tuple[float, ...]]


PHASE_STYLES: Final[Mapping[Phase, PhaseStyle]] = {
    Phase.MONOTONIC: PhaseStyle(color="#0072B2", line="-"),
    Phase.CATAPULT: PhaseStyle(color="#E69F00", line=(0, (7.0, 1.5))),
    Phase.PERIODIC: PhaseStyle(color="#009E73", line=(0, (5.0, 1.2, 1.2, 1.2))),
    Phase.CHAOTIC: PhaseStyle(color="#CC79A7", line=(0, (2.5, 1.0))),
    Phase.DIVERGENT: PhaseStyle(color="#D55E00", line=(0, (1.2, 1.0))),
}
"""Colour and line style of each phase."""


@contextmanager
def _style() -> Iterator[None]:
    """The settings of our pictures, inside a ``with`` block only."""
    from matplotlib import rc_context

    with rc_context(_SETTINGS):
        yield


def new_axes(width: float, height: float, *, header: float = 0.3, footer: float = 0.48, left: float = 0.62) -> Axes:
    """Return the one Axes of a new figure that belongs to nobody.

    Parameters
    ----------
    width, height : float
        Of the figure, in inches.
    header, footer, left : float
        Room above, below and left of the Axes, in inches; a bifurcation diagram needs 2 above it.

    Returns
    -------
    matplotlib.axes.Axes
    """
    from matplotlib.figure import Figure

    with _style():
        figure = Figure(figsize=(width, height))
        box = (left / width, footer / height, 1 - (left + 0.12) / width, 1 - (header + footer) / height)
        axes: Axes = figure.add_axes(box)
    return axes


# -------------------------------------------------------------------------------------------------- phases and labels


def boundary_label(boundary: Boundary) -> str:
    """Return a boundary's exact form in a few characters, such as "2√2 − 2"; its digits where that is long.

    Parameters
    ----------
    boundary : Boundary

    Returns
    -------
    str

    Examples
    --------
    >>> from symphase.phases import residual_boundaries
    >>> [boundary_label(boundary) for boundary in residual_boundaries()][:4]
    ['0', '2√2 − 2', '1', '√5 − 1']
    """
    exact = boundary.algebraic
    radicals = exact.radicals() if exact is not None else None
    if radicals is not None and formula_width(radicals) < 120:
        return formula_text(radicals)
    lower = boundary.enclose(64)[0]
    return f"{round_decimal(Fraction(lower * 10**4 // 1, 10**4), 4)}…"  # cut, not rounded: digits that stand


_SHORT_NAMES: Final = {
    BoundaryKind.STABILITY: "attracts",
    BoundaryKind.MONOTONE_END: "monotone ends",
    BoundaryKind.ONSET: "onset of chaos",
    BoundaryKind.CRISIS: "interior crisis",
    BoundaryKind.ESCAPE: "escape",
}
_LEFT_BEHIND: Final = {
    BoundaryKind.MONOTONE_END: Phase.MONOTONIC,
    BoundaryKind.ONSET: Phase.PERIODIC,
    BoundaryKind.ESCAPE: Phase.CHAOTIC,
}


def _short_name(boundary: Boundary) -> str:
    if boundary.kind is BoundaryKind.FLIP:
        return f"flip {boundary.period} → {2 * (boundary.period or 1)}"
    if boundary.kind is BoundaryKind.TANGENCY:
        return f"first {boundary.period}-cycle"
    return _SHORT_NAMES[boundary.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    phase: Phase
    start: float
    end: float


def phase_spans(boundaries: Sequence[Boundary | StepBoundary]) -> tuple[tuple[Phase, float, float], ...]:
    """Return where each phase begins and ends, in the order of the phases.

    Parameters
    ----------
    boundaries : sequence of Boundary or StepBoundary
        In phase order: in units of the parameter, or of one problem's step size.

    Returns
    -------
    tuple of (Phase, float, float)
        The divergent phase has no end: ±infinity.  A phase whose boundary is missing is left out.
    """
    start = 0.0
    spans = []
    last: float | None = None
    for each in boundaries:
        boundary = each.boundary if isinstance(each, StepBoundary) else each
        here = float(each)
        if boundary.kind is BoundaryKind.STABILITY:
            start = here
            continue
        phase = _LEFT_BEHIND.get(boundary.kind)
        if boundary.kind is BoundaryKind.FLIP and boundary.period == 1:
            phase = Phase.CATAPULT
        if phase is None:
            continue
        spans.append((phase, start, here))
        start = last = here
        if boundary.kind is BoundaryKind.ESCAPE:
            grows = here >= spans[0][1]
            spans.append((Phase.DIVERGENT, here, math.inf if grows else -math.inf))
    return tuple(spans) if last is not None else ()


def _spread(places: Sequence[float], room: float, lowest: float, highest: float) -> list[float]:
    """Move places apart until neighbours are ``room`` apart, with the least squared displacement.

    Less the room that is taken up before it, each place may only keep the order: isotonic regression by pooling
    (Ayer et al., Ann. Math. Statist. 26, 1955).
    """
    order = sorted(range(len(places)), key=lambda k: places[k])
    pools: list[tuple[float, int]] = []  # (mean, how many)
    for rank, k in enumerate(order):
        mean, count = places[k] - rank * room, 1
        while pools and pools[-1][0] > mean:
            before, size = pools.pop()
            mean, count = (mean * count + before * size) / (count + size), count + size
        pools.append((mean, count))
    means = [mean for mean, count in pools for _ in range(count)]
    moved = [0.0] * len(places)
    for rank, k in enumerate(order):
        moved[k] = min(max(means[rank], lowest), highest - room * (len(places) - 1)) + rank * room
    return moved


def _color(phase: Phase) -> str:
    return PHASE_STYLES[phase].color if phase in PHASE_STYLES else _PALE


def _on(phase: Phase) -> str:
    """Colour of text on a phase's colour: contrast of 5 to 1 or better."""
    return "#ffffff" if phase is Phase.MONOTONIC else "#000000"


def _superscript(power: int) -> str:
    return "10" + str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _log_ticks(axis: Any) -> None:
    """Powers of ten written in plain characters: nothing in these pictures is read as mathematics."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

    axis.set_major_locator(LogLocator(base=10, numticks=7))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: _superscript(round(math.log10(value))) if value > 0 else "0")
    )


# ------------------------------------------------------------------------------------------------ bifurcation diagram


def bifurcation_diagram(
    boundaries: Boundaries,
    ax: Axes | None = None,
    *,
    columns: int = 1500,
    rows: int = 800,
    keep: int = 2400,
    transient: int = 800,
) -> Axes:
    """Draw where the orbit of the free critical point ends up, over all phases, with the exact boundaries marked.

    Parameters
    ----------
    boundaries : Boundaries
        With an escape or, failing that, a crisis or an onset, so that the range of parameters is known.
    ax : matplotlib.axes.Axes, optional
        A new figure's when left out.
    columns, rows : int
        Resolution: parameters, and cells of the variable in which points are counted.
    keep, transient : int
        Steps drawn and steps thrown away before them.

    Returns
    -------
    matplotlib.axes.Axes
        Boundary number k is the line with gid ``boundary-k``, at the boundary's exact value.

    Certainty
    ---------
    The orbits are float orbits; the lines stand at the exact or certified values.

    Raises
    ------
    InputError
        When there are no boundaries.

    References
    ----------
    Singer, SIAM J. Appl. Math. 35, 1978: with negative Schwarzian derivative the critical orbit finds every attractor.
    """
    if not len(boundaries):
        raise InputError("boundaries", str(boundaries.family), "must hold at least one boundary")
    axes = ax if ax is not None else new_axes(7.2, 5.6, header=2.0)
    places = [float(boundary) for boundary in boundaries]
    low, high = min(places), max(places)
    margin = (high - low) * 0.1 or 1.0
    span = (low, high + margin) if boundaries.direction > 0 else (low - margin, high)
    parameters = np.linspace(*span, columns)
    orbits = [
        orbit_diagram(boundaries.reduced_family, list(parameters), list(starts), transient=transient, keep=keep)
        for starts in _critical_points(boundaries.reduced_family, parameters)
    ]
    values = np.concatenate(orbits, axis=1)
    bottom, top = _value_range(values)
    spans = phase_spans(boundaries)
    with _style():
        axes.imshow(
            _density(values, parameters, bottom, top, rows, spans),
            extent=(*span, bottom, top),
            origin="lower",
            aspect="auto",
            interpolation="antialiased",
            rasterized=True,
            zorder=2,
        )
        for number, boundary in enumerate(boundaries):
            axes.axvline(float(boundary), color=INK, linewidth=0.6, alpha=0.6, zorder=1, gid=f"boundary-{number}")
        axes.set_xlim(*span)
        axes.set_ylim(bottom, top)
        variable, parameter = boundaries.reduced_family.variable, boundaries.family.parameter
        what = "rescaled residual " if str(variable) == "z" and str(parameter) == "a" else ""
        means = " (a = ½ step size × sharpness)" if what else ""
        axes.set_xlabel(f"{parameter}{means}", parse_math=False)
        axes.set_ylabel(f"{what}{variable} in the long run", parse_math=False)
        strip = _phase_header(axes, spans, span)
        _boundary_header(axes, boundaries, span, 1.02 + strip)
    return axes


def _critical_points(family: PolynomialFamily, parameters: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """The free critical points over many parameters, in floats: NaN where one is not real."""
    found = []
    for factor in family.free_critical_factors:
        degree = factor.degrees()[0]
        coefficients = np.zeros((degree + 1, parameters.size))
        for (power, order), value in exact_terms(factor).items():
            coefficients[power] += float(value) * parameters**order
        points = np.full((degree, parameters.size), np.nan)
        for k in range(parameters.size):
            column = np.trim_zeros(coefficients[::-1, k], "f")
            roots = np.roots(column)
            real = np.sort(roots[np.abs(roots.imag) < 1e-12].real)
            points[: real.size, k] = real
        found += list(points)
    return found


def _value_range(values: NDArray[np.float64]) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return -1.0, 1.0
    low, high = (float(end) for end in np.quantile(finite, [0.0005, 0.9995]))
    pad = 0.06 * (high - low) or 1.0
    return low - pad, high + pad


def _density(
    values: NDArray[np.float64],
    parameters: NDArray[np.float64],
    bottom: float,
    top: float,
    rows: int,
    spans: Sequence[tuple[Phase, float, float]],
) -> NDArray[np.float64]:
    """Image of shape (rows, columns, 4): each point a translucent dot, in the colour of its phase."""
    from matplotlib.colors import to_rgb

    columns = parameters.size
    with np.errstate(invalid="ignore"):
        cell = np.floor((values - bottom) / (top - bottom) * rows)
    inside = (cell >= 0) & (cell < rows)  # NaN is outside
    column = np.broadcast_to(np.arange(columns)[:, None], values.shape)
    flat = np.where(inside, cell, 0).astype(np.int64) * columns + column
    counts = np.bincount(flat[inside], minlength=rows * columns).reshape(rows, columns).astype(np.float64)
    share = counts / values.shape[1] * rows
    padded = np.pad(share, ((1, 1), (0, 0)))
    share = np.maximum(share, 0.5 * np.maximum(padded[:-2], padded[2:]))  # a dot is a little taller than its cell
    image = np.zeros((rows, columns, 4))
    image[..., 3] = 1 - np.exp(-0.95 * share)
    image[..., :3] = to_rgb(_PALE)
    for phase, start, end in spans:
        chosen = (parameters > min(start, end)) & (parameters <= max(start, end))
        image[:, chosen, :3] = to_rgb(_color(phase))
    return image


def _width_in_inches(axes: Axes) -> float:
    figure = axes.get_figure(root=True)
    return float(figure.get_figwidth()) * axes.get_position().width if figure is not None else 5.0


def _height_in_inches(axes: Axes) -> float:
    figure = axes.get_figure(root=True)
    return float(figure.get_figheight()) * axes.get_position().height if figure is not None else 3.0


def _clipped(spans: Sequence[tuple[Phase, float, float]], ends: tuple[float, float]) -> list[_Span]:
    found = []
    for phase, start, end in spans:
        left, right = max(min(start, end), ends[0]), min(max(start, end), ends[1])
        if left < right:
            found.append(_Span(phase=phase, start=left, end=right))
    return found


def _phase_header(axes: Axes, spans: Sequence[tuple[Phase, float, float]], ends: tuple[float, float]) -> float:
    """A strip above the plot with the names of the phases; returns its height in units of the plot's."""
    inches = _width_in_inches(axes) / (ends[1] - ends[0])
    shown = _clipped(spans, ends)
    upright = any((each.end - each.start) * inches < 0.058 * len(str(each.phase)) for each in shown)
    height = (0.72 if upright else 0.17) / _height_in_inches(axes)
    strip = axes.inset_axes((0.0, 1.012, 1.0, height))
    strip.set_xlim(*ends)
    strip.set_ylim(0, 1)
    strip.set_axis_off()
    for each in shown:
        strip.axvspan(each.start, each.end, color=_color(each.phase), alpha=0.9, linewidth=0)
        strip.text(
            (each.start + each.end) / 2,
            0.5,
            str(each.phase),
            ha="center",
            va="center",
            rotation=90 if upright else 0,
            fontsize=7.2,
            color=_on(each.phase),
            gid=f"on-{each.phase}",
        )
    return height


def _boundary_header(axes: Axes, boundaries: Boundaries, ends: tuple[float, float], base: float) -> None:
    """Upright labels above the strip, spread out, each led to its line."""
    inches = _width_in_inches(axes)
    room = 0.165 / inches * (ends[1] - ends[0])
    named = inches > 4.5
    places = [float(boundary) for boundary in boundaries]
    labels = axes.inset_axes((0.0, base, 1.0, 0.2 / _height_in_inches(axes)))
    labels.set_xlim(*ends)
    labels.set_ylim(0, 1)
    labels.set_axis_off()
    for boundary, place, moved in zip(boundaries, places, _spread(places, room, *ends), strict=True):
        labels.plot([place, place, moved, moved], [0, 0.15, 0.75, 0.95], color=INK, linewidth=0.6, clip_on=False)
        labels.text(
            moved,
            1.05,
            boundary_label(boundary) + (f" · {_short_name(boundary)}" if named else ""),
            ha="center",
            va="bottom",
            rotation=90,
            fontsize=7.5,
            parse_math=False,
        )


def describe_bifurcation_diagram(boundaries: Boundaries) -> str:
    """Put the bifurcation diagram in words.

    Parameters
    ----------
    boundaries : Boundaries

    Returns
    -------
    str
    """
    phases = ", ".join(
        f"{phase} from {start:.4g}" + (f" to {end:.4g}" if math.isfinite(end) else " on")
        for phase, start, end in phase_spans(boundaries)
    )
    marks = "; ".join(f"{_short_name(boundary)} at {boundary_label(boundary)}" for boundary in boundaries)
    return (
        f"Bifurcation diagram: the values that the orbit of the critical point visits in the long run, over the "
        f"parameter {boundaries.family.parameter}. One value at first, then two, four, eight, then bands that fill "
        f"up and merge. Phases: {phases}. Vertical lines mark the exact boundaries: {marks}."
    )


# ------------------------------------------------------------------------------------------------------------- cobweb


def cobweb(
    family: PolynomialFamily,
    parameter: Fraction,
    ax: Axes | None = None,
    *,
    start: float = 0.5,
    steps: int = 60,
    phase: Phase | None = None,
    within: tuple[float, float] | None = None,
) -> Axes:
    """Draw an orbit as a cobweb between the graph of the map and the diagonal.

    Parameters
    ----------
    family : PolynomialFamily
    parameter : Fraction
        The parameter, exactly.
    ax : matplotlib.axes.Axes, optional
        A new figure's when left out.
    start : float
        Where the orbit starts.
    steps : int
        How many steps are drawn; fewer when the orbit leaves the picture.
    phase : Phase, optional
        Gives colour, line style and title.
    within : (float, float), optional
        Range of both axes; by default what the orbit visits, with a margin.

    Returns
    -------
    matplotlib.axes.Axes

    Certainty
    ---------
    A float orbit, for the eye.
    """
    axes = ax if ax is not None else new_axes(3.3, 3.22)
    points = _orbit(family, parameter, start, steps)
    low, high = within if within is not None else _padded(points)
    path_x, path_y = [points[0]], [points[0]]
    for here, there in pairwise(points):
        path_x += [here, there]
        path_y += [there, there]
        if not low <= there <= high:
            break
    style = PHASE_STYLES.get(phase) if phase is not None else None
    color = style.color if style else INK
    grid = np.linspace(low, high, 400)
    exact: tuple[Fraction, ...] = family.at(parameter)
    coefficients = [float(value) for value in exact]
    variable = str(family.variable)
    with _style():
        axes.plot([low, high], [low, high], color=_PALE, linewidth=0.8, gid="diagonal")
        axes.plot(grid, np.polynomial.polynomial.polyval(grid, coefficients), color=INK, linewidth=1.4, gid="graph")
        axes.plot(path_x, path_y, color=color, linewidth=0.9, linestyle="-", alpha=0.85, gid="cobweb")
        axes.plot([points[0]], [points[0]], marker="o", markersize=4.5, color=color, linestyle="", gid="start")
        axes.set_xlim(low, high)
        axes.set_ylim(low, high)
        axes.set_aspect("equal")
        axes.set_xlabel(f"{variable} at step t", parse_math=False)
        axes.set_ylabel(f"{variable} at step t + 1", parse_math=False)
        name = f"{phase}, " if phase is not None else ""
        axes.set_title(f"{name}{family.parameter} = {_short_number(parameter)}", loc="left", parse_math=False)
    return axes


def _orbit(family: PolynomialFamily, parameter: Fraction, start: float, steps: int) -> list[float]:
    kept = orbit_diagram(family, [float(parameter)], [start], transient=0, keep=max(steps, 1))[0]
    return [start, *(float(value) for value in kept[np.isfinite(kept)])]


def _padded(points: Sequence[float]) -> tuple[float, float]:
    inside = [point for point in points if abs(point) < 1e3]
    low, high = min(inside, default=-1.0), max(inside, default=1.0)
    pad = 0.08 * (high - low) or 1.0
    return low - pad, high + pad


def _short_number(value: Fraction | float) -> str:
    return f"{float(value):.4g}".replace("-", "−")


def describe_cobweb(
    family: PolynomialFamily, parameter: Fraction, *, start: float = 0.5, steps: int = 60, phase: Phase | None = None
) -> str:
    """Put a cobweb in words.

    Parameters
    ----------
    family, parameter, start, steps, phase
        As for :func:`cobweb`.

    Returns
    -------
    str
    """
    points = _orbit(family, parameter, start, steps)
    told = ", ".join(f"{point:.3g}" for point in points[:6])
    name = f"{phase} phase, " if phase is not None else ""
    fate = {
        Phase.MONOTONIC: "The staircase closes in on the fixed point, each step nearer than the last.",
        Phase.CATAPULT: "The orbit first moves away from the fixed point, then spirals into it.",
        Phase.PERIODIC: "The orbit settles on a cycle and goes round it for ever.",
        Phase.CHAOTIC: "The orbit never settles: it fills a whole band.",
        Phase.DIVERGENT: "The orbit leaves the picture: it runs off to infinity.",
    }
    end = fate.get(phase, "") if phase is not None else ""
    return f"Cobweb of the map, {name}{family.parameter} = {float(parameter):.4g}: {told}, … {end}".rstrip()


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
    times, losses = _losses(descent, run)
    axes = ax if ax is not None else new_axes(3.3, 2.3)
    style = PHASE_STYLES.get(phase) if phase is not None else None
    color = style.color if style else INK
    line = style.line if style else "-"
    floor = max(float(losses.max()) * _FLOOR, 1e-300)
    shown = np.where(losses >= floor, losses, np.nan)  # below is rounding
    rises = np.flatnonzero(losses[1:] > losses[:-1] * (1 + 1e-9)) + 1
    with _style():
        axes.plot(times, shown, color=color, linestyle=line, linewidth=1.5, gid="loss")
        axes.plot(
            times[rises], shown[rises], linestyle="", marker="^", markersize=3.4, markerfacecolor="none",
            markeredgecolor=INK, markeredgewidth=0.6, gid="rises",
        )  # fmt: skip
        if descent.escape_step[run] >= 0:
            axes.plot([times[-1]], [shown[-1]], marker="x", markersize=7, color=INK, linestyle="", gid="escape")
        axes.set_yscale("log")
        _log_ticks(axes.yaxis)
        axes.set_xlabel("step t")
        axes.set_ylabel("loss L")
        name = f"{phase}, " if phase is not None else ""
        axes.set_title(f"{name}η = {_short_number(descent.step_sizes[run])}", loc="left", parse_math=False)
    return axes


def _losses(descent: Descent, run: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    if isinstance(run, bool) or not isinstance(run, int) or not 0 <= run < len(descent.step_sizes):
        raise InputError("run", run, f"must be an integer from 0 to {len(descent.step_sizes) - 1}")
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


# -------------------------------------------------------------------------------------------------------- phase strip


def phase_strip(
    boundaries: Sequence[Boundary | StepBoundary], ax: Axes | None = None, *, marked: float | None = None
) -> Axes:
    """Draw the phases as one strip, in units of the parameter or of one problem's step size.

    Parameters
    ----------
    boundaries : sequence of Boundary or StepBoundary
        In phase order.
    ax : matplotlib.axes.Axes, optional
        A new figure's when left out.
    marked : float, optional
        A value to point at, in the same units.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    InputError
        When no phase has an end.
    """
    spans = phase_spans(boundaries)
    if not spans:
        raise InputError("boundaries", boundaries, "must hold the end of at least one phase")
    in_steps = any(isinstance(each, StepBoundary) for each in boundaries)
    axes = ax if ax is not None else new_axes(7.2, 1.25, header=0.34, footer=0.56, left=0.12)
    finite = [end for _, start, end in spans for end in (start, end) if math.isfinite(end)]
    low, high = min(finite), max(finite)
    reach = 0.14 * (high - low)
    ends = (low, max(high + reach, 1.06 * marked if marked is not None and marked <= 3 * high else high + reach))
    if spans[-1][2] == -math.inf:
        ends = (low - reach, high)
    inches = _width_in_inches(axes) / (ends[1] - ends[0])
    with _style():
        for each in _clipped(spans, ends):
            axes.axvspan(
                each.start, each.end, color=_color(each.phase), alpha=0.95, linewidth=0, gid=f"phase-{each.phase}"
            )
            name = str(each.phase)
            fits = (each.end - each.start) * inches > 0.062 * len(name)
            axes.text(
                (each.start + each.end) / 2, 0.5, name, ha="center", va="center", fontsize=8,
                rotation=0 if fits else 90, gid=f"on-{each.phase}",
                color=_on(each.phase),
            )  # fmt: skip
        inner = [end for _, _, end in spans if math.isfinite(end)]
        axes.set_xticks([spans[0][1], *inner], [f"{tick:.4g}" for tick in (spans[0][1], *inner)])
        _stagger(axes, [spans[0][1], *inner], inches)
        axes.set_xlim(*ends)
        axes.set_ylim(0, 1)
        axes.set_yticks([])
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        axes.set_xlabel("step size η" if in_steps else _parameter_name(boundaries), parse_math=False)
        if marked is not None:
            beyond = marked > ends[1]
            axes.annotate(
                f"{'η' if in_steps else 'here'} = {_short_number(marked)}{' →' if beyond else ''}",
                (min(marked, ends[1]), 1.0),
                xytext=(0, 9),
                textcoords="offset points",
                ha="right" if min(marked, ends[1]) > 0.8 * ends[1] else "center",
                va="bottom",
                fontsize=9,
                fontweight="bold",
                arrowprops={"arrowstyle": "-|>", "color": INK, "shrinkA": 0, "shrinkB": 0},
                annotation_clip=False,
                gid="marked",
            )
    return axes


def _stagger(axes: Axes, ticks: Sequence[float], inches: float) -> None:
    """Lower every tick label that would run into the one before it."""
    lowered = False
    for k in range(1, len(ticks)):
        close = abs(ticks[k] - ticks[k - 1]) * inches < 0.6
        lowered = close and not lowered
        axes.xaxis.get_major_ticks()[k].set_pad(14 if lowered else 3)


def _parameter_name(boundaries: Sequence[Boundary | StepBoundary]) -> str:
    first = boundaries[0]
    family = (first.boundary if isinstance(first, StepBoundary) else first).family
    return str(family.parameter)


def describe_phase_strip(boundaries: Sequence[Boundary | StepBoundary], *, marked: float | None = None) -> str:
    """Put a phase strip in words.

    Parameters
    ----------
    boundaries, marked
        As for :func:`phase_strip`.

    Returns
    -------
    str
    """
    in_steps = any(isinstance(each, StepBoundary) for each in boundaries)
    unit = "step size η" if in_steps else _parameter_name(boundaries)
    phases = ", ".join(
        f"{phase} from {start:.4g}" + (f" to {end:.4g}" if math.isfinite(end) else " on")
        for phase, start, end in phase_spans(boundaries)
    )
    here = f" The value {marked:.4g} is marked." if marked is not None else ""
    return f"Strip of the phases over the {unit}: {phases}.{here}"


# ------------------------------------------------------------------------------------------------------ sample scales


def sample_scales(problem: ProblemClassification, ax: Axes | None = None) -> Axes:
    """Draw the a of every sample of a problem on a logarithmic axis, before a background of the phases.

    Parameters
    ----------
    problem : ProblemClassification
    ax : matplotlib.axes.Axes, optional
        A new figure's when left out.

    Returns
    -------
    matplotlib.axes.Axes
        The samples are sorted by a; those with a ≤ 0 have no place on the axis and are counted in words.
    """
    axes = ax if ax is not None else new_axes(7.2, 3.4)
    ranked = sorted((sample for sample in problem if sample.scale > 0), key=lambda sample: -sample.scale)
    scales = np.array([float(sample.scale) for sample in ranked])
    spans = phase_spans(residual_boundaries())
    low = float(scales.min()) / 3 if scales.size else 1e-3
    high = max(4.0, float(scales.max()) * 2 if scales.size else 4.0)
    with _style():
        for phase, start, end in spans:
            left, right = max(start, low), min(end, high)
            axes.axvspan(left, right, color=_color(phase), alpha=0.22, linewidth=0, gid=f"phase-{phase}")
            if math.isfinite(end):
                axes.axvline(end, color=INK, linewidth=0.6, alpha=0.7, gid=f"end-of-{phase}")
        for phase in dict.fromkeys(sample.classification.phase for sample in ranked):
            chosen = [k for k, sample in enumerate(ranked) if sample.classification.phase is phase]
            size = 4.2 if len(ranked) < 400 else 2.0
            axes.plot(
                scales[chosen], np.array(chosen) + 1, linestyle="", marker="o", markersize=size,
                color=_color(phase), markeredgecolor=INK, markeredgewidth=0.35, rasterized=len(ranked) > 2000,
                gid=f"samples-{phase}",
            )  # fmt: skip
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        count = max(len(ranked), 1)
        axes.set_ylim(1.04 * count + 0.6, 0.4 - 0.04 * count)
        nice = max(1, round(count / 4, 1 - len(str(count // 4))))
        axes.set_yticks(sorted({1, *range(int(nice), count + 1, int(nice))}))
        _phase_legend(axes, [phase for phase, start, _ in spans if start < high])
        _log_ticks(axes.xaxis)
        axes.set_xlabel(f"a of the sample at η = {_short_number(problem.step_size)}", parse_math=False)
        axes.set_ylabel("samples, largest a first")
        missing = len(problem.samples) - len(ranked)
        if missing:
            axes.set_title(f"{missing} samples with a ≤ 0 are not shown", loc="left")
    return axes


def _phase_legend(axes: Axes, phases: Sequence[Phase]) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(facecolor=_color(phase), edgecolor=INK, linewidth=0.35, label=str(phase)) for phase in phases]
    axes.legend(handles=handles, loc="upper left", frameon=False, fontsize=8, handlelength=1.2, handleheight=0.9)


def describe_sample_scales(problem: ProblemClassification) -> str:
    """Put the picture of the samples' scales in words.

    Parameters
    ----------
    problem : ProblemClassification

    Returns
    -------
    str
    """
    counts: dict[str, int] = {}
    for sample in problem:
        counts[str(sample.classification.phase)] = counts.get(str(sample.classification.phase), 0) + 1
    scales = [float(sample.scale) for sample in problem]
    told = ", ".join(f"{count} {phase}" for phase, count in counts.items())
    return (
        f"The parameter a of each of {len(scales)} samples at step size {float(problem.step_size):.4g}, on a "
        f"logarithmic axis with the phases as background: from {min(scales):.2g} to {max(scales):.2g}; {told}."
    )
