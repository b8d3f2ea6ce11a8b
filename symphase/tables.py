"""Tables of features and targets: read with suspicion, kept as float64, judged for orthogonality.

A table stores what float64 can hold, and a float64 number is an exact rational; so norms and inner products of stored
rows are known exactly.  Measured or computed rows are orthogonal to rounding at best: :meth:`DataSet.coherence` says
whether they are orthogonal exactly, to rounding, or not.

Files are hostile until proved otherwise: sizes are checked before anything is read, NPZ headers are parsed here and no
pickle can be reached, numbers have a grammar of their own (no ``nan``, ``1_000`` or Unicode digits).
"""

from __future__ import annotations

import csv
import io
import math
import os
import re
import stat
import struct
import zipfile
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib import resources
from operator import mul
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

import numpy as np
import numpy.typing as npt

from symphase.arguments import check_memory
from symphase.array_records import ArrayRecord
from symphase.display import Shown, count_text, cut, number_text, rows_table, text_html
from symphase.errors import InputError

__all__ = [
    "Coherence",
    "DataSet",
    "dataset",
    "finite_array",
    "load_digit_dct",
    "load_digit_image",
    "read_table",
]

Array = npt.NDArray[np.float64]

MAX_CSV_BYTES: Final = 256 * 2**20
MAX_NPZ_BYTES: Final = 2**30
MAX_NPZ_RATIO: Final = 1000
_SHOWN_FEATURES: Final = 6  # columns of a table in a notebook
_MAX_DIRECTORY_BYTES: Final = 2**18  # np.savez writes some hundred bytes; a million entries would fill the memory
_MAX_HEADER_BYTES: Final = 10_000
_MAX_CELL: Final = 1000
_SAFETY: Final = 4.0
_TILE: Final = 2048
_ROWS_ENOUGH: Final = 8192
_LIMBS: Final = 4
_TARGET_NAMES: Final = ("y", "target", "label")
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NPY_HEADER: Final = re.compile(
    r"\{\s*'descr':\s*'([^']{1,40})',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([0-9, ]*)\),?\s*\}\s*",
    re.ASCII,
)


# ------------------------------------------------------------------------------------------------ arrays from callers


