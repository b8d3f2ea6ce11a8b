"""A loss of one's own in one weight, and the squared residual that may lie in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar, final

import sympy

from symphase.display import (
    Shown,
    facts_table,
    formula_html,
    formula_line,
    latex_inline,
    level_html,
    text_html,
)
from symphase.errors import InputError
from symphase.formulas import parse_formula
from symphase.models.model import SYMBOLS, Array, Model, checked_polynomial, checked_weight
from symphase.models.weights import PolynomialModel

__all__ = ["PolynomialLoss", "SquaredResidual"]


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
        weight = checked_weight(self.weight)
        expression = self._read(self.loss, weight)
        polynomial = checked_polynomial(expression, weight, "loss", "(w^2 - 1)^2/4")
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
        found = loss.free_symbols
        strangers = sorted({str(s.name) for s in found} - {str(weight)})
        if not strangers and len(found) > 1:
            raise InputError("loss", loss, "has two symbols of one name", "use one symbol per name")
        if strangers:
            said = f"may hold no name but {weight}, and holds {', '.join(strangers)}"
            raise InputError("loss", loss, said, "give every other name a number")
        return loss.xreplace(dict.fromkeys(found, weight))

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
