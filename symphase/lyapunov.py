"""Lyapunov exponents of typical orbits: exact, certified, or an estimate with its statistical error.

Exact where the map is a Chebyshev polynomial in other coordinates: cos θ ↦ cos dθ stretches θ by d everywhere.
Certified on a certified attracting cycle, which typical orbits near it follow.  Everything else is a mean over float
orbits, which may illustrate but proves nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import flint
import numpy as np

from symphase.algebraic import RealAlgebraic, isolate_real_roots
from symphase.cycles import CertifiedCycle, certify_cycle
from symphase.display import Shown, facts_table, level_html, number_text, text_html, words_html
from symphase.enclosures import Certainty, ball, ball_bounds, working_precision
from symphase.entropy import log_bounds
from symphase.errors import InputError
from symphase.formulas import exact_rational
from symphase.kneading import critical_fractions, horner, read_parameter, seek_attracting_cycle
from symphase.maps import PolynomialFamily, float_roots
from symphase.onset import Bounds, check_family, check_integer

__all__ = [
    "LyapunovExponent",
    "TelescopedDerivative",
    "chebyshev_degree",
    "lyapunov_exponent",
    "telescoped_derivative",
]

_MAX_ORBITS: Final = 100_000
_MAX_STEPS: Final = 10_000_000
_MAX_ITERATES: Final = 10**10
_MAX_HEIGHT: Final = 2**16
_UNLIKELY: Final = 6  # standard errors, beyond which a change along the orbits is no chance


@dataclass(frozen=True, slots=True, kw_only=True)
class TelescopedDerivative:
    """E log|f'| rewritten along orbits: E log|f'| = constant + E log|q|, with one factor of f' less.

    If f(z) − p = k (z − p)(z − w)^m, p fixed, then log|f(z) − p| − log|z − p| telescopes along an orbit, hence
    E log|k| + m E log|z − w| = 0 for every ergodic measure with integrable logarithms, and f' = (z − w)^(m−1) q(z).

    Attributes
    ----------
    quotient : tuple of Fraction
        q, lowest power first.
    leading : Fraction
        k.
    multiplicity : int
        m.
    """

    quotient: tuple[Fraction, ...]
    leading: Fraction
    multiplicity: int

    @property
    def constant(self) -> float:
        """−(m − 1)/m · log|k|."""
        return -(self.multiplicity - 1) / self.multiplicity * math.log(abs(self.leading))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LyapunovExponent(Shown):
    """The Lyapunov exponent of a typical orbit at one parameter.

    Attributes
    ----------
    parameter : Fraction or RealAlgebraic
    value : float or None
        Rounded to a float; -inf at a superstable cycle; None where orbits escape.
    bounds : (Fraction, Fraction) or None
        Certified bounds, where there are any.
    growth : RealAlgebraic or None
        e^value, where it is known exactly.
    standard_error : float or None
        Of an estimate: from the spread of independent orbits.  It knows nothing of what they have in common.
    drift : float or None
        Of an estimate: by how much the halves of the orbits differ (their median).  On a chaotic run this is chance,
        and about twice the standard error; a slow transient, as at a neutral cycle, is an error of this size.
    certainty : Certainty
        EXACT, CERTIFIED, or OBSERVED for an estimate.
    statement : str
    """

    parameter: Fraction | RealAlgebraic
    value: float | None
    bounds: Bounds | None
    growth: RealAlgebraic | None
    standard_error: float | None
    certainty: Certainty
    statement: str
    drift: float | None = None

    def _line(self) -> str:
        return f"{self._told()} at {number_text(self.parameter)} [{self.certainty}]"

    def _told(self) -> str:
        if self.growth is not None and self.value is not None:
            return f"log({number_text(self.growth)}) ≈ {self.value:.6g}"
        if self.value is None:
            return "not known"
        error = "" if self.standard_error is None else f" ± {self.standard_error:.1g}"
        return f"{number_text(self.value)}{error}"

    def _repr_html_(self) -> str:
        facts = [
            ("exponent", f"{text_html(self._told())} per step {level_html(self.certainty)}"),
            ("how", words_html(self.statement)),
        ]
        return facts_table(f"Lyapunov exponent at {text_html(number_text(self.parameter))}", facts)


def telescoped_derivative(family: PolynomialFamily, parameter: object) -> TelescopedDerivative | None:
    """Derive the telescoping identity at one parameter, if a bound critical point allows it.

    Returns
    -------
    TelescopedDerivative or None
        None when no critical point w with a fixed image p gives f(z) − p = k (z − p)(z − w)^m.

    Certainty
    ---------
    Exact.

    Examples
    --------
    >>> import sympy
    >>> z, a = sympy.symbols("z a")
    >>> residual = PolynomialFamily(z**3 + (a - 2) * z**2 + (1 - 2 * a) * z, variable=z, parameter=a)
    >>> found = telescoped_derivative(residual, 2)  # E log|f'| = E log|3z − 1 + 2a|
    >>> [str(v) for v in found.quotient], str(found.leading), found.multiplicity
    (['3', '3'], '1', 2)
    """
    check_family(family)
    exact = exact_rational(parameter, "parameter")
    f = _trimmed(family.at(exact))
    for factor in [factor for factor in family.critical_factors if f and factor.degrees()[0] == 1]:
        top, bottom = (horner(part, exact) for part in critical_fractions(factor))
        if bottom == 0:
            continue
        place = top / bottom
        base = horner(f, place)
        if horner(f, base) != base or base == place:
            continue
        rest, remainder = _divided([f[0] - base, *f[1:]], base)
        multiplicity = 0
        while remainder == 0 and len(rest) > 1:
            rest, remainder = _divided(rest, place)
            multiplicity += 1
        if remainder == 0:
            slope = [k * v for k, v in enumerate(f)][1:]
            for _ in range(multiplicity - 1):
                slope, _ = _divided(slope, place)
            return TelescopedDerivative(quotient=tuple(slope), leading=rest[0], multiplicity=multiplicity)
    return None


def _trimmed(coefficients: Sequence[Fraction]) -> list[Fraction]:
    """Without the coefficients that vanish above the true degree; empty for a constant, too."""
    degree = max((k for k, v in enumerate(coefficients) if v != 0), default=0)
    return list(coefficients[: degree + 1]) if degree else []


def _divided(coefficients: Sequence[Fraction], root: Fraction) -> tuple[list[Fraction], Fraction]:
    """Quotient by z − root, lowest power first, and remainder."""
    carried, found = Fraction(0), []
    for coefficient in reversed(coefficients):
        carried = carried * root + coefficient
        found.append(carried)
    return found[-2::-1], carried


def chebyshev_degree(coefficients: Sequence[Fraction]) -> int | None:
    """d if the polynomial is affinely conjugate to ±T_d, T_d(cos θ) = cos dθ, by a real change of variable; else None.

    With m the centre and f(m + v) = m ± s T_d(v/s), s² is found from two coefficients; all others are then compared.

    Examples
    --------
    >>> chebyshev_degree([Fraction(0), Fraction(-3), Fraction(0), Fraction(1)]), chebyshev_degree([Fraction(-1), 0, 1])
    (3, None)
    """
    if not isinstance(coefficients, Sequence) or isinstance(coefficients, str | bytes):
        raise InputError("coefficients", coefficients, "must be a sequence of rational numbers", "as [0, 1, -1]")
    f = _trimmed([exact_rational(value, "coefficients") for value in coefficients])
    degree = len(f) - 1
    if degree < 2:
        return None
    centre = -Fraction(f[-2]) / (degree * f[-1])
    moved = flint.fmpq_poly([flint.fmpq(Fraction(v).numerator, Fraction(v).denominator) for v in f])
    shift = flint.fmpq(centre.numerator, centre.denominator)
    moved = moved(flint.fmpq_poly([shift, 1])) - shift
    model = flint.fmpz_poly.chebyshev_t(degree)
    have = [moved[k] for k in range(degree + 1)]
    want = [flint.fmpq(model[k]) for k in range(degree + 1)]
    if not have[degree - 2]:
        return None
    square = (have[degree - 2] / have[degree]) / (want[degree - 2] / want[degree])
    if square <= 0:
        return None
    if degree % 2:  # s^(1−k) is a power of s² for every odd k
        scales = {k: square ** ((1 - k) // 2) for k in range(1, degree + 1, 2)}
        signs = [1, -1]
    else:  # s itself is rational, of either sign: −T_d is T_d with −s
        size = have[degree] * square ** (degree // 2) / want[degree]
        if size * size != square:
            return None
        scales = {k: size * square ** -(k // 2) for k in range(0, degree + 1, 2)}
        signs = [1]
    for sign in signs:
        if all(have[k] == (sign * want[k] * scales[k] if k in scales else 0) for k in range(degree + 1)):
            return degree
    return None


def lyapunov_exponent(
    family: PolynomialFamily,
    parameter: object,
    *,
    orbits: int = 256,
    steps: int = 4000,
    burn_in: int = 1000,
    seed: int = 0,
    telescope: bool = True,
) -> LyapunovExponent:
    """Lyapunov exponent of a typical orbit at an exact parameter.

    Parameters
    ----------
    family : PolynomialFamily
    parameter : int, Fraction, str or RealAlgebraic
        Exact.
    orbits, steps, burn_in : int
        For an estimate: independent float orbits, iterates averaged and iterates dropped.
    seed : int
        Of the starting points.
    telescope : bool
        Whether an estimate may use :func:`telescoped_derivative`, where it applies.

    Returns
    -------
    LyapunovExponent

    Certainty
    ---------
    Exact where f is affinely conjugate to ± a Chebyshev polynomial (checked exactly): log(degree), for the arcsine
    measure, hence for almost every start.  Certified log|multiplier|/n on a certified attracting n-cycle.  Otherwise
    observed: the mean over independent orbits with its standard error, a seed and no proof.

    Examples
    --------
    >>> import sympy
    >>> z, a = sympy.symbols("z a")
    >>> residual = PolynomialFamily(z**3 + (a - 2) * z**2 + (1 - 2 * a) * z, variable=z, parameter=a)
    >>> found = lyapunov_exponent(residual, 2)
    >>> str(found.growth), str(found.certainty), found.value
    ('3', 'exact', 1.0986122886681098)
    """
    check_family(family)
    exact = read_parameter(parameter)
    check_integer(orbits, "orbits", 2, _MAX_ORBITS)
    check_integer(steps, "steps", 2, _MAX_STEPS)
    check_integer(burn_in, "burn_in", 0, _MAX_STEPS)
    if orbits * (steps + burn_in) > _MAX_ITERATES:
        raise InputError(
            "steps",
            steps,
            f"must leave at most {_MAX_ITERATES} iterates for all {orbits} orbits together",
            "take fewer orbits or steps",
        )
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InputError("seed", seed, "must be an integer ≥ 0", "give a whole number")
    if not isinstance(telescope, bool):
        raise InputError("telescope", telescope, "must be True or False", "give one of them")
    known = _known_exponent(family, exact) if isinstance(exact, Fraction) else None
    return known or _estimated(family, exact, (orbits, steps, burn_in, seed), telescope)


def _known_exponent(family: PolynomialFamily, exact: Fraction) -> LyapunovExponent | None:
    f: tuple[Fraction, ...] = family.at(exact)
    degree = chebyshev_degree(f)
    if degree is not None:
        growth = RealAlgebraic.rational(degree)
        return LyapunovExponent(
            parameter=exact,
            value=math.log(degree),
            bounds=log_bounds(growth),
            growth=growth,
            standard_error=None,
            certainty=Certainty.EXACT,
            statement=f"affinely conjugate to ± the Chebyshev polynomial of degree {degree} (checked exactly): the "
            f"arcsine measure has exponent log {degree}, and almost every orbit follows it",
        )
    cycle = seek_attracting_cycle(family, exact)
    if cycle is None:
        return None
    period, (low, high) = cycle.period, cycle.multiplier
    if low <= 0 <= high:
        superstable = _is_superstable(family, exact, cycle)
        finer = None
        if not superstable:
            orbit = [sum(point) / 2 for point in cycle.points]
            finer = certify_cycle(family, exact, orbit, min_bits=1024, max_bits=2048)
        if finer is None or finer.multiplier[0] <= 0 <= finer.multiplier[1]:
            statement = f"the attracting cycle of period {period} has a multiplier that is not told from 0"
            if superstable:
                statement = f"the critical point lies on the attracting cycle of period {period}: multiplier 0"
            return LyapunovExponent(
                parameter=exact,
                value=-math.inf if superstable else None,
                bounds=None,
                growth=None,
                standard_error=None,
                certainty=Certainty.EXACT if superstable else Certainty.CERTIFIED,
                statement=statement,
            )
        low, high = finer.multiplier
    with working_precision(128):
        sizes = sorted((abs(low), abs(high)))
        logs = [ball_bounds(ball(size).log() / period) for size in sizes]
    bounds = logs[0][0], logs[1][1]
    return LyapunovExponent(
        parameter=exact,
        value=float((bounds[0] + bounds[1]) / 2),
        bounds=bounds,
        growth=None,
        standard_error=None,
        certainty=Certainty.CERTIFIED,
        statement=f"log|multiplier|/{period} on a certified attracting cycle of period {period}",
    )


def _is_superstable(family: PolynomialFamily, exact: Fraction, cycle: CertifiedCycle) -> bool:
    """Whether a critical point lies on a certified cycle: fⁿ(z) = z modulo a factor of f', and which root is meant."""
    coefficients: tuple[Fraction, ...] = family.at(exact)
    f = [flint.fmpq(v.numerator, v.denominator) for v in coefficients]
    slope = flint.fmpq_poly(f).derivative()
    for integer, _ in slope.numer().factor()[1]:
        factor = flint.fmpq_poly(integer)
        start = z = flint.fmpq_poly([0, 1]) % factor
        for _ in range(cycle.period):
            z = horner([flint.fmpq_poly([v]) for v in f], z) % factor
            if max(z.numer().height_bits(), int(z.denom()).bit_length()) > _MAX_HEIGHT:
                break  # points of a cycle have small heights
        if z != start:
            continue
        for left, right in isolate_real_roots(integer):
            with working_precision(512):
                point = RealAlgebraic([int(v) for v in integer.coeffs()], left, right).ball(448)
                orbit = []
                for _ in range(cycle.period):
                    orbit.append(ball_bounds(point))
                    point = horner(family.at(ball(exact), ball), point)
            turns = (cycle.points[k:] + cycle.points[:k] for k in range(cycle.period))
            if any(all(a <= c and d <= b for (a, b), (c, d) in zip(turn, orbit, strict=True)) for turn in turns):
                return True
    return False


