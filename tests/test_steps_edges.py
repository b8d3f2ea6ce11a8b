"""Steps word for word, the view of every model, and every complaint of a check."""

from __future__ import annotations

import dataclasses
import re
from functools import cache
from typing import Any

import pytest
import sympy
from edges import table

from symphase import steps
from symphase.derivation import derive
from symphase.display import formula_html, latex_inline, level_html
from symphase.enclosures import Certainty, Verdict
from symphase.errors import InputError
from symphase.models import SYMBOLS, Model, OneWeight, PhaseRetrieval, PolynomialLoss, PolynomialModel, TwoLayerNetwork
from symphase.steps import CheckResult, ModelView, Rule, Step, agree, at_target, latex_name, vanishes, view_of
from symphase.trials import Quantity, experiments

a, z, e, y, eta, q, n, p, w, s = (
    getattr(SYMBOLS, name) for name in ("a", "z", "e", "y", "eta", "q", "n", "p", "w", "s")
)
p_j, s_j = SYMBOLS.p_j, SYMBOLS.s_j
b, second, second_j = sympy.symbols("b S_2 S_2_j")
RETRIEVAL = PhaseRetrieval(gamma="3/2", c="1/2")
NETWORK = TwoLayerNetwork(outer_weights=(2, -1, 0))
WEIGHTED = PolynomialModel("b*w^2 + w", parameters=["b"])
CUBIC = PolynomialModel("b*w^3 + w^2", parameters=["b"])
LOSS = PolynomialLoss("w^4/4 - w")
MODELS: list[Model] = [RETRIEVAL, NETWORK, OneWeight(), WEIGHTED, CUBIC, LOSS]


@cache
def chain(model: Model) -> tuple[Step, ...]:
    return derive(model).steps


def step_of(model: Model, rule: Rule) -> Step:
    return next(step for step in chain(model) if step.rule is rule)


# ---------------------------------------------------------------------------------------------------------- in words


def test_an_answer_in_words() -> None:
    plain = CheckResult(title="The a", verdict=Verdict.PROVED, method="by e & <f>")
    assert plain._line() == "The a: proved [exact]"
    assert table(plain._repr_html_()) == (
        "The <var>a</var>",
        {"verdict": f"proved {level_html(Certainty.EXACT)}", "method": "by <var>e</var> &amp; &lt;<var>f</var>&gt;"},
    )
    wrong = dataclasses.replace(plain, verdict=Verdict.REFUTED, detail="1 < 2")
    assert wrong._line() == "The a: refuted [exact]; 1 < 2"
    assert table(wrong._repr_html_())[1]["detail"] == "1 &lt; 2"
    assert table(wrong._repr_html_())[1]["verdict"] == f"refuted {level_html(Certainty.EXACT)}"


def test_a_step_in_words() -> None:
    step = step_of(RETRIEVAL, Rule.INTRODUCE)
    order = (z, e, p, s, p_j, s_j)
    assert step._reading_order() == order
    assert step._line() == "One parameter: the rescaled residual after one step becomes (z + a)(1 − z)² − a"
    assert step._repr_latex_() == latex_inline(step.after, order, left="z' = ")
    assert table(step._repr_html_()) == (
        "<strong>One parameter</strong>",
        {
            "before": f"{formula_html(step.before, order)}<br>the rescaled residual after one step",
            "after": f"{formula_html(step.after, order)}<br>the rescaled residual after one step",
            "with a": formula_html(eta * q * (12 * y + 1) / (8 * n)),
            "rule": "introduce the parameter <var>a</var>",
            "reason": "Step size and data enter through one number only, <var>a</var>: minus the rescaled residual at "
            "which the gradient of the prediction vanishes.",
            "certainty": f"{level_html(Certainty.EXACT)} once <code>check()</code> says proved",
        },
    )
    titled = dataclasses.replace(step, title="On e & b", assumptions=("z is not 0", "e is not 1"))
    caption, facts = table(titled._repr_html_())
    assert caption == "<strong>On <var>e</var> &amp; <var>b</var></strong>"
    assert facts["needs"] == "<var>z</var> is not 0; <var>e</var> is not 1"


def test_sides_of_a_step_are_told_apart() -> None:
    step = step_of(RETRIEVAL, Rule.DIFFERENTIATE)
    assert (step.before_latex, step.after_latex) == ("L_{ij}", r"x_i^{\top} \nabla L_{ij}")
    facts = table(step._repr_html_())[1]
    assert facts["before"].endswith("<br>the loss")
    assert facts["after"].endswith("<br>the derivative of the loss along the feature row of sample <var>i</var>")


