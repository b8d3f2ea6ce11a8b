"""Cycles at one parameter piece by piece: words, guesses, proofs and what is said where one of them fails."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import flint
import pytest
import sympy
from edges import noted
from families import logistic, quadratic, residual

from symphase import real_cycles
from symphase.algebraic import RealAlgebraic
from symphase.charts import KneadingChart, Rational, kneading_at
from symphase.enclosures import Verdict, working_precision
from symphase.errors import InputError
from symphase.itineraries import Itinerary, LapStructure
from symphase.maps import PolynomialFamily
from symphase.real_cycles import (
    RealCycle,
    RealCycles,
    _check_shape,
    _distinct,
    _Prover,
    _Search,
    _size,
    _unit,
    _value,
    unstable_cycles,
)
from symphase.windows import AtlasError


def rational(top: str, bottom: str) -> Rational:
    """Two polynomials in the parameter, by their coefficients from the lowest on."""
    above, below = (tuple(map(Fraction, row.split())) for row in (top, bottom))
    return above, below


def chart(made: PolynomialFamily, critical: tuple[str, str], bound: str | None, orientation: int) -> KneadingChart:
    return KneadingChart(
        rows=made.rows,
        critical=rational(*critical),
        bound=None if bound is None else rational(bound, "1"),
        orientation=orientation,
        laps=LapStructure(2 if bound is None else 3),
        birth=Fraction(1),
        start=Fraction(3),
        stop=Fraction(4),
    )


LOGISTIC = chart(logistic(), ("1", "2"), None, 1)
SQUARE = chart(quadratic(), ("0", "1"), None, -1)
RESIDUAL = chart(residual(), ("1 -2", "3"), "1", 1)


def search(made: PolynomialFamily, drawn: KneadingChart, parameter: str, longest: int = 4) -> _Search:
    return _Search(made, drawn, Fraction(parameter), longest)


def refused(said: str) -> Any:
    return pytest.raises(InputError, match=f"^{re.escape(said)}$")


# ---------------------------------------------------------------------------------------------------------- in words


def cycle(word: str, multiplier: tuple[str, str], *units: int, exponent: int = 2) -> RealCycle:
    low, high = map(Fraction, multiplier)
    return RealCycle(word=word, units=units, exponent=exponent, multiplier=(low, high))


def test_one_cycle_in_words() -> None:
    made = cycle("RL", ("-1/2", "-1/2"), 3, -1)
    assert (made.period, made.is_attracting) == (2, True)
    assert made.points == ((Fraction(1, 2), Fraction(1)), (Fraction(-1, 2), Fraction(0)))
    assert made._line() == "RL, period 2, multiplier -0.5 [certified]"
    assert cycle("R", ("0", "0"), 5, exponent=3).points == ((Fraction(1, 2), Fraction(3, 4)),)
    attracts = [cycle("R", ends).is_attracting for ends in (("-1", "0"), ("0", "1"), ("-1/2", "3/2"), ("-2", "0"))]
    assert attracts == [False] * 4
    assert cycle("R", ("-99/100", "99/100")).is_attracting
    long = cycle("R", ("1.2345678901", "1.2345678902"))
    assert long._line() == "R, period 1, multiplier 1.23456789… [certified]"


def test_several_cycles_in_words() -> None:
    kept = (cycle("L", ("2", "2"), 0), cycle("RL", ("1/2", "1/2"), 3, 1))
    made = RealCycles(
        family=logistic(),
        parameter=Fraction(7, 2),
        max_period=3,
        cycles=kept,
        completeness=Verdict.PROVED,
        statement="what it rests on",
    )
    assert (len(made), list(made), made[1], made[:1]) == (2, list(kept), kept[1], kept[:1])
    assert made.unstable == kept[:1]
    assert [made.of_period(period) for period in (1, 2, 3)] == [kept[:1], kept[1:], ()]
    assert made._line() == "2 cycles up to period 3 at 3.5, complete [certified]"
    for period in (0, 4, True, "1"):
        with refused(f"period = {period}: must be an integer from 1 to 3; give a whole number"):
            made.of_period(period)  # type: ignore[arg-type]  # the point of the test
    open_ = RealCycles(
        family=logistic(),
        parameter=Fraction(7, 2),
        max_period=3,
        cycles=kept[:1],
        completeness=Verdict.UNDECIDED,
        statement="",
    )
    assert open_._line() == "1 cycle up to period 3 at 3.5, perhaps not all [certified]"
    page = made._repr_html_()
    caption = re.findall(r"<caption[^>]*>(.*?)</caption>", page)[0]
    assert re.sub("<[^>]*>", "", caption).startswith("Real cycles of ")
    assert " at 3.5 " in re.sub("<[^>]*>", "", caption)
    assert re.findall(r'<th scope="col"[^>]*>(\w+)', page) == ["word", "period", "multiplier"]
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", body)
    assert cells == ["<code>L</code>", "1", "2", "<code>RL</code>", "2", "0.5"]
    assert "what it rests on" in page
    assert caption.endswith(">certified</span>")


# -------------------------------------------------------------------------------------------------------- what is asked


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((logistic(), 2**1000, 3), f"parameter = {2**1000}: must be smaller than 2^1000; take other units"),
        ((logistic(), -(2**1000), 3), f"parameter = -{2**1000}: must be smaller than 2^1000; take other units"),
        ((logistic(), 4, 0), "max_period = 0: must be an integer from 1 to 16; give a whole number"),
        ((logistic(), 4, 17), "max_period = 17: must be an integer from 1 to 16; give a whole number"),
        ((logistic(), 4, True), "max_period = True: must be an integer from 1 to 16; give a whole number"),
        ((residual(), 2, 13), "max_period = 13: can make 192346 cycles, at most 100000; take a smaller period"),
        (
            (logistic(), 1, 3),
            "parameter = 1: must be > 1, where the story of this family begins; see kneading_story",
        ),
        (
            (logistic(), "1/2", 3),
            "parameter = 1/2: must be > 1, where the story of this family begins; see kneading_story",
        ),
        (
            (quadratic(), "1/2", 3),
            "parameter = 1/2: must be < 1/4, where the story of this family begins; see kneading_story",
        ),
        (
            (quadratic(), "1/4", 3),
            "parameter = 1/4: must be < 1/4, where the story of this family begins; see kneading_story",
        ),
    ],
)
def test_what_is_asked_wrongly_is_told(given: tuple[Any, ...], said: str) -> None:
    with pytest.raises(InputError) as caught:
        unstable_cycles(*given)
    assert (f"{caught.value.argument} = {caught.value.value}: {caught.value.accepted}; {caught.value.advice}") == said


def test_shapes_that_a_parameter_spoils() -> None:
    x, r = sympy.symbols("x r")
    falling = PolynomialFamily((3 - r) * x * (1 - x), variable=x, parameter=r)
    for parameter, orientation in (("2", 1), ("4", -1)):
        _check_shape(falling, chart(falling, ("1", "2"), None, orientation), Fraction(parameter))
        with refused(
            f"parameter = {parameter}: is beyond where the degree of this family falls and its map turns around; "
            "take a smaller parameter"
        ):
            _check_shape(falling, chart(falling, ("1", "2"), None, -orientation), Fraction(parameter))
    said = "parameter = 3: is where the degree of this family falls; take another parameter"
    with refused(said):
        _check_shape(falling, chart(falling, ("1", "2"), None, 1), Fraction(3))
    with refused(said):
        _check_shape(logistic(), chart(logistic(), ("1", "3 -1"), None, 1), Fraction(3))
    _check_shape(quadratic(), SQUARE, Fraction(-1))
    beyond = "is beyond where the degree of this family falls and its map turns around"
    for text, holds in (("3/2", True), ("1/4", True), ("-99/100", True), ("-1", False), ("-101/100", False)):
        if holds:
            _check_shape(residual(), RESIDUAL, Fraction(text))  # f'' = 6z + 2a − 4 at c = (1 − 2a)/3 is −2a − 2
        else:
            with pytest.raises(InputError, match=beyond):
                _check_shape(residual(), RESIDUAL, Fraction(text))
    _check_shape(falling, chart(falling, ("1", "2"), None, 1), Fraction(29, 10))


# -------------------------------------------------------------------------------------------------------- the interval


@pytest.mark.parametrize(
    ("made", "drawn", "parameter", "exponent", "bits"),
    [
        (logistic(), LOGISTIC, "4", 64, 256 + 2 * 4 * (2 + 1)),  # of length 1, slopes up to 4
        (logistic(), LOGISTIC, "7/2", 64, 256 + 2 * 4 * (1 + 1)),
        (logistic(), LOGISTIC, "5/4", 64, 256 + 2 * 4 * 1),
        (quadratic(), SQUARE, "-2", 62, 256 + 2 * 4 * (2 + 1)),
    ],
)
def test_how_wide_and_how_steep(
    made: PolynomialFamily, drawn: KneadingChart, parameter: str, exponent: int, bits: int
) -> None:
    found = search(made, drawn, parameter)
    assert (found.exponent, found.bits, found.far) == (exponent, bits, False)
    assert (found.family, found.chart, found.parameter, found.max_period) == (made, drawn, Fraction(parameter), 4)
    assert found.open == []


def test_how_far_is_far() -> None:
    assert not search(logistic(), LOGISTIC, "16", 8).far  # 5 bits for each step
    assert not search(logistic(), LOGISTIC, "4", 13).far  # 3
    assert search(logistic(), LOGISTIC, "4", 14).far
    assert search(logistic(), LOGISTIC, str(2**127), 16).bits == 256 + 2 * 16 * 128
    said = "is so far beyond the story that its cycles repel too strongly"
    with refused(f"parameter = {2**128}: {said}; go nearer"):
        search(logistic(), LOGISTIC, str(2**128), 16)


def test_intervals_beyond_floats() -> None:
    x, r = sympy.symbols("x r")
    for scale in (Fraction(2) ** 1000, Fraction(1, 2**1000), Fraction(1, 2**999), Fraction(2) ** 999):
        size = sympy.Rational(scale.numerator, scale.denominator)
        made = PolynomialFamily(r * x * (1 - size * x), variable=x, parameter=r)
        drawn = chart(made, ("1", str(2 * scale)), None, 1)
        if scale in (Fraction(1, 2**999), Fraction(2) ** 999):
            assert search(made, drawn, "3").exponent == 64 + (999 if scale > 1 else -999)
            continue
        with refused("parameter = 3: has cycles beyond 2^±1000; take other units"):
            search(made, drawn, "3")


def test_no_bounded_orbits_are_an_error() -> None:
    with pytest.raises(AtlasError, match=r"^no bounded orbits although the story has begun$"):
        search(quadratic(), SQUARE, "1")


# ---------------------------------------------------------------------------------------------------------------- words


def test_words_below_the_kneading_sequence() -> None:
    two = search(logistic(), LOGISTIC, "7/2")
    assert two._below(("RLR", "RLL"), Itinerary("", "RLL")) == ["RLR"]
    assert two._below(("RLR", "RLL"), Itinerary("", "RLC")) == ["RLR"]
    assert two._below(("RLR", "RLL"), Itinerary("", "RLR")) == []
    assert two._below(("RLR", "RLL"), Itinerary("R", "L")) == ["RLR", "RLL"]  # what is largest of all
    assert two.open == []
    assert two._below(("RLR", "RLL"), "RLLRLLRL") == ["RLR"]
    assert two._below(("RLR", "RLL"), "RLRLL") == []
    assert two._below(("L", "R"), "") == []
    assert two._below(("L",), "R") == ["L"]
    assert two._below(("RL",), "RLLR") == ["RL"]
    assert two.open == [f"whether there are cycles ({word})^∞" for word in ("RLL", "L", "R")]
    three = search(residual(), RESIDUAL, "3/2")
    assert three._below(("0", "1", "2"), Itinerary("", "1")) == ["0", "2"]  # the upper end is fixed
    assert three._below(("0", "1", "2"), Itinerary("2", "0")) == ["0", "1", "2"]
    assert three._below(("10",), Itinerary("2", "0")) == ["10"]
    assert three.open == []
    assert three._below(("0", "1", "2"), "") == ["2"]
    assert three.open == [f"whether there are cycles ({word})^∞" for word in ("0", "1")]


def test_boxes_that_touch_are_told() -> None:
    found = search(logistic(), LOGISTIC, "7/2")
    ends = ("2", "2")
    found._check_boxes([cycle("L", ends, 0), cycle("R", ends, 3), cycle("RL", ends, 1, 4), cycle("RLR", ends, 7, 0, 3)])
    assert found.open == []
    found._check_boxes([cycle("L", ends, 0), cycle("R", ends, 2)])
    found._check_boxes([cycle("RLRR", ends, 0, 9, 4, 6), cycle("RL", ends, 1, 9), cycle("RL", ends, 4, 2)])
    said = "whether the boxes of two cycles of period {} are apart"
    assert found.open == [said.format(period) for period in (1, 2, 4)]


# -------------------------------------------------------------------------------------------------------- what attracts


def attracted(monkeypatch: pytest.MonkeyPatch, found: _Search, period: int | None, letters: str) -> Any:
    asked: list[Any] = []
    answer = None if period is None else SimpleNamespace(period=period)
    monkeypatch.setattr(
        real_cycles, "find_attracting_cycle", lambda *given, **named: noted(asked, (given, named), answer)
    )
    told = found._attracting(letters)
    assert asked == [((found.family, found.parameter), {"max_period": 8})]
    return told


def test_the_itinerary_of_what_attracts(monkeypatch: pytest.MonkeyPatch) -> None:
    found = search(logistic(), LOGISTIC, "7/2")
    assert attracted(monkeypatch, found, None, "RLL") is None
    assert attracted(monkeypatch, found, 3, "RLLRLLRL")[0] == "RLL"
    assert attracted(monkeypatch, found, 4, "RLRLRLRL")[0] == "RL"  # behind its flip
    assert attracted(monkeypatch, found, 3, "RLL")[0] == "RLL"
    assert attracted(monkeypatch, found, 3, "RLL")[1].period == 3
    assert found.open == []
    assert attracted(monkeypatch, found, 4, "RLL") is None
    assert found.open == ["the itinerary of the critical point next to the attracting cycle"]
    with pytest.raises(AtlasError, match=r"^the critical orbit does not follow the attracting cycle's itinerary$"):
        attracted(monkeypatch, found, 3, "RLLR" + "RRRR")


def proof(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> list[Any]:
    """What is asked to be proved, answered in turn."""
    asked: list[Any] = []
    left = list(answers)
    monkeypatch.setattr(
        _Prover, "cycle", lambda _, word, guess: noted(asked, (word, round(float(guess), 6)), left.pop(0))
    )
    return asked


def test_the_cycles_with_the_itinerary_of_the_critical_point(monkeypatch: pytest.MonkeyPatch) -> None:
    attracts, repels = cycle("RL", ("0", "1/2"), 5, 1), cycle("RL", ("2", "3"), 6, 0)
    real: Any = SimpleNamespace(period=2, points=((Fraction(1, 4), Fraction(1, 4)), (Fraction(3, 4), Fraction(3, 4))))
    doubled: Any = SimpleNamespace(period=4, points=real.points)
    long: Any = SimpleNamespace(period=6, points=real.points)
    none = "no proof for the {} cycle ({})^∞"
    # word, cycle, answers of the prover, answers for the others, what is found, what stays open
    cases: list[tuple[str, Any, list[Any], Any, list[Any], list[str]]] = [
        ("RL", real, [attracts], None, [attracts], []),  # RL is odd: alone
        ("RL", real, [None], None, [], [none.format("attracting", "RL")]),
        ("RL", real, [repels], None, [], [none.format("attracting", "RL")]),
        ("RL", doubled, [attracts], [repels], [attracts, repels], []),
        ("RR", real, [attracts], [repels], [attracts, repels], []),  # even
        ("RR", real, [attracts], [attracts], [attracts], [none.format("repelling", "RR")]),
        ("RLLR", doubled, [attracts], [repels], [attracts, repels], []),  # just as long as what is asked for
        ("RLR", long, [], [repels], [repels], []),  # twice as long as the longest that is asked for
        ("RLRRL", long, [], None, [], []),
    ]
    for word, told, answers, others, kept, stays in cases:
        found = search(logistic(), LOGISTIC, "7/2")
        asked = proof(monkeypatch, *answers)
        words: list[Any] = []
        monkeypatch.setattr(found, "_prove", lambda given, words=words, others=others: noted(words, given, others))
        assert found._at_kneading(word, told) == kept
        assert found.open == stays
        assert asked == [(word * (told.period // len(word)), 0.75)] * len(answers)
        assert words == ([] if others is None else [[word]])
    down = search(quadratic(), SQUARE, "-1")
    asked = proof(monkeypatch, attracts)
    down._at_kneading("RL", real)
    assert asked == [("RL", 0.25)]  # the largest point, upside down


# --------------------------------------------------------------------------------------------------------------- proofs


def test_rounds_of_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    found = search(logistic(), LOGISTIC, "7/2")
    looked: list[Any] = []
    monkeypatch.setattr(
        found, "_guesses", lambda words, steps: noted(looked, (list(words), steps), [[0.5]] * len(words))
    )
    made = {word: cycle(word, ("2", "2"), 1) for word in ("R", "L", "RL", "RLL")}
    asked = proof(monkeypatch, made["L"], None, made["R"], made["RL"], None, None, None)
    assert found._prove(["RL", "L", "R", "RLL"]) == [made["L"], made["R"], made["RL"]]
    assert looked == [
        *((["L", "R"], 24), (["R"], 240)),
        (["RL"], 24),
        *((["RLL"], steps) for steps in (24, 240, 2400)),
    ]
    assert asked == [(word, 0.5) for word in ("L", "R", "R", "RL", "RLL", "RLL", "RLL")]
    assert found.open == ["no proof for the cycle (RLL)^∞"]
    found.far = True
    monkeypatch.setattr(found, "_refined", lambda orbit: flint.arb(orbit[0]))
    asked = proof(monkeypatch, None)
    assert found._prove(["RL"]) == []
    assert looked[-1] == (["RL"], 24)
    assert found.open[1:] == ["no proof for the cycle (RL)^∞"]


def test_far_guesses_are_refined(monkeypatch: pytest.MonkeyPatch) -> None:
    found = search(logistic(), LOGISTIC, "7/2")
    asked: list[Any] = []
    monkeypatch.setattr(
        real_cycles, "refine", lambda *given, **named: noted(asked, (given, named), [flint.arb(7), flint.arb(8)])
    )
    assert found._refined([0.5, 0.25]) == flint.arb(0.5)
    assert asked == []
    found.far, found.bits = True, 301
    assert found._refined([0.5, 0.25]) == flint.arb(7)
    assert asked == [((logistic(), [0.5, 0.25], Fraction(7, 2), None), {"bits": 150, "guard": 150})]
    monkeypatch.setattr(real_cycles, "refine", lambda *_, **__: None)
    assert found._refined([0.5, 0.25]) == flint.arb(0.5)


ROOT = 5**0.5
TWICE = PolynomialFamily(  # the residual map in other units
    sympy.expand(2 * residual().expression.subs(residual().variable, residual().variable / 2)),
    variable=residual().variable,
    parameter=residual().parameter,
)


@pytest.mark.parametrize(
    ("made", "drawn", "parameter", "words", "orbits"),
    [  # x = (1 − cos t)/2 and t doubles; z = 2 cos t and t doubles; s = v², v = 2 cos t and t triples
        (logistic(), LOGISTIC, "4", ["R"], [[0.75]]),
        (logistic(), LOGISTIC, "4", ["L", "R"], [[0.0], [0.75]]),
        (logistic(), LOGISTIC, "4", ["RL"], [[(5 + ROOT) / 8, (5 - ROOT) / 8]]),
        (quadratic(), SQUARE, "-2", ["R", "L"], [[-1.0], [2.0]]),
        (quadratic(), SQUARE, "-2", ["RL"], [[-(1 + ROOT) / 2, (ROOT - 1) / 2]]),
        (residual(), RESIDUAL, "2", ["0", "1", "2"], [[-2.0], [0.0], [2.0]]),
        (quadratic(), SQUARE, "-1", ["RC"], [[-1.0, 0.0]]),
        (residual(), RESIDUAL, "1/2", ["C"], [[0.0]]),
        (TWICE, chart(TWICE, ("2 -4", "3"), "2", 1), "2", ["10"], [[ROOT - 1, -ROOT - 1]]),  # 4 cos 72° and 4 cos 216°
        (logistic(), replace(LOGISTIC, bound=rational("5", "8")), "4", ["R"], [[0.75]]),  # two laps have no such point
    ],
)
def test_points_of_cycles_in_floats(
    made: PolynomialFamily, drawn: KneadingChart, parameter: str, words: list[str], orbits: list[list[float]]
) -> None:
    for steps in (24, 60):
        found = search(made, drawn, parameter)._guesses(words, steps)
        assert [pytest.approx(orbit, abs=1e-6) for orbit in orbits] == found


def test_one_backward_step() -> None:
    """Of the logistic map at 4: the left end comes from the right end in the right lap."""
    found = search(logistic(), LOGISTIC, "4")
    assert found._guesses(["R"], 1) == [[pytest.approx(1)]]
    assert found._guesses(["R"], 2) == [[pytest.approx(0.5, abs=1e-6)]]
    assert found._guesses(["RL"], 1) == [[pytest.approx(1), pytest.approx(0)]]  # whole turns
    assert found._guesses(["RL"], 3) == found._guesses(["RL"], 4)
    three = search(residual(), RESIDUAL, "2")
    assert three._guesses(["2"], 1) == [[pytest.approx(2)]]
    assert three._guesses(["1"], 1) == [[pytest.approx(1)]]


def prover(drawn: KneadingChart, parameter: str, exponent: int = 64) -> _Prover:
    return _Prover(drawn, Fraction(parameter), exponent)


def test_orbits_of_balls() -> None:
    with working_precision(200):
        made = prover(RESIDUAL, "1")  # z³ − z² − z, of slope 3z² − 2z − 1
        assert (made.exponent, made.orientation, made.codes) == (64, 1, RESIDUAL.laps.codes)
        points, slope = made.orbit(flint.arb(2), 2)
        assert points == [2, 2, 2]
        assert slope == 49
        points, slope = made.orbit(flint.arb(3), 2)
        assert points == [3, 15, 15**3 - 15**2 - 15]
        assert slope == 20 * (3 * 15**2 - 2 * 15 - 1)
        wide = flint.arb(2, 0.125)
        points, slope = made.orbit(wide, 1)
        assert points[1].overlaps(flint.arb(2 + 7 / 8))
        assert slope.contains(7)
        assert points[1].rad() < 1.5


def test_cycles_are_proved() -> None:
    with working_precision(300):
        made = prover(LOGISTIC, "4")
        found = made.cycle("RL", flint.arb((5 + ROOT) / 8))
        assert found is not None
        assert (found.word, found.exponent) == ("RL", 64)
        assert all(
            abs(Fraction(unit, 2**64) - Fraction(v)) < 1e-15
            for unit, v in zip(found.units, ((5 + ROOT) / 8, (5 - ROOT) / 8), strict=True)
        )
        assert found.multiplier[0] <= -4 <= found.multiplier[1]
        assert found.multiplier[1] - found.multiplier[0] < Fraction(1, 2**60)
        assert made.cycle("RL", flint.arb("0.9")) is not None  # Newton goes there
        assert made.cycle("RR", flint.arb((5 + ROOT) / 8)) is None  # another itinerary
        assert made.cycle("LR", flint.arb((5 + ROOT) / 8)) is None
        assert made.cycle("RR", flint.arb(3) / 4) is None  # the fixed point written twice
        assert made.cycle("R", flint.arb(3) / 4) is not None
        assert prover(LOGISTIC, "3").cycle("R", flint.arb(2) / 3) is None  # neutral
        assert prover(LOGISTIC, "2").cycle("C", flint.arb(1) / 2) is not None
        assert prover(LOGISTIC, "2").cycle("R", flint.arb(1) / 2) is None
        assert prover(SQUARE, "-1").cycle("RC", flint.arb(-1)) is not None
        assert prover(LOGISTIC, "4").cycle("R", flint.arb(0, 1)) is None


def test_units_of_balls() -> None:
    assert _unit(flint.arb(3) / 4, 2) == 3
    assert _unit(flint.arb("2.4"), 0) == 2
    assert _unit(flint.arb("2.6"), 0) == 3
    assert _unit(flint.arb(5) / 2, 0) == 3
    assert _unit(flint.arb(-5) / 2, 0) == -2
    assert _unit(flint.arb(3, 0.9), 0) == 3
    assert _unit(flint.arb(3, 1.1), 0) is None
    assert _unit(flint.arb("2.6", 0.5), 0) == 3
    assert _unit(flint.arb("2.6", 0.7), 0) is None
    assert _unit(flint.arb("3.4", 0.5), 0) == 3
    assert _unit(flint.arb("3.4", 0.7), 0) is None
    assert _unit(flint.arb(2), -1) == 1
    assert _distinct([flint.arb(1, 0.25), flint.arb(2, 0.25), flint.arb(3, 0.25)])
    for close in (0, 1, 2):
        balls = [flint.arb(k, 0.25) for k in range(3)]
        balls[close] = flint.arb((close + 1) % 3, 0.5)
        assert not _distinct(balls)


def test_sizes_and_values() -> None:
    lengths = ("1", "8", "1/8", "0", "3/4", "7", "5/2")
    assert [_size(Fraction(text)) for text in lengths] == [0, 3, -3, 0, -1, 2, 1]
    assert _value(rational("1 2 3", "4 -1"), 3.0) == 34.0


# ------------------------------------------------------------------------------------------------------------ all of it

WHOLE = "every itinerary up to the period was compared with that of the critical point, in balls"


@pytest.mark.parametrize(
    ("made", "drawn", "parameter", "words"),
    [  # in brackets: attracting
        (logistic(), LOGISTIC, "3.84", "L R RL RLR [RLL] RLRR"),
        (logistic(), LOGISTIC, "3.5", "L R RL [RLRR]"),
        (logistic(), LOGISTIC, "3.3", "L R [RL]"),
        (logistic(), LOGISTIC, "5/2", "L [R]"),
        (logistic(), LOGISTIC, "2", "L [C]"),
        (logistic(), LOGISTIC, "4", "L R RL RLR RLL RLRR RLLR RLLL"),
        (quadratic(), SQUARE, "-1", "L R [RC]"),
        (quadratic(), SQUARE, "-1.76", "L R RL RLR [RLL] RLRR"),
        (residual(), RESIDUAL, "1/2", "0 [C] 2"),
        (residual(), RESIDUAL, "1.2", "0 1 2 [10]"),
        (residual(), RESIDUAL, "1.7", "0 1 2 10 101 100 200 [200] 1011 1001 1000 2000 2001"),
    ],
)
def test_all_cycles(made: PolynomialFamily, drawn: KneadingChart, parameter: str, words: str) -> None:
    found = search(made, drawn, parameter).run()
    assert " ".join(f"[{each.word}]" if each.is_attracting else each.word for each in found) == words
    assert (found.completeness, found.statement) == (Verdict.PROVED, WHOLE)
    assert (found.family, found.parameter, found.max_period) == (made, Fraction(parameter), 4)


def test_what_stays_open_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    found = search(logistic(), LOGISTIC, "4", 2)
    found.open = [str(k) for k in range(5)]
    told = found.run()
    assert (told.completeness, told.statement) == (Verdict.UNDECIDED, "open: 0; 1; 2; 3; 4")
    found.open.append("5")
    assert found.run().statement == "open: 0; 1; 2; 3; 4 and 1 more"
    monkeypatch.setattr(found, "_count", lambda _: pytest.fail("nothing is counted where something is open"))
    found.run()


def test_cycles_are_counted_once_more() -> None:
    found = search(logistic(), LOGISTIC, "4", 6)
    kept = list(found.run())
    found._count(kept)
    for period, roots in ((1, 2), (2, 2), (3, 6), (4, 12), (6, 54)):
        less = [each for each in kept if each.period != period]
        said = f"0 cycles of period {period} found, but the dynatomic polynomial has {roots} roots"
        with pytest.raises(AtlasError, match=f"^{said}$"):
            found._count(less)
    longer = search(logistic(), LOGISTIC, "4", 7)
    longer._count(kept)  # of degree 128: not counted
    cubic = search(residual(), RESIDUAL, "2", 4)
    kept = list(cubic.run())
    with pytest.raises(AtlasError, match=r"^0 cycles of period 4 found, but the dynatomic polynomial has 72 roots$"):
        cubic._count([each for each in kept if each.period != 4])


# ------------------------------------------------------------------------------------------------------- close and far


@pytest.mark.parametrize(("gap", "exponent"), [(3, 64), (1, 80)])
def test_boxes_are_finer_where_cycles_are_close(gap: int, exponent: int) -> None:
    """Fixed points of the logistic map at 1 + ε: 0, and another one ε beyond; the slope is 1 at ε/2."""
    with working_precision(300):
        found = prover(LOGISTIC, str(1 + Fraction(gap, 2**64))).cycle("L", flint.arb(0))
    assert found is not None
    assert (found.exponent, found.units) == (exponent, (0,))


def test_cycles_that_are_no_more_told_apart() -> None:
    with working_precision(300):
        assert prover(LOGISTIC, str(1 + Fraction(1, 2**110))).cycle("L", flint.arb(0)) is None
        assert prover(LOGISTIC, str(1 + Fraction(1, 2**60))).cycle("L", flint.arb(0)) is not None
        assert prover(SQUARE, "-3/4").cycle("R", flint.arb(-1) / 2) is None  # the slope is −1
        assert prover(LOGISTIC, "4").cycle("R", flint.arb(5) / 8) is not None  # it is −1 at the guess
        assert prover(LOGISTIC, "4").cycle("L", flint.arb(1) / 4) is not None  # it is 2 there
        assert prover(LOGISTIC, "31/10").cycle("RR", flint.arb(0.7645)) is not None  # two points, one itinerary


def test_bounds_of_the_multiplier_hold_it() -> None:
    """The guess is 2^-66 away: Newton's second step is too short for a third, and what is left is not forgotten."""
    with working_precision(600):
        point = (5 + flint.arb(5).sqrt()) / 8
        found = prover(LOGISTIC, "4").cycle("RL", (point + flint.arb(2) ** -66).mid())
    assert found is not None
    assert found.multiplier[0] <= -4 <= found.multiplier[1]
    assert found.multiplier[1] - found.multiplier[0] < Fraction(1, 2**340)


