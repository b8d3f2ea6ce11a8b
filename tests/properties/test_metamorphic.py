"""Relations between runs of gradient descent that hold exactly, in fractions.

One side is a step of the model's own loss (its symbolic gradient, evaluated in fractions), or another model or other
data; the other side is what the package derives or computes: the family, a, κ, the map of the weight, the phase.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise, permutations

import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st
from properties.drawing import (
    FACTORS,
    NETWORKS,
    NONZERO,
    PARABOLAS,
    PLAIN,
    POLYNOMIALS,
    POSITIVE,
    RETRIEVALS,
    STEP_SIZES,
    Setting,
    derived,
    descent_step,
    dot,
    dyadics,
    floats,
    image,
    orbit,
    rationals,
    reduced,
    residual,
    rotations,
    settings_of,
    turned,
    vectors,
)

from symphase.formulas import evaluate
from symphase.models import SYMBOLS, OneWeight, PhaseRetrieval, PolynomialLoss, PolynomialModel, TwoLayerNetwork
from symphase.phases import classify, step_boundaries
from symphase.tables import dataset

ONE_WEIGHT = st.just(OneWeight())
SQUARES = st.one_of(RETRIEVALS, NETWORKS, PARABOLAS, ONE_WEIGHT)


def follows_the_map(setting: Setting, steps: int = 2) -> bool:
    """Whether every sample's z moves as the derived map says, for some steps of the loss itself."""
    family, weights = reduced(setting.model), setting.weights
    for _ in range(steps):
        later = replace(setting, weights=weights).stepped()
        for sample in range(len(setting.rows)):
            a, z = setting.rescaled(sample, weights)
            if setting.rescaled(sample, later) != (a, image(family, a, z)):
                return False
        weights = later
    return True


def same_orbits(one: Setting, two: Setting, steps: int = 2) -> bool:
    """Whether a and z of every sample agree along two runs."""
    assert len(one.rows) == len(two.rows)
    for _ in range(steps + 1):
        if any(one.rescaled(k) != two.rescaled(k) for k in range(len(one.rows))):
            return False
        one, two = replace(one, weights=one.stepped()), replace(two, weights=two.stepped())
    return True


# -------------------------------------------------------------------------------------- a step of the loss, of the map


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(settings_of(RETRIEVALS, orthogonal=True))
def test_a_step_of_phase_retrieval_is_a_step_of_the_map(setting: Setting) -> None:
    assert follows_the_map(setting)


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(settings_of(NETWORKS, orthogonal=True))
def test_a_step_of_the_network_is_a_step_of_the_map_whatever_its_width(setting: Setting) -> None:
    assert follows_the_map(setting)


@given(settings_of(ONE_WEIGHT, most=1))
def test_a_step_of_one_weight_is_a_step_of_the_map(setting: Setting) -> None:
    assert follows_the_map(setting)


@given(settings_of(PARABOLAS, most=1))
def test_a_step_of_any_parabola_is_a_step_of_the_map(setting: Setting) -> None:
    assert follows_the_map(setting)


@given(settings_of(SQUARES, orthogonal=True), st.data())
def test_the_derived_residual_map_moves_the_residual_itself(setting: Setting, data: st.DataObject) -> None:
    found = derived(setting.model).residual_map
    assert found is not None
    sample = data.draw(st.integers(0, len(setting.rows) - 1))
    row, y = setting.rows[sample], setting.targets[sample]
    values = {
        SYMBOLS.e: residual(setting.model, row, y, setting.weights),
        SYMBOLS.y: y,
        SYMBOLS.q: dot(row, row),
        SYMBOLS.n: Fraction(len(setting.rows)),
        SYMBOLS.eta: setting.rate,
    }
    if isinstance(setting.model, OneWeight | PolynomialModel):  # their symbols are those of x = 1 and one sample
        assume(len(setting.rows) == 1 and values[SYMBOLS.q] == 1)
    assert evaluate(found, values) == residual(setting.model, row, y, setting.stepped())


