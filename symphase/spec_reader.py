"""Specifications of sweeps, read from TOML with suspicion.

Unknown keys are errors, with the line and the nearest known one; numbers are read exactly, and what is no finite number
of float64 is refused; sizes are bounded before anything is computed.
"""

from __future__ import annotations

import difflib
import json
import math
import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from symphase.errors import InputError
from symphase.files import is_special
from symphase.formulas import exact_rational, positive_rational
from symphase.store_plans import canonical_json, sha256
from symphase.sweep_specs import AtlasSettings, Axis, DescentSettings, LyapunovSettings, SweepSpec
from symphase.tables import DataSet, read_table

__all__ = ["read_spec", "spec_from_canonical"]

SCHEMA: Final = 1
MAX_TEXT: Final = 2**20
MAX_AXIS: Final = 1_000_000
MAX_POINTS: Final = 100_000_000
MAX_RUNS: Final = 10_000
MAX_STEPS: Final = 10_000_000
MAX_SAMPLES: Final = 100_000
MAX_WIDTH: Final = 10_000
MAX_FORMULA: Final = 2000
_MAX_PARTS: Final = 32
_DEEP_KEY: Final = re.compile(
    rf"""(?<![\w"'-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{_MAX_PARTS}}}""", re.ASCII
)
_LONGEST_KEY: Final = 60
MAX_RECORD: Final = 2**28  # bytes that the record of one run may take

OUTPUTS: Final = {
    "descent": ("label", "period", "rises", "final_loss", "escape_step", "sharpness", "lyapunov", "lyapunov_error"),
    "lyapunov": ("lyapunov", "lyapunov_error"),
    "atlas": ("phase", "period", "certainty", "in_window", "entropy_positive", "distance"),
}
MODELS: Final = ("phase-retrieval", "two-layer-network")
DESIGNS: Final = ("qr", "dct", "hadamard", "gaussian", "mixed")
LABELS: Final = ("equal", "uniform", "teacher")
TABLES: Final = {"digits": (1797, 64), "diabetes": (442, 10)}
_SECTIONS: Final = {"descent": ("problem", "grid", "run"), "lyapunov": ("map", "grid", "run"), "atlas": ("grid", "run")}
# Work that makes a chunk of some seconds: multiplications of a descent, iterates of a map, placed parameters.
_DESCENT_WORK: Final = 3e9
_MAP_WORK: Final = 2e8
_ATLAS_POINTS: Final = 128
_FEW_CHUNKS: Final = 10_000


def read_spec(source: str | os.PathLike[str]) -> SweepSpec:
    r"""Read a specification from a TOML file, or from its text.

    Parameters
    ----------
    source : path or str
        A path; text that holds a line break or "=" is the specification itself.

    Returns
    -------
    SweepSpec

    Raises
    ------
    InputError
        For files that cannot be read, text that is no TOML, keys that no specification has (with the line, and the
        nearest one that it has), and values that are none, infinite, or too large, named as section.key.

    Examples
    --------
    >>> lines = ('kind = "atlas"', "[grid]", "parameters = { start = 0.8, stop = 2, count = 481 }")
    >>> spec = read_spec("\n".join(lines))
    >>> spec.kind, spec.shape, spec.outputs[:2], spec.axes[0].at(1)
    ('atlas', (481,), ('phase', 'period'), Fraction(321, 400))
    """
    text, folder = _text(source)
    if _DEEP_KEY.search(text):  # tomllib takes time with the square of a key's parts
        raise InputError("spec", _shown(source), f"has a key of more than {_MAX_PARTS} parts", "keys here have two")
    try:
        record = tomllib.loads(text, parse_float=_Decimal)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as reason:
        told = "it is nested too deeply" if isinstance(reason, RecursionError) else str(reason)
        told = told.partition("; use sys.")[0]  # Python's advice about integers of thousands of digits
        advice = "print one with: symphase sweep --example descent"
        raise InputError("spec", _shown(source), f"is no TOML: {told}", advice) from None
    return _Reader(text, folder).spec(record)


