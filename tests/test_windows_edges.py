"""Windows word for word, the pieces of their proofs by themselves, and cascades that cannot be proved."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

import flint
import pytest
from edges import noted, table
from families import logistic, quadratic, residual

from symphase import windows as module
from symphase.charts import kneading_story, locate
from symphase.display import level_html, words_latex
from symphase.enclosures import Certainty, round_decimal, working_precision
from symphase.errors import InputError
from symphase.itineraries import Itinerary
from symphase.windows import (
    AtlasError,
    Birth,
    Chain,
    Level,
    Window,
    _Cascade,
    _integer,
    _log2,
    _model,
    _Prover,
    _Scale,
    _small,
    certify_chain,
)

STORY = kneading_story(quadratic())
arb = flint.arb

# units of 2⁻²⁰, about 10⁻⁶, hence five digits: −7/4, −1.75487…, −1.76852…, the cascade's end about −1.77981, −1.79032…
WINDOW = Window(
    word="RLC",
    birth_kind=Birth.TANGENCY,
    parent=None,
    direction=-1,
    exponent=20,
    units=(-1835008, -1840123, -1854434, -1866263, -1866300, -1877290),
)
WIDTH = (1877290 - 1835008) / 2**20


def said(text: str) -> str:
    return f"^{re.escape(text)}$"


# ------------------------------------------------------------------------------------------------------------- records


def test_a_window_in_numbers() -> None:
    unit = Fraction(1, 2**20)
    for name, number in (("birth", -1835008), ("superstable", -1840123), ("flip", -1854434), ("crisis", -1877290)):
        assert getattr(WINDOW, name) == ((number - 1) * unit, (number + 1) * unit)
    assert WINDOW.cascade_end == (-1866300 * unit, -1866263 * unit)  # the bounds as they stand
    assert (WINDOW.width, WINDOW.stable_width) == (42282 * unit, 19426 * unit)
    assert (WINDOW.period, WINDOW.certainty) == (3, Certainty.CERTIFIED)
    told = [WINDOW.decimal(name) for name in ("birth", "superstable", "flip", "cascade_end", "crisis")]
    # −1866300 … −1866263 are −1.77984 … −1.77981
    assert told == ["-1.75000", "-1.75488", "-1.76853", "-1.7798", "-1.79032"]
    assert WINDOW.decimal("birth", 0) == "-2"
    assert WINDOW.decimal("birth", 1000) == "-1.75000"
    units: Any = tuple(-m for m in WINDOW.units)
    mirrored = replace(WINDOW, direction=1, units=units)
    assert mirrored.cascade_end == (1866263 * unit, 1866300 * unit)
    assert mirrored.width == WINDOW.width


def test_numbers_with_a_wide_unit() -> None:
    wide = replace(WINDOW, exponent=-3, units=(10, 100, 1000, 10000, 10001, 123456))  # in units of 8
    assert wide.birth == (Fraction(72), Fraction(88))
    told = {"birth": "1e2", "superstable": "8e2", "flip": "80e2", "cascade_end": "800e2", "crisis": "988e3"}
    assert {name: wide.decimal(name) for name in told} == told
    units: Any = tuple(-m for m in wide.units)
    assert {name: replace(wide, units=units).decimal(name) for name in told} == {n: f"-{t}" for n, t in told.items()}
    one = replace(WINDOW, exponent=1, units=(200, 201, 202, 203, 204, 205))
    assert one.birth == (Fraction(199, 2), Fraction(201, 2))
    assert one.decimal("birth") == "100"  # 99.5 and 100.5, rounded to even
    assert one.decimal("superstable") == "100"  # 100 and 101: to the unit, where they are no further apart
    assert replace(one, exponent=0, units=(10, 11, 12, 13, 14, 15)).decimal("birth") == "1e1"  # 9 and 11


@pytest.mark.parametrize("digits", [-1, 1001, True, 2.0, None])
def test_digits_that_are_refused(digits: Any) -> None:
    for value in (0, 1000):
        assert WINDOW.decimal("flip", value)
    with pytest.raises(
        InputError, match=said(f"digits = {digits}: must be an integer from 0 to 1000; give a whole number")
    ):
        WINDOW.decimal("flip", digits)
    with pytest.raises(InputError, match=r"^name = death: .*as birth$"):
        WINDOW.decimal("death")


def test_a_window_in_words() -> None:
    assert WINDOW._line() == "RLC, period 3, -1.75000… to -1.79032… [certified]"
    ends = (r"-1.75000\ldots", r"-1.79032\ldots")
    row = (words_latex("RLC"), words_latex("period 3"), rf"{ends[0]} \text{{ to }} {ends[1]}")
    assert WINDOW._row_latex() == row
    assert WINDOW._repr_latex_() == "$" + r",\ ".join((*row, words_latex("certified"))) + "$"
    assert WINDOW.to_dict() == {
        "word": "RLC",
        "period": 3,
        "birth_kind": "tangency",
        "parent": None,
        "birth": "-1.75000",
        "superstable": "-1.75488",
        "flip": "-1.76853",
        "cascade_end": "-1.7798",
        "crisis": "-1.79032",
        "width": WIDTH,
        "certainty": "certified",
    }
    assert WINDOW.to_dict(2)["crisis"] == "-1.79"
    assert str(Birth.EXCHANGE) == "two fixed points exchange stability"


def test_a_window_as_a_table() -> None:
    facts = {
        "period": "3",
        "word": "<code>RLC</code>",
        "birth (tangency)": "-1.75000…",
        "superstable": "-1.75488…",
        "flip": "-1.76853…",
        "end of the cascade": "-1.7798…",
        "closing crisis": "-1.79032…",
        "width": "0.040323",  # 42282 · 2⁻²⁰ = 0.0403233
        "certainty": level_html(Certainty.CERTIFIED),
    }
    caption, found = table(WINDOW._repr_html_())
    assert caption == "Stable window of period 3"
    assert {name: found[name] for name in facts if name != "width"} == {k: v for k, v in facts.items() if k != "width"}
    assert found["width"].startswith("0.0403")
    assert found.get("doubled from", "") == ""
    doubled = replace(WINDOW, parent="R<C", birth_kind=Birth.FLIP)
    assert table(doubled._repr_html_())[1]["doubled from"] == "<code>R&lt;C</code>"
    assert "birth (flip)" in doubled._repr_html_()


def test_finer_windows_are_shown_with_ten_and_twelve_digits() -> None:
    units: Any = tuple(m * 2**180 for m in WINDOW.units)
    fine = replace(WINDOW, exponent=200, units=units)
    shown = {digits: round_decimal(Fraction(-1877290, 2**20), digits) for digits in (10, 12, 16)}
    assert fine._line() == f"RLC, period 3, -1.7500000000… to {shown[10]}… [certified]"
    assert fine._row_latex()[2] == rf"-1.750000000000\ldots \text{{ to }} {shown[12]}\ldots"
    assert table(fine._repr_html_())[1]["closing crisis"] == f"{shown[16]}…"
    assert fine.to_dict()["crisis"] == shown[16] == fine.decimal("crisis")


# ------------------------------------------------------------------------------------------------------- the model map


def test_the_model_knows_the_cascade_of_the_parabola() -> None:
    """At each number the orbit of 0 under x² + κ returns to 0, or lands on the cycle that the window doubled from."""

    def orbit(kappa: float, count: int) -> list[float]:
        x, points = 0.0, [0.0]
        for _ in range(count):
            x = x * x + kappa
            points.append(x)
        return points

    model = _model()
    assert model.superstable[:2] == pytest.approx((0, -1), abs=1e-15)
    assert model.crisis[:2] == pytest.approx((-2, -1.5436890126920764), abs=1e-15)  # κ³ + 2κ² + 2κ + 2 = 0
    for k in range(2, 6):
        period = 2**k
        place = model.superstable[k]
        points = orbit(place, period)
        assert abs(points[period]) < 1e-9 < 0.01 < min(abs(x) for x in points[1:period])
        ratio = (model.superstable[k - 2] - model.superstable[k - 1]) / (model.superstable[k - 1] - place)
        assert ratio == pytest.approx(4.67, abs=1.5)
        place = model.crisis[k]
        points = orbit(place, 2 * period)
        assert abs(points[period + 1] - points[period + 1 + period // 2]) < 1e-8
        assert model.crisis[k - 1] < place < -1.4011551891 < model.superstable[k] < model.superstable[k - 1]
    assert len(model.superstable) == len(model.crisis) == 6


# -------------------------------------------------------------------------------------------------------------- pieces


@pytest.mark.parametrize(
    ("x", "bits"), [(1, 1), (2, 2), (3, 2), (4, 3), (-5, 3), (0.25, -1), (0.75, 0), (-(2.0**-60), -59)]
)
def test_binary_sizes(x: float, bits: int) -> None:
    assert _log2(arb(x)) == bits
    assert abs(x) < 2**bits <= 2 * abs(x)


def test_scales() -> None:
    assert _Scale(arb(0), arb(3), arb(4)).bits == 4
    assert _Scale(arb(0), arb(-0.5), arb(0.125)).bits == -3


def test_steps_that_are_small() -> None:
    """At a scale of 2^-10 a box is 2^-74 in radius; steps are small from 40 bits, 5/8 of 64, on."""
    assert _small(arb(0), 10)
    assert _small(arb(2) ** -52, 10)
    assert not _small(arb(2) ** -51, 10)
    assert not _small(arb(2) ** -29, -12)
    assert _small(-(arb(2) ** -30), -12)


def test_integers_near_a_ball() -> None:
    for ball, number in (
        (arb(3), 3),
        (arb(3, 0.75), 3),
        (arb(-3, 0.75), -3),
        (arb(3.25, 0.5), 3),
        (arb(2.5), 3),
        (arb(-2.5, 0.25), -2),
        (arb(3.25, 0.8), None),
        (arb(2.75, 0.8), None),
        (arb(2.75 + 2**-30, 0.75), None),  # down to 2, as the radius is rounded up by 2⁻³⁰
        (arb(3.25 - 2**-30, 0.75), None),  # up to 4
        (arb(3, 1), None),
        (arb("nan"), None),
        (arb("inf"), None),
        (arb(0, "inf"), None),
    ):
        assert _integer(ball) == number


# ------------------------------------------------------------------------------------------------------------- chains


def test_more_and_more_bits_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []

    class Never:
        def __init__(self, *given: Any) -> None:
            asked.append(given)

        def run(self, guess: float) -> str:
            asked.append((guess, flint.ctx.prec))
            return f"its number {len(asked) // 2}"

    monkeypatch.setattr(module, "_Cascade", Never)
    before = flint.ctx.prec
    for word, bits in (
        ("C", [192, 384, 768, 1536, 3072]),
        ("RLLRC", [256, 512, 1024, 2048, 4096]),
        ("R" * 63 + "C", [576, 1152, 2304]),  # 160 bits and 6.5 for each letter, in words of 64
    ):
        asked.clear()
        wanted = f"window {word}: its number {len(bits)} could not be certified with 4096 bits"
        with pytest.raises(AtlasError, match=said(wanted)):
            certify_chain(STORY.chart, word, -1.5, 9)
        assert asked == [each for b in bits for each in ((STORY.chart, word, 9, b), (-1.5, b))]
    assert flint.ctx.prec == before
    asked.clear()
    with pytest.raises(
        AtlasError, match=said(f"window {'R' * 699}C: its superstable parameter could not be certified with 4096 bits")
    ):
        certify_chain(STORY.chart, "R" * 699 + "C", 0.0, 1)
    assert asked == []


@pytest.mark.parametrize("period", [0, 64, True, 2.0, None])
def test_regression_cascades_have_a_longest_period(period: Any) -> None:
    """Period 64 and more ended in an IndexError: the model map is known as far as 32."""
    wanted = f"max_period = {period}: must be an integer from 1 to 63; give a whole number"
    with pytest.raises(InputError, match=said(wanted)):
        certify_chain(STORY.chart, "C", 0.0, period)


def test_a_cascade_as_long_as_they_go() -> None:
    chain = certify_chain(STORY.chart, "C", 0.0, 63)
    assert len(chain.levels) == 6
    # superstable at the roots of period 2^k of x² + c: the orbit of 0 changes its side of 0 across the bounds
    for k, level in enumerate(chain.levels):
        sides = []
        for units in (level.superstable - 1, level.superstable + 1):
            c = Fraction(units, 2**chain.exponent)
            with working_precision(400):
                x = ball = arb(c.numerator) / c.denominator
                for _ in range(2**k - 1):
                    x = x * x + ball
                sides.append(x > 0)
                assert x > 0 or x < 0
        assert sides[0] != sides[1]


class Stub:
    """Proofs that succeed, but for some, and write down what they were asked."""

    def __init__(self, *failing: tuple[Any, ...]) -> None:
        self.failing = failing
        self.asked: list[tuple[Any, ...]] = []
        self.guess: Any = None

    def _answer(self, *asked: Any, value: Any) -> Any:
        return noted(self.asked, asked, None if asked in self.failing else value)

    def superstable(self, word: str, guess: Any) -> Any:
        self.guess = guess if self.guess is None else self.guess
        return self._answer("superstable", word, value=_Scale(arb(len(word)), arb(4), arb(2)))

    def neutral(self, letters: str, multiplier: int, _: Any) -> Any:
        return self._answer("neutral", letters, multiplier, value=arb(100 * multiplier + len(letters)))

    def landing(self, itinerary: Itinerary, _: Any, __: Any) -> Any:
        return self._answer("landing", itinerary.prefix, itinerary.cycle, value=arb(200 + len(itinerary.prefix)))

    def bound_landing(self, _: Any, __: Any) -> Any:
        return self._answer("bound", value=arb(300))


def ran(word: str, max_period: int, *failing: tuple[Any, ...], chart: Any = STORY.chart) -> tuple[Chain | str, Stub]:
    cascade, stub = _Cascade(chart, word, max_period, 192), Stub(*failing)
    cascade.prover = stub  # type: ignore[assignment]  # the point of the stub
    with working_precision(192):
        return cascade.run(0.5), stub


# RLC and its doubles: the last letter, on the side where it is an even or an odd word, and a letter for C once more
DOUBLES = ("RLC", "RLLRLC", "RLLRLRRLLRLC", "RLLRLRRLLRLLRLLRLRRLLRLC")


def test_what_is_proved_of_a_cascade() -> None:
    _, stub = ran("RLC", 6)
    laps = STORY.chart.laps
    last, before = laps.double("RLC", 4), laps.double("RLC", 3)
    assert [laps.double("RLC", k) for k in range(4)] == [*DOUBLES]
    assert stub.guess == 0.5
    assert stub.asked == [
        ("superstable", "RLC"),
        ("neutral", "RLR", 1),
        ("neutral", "RLL", -1),
        ("landing", "RLL", "RLR"),
        ("superstable", "RLLRLC"),
        ("neutral", "RLLRLR", -1),
        ("landing", "RLLRLR", "RLL"),
        *(("superstable", word) for word in (*DOUBLES[2:], last)),  # 48, the first period beyond 32
        ("landing", laps.odd(last), laps.odd(before)),
    ]


def test_the_numbers_of_a_cascade_are_kept_in_units() -> None:
    """What the stub answers: 2ⁿ of it at the exponent 64; the cascade ends between the ends of its fourth doubling."""
    chain, _ = ran("RLC", 6)
    unit = 2**64
    assert chain == Chain(
        word="RLC",
        exponent=64,
        birth=103 * unit,
        levels=(Level(3 * unit, -97 * unit, 203 * unit), Level(6 * unit, -94 * unit, 206 * unit)),
        cascade=(48 * unit + 1, 248 * unit - 1),  # outwards: the parameter falls
    )
    chain, stub = ran("C", 1, chart=kneading_story(residual()).chart)
    assert chain == Chain(
        word="C",
        exponent=64,
        birth=None,
        levels=(Level(unit, -99 * unit, 300 * unit),),
        cascade=(32 * unit - 1, 232 * unit + 1),
    )
    assert stub.asked[:4] == [("superstable", "C"), ("neutral", "1", -1), ("bound",), ("superstable", "1C")]
    for period, count in ((16, 5), (31, 5), (32, 6)):  # the cascade is followed for five doublings
        chain, _ = ran("C", period)
        assert isinstance(chain, Chain)
        assert [level.superstable for level in chain.levels] == [2**k * unit for k in range(count)]
    _, stub = ran("C", 1)
    assert stub.asked[:4] == [("superstable", "C"), ("neutral", "R", -1), ("landing", "R", "L"), ("superstable", "RC")]


@pytest.mark.parametrize(("bits", "exponent"), [(-10, 54), (0, 64), (4, 64), (16, 64), (17, 65), (40, 88)])
def test_units_follow_the_scale(bits: int, exponent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """2⁻⁴⁸ of the narrowest scale, never coarser than 2⁻⁶⁴ of windows wider than 1, nor of 1 for others."""
    scale = _Scale(arb(1), arb(2) ** (bits - 1), arb(1))
    assert scale.bits == bits
    monkeypatch.setattr(Stub, "superstable", lambda *_: scale)
    chain, _ = ran("C", 1)
    assert isinstance(chain, Chain)
    assert (chain.exponent, chain.levels[0].superstable) == (exponent, 2**exponent)


@pytest.mark.parametrize(
    ("failing", "missing"),
    [
        (("superstable", "RLC"), "the superstable parameter of period 3"),
        (("superstable", "RLLRLC"), "the superstable parameter of period 6"),
        (("superstable", DOUBLES[3]), "the superstable parameter of period 24"),
        (("neutral", "RLR", 1), "its birth"),
        (("neutral", "RLL", -1), "the flip of period 3"),
        (("neutral", "RLLRLR", -1), "the flip of period 6"),
        (("landing", "RLL", "RLR"), "the closing crisis of period 3"),
        (("landing", "RLLRLR", "RLL"), "the closing crisis of period 6"),
    ],
)
def test_what_could_not_be_proved_is_named(failing: tuple[Any, ...], missing: str) -> None:
    assert ran("RLC", 6, failing)[0] == missing


@pytest.mark.parametrize("place", ["superstable", "neutral", "landing"])
def test_numbers_that_are_not_known_to_their_last_digit(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = arb(1, 1)
    monkeypatch.setattr(Stub, place, lambda *_: _Scale(wide, arb(1), arb(1)) if place == "superstable" else wide)
    assert ran("RLC", 6)[0] == "one of its numbers to its last digit"
    monkeypatch.undo()
    whole = getattr(Stub, place)

    for unknown in ("RLR", "RLL"):  # the birth, the flip

        def once(self: Stub, first: Any, *more: Any, unknown: str = unknown) -> Any:
            """All is known but one: an end of the cascade, or what was born."""
            found = whole(self, first, *more)
            if place == "superstable":
                return replace(found, centre=wide) if len(first) == 48 else found
            return wide if (first == unknown if place == "neutral" else len(first.prefix) == 48) else found

        monkeypatch.setattr(Stub, place, once)
        assert ran("RLC", 6)[0] == "one of its numbers to its last digit"


@pytest.mark.parametrize(
    ("length", "max_period", "shown", "depth"),
    [
        *((1, 1, 1, 5), (1, 7, 3, 5), (1, 8, 4, 5), (2, 1, 1, 4), (3, 11, 2, 4), (3, 12, 3, 4), (4, 4, 1, 3)),
        *((5, 9, 1, 3), (8, 16, 2, 2), (16, 16, 1, 2), (31, 63, 2, 2), (32, 63, 1, 2), (40, 63, 1, 2)),
    ],
)
def test_how_far_a_cascade_is_followed(length: int, max_period: int, shown: int, depth: int) -> None:
    """Shown up to the period asked for; followed to a period of 32 at least, and for two doublings at least."""
    found = _Cascade(STORY.chart, "R" * (length - 1) + "C", max_period, 64)
    assert (found.shown, found.depth) == (shown, depth)
    assert (found.nodes, found.root, found.bits, found.prover.bits) == ([], None, 64, 64)
    assert length * 2**depth >= 32 or depth == 2


def test_guesses_come_from_what_is_proved() -> None:
    """Lagrange's polynomial through the five nearest nodes, in units of the window: 2 + value/(4 · 1/2)."""
    found = _Cascade(STORY.chart, "RLC", 6, 64)
    found.root = _Scale(arb(2), arb(4), arb(0.5))
    found._note(0.5, arb(3))
    assert found.nodes == [(0.5, 2.0)]  # (3 − 2) · 4 · 1/2
    found.nodes = [(0.0, 7.0)]
    assert found._seed(-1.5) == 2 - 0.75  # the model itself, where one node is known
    found.nodes = [(0.0, 0.0), (1.0, 3.0)]
    assert found._seed(-2.0) == 2 - 3
    found.nodes = [(8 + k, k**4 - k) for k in (-2.0, -1.0, 0.0, 1.0, 2.0)]
    found.nodes.insert(2, (-9.0, 5.0))  # far away
    assert float(found._seed(8.5)) == pytest.approx(2 + (0.5**4 - 0.5) / 2, abs=1e-12)
    found.root = _Scale(arb(2, 0.5), arb(4, 0.25), arb(0.5, 0.1))
    assert found._seed(0.5).is_exact()


