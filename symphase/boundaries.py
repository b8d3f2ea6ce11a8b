"""Exact phase boundaries of a one-parameter polynomial family, computed from the family alone.

Method: for each event (a multiplier reaches ±1, a critical orbit lands on a fixed point, the bound |f(z) − p| ≤ |z − p|
is attained …) elimination gives a polynomial in the parameter whose real roots contain every place where the answer
to a yes/no question can change.  Between two neighbouring roots the answer is constant, so one rational sample decides
it, in exact or ball arithmetic; the boundary is the root at which the decided answer changes.  Roots that belong to
other cycles, or to complex ones, change nothing and drop out: no float closeness is ever used.

The story told is that of one fixed point: it becomes attracting (start), loses its grip on the whole interval
(end of monotone convergence), flips, and its cascade leads to chaos, crisis and escape.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import flint

from symphase.algebraic import RealAlgebraic, real_roots
from symphase.arguments import instance, interval
from symphase.cells import Sample, distinct, parameter_roots, rational_between, specialise
from symphase.cycles import CertifiedBifurcation, certified_flips, certify_bifurcation
from symphase.enclosures import Certainty, Verdict, ball, working_precision
from symphase.errors import InputError
from symphase.maps import PolynomialFamily, eliminate, exact_terms, is_heavy
from symphase.onset import Onset, enclose_onset
from symphase.processes import where_killable
from symphase.seeds import cycle_seeds
from symphase.thresholds import Boundaries, Boundary, BoundaryKind, FixedPoint

if TYPE_CHECKING:
    pass

__all__ = ["Boundaries", "Boundary", "BoundaryKind", "FixedPoint", "find_boundaries"]

FOLLOWED: Final = "it was followed there from the superstable cycle, in floats"
UNIQUE_DEGREE_LIMIT: Final = 100  # degree of fⁿ up to which the n-cycles beside a flip are counted
EXACT_DEGREE_LIMIT: Final = 32  # degree of fⁿ up to which the flips of period n are eliminated exactly
_CONVERGENT: Final = "convergent"  # the fixed point attracts; whether without detours is not known
_MONOTONIC: Final = "monotonic"
_CATAPULT: Final = "catapult"
_WIDE = flint.fmpq_mpoly_ctx.get(["z", "p", "a"], "lex")
_Z3, _P3, _A3 = _WIDE.gens()


def find_boundaries(
    family: PolynomialFamily, *, within: tuple[object, object] | None = None, doublings: int = 9
) -> Boundaries:
    """Find the exact phase boundaries of a family.

    Parameters
    ----------
    family : PolynomialFamily
        Any polynomial family with rational coefficients.
    within : (number, number), optional
        Parameter interval in which the flip of the fixed point is looked for.  By default the story is that of the
        flip with the largest parameter.
    doublings : int
        How many period doublings the bracket of the onset proves (3 to 20).

    Returns
    -------
    Boundaries
        In phase order: stability, end of monotone convergence, flips, onset of chaos, interior crisis, first 3-cycle,
        escape; what the family does not show is listed in ``missing`` with the reason.

    Certainty
    ---------
    Each boundary carries its own: exact algebraic numbers, certified boxes, a certified bracket for the onset.

    Raises
    ------
    InputError
        If no fixed point of the family flips in the interval, so that there is no story to tell.

    References
    ----------
    Chen, Balasubramanian, Ghosal and Agrawalla, arXiv 2310.01687, for the phases of gradient descent;
    Devaney, "An Introduction to Chaotic Dynamical Systems", for the terms.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> for boundary in find_boundaries(logistic)[:4]:
    ...     print(boundary.name, "|", boundary)
    fixed point becomes attracting | 1
    end of monotone convergence | 2
    flip of period 1 → 2 | 3
    flip of period 2 → 4 | 1 + sqrt(6)
    """
    instance(family, PolynomialFamily, "family", "give an expression, its variable, its parameter")
    limits = None if within is None else interval(within)
    asked = f"finding the boundaries of a family of degree {family.degree}"
    return where_killable(_found, (family, limits, doublings), heavy=is_heavy(family), asked=asked)


def _found(task: tuple[PolynomialFamily, tuple[Fraction, Fraction] | None, int]) -> Boundaries:
    family, limits, doublings = task
    return _Search(family, family.odd_quotient() or family, limits, doublings).run()


# --- the search -------------------------------------------------------------------------------------------------------


class _Search:
    """One run of :func:`find_boundaries`: holds what the parts of the story need from each other."""

    def __init__(
        self,
        family: PolynomialFamily,
        reduced: PolynomialFamily,
        limits: tuple[Fraction, Fraction] | None,
        doublings: int,
    ) -> None:
        self.given, self.family, self.limits, self.doublings = family, reduced, limits, doublings
        self.items: list[Boundary] = []
        self.missing: list[tuple[BoundaryKind, str]] = []
        self.reference: Any = None
        self.direction = 1
        self.supercritical = False
        self.degenerate = False  # a first flip of which the sign that decides is 0
        free = reduced.free_critical_factors
        self.one_critical_point = len(free) == 1 and free[0].degrees()[0] == 1

    def run(self) -> Boundaries:
        first_flip = self._choose_story()
        if self.family != self.given and (first_flip is None or not self._lifts(first_flip)):
            # what is fixed in the quotient is a 2-cycle of the family, or complex: tell the family's own story
            return _Search(self.given, self.given, self.limits, self.doublings).run()
        if first_flip is None:
            where = f" for {self.family.parameter} in [{self.limits[0]}, {self.limits[1]}]" if self.limits else ""
            raise InputError(
                "family",
                self.given,
                f"has no fixed point that flips{where}",
                "give a family whose fixed point loses stability",
            )
        start = self._start(first_flip)
        behind_start, before_flip = self._monotone_end(start, first_flip)
        self.items = [
            replace(item, after=behind_start) if item.kind is BoundaryKind.STABILITY else item for item in self.items
        ]
        flips = self._first_flip(first_flip, before_flip)
        escape = self._escape(first_flip)
        superstable = self._superstable(first_flip, escape)
        self._cascade(flips, superstable)
        self._onset(superstable, escape)
        self._crisis(first_flip, escape)
        self._three_cycle(start, first_flip, escape)
        order = {kind: i for i, kind in enumerate(BoundaryKind)}
        self.items.sort(key=lambda b: (self.direction * float(b), order[b.kind]))
        return Boundaries(
            family=self.given,
            reduced_family=self.family,
            items=tuple(self.items),
            fixed_points=self._fixed_points(),
            direction=self.direction,
            missing=tuple(self.missing),
            superstable=superstable[1] if superstable is not None else None,
        )

    def _add(
        self,
        kind: BoundaryKind,
        value: RealAlgebraic | CertifiedBifurcation | Onset,
        before: str,
        after: str,
        evidence: str,
        *,
        period: int | None = None,
        multiplier: int | None = None,
        cycle: CertifiedBifurcation | None = None,
    ) -> Boundary:
        certainty = Certainty.EXACT if isinstance(value, RealAlgebraic) else Certainty.CERTIFIED
        boundary = Boundary(
            kind=kind,
            value=value,
            period=period,
            multiplier=multiplier,
            certainty=certainty,
            before=before,
            after=after,
            evidence=evidence,
            family=self.family,
            cycle=cycle,
        )
        self.items.append(boundary)
        return boundary

    # which fixed point, which way

    def _choose_story(self) -> RealAlgebraic | None:
        best: tuple[RealAlgebraic, Any] | None = None
        for factor in self.family.fixed_point_factors:
            infinite = parameter_roots(_leading(factor))
            for root in parameter_roots(eliminate(factor, self.family.derivative + 1)):
                if any(root == other for other in infinite):
                    continue  # the resultant vanishes there because a fixed point has gone to infinity
                if self.limits is not None and not self.limits[0] <= root <= self.limits[1]:
                    continue
                if (best is None or root > best[0]) and self._crossing(factor, root) is not None:
                    best = (root, factor)
        if best is None:
            return None
        self.reference = best[1]
        self.direction = self._crossing(best[1], best[0]) or 1
        return best[0]

    def _events(self, factor: Any) -> list[RealAlgebraic]:
        """Parameters at which the number of attracting fixed points on a factor can change."""
        found = parameter_roots(eliminate(factor, self.family.derivative + 1)) + parameter_roots(
            eliminate(factor, self.family.derivative - 1)
        )
        # where two of them meet, the factor has a double root, and f' is 1 there
        return distinct(found + parameter_roots(_leading(factor)))

    def _attracting(self, factor: Any, parameter: Fraction) -> list[RealAlgebraic]:
        sample = Sample(self.family, parameter)
        return [p for p in real_roots(specialise(factor, parameter)) if sample.is_attracting(p)]

    def _lifts(self, flip: RealAlgebraic) -> bool:
        """Whether the reference fixed point s > 0 of the quotient s·g(s)² is a fixed point of the family: g = 1."""
        sample = self._step(self._ahead_of(flip), flip)
        points = self._attracting(self.reference, sample)
        factor = specialise(self.given.odd_factor - 1, sample)
        return bool(points) and all(p > 0 and any(p == other for other in real_roots(factor)) for p in points)

    def _ahead_of(self, flip: RealAlgebraic, others: Sequence[RealAlgebraic] = ()) -> RealAlgebraic:
        """The last event before the flip, in phase order, or other parameter; one unit before it if there is none."""
        events = [e for e in (*self._events(self.reference), *others) if self._before(e, flip)]
        return (max(events) if self.direction > 0 else min(events)) if events else flip.affine(1, -self.direction)

    def _singular(self) -> list[RealAlgebraic]:
        """Where the interval of bounded orbits may jump: the degree falls, or fixed points meet."""
        found = parameter_roots(_leading(self.family.polynomial))
        product = self.family.fixed_point_factors[0]
        for factor in self.family.fixed_point_factors[1:]:
            product = product * factor
        return found + parameter_roots(product.discriminant("z"))

    def _is_supercritical(self, flip: RealAlgebraic) -> bool | None:
        """Sign of 3(f'')² + 2f''' at the fixed point: positive where an attracting 2-cycle is born; None for 0."""
        second = self.family.derivative.derivative("z")
        criterion = 3 * second * second + 2 * second.derivative("z")
        vanishing = eliminate(self.reference, criterion)
        changes = parameter_roots(vanishing)
        if vanishing.is_zero() or any(root == flip for root in changes):
            return None  # degenerate: not decided by this coefficient
        parameter = self._step(self._ahead_of(flip, changes), flip)
        sample = Sample(self.family, parameter)
        value = specialise(criterion, parameter)
        points = self._attracting(self.reference, parameter)

        def question(bits: int) -> bool | None:
            size = flint.arb_poly(value)(points[0].ball(bits))
            return True if size > 0 else (False if size < 0 else None)

        return len(points) == 1 and sample.decide(question)

    def _crossing(self, factor: Any, flip: RealAlgebraic) -> int | None:
        """+1 if the fixed point is attracting below the flip and not above, -1 for the reverse, None if neither."""
        events = self._events(factor)
        index = events.index(flip)
        left = rational_between(events[index - 1] if index else flip.affine(1, -1), flip)
        right = rational_between(flip, events[index + 1] if index + 1 < len(events) else flip.affine(1, 1))
        counts = len(self._attracting(factor, left)), len(self._attracting(factor, right))
        return (counts[0] > counts[1]) - (counts[0] < counts[1]) or None

    def _ahead(self, roots: Sequence[RealAlgebraic], of: RealAlgebraic | None) -> list[RealAlgebraic]:
        """Roots strictly beyond one parameter, in phase order."""
        chosen = [r for r in distinct(roots) if of is None or self._before(of, r)]
        return chosen if self.direction > 0 else chosen[::-1]

    def _before(self, left: RealAlgebraic, right: RealAlgebraic) -> bool:
        return left < right if self.direction > 0 else right < left

    def _step(self, left: RealAlgebraic, right: RealAlgebraic | None) -> Fraction:
        """A rational sample between two parameters in phase order; beyond the first if there is no second."""
        if right is None:
            right = left.affine(1, self.direction)
        return rational_between(left, right) if self.direction > 0 else rational_between(right, left)

    def _start(self, flip: RealAlgebraic) -> RealAlgebraic | None:
        """Walk back, cell by cell, until the fixed point no longer attracts."""
        events = [
            flip,
            *reversed([e for e in self._ahead(self._events(self.reference), None) if self._before(e, flip)]),
        ]
        index, singular = self._flipping(flip), self._meetings(self.reference)
        for event, earlier in itertools.zip_longest(events[1:], events[2:]):
            beyond = self._step(earlier if earlier is not None else event.affine(1, -self.direction), event)
            if any(event == meeting for meeting in singular):
                index = None  # from here on it cannot be told from the others: ask for any that attracts
            if not self._attracts(beyond, index):
                self._add(
                    BoundaryKind.STABILITY,
                    event,
                    "no attraction to this fixed point",
                    _CONVERGENT,  # until the end of monotone convergence is looked for
                    "the nearest event before the flip beyond which the fixed point does not attract: roots of "
                    "Res_z(fixed-point factor, f' − 1) and of f' + 1, decided exactly in each cell",
                    period=1,
                    multiplier=1,
                )
                return event
        self.missing.append((BoundaryKind.STABILITY, "the fixed point attracts all the way to infinity"))
        return None

    def _flipping(self, flip: RealAlgebraic) -> int | None:
        """The place, among the real fixed points of the factor in order, of the one that flips."""
        after = self._ahead(self._events(self.reference), flip)
        samples = self._step(self._ahead_of(flip), flip), self._step(flip, after[0] if after else None)
        before, beyond = (real_roots(specialise(self.reference, sample)) for sample in samples)
        if len(before) != len(beyond):
            return None
        left, right = (Sample(self.family, sample) for sample in samples)
        pairs = enumerate(zip(before, beyond, strict=True))
        return next((k for k, (p, q) in pairs if left.is_attracting(p) and not right.is_attracting(q)), None)

    def _attracts(self, parameter: Fraction, index: int | None) -> bool:
        """Whether the fixed point of this place attracts, or any one where the place is not known."""
        if index is None:
            return bool(self._attracting(self.reference, parameter))
        points = real_roots(specialise(self.reference, parameter))
        return index < len(points) and Sample(self.family, parameter).is_attracting(points[index])

    def _meetings(self, factor: Any) -> list[RealAlgebraic]:
        """Parameters at which fixed points of a factor meet, or go to infinity."""
        return parameter_roots(_leading(factor)) + parameter_roots(factor.discriminant("z"))

    def _first_flip(self, flip: RealAlgebraic, before: str) -> Boundary:
        positive = self._is_supercritical(flip)
        self.supercritical, self.degenerate = positive is True, positive is None
        beyond = {
            True: "periodic, period 2",
            False: "the fixed point repels; no attracting 2-cycle is born",
            None: "the fixed point repels; whether an attracting 2-cycle is born is not decided (the sign is 0)",
        }
        return self._add(
            BoundaryKind.FLIP,
            flip,
            before,
            beyond[positive],
            "root of Res_z(fixed-point factor, f' + 1); attraction on one side only, and the sign of 3(f'')² + 2f''', "
            "decided exactly",
            period=1,
            multiplier=-1,
        )

    # |f(z) − p| ≤ |z − p|

    def _monotone_end(self, start: RealAlgebraic | None, flip: RealAlgebraic) -> tuple[str, str]:
        """Look for the end of monotone convergence; what is known behind the start and before the flip."""
        if start is None:
            self.missing.append((BoundaryKind.MONOTONE_END, "there is no first parameter to start from"))
            return _CONVERGENT, _CONVERGENT
        places = [*self._monotone_candidates(), *self._singular()]
        candidates = [r for r in self._ahead(places, start) if self._before(r, flip)]
        cells = [start, *candidates, flip]
        holds = [self._is_monotone(self._step(left, right)) for left, right in itertools.pairwise(cells)]
        evidence = (
            "first parameter at which max |f(z) − p|/|z − p| over the bounded orbits passes 1: candidates "
            "by elimination, the bound decided exactly in each cell between"
        )
        where = "the bounded orbits" + ("" if self.family == self.given else " with z ≥ 0")
        if not holds[0]:
            reason = f"close behind the start |f(z) − p| ≤ |z − p| fails somewhere on {where}"
            self.missing.append((BoundaryKind.MONOTONE_END, reason))
            return _CONVERGENT, _CONVERGENT
        if all(holds):
            reason = f"|f(z) − p| ≤ |z − p| holds up to the flip on {where}"
            self.missing.append((BoundaryKind.MONOTONE_END, reason))
            return _MONOTONIC, _MONOTONIC
        self._add(BoundaryKind.MONOTONE_END, cells[holds.index(False)], _MONOTONIC, _CATAPULT, evidence)
        return _MONOTONIC, _CATAPULT

    def _ends(self, sample: Sample) -> tuple[RealAlgebraic, RealAlgebraic] | None:
        """The interval of bounded orbits; of a quotient by a symmetry the part that squares can reach."""
        ends = sample.ends()
        if ends is None or self.family == self.given:
            return ends
        return (max(ends[0], RealAlgebraic.rational(0)), ends[1]) if ends[1] > 0 else None

    def _monotone_candidates(self) -> list[RealAlgebraic]:
        """Where max |q| can cross 1, q = (f(z) − f(p))/(z − p): inside, at a preimage end, or at a fixed end."""
        f_z = self.family.polynomial.compose(_Z3, _A3)
        f_p = self.family.polynomial.compose(_P3, _A3)
        quotient, _ = divmod(f_z - f_p, _Z3 - _P3)
        reference = self.reference.compose(_P3, _A3)
        slope = quotient.derivative("z")
        places = [slope, *(factor for factor, _ in self._landing(1).compose(_Z3, _A3).factor()[1])]
        conditions = [place.resultant(quotient - sign, "z") for place in places for sign in (1, -1)]
        fixed = self.family.fixed_point_factors
        conditions += [factor.compose(_Z3, _A3).resultant(slope, "z") for factor in fixed]
        roots: list[RealAlgebraic] = []
        for condition in conditions:
            for factor, _ in condition.factor()[1]:
                roots += parameter_roots(_narrow(reference.resultant(factor, "p"), self.family))
        return distinct(roots)

    def _is_monotone(self, parameter: Fraction) -> bool:
        """Decide |q| ≤ 1 on the interval of bounded orbits at a sample where |q| = 1 happens only at fixed ends."""
        sample = Sample(self.family, parameter)
        ends = self._ends(sample)
        attracting = self._attracting(self.reference, parameter)
        if ends is None or len(attracting) != 1:
            return False
        point = attracting[0]
        extremal = (
            self.family.derivative.compose(_Z3, _A3) * (_Z3 - _P3) - self.family.polynomial.compose(_Z3, _A3) + _P3
        )
        places = self.reference.compose(_P3, _A3).resultant(extremal, "p")
        inner = [z for z in real_roots(specialise(_narrow(places, self.family), parameter)) if ends[0] < z < ends[1]]
        mirrored = _is_odd_about(sample.coefficients, point)
        for z in [*inner, *ends]:
            if z == point or any(z == other for other in sample.fixed):
                continue  # q is the multiplier at p itself, and exactly 1 at every other fixed point
            if mirrored and any(z == end for end in ends):
                continue  # the ends change places: q is exactly −1 there

            def question(bits: int, z: RealAlgebraic = z) -> bool | None:
                where, centre = z.ball(bits), point.ball(bits)
                ratio = abs((sample.value(where) - centre) / (where - centre))
                return True if ratio < 1 else (False if ratio > 1 else None)

            if not sample.decide(question):
                return False
        return True

    # escape and crisis

    def _landing(self, step: int) -> Any:
        return self.family.iterate(step + 1) - self.family.iterate(step)

    def _escape(self, flip: RealAlgebraic) -> RealAlgebraic | None:
        roots: list[RealAlgebraic] = []
        odd_reversed = self.family.degree % 2 == 1
        for factor in self.family.free_critical_factors:
            roots += parameter_roots(eliminate(factor, self._landing(2)))  # what lands in one step is there in two
            if odd_reversed:
                roots += parameter_roots(eliminate(factor, self.family.iterate(3) - self.family.iterate(1)))
        cells = [flip, *self._ahead([*roots, *self._singular()], flip)]
        for left, right in itertools.zip_longest(cells, cells[1:]):
            if self._is_invariant(self._step(left, right)):
                continue
            if left == flip:
                reason = "a critical orbit is outside the interval of bounded orbits already beyond the flip"
            elif not any(left == root for root in roots):
                reason = f"at {left} the interval of bounded orbits itself changes before any critical orbit leaves it"
            else:
                alone = self._nothing_attracts(cells[cells.index(left) :])
                beyond = (
                    "; beyond it the critical orbit stays outside and no fixed point attracts, decided in each cell"
                )
                return self._add(
                    BoundaryKind.ESCAPE,
                    left,
                    "chaotic" if self.one_critical_point and self.supercritical else "critical orbits bounded",
                    "divergent" if alone else "a critical orbit escapes",
                    "first parameter beyond the flip at which a critical value leaves the bounded interval: a "
                    f"critical orbit lands on its end there{beyond if alone else ''}",
                ).algebraic
            self.missing.append((BoundaryKind.ESCAPE, reason))
            return None
        self.missing.append((BoundaryKind.ESCAPE, "no parameter beyond the flip lets a free critical orbit leave"))
        return None

    def _nothing_attracts(self, cells: Sequence[RealAlgebraic]) -> bool:
        """Whether beyond the first of these parameters the one free critical orbit escapes and no fixed point attracts.

        Other critical points land on fixed points.
        """
        if not self.one_critical_point:
            return False
        events = [event for factor in self.family.fixed_point_factors for event in self._events(factor)]
        inner = self._ahead([*cells[1:], *events], cells[0])
        for left, right in itertools.zip_longest([cells[0], *inner], inner):
            parameter = self._step(left, right)
            sample = Sample(self.family, parameter)
            if self._is_invariant(parameter) or any(sample.is_attracting(point) for point in sample.fixed):
                return False
        return True

    def _is_invariant(self, parameter: Fraction) -> bool:
        """Whether every free critical value lies inside the interval of bounded orbits."""
        sample = Sample(self.family, parameter)
        ends = self._ends(sample)
        if ends is None:
            return False
        for factor in self.family.free_critical_factors:
            for c in real_roots(specialise(factor, parameter)):
                if not ends[0] <= c <= ends[1]:
                    continue

                def question(bits: int, c: RealAlgebraic = c) -> bool | None:
                    image = sample.value(c.ball(bits))
                    low, high = ends[0].ball(bits), ends[1].ball(bits)
                    if image > low and image < high:
                        return True
                    return False if image < low or image > high else None

                if not sample.decide(question):
                    return False
        return True

    def _crisis(self, flip: RealAlgebraic, escape: RealAlgebraic | None) -> None:
        if not (self.one_critical_point and self.supercritical and escape is not None):
            reason = "needs one free critical point, a cascade and an escape to be told from other landings"
            self.missing.append((BoundaryKind.CRISIS, reason))
            return
        candidates: list[RealAlgebraic] = []
        for critical in self.family.free_critical_factors:
            early = parameter_roots(eliminate(critical, self._landing(1)))
            for factor in self.family.fixed_point_factors:
                if factor == self.reference:
                    continue
                landing = factor.compose(self.family.iterate(2), _parameter(self.family))
                found = parameter_roots(eliminate(critical, landing))
                candidates += [r for r in found if not any(r == e for e in early)]
        ahead = [r for r in self._ahead(candidates, flip) if self._before(r, escape) and self._lands_on_repelling(r)]
        if not ahead:
            self.missing.append(
                (
                    BoundaryKind.CRISIS,
                    "no free critical orbit lands in two steps on another fixed point, one that repels, before escape",
                )
            )
            return
        mirrored = self.family != self.given or _is_residual(self.family)
        self._add(
            BoundaryKind.CRISIS,
            ahead[0],
            "chaotic, attractor on one side" if mirrored else "chaotic, attractor away from a repelling fixed point",
            "chaotic, mirror attractors merged" if mirrored else "chaotic, attractor reaches a repelling fixed point",
            "first root of Res_z(free critical factor, other fixed-point factor ∘ f²) beyond the flip: the orbit "
            "lands on a repelling fixed point through its other preimage",
        )

    def _lands_on_repelling(self, parameter: RealAlgebraic) -> bool:
        """Whether the fixed point that the free critical orbit is on after two steps has a multiplier above 1 in size.

        What is no bigger than 1 beyond 4096 bits counts as no repelling one.
        """
        factor = self.family.free_critical_factors[0]
        for bits in (64, 256, 1024, 4096):
            with working_precision(bits + 64):
                a = parameter.ball(bits)
                top, bottom = (_in_parameter(factor, power, a) for power in (0, 1))
                if bottom.contains(0):
                    continue
                z = -top / bottom
                for _ in range(2):
                    z = _ball_value(self.family.polynomial, z, a)
                size = abs(_ball_value(self.family.derivative, z, a))
                if size > 1 or size < 1:
                    return bool(size > 1)
        return False

    # cascade

    def _superstable(self, flip: RealAlgebraic, escape: RealAlgebraic | None) -> tuple[float, float] | None:
        """Superstable parameters of the fixed point and of the 2-cycle next to the flip (seeds for what is proved)."""
        first: list[RealAlgebraic] = []
        second: list[RealAlgebraic] = []
        for critical in self.family.free_critical_factors:
            first += parameter_roots(eliminate(critical, self.family.iterate(1) - self.family.iterate(0)))
            second += parameter_roots(eliminate(critical, self.family.dynatomic(2)))
        behind = [r for r in distinct(first) if self._before(r, flip)]
        ahead = [r for r in self._ahead(second, flip) if escape is None or self._before(r, escape)]
        if not ahead:
            return None
        if behind:
            return float(behind[-1] if self.direction > 0 else behind[0]), float(ahead[0])
        # the critical point is never fixed here: where it would be by Feigenbaum's ratio, which only guides a search
        return float(flip) - 4 * (float(ahead[0]) - float(flip)), float(ahead[0])

    def _cascade(self, first: Boundary, superstable: tuple[float, float] | None) -> None:
        if superstable is None or not (self.one_critical_point and self.supercritical):
            bears = "is not known to bear an" if self.degenerate else "bears no"
            reason = (
                f"the first flip {bears} attracting 2-cycle"
                if not self.supercritical
                else "the 2-cycle beyond the first flip could not be followed from one free critical point"
            )
            self.missing.append((BoundaryKind.FLIP, reason))
            return
        previous = first.algebraic
        count = len(self.missing) + len(self.items)
        for boundary in certified_flips(self.family, superstable[1], max_period=4):
            period = boundary.period
            exact = self._exact_flip(boundary, period) if self.family.degree**period <= EXACT_DEGREE_LIMIT else None
            near = RealAlgebraic.rational(boundary.parameter[0 if self.direction > 0 else 1])
            if previous is not None and self._before(near, previous):
                self.missing.append(
                    (BoundaryKind.FLIP, f"the flip of period {period} found lies before the first flip")
                )
                return
            self._add(
                BoundaryKind.FLIP,
                exact or boundary,
                f"periodic, period {period}",
                f"periodic, period {2 * period}",
                ("the one root of Res_z(Φ_n, multiplier + 1) in the certified box of " if exact else "Krawczyk box of ")
                + f"(cycle, parameter); {self._lineage(boundary)}",
                period=period,
                multiplier=-1,
                cycle=boundary,
            )

        if count == len(self.missing) + len(self.items):
            self.missing.append(
                (BoundaryKind.FLIP, "no proof of a flip of the 2-cycle was found (degenerate critical point?)")
            )

    def _lineage(self, box: CertifiedBifurcation) -> str:
        """How the cycle in a box is known to be the cascade's: by being the only one, or by being followed there."""
        if self.family.degree**box.period <= UNIQUE_DEGREE_LIMIT:
            near = round(float(box.parameter[0]) * 2**14)
            sides = (Fraction(near - 1, 2**14), Fraction(near + 1, 2**14))
            if all(self._count_real(box.period, side) == box.period for side in sides):
                return f"it is the only real {box.period}-cycle on both sides (exact root counts of Φ_n)"
        return FOLLOWED

    def _exact_flip(self, box: CertifiedBifurcation, period: int) -> RealAlgebraic | None:
        """The only real root of the flip resultant inside the parameter box of a certified (cycle, parameter)."""
        return _tie(box, eliminate(self.family.dynatomic(period), self.family.multiplier(period) + 1))

    def _onset(
        self,
        superstable: tuple[float, float] | None,
        escape: RealAlgebraic | None,
    ) -> None:
        if not self.one_critical_point:
            reason = "kneading theory needs one free critical point that is rational in the parameter"
            self.missing.append((BoundaryKind.ONSET, reason))
            return
        if superstable is None or escape is None or not self.supercritical:
            self.missing.append((BoundaryKind.ONSET, "needs a cascade behind a flip, and an escape as its other end"))
            return
        onset = enclose_onset(
            self.family,
            first_superstable=superstable[0],
            second_superstable=superstable[1],
            chaotic_end=float(escape),
            doublings=self.doublings,
        )
        if isinstance(onset, str):
            self.missing.append((BoundaryKind.ONSET, onset))
            return
        proved = onset.theorem.verdict is Verdict.PROVED
        self._add(
            BoundaryKind.ONSET,
            onset,
            "periodic, period a power of two" if proved else "entropy zero at this end of the bracket",
            "chaotic (positive entropy)" if proved else "entropy positive at this end of the bracket",
            f"between the superstable parameter of period 2^{onset.ordered_side.doublings} and the merging of "
            f"2^{onset.chaotic_side.doublings + 1} bands into 2^{onset.chaotic_side.doublings}; "
            f"{onset.theorem.statement}",
        )

    # first 3-cycle

    def _three_cycle(self, start: RealAlgebraic | None, flip: RealAlgebraic, escape: RealAlgebraic | None) -> None:
        if self.family.degree**3 > EXACT_DEGREE_LIMIT:
            self.missing.append(
                (BoundaryKind.TANGENCY, f"period 3 has degree {self.family.degree**3}, beyond exact elimination")
            )
            return
        condition = eliminate(self.family.dynatomic(3), self.family.multiplier(3) - 1)
        begin = start or flip
        folds = parameter_roots(condition)
        places = [*folds, *self._singular()]
        ahead = [r for r in self._ahead(places, begin) if escape is None or self._before(r, escape)]
        cells = [begin, *ahead]
        for left, right in zip(cells, [*cells[1:], escape], strict=True):
            if self._count_real(3, self._step(left, right)) == 0:
                continue
            if left == begin:
                reason = "a real 3-cycle exists from the first parameter of the story on"
            elif not any(left == fold for fold in folds):
                reason = f"the first 3-cycle arrives at {left}, where the map itself degenerates: not by a tangency"
            else:
                reason = "the tangency that bears the first 3-cycle could not be certified"
            cycle = self._fold(left) if any(left == fold for fold in folds) and left != begin else None
            if cycle is None:
                self.missing.append((BoundaryKind.TANGENCY, reason))
                return
            self._add(
                BoundaryKind.TANGENCY,
                left,
                f"no real 3-cycle from {self.family.parameter} = {_short(begin)} to here",
                "a real 3-cycle exists (Li–Yorke 1975: chaos)",
                "first root of Res_z(Φ₃, multiplier − 1) beyond which the exact count of real roots of Φ₃ is positive; "
                "the fold is certified by Krawczyk",
                period=3,
                multiplier=1,
                cycle=cycle,
            )
            return
        self.missing.append((BoundaryKind.TANGENCY, "no 3-cycle is born between the start and escape"))

    def _count_real(self, period: int, parameter: Fraction) -> int:
        return len(real_roots(specialise(self.family.dynatomic(period), parameter)))

    def _fold(self, parameter: RealAlgebraic) -> CertifiedBifurcation | None:
        """Certify the 3-cycle with multiplier +1 at a tangency, whose only parameter in the box is this root."""
        near = parameter.enclose(64)[0]
        for orbit in cycle_seeds(self.family, near, 3, Fraction(1)):
            box = certify_bifurcation(self.family, near, orbit, 1)
            if box is not None and box.parameter[0] < parameter < box.parameter[1]:
                return box
        return None

    def _fixed_points(self) -> tuple[FixedPoint, ...]:
        from sympy import cancel, factor

        found = []
        for each in self.family.fixed_point_factors:
            if self.family != self.given and _is_below_zero(each):
                continue  # no square of a real number is there
            location = multiplier = None
            expression = _to_sympy(each, self.family)
            if each.degrees()[0] == 1:
                z = self.family.variable
                location = cancel(-expression.subs(z, 0) / expression.diff(z))
                multiplier = factor(cancel(self.family.expression.diff(z).subs(z, location)))
            found.append(
                FixedPoint(
                    polynomial=expression, location=location, multiplier=multiplier, is_reference=each == self.reference
                )
            )
        return tuple(found)


