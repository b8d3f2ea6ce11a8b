"""A family of maps at many parameters in floats: coefficients, critical points, and which slopes must be multiplied.

Between the exact family and the float kernels.  What can be known exactly is taken from the family's polynomials, the
telescoping factors of f' among it; numbers come out as float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symphase.arguments import check_memory
from symphase.errors import InputError
from symphase.kernels import CompiledKernels, Form, Lanes, compiled_kernels, escape_radius, numba_is_here
from symphase.maps import PolynomialFamily, exact_terms

__all__ = ["ESCAPED", "Ensemble", "Slope", "Telescope", "critical_points", "finite_numbers", "free_critical_point"]

Floats = NDArray[np.float64]
Rows = tuple[tuple[Fraction, ...], ...]

ESCAPED: Final = 1e6
WORTH_COMPILING: Final = 1_000_000_000  # iterates: importing numba and compiling costs as much in NumPy


class Ensemble:
    """A family at many parameters, in floats."""

    def __init__(self, family: PolynomialFamily, parameters: ArrayLike, starts: ArrayLike | None) -> None:
        self.a = finite_numbers(parameters, "parameters")
        if self.a.ndim != 1:
            said = "must be a sequence of finite numbers"
            raise InputError("parameters", f"shape {self.a.shape}", said, "give one axis, as [1.2, 1.5]")
        self.count = self.a.size
        if starts is None:
            self.starts = free_critical_point(family, self.a)
        else:
            self.starts = finite_numbers(starts, "starts")
            if self.starts.ndim == 0:
                self.starts = np.full(self.count, self.starts[()])
            if self.starts.shape != self.a.shape:
                said = f"must be one for each of the {self.count} parameters"
                raise InputError("starts", f"{self.starts.size} numbers", said, "or one number for all of them")
        self.form = form_of(family.rows)
        every = coefficients_at(family.rows, self.a)
        self.coefficients = used_coefficients(self.form, every)
        self.radius = np.broadcast_to(escape_radius(every), self.a.shape)
        self.fast = self.radius <= ESCAPED

    def lanes(
        self, kernel: str, steps: int, jit: bool | None, which: NDArray[Any] | None = None, slope: Form | None = None
    ) -> Lanes:
        """Lanes for the parameters whose orbits need no look at every step; ``steps`` is the work ahead."""
        kernels = _kernels(self.form, slope or self.form, kernel, steps * self.count, jit)
        part: Any = slice(None) if which is None else which
        rows = [row[part] if row.ndim else row for row in self.coefficients]
        return Lanes(self.form, rows, self.starts[part], kernels=kernels)

    def careful_lanes(self, which: NDArray[Any]) -> Lanes:
        """Lanes that look for escape in every step, for some of the parameters."""
        rows = [row[which] if row.ndim else row for row in self.coefficients]
        return Lanes(self.form, rows, self.starts[which], bound=ESCAPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telescope:
    """A factor q of f' with f(z) − p = κ (z − p) q^m, and p fixed: its mean logarithm is −log|κ|/m."""

    share: Fraction  # power of q in f', over m
    kappa: Rows  # in a alone
    fixed: Rows  # u z + v, with p = −v/u


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """What is multiplied along the orbits: f', without the factors that telescope."""

    rows: Rows
    bound: tuple[Telescope, ...]

    @property
    def form(self) -> Form:
        """Its shape for Horner's rule."""
        return form_of(self.rows)

    @classmethod
    def whole(cls, family: PolynomialFamily) -> Slope:
        """Return all of f'."""
        return cls(rows=polynomial_rows(family.derivative), bound=())

    @classmethod
    def reduced(cls, family: PolynomialFamily) -> Slope:
        """Return f' without its factors q for which f(z) − p = κ (z − p) q^m identically, p a fixed point in Q(a).

        Along an orbit log|z − p| then telescopes: m Σ log|q(z_t)| = −N log|κ| + log|z_N − p| − log|z_0 − p|.

        Examples
        --------
        >>> import sympy
        >>> a, z = sympy.symbols("a z")
        >>> residual = PolynomialFamily((z + a) * (1 - z) ** 2 - a, variable=z, parameter=a)
        >>> [[str(value) for value in row] for row in Slope.reduced(residual).rows]  # up to sign 1 − 2a − 3z
        [['-1', '2'], ['3', '0']]
        """
        slope, bound = family.derivative, []
        for factor, power in family.derivative.factor()[1]:
            for fixed in family.fixed_point_factors:
                if fixed.degrees()[0] != 1:
                    continue
                # u f + v, which vanishes where f(z) = p
                image = fixed.compose(family.polynomial, family.polynomial.context().gens()[1])
                rest, once = divide_out(image, fixed)
                kappa, times = divide_out(rest, factor)
                if once == 1 and times and not kappa.degrees()[0]:
                    slope = divide_out(slope, factor)[0]
                    share = Fraction(power, times)
                    bound.append(Telescope(share=share, kappa=polynomial_rows(kappa), fixed=polynomial_rows(fixed)))
                    break
        return cls(rows=polynomial_rows(slope), bound=tuple(bound))

    def bits(self, ensemble: Ensemble) -> Floats:
        """log₂ of the largest slope on orbits that stay bounded, from the coefficients."""
        rows = coefficients_at(self.rows, ensemble.a)
        return np.log2(sum(np.abs(row) * ensemble.radius**k for k, row in enumerate(rows)))

    def correction(self, a: Floats, first: Floats, last: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """What each step adds, what the two ends add, and where neither can be relied on."""
        offset, ends, doubtful = np.zeros(a.shape), np.zeros(a.shape), np.zeros(a.shape, dtype=np.bool_)
        for each in self.bound:
            share = float(each.share)
            (kappa,) = coefficients_at(each.kappa, a)
            v, u = coefficients_at(each.fixed, a)
            offset -= share * np.log(np.abs(kappa))
            ends += share * (np.log(np.abs(u * last + v)) - np.log(np.abs(u * first + v)))
            for z in (first, last):  # so close to p that rounding has taken over
                doubtful |= ~(np.abs(u * z + v) >= 1e-13 * np.maximum(np.abs(u), np.abs(v)))
        return offset, ends, doubtful | ~np.isfinite(offset)


def divide_out(polynomial: Any, factor: Any) -> tuple[Any, int]:
    """Return the quotient by the highest power of a factor that divides, and that power."""
    power = 0
    quotient, remainder = divmod(polynomial, factor)
    while remainder.is_zero():
        polynomial, power = quotient, power + 1
        quotient, remainder = divmod(polynomial, factor)
    return polynomial, power


def polynomial_rows(polynomial: Any) -> Rows:
    """Coefficients of a FLINT polynomial as ``PolynomialFamily.rows`` holds them."""
    terms = exact_terms(polynomial)
    height, width = max(k for k, _ in terms) + 1, max(j for _, j in terms) + 1
    return tuple(tuple(terms.get((k, j), Fraction(0)) for j in range(width)) for k in range(height))


def form_of(rows: Rows) -> Form:
    top = rows[-1]
    return Form(unit=top[0] == 1 and not any(top[1:]), present=tuple(any(row) for row in rows[-2::-1]))


def coefficients_at(rows: Rows, a: Floats) -> list[Floats]:
    """Lowest power first; of shape () where the parameter does not matter."""
    found = []
    try:
        with np.errstate(all="ignore"):
            for row in rows:
                if not any(row[1:]):
                    found.append(np.array(float(row[0])))
                    continue
                total = np.full(a.shape, float(row[-1]))
                for coefficient in row[-2::-1]:
                    total = total * a + float(coefficient)
                found.append(total)
    except OverflowError:
        raise InputError(
            "family", "coefficients", "must have coefficients within the range of floats", "take other units"
        ) from None
    return found


def used_coefficients(form: Form, coefficients: Sequence[Floats]) -> list[Floats]:
    """Return those that Horner's rule needs, highest power first."""
    below = [row for row, present in zip(coefficients[-2::-1], form.present, strict=True) if present]
    return below if form.unit else [coefficients[-1], *below]


def free_critical_point(family: PolynomialFamily, a: Floats) -> Floats:
    """Return the critical point whose orbit moves freely with the parameter, where there is just one; shape (p,)."""
    factors = family.free_critical_factors
    if len(factors) != 1 or factors[0].degrees()[0] != 1:
        raise InputError(
            "starts",
            None,
            "must be given for a family without exactly one free critical point that is rational in the parameter",
            "give one start per parameter, for instance a critical point",
        )
    points = _root_of_linear(factors[0], a)
    if not np.isfinite(points).all():
        where = float(a[~np.isfinite(points)][0])
        raise InputError("parameters", where, "must be where the critical point is finite", "give starts")
    return points


def _root_of_linear(factor: Any, a: Floats) -> Floats:
    bottom, top = coefficients_at(polynomial_rows(factor), a)
    with np.errstate(all="ignore"):
        return np.broadcast_to(-bottom / top, a.shape).copy()


def critical_points(family: PolynomialFamily, a: Floats) -> Floats:
    """All real critical points in increasing order, then NaN; shape (p, m)."""
    columns: list[Floats] = []
    for factor in family.critical_factors:
        if factor.degrees()[0] == 1:
            points = _root_of_linear(factor, a)
            columns.append(np.where(np.isfinite(points), points, np.nan)[:, None])
            continue
        rows = [np.broadcast_to(row, a.shape) for row in coefficients_at(polynomial_rows(factor), a)]
        found = np.full((a.size, factor.degrees()[0]), np.nan)
        for k in range(a.size):
            try:
                with np.errstate(all="ignore"):
                    roots = np.roots([row[k] for row in rows[::-1]])
            except np.linalg.LinAlgError:  # beyond the range of floats
                continue
            real = roots[np.abs(roots.imag) <= 1e-12 * (1 + np.abs(roots))].real
            found[k, : real.size] = real
        columns.append(found)
    return np.sort(np.concatenate(columns, axis=1), axis=1)


def _kernels(form: Form, slope: Form, kernel: str, iterates: int, jit: bool | None) -> CompiledKernels | None:
    """The compiled kernels where they are wanted, or worth it; None for NumPy."""
    kernels = compiled_kernels(form, slope)
    if jit is not None:
        return kernels if jit else None
    if not (kernels.is_ready(kernel) or (iterates >= WORTH_COMPILING and numba_is_here())):
        return None
    try:
        _ = kernels.advance
    except ImportError:  # installed, but not for this NumPy
        return None
    return kernels


def finite_numbers(values: ArrayLike, name: str) -> Floats:
    """Read an argument as an array of float64, copied; refuse what is no finite real number."""
    try:
        given = np.asarray(values)
        if given.dtype.kind not in "iufO":
            raise TypeError
        check_memory(given.size, name, f"shape {given.shape}", "use fewer numbers")
        found = np.array(given, dtype=np.float64)
    except InputError:
        raise
    except Exception:  # noqa: BLE001  # objects are turned into floats by methods of their own
        raise InputError(name, values, "must be real numbers", "give floats") from None
    if not np.isfinite(found).all():
        said = "must be a sequence of finite numbers"
        raise InputError(name, f"shape {found.shape}", said, "remove what is NaN or infinite")
    return found
