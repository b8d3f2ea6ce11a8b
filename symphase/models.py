"""Quadratic regression models: exact SymPy losses, and the same losses as batched NumPy.

Every model predicts through projections p = xᵀw of its weights on a feature row x, and has the loss

    L(w) = (λ/n) Σᵢ (g(w; xᵢ) − yᵢ)²        (λ = ``loss_weight``; n samples)

or, with ``reduction="sum"``, the same without 1/n.

The symbolic side describes the part of one sample, through its projections; the numeric side evaluates the whole
loss.  The two share nothing but the definition: the numeric gradient is the formula of the original loss, so that a
simulation is evidence for the reduction to one variable and no restatement of it.

To add a model, subclass :class:`Model` and write ``prediction``, ``coordinates``, ``parameters``, ``scale``,
``reduction_conditions``, ``weight_shape``, ``respond``, ``slope`` and ``bend``.  Laws: ``gradient`` is that of
``loss``; ``slope`` is the derivative of ``respond`` and ``bend`` that of ``slope``; ``scale`` is half of step size ×
sharpness at an interpolating minimum.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import lru_cache
from typing import Any, ClassVar, Final, Literal, final

import numpy as np
import numpy.typing as npt
import sympy

from symphase.array_records import ArrayRecord
from symphase.display import (
    Shown,
    count_text,
    facts_table,
    formula_html,
    formula_line,
    latex_inline,
    level_html,
    text_html,
    words_html,
)
from symphase.errors import InputError
from symphase.formulas import evaluate, exact_rational, parse_formula, positive_rational
from symphase.notation import formula_latex

__all__ = [
    "SYMBOLS",
    "Model",
    "OneWeight",
    "PhaseRetrieval",
    "PolynomialLoss",
    "PolynomialModel",
    "QuadraticForm",
    "SquaredResidual",
    "SymbolTable",
    "TwoLayerNetwork",
]

Array = npt.NDArray[np.float64]
Reduction = Literal["mean", "sum"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}", re.ASCII)
_DATA: Final = "the rows of the features are pairwise orthogonal (one sample alone always is)"


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolTable:
    """The symbols of every derivation; none carries assumptions, so that equal names are equal symbols.

    Attributes
    ----------
    w, p, s : sympy.Symbol
        A scalar weight; a projection xᵀw; the sum of the squared projections of the other neurons.
    q, n, G : sympy.Symbol
        ‖x‖²; the number of samples; the inner product of two rows.
    y, eta : sympy.Symbol
        Target and step size.
    gamma, c, alpha : sympy.Symbol
        Parameters of the models.
    e, kappa, z, a : sympy.Symbol
        Residual g − y; its scale; the rescaled residual z = κe; the one parameter that is left.
    p_j, s_j, y_j : sympy.Symbol
        What p, s and y are for another sample j.
    h : sympy.Symbol
        A displacement.
    """

    w: sympy.Symbol
    p: sympy.Symbol
    s: sympy.Symbol
    q: sympy.Symbol
    n: sympy.Symbol
    G: sympy.Symbol
    y: sympy.Symbol
    eta: sympy.Symbol
    gamma: sympy.Symbol
    c: sympy.Symbol
    alpha: sympy.Symbol
    e: sympy.Symbol
    kappa: sympy.Symbol
    z: sympy.Symbol
    a: sympy.Symbol
    p_j: sympy.Symbol
    s_j: sympy.Symbol
    y_j: sympy.Symbol
    h: sympy.Symbol


SYMBOLS: Final = SymbolTable(**{entry.name: sympy.Symbol(entry.name) for entry in fields(SymbolTable)})
# Names that a derivation gives a meaning of its own; a model's parameters must leave them alone.
_RESERVED: Final = frozenset(entry.name for entry in fields(SymbolTable)) - {"w", "gamma", "c", "alpha"}


def _own_symbol(symbol: sympy.Symbol, argument: str) -> sympy.Symbol:
    """Check a user's symbol and drop its assumptions (two symbols of one name would not cancel)."""
    name = str(symbol.name)
    if not _NAME.fullmatch(name):
        raise InputError(argument, name, "must be a letter followed by letters, digits or _ (at most 32)", "rename it")
    if name in _RESERVED or re.fullmatch(r"p_\d+|S_\d+(_j)?", name):
        raise InputError(argument, name, "is a name that the derivation uses itself", "choose another name for it")
    return sympy.Symbol(name)


