"""Place a step size between the exact boundaries: the phase, with evidence, and how far the next one is.

The side of every boundary is decided exactly: a float is the rational number that it stores, and a boundary is a real
algebraic number or a certified box.  Two different questions are kept apart beyond the onset of chaos.  *Is the
dynamics chaotic* (positive entropy) is decided by the parameter's side of the onset.  *Does a typical run look chaotic*
depends on whether an attracting cycle exists: one is looked for and proved where found, and where none is found that is
all that is said.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from functools import cache, lru_cache
from html import escape
from typing import TYPE_CHECKING, Final, overload

from sympy import Poly, Rational

from symphase.algebraic import RealAlgebraic
from symphase.arguments import instance, sequence
from symphase.boundaries import Boundaries, Boundary, BoundaryKind, find_boundaries
from symphase.cycles import CertifiedCycle, find_attracting_cycle
from symphase.derivation import derive
from symphase.display import (
    Shown,
    ShownWord,
    bounds_text,
    count_text,
    facts_table,
    level_html,
    number_text,
    rows_table,
    text_html,
    words_html,
    words_latex,
)
from symphase.enclosures import Certainty, Verdict, check_digits, round_decimal
from symphase.errors import InputError
from symphase.formulas import exact_rational, positive_rational
from symphase.models import SYMBOLS, Model, PhaseRetrieval
from symphase.notation import formula_latex, formula_text, name_latex
from symphase.onset import side_of_onset
from symphase.tables import DataSet

if TYPE_CHECKING:
    from symphase.maps import PolynomialFamily
    from symphase.tables import Coherence

__all__ = [
    "Classification",
    "Phase",
    "ProblemClassification",
    "SampleClassification",
    "StepBoundary",
    "classify",
    "model_boundaries",
    "residual_boundaries",
    "residual_family",
    "show_number",
    "step_boundaries",
]

MAX_PERIOD: Final = 64
_PREIMAGE_STEPS: Final = 6  # exact steps looked ahead for a start that lands on a fixed point or a cycle
_PREIMAGE_BITS: Final = 60_000  # each exact step triples the digits
_NEAR_BITS: Final = 256  # an irrational parameter is looked at through a rational number this close
_SHOWN: Final = 24


class Phase(ShownWord, Enum):
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


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Classification(Shown):
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
        middle = (self.distance[0] + self.distance[1]) / 2
        if isinstance(self.parameter, RealAlgebraic):
            return float(middle) / float(self.parameter)
        return _as_float(middle / self.parameter) if self.parameter else None

    def distance_decimal(self, digits: int = 15) -> str | None:
        """Distance boundary − a with ``digits`` digits after the point, all proved; None where they are not known.

        Raises
        ------
        InputError
            For digits that are not an integer from 0 to 100 000.

        Examples
        --------
        >>> classify("0.8").distance_decimal(30)
        '0.028427124746190097603377448419'
        """
        check_digits(digits)
        exact = self.nearest.algebraic
        if exact is not None and isinstance(self.parameter, Fraction):
            return exact.affine(1, -self.parameter).decimal(digits)
        if exact is not None and exact.compare(self.parameter) == 0:
            return round_decimal(Fraction(0), digits)
        bits = int(3.33 * digits) + 64
        lower, upper = self.nearest.enclose(bits)
        low, high = (self.parameter,) * 2 if isinstance(self.parameter, Fraction) else self.parameter.enclose(bits)
        texts = {round_decimal(lower - high, digits), round_decimal(upper - low, digits)}
        return texts.pop() if len(texts) == 1 else None

    def distance_in(self, step_size: Fraction) -> tuple[float, float]:
        """Distance to the nearest boundary in units of the step size, and of step size × sharpness.

        Parameters
        ----------
        step_size : Fraction
            The η that gave this a; a is proportional to it.

        Returns
        -------
        (float, float)
            Δη and Δ(ηλ) = 2Δa, λ the largest eigenvalue of the Hessian at an interpolating minimum.  Infinite where no
            step size reaches the boundary (a = 0), and beyond the range of floats.
        """
        rate = exact_rational(step_size, "step_size")
        middle = (self.distance[0] + self.distance[1]) / 2
        if isinstance(self.parameter, RealAlgebraic):
            change = float(middle) / float(self.parameter) * _as_float(rate)
        else:
            change = _as_float(middle / self.parameter * rate) if self.parameter else math.inf
        return change, _as_float(2 * middle)

    def __str__(self) -> str:
        return f"a = {show_number(self.parameter)}: {self.label} [{self.certainty}]"

    def _line(self) -> str:
        there = self.nearest
        return f"{self}; nearest boundary {there.name}, {formula_text(there.family.parameter)} {there._digits()}"

    def _repr_latex_(self) -> str:
        exact = self.parameter
        name = name_latex(str(self.nearest.family.parameter))
        if isinstance(exact, Fraction):
            shown = show_number(exact)
            short = "…" not in shown and "e" not in shown
            equation = formula_latex(Rational(exact.numerator, exact.denominator)) if "/" in shown else shown
            equation = f"{name} = {equation}" if short else f"{name} = {words_latex(shown)}"
        else:
            equation = f"{name} = {exact.latex(str(self.nearest.family.parameter))}"
        return rf"${equation}:\ {words_latex(f'{self.label}, {self.certainty}')}$"

    def _repr_html_(self) -> str:
        gap = bounds_text(*self.distance)
        name = formula_text(self.nearest.family.parameter)
        facts = [
            ("phase", f"<strong>{text_html(self.label)}</strong> {level_html(self.certainty)}"),
            (name, text_html(show_number(self.parameter))),
            ("nearest boundary", f"{text_html(self.nearest.name)}, {name} {escape(self.nearest._digits())}"),
            ("distance to it", f"{escape(gap)} in {escape(name)}"),
            ("positive entropy", text_html(self.entropy_positive)),
            ("evidence", "<br>".join(words_html(text) for text in self.evidence)),
        ]
        return facts_table(f"Phase at {escape(name)} = {text_html(show_number(self.parameter))}", facts)


def _as_float(value: Fraction) -> float:
    """The nearest float; infinite beyond their range."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def show_number(value: Fraction | RealAlgebraic) -> str:
    """Write a number: exactly where that is short, else its first digits followed by "…", never rounded.

    Examples
    --------
    >>> show_number(Fraction(291, 200)), show_number(Fraction(1, 3)), show_number(Fraction(0.1))
    ('1.455', '1/3', '0.10000000000000000555…')
    """
    if isinstance(value, RealAlgebraic):
        return str(value)
    if max(value.numerator.bit_length(), value.denominator.bit_length()) <= 4 * _SHOWN:
        for digits in range(_SHOWN):
            if (value * 10**digits).denominator == 1:
                exact = round_decimal(value, digits)
                if len(exact) <= _SHOWN:
                    return exact
        if len(str(value)) <= _SHOWN:
            return str(value)
    sign, size = "-" if value < 0 else "", abs(value)
    exponent = (size.numerator.bit_length() - size.denominator.bit_length()) * 30103 // 100000 - 1
    while Fraction(10) ** (exponent + 1) <= size:  # the two lengths fix the exponent up to 1 or 2
        exponent += 1
    scaled = size * Fraction(10) ** (19 - exponent)
    first = str(math.floor(scaled))
    if -5 < exponent < 19:
        first = "0" * -exponent + first
        point = max(exponent, 0) + 1
        return f"{sign}{first[:point]}.{first[point:]}…"
    if scaled.denominator == 1:
        return f"{sign}{first[0]}.{first[1:]}".rstrip("0").rstrip(".") + f"e{exponent:+d}"
    return f"{sign}{first[0]}.{first[1:]}…e{exponent:+d}"


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
    if isinstance(max_period, bool) or not isinstance(max_period, int) or not 1 <= max_period <= 1024:
        raise InputError("max_period", max_period, "must be an integer from 1 to 1024", "give a whole number")
    if isinstance(subject, Model):
        if not isinstance(data, DataSet):
            raise InputError("data", data, "must be a DataSet when a model is classified", "see read_table and dataset")
        if start is not None:
            raise InputError(
                "start", start, "is the residual of one sample: it goes with a parameter a, not a model", "leave it out"
            )
        return _classify_problem(subject, data, positive_rational(step_size, "step_size"), max_period)
    if data is not None or step_size is not None:
        raise InputError(
            "subject", subject, "must be a model when data or a step size are given", "see symphase.models"
        )
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


