"""Theorems about any polynomial family whose boundaries were found: each boundary with the equation that it solves.

What the search for boundaries decided is decided here again by other means (see :mod:`symphase.theorems.rechecks`);
what it left open is said in a last theorem without a proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

import flint
import sympy

from symphase.algebraic import RealAlgebraic
from symphase.enclosures import Verdict
from symphase.maps import PolynomialFamily, eliminate, exact_terms
from symphase.notation import formula_text
from symphase.onset import Onset
from symphase.theorems.proofs import Identity, ProofLine, Theorem, numerator_vanishes
from symphase.theorems.rechecks import CertifiedBox, EnclosedOnset, RealCycleCount, Resultant
from symphase.theorems.sides import AttractingPoints, CriticalEscape, MonotoneBound
from symphase.thresholds import Boundaries, Boundary, BoundaryKind

__all__ = ["family_theorems"]

_EXACT_DEGREE: Final = 32  # degree of fⁿ up to which an eliminant is formed again
_LONGEST_DISPLAY: Final = 24  # degree of a polynomial that is displayed

_WORDS: Final = {
    BoundaryKind.STABILITY: "Here the resting point begins to attract: runs that start close to it settle on it.",
    BoundaryKind.MONOTONE_END: (
        "Up to here every step brings every run closer to the resting point; beyond, a run may first be thrown away "
        "from it and still come back."
    ),
    BoundaryKind.FLIP: (
        "Here a pattern stops attracting, and where another of twice its length is born, runs settle on that."
    ),
    BoundaryKind.ONSET: "Here the doubling of patterns is complete, and chaos begins.",
    BoundaryKind.TANGENCY: "Here a pattern of three values appears, and by a famous theorem patterns of every length.",
    BoundaryKind.CRISIS: "Here the region in which runs wander grows at once: it touches a resting point that repels.",
    BoundaryKind.ESCAPE: (
        "Beyond this parameter runs are no longer kept in a bounded region: the largest step that is safe."
    ),
}


def family_theorems(boundaries: Boundaries) -> tuple[Theorem, ...]:
    """Return theorems about any family: its fixed points, each boundary, and what is left open.

    Parameters
    ----------
    boundaries : Boundaries
        From ``find_boundaries``.

    Returns
    -------
    tuple of Theorem

    Certainty
    ---------
    Each theorem carries its own.
    """
    story = _Story(boundaries)
    found = [story.fixed_points()]
    if boundaries.family != boundaries.reduced_family:
        found.insert(0, story.quotient())
    disguise = story.disguise()
    found += [disguise] if disguise is not None else []
    found += [story.boundary(number) for number in range(len(boundaries))]
    if boundaries.missing:
        found.append(story.left_open())
    return tuple(found)


class _Story:
    """What the theorems about one family share."""

    def __init__(self, boundaries: Boundaries) -> None:
        self.boundaries = boundaries
        self.family = boundaries.reduced_family
        self.z, self.a = self.family.variable, self.family.parameter
        self.letter = next(name for name in ("f", "F", "g", "G") if name not in {str(self.z), str(self.a)})
        self.f = _function(self.letter)
        self.slope = _function(f"{self.letter}'")
        self.reference = next(
            (
                factor
                for factor, point in zip(self.family.fixed_point_factors, boundaries.fixed_points, strict=True)
                if point.is_reference
            ),
            None,
        )

    def line(
        self, text: str, left: Any = None, relation: str = "", right: Any = None, by: Any = None, **rest: Any
    ) -> ProofLine:
        """One line; an equation without other evidence is an identity."""
        if by is None and left is not None:
            by = Identity()
        return ProofLine(
            text=text,
            left=left,
            relation=relation,
            right=right,
            evidence=by,
            family=rest.pop("family", self.family),
            **rest,
        )

    def quotient(self) -> Theorem:
        """The family in s = (z − m)², where it is odd about m."""
        given = self.boundaries.family
        z = given.variable
        centre = _centre(given)
        square = (z - centre) ** 2
        image = self.family.expression.xreplace({self.z: square})
        shift = formula_text(square, (z,))
        return Theorem(
            name="The quotient by the symmetry",
            label="quotient",
            statement=(
                f"The map commutes with the reflection that fixes {formula_text(centre)}. So s = {shift} follows a map "
                f"of its own, {formula_text(self.z)} ← {formula_text(self.family.expression, (self.z,))}, written with "
                f"{formula_text(self.z)} for s. What follows is about this map."
            ),
            in_words=(
                "Mirrored starts have mirrored runs, so it is enough to follow the square of the distance to the "
                "mirror."
            ),
            proof=(
                self.line(
                    "Reflect before or after a step:",
                    self.f(2 * centre - z),
                    "=",
                    2 * centre - self.f(z),
                    family=given,
                ),
                self.line("and square:", (self.f(z) - centre) ** 2, "=", image, family=given),
            ),
            sources=("devaney-1989",),
        )

    def fixed_points(self) -> Theorem:
        f, slope, z = self.f, self.slope, self.z
        points = self.boundaries.fixed_points
        product = sympy.factor(self.family.expression - z)
        lines = [self.line("The fixed points are the roots of", f(z) - z, "=", product)]
        told = []
        for point in points:
            if point.location is None or point.multiplier is None:
                told.append(f"the roots of {formula_text(point.polynomial, (z,))}")
                lines.append(
                    self.line(
                        "The fixed points on a factor that is not linear have no rational formula; their multipliers "
                        "are decided at each parameter by exact numbers. The factor divides:",
                        sympy.rem(product, point.polynomial, z),
                        "=",
                        sympy.Integer(0),
                    )
                )
                continue
            where, rate = formula_text(point.location), formula_text(point.multiplier)
            told.append(f"{where} with multiplier {rate}")
            lines.append(self.line(f"The point {where} is fixed:", f(point.location), "=", point.location))
            lines.append(self.line("and its multiplier is", slope(point.location), "=", point.multiplier))
        return Theorem(
            name="Fixed points and their multipliers",
            label="fixed-points",
            statement=(
                f"The fixed points of {self.letter}({formula_text(z)}) = {formula_text(self.family.expression, (z,))} "
                f"are {'; '.join(told)}."
            ),
            in_words=(
                "Resting points of the iteration. One step multiplies a small distance to a resting point by its "
                "multiplier, so it attracts while that is between −1 and 1."
            ),
            proof=tuple(lines),
            sources=("devaney-1989",),
        )

    def disguise(self) -> Theorem | None:
        """The residual map of gradient descent in other coordinates, where the family is that."""
        points = {bool(point.is_reference): point.location for point in self.boundaries.fixed_points}
        others = [point.location for point in self.boundaries.fixed_points if not point.is_reference]
        rest, z, a = points.get(True), self.z, self.a
        if self.family.degree != 3 or rest is None or len(others) != 2 or None in others:
            return None
        for first, second in (others, others[::-1]):
            unit = sympy.cancel((first - rest) / 2)  # 0, 2 and −a are the fixed points of the residual map
            own = sympy.cancel((rest - second) / unit)
            coordinate = (z - rest) / unit
            image = rest + unit * (coordinate**3 + (own - 2) * coordinate**2 + (1 - 2 * own) * coordinate)
            if not numerator_vanishes(self.family.expression - image):
                continue
            if own == a and coordinate == z:
                return None
            shown = formula_text(sympy.cancel(coordinate), (z,))
            told = formula_text(own) if own.is_Symbol else f"({formula_text(own)})"
            return Theorem(
                name="The residual map in other coordinates",
                label="disguise",
                statement=(
                    f"In the coordinate {shown} this is the residual map of gradient descent, the cubic with the fixed "
                    f"points 0, 2 and −{told}: what is proved of that map at the parameter {formula_text(own)} holds "
                    "here."
                ),
                in_words=(
                    "A change of the unit and of the origin turns this iteration into the one that gradient descent "
                    "makes on phase retrieval, with all of its phases."
                ),
                proof=(self.line("Put the coordinate into the residual map, and go back:", self.f(z), "=", image),),
                sources=("chen-2024",),
            )
        return None

    def boundary(self, number: int) -> Theorem:
        """The theorem of one boundary, for the parameters from there to the next one."""
        item: Boundary = self.boundaries[number]
        following = self.boundaries[number + 1] if number + 1 < len(self.boundaries) else None
        inclusive = (
            item.kind is BoundaryKind.TANGENCY,
            following is not None and following.kind is not BoundaryKind.TANGENCY,
        )
        forward = self.boundaries.direction > 0
        proof = tuple(_PROOFS[item.kind](self, item))
        shown = _shown(item)
        name = item.name[0].upper() + item.name[1:]
        return Theorem(
            name=name,
            label=f"{item.kind.name.lower().replace('_', '-')}-{number + 1}",
            statement=f"{name}: {formula_text(self.a)} {shown}. Before it: {item.before}; behind it: {item.after}.",
            in_words=_WORDS[item.kind],
            applies=(item, following) if forward else (following, item),
            ends=inclusive if forward else inclusive[::-1],
            phase=_phase(item),
            proof=proof,
            sources=tuple(dict.fromkeys(("devaney-1989", *(key for line in proof for key in line.quotes)))),
        )

    def left_open(self) -> Theorem:
        return Theorem(
            name="What is not shown",
            label="left-open",
            statement="These kinds of boundaries are not among those above; each with the reason.",
            in_words="What the search proved absent, or could not decide.",
            proof=tuple(
                ProofLine(text=f"{kind}: {reason}.", family=self.family) for kind, reason in self.boundaries.missing
            ),
        )

    # --------------------------------------------------------------------------------------------- proofs by kind

    def root_of(self, item: Boundary, first: Any, second: Any, text: str) -> Iterator[ProofLine]:
        """The line that an exact boundary is a root of a resultant, where it is one."""
        value = item.algebraic
        if value is None or not _vanishes(eliminate(first, second), value):
            return
        left = value.minimal_polynomial(self.a)
        evidence = Resultant(family=self.family, first=first, second=second, number=value)
        if value.degree > _LONGEST_DISPLAY:
            text = f"{text} (the polynomial, of degree {value.degree}, is too long to be read)"
        yield self.line(text, left, "=", sympy.Integer(0), evidence)

    def stability(self, item: Boundary) -> Iterator[ProofLine]:
        for target in (1, -1):
            text = (
                f"At the boundary a fixed point has multiplier {_signed(target)}: both equations, {self.letter}'"
                f" = {_signed(target)} and the fixed point's own, have a common root, so their resultant vanishes. The "
                "factor of it that does:"
            )
            yield from self.root_of(item, self.reference, self.family.derivative - target, text)
        yield from self.attraction()

    def attraction(self) -> Iterator[ProofLine]:
        """The multiplier between start and first flip."""
        start, flip = self.boundaries.find(BoundaryKind.STABILITY), self.boundaries.find(BoundaryKind.FLIP, 1)
        if start is None or flip is None or start.algebraic is None or flip.algebraic is None or self.reference is None:
            return
        point = next((each for each in self.boundaries.fixed_points if each.is_reference), None)
        if point is not None and point.multiplier is not None:
            margin = 1 - point.multiplier**2
            yield self.line(
                "The multiplier lies between −1 and 1 where one minus its square is positive, and this changes sign "
                "only at the roots of",
                margin,
                "=",
                sympy.factor(sympy.together(margin)),
            )
        yield self.line(
            f"Between {_value(start)} and {_value(flip)} the fixed point that flips attracts at every parameter; close "
            "before and close behind it does not. One sample in each part of the line decides.",
            by=AttractingPoints(family=self.family, factor=self.reference, start=start.algebraic, flip=flip.algebraic),
        )

    def monotone(self, item: Boundary) -> Iterator[ProofLine]:
        value = item.algebraic
        if value is None or self.reference is None:
            return
        yield self.line(
            f"The first parameter at which |{self.letter}({formula_text(self.z)}) − p| > |{formula_text(self.z)} − p| "
            f"for some {formula_text(self.z)} with a bounded orbit, p the fixed point. {_sentence(item.evidence)} "
            "Close before it the bound holds, close behind it it fails.",
            by=MonotoneBound(
                family=self.family, factor=self.reference, number=value, direction=self.boundaries.direction
            ),
        )

    def flip(self, item: Boundary) -> Iterator[ProofLine]:
        period = item.period or 1
        if period == 1:
            text = (
                "The fixed point has multiplier −1 there: the resultant of its equation and of "
                f"{self.letter}' = −1 vanishes. The factor of it that does:"
            )
            yield from self.root_of(item, self.reference, self.family.derivative + 1, text)
            yield from self.attraction()
            yield self.line(f"How it was found, with z for the variable: {_sentence(item.evidence)}")
            return
        if item.algebraic is not None and self.family.degree**period <= _EXACT_DEGREE:
            text = (
                f"The cycle of period {period} has multiplier −1 there: the resultant of the polynomial of the points "
                f"of period {period} and of multiplier + 1 vanishes. The factor of it that does:"
            )
            yield from self.root_of(item, self.family.dynatomic(period), self.family.multiplier(period) + 1, text)
        yield from self.box(item, -1)

    def box(self, item: Boundary, multiplier: int) -> Iterator[ProofLine]:
        if item.cycle is None:
            return
        yield self.line(
            f"Exactly one cycle of period {item.cycle.period} with multiplier {_signed(multiplier)} is certified in a "
            f"box around {formula_text(self.a)} = {item.decimal(9)}… (the test of Krawczyk 1969). "
            f"{_sentence(item.evidence)}",
            by=CertifiedBox(
                box=item.cycle, family=self.family, multiplier=multiplier, period=item.period or item.cycle.period
            ),
        )

    def onset(self, item: Boundary) -> Iterator[ProofLine]:
        onset = item.value
        if not isinstance(onset, Onset):
            return
        statement = onset.theorem.statement
        keys = ("levin-shen-van-strien-2020",) if "Levin" in statement else ("milnor-thurston-1988",)
        proved = onset.theorem.verdict is Verdict.PROVED
        yield self.line(
            f"What makes the onset one parameter ({onset.theorem.verdict}): {statement}.", quotes=keys if proved else ()
        )
        for side, chaotic in ((onset.ordered_side, False), (onset.chaotic_side, True)):
            what = (
                f"2^{side.doublings + 1} bands merge into 2^{side.doublings}, where the entropy is positive"
                if chaotic
                else f"the critical point has period 2^{side.doublings}, where the entropy is zero"
            )
            yield self.line(
                f"On the side of {'chaos' if chaotic else 'order'}: {what}; all {side.symbols} symbols of the critical "
                "orbit are certified (Milnor and Thurston 1988).",
                by=EnclosedOnset(onset=onset, family=self.family, chaotic=chaotic),
                quotes=("milnor-thurston-1988",),
            )

    def tangency(self, item: Boundary) -> Iterator[ProofLine]:
        period, value = item.period or 3, item.algebraic
        if value is None:
            return
        yield from self.root_of(
            item,
            self.family.dynatomic(period),
            self.family.multiplier(period) - 1,
            f"Two cycles of period {period} meet there, with multiplier 1: the resultant of the polynomial of the "
            f"points of period {period} and of multiplier − 1 vanishes. The factor of it that does:",
        )
        yield from self.box(item, 1)
        start = self.boundaries.find(BoundaryKind.STABILITY) or self.boundaries.find(BoundaryKind.FLIP, 1)
        escape = self.boundaries.find(BoundaryKind.ESCAPE)
        if start is not None and start.algebraic is not None:
            end = escape.algebraic if escape is not None else None
            if end is not None:
                yield self.line(
                    f"There is no real cycle of period {period} between {formula_text(self.a)} {_shown(start)} and "
                    "there, and one everywhere up to the escape: one exact count in each part of the line.",
                    by=RealCycleCount(
                        family=self.family, period=period, lower=start.algebraic, number=value, upper=end
                    ),
                )
        yield self.line(
            "Period 3 implies cycles of every period and an uncountable scrambled set, on an interval that the map "
            "takes into itself (Li and Yorke 1975).",
            quotes=("li-yorke-1975",),
        )

    def landing(self, item: Boundary) -> Iterator[ProofLine]:
        """A critical orbit that lands on a fixed point or a 2-cycle: crisis and escape."""
        steps = (1, 2, 3) if item.kind is BoundaryKind.ESCAPE else (2, 3)
        family = self.family
        candidates = [(n, family.iterate(n + 1) - family.iterate(n), "a fixed point") for n in steps]
        candidates.append((1, family.iterate(3) - family.iterate(1), "a 2-cycle"))
        for critical in family.free_critical_factors:
            for count, condition, where in candidates:
                text = (
                    f"The critical orbit is on {where} after {count} step{'s' if count > 1 else ''}: the resultant of "
                    f"{self.letter}' and of that condition vanishes. The factor of it that does:"
                )
                lines = list(self.root_of(item, critical, condition, text))
                if lines:
                    yield from lines
                    break
            else:
                continue
            break
        if item.kind is BoundaryKind.ESCAPE and item.algebraic is not None:
            yield self.line(
                "Close before it every free critical value lies between the ends of the interval of bounded orbits; "
                "close behind it the orbit of one grows beyond all bounds.",
                by=CriticalEscape(
                    family=family,
                    number=item.algebraic,
                    direction=self.boundaries.direction,
                ),
            )
        yield self.line(f"How it was found, with z for the variable: {_sentence(item.evidence)}")
        if item.kind is BoundaryKind.CRISIS:
            yield self.line(
                "Attractors that touch a repelling orbit grow or vanish (Grebogi, Ott and Yorke 1982).",
                quotes=("grebogi-ott-yorke-1982",),
            )


_PROOFS: Final = {
    BoundaryKind.STABILITY: _Story.stability,
    BoundaryKind.MONOTONE_END: _Story.monotone,
    BoundaryKind.FLIP: _Story.flip,
    BoundaryKind.ONSET: _Story.onset,
    BoundaryKind.TANGENCY: _Story.tangency,
    BoundaryKind.CRISIS: _Story.landing,
    BoundaryKind.ESCAPE: _Story.landing,
}


# --------------------------------------------------------------------------------------------------------- arithmetic


def _function(name: str) -> Any:
    return sympy.Function(name)


def _signed(number: int) -> str:
    return f"−{-number}" if number < 0 else str(number)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _shown(boundary: Boundary) -> str:
    value = boundary.algebraic
    radicals = value.radicals() if value is not None and value.degree <= 2 else None
    if radicals is not None:
        return f"= {formula_text(radicals)}"
    return f"= {boundary.decimal(9)}…" if not isinstance(boundary.value, Onset) else str(boundary)


def _value(boundary: Boundary) -> str:
    return _shown(boundary).removeprefix("= ")


def _phase(item: Boundary) -> str:
    """The value of ``phases.Phase`` behind a boundary, where its own words begin with one."""
    if item.kind is BoundaryKind.TANGENCY:
        return "chaotic"  # period 3 makes the entropy positive
    first = item.after.partition(",")[0].partition(" ")[0]
    return first if first in {"monotonic", "catapult", "periodic", "chaotic", "divergent"} else ""


def _centre(family: PolynomialFamily) -> sympy.Expr:
    """The m about which an odd family is odd: the centre of the roots of f."""
    top, below = (
        sympy.Add(*(sympy.Rational(v.numerator, v.denominator) * family.parameter**j for j, v in enumerate(row)))
        for row in (family.rows[-1], family.rows[-2])
    )
    return sympy.cancel(-below / (family.degree * top))


def _vanishes(eliminant: Any, number: RealAlgebraic) -> bool:
    """Whether an algebraic number is a root of a polynomial in the parameter."""
    rows = {order: value for (_, order), value in exact_terms(eliminant).items()}
    if not rows:
        return False
    row = flint.fmpq_poly(
        [flint.fmpq(v.numerator, v.denominator) for v in (rows.get(j, Fraction(0)) for j in range(max(rows) + 1))]
    )
    return not row % flint.fmpq_poly(list(number.coefficients))
