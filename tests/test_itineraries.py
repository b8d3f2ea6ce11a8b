"""Itineraries against a second route: points of the full piecewise linear map, whose order is the order of numbers."""

from __future__ import annotations

import dataclasses
import itertools
from fractions import Fraction

import pytest

from symphase.errors import InputError
from symphase.itineraries import THREE_LAPS, TWO_LAPS, Itinerary, LapStructure, census

STRUCTURES = [TWO_LAPS, THREE_LAPS]


def _branch(laps: LapStructure, letter: str) -> tuple[Fraction, Fraction]:
    """Inverse branch y ↦ slope·y + constant of the full map of slopes ± the number of laps on [0, 1]."""
    lap, size = laps.alphabet.index(letter), laps.laps
    return (Fraction(-1, size), Fraction(lap + 1, size)) if lap == 1 else (Fraction(1, size), Fraction(lap, size))


def _pull_back(laps: LapStructure, letters: str) -> tuple[Fraction, Fraction]:
    """The composition of inverse branches along letters, as slope and constant."""
    slope, constant = Fraction(1), Fraction(0)
    for letter in reversed(letters):
        s, t = _branch(laps, letter)
        slope, constant = s * slope, s * constant + t
    return slope, constant


def position(laps: LapStructure, prefix: str, cycle: str) -> Fraction:
    """The point of the full map with a given itinerary; one letter C is allowed at the end of the cycle."""
    if cycle.endswith("C"):
        slope, constant = _pull_back(laps, prefix + cycle[:-1])
        return slope * Fraction(1, laps.laps) + constant
    slope, constant = _pull_back(laps, cycle)
    point = constant / (1 - slope)
    slope, constant = _pull_back(laps, prefix)
    return slope * point + constant


def _words_by_position(laps: LapStructure, period: int) -> list[str]:
    """Every admissible word by trying all: no point of the orbit may exceed the first; sorted by position."""
    found = []
    for letters in itertools.product(laps.alphabet, repeat=period - 1):
        word = "".join(letters) + "C"
        places = [position(laps, "", word[i:]) for i in range(period)]
        if all(place <= places[0] for place in places) and (period == 1 or places[0] > Fraction(1, laps.laps)):
            found.append((places[0], word))
    return [word for _, word in sorted(found)]


@pytest.mark.parametrize("laps", STRUCTURES, ids=["two laps", "three laps"])
def test_words_are_those_that_the_piecewise_linear_map_admits_in_its_order(laps: LapStructure) -> None:
    for period in range(1, 8 if laps.laps == 3 else 11):
        expected = _words_by_position(laps, period)
        assert expected
        assert list(laps.words(period)) == expected
    together = laps.words_up_to(6)
    assert [position(laps, "", word) for word in together] == sorted(position(laps, "", word) for word in together)


@pytest.mark.parametrize("laps", STRUCTURES, ids=["two laps", "three laps"])
def test_comparison_agrees_with_the_order_of_points(laps: LapStructure) -> None:
    words = ["".join(w) for n in (1, 2, 3) for w in itertools.product(laps.alphabet, repeat=n)]
    pairs = [(Itinerary(p, q), position(laps, p, q)) for p in ["", *words[:6]] for q in words]
    pairs += [(Itinerary("", w), position(laps, "", w)) for w in laps.words(4)]
    assert len(pairs) > 80
    ends = {Fraction(k, laps.laps) for k in range(1, laps.laps)}  # a lap's end has two itineraries

    def is_clear(itinerary: Itinerary) -> bool:
        if itinerary.cycle.endswith("C"):
            return True
        shifts = [itinerary.shift(i) for i in range(len(itinerary.prefix) + len(itinerary.cycle))]
        return not any(position(laps, s.prefix, s.cycle) in ends for s in shifts)

    for (one, x), (two, y) in itertools.combinations([pair for pair in pairs if is_clear(pair[0])], 2):
        assert laps.compare(one, two) == (x > y) - (x < y), (one, two)
        assert laps.compare(two, one) == (y > x) - (y < x)


@pytest.mark.parametrize("laps", STRUCTURES, ids=["two laps", "three laps"])
def test_cycles_are_the_primitive_necklaces_each_once(laps: LapStructure) -> None:
    for period in range(1, 8):
        necklaces = set()
        for letters in itertools.product(laps.alphabet, repeat=period):
            word = "".join(letters)
            turns = [word[i:] + word[:i] for i in range(period)]
            if len(set(turns)) == period:
                necklaces.add(max(turns, key=lambda turn: position(laps, "", turn)))
        found = laps.cycles(period)
        assert set(found) == necklaces
        assert len(found) == len(necklaces) == census(laps.laps, period).cycles[-1]
        assert [position(laps, "", w) for w in found] == sorted(position(laps, "", w) for w in found)


