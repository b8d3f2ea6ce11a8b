"""Regression problems for the gradient-descent laboratory: a model with its data, and where the data come from.

Designs go from exactly orthogonal rows to Gaussian ones, with the coherence between dialled; labels are equal, uniform,
a teacher's, or given; real data come from scikit-learn's bundled tables and from files.  A problem knows its samples'
parameters aᵢ per unit of step size, exactly, so that step sizes can be stated in units of a.

Randomness is an argument everywhere.  What is drawn for a design, for its labels and for its test rows comes from
streams of their own: asking for a test set, or for other labels, leaves the rows as they are.
"""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from symphase.errors import InputError
from symphase.formulas import exact_rational
from symphase.models import Model, PhaseRetrieval
from symphase.tables import DataSet, finite_array

__all__ = [
    "Problem",
    "RandomSource",
    "gaussian_rows",
    "generator_and_seed",
    "load_diabetes_problem",
    "load_digits_problem",
    "make_problem",
    "mixed_rows",
    "orthogonal_rows",
    "problem_from_data",
    "rms_cosine",
]

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
RandomSource = int | np.random.Generator | np.random.BitGenerator | np.random.SeedSequence | None
OrthogonalKind = Literal["qr", "dct", "hadamard"]
Design = Literal["qr", "dct", "hadamard", "gaussian", "mixed"]

MAX_BYTES: Final = 2 * 2**30
_COPIES: Final = 6  # what a factorisation, the design and its data set keep at once, in matrices of the design's size
_TILE: Final = 2048
_NORM_RANGE: Final = (1e-100, 1e100)
_NO_DRAW: Final = "nothing drawn"


# --------------------------------------------------------------------------------------------------------- the problem


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Problem:
    """A model, the samples that its loss is made of, and samples held out.

    Parameters
    ----------
    model : Model
        With numbers for all its parameters.
    data : DataSet
        n samples of d features.
    test : DataSet, optional
        Samples of the same d features that the loss does not see.
    teacher : array-like, shape ``model.weight_shape(d)``, optional
        The weights that made the labels, before noise.  Kept as a read-only float64 copy.
    seed : str
        Where random numbers came from, in words that suffice to draw them again.
    name : str
        What to call the problem; the data's name when left out.

    Raises
    ------
    InputError
        For a model without numbers or of another number of features, targets that are not the model's own, a test set
        or a teacher of another shape.

    Examples
    --------
    >>> problem = make_problem(PhaseRetrieval(gamma=2, c=0), samples=4, dimension=16, design="hadamard", rng=0)
    >>> problem.scales_per_step[0], problem.unit_step_size
    (Fraction(1, 2), Fraction(2, 1))
    """

    model: Model
    data: DataSet
    test: DataSet | None = None
    teacher: Array | None = None
    seed: str = _NO_DRAW
    name: str = ""

    def __post_init__(self) -> None:
        _check_model(self.model)
        for argument, given in (("data", self.data), ("test", self.test)):
            if not isinstance(given, DataSet) and (argument == "data" or given is not None):
                raise InputError(argument, given, "must be a DataSet", "make one with dataset(features, targets)")
        for argument, words in (("seed", self.seed), ("name", self.name)):
            if not isinstance(words, str):
                raise InputError(argument, words, "must be text")
        shape = self.model.weight_shape(self.dimension)
        if self.test is not None and self.test.dimension != self.dimension:
            said = f"must have {self.dimension} features, as the data"
            raise InputError("test", f"{self.test.dimension} features", said, "keep the same columns in both")
        known = self.model.target
        for argument, held in (("data", self.data), ("test", self.test)):
            if held is not None and known.is_Rational and (held.targets != float(known)).any():
                said = f"must be the model's own target {known}"
                raise InputError(f"{argument}.targets", held.targets, said, "leave the model's target open")
        if self.teacher is not None:
            teacher = finite_array(self.teacher, "teacher")
            if teacher.shape != shape:
                raise InputError("teacher", f"shape {teacher.shape}", f"must have shape {shape}", "reshape it")
            object.__setattr__(self, "teacher", teacher)
        object.__setattr__(self, "name", self.name or self.data.name)

    @property
    def features(self) -> Array:
        """X, shape (n, d): one row per sample, read-only."""
        return self.data.features

    @property
    def targets(self) -> Array:
        """y, shape (n,), read-only."""
        return self.data.targets

    @property
    def samples(self) -> int:
        """n, the number of samples in the loss."""
        return self.data.samples

    @property
    def dimension(self) -> int:
        """d, the number of features."""
        return self.data.dimension

    @property
    def scales_per_step(self) -> tuple[Fraction, ...]:
        """aᵢ/η of every sample, exactly: its parameter is aᵢ = η times this, if it were orthogonal to the others.

        Negative for a label out of reach.  InputError for a model without a single scale
        (:meth:`symphase.models.Model.scale_at`).
        """
        return tuple(
            self.model.scale_at(square, float(target), self.samples, 1)
            for square, target in zip(self.data.norms_squared, self.targets, strict=True)
        )

    @property
    def unit_step_size(self) -> Fraction | None:
        """The step size η at which the largest aᵢ is 1, exactly; None where no aᵢ is positive."""
        largest = max(self.scales_per_step)
        return 1 / largest if largest > 0 else None

    def __repr__(self) -> str:
        return f"<Problem {self.name!r}: {self.model.name}, n = {self.samples}, d = {self.dimension}, {self.seed}>"

    def describe(self) -> str:
        """Return one line: what it is, n, d, coherence, seed."""
        coherence = self.data.coherence()
        rows = {
            "exact": "rows orthogonal exactly",
            "rounding": "rows orthogonal to rounding",
            "none": f"largest |cosine| {coherence.largest:.3g}, rms {rms_cosine(self.features):.3g}",
        }[coherence.kind]
        held_out = f", {self.test.samples} test samples" if self.test is not None else ""
        return (
            f"{self.name}: {self.model.name}, n = {self.samples}, d = {self.dimension}{held_out}; {rows}; {self.seed}"
        )


