"""Exact parameters and step sizes inside a phase, or at a distance from a boundary."""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, Final, Literal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from symphase.algebraic import RealAlgebraic
from symphase.arguments import flag, one_of, to_float, whole
from symphase.atlas import build_atlas
from symphase.enclosures import Verdict
from symphase.errors import InputError
from symphase.formulas import exact_rational
from symphase.models import Model
from symphase.phases import (
    Classification,
    Phase,
    StepBoundary,
    classify,
    model_boundaries,
    residual_boundaries,
    residual_family,
)
from symphase.strategies.rationals import Exact, as_strategy, fractions_between, interval, several
from symphase.thresholds import Boundary, BoundaryKind

__all__ = ["PHASES", "classified", "margin_of", "parameters", "phase_of", "step_sizes"]

Side = Literal["below", "above", "either"]
Place = Boundary | StepBoundary | RealAlgebraic | BoundaryKind | Exact
Interval = tuple[Fraction, Fraction]

PHASES: Final = (Phase.MONOTONIC, Phase.CATAPULT, Phase.PERIODIC, Phase.CHAOTIC, Phase.DIVERGENT)
_DRAWN: Final = (*PHASES, Phase.FLOOR)
_TOP: Final = Fraction(3)
_CASCADE: Final = 64
_WINDOWS: Final = 8
_BITS: Final = 96
_BEYOND: Final = (Fraction(1, 1000), Fraction(1, 10))


@lru_cache(maxsize=4096)
def classified(a: Fraction) -> Classification:
    """Classify a parameter; the draws of a test come back to the same ones."""
    return classify(a)


def phase_of(value: object, argument: str) -> Phase:
    """Read one of the phases that parameters can be drawn in."""
    accepted = {str(phase): phase for phase in _DRAWN}
    found = accepted.get(value) if isinstance(value, str) else value
    if not isinstance(found, Phase) or found not in _DRAWN:
        names = ", ".join(f"Phase.{phase.name}" for phase in _DRAWN)
        raise InputError(argument, value, f"must be one of {names}", "see symphase.Phase")
    return found


def margin_of(value: object) -> Fraction:
    """Read a distance to keep."""
    margin = exact_rational(value, "margin")
    if margin < 0:
        raise InputError("margin", value, "must be a number ≥ 0", "leave it out for none")
    return margin