def test_the_census_is_the_published_one() -> None:
    # Metropolis, Stein and Stein 1973, table of U-sequences
    assert census(2, 12).superstable == (1, 1, 1, 2, 3, 5, 9, 16, 28, 51, 93, 170)
    three = census(3, 12)
    assert three.superstable[:5] == (1, 2, 4, 10, 24)
    assert three.total == 34903
    # the number of fixed points of the n-th iterate of the full map
    for laps in (2, 3):
        counts = census(laps, 12)
        for n in range(1, 13):
            assert sum(d * counts.cycles[d - 1] for d in range(1, n + 1) if n % d == 0) == laps**n
            if n > 1:  # every cycle is born once: pairs at tangencies, single ones at flips
                flips = counts.flips[n // 2 - 1] if n % 2 == 0 else 0
                assert 2 * counts.tangencies[n - 1] + flips == counts.cycles[n - 1]


@pytest.mark.parametrize("laps", STRUCTURES, ids=["two laps", "three laps"])
def test_the_enumeration_counts_what_the_census_says(laps: LapStructure) -> None:
    limit = 9 if laps.laps == 3 else 14
    counts = census(laps.laps, limit)
    for n in range(1, limit + 1):
        words = laps.words(n)
        assert len(set(words)) == len(words) == counts.superstable[n - 1]
        doubled = [word for word in words if laps.halve(word) is not None]
        assert len(doubled) == (counts.flips[n // 2 - 1] if n % 2 == 0 else 0)


@pytest.mark.parametrize("laps", STRUCTURES, ids=["two laps", "three laps"])
def test_the_numbers_of_a_window_stand_in_order(laps: LapStructure) -> None:
    for word in laps.words_up_to(6):
        doubled = laps.double(word)
        assert laps.check(doubled) == doubled
        assert laps.halve(doubled) == word
        stages = [laps.birth(word), Itinerary("", word), laps.flip(word), Itinerary("", doubled), laps.crisis(word)]
        assert all(laps.compare(a, b) < 0 for a, b in itertools.pairwise(stages)), word
        assert not laps.is_odd(laps.even(word))
        assert laps.is_odd(laps.odd(word))
        assert laps.is_admissible(laps.crisis(word))
        assert laps.compare(laps.birth(doubled), laps.flip(word)) == 0  # where the one ends the other begins


def test_doubling_is_the_rule_of_the_feigenbaum_word() -> None:
    from symphase.onset import feigenbaum_word

    assert TWO_LAPS.double("C", 6)[:-1] == feigenbaum_word(63)


def test_itineraries_shift_and_print() -> None:
    itinerary = Itinerary("RL", "RRL")
    assert itinerary.first(9) == "RLRRLRRLR"
    for count in range(8):
        assert itinerary.shift(count).first(6) == itinerary.first(6 + count)[count:]
    assert str(itinerary) == "RL(RRL)^∞"
    with pytest.raises(dataclasses.FrozenInstanceError):
        itinerary.prefix = "L"  # type: ignore[misc]  # frozen: it must refuse


@pytest.mark.parametrize("word", ["", "R", "RLCC", "CRL", "LRC", "RXC", "0C", 7, None, "RRC", "RLRRLC"])
def test_what_is_no_word_is_refused(word: object) -> None:
    with pytest.raises(InputError, match="word"):
        TWO_LAPS.check(word)  # type: ignore[arg-type]  # the wrong type is the point


@pytest.mark.parametrize("value", [0, -1, 17, 2.0, "3", True, None, 10**9])
def test_bad_periods_are_refused(value: object) -> None:
    with pytest.raises(InputError, match="period"):
        TWO_LAPS.words(value)  # type: ignore[arg-type]  # the wrong type is the point
    with pytest.raises(InputError, match="period"):
        TWO_LAPS.cycles(value)  # type: ignore[arg-type]  # the wrong type is the point
    if value != 17:
        with pytest.raises(InputError, match="max_period"):
            census(2, value)  # type: ignore[arg-type]  # the wrong type is the point


@pytest.mark.parametrize("value", [0, 1, 4, 2.5, True, "2"])
def test_other_numbers_of_laps_are_refused(value: object) -> None:
    with pytest.raises(InputError, match="laps"):
        LapStructure(value)  # type: ignore[arg-type]  # the wrong type is the point
    with pytest.raises(InputError, match="cycle"):
        Itinerary("R", "")
