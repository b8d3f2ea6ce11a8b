"""Lanes of any number, layout and length, by NumPy and by what numba would compile, against the definition."""

from __future__ import annotations

import importlib
import importlib.util
import math
from collections.abc import Iterator
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import numpy as np
import pytest
import sympy
from edges import noted
from numpy.typing import NDArray

from symphase import kernels
from symphase.kernels import (
    BLOCK,
    FEW_LANES,
    GROUP,
    NUMPY_BLOCK,
    CompiledKernels,
    Form,
    Lanes,
    advance_py,
    aligned,
    compiled_kernels,
    escape_radius,
    fill_py,
    horner_py,
    iterate_floats,
    no_hint_py,
    operations,
    slopes_py,
)
from symphase.maps import PolynomialFamily
from symphase.orbits import lyapunov_curve

Floats = NDArray[np.float64]
A, Z = sympy.symbols("a z")

# highest power first: the identity, one operation, a leading coefficient that is 1 and one that is not, and holes
POLYNOMIALS = [
    [1.0, 0.0],
    [1.0, -0.25],
    [-0.5, 0.0],
    [1.0, 0.0, 0.0],
    [1.0, 0.0, -1.3],
    [-0.75, 0.0, 0.5],
    [1.0, -0.5, 0.0, 0.25],
    [0.5, 0.0, 0.0, -1.0, 0.0],
]


class Shape(NamedTuple):
    """A polynomial as the kernels want it."""

    form: Form
    used: list[Floats]

    @classmethod
    def of(cls, dense: list[float]) -> Shape:
        """Take what is not 0 or 1; the first as the same number for all lanes."""
        top, *below = dense
        used = [value for value in below if value]
        form = Form(unit=top == 1, present=tuple(value != 0 for value in below))
        return cls(form, [np.array(value) for value in ([] if top == 1 else [top]) + used])


def follow(dense: list[float], z: float) -> float:
    """Horner's rule over all coefficients."""
    total = dense[0]
    for value in dense[1:]:
        total = total * z + value
    return total


def orbit(dense: list[float], z: float, steps: int) -> list[float]:
    """The states after each step."""
    found = []
    for _ in range(steps):
        z = follow(dense, z)
        found.append(z)
    return found


def starts_of(count: int) -> Floats:
    return np.linspace(-0.75, 0.875, count)


def plain(form: Form, slope: Form, seen: list[Any] | None = None) -> CompiledKernels:
    """The functions that numba would compile, as they are; each call's count and arrays are noted."""

    def told(function: Any) -> Any:
        def call(*given: Any) -> None:
            if seen is not None:
                arrays = [value for value in given if isinstance(value, np.ndarray)]
                # another dtype or layout would be compiled anew, and what begins within a cache line is slow
                assert all(array.flags.c_contiguous for array in arrays)
                assert all(array.dtype in (np.float64, np.int64) for array in arrays)
                seen.append(given)
            function(*given)

        return call

    value = horner_py(form)
    found = {"advance": advance_py(value), "fill": fill_py(value), "slopes": slopes_py(value, horner_py(slope))}
    return cast("CompiledKernels", SimpleNamespace(**{name: told(function) for name, function in found.items()}))


def ways(shape: Shape, starts: Floats, slope: Shape | None = None) -> Iterator[Lanes]:
    """The same lanes with and without compiled kernels, with numbers and with one coefficient per lane."""
    rows = [np.full(starts.shape, row) for row in shape.used]
    for used in (shape.used, rows):
        yield Lanes(shape.form, used, starts)
        yield Lanes(shape.form, used, starts, kernels=plain(shape.form, (slope or shape).form))


# ------------------------------------------------------------------------------------------------------ the same orbits


@pytest.fixture
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "BLOCK", 4)


