"""Pictures of runs and observations: each against a reference picture, and each line where its value says.

``tests/references`` holds one small picture per function.  They are compared where no letters stand, after averaging
over blocks of pixels: another release of the drawing library shapes letters and chooses ticks a little differently, and
that is no difference here.  What the letters say is tested one by one.
To draw them anew, after looking at every one:  ``python tests/test_training_plots.py``
"""

from __future__ import annotations

import io
import math
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from symphase.boundaries import BoundaryKind
from symphase.descent import descend
from symphase.errors import InputError
from symphase.models import PhaseRetrieval
from symphase.orbits import lyapunov_curve
from symphase.phases import Phase, classify, residual_boundaries, residual_family, step_boundaries
from symphase.plots import (
    PHASE_STYLES,
    HeldOutErrors,
    bifurcation_diagram,
    cobweb,
    coherence_drift,
    describe_coherence_drift,
    describe_generalization_plot,
    describe_lyapunov_plot,
    describe_observed_strip,
    describe_phase_diagram,
    describe_phase_strip,
    describe_sharpness_plot,
    describe_training_curves,
    generalization_plot,
    held_out_errors,
    loss_curve,
    lyapunov_plot,
    new_axes,
    observed_strip,
    phase_diagram,
    phase_spans,
    phase_strip,
    sample_scales,
    sharpness_plot,
    training_curves,
)
from symphase.plots.style import SMALL, as_phase, text_width
from symphase.tables import dataset

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from symphase.boundaries import Boundary

ROOT = Path(__file__).resolve().parent.parent
REFERENCES = Path(__file__).resolve().parent / "references"
DPI = 100
BLOCK = 5  # pixels: a twentieth of an inch
# Root mean square over the blocks, of 1.  Drawn with matplotlib 3.9 and 3.10 and held against references of 3.11, no
# picture is further than 0.0166; what must not pass is tested below.
TOLERANCE = 0.018
Array = NDArray[np.float64]
FIVE = ("monotonic", "catapult", "periodic", "chaotic", "divergent")


# ------------------------------------------------------------------------------------------------------- what is drawn


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Record:
    """A small stand-in for a record of training."""

    step_sizes: Array
    recorded_steps: NDArray[np.int64]
    losses: Array
    escape_step: NDArray[np.int64]
    sharpness: Array | None = None
    test_losses: Array | None = None
    test_losses_weight_average: Array | None = None
    test_losses_prediction_average: Array | None = None


@cache
def _record() -> Record:
    """Five runs in closed form, one like each phase; the last leaves every bound at step 24."""
    t = np.arange(41)
    losses = np.stack(
        [
            0.5 * 10.0 ** (-0.6 * t),
            np.where(t < 4, 0.5 * 2.0**t, 4 * 10.0 ** (-0.25 * (t - 3))),
            np.where(t % 2 == 0, 0.2, 0.05),
            0.2 * np.exp(1.4 * np.sin(2.4 * t) + 0.6 * np.sin(5.1 * t)),
            np.where(t < 24, 0.3 * np.exp(0.05 * t + 1e-4 * t**4 * (t > 15)), np.inf),
        ]
    )
    product = np.stack(
        [
            1.0 - np.exp(-t / 4),
            1.9 + 0.8 * np.exp(-t / 3),
            np.where(t % 2 == 0, 2.8, 1.5),
            3.0 + 2.6 * np.sin(2.4 * t),
            np.where(t < 24, 4.2 + 0.4 * t * np.sin(1.7 * t), np.inf),
        ]
    )
    eta = np.array([0.25, 0.475, 0.6, 0.9, 1.025])
    return Record(
        step_sizes=eta,
        recorded_steps=t.astype(np.int64),
        losses=losses,
        escape_step=np.array([-1, -1, -1, -1, 24]),
        sharpness=product / eta[:, None],
    )


def _held_out() -> HeldOutErrors:
    seeds, sizes = np.arange(6)[:, None], np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    base = np.array([0.5, 0.4, 0.45, 0.7, 1.0])
    last = base * np.exp(0.3 * np.sin(3.0 * seeds + np.arange(5)))
    last[2, 4] = np.inf
    return HeldOutErrors(
        positions=sizes,
        last_iterate=last,
        weight_average=0.7 * base * np.exp(0.1 * np.cos(2.0 * seeds + np.arange(5)))
        + np.where(np.isinf(last), last, 0),
        prediction_average=0.5 * base * np.exp(0.05 * np.cos(5.0 * seeds + np.arange(5)))
        + np.where(np.isinf(last), last, 0),
        against="step size η",
    )


PAPER = (
    (BoundaryKind.MONOTONE_END, None, "monotonic → catapult"),
    (BoundaryKind.FLIP, 1, "catapult → periodic"),
    (BoundaryKind.ONSET, None, "periodic → chaotic"),
    (BoundaryKind.ESCAPE, None, "chaotic → divergent"),
)


@cache
def _four() -> dict[str, Boundary]:
    boundaries = residual_boundaries()
    return {name: boundaries.require(kind, period) for kind, period, name in PAPER}


