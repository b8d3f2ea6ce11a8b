"""What every picture shares: colours, line styles, hatches, room for text, and the settings of the house.

No setting of the process is changed: the house's settings hold inside a ``with`` block, while artists are made.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from symphase.arguments import check_memory, instance, number
from symphase.errors import InputError, missing_package
from symphase.phases import Phase

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

INK: Final = "#24292f"
"""Colour of text, axes and boundary lines."""
PALE: Final = "#8b949e"
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
    hatch : str
        A matplotlib hatch for areas; empty for none.
    letter : str
        One character for cells.
    """

    color: str
    line: str | tuple[int, tuple[float, ...]]
    hatch: str
    letter: str


PHASE_STYLES: Final[Mapping[Phase, PhaseStyle]] = {
    Phase.MONOTONIC: PhaseStyle(color="#0072B2", line="-", hatch="", letter="M"),
    Phase.CATAPULT: PhaseStyle(color="#E69F00", line=(0, (7.0, 1.5)), hatch="////", letter="C"),
    Phase.PERIODIC: PhaseStyle(color="#009E73", line=(0, (5.0, 1.2, 1.2, 1.2)), hatch="....", letter="P"),
    Phase.CHAOTIC: PhaseStyle(color="#CC79A7", line=(0, (2.5, 1.0)), hatch="xxxx", letter="X"),
    Phase.DIVERGENT: PhaseStyle(color="#D55E00", line=(0, (1.2, 1.0)), hatch="----", letter="D"),
}
"""Colour, line style, hatch and letter of each phase."""
_OTHER: Final = PhaseStyle(color=PALE, line=(0, (1.0, 2.5)), hatch="||||", letter="?")
OBSERVED: Final = (*PHASE_STYLES, Phase.UNDECIDED)
"""What a run can be called, in the order of the codes that observations use."""


def style_of(phase: Phase | None) -> PhaseStyle:
    """Style of a phase; pale for what is no phase of the map."""
    return PHASE_STYLES.get(phase, _OTHER) if phase is not None else _OTHER


def as_phase(label: object, argument: str) -> Phase:
    """Read a phase, its name, or its number in the order monotonic, catapult, periodic, chaotic, divergent, undecided.

    Raises
    ------
    InputError
        For anything else.
    """
    if isinstance(label, Phase):
        return label
    if isinstance(label, numbers.Integral) and not isinstance(label, bool) and 0 <= int(label) < len(OBSERVED):
        return OBSERVED[int(label)]
    if isinstance(label, str) and label in {phase.value for phase in Phase}:
        return Phase(str(label))
    names = ", ".join(str(phase) for phase in OBSERVED)
    said = f"must be a phase, one of {names}, or its number 0 to {len(OBSERVED) - 1}"
    raise InputError(argument, label, said, "as Phase.CHAOTIC")


@contextmanager
def house_style() -> Iterator[None]:
    """The settings of our pictures, inside a ``with`` block only."""
    try:
        from matplotlib import rc_context
    except ImportError:
        raise missing_package("a picture", "matplotlib") from None
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

    Raises
    ------
    InputError
        For sizes that are no positive numbers, that leave no room for the Axes, or of more than 400 inches together.
    """
    width, height = number(width, "width", above=0), number(height, "height", above=0)
    header, footer = number(header, "header", least=0), number(footer, "footer", least=0)
    left = number(left, "left", least=0)
    if left + _RIGHT >= width or header + footer >= height or width + height > _LARGE:
        said = f"must leave room for the Axes, on a figure of at most {_LARGE} inches"
        raise InputError("width, height", f"{width:g}, {height:g}", said, "take another size or less room beside it")
    with house_style():
        from matplotlib.figure import Figure

        figure = Figure(figsize=(width, height))
        box = (left / width, footer / height, 1 - (left + _RIGHT) / width, 1 - (header + footer) / height)
        axes: Axes = figure.add_axes(box)
    return axes


def spread(places: Sequence[float], room: float, lowest: float, highest: float) -> list[float]:
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


def color_of(phase: Phase) -> str:
    """Colour of a phase; pale for what is no phase of the map."""
    return style_of(phase).color


def text_on(phase: Phase) -> str:
    """Colour of text on a phase's colour: contrast of 5 to 1 or better."""
    return "#ffffff" if phase is Phase.MONOTONIC else "#000000"


