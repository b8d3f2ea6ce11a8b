"""Minima word for word, and numbers that only one of several candidates is."""

from __future__ import annotations

import re
from fractions import Fraction
from math import cos, radians

import flint
import pytest
from edges import table

from symphase.algebraic import RealAlgebraic, real_roots
from symphase.display import level_html
from symphase.enclosures import Certainty, ball, ball_bounds
from symphase.errors import InputError
from symphase.minima import _at, _beside, _image, loss_minima
from symphase.models import PolynomialLoss


def test_a_minimum_in_words() -> None:
    _, right = loss_minima(PolynomialLoss("(w^2-2)^2/12"))  # L″(√2) = 2·2·2/6 = 4/3
    assert right._line() == "at sqrt(2), sharpness 4/3, attracts below step size 3/2 [exact]"
    assert table(right._repr_html_()) == (
        "A local minimum of the loss",
        {
            "weight": "sqrt(2)",
            "sharpness": "4/3",
            "attracts": "below step size 3/2",
            "certainty": level_html(Certainty.EXACT),
        },
    )
    _, right = loss_minima(PolynomialLoss("w^4/4 - 3*w^2/2 + w"))
    w = 2 * cos(radians(40))  # w³ − 3w + 1 = 0
    place, sharpness, largest = (f"{value:.6f}…" for value in (w, 3 * w**2 - 3, 2 / (3 * w**2 - 3)))
    assert right._line() == f"at {place}, sharpness {sharpness}, attracts below step size {largest} [exact]"


def test_a_flat_minimum_in_words() -> None:
    (flat,) = loss_minima(PolynomialLoss("w^4"))
    assert flat._line() == "at 0, sharpness 0, attracts at every step size [exact]"
    assert table(flat._repr_html_())[1]["attracts"] == "at every step size"


def test_what_is_no_loss_is_told_what_one_is() -> None:
    said = "loss = w^2: must be a PolynomialLoss; as PolynomialLoss('(w^2 - 1)^2/4')"
    with pytest.raises(InputError, match=f"^{re.escape(said)}$") as caught:
        loss_minima("w^2")  # type: ignore[arg-type]  # the point of the test
    assert caught.value.value == "w^2"


def test_rationals_beside_critical_points() -> None:
    root = real_roots(flint.fmpz_poly([-2, 0, 1]))
    low, high = (Fraction(int(v.p), int(v.q)) for v in (_beside(None, root[0]), _beside(root[1], None)))
    middle = _beside(*root)
    assert -4 < low < -2  # −√2 − 1 is −2.41
    assert 2 < high < 4
    assert -1 <= middle <= 1
    one = RealAlgebraic.rational(Fraction(1))
    assert [int(_beside(None, one)), int(_beside(one, None))] == [0, 2]


def test_the_image_is_told_from_those_of_the_conjugates() -> None:
    for place in real_roots(flint.fmpz_poly([1, -3, 0, 1])):  # three real conjugates
        image = _image(place, flint.fmpq_poly([1, 2]), flint.fmpq_poly([3, 0, 1]))  # (1 + 2w)/(3 + w²)
        w = float(place)
        assert float(image) == pytest.approx((1 + 2 * w) / (3 + w * w), rel=1e-12)
    half = _image(RealAlgebraic.rational(Fraction(1, 3)), flint.fmpq_poly([1, 2]), flint.fmpq_poly([3, 0, 1]))
    assert half == Fraction(5, 3) / Fraction(28, 9)


def test_images_that_64_bits_do_not_tell_apart() -> None:
    # w + ε·w² for w = ±√2 differs from 0·w only beyond 64 bits: N/D = (1 + ε w)/1 at both
    tiny = flint.fmpq(1, 2**90)
    low, high = (
        _image(place, flint.fmpq_poly([1, tiny]), flint.fmpq_poly([1]))
        for place in real_roots(flint.fmpz_poly([-2, 0, 1]))
    )
    assert low < 1 < high
    assert high.enclose(200)[0] - 1 == pytest.approx(2**0.5 / 2**90, rel=1e-9)


def test_a_polynomial_is_evaluated_at_a_ball() -> None:
    value = _at(flint.fmpq_poly([flint.fmpq(1, 2), -3, 0, 2]), ball(Fraction(3, 2)))
    assert ball_bounds(value) == (Fraction(11, 4), Fraction(11, 4))  # 1/2 − 9/2 + 27/4