def test_every_point_has_a_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(real_cycles, "_unit", lambda point, _: 5 if point > 0.5 else None)
    with working_precision(300):
        assert prover(LOGISTIC, "4").cycle("RL", flint.arb((5 + ROOT) / 8)) is None


def test_balls_that_reach_the_next_unit() -> None:
    wide = flint.arb(0, 0.75)
    reach = (wide * flint.arb(2) ** 0).rad()  # rounded up
    assert _unit(2 + reach + wide, 0) is None
    assert _unit(4 - reach + wide, 0) is None


def test_the_interval_holds_its_ends() -> None:
    """±(1 + √5)/2, where x² = x + 1."""
    lower, upper = search(quadratic(), SQUARE, "-1").ends
    assert upper**2 >= upper + 1
    assert lower**2 >= 1 - lower
    assert upper - lower < 3.2361


def test_what_a_search_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    story = SimpleNamespace(chart=LOGISTIC, birth=RealAlgebraic.rational(1), reduced_family=logistic())
    monkeypatch.setattr(real_cycles, "kneading_story", lambda *given: noted(asked, given, story))
    monkeypatch.setattr(real_cycles, "_check_shape", lambda *given: noted(asked, given, None))
    monkeypatch.setattr(
        real_cycles, "_Search", lambda *given: noted(asked, given, SimpleNamespace(run=lambda: "found"))
    )
    answers: list[Any] = []
    for longest in (1, 16):
        del asked[:]
        answers.append(unstable_cycles(quadratic(), "7/2", longest, within=(1, 4)))
        seven = Fraction(7, 2)
        assert asked == [
            (quadratic(), (1, 4)),
            (logistic(), LOGISTIC, seven),
            (logistic(), LOGISTIC, seven, longest),
        ]
    assert answers == ["found", "found"]
    monkeypatch.setattr(real_cycles, "MAX_CYCLES", 5)  # of the full map: L, R, RL, RLR, RLL
    unstable_cycles(logistic(), 4, 3)
    monkeypatch.setattr(real_cycles, "MAX_CYCLES", 4)
    with pytest.raises(InputError, match="can make 5 cycles, at most 4"):
        unstable_cycles(logistic(), 4, 3)
    with pytest.raises(InputError, match=r"^parameter = "):
        unstable_cycles(logistic(), "x", 3)


