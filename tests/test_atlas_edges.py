"""The atlas in words, its exact events, and what it refuses, to the letter."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import re
import zlib
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sympy
from edges import noted, table
from families import logistic, quadratic, residual

from symphase import atlas as module
from symphase.algebraic import RealAlgebraic
from symphase.atlas import Atlas, Location, Place, build_atlas, load_atlas
from symphase.charts import kneading_story, locate
from symphase.display import family_html, family_text, level_html, number_text, words_html
from symphase.errors import InputError
from symphase.itineraries import THREE_LAPS, TWO_LAPS
from symphase.maps import PolynomialFamily
from symphase.processes import BudgetExceeded
from symphase.windows import AtlasError, Birth, Window

A, Z = sympy.symbols("a z")


@pytest.fixture
def small() -> Atlas:
    return build_atlas(logistic(), 4, workers=1)


def refusal(call: Callable[..., object], *given: object) -> str:
    with pytest.raises(InputError) as caught:
        call(*given)
    return str(caught.value)


# ------------------------------------------------------------------------------------------------------------ in words


def test_places_in_words(small: Atlas) -> None:
    window = small.by_word("RC")
    for held, place, told in (
        (None, Place.OUTSIDE, "in no window up to the atlas's period"),
        (None, Place.ELSEWHERE, "before or beyond the part of the axis that this atlas covers"),
        (window, Place.STABLE, "window RC of period 2: the window's cycle attracts"),
        (window, Place.CASCADE, "window RC of period 2: period doublings of the window's cycle"),
        (window, Place.BANDS, "window RC of period 2: beyond the cascade, before the closing crisis"),
        (
            window,
            Place.UNDECIDED,
            "window RC of period 2: within the proved bounds of an event: on which side of it is open",
        ),
    ):
        location = Location(parameter=Fraction(7, 2), window=held, place=place)
        assert str(location) == told
        assert location._line() == f"3.5: {told} [certified]"
        caption, facts = table(location._repr_html_())
        assert caption == "Where a parameter lies in the atlas"
        expected = {
            "parameter": "3.5",
            "place": str(place).replace("'", "&#x27;"),
            "certainty": level_html("certified"),
        }
        if held is not None:
            expected["window"] = "<code>RC</code>, period 2"
        assert facts == expected


def test_an_atlas_in_words(small: Atlas) -> None:
    maps = small.family
    assert small._line() == f"5 windows up to period 4 [certified] of {family_text(maps)}"
    html = small._repr_html_()
    assert (f"The widest of 5 stable windows up to period 4 of {family_html(maps)} {level_html('certified')}") in html
    for column in ("word", "period", "birth", "closing crisis", "width"):
        assert f">{column}</th>" in html
    assert words_html(small.theorem) in html
    cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", html)
    # 1 + √8, and the interior crisis of the window of period 3 (3.8568, Grebogi, Ott and Yorke 1983), to twelve digits
    width = number_text(float(small.by_word("RLC").width))
    at = cells.index("<code>RLC</code>")
    assert cells[at : at + 5] == ["<code>RLC</code>", "3", "3.828427124746…", "3.856800652478…", width]
    assert "<code>RLRC</code>" not in html  # it doubles another one
    latex = small._repr_latex_()
    assert latex.count("certified") == 3


# ------------------------------------------------------------------------------------------------------- exact events


@pytest.mark.parametrize(
    ("make", "word", "event", "polynomial"),
    [
        (logistic, "C", "birth", [-1, 1]),
        (logistic, "C", "superstable", [-2, 1]),
        (logistic, "C", "flip", [-3, 1]),
        (logistic, "C", "crisis", [-4, 1]),
        (logistic, "RC", "birth", [-3, 1]),  # where the fixed point flips
        (logistic, "RC", "superstable", [-4, -2, 1]),  # 1 + √5
        (logistic, "RC", "flip", [-5, -2, 1]),  # 1 + √6
        (logistic, "RC", "crisis", [-8, -4, -2, 1]),  # two bands merge
        (logistic, "RLRC", "birth", [-5, -2, 1]),
        (logistic, "RLC", "birth", [-7, -2, 1]),  # 1 + √8
        (residual, "C", "crisis", [-23, 8, 4]),  # f(c) = 1 at 3√3/2 − 1
        (residual, "C", "flip", [-1, 1]),
        (residual, "1C", "superstable", [-7, 4, 2]),  # 3/√2 − 1
    ],
)
def test_events_that_are_known_exactly(make: Any, word: str, event: str, polynomial: list[int]) -> None:
    atlas = build_atlas(make(), max(2, len(word)), workers=1)
    found = atlas.exact(word, event)
    assert found is not None
    assert [int(c) for c in found.coefficients] == polynomial
    low, high = getattr(atlas.by_word(word), event)
    assert low <= found <= high


def test_events_beyond_reach_are_not_told(small: Atlas, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(lambda: small.exact("RC", "cascade_end")).endswith("; the end of a cascade is not known exactly")
    assert refusal(lambda: small.exact("RC", "cascade_end")).startswith("event = cascade_end: ")
    with monkeypatch.context() as patch:
        patch.setattr(module, "_LANDING_DEGREE", 1)
        assert small.exact("RC", "crisis") is None
        patch.setattr(module, "bifurcation_polynomials", lambda *_, **__: SimpleNamespace(roots=[None, None]))
        assert small.exact("RC", "flip") is None
    monkeypatch.setattr(module, "MAX_POINTS", 7)
    assert small.exact("RC", "flip") is not None
    assert small.exact("RLC", "flip") is None
    assert small.exact("RLRC", "birth") is not None  # of the window that it doubles


# ------------------------------------------------------------------------------------------------- where parameters lie


@pytest.mark.parametrize("make", [logistic, quadratic])
def test_every_event_parts_two_places(make: Any) -> None:
    atlas = build_atlas(make(), 4, workers=1)
    direction = atlas.direction
    tiny = Fraction(1, 10**15)

    def placed(parameter: Fraction) -> tuple[str | None, Place]:
        location = atlas.window_at(parameter)
        assert location.parameter == parameter
        return None if location.window is None else location.window.word, location.place

    for window in atlas:
        around = atlas.container(window)
        stories = {
            "birth": ((None if around is None else around.word, None), (window.word, Place.STABLE)),
            "flip": ((window.word, Place.STABLE), (window.word, Place.CASCADE)),
            "cascade_end": ((window.word, Place.CASCADE), (window.word, Place.BANDS)),
            "crisis": ((window.word, Place.BANDS), (None if around is None else around.word, None)),
        }
        for event, (before, behind) in stories.items():
            bounds = getattr(window, event)
            first, last = bounds if direction > 0 else bounds[::-1]
            for end in bounds:
                word, place = placed(end)
                assert place is Place.UNDECIDED
                assert word in {
                    other.word
                    for other in atlas
                    for low, high in (other.birth, other.flip, other.cascade_end, other.crisis)
                    if low <= end <= high
                }
            for found, wanted in (
                (placed(first - direction * tiny), before),
                (placed(last + direction * tiny), behind),
            ):
                inner = next((w for w in atlas if w.parent == window.word), None)
                if inner is not None and event in ("flip", "cascade_end", "crisis"):
                    continue  # the window that doubles this one holds what lies there
                assert found[0] == wanted[0], (window.word, event)
                assert wanted[1] in (None, found[1]), (window.word, event)
    for one, two in pairwise(window for window in atlas if window.parent is None):
        if atlas.container(two) is None and atlas.container(one) is None:
            assert placed((one.crisis[0] + two.birth[0]) / 2) == (None, Place.OUTSIDE)
    ends = [atlas.covers[0].enclose(60)[0], atlas.covers[1].enclose(60)[0]]
    assert placed(ends[0] - direction * Fraction(1, 100)) == (None, Place.ELSEWHERE)
    assert placed(ends[1] + direction * Fraction(1, 100)) == (None, Place.ELSEWHERE)
    assert placed(Fraction(4) if direction > 0 else Fraction(-2))[1] in (Place.OUTSIDE, Place.UNDECIDED, Place.BANDS)
    assert refusal(lambda: atlas.window_at("x")).startswith("parameter = x: ")


def test_sides() -> None:
    bounds = (Fraction(1), Fraction(2))
    for direction in (1, -1):
        assert [module._side(Fraction(k, 2), bounds, direction) for k in (1, 2, 3, 4, 5)] == [
            -direction,
            0,
            0,
            0,
            direction,
        ]
    for first, second, expected in (
        ((0, 2), (2, 3), True),
        ((0, 2), (3, 4), False),
        ((2, 3), (0, 2), True),
        ((3, 4), (0, 2), False),
        ((0, 9), (3, 4), True),
    ):
        assert module._meet(first, second) is expected


# ---------------------------------------------------------------------------------------------------- what is refused


def test_questions_that_are_refused(small: Atlas) -> None:
    assert refusal(lambda: small.by_word("RLLLC")) == (
        "word = RLLLC: is longer than this atlas goes: period 4; build one with a larger max_period"
    )
    assert small.by_word("RLLC").period == 4
    for period in (0, 5, True, 1.0):
        assert refusal(small.of_period, period) == (
            f"period = {period}: must be an integer from 1 to 4; give a whole number"
        )
    assert [len(small.of_period(period)) for period in (1, 4)] == [1, 2]
    for count in (-1, True, 1.5):
        assert refusal(small.widest, count) == (f"count = {count}: must be an integer ≥ 0; give a whole number")
    assert small.widest(0) == ()
    assert [window.word for window in small.widest()] == ["C", "RLC", "RLLC"]
    assert len(build_atlas(residual(), 4, workers=1).widest()) == 10  # of the 14 that double no other
    assert refusal(lambda: small.widest(1, doubled=1)).startswith("doubled = 1: ")  # type: ignore[arg-type]  # the point
    foreign = dataclasses.replace(small[0], word="RLLLC")
    assert refusal(lambda: small.container(foreign)) == (
        "window = RLLLC: is no window of this atlas; take one of this atlas"
    )
    assert refusal(small.container, "RC").startswith("window = RC: ")
    assert refusal(small.container, "RC").endswith("; take one of this atlas")


def test_builds_that_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for period in (0, 17, True, 2.0, "3"):
        assert refusal(build_atlas, logistic(), period) == (
            f"max_period = {period}: must be an integer from 1 to 16; give a whole number"
        )
    long = sympy.Symbol("z" * 33)
    for variable, parameter, said in (
        (long, A, f"variable = {long}: must be an identifier of at most 32 characters; rename the symbol"),
        (Z, sympy.Symbol("a b"), "parameter = a b: must be an identifier of at most 32 characters; rename the symbol"),
    ):
        maps = PolynomialFamily(parameter * variable * (1 - variable), variable=variable, parameter=parameter)
        assert refusal(build_atlas, maps, 2) == said
    with monkeypatch.context() as patch:
        patch.setattr(module, "MAX_PERIOD", 2)
        assert len(build_atlas(logistic(), 2, workers=1)) == 2
        assert refusal(lambda: build_atlas(logistic(), 3)).startswith(
            "max_period = 3: must be an integer from 1 to 2; "
        )
    # up to period 4 there are 1 + 1 + 1 + 2 windows
    monkeypatch.setattr(module, "MAX_WINDOWS", 5)
    monkeypatch.setattr(module, "_SECONDS_PER_WINDOW", 18.9)  # 151 s in all
    assert len(build_atlas(logistic(), 4, workers=1)) == 5
    assert refusal(lambda: build_atlas(logistic(), 5, workers=1)) == (
        "max_period = 5: would make 8 windows, about 3 minutes of one core; at most 5; take a smaller period"
    )


def test_how_many_processes_a_build_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    honest = module._prove

    def prove(chart: Any, batches: Any, max_period: int, workers: int, total: int, tell: Any) -> Any:
        asked.append(workers)
        return honest(chart, batches, max_period, 1, total, tell)

    monkeypatch.setattr(module, "_prove", prove)
    monkeypatch.setattr(module, "check_workers", lambda workers: 7 if workers is None else workers)
    for seconds in (1.0, 0.8, 0.5):  # of five windows: 5 s, 4 s, and 2.5 s; 4 s are worth it
        monkeypatch.setattr(module, "_SECONDS_PER_WINDOW", seconds)
        for workers in (None, 1, 3):
            build_atlas(logistic(), 4, workers=workers)
    assert asked == [7, 1, 3, 7, 1, 3, 1, 1, 3]
    told: list[Any] = []
    build_atlas(logistic(), 4, workers=1, progress=lambda *step: told.append(step))
    assert told[0] == ("windows", 0, 5)
    assert told[-1] == ("windows", 5, 5)
    # the longest words first; those that double another one come with it: RLRC with RC, and RC with C
    assert [done for _, done, _ in told] == [0, 1, 2, 5]


def test_what_a_batch_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fixed point alone is looked for from its birth on; processes are asked where there are several."""
    asked: list[Any] = []
    monkeypatch.setattr(
        module, "locate", lambda chart, words, fixed: noted(asked, (words, fixed), locate(chart, words, fixed=fixed))
    )
    build_atlas(logistic(), 3, workers=1)
    assert asked == [(["RLC"], False), (["C"], True)]
    pools: list[Any] = []
    monkeypatch.setattr(
        module, "in_parallel", lambda *of: noted(pools, of[1:], ((words, of[0](words)) for words in of[1]))
    )
    for workers in (1, 2):
        build_atlas(logistic(), 3, workers=workers)
    assert pools == [([["RLC"], ["C"]], 2)]


