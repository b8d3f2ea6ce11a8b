"""Itineraries: the words in which the orbit of a free critical point is written, their order, their count.

The maps in mind have one free critical point c, oriented so that f(c) is the largest value (turn the line around where
it is a minimum).  Critical points divide the interval into laps, on each of which f is monotone:

* two laps, + −, c between them: the quadratic families; letters ``L`` and ``R``;
* three laps, + − +, c between the first two; the point between the last two is bound: f sends it to the left end, a
  fixed point.  The residual map of gradient descent is of this kind; letters ``0``, ``1`` and ``2``.

More laps would need a second maximum, hence a second free critical point.  An itinerary lists the laps that the points
f(c), f²(c), … lie in, with ``C`` for c itself.  Itineraries are ordered as their points are: by the first difference,
reversed behind an odd number of letters of the decreasing lap (Milnor and Thurston, "On iterated maps of the
interval", LNM 1342, 1988; Collet and Eckmann, "Iterated Maps on the Interval as Dynamical Systems", 1980, part II).
A word is admissible when no shift of it exceeds it: no point of the orbit exceeds the largest value.

A cycle through c of period n has a word wC with n letters, and a window of parameters around it.  One neighbour of c is
chosen to make w followed by it even (an even number of decreasing steps), the other, odd:

* birth: a cycle (w even)^∞ of multiplier +1; * flip: the cycle (w odd)^∞ has multiplier −1;
* closing crisis: the critical orbit lands on the cycle born with the window: w odd (w even)^∞.

Nothing here knows of any map: it is pure combinatorics, exact, in integers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from math import lcm
from typing import Final

from symphase.display import Shown
from symphase.errors import InputError

__all__ = [
    "THREE_LAPS",
    "TWO_LAPS",
    "Census",
    "Itinerary",
    "LapStructure",
    "census",
]

CRITICAL: Final = "C"
MAX_WORD_PERIOD: Final = 16  # three laps: 4.5 million words up to there
_ALPHABETS: Final = {2: "LR", 3: "012"}


@dataclass(frozen=True, slots=True)
class Itinerary:
    """An eventually periodic sequence of laps: a prefix, then a cycle for ever.

    Attributes
    ----------
    prefix : str
        Letters before the cycle; may be empty.
    cycle : str
        The letters that repeat, at least one.

    Examples
    --------
    >>> print(Itinerary("R", "L"))
    R(L)^∞
    >>> Itinerary("1", "02").first(6)
    '102020'
    """

    prefix: str
    cycle: str

    def __post_init__(self) -> None:
        if not self.cycle:
            raise InputError("cycle", self.cycle, "must hold at least one letter", "give the letters that repeat")

    def __str__(self) -> str:
        return f"{self.prefix}({self.cycle})^∞"

    def letters(self) -> Iterator[str]:
        """Yield the letters without end."""
        yield from self.prefix
        while True:
            yield from self.cycle

    def first(self, count: int) -> str:
        """The first ``count`` letters."""
        return "".join(islice(self.letters(), count))

    def shift(self, count: int = 1) -> Itinerary:
        """The itinerary without its first ``count`` letters."""
        rest = count - len(self.prefix)
        if rest <= 0:
            return Itinerary(self.prefix[count:], self.cycle)
        turn = rest % len(self.cycle)
        return Itinerary("", self.cycle[turn:] + self.cycle[:turn])


@dataclass(frozen=True)
class LapStructure:
    """How many laps there are, hence their letters, directions and order.

    Parameters
    ----------
    laps : int
        2 or 3; see the module's docstring.

    Examples
    --------
    >>> TWO_LAPS.words(3)
    ('RLC',)
    >>> TWO_LAPS.words(4)
    ('RLRC', 'RLLC')
    >>> THREE_LAPS.words(2)
    ('1C', '2C')
    """

    laps: int

    def __post_init__(self) -> None:
        if type(self.laps) is not int or self.laps not in _ALPHABETS:
            raise InputError("laps", self.laps, "must be 2 or 3", "more laps have a second free critical point")

    @property
    def alphabet(self) -> str:
        """The letters of the laps from left to right; the decreasing lap is the second."""
        return _ALPHABETS[self.laps]

    @cached_property
    def codes(self) -> dict[str, int]:
        """The letters' places on the line: laps 0, 2, 4, and 1 for ``C`` between the first two."""
        return {CRITICAL: 1, **{letter: 2 * lap for lap, letter in enumerate(self.alphabet)}}

    # words and their neighbours

    def check(self, word: str) -> str:
        """Return an admissible word wC, refuse anything else.

        Raises
        ------
        InputError
            If it is no admissible word of a critical cycle.
        """
        letters = f"{', '.join(self.alphabet)}"
        if not isinstance(word, str) or not word.endswith(CRITICAL) or set(word[:-1]) - set(self.alphabet):
            said = f"must be letters {letters} followed by one {CRITICAL}"
            raise InputError("word", word, said, f"such as {self.alphabet[-1]}{CRITICAL}")
        if not self.is_admissible(word):
            raise InputError(
                "word",
                word,
                "is the itinerary of no critical orbit: some shift of it exceeds it",
                "take the largest of its shifts",
            )
        return word

    def is_odd(self, letters: str) -> bool:
        """Whether a step through these laps reverses the order of points."""
        return letters.count(self.alphabet[1]) % 2 == 1

    def odd(self, word: str) -> str:
        """Replace the final C of wC by the neighbouring lap that makes it odd.

        Examples
        --------
        >>> TWO_LAPS.odd("RLC"), TWO_LAPS.even("RLC")
        ('RLL', 'RLR')
        """
        body = word[:-1]
        return body + self.alphabet[0 if self.is_odd(body) else 1]

    def even(self, word: str) -> str:
        """Replace the final C of wC by the neighbouring lap that makes it even."""
        body = word[:-1]
        return body + self.alphabet[1 if self.is_odd(body) else 0]

    def double(self, word: str, times: int = 1) -> str:
        """The word of the period-doubled window: wC → w odd w C.

        Examples
        --------
        >>> TWO_LAPS.double("C", 3)
        'RLRRRLRC'
        """
        for _ in range(times):
            word = self.odd(word) + word
        return word

    def halve(self, word: str) -> str | None:
        """The word whose doubling this is, or None.

        Examples
        --------
        >>> THREE_LAPS.halve("1C"), THREE_LAPS.halve("2C")
        ('C', None)
        """
        half = len(word) // 2
        root = word[half:]
        return root if len(word) == 2 * half and half and self.odd(root) == word[:half] else None

    def birth(self, word: str) -> Itinerary:
        """Itinerary of the cycle that is born with a window (for a doubled word, of the cycle that flips)."""
        return Itinerary("", self.even(word))

    def flip(self, word: str) -> Itinerary:
        """Itinerary of the window's cycle where it flips."""
        return Itinerary("", self.odd(word))

    def crisis(self, word: str) -> Itinerary:
        """Itinerary of f(c) at the closing crisis of a window."""
        return Itinerary(self.odd(word), self.even(word))

    # order

    def compare(self, first: Itinerary | str, second: Itinerary | str) -> int:
        """Order of two itineraries: −1, 0 or +1.

        Parameters
        ----------
        first, second : Itinerary or str
            A text stands for the purely periodic itinerary that repeats it.

        Returns
        -------
        int
            0 if they agree for ever, or up to and with a ``C`` at the same place.

        Examples
        --------
        >>> TWO_LAPS.compare("RLLC", "RLC"), TWO_LAPS.compare(Itinerary("R", "L"), "RLLC")
        (1, 1)
        """
        one = Itinerary("", first) if isinstance(first, str) else first
        two = Itinerary("", second) if isinstance(second, str) else second
        span = max(len(one.prefix), len(two.prefix)) + lcm(len(one.cycle), len(two.cycle))
        codes, down = self.codes, self.alphabet[1]
        flips = 1
        for left, right in islice(zip(one.letters(), two.letters(), strict=False), span):
            if left != right:
                return flips if codes[left] > codes[right] else -flips
            if left == CRITICAL:
                return 0
            if left == down:
                flips = -flips
        return 0

    def key(self, word: str) -> tuple[int, ...]:
        """A sort key: tuples of keys stand in the order of the words, which is the order of their parameters."""
        codes, down = self.codes, self.alphabet[1]
        flips = 1
        places = []
        for letter in word:
            places.append(flips * codes[letter])
            if letter == down:
                flips = -flips
        return tuple(places)

    def is_admissible(self, itinerary: Itinerary | str) -> bool:
        """Whether no shift of an itinerary exceeds it.

        Examples
        --------
        >>> TWO_LAPS.is_admissible("RLC"), TWO_LAPS.is_admissible("LRC")
        (True, False)
        """
        whole = Itinerary("", itinerary) if isinstance(itinerary, str) else itinerary
        shifts = len(whole.prefix) + len(whole.cycle)
        return all(self.compare(whole.shift(i), whole) <= 0 for i in range(1, shifts))

    # enumeration

    def words(self, period: int) -> tuple[str, ...]:
        """Every admissible word wC with exactly ``period`` letters, in the order of their parameters.

        Parameters
        ----------
        period : int
            1 to 16.

        Returns
        -------
        tuple of str

        Certainty
        ---------
        Exact: a search through all words that abandons a beginning as soon as one of its shifts exceeds it.
        """
        self._check_period(period)
        found = []
        for body, active, parities in self._beginnings(period - 1):
            follows = self._follow(body, active, parities, CRITICAL) is not None
            if follows and (not body or self.codes[body[0]] > self.codes[CRITICAL]):  # else f(c) < c: no other cycle
                found.append(body + CRITICAL)
        return tuple(found)

    def cycles(self, period: int) -> tuple[str, ...]:
        """Every cycle of laps of exactly ``period`` letters, once, turned to its largest point, in increasing order.

        They are the itineraries of the cycles of the full map; those of smaller maps are a beginning of this list.

        Examples
        --------
        >>> TWO_LAPS.cycles(3)
        ('RLR', 'RLL')
        """
        self._check_period(period)
        return tuple(
            body
            for body, active, _ in self._beginnings(period)
            if all(self.compare(body, body[start:] + body[:start]) > 0 for start in active)
        )

    def _check_period(self, period: object) -> None:
        if isinstance(period, bool) or not isinstance(period, int) or not 1 <= period <= MAX_WORD_PERIOD:
            raise InputError("period", period, f"must be an integer from 1 to {MAX_WORD_PERIOD}", "give a whole number")

    def _follow(self, body: str, active: Sequence[int], parities: Sequence[int], letter: str) -> list[int] | None:
        """The shifts that still agree with a beginning behind one more letter; None if one exceeds it."""
        codes, size = self.codes, len(body)
        kept = []
        for start in (*active, size) if size else ():
            expected = body[size - start]
            if letter == expected:
                kept.append(start)
            elif (codes[letter] > codes[expected]) == (parities[size - start] > 0):
                return None
        return kept

    def _beginnings(self, length: int) -> Iterator[tuple[str, tuple[int, ...], tuple[int, ...]]]:
        """Yield words that no shift of theirs exceeds, in order, with the shifts that agree to their end.

        The third item tells for each place whether the letters before it reverse the order.
        """
        down = self.alphabet[1]
        stack: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = [("", (), (1,))]
        while stack:
            body, active, parities = stack.pop()
            if len(body) == length:
                yield body, active, parities
                continue
            rising = parities[-1] > 0
            for letter in reversed(self.alphabet) if rising else self.alphabet:  # the last one pushed comes first
                kept = self._follow(body, active, parities, letter)
                if kept is not None:
                    parity = -parities[-1] if letter == down else parities[-1]
                    stack.append((body + letter, tuple(kept), (*parities, parity)))

    def words_up_to(self, max_period: int) -> tuple[str, ...]:
        """Every admissible word wC with at most ``max_period`` letters, in the order of their parameters."""
        every = chain.from_iterable(self.words(n) for n in range(1, max_period + 1))
        return tuple(sorted(every, key=self.key))


