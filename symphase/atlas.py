"""The atlas: every stable window of one story of a family up to a period, complete, certified, in order.

A story is the part of the parameter axis from the birth of a fixed point to the full map.  A family may have several,
and attracting cycles outside of all of them: an atlas covers one story and says from where to where.

Complete means: :func:`build_atlas` takes the admissible words one by one (:mod:`symphase.itineraries`), proves a window
for each (:mod:`symphase.windows`), and an :class:`Atlas` cannot exist unless

* its windows of each period are as many as the census identities say, which list no words;
* their words are different, and their superstable parameters stand in the order of the words;
* the numbers of each window stand in order: birth, superstable, flip, end of the cascade, closing crisis;
* any two windows are disjoint or nested, a doubled window begins where its parent's cycle flips, and a window lies
  inside another exactly where its word lies between the other's birth and crisis.

That each word belongs to one window only is the theorem that the atlas names.  A window that is missing, doubled or
unproved raises :class:`AtlasError`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from symphase.algebraic import RealAlgebraic
from symphase.arguments import flag, instance, one_of, reporter
from symphase.bifurcations import MAX_POINTS, bifurcation_polynomials
from symphase.certificates import MAX_NAME, is_name
from symphase.charts import KneadingChart, KneadingStory, kneading_story, locate
from symphase.display import (
    ROWS,
    Shown,
    count_text,
    facts_table,
    family_html,
    family_text,
    level_html,
    number_text,
    rows_latex,
    rows_table,
    text_html,
    words_html,
    words_latex,
)
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.files import is_special, write_whole
from symphase.formulas import exact_rational
from symphase.itineraries import LapStructure, census
from symphase.landings import algebraic_landing
from symphase.maps import MAX_DEGREE, PolynomialFamily
from symphase.processes import BudgetExceeded, check_workers, in_parallel, where_killable
from symphase.windows import AtlasError, Birth, Bounds, Chain, Window, certify_chain

__all__ = ["Atlas", "AtlasError", "Birth", "Location", "Place", "Window", "build_atlas", "load_atlas"]

Progress = Callable[[str, int, int], None]
MAX_PERIOD: Final = 16
MAX_WINDOWS: Final = 300_000
_WORTH_A_POOL: Final = 4.0  # seconds of work below which processes cost more than they save
_SECONDS_PER_WINDOW: Final = 0.003  # on one core of 2024, for a cubic family
_LANDING_DEGREE: Final = 1000  # of a crisis as an algebraic number: about a second
_BATCH: Final = 64  # windows proved between two looks at the keyboard: about 0.2 s
_FORMAT: Final = "symphase-atlas"
_VERSION: Final = 1
MAX_FILE_BYTES: Final = 2**28
_CHUNK: Final = 2**16
_MAX_LINE: Final = 2**16
_MAX_EXPONENT: Final = 4096
_END_DIGITS: Final = 30
_STORY_SECONDS: Final = 60.0  # for the story of a family that a file names
_HEADER = re.compile(rb"symphase-atlas (\d{1,6}) ([0-9a-f]{64}) (\d{1,12})\n")


class Place(Enum):
    """Where in a window a parameter lies."""

    STABLE = "the window's cycle attracts"
    CASCADE = "period doublings of the window's cycle"
    BANDS = "beyond the cascade, before the closing crisis"
    OUTSIDE = "in no window up to the atlas's period"
    ELSEWHERE = "before or beyond the part of the axis that this atlas covers"
    UNDECIDED = "within the proved bounds of an event: on which side of it is open"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Location(Shown):
    """The innermost window that holds a parameter.

    Attributes
    ----------
    parameter : Fraction
    window : Window or None
        None outside all windows and elsewhere; where undecided, the window whose event is too close.
    place : Place
    """

    parameter: Fraction
    window: Window | None
    place: Place

    def __str__(self) -> str:
        if self.window is None:
            return str(self.place)
        return f"window {self.window.word} of period {self.window.period}: {self.place}"

    def _line(self) -> str:
        return f"{number_text(self.parameter)}: {self} [certified]"

    def _repr_html_(self) -> str:
        held = self.window
        facts = [
            ("parameter", text_html(number_text(self.parameter))),
            ("place", text_html(self.place)),
            ("window", "" if held is None else f"<code>{text_html(held.word)}</code>, period {held.period}"),
            ("certainty", level_html(Certainty.CERTIFIED)),
        ]
        return facts_table("Where a parameter lies in the atlas", facts)


@dataclass(frozen=True, kw_only=True, repr=False)
class Atlas(Shown, Sequence[Window]):
    """All stable windows of one story of a family up to a period.

    Attributes
    ----------
    family, reduced_family : PolynomialFamily
        As given, and the quotient by an odd symmetry that the words are about.
    max_period : int
    laps : LapStructure
    direction : int
        +1 if the windows follow each other with growing parameter, −1 otherwise.
    covers : (RealAlgebraic, RealAlgebraic)
        Both ends of the story, exactly, in phase order: the birth of its fixed point and the full map.  Of parameters
        elsewhere the atlas says nothing.
    within : (Fraction, Fraction) or None
        The interval that told the story from others of the family, as it was given.
    theorem : str
        Why each word belongs to one and only one window of the story.
    windows : tuple of Window
        In phase order of their superstable parameters.

    Raises
    ------
    AtlasError
        On construction, unless the windows are complete and in order; see the module's docstring.
    """

    family: PolynomialFamily
    reduced_family: PolynomialFamily
    max_period: int
    laps: LapStructure
    direction: int
    covers: tuple[RealAlgebraic, RealAlgebraic]
    within: Bounds | None = None
    theorem: str
    windows: tuple[Window, ...] = field(repr=False)

    def __post_init__(self) -> None:
        _check_census(self.windows, self.laps, self.max_period)
        object.__setattr__(self, "_containers", _check_order(self.windows, self.laps, self.direction))
        _check_ends(self.windows, self.covers, self.direction)

    def __len__(self) -> int:
        return len(self.windows)

    def __iter__(self) -> Iterator[Window]:
        return iter(self.windows)

    def __getitem__(self, index: Any) -> Any:
        return self.windows[index]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {window.word: i for i, window in enumerate(self.windows)}

    @cached_property
    def _births(self) -> list[Fraction]:
        """Births, times the direction; they grow, as a window within another is born beyond the other's flip."""
        return [self.direction * (window.birth[0] + window.birth[1]) / 2 for window in self.windows]

    def container(self, window: Window) -> Window | None:
        """The smallest window of the atlas around another one, or None."""
        if instance(window, Window, "window", "take one of this atlas").word not in self._places:
            raise InputError("window", window.word, "is no window of this atlas", "take one of this atlas")
        containers: tuple[int | None, ...] = getattr(self, "_containers")  # noqa: B009  # set on construction
        index = containers[self._places[window.word]]
        return None if index is None else self.windows[index]

    def by_word(self, word: str) -> Window:
        """The window of an admissible word.

        Raises
        ------
        InputError
            If the word is not admissible or longer than the atlas goes.
        """
        self.laps.check(word)
        if len(word) > self.max_period:
            raise InputError(
                "word",
                word,
                f"is longer than this atlas goes: period {self.max_period}",
                "build one with a larger max_period",
            )
        return self.windows[self._places[word]]

    def of_period(self, period: int) -> tuple[Window, ...]:
        """The windows of one period, in phase order."""
        if isinstance(period, bool) or not isinstance(period, int) or not 1 <= period <= self.max_period:
            raise InputError("period", period, f"must be an integer from 1 to {self.max_period}", "give a whole number")
        return tuple(window for window in self.windows if window.period == period)

    def widest(self, count: int = 10, *, doubled: bool = False) -> tuple[Window, ...]:
        """The widest windows, widest first.

        Parameters
        ----------
        count : int
        doubled : bool
            Whether windows that are period doublings of others count, too.
        """
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise InputError("count", count, "must be an integer ≥ 0", "give a whole number")
        flag(doubled, "doubled")
        chosen = (window for window in self.windows if doubled or window.parent is None)
        return tuple(sorted(chosen, key=lambda window: -window.width)[:count])

    def window_at(self, parameter: object) -> Location:
        """The innermost window of the story that holds a parameter.

        Parameters
        ----------
        parameter : int, float, Fraction, Decimal or str
            Exact: a float is the rational it stores.

        Returns
        -------
        Location

        Certainty
        ---------
        Certified, up to the atlas's period: "outside" and "beyond the cascade" leave room for windows of longer
        periods, and ``Place.ELSEWHERE`` for anything at all.

        Examples
        --------
        >>> import sympy
        >>> r, x = sympy.symbols("r x")
        >>> atlas = build_atlas(PolynomialFamily(r * x * (1 - x), variable=x, parameter=r), 4)
        >>> print(atlas.window_at("3.84"))
        window RLC of period 3: the window's cycle attracts
        """
        exact = exact_rational(parameter, "parameter")
        index = bisect_right(self._births, self.direction * exact)
        for near in self.windows[max(0, index - 1) : index + 1]:  # a birth too close to call, just before or behind
            if near.birth[0] <= exact <= near.birth[1]:
                return Location(parameter=exact, window=near, place=Place.UNDECIDED)
        window = self.windows[index - 1] if index else None
        while window is not None:
            side = _side(exact, window.crisis, self.direction)
            if side == 0:
                return Location(parameter=exact, window=window, place=Place.UNDECIDED)
            if side < 0:
                break
            window = self.container(window)
        if window is None:
            return Location(
                parameter=exact, window=None, place=Place.OUTSIDE if self._is_covered(exact) else Place.ELSEWHERE
            )
        for bounds, place in ((window.flip, Place.STABLE), (window.cascade_end, Place.CASCADE)):
            side = _side(exact, bounds, self.direction)
            if side <= 0:
                return Location(parameter=exact, window=window, place=place if side else Place.UNDECIDED)
        return Location(parameter=exact, window=window, place=Place.BANDS)

    def _is_covered(self, parameter: Fraction) -> bool:
        lower, upper = sorted(self.covers)
        return lower <= parameter <= upper

    def exact(self, word: str, event: str) -> RealAlgebraic | None:
        """One event of a window as an algebraic number, where the degree allows.

        Parameters
        ----------
        word : str
            The window's word.
        event : str
            "birth", "superstable", "flip" or "crisis".

        Returns
        -------
        RealAlgebraic or None
            None where the degree is beyond what is computed here.

        Certainty
        ---------
        Exact: the only root of the event's polynomial within the window's certified bounds.

        Raises
        ------
        InputError
            For another event (the end of a cascade is no known algebraic number), or a word that is not admissible.

        Examples
        --------
        >>> import sympy
        >>> r, x = sympy.symbols("r x")
        >>> atlas = build_atlas(PolynomialFamily(r * x * (1 - x), variable=x, parameter=r), 3)
        >>> print(atlas.exact("RLC", "birth"))
        1 + 2*sqrt(2)
        """
        one_of(event, ("birth", "superstable", "flip", "crisis"), "event", "the end of a cascade is not known exactly")
        window, family = self.by_word(word), self.reduced_family
        within, n = getattr(window, event), window.period
        if event == "superstable":
            return algebraic_landing(family, 0, n, within)
        if event == "crisis":
            cycle = n if window.parent is None else n // 2  # what doubled lands on the cycle that it doubled from
            return algebraic_landing(family, n + 1, cycle, within, max_degree=_LANDING_DEGREE)
        period, multiplier = (n, 1) if event == "birth" else (n, -1)
        if event == "birth" and window.birth_kind is Birth.FLIP:
            period, multiplier = n // 2, -1
        if family.degree**period > MAX_POINTS:
            return None
        roots = bifurcation_polynomials(family, period, multiplier, within=within).roots
        return roots[0].value if len(roots) == 1 else None

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the atlas to a file: compact, versioned, with a checksum; the same atlas gives the same bytes.

        The file appears whole or not at all: it is written beside its place, synchronised and renamed.  It keeps the
        names of the family's symbols, not what SymPy was told to assume of them.

        Raises
        ------
        InputError
            If the file cannot be written, or a name could not be read back.
        """
        _check_names(self.family)
        return write_whole(path, _encode(self))

    def _line(self) -> str:
        counted = f"{count_text(len(self), 'window')} up to period {self.max_period}"
        return f"{counted} [certified] of {family_text(self.family)}"

    def _repr_latex_(self) -> str:
        sure = words_latex(str(Certainty.CERTIFIED))
        return rows_latex(((*window._row_latex(), sure) for window in self.widest(ROWS)), total=len(self))

    def _repr_html_(self) -> str:
        rows = (
            (
                f"<code>{text_html(window.word)}</code>",
                str(window.period),
                f"{window.decimal('birth', 12)}…",
                f"{window.decimal('crisis', 12)}…",
                number_text(float(window.width)),
            )
            for window in self.widest(ROWS)
        )
        caption = (
            f"The widest of {count_text(len(self), 'stable window')} up to period {self.max_period} of "
            f"{family_html(self.family)} {level_html(Certainty.CERTIFIED)}"
        )
        columns = ("word", "period", "birth", "closing crisis", "width")
        return rows_table(caption, columns, rows, total=len(self), note=words_html(self.theorem))


def _side(parameter: Fraction, bounds: Bounds, direction: int) -> int:
    """−1 before, +1 beyond, 0 within, in phase order."""
    if bounds[0] <= parameter <= bounds[1]:
        return 0
    return direction if parameter > bounds[1] else -direction


# --- what an atlas must satisfy ---------------------------------------------------------------------------------------


def _check_census(windows: Sequence[Window], laps: LapStructure, max_period: int) -> None:
    """Counts by identities against counts of windows."""
    expected = census(laps.laps, max_period)
    words: set[str] = set()
    counts = [0] * max_period
    doubled = [0] * max_period
    for window in windows:
        if window.word in words:
            raise AtlasError(f"window {window.word} appears twice")
        words.add(window.word)
        if not window.period <= max_period:
            raise AtlasError(f"window {window.word} is of a longer period than {max_period}")
        counts[window.period - 1] += 1
        doubled[window.period - 1] += window.birth_kind is Birth.FLIP
    for n in range(1, max_period + 1):
        if counts[n - 1] != expected.superstable[n - 1]:
            raise AtlasError(f"{counts[n - 1]} windows of period {n}; the census says {expected.superstable[n - 1]}")
        flips = expected.flips[n // 2 - 1] if n % 2 == 0 else 0
        if doubled[n - 1] != flips:
            raise AtlasError(f"{doubled[n - 1]} windows of period {n} are born at flips; the census says {flips}")


def _check_ends(windows: Sequence[Window], covers: tuple[RealAlgebraic, RealAlgebraic], direction: int) -> None:
    """The fixed point's window begins with the story, and the last one before its end."""
    birth, last = min(windows, key=lambda window: window.period).birth, windows[-1].superstable
    if not birth[0] <= covers[0] <= birth[1]:
        raise AtlasError("the first window does not begin where the story does")
    if not (last[1] < covers[1] if direction > 0 else last[0] > covers[1]):
        raise AtlasError("the last window lies beyond the story's end")


