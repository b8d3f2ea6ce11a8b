"""Steps of a derivation, and how each is proved again by a route that did not make it.

A check expands the relation that the step claims in the opposite direction and tests the difference for zero; and it
compares both sides with gradient descent in plain fractions (:mod:`symphase.trials`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import sympy

from symphase.display import (
    Shown,
    facts_table,
    formula_html,
    formula_line,
    latex_inline,
    level_html,
    text_html,
    words_html,
)
from symphase.enclosures import Certainty, Verdict
from symphase.errors import InputError
from symphase.models import (
    SYMBOLS,
    Model,
    OneWeight,
    PhaseRetrieval,
    PolynomialLoss,
    PolynomialModel,
    TwoLayerNetwork,
)
from symphase.trials import COUPLED, POINTS, SEED, Quantity, experiments, value_at

__all__ = ["CheckResult", "ModelView", "Rule", "Step", "agree", "at_target", "latex_name", "vanishes", "view_of"]


class Rule(Enum):
    """What turns the expression before a step into the one after it."""

    LOSS = "square the residuals"
    DIFFERENTIATE = "differentiate along the feature row"
    DESCEND = "step against the gradient"
    DECOUPLE = "use orthogonality"
    SHARE = "name the residual"
    ELIMINATE = "eliminate the weights"
    EXPAND_DRIFT = "expand in the step size and reduce"
    FACTOR = "factor around the residual of zero gradient"
    RESCALE = "rescale the residual"
    INTRODUCE = "introduce the parameter a"
    EXPAND = "expand"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CheckResult(Shown):
    """The answer of a check.

    Attributes
    ----------
    title : str
        What was checked.
    verdict : Verdict
        PROVED when every part of the check agrees; REFUTED when one does not.
    method : str
        How it was checked, with the number of random points and their seed.
    detail : str
        What disagrees; empty when nothing does.
    certainty : Certainty
        EXACT: all arithmetic is on rational numbers and polynomials.
    """

    title: str
    verdict: Verdict
    method: str
    detail: str = ""
    certainty: Certainty = Certainty.EXACT

    def _line(self) -> str:
        return f"{self.title}: {self.verdict} [{self.certainty}]{f'; {self.detail}' if self.detail else ''}"

    def _repr_html_(self) -> str:
        facts = [
            ("verdict", f"{text_html(self.verdict)} {level_html(self.certainty)}"),
            ("method", words_html(self.method)),
            ("detail", text_html(self.detail)),
        ]
        return facts_table(words_html(self.title), facts)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Step(Shown):
    """One step of a derivation.

    Attributes
    ----------
    title, reason : str
        What is done, and why it may be done.
    before, after : sympy.Expr
        The expression before and after.
    before_is, after_is : Quantity
        What they are.
    rule : Rule
        What leads from one to the other.
    model : Model
        The model.
    assumptions : tuple of str
        What this step needs, as plain sentences.
    definitions : tuple of (sympy.Symbol, sympy.Expr)
        Symbols that this step introduces, each in terms of what came before.
    """

    title: str
    before: sympy.Expr
    after: sympy.Expr
    before_is: Quantity
    after_is: Quantity
    rule: Rule
    reason: str
    model: Model
    assumptions: tuple[str, ...] = ()
    definitions: tuple[tuple[sympy.Symbol, sympy.Expr], ...] = ()

    @property
    def before_latex(self) -> str:
        """LaTeX of the left-hand side that belongs to ``before``, such as ``p'``."""
        return latex_name(self.before_is, self.model)

    @property
    def after_latex(self) -> str:
        """LaTeX of the left-hand side that belongs to ``after``."""
        return latex_name(self.after_is, self.model)

    def check(self) -> CheckResult:
        """Prove the step again, by another route than the one that made it.

        Returns
        -------
        CheckResult
            PROVED when the claimed relation, expanded, vanishes identically, and both sides and every definition agree
            exactly with gradient descent in fractions at all random points; else REFUTED.

        Certainty
        ---------
        Exact: the zero test is a proof.  The random points tie the expressions to the loss; they use no SymPy
        arithmetic, no derivative formula and none of the other steps.
        """
        method = (
            f"zero test of the expanded difference; exact gradient descent in fractions at {POINTS} random rational "
            f"points (seed {SEED})"
        )
        complaints = []
        try:
            if not vanishes(_RELATIONS[self.rule](self, view_of(self.model))):
                complaints.append("the expanded difference is not zero")
        except (sympy.CoercionFailed, sympy.PolynomialError, ArithmeticError, KeyError):
            complaints.append("the expressions, or the definitions they need, are not there to be compared")
        complaints += self._compare()
        verdict = Verdict.REFUTED if complaints else Verdict.PROVED
        return CheckResult(title=self.title, verdict=verdict, method=method, detail="; ".join(complaints))

    def _compare(self) -> list[str]:
        sides = (("before", self.before, self.before_is), ("after", self.after, self.after_is))
        for number, (coupled, orthogonal) in enumerate(experiments(self.model), start=1):
            for name, expression, quantity in sides:
                trial = coupled if quantity in COUPLED else orthogonal
                if value_at(expression, trial.values) != trial.quantities[quantity]:
                    return [f"{name} differs from gradient descent at random point {number}"]
            for symbol, expression in self.definitions:
                if value_at(expression, orthogonal.values) != orthogonal.values[symbol]:
                    return [f"{symbol} differs from gradient descent at random point {number}"]
        return []

    def _line(self) -> str:
        return f"{self.title}: {self.after_is} becomes {formula_line(self.after, self._reading_order())}"

    def _reading_order(self) -> tuple[sympy.Symbol, ...]:
        """Symbols by whose powers sums are ordered: what moves, most important first."""
        own = view_of(self.model).coordinate
        return tuple(dict.fromkeys((SYMBOLS.z, SYMBOLS.e, own, SYMBOLS.p, SYMBOLS.s, SYMBOLS.p_j, SYMBOLS.s_j)))

    def _repr_latex_(self) -> str:
        return latex_inline(self.after, self._reading_order(), left=f"{self.after_latex} = ")

    def _repr_html_(self) -> str:
        order = self._reading_order()
        facts = [
            ("before", f"{formula_html(self.before, order)}<br>{words_html(str(self.before_is))}"),
            ("after", f"{formula_html(self.after, order)}<br>{words_html(str(self.after_is))}"),
            *((f"with {symbol}", formula_html(value)) for symbol, value in self.definitions),
            ("rule", words_html(str(self.rule))),
            ("reason", words_html(self.reason)),
            ("needs", "; ".join(words_html(text) for text in self.assumptions)),
            ("certainty", f"{level_html(Certainty.EXACT)} once <code>check()</code> says proved"),
        ]
        return facts_table(f"<strong>{words_html(self.title)}</strong>", facts)