def finite_array(value: object, argument: str, *, ndim: int | None = None) -> Array:
    """Copy array-like input into a read-only float64 array of finite numbers, or say what is wrong with it.

    Parameters
    ----------
    value : array-like of int or float
        NumPy arrays, (nested) lists of numbers, masked arrays and data frames without missing values.
        Integers of any width are converted before anything is multiplied, so that nothing overflows.
    argument : str
        The name that an error message gives to it.
    ndim : int, optional
        The number of axes it must have.

    Returns
    -------
    ndarray of float64
        A read-only copy in C order.

    Raises
    ------
    InputError
        For booleans, complex numbers, text, objects, ragged lists, missing values, NaN and infinities (the first
        bad entry's index and how many there are), and for another number of axes.

    Examples
    --------
    >>> finite_array([[1, 2], [3, 4]], "features", ndim=2).sum()
    np.float64(10.0)
    >>> finite_array([1, True], "targets")
    Traceback (most recent call last):
        ...
    symphase.errors.InputError: targets[1] = True: a boolean is not a number here; give a number
    """
    if isinstance(value, (list, tuple)):
        _check_cells(value, argument, ())
    if isinstance(value, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(value)
        if mask.any():
            raise _missing(argument, np.argwhere(mask)[0], int(mask.sum()))
        value = value.data
    try:
        raw = np.asarray(value)
    except (ValueError, TypeError, OverflowError, RecursionError) as reason:
        raise InputError(argument, value, f"is no array of numbers ({reason})", "give rows of equal length") from None
    check_memory(raw.size, argument, f"shape {raw.shape}", "use fewer numbers")
    if raw.dtype.kind not in "iuf":
        raise _wrong_dtype(raw, argument)
    with np.errstate(over="ignore"):  # a long double beyond float64 becomes inf and is reported below
        result: Array = np.array(raw, dtype=np.float64, order="C", copy=True, subok=False)
    if ndim is not None and result.ndim != ndim:
        raise _wrong_axes(result, argument, ndim)
    finite = np.isfinite(result)
    if not finite.all():
        index = tuple(int(k) for k in np.argwhere(~finite)[0])
        count = int(finite.size - np.count_nonzero(finite))
        others = f" ({count} entries are not)" if count > 1 else ""
        raise InputError(
            _at(argument, index), float(raw[index]), f"must be finite{others}", "remove or repair the entry"
        )
    result.setflags(write=False)
    return result


def _at(argument: str, index: Sequence[int]) -> str:
    return f"{argument}[{', '.join(map(str, index))}]" if len(index) else argument


def _missing(argument: str, index: Sequence[int], count: int) -> InputError:
    place = _at(argument, [int(k) for k in index])
    return InputError(place, "missing", f"must be a number ({count} missing)", "remove these samples or fill them in")


def _check_cells(cells: Sequence[Any], argument: str, index: tuple[int, ...]) -> None:
    """Refuse in nested lists what NumPy would convert silently (booleans, text) or report without a place."""
    if len(index) > 8:
        raise InputError(argument, "a list", "is nested too deeply", "give rows of numbers")
    width: int | None = None
    for k, cell in enumerate(cells):
        here = (*index, k)
        length = len(cell) if isinstance(cell, (list, tuple)) else -1
        if width is not None and length != width:
            found = "a number" if length < 0 else f"{length} entries"
            first = "a number" if width < 0 else f"{width}"
            raise InputError(_at(argument, here), cell, f"has {found} where the first has {first}", "make rows equal")
        width = length
        if isinstance(cell, (list, tuple)):
            _check_cells(cell, argument, here)
        elif isinstance(cell, (bool, np.bool_)):
            raise InputError(_at(argument, here), cell, "a boolean is not a number here", "give a number")
        elif cell is None:
            raise _missing(argument, here, 1)
        elif isinstance(cell, (str, bytes)):
            raise InputError(_at(argument, here), cell, "text is not a number here", "convert it with float() first")


def _wrong_dtype(raw: npt.NDArray[Any], argument: str) -> InputError:
    if raw.dtype.kind == "O" and raw.ndim:
        for index in np.ndindex(raw.shape):
            cell = raw[index]
            if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
                return _missing(argument, index, 1)
    named = {
        "b": "booleans are not numbers here",
        "c": "complex numbers are not accepted, even with zero imaginary part",
        "U": "text is not a number here",
        "S": "text is not a number here",
        "O": "is no plain array of numbers",
    }.get(raw.dtype.kind, "is no array of numbers")
    return InputError(argument, f"dtype {raw.dtype}", named, "give integers or floats, converted by yourself")


def _wrong_axes(found: Array, argument: str, ndim: int) -> InputError:
    wanted = {0: "be one number", 1: "have shape (n,)", 2: "have shape (n, d): one row per sample"}.get(
        ndim, f"have {ndim} axes"
    )
    hints = {
        (1, 2): "for one feature use features.reshape(-1, 1), for one sample features.reshape(1, -1)",
        (2, 1): "use ravel() if it is one column",
    }
    return InputError(argument, f"shape {found.shape}", f"must {wanted}", hints.get((found.ndim, ndim), "reshape it"))


# ------------------------------------------------------------------------------------------------------------ records


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Coherence(Shown):
    """How far rows are from being pairwise orthogonal.

    Attributes
    ----------
    largest : float
        The largest |cosine| between two different rows.  For ``kind`` "exact" it is 0; for "rounding" it is accurate
        to about 2⁻⁶⁰ (and 0 when smaller than that); for "none" its error is below ``threshold``.
    pair : tuple of int, or None
        The rows where it occurs, counted from 0; None when ``largest`` is 0.
    kind : {"exact", "rounding", "none"}
        "exact": all inner products of the stored rows are 0 in rational arithmetic.  "rounding": the largest cosine is
        at most ``threshold``.  "none": it is beyond, the rows are not orthogonal.
    threshold : float
        4·d·2⁻⁵², see :meth:`DataSet.coherence`.
    rows_examined : int
        How many rows, from the first on, were compared; fewer than all only when these were not orthogonal already.
    """

    largest: float
    pair: tuple[int, int] | None
    kind: Literal["exact", "rounding", "none"]
    threshold: float
    rows_examined: int

    def _line(self) -> str:
        where = (
            ""
            if self.pair is None
            else f", largest cosine {self.largest:.3g} between rows {self.pair[0]} and {self.pair[1]}"
        )
        told = {"exact": "orthogonal, exactly", "rounding": "orthogonal to rounding", "none": "not orthogonal"}
        return f"{told[self.kind]}{where}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class DataSet(Shown, ArrayRecord):
    """Features and targets of a regression problem, checked.

    Parameters
    ----------
    features : array-like, shape (n, d)
        One row per sample, n ≥ 1 and d ≥ 1, finite, no row zero.  Kept as a read-only float64 copy.
    targets : array-like, shape (n,)
        Finite.  Kept as a read-only float64 copy.
    name : str
        What to call the data.
    feature_names : sequence of str, length d, optional
        ``x1`` … ``xd`` when left out.
    target_name : str
        ``y`` when left out.
    notes : sequence of str
        Lines about the data (a CSV file's comment lines).

    Raises
    ------
    InputError
        For everything that :func:`finite_array` refuses, no samples, no features, shapes that disagree, zero rows
        (such a sample's prediction does not depend on the weights: it has no phase), and names that do not fit.

    Examples
    --------
    >>> data = DataSet(features=[[3, 4], [4, -3]], targets=[1, 2])
    >>> data.norms_squared
    (Fraction(25, 1), Fraction(25, 1))
    >>> data.coherence().kind
    'exact'
    """

    features: Array
    targets: Array
    name: str = "data"
    feature_names: tuple[str, ...] = ()
    target_name: str = "y"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        features = finite_array(self.features, "features", ndim=2)
        targets = finite_array(self.targets, "targets", ndim=1)
        if not features.size:
            raise InputError(
                "features",
                f"shape {features.shape}",
                "must have at least one sample and one feature",
                "give an array of shape (n, d)",
            )
        if len(features) != len(targets):
            shapes = f"shapes {features.shape} and {targets.shape}"
            raise InputError(
                "features and targets", shapes, "must have the same number of samples", "give one y per row"
            )
        occupied = features.any(axis=1)
        if not occupied.any():
            raise InputError(
                "features",
                f"shape {features.shape}",
                "are all zero: no sample depends on the weights",
                "give a nonzero row",
            )
        if not occupied.all():
            row = int(np.argmin(occupied))
            says = f"sample {row} (counted from 0) has x = 0: its residual is constant, it has no phase"
            raise InputError(f"features[{row}]", "a zero row", says, "remove the sample")
        for label, word in (("name", self.name), ("target_name", self.target_name)):
            if not isinstance(word, str):
                raise InputError(label, word, "must be text", "give a str")
        for label, words in (("feature_names", self.feature_names), ("notes", self.notes)):
            if not isinstance(words, (list, tuple)) or not all(isinstance(word, str) for word in words):
                raise InputError(label, words, "must be a list or tuple of texts", 'as ("a", "b")')
        names = tuple(self.feature_names) or tuple(f"x{k + 1}" for k in range(features.shape[1]))
        if len(names) != features.shape[1]:
            says = f"must be {features.shape[1]} names for features of shape {features.shape}"
            raise InputError("feature_names", f"{len(names)} names", says, "name every column once")
        object.__setattr__(self, "features", features)
        object.__setattr__(self, "targets", targets)
        object.__setattr__(self, "feature_names", names)
        object.__setattr__(self, "notes", tuple(self.notes))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DataSet):
            return NotImplemented
        words = (self.name, self.feature_names, self.target_name, self.notes)
        return (
            words == (other.name, other.feature_names, other.target_name, other.notes)
            and np.array_equal(self.features, other.features)
            and np.array_equal(self.targets, other.targets)
        )

    def __hash__(self) -> int:
        return hash((self.name, self.feature_names, self.target_name, self.notes, self.features.shape))

    @property
    def samples(self) -> int:
        """n, the number of samples."""
        return int(self.features.shape[0])

    @property
    def dimension(self) -> int:
        """d, the number of features."""
        return int(self.features.shape[1])

    @property
    def norms_squared(self) -> tuple[Fraction, ...]:
        """‖xᵢ‖² of every stored row, exactly."""
        squares = []
        for row in self.features:
            integers, exponent = _integers(row)
            squares.append(Fraction(sum(map(mul, integers, integers))) * Fraction(2) ** (2 * exponent))
        return tuple(squares)

    def orthogonal_coherence(self) -> Coherence:
        """Return the coherence of rows that must be orthogonal, exactly or to rounding.

        Returns
        -------
        Coherence

        Certainty
        ---------
        As for :meth:`coherence`.

        Raises
        ------
        InputError
            When the rows are not orthogonal.
        """
        found = self.coherence()
        if found.kind == "none":
            raise InputError(
                "data",
                self.name,
                f"must have orthogonal rows; the largest cosine is {found.largest:.3g} between rows {found.pair}",
                "the exact phases hold for orthogonal rows only; symphase lab page FILE runs any rows, as "
                "symphase.descend does in Python",
            )
        return found

    def coherence(self) -> Coherence:
        """Return the largest |cosine| between different rows, and what it says about orthogonality.

        Rows x, x′ that are exactly orthogonal and are rounded entry by entry to float64 (relative error
        u = 2⁻⁵³ each) keep |x·x′| ≤ (2u + u²) Σ|x_k x′_k| ≤ (2u + u²)‖x‖‖x′‖, a cosine of at most 2⁻⁵² to first order.
        Rows that were themselves computed in float64 (a QR factor, products of cosines) carry errors that grow with
        their length, of order d·u.  ``threshold`` is 4·d·2⁻⁵², the second with a safety factor of 4 (and so at
        least 4 times the first).  Tables printed with fewer digits than float64 holds are beyond it.

        Returns
        -------
        Coherence
            At least the first 8192 rows are compared; the rest only while these are orthogonal.

        Certainty
        ---------
        ``kind`` "exact" is proved in integer arithmetic; the cosine itself is numerical.

        Examples
        --------
        >>> DataSet(features=[[1, 1], [1, -1]], targets=[1, 1]).coherence().largest
        0.0
        >>> DataSet(features=[[1, 0], [1, 1]], targets=[1, 1]).coherence().kind
        'none'
        """
        threshold = _SAFETY * self.dimension * 2.0**-52
        largest, pair, rows = _largest_cosine(self.features, 2 * threshold, accurate=False)
        if largest <= 2 * threshold:
            largest, pair, rows = _largest_cosine(self.features, threshold, accurate=True)
        if largest > threshold:
            return Coherence(largest=largest, pair=pair, kind="none", threshold=threshold, rows_examined=rows)
        if largest > 0 or not _all_products_vanish(self.features):
            return Coherence(largest=largest, pair=pair, kind="rounding", threshold=threshold, rows_examined=rows)
        return Coherence(largest=0.0, pair=None, kind="exact", threshold=threshold, rows_examined=rows)

    def _line(self) -> str:
        return (
            f"{cut(self.name, 40)}, {count_text(self.samples, 'sample')} of {count_text(self.dimension, 'feature')}, "
            f"target {cut(self.target_name, 16)}"
        )

    def _repr_html_(self) -> str:
        columns = (*self.feature_names[:_SHOWN_FEATURES], *(("…",) if self.dimension > _SHOWN_FEATURES else ()))
        rows = (
            (
                *(number_text(float(value)) for value in row[:_SHOWN_FEATURES]),
                *(("…",) if self.dimension > _SHOWN_FEATURES else ()),
                number_text(float(target)),
            )
            for row, target in zip(self.features, self.targets, strict=True)
        )
        shape = f"{count_text(self.samples, 'sample')} of {count_text(self.dimension, 'feature')}"
        caption = f"<strong>{text_html(self.name, 80)}</strong>: {shape}"
        heads = [cut(name, 40) for name in (*columns, self.target_name)]
        return rows_table(caption, heads, rows, total=self.samples)