def test_how_much_of_the_kneading_sequence_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    inner = kneading_at
    monkeypatch.setattr(real_cycles, "kneading_at", lambda *given: noted(asked, given, inner(*given)))
    found = search(logistic(), LOGISTIC, "7/2", 2)
    assert [each.word for each in found.run()] == ["L", "R", "RL"]
    assert asked == [(LOGISTIC, Fraction(7, 2), 72)]
    monkeypatch.setattr(real_cycles, "kneading_at", lambda *_: "RLC")  # of a cycle longer than what is asked for
    told = search(logistic(), LOGISTIC, "3.84", 2).run()
    assert (" ".join(each.word for each in told), told.completeness) == ("L R RL", Verdict.PROVED)
    monkeypatch.undo()
    told = search(quadratic(), SQUARE, "-1", 2).run()
    assert (" ".join(each.word for each in told), told.completeness) == ("L R RC", Verdict.PROVED)


def test_a_critical_orbit_that_lands_on_the_wall() -> None:
    """Of r·x·(1 − x)² at 27/4 the critical value is 1, which goes to 0; real roots by SymPy."""
    x, r = sympy.symbols("x r")
    made = PolynomialFamily(sympy.expand(r * x * (1 - x) ** 2), variable=x, parameter=r)
    told = search(made, chart(made, ("1", "3"), "1", 1), "27/4", 2).run()
    assert told.completeness is Verdict.PROVED
    f = sympy.Rational(27, 4) * x * (1 - x) ** 2
    roots = [sympy.Poly(sympy.expand(image - x), x).count_roots() for image in (f, f.subs(x, f))]
    assert [len(told.of_period(1)), len(told.of_period(1)) + 2 * len(told.of_period(2))] == roots
