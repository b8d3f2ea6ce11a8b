"""What must never be said: chaos inside a window, a decision where there is none, a proof where there was a look.

Parameters in periodic windows come with their period from integers alone (``oracle``); starts, edges of the theory and
the neighbourhood of the onset are tried one by one; every record's certainty is held against how it was obtained.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any, Final

import numpy as np
import pytest
from families import logistic, odd_cubic, quadratic, residual
from knob import rng, trials
from properties.oracle import cycle_of_critical_point, onset

from symphase import cycles, phases
from symphase.algebraic import RealAlgebraic
from symphase.atlas import Atlas, Window, build_atlas
from symphase.bifurcations import bifurcation_polynomials
from symphase.boundaries import find_boundaries
from symphase.chaos import attracting_cycle_verdict, prove_chaos
from symphase.cycles import CertifiedBifurcation, CertifiedCycle, find_attracting_cycle
from symphase.descent import descend
from symphase.enclosures import Certainty, Verdict
from symphase.entropy import topological_entropy
from symphase.errors import InputError
from symphase.landings import band_merging_parameters, feigenbaum_constants
from symphase.lyapunov import lyapunov_exponent
from symphase.models import PhaseRetrieval
from symphase.observations import observe_phase
from symphase.onset import Onset, side_of_onset
from symphase.phases import Phase, classify, residual_boundaries
from symphase.placements import place_parameter
from symphase.thresholds import BoundaryKind

Record = Callable[[str, object], None]

CRISIS: Final = RealAlgebraic([-23, 8, 4], Fraction(1), Fraction(2))  # 3√3/2 − 1


@cache
def atlas(period: int) -> Atlas:
    return build_atlas(residual(), period)


def inside(window: Window, share: Fraction) -> Fraction:
    """A parameter in the part of a window where its own cycle attracts."""
    (start, _), (end, _) = window.birth, window.flip
    return start + (end - start) * share


def assert_periodic(a: Fraction, period: int) -> None:
    answer = classify(a)
    assert (answer.phase, answer.period) == (Phase.PERIODIC, period), (a, answer)
    assert "chaotic" not in answer.label.removesuffix(", a window in the chaotic range)")
    assert answer.certainty is Certainty.CERTIFIED
    assert not any("no attracting cycle" in said or "looks chaotic" in said for said in answer.evidence)
    assert answer.cycle is None or answer.cycle.is_attracting is Verdict.PROVED


# -------------------------------------------------------------------------------------------------------------- windows


@pytest.mark.parametrize(
    ("count", "period"),
    [
        pytest.param(100, 6, id="few"),
        pytest.param(1_200, 8, marks=pytest.mark.slow, id="many"),  # slow: some seconds
    ],
)
def test_inside_a_window_no_run_is_called_chaotic(count: int, period: int, record_property: Record) -> None:
    random = rng(f"windows {period}")
    windows = [w for w in atlas(period) if w.superstable[0] > onset()]
    assert len(windows) > 80
    count = trials(count)
    for number in range(count):
        window = windows[number % len(windows)]
        a = inside(window, Fraction(int(random.integers(30, 970)), 1000))
        assert cycle_of_critical_point(a, looks=40) == window.period
        assert_periodic(a, window.period)
    if period > 6:  # the few are of the same kind
        record_property("phase_decisions", count)


def narrow(period: int, place: Fraction) -> Fraction:
    """A parameter in the last window of a period before a = 2, where f^period near c is like x² + place.

    All points f(c), f²(c), … but the last lie beyond 1, and f^period(c) = c at its centre: found by bisection in
    fixed-point numbers.  The scale of the window follows from the slopes on the way.
    """
    bits = 600
    unit = 1 << bits

    def last(a: int) -> tuple[int, int]:
        z = (unit - 2 * a) // 3
        for step in range(period):
            z = ((z + a) * ((unit - z) ** 2 >> bits) >> bits) - a
            if z < unit and step < period - 1:
                return -unit, 0
        return z - (unit - 2 * a) // 3, z

    low, high = unit * 19 // 10, 2 * unit
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if last(middle)[0] > 0 else (middle, high)
    shift = unit >> 300
    by_parameter = Fraction(last(low + shift)[0] - last(low)[0], shift)
    a = Fraction(low, unit)
    z, bend = (1 - 2 * a) / 3, Fraction(-1) * (1 + a)  # half of f'' = 6z + 2(a − 2) at c
    for _ in range(period - 1):
        z = (z + a) * (1 - z) ** 2 - a
        z = Fraction(int(z * 2**300), 2**300)
        bend *= (1 - z) * (1 - 2 * a - 3 * z)
    return Fraction(round((a + place / (bend * by_parameter)) * 2**500), 2**500)


@pytest.mark.parametrize("period", range(6, 17))
def test_regression_windows_too_narrow_for_floats_are_not_called_chaotic(period: int, record_property: Record) -> None:
    # from period 10 on one float holds the whole window: the search in floats saw no cycle, and "chaotic" was said
    places = [Fraction(text) for text in ("-0.7", "-0.4", "0", "0.1", "0.2")]
    for place in places:
        a = narrow(period, place)
        assert cycle_of_critical_point(a, looks=40) == period
        assert_periodic(a, period)
    assert attracting_cycle_verdict(residual(), narrow(period, places[1])).verdict is Verdict.PROVED
    width = narrow(period, Fraction(1, 4)) - narrow(period, Fraction(-2))
    assert abs(width) < Fraction(math.ulp(1.9)) or period < 10
    record_property("phase_decisions", len(places))


@pytest.mark.parametrize("period", [5, 10, 14])
def test_the_cascade_inside_a_window_too_narrow_for_floats_is_followed(period: int) -> None:
    assert_periodic(narrow(period, Fraction(-1)), 2 * period)
    assert_periodic(narrow(period, Fraction("-1.3")), 4 * period)
    assert_periodic(narrow(period, Fraction("-1.7549")), 3 * period)  # the window of period 3 inside
    bands = classify(narrow(period, Fraction("-1.9")))
    assert bands.phase in (Phase.CHAOTIC, Phase.PERIODIC)
    assert bands.period != period


def test_a_claim_beside_a_window_names_what_was_searched() -> None:
    a = narrow(6, Fraction(-1, 4))
    short = classify(a, max_period=5)
    assert short.phase is Phase.CHAOTIC  # the entropy is positive; of the cycle of period 6 nothing was asked
    assert short.searched_period == 5
    assert any("period ≤ 5" in said and "no proof" in said for said in short.evidence)
    assert attracting_cycle_verdict(residual(), a, 5).verdict is not Verdict.PROVED
    assert classify(a, max_period=6).period == 6


def test_runs_in_wide_windows_are_not_observed_to_be_chaotic(record_property: Record) -> None:
    model, widest = PhaseRetrieval(gamma=2, c=0), [w for w in atlas(6).widest(4) if w.superstable[0] > onset()]
    assert len(widest) == 3
    for window in widest:
        a = float(inside(window, Fraction(1, 2)))
        seen = descend(model, [[1.0]], [1.0], step_sizes=a / 2, runs=4, rng=1, steps=4000)
        labels = [observe_phase(seen, run=run).label for run in range(4)]
        assert "chaotic" not in labels, (window.word, labels)
        assert "periodic" in labels
    record_property("gd_runs", 4 * len(widest))


@pytest.mark.slow  # about a second: three atlases and certified cycles of each window
def test_windows_of_other_maps_are_not_called_chaotic() -> None:
    for family in (logistic, quadratic, odd_cubic):
        for window in build_atlas(family(), 4).of_period(3):
            placed = place_parameter(family(), inside(window, Fraction(1, 3)))
            assert placed.period in (3, 6)  # the odd cubic map's cycles are twice those of its quotient, or two of them
            assert "chaotic" not in placed.label
            assert placed.certainty is Certainty.CERTIFIED


# --------------------------------------------------------------------------------------------------- undecidable places


@pytest.mark.parametrize("symbols", [16, 64, 256])
def test_beside_the_onset_a_small_budget_is_undecided(symbols: int) -> None:
    for digits in range(3, 12):
        near = Fraction(int(onset() * 10**digits), 10**digits)
        side = side_of_onset(residual(), near, max_symbols=symbols)
        proved = prove_chaos(residual(), near, max_symbols=symbols).verdict
        assert side in (None, -1)  # cut, so that it lies below
        assert proved in (Verdict.UNDECIDED, Verdict.REFUTED)
    assert side is None
    assert proved is Verdict.UNDECIDED


def test_within_the_bracket_of_the_onset_nothing_is_claimed() -> None:
    lower, upper = residual_boundaries().require(BoundaryKind.ONSET).enclose()
    assert lower < onset() < upper
    digits = [Fraction("1.302283462700"), Fraction("1.3022834627"), onset()]
    for a in digits:
        answer = classify(a)
        assert answer.phase is Phase.UNDECIDED
        assert answer.period is None
        assert answer.entropy_positive is Verdict.UNDECIDED
        assert not answer.in_window
        assert answer.label == "undecided"


@pytest.mark.parametrize("offset", ["1e-6", "1e-5", "1e-4"])
def test_a_millionth_beside_the_onset_the_side_is_right(offset: str) -> None:
    for sign in (-1, 1):
        answer = classify(onset() + sign * Fraction(offset))
        assert answer.entropy_positive is (Verdict.PROVED if sign > 0 else Verdict.REFUTED)
        assert answer.phase is (Phase.CHAOTIC if sign > 0 and answer.period is None else Phase.PERIODIC)


def test_an_irrational_parameter_beside_the_onset_is_undecided() -> None:
    square = Fraction(int(onset() ** 2 * 10**13), 10**13)
    root = RealAlgebraic([-square.numerator, 0, square.denominator], Fraction(1), Fraction(2))
    assert abs(root.enclose(80)[0] - onset()) < Fraction(1, 10**12)
    answer = classify(root)
    assert answer.phase is Phase.UNDECIDED
    assert answer.entropy_positive is Verdict.UNDECIDED


# --------------------------------------------------------------------------------------------------------------- starts

PARAMETERS: Final = [Fraction(text) for text in ("1/4", "0.9", "1.1", "1.4", "1.455", "1.7", "2", "2.3")]


@pytest.mark.parametrize("a", PARAMETERS, ids=str)
def test_starts_that_decide_by_themselves(a: Fraction) -> None:
    for saddle in (1, -a):  # u = 0 from the next step on, or at once
        answer = classify(a, start=saddle)
        assert answer.phase is Phase.SADDLE
        assert answer.certainty is Certainty.EXACT
        assert "floats leave it" in answer.evidence[0]
    assert classify(a, start=2).phase is Phase.SADDLE
    for outside in (2 + Fraction(1, 10**12), Fraction(math.nextafter(2.0, 3)), 2 + Fraction(1, 10**400), 100):
        answer = classify(a, start=outside)
        assert answer.phase is Phase.DIVERGENT
        assert answer.certainty is Certainty.EXACT
    assert classify(a, start=0).phase in (Phase.MONOTONIC, Phase.CATAPULT)  # a minimum, whatever a is
    assert classify(a, start=2 - Fraction(1, 10**12)).phase is not Phase.SADDLE
    for beyond in (-a - Fraction(1, 10**12), -a - 1, -(10**6)):
        with pytest.raises(InputError, match="must be ≥ −a"):
            classify(a, start=beyond)


def test_a_float_just_beyond_two_diverges_and_is_seen_to() -> None:
    # plain phase retrieval, one datum, y = 1, η = 1/4: z = (w² − 1)/2 and a = 1/2; the stored weight's z is exact
    for weight, phase in ((math.sqrt(5 + 2e-12), Phase.DIVERGENT), (math.sqrt(5 - 2e-12), Phase.MONOTONIC)):
        start = (Fraction(weight) ** 2 - 1) / 2
        assert abs(abs(start - 2) - Fraction(1, 10**12)) < Fraction(1, 10**14)
        assert classify(Fraction(1, 2), start=start).phase is phase
        seen = descend(PhaseRetrieval(gamma=2, c=0), [[1.0]], [1.0], step_sizes=0.25, starts=[weight], steps=200)
        assert (seen.escape_step[0] >= 0) == (start > 2)


def test_parameters_at_the_edges_of_the_theory() -> None:
    assert classify(0).phase is Phase.DEGENERATE
    assert classify(1).phase is Phase.CATAPULT
    assert classify(2).phase is Phase.CHAOTIC
    assert classify(2).certainty is Certainty.CERTIFIED
    tiny = Fraction(1, 10**400)
    assert [classify(sign * tiny).phase for sign in (-1, 1)] == [Phase.FLOOR, Phase.MONOTONIC]
    assert [classify(1 + sign * tiny).phase for sign in (-1, 1)] == [Phase.CATAPULT, Phase.PERIODIC]
    assert [classify(2 + sign * tiny).phase for sign in (-1, 1)] == [Phase.CHAOTIC, Phase.DIVERGENT]
    assert [classify(-2 + sign * tiny).phase for sign in (-1, 1)] == [Phase.DIVERGENT, Phase.FLOOR]
    assert classify(-2).phase is Phase.DIVERGENT
    assert attracting_cycle_verdict(residual(), 2).verdict is Verdict.REFUTED
    assert lyapunov_exponent(residual(), 2).certainty is Certainty.EXACT


def test_around_the_interior_crisis() -> None:
    at = classify(CRISIS)
    assert (at.phase, at.entropy_positive) == (Phase.CHAOTIC, Verdict.PROVED)
    assert at.nearest.kind is BoundaryKind.CRISIS
    assert at.distance[0] <= 0 <= at.distance[1]
    exact = topological_entropy(residual(), CRISIS)
    assert exact.growth is not None
    assert exact.growth.compare(2) == 0
    assert exact.certainty is Certainty.EXACT
    for bits in (20, 52, 200):
        below, above = CRISIS.enclose(bits)
        below, above = below - Fraction(1, 2**bits), above + Fraction(1, 2**bits)
        for a, side in ((below, 1), (above, -1)):
            answer = classify(a)
            assert answer.entropy_positive is Verdict.PROVED
            assert answer.phase in (Phase.CHAOTIC, Phase.PERIODIC)
            seen = cycle_of_critical_point(a)
            assert (answer.period, answer.phase is Phase.PERIODIC) == (seen, seen is not None)
            crisis = residual_boundaries().require(BoundaryKind.CRISIS)
            assert crisis.compare(a) == side
            low, high = topological_entropy(residual(), a).bounds
            gap = Fraction(1, 10**5)  # log 2 to float digits
            assert low <= Fraction(math.log(2)) + gap if side > 0 else high >= Fraction(math.log(2)) - gap


# ------------------------------------------------------------------------------------------------------------ certainty


def test_every_boundary_is_as_sure_as_its_proof() -> None:
    count = 0
    for family in (residual, logistic, quadratic, odd_cubic):
        for boundary in find_boundaries(family()):
            count += 1
            if isinstance(boundary.value, RealAlgebraic):
                assert boundary.certainty in (Certainty.EXACT, Certainty.CERTIFIED)
            else:
                assert isinstance(boundary.value, CertifiedBifurcation | Onset)
                assert boundary.certainty is Certainty.CERTIFIED, "an enclosure is not exact"
                low, high = boundary.enclose()
                assert low < high
    assert count > 25


def test_every_classification_is_as_sure_as_its_evidence() -> None:
    random = rng("certainty")
    for _ in range(trials(150)):
        a = Fraction(int(random.integers(-5_000, 25_000)), 10_000)
        answer = classify(a)
        order = a <= 1 or a > 2 or (a + 1) ** 2 <= 5
        assert (answer.certainty is Certainty.EXACT) == order
        if answer.phase is Phase.CHAOTIC:  # certified is the entropy; the absence of a cycle is a search and says so
            assert answer.entropy_positive is Verdict.PROVED
            assert answer.searched_period == 64
            assert any("no proof" in said for said in answer.evidence)
        if answer.in_window:
            assert answer.cycle is not None
            assert answer.cycle.parameter == a
            assert answer.cycle.is_attracting is Verdict.PROVED
        assert answer.certainty not in (Certainty.NUMERICAL, Certainty.OBSERVED)


def test_a_search_beside_an_irrational_parameter_is_numerical() -> None:
    inside_three = RealAlgebraic([-2117, 0, 1000], Fraction(1), Fraction(2))  # √2.117, in the window of period 3
    answer = classify(inside_three)
    assert answer.phase is Phase.PERIODIC
    assert answer.certainty is Certainty.NUMERICAL
    assert answer.cycle is None


def test_exponents_are_exact_certified_or_observed_as_they_were_found() -> None:
    wanted = {
        "2": Certainty.EXACT,  # a Chebyshev polynomial
        "1/2": Certainty.EXACT,  # superstable: the multiplier is 0, exactly
        "3/4": Certainty.CERTIFIED,
        "1.1": Certainty.CERTIFIED,
        "1.455": Certainty.CERTIFIED,
        "1.9": Certainty.OBSERVED,
    }
    for a, certainty in wanted.items():
        found = lyapunov_exponent(residual(), a, orbits=32, steps=500)
        assert found.certainty is certainty, a
        assert (found.bounds is None) == (certainty is Certainty.OBSERVED or a == "1/2")
        assert (found.standard_error is None) == (certainty is not Certainty.OBSERVED)
    assert lyapunov_exponent(residual(), CRISIS, orbits=32, steps=500).certainty is Certainty.OBSERVED


def test_entropies_are_exact_only_with_an_algebraic_growth() -> None:
    for a in ("0.5", "1", "1.25", "1.4", "1.455", "1.9", "2", CRISIS):
        found = topological_entropy(residual(), a)
        assert (found.certainty is Certainty.EXACT) == (found.growth is not None)
        assert found.growth is not None or found.bounds[0] < found.bounds[1]


def test_numbers_found_by_extrapolation_are_numerical() -> None:
    proof = residual_boundaries().require(BoundaryKind.ONSET).value
    assert isinstance(proof, Onset)
    found = feigenbaum_constants(proof)
    assert {found.delta.certainty, found.alpha.certainty} == {Certainty.NUMERICAL}
    for merging in band_merging_parameters(residual(), proof):
        assert (merging.certainty is Certainty.EXACT) == (merging.value is not None)
        assert merging.certainty in (Certainty.EXACT, Certainty.CERTIFIED)
    assert proof.bracket[0] < proof.bracket[1]


def test_roots_of_bifurcation_polynomials_are_as_sure_as_their_ties() -> None:
    for family in (residual, logistic):
        for multiplier in (1, -1, 0):
            found = bifurcation_polynomials(family(), 2, multiplier)
            assert found.proof != "fresh primes"
            for root in found.roots:
                assert root.certainty is Certainty.EXACT
                if root.cycle is not None:
                    low, high = root.cycle.parameter
                    assert low <= root.value <= high


def test_what_a_simulation_shows_is_observed() -> None:
    seen = descend(PhaseRetrieval(gamma=2, c=0), [[1.0]], [1.0], step_sizes=[0.2, 0.9], runs=2, rng=0, steps=600)
    assert seen.certainty is Certainty.OBSERVED
    for run in range(4):
        assert observe_phase(seen, run=run).certainty is Certainty.OBSERVED


# ---------------------------------------------------------------------------------------------- a float never decides


@pytest.mark.parametrize("tail", ["a wrong point", "a lie about the period", "nothing"])
def test_a_float_orbit_never_decides(tail: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # whatever the search in floats suggests, only a certified cycle counts: poisoned suggestions change no verdict
    original = cycles.certify_cycle

    def poisoned(family: Any, parameter: Any, orbit: Any, **options: Any) -> CertifiedCycle | None:
        if tail == "a wrong point":
            orbit = [float(z) + 0.37 for z in orbit]
        elif tail == "a lie about the period":
            orbit = [*orbit, *orbit]
        else:
            return None
        return original(family, parameter, orbit, **options)

    monkeypatch.setattr(cycles, "certify_cycle", poisoned)
    for a in ("1.4", "1.455", "1.7", "1.9"):
        found = find_attracting_cycle(residual(), Fraction(a))
        assert found is None or (
            found.is_attracting is Verdict.PROVED and found.period == cycle_of_critical_point(Fraction(a))
        )
        answer = classify(a)
        assert answer.entropy_positive is Verdict.PROVED
        assert answer.cycle is not None or answer.phase is Phase.CHAOTIC
        assert answer.cycle is None or answer.period == cycle_of_critical_point(Fraction(a))


def test_order_phases_need_no_float(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a float orbit was asked")

    monkeypatch.setattr(phases, "find_attracting_cycle", forbidden)
    for a in (-3, -1, 0, "0.5", "0.9", 1, "1.2", "2.0001", Fraction(1, 10**300), 10**300):
        assert classify(a).certainty is Certainty.EXACT


@pytest.mark.parametrize("number", [np.float64(1.455), 1.455, np.float32(1.455)])
def test_a_float_parameter_is_the_rational_that_it_stores(number: Any) -> None:
    answer = classify(number)
    assert answer.parameter == Fraction(float(number))
    assert answer.parameter != Fraction("1.455")
    assert answer.period == 3
