"""Bars of observed phases, one for each problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from matplotlib.axes import Axes

from symphase.plots import INK, PHASE_STYLES

Spread = tuple[float, float, float]


def phase_bars(ax: Axes, problems: Mapping[str, Sequence[Spread]], *, lines: Mapping[float, str], x_label: str) -> None:
    """Draw the phases of each problem, given the four boundaries between them: smallest, median, largest over starts.

    The limits of the horizontal axis must stand.
    """
    low, high = ax.get_xlim()
    for place, boundaries in enumerate(problems.values()):
        edges = [low, *(middle for _, middle, _ in boundaries), high]
        for phase, (begin, end) in zip(PHASE_STYLES, pairwise(edges), strict=True):
            style = PHASE_STYLES[phase]
            ax.barh(
                place,
                end - begin,
                left=begin,
                height=0.6,
                color=style.color,
                hatch=style.hatch,
                edgecolor=INK,
                linewidth=0,
                label=str(phase) if place == 0 else None,
            )
        for first, _, last in boundaries:
            ax.plot([first, last], [place, place], color=INK, linewidth=1.2, marker="|", markersize=7)
    for at, text in lines.items():
        ax.axvline(at, color=INK, linewidth=0.9, linestyle="--", zorder=0.5)
        ax.text(at, len(problems) - 0.45, text, ha="center", va="bottom", fontsize=7)
    ax.set_ylim(-0.5, len(problems) - 0.5)
    ax.set_yticks(range(len(problems)), [name.replace(", ", ",\n", 1) for name in problems])
    ax.set_xlabel(x_label, fontsize=8)
    ax.tick_params(labelsize=7.5)