def test_what_is_proved_is_remembered() -> None:
    """κ of the model beside what became of it, in units of the scale 8 and from the centre 3."""
    cascade = _Cascade(STORY.chart, "RLC", 6, 192)
    cascade.prover = Stub()  # type: ignore[assignment]  # the point of the stub
    with working_precision(192):
        cascade.run(0.5)
    model = _model()
    assert cascade.nodes == [
        (model.superstable[0], 0),
        (0.25, 800),
        (-0.75, -800),
        (model.crisis[0], 1600),
        (model.superstable[1], 24),
        (-1.25, -776),
        (model.crisis[1], 1624),
        (model.superstable[2], 72),
        (model.superstable[3], 168),
        (model.superstable[4], 360),
        (model.crisis[4], 1960),
    ]


def test_what_fails_is_tried_at_two_more_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """First the guess, then bisection in floats and in balls: near the root of c³ + 2c² + c + 1, and the crisis."""
    guesses: list[Any] = []
    chart = STORY.chart
    cascade = _Cascade(chart, "RLC", 3, 192)
    with working_precision(192):
        monkeypatch.setattr(_Prover, "superstable", lambda _, __, guess: noted(guesses, guess, None))
        assert cascade._superstable("RLC", 0, 0.5) is None
        assert (cascade.root, cascade.nodes) == (None, [])
        c = guesses[1]
        assert guesses[0] == 0.5
        assert abs(c**3 + 2 * c**2 + c + 1) < 1e-12
        c = guesses[2]
        assert abs(c**3 + 2 * c**2 + c + 1) < 1e-25
        guesses.clear()
        cascade.root = scale = _Scale(arb(-1.7548776662466927), arb(1), arb(1))
        cascade.nodes = [(0.0, 0.0)]
        scales: list[Any] = []
        monkeypatch.setattr(
            _Prover, "landing", lambda _, __, guess, scale: noted(scales, scale, noted(guesses, guess, None))
        )
        assert cascade._crisis("RLC", 0, scale) is None
        assert scales == [scale] * 3
        assert float(guesses[0]) == pytest.approx(-1.7548776662466927 - 2)  # the model's own crisis
        for c in guesses[1:]:  # as near as twelve turns of the cycle tell
            points = [arb(0)]
            for _ in range(7):
                points.append(points[-1] ** 2 + c)
            assert abs(points[4] - points[7]) < 1e-6  # f⁴(0) is of period 3
            assert float(c) == pytest.approx(-1.790327491999)  # where the window closes
        assert len(guesses) == 3
    answers = iter([None, None, scale])
    monkeypatch.setattr(_Prover, "superstable", lambda *_: next(answers))
    assert _Cascade(chart, "RLC", 3, 192)._superstable("RLC", 0, 0.5) is scale
    monkeypatch.setattr(_Prover, "superstable", lambda _, __, guess: noted(guesses, guess, None))
    monkeypatch.setattr(module, "bisect_balls", lambda *_: None)
    guesses.clear()
    assert _Cascade(chart, "RLC", 3, 192)._superstable("RLC", 0, 0.5) is None
    assert len(guesses) == 2


