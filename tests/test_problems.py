"""Problems for the laboratory: designs are what they say, labels make the a that they promise, seeds suffice."""

from __future__ import annotations

import copy
import itertools
import math
import re
import sys
from collections.abc import Callable
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from knob import trials

from symphase.descent import descend
from symphase.designs import Design, gaussian_rows, generator_and_seed, mixed_rows, orthogonal_rows, rms_cosine
from symphase.errors import InputError
from symphase.models import Model, OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork
from symphase.problems import Problem, load_diabetes_problem, load_digits_problem, make_problem, problem_from_data
from symphase.tables import DataSet, dataset, load_digit_dct, read_table

Array = npt.NDArray[np.float64]
Words = re.Pattern[str] | str

PHASE = PhaseRetrieval(gamma=2, c=0)
SHIFTED = PhaseRetrieval(gamma="3/2", c="-1/3")
NETWORK = TwoLayerNetwork(alpha="1/4", width=3)
BOTH_SIGNS = TwoLayerNetwork(alpha=1, outer_weights=(1, -1))


def needs_sklearn(test: Any) -> Any:
    skip = pytest.mark.skipif(find_spec("sklearn") is None, reason="real data come with scikit-learn")
    return skip(pytest.mark.usefixtures("scikit_learn")(test))


@pytest.fixture(scope="module")
def scikit_learn() -> None:
    """Import it before the test's process is looked at: importing it sets environment variables of its own."""
    import sklearn.datasets  # noqa: F401  # imported for what it changes in the process, here and not in some test


def _coherence(rows: Array) -> str:
    return DataSet(features=rows, targets=np.ones(len(rows))).coherence().kind


def _normalised(rows: Array) -> Array:
    result: Array = rows / np.array([[math.hypot(*row)] for row in rows.tolist()])
    return result


# ------------------------------------------------------------------------------------------------------------- designs


@pytest.mark.parametrize(("samples", "dimension"), [(1, 1), (1, 7), (5, 5), (80, 100), (64, 256)])
@pytest.mark.parametrize("kind", ["qr", "dct"])
def test_rows_are_orthonormal_to_rounding(kind: Literal["qr", "dct"], samples: int, dimension: int) -> None:
    rows = orthogonal_rows(samples, dimension, kind=kind, rng=3 if kind == "qr" else None)
    assert rows.shape == (samples, dimension)
    assert _coherence(rows) in ("rounding", "exact")
    np.testing.assert_allclose(np.einsum("ij,ij->i", rows, rows), 1, rtol=0, atol=1e-13)


@pytest.mark.parametrize(("samples", "dimension"), [(1, 1), (2, 2), (3, 8), (128, 128)])
def test_hadamard_rows_are_orthogonal_exactly_whatever_their_norms(samples: int, dimension: int) -> None:
    norms = np.linspace(0.1, 3, samples)
    rows = orthogonal_rows(samples, dimension, kind="hadamard", norms=norms)
    assert samples == 1 or _coherence(rows) == "exact"
    matrix: Array = np.ones((1, 1))
    while len(matrix) < dimension:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    expected = matrix[:samples] * (norms / math.sqrt(dimension))[:, np.newaxis]
    assert np.array_equal(rows, expected)


def test_the_dct_is_the_real_part_of_a_fourier_transform() -> None:
    """Row k is s_k Re(e^{-iπk/2d} F_k) of the unit vectors, F the discrete Fourier transform of length 2d."""
    d = 37
    transform = np.fft.fft(np.eye(d), n=2 * d, axis=1)[:, :d].T
    twisted = (np.exp(-1j * np.pi * np.arange(d) / (2 * d))[:, np.newaxis] * transform).real
    twisted *= np.sqrt(2 / d)
    twisted[0] /= np.sqrt(2)
    np.testing.assert_allclose(orthogonal_rows(d, d, kind="dct"), twisted, rtol=0, atol=1e-14)


def test_the_angles_of_a_long_dct_are_reduced_exactly() -> None:
    d = 4096
    rows = orthogonal_rows(3000, d, kind="dct")
    for k, j in [(2999, 4095), (2998, 4090), (1, 0)]:
        angle = Fraction((2 * j + 1) * k, 2 * d) % 2  # in units of π
        assert rows[k, j] == pytest.approx(math.sqrt(2 / d) * math.cos(math.pi * float(angle)), abs=1e-17)


def test_qr_rows_are_gram_schmidt_of_the_gaussian_rows() -> None:
    """The sign that makes the distribution Haar: L⁻¹G with G Gᵀ = L Lᵀ and a positive diagonal, by another route."""
    for seed in range(5):
        gaussian = gaussian_rows(6, 9, rng=seed)
        lower = np.linalg.cholesky(gaussian @ gaussian.T)
        expected = np.linalg.solve(lower, gaussian)
        np.testing.assert_allclose(orthogonal_rows(6, 9, rng=seed), expected, rtol=0, atol=1e-12)


def test_qr_entries_are_symmetric_about_zero() -> None:
    """Without the sign of R's diagonal the first entry would be negative always."""
    entries = np.array([orthogonal_rows(3, 4, rng=seed) for seed in range(400)])
    bound = 4 * math.sqrt(1 / (4 * 400))  # four standard errors: every entry has variance 1/d
    assert np.abs(entries.mean(axis=0)).max() < bound
    np.testing.assert_allclose((entries**2).mean(axis=0), 0.25, atol=0.06)


