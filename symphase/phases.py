"""Place a step size between the exact boundaries: the phase, with evidence, and how far the next one is.

The side of every boundary is decided exactly: a float is the rational number that it stores, and a boundary is a real
algebraic number or a certified box.  Two different questions are kept apart beyond the onset of chaos.  *Is the
dynamics chaotic* (positive entropy) is decided by the parameter's side of the onset.  *Does a typical run look chaotic*
depends on whether an attracting cycle exists: one is looked for and proved where found, and where none is found that is
all that is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Final, overload

from symphase.algebraic import RealAlgebraic
from symphase.boundaries import Boundaries, Boundary, BoundaryKind, find_boundaries
from symphase.cycles import CertifiedCycle, find_attracting_cycle
from symphase.derivation import derive
from symphase.enclosures import Certainty, Verdict, round_decimal
from symphase.errors import InputError
from symphase.formulas import exact_rational, positive_rational
from symphase.models import Model, PhaseRetrieval
from symphase.onset import side_of_onset

if TYPE_CHECKING:
    from symphase.maps import PolynomialFamily
    from symphase.tables import Coherence, DataSet

__all__ = [
    "Classification",
    "Phase",
    "ProblemClassification",
    "SampleClassification",
    "StepBoundary",
    "classify",
    "residual_boundaries",
    "residual_family",
    "step_boundaries",
]

MAX_PERIOD: Final = 64
_PREIMAGE_STEPS: Final = 6  # exact steps looked ahead for a start that lands on a saddle: 3^6 times the digits


class Phase(Enum):
    """What gradient descent does at one parameter."""

    MONOTONIC = "monotonic"
    CATAPULT = "catapult"
    PERIODIC = "periodic"
    CHAOTIC = "chaotic"
    DIVERGENT = "divergent"
    FLOOR = "converges to the loss floor"
    DEGENERATE = "degenerate"
    SADDLE = "stays on a saddle"
    UNDECIDED = "undecided"

    def __str__(self) -> str:
        return self.value


_SEVERITY: Final = (
    Phase.SADDLE,
    Phase.FLOOR,
    Phase.DEGENERATE,
    Phase.MONOTONIC,
    Phase.CATAPULT,
    Phase.PERIODIC,
    Phase.CHAOTIC,
    Phase.UNDECIDED,
    Phase.DIVERGENT,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """The phase of one parameter, with evidence.

    Attributes
    ----------
    parameter : Fraction or RealAlgebraic
        a, exactly.
    phase : Phase
    period : int or None
        Period of the residual's attracting cycle, where one is proved.
    certainty : Certainty
        Of ``phase`` and ``period``.
    evidence : tuple of str
        Why, one statement each.
    entropy_positive : Verdict
        Whether the dynamics is chaotic in the topological sense.
    in_window : bool
        Whether an attracting cycle was proved beyond the onset of chaos (a periodic window).
    searched_period : int or None
        Longest period of the search for an attracting cycle, where one was made.
    nearest : Boundary
        The nearest boundary.
    distance : (Fraction, Fraction)
        Certified bounds of boundary − a, in units of a; negative when the boundary lies below.
    cycle : CertifiedCycle or None
    """

    parameter: Fraction | RealAlgebraic
    phase: Phase
    period: int | None
    certainty: Certainty
    evidence: tuple[str, ...]
    entropy_positive: Verdict
    in_window: bool
    searched_period: int | None
    nearest: Boundary
    distance: tuple[Fraction, Fraction]
    cycle: CertifiedCycle | None = field(default=None, repr=False)

    @property
    def label(self) -> str:
        """The phase in a few words, such as "periodic (period 3, a window in the chaotic range)"."""
        if self.phase is not Phase.PERIODIC:
            return str(self.phase)
        period = f"period {self.period}" if self.period else "period a power of two, not determined"
        return f"periodic ({period}{', a window in the chaotic range' if self.in_window else ''})"

    @property
    def relative_distance(self) -> float | None:
        """Distance to the nearest boundary as a fraction of the step size; None for a = 0."""
        a = float(self.parameter)
        return float(sum(self.distance) / 2) / a if a else None

    def distance_in(self, step_size: Fraction) -> tuple[float, float]:
        """Distance to the nearest boundary in units of the step size, and of step size × sharpness.

        Parameters
        ----------
        step_size : Fraction
            The η that gave this a; a is proportional to it.

        Returns
        -------
        (float, float)
            Δη and Δ(ηλ) = 2Δa, λ the largest eigenvalue of the Hessian at an interpolating minimum.
        """
        relative = self.relative_distance
        change = float(sum(self.distance) / 2)
        return (relative * float(step_size) if relative is not None else math.inf, 2 * change)

    def __str__(self) -> str:
        return f"a = {_show(self.parameter)}: {self.label} [{self.certainty}]"


def _show(value: Fraction | RealAlgebraic) -> str:
    """A short decimal where it is exact, else p/q where that is short, else 17 digits of a float."""
    if isinstance(value, RealAlgebraic):
        return str(value)
    for digits in range(13):
        if (value * 10**digits).denominator == 1:
            return round_decimal(value, digits)
    return str(value) if len(str(value)) <= 16 else f"{float(value):.17g}"


@cache
def residual_family() -> PolynomialFamily:
    """Return the residual map of gradient descent, derived from the phase-retrieval loss."""
    family = derive(PhaseRetrieval()).family
    if family is None:  # cannot happen: the derivation's own checks would have failed
        raise ArithmeticError("the derivation of phase retrieval ended without a map")
    return family


@cache
def residual_boundaries() -> Boundaries:
    """Return the phase boundaries of the residual map."""
    return find_boundaries(residual_family())


@overload
def classify(subject: Model, data: DataSet, step_size: object) -> ProblemClassification: ...
@overload
def classify(
    subject: object, data: None = None, step_size: None = None, *, start: object = None, max_period: int = MAX_PERIOD
) -> Classification: ...


def classify(
    subject: object,
    data: DataSet | None = None,
    step_size: object = None,
    *,
    start: object = None,
    max_period: int = MAX_PERIOD,
) -> Classification | ProblemClassification:
    """Classify one parameter a, or every sample of a problem at a step size.

    Parameters
    ----------
    subject : number, text or Model
        The parameter a (a float counts as the exact rational it stores; text is a decimal or p/q; a RealAlgebraic is
        taken as it is), or a model.
    data : DataSet, optional
        Orthogonal rows and targets, with a model.
    step_size : number > 0, optional
        η of w ← w − η∇L, with a model.
    start : number, optional
        Rescaled residual z₀ ≥ −a of the start; by default a typical start in [−a, 2] is meant.
    max_period : int
        Longest period of the search for attracting cycles beyond the last exact flip.

    Returns
    -------
    Classification, or ProblemClassification for a model with data

    Certainty
    ---------
    Sides of boundaries exact; attracting cycles certified; the absence of an attracting cycle only observed.

    Raises
    ------
    InputError
        For values that are no finite numbers, for a start below −a, for rows that are not orthogonal, and for models
        that do not reduce to the residual map.

    Examples
    --------
    >>> print(classify("1.455"))
    a = 1.455: periodic (period 3, a window in the chaotic range) [certified]
    >>> print(classify(1))
    a = 1: catapult [exact]
    """
    if isinstance(subject, Model):
        if data is None:
            raise InputError("data", data, "must be a DataSet when a model is classified", "see read_table and dataset")
        return _classify_problem(subject, data, positive_rational(step_size, "step_size"), max_period)
    if data is not None or step_size is not None:
        raise InputError("subject", subject, "must be a model when data or a step size are given")
    if isinstance(max_period, bool) or not isinstance(max_period, int) or not 1 <= max_period <= 1024:
        raise InputError("max_period", max_period, "must be an integer from 1 to 1024")
    a = subject if isinstance(subject, RealAlgebraic) else exact_rational(subject, "a")
    if isinstance(a, RealAlgebraic) and a.is_rational:
        a = a.interval[0]
    z = None if start is None else exact_rational(start, "start")
    return _classify_parameter(a, z, max_period)


# --- one parameter ----------------------------------------------------------------------------------------------------


def _side(boundary: Boundary, a: Fraction | RealAlgebraic) -> int | None:
    """Sign of boundary − a, exact; None inside an onset's bracket."""
    if isinstance(a, Fraction):
        return boundary.compare(a)
    if boundary.algebraic is not None:
        return boundary.algebraic.compare(a)
    for bits in (64, 256, 1024):
        lower, upper = boundary.enclose(bits)
        if a <= lower:
            return 1
        if a >= upper:
            return -1
    return None


