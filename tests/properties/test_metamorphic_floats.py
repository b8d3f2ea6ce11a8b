"""The same relations in floats: bit for bit where float64 keeps them, else within errors that are derived.

Data, weights and step sizes are short binary fractions, so that floats hold them exactly.  Two kinds of claims:

* Exact: changing signs and scaling by powers of two commute with every rounding (barring under- and overflow, which
  these sizes exclude), and a run from a stored state is the run itself.  Compared by their bits.
* Derived: ``Rounded`` (see its docstring for the model and the proof) carries an exact number together with a bound on
  the error of what floats compute in its place.  The package's own float formulas are run on such numbers, or, where
  they are private, the formulas that its docstrings state; the bound grows from step to step as the errors do, by the
  derivative of the step and by the roundings of the step itself.  Nothing is tuned.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from properties.drawing import (
    DYADIC_MODELS,
    TERMS,
    UNIT,
    Rounded,
    Setting,
    admitted,
    carried,
    descent_step,
    dot,
    dyadics,
    floats,
    hessian_product,
    image,
    orbit,
    settings_of,
    settled,
    turned,
    upwards,
    vectors,
)

from symphase.descent import Descent, descend
from symphase.models import Model, OneWeight, PhaseRetrieval, TwoLayerNetwork
from symphase.orbits import cobweb_path, iterate
from symphase.phases import residual_family
from symphase.problems import Problem, problem_from_data
from symphase.sharpness import largest_hessian_eigenvalue
from symphase.tables import dataset
from symphase.training import Training, train

Array = npt.NDArray[np.float64]
BINARY = dyadics(-8, 8, 3)
SIXTEENTHS = st.integers(8, 40).map(lambda k: Fraction(k, 16))
RATES = st.sampled_from([Fraction(k, 64) for k in range(1, 33)])
FAR = 1e300  # an escape bound that nothing here reaches
POWERS = st.sampled_from([Fraction(1, 4), Fraction(1, 2), Fraction(2), Fraction(4)])
RETRIEVALS = st.sampled_from(
    [PhaseRetrieval(gamma=gamma, c=c, reduction="sum") for gamma in (2, -1, Fraction(1, 2), 3) for c in (0, 1, -2)]
)
EVEN = st.sampled_from([PhaseRetrieval(gamma=g, c=0) for g in (2, -3)] + [TwoLayerNetwork(alpha=1), OneWeight()])
# gamma is 1/(2·a square): the square root that the training takes of it is exact
ROOTED = st.sampled_from(
    [PhaseRetrieval(gamma=gamma, c=c, reduction="sum") for gamma in (2, Fraction(1, 2), -2) for c in (0, 1)]
)


def binary(models: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Setting]:
    return settings_of(models, numbers=BINARY, rates=RATES, most=most)


def shaped(model: Model, weights: object) -> Array:
    """Weights as the numeric side has them: one row for each neuron of a network, else one vector."""
    found = floats(weights)
    return found if isinstance(model, TwoLayerNetwork) else found[0]


def run(setting: Setting, steps: int = 4, **options: Any) -> Descent:
    return descend(
        setting.model,
        floats(setting.rows),
        floats(setting.targets),
        step_sizes=float(setting.rate),
        starts=options.pop("starts", shaped(setting.model, setting.weights)),
        steps=steps,
        escape_loss=FAR,
        **options,
    )


@given(SIXTEENTHS, SIXTEENTHS, st.integers(8, 60), st.integers(1, 30))
def test_an_escape_is_the_first_step_beyond_the_bound(w: Fraction, y: Fraction, rate: int, power: int) -> None:
    # L = (w² − y)²/2, by fractions; the weights are those of the step before
    eta, bound, weights = Fraction(rate, 32), Fraction(2**power), [w]
    losses: list[Fraction] = []
    while len(losses) < 7 and not (losses and losses[-1] > bound):
        losses.append((weights[-1] ** 2 - y) ** 2 / 2)
        weights.append(weights[-1] - eta * 2 * weights[-1] * (weights[-1] ** 2 - y))
    assume(all(abs(loss - bound) > bound / 1000 for loss in losses))
    seen = one_weight(w, y, eta, 10, bound)
    escape = next((step for step, loss in enumerate(losses) if loss > bound), None)
    if escape is None:
        assert seen.escape_step[0] == -1 or seen.escape_step[0] >= len(losses)
        return
    assert seen.escape_step[0] == escape
    assert np.all(seen.losses[0, :escape] <= float(bound))
    assert np.all(np.isinf(seen.losses[0, escape:]))
    assert np.all(np.isinf(seen.residuals[0, escape:]))
    if escape < 2:
        assert seen.weights.ravel()[0] == float(w)
    else:
        before = one_weight(w, y, eta, escape - 1, bound)
        assert before.escape_step[0] == -1
        assert before.weights.tobytes() == seen.weights.tobytes()


def one_weight(w: Fraction, y: Fraction, eta: Fraction, steps: int, bound: Fraction) -> Descent:
    return descend(
        PhaseRetrieval(gamma=2, c=0),
        [[1.0]],
        [float(y)],
        step_sizes=float(eta),
        starts=[float(w)],
        steps=steps,
        escape_loss=float(bound),
    )


@given(st.integers(2, 9), st.integers(-9, 9), st.sampled_from([-1.0, 1.0]))
def test_a_loss_that_is_no_number_is_beyond_every_bound(one: int, two: int, sign: float) -> None:
    # so long a step that the first weight is infinite, and its product with the other sample's 0 no number
    seen = descend(
        PhaseRetrieval(gamma=2, c=0),
        np.eye(2),
        [1.0, 1.0],
        step_sizes=[1e308, 1.5e308],
        starts=[sign * one, float(two)],
        steps=3,
        escape_loss=FAR,
    )
    assert np.all(seen.escape_step == 1)
    assert np.all(np.isfinite(seen.losses[:, 0]))
    assert np.all(np.isinf(seen.losses[:, 1:]))
    assert np.all(np.isinf(seen.residuals[:, 1:]))
    assert np.array_equal(seen.weights, seen.starts)


def problem(setting: Setting) -> Problem:
    return problem_from_data(dataset(floats(setting.rows), floats(setting.targets)), setting.model)


def trained(setting: Setting, steps: int = 4, **options: Any) -> Training:
    return train(
        problem(setting),
        step_sizes=float(setting.rate),
        starts=options.pop("starts", shaped(setting.model, setting.weights)),
        steps=steps,
        escape_loss=FAR,
        **{"measures": ("residuals",), **options},
    )


def descended(setting: Setting, steps: int) -> npt.NDArray[Any]:
    """The weights after some steps, with the errors that the package's own float formulas may make."""
    model = setting.model
    shape = (1, len(setting.weights), -1) if isinstance(model, TwoLayerNetwork) else (1, -1)
    weights = carried(np.array(setting.weights, dtype=object).reshape(shape))
    x, y = carried(setting.rows), carried(setting.targets)
    for _ in range(steps):
        weights = settled(weights - model.loss_gradient(weights, x, y) * Rounded.of(setting.rate))
    return weights


