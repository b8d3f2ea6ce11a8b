"""Real algebraic numbers word for word, and at the ends of the intervals and ranges that they accept."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest
import sympy
from edges import noted

from symphase import algebraic
from symphase.algebraic import (
    RealAlgebraic,
    _decimal_text,
    _decomposition,
    _evaluate,
    _factor,
    _primitive,
    _proved_interval,
    _restored,
    _solve_part,
    irreducible_factors,
    real_roots,
    roots_of_irreducible,
)
from symphase.enclosures import Verdict, ball_bounds, working_precision
from symphase.errors import InputError

x = sympy.Symbol("x")
LOW, HIGH = real_roots(flint.fmpz_poly([-4, 4, 1]))  # −2 ∓ 2√2
ROOT = real_roots(flint.fmpz_poly([-1, -1, 0, 0, 0, 1]))[0]  # of x⁵ − x − 1
CUBIC = real_roots(flint.fmpz_poly([1, -3, 0, 1]))  # three real roots: complex radicals
HALF = RealAlgebraic.rational("1/2")


def fields(error: pytest.ExceptionInfo[InputError]) -> tuple[str, object, str, str]:
    return error.value.argument, error.value.value, error.value.accepted, error.value.advice


WANTED = "must be the integer coefficients of a polynomial, lowest power first"


@pytest.mark.parametrize(
    ("coefficients", "argument", "accepted", "advice"),
    [
        (3, "coefficients", WANTED, "as [-2, 0, 1] for x^2 - 2"),
        ("121", "coefficients", WANTED, "as [-2, 0, 1] for x^2 - 2"),
        ([Fraction(1, 2), 1], "coefficients", WANTED, "multiply by the common denominator"),
        ([1], "coefficients", "must be a polynomial of degree ≥ 1", "a constant has no root"),
        ([1, 0], "coefficients", "must be a polynomial of degree ≥ 1", "a constant has no root"),
        ([-1, 0, 1], "coefficients", "must be irreducible over the rationals", "use real_roots to split it"),
        ([1, 2, 1], "coefficients", "must be irreducible over the rationals", "use real_roots to split it"),
    ],
)
def test_coefficients_that_make_no_number(coefficients: Any, argument: str, accepted: str, advice: str) -> None:
    with pytest.raises(InputError) as caught:
        RealAlgebraic(coefficients, Fraction(0), Fraction(9))
    assert fields(caught) == (argument, coefficients, accepted, advice)


def test_degrees_up_to_ten_thousand(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError) as caught:
        RealAlgebraic([1] * 10_002, Fraction(0), Fraction(1))
    said = "must be a polynomial of degree at most 10000"
    assert fields(caught) == ("coefficients", "10002 numbers", said, "its irreducibility is out of reach")
    monkeypatch.setattr(algebraic, "MAX_DEGREE", 2)
    assert RealAlgebraic([-2, 0, 1], Fraction(1), Fraction(2)).degree == 2
    with pytest.raises(InputError, match="degree at most 2"):
        RealAlgebraic([-2, 0, 0, 1], Fraction(1), Fraction(2))


def test_numbers_that_are_none_are_named() -> None:
    for coefficients, lower, upper, name in (
        ([-2, "x", 1], 0, 1, r"coefficients\[1\]"),
        ([-2, 0, 1], "x", 1, "lower"),
        ([-2, 0, 1], 0, "x", "upper"),
    ):
        with pytest.raises(InputError, match=f"^{name} = x: "):
            RealAlgebraic(coefficients, lower, upper)  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(InputError, match=r"^value = x: "):
        RealAlgebraic.rational("x")


@pytest.mark.parametrize(
    ("coefficients", "lower", "upper"),
    [
        ([-2, 0, 1], 2, 3),
        ([-2, 0, 1], -2, 2),
        ([-2, 0, 1], 2, 1),
        ([-2, 0, 1], 1, 1),
        ([-1, 2], 1, 2),
        ([2, 0, 1], 0, 9),
    ],
)
def test_intervals_without_one_root(coefficients: list[int], lower: int, upper: int) -> None:
    with pytest.raises(InputError) as caught:
        RealAlgebraic(coefficients, Fraction(lower), Fraction(upper))
    said = "must hold exactly one root of the polynomial"
    assert fields(caught) == ("interval", f"[{lower}, {upper}]", said, "isolate it with real_roots")


def test_a_rational_number_may_be_an_end_of_its_interval() -> None:
    for lower, upper in ((0, 1), (Fraction(1, 2), 1), (0, Fraction(1, 2)), (Fraction(1, 2), Fraction(1, 2))):
        number = RealAlgebraic([-2, 4], Fraction(lower), Fraction(upper))
        assert number.coefficients == (-1, 2)
        assert number.interval == (Fraction(1, 2), Fraction(1, 2))
    assert _proved_interval(flint.fmpz_poly([-2, 0, 1]), Fraction(1), Fraction(2)) == (Fraction(1), Fraction(2))


def test_polynomials_are_primitive_with_a_positive_end() -> None:
    assert list(_primitive(flint.fmpz_poly([4, -2]))) == [-2, 1]
    assert RealAlgebraic([4, 0, -2], Fraction(1), Fraction(2)).coefficients == (-2, 0, 1)
    made = RealAlgebraic._from_irreducible(flint.fmpz_poly([4, 0, -2]), Fraction(1), Fraction(2))
    assert (made.coefficients, made.interval) == ((-2, 0, 1), (Fraction(1), Fraction(2)))


def test_rational_numbers() -> None:
    half = Fraction(1, 2)
    assert (HALF.coefficients, HALF.degree, HALF.interval, HALF.is_rational) == ((-1, 2), 1, (half, half), True)
    assert RealAlgebraic.rational("-3/2").coefficients == (3, 2)
    assert HALF.compare(Fraction(1, 2)) == 0
    assert hash(HALF) == hash(Fraction(1, 2))
    assert len({HALF, RealAlgebraic([-2, 4], Fraction(0), Fraction(1)), LOW, HIGH, RealAlgebraic.rational(3)}) == 4
    assert HALF.enclose(9) == (Fraction(1, 2), Fraction(1, 2))
    assert HALF.to_sympy() == sympy.Rational(1, 2)
    assert len({hash(number) for number in (HIGH, ROOT, CUBIC[0], HALF)}) == 4
    restored = _restored((-4, 4, 1), *HIGH.interval)
    assert (restored == HIGH, hash(restored) == hash(HIGH)) == (True, True)


@pytest.mark.parametrize(("number", "sign"), [(LOW, -1), (HIGH, 1), (RealAlgebraic.rational(0), 0), (CUBIC[1], 1)])
def test_signs(number: RealAlgebraic, sign: int) -> None:
    assert number.sign() == sign
    tiny = RealAlgebraic([-2, 0, 10**40], Fraction(0), Fraction(1))  # √2·10⁻²⁰
    assert (tiny.sign(), tiny.affine(-1).sign()) == (1, -1)


def test_an_end_of_the_interval_is_on_its_side() -> None:
    number = RealAlgebraic([-2, 0, 1], Fraction(1), Fraction(2))
    assert [number.compare(Fraction(value)) for value in ("1", "2", "1.4142", "1.4143")] == [1, -1, 1, -1]
    wide = RealAlgebraic([-2, 0, 1], Fraction(0), Fraction(2))
    assert [wide.compare(value) for value in (0, -1, 2, 3)] == [1, 1, -1, -1]
    with pytest.raises(InputError, match=r"^other = "):
        number.compare("x")


@pytest.mark.parametrize("bits", [-1, 40_000_001, True, 1.0, "8", None])
def test_bits_out_of_range(bits: Any) -> None:
    for method in (HIGH.enclose, HIGH.ball, HALF.ball, HALF.enclose):
        with pytest.raises(InputError) as caught:
            method(bits)
        assert fields(caught) == ("bits", bits, "must be an integer from 0 to 40000000", "give a whole number")


@pytest.mark.parametrize("digits", [-1, 10_000_001, True, 1.0, "8", None])
def test_digits_out_of_range(digits: Any) -> None:
    with pytest.raises(InputError) as caught:
        HIGH.decimal(digits)
    assert fields(caught) == ("digits", digits, "must be an integer from 0 to 10000000", "give a whole number")


def test_what_would_take_long_is_refused_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(RealAlgebraic, "_seconds", lambda _, bits: noted(asked, bits, 61.4))
    said = "would take about 61 seconds for a number of degree 2"
    advice = "ask for fewer: what takes up to 60 seconds is computed"
    for call, argument, value in (
        (lambda: HIGH.enclose(70), "bits", 70),
        (lambda: HIGH.ball(71), "bits", 71),
        (lambda: HIGH.decimal(10), "digits", 10),
    ):
        with pytest.raises(InputError) as caught:
            call()
        assert fields(caught) == (argument, value, said, advice)
    assert asked == [70, 71, 34 + 32]
    monkeypatch.setattr(RealAlgebraic, "_seconds", lambda *_: 60.0)
    HIGH._check_cost(1, "bits", 1)
    with pytest.raises(InputError, match="would take about 70 seconds"):
        HIGH._check_cost(10**6, "bits", 1, rationals=True)  # 10⁻¹¹ times squared bits on top


def test_seconds_grow_with_the_degree_the_bits_and_the_coefficients() -> None:
    for number, evaluations, height in ((HALF, 0, 2), (HIGH, 8, 3), (ROOT, 20, 1)):
        assert number._seconds(1000) == pytest.approx((evaluations + 25) * (1000 + height) * 3.3e-9, rel=1e-12)


def test_long_work_is_done_where_it_can_be_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(algebraic, "where_killable", lambda _, task, **named: noted(asked, (task, named), "1.0"))
    for seconds, heavy in ((2.0, False), (2.1, True)):
        monkeypatch.setattr(RealAlgebraic, "_seconds", lambda *_, seconds=seconds: seconds)
        assert HIGH.decimal(3) == "1.0"
        told = {"heavy": heavy, "asked": "writing 3 digits of a number of degree 2"}
        assert asked.pop() == ((HIGH, 3, 10 + 32), told)


def test_balls_are_narrow_and_hold_the_number() -> None:
    for number, exact in ((HIGH, None), (HALF, Fraction(1, 2)), (RealAlgebraic.rational("1/3"), Fraction(1, 3))):
        for bits in (0, 1, 30, 64, 300):
            lower, upper = ball_bounds(number.ball(bits))
            truth = number.enclose(bits + 40)
            assert lower <= truth[0] <= truth[1] <= upper
            assert upper - lower <= Fraction(1, 2**bits)
            assert exact is None or lower <= exact <= upper
        assert exact is not None or upper - lower == Fraction(1, 2**302)
    assert ball_bounds(HIGH.ball()) == ball_bounds(HIGH.ball(64))


def test_bounds_as_fractions_cost_more(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(algebraic, "refine_roots", lambda _, __, bits: noted(asked, bits, [(Fraction(0), Fraction(1))]))
    assert HIGH.enclose(2_000_000) == (Fraction(0), Fraction(1))
    with pytest.raises(InputError, match=r"^bits = 3000000: would take about 90 seconds"):
        HIGH.enclose(3_000_000)
    assert asked == [2_000_000]
    assert HALF.enclose(40_000_000) == HALF.interval


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        ("1/2", 0, "0"),
        ("3/2", 0, "2"),
        ("5/2", 0, "2"),
        ("7/2", 0, "4"),
        ("-5/2", 0, "-2"),
        ("-7/2", 0, "-4"),
        ("1/8", 2, "0.12"),
        ("3/8", 2, "0.38"),
        ("2/3", 2, "0.67"),
    ],
)
def test_ties_are_rounded_to_even_digits(value: str, digits: int, text: str) -> None:
    assert RealAlgebraic.rational(value).decimal(digits) == text


@pytest.mark.parametrize(("side", "text"), [(1, "1.3"), (-1, "1.2")])
def test_numbers_beside_a_tie_are_rounded_to_their_side(side: int, text: str) -> None:
    square = Fraction(25, 16) + Fraction(side, 10**90)  # of a number that differs from 5/4 only beyond 290 bits
    number = RealAlgebraic([-square.numerator, 0, square.denominator], Fraction(1), Fraction(2))
    assert number.decimal(1) == text
    assert number.decimal(60) == "1.25" + "0" * 58


@pytest.mark.parametrize(("side", "text"), [(1, "0.2"), (-1, "0.1")])
def test_numbers_beside_a_tie_that_no_binary_number_is(side: int, text: str) -> None:
    square = Fraction(9, 400) + Fraction(side, 10**90)  # 0.15 lies inside a cell, whose two ends round differently
    number = RealAlgebraic([-square.numerator, 0, square.denominator], Fraction(0), Fraction(1))
    assert number.decimal(1) == text


def test_numbers_of_any_length_make_a_number() -> None:
    long = 10**5000 + 1
    assert RealAlgebraic([-long, 1], Fraction(long), Fraction(long)).interval == (Fraction(long), Fraction(long))
    with pytest.raises(InputError) as caught:
        RealAlgebraic([-2, 0, 1], Fraction(long), Fraction(long + 1))
    assert caught.value.value == "an interval with ends of thousands of digits"
    for value in (True, False):
        with pytest.raises(InputError):
            RealAlgebraic([-2, value, 1], Fraction(1), Fraction(2))


def test_decimals_have_twenty_digits_where_nothing_is_said() -> None:
    assert HALF.decimal() == "0.5" + "0" * 19
    assert HIGH.decimal() == "0.82842712474619009760"


def test_order() -> None:
    assert not RealAlgebraic.rational("1/2") > HALF
    assert RealAlgebraic.rational("1/2") >= HALF
    assert LOW < HALF < HIGH
    assert not HIGH.affine(1) > HIGH


def test_affine_images() -> None:
    assert HIGH.affine(0, "3/4").interval == (Fraction(3, 4), Fraction(3, 4))
    assert float(HIGH.affine("-1/2", 3)) == pytest.approx(3 - (2**0.5 - 1), rel=1e-15)
    for slope, shift, name in (("x", 0, "slope"), (1, "x", "shift")):
        with pytest.raises(InputError, match=f"^{name} = x: "):
            HIGH.affine(slope, shift)


def test_bounds_are_nested_and_as_narrow_as_asked() -> None:
    before = HIGH.interval
    for bits in (0, 1, 30, 300):
        lower, upper = HIGH.enclose(bits)
        assert before[0] <= lower < upper <= before[1]
        assert upper - lower <= Fraction(1, 2**bits)
        before = lower, upper


@pytest.mark.parametrize("shift", [0, 10**30, -(10**300)])
def test_floats_are_the_nearest(shift: int) -> None:
    assert float(HIGH.affine(1, shift)) == float(HIGH.enclose(2000)[0] + shift)
    beside = RealAlgebraic([-(2**108) - 1, 2**107], Fraction(0), Fraction(3))
    assert float(beside) == 2.0
    # a number that differs from a tie between two floats by 2⁻²⁰⁰ only: (1 + 2⁻⁵³)² ± …
    tie = Fraction(2**53 + 1, 2**53)
    for side in (1, -1):
        square = tie**2 + Fraction(side, 2**200)
        number = RealAlgebraic([-square.numerator, 0, square.denominator], Fraction(1), Fraction(2))
        assert float(number) == (1.0 + 2.0**-52 if side > 0 else 1.0)


# ------------------------------------------------------------------------------------------------------------ texts


@pytest.mark.parametrize(
    ("number", "text", "formula", "latex", "shown"),
    [
        (HIGH, "-2 + 2*sqrt(2)", "2√2 − 2", r"-2 + 2 \sqrt{2}", "RealAlgebraic([-4, 4, 1], 0, 8)  # 0.828427124746"),
        (HALF, "1/2", "1/2", r"\frac{1}{2}", "RealAlgebraic([-1, 2], 1/2, 1/2)  # 0.500000000000"),
        (
            ROOT,
            "root of x**5 - x - 1 in (1.1, 1.2)",
            "root of x⁵ − x − 1 in (1.1, 1.2)",
            r"\text{the root of } x^{5} - x - 1 \text{ in } (1.1,\, 1.2)",
            "RealAlgebraic([-1, -1, 0, 0, 0, 1], 0, 4)  # 1.167303978261",
        ),
        (
            CUBIC[1],
            "root of x**3 - 3*x + 1 in (0.3, 0.4)",
            "root of x³ − 3·x + 1 in (0.3, 0.4)",
            r"\text{the root of } x^{3} - 3 x + 1 \text{ in } (0.3,\, 0.4)",
            None,
        ),
        (
            CUBIC[0],
            "root of x**3 - 3*x + 1 in (-1.9, -1.8)",
            "root of x³ − 3·x + 1 in (-1.9, -1.8)",
            r"\text{the root of } x^{3} - 3 x + 1 \text{ in } (-1.9,\, -1.8)",
            None,
        ),
    ],
)
def test_texts(number: RealAlgebraic, text: str, formula: str, latex: str, shown: str | None) -> None:
    assert (number.text(), str(number), number.latex()) == (text, text, latex)
    assert number.formula().replace("3·x", "3x") == formula.replace("3·x", "3x")
    assert number._repr_latex_() == f"${latex}$"
    assert shown is None or repr(number) == shown
    for method in (number.text, number.formula, number.latex):
        with pytest.raises(InputError, match=r"^symbol = 1: must be a str; give a name such as 'x'$"):
            method(1)  # type: ignore[arg-type]  # the point of the test


def test_texts_with_another_symbol() -> None:
    assert ROOT.text("eta") == "root of eta**5 - eta - 1 in (1.1, 1.2)"
    assert ROOT.latex("rate").startswith(r"\text{the root of } \mathrm{rate}^{5} - \mathrm{rate} - 1 ")
    assert str(ROOT.to_sympy()) == "CRootOf(_x**5 - _x - 1, 0)"
    assert ROOT.formula("eta") == "root of η⁵ − η − 1 in (1.1, 1.2)"
    assert ROOT.latex("eta") == r"\text{the root of } \eta^{5} - \eta - 1 \text{ in } (1.1,\, 1.2)"
    with pytest.raises(InputError, match=r"^symbol = x: must be a Symbol; give sympy\.Symbol\('x'\), say$"):
        ROOT.minimal_polynomial("x")
    assert sympy.expand(ROOT.minimal_polynomial(x)) == x**5 - x - 1


def test_an_empty_text_is_no_name() -> None:
    for number in (ROOT, HIGH):
        for method in (number.text, number.formula):
            with pytest.raises(InputError) as caught:
                method("")
            assert fields(caught) == ("symbol", "", "must be a name", "such as 'x'")


def test_as_many_digits_as_tell_the_roots_apart() -> None:
    near = flint.fmpz_poly([-2, 0, 10**6, 0, 0, 10**6 + 7])
    for number in real_roots(near):
        lower, upper = map(Fraction, number._short_interval())
        digits = len(number._short_interval()[0].partition(".")[2])
        assert upper - lower == Fraction(1, 10**digits)
        assert sum(lower < other.enclose(60)[0] < upper for other in real_roots(near)) == 1
        assert number.enclose(60)[0] > lower
        assert number.enclose(60)[1] < upper
    # ±10⁻⁷·√2 are told apart by 7 digits, as Descartes' rule sees them
    tiny = RealAlgebraic([-2, 0, 10**14], Fraction(0), Fraction(1))
    assert tiny._short_interval() == ("0.0", "0.1")
    low, high = real_roots(flint.fmpz_poly([2 - 4 * 10**12, 4 * 10**14, -(10**16)]) * -1)[:2]
    assert low._short_interval() != high._short_interval()


def test_digits_end_with_the_fiftyninth(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Fraction] = []
    monkeypatch.setattr(algebraic, "descartes_bound", lambda _, low, high: noted(asked, high - low, 2))
    assert ROOT._short_interval() == ("0", "4")
    assert asked == [Fraction(1, 10**digits) for digits in range(1, 60)]


def test_long_numbers_are_told_by_their_degree(monkeypatch: pytest.MonkeyPatch) -> None:
    line = repr(ROOT)
    for length, short in ((len(line), True), (len(line) - 1, False)):
        monkeypatch.setattr(algebraic, "LINE_LENGTH", length)
        assert (repr(ROOT) == line) is short
    monkeypatch.undo()
    number = real_roots(flint.fmpz_poly([-2, *[0] * 24, 1]))[0]
    assert repr(number) == "<RealAlgebraic: 1.028113826656…, a root of a polynomial of degree 25>"
    wide = real_roots(flint.fmpz_poly([-(10**60) - 7, 1, 3]))[1]
    assert repr(wide).endswith("…, a root of a polynomial of degree 2>")
    assert repr(wide).startswith("<RealAlgebraic: 5773502691896257645")


def test_radicals_are_shown_as_long_as_people_read_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for length, radicals in ((48, True), (49, False)):
        monkeypatch.setattr(algebraic, "formula_text", lambda _, length=length: "r" * length)
        assert (HIGH.formula() == "r" * length) is radicals


# ------------------------------------------------------------------------------------------------------------ radicals


def test_real_radicals_are_real() -> None:
    assert HIGH.real_radicals() == 2 * sympy.sqrt(2) - 2
    assert CUBIC[0].radicals() is not None
    assert real_roots(flint.fmpz_poly([-1, 3, 2]))[1].radicals() == sympy.sqrt(17) / 4 - sympy.Rational(3, 4)
    quartic = real_roots(flint.fmpz_poly([-1, -1, 0, 0, 1]))[1]
    expression = quartic.radicals()
    assert expression is not None
    assert complex(expression) == pytest.approx(float(quartic), rel=1e-12)
    assert CUBIC[0].real_radicals() is None
    assert (ROOT.radicals(), ROOT.real_radicals()) == (None, None)


def test_solvable() -> None:
    assert HIGH.solvable() is Verdict.PROVED
    assert real_roots(flint.fmpz_poly([-1, -1, 0, 0, 1]))[0].solvable() is Verdict.PROVED  # degree 4
    assert ROOT.solvable() is Verdict.REFUTED
    assert real_roots(flint.fmpz_poly([-2, 0, 0, 0, 0, 1]))[0].solvable() is Verdict.PROVED  # ⁵√2: group of order 20
    assert real_roots(flint.fmpz_poly([-1, -1, 0, 0, 0, 0, 0, 1]))[0].solvable() is Verdict.UNDECIDED
    sixth = real_roots(flint.fmpz_poly([-2, 0, 0, 0, 0, 0, 1]))[0]
    assert (sixth.radicals(), sixth.solvable()) == (-sympy.root(2, 6), Verdict.PROVED)


def test_sympy_gets_radicals_or_the_right_root() -> None:
    assert HIGH.to_sympy() == 2 * sympy.sqrt(2) - 2
    for k, number in enumerate(real_roots(flint.fmpz_poly([1, -4, 0, 0, 0, 1]))):
        told = number.to_sympy()
        assert isinstance(told, sympy.CRootOf)
        assert told.index == k
        assert float(told) == pytest.approx(float(number), rel=1e-12)


def test_the_centre_of_the_roots_is_taken_out() -> None:
    parts, symbol, centre = _decomposition(real_roots(flint.fmpz_poly([-23, 8, 14, -8, 1]))[0])
    assert centre == 2
    assert len(parts) == 2
    assert all(part.gens == (symbol,) for part in parts)
    assert _decomposition(real_roots(flint.fmpz_poly([-1, 3, 2]))[0])[2] == Fraction(-3, 4)


@pytest.mark.parametrize("coefficients", [[3, -7], [2, -3, -4], [2, 1, 0, -5], [1, -2, 0, 3, -1]])
def test_parts_are_solved(coefficients: list[int]) -> None:
    value = sympy.sqrt(2)
    part = sympy.Poly(coefficients, x)
    found = _solve_part(part, value)
    assert len(found) == part.degree()
    expected = np.roots([float(c) for c in coefficients[:-1]] + [coefficients[-1] - 2**0.5])
    assert sorted(complex(v).real for v in found) == pytest.approx(sorted(v.real for v in expected), abs=1e-9)
    assert sorted(complex(v).imag for v in found) == pytest.approx(sorted(v.imag for v in expected), abs=1e-9)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (sympy.Rational(-3, 7), -3 / 7),
        (sympy.I, 1j),
        (sympy.sqrt(2) + sympy.I * sympy.sqrt(3) - 1, 2**0.5 - 1 + 3**0.5 * 1j),
        (5 * sympy.sqrt(2) * sympy.sqrt(7), 5 * 14**0.5),
        ((1 + sympy.I) ** sympy.Rational(1, 3), (1 + 1j) ** (1 / 3)),
        (sympy.sqrt(5) ** -1, 5**-0.5),
    ],
)
def test_expressions_are_enclosed(expression: sympy.Expr, value: complex) -> None:
    with working_precision(100):
        found = _evaluate(expression)
    assert complex(found) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(
    "expression", [x, sympy.pi, sympy.sin(1), sympy.sqrt(x) + 1, sympy.Integer(2) ** sympy.sqrt(2)]
)
def test_other_expressions_are_not(expression: sympy.Expr) -> None:
    assert _evaluate(expression) is None


# ------------------------------------------------------------------------------------------------------------ roots


def test_requests_for_roots() -> None:
    with pytest.raises(InputError) as caught:
        real_roots([-2, 0, 1])  # type: ignore[arg-type]  # the point of the test
    assert fields(caught)[0] == "polynomial"
    assert fields(caught)[2:] == ("must be a fmpz_poly", "as flint.fmpz_poly([-2, 0, 1]) for x^2 - 2")
    with pytest.raises(InputError) as caught:
        real_roots(flint.fmpz_poly([]))
    said = "must not be 0: every number is its root"
    assert fields(caught) == ("polynomial", 0, said, "give a non-zero polynomial")
    two = flint.fmpz_poly([-2, 0, 1])
    with pytest.raises(InputError) as caught:
        real_roots(two, Fraction(2), Fraction(1))
    assert fields(caught) == ("lower", Fraction(2), "must be at most upper", "exchange the two")
    assert real_roots(two, Fraction(1), Fraction(1)) == ()
    assert len(real_roots(two, Fraction(-2), Fraction(2))) == 2
    for lower, upper, name in (("x", None, "lower"), (None, "x", "upper")):
        with pytest.raises(InputError, match=f"^{name} = x"):
            real_roots(two, lower, upper)  # type: ignore[arg-type]  # the point of the test
    assert real_roots(flint.fmpz_poly([7])) == ()


def test_ends_of_an_interval_are_not_in_it() -> None:
    line = flint.fmpz_poly([-1, 2])
    half = Fraction(1, 2)
    for lower, upper, count in (
        (None, None, 1),
        (0, 1, 1),
        (half, 1, 0),
        (0, half, 0),
        (half, None, 0),
        (None, half, 0),
    ):
        ends = (None if lower is None else Fraction(lower), None if upper is None else Fraction(upper))
        found = roots_of_irreducible(line, *ends)
        assert len(found) == count
        assert all(number.interval == (half, half) for number in found)


def test_large_polynomials_are_factored_where_it_can_be_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def elsewhere(work: Any, task: Any, **named: Any) -> Any:
        asked.append(named)
        return work(task)

    monkeypatch.setattr(algebraic, "where_killable", elsewhere)
    small = flint.fmpz_poly([-1, 0, 1]) ** 99 * flint.fmpz_poly([0, 1])
    assert sorted(order for _, order in irreducible_factors(small)) == [1, 99, 99]
    assert asked == []
    large = flint.fmpz_poly([-1, 0, 1]) ** 100
    assert sorted((list(map(int, part)), order) for part, order in irreducible_factors(large)) == [
        ([-1, 1], 100),
        ([1, 1], 100),
    ]
    told = {"heavy": True, "asked": "factoring a polynomial of degree 200", "seconds": 6 * 3600.0}
    assert asked == [told]
    for bits, count in ((99_999, 1), (100_000, 2)):
        irreducible_factors(height(bits))
        assert len(asked) == count
    assert _factor([2, 0, -2]) == [([-1, 1], 1), ([1, 1], 1)]


def height(bits: int) -> flint.fmpz_poly:
    """A polynomial of degree 2 whose coefficients have so many bits, and that is factored at once."""
    return flint.fmpz_poly([2 ** (bits - 1), 0, 2 ** (bits - 1)])


@pytest.mark.parametrize(
    ("scaled", "digits", "text"),
    [(5, 2, "0.05"), (-5, 2, "-0.05"), (0, 2, "0.00"), (12, 0, "12"), (-1234, 2, "-12.34")],
)
def test_decimals_of_scaled_integers(scaled: int, digits: int, text: str) -> None:
    assert _decimal_text(flint.fmpz(scaled), digits) == text


def test_numbers_are_read_in_repr() -> None:
    for number in (HIGH, HALF, ROOT):
        found = re.fullmatch(r"RealAlgebraic\(\[(.*)\], (.*), (.*)\)  # .*", repr(number))
        assert found is not None
        coefficients = [int(c) for c in found[1].split(", ")]
        assert RealAlgebraic(coefficients, Fraction(found[2]), Fraction(found[3])) == number