def spec_from_canonical(text: str, table: DataSet | None = None, *, without_table: bool = False) -> SweepSpec:
    """Read a specification from its canonical form; a file of data comes with it.

    Parameters
    ----------
    text : str
    table : DataSet, optional
        The content of the file of data, where there is one.
    without_table : bool
        Whether to do without it: enough to tell what was computed, not to compute it.

    Raises
    ------
    InputError
        For what is no canonical form.
    """
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(
            "spec", text, "is no canonical form of a specification", "read the specification from its TOML again"
        ) from None
    if not isinstance(record, dict):
        raise InputError(
            "spec", text, "is no canonical form of a specification", "read the specification from its TOML again"
        )
    return _Reader("", None, table, without_table=without_table).spec(record)


class _Decimal(str):
    """A number as TOML writes it, to be read exactly; it is no text, and may hold underscores."""

    __slots__ = ()


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not isinstance(value, _Decimal)


def _shown(source: object) -> object:
    if isinstance(source, str) and ("\n" in source or "=" in source):
        return "the text given"
    return str(source) if isinstance(source, os.PathLike) else source


def _text(source: object) -> tuple[str, Path]:
    if not isinstance(source, (str, os.PathLike)) or isinstance(source, bytes):
        raise InputError("spec", source, "must be the path of a TOML file, or its text", "as sweep.toml")
    if isinstance(source, str) and ("\n" in source or "=" in source):
        if len(source) > MAX_TEXT:
            raise InputError("spec", f"{len(source)} characters", f"must be at most {MAX_TEXT}", "shorten it")
        return source, Path()
    path = Path(source)
    try:
        if is_special(path):
            raise InputError("spec", str(path), "is a pipe or a device, no ordinary file", "save it in a file first")
        with open(path, "rb") as file:
            content = file.read(MAX_TEXT + 1)
        if len(content) > MAX_TEXT:
            raise InputError("spec", str(path), f"is larger than {MAX_TEXT >> 20} MiB", "use ranges instead of lists")
        return content.decode("utf-8-sig"), path.parent  # editors of Windows write a mark first
    except InputError:
        raise
    except UnicodeDecodeError:
        raise InputError("spec", str(path), "is no text in UTF-8", "give a TOML file") from None
    except (OSError, ValueError) as reason:
        told = getattr(reason, "strerror", None) or str(reason)
        raise InputError("spec", str(path), f"cannot be read: {told}", "give the path of a TOML file") from None