@cache
def _drifts() -> tuple[Array, dict[str, Array]]:
    coherences = np.array([0.0, 0.1, 0.2, 0.3])
    middles = {name: float(boundary) * (1 - 0.6 * coherences) for name, boundary in _four().items()}
    found = {name: np.stack([middle - 0.04, middle, middle + 0.06], axis=1) for name, middle in middles.items()}
    found["periodic → chaotic"][2] = np.nan
    return coherences, found


@cache
def _labelled() -> tuple[Array, list[str]]:
    """Twenty step sizes with eight runs each; their a is 60 η, give or take 15 %."""
    sizes = np.repeat(np.linspace(0.005, 0.0375, 20), 8)
    scales = 60 * sizes * (1 + 0.15 * np.sin(7.0 * np.arange(sizes.size)))
    names = np.array([*FIVE, "undecided"])[np.digitize(scales, [float(each) for each in _four().values()])]
    names[::37] = "undecided"
    return sizes, names.tolist()


def _grid(across: int, up: int) -> tuple[Array, Array, NDArray[np.int64]]:
    x, y = np.geomspace(0.01, 1.0, across), np.geomspace(0.1, 10.0, up)
    codes = np.digitize(3 * x * np.sqrt(y)[:, None], [float(each) for each in _four().values()])
    codes[:: max(up // 4, 2), :: max(across // 5, 2)] = 5
    return x, y, codes


def _steps() -> list[Any]:
    kinds = {boundary.name for boundary in _four().values()}
    return [each for each in step_boundaries(Fraction(60)) if each.boundary.name in kinds]


def _lines(y: Array) -> dict[str, Array]:
    return {"a = 1": 1 / (3 * np.sqrt(y)), "a = 2": 2 / (3 * np.sqrt(y))}


@cache
def _curve() -> Any:
    below_two = np.linspace(0.4, 1.995, 320)  # at 2 itself a float orbit of the critical point stays on a saddle
    return lyapunov_curve(residual_family(), np.append(below_two, [2.02, 2.05]), transient=200, steps=600)


def _problem() -> Any:
    data = dataset([[3.0, 4.0, 0.0], [4.0, -3.0, 0.0], [0.0, 0.0, 2.0]], [1.0, -0.5, 0.25])
    return classify(PhaseRetrieval(gamma=2, c=0), data, "0.07")


def _short_descent() -> Any:
    return descend(PhaseRetrieval(gamma=2, c=0), [[1.0]], [1.0], step_sizes=0.575, starts=[1.2], steps=25)


def _diagram() -> Axes:
    x, y, codes = _grid(40, 30)
    return phase_diagram(x, y, codes, predicted=_lines(y))


def _letters() -> Axes:
    x, y, codes = _grid(12, 8)
    return phase_diagram(x, y, codes)


PICTURES: dict[str, Callable[[], Axes]] = {
    "training_curves": lambda: training_curves(_record(), phases=FIVE),
    "sharpness_plot": lambda: sharpness_plot(_record(), phases=FIVE),
    "generalization_plot": lambda: generalization_plot(_held_out()),
    "coherence_drift": lambda: coherence_drift(*_drifts(), exact=_four()),
    "observed_strip": lambda: observed_strip(*_labelled(), predicted=_steps()),
    "phase_diagram": _diagram,
    "phase_diagram_letters": _letters,
    "lyapunov_plot": lambda: lyapunov_plot(_curve(), boundaries=residual_boundaries()),
    "phase_strip": lambda: phase_strip(step_boundaries(Fraction(60)), marked=0.02),
    "phase_strip_units": lambda: phase_strip(
        step_boundaries(Fraction(60)), new_axes(3.4, 1.75, footer=0.95, left=0.32), units=["a", "ηλ", "η"]
    ),
    "bifurcation_diagram": lambda: bifurcation_diagram(
        residual_boundaries(), columns=240, rows=160, keep=300, transient=300
    ),
    "cobweb": lambda: cobweb(residual_family(), Fraction(23, 20), start=0.545, steps=20, phase=Phase.PERIODIC),
    "loss_curve": lambda: loss_curve(_short_descent(), phase=Phase.PERIODIC),
    "sample_scales": lambda: sample_scales(_problem()),
}
ONE_COLUMN = (
    "training_curves",
    "sharpness_plot",
    "generalization_plot",
    "coherence_drift",
    "observed_strip",
    "phase_diagram",
    "phase_diagram_letters",
    "lyapunov_plot",
    "phase_strip_units",
)


def _figure(axes: Axes) -> Figure:
    figure = axes.figure
    assert figure is not None
    return figure  # type: ignore[return-value]  # none of these is a part of a figure


def _pixels(axes: Axes) -> Array:
    from matplotlib.image import imread

    buffer = io.BytesIO()
    _figure(axes).savefig(buffer, format="png", dpi=DPI)
    buffer.seek(0)
    return np.asarray(imread(buffer, format="png"), dtype=np.float64)[..., :3]


def _drawn(axes: Axes) -> tuple[Figure, Any]:
    """The figure, and the renderer that has drawn it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = _figure(axes)
    figure.set_dpi(DPI)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return figure, canvas.get_renderer()


def _written(axes: Axes) -> list[tuple[Text, Any]]:
    """Every text that is seen, with its box in pixels."""
    from matplotlib.text import Text

    figure, renderer = _drawn(axes)
    outside: set[Text] = set()
    for each in figure.findobj(lambda artist: hasattr(artist, "get_major_ticks")):
        axis: Any = each
        low, high = sorted(axis.get_view_interval())
        for place, tick in zip(axis.get_majorticklocs(), axis.get_major_ticks(), strict=True):
            if not low <= place <= high or not axis.axes.axison:
                outside.add(tick.label1)
    texts = [text for text in figure.findobj(Text) if isinstance(text, Text)]
    seen = [text for text in texts if text.get_visible() and text.get_text().strip() and text not in outside]
    return [(text, Text.get_window_extent(text, renderer)) for text in dict.fromkeys(seen)]


def _distance(axes: Axes, reference: Array) -> float:
    pixels = _pixels(axes)
    assert max(abs(a - b) for a, b in zip(pixels.shape, reference.shape, strict=True)) <= 1, "not of the same size"
    rows, columns = (min(a, b) for a, b in zip(pixels.shape[:2], reference.shape[:2], strict=True))
    difference = pixels[:rows, :columns] - reference[:rows, :columns]
    for _, box in _written(axes):
        top, bottom = rows - box.y1 - 4, rows - box.y0 + 5
        difference[max(int(top), 0) : max(int(bottom), 0), max(int(box.x0 - 4), 0) : max(int(box.x1 + 5), 0)] = 0
    rows, columns = rows // BLOCK * BLOCK, columns // BLOCK * BLOCK
    cut = difference[:rows, :columns].reshape(rows // BLOCK, BLOCK, columns // BLOCK, BLOCK, 3)
    return float(np.sqrt(np.mean(cut.mean(axis=(1, 3)) ** 2)))


@cache
def _reference(name: str) -> Array:
    from matplotlib.image import imread

    return np.asarray(imread(REFERENCES / f"{name}.png"), dtype=np.float64)[..., :3]


# ---------------------------------------------------------------------------------------------- against the references


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_looks_like_its_reference(name: str) -> None:
    assert _distance(PICTURES[name](), _reference(name)) < TOLERANCE


def test_every_reference_has_a_picture() -> None:
    assert {path.stem for path in REFERENCES.glob("*.png")} == set(PICTURES)


def _swapped() -> Axes:
    return training_curves(_record(), phases=("catapult", "monotonic", *FIVE[2:]))


def _shifted() -> Axes:
    coherences, found = _drifts()
    moved = {name: rows * (0.95 if name.startswith("chaotic") else 1) for name, rows in found.items()}
    return coherence_drift(coherences, moved, exact=_four())


WRONG: dict[str, tuple[str, Callable[[], Axes]]] = {
    "two phases exchanged": ("training_curves", _swapped),
    "another floor": ("training_curves", lambda: training_curves(_record(), phases=FIVE, floor=1e-9)),
    "a run left out": ("training_curves", lambda: training_curves(_record(), which=range(4), phases=FIVE[:4])),
    "no title": ("training_curves", lambda: training_curves(_record(), phases=FIVE, title=None)),
    "other labels": ("training_curves", lambda: training_curves(_record(), phases=FIVE, labels=list("abcde"))),
    "a boundary 5 % lower": ("coherence_drift", _shifted),
    "no exact values": ("coherence_drift", lambda: coherence_drift(*_drifts())),
    "two predicted boundaries of four": (
        "observed_strip",
        lambda: observed_strip(*_labelled(), predicted=_steps()[1:3]),
    ),
    "no boundaries": (
        "lyapunov_plot",
        lambda: lyapunov_plot(_curve(), new_axes(3.4, 3.1, header=1.05, footer=0.66, left=0.5)),
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_picture_with_a_fault_does_not_pass(wrong: str) -> None:
    name, draw = WRONG[wrong]
    assert _distance(draw(), _reference(name)) > TOLERANCE


# -------------------------------------------------------------------------------------------------------- readable


@pytest.mark.parametrize("name", ONE_COLUMN)
def test_a_column_is_enough(name: str) -> None:
    axes = PICTURES[name]()
    figure = _figure(axes)
    assert figure.get_figwidth() == pytest.approx(3.4)
    written = _written(axes)
    assert len(written) >= 7
    assert min(float(text.get_fontsize()) for text, _ in written) >= SMALL >= 7
    for text, box in written:
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= 340 + 1 and box.y1 <= figure.get_figheight() * DPI + 1
        assert inside, f"{text.get_text()!r} is cut off"
    for (one, left), (two, right) in combinations(written, 2):
        wide = min(left.x1, right.x1) - max(left.x0, right.x0)
        high = min(left.y1, right.y1) - max(left.y0, right.y0)
        assert wide <= 1 or high <= 1, f"{one.get_text()!r} and {two.get_text()!r} overlap"


def test_the_look_for_overlaps_sees_every_text() -> None:
    axes = PICTURES["training_curves"]()
    texts = [text.get_text() for text, _ in _written(axes)]
    assert {"step t", "loss L", "Training loss", "monotonic\nη = 0.25", "0", "40"} <= set(texts)


@pytest.mark.parametrize("name", ONE_COLUMN)
def test_axes_and_title_say_what_they_are(name: str) -> None:
    axes = PICTURES[name]()
    words = " ".join(text.get_text() for text, _ in _written(axes))
    assert any(unit in words for unit in ("step t", "step size", "coherence", "a (="))
    if name != "phase_strip_units":
        assert axes.get_title(loc="left")
        assert axes.get_xlabel()
        assert axes.get_ylabel()


def test_text_from_outside_is_never_read_as_mathematics() -> None:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    bad = r"x$_\frac{$"
    x, y, codes = _grid(12, 8)
    coherences, found = _drifts()
    errors = HeldOutErrors(positions=np.array([1.0, 2.0]), last_iterate=np.ones((1, 2)), against=bad)
    drawings: list[Callable[[Axes | None], Axes]] = [
        lambda ax: training_curves(_record(), ax, labels=[bad, "b", "c", "d", "e"], title=bad),
        lambda ax: sharpness_plot(_record(), ax, labels=[bad, "b", "c", "d", "e"], title=bad),
        lambda ax: generalization_plot(errors, ax, title=bad),
        lambda ax: coherence_drift(
            coherences, {bad: found["catapult → periodic"]}, ax, x_label=bad, y_label=bad, title=bad
        ),
        lambda ax: observed_strip(*_labelled(), ax, against=bad, title=bad),
        lambda ax: phase_diagram(
            x, y, codes, ax, x_label=bad, y_label=bad, title=bad, predicted={bad: _lines(y)["a = 1"]}
        ),
        lambda ax: lyapunov_plot(_curve(), ax, parameter=bad, title=bad),
    ]
    given = [draw(Figure(figsize=(5, 4)).subplots()) for draw in drawings]
    for axes in [draw(None) for draw in drawings] + given:
        shown = [text for text in _figure(axes).findobj(Text) if isinstance(text, Text) and "$" in text.get_text()]
        assert len(shown) >= 2
        assert not any(text.get_parse_math() or text.get_usetex() for text in shown)
        _figure(axes).savefig(io.BytesIO(), format="svg")


def test_each_phase_has_a_hatch_and_a_letter_of_its_own() -> None:
    assert len({style.hatch for style in PHASE_STYLES.values()}) == len({s.letter for s in PHASE_STYLES.values()}) == 5
    assert [as_phase(code, "codes") for code in range(6)] == [*PHASE_STYLES, Phase.UNDECIDED]


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_pyplot_is_never_loaded_and_no_setting_is_changed() -> None:
    program = (
        "import io, sys, matplotlib\n"
        "before = matplotlib.rcParams.copy()\n"
        "import test_training_plots as drawings\n"
        "for name in drawings.ONE_COLUMN:\n"
        "    drawings.PICTURES[name]().figure.savefig(io.BytesIO(), format='pdf')\n"
        "print('matplotlib.pyplot' in sys.modules)\n"
        "print(all(before[key] == matplotlib.rcParams[key] for key in before if key != 'backend'))\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        timeout=120,
    )
    assert run.stdout.split() == ["False", "True"]


@pytest.mark.parametrize("name", [name for name in ONE_COLUMN if name != "phase_strip_units"])
def test_a_picture_is_drawn_on_the_axes_that_were_given(name: str) -> None:
    from matplotlib.figure import Figure

    axes = Figure(figsize=(9, 4)).subplots(1, 2)[1]
    x, y, codes = _grid(12, 8)
    given: dict[str, Callable[[], Axes]] = {
        "training_curves": lambda: training_curves(_record(), axes, phases=FIVE),
        "sharpness_plot": lambda: sharpness_plot(_record(), axes),
        "generalization_plot": lambda: generalization_plot(_held_out(), axes),
        "coherence_drift": lambda: coherence_drift(*_drifts(), axes),
        "observed_strip": lambda: observed_strip(*_labelled(), axes),
        "phase_diagram": lambda: phase_diagram(x, y, codes, axes),
        "phase_diagram_letters": lambda: phase_diagram(x, y, codes, axes),
        "lyapunov_plot": lambda: lyapunov_plot(_curve(), axes),
    }
    assert given[name]() is axes
    assert axes.has_data()


# --------------------------------------------------------------------------------------------------------- artists


def _by_gid(axes: Axes, gid: str) -> Any:
    found = [artist for artist in axes.findobj() if artist.get_gid() == gid]
    assert len(found) == 1, f"{len(found)} artists are called {gid}"
    return found[0]


def _gids(axes: Axes) -> set[str]:
    return {str(artist.get_gid()) for artist in axes.findobj() if artist.get_gid()}


def test_training_curves_show_the_losses_in_the_style_of_their_phase() -> None:
    record = _record()
    axes = training_curves(record, phases=FIVE)
    assert {gid for gid in _gids(axes) if gid.startswith("curve-")} == {f"curve-{run}" for run in range(5)}
    for run, name in enumerate(FIVE):
        line = _by_gid(axes, f"curve-{run}")
        style = PHASE_STYLES[Phase(name)]
        assert line.get_color() == style.color
        shown = line.get_ydata()
        kept = np.isfinite(shown)
        assert np.array_equal(shown[kept], record.losses[run][: shown.size][kept])
        assert np.nanmin(shown) >= 1e-18 * record.losses[:4].max()
    assert len({str(_by_gid(axes, f"curve-{run}").get_linestyle()) + str(run == 0) for run in range(5)}) >= 2
    assert axes.get_yscale() == "log"
    texts = [_by_gid(axes, f"label-{k}").get_text() for k in range(5)]
    assert texts == [f"{name}\nη = {size:g}" for name, size in zip(FIVE, record.step_sizes, strict=True)]


def test_a_run_that_escapes_stops_with_a_cross_and_one_that_sinks_with_a_triangle() -> None:
    record = _record()
    axes = training_curves(record, phases=FIVE)
    x, y = (float(value[0]) for value in _by_gid(axes, "escape-4").get_data())
    assert y == pytest.approx(axes.get_ylim()[1])
    k = int(np.flatnonzero(record.losses[4] <= y)[-1])
    low, high = (math.log(record.losses[4][step]) for step in (k, k + 1))
    assert x == pytest.approx(k + (math.log(y) - low) / (high - low)), "where the line drawn meets the upper edge"
    sunk = float(_by_gid(axes, "sunk-0").get_xdata()[0])
    assert sunk == np.flatnonzero(record.losses[0] >= 1e-18 * 4)[-1]
    assert {gid for gid in _gids(axes) if gid.startswith(("escape", "sunk"))} == {"escape-4", "sunk-0"}


def test_runs_with_the_same_label_are_labelled_once() -> None:
    record = _record()
    axes = training_curves(record, which=[2, 3], labels=["both", "both"])
    assert [gid for gid in _gids(axes) if gid.startswith("label-")] == ["label-0"]
    assert _by_gid(axes, "curve-2").get_color() == _by_gid(axes, "curve-3").get_color()


def test_a_descent_is_a_record_too_and_an_escape_at_the_start_is_said() -> None:
    descent = descend(
        PhaseRetrieval(gamma=2, c=0), [[1.0]], [1.0], step_sizes=[0.2, 1.2], starts=[2.5], steps=9, escape_loss=1.0
    )
    assert descent.escape_step.tolist() == [0, 0]
    training_curves(descent)
    assert "beyond every bound from the start" in describe_training_curves(descent)


def test_the_edges_of_stability_stand_at_two_and_four() -> None:
    record = _record()
    axes = sharpness_plot(record, phases=FIVE)
    assert set(_by_gid(axes, "edge-2").get_ydata()) == {2.0}
    assert set(_by_gid(axes, "edge-4").get_ydata()) == {4.0}
    assert record.sharpness is not None
    shown = _by_gid(axes, "curve-1").get_ydata()
    assert np.allclose(shown, record.sharpness[1] * record.step_sizes[1])
    texts = {text.get_text() for text, _ in _written(axes)}
    assert {"edge of stability\nηλ = 2", "catapult limit\nηλ = 4"} <= texts


def test_held_out_errors_are_means_with_standard_errors() -> None:
    errors = _held_out()
    axes = generalization_plot(errors)
    tables = (errors.last_iterate, errors.weight_average, errors.prediction_average)
    for (name, _, error), values in zip(errors.series(), tables, strict=True):
        assert values is not None
        columns = values.T.tolist()[:-1]
        line = _by_gid(axes, name)
        assert np.isnan(line.get_ydata()[-1]), "a seed has escaped there"
        means = [sum(column) / 6 for column in columns]
        assert np.allclose(line.get_ydata()[:-1], means)
        spreads = [sum((v - mean) ** 2 for v in column) for column, mean in zip(columns, means, strict=True)]
        assert np.allclose(error[:-1], [math.sqrt(each / 5 / 6) for each in spreads])
        assert np.abs(line.get_xdata() - errors.positions).max() < 0.08 * 0.1, "side by side, not elsewhere"
    drawn = [s for c in axes.collections if hasattr(c, "get_segments") for s in c.get_segments()]
    series = list(errors.series())
    expected = [(m - e, m + e) for _, mean, error in series for m, e in zip(mean[:-1], error[:-1], strict=True)]
    assert np.allclose(sorted((s[0][1], s[1][1]) for s in drawn), sorted(expected))
    assert _by_gid(axes, "escaped").get_xdata().tolist() == [0.5]
    assert axes.get_ylabel() == "test loss"


def test_held_out_errors_of_a_training() -> None:
    losses = np.arange(1.0, 25.0).reshape(4, 6)
    record = Record(
        step_sizes=np.array([0.1, 0.1, 0.2, 0.2]),
        recorded_steps=np.arange(6),
        losses=losses,
        escape_step=np.full(4, -1),
        test_losses=losses,
        test_losses_weight_average=losses + 100,
    )
    over_steps = held_out_errors(record, step_size=0.2)
    assert np.array_equal(over_steps.last_iterate, losses[2:])
    assert over_steps.against == "step t"
    at_the_end = held_out_errors(record)
    assert at_the_end.last_iterate.tolist() == [[6, 18], [12, 24]]
    assert at_the_end.weight_average is not None
    assert at_the_end.weight_average.tolist() == [[106, 118], [112, 124]]
    assert (at_the_end.prediction_average, at_the_end.positions.tolist()) == (None, [0.1, 0.2])
    generalization_plot(over_steps)
    with pytest.raises(InputError, match=r"^step_size = 0.3: must be one of 0.1, 0.2"):
        held_out_errors(record, step_size=0.3)
    with pytest.raises(InputError, match="must hold test losses"):
        held_out_errors(_record())


def test_an_average_that_has_not_begun_is_no_escape() -> None:
    values = np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
    average = np.array([[np.inf, 0.5, 0.5], [np.inf, 0.5, 0.5]])
    errors = HeldOutErrors(positions=np.array([0.0, 1.0, 2.0]), last_iterate=values, weight_average=average)
    assert errors.escaped.tolist() == [0, 0, 0]
    axes = generalization_plot(errors)
    assert "escaped" not in _gids(axes)
    assert np.isnan(_by_gid(axes, "average of the weights").get_ydata()[0])


def test_the_caller_s_arrays_stay_writable() -> None:
    mine = np.ones((2, 3))
    errors = HeldOutErrors(positions=np.arange(3.0), last_iterate=mine)
    mine[0, 0] = 5
    assert errors.last_iterate[0, 0] == 1
    assert not errors.last_iterate.flags.writeable


def test_exact_values_are_lines_and_estimates_have_bars() -> None:
    coherences, found = _drifts()
    axes = coherence_drift(coherences, found, exact=_four())
    for name, boundary in _four().items():
        line = _by_gid(axes, f"exact-{name}")
        assert set(line.get_ydata()) == {float(boundary)}
        points = _by_gid(axes, name)
        there = np.isfinite(found[name][:, 1])
        assert points.get_xdata().tolist() == coherences[there].tolist()
        assert points.get_ydata().tolist() == found[name][there, 1].tolist()
    assert len(_by_gid(axes, "periodic → chaotic").get_xdata()) == 3, "not found at one coherence"
    texts = {_by_gid(axes, f"label-{k}").get_text() for k in range(4)}
    assert "monotonic → catapult\nexact 2√2 − 2" in texts
    assert "periodic → chaotic\nexact 1.3022…" in texts
    segments = [c for c in axes.collections if hasattr(c, "get_segments")]
    ends = sorted((float(s[0][1]), float(s[1][1])) for c in segments for s in c.get_segments() if len(s) == 2)
    expected = sorted((float(r[0]), float(r[2])) for rows in found.values() for r in rows if np.isfinite(r[1]))
    assert np.allclose(ends, expected)


def test_shares_add_up_to_one_at_every_step_size() -> None:
    sizes, names = _labelled()
    axes = observed_strip(sizes, names, predicted=_steps())
    total = np.zeros(20)
    for name in (*FIVE, "undecided"):
        values, edges, baseline = _by_gid(axes, f"share-{name}").get_data()
        assert np.allclose(baseline, total)
        share = values - baseline
        counted = [
            sum(n == name for n, s in zip(names, sizes, strict=True) if s == size) / 8 for size in np.unique(sizes)
        ]
        assert np.allclose(share, counted)
        total = values
    assert np.allclose(total, 1)
    assert np.allclose((edges[1:] + edges[:-1]) / 2, np.unique(sizes))
    for k, step in enumerate(_steps()):
        assert set(_by_gid(axes, f"predicted-{k}").get_xdata()) == {float(step)}


def test_step_sizes_may_have_different_numbers_of_runs() -> None:
    axes = observed_strip([0.1, 0.2, 0.2, 0.2, 0.2], [0, 0, 1, 1, 1])
    values, _, baseline = _by_gid(axes, "share-catapult").get_data()
    assert (values - baseline).tolist() == [0, 0.75]
    assert _by_gid(axes, "share-monotonic").get_data().values.tolist() == [1, 0.25]


def test_every_cell_of_the_diagram_has_the_colour_of_its_label() -> None:
    from matplotlib.colors import to_rgb

    x, y, codes = _grid(40, 30)
    axes = phase_diagram(x, y, codes, predicted=_lines(y))
    cells = _by_gid(axes, "cells")
    colors = np.asarray(cells.get_array()).reshape(30, 40, 3)
    for code, phase in enumerate(PHASE_STYLES):
        assert np.allclose(colors[codes == code], to_rgb(PHASE_STYLES[phase].color))
    for name, line in _lines(y).items():
        assert np.array_equal(_by_gid(axes, name).get_xdata(), line)
    hatched = {gid.removeprefix("hatch-") for gid in _gids(axes) if gid.startswith("hatch-")}
    assert hatched == {*FIVE[1:], "undecided"}
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [*FIVE, "undecided", "a = 1", "a = 2"]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_the_hatch_covers_the_cells_of_its_label_and_no_others() -> None:
    x, y, codes = _grid(40, 30)
    axes = phase_diagram(x, y, codes)
    for code, name in enumerate(FIVE[1:], start=1):
        path = _by_gid(axes, f"hatch-{name}").get_path()
        rectangles = path.vertices.reshape(-1, 5, 2)
        points = np.array([(a, b) for b in y for a in x])
        inside = np.zeros(len(points), dtype=bool)
        for corners in rectangles:
            low, high = corners.min(axis=0), corners.max(axis=0)
            inside |= ((points > low) & (points < high)).all(axis=1)
        assert np.array_equal(inside.reshape(codes.shape), codes == code)


def test_small_grids_show_letters() -> None:
    x, y, codes = _grid(12, 8)
    axes = phase_diagram(x, y, [[[*FIVE, "undecided"][code] for code in row] for row in codes])
    for row in range(8):
        for column in range(12):
            letter = _by_gid(axes, f"letter-{row}-{column}")
            assert letter.get_text() == "MCPXD?"[codes[row, column]]
            assert letter.get_position() == (x[column], y[row])


def test_the_lyapunov_curve_has_its_zero_line_and_its_boundaries() -> None:
    curve, boundaries = _curve(), residual_boundaries()
    axes = lyapunov_plot(curve, boundaries=boundaries)
    assert set(_by_gid(axes, "zero").get_ydata()) == {0.0}
    for k, boundary in enumerate(boundaries):
        if 0.4 <= float(boundary) <= 2.05:
            assert set(_by_gid(axes, f"boundary-{k}").get_xdata()) == {float(boundary)}
        else:
            assert f"boundary-{k}" not in _gids(axes)
    shown = _by_gid(axes, "exponents").get_ydata()
    below = curve.exponents < -2
    finite = np.isfinite(curve.exponents)
    assert np.array_equal(shown[finite & ~below], curve.exponents[finite & ~below])
    assert set(shown[below]) == {-2.0}
    escaped = curve.parameters[np.isnan(curve.exponents)]
    assert escaped.size
    assert _by_gid(axes, "escapes").get_xdata().tolist() == [escaped[0]]
    assert escaped[0] > 2


def test_lyapunov_exponents_from_arrays() -> None:
    a = np.array([0.25, 0.5, 0.75, 2.0])
    exponents = np.array([math.log(0.5), -math.inf, math.log(0.5), math.log(3)])
    axes = lyapunov_plot((a, exponents, np.full(4, 0.1)))
    assert _by_gid(axes, "superattracting").get_xdata().tolist() == [0.5]
    segments = [s for c in axes.collections if hasattr(c, "get_segments") for s in c.get_segments()]
    lengths = [float(s[1][1] - s[0][1]) for s in segments]
    assert np.allclose(lengths, 0.2)
    assert len(lengths) == 3


# ------------------------------------------------------------------------------------------------- the strip, in units


def test_the_strip_says_each_end_in_three_units() -> None:
    steps = step_boundaries(Fraction(60))
    axes = phase_strip(steps, units=["a", "eta lambda", "eta"])
    rows = {unit: [_by_gid(axes, f"{unit}-{k}").get_text() for k in range(5)] for unit in ("a", "ηλ", "η")}
    assert rows["a"] == ["0", "2√2 − 2", "1", "1.3022…", "2"]
    assert rows["ηλ"] == ["0", "4√2 − 4", "2", "2.6045…", "4"]
    assert rows["η"] == ["0", "√2/30 − 1/30", "1/60", "0.02170…", "1/30"]
    ends = [end for _, _, end in phase_spans(steps)][:-1]
    assert axes.get_xticks().tolist() == [0.0, *ends]
    low, high = axes.get_xlim()
    for k, end in enumerate([0.0, *ends]):
        leader = _by_gid(axes, f"leader-{k}").get_xdata()
        assert leader[0] == pytest.approx((end - low) / (high - low))
        assert leader[-1] == _by_gid(axes, f"a-{k}").get_position()[0]
    assert "Ends in step size × sharpness ηλ: 4√2 − 4, 2, 2.6045…, 4." in describe_phase_strip(steps, units=["ηλ"])


@pytest.mark.parametrize("units", ["a", [], ["lambda"], ["η"]])
def test_units_that_the_boundaries_do_not_have_are_refused(units: Any) -> None:
    with pytest.raises(InputError, match="units = "):
        phase_strip(residual_boundaries(), units=units)


# ---------------------------------------------------------------------------------------------------- in words, refused


def test_each_picture_in_words() -> None:
    record = _record()
    words = describe_training_curves(record, phases=FIVE)
    assert "divergent, η = 1.025: from 0.3, rises" in words
    assert "escapes at step 24" in words
    sharp = describe_sharpness_plot(record, phases=FIVE)
    settled = sum(1 - math.exp(-t / 4) for t in range(20, 41)) / 21
    assert f"monotonic, η = 0.25: from 0, {settled:.3g} on average over the second half, above 2 in 0% of it" in sharp
    held = describe_generalization_plot(_held_out())
    assert "over 6 seeds" in held
    assert "Seeds that escaped: 1 of 6 at most." in held
    drift = describe_coherence_drift(*_drifts(), exact=_four())
    assert "catapult → periodic (exact 1) at 1 (0.96 to 1.06) for coherence 0, at 0.82 (0.78 to 0.88) for 0.3" in drift
    assert "20 values: monotonic from 0.005" in describe_observed_strip(*_labelled())
    assert "monotonic in " in describe_phase_diagram(*_grid(12, 8))
    curve = describe_lyapunov_plot(_curve(), boundaries=residual_boundaries())
    assert "flip 1 → 2 at 1" in curve
    assert "Orbits escape from 2.0" in curve


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "a run": (lambda: training_curves(_record(), which=[5]), "which = 5"),
    "a truth value": (lambda: training_curves(_record(), which=[True]), "which = True"),
    "no run": (lambda: training_curves(_record(), which=[]), "which"),
    "too few phases": (lambda: training_curves(_record(), phases=FIVE[:2]), "phases"),
    "an unknown phase": (lambda: training_curves(_record(), phases=["calm"] * 5), "phases = calm"),
    "text for labels": (lambda: training_curves(_record(), labels="abcde"), "labels"),
    "too many labels": (lambda: training_curves(_record(), new_axes(3.4, 1.0), phases=FIVE), "labels"),
    "a floor of 0": (lambda: training_curves(_record(), floor=0.0), "floor = 0"),
    "no sharpness": (lambda: sharpness_plot(_short_descent()), "sharpness = None"),
    "sharpness of others": (lambda: sharpness_plot(_record(), sharpness=[[1.0]]), "sharpness"),
    "NaN": (lambda: sharpness_plot(_record(), sharpness=np.full((5, 41), np.nan)), "sharpness = NaN"),
    "a low top": (lambda: sharpness_plot(_record(), top=3), "top = 3"),
    "errors below 0": (lambda: HeldOutErrors(positions=np.arange(2.0), last_iterate=-np.ones((1, 2))), "last_iterate"),
    "seeds that differ": (
        lambda: HeldOutErrors(positions=np.arange(2.0), last_iterate=np.ones((2, 2)), weight_average=np.ones((1, 2))),
        "weight_average",
    ),
    "positions in disorder": (
        lambda: HeldOutErrors(positions=np.array([2.0, 1.0]), last_iterate=np.ones((1, 2))),
        "positions",
    ),
    "nothing to draw": (
        lambda: generalization_plot(HeldOutErrors(positions=np.arange(2.0), last_iterate=np.full((1, 2), np.inf))),
        "errors",
    ),
    "an interval": (lambda: coherence_drift([0.0], {"x": [[1.0, 0.9, 1.1]]}), r"estimates\['x'\]"),
    "a column missing": (lambda: coherence_drift([0.0], {"x": [[1.0, 1.1]]}), r"estimates\['x'\]"),
    "an exact value of nothing": (lambda: coherence_drift([0.0], {"x": [[1.0, 1.0, 1.0]]}, exact={"y": 1.0}), "exact"),
    "nothing found": (lambda: coherence_drift([0.0], {"x": [[math.nan] * 3]}), "estimates"),
    "a label missing": (lambda: observed_strip([0.1, 0.2], ["chaotic"]), "labels"),
    "one step size": (lambda: observed_strip([0.1, 0.1], ["chaotic"] * 2), "step_sizes"),
    "a code": (lambda: observed_strip([0.1, 0.2], [0, 6]), "labels = 6"),
    "a ragged grid": (lambda: phase_diagram([1, 2], [1, 2], [[0, 1], [0]]), "labels"),
    "an axis in disorder": (lambda: phase_diagram([2, 1], [1, 2], [[0, 1], [0, 1]]), "x = "),
    "a line too short": (
        lambda: phase_diagram([1, 2], [1, 2], [[0, 1], [0, 1]], predicted={"a": [1.0]}),
        r"predicted\['a'\]",
    ),
    "no exponents": (lambda: lyapunov_plot(([1.0, 2.0], [math.nan, math.nan])), "exponents"),
    "no arrays": (lambda: lyapunov_plot([1.0, 2.0]), "curve"),  # type: ignore[arg-type]  # the wrong type is the point
    "parameters in disorder": (lambda: lyapunov_plot(([2.0, 1.0], [0.0, 1.0])), "parameters"),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_input_that_cannot_be_drawn_is_refused(wrong: str) -> None:
    draw, argument = REFUSED[wrong]
    with pytest.raises(InputError, match=f"^{argument}"):
        draw()


def test_widths_of_text_add_up() -> None:
    assert text_width("aa", 7) == pytest.approx(2 * text_width("a", 7), rel=0.02)
    assert text_width("a\naaa\na", 14) == pytest.approx(2 * text_width("aaa", 7), rel=0.02)


if __name__ == "__main__":
    for _name, _draw in PICTURES.items():
        _figure(_draw()).savefig(REFERENCES / f"{_name}.png", dpi=DPI)