@pytest.mark.usefixtures("_narrow")
@pytest.mark.parametrize("dense", POLYNOMIALS, ids=str)
@pytest.mark.parametrize("count", [1, 3, 4, 7])
def test_every_way_follows_the_definition(dense: list[float], count: int) -> None:
    shape, starts = Shape.of(dense), starts_of(count)
    for lanes in ways(shape, starts):
        orbits = np.array([orbit(dense, z, 30) for z in starts])
        done = 0
        for steps in (1, 0, 2, 3, 4, 7):
            lanes.advance(steps)
            done += steps
            assert (lanes.states == orbits[:, done - 1]).all(), steps
        rows = np.full((9, count), 7.0)
        lanes.fill(rows)
        assert (rows == orbits[:, done : done + 9].T).all()
        assert (lanes.states == rows[-1]).all()


@pytest.mark.usefixtures("_narrow")
@pytest.mark.parametrize("dense", POLYNOMIALS, ids=str)
@pytest.mark.parametrize("along", [[1.0, 0.0], [1.0, 0.0, 0.0], [-0.75, 0.0, 0.5], [1.0, -0.5, 0.0, 0.25]], ids=str)
def test_every_way_adds_up_the_logarithms_of_what_is_met(dense: list[float], along: list[float]) -> None:
    shape, slope, starts = Shape.of(dense), Shape.of(along), starts_of(5)
    lengths = [1, 0, GROUP, 2 * GROUP + 3, 5]
    orbits = [[z, *orbit(dense, z, sum(lengths))] for z in starts]
    slopes = np.array([[abs(follow(along, z)) for z in states] for states in orbits])
    ends = np.cumsum([0, *lengths])
    pairs = list(pairwise(ends))
    with np.errstate(divide="ignore"):
        expected = [np.sum(np.log(slopes[:, low:high]), axis=1) for low, high in pairs]
    # a group's product is safe from 2⁻⁵¹² up to, but not with, 2⁵¹²; what is told of other products does not matter
    groups = [(k, min(k + GROUP, high)) for low, high in pairs for k in range(low, high, GROUP)]
    products = np.array([[math.prod(row[low:high]) for row in slopes] for low, high in groups])
    sure = np.all((products >= 2.0**-500) & (products < 2.0**500), axis=0)
    unsure = np.any(products < 2.0**-513, axis=0)
    for few in (False, True):
        part = starts[:3] if few else starts
        for lanes in ways(shape, part, slope):
            for rows in (slope.used, [np.full(part.shape, row) for row in slope.used]):
                again = Lanes(lanes.form, lanes.coefficients, part, kernels=lanes.kernels)
                sums, safe = again.log_slopes(slope.form, rows, lengths)
                assert safe[sure[: part.size]].all()
                assert not safe[unsure[: part.size]].any()
                for found, wanted in zip(sums, expected, strict=True):
                    np.testing.assert_allclose(found[safe], wanted[: part.size][safe], rtol=1e-12, atol=1e-12)
                assert (again.states == [states[-1] for states in orbits[: part.size]]).all()


@pytest.mark.parametrize(("power", "expected"), [(-512, True), (-513, False), (511, True), (512, False), (0, True)])
@pytest.mark.parametrize("compiled", [False, True])
def test_where_a_product_stops_being_safe(power: int, expected: bool, compiled: bool) -> None:
    still, slope = Form(True, (False, False)), Form(False, (False,))  # z ← z² stays at 1, where the slope is c
    rows = np.array([2.0**power, 1.0, 2.0**power, 0.75, 1.5, 1.0])
    lanes = Lanes(still, [], np.ones(6), kernels=plain(still, slope) if compiled else None)
    sums, safe = lanes.log_slopes(slope, [rows], [1])
    assert safe.tolist() == [expected, True, expected, True, True, True]
    np.testing.assert_allclose(sums[0][safe], np.log(rows)[safe], rtol=1e-15)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(("factor", "start"), [(0.5, 2.0**40), (2.0, 2.0**-40)])