def test_gaussian_rows_have_unit_norm_on_average() -> None:
    rows = gaussian_rows(4000, 50, rng=0)
    squares = np.einsum("ij,ij->i", rows, rows)
    assert squares.mean() == pytest.approx(1, abs=5 * math.sqrt(2 / 50 / 4000))
    assert squares.var() == pytest.approx(2 / 50, rel=0.1)
    assert gaussian_rows(7, 3, rng=0).shape == (7, 3)


def test_norms_are_taken_sample_by_sample() -> None:
    norms = [0.5, 2.0, 3.0]
    for rows in (
        orthogonal_rows(3, 4, norms=norms, rng=0),
        orthogonal_rows(3, 4, kind="dct", norms=norms),
        orthogonal_rows(3, 4, kind="hadamard", norms=norms),
        mixed_rows(3, 4, mixing=0.4, norms=norms, rng=0),
        mixed_rows(3, 4, rms=0.1, norms=norms, rng=0),
    ):
        np.testing.assert_allclose(np.sqrt((rows**2).sum(axis=1)), norms, rtol=1e-14)
    np.testing.assert_allclose((orthogonal_rows(3, 4, norms=2, rng=0) ** 2).sum(axis=1), 4, rtol=1e-14)


# -------------------------------------------------------------------------------------------------- the path between


def test_the_path_begins_at_the_nearest_orthonormal_rows() -> None:
    """Newton's iteration for the polar factor, X ← (X + X⁻ᵀ)/2 (Higham 1986), knows no singular values."""
    point = gaussian_rows(8, 8, rng=2)
    for _ in range(60):
        point = (point + np.linalg.inv(point).T) / 2
    rows = mixed_rows(8, 8, mixing=0, rng=2)
    np.testing.assert_allclose(rows, point, rtol=0, atol=1e-12)
    assert _coherence(mixed_rows(80, 100, mixing=0, rng=2)) == "rounding"


def test_the_path_ends_at_the_gaussian_directions() -> None:
    rows = mixed_rows(20, 25, mixing=1, rng=4)
    np.testing.assert_allclose(rows, _normalised(gaussian_rows(20, 25, rng=4)), rtol=0, atol=1e-13)


def test_the_path_between_is_the_stated_power_of_the_gram_matrix() -> None:
    gaussian = gaussian_rows(10, 15, rng=5)
    values, vectors = np.linalg.eigh(gaussian @ gaussian.T)
    for t in (0.25, 0.8):
        expected = _normalised((vectors * values ** (-(1 - t) / 2)) @ vectors.T @ gaussian)
        np.testing.assert_allclose(mixed_rows(10, 15, mixing=t, rng=5), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("samples", "dimension"), [(2, 2), (2, 50), (10, 10), (40, 50), (80, 100), (50, 400)])
def test_coherence_grows_along_the_path(samples: int, dimension: int) -> None:
    for seed in range(6):
        path = [rms_cosine(mixed_rows(samples, dimension, mixing=t, rng=seed)) for t in np.linspace(0, 1, 13)]
        assert path[0] < 1e-14
        assert all(later > earlier for earlier, later in itertools.pairwise(path))


@settings(max_examples=trials(25))
@given(share=st.floats(0, 1), seed=st.integers(0, 2**32))
def test_the_dialled_coherence_is_met(share: float, seed: int) -> None:
    end = rms_cosine(mixed_rows(12, 15, mixing=1, rng=seed))
    rows = mixed_rows(12, 15, rms=share * end, rng=seed)
    assert rms_cosine(rows) == pytest.approx(share * end, abs=1e-11)


def test_the_coherence_measured_at_the_gaussian_end_can_be_asked_for() -> None:
    for seed in range(20):  # about every other draw rounds against us
        end = mixed_rows(12, 15, mixing=1, rng=seed)
        np.testing.assert_allclose(mixed_rows(12, 15, rms=rms_cosine(end), rng=seed), end, rtol=0, atol=1e-10)


def test_the_coherence_of_rows_is_the_mean_over_pairs() -> None:
    rows = gaussian_rows(6, 3, rng=0)
    squares = [
        (sum(u * v for u, v in zip(p, q, strict=True)) / math.hypot(*p) / math.hypot(*q)) ** 2
        for p, q in itertools.combinations(rows.tolist(), 2)
    ]
    assert rms_cosine(rows) == pytest.approx(math.sqrt(sum(squares) / len(squares)), rel=1e-14)
    assert rms_cosine(rows * 1e200) == pytest.approx(rms_cosine(rows), rel=1e-14)
    assert rms_cosine([[1.0, 2.0]]) == 0.0
    assert rms_cosine([[1.0, 2.0], [-2.0, -4.0]]) == pytest.approx(1)
    assert rms_cosine(orthogonal_rows(60, 80, rng=0)) < 1e-15