@pytest.mark.parametrize("family", [quadratic, logistic, residual])
def test_every_guess_is_good_enough(family: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Cascade, "_retry", lambda *_: None)
    chart = kneading_story(family()).chart
    for period in range(1, 5):
        for word in chart.laps.words(period):
            if chart.laps.halve(word) is None:
                chain = certify_chain(chart, word, locate(chart, [word], fixed=period == 1)[0], 24)
                assert len(chain.levels) == len(f"{24 // period:b}")


def test_other_coordinates_have_the_same_windows() -> None:
    """The residual map in w = z + a, w (1 + a − w)², and in u = w/(1 + a)²: both critical points move with a."""
    chart = kneading_story(residual()).chart
    powers = [[Fraction(math.comb(n, k)) for k in range(n + 1)] for n in range(5)]  # of 1 + a
    one, sloped = tuple(powers[0]), tuple(powers[1])
    for rows, critical, bound in (
        ((powers[2], [-2 * v for v in powers[1]], powers[0]), (sloped, (Fraction(3),)), (sloped, one)),
        ((powers[2], [-2 * v for v in powers[3]], powers[4]), (one, (Fraction(3), Fraction(3))), (one, sloped)),
    ):
        moved = replace(chart, rows=((Fraction(0),), *map(tuple, rows)), critical=critical, bound=bound)
        for word in ("C", "2C", "10C", "21C"):
            guess = locate(chart, [word], fixed=len(word) == 1)[0]
            assert certify_chain(moved, word, guess, 4) == certify_chain(chart, word, guess, 4)


