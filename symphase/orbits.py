"""Orbits of one map: to any precision with mpmath, and fast in floats for pictures.

An orbit computed in floats illustrates and never decides: two algebraically equal forms of a chaotic map part company
after some forty steps, and after 10⁷ to 10⁸ steps a float orbit may have fallen on a cycle that typical orbits of the
map never meet.  Everything here is therefore a numerical estimate; what is proved lives in ``cycles``, ``boundaries``
and ``onset``.

Escape: from its first state that is not within ±10⁶ on, an orbit is NaN.  Where no start is given an orbit begins at
the family's free critical point, so that the first state kept is the critical value.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

import mpmath
import numpy as np
from numpy.typing import ArrayLike, NDArray

from symphase.arguments import flag, interval, to_float, whole
from symphase.array_records import ArrayRecord
from symphase.display import Shown, count_text
from symphase.ensembles import (
    ESCAPED,
    Ensemble,
    Slope,
    coefficients_at,
    critical_points,
    finite_numbers,
    used_coefficients,
)
from symphase.errors import InputError
from symphase.formulas import exact_rational
from symphase.kernels import GROUP, aligned, numba_is_here
from symphase.maps import PolynomialFamily

__all__ = [
    "CobwebPath",
    "FirstReturns",
    "FloatItineraries",
    "InvariantDensity",
    "LyapunovCurve",
    "cobweb_path",
    "first_returns",
    "float_itinerary",
    "invariant_density",
    "iterate",
    "lyapunov_curve",
    "orbit_diagram",
    "settled_period",
]

MAX_STEPS: Final = 10_000_000
MAX_DIGITS: Final = 100_000
MAX_PERIOD: Final = 100_000
MAX_VALUES: Final = 1 << 31  # floats in one answer: 16 GiB
MAX_ORBIT_BYTES: Final = 1 << 32
MAX_BINS: Final = 1_000_000
ESTIMATE: Final = "numerical estimate"

Floats = NDArray[np.float64]

_STRETCHES: Final = 10  # for the statistical error
_BITS_IN_HAND: Final = 500  # a product of slopes at most this large cannot bring an underflow back among the safe
_LAPS: Final = string.digits + string.ascii_letters + "+-"


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
    size = (steps + 1) * (200 + digits * 5 // 12)  # an mpf and its mantissa
    if size > MAX_ORBIT_BYTES:
        raise InputError(
            "steps",
            steps,
            f"would take {size / 2**30:.3g} GiB at {digits} digits, more than {MAX_ORBIT_BYTES >> 30} GiB",
            "ask for fewer steps or digits",
        )
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
    tolerance = _one_number(tolerance, "tolerance")
    if tolerance <= 0:
        raise InputError("tolerance", tolerance, "must be a finite number > 0", "as 1e-9")
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
    parameters: ArrayLike,
    starts: ArrayLike | None = None,
    *,
    transient: int,
    keep: int,
    out: Floats | None = None,
    jit: bool | None = None,
) -> Floats:
    """Iterate many parameters side by side and keep the late part of each orbit.

    Parameters
    ----------
    family : PolynomialFamily
    parameters : sequence of float, shape (p,)
    starts : sequence of float, shape (p,), or float, optional
        One start per orbit, or one for all.  The default is the free critical point, for families that have just one:
        it finds every attracting cycle of a map with negative Schwarzian derivative (Singer, SIAM J. Appl. Math. 35,
        1978).
    transient, keep : int
        Steps thrown away and steps kept: what is kept begins with z after ``transient + 1`` steps.
    out : ndarray of float64, shape (p, keep), optional
        Where to write.  Memory that the process already holds saves half the time of a large diagram; it is filled
        fastest when it is laid out as the default, ``np.empty((p, keep), order="F")``.
    jit : bool, optional
        Whether numba does the work (same bits, up to ten times as fast; an optional extra).  The default is yes from
        10⁹ iterates on, where compiling pays, or where it has been compiled already, and NumPy otherwise.

    Returns
    -------
    ndarray, shape (p, keep)
        Axes: parameter, time; in memory the parameters lie side by side (Fortran order), as they are computed.  It is
        ``out`` if that was given.  Orbits that escape hold NaN from there on, so that plots leave them out.

    Certainty
    ---------
    Numerical estimate in float64, for pictures.

    Raises
    ------
    InputError
        For counts out of range, shapes that disagree, numbers that are not finite, no single free critical point where
        no starts are given, and jit=True without numba.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> orbit_diagram(logistic, [2.0, 3.2], transient=1000, keep=2).round(4).tolist()
    [[0.5, 0.5], [0.7995, 0.513]]
    """
    _check_family(family)
    _check_count(transient, "transient", 0, MAX_STEPS)
    _check_count(keep, "keep", 0, MAX_STEPS, stored=True)
    ensemble = Ensemble(family, parameters, starts)
    _check_jit(jit)
    kept = _output(out, (ensemble.count, keep))
    lanes = ensemble.lanes("fill", transient + keep, jit)
    lanes.advance(transient)
    lanes.fill(kept.T)
    _forget_escaped(kept.T, np.flatnonzero(ensemble.fast & ~(np.abs(lanes.states) <= ESCAPED)))
    if not ensemble.fast.all():
        slow = np.flatnonzero(~ensemble.fast)
        lanes = ensemble.careful_lanes(slow)
        lanes.advance(transient)
        part = np.empty((keep, slow.size))
        lanes.fill(part)
        kept[slow] = part.T
    return kept


def _span(parameters: Floats) -> str:
    """From where to where parameters go, for a line at the prompt."""
    return f" from {parameters.min():.6g} to {parameters.max():.6g}" if len(parameters) else ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class LyapunovCurve(Shown, ArrayRecord):
    """Lyapunov exponents along a family.

    Attributes
    ----------
    parameters, starts : ndarray, shape (p,)
        As used.
    exponents : ndarray, shape (p,)
        (1/N) Σ log|f'(z_t)|; −inf where the float orbit meets a critical point, NaN where it escapes.
    errors : ndarray, shape (p,)
        Statistical standard error, from the means of 10 stretches of the orbit: meaningful where the orbit forgets its
        past within a stretch.  It knows nothing of rounding and nothing of slow transients.  NaN where the exponent is
        not finite, and for a single step.
    transient, steps : int
        Steps thrown away, and N.
    telescoped : bool
        Whether a critical point bound to a fixed point took its factor out of f', see :func:`lyapunov_curve`.
    certainty : str
        "numerical estimate".
    """

    parameters: Floats
    starts: Floats
    exponents: Floats
    errors: Floats
    transient: int
    steps: int
    telescoped: bool
    certainty: str = ESTIMATE

    def _line(self) -> str:
        return (
            f"{count_text(len(self.parameters), 'parameter')}{_span(self.parameters)}, "
            f"{count_text(self.steps, 'step')} each [{self.certainty}]"
        )


def _in_turn(rows: Floats) -> Floats:
    """The sum of the rows; NumPy would add them in another order, and round otherwise, where there is one column."""
    total: Floats = rows[0].copy()
    for row in rows[1:]:
        total += row
    return total


def lyapunov_curve(
    family: PolynomialFamily,
    parameters: ArrayLike,
    starts: ArrayLike | None = None,
    *,
    transient: int = 1000,
    steps: int = 10_000,
    telescope: bool | None = None,
    jit: bool | None = None,
) -> LyapunovCurve:
    """Estimate the Lyapunov exponent (1/N) Σ log|f'(z_t)| at many parameters side by side.

    Where a fixed point p and a critical factor q satisfy f(z) − p = κ (z − p) q(z)^m identically, the logarithms of
    z − p telescope along every orbit:  m Σ log|q(z_t)| = −N log|κ| + log|z_N − p| − log|z_0 − p|.  The factor q of f'
    then costs nothing: for f(z) + a = (z + a)(1 − z)² the exponent is the mean of log|1 − 2a − 3z|, up to the two end
    terms, which are added.  Whether a family has such factors is derived from its polynomial.

    Parameters
    ----------
    family, parameters, starts, jit
        As for :func:`orbit_diagram`.
    transient, steps : int
        Steps thrown away before, and N ≥ 1: slopes are taken at the states that :func:`orbit_diagram` would keep.
    telescope : bool, optional
        False to multiply all of f'; the default telescopes what it can.  An orbit that ends on p itself, where the sum
        does not converge, is always computed from f'.  The two ways agree to rounding, except for orbits that on their
        way come to p as near as floats can: they may then differ by some 37/N.

    Returns
    -------
    LyapunovCurve

    Certainty
    ---------
    Numerical estimate in float64.  On an attracting cycle it tends to log|multiplier|/n; on chaotic orbits it is a time
    average over a float orbit, with a statistical error.

    Raises
    ------
    InputError
        As :func:`orbit_diagram`.

    References
    ----------
    Oseledets, Trans. Moscow Math. Soc. 19, 1968; for interval maps de Melo and van Strien, *One-Dimensional Dynamics*,
    1993, chapter V.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> curve = lyapunov_curve(logistic, [2.5, 3.2])  # multipliers −1/2, and 4/25 of a 2-cycle
    >>> curve.exponents.round(6).tolist(), curve.certainty
    ([-0.693147, -0.916291], 'numerical estimate')
    """
    _check_family(family)
    _check_count(transient, "transient", 0, MAX_STEPS)
    _check_count(steps, "steps", 1, MAX_STEPS)
    if telescope is not None and not isinstance(telescope, bool):
        raise InputError("telescope", telescope, "must be True, False or None", "leave it out")
    ensemble = Ensemble(family, parameters, starts)
    _check_jit(jit)
    whole = Slope.whole(family)
    slope = whole if telescope is False else Slope.reduced(family)
    count = min(_STRETCHES, steps)
    lengths = [steps // count + (stretch < steps % count) for stretch in range(count)]
    lanes = ensemble.lanes("slopes", transient + steps, jit, slope=slope.form)
    lanes.advance(transient + 1)
    first = lanes.states
    with np.errstate(all="ignore"):
        safe = ensemble.fast & (slope.bits(ensemble) * GROUP <= _BITS_IN_HAND)
        coefficients = used_coefficients(slope.form, coefficients_at(slope.rows, ensemble.a))
        sums, fine = lanes.log_slopes(slope.form, coefficients, lengths)
        last = lanes.states
        escaped = ensemble.fast & ~(np.abs(last) <= ESCAPED)
        offset, ends, doubtful = slope.correction(ensemble.a, first, last)
        redo = np.flatnonzero(~((safe & fine & ~doubtful) | escaped))
        if redo.size:
            careful = ensemble.careful_lanes(redo)
            careful.advance(transient + 1)
            rows = [row[redo] if row.ndim else row for row in coefficients_at(whole.rows, ensemble.a)]
            sums[:, redo], _ = careful.log_slopes(whole.form, used_coefficients(whole.form, rows), lengths)
            offset[redo], ends[redo] = 0.0, 0.0
        exponents = (_in_turn(sums) + ends) / steps + offset
        exponents[escaped] = np.nan
        errors = np.full(ensemble.count, np.nan)
        if count > 1:
            sums /= np.array(lengths)[:, None]
            sums -= _in_turn(sums) / count
            errors = np.sqrt(_in_turn(sums * sums) / (count * (count - 1)))
            errors[~np.isfinite(exponents)] = np.nan
    return LyapunovCurve(
        parameters=ensemble.a,
        starts=ensemble.starts,
        exponents=exponents,
        errors=errors,
        transient=transient,
        steps=steps,
        telescoped=bool(slope.bound),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CobwebPath(Shown, ArrayRecord):
    """The staircase between the graph of f and the diagonal.

    Attributes
    ----------
    parameter : float
    orbit : ndarray, shape (steps + 1,)
        z₀, z₁, …; NaN from where it escapes.
    x, y : ndarray, shape (2 steps + 1,)
        Corners (z₀, z₀), (z₀, z₁), (z₁, z₁), (z₁, z₂), …
    certainty : str
        "numerical estimate".
    """

    parameter: float
    orbit: Floats
    x: Floats
    y: Floats
    certainty: str = ESTIMATE

    def _line(self) -> str:
        return f"{count_text(len(self.orbit) - 1, 'step')} at {self.parameter:.6g} [{self.certainty}]"


def cobweb_path(
    family: PolynomialFamily, parameter: object, start: object | None = None, *, steps: int = 60
) -> CobwebPath:
    """Return the corners of the cobweb of one orbit.

    Parameters
    ----------
    family : PolynomialFamily
    parameter, start : number
        Read exactly, then rounded to floats; the default start is the free critical point.
    steps : int
        At most 10⁷.

    Returns
    -------
    CobwebPath

    Certainty
    ---------
    Numerical estimate in float64.

    Raises
    ------
    InputError
        As :func:`orbit_diagram`.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> path = cobweb_path(PolynomialFamily(r * x * (1 - x), variable=x, parameter=r), 2, "1/4", steps=1)
    >>> path.x.tolist(), path.y.tolist()
    ([0.25, 0.25, 0.375], [0.25, 0.375, 0.375])
    """
    _check_family(family)
    _check_count(steps, "steps", 0, MAX_STEPS)
    a, z = _one_number(parameter, "parameter"), None if start is None else _one_number(start, "start")
    ensemble = Ensemble(family, [a], z)
    orbit = np.concatenate([ensemble.starts, orbit_diagram(family, [a], ensemble.starts, transient=0, keep=steps)[0]])
    path = np.repeat(orbit, 2)
    return CobwebPath(parameter=a, orbit=orbit, x=path[:-1], y=np.concatenate([path[:1], path[2:]]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class InvariantDensity(Shown, ArrayRecord):
    """Histograms of long orbits.

    Attributes
    ----------
    parameters : ndarray, shape (p,)
    edges : ndarray, shape (bins + 1,)
        Equal bins.
    density : ndarray, shape (p, bins)
        Share of the visits per unit length: its integral is the share of visits inside the edges.  NaN for orbits that
        escape.
    transient, steps : int
        Steps thrown away and counted.
    certainty : str
        "numerical estimate".
    """

    parameters: Floats
    edges: Floats
    density: Floats
    transient: int
    steps: int
    certainty: str = ESTIMATE

    def _line(self) -> str:
        return (
            f"{count_text(len(self.parameters), 'parameter')}{_span(self.parameters)}, "
            f"{count_text(len(self.edges) - 1, 'bin')} [{self.certainty}]"
        )


def invariant_density(
    family: PolynomialFamily,
    parameters: ArrayLike,
    starts: ArrayLike | None = None,
    *,
    transient: int = 1000,
    steps: int = 100_000,
    bins: int = 200,
    interval: tuple[float, float] | None = None,
    jit: bool | None = None,
) -> InvariantDensity:
    """Count how often orbits visit each of many equal bins.

    Parameters
    ----------
    family, parameters, starts, jit
        As for :func:`orbit_diagram`; a single parameter is fine, and may be repeated with different starts.
    transient, steps : int
        Steps thrown away and counted.
    bins : int
    interval : (float, float), optional
        What the bins cover; the default is the range of all the orbits, which are then computed twice.

    Returns
    -------
    InvariantDensity

    Certainty
    ---------
    Numerical estimate: the histogram of a float orbit, which near a fully developed chaotic end (a = 2 of the residual
    map) is a good picture up to some 10⁶ steps and may then fall on a spurious cycle.

    Raises
    ------
    InputError
        As :func:`orbit_diagram`, and for bins and intervals that are none.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> invariant_density(logistic, 3.2, bins=4, interval=(0, 1)).density.tolist()  # a 2-cycle, 0.51 and 0.80
    [[0.0, 0.0, 2.0, 2.0]]
    """
    _check_family(family)
    _check_count(transient, "transient", 0, MAX_STEPS)
    _check_count(steps, "steps", 1, MAX_STEPS)
    _check_count(bins, "bins", 1, MAX_BINS)
    ensemble = Ensemble(family, np.atleast_1d(finite_numbers(parameters, "parameters")), starts)
    _check_jit(jit)
    ends = None if interval is None else _interval(interval)
    if ensemble.count * bins > MAX_VALUES:
        raise InputError(
            "bins", bins, f"must be at most {MAX_VALUES // ensemble.count} for {ensemble.count} parameters", "use fewer"
        )
    groups = [(np.flatnonzero(ensemble.fast), False), (np.flatnonzero(~ensemble.fast), True)]
    counts, lost = np.zeros((ensemble.count, bins), dtype=np.int64), np.zeros(ensemble.count, dtype=np.bool_)
    low, high = np.full(ensemble.count, np.inf), np.full(ensemble.count, -np.inf)
    for counting in (False, True) if ends is None else (True,):
        if ends is None and counting:
            kept = ~lost & (low <= high)
            ends = _padded(low[kept].min(initial=np.inf), high[kept].max(initial=-np.inf))
        for group, careful in groups:
            if not group.size:
                continue
            lanes = ensemble.careful_lanes(group) if careful else ensemble.lanes("fill", transient + steps, jit, group)
            lanes.advance(transient)
            buffer = np.empty((max(1, min(steps, (1 << 18) // group.size)), group.size))
            for done in range(0, steps, len(buffer)):
                rows = buffer[: min(len(buffer), steps - done)]
                lanes.fill(rows)
                if counting and ends is not None:
                    _count(rows, ends, bins, counts, group)
                else:
                    low[group] = np.fmin(low[group], rows.min(axis=0))
                    high[group] = np.fmax(high[group], rows.max(axis=0))
            lost[group] = ~(np.abs(lanes.states) <= ESCAPED)
    edges = np.linspace(*(ends or (0.0, 1.0)), bins + 1)
    density = counts / steps / ((edges[-1] - edges[0]) / bins)
    density[lost] = np.nan
    return InvariantDensity(parameters=ensemble.a, edges=edges, density=density, transient=transient, steps=steps)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class FloatItineraries(Shown, ArrayRecord):
    """Where orbits lie between the critical points of the map.

    Attributes
    ----------
    parameters : ndarray, shape (p,)
    critical_points : ndarray, shape (p, m)
        Real ones in increasing order, then NaN.
    symbols : ndarray of int8, shape (p, steps)
        2k on the k-th lap from the left (k critical points lie to the left), 2k + 1 on critical point number k; −1 from
        where the orbit escapes.
    certainty : str
        "numerical estimate".
    """

    parameters: Floats
    critical_points: Floats
    symbols: NDArray[np.int8]
    certainty: str = ESTIMATE

    def word(self, place: int = 0) -> str:
        """One orbit's symbols as text, up to its escape: the lap's number, ``*`` on a critical point.

        A map with one critical point has L and R instead of 0 and 1.
        """
        alone = self.critical_points.shape[1] == 1
        index = whole(place, "place", least=0, most=len(self.symbols) - 1)
        return _word(self.symbols[index], "LR" if alone else _LAPS)

    def _line(self) -> str:
        shape = " × ".join(str(length) for length in self.symbols.shape)
        return f"{shape} symbols{_span(self.parameters)} [{self.certainty}]"


def float_itinerary(
    family: PolynomialFamily,
    parameters: ArrayLike,
    starts: ArrayLike | None = None,
    *,
    transient: int = 0,
    steps: int,
    jit: bool | None = None,
) -> FloatItineraries:
    """Follow orbits through the laps of the map, as kneading theory does.

    Parameters
    ----------
    family, parameters, starts, transient, jit
        As for :func:`orbit_diagram`: the first symbol is that of z after ``transient + 1`` steps, so that the defaults
        give the itinerary of the critical value.
    steps : int
        Number of symbols.

    Returns
    -------
    FloatItineraries

    Certainty
    ---------
    Numerical estimate: a symbol is right as long as the error of the orbit is below its distance to the critical point.
    Errors grow by the factor exp(λ) a step, so that some 36/λ symbols can be trusted; ``onset.CriticalOrbit``
    certifies them.

    Raises
    ------
    InputError
        As :func:`orbit_diagram`.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> found = float_itinerary(logistic, [3.83, 4.0], steps=8)
    >>> found.word(0), found.word(1)
    ('RLRRLRRL', 'RLLLLLLL')
    """
    _check_family(family)
    _check_count(steps, "steps", 0, MAX_STEPS)
    ensemble = Ensemble(family, parameters, starts)
    kept = orbit_diagram(family, ensemble.a, ensemble.starts, transient=transient, keep=steps, jit=jit)
    critical = critical_points(family, ensemble.a)
    symbols = np.where(np.isnan(kept), np.int8(-1), np.int8(0))
    for column in critical.T:
        symbols += (kept > column[:, None]).astype(np.int8)
        symbols += (kept >= column[:, None]).astype(np.int8)
    return FloatItineraries(parameters=ensemble.a, critical_points=critical, symbols=symbols)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class FirstReturns(Shown, ArrayRecord):
    """The visits of one orbit to an interval.

    Attributes
    ----------
    parameter : float
    interval : (float, float)
    points : ndarray, shape (n + 1,)
        The states inside the interval, in the order of the orbit.
    times : ndarray of int64, shape (n,)
        Steps from each visit to the next.
    words : tuple of str
        Laps of the points from each visit up to before the next, as :meth:`FloatItineraries.word` writes them.
    certainty : str
        "numerical estimate".
    """

    parameter: float
    interval: tuple[float, float]
    points: Floats
    times: NDArray[np.int64]
    words: tuple[str, ...]
    certainty: str = ESTIMATE

    def _line(self) -> str:
        low, high = self.interval
        return (
            f"{count_text(len(self.points), 'visit')} to [{low:.6g}, {high:.6g}] at {self.parameter:.6g} "
            f"[{self.certainty}]"
        )


def first_returns(
    family: PolynomialFamily,
    parameter: object,
    interval: tuple[float, float],
    start: object | None = None,
    *,
    transient: int = 1000,
    steps: int = 1000,
) -> FirstReturns:
    """Follow one orbit from visit to visit of an interval: the first-return map and its itinerary.

    Parameters
    ----------
    family : PolynomialFamily
    parameter, start : number
        As for :func:`cobweb_path`.
    interval : (float, float)
        Closed.
    transient, steps : int
        Steps thrown away, and looked at.

    Returns
    -------
    FirstReturns

    Certainty
    ---------
    Numerical estimate, as :func:`float_itinerary`.

    Raises
    ------
    InputError
        As :func:`orbit_diagram`, and for an interval that is none.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> found = first_returns(logistic, "3.5", (0.86, 0.88), steps=13)  # a 4-cycle: 0.875 is one of its points
    >>> found.times.tolist(), set(found.words)
    ([4, 4, 4], {'RLRR'})
    """
    _check_family(family)
    ends = _interval(interval)
    a, z = _one_number(parameter, "parameter"), None if start is None else _one_number(start, "start")
    ensemble = Ensemble(family, [a], z)
    orbit = orbit_diagram(family, [a], ensemble.starts, transient=transient, keep=steps)[0]
    found = float_itinerary(family, [a], ensemble.starts, transient=transient, steps=steps)
    inside = np.flatnonzero((orbit >= ends[0]) & (orbit <= ends[1]))
    word = found.word()
    return FirstReturns(
        parameter=a,
        interval=ends,
        points=orbit[inside],
        times=np.diff(inside).astype(np.int64),
        words=tuple(word[i:j] for i, j in pairwise(inside)),
    )


# ------------------------------------------------------------------------------------------------------------ details


def _output(out: Floats | None, shape: tuple[int, int]) -> Floats:
    if shape[0] * shape[1] > MAX_VALUES:
        raise InputError(
            "keep",
            shape[1],
            f"must be at most {MAX_VALUES // shape[0]} for {shape[0]} parameters",
            f"the answer would take {shape[0] * shape[1] / 2**27:.3g} GiB, more than {MAX_VALUES >> 27} GiB",
        )
    if out is None:
        return aligned(shape[::-1], zeros=False).T
    if not isinstance(out, np.ndarray) or out.dtype != np.float64 or out.shape != shape or not out.flags.writeable:
        given = f"{out.dtype} of shape {out.shape}" if isinstance(out, np.ndarray) else out
        raise InputError(
            "out", given, f"must be a writable array of float64 of shape {shape}", "leave it out for a new one"
        )
    return out


def _forget_escaped(rows: Floats, lost: NDArray[np.int64]) -> None:
    """NaN where a lost lane is beyond the bound; an orbit beyond it stays there, see ``kernels``."""
    if lost.size:
        lanes = slice(lost[0], lost[-1] + 1)
        most = max(1, (1 << 16) // (lanes.stop - lanes.start))
        for low in range(0, len(rows), most):
            part = rows[low : low + most, lanes]
            np.copyto(part, np.nan, where=~(np.abs(part) <= ESCAPED))


def _count(
    rows: Floats, ends: tuple[float, float], bins: int, counts: NDArray[np.int64], group: NDArray[np.int64]
) -> None:
    inside = (rows >= ends[0]) & (rows <= ends[1])
    places = np.minimum(((rows[inside] - ends[0]) * (bins / (ends[1] - ends[0]))).astype(np.int64), bins - 1)
    lanes = np.broadcast_to(np.arange(group.size), rows.shape)[inside]
    counts[group] += np.bincount(lanes * bins + places, minlength=group.size * bins).reshape(group.size, bins)


def _padded(low: float, high: float) -> tuple[float, float]:
    if not low <= high:
        return 0.0, 1.0
    return (float(low), float(high)) if low < high else (float(low) - 0.5, float(high) + 0.5)


def _word(symbols: NDArray[np.int8], laps: str) -> str:
    return "".join("*" if symbol % 2 else laps[symbol // 2] for symbol in symbols.tolist() if symbol >= 0)


def _one_number(value: object, name: str) -> float:
    return to_float(exact_rational(value, name), name)


def _interval(given: object) -> tuple[float, float]:
    low, high = (to_float(end, "interval") for end in interval(given, "interval"))
    if not low < high or not np.isfinite(high - low):
        raise InputError("interval", given, "must be within the range of floats", "take other units")
    return low, high


def _check_jit(jit: bool | None) -> None:
    flag(jit, "jit", optional=True)
    if jit and not numba_is_here():
        raise InputError("jit", jit, "needs numba", 'pip install "symphase[jit]", or leave jit out')


def _check_family(family: object) -> None:
    if not isinstance(family, PolynomialFamily):
        raise InputError(
            "family", family, "must be a PolynomialFamily", "give an expression, its variable, its parameter"
        )


def _check_count(value: int, name: str, least: int, most: int, *, stored: bool = False) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        large = stored and isinstance(value, int) and most < value < 1 << 64
        advice = f"so many floats take {value / 2**27:.3g} GiB for each parameter" if large else "give a whole number"
        raise InputError(name, value, f"must be an integer from {least} to {most}", advice)
