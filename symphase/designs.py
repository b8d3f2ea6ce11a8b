"""Designs: rows of features from exactly orthogonal to Gaussian, with the coherence between dialled.

Randomness is an argument everywhere, and where it comes from is told in words that suffice to draw again.
"""

from __future__ import annotations

import math
import numbers
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from symphase.arguments import check_memory, number, one_of, whole
from symphase.errors import InputError
from symphase.tables import finite_array

__all__ = [
    "COPIES",
    "check_orthogonal",
    "draw_rows",
    "gaussian_rows",
    "generator_and_seed",
    "mixed_rows",
    "norms_of",
    "orthogonal_rows",
    "place_on_path",
    "rms_cosine",
    "size_of",
    "streams",
    "unit_rows",
]

Array = npt.NDArray[np.float64]
RandomSource = int | np.random.Generator | np.random.BitGenerator | np.random.SeedSequence | None
OrthogonalKind = Literal["qr", "dct", "hadamard"]
Design = Literal["qr", "dct", "hadamard", "gaussian", "mixed"]

COPIES: Final = 6
"""What a factorisation, the design and its data set keep at once, in matrices of the design's size."""
_TILE: Final = 2048
_NORM_RANGE: Final = (1e-100, 1e100)


def generator_and_seed(rng: RandomSource, argument: str = "rng") -> tuple[np.random.Generator, str]:
    """Return a generator for ``rng``, and in words how to get it again.

    Parameters
    ----------
    rng : int ≥ 0, Generator, BitGenerator, SeedSequence or None
        None takes fresh entropy from the system, which the words then tell.
    argument : str
        The name that an error message gives to it.

    Returns
    -------
    generator : numpy.random.Generator
        A caller's Generator itself: what is drawn moves it on.
    seed : str

    Raises
    ------
    InputError
        For anything else; NumPy's global generator is not accepted.

    Examples
    --------
    >>> generator_and_seed(7)[1], generator_and_seed(np.random.PCG64(7))[1]
    ('rng=7', "rng=the caller's PCG64 generator")
    """
    if rng is None:
        fresh: Any = np.random.SeedSequence().entropy
        rng = int(fresh)
    if isinstance(rng, numbers.Integral) and not isinstance(rng, bool) and int(rng) >= 0:
        return np.random.default_rng(int(rng)), f"rng={int(rng)}"
    if isinstance(rng, np.random.SeedSequence):
        return np.random.default_rng(rng), f"rng=SeedSequence({rng.entropy!r}, spawn_key={rng.spawn_key!r})"
    if isinstance(rng, (np.random.Generator, np.random.BitGenerator)):
        generator = np.random.default_rng(rng)
        return generator, f"rng=the caller's {type(generator.bit_generator).__name__} generator"
    raise InputError(argument, rng, "must be an integer ≥ 0, a Generator, a BitGenerator or a SeedSequence", "as rng=0")


def streams(generator: np.random.Generator, count: int) -> list[np.random.Generator]:
    """Return generators whose seeds are drawn from another one.

    Drawing the design from default_rng(0) itself would be a trap: starts drawn with the same rng=0 would be its rows.
    """
    return [np.random.default_rng(words) for words in generator.integers(0, 2**32, (count, 4)).tolist()]


