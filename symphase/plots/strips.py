"""Phases over one axis: the strip of a problem's phases, and where its samples stand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from symphase.arguments import instance, number, sequence
from symphase.boundaries import Boundary, BoundaryKind
from symphase.errors import InputError
from symphase.notation import formula_text
from symphase.phases import Phase, ProblemClassification, StepBoundary, residual_boundaries, residual_family
from symphase.plots.spans import Span, clipped, exact_label, known_boundaries, phase_ended, phase_spans
from symphase.plots.style import (
    INK,
    LABEL,
    SMALL,
    axes_for,
    color_of,
    height_in_inches,
    house_style,
    inner_number,
    log_ticks,
    short_number,
    spread,
    style_of,
    text_on,
    text_width,
    width_in_inches,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# -------------------------------------------------------------------------------------------------------- phase strip


UNITS: Final = {"a": "a of the sample", "ηλ": "step size × sharpness ηλ", "η": "step size η"}
_NAMES: Final = {"a": "a", "ηλ": "ηλ", "eta lambda": "ηλ", "η": "η", "eta": "η"}


def phase_strip(
    boundaries: Sequence[Boundary | StepBoundary],
    ax: Axes | None = None,
    *,
    marked: float | None = None,
    units: Sequence[str] | None = None,
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
    units : sequence of {"a", "ηλ", "η"}, optional
        Write where each phase ends in each of these, one row of exact labels under the other; "eta lambda" and "eta"
        are other spellings.  "η" needs StepBoundary, "ηλ" (step size × sharpness at a minimum that fits one datum,
        which is 2a) the residual map.

    Returns
    -------
    matplotlib.axes.Axes
        A row's labels have the gids ``ηλ-0``, ``ηλ-1``, … in phase order.

    Raises
    ------
    InputError
        When no phase has an end, or for units that the boundaries do not have.
    """
    boundaries = known_boundaries(boundaries)
    marked = None if marked is None else number(marked, "marked")
    rows = _rows(boundaries, units) if units is not None else []
    spans = phase_spans(boundaries)
    if not spans:
        said = "must hold the end of at least one phase"
        raise InputError("boundaries", boundaries, said, "give all that find_boundaries found")
    in_steps = any(isinstance(each, StepBoundary) for each in boundaries)
    footer = 0.56 if not rows else 0.5 + 0.15 * len(rows)
    axes = axes_for(ax, 7.2, 0.69 + footer, header=0.34, footer=footer, left=0.12 if not rows else 0.32)
    finite = [end for _, start, end in spans for end in (start, end) if math.isfinite(end)]
    low, high = min(finite), max(finite)
    reach = 0.14 * (high - low)
    ends = (low, max(high + reach, 1.06 * marked if marked is not None and marked <= 3 * high else high + reach))
    if spans[-1][2] == -math.inf:
        ends = (low - reach, high)
    inches = width_in_inches(axes) / (ends[1] - ends[0])
    with house_style():
        for each in clipped(spans, ends):
            axes.axvspan(
                each.start, each.end, color=color_of(each.phase), alpha=0.95, linewidth=0, gid=f"phase-{each.phase}"
            )
            name, size, turned = _fitted(axes, each, inches)
            axes.text(
                (each.start + each.end) / 2,
                0.5,
                name,
                ha="center",
                va="center",
                fontsize=size,
                rotation=90 if turned else 0,
                gid=f"on-{each.phase}",
                color=text_on(each.phase),
            )
        inner = [end for _, _, end in spans if math.isfinite(end)]
        up = spans[-1][2] == -math.inf
        axes.set_xticks([spans[0][1], *inner], [inner_number(tick, up=up) for tick in (spans[0][1], *inner)])
        if rows:
            _write_rows(axes, [spans[0][1], *inner], rows, ends)
        else:
            _stagger(axes, [spans[0][1], *inner], inches)
        axes.set_xlim(*ends)
        axes.set_ylim(0, 1)
        axes.set_yticks([])
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        if not rows:
            axes.set_xlabel("step size η" if in_steps else _parameter_name(boundaries), parse_math=False)
        if marked is not None:
            beyond = marked > ends[1]
            axes.annotate(
                f"{'η' if in_steps else _parameter_name(boundaries)} = {short_number(marked)}{' →' if beyond else ''}",
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


def _fitted(axes: Axes, span: Span, inches: float) -> tuple[str, float, bool]:
    """The name of a phase, the size at which it fits on its piece, and whether it is turned; its letter if need be."""
    name, room = str(span.phase), (span.end - span.start) * inches
    if room > 0.062 * len(name):
        return name, 8, False
    if text_width(name, SMALL) + 0.06 < height_in_inches(axes) and room > 0.13:
        return name, SMALL, True
    return style_of(span.phase).letter, SMALL, False


def _rows(boundaries: Sequence[Boundary | StepBoundary], units: Sequence[str]) -> list[tuple[str, list[str]]]:
    """For each unit, the labels of the start and of every phase's end."""
    accepted = 'must be a sequence of "a", "ηλ" (or "eta lambda") and "η" (or "eta")'
    given = sequence(units, "units", accepted, 'as ["a"]')
    if not given or any(not isinstance(unit, str) or unit not in _NAMES for unit in given):
        raise InputError("units", units, accepted, 'as ["a"]')
    names = list(dict.fromkeys(_NAMES[unit] for unit in units))
    if "η" in names and not all(isinstance(each, StepBoundary) for each in boundaries):
        raise InputError(
            "units", units, "needs boundaries in step sizes for η", "give step_boundaries(a per step size)"
        )
    of_map = [each.boundary if isinstance(each, StepBoundary) else each for each in boundaries]
    if "ηλ" in names and any(boundary.family != residual_family() for boundary in of_map):
        raise InputError("units", units, "ηλ is 2a for the residual map alone", "leave it out")
    start = next((each for each in of_map if each.kind is BoundaryKind.STABILITY), None)
    at_start = exact_label(start.algebraic, start.enclose(64)[0]) if start is not None else "0"
    found: list[tuple[str, list[str]]] = []
    for name in names:
        labels = [at_start]  # 0 in every unit, wherever there is more than one
        for each, boundary in zip(boundaries, of_map, strict=True):
            if phase_ended(boundary) is None:
                continue
            exact, lower = boundary.algebraic, boundary.enclose(64)[0]
            if name == "ηλ":
                exact, lower = exact.affine(2) if exact is not None else None, 2 * lower
            elif name == "η" and isinstance(each, StepBoundary):
                exact, lower = each.value, each.value.enclose(64)[0] if each.value is not None else each.bounds[0]
            labels.append(exact_label(exact, lower))
        found.append((name, labels))
    return found


def _write_rows(
    axes: Axes, ticks: Sequence[float], rows: Sequence[tuple[str, list[str]]], ends: tuple[float, float]
) -> None:
    """A small table under the strip: one column for each tick, led to it, and one row for each unit."""
    inches, tall = width_in_inches(axes), height_in_inches(axes)
    widest = max(text_width(label, SMALL) for _, labels in rows for label in labels) + 0.1
    places = [(tick - ends[0]) / (ends[1] - ends[0]) for tick in ticks]
    first, last = (max(text_width(labels[end], SMALL) for _, labels in rows) / 2 / inches for end in (0, -1))
    moved = spread(places, min(widest / inches, 0.95 / len(ticks)), first, 1 - last)
    axes.set_xticks(ticks, [""] * len(ticks))
    for k, (place, column) in enumerate(zip(places, moved, strict=True)):
        axes.plot(
            [place, place, column, column],
            [0, -0.05 / tall, -0.13 / tall, -0.16 / tall],
            color=INK,
            linewidth=0.6,
            transform=axes.transAxes,
            clip_on=False,
            gid=f"leader-{k}",
        )
    axes.tick_params(axis="x", length=0)
    for line, (name, labels) in enumerate(rows):
        height = -(0.24 + 0.15 * line) / tall
        axes.text(-0.08 / inches, height, name, fontsize=LABEL, ha="right", va="center", transform=axes.transAxes)
        for k, (column, label) in enumerate(zip(moved, labels, strict=True)):
            axes.text(
                column,
                height,
                label,
                fontsize=SMALL,
                ha="center",
                va="center",
                transform=axes.transAxes,
                parse_math=False,
                gid=f"{name}-{k}",
            )
    told = ", ".join(UNITS[name] for name, _ in rows)
    axes.text(
        0.5,
        -(0.24 + 0.15 * len(rows) + 0.06) / tall,
        told,
        fontsize=LABEL,
        ha="center",
        va="center",
        transform=axes.transAxes,
        gid="units",
    )


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
    return formula_text(family.parameter)


def describe_phase_strip(
    boundaries: Sequence[Boundary | StepBoundary], *, marked: float | None = None, units: Sequence[str] | None = None
) -> str:
    """Put a phase strip in words.

    Parameters
    ----------
    boundaries, marked, units
        As for :func:`phase_strip`.

    Returns
    -------
    str
    """
    if not len(known_boundaries(boundaries)):
        raise InputError("boundaries", boundaries, "must hold at least one boundary", "take them from find_boundaries")
    marked = None if marked is None else number(marked, "marked")
    in_steps = any(isinstance(each, StepBoundary) for each in boundaries)
    unit = "the step size η" if in_steps else _parameter_name(boundaries)
    spans = phase_spans(boundaries)
    up = bool(spans) and spans[-1][2] == -math.inf
    phases = ", ".join(
        f"{phase} from {inner_number(start, up=up)}"
        + (f" to {inner_number(end, up=up)}" if math.isfinite(end) else " on")
        for phase, start, end in spans
    )
    here = f" The value {short_number(marked)} is marked." if marked is not None else ""
    rows = _rows(boundaries, units) if units is not None else []
    ends = "".join(f" Ends in {UNITS[name]}: {', '.join(labels[1:])}." for name, labels in rows)
    return f"Strip of the phases over {unit}: {phases}.{here}{ends}"


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
    instance(problem, ProblemClassification, "problem", "give what classify(model, data, step_size) returned")
    axes = axes_for(ax, 7.2, 3.4)
    ranked = sorted((sample for sample in problem if sample.scale > 0), key=lambda sample: -sample.scale)
    scales = np.array([float(sample.scale) for sample in ranked])
    spans = phase_spans(residual_boundaries())
    low = float(scales.min()) / 3 if scales.size else 1e-3
    high = max(4.0, float(scales.max()) * 2 if scales.size else 4.0)
    with house_style():
        for phase, start, end in spans:
            left, right = max(start, low), min(end, high)
            axes.axvspan(left, right, color=color_of(phase), alpha=0.22, linewidth=0, gid=f"phase-{phase}")
            if math.isfinite(end):
                axes.axvline(end, color=INK, linewidth=0.6, alpha=0.7, gid=f"end-of-{phase}")
        for phase in dict.fromkeys(sample.classification.phase for sample in ranked):
            chosen = [k for k, sample in enumerate(ranked) if sample.classification.phase is phase]
            size = 4.2 if len(ranked) < 400 else 2.0
            axes.plot(
                scales[chosen],
                np.array(chosen) + 1,
                linestyle="",
                marker="o",
                markersize=size,
                color=color_of(phase),
                markeredgecolor=INK,
                markeredgewidth=0.35,
                rasterized=len(ranked) > 2000,
                gid=f"samples-{phase}",
            )
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        count = max(len(ranked), 1)
        axes.set_ylim(1.04 * count + 0.6, 0.4 - 0.04 * count)
        nice = max(1, round(count / 4, 1 - len(str(count // 4))))
        axes.set_yticks(sorted({1, *range(int(nice), count + 1, int(nice))}))
        _phase_legend(axes, [phase for phase, start, _ in spans if start < high])
        log_ticks(axes.xaxis)
        axes.set_xlabel(f"a of the sample at η = {short_number(problem.step_size)}", parse_math=False)
        axes.set_ylabel("samples, largest a first")
        missing = len(problem.samples) - len(ranked)
        if missing:
            axes.set_title(f"{missing} samples with a ≤ 0 are not shown", loc="left")
    return axes


def _phase_legend(axes: Axes, phases: Sequence[Phase]) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(facecolor=color_of(phase), edgecolor=INK, linewidth=0.35, label=str(phase)) for phase in phases]
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
    instance(problem, ProblemClassification, "problem", "give what classify(model, data, step_size) returned")
    counts: dict[str, int] = {}
    for sample in problem:
        counts[str(sample.classification.phase)] = counts.get(str(sample.classification.phase), 0) + 1
    scales = [float(sample.scale) for sample in problem]
    told = ", ".join(f"{count} {phase}" for phase, count in counts.items())
    return (
        f"The parameter a of each of {len(scales)} samples at step size {float(problem.step_size):.4g}, on a "
        f"logarithmic axis with the phases as background: from {min(scales):.2g} to {max(scales):.2g}; {told}."
    )
