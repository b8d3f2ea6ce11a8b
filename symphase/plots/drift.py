"""Picture of how the observed boundaries drift as data leave orthogonality."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from symphase.arguments import number
from symphase.boundaries import Boundary
from symphase.errors import InputError
from symphase.plots.spans import boundary_label
from symphase.plots.style import (
    COLUMN,
    PHASE_STYLES,
    PhaseStyle,
    axes_for,
    check_words,
    dress,
    finite_or_inf,
    house_style,
    label_ends,
    real_array,
    short_number,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

_MARKERS: Final = ("o", "s", "^", "D", "v", "P")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Drift:
    name: str
    exact: float | None
    exact_text: str
    rows: NDArray[np.float64]  # lower, middle, upper; NaN where nothing was found


def coherence_drift(
    coherences: ArrayLike,
    estimates: Mapping[str, ArrayLike],
    ax: Axes | None = None,
    *,
    exact: Mapping[str, Boundary | float] | None = None,
    x_label: str = "coherence (largest |cosine| of two rows)",
    y_label: str = "a at the observed boundary",
    title: str | None = "Boundaries against coherence",
) -> Axes:
    """Draw each observed boundary, in units of a, against the coherence of the data, beside its exact orthogonal value.

    Parameters
    ----------
    coherences : array-like, shape (C,)
        In increasing order; 0 for orthogonal rows.
    estimates : mapping from str to array-like, shape (C, 3)
        For each boundary, such as "catapult → periodic": lower end, middle and upper end of what was observed, in units
        of a.  A row of three NaN where the boundary was not found.
    ax : matplotlib.axes.Axes, optional
        A new figure's, one column wide, when left out.
    exact : mapping from str to Boundary or float, optional
        The value that orthogonal data would have, for some or all of the same names; drawn as a horizontal line.
    x_label, y_label : str
        With units.
    title : str, optional

    Returns
    -------
    matplotlib.axes.Axes
        The points of a boundary have its name as gid, its line at the exact value ``exact-`` and the name, its error
        bars ``bars-`` and the name.

    Certainty
    ---------
    The points are observed, with the uncertainty given; a line stands at the exact or certified value.

    Raises
    ------
    InputError
        For arrays that do not match, and intervals that do not hold their middle.
    """
    check_words(x_label=x_label, y_label=y_label, title=title)
    across, drifts = _drifts(coherences, estimates, exact)
    axes = axes_for(ax, COLUMN, 2.9, footer=0.42, left=0.5)
    with house_style():
        ends = []
        width = float(across[-1] - across[0]) or 1.0
        heights = [value for drift in drifts for value in drift.rows[np.isfinite(drift.rows)].tolist()]
        heights += [drift.exact for drift in drifts if drift.exact is not None]
        low, high = min(heights), max(heights)
        pad = 0.06 * (high - low) or 0.1
        axes.set_xlim(across[0] - 0.04 * width, across[-1] + 0.04 * width)
        axes.set_ylim(low - pad, high + pad)
        for number, drift in enumerate(drifts):
            style, marker = _style(drift.name, number), _MARKERS[number % len(_MARKERS)]
            lower, middle, upper = drift.rows.T
            found = np.flatnonzero(np.isfinite(middle))
            if drift.exact is not None:
                axes.plot(
                    axes.get_xlim(),
                    [drift.exact] * 2,
                    color=style.color,
                    linewidth=0.9,
                    linestyle="-",
                    zorder=1.5,
                    gid=f"exact-{drift.name}",
                )
            end = (axes.get_xlim()[1], drift.exact)
            if found.size:
                axes.plot(
                    across[found],
                    middle[found],
                    color=style.color,
                    linestyle=(0, (1.5, 1.5)),
                    linewidth=1.0,
                    marker=marker,
                    markersize=4.0,
                    gid=drift.name,
                )
                axes.errorbar(
                    across[found],
                    middle[found],
                    linestyle="",
                    color=style.color,
                    elinewidth=0.9,
                    capsize=2.2,
                    yerr=[(middle - lower)[found], (upper - middle)[found]],
                    gid=f"bars-{drift.name}",
                )
                end = (float(across[found[-1]]), float(middle[found[-1]]))
            if end[1] is not None:
                ends.append((end[0], end[1], f"{drift.name}\n{drift.exact_text}".rstrip(), style.color))
        _ticks(axes, float(across[0]), float(across[-1]))
        dress(axes, x_label, y_label, title)
        label_ends(axes, ends)
    return axes


def _ticks(axes: Axes, first: float, last: float) -> None:
    """Ticks within the data, none in the room that labels will take."""
    from matplotlib.ticker import MaxNLocator

    ticks = MaxNLocator(nbins=4, steps=[1, 2, 5, 10]).tick_values(first, last)
    axes.set_xticks([float(tick) for tick in ticks if first - 1e-9 <= tick <= last + 1e-9])


def _style(name: str, number: int) -> PhaseStyle:
    """The style of the phase that ends at the boundary; the phases' in turn for other names."""
    ended = name.partition(" → ")[0]
    chosen = {str(phase): style for phase, style in PHASE_STYLES.items()}
    turn = list(PHASE_STYLES.values())
    return chosen.get(ended, turn[number % len(turn)])


