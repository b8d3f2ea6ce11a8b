"""Numbers from users at the limits of what is read exactly."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

from symphase.errors import InputError
from symphase.formulas import MAX_BITS, exact_rational

TOO_LONG = "has too many digits; round it to fewer than 5000 digits"
NO_NUMBER = "must be a finite real number: an int, a float, a Fraction, a Decimal, or text such as 1.25 or 5/4"


def refused(said: str) -> Any:
    return pytest.raises(InputError, match=f"^{re.escape(said)}$")


@pytest.mark.parametrize("kind", [int, Fraction, sympy.Integer])
def test_regression_numbers_of_every_kind_have_the_same_limit(kind: Any) -> None:
    """SymPy's were read however long they were."""
    assert exact_rational(kind(2 ** (MAX_BITS - 1)), "a") == 2 ** (MAX_BITS - 1)
    with refused(f"a = a ratio of {MAX_BITS}-bit numbers and more: {TOO_LONG}"):
        exact_rational(kind(2**MAX_BITS), "a")
    with refused(f"a = a ratio of {MAX_BITS}-bit numbers and more: {TOO_LONG}"):
        exact_rational(sympy.Rational(1, 2**MAX_BITS), "a")


def test_regression_long_doubles_are_read_without_rounding() -> None:
    """They were rounded to floats."""
    third = np.longdouble(1) / 3
    assert exact_rational(third, "a") == Fraction(*third.as_integer_ratio())
    for value in (np.longdouble("nan"), np.longdouble("inf"), float("-inf"), np.float32("nan")):
        with refused(f"a = {value!r}: {NO_NUMBER}; round or repair it"):
            exact_rational(value, "a")


def test_decimals_have_limits_of_their_own() -> None:
    most = MAX_BITS // 4
    assert exact_rational(Decimal(f"1e{most}"), "a") == 10**most
    assert exact_rational(Decimal("9" * most), "a") == 10**most - 1
    for text in (f"1e{most + 1}", f"1e-{most + 1}", "9" * (most + 1)):
        with refused(f"a = a Decimal of exponent {Decimal(text).adjusted()}: {TOO_LONG}"):
            exact_rational(Decimal(text), "a")


@pytest.mark.parametrize("value", [True, False, np.bool_(True)])
def test_truth_is_no_number(value: Any) -> None:
    with refused(f"a = {value!r}: a boolean is not a number here; give a number"):
        exact_rational(value, "a")