# ------------------------------------------------------------------------------------------------ the view of a model


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """A model as the chain sees it: one sample i, and another one j where there can be one."""

    prediction: sympy.Expr  # the loss itself, for a loss without a prediction
    coordinate: sympy.Symbol
    other: sympy.Expr | None  # the prediction for sample j
    norm_squared: sympy.Expr
    samples: sympy.Expr
    loss_weight: sympy.Rational
    # Sums of squares of other neurons, each with its outer weight in units of the coordinate's own.
    squares: tuple[tuple[sympy.Symbol, sympy.Rational], ...] = ()

    @property
    def eliminated(self) -> sympy.Symbol:
        """What elimination removes through g = y + e."""
        return self.squares[0][0] if self.squares else self.coordinate

    @property
    def kept(self) -> tuple[sympy.Symbol, ...]:
        """What it must not leave behind."""
        return (self.coordinate, *(symbol for symbol, _ in self.squares))

    def moved(self, projection: sympy.Expr) -> sympy.Expr:
        """The prediction after a step that takes the coordinate to ``projection``."""
        factor = projection / self.coordinate
        moves = {self.coordinate: projection}
        for symbol, ratio in self.squares:
            moves[symbol] = symbol * (1 - ratio * (1 - factor)) ** 2
        return self.prediction.xreplace(moves)


