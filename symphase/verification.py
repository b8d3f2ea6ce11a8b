"""Check every boundary by other routes than the one that found it.

For each boundary, on both sides of it:

* the number: a sign change of its minimal polynomial at two rationals around the printed digits, a second Krawczyk
  proof at twice the precision, kneading at both ends of the onset's bracket (other precision, same theory);
* mpmath: the quantity that defines the boundary changes sign within 10⁻¹² of the number (of the onset, both ends of
  its bracket lie on the sides that they should; :mod:`symphase.crossings`, which shares no code with the search), and
  orbits at 50 digits or more behave as the boundary says;
* simulation: NumPy gradient descent on the original loss, which never sees the map, must behave so too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np

from symphase.algebraic import RealAlgebraic, real_roots
from symphase.arguments import instance, reporter, whole
from symphase.boundaries import Boundaries, Boundary, BoundaryKind
from symphase.cells import specialise
from symphase.crossings import crosses
from symphase.cycles import CertifiedBifurcation, certify_bifurcation
from symphase.descent import Descent, descend
from symphase.display import Shown, count_text, level_html, rows_table, text_html
from symphase.errors import InputError
from symphase.models import PhaseRetrieval
from symphase.observations import observe_phases
from symphase.onset import Onset, side_of_onset
from symphase.orbits import iterate, settled_period
from symphase.phases import residual_boundaries

__all__ = ["Verification", "VerificationRow", "confirms_number", "verify"]

Progress = Callable[[str, int, int], None]
MIN_STEPS: Final = 4000  # beside a flip cycles attract slowly: shorter orbits would only seem to disagree
_SHOWN_DIGITS: Final = 20
_GRID: Final = 500
_LONGEST: Final = 256
_FINE: Final = {BoundaryKind.TANGENCY: Fraction(1, 1000), BoundaryKind.MONOTONE_END: Fraction(1, 1000)}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class VerificationRow(Shown):
    """One boundary and what the independent routes say of it.

    Attributes
    ----------
    boundary : Boundary
    decimal : str
        Its digits, all proved.
    enclosure_agrees : bool
        Whether the second proof of the number succeeded.
    below, above : Fraction
        The parameters at which the two sides were looked at, in phase order.
    mpmath_below, mpmath_above : str
        What the high-precision orbit did.
    mpmath_agrees : bool
        Whether it did what the boundary says, and the defining quantity changes sign within 10⁻¹² of the number (of an
        onset: both ends of its bracket lie on the sides that they should).
    simulation_below, simulation_above : str
        What gradient descent did.
    simulation_agrees : bool
    """

    boundary: Boundary
    decimal: str
    enclosure_agrees: bool
    below: Fraction
    above: Fraction
    mpmath_below: str
    mpmath_above: str
    mpmath_agrees: bool
    simulation_below: str
    simulation_above: str
    simulation_agrees: bool

    @property
    def agrees(self) -> bool:
        """Whether all routes agree."""
        return self.enclosure_agrees and self.mpmath_agrees and self.simulation_agrees

    def _line(self) -> str:
        return f"{self.boundary.name} at {self.decimal}: {'all routes agree' if self.agrees else 'a route disagrees'}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Verification(Shown):
    """All rows, with the settings of the run.

    Attributes
    ----------
    rows : tuple of VerificationRow
    digits : int
        Least working digits of the mpmath orbits.
    steps : int
        Steps of each orbit and of each gradient-descent run.
    runs : int
        Gradient-descent starts on each side.
    seed : int
        Seed of those starts.
    """

    rows: tuple[VerificationRow, ...]
    digits: int
    steps: int
    runs: int
    seed: int

    @property
    def agrees(self) -> bool:
        """Whether there are rows and every one agrees."""
        return bool(self.rows) and all(row.agrees for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "agrees": self.agrees,
            "digits": self.digits,
            "steps": self.steps,
            "runs": self.runs,
            "seed": self.seed,
            "rows": [
                {
                    "boundary": row.boundary.name,
                    "exact": str(row.boundary) if row.boundary.algebraic is not None else None,
                    "decimal": row.decimal,
                    "second_proof": row.enclosure_agrees,
                    "before": str(row.below),
                    "after": str(row.above),
                    "mpmath": [row.mpmath_below, row.mpmath_above],
                    "mpmath_agrees": row.mpmath_agrees,
                    "simulation": [row.simulation_below, row.simulation_above],
                    "simulation_agrees": row.simulation_agrees,
                    "agrees": row.agrees,
                }
                for row in self.rows
            ],
        }

    def __iter__(self) -> Iterator[VerificationRow]:
        return iter(self.rows)

    def _line(self) -> str:
        good = sum(row.agrees for row in self.rows)
        return (
            f"{good} of {count_text(len(self.rows), 'boundary')} confirmed on every route "
            f"({self.digits} digits, {count_text(self.steps, 'step')}, seed {self.seed})"
        )

    def _repr_html_(self) -> str:
        told = {True: "agrees", False: "<strong>disagrees</strong>"}
        rows = (
            (
                text_html(row.boundary.name),
                text_html(row.decimal),
                f"{told[row.enclosure_agrees]} {level_html(row.boundary.certainty)}",
                f"{told[row.mpmath_agrees]} {level_html('numerical')}",
                f"{told[row.simulation_agrees]} {level_html('observed')}",
            )
            for row in self.rows
        )
        columns = ("boundary", "value", "second proof", "mpmath orbits", "gradient descent")
        return rows_table(text_html(self._line()), columns, rows, total=len(self.rows))


def verify(
    boundaries: Boundaries | None = None,
    *,
    digits: int = 50,
    steps: int = 6000,
    runs: int = 6,
    seed: int = 0,
    progress: Progress | None = None,
) -> Verification:
    """Confirm every boundary of the residual map by mpmath orbits and by gradient descent.

    Parameters
    ----------
    boundaries : Boundaries, optional
        What to check; the residual map's own by default.  Others than the residual map's will disagree with gradient
        descent, as they should.
    digits : int
        Working digits of the mpmath orbits, 50 or more.
    steps, runs, seed : int
        Length of the orbits and runs, number of random starts, and their seed.
    progress : callable, optional
        Called as progress(stage, done, total).

    Returns
    -------
    Verification

    Certainty
    ---------
    The numbers are proved a second time; the behaviour is numerical (mpmath) and observed (simulation).

    Raises
    ------
    InputError
        For digits < 50, steps, runs or a seed out of range, and what are no boundaries.
    """
    digits = whole(digits, "digits", least=50, most=10_000)
    if isinstance(steps, bool) or not isinstance(steps, int) or not MIN_STEPS <= steps <= 1_000_000:
        raise InputError(
            "steps", steps, f"must be an integer from {MIN_STEPS} to 1000000", "shorter runs settle on no cycle"
        )
    runs, seed = whole(runs, "runs", least=1, most=1000), whole(seed, "seed", least=0)
    if boundaries is not None:
        instance(boundaries, Boundaries, "boundaries", "take them from find_boundaries")
    tell = reporter(progress)
    chosen = boundaries if boundaries is not None else residual_boundaries()
    rows = []
    for index, boundary in enumerate(chosen):
        tell(boundary.name, index, len(chosen))
        below, above = _sides(chosen, index)
        question = _QUESTIONS[boundary.kind]
        orbit = _OrbitWitness(chosen, boundary.period, digits, steps)
        simulation = _DescentWitness(boundary.period, steps, runs, seed)
        seen_orbit = [getattr(orbit, question)(a) for a in (below, above)]
        seen_runs = [getattr(simulation, question)(a) for a in (below, above)]
        expected = _expected(boundary)
        rows.append(
            VerificationRow(
                boundary=boundary,
                decimal=_digits(boundary),
                enclosure_agrees=confirms_number(chosen, boundary),
                below=below,
                above=above,
                mpmath_below=seen_orbit[0],
                mpmath_above=seen_orbit[1],
                mpmath_agrees=tuple(seen_orbit) == expected and crosses(chosen, boundary, digits=digits),
                simulation_below=seen_runs[0],
                simulation_above=seen_runs[1],
                simulation_agrees=tuple(seen_runs) == expected,
            )
        )
    tell("done", len(chosen), len(chosen))
    return Verification(rows=tuple(rows), digits=digits, steps=steps, runs=runs, seed=seed)


def _digits(boundary: Boundary) -> str:
    try:
        return boundary.decimal(_SHOWN_DIGITS)
    except ArithmeticError:  # a box that cannot be proved again has no digits to show
        return "none proved"


# the question that each kind of boundary asks, by the name of the witnesses' method that answers it

_QUESTIONS: Final = {
    BoundaryKind.STABILITY: "target",
    BoundaryKind.MONOTONE_END: "rise",
    BoundaryKind.FLIP: "period",
    BoundaryKind.ONSET: "order",
    BoundaryKind.TANGENCY: "cycle",
    BoundaryKind.CRISIS: "hopping",
    BoundaryKind.ESCAPE: "escape",
}


def _expected(boundary: Boundary) -> tuple[str, str]:
    period = boundary.period or 1
    return {
        BoundaryKind.STABILITY: ("not to 0", "to 0"),
        BoundaryKind.MONOTONE_END: ("never rises", "can rise"),
        BoundaryKind.FLIP: (f"period {period}", f"period {2 * period}"),
        BoundaryKind.ONSET: ("period a power of 2", "not a power of 2"),
        BoundaryKind.TANGENCY: (f"no period {period}", f"period {period}"),
        BoundaryKind.CRISIS: ("one side", "both sides"),
        BoundaryKind.ESCAPE: ("bounded", "escapes"),
    }[boundary.kind]


def _sides(boundaries: Boundaries, index: int) -> tuple[Fraction, Fraction]:
    """Rational parameters just before and just after a boundary, well inside the neighbouring cells."""
    places = [float(b) for b in boundaries]
    here = places[index]
    gaps = [abs(here - place) for place in places if place != here]
    reach = min([Fraction(1, 100), *(Fraction(gap) / 4 for gap in gaps)])
    reach = min(reach, _FINE.get(boundaries[index].kind, reach))
    lower, upper = boundaries[index].enclose(64)
    reach = max(reach, 2 * (upper - lower))
    largest = max(10**6, int(1 / reach))  # short fractions, but of two places that are near each other not one
    middle = ((lower + upper) / 2).limit_denominator(10**6 * largest)
    reach = reach.limit_denominator(largest)
    ends = (middle - reach, middle + reach)
    return ends if boundaries.direction > 0 else (ends[1], ends[0])


def confirms_number(boundaries: Boundaries, boundary: Boundary) -> bool:
    """Prove the number of a boundary a second time: integers, a box at twice the precision, or kneading."""
    value = boundary.value
    if isinstance(value, RealAlgebraic):
        return _confirm_digits(value)
    if isinstance(value, CertifiedBifurcation):
        again = certify_bifurcation(
            boundaries.reduced_family,
            sum(value.parameter) / 2,
            [float(sum(z) / 2) for z in value.points],
            value.multiplier,
            bits=2 * value.bits,
        )
        return again is not None and value.parameter[0] < again.parameter[0] <= again.parameter[1] < value.parameter[1]
    return _confirm_onset(boundaries, value)


def _confirm_digits(value: RealAlgebraic) -> bool:
    """Integers only: the polynomial changes sign half a unit of the last digit to both sides of the decimal."""
    decimal = Fraction(value.decimal(_SHOWN_DIGITS))
    half = Fraction(1, 2 * 10**_SHOWN_DIGITS)

    def at(point: Fraction) -> Fraction:
        total = Fraction(0)
        for coefficient in reversed(value.coefficients):
            total = total * point + coefficient
        return total

    if value.is_rational:
        return abs(value.interval[0] - decimal) <= half
    return at(decimal - half) * at(decimal + half) < 0


def _confirm_onset(boundaries: Boundaries, onset: Onset) -> bool:
    symbols = 4 * 2 ** max(onset.ordered_side.doublings, onset.chaotic_side.doublings)
    ends = [side_of_onset(boundaries.reduced_family, end, max_symbols=symbols) for end in onset.bracket]
    expected = [-1, 1] if onset.direction > 0 else [1, -1]
    estimate = Fraction(onset.estimate)
    return ends == expected and onset.bracket[0] < estimate < onset.bracket[1]


class _OrbitWitness:
    """What orbits of the map do in mpmath."""

    def __init__(self, boundaries: Boundaries, cycle_period: int | None, digits: int, steps: int) -> None:
        self.cycle_period = cycle_period
        self.family = boundaries.reduced_family
        self.boundaries = boundaries
        self.digits = digits
        self.steps = steps

    def critical(self, a: Fraction) -> Fraction:
        """A rational within 2^-200 of the free critical point."""
        points = [p for f in self.family.free_critical_factors for p in real_roots(specialise(f, a))]
        return points[0].enclose(200)[0]

    def reference(self, a: Fraction) -> Fraction:
        """The fixed point whose story is told, near the parameter."""
        fixed = next(p for p in self.boundaries.fixed_points if p.is_reference)
        if fixed.location is None:
            raise InputError(
                "boundaries",
                self.family,
                "must have a reference fixed point rational in the parameter",
                "give boundaries of another family",
            )
        value = fixed.location.subs(self.family.parameter, _rational(a))
        return Fraction(int(value.p), int(value.q))

    def target(self, a: Fraction) -> str:
        point = self.reference(a)
        last = iterate(self.family, a, point + Fraction(1, 100), self.steps, digits=self.digits)[-1]
        return "to 0" if abs(last - _mpf(last, point)) < 1e-9 else "not to 0"

    def rise(self, a: Fraction) -> str:
        point = self.reference(a)
        ends = [e.enclose(64)[0] for e in _ends(self.family, a)]
        for share in (Fraction(k, _GRID) for k in range(1, _GRID)):
            start = ends[0] + (ends[1] - ends[0]) * share**2 * (3 - 2 * share)  # closest near the ends
            first, second = iterate(self.family, a, start, 1, digits=self.digits)
            centre = _mpf(first, point)
            if abs(second - centre) > abs(first - centre):
                return "can rise"
        return "never rises"

    def period(self, a: Fraction) -> str:
        found = settled_period(self.family, a, self.critical(a), steps=self.steps, digits=self.digits)
        return f"period {found}" if found else "no period"

    def order(self, a: Fraction) -> str:
        found = settled_period(
            self.family, a, self.critical(a), steps=self.steps, digits=self.digits, max_period=_LONGEST
        )
        return "period a power of 2" if found and found & (found - 1) == 0 else "not a power of 2"

    def cycle(self, a: Fraction) -> str:
        found = settled_period(self.family, a, self.critical(a), steps=self.steps, digits=self.digits)
        return f"period {found}" if found == self.cycle_period else f"no period {self.cycle_period}"

    def hopping(self, a: Fraction) -> str:
        bound = [p for f in self.family.critical_factors for p in real_roots(specialise(f, a))]
        wall = max(bound).enclose(200)[0]
        orbit = iterate(self.family, a, self.critical(a), 400, digits=self.digits + 250)
        return "both sides" if any(z > _mpf(z, wall) for z in orbit) else "one side"

    def escape(self, a: Fraction) -> str:
        orbit = iterate(self.family, a, self.critical(a), 400, digits=self.digits + 250)
        return "bounded" if len(orbit) == 401 else "escapes"


def _mpf(like: Any, value: Fraction) -> Any:
    """A rational in the mpmath context of another number."""
    return like.context.mpf(value.numerator) / value.denominator


def _rational(value: Fraction) -> Any:
    from sympy import Rational

    return Rational(value.numerator, value.denominator)


def _ends(family: Any, a: Fraction) -> tuple[RealAlgebraic, RealAlgebraic]:
    from symphase.cells import Sample

    ends = Sample(family, a).ends()
    if ends is None:
        raise InputError("boundaries", family, f"has no bounded orbits at {a}", "give boundaries of another family")
    return ends


class _DescentWitness:
    """What gradient descent does on ½(w² − y)², one sample, |y| = 1: only this class knows that a = 2ηy there."""

    def __init__(self, cycle_period: int | None, steps: int, runs: int, seed: int) -> None:
        self.cycle_period = cycle_period
        self.steps, self.runs, self.seed = steps, runs, seed
        self.model = PhaseRetrieval(gamma=2, c=0)

    def run(self, a: Fraction, *, steps: int | None = None, starts: Any = None) -> Descent:
        if starts is None:
            starts = np.random.default_rng(self.seed).uniform(0.3, 0.9, size=(self.runs, 1))
        return descend(
            self.model,
            [[1.0]],
            [1.0 if a > 0 else -1.0],
            step_sizes=float(abs(a) / 2),
            starts=starts,
            runs=len(starts),
            steps=steps or self.steps,
        )

    def labels(self, a: Fraction) -> set[str]:
        return {
            f"period {seen.period}"
            if seen.period
            else ("period 1" if seen.label in ("monotonic", "catapult") else seen.label)
            for seen in observe_phases(self.run(a))
        }

    def target(self, a: Fraction) -> str:
        return "to 0" if np.all(self.run(a).losses[:, -1] < 1e-12) else "not to 0"

    def rise(self, a: Fraction) -> str:
        if a <= 0:
            return "no weights fit"
        largest = float((2 + a) / a) ** 0.5  # z = a(w² − 1) ≤ 2
        starts = np.linspace(0, largest, _GRID + 1)[1:-1, None]
        losses = self.run(a, steps=200, starts=starts).losses
        return "can rise" if np.any(losses[:, 1:] > losses[:, :-1] * (1 + 1e-9) + 1e-24) else "never rises"

    def period(self, a: Fraction) -> str:
        return " or ".join(sorted(self.labels(a)))

    def order(self, a: Fraction) -> str:
        powers = {f"period {2**k}" for k in range(9)}
        labels = self.labels(a)
        if labels <= powers:
            return "period a power of 2"
        return "not a power of 2" if not labels & powers else " or ".join(sorted(labels))

    def cycle(self, a: Fraction) -> str:
        wanted = f"period {self.cycle_period}"
        labels = self.labels(a)
        if labels == {wanted}:
            return wanted
        return f"no {wanted}" if wanted not in labels else " or ".join(sorted(labels))

    def hopping(self, a: Fraction) -> str:
        # w ← w (1 − 2ηe): the weight changes sign where the residual e passes 1/(2η) = 1/a
        residuals = self.run(a).residuals
        return "both sides" if np.any(residuals > float(1 / a)) else "one side"

    def escape(self, a: Fraction) -> str:
        escaped = self.run(a).escape_step >= 0
        return "escapes" if np.all(escaped) else ("bounded" if not np.any(escaped) else "some escape")