def exactly(setting: Setting, steps: int) -> tuple[tuple[Fraction, ...], ...]:
    for _ in range(steps):
        setting = replace(setting, weights=setting.stepped())
    return setting.weights


def within_twice(bounds: npt.NDArray[Any], one: Array, two: Array) -> bool:
    """Whether two computations of one number are as near as both are to it."""
    return all(
        abs(Fraction(float(left)) - Fraction(float(right))) <= 2 * Fraction(bound.error)
        for bound, left, right in zip(bounds.ravel(), one.ravel(), two.ravel(), strict=True)
    )


# ------------------------------------------------------------------------------------------- floats against fractions


@given(binary(DYADIC_MODELS), st.integers(1, 3))
def test_descent_stays_within_its_rounding_errors(setting: Setting, steps: int) -> None:
    bounds = descended(setting, steps)
    assert [bound.exact for bound in bounds.ravel()] == [w for row in exactly(setting, steps) for w in row]
    assert admitted(bounds, run(setting, steps).weights)


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(binary(DYADIC_MODELS))
def test_recorded_residuals_and_losses_are_those_of_the_weights(setting: Setting) -> None:
    seen, model, steps = run(setting), setting.model, 2
    bounds = descended(setting, steps)
    residuals: Any = model.predict(bounds, carried(setting.rows)) - carried(setting.targets)
    assert admitted(residuals, seen.residuals[:, steps])
    loss = sum((Rounded.of(e) * e for e in residuals[0]), Rounded.of(0)) * model.loss_scale(len(setting.rows))
    assert loss.admits(float(seen.losses[0, steps]))