def dataset(
    features: object,
    targets: object,
    *,
    name: str = "data",
    feature_names: Sequence[str] = (),
    target_name: str = "y",
) -> DataSet:
    """Make a checked data set from arrays or lists.

    Parameters
    ----------
    features : array-like, shape (n, d)
        One row per sample.
    targets : array-like, shape (n,)
        One number per sample.
    name, feature_names, target_name : optional
        What to call the data and its columns.

    Returns
    -------
    DataSet

    Raises
    ------
    InputError
        As :class:`DataSet`.

    Examples
    --------
    >>> dataset([[1, 0], [0, 2]], [1, 1]).norms_squared[1]
    Fraction(4, 1)
    >>> dataset([[1, 0], [0, 2]], [1, 1, 1])
    Traceback (most recent call last):
        ...
    symphase.errors.InputError: features and targets = shapes (2, 2) and (3,): must have the same number of samples; \
give one y per row
    """
    given: Any = features
    labels: Any = targets
    names: Any = feature_names
    return DataSet(features=given, targets=labels, name=name, feature_names=names, target_name=target_name)


# ------------------------------------------------------------------------------------------------------ orthogonality


def _integers(row: Array) -> tuple[list[int], int]:
    """Write a row exactly as integers times a common power of two."""
    mantissas, exponents = np.frexp(row)
    whole = (mantissas * 2.0**53).astype(np.int64)
    used = exponents[whole != 0]
    lowest = int(used.min()) if used.size else 0
    shifts = np.where(whole != 0, exponents - lowest, 0).tolist()
    return [value << shift for value, shift in zip(whole.tolist(), shifts, strict=True)], lowest - 53


