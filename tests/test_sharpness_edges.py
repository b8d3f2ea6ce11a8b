"""Sharpness: which method answers, from where a search begins, the limits of both, and every refusal word for word."""

from __future__ import annotations

import re
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from edges import noted

from symphase import sharpness as module
from symphase.errors import InputError, PackageMissing, SymphaseError
from symphase.models import OneWeight, PhaseRetrieval, TwoLayerNetwork
from symphase.sharpness import HessianView, _top, largest_hessian_eigenvalue, row_basis

PLAIN = PhaseRetrieval(gamma=2, c=0)
NETWORK = TwoLayerNetwork(alpha=1, width=3)
RANDOM = np.random.default_rng(11)
X, Y = RANDOM.standard_normal((4, 6)), RANDOM.uniform(1, 2, 4)


@pytest.fixture
def linalg() -> Any:
    """SciPy's, loaded no earlier than it is needed."""
    from scipy.sparse import linalg

    return linalg


def said(text: str) -> str:
    return f"^{re.escape(text)}$"


@pytest.mark.parametrize(
    ("rows", "rank"),
    [
        (np.diag([1.0, 1e-15, 0]), 2),  # 3 roundings of the largest are 6.7e-16
        (np.diag([1.0, 5e-16, 0]), 1),
        (np.diag([1e10, 6e-6]), 2),
        (np.diag([1e10, 4e-6]), 1),
        (np.array([[1.0, *[0.0] * 8], [0.0, 1.9e-15, *[0.0] * 7]]), 1),  # 9 roundings are 2e-15
        (np.array([[1.0, *[0.0] * 8], [0.0, 2.1e-15, *[0.0] * 7]]), 2),
        (np.zeros((3, 2)), 1),  # one direction is kept
    ],
)
def test_directions_beyond_rounding_are_kept(rows: np.ndarray[Any, Any], rank: int) -> None:
    basis = row_basis(rows)
    assert basis.shape == (rows.shape[1], rank)
    assert basis.flags.c_contiguous
    np.testing.assert_allclose(basis.T @ basis, np.eye(rank), atol=1e-14)


def test_a_view_is_in_the_span_of_the_rows() -> None:
    view = HessianView(NETWORK, X, Y)
    assert (view.shape, view.complete) == ((3, 4), False)
    assert view.model is NETWORK
    assert view.targets is Y
    weights = RANDOM.standard_normal((2, 3, 6))
    np.testing.assert_allclose(
        NETWORK.loss_values(view.reduce(weights), view.features, Y), NETWORK.loss_values(weights, X, Y), rtol=1e-12
    )
    tangents = view.reduce(RANDOM.standard_normal((1, 3, 6)))
    reduced = view.reduce(weights[:1])
    np.testing.assert_array_equal(
        view.product(reduced, tangents), NETWORK.hessian_product(reduced, tangents, view.features, Y)
    )
    assert HessianView(NETWORK, np.eye(3), np.ones(3)).complete


