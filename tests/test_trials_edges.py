"""Trials of a derivation, each number again by formula: the chain rule instead of differences of the loss."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import chain, combinations, repeat
from types import SimpleNamespace
from typing import Any

import pytest
import sympy
from edges import noted

from symphase import trials
from symphase.formulas import evaluate
from symphase.models import SYMBOLS, Model, OneWeight, PhaseRetrieval, PolynomialLoss, PolynomialModel, TwoLayerNetwork
from symphase.trials import COUPLED, POINTS, SEED, Quantity, Trial, Values, Vector, experiments, value_at

a, z, e, y, eta, q, n, p, w, s, kappa, G = (
    getattr(SYMBOLS, name) for name in ("a", "z", "e", "y", "eta", "q", "n", "p", "w", "s", "kappa", "G")
)
p_j, s_j, y_j = SYMBOLS.p_j, SYMBOLS.s_j, SYMBOLS.y_j
RETRIEVAL = PhaseRetrieval()
NETWORK = TwoLayerNetwork(outer_weights=(2, -1, 0))
MODELS: dict[str, Model] = {
    "retrieval": RETRIEVAL,
    "plain": PhaseRetrieval(gamma="3/2", c=0, reduction="sum"),
    "regression": PhaseRetrieval(gamma=0),
    "network": NETWORK,
    "populations": TwoLayerNetwork(alpha="1/3", outer_weights=(1, -2, 3), reduction="sum"),
    "alike": TwoLayerNetwork(width=5),
    "weight": OneWeight(),
    "linear": PolynomialModel("b*w + 2", parameters=["b"]),
    "quadratic": PolynomialModel("b*w^2 + 3*w - 1", parameters=["b"], loss_factor="5/7"),
    "cubic": PolynomialModel("b*w^3 + w^2", parameters=["b"]),
    "quintic": PolynomialModel("u^5/3 - u", weight="u", loss_factor=2),
}
SCALAR = (OneWeight, PolynomialModel)


def simulation(model: Model, seed: int, orthogonal: bool) -> Any:
    return trials._Simulation(model, random.Random(seed), orthogonal)


# ------------------------------------------------------------------------------------------------ by formula instead


class Formula:
    """A simulation's data, and what becomes of them: a prediction is Σ fⱼ(wⱼᵀx), with a polynomial fⱼ per neuron."""

    def __init__(self, model: Model, run: Any) -> None:
        self.model, self.rows, self.targets, self.weights = model, run._rows, run._targets, run._weights
        self.values: Values = run._values
        self.outer: list[Fraction] = run._outer
        self.count: int = run._count
        self.factor = 2 * model.loss_weight / (self.count if model.reduction == "mean" else 1)
        self.shapes = [self._shape(v) for v in self.outer]

    def _shape(self, outer: Fraction) -> dict[int, Fraction]:
        """Coefficients by power."""
        model = self.model
        if isinstance(model, TwoLayerNetwork):
            written = {2: model.alpha * sympy.Rational(outer.numerator, outer.denominator)}
        elif isinstance(model, PhaseRetrieval):
            written = {2: model.gamma / 2, 1: model.c}
        else:
            assert isinstance(model, SCALAR)
            written = {power: value for (power,), value in sympy.Poly(model.prediction, model.weight).terms()}
        return {power: evaluate(value, self.values) for power, value in written.items()}

    def predict(self, weights: Sequence[Vector], row: Vector) -> Fraction:
        moves = zip(self.shapes, weights, strict=True)
        return sum((c * dot(weight, row) ** k for shape, weight in moves for k, c in shape.items()), Fraction(0))

    def slopes(self, weights: Sequence[Vector], row: Vector) -> list[Fraction]:
        """The derivative of the prediction by each neuron's projection."""
        moves = zip(self.shapes, weights, strict=True)
        return [
            sum((k * c * dot(weight, row) ** (k - 1) for k, c in shape.items() if k), Fraction(0))
            for shape, weight in moves
        ]

    def loss(self, weights: Sequence[Vector]) -> Fraction:
        return self.factor / 2 * sum(residual**2 for residual in self.residuals(weights))

    def residuals(self, weights: Sequence[Vector]) -> list[Fraction]:
        return [self.predict(weights, row) - target for row, target in zip(self.rows, self.targets, strict=True)]

    def gradient(self, weights: Sequence[Vector]) -> list[Vector]:
        """The chain rule: 2λ/n Σᵢ (gᵢ − yᵢ) fⱼ′(wⱼᵀxᵢ) xᵢ for each neuron j."""
        pulls = [
            [residual * slope for slope in self.slopes(weights, row)]
            for residual, row in zip(self.residuals(weights), self.rows, strict=True)
        ]
        return [
            tuple(self.factor * sum(pull[j] * row[k] for pull, row in zip(pulls, self.rows, strict=True)) for k in axes)
            for j in range(len(weights))
            for axes in [range(len(self.rows[0]))]
        ]

    def descend(self, weights: Sequence[Vector], size: Fraction) -> list[Vector]:
        return [
            tuple(u - size * d for u, d in zip(weight, change, strict=True))
            for weight, change in zip(weights, self.gradient(weights), strict=True)
        ]

    def sums(self) -> Values:
        """Of squares of the other neurons, by their outer weights, for the first two samples."""
        found: Values = {}
        for row, suffix in zip(self.rows[:2], ("", "_j"), strict=True):
            squares = [dot(weight, row) ** 2 for weight in self.weights]
            own = [square for square, v in zip(squares, self.outer, strict=True) if v == self.outer[0]]
            found[sympy.Symbol(f"s{suffix}")] = sum(own[1:], Fraction(0))
            others = [v for v in dict.fromkeys(self.outer) if v not in (0, self.outer[0])]
            for k, kind in enumerate(others):
                alike = [square for square, v in zip(squares, self.outer, strict=True) if v == kind]
                found[sympy.Symbol(f"S_{k + 2}{suffix}")] = sum(alike, Fraction(0))
        return found

    def trial(self, orthogonal: bool) -> Trial:
        """What the simulation must find; κ and a as in the paper: κ = 2λη‖x‖²g″/n, a = κ(y − the least g)."""
        row, start, step = self.rows[0], self.weights, self.values[eta]
        first = self.descend(start, step)
        projection, norm, residual = dot(start[0], row), dot(row, row), self.residuals(start)[0]
        next_residual = self.residuals(first)[0]
        weight = self.model.weight if isinstance(self.model, SCALAR) else p
        values = self.values | {
            n: Fraction(self.count),
            q: norm,
            y: self.targets[0],
            e: residual,
            weight: projection,
        }
        quantities = {
            Quantity.PREDICTION: self.predict(start, row),
            Quantity.LOSS: self.loss(start),
            Quantity.SLOPE: sum((u * x for u, x in zip(self.gradient(start)[0], row, strict=True)), Fraction(0)),
            Quantity.NEXT_COUPLED: dot(first[0], row),
            Quantity.NEXT_PROJECTION: dot(first[0], row),
            Quantity.NEXT_RESIDUAL: next_residual,
        }
        if len(self.rows) > 1:
            values |= {G: dot(row, self.rows[1]), p_j: dot(start[0], self.rows[1]), y_j: self.targets[1]}
        if isinstance(self.model, TwoLayerNetwork):
            values |= self.sums()
        shape = {k: c for k, c in self.shapes[0].items() if c}
        strength = self.factor * step * norm
        if not orthogonal and not isinstance(self.model, SCALAR):
            pass
        elif max(shape) == 1:
            values[a] = strength * shape[1] ** 2 / 2
        elif max(shape) == 2:
            kappa_ = strength * 2 * shape[2]
            least = shape.get(0, Fraction(0)) - shape.get(1, Fraction(0)) ** 2 / (4 * shape[2])
            values |= {kappa: kappa_, z: kappa_ * residual, a: kappa_ * (self.targets[0] - least)}
            quantities[Quantity.NEXT_RESCALED] = kappa_ * next_residual
        else:
            quantities[Quantity.DRIFT] = -self.factor * residual * self.slopes(start, row)[0] ** 2
        return Trial(values=values, quantities=quantities)