def _scaled(rows: Array) -> Array:
    """Multiply every row by a power of two, exactly, so that its largest entry lies in [½, 1)."""
    exponents = np.frexp(np.abs(rows).max(axis=1))[1]
    scaled: Array = np.ldexp(rows, -exponents[:, np.newaxis])
    return scaled


def _limbs(scaled: Array, bits: int) -> list[Array]:
    """Split entries |x| < 1 into pieces of ``bits`` bits, so that products of pieces add up without rounding.

    Ozaki, Ogita, Oishi, Rump, "Error-free transformations of matrix multiplication by using fast routines of matrix
    multiplication and its applications", Numer. Algorithms 59 (2012).
    """
    pieces = []
    rest = scaled
    for k in range(1, _LIMBS + 1):
        piece = np.ldexp(np.rint(np.ldexp(rest, k * bits)), -k * bits)
        rest = rest - piece
        pieces.append(piece)
    return pieces


def _accurate_products(left: Array, right: Array) -> tuple[Array, float]:
    """Inner products of scaled rows, with a bound on their absolute error."""
    width = left.shape[1]
    bits = (53 - math.ceil(math.log2(width))) // 2
    ours, theirs = _limbs(left, bits), _limbs(right, bits)
    total: Array = np.zeros((len(left), len(right)))
    for order in range(_LIMBS - 1, -1, -1):  # the smallest products first
        for k in range(order + 1):
            total += ours[k] @ theirs[order - k].T
    # Each product of pieces is exact; what remains is the rounding of their sum and the pieces left out.
    return total, 8 * width * (2.0 ** -(bits + 53) + (_LIMBS + 2) * 2.0 ** (-_LIMBS * bits))


