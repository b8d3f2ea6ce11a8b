"""Derivations step by step, word for word, and every complaint of their checks."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest
import sympy
from edges import table

from symphase import derivation as module
from symphase.derivation import Derivation, derive
from symphase.display import family_html, family_text, formula_html, latex_inline, level_html, rows_table, words_html
from symphase.enclosures import Verdict
from symphase.errors import InputError
from symphase.maps import PolynomialFamily
from symphase.models import SYMBOLS, Model, OneWeight, PhaseRetrieval, PolynomialLoss, PolynomialModel, TwoLayerNetwork
from symphase.steps import CheckResult, Rule
from symphase.trials import Quantity

a, z, e, y, eta, q, n, p, w, s, kappa, alpha, G, h = (
    getattr(SYMBOLS, name) for name in ("a", "z", "e", "y", "eta", "q", "n", "p", "w", "s", "kappa", "alpha", "G", "h")
)
p_j, s_j, y_j = SYMBOLS.p_j, SYMBOLS.s_j, SYMBOLS.y_j
b, second, second_j = sympy.symbols("b S_2 S_2_j")
ONE = OneWeight()
RETRIEVAL = PhaseRetrieval(gamma=2, c=0)
LINEAR = PolynomialModel("b*w + 2", parameters=["b"])
NETWORK = TwoLayerNetwork(outer_weights=(2, -1, 0))
EVEN = PolynomialModel("w^4 - 4*w^3 + 6*w^2 - 4*w")
CUBIC = PolynomialModel("b*w^3 + w^2", parameters=["b"])
FOURTH = PolynomialLoss("(w^2-1)^2/4")


# ------------------------------------------------------------------------------------------------------ step by step

Words = dict[Rule, tuple[str, str, Sequence[str]]]
SAME_STEP = ["the step size η is the same for all weights"]
ALONE: Words = {
    Rule.LOSS: ("The loss", "One sample.", []),
    Rule.DIFFERENTIATE: ("The gradient", "The derivative by the weight w.", []),
    Rule.DESCEND: ("The gradient descent step", "w ← w − η∇L.", SAME_STEP),
    Rule.ELIMINATE: (
        "The recursion of the residual",
        (
            "Eliminating w between e = g − y and the next residual e′ leaves a relation that is linear in e′ and free "
            "of the weights."
        ),
        [],
    ),
    Rule.FACTOR: (
        "The factored recursion",
        (
            "Where the gradient of the prediction vanishes the residual stays as it is; dividing by the distance to "
            "that residual leaves a perfect square, as the slope of the prediction is multiplied by one factor and "
            "its square is proportional to that distance."
        ),
        [],
    ),
    Rule.RESCALE: ("The rescaled residual", "z = κe, with κ such that the factor of the slope is 1 − z.", []),
    Rule.INTRODUCE: (
        "One parameter",
        (
            "Step size and data enter through one number only, a: minus the rescaled residual at which the gradient of "
            "the prediction vanishes."
        ),
        [],
    ),
    Rule.EXPAND: ("The map", "Expanded in powers of z.", []),
    Rule.EXPAND_DRIFT: (
        "The change of the residual, to first order in the step size",
        "The coefficient of η in g(w′) − y, reduced modulo g = y + e as far as it goes; w stays.",
        [],
    ),
}
PAIRED: Words = ALONE | {
    Rule.LOSS: (
        "The loss",
        "The part of two samples i and j in the mean; every further sample enters as j does.",
        ["there are n samples"],
    ),
    Rule.DIFFERENTIATE: (
        "The gradient",
        (
            "Moving the weights by h times the row of i moves p by hq, q = ‖x‖², and p_j by hG, where G is the inner "
            "product of the two rows."
        ),
        [],
    ),
    Rule.DESCEND: ("The gradient descent step", "w ← w − η∇L, projected on the row of i.", SAME_STEP),
    Rule.DECOUPLE: (
        "Orthogonal rows decouple",
        "Only the inner product G couples sample i to sample j; on orthogonal rows it is 0.",
        ["the rows of the features are pairwise orthogonal: G = 0"],
    ),
    Rule.SHARE: (
        "Every neuron is multiplied by the same factor",
        (
            "With e = g − y the factor holds the residual and the neuron's outer weight, but nothing else of the "
            "neuron: the squares of all neurons of one outer weight, hence their sum, are multiplied by its square."
        ),
        ["the neuron has the first outer weight", "the outer layer is not trained"],
    ),
    Rule.ELIMINATE: (ALONE[Rule.ELIMINATE][0], ALONE[Rule.ELIMINATE][1].replace("Eliminating w", "Eliminating p"), []),
}
STAYS: Words = PAIRED | {
    Rule.ELIMINATE: (
        "The next residual, as far as elimination goes",
        (
            "Eliminating s between e = g − y and the next residual e′ leaves a relation that is linear in e′, but "
            "sums of squares stay."
        ),
        ["alpha is not 0"],
    ),
}
ON_A_LINE: Words = ALONE | {
    Rule.ELIMINATE: (*ALONE[Rule.ELIMINATE][:2], ["b is not 0"]),
    Rule.INTRODUCE: ("One parameter", "a is half of what the multiplier falls short of 1.", []),
}
OWN_LOSS: Words = {
    Rule.DIFFERENTIATE: ALONE[Rule.DIFFERENTIATE],
    Rule.DESCEND: ("The gradient descent step", "w ← w − ηL′.", []),
    Rule.EXPAND: ("The map", "Expanded in powers of w; the step size η is its one parameter.", []),
}
END = [  # of every cubic chain, by z = κe and a alone
    (Rule.INTRODUCE, Quantity.NEXT_RESCALED, (z + a) * (1 - z) ** 2 - a),
    (Rule.EXPAND, Quantity.NEXT_RESCALED, z**3 + z**2 * (a - 2) + z * (1 - 2 * a)),
]
rate = 2 * eta * q / n
network = alpha * (2 * p**2 + 2 * s - second)
network_j = alpha * (2 * p_j**2 + 2 * s_j - second_j)
tau = alpha * eta * q / n
even = w**4 - 4 * w**3 + 6 * w**2 - 4 * w
CHAINS: list[tuple[Model, Words, list[tuple[Rule, Quantity, sympy.Expr]]]] = [
    (
        ONE,
        ALONE,
        [
            (Rule.LOSS, Quantity.LOSS, (w**2 - y) ** 2 / 4),
            (Rule.DIFFERENTIATE, Quantity.SLOPE, w * (w**2 - y)),
            (Rule.DESCEND, Quantity.NEXT_PROJECTION, w - eta * w * (w**2 - y)),
            # w′ = w(1 − ηe): e′ = (y + e)(1 − ηe)² − y
            (
                Rule.ELIMINATE,
                Quantity.NEXT_RESIDUAL,
                eta**2 * e**3 + eta * (eta * y - 2) * e**2 + (1 - 2 * eta * y) * e,
            ),
            (Rule.FACTOR, Quantity.NEXT_RESIDUAL, (e + y) * (1 - eta * e) ** 2 - y),
            (Rule.RESCALE, Quantity.NEXT_RESCALED, (z + eta * y) * (1 - z) ** 2 - eta * y),
            *END,
        ],
    ),
    (
        RETRIEVAL,
        PAIRED,
        [
            (Rule.LOSS, Quantity.LOSS, ((p**2 - y) ** 2 + (p_j**2 - y_j) ** 2) / (2 * n)),
            (Rule.DIFFERENTIATE, Quantity.SLOPE, 2 * p * q * (p**2 - y) / n + 2 * G * p_j * (p_j**2 - y_j) / n),
            (
                Rule.DESCEND,
                Quantity.NEXT_COUPLED,
                p - eta * (2 * p * q * (p**2 - y) / n + 2 * G * p_j * (p_j**2 - y_j) / n),
            ),
            (Rule.DECOUPLE, Quantity.NEXT_PROJECTION, p - rate * p * (p**2 - y)),
            (
                Rule.ELIMINATE,
                Quantity.NEXT_RESIDUAL,
                4 * eta**2 * q**2 / n**2 * e**3
                + 4 * eta * q * (eta * q * y - n) / n**2 * e**2
                - (4 * eta * q * y - n) / n * e,
            ),
            (Rule.FACTOR, Quantity.NEXT_RESIDUAL, (e + y) * (1 - rate * e) ** 2 - y),
            (Rule.RESCALE, Quantity.NEXT_RESCALED, (z + rate * y) * (1 - z) ** 2 - rate * y),
            *END,
        ],
    ),
    (
        NETWORK,
        STAYS,
        [
            (Rule.LOSS, Quantity.LOSS, ((network - y) ** 2 + (network_j - y_j) ** 2) / (2 * n)),
            (
                Rule.DIFFERENTIATE,
                Quantity.SLOPE,
                4 * alpha * p * q * (network - y) / n + 4 * G * alpha * p_j * (network_j - y_j) / n,
            ),
            (
                Rule.DESCEND,
                Quantity.NEXT_COUPLED,
                p - eta * (4 * alpha * p * q * (network - y) / n + 4 * G * alpha * p_j * (network_j - y_j) / n),
            ),
            (Rule.DECOUPLE, Quantity.NEXT_PROJECTION, p - 4 * tau * p * (network - y)),
            (Rule.SHARE, Quantity.NEXT_PROJECTION, p * (1 - 4 * tau * e)),
            # g′ = 2α(p² + s)(1 − 4τe)² − αS₂(1 + 2τe)², where 2α(p² + s) = y + e + αS₂
            (
                Rule.ELIMINATE,
                Quantity.NEXT_RESIDUAL,
                16 * alpha**2 * eta**2 * q**2 / n**2 * e**3
                + 4
                * alpha
                * eta
                * q
                * (3 * second * alpha**2 * eta * q + 4 * alpha * eta * q * y - 2 * n)
                / n**2
                * e**2
                - (12 * second * alpha**2 * eta * q + 8 * alpha * eta * q * y - n) / n * e,
            ),
        ],
    ),
    (
        LINEAR,
        ON_A_LINE,
        [
            (Rule.LOSS, Quantity.LOSS, (b * w + 2 - y) ** 2 / 2),
            (Rule.DIFFERENTIATE, Quantity.SLOPE, b * (b * w + 2 - y)),
            (Rule.DESCEND, Quantity.NEXT_PROJECTION, w - eta * b * (b * w + 2 - y)),
            (Rule.ELIMINATE, Quantity.NEXT_RESIDUAL, e * (1 - b**2 * eta)),
            (Rule.INTRODUCE, Quantity.NEXT_RESIDUAL, e - 2 * a * e),
        ],
    ),
    (
        CUBIC,
        ALONE,
        [
            (Rule.LOSS, Quantity.LOSS, (b * w**3 + w**2 - y) ** 2 / 2),
            (Rule.DIFFERENTIATE, Quantity.SLOPE, w * (3 * b * w + 2) * (b * w**3 + w**2 - y)),
            (Rule.DESCEND, Quantity.NEXT_PROJECTION, w - eta * w * (3 * b * w + 2) * (b * w**3 + w**2 - y)),
            # −e g′²: (3bw² + 2w)² = 9b w·(bw³) + 12 bw³ + 4w², where bw³ = y + e − w²
            (Rule.EXPAND_DRIFT, Quantity.DRIFT, -9 * b * e * w * (e + y) - e * w**2 - 3 * e * (e + y)),
        ],
    ),
    (
        EVEN,
        ALONE,
        [
            (Rule.LOSS, Quantity.LOSS, (even - y) ** 2 / 2),
            (Rule.DIFFERENTIATE, Quantity.SLOPE, 4 * (w - 1) ** 3 * (even - y)),
            (Rule.DESCEND, Quantity.NEXT_PROJECTION, w - 4 * eta * (w - 1) ** 3 * (even - y)),
            # −e (4(w − 1)³)², where (w − 1)⁴ = y + e + 1
            (
                Rule.EXPAND_DRIFT,
                Quantity.DRIFT,
                -16 * e * w**2 * (e + y + 1) + 32 * e * w * (e + y + 1) - 16 * e * (e + y + 1),
            ),
        ],
    ),
    (
        FOURTH,
        OWN_LOSS,
        [
            (Rule.DIFFERENTIATE, Quantity.SLOPE, w * (w - 1) * (w + 1)),
            (Rule.DESCEND, Quantity.NEXT_PROJECTION, w - eta * w * (w - 1) * (w + 1)),
            (Rule.EXPAND, Quantity.NEXT_PROJECTION, -eta * w**3 + w * (eta + 1)),
        ],
    ),
]
MEANINGS: dict[Model, dict[Rule, tuple[tuple[sympy.Symbol, sympy.Expr], ...]]] = {
    ONE: {Rule.RESCALE: ((kappa, eta), (z, kappa * e)), Rule.INTRODUCE: ((a, eta * y),)},
    RETRIEVAL: {Rule.RESCALE: ((kappa, rate), (z, kappa * e)), Rule.INTRODUCE: ((a, rate * y),)},
    LINEAR: {Rule.INTRODUCE: ((a, b**2 * eta / 2),)},
}
NEEDS = {(ONE, Rule.RESCALE): ["eta is not 0"], (RETRIEVAL, Rule.RESCALE): ["eta is not 0", "q is not 0"]}


@pytest.mark.parametrize(("model", "words", "steps"), CHAINS, ids=[type(chain[0]).__name__ for chain in CHAINS])
def test_every_step(model: Model, words: Words, steps: list[tuple[Rule, Quantity, sympy.Expr]]) -> None:
    found = derive(model)
    before, before_is = {NETWORK: network, FOURTH: (w**2 - 1) ** 2 / 4}.get(model), Quantity.PREDICTION
    if isinstance(model, PolynomialLoss):
        before_is = Quantity.LOSS
    before = model.prediction if before is None else before
    for step, (rule, quantity, after) in zip(found.steps, steps, strict=True):
        title, reason, assumptions = words[rule]
        assert (step.rule, step.after_is, step.model) == (rule, quantity, model)
        assert (step.before, step.before_is) == (before, before_is), title
        assert step.after == after, title
        assert (step.title, step.reason) == (title, reason)
        assert step.assumptions == tuple(NEEDS.get((model, rule), assumptions)), title
        assert step.definitions == MEANINGS.get(model, {}).get(rule, ()), title
        before, before_is = after, quantity
    assert found.assumptions == tuple(dict.fromkeys(text for step in found.steps for text in step.assumptions))
    assert found.model == model


def test_the_answers() -> None:
    one = derive(ONE)
    assert one.family == PolynomialFamily(z**3 + (a - 2) * z**2 + (1 - 2 * a) * z, variable=z, parameter=a)
    assert (one.scale, one.residual_scale) == (eta * y, eta)
    assert (one.residual_map, one.weight_map) == (one.steps[3].after, one.steps[2].after)
    assert (one.quotient_map, one.quotient_center, one.obstruction, one.residual) == (None,) * 4
    assert derive(OneWeight(target=3)).scale == 3 * eta
    line = derive(LINEAR)
    assert (line.scale, line.residual_map) == (b**2 * eta / 2, line.steps[3].after)
    assert (line.family, line.residual_scale, line.quotient_map) == (None,) * 3
    # with u = g′: u² = 4k(g − m) + b², so that κ = 2ηk and a = η(4k(y − m) + b²)/2
    k, m = sympy.symbols("k m")
    whole = derive(PolynomialModel("k*w^2 + b*w + m", parameters=["k", "b", "m"]))
    assert whole.family == one.family
    assert sympy.expand(whole.scale - eta * (4 * k * (y - m) + b**2) / 2) == 0
    assert whole.residual_scale == 2 * eta * k
    both = derive(NETWORK)
    assert both.weight_map == both.steps[3].after
    assert (both.family, both.scale, both.residual_scale, both.residual_map, both.quotient_map) == (None,) * 5
    even_one = derive(EVEN)
    assert even_one.quotient_center == 1
    # h′ = h − 4η h³(h⁴ − 1 − y), squared, with s = h²
    assert even_one.quotient_map is not None
    assert sympy.expand(even_one.quotient_map - s_of(1 - 4 * eta * SYMBOLS.s * (SYMBOLS.s**2 - 1 - y))) == 0
    assert (even_one.family, even_one.scale, even_one.residual_map) == (None,) * 3
    loss = derive(FOURTH)
    assert loss.family == PolynomialFamily(w - eta * (w**3 - w), variable=w, parameter=eta)
    assert loss.weight_map == loss.steps[-1].after
    assert loss.residual == derive(loss.model.squared.model)  # type: ignore[attr-defined]  # a loss that is a square
    assert derive(PolynomialLoss("w^4/4 - w")).residual is None
    assert derive(PolynomialLoss("(w^3-1)^2/2")).residual is None  # a square, but of no quadratic prediction


def s_of(factor: sympy.Expr) -> sympy.Expr:
    return SYMBOLS.s * factor**2


def test_networks_of_equal_outer_weights_say_so() -> None:
    found = derive(TwoLayerNetwork(alpha=1, width=2))
    assert found.scale == 2 * eta * q * y / n
    assert found.family is not None
    steps = {step.rule: step for step in found.steps}
    assert steps[Rule.FACTOR].after == (e + y) * (1 - 2 * eta * q * e / n) ** 2 - y
    assert steps[Rule.SHARE].assumptions == ("all outer weights are equal", "the outer layer is not trained")
    assert steps[Rule.SHARE].after == p * (1 - 2 * eta * q * e / n)
    assert steps[Rule.ELIMINATE].title == "The recursion of the residual"
    assert steps[Rule.ELIMINATE].reason.startswith("Eliminating s between")
    assert steps[Rule.ELIMINATE].assumptions == ()


# ---------------------------------------------------------------------------------------------------- why there is none

NONE_BUT_WEIGHT = " The weight itself follows a polynomial map: w ← w − ηL′."


def no_map(degree: int, shown: str) -> str:
    return (
        f"No polynomial map of the residual exists: at one residual e there are {degree} weights (complex ones "
        "counted) with g = y + e, and they do not move it alike. Already to first order in the step size the change "
        f"of e, reduced modulo g = y + e, still contains w. Eliminating it leaves a relation of degree {shown} in the "
        "next residual, not a linear one."
    )


ONE_TO_ONE = (
    " Over the real numbers g is one-to-one, so that e does determine the next residual, but through the inverse "
    "function of g, which is no polynomial."
)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (ONE, None),
        (FOURTH, None),
        (
            LINEAR,
            (
                "The prediction is linear in the weights: the model is linear regression. The residual is multiplied "
                "by 1 − 2a in every step, so that it converges for 0 < a < 1 and diverges for a > 1; there is no "
                "cubic map, and there are no further phases."
            ),
        ),
        (
            NETWORK,
            (
                "The outer weights are not all equal, so that the neurons do not share one factor: with z = κe and κ "
                "for outer weight 2, a step multiplies the neurons of outer weight 2 by 1 - z, of outer weight -1 by "
                "z/2 + 1. The next residual therefore depends on how the prediction is shared between the populations "
                "(S_2 cannot be eliminated): the state has 2 dimensions, and no map of the residual alone exists."
            ),
        ),
        (CUBIC, no_map(3, "3") + NONE_BUT_WEIGHT),
        (
            EVEN,
            no_map(4, "at least 2")
            + " g is symmetric about w = 1, and s = (w - 1)² follows a polynomial map."
            + NONE_BUT_WEIGHT,
        ),
        (PolynomialModel("w^3 + w"), no_map(3, "3") + ONE_TO_ONE + NONE_BUT_WEIGHT),
        (
            PolynomialModel("w^3"),
            no_map(3, "3") + ONE_TO_ONE + NONE_BUT_WEIGHT,
        ),  # the slope is 0, but on both sides > 0
        (
            PolynomialModel("b*(w-1/2)^4 + (w-1/2)^2/3", parameters=["b"]),
            no_map(4, "at least 2")
            + " g is symmetric about w = 1/2, and s = (w - 1/2)² follows a polynomial map."
            + NONE_BUT_WEIGHT,
        ),
        (PolynomialModel("w^3 - w"), no_map(3, "3") + NONE_BUT_WEIGHT),
        (PolynomialModel("(w^2-1)^2*w^3", loss_factor=2), no_map(7, "7") + NONE_BUT_WEIGHT),
        (
            PolynomialModel("w^4 - w^2"),
            no_map(4, "at least 2")
            + " g is symmetric about w = 0, and s = (w)² follows a polynomial map."
            + NONE_BUT_WEIGHT,
        ),
        (PolynomialModel("w^4 + w"), no_map(4, "4") + NONE_BUT_WEIGHT),
        (
            PolynomialLoss("3/2*w^2 - w"),
            (
                "The loss is a parabola of second derivative 3: the map of the weight is linear, and the distance to "
                "the minimum is multiplied by 1 − 3·η in every step. It converges for 0 < η < 2/3 and diverges for η "
                "> 2/3; there are no further phases."
            ),
        ),
        (
            PolynomialLoss("w^2/2"),
            (
                "The loss is a parabola of second derivative 1: the map of the weight is linear, and the distance to "
                "the minimum is multiplied by 1 − η in every step. It converges for 0 < η < 2 and diverges for η > 2; "
                "there are no further phases."
            ),
        ),
        (
            PolynomialLoss("-w^2"),
            (
                "The loss is a parabola of second derivative -2: the map of the weight is linear, and the distance to "
                "the maximum is multiplied by 1 + 2·η > 1 in every step: it diverges at every η > 0; there are no "
                "further phases."
            ),
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Model) else "",
)
def test_why_there_is_no_map(model: Model, words: str | None) -> None:
    assert derive(model).obstruction == words


def test_more_than_two_populations() -> None:
    three = derive(TwoLayerNetwork(alpha=1, outer_weights=(1, -2, 3))).obstruction
    assert three is not None
    assert "of outer weight 1 by 1 - z, of outer weight -2 by 2*z + 1, of outer weight 3 by 1 - 3*z. " in three
    assert "(S_2, S_3 cannot be eliminated): the state has 3 dimensions" in three


# ------------------------------------------------------------------------------------------------------ the complaints


def complaints(found: Derivation, **changes: object) -> str:
    """What the check of the answers says of a derivation with some of them changed."""
    wrong = dataclasses.replace(found, **changes)  # type: ignore[arg-type]  # the fields are this test's own
    answer = wrong._check_answers()
    assert answer.verdict is (Verdict.REFUTED if answer.detail else Verdict.PROVED)
    return answer.detail


NOT_HALF = "a is not half of step size × sharpness at an interpolating minimum"


def test_wrong_answers_are_named() -> None:
    one, even_one, loss, both = derive(ONE), derive(EVEN), derive(FOURTH), derive(NETWORK)
    for found in (one, even_one, loss, both, derive(LINEAR)):
        assert complaints(found) == ""
    other = PolynomialFamily(z**3 + a * z, variable=z, parameter=a)
    assert complaints(one, family=other) == "the family is not the last step's map"
    assert complaints(one, family=None) == ""
    falling = PolynomialFamily(w**3 + eta * w, variable=w, parameter=eta)
    assert complaints(loss, family=falling) == "the family is not the last step's map"
    assert complaints(one, weight_map=w) == "the weight map is not the chain's"
    for place in (2, 3):  # what the step is called that a later one begins with, or the last one of its kind
        assert complaints(both, weight_map=both.steps[place + 1].before) == ""
    assert complaints(both, weight_map=both.steps[4].after) == ""
    assert complaints(both, weight_map=p) == "" if p == both.steps[0].before else "the weight map is not the chain's"
    assert complaints(one, residual_map=e) == "the residual map differs from gradient descent"
    assert complaints(one, scale=2 * eta * y) == f"a is not what the chain introduced; {NOT_HALF}"
    assert complaints(one, residual_scale=2 * eta) == "kappa is not what the chain introduced"
    assert complaints(one, scale=None, residual_map=None) == NOT_HALF
    assert complaints(one, weight_map=w, scale=eta) == (
        f"the weight map is not the chain's; a is not what the chain introduced; {NOT_HALF}"
    )
    assert even_one.quotient_map is not None
    for changes in ({"quotient_map": even_one.quotient_map + 1}, {"quotient_center": sympy.Integer(0)}):
        assert complaints(even_one, **changes) == "the map of the square is not the square of the weight map"


def test_what_the_checks_are_called_and_how_they_went_about_it() -> None:
    one, loss = derive(ONE), derive(FOURTH)
    answer = one._check_answers()
    assert answer.title == "The answers are what the chain shows"
    assert answer.method == ("zero tests, and a against half of step size × sharpness, which the chain does not use")
    assert loss._check_answers().method == "zero tests"
    assert one._check_chain() == CheckResult(
        title="The steps form a chain",
        verdict=Verdict.PROVED,
        method="each step begins with the very expression, of the same meaning, that the one before ended with",
    )
    steps = one.steps
    without = dataclasses.replace(one, steps=(*steps[:2], *steps[3:5], *steps[6:]))
    named = without._check_chain()
    assert named.verdict is Verdict.REFUTED
    assert named.detail == (
        "does not begin where the step before it ended: The recursion of the residual, One parameter"
    )
    renamed = dataclasses.replace(steps[7], before_is=Quantity.LOSS)
    assert dataclasses.replace(one, steps=(*steps[:7], renamed))._check_chain().detail.endswith("ended: The map")
    assert loss.residual is not None
    assert loss._check_residual(loss.residual) == CheckResult(
        title="The loss is a squared residual plus a constant",
        verdict=Verdict.PROVED,
        method="the square, multiplied out; every step of the residual's own derivation",
    )
    broken = dataclasses.replace(loss.residual, scale=eta)
    apart = "the square plus the constant is not the loss"
    inside = "the derivation of the residual's map does not hold"
    for outer, inner, said in (
        (loss, broken, inside),
        (loss, derive(LINEAR), apart),
        (derive(ONE), loss.residual, apart),
        (derive(PolynomialLoss("w^4/4 - w")), broken, f"{apart}; {inside}"),
    ):
        found = outer._check_residual(inner)
        assert (found.verdict, found.detail) == (Verdict.REFUTED, said)


def test_a_square_that_is_not_the_loss_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    loss = derive(FOURTH)
    assert isinstance(loss.model, PolynomialLoss)
    assert loss.model.squared is not None
    other = dataclasses.replace(loss.model.squared, offset=loss.model.squared.offset + 1)
    monkeypatch.setattr(PolynomialLoss, "squared", property(lambda _: other))
    assert loss.residual is not None
    assert loss._check_residual(loss.residual).detail == "the square plus the constant is not the loss"


def test_every_check_is_made_and_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    loss = derive(FOURTH)
    assert [answer.title for answer in loss.check()] == [
        "The gradient",
        "The gradient descent step",
        "The map",
        "The steps form a chain",
        "The answers are what the chain shows",
        "The loss is a squared residual plus a constant",
    ]
    assert [answer.title for answer in derive(LINEAR).check()][-2:] == [
        "The steps form a chain",
        "The answers are what the chain shows",
    ]
    told: list[tuple[str, int, int]] = []
    loss.check(progress=lambda *stage: told.append(stage))
    assert told == [("The gradient", 0, 3), ("The gradient descent step", 1, 3), ("The map", 2, 3)]
    for verdicts, expected in (
        ([Verdict.PROVED, Verdict.PROVED], Verdict.PROVED),
        ([Verdict.PROVED, Verdict.UNDECIDED], Verdict.UNDECIDED),
        ([Verdict.UNDECIDED, Verdict.REFUTED, Verdict.PROVED], Verdict.REFUTED),
    ):
        answers = tuple(CheckResult(title="", verdict=verdict, method="") for verdict in verdicts)
        monkeypatch.setattr(Derivation, "check", lambda _, answers=answers: answers)
        assert loss.holds is expected


# ------------------------------------------------------------------------------------------------------ what is refused


def test_what_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError) as caught:
        derive(3)  # type: ignore[arg-type]  # the point of the test
    assert str(caught.value) == "model = 3: must be one of the models of symphase.models; such as PhaseRetrieval()"
    monkeypatch.setattr(module, "_MAX_POPULATIONS", 2)
    assert derive(TwoLayerNetwork(alpha=1, outer_weights=(2, -1))).obstruction
    with pytest.raises(InputError) as caught:
        derive(TwoLayerNetwork(outer_weights=(1, 2, 3, 3)))
    assert str(caught.value) == (
        "model = 3 different outer weights: must have at most 2 different outer weights for a derivation; two "
        "different ones show why the reduction fails"
    )


def test_which_maps_of_the_weight_are_families() -> None:
    assert derive(ONE).weight_family("3/2") == PolynomialFamily(
        w - eta * w * (w**2 - sympy.Rational(3, 2)), variable=w, parameter=eta
    )
    assert derive(PolynomialModel("w^3 + w")).weight_family(1).variable == w
    assert derive(FOURTH).weight_family() == derive(FOURTH).family
    for found, target, message in (
        (derive(FOURTH), 0, "target = 0: does not apply to a loss without a prediction; leave it out"),
        (derive(RETRIEVAL), 1, f"model = {RETRIEVAL.name}: must be a model of one scalar weight; use weight_map"),
        (derive(ONE), "x", "target = x: "),
    ):
        with pytest.raises(InputError) as caught:
            found.weight_family(target)
        assert str(caught.value).startswith(message)


# ------------------------------------------------------------------------------------------------------------- in words


def test_derivations_in_words() -> None:
    one, line, both, loss = derive(ONE), derive(LINEAR), derive(NETWORK), derive(FOURTH)
    assert one.family is not None
    assert one._line() == f"{ONE.name}, 8 steps; {family_text(one.family)}"
    assert line._line() == f"{LINEAR.name}, 5 steps; no residual map: {line.obstruction}"
    assert one._repr_latex_() == one.family._repr_latex_()
    assert line._repr_latex_() == line.steps[-1]._repr_latex_()
    assert dataclasses.replace(line, steps=())._repr_latex_() == latex_inline(line.weight_map)
    html = one._repr_html_()
    caption, facts = table(html)
    assert caption == f"<strong>{ONE.name}</strong>: what gradient descent reduces to"
    assert {name: facts[name] for name in ("map", "a", "z", "needs", "certainty")} == {
        "map": family_html(one.family),
        "a": formula_html(eta * y),
        "z": formula_html(eta * e),
        "needs": "the step size <var>η</var> is the same for all weights; <var>η</var> is not 0",
        "certainty": f"{level_html('exact')} once <code>check()</code> says proved",
    }
    assert "no residual map" not in facts
    rows = (
        (
            str(k),
            words_html(step.title),
            formula_html(step.after, step._reading_order()),
            words_html(str(step.after_is)),
        )
        for k, step in enumerate(one.steps, start=1)
    )
    assert html.endswith(rows_table("The steps", ("step", "what is done", "gives", "which is"), rows, total=8))
    assert both.obstruction is not None
    facts = table(both._repr_html_())[1]
    assert facts["no residual map"] == words_html(both.obstruction)
    assert not {"map", "a", "z"} & set(facts)
    facts = table(loss._repr_html_())[1]
    assert not {"no residual map", "a", "z", "needs"} & set(facts)
