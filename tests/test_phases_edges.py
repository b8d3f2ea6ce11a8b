"""Every sentence of a classification, the numbers beside it, and the pieces that decide it by themselves."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import flint
import pytest
from edges import noted, table

from symphase import phases as module
from symphase.algebraic import RealAlgebraic, real_roots
from symphase.display import level_html, words_html
from symphase.enclosures import Certainty, Verdict
from symphase.errors import InputError
from symphase.models import OneWeight, PhaseRetrieval, PolynomialLoss, PolynomialModel
from symphase.phases import (
    Classification,
    Phase,
    ProblemClassification,
    _as_float,
    _bits,
    _classify_linear,
    _entropy,
    _fate_of_start,
    _is_at,
    _landed,
    _linear_boundaries,
    _nearest,
    _negative,
    _ordered_period,
    _side,
    classify,
    model_boundaries,
    residual_boundaries,
    residual_family,
    show_number,
    step_boundaries,
)
from symphase.tables import dataset
from symphase.thresholds import BoundaryKind

B = residual_boundaries()
MONOTONE = "-2 + 2*sqrt(2)"
GOLDEN = "-1 + sqrt(5)"
ONSET = str(B.require(BoundaryKind.ONSET)).removeprefix("in ")
FOUR = f"{B.require(BoundaryKind.FLIP, 4).decimal(12)}…"
ROOT2 = real_roots(flint.fmpz_poly([-2, 0, 1]))[1]
BIRTH = B.require(BoundaryKind.TANGENCY).value
assert isinstance(BIRTH, RealAlgebraic)
AHEAD = float(BIRTH) - 2**0.5

REACH = (
    "a ≤ −2: no weights fit the label, and f(z) > z for every z > −a ≥ 2: every start but u = 0 diverges",
    (
        "−2 < a < 0: no weights fit the label; from z₀ < 2 the residual falls monotonically to −a > 0 (u = 0), the "
        "least loss there is, since f(z) − z = z (z + a)(z − 2) < 0 on (−a, 2)"
    ),
    "a = 0: the minimum is degenerate; from 0 < z₀ < 2 the residual falls to 0, slower than geometrically",
)
CATAPULT = (
    f"{MONOTONE} < a ≤ 1: the loss can grow on the way, yet 0 still attracts almost every start (it is neutral, and "
    "attracts slowly, at the end of this range)"
)
ABOVE = f"a lies above the onset of chaos, a_∞ in {ONSET}"
ATTRACTS = "; an attracting cycle of period {} is certified at this a"
POSITIVE = f"{ABOVE}: the topological entropy is positive"


def none_found(where: str, period: int = 64) -> str:
    return (
        f"no attracting cycle of period ≤ {period} was found at {where} (a search, no proof): where there is none, a "
        "typical run looks chaotic"
    )


THIS = none_found("this a")
NO, YES = Verdict.REFUTED, Verdict.PROVED
EXACT, CERTIFIED = Certainty.EXACT, Certainty.CERTIFIED


@pytest.mark.parametrize(
    ("a", "phase", "period", "certainty", "entropy", "searched", "evidence"),
    [
        ("-3", Phase.DIVERGENT, None, EXACT, NO, None, (REACH[0],)),
        ("-2", Phase.DIVERGENT, None, EXACT, NO, None, (REACH[0],)),
        ("-1.9", Phase.FLOOR, None, EXACT, NO, None, (REACH[1],)),
        ("0", Phase.DEGENERATE, None, EXACT, NO, None, (REACH[2],)),
        (
            "0.5",
            Phase.MONOTONIC,
            None,
            EXACT,
            NO,
            None,
            (f"a ≤ {MONOTONE}: |f(z)| ≤ |z| on all of [−a, 2], so the loss never grows",),
        ),
        ("0.9", Phase.CATAPULT, None, EXACT, NO, None, (CATAPULT,)),
        ("1", Phase.CATAPULT, None, EXACT, NO, None, (CATAPULT,)),
        ("1.1", Phase.PERIODIC, 2, EXACT, NO, None, (f"1 < a ≤ {GOLDEN}: between two flips",)),
        (
            "1.28",
            Phase.PERIODIC,
            4,
            CERTIFIED,
            NO,
            None,
            (f"{GOLDEN} < a ≤ {FOUR}: between two flips{ATTRACTS.format(4)}",),
        ),
        (
            "1.3",
            Phase.PERIODIC,
            16,
            CERTIFIED,
            NO,
            None,
            (f"between the certified flips of periods 8 and 16{ATTRACTS.format(16)}",),
        ),
        ("1.4", Phase.CHAOTIC, None, CERTIFIED, YES, 64, (POSITIVE, THIS)),
        ("2", Phase.CHAOTIC, None, CERTIFIED, YES, 64, (POSITIVE, THIS)),
        (
            "2.1",
            Phase.DIVERGENT,
            None,
            EXACT,
            YES,
            None,
            ("a > 2: the critical orbit leaves [−a, 2], and with it almost every start",),
        ),
    ],
)
def test_every_phase_and_why(
    a: str,
    phase: Phase,
    period: int | None,
    certainty: Certainty,
    entropy: Verdict,
    searched: int | None,
    evidence: tuple[str, ...],
) -> None:
    found = classify(a)
    assert (found.parameter, found.phase, found.period, found.certainty) == (Fraction(a), phase, period, certainty)
    assert (found.entropy_positive, found.searched_period, found.in_window) == (entropy, searched, False)
    assert found.evidence == evidence
    assert (found.cycle is not None) is ("certified at this a" in evidence[0])


def certified_three(multiplier: str) -> str:
    return (
        f"an attracting cycle of period 3 is certified at this a (Krawczyk; multiplier {multiplier}): it draws almost "
        "every start in [−a, 2] (Singer 1978)"
    )


def test_a_window_and_why() -> None:
    found = classify("1.455")
    assert (found.phase, found.period, found.in_window, found.searched_period) == (Phase.PERIODIC, 3, True, 64)
    assert found.cycle is not None
    multiplier = float(sum(found.cycle.multiplier) / 2)
    assert found.evidence == (certified_three(f"{multiplier:.6f}"), ABOVE)
    assert found.label == "periodic (period 3, a window in the chaotic range)"
    assert (found.certainty, found.entropy_positive) == (CERTIFIED, YES)


def test_irrational_parameters_and_why() -> None:
    found = classify(ROOT2)
    assert found.evidence == (POSITIVE, none_found("a rational number within 2^-256 of this a"))
    assert (found.parameter, found.certainty, found.cycle) == (ROOT2, CERTIFIED, None)
    inside = classify(RealAlgebraic([-2117, 0, 1000], Fraction(1), Fraction(2)))  # √2.117 = 1.45499…
    assert (inside.period, inside.certainty, inside.cycle) == (3, Certainty.NUMERICAL, None)
    assert "is certified at a rational number within 2^-256 of this a (Krawczyk" in inside.evidence[0]
    born = classify(BIRTH)
    exactly = (
        "a is exactly the birth of the first 3-cycle: that cycle has multiplier 1 and draws almost every start in "
        "[−a, 2], slowly (Singer 1978)"
    )
    assert born.evidence == (exactly, ABOVE)
    assert (born.phase, born.period, born.certainty) == (Phase.PERIODIC, 3, CERTIFIED)
    assert (born.in_window, born.entropy_positive, born.searched_period) == (True, YES, None)
    assert classify(RealAlgebraic.rational(1)).parameter == Fraction(1)
    assert isinstance(classify(RealAlgebraic.rational(1)).parameter, Fraction)


def test_the_search_stops_at_its_period_and_says_so() -> None:
    assert classify("1.455", max_period=2).evidence == (POSITIVE, none_found("this a", 2))
    assert classify("1.455", max_period=3).period == 3
    assert classify("1.455", max_period=2).searched_period == 2


def beside_the_onset(a: str, **changes: Any) -> Classification:
    """What is said when no flip and no cycle is known."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_ordered_period", lambda *_: changes.get("ordered"))
        patch.setattr(module, "find_attracting_cycle", lambda *_, **__: changes.get("cycle"))
        patch.setattr(module, "_entropy", lambda *_: changes["entropy"])
        return classify(a, max_period=7)


