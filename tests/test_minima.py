"""Minima of losses: complete, exact, and at the step size where the map's fixed point flips."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from knob import trials
from sympy import Poly, Rational

from symphase.boundaries import BoundaryKind, find_boundaries
from symphase.derivation import derive
from symphase.errors import InputError
from symphase.minima import loss_minima
from symphase.models import SYMBOLS, PolynomialLoss

w = SYMBOLS.w


@given(st.lists(st.integers(-4, 4), min_size=3, max_size=8))
@settings(max_examples=trials(40))
def test_minima_are_those_that_floats_see(coefficients: list[int]) -> None:
    polynomial = Poly([Rational(c, 2) for c in coefficients], w)
    if polynomial.degree() < 2:
        return
    slope = np.poly1d([float(c) for c in polynomial.diff().all_coeffs()])
    found = loss_minima(PolynomialLoss(polynomial.as_expr()))
    places = [float(minimum.location) for minimum in found]
    assert places == sorted(places)
    for place in places:  # the loss falls before it and rises after it
        assert abs(slope(place)) < 1e-6
    grid = np.linspace(-60, 60, 24_001) + 1e-4
    signs = slope(grid)
    assert len(places) == int(((signs[:-1] < 0) & (signs[1:] > 0)).sum())
    for minimum in found:
        bend = float(np.polyder(slope)(float(minimum.location)))
        assert float(minimum.sharpness) == pytest.approx(bend, abs=1e-6 * (1 + abs(bend)))
        if minimum.largest_step_size is None:
            assert minimum.sharpness == 0
        else:
            assert float(minimum.largest_step_size) == pytest.approx(2 / bend, rel=1e-6)


@pytest.mark.parametrize(
    ("loss", "flat"), [("w^4", True), ("w^6 + w^4", True), ("w^2", False), ("w^4/4 + w^2/2", False)]
)
def test_a_flat_minimum_attracts_at_every_step_size(loss: str, flat: bool) -> None:
    (minimum,) = loss_minima(PolynomialLoss(loss))
    assert (minimum.largest_step_size is None) is flat


def test_inflections_and_maxima_are_no_minima() -> None:
    assert loss_minima(PolynomialLoss("w^3")) == ()
    assert loss_minima(PolynomialLoss("-w^4")) == ()
    (only,) = loss_minima(PolynomialLoss("w^3/3 - w"))
    assert (str(only.location), str(only.sharpness), str(only.largest_step_size)) == ("1", "2", "1")


@pytest.mark.parametrize("loss", ["(w^2-2)^2/4", "w^4/4 - w^2/2 + w/10", "w^4 - 3*w", "w^3/3 - w"])
def test_the_flip_of_the_map_is_the_edge_of_stability_of_a_minimum(loss: str) -> None:
    """The boundaries know nothing of the loss; the minima nothing of the map."""
    model = PolynomialLoss(loss)
    family = derive(model).family
    assert family is not None
    flip = find_boundaries(family).require(BoundaryKind.FLIP, 1).algebraic
    assert flip is not None
    edges: list[Any] = [minimum.largest_step_size for minimum in loss_minima(model)]
    assert any(edge == flip or edge.affine(2) == flip.affine(2) for edge in edges)


def test_what_is_no_loss_is_refused() -> None:
    with pytest.raises(InputError, match=r"^loss = w\^2: must be a PolynomialLoss"):
        loss_minima("w^2")  # type: ignore[arg-type]  # the point of the test


def test_irrational_minima_are_exact() -> None:
    first, second = loss_minima(PolynomialLoss("(w^2-2)^2/4"))
    assert first.location.affine(-1) == second.location
    assert second.location.coefficients == (-2, 0, 1)
    assert second.largest_step_size is not None
    assert second.largest_step_size == Fraction(1, 2)