def view_of(model: Model) -> ModelView:
    """See a model as the chain of steps does."""
    if isinstance(model, PolynomialLoss):
        one = sympy.Integer(1)
        return ModelView(
            prediction=model.loss, coordinate=model.weight, other=None, norm_squared=one, samples=one, loss_weight=one
        )
    if not isinstance(model, (OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork)):
        raise InputError("model", model, "must be one of the models of symphase.models", "see symphase.models")
    factor = sympy.Rational(model.loss_weight.numerator, model.loss_weight.denominator)
    squares: tuple[tuple[sympy.Symbol, sympy.Rational], ...] = ()
    if isinstance(model, (OneWeight, PolynomialModel)):
        return ModelView(
            prediction=model.prediction,
            coordinate=model.weight,
            other=None,
            norm_squared=model.norm_squared,
            samples=model.samples,
            loss_weight=factor,
        )
    if isinstance(model, PhaseRetrieval):
        prediction = model.prediction
    else:
        populations = model.populations
        symbols = (SYMBOLS.s, *(sympy.Symbol(f"S_{k}") for k in range(2, len(populations) + 1)))
        own = populations[0]
        squares = tuple((symbol, value / own) for symbol, value in zip(symbols, populations, strict=True))
        sums = (SYMBOLS.p**2 + SYMBOLS.s, *symbols[1:])
        prediction = model.alpha * sympy.Add(*(v * total for v, total in zip(populations, sums, strict=True)))
    others = {SYMBOLS.p: SYMBOLS.p_j, SYMBOLS.s: SYMBOLS.s_j}
    others |= {symbol: sympy.Symbol(f"{symbol}_j") for symbol, _ in squares[1:]}
    return ModelView(
        prediction=prediction,
        coordinate=SYMBOLS.p,
        other=prediction.xreplace(others),
        norm_squared=model.norm_squared,
        samples=model.samples,
        loss_weight=factor,
        squares=squares,
    )


def at_target(expression: sympy.Expr, model: Model) -> sympy.Expr:
    """Put the model's own target for y."""
    return expression.subs(SYMBOLS.y, model.target)


def latex_name(quantity: Quantity, model: Model) -> str:
    """LaTeX of a quantity's left-hand side."""
    scalar = isinstance(model, (OneWeight, PolynomialLoss, PolynomialModel))
    weight = sympy.latex(view_of(model).coordinate)
    return {
        Quantity.PREDICTION: "g",
        Quantity.LOSS: "L" if scalar else "L_{ij}",
        Quantity.SLOPE: "L'" if scalar else r"x_i^{\top} \nabla L_{ij}",
        Quantity.NEXT_COUPLED: f"{weight}'",
        Quantity.NEXT_PROJECTION: f"{weight}'",
        Quantity.NEXT_RESIDUAL: "e'",
        Quantity.DRIFT: r"\left.\frac{\partial e'}{\partial \eta}\right|_{\eta = 0}",
        Quantity.NEXT_RESCALED: "z'",
    }[quantity]


# -------------------------------------------------------------------------------- checks: the relations, zero-tested


def _expanded(expression: sympy.Expr) -> Any:
    """Expand the numerator of a rational expression in the ring Q[h, other symbols].

    The ring's arithmetic is a hundred times as fast as ``expand`` on high powers.
    """
    numerator, _ = sympy.fraction(sympy.together(expression))
    others = sorted(numerator.free_symbols - {SYMBOLS.h}, key=str)
    try:
        return sympy.QQ[(SYMBOLS.h, *others)].from_sympy(numerator)
    except ValueError:  # what SymPy's rings say of roots and of functions
        raise ArithmeticError(f"{numerator} is no polynomial") from None


def vanishes(expression: sympy.Expr) -> bool:
    """Zero test of a rational expression by its expanded numerator."""
    return not _expanded(expression)


def agree(first: sympy.Expr | None, second: sympy.Expr | None) -> bool:
    """Whether two expressions are equal, or both missing."""
    if first is None or second is None:
        return first is second
    return vanishes(first - second)