def test_the_coherence_is_summed_over_all_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = gaussian_rows(50, 6, rng=0)
    whole = rms_cosine(rows)
    monkeypatch.setitem(rms_cosine.__globals__, "_TILE", 7)
    assert rms_cosine(rows) == pytest.approx(whole, rel=1e-14)


# -------------------------------------------------------------------------------------------------------------- labels


@pytest.mark.parametrize("model", [PHASE, SHIFTED, NETWORK, TwoLayerNetwork(alpha=-2, outer_weights=(3, 3))])
@pytest.mark.parametrize("design", ["qr", "gaussian", "hadamard"])
def test_equal_labels_make_all_a_equal(model: Model, design: Design) -> None:
    norms = None if design == "gaussian" else np.geomspace(0.3, 4, 12)
    problem = make_problem(
        model, samples=12, dimension=16, design=design, norms=norms, labels="equal", label_scale=0.75, rng=1
    )
    scales = problem.scales_per_step
    assert all(isinstance(scale, Fraction) for scale in scales)
    assert max(scales) - min(scales) <= abs(max(scales)) * Fraction(1, 2**48)
    assert np.ptp(problem.targets) > 0.1
    # at the mean of the squared norms, a label of 0.75 would have the same a
    middle = sum(problem.data.norms_squared) / 12
    assert float(scales[0]) == pytest.approx(float(model.scale_at(middle, "3/4", 12, 1)), rel=1e-14)


def test_equal_labels_at_equal_norms_are_the_label_itself() -> None:
    for design in ("qr", "dct", "hadamard"):
        problem = make_problem(PHASE, samples=10, dimension=16, design=design, label_scale=0.3, rng=0)
        assert set(problem.targets.tolist()) == {0.3}
        assert all(float(scale) == pytest.approx(2 * 0.3 / 10, rel=1e-14) for scale in problem.scales_per_step)
    linear = PhaseRetrieval(gamma=0, c=2)
    assert float(make_problem(linear, samples=4, dimension=4, rng=0).scales_per_step[0]) == pytest.approx(0.5)
    signs = make_problem(BOTH_SIGNS, samples=4, dimension=4, rng=0)
    assert signs.targets.tolist() == [1.0] * 4
    with pytest.raises(InputError, match="no single scale"):
        signs.unit_step_size  # noqa: B018  # the property raises


def test_scales_are_the_formulas_in_fractions() -> None:
    rows = gaussian_rows(7, 5, rng=0)
    targets = gaussian_rows(1, 7, rng=1)[0]
    squares = [sum((Fraction(x) ** 2 for x in row), Fraction(0)) for row in rows.tolist()]
    labels = [Fraction(y) for y in targets.tolist()]
    pairs = list(zip(squares, labels, strict=True))
    data = dataset(rows, targets)
    gamma, c, alpha = Fraction(3, 2), Fraction(-1, 3), Fraction(1, 4)
    assert Problem(model=SHIFTED, data=data).scales_per_step == tuple(q * (2 * gamma * y + c**2) / 14 for q, y in pairs)
    assert Problem(model=NETWORK, data=data).scales_per_step == tuple(2 * alpha * q * y / 7 for q, y in pairs)
    unit = Problem(model=SHIFTED, data=data).unit_step_size
    assert unit is not None
    assert max(unit * scale for scale in Problem(model=SHIFTED, data=data).scales_per_step) == 1


def test_a_sum_of_losses_has_n_times_the_scale_of_their_mean() -> None:
    def scales(reduction: Literal["mean", "sum"]) -> list[Fraction]:
        model = PhaseRetrieval(gamma=2, c=1, reduction=reduction)
        return list(make_problem(model, samples=6, dimension=9, labels="uniform", rng=0).scales_per_step)

    assert scales("sum") == [6 * scale for scale in scales("mean")]


def test_the_unit_step_size_is_none_where_every_label_is_out_of_reach() -> None:
    assert Problem(model=PHASE, data=dataset([[1, 0], [0, 1]], [-1, 0])).unit_step_size is None
    assert Problem(model=PHASE, data=dataset([[1, 0], [0, 1]], [-1, -2])).unit_step_size is None
    assert Problem(model=PHASE, data=dataset([[1, 0], [0, 2]], [-1, 0.25])).unit_step_size == 1
    assert Problem(model=PHASE, data=dataset([[1, 0], [0, 2]], [3, 0.25])).unit_step_size == Fraction(1, 3)


def test_the_unit_step_size_is_the_edge_of_stability_of_descent() -> None:
    """a = 1 loses the minimum's stability: just below the loss goes to 0, just above it does not."""
    problem = make_problem(PHASE, samples=5, dimension=8, labels="uniform", label_range=(0.5, 1.5), rng=0)
    unit = problem.unit_step_size
    assert unit is not None
    rates = [float(unit) * factor for factor in (0.9, 1.15)]
    seen = descend(PHASE, problem.features, problem.targets, step_sizes=rates, runs=3, rng=1, steps=1500)
    below, above = seen.losses[:3, -1], seen.losses[3:, -20:].max(axis=1)
    assert (below < 1e-20).all()
    assert (above > 1e-4).all()