def test_what_is_said_where_nothing_was_found() -> None:
    found = beside_the_onset("1.3022", entropy=NO)
    assert (found.phase, found.period, found.certainty) == (Phase.PERIODIC, None, CERTIFIED)
    assert (found.entropy_positive, found.searched_period, found.in_window) == (NO, 7, False)
    assert found.evidence == (
        f"a lies below the onset of chaos, a_∞ in {ONSET}: every period is a power of two",
        "the attracting cycle was not determined (period > 7, or too weakly attracting)",
    )
    assert found.label == "periodic (period a power of two, not determined)"
    found = beside_the_onset("1.30228", entropy=Verdict.UNDECIDED)
    far = float(max(abs(end) for end in found.distance))
    assert (found.phase, found.period, found.certainty) == (Phase.UNDECIDED, None, CERTIFIED)
    assert (found.entropy_positive, found.searched_period, found.in_window) == (Verdict.UNDECIDED, 7, False)
    (said,) = found.evidence
    assert said == (
        f"a lies within {far:.2g} of the onset of chaos, a_∞ in {ONSET}; its kneading word follows the Feigenbaum word "
        "as far as it was compared"
    )
    assert found.label == str(Phase.UNDECIDED)


def test_sides_of_the_onset_are_told_with_a_cycle() -> None:
    cycle = classify("1.455").cycle
    assert cycle is not None
    for entropy, side, window in ((YES, "above", True), (NO, "below", False), (Verdict.UNDECIDED, "near", False)):
        found = beside_the_onset("1.4", entropy=entropy, cycle=replace(cycle, multiplier=(Fraction(0), Fraction(1, 3))))
        assert found.evidence == (certified_three("0.166667"), f"a lies {side} the onset of chaos, a_∞ in {ONSET}")
        assert (found.in_window, found.entropy_positive) == (window, entropy)
    found = beside_the_onset("1.3", entropy=NO, ordered=(8, CERTIFIED, "between two flips"), cycle=cycle)
    assert (found.period, found.evidence, found.certainty) == (
        3,
        ("between two flips; an attracting cycle of period 3 is certified at this a",),
        CERTIFIED,
    )
    found = beside_the_onset("1.3", entropy=NO, ordered=(8, CERTIFIED, "between two flips"))
    assert (found.period, found.evidence, found.cycle) == (8, ("between two flips",), None)