def _check_order(windows: Sequence[Window], laps: LapStructure, direction: int) -> tuple[int | None, ...]:
    """Order and nesting, in integers; returns for each window the place of the smallest one around it."""
    finest = max(window.exponent for window in windows)

    def scaled(window: Window) -> list[tuple[int, int]]:
        shift = finest - window.exponent
        birth, centre, flip, ordered, chaotic, crisis = (direction * m for m in window.units)
        pairs = [(m - 1, m + 1) for m in (birth, centre, flip)] + [(ordered, chaotic), (crisis - 1, crisis + 1)]
        return [(low << shift, high << shift) for low, high in pairs]

    marks = [scaled(window) for window in windows]
    keys = [laps.key(laps.check(window.word)) for window in windows]
    for i, window in enumerate(windows):
        if window.direction != direction:
            raise AtlasError(f"window {window.word} runs against the others")
        if i and not (keys[i - 1] < keys[i] and marks[i - 1][1][1] < marks[i][1][0]):
            raise AtlasError(f"windows {windows[i - 1].word} and {window.word} are out of order")
        if not all(low <= high for low, high in marks[i]) or not all(
            marks[i][j][1] < marks[i][j + 1][0] for j in range(4)
        ):
            raise AtlasError(f"the numbers of window {window.word} are out of order")
    containers: list[int | None] = [None] * len(windows)
    stack: list[int] = []
    for i, window in enumerate(windows):
        while stack and marks[stack[-1]][4][1] < marks[i][0][0]:
            stack.pop()
        parent = laps.halve(window.word)
        if parent != window.parent or (parent is None) == (window.birth_kind is Birth.FLIP):
            raise AtlasError(f"window {window.word} names the wrong parent")
        if window.birth_kind is Birth.EXCHANGE and window.period > 1:
            raise AtlasError(f"window {window.word} cannot begin with an exchange of stability of fixed points")
        if stack:
            outer = stack[-1]
            containers[i] = outer
            word = windows[outer].word
            if not marks[i][4][1] < marks[outer][4][0]:
                raise AtlasError(f"windows {word} and {window.word} overlap")
            if parent is not None and (word != parent or not _meet(marks[i][0], marks[outer][2])):
                raise AtlasError(f"window {window.word} does not begin where {parent} flips")
            if parent is None and not marks[i][0][0] > marks[outer][3][0]:
                raise AtlasError(f"window {window.word} begins before the cascade of {word} ends")
            if window.period % len(word) or not (
                laps.compare(laps.birth(word), window.word) < 0 and laps.compare(window.word, laps.crisis(word)) < 0
            ):
                raise AtlasError(f"window {window.word} lies inside {word}, but its word does not")
        elif parent is not None:
            raise AtlasError(f"window {window.word} lies outside of its parent {parent}")
        stack.append(i)
    return tuple(containers)


