"""Pictures of the map: bifurcation diagram and cobweb."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from symphase.arguments import check_memory, instance, interval, number, to_float, whole
from symphase.boundaries import Boundaries, Boundary, BoundaryKind
from symphase.errors import InputError
from symphase.formulas import exact_rational
from symphase.maps import float_roots
from symphase.notation import formula_text
from symphase.orbits import orbit_diagram
from symphase.phases import Phase
from symphase.plots.spans import boundary_label, clipped, phase_spans, short_name
from symphase.plots.style import (
    INK,
    PALE,
    PHASE_STYLES,
    axes_for,
    check_phase,
    color_of,
    height_in_inches,
    house_style,
    short_number,
    text_on,
    upright_labels,
    width_in_inches,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from symphase.maps import PolynomialFamily

# ------------------------------------------------------------------------------------------------ bifurcation diagram

_FINEST: Final = 20_000  # columns, rows or steps in one picture


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
    if not len(instance(boundaries, Boundaries, "boundaries", "take them from find_boundaries")):
        said = "must hold at least one boundary"
        raise InputError("boundaries", str(boundaries.family), said, "search for them without limits")
    columns, rows = whole(columns, "columns", least=2, most=_FINEST), whole(rows, "rows", least=2, most=_FINEST)
    keep, transient = whole(keep, "keep", least=1), whole(transient, "transient", least=0)
    check_memory(3 * columns * keep, "columns and keep", f"{columns} × {keep}")
    axes = axes_for(ax, 7.2, 5.6, header=2.0)
    places = [float(boundary) for boundary in boundaries]
    low, high = min(places), max(places)
    margin = (high - low) * 0.1 or 1.0
    span = (low, high + margin) if boundaries.direction > 0 else (low - margin, high)
    parameters = np.linspace(*span, columns)
    orbits = critical_orbits(boundaries, parameters, transient=transient, keep=keep)
    values = np.concatenate(orbits, axis=1)
    bottom, top = _value_range(values)
    spans = phase_spans(boundaries)
    with house_style():
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
        axes.set_xlabel(f"{formula_text(parameter)}{means}", parse_math=False)
        axes.set_ylabel(f"{what}{formula_text(variable)} in the long run", parse_math=False)
        strip = _phase_header(axes, spans, span)
        _boundary_header(axes, boundaries, span, 1.02 + strip)
    return axes


def critical_orbits(
    boundaries: Boundaries, parameters: NDArray[np.float64], *, transient: int, keep: int
) -> list[NDArray[np.float64]]:
    """Late points of the orbit of each free critical point, shape (parameters, keep); NaN where one is not real."""
    found = []
    family = boundaries.reduced_family
    for starts in story_points(boundaries, parameters):
        orbits = np.full((parameters.size, keep), np.nan)
        real = np.isfinite(starts)
        if real.any():
            orbits[real] = orbit_diagram(
                family, list(parameters[real]), list(starts[real]), transient=transient, keep=keep
            )
        found.append(orbits)
    return found


def story_points(boundaries: Boundaries, parameters: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """The free critical points of the map that is analysed; where that is the map of a square, none below zero."""
    found = critical_points(boundaries.reduced_family, parameters)
    if boundaries.reduced_family == boundaries.family:
        return found
    return [np.where(points >= 0, points, np.nan) for points in found]


def critical_points(family: PolynomialFamily, parameters: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """The free critical points over many parameters: NaN where one is not real."""
    found = []
    for factor in family.free_critical_factors:
        points = np.full((factor.degrees()[0], parameters.size), np.nan)
        for k, parameter in enumerate(parameters):
            with suppress(OverflowError):  # beyond floats: left NaN
                real = sorted(root.real for root in float_roots(factor, parameter) if abs(root.imag) < 1e-12)
                points[: len(real), k] = real
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
    image[..., :3] = to_rgb(PALE)
    for phase, start, end in spans:
        chosen = (parameters > min(start, end)) & (parameters <= max(start, end))
        image[:, chosen, :3] = to_rgb(color_of(phase))
    return image


def _phase_header(axes: Axes, spans: Sequence[tuple[Phase, float, float]], ends: tuple[float, float]) -> float:
    """A strip above the plot with the names of the phases; returns its height in units of the plot's."""
    inches = width_in_inches(axes) / (ends[1] - ends[0])
    shown = clipped(spans, ends)
    upright = any((each.end - each.start) * inches < 0.058 * len(str(each.phase)) for each in shown)
    height = (0.72 if upright else 0.17) / height_in_inches(axes)
    strip = axes.inset_axes((0.0, 1.012, 1.0, height))
    strip.set_xlim(*ends)
    strip.set_ylim(0, 1)
    strip.set_axis_off()
    for each in shown:
        strip.axvspan(each.start, each.end, color=color_of(each.phase), alpha=0.9, linewidth=0)
        strip.text(
            (each.start + each.end) / 2,
            0.5,
            str(each.phase),
            ha="center",
            va="center",
            rotation=90 if upright else 0,
            fontsize=7.2,
            color=text_on(each.phase),
            gid=f"on-{each.phase}",
        )
    return height