@given(POLYNOMIALS, rationals(), rationals(), STEP_SIZES)
def test_the_map_of_the_weight_is_the_step_for_any_degree(
    model: PolynomialModel, w: Fraction, y: Fraction, rate: Fraction
) -> None:
    later = descent_step(model, [(Fraction(1),)], [y], rate, ((w,),))[0][0]
    found = derived(model).weight_map
    assert evaluate(found, {model.weight: w, SYMBOLS.y: y, SYMBOLS.eta: rate}) == later


@given(st.sampled_from([PolynomialModel(t) for t in ("w^2 - w", "w^3/3 + w", "w^4/4 - w")]), rationals(), STEP_SIZES)
def test_the_family_of_the_weight_is_the_step(model: PolynomialModel, w: Fraction, rate: Fraction) -> None:
    later = descent_step(model, [(Fraction(1),)], [Fraction(2)], rate, ((w,),))[0][0]
    assert image(derived(model).weight_family(2), rate, w) == later


@given(
    st.sampled_from([PolynomialLoss(t) for t in ("(w^2-1)^2/4", "w^4/4 - w^2/2 + w/10", "w^3 - w", "w^6 - 3*w^4")]),
    rationals(),
    STEP_SIZES,
)
def test_the_family_of_a_loss_is_its_descent(loss: PolynomialLoss, w: Fraction, rate: Fraction) -> None:
    # the slope by hand: the coefficient of h in L(w + h)
    h = sympy.Symbol("h")
    place = loss.loss.subs(loss.weight, sympy.Rational(w.numerator, w.denominator) + h)
    slope = sympy.Poly(place, h).coeff_monomial(h)
    assert image(reduced(loss), rate, w) == w - rate * Fraction(int(slope.p), int(slope.q))


@given(settings_of(SQUARES, orthogonal=True))
def test_z_never_falls_below_minus_a(setting: Setting) -> None:
    # z + a = η‖x‖²(g′)²·λ/n is a square for every weight, before and after a step
    sign = [setting.rescaled(k)[0] + setting.rescaled(k)[1] for k in range(len(setting.rows))]
    assert min(sign) >= 0
    later = setting.stepped()
    assert all(sum(setting.rescaled(k, later)) >= 0 for k in range(len(setting.rows)))


@given(settings_of(SQUARES, orthogonal=True))
def test_z_plus_a_is_multiplied_by_the_square_of_one_minus_z(setting: Setting) -> None:
    later = setting.stepped()
    for k in range(len(setting.rows)):
        a, z = setting.rescaled(k)
        assert setting.rescaled(k, later)[1] + a == (z + a) * (1 - z) ** 2


# ---------------------------------------------------------------------------------------------------------- symmetries


@given(settings_of(st.one_of(PLAIN, NETWORKS, ONE_WEIGHT)), st.data())
def test_turning_the_sign_of_a_neuron_turns_the_sign_of_its_run(setting: Setting, data: st.DataObject) -> None:
    signs = [data.draw(st.sampled_from([1, -1])) for _ in setting.weights]

    def turn(weights: tuple[tuple[Fraction, ...], ...]) -> tuple[tuple[Fraction, ...], ...]:
        return tuple(tuple(sign * w for w in row) for sign, row in zip(signs, weights, strict=True))

    assert replace(setting, weights=turn(setting.weights)).stepped() == turn(setting.stepped())