# --------------------------------------------------------------------------------------------------------------- proofs

ONE = _Scale(arb(0), arb(1), arb(1))


def prover(bits: int = 192) -> _Prover:
    return _Prover(STORY.chart, bits)


def line(a: Any, wide: bool = False) -> tuple[Any, Any, list[Any], Any]:  # noqa: ARG001  # as it is called
    """2 (a − 1) = 0, of curvature 3."""
    return 2 * (a - 1), arb(2), [], arb(3)


def test_newtons_method_ends_in_a_box_of_the_scale() -> None:
    """A box is 2⁻⁶⁴ of the scale in radius, which is told or is the slope times the curvature: 2 · 3 < 2³."""
    boxes: list[Any] = []

    def equation(a: Any, wide: bool = False) -> Any:
        return noted(boxes, a, line(a)) if wide else line(a)

    with working_precision(192):
        for scale, bits in ((None, 3), (_Scale(arb(0), arb(2) ** 9, arb(1)), 10)):
            boxes.clear()
            found = prover()._scalar(equation, arb(7), scale, "")
            assert found is not None
            assert found[0] == 1
            assert boxes[0] == 1
            assert boxes[1].mid() == 1
            assert float(boxes[1].rad()) == pytest.approx(2.0 ** -(bits + 64), rel=1e-6, abs=0)
            assert found[1][1] == 2