def _nearest(a: Fraction | RealAlgebraic) -> tuple[Boundary, tuple[Fraction, Fraction]]:
    best: tuple[Boundary, tuple[Fraction, Fraction]] | None = None
    for boundary in residual_boundaries():
        lower, upper = boundary.enclose(128)
        low, high = (a, a) if isinstance(a, Fraction) else a.enclose(128)
        distance = (lower - high, upper - low)
        if best is None or abs(distance[0] + distance[1]) < abs(best[1][0] + best[1][1]):
            best = boundary, distance
    if best is None:
        raise ArithmeticError("the residual map has no boundaries")
    return best


def _classify_parameter(a: Fraction | RealAlgebraic, start: Fraction | None, max_period: int) -> Classification:
    nearest, distance = _nearest(a)

    def answer(
        phase: Phase,
        *evidence: str,
        period: int | None = None,
        certainty: Certainty = Certainty.EXACT,
        entropy: Verdict = Verdict.REFUTED,
        window: bool = False,
        searched: int | None = None,
        cycle: CertifiedCycle | None = None,
    ) -> Classification:
        return Classification(
            parameter=a,
            phase=phase,
            period=period,
            certainty=certainty,
            evidence=evidence,
            entropy_positive=entropy,
            in_window=window,
            searched_period=searched,
            nearest=nearest,
            distance=distance,
            cycle=cycle,
        )

    if start is not None:
        fate = _fate_of_start(a, start)
        if fate is not None:
            return answer(*fate)
    if a <= 0:
        return answer(*_out_of_reach(a))
    boundaries = residual_boundaries()
    monotone, flip = boundaries.require(BoundaryKind.MONOTONE_END), boundaries.require(BoundaryKind.FLIP, 1)
    onset, escape = boundaries.require(BoundaryKind.ONSET), boundaries.require(BoundaryKind.ESCAPE)
    if (_side(monotone, a) or 0) >= 0:
        return answer(Phase.MONOTONIC, f"a ≤ {monotone}: |f(z)| ≤ |z| on all of [−a, 2], so the loss never grows")
    if (_side(flip, a) or 0) >= 0:
        return answer(
            Phase.CATAPULT,
            f"{monotone} < a ≤ {flip}: the loss can grow on the way, yet 0 still attracts almost every start (it is "
            "neutral, and attracts slowly, at the end of this range)",
        )
    if (_side(escape, a) or 0) < 0:
        return answer(
            Phase.DIVERGENT,
            f"a > {escape}: the critical orbit leaves [−a, 2], and with it almost every start",
            entropy=Verdict.PROVED,
        )
    ordered = _ordered_period(boundaries, a)
    if ordered is not None:
        period, certainty, reason = ordered
        cycle = None
        if certainty is not Certainty.EXACT and isinstance(a, Fraction):
            cycle = find_attracting_cycle(boundaries.reduced_family, a, max_period=max(max_period, period))
        if cycle is not None:  # flips bound the range; that the cycle attracts at this very a is a proof of its own
            period = cycle.period
            reason += f"; an attracting cycle of period {period} is certified at this a"
        return answer(Phase.PERIODIC, reason, period=period, certainty=certainty, cycle=cycle)
    side = _side(onset, a)
    entropy = _entropy(boundaries, a, side)
    if isinstance(a, RealAlgebraic):
        return answer(
            Phase.CHAOTIC if entropy is Verdict.PROVED else Phase.UNDECIDED,
            "no attracting cycle was looked for at an irrational parameter",
            entropy=entropy,
        )
    cycle = find_attracting_cycle(boundaries.reduced_family, a, max_period=max_period)
    sided = "above" if entropy is Verdict.PROVED else ("below" if side == 1 or entropy is Verdict.REFUTED else "near")
    if cycle is not None:
        multiplier = round_decimal((cycle.multiplier[0] + cycle.multiplier[1]) / 2, 6)
        return answer(
            Phase.PERIODIC,
            f"an attracting cycle of period {cycle.period} is certified at this a (Krawczyk; multiplier {multiplier}): "
            "it draws almost every start in [−a, 2] (Singer 1978)",
            f"a lies {sided} the onset of chaos, a_∞ in {_bracket(onset)}",
            period=cycle.period,
            certainty=Certainty.CERTIFIED,
            entropy=entropy,
            window=sided == "above",
            searched=max_period,
            cycle=cycle,
        )
    if entropy is Verdict.PROVED:
        return answer(
            Phase.CHAOTIC,
            f"a lies above the onset of chaos, a_∞ in {_bracket(onset)}: the topological entropy is positive",
            f"no attracting cycle of period ≤ {max_period} was found (a search, no proof): a typical run looks chaotic",
            certainty=Certainty.CERTIFIED,
            entropy=entropy,
            searched=max_period,
        )
    if side == 1 or entropy is Verdict.REFUTED:
        return answer(
            Phase.PERIODIC,
            f"a lies below the onset of chaos, a_∞ in {_bracket(onset)}: every period is a power of two",
            f"the attracting cycle was not determined (period > {max_period}, or too weakly attracting)",
            certainty=Certainty.CERTIFIED,
            entropy=Verdict.REFUTED,
            searched=max_period,
        )
    return answer(
        Phase.UNDECIDED,
        f"a lies within {float(max(abs(d) for d in distance)):.2g} of the onset of chaos, a_∞ in {_bracket(onset)}; "
        "its kneading word follows the Feigenbaum word as far as it was compared",
        certainty=Certainty.CERTIFIED,
        entropy=Verdict.UNDECIDED,
        searched=max_period,
    )


