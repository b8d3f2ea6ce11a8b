"""The families that the tests share: the derived residual map and three textbook maps."""

from __future__ import annotations

from typing import Any

import sympy

from symphase.maps import PolynomialFamily
from symphase.phases import residual_family

__all__ = ["family_of", "logistic", "odd_cubic", "quadratic", "residual"]

_r, _x, _c, _v = sympy.symbols("r x c v")
_a, _z = sympy.symbols("a z")


def family_of(expression: Any) -> PolynomialFamily:
    """The family of a formula in the variable z and the parameter a, or in x and r."""
    found = sympy.expand(expression)
    variable, parameter = (_x, _r) if found.has(_x, _r) else (_z, _a)
    return PolynomialFamily(found, variable=variable, parameter=parameter)


def residual() -> PolynomialFamily:
    return residual_family()


def logistic() -> PolynomialFamily:
    return PolynomialFamily(_r * _x * (1 - _x), variable=_x, parameter=_r)


def quadratic() -> PolynomialFamily:
    return PolynomialFamily(_x**2 + _c, variable=_x, parameter=_c)


def odd_cubic() -> PolynomialFamily:
    return PolynomialFamily(_r * _v - _v**3, variable=_v, parameter=_r)
