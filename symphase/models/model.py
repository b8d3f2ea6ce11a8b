"""What every model is: exact SymPy losses, the same losses as batched NumPy, and the symbols of derivations."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import lru_cache
from typing import Any, ClassVar, Final, Literal

import numpy as np
import numpy.typing as npt
import sympy

from symphase.arguments import instance, number
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
from symphase.formulas import evaluate, exact_rational, expanded, positive_rational

__all__ = ["SYMBOLS", "Model", "QuadraticForm", "SymbolTable"]


Array = npt.NDArray[np.float64]
Reduction = Literal["mean", "sum"]

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}", re.ASCII)
ORTHOGONAL_ROWS: Final = "the rows of the features are pairwise orthogonal (one sample alone always is)"


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
RESERVED: Final = frozenset(entry.name for entry in fields(SymbolTable)) - {"w", "gamma", "c", "alpha"}


def own_symbol(symbol: sympy.Symbol, argument: str) -> sympy.Symbol:
    """Check a user's symbol and drop its assumptions (two symbols of one name would not cancel)."""
    name = str(instance(symbol, sympy.Symbol, argument, "give a name or sympy.Symbol('b'), say").name)
    if not NAME.fullmatch(name):
        raise InputError(argument, name, "must be a letter followed by letters, digits or _ (at most 32)", "rename it")
    if name in RESERVED or re.fullmatch(r"p_\d+|S_\d+(_j)?", name):
        raise InputError(argument, name, "is a name that the derivation uses itself", "choose another name for it")
    return sympy.Symbol(name)


def model_parameter(value: object, default: sympy.Symbol, argument: str) -> sympy.Expr:
    """Read a model parameter: absent (its usual symbol), a symbol, or an exact number."""
    if value is None:
        return default
    if isinstance(value, sympy.Symbol):
        return own_symbol(value, argument)
    number = exact_rational(value, argument)
    return sympy.Rational(number.numerator, number.denominator)


def checked_weight(weight: object) -> sympy.Symbol:
    """Read the weight of a polynomial: a symbol or its name."""
    symbol = sympy.Symbol(weight) if isinstance(weight, str) else weight
    if not isinstance(symbol, sympy.Symbol):
        raise InputError("weight", weight, "must be a SymPy symbol or a name", "give weight='w'")
    return own_symbol(symbol, "weight")


def checked_polynomial(expression: sympy.Expr, weight: sympy.Symbol, argument: str, example: str) -> Any:
    """Return as a Poly what must be a polynomial in the weight with rational coefficients."""
    try:
        multiplied = expanded(expression, argument)
        polynomial = sympy.Poly(multiplied, weight)
    except sympy.PolynomialError:
        raise InputError(argument, expression, f"must be a polynomial in {weight}", f"as {example}") from None
    if not all(is_rational_node(node) for node in sympy.preorder_traversal(multiplied)):
        raise InputError(argument, expression, "must have rational coefficients", "write 1/10 instead of 0.1")
    return polynomial


def is_rational_node(node: sympy.Expr) -> bool:
    return bool(
        node.is_Rational or node.is_Symbol or node.is_Add or node.is_Mul or (node.is_Pow and node.exp.is_Integer)
    )


def machine_number(number: sympy.Rational | Fraction, argument: str) -> float:
    """Round an exact number to a float, for the numeric side."""
    try:
        return float(Fraction(int(number.numerator), int(number.denominator)))
    except OverflowError:
        raise InputError(argument, "a number beyond 1e308", "must be within the range of floats", "rescale") from None


def free_names(*expressions: sympy.Expr) -> tuple[sympy.Symbol, ...]:
    symbols: set[sympy.Symbol] = set().union(*(expression.free_symbols for expression in expressions))
    return tuple(sorted(symbols, key=lambda symbol: str(symbol.name)))


def check_reduction(reduction: object) -> None:
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

    Notes
    -----
    A model of one's own writes ``prediction``, ``coordinates``, ``parameters``, ``loss_weight``, ``scale``,
    ``reduction_conditions``, ``weight_shape``, ``respond``, ``slope`` and ``bend``.  Laws: ``respond`` is the
    prediction in arrays, ``slope`` its derivative by the projections, ``bend`` that of ``slope``; ``scale`` is half of
    step size × sharpness at an interpolating minimum.  :func:`symphase.strategies.check_derivation` tests all of them.
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
        count = number(samples, "samples", above=0)
        return float(self.loss_weight) / (count if self.reduction == "mean" else 1)

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
        return free_names(self.loss, SYMBOLS.eta)

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
        >>> from symphase.models import PhaseRetrieval
        >>> PhaseRetrieval(gamma=2, c=0).scale_at(1, "1/4", 1, "0.5")
        Fraction(1, 4)
        """
        if self.parameters:
            raise self._without_numbers()
        scale = self._general_scale()
        if scale is None:
            raise InputError("model", self.name, "has no single scale a", "; ".join(self.reduction_conditions))
        count = checked_count(samples, "samples")
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
        >>> from symphase.models import PhaseRetrieval
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
        gradient: Array = (slopes * per_neuron(residuals, slopes)) @ features
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
        pulls = per_neuron(changes, slopes) * slopes + per_neuron(residuals, slopes) * self.bend(projections, moved)
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


def per_neuron(values: Array, like: Array) -> Array:
    """One value per sample, shape (B, n), beside arrays of shape (B, n) or (B, m, n)."""
    return values if like.ndim == values.ndim else values[:, np.newaxis, :]


def checked_count(value: object, argument: str) -> int:
    """Read a count ≥ 1."""
    number = exact_rational(value, argument)
    if number.denominator != 1 or number < 1 or isinstance(value, str):
        raise InputError(argument, value, "must be an integer ≥ 1", "give a positive whole number")
    return int(number)


@lru_cache(maxsize=256)
def quadratic_scale(prediction: sympy.Expr, coordinate: sympy.Symbol, factor: sympy.Expr) -> sympy.Expr | None:
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
