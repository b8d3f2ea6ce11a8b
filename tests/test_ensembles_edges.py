"""Families at many parameters in floats: what is kept of them, which slopes telescope, and what is refused."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest
import sympy
from edges import noted
from families import family_of, logistic, quadratic, residual

from symphase import ensembles as module
from symphase.arguments import MAX_BYTES
from symphase.ensembles import (
    ESCAPED,
    WORTH_COMPILING,
    Ensemble,
    Slope,
    Telescope,
    _kernels,
    coefficients_at,
    critical_points,
    divide_out,
    finite_numbers,
    form_of,
    free_critical_point,
    polynomial_rows,
    used_coefficients,
)
from symphase.errors import InputError
from symphase.kernels import Form

z, a = sympy.symbols("z a")
RING = flint.fmpq_mpoly_ctx.get(["z", "a"], "lex")
Z, A = RING.gens()
HALF = Fraction(1, 2)


def rows(*given: tuple[Fraction | int, ...]) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(map(Fraction, row)) for row in given)


def refused(said: str) -> Any:
    return pytest.raises(InputError, match=f"^{re.escape(said)}$")


# ----------------------------------------------------------------------------------------------------------- ensembles


def test_an_ensemble_keeps_what_horners_rule_needs() -> None:
    """(a − 2) z² + (1 − 2a) z + z³ at two parameters; R = 2 (Σ|c| + 2), beyond which all escapes."""
    found = Ensemble(residual(), [1.25, 1.5], None)
    assert found.a.tolist() == [1.25, 1.5]
    assert found.count == 2
    assert found.starts.tolist() == pytest.approx([-0.5, -2 / 3])
    assert found.form == Form(unit=True, present=(True, True, False))
    assert [row.tolist() for row in found.coefficients] == [[-0.75, -0.5], [-1.5, -2.0]]
    assert found.radius.tolist() == [8.5, 9.0]
    assert found.fast.tolist() == [True, True]
    wide = Ensemble(quadratic(), [0.0, 499_998.0, 499_999.0], 0)
    assert wide.starts.tolist() == [0, 0, 0]
    assert wide.radius.tolist() == [4, 1e6, 1e6 + 2]
    assert wide.fast.tolist() == [True, True, False]
    assert ESCAPED == 1e6
    still = Ensemble(family_of(z**2 - 1 + 0 * a), np.array([1.0, 2.0]), [3, 4])
    assert still.starts.tolist() == [3, 4]
    assert [row.shape for row in still.coefficients] == [()]
    assert still.radius.tolist() == [6, 6]


def test_starts_and_parameters_that_are_refused() -> None:
    with refused("parameters = shape (1, 2): must be a sequence of finite numbers; give one axis, as [1.2, 1.5]"):
        Ensemble(residual(), [[1.2, 1.5]], None)
    with refused("starts = 3 numbers: must be one for each of the 2 parameters; or one number for all of them"):
        Ensemble(residual(), [1.2, 1.5], [1, 2, 3])
    with refused("parameters = nan: must be real numbers; give floats"):
        Ensemble(residual(), "nan", None)
    with refused("starts = ['x']: must be real numbers; give floats"):
        Ensemble(residual(), [1.2], ["x"])


def test_lanes_are_made_of_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(module, "_kernels", lambda *given: noted(asked, given, "kernels"))
    monkeypatch.setattr(module, "Lanes", lambda *given, **named: (given, named))
    found: Any = Ensemble(residual(), [1.25, 1.5, 1.75], [5, 6, 7])
    (form, kept, starts), named = found.lanes("advance", 10, None)
    assert (form, starts.tolist(), named) == (found.form, [5, 6, 7], {"kernels": "kernels"})
    assert [row.tolist() for row in kept] == [[-0.75, -0.5, -0.25], [-1.5, -2.0, -2.5]]
    slope = Form(unit=False, present=(True,))
    some = np.array([2, 0])
    (_, kept, starts), _ = found.lanes("slopes", 7, True, some, slope)
    assert [row.tolist() for row in (*kept, starts)] == [[-0.25, -0.75], [-2.5, -1.5], [7, 5]]
    assert asked == [(found.form, found.form, "advance", 30, None), (found.form, slope, "slopes", 21, True)]
    (form, kept, starts), named = found.careful_lanes(some)
    assert [row.tolist() for row in (*kept, starts)] == [[-0.25, -0.75], [-2.5, -1.5], [7, 5]]
    assert (form, named) == (found.form, {"bound": 1e6})
    same: Any = Ensemble(family_of(2 * z**2 - 1 + 0 * a), [1.0, 2.0], 0)
    (_, kept, _), _ = same.lanes("advance", 1, None, np.array([1]))
    assert [row.tolist() for row in kept] == [2, -1]
    (_, kept, _), _ = same.careful_lanes(np.array([1]))
    assert [row.tolist() for row in kept] == [2, -1]


class Compiled:
    """Kernels that are ready for some questions, or cannot be made."""

    def __init__(self, *ready: str, broken: bool = False) -> None:
        self.ready, self.broken = ready, broken

    def is_ready(self, kernel: str) -> bool:
        return kernel in self.ready

    @property
    def advance(self) -> None:
        if self.broken:
            raise ImportError


@pytest.mark.parametrize(
    ("kernels", "iterates", "here", "jit", "taken"),
    [
        (Compiled("slopes"), 1, False, None, True),
        (Compiled("slopes", broken=True), 1, True, None, False),
        (Compiled("advance"), WORTH_COMPILING - 1, True, None, False),
        (Compiled("advance"), WORTH_COMPILING, True, None, True),
        (Compiled("advance"), WORTH_COMPILING, False, None, False),
        (Compiled(), 1, False, True, True),
        (Compiled("slopes"), WORTH_COMPILING, True, False, False),
    ],
)
def test_when_compiled_kernels_are_taken(
    kernels: Any, iterates: int, here: bool, jit: bool | None, taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(module, "compiled_kernels", lambda *given: noted(asked, given, kernels))
    monkeypatch.setattr(module, "numba_is_here", lambda: here)
    form, slope = Form(unit=True, present=(True,)), Form(unit=False, present=(False,))
    assert _kernels(form, slope, "slopes", iterates, jit) is (kernels if taken else None)
    assert asked == [(form, slope)]


# -------------------------------------------------------------------------------------------------------------- slopes


def test_slopes_that_telescope() -> None:
    """f + a = (z + a)(1 − z)², f' = (z − 1)(3z + 2a − 1); a z (1 − z)³ from 0, f' = a (1 − z)² (1 − 4z)."""
    whole = Slope.whole(residual())
    assert (whole.bound, whole.rows) == ((), rows((1, -2), (-4, 2), (3, 0)))
    assert whole.form == Form(unit=False, present=(True, True))
    reduced = Slope.reduced(residual())
    assert reduced.rows in (rows((-1, 2), (3, 0)), rows((1, -2), (-3, 0)))
    assert reduced.form == Form(unit=False, present=(True,))
    assert reduced.bound == (Telescope(share=HALF, kappa=rows((1,)), fixed=rows((0, 1), (1, 0))),)
    (each,) = Slope.reduced(family_of(a * z * (1 - z) ** 3)).bound
    assert each.share == Fraction(2, 3)
    assert each.kappa in (rows((0, 1)), rows((0, -1)))
    assert each.fixed in (rows((0,), (1,)), rows((0,), (-1,)))
    for plain in (logistic(), quadratic(), family_of(z**3 + a)):
        assert Slope.reduced(plain) == Slope.whole(plain)
    twice = Slope.reduced(family_of(z * (1 - z) ** 2 * (a - z) ** 2))  # both factors at once are no power of one
    assert twice.bound == ()


@pytest.mark.parametrize("expression", [z**3 + (a - 2) * z**2 + (1 - 2 * a) * z, a * z * (1 - z) ** 3])
def test_what_telescopes_is_corrected(expression: Any) -> None:
    """Σ log|f'| = Σ log|slope| + N · offset + ends along an orbit of 50 steps."""
    chosen = family_of(expression)
    parameters = np.array([1.2, 1.45, 1.3])
    whole, reduced = Slope.whole(chosen), Slope.reduced(chosen)
    image, slopes, rest = (coefficients_at(r, parameters) for r in (chosen.rows, whole.rows, reduced.rows))
    first = last = np.array([0.3, 0.7, -0.2 if chosen.degree == 3 else 0.4])
    total, part = np.zeros(3), np.zeros(3)
    for _ in range(50):
        total += np.log(np.abs(sum(row * last**k for k, row in enumerate(slopes))))
        part += np.log(np.abs(sum(row * last**k for k, row in enumerate(rest))))
        last = np.asarray(sum(row * last**k for k, row in enumerate(image)))
    offset, ends, doubtful = reduced.correction(parameters, first, last)
    assert (part + 50 * offset + ends).tolist() == pytest.approx(total.tolist(), abs=1e-9)
    assert not doubtful.any()
    nothing = whole.correction(parameters, first, last)
    assert [part.tolist() for part in nothing] == [[0, 0, 0], [0, 0, 0], [False] * 3]