def _place(boundary: Boundary) -> str:
    return str(boundary) if boundary.algebraic is not None else f"{boundary.decimal(12)}…"


def _bracket(boundary: Boundary) -> str:
    return str(boundary).removeprefix("in ")


def _ordered_period(boundaries: Boundaries, a: Fraction | RealAlgebraic) -> tuple[int, Certainty, str] | None:
    """Period of the doubling cascade's attracting cycle, from the flips on both sides."""
    last: Boundary | None = None
    for boundary in boundaries:
        if boundary.kind is BoundaryKind.FLIP:
            side = _side(boundary, a)
            if last is not None and side is not None and side >= 0:
                return (
                    boundary.period or 1,
                    boundary.certainty,
                    f"{_place(last)} < a ≤ {_place(boundary)}: between two flips",
                )
            last = boundary
    if not isinstance(a, Fraction):
        return None
    onset = boundaries.require(BoundaryKind.ONSET)
    if onset.compare(a) != 1:
        return None
    low = last.period if last is not None and last.period else 1
    for box in boundaries.cascade():
        if box.period > low and a <= box.parameter[0]:
            return (
                box.period,
                Certainty.CERTIFIED,
                f"between the certified flips of periods {box.period // 2} and {box.period}",
            )
    return None


def _entropy(boundaries: Boundaries, a: Fraction | RealAlgebraic, side: int | None) -> Verdict:
    """Whether the entropy at a is positive: a horseshoe beyond the crisis, else kneading, else monotonicity."""
    crisis = boundaries.find(BoundaryKind.CRISIS)
    if crisis is not None and (_side(crisis, a) or 0) < 0:
        return Verdict.PROVED  # f maps [−a, c] and [c, 1] each over [−a, 1]: a full two-shift
    if isinstance(a, Fraction):
        by_kneading = side_of_onset(boundaries.reduced_family, a)
        if by_kneading is not None:
            return Verdict.PROVED if by_kneading > 0 else Verdict.REFUTED
    if side is None:
        return Verdict.UNDECIDED
    return Verdict.PROVED if side < 0 else Verdict.REFUTED