def _meet(first: tuple[int, int], second: tuple[int, int]) -> bool:
    return first[0] <= second[1] and second[0] <= first[1]


# --- building ---------------------------------------------------------------------------------------------------------


def build_atlas(
    family: PolynomialFamily,
    max_period: int,
    *,
    within: tuple[object, object] | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Atlas:
    """List and prove every stable window of one story of a family up to a period: from a fixed point to the full map.

    Parameters
    ----------
    family : PolynomialFamily
        With one free critical point and a known theorem of monotone kneading: the residual map of gradient descent,
        degree 2, multiples of one map with critical values 0 and another.  An odd family is taken by its quotient.
    max_period : int
        1 to 16, and at most 300 000 windows: for three laps up to 14.
    within : (number, number), optional
        Parameter interval in which the flip of the fixed point is looked for: tells the story, where a family has
        several.
    workers : int, optional
        Processes, 1 to 64.  By default one for each processor when there is work for more than some seconds.
    progress : callable, optional
        Called as progress(stage, done, total).

    Returns
    -------
    Atlas

    Certainty
    ---------
    Certified, and complete between the two ends that ``covers`` states, under the theorem that the atlas names, whose
    hypotheses are checked exactly.

    Raises
    ------
    InputError
        For another period, a family out of scope (with what is missing), symbols whose names are no identifiers of at
        most 32 characters, or a build that would be too long.
    AtlasError
        If a window is missing, doubled, out of order or could not be proved.

    Notes
    -----
    About 3 ms a window on one core for a cubic family.  An interrupt stops the build within 2 s; nothing is written.

    References
    ----------
    Milnor and Thurston, "On iterated maps of the interval", LNM 1342 (1988).
    Levin, Shen and van Strien, Nonlinearity 33 (2020), arXiv 1902.06732.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> for window in build_atlas(PolynomialFamily(r * x * (1 - x), variable=x, parameter=r), 4):
    ...     print(window.word, window.decimal("birth", 6), window.decimal("flip", 6), window.birth_kind.name)
    C 1.000000 3.000000 EXCHANGE
    RC 3.000000 3.449490 FLIP
    RLRC 3.449490 3.544090 FLIP
    RLC 3.828427 3.841499 TANGENCY
    RLLC 3.960102 3.960769 TANGENCY
    """
    if isinstance(max_period, bool) or not isinstance(max_period, int) or not 1 <= max_period <= MAX_PERIOD:
        raise InputError("max_period", max_period, f"must be an integer from 1 to {MAX_PERIOD}", "give a whole number")
    processes = check_workers(workers)
    if isinstance(family, PolynomialFamily):
        _check_names(family)
    story = kneading_story(family, within)
    total = census(story.chart.laps.laps, max_period).total
    seconds = total * _SECONDS_PER_WINDOW
    if total > MAX_WINDOWS:
        raise InputError(
            "max_period",
            max_period,
            f"would make {total} windows, about {seconds / 60:.0f} minutes of one core; at most {MAX_WINDOWS}",
            "take a smaller period",
        )
    if workers is None and seconds < _WORTH_A_POOL:
        processes = 1
    tell = reporter(progress)
    tell("windows", 0, total)
    chains = _prove(story.chart, _batches(story.chart.laps, max_period), max_period, processes, total, tell)
    return _assemble(story, max_period, chains)


def _check_names(family: PolynomialFamily) -> None:
    """One rule for the names of symbols, when an atlas is built and when its file is read."""
    names = {"variable": str(family.variable), "parameter": str(family.parameter)}
    for argument, name in names.items():
        if not is_name(name):
            raise InputError(
                argument, name, f"must be an identifier of at most {MAX_NAME} characters", "rename the symbol"
            )


def _batches(laps: LapStructure, max_period: int) -> list[list[str]]:
    """The words that are no doublings, in batches of one length; the longest first, so that the last are short."""
    batches = []
    for period in range(max_period, 0, -1):
        roots = [word for word in laps.words(period) if laps.halve(word) is None]
        batches += [roots[i : i + _BATCH] for i in range(0, len(roots), _BATCH)]
    return batches


@dataclass(frozen=True, slots=True)
class _Batch:
    """Locate and prove the windows of some words of one length, with their doublings; can be sent to a process."""

    chart: KneadingChart
    max_period: int

    def __call__(self, words: list[str]) -> list[Chain]:
        guesses = locate(self.chart, words, fixed=len(words[0]) == 1)
        return [
            certify_chain(self.chart, word, guess, self.max_period) for word, guess in zip(words, guesses, strict=True)
        ]


def _prove(
    chart: KneadingChart, batches: list[list[str]], max_period: int, workers: int, total: int, tell: Progress
) -> list[Chain]:
    prove = _Batch(chart, max_period)
    results = map(prove, batches) if workers == 1 else (found for _, found in in_parallel(prove, batches, workers))
    chains: list[Chain] = []
    for found in results:
        chains.extend(found)
        tell("windows", sum(len(chain.levels) for chain in chains), total)
    return chains


def _assemble(story: KneadingStory, max_period: int, chains: Sequence[Chain]) -> Atlas:
    """Make windows of chains; an atlas checks itself."""
    laps, direction = story.chart.laps, story.chart.direction
    windows: list[Window] = []
    for chain in chains:
        word, birth = chain.word, chain.birth
        kind = Birth.TANGENCY
        if birth is None:
            birth = _exact_units(story.birth, chain.exponent)
            kind = Birth.TANGENCY if story.is_fold else Birth.EXCHANGE
        parent: str | None = None
        for level in chain.levels:
            windows.append(
                Window(
                    word=word,
                    birth_kind=kind,
                    parent=parent,
                    direction=direction,
                    exponent=chain.exponent,
                    units=(birth, level.superstable, level.flip, *chain.cascade, level.crisis),
                )
            )
            parent, word, birth, kind = word, laps.double(word), level.flip, Birth.FLIP
    windows.sort(key=lambda window: laps.key(window.word))
    return _of_story(story, max_period, windows)


def _of_story(story: KneadingStory, max_period: int, windows: Sequence[Window]) -> Atlas:
    """An atlas of windows that were just proved, or read from a file; all else is the story's."""
    atlas = Atlas(
        family=story.family,
        reduced_family=story.reduced_family,
        max_period=max_period,
        laps=story.chart.laps,
        direction=story.chart.direction,
        covers=(story.birth, story.end),
        within=story.within,
        theorem=story.theorem.statement,
        windows=tuple(windows),
    )
    _confirm(atlas.by_word("C"), story)
    return atlas


def _exact_units(number: RealAlgebraic, exponent: int) -> int:
    """An integer less than one unit away from an algebraic number."""
    lower = number.enclose(max(0, exponent + 2))[0]
    return round(lower * Fraction(2) ** exponent)


def _confirm(window: Window, story: KneadingStory) -> None:
    """The fixed point's numbers are known exactly by another route: compare."""
    exact = [("superstable", window.superstable, story.superstable), ("flip", window.flip, story.flip)]
    if story.chart.bound is None:
        exact.append(("closing crisis", window.crisis, story.end))
    for name, (lower, upper), number in exact:
        if not lower < number < upper:
            raise AtlasError(f"the {name} parameter of the fixed point is not where elimination finds it")
    if window.birth_kind is not (Birth.TANGENCY if story.is_fold else Birth.EXCHANGE):
        raise AtlasError("the fixed point is born in another way")


# --- files ------------------------------------------------------------------------------------------------------------


def _encode(atlas: Atlas) -> bytes:
    rows = [[str(value) for value in row] for row in atlas.family.rows]
    head = {
        "format": _FORMAT,
        "version": _VERSION,
        "rows": rows,
        "variable": str(atlas.family.variable),
        "parameter": str(atlas.family.parameter),
        "quotient": atlas.family != atlas.reduced_family,
        "laps": atlas.laps.laps,
        "max_period": atlas.max_period,
        "direction": atlas.direction,
        "covers": _ends_record(atlas.covers),
        "within": None if atlas.within is None else [str(end) for end in atlas.within],
        "theorem": atlas.theorem,
        "windows": len(atlas),
        "births": [kind.name for kind in Birth],
    }
    kinds = {kind: i for i, kind in enumerate(Birth)}
    lines = [json.dumps(head, separators=(",", ":"), sort_keys=True)]
    for window in atlas:
        centre = window.units[1]
        others = [m - centre for i, m in enumerate(window.units) if i != 1]
        record = [window.word, kinds[window.birth_kind], window.exponent, centre, *others]
        lines.append(json.dumps(record, separators=(",", ":")))
    body = zlib.compress(("\n".join(lines) + "\n").encode("ascii"))
    return f"{_FORMAT} {_VERSION} {hashlib.sha256(body).hexdigest()} {len(body)}\n".encode("ascii") + body


def _ends_record(covers: tuple[RealAlgebraic, RealAlgebraic]) -> list[dict[str, Any]]:
    """Algebraic numbers as text: the polynomial, lowest power first, and the decimal that tells its roots apart."""
    return [
        {"coefficients": [str(c) for c in number.coefficients], "decimal": number.decimal(_END_DIGITS)}
        for number in covers
    ]


def load_atlas(path: str | os.PathLike[str]) -> Atlas:
    """Read an atlas that :meth:`Atlas.save` wrote.

    Parameters
    ----------
    path : path-like
        At most 256 MiB.

    Returns
    -------
    Atlas
        Equal to the one that was saved, but for assumptions of its symbols; complete and in order, which is checked
        anew.

    Certainty
    ---------
    The checksum tells that the file is what was written, and the census that nothing is missing.  The story (its ends,
    its theorem, how the fixed point is born) is computed anew and must be the file's.  The proofs of the windows are
    not run again: who does not trust the file builds the atlas.

    Raises
    ------
    InputError
        For files that cannot be read, are damaged, of another version or no atlas at all.
    BudgetExceeded
        When the story of the family that the file names takes more than a minute, or too much memory; it is computed
        in a child process unless the family is small.
    """

    def refuse(reason: str, advice: str = "build the atlas again and save it") -> InputError:
        return InputError("path", str(path), reason, advice)

    try:
        if is_special(path):
            raise refuse("is a pipe or a device, no ordinary file", "give the path of a saved atlas")
        with open(path, "rb") as stream:
            data = b""
            while len(data) <= MAX_FILE_BYTES and (piece := stream.read(max(_CHUNK, len(data)))):
                data += piece  # in pieces that double: read(n) takes n bytes of memory at once
    except InputError:
        raise
    except (OSError, ValueError) as problem:  # the second for a name that no file can have
        told = getattr(problem, "strerror", None) or str(problem)
        raise refuse(f"cannot be read: {told}", "give the path of a saved atlas") from None
    if len(data) > MAX_FILE_BYTES:
        raise refuse(f"is larger than {MAX_FILE_BYTES} bytes")
    matched = _HEADER.match(data)
    if matched is None:
        raise refuse("is no atlas of symphase: its first line says something else", "give the path of a saved atlas")
    if matched[1] != str(_VERSION).encode():
        raise refuse(f"is an atlas of format {matched[1].decode()}; this version of symphase reads format {_VERSION}")
    body = data[matched.end() :]
    if str(len(body)).encode() != matched[3] or hashlib.sha256(body).hexdigest().encode() != matched[2]:
        raise refuse("is damaged: length or checksum do not agree with its first line")
    try:
        lines = _lines(body)
        return _decode(json.loads(next(lines)), lines)
    except (AtlasError, InputError) as problem:
        raise refuse(f"holds no complete atlas: {problem}") from None
    except BudgetExceeded as problem:
        raise BudgetExceeded(f"path = {str(path)[-80:]!r}: {problem}; or build the atlas yourself") from None
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        MemoryError,
        RecursionError,
        StopIteration,
        TypeError,
        ValueError,
        zlib.error,
    ):
        raise refuse("has the right checksum, but does not hold what an atlas holds") from None


