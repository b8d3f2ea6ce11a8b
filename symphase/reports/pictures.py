"""The pictures of a report, drawn for a desk and for a hand, each with its words and the numbers that it draws."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from symphase.boundaries import Boundaries, Boundary
from symphase.descent import Descent
from symphase.enclosures import Certainty
from symphase.figure_data import FigureData, columns, rows_of
from symphase.hypertext import figure, inline_svg, wide_and_narrow
from symphase.maps import PolynomialFamily
from symphase.notation import formula_text
from symphase.phases import Phase, ProblemClassification, StepBoundary
from symphase.plots import (
    bifurcation_diagram,
    cobweb,
    describe_bifurcation_diagram,
    describe_cobweb,
    describe_loss_curve,
    describe_phase_strip,
    describe_sample_scales,
    loss_curve,
    new_axes,
    phase_spans,
    phase_strip,
    sample_scales,
)
from symphase.plots.maps import critical_orbits
from symphase.tables import load_digit_image

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "Picture",
    "both_sizes",
    "cobweb_picture",
    "diagram_picture",
    "digit_picture",
    "loss_picture",
    "samples_picture",
    "strip_picture",
]

COLUMNS: Final = 1500  # parameters of the wide diagram
TRANSIENT: Final = 800
KEEP: Final = 2400
_EVERY: Final = 4  # every so manyth parameter of the diagram is in its file
_LAST: Final = 32  # and of its orbit so many points, the last ones
_CYCLE: Final = 16  # an orbit with up to so many different points is written as a cycle


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A finished picture.

    Attributes
    ----------
    name : str
    html : str
        SVG; for a wide and a narrow page, where there are two.
    data : FigureData or None
        What it draws; None where there is nothing to tell in numbers.
    """

    name: str
    html: str
    data: FigureData | None = None

    def figure(self, caption: str = "") -> str:
        """The picture with a caption (HTML) and its numbers."""
        return figure(self.html, caption, self.data)


def both_sizes(
    name: str, told: str, draw: Callable[[Axes], Axes], wide: Axes, narrow: Axes, data: FigureData | None
) -> Picture:
    """Draw a picture on a wide and on a narrow page."""
    shown = [inline_svg(draw(axes), f"{name}{mark}", told) for axes, mark in ((wide, ""), (narrow, "-narrow"))]
    return Picture(name=name, html=wide_and_narrow(*shown), data=data)


# ------------------------------------------------------------------------------------------------------------- phases


def strip_picture(
    boundaries: Sequence[Boundary | StepBoundary], *, marked: float | None = None, unit: str = "", name: str = "strip"
) -> Picture:
    """The phases on a ruler."""
    spans = phase_spans(boundaries)
    in_steps = any(isinstance(each, StepBoundary) for each in boundaries)
    first = boundaries[0]
    parameter = (
        "step size η" if in_steps else formula_text(first.family.parameter) if isinstance(first, Boundary) else "a"
    )
    told = f"the phases over {parameter}, rounded to floats"
    data = FigureData(
        name=name,
        title=told if marked is None else f"{told}; the arrow stands at {marked!r}",
        columns=columns(("phase", ""), ("from", unit or parameter), ("to", unit or parameter)),
        rows=tuple((str(phase), start, end if math.isfinite(end) else None) for phase, start, end in spans),
        certainty=_least(boundaries),
    )
    return both_sizes(
        name,
        describe_phase_strip(boundaries, marked=marked),
        lambda axes: phase_strip(boundaries, axes, marked=marked),
        new_axes(8.6, 1.2, header=0.34, footer=0.5, left=0.12),
        new_axes(3.9, 1.3, header=0.34, footer=0.6, left=0.12),
        data,
    )


def _least(boundaries: Sequence[Boundary | StepBoundary]) -> Certainty:
    order = list(Certainty)
    each = [b.boundary if isinstance(b, StepBoundary) else b for b in boundaries]
    return max((boundary.certainty for boundary in each), key=order.index)


def samples_picture(problem: ProblemClassification) -> Picture:
    """The parameter a of every sample, before the phases."""
    ranked = sorted(problem, key=lambda sample: -sample.scale)
    data = FigureData(
        name="samples",
        title="every sample with its a and its phase",
        columns=columns(("row", "from 0"), ("a", "1"), ("phase", ""), ("period", "steps"), ("certainty", "")),
        rows=tuple(
            (
                sample.index,
                float(sample.scale),
                str(sample.classification.phase),
                sample.classification.period,
                str(sample.classification.certainty),
            )
            for sample in ranked
        ),
        certainty=max((s.classification.certainty for s in ranked), key=list(Certainty).index),
    )
    return both_sizes(
        "samples",
        describe_sample_scales(problem),
        lambda axes: sample_scales(problem, axes),
        new_axes(8.6, 3.5),
        new_axes(3.9, 3.4),
        data,
    )