def _tie(box: CertifiedBifurcation, condition: Any) -> RealAlgebraic | None:
    """The one real root of an eliminant inside a certified parameter box, or None."""
    inside = [r for r in parameter_roots(condition) if box.parameter[0] <= r <= box.parameter[1]]
    return inside[0] if len(inside) == 1 else None


def _is_below_zero(factor: Any) -> bool:
    """Whether a factor with one root has it at a negative number, whatever the parameter is."""
    return bool(factor.degrees() == (1, 0) and all(root < 0 for root in real_roots(specialise(factor, Fraction(0)))))


def _leading(factor: Any) -> Any:
    """Leading coefficient with respect to z, as a polynomial in a."""
    degree = factor.degrees()[0]
    terms = {(0, order): value for (power, order), value in factor.to_dict().items() if power == degree}
    return factor.context().from_dict(terms)


def _parameter(family: PolynomialFamily) -> Any:
    return family.polynomial.context().gens()[1]


def _ball_value(polynomial: Any, z: flint.arb, a: flint.arb) -> flint.arb:
    """A polynomial of Q[z, a] in balls."""
    total = flint.arb(0)
    for power in range(int(polynomial.degrees()[0]), -1, -1):
        total = total * z + _in_parameter(polynomial, power, a)
    return total


def _in_parameter(polynomial: Any, power: int, a: flint.arb) -> flint.arb:
    """The coefficient of a power of z, in balls."""
    total = flint.arb(0)
    for (k, j), value in exact_terms(polynomial).items():
        if k == power:
            total += ball(value) * a**j
    return total


