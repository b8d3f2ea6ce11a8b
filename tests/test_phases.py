"""Phases: every side of every boundary is decided exactly, and nothing more is claimed than was decided."""

from __future__ import annotations

import dataclasses
import functools
import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from knob import trials

from symphase.algebraic import RealAlgebraic
from symphase.boundaries import BoundaryKind
from symphase.enclosures import Certainty, Verdict
from symphase.errors import InputError
from symphase.models import OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork
from symphase.phases import (
    MAX_PERIOD,
    Phase,
    ProblemClassification,
    classify,
    model_boundaries,
    residual_boundaries,
    residual_family,
    show_number,
    step_boundaries,
)
from symphase.tables import DataSet, dataset

PLAIN = PhaseRetrieval(gamma=2, c=0)
MIXED = PhaseRetrieval(gamma="1/2", c="3/4")
LINEAR = PhaseRetrieval(gamma=0, c="3/2")

RATIONAL = st.fractions(min_value=-3, max_value=3, max_denominator=10**6)


# ---------------------------------------------------------------------------------------------------- a second opinion


def f(a: Any, z: Any) -> Any:
    return z * z * z + (a - 2) * z * z + (1 - 2 * a) * z


def slope(a: Any, z: Any) -> Any:
    return 3 * z * z + 2 * (a - 2) * z + 1 - 2 * a


def context(digits: int = 60) -> Any:
    private = mpmath.MPContext()
    private.dps = digits
    return private


def as_mpf(value: Fraction, digits: int = 60) -> Any:
    return context(digits).mpf(value.numerator) / value.denominator


def as_fraction(value: Any) -> Fraction:
    sign, mantissa, exponent, _ = value._mpf_
    exact = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -exact if sign else exact