def _parameter(value: object, default: sympy.Symbol, argument: str) -> sympy.Expr:
    """Read a model parameter: absent (its usual symbol), a symbol, or an exact number."""
    if value is None:
        return default
    if isinstance(value, sympy.Symbol):
        return _own_symbol(value, argument)
    number = exact_rational(value, argument)
    return sympy.Rational(number.numerator, number.denominator)


def _is_rational_node(node: sympy.Expr) -> bool:
    return bool(
        node.is_Rational or node.is_Symbol or node.is_Add or node.is_Mul or (node.is_Pow and node.exp.is_Integer)
    )


def _machine(number: sympy.Rational | Fraction, argument: str) -> float:
    """Round an exact number to a float, for the numeric side."""
    try:
        return float(Fraction(int(number.numerator), int(number.denominator)))
    except OverflowError:
        raise InputError(argument, "a number beyond 1e308", "must be within the range of floats", "rescale") from None


def _free(*expressions: sympy.Expr) -> tuple[sympy.Symbol, ...]:
    symbols: set[sympy.Symbol] = set().union(*(expression.free_symbols for expression in expressions))
    return tuple(sorted(symbols, key=lambda symbol: str(symbol.name)))


def _check_reduction(reduction: object) -> None:
    if not isinstance(reduction, str) or reduction not in ("mean", "sum"):
        raise InputError("reduction", reduction, "must be 'mean' or 'sum'", "a step size for the sum is n times larger")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class QuadraticForm(Shown, ArrayRecord):
    """A prediction as a sum of squares: g = offset + Σⱼ outerⱼ Uⱼ² with Uⱼ = slope·xᵀwⱼ + shift.

    Attributes
    ----------
    slope, shift, offset : float
    outer : ndarray, shape (m,)
        One entry for each neuron.
    """

    slope: float
    shift: float
    outer: Array
    offset: float

    def _line(self) -> str:
        return (
            f"{self.offset:.6g} plus {count_text(len(self.outer), 'square')} of {self.slope:.6g}·xᵀw + {self.shift:.6g}"
        )