def _estimated(
    family: PolynomialFamily, exact: Fraction | RealAlgebraic, sizes: tuple[int, int, int, int], telescope: bool
) -> LyapunovExponent:
    orbits, steps, burn_in, seed = sizes
    telescoped = telescoped_derivative(family, exact) if telescope and isinstance(exact, Fraction) else None
    try:
        f = [float(v) for v in family.at(float(exact), float)]
        slope = [k * v for k, v in enumerate(f)][1:] if telescoped is None else [float(v) for v in telescoped.quotient]
        hull = _hull(family, float(exact), f)
    except OverflowError:
        raise InputError(
            "parameter", exact, "must leave all coefficients within the range of floats", "take other units"
        ) from None
    constant, how = 0.0, "log|f'|"
    if telescoped is not None:
        constant, how = telescoped.constant, "log|f'| less a factor whose mean telescopes away"
    measured = None if hull is None else _measured(f, slope, hull, sizes)
    if measured is None:
        return LyapunovExponent(
            parameter=exact,
            value=None,
            bounds=None,
            growth=None,
            standard_error=None,
            certainty=Certainty.OBSERVED,
            statement="orbits left the hull of the critical orbits, or met a critical point: no exponent was seen",
        )
    means, changes = measured[0] + constant, measured[1]
    error = float(np.std(means, ddof=1) / math.sqrt(orbits))
    statement = f"mean of {how} over {orbits} orbits of {steps} steps behind {burn_in}, seed {seed}"
    # quartiles, as a few orbits that settle late must not hide what the others do
    low, middle, high = (float(v) for v in np.quantile(changes, [0.25, 0.5, 0.75]))
    change = abs(middle)
    if change > _UNLIKELY * 0.93 * (high - low) / math.sqrt(orbits):  # standard error of a normal sample's median
        statement += "; still changing slowly, as the halves of the orbits differ by more than chance"
    return LyapunovExponent(
        parameter=exact,
        value=float(np.mean(means)),
        bounds=None,
        growth=None,
        standard_error=error,
        drift=change,
        certainty=Certainty.OBSERVED,
        statement=statement,
    )