def _largest_cosine(features: Array, enough: float, *, accurate: bool) -> tuple[float, tuple[int, int] | None, int]:
    """Return the largest |cosine| of two different rows, its pair, and the number of rows looked at."""
    count = len(features)
    largest, pair, done = 0.0, None, 1
    for start in range(0, count, _TILE):
        right = _scaled(features[start : start + _TILE])
        right_norms = np.sqrt(np.einsum("ij,ij->i", right, right))
        done = start + len(right)
        for above in range(0, start + 1, _TILE):
            left = _scaled(features[above : above + _TILE])
            left_norms = np.sqrt(np.einsum("ij,ij->i", left, left))
            if accurate:
                products, error = _accurate_products(left, right)
                products[np.abs(products) <= 2 * error] = 0.0  # not told apart from 0: left to integer arithmetic
                cosines = np.abs(products) / left_norms[:, np.newaxis] / right_norms
            else:
                cosines = np.abs((left / left_norms[:, np.newaxis]) @ (right / right_norms[:, np.newaxis]).T)
            if above == start:
                cosines[np.tril_indices(len(left))] = 0.0
            place = int(cosines.argmax())
            found = float(cosines.flat[place])
            if found > largest:
                i, j = divmod(place, len(right))
                largest, pair = found, (above + i, start + j)
        if largest > enough and done >= _ROWS_ENOUGH:
            break
    return min(largest, 1.0), pair, done


def _all_products_vanish(features: Array) -> bool:
    """Decide in integer arithmetic whether all inner products of different rows are 0."""
    scaled = _scaled(features)
    bits = (53 - math.ceil(math.log2(features.shape[1]))) // 2
    kept = np.count_nonzero(scaled) == np.count_nonzero(features)  # nothing was scaled below the smallest float
    if kept and np.array_equal(_limbs(scaled, bits)[0], scaled):
        products = scaled @ scaled.T  # no rounding: all partial sums are integers below 2⁵³ in units of 2^(−2·bits)
        return bool(np.count_nonzero(products) == len(features))
    support = (features != 0).astype(np.float64)
    integers = [_integers(row)[0] for row in features]
    for i, own in enumerate(integers):
        for j in np.flatnonzero(support[i + 1 :] @ support[i]) + i + 1:
            if sum(map(mul, own, integers[j])):
                return False
    return True


# -------------------------------------------------------------------------------------------------------------- files


def read_table(path: str | os.PathLike[str], *, target: str | None = None) -> DataSet:
    r"""Read features and targets from a CSV or NPZ file.

    CSV: UTF-8 text, one sample per line, columns separated by tabs, semicolons or commas (the first of these that
    occurs in the first line).  The first line names the columns, unless all its cells are numbers; then they are called
    x1, x2, … and the last one y.  Lines that begin with ``#`` become the data's ``notes``; empty lines are skipped.
    Numbers are plain decimals, rounded to the nearest float64.

    NPZ: as written by ``np.savez(path, X=features, y=targets)``; the names may be ``features`` and ``targets``.

    Parameters
    ----------
    path : str or path
        At most 256 MiB of CSV; an NPZ file may declare at most 1 GiB of data.
    target : str, optional
        The column (CSV) or array (NPZ) that holds the targets.  When left out: the one column named y, target or label
        (in any case), otherwise the last.

    Returns
    -------
    DataSet
        Named after the file.

    Raises
    ------
    InputError
        For files that cannot be read, are no such table, are cut off, or declare more than the limits; for ragged
        rows, missing cells and cells that are no numbers (with line and column); and as :class:`DataSet`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "two.csv")
    ...     _ = file.write_text("left,right,y\n3,4,1\n4,-3,2\n")
    ...     data = read_table(file)
    >>> data.feature_names, data.targets.tolist()
    (('left', 'right'), [1.0, 2.0])
    """
    if target is not None and not isinstance(target, str):
        raise InputError("target", target, "must be the name of a column", "leave it out to take the last column")
    try:
        file = Path(path)
    except TypeError:
        raise InputError("path", path, "must be the name of a CSV or NPZ file", "as data.csv") from None
    label = file.name or str(path)
    try:
        status = file.stat()
        if stat.S_ISDIR(status.st_mode):
            raise InputError("path", label, "is a folder", "name a CSV or NPZ file in it")
        if not stat.S_ISREG(status.st_mode):
            raise InputError("path", label, "is no ordinary file", "save the data in a file first")
        if status.st_size == 0:
            raise InputError("path", label, "is an empty file", "give a CSV or NPZ file with data")
        with file.open("rb") as stream:
            return _read_stream(stream, status.st_size, label, file.stem, target)
    except FileNotFoundError:
        raise InputError("path", label, "does not exist", "check the name and the folder") from None
    except (OSError, ValueError) as reason:
        if isinstance(reason, InputError):
            raise
        detail = getattr(reason, "strerror", None) or str(reason)
        raise InputError("path", label, f"cannot be read ({detail})", "give a CSV or NPZ file") from None


