"""Gradient descent on the loss in plain fractions: random rational data on which every claim of a derivation is tried.

Derivatives come from exact differences of the loss alone, never from the formulas that a derivation made.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import Final

import sympy

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

__all__ = ["COUPLED", "POINTS", "SEED", "Quantity", "Trial", "experiments", "value_at"]

POINTS: Final = 6
SEED: Final = 20231001
Values = dict[sympy.Symbol, Fraction]
Vector = tuple[Fraction, ...]


class Quantity(Enum):
    """What an expression of a step is: the number that it must give on every data set."""

    PREDICTION = "the prediction for sample i"
    LOSS = "the loss"
    SLOPE = "the derivative of the loss along the feature row of sample i"
    NEXT_COUPLED = "the projection after one step, beside a sample j that is not orthogonal"
    NEXT_PROJECTION = "the projection after one step, on orthogonal rows"
    NEXT_RESIDUAL = "the residual after one step"
    DRIFT = "the change of the residual to first order in the step size"
    NEXT_RESCALED = "the rescaled residual after one step"

    def __str__(self) -> str:
        return self.value


COUPLED: Final = frozenset({Quantity.LOSS, Quantity.SLOPE, Quantity.NEXT_COUPLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One random data set: the value of every symbol, and of every quantity, from gradient descent in fractions."""

    values: Values
    quantities: Mapping[Quantity, Fraction]


def value_at(expression: sympy.Expr, values: Values) -> Fraction | None:
    """Evaluate an expression at a trial; None where it divides by zero or holds an unknown symbol."""
    try:
        return evaluate(expression, values)
    except (InputError, ZeroDivisionError):
        return None


@lru_cache(maxsize=16)
def experiments(model: Model) -> tuple[tuple[Trial, Trial], ...]:
    """Random trials of a model: each on two rows that are not orthogonal, and on orthogonal rows."""
    rng = random.Random(SEED)  # noqa: S311  # guards no secret
    if isinstance(model, PolynomialLoss):
        alone = [_loss_trial(model, rng) for _ in range(POINTS)]
        return tuple((trial, trial) for trial in alone)
    return tuple((_trial(model, rng, orthogonal=False), _trial(model, rng, orthogonal=True)) for _ in range(POINTS))


def _trial(model: Model, rng: random.Random, *, orthogonal: bool) -> Trial:
    while True:
        try:
            return _Simulation(model, rng, orthogonal).trial()
        except ZeroDivisionError:  # a slope, a residual or a denominator that happens to be 0: draw again
            continue


def _loss_trial(model: PolynomialLoss, rng: random.Random) -> Trial:
    """One step of gradient descent on a loss without a prediction: of the loss only its values are used."""
    weight, eta = _draw(rng), abs(_draw(rng))

    def loss(move: Fraction) -> Fraction:
        return evaluate(model.loss, {model.weight: weight + move})

    slope = _derivative(loss, int(sympy.degree(model.loss, model.weight)))
    return Trial(
        values={model.weight: weight, SYMBOLS.eta: eta},
        quantities={
            Quantity.LOSS: loss(Fraction(0)),
            Quantity.SLOPE: slope,
            Quantity.NEXT_PROJECTION: weight - eta * slope,
        },
    )


def _draw(rng: random.Random) -> Fraction:
    return Fraction(rng.choice((-1, 1)) * rng.randint(1, 9), rng.randint(1, 5))


def _orthogonal_rows(rng: random.Random, count: int, dimension: int) -> list[Vector]:
    """Draw rows of a product of rational rotations (3-4-5 and 5-12-13), each stretched by a rational number."""
    rows = [[Fraction(int(i == j)) for j in range(dimension)] for i in range(dimension)]
    for first in range(dimension):
        for second in range(first + 1, dimension):
            cosine, sine = rng.choice(((Fraction(3, 5), Fraction(4, 5)), (Fraction(5, 13), Fraction(12, 13))))
            for row in rows:
                u, v = row[first], row[second]
                row[first], row[second] = cosine * u - sine * v, sine * u + cosine * v
    return [tuple(stretch * entry for entry in row) for row, stretch in ((row, _draw(rng)) for row in rows[:count])]


def _dot(first: Sequence[Fraction], second: Sequence[Fraction]) -> Fraction:
    return sum((u * v for u, v in zip(first, second, strict=True)), Fraction(0))


