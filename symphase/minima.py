"""The minima of a loss of one weight, exactly: where they are, how sharp, and which step sizes still converge there."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import flint

from symphase.algebraic import RealAlgebraic, real_roots
from symphase.cells import parameter_roots, rational_between
from symphase.display import Shown, facts_table, level_html, number_text, text_html
from symphase.enclosures import Certainty, ball, working_precision
from symphase.errors import InputError
from symphase.maps import eliminate
from symphase.models import PolynomialLoss

__all__ = ["Minimum", "loss_minima"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Minimum(Shown):
    """A local minimum of a loss L(w).

    Attributes
    ----------
    location : RealAlgebraic
        w*, where L′ changes sign from − to +.
    sharpness : RealAlgebraic
        L″(w*) ≥ 0.
    largest_step_size : RealAlgebraic or None
        2/L″(w*): gradient descent is attracted by w* below and repelled above it (the edge of stability); None where
        the minimum is flat, L″(w*) = 0, and attracts at every step size.
    certainty : Certainty
        EXACT.
    """

    location: RealAlgebraic
    sharpness: RealAlgebraic
    largest_step_size: RealAlgebraic | None
    certainty: Certainty = Certainty.EXACT

    def _line(self) -> str:
        largest = self.largest_step_size
        told = "at every step size" if largest is None else f"below step size {number_text(largest, 6)}"
        place = f"at {number_text(self.location, 6)}, sharpness {number_text(self.sharpness, 6)}"
        return f"{place}, attracts {told} [{self.certainty}]"

    def _repr_html_(self) -> str:
        ends = self.largest_step_size
        facts = [
            ("weight", text_html(number_text(self.location))),
            ("sharpness", text_html(number_text(self.sharpness))),
            ("attracts", "at every step size" if ends is None else f"below step size {text_html(number_text(ends))}"),
            ("certainty", level_html(self.certainty)),
        ]
        return facts_table("A local minimum of the loss", facts)


def loss_minima(loss: PolynomialLoss) -> tuple[Minimum, ...]:
    """Find every local minimum of a polynomial loss.

    Parameters
    ----------
    loss : PolynomialLoss

    Returns
    -------
    tuple of Minimum
        In increasing order of the weight; empty when there is none.

    Certainty
    ---------
    Exact and complete: real roots of L′ are isolated, and L″ there is an algebraic number of its own.

    Raises
    ------
    InputError
        For what is no PolynomialLoss.

    Examples
    --------
    >>> for minimum in loss_minima(PolynomialLoss("(w^2-2)^2/4")):
    ...     print(minimum.location, minimum.sharpness, minimum.largest_step_size)
    -sqrt(2) 4 1/2
    sqrt(2) 4 1/2
    """
    if not isinstance(loss, PolynomialLoss):
        raise InputError("loss", loss, "must be a PolynomialLoss", "as PolynomialLoss('(w^2 - 1)^2/4')")
    from sympy import Poly

    coefficients = [Fraction(int(v.p), int(v.q)) for v in Poly(loss.loss, loss.weight).all_coeffs()[::-1]]
    slope = flint.fmpq_poly([flint.fmpq(v.numerator, v.denominator) for v in coefficients]).derivative()
    critical = real_roots(slope.numer())
    return tuple(_minimum(place, slope) for place in critical if _rises_through(place, critical, slope))


def _rises_through(place: RealAlgebraic, critical: tuple[RealAlgebraic, ...], slope: flint.fmpq_poly) -> bool:
    """Whether L′ is negative just before a critical point and positive just after it: exact signs at rationals."""
    index = critical.index(place)
    before = _beside(critical[index - 1] if index else None, place)
    after = _beside(place, critical[index + 1] if index + 1 < len(critical) else None)
    return bool(slope(before) < 0 < slope(after))


def _beside(left: RealAlgebraic | None, right: RealAlgebraic | None) -> flint.fmpq:
    """A rational strictly between two critical points, or beyond the only one."""
    if left is not None and right is not None:
        value = rational_between(left, right)
    elif right is not None:
        value = right.enclose(8)[0] - 1
    else:
        assert left is not None  # noqa: S101  # one of the two is a critical point
        value = left.enclose(8)[1] + 1
    return flint.fmpq(value.numerator, value.denominator)


def _minimum(place: RealAlgebraic, slope: flint.fmpq_poly) -> Minimum:
    bend = slope.derivative()
    sharpness = _image(place, bend, flint.fmpq_poly([1]))
    largest = None if sharpness == 0 else _image(place, flint.fmpq_poly([2]), bend)
    return Minimum(location=place, sharpness=sharpness, largest_step_size=largest)


def _image(place: RealAlgebraic, numerator: flint.fmpq_poly, denominator: flint.fmpq_poly) -> RealAlgebraic:
    """The algebraic number t = N(w)/D(w): a root of the resultant of w's polynomial and t·D − N, told from the others.

    D(w) ≠ 0.
    """
    if place.is_rational:
        exact = flint.fmpq(place.interval[0].numerator, place.interval[0].denominator)
        ratio = numerator(exact) / denominator(exact)
        return RealAlgebraic.rational(Fraction(int(ratio.p), int(ratio.q)))
    ring = flint.fmpq_mpoly_ctx.get(["z", "a"], "lex")  # the one of symphase.maps
    of_place = ring.from_dict({(k, 0): value for k, value in enumerate(place.coefficients) if value})
    claim = ring.from_dict({(k, 1): value for k, value in enumerate(denominator.coeffs()) if value}) - ring.from_dict(
        {(k, 0): value for k, value in enumerate(numerator.coeffs()) if value}
    )
    candidates = parameter_roots(eliminate(of_place, claim))
    bits = 64
    while True:
        with working_precision(bits):
            point = place.ball(bits)
            value = _at(numerator, point) / _at(denominator, point)
            near = [root for root in candidates if root.ball(bits).overlaps(value)]
        if len(near) == 1:
            return near[0]
        bits *= 2


def _at(polynomial: flint.fmpq_poly, point: flint.arb) -> flint.arb:
    total = flint.arb(0)
    for coefficient in polynomial.coeffs()[::-1]:
        total = total * point + ball(Fraction(int(coefficient.p), int(coefficient.q)))
    return total
