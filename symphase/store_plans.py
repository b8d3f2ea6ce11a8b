"""What a store holds, known before anything is computed: axes, variables, chunks, and the bytes of each file.

Arrays are encoded as plainly as Zarr v3 knows: little-endian bytes followed by their CRC-32C, one file for each chunk.
They are encoded here and not by the Zarr library, because each file has to be synchronised and hashed, and because that
library starts threads, beside which no process may fork.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from symphase.errors import InputError, missing_package

__all__ = ["DATA", "RECORDS", "SCHEMA", "StorePlan", "Variable", "canonical_json", "closed", "sha256"]

SCHEMA: Final = 1
DATA: Final = "data"
RECORDS: Final = "checksums"
MAX_CHUNKS: Final = 50_000
MAX_BYTES: Final = 2**40

Values = np.ndarray[Any, Any]

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII)
_DTYPES: Final = ("float64", "int8", "int32", "int64")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One array of a store.

    Attributes
    ----------
    name : str
    dims : tuple of str
        Its axes, a subset of the store's in their order.
    dtype : str
        "float64", "int8", "int32" or "int64".
    attributes : mapping
        What xarray shows; values of JSON.
    """

    name: str
    dims: tuple[str, ...]
    dtype: str
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fill(self) -> float | int:
        """What a place holds that was never written: NaN, or the smallest integer.  No result is ever that integer."""
        return math.nan if self.dtype == "float64" else int(np.iinfo(self.dtype).min)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StorePlan:
    """Everything about a store that is known before anything is computed.

    Attributes
    ----------
    specification : mapping
        What is computed, as JSON; a store belongs to one specification.
    seed : str
        Where random numbers come from, in words.
    versions : mapping of str to str
        The software whose results these are: another version may compute other bits.
    sizes, chunk_sizes : mapping of str to int
        Length of each axis, and how much of it a chunk holds.
    coordinates : mapping of str to ndarray
        Values along an axis, for those axes that have some.
    variables : tuple of Variable
        Each has all axes that are split into chunks.
    attributes : mapping
        Of the whole; values of JSON.

    Raises
    ------
    InputError
        For names that no file should have, sizes that are none or too large, and variables that do not fit the axes.

    Examples
    --------
    >>> loss = Variable(name="loss", dims=("a",), dtype="float64")
    >>> plan = StorePlan(
    ...     specification={}, seed="none", versions={}, sizes={"a": 5}, chunk_sizes={"a": 2},
    ...     coordinates={"a": np.linspace(0, 2, 5)}, variables=(loss,),
    ... )
    >>> plan.chunk_count, plan.chunk_name(2), plan.chunk_slices(2), plan.file_name(2, loss)
    (3, 'c.2', {'a': slice(4, 5, None)}, 'data/loss/c.2')
    """

    specification: Mapping[str, Any]
    seed: str
    versions: Mapping[str, str]
    sizes: Mapping[str, int]
    chunk_sizes: Mapping[str, int]
    coordinates: Mapping[str, Values]
    variables: tuple[Variable, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._check_axes()
        split = {dim for dim, size in self.sizes.items() if self.chunk_sizes[dim] < size}
        for each in self.variables:
            if each.dtype not in _DTYPES or list(each.dims) != [dim for dim in self.sizes if dim in each.dims]:
                raise InputError(
                    "variables", each.name, "must have a known dtype, and axes in the store's order", "as float64"
                )
            if not split <= set(each.dims):
                raise InputError(
                    "variables", each.name, f"must have all axes that are split: {sorted(split)}", "split fewer axes"
                )
        if self.chunk_count > MAX_CHUNKS:
            raise InputError("chunks", self.chunk_count, f"must be at most {MAX_CHUNKS}", "use larger chunks")
        if self.result_bytes > MAX_BYTES:
            size = f"{self.result_bytes / 2**30:.3g} GiB of results"
            raise InputError("grid", size, f"must be at most {MAX_BYTES >> 30} GiB", "use a coarser grid")

    def _check_axes(self) -> None:
        names = [*self.sizes, *(variable.name for variable in self.variables)]
        for name in names:
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                raise InputError("name", name, "must be letters, digits and _ (at most 40)", "rename it")
        if len(set(names)) < len(names) or not self.variables or not self.sizes:
            raise InputError(
                "variables", names, "must be names that differ from each other and from the axes", "rename them"
            )
        if list(self.sizes) != list(self.chunk_sizes) or not set(self.coordinates) <= set(self.sizes):
            raise InputError(
                "chunk_sizes", list(self.chunk_sizes), "must be given for each axis", 'as {"step_size": 10}'
            )
        for dim, size in self.sizes.items():
            if not 1 <= self.chunk_sizes[dim] <= size:
                raise InputError(
                    "chunk_sizes", self.chunk_sizes[dim], f"must be from 1 to {size} along {dim}", "use smaller chunks"
                )
            if dim in self.coordinates and self.coordinates[dim].shape != (size,):
                raise InputError(
                    "coordinates",
                    self.coordinates[dim].shape,
                    f"must have shape ({size},) along {dim}",
                    "give one number per place",
                )

    # --- chunks

    @property
    def result_bytes(self) -> int:
        """Size of all results together; checksums, names and the rest of a last chunk are not counted."""
        return sum(
            math.prod(self.sizes[dim] for dim in variable.dims) * np.dtype(variable.dtype).itemsize
            for variable in self.variables
        )

    @property
    def chunk_count(self) -> int:
        """How many chunks there are."""
        return math.prod(self._grid)

    @property
    def _grid(self) -> tuple[int, ...]:
        return tuple(-(-self.sizes[dim] // self.chunk_sizes[dim]) for dim in self.sizes)

    def _place(self, index: int) -> dict[str, int]:
        return dict(zip(self.sizes, map(int, np.unravel_index(index, self._grid)), strict=True))

    def chunk_name(self, index: int) -> str:
        """Name of a chunk, such as "c.0.3"."""
        return ".".join(["c", *map(str, self._place(index).values())])

    def chunk_slices(self, index: int) -> dict[str, slice]:
        """The part of each axis that a chunk holds."""
        return {
            dim: slice(k * self.chunk_sizes[dim], min((k + 1) * self.chunk_sizes[dim], self.sizes[dim]))
            for dim, k in self._place(index).items()
        }

    def chunk_shape(self, index: int, variable: Variable) -> tuple[int, ...]:
        """Shape of a variable's part in a chunk."""
        slices = self.chunk_slices(index)
        return tuple(slices[dim].stop - slices[dim].start for dim in variable.dims)

    # --- files

    @property
    def specification_sha256(self) -> str:
        """SHA-256 of the specification's canonical form."""
        return sha256(canonical_json(self.specification))

    def file_name(self, index: int, variable: Variable) -> str:
        """The file of a variable's part in a chunk, within the store."""
        place = self._place(index)
        return "/".join([DATA, variable.name, ".".join(["c", *(str(place[dim]) for dim in variable.dims)])])

    def file_size(self, variable: Variable) -> int:
        """Bytes of each file of a variable: a whole chunk, and its CRC-32C."""
        return math.prod(self.chunk_sizes[dim] for dim in variable.dims) * np.dtype(variable.dtype).itemsize + 4

    def record_name(self, index: int) -> str:
        """The file of a chunk's checksums, within the store."""
        return f"{RECORDS}/{self.chunk_name(index)}.json"

    def fixed_files(self) -> dict[str, bytes]:
        """Return the content of every file below data/ that is known beforehand."""
        group = {"zarr_format": 3, "node_type": "group", "attributes": dict(self.attributes)}
        files = {f"{DATA}/zarr.json": json.dumps(group, indent=2, allow_nan=False).encode() + b"\n"}
        for dim, values in self.coordinates.items():
            dtype = "int64" if values.dtype.kind in "iu" else "float64"
            files[f"{DATA}/{dim}/zarr.json"] = _array_metadata([dim], values.shape, values.shape, dtype, {})
            files[f"{DATA}/{dim}/c.0"] = _encode(values.astype(dtype))
        for variable in self.variables:
            shape = [self.sizes[dim] for dim in variable.dims]
            chunk = [self.chunk_sizes[dim] for dim in variable.dims]
            files[f"{DATA}/{variable.name}/zarr.json"] = _array_metadata(
                variable.dims, shape, chunk, variable.dtype, variable.attributes
            )
        return files

    def chunk_files(self, index: int, values: Mapping[str, Values]) -> dict[str, bytes]:
        """Return the content of each file of a chunk.

        Raises
        ------
        InputError
            For arrays of other names, shapes or dtypes than planned.
        """
        if set(values) != {variable.name for variable in self.variables}:
            raise InputError("values", sorted(values), "must be the arrays of the plan", "give one for each variable")
        return {self.file_name(index, each): self._chunk(index, each, values[each.name]) for each in self.variables}

    def _chunk(self, index: int, variable: Variable, values: Values) -> bytes:
        shape = self.chunk_shape(index, variable)
        if values.shape != shape or values.dtype != np.dtype(variable.dtype):
            raise InputError(
                variable.name, f"{values.dtype} {values.shape}", f"must be {variable.dtype} {shape}", "convert it"
            )
        if values.dtype.kind == "i" and bool((values == variable.fill).any()):
            raise InputError(
                variable.name,
                int(variable.fill),
                "stands for a place that was never written",
                "choose another fill value",
            )
        whole = np.full([self.chunk_sizes[dim] for dim in variable.dims], variable.fill, dtype=variable.dtype)
        whole[tuple(slice(0, length) for length in shape)] = values
        return _encode(whole)

    def manifest(self, fixed: Mapping[str, bytes]) -> bytes:
        """Return the content of manifest.json for a store with these fixed files."""
        record = {
            "schema": SCHEMA,
            "specification": dict(self.specification),
            "specification_sha256": self.specification_sha256,
            "seed": self.seed,
            "versions": dict(self.versions),
            "attributes": dict(self.attributes),
            "axes": [[dim, size, self.chunk_sizes[dim]] for dim, size in self.sizes.items()],
            "variables": [[v.name, list(v.dims), v.dtype, dict(v.attributes)] for v in self.variables],
            "files": {name: sha256(content) for name, content in fixed.items()},
            "chunks": {
                self.chunk_name(index): [[part.start, part.stop] for part in self.chunk_slices(index).values()]
                for index in range(self.chunk_count)
            },
        }
        return closed(record)

    def record(self, index: int, hashes: Mapping[str, str]) -> bytes:
        """Return the content of a chunk's record, for files with these SHA-256."""
        name, owner = self.chunk_name(index), self.specification_sha256
        return closed({"chunk": name, "specification_sha256": owner, "files": dict(hashes)})


def canonical_json(record: Any) -> bytes:
    """Return the one way to write a record as JSON: sorted keys, no spaces, ASCII."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def closed(record: Mapping[str, Any]) -> bytes:
    """Return a record in canonical form, with a checksum of itself."""
    return canonical_json({**record, "checksum": sha256(canonical_json(record))}) + b"\n"


def sha256(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _array_metadata(
    dims: Sequence[str], shape: Sequence[int], chunk: Sequence[int], dtype: str, attributes: Mapping[str, Any]
) -> bytes:
    endian = {} if dtype == "int8" else {"configuration": {"endian": "little"}}
    record = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": list(shape),
        "data_type": dtype,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(chunk)}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "."}},
        "fill_value": "NaN" if dtype == "float64" else int(np.iinfo(dtype).min),
        "codecs": [{"name": "bytes", **endian}, {"name": "crc32c"}],
        "attributes": dict(attributes),
        "dimension_names": list(dims),
        "storage_transformers": [],
    }
    return json.dumps(record, indent=2, allow_nan=False).encode() + b"\n"


def _encode(values: Values) -> bytes:
    """Zarr's codecs "bytes" and "crc32c"."""
    try:
        import google_crc32c
    except ImportError:
        raise missing_package("a store", "google-crc32c", "store") from None
    content = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).tobytes()
    return content + int(google_crc32c.value(content)).to_bytes(4, "little")
