"""symphase.strategies: what each strategy promises, looked at by other means; arguments; composing and shrinking."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import sympy
from hypothesis import Phase as Stage
from hypothesis import assume, find, given, settings
from hypothesis import strategies as st
from knob import trials

import symphase.strategies
from symphase.algebraic import RealAlgebraic
from symphase.derivation import derive
from symphase.descent import Descent
from symphase.errors import InputError
from symphase.maps import PolynomialFamily
from symphase.models import (
    Model,
    OneWeight,
    PhaseRetrieval,
    PolynomialLoss,
    PolynomialModel,
    QuadraticForm,
    SquaredResidual,
    TwoLayerNetwork,
)
from symphase.phases import Phase, residual_boundaries, residual_family, step_boundaries
from symphase.strategies import (
    PlacedProblem,
    generic_data,
    models,
    orthogonal_data,
    parameters,
    polynomial_families,
    quadratic_forms,
    real_algebraic_numbers,
    squared_residuals,
    starts,
    step_sizes,
    trajectories,
)
from symphase.tables import DataSet
from symphase.thresholds import BoundaryKind

T = TypeVar("T")
few = settings(max_examples=trials(10))
some = settings(max_examples=trials(24))
PLAIN = PhaseRetrieval(gamma=2, c=0)
FIVE = (Phase.MONOTONIC, Phase.CATAPULT, Phase.PERIODIC, Phase.CHAOTIC, Phase.DIVERGENT)


# one draw, not made simple: finding is asked for, not shrinking
UNSHRUNK = settings(max_examples=500, phases=[Stage.generate], database=None)


def some_of(strategy: st.SearchStrategy[T], condition: Callable[[T], bool] = lambda _: True) -> T:
    """Any value that meets a condition."""
    return find(strategy, condition, settings=UNSHRUNK)


def residual(z: float, a: float) -> float:
    """f(z) written down for these tests."""
    return (z + a) * (1 - z) ** 2 - a


def tail_of_the_critical_orbit(a: float, steps: int = 4000, length: int = 400) -> list[float] | None:
    """The end of the orbit that finds the attractor; None where it escapes."""
    z = (1 - 2 * a) / 3
    orbit = []
    for step in range(steps + length):
        z = residual(z, a)
        if abs(z) > 10:
            return None
        if step >= steps:
            orbit.append(z)
    return orbit


def repeats_every(orbit: list[float], period: int) -> bool:
    return all(abs(x - y) < 1e-7 for x, y in zip(orbit, orbit[period:], strict=False))


# ------------------------------------------------------------------------------------------------------ the parameters


@given(a=parameters(phase=Phase.MONOTONIC, margin="1/100"))
@some
def test_in_the_monotonic_phase_no_start_moves_away_from_the_minimum(a: Fraction) -> None:
    z = np.linspace(-float(a), 2, 400)[1:-1]
    assert (np.abs((z + float(a)) * (1 - z) ** 2 - float(a)) <= np.abs(z) + 1e-12).all()


@given(a=parameters(phase="catapult", margin="1/100"))
@some
def test_in_the_catapult_phase_some_starts_move_away_and_the_minimum_attracts(a: Fraction) -> None:
    worst = 1 - float(a) / 2
    assert abs(residual(worst, float(a))) > abs(worst)
    orbit = tail_of_the_critical_orbit(float(a))
    assert orbit is not None
    assert max(map(abs, orbit)) < 1e-9


@given(a=parameters(phase=Phase.PERIODIC, margin="1/100"))
@some
def test_before_the_onset_the_attracting_cycle_has_a_power_of_two(a: Fraction) -> None:
    flips = [float(box.parameter[0]) for box in residual_boundaries().cascade(16)]
    assume(min(abs(float(a) - flip) for flip in flips) > 1e-3)  # next to a flip the attractor is approached slowly
    orbit = tail_of_the_critical_orbit(float(a))
    assert orbit is not None
    assert max(map(abs, orbit)) > 1e-3
    assert any(repeats_every(orbit, period) for period in (2, 4, 8, 16))


# how far to stay from the ends of a window, where cycles attract slowly
@pytest.mark.parametrize(("period", "margin"), [(2, "1/100"), (3, "1/1000"), (4, "1/1000"), (5, "1/10000")])
@given(data=st.data())
@few
def test_a_requested_period_is_that_of_the_attractor(period: int, margin: str, data: st.DataObject) -> None:
    a = data.draw(parameters(phase=Phase.PERIODIC, period=period, margin=margin))
    orbit = tail_of_the_critical_orbit(float(a), length=40)
    assert orbit is not None
    assert repeats_every(orbit, period)
    assert not any(repeats_every(orbit, shorter) for shorter in range(1, period))


@given(a=parameters(phase=Phase.CHAOTIC, margin="1/50"))
@few
def test_in_the_chaotic_phase_nothing_repeats(a: Fraction) -> None:
    orbit = tail_of_the_critical_orbit(float(a))
    assert orbit is not None
    assert not any(repeats_every(orbit, period) for period in range(1, 65))


@given(a=parameters(phase=Phase.CHAOTIC, windows=True))
@few
def test_with_windows_every_parameter_beyond_the_onset_may_come(a: Fraction) -> None:
    assert Fraction("1.3022826") < a <= 2


def test_with_windows_a_window_does_come_and_without_it_does_not() -> None:
    inside = (Fraction("1.451"), Fraction("1.46"))  # the window of period 3
    found = some_of(parameters(phase=Phase.CHAOTIC, windows=True, within=inside), lambda _: True)
    assert inside[0] <= found <= inside[1]
    # outside of it chaos is drawn right next to it
    assert some_of(parameters(phase=Phase.CHAOTIC, within=("1.44", "1.46")), lambda _: True) < Fraction("1.4505")


@given(a=parameters(phase=Phase.DIVERGENT, margin="1/100"))
@some
def test_in_the_divergent_phase_the_critical_orbit_escapes(a: Fraction) -> None:
    assert tail_of_the_critical_orbit(float(a)) is None


@given(a=parameters(phase=Phase.FLOOR, margin="1/100"))
@few
def test_below_zero_labels_are_out_of_reach(a: Fraction) -> None:
    assert -2 < a < 0


@given(phase=st.sampled_from([*FIVE, Phase.FLOOR]), data=st.data())
@some
def test_a_margin_is_kept_from_both_ends_of_the_phase(phase: Phase, data: st.DataObject) -> None:
    a = data.draw(parameters(phase=phase, margin="1/20"))
    ends = (-2, 0, 2 * 2**0.5 - 2, 1, 1.3022833, 2)
    assert min(abs(float(a) - end) for end in ends) > 0.05 - 1e-5


@pytest.mark.parametrize("side", ["below", "above", "either"])
@given(kind=st.sampled_from(sorted(BoundaryKind, key=lambda kind: kind.name)), data=st.data())
@some
def test_a_distance_from_a_boundary_is_kept_on_the_requested_side(
    side: Any, kind: BoundaryKind, data: st.DataObject
) -> None:
    boundary = residual_boundaries().require(kind)
    a = data.draw(parameters(near=boundary, distance=("1/1000", "1/100"), side=side))
    lower, upper = boundary.enclose(64)
    below, above = lower - a, a - upper
    assert Fraction(1, 1000) <= max(below, above)
    assert min(a - lower, upper - a) <= Fraction(1, 100)
    if side != "either":
        assert (below if side == "below" else above) > 0


@given(a=parameters(near=BoundaryKind.ESCAPE, distance=(0, "1/1000000000000"), side="above"))
@few
def test_a_tiny_distance_finds_denominators_that_are_large_enough(a: Fraction) -> None:
    assert 0 <= a - 2 <= Fraction(1, 10**12)


@given(a=parameters(near=RealAlgebraic([-2, 0, 1], Fraction(1), Fraction(2)), distance=(0, "1/10"), dyadic=True))
@few
def test_dyadic_numbers_are_floats(a: Fraction) -> None:
    assert Fraction(float(a)) == a
    assert (a - Fraction(1, 10)) ** 2 < 2 < (a + Fraction(1, 10)) ** 2


def test_boundaries_in_step_sizes_can_be_stayed_near_to() -> None:
    there = next(b for b in step_boundaries(Fraction(2)) if b.boundary.kind is BoundaryKind.ESCAPE)
    assert 1 < some_of(parameters(near=there, side="above"), lambda _: True) <= Fraction(11, 10)


@pytest.mark.slow  # shrinks a dozen times, some seconds
def test_parameters_shrink_to_simple_ones() -> None:
    assert find(parameters(phase="monotonic"), lambda _: True) == Fraction(1, 2)
    assert find(parameters(phase="chaotic"), lambda _: True) == 2
    assert find(parameters(within=(0, 1)), lambda a: a > Fraction(1, 2)) == 1
    assert find(parameters(), lambda _: True) == 0


def test_phases_may_come_from_a_strategy_and_be_several() -> None:
    mixed = parameters(phase=st.sampled_from([Phase.DIVERGENT]))
    assert some_of(mixed, lambda _: True) > 2
    assert some_of(parameters(phase=("divergent", Phase.CATAPULT)), lambda a: a < 1) > Fraction(4, 5)


REFUSED: list[tuple[str, Callable[[], object]]] = [
    ("phase", lambda: parameters(phase="wild")),
    ("phase", lambda: parameters(phase=Phase.SADDLE)),
    ("phase", lambda: parameters(phase=())),
    ("phase", lambda: parameters(phase="chaotic", near=BoundaryKind.ESCAPE)),
    ("period", lambda: parameters(phase="chaotic", period=3)),
    ("period", lambda: parameters(phase="periodic", period=1)),
    ("period", lambda: parameters(phase="periodic", period=9)),
    ("period", lambda: parameters(phase="periodic", period=True)),
    ("period", lambda: parameters(period=3)),
    ("windows", lambda: parameters(phase="periodic", windows=True)),
    ("windows", lambda: parameters(windows=1)),  # type: ignore[arg-type]  # what is refused
    ("margin", lambda: parameters(phase="catapult", margin=-1)),
    ("margin", lambda: parameters(phase="catapult", margin="1/10")),
    ("margin", lambda: parameters(phase="catapult", margin=float("nan"))),
    ("margin", lambda: parameters(near=1, margin="1/10")),
    ("margin", lambda: parameters(margin="1/10")),
    ("near", lambda: parameters(near="here")),
    ("distance", lambda: parameters(distance=(0, 1))),
    ("distance", lambda: parameters(near=1, distance=(1, 0))),
    ("distance", lambda: parameters(near=1, distance=(-1, 0))),
    ("distance", lambda: parameters(near=1, distance=1)),  # type: ignore[arg-type]  # what is refused
    ("distance", lambda: parameters(near=BoundaryKind.ONSET, distance=(0, "1/100000000"), side="below")),
    ("side", lambda: parameters(near=1, side="left")),  # type: ignore[arg-type]  # what is refused
    ("side", lambda: parameters(side="below")),
    ("within", lambda: parameters(within=(2, 1))),
    ("within", lambda: parameters(phase="divergent", within=(0, 1))),
    ("within", lambda: parameters(near=1, within=(5, 6))),
    ("max_denominator", lambda: parameters(max_denominator=0)),
    ("max_denominator", lambda: parameters(within=("0.31", "0.32"), max_denominator=3)),
    ("dyadic", lambda: parameters(dyadic="yes")),  # type: ignore[arg-type]  # what is refused
    ("model", lambda: step_sizes(PhaseRetrieval(gamma=0, c=1), phase="monotonic")),
    ("model", lambda: step_sizes(PolynomialModel("w^3"), phase="monotonic")),
    ("model", lambda: step_sizes(PhaseRetrieval(), phase="monotonic")),
    ("model", lambda: step_sizes("one weight", phase="monotonic")),  # type: ignore[arg-type]  # what is refused
    ("target", lambda: step_sizes(OneWeight(), target=-1, phase="monotonic")),
    ("target", lambda: step_sizes(OneWeight(), target=0, phase="monotonic")),
    ("target", lambda: step_sizes(OneWeight(), target=1, phase=Phase.FLOOR)),
    ("norm_squared", lambda: step_sizes(PLAIN, norm_squared=0, phase="monotonic")),
    ("samples", lambda: step_sizes(PLAIN, samples=0, phase="monotonic")),
    ("kinds", lambda: models(kinds=[int])),  # type: ignore[list-item]  # what is refused
    ("kinds", lambda: models(kinds=[])),
    ("kinds", lambda: models(kinds=[OneWeight], reducible=False)),
    ("max_degree", lambda: models(max_degree=9)),
    ("max_degree", lambda: models(max_degree=1)),
    ("max_degree", lambda: squared_residuals(max_degree=0)),
    ("max_degree", lambda: squared_residuals(max_degree=9)),
    ("max_degree", lambda: polynomial_families(min_degree=4, max_degree=3)),
    ("min_degree", lambda: polynomial_families(min_degree=1)),
    ("max_parameter_degree", lambda: polynomial_families(max_parameter_degree=-1)),
    ("conjugate_to", lambda: polynomial_families(conjugate_to="logistic")),  # type: ignore[arg-type]  # what is refused
    ("max_degree", lambda: real_algebraic_numbers(max_degree=17)),
    ("max_coefficient", lambda: real_algebraic_numbers(max_coefficient=0)),
    ("min_value and max_value", lambda: real_algebraic_numbers(min_value=1, max_value=0)),
    ("phases", lambda: orthogonal_data(PLAIN, phases="chaotic")),
    ("phases[1]", lambda: orthogonal_data(PLAIN, phases=["chaotic", "calm"])),
    ("phases", lambda: orthogonal_data(PLAIN, phases=[])),
    ("scales", lambda: orthogonal_data(PLAIN, phases=["chaotic"], scales=parameters())),
    ("samples", lambda: orthogonal_data(PLAIN, phases=["chaotic"], samples=2)),
    ("samples", lambda: orthogonal_data(PLAIN, samples=0)),
    ("samples", lambda: orthogonal_data(OneWeight(), samples=2)),
    ("dimension", lambda: orthogonal_data(PLAIN, samples=3, dimension=2)),
    ("dimension", lambda: orthogonal_data(PLAIN, dimension=0)),
    ("dimension", lambda: orthogonal_data(OneWeight(), samples=1, dimension=2)),
    ("margin", lambda: orthogonal_data(PLAIN, phases=["catapult"], margin=1)),
    ("margin", lambda: orthogonal_data(PLAIN, margin=1)),
    ("model", lambda: orthogonal_data(PhaseRetrieval(gamma=0, c=1))),
    ("model", lambda: orthogonal_data(PhaseRetrieval())),
    ("model", lambda: orthogonal_data(OneWeight(target=2))),
    ("step_sizes", lambda: some_of(orthogonal_data(PLAIN, step_sizes="1/3"), lambda _: True)),
    ("step_sizes", lambda: some_of(orthogonal_data(PLAIN, step_sizes=st.just(-1)), lambda _: True)),
    ("stretches", lambda: some_of(orthogonal_data(PLAIN, stretches=0), lambda _: True)),
    ("samples", lambda: generic_data(samples=0)),
    ("dimension", lambda: generic_data(dimension=1.5)),  # type: ignore[arg-type]  # what is refused
    ("problem", lambda: starts(PLAIN)),  # type: ignore[arg-type]  # what is refused
    ("steps", lambda: trajectories(steps=0)),
    ("where", lambda: trajectories(where="there")),  # type: ignore[arg-type]  # what is refused
    ("gammas", lambda: models(kinds=[PhaseRetrieval], gammas=float("inf"))),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_arguments_that_are_refused_are_named(number: int) -> None:
    argument, call = REFUSED[number]
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.argument == argument
    assert caught.value.accepted


def test_regression_that_a_window_holds_no_chaos_is_said_at_once() -> None:
    """Hypothesis tried for seconds, and found the strategy unsatisfiable."""
    for ends in (("1.451", "1.452"), ("1.452", "1.452")):
        with pytest.raises(InputError, match="holds nothing of the chaotic phase"):
            parameters(phase=Phase.CHAOTIC, within=ends)
    inside = Fraction("1.451"), Fraction("1.452")
    assert inside[0] <= some_of(parameters(phase=Phase.CHAOTIC, windows=True, within=inside)) <= inside[1]
    assert inside[0] <= some_of(parameters(phase=Phase.PERIODIC, period=3, within=inside)) <= inside[1]
    # beside a window, and from one window to another, chaos is left
    assert Fraction("1.44") <= some_of(parameters(phase=Phase.CHAOTIC, within=("1.44", "1.452"))) < inside[0]
    assert inside[1] < some_of(parameters(phase=Phase.CHAOTIC, within=("1.452", "1.8"))) <= Fraction("1.8")


def test_regression_scales_are_read_exactly_however_they_are_written() -> None:
    """A text ended in a TypeError."""
    for given_as in ("1.5", 1.5, Fraction(3, 2), np.float32(1.5)):
        assert some_of(orthogonal_data(PLAIN, scales=st.just(given_as))).scales == (Fraction(3, 2),)


def test_regression_numpy_integers_are_integers() -> None:
    """Some were refused, and the negative of an unsigned one overflowed."""
    one: Any = np.int8(1)
    two: Any = np.uint8(2)
    assert some_of(real_algebraic_numbers(max_degree=one, max_coefficient=two)).is_rational
    assert some_of(parameters(max_denominator=one)).denominator == 1
    assert some_of(parameters(phase=Phase.PERIODIC, period=two)) > 1
    assert some_of(orthogonal_data(PLAIN, samples=two)).problem.samples == 2


def test_regression_the_largest_that_is_accepted_can_be_drawn() -> None:
    """More samples took minutes, more dimensions than Hypothesis can draw were its error, tiny rows overflowed."""
    drawn = some_of(orthogonal_data(PLAIN, samples=16, dimension=64))
    assert drawn.features.shape == (16, 64)
    for stretch in (1e-30, "1e-30", 1e30, "1e30"):
        drawn = some_of(orthogonal_data(PLAIN, stretches=stretch, step_sizes=1, samples=1, dimension=1))
        assert np.isfinite(drawn.targets**2).all()
    assert some_of(generic_data(samples=16, dimension=16)).features.shape == (16, 16)
    assert some_of(polynomial_families(min_degree=8, max_parameter_degree=8, max_degree=8)).degree == 8


# ----------------------------------------------------------------------------------------------------------- step sizes


@given(phase=st.sampled_from(FIVE), target=st.fractions(1, 5, max_denominator=7), data=st.data())
@some
def test_step_sizes_give_the_parameter_of_their_phase(phase: Phase, target: Fraction, data: st.DataObject) -> None:
    step_size = data.draw(step_sizes(OneWeight(), target=target, phase=phase, margin="1/100"))
    a = step_size * target  # a = ηy for one weight
    low, high = {
        Phase.MONOTONIC: (0, 0.829),
        Phase.CATAPULT: (0.828, 1),
        Phase.PERIODIC: (1, 1.303),
        Phase.CHAOTIC: (1.302, 2),
        Phase.DIVERGENT: (2, 3),
    }[phase]
    assert low < a < high


@given(data=st.data())
@few
def test_step_sizes_draw_their_data_from_strategies(data: st.DataObject) -> None:
    square, label, count = Fraction(3, 2), Fraction(2), 5
    step_size = data.draw(
        step_sizes(
            PLAIN,
            norm_squared=st.just(square),
            target=st.just(label),
            samples=st.just(count),
            near=BoundaryKind.ESCAPE,
            side="above",
        )
    )
    assert 2 < 2 * step_size * square * label / count <= Fraction(21, 10)  # a = 2ηqy/n


def test_labels_out_of_reach_take_negative_parameters_to_positive_step_sizes() -> None:
    step_size = some_of(step_sizes(OneWeight(), target=-2, phase=Phase.FLOOR), lambda _: True)
    assert step_size > 0
    assert -2 < -2 * step_size < 0


def test_step_sizes_are_of_any_phase_when_none_is_named() -> None:
    assert some_of(step_sizes(OneWeight()), lambda eta: eta > 2) > 2


# --------------------------------------------------------------------------------------------------------------- models


@given(model=models())
@some
def test_models_of_every_kind_are_drawn_valid(model: Model) -> None:
    assert isinstance(model, (OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork, PolynomialLoss))
    assert model.gradient


@pytest.mark.parametrize("kind", [OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork, PolynomialLoss])
def test_every_kind_comes_when_nothing_is_asked_for(kind: type[Model]) -> None:
    assert isinstance(some_of(models(), lambda model: isinstance(model, kind)), kind)
    assert isinstance(some_of(models(kinds=[kind]), lambda _: True), kind)


@given(model=models(symbolic=True))
@few
def test_symbolic_models_have_open_parameters(model: Model) -> None:
    assert model.parameters or isinstance(model, (OneWeight, PolynomialLoss))


@given(model=models(symbolic=False))
@few
def test_models_with_numbers_have_none(model: Model) -> None:
    assert model.parameters == ()


@given(model=models(symbolic=False, reducible=True))
@few
def test_reducible_models_have_the_residual_map(model: Model) -> None:
    assert derive(model).family == residual_family()


@given(model=models(reducible=False))
@few
def test_irreducible_models_do_not(model: Model) -> None:
    assert derive(model).family != residual_family()


def test_parameters_of_models_are_strategies_or_values() -> None:
    found = some_of(models(kinds=[PhaseRetrieval], gammas=st.just(3), cs="1/2", reductions="sum"), lambda _: True)
    assert found == PhaseRetrieval(gamma=3, c="1/2", reduction="sum")
    network = some_of(models(kinds=[TwoLayerNetwork], alphas=2, widths=st.just(4), reducible=True), lambda _: True)
    assert network == TwoLayerNetwork(alpha=2, width=4)
    scaled = some_of(models(kinds=[PolynomialModel], loss_factors="1/4"), lambda _: True)
    assert scaled.loss_weight == Fraction(1, 4)


@given(form=quadratic_forms())
@few
def test_quadratic_forms_are_sums_of_squares(form: QuadraticForm) -> None:
    assert form.outer.ndim == 1
    assert np.isfinite(form.outer).all()


@given(found=squared_residuals())
@few
def test_squared_residuals_multiply_out_to_their_loss(found: SquaredResidual) -> None:
    residual_square = (found.model.prediction - found.target) ** 2
    factor = sympy.Rational(found.model.loss_weight.numerator, found.model.loss_weight.denominator)
    assert sympy.expand(factor * residual_square + found.offset - found.loss) == 0


@given(family=polynomial_families(max_degree=4, max_parameter_degree=2))
@few
def test_polynomial_families_have_the_degrees_asked_for(family: PolynomialFamily) -> None:
    assert 2 <= family.degree <= 4
    assert max(len(row) for row in family.rows) <= 3


@given(family=polynomial_families(conjugate_to=residual_family()))
@few
def test_conjugate_families_have_the_same_multipliers_at_their_fixed_points(family: PolynomialFamily) -> None:
    a = 0.75
    exact: tuple[Fraction, ...] = family.at(Fraction(3, 4))
    coefficients = np.array([float(c) for c in exact])
    moved = coefficients.copy()
    moved[1] -= 1
    fixed = np.roots(moved[::-1])
    slopes = np.polynomial.polynomial.polyval(fixed, np.polynomial.polynomial.polyder(coefficients))
    assert np.allclose(np.sort(slopes.real), sorted([1 - 2 * a, (1 + a) ** 2, 5 + 2 * a]), atol=1e-6)


@given(number=real_algebraic_numbers(max_degree=5, min_value="-1/2", max_value="7/3"))
@some
def test_real_algebraic_numbers_are_roots_within_their_bounds(number: RealAlgebraic) -> None:
    assert number.degree <= 5
    lower, upper = number.enclose(80)
    assert Fraction(-1, 2) <= upper
    assert lower <= Fraction(7, 3)

    def value(point: Fraction) -> Fraction:
        return sum((c * point**k for k, c in enumerate(number.coefficients)), Fraction(0))

    assert value(lower) * value(upper) <= 0


def test_real_algebraic_numbers_of_each_degree_come_and_shrink() -> None:
    cubic = real_algebraic_numbers(max_degree=3)
    assert some_of(cubic, lambda x: x.degree == 2).degree == 2
    assert some_of(cubic, lambda x: x.degree == 3).degree == 3
    assert find(real_algebraic_numbers(), lambda _: True) == RealAlgebraic.rational(0)
    assert find(real_algebraic_numbers(min_value=3, max_value=3), lambda _: True) == RealAlgebraic.rational(3)


# ----------------------------------------------------------------------------------------------------- data and starts


def scales_by_hand(problem: PlacedProblem) -> list[Fraction]:
    """a = η‖x‖²(2γy + c²)/(2n), written down for these tests."""
    model = problem.model
    assert isinstance(model, PhaseRetrieval)
    gamma, c = (Fraction(int(v.p), int(v.q)) for v in (model.gamma, model.c))
    found = []
    for row, label in zip(problem.features.tolist(), problem.targets.tolist(), strict=True):
        square = sum((Fraction(entry) ** 2 for entry in row), Fraction(0))
        a = problem.step_size * square * (2 * gamma * Fraction(label) + c * c) / 2
        found.append(a / len(problem.targets) if model.reduction == "mean" else a)
    return found


@given(problem=orthogonal_data(models(kinds=[PhaseRetrieval], symbolic=False, reducible=True)))
@some
def test_orthogonal_data_is_orthogonal_exactly_and_knows_its_parameters(problem: PlacedProblem) -> None:
    rows = [[Fraction(entry) for entry in row] for row in problem.features.tolist()]
    for k, first in enumerate(rows):
        for second in rows[:k]:
            assert sum((u * v for u, v in zip(first, second, strict=True)), Fraction(0)) == 0
    assert Fraction(problem.rate) == problem.step_size
    assert list(problem.scales) == scales_by_hand(problem)


@given(phases=st.lists(st.sampled_from(FIVE), min_size=1, max_size=3), data=st.data())
@some
def test_every_sample_is_in_the_phase_asked_for(phases: list[Phase], data: st.DataObject) -> None:
    problem = data.draw(orthogonal_data(PLAIN, phases=phases, dimension=3, margin="1/50"))
    assert problem.features.shape == (len(phases), 3)
    low = {"monotonic": 0, "catapult": 0.8284, "periodic": 1, "chaotic": 1.3022, "divergent": 2}
    high = {"monotonic": 0.8285, "catapult": 1, "periodic": 1.3023, "chaotic": 2, "divergent": 3.001}
    for phase, a, placed in zip(phases, problem.scales, problem.classifications, strict=True):
        assert low[str(phase)] < a < high[str(phase)]
        assert placed.phase is phase


SEVERAL: dict[str, dict[str, Any]] = {
    "two phases": {"phases": ["chaotic", "monotonic"]},
    "phases from a strategy": {"phases": st.just([Phase.CHAOTIC, Phase.MONOTONIC])},
    "two samples": {"samples": 2},
    "samples from a strategy": {"samples": st.integers(1, 3)},
    "three dimensions": {"dimension": 3},
    "models from a strategy": {"model": models(symbolic=False, reducible=True), "samples": 2},
}


@pytest.mark.parametrize(
    "name",
    [*list(SEVERAL)[:-1], pytest.param(list(SEVERAL)[-1], marks=pytest.mark.slow)],  # slow: it draws many models
)
def test_regression_models_of_one_weight_are_not_drawn_for_several_samples(name: str) -> None:
    sizes = set()

    @given(problem=orthogonal_data(**SEVERAL[name]))
    @settings(max_examples=trials(12))
    def holds(problem: PlacedProblem) -> None:
        sizes.add(problem.features.shape)

    holds()
    assert max(count for count, _ in sizes) > 1 or name == "three dimensions"
    assert {width for _, width in sizes} == {3} or name != "three dimensions"


SHOWN: dict[str, tuple[st.SearchStrategy[Any], str]] = {
    "a parameter": (parameters(phase="catapult"), "value=Fraction(1, 1)"),
    "a parameter near a boundary": (parameters(near=2, side="above", distance=("1/8", "1/8")), "value=Fraction(17, 8)"),
    "a step size": (step_sizes(PLAIN, phase="catapult"), "value=Fraction(1, 2)"),
    "a step size for a label that is drawn": (
        step_sizes(PLAIN, target=st.just(2), phase="divergent", within=("5/2", "5/2")),
        "value=Fraction(5, 8)",
    ),
    "a model": (models(kinds=[PhaseRetrieval], symbolic=False), "gamma=Fraction(2, 1)"),
    "a family": (polynomial_families(conjugate_to=residual_family()), "value=<PolynomialFamily: z ← "),
    "a form": (quadratic_forms(), "value=QuadraticForm(slope=1.0"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_regression_a_failing_property_of_ones_own_shows_the_values_drawn(name: str) -> None:
    strategy, told = SHOWN[name]

    @given(value=strategy)
    @settings(max_examples=5, derandomize=True, database=None, phases=[Stage.generate, Stage.shrink])
    def fails(value: object) -> None:
        raise ValueError(f"not {type(value)}")

    with pytest.raises(ValueError, match="not ") as caught:
        fails()
    notes = "\n".join(caught.value.__notes__)
    assert told in notes
    assert "lambda" not in notes


def test_phases_scales_and_sizes_of_data_may_be_strategies() -> None:
    drawn = some_of(orthogonal_data(PLAIN, phases=st.just([Phase.CHAOTIC, Phase.DIVERGENT])), lambda _: True)
    assert [c.phase for c in drawn.classifications] == [Phase.CHAOTIC, Phase.DIVERGENT]
    drawn = some_of(orthogonal_data(PLAIN, scales=st.just(Fraction(3, 4)), samples=st.just(2)), lambda _: True)
    assert drawn.scales == (Fraction(3, 4), Fraction(3, 4))
    drawn = some_of(orthogonal_data(OneWeight(), step_sizes=0.75, stretches=2), lambda _: True)
    assert drawn.rate == 0.75
    assert drawn.features.tolist() == [[2.0]]


@pytest.mark.slow  # shrinks whole data sets, some seconds
def test_orthogonal_data_shrinks_to_unit_rows() -> None:
    drawn = find(orthogonal_data(PLAIN, samples=2), lambda _: True)
    assert drawn.features.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert repr(drawn).startswith("<PlacedProblem: generalised phase retrieval, 2 samples, step size 0.5, a = ")


@given(data=generic_data())
@some
def test_generic_data_has_no_zero_row_and_is_not_orthogonal(data: DataSet) -> None:
    assert (np.abs(data.features).sum(axis=1) > 0).all()
    if data.samples > 1:
        products = data.features @ data.features.T
        assert np.count_nonzero(products - np.diag(np.diagonal(products)))


def problems(*phases: Phase) -> st.SearchStrategy[PlacedProblem]:
    return orthogonal_data(
        models(symbolic=False, reducible=True), scales=parameters(phase=phases, margin="1/50", dyadic=True)
    )


@given(problem=problems(*FIVE), data=st.data())
@some
def test_starts_are_where_they_should_be(problem: PlacedProblem, data: st.DataObject) -> None:
    inside, outside, saddle, minimum = (
        problem.scaled_residuals(data.draw(starts(problem, where="inside"))),
        problem.scaled_residuals(data.draw(starts(problem, where="outside"))),
        problem.scaled_residuals(data.draw(starts(problem, where="saddle"))),
        problem.scaled_residuals(data.draw(starts(problem, where="minimum"))),
    )
    a = np.array([float(scale) for scale in problem.scales])
    assert ((inside > -a) & (inside < 2)).all()
    assert (outside > 2).all()
    assert np.abs(saddle + a).max() < 1e-9
    assert np.abs(minimum).max() < 1e-9


@given(problem=problems(Phase.FLOOR))
@few
def test_starts_that_are_not_there_are_refused(problem: PlacedProblem) -> None:
    with pytest.raises(InputError, match="where = minimum: is nowhere at a = -"):
        starts(problem, where="minimum")


@given(run=trajectories(problems(Phase.MONOTONIC), steps=40))
@few
def test_trajectories_show_their_phase(run: Descent) -> None:
    assert run.losses.shape == (1, 41)
    assert (np.diff(run.losses[0]) <= 1e-12).all()


@given(run=trajectories(problems(Phase.MONOTONIC, Phase.CHAOTIC), steps=st.just(60), where="outside"))
@few
def test_trajectories_from_outside_escape(run: Descent) -> None:
    assert run.escape_step[0] > 0


# ------------------------------------------------------------------------------------------------ composing and loading


@given(data=st.data())
@few
def test_strategies_compose(data: st.DataObject) -> None:
    assert isinstance(data.draw(parameters(phase="chaotic").map(float)), float)
    assert data.draw(parameters().filter(lambda a: a > 1)) > 1
    start = data.draw(orthogonal_data(OneWeight(), phases=["catapult"]).flatmap(starts))
    assert start.shape == (1,)


def test_without_hypothesis_the_error_says_what_to_install() -> None:
    script = (
        "import sys; sys.modules['hypothesis'] = None; import symphase; symphase.classify(1); "
        "import symphase.strategies"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 1
    last = run.stderr.strip().splitlines()[-1]
    assert "symphase.strategies needs hypothesis" in last
    assert last.endswith('pip install "symphase[hypothesis]"')
    assert run.stderr.count("Traceback") == 1


def test_the_public_names_are_those_of_the_package() -> None:
    names = symphase.strategies.__all__
    assert names == sorted(names)
    assert [name for name in names if not getattr(symphase.strategies, name).__doc__] == []


def test_what_looks_at_the_users_loop_does_not_know_the_derived_map() -> None:
    source = Path(symphase.strategies.__file__).with_name("runs.py").read_text(encoding="utf-8")
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    ours = {node.module for node in nodes if (node.module or "").startswith("symphase")}
    assert ours == {"symphase.display", "symphase.errors", "symphase.models"}