def settled(a: Fraction, *, steps: int = 3000, longest: int = 40) -> int | None:
    """Period on which the orbit of the free critical point settles, by plain iteration."""
    number = as_mpf(a, 40)
    z = (1 - 2 * number) / 3
    for _ in range(steps):
        z = f(number, z)
    orbit = [z]
    for _ in range(2 * longest):
        orbit.append(f(number, orbit[-1]))

    def repeats(period: int, tolerance: float) -> bool:
        return all(abs(orbit[k + period] - orbit[k]) < tolerance for k in range(longest))

    for period in range(1, longest + 1):
        if repeats(period, 1e-12):
            if period % 2 == 0 and repeats(period // 2, 1e-6):
                return None  # beside a flip the doubled period seems to settle first
            multiplier = number**0
            for z in orbit[:period]:
                multiplier *= slope(number, z)
            return period if abs(multiplier) < 1 else None  # at a = 2 it sits on a repelling point
    return None


@functools.cache
def flip_of_period_four() -> Fraction:
    """The 4 → 8 flip to 50 digits, from its own equations and a rough start."""
    private = context(60)

    def equations(z0: Any, z1: Any, z2: Any, z3: Any, a: Any) -> list[Any]:
        points = [z0, z1, z2, z3]
        product = private.mpf(1)
        for z in points:
            product *= slope(a, z)
        return [*(f(a, z) - points[(k + 1) % 4] for k, z in enumerate(points)), product + 1]

    number = private.mpf("1.28")
    z = (1 - 2 * number) / 3
    for _ in range(4000):
        z = f(number, z)
    start = [z]
    for _ in range(3):
        start.append(f(number, start[-1]))
    found = private.findroot(equations, [*start, private.mpf("1.288")], tol=1e-50, maxsteps=60)
    return as_fraction(found[4])


@functools.cache
def birth_of_the_three_cycle() -> Fraction:
    private = context(60)

    def equations(z: Any, a: Any) -> list[Any]:
        first, second = f(a, z), f(a, f(a, z))
        return [f(a, second) - z, slope(a, z) * slope(a, first) * slope(a, second) - 1]

    found = private.findroot(equations, [private.mpf("-0.6"), private.mpf("1.4505")], tol=1e-50, maxsteps=60)
    return as_fraction(found[1])


def beyond(kind: BoundaryKind, period: int | None, a: Fraction) -> bool:
    """Whether a lies beyond a boundary: signs of integer polynomials; the last two by 50-digit numbers."""
    if kind is BoundaryKind.STABILITY:
        return a > 0
    if kind is BoundaryKind.MONOTONE_END:
        return (a + 2) ** 2 > 8
    if kind is BoundaryKind.CRISIS:
        return 4 * (a + 1) ** 2 > 27
    if kind is BoundaryKind.ESCAPE:
        return a > 2
    if kind is BoundaryKind.FLIP and period == 1:
        return a > 1
    if kind is BoundaryKind.FLIP and period == 2:
        return (a + 1) ** 2 > 5
    other = flip_of_period_four() if kind is BoundaryKind.FLIP else birth_of_the_three_cycle()
    assert abs(a - other) > Fraction(1, 10**45)
    return a > other


SHARP = [b for b in residual_boundaries() if b.kind is not BoundaryKind.ONSET]
SIDES = {
    BoundaryKind.STABILITY: ((Phase.FLOOR, None), (Phase.MONOTONIC, None)),
    BoundaryKind.MONOTONE_END: ((Phase.MONOTONIC, None), (Phase.CATAPULT, None)),
    BoundaryKind.CRISIS: ((Phase.CHAOTIC, None), (Phase.CHAOTIC, None)),
    BoundaryKind.ESCAPE: ((Phase.CHAOTIC, None), (Phase.DIVERGENT, None)),
}
FLIPS = {
    1: ((Phase.CATAPULT, None), (Phase.PERIODIC, 2)),
    2: ((Phase.PERIODIC, 2), (Phase.PERIODIC, 4)),
    4: ((Phase.PERIODIC, 4), (Phase.PERIODIC, 8)),
}


def neighbours(value: float) -> list[float]:
    found = [value]
    for _ in range(2):
        found = [math.nextafter(found[0], -math.inf), *found, math.nextafter(found[-1], math.inf)]
    return found


# ------------------------------------------------------------------------------------------------- sides of boundaries


def test_all_boundaries_that_the_phases_rest_on_are_there() -> None:
    kinds = [(b.kind, b.period) for b in residual_boundaries()]
    for wanted in [
        (BoundaryKind.STABILITY, 1),
        (BoundaryKind.MONOTONE_END, None),
        (BoundaryKind.FLIP, 1),
        (BoundaryKind.FLIP, 2),
        (BoundaryKind.FLIP, 4),
        (BoundaryKind.ONSET, None),
        (BoundaryKind.TANGENCY, 3),
        (BoundaryKind.CRISIS, None),
        (BoundaryKind.ESCAPE, None),
    ]:
        assert wanted in kinds


@pytest.mark.parametrize("boundary", SHARP, ids=lambda b: b.name)
def test_the_five_floats_around_a_boundary_fall_on_its_right_side(boundary: Any) -> None:
    decided = []
    for number in neighbours(float(boundary)):
        a = Fraction(number)
        if a == 0:
            assert classify(number).phase is Phase.DEGENERATE
            continue
        past = beyond(boundary.kind, boundary.period, a)
        decided.append(past)
        if boundary.kind is BoundaryKind.TANGENCY:
            assert (boundary.compare(a) < 0) == past
            if past:  # before it there is nothing to be certified, and trying takes long
                answer = classify(number)
                assert (answer.phase, answer.period, answer.in_window) == (Phase.PERIODIC, 3, True)
            continue
        sides = FLIPS[boundary.period] if boundary.kind is BoundaryKind.FLIP else SIDES[boundary.kind]
        answer = classify(number)
        assert (answer.phase, answer.period) == sides[past]
        assert answer.nearest.kind is boundary.kind
        lower, upper = answer.distance
        assert (upper < 0) if past else (lower >= 0)
    if not boundary.algebraic or not boundary.algebraic.is_rational:
        assert set(decided) == {True, False}  # the five floats do straddle it


def test_floats_nearest_to_two_boundaries_lie_above_them() -> None:
    # the doubles nearest to 2√2 − 2 and √5 − 1 are larger: a decision by float(boundary) would get them wrong
    assert classify(2 * 2**0.5 - 2).phase is Phase.CATAPULT
    assert classify(5**0.5 - 1).period == 4


@pytest.mark.parametrize(
    ("coefficients", "lower", "phase", "period"),
    [
        ([-4, 4, 1], 0, Phase.MONOTONIC, None),  # (a + 2)² = 8
        ([-1, 1], 1, Phase.CATAPULT, None),
        ([-4, 2, 1], 1, Phase.PERIODIC, 2),  # (a + 1)² = 5
        ([-2, 1], 2, Phase.CHAOTIC, None),
    ],
)
def test_phases_are_closed_at_their_upper_end(
    coefficients: list[int], lower: int, phase: Phase, period: int | None
) -> None:
    here = RealAlgebraic(coefficients, Fraction(lower), Fraction(lower if len(coefficients) == 2 else 2))
    at = classify(here)
    assert (at.phase, at.period) == (phase, period)
    assert at.distance[0] <= 0 <= at.distance[1]
    assert at.distance_decimal(50) == "0." + 50 * "0"
    assert at.relative_distance == pytest.approx(0, abs=1e-30)
    tiny = Fraction(1, 2**200)
    low, high = here.enclose(210)
    assert (classify(low - tiny).phase, classify(low - tiny).period) == (phase, period)
    past = classify(high + tiny)
    assert (past.phase, past.period) != (phase, period)
    assert (classify(here.affine(1, tiny)).phase, classify(here.affine(1, -tiny)).phase) == (past.phase, phase)


def test_integers_on_boundaries() -> None:
    assert [classify(a).phase for a in (-2, 0, 1, 2, 3)] == [
        Phase.DIVERGENT,
        Phase.DEGENERATE,
        Phase.CATAPULT,
        Phase.CHAOTIC,
        Phase.DIVERGENT,
    ]


@pytest.mark.parametrize(
    ("a", "phase", "period", "certainty"),
    [
        ("1e-300", Phase.MONOTONIC, None, Certainty.EXACT),
        ("1/2", Phase.MONOTONIC, None, Certainty.EXACT),
        ("0.9", Phase.CATAPULT, None, Certainty.EXACT),
        ("1.1", Phase.PERIODIC, 2, Certainty.EXACT),
        ("1.25", Phase.PERIODIC, 4, Certainty.CERTIFIED),
        ("1.29", Phase.PERIODIC, 8, Certainty.CERTIFIED),
        ("1.3", Phase.PERIODIC, 16, Certainty.CERTIFIED),
        ("1.302", Phase.PERIODIC, 32, Certainty.CERTIFIED),
        ("1.3022", Phase.PERIODIC, 64, Certainty.CERTIFIED),
        ("1.5", Phase.CHAOTIC, None, Certainty.CERTIFIED),
        ("1.9", Phase.CHAOTIC, None, Certainty.CERTIFIED),
        ("2.0000000001", Phase.DIVERGENT, None, Certainty.EXACT),
        ("1e300", Phase.DIVERGENT, None, Certainty.EXACT),
        ("-1e-300", Phase.FLOOR, None, Certainty.EXACT),
        ("-1.99", Phase.FLOOR, None, Certainty.EXACT),
        ("-2.01", Phase.DIVERGENT, None, Certainty.EXACT),
    ],
)
def test_every_phase(a: str, phase: Phase, period: int | None, certainty: Certainty) -> None:
    answer = classify(a)
    assert (answer.phase, answer.period, answer.certainty) == (phase, period, certainty)
    assert answer.parameter == Fraction(a)
    assert answer.evidence
    assert all(answer.evidence)
    assert not answer.in_window
    wanted = Verdict.PROVED if Fraction(a) > Fraction("1.31") else Verdict.REFUTED
    assert answer.entropy_positive is wanted


def test_text_is_read_as_decimal_and_a_float_as_what_it_stores() -> None:
    assert classify("0.1").parameter == Fraction(1, 10)
    assert classify(0.1).parameter == Fraction(3602879701896397, 36028797018963968)
    assert classify(np.float32(0.1)).parameter == Fraction(13421773, 134217728)
    assert classify(np.int64(1)).parameter == 1
    assert classify(Fraction(5, 4)).period == 4


# -------------------------------------------------------------------------------------------------------------- windows


def test_1_455_lies_in_a_period_three_window_and_is_not_called_chaotic() -> None:
    answer = classify("1.455")
    assert (answer.phase, answer.period, answer.in_window) == (Phase.PERIODIC, 3, True)
    assert answer.certainty is Certainty.CERTIFIED
    assert answer.entropy_positive is Verdict.PROVED  # both are true there, and are different statements
    assert answer.cycle is not None
    assert answer.cycle.period == 3
    assert answer.cycle.is_attracting is Verdict.PROVED
    assert answer.searched_period == MAX_PERIOD
    assert "chaotic" not in str(answer).replace("a window in the chaotic range", "")
    assert settled(Fraction("1.455")) == 3
    number, (low, high) = as_mpf(Fraction("1.455")), answer.cycle.multiplier
    z = (1 - 2 * number) / 3
    for _ in range(2000):
        z = f(number, z)
    product = slope(number, z) * slope(number, f(number, z)) * slope(number, f(number, f(number, z)))
    assert as_mpf(low) < product < as_mpf(high)


@functools.cache
def superstable(period: int) -> list[Fraction]:
    """Parameters in (1.31, 2) at which the free critical point has a prime period: sign changes, then bisection."""
    grid = np.linspace(1.31, 2.0, 200_001)
    z = critical = (1 - 2 * grid) / 3
    for _ in range(period):
        z = f(grid, z)
    changes = np.flatnonzero(np.sign(z - critical)[1:] != np.sign(z - critical)[:-1])

    def value(a: Fraction) -> Any:
        number = as_mpf(a)
        start = point = (1 - 2 * number) / 3
        for _ in range(period):
            point = f(number, point)
        return point - start

    found = []
    for k in changes:
        low, high = Fraction(float(grid[k])), Fraction(float(grid[k + 1]))
        rising = value(low) < 0
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if (value(middle) < 0) == rising else (low, middle)
        found.append((low + high) / 2)
    return found


@pytest.mark.parametrize(("period", "count"), [(3, 4), (5, 24)])
def test_every_window_of_a_period_is_recognised_at_its_superstable_parameter(period: int, count: int) -> None:
    places = superstable(period)
    assert len(places) == count  # theory: 4 and 24 superstable parameters, all beyond the onset
    for a in places:
        answer = classify(a)
        assert (answer.phase, answer.period, answer.in_window) == (Phase.PERIODIC, period, True)
        assert answer.cycle is not None
        assert max(map(abs, answer.cycle.multiplier)) < Fraction(1, 100)
        assert answer.entropy_positive is Verdict.PROVED


def test_a_window_beyond_the_stated_search_is_not_denied() -> None:
    a = superstable(5)[7]
    short = classify(a, max_period=4)
    assert short.phase is Phase.CHAOTIC
    assert short.searched_period == 4
    assert any("period ≤ 4" in said and "no proof" in said for said in short.evidence)
    assert classify(a, max_period=5).period == 5


def test_the_cascade_inside_a_window_is_followed() -> None:
    # beyond the 3-cycle's own flip the window shows period 6: the midpoint is found from the multiplier alone
    low, high = birth_of_the_three_cycle(), Fraction("1.47")
    periods = [classify(low + (high - low) * Fraction(k, 40)).period for k in range(1, 40)]
    assert periods[0] == 3
    assert 6 in periods
    assert 12 in periods
    for period in (3, 6, 12):
        a = low + (high - low) * Fraction(1 + periods.index(period), 40)
        assert settled(a) == period


def test_irrational_parameters_in_windows_are_not_called_chaotic() -> None:
    # √(2.117) = 1.45499…, in the period-3 window; nothing can be iterated exactly there
    inside = RealAlgebraic([-2117, 0, 1000], Fraction(1), Fraction(2))
    answer = classify(inside)
    assert (answer.phase, answer.period, answer.certainty) == (Phase.PERIODIC, 3, Certainty.NUMERICAL)
    assert answer.entropy_positive is Verdict.PROVED
    assert answer.cycle is None
    assert "a rational number within" in answer.evidence[0]
    birth = residual_boundaries().require(BoundaryKind.TANGENCY).algebraic
    at = classify(birth)
    assert (at.phase, at.period, at.in_window) == (Phase.PERIODIC, 3, True)
    assert "multiplier 1" in at.evidence[0]
    assert classify(RealAlgebraic([-2, 0, 1], Fraction(1), Fraction(2))).phase is Phase.CHAOTIC  # √2


@pytest.mark.parametrize(("square", "period"), [("1.5", 2), ("1.6", 4), ("1.68", 8), ("1.6925", 16), ("1.695", 32)])
def test_irrational_parameters_in_the_cascade(square: str, period: int) -> None:
    number = Fraction(square)
    root = RealAlgebraic([-number.numerator, 0, number.denominator], Fraction(1), Fraction(2))
    answer = classify(root)
    assert (answer.phase, answer.period) == (Phase.PERIODIC, period)
    assert answer.entropy_positive is Verdict.REFUTED
    assert settled(root.enclose(128)[0], steps=20000) == period


# ------------------------------------------------------------------------------------------------- near the onset


def test_inside_the_bracket_of_the_onset_the_answer_is_undecided() -> None:
    bracket = residual_boundaries().require(BoundaryKind.ONSET).enclose()
    near = Fraction("1.3022834627007")  # twelve digits of a_∞
    assert bracket[0] < near < bracket[1]
    answer = classify(near)
    assert (answer.phase, answer.period) == (Phase.UNDECIDED, None)
    assert answer.entropy_positive is Verdict.UNDECIDED
    assert answer.nearest.kind is BoundaryKind.ONSET
    assert answer.distance[0] < 0 < answer.distance[1]
    assert answer.distance == (bracket[0] - near, bracket[1] - near)
    assert answer.distance_decimal(15) is None
    assert answer.distance_decimal(3) == "0.000"
    assert any("Feigenbaum" in said for said in answer.evidence)
    assert "onset of chaos" in " ".join(answer.evidence)


@pytest.mark.parametrize("offset", ["1e-6", "2e-6", "1e-5", "1e-4"])
def test_outside_the_bracket_the_side_of_the_onset_is_decided(offset: str) -> None:
    onset = Fraction("1.30228346270071")
    below, above = classify(onset - Fraction(offset)), classify(onset + Fraction(offset))
    assert below.phase is Phase.PERIODIC
    assert below.entropy_positive is Verdict.REFUTED
    assert below.period is None or below.period & (below.period - 1) == 0
    assert not below.in_window
    assert above.entropy_positive is Verdict.PROVED
    assert above.phase is Phase.CHAOTIC or above.in_window


def test_below_the_onset_an_undetermined_period_is_said_to_be_so() -> None:
    answer = classify(Fraction("1.302282"))
    assert answer.phase is Phase.PERIODIC
    assert answer.period is None
    assert "power of two" in answer.label
    assert answer.entropy_positive is Verdict.REFUTED


def test_inside_the_box_of_a_certified_flip_no_period_is_claimed() -> None:
    # the flip of period 64 is the cheapest to look at: no longer cycle is searched for
    box = list(residual_boundaries().cascade())[-1]
    assert box.period == 64
    inside = classify(sum(box.parameter, Fraction(0)) / 2)
    assert inside.phase is Phase.PERIODIC
    assert inside.period is None
    width = box.parameter[1] - box.parameter[0]
    assert not any("between" in said for said in inside.evidence)
    assert 0 < width < Fraction(1, 10**30)


# --------------------------------------------------------------------------------------------------- a ≤ 0, and starts


def test_labels_out_of_reach_are_classified_with_the_reason() -> None:
    below = classify("-0.5")
    assert below.phase is Phase.FLOOR
    assert "no weights fit the label" in below.evidence[0]
    z = as_mpf(Fraction(19, 10))
    previous = z
    for _ in range(200):
        z = f(as_mpf(Fraction(-1, 2)), z)
        assert 0.5 <= z <= previous  # monotonically to −a, as the evidence says
        previous = z
    assert abs(z - 0.5) < 1e-9
    assert classify(-2).phase is Phase.DIVERGENT
    assert classify(0).relative_distance is None
    assert classify(0).distance_in(Fraction(1)) == (math.inf, 0.0)


@pytest.mark.parametrize(
    ("a", "start", "phase", "said"),
    [
        ("1.1", "1", Phase.SADDLE, "z = −a exactly at step 1"),
        ("1.1", "-1.1", Phase.SADDLE, "z₀ = −a exactly"),
        ("1.1", "2", Phase.SADDLE, "z₀ = 2 exactly"),
        ("1.1", "2.000000000001", Phase.DIVERGENT, "z₀ > 2"),
        ("1.1", "0", Phase.MONOTONIC, "z₀ = 0 exactly"),
        ("2.5", "1", Phase.SADDLE, "z = −a exactly at step 1"),
        ("0.3", "3", Phase.DIVERGENT, "z₀ > 2"),
        ("-0.5", "0.5", Phase.FLOOR, "z₀ = −a exactly"),
        ("-0.5", "1.999", Phase.FLOOR, "no weights fit"),
        ("-0.5", "2", Phase.SADDLE, "z₀ = 2 exactly"),
        ("-0.5", "2.5", Phase.DIVERGENT, "z₀ > 2"),
        ("-3", "3", Phase.FLOOR, "z₀ = −a exactly"),
        ("-3", "3.001", Phase.DIVERGENT, "z₀ > 2"),
        ("-2", "2", Phase.FLOOR, "z₀ = −a exactly"),
        ("0", "0", Phase.FLOOR, "z₀ = −a exactly"),
        ("4/3", "5/3", Phase.MONOTONIC, "z = 0 exactly at step 1"),  # f(5/3) = 0 at a = 4/3, beyond the flip
        ("4/3", "-1", Phase.MONOTONIC, "z = 0 exactly at step 1"),
    ],
)
def test_starts_that_decide_by_themselves(a: str, start: str, phase: Phase, said: str) -> None:
    answer = classify(a, start=start)
    assert answer.phase is phase
    assert said in answer.evidence[0]
    assert answer.certainty is Certainty.EXACT
    # whatever the start, the entropy belongs to the parameter
    assert answer.entropy_positive is classify(a).entropy_positive


def test_a_start_on_an_exact_cycle() -> None:
    # z² + (a − 1)z + (1 − a) = 0 has rational roots where (a − 1)(a + 3) is a square: a = 3/2 gives (3/2)²
    a, z = Fraction(3, 2), Fraction(1, 2)
    assert (f(a, z), f(a, f(a, z))) == (-1, z)
    answer = classify(a, start=z)
    assert (answer.phase, answer.period, answer.certainty) == (Phase.PERIODIC, 2, Certainty.EXACT)
    assert "a cycle of period 2, exactly" in answer.evidence[0]
    assert classify(a, start="1/3").phase is classify(a).phase is Phase.CHAOTIC


def test_a_start_outside_the_real_weights_is_refused() -> None:
    with pytest.raises(InputError, match=r"start = -6/5: must be ≥ −a, here -1.1"):
        classify("1.1", start="-1.2")
    with pytest.raises(InputError, match="start"):
        classify(-1, start="0.999999999")
    with pytest.raises(InputError, match="start"):
        classify("1.1", start=float("nan"))


def test_a_typical_start_is_called_so() -> None:
    answer = classify("1.1", start="0.3")
    assert (answer.phase, answer.period) == (Phase.PERIODIC, 2)
    assert answer.evidence[-1].startswith("z₀ = 0.3 is taken for a typical start")
    assert not any("typical start" in said for said in classify("1.1").evidence)


def test_a_start_with_a_thousand_digits_costs_nothing() -> None:
    start = Fraction(int("7" * 999), 10**999)
    assert classify(Fraction(int("11" * 499), 10**997), start=start).period == 2


@pytest.mark.parametrize(("start", "phase"), [(0, Phase.MONOTONIC), (1, Phase.SADDLE), (2, Phase.SADDLE), (3, None)])
def test_starts_at_an_irrational_parameter(start: int, phase: Phase | None) -> None:
    a = RealAlgebraic([-2, 0, 1], Fraction(1), Fraction(2))
    assert classify(a, start=start).phase is (phase or Phase.DIVERGENT)
    with pytest.raises(InputError, match="must be ≥ −a"):
        classify(a, start="-1.41421356237309505")
    assert classify(a, start="-1.41421356237309504").phase is Phase.CHAOTIC


# ------------------------------------------------------------------------------------------------------------ distances


def test_distances_in_all_three_units() -> None:
    answer = classify("0.8")
    assert answer.nearest.kind is BoundaryKind.MONOTONE_END
    lower, upper = answer.distance
    a = Fraction("0.8")
    assert (a + lower + 2) ** 2 < 8 < (a + upper + 2) ** 2
    assert upper - lower < Fraction(1, 10**30)
    exact = 2 * math.sqrt(2) - 2.8
    step = Fraction("0.02")
    assert answer.distance_in(step) == pytest.approx((exact * 0.02 / 0.8, 2 * exact), rel=1e-12)
    assert answer.relative_distance == pytest.approx(exact / 0.8, rel=1e-12)
    private = context(80)
    assert answer.distance_decimal(60) == private.nstr(2 * private.sqrt(2) - private.mpf("2.8"), 59, strip_zeros=False)


def test_the_nearest_boundary_is_nearest_and_a_distance_is_negative_behind_it() -> None:
    answer = classify("1.02")
    assert str(answer.nearest) == "1"
    assert answer.distance == (Fraction(-2, 100), Fraction(-2, 100))
    assert answer.distance_decimal(5) == "-0.02000"
    assert classify("1.2").distance_decimal(20) == "0.03606797749978969641"  # √5 − 2.2


def test_distances_from_a_certified_box_and_bad_digits() -> None:
    answer = classify("1.288")
    assert answer.nearest.period == 4
    shown = answer.distance_decimal(30)
    assert shown is not None
    assert abs(Fraction(shown) + Fraction("1.288") - flip_of_period_four()) <= Fraction(1, 2 * 10**30)
    for digits in (-1, 10_000_001, True, 2.5):
        with pytest.raises(InputError, match="digits"):
            answer.distance_decimal(digits)  # type: ignore[arg-type]  # the wrong type is the point


@pytest.mark.parametrize("a", [f"{'1' * 400}/1", f"-{'1' * 400}/1", f"1/{'1' * 400}", f"-1/{'1' * 400}", "1e308"])
def test_parameters_beyond_float64(a: str) -> None:
    answer = classify(a)
    assert "…e" in str(answer) or "e+308" in str(answer)
    assert len(str(answer)) < 100
    assert answer.relative_distance == pytest.approx(-1.0)
    change, sharp = answer.distance_in(Fraction(1))
    assert not math.isnan(change)
    assert not math.isnan(sharp)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(0), "0"),
        (Fraction(-1, 8), "-0.125"),
        (Fraction(2, 3), "2/3"),
        (Fraction("1.3022834627007"), "1.3022834627007"),
        (Fraction(0.1), "0.10000000000000000555…"),
        (Fraction(-(10**40)), "-1e+40"),
        (Fraction(1, 10**30), "1e-30"),
        (Fraction(1, 7**40), "1.5706463139488393226…e-34"),
        (Fraction(10**30 + 1), "1.0000000000000000000…e+30"),
        (1 - Fraction(1, 10**60), "0.99999999999999999999…"),
    ],
)
def test_numbers_are_shown_exactly_or_cut_off_visibly(value: Fraction, shown: str) -> None:
    assert show_number(value) == shown