def orthogonal_rows(
    samples: int,
    dimension: int,
    *,
    kind: OrthogonalKind = "qr",
    norms: object = None,
    rng: RandomSource = None,
) -> Array:
    """Return n ≤ d orthogonal rows: orthonormal ones times a norm per sample.

    Parameters
    ----------
    samples, dimension : int ≥ 1
        n ≤ d.
    kind : {"qr", "dct", "hadamard"}
        "qr": rows distributed by Haar measure: from the QR factorisation of a Gaussian matrix, with the signs that make
        R's diagonal positive.  "dct": the first n rows of the orthonormal DCT-II matrix, s_k cos(π(2j+1)k/(2d)) with
        s_0² = 1/d and s_k² = 2/d.  "hadamard": the first n rows of Sylvester's matrix over √d, with entries
        (−1)^(number of binary digits that i and j share)/√d; d must be a power of two.
    norms : number or array-like of shape (n,), optional
        ‖xᵢ‖; 1 when left out.
    rng : int, Generator, BitGenerator or SeedSequence, optional
        For "qr" alone; fresh entropy when left out.

    Returns
    -------
    ndarray, shape (n, d)

    Certainty
    ---------
    "hadamard" rows are orthogonal exactly, whatever their norms; the others to rounding
    (:meth:`symphase.tables.DataSet.coherence` tells which).

    Raises
    ------
    InputError
        For n > d, d no power of two ("hadamard"), norms out of range, an unused rng, and rows of more than 2 GiB.

    References
    ----------
    F. Mezzadri, "How to generate random matrices from the classical compact groups", Notices of the AMS 54 (2007).

    Examples
    --------
    >>> orthogonal_rows(2, 4, kind="hadamard", norms=2)
    array([[ 1.,  1.,  1.,  1.],
           [ 1., -1.,  1., -1.]])
    """
    count, width = size_of(samples, dimension)
    check_orthogonal(count, width)
    one_of(kind, ("qr", "dct", "hadamard"), "kind", 'the default is "qr"')
    lengths = norms_of(norms, count)
    if kind == "qr":
        generator, _ = generator_and_seed(rng)
        return _orthogonal(kind, count, width, lengths, streams(generator, 1)[0])
    if rng is not None:
        raise InputError("rng", rng, f"is not used for kind {kind!r}: nothing is drawn", "leave it out")
    return _orthogonal(kind, count, width, lengths, None)


def gaussian_rows(samples: int, dimension: int, *, rng: RandomSource) -> Array:
    """Return rows of independent normal entries with mean 0 and variance 1/d, so that E‖x‖² = 1.

    Parameters
    ----------
    samples, dimension : int ≥ 1
        n and d, in any relation.
    rng : int, Generator, BitGenerator, SeedSequence or None
        None takes fresh entropy.

    Returns
    -------
    ndarray, shape (n, d)

    Raises
    ------
    InputError
        For what is no size or no generator, and for rows of more than 2 GiB.

    Examples
    --------
    >>> gaussian_rows(3, 2, rng=0).shape
    (3, 2)
    """
    count, width = size_of(samples, dimension)
    generator, _ = generator_and_seed(rng)
    return _gaussian(count, width, streams(generator, 1)[0])


def mixed_rows(
    samples: int,
    dimension: int,
    *,
    mixing: object = None,
    rms: object = None,
    norms: object = None,
    rng: RandomSource,
) -> Array:
    """Return rows on the path from orthogonal to Gaussian directions, by place or by coherence.

    With G a Gaussian (n, d) matrix and t = ``mixing``, the rows of (G Gᵀ)^(−(1−t)/2) G, each scaled to its norm.  With
    G = U S Vᵀ that is U Sᵗ Vᵀ: at t = 0 the polar factor of G, the orthonormal rows nearest to G; at t = 1 the
    directions of G itself.  The same ``rng`` gives the same G at every t, and the polar factor is Haar distributed.

    Parameters
    ----------
    samples, dimension : int ≥ 1
        n ≤ d.
    mixing : number in [0, 1], optional
    rms : number ≥ 0, optional
        In place of ``mixing``: the root-mean-square cosine (:func:`rms_cosine`) that the rows shall have, found by
        bisection on the mixing; at most that of the Gaussian end of the path, about 1/√d.
    norms : number or array-like of shape (n,), optional
        ‖xᵢ‖; 1 when left out.
    rng : int, Generator, BitGenerator, SeedSequence or None

    Returns
    -------
    ndarray, shape (n, d)

    Certainty
    ---------
    Numerical: orthogonal to rounding at t = 0; the root-mean-square cosine is ``rms`` to about 10⁻¹².  That cosine is
    continuous in t, so there is a solution; that it grows with t, which makes the solution the only one, was seen in
    every case tried and is not proved.

    Raises
    ------
    InputError
        For n > d, arguments out of range (for ``rms`` the message tells the Gaussian end of this draw), neither or both
        of ``mixing`` and ``rms``, and rows of more than 2 GiB.

    Examples
    --------
    >>> [round(rms_cosine(mixed_rows(40, 50, mixing=t, rng=1)), 3) for t in (0, 0.5, 1)]
    [0.0, 0.083, 0.14]
    >>> round(rms_cosine(mixed_rows(40, 50, rms=0.1, rng=1)), 9)
    0.1
    """
    count, width = size_of(samples, dimension)
    check_orthogonal(count, width)
    share, wanted = place_on_path(mixing, rms)
    lengths = norms_of(norms, count)
    generator, _ = generator_and_seed(rng)
    return _mixed(count, width, share, wanted, streams(generator, 1)[0]) * lengths[:, np.newaxis]


