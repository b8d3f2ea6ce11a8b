"""Float kernels: NumPy, Python's floats and compiled code give the same bits, and never a wrong escape."""

from __future__ import annotations

import importlib
import math
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import pytest
import sympy
from families import logistic, odd_cubic, quadratic, residual
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import symphase.ensembles as ensembles_module
import symphase.kernels as kernels_module
from symphase.ensembles import ESCAPED, Ensemble, Slope, coefficients_at, form_of, used_coefficients
from symphase.kernels import (
    BLOCK,
    FEW_LANES,
    GROUP,
    SAFE_EXPONENT,
    Form,
    Lanes,
    advance_py,
    aligned,
    compiled_kernels,
    escape_radius,
    fill_py,
    horner_py,
    iterate_floats,
    numba_is_here,
    operations,
    slopes_py,
)
from symphase.maps import PolynomialFamily
from symphase.orbits import lyapunov_curve, orbit_diagram

with_numba = pytest.mark.skipif(not numba_is_here(), reason="numba is not installed (the extra symphase[jit])")

A, Z = sympy.symbols("a z")


def quintic() -> PolynomialFamily:
    """Every kind of coefficient: absent, constant, in the parameter; the leading one moves too."""
    return PolynomialFamily(A * Z**5 / 7 - 2 * Z**3 / 3 + (A - 2) * Z + A / 5, variable=Z, parameter=A)


# parameters that hold order, chaos and escape, and a start that is no critical point
CASES: list[tuple[Callable[[], PolynomialFamily], float, float, float]] = [
    (residual, -0.3, 2.2, -0.3),
    (logistic, -1.0, 4.2, 0.3),
    (quadratic, -2.2, 0.4, 0.1),
    (odd_cubic, 0.3, 3.2, 0.3),
    (quintic, -2.0, 3.0, 0.2),
]
NAMES = [case[0].__name__ for case in CASES]