@pytest.mark.parametrize(("root", "bits"), [(1, 130 + 64), (0, 129 + 64), (4, 132 + 64), (-0.25, 129 + 64)])
def test_proofs_need_bits(root: float, bits: int) -> None:
    """Those of a scale of 2⁻⁶⁵, those of the number where it is greater than 1, and 64 for the box, 64 for rounding."""

    def equation(a: Any, wide: bool = False) -> Any:  # noqa: ARG001  # as it is called
        return a - root, arb(1), [], arb(0)

    with working_precision(256):
        scale = _Scale(arb(0), arb(2) ** 64, arb(1))
        assert prover(bits)._scalar(equation, arb(root), scale, "") is not None
        assert prover(bits - 1)._scalar(equation, arb(root), scale, "") is None


def test_what_newtons_method_does_not_prove() -> None:
    def broken(**changes: Any) -> Any:
        """The line, with other values in one of the two stages."""

        def equation(a: Any, wide: bool = False) -> Any:
            value, slope, points, curvature = line(a)
            stage = "wide" if wide else "near"
            return changes.get(f"{stage}_value", value), changes.get(f"{stage}_slope", slope), points, curvature

        return equation

    asked: list[Any] = []

    def endless(a: Any, wide: bool = False) -> Any:  # noqa: ARG001  # as it is called
        return noted(asked, a, (arb(1), arb(1), [], arb(1)))

    with working_precision(192):
        found = prover()
        assert found._scalar(broken(), arb(3), ONE, "") is not None
        for changes in (
            {"near_slope": arb(0)},
            {"near_slope": arb("nan")},
            {"near_slope": arb("inf")},
            {"wide_slope": arb(0, 1)},
            {"wide_slope": arb("nan")},
            {"wide_slope": arb(1, "inf")},
            {"wide_value": arb(2) ** -60},  # the image is outside the box of 2⁻⁶⁵
            {"wide_value": arb(0, 1)},  # wider than the box
        ):
            assert found._scalar(broken(**changes), arb(3), ONE, "") is None
        moved = found._scalar(broken(wide_value=arb(2) ** -66), arb(3), ONE, "")
        assert moved is not None
        assert moved[0] == 1 - arb(2) ** -67  # by the value over the slope, 2
        assert found._scalar(endless, arb(0), ONE, "") is None
        assert asked == [-k for k in range(16)]