class Model(Shown, ABC):
    """A regression model whose gradient descent can be derived exactly and simulated.

    Attributes
    ----------
    name : str
        What the field calls the model.
    loss_weight : Fraction
        λ in L = (λ/n) Σ (g − y)².
    reduction : {"mean", "sum"}
        Whether the loss is divided by the number of samples n.  With "sum", every formula here holds with n = 1.
    """

    __slots__ = ()

    name: ClassVar[str]
    reduction: Reduction = "mean"

    @property
    @abstractmethod
    def loss_weight(self) -> Fraction:
        """λ in L = (λ/n) Σ (g − y)²."""

    @property
    @abstractmethod
    def prediction(self) -> sympy.Expr:
        """The prediction g for one sample, in terms of :attr:`coordinates`."""

    @property
    @abstractmethod
    def coordinates(self) -> tuple[sympy.Symbol, ...]:
        """The projections of the weights on x (the weight itself for models of one scalar)."""

    @property
    @abstractmethod
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """The model's own symbols that have no number yet (sorted by name)."""

    @property
    def target(self) -> sympy.Expr:
        """The target y."""
        return SYMBOLS.y

    @property
    def samples(self) -> sympy.Expr:
        """What the loss is divided by: the number of samples n, or 1 (sums, and models of one scalar weight)."""
        return self._divisor

    @property
    def _divisor(self) -> sympy.Expr:
        return SYMBOLS.n if self.reduction == "mean" else sympy.Integer(1)

    def loss_scale(self, samples: int) -> float:
        """Return λ/n, or λ for a sum: what the sum of squares is multiplied by in the loss."""
        return float(self.loss_weight) / (samples if self.reduction == "mean" else 1)

    @property
    def norm_squared(self) -> sympy.Expr:
        """‖x‖² (1 for models of one scalar weight)."""
        return SYMBOLS.q

    @property
    def loss(self) -> sympy.Expr:
        """The part of one sample in the loss, (λ/n)(g − y)²."""
        factor = sympy.Rational(self.loss_weight.numerator, self.loss_weight.denominator)
        return factor / self.samples * (self.prediction - self.target) ** 2

    @property
    def gradient(self) -> tuple[sympy.Expr, ...]:
        """Derivatives of :attr:`loss` by each coordinate; the sample's part of ∇L is these times x."""
        return tuple(sympy.diff(self.loss, coordinate) for coordinate in self.coordinates)

    @property
    def symbols(self) -> tuple[sympy.Symbol, ...]:
        """All free symbols of the model's loss and of its step size, sorted by name."""
        return _free(self.loss, SYMBOLS.eta)

    @property
    @abstractmethod
    def scale(self) -> sympy.Expr | None:
        """a(η, ‖x‖², y, …, n) = ½ · step size · sharpness at an interpolating minimum; None when there is none.

        At g = y the Hessian of a sample's loss is (2λ/n)∇g∇gᵀ, so that a = ηλ‖∇g‖²/n there.  When that number is the
        same at every interpolating minimum it is the model's one parameter.
        """

    @property
    @abstractmethod
    def reduction_conditions(self) -> tuple[str, ...]:
        """What must hold for gradient descent to reduce to maps of one variable, as plain sentences."""

    def scale_at(self, norm_squared: object, target: object, samples: object, step_size: object) -> Fraction:
        """Return a for one sample, exactly.

        Parameters
        ----------
        norm_squared : number > 0
            ‖x‖² (anything that :func:`symphase.formulas.exact_rational` reads).
        target : number
            y.
        samples : int ≥ 1
            n, the number of samples in the mean.
        step_size : number > 0
            η of w ← w − η∇L.

        Returns
        -------
        Fraction
            a, without rounding; negative when the label is out of reach.

        Certainty
        ---------
        Exact.

        Raises
        ------
        InputError
            When the model still has symbolic parameters, has no scale, or an argument is out of range.

        Examples
        --------
        >>> PhaseRetrieval(gamma=2, c=0).scale_at(1, "1/4", 1, "0.5")
        Fraction(1, 4)
        """
        if self.parameters:
            raise self._without_numbers()
        scale = self._general_scale()
        if scale is None:
            raise InputError("model", self.name, "has no single scale a", "; ".join(self.reduction_conditions))
        count = _count(samples, "samples")
        values = {
            SYMBOLS.q: positive_rational(norm_squared, "norm_squared"),
            SYMBOLS.y: exact_rational(target, "target"),
            SYMBOLS.n: Fraction(count),
            SYMBOLS.eta: positive_rational(step_size, "step_size"),
        }
        return evaluate(scale, values)

    def residual_scale(self, norm_squared: object, samples: object, step_size: object) -> Fraction:
        """Return κ of z = κ(g − y), exactly: what a grows by when y grows by 1, for a is κ(y − min g).

        Parameters
        ----------
        norm_squared, samples, step_size
            As in :meth:`scale_at`.

        Returns
        -------
        Fraction

        Certainty
        ---------
        Exact.

        Raises
        ------
        InputError
            As :meth:`scale_at`.

        Examples
        --------
        >>> PhaseRetrieval(gamma=2, c=0).residual_scale(1, 1, "0.5")
        Fraction(1, 1)
        """
        above, here = (self.scale_at(norm_squared, y, samples, step_size) for y in (1, 0))
        return above - here

    def _general_scale(self) -> sympy.Expr | None:
        """Return the scale for any ‖x‖², n and y, whatever the symbolic side fixes."""
        return self.scale

    def _without_numbers(self) -> InputError:
        names = ", ".join(str(symbol) for symbol in self.parameters)
        return InputError("model", self.name, f"has parameters without a number: {names}", "give each a number")

    @abstractmethod
    def weight_shape(self, dimension: int) -> tuple[int, ...]:
        """Return the shape of one weight for features of ``dimension`` columns."""

    @abstractmethod
    def respond(self, projections: Array) -> Array:
        """Return predictions from projections xᵀw.

        Parameters
        ----------
        projections : ndarray, shape (B, n), or (B, m, n) for a model of m neurons

        Returns
        -------
        ndarray, shape (B, n)
            Axis order batch, sample.
        """

    @abstractmethod
    def slope(self, projections: Array) -> Array:
        """Return the derivatives of the prediction by each projection, in the shape of ``projections``."""

    @abstractmethod
    def bend(self, projections: Array, tangents: Array) -> Array:
        """Return how :meth:`slope` changes along ``tangents``: its derivative times them, in the same shape."""

    def quadratic_form(self) -> QuadraticForm | None:
        """Return the prediction as a sum of squares of projections, completed; None where it is none."""
        return None

    def predict(self, weights: Array, features: Array) -> Array:
        """Return predictions.

        Parameters
        ----------
        weights : ndarray, shape (B, *weight_shape(d))
        features : ndarray, shape (n, d)

        Returns
        -------
        ndarray, shape (B, n)
            Axis order batch, sample.
        """
        return self.respond(self._project(weights, features))

    def slopes(self, weights: Array, features: Array) -> Array:
        """Return ∂g/∂(xᵀw) at every sample, shape (B, n), or (B, m, n) for a model of m neurons."""
        return self.slope(self._project(weights, features))

    def loss_gradient(self, weights: Array, features: Array, targets: Array) -> Array:
        """Return ∇L = (2λ/n) Σ (g − y) (∂g/∂p) x of the original loss.

        Parameters
        ----------
        weights : ndarray, shape (B, *weight_shape(d))
        features : ndarray, shape (n, d)
        targets : ndarray, shape (n,)

        Returns
        -------
        ndarray, shape (B, *weight_shape(d))
        """
        projections = self._project(weights, features)
        slopes = self.slope(projections)
        residuals = self.respond(projections) - targets
        gradient: Array = (slopes * _per_neuron(residuals, slopes)) @ features
        gradient *= 2 * self.loss_scale(len(targets))
        return gradient

    def hessian_product(self, weights: Array, tangents: Array, features: Array, targets: Array) -> Array:
        """Return the Hessian of the loss times tangent vectors, (2λ/n) Σ ((∇g·v)(∂g/∂p) + (g − y)(∂²g/∂p²)xᵀv) x.

        Parameters
        ----------
        weights, tangents : ndarray, shape (B, *weight_shape(d))
        features : ndarray, shape (n, d)
        targets : ndarray, shape (n,)

        Returns
        -------
        ndarray, shape (B, *weight_shape(d))
        """
        projections, moved = self._project(weights, features), self._project(tangents, features)
        slopes = self.slope(projections)
        changes = slopes * moved
        if changes.ndim > 2:
            changes = changes.sum(axis=1)
        residuals = self.respond(projections) - targets
        pulls = _per_neuron(changes, slopes) * slopes + _per_neuron(residuals, slopes) * self.bend(projections, moved)
        product: Array = pulls @ features
        product *= 2 * self.loss_scale(len(targets))
        return product

    def loss_values(self, weights: Array, features: Array, targets: Array) -> Array:
        """Return L = (λ/n) Σ (g − y)², shape (B,)."""
        residuals = self.predict(weights, features) - targets
        losses: Array = np.einsum("bn,bn->b", residuals, residuals) * self.loss_scale(features.shape[0])
        return losses

    def _project(self, weights: Array, features: Array) -> Array:
        self._check_shapes(weights, features)
        projections: Array = weights @ features.T
        return projections

    def _check_shapes(self, weights: Array, features: Array) -> None:
        if features.ndim != 2:
            raise InputError("features", f"shape {features.shape}", "must have shape (n, d)", "reshape them")
        wanted = self.weight_shape(features.shape[1])
        if weights.shape[1:] != wanted:
            raise InputError(
                "weights",
                f"shape {weights.shape}",
                f"must have shape (B, {', '.join(map(str, wanted))}) for features of shape {features.shape}",
                "put the batch on the first axis",
            )

    def _line(self) -> str:
        return f"g = {formula_line(self.prediction, self.coordinates)}, {self.reduction} over the samples"

    def _repr_latex_(self) -> str:
        return latex_inline(self.prediction, self.coordinates, left="g = ")

    def _repr_html_(self) -> str:
        scale = self.scale
        facts = [
            ("prediction", self._prediction_html()),
            ("loss of a sample", formula_html(self._sample_loss(), left="<mi>L</mi><mo>=</mo>")),
            ("a", "there is no single one" if scale is None else formula_html(scale)),
            ("open parameters", ", ".join(formula_html(symbol) for symbol in self.parameters)),
            ("one variable suffices when", "; ".join(words_html(text) for text in self.reduction_conditions)),
            ("certainty", level_html("exact")),
        ]
        return facts_table(f"<strong>{text_html(self.name)}</strong>", facts)

    def _sample_loss(self) -> sympy.Expr:
        """The part of one sample in the loss with the letter g for the prediction."""
        factor = sympy.Rational(self.loss_weight.numerator, self.loss_weight.denominator)
        return factor / self.samples * (sympy.Symbol("g") - self.target) ** 2

    def _prediction_html(self) -> str:
        return formula_html(self.prediction, self.coordinates, left="<mi>g</mi><mo>=</mo>")


