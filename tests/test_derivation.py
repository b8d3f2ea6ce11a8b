"""Derivations: the right map, by a chain whose every step refuses to be tampered with."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import knob
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symphase import steps as steps_module
from symphase import trials
from symphase.derivation import Derivation, derive
from symphase.enclosures import Certainty, Verdict
from symphase.errors import InputError
from symphase.formulas import evaluate
from symphase.maps import PolynomialFamily
from symphase.models import (
    SYMBOLS,
    Model,
    OneWeight,
    PhaseRetrieval,
    PolynomialLoss,
    PolynomialModel,
    TwoLayerNetwork,
)
from symphase.steps import Step
from symphase.trials import Quantity

a, z, e, y, eta, q, n = (getattr(SYMBOLS, name) for name in ("a", "z", "e", "y", "eta", "q", "n"))
b = sympy.Symbol("b")

CUBIC: list[Model] = [
    PhaseRetrieval(),
    PhaseRetrieval(gamma=2, c=0),
    PhaseRetrieval(gamma="-3/2", c=1),
    TwoLayerNetwork(),
    TwoLayerNetwork(alpha="1/3", width=5),
    TwoLayerNetwork(outer_weights=(0, -2, -2)),
    OneWeight(),
    OneWeight(target=3),
    PolynomialModel("w^2 + b*w", parameters=["b"]),
    PolynomialModel("k*w^2 + b*w + m", parameters=["k", "b", "m"], loss_factor="2/7"),
    PolynomialModel("(b*w + 1)^2/b", parameters=["b"]),
]
LINEAR: list[Model] = [PhaseRetrieval(gamma=0), PolynomialModel("b*w + 2", parameters=["b"])]
OBSTRUCTED: list[Model] = [
    TwoLayerNetwork(outer_weights=(1, -1)),
    TwoLayerNetwork(outer_weights=(2, 3, -1, 0)),
    PolynomialModel("w^3"),
    PolynomialModel("w^3 - b*w", parameters=["b"]),
    PolynomialModel("w^4 - 4*w^3 + 6*w^2 - 4*w"),
]
ALL = CUBIC + LINEAR + OBSTRUCTED


@pytest.fixture(scope="module")
def derivations() -> dict[Model, Derivation]:
    return {model: derive(model) for model in ALL}


def _found(answer: sympy.Expr | None) -> sympy.Expr:
    assert answer is not None
    return answer


# ---------------------------------------------------------------------------------------------------------- the answers


@pytest.mark.parametrize("model", CUBIC, ids=repr)
def test_every_quadratic_model_reduces_to_the_one_cubic_map(model: Model, derivations: dict[Model, Derivation]) -> None:
    derivation = derivations[model]
    family = derivation.family
    assert isinstance(family, PolynomialFamily)
    assert sympy.expand(family.expression - (z**3 + (a - 2) * z**2 + (1 - 2 * a) * z)) == 0
    assert (family.variable, family.parameter) == (z, a)
    assert derivation.obstruction is None
    # z = κe and a in the map give back the map of the residual
    kappa, scale = _found(derivation.residual_scale), _found(derivation.scale)
    back = (family.expression.subs({z: kappa * e, a: scale}) / kappa).subs(y, model.target)
    assert sympy.simplify(back - _found(derivation.residual_map).subs(y, model.target)) == 0


def test_scales_of_theory() -> None:
    general = derive(PhaseRetrieval())
    gamma, c = SYMBOLS.gamma, SYMBOLS.c
    assert sympy.simplify(general.residual_scale - eta * gamma * q / n) == 0
    assert sympy.simplify(general.scale - eta * q * (2 * gamma * y + c**2) / (2 * n)) == 0
    network = derive(TwoLayerNetwork(width=3))
    assert sympy.simplify(network.residual_scale - 2 * SYMBOLS.alpha * eta * q / n) == 0
    assert sympy.simplify(network.scale - network.residual_scale * y) == 0
    assert derive(OneWeight()).scale == eta * y
    assert derive(OneWeight(target=3)).scale == 3 * eta
    assert derive(OneWeight(target=0)).scale == 0


@settings(max_examples=knob.trials(25))
@given(
    k=st.fractions(-3, 3, max_denominator=4).filter(bool),
    linear=st.fractions(-3, 3, max_denominator=4),
    constant=st.fractions(-3, 3, max_denominator=4),
    weight=st.fractions(1, 3, max_denominator=4),
)
def test_completing_the_square(k: Fraction, linear: Fraction, constant: Fraction, weight: Fraction) -> None:
    """For g = kw² + lw + m and λ: u = g′ has u² = 4k(g − m) + l², hence a = ηλ(4k(y − m) + l²) and κ = 4ληk."""
    model = PolynomialModel(f"({k})*w^2 + ({linear})*w + ({constant})", loss_factor=weight)
    derivation = derive(model)

    def exact(number: Fraction) -> sympy.Rational:
        return sympy.Rational(number.numerator, number.denominator)

    expected = eta * exact(weight) * (4 * exact(k) * (y - exact(constant)) + exact(linear) ** 2)
    assert sympy.expand(derivation.scale - expected) == 0
    assert sympy.expand(derivation.residual_scale - 4 * exact(weight) * eta * exact(k)) == 0
    assert derivation.family == derive(OneWeight()).family


@settings(max_examples=knob.trials(20))
@given(
    coefficients=st.lists(st.integers(-4, 4), min_size=4, max_size=7).filter(lambda values: values[-1] != 0),
)
def test_no_residual_map_beyond_degree_two(coefficients: list[int]) -> None:
    w = SYMBOLS.w
    model = PolynomialModel(sympy.Add(*(value * w**k for k, value in enumerate(coefficients))))
    derivation = derive(model)
    assert derivation.family is None
    assert derivation.residual_map is None
    assert derivation.scale is None
    assert derivation.obstruction is not None
    assert derivation.obstruction.startswith("No polynomial map of the residual exists")
    # two weights with one residual, as witness, when they are easy to see: g(w) = g(−w)
    if not any(coefficients[1::2]):
        assert derivation.quotient_map is not None


def test_a_relation_that_is_not_linear_by_the_whole_resultant() -> None:
    """Eliminate w for g = w³ by a resultant of the two relations, as they stand: its degree in e′ is 3, irreducibly."""
    w, following = SYMBOLS.w, sympy.Symbol("e_next")
    derivation = derive(PolynomialModel("w^3"))
    step = derivation.weight_map.subs({y: 2, eta: sympy.Rational(1, 5)})
    relation = sympy.resultant(w**3 - 2 - e, sympy.expand(step**3) - 2 - following, w)
    factors = [factor for factor, _ in sympy.factor_list(relation)[1] if factor.has(following)]
    assert [sympy.degree(factor, following) for factor in factors] == [3]
    assert "degree 3 in the next residual" in str(derivation.obstruction)


def test_a_relation_that_is_linear_by_the_whole_resultant() -> None:
    """The same for g = w² + w: every factor that holds e′ is linear, and gives the derived residual map."""
    w, following = SYMBOLS.w, sympy.Symbol("e_next")
    derivation = derive(PolynomialModel("w^2 + w"))
    data = {y: 2, eta: sympy.Rational(1, 5)}
    step = derivation.weight_map.subs(data)
    relation = sympy.resultant(w**2 + w - 2 - e, sympy.expand(step**2 + step) - 2 - following, w)
    factors = [factor for factor, _ in sympy.factor_list(relation)[1] if factor.has(following)]
    assert len(factors) == 1
    assert sympy.degree(factors[0], following) == 1
    (solution,) = sympy.solve(factors[0], following)
    assert sympy.expand(solution - _found(derivation.residual_map).subs(data)) == 0


@pytest.mark.parametrize("model", LINEAR, ids=repr)
def test_linear_regression_has_a_linear_map(model: Model, derivations: dict[Model, Derivation]) -> None:
    derivation = derivations[model]
    assert derivation.family is None
    assert "linear regression" in str(derivation.obstruction)
    scale = _found(derivation.scale)
    assert sympy.expand(_found(derivation.residual_map) - (1 - 2 * scale) * e) == 0
    assert sympy.expand(scale - _found(model.scale)) == 0


def test_two_populations_are_no_one_variable_map() -> None:
    derivation = derive(TwoLayerNetwork(outer_weights=(1, -1)))
    assert derivation.family is None
    assert "1 - z" in str(derivation.obstruction)
    assert "z + 1" in str(derivation.obstruction)
    assert sympy.Symbol("S_2") in derivation.steps[-1].after.free_symbols
    three = derive(TwoLayerNetwork(outer_weights=(1, -2, 3)))
    assert "2*z + 1" in str(three.obstruction)
    assert "1 - 3*z" in str(three.obstruction)
    assert "3 dimensions" in str(three.obstruction)


def test_the_obstruction_of_two_populations_is_real() -> None:
    """Two networks with outer weights (1, −1), the same datum and the same residual, but different next residuals."""
    model = TwoLayerNetwork(alpha=1, outer_weights=(1, -1))
    row, target = np.array([[1.0]]), np.array([1.0])
    starts = np.array([[[2.0], [1.0]], [[np.sqrt(5.0)], [np.sqrt(2.0)]]])
    residuals = model.predict(starts, row) - target
    np.testing.assert_allclose(residuals, 2.0)
    after = starts - 0.1 * model.loss_gradient(starts, row, target)
    following = (model.predict(after, row) - target).ravel()
    assert abs(following[0] - following[1]) > 0.1


def test_why_there_is_no_map_is_told_in_the_right_words() -> None:
    injective = derive(PolynomialModel("w^3 + w")).obstruction
    folded = derive(PolynomialModel("w^3 - w")).obstruction
    flat = derive(PolynomialModel("w^3")).obstruction
    assert "one-to-one" in str(injective)
    assert "one-to-one" in str(flat)  # g′ = 3w² touches 0 without changing sign
    assert "one-to-one" not in str(folded)
    even = derive(PolynomialModel("w^4 - 4*w^3 + 6*w^2 - 4*w"))
    assert "symmetric about w = 1" in str(even.obstruction)
    assert "at least 2" in str(even.obstruction)
    assert even.quotient_center == 1


@pytest.mark.parametrize("text", ["w^4", "w^4 - 4*w^3 + 6*w^2 - 4*w", "(2*w - 3)^6/5 + w^2 - 3*w"])
def test_symmetric_predictions_have_a_map_of_the_square(text: str) -> None:
    derivation = derive(PolynomialModel(text))
    assert derivation.quotient_map is not None
    values = {y: Fraction(2), eta: Fraction(1, 7), SYMBOLS.w: Fraction(5, 3)}
    center = evaluate(derivation.quotient_center, {})
    moved = evaluate(derivation.weight_map, values)
    square = (values[SYMBOLS.w] - center) ** 2
    assert evaluate(derivation.quotient_map, values | {SYMBOLS.s: square}) == (moved - center) ** 2
    assert derive(PolynomialModel("w^4 + w")).quotient_map is None
    assert derive(PolynomialModel("w^3")).quotient_map is None


def test_the_map_of_the_weight_is_a_family_once_the_target_has_a_number() -> None:
    w = SYMBOLS.w
    family = derive(OneWeight()).weight_family("3/2")
    assert sympy.expand(family.expression - (w - eta * w * (w**2 - sympy.Rational(3, 2)))) == 0
    assert (family.variable, family.parameter) == (w, eta)
    cubic = derive(PolynomialModel("v^3", weight="v")).weight_family(1)
    assert cubic.degree == 5
    with pytest.raises(InputError, match=r"^model = .*one scalar weight"):
        derive(PhaseRetrieval()).weight_family(1)
    with pytest.raises(InputError, match=r"^target = "):
        derive(OneWeight()).weight_family(float("nan"))
    with pytest.raises(InputError, match="holds b"):
        derive(PolynomialModel("b*w^2", parameters=["b"])).weight_family(1)


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(InputError, match=r"^model = "):
        derive("phase retrieval")  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(InputError, match="at most 16 different outer weights"):
        derive(TwoLayerNetwork(outer_weights=tuple(range(1, 20))))


def test_the_width_does_not_matter() -> None:
    narrow, wide = derive(TwoLayerNetwork(width=1)), derive(TwoLayerNetwork(width=20000))
    assert [step.after for step in narrow.steps] == [step.after for step in wide.steps]


# ------------------------------------------------------------------------- the map against descent on the original loss


@pytest.mark.parametrize(
    "model",
    [PhaseRetrieval(gamma="3/2", c="-1/2"), TwoLayerNetwork(alpha="1/2", width=3), TwoLayerNetwork(alpha=-1, width=1)],
    ids=repr,
)
def test_the_family_follows_descent_on_orthogonal_rows(model: Model) -> None:
    rng = np.random.default_rng(5)
    rows = np.linalg.qr(rng.normal(size=(4, 4)))[0][:3] * np.array([[1.0], [0.7], [1.3]])
    targets, step_size = np.array([0.9, 0.4, 0.7]), 0.4
    weights = 0.6 * rng.normal(size=(1, *model.weight_shape(4)))
    derivation = derive(model)
    assert derivation.family is not None
    for _ in range(4):
        residuals = (model.predict(weights, rows) - targets)[0]
        weights = weights - step_size * model.loss_gradient(weights, rows, targets)
        following = (model.predict(weights, rows) - targets)[0]
        for i, row in enumerate(rows):
            data = {eta: step_size, q: float(row @ row), n: 3, y: targets[i]}
            kappa, scale = (float(_found(part).subs(data)) for part in (derivation.residual_scale, derivation.scale))
            predicted = float(derivation.family.expression.subs({z: kappa * residuals[i], a: scale}))
            assert kappa * following[i] == pytest.approx(predicted, rel=1e-9, abs=1e-12)


def test_orthogonality_is_needed() -> None:
    model = PhaseRetrieval(gamma=2, c=0)
    rows, targets = np.array([[1.0, 0.0], [0.5, 1.0]]), np.array([1.0, 2.0])
    weights = np.array([[0.8, 0.7]])
    residual = (model.predict(weights, rows) - targets)[0, 0]
    after = weights - 0.3 * model.loss_gradient(weights, rows, targets)
    following = (model.predict(after, rows) - targets)[0, 0]
    predicted = float(_found(derive(model).residual_map).subs({e: residual, eta: 0.3, q: 1, n: 2, y: 1}))
    assert abs(following - predicted) > 0.01


# ----------------------------------------------------------------------------------------------------------- the checks


@pytest.mark.parametrize("model", ALL, ids=repr)
def test_every_derivation_proves_itself(model: Model, derivations: dict[Model, Derivation]) -> None:
    derivation = derivations[model]
    results = derivation.check()
    assert len(results) == len(derivation.steps) + 2
    assert [(result.verdict, result.detail) for result in results] == [(Verdict.PROVED, "")] * len(results)
    assert all(result.certainty is Certainty.EXACT for result in results)
    assert all(f"{trials.POINTS} random" in result.method for result in results[:-2])
    assert all(str(trials.SEED) in result.method for result in results[:-2])
    assert derivation.holds is Verdict.PROVED


@pytest.mark.parametrize("model", ALL, ids=repr)
def test_the_steps_form_a_chain_from_the_prediction(model: Model, derivations: dict[Model, Derivation]) -> None:
    derivation = derivations[model]
    steps = derivation.steps
    assert len(steps) >= 4
    assert steps[0].before_is is Quantity.PREDICTION
    for earlier, later in pairwise(steps):
        assert later.before == earlier.after
        assert later.before_is is earlier.after_is
    assert all(step.title and step.reason and step.before_latex and step.after_latex for step in steps)
    assert set(derivation.assumptions) == {text for step in steps for text in step.assumptions}
    if derivation.family is not None:
        assert steps[-1].after_is is Quantity.NEXT_RESCALED
        assert steps[-1].after.free_symbols == {z, a}


def test_orthogonality_is_an_assumption_of_the_step_that_needs_it() -> None:
    derivation = derive(PhaseRetrieval())
    (step,) = [step for step in derivation.steps if SYMBOLS.G in step.before.free_symbols - step.after.free_symbols]
    assert any("orthogonal" in text for text in step.assumptions)
    assert SYMBOLS.p_j in step.before.free_symbols


def test_assumptions_say_what_must_not_vanish_and_what_must_be_equal() -> None:
    assert {"gamma is not 0", "eta is not 0", "q is not 0"} <= set(derive(PhaseRetrieval()).assumptions)
    assert "k is not 0" in derive(PolynomialModel("k*w^2", parameters=["k"])).assumptions
    assert "all outer weights are equal" in derive(TwoLayerNetwork()).assumptions
    assert "all outer weights are equal" not in derive(TwoLayerNetwork(outer_weights=(1, -1))).assumptions


def _flips(expression: sympy.Expr) -> Iterator[sympy.Expr]:
    """Flip the sign of one term of one sum, anywhere in an expression; a lone product counts as a sum of one term."""
    if not expression.is_Add:
        yield -expression
    yield from _inner(expression, _flip_terms)


def _flip_terms(node: sympy.Expr) -> Iterator[sympy.Expr]:
    if node.is_Add:
        for k, term in enumerate(node.args):
            yield node.func(*node.args[:k], -term, *node.args[k + 1 :])


def _changed_numbers(expression: sympy.Expr) -> Iterator[sympy.Expr]:
    """Change one coefficient or exponent anywhere in an expression."""
    yield from _inner(expression, _change_number)


def _change_number(node: sympy.Expr) -> Iterator[sympy.Expr]:
    if node.is_Rational:
        yield node + 1
    elif node.is_Mul:
        yield 2 * node


def _inner(expression: sympy.Expr, change: object) -> Iterator[sympy.Expr]:
    assert callable(change)
    yield from change(expression)
    for k, part in enumerate(expression.args):
        for changed in _inner(part, change):
            yield expression.func(*expression.args[:k], changed, *expression.args[k + 1 :])


def _assert_refuted(step: Step, **changes: object) -> None:
    result = dataclasses.replace(step, **changes).check()  # type: ignore[arg-type]  # the fields are this test's own
    assert result.verdict is Verdict.REFUTED, (step.title, changes)
    assert result.detail


SAMPLE: list[Model] = [
    PhaseRetrieval(),
    PhaseRetrieval(gamma=0),
    TwoLayerNetwork(),
    TwoLayerNetwork(outer_weights=(1, -1)),
    OneWeight(),
    PolynomialModel("w^2 + b*w", parameters=["b"]),
    PolynomialModel("w^3 - w"),
    PolynomialModel("b*w + 2", parameters=["b"]),
]


@pytest.mark.parametrize("model", SAMPLE, ids=repr)
def test_flipping_any_sign_in_any_step_is_noticed(model: Model) -> None:
    flipped = 0
    for step in derive(model).steps:
        for side in ("before", "after"):
            expression = getattr(step, side)
            for changed in dict.fromkeys(_flips(expression)):
                if changed != expression:
                    _assert_refuted(step, **{side: changed})
                    flipped += 1
    assert flipped > 20


@pytest.mark.parametrize("model", [OneWeight(), PolynomialModel("w^3 - w"), PhaseRetrieval(gamma=0)], ids=repr)
def test_changing_any_number_in_any_step_is_noticed(model: Model) -> None:
    changes = 0
    for step in derive(model).steps:
        for side in ("before", "after"):
            for changed in dict.fromkeys(_changed_numbers(getattr(step, side))):
                _assert_refuted(step, **{side: changed})
                changes += 1
    assert changes > 60


@pytest.mark.parametrize("model", [PhaseRetrieval(), TwoLayerNetwork(), OneWeight(), PhaseRetrieval(gamma=0)], ids=repr)
def test_changing_a_definition_is_noticed(model: Model) -> None:
    steps = [step for step in derive(model).steps if step.definitions]
    assert steps
    for step in steps:
        _assert_refuted(step, definitions=())
        for k, (symbol, meaning) in enumerate(step.definitions):
            for changed in dict.fromkeys((*_flips(meaning), *_changed_numbers(meaning))):
                definitions = (*step.definitions[:k], (symbol, changed), *step.definitions[k + 1 :])
                _assert_refuted(step, definitions=definitions)


def test_symbols_that_mean_nothing_are_noticed() -> None:
    for step in derive(PhaseRetrieval()).steps:
        _assert_refuted(step, after=step.after + sympy.Symbol("stranger"))
        _assert_refuted(step, before=sympy.sqrt(step.before))


def test_both_parts_of_a_check_must_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part alone refutes a flipped sign, so that neither stands in for the other."""
    step = derive(PhaseRetrieval()).steps[-1]
    wrong = dataclasses.replace(step, after=step.after + z)
    with monkeypatch.context() as patch:
        patch.setattr(steps_module, "vanishes", lambda _: True)
        assert "random point 1" in wrong.check().detail
        assert "expanded" not in wrong.check().detail
    with monkeypatch.context() as patch:
        patch.setattr(Step, "_compare", lambda _: [])
        assert wrong.check().detail == "the expanded difference is not zero"
        assert wrong.check().verdict is Verdict.REFUTED
    # An error of both sides alike passes the zero test of its step; only descent on the loss sees it.
    alike = dataclasses.replace(step, before=step.before + z, after=step.after + z).check()
    assert alike.verdict is Verdict.REFUTED
    assert "expanded" not in alike.detail


