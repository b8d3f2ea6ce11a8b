r"""Pictures that are drawn in the TeX source itself: the map with a cobweb, and the bifurcation diagram.

Only LaTeX's own ``picture`` environment is used, in points: no file beside the document, the same bytes on every run,
on every engine.  Orbits are float64 estimates; the boundaries marked in them are exact.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np

from symphase.algebraic import real_roots
from symphase.boundaries import Boundaries, Boundary, BoundaryKind
from symphase.cells import specialise
from symphase.latex.tables import exact_form
from symphase.latex.writing import Writer
from symphase.maps import PolynomialFamily
from symphase.notation import formula_width
from symphase.orbits import cobweb_path, orbit_diagram

__all__ = ["PREAMBLE", "Drawing", "bifurcation_picture", "cobweb_pictures"]

PREAMBLE: Final = r"""\definecolor{ink}{rgb}{0.10,0.24,0.45}
\definecolor{path}{rgb}{0.78,0.24,0.12}
\definecolor{faint}{rgb}{0.62,0.62,0.62}
\definecolor{pale}{rgb}{0.70,0.77,0.87}
\newcommand{\stroke}[3]{\put(#1,#2){\line(0,1){#3}}}
\newcommand{\across}[3]{\put(#1,#2){\line(1,0){#3}}}
\newcommand{\place}{0}
\newcommand{\at}[1]{\renewcommand{\place}{#1}}
\newcommand{\up}[2]{\put(\place,#1){\line(0,1){#2}}}
"""
_WIDTH: Final = 400
_HEIGHT: Final = 190
_SIDE: Final = 180
_TRANSIENT: Final = 3000
_KEPT: Final = 700
_PIECES: Final = 20
_PATH: Final = 60  # corners of a cobweb
_LABEL: Final = 12  # from the frame to the values above it
_FEW: Final = 40  # cells: an orbit that visits no more is drawn as points


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A picture, what stands under it, and its label.

    Attributes
    ----------
    lines : tuple of str
        LaTeX of the picture.
    caption : str
        LaTeX.
    label : str
    """

    lines: tuple[str, ...]
    caption: str
    label: str


@dataclass(frozen=True, slots=True)
class _Axis:
    """Takes numbers to points."""

    low: float
    high: float
    length: float

    def at(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low) * self.length

    def ticks(self, count: int = 6) -> list[tuple[float, str]]:
        """Round numbers inside, at most about ``count`` of them."""
        raw = (self.high - self.low) / count
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw)
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [(k * step, f"{k * step + 0.0:.{digits}f}") for k in range(first, last + 1)]


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _put(x: float, y: float, what: str) -> str:
    return rf"\put({_number(x)},{_number(y)}){{{what}}}"


def _segment(x0: float, y0: float, x1: float, y1: float) -> str:
    """A straight line of any slope."""
    if abs(x1 - x0) < 0.005:
        low = min(y0, y1)
        return rf"\stroke{{{_number(x0)}}}{{{_number(low)}}}{{{_number(abs(y1 - y0))}}}"
    if abs(y1 - y0) < 0.005:
        left = min(x0, x1)
        return rf"\across{{{_number(left)}}}{{{_number(y0)}}}{{{_number(abs(x1 - x0))}}}"
    return _curve((x0, y0), ((x0 + x1) / 2, (y0 + y1) / 2), (x1, y1))


def _curve(*points: tuple[float, float]) -> str:
    return r"\qbezier" + "".join(f"({_number(x)},{_number(y)})" for x, y in points)


def _frame(width: float, height: float) -> list[str]:
    return [
        _segment(0, 0, width, 0),
        _segment(0, height, width, height),
        _segment(0, 0, 0, height),
        _segment(width, 0, width, height),
    ]


def _graph(f: Callable[[float], float], slope: Callable[[float], float], x: _Axis, y: _Axis) -> list[str]:
    """The graph of f as parabolas that share their tangents; left out where it leaves the frame."""
    lines = []
    places = [x.low + (x.high - x.low) * k / _PIECES for k in range(_PIECES + 1)]
    for left, right in itertools.pairwise(places):
        a, b, da, db = f(left), f(right), slope(left), slope(right)
        if not (y.low <= a <= y.high and y.low <= b <= y.high):
            continue
        middle = (b - a + da * left - db * right) / (da - db) if abs(da - db) > 1e-9 else (left + right) / 2
        if not left <= middle <= right:
            middle = (left + right) / 2
        height = min(max(a + da * (middle - left), y.low), y.high)
        lines.append(_curve((x.at(left), y.at(a)), (x.at(middle), y.at(height)), (x.at(right), y.at(b))))
    return lines


def _functions(family: PolynomialFamily, parameter: float) -> tuple[Callable[[float], float], Callable[[float], float]]:
    coefficients = family.at(parameter, float)

    def value(at: float, powers: Sequence[float]) -> float:
        total = 0.0
        for coefficient in reversed(powers):
            total = total * at + coefficient
        return total

    slopes = [k * c for k, c in enumerate(coefficients)][1:]
    return (lambda at: value(at, coefficients)), (lambda at: value(at, slopes))


def _one_cobweb(family: PolynomialFamily, parameter: float, span: tuple[float, float], writer: Writer) -> list[str]:
    f, slope = _functions(family, parameter)
    x = _Axis(*span, _SIDE)
    path = cobweb_path(family, parameter, _free_points(family, parameter)[-1], steps=_PATH)
    places = [(min(max(u, x.low), x.high), min(max(v, x.low), x.high)) for u, v in zip(path.x, path.y, strict=True)]
    corners = [(x.at(float(u)), x.at(float(v))) for u, v in places]
    z = writer.name(family.variable)
    lines = [rf"\begin{{picture}}({_SIDE + 30},{_SIDE + 34})(-24,-24)", r"\linethickness{0.4pt}", *_frame(_SIDE, _SIDE)]
    for value, text in x.ticks(5):
        at = x.at(value)
        lines += [
            _segment(at, 0, at, 3),
            _put(at, -9, rf"\makebox(0,0){{\scriptsize ${text}$}}"),
            _segment(0, at, 3, at),
            _put(-3, at, rf"\makebox(0,0)[r]{{\scriptsize ${text}$}}"),
        ]
    lines += [
        r"\color{faint}",
        _segment(0, 0, _SIDE, _SIDE),
        r"\color{path}",
        *(_segment(*start, *end) for start, end in itertools.pairwise(corners)),
        r"\color{ink}\linethickness{0.9pt}",
        *_graph(f, slope, x, x),
        r"\color{black}",
        _put(_SIDE / 2, -19, rf"\makebox(0,0){{\small ${z}$}}"),
        _put(_SIDE / 2, _SIDE + 6, rf"\makebox(0,0){{\small ${writer.name(family.parameter)} = {parameter:g}$}}"),
        r"\end{picture}",
    ]
    return lines


def cobweb_pictures(boundaries: Boundaries, writer: Writer) -> Drawing | None:
    """Draw the map with the cobweb of its free critical orbit, where it is periodic and where it is chaotic.

    Parameters
    ----------
    boundaries : Boundaries
    writer : Writer

    Returns
    -------
    Drawing or None
        None where no critical orbit moves and stays bounded, or there is no boundary to choose a parameter by.

    Certainty
    ---------
    Numerical: orbits in float64.
    """
    family = boundaries.reduced_family
    panels = []
    for parameter in _two_parameters(boundaries):
        points = _free_points(family, parameter)
        if points:
            orbit = [float(z) for z in cobweb_path(family, parameter, points[-1], steps=200).orbit]
            if all(math.isfinite(z) for z in orbit):
                panels.append((parameter, orbit))
    if not panels:
        return None
    chosen = [parameter for parameter, _ in panels]
    every = [z for _, points in panels for z in points]
    fixed = [_fixed(point, parameter) for point in boundaries.fixed_points for parameter in chosen]
    wide = max(every) - min(every)
    every += [z for z in fixed if z is not None and min(every) - wide / 2 <= z <= max(every) + wide / 2]
    margin = (max(every) - min(every)) * 0.04
    span = (min(every) - margin, max(every) + margin)
    lines: list[str] = []
    for parameter, _ in panels:
        lines += [*_one_cobweb(family, parameter, span, writer), r"\hfil"]
    z, a = family.variable, family.parameter
    told = " and ".join(f"{a} = {parameter:g}" for parameter in chosen)
    caption = writer.prose(
        f"The map and the first {_PATH} steps of a free critical orbit, at {told} (float64 orbits): from {z} go up or "
        f"down to the graph, then across to the diagonal, which is the next {z}."
    )
    return Drawing(lines=tuple(lines[:-1]), caption=caption, label="fig:cobweb")


def _fixed(point: Any, parameter: float) -> float | None:
    if point.location is None:
        return None
    symbols = point.location.free_symbols
    value = point.location.subs(dict.fromkeys(symbols, parameter)) if symbols else point.location
    return float(value) if value.is_real else None


def _two_parameters(boundaries: Boundaries) -> tuple[float, ...]:
    """Short decimals: beyond the first flip, and beyond the onset of chaos (before the end, where it is not known)."""
    flips = [float(one) for one in boundaries if one.kind is BoundaryKind.FLIP]
    onset = boundaries.find(BoundaryKind.ONSET)
    end = boundaries.find(BoundaryKind.ESCAPE) or boundaries.find(BoundaryKind.TANGENCY)
    last = float(end) if end is not None else flips[0] + boundaries.direction
    second = flips[1] if len(flips) > 1 else flips[0] + 0.2 * (last - flips[0])
    first = float(onset) if onset is not None else flips[0] + 0.6 * (last - flips[0])
    return (
        _short_between(flips[0], second),
        _short_between(first + 0.55 * (last - first), first + 0.95 * (last - first)),
    )


def _short_between(first: float, last: float) -> float:
    """The shortest decimal near the middle of an interval."""
    low, high = sorted((first, last))
    middle = (low + high) / 2
    for digits in range(12):
        value = round(middle, digits)
        if low + (high - low) / 8 < value < high - (high - low) / 8:
            return value
    return middle


def _story(boundaries: Boundaries) -> tuple[float, float]:
    """The parameters that the diagram shows: all boundaries, and a margin."""
    places = sorted(float(one) for one in boundaries)
    flip = float(boundaries.require(BoundaryKind.FLIP, 1))
    low, high = places[0], places[-1]
    if high == low:
        low, high = flip - 1, flip + 1
    return low - 0.02 * (high - low), high + 0.02 * (high - low)


def bifurcation_picture(boundaries: Boundaries, writer: Writer, *, sharpness: bool = False) -> Drawing | None:
    """Draw where the free critical orbit settles, over the parameter, with the boundaries marked at their exact place.

    Parameters
    ----------
    boundaries : Boundaries
    writer : Writer
    sharpness : bool
        Whether ηλ = 2a is written under the parameter's axis.

    Returns
    -------
    Drawing or None
        None where no critical orbit moves and stays bounded.

    Certainty
    ---------
    The marks are exact or certified; the diagram is numerical: float64 orbits.
    """
    family = boundaries.reduced_family
    x = _Axis(*_story(boundaries), _WIDTH)
    columns = [x.low + (x.high - x.low) * (k + 0.5) / _WIDTH for k in range(_WIDTH)]
    orbits = _settled(family, columns)
    finite = orbits[np.isfinite(orbits)]
    if not finite.size:
        return None
    margin = float(np.ptp(finite)) * 0.03 or 1.0
    y = _Axis(float(finite.min()) - margin, float(finite.max()) + margin, _HEIGHT)
    top = _HEIGHT + _LABEL + 18
    a, z = writer.name(family.parameter), writer.name(family.variable)
    below = 36 if sharpness else 26
    lines = [
        rf"\begin{{picture}}({_WIDTH + 40},{_number(top + below + 4)})(-34,-{below})",
        r"\linethickness{1pt}",
        *_columns(orbits, y),
    ]
    lines += [r"\color{black}\linethickness{0.4pt}", *_frame(_WIDTH, _HEIGHT)]
    for value, text in x.ticks(8):
        lines += [
            _segment(x.at(value), 0, x.at(value), -3),
            _put(x.at(value), -9, rf"\makebox(0,0){{\scriptsize ${text}$}}"),
        ]
        if sharpness:
            lines.append(_put(x.at(value), -19, rf"\makebox(0,0){{\scriptsize\color{{faint}}${2 * value + 0.0:g}$}}"))
    for value, text in y.ticks(5):
        lines += [
            _segment(0, y.at(value), -3, y.at(value)),
            _put(-5, y.at(value), rf"\makebox(0,0)[r]{{\scriptsize ${text}$}}"),
        ]
    lines += [
        _put(-26, _HEIGHT / 2, rf"\makebox(0,0){{\small ${z}$}}"),
        _put(_WIDTH / 2, -30 if sharpness else -20, rf"\makebox(0,0){{\small {_axis_name(writer, a, sharpness)}}}"),
        r"\color{path}\linethickness{0.3pt}",
        *_labels(boundaries, x, writer),
        r"\end{picture}",
    ]
    caption = (
        f"Where the free critical orbits settle, for {_WIDTH} values of ${a}$ ({_KEPT} points of each float64 orbit "
        f"after {_TRANSIENT} steps: numerical). The lines stand at the boundaries of the table, which are exact or "
        "certified."
    )
    return Drawing(lines=tuple(lines), caption=caption, label="fig:diagram")


def _axis_name(writer: Writer, a: str, sharpness: bool) -> str:
    if not sharpness:
        return f"${a}$"
    eta, size = writer.name("eta"), writer.name("lambda")
    return rf"${a}$; below it {{\color{{faint}}${eta}{' ' if size[:1].isalpha() else ''}{size} = 2{a}$}}"


def _free_points(family: PolynomialFamily, parameter: float) -> list[float]:
    """The real critical points whose orbits move with the parameter, at one value of it."""
    exact = Fraction(parameter)
    return sorted(
        float(root) for factor in family.free_critical_factors for root in real_roots(specialise(factor, exact))
    )


def _settled(family: PolynomialFamily, columns: Sequence[float]) -> Any:
    """The late part of every free critical orbit, one row for each parameter; what escapes is left out as NaN."""
    starts = [_free_points(family, parameter) for parameter in columns]
    late = np.full((len(columns), 0), np.nan)
    for k in range(max(map(len, starts))):
        rows = [row for row, points in enumerate(starts) if len(points) > k]
        orbits = orbit_diagram(
            family,
            [columns[row] for row in rows],
            [starts[row][k] for row in rows],
            transient=_TRANSIENT,
            keep=_KEPT,
            jit=False,
        )
        kept = np.full((len(columns), _KEPT), np.nan)
        for row, orbit in zip(rows, orbits, strict=True):
            if np.isfinite(orbit).all():
                kept[row] = orbit
        late = np.concatenate([late, kept], axis=1)
    return late


def _columns(orbits: Any, y: _Axis) -> list[str]:
    """Vertical strokes over the cells that the orbits visit, those that are visited often in a darker tone."""
    pale, dark = [], []
    for k, row in enumerate(orbits):
        orbit = row[np.isfinite(row)]
        if not orbit.size:
            continue
        fine = {int(y.at(float(z)) * 2) for z in orbit}  # cells of half a point
        if len(fine) <= _FEW:
            dark.append((k, [(low / 2, (high - low + 1) / 2) for low, high in _runs(sorted(fine), 1)]))
            continue
        counts = np.bincount([int(y.at(float(z))) for z in orbit])
        often = counts >= 1.6 * counts[counts > 0].mean()
        pale.append((k, [(low, high - low + 1) for low, high in _runs(np.flatnonzero(counts).tolist(), 2)]))
        dark.append((k, [(low, high - low + 1) for low, high in _runs(np.flatnonzero(often).tolist(), 1)]))
    return [r"\color{pale}", *_strokes(pale), r"\color{ink}", *_strokes(dark)]


def _runs(cells: Sequence[int], gap: int) -> list[tuple[int, int]]:
    """First and last cell of each stretch without a gap of more than so many steps."""
    runs: list[tuple[int, int]] = []
    for cell in cells:
        if runs and cell - runs[-1][1] <= gap:
            runs[-1] = (runs[-1][0], cell)
        else:
            runs.append((cell, cell))
    return runs


def _strokes(columns: Sequence[tuple[int, Sequence[tuple[float, float]]]]) -> list[str]:
    """One line of the source for each column."""
    return [
        rf"\at{{{_number(k + 0.5)}}}" + "".join(rf"\up{{{_number(low)}}}{{{_number(size)}}}" for low, size in runs)
        for k, runs in columns
    ]


def _labels(boundaries: Sequence[Boundary], x: _Axis, writer: Writer) -> list[str]:
    """A line at each boundary, bent above the frame towards its value, so that no two values touch."""
    marks = [(x.at(float(one)), *_value(one, writer)) for one in sorted(boundaries, key=float)]
    centres = _spread([at for at, _, _ in marks], [width + 5 for _, _, width in marks], -20.0, _WIDTH + 20.0)
    lines = []
    for (at, text, _), centre in zip(marks, centres, strict=True):
        lines += [
            _segment(at, 0, at, _HEIGHT + 2),
            _segment(at, _HEIGHT + 2, centre, _HEIGHT + _LABEL),
            _put(centre, _HEIGHT + _LABEL + 8, rf"\makebox(0,0){{\scriptsize ${text}$}}"),
        ]
    return lines


def _spread(places: Sequence[float], widths: Sequence[float], low: float, high: float) -> list[float]:
    """Centres as near to their places as intervals of these widths, in this order, can be without overlapping."""
    groups: list[tuple[float, list[int]]] = []  # left end, members

    def left_of(members: list[int]) -> float:
        offset, total = 0.0, 0.0
        for k in members:
            total += places[k] - offset - widths[k] / 2
            offset += widths[k]
        return min(max(total / len(members), low), high - offset)

    for k in range(len(places)):
        members = [k]
        left = left_of(members)
        while groups and groups[-1][0] + sum(widths[m] for m in groups[-1][1]) > left:
            members = groups.pop()[1] + members
            left = left_of(members)
        groups.append((left, members))
    centres = []
    for left, members in groups:
        for k in members:
            centres.append(left + widths[k] / 2)
            left += widths[k]
    return centres


def _value(boundary: Boundary, writer: Writer) -> tuple[str, float]:
    """What is written at a boundary, and about how wide it is in small print."""
    radicals = boundary.algebraic.radicals() if boundary.algebraic is not None else None
    exact = exact_form(boundary.algebraic, writer)
    if exact is not None and radicals is not None and formula_width(radicals) < 60:
        return exact.replace(r"\frac", r"\tfrac"), 0.75 * formula_width(radicals)
    if boundary.kind is BoundaryKind.ONSET:
        return rf"{writer.name(boundary.family.parameter)}_{{\infty}}", 12.0
    return boundary.decimal(4), 22.0
