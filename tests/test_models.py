"""The models: what their symbolic side says is what their numeric side computes, and both are what was defined."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from knob import trials

from symphase.derivation import derive
from symphase.enclosures import Verdict
from symphase.errors import InputError
from symphase.formulas import evaluate
from symphase.models import (
    SYMBOLS,
    Model,
    OneWeight,
    PhaseRetrieval,
    PolynomialLoss,
    PolynomialModel,
    TwoLayerNetwork,
)

Array = npt.NDArray[np.float64]

MODELS: list[tuple[Model, int]] = [
    (PhaseRetrieval(gamma=2, c=0), 3),
    (PhaseRetrieval(gamma="-3/4", c="1/3"), 4),
    (PhaseRetrieval(gamma=0, c=2), 2),
    (TwoLayerNetwork(alpha="1/2", width=3), 2),
    (TwoLayerNetwork(alpha=-1, outer_weights=(1, -1, 0, "5/2")), 3),
    (OneWeight(), 1),
    (PolynomialModel("w^3/2 - w + 3/7", loss_factor="2/3"), 1),
    (PolynomialModel("5*v - 1", weight="v"), 1),
]


def _name(case: object) -> str:
    return type(case).__name__ if isinstance(case, Model) else str(case)


def _draw(model: Model, dimension: int, seed: int = 0) -> tuple[Array, Array, Array]:
    """Weights, features and targets on a coarse dyadic grid, so that fractions and floats agree at the start."""
    rng = np.random.default_rng(seed)

    def grid(*shape: int) -> Array:
        return rng.integers(-8, 9, shape).astype(np.float64) / 4

    return grid(5, *model.weight_shape(dimension)), grid(3, dimension), grid(3)


def _reduced(model: Any, reduction: str) -> Model:
    changed: Model = dataclasses.replace(model, reduction=reduction)
    return changed


def _exact(number: float) -> Fraction:
    return Fraction(float(number))


def _dot(first: Array, second: Array) -> Fraction:
    return sum((_exact(u) * _exact(v) for u, v in zip(first, second, strict=True)), Fraction(0))


def _neurons(model: Model, weight: Array) -> list[Array]:
    return list(weight) if isinstance(model, TwoLayerNetwork) else [weight]


@pytest.mark.parametrize(("model", "dimension"), MODELS, ids=_name)
def test_predictions_are_the_symbolic_ones(model: Model, dimension: int) -> None:
    weights, features, _ = _draw(model, dimension)
    predictions = model.predict(weights, features)
    assert predictions.shape == (5, 3)
    for b, weight in enumerate(weights):
        for k, row in enumerate(features):
            projections = [_dot(neuron, row) for neuron in _neurons(model, weight)]
            exact = evaluate(model.prediction, dict(zip(model.coordinates, projections, strict=True)))
            assert predictions[b, k] == pytest.approx(float(exact), rel=1e-13, abs=1e-13)


@pytest.mark.parametrize(("model", "dimension"), MODELS, ids=_name)
def test_the_numeric_gradient_is_the_symbolic_one_summed_over_the_samples(model: Model, dimension: int) -> None:
    weights, features, targets = _draw(model, dimension, seed=1)
    gradient = model.loss_gradient(weights, features, targets)
    assert gradient.shape == weights.shape
    count = len(targets)
    for b, weight in enumerate(weights):
        neurons = _neurons(model, weight)
        exact = [[Fraction(0)] * dimension for _ in neurons]
        for row, y in zip(features, targets, strict=True):
            values = dict(zip(model.coordinates, (_dot(neuron, row) for neuron in neurons), strict=True))
            values |= {SYMBOLS.y: _exact(y), SYMBOLS.n: Fraction(count)}
            for j, slope in enumerate(model.gradient):
                # The symbolic side of a scalar model is one sample; in a mean over n it counts 1/n.
                pull = evaluate(slope, values) / (count if model.samples == 1 else 1)
                exact[j] = [total + pull * _exact(entry) for total, entry in zip(exact[j], row, strict=True)]
        flat = np.array([float(entry) for neuron in exact for entry in neuron])
        np.testing.assert_allclose(gradient[b].ravel(), flat, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("model", "dimension"), MODELS, ids=_name)
def test_the_gradient_is_the_derivative_of_the_loss(model: Model, dimension: int) -> None:
    """Central differences of the numeric loss: no formula of the model enters."""
    weights, features, targets = _draw(model, dimension, seed=2)
    gradient = model.loss_gradient(weights, features, targets)
    differences = np.zeros_like(weights)
    step = 1e-5
    for index in np.ndindex(weights.shape[1:]):
        shift = np.zeros_like(weights)
        shift[(slice(None), *index)] = step
        change = model.loss_values(weights + shift, features, targets) - model.loss_values(
            weights - shift, features, targets
        )
        differences[(slice(None), *index)] = change / (2 * step)
    np.testing.assert_allclose(gradient, differences, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize(("model", "dimension"), MODELS, ids=_name)
def test_the_loss_is_its_definition(model: Model, dimension: int) -> None:
    weights, features, targets = _draw(model, dimension, seed=3)
    losses = model.loss_values(weights, features, targets)
    for b in range(5):
        residuals = model.predict(weights, features)[b] - targets
        expected = float(model.loss_weight) * sum(float(value) ** 2 for value in residuals) / len(targets)
        assert losses[b] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("model", "dimension"), MODELS, ids=_name)
def test_the_hessian_product_is_the_derivative_of_the_gradient(model: Model, dimension: int) -> None:
    weights, features, targets = _draw(model, dimension, seed=4)
    tangents = np.random.default_rng(5).standard_normal(weights.shape)
    step = 1e-5
    ahead, behind = (model.loss_gradient(weights + h * tangents, features, targets) for h in (step, -step))
    product = model.hessian_product(weights, tangents, features, targets)
    assert product.shape == weights.shape
    scale = max(1.0, float(np.abs(product).max()))
    np.testing.assert_allclose(product, (ahead - behind) / (2 * step), rtol=1e-6, atol=1e-7 * scale)


@pytest.mark.parametrize(("model", "dimension"), MODELS, ids=_name)
def test_slopes_are_the_derivatives_of_the_prediction(model: Model, dimension: int) -> None:
    weights, features, _ = _draw(model, dimension, seed=6)
    slopes = model.slopes(weights, features)
    for b, weight in enumerate(weights):
        for k, row in enumerate(features):
            values = dict(
                zip(model.coordinates, (_dot(neuron, row) for neuron in _neurons(model, weight)), strict=True)
            )
            exact = [float(evaluate(sympy.diff(model.prediction, p), values)) for p in model.coordinates]
            np.testing.assert_allclose(np.atleast_2d(slopes[b])[:, k], exact, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("model", "dimension"), MODELS, ids=_name)
def test_a_quadratic_prediction_is_its_completed_square(model: Model, dimension: int) -> None:
    weights, features, _ = _draw(model, dimension, seed=7)
    form = model.quadratic_form()
    quadratic = sympy.Poly(model.prediction, *model.coordinates).total_degree() == 2
    assert (form is not None) == quadratic
    if form is None:
        return
    predictions = model.predict(weights, features)
    for b, weight in enumerate(weights):
        neurons = np.atleast_2d(weight)
        roots = form.slope * neurons @ features.T + form.shift
        np.testing.assert_allclose(form.outer @ roots**2 + form.offset, predictions[b], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("model", "dimension"), MODELS, ids=_name)
def test_a_sum_is_n_times_a_mean(model: Model, dimension: int) -> None:
    weights, features, targets = _draw(model, dimension, seed=8)
    total = _reduced(model, "sum")
    count = len(targets)
    for method in ("loss_values", "loss_gradient"):
        one, other = (getattr(each, method)(weights, features, targets) for each in (model, total))
        np.testing.assert_allclose(other, count * one, rtol=1e-13)
    product = model.hessian_product(weights, weights, features, targets)
    np.testing.assert_allclose(
        total.hessian_product(weights, weights, features, targets), count * product, rtol=1e-12, atol=1e-12
    )
    if model.scale is not None:
        assert total.scale_at(3, 2, count, "0.1") == count * model.scale_at(3, 2, count, "0.1")
        assert total.scale_at(3, 2, 7, "0.1") == total.scale_at(3, 2, 1, "0.1")


def test_the_residual_scale_is_kappa() -> None:
    """κ = ηγ‖x‖²/n for phase retrieval and 2αη‖x‖²/n for a network; without 1/n for a sum."""
    assert PhaseRetrieval(gamma=3, c=5).residual_scale(7, 4, "1/2") == Fraction(21, 8)
    assert PhaseRetrieval(gamma=3, c=5, reduction="sum").residual_scale(7, 4, "1/2") == Fraction(21, 2)
    assert TwoLayerNetwork(alpha=3, width=5).residual_scale(7, 4, "1/2") == Fraction(21, 4)


@pytest.mark.parametrize("reduction", ["average", None, 1, "", "Mean"])
@pytest.mark.parametrize(
    "make", [PhaseRetrieval, TwoLayerNetwork, OneWeight, lambda **more: PolynomialModel("w", **more)]
)
def test_a_reduction_is_a_mean_or_a_sum(make: Callable[..., Model], reduction: object) -> None:
    with pytest.raises(InputError, match=r"reduction = .*must be 'mean' or 'sum'"):
        make(reduction=reduction)


@pytest.mark.parametrize("model", [PhaseRetrieval(reduction="sum"), TwoLayerNetwork(reduction="sum")], ids=_name)
def test_a_sum_has_the_same_map_and_a_scale_without_n(model: Model) -> None:
    derivation = derive(model)
    assert derivation.family is not None
    assert derivation.scale is not None
    assert SYMBOLS.n not in derivation.scale.free_symbols
    mean = derive(_reduced(model, "mean"))
    assert mean.family is not None
    assert derivation.family.rows == mean.family.rows
    assert sympy.expand(derivation.scale - SYMBOLS.n * mean.scale) == 0
    assert derivation.holds is Verdict.PROVED


def test_the_definitions_themselves() -> None:
    w, y, p, n = SYMBOLS.w, SYMBOLS.y, SYMBOLS.p, SYMBOLS.n
    assert OneWeight().loss == (w**2 - y) ** 2 / 4
    assert (OneWeight().norm_squared, OneWeight().samples) == (1, 1)
    assert (PhaseRetrieval().norm_squared, PhaseRetrieval().samples) == (SYMBOLS.q, n)
    assert OneWeight().gradient == (w * (w**2 - y),)
    general = PhaseRetrieval()
    residual = SYMBOLS.gamma * p**2 / 2 + SYMBOLS.c * p - y
    assert sympy.expand(general.loss - residual**2 / (2 * n)) == 0
    assert sympy.expand(general.gradient[0] - residual * (SYMBOLS.gamma * p + SYMBOLS.c) / n) == 0
    p_1, p_2 = sympy.symbols("p_1 p_2")
    network = TwoLayerNetwork(outer_weights=(2, -3))
    assert sympy.expand(network.prediction - SYMBOLS.alpha * (2 * p_1**2 - 3 * p_2**2)) == 0
    assert PolynomialModel("w^3", loss_factor="1/3").loss == (w**3 - y) ** 2 / 3
    assert {str(symbol) for symbol in general.symbols} == {"c", "eta", "gamma", "n", "p", "y"}


# ------------------------------------------------------------------------------------------------------- the scale a


@pytest.mark.parametrize(
    ("model", "dimension", "weight"),
    [
        (PhaseRetrieval(gamma=3, c=-1), 3, [0.7, -0.2, 1.1]),
        (PhaseRetrieval(gamma=-2, c=0), 2, [0.7, -0.9]),
        (PhaseRetrieval(gamma=0, c="3/2"), 2, [0.7, -0.9]),
        (TwoLayerNetwork(alpha="1/3", width=2), 2, [[0.4, -1.0], [1.3, 0.2]]),
        (TwoLayerNetwork(alpha=1, outer_weights=(-2, 0, -2)), 2, [[0.4, -1.0], [1.3, 0.2], [0.5, 0.1]]),
        (OneWeight(), 1, [1.3]),
        (PolynomialModel("2*w^2 - 3*w + 5", loss_factor="3/4"), 1, [-0.6]),
        (PolynomialModel("7 - 3*w"), 1, [0.9]),
    ],
    ids=_name,
)
def test_a_is_half_of_step_size_times_sharpness(model: Model, dimension: int, weight: list[float]) -> None:
    """The Hessian comes from differences of the numeric gradient at a minimum with zero loss."""
    rng = np.random.default_rng(4)
    row = rng.normal(size=(1, dimension))
    start = np.array([weight])
    target = model.predict(start, row)[0]
    size = start[0].size
    hessian = np.zeros((size, size))
    for k in range(size):
        shift = np.zeros(size)
        shift[k] = 1e-5
        change = model.loss_gradient(start + shift.reshape(start.shape), row, target) - model.loss_gradient(
            start - shift.reshape(start.shape), row, target
        )
        hessian[k] = change.ravel() / 2e-5
    step_size = 0.37
    sharpness = float(np.linalg.eigvalsh((hessian + hessian.T) / 2)[-1])
    a = model.scale_at(Fraction(float(row[0] @ row[0])), Fraction(float(target[0])), 1, step_size)
    assert float(a) == pytest.approx(step_size * sharpness / 2, rel=1e-6)


def test_the_scale_of_each_model() -> None:
    eta, q, n, y = SYMBOLS.eta, SYMBOLS.q, SYMBOLS.n, SYMBOLS.y
    general = eta * q * (2 * SYMBOLS.gamma * y + SYMBOLS.c**2) / (2 * n)
    assert sympy.expand(PhaseRetrieval().scale - general) == 0
    assert sympy.expand(PhaseRetrieval(gamma=0).scale - eta * q * SYMBOLS.c**2 / (2 * n)) == 0
    assert sympy.expand(TwoLayerNetwork(width=7).scale - 2 * SYMBOLS.alpha * eta * q * y / n) == 0
    assert OneWeight().scale == eta * y
    assert OneWeight(target="3/2").scale == 3 * eta / 2
    assert PolynomialModel("w^3").scale is None
    assert PolynomialModel("w^4").scale is None
    assert TwoLayerNetwork(outer_weights=(1, -1)).scale is None
    assert TwoLayerNetwork(outer_weights=(1, 2)).scale is None


def test_scale_at_is_exact_and_takes_anything_exact() -> None:
    model = PhaseRetrieval(gamma=2, c="1/3")
    expected = Fraction(0.1) * 3 * (4 * Fraction(1, 7) + Fraction(1, 9)) / (2 * 5)
    assert model.scale_at(3, Fraction(1, 7), 5, 0.1) == expected
    assert model.scale_at("3", "1/7", np.int64(5), np.float64(0.1)) == expected
    # γy + c²/2 cancels: in floats this is 0, exactly it is not
    tiny = PhaseRetrieval(gamma=1, c=Fraction(0.1)).scale_at(1, -(Fraction(0.1) ** 2) / 2 + Fraction(1, 10**40), 1, 1)
    assert tiny == Fraction(1, 10**40)
    assert OneWeight(target=9).scale_at(4, 3, 2, "1/2") == 3  # the data's target, ‖x‖² and n count


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((0, 1, 1, 1), "norm_squared"),
        ((-1, 1, 1, 1), "norm_squared"),
        ((1, "x", 1, 1), "target"),
        ((1, float("nan"), 1, 1), "target"),
        ((1, 1, 0, 1), "samples"),
        ((1, 1, 1.5, 1), "samples"),
        ((1, 1, True, 1), "samples"),
        ((1, 1, "1", 1), "samples"),
        ((1, 1, 1, 0), "step_size"),
        ((1, 1, 1, float("inf")), "step_size"),
        ((1, 1, 1, True), "step_size"),
    ],
)
def test_scale_at_names_the_wrong_argument(arguments: tuple[object, object, object, object], name: str) -> None:
    with pytest.raises(InputError, match=f"^{name} = "):
        PhaseRetrieval(gamma=2, c=0).scale_at(*arguments)


def test_scale_at_needs_numbers_and_a_scale() -> None:
    with pytest.raises(InputError, match="parameters without a number: c, gamma"):
        PhaseRetrieval().scale_at(1, 1, 1, 1)
    with pytest.raises(InputError, match=r"no single scale a; .*outer weights are equal"):
        TwoLayerNetwork(alpha=1, outer_weights=(1, -1)).scale_at(1, 1, 1, 1)
    with pytest.raises(InputError, match="no single scale a"):
        PolynomialModel("w^3").scale_at(1, 1, 1, 1)


# --------------------------------------------------------------------------------------------------------- bad input


def test_parameters_that_leave_no_model() -> None:
    with pytest.raises(InputError, match=r"^gamma = 0: must not be 0 when c is 0 \(the prediction would always be 0\)"):
        PhaseRetrieval(gamma=0, c=0)
    with pytest.raises(InputError, match=r"^alpha = 0"):
        TwoLayerNetwork(alpha=0)
    with pytest.raises(InputError, match=r"^outer_weights = .*all be 0"):
        TwoLayerNetwork(outer_weights=(0, 0))
    with pytest.raises(InputError, match=r"^outer_weights = .*empty"):
        TwoLayerNetwork(outer_weights=())


@pytest.mark.parametrize("width", [0, -1, 1.5, True, "two", float("nan"), 10**6])
def test_widths_that_are_none(width: object) -> None:
    with pytest.raises(InputError, match=r"^width = "):
        TwoLayerNetwork(width=width)  # type: ignore[arg-type]  # the point of the test


def test_outer_weights_must_fit() -> None:
    assert TwoLayerNetwork(outer_weights=(1, 2, 3)).width == 3
    with pytest.raises(InputError, match=r"^width = 2: must be the number of outer weights, 3"):
        TwoLayerNetwork(width=2, outer_weights=(1, 2, 3))
    with pytest.raises(InputError, match=r"^outer_weights\[1\] = "):
        TwoLayerNetwork(outer_weights=(1, "many"))
    with pytest.raises(InputError, match=r"^outer_weights = "):
        TwoLayerNetwork(outer_weights=5)  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(InputError, match=r"^outer_weights = "):
        TwoLayerNetwork(outer_weights="11")  # type: ignore[arg-type]  # the point of the test


@pytest.mark.parametrize("value", [float("nan"), "x", True, 1j, sympy.Symbol("y"), sympy.Symbol("a\\b"), [1]])
def test_parameters_that_are_no_numbers(value: object) -> None:
    with pytest.raises(InputError, match=r"^gamma = "):
        PhaseRetrieval(gamma=value)
    with pytest.raises(InputError, match=r"^alpha = "):
        TwoLayerNetwork(alpha=value)


@pytest.mark.parametrize(
    ("prediction", "reason"),
    [
        ("w^2 + k", "name k at column 7"),
        ("3", "degree 1 to 64 in w"),
        (sympy.Integer(3), "degree 1 to 64 in w"),
        (sympy.sin(SYMBOLS.w), "must be a polynomial in w"),
        (1 / SYMBOLS.w, "must be a polynomial in w"),
        (sympy.sqrt(2) * SYMBOLS.w, "must have rational"),
        (sympy.pi * SYMBOLS.w**2, "must have rational"),
        (0.5 * SYMBOLS.w**2, "write 1/10 instead of 0.1"),
        (sympy.sin(sympy.Symbol("b")) * SYMBOLS.w, "must have rational"),
        (sympy.sqrt(sympy.Symbol("b")) * SYMBOLS.w, "must have rational"),
        (SYMBOLS.w**65, "degree 1 to 64"),
        (SYMBOLS.w**2 * SYMBOLS.y, "is a name that the derivation uses"),
        (SYMBOLS.w**2 + sympy.Symbol("b") + sympy.Symbol("b", real=True), "two symbols of one name"),
        (SYMBOLS.w * sympy.Symbol("\\input{x}"), "must be a letter"),
        (3.5, "SymPy expression or a formula"),
        (None, "SymPy expression or a formula"),
    ],
)
def test_predictions_that_are_no_models(prediction: object, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        PolynomialModel(prediction)


@pytest.mark.parametrize("power", [20_000, 257])
def test_regression_models_are_refused_before_they_are_expanded(power: int) -> None:
    """They were expanded first, for minutes."""
    huge = (SYMBOLS.w + 1) ** power
    for make, argument in ((PolynomialModel, "prediction"), (PolynomialLoss, "loss")):
        said = rf"^{argument} = \(w \+ 1\)\*\*{power}: may have a degree beyond 256; use lower powers$"
        with pytest.raises(InputError, match=said):
            make(huge)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("ab", r'^parameters = ab: must be a sequence of names; as \["b"\]$'),
        (
            ["b", "b"],
            r"^parameters = \['b', 'b'\]: must be different names, none of them that of the weight w; give each",
        ),
        (
            ["b", "w"],
            r"^parameters = \['b', 'w'\]: must be different names, none of them that of the weight w; give each",
        ),
    ],
)
def test_regression_parameters_are_different_names(parameters: Any, said: str) -> None:
    """One text was taken for one name, and what was named twice for one thing."""
    with pytest.raises(InputError, match=said):
        PolynomialModel("w^2", parameters=parameters)
    assert PolynomialModel("w^2 + b", parameters=sympy.Symbol("b")) == PolynomialModel("w^2 + b", parameters=("b",))


def test_regression_a_loss_has_one_symbol_of_a_name() -> None:
    """Two of them were taken for one weight."""
    with pytest.raises(
        InputError, match=r"^loss = w\*\*2 \+ w\*\*2: has two symbols of one name; use one symbol per name$"
    ):
        PolynomialLoss(SYMBOLS.w**2 + sympy.Symbol("w", real=True) ** 2)


@pytest.mark.parametrize("weight", ["y", "eta", "e", "z", "a", "1w", "", 5])
def test_weights_with_names_that_are_taken(weight: object) -> None:
    with pytest.raises(InputError, match=r"^weight = "):
        PolynomialModel(sympy.Symbol("w") ** 2, weight=weight)


@pytest.mark.parametrize("loss_factor", [0, -1, float("nan"), "half", True])
def test_loss_factors_that_are_none(loss_factor: object) -> None:
    with pytest.raises(InputError, match=r"^loss_factor = "):
        PolynomialModel("w^2", loss_factor=loss_factor)


def test_the_numeric_side_needs_numbers_and_shapes() -> None:
    weights, features, targets = np.ones((2, 3)), np.ones((4, 3)), np.ones(4)
    with pytest.raises(InputError, match="parameters without a number: c, gamma"):
        PhaseRetrieval().predict(weights, features)
    with pytest.raises(InputError, match="parameters without a number: alpha"):
        TwoLayerNetwork().loss_gradient(np.ones((2, 2, 3)), features, targets)
    with pytest.raises(InputError, match="parameters without a number: b"):
        PolynomialModel("b*w^2", parameters=["b"]).predict(np.ones((2, 1)), np.ones((1, 1)))
    model = PhaseRetrieval(gamma=2, c=0)
    with pytest.raises(InputError, match=r"^weights = shape \(2, 2\): must have shape \(B, 3\)"):
        model.predict(np.ones((2, 2)), features)
    with pytest.raises(InputError, match=r"^weights = shape \(\)"):
        model.predict(np.array(1.0), features)
    with pytest.raises(InputError, match=r"^features = shape \(3,\)"):
        model.loss_gradient(weights, np.ones(3), targets)
    with pytest.raises(InputError, match=r"^features = 3 columns: must have one column"):
        OneWeight().predict(np.ones((2, 1)), features)
    with pytest.raises(InputError, match=r"^gamma = .*range of floats"):
        PhaseRetrieval(gamma=10**400, c=0)


# ------------------------------------------------------------------------------------------------------- being a value


def test_equal_models_are_equal_and_frozen() -> None:
    assert PhaseRetrieval(gamma="1/2") == PhaseRetrieval(gamma=0.5, c=sympy.Symbol("c", real=True))
    assert len({PhaseRetrieval(), PhaseRetrieval(), PhaseRetrieval(c=1), OneWeight(), OneWeight(target=1)}) == 4
    assert PolynomialModel("w^2+b", parameters=["b"]) == PolynomialModel(SYMBOLS.w**2 + sympy.Symbol("b"))
    assert TwoLayerNetwork(width=2) == TwoLayerNetwork(outer_weights=(1, 1))
    for model, _ in MODELS:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(model, dataclasses.fields(model)[0].name, None)  # type: ignore[arg-type]  # all are dataclasses


def test_assumptions_of_symbols_are_dropped() -> None:
    """Two symbols of one name would not cancel."""
    positive = sympy.Symbol("gamma", positive=True)
    assert PhaseRetrieval(gamma=positive) == PhaseRetrieval()
    weight = sympy.Symbol("w", real=True)
    assert PolynomialModel(weight**2, weight=weight) == PolynomialModel("w^2")


def test_every_model_says_what_the_reduction_needs() -> None:
    for model, _ in MODELS:
        assert model.reduction_conditions
        assert all(isinstance(sentence, str) and sentence for sentence in model.reduction_conditions)
    assert any("orthogonal" in sentence for sentence in PhaseRetrieval().reduction_conditions)
    assert any("outer weights are equal" in sentence for sentence in TwoLayerNetwork().reduction_conditions)


# ---------------------------------------------------------------------------------------------- a loss of one's own

w = SYMBOLS.w


def test_a_loss_is_a_model_without_a_prediction() -> None:
    loss = PolynomialLoss("(w^2-1)^2/4")
    assert sympy.expand(loss.gradient[0] - (w**3 - w)) == 0
    assert (loss.coordinates, loss.parameters, loss.scale, loss.symbols) == ((w,), (), None, (SYMBOLS.eta, w))
    assert loss == PolynomialLoss((w**2 - 1) ** 2 / 4)
    assert loss == PolynomialLoss((sympy.Symbol("w", real=True) ** 2 - 1) ** 2 / 4)
    assert len({loss, PolynomialLoss("w^2"), PolynomialLoss("v^2", weight="v")}) == 3
    assert pickle.loads(pickle.dumps(loss)) == loss  # noqa: S301  # our own bytes
    for ask in (
        lambda: loss.prediction,
        lambda: loss.loss_weight,
        lambda: loss.loss_values(np.ones((1, 1)), np.ones((1, 1)), np.ones(1)),
        lambda: loss.loss_gradient(np.ones((1, 1)), np.ones((1, 1)), np.ones(1)),
    ):
        with pytest.raises(InputError, match=r"without a prediction; iterate its map.*model\.squared\.model"):
            ask()
    with pytest.raises(InputError, match=r"without a prediction; iterate its map, derive\(model\).family$"):
        _ = PolynomialLoss("w^3").prediction


@pytest.mark.parametrize(
    ("loss", "weight", "said"),
    [
        ("w", "w", r"^loss = w: must have degree 2 to 64 in w; .*no minimum"),
        ("7/2", "w", r"^loss = 7/2: must have degree"),
        ("w^33*w^33", "w", r"^loss = .*degree beyond 64"),
        ("y*w^2", "w", r"^loss = y\*w\^2: has the name y"),
        (sympy.Symbol("b") * w**2, "w", r"^loss = .*may hold no name but w, and holds b"),
        (w**2 / 2 + 0.5, "w", r"^loss = .*rational coefficients"),
        (sympy.sqrt(2) * w**2, "w", r"^loss = .*rational coefficients"),
        (sympy.sin(w), "w", r"^loss = sin\(w\): must be a polynomial in w"),
        (1 / w, "w", r"^loss = 1/w: must be a polynomial in w"),
        (3, "w", r"^loss = 3: must be a SymPy expression or a formula as text"),
        ("eta^2", "eta", r"^weight = eta: is a name that the derivation uses itself"),
        ("w^2", "w w", r"^weight = w w: must be a letter"),
        ("w^2", 3, r"^weight = 3: must be a SymPy symbol"),
    ],
)
def test_what_is_no_loss_is_refused(loss: Any, weight: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        PolynomialLoss(loss, weight=weight)


@given(
    root=st.lists(st.fractions(-3, 3, max_denominator=5), min_size=1, max_size=4),
    leading=st.fractions(Fraction(1, 7), 4, max_denominator=7),
    offset=st.fractions(-3, 3, max_denominator=5),
)
@settings(max_examples=trials(40))
def test_a_square_plus_a_constant_is_found_again(root: list[Fraction], leading: Fraction, offset: Fraction) -> None:
    polynomial = sympy.Poly([1, *(sympy.Rational(v.numerator, v.denominator) for v in root)], w)
    factor, rest = (sympy.Rational(v.numerator, v.denominator) for v in (leading, offset))
    loss = PolynomialLoss(sympy.expand(factor * polynomial.as_expr() ** 2 + rest))
    found = loss.squared
    assert found is not None
    assert (found.model.loss_weight, found.offset) == (leading, rest)
    assert sympy.expand(found.model.prediction - found.target - polynomial.as_expr()) == 0
    assert sympy.expand(found.loss - loss.loss) == 0


@pytest.mark.parametrize("loss", ["w^3", "-w^2", "-(w^2-1)^2", "w^4 + w", "w^4 + w^3 + w", "w^6 + w^2"])
def test_what_is_no_square_plus_a_constant_is_not_taken_for_one(loss: str) -> None:
    assert PolynomialLoss(loss).squared is None