def test_broken_chains_and_wrong_answers_are_noticed() -> None:
    derivation = derive(PhaseRetrieval())
    steps = derivation.steps
    family = PolynomialFamily(z**3 + (a + 2) * z**2, variable=z, parameter=a)
    changes: list[dict[str, object]] = [
        {"steps": steps[:4] + steps[5:]},
        {"steps": (*steps[:4], dataclasses.replace(steps[4], before_is=Quantity.LOSS), *steps[5:])},
        {"family": family},
        {"scale": 2 * _found(derivation.scale)},
        {"scale": None},
        {"residual_scale": -_found(derivation.residual_scale)},
        {"residual_map": _found(derivation.residual_map) + e},
        {"weight_map": -derivation.weight_map},
    ]
    for change in changes:
        wrong = dataclasses.replace(derivation, **change)  # type: ignore[arg-type]  # the fields are this test's own
        assert wrong.holds is Verdict.REFUTED, change
    quotient = derive(PolynomialModel("w^4"))
    assert (
        dataclasses.replace(quotient, quotient_map=_found(quotient.quotient_map) + SYMBOLS.s).holds is Verdict.REFUTED
    )


def test_the_map_is_derived_from_the_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """With another loss weight the scales follow, and a prediction that is not the model's own is refuted."""
    with monkeypatch.context() as patch:
        patch.setattr(PhaseRetrieval, "loss_weight", property(lambda _: Fraction(1, 3)))
        scaled = derive(PhaseRetrieval(gamma=4, c=0))
        assert sympy.simplify(scaled.scale - eta * q * 8 * y / (3 * n)) == 0
        assert scaled.family == derive(OneWeight()).family
    with monkeypatch.context() as patch:
        patch.setattr(PhaseRetrieval, "prediction", property(lambda _: SYMBOLS.p**2 - SYMBOLS.p))
        other = derive(PhaseRetrieval(gamma=2, c=7))
        assert other.family == derive(OneWeight()).family
        assert other.steps[0].check().verdict is Verdict.REFUTED
        assert other.holds is Verdict.REFUTED