@lru_cache(maxsize=64)
def _stencil(degree: int) -> Vector:
    """Weights w₁, w₂, … of Σ wₖ(f(k) − f(−k)), which is f′(0) for every polynomial f of at most this degree."""
    reach = (degree + 1) // 2
    whole = math.comb(2 * reach, reach)
    return tuple(Fraction(-((-1) ** k) * math.comb(2 * reach, reach + k), k * whole) for k in range(1, reach + 1))


def _derivative(function: Callable[[Fraction], Fraction], degree: int) -> Fraction:
    """The derivative at 0 of a polynomial of at most this degree: a central difference, which is exact."""
    weights = _stencil(degree)
    nodes = [Fraction(k) for k in range(1, len(weights) + 1)]
    return _dot(weights, [function(node) - function(-node) for node in nodes])


class _Simulation:
    """A random data set and gradient descent on the loss of a model, all in fractions.

    The model enters through its definition only: a prediction from weights and a row.  Derivatives are exact
    differences of a polynomial of known degree.
    """

    def __init__(self, model: Model, rng: random.Random, orthogonal: bool) -> None:
        self._model = model
        self._scalar = isinstance(model, (OneWeight, PolynomialModel))
        self._orthogonal = orthogonal
        self._values: Values = {symbol: _draw(rng) for symbol in model.parameters}
        self._values[SYMBOLS.eta] = abs(_draw(rng))
        self._outer = self._choose_neurons(model)
        rows: list[Vector]
        if self._scalar:
            dimension, rows = 1, [(Fraction(1),)]
        elif orthogonal:
            dimension = rng.choice((3, 4))
            rows = _orthogonal_rows(rng, rng.choice((2, 3)), dimension)
        else:
            dimension, rows = 3, []
            while len(rows) < 2 or _dot(rows[0], rows[1]) == 0:
                rows = [tuple(_draw(rng) for _ in range(dimension)) for _ in range(2)]
        self._rows = rows
        self._targets = [_draw(rng) for _ in rows]
        # The part of two samples i and j in the loss of any number of samples.
        self._count = len(rows) if orthogonal or self._scalar else rng.randint(2, 5)
        self._weights = [tuple(_draw(rng) for _ in range(dimension)) for _ in self._outer]
        self._degree = self._prediction_degree(model)

    @staticmethod
    def _choose_neurons(model: Model) -> list[Fraction]:
        """Outer weights of a network with the model's populations; the claim is for any number of neurons in each.

        Two in the first, so that the sum over the others is not 0, one in each of the rest, and one that is silent.
        """
        if not isinstance(model, TwoLayerNetwork):
            return [Fraction(1)]
        kept = [model.populations[0], *model.populations]
        if 0 in model.outer_weights:
            kept.append(sympy.Integer(0))
        return [Fraction(int(value.p), int(value.q)) for value in kept]

    @staticmethod
    def _prediction_degree(model: Model) -> int:
        return 2 if isinstance(model, TwoLayerNetwork) else int(sympy.degree(model.prediction, *model.coordinates))

    def _predict(self, weights: Sequence[Vector], row: Vector) -> Fraction:
        model = self._model
        projections = [_dot(weight, row) for weight in weights]
        if isinstance(model, PhaseRetrieval):
            gamma, c = evaluate(model.gamma, self._values), evaluate(model.c, self._values)
            return gamma * projections[0] ** 2 / 2 + c * projections[0]
        if isinstance(model, TwoLayerNetwork):
            alpha = evaluate(model.alpha, self._values)
            return alpha * _dot(self._outer, [p**2 for p in projections])
        if isinstance(model, OneWeight):
            return projections[0] ** 2
        assert isinstance(model, PolynomialModel)  # noqa: S101  # view_of refuses all other models
        return evaluate(model.prediction, self._values | {model.weight: projections[0]})

    def _loss(self, weights: Sequence[Vector]) -> Fraction:
        residuals = [self._predict(weights, row) - y for row, y in zip(self._rows, self._targets, strict=True)]
        divisor = self._count if self._model.reduction == "mean" else 1
        return self._model.loss_weight * _dot(residuals, residuals) / divisor

    def _shift(self, weights: Sequence[Vector], neuron: int, direction: Vector, size: Fraction) -> list[Vector]:
        moved = list(weights)
        moved[neuron] = tuple(u + size * v for u, v in zip(weights[neuron], direction, strict=True))
        return moved

    def _descend(self, weights: Sequence[Vector], step_size: Fraction) -> list[Vector]:
        """One step of gradient descent on all weights."""
        dimension = len(weights[0])
        axes = [tuple(Fraction(int(i == j)) for j in range(dimension)) for i in range(dimension)]
        return [
            tuple(
                weights[neuron][k]
                - step_size
                * _derivative(
                    lambda h, neuron=neuron, k=k: self._loss(self._shift(weights, neuron, axes[k], h)),  # type: ignore[misc]  # a lambda with defaults
                    2 * self._degree,
                )
                for k in range(dimension)
            )
            for neuron in range(len(weights))
        ]

    def _slope(self, weights: Sequence[Vector], size: Fraction = Fraction(0)) -> Fraction:
        """The derivative of the prediction by moves of the first neuron along the row, ``size`` rows further on."""
        row = self._rows[0]
        start = self._shift(weights, 0, row, size)
        return _derivative(lambda h: self._predict(self._shift(start, 0, row, h), row), self._degree)

    def _residual(self, weights: Sequence[Vector]) -> Fraction:
        return self._predict(weights, self._rows[0]) - self._targets[0]

    @property
    def _coordinate(self) -> sympy.Symbol:
        return self._model.weight if isinstance(self._model, (OneWeight, PolynomialModel)) else SYMBOLS.p

    def trial(self) -> Trial:
        """Run two steps and write down what every symbol and quantity is."""
        s, row, start = SYMBOLS, self._rows[0], self._weights
        eta = self._values[s.eta]
        first = self._descend(start, eta)
        residual = self._residual(start)
        values = self._values | {
            s.q: _dot(row, row),
            s.n: Fraction(self._count),
            s.y: self._targets[0],
            s.e: residual,
            self._coordinate: _dot(start[0], row),
        }
        if len(self._rows) > 1:
            values |= {s.G: _dot(row, self._rows[1]), s.p_j: _dot(start[0], self._rows[1]), s.y_j: self._targets[1]}
        if isinstance(self._model, TwoLayerNetwork):
            values |= self._sums_of_squares()
        quantities = {
            Quantity.PREDICTION: self._predict(start, row),
            Quantity.LOSS: self._loss(start),
            Quantity.SLOPE: _derivative(lambda h: self._loss(self._shift(start, 0, row, h)), 2 * self._degree),
            Quantity.NEXT_COUPLED: _dot(first[0], row),
            Quantity.NEXT_PROJECTION: _dot(first[0], row),
            Quantity.NEXT_RESIDUAL: self._residual(first),
        }
        if not (self._orthogonal or self._scalar):
            pass  # the residual of sample i has no recursion of its own here
        elif self._degree == 1:
            values[s.a] = (1 - self._residual(first) / residual) / 2
        elif self._degree == 2:
            self._add_rescaled(values, quantities, first)
        else:
            quantities[Quantity.DRIFT] = _derivative(lambda h: self._residual(self._descend(start, h)), self._degree)
        return Trial(values=values, quantities=quantities)

    def _add_rescaled(self, values: Values, quantities: dict[Quantity, Fraction], first: Sequence[Vector]) -> None:
        """Z = 1 − (what the slope is multiplied by), before and after a step; κ = z/e; −a = z at zero gradient."""
        s, start = SYMBOLS, self._weights
        slopes = [self._slope(start), self._slope(first), self._slope(self._descend(first, self._values[s.eta]))]
        values[s.z] = 1 - slopes[1] / slopes[0]
        values[s.kappa] = values[s.z] / values[s.e]
        quantities[Quantity.NEXT_RESCALED] = 1 - slopes[2] / slopes[1]
        if isinstance(self._model, TwoLayerNetwork):
            flat = [(Fraction(0),) * len(weight) for weight in start]
        else:
            size = -slopes[0] / (self._slope(start, Fraction(1)) - slopes[0])
            flat = self._shift(start, 0, self._rows[0], size)
        values[s.a] = -values[s.kappa] * self._residual(flat)

    def _sums_of_squares(self) -> Values:
        sums: Values = {}
        for sample, suffix in ((0, ""), (1, "_j")):
            squares = [_dot(weight, self._rows[sample]) ** 2 for weight in self._weights]
            kinds = [kind for kind in dict.fromkeys(self._outer) if kind]
            for k, kind in enumerate(kinds, start=1):
                total = _dot(squares, [Fraction(outer == kind) for outer in self._outer])
                name = sympy.Symbol(f"S_{k}{suffix}") if k > 1 else sympy.Symbol(f"s{suffix}")
                sums[name] = total - squares[0] if k == 1 else total
        return sums