def parameters(
    *,
    phase: Phase | str | Iterable[Phase | str] | SearchStrategy[Phase] | None = None,
    period: int | None = None,
    windows: bool = False,
    margin: Exact = 0,
    near: Place | None = None,
    distance: tuple[Exact, Exact] | None = None,
    side: Side = "either",
    within: tuple[Exact, Exact] | None = None,
    max_denominator: int | None = None,
    dyadic: bool = False,
) -> SearchStrategy[Fraction]:
    """Draw exact parameters a of the residual map: in a phase, near a boundary, or anywhere in an interval.

    Parameters
    ----------
    phase : Phase, its name, several of them, or strategy, optional
        MONOTONIC, CATAPULT, PERIODIC, CHAOTIC, DIVERGENT (up to a = 3) or FLOOR (−2 < a < 0).  PERIODIC means the
        doublings before the onset of chaos, unless a period is asked for; CHAOTIC means positive entropy, and that no
        attracting cycle of period ≤ 64 was found.
    period : int, optional
        With PERIODIC: the period of the attracting cycle, which is certified.  From 2 to 8, periodic windows beyond the
        onset included, or 16, 32 or 64 before it.
    windows : bool
        With CHAOTIC: accept parameters inside periodic windows, too, where the entropy is positive all the same.
    margin : exact number ≥ 0
        Least distance from the boundaries at both ends of the phase (with a period: of its window).
    near : Boundary, StepBoundary, BoundaryKind, RealAlgebraic or number, optional
        Instead of ``phase``: what to stay near to.  Boundaries of any family are accepted; a kind means the residual
        map's own.
    distance : (exact number, exact number), optional
        With ``near``: least and largest distance from it, certified; (1/1000, 1/10) when left out.
    side : "below", "above" or "either"
        With ``near``: on which side.
    within : (exact number, exact number), optional
        The closed interval that all are drawn from; (−5/2, 3) without a phase and without a boundary.
    max_denominator : int ≥ 1, optional
        As large as the interval needs when left out, and at least 1024.
    dyadic : bool
        Whether to draw only fractions p/2^k, which floats hold exactly.

    Returns
    -------
    SearchStrategy of Fraction
        Small denominators come first, and failures shrink to them.

    Certainty
    ---------
    As that of :func:`symphase.classify`: sides of boundaries exact, cycles certified; the absence of an attracting
    cycle is a search.  Distances are certified.

    Raises
    ------
    InputError
        For arguments that are not as above or do not go together, and where nothing is left to draw from.

    Examples
    --------
    >>> from hypothesis import find
    >>> from symphase import BoundaryKind, Phase
    >>> for phase in ("monotonic", "catapult", "periodic", "chaotic", "divergent"):
    ...     print(phase, find(parameters(phase=phase, margin="1/100"), lambda a: True))
    monotonic 1/2
    catapult 6/7
    periodic 5/4
    chaotic 3/2
    divergent 5/2
    >>> print(find(parameters(phase=Phase.PERIODIC, period=3), lambda a: True))
    16/11
    >>> print(find(parameters(near=BoundaryKind.ESCAPE, distance=(0, "1/100"), side="above"), lambda a: a > 2))
    257/128
    """
    chosen = None if within is None else interval(within, "within")
    flag(dyadic, "dyadic")
    flag(windows, "windows")
    largest = None if max_denominator is None else whole(max_denominator, "max_denominator", least=1)
    settings: dict[str, Any] = {"max_denominator": largest, "dyadic": dyadic}
    period = _period_of(period)
    edge = margin_of(margin)
    one_of(side, ("below", "above", "either"), "side", "the default is either")
    if near is not None:
        unused = {"phase": phase is not None, "period": period is not None, "windows": windows, "margin": edge > 0}
        _refuse(unused, "does not go with near", "distance and side say where to draw")
        return _near(near, _BEYOND if distance is None else interval(distance, "distance"), side, chosen, settings)
    if distance is not None or side != "either":
        _refuse({"distance": distance is not None, "side": True}, "goes with near alone", "say near which boundary")
    if isinstance(phase, SearchStrategy):
        return phase.flatmap(lambda drawn: _in_phase(phase_of(drawn, "phase"), period, windows, edge, chosen, settings))
    if phase is None:
        unused = {"period": period is not None, "windows": windows, "margin": edge > 0}
        _refuse(unused, "goes with a phase alone", "say which phase")
        lower, upper = chosen or (Fraction(-5, 2), _TOP)
        return fractions_between(lower, upper, **settings, argument="max_denominator")
    accepted, advice = "must be a phase, its name, or several of them", "as Phase.CHAOTIC"
    named = [phase] if isinstance(phase, (Phase, str)) else several(phase, "phase", accepted, advice, most=64)
    return st.one_of([_in_phase(phase_of(each, "phase"), period, windows, edge, chosen, settings) for each in named])


def _refuse(arguments: dict[str, bool], said: str, advice: str) -> None:
    """Refuse the first argument that was given and has no effect."""
    for name, is_given in arguments.items():
        if is_given:
            raise InputError(name, "given", said, advice)


def _period_of(value: object) -> int | None:
    wanted = (None, *range(2, _WINDOWS + 1), 16, 32, _CASCADE)
    found = int(value) if isinstance(value, numbers.Integral) and not isinstance(value, bool) else value
    if not isinstance(found, (int, type(None))) or found not in wanted:
        raise InputError("period", value, f"must be an integer from 2 to {_WINDOWS}, or 16, 32 or 64", "as period=3")
    return found