def test_corrections_that_are_in_doubt() -> None:
    """Within 10⁻¹³ of the fixed point, seen from the greater of the two coefficients; or where κ vanishes."""
    each = Telescope(share=HALF, kappa=rows((0, 1)), fixed=rows((1,), (2,)))
    other = Telescope(share=HALF, kappa=rows((1,)), fixed=rows((0, -8), (1,)))
    parameters = np.array([1.0, 1.0, 1.0, 1.0, 0.0])
    near, far = -0.5 + 0.8e-13, -0.5 + 1.2e-13
    first, last = np.array([near, 0.0, far, 0.0, 0.0]), np.array([0.0, near, 0.0, far, 0.0])
    with np.errstate(divide="ignore"):
        doubtful = Slope(rows=(), bound=(each,)).correction(parameters, first, last)[2]
        assert doubtful.tolist() == [True, True, False, False, True]
        ends = np.array([8 + 0.5e-12, 8 + 0.5e-12, 8 + 1.2e-12, 8 + 1.2e-12, 8])  # 8 · 10⁻¹³ is the limit
        doubtful = Slope(rows=(), bound=(other, each)).correction(np.ones(5), ends, np.zeros(5) + 9)[2]
        assert doubtful.tolist() == [True, True, False, False, True]
        doubtful = Slope(rows=(), bound=(each, other)).correction(np.ones(5), ends, np.zeros(5) + 9)[2]
        assert doubtful.tolist() == [True, True, False, False, True]