# ----------------------------------------------------------------------------------------------------- runs and orbits


def cobweb_picture(
    family: PolynomialFamily,
    parameter: Fraction,
    *,
    start: float,
    steps: int,
    phase: Phase,
    within: tuple[float, float] | None = None,
) -> Picture:
    """One orbit of the map in the middle of a phase."""
    axes = cobweb(family, parameter, start=start, steps=steps, phase=phase, within=within)
    _, path = _line(axes, "cobweb")
    points = [float(path[0]), *(float(value) for value in path[1::2])]
    variable = formula_text(family.variable)
    data = FigureData(
        name=f"cobweb-{phase}",
        title=f"the orbit of {start!r} at {formula_text(family.parameter)} = {parameter}, while it is in the picture",
        columns=columns(("step", "steps"), (variable, "1")),
        rows=rows_of(range(len(points)), points),
        certainty=Certainty.NUMERICAL,
    )
    told = describe_cobweb(family, parameter, start=start, steps=steps, phase=phase)
    return Picture(name=data.name, html=inline_svg(axes, data.name, told), data=data)


def _line(axes: Axes, name: str) -> tuple[Any, Any]:
    """Coordinates of a line in a picture."""
    (found,) = [line for line in axes.get_lines() if line.get_gid() == name]
    return np.asarray(found.get_xdata()), np.asarray(found.get_ydata())


def loss_picture(descent: Descent, phase: Phase, *, seed: int) -> Picture:
    """The loss of one run of gradient descent."""
    axes = loss_curve(descent, 0, new_axes(3.9, 3.22), phase=phase)
    finite = np.isfinite(descent.losses[0])
    data = FigureData(
        name=f"loss-{phase}",
        title=f"the loss of gradient descent with step size {float(descent.step_sizes[0])!r}",
        columns=columns(("step", "steps"), ("loss", "square of the unit of y")),
        rows=rows_of(descent.recorded_steps[finite], descent.losses[0][finite]),
        certainty=Certainty.OBSERVED,
        seed=seed,
    )
    told = describe_loss_curve(descent, 0, phase=phase)
    return Picture(name=data.name, html=inline_svg(axes, data.name, told), data=data)


# --------------------------------------------------------------------------------------------------------- the diagram


def diagram_picture(boundaries: Boundaries) -> Picture:
    """The bifurcation diagram, with the points of every fourth parameter as data."""
    drawn: list[tuple[float, float]] = []

    def draw(axes: Axes) -> Axes:
        wide = axes.bbox.width > 500
        done = bifurcation_diagram(
            boundaries, axes, columns=COLUMNS if wide else COLUMNS // 2, transient=TRANSIENT, keep=KEEP
        )
        drawn.append(done.get_xlim())
        return done

    picture = both_sizes(
        "diagram",
        describe_bifurcation_diagram(boundaries),
        draw,
        new_axes(8.6, 6.6, header=2.0),
        new_axes(3.9, 5.2, header=1.75),
        None,
    )
    return replace(picture, data=_orbits(boundaries, drawn[0]))


def _orbits(boundaries: Boundaries, ends: tuple[float, float]) -> FigureData:
    family = boundaries.reduced_family
    parameters = np.linspace(*ends, COLUMNS)[::_EVERY]
    rows: list[tuple[float, float]] = []
    for last in critical_orbits(boundaries, parameters, transient=TRANSIENT + KEEP - _LAST, keep=_LAST):
        for parameter, orbit in zip(parameters.tolist(), last, strict=True):
            points = orbit[np.isfinite(orbit)]
            cycle = np.unique(np.round(points, 9))
            listed = cycle if cycle.size <= _CYCLE else points
            rows += [(parameter, float(f"{point:.10g}")) for point in listed.tolist()]
    return FigureData(
        name="diagram",
        title=f"every {_EVERY}th parameter of the diagram with the last {_LAST} points of its orbit, or its cycle",
        columns=columns((formula_text(boundaries.family.parameter), "1"), (formula_text(family.variable), "1")),
        rows=tuple(rows),
        certainty=Certainty.NUMERICAL,
    )


def digit_picture() -> str:
    """The image behind the shipped data, as squares of ink."""
    image = load_digit_image()
    squares = [
        f'<rect x="{column}" y="{row}" width="1.02" height="1.02" fill="currentColor" fill-opacity="{ink / 16:.3f}"/>'
        for row, line in enumerate(image.tolist())
        for column, ink in enumerate(line)
        if ink
    ]
    label = "The signal behind the data: a handwritten digit 4, eight by eight pixels."
    return f'<svg viewBox="0 0 8 8" role="img" aria-label="{label}">{"".join(squares)}</svg>'