@pytest.mark.parametrize(
    ("together", "parts"), [(2**21, [12]), (24, [1] * 12), (48, [2] * 6), (120, [5, 5, 2]), (1, [1] * 12)]
)
def test_a_dense_hessian_is_made_of_parts(together: int, parts: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 12 rows, each with 12 entries and 3 neurons' for each of 4 samples."""
    view: Any = HessianView(NETWORK, X, Y)
    reduced = view.reduce(RANDOM.standard_normal((1, 3, 6)))
    whole = view.dense(reduced)
    expected = [view.product(reduced, unit.reshape(1, 3, 4)).ravel() for unit in np.eye(12)]
    np.testing.assert_allclose(whole, expected, atol=1e-12 * np.abs(whole).max())
    np.testing.assert_array_equal(whole, whole.T)
    asked: list[int] = []
    real = view.product
    view.product = lambda points, part: noted(asked, len(part), real(points, part))
    monkeypatch.setattr(module, "_TOGETHER", together)
    np.testing.assert_allclose(view.dense(reduced), whole, atol=1e-12 * np.abs(whole).max())
    assert asked == parts


@pytest.mark.parametrize(
    ("method", "dense", "iterated"),
    [("auto", 12, False), ("auto", 11, True), ("dense", 0, False), ("iterative", 256, True)],
)
def test_which_method_answers(method: Any, dense: int, iterated: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 12 rows; eigenvectors that are handed in go to the search of their weight."""
    view: Any = HessianView(NETWORK, X, Y)
    asked: list[Any] = []
    vectors: list[Any] = [np.ones(12), None]
    view._iterate = lambda _, vector: noted(asked, vector, (7.0, np.zeros(12)))
    monkeypatch.setattr(module, "DENSE", dense)
    weights = RANDOM.standard_normal((2, 3, 6))
    found, after = view.largest(weights, vectors, method)
    if iterated:
        assert found.tolist() == [7, 7]
        assert asked == [vectors[0], None]
        assert [vector.tolist() for vector in after] == [[0] * 12] * 2
        view.largest(weights, None, method)
        assert asked[2:] == [None, None]
    else:
        assert (asked, after) == ([], [None, None])
        assert found[0] == np.linalg.eigvalsh(view.dense(view.reduce(weights[:1])))[-1]
    one: Any = HessianView(OneWeight(), np.eye(1), np.ones(1))
    one._iterate = lambda *_: pytest.fail("of one row there is nothing to search")
    assert one.largest(np.array([[1.0]]), None, "iterative")[0].tolist() == [2]


def test_weights_without_a_finite_hessian() -> None:
    view = HessianView(PLAIN, np.eye(2), np.ones(2))
    weights = np.array([[np.inf, 1.0], [1.0, 1.0], [np.nan, 0.0], [1e200, 1.0]])
    assert view.largest(weights)[0].tolist() == [np.inf, 2, np.inf, np.inf]
    flat = HessianView(PLAIN, np.array([[1.0, 0.0]]), np.array([2.0]))
    assert flat.largest(np.zeros((1, 2)))[0].tolist() == [0]  # −4 along the row, 0 beside it
    assert _top(np.diag([1.0, 3.0, 2.0])) == 3
    assert _top(np.array([[np.nan]])) == np.inf


def test_where_a_search_begins(linalg: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a fixed vector of length about 1; or with an eigenvector, and a tenth of that."""
    asked: list[dict[str, Any]] = []
    columns = np.asfortranarray(np.arange(24.0).reshape(12, 2))

    def search(operator: Any, **named: Any) -> Any:
        return noted(asked, {"operator": operator, **named}, (np.array([5.0]), columns))

    monkeypatch.setattr(linalg, "eigsh", search)
    view = HessianView(NETWORK, X, Y)
    reduced = view.reduce(RANDOM.standard_normal((1, 3, 6)))
    with monkeypatch.context() as patch:  # the search alone multiplies: nothing is tried out with random numbers
        patch.setattr(view, "product", lambda *_: pytest.fail("not asked for"))
        value, vector = view._iterate(reduced, None)
    assert (value, type(value)) == (5, float)
    assert vector is not None
    assert vector.tolist() == list(range(0, 24, 2))
    assert vector.flags.c_contiguous
    first = asked[0]
    drawn = np.random.default_rng(0).standard_normal(12) / 12**0.5
    np.testing.assert_array_equal(first["v0"], drawn)
    assert {name: first[name] for name in ("k", "which", "maxiter")} == {"k": 1, "which": "LA", "maxiter": 1000}
    assert "rng" not in first  # this search has no argument of that name
    assert (first["operator"].shape, first["operator"].dtype) == ((12, 12), np.float64)
    np.testing.assert_allclose(first["operator"].matvec(np.eye(12)[3]), view.dense(reduced)[3], atol=1e-12)
    view._iterate(reduced, np.arange(12.0))
    np.testing.assert_array_equal(asked[1]["v0"], np.arange(12.0) + 0.1 * drawn)

    def seeded(_: Any, *, rng: int, **__: Any) -> Any:
        return noted(asked, {"rng": rng}, (np.array([5.0]), columns))

    monkeypatch.setattr(linalg, "eigsh", seeded)
    view._iterate(reduced, None)
    assert asked[2] == {"rng": 0}
    monkeypatch.setattr(linalg, "eigsh", search)
    large = HessianView(TwoLayerNetwork(alpha=1, width=101), np.eye(1), np.ones(1))
    large._iterate(np.zeros((1, 101, 1)), None)
    assert asked[3]["maxiter"] == 1010


def test_searches_that_end_without_an_answer(linalg: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise linalg.ArpackError(-9)

    monkeypatch.setattr(linalg, "eigsh", fail)
    view = HessianView(NETWORK, X, Y)
    reduced = view.reduce(RANDOM.standard_normal((1, 3, 6)))
    monkeypatch.setattr(module, "_LARGEST_DENSE", 12)
    assert view._iterate(reduced, None) == (_top(view.dense(reduced)), None)
    monkeypatch.setattr(module, "_LARGEST_DENSE", 11)
    wanted = "ARPACK found no largest eigenvalue of a Hessian of 12 rows, too many for a dense method"
    with pytest.raises(SymphaseError, match=said(wanted)):
        view._iterate(reduced, None)


def test_without_scipy_nothing_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.sparse", None)
    wanted = 'the largest eigenvalue of a large Hessian needs scipy, which cannot be imported here: pip install "scipy"'
    with warnings.catch_warnings(), pytest.raises(PackageMissing, match=said(wanted)):
        largest_hessian_eigenvalue(PLAIN, [1.0, 1.0], np.eye(2), [1.0, 1.0], method="iterative")


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"model": "x"}, "model = x: must be a model; give PhaseRetrieval(gamma=2, c=0), for example"),
        (
            {"method": "best"},
            "method = best: must be one of 'auto', 'dense', 'iterative'; the default is \"auto\"",
        ),
        (
            {"targets": [1.0]},
            "features and targets = shapes (2, 2) and (1,): must be (n, d) and (n,); give one target per row",
        ),
        (
            {"features": np.empty((2, 0))},
            "features and targets = shapes (2, 0) and (2,): must be (n, d) and (n,); give one target per row",
        ),
        (
            {"weights": [1.0]},
            "weights = shape (1,): must have shape (2,) or (B, 2); put the batch on the first axis",
        ),
        (
            {"weights": np.ones((1, 3, 3)), "model": NETWORK},
            "weights = shape (1, 3, 3): must have shape (3, 2) or (B, 3, 2); put the batch on the first axis",
        ),
    ],
)
def test_refusals_word_for_word(changes: dict[str, Any], wanted: str) -> None:
    good: dict[str, Any] = {"model": PLAIN, "weights": [1.0, 1.0], "features": np.eye(2), "targets": [1.0, 1.0]}
    with pytest.raises(InputError, match=said(wanted)):
        largest_hessian_eigenvalue(**(good | changes))