def test_what_moves_comes_first_in_sums() -> None:
    assert step_of(OneWeight(), Rule.LOSS)._reading_order() == (z, e, w, p, s, p_j, s_j)
    assert step_of(NETWORK, Rule.LOSS)._line() == (
        "The loss: the loss becomes (1/(2n))((α(2p² + 2s − S_2) − y)² + (α(2p_j² + 2s_j − S_2,j) − y_j)²)"
    )
    assert step_of(OneWeight(), Rule.ELIMINATE)._line() == (
        "The recursion of the residual: the residual after one step becomes η²e³ + η(ηy − 2)e² + (1 − 2ηy)e"
    )
    facts = table(step_of(OneWeight(), Rule.LOSS)._repr_html_())[1]
    assert facts["before"] == f"{formula_html(w**2, (z, e, w))}<br>the prediction for sample <var>i</var>"


@pytest.mark.parametrize(
    ("quantity", "scalar", "vector"),
    [
        (Quantity.PREDICTION, "g", "g"),
        (Quantity.LOSS, "L", "L_{ij}"),
        (Quantity.SLOPE, "L'", r"x_i^{\top} \nabla L_{ij}"),
        (Quantity.NEXT_COUPLED, "w'", "p'"),
        (Quantity.NEXT_PROJECTION, "w'", "p'"),
        (Quantity.NEXT_RESIDUAL, "e'", "e'"),
        (Quantity.DRIFT, *2 * (r"\left.\frac{\partial e'}{\partial \eta}\right|_{\eta = 0}",)),
        (Quantity.NEXT_RESCALED, "z'", "z'"),
    ],
)
def test_names_of_quantities(quantity: Quantity, scalar: str, vector: str) -> None:
    for model in (OneWeight(), WEIGHTED, LOSS):
        assert latex_name(quantity, model) == scalar
    for other in (RETRIEVAL, NETWORK):
        assert latex_name(quantity, other) == vector


def test_rules_read_as_what_they_do() -> None:
    assert str(Rule.EXPAND_DRIFT) == "expand in the step size and reduce"


# ------------------------------------------------------------------------------------------------ the view of a model


ONE, HALF = sympy.Integer(1), sympy.Rational(1, 2)
G_P = 3 * p**2 / 4 + p / 2
VIEWS: list[tuple[Model, ModelView]] = [
    (
        RETRIEVAL,
        ModelView(prediction=G_P, coordinate=p, other=G_P.subs(p, p_j), norm_squared=q, samples=n, loss_weight=HALF),
    ),
    (
        NETWORK,
        ModelView(
            prediction=SYMBOLS.alpha * (2 * (p**2 + s) - second),
            coordinate=p,
            other=SYMBOLS.alpha * (2 * (p_j**2 + s_j) - second_j),
            norm_squared=q,
            samples=n,
            loss_weight=HALF,
            squares=((s, ONE), (second, -HALF)),
        ),
    ),
    (
        OneWeight(),
        ModelView(prediction=w**2, coordinate=w, other=None, norm_squared=ONE, samples=ONE, loss_weight=HALF / 2),
    ),
    (
        WEIGHTED,
        ModelView(prediction=b * w**2 + w, coordinate=w, other=None, norm_squared=ONE, samples=ONE, loss_weight=HALF),
    ),
    (
        LOSS,
        ModelView(prediction=w**4 / 4 - w, coordinate=w, other=None, norm_squared=ONE, samples=ONE, loss_weight=ONE),
    ),
]


@pytest.mark.parametrize(("model", "view"), VIEWS, ids=lambda value: type(value).__name__)
def test_models_as_the_chain_sees_them(model: Model, view: ModelView) -> None:
    found = view_of(model)
    for field in dataclasses.fields(ModelView):
        mine, theirs = getattr(found, field.name), getattr(view, field.name)
        assert mine == theirs or sympy.expand(mine - theirs) == 0


def test_three_populations_have_a_symbol_each() -> None:
    view = view_of(TwoLayerNetwork(outer_weights=(1, -2, 3)))
    third, third_j = sympy.symbols("S_3 S_3_j")
    own = view.squares[0][0]
    assert own == s
    assert [symbol for symbol, _ in view.squares[1:]] == [second, third]
    populations = TwoLayerNetwork(outer_weights=(1, -2, 3)).populations
    assert [ratio * populations[0] for _, ratio in view.squares] == list(populations)
    assert view.other is not None
    assert {p_j, s_j, second_j, third_j} <= view.other.free_symbols
    assert not {p, s, second, third} & view.other.free_symbols


def test_what_elimination_removes_and_must_not_leave() -> None:
    assert (view_of(NETWORK).eliminated, view_of(NETWORK).kept) == (s, (p, s, second))
    assert (view_of(RETRIEVAL).eliminated, view_of(RETRIEVAL).kept) == (p, (p,))