# ---------------------------------------------------------------------------------------------------------- randomness


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


def _streams(generator: np.random.Generator, count: int) -> list[np.random.Generator]:
    """Return generators whose seeds are drawn from another one.

    Drawing the design from default_rng(0) itself would be a trap: starts drawn with the same rng=0 would be its rows.
    """
    return [np.random.default_rng(words) for words in generator.integers(0, 2**32, (count, 4)).tolist()]


# ------------------------------------------------------------------------------------------------------------- designs


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
    count, width = _size(samples, dimension)
    _check_orthogonal(count, width)
    _one_of(kind, ("qr", "dct", "hadamard"), "kind")
    lengths = _norms(norms, count)
    if kind == "qr":
        generator, _ = generator_and_seed(rng)
        return _orthogonal(kind, count, width, lengths, _streams(generator, 1)[0])
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
    count, width = _size(samples, dimension)
    generator, _ = generator_and_seed(rng)
    return _gaussian(count, width, _streams(generator, 1)[0])


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
    count, width = _size(samples, dimension)
    _check_orthogonal(count, width)
    share, wanted = _place(mixing, rms)
    lengths = _norms(norms, count)
    generator, _ = generator_and_seed(rng)
    return _mixed(count, width, share, wanted, _streams(generator, 1)[0]) * lengths[:, np.newaxis]


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
    return _rms(_unit_rows(rows))


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
        return _unit_rows((left * values**place) @ right)

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


def _unit_rows(rows: Array) -> Array:
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


# ---------------------------------------------------------------------------------------------------------- generation