def _boundary_header(axes: Axes, boundaries: Sequence[Boundary], ends: tuple[float, float], base: float) -> None:
    """Upright labels above the strip, spread out, each led to its line."""
    named = width_in_inches(axes) > 4.5
    labels = [boundary_label(boundary) + (f" · {short_name(boundary)}" if named else "") for boundary in boundaries]
    upright_labels(axes, [float(boundary) for boundary in boundaries], labels, ends, base)


def describe_bifurcation_diagram(boundaries: Boundaries) -> str:
    """Put the bifurcation diagram in words.

    Parameters
    ----------
    boundaries : Boundaries

    Returns
    -------
    str
    """
    instance(boundaries, Boundaries, "boundaries", "take them from find_boundaries")
    phases = ", ".join(
        f"{phase} from {start:.4g}" + (f" to {end:.4g}" if math.isfinite(end) else " on")
        for phase, start, end in phase_spans(boundaries)
    )
    marks = "; ".join(f"{short_name(boundary)} at {boundary_label(boundary)}" for boundary in boundaries)
    whole = any(boundary.kind is BoundaryKind.ONSET for boundary in boundaries)
    looks = " One value at first, then two, four, eight, then bands that fill up and merge." if whole else ""
    known = f" Phases: {phases}." if phases else ""
    return (
        f"Bifurcation diagram: the values that the orbits of the critical points visit in the long run, over the "
        f"parameter {formula_text(boundaries.family.parameter)}.{looks}{known} Vertical lines mark the exact "
        f"boundaries: {marks}."
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
    axes = axes_for(ax, 3.3, 3.22)
    check_phase(phase)
    parameter = exact_rational(parameter, "parameter")
    points = _orbit(family, parameter, start, steps)
    low, high = (to_float(end, "within") for end in interval(within)) if within is not None else _padded(points)
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
    coefficients = [to_float(value, "parameter") for value in exact]
    variable = formula_text(family.variable)
    with house_style():
        axes.plot([low, high], [low, high], color=PALE, linewidth=0.8, gid="diagonal")
        axes.plot(grid, np.polynomial.polynomial.polyval(grid, coefficients), color=INK, linewidth=1.4, gid="graph")
        axes.plot(path_x, path_y, color=color, linewidth=0.9, linestyle="-", alpha=0.85, gid="cobweb")
        axes.plot([points[0]], [points[0]], marker="o", markersize=4.5, color=color, linestyle="", gid="start")
        axes.set_xlim(low, high)
        axes.set_ylim(low, high)
        axes.set_aspect("equal")
        axes.set_xlabel(f"{variable} at step t", parse_math=False)
        axes.set_ylabel(f"{variable} at step t + 1", parse_math=False)
        name = f"{phase}, " if phase is not None else ""
        axes.set_title(
            f"{name}{formula_text(family.parameter)} = {short_number(parameter)}", loc="left", parse_math=False
        )
    return axes


def _orbit(family: PolynomialFamily, parameter: Fraction, start: float, steps: int) -> list[float]:
    count = max(whole(steps, "steps", least=0, most=_FINEST), 1)
    start = number(start, "start")
    kept = orbit_diagram(family, [to_float(parameter, "parameter")], [start], transient=0, keep=count)[0]
    return [start, *(float(value) for value in kept[np.isfinite(kept)])]


def _padded(points: Sequence[float]) -> tuple[float, float]:
    inside = [point for point in points if abs(point) < 1e3]
    low, high = min(inside, default=-1.0), max(inside, default=1.0)
    pad = 0.08 * (high - low) or 1.0
    return low - pad, high + pad


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
    check_phase(phase)
    parameter = exact_rational(parameter, "parameter")
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
    symbol = formula_text(family.parameter)
    return f"Cobweb of the map, {name}{symbol} = {float(parameter):.4g}: {told}, … {end}".rstrip()
