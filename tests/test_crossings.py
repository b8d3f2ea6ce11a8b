"""The plain mpmath witness sees every boundary of six families, and no number that is off by 10⁻¹⁰."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction

import pytest
import sympy
from families import logistic, odd_cubic, quadratic, residual

from symphase.boundaries import Boundary, find_boundaries
from symphase.crossings import crosses
from symphase.cycles import CertifiedBifurcation
from symphase.maps import PolynomialFamily
from symphase.onset import Onset

_x, _r = sympy.symbols("x r")


def quartic() -> PolynomialFamily:
    """Its story begins with a fold, from no real fixed point to two."""
    return PolynomialFamily(_x**4 - _r, variable=_x, parameter=_r)


def allee() -> PolynomialFamily:
    """Its critical orbit escapes over a cycle of period 2."""
    return PolynomialFamily(sympy.expand(_r * _x**2 * (1 - _x)), variable=_x, parameter=_r)


@pytest.mark.parametrize(
    ("make", "count"), [(residual, 9), (logistic, 8), (quadratic, 8), (odd_cubic, 9), (quartic, 4), (allee, 7)]
)
def test_every_boundary_is_seen_and_no_shifted_one(make: Callable[[], PolynomialFamily], count: int) -> None:
    boundaries = find_boundaries(make())
    assert len(boundaries) == count
    for boundary in boundaries:
        assert crosses(boundaries, boundary), boundary.name
        for shift in (Fraction(-1, 10**10), Fraction(1, 10**10)):
            assert not crosses(boundaries, _shifted(boundary, shift)), (boundary.name, shift)


def _shifted(boundary: Boundary, shift: Fraction) -> Boundary:
    value = boundary.value
    if isinstance(value, Onset):  # a bracket: moved by its own width it no longer holds the onset
        wide = (value.bracket[1] - value.bracket[0]) * (1 if shift > 0 else -1)
        return dataclasses.replace(
            boundary, value=dataclasses.replace(value, bracket=(value.bracket[0] + wide, value.bracket[1] + wide))
        )
    if isinstance(value, CertifiedBifurcation):
        lower, upper = value.parameter
        moved = dataclasses.replace(value, parameter=(lower + shift, upper + shift))
        return _Frozen.of(boundary, moved)
    return dataclasses.replace(boundary, value=value.affine(1, shift))


class _Frozen(Boundary):
    """A boundary whose digits are those of its box as it stands."""

    @classmethod
    def of(cls, boundary: Boundary, value: CertifiedBifurcation) -> Boundary:
        names = [f.name for f in dataclasses.fields(boundary)]
        return cls(**{name: getattr(boundary, name) for name in names} | {"value": value})

    def decimal(self, digits: int = 20) -> str:
        assert isinstance(self.value, CertifiedBifurcation)
        lower, upper = self.value.parameter
        scaled = round((lower + upper) / 2 * 10**digits)
        return f"{scaled // 10**digits}.{scaled % 10**digits:0{digits}d}" if scaled >= 0 else str(scaled / 10**digits)
