"""Data sets whose samples lie in chosen phases, data sets without structure, starts, and runs of gradient descent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from symphase.arguments import instance, one_of, whole
from symphase.array_records import ArrayRecord
from symphase.descent import Descent, descend
from symphase.display import Shown, count_text, number_text
from symphase.errors import InputError
from symphase.formulas import exact_rational, positive_rational
from symphase.models import SYMBOLS, Model, OneWeight, PolynomialModel, QuadraticForm
from symphase.phases import Classification, Phase, model_boundaries, residual_boundaries, show_number
from symphase.problems import Problem
from symphase.strategies.models import KINDS, models
from symphase.strategies.rationals import Exact, as_strategy, checked, several
from symphase.strategies.regions import PHASES, classified, margin_of, parameters, phase_of
from symphase.tables import DataSet

__all__ = [
    "PlacedProblem",
    "generic_data",
    "orthogonal_data",
    "starts",
    "starts_anywhere",
    "trajectories",
    "weights_at",
]

Array = npt.NDArray[np.float64]
Where = Literal["inside", "outside", "saddle", "minimum"]

_RATES: Final = tuple(Fraction(n, d) for n, d in ((1, 2), (1, 1), (1, 4), (3, 4), (2, 1), (5, 8), (3, 1), (1, 8)))
_NORMS: Final = tuple(Fraction(n, d) for n, d in ((1, 1), (1, 2), (2, 1), (3, 4), (3, 2)))
_SAMPLES: Final = 16  # of what is drawn: beyond these, making a failure simple takes minutes
_DIMENSION: Final = 64
_STEPS: Final = 100_000
_FAR: Final = Fraction(1e30)  # factors within this of 1, and labels within its cube, leave room for products of floats
_DRAW_ONE: Final = "draw one from orthogonal_data()"
_NOTCHES: Final = 32  # starts inside the basin lie on a grid of 2 · 32 parts of it, and not in its outer parts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PlacedProblem(Shown, ArrayRecord):
    """A problem with orthogonal rows and a step size, and with the exact parameter a of each sample.

    Attributes
    ----------
    problem : Problem
        Model and data.
    step_size : Fraction
        η, which a float holds exactly.
    scales : tuple of Fraction
        a of each sample, exactly, from the stored floats.
    """

    problem: Problem
    step_size: Fraction
    scales: tuple[Fraction, ...]

    @property
    def model(self) -> Model:
        """The model."""
        return self.problem.model

    @property
    def features(self) -> Array:
        """X, shape (n, d)."""
        return self.problem.features

    @property
    def targets(self) -> Array:
        """y, shape (n,)."""
        return self.problem.targets

    @property
    def rate(self) -> float:
        """The step size as a float."""
        return float(self.step_size)

    @property
    def classifications(self) -> tuple[Classification, ...]:
        """The exact phase of each sample, with its evidence."""
        return tuple(classified(a) for a in self.scales)

    def scaled_residuals(self, weights: object) -> Array:
        """Return z = κ(g − y) of each sample at weights of shape ``weight_shape``, in floats."""
        residuals = self.model.predict(np.asarray(weights, dtype=np.float64)[np.newaxis], self.features)[0]
        factors: Array = np.array([float(factor) for factor in self._residual_scales()])
        scaled: Array = factors * (residuals - self.targets)
        return scaled

    def _residual_scales(self) -> tuple[Fraction, ...]:
        count = self.problem.samples
        return tuple(self.model.residual_scale(q, count, self.step_size) for q in self.problem.data.norms_squared)

    def _line(self) -> str:
        scales = ", ".join(show_number(a) for a in self.scales)
        told = count_text(self.problem.samples, "sample")
        return f"{self.model.name}, {told}, step size {number_text(self.step_size)}, a = {scales}"


def orthogonal_data(
    model: Model | SearchStrategy[Model] | None = None,
    *,
    phases: Sequence[Phase | str] | SearchStrategy[Sequence[Phase]] | None = None,
    scales: SearchStrategy[Any] | None = None,
    samples: int | SearchStrategy[int] | None = None,
    dimension: int | None = None,
    margin: Exact = "1/100",
    step_sizes: Exact | SearchStrategy[Any] | None = None,
    stretches: Exact | SearchStrategy[Any] | None = None,
) -> SearchStrategy[PlacedProblem]:
    """Draw orthogonal data sets with a step size and labels that put each sample into a chosen phase.

    Parameters
    ----------
    model : Model or strategy, optional
        With numbers; one that reduces to the residual map.  Any such when left out.  A model of your own has to have
        a ``scale`` and a ``quadratic_form()``; that it reduces is for :func:`check_derivation` to say.  Of models that
        are drawn, those of one weight are left out where there is more than one sample or dimension.
    phases : sequence of Phase or names, or strategy, optional
        The phase of each sample; any of the five when left out.
    scales : strategy of exact numbers, optional
        Instead of phases: where to draw the a of each sample from (see :func:`parameters`).
    samples : int up to 16 or strategy, optional
        How many; that of ``phases``, or 1 to 3 when left out.  Models of one weight have one sample.
    dimension : int up to 64, optional
        At least the number of samples; that or one more when left out.
    margin : exact number ≥ 0
        Least distance of each a from the boundaries of its phase, but for what rounding the label to a float moves it.
    step_sizes : exact number from 1e-30 to 1e30 or strategy, optional
        Of numbers that floats hold exactly; simple ones from 1/8 to 3 when left out.
    stretches : exact number from 1e-30 to 1e30 or strategy, optional
        What each row is multiplied by.  When left out: 1 for a model of one weight, which then is the plain model with
        the features [[1]], and simple numbers from 1/2 to 2 for others.

    Returns
    -------
    SearchStrategy of PlacedProblem
        Rows are orthogonal exactly.  Shrinks to one unit row.

    Certainty
    ---------
    The a are exact, and the phases of the stored labels are looked up again by :func:`symphase.classify`.

    Raises
    ------
    InputError
        For a model that does not reduce to the residual map or has a target of its own, for more than one sample of a
        model of one weight, and for arguments that are not as above or do not go together.

    Examples
    --------
    >>> from hypothesis import find
    >>> from symphase import PhaseRetrieval
    >>> drawn = find(
    ...     orthogonal_data(PhaseRetrieval(gamma=2, c=0), phases=["chaotic", "monotonic"], dimension=2), lambda d: True
    ... )
    >>> drawn
    <PlacedProblem: generalised phase retrieval, 2 samples, step size 0.5, a = 1.5, 0.5>
    >>> drawn.features, drawn.targets
    (array([[1., 0.],
           [0., 1.]]), array([3., 1.]))
    """
    if phases is not None and scales is not None:
        raise InputError("scales", scales, "does not go with phases", "give one of the two")
    chosen = models(symbolic=False, reducible=True) if model is None else checked(model, _model_of)
    if dimension is not None:
        dimension = whole(dimension, "dimension", least=1, most=_DIMENSION)
    margin = margin_of(margin)
    sizes = None if samples is None else checked(samples, lambda size: whole(size, "samples", least=1, most=_SAMPLES))
    rates = checked(st.sampled_from(_RATES) if step_sizes is None else step_sizes, _rate_of)
    factors = None if stretches is None else checked(stretches, lambda factor: _factor_of(factor, "stretches"))
    places: SearchStrategy[Fraction] | None = None
    if scales is not None:
        instance(scales, SearchStrategy, "scales", "as parameters(within=(1, 2))")
        places = scales.map(lambda a: exact_rational(a, "scales"))
    named: tuple[Phase, ...] | None = None
    if phases is not None and not isinstance(phases, SearchStrategy):
        named = _phases_of(phases)
        if samples is not None and (isinstance(samples, SearchStrategy) or samples != len(named)):
            raise InputError("samples", samples, f"must be the number of phases, {len(named)}", "leave it out")
        _check_size(model, len(named), dimension)
    elif samples is not None and not isinstance(samples, SearchStrategy):
        _check_size(model, samples, dimension)

    @cache
    def in_phase(phase: Phase) -> SearchStrategy[Fraction]:
        return parameters(phase=phase, margin=margin, dyadic=True)

    for phase in named or PHASES if scales is None else ():
        in_phase(phase)  # so that a margin that leaves nothing is refused here

    @st.composite
    def placed(draw: st.DrawFn) -> PlacedProblem:
        wanted: tuple[Phase, ...] | None = named
        if isinstance(phases, SearchStrategy):
            wanted = _phases_of(draw(phases))
        size = None if sizes is None else draw(sizes)
        size = size if wanted is None else len(wanted)
        many = max(size or 1, dimension or 1) > 1
        used = draw(chosen if isinstance(model, Model) or not many else chosen.filter(_has_many_weights))
        if size is not None:
            count = size
        else:
            count = 1 if _has_one_weight(used) else draw(st.integers(1, min(3, dimension or 3)))
        _check_size(used, count, dimension)
        if wanted is None and places is None:
            wanted = tuple(draw(st.lists(st.sampled_from(PHASES), min_size=count, max_size=count)))
        rate = draw(rates)
        rows = _rows(draw, used, count, dimension, factors)
        norms = DataSet(features=rows, targets=np.zeros(count)).norms_squared
        labels, exact = [], []
        for k, square in enumerate(norms):
            a = draw(places if places is not None else in_phase(wanted[k] if wanted else PHASES[0]))
            wide = (a - used.scale_at(square, 0, count, rate)) / used.residual_scale(square, count, rate)
            if abs(wide) > _FAR**3:
                name, value = ("model", used.name) if places is None else ("scales", a)
                raise InputError(name, value, "puts a label beyond 1e90", "draw numbers that are nearer to 1")
            label = float(wide)
            stored = used.scale_at(square, label, count, rate)
            if stored != a and wanted is not None:
                assume(classified(stored).phase is wanted[k])
            labels.append(label)
            exact.append(stored)
        data = DataSet(features=rows, targets=np.array(labels), name="drawn")
        return PlacedProblem(problem=Problem(model=used, data=data), step_size=rate, scales=tuple(exact))

    return placed()


def _model_of(given: object) -> Model:
    """Insist on a model with numbers whose samples have a phase."""
    if not isinstance(given, Model):
        raise InputError("model", given, "must be a model", "give PhaseRetrieval(gamma=2, c=0), for example")
    model: Model = given
    if isinstance(model, KINDS):
        linear = len(model_boundaries(model)) != len(residual_boundaries())
    else:
        scale = model.scale
        if scale is None or model.quadratic_form() is None:
            said = "is a model of your own without a scale or without a quadratic_form()"
            raise InputError("model", model.name, said, "write both; check_derivation says whether they are right")
        linear = SYMBOLS.y not in scale.free_symbols
    if linear:
        raise InputError("model", model.name, "is linear regression: no label changes its a", "as PhaseRetrieval(c=0)")
    if model.parameters:
        names = ", ".join(str(symbol) for symbol in model.parameters)
        raise InputError("model", model.name, f"has parameters without a number: {names}", "give each a number")
    if model.target.is_Rational:
        raise InputError("model", model.name, f"has a target of its own, {model.target}", "leave its target open")
    return model


def _phases_of(given: object) -> tuple[Phase, ...]:
    accepted, advice = "must be a sequence of phases, one per sample", "as ['chaotic']"
    found = several(given, "phases", accepted, advice, most=_SAMPLES)
    return tuple(phase_of(phase, f"phases[{k}]") for k, phase in enumerate(found))


def _factor_of(given: object, argument: str) -> Fraction:
    factor = positive_rational(given, argument)
    if not 1 / _FAR <= factor <= _FAR:
        raise InputError(argument, given, "must be a number from 1e-30 to 1e30", "give one that is nearer to 1")
    return factor


def _rate_of(given: object) -> Fraction:
    rate = _factor_of(given, "step_sizes")
    if Fraction(float(rate)) != rate:
        raise InputError("step_sizes", rate, "must be a number that a float holds exactly", "as 1/2 or 0.1")
    return rate


def _has_one_weight(model: object) -> bool:
    return isinstance(model, (OneWeight, PolynomialModel))


def _has_many_weights(model: object) -> bool:
    return not _has_one_weight(model)


def _check_size(model: object, samples: int, dimension: int | None) -> None:
    if _has_one_weight(model) and (samples > 1 or dimension not in (None, 1)):
        name, value = ("samples", samples) if samples > 1 else ("dimension", dimension)
        raise InputError(name, value, "must be 1 for a model of one weight", "take PhaseRetrieval, for example")
    if dimension is not None and samples > dimension:
        said = f"{samples} rows cannot be orthogonal in dimension {dimension}"
        raise InputError("dimension", dimension, said, "give more dimensions, or fewer samples")


def _rows(
    draw: st.DrawFn, model: Model, count: int, dimension: int | None, factors: SearchStrategy[Fraction] | None
) -> Array:
    """Draw rows that are orthogonal exactly: of a Householder reflection in integers, each stretched."""
    alone = _has_one_weight(model)
    usual: SearchStrategy[Any] = st.just(1) if alone else st.sampled_from(_NORMS)
    stretches = np.array([float(draw(usual if factors is None else factors)) for _ in range(count)])
    if alone:
        return stretches[:, np.newaxis]
    width = draw(st.integers(count, count + 1)) if dimension is None else dimension
    normal = np.array(draw(st.lists(st.integers(-2, 2), min_size=width, max_size=width)), dtype=np.int64)
    square = int(normal @ normal)
    if not square:
        square, normal = 1, np.zeros_like(normal)
    reflection = square * np.eye(width, dtype=np.int64) - 2 * np.outer(normal, normal)
    rows: Array = reflection[:count] * (stretches[:, np.newaxis] / 2.0 ** (square.bit_length() - 1))
    return rows


def generic_data(
    *, samples: int | SearchStrategy[int] | None = None, dimension: int | SearchStrategy[int] | None = None
) -> SearchStrategy[DataSet]:
    """Draw data sets without structure: no row is zero, and of two or more rows some pair is not orthogonal.

    Parameters
    ----------
    samples, dimension : int from 1 to 16 or strategy, optional
        n and d, in any relation; 1 to 4 when left out.

    Returns
    -------
    SearchStrategy of DataSet
        Entries and targets are multiples of 1/8 from −4 to 4, so that their products are exact in floats.

    Raises
    ------
    InputError
        For sizes that are not as above.

    Examples
    --------
    >>> from hypothesis import find
    >>> drawn = find(generic_data(samples=2, dimension=2), lambda data: True)
    >>> drawn.features.shape, drawn.coherence().kind
    ((2, 2), 'none')
    """
    usual = st.integers(1, 4)
    counts = checked(usual if samples is None else samples, lambda n: whole(n, "samples", least=1, most=_SAMPLES))
    widths = checked(usual if dimension is None else dimension, lambda d: whole(d, "dimension", least=1, most=_SAMPLES))

    @st.composite
    def generic(draw: st.DrawFn) -> DataSet:
        count, width = draw(counts), draw(widths)
        entries = st.integers(-32, 32)
        rows = [draw(st.lists(entries, min_size=width, max_size=width)) for _ in range(count)]
        table = np.array(rows, dtype=np.float64) / 8
        products = table @ table.T
        assume(np.diagonal(products).all() and (count == 1 or np.any(np.triu(products, 1))))
        targets = np.array(draw(st.lists(entries, min_size=count, max_size=count)), dtype=np.float64) / 8
        return DataSet(features=table, targets=targets, name="drawn")

    return generic()


def starts(problem: PlacedProblem, *, where: Where = "inside") -> SearchStrategy[Array]:
    """Draw weights to start from: inside the basin, outside of it, on a saddle or at a minimum, in every sample.

    Parameters
    ----------
    problem : PlacedProblem
        From :func:`orthogonal_data`; with ``flatmap``, or drawn in a strategy of your own.
    where : "inside", "outside", "saddle" or "minimum"
        "inside": −a < z₀ < 2, and not in the outer thirty-seconds of that.  Almost all of them stay bounded for
        −2 < a ≤ 2; for a > 2 almost all diverge from there, too.  "outside": z₀ > 2, from where every run diverges.
        "saddle": u = 0, that is z₀ = −a.  "minimum": z₀ = 0.  All to rounding.

    Returns
    -------
    SearchStrategy of ndarray
        Of the model's weight shape.  Inside it shrinks to z₀ = 1 − a/2, where |z₁/z₀| is largest.

    Raises
    ------
    InputError
        For another place, and for places that are not there: inside for a ≤ −2, a minimum for a < 0.

    Examples
    --------
    >>> from hypothesis import find
    >>> from symphase import OneWeight
    >>> from symphase.strategies import orthogonal_data, starts
    >>> drawn = orthogonal_data(OneWeight(), phases=["periodic"]).flatmap(
    ...     lambda problem: starts(problem, where="outside").map(problem.scaled_residuals)
    ... )
    >>> find(drawn, lambda z: True)
    array([2.125])
    """
    instance(problem, PlacedProblem, "problem", _DRAW_ONE)
    one_of(where, ("inside", "outside", "saddle", "minimum"), "where", 'as "inside"')
    for a in problem.scales:
        if (where == "inside" and a <= -2) or (where == "minimum" and a < 0):
            raise InputError("where", where, f"is nowhere at a = {show_number(a)}", "draw another a")
    return starts_anywhere(problem, where=where)


def starts_anywhere(problem: PlacedProblem, *, where: Where = "inside") -> SearchStrategy[Array]:
    """As :func:`starts`, and where nothing lies inside of a basin, for a ≤ −2, up to 1 above the saddle."""
    instance(problem, PlacedProblem, "problem", _DRAW_ONE)  # strategies of users may draw anything

    @st.composite
    def drawn(draw: st.DrawFn) -> Array:
        places = []
        for a in problem.scales:
            if where == "inside":
                share = Fraction(_NOTCHES + draw(st.integers(1 - _NOTCHES, _NOTCHES - 1)), 2 * _NOTCHES)
                places.append(-a + (2 + a if a > -2 else 1) * share)
            elif where == "outside":
                places.append(2 + Fraction(draw(st.integers(1, 16)), 8))
            else:
                places.append(-a if where == "saddle" else Fraction(0))
        signs = draw(st.lists(st.sampled_from([1, -1]), min_size=len(places), max_size=len(places)))
        shares = _neuron_shares(draw, problem.model)
        return weights_at(problem, places, signs, shares)

    return drawn()


def _neuron_shares(draw: st.DrawFn, model: Model) -> Array:
    """A unit vector over the neurons; nothing for silent ones."""
    form = model.quadratic_form()
    if form is None or len(form.outer) == 1:
        return np.ones(1)
    drawn = [draw(st.integers(1, 4)) if value != 0 else 0 for value in form.outer.tolist()]
    shares = np.array(drawn, dtype=np.float64)
    unit: Array = shares / np.linalg.norm(shares)
    return unit


def weights_at(problem: PlacedProblem, places: Sequence[Fraction], signs: Sequence[int], shares: Array) -> Array:
    """Return weights at which each sample has a chosen z ≥ −a, to rounding."""
    model, rows = problem.model, problem.features
    form = model.quadratic_form()
    if not isinstance(form, QuadraticForm):  # cannot happen: models that reduce to the residual map are quadratic
        raise InputError("model", model.name, "must have a quadratic prediction", "as PhaseRetrieval(c=0)")
    outer = form.outer[np.flatnonzero(form.outer)[0]]
    # (z + a)/κ = g − min g is taken in fractions, so that nothing cancels near the saddle
    reach = [float((z + a) / k) for z, a, k in zip(places, problem.scales, problem._residual_scales(), strict=True)]
    u = np.sqrt(np.maximum(np.array(reach) / outer, 0.0)) * np.array(signs, dtype=np.float64)
    projections = (shares[:, np.newaxis] * u[np.newaxis, :] - form.shift) / form.slope
    weights: Array = projections @ (rows / np.einsum("nd,nd->n", rows, rows)[:, np.newaxis])
    return weights.reshape(model.weight_shape(rows.shape[1]))


def trajectories(
    problems: PlacedProblem | SearchStrategy[PlacedProblem] | None = None,
    *,
    steps: int | SearchStrategy[int] = 64,
    where: Where = "inside",
) -> SearchStrategy[Descent]:
    """Draw runs of gradient descent: a problem, a start, and what :func:`symphase.descend` makes of them.

    Parameters
    ----------
    problems : PlacedProblem or strategy, optional
        :func:`orthogonal_data` when left out.
    steps : int from 1 to 100000 or strategy
        Of the run; all are recorded.
    where : "inside", "outside", "saddle" or "minimum"
        As for :func:`starts`.

    Returns
    -------
    SearchStrategy of Descent
        Of one run.

    Certainty
    ---------
    Observed, in float64.

    Raises
    ------
    InputError
        As :func:`starts` and :func:`symphase.descend`.

    Examples
    --------
    >>> from hypothesis import find
    >>> from symphase import OneWeight
    >>> from symphase.strategies import orthogonal_data, trajectories
    >>> run = find(trajectories(orthogonal_data(OneWeight(), phases=["divergent"])), lambda run: True)
    >>> bool(run.escape_step[0] > 0)
    True
    """
    one_of(where, ("inside", "outside", "saddle", "minimum"), "where", 'as "inside"')
    counts = checked(steps, lambda count: whole(count, "steps", least=1, most=_STEPS))
    chosen = orthogonal_data() if problems is None else as_strategy(problems)

    @st.composite
    def runs(draw: st.DrawFn) -> Descent:
        problem = draw(chosen)
        start = draw(starts(problem, where=where))
        count = draw(counts)
        return descend(
            problem.model, problem.features, problem.targets, step_sizes=problem.step_size, starts=start, steps=count
        )

    return runs()