def test_the_random_rows_are_orthogonal_and_in_general_position() -> None:
    rng = random.Random(1)
    for count, dimension in ((2, 3), (3, 3), (2, 4), (3, 4)):
        rows = trials._orthogonal_rows(rng, count, dimension)
        assert len(rows) == count
        for i, row in enumerate(rows):
            assert sum(map(bool, row)) == dimension  # along no axis
            assert all(trials._dot(row, other) == 0 for other in rows[:i])


def test_the_exact_differences_are_exact() -> None:
    """They give the derivative at 0 of every monomial up to their degree."""
    for degree in (1, 2, 3, 4, 7, 12):
        for power in range(degree + 1):
            assert trials._derivative(lambda h, power=power: h**power, degree) == (power == 1)  # type: ignore[misc]  # a lambda with defaults


def test_kinds_read_as_what_they_are() -> None:
    assert str(Quantity.NEXT_RESIDUAL) == "the residual after one step"
    assert str(derive(OneWeight()).steps[-1].rule) == "expand"


def test_derivations_are_the_same_every_time() -> None:
    assert derive(PhaseRetrieval()) == derive(PhaseRetrieval())
    with pytest.raises(dataclasses.FrozenInstanceError):
        derive(OneWeight()).scale = eta  # type: ignore[misc]  # the point of the test