@given(st.fractions(max_denominator=10**40))
def test_shown_numbers_never_pretend(value: Fraction) -> None:
    shown = show_number(value)
    if "…" not in shown:
        assert Fraction(shown) == value
        return
    seen = Fraction(shown.replace("…", ""))
    assert 0 < abs(value) - abs(seen) < abs(value) / 10**18


# ------------------------------------------------------------------------------------------------ an independent rule


@given(RATIONAL)
def test_order_phases_agree_with_signs_of_polynomials(a: Fraction) -> None:
    answer = classify(a)
    if a <= -2 or a > 2:
        wanted = Phase.DIVERGENT
    elif a <= 0:
        wanted = Phase.FLOOR if a else Phase.DEGENERATE
    elif (a + 2) ** 2 <= 8:
        wanted = Phase.MONOTONIC
    elif a <= 1:
        wanted = Phase.CATAPULT
    else:
        assert answer.phase in (Phase.PERIODIC, Phase.CHAOTIC, Phase.UNDECIDED)
        return
    assert answer.phase is wanted


@pytest.mark.slow  # some seconds of the five minutes that the others share
@settings(max_examples=trials(40))
@given(st.fractions(min_value=1, max_value=2, max_denominator=10**6).filter(lambda a: a > 1))
def test_periods_agree_with_plain_iteration(a: Fraction) -> None:
    answer, seen = classify(a), settled(a)
    if answer.phase is Phase.CHAOTIC:
        assert seen is None
        assert 4 * a > 5
    elif answer.phase is Phase.PERIODIC and answer.cycle is not None and answer.period is not None:
        weak = max(map(abs, answer.cycle.multiplier)) > Fraction(9, 10)
        assert seen == answer.period or (seen is None and (weak or answer.period > 13))
    elif seen is not None and answer.period is not None:
        assert seen == answer.period
    if seen is not None and seen & (seen - 1):
        assert answer.entropy_positive is Verdict.PROVED  # a period that is no power of two