@given(settings_of(SQUARES), FACTORS)
def test_longer_rows_and_smaller_steps(setting: Setting, s: Fraction) -> None:
    rows = tuple(tuple(s * v for v in row) for row in setting.rows)
    weights = tuple(tuple(w / s for w in row) for row in setting.weights)
    assert same_orbits(setting, replace(setting, rows=rows, rate=setting.rate / s**2, weights=weights))


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(settings_of(RETRIEVALS), FACTORS)
def test_larger_labels_and_smaller_steps(setting: Setting, s: Fraction) -> None:
    model: PhaseRetrieval = setting.model
    other = replace(
        setting,
        model=PhaseRetrieval(gamma=model.gamma, c=s_times(s, model.c), reduction=model.reduction),
        targets=tuple(s**2 * y for y in setting.targets),
        weights=tuple(tuple(s * w for w in row) for row in setting.weights),
        rate=setting.rate / s**2,
    )
    assert same_orbits(setting, other, steps=1)


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(settings_of(RETRIEVALS))
def test_turning_the_sign_of_the_prediction_changes_nothing(setting: Setting) -> None:
    model: PhaseRetrieval = setting.model
    other = replace(
        setting,
        model=PhaseRetrieval(gamma=-model.gamma, c=-model.c, reduction=model.reduction),
        targets=tuple(-y for y in setting.targets),
    )
    assert other.stepped() == setting.stepped()
    assert same_orbits(setting, other, steps=1)


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(settings_of(RETRIEVALS), FACTORS)
def test_more_curvature_and_smaller_labels(setting: Setting, s: Fraction) -> None:
    model: PhaseRetrieval = setting.model
    other = replace(
        setting,
        model=PhaseRetrieval(gamma=s_times(s, model.gamma), c=model.c, reduction=model.reduction),
        targets=tuple(y / s for y in setting.targets),
        weights=tuple(tuple(w / s for w in row) for row in setting.weights),
    )
    assert same_orbits(setting, other, steps=1)


def s_times(s: Fraction, value: sympy.Rational) -> Fraction:
    return s * Fraction(int(value.p), int(value.q))


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(settings_of(st.one_of(RETRIEVALS, NETWORKS)), st.data())
def test_rotated_features_and_weights_make_the_same_run(setting: Setting, data: st.DataObject) -> None:
    matrix = data.draw(rotations(len(setting.rows[0])))
    rows = tuple(turned(row, matrix) for row in setting.rows)
    weights = tuple(turned(row, matrix) for row in setting.weights)
    other = replace(setting, rows=rows, weights=weights)
    assert other.stepped() == tuple(turned(row, matrix) for row in setting.stepped())
    assert same_orbits(setting, other, steps=1)


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(settings_of(NETWORKS), st.data())
def test_rotated_neurons_make_the_same_run(setting: Setting, data: st.DataObject) -> None:
    model: TwoLayerNetwork = setting.model
    awake = [k for k, v in enumerate(model.outer_weights) if v]  # all of one outer weight
    matrix = data.draw(rotations(len(awake)))

    def mixed(weights: tuple[tuple[Fraction, ...], ...]) -> tuple[tuple[Fraction, ...], ...]:
        columns = [turned([weights[k][d] for k in awake], matrix) for d in range(len(weights[0]))]
        rest = weights[len(awake) :]
        return (*zip(*columns, strict=True), *rest)

    other = replace(setting, weights=mixed(setting.weights))
    assert other.stepped() == mixed(setting.stepped())
    assert same_orbits(setting, other, steps=1)


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(settings_of(NETWORKS), FACTORS)
def test_a_factor_moves_between_the_layers(setting: Setting, s: Fraction) -> None:
    model: TwoLayerNetwork = setting.model
    other = TwoLayerNetwork(
        alpha=s_times(1 / s, model.alpha),
        outer_weights=tuple(s_times(s, v) for v in model.outer_weights),
        reduction=model.reduction,
    )
    assert same_orbits(setting, replace(setting, model=other), steps=1)


# ---------------------------------------------------------------------------------------------------------- the samples


@given(settings_of(SQUARES), st.data())
def test_the_order_of_the_samples_does_not_matter(setting: Setting, data: st.DataObject) -> None:
    order = data.draw(st.sampled_from(list(permutations(range(len(setting.rows))))))
    other = replace(
        setting, rows=tuple(setting.rows[k] for k in order), targets=tuple(setting.targets[k] for k in order)
    )
    assert other.stepped() == setting.stepped()