def make_problem(
    model: Model,
    *,
    samples: int = 80,
    dimension: int = 100,
    design: Design = "qr",
    mixing: object = None,
    rms: object = None,
    norms: object = None,
    labels: object = "equal",
    label_scale: object = None,
    label_range: object = None,
    noise: object = 0,
    test_samples: int = 0,
    rng: RandomSource = None,
) -> Problem:
    """Make a regression problem: a design, its labels, and on request a test set.

    Parameters
    ----------
    model : Model
        With numbers for all its parameters.
    samples, dimension : int ≥ 1
        n and d; the paper's main setting is 80 and 100.
    design : {"qr", "dct", "hadamard", "gaussian", "mixed"}
        See :func:`orthogonal_rows`, :func:`gaussian_rows`, :func:`mixed_rows`.
    mixing : number in [0, 1], optional
        For "mixed": 0 is orthogonal, 1 Gaussian directions.
    rms : number ≥ 0, optional
        For "mixed", in place of ``mixing``: the root-mean-square cosine (:func:`rms_cosine`).
    norms : number or array-like of shape (n,), optional
        ‖xᵢ‖, 1 when left out; Gaussian rows have the norms that they are drawn with.
    labels : {"equal", "uniform", "teacher"} or array-like of shape (n,)
        "equal": all aᵢ are the same, that of the label ``label_scale`` at the mean of the ‖xᵢ‖²; where the norms agree
        to rounding, all labels are ``label_scale``.  "uniform": independent and uniform on ``label_range``.
        "teacher": predictions of independent standard normal weights, plus noise.
    label_scale : number, optional
        For "equal"; 1 when left out.
    label_range : pair of numbers, optional
        For "uniform"; (0, 1) when left out.
    noise : number ≥ 0
        For "teacher": the standard deviation of independent normal noise on every label, test labels included.
    test_samples : int ≥ 0
        Rows held out, for "teacher" alone: nothing else says what the label of a new row is.  For Gaussian designs they
        are drawn like the others; otherwise they have uniform directions, orthogonal to nothing, and norms drawn from
        ``norms``.
    rng : int, Generator, BitGenerator or SeedSequence, optional
        Fresh entropy when left out, which ``Problem.seed`` then tells.  One seed gives the same teacher for every
        design, and the rows that the design's own function gives, whatever the labels.

    Returns
    -------
    Problem

    Certainty
    ---------
    Equal labels are solved for in fractions and rounded once.

    Raises
    ------
    InputError
        For anything that is not as above, for an argument that the chosen design or labels do not use, and for equal
        labels at unequal norms where the model has no single scale or a scale that no label changes.

    Examples
    --------
    >>> problem = make_problem(PhaseRetrieval(gamma=2, c=0), samples=3, dimension=8, design="gaussian", rng=1)
    >>> [float(round(scale, 12)) for scale in problem.scales_per_step]
    [0.861182941393, 0.861182941393, 0.861182941393]
    >>> problem.describe()
    'gaussian rows, equal labels: generalised phase retrieval, n = 3, d = 8; largest |cosine| 0.435, rms 0.365; rng=1'
    """
    _check_model(model)
    held_out = _whole(test_samples, "test_samples", least=0)
    count, width = _size(samples, dimension, held_out)
    shape = model.weight_shape(width)
    _one_of(design, ("qr", "dct", "hadamard", "gaussian", "mixed"), "design")
    if design != "gaussian":
        _check_orthogonal(count, width)
    share, wanted = _design_settings(design, mixing=mixing, rms=rms, norms=norms)
    rule = labels if isinstance(labels, str) else "given"
    spread = _check_labels(rule, label_scale=label_scale, label_range=label_range, noise=noise, held_out=held_out)
    given = _given_labels(labels, count) if rule == "given" else None
    if rule == "teacher":
        neurons = math.prod(shape) // width
        _check_memory(_COPIES * neurons * max(width, count, held_out), "neurons and samples", f"{neurons} × {count}")
    lengths = _norms(norms, count)

    generator, seed = generator_and_seed(rng)
    for_rows, for_labels, for_test = _streams(generator, 3)
    if design == "gaussian":
        rows = _gaussian(count, width, for_rows)
    elif design != "mixed":
        rows = _orthogonal(design, count, width, lengths, for_rows)
    else:
        rows = _mixed(count, width, share, wanted, for_rows) * lengths[:, np.newaxis]

    name = f"{design} rows, {rule} labels"
    teacher: Array | None = None
    test: DataSet | None = None
    if given is not None:
        targets = given
    elif rule == "teacher":
        teacher = for_labels.standard_normal(shape)
        targets = _taught(model, teacher, rows, spread, for_labels)
        if held_out:
            more = _gaussian(held_out, width, for_test)
            if design != "gaussian":
                more = _unit_rows(more) * for_test.choice(lengths, held_out)[:, np.newaxis]
            taught = _taught(model, teacher, more, spread, for_test)
            test = DataSet(features=more, targets=taught, name=f"{name}, held out")
    elif rule == "uniform":
        low, high = _label_range(label_range)
        targets = for_labels.uniform(low, high, count)
    else:
        targets = _equal_labels(model, rows, 1.0 if label_scale is None else _number(label_scale, "label_scale"))
    data = DataSet(features=rows, targets=targets, name=name)
    return Problem(model=model, data=data, test=test, teacher=teacher, seed=seed, name=name)


