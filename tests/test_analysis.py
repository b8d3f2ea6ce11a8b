"""Analysis: the exact prediction beside a simulation that knows nothing of it, on real and on made data."""

from __future__ import annotations

import dataclasses
import functools
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from knob import trials

import symphase.analysis as module
from symphase.analysis import (
    COMPARED,
    MAX_STEPS,
    analyze,
    basin_starts,
    largest_scale,
    phase_step_sizes,
)
from symphase.descent import Descent, descend
from symphase.errors import InputError
from symphase.models import OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork
from symphase.observations import Observation
from symphase.phases import Phase, classify
from symphase.tables import DataSet, dataset, load_digit_dct, read_table

PLAIN = PhaseRetrieval(gamma=2, c=0)
FIVE = [Phase.MONOTONIC, Phase.CATAPULT, Phase.PERIODIC, Phase.CHAOTIC, Phase.DIVERGENT]


@pytest.fixture(scope="module")
def digit() -> DataSet:
    return load_digit_dct()


def orthogonal(seed: int, count: int, dimension: int, *, targets: object = None) -> DataSet:
    """Rows of a random orthogonal matrix, stretched by random lengths."""
    rng = np.random.default_rng(seed)
    q = np.linalg.qr(rng.standard_normal((dimension, dimension)))[0][:count]
    lengths = rng.uniform(0.5, 2, size=(count, 1))
    return dataset(q * lengths, rng.uniform(0.2, 2, size=count) if targets is None else targets)


# ------------------------------------------------------------------------------------------------- the shipped digit


def test_the_shipped_digit_without_a_step_size(digit: DataSet) -> None:
    result = analyze(digit)
    assert result.step_size_chosen
    end = result.classification.largest_step_size(Phase.MONOTONIC)
    assert end is not None
    assert abs(result.step_size / (end.bounds[0] / 2) - 1) < Fraction(1, 20)  # half of it, rounded to two digits
    assert result.step_size.numerator < 100
    assert result.classification.phase is Phase.MONOTONIC
    assert {str(sample.classification.phase) for sample in result.classification} == {"monotonic"}
    assert result.agrees
    assert len(result.comparisons) == COMPARED
    scales = [sample.scale for sample in result.classification]
    assert [each.scale for each in result.comparisons] == sorted(scales, reverse=True)[:COMPARED]
    assert [scales[each.index] for each in result.comparisons] == [each.scale for each in result.comparisons]
    assert result.comparisons[0].agrees is True
    assert result.comparisons[0].observed.label == "monotonic"


def test_rounding_level_rows_are_said_to_be_treated_as_orthogonal(digit: DataSet) -> None:
    result = analyze(digit, steps=64)
    coherence = result.classification.coherence
    assert coherence.kind == "rounding"
    products = digit.features @ digit.features.T
    np.fill_diagonal(products, 0)
    assert coherence.largest < 1e-13
    assert np.abs(products).max() < 1e-13
    assert f"{coherence.largest:.2g}" in result.orthogonality
    assert coherence.pair is not None
    assert f"rows {coherence.pair[0]} and {coherence.pair[1]} (counted from 0)" in result.orthogonality
    assert "treated as orthogonal" in result.orthogonality
    assert "exactly" in analyze(dataset(np.eye(2), [1, 1]), steps=64).orthogonality


def test_rows_with_no_measurable_cosine_are_described_without_a_pair() -> None:
    data = dataset([[1.0, 2.0**-80], [2.0**-81, -1.0]], [1.0, 1.0])
    assert data.coherence().pair is None
    assert data.coherence().kind == "rounding"
    statement = analyze(data, steps=64).orthogonality
    assert "None" not in statement
    assert "below 2⁻⁶⁰" in statement


