"""Models, what can be read off them, and polynomial families, to draw."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Final, Literal

import sympy
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from symphase.arguments import flag, instance, one_of, to_float, whole
from symphase.errors import InputError
from symphase.formulas import exact_rational, positive_rational
from symphase.maps import PolynomialFamily
from symphase.models import (
    Model,
    OneWeight,
    PhaseRetrieval,
    PolynomialLoss,
    PolynomialModel,
    QuadraticForm,
    SquaredResidual,
    TwoLayerNetwork,
)
from symphase.models.model import model_parameter
from symphase.strategies.rationals import Exact, checked, several

__all__ = ["models", "polynomial_families", "quadratic_forms", "squared_residuals"]

Given = Exact | SearchStrategy[Any]

KINDS: Final[tuple[type[Model], ...]] = (OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork, PolynomialLoss)


@st.composite
def _signed(draw: st.DrawFn) -> Fraction:  # not built by a function: Hypothesis shows what a composite returns
    return draw(_SMALL) * draw(st.sampled_from([1, -1]))


_SMALL: Final = st.sampled_from([Fraction(n, d) for d in (1, 2, 3) for n in range(1, 2 * d + 1)])
_SIGNED: Final = _signed()
_ZERO: Final = st.just(Fraction(0))
_REDUCTIONS: Final = ("mean", "sum")
_WIDTH: Final = 64


def models(
    *,
    kinds: Iterable[type[Model]] | None = None,
    symbolic: bool | None = None,
    reducible: bool | None = None,
    gammas: Given | None = None,
    cs: Given | None = None,
    alphas: Given | None = None,
    widths: int | SearchStrategy[int] | None = None,
    loss_factors: Given | None = None,
    reductions: Literal["mean", "sum"] | SearchStrategy[str] | None = None,
    max_degree: int = 4,
) -> SearchStrategy[Model]:
    """Draw models: every kind that symphase ships, with numbers or with symbols for its parameters.

    Parameters
    ----------
    kinds : iterable of model classes, optional
        Some of OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork and PolynomialLoss; all when left out.
    symbolic : bool, optional
        True: leave parameters open (OneWeight and PolynomialLoss have none, and are as they are).  False: give each a
        number.  Either when left out.
    reducible : bool, optional
        True: only models whose gradient descent reduces to the residual map.  False: only others.
    gammas, cs : number or strategy, optional
        γ and c of phase retrieval; small rationals when left out, γ ≠ 0.
    alphas : number or strategy, optional
        α ≠ 0 of the network.
    widths : int up to 64 or strategy, optional
        Neurons of the network; 1 to 3 when left out.
    loss_factors : number or strategy, optional
        λ > 0 of a polynomial model.
    reductions : "mean", "sum" or strategy, optional
        Either when left out.
    max_degree : int, 2 to 8
        Of polynomial predictions; losses have up to twice as much.

    Returns
    -------
    SearchStrategy of Model
        Shrinks towards the first of ``kinds``, with small numbers.

    Raises
    ------
    InputError
        For what is no kind of model, a degree out of range, and when no kind is left.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(models(), lambda model: True)
    <OneWeight: g = w², mean over the samples>
    >>> find(models(kinds=[PhaseRetrieval], gammas=2, cs=0), lambda model: True)
    <PhaseRetrieval: g = p², mean over the samples>
    >>> find(models(kinds=[TwoLayerNetwork], reducible=False, symbolic=False), lambda model: True).scale is None
    True
    """
    chosen = _kinds(kinds)
    flag(symbolic, "symbolic", optional=True)
    flag(reducible, "reducible", optional=True)
    max_degree = whole(max_degree, "max_degree", least=2, most=8)
    reduced = checked(st.sampled_from(_REDUCTIONS) if reductions is None else reductions, _reduction_of)
    makers: dict[type[Model], SearchStrategy[Model]] = {}
    if reducible is not False:
        makers[OneWeight] = st.builds(OneWeight, reduction=reduced)
        makers[PhaseRetrieval] = st.builds(
            PhaseRetrieval,
            gamma=_parameter("gammas", gammas, st.sampled_from([Fraction(2)]) | _SIGNED, symbolic),
            c=_parameter("cs", cs, _ZERO | _SIGNED, symbolic),
            reduction=reduced,
        )
    if not reducible:
        makers[PolynomialLoss] = _polynomial_losses(max_degree)
    makers[PolynomialModel] = _polynomial_models(symbolic, reducible, loss_factors, reduced, max_degree)
    makers[TwoLayerNetwork] = _networks(symbolic, reducible, alphas, widths, reduced)
    found = [makers[kind] for kind in chosen if kind in makers]
    if not found:
        names = ", ".join(kind.__name__ for kind in chosen)
        raise InputError("kinds", names, f"leaves no model with reducible={reducible}", "name another kind")
    return st.one_of(found)


def _kinds(given: object) -> tuple[type[Model], ...]:
    if given is None:
        return KINDS
    accepted, advice = f"must be some of {', '.join(each.__name__ for each in KINDS)}", "give the classes themselves"
    chosen = several(given, "kinds", accepted, f"{advice}, in a list", most=64)
    for kind in chosen:
        if not isinstance(kind, type) or kind not in KINDS:
            raise InputError("kinds", kind, accepted, advice)
    return chosen


def _reduction_of(given: object) -> object:
    one_of(given, _REDUCTIONS, "reductions", "leave it out for either")
    return given


def _parameter(
    argument: str, given: Given | None, usual: SearchStrategy[Any], symbolic: bool | None
) -> SearchStrategy[Any]:
    """A number as asked for; where nothing is, the usual numbers or (None) the symbol."""
    if given is not None:
        return checked(given, lambda number: _number(number, argument))
    if symbolic is None:
        return usual | st.none()
    return st.none() if symbolic else usual


def _number(given: object, argument: str) -> sympy.Expr | None:
    if given is None:  # the symbol
        return None
    found = model_parameter(given, sympy.Symbol(argument), argument)
    if found.is_Rational:
        to_float(Fraction(found.p, found.q), argument)
    return found


def _networks(
    symbolic: bool | None,
    reducible: bool | None,
    alphas: Given | None,
    widths: int | SearchStrategy[int] | None,
    reductions: SearchStrategy[Any],
) -> SearchStrategy[Model]:
    usual = st.integers(1 if reducible is not False else 2, 3)
    sizes = checked(usual if widths is None else widths, lambda width: whole(width, "widths", least=1, most=_WIDTH))
    numbers = _parameter("alphas", alphas, _SIGNED, symbolic)

    @st.composite
    def networks(draw: st.DrawFn) -> Model:
        width = draw(sizes)
        alpha = draw(numbers)
        reduction = draw(reductions)
        mixed = draw(st.booleans()) if reducible is None else not reducible
        if not mixed:
            return TwoLayerNetwork(alpha=alpha, width=width, reduction=reduction)
        outer = tuple(draw(st.lists(_SIGNED, min_size=width, max_size=width)))
        assume(reducible is None or len(set(outer)) > 1)
        return TwoLayerNetwork(alpha=alpha, outer_weights=outer, reduction=reduction)

    return networks()


def _polynomial_models(
    symbolic: bool | None,
    reducible: bool | None,
    loss_factors: Given | None,
    reductions: SearchStrategy[Any],
    max_degree: int,
) -> SearchStrategy[Model]:
    w, b = sympy.symbols("w b")
    usual = st.sampled_from([Fraction(1, 2)]) | _SMALL
    factors = checked(usual if loss_factors is None else loss_factors, lambda v: positive_rational(v, "loss_factors"))

    @st.composite
    def polynomials(draw: st.DrawFn) -> Model:
        if reducible is False and max_degree < 3:
            degree = 1  # linear regression: a map, but not the residual map
        else:
            low, high = (2, 2) if reducible else (3, max_degree) if reducible is False else (1, max_degree)
            degree = draw(st.integers(low, high))
        lower = [draw(_ZERO | _SIGNED) for _ in range(degree)]
        entries = [sympy.Rational(v.numerator, v.denominator) for v in (*lower, draw(_SIGNED))]
        if draw(st.booleans()) if symbolic is None else symbolic:
            entries[min(1, degree - 1)] = b
        factor = draw(factors)
        prediction = sympy.Add(*(entry * w**k for k, entry in enumerate(entries)))
        return PolynomialModel(prediction, weight=w, loss_factor=factor, reduction=draw(reductions))

    return polynomials()


def _polynomial_losses(max_degree: int) -> SearchStrategy[Model]:
    w = sympy.Symbol("w")

    @st.composite
    def losses(draw: st.DrawFn) -> Model:
        degree = draw(st.integers(2, 2 * max_degree))
        values = [*(draw(_ZERO | _SIGNED) for _ in range(degree)), draw(_SIGNED)]
        terms = (sympy.Rational(v.numerator, v.denominator) * w**k for k, v in enumerate(values))
        return PolynomialLoss(sympy.Add(*terms), weight=w)

    return losses()


def quadratic_forms(*, kinds: Iterable[type[Model]] | None = None) -> SearchStrategy[QuadraticForm]:
    """Draw predictions as completed sums of squares, those of reducible models with numbers.

    Parameters
    ----------
    kinds : iterable of model classes, optional
        As for :func:`models`.

    Returns
    -------
    SearchStrategy of QuadraticForm

    Examples
    --------
    >>> from hypothesis import find
    >>> find(quadratic_forms(), lambda form: True)
    <QuadraticForm: 0 plus 1 square of 1·xᵀw + 0>
    """
    drawn = models(kinds=kinds, symbolic=False, reducible=True)

    @st.composite
    def forms(draw: st.DrawFn) -> QuadraticForm:
        model = draw(drawn)
        found = model.quadratic_form()
        if found is None:  # cannot happen: a reducible model is quadratic
            raise ArithmeticError(f"{model!r} has no quadratic form")
        return found

    return forms()


def squared_residuals(*, max_degree: int = 2) -> SearchStrategy[SquaredResidual]:
    """Draw squared residuals λ(g − y)² + offset, as they are found inside a :class:`symphase.PolynomialLoss`.

    Parameters
    ----------
    max_degree : int, 1 to 8
        Of g.

    Returns
    -------
    SearchStrategy of SquaredResidual

    Raises
    ------
    InputError
        For a degree out of range.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(squared_residuals(), lambda found: True)
    <SquaredResidual: (1)(g − y)², g = w, y = 0>
    """
    max_degree = whole(max_degree, "max_degree", least=1, most=8)
    w = sympy.Symbol("w")

    @st.composite
    def squares(draw: st.DrawFn) -> SquaredResidual:
        degree = draw(st.integers(1, max_degree))
        inner = [draw(_ZERO | _SIGNED) for _ in range(degree)]
        g = w**degree + sympy.Add(*(sympy.Rational(v.numerator, v.denominator) * w**k for k, v in enumerate(inner)))
        factor, offset = draw(_SMALL), draw(_ZERO | _SIGNED)
        loss = sympy.Rational(factor.numerator, factor.denominator) * g**2
        found = PolynomialLoss(loss + sympy.Rational(offset.numerator, offset.denominator), weight=w).squared
        if found is None:  # cannot happen: the loss was made of a square
            raise ArithmeticError(f"no square was found in {loss}")
        return found

    return squares()


def polynomial_families(
    *,
    min_degree: int = 2,
    max_degree: int = 3,
    max_parameter_degree: int = 1,
    coefficients: SearchStrategy[Any] | None = None,
    conjugate_to: PolynomialFamily | None = None,
) -> SearchStrategy[PolynomialFamily]:
    """Draw families z ← f(z, a) of polynomial maps with rational coefficients.

    Parameters
    ----------
    min_degree, max_degree : int, 2 to 8
        Of f in z.
    max_parameter_degree : int, 0 to 8
        Of each coefficient in a.
    coefficients : strategy of exact numbers, optional
        Small rationals when left out.
    conjugate_to : PolynomialFamily, optional
        Draw what this family becomes in other coordinates s·z + m, with rational s ≠ 0 and m, instead: its phases and
        its boundaries stay where they are.

    Returns
    -------
    SearchStrategy of PolynomialFamily

    Raises
    ------
    InputError
        For degrees that are not as above, and for degrees or coefficients beside ``conjugate_to``.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(polynomial_families(), lambda family: True)
    <PolynomialFamily: z ← z², parameter a>
    """
    z, a = sympy.symbols("z a")
    if conjugate_to is not None:
        return _conjugates(conjugate_to)
    low = whole(min_degree, "min_degree", least=2, most=8)
    high = whole(max_degree, "max_degree", least=low, most=8)
    order = whole(max_parameter_degree, "max_parameter_degree", least=0, most=8)
    entries: SearchStrategy[Any] = _ZERO | _SIGNED
    if coefficients is not None:
        given = instance(coefficients, SearchStrategy, "coefficients", "as hypothesis.strategies.integers(-3, 3)")
        entries = given.map(lambda drawn: exact_rational(drawn, "coefficients"))

    @st.composite
    def families(draw: st.DrawFn) -> PolynomialFamily:
        degree = draw(st.integers(low, high))
        total = sympy.Integer(0)
        for power in range(degree + 1):
            for j in range(order + 1):
                leading = power == degree and j == 0 and coefficients is None
                value = draw(_SIGNED if leading else entries)
                total += sympy.Rational(value.numerator, value.denominator) * z**power * a**j
        assume(sympy.Poly(total, z).degree() >= 2)
        return PolynomialFamily(total, variable=z, parameter=a)

    return families()


def _conjugates(family: PolynomialFamily) -> SearchStrategy[PolynomialFamily]:
    instance(family, PolynomialFamily, "conjugate_to", "as derive(model).family")

    @st.composite
    def changed(draw: st.DrawFn) -> PolynomialFamily:
        stretch, shift = draw(st.sampled_from([Fraction(1)]) | _SIGNED), draw(_ZERO | _SIGNED)
        s, m = (sympy.Rational(v.numerator, v.denominator) for v in (stretch, shift))
        z = family.variable
        expression = s * family.expression.xreplace({z: (z - m) / s}) + m
        return PolynomialFamily(sympy.expand(expression), variable=z, parameter=family.parameter)

    return changed()