@given(binary(DYADIC_MODELS), st.data())
def test_the_hessian_is_the_derivative_of_the_gradient(setting: Setting, data: st.DataObject) -> None:
    model, x, y = setting.model, carried(setting.rows), carried(setting.targets)
    shape = (1, len(setting.weights), -1) if isinstance(model, TwoLayerNetwork) else (1, -1)
    weights = carried(np.array(setting.weights, dtype=object).reshape(shape))
    count = len(setting.rows[0])
    direction = data.draw(st.tuples(*(vectors(count, BINARY) for _ in setting.weights)))
    tangents = carried(np.array(direction, dtype=object).reshape(shape))
    bounds: Any = model.hessian_product(weights, tangents, x, y)
    exact = hessian_product(model, setting.rows, setting.targets, setting.weights, direction)
    assert [bound.exact for bound in bounds.ravel()] == [v for row in exact for v in row]
    numbers = (floats(np.vectorize(lambda v: v.exact, otypes=[object])(part)) for part in (weights, tangents, x, y))
    assert admitted(bounds, model.hessian_product(*numbers))


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(binary(ROOTED), st.sampled_from(["gram", "weights"]), st.booleans())
def test_training_stays_within_the_rounding_errors_of_its_formulas(
    setting: Setting, method: str, deterministic: bool
) -> None:
    """The formulas of ``train`` with V = √|v| U: V² − t = ±e, F = ±η e V, w − pull Xᵀ F or V − K F."""
    model: PhaseRetrieval = setting.model
    form = model.quadratic_form()
    assert form is not None
    outer = Fraction(float(form.outer[0]))
    assume(abs(form.offset) <= 64 * max(abs(y) for y in setting.targets))  # else it steps through the model itself
    root = Fraction(math.sqrt(abs(outer)))
    assert root**2 == abs(outer)
    sign = 1 if outer > 0 else -1
    project, shift = form.slope * Rounded.of(root), form.shift * Rounded.of(root)
    pull = 4 * Rounded.of(Fraction(1, 2)) * form.slope * root  # λ = ½, summed over the samples
    rows, rate = carried(setting.rows), Rounded.of(setting.rate)
    targets = sign * (carried(setting.targets) - form.offset)
    weights = carried(setting.weights[0])
    values = settled(rows @ weights * project + shift)
    steps = 2
    found = [settled((values * values - targets) * sign)]
    for _ in range(steps):
        forces = settled((values * values - targets) * rate * values)
        if method == "gram":
            values = settled(values - (rows @ rows.T * (project * pull)) @ forces)
        else:
            weights = settled(weights - (rows.T * pull) @ forces)
            values = settled((rows * project) @ weights + shift)
        found.append(settled((values * values - targets) * sign))
    seen = trained(setting, steps, method=method, deterministic=deterministic)
    assert seen.method == method
    assert seen.residuals is not None
    assert admitted(np.array(found, dtype=object), seen.residuals[0])
    exact = descent_step(model, setting.rows, setting.targets, setting.rate, setting.weights)
    late = [dot(exact[0], row) for row in setting.rows]
    gamma, c = (Fraction(int(v.p), int(v.q)) for v in (model.gamma, model.c))
    assert [bound.exact for bound in found[1]] == [
        (gamma * p / 2 + c) * p - y for p, y in zip(late, setting.targets, strict=True)
    ]


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(binary(ROOTED))
def test_orthogonal_samples_descend_together_as_their_own_maps_say(setting: Setting) -> None:
    entries = [max(map(abs, row)) or Fraction(1) for row in setting.rows]
    count = len(entries)
    rows = tuple(tuple(entries[k] if i == k else Fraction(0) for i in range(count)) for k in range(count))
    weights = ((*setting.weights[0], Fraction(1), Fraction(1))[:count],)
    joint = replace(setting, rows=rows, weights=weights)
    steps, family = 2, residual_family()
    bounds: Any = joint.model.predict(descended(joint, steps), carried(joint.rows)) - carried(joint.targets)
    seen = run(joint, steps).residuals[:, steps]
    for k in range(count):
        a, z = joint.rescaled(k)
        kappa = joint.model.residual_scale(entries[k] ** 2, count, joint.rate)
        bound = bounds[0, k]
        assert bound.exact * kappa == orbit(family, a, z, steps)[-1]
        assert bound.admits(float(seen[0, k]))