def _per_neuron(values: Array, like: Array) -> Array:
    """One value per sample, shape (B, n), beside arrays of shape (B, n) or (B, m, n)."""
    return values if like.ndim == values.ndim else values[:, np.newaxis, :]


def _count(value: object, argument: str) -> int:
    """Read a count ≥ 1."""
    number = exact_rational(value, argument)
    if number.denominator != 1 or number < 1 or isinstance(value, str):
        raise InputError(argument, value, "must be an integer ≥ 1", "give a positive whole number")
    return int(number)


@lru_cache(maxsize=256)
def _quadratic_scale(prediction: sympy.Expr, coordinate: sympy.Symbol, factor: sympy.Expr) -> sympy.Expr | None:
    """Return factor · (g′)² at g = y, if that is one number: the remainder of g′² modulo g − y is then constant."""
    if sympy.Poly(prediction, coordinate).degree() > 2:
        # (g′)² = Σ cₖ(w) gᵏ in base g leaves Σ cₖ(w) yᵏ: one number for every y only where (g′)² = P(g), so that the
        # degree d of g divides 2(d − 1), that is, 2.
        return None
    slope = sympy.Poly(sympy.diff(prediction, coordinate), coordinate, field=True)
    constraint = sympy.Poly(prediction - SYMBOLS.y, coordinate, field=True)
    remainder = (slope**2).rem(constraint)
    if remainder.degree() > 0:
        return None
    return sympy.factor(factor * remainder.as_expr())


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
        _check_reduction(self.reduction)
        gamma = _parameter(self.gamma, SYMBOLS.gamma, "gamma")
        c = _parameter(self.c, SYMBOLS.c, "c")
        if gamma == 0 and c == 0:
            raise InputError(
                "c", 0, "must not be 0 when gamma is 0 (the prediction would always be 0)", "give one of them"
            )
        object.__setattr__(self, "gamma", gamma)
        object.__setattr__(self, "c", c)
        if gamma.is_Rational and c.is_Rational:
            object.__setattr__(self, "_numbers", (_machine(gamma, "gamma"), _machine(c, "c")))

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
        return _free(self.gamma, self.c)

    @property
    def scale(self) -> sympy.Expr | None:
        """Return a = η‖x‖²(2γy + c²)/(2n), found as half of step size × sharpness."""
        return _quadratic_scale(self.prediction, SYMBOLS.p, SYMBOLS.eta * SYMBOLS.q / (2 * self.samples))

    @property
    def reduction_conditions(self) -> tuple[str, ...]:
        """Orthogonal rows, and γ ≠ 0 for the cubic map."""
        return (_DATA, "gamma is not 0 (at gamma = 0 the model is linear regression and the residual map is linear)")

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
        _check_reduction(self.reduction)
        alpha = _parameter(self.alpha, SYMBOLS.alpha, "alpha")
        if alpha == 0:
            raise InputError("alpha", 0, "must not be 0: the prediction would be 0 for every weight", "give α ≠ 0")
        given: Any = self.outer_weights
        wanted: Any = self.width
        if given is not None:
            if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
                raise InputError("outer_weights", given, "must be a sequence of numbers", "give one per neuron")
            exact = [exact_rational(value, f"outer_weights[{k}]") for k, value in enumerate(given)]
            if not any(exact):
                raise InputError("outer_weights", given, "must not all be 0 (nor be empty)", "give one per neuron")
            width = len(exact) if wanted is None else _count(wanted, "width")
            if width != len(exact):
                raise InputError("width", width, f"must be the number of outer weights, {len(exact)}", "leave one out")
        else:
            width = 2 if wanted is None else _count(wanted, "width")
            if width > 10**5:
                raise InputError("width", width, "must be at most 100000", "the width does not change the map")
            exact = [Fraction(1)] * width
        outer = tuple(sympy.Rational(value.numerator, value.denominator) for value in exact)
        object.__setattr__(self, "alpha", alpha)
        object.__setattr__(self, "width", width)
        object.__setattr__(self, "outer_weights", outer)
        if alpha.is_Rational:
            factors = np.array([_machine(value, "outer_weights") for value in exact])
            factors.setflags(write=False)
            object.__setattr__(self, "_numbers", (_machine(alpha, "alpha"), factors))

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
        return _free(self.alpha)

    @property
    def scale(self) -> sympy.Expr | None:
        """Return a = 2αvη‖x‖²y/n for equal outer weights v: ‖∇g‖² = 4α²v²‖x‖² Σ pⱼ² = 4αv‖x‖²y at g = y; else None."""
        if len(self.populations) > 1:
            return None
        # One neuron stands for all: only the sum of squares enters, in g and in ‖∇g‖² alike.
        stand_in = self.alpha * self.populations[0] * SYMBOLS.p**2
        return _quadratic_scale(stand_in, SYMBOLS.p, SYMBOLS.eta * SYMBOLS.q / (2 * self.samples))

    @property
    def reduction_conditions(self) -> tuple[str, ...]:
        """Orthogonal rows and equal outer weights."""
        return (_DATA, "all outer weights are equal (those that are 0 do not count)", "the outer layer is not trained")

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