def _drifts(
    coherences: ArrayLike, estimates: Mapping[str, ArrayLike], exact: Mapping[str, Boundary | float] | None
) -> tuple[NDArray[np.float64], list[_Drift]]:
    across = finite_or_inf(coherences, "coherences", 1)
    if not np.isfinite(across).all() or (np.diff(across) <= 0).any():
        raise InputError("coherences", coherences, "must be finite numbers in increasing order", "sort them")
    if not isinstance(estimates, Mapping) or not estimates:
        raise InputError(
            "estimates", estimates, "must map names of boundaries to arrays", "as {'catapult → periodic': rows}"
        )
    if not all(isinstance(name, str) for name in estimates):
        raise InputError("estimates", estimates, "must map names of boundaries to arrays", "the names are texts")
    exact = {} if exact is None else exact
    if not isinstance(exact, Mapping):
        raise InputError(
            "exact", exact, "must map names of boundaries to their values", "as {'catapult → periodic': 1}"
        )
    unknown = [name for name in exact if name not in estimates]
    if unknown:
        raise InputError(
            "exact", unknown[0], f"must be among the boundaries {', '.join(estimates)}", "use the same names in both"
        )
    found = []
    for name, values in estimates.items():
        argument = f"estimates[{name!r}]"
        rows = real_array(values, argument)
        if rows.shape != (across.size, 3):
            raise InputError(
                argument, f"shape {rows.shape}", f"must have shape {(across.size, 3)}", "transpose or reshape it"
            )
        missing = np.isnan(rows).any(axis=1)
        given = rows[~missing]
        if not np.isnan(rows[missing]).all() or not np.isfinite(given).all() or (np.diff(given, axis=1) < 0).any():
            raise InputError(argument, "a row", "must be lower ≤ middle ≤ upper, finite, or three NaN", "sort each row")
        value = exact.get(name)
        if value is not None and not isinstance(value, Boundary):
            value = number(value, f"exact[{name!r}]")
        text = (
            ""
            if value is None
            else f"exact {boundary_label(value)}"
            if isinstance(value, Boundary)
            else f"at 0: {short_number(value)}"
        )
        found.append(_Drift(name=name, exact=None if value is None else float(value), exact_text=text, rows=rows))
    if not any(drift.exact is not None or np.isfinite(drift.rows).any() for drift in found):
        raise InputError(
            "estimates", "nothing found", "must hold at least one boundary that was found", "leave the picture out"
        )
    return across, found


def describe_coherence_drift(
    coherences: ArrayLike,
    estimates: Mapping[str, ArrayLike],
    *,
    exact: Mapping[str, Boundary | float] | None = None,
) -> str:
    """Put the drift of the boundaries in words.

    Parameters
    ----------
    coherences, estimates, exact
        As for :func:`coherence_drift`.

    Returns
    -------
    str
    """
    across, drifts = _drifts(coherences, estimates, exact)
    told = []
    for drift in drifts:
        seen = np.flatnonzero(np.isfinite(drift.rows[:, 1]))
        name = f"{drift.name} ({drift.exact_text})" if drift.exact_text else drift.name
        if not seen.size:
            told.append(f"{name} not found")
            continue
        first, last = drift.rows[seen[0]], drift.rows[seen[-1]]
        told.append(
            f"{name} at {first[1]:.4g} ({first[0]:.4g} to {first[2]:.4g}) for coherence {across[seen[0]]:.3g}, at "
            f"{last[1]:.4g} ({last[0]:.4g} to {last[2]:.4g}) for {across[seen[-1]]:.3g}"
        )
    return f"Observed boundaries in units of a against the coherence of the data: {'; '.join(told)}."