def _read_stream(stream: BinaryIO, size: int, label: str, name: str, target: str | None) -> DataSet:
    start = stream.read(8)
    stream.seek(0)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _read_npz(stream, size, label, name, target)
    if label.lower().endswith(".npz"):
        raise InputError("path", label, "is no NPZ file (it does not begin as a zip archive)", "write it with np.savez")
    if start.startswith(b"\x93NUMPY"):
        raise InputError("path", label, "is a single array", "write np.savez(path, X=features, y=targets)")
    if start.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ")):
        raise InputError("path", label, "is compressed", "unpack it first")
    if size > MAX_CSV_BYTES:
        raise InputError("path", f"{label} ({size} bytes)", "must be at most 256 MiB as CSV", "write it as NPZ")
    content = stream.read(MAX_CSV_BYTES + 1)
    if len(content) > MAX_CSV_BYTES:  # it grew after its size was looked up
        raise InputError("path", label, "must be at most 256 MiB as CSV", "write it as NPZ")
    return _parse_csv(content, label, name, target)


# ---------------------------------------------------------------------------------------------------------------- CSV


def _lines(content: bytes, label: str) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines of UTF-8 text, whatever its line ends."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError("path", label, "is UTF-16 text", "save it as UTF-8")
    if b"\0" in content:
        raise InputError("path", label, "is no text (it holds zero bytes)", "give a CSV or NPZ file")
    text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline=None)
    number = 0
    try:
        for line in text:
            number += 1
            yield number, line.removesuffix("\n")
    except UnicodeDecodeError as reason:
        said = f"is no UTF-8 text ({reason.reason} in line {_broken_line(content)})"
        raise InputError("path", label, said, "save it as UTF-8") from None