@pytest.mark.parametrize("model", [PHASE, SHIFTED, NETWORK, BOTH_SIGNS])
@pytest.mark.parametrize("design", ["qr", "gaussian", "mixed"])
def test_a_teacher_without_noise_has_no_loss(model: Model, design: Design) -> None:
    mixing = 0.5 if design == "mixed" else None
    problem = make_problem(
        model, samples=9, dimension=12, design=design, mixing=mixing, labels="teacher", test_samples=5, rng=3
    )
    assert problem.teacher is not None
    assert problem.test is not None
    assert problem.teacher.shape == model.weight_shape(12)
    assert not problem.teacher.flags.writeable
    for data in (problem.data, problem.test):
        losses = model.loss_values(problem.teacher[np.newaxis], data.features, data.targets)
        assert losses[0] <= 1e-28 * float(np.abs(data.targets).max()) ** 2
    assert problem.test.samples == 5


def test_noise_has_the_stated_deviation_in_both_sets() -> None:
    quiet, noisy = (
        make_problem(
            PHASE,
            samples=3000,
            dimension=4,
            design="gaussian",
            labels="teacher",
            noise=noise,
            test_samples=3000,
            rng=0,
        )
        for noise in (0, 0.5)
    )
    assert quiet.test is not None
    assert noisy.test is not None
    assert np.array_equal(quiet.features, noisy.features)
    for clean, loud in ((quiet.data, noisy.data), (quiet.test, noisy.test)):
        difference = loud.targets - clean.targets
        assert difference.std() == pytest.approx(0.5, rel=0.06)
        assert abs(difference.mean()) < 4 * 0.5 / math.sqrt(3000)
    first, second = noisy.targets - quiet.targets, noisy.test.targets - quiet.test.targets
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / math.sqrt(3000)


def test_held_out_rows_of_an_orthogonal_design_have_its_norms_and_free_directions() -> None:
    norms = [0.5, 2.0, 4.0]
    problem = make_problem(
        PHASE, samples=3, dimension=8, design="dct", norms=norms, labels="teacher", test_samples=900, rng=0
    )
    assert problem.test is not None
    lengths = np.sqrt((problem.test.features**2).sum(axis=1))
    for norm in norms:
        assert 240 < np.count_nonzero(np.isclose(lengths, norm, rtol=1e-13)) < 360
    directions = problem.test.features / lengths[:, np.newaxis]
    np.testing.assert_allclose(directions.T @ directions / 900, np.eye(8) / 8, atol=0.03)


def test_uniform_labels_fill_their_range() -> None:
    problem = make_problem(
        PHASE, samples=900, dimension=900, design="dct", labels="uniform", label_range=(-1, 3), rng=0
    )
    assert -1 <= problem.targets.min() < -0.97
    assert 2.97 < problem.targets.max() < 3
    assert problem.targets.mean() == pytest.approx(1, abs=4 * 4 / math.sqrt(12 * 900))
    plain = make_problem(PHASE, samples=50, dimension=50, design="dct", labels="uniform", rng=0)
    assert 0 <= plain.targets.min() < plain.targets.max() < 1


def test_given_labels_are_taken_as_they_are() -> None:
    problem = make_problem(PHASE, samples=3, dimension=4, labels=[1, -2, 0.5], rng=0)
    assert problem.targets.tolist() == [1, -2, 0.5]
    assert "given labels" in problem.name


def test_models_of_one_weight_take_one_feature() -> None:
    problem = make_problem(OneWeight(), samples=1, dimension=1, design="dct", label_scale=3)
    assert problem.scales_per_step == (Fraction(3),)
    many = make_problem(PolynomialModel("w^2 - w"), samples=4, dimension=1, design="gaussian", rng=0)
    assert max(many.scales_per_step) - min(many.scales_per_step) < Fraction(1, 2**40)


# ---------------------------------------------------------------------------------------------------------- randomness


def _same(first: Problem, second: Problem) -> bool:
    return (
        first.data == second.data
        and first.test == second.test
        and np.array_equal(np.asarray(first.teacher), np.asarray(second.teacher))
    )


def test_the_recorded_seed_makes_the_problem_again() -> None:
    def make(rng: Any) -> Problem:
        return make_problem(
            PHASE, samples=5, dimension=6, design="gaussian", labels="teacher", noise=0.1, test_samples=4, rng=rng
        )

    fresh = make(None)
    found = re.fullmatch(r"rng=(\d+)", fresh.seed)
    assert found
    assert _same(make(int(found[1])), fresh)
    assert fresh.seed != make(None).seed
    assert not np.array_equal(fresh.features, make(None).features)
    sequence = np.random.SeedSequence(11, spawn_key=(2, 5))
    assert make(sequence).seed == "rng=SeedSequence(11, spawn_key=(2, 5))"
    assert _same(make(sequence), make(np.random.SeedSequence(11, spawn_key=(2, 5))))
    assert _same(make(np.random.default_rng(3)), make(np.random.PCG64(3)))
    assert _same(make(np.int64(3)), make(3))
    generator = np.random.default_rng(3)
    assert not _same(make(generator), make(generator))
    assert make(generator).seed == "rng=the caller's PCG64 generator"


