"""Tables: what is read, what is refused, and how far rows are from orthogonal."""

from __future__ import annotations

import io
import math
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from knob import trials

import symphase.tables
from symphase.data import make_digit_dct
from symphase.errors import InputError
from symphase.tables import (
    dataset,
    finite_array,
    load_digit_dct,
    load_digit_image,
    read_table,
)

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a CSV file and return its path."""

    def _write(content: str | bytes) -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _write


def refused(call: Callable[[], object], *words: str) -> InputError:
    """The call's InputError, whose message must hold the words and be one line."""
    with pytest.raises(InputError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message, message
    return caught.value


# ---------------------------------------------------------------------------------------------------- from the caller


def test_arrays_are_copied_and_read_only() -> None:
    source = np.array([[1.0, 2.0], [3.0, 4.0]])
    data = dataset(source, [1, 2])
    source[0, 0] = 9.0
    assert data.features[0, 0] == 1.0
    assert data.features.dtype == data.targets.dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        data.features[0, 0] = 5.0
    with pytest.raises(ValueError, match="read-only"):
        data.targets[0] = 5.0
    assert (data.samples, data.dimension, data.feature_names, data.target_name) == (2, 2, ("x1", "x2"), "y")


def test_integers_do_not_overflow() -> None:
    big = np.array([[2_000_000_000, 2_000_000_000]], dtype=np.int32)
    assert dataset(big, [1]).norms_squared == (Fraction(8 * 10**18),)


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64, np.float16, np.float32, np.longdouble])
def test_numeric_types_are_accepted(dtype: type) -> None:
    assert finite_array(np.array([3, 4], dtype=dtype), "targets").tolist() == [3.0, 4.0]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([[1.0, 2.0], [3.0]], ("features[1]", "1 entries", "2")),
        ([[1.0, 2.0], 3.0], ("features[1]", "a number")),
        ([1.0, [2.0]], ("features[1]", "1 entries", "a number")),
        ([[1.0, True]], ("features[0, 1]", "boolean")),
        ([[1.0, np.True_]], ("features[0, 1]", "boolean")),
        ([[1.0, None]], ("features[0, 1]", "(1 missing)")),
        ([[1.0, "2"]], ("features[0, 1]", "text")),
        (np.array([[True, False]]), ("dtype bool", "boolean")),
        (np.array([["1", "2"]]), ("dtype <U1", "text")),
        (np.array([[1 + 0j]]), ("dtype complex128", "complex")),
        (np.array([[1, None]], dtype=object), ("features[0, 1]", "missing")),
        (np.array([[1, 2]], dtype=object), ("dtype object",)),
        ([[Fraction(1, 2)]], ("dtype object", "converted by yourself")),
        ([[10**400]], ("dtype object",)),
        (np.array(["2020-01-01"], dtype="M8[D]"), ("dtype datetime64",)),
        ([np.zeros(2), np.zeros(3)], ("no array of numbers",)),
        (
            np.ma.masked_array([[1.0, 2.0], [3.0, 4.0]], mask=[[False, False], [True, True]]),
            ("features[1, 0]", "2 missing"),
        ),
        ([[1.0, math.nan]], ("features[0, 1] = nan", "finite")),
        ([[1.0, 2.0], [math.inf, math.nan]], ("features[1, 0] = inf", "2 entries")),
        (np.array([[np.finfo(np.longdouble).max]]), ("features[0, 0] = inf",)),
        ([1.0, 2.0], ("shape (2,)", "(n, d)", "reshape(-1, 1)")),
        (np.zeros((2, 2, 2)), ("shape (2, 2, 2)", "(n, d)")),
        (3.0, ("shape ()", "(n, d)")),
        (None, ("dtype object",)),
        ("1 2 3", ("text",)),
        ({1: 2}, ("dtype object",)),
    ],
)
def test_what_is_no_matrix_is_refused(value: object, words: tuple[str, ...]) -> None:
    refused(lambda: finite_array(value, "features", ndim=2), *words)