# ---------------------------------------------------------------------------------------------- a loss of one's own

LOSSES = ["(w^2-1)^2/4", "w^4/4 - w^2/2 + w/10", "w^3/3 - w", "(w^3-1)^2/2", "-w^4", "3/7*(w^2 + 3*w)^2 - 2/5"]


@pytest.mark.parametrize("text", LOSSES)
def test_a_loss_is_derived_to_the_map_of_its_weight(text: str) -> None:
    loss = PolynomialLoss(text)
    derivation = derive(loss)
    assert [result.verdict for result in derivation.check()].count(Verdict.PROVED) == len(derivation.check())
    assert derivation.holds is Verdict.PROVED
    assert (derivation.scale, derivation.residual_map, derivation.obstruction) == (None, None, None)
    assert [step.after_is for step in derivation.steps] == [
        Quantity.SLOPE,
        Quantity.NEXT_PROJECTION,
        Quantity.NEXT_PROJECTION,
    ]
    family = derivation.family
    assert family is not None
    assert (family.variable, family.parameter) == (loss.weight, eta)
    assert derivation.weight_family() == family
    # gradient descent itself, with central differences that are exact for this degree
    expected = loss.weight - eta * sympy.diff(loss.loss, loss.weight)
    assert sympy.expand(family.expression - expected) == 0