def dot(first: Vector, second: Vector) -> Fraction:
    return sum((u * v for u, v in zip(first, second, strict=True)), Fraction(0))


@pytest.mark.parametrize("orthogonal", [False, True], ids=["coupled", "orthogonal"])
@pytest.mark.parametrize("name", MODELS)
def test_every_number_of_a_trial_is_the_formulas(name: str, orthogonal: bool) -> None:
    model = MODELS[name]
    for seed in (1, 2, 3):
        run = simulation(model, seed, orthogonal)
        assert run.trial() == Formula(model, run).trial(orthogonal)


@pytest.mark.parametrize("name", MODELS)
def test_a_step_moves_every_weight_as_the_chain_rule_says(name: str) -> None:
    model = MODELS[name]
    for seed in (4, 5):
        run = simulation(model, seed, orthogonal=seed % 2 == 1)
        for size in (Fraction(1, 3), Fraction(-2)):
            assert run._descend(run._weights, size) == Formula(model, run).descend(run._weights, size)


@pytest.mark.parametrize("name", ["retrieval", "alike", "weight", "quadratic"])
def test_quadratic_predictions_follow_the_cubic_map(name: str) -> None:
    for _, trial in experiments(MODELS[name]):
        before, scale = trial.values[z], trial.values[a]
        assert trial.quantities[Quantity.NEXT_RESCALED] == (before + scale) * (1 - before) ** 2 - scale