def test_laps_are_looked_at_over_the_whole_box() -> None:
    def equation(a: Any, wide: bool = False) -> Any:  # noqa: ARG001  # as it is called
        return a - 1, arb(1), [a - 2, a], arb(1)

    with working_precision(192):
        for letters, fits in (("RL", True), ("RR", False), ("LL", False)):  # −1 and 1: R is left of 0, a minimum
            assert (prover()._scalar(equation, arb(1), ONE, letters) is not None) is fits


def test_landings_that_are_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Prover, "_scalar", lambda *_: None)
    found = _Prover(kneading_story(residual()).chart, 192)
    assert found.superstable("2C", arb(1)) is None
    assert found.landing(Itinerary("2", "1"), arb(1), ONE) is None
    assert found.bound_landing(arb(1), ONE) is None


def test_proofs_are_made_in_mean_value_form() -> None:
    """The orbit's images at numbers for Newton's method, but for the proof over balls, as long as each is needed."""
    found: Any = _Prover(kneading_story(residual()).chart, 192)
    asked: list[Any] = []
    real = found.jets.critical_orbit
    found.jets.critical_orbit = lambda a, n, wide=False: noted(asked, (n, wide), real(a, n, wide=wide))
    with working_precision(192):
        scale = found.superstable("C", arb(0.5))
        for count, proved in (
            (1, scale),
            (1, found.bound_landing(arb(1.6), scale)),
            (4, found.landing(Itinerary("10", "1"), arb(1.35), scale)),  # f⁴(c) = f³(c), and f(c), f²(c) in their laps
        ):
            assert proved is not None
            turn = [asked.pop(0) for _ in range(next(k for k, each in enumerate(asked) if each[1]) + 2)]
            assert turn == [(count, False)] * (len(turn) - 2) + [(count, True)] * 2
    assert asked == []