@cache
def _enclosures(boundaries: Sequence[Boundary]) -> tuple[tuple[Boundary, tuple[Fraction, Fraction]], ...]:
    return tuple((boundary, boundary.enclose(128)) for boundary in boundaries)


def _nearest(a: Fraction | RealAlgebraic, boundaries: Sequence[Boundary]) -> tuple[Boundary, tuple[Fraction, Fraction]]:
    low, high = (a, a) if isinstance(a, Fraction) else a.enclose(128)
    distances = [(boundary, (lower - high, upper - low)) for boundary, (lower, upper) in _enclosures(boundaries)]
    return min(distances, key=lambda each: abs(each[1][0] + each[1][1]))


def _classify_parameter(a: Fraction | RealAlgebraic, start: Fraction | None, max_period: int) -> Classification:
    boundaries = residual_boundaries()
    nearest, distance = _nearest(a, boundaries)

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
            evidence=(*evidence, *typical),
            entropy_positive=entropy,
            in_window=window,
            searched_period=searched,
            nearest=nearest,
            distance=distance,
            cycle=cycle,
        )

    typical: tuple[str, ...] = ()
    if start is not None:
        fate = _fate_of_start(a, start)
        if fate is not None:
            phase, period, reason = fate
            return answer(phase, reason, period=period, entropy=_entropy(boundaries, a))
        if a > 0:
            typical = (f"z₀ = {show_number(start)} is taken for a typical start: it lands on no fixed point at once",)
    if a <= 0:
        return answer(*_out_of_reach(a))
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
    entropy = _entropy(boundaries, a)
    sided = {Verdict.PROVED: "above", Verdict.REFUTED: "below", Verdict.UNDECIDED: "near"}[entropy]
    birth = next((b for b in boundaries if b.kind is BoundaryKind.TANGENCY and _is_at(b, a)), None)
    if birth is not None:
        return answer(
            Phase.PERIODIC,
            f"a is exactly the {birth.name}: that cycle has multiplier 1 and draws almost every start in [−a, 2], "
            "slowly (Singer 1978)",
            f"a lies {sided} the onset of chaos, a_∞ in {_bracket(onset)}",
            period=birth.period,
            certainty=Certainty.CERTIFIED,
            entropy=entropy,
            window=sided == "above",
        )
    # nothing is iterated at an irrational number: a rational one next to it shows what to expect, and proves nothing
    looked_at = a if isinstance(a, Fraction) else a.enclose(_NEAR_BITS)[0]
    here = "this a" if looked_at == a else f"a rational number within 2^-{_NEAR_BITS} of this a"
    cycle = find_attracting_cycle(boundaries.reduced_family, looked_at, max_period=max_period)
    if cycle is not None:
        multiplier = round_decimal((cycle.multiplier[0] + cycle.multiplier[1]) / 2, 6)
        return answer(
            Phase.PERIODIC,
            f"an attracting cycle of period {cycle.period} is certified at {here} (Krawczyk; multiplier {multiplier}): "
            "it draws almost every start in [−a, 2] (Singer 1978)",
            f"a lies {sided} the onset of chaos, a_∞ in {_bracket(onset)}",
            period=cycle.period,
            certainty=Certainty.CERTIFIED if looked_at == a else Certainty.NUMERICAL,
            entropy=entropy,
            window=sided == "above",
            searched=max_period,
            cycle=cycle if looked_at == a else None,
        )
    if entropy is Verdict.PROVED:
        return answer(
            Phase.CHAOTIC,
            f"a lies above the onset of chaos, a_∞ in {_bracket(onset)}: the topological entropy is positive",
            f"no attracting cycle of period ≤ {max_period} was found at {here} (a search, no proof): where there is "
            "none, a typical run looks chaotic",
            certainty=Certainty.CERTIFIED,
            entropy=entropy,
            searched=max_period,
        )
    if entropy is Verdict.REFUTED:
        return answer(
            Phase.PERIODIC,
            f"a lies below the onset of chaos, a_∞ in {_bracket(onset)}: every period is a power of two",
            f"the attracting cycle was not determined (period > {max_period}, or too weakly attracting)",
            certainty=Certainty.CERTIFIED,
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
    flips = [boundary for boundary in boundaries if boundary.kind is BoundaryKind.FLIP]
    for last, boundary in itertools.pairwise(flips):
        side = _side(boundary, a)
        if side is None:  # a lies in the certified box of this flip
            return None
        if side >= 0:
            return (
                boundary.period or 1,
                boundary.certainty,
                f"{_place(last)} < a ≤ {_place(boundary)}: between two flips",
            )
    if _side(boundaries.require(BoundaryKind.ONSET), a) != 1:
        return None
    low = flips[-1].period or 1
    for box in boundaries.cascade():
        if box.period > low and a < box.parameter[1]:
            if a > box.parameter[0]:  # inside the certified box
                return None
            return (
                box.period,
                Certainty.CERTIFIED,
                f"between the certified flips of periods {box.period // 2} and {box.period}",
            )
    return None


def _is_at(boundary: Boundary, a: Fraction | RealAlgebraic) -> bool:
    return boundary.algebraic is not None and boundary.algebraic.compare(a) == 0


def _entropy(boundaries: Boundaries, a: Fraction | RealAlgebraic) -> Verdict:
    """Whether the entropy at a is positive: a horseshoe beyond the crisis, else kneading, else monotonicity."""
    if a <= 0:
        return Verdict.REFUTED  # every bounded orbit converges monotonically
    if _side(boundaries.require(BoundaryKind.CRISIS), a) == -1:
        return Verdict.PROVED  # f maps [−a, c] and [c, 1] each over [−a, 1]: a full two-shift
    beyond = side_of_onset(boundaries.reduced_family, a) if isinstance(a, Fraction) else None
    if beyond is None:
        beyond = -(_side(boundaries.require(BoundaryKind.ONSET), a) or 0)
    return {1: Verdict.PROVED, -1: Verdict.REFUTED, 0: Verdict.UNDECIDED}[beyond]


def _out_of_reach(a: Fraction | RealAlgebraic) -> tuple[Phase, str]:
    """a ≤ 0: no weights fit the label, except weight zero at a = 0.

    f(z) − z = z (z + a)(z − 2) and f(z) + a = (z + a)(1 − z)² ≥ 0 decide all.
    """
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


def _fate_of_start(a: Fraction | RealAlgebraic, start: Fraction) -> tuple[Phase, int | None, str] | None:
    """What an exact start decides by itself (phase, period, reason); None where the start is a typical one."""
    floor = _negative(a)
    if floor > start:
        raise InputError("start", start, f"must be ≥ −a, here {show_number(floor)}", "real weights give z ≥ −a")
    if start > 2 and start != floor:
        return Phase.DIVERGENT, None, "z₀ > 2: outside the basin, f(z) > z there whatever a ≥ −z₀ is"
    orbit = [start]
    for step in range(_PREIMAGE_STEPS):
        z = orbit[-1]
        if z == floor or (step == 0 and z == 1):  # f(1) = −a
            step += z != floor
            where = f"{_landed('−a', step)}: u = 0"
            if a > 0:
                return Phase.SADDLE, None, f"{where}, a critical point of the loss (floats leave it)"
            stays = "" if a > -2 else " (floats leave it)"
            return Phase.FLOOR, None, f"{where}, the least loss there is{stays}"
        if z == 2:
            return Phase.SADDLE, None, f"{_landed('2', step)}: a repelling fixed point (floats leave it)"
        if z == 0 and a > 0:
            grew = any(abs(late) > abs(early) for early, late in itertools.pairwise(orbit))
            stays = "" if a <= 1 else " (floats leave it)"
            return Phase.CATAPULT if grew else Phase.MONOTONIC, None, f"{_landed('0', step)}: a minimum{stays}"
        if z in orbit[:-1]:
            before = orbit.index(z)
            period, where = step - before, f"z from step {before} on" if before else "z₀"
            return Phase.PERIODIC, period, f"{where} lies on a cycle of period {period}, exactly (floats may leave it)"
        if not isinstance(a, Fraction) or _bits(z) > _PREIMAGE_BITS:
            return None
        total = Fraction(0)
        coefficients: tuple[Fraction, ...] = residual_family().at(a)
        for coefficient in reversed(coefficients):
            total = total * z + coefficient
        orbit.append(total)
    return None


def _landed(point: str, step: int) -> str:
    return f"z = {point} exactly at step {step}" if step else f"z₀ = {point} exactly"


def _bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


def _negative(a: Fraction | RealAlgebraic) -> Fraction | RealAlgebraic:
    return -a if isinstance(a, Fraction) else a.affine(-1)


# --- problems with data -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SampleClassification(Shown):
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

    def _line(self) -> str:
        return f"sample {self.index}, {self.classification}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StepBoundary(Shown):
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
        """The step size with up to ``digits`` digits after the point, cut and never rounded up: it is in the phase.

        Raises
        ------
        InputError
            For digits that are not an integer from 0 to 100 000.
        """
        check_digits(digits)
        if self.value is not None:
            lower, upper = self.value.enclose(4 * digits + 128)
        else:
            lower, upper = self.bounds
            digits = min(digits, int(1 / (upper - lower)).bit_length() // 3 + 2)  # more than the width allows
        while digits and lower * 10**digits // 1 != upper * 10**digits // 1:
            digits -= 1
        return round_decimal(Fraction(lower * 10**digits // 1, 10**digits), digits)

    def __float__(self) -> float:
        return float(self.value) if self.value is not None else float(sum(self.bounds) / 2)

    def _line(self) -> str:
        return f"{self.boundary.name}, step size {self._told()} [{self.boundary.certainty}]"

    def _told(self) -> str:
        """The step size as it is, or its first digits."""
        exact = self.value
        return number_text(exact.interval[0]) if exact is not None and exact.is_rational else f"{self.decimal()}…"

    def _repr_html_(self) -> str:
        facts = [
            ("step size", self._told()),
            ("certainty", level_html(self.boundary.certainty)),
            (formula_text(self.boundary.family.parameter), escape(self.boundary._digits().removeprefix("= "))),
        ]
        return facts_table(f"<strong>{text_html(self.boundary.name)}</strong>", facts)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ProblemClassification(Shown):
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
        if instance(phase, Phase, "phase", "as Phase.CATAPULT") not in ends:
            return None
        kind, period = ends[phase]
        for each in self.boundaries:
            if each.boundary.kind is kind and (period is None or each.boundary.period == period):
                return each
        return None

    def __iter__(self) -> Iterator[SampleClassification]:
        return iter(self.samples)

    def _line(self) -> str:
        period = f" (period {self.period})" if self.period else ""
        return (
            f"{self.phase}{period} at step size {number_text(self.step_size)}, "
            f"{count_text(len(self.samples), 'sample')}, largest a = {number_text(self.leading.scale)}"
        )

    def _repr_html_(self) -> str:
        rows = (
            (
                str(each.index),
                text_html(number_text(each.scale)),
                text_html(each.classification.label),
                level_html(each.classification.certainty),
            )
            for each in sorted(self.samples, key=lambda sample: -sample.scale)
        )
        ends = (
            (text_html(end.boundary.name), end._told(), level_html(end.boundary.certainty)) for end in self.boundaries
        )
        caption = (
            f"{text_html(self.model.name)} at step size {number_text(self.step_size)}: "
            f"<strong>{text_html(self.phase)}</strong>{f', period {self.period}' if self.period else ''}"
        )
        return rows_table(caption, ("sample", "a", "phase", "certainty"), rows, total=len(self.samples)) + rows_table(
            "Where the whole problem changes its phase",
            ("boundary", "step size", "certainty"),
            ends,
            total=len(self.boundaries),
        )


def step_boundaries(scale_per_step: Fraction, boundaries: Sequence[Boundary] | None = None) -> tuple[StepBoundary, ...]:
    """Turn the boundaries in a into boundaries in the step size.

    Parameters
    ----------
    scale_per_step : Fraction
        a/η > 0 of the sample that meets the boundaries first.
    boundaries : sequence of Boundary, optional
        In units of a; those of the residual map when left out (see :func:`model_boundaries`).

    Returns
    -------
    tuple of StepBoundary
        In phase order, without the trivial start at a = 0.

    Raises
    ------
    InputError
        For a scale that is no finite number > 0.
    """
    scale_per_step = positive_rational(scale_per_step, "scale_per_step")
    found = []
    advice = "take them from find_boundaries"
    given = residual_boundaries() if boundaries is None else boundaries
    for each in sequence(given, "boundaries", "must be a sequence of Boundary objects", advice):
        boundary = instance(each, Boundary, "boundaries", advice)
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


def model_boundaries(model: Model) -> Sequence[Boundary]:
    """Return the phase boundaries that belong to a model, in units of its a.

    Parameters
    ----------
    model : Model
        One that reduces to the residual map, or linear regression (a prediction that is linear in the weights, such as
        phase retrieval with γ = 0).

    Returns
    -------
    sequence of Boundary
        Of linear regression only two: the residual is multiplied by 1 − 2a in every step.

    Certainty
    ---------
    Exact, or as each boundary says.

    Raises
    ------
    InputError
        Naming what fails, for a model that reduces to neither.

    Examples
    --------
    >>> [str(boundary) for boundary in model_boundaries(PhaseRetrieval(gamma=0, c=1))]
    ['0', '1']
    """
    if not isinstance(model, Model):
        raise InputError("model", model, "must be a model", "give PhaseRetrieval(gamma=2, c=0), for example")
    multiplier = _linear_multiplier(model)
    return residual_boundaries() if multiplier is None else _linear_boundaries(multiplier)


@lru_cache(maxsize=256)
def _linear_multiplier(model: Model) -> tuple[Fraction, Fraction] | None:
    """m₀, m₁ of the multiplier m₀ + m₁a of linear regression's residual; None for the residual map."""
    derivation = derive(model)
    if derivation.family is not None and derivation.family.rows == residual_family().rows:
        return None
    if derivation.residual_map is not None:
        following = Poly(derivation.steps[-1].after, SYMBOLS.e, SYMBOLS.a)
        if set(following.monoms()) <= {(1, 0), (1, 1)}:
            pair = [following.coeff_monomial(SYMBOLS.e * SYMBOLS.a**power) for power in (0, 1)]
            return Fraction(str(pair[0])), Fraction(str(pair[1]))
    raise InputError(
        "model",
        model.name,
        "does not reduce to the residual map of quadratic regression",
        derivation.obstruction or "its residual follows another map: use derive and find_boundaries on it",
    )


@cache
def _linear_boundaries(multiplier: tuple[Fraction, Fraction]) -> tuple[Boundary, ...]:
    constant, slope = multiplier
    return tuple(
        Boundary(
            kind=kind,
            value=RealAlgebraic.rational((value - constant) / slope),
            period=1,
            multiplier=value,
            certainty=Certainty.EXACT,
            before=before,
            after=after,
            evidence=f"linear regression: the residual's multiplier is {value} there",
            family=residual_family(),  # lends the name of its parameter
        )
        for kind, value, before, after in (
            (BoundaryKind.STABILITY, 1, "no attraction to this fixed point", "monotonic"),
            (BoundaryKind.MONOTONE_END, -1, "monotonic", "divergent"),
        )
    )


def _classify_linear(a: Fraction, multiplier: tuple[Fraction, Fraction]) -> Classification:
    """Linear regression: e ← m e with m = m₀ + m₁a decides everything."""
    nearest, distance = _nearest(a, _linear_boundaries(multiplier))
    factor = multiplier[0] + multiplier[1] * a
    said = f"linear regression: every step multiplies the residual by {show_number(factor)}"
    phase, period = Phase.MONOTONIC, None
    if factor == 1:
        phase, said = Phase.DEGENERATE, f"{said}, so that nothing moves"
    elif factor == -1:
        phase, period, said = Phase.PERIODIC, 2, f"{said}: it changes sign for ever, and the loss stays as it is"
    elif abs(factor) > 1:
        phase, said = Phase.DIVERGENT, f"{said}, which is beyond ±1: every start but a minimum diverges"
    else:
        said = f"{said}, which is within ±1: the loss falls in every step"
    return Classification(
        parameter=a,
        phase=phase,
        period=period,
        certainty=Certainty.EXACT,
        evidence=(said,),
        entropy_positive=Verdict.REFUTED,
        in_window=False,
        searched_period=None,
        nearest=nearest,
        distance=distance,
    )


def _classify_problem(model: Model, data: DataSet, step_size: Fraction, max_period: int) -> ProblemClassification:
    multiplier = _linear_multiplier(model)
    model.weight_shape(data.dimension)  # refuses features that the model does not take
    known = model.target
    if known.is_Rational and any(Fraction(float(y)) != Fraction(int(known.p), int(known.q)) for y in data.targets):
        raise InputError(
            "data", data.name, f"must have the model's own target {known}", "leave the model's target open"
        )
    coherence = data.orthogonal_coherence()
    count = data.samples
    samples = []
    for index, (norm, target) in enumerate(zip(data.norms_squared, data.targets, strict=True)):
        a = model.scale_at(norm, float(target), count, step_size)
        placed = _classify_parameter(a, None, max_period) if multiplier is None else _classify_linear(a, multiplier)
        samples.append(SampleClassification(index=index, scale=a, classification=placed))
    largest = max(sample.scale for sample in samples)
    worst = max((s.classification.phase for s in samples), key=_SEVERITY.index)
    periods = [s.classification.period for s in samples if s.classification.phase is Phase.PERIODIC]
    known = [p for p in periods if p is not None]
    return ProblemClassification(
        model=model,
        step_size=step_size,
        samples=tuple(samples),
        coherence=coherence,
        boundaries=step_boundaries(largest / step_size, model_boundaries(model)) if largest > 0 else (),
        phase=worst,
        period=math.lcm(*known) if worst is Phase.PERIODIC and len(known) == len(periods) else None,
    )