def test_words_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BATCH", 2)
    assert module._batches(TWO_LAPS, 5) == [["RLRRC", "RLLRC"], ["RLLLC"], ["RLLC"], ["RLC"], ["C"]]
    assert module._batches(THREE_LAPS, 2) == [["2C"], ["C"]]


# ------------------------------------------------------------------------------------------- what an atlas must satisfy


def changed(window: Window, **changes: Any) -> Window:
    return dataclasses.replace(window, **changes)


def test_what_is_wrong_with_an_atlas_is_told(small: Atlas) -> None:
    windows = list(small.windows)  # C, RC, RLRC, RLC, RLLC

    def said(found: list[Window], **changes: Any) -> str:
        with pytest.raises(AtlasError) as caught:
            dataclasses.replace(small, windows=tuple(found), **changes)
        return str(caught.value)

    first, second, third, fourth, fifth = windows
    assert said([first, first, *windows[1:]]) == "window C appears twice"
    assert said(windows[:-1]) == "1 windows of period 4; the census says 2"
    assert said(windows, max_period=3) == "window RLRC is of a longer period than 3"
    assert said(windows, max_period=5) == "0 windows of period 5; the census says 3"
    assert said([first, changed(second, birth_kind=Birth.TANGENCY), *windows[2:]]) == (
        "0 windows of period 2 are born at flips; the census says 1"
    )
    assert said([*windows[:-1], changed(fifth, birth_kind=Birth.FLIP)]) == (
        "2 windows of period 4 are born at flips; the census says 1"
    )
    assert said([second, first, *windows[2:]]) == "windows RC and C are out of order"
    assert said([changed(first, direction=-1), *windows[1:]]) == "window C runs against the others"
    units = list(third.units)
    units[1] = units[2]
    assert said([first, second, changed(third, units=tuple(units)), fourth, fifth]) == (
        "the numbers of window RLRC are out of order"
    )
    assert said([first, changed(second, parent=None), *windows[2:]]) == "window RC names the wrong parent"
    assert said([*windows[:3], changed(fourth, birth_kind=Birth.EXCHANGE), fifth]) == (
        "window RLC cannot begin with an exchange of stability of fixed points"
    )
    finest = max(window.exponent for window in windows)
    fine = [
        changed(window, exponent=finest, units=tuple(m << (finest - window.exponent) for m in window.units))
        for window in windows
    ]
    touching = list(fine[4].units)
    touching[1] = fine[3].units[1] + 2  # bounds are one unit wide on both sides
    assert said([*fine[:4], changed(fine[4], units=tuple(touching))]) == "windows RLC and RLLC are out of order"
    touching = list(fine[3].units)
    touching[5] = fine[4].units[0] - 2
    assert said([*fine[:3], changed(fine[3], units=tuple(touching)), fine[4]]) == "windows RLC and RLLC overlap"
    # RLC reaches over RLLC: its flip stands behind the other's superstable parameter, too
    over = fine[4].units[5]
    wide = [*fine[3].units[:2], over + 3, over + 6, over + 7, over + 10]
    assert said([*fine[:3], changed(fine[3], units=tuple(wide)), fine[4]]) == (
        "window RLLC begins before the cascade of RLC ends"
    )
    for end in first.birth:
        assert (
            dataclasses.replace(small, covers=(RealAlgebraic.rational(end), small.covers[1])).windows == small.windows
        )
    falling = build_atlas(quadratic(), 2, workers=1)
    for atlas in (small, falling):
        for end in atlas[-1].superstable:
            with pytest.raises(AtlasError, match=r"^the last window lies beyond the story's end$"):
                dataclasses.replace(atlas, covers=(atlas.covers[0], RealAlgebraic.rational(end)))
    away = RealAlgebraic.rational(2)
    assert said(windows, covers=(away, small.covers[1])) == "the first window does not begin where the story does"
    assert said(windows, covers=(small.covers[0], away)) == "the last window lies beyond the story's end"