def test_a_superstable_parameter_has_a_curvature(monkeypatch: pytest.MonkeyPatch) -> None:
    for curvature, proved in ((arb(3, 1), True), (arb(1, 2), False)):
        whole: Any = (arb(0), arb(5), [], curvature)
        monkeypatch.setattr(_Prover, "_scalar", lambda *_, whole=whole: (arb(7), whole))
        found = prover().superstable("RLC", arb(7))
        assert (found is not None) is proved
        if found is not None:
            assert (found.centre, found.a, found.b) == (7, curvature, 5)


@pytest.mark.parametrize("stages", [1, 8, 64])
@pytest.mark.parametrize("multiplier", [1, -1])
def test_the_parabola_itself_is_followed_without_a_correction(stages: int, multiplier: int) -> None:
    """In x² + κ the fixed point x has multiplier m = 2x, and κ = x − x²: each stage begins at its end."""
    found: Any = prover()
    asked: list[Any] = []
    real = found.jets.cycle
    with working_precision(192):
        found.jets.cycle = lambda z, a, n: noted(asked, (z, a), real(z, a, n))
        last = found._follow(1, multiplier, ONE, stages)
        steps = [Fraction(multiplier * k, stages) for k in range(1, stages + 1)]
        assert [(float(z), float(a)) for z, a in asked] == [(float(m / 2), float(m / 2 - m**2 / 4)) for m in steps]
        assert last == asked[-1]


def test_cycles_are_followed_from_a_poor_model() -> None:
    """x² + κ through scales that are a little wrong: Newton's method in two unknowns converges all the same."""
    poor = _Scale(arb(0.01), arb(1.1), arb(0.9))
    with working_precision(192):
        for multiplier, z, a in ((1, 0.5, 0.25), (-1, -0.5, -0.75)):
            found = prover()._follow(1, multiplier, poor, 8)
            assert found is not None
            assert abs(found[0] - z) < 2.0**-60
            assert abs(found[1] - a) < 2.0**-60
            image = prover().neutral("L" if multiplier > 0 else "R", multiplier, poor)
            assert image is not None
            assert image.contains(arb(a))
            assert image.rad() < 2.0**-63
        two = prover()._follow(2, -1, _Scale(arb(-1), arb(-2), arb(1)), 8)  # the flip of RC: −5/4, at (−1 + √2)/2
        assert two is not None
        assert abs(two[1] + 1.25) < 2.0**-60
        assert abs(two[0] - (arb(2).sqrt() - 1) / 2) < 2.0**-60


