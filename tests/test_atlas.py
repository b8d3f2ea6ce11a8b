"""The atlas: complete or an error, the same from one process and from several, and files that cannot lie unnoticed."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import os
import time
import tracemalloc
import zlib
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
import sympy
from families import logistic, odd_cubic, quadratic, residual

from symphase import atlas as module
from symphase.atlas import Atlas, Place, build_atlas, load_atlas
from symphase.cycles import find_attracting_cycle
from symphase.errors import InputError
from symphase.itineraries import THREE_LAPS, TWO_LAPS, LapStructure, census
from symphase.maps import PolynomialFamily
from symphase.windows import AtlasError, Birth, Window

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def six() -> Atlas:
    return build_atlas(residual(), 6)


@pytest.fixture(scope="module")
def small() -> Atlas:
    return build_atlas(quadratic(), 4)


# ---------------------------------------------------------------------------------------------------- completeness


def test_the_residual_map_has_the_windows_that_the_census_says(six: Atlas) -> None:
    assert Counter(window.period for window in six) == {1: 1, 2: 2, 3: 4, 4: 10, 5: 24, 6: 60}
    kinds = Counter((window.period, window.birth_kind) for window in six)
    counts = census(3, 6)
    for n in range(2, 7):
        assert kinds[n, Birth.TANGENCY] == counts.tangencies[n - 1]
        assert kinds[n, Birth.FLIP] == (counts.flips[n // 2 - 1] if n % 2 == 0 else 0)
    assert six.by_word("C").birth_kind is Birth.EXCHANGE
    assert six.direction == 1
    centres = [window.superstable for window in six]
    assert all(left[1] < right[0] for left, right in itertools.pairwise(centres))
    assert "Levin" in six.theorem


def test_families_of_degree_two_have_the_windows_of_the_mandelbrot_set_on_the_real_line() -> None:
    for family, direction in ((logistic(), 1), (quadratic(), -1)):
        atlas = build_atlas(family, 9)
        assert [len(atlas.of_period(n)) for n in range(1, 10)] == [1, 1, 1, 2, 3, 5, 9, 16, 28]
        assert atlas.direction == direction
        assert [w.word for w in atlas.of_period(5)] == ["RLRRC", "RLLRC", "RLLLC"]
    # r ↦ c = r/2 − r²/4 carries one atlas to the other
    ours, theirs = build_atlas(logistic(), 7), build_atlas(quadratic(), 7)
    assert [w.word for w in ours] == [w.word for w in theirs]
    for left, right in zip(ours, theirs, strict=True):
        for name in ("birth", "superstable", "flip", "crisis"):
            ends = sorted(r / 2 - r * r / 4 for r in getattr(left, name))
            assert ends[0] < getattr(right, name)[1]
            assert getattr(right, name)[0] < ends[1]


def test_the_births_are_fold_or_exchange_as_the_family_has_it() -> None:
    assert build_atlas(quadratic(), 1)[0].birth_kind is Birth.TANGENCY  # c = 1/4 is a fold
    assert build_atlas(logistic(), 1)[0].birth_kind is Birth.EXCHANGE  # r = 1 is not
    assert build_atlas(quadratic(), 1)[0].birth[0] < Fraction(1, 4) < build_atlas(quadratic(), 1)[0].birth[1]


def test_an_odd_family_is_taken_by_its_quotient(six: Atlas) -> None:
    atlas = build_atlas(odd_cubic(), 4)
    assert atlas.reduced_family != atlas.family
    for window in atlas:
        low, high = six.by_word(window.word).superstable
        assert window.superstable[0] < high + 1  # r = 1 + a
        assert low + 1 < window.superstable[1]


def test_windows_attract_where_they_say_so(six: Atlas) -> None:
    """Krawczyk on a cycle found by a float orbit, at rational parameters inside: the period is the window's."""
    chosen = six.widest(6)
    assert len(chosen) == 6
    for window in chosen:
        for share in (Fraction(1, 3), Fraction(9, 10)):
            inside = window.birth[1] + share * (window.flip[0] - window.birth[1])
            cycle = find_attracting_cycle(six.reduced_family, inside.limit_denominator(10**12), max_period=12)
            assert cycle is not None
            assert cycle.period == window.period