@given(settings_of(st.one_of(RETRIEVALS, NETWORKS), orthogonal=True))
def test_orthogonal_samples_run_together_as_they_run_alone(setting: Setting) -> None:
    together = setting.stepped()
    for k, (row, y) in enumerate(zip(setting.rows, setting.targets, strict=True)):
        share = len(setting.rows) if setting.model.reduction == "mean" else 1
        alone = replace(setting, rows=(row,), targets=(y,), rate=setting.rate / share)
        assert setting.rescaled(k) == alone.rescaled(0)
        assert setting.rescaled(k, together) == alone.rescaled(0, alone.stepped())


@given(settings_of(SQUARES), rationals())
def test_a_row_of_zeros_changes_no_sum_and_thins_out_a_mean(setting: Setting, label: Fraction) -> None:
    count = len(setting.rows)
    rate = setting.rate * Fraction(count + 1, count) if setting.model.reduction == "mean" else setting.rate
    other = replace(
        setting,
        rows=(*setting.rows, (Fraction(0),) * len(setting.rows[0])),
        targets=(*setting.targets, label),
        rate=rate,
    )
    assert other.stepped() == setting.stepped()
    assert all(other.rescaled(k) == setting.rescaled(k) for k in range(count))


@given(settings_of(SQUARES), st.integers(2, 3))
def test_copies_of_all_samples_change_a_sum_alone(setting: Setting, copies: int) -> None:
    rate = setting.rate if setting.model.reduction == "mean" else setting.rate / copies
    other = replace(setting, rows=setting.rows * copies, targets=setting.targets * copies, rate=rate)
    assert other.stepped() == setting.stepped()


@given(settings_of(RETRIEVALS))
def test_a_sum_is_a_mean_with_a_longer_step(setting: Setting) -> None:
    model: PhaseRetrieval = setting.model
    mean = replace(setting, model=PhaseRetrieval(gamma=model.gamma, c=model.c, reduction="mean"))
    total = replace(
        setting,
        model=PhaseRetrieval(gamma=model.gamma, c=model.c, reduction="sum"),
        rate=setting.rate / len(setting.rows),
    )
    assert total.stepped() == mean.stepped()
    assert same_orbits(mean, total, steps=1)


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(settings_of(SQUARES, orthogonal=True), settings_of(SQUARES, orthogonal=True))
def test_equal_a_and_z_of_different_models_and_data_stay_equal(one: Setting, two: Setting) -> None:
    (a, z), (other_a, other_z) = one.rescaled(0), two.rescaled(0)
    # a step size gives the second the a of the first; then z + a, which grows with the square of the weight's
    # distance from where the slope vanishes, is compared as a ratio that both runs keep
    assume(a > 0 and other_a > 0)
    two = replace(two, rate=two.rate * a / other_a)
    other_a, other_z = two.rescaled(0)
    assert other_a == a
    assert reduced(one.model).rows == reduced(two.model).rows
    family = reduced(two.model)
    first, second = one.stepped(), two.stepped()
    assert one.rescaled(0, first)[1] == image(family, a, z)
    assert two.rescaled(0, second)[1] == image(reduced(one.model), a, other_z)


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(NONZERO, NONZERO, POSITIVE, POSITIVE, FACTORS)
def test_one_weight_one_neuron_and_phase_retrieval_have_one_orbit(
    u: Fraction, y: Fraction, rate: Fraction, length: Fraction, alpha: Fraction
) -> None:
    # (γ/2)(xw)² with γ = 2α, α(xw)² and the weight's own square at √α x w would be one prediction: take α = s²
    square = alpha**2
    row, target = (length,), square * y
    retrieval = Setting(PhaseRetrieval(gamma=2 * square, c=0), (row,), (target,), rate, ((u,),))
    network = Setting(TwoLayerNetwork(alpha=square, width=1), (row,), (target,), rate, ((u,),))
    # L = ¼(w² − y)² with w = α·x·u moves by η(αx)²·2 for every η of L = ½(α²x²u² − α²y)²
    w = alpha * length * u
    lone = Setting(OneWeight(), ((Fraction(1),),), (target,), 2 * rate * (alpha * length) ** 2, ((w,),))
    assert same_orbits(retrieval, network)
    assert same_orbits(network, lone)