def _in_phase(
    phase: Phase, period: int | None, windows: bool, margin: Fraction, within: Interval | None, settings: dict[str, Any]
) -> SearchStrategy[Fraction]:
    if period is not None and phase is not Phase.PERIODIC:
        raise InputError("period", period, f"goes with the periodic phase alone, not with {phase}", "leave it out")
    if windows and phase is not Phase.CHAOTIC:
        raise InputError("windows", windows, f"goes with the chaotic phase alone, not with {phase}", "leave it out")
    pieces = _phase_intervals(phase) if period is None else _period_intervals(period)
    inside = [(low + margin, high - margin) for low, high in pieces if high - low > 2 * margin]
    if not inside:
        widest = max(high - low for low, high in pieces)
        said = f"must be less than {float(widest / 2):.3g} here: the widest range is {float(widest):.3g}"
        raise InputError("margin", margin, said, "give a smaller margin")
    if within is not None:
        cut = [(max(low, within[0]), min(high, within[1])) for low, high in inside]
        inside = [(low, high) for low, high in cut if low <= high]
        if phase is Phase.CHAOTIC and not windows:
            inside = [ends for ends in inside if not _is_in_a_window(ends)]
        if not inside:
            said = f"holds nothing of the {phase} phase{f' of period {period}' if period else ''}"
            raise InputError("within", [str(end) for end in within], said, "give another interval")

    def keeps(a: Fraction) -> bool:
        answer = classified(a)
        if windows:
            return answer.entropy_positive is Verdict.PROVED
        return answer.phase is phase and (period is None or answer.period == period)

    found = [fractions_between(*each, **settings, argument="max_denominator") for each in inside]
    return st.one_of(found).filter(keeps)


@cache
def _phase_intervals(phase: Phase) -> tuple[Interval, ...]:
    """Where a phase may be: between bounds of its boundaries, on the inner side of both."""
    boundaries = residual_boundaries()

    def bounds(kind: BoundaryKind, period: int | None = None) -> Interval:
        return boundaries.require(kind, period).enclose(_BITS)

    monotone, flip = bounds(BoundaryKind.MONOTONE_END), bounds(BoundaryKind.FLIP, 1)
    onset, escape = bounds(BoundaryKind.ONSET), bounds(BoundaryKind.ESCAPE)
    return {
        Phase.FLOOR: ((Fraction(-2), Fraction(0)),),
        Phase.MONOTONIC: ((Fraction(0), monotone[0]),),
        Phase.CATAPULT: ((monotone[1], flip[0]),),
        Phase.PERIODIC: ((flip[1], onset[0]),),
        Phase.CHAOTIC: ((onset[1], escape[0]),),
        Phase.DIVERGENT: ((escape[1], _TOP),),
    }[phase]


def _is_in_a_window(ends: Interval) -> bool:
    """Whether one cycle of a short period is known to attract in all of an interval, which then holds no chaos."""
    periods = {classified(end).period for end in ends}
    period = periods.pop()
    if periods or period is None or not 2 <= period <= _WINDOWS:
        return False
    return any(low <= ends[0] and ends[1] <= high for low, high in _period_intervals(period))