@pytest.mark.parametrize("text", LOSSES)
def test_tampered_steps_of_a_loss_are_refuted(text: str) -> None:
    derivation = derive(PolynomialLoss(text))
    for index, step in enumerate(derivation.steps):
        wrong = dataclasses.replace(step, after=step.after + SYMBOLS.w / 7)
        assert wrong.check().verdict is Verdict.REFUTED
        chain = dataclasses.replace(
            derivation, steps=(*derivation.steps[:index], wrong, *derivation.steps[index + 1 :])
        )
        assert chain.holds is Verdict.REFUTED
    other = derive(PolynomialLoss("w^4 - w^2")).family
    assert dataclasses.replace(derivation, family=other).holds is Verdict.REFUTED


def test_a_loss_that_is_a_square_follows_the_residual_map_too() -> None:
    derivation = derive(PolynomialLoss("(w^2-3)^2/4 + 7"))
    inner = derivation.residual
    assert inner is not None
    assert inner.family is not None
    assert sympy.expand(inner.family.expression - ((z + a) * (1 - z) ** 2 - a)) == 0
    loss = derivation.model
    assert isinstance(loss, PolynomialLoss)
    assert loss.squared is not None
    assert inner.scale is not None
    assert inner.scale.subs(y, loss.squared.target) == 3 * eta
    assert derivation.check()[-1].title == "The loss is a squared residual plus a constant"
    assert derivation.holds is Verdict.PROVED
    wrong = dataclasses.replace(derivation, residual=derive(PolynomialModel("w^2 + w")))
    assert wrong.check()[-1].verdict is Verdict.REFUTED
    # one step of both, from the same start: the residuals agree
    family = derivation.family
    assert family is not None
    start, step = Fraction(7, 5), Fraction(1, 9)
    following = evaluate(family.expression, {SYMBOLS.w: start, eta: step})
    assert inner.residual_map is not None
    residual = evaluate(inner.residual_map, {e: start**2 - 3, eta: step, y: Fraction(3)})
    assert residual == following**2 - 3


def test_a_parabola_has_no_phases_and_says_where_it_converges() -> None:
    up = derive(PolynomialLoss("3/2*w^2 - w"))
    assert up.family is None
    assert up.obstruction is not None
    assert "0 < η < 2/3" in up.obstruction
    assert up.holds is Verdict.PROVED
    down = derive(PolynomialLoss("-w^2"))
    assert down.obstruction is not None
    assert "it diverges at every η > 0" in down.obstruction
    with pytest.raises(InputError, match=r"^target = 1: does not apply to a loss"):
        derive(PolynomialLoss("w^4")).weight_family(1)


def test_progress_is_told_for_each_step() -> None:
    told: list[tuple[str, int, int]] = []
    derivation = derive(OneWeight())
    derivation.check(progress=lambda *stage: told.append(stage))
    assert told == [(step.title, k, len(derivation.steps)) for k, step in enumerate(derivation.steps)]