def test_a_list_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    refused(lambda: finite_array(endless, "features"), "nested too deeply")


def test_masked_arrays_without_missing_values_are_accepted() -> None:
    assert dataset(np.ma.masked_array([[1.0, 2.0]], mask=False), [1]).features.tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize(
    ("features", "targets", "words"),
    [
        ([[1.0], [2.0]], [1.0], ("(2, 1)", "(1,)")),
        ([[1.0], [2.0]], [[1.0], [2.0]], ("targets", "shape (2, 1)", "ravel()")),
        (np.zeros((0, 3)), [], ("(0, 3)", "at least one sample")),
        (np.zeros((3, 0)), [1, 2, 3], ("(3, 0)", "at least one")),
        ([[1.0, 0.0], [0.0, -0.0], [0.0, 0.0]], [1, 2, 3], ("features[1]", "zero row", "residual is constant")),
        ([[0.0], [0.0]], [1, 2], ("all zero", "no sample depends on the weights")),
    ],
)
def test_data_that_disagree_are_refused(features: Any, targets: Any, words: tuple[str, ...]) -> None:
    refused(lambda: dataset(features, targets), *words)


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"feature_names": ["one"]}, ("1 names", "must be 2")),
        ({"feature_names": "ab"}, ("feature_names",)),
        ({"feature_names": [1, 2]}, ("feature_names",)),
        ({"name": 3}, ("name = 3",)),
        ({"target_name": None}, ("target_name",)),
    ],
)
def test_names_that_do_not_fit_are_refused(extra: dict[str, Any], words: tuple[str, ...]) -> None:
    refused(lambda: dataset([[1.0, 2.0]], [1.0], **extra), *words)


def test_data_sets_are_equal_when_all_is() -> None:
    one = dataset([[1, 2]], [3])
    assert one == dataset([[1.0, 2.0]], [3.0])
    assert hash(one) == hash(dataset([[1.0, 2.0]], [3.0]))
    for other in (dataset([[1, 3]], [3]), dataset([[1, 2]], [4]), dataset([[1, 2]], [3], name="other"), "data"):
        assert one != other


# ------------------------------------------------------------------------------------------------------ orthogonality


finite = st.floats(min_value=-1e200, max_value=1e200, allow_nan=False)


@given(st.lists(finite, min_size=1, max_size=5).filter(any))
@settings(max_examples=trials(60))
def test_norms_are_exact(row: list[float]) -> None:
    assert dataset([row], [1.0]).norms_squared == (sum(Fraction(value) ** 2 for value in row),)


def test_norms_are_exact_at_the_ends_of_the_range() -> None:
    row = [5e-324, 1.7e308, -1.0]
    assert dataset([row], [1.0]).norms_squared == (sum(Fraction(value) ** 2 for value in row),)


small = st.integers(min_value=-9, max_value=9)


@given(st.lists(st.tuples(small, small, small).filter(any), min_size=1, max_size=4))
@settings(max_examples=trials(150))
def test_coherence_agrees_with_exact_inner_products(rows: list[tuple[int, int, int]]) -> None:
    found = dataset(rows, [1] * len(rows)).coherence()
    cosines = {
        (i, j): abs(sum(a * b for a, b in zip(rows[i], rows[j], strict=True)))
        / math.sqrt(sum(a * a for a in rows[i]) * sum(b * b for b in rows[j]))
        for i in range(len(rows))
        for j in range(i + 1, len(rows))
    }
    expected = max(cosines.values(), default=0.0)
    assert found.kind == ("exact" if expected == 0 else "none")
    assert found.largest == pytest.approx(expected, abs=1e-15)
    if expected:
        assert found.pair is not None
        assert cosines[found.pair] == pytest.approx(expected, abs=1e-15)
    else:
        assert found.pair is None