def _lines(body: bytes) -> Iterator[str]:
    """The lines of a compressed text one by one, so that what is no atlas is refused before it fills the memory."""
    reader = zlib.decompressobj()
    rest = b""
    for start in range(0, len(body), _CHUNK):
        waiting, piece = body[start : start + _CHUNK], b"?"
        while piece and not reader.eof:
            piece = reader.decompress(waiting, _CHUNK)
            waiting = reader.unconsumed_tail
            *whole, rest = (rest + piece).split(b"\n")
            if len(rest) > _MAX_LINE:
                raise ValueError("a line is too long")
            for line in whole:
                yield line.decode("ascii")
        if reader.eof and (reader.unused_data or start + _CHUNK < len(body)):
            raise ValueError("something follows the end")
    if rest or not reader.eof:
        raise ValueError("the text does not end where it should")


def _decode(head: dict[str, Any], lines: Iterator[str]) -> Atlas:
    asked = "the story of the family in this file"
    story = where_killable(_story_of, head, heavy=not _is_small(head["rows"]), asked=asked, seconds=_STORY_SECONDS)
    laps, max_period = story.chart.laps, head["max_period"]
    count = census(laps.laps, max_period).total
    if head["windows"] != count or not _same(head["laps"], laps.laps):
        raise ValueError("the head does not fit")
    if not _same(head["direction"], story.chart.direction) or head["theorem"] != story.theorem.statement:
        raise ValueError("the head is not that of the family")
    if head["covers"] != _ends_record((story.birth, story.end)):
        raise ValueError("the ends are not those of the family's story")
    kinds = [Birth[name] for name in head["births"]]
    windows: list[Window] = []
    for line in lines:
        word, kind, exponent, centre, *others = json.loads(line)
        if len(windows) == count or len(others) != 5:
            raise ValueError("a window does not fit")
        if any(type(m) is not int for m in (kind, exponent, centre, *others)):
            raise ValueError("a window does not fit")
        if not -_MAX_EXPONENT <= exponent <= _MAX_EXPONENT or kind < 0:
            raise ValueError("a window does not fit")
        birth, *rest = (centre + difference for difference in others)
        windows.append(
            Window(
                word=laps.check(word),
                birth_kind=kinds[kind],
                parent=laps.halve(word),
                direction=story.chart.direction,
                exponent=exponent,
                units=(birth, centre, rest[0], rest[1], rest[2], rest[3]),
            )
        )
    return _of_story(story, max_period, windows)