def test_how_near_the_numbers_of_a_window_may_be(small: Atlas) -> None:
    """Each is within one unit of what it says, but for the ends of a cascade, between which something is proved."""
    start = small.by_word("RLC").units[0]
    units = (start, start + 3, start + 6, start + 8, start + 8, start + 10)

    def remade(word: str, units: tuple[int, ...]) -> Atlas:
        windows = (changed(w, units=units) if w.word == word else w for w in small)
        return dataclasses.replace(small, windows=tuple(windows))

    assert remade("RLC", units).by_word("RLC").units == units
    for place in (1, 2, 3, 5):
        nearer = (*units[:place], *(m - 1 for m in units[place:]))
        with pytest.raises(AtlasError, match=r"^the numbers of window RLC are out of order$"):
            remade("RLC", nearer)
    with pytest.raises(AtlasError, match=r"^the numbers of window RLC are out of order$"):
        remade("RLC", (*units[:3], start + 9, start + 8, start + 11))
    last = small.by_word("RC").units[5]
    inner = small.by_word("RLRC").units[:5]
    assert remade("RLRC", (*inner, last - 3)).by_word("RLRC").units[5] == last - 3
    with pytest.raises(AtlasError, match=r"^windows RC and RLRC overlap$"):
        remade("RLRC", (*inner, last - 2))