def _out_of_reach(a: Fraction | RealAlgebraic) -> tuple[Phase, str]:
    """a ≤ 0: the label is out of reach.  f(z) − z = z (z + a)(z − 2) and f(z) + a = (z + a)(1 − z)² ≥ 0 decide all."""
    if a == 0:
        return (
            Phase.DEGENERATE,
            "a = 0: the minimum is degenerate; from 0 < z₀ < 2 the residual falls to 0, slower than geometrically",
        )
    if a > -2:
        return (
            Phase.FLOOR,
            (
                "−2 < a < 0: no weights fit the label; from z₀ < 2 the residual falls monotonically to −a > 0 (u = 0), "
                "the least loss there is, since f(z) − z = z (z + a)(z − 2) < 0 on (−a, 2)"
            ),
        )
    return (
        Phase.DIVERGENT,
        "a ≤ −2: no weights fit the label, and f(z) > z for every z > −a ≥ 2: every start but u = 0 diverges",
    )


def _fate_of_start(a: Fraction | RealAlgebraic, start: Fraction) -> tuple[Phase, str] | None:
    """What an exact start decides by itself; None where the start is a typical one."""
    if _negative(a) > start:
        raise InputError("start", start, f"must be ≥ −a, here {_show(_negative(a))}", "real weights give z ≥ −a")
    if start > 2 and start != _negative(a):
        return Phase.DIVERGENT, "z₀ > 2: outside the basin, f(z) > z there whatever a ≥ −z₀ is"
    if not isinstance(a, Fraction):
        return None
    z = start
    coefficients: tuple[Fraction, ...] = residual_family().at(a)
    for step in range(_PREIMAGE_STEPS):
        if z == 0 and a > 0 and step == 0:
            return Phase.MONOTONIC, "z₀ = 0: the start is a minimum"
        if z == -a and a > 0:
            return (
                Phase.SADDLE,
                f"z = −a exactly at step {step}: u = 0, a critical point of the loss (floats leave it)",
            )
        if z == 2:
            return Phase.SADDLE, f"z = 2 exactly at step {step}: a repelling fixed point (floats leave it)"
        total = Fraction(0)
        for coefficient in reversed(coefficients):
            total = total * z + coefficient
        z = total
    return None