@pytest.mark.parametrize("text", ["w^2/2", "w^2 - w/3", "(w^2-1)^2/4", "w^5/5 - w^3 + w", "2*w^7 - w^6 + 1"])
def test_a_loss_alone_descends_along_sympys_derivative(text: str) -> None:
    model = PolynomialLoss(text)
    seen = [first for first, second in experiments(model) if first is second]
    assert len(seen) == POINTS == 6
    for trial in seen:
        assert set(trial.values) == {w, eta}
        assert trial.values[eta] > 0
        slope = evaluate(sympy.diff(model.loss, w), trial.values)
        assert trial.quantities == {
            Quantity.LOSS: evaluate(model.loss, trial.values),
            Quantity.SLOPE: slope,
            Quantity.NEXT_PROJECTION: trial.values[w] - trial.values[eta] * slope,
        }


@pytest.mark.parametrize("degree", range(1, 14))
def test_central_differences_are_exact_up_to_their_degree_and_no_longer_than_that_takes(degree: int) -> None:
    symbol = sympy.Symbol("h")
    some = random.Random(degree)
    polynomial = sympy.Add(*(sympy.Rational(some.randint(-9, 9), 7) * symbol**k for k in range(degree + 1)))
    seen: list[Any] = []
    found = trials._derivative(lambda h: noted(seen, h, evaluate(polynomial, {symbol: h})), degree)
    assert found == evaluate(sympy.diff(polynomial, symbol).subs(symbol, 0), {})
    reach = (degree + 1) // 2  # 2·reach values fix the odd part of a polynomial of degree 2·reach
    assert sorted(seen) == [k for k in range(-reach, reach + 1) if k]
    assert {type(h) for h in seen} == {Fraction}
    beyond = 2 * reach + 1
    assert trials._derivative(lambda h: h**beyond, degree) != 0


def test_two_and_four_differences_have_their_well_known_weights() -> None:
    assert trials._stencil(2) == (Fraction(1, 2),)
    assert trials._stencil(4) == (Fraction(2, 3), Fraction(-1, 12))