class _Section:
    """A table of the specification; every key has to be asked for, and what is left over is unknown."""

    def __init__(self, reader: _Reader, name: str, record: object) -> None:
        if not isinstance(record, dict):
            raise InputError(name or "spec", record, "must be a table", f"begin it with [{name}]")
        self._reader, self._name, self._record = reader, name, record
        self._known: list[str] = []

    def path(self, key: str) -> str:
        plain = key if key.isprintable() else key.encode("unicode_escape").decode("ascii")
        plain = plain if len(plain) <= _LONGEST_KEY else f"{plain[: _LONGEST_KEY - 1]}…"
        return f"{self._name}.{plain}" if self._name else plain

    def missing(self, key: str, accepted: str, advice: str = "") -> InputError:
        """Say that a key is not there; and which one may have been meant to be it."""
        strangers = [each for each in [*self._record][:100] if each not in self._known and len(each) <= _LONGEST_KEY]
        near = difflib.get_close_matches(key, strangers, 1)
        if near:
            advice = f"did you mean it by {near[0]}{self._reader.line(self._name, near[0])}?"
        return InputError(self.path(key), "missing", accepted, advice)

    def has(self, key: str) -> bool:
        if key not in self._known:
            self._known.append(key)
        return self._record.get(key) is not None

    def get(self, key: str, default: Any = None) -> Any:
        return self._record[key] if self.has(key) else default

    def choice(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        value = self.get(key, default)
        said = f"must be {_or(allowed)}"
        if value is None:
            raise self.missing(key, said)
        if not isinstance(value, str) or value not in allowed:
            raise InputError(self.path(key), value, said, _nearest(value, allowed))
        return value

    def whole(self, key: str, least: int, most: int, default: int | None = None) -> int:
        return _whole(self.get(key, default), self.path(key), least, most)

    def number(self, key: str, default: object = None) -> Fraction | None:
        value = self.get(key, default)
        return None if value is None else _number(value, self.path(key))

    def refuse(self, keys: Sequence[str], reason: str) -> None:
        for key in keys:
            if self.has(key):
                raise InputError(self.path(key), self._record[key], reason, "leave it out")

    def close(self) -> None:
        """Refuse what nobody asked for."""
        for key in self._record:
            if key not in self._known:
                advice = _nearest(key, self._known, 0.5) or f"known here: {', '.join(sorted(self._known))}"
                place = f"of [{self._name}]" if self._name else "of a specification"
                line = self._reader.line(self._name, key)
                raise InputError(self.path(key), self._record[key], f"is no key {place}{line}", advice)


def _nearest(value: object, known: Sequence[str], cutoff: float = 0.6) -> str:
    near = difflib.get_close_matches(str(value)[:_LONGEST_KEY], known, 1, cutoff)
    return f"did you mean {near[0]}?" if near else ""


def _or(allowed: Sequence[str]) -> str:
    return ", ".join(allowed[:-1]) + f" or {allowed[-1]}" if len(allowed) > 1 else allowed[0]


def _whole(value: object, name: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        accepted = f"must be an integer from {least} to {most}"
        raise InputError(name, "missing" if value is None else value, accepted, "see: symphase sweep --example descent")
    return value


def _number(value: object, name: str) -> Fraction:
    """A number that float64 can hold, exactly; text may be p/q."""
    exact = exact_rational(_plain(value), name)
    try:
        rounded = float(exact)
    except OverflowError:
        rounded = math.inf
    if math.isinf(rounded) or (exact and not rounded):
        raise InputError(name, value, "is beyond the range of float64", "give a number between 1e-300 and 1e300")
    return exact


class _Reader:
    """Turns a record into a specification, with the places of mistakes."""

    def __init__(
        self, text: str, folder: Path | None, table: DataSet | None = None, *, without_table: bool = False
    ) -> None:
        self._lines = text.splitlines()
        self._without_table = without_table
        self._folder = folder
        self._table = table

    def line(self, section: str, key: str) -> str:
        """Where a key stands, as far as a plain look at the lines tells."""
        header, inside = re.compile(r"\s*\[\s*([A-Za-z0-9_.\"' -]+?)\s*\]\s*(#.*)?"), ""
        parts, word = section.split("."), re.escape(key)
        for number, line in enumerate(self._lines, start=1):
            if found := header.fullmatch(line):
                inside = found[1]
                if not section and inside.split(".")[0].strip("\"' ") == key:
                    return f" (line {number})"
                continue
            here = inside == section and re.match(rf"\s*[\"']?{word}[\"']?\s*[=.]", line)
            within = len(parts) > 1 and inside == parts[0] and re.search(rf"\b{word}\s*=", line.partition("=")[2])
            if here or within:
                return f" (line {number})"
        return ""

    def spec(self, record: dict[str, Any]) -> SweepSpec:
        top = _Section(self, "", record)
        kind = top.choice("kind", tuple(OUTPUTS))
        names = _SECTIONS[kind]
        sections = {name: _Section(self, name, top.get(name, {})) for name in names}
        top.whole("schema", SCHEMA, SCHEMA, SCHEMA)
        rng = top.whole("rng", 0, 2**128 - 1, 0)
        outputs = self._outputs(top, kind)
        chunk = top.whole("chunk", 1, MAX_AXIS) if top.has("chunk") else None
        top.close()
        read = {"descent": self._descent, "lyapunov": self._lyapunov, "atlas": self._atlas}[kind]
        axes, runs, settings, form, work = read(sections, outputs)
        for section in sections.values():
            section.close()
        chunk = self._chunk(chunk, axes, work)
        whole = {"schema": SCHEMA, "kind": kind, "rng": rng, "outputs": list(outputs), "chunk": chunk, **form}
        spec = SweepSpec(
            kind=kind,
            rng=rng,
            axes=axes,
            runs=runs,
            outputs=outputs,
            chunk=chunk,
            settings=settings,
            canonical=canonical_json(whole).decode("ascii"),
            table=self._table,
        )
        if spec.points > MAX_POINTS:
            size = " × ".join(map(str, spec.shape))
            told = f"{size} points, about {spec.points * 8 * len(outputs) / 2**30:.3g} GiB of results"
            raise InputError("grid", told, f"must be at most {MAX_POINTS} points", "use a coarser grid")
        return spec

    def _outputs(self, top: _Section, kind: str) -> tuple[str, ...]:
        known = OUTPUTS[kind]
        given = top.get("outputs", list(known))
        if not isinstance(given, list) or not given:
            raise InputError("outputs", given, f"must be a list of some of {', '.join(known)}", 'as ["phase"]')
        for name in given:
            if name not in known:
                raise InputError("outputs", name, f"must be among {', '.join(known)}", _nearest(name, known))
            if given.count(name) > 1:
                raise InputError("outputs", name, "is asked for twice", "name each once")
        return tuple(name for name in known if name in given)

    @staticmethod
    def _chunk(given: int | None, axes: tuple[Axis, ...], work: float) -> int:
        """How many values of the last axis make a chunk: some seconds of work, and not too many chunks in all."""
        length, outer = len(axes[-1]), math.prod(len(axis) for axis in axes[:-1])
        if given is not None:
            return min(given, length)
        fewest = -(-length * outer // _FEW_CHUNKS)
        return max(1, min(length, max(int(1 / work), fewest)))

    # --- axes

    def _axis(self, section: _Section, key: str, name: str, read: Callable[[object, str], Fraction]) -> Axis:
        value = section.get(key)
        path = section.path(key)
        if value is None:
            raise section.missing(key, "must be a number, a list, or { start, stop, count }")
        if isinstance(value, dict):
            table = _Section(self, path, value)
            table.has("unit")
            if table.has("values"):
                value = table.get("values")
                table.refuse(("start", "stop", "count", "spacing"), "does not go with values")
            else:
                axis = self._range(table, name, read)
                table.close()
                return axis
            table.close()
        values = value if isinstance(value, list) else [value]
        if not values or len(values) > MAX_AXIS:
            raise InputError(
                path, f"{len(values)} values", f"must be from 1 to {MAX_AXIS} values", "use a coarser grid"
            )
        exact = tuple(read(each, f"{path}[{k}]") for k, each in enumerate(values))
        if len({float(each) for each in exact}) < len(exact):
            raise InputError(path, "two equal values", "must differ from each other", "name each once")
        return Axis(name=name, listed=exact)

    @staticmethod
    def _range(table: _Section, name: str, read: Callable[[object, str], Fraction]) -> Axis:
        for key in ("start", "stop"):
            if not table.has(key):
                raise table.missing(key, "must be a number", "give start, stop and count")
        start, stop = (read(table.get(key), table.path(key)) for key in ("start", "stop"))
        count = table.whole("count", 1, MAX_AXIS)
        spacing = table.choice("spacing", ("linear", "log"), "linear")
        if count == 1 and start != stop:
            raise InputError(table.path("count"), 1, "must be at least 2 from start to stop", "or give one number")
        if count > 1 and not start < stop:
            raise InputError(table.path("stop"), str(stop), f"must be larger than start = {start}", "swap them")
        if spacing == "log" and start <= 0:
            raise InputError(
                table.path("start"),
                str(start),
                "must be > 0 on a logarithmic axis",
                "start above 0, or leave scale out",
            )
        axis = Axis(name=name, listed=(start, stop), count=count, spacing=spacing)
        if count > 1 and any(_closer_than_floats(axis.at(k), axis.at(k + 1)) for k in (0, count - 2)):
            said = "puts values closer together than float64 can tell"
            raise InputError(table.path("count"), count, said, "use fewer")
        return axis if count > 1 else Axis(name=name, listed=(start,))

    # --- kinds

    def _seeds(self, grid: _Section) -> Axis:
        given = grid.get("data_seeds")
        seeds = range(_whole(given, "grid.data_seeds", 1, MAX_AXIS)) if not isinstance(given, list) else given
        read = tuple(Fraction(_whole(seed, f"grid.data_seeds[{k}]", 0, 2**53)) for k, seed in enumerate(seeds))
        if not read or len(set(read)) < len(read):
            raise InputError(
                "grid.data_seeds", given, "must be a count, or integers that differ from each other", "as 4"
            )
        return Axis(name="data_seed", listed=read)

    def _descent(self, sections: Mapping[str, _Section], outputs: tuple[str, ...]) -> _Read:
        problem, grid, run = (sections[name] for name in ("problem", "grid", "run"))
        given = grid.get("step_sizes")
        unit = "eta"
        if isinstance(given, dict):
            unit = _Section(self, "grid.step_sizes", given).choice("unit", ("eta", "a"), "eta")
        axes = [
            self._axis(grid, key, name, read)
            for key, name, read in (
                ("label_scales", "label_scale", _positive),
                ("mixings", "mixing", _share),
                ("rms_cosines", "rms_cosine", _share),
            )
            if grid.has(key)
        ]
        if grid.has("data_seeds"):
            axes.append(self._seeds(grid))
        axes.append(self._axis(grid, "step_sizes", "a" if unit == "a" else "step_size", _positive))
        runs = grid.whole("runs", 1, MAX_RUNS, 1)
        steps = run.whole("steps", 1, MAX_STEPS, 1000)
        tolerance = _number(run.get("tolerance", "1e-8"), "run.tolerance")
        if not 0 < tolerance < 1:
            raise InputError("run.tolerance", str(tolerance), "must be between 0 and 1", "the default is 1e-8")
        settings = DescentSettings(
            **self._model(problem),
            **self._data(problem, [axis.name for axis in axes]),
            steps=steps,
            escape_loss=_positive(run.get("escape_loss"), "run.escape_loss") if run.has("escape_loss") else None,
            tolerance=tolerance,
            unit=unit,
        )
        count, width = self._size(settings)
        kept = 8 * (steps + 1) * (count + 1)
        if settings.watched(outputs) and kept > MAX_RECORD:
            told = f"{steps} steps of {count} samples: {kept / 2**20:.4g} MiB for each run"
            most = MAX_RECORD // (8 * (count + 1)) - 1
            advice = f'at most {most} steps, or outputs = ["final_loss", "escape_step"]'
            raise InputError("run.steps", told, f"must take at most {MAX_RECORD >> 20} MiB", advice)
        work = runs * (steps + 6000 * settings.watched(outputs)) * 2.0 * count * width / _DESCENT_WORK
        form: dict[str, Any] = {
            "problem": {
                name: value if isinstance(value, (str, int)) else _exact(value)
                for name in settings.__slots__
                if name not in ("steps", "escape_loss", "tolerance", "unit")
                and (value := getattr(settings, name)) is not None
            },
            "grid": {f"{axis.name}s": _listed(axis) for axis in axes[:-1]} | {"runs": runs},
            "run": {"steps": steps, "tolerance": str(tolerance)},
        }
        if settings.escape_loss is not None:
            form["run"]["escape_loss"] = str(settings.escape_loss)
        last = axes[-1].canonical()
        form["grid"]["step_sizes"] = {**(last if isinstance(last, dict) else {"values": last}), "unit": unit}
        return tuple(axes), runs, settings, form, work

    @staticmethod
    def _model(problem: _Section) -> dict[str, Any]:
        model = problem.choice("model", MODELS, MODELS[0])
        read: dict[str, Any] = dict.fromkeys(("gamma", "c", "alpha", "width", "outer_weights"))
        if model == "phase-retrieval":
            problem.refuse(("alpha", "width", "outer_weights"), "belongs to the two-layer network")
            read["gamma"], read["c"] = problem.number("gamma", 2), problem.number("c", 0)
        else:
            problem.refuse(("gamma", "c"), "belongs to phase retrieval")
            read["alpha"] = problem.number("alpha", 1)
            if problem.has("outer_weights"):
                given = problem.get("outer_weights")
                if not isinstance(given, list) or not 1 <= len(given) <= MAX_WIDTH:
                    raise InputError(
                        "problem.outer_weights", given, f"must be a list of 1 to {MAX_WIDTH} numbers", "as [1, -1]"
                    )
                read["outer_weights"] = tuple(_number(v, f"problem.outer_weights[{k}]") for k, v in enumerate(given))
                problem.refuse(("width",), "is the number of outer weights")
                read["width"] = None
            else:
                read["width"] = problem.whole("width", 1, MAX_WIDTH, 2)
        return {"model": model, "reduction": problem.choice("reduction", ("mean", "sum"), "mean"), **read}

    def _data(self, problem: _Section, axes: Sequence[str]) -> dict[str, Any]:
        read: dict[str, Any] = dict.fromkeys(
            ("design", "labels", "noise", "data", "data_sha256", "samples", "dimension")
        )
        dialled = [name for name in ("mixing", "rms_cosine") if name in axes]
        if problem.has("data"):
            problem.refuse(("design", "labels", "noise", "dimension"), "belongs to a design, not to data")
            name = problem.get("data")
            if not _is_text(name) or not name:
                raise InputError("problem.data", name, "must be digits, diabetes, or the path of a table", "as digits")
            read["data"] = name
            if name in TABLES:
                read["samples"] = problem.whole("samples", 2, TABLES[name][0], 200)
            else:
                problem.refuse(("samples",), "belongs to a design: of a file all samples are taken")
                if "data_seed" in axes:
                    raise InputError("grid.data_seeds", "given", "belongs to data that are drawn", "leave it out")
                read["data"], read["data_sha256"] = self._file(problem, name)
        else:
            problem.has("data_sha256")
            read["design"] = problem.choice("design", DESIGNS, "mixed" if dialled else "qr")
            read["labels"] = problem.choice("labels", LABELS, "equal")
            read["samples"] = problem.whole("samples", 1, MAX_SAMPLES, 80)
            read["dimension"] = problem.whole("dimension", 1, MAX_SAMPLES, 100)
            if read["labels"] == "teacher":
                read["noise"] = problem.number("noise", 0)
                if read["noise"] < 0:
                    raise InputError("problem.noise", str(read["noise"]), "must be ≥ 0", "as 0.1")
            else:
                problem.refuse(("noise",), 'belongs to labels = "teacher"')
        if (read["design"] == "mixed") != (len(dialled) == 1):
            said = 'must be given, or rms_cosines instead, with design = "mixed" and with no other'
            raise InputError("grid.mixings", " and ".join(dialled) or "missing", said, "give one of the two")
        return read

    def _file(self, problem: _Section, name: str) -> tuple[str, str]:
        """Read a table, or take the one that came with a canonical form; return its name and what it holds."""
        if self._folder is not None:
            self._table = read_table(self._folder / name)
        if self._table is None and self._without_table:
            digest = problem.get("data_sha256")
            if not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
                raise InputError(
                    "problem.data_sha256", digest, "must be a SHA-256 in hexadecimal digits", "leave it out"
                )
            return Path(name).name, digest
        if self._table is None:
            raise InputError(
                "problem.data",
                name,
                "is a file that did not come with the canonical form",
                "read the specification from its TOML again",
            )
        found = sha256(self._table.features.tobytes() + self._table.targets.tobytes())
        if problem.get("data_sha256", found) != found:
            raise InputError("problem.data", name, "does not hold what it held: its SHA-256 is another", "restore it")
        return Path(name).name, found

    def _size(self, settings: DescentSettings) -> tuple[int, int]:
        """Samples, and weights."""
        neurons = len(settings.outer_weights) if settings.outer_weights else settings.width or 1
        if self._table is not None:
            return self._table.samples, self._table.dimension * neurons
        width = TABLES[settings.data][1] if settings.data in TABLES else settings.dimension or 1
        return settings.samples or 1, width * neurons

    def _lyapunov(self, sections: Mapping[str, _Section], _outputs: tuple[str, ...]) -> _Read:
        given, grid, run = (sections[name] for name in ("map", "grid", "run"))
        names: dict[str, str | None] = dict.fromkeys(("formula", "variable", "parameter"))
        present = [key for key in names if given.has(key)]
        if present:
            for key in names:
                text = given.get(key)
                if not _is_text(text) or len(text) > MAX_FORMULA:
                    advice = 'as formula = "r*x*(1-x)", variable = "x", parameter = "r"'
                    said = f"must be text of at most {MAX_FORMULA} characters"
                    raise InputError(given.path(key), "missing" if text is None else text, said, advice)
                names[key] = text
        axis = self._axis(grid, "parameters", names["parameter"] or "a", _number)
        transient, steps = run.whole("transient", 0, MAX_STEPS, 1000), run.whole("steps", 1, MAX_STEPS, 10_000)
        start = run.number("start")
        settings = LyapunovSettings(**names, transient=transient, steps=steps, start=start)
        form: dict[str, Any] = {
            "grid": {"parameters": axis.canonical()},
            "run": {"transient": transient, "steps": steps} | ({} if start is None else {"start": str(start)}),
        }
        if names["formula"] is not None:
            form["map"] = names
        return (axis,), None, settings, form, (transient + steps) / _MAP_WORK

    def _atlas(self, sections: Mapping[str, _Section], _outputs: tuple[str, ...]) -> _Read:
        axis = self._axis(sections["grid"], "parameters", "a", _number)
        settings = AtlasSettings(max_period=sections["run"].whole("max_period", 1, 1024, 64))
        form = {"grid": {"parameters": axis.canonical()}, "run": {"max_period": settings.max_period}}
        return (axis,), None, settings, form, 1 / _ATLAS_POINTS


_Read = tuple[tuple[Axis, ...], int | None, DescentSettings | LyapunovSettings | AtlasSettings, dict[str, Any], float]


def _plain(value: object) -> object:
    """A number without the underscores that TOML allows between digits."""
    return value.replace("_", "") if isinstance(value, _Decimal) else value


def _closer_than_floats(one: Fraction, other: Fraction) -> bool:
    """Whether two neighbours may round to the same float64; the largest of an axis stand at one of its ends."""
    return other - one < Fraction(math.ulp(max(abs(float(one)), abs(float(other)))))


def _positive(value: object, name: str) -> Fraction:
    positive_rational(_plain(value), name)
    return _number(value, name)


def _share(value: object, name: str) -> Fraction:
    exact = _number(value, name)
    if not 0 <= exact <= 1:
        raise InputError(name, value, "must be from 0 to 1", "as 0.5")
    return exact


def _listed(axis: Axis) -> Any:
    return [int(seed) for seed in axis.listed] if axis.name == "data_seed" else axis.canonical()


def _exact(value: Any) -> Any:
    return [str(each) for each in value] if isinstance(value, tuple) else str(value)