def test_following_ends_where_nothing_is_determined() -> None:
    found: Any = prover()
    for answers in ((arb(1), arb(0), arb(0), arb(0)), (arb("nan"), arb(1), arb(1), arb(1))):
        found.jets.cycle = lambda z, *_, answers=answers: ([z, z], answers)
        assert found._follow(1, 1, ONE, 1) is None
    asked: list[Any] = []

    def endless(z: Any, a: Any, _: int) -> Any:
        """The slope 2 everywhere, and a second condition that is never met."""
        return noted(asked, (z, a), ([z, 2 * z], (arb(2), arb(0), arb(0), arb(1))))

    found.jets.cycle = endless
    assert found._follow(1, 1, ONE, 1) is None
    assert len(asked) == 12


def test_the_stages_become_more(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(_Prover, "_follow", lambda _, n, m, __, stages: noted(asked, (n, m, stages), None))
    assert prover().neutral("RLR", 1, ONE) is None
    assert asked == [(3, 1, 1), (3, 1, 8), (3, 1, 64)]
    monkeypatch.setattr(_Prover, "_follow", lambda *_: (arb(5), arb(6)))
    monkeypatch.setattr(_Prover, "_krawczyk", lambda _, *given: noted(asked, given, None))
    asked.clear()
    assert prover().neutral("RLR", 1, ONE) is None
    assert asked == [("RLR", 1, ONE, 5, 6)] * 3


def test_the_box_of_two_unknowns() -> None:
    """The flip of x² + κ, (−1/2, −3/4), in the lap of R; not where the guess is off by more than 2⁻⁶⁴ of a scale."""
    with working_precision(192):
        z, a, unit = arb(-0.5), arb(-0.75), arb(2) ** -64
        for off_z, off_a, proved in ((0, 0, True), (0.5, 0, True), (2, 0, False), (0, 2, False), (0, 0.5, True)):
            image = prover()._krawczyk("R", -1, ONE, z + off_z * unit, a + off_a * unit)
            assert (image is not None) is proved
            if image is not None:
                assert image.contains(a)
        assert prover()._krawczyk("L", -1, ONE, z, a) is None  # x = −1/2 is left of 0
        assert prover()._krawczyk("RR", -1, ONE, z, a) is None
        assert prover()._krawczyk("R", 1, ONE, z, a) is None
        assert prover()._krawczyk("L", 1, ONE, arb(0.5), arb(0.25)).contains(arb(0.25))  # type: ignore[union-attr]  # proved
        wide = _Scale(arb(0), arb(4), arb(0.5))  # reach 2⁻⁶⁶ in z and 2⁻⁶⁵ in a
        for off_z, off_a, proved in ((0.125, 0, True), (0.5, 0, False), (0, 0.25, True), (0, 1, False)):
            image = prover()._krawczyk("R", -1, wide, z + off_z * unit, a + off_a * unit)
            assert (image is not None) is proved


@pytest.mark.parametrize(("word", "letters", "multiplier"), [("1C", "10", -1), ("10C", "100", -1), ("10C", "101", 1)])
def test_a_proof_succeeds_from_anywhere_in_the_box(word: str, letters: str, multiplier: int) -> None:
    """Krawczyk's operator leads back to the cycle from 9/10 of the reach off in both unknowns; from 11/10 it cannot."""
    chart = kneading_story(residual()).chart
    with working_precision(192):
        found: Any = _Prover(chart, 192)
        scale = found.superstable(word, arb(locate(chart, [word])[0]))
        z, a = found._follow(len(word), multiplier, scale, 8)
        there = found._krawczyk(letters, multiplier, scale, z, a)
        assert word != "1C" or there.contains(arb(5).sqrt() - 1)
        reach_z, reach_a = (arb(2) ** -64 / scale.a).mid(), (arb(2) ** -64 / (scale.a * scale.b)).mid()
        for share, proved in ((0.9, True), (1.1, False)):
            for side_z, side_a in ((0, 1), (1, 1), (1, -1), (-1, 0)):
                near = (z + share * side_z * reach_z).mid(), (a + share * side_a * reach_a).mid()
                image = found._krawczyk(letters, multiplier, scale, *near)
                assert (image is not None) is proved
                assert image is None or (image.overlaps(there) and image.rad() < abs(reach_a) / 1000)
        asked: list[Any] = []
        real = found.jets.cycle
        found.jets.cycle = lambda z, a, n, wide=False: noted(asked, (n, wide), real(z, a, n, wide=wide))
        assert found._krawczyk(letters, multiplier, scale, z, a) is not None
        assert asked == [(len(word), True)] * 2  # both in mean value form