def _same(value: Any, expected: int) -> bool:
    return type(value) is int and value == expected


def _is_small(rows: Any) -> bool:
    """Whether a file's coefficients are few and short: elimination is then quick, whatever they are."""
    return len(rows) <= 4 and all(len(row) <= 2 for row in rows) and len(str(rows)) <= 200


def _story_of(head: dict[str, Any]) -> KneadingStory:
    """The story of the family that a file names; everything else in the file is held against it."""
    from sympy import Add, Mul, Pow, Rational, Symbol

    if head["format"] != _FORMAT or not _same(head["version"], _VERSION):
        raise ValueError("the head does not fit")
    if type(head["max_period"]) is not int or not 1 <= head["max_period"] <= MAX_PERIOD:
        raise ValueError("the head does not fit")
    if not isinstance(head["rows"], list) or len(head["rows"]) > MAX_DEGREE + 1:  # before an expression is made of it
        raise ValueError("the degree does not fit")
    names = head["variable"], head["parameter"]
    if not all(isinstance(name, str) and is_name(name) for name in names):
        raise ValueError("the names do not fit")
    variable, parameter = (Symbol(name) for name in names)
    expression = Add(
        *(
            Mul(Rational(value.numerator, value.denominator), Pow(variable, k), Pow(parameter, j))
            for k, row in enumerate(head["rows"])
            for j, value in enumerate(exact_rational(str(text), "rows") for text in row)
        )
    )
    family = PolynomialFamily(expression, variable=variable, parameter=parameter)
    within = None if head["within"] is None else tuple(exact_rational(str(end), "within") for end in head["within"])
    story = kneading_story(family, within)  # type: ignore[arg-type]  # another length is refused there
    if not isinstance(head["quotient"], bool) or head["quotient"] != (story.reduced_family != family):
        raise ValueError("the head does not fit")
    return story