def test_corrections_add_up() -> None:
    """Half of log|2z + 1| and a third of log|z − 8a|, with κ = a and κ = 3, from z = 1 to z = 2 at a = 5."""
    bound = (
        Telescope(share=HALF, kappa=rows((0, 1)), fixed=rows((1,), (2,))),
        Telescope(share=Fraction(1, 3), kappa=rows((3,)), fixed=rows((0, -8), (1,))),
    )
    found = Slope(rows=(), bound=bound).correction(np.array([5.0]), np.array([1.0]), np.array([2.0]))
    assert found[0] == pytest.approx([-np.log(5) / 2 - np.log(3) / 3])
    assert found[1] == pytest.approx([np.log(5 / 3) / 2 + np.log(38 / 39) / 3])
    limit = Slope(rows=(), bound=(Telescope(share=HALF, kappa=rows((1,)), fixed=rows((0,), (1,))),))
    doubtful = limit.correction(np.ones(2), np.array([1e-13, 0.99e-13]), np.ones(2))[2]
    assert doubtful.tolist() == [False, True]  # up to the limit, and no further


def test_bits_of_slopes() -> None:
    """|1 − 2a| + |2a − 4| R + 3 R², with R = 2 (|a − 2| + |1 − 2a| + 2)."""
    found = Ensemble(residual(), [1.25, 1.5], None)
    wanted = [np.log2(1.5 + 1.5 * 8.5 + 3 * 8.5**2), np.log2(2 + 9 + 3 * 81)]
    assert Slope.whole(residual()).bits(found).tolist() == pytest.approx(wanted, rel=1e-14)


# -------------------------------------------------------------------------------------------------------------- pieces


def test_powers_are_divided_out() -> None:
    for power in range(4):
        assert divide_out((Z - A) ** power * (Z + 1), Z - A) == (Z + 1, power)


def test_rows_of_polynomials() -> None:
    assert polynomial_rows(3 * Z**2 * A - A**2 / 2 + 7) == rows((7, 0, -HALF), (0, 0, 0), (0, 3, 0))
    assert polynomial_rows(Z**0) == rows((1,))
    assert form_of(rows((7, 0), (0, 0), (0, 3), (1, 0))) == Form(unit=True, present=(True, False, True))
    for top in ((1, 1), (2, 0), (0, 1)):
        assert form_of(rows((7, 0), top)) == Form(unit=False, present=(True,))