def _mutate(monkeypatch: pytest.MonkeyPatch, change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> None:
    honest = LapStructure.words

    def words(self: LapStructure, period: int) -> tuple[str, ...]:
        found = honest(self, period)
        return change(found) if period == 4 else found

    monkeypatch.setattr(LapStructure, "words", words)


@pytest.mark.parametrize("index", [0, 3, 9])
def test_an_enumeration_that_drops_a_word_fails(monkeypatch: pytest.MonkeyPatch, index: int) -> None:
    word = THREE_LAPS.words(4)[index]
    _mutate(monkeypatch, lambda words: tuple(w for w in words if w != word))
    if THREE_LAPS.halve(word) is None:
        with pytest.raises(AtlasError, match="9 windows of period 4; the census says 10"):
            build_atlas(residual(), 4)
    else:
        assert len(build_atlas(residual(), 4)) == 17  # doubled words are not read from the list


def test_an_enumeration_that_doubles_or_invents_a_word_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    _mutate(monkeypatch, lambda words: (*words, "200C"))
    with pytest.raises(AtlasError, match="window 200C appears twice"):
        build_atlas(residual(), 4)
    monkeypatch.undo()
    _mutate(monkeypatch, lambda words: (*words, "102C"))
    with pytest.raises(AtlasError, match="102C"):
        build_atlas(residual(), 4)


def _moved(window: Window, place: int, units: int) -> Window:
    values = list(window.units)
    values[place] = units
    birth, centre, flip, ordered, chaotic, crisis = values
    return dataclasses.replace(window, units=(birth, centre, flip, ordered, chaotic, crisis))


def test_no_atlas_exists_of_windows_that_do_not_fit(six: Atlas) -> None:
    windows = list(six.windows)

    def refuse(changed: list[Window], reason: str) -> None:
        with pytest.raises(AtlasError, match=reason):
            dataclasses.replace(six, windows=tuple(changed))

    for i in (0, 7, len(windows) - 1):
        refuse(windows[:i] + windows[i + 1 :], "the census says")
        refuse([*windows[: i + 1], *windows[i:]], "appears twice")
    refuse([*windows[:5], windows[6], windows[5], *windows[7:]], "out of order")
    place = next(i for i, w in enumerate(windows) if w.word == "20C")
    window = windows[place]
    for mark in range(5):  # each number beyond the next
        moved = _moved(window, mark, window.units[mark + 1] + 2)
        refuse([*windows[:place], moved, *windows[place + 1 :]], "out of order")
    following = next(w for w in windows[place + 1 :] if w.birth[0] > window.crisis[1])
    for mark, reason in ((1, "overlap"), (5, "but its word does not")):
        reach = following.units[mark] * 2**window.exponent // 2**following.exponent + 2
        refuse([*windows[:place], _moved(window, 5, reach), *windows[place + 1 :]], reason)
    doubled = next(i for i, w in enumerate(windows) if w.word == "101C")
    for changes, reason in (
        ({"parent": "C"}, "wrong parent"),
        ({"parent": None}, "wrong parent"),
        ({"direction": -1}, "runs against"),
        ({"birth_kind": Birth.TANGENCY}, "born at flips"),
    ):
        changed = dataclasses.replace(windows[doubled], **changes)
        refuse([*windows[:doubled], changed, *windows[doubled + 1 :]], reason)
    early = _moved(windows[doubled], 0, windows[doubled].units[0] + 5)
    refuse([*windows[:doubled], early, *windows[doubled + 1 :]], "does not begin where")
    with pytest.raises(AtlasError, match="the census says"):
        dataclasses.replace(six, max_period=7)
    with pytest.raises(AtlasError):
        dataclasses.replace(six, laps=TWO_LAPS)


def test_a_window_lies_inside_another_where_its_word_does(six: Atlas) -> None:
    inside = {w.word: c.word for w in six if (c := six.container(w)) is not None}
    assert inside["1C"] == "C"
    assert inside["101C"] == "1C"
    assert inside["10C"] == "C"  # born within the chaotic bands of the first cascade, before the interior crisis
    assert "2C" not in inside  # beyond it
    assert inside["10111C"] == "1C"  # the 3-window of the second iterate
    assert inside["10010C"] == "10C"  # period doubling of the 3-window
    assert len(inside) > 10


# -------------------------------------------------------------------------------------------------------- questions


def test_a_parameter_is_placed_in_its_innermost_window(six: Atlas) -> None:
    expected = {
        "1.702": ("20C", Place.STABLE),
        "1.455": ("10C", Place.STABLE),
        "0.7": ("C", Place.STABLE),
        "1.1": ("1C", Place.STABLE),
        "1.25": ("101C", Place.STABLE),
        "1.295": ("101C", Place.CASCADE),  # period 8, beyond this atlas
        "1.472": ("10C", Place.BANDS),
        "1.55": ("100C", Place.BANDS),
        "1.56": ("C", Place.BANDS),
        "1.83": ("2C", Place.STABLE),
    }
    for text, (word, place) in expected.items():
        location = six.window_at(text)
        assert location.window is not None
        assert (location.window.word, location.place) == (word, place), text
        assert word in str(location)
    for outside in ("1.65", "2"):
        location = six.window_at(outside)
        assert (location.window, location.place) == (None, Place.OUTSIDE)
    for elsewhere in ("-1", "3", 10**30, 2 + Fraction(1, 10**40), -Fraction(1, 10**15)):
        location = six.window_at(elsewhere)
        assert (location.window, location.place) == (None, Place.ELSEWHERE)
    for word in ("20C", "101C", "2C"):
        window = six.by_word(word)
        for name in ("birth", "flip", "cascade_end", "crisis"):
            low, high = getattr(window, name)
            assert six.window_at((low + high) / 2).place is Place.UNDECIDED, (word, name)
    window = six.by_word("20C")
    assert six.window_at(window.birth[0] - Fraction(1, 10**9)).window is None
    assert six.window_at(window.crisis[1] + Fraction(1, 10**9)).window is None
    for bad in ("a", None, float("nan"), True, 1j):
        with pytest.raises(InputError):
            six.window_at(bad)


def test_decreasing_families_are_placed_in_phase_order(small: Atlas) -> None:
    places = {"-1.76": "RLC", "-1": "RC", "0": "C", "-1.3": "RLRC", "-1.9405": None, "-1.941": "RLLC", "0.3": None}
    for text, word in places.items():
        location = small.window_at(text)
        found = None if location.window is None else location.window.word
        assert found == (word if word is not None or text == "0.3" else "C"), text


def test_windows_are_found_by_word_period_and_width(six: Atlas) -> None:
    assert six.by_word("20C").period == 3
    assert [w.word for w in six.of_period(2)] == ["1C", "2C"]
    widest = six.widest(5)
    assert [w.word for w in widest[:3]] == ["C", "10C", "2C"]
    assert all(a.width >= b.width for a, b in itertools.pairwise(widest))
    assert six.widest(3, doubled=True)[1].word == "1C"
    assert len(six.widest(10**6, doubled=True)) == len(six)
    for word in ("RLC", "02C", "2222222C", 5):
        with pytest.raises(InputError, match="word"):
            six.by_word(word)  # type: ignore[arg-type]  # the wrong type is the point
    for period in (0, 7, True, 1.0):
        with pytest.raises(InputError, match="period"):
            six.of_period(period)  # type: ignore[arg-type]  # the wrong type is the point
    with pytest.raises(InputError, match="count"):
        six.widest(-1)
    assert len(six[2:5]) == 3


def test_the_windows_near_the_end_are_narrower_than_doubles_can_tell() -> None:
    """The last window of period 12 of the residual map, 22222222222C, is 1.5·10^-21 wide."""
    from symphase.charts import kneading_story
    from symphase.windows import certify_chain

    chain = certify_chain(kneading_story(residual()).chart, "2" * 11 + "C", 2.0, 12)
    assert chain.birth is not None
    width = Fraction(chain.levels[0].crisis - chain.birth, 2**chain.exponent)
    assert Fraction(1, 10**21) < width < Fraction(2, 10**21)
    assert width > Fraction(10**6, 2**chain.exponent)  # and known to more than six digits
    assert np.spacing(2.0) > width * 10**5


# -------------------------------------------------------------------------------------------------- building it


def test_several_processes_build_the_same_atlas(six: Atlas) -> None:
    seen: list[tuple[str, int, int]] = []
    other = build_atlas(residual(), 6, workers=2, progress=lambda *step: seen.append(step))
    assert other == six
    assert seen[0] == ("windows", 0, 101)
    assert seen[-1] == ("windows", 101, 101)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_stops_a_build_at_once(workers: int) -> None:
    started: list[float] = []

    def interrupt(_stage: str, done: int, _total: int) -> None:
        if done:
            started.append(time.monotonic())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_atlas(residual(), 9, workers=workers, progress=interrupt)
    assert time.monotonic() - started[0] < 2


@pytest.mark.parametrize("value", [0, -3, 17, 10**6, 2.0, "3", None, True])
def test_bad_periods_are_refused(value: object) -> None:
    with pytest.raises(InputError, match="max_period"):
        build_atlas(residual(), value)  # type: ignore[arg-type]  # the wrong type is the point


def test_what_would_take_too_long_is_refused_with_its_cost() -> None:
    with pytest.raises(InputError, match=r"max_period = 15: would make \d{6} windows, about \d+ minutes"):
        build_atlas(residual(), 15)
    for workers in (0, 65, 1.5, True):
        with pytest.raises(InputError, match="workers"):
            build_atlas(residual(), 3, workers=workers)  # type: ignore[arg-type]  # the wrong type is the point


# ------------------------------------------------------------------------------------------------------------ files


def test_an_atlas_is_read_back_as_it_was(six: Atlas, small: Atlas, tmp_path: Path) -> None:
    for atlas in (six, small, build_atlas(odd_cubic(), 3)):
        path = atlas.save(tmp_path / "atlas")
        again = load_atlas(path)
        assert again == atlas
        assert again.container(again[1]) == atlas.container(atlas[1])
        first = path.read_bytes()
        again.save(path)
        assert path.read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == ["atlas"]


def test_every_changed_byte_and_every_lost_end_is_noticed(tmp_path: Path) -> None:
    path = build_atlas(quadratic(), 3).save(tmp_path / "atlas")
    data = path.read_bytes()
    assert 300 < len(data) < 1500
    for i in range(len(data)):
        changed = bytearray(data)
        changed[i] ^= 1 << (i % 8)
        path.write_bytes(changed)
        with pytest.raises(InputError, match="path"):
            load_atlas(path)
    for size in (*range(0, len(data), 7), len(data) - 1):
        path.write_bytes(data[:size])
        with pytest.raises(InputError, match="path"):
            load_atlas(path)
    path.write_bytes(data + b"\n")
    with pytest.raises(InputError, match="damaged"):
        load_atlas(path)


def _signed(lines: list[str]) -> bytes:
    body = zlib.compress(("\n".join(lines) + "\n").encode())
    return f"symphase-atlas 1 {hashlib.sha256(body).hexdigest()} {len(body)}\n".encode() + body


def test_a_right_checksum_does_not_make_an_atlas(small: Atlas, tmp_path: Path) -> None:
    path = small.save(tmp_path / "atlas")
    lines = zlib.decompress(path.read_bytes().split(b"\n", 1)[1]).decode().splitlines()
    head, windows = json.loads(lines[0]), [json.loads(line) for line in lines[1:]]
    path.write_bytes(_signed(lines))
    assert load_atlas(path) == small
    n = len(windows)

    def dump(head: object, windows: list[object]) -> bytes:
        return _signed([json.dumps(head), *(json.dumps(window) for window in windows)])

    bad = [
        dump({**head, "windows": n - 1}, windows[:-1]),
        dump({**head, "windows": n + 1}, [*windows, windows[-1]]),
        dump(head, windows[:-1]),
        dump(head, windows[::-1]),
        dump({**head, "max_period": 5}, windows),
        dump({**head, "max_period": 10**9}, windows),
        dump({**head, "laps": 3}, windows),
        dump({**head, "direction": 1}, windows),
        dump({**head, "direction": 0}, windows),
        dump({**head, "rows": [["1"]]}, windows),
        dump({**head, "rows": [["1e999999"]]}, windows),
        dump({**head, "rows": "x"}, windows),
        dump({**head, "variable": "__import__('os')"}, windows),
        dump({**head, "births": []}, windows),
        dump({}, windows),
        dump([], []),
        _signed([""]),
        _signed(["[" * 100_000]),
        _signed([json.dumps(head), *["[" + "9" * 5000 + "]"] * n]),
    ]
    for place, value in (
        (0, "RLLLC"),
        (0, None),
        (1, 7),
        (1, -1),
        (2, 10**9),
        (3, 0.5),
        (3, True),
        (4, -5),
        (8, 10**400),
    ):
        changed = [list(window) for window in windows]
        changed[2][place] = value
        bad.append(dump(head, [*changed]))
    for data in bad:
        path.write_bytes(data)
        with pytest.raises(InputError, match="path"):
            load_atlas(path)


def test_foreign_files_are_refused_in_words(small: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "atlas"
    for data in (b"", b"hello\n", b"\x1f\x8b" + bytes(100), b"symphase-atlas 1 x 3\nabc"):
        path.write_bytes(data)
        with pytest.raises(InputError, match="is no atlas of symphase"):
            load_atlas(path)
    small.save(path)
    path.write_bytes(path.read_bytes().replace(b"symphase-atlas 1 ", b"symphase-atlas 2 ", 1))
    with pytest.raises(InputError, match="format 2; this version of symphase reads format 1"):
        load_atlas(path)
    for place in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(InputError, match="cannot be read"):
            load_atlas(place)
    small.save(path)
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 100)
    with pytest.raises(InputError, match="larger than 100 bytes"):
        load_atlas(path)
    monkeypatch.undo()
    head = zlib.decompress(small.save(path).read_bytes().split(b"\n", 1)[1]).split(b"\n", 1)[0] + b"\n"
    for text in (bytes(10**7), b"\n" * 10**7, head + b"\n" * 10**7, head + bytes(10**7)):
        bomb = zlib.compress(text, 9)
        path.write_bytes(f"symphase-atlas 1 {hashlib.sha256(bomb).hexdigest()} {len(bomb)}\n".encode() + bomb)
        tracemalloc.start()
        try:
            with pytest.raises(InputError, match="does not hold what an atlas holds"):
                load_atlas(path)
            assert tracemalloc.get_traced_memory()[1] < 2_000_000
        finally:
            tracemalloc.stop()


def test_an_atlas_says_which_story_it_covers_and_nothing_of_others() -> None:
    """Attracting cycles outside the story, found by another route, are not denied."""
    for family, parameter, ends in (
        (residual(), Fraction(-3455, 1000), ("0", "2")),
        (logistic(), Fraction(1, 2), ("1", "4")),
        (logistic(), Fraction(-3, 2), ("1", "4")),
    ):
        atlas = build_atlas(family, 3)
        assert tuple(str(end) for end in atlas.covers) == ends
        assert find_attracting_cycle(family, parameter, max_period=8) is not None
        assert atlas.window_at(parameter).place is Place.ELSEWHERE
        assert "covers" in str(atlas.window_at(parameter))
    other = build_atlas(residual(), 3, within=(-6, -2))
    assert other.window_at(Fraction(-3455, 1000)).place is Place.STABLE
    assert other.window_at(1).place is Place.ELSEWHERE
    with pytest.raises(AtlasError, match="begin where the story does"):
        dataclasses.replace(other, covers=other.covers[::-1])
    with pytest.raises(AtlasError, match="beyond the story's end"):
        dataclasses.replace(other, covers=(other.covers[0], other.covers[0]))


def test_a_story_of_another_interval_is_saved_and_read(tmp_path: Path) -> None:
    other = build_atlas(residual(), 3, within=(-6, -2))
    assert load_atlas(other.save(tmp_path / "atlas")) == other


def test_what_a_file_says_is_held_against_its_family(tmp_path: Path) -> None:
    atlas = build_atlas(residual(), 3)
    path = atlas.save(tmp_path / "atlas")
    lines = zlib.decompress(path.read_bytes().split(b"\n", 1)[1]).decode().splitlines()
    head, windows = json.loads(lines[0]), [json.loads(line) for line in lines[1:]]
    rows = [list(row) for row in head["rows"]]
    rows[1][0] = "2"
    kinds = [[word, 2 if kind == 0 else kind, *rest] for word, kind, *rest in windows]
    assert head["births"].index("EXCHANGE") == 2
    first = [[word, 0 if word == "C" else kind, *rest] for word, kind, *rest in windows]
    for changed, records in (
        ({"rows": rows}, windows),
        ({"rows": [[str(v) for v in row] for row in odd_cubic().rows]}, windows),
        ({"theorem": "I said so"}, windows),
        ({"version": True}, windows),
        ({"max_period": True}, windows),
        ({"laps": 3.0}, windows),
        ({"direction": True}, windows),
        ({"quotient": "yes"}, windows),
        ({"covers": head["covers"][::-1]}, windows),
        ({"within": ["-6", "-2"]}, windows),
        ({}, kinds),
        ({}, first),
    ):
        path.write_bytes(_signed([json.dumps({**head, **changed}), *(json.dumps(record) for record in records)]))
        with pytest.raises(InputError, match="path"):
            load_atlas(path)
    path.write_bytes(_signed(lines))
    assert load_atlas(path) == atlas


def test_one_rule_for_names_at_building_saving_and_reading(tmp_path: Path) -> None:
    x = sympy.Symbol("x")

    def make(name: str, **assumptions: bool) -> PolynomialFamily:
        r = sympy.Symbol(name, **assumptions)
        return PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)

    for name in ("λ", "ξ_1", "_a", "R2"):
        atlas = build_atlas(make(name), 2)
        assert load_atlas(atlas.save(tmp_path / "atlas")) == atlas
    positive = build_atlas(make("a", positive=True), 2)
    assert load_atlas(positive.save(tmp_path / "atlas")) == build_atlas(make("a"), 2)  # assumptions are not kept
    for name in ("x_{1}", "r = 5", "a" * 33, "1a"):
        with pytest.raises(InputError, match="must be an identifier"):
            build_atlas(make(name), 2)
        with pytest.raises(InputError, match="must be an identifier"):
            dataclasses.replace(positive, family=make(name)).save(tmp_path / "atlas")