# ------------------------------------------------------------------------------------------- exact starts


FLOATS = " (floats leave it)"
TYPICAL = "z₀ = {} is taken for a typical start: it lands on no fixed point at once"


@pytest.mark.parametrize(
    ("a", "start", "phase", "period", "reason"),
    [
        ("1.5", "0", Phase.MONOTONIC, None, f"z₀ = 0 exactly: a minimum{FLOATS}"),
        ("1", "0", Phase.MONOTONIC, None, "z₀ = 0 exactly: a minimum"),
        ("1.5", "1", Phase.SADDLE, None, f"z = −a exactly at step 1: u = 0, a critical point of the loss{FLOATS}"),
        ("1.5", "-1.5", Phase.SADDLE, None, f"z₀ = −a exactly: u = 0, a critical point of the loss{FLOATS}"),
        ("1.5", "2", Phase.SADDLE, None, f"z₀ = 2 exactly: a repelling fixed point{FLOATS}"),
        ("2", "-1", Phase.SADDLE, None, f"z = 2 exactly at step 1: a repelling fixed point{FLOATS}"),
        ("1.5", "2.1", Phase.DIVERGENT, None, "z₀ > 2: outside the basin, f(z) > z there whatever a ≥ −z₀ is"),
        ("-1", "1", Phase.FLOOR, None, "z₀ = −a exactly: u = 0, the least loss there is"),
        ("-2", "2", Phase.FLOOR, None, f"z₀ = −a exactly: u = 0, the least loss there is{FLOATS}"),
        ("-3", "3", Phase.FLOOR, None, f"z₀ = −a exactly: u = 0, the least loss there is{FLOATS}"),
        ("-0.5", "1", Phase.FLOOR, None, "z = −a exactly at step 1: u = 0, the least loss there is"),
        ("0.5", "-0.5", Phase.SADDLE, None, f"z₀ = −a exactly: u = 0, a critical point of the loss{FLOATS}"),
        ("0.5", "1", Phase.SADDLE, None, f"z = −a exactly at step 1: u = 0, a critical point of the loss{FLOATS}"),
        ("0", "0", Phase.FLOOR, None, "z₀ = −a exactly: u = 0, the least loss there is"),
        # z² + (a − 2) z + 1 − 2a = 0 goes to 0: at a = 1/2 that is z = 3/2; |3/2| > |0|
        ("0.5", "1.5", Phase.MONOTONIC, None, "z = 0 exactly at step 1: a minimum"),
        ("49/60", "-2/3", Phase.MONOTONIC, None, "z = 0 exactly at step 2: a minimum"),  # −2/3 → −2/5 → 0
        ("121/60", "-2/3", Phase.CATAPULT, None, f"z = 0 exactly at step 2: a minimum{FLOATS}"),  # −2/3 → 26/15 → 0
    ],
)
def test_starts_that_decide_by_themselves(a: str, start: str, phase: Phase, period: int | None, reason: str) -> None:
    found = classify(a, start=start)
    assert (found.phase, found.period, found.certainty) == (phase, period, EXACT)
    assert found.evidence == (reason,)
    assert found.entropy_positive is classify(a).entropy_positive


def test_rational_cycles_are_seen() -> None:
    for a, z, w in (("3/2", "-1", "1/2"), ("13/12", "-1/3", "1/4")):  # (z + a)(1 − z)² − a takes each to the other
        for start in (z, w):
            found = classify(a, start=start)
            assert (found.phase, found.period, found.certainty) == (Phase.PERIODIC, 2, EXACT)
            assert found.evidence == ("z₀ lies on a cycle of period 2, exactly (floats may leave it)",)


@pytest.mark.parametrize("start", ["3/2", "-1"])
def test_regression_a_start_that_lands_on_a_cycle_is_not_said_to_lie_on_it(start: str) -> None:
    found = classify("7/6", start=start)  # 3/2 and −1 go to −1/2, which goes to 1/3 and back
    assert (found.phase, found.period, found.certainty) == (Phase.PERIODIC, 2, EXACT)
    assert found.evidence == ("z from step 1 on lies on a cycle of period 2, exactly (floats may leave it)",)


def test_orbits_are_followed_as_long_as_their_numbers_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    a, start = Fraction(3, 2), Fraction(-1)  # −1 → 1/2 → −1: numbers of 2 and of 3 bits
    monkeypatch.setattr(module, "_PREIMAGE_BITS", 3)
    on_it = "z₀ lies on a cycle of period 2, exactly (floats may leave it)"
    assert _fate_of_start(a, start) == (Phase.PERIODIC, 2, on_it)
    monkeypatch.setattr(module, "_PREIMAGE_BITS", 2)
    assert _fate_of_start(a, start) is None


