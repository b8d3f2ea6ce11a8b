"""How large the polynomial of a bifurcation can be: a proved bound for its degree and its coefficients.

Where the only free critical point escapes, or falls to an attracting fixed point, every cycle of period n ≥ 2 is
repelling: an attracting or neutral cycle needs a critical orbit that accumulates on it (Fatou 1919), and the other
critical point lands on a fixed point.  On a circle |t| = ρ of such parameters, with |μ| ≥ L ≥ 1 for all N multipliers,

    |δ(t)| = Π |m − μ(C)| ≤ (1 + |m|/L)^N · |Π μ(C)|,   Π μ(C) = Π g'(wᵢ) = const · Π Φ(κ) over the critical points κ,

a polynomial in t that the critical orbits give without any elimination.  Cauchy's estimate, with Parseval's identity
for the mean over the circle, bounds each coefficient of δ; the best of several circles is taken.  The same inequality
for |t| → ∞ bounds the degree, and the leading coefficient there is that of (−1)^N Π μ(C), as every μ(C) grows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import flint

from symphase.coordinates import Coordinates
from symphase.enclosures import ball, ball_bounds, working_precision
from symphase.maps import proper_divisors

__all__ = ["CoefficientBound", "coefficient_bound"]

_OUTSIDE: Final = tuple(
    Fraction(n, 32) for n in (1, 4, 8, 16, 32, 64, 128)
)  # beyond the last parameter that is in doubt
_INSIDE: Final = tuple(Fraction(n, 64) for n in (12, 24, 36, 48, 56, 61, 63))  # shares of the disc that is not in doubt


@dataclass(frozen=True, slots=True, kw_only=True)
class CoefficientBound:
    """A proved bound for q^N·δ, the polynomial with integer coefficients.

    Attributes
    ----------
    kind : int
        Kind of cycles (see ``Coordinates``).
    cycles : int
        N, the number of complex cycles of that kind.
    degree : int
        The degree of δ in t.
    leading : int
        The leading coefficient of q^N·δ.
    bits : int
        Every coefficient is smaller than 2^bits in absolute value.
    """

    kind: int
    cycles: int
    degree: int
    leading: int
    bits: int


def coefficient_bound(form: Coordinates, period: int, multiplier: Fraction, kind: int) -> CoefficientBound | None:
    """Bound the polynomial whose roots are the parameters with a cycle of this multiplier.

    Parameters
    ----------
    form : Coordinates
    period : int
        n ≥ 2.
    multiplier : Fraction
        m = p/q.
    kind : int
        +1 or -1 for squared coordinates, 0 otherwise.

    Returns
    -------
    CoefficientBound or None
        None for families other than w² + t and w·(w − t)², to which every quadratic family and every cubic family of
        the kind of the residual map comes down.

    Certainty
    ---------
    Certified: exact integers and upper ends of balls.

    Examples
    --------
    >>> import sympy
    >>> from symphase.coordinates import coordinates
    >>> from symphase.maps import PolynomialFamily
    >>> x, c = sympy.symbols("x c")
    >>> bound = coefficient_bound(coordinates(PolynomialFamily(x**2 + c, variable=x, parameter=c)), 2, Fraction(-1), 0)
    >>> bound.degree, bound.leading  # δ = −1 − μ = −1 − 4(c + 1) = −4c − 5
    (1, -4)
    """
    if period < 2 or not (form.is_quadratic or form.is_cubic):
        return None
    # in τ = t or t/3 the critical point that moves is 0 or τ; the other one, t, is mapped to 0, so that every H_k is 0
    # and Φ there a product of ±1, which for n ≥ 2 is 1
    stretch = 3 if form.squared else 1
    value, points = _dynatomic_at_critical_point(form, period, kind)
    product = value * (3 if form.squared else -2) ** points
    cycles, degree = points // period, int(product.degree())
    q = multiplier.denominator
    leading = Fraction(int(product[degree]) * (-q) ** cycles, stretch**degree)
    logarithms = []
    with working_precision(96):
        coefficients = [(k, flint.arb(c)) for k, c in enumerate(product.coeffs()) if c]
        for radius, least in _circles(form):
            rho = ball(radius / stretch)
            mean = sum((c * c * rho ** (2 * k) for k, c in coefficients), flint.arb(0)).sqrt()
            factor = q * (1 + ball(abs(multiplier)) / least**period)
            size = (factor**cycles * mean).log() / flint.arb(2).log()
            logarithms.append((float(ball_bounds(size)[1]), math.log2(radius)))
    bits = max(min(size - k * slope for size, slope in logarithms) for k in range(degree + 1))
    return CoefficientBound(
        kind=kind, cycles=cycles, degree=degree, leading=int(leading), bits=math.ceil(bits + 1e-6) + 1
    )


def _circles(form: Coordinates) -> Iterator[tuple[Fraction, Any]]:
    """Radii |t| on which all cycles repel, each with a lower bound ≥ 1 for |g'| along them (1: known on average)."""
    one = flint.arb(1)
    if form.squared:
        for share in _OUTSIDE:  # |g(t/3)| = 4ρ³/27 > ρ + 1 and |w| > ρ + 1 ⇒ |g(w)| > |w|: the critical point escapes
            yield 3 + share, one
        for share in _INSIDE:  # |w| < 1 − ρ ⇒ |g(w)| < |w|: 0 attracts t/3, as ρ/3 < 1 − ρ
            rho = ball(share * Fraction(3, 4))
            least = (1 - 2 * rho) * (3 - 4 * rho)  # |w − t|·|3w − t| where |w| ≥ 1 − ρ
            yield share * Fraction(3, 4), least if least > 1 else one
        return
    for share in _OUTSIDE:  # |w| ≥ ρ > 2 ⇒ |g(w)| > |w|: t escapes; cycles have |w| ≤ R = (1 + √(1 + 4ρ))/2
        rho = ball(2 + share)
        gap = rho - (1 + (1 + 4 * rho).sqrt()) / 2
        least = 2 * gap.sqrt()
        yield 2 + share, least if least > 1 else one
    for share in _INSIDE:  # |w| < (1 + √(1 − 4ρ))/2 is mapped into itself and attracted to a fixed point
        yield share / 4, 1 + (1 - 4 * ball(share / 4)).sqrt()


def _dynatomic_at_critical_point(form: Coordinates, period: int, kind: int) -> tuple[flint.fmpz_poly, int]:
    """Φ(κ) in Z[τ] for the critical point that moves, and the degree of Φ in w."""
    t, place = (flint.fmpz_poly([0, 3]), flint.fmpz_poly([0, 1])) if form.squared else (flint.fmpz_poly([0, 1]), None)
    values: dict[tuple[int, int], Any] = {}
    degrees: dict[tuple[int, int], int] = {}
    kinds = (1, -1) if form.squared else (0,)
    product, w = flint.fmpz_poly([1]), place if place is not None else flint.fmpz_poly([0])
    for k in range(1, period + 1):
        if place is not None:
            product = product * (w - t)
            w = place * product * product if k < period else w
        else:
            w = w * w + t
        if period % k:
            continue
        for each in kinds:
            value, degree = (product - each, (3**k - 1) // 2) if place is not None else (w, 2**k)
            for divisor in proper_divisors(k):
                for other in kinds:
                    if other ** (k // divisor) == each or not form.squared:
                        value = value // values[divisor, other]
                        degree -= degrees[divisor, other]
            values[k, each], degrees[k, each] = value, degree
    return values[period, kind], degrees[period, kind]
