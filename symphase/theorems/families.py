"""Theorems about any polynomial family whose boundaries were found: each boundary with the equation that it solves.

What the search for boundaries decided is decided here again by other means (see :mod:`symphase.theorems.rechecks`);
what it left open is said in a last theorem without a proof.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

import flint
import sympy

from symphase.algebraic import RealAlgebraic
from symphase.boundaries import FOLLOWED
from symphase.cells import Sample, distinct, parameter_roots, rational_between
from symphase.enclosures import Verdict
from symphase.maps import PolynomialFamily, eliminate, exact_terms
from symphase.notation import formula_text
from symphase.onset import Onset
from symphase.theorems.proofs import Identity, ProofLine, Theorem, map_letter, numerator_vanishes
from symphase.theorems.rechecks import CertifiedBox, EnclosedOnset, OneOnset, RealCycleCount, Resultant, leading
from symphase.theorems.sides import AttractingPoints, CriticalEscape, CriticalPeriod, MonotoneBound
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
        self.letter = map_letter(self.family)
        self.f = _function(self.letter)
        self.slope = _function(f"{self.letter}'")
        # of a quotient by a symmetry only squares are looked at
        self.least = None if boundaries.family == self.family else RealAlgebraic.rational(0)
        self.reference = self._factor_of_reference()

    def _factor_of_reference(self) -> Any:
        points = [point.polynomial for point in self.boundaries.fixed_points if point.is_reference]
        for factor in self.family.fixed_point_factors:
            ratios = (sympy.cancel(point / _expression(factor, self.family)) for point in points)
            if any(not ratio.free_symbols for ratio in ratios):
                return factor
        return None

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
        moved = self.family.expression - z
        product = sympy.factor(moved)
        lines = [self.line("The fixed points are the roots of", f(z) - z, "=", product)]
        told = []
        for point in points:
            if point.location is None or point.multiplier is None:
                told.append(f"the roots of {formula_text(point.polynomial, (z,))}")
                lines.append(
                    self.line(
                        "The fixed points on a factor that is not linear have no rational formula; their multipliers "
                        "are decided at each parameter by exact numbers. The factor divides:",
                        f(z) - z,
                        "=",
                        sympy.Mul(sympy.cancel(moved / point.polynomial), point.polynomial, evaluate=False),
                    )
                )
                continue
            where, rate = formula_text(point.location), formula_text(point.multiplier)
            told.append(f"{where} with multiplier {rate}")
            lines.append(self.line(f"The point {where} is fixed:", f(point.location), "=", point.location))
            lines.append(self.line("and its multiplier is", slope(point.location), "=", point.multiplier))
        reached = "" if self.least is None else f", for {formula_text(z)} ≥ 0,"
        return Theorem(
            name="Fixed points and their multipliers",
            label="fixed-points",
            statement=(
                f"The fixed points of {self.letter}({formula_text(z)}) = {formula_text(self.family.expression, (z,))}"
                f"{reached} are {'; '.join(told)}."
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
            excluded = sympy.Mul(*(part.primitive()[1] for part in map(sympy.factor, sympy.fraction(unit))))
            start = f"For {formula_text(excluded)} ≠ 0, in the" if unit.free_symbols else "In the"
            return Theorem(
                name="The residual map in other coordinates",
                label="disguise",
                statement=(
                    f"{start} coordinate {shown} this is the residual map of gradient descent, the cubic with the "
                    f"fixed points 0, 2 and −{told}: what is proved of that map at the parameter {formula_text(own)} "
                    "holds here."
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
        """The theorem of one boundary, for the parameters from there to the next one that agrees on what lies between.

        Where the next one that was found says something else of its near side, something was missed on the way: the
        theorem is then about the boundary alone.
        """
        item: Boundary = self.boundaries[number]
        later = [each for each in self.boundaries.items[number + 1 :] if each.kind is not BoundaryKind.TANGENCY]
        if item.kind is BoundaryKind.TANGENCY:  # its cycles are counted up to the escape
            later = [each for each in later if each.kind is BoundaryKind.ESCAPE]
        following = later[0] if later else None
        agrees = self._agree(item, following)
        inclusive = (item.kind is BoundaryKind.TANGENCY, following is not None) if agrees else (True, True)
        until = following if agrees else item
        ends = (item, until) if self.boundaries.direction > 0 else (until, item)
        if item.kind is BoundaryKind.ONSET and not _is_one(item):
            return self.some_onset(item, number)
        behind = "behind it" if agrees else "behind it, up to the next event"
        forward = self.boundaries.direction > 0
        proof = tuple(_PROOFS[item.kind](self, item))
        if agrees and item.kind is BoundaryKind.FLIP and following is not None and FOLLOWED in following.evidence:
            proof += tuple(self.followed(following, following.period or 1))
        shown = _shown(item)
        name = item.name[0].upper() + item.name[1:]
        return Theorem(
            name=name,
            label=f"{item.kind.name.lower().replace('_', '-')}-{number + 1}",
            statement=f"It is at {formula_text(self.a)} {shown}. Before it: {item.before}; {behind}: {item.after}.",
            in_words=_WORDS[item.kind],
            applies=ends,
            ends=inclusive if forward else inclusive[::-1],
            phase=self._phase(item, following) if agrees else "",
            proof=proof,
            sources=tuple(dict.fromkeys(("devaney-1989", *(key for line in proof for key in line.quotes)))),
        )

    def some_onset(self, item: Boundary, number: int) -> Theorem:
        """The theorem of an onset that nothing known makes the only one."""
        return Theorem(
            name="An onset of chaos",
            label=f"onset-{number + 1}",
            statement=f"An onset lies in {_shown(item).removeprefix('in ')}; it may not be the only one.",
            in_words="Somewhere in between chaos begins; nothing known here says that it does so only once.",
            applies=(item, item),
            ends=(True, True),
            proof=tuple(self.onset(item)),
            sources=("devaney-1989", "milnor-thurston-1988"),
        )

    def _agree(self, item: Boundary, following: Boundary | None) -> bool:
        """Whether what a boundary says of its far side is claimed up to the next one."""
        if item.kind is BoundaryKind.TANGENCY:
            return following is not None
        onset = self.boundaries.find(BoundaryKind.ONSET)
        if item.kind is BoundaryKind.CRISIS and (onset is None or not _is_one(onset)):
            return False
        if following is None:
            return item.after == "divergent"
        return _first_word(item.after) == _first_word(following.before)

    def _phase(self, item: Boundary, following: Boundary | None) -> str:
        """The phase behind a boundary; of where almost every orbit goes only where nothing else can attract."""
        phase = _phase(item)
        return phase if phase not in {"catapult", "periodic"} or self._alone(item, following, phase) else ""

    def _alone(self, item: Boundary, following: Boundary | None, phase: str) -> bool:
        """Whether one critical orbit is free, and no fixed point attracts but the one of a catapult."""
        free = self.family.free_critical_factors
        if following is None or len(free) != 1 or free[0].degrees()[0] != 1:
            return False
        first, last = sorted((item, following), key=float)
        ends = RealAlgebraic.rational(first.enclose()[1]), RealAlgebraic.rational(last.enclose()[0])
        events = []
        for factor in self.family.fixed_point_factors:
            for sign in (1, -1):
                events += parameter_roots(eliminate(factor, self.family.derivative - sign))
            events += parameter_roots(leading(factor))
        inside = [event for event in distinct(events) if ends[0] < event < ends[1]]
        for cell in itertools.pairwise((ends[0], *inside, ends[1])):
            sample = Sample(self.family, rational_between(*cell))
            if sum(sample.is_attracting(point) for point in sample.fixed) != (phase == "catapult"):
                return False
        return True

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
        yield self.fact(
            AttractingPoints(family=self.family, factor=self.reference, start=start.algebraic, flip=flip.algebraic)
        )

    def found(self, item: Boundary) -> ProofLine:
        """How the search found a boundary; it speaks of z whatever the variable is called."""
        evidence = re.sub(r"(?<![A-Za-z])z(?![A-Za-z])", formula_text(self.family.variable), item.evidence)
        return self.line(f"How it was found: {_sentence(evidence)}")

    def fact(self, evidence: Any) -> ProofLine:
        """A line that says what its evidence proves."""
        return self.line(evidence.sentence, by=evidence)

    def monotone(self, item: Boundary) -> Iterator[ProofLine]:
        value = item.algebraic
        if value is None or self.reference is None:
            return
        yield self.fact(
            MonotoneBound(
                family=self.family,
                factor=self.reference,
                number=value,
                direction=self.boundaries.direction,
                least=self.least,
            )
        )
        yield self.found(item)

    def flip(self, item: Boundary) -> Iterator[ProofLine]:
        period = item.period or 1
        if period == 1:
            text = (
                "The fixed point has multiplier −1 there: the resultant of its equation and of "
                f"{self.letter}' = −1 vanishes. The factor of it that does:"
            )
            yield from self.root_of(item, self.reference, self.family.derivative + 1, text)
            yield from self.attraction()
            yield self.found(item)
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
        yield self.fact(
            CertifiedBox(
                box=item.cycle, family=self.family, multiplier=multiplier, period=item.period or item.cycle.period
            )
        )
        yield self.found(item)
        if FOLLOWED in item.evidence:
            yield from self.followed(item, item.period or 1)

    def followed(self, item: Boundary, period: int) -> Iterator[ProofLine]:
        """That the cycle in a box is the cascade's, where it was followed there in floats."""
        earlier = [each for each in self.boundaries if each.kind is BoundaryKind.FLIP and each.period == period // 2]
        if earlier:
            middle = (float(earlier[0]) + float(item)) / 2
            yield self.fact(CriticalPeriod(family=self.family, period=period, parameter=middle))

    def onset(self, item: Boundary) -> Iterator[ProofLine]:
        onset = item.value
        if not isinstance(onset, Onset):
            return
        escape, seed = self.boundaries.find(BoundaryKind.ESCAPE), self.boundaries.superstable
        statement = onset.theorem.statement
        if not _is_one(item) or escape is None or seed is None:
            yield self.line(f"What would make the onset one parameter is not decided: {statement}.")
        else:
            lower, upper = sorted((Fraction(seed), Fraction(float(escape))))
            evidence = OneOnset(family=self.family, lower=lower, upper=upper)
            key = "levin-shen-van-strien-2020" if "Levin" in statement else "milnor-thurston-1988"
            yield self.line(evidence.sentence, by=evidence, quotes=(key,))
        for chaotic in (False, True):
            yield self.fact(EnclosedOnset(onset=onset, family=self.family, chaotic=chaotic))
        yield self.line(
            "The entropy is zero on the side of order and positive on the side of chaos (Milnor and Thurston 1988).",
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
                yield self.fact(
                    RealCycleCount(family=self.family, period=period, lower=start.algebraic, number=value, upper=end)
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
            yield self.fact(
                CriticalEscape(
                    family=family, number=item.algebraic, direction=self.boundaries.direction, least=self.least
                )
            )
        yield self.found(item)
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
    text = f"= {boundary.decimal(9)}…" if not isinstance(boundary.value, Onset) else str(boundary)
    return text.replace("-", "−")


def _is_one(onset: Boundary) -> bool:
    return isinstance(onset.value, Onset) and onset.value.theorem.verdict is Verdict.PROVED


def _first_word(text: str) -> str:
    return text.replace(",", " ").split()[0]


def _expression(factor: Any, family: PolynomialFamily) -> Any:
    """A polynomial of Q[z, a] in the family's own symbols."""
    return sympy.Add(
        *(
            sympy.Rational(v.numerator, v.denominator) * family.variable**k * family.parameter**j
            for (k, j), v in exact_terms(factor).items()
        )
    )


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