@given(binary(RETRIEVALS), st.data())
def test_permuted_samples_differ_by_roundings_alone(setting: Setting, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(setting.rows))))
    other = replace(
        setting, rows=tuple(setting.rows[k] for k in order), targets=tuple(setting.targets[k] for k in order)
    )
    assert within_twice(descended(setting, 2), run(setting, 2).weights, run(other, 2).weights)


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(binary(RETRIEVALS))
def test_rotated_features_differ_by_roundings_alone(setting: Setting) -> None:
    assume(len(setting.rows[0]) == 2)
    turn = ((Fraction(3), Fraction(4)), (Fraction(-4), Fraction(3)))
    unit = tuple(tuple(v / 5 for v in row) for row in turn)
    # rows five times as long and steps 25 times as short: then the rotated rows are short binary fractions, too
    long = tuple(tuple(5 * v for v in row) for row in setting.rows)
    weights = tuple(tuple(5 * v for v in row) for row in setting.weights)
    one = replace(setting, rows=long, weights=weights)
    two = replace(one, rows=tuple(turned(row, unit) for row in long), weights=(turned(weights[0], unit),))
    first, second = descended(one, 2), descended(two, 2)
    back = np.array([[dot([b.exact for b in first[0]], column) for column in zip(*unit, strict=True)]])
    assert back[0].tolist() == [b.exact for b in second[0]]
    assert admitted(first, run(one, 2).weights)
    assert admitted(second, run(two, 2).weights)


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(binary(RETRIEVALS), st.integers(2, 3))
def test_copies_of_the_samples_differ_by_roundings_alone(setting: Setting, copies: int) -> None:
    other = replace(setting, rows=setting.rows * copies, targets=setting.targets * copies)
    bounds = descended(other, 2)
    assert admitted(bounds, run(other, 2).weights)
    if copies == 2:  # half a step is exact in floats
        half = replace(setting, rate=2 * setting.rate)
        assert [b.exact for b in bounds.ravel()] == [b.exact for b in descended(half, 2).ravel()]
        assert within_twice(bounds, run(other, 2).weights, run(half, 2).weights)


# --------------------------------------------------------------------------------------------------- the map in floats


A = st.sampled_from([Fraction(k, 64) for k in range(1, 129)])
INSIDE = st.sampled_from([Fraction(k, 64) for k in range(65)])


