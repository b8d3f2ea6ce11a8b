"""Orbits: the map itself, to the digits asked for, with no trace left in mpmath's global state."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symphase.errors import InputError
from symphase.maps import PolynomialFamily
from symphase.orbits import MAX_STEPS, iterate, orbit_diagram, settled_period

R, X = sympy.symbols("r x")


@functools.cache
def family(text: str) -> PolynomialFamily:
    maps = {
        "logistic": R * X * (1 - X),
        "residual": (X + R) * (1 - X) ** 2 - R,
        "square": X**2 + R,
        "odd": R * X - X**3,
    }
    return PolynomialFamily(maps[text], variable=X, parameter=R)


def step(text: str, a: Fraction, z: Fraction) -> Fraction:
    return {
        "logistic": a * z * (1 - z),
        "residual": (z + a) * (1 - z) ** 2 - a,
        "square": z * z + a,
        "odd": a * z - z**3,
    }[text]


def exact(value: Any) -> Fraction:
    sign, mantissa, exponent, _ = value._mpf_
    whole = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -whole if sign else whole


@given(
    st.sampled_from(["logistic", "residual", "square", "odd"]),
    st.fractions(min_value=-1, max_value=2, max_denominator=99),
    st.fractions(min_value=-1, max_value=1, max_denominator=99),
)
def test_orbits_agree_with_exact_fractions(text: str, a: Fraction, start: Fraction) -> None:
    orbit = iterate(family(text), a, start, 6, digits=60)
    z = start
    for place, value in enumerate(orbit):
        assert abs(exact(value) - z) < Fraction(1, 10**50) * max(Fraction(1), abs(z)), place
        z = step(text, a, z)
    assert len(orbit) == 7 or abs(orbit[-1]) > 1e60


def test_the_working_digits_are_those_asked_for() -> None:
    # at a = 2 the map triples angles: errors grow threefold a step, digits are lost at log10(3) a step
    start = Fraction(1, 3)
    fine = [exact(z) for z in iterate(family("residual"), Fraction(2), start, 150, digits=200)]
    for digits in (50, 100):
        coarse = [exact(z) for z in iterate(family("residual"), Fraction(2), start, 150, digits=digits)]
        steps = int((digits - 12) / 0.48)
        assert all(
            abs(left - right) < Fraction(1, 10**6) for left, right in zip(coarse[:steps], fine[:steps], strict=True)
        )
        assert abs(coarse[10] - fine[10]) < Fraction(1, 10 ** (digits - 10))
        assert coarse != fine
    assert max(abs(left - right) for left, right in zip(coarse, fine, strict=True)) < Fraction(1, 10**20)
    rough = [exact(z) for z in iterate(family("residual"), Fraction(2), start, 150, digits=50)]
    assert abs(rough[150] - fine[150]) > Fraction(1, 10**3)  # 50 digits do not last for 150 steps


def test_an_escaping_orbit_ends_early() -> None:
    orbit = iterate(family("residual"), Fraction(21, 10), Fraction(3), 1000, digits=50)
    assert len(orbit) < 20
    assert abs(orbit[-1]) > mpmath.mpf(10) ** 50
    assert all(abs(z) <= mpmath.mpf(10) ** 50 for z in orbit[:-1])
    assert len(iterate(family("residual"), Fraction(2), Fraction(3, 7), 1000)) == 1001


def test_fixed_points_stay_where_they_are() -> None:
    a = Fraction(3, 2)
    for point in (Fraction(0), -a, Fraction(2)):
        assert [exact(z) for z in iterate(family("residual"), a, point, 20)] == [point] * 21
    # z = 1 is mapped on the saddle −a, and stays there: exact in binary
    assert [exact(z) for z in iterate(family("residual"), a, Fraction(1), 20)] == [1, *[-a] * 20]


@pytest.mark.parametrize(
    ("text", "a", "start", "period"),
    [
        ("logistic", "2.9", "1/3", 1),
        ("logistic", "3.2", "1/3", 2),
        ("logistic", "3.5", "1/3", 4),
        ("logistic", "3.83", "1/2", 3),
        ("residual", "0.9", "-1/4", 1),
        ("residual", "1.1", "-2/5", 2),
        ("residual", "1.25", "-1/2", 4),
        ("residual", "1.455", "-2/3", 3),
        ("square", "-1.3", "1/9", 4),
        ("odd", "2.1", "1/2", 2),
        ("logistic", "4.1", "1/2", 0),
        ("residual", "2.1", "3", 0),
        ("residual", "2.1", "-16/15", 0),
        ("logistic", "4", "1/3", None),
        ("residual", "1.9", "-14/15", None),
    ],
)
def test_periods(text: str, a: str, start: str, period: int | None) -> None:
    assert settled_period(family(text), Fraction(a), Fraction(start), steps=2500) == period


def test_a_period_is_the_smallest_and_bounded_by_the_search() -> None:
    assert settled_period(family("logistic"), Fraction("3.2"), Fraction(1, 3), max_period=1) is None
    assert settled_period(family("logistic"), Fraction("3.2"), Fraction(1, 3), max_period=2) == 2
    assert settled_period(family("logistic"), Fraction("3.2"), Fraction(1, 3), steps=40) is None  # not there yet
    assert settled_period(family("logistic"), Fraction("3.2"), Fraction(1, 3), tolerance=2.0) == 1  # all is the same


def test_nothing_global_is_touched() -> None:
    before = (mpmath.mp.prec, mpmath.mp.dps, mpmath.iv.prec)
    orbit = iterate(family("logistic"), Fraction(7, 2), Fraction(1, 3), 5, digits=300)
    settled_period(family("logistic"), Fraction(7, 2), Fraction(1, 3), steps=50, digits=80)
    assert (mpmath.mp.prec, mpmath.mp.dps, mpmath.iv.prec) == before
    assert orbit[0].context is not mpmath.mp
    assert orbit[0].context.dps == 300
    assert isinstance(orbit, list)


# ----------------------------------------------------------------------------------------------------- orbit diagrams


def test_a_diagram_is_the_late_part_of_each_orbit() -> None:
    parameters, starts = [0.6, 1.1, 1.25], [-0.1, -0.4, -0.5]
    kept = orbit_diagram(family("residual"), parameters, starts, transient=500, keep=12)
    assert kept.shape == (3, 12)
    assert np.allclose(kept[0], 0.0, atol=1e-12)
    for row, period in ((1, 2), (2, 4)):
        assert np.allclose(kept[row, period:], kept[row, :-period], atol=1e-9)
        assert not np.allclose(kept[row, 1:], kept[row, :-1], atol=1e-3)
        orbit = iterate(family("residual"), parameters[row], starts[row], 512)
        assert np.allclose(kept[row], [float(z) for z in orbit[501:]], atol=1e-9)
    first = orbit_diagram(family("residual"), [1.1], [-0.4], transient=0, keep=3)
    assert np.allclose(first[0], [float(z) for z in iterate(family("residual"), 1.1, -0.4, 3)[1:]])


def test_escaped_orbits_are_left_out_of_pictures_and_disturb_no_other() -> None:
    kept = orbit_diagram(family("residual"), [2.5, 0.6], [3.0, -0.1], transient=50, keep=5)
    assert np.isnan(kept[0]).all()
    assert np.allclose(kept[1], 0.0)
    assert not np.isinf(kept).any()


def test_a_diagram_changes_nothing_that_it_was_given() -> None:
    starts = np.array([-0.1, -0.4])
    orbit_diagram(family("residual"), np.array([0.6, 1.1]), starts, transient=5, keep=2)
    assert starts.tolist() == [-0.1, -0.4]
    errors = np.geterr()
    orbit_diagram(family("residual"), [50.0], [1e5], transient=5, keep=2)
    assert np.geterr() == errors


# ------------------------------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize("steps", [-1, MAX_STEPS + 1, True, 2.5, "3", None, float("nan")])
def test_numbers_of_steps_that_are_none(steps: Any) -> None:
    with pytest.raises(InputError, match="steps = "):
        iterate(family("logistic"), Fraction(3), Fraction(1, 3), steps)
    with pytest.raises(InputError, match="transient steps = "):
        orbit_diagram(family("logistic"), [3.0], [0.3], transient=steps, keep=2)
    with pytest.raises(InputError, match="kept steps = "):
        orbit_diagram(family("logistic"), [3.0], [0.3], transient=2, keep=steps)


@pytest.mark.parametrize("digits", [0, -5, True, 1.5, "50", None, 10**9])
def test_digits_that_are_none(digits: Any) -> None:
    with pytest.raises(InputError, match="digits = "):
        iterate(family("logistic"), Fraction(3), Fraction(1, 3), 5, digits=digits)
    with pytest.raises(InputError, match="digits = "):
        settled_period(family("logistic"), Fraction(3), Fraction(1, 3), digits=digits)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), True, "abc", None, 1j])
def test_parameters_and_starts_that_are_no_numbers(number: Any) -> None:
    with pytest.raises(InputError, match="parameter = "):
        iterate(family("logistic"), number, Fraction(1, 3), 5)
    with pytest.raises(InputError, match="start = "):
        iterate(family("logistic"), Fraction(3), number, 5)


@pytest.mark.parametrize("max_period", [0, -1, True, 2.5])
def test_longest_periods_that_are_none(max_period: Any) -> None:
    with pytest.raises(InputError, match="max_period = "):
        settled_period(family("logistic"), Fraction(3), Fraction(1, 3), max_period=max_period)


@pytest.mark.parametrize("value", [None, "r*x*(1-x)", R * X, 1])
def test_what_is_no_family(value: Any) -> None:
    with pytest.raises(InputError, match=r"^family = "):
        iterate(value, 1, 1, 2)
    with pytest.raises(InputError, match=r"^family = "):
        settled_period(value, 1, 1)
    with pytest.raises(InputError, match=r"^family = "):
        orbit_diagram(value, [1.0], [1.0], transient=1, keep=1)


def test_floats_and_text_are_read_exactly() -> None:
    assert abs(exact(iterate(family("logistic"), 3, 0.1, 0)[0]) - Fraction(0.1)) < Fraction(1, 10**50)
    assert abs(exact(iterate(family("logistic"), 3, "0.1", 0)[0]) - Fraction(1, 10)) < Fraction(1, 10**50)
    assert exact(iterate(family("logistic"), "1/4", "1/4", 1)[1]) == Fraction(3, 64)


def test_shapes_that_disagree() -> None:
    with pytest.raises(InputError, match="starts = "):
        orbit_diagram(family("logistic"), [3.0, 3.1], [0.1, 0.2, 0.3], transient=1, keep=1)
    with pytest.raises(InputError, match="parameters"):
        orbit_diagram(family("logistic"), [3.0, float("nan")], [0.1, 0.2], transient=1, keep=1)
    with pytest.raises(InputError, match="starts"):
        orbit_diagram(family("logistic"), [3.0, 3.1], [0.1, float("inf")], transient=1, keep=1)
    assert orbit_diagram(family("logistic"), [], [], transient=1, keep=3).shape == (0, 3)
