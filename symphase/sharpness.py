"""Sharpness: the largest eigenvalue of the loss's Hessian, from exact Hessian-vector products.

The Hessian of a model that sees its features through projections xᵀw maps every direction into the span of the rows of
X, and is zero on what is orthogonal to them.  So it is looked at in an orthonormal basis Q of that span, where the
features are X Q and a weight has at most min(n, d) entries per neuron; nothing is lost but zeros.
"""

from __future__ import annotations

import inspect
import math
import warnings
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from symphase.arguments import one_of
from symphase.errors import InputError, SymphaseError, missing_package
from symphase.models import Model
from symphase.tables import finite_array

__all__ = ["Eigenpairs", "HessianView", "largest_hessian_eigenvalue", "row_basis"]

Array = npt.NDArray[np.float64]
Method = Literal["auto", "dense", "iterative"]
Eigenpairs = tuple[Array, list[Array | None]]

DENSE: Final = 256  # rows of a Hessian up to which building it is faster than iterating
_LARGEST_DENSE: Final = 8192
_TOGETHER: Final = 2**21  # entries of the tangent vectors that are multiplied at once


def row_basis(features: Array) -> Array:
    """Return an orthonormal basis of the span of the rows, shape (d, rank).

    The rank counts singular values above max(n, d) roundings of the largest.
    """
    _, values, rows = np.linalg.svd(features, full_matrices=False)
    rank = int(np.count_nonzero(values > max(features.shape) * np.finfo(np.float64).eps * values[0]))
    basis: Array = np.ascontiguousarray(rows[: max(rank, 1)].T)
    return basis


