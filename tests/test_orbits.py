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

import symphase.orbits as orbits_module
from symphase.cycles import find_attracting_cycle
from symphase.enclosures import ball, working_precision
from symphase.ensembles import Ensemble, Slope, critical_points
from symphase.errors import InputError
from symphase.maps import PolynomialFamily
from symphase.onset import CriticalOrbit
from symphase.orbits import (
    MAX_STEPS,
    cobweb_path,
    first_returns,
    float_itinerary,
    invariant_density,
    iterate,
    lyapunov_curve,
    orbit_diagram,
    settled_period,
)

R, X = sympy.symbols("r x")


@functools.cache
def family(text: str) -> PolynomialFamily:
    maps = {
        "logistic": R * X * (1 - X),
        "residual": (X + R) * (1 - X) ** 2 - R,
        "square": X**2 + R,
        "odd": R * X - X**3,
        "quintic": R * X**5 / 7 - 2 * X**3 / 3 + (R - 2) * X + R / 5,
        "flat": R * X * (1 - X) ** 3,  # f − 0 = r·x·(1 − x)³: the factor (1 − x)² of f' telescopes
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


@given(
    st.sampled_from(["logistic", "residual", "square", "odd", "quintic"]),
    st.floats(-2, 2),
    st.floats(-1, 1),
)
def test_first_steps_are_exact_up_to_a_derived_rounding_bound(text: str, a: float, start: float) -> None:
    rows = family(text).rows
    kept = orbit_diagram(family(text), [a], [start], transient=0, keep=3)[0]
    # Higham, Accuracy and Stability, 2002, section 5.1: n steps of Horner's rule err by γ(2n) Σ|c_k||z|^k; the same for
    # the coefficients as polynomials in a, whose own coefficients are rounded once
    operations = 2 * len(rows) + 2 * len(rows[0]) + 4
    unit = Fraction(1, 2**53)
    gamma = operations * unit / (1 - operations * unit)
    parameter, z, error = Fraction(a), Fraction(start), Fraction(0)
    sizes = [sum((abs(v * parameter**j) for j, v in enumerate(row)), Fraction(0)) for row in rows]
    for value in kept:
        far = abs(z) + error
        spread = sum((size * (far**k - abs(z) ** k) for k, size in enumerate(sizes)), Fraction(0))
        error = spread + gamma * sum((size * far**k for k, size in enumerate(sizes)), Fraction(0))
        error = Fraction(float(error) * (1 + 1e-9) + 1e-300)  # upwards; 1e-300 for what underflows
        z = sum((v * parameter**j * z**k for k, row in enumerate(rows) for j, v in enumerate(row)), Fraction(0))
        if np.isnan(value):
            assert abs(z) + error > 10**6
            break
        assert abs(Fraction(float(value)) - z) <= error


def test_the_default_start_is_the_free_critical_point() -> None:
    parameters = [0.6, 1.1, 1.7]
    kept = orbit_diagram(family("residual"), parameters, transient=0, keep=9)
    given_ = orbit_diagram(family("residual"), parameters, [(1 - 2 * a) / 3 for a in parameters], transient=0, keep=9)
    assert np.allclose(kept, given_, atol=1e-9)
    assert np.allclose(kept[:, 0], [4 * (1 + a) ** 3 / 27 - a for a in parameters])  # the critical value
    one = orbit_diagram(family("logistic"), [3.2, 3.5], 0.25, transient=0, keep=3)
    assert (one == orbit_diagram(family("logistic"), [3.2, 3.5], [0.25, 0.25], transient=0, keep=3)).all()
    with pytest.raises(InputError, match="without exactly one free critical point"):
        orbit_diagram(family("odd"), [1.5], transient=0, keep=3)  # ±√(r/3)
    moving = PolynomialFamily(R * X**2 + X, variable=X, parameter=R)  # critical point −1/(2r)
    assert orbit_diagram(moving, [0.5], transient=0, keep=1)[0, 0] == -0.5
    with pytest.raises(InputError, match="where the critical point is finite"):
        orbit_diagram(moving, [0.5, 0.0], transient=0, keep=1)


def test_where_a_diagram_is_written() -> None:
    parameters = np.linspace(0.5, 2.05, 30)
    fresh = orbit_diagram(family("residual"), parameters, transient=20, keep=11)
    assert fresh.flags.f_contiguous  # parameters side by side, as documented
    for out in (np.full((30, 11), 7.0, order="F"), np.full((30, 11), 7.0), np.full((60, 33), 7.0)[::2, ::3]):
        assert orbit_diagram(family("residual"), parameters, transient=20, keep=11, out=out) is out
        assert np.array_equal(out, fresh, equal_nan=True)
    reused = np.full((30, 11), np.nan)
    orbit_diagram(family("residual"), parameters, transient=20, keep=11, out=reused)
    assert np.array_equal(reused, fresh, equal_nan=True)
    empty = np.empty((30, 0))
    assert orbit_diagram(family("residual"), parameters, transient=2, keep=0, out=empty) is empty
    frozen = np.empty((30, 11))
    frozen.flags.writeable = False
    swapped = np.empty((30, 11), dtype=np.dtype(np.float64).newbyteorder())
    for wrong in (np.empty((11, 30)), np.empty((30, 11), dtype=np.float32), frozen, swapped, [[0.0] * 11] * 30, "out"):
        with pytest.raises(InputError, match=r"^out = "):
            orbit_diagram(family("residual"), parameters, transient=20, keep=11, out=wrong)  # type: ignore[arg-type]  # the wrong type is the point


# --------------------------------------------------------------------------------------------------- Lyapunov exponents


@pytest.mark.parametrize(
    ("text", "parameter", "start", "exact_value"),
    [("residual", 2.0, -0.3, np.log(3)), ("logistic", 4.0, 0.3, np.log(2)), ("square", -2.0, 0.3, np.log(2))],
)
@pytest.mark.parametrize("telescope", [None, False])
def test_exponents_of_full_chaos(
    text: str, parameter: float, start: float, exact_value: float, telescope: bool | None
) -> None:
    starts = start + 0.003 * np.arange(40)
    curve = lyapunov_curve(family(text), [parameter] * 40, starts, steps=20_000, telescope=telescope)
    assert (curve.errors > 0).all()
    assert (curve.errors < 0.01).all()
    # ten stretches: Student's t with 9 degrees of freedom passes 6.01 in one of 10⁴ cases
    assert (np.abs(curve.exponents - exact_value) < 6.01 * curve.errors + 37 / 20_000).all()
    mean, spread = curve.exponents.mean(), curve.exponents.std(ddof=1)
    assert abs(mean - exact_value) < 4 * spread / np.sqrt(40) + 1 / 20_000
    assert 0.2 < np.sqrt((curve.errors**2).mean()) / max(spread, 1e-5) < 20  # not below what repetitions show
    assert (curve.steps, curve.transient, curve.certainty) == (20_000, 1000, "numerical estimate")


@pytest.mark.parametrize(
    ("text", "parameter", "period"),
    [
        ("residual", "4/5", 1),
        ("residual", "6/5", 2),
        ("residual", "5/4", 4),
        ("residual", "1.455", 3),
        ("logistic", "2.5", 1),
        ("logistic", "3.5", 4),
        ("logistic", "3.84", 3),
        ("square", "-1.31", 4),
        ("square", "-1.76", 3),
        ("flat", "3/2", 1),
        ("flat", "6", 2),
    ],
)
def test_exponents_of_certified_cycles(text: str, parameter: str, period: int) -> None:
    cycle = find_attracting_cycle(family(text), Fraction(parameter))
    assert cycle is not None
    assert cycle.period == period
    expected = np.log(abs(float(sum(cycle.multiplier) / 2))) / period
    for telescope in (None, False):
        start = 0.3 if text == "flat" else None
        curve = lyapunov_curve(
            family(text), [float(Fraction(parameter))], start, transient=4000, steps=12 * 333, telescope=telescope
        )
        # on the cycle rounding is all there is: the points are off by some 10⁻¹⁵, a slope by that over its size
        assert abs(curve.exponents[0] - expected) < 1e-11
        assert curve.errors[0] < 0.05  # stretches need not hold whole periods


def test_which_factors_telescope_is_derived() -> None:
    assert [bool(Slope.reduced(family(text)).bound) for text in ("residual", "flat", "logistic", "square", "odd")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    quotient = PolynomialFamily(R * X - X**3, variable=X, parameter=R).odd_quotient()
    assert quotient is not None
    (telescope,) = Slope.reduced(quotient).bound
    assert telescope.share == Fraction(1, 2)
    (telescope,) = Slope.reduced(family("flat")).bound
    assert telescope.share == Fraction(2, 3)
    assert {abs(v) for row in telescope.kappa for v in row} == {0, 1}  # κ = ±r
    assert len(Slope.reduced(family("flat")).rows) == 2  # r (1 − 4x) is left


@pytest.mark.parametrize(("text", "low", "high", "start"), [("residual", 0.35, 2.0, -0.3), ("flat", 0.5, 9.4, 0.3)])
def test_telescoped_exponents_are_the_same(text: str, low: float, high: float, start: float) -> None:
    parameters = np.linspace(low, high, 301)
    short = lyapunov_curve(family(text), parameters, start, steps=3000)
    long = lyapunov_curve(family(text), parameters, start, steps=3000, telescope=False)
    assert (short.telescoped, long.telescoped) == (True, False)
    same = np.abs(short.exponents - long.exponents)
    assert (same <= 37 / 3000).all()
    assert np.median(same) < 1e-13
    assert np.mean(same < 1e-9) > 0.98
    assert (long.exponents > 0).sum() > 20
    assert (long.exponents < 0).sum() > 20


def test_orbits_that_end_on_the_saddle_are_computed_from_the_whole_slope() -> None:
    # a < 0: −a attracts with multiplier (1 + a)²; log|z + a| does not average there
    for a in (-0.5, -0.1):
        curve = lyapunov_curve(family("residual"), [a], 0.3, transient=5000, steps=500)
        assert abs(curve.exponents[0] - 2 * np.log(1 + a)) < 1e-9
    stuck = lyapunov_curve(family("residual"), [1.5], -1.5, steps=100)  # z = −a exactly
    assert abs(stuck.exponents[0] - 2 * np.log(2.5)) < 1e-12
    slow = lyapunov_curve(family("residual"), [-0.001], 0.01, transient=0, steps=200)  # still on its way to −a
    plain = lyapunov_curve(family("residual"), [-0.001], 0.01, transient=0, steps=200, telescope=False)
    assert abs(slow.exponents[0] - plain.exponents[0]) < 1e-11


def test_exponents_that_are_not_finite_and_products_that_leave_the_range() -> None:
    curve = lyapunov_curve(family("square"), [-1.0, 0.0, 0.6, -1.5], transient=100, steps=500)
    assert curve.exponents[:2].tolist() == [-np.inf, -np.inf]  # superattracting: 0 is on the cycle
    assert np.isnan(curve.exponents[2])  # escapes
    assert np.isfinite(curve.exponents[3])
    assert np.isnan(curve.errors[:3]).all()
    # slopes of 10⁻³⁰: 32 of them underflow, one by one they do not
    tiny = lyapunov_curve(family("logistic"), [1e-30, 1e-5, 0.5], [0.5] * 3, transient=60, steps=64)
    assert np.allclose(tiny.exponents, np.log([1e-30, 1e-5, 0.5]), rtol=1e-12)
    flat = lyapunov_curve(family("logistic"), [0.0], [0.5], transient=5, steps=64)
    assert flat.exponents[0] == -np.inf
    single = lyapunov_curve(family("logistic"), [3.2], [0.3], transient=0, steps=1)
    assert np.isclose(single.exponents[0], np.log(abs(3.2 * (1 - 2 * 3.2 * 0.3 * 0.7))))
    assert np.isnan(single.errors[0])
    assert lyapunov_curve(family("logistic"), [], []).exponents.shape == (0,)


def test_the_error_is_that_of_ten_stretches() -> None:
    curve = lyapunov_curve(family("residual"), [1.9, 1.95], 0.3, transient=3, steps=237, telescope=False)
    kept = orbit_diagram(family("residual"), [1.9, 1.95], 0.3, transient=3, keep=237)
    for a, row, error in zip([1.9, 1.95], kept, curve.errors, strict=True):
        logs = np.log(np.abs((3 * row + 2 * (a - 2)) * row + 1 - 2 * a))
        means = [part.mean() for part in np.array_split(logs, 10)]  # seven of 24 steps, three of 23
        assert np.isclose(error, np.std(means, ddof=1) / np.sqrt(10), rtol=1e-9)


def test_the_careful_way_gives_the_same_exponents(monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = np.linspace(0.6, 2.0, 40)
    usual = lyapunov_curve(family("residual"), parameters, 0.3, steps=400, telescope=False)
    monkeypatch.setattr(orbits_module, "_BITS_IN_HAND", 0)
    careful = lyapunov_curve(family("residual"), parameters, 0.3, steps=400)
    assert np.allclose(careful.exponents, usual.exponents, rtol=0.0, atol=1e-13)
    # |f'| of bounded orbits, from the coefficients: at a = 2 they are within ±2(0 + 3 + 2), and f' = 3(z² − 1)
    largest = Slope.whole(family("residual")).bits(Ensemble(family("residual"), [2.0], 0.3))
    assert np.isclose(largest[0], np.log2(3 * 10**2 + 3))


def test_the_slopes_are_those_at_the_states_of_the_diagram() -> None:
    kept = orbit_diagram(family("residual"), [1.9], 0.3, transient=7, keep=45)[0]
    expected = np.log(np.abs((3 * kept + 2 * (1.9 - 2)) * kept + 1 - 2 * 1.9)).mean()
    for telescope in (None, False):
        curve = lyapunov_curve(family("residual"), [1.9], 0.3, transient=7, steps=45, telescope=telescope)
        assert abs(curve.exponents[0] - expected) < 1e-10


# ----------------------------------------------------------------------------------------------- cobwebs and densities


def test_a_cobweb_goes_from_the_graph_to_the_diagonal() -> None:
    path = cobweb_path(family("residual"), "1.7", "0.1", steps=12)
    orbit = [0.1, *orbit_diagram(family("residual"), [1.7], [0.1], transient=0, keep=12)[0]]
    assert path.orbit.tolist() == orbit
    assert path.x.shape == path.y.shape == (25,)
    assert (path.x[0], path.y[0]) == (0.1, 0.1)
    assert path.x[1::2].tolist() == orbit[:-1]  # on the graph: (z, f(z))
    assert path.y[1::2].tolist() == orbit[1:]
    assert path.x[2::2].tolist() == path.y[2::2].tolist() == orbit[1:]  # on the diagonal
    assert path.certainty == "numerical estimate"
    assert np.isclose(cobweb_path(family("residual"), 1.7).orbit[0], -0.8)
    assert np.isnan(cobweb_path(family("residual"), 2.5, 3, steps=60).orbit[-1])
    assert cobweb_path(family("logistic"), 3, 0.5, steps=0).x.tolist() == [0.5]


def test_the_density_of_full_chaos_is_the_arcsine_law() -> None:
    starts = np.cos(np.arange(1, 65))
    found = invariant_density(family("residual"), [2.0] * 64, starts, steps=20_000, bins=64, interval=(-2.0, 2.0))
    assert found.density.shape == (64, 64)
    assert np.allclose(found.density.sum(axis=1) * (4 / 64), 1.0)  # every visit is within
    share = found.density.mean(axis=0) * (4 / 64)
    expected = np.diff(np.arcsin(found.edges / 2)) / np.pi
    # 64 independent orbits tell their own statistical error; 64 bins, so five of it
    deviation = (found.density * (4 / 64)).std(axis=0, ddof=1) / np.sqrt(64)
    assert (np.abs(share - expected) < 5 * deviation + 1e-5).all()
    assert (deviation < 0.05 * expected).all()


def test_densities_count_visits() -> None:
    kept = orbit_diagram(family("logistic"), [3.7, 3.9], 0.3, transient=1000, keep=5000)
    found = invariant_density(family("logistic"), [3.7, 3.9], 0.3, steps=5000, bins=50)
    assert (found.edges[0], found.edges[-1]) == (kept.min(), kept.max())  # the range of the orbits
    for row, orbit in zip(found.density, kept, strict=True):
        counts, _ = np.histogram(orbit, bins=found.edges)
        width = found.edges[1] - found.edges[0]
        assert np.abs(row * width * 5000 - counts).sum() <= 2  # an edge may fall on either side of a rounding
        assert np.isclose(row.sum() * width, 1.0)
    part = invariant_density(family("logistic"), [3.7], 0.3, steps=5000, bins=10, interval=(0.5, 0.6))
    inside = (kept[0] >= 0.5) & (kept[0] <= 0.6)
    assert np.isclose(part.density.sum() * 0.01, inside.mean())
    gone = invariant_density(family("logistic"), [4.2, 3.2, 1e-8], [0.3, 0.3, 0.3], steps=100, bins=5)
    assert np.isnan(gone.density[0]).all()
    assert np.isfinite(gone.density[1:]).all()
    lone = invariant_density(family("logistic"), 2.0, 0.5, steps=10, bins=4)  # a fixed point has no range
    assert lone.edges.tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert lone.density.tolist() == [[0.0, 0.0, 4.0, 0.0]]
    nothing = invariant_density(family("logistic"), 5.0, 0.3, steps=10, bins=4)
    assert np.isnan(nothing.density).all()
    assert (found.transient, found.steps, found.certainty) == (1000, 5000, "numerical estimate")


# ---------------------------------------------------------------------------------------------------------- itineraries


@pytest.mark.parametrize(
    ("text", "parameter"),
    [
        ("residual", "1.35"),
        ("residual", "1.455"),
        ("residual", "1.55"),
        ("residual", "1.31"),
        ("logistic", "3.6"),
        ("logistic", "3.9"),
        ("logistic", "3.83"),
        ("square", "-1.6"),
        ("square", "-1.9"),
    ],
)
def test_the_itinerary_is_the_certified_one(text: str, parameter: str) -> None:
    a = Fraction(parameter)
    orbit = CriticalOrbit(family(text), a)
    with working_precision(256):
        certified = "".join(symbol or "?" for symbol, _ in zip(orbit.symbols(ball(a)), range(30), strict=False))
    assert "?" not in certified
    found = float_itinerary(family(text), [float(a)], steps=30)
    places = found.critical_points[0].tolist()
    middle = places.index(min(places, key=abs)) if text != "logistic" else 0
    symbols = found.symbols[0]
    assert (symbols % 2 == 0).all()
    right = symbols // 2 > middle
    if orbit.orientation < 0:
        right = ~right  # R is the side that the critical value is on the far end of
    assert "".join("R" if each else "L" for each in right) == certified


def test_symbols_count_the_critical_points_on_the_left() -> None:
    found = float_itinerary(family("residual"), [1.9, 2.5], [0.3, 0.3], steps=200)
    assert np.allclose(found.critical_points, [[-2.8 / 3, 1.0], [-4 / 3, 1.0]])
    kept = orbit_diagram(family("residual"), [1.9, 2.5], [0.3, 0.3], transient=0, keep=200)
    for row, orbit, places in zip(found.symbols, kept, found.critical_points, strict=True):
        for symbol, z in zip(row, orbit, strict=True):
            assert symbol == (-1 if np.isnan(z) else 2 * sum(z > place for place in places))
    assert set(found.word(0)) == {"0", "1", "2"}
    assert len(found.word(1)) == int(np.isfinite(kept[1]).sum()) < 200
    on_it = float_itinerary(family("residual"), [1.5, 1.5], [1.0, -2 / 3], steps=3)
    assert float_itinerary(family("square"), [-1.0], steps=4).word() == "L*L*"
    assert on_it.word(0) == "000"  # 1 is mapped on the saddle −a
    cubic = float_itinerary(family("odd"), [2.5, -1.0], 0.3, steps=5)
    assert np.allclose(cubic.critical_points[0], [-np.sqrt(2.5 / 3), np.sqrt(2.5 / 3)])
    assert np.isnan(cubic.critical_points[1]).all()  # not real there
    assert critical_points(family("quintic"), np.array([0.5])).shape == (1, 4)


def test_first_returns_to_one_of_two_bands() -> None:
    # r = 3.63 lies between the merging of two bands into one (3.6785…) and of four into two (3.5925…)
    kept = orbit_diagram(family("logistic"), [3.63], transient=2000, keep=500)[0]
    found = first_returns(family("logistic"), "3.63", (0.7, 0.95), steps=500)
    assert set(found.times.tolist()) == {2}
    assert all(len(word) == 2 and word[0] == "R" for word in found.words)
    assert len(found.points) == len(found.times) + 1 == len(found.words) + 1
    assert ((found.points >= 0.7) & (found.points <= 0.95)).all()
    assert 240 <= len(found.points) <= 250
    assert kept.min() < 0.7
    whole = first_returns(family("logistic"), "3.9", (0.0, 1.0), steps=50)
    assert set(whole.times.tolist()) == {1}
    word = float_itinerary(family("logistic"), [3.9], transient=1000, steps=50).word()
    assert "".join(whole.words) == word[:-1]
    assert first_returns(family("logistic"), "3.9", (2.0, 3.0), steps=50).words == ()
    assert first_returns(family("logistic"), "4.3", (0.0, 1.0), steps=50).words == ()


# ------------------------------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize("steps", [-1, MAX_STEPS + 1, True, 2.5, "3", None, float("nan")])
def test_numbers_of_steps_that_are_none(steps: Any) -> None:
    with pytest.raises(InputError, match="steps = "):
        iterate(family("logistic"), Fraction(3), Fraction(1, 3), steps)
    with pytest.raises(InputError, match="transient = "):
        orbit_diagram(family("logistic"), [3.0], [0.3], transient=steps, keep=2)
    with pytest.raises(InputError, match="keep = "):
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


NOT_NUMBERS: list[Any] = ["3.2", [None], [1j], [True], [[1.0], [1.0, 2.0]], [float("inf")], ["a"], [10**400], None]


@pytest.mark.parametrize("values", NOT_NUMBERS, ids=repr)
def test_sequences_that_hold_no_numbers(values: Any) -> None:
    for function in (
        lambda: orbit_diagram(family("logistic"), values, [0.3], transient=1, keep=1),
        lambda: lyapunov_curve(family("logistic"), values, [0.3], steps=2),
        lambda: invariant_density(family("logistic"), values, [0.3], steps=2),
        lambda: float_itinerary(family("logistic"), values, [0.3], steps=2),
    ):
        with pytest.raises(InputError, match=r"^parameters = "):
            function()
    if values is not None:
        with pytest.raises(InputError, match=r"^starts = "):
            orbit_diagram(family("logistic"), [3.2], values, transient=1, keep=1)


@pytest.mark.parametrize("wrong", [1, "yes", 0.0, np.True_])
def test_switches_that_are_none(wrong: Any) -> None:
    for function in (
        lambda: orbit_diagram(family("logistic"), [3.0], transient=1, keep=1, jit=wrong),
        lambda: lyapunov_curve(family("logistic"), [3.0], steps=2, jit=wrong),
        lambda: invariant_density(family("logistic"), [3.0], steps=2, jit=wrong),
    ):
        with pytest.raises(InputError, match=r"^jit = "):
            function()
    with pytest.raises(InputError, match=r"^telescope = "):
        lyapunov_curve(family("logistic"), [3.0], steps=2, telescope=wrong)


def test_compiling_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orbits_module, "numba_is_here", lambda: False)
    with pytest.raises(InputError, match=r'jit = True: needs numba; pip install "symphase\[jit\]"'):
        orbit_diagram(family("logistic"), [3.0], transient=1, keep=1, jit=True)


def test_counts_and_intervals_of_the_other_pictures() -> None:
    for steps in (0, -1, True, 2.5, MAX_STEPS + 1):
        with pytest.raises(InputError, match=r"^steps = "):
            lyapunov_curve(family("logistic"), [3.0], steps=steps)  # type: ignore[arg-type]  # the wrong type is the point
        with pytest.raises(InputError, match=r"^steps = "):
            invariant_density(family("logistic"), [3.0], steps=steps)  # type: ignore[arg-type]  # the wrong type is the point
    for bins in (0, True, 10**9, "3"):
        with pytest.raises(InputError, match=r"^bins = "):
            invariant_density(family("logistic"), [3.0], steps=3, bins=bins)  # type: ignore[arg-type]  # the wrong type is the point
    intervals: list[Any] = [(1, 1), (2, 1), (0,), (0, 1, 2), "01", 3, (0, float("nan")), (0, "x"), (-1.7e308, 1.7e308)]
    for interval in intervals:
        with pytest.raises(InputError, match=r"^interval = "):
            invariant_density(family("logistic"), [3.0], steps=3, interval=interval)
        with pytest.raises(InputError, match=r"^interval = "):
            first_returns(family("logistic"), 3, interval)
    for function in (cobweb_path, lambda *a: first_returns(a[0], a[1], (0, 1), *a[2:])):
        with pytest.raises(InputError, match=r"^parameter = "):
            function(family("logistic"), "abc", 0.3)
        with pytest.raises(InputError, match=r"^start = "):
            function(family("logistic"), 3, float("nan"))
        with pytest.raises(InputError, match=r"^family = "):
            function(None, 3, 0.3)  # type: ignore[arg-type]  # the wrong type is the point
    with pytest.raises(InputError, match=r"^parameters = "):
        orbit_diagram(family("logistic"), 3.0, transient=1, keep=1)
    with pytest.raises(InputError, match="range of floats"):
        cobweb_path(family("logistic"), 10**400, 0.3)


def test_answers_larger_than_any_memory_are_refused() -> None:
    with pytest.raises(InputError, match="keep"):
        orbit_diagram(family("logistic"), np.full(1000, 3.0), transient=0, keep=MAX_STEPS)
    with pytest.raises(InputError, match=r"^bins = "):
        invariant_density(family("logistic"), np.full(10_000, 3.0), steps=3, bins=1_000_000)
    huge = PolynomialFamily(X**2 + 10**400 * R, variable=X, parameter=R)
    with pytest.raises(InputError, match="range of floats"):
        orbit_diagram(huge, [1.0], [0.0], transient=0, keep=1)


@pytest.mark.parametrize("parameter", [1e200, -1e308, 5e-324])
def test_extreme_parameters_give_no_warning(parameter: float) -> None:
    # pytest turns every warning into an error
    for text in ("residual", "logistic", "square", "odd", "quintic", "flat"):
        orbit_diagram(family(text), [parameter] * 9, [0.3] * 9, transient=3, keep=9)
        lyapunov_curve(family(text), [parameter] * 9, [0.3] * 9, steps=40)
        float_itinerary(family(text), [parameter] * 2, [0.3] * 2, steps=9)
        invariant_density(family(text), [parameter] * 2, [0.3] * 2, steps=9, bins=3)


def test_memory_is_named_before_it_is_asked_for() -> None:
    logistic = family("logistic")
    with pytest.raises(InputError, match=r"7.45e\+03 GiB"):
        orbit_diagram(logistic, [3.9], transient=0, keep=10**12)
    with pytest.raises(InputError, match="GiB"):
        orbit_diagram(logistic, np.linspace(3.0, 4.0, 1000), transient=0, keep=10**7)
    with pytest.raises(InputError, match=r"steps.*390 GiB"):
        iterate(logistic, "3.9", "0.3", 10**7, digits=100_000)


@pytest.mark.parametrize("wrong", [None, "x", float("nan"), 0, -1.0, True])
def test_tolerances_that_are_none(wrong: Any) -> None:
    with pytest.raises(InputError, match="tolerance"):
        settled_period(family("logistic"), 1, 0, tolerance=wrong)


def test_a_tolerance_may_be_a_fraction_and_bins_may_be_wide() -> None:
    assert settled_period(family("logistic"), "3.2", "1/3", tolerance=Fraction(1, 10**9)) == 2  # type: ignore[arg-type]  # a Fraction does as well
    assert np.isfinite(invariant_density(family("logistic"), [3.9], steps=100, interval=(0, 1e308)).density).all()


def test_regression_an_exponent_and_its_error_do_not_depend_on_the_company() -> None:
    places = np.linspace(0.5, 2, 13)
    together = lyapunov_curve(family("residual"), places, transient=100, steps=500)
    for index, place in enumerate(places):
        alone = lyapunov_curve(family("residual"), [place], transient=100, steps=500)
        assert alone.exponents.tobytes() == together.exponents[index : index + 1].tobytes()
        assert alone.errors.tobytes() == together.errors[index : index + 1].tobytes()