def bits(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.ascontiguousarray(values).view(np.int64)


def same_bits(left: NDArray[np.float64], right: NDArray[np.float64]) -> bool:
    """NaN is NaN, whatever its sign and payload: those depend on the order of two NaN operands."""
    both = np.isnan(left) & np.isnan(right)
    return left.shape == right.shape and bool((both | (bits(left) == bits(right))).all())


def textbook(family: PolynomialFamily, a: float, z: float, count: int) -> list[float]:
    """The definition, one float at a time: Horner's rule over all coefficients, a look at the bound in every step."""
    coefficients = []
    for row in family.rows:
        total = float(row[-1])
        for exact in row[-2::-1]:
            total = total * a + float(exact)
        coefficients.append(total)
    orbit = []
    for _ in range(count):
        total = coefficients[-1]
        for value in coefficients[-2::-1]:
            total = total * z + value
        z = total if abs(total) <= ESCAPED else math.nan
        orbit.append(z)
    return orbit


# --------------------------------------------------------------------------------------------- NumPy is the reference


@pytest.mark.parametrize(("make", "low", "high", "start"), CASES, ids=NAMES)
def test_numpy_follows_the_definition(
    make: Callable[[], PolynomialFamily], low: float, high: float, start: float
) -> None:
    parameters = np.linspace(low, high, 57)
    kept = orbit_diagram(make(), parameters, start, transient=3, keep=60, jit=False)
    expected = np.array([textbook(make(), float(a), start, 63)[3:] for a in parameters])
    # leaving out "+ 0" may change the sign of a zero, nothing else
    assert same_bits(kept + 0.0, expected + 0.0)
    escaped = np.isnan(expected).any(axis=1)
    assert escaped.any()
    assert not escaped.all()


@pytest.mark.parametrize(("make", "low", "high", "start"), CASES, ids=NAMES)
def test_few_lanes_in_pythons_floats_give_the_same_bits(
    make: Callable[[], PolynomialFamily], low: float, high: float, start: float
) -> None:
    parameters = np.linspace(low, high, 40)
    together = orbit_diagram(make(), parameters, start, transient=7, keep=90, jit=False)
    for width in range(1, FEW_LANES + 2):
        pieces = [
            orbit_diagram(make(), parameters[k : k + width], start, transient=7, keep=90, jit=False)
            for k in range(0, 40, width)
        ]
        assert same_bits(np.concatenate(pieces), together), width


def test_lanes_that_need_looking_at_in_every_step() -> None:
    # beside r = 0 the parabola is so flat that an orbit beyond 10⁶ could come back: NaN all the same
    parameters = np.array([0.0, 1e-300, 1e-7, 1e-7, -1e-9, 3.2, 4.1])
    starts = np.array([2e6, 2e6, 5e6, 2e6, 1e8, 0.3, 0.3])
    system = Ensemble(logistic(), parameters, starts)
    assert system.fast.tolist() == [False] * 5 + [True] * 2
    kept = orbit_diagram(logistic(), parameters, starts, transient=0, keep=80)
    for row, a, start in zip(kept, parameters, starts, strict=True):
        assert same_bits(row + 0.0, np.array(textbook(logistic(), float(a), float(start), 80)) + 0.0), a
    assert np.isnan(kept).any(axis=1).tolist() == [False, False, True, False, True, False, True]
    tall = orbit_diagram(logistic(), [1e-7], [3e6], transient=0, keep=4)  # comes back in one step: never beyond
    assert np.isfinite(tall).all()
    back = PolynomialFamily(A * Z**2 - 2 * 10**6, variable=Z, parameter=A)
    gone = orbit_diagram(back, [1e-6], [1e3], transient=0, keep=4)  # −2·10⁶ would be mapped to 2·10⁶, a fixed point
    assert np.isnan(gone).all()
    finite = orbit_diagram(back, [1e-6], [1.4e6], transient=0, keep=1)
    assert np.isfinite(finite).all()


@given(
    st.lists(st.floats(-50, 50), min_size=2, max_size=6),
    st.floats(1e-3, 50) | st.floats(-50, -1e-3),
    st.floats(1, 1e3),
    st.booleans(),
)
def test_beyond_the_escape_radius_nothing_comes_back(
    below: list[float], top: float, factor: float, negative: bool
) -> None:
    exact = [Fraction(value) for value in [*below, top]]
    radius = float(escape_radius([np.array(value) for value in [*below, top]]))
    z = Fraction(radius) * Fraction(factor) * (-1 if negative else 1)
    image = sum((value * z**k for k, value in enumerate(exact)), Fraction(0))
    assert abs(image) >= 2 * abs(z) * (1 - Fraction(1, 10**12))
    assert abs(image) >= abs(exact[-1] * z ** (len(exact) - 1)) / 2 * (1 - Fraction(1, 10**12))


def test_the_escape_radius_of_what_is_no_polynomial_of_its_degree() -> None:
    assert escape_radius([np.array([1.0, 1.0]), np.array(3.0), np.array([0.0, 2.0])]).tolist() == [math.inf, 6.0]
    assert escape_radius([np.array(0.0), np.array(0.0), np.array(1e9)]).tolist() == 1.0
    assert escape_radius([np.array([np.inf, np.nan]), np.array(1.0)]).tolist() == [math.inf, math.inf]


def test_operations_leave_out_what_does_nothing() -> None:
    def spelled(form: Form, coefficients: list[float]) -> list[tuple[str, Any]]:
        return [(step.__name__, operand) for step, operand in operations(form, coefficients)]

    assert spelled(Form(False, (True, True)), [5.0, 4.0, 3.0]) == [
        ("multiply", 5.0),
        ("add", 4.0),
        ("multiply", None),
        ("add", 3.0),
    ]
    assert spelled(Form(True, (False, True)), [3.0]) == [("multiply", None), ("add", 3.0)]
    assert form_of(residual().rows) == Form(True, (True, True, False))
    assert form_of(logistic().rows) == Form(False, (True, False))
    assert form_of(quintic().rows) == Form(False, (False, True, False, True, True))


def test_a_single_orbit_is_iterated_to_where_it_is_asked() -> None:
    program = operations(Form(False, (True, False)), [np.float64(-2.0), np.float64(2.0)])
    values: list[float] = []
    assert iterate_floats(3, program, 0.25, values) == values[-1]
    assert values[:2] == [0.375, 0.46875]
    assert iterate_floats(0, program, 0.25) == 0.25
    assert iterate_floats(3000, program, 1e9) == -math.inf  # no OverflowError


# --------------------------------------------------------------------------- what numba compiles, as plain functions


def reference(family: PolynomialFamily, parameters: NDArray[np.float64], start: float) -> tuple[Ensemble, Lanes]:
    system = Ensemble(family, parameters, start)
    return system, Lanes(system.form, system.coefficients, system.starts)


@pytest.mark.parametrize(("make", "low", "high", "start"), CASES, ids=NAMES)
def test_the_functions_for_the_compiler_do_the_same_when_they_are_not_compiled(
    make: Callable[[], PolynomialFamily], low: float, high: float, start: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels_module, "BLOCK", 4)  # several blocks, the last one padded
    system, lanes = reference(make(), np.linspace(low, high, 8)[1:7], start)
    blocks = Lanes(system.form, system.coefficients, system.starts, kernels=compiled_kernels(system.form, system.form))
    value = horner_py(system.form)
    c, z = blocks._c, blocks._z
    assert z.shape == (2, 4)
    with np.errstate(all="ignore"):
        advance_py(value)(3, c, z)
        lanes.advance(3)
        assert same_bits(z.reshape(-1)[:6], lanes.states)
        out, expected = np.full((5, 6), 7.0), np.empty((5, 6))
        fill_py(value)(c, z, out)
        lanes.fill(expected)
        assert same_bits(out, expected)
        assert same_bits(z.reshape(-1)[:6], lanes.states)
        for slope in (Slope.whole(make()), Slope.reduced(make())):
            rows = used_coefficients(slope.form, coefficients_at(slope.rows, system.a))
            steps = 2 * GROUP + 3
            products, exponents = np.ones((2, 4)), np.zeros((2, 4), dtype=np.int64)
            seen = np.zeros((2, 4), dtype=np.int64)
            slopes_py(value, horner_py(slope.form))(
                steps, c, blocks._blocked(rows), z, products, products.view(np.int64), exponents, seen
            )
            sums, safe = lanes.log_slopes(slope.form, rows, [steps])
            powers = exponents - 3 * (1022 - (1023 - SAFE_EXPONENT))
            logs = np.log(products) + powers * math.log(2.0)
            assert (((seen.reshape(-1)[:6] & ~1023) == 0) == safe).all()
            assert safe.any()
            assert same_bits(logs.reshape(-1)[:6][safe], sums[0][safe])
            assert same_bits(z.reshape(-1)[:6], lanes.states)


def test_products_that_are_not_safe_are_reported_by_both() -> None:
    # slopes 2⁻¹⁷ and 2¹⁷: 32 of them leave 2^±512; slopes 2^±15.5 stay within
    form, slope = Form(True, (False, False)), Form(False, (False,))  # z ← z², slope k z at z = 1
    for exponent, expected in ((-17.0, False), (17.0, False), (-15.5, True), (15.5, True), (-1100.0, False)):
        rows = [np.full(9, 2.0**exponent if exponent > -1074 else 0.0)]
        sums, safe = Lanes(form, [], np.ones(9)).log_slopes(slope, rows, [GROUP])
        assert safe.tolist() == [expected] * 9
        if expected:
            assert np.allclose(sums[0], GROUP * exponent * math.log(2.0), rtol=1e-14)
        products, exponents = np.ones((1, 9)), np.zeros((1, 9), dtype=np.int64)
        seen = np.zeros((1, 9), dtype=np.int64)
        c, d, z = np.zeros((1, 1, 9)), np.array([rows]), np.ones((1, 9))
        slopes_py(horner_py(form), horner_py(slope))(GROUP, c, d, z, products, products.view(np.int64), exponents, seen)
        assert ((seen & ~1023) == 0).tolist() == [[expected] * 9]


def test_aligned_memory_begins_with_a_cache_line() -> None:
    for count in range(1, 40):
        values = aligned((3, count))
        assert values.ctypes.data % 64 == 0
        assert values.shape == (3, count)
        assert values.flags.c_contiguous
        assert not values.any()
    assert aligned((0, 5)).shape == (0, 5)
    assert aligned((4,), np.int64).dtype == np.int64


# ---------------------------------------------------------------------------------------------------------------- numba


@with_numba
@pytest.mark.parametrize(("make", "low", "high", "start"), CASES, ids=NAMES)
def test_numba_gives_the_same_bits(make: Callable[[], PolynomialFamily], low: float, high: float, start: float) -> None:
    family, parameters = make(), np.linspace(low, high, 2 * BLOCK + 11)
    reference_kept = orbit_diagram(family, parameters, start, transient=101, keep=77, jit=False)
    kept = orbit_diagram(family, parameters, start, transient=101, keep=77, jit=True)
    assert (bits(kept) == bits(reference_kept)).all()
    escaped = np.isnan(kept).any(axis=1)
    assert escaped.any()
    assert not escaped.all()
    for telescope in (None, False) if Slope.reduced(family).bound else (None,):
        expected = lyapunov_curve(family, parameters, start, steps=333, telescope=telescope, jit=False)
        found = lyapunov_curve(family, parameters, start, steps=333, telescope=telescope, jit=True)
        assert (bits(found.exponents) == bits(expected.exponents)).all()
        assert (bits(found.errors) == bits(expected.errors)).all()


@with_numba
def test_numba_fills_memory_of_any_layout() -> None:
    parameters = np.linspace(1.0, 2.05, BLOCK + 3)
    expected = orbit_diagram(residual(), parameters, transient=9, keep=21, jit=False)
    orders: tuple[Literal["C", "F"], ...] = ("C", "F")
    for order in orders:
        out = np.full((BLOCK + 3, 21), 7.0, order=order)
        assert orbit_diagram(residual(), parameters, transient=9, keep=21, out=out, jit=True) is out
        assert (bits(out) == bits(expected)).all()
    wide = np.full((2 * (BLOCK + 3), 63), 7.0)
    orbit_diagram(residual(), parameters, transient=9, keep=21, out=wide[::2, ::3], jit=True)
    assert (bits(wide[::2, ::3]) == bits(expected)).all()
    assert (wide[1::2] == 7.0).all()
    assert orbit_diagram(residual(), [], transient=2, keep=3, jit=True).shape == (0, 3)


@with_numba
def test_no_multiplication_is_contracted_with_an_addition() -> None:
    system, slope = Ensemble(residual(), np.array([1.9, 1.7]), None), Slope.reduced(residual())
    kernels = compiled_kernels(system.form, slope.form)
    rows = used_coefficients(slope.form, coefficients_at(slope.rows, system.a))
    lanes = Lanes(system.form, system.coefficients, system.starts, kernels=kernels)
    lanes.advance(3)
    lanes.fill(np.empty((2, 2)))
    lanes.log_slopes(slope.form, rows, [40])
    listings = [
        text for name in ("advance", "fill", "slopes") for text in getattr(kernels, name).inspect_asm().values()
    ]
    assert len(listings) == 3
    for listing in listings:
        assert "mul" in listing
        for contracted in ("vfmadd", "vfmsub", "vfnmadd", "vfnmsub", "fmadd", "fmla"):
            assert contracted not in listing
    # z² + c at z = 1 + 2⁻³⁰, c = −1 − 2⁻²⁹: rounding z² first leaves 0, contraction would leave 2⁻⁶⁰
    z, c = 1 + 2.0**-30, -1 - 2.0**-29
    assert Fraction(z) ** 2 + Fraction(c) == Fraction(1, 2**60)
    for jit in (False, True):
        assert (orbit_diagram(quadratic(), [c] * 40, z, transient=0, keep=1, jit=jit) == 0.0).all()


@with_numba
def test_long_calls_are_cut_at_whole_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = np.linspace(1.0, 2.0, 40)
    plain = orbit_diagram(residual(), parameters, transient=100, keep=50, jit=True)
    curve = lyapunov_curve(residual(), parameters, transient=100, steps=1000, jit=True)
    monkeypatch.setattr(kernels_module, "_CALL", 40 * 3 * GROUP - 1)
    system = Ensemble(residual(), parameters, None)
    assert list(system.lanes("fill", 1, True)._rounds(150)) == [64, 64, 22]
    assert (bits(orbit_diagram(residual(), parameters, transient=100, keep=50, jit=True)) == bits(plain)).all()
    again = lyapunov_curve(residual(), parameters, transient=100, steps=1000, jit=True)
    assert (bits(again.exponents) == bits(curve.exponents)).all()


# ----------------------------------------------------------------------------------------------------- when numba works


def test_small_jobs_import_no_numba() -> None:
    code = """
import sys, sympy
from symphase.maps import PolynomialFamily
from symphase.orbits import lyapunov_curve, orbit_diagram
r, x = sympy.symbols("r x")
family = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
orbit_diagram(family, [3.2] * 50, transient=50, keep=50)
lyapunov_curve(family, [3.2] * 50, steps=50)
print(sys.modules.get("numba") is not None)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "False"


def test_large_jobs_ask_for_numba_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    form = Form(True, (False, False, False, False, True))  # nobody else's, so that nothing is compiled yet
    assert ensembles_module._kernels(form, form, "fill", 999_999_999, None) is None
    monkeypatch.setattr(ensembles_module, "numba_is_here", lambda: False)
    assert ensembles_module._kernels(form, form, "fill", 10**12, None) is None
    monkeypatch.setattr(ensembles_module, "numba_is_here", lambda: True)

    def broken(name: str, package: str | None = None) -> Any:
        raise ImportError(name, package)

    monkeypatch.setattr(importlib, "import_module", broken)  # installed, but it does not load: NumPy does the work
    assert ensembles_module._kernels(form, form, "fill", 10**12, None) is None
    assert ensembles_module._kernels(form, form, "fill", 10**12, False) is None


@with_numba
def test_what_is_compiled_already_is_used() -> None:
    form = Form(True, (True, False, False, False, True))
    kernels = compiled_kernels(form, form)
    assert not kernels.is_ready("fill")
    assert ensembles_module._kernels(form, form, "fill", 10**9, None) is kernels
    assert not kernels.is_ready("fill")
    lanes = Lanes(form, [np.zeros(3), np.zeros(3)], np.ones(3), kernels=kernels)
    assert ensembles_module._kernels(form, form, "fill", 10, None) is None
    lanes.fill(np.empty((2, 3)))
    assert kernels.is_ready("fill")
    assert ensembles_module._kernels(form, form, "fill", 10, None) is kernels
    assert ensembles_module._kernels(form, form, "fill", 10, False) is None