def rms_cosine(features: object) -> float:
    """Return the root-mean-square cosine √(mean of cos²) over all pairs of different rows: a mean coherence.

    It is 0 for orthogonal rows and near 1/√d for Gaussian ones; :meth:`symphase.tables.DataSet.coherence` gives the
    largest.

    Parameters
    ----------
    features : array-like, shape (n, d)
        No row zero.  One row alone has no pair: 0.

    Returns
    -------
    float

    Certainty
    ---------
    Numerical: with the rounding of float64, about 10⁻¹⁶ for orthogonal rows.

    Raises
    ------
    InputError
        For what is no finite array of two axes, and for zero rows.

    Examples
    --------
    >>> rms_cosine([[3, 4], [4, 3], [-4, 3]]) == np.sqrt((0.96**2 + 0 + 0.28**2) / 3)
    np.True_
    """
    rows = finite_array(features, "features", ndim=2)
    if not rows.size or not rows.any(axis=1).all():
        raise InputError("features", f"shape {rows.shape}", "must have rows, none of them zero", "remove zero rows")
    return _rms(unit_rows(rows))


def draw_rows(
    design: Design,
    count: int,
    width: int,
    lengths: Array,
    place: tuple[float | None, float | None],
    generator: np.random.Generator,
) -> Array:
    """Return the rows of any design, from arguments that were checked; see the functions above."""
    if design == "gaussian":
        return _gaussian(count, width, generator)
    if design == "mixed":
        return _mixed(count, width, *place, generator) * lengths[:, np.newaxis]
    return _orthogonal(design, count, width, lengths, generator)


def _orthogonal(kind: str, count: int, width: int, lengths: Array, generator: np.random.Generator | None) -> Array:
    if kind == "hadamard":
        if width & (width - 1):
            near = 1 << (width.bit_length() - 1), 1 << width.bit_length()
            said = "must be a power of two for Hadamard rows (Sylvester's construction)"
            raise InputError("dimension", width, said, f"use {near[0]} or {near[1]}, or another design")
        parity = np.arange(count, dtype=np.int64)[:, np.newaxis] & np.arange(width, dtype=np.int64)
        for shift in (32, 16, 8, 4, 2, 1):
            parity ^= parity >> shift
        # One magnitude per row, rounded once: equal entries are what makes the rows orthogonal exactly.
        amplitudes = (lengths / math.sqrt(width))[:, np.newaxis]
        return np.where(parity & 1, -amplitudes, amplitudes)
    if kind == "dct":
        odd = 2 * np.arange(width, dtype=np.int64) + 1
        turns = np.arange(count, dtype=np.int64)[:, np.newaxis] * odd % (4 * width)  # exact: the angle stays below 2π
        rows: Array = np.cos(turns * (math.pi / (2 * width))) * math.sqrt(2 / width)
        rows[0] = math.sqrt(1 / width)
    else:
        rows = _haar_rows((generator or np.random.default_rng()).standard_normal((count, width)))
    return rows * lengths[:, np.newaxis]


def _haar_rows(gaussian: Array) -> Array:
    """Orthonormalise the rows of a Gaussian matrix one after another, each with a positive component of its own row."""
    factor, triangle = np.linalg.qr(gaussian.T)
    signs = np.where(np.diagonal(triangle) < 0, -1.0, 1.0)
    rows: Array = np.ascontiguousarray((factor * signs).T)
    return rows


