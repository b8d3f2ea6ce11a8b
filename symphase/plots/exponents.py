"""Picture of the Lyapunov exponent over the parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from symphase.arguments import number
from symphase.boundaries import Boundary
from symphase.errors import InputError
from symphase.notation import formula_text
from symphase.orbits import LyapunovCurve
from symphase.phases import Phase, residual_family
from symphase.plots.spans import boundary_label, known_boundaries, short_name
from symphase.plots.style import (
    COLUMN,
    INK,
    PALE,
    axes_for,
    check_words,
    dress,
    height_in_inches,
    house_style,
    legend_below,
    real_array,
    style_of,
    text_width,
    upright_labels,
    width_in_inches,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

_DEEPEST: Final = -2.0
_FEW: Final = 60  # points up to this many have error bars; more have a band
_DENSE: Final = 4000


def lyapunov_plot(
    curve: LyapunovCurve | tuple[ArrayLike, ArrayLike] | tuple[ArrayLike, ArrayLike, ArrayLike],
    ax: Axes | None = None,
    *,
    boundaries: Sequence[Boundary] = (),
    parameter: str = "parameter a",
    deepest: float = _DEEPEST,
    title: str | None = "Lyapunov exponent",
) -> Axes:
    """Draw Lyapunov exponents against the parameter, with the zero line, errors and the exact boundaries.

    Above zero nearby orbits part, below they meet; the two sides are shaded apart.

    Parameters
    ----------
    curve : LyapunovCurve, or (parameters, exponents), or (parameters, exponents, errors)
        Arrays of shape (p,): −inf where an orbit meets a critical point, NaN where it escapes.
    ax : matplotlib.axes.Axes, optional
        A new figure's, one column wide, when left out.
    boundaries : sequence of Boundary
        Those within the range of the parameters are marked at their exact values and named above.
    parameter : str
        What stands on the horizontal axis; the boundaries' own parameter when they are given.
    deepest : float < 0
        Lower end of the picture.
    title : str, optional

    Returns
    -------
    matplotlib.axes.Axes
        The curve has the gid ``exponents``, the zero line ``zero``, boundary number k of those given ``boundary-k``.
        Triangles at the lower edge mark exponents of −inf, a cross on the zero line the first orbit that escapes.

    Certainty
    ---------
    The exponents are as sure as the curve given; the lines of the boundaries stand at exact or certified values.

    Raises
    ------
    InputError
        For arrays that do not match, and when no exponent is finite.
    """
    check_words(parameter=parameter, title=title)
    known_boundaries(boundaries)
    parameters, exponents, errors = _arrays(curve)
    if not (deepest := number(deepest, "deepest")) < 0:
        raise InputError("deepest", deepest, "must be a number < 0", "as -2")
    finite = exponents[np.isfinite(exponents)]
    top = max(1.15 * float(finite.max()), 0.15)
    bottom = max(deepest, min(1.1 * float(finite.min()), -0.15))
    if np.isneginf(exponents).any():
        bottom = deepest
    low, high = float(parameters[0]), float(parameters[-1])
    marked = [(k, each) for k, each in enumerate(boundaries) if low <= float(each) <= high]
    axes = axes_for(ax, COLUMN, 3.1, header=0.3 if not marked else 1.05, footer=0.66, left=0.5)
    named = width_in_inches(axes) > 4.5
    names = [boundary_label(each) + (f" · {short_name(each)}" if named else "") for _, each in marked]
    header = 0.25 + max((text_width(name, 7.5) for name in names), default=-0.25)
    shown = np.maximum(exponents, bottom)  # NaN stays
    with house_style():
        _shade(axes, parameters, shown)
        for k, each in marked:
            axes.axvline(float(each), color=INK, linewidth=0.6, alpha=0.6, zorder=1, gid=f"boundary-{k}")
        axes.axhline(0.0, color=INK, linewidth=0.8, gid="zero")
        axes.plot(
            parameters,
            shown,
            color=INK,
            linewidth=0.8,
            gid="exponents",
            rasterized=parameters.size > _DENSE,
            marker="o" if parameters.size <= _FEW else "",
            markersize=2.5,
        )
        known = np.isfinite(exponents) & np.isfinite(errors) & (errors > 0)
        if parameters.size <= _FEW and known.any():
            axes.errorbar(
                parameters[known],
                exponents[known],
                yerr=errors[known],
                linestyle="",
                color=INK,
                elinewidth=0.8,
                capsize=1.8,
                gid="errors",
            )
        elif known.any():
            wide = np.where(known, errors, 0.0)
            axes.fill_between(
                parameters,
                shown - wide,
                shown + wide,
                color=INK,
                alpha=0.35,
                linewidth=0,
                gid="errors",
                rasterized=parameters.size > _DENSE,
            )
        deep = parameters[np.isneginf(exponents)]
        if deep.size:
            axes.plot(
                deep,
                np.full(deep.size, bottom),
                marker="v",
                markersize=4.5,
                color=INK,
                linestyle="",
                clip_on=False,
                gid="superattracting",
            )
        gone = np.flatnonzero(np.isnan(exponents))
        if gone.size:
            axes.plot(
                parameters[gone[:1]],
                [0.0],
                marker="x",
                markersize=6,
                markeredgewidth=1.3,
                linestyle="",
                color=style_of(Phase.DIVERGENT).color,
                clip_on=False,
                zorder=4,
                gid="escapes",
                label="first escape",
            )
        axes.set_xlim(low, high)
        axes.set_ylim(bottom, top)
        legend_below(axes, 3)
        if marked:
            base = 1 + 0.02 / height_in_inches(axes)
            upright_labels(axes, [float(each) for _, each in marked], names, (low, high), base)
        dress(axes, _meaning(boundaries, parameter), "exponent per step", title, pad=7 + 72 * header)
    return axes


def _arrays(
    curve: LyapunovCurve | tuple[ArrayLike, ArrayLike] | tuple[ArrayLike, ArrayLike, ArrayLike],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    if isinstance(curve, LyapunovCurve):
        given: list[ArrayLike] = [curve.parameters, curve.exponents, curve.errors]
    elif isinstance(curve, tuple) and len(curve) in {2, 3}:
        given = list(curve)
    else:
        raise InputError(
            "curve", curve, "must be a LyapunovCurve or a tuple of arrays", "give (parameters, exponents, errors)"
        )
    arrays: list[NDArray[np.float64]] = []
    for name, values in zip(("parameters", "exponents", "errors"), given, strict=False):
        array = real_array(values, name)
        if array.ndim != 1 or array.shape != (arrays[0].shape if arrays else array.shape) or array.size < 2:
            raise InputError(
                name,
                f"shape {array.shape}",
                "must be as many numbers as the parameters, two at least",
                "give arrays of one length",
            )
        arrays.append(array)
    if len(arrays) == 2:
        arrays.append(np.full(arrays[0].shape, np.nan))
    if not np.isfinite(arrays[0]).all() or (np.diff(arrays[0]) <= 0).any():
        raise InputError("parameters", arrays[0], "must be finite numbers in increasing order", "sort them")
    if not np.isfinite(arrays[1]).any() or np.isposinf(arrays[1]).any():
        raise InputError(
            "exponents", arrays[1], "must be numbers, −inf or NaN, and some of them finite", "remove what escaped"
        )
    if (arrays[2] < 0).any():
        raise InputError(
            "errors", float(np.nanmin(arrays[2])), "must hold errors ≥ 0", "give standard errors or losses"
        )
    return arrays[0], arrays[1], arrays[2]


def _shade(axes: Axes, parameters: NDArray[np.float64], shown: NDArray[np.float64]) -> None:
    for above, phase, text in (
        (True, Phase.CHAOTIC, "> 0: orbits part"),
        (False, Phase.PERIODIC, "< 0: orbits meet"),
    ):
        style = style_of(phase)
        where = shown > 0 if above else shown < 0
        axes.fill_between(
            parameters,
            0.0,
            shown,
            where=where.tolist(),
            interpolate=True,
            facecolor=style.color,
            alpha=0.45,
            edgecolor=PALE,
            linewidth=0,
            hatch="" if above else "////",
            label=text,
            zorder=1.5,
            gid="part" if above else "meet",
            rasterized=parameters.size > _DENSE,
        )


def _meaning(boundaries: Sequence[Boundary], parameter: str) -> str:
    """What stands on the horizontal axis."""
    if not len(boundaries):  # an empty array has no truth value
        return parameter
    family = boundaries[0].family
    return "a (= ½ step size × sharpness)" if family == residual_family() else formula_text(family.parameter)


def describe_lyapunov_plot(
    curve: LyapunovCurve | tuple[ArrayLike, ArrayLike] | tuple[ArrayLike, ArrayLike, ArrayLike],
    *,
    boundaries: Sequence[Boundary] = (),
    parameter: str = "parameter a",
) -> str:
    """Put the Lyapunov curve in words.

    Parameters
    ----------
    curve, boundaries, parameter
        As for :func:`lyapunov_plot`.

    Returns
    -------
    str
    """
    check_words(parameter=parameter)
    known_boundaries(boundaries)
    parameters, exponents, errors = _arrays(curve)
    bounded = ~np.isnan(exponents)
    top = int(np.nanargmax(np.where(np.isfinite(exponents), exponents, np.nan)))
    sure = f" ± {errors[top]:.1g}" if np.isfinite(errors[top]) else ""
    above = int((exponents[bounded] > 0).sum())
    gone = np.flatnonzero(~bounded)
    escape = f" Orbits escape from {parameters[gone[0]]:.4g} on." if gone.size else ""
    low, high = float(parameters[0]), float(parameters[-1])
    inside = [each for each in boundaries if low <= float(each) <= high]
    marks = "; ".join(f"{short_name(each)} at {boundary_label(each)}" for each in inside)
    lines = f" Vertical lines mark the exact boundaries: {marks}." if marks else ""
    return (
        f"Lyapunov exponent per step against {_meaning(boundaries, parameter)} from {low:.4g} to {high:.4g}: "
        f"positive at {above} of {parameters.size} parameters, largest {exponents[top]:.4g}{sure} at "
        f"{parameters[top]:.4g}.{escape}{lines}"
    )