def test_windows_where_they_cannot_be() -> None:
    def said(atlas: Atlas, word: str, **changes: Any) -> str:
        windows = (changed(w, **changes) if w.word == word else w for w in atlas)
        with pytest.raises(AtlasError) as caught:
            dataclasses.replace(atlas, windows=tuple(windows))
        return str(caught.value)

    assert said(build_atlas(residual(), 2, workers=1), "2C", birth_kind=Birth.EXCHANGE) == (
        "window 2C cannot begin with an exchange of stability of fixed points"
    )
    two = build_atlas(logistic(), 2, workers=1)
    beyond = two.by_word("C").units[5] + 10
    moved = tuple(beyond + m - two.by_word("RC").units[0] for m in two.by_word("RC").units)
    assert said(two, "RC", units=moved) == "window RC lies outside of its parent C"
    # the first window of period 6 among the bands of those that double C, moved to where their cascades end
    six = build_atlas(logistic(), 6, workers=1)
    ordered = six.by_word("RLRC").units[3]
    inner = next(w for w in six if w.period == 6 and w.parent is None)
    for birth, told in (
        (ordered + 2, f"window {inner.word} lies inside RLRC, but its word does not"),
        (ordered + 1, f"window {inner.word} begins before the cascade of RLRC ends"),
    ):
        units = tuple(birth + m for m in (0, 3, 6, 8, 8, 10))
        assert said(six, inner.word, units=units) == told


