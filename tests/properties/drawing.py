"""What the properties draw from, one step of descent in fractions, and numbers that carry their rounding error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import sympy
from hypothesis import strategies as st

from symphase.derivation import Derivation, derive
from symphase.formulas import evaluate
from symphase.maps import PolynomialFamily
from symphase.models import (
    SYMBOLS,
    Model,
    OneWeight,
    PhaseRetrieval,
    PolynomialModel,
    TwoLayerNetwork,
)

Vector = tuple[Fraction, ...]
Weights = tuple[Vector, ...]  # one row for each neuron
Array = npt.NDArray[np.float64]


# ------------------------------------------------------------------------------------------------------------- numbers


@cache
def rationals(low: int = -3, high: int = 3, denominator: int = 6) -> st.SearchStrategy[Fraction]:
    """All fractions of small denominators in an interval, simple ones first: one draw each, not ten."""
    every = {Fraction(k, q) for q in range(1, denominator + 1) for k in range(low * q, high * q + 1)}
    return st.sampled_from(sorted(every, key=lambda v: (v.denominator, abs(v), v < 0)))


NONZERO: Final = rationals().filter(bool)
POSITIVE: Final = rationals(0).filter(bool)
FACTORS: Final = st.sampled_from([Fraction(v) for v in ("2", "-1", "1/3", "-3/2", "5", "4/7")])
STEP_SIZES: Final = st.sampled_from(sorted({Fraction(p, q) for p in range(1, 13) for q in range(5, 41)}))


@cache
def dyadics(low: int = -16, high: int = 16, bits: int = 3) -> st.SearchStrategy[Fraction]:
    """Multiples of 2^-bits: numbers that floats hold, and whose products they mostly hold, too."""
    return st.sampled_from([Fraction(k, 2**bits) for k in sorted(range(low, high + 1), key=lambda k: (abs(k), k < 0))])


def vectors(length: int, numbers: st.SearchStrategy[Fraction]) -> st.SearchStrategy[Vector]:
    return st.tuples(*(numbers for _ in range(length)))


# -------------------------------------------------------------------------------------------------------------- models

# Few models and many data: what a model computes with symbols is kept, and an example costs a millisecond.
PLAIN: Final = st.sampled_from([PhaseRetrieval(gamma=gamma, c=0) for gamma in (2, -1, Fraction(5, 3))])
RETRIEVALS: Final = st.sampled_from(
    [
        PhaseRetrieval(gamma=2, c=0),
        PhaseRetrieval(gamma=2, c=1, reduction="sum"),
        PhaseRetrieval(gamma=-1, c=Fraction(4, 3)),
        PhaseRetrieval(gamma=Fraction(-5, 3), c=Fraction(-1, 2), reduction="sum"),
        PhaseRetrieval(gamma=Fraction(1, 8), c=1),
    ]
)
NETWORKS: Final = st.sampled_from(
    [
        TwoLayerNetwork(alpha=1, width=2),
        TwoLayerNetwork(alpha=Fraction(2, 3), width=1, reduction="sum"),
        TwoLayerNetwork(alpha=Fraction(-1, 2), outer_weights=(Fraction(3, 2), Fraction(3, 2), 0)),
        TwoLayerNetwork(alpha=Fraction(1, 3), outer_weights=(-2, -2, -2), reduction="sum"),
    ]
)
PARABOLAS: Final = st.sampled_from(
    [
        PolynomialModel("w^2 + w"),
        PolynomialModel("1/3 - 2*w^2", loss_factor=Fraction(2, 3)),
        PolynomialModel("w^2/2 - 3*w + 1", reduction="sum"),
    ]
)
POLYNOMIALS: Final = st.sampled_from(
    [PolynomialModel(text) for text in ("w", "2*w - 1", "w^2 - w", "w^3/3 + w", "w^3 - w^2", "w^4/4 - w", "w^5/5")]
)
DYADIC_MODELS: Final = st.sampled_from(
    [
        *(
            PhaseRetrieval(gamma=gamma, c=c, reduction="sum")
            for gamma in (2, -2, Fraction(1, 2), 3)
            for c in (0, 1, -2)
        ),
        *(
            TwoLayerNetwork(alpha=alpha, outer_weights=outer, reduction="sum")
            for alpha in (1, Fraction(-1, 2))
            for outer in ((1,), (1, 1), (1, -1), (3, 0, 1))
        ),
        OneWeight(reduction="sum"),
        *(PolynomialModel(text, reduction="sum") for text in ("w^2 - w", "w^3/8 - w")),
    ]
)


@cache
def derived(model: Model) -> Derivation:
    return derive(model)


@cache
def reduced(model: Model) -> PolynomialFamily:
    """The map of one variable that a model reduces to."""
    family = derived(model).family
    assert family is not None
    return family


@cache
def gradient(model: Model) -> tuple[sympy.Expr, ...]:
    return model.gradient


# ------------------------------------------------------------------------------------------------------ exact descent


def dot(left: Sequence[Fraction], right: Sequence[Fraction]) -> Fraction:
    return sum((x * y for x, y in zip(left, right, strict=True)), Fraction(0))


def slopes(model: Model, row: Vector, target: Fraction, count: int, weights: Weights) -> Vector:
    """The sample's part of the loss differentiated by each projection, out of the model's symbols."""
    places = dict(zip(model.coordinates, (dot(w, row) for w in weights), strict=True))
    values = {**places, SYMBOLS.y: target, SYMBOLS.n: Fraction(count)}
    # a model of one scalar weight is one sample as far as its symbols go
    extra = count if isinstance(model, OneWeight | PolynomialModel) and model.reduction == "mean" else 1
    return tuple(evaluate(part, values) / extra for part in gradient(model))


def descent_step(
    model: Model, rows: Sequence[Vector], targets: Sequence[Fraction], rate: Fraction, weights: Weights
) -> Weights:
    """One step w ← w − η∇L(w) of the model's own loss in fractions."""
    parts = [slopes(model, row, y, len(rows), weights) for row, y in zip(rows, targets, strict=True)]
    return tuple(
        tuple(
            w - rate * sum((part[j] * row[k] for part, row in zip(parts, rows, strict=True)), Fraction(0))
            for k, w in enumerate(neuron)
        )
        for j, neuron in enumerate(weights)
    )