class _ScalarModel(Model):
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
        return _quadratic_scale(self.prediction, self.weight, factor)

    def _general_scale(self) -> sympy.Expr | None:
        # With p = x·w a step moves p by η‖x‖²/n times what it moves w by at x = 1.
        scale = self._target_free_scale()
        return None if scale is None else scale.subs(SYMBOLS.eta, SYMBOLS.eta * SYMBOLS.q / self._divisor)

    def weight_shape(self, dimension: int) -> tuple[int, ...]:
        """Return (1,); the features must have one column."""
        if dimension != 1:
            raise InputError(
                "features", f"{dimension} columns", f"must have one column: {self.name} has one weight", "give [[1.0]]"
            )
        return (1,)

    def _floats(self) -> tuple[float, ...]:
        if self._coefficients is None:
            raise self._without_numbers()
        return self._coefficients

    def respond(self, projections: Array) -> Array:
        """Return g(x·w), shape (B, n)."""
        return _horner(self._floats(), projections)

    def slope(self, projections: Array) -> Array:
        """Return g′(x·w), shape (B, n)."""
        return _horner(_derivative(self._floats()), projections)

    def bend(self, projections: Array, tangents: Array) -> Array:
        """Return g″(x·w) times the tangents, shape (B, n)."""
        bent: Array = _horner(_derivative(_derivative(self._floats())), projections) * tangents
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