@pytest.mark.parametrize("make", [logistic, quadratic, residual])
def test_windows_are_in_the_order_of_their_births(make: Any) -> None:
    """Which follows from the order of superstable parameters and from nesting, and is looked up by bisection."""
    atlas = build_atlas(make(), 6, workers=1)
    births = [atlas.direction * window.birth[0] for window in atlas]
    assert births == sorted(set(births))


def test_the_fixed_point_is_held_against_elimination() -> None:
    for maps in (logistic(), residual(), quadratic()):
        story = kneading_story(maps)
        window = build_atlas(maps, 1)[0]
        module._confirm(window, story)
        events = {"superstable": story.superstable, "flip": story.flip}
        if story.chart.bound is None:
            events["closing crisis"] = story.end
        for name in events:
            bounds = getattr(window, "crisis" if name == "closing crisis" else name)
            for value in map(RealAlgebraic.rational, (100, -100, *bounds)):
                change: dict[str, Any] = {"end" if name == "closing crisis" else name: value}
                with pytest.raises(AtlasError) as caught:
                    module._confirm(window, dataclasses.replace(story, **change))
                assert str(caught.value) == (
                    f"the {name} parameter of the fixed point is not where elimination finds it"
                )
        with pytest.raises(AtlasError, match=r"^the fixed point is born in another way$"):
            module._confirm(window, dataclasses.replace(story, is_fold=not story.is_fold))