def problem_from_data(data: DataSet, model: Model, *, test_fraction: object = 0, rng: RandomSource = None) -> Problem:
    """Make a problem of a table, all of it or with a random part held out.

    Parameters
    ----------
    data : DataSet
        From :func:`symphase.tables.read_table` or :func:`symphase.tables.dataset`; taken as it is, nothing is scaled.
    model : Model
    test_fraction : number in [0, 1)
        The part of the samples that is held out, rounded to whole samples (halves up) but at least one if it is not 0.
    rng : int, Generator, BitGenerator or SeedSequence, optional
        What chooses them; both parts keep the table's order.  Nothing is drawn when the fraction is 0.

    Returns
    -------
    Problem

    Raises
    ------
    InputError
        For a fraction out of range or one that leaves no sample, and as :class:`Problem`.

    Examples
    --------
    >>> from symphase.tables import load_digit_dct
    >>> problem = problem_from_data(load_digit_dct(), PhaseRetrieval(gamma=2, c=0), test_fraction=0.25, rng=0)
    >>> problem.samples, problem.test.samples
    (48, 16)
    """
    if not isinstance(data, DataSet):
        raise InputError("data", data, "must be a DataSet", "make one with read_table(path) or dataset(X, y)")
    fraction = exact_rational(test_fraction, "test_fraction")
    if not 0 <= fraction < 1:
        raise InputError("test_fraction", test_fraction, "must be at least 0 and less than 1", "as 0.2")
    if fraction == 0:
        return Problem(model=model, data=data)
    held_out = max(1, math.floor(fraction * data.samples + Fraction(1, 2)))
    if held_out >= data.samples:
        said = f"leaves none of the {data.samples} samples to train on"
        raise InputError("test_fraction", test_fraction, said, "use a smaller fraction")
    generator, seed = generator_and_seed(rng)
    chosen = _streams(generator, 1)[0].permutation(data.samples)
    return Problem(
        model=model,
        data=_part(data, np.sort(chosen[held_out:]), data.name),
        test=_part(data, np.sort(chosen[:held_out]), f"{data.name}, held out"),
        seed=seed,
    )


# ----------------------------------------------------------------------------------------------------------- real data