@pytest.mark.parametrize("argument", ["features", "targets", "weights"])
def test_numbers_are_named_where_they_are_refused(argument: str) -> None:
    good: dict[str, Any] = {"model": PLAIN, "weights": [1.0, 1.0], "features": np.eye(2), "targets": [1.0, 1.0]}
    with pytest.raises(InputError, match=rf"^{argument}"):
        largest_hessian_eigenvalue(**(good | {argument: ["x"]}))
    if argument != "weights":
        with pytest.raises(InputError, match=rf"^{argument}"):
            largest_hessian_eigenvalue(**(good | {argument: np.ones((2, 2, 2))}))


def test_one_weight_or_several() -> None:
    one = largest_hessian_eigenvalue(PLAIN, [1.0, 1.0], np.eye(2), [1.0, 1.0])
    assert (
        one.tolist() == largest_hessian_eigenvalue(PLAIN, [[1.0, 1.0]] * 3, np.eye(2), [1.0, 1.0]).tolist()[:1] == [2]
    )
    assert largest_hessian_eigenvalue(PLAIN, np.ones((3, 2)), np.eye(2), [1.0, 1.0]).shape == (3,)


def test_a_dense_method_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LARGEST_DENSE", 2)
    assert largest_hessian_eigenvalue(PLAIN, [1.0, 1.0], np.eye(2), [1.0, 1.0], method="dense").tolist() == [2]
    monkeypatch.setattr(module, "_LARGEST_DENSE", 1)
    assert largest_hessian_eigenvalue(PLAIN, [1.0, 1.0], np.eye(2), [1.0, 1.0]).tolist() == [2]
    wanted = 'method = dense: is for at most 1 rows, here 2; use "iterative"'
    with pytest.raises(InputError, match=said(wanted)):
        largest_hessian_eigenvalue(PLAIN, [1.0, 1.0], np.eye(2), [1.0, 1.0], method="dense")