@given(A, INSIDE, st.integers(1, 24))
def test_float_orbits_part_from_exact_ones_by_no_more_than_the_product_of_slopes(
    a: Fraction, place: Fraction, steps: int
) -> None:
    """|ẑₜ₊₁ − zₜ₊₁| ≤ sup|f′| · |ẑₜ − zₜ| + (rounding of one step), in which sup is taken between ẑₜ and zₜ.

    The mean value theorem, with sup|f′| ≤ |f′(ẑₜ)| + sup|f″|·E and |f″| ≤ 6|z| + 2|a − 2| there; the rounding of a
    step is what ``Rounded`` finds for Horner's rule at the float ẑₜ.  Unrolled, the error is Σ (roundings) × Π|f′|.
    The exact orbit's numbers grow threefold in every step: it is followed as an interval of fractions, cut outwards.
    """
    family = residual_family()
    start = -a + place * (2 + a)
    seen = cobweb_path(family, a, start, steps=steps).orbit
    coefficients: tuple[Fraction, ...] = family.at(a)
    low = high = start  # of the exact orbit: of the true z, at most 2⁻²⁹⁹·Π|f′| wide
    error = Fraction(0)
    for k in range(steps):
        here = Fraction(float(seen[k]))
        wide = 6 * (abs(here) + error) + 2 * abs(a - 2)
        slope = abs(coefficients[1] + 2 * coefficients[2] * here + 3 * here**2) + wide * error
        step = Rounded.of(coefficients[3])
        for coefficient in coefficients[2::-1]:
            step = step * here + coefficient
        error = slope * error + Fraction(step.error)
        if error > 1:
            return  # the orbits may have parted: from here on the bound says nothing
        error = _outwards(error)
        low, high = _stepped(coefficients, low, high)
        there = Fraction(float(seen[k + 1]))
        assert low - error <= there <= high + error


def _outwards(error: Fraction) -> Fraction:
    return Fraction(upwards(float(error)))