def test_one_seed_gives_one_teacher_for_all_designs_and_one_design_for_all_labels() -> None:
    base = make_problem(PHASE, samples=8, dimension=8, labels="teacher", rng=5)
    for changes in ({"design": "dct"}, {"design": "mixed", "mixing": 0.5}, {"test_samples": 3}, {"noise": 1}):
        other = make_problem(PHASE, samples=8, dimension=8, labels="teacher", rng=5, **changes)
        assert np.array_equal(np.asarray(other.teacher), np.asarray(base.teacher))
    for labels in ("equal", "uniform", np.ones(8)):
        assert np.array_equal(make_problem(PHASE, samples=8, dimension=8, labels=labels, rng=5).features, base.features)
    assert np.array_equal(
        make_problem(PHASE, samples=8, dimension=8, labels="teacher", test_samples=3, rng=5).targets, base.targets
    )
    assert np.array_equal(base.features, orthogonal_rows(8, 8, rng=5))
    other = make_problem(PHASE, samples=8, dimension=8, design="gaussian", rng=5)
    assert np.array_equal(other.features, gaussian_rows(8, 8, rng=5))
    other = make_problem(PHASE, samples=8, dimension=8, design="mixed", mixing=0.5, rng=5)
    assert np.array_equal(other.features, mixed_rows(8, 8, mixing=0.5, rng=5))


@pytest.mark.parametrize(
    "make",
    [
        lambda: gaussian_rows(4, 6, rng=0),
        lambda: make_problem(PHASE, samples=4, dimension=6, design="gaussian", rng=0).features,
        lambda: orthogonal_rows(4, 6, rng=0),
    ],
)
def test_starts_of_the_same_seed_are_no_rows_of_the_design(make: Callable[[], Array]) -> None:
    rows = _normalised(make())
    seen = descend(PHASE, rows, np.ones(4), step_sizes=0.1, runs=4, rng=0, steps=1)
    assert np.abs(_normalised(seen.starts) @ rows.T).max() < 0.95


def test_nothing_is_drawn_from_numpys_global_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="must be an integer ≥ 0, a Generator"):
        generator_and_seed(np.random.RandomState(0))  # type: ignore[arg-type]  # the wrong type is the point
    with pytest.raises(InputError, match=r"^seed = True"):
        generator_and_seed(True, "seed")
    monkeypatch.setattr(np.random, "standard_normal", None)
    assert generator_and_seed(7)[0].integers(2**60) == np.random.default_rng(7).integers(2**60)
    own = np.random.default_rng(1)
    assert generator_and_seed(own)[0] is own
    generator, words = generator_and_seed(None)
    again, _ = generator_and_seed(int(words.removeprefix("rng=")))
    assert generator.integers(2**60) == again.integers(2**60)


# ---------------------------------------------------------------------------------------------------- data at hand


def test_a_table_becomes_a_problem_as_it_is() -> None:
    data = load_digit_dct()
    problem = problem_from_data(data, PHASE)
    assert problem.data is data
    assert problem.test is None
    assert (problem.seed, problem.name) == ("nothing drawn", "digit_dct")


@pytest.mark.parametrize(
    ("fraction", "held_out"), [(0.25, 16), ("1/3", 21), (1e-9, 1), (0.99, 63), (Fraction(1, 128), 1)]
)
def test_a_part_is_held_out_without_losing_or_doubling_a_sample(fraction: object, held_out: int) -> None:
    data = load_digit_dct()
    problem = problem_from_data(data, PHASE, test_fraction=fraction, rng=1)
    assert problem.test is not None
    assert problem.test.samples == held_out
    assert problem.data.feature_names == problem.test.feature_names == data.feature_names
    places = []
    for part in (problem.data, problem.test):
        rows = [int(np.flatnonzero((data.features == row).all(axis=1))[0]) for row in part.features]
        assert rows == sorted(rows)
        assert np.array_equal(data.targets[rows], part.targets)
        places += rows
    assert sorted(places) == list(range(64))
    assert _same(problem, problem_from_data(data, PHASE, test_fraction=fraction, rng=1))
    if held_out < 63:
        assert not _same(problem, problem_from_data(data, PHASE, test_fraction=fraction, rng=2))


def test_a_file_becomes_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("left,right,y\n3,4,1\n4,-3,2\n1,1,3\n", encoding="utf-8")
    problem = problem_from_data(read_table(file), PHASE)
    assert problem.samples > problem.dimension
    assert problem.scales_per_step == (Fraction(50, 3), Fraction(100, 3), Fraction(4))


@needs_sklearn
def test_digits_are_the_bundled_images_with_unit_norm() -> None:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    problem = load_digits_problem(label_scale=3, samples=150, test_samples=70, rng=1)
    assert problem.test is not None
    assert problem.features.shape == (150, 64)
    assert problem.test.features.shape == (70, 64)
    assert problem.model == PHASE
    np.testing.assert_allclose((problem.features**2).sum(axis=1), 1, rtol=1e-14)
    found = set()
    unit = _normalised(bunch.data)
    for part in (problem.data, problem.test):
        for row, target in zip(part.features, part.targets, strict=True):
            place = int(np.argmax(unit @ row))
            np.testing.assert_allclose(row, unit[place], rtol=0, atol=1e-15)
            assert target == pytest.approx(3 * int(bunch.target[place]) / 9, rel=1e-15)
            found.add(place)
    assert len(found) == 220
    assert _same(problem, load_digits_problem(label_scale=3, samples=150, test_samples=70, rng=1))
    everything = load_digits_problem(samples=1797, test_samples=0)
    assert everything.test is None
    assert everything.samples == 1797
    assert (load_digits_problem().samples, load_digits_problem(NETWORK).model) == (200, NETWORK)