def _gaussian(count: int, width: int, generator: np.random.Generator) -> Array:
    return generator.standard_normal((count, width)) / math.sqrt(width)


def _mixed(count: int, width: int, share: float | None, wanted: float | None, generator: np.random.Generator) -> Array:
    """Return unit rows on the path, at a place on it or with a root-mean-square cosine."""
    left, values, right = np.linalg.svd(_gaussian(count, width, generator), full_matrices=False)

    def rows(place: float) -> Array:
        return unit_rows((left * values**place) @ right)

    if share is not None or not wanted:
        return rows(share or 0.0)
    low, high = 0.0, 1.0
    end = _rms(rows(high))
    if wanted > end * (1 + 1e-12):  # so that the coherence measured at the end itself is met
        said = f"must be at most the Gaussian end of the path, {end:.6g} in this draw"
        raise InputError("rms", wanted, said, "use a smaller one, or fewer features")
    while high - low > 1e-13:
        middle = (low + high) / 2
        low, high = (middle, high) if _rms(rows(middle)) < wanted else (low, middle)
    return rows(high)


def unit_rows(rows: Array) -> Array:
    """Return the rows scaled to unit length, whatever the size of their entries."""
    scaled = rows / np.abs(rows).max(axis=1, keepdims=True)  # squares of the entries could leave float64's range
    unit: Array = scaled / np.sqrt(np.einsum("ij,ij->i", scaled, scaled))[:, np.newaxis]
    return unit


def _rms(unit: Array) -> float:
    """Sum the squares above the diagonal: subtracting the diagonal afterwards would leave 1e-8 of orthogonal rows."""
    count, total = len(unit), 0.0
    for start in range(0, count, _TILE):
        right = unit[start : start + _TILE]
        for above in range(0, start + 1, _TILE):
            cosines = unit[above : above + _TILE] @ right.T
            if above == start:
                cosines[np.tril_indices(len(right))] = 0.0
            total += float(np.einsum("ij,ij->", cosines, cosines))
    return math.sqrt(2 * total / (count * (count - 1))) if count > 1 else 0.0


def place_on_path(mixing: object, rms: object) -> tuple[float | None, float | None]:
    """Return the place on the path to Gaussian rows and the root-mean-square cosine asked for: one of them is None."""
    if (mixing is None) == (rms is None):
        found = "neither" if mixing is None else "both"
        raise InputError("mixing and rms", found, "one of them must be given for mixed rows", "as mixing=0.5")
    if mixing is None:
        return None, number(rms, "rms", least=0)
    share = number(mixing, "mixing")
    if not 0 <= share <= 1:
        raise InputError("mixing", mixing, "must be a number from 0 (orthogonal) to 1 (Gaussian)", "as 0.5")
    return share, None


def check_orthogonal(count: int, width: int) -> None:
    """Refuse more rows than dimensions: they cannot be orthogonal."""
    if count > width:
        said = f"{count} nonzero rows cannot be orthogonal in dimension {width} < {count}"
        raise InputError("samples", count, said, "use fewer samples, more features, or Gaussian rows")


def size_of(samples: object, dimension: object, held_out: int = 0) -> tuple[int, int]:
    """Return n and d, once they are known to be sizes that fit into memory."""
    count, width = whole(samples, "samples", least=1), whole(dimension, "dimension", least=1)
    check_memory(COPIES * (count + held_out) * width, "samples and dimension", f"{count + held_out} × {width}")
    return count, width


def norms_of(given: object, count: int) -> Array:
    """Return the length of every row, 1 where nothing is given."""
    lengths = finite_array(1.0 if given is None else given, "norms")
    if lengths.shape not in ((), (count,)):
        raise InputError(
            "norms", f"shape {lengths.shape}", f"must be one number or have shape ({count},)", "reshape it"
        )
    smallest, largest = _NORM_RANGE
    outside = (lengths < smallest) | (lengths > largest)
    if outside.any():
        found = float(lengths[outside][0])
        raise InputError("norms", found, f"must be numbers > 0, from {smallest:g} to {largest:g}", "rescale")
    return np.broadcast_to(lengths, (count,))