def test_the_map_is_derived_and_its_boundaries_are_sought(monkeypatch: pytest.MonkeyPatch) -> None:
    # what the first call of the process did
    assert residual_family.__wrapped__().rows == residual_family().rows
    sought: list[Any] = []
    monkeypatch.setattr(module, "find_boundaries", lambda family: noted(sought, family, B))
    assert residual_boundaries.__wrapped__() is B
    assert sought == [residual_family()]
    monkeypatch.setattr(module, "derive", lambda _: SimpleNamespace(family=None))
    with pytest.raises(ArithmeticError, match=r"^the derivation of phase retrieval ended without a map$"):
        residual_family.__wrapped__()


def test_a_loss_that_stays_as_it_is_has_not_grown(monkeypatch: pytest.MonkeyPatch) -> None:
    class Line:
        """z ← −(2z + 1)/4 takes 1/2 to −1/2, and that to 0."""

        def at(self, _: Fraction) -> tuple[Fraction, ...]:
            return Fraction(-1, 4), Fraction(-1, 2)

    monkeypatch.setattr(module, "residual_family", Line)
    fate = _fate_of_start(Fraction(9, 10), Fraction(1, 2))
    assert fate == (Phase.MONOTONIC, None, "z = 0 exactly at step 2: a minimum")


def test_typical_starts_are_told() -> None:
    for a, start, shown in (("0.9", "0.5", "0.5"), ("1.4", Fraction(1, 3), "1/3")):
        assert classify(a, start=start).evidence == (*classify(a).evidence, TYPICAL.format(shown))
    assert classify("-1", start="1.5").evidence == classify("-1").evidence
    assert classify("0", start="1.5").evidence == classify("0").evidence
    assert classify(ROOT2, start="0.5").evidence[-1] == TYPICAL.format("0.5")
    assert classify(ROOT2, start="1").evidence == (
        f"z = −a exactly at step 1: u = 0, a critical point of the loss{FLOATS}",
    )


def test_starts_below_the_floor() -> None:
    for a, start, floor in (("1.5", "-1.6", "-1.5"), ("-1", "0.9", "1")):
        said = f"start = {Fraction(start)}: must be ≥ −a, here {floor}; real weights give z ≥ −a"
        with pytest.raises(InputError, match=f"^{re.escape(said)}$"):
            classify(a, start=start)
    with pytest.raises(InputError, match=r"^start = x"):
        classify("1.5", start="x")


# ------------------------------------------------------------------------------------------- requests


def refused(*given: Any, **named: Any) -> tuple[str, object, str, str]:
    with pytest.raises(InputError) as caught:
        classify(*given, **named)
    return caught.value.argument, caught.value.value, caught.value.accepted, caught.value.advice


def test_requests_that_are_refused() -> None:
    model, data = PhaseRetrieval(), dataset([[1.0]], [1.0])
    for period in (0, 1025, True, 1.0, None):
        wanted = ("max_period", period, "must be an integer from 1 to 1024", "give a whole number")
        assert refused("1.5", max_period=period) == wanted
    for period in (1, 1024):
        assert classify("0.5", max_period=period).phase is Phase.MONOTONIC
    assert refused(model) == (
        "data",
        None,
        "must be a DataSet when a model is classified",
        "see read_table and dataset",
    )
    said = "is the residual of one sample: it goes with a parameter a, not a model"
    assert refused(model, data, "0.1", start=1) == ("start", 1, said, "leave it out")
    said = "must be a model when data or a step size are given"
    assert refused("1", data) == ("subject", "1", said, "see symphase.models")
    assert refused("1", None, 1) == ("subject", "1", said, "see symphase.models")
    assert refused("x")[0] == "a"
    assert refused(model, data, 0)[0] == "step_size"
    with pytest.raises(InputError) as caught:
        model_boundaries("phase")  # type: ignore[arg-type]  # the point of the test
    assert str(caught.value) == "model = phase: must be a model; give PhaseRetrieval(gamma=2, c=0), for example"


# ------------------------------------------------------------------------------------------- pieces


def test_sides_and_neighbours() -> None:
    flip, four, onset = B.require(BoundaryKind.FLIP, 1), B.require(BoundaryKind.FLIP, 4), B.require(BoundaryKind.ONSET)
    assert [_side(flip, Fraction(value)) for value in ("0.9", "1", "1.1")] == [1, 0, -1]
    assert [_side(flip, value) for value in (ROOT2.affine(-1), ROOT2)] == [1, -1]
    assert [_side(four, ROOT2.affine(1, shift)) for shift in (-1, 0)] == [1, -1]
    middle = sum(onset.enclose()) / 2
    assert _side(onset, ROOT2.affine(Fraction(1, 10**30), middle)) is None
    for boundary, distance in (("0.9", "end of monotone convergence"), ("0.92", "flip of period 1 → 2")):
        assert _nearest(Fraction(boundary), B)[0].name == distance
    low, high = _nearest(ROOT2, B)[1]
    assert low <= high
    assert high - low < Fraction(1, 2**120)
    assert float(low) == pytest.approx(AHEAD, abs=1e-15)
    assert _is_at(flip, Fraction(1))
    assert not _is_at(flip, Fraction(2))
    assert not _is_at(four, four.enclose(64)[0])


