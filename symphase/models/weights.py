"""Models of one weight: w², and any polynomial prediction."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar, final

import numpy as np
import sympy

from symphase.arguments import sequence, whole
from symphase.errors import InputError
from symphase.formulas import parse_formula, positive_rational
from symphase.models.model import (
    SYMBOLS,
    Array,
    Model,
    QuadraticForm,
    Reduction,
    check_reduction,
    checked_polynomial,
    checked_weight,
    free_names,
    machine_number,
    model_parameter,
    own_symbol,
    quadratic_scale,
)

__all__ = ["OneWeight", "PolynomialModel"]


class ScalarModel(Model):
    """A model of one scalar weight: features of shape (n, 1) act as g(x·w); the plain model is features [[1]]."""

    __slots__ = ()

    @property
    @abstractmethod
    def _coefficients(self) -> tuple[float, ...] | None:
        """Coefficients of g, highest power first, when all are numbers."""

    @property
    @abstractmethod
    def weight(self) -> sympy.Symbol:
        """The weight's symbol."""

    @property
    def samples(self) -> sympy.Expr:
        """1: the symbolic side is the plain model of one sample with x = 1."""
        return sympy.Integer(1)

    @property
    def norm_squared(self) -> sympy.Expr:
        """1: the symbolic side is the plain model of one sample with x = 1."""
        return sympy.Integer(1)

    @property
    def coordinates(self) -> tuple[sympy.Symbol, ...]:
        """The weight."""
        return (self.weight,)

    @property
    def scale(self) -> sympy.Expr | None:
        """Return a = ηλ(g′)² at g = y, where that is one number for all interpolating weights; else None."""
        scale = self._target_free_scale()
        return None if scale is None else scale.subs(SYMBOLS.y, self.target)

    def _target_free_scale(self) -> sympy.Expr | None:
        factor = SYMBOLS.eta * sympy.Rational(self.loss_weight.numerator, self.loss_weight.denominator)
        return quadratic_scale(self.prediction, self.weight, factor)

    def _general_scale(self) -> sympy.Expr | None:
        # With p = x·w a step moves p by η‖x‖²/n times what it moves w by at x = 1.
        scale = self._target_free_scale()
        return None if scale is None else scale.subs(SYMBOLS.eta, SYMBOLS.eta * SYMBOLS.q / self._divisor)

    def weight_shape(self, dimension: int) -> tuple[int, ...]:
        """Return (1,); the features must have one column."""
        columns = whole(dimension, "dimension", least=1)
        if columns != 1:
            raise InputError(
                "features", f"{columns} columns", f"must have one column: {self.name} has one weight", "give [[1.0]]"
            )
        return (1,)

    def _floats(self) -> tuple[float, ...]:
        if self._coefficients is None:
            raise self._without_numbers()
        return self._coefficients

    def respond(self, projections: Array) -> Array:
        """Return g(x·w), shape (B, n)."""
        return horner(self._floats(), projections)

    def slope(self, projections: Array) -> Array:
        """Return g′(x·w), shape (B, n)."""
        return horner(derivative_coefficients(self._floats()), projections)

    def bend(self, projections: Array, tangents: Array) -> Array:
        """Return g″(x·w) times the tangents, shape (B, n)."""
        bent: Array = horner(derivative_coefficients(derivative_coefficients(self._floats())), projections) * tangents
        return bent

    def quadratic_form(self) -> QuadraticForm | None:
        """Return g = q₂(p + q₁/(2q₂))² + q₀ − q₁²/(4q₂) for g = q₂p² + q₁p + q₀; None for another degree."""
        coefficients = self._floats()
        if len(coefficients) != 3:
            return None
        second, first, constant = coefficients
        outer = np.array([second])
        outer.setflags(write=False)
        shift = first / (2 * second)
        return QuadraticForm(slope=1.0, shift=shift, outer=outer, offset=constant - first * shift / 2)


def derivative_coefficients(coefficients: Sequence[float]) -> tuple[float, ...]:
    degree = len(coefficients) - 1
    return tuple(value * (degree - k) for k, value in enumerate(coefficients[:-1])) or (0.0,)


