"""Pictures: what is drawn stands where the exact values are, and nothing of the process is touched."""

from __future__ import annotations

import itertools
import math
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symphase.boundaries import Boundaries, BoundaryKind, find_boundaries
from symphase.descent import Descent, descend
from symphase.errors import InputError
from symphase.maps import PolynomialFamily
from symphase.models import PhaseRetrieval
from symphase.phases import (
    Phase,
    ProblemClassification,
    classify,
    residual_boundaries,
    residual_family,
    step_boundaries,
)
from symphase.plots import (
    PHASE_STYLES,
    bifurcation_diagram,
    boundary_label,
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
from symphase.plots.style import spread
from symphase.tables import dataset

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROOT = Path(__file__).resolve().parent.parent
FIVE = [Phase.MONOTONIC, Phase.CATAPULT, Phase.PERIODIC, Phase.CHAOTIC, Phase.DIVERGENT]


def _by_gid(axes: Axes, gid: str) -> Any:
    found = [artist for artist in axes.findobj() if artist.get_gid() == gid]
    assert len(found) == 1, f"{len(found)} artists are called {gid}"
    return found[0]


def _texts(axes: Axes) -> list[str]:
    from matplotlib.text import Text

    return [artist.get_text() for artist in axes.findobj(Text) if isinstance(artist, Text)]


def _colour(name: str) -> tuple[float, ...]:
    from matplotlib.colors import to_rgb

    return to_rgb(name)


def _descent(a: float, start: float, steps: int = 60) -> Descent:
    """Plain phase retrieval of one sample, x = y = 1, where a = 2η and z = a(w² − 1)."""
    weight = math.sqrt(1 + start / a)
    return descend(PhaseRetrieval(gamma=2, c=0), [[1.0]], [1.0], step_sizes=a / 2, starts=[weight], steps=steps)


@cache
def _problem() -> ProblemClassification:
    data = dataset([[3.0, 4.0, 0.0], [4.0, -3.0, 0.0], [0.0, 0.0, 2.0]], [1.0, -0.5, 0.25])
    problem = classify(PhaseRetrieval(gamma=2, c=0), data, "0.07")
    assert [sample.classification.phase for sample in problem] == [Phase.PERIODIC, Phase.FLOOR, Phase.MONOTONIC]
    return problem


@cache
def _small_diagram() -> Axes:
    return bifurcation_diagram(residual_boundaries(), columns=240, rows=160, keep=400, transient=400)


# ------------------------------------------------------------------------------------------------------ house rules


def test_a_picture_is_drawn_on_the_axes_that_were_given() -> None:
    boundaries = residual_boundaries()
    drawings: list[Callable[[Axes], Axes]] = [
        lambda axes: cobweb(residual_family(), Fraction(1, 2), axes),
        lambda axes: loss_curve(_descent(0.5, 0.4), 0, axes),
        lambda axes: phase_strip(boundaries, axes),
        lambda axes: sample_scales(_problem(), axes),
        lambda axes: bifurcation_diagram(boundaries, axes, columns=20, rows=20, keep=10, transient=10),
    ]
    for draw in drawings:
        axes = new_axes(3, 3)
        assert draw(axes) is axes
        assert axes.has_data()


def test_pyplot_is_never_loaded_and_no_setting_is_changed() -> None:
    program = (
        "import io, sys, matplotlib\n"
        "before = matplotlib.rcParams.copy()\n"
        "from fractions import Fraction\n"
        "from symphase.phases import residual_boundaries, residual_family\n"
        "from symphase.plots import bifurcation_diagram, cobweb\n"
        "cobweb(residual_family(), Fraction(1, 2)).figure.savefig(io.BytesIO(), format='png')\n"
        "diagram = bifurcation_diagram(residual_boundaries(), columns=9, rows=9, keep=9, transient=9)\n"
        "diagram.figure.savefig(io.BytesIO(), format='svg')\n"
        "print('matplotlib.pyplot' in sys.modules)\n"  # first: to look at the setting called backend loads it
        "print(all(before[key] == matplotlib.rcParams[key] for key in before if key != 'backend'))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        timeout=120,
    )
    assert run.stdout.split() == ["False", "True"]


def test_names_from_outside_are_not_read_as_mathematics() -> None:
    from matplotlib.text import Text

    x, p = sympy.Symbol(r"x$_\frac{$"), sympy.Symbol("p^$ $")
    family = PolynomialFamily(p * x * (1 - x), variable=x, parameter=p)
    axes = cobweb(family, Fraction(7, 2), start=0.3)
    shown = [text for text in axes.findobj(Text) if isinstance(text, Text) and "$" in text.get_text()]
    assert len(shown) == 3, "both axes and the title"
    assert not any(text.get_parse_math() for text in shown)
    axes.get_figure(root=True).savefig(__import__("io").BytesIO(), format="svg")  # type: ignore[union-attr]  # it has one


def test_each_phase_has_a_colour_and_a_line_of_its_own() -> None:
    assert list(PHASE_STYLES) == FIVE
    assert len({style.color for style in PHASE_STYLES.values()}) == 5
    assert len({str(style.line) for style in PHASE_STYLES.values()}) == 5


def _simulated(color: str, matrix: Sequence[Sequence[float]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    linear = np.array([c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _colour(color)])
    seen = np.clip(np.array(matrix) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    f = np.cbrt(xyz / np.array([0.9505, 1.0, 1.089]))
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


# Machado, Oliveira and Fernandes, IEEE Trans. Vis. Comput. Graph. 15, 2009, severity 1.0
DEFICIENCIES = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


@pytest.mark.parametrize("kind", DEFICIENCIES)
def test_colours_stay_apart_for_the_colour_blind(kind: str) -> None:
    seen = [_simulated(style.color, DEFICIENCIES[kind]) for style in PHASE_STYLES.values()]
    distances = [float(np.linalg.norm(one - two)) for i, one in enumerate(seen) for two in seen[:i]]
    assert len(distances) == 10
    assert min(distances) > 15


# ------------------------------------------------------------------------------------------------ phases and labels


def test_phase_spans_end_at_the_boundaries() -> None:
    boundaries = residual_boundaries()
    spans = phase_spans(boundaries)
    ends = [
        float(boundaries.require(kind, period))
        for kind, period in (
            (BoundaryKind.MONOTONE_END, None),
            (BoundaryKind.FLIP, 1),
            (BoundaryKind.ONSET, None),
            (BoundaryKind.ESCAPE, None),
        )
    ]
    assert [phase for phase, _, _ in spans] == FIVE
    assert [end for _, _, end in spans] == [*ends, math.inf]
    assert [start for _, start, _ in spans] == [0.0, *ends]


def test_phase_spans_in_units_of_the_step_size_are_scaled() -> None:
    scaled = phase_spans(step_boundaries(Fraction(50), residual_boundaries()))
    plain = phase_spans(residual_boundaries())
    assert [phase for phase, _, _ in scaled] == FIVE
    for (_, _, end), (_, _, original) in zip(scaled[:-1], plain[:-1], strict=True):
        assert end == pytest.approx(original / 50, rel=1e-6)  # the onset is known to that


def test_phases_that_run_downwards() -> None:
    x, c = sympy.symbols("x c")
    boundaries = find_boundaries(PolynomialFamily(x**2 + c, variable=x, parameter=c))
    spans = phase_spans(boundaries)
    assert spans[0][1:] == (0.25, 0.0)
    assert spans[-1] == (Phase.DIVERGENT, -2.0, -math.inf)
    axes = bifurcation_diagram(boundaries, columns=60, rows=40, keep=60, transient=200)
    left, right = axes.get_xlim()
    assert left < -2 < 0.25 <= right


def test_labels_are_exact_forms_where_these_are_short() -> None:
    labels = {boundary.name: boundary_label(boundary) for boundary in residual_boundaries()}
    assert labels["end of monotone convergence"] == "2√2 − 2"
    assert labels["flip of period 2 → 4"] == "√5 − 1"
    assert labels["interior crisis"] == "3√3/2 − 1"
    assert labels["birth of the first 3-cycle"] == "1.4504…"
    assert labels["onset of chaos"] == "1.3022…"


@given(st.lists(st.floats(0, 100), max_size=12), st.floats(0.1, 5))
def test_spread_labels_keep_their_order_and_their_distance(places: list[float], room: float) -> None:
    moved = spread(places, room, 0.0, 100.0)
    order = sorted(range(len(places)), key=lambda k: (places[k], k))
    positions = [moved[k] for k in order]
    assert all(second - first >= room * (1 - 1e-9) for first, second in itertools.pairwise(positions))
    assert all(-1e-9 <= position <= 100 + 1e-9 for position in positions)
    gaps = [places[j] - places[i] for i, j in itertools.pairwise(order)]
    if all(gap >= room for gap in gaps):
        assert moved == pytest.approx(places), "nothing has to move"


# ------------------------------------------------------------------------------------------------ bifurcation diagram


def test_each_boundary_is_a_line_at_its_exact_value() -> None:
    axes, boundaries = _small_diagram(), residual_boundaries()
    lines = [line for line in axes.lines if str(line.get_gid()).startswith("boundary-")]
    assert len(lines) == len(boundaries) == 9
    for number, boundary in enumerate(boundaries):
        line = _by_gid(axes, f"boundary-{number}")
        assert set(line.get_xdata()) == {float(boundary)}
        lower, upper = boundary.enclose(64)
        assert float(lower) - 1e-12 <= line.get_xdata()[0] <= float(upper) + 1e-12


def test_each_boundary_and_each_phase_is_named_above_the_diagram() -> None:
    axes = bifurcation_diagram(residual_boundaries(), columns=20, rows=20, keep=10, transient=10)
    texts = _texts(axes)
    for boundary in residual_boundaries():
        assert sum(text.startswith(f"{boundary_label(boundary)} · ") for text in texts) == 1
    assert all(texts.count(str(phase)) == 1 for phase in FIVE)
    narrow = bifurcation_diagram(residual_boundaries(), new_axes(3.5, 5), columns=20, rows=20, keep=10, transient=10)
    assert all(boundary_label(boundary) in _texts(narrow) for boundary in residual_boundaries())


def test_the_dots_show_the_attractor_in_the_colour_of_its_phase() -> None:
    axes = _small_diagram()
    (image,) = axes.images
    pixels = np.asarray(image.get_array())
    left, right, bottom, top = image.get_extent()
    assert (left, right) == axes.get_xlim()
    rows, columns = pixels.shape[:2]
    heights = bottom + (np.arange(rows) + 0.5) * (top - bottom) / rows

    def column(a: float) -> Any:
        return pixels[:, int((a - left) / (right - left) * (columns - 1) + 0.5)]

    def occupied(a: float) -> list[float]:
        return [float(height) for height, pixel in zip(heights, column(a), strict=True) if pixel[3] > 0.6]

    cell = (top - bottom) / rows
    assert occupied(0.5)
    assert all(abs(height) < 2 * cell for height in occupied(0.5))
    # at a = 1.1 the 2-cycle z² + (a − 1)z + (1 − a) = 0 attracts
    cycle = sorted(np.roots([1, 0.1, -0.1]).real)
    found = occupied(1.1)
    assert len(found) <= 6
    assert all(min(abs(height - point) for point in cycle) < 3 * cell for height in found)
    assert {min((abs(height - point), k) for k, point in enumerate(cycle))[1] for height in found} == {0, 1}
    assert len(occupied(1.9)) > rows // 3
    assert occupied(2.1) == []
    for phase, a in ((Phase.MONOTONIC, 0.4), (Phase.CATAPULT, 0.9), (Phase.PERIODIC, 1.15), (Phase.CHAOTIC, 1.9)):
        assert tuple(column(a)[rows // 2, :3]) == pytest.approx(_colour(PHASE_STYLES[phase].color))


def test_the_diagram_of_another_family() -> None:
    r, x = sympy.symbols("r x")
    boundaries = find_boundaries(PolynomialFamily(r * x * (1 - x), variable=x, parameter=r))
    axes = bifurcation_diagram(boundaries, columns=80, rows=60, keep=80, transient=300)
    places = [float(_by_gid(axes, f"boundary-{k}").get_xdata()[0]) for k in range(len(boundaries))]
    assert places == [float(boundary) for boundary in boundaries]
    assert 3.0 in places
    assert axes.get_xlabel() == "r"


def test_a_diagram_needs_a_boundary() -> None:
    empty = Boundaries(
        family=residual_family(),
        reduced_family=residual_family(),
        items=(),
        fixed_points=(),
        direction=1,
        missing=(),
    )
    with pytest.raises(InputError, match="must hold at least one boundary"):
        bifurcation_diagram(empty)
    with pytest.raises(InputError, match="must hold the end of at least one phase"):
        phase_strip(empty)


# ------------------------------------------------------------------------------------------------- cobweb, loss curve


def test_a_cobweb_follows_the_map() -> None:
    a = Fraction(23, 20)
    axes = cobweb(residual_family(), a, start=0.545, steps=20, phase=Phase.PERIODIC)
    path = _by_gid(axes, "cobweb")
    x, y = path.get_xdata(), path.get_ydata()
    assert len(x) == 41
    corners = list(zip(x, y, strict=True))
    for (here, _), (straight, there) in zip(corners[0::2], corners[1::2], strict=False):
        assert straight == here
        assert there == pytest.approx((here + float(a)) * (1 - here) ** 2 - float(a))
    assert all(left == right for left, right in corners[2::2]), "back to the diagonal after each step"
    assert path.get_color() == PHASE_STYLES[Phase.PERIODIC].color
    graph = _by_gid(axes, "graph")
    expected = (graph.get_xdata() + float(a)) * (1 - graph.get_xdata()) ** 2 - float(a)
    assert np.allclose(graph.get_ydata(), expected)
    assert (list(_by_gid(axes, "start").get_xdata()), axes.get_title(loc="left")) == ([0.545], "periodic, a = 1.15")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("z at step t", "z at step t + 1")


def test_a_cobweb_ends_where_the_orbit_leaves_the_picture() -> None:
    axes = cobweb(residual_family(), Fraction(21, 10), start=0.545, steps=60, phase=Phase.DIVERGENT, within=(-2.2, 2.4))
    heights = _by_gid(axes, "cobweb").get_ydata()
    assert heights[-1] > 2.4
    assert all(-2.2 <= height <= 2.4 for height in heights[:-2])
    assert axes.get_xlim() == (-2.2, 2.4)


def test_a_loss_curve_shows_the_losses_of_its_run() -> None:
    descent = _descent(1.15, 0.545)
    axes = loss_curve(descent, 0, phase=Phase.PERIODIC)
    line = _by_gid(axes, "loss")
    assert np.array_equal(line.get_ydata(), descent.losses[0])
    assert np.array_equal(line.get_xdata(), descent.recorded_steps)
    assert axes.get_yscale() == "log"
    assert axes.get_title(loc="left") == "periodic, η = 0.575"
    rises = _by_gid(axes, "rises").get_xdata()
    losses = descent.losses[0]
    assert list(rises) == [t for t in range(1, 61) if losses[t] > losses[t - 1]]
    assert len(rises) > 20
    assert line.get_color() == PHASE_STYLES[Phase.PERIODIC].color
    assert not line.is_dashed() or PHASE_STYLES[Phase.PERIODIC].line != "-"


def test_an_escape_ends_the_curve_with_a_cross() -> None:
    descent = _descent(2.1, 0.545)
    axes = loss_curve(descent, 0, phase=Phase.DIVERGENT)
    (last,) = _by_gid(axes, "escape").get_xdata()
    assert last == descent.escape_step[0] - 1
    assert np.all(np.isfinite(_by_gid(axes, "loss").get_ydata()))
    bounded = loss_curve(_descent(0.5, 0.4), 0)
    assert not [artist for artist in bounded.findobj() if artist.get_gid() == "escape"]


def test_losses_lost_in_rounding_are_not_drawn() -> None:
    axes = loss_curve(_descent(0.5, 0.4), 0)
    shown = _by_gid(axes, "loss").get_ydata()
    assert np.isnan(shown[-1])
    assert np.nanmin(shown) > 1e-18 * np.nanmax(shown)


@pytest.mark.parametrize("run", [-1, 1, True, "0"])
def test_a_run_outside_the_batch_is_refused(run: Any) -> None:
    with pytest.raises(InputError, match="run = "):
        loss_curve(_descent(0.5, 0.4, 5), run)


# -------------------------------------------------------------------------------------------- phase strip and samples


def test_the_strip_has_one_piece_for_each_phase_at_its_place() -> None:
    steps = step_boundaries(Fraction(60), residual_boundaries())
    axes = phase_strip(steps, marked=0.01)
    for phase, start, end in phase_spans(steps):
        box = _by_gid(axes, f"phase-{phase}").get_bbox()
        assert box.x0 == pytest.approx(start, abs=1e-15)
        if math.isfinite(end):
            assert box.x1 == pytest.approx(end, abs=1e-15)
    assert axes.get_xlabel() == "step size η"
    assert _by_gid(axes, "marked").xy[0] == 0.01
    assert _by_gid(axes, "marked").get_text() == "η = 0.01"
    ticks = [label.get_text() for label in axes.get_xticklabels()]
    assert ticks == ["0", "0.01380", "0.01666", "0.02170", "0.03333"]  # cut: still in the phase


def test_a_mark_has_the_name_of_the_parameter() -> None:
    r, x = sympy.symbols("r x")
    logistic = find_boundaries(PolynomialFamily(r * x * (1 - x), variable=x, parameter=r))
    assert _by_gid(phase_strip(logistic, marked=3.83), "marked").get_text() == "r = 3.83"
    assert _by_gid(phase_strip(residual_boundaries(), marked=-0.01), "marked").get_text() == "a = −0.01"


def test_a_mark_far_beyond_the_strip_points_outwards() -> None:
    steps = step_boundaries(Fraction(60), residual_boundaries())
    axes = phase_strip(steps, marked=7.0)
    mark = _by_gid(axes, "marked")
    assert mark.xy[0] == axes.get_xlim()[1] < 0.05
    assert mark.get_text() == "η = 7 →"


def test_each_sample_is_a_dot_at_its_scale() -> None:
    axes = sample_scales(_problem())
    shown: list[tuple[float, float]] = []
    for phase in (Phase.PERIODIC, Phase.MONOTONIC):
        dots = _by_gid(axes, f"samples-{phase}")
        shown += list(zip(dots.get_xdata(), dots.get_ydata(), strict=True))
        assert dots.get_color() == PHASE_STYLES[phase].color
    expected = sorted((float(s.scale) for s in _problem() if s.scale > 0), reverse=True)
    assert shown == [(scale, rank) for rank, scale in enumerate(expected, start=1)]
    assert axes.get_xscale() == "log"
    assert axes.get_title(loc="left") == "1 samples with a ≤ 0 are not shown"
    ends = {float(_by_gid(axes, f"end-of-{phase}").get_xdata()[0]) for phase in FIVE[:-1]}
    assert ends == {end for _, _, end in phase_spans(residual_boundaries()) if math.isfinite(end)}


# ---------------------------------------------------------------------------------------------------------- in words


def test_the_diagram_in_words_names_every_boundary_and_phase() -> None:
    words = describe_bifurcation_diagram(residual_boundaries())
    assert all(boundary_label(boundary) in words for boundary in residual_boundaries())
    assert all(str(phase) in words for phase in FIVE)


def test_the_other_pictures_in_words() -> None:
    assert "a = 1.15: 0.5, -0.737, 0.0953" in describe_cobweb(residual_family(), Fraction(23, 20), phase=Phase.PERIODIC)
    descent = _descent(2.1, 0.545)
    assert f"leaves every bound at step {descent.escape_step[0]}" in describe_loss_curve(descent)
    calm = _descent(0.5, 0.4, 30)
    assert "rises in 0 of 30 steps" in describe_loss_curve(calm, phase=Phase.MONOTONIC)
    steps = step_boundaries(Fraction(60), residual_boundaries())
    assert "monotonic from 0 to 0.01380" in describe_phase_strip(steps, marked=0.01)
    assert "0.01 is marked" in describe_phase_strip(steps, marked=0.01)
    words = describe_sample_scales(_problem())
    assert "3 samples" in words
    assert "1 periodic" in words