TWO_LAPS: Final = LapStructure(2)
THREE_LAPS: Final = LapStructure(3)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Census(Shown):
    """How many cycles of each period are born on the whole way of a family, by identities alone.

    Attributes
    ----------
    laps : int
    max_period : int
    cycles : tuple of int
        ``cycles[n-1]`` = M(n): cycles of period n of the full map at the end.
    flips : tuple of int
        Cycles of period n that flip.
    tangencies : tuple of int
        Pairs of n-cycles that are born at tangencies (0 for n = 1: the fixed points are there from the start).
    superstable : tuple of int
        Windows of period n: one each for a tangency and for a flip of half the period.
    """

    laps: int
    max_period: int
    cycles: tuple[int, ...]
    flips: tuple[int, ...]
    tangencies: tuple[int, ...]
    superstable: tuple[int, ...]

    @property
    def total(self) -> int:
        """Number of windows up to ``max_period``."""
        return sum(self.superstable)

    def _line(self) -> str:
        return f"{self.total} cycles up to period {self.max_period} of a map with {self.laps} laps [exact]"


def census(laps: int, max_period: int) -> Census:
    """Count cycles, flips, tangencies and windows by the identities of bookkeeping, without listing a word.

    M(n) = (1/n) Σ_{d|n} μ(n/d) laps^d cycles of period n exist at the end of the family.  Each is born at a tangency,
    in pairs, or at the flip of a cycle of half its period; of each pair one is attracting at first and flips:

        tangencies(n) = (M(n) − flips(n/2)) / 2,   flips(n) = tangencies(n) + flips(n/2).

    Parameters
    ----------
    laps : int
        2 or 3.
    max_period : int
        At least 1.

    Returns
    -------
    Census

    Certainty
    ---------
    Exact, for families whose kneading sequence is monotone and runs through to the full map.

    References
    ----------
    Metropolis, Stein and Stein, "On finite limit sets for transformations on the unit interval", J. Combin. Theory A
    15 (1973), for two laps: 1, 1, 1, 2, 3, 5, 9, 16, …

    Examples
    --------
    >>> census(2, 8).superstable
    (1, 1, 1, 2, 3, 5, 9, 16)
    >>> census(3, 12).total
    34903
    """
    LapStructure(laps)
    if isinstance(max_period, bool) or not isinstance(max_period, int) or not 1 <= max_period <= 1000:
        raise InputError("max_period", max_period, "must be an integer from 1 to 1000", "give a whole number")
    cycles: list[int] = []
    flips: list[int] = []
    tangencies: list[int] = []
    for n in range(1, max_period + 1):
        cycles.append((laps**n - sum(d * cycles[d - 1] for d in range(1, n) if n % d == 0)) // n)
        inherited = flips[n // 2 - 1] if n % 2 == 0 else 0
        tangencies.append((cycles[-1] - inherited) // 2 if n > 1 else 0)
        flips.append(tangencies[-1] + inherited if n > 1 else 1)
    return Census(
        laps=laps,
        max_period=max_period,
        cycles=tuple(cycles),
        flips=tuple(flips),
        tangencies=tuple(tangencies),
        superstable=tuple(flips),  # every window ends in one flip, also that of a cycle born at a flip
    )