def _hadamard(order: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    matrix = np.ones((1, 1))
    for _ in range(order):
        matrix = np.kron(matrix, np.array([[1.0, 1.0], [1.0, -1.0]]))
    return matrix


@pytest.mark.parametrize(
    "rows",
    [
        _hadamard(6),
        _hadamard(4) * 0.1,  # exactly orthogonal, as 0.1 is the same float everywhere
        _hadamard(3) * 2.0 ** np.arange(-300, 100, 50)[:, np.newaxis],
        np.eye(7) * 1e-300,
        np.eye(5) * 1e300,
        np.array([[3.0, 4.0], [4 * 2.0**600, -3 * 2.0**600]]),
        # wide mantissas that must go through integers: (a, b)·(b, −a) = 0 for any floats
        np.array([[math.pi, math.e], [math.e, -math.pi]]),
        np.array([[math.pi, 1e-9 * math.e], [1e-9 * math.e, -math.pi]]),
        np.array([[5.0]]),
    ],
)
def test_exactly_orthogonal_rows(rows: Any) -> None:
    found = dataset(rows, np.ones(len(rows))).coherence()
    assert (found.kind, found.largest, found.pair) == ("exact", 0.0, None)


@pytest.mark.parametrize("rows", [[[1.0, 2.0**-70], [0.0, 1.0]], [[2.0**900, 2.0**-1000], [0.0, 1.0]]])
def test_inner_products_too_small_for_floats_are_not_called_exact(rows: Any) -> None:
    found = dataset(rows, [1, 1]).coherence()
    assert found.kind == "rounding"
    assert found.largest <= 2.0**-60


def test_rotated_rows_are_orthogonal_to_rounding() -> None:
    rows = np.linalg.qr(np.random.default_rng(5).standard_normal((40, 40)))[0] * np.arange(1.0, 41.0)[:, np.newaxis]
    found = dataset(rows, np.ones(40)).coherence()
    assert found.kind == "rounding"
    assert found.threshold == 4 * 40 * 2.0**-52
    # The cosine itself is accurate though it is far below the rounding of a float inner product.
    assert found.pair is not None
    i, j = found.pair
    exact = [
        [
            abs(sum((Fraction(a) * Fraction(b) for a, b in zip(x.tolist(), y.tolist(), strict=True)), Fraction(0)))
            / Fraction(math.sqrt(float((x @ x) * (y @ y))))
            for y in rows
        ]
        for x in rows
    ]
    largest = max(exact[r][s] for r in range(40) for s in range(r))
    assert float(exact[i][j]) == pytest.approx(found.largest, rel=1e-6)
    assert float(largest) == pytest.approx(found.largest, rel=1e-6)


@pytest.mark.parametrize(("factor", "kind"), [(0.9, "rounding"), (1.1, "none")])
def test_the_threshold_decides(factor: float, kind: str) -> None:
    threshold = 4 * 3 * 2.0**-52
    found = dataset([[1.0, 0.0, 0.0], [factor * threshold, 1.0, 0.0]], [1, 1]).coherence()
    assert found.kind == kind
    assert found.largest == pytest.approx(factor * threshold, rel=1e-9)
    assert found.pair == (0, 1)


def test_the_largest_cosine_is_found_across_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symphase.tables, "_TILE", 3)
    rows = np.eye(11)
    rows[9, 1] = -0.5  # in another tile than row 1
    rows[10, 8] = 0.25
    found = dataset(rows, np.ones(11)).coherence()
    assert found.pair == (1, 9)
    assert found.largest == pytest.approx(0.5 / math.sqrt(1.25))
    assert found.rows_examined == 11


def test_many_rows_are_refuted_without_all_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symphase.tables, "_TILE", 4)
    monkeypatch.setattr(symphase.tables, "_ROWS_ENOUGH", 8)
    found = dataset(np.random.default_rng(0).standard_normal((50, 2)), np.ones(50)).coherence()
    assert (found.kind, found.rows_examined) == ("none", 8)


# ---------------------------------------------------------------------------------------------------------------- CSV


