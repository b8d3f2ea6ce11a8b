"""From a model's loss to the map of its residual, as a chain of steps that can each be asked for a proof.

``derive(model)`` lets SymPy go from the loss to the gradient, to the gradient descent step, to the recursion of the
residual e = g − y, to the rescaled variable z = κe, to a family of maps in z with one parameter a.  What holds:

- On pairwise orthogonal rows the step of one sample's projection does not see the other samples: every term that does
  carries an inner product of two rows.
- For a prediction of degree 2 in the projection the residual follows a cubic map, exactly, at every step size.  With
  e* = −Y the residual where the gradient vanishes, the map is (e − e*)(1 − κe)² + e*: the slope of the prediction is
  multiplied by 1 − κe, and e − e* is proportional to its square.
- For a two-layer network with equal outer weights every neuron is multiplied by the same factor 1 − κe, so that the
  sum of their squares, hence the residual, follows that same map at any width.

What fails:

- For a prediction g of degree d ≥ 3 in one weight no polynomial map of the residual exists.  Such a map must, to first
  order in the step size, move e by a multiple of e·(g′)² written as a polynomial in g; but (g′)² has degree 2d − 2,
  which is a multiple of d only for d ≤ 2.  ``derive`` does not lean on this: it reduces (g′)² modulo g − y − e, the
  lexicographic Gröbner basis of the relation with the weight first, and looks whether the weight is gone.
  Equivalently, the relation that elimination leaves between e and the next residual is not linear in the latter.
- For a network with different outer weights the populations are multiplied by different factors, 1 − z and 1 + z for
  signs, and one residual does not say how it is shared between them.
- For γ = 0, or a linear prediction, the map is linear: stable for 0 < a < 1, with no phases beyond.

A step's :meth:`Step.check` never repeats what made the step.  It expands the relation that the step claims in the
opposite direction and tests the difference for zero, and it compares both sides, in plain fractions, with gradient
descent on random rational data, in which derivatives come from exact differences of the loss alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import flint
import sympy

from symphase.arguments import reporter
from symphase.display import (
    Shown,
    count_text,
    facts_table,
    family_html,
    family_text,
    formula_html,
    latex_inline,
    level_html,
    rows_table,
    text_html,
    words_html,
)
from symphase.enclosures import Verdict
from symphase.errors import InputError
from symphase.formulas import evaluate, exact_rational
from symphase.maps import PolynomialFamily
from symphase.models import SYMBOLS, Model, OneWeight, PolynomialLoss, PolynomialModel, TwoLayerNetwork
from symphase.steps import CheckResult, ModelView, Rule, Step, agree, at_target, vanishes, view_of
from symphase.trials import SEED, Quantity, experiments, value_at

__all__ = ["CheckResult", "Derivation", "Quantity", "Rule", "Step", "derive"]

_PRIME: Final = 2**61 - 1
_MAX_POPULATIONS: Final = 16

_SCALE_METHOD: Final = "a against half of step size × sharpness, which the chain does not use"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Derivation(Shown):
    """What gradient descent on a model reduces to, with the chain of steps that shows it.

    Attributes
    ----------
    model : Model
        The model.
    steps : tuple of Step
        The chain: each step begins with the expression that the one before it ended with.
    family : PolynomialFamily or None
        The residual map in z with the one parameter a; None when there is none (see ``obstruction``).  For a
        :class:`~symphase.models.PolynomialLoss` it is the map of the weight, with the step size as its parameter.
    scale : sympy.Expr or None
        a, in terms of step size, data and the model's parameters.
    residual_scale : sympy.Expr or None
        κ in z = κe.
    residual_map : sympy.Expr or None
        The next residual as a polynomial in the residual e; None when there is none.
    weight_map : sympy.Expr
        The next projection (the next weight, for models of one scalar weight) on orthogonal rows; always available.
    quotient_map : sympy.Expr or None
        When there is no residual map but g is symmetric about a weight m: the polynomial map of s = (w − m)².
    quotient_center : sympy.Expr or None
        That m.
    assumptions : tuple of str
        All assumptions of the steps.
    obstruction : str or None
        Why there is no family, in plain words.
    residual : Derivation or None
        For a :class:`~symphase.models.PolynomialLoss` that is a constant plus the squared residual of a quadratic
        prediction: the derivation of the residual's map; its target is ``model.squared.target``.
    """

    model: Model
    steps: tuple[Step, ...]
    family: PolynomialFamily | None
    scale: sympy.Expr | None
    residual_scale: sympy.Expr | None
    residual_map: sympy.Expr | None
    weight_map: sympy.Expr
    quotient_map: sympy.Expr | None = None
    quotient_center: sympy.Expr | None = None
    assumptions: tuple[str, ...]
    obstruction: str | None
    residual: Derivation | None = None

    def check(self, *, progress: Callable[[str, int, int], None] | None = None) -> tuple[CheckResult, ...]:
        """Check every step, that the steps form a chain, and that the answers are what the chain shows.

        Parameters
        ----------
        progress : callable, optional
            Called as progress(stage, done, total) before each step.

        Returns
        -------
        tuple of CheckResult
            One per step, in order, then one for the chain and one for the answers (and, where there is ``residual``,
            one for that, with the checks of the residual's own derivation inside).
        """
        tell = reporter(progress)
        proved = []
        for done, step in enumerate(self.steps):
            tell(step.title, done, len(self.steps))
            proved.append(step.check())
        checks = (*proved, self._check_chain(), self._check_answers())
        return checks if self.residual is None else (*checks, self._check_residual(self.residual))

    @property
    def holds(self) -> Verdict:
        """PROVED when every check proves its part; else REFUTED, or UNDECIDED.  Runs the checks: takes a second."""
        verdicts = {result.verdict for result in self.check()}
        for verdict in (Verdict.REFUTED, Verdict.UNDECIDED):
            if verdict in verdicts:
                return verdict
        return Verdict.PROVED

    def weight_family(self, target: object = None) -> PolynomialFamily:
        """Return w ← w − ηL′(w) as a family in the weight with the step size as its parameter.

        Parameters
        ----------
        target : exact number
            y; to be left out for a loss without a prediction, and only there.

        Returns
        -------
        PolynomialFamily
            Variable: the weight; parameter: ``SYMBOLS.eta``.

        Certainty
        ---------
        Exact.

        Raises
        ------
        InputError
            For models of more than one scalar weight, and while parameters of the model have no numbers.

        Examples
        --------
        >>> family = derive(OneWeight()).weight_family(1)
        >>> sympy.expand(family.expression)
        -eta*w**3 + eta*w + w
        """
        if isinstance(self.model, PolynomialLoss):
            if target is not None:
                raise InputError("target", target, "does not apply to a loss without a prediction", "leave it out")
            return PolynomialFamily(self.weight_map, variable=self.model.weight, parameter=SYMBOLS.eta)
        if not isinstance(self.model, (OneWeight, PolynomialModel)):
            raise InputError("model", self.model.name, "must be a model of one scalar weight", "use weight_map")
        number = exact_rational(target, "target")
        expression = self.weight_map.subs(SYMBOLS.y, sympy.Rational(number.numerator, number.denominator))
        return PolynomialFamily(expression, variable=self.model.weight, parameter=SYMBOLS.eta)

    def _check_chain(self) -> CheckResult:
        broken = [
            later.title
            for earlier, later in zip(self.steps, self.steps[1:], strict=False)
            if (earlier.after, earlier.after_is) != (later.before, later.before_is)
        ]
        complaint = f"does not begin where the step before it ended: {', '.join(broken)}" if broken else ""
        return CheckResult(
            title="The steps form a chain",
            verdict=Verdict.REFUTED if broken else Verdict.PROVED,
            method="each step begins with the very expression, of the same meaning, that the one before ended with",
            detail=complaint,
        )

    def _check_answers(self) -> CheckResult:
        complaints = []
        ends = {step.after_is: step.after for step in self.steps}
        followed = Quantity.NEXT_PROJECTION if isinstance(self.model, PolynomialLoss) else Quantity.NEXT_RESCALED
        if self.family is not None and not vanishes(self.family.expression - ends[followed]):
            complaints.append("the family is not the last step's map")
        if self.weight_map != ends[Quantity.NEXT_PROJECTION] and self.weight_map not in {s.before for s in self.steps}:
            complaints.append("the weight map is not the chain's")
        if self.residual_map is not None:
            definitions = [pair for step in self.steps for pair in step.definitions]
            if any(
                value_at(self.residual_map, trial.values) != trial.quantities[Quantity.NEXT_RESIDUAL]
                for _, trial in experiments(self.model)
            ):
                complaints.append("the residual map differs from gradient descent")
            for symbol, stated in ((SYMBOLS.a, self.scale), (SYMBOLS.kappa, self.residual_scale)):
                found = dict(definitions).get(symbol)
                if found is not None and not agree(at_target(found, self.model), stated):
                    complaints.append(f"{symbol} is not what the chain introduced")
        if not agree(self.model.scale, self.scale):
            complaints.append("a is not half of step size × sharpness at an interpolating minimum")
        if self.quotient_map is not None:
            shifted = {self.model.coordinates[0]: self.quotient_center + SYMBOLS.h}
            move = self.weight_map.xreplace(shifted) - self.quotient_center
            if not vanishes(self.quotient_map.xreplace({SYMBOLS.s: SYMBOLS.h**2}) - move**2):
                complaints.append("the map of the square is not the square of the weight map")
        return CheckResult(
            title="The answers are what the chain shows",
            verdict=Verdict.REFUTED if complaints else Verdict.PROVED,
            method="zero tests" if self.scale is None else f"zero tests, and {_SCALE_METHOD}",
            detail="; ".join(complaints),
        )

    def _check_residual(self, residual: Derivation) -> CheckResult:
        """The square, multiplied out, is the loss; and the residual's own derivation holds."""
        squared = self.model.squared if isinstance(self.model, PolynomialLoss) else None
        complaints = []
        if squared is None or squared.model != residual.model or not vanishes(squared.loss - self.model.loss):
            complaints.append("the square plus the constant is not the loss")
        if residual.holds is not Verdict.PROVED:
            complaints.append("the derivation of the residual's map does not hold")
        return CheckResult(
            title="The loss is a squared residual plus a constant",
            verdict=Verdict.REFUTED if complaints else Verdict.PROVED,
            method="the square, multiplied out; every step of the residual's own derivation",
            detail="; ".join(complaints),
        )

    def _line(self) -> str:
        told = f"no residual map: {self.obstruction}" if self.family is None else family_text(self.family)
        return f"{self.model.name}, {count_text(len(self.steps), 'step')}; {told}"

    def _repr_latex_(self) -> str:
        if self.family is None:
            return self.steps[-1]._repr_latex_() if self.steps else latex_inline(self.weight_map)
        return self.family._repr_latex_()

    def _repr_html_(self) -> str:
        facts = [
            ("map", "" if self.family is None else family_html(self.family)),
            ("no residual map", "" if self.obstruction is None else words_html(self.obstruction)),
            ("a", "" if self.scale is None else formula_html(self.scale)),
            ("z", "" if self.residual_scale is None else formula_html(self.residual_scale * SYMBOLS.e)),
            ("needs", "; ".join(words_html(text) for text in self.assumptions)),
            ("certainty", f"{level_html('exact')} once <code>check()</code> says proved"),
        ]
        rows = (
            (
                str(number),
                words_html(step.title),
                formula_html(step.after, step._reading_order()),
                words_html(str(step.after_is)),
            )
            for number, step in enumerate(self.steps, start=1)
        )
        caption = f"<strong>{text_html(self.model.name)}</strong>: what gradient descent reduces to"
        columns = ("step", "what is done", "gives", "which is")
        return facts_table(caption, facts) + rows_table("The steps", columns, rows, total=len(self.steps))


# ----------------------------------------------------------------------------------------------------- the derivation


def derive(model: Model) -> Derivation:
    """Derive what gradient descent on a model reduces to.

    Parameters
    ----------
    model : PhaseRetrieval, TwoLayerNetwork, OneWeight, PolynomialModel or PolynomialLoss
        Parameters may be symbols or numbers.

    Returns
    -------
    Derivation
        With ``family`` (the residual map with its one parameter) or, where there is none, ``obstruction``.

    Certainty
    ---------
    Exact; ``Derivation.check`` proves each step again by another route.

    Raises
    ------
    InputError
        If it is no model of :mod:`symphase.models`.

    References
    ----------
    Chen, Balasubramanian, Ghosal, Agrawalla, "From Stability to Chaos: Analyzing Gradient Descent Dynamics in
    Quadratic Regression", TMLR 2024, arXiv 2310.01687.

    Examples
    --------
    >>> from symphase.models import PhaseRetrieval
    >>> derivation = derive(PhaseRetrieval())
    >>> derivation.steps[-1].before
    -a + (1 - z)**2*(a + z)
    >>> derivation.steps[-1].after
    z**3 + z**2*(a - 2) + z*(1 - 2*a)
    >>> derivation.family.degree
    3
    >>> derivation.scale
    eta*q*(c**2 + 2*gamma*y)/(2*n)
    >>> derive(TwoLayerNetwork(outer_weights=(1, -1))).family is None
    True
    >>> derive(PolynomialLoss("(w^2-1)^2/4")).family.expression
    -eta*w**3 + w*(eta + 1)
    """
    if not isinstance(model, Model):
        raise InputError("model", model, "must be one of the models of symphase.models", "such as PhaseRetrieval()")
    if isinstance(model, TwoLayerNetwork) and len(model.populations) > _MAX_POPULATIONS:
        raise InputError(
            "model",
            f"{len(model.populations)} different outer weights",
            f"must have at most {_MAX_POPULATIONS} different outer weights for a derivation",
            "two different ones show why the reduction fails",
        )
    view = view_of(model)
    chain = _Chain(model, view)
    if isinstance(model, PolynomialLoss):
        return chain.follow_loss(model)
    chain.reach_projection()
    if view.squares:
        chain.share_factor()
    slope = sympy.Poly(sympy.diff(view.prediction, view.coordinate), view.coordinate)
    # Two eliminations decide; the first is far cheaper where the degree is high, and says no just as well.
    if slope.degree() > 1 and chain.keeps_weight_in_drift():
        return chain.stop_at_drift()
    if chain.eliminate():
        return chain.stop_at_populations()
    return chain.finish_linear() if slope.degree() == 0 else chain.finish_cubic(slope)


class _Chain:
    """The steps so far; each method adds some."""

    def __init__(self, model: Model, view: ModelView) -> None:
        self._model = model
        self._view = view
        self._steps: list[Step] = []
        self._expression = view.prediction
        self._quantity = Quantity.PREDICTION

    def _add(
        self,
        rule: Rule,
        after: sympy.Expr,
        after_is: Quantity,
        title: str,
        reason: str,
        assumptions: Sequence[str] = (),
        definitions: Sequence[tuple[sympy.Symbol, sympy.Expr]] = (),
    ) -> sympy.Expr:
        step = Step(
            title=title,
            before=self._expression,
            after=after,
            before_is=self._quantity,
            after_is=after_is,
            rule=rule,
            reason=reason,
            model=self._model,
            assumptions=tuple(assumptions),
            definitions=tuple(definitions),
        )
        self._steps.append(step)
        self._expression, self._quantity = after, after_is
        return after

    def follow_loss(self, model: PolynomialLoss) -> Derivation:
        """From a loss without a prediction to the map of its weight."""
        weight, eta = model.weight, SYMBOLS.eta
        self._expression, self._quantity = model.loss, Quantity.LOSS
        slope = self._add(
            Rule.DIFFERENTIATE,
            sympy.factor(sympy.diff(model.loss, weight)),
            Quantity.SLOPE,
            "The gradient",
            f"The derivative by the weight {weight}.",
        )
        self._add(
            Rule.DESCEND,
            weight - eta * slope,
            Quantity.NEXT_PROJECTION,
            "The gradient descent step",
            f"{weight} ← {weight} − ηL′.",
        )
        self._weight_map = self._add(
            Rule.EXPAND,
            sympy.Poly(self._expression, weight).as_expr(),
            Quantity.NEXT_PROJECTION,
            "The map",
            f"Expanded in powers of {weight}; the step size η is its one parameter.",
        )
        squared = model.squared
        follows = squared is not None and sympy.degree(squared.model.prediction, weight) == 2
        residual = derive(squared.model) if squared is not None and follows else None
        if sympy.degree(slope, weight) == 1:
            return self._finish(obstruction=_explain_parabola(sympy.diff(slope, weight)))
        family = PolynomialFamily(self._weight_map, variable=weight, parameter=eta)
        return self._finish(family=family, residual=residual)

    def reach_projection(self) -> None:
        """From the prediction to the projection after one step on orthogonal rows."""
        view, s = self._view, SYMBOLS
        alone = view.other is None
        squares = (view.prediction - s.y) ** 2
        if not alone:
            squares += (view.other - s.y_j) ** 2
        loss = self._add(
            Rule.LOSS,
            view.loss_weight / view.samples * squares,
            Quantity.LOSS,
            "The loss",
            "One sample."
            if alone
            else f"The part of two samples i and j in the {self._model.reduction}; "
            "every further sample enters as j does.",
            () if alone else ("there are n samples",),
        )
        along = _by_residual(sympy.diff(loss, view.coordinate), view.prediction - s.y) * view.norm_squared
        if not alone:
            along += _by_residual(sympy.diff(loss, s.p_j), view.other - s.y_j) * s.G
        slope = self._add(
            Rule.DIFFERENTIATE,
            along,
            Quantity.SLOPE,
            "The gradient",
            f"The derivative by the weight {view.coordinate}."
            if alone
            else "Moving the weights by h times the row of i moves p by hq, q = ‖x‖², and p_j by hG, where G is the "
            "inner product of the two rows.",
        )
        stepped = self._add(
            Rule.DESCEND,
            view.coordinate - s.eta * slope,
            Quantity.NEXT_PROJECTION if alone else Quantity.NEXT_COUPLED,
            "The gradient descent step",
            "w ← w − η∇L" + ("." if alone else ", projected on the row of i."),
            ("the step size η is the same for all weights",),
        )
        if not alone:
            self._add(
                Rule.DECOUPLE,
                stepped.subs(s.G, 0),
                Quantity.NEXT_PROJECTION,
                "Orthogonal rows decouple",
                "Only the inner product G couples sample i to sample j; on orthogonal rows it is 0.",
                ("the rows of the features are pairwise orthogonal: G = 0",),
            )
        self._weight_map = self._expression

    def share_factor(self) -> None:
        """All neurons of one outer weight are multiplied by one factor."""
        view, s = self._view, SYMBOLS
        after = self._expression.subs(view.prediction - s.y, s.e)
        factor = sympy.expand(sympy.cancel(after / s.p))
        self._add(
            Rule.SHARE,
            s.p * factor,
            Quantity.NEXT_PROJECTION,
            "Every neuron is multiplied by the same factor",
            "With e = g − y the factor holds the residual and the neuron's outer weight, but nothing else of the "
            "neuron: the squares of all neurons of one outer weight, hence their sum, are multiplied by its square.",
            (
                "all outer weights are equal" if len(view.squares) == 1 else "the neuron has the first outer weight",
                "the outer layer is not trained",
            ),
        )

    def _normal_form(self, expression: sympy.Expr) -> sympy.Poly:
        """Reduce modulo g = y + e, a Gröbner basis of itself, with what is eliminated first."""
        view, s = self._view, SYMBOLS
        relation = sympy.Poly(view.prediction - s.y - s.e, view.eliminated)
        return sympy.Poly(expression, view.eliminated).rem(relation)

    def eliminate(self) -> bool:
        """Eliminate the weights from the next residual; say whether some stay."""
        view, s = self._view, SYMBOLS
        remainder = self._normal_form(view.moved(self._expression) - s.y)
        after = sympy.Poly(sympy.expand(sympy.cancel(remainder.as_expr())), s.e)
        stays = bool(after.free_symbols & set(view.kept))
        self._add(
            Rule.ELIMINATE,
            sympy.Add(*(sympy.factor(value) * s.e**power for (power,), value in after.terms())),
            Quantity.NEXT_RESIDUAL,
            "The next residual, as far as elimination goes" if stays else "The recursion of the residual",
            f"Eliminating {view.eliminated} between e = g − y and the next residual e′ leaves a relation that is "
            + ("linear in e′, but sums of squares stay." if stays else "linear in e′ and free of the weights."),
            _nonzero(_leading(view)),
        )
        self._residual_map = self._expression
        return stays

    def stop_at_populations(self) -> Derivation:
        """Different outer weights: say why one residual is not enough."""
        view, s = self._view, SYMBOLS
        populations = self._model.populations  # type: ignore[attr-defined]  # a network, as it has populations
        rest = sorted(str(symbol) for symbol in self._expression.free_symbols & set(view.kept))
        factors = ", ".join(f"of outer weight {v} by {1 - v / populations[0] * s.z}" for v in populations)
        return self._finish(
            obstruction=(
                "The outer weights are not all equal, so that the neurons do not share one factor: with z = κe and κ "
                f"for outer weight {populations[0]}, a step multiplies the neurons {factors}. The next residual "
                f"therefore depends on how the prediction is shared between the populations ({', '.join(rest)} cannot "
                f"be eliminated): the state has {len(populations)} dimensions, and no map of the residual alone exists."
            )
        )

    def _drift(self) -> sympy.Poly:
        """∂e′/∂η at η = 0 in normal form: e′ = e + g′·(w′ − w) + O(η²), and w′ − w is linear in η."""
        view = self._view
        moved = sympy.diff(self._expression, SYMBOLS.eta)
        return self._normal_form(sympy.diff(view.prediction, view.coordinate) * moved)

    def keeps_weight_in_drift(self) -> bool:
        """Say whether the drift is no function of the residual (a residual map's own drift would be one)."""
        return bool(self._drift().degree() > 0)

    def stop_at_drift(self) -> Derivation:
        """Say why no residual map exists: first order in the step size shows it."""
        view = self._view
        self._add(
            Rule.EXPAND_DRIFT,
            sympy.Add(*(sympy.factor(value) * view.coordinate**power for (power,), value in self._drift().terms())),
            Quantity.DRIFT,
            "The change of the residual, to first order in the step size",
            f"The coefficient of η in g(w′) − y, reduced modulo g = y + e as far as it goes; {view.coordinate} stays.",
        )
        center, quotient = self._quotient()
        return self._finish(
            obstruction=self._explain_degree(center, quotient), quotient_map=quotient, quotient_center=center
        )

    def _explain_degree(self, center: sympy.Expr | None, quotient: sympy.Expr | None) -> str:
        view = self._view
        degree = int(sympy.degree(view.prediction, view.coordinate))
        branches = _count_successors(self._model, view)
        shown = branches if branches == degree else f"at least {branches}"
        text = (
            f"No polynomial map of the residual exists: at one residual e there are {degree} weights (complex ones "
            "counted) with g = y + e, and they do not move it alike. Already to first order in the step size the "
            f"change of e, reduced modulo g = y + e, still contains {view.coordinate}. Eliminating it leaves "
            f"a relation of degree {shown} in the next residual, not a linear one."
        )
        if _is_one_to_one(view):
            text += (
                " Over the real numbers g is one-to-one, so that e does determine the next residual, but through the "
                "inverse function of g, which is no polynomial."
            )
        if quotient is not None:
            text += (
                f" g is symmetric about {view.coordinate} = {center}, and s = ({view.coordinate - center})² follows "
            )
            text += "a polynomial map."
        return f"{text} The weight itself follows a polynomial map: {view.coordinate} ← {view.coordinate} − ηL′."

    def _quotient(self) -> tuple[sympy.Expr | None, sympy.Expr | None]:
        """If g(2m − w) = g(w), then w′ − m is odd in v = w − m, and its square is a polynomial in s = v²."""
        view, s = self._view, SYMBOLS
        polynomial = sympy.Poly(view.prediction, view.coordinate)
        degree = polynomial.degree()
        if degree % 2:
            return None, None
        center = sympy.cancel(-polynomial.nth(degree - 1) / (degree * polynomial.LC()))
        shifted = sympy.Poly(view.prediction.subs(view.coordinate, s.h + center), s.h)
        if any(power % 2 for (power,) in shifted.monoms()):
            return None, None
        move = sympy.Poly(self._weight_map.subs(view.coordinate, s.h + center) - center, s.h)
        half = sympy.Add(*(value * s.s ** ((power - 1) // 2) for (power,), value in move.terms()))
        return center, s.s * sympy.factor(half) ** 2

    def finish_linear(self) -> Derivation:
        """The residual is multiplied by a constant."""
        s = SYMBOLS
        multiplier = sympy.Poly(self._expression, s.e).nth(1)
        scale = sympy.factor((1 - multiplier) / 2)
        self._add(
            Rule.INTRODUCE,
            sympy.expand(s.e * (1 - 2 * s.a)),
            Quantity.NEXT_RESIDUAL,
            "One parameter",
            "a is half of what the multiplier falls short of 1.",
            definitions=((s.a, scale),),
        )
        return self._finish(
            scale=scale,
            residual_map=self._residual_map,
            obstruction=(
                "The prediction is linear in the weights: the model is linear regression. The residual is multiplied "
                "by 1 − 2a in every step, so that it converges for 0 < a < 1 and diverges for a > 1; there is no cubic "
                "map, and there are no further phases."
            ),
        )

    def finish_cubic(self, slope: sympy.Poly) -> Derivation:
        """From the recursion of the residual to the one-parameter family."""
        view, s = self._view, SYMBOLS
        flat = -slope.nth(0) / slope.nth(1)
        at_rest = view.prediction.xreplace(
            {view.coordinate: flat, **{symbol: sympy.Integer(0) for symbol, _ in view.squares}}
        )
        fixed = sympy.factor(at_rest - s.y)
        centered, kappa = _around(self._expression, s.e, fixed)
        self._add(
            Rule.FACTOR,
            centered,
            Quantity.NEXT_RESIDUAL,
            "The factored recursion",
            "Where the gradient of the prediction vanishes the residual stays as it is; dividing by the distance to "
            "that residual leaves a perfect square, as the slope of the prediction is multiplied by one factor and its "
            "square is proportional to that distance.",
        )
        level = sympy.factor(kappa * fixed)
        rescaled, _ = _around(sympy.cancel(kappa * self._expression.subs(s.e, s.z / kappa)), s.z, level)
        self._add(
            Rule.RESCALE,
            rescaled,
            Quantity.NEXT_RESCALED,
            "The rescaled residual",
            "z = κe, with κ such that the factor of the slope is 1 − z.",
            _nonzero(kappa),
            ((s.kappa, kappa), (s.z, s.kappa * s.e)),
        )
        scale = sympy.factor(-level)
        # The map depends on the data through one number only: trade the target for it.
        target = sympy.Poly(scale - s.a, s.y)
        traded = sympy.cancel(rescaled.subs(s.y, -target.nth(0) / target.nth(1)))
        one_parameter, _ = _around(traded, s.z, -s.a)
        self._add(
            Rule.INTRODUCE,
            one_parameter,
            Quantity.NEXT_RESCALED,
            "One parameter",
            "Step size and data enter through one number only, a: minus the rescaled residual at which the gradient of "
            "the prediction vanishes.",
            definitions=((s.a, scale),),
        )
        expanded = self._add(
            Rule.EXPAND,
            sympy.collect(sympy.expand(one_parameter), s.z),
            Quantity.NEXT_RESCALED,
            "The map",
            "Expanded in powers of z.",
        )
        return self._finish(
            family=PolynomialFamily(expanded, variable=s.z, parameter=s.a),
            scale=at_target(scale, self._model),
            residual_scale=kappa,
            residual_map=self._residual_map,
        )

    def _finish(self, **answers: Any) -> Derivation:
        assumptions = dict.fromkeys(text for step in self._steps for text in step.assumptions)
        answers = {
            "family": None,
            "scale": None,
            "residual_scale": None,
            "residual_map": None,
            "obstruction": None,
            **answers,
        }
        return Derivation(
            model=self._model,
            steps=tuple(self._steps),
            weight_map=self._weight_map,
            assumptions=tuple(assumptions),
            **answers,
        )


def _explain_parabola(curvature: sympy.Rational) -> str:
    """Say what a quadratic loss does: all there is to know."""
    text = (
        f"The loss is a parabola of second derivative {curvature}: the map of the weight is linear, and the distance "
    )
    if curvature > 0:
        text += (
            f"to the minimum is multiplied by 1 − {_times_eta(curvature)} in every step. It converges for "
            f"0 < η < {2 / curvature} and diverges for η > {2 / curvature}; "
        )
    else:
        text += (
            f"to the maximum is multiplied by 1 + {_times_eta(-curvature)} > 1 in every step: "
            "it diverges at every η > 0; "
        )
    return f"{text}there are no further phases."


def _times_eta(number: sympy.Rational) -> str:
    return "η" if number == 1 else f"{number}·η"


def _leading(view: ModelView) -> sympy.Expr:
    return sympy.Poly(view.prediction, view.eliminated).LC()


def _nonzero(expression: sympy.Expr) -> tuple[str, ...]:
    """Say which factors an assumption keeps from being zero."""
    numerator, _ = sympy.fraction(sympy.together(expression))
    return tuple(f"{factor} is not 0" for factor, _ in sympy.factor_list(numerator)[1])


def _by_residual(derivative: sympy.Expr, residual: sympy.Expr) -> sympy.Expr:
    """Write a derivative of the loss as the residual times the rest, so that a reader finds g − y in it again."""
    return residual * sympy.factor(sympy.cancel(derivative / residual))


def _around(expression: sympy.Expr, variable: sympy.Symbol, fixed: sympy.Expr) -> tuple[sympy.Expr, sympy.Expr]:
    """Write f as (v − v*)(1 − κv)² + v* around a fixed point v*, by exact division; also return κ."""
    quotient = sympy.Poly(expression, variable).quo(sympy.Poly(variable - fixed, variable))
    kappa = sympy.factor(-quotient.nth(1) / 2)
    return (variable - fixed) * (1 - kappa * variable) ** 2 + fixed, kappa


def _count_successors(model: Model, view: ModelView) -> int:
    """Degree in e′ of what eliminating w leaves, from below: the degree of g(w′) over Q(e, y, η), modulo a prime.

    Powers of g(w′) that are independent modulo a prime at one rational point are independent in general.
    """
    rng = random.Random(SEED)  # noqa: S311  # any point will do
    values = {
        symbol: Fraction(rng.randint(2, 999)) for symbol in (*model.parameters, SYMBOLS.eta, SYMBOLS.e, SYMBOLS.y)
    }

    def residue(number: Fraction) -> int:
        return number.numerator * pow(number.denominator, -1, _PRIME) % _PRIME

    def reduced(expression: sympy.Expr) -> Any:
        coefficients = sympy.Poly(expression, view.coordinate).all_coeffs()[::-1]
        return flint.nmod_poly([residue(evaluate(value, values)) for value in coefficients], _PRIME)

    prediction = reduced(view.prediction)
    relation = prediction - residue(values[SYMBOLS.y] + values[SYMBOLS.e])
    degree = relation.degree()
    pull = reduced(2 * view.loss_weight * sympy.diff(view.prediction, view.coordinate))
    weight = (flint.nmod_poly([0, 1], _PRIME) - pull * residue(values[SYMBOLS.eta] * values[SYMBOLS.e])) % relation
    following = flint.nmod_poly([0], _PRIME)
    for k in range(degree, -1, -1):
        following = (following * weight + int(prediction[k])) % relation
    power = flint.nmod_poly([1], _PRIME)
    rows = []
    for _ in range(degree + 1):
        rows.append([int(power[k]) for k in range(degree)])
        power = power * following % relation
    return int(flint.nmod_mat(degree + 1, degree, [value for row in rows for value in row], _PRIME).rank())


def _is_one_to_one(view: ModelView) -> bool:
    """Say whether g is known to be monotone on the real line: g′ has no real root of odd order (exact root counts)."""
    slope = sympy.Poly(sympy.diff(view.prediction, view.coordinate), view.coordinate)
    if slope.free_symbols_in_domain:
        return False
    return all(order % 2 == 0 or factor.count_roots() == 0 for factor, order in slope.sqf_list()[1])