def load_digits_problem(
    model: Model | None = None,
    *,
    samples: int = 200,
    test_samples: int = 200,
    label_scale: object = 1,
    rng: RandomSource = 0,
) -> Problem:
    """Make a problem of scikit-learn's bundled handwritten digits (extra ``data``); nothing is downloaded.

    1797 images of 8 × 8 pixels from 0 to 16.  The features are the d = 64 pixels over 16, each image scaled to unit
    norm; the target is label_scale · digit/9, as a number.

    Parameters
    ----------
    model : Model, optional
        Plain phase retrieval, γ = 2 and c = 0, when left out.
    samples, test_samples : int
        n ≥ 1 and how many are held out, chosen without replacement; together at most 1797.
    label_scale : number > 0
    rng : int, Generator, BitGenerator or SeedSequence, optional
        What chooses the images; 0 when left out, None for fresh entropy.

    Returns
    -------
    Problem

    Raises
    ------
    InputError
        Without scikit-learn, for more samples than there are, and as :class:`Problem`.

    References
    ----------
    E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository (1998).

    Examples
    --------
    >>> load_digits_problem(samples=100, test_samples=0).features.shape
    (100, 64)
    """
    factor = _number(label_scale, "label_scale", above=0)
    pixels, digits = _bundled("digits")
    chosen, held_out, seed = _choose(len(digits), samples, test_samples, rng)
    whole = DataSet(
        features=_unit_rows(pixels / 16),
        targets=factor * (digits / 9),
        name="digits",
        feature_names=tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8)),
        target_name="digit",
        notes=("pixels/16, rows scaled to unit norm", f"target = {factor!r} * digit/9"),
    )
    return Problem(
        model=PhaseRetrieval(gamma=2, c=0) if model is None else model,
        data=_part(whole, chosen, "digits"),
        test=_part(whole, held_out, "digits, held out") if held_out.size else None,
        seed=seed,
    )


def load_diabetes_problem(
    model: Model | None = None,
    *,
    samples: int = 300,
    test_samples: int = 142,
    label_scale: object = 1,
    rng: RandomSource = 0,
) -> Problem:
    """Make a problem of scikit-learn's bundled diabetes table (extra ``data``); nothing is downloaded.

    442 patients, d = 10 features.  Every feature is standardised with mean and standard deviation of the n samples (a
    feature that is constant there becomes 0), then all are scaled by one factor so that the mean of the ‖xᵢ‖² is 1;
    held-out samples go through the same map.  The target is label_scale · progression/346; 346 is the largest.

    Parameters
    ----------
    model : Model, optional
        Plain phase retrieval, γ = 2 and c = 0, when left out.
    samples, test_samples : int
        n ≥ 2 and how many are held out, chosen without replacement; together at most 442.
    label_scale : number > 0
    rng : int, Generator, BitGenerator or SeedSequence, optional
        What chooses the patients; 0 when left out, None for fresh entropy.

    Returns
    -------
    Problem

    Raises
    ------
    InputError
        Without scikit-learn, for more samples than there are or fewer than 2, and as :class:`Problem`.

    References
    ----------
    B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, "Least angle regression", Annals of Statistics 32 (2004).

    Examples
    --------
    >>> load_diabetes_problem(test_samples=0).features.shape
    (300, 10)
    """
    factor = _number(label_scale, "label_scale", above=0)
    if _whole(samples, "samples", least=1) < 2:
        raise InputError("samples", samples, "must be at least 2: features are standardised over them", "as 300")
    table, progression = _bundled("diabetes")
    chosen, held_out, seed = _choose(len(progression), samples, test_samples, rng)
    centre, spread = table[chosen].mean(axis=0), table[chosen].std(axis=0)
    constant = (table[chosen] == table[chosen[0]]).all(axis=0)  # rounding would leave them a tiny spread
    standard = np.where(constant, 0.0, (table - centre) / np.where(constant, 1.0, spread))
    standard /= math.sqrt(np.einsum("ij,ij->", standard[chosen], standard[chosen]) / len(chosen))
    whole = DataSet(
        features=standard,
        targets=factor * (progression / progression.max()),
        name="diabetes",
        feature_names=("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"),
        target_name="progression",
        notes=("standardised over the training samples, mean squared norm 1", f"target = {factor!r} * progression/max"),
    )
    return Problem(
        model=PhaseRetrieval(gamma=2, c=0) if model is None else model,
        data=_part(whole, chosen, "diabetes"),
        test=_part(whole, held_out, "diabetes, held out") if held_out.size else None,
        seed=seed,
    )