def test_an_atlas_in_large_and_small_units() -> None:
    """The parameter in units of 10^±40: every number is the other atlas's, times that."""
    r, x = sympy.symbols("r x")
    plain = build_atlas(logistic(), 4)
    for scale in (Fraction(10**40), Fraction(1, 10**40)):
        rational = sympy.Rational(scale.denominator, scale.numerator)
        scaled = build_atlas(PolynomialFamily(rational * r * x * (1 - x), variable=x, parameter=r), 4)
        for ours, theirs in zip(plain, scaled, strict=True):
            assert ours.word == theirs.word
            for name in ("birth", "superstable", "flip", "cascade_end", "crisis"):
                (low, high), (below, above) = getattr(ours, name), getattr(theirs, name)
                assert low * scale <= above
                assert below <= high * scale
                assert above - below < scale / 10**3
    assert (
        build_atlas(PolynomialFamily(r * x * (1 - x) / 10**40, variable=x, parameter=r), 3)[-1]
        .decimal("birth", 3)
        .startswith("38284271247461900976")
    )
    for power in (10**400, sympy.Rational(1, 10**400)):
        with pytest.raises(InputError, match="2\\^±1000"):
            build_atlas(PolynomialFamily(power * r * x * (1 - x), variable=x, parameter=r), 3)


def test_the_theorem_of_degree_two_is_about_kneading() -> None:
    theorem = build_atlas(quadratic(), 2).theorem
    assert "kneading sequence of x² + c is monotone" in theorem
    assert "multiplier" in theorem
    assert "entropy" not in theorem


def test_a_write_that_fails_leaves_the_old_file(small: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = small.save(tmp_path / "atlas")
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(InputError, match="No space left"):
        small.save(path)
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        small.save(path)
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == ["atlas"]
    assert path.read_bytes() == before
    with pytest.raises(InputError, match="cannot be written"):
        small.save(tmp_path / "no" / "such" / "folder")