@cache
def curvature(model: Model) -> tuple[tuple[sympy.Expr, ...], ...]:
    """Second derivatives of the sample's loss by the projections."""
    return tuple(tuple(sympy.diff(part, p) for p in model.coordinates) for part in gradient(model))


def hessian_product(
    model: Model, rows: Sequence[Vector], targets: Sequence[Fraction], weights: Weights, tangents: Weights
) -> Weights:
    """The Hessian of a loss that is a sum over the samples, times a tangent, in fractions."""
    total = [[Fraction(0)] * len(weights[0]) for _ in weights]
    for row, y in zip(rows, targets, strict=True):
        places = dict(zip(model.coordinates, (dot(w, row) for w in weights), strict=True))
        values = {**places, SYMBOLS.y: y}
        moved = [dot(v, row) for v in tangents]
        for j, line in enumerate(curvature(model)):
            pull = sum((evaluate(part, values) * m for part, m in zip(line, moved, strict=True)), Fraction(0))
            total[j] = [t + pull * x for t, x in zip(total[j], row, strict=True)]
    return tuple(tuple(line) for line in total)


def residual(model: Model, row: Vector, target: Fraction, weights: Weights) -> Fraction:
    """The prediction minus the target."""
    return (
        evaluate(model.prediction, dict(zip(model.coordinates, (dot(w, row) for w in weights), strict=True))) - target
    )


@lru_cache(maxsize=4096)
def scales(model: Model, square: Fraction, target: Fraction, count: int, rate: Fraction) -> tuple[Fraction, Fraction]:
    """What the package says a and κ are."""
    return model.scale_at(square, target, count, rate), model.residual_scale(square, count, rate)