def test_the_order_of_flips() -> None:
    assert _ordered_period(B, Fraction("1.4")) is None
    four = B.require(BoundaryKind.FLIP, 4)
    assert _ordered_period(B, Fraction("1.1")) == (2, EXACT, f"1 < a ≤ {GOLDEN}: between two flips")
    assert _ordered_period(B, Fraction("1.25")) == (4, CERTIFIED, f"{GOLDEN} < a ≤ {FOUR}: between two flips")
    eight = _ordered_period(B, Fraction("1.295"))
    assert eight == (8, CERTIFIED, "between the certified flips of periods 4 and 8")
    assert _ordered_period(B, four.enclose(64)[0]) == (4, CERTIFIED, f"{GOLDEN} < a ≤ {FOUR}: between two flips")
    assert _ordered_period(B, four.enclose(64)[1]) == eight


def test_ends_of_the_boxes_of_flips() -> None:
    boxes = {box.period: box.parameter for box in B.cascade()}
    flip, (low, high) = B.require(BoundaryKind.FLIP, 4), boxes[4]
    inside = (max(flip.enclose(512)[1], low) + high) / 2  # beyond the flip, which is known better than its box
    assert low < inside < high
    for place, period in ((inside, 8), (high, 8), (boxes[8][0], 8), (sum(boxes[8]) / 2, None), (boxes[8][1], 16)):
        found = _ordered_period(B, Fraction(place))
        assert (found and found[0]) == period


def test_between_flips_the_search_reaches_their_period(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(module, "find_attracting_cycle", lambda *_, max_period: noted(asked, max_period, None))
    for most in (7, 100):
        assert classify("1.3", max_period=most).period == 16
    assert asked == [16, 100]


def test_entropy_on_both_sides() -> None:
    for value, verdict in (("-1", NO), ("0", NO), ("1", NO), ("1.3", NO), ("1.31", YES), ("1.7", YES), ("3", YES)):
        assert _entropy(B, Fraction(value)) is verdict
    assert _entropy(B, ROOT2) is YES
    assert _entropy(B, ROOT2.affine(1, -1)) is NO
    middle = sum(B.require(BoundaryKind.ONSET).enclose()) / 2
    assert _entropy(B, ROOT2.affine(Fraction(1, 10**30), middle)) is Verdict.UNDECIDED


def test_what_kneading_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Fraction] = []
    monkeypatch.setattr(module, "side_of_onset", lambda _, a: noted(asked, a, None))
    for value, verdict in (
        ("0", NO),
        ("1/2", NO),
        ("1", NO),
        ("1.5", YES),
        ("1.598", YES),
        ("1.5981", YES),
        ("3", YES),
    ):
        assert _entropy(B, Fraction(value)) is verdict
    assert asked == [Fraction(value) for value in ("1/2", "1", "1.5", "1.598")]  # the crisis is at 1.59807…


def test_small_helpers() -> None:
    assert (_landed("2", 0), _landed("2", 3)) == ("z₀ = 2 exactly", "z = 2 exactly at step 3")
    assert _bits(Fraction(-5, 8)) == 3 + 4
    assert _negative(Fraction(2, 3)) == Fraction(-2, 3)
    assert float(_negative(ROOT2)) == -(2**0.5)
    huge = Fraction(10**400)
    assert [_as_float(value) for value in (Fraction(1, 3), huge, -huge)] == [1 / 3, math.inf, -math.inf]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(291, 200), "1.455"),
        (Fraction(-1, 3), "-1/3"),
        (Fraction(0), "0"),
        (Fraction(10**30), "1e+30"),
        (Fraction(-123, 10**30), "-1.23e-28"),
        (Fraction(10**40 + 1), "1.0000000000000000000…e+40"),
        (Fraction(2 * 10**30 + 1, 3), "6.6666666666666666666…e+29"),
        (Fraction(0.1), "0.10000000000000000555…"),
        (Fraction(-(10**20) - 1, 3 * 10**18), "-33.333333333333333333…"),
        (Fraction(12345, 10**9), "0.000012345"),
        (Fraction(7, 3 * 10**7), "7/30000000"),
        (Fraction(10**24, 10**28 - 1), "0.00010000000000000000000…"),
        (Fraction(10**24, 10**28 + 1), "9.9999999999999999999…e-5"),
        (Fraction("0.1234567890123456789012"), "0.1234567890123456789012"),  # 24 characters
        (Fraction("0.12345678901234567890123"), "0.12345678901234567890…"),  # would be 25
        (Fraction(10**11 + 9, 10**10 + 1), "100000000009/10000000001"),  # 24 characters
        (Fraction(10**12 + 1, 10**10 + 1), "99.999999990100000000…"),  # would be 25
        (Fraction(2 * 10**40, 3 * 10**21 + 7), "6666666666666666666.6…"),
        (Fraction(2 * 10**41, 3 * 10**21 + 7), "6.6666666666666666666…e+19"),
        (ROOT2, "sqrt(2)"),
    ],
)
def test_numbers_are_shown_and_never_rounded(value: Any, text: str) -> None:
    assert show_number(value) == text


