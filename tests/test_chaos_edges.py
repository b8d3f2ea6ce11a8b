"""Chaos and attracting cycles piece by piece: words, hulls, roots, fates, and what each verdict says word for word."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import flint
import pytest
import sympy
from edges import noted, table
from families import family_of, logistic, odd_cubic, quadratic, residual

from symphase import chaos as module
from symphase.chaos import (
    AttractingCycleVerdict,
    ChaosVerdict,
    attracting_cycle_verdict,
    prove_chaos,
    real_cycles_by_roots,
)
from symphase.cycles import CertifiedCycle, certify_cycle
from symphase.enclosures import Verdict, ball_bounds
from symphase.errors import InputError
from symphase.kneading import Laps, invariant_interval
from symphase.maps import PolynomialFamily

if TYPE_CHECKING:
    from collections.abc import Callable

_x, _r = sympy.symbols("x r")


TWO_TURNS = family_of(_r * (4 * _x**3 - 3 * _x) + _r / 50)
LEAVING = family_of(_x**3 - 3 * _x + _r)
TINY = family_of(_x**2 + _r / 10**400)
FAR = -199 * 10**398  # where TINY is x² − 1.99


def residual_in(z: Any, of: Any) -> PolynomialFamily:
    """The residual map in another coordinate."""
    return family_of(of(z**3 + (_r - 2) * z**2 + (1 - 2 * _r) * z))


MOVED = residual_in(_x - _r, lambda image: image + _r)  # where 1 + r lands on 0


def residual_upside_down() -> PolynomialFamily:
    return residual_in(-_x, lambda image: -image)


def refused(call: Callable[..., Any], *given: Any, **named: Any) -> tuple[str, object, str, str]:
    with pytest.raises(InputError) as caught:
        call(*given, **named)
    return caught.value.argument, caught.value.value, caught.value.accepted, caught.value.advice


# --- is the entropy positive? -----------------------------------------------------------------------------------------

THEOREM = "; Sharkovskii 1964; Misiurewicz 1979: a period that is not a power of two makes the entropy positive"
SMALLER = (
    "the critical itinerary is smaller than the Feigenbaum word: entropy zero, every period a power of two (Milnor and "
    "Thurston 1988; Collet and Eckmann 1980, part II)"
)
QUOTIENT = (
    "for the quotient by the symmetry z ↔ 2m − z, which has the same entropy, as at most two points lie over each of "
    "its points (Bowen 1971): "
)


@pytest.mark.parametrize(
    ("family", "parameter", "verdict", "statement", "laps", "period"),
    [
        (logistic(), "3.83", Verdict.PROVED, "an attracting cycle of period 3" + THEOREM, 2, 3),
        (logistic(), "3.7", Verdict.PROVED, "a cycle of period 9" + THEOREM, 2, 9),
        (residual(), "1.9", Verdict.PROVED, "a cycle of period 3" + THEOREM, 3, 3),
        (logistic(), "3.5", Verdict.REFUTED, SMALLER, 2, None),
        (logistic(), "1.5", Verdict.REFUTED, "f is monotone on an invariant interval: entropy zero", 1, None),
        (odd_cubic(), "2.9", Verdict.PROVED, QUOTIENT + "a cycle of period 3" + THEOREM, 3, 3),
        (odd_cubic(), "2.3", Verdict.REFUTED, QUOTIENT + SMALLER, 2, None),
        (
            logistic(),
            "3.56994568",
            Verdict.UNDECIDED,
            "the critical itinerary agrees with the Feigenbaum word as far as 256 symbols tell",
            2,
            None,
        ),
        (
            TINY,
            FAR,
            Verdict.PROVED,
            "the critical itinerary exceeds the Feigenbaum word: entropy positive (Milnor and Thurston 1988)",
            2,
            None,
        ),
    ],
)
def test_what_is_said_of_entropy(
    family: PolynomialFamily, parameter: Any, verdict: Verdict, statement: str, laps: int, period: int | None
) -> None:
    found = module._chaos((family, Fraction(parameter), 256))
    assert (found.verdict, found.parameter, found.statement) == (verdict, Fraction(parameter), statement)
    acting = family.odd_quotient() if family == odd_cubic() else family
    assert acting is not None
    assert found.interval == invariant_interval(acting, Fraction(parameter))
    assert found.interval is not None
    assert found.interval.laps == laps
    assert (None if found.cycle is None else found.cycle.period) == period
    assert found.cycle is None or found.cycle.family == acting


def test_without_an_interval_there_is_no_proof() -> None:
    statement = "no invariant interval: the core [f²(c), f(c)] is not proved to be invariant"
    assert module._chaos((logistic(), Fraction(5), 9)) == ChaosVerdict(
        verdict=Verdict.UNDECIDED, parameter=Fraction(5), interval=None, cycle=None, statement=statement
    )


def test_three_laps_are_chaos_even_without_a_cycle(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(module, "_cycle_of_word", lambda _, *given: noted(asked, given, None))
    found = module._chaos((residual(), Fraction(19, 10), 9))
    assert found.verdict is Verdict.PROVED
    assert found.statement == "f maps [p, c] and [c, w] each over [p, w]: a full two-shift, entropy at least log 2"
    assert (found.cycle, asked) == (None, [(Fraction(19, 10), "100", found.interval)])
    asked.clear()
    monkeypatch.setattr(module, "_odd_words", lambda *_: iter(["a", "b", "c", "d"]))
    assert module._chaos((logistic(), Fraction(37, 10), 256)).cycle is None
    assert [word for _, word, _ in asked] == ["a", "b", "c"]


def test_a_symmetry_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_laps(family: Any, parameter: Fraction) -> Laps:
        if isinstance(family, SimpleNamespace):
            raise InputError("family", family, "several", "none")
        return Laps(family, parameter)

    monkeypatch.setattr(module, "Laps", no_laps)
    inner = SimpleNamespace(odd_quotient=logistic, free_critical_factors=[1])
    outer: Any = SimpleNamespace(odd_quotient=lambda: inner)
    assert module._chaos((outer, Fraction(7, 2), 256)).statement == QUOTIENT + SMALLER
    asked: list[Any] = []
    by_roots: Any = object()
    monkeypatch.setattr(module, "_chaos_by_roots", lambda *given: noted(asked, given, by_roots))
    for free in ([], [1, 2]):
        inner.free_critical_factors = free
        assert module._chaos((outer, Fraction(7, 2), 256)) is by_roots
    outer.odd_quotient = lambda: None
    assert module._chaos((outer, Fraction(7, 2), 256)) is by_roots
    assert asked == [(outer, Fraction(7, 2))] * 3


def test_where_the_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    answer: Any = object()

    def killable(function: Any, task: Any, *, heavy: bool, asked: str) -> Any:
        return noted(seen, (function, task, heavy, asked), answer)

    monkeypatch.setattr(module, "where_killable", killable)
    monkeypatch.setattr(module, "is_heavy", lambda family: family.degree == 3)
    assert prove_chaos(logistic(), "3.5") is answer
    assert prove_chaos(residual(), 1, max_symbols=7) is answer
    assert attracting_cycle_verdict(logistic(), "3.5") is answer
    assert attracting_cycle_verdict(residual(), 1, 7) is answer
    looking = "looking for attracting cycles of a family of degree"
    assert seen == [
        (module._chaos, (logistic(), Fraction(7, 2), 2**16), False, "proving chaos for a family of degree 2"),
        (module._chaos, (residual(), Fraction(1), 7), True, "proving chaos for a family of degree 3"),
        (module._attraction, (logistic(), Fraction(7, 2), 64), False, f"{looking} 2"),
        (module._attraction, (residual(), Fraction(1), 7), True, f"{looking} 3"),
    ]


def test_what_is_asked_for_is_checked() -> None:
    assert refused(prove_chaos, "x", 1)[:2] == ("family", "x")
    assert refused(prove_chaos, logistic(), "x")[0] == "parameter"
    assert refused(attracting_cycle_verdict, "x", 1)[:2] == ("family", "x")
    assert refused(attracting_cycle_verdict, logistic(), "x")[0] == "parameter"
    assert refused(real_cycles_by_roots, "x", 1, 1)[:2] == ("family", "x")
    assert refused(real_cycles_by_roots, logistic(), "x", 1)[0] == "parameter"
    for count in (0, 2**20 + 1):
        assert refused(prove_chaos, logistic(), 4, max_symbols=count)[:2] == ("max_symbols", count)
    for period in (0, 1025):
        assert refused(attracting_cycle_verdict, logistic(), 4, period)[:2] == ("max_period", period)
        assert refused(real_cycles_by_roots, logistic(), 4, period)[:2] == ("period", period)
    assert prove_chaos(logistic(), "1.5", max_symbols=1).verdict is Verdict.REFUTED
    assert prove_chaos(logistic(), "1.5", max_symbols=2**20).verdict is Verdict.REFUTED
    assert attracting_cycle_verdict(logistic(), 4, 1).max_period == 1
    assert attracting_cycle_verdict(logistic(), 4, 1024).max_period == 1024
    assert real_cycles_by_roots(logistic(), Fraction(4), 1024) is None


@pytest.mark.parametrize("number", range(1, 70))
def test_powers_of_two(number: int) -> None:
    assert module._is_power_of_two(number) is (number in (1, 2, 4, 8, 16, 32, 64))


# --- words ------------------------------------------------------------------------------------------------------------


def words(monkeypatch: pytest.MonkeyPatch, letters: str) -> list[str]:
    asked: list[Any] = []
    monkeypatch.setattr(module, "certified_letters", lambda *given: noted(asked, given, iter(("R", letters))))
    laps: Any = object()
    found = list(module._odd_words(laps, 2))
    assert asked == [(laps, 256, 2)]
    return found


def halved(word: str) -> str:
    """The word whose doubling it is: R made RL, L made RR."""
    assert set(word[::2]) == {"R"}
    return "".join("R" if letter == "L" else "L" for letter in word[1::2])


def test_words_of_periods_that_are_no_power_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    found = words(monkeypatch, "R" + 255 * "L")  # above every word
    lengths = [2**k * (2 * m + 1) for k in range(5) for m in range(1, 32) if 2**k * (2 * m + 1) <= 64]
    assert [len(word) for word in found] == lengths
    for word in found:
        while len(word) % 2 == 0:
            word = halved(word)  # until it is of odd length
        assert word == "RL" + "R" * (len(word) - 2)
    # R L R^∞ is below those of odd period and above the others; (R L R R R)^∞ is that of period 5 itself
    assert [len(word) for word in words(monkeypatch, "RL" + 254 * "R")] == lengths[31:]
    assert [len(word) for word in words(monkeypatch, 51 * "RLRRR" + "R")] == lengths[2:]
    assert [len(word) for word in words(monkeypatch, 84 * "RLR" + "RLL")] == lengths
    assert words(monkeypatch, "") == []
    assert list(module._odd_words(Laps(residual(), Fraction(2)), 3)) == ["100"]


@pytest.mark.parametrize(
    ("make", "parameter", "word"),
    [
        (logistic, "4", "RLR"),
        (logistic, "3.9", "RLRRR"),
        (quadratic, "-2", "RLR"),
        (quadratic, "-1.9", "RLRRRRR"),
        (residual, "2", "100"),
        (residual, "1.9", "100"),
        (residual, "1.7", "100"),
        (lambda: family_of(_r * _x * (1 + _x)), "4", "RLR"),
        (residual_upside_down, "1.9", "100"),
    ],
)
def test_the_cycle_of_a_word(make: Callable[[], PolynomialFamily], parameter: str, word: str) -> None:
    family, exact = make(), Fraction(parameter)
    laps, interval = Laps(family, exact), invariant_interval(family, exact)
    assert not isinstance(interval, str)
    cycle = module._cycle_of_word(laps, exact, word, interval)
    assert cycle is not None
    assert (cycle.period, cycle.parameter) == (len(word), exact)
    c = laps.orbit.exact_critical_point(exact)
    sides = "".join(("R1" if laps.sign * (low - c) > 0 else "L0")[word.isdecimal()] for low, _ in cycle.points)
    assert sides in [word[k:] + word[:k] for k in range(len(word))]
    assert all(interval.lower[0] <= high and low <= interval.upper[1] for low, high in cycle.points)
    if word.isdecimal():  # none of the points is in the third lap
        (wall,) = (point for point in module._bound_points(family, exact) if point is not None)
        assert all(laps.sign * (wall - low) > 0 for low, _ in cycle.points)


def test_a_wall_counts_where_there_are_three_laps() -> None:
    exact = Fraction(4)
    true = Laps(logistic(), exact)
    laps: Any = SimpleNamespace(family=logistic(), sign=1, orbit=true.orbit, wall=lambda _: flint.arb(-5))
    interval = invariant_interval(logistic(), exact)
    assert not isinstance(interval, str)
    cycle = module._cycle_of_word(laps, exact, "RLR", interval)
    assert cycle is not None
    assert cycle.period == 3


def test_floats_that_overflow_show_no_cycle() -> None:
    laps, interval = Laps(TINY, Fraction(FAR)), invariant_interval(TINY, FAR)
    assert not isinstance(interval, str)
    assert module._cycle_of_word(laps, Fraction(FAR), "RLR", interval) is None


# --- several critical points ------------------------------------------------------------------------------------------


def test_chaos_by_roots() -> None:
    found = module._chaos((TWO_TURNS, Fraction(19, 20), 9))
    assert found.verdict is Verdict.PROVED
    assert found.statement == "a cycle of period 3 in an invariant interval" + THEOREM
    assert found.cycle is not None
    assert found.cycle.period == 3
    assert found.interval == module._hull(TWO_TURNS, found.cycle)
    statement = (
        "several free critical points, and no cycle of a short period that is not a power of two was proved in an "
        "invariant interval"
    )
    assert module._chaos((LEAVING, Fraction(1, 10), 9)) == ChaosVerdict(
        verdict=Verdict.UNDECIDED, parameter=Fraction(1, 10), interval=None, cycle=None, statement=statement
    )


def test_which_periods_are_looked_at_by_roots(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(module, "real_cycles_by_roots", lambda *given: noted(asked, given[1:], None))
    place = Fraction(1, 3)
    for family, periods in ((quadratic(), (3, 5, 6, 7)), (LEAVING, (3,)), (family_of(_x**5 + _r), (3,))):
        asked.clear()
        assert module._chaos_by_roots(family, place).verdict is Verdict.UNDECIDED
        assert asked == [(place, period) for period in periods if family.degree**period <= 128]
    cycle: Any = SimpleNamespace(name="a cycle")
    interval: Any = SimpleNamespace(name="an interval")
    monkeypatch.setattr(module, "real_cycles_by_roots", lambda *_: (SimpleNamespace(), cycle))
    monkeypatch.setattr(module, "_hull", lambda _, each: interval if each is cycle else None)
    found = module._chaos_by_roots(quadratic(), place)
    assert (found.verdict, found.parameter) == (Verdict.PROVED, place)
    assert (found.cycle, found.interval) == (cycle, interval)


def cycle_at(family: PolynomialFamily, parameter: Any, *points: float) -> CertifiedCycle:
    cycle = certify_cycle(family, Fraction(parameter), points)
    assert cycle is not None
    return cycle


def test_the_hull_of_a_cycle() -> None:
    (cycle,) = module.real_cycles_by_roots(quadratic(), Fraction(-19, 10), 3)[:1]  # type: ignore[index]  # it is known
    found = module._hull(quadratic(), cycle)
    assert found is not None
    (low, same), (high, again) = found.lower, found.upper
    assert (low, high) == (same, again)
    assert found.laps == 2
    assert found.statement == "f maps the ends and the critical points between them into the interval"
    assert low <= min(point[0] for point in cycle.points)
    assert high >= max(point[1] for point in cycle.points)
    for z in (low, high, Fraction(0)):
        assert low <= z**2 - Fraction(19, 10) <= high
    assert -2 < low < Fraction(-19, 10)  # no more than is needed
    assert Fraction(171, 100) < high < Fraction(172, 100)
    assert (low * 2**48).denominator == (high * 2**48).denominator == 1


@pytest.mark.parametrize(
    ("family", "parameter", "points", "laps"),
    [
        (quadratic(), 0, (0.0,), 2),  # [0, 0] and 0, where it turns
        (quadratic(), Fraction(3, 16), (0.25,), 1),
        (quadratic(), -2, (-1.0,), 1),  # the fixed point itself
        (quadratic(), -2, (-1.5, 1.5), None),  # every interval wider than [−2, 2] leaves
        (quadratic(), -6, (0.0, 1.0), None),
        (family_of(_r - _x**2), 6, (0.0, 1.0), None),
        (family_of(_x**2 / 100 + _r), -190, (-190.0, 100.0), 2),  # [−190, 171] is wide
        (family_of(_r + 0 * _x + _x**2 - _x**2 * _r), 1, (1.0,), None),  # a constant has no turning points
    ],
)
def test_hulls_that_are_small_or_none(
    family: PolynomialFamily, parameter: Any, points: tuple[float, ...], laps: int | None
) -> None:
    cycle: Any = SimpleNamespace(parameter=Fraction(parameter), points=[(Fraction(z), Fraction(z)) for z in points])
    found = module._hull(family, cycle)
    assert (None if found is None else found.laps) == laps


def test_a_hull_holds_whole_boxes_and_is_proved_with_its_rounding() -> None:
    def hull(expression: Any, parameter: Any, *pairs: tuple[Any, Any]) -> tuple[Fraction, Fraction]:
        points = [(Fraction(low), Fraction(high)) for low, high in pairs]
        cycle: Any = SimpleNamespace(parameter=Fraction(parameter), points=points)
        found = module._hull(family_of(expression), cycle)
        assert found is not None
        return found.lower[0], found.upper[1]

    assert hull(_x**2 / 2 + _r, 0, (-1, "-1/2"), ("1/2", 1)) == (Fraction(-1), Fraction(1))
    low, high = hull(3 * _x**2 + _r, "-3/5", ("-3/5", "-3/5"), ("1/2", "1/2"))  # f(0) = −3/5, no binary fraction
    assert low < Fraction(-3, 5) < low + Fraction(1, 2**15)
    assert high == Fraction(1, 2)
    low, high = hull(_r - 3 * _x**2, "3/5", ("3/5", "3/5"), ("-1/2", "-1/2"))
    assert high > Fraction(3, 5) > high - Fraction(1, 2**15)
    assert low == Fraction(-1, 2)


def test_turning_points_at_one_parameter() -> None:
    family = family_of(_r * _x * (1 - _x) * (1 + 3 * _x))  # slope r (1 + 4x − 9x²)
    found = module._critical_places(family, Fraction(2))
    assert found is not None
    for place, root in zip(found, ((2 - math.sqrt(13)) / 9, (2 + math.sqrt(13)) / 9), strict=True):
        low, high = ball_bounds(place)
        assert low < high < low + Fraction(1, 2**45)
        assert float(low) == pytest.approx(root, abs=1e-15)
    assert module._critical_places(family, Fraction(0)) is None
    assert module._critical_places(family_of(_r * _x**2 + _x), Fraction(0)) is None
    assert module._critical_places(family_of(_x**3 / 3 + _x + _r), Fraction(0)) == []
    assert module._integer_polynomial([Fraction(1, 2), Fraction(-2, 3)]) == flint.fmpz_poly([3, -4])


def test_short_fractions() -> None:
    assert module._short(Fraction(1, 3)) == Fraction(93824992236885, 2**48)  # ⌊2⁴⁸/3⌋
    assert module._short(Fraction(5, 4)) == Fraction(5, 4)


# --- all real cycles of a period --------------------------------------------------------------------------------------


@pytest.mark.parametrize("period", [1, 2, 3, 4, 5])
def test_every_real_cycle_of_the_full_parabola(period: int) -> None:
    found = real_cycles_by_roots(logistic(), Fraction(4), period)
    assert found is not None
    # sin² of πk/(2ⁿ − 1) and πk/(2ⁿ + 1) are fixed by fⁿ
    angles = {Fraction(2 * k, 2**period + sign) % 2 for sign in (1, -1) for k in range(2**period)}
    folded = {min(angle, 2 - angle) for angle in angles}
    points = {angle for angle in folded if all((2**d * angle) % 2 not in (angle, 2 - angle) for d in range(1, period))}
    expected = sorted(math.sin(math.pi * float(angle) / 2) ** 2 for angle in points)
    boxes = sorted(point for cycle in found for point in cycle.points)
    assert [float(low) for low, _ in boxes] == pytest.approx(expected, abs=1e-12)
    assert all(cycle.period == period for cycle in found)


def test_how_much_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert real_cycles_by_roots(logistic(), Fraction(4), 8) is None
    assert real_cycles_by_roots(LEAVING, Fraction(4), 5) is None
    monkeypatch.setattr(module, "_COUNTED_DEGREE", 4)
    assert real_cycles_by_roots(logistic(), Fraction(4), 2) is not None
    assert real_cycles_by_roots(logistic(), Fraction(4), 3) is None
    monkeypatch.setattr(module, "_COUNTED_DEGREE", 8)
    for place in (Fraction(2**9), Fraction(1, 2**9)):  # ten bits: 80 with eight points
        for bits in (80, 79):
            monkeypatch.setattr(module, "_COUNTED_BITS", bits)
            assert (real_cycles_by_roots(quadratic(), -place, 3) is None) is (bits == 79)


def test_what_has_no_complete_list() -> None:
    assert real_cycles_by_roots(quadratic(), Fraction(1, 4), 1) is None  # a double root
    assert real_cycles_by_roots(quadratic(), Fraction(1, 2), 1) == ()
    (cycle,) = real_cycles_by_roots(quadratic(), Fraction(-7, 4), 2) or ()  # through rational points, 1/2 and −3/2
    assert [low <= place <= high for (low, high), place in zip(sorted(cycle.points), (-1.5, 0.5), strict=True)] == [
        True
    ] * 2
    assert real_cycles_by_roots(TINY, Fraction(-(10**400)), 1) is None  # not for floats
    assert real_cycles_by_roots(family_of(10**400 * _x**2 + _r), Fraction(0), 1) is None


def test_a_cycle_that_is_not_proved_leaves_the_list_open(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    every = real_cycles_by_roots(logistic(), Fraction(4), 3)
    assert every is not None
    assert len(every) == 2

    def certify(family: PolynomialFamily, parameter: Fraction, orbit: list[float], **options: Any) -> Any:
        near = min(every, key=lambda cycle: min(abs(float(low) - orbit[0]) for low, _ in cycle.points))
        return noted(asked, (family, parameter, orbit, options), near)

    monkeypatch.setattr(module, "certify_cycle", certify)
    assert real_cycles_by_roots(logistic(), Fraction(4), 3) == tuple(sorted(every, key=lambda cycle: min(cycle.points)))
    assert len(asked) == 2  # once for each cycle, not for each point
    for family, parameter, orbit, options in asked:
        assert (family, parameter, options) == (logistic(), Fraction(4), {"max_bits": 512})
        assert all(4 * z * (1 - z) == pytest.approx(image, abs=1e-9) for z, image in pairwise(orbit))
        assert len(orbit) == 3
        assert min(abs(orbit[0] - float(low)) for cycle in every for low, _ in cycle.points) < 1e-14
    monkeypatch.setattr(module, "certify_cycle", lambda *_, **__: every[0])  # the same cycle twice
    assert real_cycles_by_roots(logistic(), Fraction(4), 3) is None
    first, second = every
    (low, _), (_, high) = min(first.points), max(first.points)
    for other in (
        SimpleNamespace(period=3, points=[*second.points[:2], (low, high)]),  # not apart
        SimpleNamespace(period=2, points=second.points),  # too few points
        SimpleNamespace(period=4, points=second.points),
    ):
        answers = iter((first, other, other, other))
        monkeypatch.setattr(module, "certify_cycle", lambda *_, answers=answers, **__: next(answers))
        assert real_cycles_by_roots(logistic(), Fraction(4), 3) is None
    for error in (OverflowError, ValueError):
        monkeypatch.setattr(module, "certify_cycle", lambda *_, error=error, **__: (_ for _ in ()).throw(error))
        assert real_cycles_by_roots(logistic(), Fraction(4), 3) is None


@pytest.mark.parametrize("width", [Fraction(0), Fraction(1, 100)])
def test_which_roots_belong_to_a_cycle(monkeypatch: pytest.MonkeyPatch, width: Fraction) -> None:
    places = [Fraction(-3, 2), Fraction(1, 2)]  # a cycle of x² − 7/4
    cycle: Any = SimpleNamespace(period=2, points=[(place - width, place + width) for place in places])
    monkeypatch.setattr(module, "isolate_real_roots", lambda _: [(place, place) for place in places])
    monkeypatch.setattr(module, "certify_cycle", lambda *_, **__: cycle)
    assert real_cycles_by_roots(quadratic(), Fraction(-7, 4), 2) == (cycle,)


def test_points_in_disjoint_boxes() -> None:
    def cycle(*pairs: tuple[int, int]) -> Any:
        return SimpleNamespace(points=[(Fraction(low), Fraction(high)) for low, high in pairs])

    assert module._apart([])
    assert module._apart([cycle((4, 5), (0, 1)), cycle((2, 3))])
    assert not module._apart([cycle((4, 5), (0, 2)), cycle((2, 3))])
    assert not module._apart([cycle((0, 3)), cycle((1, 2))])


# --- is there an attracting cycle? ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "parameter", "most", "verdict", "statement", "symbols", "period"),
    [
        (logistic(), "3.83", 12, Verdict.PROVED, "a certified attracting cycle of period 3", 0, 3),
        (logistic(), "3.83", 3, Verdict.PROVED, "a certified attracting cycle of period 3", 0, 3),
        (
            logistic(),
            "3.83",
            2,
            Verdict.REFUTED,
            "no period up to 2 fits the 64 certified symbols of the critical itinerary",
            64,
            None,
        ),
        (
            logistic(),
            5,
            4,
            Verdict.REFUTED,
            "the critical point escapes to infinity: no attracting cycle of any period",
            0,
            None,
        ),
        (
            residual(),
            2,
            3,
            Verdict.REFUTED,
            "the critical point lands exactly on a repelling cycle: no attracting cycle of any period",
            0,
            None,
        ),
        (odd_cubic(), "2.9", 2, Verdict.REFUTED, "every real cycle of the periods 1, 2 was found and repels", 0, None),
        (residual(), "-1/2", 1, Verdict.PROVED, "a certified attracting cycle of period 1", 0, 1),
        (
            logistic(),
            3,
            4,
            Verdict.UNDECIDED,
            "an attracting cycle of period 1, 2, 3, 4 was neither found nor excluded",
            0,
            None,
        ),
        (
            odd_cubic(),
            "2.9",
            5,
            Verdict.UNDECIDED,
            "an attracting cycle of period 1, 2, 3, 4… was neither found nor excluded",
            0,
            None,
        ),
        (
            quadratic(),
            "-5/4",
            2,
            Verdict.UNDECIDED,
            "an attracting cycle of period 2 was neither found nor excluded",
            0,
            None,
        ),
        (
            quadratic(),
            "1/4",
            3,
            Verdict.UNDECIDED,
            "an attracting cycle of period 1, 2, 3 was neither found nor excluded",
            0,
            None,
        ),
    ],
)
def test_what_is_said_of_attraction(
    family: PolynomialFamily,
    parameter: Any,
    most: int,
    verdict: Verdict,
    statement: str,
    symbols: int,
    period: int | None,
) -> None:
    found = module._attraction((family, Fraction(parameter), most))
    assert (found.verdict, found.statement, found.symbols) == (verdict, statement, symbols)
    assert (found.parameter, found.max_period) == (Fraction(parameter), most)
    assert (None if found.cycle is None else found.cycle.period) == period


def test_how_attracting_cycles_are_sought(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    answers: dict[str, Any] = {"sought": None, "bound": None}
    place = Fraction(3)
    monkeypatch.setattr(
        module, "seek_attracting_cycle", lambda *given, **named: noted(asked, (given, named), answers["sought"])
    )
    monkeypatch.setattr(module, "_bound_attractor", lambda *given: noted(asked, given, answers["bound"]))
    monkeypatch.setattr(module, "_bound_points_repel", lambda *given: noted(asked, given, False))
    monkeypatch.setattr(module, "_fate_of_critical_point", lambda *_: pytest.fail("other points attract"))
    for most, shown in ((4, 4), (300, 256)):
        asked.clear()
        assert module._attraction((logistic(), place, most)).verdict is Verdict.UNDECIDED
        both = (logistic(), place)
        assert asked == [both, (both, {"max_period": shown}), both]
    answers["bound"] = SimpleNamespace(period=1)
    assert module._attraction((logistic(), place, 4)).cycle is answers["bound"]
    answers["sought"] = SimpleNamespace(period=4)
    assert module._attraction((logistic(), place, 4)).cycle is answers["sought"]
    answers["sought"] = SimpleNamespace(period=5)
    assert module._attraction((logistic(), place, 4)).verdict is Verdict.UNDECIDED


def test_when_all_cycles_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    fits: dict[str, Any] = {"periods": [3, 5], "cycles": [SimpleNamespace(is_attracting=Verdict.REFUTED)]}
    monkeypatch.setattr(module, "_bound_points_repel", lambda *_: True)
    monkeypatch.setattr(module, "_fate_of_critical_point", lambda *_: None)
    monkeypatch.setattr(module, "_fitting_periods", lambda _, most: (fits["periods"], most))
    monkeypatch.setattr(module, "seek_attracting_cycle", lambda *_, **__: None)
    monkeypatch.setattr(module, "_bound_attractor", lambda *_: None)
    monkeypatch.setattr(module, "real_cycles_by_roots", lambda *given: noted(asked, given[2], fits["cycles"]))

    def verdict(family: PolynomialFamily) -> Verdict:
        return module._attraction((family, Fraction(1), 9)).verdict

    assert (verdict(logistic()), asked) == (Verdict.REFUTED, [3, 5])
    fits["cycles"] = None
    assert verdict(logistic()) is Verdict.UNDECIDED
    fits["cycles"] = [SimpleNamespace(is_attracting=each) for each in (Verdict.REFUTED, Verdict.UNDECIDED)]
    assert verdict(logistic()) is Verdict.UNDECIDED
    fits["cycles"] = ()
    assert verdict(logistic()) is Verdict.REFUTED
    for most, found in ((16, Verdict.REFUTED), (17, Verdict.UNDECIDED)):
        fits["periods"] = [1, most]
        monkeypatch.setattr(module, "_COUNTED_DEGREE", 2**20)
        assert verdict(logistic()) is found
        monkeypatch.setattr(module, "_COUNTED_DEGREE", 2**16 - 1)
        assert verdict(logistic()) is Verdict.UNDECIDED
    fits["periods"] = []
    monkeypatch.setattr(module, "_COUNTED_DEGREE", 2**16)
    answer = module._attraction((logistic(), Fraction(1), 9))
    assert (answer.verdict, answer.symbols) == (Verdict.REFUTED, 9)
    fits["periods"] = [16]
    assert verdict(logistic()) is Verdict.REFUTED


@pytest.mark.parametrize(
    ("most", "letters", "counts", "expected"),
    [
        (3, ["R" * 64], [64, 256, 1024, 4096], ([1, 2, 3], 4096)),
        (3, ["RL" * 32], [64, 256, 1024, 4096], ([2], 4096)),
        (3, ["RLL" * 3], [64], ([3], 9)),  # nothing more is known
        (4, ["RLLR", "RLLRLLRR"], [64], ([], 8)),
        (4, ["RLLRR"], [64], ([4], 5)),
        (5, ["RLLRR"], [64], ([4, 5], 5)),
        (3, [""], [64], ([1, 2, 3], 0)),
        (2, ["RLLR", "R" * 99], [64], ([], 4)),
        (28, ["R"], [64], (list(range(1, 29)), 1)),
        (29, ["R"], [128], (list(range(1, 30)), 1)),
        (300, ["RLLRR"], [1024], ([4, *range(5, 301)], 5)),
    ],
)
def test_periods_that_fit_an_itinerary(
    monkeypatch: pytest.MonkeyPatch, most: int, letters: list[str], counts: list[int], expected: Any
) -> None:
    asked: list[Any] = []

    def certified(*given: Any) -> Any:
        count = given[1]
        longer = [word * (count // 64) if len(word) == 64 else word for word in letters]
        return noted(asked, given, iter(longer))

    monkeypatch.setattr(module, "certified_letters", certified)
    laps: Any = object()
    assert module._fitting_periods(laps, most) == expected
    assert asked == [(laps, count, 2) for count in counts]


ESCAPES = "the critical point escapes to infinity"
LANDS = "the critical point lands exactly on a repelling cycle"


@pytest.mark.parametrize(
    ("family", "parameter", "fate"),
    [
        (quadratic(), 1, ESCAPES),
        (quadratic(), "0.26", ESCAPES),  # through the gap, in thirty steps
        (quadratic(), -2, LANDS),
        (logistic(), 4, LANDS),
        (residual(), 2, LANDS),
        (quadratic(), -1, None),  # superstable
        (quadratic(), 0, None),
        (quadratic(), "-1.9", None),
        (family_of(_x**2 / 100 + _x / 5 - 199 + _r), 0, None),  # u² − 1.9 for x = 100u − 10
        (family_of(_x**2 / 100 + _x / 5 - 209 + _r), 0, LANDS),  # u² − 2
        (family_of(_x**2 / 100 + _x / 5 - 249 + _r), 0, ESCAPES),
        (family_of(-(_x**2) / 100 + _r), 200, LANDS),
        (family_of(_r * _x - _r * _x**2 / 100), "3.9", None),  # the logistic map, a hundred times as large
    ],
)
def test_the_fate_of_the_critical_point(family: PolynomialFamily, parameter: Any, fate: str | None) -> None:
    exact = Fraction(parameter)
    assert module._fate_of_critical_point(Laps(family, exact), exact) == fate


@pytest.mark.parametrize(
    ("row", "start", "repels"),
    [
        ((0, "3/2", 1), 0, True),
        ((0, "-3/2", 1), 0, True),
        ((0, 1, 1), 0, False),
        ((0, -1, 1), 0, False),
        ((1, "-5/4", "1/4"), 0, False),  # 0 → 1 → 0 with the slopes −5/4 and −3/4
        ((1, "-5/2", "3/2"), 0, True),  # with −5/2 and 1/2
        ((1, "-2", "1"), 2, False),  # 2 → 1 → 0 → 1, where the slope is 0: the first one is no point of the cycle
    ],
)
def test_landing_on_a_cycle_and_its_multiplier(row: tuple[Any, ...], start: int, repels: bool) -> None:
    f = tuple(Fraction(v) for v in row)
    orbit = SimpleNamespace(values=lambda _: iter(()), exact_critical_point=lambda _: Fraction(start))
    laps: Any = SimpleNamespace(family=SimpleNamespace(at=lambda _: f), orbit=orbit)
    assert module._fate_of_critical_point(laps, Fraction(1)) == (LANDS if repels else None)


def test_how_large_a_number_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    f = (Fraction(-1, 8), Fraction(3, 2))  # 1/4, of three bits below, is fixed
    orbit = SimpleNamespace(values=lambda _: iter(()), exact_critical_point=lambda _: Fraction(1, 4))
    laps: Any = SimpleNamespace(family=SimpleNamespace(at=lambda _: f), orbit=orbit)
    for most, fate in ((3, LANDS), (2, None)):
        monkeypatch.setattr(module, "_MAX_HEIGHT", most)
        assert module._fate_of_critical_point(laps, Fraction(1)) == fate


def test_a_map_of_lower_degree_has_no_fate() -> None:
    laps: Any = SimpleNamespace(family=family_of(_r * _x**3 + _x**2 - 2))
    assert module._fate_of_critical_point(laps, Fraction(0)) is None


def test_bound_critical_points() -> None:
    family = family_of(_r * _x**4 / 4 - _x**3 / 3 - _r * _x**2 + 2 * _x)  # slope (r x − 1) (x² − 2)
    factors = sorted(family.critical_factors, key=lambda factor: int(factor.degrees()[0]))
    for free, expected in (([], [2, None]), (factors[:1], [None]), (factors[1:], [2]), (factors, [])):
        view: Any = SimpleNamespace(critical_factors=factors, free_critical_factors=free)
        assert list(module._bound_points(view, Fraction(1, 2))) == expected
        assert list(module._bound_points(view, Fraction(0))) == [None for _ in expected]


@pytest.mark.parametrize(
    ("parameter", "repels", "attracts"),
    # 1 lands on −a, where the residual map has the slope (a + 1)²
    [("1", True, None), ("0.001", True, None), ("0", False, None), ("-0.001", False, "0.001"), ("-1/2", False, "0.5")],
)
def test_where_the_bound_critical_point_lands(parameter: str, repels: bool, attracts: str | None) -> None:
    exact = Fraction(parameter)
    for family in (residual(), MOVED):
        assert module._bound_points_repel(family, exact) is repels
        assert (module._bound_attractor(family, exact) is None) is (attracts is None)
    found = module._bound_attractor(residual(), exact)
    if attracts is None:
        assert found is None
    else:
        assert found is not None
        assert found.period == 1
        assert found.parameter == exact
        ((low, high),) = found.points
        assert low <= Fraction(attracts) <= high
    assert module._bound_points_repel(logistic(), Fraction(3))
    assert module._bound_attractor(logistic(), Fraction(3)) is None


def test_bound_points_that_are_no_numbers_prove_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_bound_points", lambda *_: iter([None]))
    assert not module._bound_points_repel(residual(), Fraction(1))
    assert module._bound_attractor(residual(), Fraction(-1, 2)) is None
    monkeypatch.setattr(module, "_bound_points", lambda *_: iter([None, Fraction(10**400), Fraction(1)]))
    found = module._bound_attractor(residual(), Fraction(-1, 2))
    assert found is not None
    assert found.period == 1


# --- in words ---------------------------------------------------------------------------------------------------------


def test_verdicts_in_words() -> None:
    chaos = ChaosVerdict(
        verdict=Verdict.PROVED, parameter=Fraction(19, 5), interval=None, cycle=None, statement="it is so"
    )
    assert chaos._line() == "positive entropy at 3.8: proved; it is so"
    assert table(chaos._repr_html_()) == ("Chaos at 3.8", {"positive entropy": "proved", "proof": "it is so"})
    cycle = cycle_at(logistic(), "3.2", 0.513, 0.799)
    for each, period in ((None, {}), (cycle, {"period": "2"})):
        attraction = AttractingCycleVerdict(
            verdict=Verdict.REFUTED,
            parameter=Fraction(1, 3),
            max_period=7,
            cycle=each,
            symbols=64,
            statement="it is not so",
        )
        assert attraction._line() == "attracting cycle of period ≤ 7 at 1/3: refuted; it is not so"
        assert table(attraction._repr_html_()) == (
            "An attracting cycle at 1/3",
            {
                "attracting cycle": "refuted",
                **period,
                "looked for up to period": "7",
                "proof": "it is not so",
            },
        )