@pytest.mark.parametrize("lengths", [[2 * GROUP], [GROUP, GROUP]])
def test_what_was_not_safe_once_stays_so(compiled: bool, factor: float, start: float, lengths: list[int]) -> None:
    form = Form(False, (False,))  # z ← z/2 along z: Σ (40 − k) is 784 over k < 32, and −240 over 32 ≤ k < 64
    starts, factors = np.array([start, 1.0, start, 1.0]), np.array([factor, 1.0, factor, 1.0])
    lanes = Lanes(form, [factors], starts, kernels=plain(form, form) if compiled else None)
    _, safe = lanes.log_slopes(form, [np.array(1.0)], lengths)
    assert safe.tolist() == [False, True, False, True]


# ------------------------------------------------------------------------------------------------- a look in every step


def test_with_a_bound_every_state_is_looked_at() -> None:
    """What reaches the bound is kept, what is beyond it is gone: 2, 4, 16, 256 for z ← z²."""
    squares, seen = Shape.of([1.0, 0.0, 0.0]), list[Any]()
    back = Shape.of([1.0, 0.0, -20.0])
    kernel = plain(squares.form, squares.form, seen)
    lanes = Lanes(squares.form, [], np.array([2.0, 0.5, -1.0]), bound=16.0, kernels=kernel)
    lanes.advance(2)
    assert lanes.states.tolist() == [16.0, 2.0**-4, 1.0]
    lanes.advance(1)
    np.testing.assert_array_equal(lanes.states, [np.nan, 2.0**-8, 1.0])
    kept = np.empty((4, 2))
    Lanes(squares.form, [], np.array([2.0, 0.5]), bound=16.0).fill(kept)
    np.testing.assert_array_equal(kept, [[4.0, 0.25], [16.0, 2.0**-4], [np.nan, 2.0**-8], [np.nan, 2.0**-16]])
    gone = np.empty((3, 1))
    Lanes(back.form, back.used, np.array([-4.5]), bound=18.0).fill(gone)
    assert gone[0, 0] == 0.25
    assert np.isnan(gone[1:]).all()  # −19.9375, from where 377.5 … would follow
    assert not seen


@pytest.mark.parametrize("along", POLYNOMIALS, ids=str)
def test_logarithms_with_a_look_in_every_step(along: list[float]) -> None:
    dense, lengths = [1.0, 0.0, -1.75], [3, 2, 1]
    shape, slope = Shape.of(dense), Shape.of(along)
    starts = np.array([0.125, 0.5, -0.375, 1.75, 2.5, 2.75])
    orbits = [[z, *orbit(dense, z, 6)] for z in starts]
    ends = np.cumsum([0, *lengths])
    for rows in (slope.used, [np.full(6, row) for row in slope.used]):
        lanes = Lanes(shape.form, shape.used, starts, bound=16.0)
        sums, safe = lanes.log_slopes(slope.form, rows, lengths)
        assert safe.all()
        for found, (low, high) in zip(sums, pairwise(ends), strict=True):
            for value, states in zip(found, orbits, strict=True):
                if max(map(abs, states[1 : high + 1])) > 16:
                    assert math.isnan(value)
                else:
                    met = [abs(follow(along, z)) for z in states[low:high]]
                    assert value == pytest.approx(math.fsum(map(math.log, met)), rel=1e-13, abs=1e-13)
        assert np.isnan(lanes.states).tolist() == [False] * 4 + [True] * 2


# --------------------------------------------------------------------------------------------------- many lanes at once