def _superscript(power: int) -> str:
    return "10" + str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def log_ticks(axis: Any) -> None:
    """Powers of ten written in plain characters: nothing in these pictures is read as mathematics."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

    axis.set_major_locator(LogLocator(base=10, numticks=7))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: _superscript(round(math.log10(value))) if value > 0 else "0")
    )


def log_ticks_between(axis: Any, low: float, high: float) -> None:
    """Ticks of a logarithmic axis from one value to another: plain numbers where these are within 2.5 decades."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    log_ticks(axis)
    if high > 300 * low:
        return
    subs = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0) if high < 8 * low else (1.0, 2.0, 5.0)
    axis.set_major_locator(LogLocator(base=10, subs=subs, numticks=12))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: short_number(value)))


def width_in_inches(axes: Axes) -> float:
    """Width of the Axes as it stands in its figure now."""
    figure = axes.get_figure()
    return float(axes.bbox.width / figure.dpi) if figure is not None else 5.0


def height_in_inches(axes: Axes) -> float:
    """Height of the Axes as it stands in its figure now."""
    figure = axes.get_figure()
    return float(axes.bbox.height / figure.dpi) if figure is not None else 3.0


def short_number(value: Fraction | float) -> str:
    """Four digits and a true minus sign."""
    return f"{float(value):.4g}".replace("-", "−")


def inner_number(end: float, *, up: bool = False) -> str:
    """Four digits of a phase's end, cut and not rounded: a value of these digits is still in the phase.

    ``up`` says that the phase lies above its end.

    Examples
    --------
    >>> inner_number(0.0140064), inner_number(2.0), inner_number(-1.40115, up=True)
    ('0.01400', '2', '−1.401')
    """
    value = Decimal(repr(float(end)))
    if not value:
        return "0"
    cut = value.quantize(Decimal(1).scaleb(value.adjusted() - 3), ROUND_CEILING if up else ROUND_FLOOR)
    if cut == value or not -4 <= cut.adjusted() < 4:
        return short_number(float(cut))
    return f"{cut:f}".replace("-", "−")


def finite_or_inf(values: ArrayLike, argument: str, dimensions: int) -> NDArray[np.float64]:
    """Read numbers, ±infinity included, of so many dimensions; NaN is refused.

    Raises
    ------
    InputError
        For anything else.
    """
    array = real_array(values, argument)
    if array.ndim != dimensions or not array.size:
        said = f"must be a non-empty array of numbers with {dimensions} axes"
        raise InputError(argument, f"shape {array.shape}", said, "reshape it")
    if np.isnan(array).any():
        raise InputError(argument, "NaN", "must hold numbers or infinities", "an escaped run holds +inf")
    return array


def real_array(values: ArrayLike, argument: str) -> NDArray[np.float64]:
    """Read real numbers, NaN included, as an array of floats; a boolean is no number.

    Raises
    ------
    InputError
        For anything else, and for more numbers than memory has room for.
    """
    try:
        given = np.asarray(values)
    except Exception:  # noqa: BLE001  # what a stranger's conversion raises is not our error
        raise InputError(argument, values, "must be numbers in rows of equal length", "give lists or arrays") from None
    if given.dtype.kind not in "iuf":
        raise InputError(argument, f"{given.dtype} array", "must be real numbers", "give floats")
    check_memory(given.size, argument, f"shape {given.shape}", "use fewer numbers")
    return np.asarray(given, dtype=np.float64)


def axes_for(ax: Axes | None, width: float, height: float, **room: float) -> Axes:
    """Return the Axes to draw on: the caller's, or that of a new figure."""
    if ax is None:
        return new_axes(width, height, **room)
    from matplotlib.axes import Axes

    return instance(ax, Axes, "ax", "leave it out for a figure of its own")


def check_words(**words: str | None) -> None:
    """Refuse labels and titles that are no text; a title may be left out."""
    for argument, text in words.items():
        if text is not None or argument != "title":
            instance(text, str, argument, "give text, such as 'step t'")


def check_phase(phase: object) -> None:
    """Refuse what is neither a phase nor left out."""
    if phase is not None:
        instance(phase, Phase, "phase", "as Phase.CHAOTIC")


# --------------------------------------------------------------------------------------- text that fits, a column wide

_RIGHT: Final = 0.12  # inches to the right of the Axes
_LARGE: Final = 400
COLUMN: Final = 3.4
"""Width of one column of a paper, in inches."""
SMALL: Final = 7.0
"""The smallest size of text, in points, in a picture one column wide."""
LABEL: Final = 8.0