# --------------------------------------------------------------------------------------------------- problems with data


def problem(model: Any, features: object, targets: object, step_size: object) -> ProblemClassification:
    return classify(model, dataset(features, targets), step_size)


FLOATS = [[0.1, 0.7, 0.0], [0.7, -0.1, 0.0], [0.0, 0.0, 1.3]]
TARGETS = [0.3, 1.1, -0.2]


@pytest.mark.parametrize(("model", "gamma", "c"), [(PLAIN, 2, 0), (MIXED, "1/2", "3/4"), (LINEAR, 0, "3/2")])
def test_scales_are_exact_rationals_of_the_stored_floats(model: Any, gamma: Any, c: Any) -> None:
    answer = problem(model, FLOATS, TARGETS, 0.37)
    g, b = Fraction(gamma), Fraction(c)
    for sample, row, y in zip(answer, FLOATS, TARGETS, strict=True):
        norm = sum((Fraction(x) ** 2 for x in row), Fraction(0))
        assert sample.scale == Fraction(0.37) * norm * (2 * g * Fraction(y) + b * b) / 6
    assert [sample.index for sample in answer] == [0, 1, 2]


def test_cancellation_in_the_scale_is_exact() -> None:
    # γy + c²/2 cancels: floats give 0.0, the stored numbers do not
    gamma, c = 0.1, 0.3
    y = -(c * c) / (2 * gamma)
    exact = 2 * Fraction(gamma) * Fraction(y) + Fraction(c) ** 2
    assert 2 * gamma * y + c * c == 0.0
    assert exact != 0
    answer = problem(PhaseRetrieval(gamma=gamma, c=c), [[1.0]], [y], 1)
    assert answer.samples[0].scale == exact / 2
    assert answer.phase is (Phase.FLOOR if exact < 0 else Phase.MONOTONIC)