def _bundled(name: str) -> tuple[Array, Array]:
    try:
        from sklearn import datasets
    except ImportError:
        raise InputError(
            "data", name, "comes with scikit-learn, which is not installed", "install symphase[data]"
        ) from None
    bunch: Any = datasets.load_digits() if name == "digits" else datasets.load_diabetes(scaled=False)
    return finite_array(bunch.data, "data", ndim=2), finite_array(bunch.target, "target", ndim=1)


def _choose(total: int, samples: object, test_samples: object, rng: RandomSource) -> tuple[Integers, Integers, str]:
    count, held_out = _whole(samples, "samples", least=1), _whole(test_samples, "test_samples", least=0)
    if count + held_out > total:
        said = f"are more than the {total} samples that there are"
        raise InputError("samples and test_samples", f"{count} + {held_out}", said, "ask for fewer")
    generator, seed = generator_and_seed(rng)
    order = _streams(generator, 1)[0].permutation(total).astype(np.int64)
    return np.sort(order[:count]), np.sort(order[count : count + held_out]), seed


def _part(whole: DataSet, rows: Integers, name: str) -> DataSet:
    return DataSet(
        features=whole.features[rows],
        targets=whole.targets[rows],
        name=name,
        feature_names=whole.feature_names,
        target_name=whole.target_name,
        notes=whole.notes,
    )


# -------------------------------------------------------------------------------------------------------------- labels


def _equal_labels(model: Model, rows: Array, level: float) -> Array:
    squares = DataSet(features=rows, targets=np.ones(len(rows))).norms_squared
    count = len(squares)
    agreement = Fraction(4 * rows.shape[1], 2**52)  # as far as rows count as orthogonal to rounding
    if max(squares) - min(squares) <= agreement * max(squares):
        return np.full(count, level)
    common = model.scale_at(sum(squares) / count, level, count, 1)
    targets = np.empty(count)
    for k, square in enumerate(squares):
        growth = model.residual_scale(square, count, 1)  # of a with the label
        if growth == 0:
            said = f"cannot make all a the same at unequal norms: no label changes a of the model {model.name}"
            raise InputError("labels", "equal", said, "use a design with equal norms, or other labels")
        targets[k] = _float((common - model.scale_at(square, 0, count, 1)) / growth, "labels")
    return targets


def _taught(model: Model, teacher: Array, rows: Array, spread: float, generator: np.random.Generator) -> Array:
    with np.errstate(all="ignore"):  # a label beyond the range of floats is refused with the data set
        labels: Array = model.predict(teacher[np.newaxis], rows)[0]
        return labels + spread * generator.standard_normal(len(rows)) if spread else labels


def _given_labels(labels: object, count: int) -> Array:
    targets = finite_array(labels, "labels", ndim=1)
    if len(targets) != count:
        raise InputError("labels", f"shape {targets.shape}", f"must have shape ({count},)", "give one label per sample")
    return targets


def _label_range(given: object) -> tuple[float, float]:
    if given is None:
        return 0.0, 1.0
    ends = finite_array(given, "label_range", ndim=1)
    if len(ends) != 2 or not 0 <= ends[1] / 2 - ends[0] / 2 < 5e307:
        raise InputError(
            "label_range", given, "must be two numbers, the smaller first, less than 1e308 apart", "as (0, 1)"
        )
    return float(ends[0]), float(ends[1])


# -------------------------------------------------------------------------------------------------------------- checks


def _check_model(model: object) -> None:
    if not isinstance(model, Model):
        raise InputError("model", model, "must be a model", "give PhaseRetrieval(gamma=2, c=0), for example")
    if model.parameters:
        names = ", ".join(str(symbol) for symbol in model.parameters)
        raise InputError("model", model.name, f"has parameters without a number: {names}", "give each a number")