# ------------------------------------------------------------------------------------------- in words, tables


def test_a_classification_in_words() -> None:
    found = classify("0.8")
    assert str(found) == "a = 0.8: monotonic [exact]"
    assert found._line() == (
        "a = 0.8: monotonic [exact]; nearest boundary end of monotone convergence, a = 0.828427124746…"
    )
    assert table(found._repr_html_()) == (
        "Phase at a = 0.8",
        {
            "phase": f"<strong>monotonic</strong> {level_html(EXACT)}",
            "a": "0.8",
            "nearest boundary": "end of monotone convergence, a = 0.828427124746…",
            "distance to it": "0.028427124746… in a",
            "positive entropy": "refuted",
            "evidence": words_html(found.evidence[0]),
        },
    )
    assert found._repr_latex_() == r"$a = 0.8:\ \text{monotonic, exact}$"
    shown = classify(Fraction(123, 10**30))._repr_latex_()
    assert shown.startswith(r"$a = \text{1.23e")
    assert classify(Fraction(1, 3))._repr_latex_() == r"$a = \frac{1}{3}:\ \text{monotonic, exact}$"
    assert classify(ROOT2)._repr_latex_() == r"$a = \sqrt{2}:\ \text{chaotic, certified}$"
    assert classify(Fraction(0.1))._repr_latex_().startswith(r"$a = \text{0.10000000000000000555\ldots{}}:\ ")
    chaotic = classify("1.4")
    assert len(chaotic.evidence) == 2
    assert table(chaotic._repr_html_())[1]["evidence"] == "<br>".join(map(words_html, chaotic.evidence))
    quintic = RealAlgebraic([-1, -1, 0, 0, 0, 1], Fraction(1), Fraction(2))
    assert classify(quintic)._repr_latex_().startswith(r"$a = \text{the root of } a^{5} - a - 1 \text{ in }")


def test_distances() -> None:
    found = classify("0.8")
    gap = 2 * 2**0.5 - 2 - 0.8
    assert found.relative_distance == pytest.approx(gap / 0.8, rel=1e-12)
    assert found.distance_in(Fraction(1, 10)) == pytest.approx((gap / 8, 2 * gap), rel=1e-12)
    assert found.distance_decimal(10) == "0.0284271247"
    assert found.distance_decimal() == "0.028427124746190"
    assert classify("0").relative_distance is None
    assert classify("0").distance_in(Fraction(1, 10)) == (math.inf, 0.0)
    irrational = classify(ROOT2)
    assert irrational.relative_distance == pytest.approx(AHEAD / 2**0.5, rel=1e-9)
    assert irrational.distance_in(Fraction(1, 10)) == pytest.approx((AHEAD / 2**0.5 / 10, 2 * AHEAD), rel=1e-9)
    assert irrational.distance_decimal(6) == f"{AHEAD:.6f}"
    assert classify(BIRTH).distance_decimal(3) == "0.000"
    assert classify("1.288").distance_decimal(8) == "0.00003175"
    assert classify("1.288").distance_decimal(100)[:12] == "0.0000317544"  # type: ignore[index]  # it has digits
    near = replace(found, distance=(Fraction(1), Fraction(2)))
    assert near.relative_distance == pytest.approx(1.5 / 0.8)
    assert near.distance_in(Fraction(1)) == pytest.approx((1.5 / 0.8, 3.0))
    onset = classify("1.3022")
    assert onset.distance_decimal(20) is None
    with pytest.raises(InputError, match=r"^digits = -1"):
        found.distance_decimal(-1)
    with pytest.raises(InputError, match=r"^step_size = x"):
        found.distance_in("x")  # type: ignore[arg-type]  # the point of the test


# ------------------------------------------------------------------------------------------- problems


def problem() -> ProblemClassification:
    return classify(PhaseRetrieval(gamma=2, c=0), dataset([[1.0, 0.0], [0.0, 2.0]], [1.0, 1.0]), "0.1")


def test_a_problem_in_words() -> None:
    found = problem()
    scales = [sample.scale for sample in found.samples]
    assert (len(scales), found.leading.index, found.step_size) == (2, 1, Fraction(1, 10))
    largest = max(scales)
    assert found.leading.scale == largest
    assert list(found) == list(found.samples)
    shown = show_number(largest)
    assert found._line() == f"{found.phase} at step size 0.1, 2 samples, largest a = {shown}"
    assert found.samples[0]._line() == f"sample 0, {found.samples[0].classification}"
    html = found._repr_html_()
    captions = re.findall(r"<caption[^>]*>(.*?)</caption>", html)
    assert captions[0].startswith(found.model.name)
    assert captions[0].endswith(f" at step size 0.1: <strong>{found.phase}</strong>")
    assert captions[1] == "Where the whole problem changes its phase"
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', html)
    assert heads == ["sample", "a", "phase", "certainty", "boundary", "step size", "certainty"]