def test_integers_do_not_overflow() -> None:
    wide = np.array([[50_000, 50_000], [50_000, -50_000]], dtype=np.int32)
    answer = problem(PLAIN, wide, np.array([1, 2], dtype=np.int8), Fraction(1, 10**10))
    assert [sample.scale for sample in answer] == [Fraction(1, 2), Fraction(1)]
    assert answer.phase is Phase.CATAPULT


@pytest.mark.parametrize("phase", [Phase.MONOTONIC, Phase.CATAPULT, Phase.PERIODIC, Phase.CHAOTIC])
@pytest.mark.parametrize("model", [PLAIN, MIXED, TwoLayerNetwork(alpha="1/3", width=5)], ids=lambda m: str(m.name))
def test_the_largest_step_size_of_a_phase_ends_it(model: Any, phase: Phase) -> None:
    data = dataset(FLOATS, [0.3, 1.1, 0.2])
    end = classify(model, data, 1).largest_step_size(phase)
    assert end is not None
    low, high = end.bounds
    shown = end.decimal(15)
    half = Fraction(1, 2 * 10 ** len(shown.partition(".")[2]))
    assert low - 2 * half < Fraction(shown) <= high, "cut, so that the printed step size is still in the phase"
    assert classify(model, data, Fraction(shown)).phase is phase
    assert math.isclose(float(low), float(end), rel_tol=1e-6)
    below, above = classify(model, data, low * Fraction(999, 1000)), classify(model, data, high * Fraction(1001, 1000))
    order = [Phase.MONOTONIC, Phase.CATAPULT, Phase.PERIODIC, Phase.CHAOTIC, Phase.DIVERGENT]

    def place(answer: ProblemClassification) -> Phase:
        leading = answer.leading.classification
        return Phase.CHAOTIC if leading.in_window else leading.phase

    assert place(below) is phase
    assert place(above) is order[order.index(phase) + 1]
    if phase is not Phase.PERIODIC:
        assert end.value is not None
        assert low <= end.value <= high
        assert classify(model, data, low).phase is phase