def _negative(a: Fraction | RealAlgebraic) -> Fraction | RealAlgebraic:
    return -a if isinstance(a, Fraction) else a.affine(-1)


# --- problems with data -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleClassification:
    """One sample of a problem at a step size.

    Attributes
    ----------
    index : int
        Row of the table.
    scale : Fraction
        The sample's a, exactly, from the stored floats.
    classification : Classification
    """

    index: int
    scale: Fraction
    classification: Classification


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBoundary:
    """A phase boundary in units of the step size of one problem.

    Attributes
    ----------
    boundary : Boundary
        In units of a.
    value : RealAlgebraic or None
        The step size, where the boundary is an algebraic number.
    bounds : (Fraction, Fraction)
        Certified bounds of the step size.
    """

    boundary: Boundary
    value: RealAlgebraic | None
    bounds: tuple[Fraction, Fraction]

    def decimal(self, digits: int = 12) -> str:
        """The step size with up to ``digits`` digits after the point, all proved."""
        if self.value is not None:
            return self.value.decimal(digits)
        while digits and round_decimal(self.bounds[0], digits) != round_decimal(self.bounds[1], digits):
            digits -= 1
        return round_decimal(self.bounds[0], digits)

    def __float__(self) -> float:
        return float(self.value) if self.value is not None else float(sum(self.bounds) / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemClassification:
    """Every sample of a problem with orthogonal rows, and the problem as a whole.

    Attributes
    ----------
    model : Model
    step_size : Fraction
    samples : tuple of SampleClassification
    coherence : Coherence
        How orthogonal the rows are; to rounding only, the statement is about the nearest orthogonal problem.
    boundaries : tuple of StepBoundary
        Of the whole problem: where the sample with the largest a meets each boundary.
    phase : Phase
        Of the joint run: the most violent phase among the samples.
    period : int or None
        Least common multiple of the samples' periods, when the joint run is periodic.
    """

    model: Model
    step_size: Fraction
    samples: tuple[SampleClassification, ...]
    coherence: Coherence
    boundaries: tuple[StepBoundary, ...]
    phase: Phase
    period: int | None

    @property
    def leading(self) -> SampleClassification:
        """The sample with the largest a: it meets each boundary first."""
        return max(self.samples, key=lambda sample: sample.scale)

    def largest_step_size(self, phase: Phase) -> StepBoundary | None:
        """Return the step size at which a phase of the whole problem ends; None for phases without an end.

        Examples
        --------
        >>> from symphase.models import PhaseRetrieval
        >>> from symphase.tables import dataset
        >>> problem = classify(PhaseRetrieval(gamma=2, c=0), dataset([[1.0]], [1.0]), "0.1")
        >>> str(problem.largest_step_size(Phase.MONOTONIC).value)
        '-1 + sqrt(2)'
        """
        ends = {
            Phase.MONOTONIC: (BoundaryKind.MONOTONE_END, None),
            Phase.CATAPULT: (BoundaryKind.FLIP, 1),
            Phase.PERIODIC: (BoundaryKind.ONSET, None),
            Phase.CHAOTIC: (BoundaryKind.ESCAPE, None),
        }
        if phase not in ends:
            return None
        kind, period = ends[phase]
        for each in self.boundaries:
            if each.boundary.kind is kind and (period is None or each.boundary.period == period):
                return each
        return None

    def __iter__(self) -> Iterator[SampleClassification]:
        return iter(self.samples)


def step_boundaries(scale_per_step: Fraction) -> tuple[StepBoundary, ...]:
    """Turn the boundaries in a into boundaries in the step size.

    Parameters
    ----------
    scale_per_step : Fraction
        a/η > 0 of the sample that meets the boundaries first.

    Returns
    -------
    tuple of StepBoundary
        In phase order, without the trivial start at a = 0.
    """
    found = []
    for boundary in residual_boundaries():
        if boundary.kind is BoundaryKind.STABILITY:
            continue
        exact = boundary.algebraic
        lower, upper = boundary.enclose(128)
        found.append(
            StepBoundary(
                boundary=boundary,
                value=exact.affine(1 / scale_per_step) if exact is not None else None,
                bounds=(lower / scale_per_step, upper / scale_per_step),
            )
        )
    return tuple(found)


def require_residual_map(model: Model) -> None:
    """Insist that a model reduces to the residual map, with the reason when it does not.

    Raises
    ------
    InputError
        Naming what fails.
    """
    derivation = derive(model)
    if derivation.family is None or derivation.family.rows != residual_family().rows:
        raise InputError(
            "model",
            model.name,
            "does not reduce to the residual map of quadratic regression",
            derivation.obstruction or "its residual follows another map: use derive and find_boundaries on it",
        )


def _classify_problem(model: Model, data: DataSet, step_size: Fraction, max_period: int) -> ProblemClassification:
    require_residual_map(model)
    coherence = data.coherence()
    if coherence.kind == "none":
        raise InputError(
            "data",
            data.name,
            f"must have orthogonal rows; the largest cosine is {coherence.largest:.3g} between rows {coherence.pair}",
            "the exact phases hold for orthogonal rows only; simulate with descend instead",
        )
    count = data.samples
    samples = []
    for index, (norm, target) in enumerate(zip(data.norms_squared, data.targets, strict=True)):
        a = model.scale_at(norm, float(target), count, step_size)
        samples.append(
            SampleClassification(index=index, scale=a, classification=_classify_parameter(a, None, max_period))
        )
    largest = max(sample.scale for sample in samples)
    worst = max((s.classification.phase for s in samples), key=_SEVERITY.index)
    periods = [s.classification.period for s in samples if s.classification.phase is Phase.PERIODIC]
    known = [p for p in periods if p is not None]
    return ProblemClassification(
        model=model,
        step_size=step_size,
        samples=tuple(samples),
        coherence=coherence,
        boundaries=step_boundaries(largest / step_size) if largest > 0 else (),
        phase=worst,
        period=math.lcm(*known) if worst is Phase.PERIODIC and len(known) == len(periods) else None,
    )
