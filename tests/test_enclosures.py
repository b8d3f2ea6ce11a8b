"""Balls contain, verdicts follow, decimals are correctly rounded."""

from __future__ import annotations

import threading
import time
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

import flint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from knob import trials

from symphase.enclosures import ball, ball_bounds, decide_sign, round_decimal, working_precision
from symphase.errors import InputError

rationals = st.fractions(min_value=-1000, max_value=1000, max_denominator=10**6)


@given(rationals, st.integers(20, 300))
def test_ball_contains_and_narrows(value: Fraction, bits: int) -> None:
    with working_precision(bits):
        lower, upper = ball_bounds(ball(value))
    assert lower <= value <= upper
    assert upper - lower <= Fraction(1000, 2 ** (bits - 2))


@given(rationals, rationals, st.integers(20, 120))
def test_arithmetic_on_balls_contains_the_exact_result(left: Fraction, right: Fraction, bits: int) -> None:
    with working_precision(bits):
        lower, upper = ball_bounds(ball(left) * ball(right) - ball(left) + ball(right))
    assert lower <= left * right - left + right <= upper


def test_precision_is_restored_even_after_an_exception() -> None:
    before = flint.ctx.prec

    def fail() -> None:
        with working_precision(1234):
            assert flint.ctx.prec == 1234
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert flint.ctx.prec == before


@pytest.mark.parametrize(("offset", "expected"), [(Fraction(1, 10**60), -1), (Fraction(-1, 10**60), 1)])
def test_sign_needs_more_than_the_first_precision(offset: Fraction, expected: int) -> None:
    # |√2² − 2| vanishes in any ball; shifted by 1e-60 it is decided only beyond 64 bits
    assert decide_sign(lambda: flint.arb(2).sqrt() ** 2 - 2 - ball(offset)) == expected
    assert decide_sign(lambda: flint.arb(2).sqrt() ** 2 - 2 - ball(offset), max_bits=64) is None


@given(rationals, st.integers(0, 30))
@settings(max_examples=trials(300))
def test_round_decimal_against_the_decimal_module(value: Fraction, digits: int) -> None:
    with localcontext() as context:
        context.prec = 400
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        expected = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
    assert Decimal(round_decimal(value, digits)) == expected
    assert len(round_decimal(value, digits).partition(".")[2]) == digits


def test_more_digits_than_python_prints() -> None:
    assert round_decimal(Fraction(1, 3), 10_000) == "0." + "3" * 10_000


def test_errors_survive_pickling_and_shorten_what_they_show() -> None:
    error = InputError("eta", "\x00" + "9" * 500, "must be a number", "try 1")
    assert error.exit_code == 2
    assert "\x00" not in str(error)
    assert len(str(error)) < 200
    assert str(error).startswith("eta = ")
    assert str(error).endswith("must be a number; try 1")
    again = type(error)(*error.__reduce__()[1])
    assert str(again) == str(error)


def test_a_hostile_repr_does_not_hide_the_message() -> None:
    class Hostile:
        def __repr__(self) -> str:
            raise RuntimeError

    assert "Hostile" in str(InputError("x", Hostile(), "must be a number"))


def test_threads_take_turns_with_the_precision() -> None:
    before = flint.ctx.prec
    seen: list[bool] = []

    def work(bits: int) -> None:
        for _ in range(50):
            with working_precision(bits):
                time.sleep(0)
                seen.append(flint.ctx.prec == bits)

    threads = [threading.Thread(target=work, args=(bits,)) for bits in (64, 128, 256, 512)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 200
    assert all(seen)
    assert flint.ctx.prec == before