def test_the_most_violent_sample_decides_for_the_whole_and_meets_the_boundaries_first() -> None:
    answer = problem(PLAIN, np.eye(3), [1, 5, 2], Fraction(3, 10))  # a = η·2y/3
    assert [sample.classification.phase for sample in answer] == [Phase.MONOTONIC, Phase.CATAPULT, Phase.MONOTONIC]
    assert answer.leading.index == 1
    assert answer.phase is Phase.CATAPULT
    assert answer.largest_step_size(Phase.CATAPULT) is not None
    flip = answer.largest_step_size(Phase.CATAPULT)
    assert flip is not None
    assert flip.value == Fraction(3, 10)
    assert answer.largest_step_size(Phase.DIVERGENT) is None
    assert problem(PLAIN, np.eye(3), [1, 50, -9], Fraction(3, 10)).phase is Phase.DIVERGENT


def test_the_period_of_the_whole_is_the_least_common_multiple() -> None:
    # a = η·2y/3 with η = 3/2: a = y
    answer = problem(PLAIN, np.eye(3), [1.455, 1.1, 0.5], Fraction(3, 2))
    assert [sample.classification.period for sample in answer] == [3, 2, None]
    assert answer.phase is Phase.PERIODIC
    assert answer.period == 6
    assert problem(PLAIN, np.eye(2), [1.25, 1.1], 1).period == 4
    assert problem(PLAIN, np.eye(2), [1.302282, 1.1], 1).period is None  # a power of two that was not determined
    assert problem(PLAIN, np.eye(2), [1.5, 1.1], 1).period is None


def test_samples_out_of_reach_do_not_hide_the_others() -> None:
    answer = problem(PLAIN, np.eye(2), [-0.5, 0.9], 1)
    assert answer.phase is Phase.CATAPULT
    assert [sample.classification.phase for sample in answer] == [Phase.FLOOR, Phase.CATAPULT]
    alone = problem(PLAIN, [[1.0]], [-0.5], 1)
    assert alone.phase is Phase.FLOOR
    assert alone.boundaries == ()
    assert alone.largest_step_size(Phase.MONOTONIC) is None
    assert problem(PLAIN, [[1.0]], [0.0], 1).phase is Phase.DEGENERATE


