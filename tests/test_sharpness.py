"""Sharpness beside second differences of the loss, closed forms on orthogonal rows, and minima."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from symphase.errors import InputError, SymphaseError
from symphase.models import Model, OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork
from symphase.sharpness import HessianView, largest_hessian_eigenvalue, row_basis

Floats = NDArray[np.float64]

RETRIEVAL = PhaseRetrieval(gamma=2, c=0)
MODELS: list[tuple[Model, int, int]] = [
    (RETRIEVAL, 3, 5),
    (PhaseRetrieval(gamma="-1/2", c=1), 5, 3),
    (PhaseRetrieval(gamma=0, c=2), 4, 4),
    (PhaseRetrieval(gamma=1, c=1, reduction="sum"), 3, 4),
    (TwoLayerNetwork(alpha="1/3", width=3), 3, 4),
    (TwoLayerNetwork(alpha=1, outer_weights=(1, -1)), 4, 3),
    (OneWeight(), 2, 1),
    (PolynomialModel("w^3 - w + 2"), 3, 1),
]


def data(samples: int, dimension: int, seed: int = 0) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((samples, dimension)), rng.uniform(0.5, 1.5, samples)


def second_differences(model: Model, weights: Floats, x: Floats, y: Floats, step: float = 1e-4) -> Floats:
    """The Hessian from losses alone."""
    size = weights.size
    unit = step * np.eye(size)

    def loss(shift: Floats) -> float:
        return float(model.loss_values((weights.reshape(-1) + shift).reshape(1, *weights.shape), x, y)[0])

    return np.array(
        [
            [
                (loss(unit[i] + unit[j]) - loss(unit[i] - unit[j]) - loss(unit[j] - unit[i]) + loss(-unit[i] - unit[j]))
                / (4 * step**2)
                for j in range(size)
            ]
            for i in range(size)
        ]
    )


@pytest.mark.parametrize(("model", "samples", "dimension"), MODELS)
def test_it_is_the_largest_eigenvalue_of_second_differences_of_the_loss(
    model: Model, samples: int, dimension: int
) -> None:
    x, y = data(samples, dimension)
    weights = 0.5 * np.random.default_rng(1).standard_normal((2, *model.weight_shape(dimension)))
    for method in ("dense", "iterative", "auto"):
        found = largest_hessian_eigenvalue(model, weights, x, y, method=method)
        for sharpness, point in zip(found, weights, strict=True):
            spectrum = np.linalg.eigvalsh(second_differences(model, point, x, y))
            assert sharpness == pytest.approx(spectrum[-1], abs=1e-5 * np.abs(spectrum).max() + 1e-6)


@pytest.mark.parametrize("method", ["dense", "iterative"])
def test_on_orthogonal_rows_it_has_a_closed_form_at_every_point(method: Any) -> None:
    rng = np.random.default_rng(2)
    rows = np.linalg.qr(rng.standard_normal((12, 12)))[0][:7] * rng.uniform(0.5, 2, 7)[:, np.newaxis]
    y, gamma, c = rng.uniform(-1, 2, 7), 1.5, 0.3
    model = PhaseRetrieval(gamma="3/2", c="3/10")
    weights = rng.standard_normal((20, 12))
    p = weights @ rows.T
    residuals = gamma / 2 * p**2 + c * p - y
    eigenvalues = ((gamma * p + c) ** 2 + gamma * residuals) * np.sum(rows**2, axis=1) / 7
    expected = np.maximum(eigenvalues.max(axis=1), 0)
    found = largest_hessian_eigenvalue(model, weights, rows, y, method=method)
    np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_a_search_that_starts_from_another_eigenvector_still_finds_the_largest() -> None:
    # on orthogonal rows eigenvectors stay while eigenvalues change places; ARPACK itself stops at the wrong one
    size = 300
    view = HessianView(RETRIEVAL, np.eye(size), np.ones(size))
    for seed in range(4):
        weights = np.random.default_rng(seed).uniform(-1, 1, (1, size))
        eigenvalues = (6 * weights[0] ** 2 - 2) / size  # (γp)² + γe with γ = 2, y = 1
        for rank in (2, 3):
            second = np.zeros(size)
            second[np.argsort(eigenvalues)[-rank]] = 1.0
            found, vectors = view.largest(weights, [view.basis.T @ second])
            assert found[0] == pytest.approx(eigenvalues.max(), rel=1e-12)
            assert vectors[0] is not None
            assert np.argmax(np.abs(view.basis @ vectors[0])) == np.argmax(eigenvalues)


def test_where_every_direction_is_concave_it_is_negative_and_a_direction_that_does_not_matter_makes_it_zero() -> None:
    assert largest_hessian_eigenvalue(OneWeight(), [0.0], [[1.0]], [2.0]) == -2.0
    flat = largest_hessian_eigenvalue(RETRIEVAL, [0.0, 0.0], [[1.0, 0.0]], [2.0])
    assert flat.tolist() == [0.0]
    zero = largest_hessian_eigenvalue(RETRIEVAL, np.zeros(3), np.eye(3), [0.0, 0.0, 0.0], method="iterative")
    assert zero.tolist() == [0.0]


def test_many_rows_are_searched_and_agree_with_all_eigenvalues() -> None:
    x, y = data(40, 30)
    model = TwoLayerNetwork(alpha=1, width=10)
    weights = 0.1 * np.random.default_rng(5).standard_normal((1, 10, 30))
    searched = largest_hessian_eigenvalue(model, weights, x, y)  # 300 rows: iterative
    dense = largest_hessian_eigenvalue(model, weights, x, y, method="dense")
    np.testing.assert_allclose(searched, dense, rtol=1e-10)
    again = largest_hessian_eigenvalue(model, weights, x, y)
    assert searched.tobytes() == again.tobytes()


def test_what_overflows_is_infinite() -> None:
    found = largest_hessian_eigenvalue(RETRIEVAL, [[1e200], [1.0]], [[1.0]], [1.0])
    assert found.tolist() == [np.inf, 4.0]


def test_without_convergence_a_dense_method_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    from scipy.sparse import linalg

    def fail(*_: object, **__: object) -> None:
        raise linalg.ArpackError(-9)

    x, y = data(6, 6)
    weights = np.ones((1, 6))
    expected = largest_hessian_eigenvalue(RETRIEVAL, weights, x, y, method="dense")
    monkeypatch.setattr(linalg, "eigsh", fail)
    np.testing.assert_array_equal(largest_hessian_eigenvalue(RETRIEVAL, weights, x, y, method="iterative"), expected)
    monkeypatch.setattr("symphase.sharpness._LARGEST_DENSE", 5)
    with pytest.raises(SymphaseError, match="6 rows"):
        largest_hessian_eigenvalue(RETRIEVAL, weights, x, y, method="iterative")


def test_the_basis_spans_the_rows() -> None:
    rows = np.array([[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [0.0, 0.0, 3.0]])
    basis = row_basis(rows)
    assert basis.shape == (3, 2)
    np.testing.assert_allclose(basis.T @ basis, np.eye(2), atol=1e-15)
    np.testing.assert_allclose(rows @ basis @ basis.T, rows, atol=1e-14)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"model": "x"}, "model"),
        ({"method": "best"}, "method"),
        ({"weights": [[1.0, 2.0, 3.0]]}, "weights"),
        ({"weights": [[np.nan, 1.0]]}, "weights"),
        ({"features": [1.0]}, "features"),
        ({"targets": [1.0]}, "features and targets"),
        ({"targets": [True, False]}, "targets"),
        ({"features": np.empty((0, 2)), "targets": np.empty(0)}, "features and targets"),
    ],
)
def test_bad_input_says_what_is_wrong(arguments: dict[str, Any], match: str) -> None:
    good: dict[str, Any] = {"model": RETRIEVAL, "weights": [1.0, 1.0], "features": np.eye(2), "targets": [1.0, 1.0]}
    with pytest.raises(InputError, match=match):
        largest_hessian_eigenvalue(**(good | arguments))


def test_a_dense_method_refuses_what_is_too_large() -> None:
    model = TwoLayerNetwork(alpha=1, width=9000)
    with pytest.raises(InputError, match="8192"):
        largest_hessian_eigenvalue(model, np.ones((9000, 1)), [[1.0]], [1.0], method="dense")
