"""The two-layer network with quadratic activation and a constant outer layer."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar, final

import numpy as np
import sympy

from symphase.arguments import sequence
from symphase.display import (
    count_text,
    formula_html,
    formula_line,
    text_html,
)
from symphase.errors import InputError
from symphase.formulas import exact_rational
from symphase.models.model import (
    ORTHOGONAL_ROWS,
    SYMBOLS,
    Array,
    Model,
    QuadraticForm,
    Reduction,
    check_reduction,
    checked_count,
    free_names,
    machine_number,
    model_parameter,
    quadratic_scale,
)
from symphase.notation import formula_latex

__all__ = ["TwoLayerNetwork"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TwoLayerNetwork(Model):
    """Two-layer network with quadratic activation: g(W; x) = α Σⱼ vⱼ(wⱼᵀx)², L = (1/2n) Σ (g − y)²; v is not trained.

    With equal outer weights every neuron is multiplied by the same factor in a step, and the width does not matter.
    With different ones (signs, say) the reduction to one variable fails: ``scale`` is None and ``derive`` says why.

    Parameters
    ----------
    alpha : sympy.Symbol or exact number, optional
        α ≠ 0; a symbol when left out.  The usual scaling is α = 1/√m up to constants.
    width : int ≥ 1, optional
        m, the number of neurons; the number of outer weights, or 2, when left out.
    outer_weights : sequence of exact numbers, optional
        vⱼ; all 1 when left out.
    reduction : {"mean", "sum"}
        Whether the loss is divided by n.

    Raises
    ------
    InputError
        For α = 0, a width that is no whole number ≥ 1 or disagrees with the outer weights, outer weights all zero.

    Examples
    --------
    >>> TwoLayerNetwork(alpha=1, width=2).prediction
    p_1**2 + p_2**2
    >>> TwoLayerNetwork(width=3).scale
    2*alpha*eta*q*y/n
    >>> TwoLayerNetwork(outer_weights=(1, -1)).scale is None
    True
    """

    name: ClassVar[str] = "two-layer network with quadratic activation"

    alpha: sympy.Expr = None
    width: int = None  # type: ignore[assignment]  # set below
    outer_weights: tuple[sympy.Rational, ...] = None  # type: ignore[assignment]  # set below
    reduction: Reduction = "mean"
    _numbers: tuple[float, Array] | None = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        check_reduction(self.reduction)
        alpha = model_parameter(self.alpha, SYMBOLS.alpha, "alpha")
        if alpha == 0:
            raise InputError("alpha", 0, "must not be 0: the prediction would be 0 for every weight", "give α ≠ 0")
        given: Any = self.outer_weights
        wanted: Any = self.width
        if given is not None:
            given = sequence(given, "outer_weights", "must be a sequence of numbers", "give one per neuron")
            exact = [exact_rational(value, f"outer_weights[{k}]") for k, value in enumerate(given)]
            if not any(exact):
                raise InputError("outer_weights", given, "must not all be 0 (nor be empty)", "give one per neuron")
            width = len(exact) if wanted is None else checked_count(wanted, "width")
            if width != len(exact):
                raise InputError("width", width, f"must be the number of outer weights, {len(exact)}", "leave one out")
        else:
            width = 2 if wanted is None else checked_count(wanted, "width")
            if width > 10**5:
                raise InputError("width", width, "must be at most 100000", "the width does not change the map")
            exact = [Fraction(1)] * width
        outer = tuple(sympy.Rational(value.numerator, value.denominator) for value in exact)
        object.__setattr__(self, "alpha", alpha)
        object.__setattr__(self, "width", width)
        object.__setattr__(self, "outer_weights", outer)
        if alpha.is_Rational:
            factors = np.array([machine_number(value, "outer_weights") for value in exact])
            factors.setflags(write=False)
            object.__setattr__(self, "_numbers", (machine_number(alpha, "alpha"), factors))

    @property
    def populations(self) -> tuple[sympy.Rational, ...]:
        """The different outer weights other than 0, in order of first appearance (0 silences a neuron for good)."""
        return tuple(dict.fromkeys(value for value in self.outer_weights if value != 0))

    @property
    def loss_weight(self) -> Fraction:
        """λ = ½."""
        return Fraction(1, 2)

    @property
    def prediction(self) -> sympy.Expr:
        """α Σ vⱼpⱼ² with pⱼ = wⱼᵀx."""
        return self.alpha * sympy.Add(*(v * p**2 for v, p in zip(self.outer_weights, self.coordinates, strict=True)))

    @property
    def coordinates(self) -> tuple[sympy.Symbol, ...]:
        """The projections p_1 … p_m, one per neuron."""
        return tuple(sympy.Symbol(f"p_{k}") for k in range(1, self.width + 1))

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """α, if it is a symbol."""
        return free_names(self.alpha)

    @property
    def scale(self) -> sympy.Expr | None:
        """Return a = 2αvη‖x‖²y/n for equal outer weights v: ‖∇g‖² = 4α²v²‖x‖² Σ pⱼ² = 4αv‖x‖²y at g = y; else None."""
        if len(self.populations) > 1:
            return None
        # One neuron stands for all: only the sum of squares enters, in g and in ‖∇g‖² alike.
        stand_in = self.alpha * self.populations[0] * SYMBOLS.p**2
        return quadratic_scale(stand_in, SYMBOLS.p, SYMBOLS.eta * SYMBOLS.q / (2 * self.samples))

    @property
    def reduction_conditions(self) -> tuple[str, ...]:
        """Orthogonal rows and equal outer weights."""
        return (
            ORTHOGONAL_ROWS,
            "all outer weights are equal (those that are 0 do not count)",
            "the outer layer is not trained",
        )

    def weight_shape(self, dimension: int) -> tuple[int, ...]:
        """Return (m, d)."""
        return (self.width, dimension)

    def _floats(self) -> tuple[float, Array]:
        if self._numbers is None:
            raise self._without_numbers()
        return self._numbers

    def respond(self, projections: Array) -> Array:
        """Return α Σ vⱼpⱼ², shape (B, n), from projections of shape (B, m, n)."""
        alpha, outer = self._floats()
        predictions: Array = alpha * np.einsum("j,bjn,bjn->bn", outer, projections, projections)
        return predictions

    def slope(self, projections: Array) -> Array:
        """Return 2αvⱼpⱼ, shape (B, m, n)."""
        return self.bend(projections, projections)

    def bend(self, projections: Array, tangents: Array) -> Array:  # noqa: ARG002  # of a parabola it is constant
        """Return 2αvⱼ times the tangents, shape (B, m, n)."""
        alpha, outer = self._floats()
        bent: Array = tangents * (2 * alpha * outer)[:, np.newaxis]
        return bent

    def quadratic_form(self) -> QuadraticForm | None:
        """Return g = Σ αvⱼUⱼ² with Uⱼ = pⱼ."""
        alpha, outer = self._floats()
        factors = alpha * outer
        factors.setflags(write=False)
        return QuadraticForm(slope=1.0, shift=0.0, outer=factors, offset=0.0)

    def _line(self) -> str:
        return f"{count_text(self.width, 'neuron')}, α = {formula_line(self.alpha)}, {self._outer()}, {self.reduction}"

    def _outer(self) -> str:
        told = ", ".join(str(value) for value in self.outer_weights[:4]) + (", …" if self.width > 4 else "")
        return f"outer weights {'all 1' if set(self.outer_weights) == {1} else told}"

    def _repr_latex_(self) -> str:
        alpha = formula_latex(self.alpha)
        return rf"$g = {alpha}\sum_{{j=1}}^{{{self.width}}} v_j\,(w_j^{{\top}} x)^2$"

    def _prediction_html(self) -> str:
        alpha = formula_html(self.alpha).partition(">")[2].removesuffix("</math>")
        sum_sign = (
            f"<munderover><mo>∑</mo><mrow><mi>j</mi><mo>=</mo><mn>1</mn></mrow><mn>{self.width}</mn></munderover>"
        )
        square = "<msub><mi>v</mi><mi>j</mi></msub><msubsup><mi>p</mi><mi>j</mi><mn>2</mn></msubsup>"
        return (
            f'<math displaystyle="true"><mi>g</mi><mo>=</mo>{alpha}{sum_sign}{square}</math>, '
            f"{text_html(self._outer())}"
        )