def test_rows_that_are_not_orthogonal_are_refused_with_their_cosine() -> None:
    with pytest.raises(InputError, match=r"largest cosine is 0\.0995 between rows \(0, 2\)"):
        problem(PLAIN, [[1, 0, 0], [0, 1, 0], [0.1, 0, 1]], [1, 1, 1], 1)


def test_rows_orthogonal_to_rounding_are_accepted_and_said_to_be_so() -> None:
    rng = np.random.default_rng(5)
    q = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    answer = problem(PLAIN, q, np.ones(6), "0.5")
    assert answer.coherence.kind == "rounding"
    assert 0 < answer.coherence.largest <= answer.coherence.threshold
    assert answer.phase is Phase.MONOTONIC


@settings(max_examples=trials(60))  # an example classifies a whole data set
@given(
    st.lists(st.fractions(min_value=-4, max_value=4, max_denominator=64), min_size=2, max_size=2),
    st.sampled_from([Fraction(1, 8), Fraction(1, 2), Fraction(3), Fraction(16)]),
    st.fractions(min_value=Fraction(1, 64), max_value=1, max_denominator=64),
)
def test_scaling_rows_and_step_size_together_changes_nothing(
    targets: list[Fraction], stretch: Fraction, step_size: Fraction
) -> None:
    rows = [[3.0, 4.0], [-4.0, 3.0]]
    data = dataset(rows, [float(y) for y in targets])
    stretched = dataset([[float(stretch) * x for x in row] for row in rows], [float(y) for y in targets])
    one = classify(MIXED, data, step_size)
    other = classify(MIXED, stretched, step_size / stretch**2)
    assert [sample.scale for sample in one] == [sample.scale for sample in other]
    assert [sample.classification for sample in one] == [sample.classification for sample in other]
    assert (one.phase, one.period) == (other.phase, other.period)


@settings(max_examples=trials(60))  # an example classifies a whole data set
@given(
    st.integers(-96, 96).map(lambda k: Fraction(k, 32)),
    st.sampled_from([("2", "0"), ("1/2", "-3/4"), ("-1", "1/3"), ("-7/3", "0")]),
)
def test_a_sample_has_the_phase_of_its_scale(y: Fraction, parameters: tuple[str, str]) -> None:
    gamma, c = map(Fraction, parameters)
    model = PhaseRetrieval(gamma=gamma, c=c)
    a = (2 * gamma * y + c * c) / 2
    sample = problem(model, [[1.0]], [float(y)], 1).samples[0]
    assert sample.scale == a
    assert sample.classification == classify(a)
    # the mirror image (γ, c, y) → (−γ, −c, −y) is the same problem
    mirrored = problem(PhaseRetrieval(gamma=-gamma, c=-c), [[1.0]], [float(-y)], 1).samples[0]
    assert mirrored.classification == sample.classification


def test_networks_follow_the_same_map_whatever_their_width() -> None:
    data = dataset(FLOATS, [0.3, 1.1, 0.2])
    plain = classify(PLAIN, data, "0.4")
    for width in (1, 7):
        wide = classify(TwoLayerNetwork(alpha=1, width=width), data, "0.4")
        assert [s.scale for s in wide] == [s.scale for s in plain]
        assert wide.phase is plain.phase


def test_other_models_with_the_same_map() -> None:
    assert classify(OneWeight(), dataset([[1.0]], [1.1]), 1).samples[0].scale == Fraction(1.1)
    square = classify(PolynomialModel("w^2 + w"), dataset([[1.0]], [1.0]), "0.1")
    assert square.samples[0].scale == Fraction("0.1") * Fraction(1, 1) * 5 / 2


# ---------------------------------------------------------------------------------------------------- linear regression


@pytest.mark.parametrize(
    ("step_size", "a", "phase", "period"),
    [
        ("0.5", "9/16", Phase.MONOTONIC, None),
        ("8/9", "1", Phase.PERIODIC, 2),
        ("0.9", "81/80", Phase.DIVERGENT, None),
        ("4/9", "1/2", Phase.MONOTONIC, None),
    ],
)
def test_gamma_zero_is_linear_regression(step_size: str, a: str, phase: Phase, period: int | None) -> None:
    answer = problem(LINEAR, [[1.0]], [5.0], step_size)  # a = η·c²/2 = 9η/8, whatever y is
    sample = answer.samples[0]
    assert sample.scale == Fraction(a)
    assert (answer.phase, answer.period) == (phase, period)
    assert sample.classification.certainty is Certainty.EXACT
    assert "linear regression" in sample.classification.evidence[0]
    assert sample.classification.entropy_positive is Verdict.REFUTED
    # one step of gradient descent on ½(3w/2 − 5)², by hand
    w, eta = Fraction(7), Fraction(step_size)
    residual = Fraction(3, 2) * w - 5
    following = Fraction(3, 2) * (w - eta * residual * Fraction(3, 2)) - 5
    assert following == (1 - 2 * Fraction(a)) * residual
    assert abs(following) < abs(residual) if phase is Phase.MONOTONIC else abs(following) >= abs(residual)


def test_linear_regression_has_one_boundary() -> None:
    answer = problem(LINEAR, np.eye(2), [1.0, 2.0], "0.1")
    end = answer.largest_step_size(Phase.MONOTONIC)
    assert end is not None
    assert end.value == Fraction(16, 9)  # a = η·(9/4)/(2·2) = 1
    assert answer.largest_step_size(Phase.CATAPULT) is None
    assert answer.largest_step_size(Phase.CHAOTIC) is None
    assert [str(b) for b in model_boundaries(LINEAR)] == ["0", "1"]
    assert answer.samples[0].classification.nearest.after == "monotonic"
    assert problem(LINEAR, np.eye(2), [1.0, 2.0], "1.7").samples[0].classification.nearest.after == "divergent"
    straight = classify(PolynomialModel("3*w + 1"), dataset([[1.0]], [1.0]), "1/9")
    assert straight.samples[0].scale == Fraction(1, 2)
    assert straight.phase is Phase.MONOTONIC


