"""Orbits of one map: to any precision with mpmath, and fast in floats for pictures.

An orbit computed in floats illustrates and never decides: two algebraically equal forms of a chaotic map part company
after some forty steps.  Everything here is therefore a numerical estimate; what is proved lives in ``cycles``,
``boundaries`` and ``onset``.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

import mpmath
import numpy as np
from numpy.typing import NDArray

from symphase.errors import InputError
from symphase.formulas import exact_rational
from symphase.maps import PolynomialFamily

__all__ = ["iterate", "orbit_diagram", "settled_period"]

MAX_STEPS: Final = 10_000_000
MAX_DIGITS: Final = 100_000
MAX_PERIOD: Final = 100_000


def _context(digits: int) -> Any:
    """A private mpmath context: nothing global is read or changed."""
    context = mpmath.MPContext()
    context.dps = digits
    return context


def _rational(context: Any, value: Fraction) -> Any:
    return context.mpf(value.numerator) / value.denominator


def iterate(family: PolynomialFamily, parameter: object, start: object, steps: int, *, digits: int = 50) -> list[Any]:
    """Iterate z ← f(z, a) in mpmath.

    Parameters
    ----------
    family : PolynomialFamily
    parameter, start : number
        a and z₀, read exactly (a float stands for the rational that it stores).
    steps : int
        How many steps, at most 10⁷; the orbit ends early when |z| passes 10^digits.
    digits : int
        Working decimal digits, 1 to 100 000.

    Returns
    -------
    list of mpmath.mpf
        z₀, z₁, …; ``steps + 1`` values unless the orbit escapes.

    Certainty
    ---------
    Numerical: in a chaotic range about log10(3) digits are lost per step.

    Raises
    ------
    InputError
        For what are no numbers, and for steps and digits out of range.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> [float(z) for z in iterate(logistic, Fraction(2), Fraction(1, 4), 2)]
    [0.25, 0.375, 0.46875]
    """
    _check_family(family)
    _check_count(steps, "steps", 0, MAX_STEPS)
    _check_count(digits, "digits", 1, MAX_DIGITS)
    context = _context(digits)
    a = _rational(context, exact_rational(parameter, "parameter"))
    coefficients = family.at(a, lambda value: _rational(context, value))
    bound = context.mpf(10) ** digits
    orbit = [_rational(context, exact_rational(start, "start"))]
    for _ in range(steps):
        z = orbit[-1]
        total = coefficients[-1]
        for coefficient in coefficients[-2::-1]:
            total = total * z + coefficient
        orbit.append(total)
        if abs(total) > bound:
            break
    return orbit


def settled_period(
    family: PolynomialFamily,
    parameter: object,
    start: object,
    *,
    steps: int = 4000,
    max_period: int = 64,
    digits: int = 50,
    tolerance: float = 1e-12,
) -> int | None:
    """Return the period on which an mpmath orbit settles; 0 when it escapes, None when no period shows.

    Certainty
    ---------
    Numerical: periods up to ``max_period`` within ``steps`` steps at ``digits`` digits.

    Raises
    ------
    InputError
        As :func:`iterate`, and for a ``max_period`` out of range.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> settled_period(logistic, Fraction(16, 5), Fraction(1, 3))
    2
    """
    _check_count(max_period, "max_period", 1, MAX_PERIOD)
    orbit = iterate(family, parameter, start, steps, digits=digits)
    if len(orbit) <= steps:
        return 0
    tail = orbit[-(2 * max_period + 1) :]
    for period in range(1, min(max_period, (len(tail) - 1) // 2) + 1):  # each period is seen twice, or not at all
        if all(abs(late - early) < tolerance for early, late in zip(tail, tail[period:], strict=False)):
            return period
    return None


def orbit_diagram(
    family: PolynomialFamily,
    parameters: Sequence[float] | NDArray[np.float64],
    starts: Sequence[float] | NDArray[np.float64],
    *,
    transient: int,
    keep: int,
) -> NDArray[np.float64]:
    """Iterate many parameters side by side and keep the late part of each orbit.

    Parameters
    ----------
    family : PolynomialFamily
    parameters, starts : sequence of float, shape (p,)
        One parameter and one start per orbit; a critical point finds every attracting cycle of a map with negative
        Schwarzian derivative (Singer, SIAM J. Appl. Math. 35, 1978).
    transient, keep : int
        Steps thrown away and steps kept: what is kept begins with z after ``transient + 1`` steps.

    Returns
    -------
    ndarray, shape (p, keep)
        Axes: parameter, time.  Orbits that escape hold NaN from there on, so that plots leave them out.

    Certainty
    ---------
    Numerical estimate in float64, for pictures.

    Raises
    ------
    InputError
        For counts out of range, shapes that disagree, and numbers that are not finite.
    """
    _check_family(family)
    _check_count(transient, "transient steps", 0, MAX_STEPS)
    _check_count(keep, "kept steps", 0, MAX_STEPS)
    a = np.asarray(parameters, dtype=np.float64)
    z = np.asarray(starts, dtype=np.float64).copy()
    for name, values in (("parameters", a), ("starts", z)):
        if values.ndim != 1 or not np.isfinite(values).all():
            raise InputError(name, f"shape {values.shape}", "must be a sequence of finite numbers")
    if a.shape != z.shape:
        raise InputError("starts", f"{z.size} numbers", f"must be one for each of the {a.size} parameters")
    rows = [np.polynomial.polynomial.polyval(a, [float(c) for c in row]) for row in family.rows]
    kept = np.empty((a.size, keep))
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(transient + keep):
            value = rows[-1] * np.ones_like(z)
            for row in rows[-2::-1]:
                value *= z
                value += row
            z = np.where(np.abs(value) <= 1e6, value, np.nan)
            if step >= transient:
                kept[:, step - transient] = z
    return kept


def _check_family(family: object) -> None:
    if not isinstance(family, PolynomialFamily):
        raise InputError(
            "family", family, "must be a PolynomialFamily", "give an expression, its variable, its parameter"
        )


def _check_count(value: int, name: str, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InputError(name, value, f"must be an integer from {least} to {most}")