def test_predictions_after_a_step() -> None:
    assert view_of(OneWeight()).moved(2 * w + 1) == (2 * w + 1) ** 2
    moved = view_of(NETWORK).moved(5 * p)  # s has the same factor 5; the moves of S_2 are −1/2 times as large
    expected = SYMBOLS.alpha * (2 * (25 * p**2 + 25 * s) - second * (1 - HALF * 4) ** 2)
    assert sympy.expand(moved - expected) == 0


def test_regression_what_is_no_model_is_told_where_they_are() -> None:
    """An AttributeError came first."""
    said = "model = w^2: must be one of the models of symphase.models; see symphase.models"
    with pytest.raises(InputError, match=f"^{re.escape(said)}$"):
        view_of("w^2")  # type: ignore[arg-type]  # the point of the test


def test_the_targets_number_is_put_in() -> None:
    assert at_target(y**2 + a, OneWeight(target=3)) == 9 + a
    assert at_target(y**2 + a, OneWeight()) == y**2 + a


# ------------------------------------------------------------------------------------------------------------- checks


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_every_step_is_proved_and_none_with_another_side(model: Model) -> None:
    assert len(chain(model)) >= 3
    for step in chain(model):
        assert step.check() == CheckResult(
            title=step.title,
            verdict=Verdict.PROVED,
            method="zero test of the expanded difference; exact gradient descent in fractions at 6 random rational "
            "points (seed 20231001)",
        )
        relation = steps._RELATIONS[step.rule]
        for side in ("before", "after"):
            shifted = dataclasses.replace(step, **{side: getattr(step, side) + 1})
            if (step.rule, side) != (Rule.DIFFERENTIATE, "before"):
                assert not vanishes(relation(shifted, view_of(model)))
            assert shifted.check().detail.startswith("the expanded difference is not zero; ") is (
                (step.rule, side) != (Rule.DIFFERENTIATE, "before")
            )
            assert shifted.check().detail.endswith(f"{side} differs from gradient descent at random point 1")


def test_a_relation_is_that_of_its_rule() -> None:
    assert set(steps._RELATIONS) == set(Rule)
    assert {step.rule for model in MODELS for step in chain(model)} == set(Rule)


def test_a_difference_at_a_later_point_is_seen() -> None:
    step = step_of(RETRIEVAL, Rule.EXPAND)
    first = experiments(RETRIEVAL)[0][1].values
    same_there = sympy.prod(z - sympy.Rational(str(first[z])) for _ in range(1))
    result = dataclasses.replace(step, before=step.before + same_there, after=step.after + same_there).check()
    assert (result.verdict, result.detail) == (
        Verdict.REFUTED,
        "before differs from gradient descent at random point 2",
    )


def test_definitions_are_tried_too() -> None:
    step = step_of(RETRIEVAL, Rule.RESCALE)
    (kappa, meaning), scaled = step.definitions
    wrong = dataclasses.replace(step, definitions=((kappa, 2 * meaning), scaled)).check()
    assert wrong.detail == (
        "the expanded difference is not zero; kappa differs from gradient descent at random point 1"
    )
    first = experiments(RETRIEVAL)[0][1].values
    same_there = meaning + q - sympy.Rational(str(first[q]))
    wrong = dataclasses.replace(step, definitions=((kappa, same_there), scaled)).check()
    assert wrong.detail.endswith("; kappa differs from gradient descent at random point 2")


@pytest.mark.parametrize("after", [sympy.sqrt(z), sympy.zoo, sympy.sin(z)])
def test_what_cannot_be_compared_is_refuted(after: Any) -> None:
    step = dataclasses.replace(step_of(RETRIEVAL, Rule.EXPAND), after=after)
    assert step.check().detail == (
        "the expressions, or the definitions they need, are not there to be compared; "
        "after differs from gradient descent at random point 1"
    )


def test_missing_definitions_are_refuted() -> None:
    step = dataclasses.replace(step_of(RETRIEVAL, Rule.RESCALE), definitions=())
    assert step.check().detail == "the expressions, or the definitions they need, are not there to be compared"
    assert step.check().verdict is Verdict.REFUTED


def test_coupled_rows_are_tried_where_they_are_meant() -> None:
    step = step_of(RETRIEVAL, Rule.DECOUPLE)  # before it the rows are not orthogonal, after it they are
    assert step.check().verdict is Verdict.PROVED
    coupled = dataclasses.replace(step, before=step.after)
    assert coupled.check().detail == "before differs from gradient descent at random point 1"


def test_zero_tests() -> None:
    assert vanishes((z**2 - 1) / (z - 1) - z - 1)
    assert not vanishes(1 / z)
    with pytest.raises(ArithmeticError, match=r"^sqrt\(z\) \+ 1 is no polynomial$"):
        vanishes(sympy.sqrt(z) + 1)
    assert agree(None, None)
    assert not agree(None, z)
    assert not agree(z, None)
    assert not agree(z, e)
    assert agree((z + 1) ** 2, z**2 + 2 * z + 1)
