"""Itineraries word for word, and their limits."""

from __future__ import annotations

import re
from typing import Any

import pytest

from symphase.errors import InputError
from symphase.itineraries import THREE_LAPS, TWO_LAPS, Itinerary, LapStructure, census


def refused(said: str) -> Any:
    return pytest.raises(InputError, match=f"^{re.escape(said)}$")


@pytest.mark.parametrize(
    ("prefix", "cycle", "count", "rest"),
    [
        ("RL", "RRL", 0, "RL(RRL)^∞"),
        ("RL", "RRL", 1, "L(RRL)^∞"),
        ("RL", "RRL", 2, "(RRL)^∞"),
        ("RL", "RRL", 3, "(RLR)^∞"),
        ("RL", "RRL", 5, "(RRL)^∞"),
        ("", "RRL", 7, "(RLR)^∞"),
    ],
)
def test_an_itinerary_without_its_first_letters(prefix: str, cycle: str, count: int, rest: str) -> None:
    assert str(Itinerary(prefix, cycle).shift(count)) == rest
    assert Itinerary(prefix, cycle).shift() == Itinerary(prefix, cycle).shift(1)


def test_an_itinerary_without_an_end_is_refused() -> None:
    with refused("cycle = '': must hold at least one letter; give the letters that repeat"):
        Itinerary("R", "")


@pytest.mark.parametrize("laps", [1, 4, True, 2.0, "2"])
def test_other_numbers_of_laps_are_refused(laps: Any) -> None:
    with refused(f"laps = {laps}: must be 2 or 3; more laps have a second free critical point"):
        LapStructure(laps)


@pytest.mark.parametrize(
    ("laps", "word", "said"),
    [
        (TWO_LAPS, 7, "word = 7: must be letters L, R followed by one C; such as RC"),
        (TWO_LAPS, "RL", "word = RL: must be letters L, R followed by one C; such as RC"),
        (THREE_LAPS, "1CC", "word = 1CC: must be letters 0, 1, 2 followed by one C; such as 2C"),
        (
            TWO_LAPS,
            "LRC",
            (
                "word = LRC: is the itinerary of no critical orbit: some shift of it exceeds it; "
                "take the largest of its shifts"
            ),
        ),
    ],
)
def test_what_is_no_word_is_told_why(laps: LapStructure, word: Any, said: str) -> None:
    with refused(said):
        laps.check(word)


def test_words_that_are_there() -> None:
    assert [TWO_LAPS.check(word) for word in ("C", "RC", "RLC")] == ["C", "RC", "RLC"]
    assert LapStructure(3).codes == {"0": 0, "C": 1, "1": 2, "2": 4}
    assert LapStructure(2).codes == {"L": 0, "C": 1, "R": 2}


def test_doubling_and_its_reverse() -> None:
    assert TWO_LAPS.double("C") == "RC"
    assert TWO_LAPS.double("C", 0) == "C"
    assert TWO_LAPS.double("RLC") == "RLLRLC"
    for word, root in (("RC", "C"), ("RLLRLC", "RLC"), ("RLC", None), ("C", None), ("", None), ("RLRRLC", None)):
        assert TWO_LAPS.halve(word) == root


def test_the_three_numbers_of_a_window() -> None:
    assert [str(found) for found in (TWO_LAPS.birth("RLC"), TWO_LAPS.flip("RLC"), TWO_LAPS.crisis("RLC"))] == [
        "(RLR)^∞",
        "(RLL)^∞",
        "RLL(RLR)^∞",
    ]


def test_order_of_itineraries() -> None:
    for smaller, larger in (("L", "R"), ("R", "RL"), (Itinerary("RR", "L"), Itinerary("R", "L")), ("RC", "RLC")):
        assert (TWO_LAPS.compare(smaller, larger), TWO_LAPS.compare(larger, smaller)) == (-1, 1)
    assert TWO_LAPS.compare("RC", Itinerary("RC", "L")) == 0  # what follows C is the same
    assert TWO_LAPS.compare("RL", "RLRL") == 0
    assert TWO_LAPS.compare(Itinerary("RLLL", "R"), Itinerary("R", "LLLR")) == 1  # R⁻RRRR…: one more R reverses
    assert TWO_LAPS.compare(Itinerary("", "LLLLLR"), Itinerary("LLLLL", "RLLLLL")) == 0
    assert TWO_LAPS.compare(Itinerary("LLLLL", "R"), "L") == 1
    assert TWO_LAPS.compare("LLLLLL", Itinerary("LLLLL", "R")) == -1
    assert TWO_LAPS.compare("LLL", "LLLLR") == -1


def test_keys_stand_in_the_order_of_words() -> None:
    assert TWO_LAPS.key("RLRC") == (2, 0, -2, 1)
    assert THREE_LAPS.key("210C") == (4, 2, 0, -1)
    assert TWO_LAPS.words_up_to(4) == ("C", "RC", "RLRC", "RLC", "RLLC")


def test_a_periodic_itinerary_is_held_against_its_shifts() -> None:
    assert TWO_LAPS.is_admissible(Itinerary("R", "L"))
    assert not TWO_LAPS.is_admissible(Itinerary("R", "RL"))
    assert not THREE_LAPS.is_admissible(Itinerary("20", "102"))  # the last shift, (210)^∞, is the only one to exceed it
    assert not TWO_LAPS.is_admissible(Itinerary("L", "R"))
    assert TWO_LAPS.is_admissible("L")
    assert TWO_LAPS.is_admissible("RLRL")  # a shift may be the whole again


@pytest.mark.parametrize("verb", ["words", "cycles"])
def test_periods_are_limited(verb: str) -> None:
    for period in (0, 17, True, 1.0):
        with refused(f"period = {period}: must be an integer from 1 to 16; give a whole number"):
            getattr(TWO_LAPS, verb)(period)


def test_the_longest_words_are_listed() -> None:
    counts = census(2, 16)
    assert len(TWO_LAPS.words(16)) == counts.superstable[15]
    assert TWO_LAPS.words(1) == ("C",)
    assert TWO_LAPS.cycles(1) == ("L", "R")


def test_a_census_in_words() -> None:
    found = census(2, 4)
    assert repr(found) == "<Census: 5 cycles up to period 4 of a map with 2 laps [exact]>"
    assert (found.laps, found.max_period, found.total) == (2, 4, 5)
    assert found.cycles == (2, 1, 2, 3)
    assert (found.flips, found.tangencies, found.superstable) == ((1, 1, 1, 2), (0, 0, 1, 1), (1, 1, 1, 2))


def test_a_census_is_limited() -> None:
    assert len(census(3, 1000).cycles) == 1000
    assert census(2, 1).superstable == (1,)
    for most in (0, 1001, True, 2.0):
        with refused(f"max_period = {most}: must be an integer from 1 to 1000; give a whole number"):
            census(2, most)  # type: ignore[arg-type]  # the point of the test
    with refused("laps = 5: must be 2 or 3; more laps have a second free critical point"):
        census(5, 3)
