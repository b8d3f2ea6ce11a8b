"""Parameters at which the critical orbit lands on a cycle, as algebraic numbers; Feigenbaum's constants.

fᵏ(c(a)) is a polynomial in the parameter alone.  Superstable parameters, band mergings and the crises that close
windows are therefore roots of polynomials that need no elimination, only factorisation; which root is meant is decided
by certified bounds that hold one solution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any, Final

import flint

from symphase.algebraic import RealAlgebraic, isolate_real_roots
from symphase.display import Shown, bounds_text, cut
from symphase.enclosures import Certainty, ball, round_decimal, working_precision
from symphase.errors import InputError
from symphase.formulas import exact_rational
from symphase.kneading import critical_fractions
from symphase.maps import PolynomialFamily, exact_terms, parameter_factors, proper_divisors, variable_factors
from symphase.onset import Bounds, CriticalOrbit, Onset, check_family, check_integer, wynn

__all__ = [
    "BandMerging",
    "FeigenbaumConstants",
    "NumericalValue",
    "algebraic_landing",
    "band_merging_parameters",
    "feigenbaum_constants",
    "interior_crises",
]

_ALGEBRAIC_DEGREE: Final = 400
_MAX_DEGREE: Final = 2000
_MAX_STEPS: Final = 1024
_CYCLE_DEGREE: Final = 32  # of fⁿ, whose dynatomic polynomial is factored in two variables


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BandMerging(Shown):
    """A parameter at which 2N bands of the attractor merge into N.

    Attributes
    ----------
    bands : int
        N, the number of bands beyond.
    value : RealAlgebraic or None
        The parameter, where its polynomial is within reach.
    parameter : (Fraction, Fraction)
        Certified bounds.
    certainty : Certainty
        EXACT with ``value``, CERTIFIED without.
    """

    bands: int
    value: RealAlgebraic | None
    parameter: Bounds
    certainty: Certainty

    def _line(self) -> str:
        return f"{2 * self.bands} bands merge into {self.bands} at {bounds_text(*self.parameter)} [{self.certainty}]"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NumericalValue(Shown):
    """A number found by convergence acceleration.

    Attributes
    ----------
    value : str
        Decimal, to the digits that the error leaves.
    error : Fraction
        The largest disagreement among sequences and orders of acceleration, doubled: an estimate, no bound.
    certainty : Certainty
        NUMERICAL.
    """

    value: str
    error: Fraction
    certainty: Certainty

    def _line(self) -> str:
        return f"≈ {self.value} ± {float(self.error):.1g} [{self.certainty}]"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FeigenbaumConstants(Shown):
    """Feigenbaum's constants as one family's cascade shows them.

    Attributes
    ----------
    delta : NumericalValue
        Limit of the ratio of successive parameter differences.
    alpha : NumericalValue
        Limit of the ratio of successive distances from c to the nearest point of the superstable cycle (negative).
    """

    delta: NumericalValue
    alpha: NumericalValue

    def _line(self) -> str:
        return f"δ ≈ {cut(self.delta.value, 24)}, α ≈ {cut(self.alpha.value, 24)} [{self.delta.certainty}]"


def _substituted(polynomial: Any, point: flint.fmpq_poly) -> flint.fmpq_poly:
    """P(z(a), a) for a polynomial z(a)."""
    rows: dict[int, dict[int, Any]] = {}
    for (power, order), value in polynomial.to_dict().items():
        rows.setdefault(power, {})[order] = value
    total = flint.fmpq_poly([0])
    for power in range(max(rows, default=0), -1, -1):
        row = rows.get(power, {})
        total = total * point + flint.fmpq_poly([row.get(j, 0) for j in range(max(row, default=0) + 1)])
    return total


def algebraic_landing(
    family: PolynomialFamily, preperiod: int, period: int, within: Bounds, *, max_degree: int = _ALGEBRAIC_DEGREE
) -> RealAlgebraic | None:
    """The parameter at which f^m(c) first lies on a cycle of period n, as an algebraic number.

    f^m(c(a)) is a polynomial in a alone, so that no elimination is needed: the part of Φ_n(f^m(c(a)), a) that does not
    vanish with f^(m−1)(c) already is factored, and the root is the only one in the certified bounds.

    Parameters
    ----------
    family : PolynomialFamily
        With one free critical point that is a polynomial in the parameter.
    preperiod : int
        m ≥ 0; 0 for a superstable parameter, fⁿ(c) = c.
    period : int
        n ≥ 1.
    within : (Fraction, Fraction)
        Certified bounds that hold exactly one solution.
    max_degree : int
        Beyond this degree no factorisation is tried.

    Returns
    -------
    RealAlgebraic or None
        None beyond the degree, or where the bounds do not single out one root.

    Certainty
    ---------
    Exact, if ``within`` is certified to hold a solution.

    Examples
    --------
    >>> import sympy
    >>> x, c = sympy.symbols("x c")
    >>> family = PolynomialFamily(x**2 + c, variable=x, parameter=c)
    >>> algebraic_landing(family, 3, 1, (Fraction(-16, 10), Fraction(-3, 2))).coefficients
    (2, 2, 2, 1)
    """
    check_family(family)
    check_integer(preperiod, "preperiod", 0, _MAX_STEPS)
    check_integer(period, "period", 1, _MAX_STEPS)
    check_integer(max_degree, "max_degree", 1, _MAX_DEGREE)
    within = _read_bounds(within)
    free = family.free_critical_factors
    if len(free) != 1 or free[0].degrees()[0] != 1:
        return None
    top, bottom = critical_fractions(free[0])
    if len(bottom) != 1 or family.degree**period > _CYCLE_DEGREE:
        return None
    # a polynomial of degree e in z that has a factor for a whole cycle grows by e·(degree^m − degree^(m−1)) at least
    steps = preperiod or period
    least = family.degree**steps - family.degree ** (steps - 1)
    if least * (period if preperiod else 1) > 2 * max_degree:
        return None
    point = flint.fmpq_poly([flint.fmpq(v.numerator, v.denominator) / _fmpq(bottom[0]) for v in top])
    orbit = [point]
    for _ in range(preperiod or period):
        orbit.append(_substituted(family.polynomial, orbit[-1]))
    candidates = []
    if preperiod == 0:
        closing = orbit[period] - orbit[0]
        for divisor in proper_divisors(period):  # there the period is shorter
            closing = _without(closing, orbit[divisor] - orbit[0])
        candidates.append(closing)
    else:
        for factor in variable_factors(family.dynatomic(period)):
            if not _may_vanish(family, factor, preperiod, within):
                continue
            late, early = _substituted(factor, orbit[preperiod]), _substituted(factor, orbit[preperiod - 1])
            candidates.append(_without(late, early))
    found = []
    for candidate in candidates:
        if candidate.degree() > max_degree:
            return None
        for factor, _ in candidate.numer().factor()[1]:
            found += [(factor, box) for box in isolate_real_roots(factor, *within)]
            found += [(factor, (end, end)) for end in set(within) if factor(_fmpq(end)) == 0]
    if len(found) != 1:
        return None
    factor, (lower, upper) = found[0]
    return RealAlgebraic([int(v) for v in factor.coeffs()], lower, upper)


def _without(polynomial: flint.fmpq_poly, other: flint.fmpq_poly) -> flint.fmpq_poly:
    """Divide out every root that another polynomial has, however often."""
    shared = polynomial.gcd(other)
    while shared.degree() > 0:
        polynomial = polynomial // shared
        shared = polynomial.gcd(other)
    return polynomial


def _read_bounds(within: object) -> Bounds:
    accepted = "must be two rational numbers, the smaller first"
    if not isinstance(within, Sequence) or isinstance(within, str | bytes) or len(within) != 2:
        raise InputError("within", within, accepted, "as (1.5, 1.7)")
    lower, upper = (exact_rational(end, "within") for end in within)
    if lower > upper:
        raise InputError("within", within, accepted, "as (1.5, 1.7)")
    return lower, upper


def _fmpq(value: Fraction) -> flint.fmpq:
    return flint.fmpq(value.numerator, value.denominator)


def _may_vanish(family: PolynomialFamily, factor: Any, preperiod: int, within: Bounds) -> bool:
    """Whether balls leave room for a zero of factor(f^m(c), a) between the bounds."""
    with working_precision(256):
        a = ball(within[0]).union(ball(within[1]))
        z = next(islice(CriticalOrbit(family, within[0]).values(a), preperiod - 1, None))
        total = flint.arb(0)
        for (power, order), value in exact_terms(factor).items():
            total += ball(value) * z**power * a**order
        return bool(total.contains(0))


def _outward(bounds: Bounds, bits: int = 64) -> Bounds:
    """Shorter bounds outside the given ones."""
    scale = 2**bits
    return Fraction(bounds[0] * scale // 1, scale), Fraction(-(-bounds[1] * scale // 1), scale)


def band_merging_parameters(
    family: PolynomialFamily, onset: Onset, *, max_degree: int = _ALGEBRAIC_DEGREE
) -> tuple[BandMerging, ...]:
    """The parameters at which 2N bands merge into N = 1, 2, 4, …, exact where the degree allows.

    At the merging into N bands f^(2N+1)(c) is a point of the cycle of period N that flipped in the cascade.

    Parameters
    ----------
    family : PolynomialFamily
    onset : Onset
        Of that family, from :func:`~symphase.onset.enclose_onset`: its mergings are the certified bounds.
    max_degree : int
        Largest degree of a polynomial that is factored.

    Returns
    -------
    tuple of BandMerging
        In the order N = 1, 2, 4, …, towards the onset.

    Certainty
    ---------
    Exact where ``value`` is given, certified bounds otherwise.
    """
    check_family(family)
    _check_onset(onset)
    found = []
    for relation in onset.mergings:
        bands = 2**relation.doublings
        value = None
        if relation.doublings <= 3:
            value = algebraic_landing(family, 2 * bands + 1, bands, _outward(relation.parameter), max_degree=max_degree)
        found.append(
            BandMerging(
                bands=bands,
                value=value,
                parameter=relation.parameter,
                certainty=Certainty.CERTIFIED if value is None else Certainty.EXACT,
            )
        )
    return tuple(found)


def interior_crises(family: PolynomialFamily) -> tuple[RealAlgebraic, ...]:
    """Every real parameter at which the free critical value is a bound critical point, f(c) = w.

    Beyond it the critical orbit may enter a further lap: the attractor suddenly grows.

    Parameters
    ----------
    family : PolynomialFamily

    Returns
    -------
    tuple of RealAlgebraic
        In increasing order, parameters at which c and w coincide left out; empty without a bound critical point.

    Certainty
    ---------
    Exact and complete.

    Examples
    --------
    >>> import sympy
    >>> z, a = sympy.symbols("z a")
    >>> residual = PolynomialFamily(z**3 + (a - 2) * z**2 + (1 - 2 * a) * z, variable=z, parameter=a)
    >>> [str(value) for value in interior_crises(residual)]
    ['-3*sqrt(3)/2 - 1', '-1 + 3*sqrt(3)/2']
    """
    check_family(family)
    free = family.free_critical_factors
    bound = [factor for factor in family.critical_factors if factor not in free]
    if len(free) != 1:
        return ()
    found: list[RealAlgebraic] = []
    for wall in bound:
        meets = free[0].resultant(wall.compose(family.polynomial, _parameter(family)), "z")
        together = free[0].resultant(wall, "z")
        for factor in parameter_factors(meets):
            if factor.degree() < 1 or any(factor == other for other in parameter_factors(together)):
                continue
            for lower, upper in isolate_real_roots(factor):
                found.append(RealAlgebraic([int(v) for v in factor.coeffs()], lower, upper))
    return tuple(sorted(found))


def _parameter(family: PolynomialFamily) -> Any:
    return family.polynomial.context().gens()[1]


# --- Feigenbaum's constants -------------------------------------------------------------------------------------------


def feigenbaum_constants(onset: Onset) -> FeigenbaumConstants:
    """Feigenbaum's δ and α from the relations that an onset proved, by convergence acceleration.

    δ is the limit of (a_k − a_{k−1}) / (a_{k+1} − a_k), from superstable and from band-merging parameters; α that of
    d_k / d_{k+1}, where d_k = f^(2^(k−1))(c) − c at a_k.

    Parameters
    ----------
    onset : Onset
        With at least 8 doublings.

    Returns
    -------
    FeigenbaumConstants

    Certainty
    ---------
    Numerical.  The error is the largest disagreement between the two sequences (δ) and between three orders of
    acceleration, doubled.

    References
    ----------
    Feigenbaum, "Quantitative universality for a class of nonlinear transformations", J. Stat. Phys. 19 (1978).
    Wynn, "On a device for computing the e_m(S_n) transformation", MTAC 10 (1956).
    """
    _check_onset(onset)
    if len(onset.superstable) < 8 or len(onset.mergings) < 8:
        raise InputError(
            "onset", onset.ordered_side.doublings, "needs at least 8 doublings", "enclose the onset with doublings=9"
        )
    ratios = [_ratios([_middle(r.parameter) for r in relations]) for relations in (onset.superstable, onset.mergings)]
    first = [wynn(ratios[0][: len(ratios[0]) - drop]) for drop in range(3)]
    other = wynn(ratios[1])
    delta = _numerical(first[0], [*first[1:], other])
    distances = [_middle(r.distance) for r in onset.superstable if r.distance is not None]
    quotients = [before / after for before, after in pairwise(distances)]
    scales = [wynn(quotients[: len(quotients) - drop]) for drop in range(3)]
    return FeigenbaumConstants(delta=delta, alpha=_numerical(scales[0], scales[1:]))


def _check_onset(onset: object) -> None:
    if not isinstance(onset, Onset):
        raise InputError("onset", onset, "must be an Onset", "take one from enclose_onset")


def _middle(bounds: Bounds) -> Fraction:
    return (bounds[0] + bounds[1]) / 2


def _ratios(values: Sequence[Fraction]) -> list[Fraction]:
    steps = [after - before for before, after in pairwise(values)]
    return [before / after for before, after in pairwise(steps)]


def _numerical(value: Fraction, others: Sequence[Fraction]) -> NumericalValue:
    error = 2 * max(abs(value - other) for other in others)
    digits = 0
    while digits < 60 and error < Fraction(1, 2 * 10 ** (digits + 1)):
        digits += 1
    return NumericalValue(value=round_decimal(value, digits), error=error, certainty=Certainty.NUMERICAL)