# ------------------------------------------------------------------------------------------------- the phases of data


@st.composite
def tables_of(draw: st.DrawFn) -> Setting:
    """Orthogonal rows that floats hold, for what reads data in floats."""
    entries = dyadics(1, 12, 2)
    model = draw(
        st.sampled_from([PhaseRetrieval(gamma=2, c=0), PhaseRetrieval(gamma=-1, c=1), TwoLayerNetwork(alpha=1)])
    )
    count = draw(st.integers(1, 3))
    rows = tuple(tuple(draw(entries) if i == k else Fraction(0) for k in range(3)) for i in range(count))
    targets = draw(vectors(count, dyadics(-12, 12, 2)))
    width = len(model.coordinates)
    return Setting(model, rows, targets, draw(STEP_SIZES), ((Fraction(0),) * 3,) * width)


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(tables_of(), st.data())
def test_a_problem_has_the_phases_of_its_samples_in_any_order(setting: Setting, data: st.DataObject) -> None:
    order = data.draw(st.sampled_from(list(permutations(range(len(setting.rows))))))
    table = dataset(floats([setting.rows[k] for k in order]), floats([setting.targets[k] for k in order]))
    found = classify(setting.model, table, setting.rate)
    assert len(found.samples) == len(order)
    for place, k in enumerate(order):
        alone = classify(setting.rescaled(k)[0])
        sample = found.samples[place].classification
        assert (sample.parameter, sample.phase, sample.period) == (alone.parameter, alone.phase, alone.period)


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(tables_of(), st.sampled_from([Fraction(1, 2), Fraction(2), Fraction(4)]))
def test_a_problem_keeps_its_phases_when_it_is_rescaled(setting: Setting, s: Fraction) -> None:
    found = classify(setting.model, dataset(floats(setting.rows), floats(setting.targets)), setting.rate)
    longer = dataset(floats([[s * v for v in row] for row in setting.rows]), floats(setting.targets))
    other = classify(setting.model, longer, setting.rate / s**2)
    told = [
        [(part.classification.parameter, part.classification.phase) for part in each.samples] for each in (found, other)
    ]
    assert told[0] == told[1]
    assert found.phase is other.phase


@pytest.mark.slow  # about a second at 200 examples; CI runs it
@given(POSITIVE, POSITIVE)
def test_boundaries_in_the_step_size_are_those_in_a(scale: Fraction, factor: Fraction) -> None:
    unit = step_boundaries(Fraction(1))
    for here, there, plain in zip(step_boundaries(scale), step_boundaries(scale * factor), unit, strict=True):
        low, high = here.bounds
        lower, upper = there.bounds
        first, last = plain.bounds
        # η·scale is a: the three enclosures of one number a overlap
        assert max(low * scale, lower * scale * factor, first) <= min(high * scale, upper * scale * factor, last)


@given(settings_of(SQUARES, orthogonal=True, rates=st.builds(Fraction, st.integers(1, 4), st.integers(5, 40))))
def test_a_monotonic_sample_never_gains_loss(setting: Setting) -> None:
    for k in range(len(setting.rows)):
        a, z = setting.rescaled(k)
        if a > 0 and (a + 2) ** 2 <= 8 and z <= 2:
            points = orbit(reduced(setting.model), a, z, 4)
            assert all(abs(later) <= abs(earlier) for earlier, later in pairwise(points))
            later = setting.stepped()
            here, there = (
                residual(setting.model, setting.rows[k], setting.targets[k], w) for w in (setting.weights, later)
            )
            assert abs(there) <= abs(here)