def image(family: PolynomialFamily, parameter: Fraction, point: Fraction) -> Fraction:
    """One step of a family's map."""
    total = Fraction(0)
    coefficients: tuple[Fraction, ...] = family.at(parameter)
    for coefficient in reversed(coefficients):
        total = total * point + coefficient
    return total


def orbit(family: PolynomialFamily, parameter: Fraction, start: Fraction, steps: int) -> list[Fraction]:
    points = [start]
    for _ in range(steps):
        points.append(image(family, parameter, points[-1]))
    return points


def turned(vector: Sequence[Fraction], matrix: Sequence[Sequence[Fraction]]) -> Vector:
    """A row vector times a matrix."""
    return tuple(dot(vector, column) for column in zip(*matrix, strict=True))


@st.composite
def rotations(draw: st.DrawFn, dimension: int) -> tuple[Vector, ...]:
    """Rational orthogonal matrices: signed permutations times rotations by the angles of the triangle 3-4-5."""
    order = draw(st.permutations(range(dimension)))
    matrix = [
        tuple(Fraction(draw(st.sampled_from([-1, 1])) if k == place else 0) for k in range(dimension))
        for place in order
    ]
    for first in range(dimension - 1):
        if draw(st.booleans()):
            plane = [[Fraction(int(i == k)) for k in range(dimension)] for i in range(dimension)]
            plane[first][first] = plane[first + 1][first + 1] = Fraction(3, 5)
            plane[first][first + 1], plane[first + 1][first] = Fraction(4, 5), Fraction(-4, 5)
            matrix = [turned(row, plane) for row in matrix]
    return tuple(matrix)


@st.composite
def orthogonal_rows(draw: st.DrawFn, count: int, dimension: int) -> tuple[Vector, ...]:
    """Rows of a rational rotation, each scaled: pairwise orthogonal and of many lengths."""
    basis = draw(rotations(dimension))
    return tuple(
        tuple(scale * value for value in row) for row, scale in ((basis[k], draw(NONZERO)) for k in range(count))
    )


@dataclass(frozen=True)
class Setting:
    """A model with data, a step size and weights, all of them exact."""

    model: Any  # a Model; of the kind that the property asked for
    rows: tuple[Vector, ...]
    targets: Vector
    rate: Fraction
    weights: Weights

    def stepped(self) -> Weights:
        return descent_step(self.model, self.rows, self.targets, self.rate, self.weights)

    def rescaled(self, sample: int, weights: Weights | None = None) -> tuple[Fraction, Fraction]:
        """The parameter a and z of one sample."""
        where = self.weights if weights is None else weights
        row, y = self.rows[sample], self.targets[sample]
        a, kappa = scales(self.model, dot(row, row), y, len(self.rows), self.rate)
        return a, kappa * residual(self.model, row, y, where)


@st.composite
def settings_of(
    draw: st.DrawFn,
    models: st.SearchStrategy[Any],
    *,
    orthogonal: bool = False,
    numbers: st.SearchStrategy[Fraction] | None = None,
    rates: st.SearchStrategy[Fraction] = STEP_SIZES,
    most: int = 3,
) -> Setting:
    """A model, 1 to ``most`` samples of as many features (one, for a model of one scalar weight), and weights."""
    model = draw(models)
    entries = rationals() if numbers is None else numbers
    dimension = 1 if isinstance(model, OneWeight | PolynomialModel) else draw(st.integers(1, most))
    count = draw(st.integers(1, dimension if orthogonal else most))
    rows: tuple[Vector, ...]
    if orthogonal:
        rows = draw(orthogonal_rows(count, dimension))
    else:
        rows = draw(st.tuples(*(vectors(dimension, entries).filter(any) for _ in range(count))))
    return Setting(
        model=model,
        rows=rows,
        targets=draw(vectors(count, entries)),
        rate=draw(rates),
        weights=draw(st.tuples(*(vectors(dimension, entries) for _ in model.coordinates))),
    )


# ------------------------------------------------------------------------------------------------------ rounding errors

UNIT: Final = 2.0**-53  # of float64, rounding to nearest
TINY: Final = 5e-324  # what an underflow may lose
TERMS: Final = 16  # no sum in these tests has more