def _measured(
    f: Sequence[float], slope: Sequence[float], hull: tuple[float, float], sizes: tuple[int, int, int, int]
) -> tuple[Any, Any] | None:
    """Each orbit's mean of log|slope|, and by how much its halves differ; None where orbits leave the hull."""
    orbits, steps, burn_in, seed = sizes
    strayed, half = 0.0, steps // 2
    random = np.random.default_rng(seed)
    z = random.uniform(*hull, orbits)
    full_slope = [k * v for k, v in enumerate(f)][1:]
    total, early = np.zeros(orbits), np.zeros(orbits)
    with np.errstate(divide="ignore", invalid="ignore"):
        for step in range(burn_in + steps):
            if step == burn_in + half:
                early = total.copy()
            if step >= burn_in:
                total += np.log(np.abs(_polyval(slope, z)))
            image = _polyval(f, z)
            inside = np.clip(image, *hull)  # an end may be a repelling fixed point that rounding must not pass
            strayed = max(strayed, float(np.max(np.abs(image - inside))))
            stuck = inside == z
            if np.any(stuck):  # and none must end on one, as no typical orbit does
                stuck &= np.abs(_polyval(full_slope, z)) > 1
                inside[stuck] = random.uniform(*hull, int(np.count_nonzero(stuck)))
            z = inside
        means, changes = total / steps, (total - early) / (steps - half) - early / half
    seen = strayed <= 1e-9 * (hull[1] - hull[0]) and bool(np.all(np.isfinite(means)))
    return (means, changes) if seen else None


def _polyval(coefficients: Sequence[float], z: Any) -> Any:
    total = np.full_like(z, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        total = total * z + coefficient
    return total


def _hull(family: PolynomialFamily, a: float, f: Sequence[float]) -> tuple[float, float] | None:
    """Extremes of the critical orbits, an invariant interval but for rounding; None if a free one escapes."""
    points: list[float] = []
    for factor in family.critical_factors:
        for place in float_roots(factor, a):
            z = place.real
            if abs(place.imag) > 1e-9 * (1 + abs(z)):
                continue
            for _ in range(200 if factor in family.free_critical_factors else 2):
                z = horner(f, z)
                if not abs(z) < 1e12:
                    return None
                points.append(z)
    return (min(points), max(points)) if points else None