def _is_loss(step: Step, view: ModelView) -> sympy.Expr:
    squares = (step.before - SYMBOLS.y) ** 2
    if view.other is not None:
        other = {SYMBOLS.p: SYMBOLS.p_j, SYMBOLS.s: SYMBOLS.s_j}
        other |= {symbol: sympy.Symbol(f"{symbol}_j") for symbol, _ in view.squares[1:]}
        squares += (step.before.xreplace(other) - SYMBOLS.y_j) ** 2
    return step.after * view.samples / view.loss_weight - squares


def _is_derivative(step: Step, view: ModelView) -> sympy.Expr:
    moves = {view.coordinate: view.coordinate + SYMBOLS.h * view.norm_squared}
    if view.other is not None:
        moves[SYMBOLS.p_j] = SYMBOLS.p_j + SYMBOLS.h * SYMBOLS.G
    moved = step.before.xreplace(moves)
    numerator = _expanded(moved)
    linear = {(0, *powers): value for (power, *powers), value in numerator.terms() if power == 1}
    denominator = sympy.fraction(sympy.together(moved))[1]
    return numerator.ring.from_dict(linear).as_expr() - denominator * step.after


def _is_descent(step: Step, view: ModelView) -> sympy.Expr:
    return step.after + SYMBOLS.eta * step.before - view.coordinate


def _is_decoupled(step: Step, _: ModelView) -> sympy.Expr:
    return sympy.Poly(step.before, SYMBOLS.G).nth(0) - step.after


def _name_residual(expression: sympy.Expr, view: ModelView) -> sympy.Expr:
    return expression.xreplace({SYMBOLS.e: view.prediction - SYMBOLS.y})


def _is_shared(step: Step, view: ModelView) -> sympy.Expr:
    return step.before - _name_residual(step.after, view)


def _is_next_residual(step: Step, view: ModelView) -> sympy.Expr:
    # The opposite direction of elimination: put e = g − y back and compare polynomials in the weights.
    following = view.moved(_name_residual(step.before, view)) - SYMBOLS.y
    return following - _name_residual(step.after, view)


def _is_drift(step: Step, view: ModelView) -> sympy.Expr:
    # Dual numbers: Horner's rule for g at w + ηv, modulo η².
    moved = sympy.Poly(step.before, SYMBOLS.eta)
    weight, velocity = (sympy.Poly(moved.nth(k), view.coordinate) for k in (0, 1))
    value = rate = sympy.Poly(0, view.coordinate)
    for coefficient in sympy.Poly(view.prediction, view.coordinate).all_coeffs():
        rate = rate * weight + value * velocity
        value = value * weight + coefficient
    return rate.as_expr() - _name_residual(step.after, view)


def _is_rescaled(step: Step, _: ModelView) -> sympy.Expr:
    meanings = dict(step.definitions)
    kappa = meanings[SYMBOLS.kappa]
    rescaled = meanings[SYMBOLS.z].xreplace({SYMBOLS.kappa: kappa})
    return step.after.xreplace({SYMBOLS.z: rescaled}) - kappa * step.before


def _is_introduced(step: Step, _: ModelView) -> sympy.Expr:
    return step.after.xreplace(dict(step.definitions)) - step.before


def _is_same(step: Step, _: ModelView) -> sympy.Expr:
    return step.after - step.before


_RELATIONS: Final[Mapping[Rule, Callable[[Step, ModelView], sympy.Expr]]] = {
    Rule.LOSS: _is_loss,
    Rule.DIFFERENTIATE: _is_derivative,
    Rule.DESCEND: _is_descent,
    Rule.DECOUPLE: _is_decoupled,
    Rule.SHARE: _is_shared,
    Rule.ELIMINATE: _is_next_residual,
    Rule.EXPAND_DRIFT: _is_drift,
    Rule.FACTOR: _is_same,
    Rule.RESCALE: _is_rescaled,
    Rule.INTRODUCE: _is_introduced,
    Rule.EXPAND: _is_same,
}