def test_step_sizes_of_the_boundaries() -> None:
    found = problem()
    scale = found.leading.scale / found.step_size
    assert [end.boundary for end in found.boundaries] == [b for b in B if b.kind is not BoundaryKind.STABILITY]
    for end in found.boundaries:
        lower, upper = end.boundary.enclose(128)
        assert end.bounds == (lower / scale, upper / scale)
        exact = end.boundary.algebraic
        assert (end.value is None) is (exact is None)
        assert float(end) == pytest.approx(float(sum(end.boundary.enclose(128)) / 2 / scale), rel=1e-12)
    ends = {
        Phase.MONOTONIC: BoundaryKind.MONOTONE_END,
        Phase.CATAPULT: BoundaryKind.FLIP,
        Phase.PERIODIC: BoundaryKind.ONSET,
        Phase.CHAOTIC: BoundaryKind.ESCAPE,
    }
    for phase in Phase:
        last = found.largest_step_size(phase)
        assert (None if last is None else last.boundary.kind) == ends.get(phase)
    flip = found.largest_step_size(Phase.CATAPULT)
    assert flip is not None
    assert flip.boundary.period == 1
    with pytest.raises(InputError, match=r"^phase = catapult: must be a Phase; as Phase\.CATAPULT$"):
        found.largest_step_size("catapult")  # type: ignore[arg-type]  # the point of the test


def test_step_sizes_are_cut_and_never_rounded_up() -> None:
    (one,) = [end for end in step_boundaries(Fraction(3)) if end.boundary.name == "flip of period 1 → 2"]
    assert (one.decimal(4), one._told(), one._line()) == (
        "0.3333",
        "1/3",
        "flip of period 1 → 2, step size 1/3 [exact]",
    )
    (two,) = [end for end in step_boundaries(Fraction(3, 2)) if end.boundary.name == "flip of period 1 → 2"]
    assert (two.decimal(3), two.decimal(0)) == ("0.666", "0")
    (monotone,) = [end for end in step_boundaries(Fraction(1)) if end.boundary.kind is BoundaryKind.MONOTONE_END]
    assert (monotone.decimal(), monotone.decimal(3)) == ("0.828427124746", "0.828")
    assert monotone._line() == "end of monotone convergence, step size 0.828427124746… [exact]"
    assert table(monotone._repr_html_()) == (
        "<strong>end of monotone convergence</strong>",
        {"step size": "0.828427124746…", "certainty": level_html(EXACT), "a": "0.828427124746…"},
    )
    (onset,) = [end for end in step_boundaries(Fraction(1)) if end.boundary.kind is BoundaryKind.ONSET]
    assert (onset.decimal(), onset.decimal(100_000)) == ("1.30228", "1.30228")
    (far,) = [end for end in step_boundaries(Fraction(1, 10**9)) if end.boundary.kind is BoundaryKind.ONSET]
    lower, upper = (math.floor(end) for end in far.bounds)
    assert far.decimal() == str(lower) != str(upper)
    (four,) = [end for end in step_boundaries(Fraction(1)) if end.boundary.name == "flip of period 4 → 8"]
    below, above = (str(math.floor(end * 10**60)) for end in four.bounds)
    known = next(place for place, (left, right) in enumerate(zip(below, above, strict=True)) if left != right)
    assert four.decimal(60) == f"{below[0]}.{below[1:known]}"
    with pytest.raises(InputError, match=r"^digits = -1"):
        onset.decimal(-1)
    with pytest.raises(InputError, match=r"^scale_per_step = 0"):
        step_boundaries(Fraction(0))
    for wrong in ("x", [1]):
        with pytest.raises(
            InputError, match=r"^boundaries = .*(of|a) Boundary( objects)?; take them from find_boundaries$"
        ):
            step_boundaries(Fraction(1), wrong)  # type: ignore[arg-type]  # the point of the test


def test_regression_every_digit_of_an_exact_step_size_is_its_own() -> None:
    ends = step_boundaries(Fraction(1, 3))
    (monotone,) = [end for end in ends if end.boundary.kind is BoundaryKind.MONOTONE_END]
    for digits in (0, 1, 39, 60, 1000):  # 6√2 − 6
        cut = math.isqrt(72 * 100**digits) - 6 * 10**digits
        assert monotone.decimal(digits).replace(".", "") == str(cut)