@needs_sklearn
def test_diabetes_is_standardised_over_the_training_samples_alone() -> None:
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    problem = load_diabetes_problem(label_scale=2, samples=100, test_samples=342, rng=4)
    assert problem.test is not None
    x = problem.features
    assert x.shape == (100, 10)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(x.std(axis=0), math.sqrt(1 / 10), rtol=1e-13)
    assert (x**2).sum() / 100 == pytest.approx(1, rel=1e-14)
    targets = np.concatenate([problem.targets, problem.test.targets])
    np.testing.assert_allclose(np.sort(targets), np.sort(2 * bunch.target / 346), rtol=1e-14)
    # one affine map per feature takes the bundled table to both parts
    rows = np.concatenate([x, problem.test.features])
    for column in range(10):
        raw, mapped = np.sort(bunch.data[:, column]), np.sort(rows[:, column])
        slope = (mapped[-1] - mapped[0]) / (raw[-1] - raw[0])
        np.testing.assert_allclose(mapped, mapped[0] + slope * (raw - raw[0]), atol=1e-12)
    assert load_diabetes_problem().samples + 142 == 442
    assert load_diabetes_problem().data.feature_names == tuple(bunch.feature_names)


@needs_sklearn
def test_a_feature_that_is_constant_in_the_sample_becomes_zero() -> None:
    constant = 0
    for seed in range(10):
        problem = load_diabetes_problem(samples=2, test_samples=5, rng=seed)
        same = [np.ptp(column) == 0 for column in problem.features.T]
        constant += sum(same)
        assert not problem.features[:, same].any()
        assert (problem.features**2).sum() == pytest.approx(2)
    assert constant > 0


def test_without_scikit_learn_real_data_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    for load in (load_digits_problem, load_diabetes_problem):
        with pytest.raises(InputError, match=r'pip install "symphase\[data\]"'):
            load()


# ------------------------------------------------------------------------------------------------- laws and records


_NUMBERS = st.integers(-64, 64).map(lambda k: k / 16)