def test_numbers_in_units() -> None:
    root = RealAlgebraic([-2, 0, 1], Fraction(1), Fraction(2))
    for exponent in (-3, 0, 5, 60):
        units = module._exact_units(root, exponent)
        assert (units - 1) / Fraction(2) ** exponent < root < (units + 1) / Fraction(2) ** exponent


# ------------------------------------------------------------------------------------------------------------- files


def test_what_a_file_holds(small: Atlas) -> None:
    lines = list(module._lines(module._encode(small).split(b"\n", 1)[1]))
    head = json.loads(lines[0])
    assert head == {
        "format": "symphase-atlas",
        "version": 1,
        "rows": [["0", "0"], ["0", "1"], ["0", "-1"]],
        "variable": "x",
        "parameter": "r",
        "quotient": False,
        "laps": 2,
        "max_period": 4,
        "direction": 1,
        "covers": [
            {"coefficients": ["-1", "1"], "decimal": small.covers[0].decimal(30)},
            {"coefficients": ["-4", "1"], "decimal": small.covers[1].decimal(30)},
        ],
        "within": None,
        "theorem": small.theorem,
        "windows": 5,
        "births": [kind.name for kind in Birth],
    }
    assert list(head) == sorted(head)
    assert not any(", " in line.replace(json.dumps(small.theorem), "") or ": " in line for line in lines[1:])
    assert '"births":["' in lines[0]  # without spaces
    assert module._encode(small).split(b"\n", 1)[1].startswith(b"\x78\x9c")  # zlib, at its usual level (RFC 1950)
    kinds = list(Birth)
    for line, window in zip(lines[1:], small, strict=True):
        word, kind, exponent, centre, *others = json.loads(line)
        birth, superstable, *rest = window.units
        assert (word, kinds[kind], exponent, centre) == (window.word, window.birth_kind, window.exponent, superstable)
        assert [other + centre for other in others] == [birth, *rest]


