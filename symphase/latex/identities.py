"""What a document says of a map, as identities that can be asked for a proof: fixed and critical points, conjugacies.

Each identity is a difference of two expressions that is expanded and tested for zero; the expressions are made from the
family alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import sympy

from symphase.enclosures import Verdict
from symphase.maps import exact_terms
from symphase.models import SYMBOLS
from symphase.steps import CheckResult, vanishes
from symphase.thresholds import FixedPoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symphase.boundaries import Boundaries
    from symphase.maps import PolynomialFamily

__all__ = [
    "Conjugacy",
    "CriticalPoint",
    "Identity",
    "conjugacies",
    "critical_points",
    "fixed_point_identities",
    "fixed_points_of",
    "identities_at",
    "unit_identity",
]

_METHOD: Final = "zero test of the expanded difference of the two sides"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An equation between two expressions.

    Attributes
    ----------
    title : str
        What it says, for a list of checks.
    text : str
        Its left-hand side as a reader writes it.
    left, right : sympy.Expr
        Both sides.
    """

    title: str
    text: str
    left: sympy.Expr
    right: sympy.Expr

    def check(self) -> CheckResult:
        """Expand the difference of the two sides and test it for zero.

        Returns
        -------
        CheckResult

        Certainty
        ---------
        Exact.
        """
        try:
            holds = vanishes(self.left - self.right)
        except ArithmeticError:
            holds = False
        return CheckResult(
            title=self.title,
            verdict=Verdict.PROVED if holds else Verdict.REFUTED,
            method=_METHOD,
            detail="" if holds else "the expanded difference is not zero",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalPoint:
    """A critical point that is rational in the parameter.

    Attributes
    ----------
    location, value : sympy.Expr
        c and f(c).
    is_free : bool
        Whether its orbit moves freely with the parameter.
    identities : tuple of Identity
        f′(c) = 0 and the value.
    """

    location: sympy.Expr
    value: sympy.Expr
    is_free: bool
    identities: tuple[Identity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conjugacy:
    """The map in another coordinate.

    Attributes
    ----------
    introduction : str
        Which coordinate, and why one would want it.
    identity : Identity
        What it becomes, in the old and the new symbols.
    remark : str
        What follows.
    definitions : tuple of (sympy.Symbol, sympy.Expr)
        New coordinates in terms of the old ones, where the introduction does not give them.
    """

    introduction: str
    identity: Identity
    remark: str = ""
    definitions: tuple[tuple[sympy.Symbol, sympy.Expr], ...] = ()


def _solved(family: PolynomialFamily, factor: Any) -> sympy.Expr | None:
    """The root of a factor that is linear in the variable."""
    if factor.degrees()[0] != 1:
        return None
    parts = [sympy.Integer(0), sympy.Integer(0)]
    for (power, order), value in exact_terms(factor).items():
        parts[power] += sympy.Rational(value.numerator, value.denominator) * family.parameter**order
    return sympy.factor(-parts[0] / parts[1])


def fixed_points_of(family: PolynomialFamily) -> tuple[FixedPoint, ...]:
    """Return the fixed points of a map of which no phases are told, each with its multiplier where it is rational."""
    slope = sympy.diff(family.expression, family.variable)
    found = []
    for each in family.fixed_point_factors:
        location = _solved(family, each)
        polynomial = sum(
            sympy.Rational(value.numerator, value.denominator) * family.variable**power * family.parameter**order
            for (power, order), value in exact_terms(each).items()
        )
        multiplier = None if location is None else sympy.factor(slope.subs(family.variable, location))
        found.append(FixedPoint(polynomial=polynomial, location=location, multiplier=multiplier, is_reference=False))
    return tuple(found)


def fixed_point_identities(boundaries: Boundaries) -> tuple[Identity, ...]:
    """Return f(p) = p and f′(p) = multiplier for each fixed point p that is rational in the parameter."""
    return identities_at(boundaries.reduced_family, boundaries.fixed_points)


def identities_at(family: PolynomialFamily, points: Sequence[FixedPoint]) -> tuple[Identity, ...]:
    """Return the same for given fixed points of a map."""
    slope = sympy.diff(family.expression, family.variable)
    found = []
    for point in points:
        if point.location is None or point.multiplier is None:
            continue
        put = {family.variable: point.location}
        found.append(
            Identity(
                title=f"{point.location} is a fixed point",
                text="f(p)",
                left=family.expression.subs(put),
                right=point.location,
            )
        )
        found.append(
            Identity(
                title=f"the multiplier at {point.location}",
                text="f′(p)",
                left=slope.subs(put),
                right=point.multiplier,
            )
        )
    return tuple(found)


def unit_identity(scale: sympy.Expr, unit: sympy.Expr) -> Identity:
    """Return the claim that the parameter is 1 at a step size."""
    return Identity(
        title="the step size at which the parameter is 1",
        text="a",
        left=scale.subs(SYMBOLS.eta, unit),
        right=sympy.Integer(1),
    )


def critical_points(family: PolynomialFamily) -> tuple[CriticalPoint, ...]:
    """Return the critical points that are rational in the parameter, with f there."""
    slope = sympy.diff(family.expression, family.variable)
    found = []
    for factor in family.critical_factors:
        location = _solved(family, factor)
        if location is None:
            continue
        put = {family.variable: location}
        value = _about_a_root(family.expression.subs(put), family.parameter)
        found.append(
            CriticalPoint(
                location=location,
                value=value,
                is_free=family.is_free(factor),
                identities=(
                    Identity(
                        title=f"{location} is a critical point",
                        text="f′(c)",
                        left=slope.subs(put),
                        right=sympy.Integer(0),
                    ),
                    Identity(title=f"f at {location}", text="f(c)", left=family.expression.subs(put), right=value),
                ),
            )
        )
    return tuple(found)


def _about_a_root(expression: sympy.Expr, parameter: sympy.Symbol) -> sympy.Expr:
    """Write a polynomial in the parameter as shortly as factoring with at most a linear rest allows."""
    candidates = [sympy.factor(expression), sympy.expand(expression)]
    rest = (
        sympy.Poly(sympy.expand(expression), parameter) if sympy.expand(expression).is_polynomial(parameter) else None
    )
    if rest is not None and rest.degree() >= 2:
        candidates += [
            sympy.factor(expression + parameter) - parameter,
            sympy.factor(expression - parameter) + parameter,
        ]
    return min(candidates, key=lambda one: (sympy.count_ops(one), str(one)))


def _fresh(family: PolynomialFamily, *names: str) -> tuple[sympy.Symbol, ...]:
    """Symbols that the family does not use; the first free one of each list of names."""
    taken = {str(family.variable), str(family.parameter)}
    found = []
    for choice in names:
        name = next(one for one in choice.split() if one not in taken)
        taken.add(name)
        found.append(sympy.Symbol(name))
    return tuple(found)


def conjugacies(family: PolynomialFamily) -> tuple[Conjugacy, ...]:
    """Return the coordinates in which a family takes a known form; empty where none is known.

    Parameters
    ----------
    family : PolynomialFamily

    Returns
    -------
    tuple of Conjugacy

    Examples
    --------
    >>> from symphase.maps import PolynomialFamily
    >>> z, a = sympy.symbols("z a")
    >>> residual = PolynomialFamily(z**3 + (a - 2) * z**2 + (1 - 2 * a) * z, variable=z, parameter=a)
    >>> [str(one.identity.check().verdict) for one in conjugacies(residual)]
    ['proved', 'proved', 'proved', 'proved', 'proved']
    """
    from symphase.phases import residual_family

    if family.rows == residual_family().rows:
        return _of_the_residual_map(family)
    if family.degree == 2:
        return _of_a_quadratic(family)
    quotient = family.odd_quotient()
    return () if quotient is None else _of_an_odd_map(family, quotient)


def _of_the_residual_map(family: PolynomialFamily) -> tuple[Conjugacy, ...]:
    z, a, f = family.variable, family.parameter, family.expression
    w, t, s, v, x = _fresh(family, "w u", "t b", "s r", "v q", "x y")
    shifted = f.subs(z, w - a) + a
    return (
        Conjugacy(
            introduction=(
                f"The map in factored form shows what happens at its ends: at {z} = −{a} and at {z} = 1 it takes the "
                f"value −{a}."
            ),
            identity=Identity(title="the factored form", text=f"f({z})", left=f, right=(z + a) * (1 - z) ** 2 - a),
        ),
        Conjugacy(
            introduction=(
                f"With {w} = {z} + {a} and {t} = {a} + 1 the fixed point −{a} moves to 0, and what is left is a square."
            ),
            identity=Identity(
                title="the square form", text=f"f({z}) + {a}", left=shifted, right=(w * (w - t) ** 2).subs(t, a + 1)
            ),
            remark=f"In these coordinates the map is {w}({w} − {t})²; ({w}, {t}) → (−{w}, −{t}) leaves it as it is.",
        ),
        Conjugacy(
            introduction=f"With {w} = ({a} + 1){s} the parameter becomes a factor in front of a map without parameter.",
            identity=Identity(
                title="a multiple of one map",
                text=f"(f({z}) + {a})/({a} + 1)",
                left=shifted.subs(w, (a + 1) * s) / (a + 1),
                right=(a + 1) ** 2 * s * (s - 1) ** 2,
            ),
            remark="This is the form to which the theorem on the monotonicity of the entropy applies.",
        ),
        Conjugacy(
            introduction=(
                f"The weight itself: with {z} = {v}² − {a} the map is the quotient, by {v} ↔ −{v}, of the odd cubic "
                f"map {v} → (1 + {a}){v} − {v}³."
            ),
            identity=Identity(
                title="the odd cubic above it",
                text=f"f({v}² − {a}) + {a}",
                left=f.subs(z, v**2 - a) + a,
                right=((1 + a) * v - v**3) ** 2,
            ),
        ),
        Conjugacy(
            introduction=f"At {a} = 2 the map is {z}³ − 3{z}, and {z} = {x} + 1/{x} turns it into cubing.",
            identity=Identity(
                title="tripling at the end",
                text=f"f({x} + 1/{x})",
                left=f.subs(a, 2).subs(z, x + 1 / x),
                right=x**3 + x**-3,
            ),
            remark=f"With {z} = 2 cos θ this is the tripling of the angle θ: the Chebyshev polynomial of degree 3.",
        ),
    )


def _of_a_quadratic(family: PolynomialFamily) -> tuple[Conjugacy, ...]:
    z, f = family.variable, family.expression
    u, x = _fresh(family, "u w v", "x y q")
    polynomial = sympy.Poly(f, z)
    top, slope, constant = (polynomial.nth(k) for k in (2, 1, 0))
    control = sympy.factor(sympy.expand(top * constant + slope / 2 - slope**2 / 4))
    inner = (u - slope / 2) / top
    return (
        Conjugacy(
            introduction=(
                "Every quadratic map is conjugate, by a change of scale and of origin, to a square plus a constant."
            ),
            identity=Identity(
                title="a square plus a constant",
                text=f"{u}′",
                left=top * f.subs(z, inner) + slope / 2,
                right=u**2 + control,
            ),
            definitions=((u, top * z + slope / 2),),
        ),
        Conjugacy(
            introduction=f"Where that constant is −2, {u} = {x} + 1/{x} turns the map into squaring.",
            identity=Identity(
                title="doubling at the end",
                text=f"({x} + 1/{x})² − 2",
                left=(x + 1 / x) ** 2 - 2,
                right=x**2 + x**-2,
            ),
            remark=f"With {u} = 2 cos θ this is the doubling of the angle θ.",
        ),
    )


def _of_an_odd_map(family: PolynomialFamily, quotient: PolynomialFamily) -> tuple[Conjugacy, ...]:
    z = family.variable
    s, v = _fresh(family, "s r", "v u")
    polynomial = sympy.Poly(family.expression, z)
    centre = sympy.factor(-polynomial.nth(family.degree - 1) / (family.degree * polynomial.nth(family.degree)))
    moved = family.expression.subs(z, centre + v) - centre
    return (
        Conjugacy(
            introduction=(
                f"The map commutes with the reflection that turns {v} into −{v}, where {v} is the distance from its "
                f"centre; so the square {s} = {v}² has a map of its own, with half as many points to follow."
            ),
            identity=Identity(
                title="the quotient by the reflection",
                text=f"{s}′",
                left=moved**2,
                right=quotient.expression.subs(quotient.variable, v**2),
            ),
            definitions=((v, z - centre),),
        ),
    )