@pytest.mark.parametrize("phase", FIVE, ids=str)
def test_the_shipped_digit_shows_every_phase(digit: DataSet, phase: Phase) -> None:
    step_size = phase_step_sizes(PLAIN, digit)[phase]
    result = analyze(digit, step_size=step_size)
    assert not result.step_size_chosen
    assert result.classification.phase is phase
    first = result.comparisons[0]
    assert first.predicted.phase is phase
    assert first.agrees is True
    assert result.agrees
    assert first.index == result.classification.leading.index


# -------------------------------------------------------------------------------------------------- other problems


@pytest.mark.parametrize(
    "model",
    [
        PLAIN,
        PhaseRetrieval(gamma="1/2", c="3"),
        PhaseRetrieval(gamma=-1, c="5/2"),
        TwoLayerNetwork(alpha="1/3", width=4),
    ],
    ids=["plain", "large c", "negative gamma", "network"],
)
def test_every_phase_of_made_problems(model: Any) -> None:
    data = orthogonal(3, 4, 6)
    sizes = phase_step_sizes(model, data)
    assert list(sizes) == FIVE
    assert list(sizes.values()) == sorted(sizes.values())
    for phase, step_size in sizes.items():
        result = analyze(data, model=model, step_size=step_size, seed=11)
        assert result.classification.leading.classification.phase is phase
        assert result.comparisons[0].agrees is True, phase
        assert result.agrees


@settings(max_examples=trials(12))
@given(
    st.integers(0, 10**6),
    st.sampled_from([("2", "0"), ("1", "4"), ("-1/2", "1"), ("3", "-2")]),
    st.integers(1, 4),
    st.fractions(min_value=Fraction(1, 20), max_value=Fraction(9, 10), max_denominator=100),
)
def test_predictions_before_the_flip_are_never_contradicted(
    seed: int, parameters: tuple[str, str], count: int, a: Fraction
) -> None:
    model = PhaseRetrieval(gamma=parameters[0], c=parameters[1])
    rng = np.random.default_rng(seed)
    data = orthogonal(seed, count, 4, targets=rng.uniform(-1, 2, size=count))
    try:
        step_size = a / largest_scale(model, data)
    except InputError:
        step_size = a
    result = analyze(data, model=model, step_size=step_size, seed=seed)
    assert result.agrees
    assert not any(each.agrees is False for each in result.comparisons)