def _design_settings(design: str, *, mixing: object, rms: object, norms: object) -> tuple[float | None, float | None]:
    """Refuse what the design does not use (it would be taken to have an effect); return its mixing and its rms."""
    if design == "mixed":
        return _place(mixing, rms)
    for argument, value in (("mixing", mixing), ("rms", rms)):
        if value is not None:
            raise InputError(argument, value, f"is not used for {design} rows", "use design='mixed'")
    if design == "gaussian" and norms is not None:
        said = "is not used for gaussian rows: they have the norms that they are drawn with"
        raise InputError("norms", norms, said, "use design='mixed' with mixing=1 for Gaussian directions")
    return None, None


def _place(mixing: object, rms: object) -> tuple[float | None, float | None]:
    if (mixing is None) == (rms is None):
        found = "neither" if mixing is None else "both"
        raise InputError("mixing and rms", found, "one of them must be given for mixed rows", "as mixing=0.5")
    if mixing is None:
        return None, _number(rms, "rms", least=0)
    share = _number(mixing, "mixing")
    if not 0 <= share <= 1:
        raise InputError("mixing", mixing, "must be a number from 0 (orthogonal) to 1 (Gaussian)", "as 0.5")
    return share, None


def _check_labels(rule: str, *, label_scale: object, label_range: object, noise: object, held_out: int) -> float:
    """Check that the labels' settings fit their rule, and return the noise."""
    if rule != "given":
        _one_of(rule, ("equal", "uniform", "teacher"), "labels", "an array of one number per sample is accepted too")
    spread = _number(noise, "noise", least=0)
    owners = (("label_scale", label_scale, "equal"), ("label_range", label_range, "uniform"))
    for argument, value, owner in (*owners, ("noise", noise if spread else None, "teacher")):
        if value is not None and rule != owner:
            raise InputError(argument, value, f"is not used for {rule} labels", f"use labels={owner!r}")
    if held_out and rule != "teacher":
        said = f"needs a teacher: with {rule} labels nothing says what the label of a new row is"
        raise InputError("test_samples", held_out, said, "use labels='teacher', or problem_from_data for data at hand")
    return spread


def _check_orthogonal(count: int, width: int) -> None:
    if count > width:
        said = f"{count} nonzero rows cannot be orthogonal in dimension {width} < {count}"
        raise InputError("samples", count, said, "use fewer samples, more features, or Gaussian rows")


def _size(samples: object, dimension: object, held_out: int = 0) -> tuple[int, int]:
    count, width = _whole(samples, "samples", least=1), _whole(dimension, "dimension", least=1)
    _check_memory(_COPIES * (count + held_out) * width, "samples and dimension", f"{count + held_out} × {width}")
    return count, width


def _check_memory(numbers_kept: int, argument: str, found: str) -> None:
    size = 8 * numbers_kept
    if size > MAX_BYTES:
        said = f"would take {size / 2**30:.3g} GiB, more than {MAX_BYTES / 2**30:.3g} GiB"
        raise InputError(argument, found, said, "use fewer of either")


def _whole(value: object, argument: str, *, least: int) -> int:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral) or int(value) < least:
        raise InputError(argument, value, f"must be an integer ≥ {least}", "give a whole number")
    return int(value)


def _number(value: object, argument: str, *, least: float | None = None, above: float | None = None) -> float:
    number = _float(exact_rational(value, argument), argument)
    if least is not None and number < least:
        raise InputError(argument, value, f"must be a number ≥ {least:g}", "give a larger one")
    if above is not None and number <= above:
        raise InputError(argument, value, f"must be a number > {above:g}", "give a larger one")
    return number


def _float(exact: Fraction, argument: str) -> float:
    try:
        return float(exact)
    except OverflowError:
        raise InputError(argument, "a number beyond 1e308", "must be within the range of floats", "rescale") from None


def _norms(given: object, count: int) -> Array:
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


def _one_of(value: object, accepted: tuple[str, ...], argument: str, advice: str = "") -> None:
    if not isinstance(value, str) or value not in accepted:
        raise InputError(argument, value, f"must be one of {', '.join(map(repr, accepted))}", advice)