class HessianView:
    """A model's Hessian in the span of the rows of its features.

    Parameters
    ----------
    model : Model
    features : ndarray, shape (n, d)
    targets : ndarray, shape (n,)

    Attributes
    ----------
    basis : ndarray, shape (d, r)
        Orthonormal columns.
    features : ndarray, shape (n, r)
        The rows in that basis.
    complete : bool
        Whether r = d; if not, 0 is an eigenvalue too.
    """

    def __init__(self, model: Model, features: Array, targets: Array) -> None:
        self.model, self.targets = model, targets
        self.basis = row_basis(features)
        self.features: Array = features @ self.basis
        self.complete = self.basis.shape[0] == self.basis.shape[1]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of a weight in the basis."""
        return self.model.weight_shape(self.basis.shape[1])

    def reduce(self, weights: Array) -> Array:
        """Weights in the basis; predictions stay what they are."""
        found: Array = weights @ self.basis
        return found

    def product(self, reduced: Array, tangents: Array) -> Array:
        """The Hessian times tangent vectors, both in the basis, shape (B, *shape)."""
        return self.model.hessian_product(reduced, tangents, self.features, self.targets)

    def dense(self, reduced: Array) -> Array:
        """The Hessian at one weight, shape (k, k)."""
        size = math.prod(self.shape)
        unit = np.eye(size).reshape(size, *self.shape)
        rows: Array = np.empty((size, size))
        together = max(1, _TOGETHER // (size + len(self.targets) * (size // self.shape[-1])))
        for low in range(0, size, together):
            part = unit[low : low + together]
            points = np.broadcast_to(reduced, part.shape)
            rows[low : low + together] = self.product(points, part).reshape(len(part), size)
        return 0.5 * (rows + rows.T)

    def largest(self, weights: Array, vectors: list[Array | None] | None = None, method: Method = "auto") -> Eigenpairs:
        """Return the largest eigenvalue for each weight (+inf where a weight is not finite), and its eigenvectors.

        Eigenvectors (None where a dense method needs none) start the search when they are handed in again.
        """
        size = math.prod(self.shape)
        iterates = method == "iterative" or (method == "auto" and size > DENSE)
        found: Array = np.full(len(weights), np.inf)
        after: list[Array | None] = [None] * len(weights)
        with np.errstate(all="ignore"):
            for k in range(len(weights)):  # one at a time: no answer depends on the company
                reduced = self.reduce(weights[k : k + 1])
                if not np.isfinite(reduced).all():
                    continue
                if iterates and size > 1:
                    found[k], after[k] = self._iterate(reduced, vectors[k] if vectors else None)
                else:
                    found[k] = _top(self.dense(reduced))
        if not self.complete:
            np.maximum(found, 0.0, out=found)
        return found, after

    def _iterate(self, reduced: Array, vector: Array | None) -> tuple[float, Array | None]:
        with warnings.catch_warnings():  # its first import sets a filter, and filters are the caller's
            try:
                from scipy.sparse import linalg
            except ImportError:
                raise missing_package("the largest eigenvalue of a large Hessian", "scipy") from None
        size = math.prod(self.shape)
        start = np.random.default_rng(0).standard_normal(size) / math.sqrt(size)
        if vector is not None:
            # A little of everything stays in: from an exact eigenvector the search would never see the others, and on
            # orthogonal rows the largest eigenvalue does jump from one eigenvector to another.
            start = vector + 0.1 * start
        # newer versions draw from fresh entropy when an invariant subspace is met
        fixed = {"rng": 0} if "rng" in inspect.signature(linalg.eigsh).parameters else {}

        def multiply(tangent: Array) -> Array:
            product: Array = self.product(reduced, tangent.reshape(1, *self.shape)).reshape(-1)
            return product

        operator = linalg.LinearOperator((size, size), matvec=multiply, dtype=np.float64)
        try:
            values, columns = linalg.eigsh(operator, k=1, which="LA", v0=start, maxiter=max(1000, 10 * size), **fixed)
        except linalg.ArpackError:  # no convergence, or a Hessian that is zero
            if size > _LARGEST_DENSE:
                raise SymphaseError(
                    f"ARPACK found no largest eigenvalue of a Hessian of {size} rows, too many for a dense method"
                ) from None
            return _top(self.dense(reduced)), None
        return float(values[0]), np.ascontiguousarray(columns[:, 0])


def _top(matrix: Array) -> float:
    return float(np.linalg.eigvalsh(matrix)[-1]) if np.isfinite(matrix).all() else math.inf


def largest_hessian_eigenvalue(
    model: Model, weights: object, features: object, targets: object, *, method: Method = "auto"
) -> Array:
    """Return the sharpness λ_max(∇²L): the largest (algebraic) eigenvalue of the loss's Hessian.

    At an interpolating minimum on orthogonal rows, step size × sharpness is twice the largest a of the samples.

    Parameters
    ----------
    model : Model
        With numbers for all its parameters.
    weights : array-like, shape (B, *weight_shape) or weight_shape
    features : array-like, shape (n, d)
    targets : array-like, shape (n,)
    method : {"auto", "dense", "iterative"}
        "dense" builds the Hessian from exact products with unit vectors and has LAPACK find all its eigenvalues.
        "iterative" is SciPy's ``eigsh`` (Lanczos with implicit restarts) with exact Hessian-vector products, from a
        fixed first vector.  "auto" is dense up to 256 rows (of the Hessian in the span of the data), else iterative.

    Returns
    -------
    ndarray, shape (B,)
        In units of the loss per weight²; +inf where a weight is beyond what floats can multiply.  Negative where the
        loss is concave in every direction; at least 0 where some direction does not matter (rank of X below d).

    Certainty
    ---------
    Numerical, in float64: relative to the largest |eigenvalue|, errors are some roundings × the number of rows.

    Raises
    ------
    InputError
        For arrays of other shapes, an unknown method, or a Hessian too large for a dense method.
    PackageMissing
        Without SciPy, for the iterative method.

    References
    ----------
    R. B. Lehoucq, D. C. Sorensen, C. Yang, "ARPACK Users' Guide", SIAM 1998.

    Examples
    --------
    >>> from symphase.models import OneWeight
    >>> largest_hessian_eigenvalue(OneWeight(), [[1.0], [0.0]], [[1.0]], [1.0])
    array([ 2., -1.])
    """
    if not isinstance(model, Model):
        raise InputError("model", model, "must be a model", "give PhaseRetrieval(gamma=2, c=0), for example")
    one_of(method, ("auto", "dense", "iterative"), "method", 'the default is "auto"')
    x = finite_array(features, "features", ndim=2)
    y = finite_array(targets, "targets", ndim=1)
    if not x.size or len(x) != len(y):
        raise InputError(
            "features and targets",
            f"shapes {x.shape} and {y.shape}",
            "must be (n, d) and (n,)",
            "give one target per row",
        )
    points = finite_array(weights, "weights")
    shape = model.weight_shape(x.shape[1])
    if points.shape == shape:
        points = points[np.newaxis]
    if points.shape[1:] != shape:
        said = f"must have shape {shape} or (B, {', '.join(map(str, shape))})"
        raise InputError("weights", f"shape {points.shape}", said, "put the batch on the first axis")
    view = HessianView(model, x, y)
    size = math.prod(view.shape)
    if size > _LARGEST_DENSE and method == "dense":
        raise InputError("method", method, f"is for at most {_LARGEST_DENSE} rows, here {size}", 'use "iterative"')
    return view.largest(points, method=method)[0]