def _stepped(coefficients: tuple[Fraction, ...], low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    """The image of a short interval: that of its middle, give or take half its length times sup|f′|; cut outwards."""
    middle, half = (low + high) / 2, (high - low) / 2
    value = sum((c * middle**k for k, c in enumerate(coefficients)), Fraction(0))
    size = abs(middle) + half
    slope = abs(coefficients[1]) + 2 * abs(coefficients[2]) * size + 3 * size**2
    grid = 2**300  # 24 steps of slopes below 2⁵: at most 2⁻¹⁷⁶ wide in the end
    return Fraction(math.floor((value - slope * half) * grid), grid), Fraction(
        math.ceil((value + slope * half) * grid), grid
    )


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(A, INSIDE, st.integers(1, 5), st.integers(20, 60))
def test_mpmath_orbits_keep_the_digits_that_they_promise(a: Fraction, place: Fraction, steps: int, digits: int) -> None:
    """As above, with mpmath's unit roundoff: half a unit of its last bit, of at least digits·log₂10 bits."""
    family, start = residual_family(), -a + place * (2 + a)
    unit = Fraction(1, 10**digits)
    coefficients: tuple[Fraction, ...] = family.at(a)
    exact, error = start, unit * abs(start)
    seen = iterate(family, a, start, steps, digits=digits)
    for k in range(steps):
        size = abs(exact) + error
        slope = abs(coefficients[1]) + 2 * abs(coefficients[2]) * size + 3 * size**2
        # each coefficient is made of a by at most three roundings, and Horner's rule makes two more per power
        rounding = 12 * unit * sum((abs(c) + 4 * unit) * size**j for j, c in enumerate(coefficients))
        error = slope * error + rounding
        exact = image(family, a, exact)
        sign, mantissa, exponent, _ = seen[k + 1]._mpf_
        there = (-1) ** sign * Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
        assert abs(there - exact) <= error


# ---------------------------------------------------------------------------------------------- relations bit for bit


@given(binary(EVEN))
def test_the_mirrored_start_makes_the_mirrored_run_bit_for_bit(setting: Setting) -> None:
    start = shaped(setting.model, setting.weights)
    one, two = run(setting), run(setting, starts=-start)
    assert one.losses.tobytes() == two.losses.tobytes()
    assert np.array_equal(one.weights, -two.weights)


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(binary(EVEN), st.sampled_from(["auto", "weights"]))
def test_the_mirrored_start_trains_the_mirrored_run_bit_for_bit(setting: Setting, method: str) -> None:
    start = shaped(setting.model, setting.weights)
    one, two = (trained(setting, starts=s, method=method) for s in (start, -start))
    assert one.losses.tobytes() == two.losses.tobytes()
    assert np.array_equal(one.weights, -two.weights)


@given(binary(RETRIEVALS), POWERS)
def test_rows_scaled_by_a_power_of_two_make_the_same_run_bit_for_bit(setting: Setting, s: Fraction) -> None:
    other = replace(
        setting,
        rows=tuple(tuple(s * v for v in row) for row in setting.rows),
        weights=tuple(tuple(w / s for w in row) for row in setting.weights),
        rate=setting.rate / s**2,
    )
    one, two = run(setting), run(other)
    assert one.residuals.tobytes() == two.residuals.tobytes()
    assert np.array_equal(one.weights, float(s) * two.weights)


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(binary(RETRIEVALS), POWERS)
def test_labels_scaled_by_a_power_of_two_make_the_same_run_bit_for_bit(setting: Setting, s: Fraction) -> None:
    model: PhaseRetrieval = setting.model
    c = Fraction(int(model.c.p), int(model.c.q))
    other = replace(
        setting,
        model=PhaseRetrieval(gamma=model.gamma, c=s * c, reduction=model.reduction),
        targets=tuple(s**2 * y for y in setting.targets),
        weights=tuple(tuple(s * w for w in row) for row in setting.weights),
        rate=setting.rate / s**2,
    )
    one, two = run(setting), run(other)
    assert np.array_equal(one.residuals * float(s**2), two.residuals)
    assert np.array_equal(one.weights * float(s), two.weights)


@given(binary(RETRIEVALS))
def test_the_negative_prediction_makes_the_same_run_bit_for_bit(setting: Setting) -> None:
    model: PhaseRetrieval = setting.model
    other = replace(
        setting,
        model=PhaseRetrieval(gamma=-model.gamma, c=-model.c, reduction=model.reduction),
        targets=tuple(-y for y in setting.targets),
    )
    one, two = run(setting), run(other)
    assert one.weights.tobytes() == two.weights.tobytes()
    assert one.losses.tobytes() == two.losses.tobytes()


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(binary(RETRIEVALS), POWERS)
def test_curvature_scaled_by_a_power_of_two_makes_the_same_run_bit_for_bit(setting: Setting, s: Fraction) -> None:
    model: PhaseRetrieval = setting.model
    gamma = Fraction(int(model.gamma.p), int(model.gamma.q))
    other = replace(
        setting,
        model=PhaseRetrieval(gamma=s * gamma, c=model.c, reduction=model.reduction),
        targets=tuple(y / s for y in setting.targets),
        weights=tuple(tuple(w / s for w in row) for row in setting.weights),
    )
    one, two = run(setting), run(other)
    assert np.array_equal(one.residuals, two.residuals * float(s))
    assert np.array_equal(one.weights, two.weights * float(s))


@given(binary(RETRIEVALS), BINARY)
def test_a_row_of_zeros_changes_a_sum_by_roundings_at_most(setting: Setting, label: Fraction) -> None:
    rows, targets = floats(setting.rows), floats(setting.targets)
    start = shaped(setting.model, setting.weights)
    longer = np.vstack([rows, np.zeros(rows.shape[1])]), np.append(targets, float(label))
    common: dict[str, Any] = {"step_sizes": float(setting.rate), "starts": start, "steps": 4, "escape_loss": FAR}
    one = descend(setting.model, rows, targets, **common)
    two = descend(setting.model, *longer, **common)
    assert within_twice(descended(setting, 4), one.weights, two.weights)
    # the row's own residual stays what it was at the beginning
    assert (two.residuals[0, :, -1] == -float(label)).all()


@given(binary(DYADIC_MODELS), st.integers(1, 5), st.integers(1, 5))
def test_a_run_goes_on_from_where_it_was_left_bit_for_bit(setting: Setting, first: int, second: int) -> None:
    whole = run(setting, first + second)
    assume(bool((whole.escape_step < 0).all()))
    part = run(setting, first)
    rest = run(setting, second, starts=part.weights[0])
    assert rest.weights.tobytes() == whole.weights.tobytes()
    assert rest.losses.tobytes() == whole.losses[:, first:].tobytes()
    assert part.residuals.tobytes() == whole.residuals[:, : first + 1].tobytes()


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(binary(DYADIC_MODELS), st.integers(1, 5), st.integers(1, 5), st.booleans())
def test_training_goes_on_from_where_it_was_left_bit_for_bit(
    setting: Setting, first: int, second: int, deterministic: bool
) -> None:
    options: dict[str, Any] = {"method": "weights", "deterministic": deterministic}
    whole = trained(setting, first + second, **options)
    assume(bool((whole.escape_step < 0).all()))
    part = trained(setting, first, **options)
    rest = trained(setting, second, starts=part.weights[0], **options)
    assert rest.weights.tobytes() == whole.weights.tobytes()
    assert rest.losses.tobytes() == whole.losses[:, first:].tobytes()


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(binary(DYADIC_MODELS), st.lists(RATES, min_size=1, max_size=4), st.sampled_from(["auto", "weights"]))
def test_a_run_does_not_depend_on_its_company(setting: Setting, others: list[Fraction], method: str) -> None:
    start = shaped(setting.model, setting.weights)
    rates = [float(rate) for rate in (*others, setting.rate)]
    common: dict[str, Any] = {"steps": 5, "deterministic": True, "method": method, "escape_loss": 1e6}
    common["measures"] = ("residuals", "weight_norm", "sign_changes", "average_weights")
    together = train(problem(setting), step_sizes=rates, starts=start, **common)
    alone = train(problem(setting), step_sizes=rates[-1:], starts=start, **common)
    for name in ("losses", "residuals", "weight_norms", "sign_changes", "average_weights", "weights", "escape_step"):
        assert getattr(together, name)[-1].tobytes() == getattr(alone, name)[0].tobytes(), name


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(binary(DYADIC_MODELS), st.integers(1, 4))
def test_what_is_recorded_does_not_change_what_is_done(setting: Setting, every: int) -> None:
    steps = 6
    fine, coarse = run(setting, steps), run(setting, steps, record_every=every)
    kept = [*range(0, steps, every), steps]
    assert coarse.recorded_steps.tolist() == kept
    assert coarse.losses.tobytes() == np.ascontiguousarray(fine.losses[:, kept]).tobytes()
    assert coarse.weights.tobytes() == fine.weights.tobytes()


@given(settings_of(st.sampled_from([PhaseRetrieval(gamma=2, c=1, reduction="sum")]), numbers=BINARY, rates=RATES))
def test_mean_and_sum_agree_bit_for_bit_for_two_samples(setting: Setting) -> None:
    rows, targets = (setting.rows * 2)[:2], (setting.targets * 2)[:2]
    total = replace(setting, rows=rows, targets=targets)
    mean = replace(total, model=PhaseRetrieval(gamma=2, c=1), rate=2 * setting.rate)
    one, two = run(total), run(mean)
    assert one.weights.tobytes() == two.weights.tobytes()
    assert np.array_equal(one.losses, 2 * two.losses)


# -------------------------------------------------------------------------------------------- sharpness at a minimum


@given(RETRIEVALS, dyadics(1, 12, 2), dyadics(-8, 8, 2), RATES)
def test_step_size_times_sharpness_at_a_minimum_is_twice_a(
    model: PhaseRetrieval, length: Fraction, weight: Fraction, rate: Fraction
) -> None:
    # a label that the weight fits exactly: a = half of step size × largest eigenvalue of the Hessian there
    gamma, c = (Fraction(int(v.p), int(v.q)) for v in (model.gamma, model.c))
    p = length * weight
    y = (gamma * p / 2 + c) * p
    a = model.scale_at(length**2, y, 1, rate)
    x, targets, weights = np.array([[float(length)]]), np.array([float(y)]), np.array([float(weight)])
    eigenvalue = largest_hessian_eigenvalue(model, weights, x, targets)[0]
    bound: Any = model.hessian_product(carried([[weight]]), carried([[1]]), carried([[length]]), carried([y]))[0, 0]
    assert bound.exact * rate == 2 * a
    # one weight: the matrix is the number itself, times the length of a unit vector, normalised within TERMS roundings
    slack = upwards(bound.error + TERMS * UNIT * bound.reach)
    assert abs(Fraction(float(eigenvalue)) - bound.exact) <= Fraction(slack)