@pytest.mark.parametrize(
    "content",
    [
        "u,v,y\n1,2,3\n-4,5e-1,.25\n",
        "u,v,y\r\n1,2,3\r\n-4,5e-1,.25\r\n",
        "u,v,y\r1,2,3\r-4,5e-1,.25",
        "\ufeffu,v,y\n1,2,3\n-4,0.5,0.25\n",
        "u;v;y\n1;2;3\n-4;0.5;0.25\n",
        "u\tv\ty\n1\t2\t3\n-4\t0.5\t0.25\n",
        '"u","v","y"\n"1",2,3\n-4,"0.5",+0.25\n',
        "# a note\n#another\n\nu , v, y\n 1, 2 ,3\n# between\n\n-4,0.50,25e-2\n\n",
        "u,Y,v\n1,3,2\n-4,0.25,0.5\n".replace("Y", "y"),
    ],
)
def test_csv_dialects(write: Write, content: str) -> None:
    data = read_table(write(content))
    assert data.features.tolist() == [[1.0, 2.0], [-4.0, 0.5]]
    assert data.targets.tolist() == [3.0, 0.25]
    assert (data.feature_names, data.target_name, data.name) == (("u", "v"), "y", "table")


def test_quotes_protect_delimiters(write: Write) -> None:
    data = read_table(write('"u;1","v, ""w"""\n1,2\n'))
    assert (data.feature_names, data.target_name) == (("u;1",), 'v, "w"')


def test_notes_are_kept(write: Write) -> None:
    assert read_table(write("# one\nu,y\n1,2\n#two \n")).notes == ("one", "two")


def test_a_table_without_header(write: Write) -> None:
    data = read_table(write("1,2,3\n4,5,6\n"))
    assert (data.feature_names, data.target_name) == (("x1", "x2"), "y")
    assert data.targets.tolist() == [3.0, 6.0]


@pytest.mark.parametrize(
    ("header", "target", "expected"),
    [
        ("a,Target,b", None, "Target"),
        ("label,a,b", None, "label"),
        ("a,b,c", None, "c"),
        ("a,b,y", "a", "a"),
        ("y,target,b", "target", "target"),
    ],
)
def test_which_column_is_the_target(write: Write, header: str, target: str | None, expected: str) -> None:
    data = read_table(write(f"{header}\n1,2,3\n"), target=target)
    names = header.split(",")
    assert data.target_name == expected
    assert data.targets.tolist() == [names.index(expected) + 1.0]
    assert data.feature_names == tuple(name for name in names if name != expected)


def test_numbers_are_read_to_the_nearest_float(write: Write) -> None:
    numbers = ["0.1", "1e-5", "-2.5E+3", "9007199254740993", "1.7976931348623157e308", "4.9e-324"]
    assert read_table(write(f"{','.join(numbers)},1\n")).features.tolist() == [[float(text) for text in numbers]]


@pytest.mark.parametrize(
    "cell", ["nan", "NaN", "inf", "-inf", "1_000", "\uff11", "0x10", "1e", "1,5", "--1", "1 2", "1j", "True", "1/2"]
)
def test_cells_that_are_no_numbers(write: Write, cell: str) -> None:
    quoted = f'"{cell}"' if "," in cell else cell
    error = refused(lambda: read_table(write(f"u,v,y\n1,2,3\n4,{quoted},6\n")), "line 3, column 2 ('v')", "number")
    assert error.argument == "path"