def upwards(value: float) -> float:
    """A bound of what a short sum of products of positive floats stands for: some twenty roundings more."""
    return value * (1 + 2.0**-40) + 5e-324


@dataclass(frozen=True, eq=False)
class Rounded:
    """An exact number, and how far what floats compute in its place can be off.

    The standard model of float64 (Higham, Accuracy and Stability of Numerical Algorithms, 2002, sections 2.2 and 3.1):
    fl(x ∘ y) = (x ∘ y)(1 + δ) + ε with |δ| ≤ u = 2⁻⁵³ and |ε| ≤ 2⁻¹⁰⁷⁴.  With inputs that are off by e and f

        x̂ + ŷ is off by e + f + u|x̂ + ŷ|,      x̂·ŷ is off by |x|f + |y|e + ef + u|x̂ŷ| + ε.

    A sum of up to ``TERMS`` numbers may be computed in any order, with or without fused multiplications, by whatever
    BLAS is there.  No partial sum of it exceeds Σ|x̂ᵢ| (1 + u)^TERMS, and there are fewer than TERMS additions: so each
    addition is charged TERMS·u·(sizes of both), where a sum's ``size`` is Σ|xᵢ|, whatever cancels.  The last addition
    alone then pays for every order, and what it pays too much for (1 + u)^TERMS.

    Errors and sizes are floats themselves, rounded upwards.

    ``settled`` forgets the size: a number that was stored is as large as it is.
    """

    exact: Fraction
    error: float
    size: float

    @classmethod
    def of(cls, value: Any) -> Rounded:
        if isinstance(value, Rounded):
            return value
        exact = Fraction(value)  # floats and fractions are exact
        return cls(exact, 0.0, upwards(abs(float(exact))))

    @property
    def reach(self) -> float:
        """What no partial result in floats exceeds."""
        return self.size + self.error

    def settled(self) -> Rounded:
        return Rounded(self.exact, self.error, upwards(abs(float(self.exact))))

    def __neg__(self) -> Rounded:
        return Rounded(-self.exact, self.error, self.size)

    def __add__(self, other: Any) -> Rounded:
        right = Rounded.of(other)
        lost = TERMS * UNIT * (self.reach + right.reach)
        return Rounded(
            self.exact + right.exact, upwards(self.error + right.error + lost), upwards(self.size + right.size)
        )

    def __sub__(self, other: Any) -> Rounded:
        return self + -Rounded.of(other)

    def __rsub__(self, other: Any) -> Rounded:
        return Rounded.of(other) + -self

    def __mul__(self, other: Any) -> Rounded:
        right = Rounded.of(other)
        off = self.size * right.error + right.size * self.error + self.error * right.error
        lost = UNIT * self.reach * right.reach + TINY
        return Rounded(self.exact * right.exact, upwards(off + lost), upwards(self.size * right.size))

    __radd__ = __add__
    __rmul__ = __mul__

    def admits(self, computed: float) -> bool:
        """Whether a float may have been computed in the place of this number."""
        return math.isfinite(computed) and abs(Fraction(computed) - self.exact) <= Fraction(self.error)


def carried(values: object) -> npt.NDArray[Any]:
    """An array of numbers with their rounding errors, none yet."""
    found: npt.NDArray[Any] = np.vectorize(Rounded.of, otypes=[object])(np.asarray(values, dtype=object))
    return found


def settled(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    found: npt.NDArray[Any] = np.vectorize(lambda value: value.settled(), otypes=[object])(values)
    return found


def admitted(bounds: npt.NDArray[Any], computed: Array) -> bool:
    """Whether an array of floats lies within the bounds."""
    assert bounds.shape == computed.shape
    return all(bound.admits(float(value)) for bound, value in zip(bounds.ravel(), computed.ravel(), strict=True))


def floats(values: object) -> Array:
    """Exact numbers that floats hold, as floats."""
    found = np.vectorize(float, otypes=[float])(np.asarray(values, dtype=object))
    return np.asarray(found, dtype=np.float64)