@cache
def _period_intervals(period: int) -> tuple[Interval, ...]:
    """Where an attracting cycle of one period is certified, the widest range first."""
    if period > _WINDOWS:
        flips = {box.period: box.parameter for box in residual_boundaries().cascade(_CASCADE)}
        return ((flips[period // 2][1], flips[period][0]),)
    found = build_atlas(residual_family(), period, workers=1).of_period(period)
    stable = [(window.birth[1], window.flip[0]) for window in found]
    return tuple(sorted(stable, key=lambda ends: ends[0] - ends[1]))


def _near(
    near: Place, distance: Interval, side: Side, within: Interval | None, settings: dict[str, Any]
) -> SearchStrategy[Fraction]:
    least, largest = distance
    if least < 0:
        raise InputError("distance", [str(end) for end in distance], "must be two numbers ≥ 0", "side says which way")
    lower, upper = _bounds_of(near, largest - least)
    below = (upper - largest, lower - least)
    above = (upper + least, lower + largest)
    wanted = {"below": [below], "above": [above], "either": [below, above]}[side]
    if within is not None:
        wanted = [(max(low, within[0]), min(high, within[1])) for low, high in wanted]
    found = [ends for ends in wanted if ends[0] <= ends[1]]
    if not found:
        if within is not None:
            raise InputError("within", [str(end) for end in within], "leaves nothing at this distance", "widen it")
        said = f"must be further apart than the bracket of the boundary, {float(upper - lower):.2g}"
        raise InputError("distance", [str(end) for end in distance], said, "give a larger second number")
    return st.one_of([fractions_between(*each, **settings, argument="max_denominator") for each in found])


def _bounds_of(near: Place, width: Fraction) -> Interval:
    """Certified bounds of a place, narrow beside a width."""
    bits = max(_BITS, 8 + (width.denominator // max(width.numerator, 1)).bit_length())
    if isinstance(near, BoundaryKind):
        near = residual_boundaries().require(near)
    if isinstance(near, StepBoundary):
        return near.value.enclose(bits) if near.value is not None else near.bounds
    if isinstance(near, (Boundary, RealAlgebraic)):
        return near.enclose(bits)
    try:
        exact = exact_rational(near, "near")
    except InputError as problem:
        said = "must be a boundary, its kind, an algebraic or a rational number"
        raise InputError("near", problem.value, said, "as BoundaryKind.ESCAPE") from None
    to_float(exact, "near")
    return exact, exact


def step_sizes(
    model: Model,
    *,
    norm_squared: Exact | SearchStrategy[Any] = 1,
    target: Exact | SearchStrategy[Any] = 1,
    samples: int | SearchStrategy[int] = 1,
    **where: Any,
) -> SearchStrategy[Fraction]:
    """Draw exact step sizes η of w ← w − η∇L that put one sample into a phase, or near a boundary.

    Parameters
    ----------
    model : Model
        With numbers for its parameters, and one that reduces to the residual map.
    norm_squared : number > 0 or strategy
        ‖x‖² of the sample; 1 for models of one weight.
    target : number or strategy
        y of the sample.
    samples : int ≥ 1 or strategy
        n of the mean.
    **where
        What :func:`parameters` takes: ``phase``, ``period``, ``near``, ``distance``, …, all in units of a.

    Returns
    -------
    SearchStrategy of Fraction
        η > 0, with ``model.scale_at(norm_squared, target, samples, η)`` equal to the a that was drawn.

    Certainty
    ---------
    Exact.

    Raises
    ------
    InputError
        For a model that does not reduce to the residual map, a label that no step size takes to the phase (a has the
        sign of the label's distance from what the model can reach), and as :func:`parameters`.

    Examples
    --------
    >>> from hypothesis import find
    >>> from symphase import OneWeight, Phase, PhaseRetrieval
    >>> print(find(step_sizes(OneWeight(), target=2, phase=Phase.DIVERGENT), lambda eta: True))
    5/4
    >>> print(find(step_sizes(PhaseRetrieval(gamma=2, c=0), phase="catapult"), lambda eta: True))
    1/2
    """
    if len(model_boundaries(model)) != len(residual_boundaries()):
        raise InputError("model", model.name, "is linear regression, without these phases", "as PhaseRetrieval()")
    if "phase" not in where and "near" not in where and "within" not in where:
        where = {"phase": PHASES, **where}
    scales = parameters(**where)
    if not any(isinstance(value, SearchStrategy) for value in (norm_squared, target, samples)):
        unit = model.scale_at(norm_squared, target, samples, 1)
        _check_reach(unit, where.get("phase"), target)

    @st.composite
    def drawn(draw: st.DrawFn) -> Fraction:  # not mapped by a function: Hypothesis shows what a composite returns
        square, label, count = (draw(as_strategy(value)) for value in (norm_squared, target, samples))
        rate = model.scale_at(square, label, count, 1)
        _check_reach(rate, where.get("phase"), label)
        return draw(scales.filter(lambda a: a * rate > 0)) / rate

    return drawn()


def _check_reach(unit: Fraction, phase: Any, target: object) -> None:
    """Refuse labels whose a has the other sign than the phase, whatever the step size."""
    out = phase in (Phase.FLOOR, str(Phase.FLOOR))
    if unit == 0 or ((unit < 0) != out and phase is not None):
        where = "out of reach, so that a < 0" if unit < 0 else "within reach, so that a > 0" if unit else "at a = 0"
        said = f"lies {where} at every step size"
        raise InputError("target", target, said, "give a label on the other side, or another phase")