# ------------------------------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        -float("inf"),
        True,
        np.True_,
        None,
        1 + 0j,
        "1_000",
        "0,1",
        "\uff11",
        "1e400",
        "",
        "1/0",
        "abc",
        b"1",
        [1],
        np.array([1.0, 2.0]),
        object(),
    ],
)
def test_parameters_that_are_no_numbers(value: object) -> None:
    with pytest.raises(InputError, match=r"^a = "):
        classify(value)


@pytest.mark.parametrize(
    "step_size", [0, -1, "-1e-3", float("nan"), float("inf"), True, np.True_, None, 1 + 0j, "1_000", "", "1e400", "x"]
)
def test_step_sizes_that_are_none(step_size: object) -> None:
    with pytest.raises(InputError, match=r"^step_size = "):
        problem(PLAIN, [[1.0]], [1.0], step_size)


@pytest.mark.parametrize("max_period", [0, -1, 1025, True, 2.0, "3", None])
def test_periods_out_of_range(max_period: Any) -> None:
    with pytest.raises(InputError, match="max_period"):
        classify("1.5", max_period=max_period)
    with pytest.raises(InputError, match="max_period"):
        classify(PLAIN, dataset([[1.0]], [1.0]), 1, max_period=max_period)  # type: ignore[call-overload]  # no overload takes it


def test_calls_that_make_no_sense() -> None:
    data = dataset([[1.0]], [1.0])
    with pytest.raises(InputError, match="data = None: must be a DataSet"):
        classify(PLAIN)
    with pytest.raises(InputError, match=r"data = \[\[1.0\]\]: must be a DataSet"):
        classify(PLAIN, [[1.0]], 1)  # type: ignore[call-overload]  # no overload takes it
    with pytest.raises(InputError, match="start = 1: "):
        classify(PLAIN, data, 1, start=1)  # type: ignore[call-overload]  # no overload takes it
    with pytest.raises(InputError, match=r"subject = 1\.5: must be a model"):
        classify("1.5", data, 1)  # type: ignore[call-overload]  # no overload takes it
    with pytest.raises(InputError, match="without a number: c, gamma"):
        classify(PhaseRetrieval(), data, 1)


def test_data_that_a_model_of_one_weight_does_not_take() -> None:
    with pytest.raises(InputError, match="features = 2 columns: must have one column"):
        classify(OneWeight(), dataset(np.eye(2), [1, 2]), "0.1")
    with pytest.raises(InputError, match="must have the model's own target 3"):
        classify(OneWeight(target=3), dataset([[1.0]], [1.0]), "0.1")
    assert classify(OneWeight(target=3), dataset([[1.0]], [3.0]), "0.1").samples[0].scale == Fraction(3, 10)


def test_models_without_the_residual_map_are_refused_with_the_reason() -> None:
    data = dataset([[1.0]], [1.0])
    with pytest.raises(InputError, match="does not reduce to the residual map"):
        classify(PolynomialModel("w^3 + w"), data, "0.1")
    with pytest.raises(InputError, match="does not reduce to the residual map"):
        model_boundaries(TwoLayerNetwork(outer_weights=(1, -1)))
    not_a_model: Any = [PLAIN]
    with pytest.raises(InputError, match=r"^model = .*must be a model"):
        model_boundaries(not_a_model)


# -------------------------------------------------------------------------------------------------------------- records


def test_answers_are_frozen_and_equal_when_asked_again() -> None:
    answer = classify("1.455")
    with pytest.raises(dataclasses.FrozenInstanceError):
        answer.phase = Phase.CHAOTIC  # type: ignore[misc]  # frozen: it must refuse
    assert classify("1.455") == answer
    whole = problem(PLAIN, [[1.0]], [1.0], "0.1")
    assert [str(each.boundary) for each in whole.boundaries] == [
        str(b) for b in residual_boundaries() if b.kind is not BoundaryKind.STABILITY
    ]


def test_step_boundaries_are_the_boundaries_over_the_scale() -> None:
    doubled = step_boundaries(Fraction(1, 2))
    for each in doubled:
        lower, upper = each.boundary.enclose(128)
        assert each.bounds == (2 * lower, 2 * upper)
        if each.value is not None:
            assert each.boundary.algebraic is not None
            assert each.value.affine(Fraction(1, 2)) == each.boundary.algebraic
        assert float(each) == pytest.approx(2 * float(each.boundary), rel=1e-6)
        digits = each.decimal(40).partition(".")[2]
        shown = Fraction(each.decimal(40))
        assert each.bounds[0] - Fraction(1, 10 ** len(digits)) < shown < each.bounds[1] + Fraction(1, 10 ** len(digits))
        assert len(digits) == 40 if each.value is not None else 3 < len(digits) <= 40


@pytest.mark.parametrize("scale", [0, -1, None, float("nan"), True, "x"])
def test_step_boundaries_need_a_scale(scale: Any) -> None:
    with pytest.raises(InputError, match=r"^scale_per_step = "):
        step_boundaries(scale)


def test_the_residual_map_is_derived_once_and_is_the_cubic() -> None:
    assert residual_family() is residual_family()
    for a in (Fraction(-3, 7), Fraction(5, 4)):
        coefficients: tuple[Fraction, ...] = residual_family().at(a)
        z = Fraction(11, 13)
        assert sum((v * z**k for k, v in enumerate(coefficients)), Fraction(0)) == (z + a) * (1 - z) ** 2 - a


def test_data_sets_are_not_changed() -> None:
    data = DataSet(features=np.eye(2), targets=np.ones(2))
    before = data.features.copy()
    classify(PLAIN, data, 1)
    assert np.array_equal(before, data.features)