@given(
    st.lists(st.tuples(_NUMBERS.filter(bool), _NUMBERS, _NUMBERS), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
    st.integers(-3, 3),
)
def test_scales_follow_their_samples_and_grow_with_the_square_of_the_features(
    table: list[tuple[float, float, float]], random: Any, power: int
) -> None:
    def scales(model: Model, rows: list[tuple[float, float, float]], factor: float = 1.0) -> list[Fraction]:
        data = dataset([[factor * u, factor * v] for u, v, _ in rows], [y for *_, y in rows])
        return list(Problem(model=model, data=data).scales_per_step)

    order = random.sample(range(len(table)), len(table))
    for model in (PHASE, SHIFTED, NETWORK):
        before = scales(model, table)
        assert scales(model, [table[k] for k in order]) == [before[k] for k in order]
        assert scales(model, table, 2.0**power) == [Fraction(4) ** power * scale for scale in before]
        assert scales(model, table * 2) == [scale / 2 for scale in before * 2]  # the mean has twice as many samples
    doubled = [(u, v, 2 * y) for u, v, y in table]
    assert scales(PHASE, doubled) == [2 * scale for scale in scales(PHASE, table)]


@settings(max_examples=trials(30))
@given(
    st.integers(1, 12), st.integers(0, 12), st.integers(0, 2**64), st.sampled_from(["qr", "dct", "mixed", "gaussian"])
)
def test_every_design_gives_the_shape_asked_for(samples: int, more: int, seed: int, design: Design) -> None:
    mixing = 0.3 if design == "mixed" else None
    problem = make_problem(PHASE, samples=samples, dimension=samples + more, design=design, mixing=mixing, rng=seed)
    assert problem.features.shape == (problem.samples, problem.dimension) == (samples, samples + more)
    assert problem.seed == f"rng={seed}"


def test_a_problem_says_in_one_line_what_it_is() -> None:
    exact = make_problem(PHASE, samples=4, dimension=8, design="hadamard", rng=0)
    assert exact.describe() == (
        "hadamard rows, equal labels: generalised phase retrieval, n = 4, d = 8; rows orthogonal exactly; rng=0"
    )
    rounded = make_problem(PHASE, samples=4, dimension=8, labels="teacher", test_samples=2, rng=0)
    assert "n = 4, d = 8, 2 test samples; rows orthogonal to rounding; rng=0" in rounded.describe()
    data = dataset([[1, 0], [1, 1]], [1, 2], name="two rows")
    assert "two rows: " in Problem(model=PHASE, data=data).describe()
    assert "largest |cosine| 0.707, rms 0.707; nothing drawn" in Problem(model=PHASE, data=data).describe()
    assert repr(exact) == "<Problem 'hadamard rows, equal labels': generalised phase retrieval, n = 4, d = 8, rng=0>"
    assert _same(copy.deepcopy(rounded), rounded)


def test_the_usual_setting_is_the_papers() -> None:
    problem = make_problem(PHASE, rng=0)
    assert (problem.samples, problem.dimension) == (80, 100)
    assert problem.data.coherence().kind == "rounding"
    assert float(problem.unit_step_size or 0) == pytest.approx(40)


# ----------------------------------------------------------------------------------------------------------- bad input


def _make(**changes: Any) -> Problem:
    return make_problem(changes.pop("model", PHASE), **({"samples": 3, "dimension": 4, "rng": 0} | changes))


_TWO = dataset([[1, 0], [0, 1]], [1, 2])
BAD: list[tuple[Callable[[], object], Words]] = [
    (lambda: _make(model="phase"), r"^model = phase: must be a model; give PhaseRetrieval"),
    (lambda: _make(model=PhaseRetrieval(gamma=2)), "parameters without a number: c; give each a number"),
    (lambda: _make(model=OneWeight()), "4 columns: must have one column"),
    (lambda: _make(model=OneWeight(target=3), samples=1, dimension=1), r"^data.targets.*own target 3; leave"),
    (lambda: _make(samples=0), r"^samples = 0: must be an integer ≥ 1"),
    (lambda: _make(samples=True), r"^samples = True: must be an integer ≥ 1"),
    (lambda: _make(samples=2.0), r"^samples = 2.0: must be an integer ≥ 1"),
    (lambda: _make(dimension="4"), r"^dimension = .*must be an integer ≥ 1"),
    (lambda: _make(samples=5), r"^samples = 5: 5 nonzero rows cannot be orthogonal in dimension 4 < 5; use fewer"),
    (
        lambda: _make(samples=10**6, dimension=10**6),
        r"^samples and dimension = 1000000 × 1000000: would take .* GiB, more",
    ),
    (lambda: _make(test_samples=10**9, labels="teacher"), r"would take .* GiB, more than 2 GiB; use fewer"),
    (
        lambda: _make(design="orthogonal"),
        r"^design = orthogonal: must be one of 'qr', 'dct', 'hadamard', 'gaussian', 'mi",
    ),
    (lambda: _make(design="hadamard", dimension=12), r"^dimension = 12: must be a power of two.*use 8 or 16"),
    (lambda: _make(mixing=0.5), r"^mixing = 0.5: is not used for qr rows; use design='mixed'"),
    (lambda: _make(design="gaussian", rms=0.1), r"^rms = 0.1: is not used for gaussian rows"),
    (lambda: _make(design="gaussian", norms=2), r"^norms = 2: is not used for gaussian rows: they have the norms"),
    (lambda: _make(design="mixed"), r"^mixing and rms = neither: one of them must be given"),
    (lambda: _make(design="mixed", mixing=0, rms=0), r"^mixing and rms = both: one of them"),
    (lambda: _make(design="mixed", mixing=1.5), r"^mixing = 1.5: must be a number from 0 \(orthogonal\) to 1"),
    (lambda: _make(design="mixed", mixing=math.nan), r"^mixing = nan: must be a finite real number"),
    (lambda: _make(design="mixed", rms=-0.1), r"^rms = -0.1: must be a number ≥ 0"),
    (
        lambda: _make(design="mixed", rms=0.9),
        r"^rms = 0.9: must be at most the Gaussian end of the path, 0\.\d+ in this",
    ),
    (lambda: _make(norms=[1, 2]), r"^norms = shape \(2,\): must be one number or have shape \(3,\)"),
    (lambda: _make(norms=[1, 0, 1]), r"^norms = 0.0: must be numbers > 0"),
    (lambda: _make(norms=-1), r"^norms = -1.0: must be numbers > 0"),
    (lambda: _make(norms=1e200), r"^norms = 1e\+200: must be .* to 1e\+100; rescale"),
    (lambda: _make(norms=[1, math.inf, 1]), r"^norms\[1\] = inf: must be finite"),
    (lambda: _make(labels="random"), r"^labels = random: must be one of 'equal', 'uniform', 'teacher'; an array"),
    (lambda: _make(labels=[1, 2]), r"^labels = shape \(2,\): must have shape \(3,\); give one label per sample"),
    (lambda: _make(labels=[1, math.nan, 2]), r"^labels\[1\] = nan: must be finite"),
    (lambda: _make(labels=[1, True, 2]), r"^labels\[1\] = True: a boolean is not a number"),
    (lambda: _make(labels=None), r"^labels = "),
    (
        lambda: _make(labels="uniform", label_scale=2),
        r"^label_scale = 2: is not used for uniform labels; use labels='eq",
    ),
    (lambda: _make(label_range=(0, 1)), r"^label_range = \(0, 1\): is not used for equal labels; use labels='uniform'"),
    (lambda: _make(labels="uniform", label_range=(1, 0)), r"^label_range = \(1, 0\): must be two numbers, the smaller"),
    (lambda: _make(labels="uniform", label_range=(-1e308, 1e308)), r"^label_range = .* less than 1e308 apart"),
    (lambda: _make(labels="teacher", noise=1e308, samples=60, dimension=60), r"^targets\[\d+\] = .*inf: must"),
    (
        lambda: _make(model=TwoLayerNetwork(alpha=1, width=10**5), labels="teacher", test_samples=10**6),
        r"^neurons and samples = 100000 × 3: would take .* GiB, more than 2 GiB; use fewer",
    ),
    (lambda: _make(labels="uniform", label_range=3), r"^label_range = shape \(\)"),
    (lambda: _make(noise=0.1), r"^noise = 0.1: is not used for equal labels; use labels='teacher'"),
    (lambda: _make(labels="teacher", noise=-1), r"^noise = -1: must be a number ≥ 0"),
    (lambda: _make(label_scale="10^400"), r"^label_scale = 10\^400: is not a plain decimal"),
    (lambda: _make(label_scale=10**400), r"^label_scale = .*must be within the range of floats"),
    (lambda: _make(test_samples=2), r"^test_samples = 2: needs a teacher: with equal labels nothing says"),
    (lambda: _make(labels=[1, 2, 3], test_samples=2), r"needs a teacher: with given labels .* problem_from_data"),
    (lambda: _make(test_samples=-1), r"^test_samples = -1: must be an integer ≥ 0"),
    (
        lambda: _make(rng=-1),
        r"^rng = -1: must be an integer ≥ 0, a Generator, a BitGenerator or a SeedSequence; as rng=0",
    ),
    (lambda: _make(rng=True), r"^rng = True: must be an integer ≥ 0"),
    (lambda: _make(rng="0"), r"^rng = 0: must be an integer ≥ 0"),
    (
        lambda: _make(model=PhaseRetrieval(gamma=0, c=1), design="gaussian"),
        r"^labels = equal: cannot make all a the same",
    ),
    (lambda: _make(model=BOTH_SIGNS, design="gaussian"), "has no single scale a"),
    (
        lambda: _make(model=PolynomialModel("w^64"), samples=1, dimension=1, norms=1e90, labels="teacher"),
        r"^targets\[0\] = inf: must be finite",
    ),
    (lambda: orthogonal_rows(3, 2, rng=0), "3 nonzero rows cannot be orthogonal in dimension 2 < 3"),
    (lambda: orthogonal_rows(2, 3, kind="gauss"), r"^kind = gauss: must be one of 'qr', 'dct', 'hadamard'"),  # type: ignore[arg-type]  # the wrong type is the point
    (lambda: orthogonal_rows(2, 4, kind="dct", rng=0), r"^rng = 0: is not used for kind 'dct'"),
    (lambda: gaussian_rows(2, 0, rng=0), r"^dimension = 0: must be an integer ≥ 1"),
    (lambda: mixed_rows(3, 2, mixing=0, rng=0), "3 nonzero rows cannot be orthogonal in dimension 2 < 3"),
    (lambda: rms_cosine([1, 2]), r"^features = shape \(2,\): must have shape \(n, d\)"),
    (lambda: rms_cosine([[1, 2], [0, 0]]), r"^features = shape \(2, 2\): must have rows, none of them zero"),
    (lambda: Problem(model=PHASE, data=[[1.0]]), r"^data = .*must be a DataSet"),  # type: ignore[arg-type]  # the wrong type is the point
    (lambda: Problem(model=PHASE, data=_TWO, test=3), r"^test = 3: must be a DataSet"),  # type: ignore[arg-type]  # the wrong type is the point
    (
        lambda: Problem(model=PHASE, data=_TWO, test=dataset([[1]], [1])),
        r"^test = 1 features: must have 2 features, as",
    ),
    (lambda: Problem(model=PHASE, data=_TWO, teacher=np.ones(3)), r"^teacher = shape \(3,\): must have shape \(2,\)"),
    (lambda: Problem(model=PHASE, data=_TWO, seed=0), r"^seed = 0: must be text"),  # type: ignore[arg-type]  # the wrong type is the point
    (lambda: problem_from_data([[1]], PHASE), r"^data = .*must be a DataSet; make one with read_table"),  # type: ignore[arg-type]  # the wrong type is the point
    (
        lambda: problem_from_data(_TWO, PHASE, test_fraction=1),
        r"^test_fraction = 1: must be at least 0 and less than 1",
    ),
    (lambda: problem_from_data(_TWO, PHASE, test_fraction=0.9), r"^test_fraction = 0.9: leaves none of the 2 samples"),
    (lambda: load_digits_problem(label_scale=0), r"^label_scale = 0: must be a number > 0"),
    (lambda: load_diabetes_problem(samples=1), r"^samples = 1: must be at least 2: features are standardised"),
]


@pytest.mark.parametrize(("call", "words"), BAD, ids=[str(k) for k in range(len(BAD))])
def test_bad_input_is_refused_in_words(call: Callable[[], object], words: Words) -> None:
    with pytest.raises(InputError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@needs_sklearn
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: load_digits_problem(samples=1700, test_samples=98), r"1700 \+ 98: are more than the 1797 samples"),
        (lambda: load_diabetes_problem(samples=442), r"442 \+ 142: are more than the 442 samples"),
        (lambda: load_digits_problem(OneWeight()), "64 columns: must have one column"),
    ],
)
def test_more_than_the_bundled_samples_are_refused(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        call()