def test_a_decimal_comma_is_explained(write: Write) -> None:
    refused(lambda: read_table(write("u;y\n1,5;2\n")), "line 2, column 1", "decimal point")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("u,v,y\n1,2,3\n4,5\n", ("line 3", "2 cells", "3")),
        ("u,v,y\n1,2,3,4\n", ("line 2", "4 cells", "3")),
        ("# note\n1,2\n\n3,4,5\n", ("line 4", "3 cells", "2")),
        ("u,v,y\n1,,3\n", ("line 2, column 2 ('v')", "missing")),
        ("u,v,y\n1, ,3\n", ("line 2, column 2 ('v')", "missing")),
        ("u,y\n1e999,2\n", ("line 2, column 1", "beyond the range")),
        ("u,y\n" + "1" * 1001 + ",2\n", ("line 2, column 1", "no plain decimal")),
        ("1,2,nan\n3,4,5\n", ("line 1", "column 3", "'nan'", "neither numbers nor names")),
        ("1,2,oops\n3,4,5\n", ("line 1", "column 3", "'oops'", "neither numbers nor names")),
        ("1_000,u\n3,4\n", ("line 1", "column 1")),
        (",u,y\n0,1,2\n", ("line 1 names no column 1", "index column")),
        ("u,u,y\n0,1,2\n", ("names two columns 'u'",)),
        ("u\n1\n", ("one column", "two")),
        ("u v y\n1 2 3\n", ("one column", "commas")),
        ("u,v,y\n", ("no samples",)),
        ("# only a note\n\n", ("no table",)),
        ("", ("empty file",)),
        ('u,y\n"1,2\n', ("line 2", "quote")),
        ('u,y\n"1"x,2\n', ("line 2", "quote")),
        ("y,target\n1,2\n", ("'y', 'target'", "target=")),
        ("u,y\n0,2\n", ("features", "all zero")),
        ("u,v,y\n1,2,3\n0,0,3\n", ("features[1]", "zero row")),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ("zero bytes",)),
        (b"u,y\n1,2\n\xff\xfe,3\n", ("UTF-8", "in line 3")),
        (b"\xef\xbb\xbfu,y\r\n1,2\r3,\xe9\n", ("UTF-8", "in line 3")),
        ("u,y\n1,2\n".encode("utf-16"), ("UTF-16",)),
        (b"\x1f\x8b\x08\0rest", ("compressed",)),
        (b"\x93NUMPY\1\0", ("single array", "savez")),
    ],
)
def test_tables_that_are_refused(write: Write, content: str | bytes, words: tuple[str, ...]) -> None:
    refused(lambda: read_table(write(content)), *words)


def test_messages_hold_no_control_characters(write: Write) -> None:
    for content in ("u\x1b[2J,y\nx\x1b,2\n", "\x1b[2Ju,\x1b[2Ju,y\n1,2,3\n"):
        error = refused(lambda content=content: read_table(write(content)), "\\x1b")  # type: ignore[misc]  # frozen: it must refuse
        assert "\x1b" not in str(error)


@given(st.binary(max_size=60) | st.text('uy1.,;\t"\n\r#e- ', max_size=40).map(str.encode))
@settings(max_examples=trials(300))
def test_any_bytes_are_a_table_or_refused(content: bytes) -> None:
    message = ""
    try:
        data = symphase.tables._parse_csv(content, "any.csv", "any", None)
    except InputError as error:
        message = str(error)
    else:
        assert np.isfinite(data.features).all()
        assert data.samples >= 1
    assert message.isprintable()


def test_targets_that_do_not_exist(write: Write) -> None:
    path = write("u,v,y\n1,2,3\n")
    refused(lambda: read_table(path, target="w"), "target = w", "'u', 'v', 'y'")
    refused(lambda: read_table(path, target=2), "target = 2")  # type: ignore[arg-type]  # the wrong type is the point


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    refused(lambda: read_table(tmp_path), "folder")
    missing = refused(lambda: read_table(tmp_path / "nowhere.csv"), "nowhere.csv", "does not exist")
    assert str(tmp_path) not in str(missing)
    refused(lambda: read_table("a\0b.csv"), "cannot be read")
    refused(lambda: read_table(3), "path = 3")  # type: ignore[arg-type]  # the wrong type is the point
    refused(lambda: read_table("x" * 5000), "cannot be read")
    refused(lambda: read_table("/dev/zero"), "no ordinary file")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    refused(lambda: read_table(pipe), "no ordinary file")