def _broken_line(content: bytes) -> int:
    """The line that holds the first byte that is no UTF-8: a reader decodes many lines at once."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as reason:
        content = content[: reason.start]
    return len(re.findall(rb"\r\n|\r|\n", content)) + 1


def _delimiter(line: str) -> str:
    bare = re.sub(r'"[^"]*"', "", line)
    return next((mark for mark in "\t;" if mark in bare), ",")


def _split(line: str, delimiter: str, number: int, label: str) -> list[str]:
    if '"' not in line:
        return [cell.strip(" \t") for cell in line.split(delimiter)]
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True))
    except (csv.Error, StopIteration):
        raise InputError(
            "path", label, f"line {number} has an unclosed or misplaced quote", "repair the line"
        ) from None
    return [cell.strip(" \t") for cell in cells]


def _is_number(cell: str) -> bool:
    return len(cell) <= _MAX_CELL and _NUMBER.fullmatch(cell) is not None


def _looks_numeric(cell: str) -> bool:
    """Whether a cell is, or may have been meant as, a number: such cells do not name columns."""
    if not any(mark.isalpha() for mark in cell):
        return True
    try:
        float(cell)  # also accepts nan, inf, 1e5, and Unicode digits
    except ValueError:
        return False
    return True


def _parse_csv(content: bytes, label: str, name: str, target: str | None) -> DataSet:
    notes: list[str] = []
    header: list[str] = []
    delimiter = ","
    values = array("d")
    for number, line in _lines(content, label):
        if line.startswith("#"):
            notes.append(line[1:].strip())
            continue
        if not line.strip(" "):
            continue
        if not header:
            delimiter = _delimiter(line)
            cells = _split(line, delimiter, number, label)
            header, is_data = _column_names(cells, number, label)
            if not is_data:
                continue
        else:
            cells = _split(line, delimiter, number, label)
        if len(cells) != len(header):
            said = f"line {number} has {len(cells)} cells, the table's first line has {len(header)}"
            raise InputError("path", label, said, "give every line the same number of cells")
        for k, cell in enumerate(cells):
            values.append(_cell(cell, number, k, header[k], label))
    if not header:
        raise InputError("path", label, "holds no table", "give a header line and at least one line of numbers")
    if not values:
        raise InputError("path", label, "holds a header but no samples", "give at least one line of numbers")
    table: Array = np.frombuffer(values, dtype=np.float64).reshape(-1, len(header))
    column = _target_column(header, target, label)
    return DataSet(
        features=np.delete(table, column, axis=1),
        targets=table[:, column],
        name=name,
        feature_names=tuple(header[:column] + header[column + 1 :]),
        target_name=header[column],
        notes=tuple(notes),
    )


def _column_names(cells: list[str], number: int, label: str) -> tuple[list[str], bool]:
    """Return the names of the columns, and whether the line holds numbers instead."""
    if len(cells) < 2:
        said = f"line {number} has one column; features and a target need two"
        raise InputError("path", label, said, "separate columns by commas, semicolons or tabs")
    if all(_is_number(cell) for cell in cells):
        return [f"x{k}" for k in range(1, len(cells))] + ["y"], True
    seen: set[str] = set()
    for k, cell in enumerate(cells):
        if not cell:
            said = f"line {number} names no column {k + 1}"
            raise InputError("path", label, said, "name every column (an index column must go)")
        if _looks_numeric(cell):
            # Otherwise one bad cell would turn the first sample into a header, and nobody would miss it.
            odd = next(j for j, other in enumerate(cells) if not _is_number(other))
            said = f"line {number} is neither numbers nor names (column {odd + 1} is {cells[odd][:20]!r})"
            raise InputError("path", label, said, "give names that hold a letter, or repair the numbers")
        if cell in seen:
            raise InputError("path", label, f"line {number} names two columns {cell[:40]!r}", "give each its own name")
        seen.add(cell)
    return cells, False


def _cell(cell: str, number: int, k: int, name: str, label: str) -> float:
    if _is_number(cell):
        value = float(cell)
        if math.isfinite(value):
            return value
        said = f"is beyond the range of float64 ({cell[:20]})"
    elif not cell:
        said = "is missing"
    else:
        said = f"is no plain decimal number ({cell[:40]!r})"
    advice = "use a decimal point" if "," in cell else "write numbers as 1.25 or 1.25e-3; remove incomplete samples"
    raise InputError("path", label, f"line {number}, column {k + 1} ({name[:40]!r}) {said}", advice)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name[:40]) for name in names[:8]) + (", …" if len(names) > 8 else "")


def _target_column(header: list[str], target: str | None, label: str) -> int:
    if target is not None:
        if target in header:
            return header.index(target)
        raise InputError("target", target, "is no column of the file", f"the columns are {_listed(header)}")
    usual = [k for k, name in enumerate(header) if name.lower() in _TARGET_NAMES]
    if len(usual) > 1:
        names = _listed([header[k] for k in usual])
        raise InputError(
            "path", label, f"has several columns that could be the target: {names}", "say which with target="
        )
    return usual[0] if usual else len(header) - 1


# ---------------------------------------------------------------------------------------------------------------- NPZ


def _check_directory(stream: BinaryIO, size: int, label: str) -> None:
    """Look up how long the zip directory claims to be before ``zipfile`` reads all of it."""
    stream.seek(max(0, size - 65557))
    tail = stream.read()
    place = tail.rfind(b"PK\5\6")
    if place < 0 or len(tail) - place < 22:
        raise InputError("path", label, "is cut off (the archive's directory is missing)", "write it again")
    length = int.from_bytes(tail[place + 12 : place + 16], "little")
    if tail[max(0, place - 20) : place].startswith(b"PK\6\7") or length > _MAX_DIRECTORY_BYTES:
        raise InputError("path", label, "has an archive directory that is too long", "write X and y with np.savez")
    stream.seek(0)


def _read_npz(stream: BinaryIO, size: int, label: str, name: str, target: str | None) -> DataSet:
    if size > MAX_NPZ_BYTES:
        raise InputError("path", f"{label} ({size} bytes)", "must be at most 1 GiB", "use a part of the data")
    _check_directory(stream, size, label)
    try:
        with zipfile.ZipFile(stream) as archive:
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            if len(members) != len(archive.infolist()):  # which of them is meant nobody can say
                raise InputError("path", label, "holds two arrays of one name", "write it again with np.savez")
            chosen = _npz_names(members, target, label)
            declared = sum(members[key].file_size for key in chosen)
            if declared > MAX_NPZ_BYTES:
                raise InputError(
                    "path", label, f"declares {declared} bytes of data, more than 1 GiB", "use a part of it"
                )
            for key in chosen:
                _check_member(members[key], key, label)
            features, targets = (_read_member(archive, members[key], key, label) for key in chosen)
    except InputError:
        raise
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, OSError, ValueError) as reason:
        raise InputError("path", label, f"is a damaged or cut-off archive ({reason})", "write it again") from None
    return DataSet(features=features, targets=targets, name=name, target_name=chosen[1])


def _npz_names(members: dict[str, zipfile.ZipInfo], target: str | None, label: str) -> tuple[str, str]:
    features = [key for key in ("X", "features") if key in members]
    targets = [key for key in ("y", "targets") if key in members] if target is None else [target]
    if target is not None and target not in members:
        raise InputError("target", target, "is no array of the file", f"it holds {_listed(list(members))}")
    if len(features) != 1 or len(targets) != 1:
        said = (
            f"must hold one array X (or features) and one y (or targets); it holds {_listed(list(members)) or 'none'}"
        )
        raise InputError("path", label, said, "write np.savez(path, X=features, y=targets)")
    return features[0], targets[0]


def _check_member(info: zipfile.ZipInfo, key: str, label: str) -> None:
    if info.flag_bits & 0x1:
        raise InputError("path", label, f"array {key} is encrypted", "write it with np.savez")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(
            "path", label, f"array {key} is packed in an unusual way", "use np.savez or np.savez_compressed"
        )
    if info.file_size > MAX_NPZ_RATIO * max(info.compress_size, 1):
        said = f"array {key} claims to unpack to more than {MAX_NPZ_RATIO} times its size"
        raise InputError("path", label, said, "write it with np.savez")


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, key: str, label: str) -> npt.NDArray[Any]:
    """Read one .npy member without NumPy's loader: there is no pickle to forbid."""

    def refuse(said: str) -> InputError:
        return InputError("path", label, f"array {key} {said}", "write np.savez(path, X=features, y=targets)")

    with archive.open(info) as member:
        magic = member.read(8)
        if len(magic) < 8 or magic[:6] != b"\x93NUMPY" or magic[6] not in (1, 2):
            raise refuse("is no NumPy array of format 1 or 2")
        width = 2 if magic[6] == 1 else 4
        length = int.from_bytes(member.read(width), "little")
        if length > _MAX_HEADER_BYTES:
            raise refuse("has a header that is too long")
        header = _NPY_HEADER.fullmatch(member.read(length).decode("latin-1"))
        if header is None:
            raise refuse("is no plain array of numbers")
        descr, fortran, axes = header.groups()
        kind = re.fullmatch(r"[<>=|]?([iuf])([1248]|16)", descr)
        if kind is None:
            kinds = {"O": "objects", "b": "booleans", "c": "complex numbers", "U": "text", "S": "text"}
            raise refuse(
                f"holds {kinds.get(descr.lstrip('<>=|')[:1], 'no numbers')} (dtype {descr!r}), not real numbers"
            )
        try:
            dtype = np.dtype(descr)
            shape = tuple(int(axis) for axis in axes.split(",") if axis.strip())
        except (TypeError, ValueError):
            raise refuse("has a header that makes no sense") from None
        expected = dtype.itemsize * math.prod(shape)
        if expected != info.file_size - 8 - width - length:
            raise refuse(f"has a header that declares shape {shape}, which is not what the file holds")
        if len(shape) > 2:
            raise refuse(f"has shape {shape}, but features have two dimensions, targets one")
        content = member.read(expected)
        if len(content) != expected or member.read(1):
            raise refuse("is cut off")
    return np.frombuffer(content, dtype=dtype).reshape(shape, order="F" if fortran == "True" else "C")