@pytest.mark.parametrize(
    ("a", "phase", "period", "said"),
    [
        ("0.3", Phase.MONOTONIC, None, "0.4, which is within ±1: the loss falls in every step"),
        ("0", Phase.DEGENERATE, None, "1, so that nothing moves"),
        ("1", Phase.PERIODIC, 2, "-1: it changes sign for ever, and the loss stays as it is"),
        ("1.5", Phase.DIVERGENT, None, "-2, which is beyond ±1: every start but a minimum diverges"),
        ("-0.5", Phase.DIVERGENT, None, "2, which is beyond ±1: every start but a minimum diverges"),
    ],
)
def test_linear_regression(a: str, phase: Phase, period: int | None, said: str) -> None:
    found = _classify_linear(Fraction(a), (Fraction(1), Fraction(-2)))
    assert (found.phase, found.period, found.certainty, found.entropy_positive) == (phase, period, EXACT, NO)
    assert found.evidence == (f"linear regression: every step multiplies the residual by {said}",)
    assert (found.in_window, found.searched_period, found.parameter) == (False, None, Fraction(a))


def test_boundaries_of_linear_regression() -> None:
    start, end = _linear_boundaries((Fraction(1), Fraction(-2)))
    assert [(b.kind, str(b), b.period, b.multiplier) for b in (start, end)] == [
        (BoundaryKind.STABILITY, "0", 1, 1),
        (BoundaryKind.MONOTONE_END, "1", 1, -1),
    ]
    assert [(b.before, b.after) for b in (start, end)] == [
        ("no attraction to this fixed point", "monotonic"),
        ("monotonic", "divergent"),
    ]
    assert [b.certainty for b in (start, end)] == [EXACT, EXACT]
    assert end.evidence == "linear regression: the residual's multiplier is -1 there"
    assert model_boundaries(PhaseRetrieval(gamma=0, c=1)) == (start, end)
    assert list(model_boundaries(PhaseRetrieval())) == list(B)


def test_distances_beside_a_tie_have_all_their_digits() -> None:
    place = Fraction(B.require(BoundaryKind.MONOTONE_END).decimal(80))
    for shift, text in ((Fraction(1, 10**70), "0.0"), (-Fraction(1, 10**70), "0.1")):
        assert classify(place - Fraction(5, 100) + shift).distance_decimal(1) == text


def test_kneading_decides_inside_the_bracket_of_the_onset() -> None:
    lower, upper = B.require(BoundaryKind.ONSET).enclose()
    for text, verdict in (("1.302283", NO), ("1.3022835", YES)):
        assert lower < Fraction(text) < upper
        assert _entropy(B, Fraction(text)) is verdict


def test_a_model_with_a_map_of_its_own_is_sent_to_its_boundaries() -> None:
    model = PolynomialLoss("w^4/4")
    assert refused(model, dataset([[1.0]], [1.0]), "0.1") == (
        "model",
        model.name,
        "does not reduce to the residual map of quadratic regression",
        "its residual follows another map: use derive and find_boundaries on it",
    )


def test_a_periodic_problem_row_by_row() -> None:
    found = classify(PhaseRetrieval(gamma=2, c=0), dataset([[1.0, 0.0], [0.0, 2.0]], [1.0, 1.0]), "0.3")
    assert (found.phase, found.period) == (Phase.PERIODIC, 2)
    assert found._line() == "periodic (period 2) at step size 0.3, 2 samples, largest a = 1.2"
    html = found._repr_html_()
    captions = re.findall(r"<caption[^>]*>(.*?)</caption>", html)
    assert captions[0] == f"{found.model.name} at step size 0.3: <strong>periodic</strong>, period 2"
    cells = re.findall(
        r"<t[dh](?: scope=\"row\")?[^>]*>((?:(?!</t[dh]>).)*)</t[dh]>", "".join(html.split("<tbody>")[1:])
    )
    level = level_html(EXACT)
    assert cells[:8] == [*("1", "1.2", "periodic (period 2)", level), *("0", "0.3", "monotonic", level)]
    assert html.index(">1.2<") < html.index(">0.3<")  # the sample that meets each boundary first
    ends = [(end.boundary.name, end._told(), level_html(end.boundary.certainty)) for end in found.boundaries]
    assert cells[-3 * len(ends) :] == [cell for end in ends for cell in end]


def test_models_and_data_that_do_not_fit_are_named() -> None:
    model = PolynomialModel("w^3 + w")
    with pytest.raises(InputError) as caught:
        model_boundaries(model)
    assert caught.value.argument == "model"
    assert caught.value.value == model.name
    assert caught.value.accepted == "does not reduce to the residual map of quadratic regression"
    assert str(caught.value.advice).startswith("No polynomial map of the residual exists: ")
    half = OneWeight(target="1/2")
    assert classify(half, dataset([[1.0]], [0.5]), "0.1").samples[0].scale == Fraction(1, 20)
    data = dataset([[1.0]], [1.0])
    assert refused(half, data, "0.1") == (
        "data",
        data.name,
        "must have the model's own target 1/2",
        "leave the model's target open",
    )
    linear = _classify_linear(Fraction(1, 4), (Fraction(1), Fraction(-2)))
    assert linear.distance == (Fraction(-1, 4), Fraction(-1, 4))
    assert linear.nearest.name == "fixed point becomes attracting"