@pytest.mark.parametrize(
    ("name", "degrees"),
    [("retrieval", {2, 4}), ("regression", {2}), ("alike", {2, 4}), ("linear", {2}), ("cubic", {3, 6}), ("loss", {7})],
)
def test_no_difference_is_longer_than_its_degree_takes(
    name: str, degrees: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A squared residual has twice the degree of its prediction."""
    asked: list[int] = []
    derivative = trials._derivative
    monkeypatch.setattr(trials, "_derivative", lambda f, degree: noted(asked, degree, derivative(f, degree)))
    if name == "loss":
        trials._loss_trial(PolynomialLoss("2*w^7 - w^6 + 1"), random.Random(1))
    else:
        simulation(MODELS[name], 1, orthogonal=True).trial()
    assert set(asked) == degrees


# ------------------------------------------------------------------------------------------------------- planted errors

STEP = p - eta * q * e * (SYMBOLS.gamma * p + SYMBOLS.c) / n
COUPLED_STEP = (
    STEP - eta * G * (SYMBOLS.gamma * p_j**2 / 2 + SYMBOLS.c * p_j - y_j) * (SYMBOLS.gamma * p_j + SYMBOLS.c) / n
)
# What the paper says of generalised phase retrieval.
PAPER = {
    Quantity.NEXT_COUPLED: COUPLED_STEP,
    Quantity.NEXT_PROJECTION: STEP,
    Quantity.NEXT_RESIDUAL: SYMBOLS.gamma * STEP**2 / 2 + SYMBOLS.c * STEP - y,
    Quantity.NEXT_RESCALED: z**3 + (a - 2) * z**2 + (1 - 2 * a) * z,
}


@pytest.mark.parametrize("quantity", PAPER, ids=lambda quantity: quantity.name)
def test_a_wrong_term_is_noticed_at_every_trial(quantity: Quantity) -> None:
    right = sympy.expand(PAPER[quantity])
    for pair in experiments(RETRIEVAL):
        trial = pair[0 if quantity in COUPLED else 1]
        wanted = trial.quantities[quantity]
        assert value_at(right, trial.values) == wanted
        for term in sympy.Add.make_args(right):
            for wrong in (right - term, right + term, right - 2 * term):  # left out, twice, with another sign
                assert value_at(wrong, trial.values) not in (None, wanted), (term, wrong)


def test_the_step_beside_another_sample_is_none_of_an_orthogonal_one() -> None:
    for coupled, orthogonal in experiments(RETRIEVAL):
        assert value_at(STEP, coupled.values) != coupled.quantities[Quantity.NEXT_COUPLED]
        assert value_at(COUPLED_STEP, orthogonal.values) == orthogonal.quantities[Quantity.NEXT_COUPLED]


def test_what_has_no_value_is_none() -> None:
    values = {w: Fraction(1), z: Fraction(-2)}
    assert value_at(w / (z + 3), values) == 1
    assert value_at(w / (z + 2), values) is None
    assert value_at(w + y, values) is None
    assert value_at(sympy.sqrt(w + 1), values) is None


# ------------------------------------------------------------------------------------------------------ the random data


@pytest.mark.parametrize("model", [RETRIEVAL, OneWeight(), PolynomialLoss("w^4/4 - w")], ids=["0", "1", "2"])
def test_the_same_trials_every_time_and_no_two_alike(model: Model) -> None:
    found = experiments(model)
    experiments.cache_clear()
    again = experiments(model)
    assert found is not again
    assert found == again
    apart = {id(trial): trial for pair in found for trial in pair}.values()  # of a loss a pair is one trial twice
    assert len(apart) == (POINTS if isinstance(model, PolynomialLoss) else 2 * POINTS)
    assert all(first.values != second.values for first, second in combinations(apart, 2))


def test_pairs_are_of_coupled_and_of_orthogonal_rows() -> None:
    for model in (RETRIEVAL, NETWORK):
        for coupled, orthogonal in experiments(model):
            assert coupled.values[G] != 0 == orthogonal.values[G]
            assert z not in coupled.values


def test_numbers_are_of_either_sign_small_and_never_0() -> None:
    rng = random.Random(1)
    drawn = {trials._draw(rng) for _ in range(3000)}
    assert drawn == {Fraction(sign * k, m) for sign in (-1, 1) for k in range(1, 10) for m in range(1, 6)}


def test_data_are_of_every_size() -> None:
    coupled = [simulation(RETRIEVAL, seed, orthogonal=False) for seed in range(60)]
    assert {len(run._rows) for run in coupled} == {2}
    assert {len(row) for run in coupled for row in run._rows} == {3}
    assert {run._count for run in coupled} == {
        2,
        3,
        4,
        5,
    }  # further samples are in the mean, not in the part of i and j
    apart = [simulation(RETRIEVAL, seed, orthogonal=True) for seed in range(60)]
    sizes = {(len(run._rows), len(run._rows[0])) for run in apart}
    assert sizes == {(2, 3), (2, 4), (3, 3), (3, 4)}
    assert all(run._count == len(run._rows) == len(run._targets) for run in apart)
    assert all(set(map(len, run._rows)) == set(map(len, run._weights)) for run in apart + coupled)
    for run in [simulation(OneWeight(), seed, orthogonal=seed % 2 == 1) for seed in range(4)]:
        assert (run._rows, run._count) == ([(1,)], 1)
    assert all(run._values[eta] > 0 for run in coupled + apart)


def test_orthogonal_rows_are_orthogonal_exactly_and_along_no_axis() -> None:
    rng = random.Random(2)
    lengths = set()
    for count, dimension in [(2, 3), (3, 3), (2, 4), (3, 4)] * 10:
        rows = trials._orthogonal_rows(rng, count, dimension)
        assert [len(row) for row in rows] == [dimension] * count
        assert all(entry for row in rows for entry in row)
        assert all(dot(first, second) == 0 for first, second in combinations(rows, 2))
        lengths |= {sympy.sqrt(sympy.Rational(str(dot(row, row)))) for row in rows}
    # each is a unit vector, stretched by what a number may be
    assert lengths <= {sympy.Rational(k, m) for k in range(1, 10) for m in range(1, 6)}
    assert len(lengths) > 20


@pytest.mark.parametrize(
    ("model", "outer"),
    [
        (RETRIEVAL, [1]),
        (OneWeight(), [1]),
        (TwoLayerNetwork(width=7), [1, 1]),
        (NETWORK, [2, 2, -1, 0]),
        (
            TwoLayerNetwork(outer_weights=(0, "1/2", 0, 3, "1/2", "-5/3")),
            [Fraction(1, 2)] * 2 + [3, Fraction(-5, 3), 0],
        ),
    ],
)
def test_every_population_has_a_neuron_and_the_first_has_two(model: Model, outer: list[Fraction]) -> None:
    found = trials._Simulation._choose_neurons(model)
    assert found == outer
    assert {type(value) for value in found} == {Fraction}


def test_rows_that_happen_to_be_orthogonal_are_drawn_again() -> None:
    rows = [[1, 1, 1], [1, -2, 1], [1, 1, 1], [1, -2, 2]]  # the third and the fourth are the second try
    above = chain([1, 1, 1], *rows, repeat(9))  # parameters and step size come first
    rng: Any = SimpleNamespace(choice=max, randint=lambda _, most: next(above) if most == 9 else 1)
    run: Any = trials._Simulation(RETRIEVAL, rng, orthogonal=False)
    assert run._rows == [tuple(row) for row in rows[2:]]


def test_a_trial_that_divides_by_0_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def drawn(*given: Any) -> Any:
        seen.append(given)
        return SimpleNamespace(trial=lambda: Fraction(1, len(seen) // 3) and len(seen))

    monkeypatch.setattr(trials, "_Simulation", drawn)
    rng = random.Random(1)
    found: Any = trials._trial(RETRIEVAL, rng, orthogonal=True)
    assert found == 3
    assert seen == [(RETRIEVAL, rng, True)] * 3


def test_a_start_at_rest_is_no_trial() -> None:
    """Where the slope of the prediction is 0 no ratio of slopes is there: such a start is drawn now and then."""
    model = PolynomialModel("w^2 - 2*w")
    rests = [seed for seed in range(200) if simulation(model, seed, orthogonal=True)._weights[0] == (1,)]
    assert rests
    for seed in rests:
        with pytest.raises(ZeroDivisionError):
            simulation(model, seed, orthogonal=True).trial()
        assert trials._trial(model, random.Random(seed), orthogonal=True).values[w] != 1


def test_the_seed_is_that_of_the_checks_words() -> None:
    rng = random.Random(SEED)
    coupled, orthogonal = experiments(RETRIEVAL)[0]
    assert coupled == trials._trial(RETRIEVAL, rng, orthogonal=False)
    assert orthogonal == trials._trial(RETRIEVAL, rng, orthogonal=True)