# ------------------------------------------------------------------------------------------------- the shipped example


def load_digit_dct() -> DataSet:
    """Load the shipped example: squared orthonormal-DCT coefficients of a real 8×8 image of a handwritten digit.

    Row i of the features is one of the 64 orthonormal two-dimensional DCT-II basis images, and yᵢ = (xᵢᵀ image)²:
    phase retrieval of a real signal from the moduli of an orthogonal transform.  ``symphase/data/LICENSE.md`` names
    the source and its licence, ``symphase/data/make_digit_dct.py`` made the file.

    Returns
    -------
    DataSet
        n = d = 64, rows orthogonal to rounding.

    Examples
    --------
    >>> data = load_digit_dct()
    >>> data.features.shape, data.coherence().kind
    ((64, 64), 'rounding')
    """
    content = resources.files("symphase").joinpath("data", "digit_dct.csv").read_bytes()
    return _parse_csv(content, "digit_dct.csv", "digit_dct", None)


def load_digit_image() -> npt.NDArray[np.int64]:
    """Return the image behind :func:`load_digit_dct`: the signal that phase retrieval is to find, up to sign.

    Returns
    -------
    ndarray of int64, shape (8, 8)
        Pixels from 0 (paper) to 16 (ink); read-only.

    Examples
    --------
    >>> image, data = load_digit_image(), load_digit_dct()
    >>> bool(np.allclose((data.features @ image.ravel()) ** 2, data.targets))
    True
    """
    prefix = "image:"
    notes = load_digit_dct().notes
    rows = [[int(pixel) for pixel in note.removeprefix(prefix).split()] for note in notes if note.startswith(prefix)]
    image: npt.NDArray[np.int64] = np.array(rows, dtype=np.int64)
    image.setflags(write=False)
    return image