def test_lanes_are_shared_out() -> None:
    def parts(count: int, bound: float | None = None) -> list[tuple[int, int]]:
        return [
            (part.start, part.stop) for part in Lanes(Form(True, (True,)), [], np.ones(count), bound=bound)._parts()
        ]

    few = FEW_LANES - 1
    assert parts(0) == []
    assert parts(few) == [(k, k + 1) for k in range(few)]
    assert parts(few, bound=1.0) == [(0, few)]
    assert parts(FEW_LANES) == [(0, FEW_LANES)]
    assert parts(NUMPY_BLOCK) == [(0, NUMPY_BLOCK)]
    assert parts(NUMPY_BLOCK + 1) == [(0, NUMPY_BLOCK // 2 + 1), (NUMPY_BLOCK // 2 + 1, NUMPY_BLOCK + 1)]


@pytest.mark.parametrize("count", [BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 5])
def test_blocks_of_lanes_begin_where_cache_lines_do(count: int) -> None:
    seen: list[Any] = []
    dense, starts = [1.0, 0.0, -1.3], starts_of(count)
    shape, slope = Shape.of(dense), Shape.of([2.0, 0.0])
    wanted = np.array([orbit(dense, z, 5) for z in starts])
    lanes = Lanes(shape.form, [np.full(count, -1.3)], starts, kernels=plain(shape.form, slope.form, seen))
    lanes.advance(2)
    rows = np.empty((2, count))
    lanes.fill(rows)
    sums, safe = lanes.log_slopes(slope.form, slope.used, [1])
    assert (rows == wanted[:, 2:4].T).all()
    np.testing.assert_allclose(sums[0], np.log(2 * np.abs(wanted[:, 3])), rtol=1e-13)
    assert safe.all()
    assert (lanes.states == wanted[:, 4]).all()
    blocks = -(-count // BLOCK)
    (steps, c, z), (c_again, z_again, out), (once, c_last, d, z_last, products, bits, exponents, powers) = seen
    assert (steps, once) == (2, 1)
    assert c is c_again is c_last
    assert z is z_again is z_last
    assert out.shape == (2, count)
    assert c.shape == d.shape == (blocks, 1, BLOCK)
    assert (c.reshape(-1)[count:] == 0).all()
    for array in (c, z, d, products):
        assert array.ctypes.data % 64 == 0
    for array in (z, products, bits, exponents, powers):
        assert array.shape == (blocks, BLOCK)
    assert bits.ctypes.data == products.ctypes.data
    assert [array.dtype for array in (products, bits, exponents, powers)] == [np.float64] + [np.int64] * 3


def test_a_form_without_coefficients_has_a_row_of_zeros() -> None:
    seen: list[Any] = []
    form = Form(True, (False, False))
    lanes = Lanes(form, [], np.array([2.0, 3.0]), kernels=plain(form, form, seen))
    lanes.advance(2)
    assert lanes.states.tolist() == [16.0, 81.0]
    assert seen[0][1].shape == (1, 1, BLOCK)


def test_calls_are_short_enough_to_be_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    dense = [1.0, 0.0, -1.3]
    shape, starts = Shape.of(dense), starts_of(5)
    kernel = plain(shape.form, shape.form, seen)
    wanted = np.array([orbit(dense, z, 3 * GROUP + 4) for z in starts])
    for call, cuts in (
        (5 * GROUP, [GROUP] * 3 + [4]),
        (10 * GROUP + 5, [2 * GROUP, GROUP + 4]),
        (1, [GROUP] * 3 + [4]),
    ):
        monkeypatch.setattr(kernels, "_CALL", call)
        seen.clear()
        Lanes(shape.form, shape.used, starts, kernels=kernel).advance(3 * GROUP + 4)
        assert [given[0] for given in seen] == cuts
        seen.clear()
        rows = np.empty((3 * GROUP + 4, 5))
        Lanes(shape.form, shape.used, starts, kernels=kernel).fill(rows)
        assert [len(given[2]) for given in seen] == cuts
        assert (rows == wanted.T).all()
        seen.clear()
        sums, _ = Lanes(shape.form, shape.used, starts, kernels=kernel).log_slopes(
            shape.form, shape.used, [3 * GROUP + 4, 1]
        )
        assert [given[0] for given in seen] == [*cuts, 1]
        np.testing.assert_allclose(sums[0], np.log(np.abs(wanted)).sum(axis=1), rtol=1e-12)  # the slope is the map
    assert list(Lanes(shape.form, shape.used, np.empty(0))._rounds(2)) == [2]
    monkeypatch.setattr(kernels, "_CALL", 4 * GROUP)
    assert list(Lanes(shape.form, shape.used, np.ones(1))._rounds(5 * GROUP)) == [4 * GROUP, GROUP]


class Noting(Lanes):
    """Lanes that note the shape of every piece that is filled."""

    def fill(self, rows: Floats) -> None:
        self.__dict__.setdefault("shapes", []).append(rows.shape)
        super().fill(rows)


def test_rows_of_any_layout_are_filled() -> None:
    form = Form(True, (False, False))
    for compiled in (False, True):
        kernel = plain(form, form, []) if compiled else None
        for out, straight in (
            (np.full((5, 6), 7.0), True),
            (np.full((10, 12), 7.0)[::2, 3:9], not compiled),  # rows in one piece each, but not all of them together
            (np.full((6, 5), 7.0).T, False),
            (np.full((5, 12), 7.0)[:, ::2], False),
        ):
            lanes = Noting(form, [], np.arange(6) / 4.0, kernels=kernel)
            lanes.fill(out)
            assert lanes.__dict__["shapes"] == [(5, 6)] * (1 if straight else 2)
            assert (out == [(np.arange(6) / 4.0) ** 2 ** (k + 1) for k in range(5)]).all()
            base = out.base
            assert base is None or out.size == base.size or (base == 7.0).sum() >= base.size - out.size
    none = Noting(form, [], np.empty(0))
    none.fill(np.empty((0, 3)).T)
    assert none.__dict__["shapes"] == [(3, 0)]


def test_rows_are_buffered_in_pieces_of_one_size() -> None:
    form = Form(True, (False, False))
    for count, pieces in ((1 << 16, [2, 2, 1]), ((1 << 17) + 1, [1, 1])):
        times = sum(pieces)
        lanes = Noting(form, [], np.full(count, 2.0))
        out = np.empty((count, times)).T
        lanes.fill(out)
        assert lanes.__dict__["shapes"] == [(times, count), *((piece, count) for piece in pieces)]
        assert (out == [[2.0**2 ** (k + 1)] for k in range(times)]).all()


def test_memory_that_is_not_cleared_is_of_the_kind_that_was_asked_for() -> None:
    for kind in (np.float64, np.int64):
        found = aligned((3, 5), kind, zeros=False)
        assert found.dtype == kind
        assert found.ctypes.data % 64 == 0


# ----------------------------------------------------------------------------------------------------- what is left out


def test_regression_a_slope_that_is_z_itself_takes_no_operation_and_is_followed_all_the_same() -> None:
    half = PolynomialFamily(Z**2 / 2 + A, variable=Z, parameter=A)
    whole = PolynomialFamily(Z**2 + A, variable=Z, parameter=A)
    a = np.array([-3.75, -3.5, -3.0, -2.5, -1.5])  # with z = 2w, z²/2 + a is 2(w² + a/2): floats are halved exactly
    for count in (5, 2):
        found = lyapunov_curve(half, a[:count], 0.5, steps=200, jit=False)
        wanted = lyapunov_curve(whole, a[:count] / 2, 0.25, steps=200, jit=False)
        assert (found.exponents == wanted.exponents).all()
    identity = operations(Form(True, (False,)), [])
    assert math.copysign(1.0, iterate_floats(1, identity, -0.0)) == -1.0
    rows = np.empty((2, 9))
    Lanes(Form(True, (False,)), [], np.full(9, -0.0)).fill(rows)
    assert np.signbit(rows).all()


def test_the_radius_is_of_floats() -> None:
    radius = escape_radius([np.array(1.0), np.array([2.0, 3.0])])
    assert radius.dtype == np.float64
    assert radius.tolist() == [3.0, 2.0]


# ------------------------------------------------------------------------------------------------- without numba itself


class Compiled:
    """What stands for a compiled function: the function, the options, and how often it was called."""

    def __init__(self, function: Any, options: dict[str, object]) -> None:
        assert callable(function)
        self.function, self.options = function, options
        self.signatures: list[int] = []

    def __call__(self, *given: Any) -> Any:
        self.signatures.append(len(given))
        return self.function(*given)


class Intrinsic(Compiled):
    """What numba replaces by other code: only there may it be called, and here it does nothing."""

    def __call__(self, *given: Any) -> Any:
        assert not given
        self.signatures.append(0)


class Attributes(set[str]):
    """Those of llvmlite, which refuses words that it does not know."""

    def add(self, word: str) -> None:
        raise ValueError(word)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Compiled]]:
    """A numba that compiles nothing, and all that it was given."""
    found: list[Compiled] = []
    modules = {
        "numba": SimpleNamespace(
            njit=lambda **options: lambda function: noted(found, each := Compiled(function, options), each)
        ),
        "numba.types": SimpleNamespace(void=lambda: "void"),
        "numba.extending": SimpleNamespace(intrinsic=lambda function: Intrinsic(function, {})),
    }
    monkeypatch.setattr(importlib, "import_module", modules.__getitem__)
    kernels._wide_vectors.cache_clear()
    yield found
    kernels._wide_vectors.cache_clear()


def test_what_is_compiled_and_how(made: list[Compiled]) -> None:
    form, slope = Form(True, (False,) * 20 + (True,)), Form(False, (False, True))  # nobody else's
    own, other = compiled_kernels(form, form), compiled_kernels(form, slope)
    assert own is not other is compiled_kernels(form, slope)
    names = ("advance", "fill", "slopes")
    for name in ("value", *names):
        assert not own.is_ready(name)
    assert other.value is own.value
    assert other.advance is own.advance
    assert [other.slopes, other.fill, own.slopes, own.fill] == [other.slopes, other.fill, own.slopes, own.fill]
    assert all(each.options == {"error_model": "numpy", "nogil": True, "cache": False} for each in made)
    for kernel in (own, other):
        assert not any(kernel.is_ready(name) for name in names)  # made, but compiled when it is first called
    hint = kernels._wide_vectors()
    dense, along, starts = [1.0, *[0.0] * 20, -0.5], [-3.0, 0.0, 0.25], starts_of(3)
    wanted = np.array([orbit(dense, z, 6) for z in starts])
    for kernel in (own, other):
        shape = Shape.of(along if kernel is other else dense)
        calls, steps = len(hint.signatures), len(own.value.signatures)
        lanes = Lanes(form, [np.array(-0.5)], starts, kernels=kernel)
        lanes.advance(2)
        assert (lanes.states == wanted[:, 1]).all()
        rows = np.empty((2, 3))
        lanes.fill(rows)
        assert (rows == wanted[:, 2:4].T).all()
        sums, _ = lanes.log_slopes(shape.form, shape.used, [1])
        met = [abs(follow(along if kernel is other else dense, z)) for z in wanted[:, 3]]
        np.testing.assert_allclose(sums[0], np.log(met), rtol=1e-13)
        assert len(hint.signatures) == calls + 3  # one word in each
        assert len(own.value.signatures) > steps + 6
        assert all(kernel.is_ready(name) for name in names[1:])
    assert own.is_ready("advance")
    assert all(each.signatures for each in made)  # among them what each kernel calls: compiled, too


def test_the_wish_for_wide_vectors(made: list[Compiled]) -> None:
    hint = kernels._wide_vectors()
    assert hint is kernels._wide_vectors()
    signature, generate = hint.function(None)
    assert signature == "void"
    context = SimpleNamespace(get_dummy_value=lambda: "dummy")
    attributes = Attributes({"nounwind"})
    for given in (attributes, object()):  # of another kind in another version: then nothing is wished
        builder = SimpleNamespace(function=SimpleNamespace(attributes=given))
        assert generate(context, builder, None, None) == "dummy"
    assert attributes == {"nounwind", '"prefer-vector-width"="512"'}
    assert not made
    no_hint_py()


def test_whether_numba_is_here_is_asked_without_importing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for here in (None, object()):
        asked: list[str] = []
        monkeypatch.setattr(importlib.util, "find_spec", lambda name, asked=asked, here=here: noted(asked, name, here))
        assert kernels.numba_is_here() is (here is not None)
        assert asked == ["numba"]