def _derivative(coefficients: Sequence[float]) -> tuple[float, ...]:
    degree = len(coefficients) - 1
    return tuple(value * (degree - k) for k, value in enumerate(coefficients[:-1])) or (0.0,)


def _horner(coefficients: Sequence[float], points: Array) -> Array:
    total: Array = np.full_like(points, coefficients[0])
    for value in coefficients[1:]:
        total = total * points + value
    return total


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OneWeight(_ScalarModel):
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
        _check_reduction(self.reduction)
        given = None if self.target == SYMBOLS.y else self.target
        object.__setattr__(self, "target", _parameter(given, SYMBOLS.y, "target"))

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
class PolynomialModel(_ScalarModel):
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
        _check_reduction(self.reduction)
        weight: Any = self.weight
        if isinstance(weight, str):
            weight = sympy.Symbol(weight)
        if not isinstance(weight, sympy.Symbol):
            raise InputError("weight", weight, "must be a SymPy symbol or a name", "give weight='w'")
        weight = _own_symbol(weight, "weight")
        expression = self._read(self.prediction, weight)
        try:
            polynomial = sympy.Poly(expression, weight)
        except sympy.PolynomialError:
            raise InputError("prediction", expression, f"must be a polynomial in {weight}", "as w^2 + b*w") from None
        if not all(_is_rational_node(node) for node in sympy.preorder_traversal(expression)):
            raise InputError("prediction", expression, "must have rational coefficients", "write 1/10 instead of 0.1")
        if not 1 <= polynomial.degree() <= 64:
            raise InputError("prediction", expression, f"must have degree 1 to 64 in {weight}", "as w^2 + b*w")
        object.__setattr__(self, "prediction", expression)
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "loss_factor", positive_rational(self.loss_factor, "loss_factor"))
        object.__setattr__(self, "parameters", tuple(s for s in _free(expression) if s != weight))
        if not self.parameters:
            object.__setattr__(
                self, "_coefficients", tuple(_machine(value, "prediction") for value in polynomial.all_coeffs())
            )

    def _read(self, prediction: object, weight: sympy.Symbol) -> sympy.Expr:
        declared: Any = self.parameters
        if isinstance(declared, (str, sympy.Symbol)):
            declared = (declared,)
        names = [_own_symbol(sympy.Symbol(str(name)), "parameters") for name in declared]
        if isinstance(prediction, str):
            return parse_formula(prediction, {str(s): s for s in [weight, *names]}, argument="prediction")
        if not isinstance(prediction, sympy.Expr):
            raise InputError("prediction", prediction, "must be a SymPy expression or a formula as text", "as 'w^2'")
        found = prediction.free_symbols
        if len({str(s.name) for s in found}) < len(found):
            raise InputError("prediction", prediction, "has two symbols of one name", "use one symbol per name")
        return prediction.xreplace(
            {s: weight if str(s.name) == str(weight) else _own_symbol(s, "prediction") for s in found}
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


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SquaredResidual(Shown):
    """A loss written as L = λ(g − y)² + offset: the loss of a polynomial model, up to a constant.

    Attributes
    ----------
    model : PolynomialModel
        g, with no constant term and the leading coefficient 1, and λ as its ``loss_factor``.
    target, offset : sympy.Rational
        y and the offset, which gradient descent does not feel.
    """

    model: PolynomialModel
    target: sympy.Rational
    offset: sympy.Rational

    @property
    def loss(self) -> sympy.Expr:
        """λ(g − y)² + offset."""
        return self.model.loss.subs(SYMBOLS.y, self.target) + self.offset

    def _line(self) -> str:
        factor, target = self.model.loss_factor, self.target
        offset = f" + ({self.offset})" if self.offset else ""
        return f"({factor})(g − y)²{offset}, g = {formula_line(self.model.prediction)}, y = {target}"


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PolynomialLoss(Model):
    """A loss L(w) of one scalar weight, any polynomial with rational coefficients: a model without a prediction.

    Gradient descent on it is the map w ← w − ηL′(w) of the weight itself, with the step size η as its parameter.  The
    numeric methods of :class:`Model`, which work on predictions, refuse; :attr:`squared` gives a model that has them
    where L is a squared residual up to a constant.

    Parameters
    ----------
    loss : sympy.Expr or str
        L: a polynomial in the weight, of degree 2 to 64, without other names.  Text is read by
        :func:`symphase.formulas.parse_formula`.
    weight : sympy.Symbol or str
        The weight; ``w`` when left out.

    Raises
    ------
    InputError
        If L is no polynomial in the weight alone, holds floats or irrational numbers, is constant or linear, or the
        weight has a name that the derivation needs itself (y, eta, e, z, a, …).

    Examples
    --------
    >>> PolynomialLoss("(w^2-1)^2/4").gradient
    (w*(w**2 - 1),)
    >>> PolynomialLoss("(w^2-1)^2/4").squared.model.prediction
    w**2
    >>> PolynomialLoss("w^4/4 - w^2/2 + w/10").squared is None
    True
    """

    name: ClassVar[str] = "polynomial loss"

    loss: sympy.Expr = field(kw_only=False)
    weight: sympy.Symbol = "w"

    def __post_init__(self) -> None:
        weight: Any = self.weight
        if isinstance(weight, str):
            weight = sympy.Symbol(weight)
        if not isinstance(weight, sympy.Symbol):
            raise InputError("weight", weight, "must be a SymPy symbol or a name", "give weight='w'")
        weight = _own_symbol(weight, "weight")
        expression = self._read(self.loss, weight)
        try:
            polynomial = sympy.Poly(expression, weight)
        except sympy.PolynomialError:
            raise InputError("loss", expression, f"must be a polynomial in {weight}", "as (w^2 - 1)^2/4") from None
        if not all(_is_rational_node(node) for node in sympy.preorder_traversal(expression)):
            raise InputError("loss", expression, "must have rational coefficients", "write 1/10 instead of 0.1")
        if not 2 <= polynomial.degree() <= 64:
            said = f"must have degree 2 to 64 in {weight}"
            raise InputError("loss", expression, said, "a constant or linear loss has no minimum to go to")
        object.__setattr__(self, "loss", expression)
        object.__setattr__(self, "weight", weight)

    @staticmethod
    def _read(loss: object, weight: sympy.Symbol) -> sympy.Expr:
        if isinstance(loss, str):
            return parse_formula(loss, {str(weight): weight}, argument="loss")
        if not isinstance(loss, sympy.Expr):
            raise InputError("loss", loss, "must be a SymPy expression or a formula as text", "as '(w^2 - 1)^2/4'")
        strangers = sorted({str(s.name) for s in loss.free_symbols} - {str(weight)})
        if strangers:
            said = f"may hold no name but {weight}, and holds {', '.join(strangers)}"
            raise InputError("loss", loss, said, "give every other name a number")
        return loss.xreplace(dict.fromkeys(loss.free_symbols, weight))

    @property
    def squared(self) -> SquaredResidual | None:
        """L as λ(g − y)² + offset, where it has that form; g then has half the degree of L, and λ > 0.

        Every parabola that opens upwards has this form, and every quartic that is symmetric about a point.
        """
        polynomial = sympy.Poly(self.loss, self.weight)
        degree, leading = polynomial.degree(), polynomial.LC()
        if degree % 2 or leading < 0:
            return None
        half = degree // 2
        monic = [value / leading for value in polynomial.all_coeffs()]
        root = [sympy.Integer(1)]  # of the monic polynomial: the upper half of its coefficients fixes a square root
        for k in range(1, half + 1):
            known = sum((root[i] * root[k - i] for i in range(1, k)), sympy.Integer(0))
            root.append((monic[k] - known) / 2)
        residual = sympy.Poly(root, self.weight)
        rest = polynomial - residual**2 * leading
        if rest.degree() > 0:
            return None
        target = -residual.nth(0)
        model = PolynomialModel(
            (residual + target).as_expr(), weight=self.weight, loss_factor=Fraction(int(leading.p), int(leading.q))
        )
        return SquaredResidual(model=model, target=target, offset=rest.nth(0))

    @property
    def gradient(self) -> tuple[sympy.Expr, ...]:
        """L′."""
        return (sympy.diff(self.loss, self.weight),)

    @property
    def coordinates(self) -> tuple[sympy.Symbol, ...]:
        """The weight."""
        return (self.weight,)

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """None."""
        return ()

    @property
    def samples(self) -> sympy.Expr:
        """1: there is no mean over samples."""
        return sympy.Integer(1)

    @property
    def norm_squared(self) -> sympy.Expr:
        """1: the weight itself is moved."""
        return sympy.Integer(1)

    @property
    def scale(self) -> sympy.Expr | None:
        """None: the map's parameter is the step size itself."""
        return None

    @property
    def reduction_conditions(self) -> tuple[str, ...]:
        """What a residual map would need."""
        return ("the loss is a constant plus a squared residual of a prediction of degree 1 or 2",)

    def _no_prediction(self) -> InputError:
        advice = "iterate its map, derive(model).family"
        if self.squared is not None:
            advice += ", or use model.squared.model with the target model.squared.target"
        return InputError("model", self.name, "is a loss without a prediction", advice)

    @property
    def loss_weight(self) -> Fraction:
        """Refused: there is no prediction whose residual could be weighted."""
        raise self._no_prediction()

    @property
    def prediction(self) -> sympy.Expr:
        """Refused: there is no prediction."""
        raise self._no_prediction()

    def weight_shape(self, dimension: int) -> tuple[int, ...]:
        """Return (1,)."""
        if dimension != 1:
            said = f"must have one column: {self.name} has one weight"
            raise InputError("features", f"{dimension} columns", said, "give [[1.0]]")
        return (1,)

    def respond(self, projections: Array) -> Array:  # noqa: ARG002  # the signature of every model
        """Refused: there is no prediction."""
        raise self._no_prediction()

    def slope(self, projections: Array) -> Array:  # noqa: ARG002  # the signature of every model
        """Refused: there is no prediction."""
        raise self._no_prediction()

    def bend(self, projections: Array, tangents: Array) -> Array:  # noqa: ARG002  # the signature of every model
        """Refused: there is no prediction."""
        raise self._no_prediction()

    def _line(self) -> str:
        return f"L = {formula_line(self.loss, (self.weight,))}"

    def _repr_latex_(self) -> str:
        return latex_inline(self.loss, (self.weight,), left="L = ")

    def _repr_html_(self) -> str:
        facts = [
            ("loss", formula_html(self.loss, (self.weight,), left="<mi>L</mi><mo>=</mo>")),
            ("derivative", formula_html(self.gradient[0], (self.weight,))),
            ("certainty", level_html("exact")),
        ]
        return facts_table(f"<strong>{text_html(self.name)}</strong>", facts)