def text_width(text: str, size: float) -> float:
    """Width of the longest line of a text, in inches."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(family=_SETTINGS["font.family"], size=size)
    widths = [TextToPath().get_text_width_height_descent(line, font, ismath=False)[0] for line in text.split("\n")]
    return float(max(widths)) / 72


def dress(axes: Axes, x_label: str, y_label: str, title: str | None, *, pad: float = 7.0) -> None:
    """Name both axes and the picture, in characters that are never read as mathematics."""
    axes.set_xlabel(x_label, fontsize=LABEL, parse_math=False)
    axes.set_ylabel(y_label, fontsize=LABEL, parse_math=False)
    axes.tick_params(labelsize=SMALL + 0.5)
    if title is not None:
        axes.set_title(title, loc="left", fontsize=LABEL + 0.5, pad=pad, parse_math=False)


def legend_below(axes: Axes, columns: int, handles: Sequence[Any] | None = None, depth: float = 0.4) -> None:
    """A legend under the name of the horizontal axis, ``depth`` inches below the Axes; nothing for no entries."""
    given = list(handles) if handles is not None else axes.get_legend_handles_labels()[0]
    if given:
        axes.legend(
            handles=given,
            loc="upper center",
            bbox_to_anchor=(0.5, -depth / height_in_inches(axes)),
            ncols=columns,
            frameon=False,
            fontsize=SMALL,
            handlelength=1.6,
            handleheight=0.9,
            columnspacing=1.0,
            borderaxespad=0.0,
            handletextpad=0.5,
            labelspacing=0.3,
        )


def upright_labels(
    axes: Axes, places: Sequence[float], texts: Sequence[str], ends: tuple[float, float], base: float
) -> None:
    """Write labels upright above an Axes, spread out, each led to its place on the axis between two ends.

    ``base`` is where the leaders begin, in units of the height of the Axes.
    """
    room = 0.165 / width_in_inches(axes) * (ends[1] - ends[0])
    labels = axes.inset_axes((0.0, base, 1.0, 0.2 / height_in_inches(axes)))
    labels.set_xlim(*ends)
    labels.set_ylim(0, 1)
    labels.set_axis_off()
    for text, place, moved in zip(texts, places, spread(places, room, *ends), strict=True):
        labels.plot([place, place, moved, moved], [0, 0.15, 0.75, 0.95], color=INK, linewidth=0.6, clip_on=False)
        labels.text(
            moved,
            1.05,
            text,
            ha="center",
            va="bottom",
            rotation=90,
            fontsize=7.5,
            parse_math=False,
        )


def label_ends(axes: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Write each label right of the point where its curve ends, moved apart, within room made inside the Axes.

    The limits of both axes must stand; those of the horizontal one are widened.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    ends : sequence of (float, float, str, str)
        x and y of the end of each curve, the label (one line or more), and the colour of its leader.

    Raises
    ------
    InputError
        When the labels do not fit one above the other.
    """
    if not ends:
        return
    width = (max(text_width(label, SMALL) for _, _, label, _ in ends) + 0.2) / width_in_inches(axes)
    height = height_in_inches(axes)
    lines = max(label.count("\n") + 1 for _, _, label, _ in ends)
    room = (lines * SMALL * 1.2 + 1.5) / 72 / height
    if room * len(ends) > 1.06 or width > 0.7:
        raise InputError(
            "labels", f"{len(ends)} labels", "do not fit beside the curves", "choose fewer runs or make the Axes larger"
        )
    left, right = axes.get_xlim()
    axes.set_xlim(left, right + (right - left) * width / (1 - width))
    for side in ("bottom", "top"):
        axes.spines[side].set_bounds(left, right)
    to_axes = axes.transData + axes.transAxes.inverted()
    heights = [float(to_axes.transform((x, y))[1]) for x, y, _, _ in ends]
    moved = spread(heights, room, room / 2, 1 - room / 2)
    for k, ((x, y, label, color), place) in enumerate(zip(ends, moved, strict=True)):
        axes.annotate(
            label,
            (x, y),
            xytext=(1 - width + 0.14 / width_in_inches(axes), place),
            textcoords="axes fraction",
            ha="left",
            va="center",
            fontsize=SMALL,
            linespacing=1.0,
            arrowprops={
                "arrowstyle": "-",
                "color": color,
                "linewidth": 0.5,
                "alpha": 0.8,
                "relpos": (0.0, 0.5),
                "shrinkA": 0.0,
                "shrinkB": 1.5,
            },
            annotation_clip=False,
            parse_math=False,
            gid=f"label-{k}",
        )
