"""Where runs begin, how long their steps are and when they have escaped: numbers at their limits, words of refusals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from symphase.errors import InputError
from symphase.models import OneWeight, PhaseRetrieval, PolynomialModel
from symphase.starts import _start_scale, escape_bounds, positive_float, starts_of, step_sizes_of

PLAIN = PhaseRetrieval(gamma=2, c=0)  # predicts (xᵀw)²
X, Y = np.eye(2), np.array([3.0, -5.0])


def refused(said: str) -> Any:
    return pytest.raises(InputError, match=f"^{re.escape(said)}$")


class Broken:
    """What cannot be listed."""

    def __iter__(self) -> Iterator[float]:
        raise RuntimeError

    def __repr__(self) -> str:
        return "Broken()"


@pytest.mark.parametrize(
    ("given", "rates"),
    [
        (0.1, [0.1]),
        ("1/4", [0.25]),
        (Fraction(1, 3), [1 / 3]),
        (np.array(0.5), [0.5]),
        (np.float32(0.5), [0.5]),
        ([0.1, "1/4", Decimal("0.5")], [0.1, 0.25, 0.5]),
        (np.array([0.1, 0.2]), [0.1, 0.2]),
        ((k / 4 for k in (1, 2)), [0.25, 0.5]),
        ({0.5: "x"}.keys(), [0.5]),
    ],
)
def test_step_sizes_in_any_notation(given: Any, rates: list[float]) -> None:
    found = step_sizes_of(given)
    assert found.tolist() == rates
    assert found.dtype == np.float64


NO_NUMBER = "must be a finite real number: an int, a float, a Fraction, a Decimal, or text such as 1.25 or 5/4"
NO_DECIMAL = "is not a plain decimal such as 1.25, nor a ratio such as 5/4; write digits with a point, or p/q"
NOT_POSITIVE = "must be a finite number > 0 (zero leaves the weights where they are); give a positive number"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], " = []: must hold at least one number > 0; as [0.1, 0.2]"),
        ([[0.1]], f"[0] = [0.1]: {NO_NUMBER}; round or repair it"),
        (np.ones((1, 2)), " = shape (1, 2): must be one number or a sequence of numbers; use ravel()"),
        (Broken(), " = Broken(): must be one number or a sequence of numbers; as a list"),
        ([0.1, 0], f"[1] = 0: {NOT_POSITIVE}"),
        ("x", f" = x: {NO_DECIMAL}"),
        (b"1", f" = b'1': {NO_NUMBER}; round or repair it"),
        ({}, f" = {{}}: {NO_NUMBER}; round or repair it"),
    ],
)
def test_step_sizes_that_are_refused(given: Any, said: str) -> None:
    with refused(f"step_sizes{said}"):
        step_sizes_of(given)


def test_several_axes_without_a_shape() -> None:
    class Odd(list[float]):
        ndim = 2

    with refused("step_sizes = shape (): must be one number or a sequence of numbers; use ravel()"):
        step_sizes_of(Odd([0.1]))


def test_numbers_at_the_ends_of_the_range() -> None:
    least = Fraction(1, 2**1074)
    assert positive_float(least, "x") == 5e-324
    assert positive_float(Fraction(np.finfo(float).max), "x") == np.finfo(float).max
    for value in (least / 4, Fraction(10) ** 309):
        with pytest.raises(
            InputError, match=r"^x = .*: is beyond the range of float64; give a number between 1e-300"
        ) as e:
            positive_float(value, "x")
        assert e.value.value == value


# -------------------------------------------------------------------------------------------------------------- starts


def test_starts_are_repeated_for_every_step_size() -> None:
    one, several = np.array([1.0, 2.0]), np.arange(6.0).reshape(3, 2)

    def given(starts: Any, rates: int = 2, runs: int = 3) -> list[Any]:
        found, said = starts_of(PLAIN, X, Y, (2,), rates, runs, starts, None)
        assert said == "starts given"
        assert found.flags.writeable
        return list(found.tolist())

    assert given(one) == [[1, 2]] * 6
    assert given(several) == [*several.tolist()] * 2
    whole = np.arange(12.0).reshape(6, 2)
    assert given(whole) == whole.tolist()
    assert whole[0, 0] == 0
    with refused(
        "starts = shape (4, 2): must have shape (2,), (3, 2) (one per run) or (6, 2) (one per batch entry); "
        "set runs to the number of starts"
    ):
        given(np.ones((4, 2)))
    with refused("rng = 7: is not used when starts are given; give one of the two"):
        starts_of(PLAIN, X, Y, (2,), 2, 3, one, 7)
    with pytest.raises(InputError, match=r"^starts\[1\] "):
        given([1.0, np.nan])


def test_starts_that_are_drawn() -> None:
    """Normal numbers of the generator, of one scale, the same for every step size."""
    scale = _start_scale(PLAIN, X, 100 * Y, (2,))
    assert scale > 4
    found, said = starts_of(PLAIN, X, 100 * Y, (2,), 2, 3, None, 7)
    drawn = np.random.default_rng(7).standard_normal((3, 2)) * scale
    assert said == "rng=7"
    np.testing.assert_array_equal(found, np.concatenate([drawn, drawn]))
    far, _ = starts_of(PLAIN, X * 1e200, Y, (2,), 1, 1, None, 7)  # predictions overflow on the way
    assert np.isfinite(far).all()


@pytest.mark.parametrize("targets", [[3.0, -5.0], [1e-9, 1e-9], [1e9, 0.0], [0.0, 0.0]])
def test_the_scale_moves_predictions_a_quarter_of_the_way(targets: list[float]) -> None:
    """Predictions grow with the square of the scale: 4^k · mean ≤ mean|y|/4 < 4^(k+1) · mean; or 1/4 for targets 0."""
    mean = float((np.random.default_rng(0).standard_normal((16, 2)) ** 2).mean())
    scale = _start_scale(PLAIN, X, np.array(targets), (2,))
    reach = np.abs(targets).mean() / 4 or 0.25
    assert scale**2 * mean <= reach < 4 * scale**2 * mean
    assert np.log2(scale) == round(np.log2(scale))
    for share, found in ((1, 1), (1 + 1e-9, 1), (1 - 1e-9, 0.5)):  # just there, beyond and short of it
        assert _start_scale(PLAIN, X, 4 * mean * share * np.ones(2), (2,)) == found


def test_the_scale_is_seen_from_the_prediction_of_no_weights() -> None:
    """w + 2 predicts 2 where w = 0: the way to 10 is 8, of which a quarter is 2."""
    mean = float(np.abs(np.random.default_rng(0).standard_normal((16, 1))).mean())
    scale = _start_scale(PolynomialModel("w + 2"), np.ones((1, 1)), np.array([10.0]), (1,))
    assert scale * mean <= 2 < 2 * scale * mean
    assert _start_scale(PolynomialModel("w"), np.ones((1, 1)), np.array([1e300]), (1,)) == 2.0**511
    assert _start_scale(PolynomialModel("w"), np.ones((1, 1)), np.array([1e-320]), (1,)) == 2.0**-512


# -------------------------------------------------------------------------------------------------------------- escape


def test_when_a_run_has_escaped() -> None:
    """10¹² times the loss at the start or at 0, where predictions are 0: (9 + 25)/2 of half the sum of squares."""
    starts = np.array([[0.0, 0.0], [10.0, 0.0], [1e200, 0.0]])
    losses = PLAIN.loss_values(starts[:2], X, Y)
    zero = PLAIN.loss_scale(2) * 34
    with np.errstate(all="ignore"):
        found = escape_bounds(PLAIN, X, Y, starts, None)
    assert losses[1] > zero
    assert found.tolist() == [1e12 * zero, 1e12 * losses[1], 1e12 * zero]
    with np.errstate(all="ignore"):
        assert escape_bounds(PLAIN, X, Y / 1e4, starts[2:], None) == pytest.approx([1e4 * zero])
    assert escape_bounds(PLAIN, X, Y * 0, starts[:1], None).tolist() == [1]  # nothing to compare with
    with np.errstate(all="ignore"):
        assert escape_bounds(PLAIN, X, Y * 1e149, starts[:1], None).tolist() == [1e300]
    assert escape_bounds(PLAIN, X, Y, starts, "5/2").tolist() == [2.5] * 3
    assert escape_bounds(OneWeight(), np.ones((1, 1)), np.array([2.0]), np.array([[0.0]]), None) == [
        1e12 * OneWeight().loss_scale(1) * 4
    ]
    with refused("escape_loss = 0: must be a finite number > 0; give a positive number"):
        escape_bounds(PLAIN, X, Y, starts, 0)