def test_huge_files_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.write(b"u,y\n1,2\n")
        stream.truncate(symphase.tables.MAX_CSV_BYTES + 1)  # sparse: takes no disk
    refused(lambda: read_table(path), f"({256 * 2**20 + 1} bytes)", "256 MiB", "NPZ")
    path = tmp_path / "huge.npz"
    with path.open("wb") as stream:
        stream.write(b"PK\3\4")
        stream.truncate(2**30 + 1)
    refused(lambda: read_table(path), f"({2**30 + 1} bytes)", "1 GiB")


# ---------------------------------------------------------------------------------------------------------------- NPZ


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("names", [("X", "y"), ("features", "targets")])
def test_npz(tmp_path: Path, save: Any, names: tuple[str, str]) -> None:
    features = np.asfortranarray(np.arange(1.0, 7.0).reshape(3, 2))
    save(tmp_path / "data.npz", **{names[0]: features, names[1]: np.array([1, 2, 3], dtype=">i4"), "more": np.eye(2)})
    data = read_table(tmp_path / "data.npz")
    assert data.features.tolist() == features.tolist()
    assert data.targets.tolist() == [1.0, 2.0, 3.0]
    assert (data.name, data.target_name, data.feature_names) == ("data", names[1], ("x1", "x2"))


def test_npz_target_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", X=np.eye(2), y=np.ones(2), other=np.array([3.0, 4.0]))
    assert read_table(tmp_path / "data.npz", target="other").targets.tolist() == [3.0, 4.0]
    refused(lambda: read_table(tmp_path / "data.npz", target="none"), "'X', 'y', 'other'")


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"X": np.eye(2)}, ("must hold one array X", "'X'")),
        ({"y": np.ones(2)}, ("must hold one array X",)),
        ({"X": np.eye(2), "features": np.eye(2), "y": np.ones(2)}, ("must hold one array X",)),
        ({"X": np.array([[1, "a"]], dtype=object), "y": np.ones(1)}, ("array X", "objects")),
        ({"X": np.array([["a"]]), "y": np.ones(1)}, ("array X", "text")),
        ({"X": np.array([[True]]), "y": np.ones(1)}, ("array X", "booleans")),
        ({"X": np.array([[1j]]), "y": np.ones(1)}, ("array X", "complex")),
        ({"X": np.zeros(1, dtype=[("a", "f8")]), "y": np.ones(1)}, ("array X", "no plain array")),
        ({"X": np.eye(2), "y": np.ones(3)}, ("(2, 2)", "(3,)")),
        ({"X": np.ones(2), "y": np.ones(2)}, ("features", "shape (2,)")),
        ({"X": np.array([[np.nan, 1.0]]), "y": np.ones(1)}, ("features[0, 0] = nan",)),
    ],
)
def test_npz_that_are_refused(tmp_path: Path, arrays: dict[str, Any], words: tuple[str, ...]) -> None:
    np.savez(tmp_path / "data.npz", **arrays)
    refused(lambda: read_table(tmp_path / "data.npz"), *words)