def _is_residual(family: PolynomialFamily) -> bool:
    """Whether f(z) + a = (z + a)(1 − z)²: v² = z + a is the square of a weight, whose sign the map forgets."""
    z, a = family.polynomial.context().gens()
    return bool(family.polynomial + a == (z + a) * (1 - z) ** 2)


def _short(number: RealAlgebraic) -> str:
    return str(number) if number.degree <= 2 else f"{number.decimal(6)}…"


def _is_odd_about(coefficients: Sequence[Fraction], point: RealAlgebraic) -> bool:
    """Whether f(2p − z) = 2p − f(z) for all z; such a p is the mean of the roots of f, which is rational here."""
    if not point.is_rational:
        return False
    centre = point.interval[0]
    polynomial = flint.fmpq_poly([flint.fmpq(v.numerator, v.denominator) for v in coefficients])
    middle = flint.fmpq(centre.numerator, centre.denominator)
    return bool(polynomial(flint.fmpq_poly([2 * middle, -1])) == 2 * middle - polynomial)


def _narrow(polynomial: Any, family: PolynomialFamily) -> Any:
    """Q[z, p, a] → Q[z, a] for a polynomial without p."""
    ring = family.polynomial.context()
    return ring.from_dict({(k, j): value for (k, _, j), value in polynomial.to_dict().items()})


def _to_sympy(polynomial: Any, family: PolynomialFamily) -> Any:
    from sympy import Add, Mul, Pow, Rational

    return Add(
        *(
            Mul(Rational(v.numerator, v.denominator), Pow(family.variable, k), Pow(family.parameter, j))
            for (k, j), v in exact_terms(polynomial).items()
        )
    )
