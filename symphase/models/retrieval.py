"""Phase retrieval, plain and generalised: one neuron, a square and a linear part."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar, final

import numpy as np
import sympy

from symphase.errors import InputError
from symphase.models.model import (
    ORTHOGONAL_ROWS,
    SYMBOLS,
    Array,
    Model,
    QuadraticForm,
    Reduction,
    check_reduction,
    free_names,
    machine_number,
    model_parameter,
    quadratic_scale,
)

__all__ = ["PhaseRetrieval"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PhaseRetrieval(Model):
    """Generalised phase retrieval: g(w; x) = (γ/2)(xᵀw)² + c·xᵀw, L = (1/2n) Σ (g − y)².

    Plain phase retrieval, with the prediction (xᵀw)², is γ = 2, c = 0.  γ = 0 is linear regression: it is accepted,
    has the scale a = η‖x‖²c²/(2n) and the multiplier 1 − 2a, but no cubic map.

    Parameters
    ----------
    gamma, c : sympy.Symbol or exact number, optional
        γ and c; symbols of these names when left out.  Not both zero.
    reduction : {"mean", "sum"}
        Whether the loss is divided by n.

    Raises
    ------
    InputError
        If γ = c = 0 (the prediction would not depend on the weights), or for what is no number.

    References
    ----------
    Chen, Balasubramanian, Ghosal, Agrawalla, "From Stability to Chaos: Analyzing Gradient Descent Dynamics in
    Quadratic Regression", TMLR 2024, arXiv 2310.01687.

    Examples
    --------
    >>> PhaseRetrieval().prediction
    c*p + gamma*p**2/2
    >>> PhaseRetrieval(gamma=2, c=0).scale
    2*eta*q*y/n
    """

    name: ClassVar[str] = "generalised phase retrieval"

    gamma: sympy.Expr = None
    c: sympy.Expr = None
    reduction: Reduction = "mean"
    _numbers: tuple[float, float] | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        check_reduction(self.reduction)
        gamma = model_parameter(self.gamma, SYMBOLS.gamma, "gamma")
        c = model_parameter(self.c, SYMBOLS.c, "c")
        if gamma == 0 and c == 0:
            raise InputError(
                "gamma", 0, "must not be 0 when c is 0 (the prediction would always be 0)", "give one of them"
            )
        object.__setattr__(self, "gamma", gamma)
        object.__setattr__(self, "c", c)
        if gamma.is_Rational and c.is_Rational:
            object.__setattr__(self, "_numbers", (machine_number(gamma, "gamma"), machine_number(c, "c")))

    @property
    def loss_weight(self) -> Fraction:
        """λ = ½."""
        return Fraction(1, 2)

    @property
    def prediction(self) -> sympy.Expr:
        """(γ/2)p² + cp with p = xᵀw."""
        return self.gamma * SYMBOLS.p**2 / 2 + self.c * SYMBOLS.p

    @property
    def coordinates(self) -> tuple[sympy.Symbol, ...]:
        """The projection p = xᵀw."""
        return (SYMBOLS.p,)

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """Those of γ and c that are symbols."""
        return free_names(self.gamma, self.c)

    @property
    def scale(self) -> sympy.Expr | None:
        """Return a = η‖x‖²(2γy + c²)/(2n), found as half of step size × sharpness."""
        return quadratic_scale(self.prediction, SYMBOLS.p, SYMBOLS.eta * SYMBOLS.q / (2 * self.samples))

    @property
    def reduction_conditions(self) -> tuple[str, ...]:
        """Orthogonal rows, and γ ≠ 0 for the cubic map."""
        return (
            ORTHOGONAL_ROWS,
            "gamma is not 0 (at gamma = 0 the model is linear regression and the residual map is linear)",
        )

    def weight_shape(self, dimension: int) -> tuple[int, ...]:
        """Return (d,)."""
        return (dimension,)

    def _floats(self) -> tuple[float, float]:
        if self._numbers is None:
            raise self._without_numbers()
        return self._numbers

    def respond(self, projections: Array) -> Array:
        """Return (γ/2)p² + cp, shape (B, n)."""
        gamma, c = self._floats()
        predictions: Array = (0.5 * gamma * projections + c) * projections
        return predictions

    def slope(self, projections: Array) -> Array:
        """Return γp + c, shape (B, n)."""
        gamma, c = self._floats()
        slopes: Array = gamma * projections + c
        return slopes

    def bend(self, projections: Array, tangents: Array) -> Array:  # noqa: ARG002  # of a parabola it is constant
        """Return γ times the tangents, shape (B, n)."""
        return self._floats()[0] * tangents

    def quadratic_form(self) -> QuadraticForm | None:
        """Return g = U²/(2γ) − c²/(2γ) with U = γp + c; None for γ = 0."""
        gamma, c = self._floats()
        if gamma == 0:
            return None
        outer = np.array([0.5 / gamma])
        outer.setflags(write=False)
        return QuadraticForm(slope=gamma, shift=c, outer=outer, offset=-0.5 * c * c / gamma)