def horner(coefficients: Sequence[float], points: Array) -> Array:
    total: Array = np.full_like(points, coefficients[0])
    for value in coefficients[1:]:
        total = total * points + value
    return total


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OneWeight(ScalarModel):
    """One weight: prediction w², L = ¼(w² − y)².

    Parameters
    ----------
    target : sympy.Symbol or exact number, optional
        y on the symbolic side; a symbol when left out.  The numeric side takes its targets from the data.
    reduction : {"mean", "sum"}
        Whether the loss is divided by n.

    Examples
    --------
    >>> OneWeight().loss
    (w**2 - y)**2/4
    >>> OneWeight(target=3).scale
    3*eta
    """

    name: ClassVar[str] = "one-weight quadratic"

    target: sympy.Expr = None
    reduction: Reduction = "mean"

    def __post_init__(self) -> None:
        check_reduction(self.reduction)
        given = None if isinstance(self.target, sympy.Symbol) and self.target == SYMBOLS.y else self.target
        object.__setattr__(self, "target", model_parameter(given, SYMBOLS.y, "target"))

    @property
    def loss_weight(self) -> Fraction:
        """λ = ¼."""
        return Fraction(1, 4)

    @property
    def weight(self) -> sympy.Symbol:
        """The weight w."""
        return SYMBOLS.w

    @property
    def prediction(self) -> sympy.Expr:
        """w²."""
        return SYMBOLS.w**2

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """None: the target is data."""
        return ()

    @property
    def reduction_conditions(self) -> tuple[str, ...]:
        """None beyond there being one sample."""
        return ("there is one sample",)

    @property
    def _coefficients(self) -> tuple[float, ...] | None:
        return (1.0, 0.0, 0.0)


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PolynomialModel(ScalarModel):
    """Any polynomial prediction g(w) of one scalar weight, L = λ(g(w) − y)².

    The residual map exists exactly when g has degree 1 (a linear map) or 2 (the cubic map); otherwise ``derive``
    says why not and gives the map of the weight.

    Parameters
    ----------
    prediction : sympy.Expr or str
        g: a polynomial in the weight of degree 1 to 64.  Text is read by :func:`symphase.formulas.parse_formula`.
    weight : sympy.Symbol or str
        The weight; ``w`` when left out.
    loss_factor : exact number > 0
        λ; ½ when left out.
    parameters : sequence of str
        The other names that a text may use (those of a SymPy expression are found).
    reduction : {"mean", "sum"}
        Whether the loss is divided by n.

    Raises
    ------
    InputError
        If g is no polynomial in the weight, does not depend on it, holds floats or irrational numbers, or uses a name
        that the derivation needs itself (y, eta, e, z, a, …).

    Examples
    --------
    >>> PolynomialModel("w^2 + b*w", parameters=["b"]).scale
    eta*(b**2 + 4*y)/2
    >>> PolynomialModel("w^3").scale is None
    True
    """

    name: ClassVar[str] = "polynomial model"

    prediction: sympy.Expr = field(kw_only=False)
    weight: sympy.Symbol = "w"
    loss_factor: Any = Fraction(1, 2)  # a Fraction, once read
    parameters: Any = ()  # a tuple of symbols, once read
    reduction: Reduction = "mean"
    _coefficients: tuple[float, ...] | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        check_reduction(self.reduction)
        weight = checked_weight(self.weight)
        expression = self._read(self.prediction, weight)
        polynomial = checked_polynomial(expression, weight, "prediction", "w^2 + b*w")
        if not 1 <= polynomial.degree() <= 64:
            raise InputError("prediction", expression, f"must have degree 1 to 64 in {weight}", "as w^2 + b*w")
        object.__setattr__(self, "prediction", expression)
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "loss_factor", positive_rational(self.loss_factor, "loss_factor"))
        object.__setattr__(self, "parameters", tuple(s for s in free_names(expression) if s != weight))
        if not self.parameters:
            object.__setattr__(
                self, "_coefficients", tuple(machine_number(value, "prediction") for value in polynomial.all_coeffs())
            )

    def _read(self, prediction: object, weight: sympy.Symbol) -> sympy.Expr:
        declared: Any = self.parameters
        if isinstance(declared, sympy.Symbol):
            declared = (declared,)
        declared = sequence(declared, "parameters", "must be a sequence of names", 'as ["b"]')
        names = [own_symbol(sympy.Symbol(name) if isinstance(name, str) else name, "parameters") for name in declared]
        if len({weight, *names}) <= len(names):
            said = f"must be different names, none of them that of the weight {weight}"
            raise InputError("parameters", declared, said, "give each name once")
        if isinstance(prediction, str):
            return parse_formula(prediction, {str(s): s for s in [weight, *names]}, argument="prediction")
        if not isinstance(prediction, sympy.Expr):
            raise InputError("prediction", prediction, "must be a SymPy expression or a formula as text", "as 'w^2'")
        found = prediction.free_symbols
        if len({str(s.name) for s in found}) < len(found):
            raise InputError("prediction", prediction, "has two symbols of one name", "use one symbol per name")
        return prediction.xreplace(
            {s: weight if str(s.name) == str(weight) else own_symbol(s, "prediction") for s in found}
        )

    @property
    def loss_weight(self) -> Fraction:
        """λ, as given."""
        factor: Fraction = self.loss_factor
        return factor

    @property
    def reduction_conditions(self) -> tuple[str, ...]:
        """One sample, and degree at most 2."""
        return ("there is one sample", f"the prediction has degree 1 or 2 in {self.weight}")