class _Canary:
    """Unpickling this writes a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[str, str]]:
        return (open, (self.path, "w"))


def test_no_pickle_is_ever_loaded(tmp_path: Path) -> None:
    bomb = np.empty((1, 1), dtype=object)
    bomb[0, 0] = _Canary(str(tmp_path / "canary"))
    np.savez(tmp_path / "data.npz", X=bomb, y=bomb)
    np.save(tmp_path / "data.npy", bomb)
    refused(lambda: read_table(tmp_path / "data.npz"), "objects")
    refused(lambda: read_table(tmp_path / "data.npy"), "single array")
    assert not (tmp_path / "canary").exists()


def _npy(header: str, payload: bytes = b"", version: bytes = b"\1\0") -> bytes:
    text = header.encode("latin-1")
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text + payload


def _zip(path: Path, members: dict[str, bytes], **options: Any) -> Path:
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


GOOD = _npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n", struct.pack("<d", 2.0))


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4000000000, 4000000000), }\n"), ("declares shape",)),
        (_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 1), }\n"), ("no plain array",)),
        (_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1 1), }\n", b"\0" * 8), ("makes no sense",)),
        (_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (" + "9" * 5000 + ",), }\n"), ("makes no sense",)),
        (_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1), }\n", b"\0" * 8), ("two dimensions",)),
        (_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }\n", b"\0" * 8), ("declares shape",)),
        (_npy("{'descr': '<i16', 'fortran_order': False, 'shape': (1, 1), }\n", b"\0" * 16), ("makes no sense",)),
        (_npy("{'descr': '|O', 'fortran_order': False, 'shape': (1, 1), }\n", b"\0" * 8), ("objects",)),
        (_npy("__import__('os').system('true')\n"), ("no plain array",)),
        (_npy("{'shape': (1, 1)}" + " " * 20000), ("header that is too long",)),
        (_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }\n", b"\0" * 8, b"\3\0"), ("format 1 or 2",)),
        (b"no array at all", ("format 1 or 2",)),
        (b"", ("format 1 or 2",)),
    ],
)
def test_npy_members_that_lie(tmp_path: Path, member: bytes, words: tuple[str, ...]) -> None:
    path = _zip(tmp_path / "data.npz", {"X.npy": member, "y.npy": GOOD})
    refused(lambda: read_table(path), "array X", *words)


def test_the_header_parser_accepts_what_numpy_writes(tmp_path: Path) -> None:
    matrix = _npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }\n", struct.pack("<d", 2.0))
    assert read_table(_zip(tmp_path / "data.npz", {"X.npy": matrix, "y.npy": GOOD})).features.tolist() == [[2.0]]
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.full((1, 1), 7.0), version=(2, 0))
    assert read_table(_zip(tmp_path / "two.npz", {"X.npy": buffer.getvalue(), "y.npy": GOOD})).features[0, 0] == 7.0


def test_files_within_the_limits_are_read(tmp_path: Path) -> None:
    assert (symphase.tables.MAX_CSV_BYTES, symphase.tables.MAX_NPZ_BYTES) == (256 * 2**20, 2**30)
    shipped = load_digit_dct()
    path = Path(symphase.tables.__file__).parent / "data" / "digit_dct.csv"
    assert read_table(path) == shipped
    np.savez_compressed(tmp_path / "data.npz", X=np.eye(300), y=np.ones(300))  # packs well, and is no bomb
    assert read_table(tmp_path / "data.npz").samples == 300


def test_zip_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = b"\0" * (8 * 2**20)
    bomb = _npy(f"{{'descr': '|i1', 'fortran_order': False, 'shape': ({len(zeros)}, 1), }}\n", zeros)
    packed = _zip(
        tmp_path / "ratio.npz", {"X.npy": bomb, "y.npy": GOOD}, compression=zipfile.ZIP_DEFLATED, compresslevel=9
    )
    refused(lambda: read_table(packed), "array X", "1000 times")
    monkeypatch.setattr(symphase.tables, "MAX_NPZ_BYTES", len(zeros))
    refused(lambda: read_table(_zip(tmp_path / "size.npz", {"X.npy": bomb[:-8], "y.npy": GOOD})), "1 GiB")
    declares = _zip(tmp_path / "d.npz", {"X.npy": bomb, "y.npy": GOOD}, compression=zipfile.ZIP_DEFLATED)
    refused(lambda: read_table(declares), "declares", "1 GiB")
    refused(
        lambda: read_table(_zip(tmp_path / "b.npz", {"X.npy": GOOD, "y.npy": GOOD}, compression=zipfile.ZIP_BZIP2)),
        "unusual",
    )


def test_endless_zip_directories_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for k in range(6_000):
            archive.writestr(f"a{k}", b"")
    refused(lambda: read_table(path), "directory that is too long")


def test_npz_by_name_only(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    path.write_text("u,y\n1,2\n")
    refused(lambda: read_table(path), "no NPZ file")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_damaged_npz_never_pass_and_never_crash(tmp_path: Path, save: Any) -> None:
    path = tmp_path / "data.npz"
    save(path, X=np.arange(1.0, 13.0).reshape(4, 3), y=np.arange(4.0))
    whole = path.read_bytes()
    good = read_table(path)
    for length in range(1, len(whole), 7):
        path.write_bytes(whole[:length])
        refused(lambda: read_table(path))
    generator = np.random.default_rng(3)
    refusals = 0
    for _ in range(300):
        broken = bytearray(whole)
        broken[int(generator.integers(len(whole)))] ^= 1 << int(generator.integers(8))
        path.write_bytes(bytes(broken))
        try:
            found = read_table(path)
        except InputError:
            refusals += 1
        else:  # dates and the like do not matter; the checksum guards the numbers
            assert np.array_equal(found.features, good.features)
            assert np.array_equal(found.targets, good.targets)
    assert refusals > 100


# ------------------------------------------------------------------------------------------------- the shipped example


@pytest.mark.skipif(find_spec("sklearn") is None, reason="the digits come with scikit-learn (extra: data)")
def test_the_shipped_file_is_what_its_script_makes() -> None:
    # In a process of its own, as the script says: importing scikit-learn changes settings of the process.
    made = subprocess.run([sys.executable, make_digit_dct.__file__], capture_output=True, check=True, timeout=120)
    shipped = Path(symphase.tables.__file__).parent / "data" / "digit_dct.csv"
    assert made.stdout.replace(b"\r\n", b"\n") == shipped.read_bytes()


def test_the_shipped_file_follows_from_its_image() -> None:
    # The same without scikit-learn, from the image in the file.
    shipped = Path(symphase.tables.__file__).parent / "data" / "digit_dct.csv"
    assert make_digit_dct.table(load_digit_image().tolist()).encode() == shipped.read_bytes()


def test_making_the_file_needs_no_scikit_learn_to_import() -> None:
    assert make_digit_dct.SIZE == 8
    source = Path(make_digit_dct.__file__).read_text()
    assert "\nfrom sklearn" not in source
    assert "\nimport sklearn" not in source


def test_the_shipped_rows_are_the_orthonormal_dct() -> None:
    data = load_digit_dct()
    assert data.features.shape == (64, 64)
    found = data.coherence()
    assert found.kind == "rounding"
    assert found.largest < 2.0**-52  # the bound for rows that were rounded once
    assert all(abs(square - 1) < Fraction(1, 10**15) for square in data.norms_squared)
    order = np.arange(8)
    cosines = (
        np.cos(np.pi * np.outer(order, 2 * order + 1) / 16) * np.where(order, 0.5, math.sqrt(0.125))[:, np.newaxis]
    )
    assert np.allclose(data.features, np.kron(cosines, cosines), atol=1e-15)


def test_the_image_solves_the_shipped_problem() -> None:
    image, data = load_digit_image(), load_digit_dct()
    assert image.shape == (8, 8)
    assert not image.flags.writeable
    assert (image.min(), image.max()) == (0, 16)
    for row, target in zip(data.features[:5], data.targets, strict=False):
        exact = sum(Fraction(x) * int(pixel) for x, pixel in zip(row.tolist(), image.ravel(), strict=True)) ** 2
        assert float(exact) == pytest.approx(target, rel=1e-13)
    # Parseval: the squared coefficients of an orthogonal transform add up to the energy of the image.
    assert math.fsum(data.targets) == pytest.approx(float((image.astype(float) ** 2).sum()), rel=1e-14)
    top = np.sort(data.targets)[::-1]
    assert np.all(top[:5] > 1.3 * top[1:6])
    assert (data.target_name, data.feature_names[9]) == ("y", "pixel_1_1")


def test_the_script_leaves_mpmath_alone() -> None:
    assert make_digit_dct._CONTEXT is not mpmath.mp
    assert mpmath.mp.dps == 15