def test_a_users_table_and_its_target_column(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("height,left,right\n1.0,3,4\n0.25,-4,3\n")
    data = read_table(path, target="height")
    result = analyze(data, step_size="1/50")
    assert [sample.scale for sample in result.classification] == [Fraction(1, 2), Fraction(1, 8)]  # η·25·2y/2
    assert result.data.name == "mine"
    assert result.agrees
    with pytest.raises(InputError, match="orthogonal"):
        analyze(read_table(path), step_size="1/50")  # by default "right" would be the target


def test_labels_out_of_reach() -> None:
    data = dataset(np.eye(2), [-1.0, -3.0])
    with pytest.raises(InputError, match="no target that the model can reach"):
        analyze(data)
    with pytest.raises(InputError, match="no target that the model can reach"):
        phase_step_sizes(PLAIN, data)
    result = analyze(data, step_size="0.4")
    assert [sample.classification.phase for sample in result.classification] == [Phase.FLOOR, Phase.FLOOR]
    assert [each.observed.label for each in result.comparisons] == ["monotonic", "monotonic"]
    assert result.agrees
    far = analyze(data, step_size="0.7")  # a = −0.7 and −2.1
    assert [sample.classification.phase for sample in far.classification] == [Phase.FLOOR, Phase.DIVERGENT]
    assert far.simulation.escape_step[0] >= 0
    assert far.agrees


def test_one_divergent_sample_ends_the_run_and_the_others_say_nothing() -> None:
    result = analyze(dataset(np.eye(3), [1.0, 0.1, 4.0]), step_size=1)
    assert [sample.classification.phase for sample in result.classification] == [
        Phase.MONOTONIC,
        Phase.MONOTONIC,
        Phase.DIVERGENT,
    ]
    verdicts = {each.index: each.agrees for each in result.comparisons}
    assert verdicts == {2: True, 0: None, 1: None}
    assert result.simulation.escape_step[0] >= 0
    assert np.isinf(result.simulation.losses[0, -1])


@pytest.mark.parametrize(
    ("step_size", "phase", "label"),
    [("1", Phase.MONOTONIC, "monotonic"), ("4", Phase.PERIODIC, "periodic"), ("4.5", Phase.DIVERGENT, "divergent")],
)
def test_linear_regression(step_size: str, phase: Phase, label: str) -> None:
    data, model = dataset(np.eye(2), [1.0, -2.0]), PhaseRetrieval(gamma=0, c=1)  # a = η/4
    result = analyze(data, model=model, step_size=step_size)
    assert result.classification.phase is phase
    assert {each.observed.label for each in result.comparisons} == {label}
    assert all(each.agrees is True for each in result.comparisons)
    assert list(phase_step_sizes(model, data)) == [Phase.MONOTONIC, Phase.DIVERGENT]
    assert analyze(data, model=model).step_size == 2


# --------------------------------------------------------------------------------------------------------------- starts


@given(
    st.integers(0, 10**6),
    st.sampled_from([("2", "0"), ("2", "5"), ("-1", "3"), ("1/10", "-2")]),
    st.fractions(min_value=Fraction(1, 10), max_value=6, max_denominator=100),
)
def test_starts_lie_in_the_basin(seed: int, parameters: tuple[str, str], step_size: Fraction) -> None:
    model = PhaseRetrieval(gamma=parameters[0], c=parameters[1])
    rng = np.random.default_rng(seed)
    data = orthogonal(seed, 3, 3, targets=rng.uniform(-1, 2, size=3))
    starts = basin_starts(model, data, step_size, 4, seed)
    assert starts.shape == (4, 3)
    scales = np.array([float(sample.scale) for sample in classify(model, data, step_size)])
    norms = np.array([float(norm) for norm in data.norms_squared])
    z = float(step_size) * float(model.gamma) * norms * (model.predict(starts, data.features) - data.targets) / 3
    assert np.all(z >= -scales - 1e-9 * (1 + np.abs(scales)))  # as for all real weights
    reachable = scales > -2
    highest = np.where(scales < 0, 1 - scales / 2, 1.0)
    assert np.all((z <= highest + 1e-9)[:, reachable])
    assert np.all((z < 2)[:, reachable])
    assert len({tuple(row) for row in starts.tolist()}) == 4


def test_starts_come_from_their_seed() -> None:
    data = orthogonal(1, 2, 3)
    one, same, other = (basin_starts(PLAIN, data, Fraction(1, 5), 2, seed) for seed in (7, 7, 8))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert analyze(data, seed=7).simulation.losses.tolist() == analyze(data, seed=7).simulation.losses.tolist()
    assert analyze(data, seed=7).seed == 7


def test_starts_of_a_network_have_its_shape() -> None:
    starts = basin_starts(TwoLayerNetwork(alpha=1, width=5), orthogonal(1, 2, 3), Fraction(1, 5), 2, 0)
    assert starts.shape == (2, 5, 3)


def test_a_start_outside_the_basin_was_once_possible() -> None:
    # with c ≠ 0 the origin can lie far outside: z(0) = −a + ηc²‖x‖²/(2n) = 7.5 here
    model, data = PhaseRetrieval(gamma=2, c="2.1"), dataset([[1.0]], [-1.0])
    result = analyze(data, model=model, step_size=4)
    assert result.classification.phase is Phase.MONOTONIC
    assert result.comparisons[0].agrees is True


# ----------------------------------------------------------------------------------------------- agree or disagree


@pytest.mark.parametrize("phase", FIVE, ids=str)
def test_a_simulation_of_something_else_is_noticed(monkeypatch: pytest.MonkeyPatch, phase: Phase) -> None:
    data = dataset(np.eye(2), [1.0, 0.5])
    other = {Phase.DIVERGENT: Fraction(1, 2), Phase.CHAOTIC: Fraction(1, 2)}.get(phase, Fraction(3))
    if phase is Phase.CATAPULT:
        other = Fraction(2)

    def wrong(*arguments: Any, step_sizes: float, **options: Any) -> Descent:
        return descend(*arguments, step_sizes=step_sizes * float(other), **options)

    monkeypatch.setattr(module, "descend", wrong)
    result = analyze(data, step_size=phase_step_sizes(PLAIN, data)[phase])
    assert result.classification.phase is phase
    assert result.comparisons[0].agrees is False
    assert not result.agrees


@functools.cache
def observation() -> Observation:
    return analyze(dataset([[1.0]], [1.0]), steps=40).comparisons[0].observed


def seen(label: Any, *, period: int | None = None, rises: int = 0) -> Observation:
    return dataclasses.replace(observation(), label=label, period=period, rises=rises)


@pytest.mark.parametrize(
    ("a", "label", "period", "rises", "verdict"),
    [
        ("0.5", "monotonic", None, 0, True),
        ("0.5", "catapult", None, 3, False),
        ("0.5", "periodic", 2, 9, False),
        ("0.5", "divergent", None, 0, False),
        ("0.5", "undecided", None, 0, None),
        ("0.5", "undecided", None, 1, False),  # the loss rose where it cannot
        ("0.9", "monotonic", None, 0, True),
        ("0.9", "catapult", None, 2, True),
        ("0.9", "chaotic", None, 2, False),
        ("0.9", "undecided", None, 2, None),
        ("1.1", "periodic", 2, 5, True),
        ("1.1", "periodic", 4, 5, False),
        ("1.1", "monotonic", None, 0, False),
        ("1.455", "periodic", 3, 5, True),
        ("1.455", "chaotic", None, 5, False),
        ("1.302282", "periodic", 128, 5, True),
        ("1.302282", "chaotic", None, 5, False),
        ("1.5", "chaotic", None, 5, True),
        ("1.5", "monotonic", None, 0, False),
        ("2.5", "divergent", None, 0, True),
        ("2.5", "chaotic", None, 0, False),
        ("-0.5", "monotonic", None, 0, True),
        ("-0.5", "divergent", None, 0, False),
        ("0", "monotonic", None, 0, True),
        ("1.3022834627007", "periodic", 64, 5, None),  # undecided: nothing to contradict
    ],
)
def test_one_sample_beside_its_prediction(
    a: str, label: str, period: int | None, rises: int, verdict: bool | None
) -> None:
    what = seen(label, period=period, rises=rises)
    assert module._agrees(classify(a), what, diverging=False, rises=rises) is verdict
    if label == "divergent" and Fraction(a) < 2:
        assert module._agrees(classify(a), what, diverging=True, rises=rises) is None


def test_what_rounding_of_the_rows_stirs_up_is_no_contradiction() -> None:
    # cosines of 4e-14 are rounding at 64 features; a wild sample then stirs a quiet one at that level for ever
    assert module._agrees(classify("0.5"), seen("catapult", rises=7), diverging=False, rises=0) is True
    rng = np.random.default_rng(0)
    rows = np.linalg.qr(rng.standard_normal((64, 64)))[0][:4]
    rows[1] += 4e-14 * rows[0]
    rows[2] += 3e-14 * rows[0]
    data = dataset(rows, [1.0, 0.01, 0.01 / 3, 0.01])
    assert data.coherence().kind == "rounding"
    result = analyze(data, step_size=phase_step_sizes(PLAIN, data)[Phase.PERIODIC], steps=4000)
    assert any(each.observed.rises for each in result.comparisons[1:])
    assert result.agrees


def test_rises_are_counted_beyond_rounding_only() -> None:
    data = dataset(np.eye(2), [1.0, 1.0])
    run = descend(PLAIN, data.features, data.targets, step_sizes=0.5, starts=[0.9, 0.5], steps=4)
    steps = np.array([[1.0, 1.0], [0.5, 1.0 + 1e-9], [0.25, 0.3], [0.3, 0.1], [0.1, 0.2]])
    changed = dataclasses.replace(run, residuals=steps[np.newaxis])
    assert [module._rises(changed, k, 1e-16) for k in (0, 1)] == [1, 2]
    assert [module._rises(changed, k, 1e-10) for k in (0, 1)] == [1, 1]
    assert [module._rises(changed, k, 1e-2) for k in (0, 1)] == [0, 0]


def test_an_analysis_agrees_unless_a_sample_contradicts() -> None:
    result = analyze(dataset(np.eye(2), [1.0, 0.5]), steps=100)

    def with_verdicts(*verdicts: bool | None) -> bool:
        changed = tuple(
            dataclasses.replace(each, agrees=verdict)
            for each, verdict in zip(result.comparisons, verdicts, strict=True)
        )
        return dataclasses.replace(result, comparisons=changed).agrees

    assert with_verdicts(True, None)
    assert with_verdicts(None, None)
    assert not with_verdicts(True, False)
    assert not with_verdicts(False, None)


# ------------------------------------------------------------------------------------------------ scales and step sizes


def test_the_largest_scale_is_exact() -> None:
    data = dataset([[0.1, 0.0], [0.0, 0.7]], [0.3, 0.2])
    wanted = max(Fraction(0.1) ** 2 * Fraction(0.3), Fraction(0.7) ** 2 * Fraction(0.2))
    assert largest_scale(PLAIN, data) == wanted


def test_step_sizes_of_the_phases_lie_in_them_whatever_the_units() -> None:
    for stretch in (1e-30, 1.0, 1e30):
        data = dataset([[stretch, 0.0], [0.0, stretch / 2]], [1.0, 1.5])
        for phase, step_size in phase_step_sizes(PLAIN, data).items():
            assert classify(PLAIN, data, step_size).phase is phase
        result = analyze(data)
        assert result.agrees
        assert result.comparisons[0].agrees is True


def test_half_of_the_largest_monotonic_step_size_has_two_digits() -> None:
    for target in (1.0, 0.123, 7.77, 1e-20, 3e20):
        result = analyze(dataset([[1.0]], [target]), steps=40)
        end = result.classification.largest_step_size(Phase.MONOTONIC)
        assert end is not None
        assert result.step_size_chosen
        ratio = result.step_size / end.bounds[0]
        assert Fraction(47, 100) < ratio < Fraction(53, 100)
        digits = str(result.step_size.numerator * 10**60 // result.step_size.denominator).rstrip("0")
        assert len(digits) <= 2 or math.isclose(float(result.step_size), float(f"{float(result.step_size):.1e}"))


# ------------------------------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize("step_size", [0, -1, float("nan"), float("inf"), True, 1j, "1_000", "", "1e400", [0.1]])
def test_step_sizes_that_are_none(step_size: object) -> None:
    with pytest.raises(InputError, match=r"^step_size = "):
        analyze(dataset([[1.0]], [1.0]), step_size=step_size)


@pytest.mark.parametrize("steps", [0, -1, True, 2.0, "10", None, MAX_STEPS + 1, 10**12])
def test_numbers_of_steps_that_are_none(steps: Any) -> None:
    with pytest.raises(InputError, match=r"^steps = "):
        analyze(dataset([[1.0]], [1.0]), steps=steps)


def test_the_number_of_steps_is_bounded_by_the_memory_it_takes() -> None:
    data = dataset(np.eye(200), np.ones(200))
    with pytest.raises(InputError, match=r"steps = 5000000: must be an integer from 1 to 995024 for 200 samples"):
        analyze(data, steps=5_000_000)


@pytest.mark.parametrize("seed", [-1, True, 0.0, "0", None])
def test_seeds_that_are_none(seed: Any) -> None:
    with pytest.raises(InputError, match=r"^seed = "):
        analyze(dataset([[1.0]], [1.0]), seed=seed)
    with pytest.raises(InputError, match=r"^seed = "):
        basin_starts(PLAIN, dataset([[1.0]], [1.0]), Fraction(1), 1, seed)


def test_data_and_models_that_do_not_fit() -> None:
    data = dataset([[1.0]], [1.0])
    not_data: Any = [[1.0]]
    with pytest.raises(InputError, match=r"^data = "):
        analyze(not_data)
    not_a_model: Any = "phase retrieval"
    with pytest.raises(InputError, match=r"^model = phase retrieval: must be a model"):
        analyze(data, model=not_a_model)
    with pytest.raises(InputError, match="must be PhaseRetrieval or TwoLayerNetwork"):
        analyze(data, model=OneWeight())
    with pytest.raises(InputError, match="must be PhaseRetrieval or TwoLayerNetwork"):
        analyze(data, model=PolynomialModel("w^2"))
    with pytest.raises(InputError, match="without a number"):
        analyze(data, model=PhaseRetrieval(gamma=2))
    with pytest.raises(InputError, match="without a number"):
        analyze(data, model=TwoLayerNetwork(width=3))
    with pytest.raises(InputError, match="does not reduce to the residual map"):
        analyze(data, model=TwoLayerNetwork(alpha=1, outer_weights=(1, -1)))
    with pytest.raises(InputError, match=r"largest cosine is 0\.707"):
        analyze(dataset([[1.0, 0.0], [1.0, 1.0]], [1.0, 1.0]))


@pytest.mark.parametrize(
    ("row", "target", "step_size", "argument"),
    [
        (1e-200, 1.0, None, "features"),
        (1e200, 1.0, None, "features"),
        (1e200, 1.0, "0.3", "features"),
        (1e-160, 5e-324, "0.3", "features"),
        (1.0, 1e308, None, "targets"),
        (1.0, -1e308, "0.3", "targets"),
        (1.0, 1e-320, None, "step_size"),
        (1.0, 1.0, "1e300", "step_size"),
        (1.0, 1.0, "1e-300", "step_size"),
    ],
)
def test_numbers_that_floats_cannot_simulate_are_refused_in_words(
    row: float, target: float, step_size: str | None, argument: str
) -> None:
    with pytest.raises(InputError, match=rf"^{argument} = .*simulated in floats; rescale"):
        analyze(dataset([[row]], [target]), step_size=step_size)
    assert classify(PLAIN, dataset([[row]], [target]), step_size or 1).samples  # the exact side has no such limits


def test_tiny_targets_beside_others_are_no_reason_to_refuse() -> None:
    result = analyze(dataset(np.eye(2), [1.0, 5e-324]), step_size="0.3")
    assert result.agrees
    assert result.comparisons[1].agrees in (True, None)


@pytest.mark.parametrize(("gamma", "c"), [("1e300", 0), (2, "1e300"), ("1e-300", 1)])
def test_model_parameters_that_floats_cannot_simulate(gamma: object, c: object) -> None:
    with pytest.raises(InputError, match="simulated in floats"):
        analyze(dataset([[1.0]], [1.0]), model=PhaseRetrieval(gamma=gamma, c=c), step_size=1)
    with pytest.raises(InputError, match=r"^alpha = 1e\+300: .*simulated in floats"):
        analyze(dataset([[1.0]], [1.0]), model=TwoLayerNetwork(alpha="1e300"), step_size=1)


def test_progress_is_told_from_first_to_last() -> None:
    heard: list[tuple[str, int, int]] = []
    analyze(dataset([[1.0]], [1.0]), steps=40, progress=lambda *told: heard.append(told))
    assert [done for _, done, _ in heard] == [0, 1, 2, 3]
    assert {total for _, _, total in heard} == {3}
    assert heard[-1][0] == "done"


def test_nothing_given_is_changed() -> None:
    features, targets = np.eye(3), np.array([1.0, 0.4, 0.2])
    data = dataset(features, targets)
    analyze(data)
    assert np.array_equal(data.features, np.eye(3))
    assert np.array_equal(data.targets, targets)
    assert np.array_equal(features, np.eye(3))