def test_files_that_are_no_atlas(small: Atlas, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = small.save(tmp_path / "atlas")
    data = path.read_bytes()
    again = "; build the atlas again and save it"

    def said(content: bytes) -> str:
        path.write_bytes(content)
        told = refusal(lambda: load_atlas(path))
        assert told.startswith("path = ")
        return told.partition("atlas: ")[2]

    first = "is no atlas of symphase: its first line says something else; give the path of a saved atlas"
    for content in (b"", b"x" + data, data[:20], data.replace(b"\n", b" ", 1)):
        assert said(content) == first
    assert said(data.replace(b"atlas 1 ", b"atlas 2 ", 1)) == (
        f"is an atlas of format 2; this version of symphase reads format 1{again}"
    )
    damaged = f"is damaged: length or checksum do not agree with its first line{again}"
    for content in (data[:-1], data + b"x", data[:-1] + bytes([data[-1] ^ 1])):
        assert said(content) == damaged
    assert refusal(lambda: load_atlas(tmp_path / "none")).endswith(
        "cannot be read: No such file or directory; give the path of a saved atlas"
    )
    assert refusal(lambda: load_atlas("/dev/null")) == (
        "path = /dev/null: is a pipe or a device, no ordinary file; give the path of a saved atlas"
    )
    assert refusal(lambda: load_atlas("a\0b")) == (
        "path = a\\x00b: cannot be read: embedded null byte; give the path of a saved atlas"
    )
    for body in (zlib.compress(b"{}\n"), zlib.compress(b"[]\n"), zlib.compress(b"{\n"), b"x"):
        head = f"symphase-atlas 1 {hashlib.sha256(body).hexdigest()} {len(body)}\n"
        assert said(head.encode() + body) == (
            "has the right checksum, but does not hold what an atlas holds; build the atlas again and save it"
        )
    monkeypatch.setattr(module, "MAX_FILE_BYTES", module._CHUNK)
    assert said(b"x" * (module._CHUNK + 1)) == f"is larger than {module._CHUNK} bytes{again}"
    monkeypatch.setattr(module, "MAX_FILE_BYTES", len(data))
    path.write_bytes(data)
    assert load_atlas(path) == small
    assert said(data + b"x") == f"is larger than {len(data)} bytes{again}"
    monkeypatch.setattr(module, "MAX_FILE_BYTES", len(data) - 1)
    assert said(data) == f"is larger than {len(data) - 1} bytes{again}"


def test_a_file_is_read_in_pieces_that_double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Stream(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            asked.append(-1 if size is None else size)
            return super().read(size)

    monkeypatch.setattr(module, "open", lambda *_: Stream(b"x" * (5 * module._CHUNK)), raising=False)
    assert "its first line says something else" in refusal(lambda: load_atlas(tmp_path / "any"))
    assert asked == [size * module._CHUNK for size in (1, 1, 2, 4, 5)]


def test_what_ends_where(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(body: bytes) -> list[str] | str:
        try:
            return list(module._lines(body))
        except ValueError as error:
            return str(error)

    text = zlib.compress(b"one\ntwo\n")
    assert read(text) == ["one", "two"]
    assert read(text + b"x") == "something follows the end"
    for cut in (b"", text[:-1], zlib.compress(b"one\ntwo")):
        assert read(cut) == "the text does not end where it should"
    monkeypatch.setattr(module, "_CHUNK", 4)  # in bytes of the file and of the text alike
    assert read(text) == ["one", "two"]
    padded = zlib.compress(b"one\ntwo\nsix")
    padded += b"x" * (-len(padded) % 4)
    assert read(padded + b"y") == "something follows the end"
    assert read(padded) == (
        "something follows the end" if padded.endswith(b"x") else "the text does not end where it should"
    )
    for name in ("_CHUNK", "_MAX_LINE"):  # the whole file is one piece, its text several
        monkeypatch.setattr(module, name, 64)
    assert read(zlib.compress(b"a" * 64 + b"\n")) == ["a" * 64]
    assert read(zlib.compress(b"a" * 129 + b"\n")) == "a line is too long"


def test_files_of_other_families(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    half = PolynomialFamily(A * Z * (1 - Z) / 2, variable=Z, parameter=A)
    for atlas in (build_atlas(half, 3, within=(1, 9), workers=1), build_atlas(quadratic(), 1, workers=1)):
        path = atlas.save(tmp_path / "atlas")
        assert load_atlas(path) == atlas
        for size in (1, 16, 1000):
            with monkeypatch.context() as patch:
                patch.setattr(module, "_CHUNK", size)
                assert load_atlas(path) == atlas


def record(atlas: Atlas) -> tuple[dict[str, Any], list[str]]:
    """What a file says: its head and its lines."""
    head, *lines = module._lines(module._encode(atlas).split(b"\n", 1)[1])
    return json.loads(head), lines


def test_what_a_head_must_say(small: Atlas, monkeypatch: pytest.MonkeyPatch) -> None:
    head, lines = record(small)
    assert module._decode(head, iter(lines)) == small
    unfit, family_unfit = "the head does not fit", "the head is not that of the family"
    other = [{"coefficients": ["-2", "1"], "decimal": "2"}, head["covers"][1]]
    for changes, said in (
        ({"format": "other"}, unfit),
        ({"version": 2}, unfit),
        ({"version": True}, unfit),
        ({"version": 1.0}, unfit),
        ({"max_period": 0}, unfit),
        ({"max_period": 17}, unfit),
        ({"max_period": "4"}, unfit),
        ({"max_period": True}, unfit),
        ({"quotient": True}, unfit),
        ({"quotient": 0}, unfit),
        ({"windows": 6}, unfit),
        ({"laps": 3}, unfit),
        ({"laps": 2.0}, unfit),
        ({"direction": -1}, family_unfit),
        ({"direction": True}, family_unfit),
        ({"theorem": "It is so."}, family_unfit),
        ({"covers": other}, "the ends are not those of the family's story"),
        ({"rows": {"0": []}}, "the degree does not fit"),
        ({"rows": [["0"]] * 66}, "the degree does not fit"),
        ({"variable": "a b"}, "the names do not fit"),
        ({"parameter": 3}, "the names do not fit"),
    ):
        with pytest.raises(ValueError, match=r".") as caught:
            module._decode(head | changes, iter(lines))
        assert str(caught.value) == said, changes
    with monkeypatch.context() as patch:
        patch.setattr(module, "MAX_PERIOD", 4)
        assert module._story_of(head).end == 4
        patch.setattr(module, "MAX_PERIOD", 3)
        with pytest.raises(ValueError, match=r"^the head does not fit$"):
            module._story_of(head)
    for most, fits in ((2, True), (1, False)):
        monkeypatch.setattr(module, "MAX_DEGREE", most)
        if fits:
            assert module._story_of(head).end == 4
        else:
            with pytest.raises(ValueError, match=r"^the degree does not fit$"):
                module._story_of(head)
    monkeypatch.undo()
    assert refusal(module._story_of, head | {"within": ["x", "5"]}).startswith("within = x: ")
    assert refusal(module._story_of, head | {"rows": [["0"], ["x"]]}).startswith("rows = x: ")


def test_what_a_line_must_say(small: Atlas) -> None:
    head, lines = record(small)
    window = json.loads(lines[1])

    def said(*changed_lines: Any) -> None:
        made = [line if isinstance(line, str) else json.dumps(line) for line in changed_lines]
        with pytest.raises(ValueError, match=r"^a window does not fit$"):
            module._decode(head, iter(made))

    said(*lines, lines[-1])  # one too many
    said(lines[0], [*window, 1])
    said(lines[0], window[:-1])
    for place, value in ((1, -1), (1, 1.0), (2, 4097), (2, -4097), (2, True), (3, "1"), (4, 0.5), (8, None)):
        said(lines[0], [*window[:place], value, *window[place + 1 :]])
    # in the finest units and in the coarsest ones: the first say the same, in the second nothing keeps its place
    fine = [[*window[:2], 4096, *(m << (4096 - window[2]) for m in window[3:])] for window in map(json.loads, lines)]
    assert list(module._decode(head, iter(map(json.dumps, fine)))) != list(small)
    with pytest.raises(AtlasError, match=r"^the first window does not begin where the story does$"):
        module._decode(
            head, iter([json.dumps([*json.loads(line)[:2], -4096, *json.loads(line)[3:]]) for line in lines])
        )


def test_where_the_story_of_a_file_is_computed(small: Atlas, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    head, lines = record(small)
    asked: list[Any] = []

    def here(function: Any, item: Any, *, heavy: bool, asked: str, seconds: float, seen: list[Any] = asked) -> Any:
        seen.append((heavy, asked, seconds))
        return function(item)

    monkeypatch.setattr(module, "where_killable", here)
    assert module._decode(head, iter(lines)) == small
    assert asked == [(False, "the story of the family in this file", 60.0)]
    row = ["0", "1"]
    for rows, quick in (
        ([row] * 4, True),
        ([row] * 5, False),
        ([row, [*row, "1"]], False),
        ([row, ["0", "1" * 177]], True),
        ([row, ["0", "1" * 178]], False),
        ([["1" * 300]], False),
    ):
        assert module._is_small(rows) is quick

    def exceeded(*_: Any, **__: Any) -> None:
        raise BudgetExceeded("it took too long")

    monkeypatch.setattr(module, "where_killable", exceeded)
    path = small.save(tmp_path / ("long" * 30))
    with pytest.raises(BudgetExceeded) as caught:
        load_atlas(path)
    assert str(caught.value) == f"path = {str(path)[-80:]!r}: it took too long; or build the atlas yourself"
