"""The ends of what balls, signs and decimals accept, and every message."""

from __future__ import annotations

import re
from fractions import Fraction

import flint
import pytest

from symphase.enclosures import ball, ball_bounds, check_digits, decide_sign, round_decimal, working_precision
from symphase.errors import InputError


def test_an_integer_is_itself_at_any_precision() -> None:
    for value in (-3, 0, 10**60):
        with working_precision(256):
            assert set(ball_bounds(ball(value))) == {Fraction(value)}


def test_precisions_tried_are_the_first_one_doubled_up_to_the_budget_included() -> None:
    def tried(**limits: int) -> list[int]:
        seen = []

        def never() -> flint.arb:
            seen.append(flint.ctx.prec)
            return flint.arb(0, 1)

        assert decide_sign(never, **limits) is None
        return seen

    assert tried() == [64, 128, 256, 512, 1024, 2048, 4096]
    assert tried(start_bits=10, max_bits=40) == [10, 20, 40]
    assert tried(start_bits=10, max_bits=39) == [10, 20]
    assert tried(start_bits=64, max_bits=63) == []


@pytest.mark.parametrize(
    ("number", "sign"), [((1, 1), None), ((-1, 1), None), ((0, 0), None), ((2, 1), 1), ((-2, 1), -1)]
)
def test_a_ball_that_only_touches_zero_has_no_sign(number: tuple[int, int], sign: int | None) -> None:
    # [0, 2], [−2, 0] and {0} hold zero; a little more than [1, 3] does not
    assert decide_sign(lambda: flint.arb(*number)) == sign


@pytest.mark.parametrize("digits", [0, 1, 100_000])
def test_numbers_of_digits_that_are_accepted(digits: int) -> None:
    check_digits(digits)


@pytest.mark.parametrize("digits", [-1, 100_001, True, False, 1.0, "1", None])
def test_numbers_of_digits_that_are_not(digits: object) -> None:
    with pytest.raises(
        InputError,
        match=rf"^digits = {re.escape(str(digits))}: must be an integer from 0 to 100000; give a whole number$",
    ):
        check_digits(digits)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (Fraction(1, 1000), 2, "0.00"),
        (Fraction(-1, 1000), 2, "0.00"),  # no minus sign before what is rounded to zero
        (Fraction(0), 0, "0"),
        (Fraction(1, 100), 2, "0.01"),
        (Fraction(-1, 100), 2, "-0.01"),
        (Fraction(1, 2), 0, "0"),
        (Fraction(3, 2), 0, "2"),
    ],
)
def test_decimals_next_to_zero(value: Fraction, digits: int, text: str) -> None:
    assert round_decimal(value, digits) == text


@pytest.mark.parametrize("text", ["nan", "inf", "-inf"])
def test_a_ball_that_bounds_nothing_has_no_ends(text: str) -> None:
    with pytest.raises(InputError, match=r"^enclosure = .*: must be a finite ball; this one bounds nothing$") as caught:
        ball_bounds(flint.arb(text))
    assert str(caught.value.value) == str(flint.arb(text))