def test_coefficients_at_parameters() -> None:
    parameters = np.array([2.0, -3.0])
    found = coefficients_at(rows((Fraction(1, 4), -2, 3), (HALF, 0), (0, 1)), parameters)
    assert [row.tolist() for row in found] == [[0.25 - 4 + 12, 0.25 + 6 + 27], 0.5, [2, -3]]
    assert found[1].shape == ()
    with np.errstate(all="raise"):
        assert coefficients_at(rows((0, 10**300)), np.array([1e300]))[0].tolist() == [np.inf]
    with refused("family = coefficients: must have coefficients within the range of floats; take other units"):
        coefficients_at(rows((10**400,)), parameters)
    form = Form(unit=True, present=(False, True))
    assert [row.tolist() for row in used_coefficients(form, [np.array(k) for k in (5.0, 6.0, 1.0)])] == [5]
    form = Form(unit=False, present=(True, False))
    assert [row.tolist() for row in used_coefficients(form, [np.array(k) for k in (5.0, 6.0, 7.0)])] == [7, 6]


def test_the_free_critical_point() -> None:
    assert free_critical_point(residual(), np.array([0.5, 2.0])).tolist() == [0, -1]
    assert free_critical_point(logistic(), np.array([1.0, 2.0])).tolist() == [0.5, 0.5]
    assert free_critical_point(logistic(), np.array([1.0])).flags.writeable
    said = (
        "starts = None: must be given for a family without exactly one free critical point that is rational in the "
        "parameter; give one start per parameter, for instance a critical point"
    )
    for several in (family_of(z**3 - 3 * a**2 * z + 1), family_of(z**3 - 3 * a * z + 1)):
        with refused(said):
            free_critical_point(several, np.array([1.0]))
    falling = family_of(a * z**2 + z - a)  # c = −1/(2a)
    assert free_critical_point(falling, np.array([1.0])).tolist() == [-0.5]
    with refused("parameters = 0.0: must be where the critical point is finite; give starts"):
        free_critical_point(falling, np.array([1.0, 0.0]))


def test_all_critical_points_in_order() -> None:
    found = critical_points(residual(), np.array([0.5, -2.0, 1.5]))
    assert found.tolist() == [pytest.approx(row) for row in ([0, 1], [1, 5 / 3], [-2 / 3, 1])]
    pair = critical_points(family_of(z**3 - 3 * a * z + 1), np.array([4.0, -1.0, 0.0]))  # ±√a
    assert pair[0].tolist() == pytest.approx([-2, 2])
    assert np.isnan(pair[1]).all()
    assert pair[2].tolist() == [0, 0]
    falling = critical_points(family_of(a * z**2 + z), np.array([0.0, 1.0]))
    assert np.isnan(falling[0, 0])
    assert falling[1].tolist() == [-0.5]
    flat = critical_points(family_of(a * z**4 / 4 + 10**200 * z**2 / 2 + z), np.array([1e-200, 0.0, 1.0]))
    assert np.isnan(flat[0]).all()  # 10⁴⁰⁰ is no float
    assert flat.shape == (3, 3)
    assert flat[1, 0] == pytest.approx(-(10.0**-200), abs=0)
    assert np.isnan(flat[1, 1:]).all()
    near = critical_points(family_of(z**3 / 3 + 10**6 * z**2 + (10**12 + a) * z), np.array([0.0]))
    assert near[0].tolist() == pytest.approx([-(10.0**6)] * 2, rel=1e-6)  # a double root, or two beside it


# ------------------------------------------------------------------------------------------------------------- numbers


def test_numbers_are_copied() -> None:
    given = np.array([1.0, 2.0])
    found = finite_numbers(given, "x")
    found[0] = 7
    assert given.tolist() == [1, 2]
    for values in ([1, 2], (1, 2), [Fraction(1), sympy.Integer(2)], np.array([1, 2], dtype=np.uint8), [1.0, 2.0]):
        assert finite_numbers(values, "x").tolist() == [1, 2]
        assert finite_numbers(values, "x").dtype == np.float64


@pytest.mark.parametrize("values", [[True], ["1"], [1j], [object()], [None, "x"], [[1], [1, 2]], [10**400]])
def test_what_are_no_numbers(values: Any) -> None:
    with refused(str(InputError("x", values, "must be real numbers", "give floats"))):
        finite_numbers(values, "x")


def test_numbers_that_are_not_finite_or_too_many() -> None:
    for values in ([[1.0, float("nan")]], [[float("inf"), 1]]):
        with refused("x = shape (1, 2): must be a sequence of finite numbers; remove what is NaN or infinite"):
            finite_numbers(values, "x")
    many = np.broadcast_to(1.0, (2, MAX_BYTES // 8))
    with refused(f"x = shape {many.shape}: would take 4 GiB, more than 2 GiB; use fewer numbers"):
        finite_numbers(many, "x")
