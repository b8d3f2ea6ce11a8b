"""A report about a sweep: a page and its numbers from a store, after every checksum has been verified."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from sympy import Symbol

from symphase.boundaries import Boundaries, find_boundaries
from symphase.display import Shown
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.figure_data import FigureData, columns, rows_of
from symphase.folders import checked_folder, write_folder
from symphase.formulas import parse_formula
from symphase.hypertext import versions
from symphase.maps import PolynomialFamily
from symphase.phases import residual_boundaries
from symphase.plots import (
    describe_lyapunov_plot,
    describe_observed_strip,
    describe_phase_diagram,
    lyapunov_plot,
    new_axes,
    observed_strip,
    phase_diagram,
)
from symphase.reports.appendix import appendix_of
from symphase.reports.files import FORM, Stages, gathered, map_record
from symphase.reports.pictures import Picture, both_sizes
from symphase.reports.schemas import schema_urn
from symphase.reports.sweep_page import GENERATOR, Seen, SweepStory, axis_name, render_sweep_page
from symphase.spec_reader import spec_from_canonical
from symphase.stores import StoreReport, open_store, verify_store
from symphase.sweep_chunks import LABELS, PHASES, plan_of
from symphase.sweep_specs import DescentSettings, LyapunovSettings, SweepSpec

if TYPE_CHECKING:
    import xarray

__all__ = ["SweepReport", "write_sweep_report"]

Progress = Callable[[str, int, int], None]
_STAGES: Final = 12
_CONVERGED: Final = ("monotonic", "catapult")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SweepReport(Shown):
    """What was written, and the answers in it.

    Attributes
    ----------
    folder, index : Path
        The folder, and the page to open in it.
    spec : SweepSpec
    store : StoreReport
    counts : dict of str to int
        How often each label was seen; empty where the results are no labels.
    agrees : bool
        Whether the store is complete and all that was proved about the map was confirmed.
    summary : tuple of str
        The answer in a few plain sentences.
    """

    folder: Path
    index: Path
    spec: SweepSpec
    store: StoreReport
    counts: dict[str, int]
    agrees: bool
    summary: tuple[str, ...]

    def _line(self) -> str:
        return f"{self.index}: {self.summary[0]}"


def write_sweep_report(
    out: str | os.PathLike[str],
    store: str | os.PathLike[str],
    *,
    command: str = "symphase report",
    progress: Progress | None = None,
) -> SweepReport:
    """Write a folder about a sweep: a page (index.html), its numbers, sweep.json, and boundaries.json of the map.

    Parameters
    ----------
    out : path
        The folder: new, empty, or holding an earlier report, which is then replaced.
    store : path
        What ``symphase.sweep`` wrote; unfinished chunks are named on the page.
    command : str
        What the page says that it was made with.
    progress : callable, optional
        Called as progress(stage, done, total).

    Returns
    -------
    SweepReport

    Certainty
    ---------
    As stored; the boundaries carry their own levels.

    Raises
    ------
    InputError
        For a folder that will not do, and when there is no store.
    StoreDamaged
        If a file of the store was altered: there is nothing to report on then.
    SymphaseError
        Without the ``store`` extra.
    """
    folder = checked_folder(out, GENERATOR)
    stages = Stages(progress, _STAGES)
    stages.next("verifying checksums")
    report = verify_store(store)
    opened = open_store(store, partial=True)
    spec = spec_from_canonical(str(opened.attrs["specification"]), without_table=True)
    found = _without_unfinished(opened, spec, report.missing)
    stages.next("finding the boundaries")
    boundaries = _boundaries(spec)
    appendix = None
    if boundaries is not None:
        appendix = appendix_of(boundaries, progress=stages.within("proving", 5))
    stages.next("counting")
    seen = _seen(spec, found)
    stages.next("drawing")
    pictures = {each.name: each for each in _pictures(spec, found, seen, boundaries)}
    sentence, facts = _answers(spec, found, seen)
    story = SweepStory(
        name=report.path.name,
        spec=spec,
        store=report,
        made_with=_made_with(report.path),
        seed=str(found.attrs["seed"]),
        certainty=_certainty(spec),
        seen=seen,
        facts=facts,
        sentence=sentence,
        appendix=appendix,
        pictures=pictures,
        command=command,
    )
    figures = [picture.data for picture in pictures.values() if picture.data is not None]
    records = {"sweep": _record(story, figures)}
    if appendix is not None:
        records["boundaries"] = map_record(GENERATOR, command, appendix, (), seed=None)
    stages.next("writing")
    files = gathered(render_sweep_page(story), records, figures=figures, appendix=appendix)
    write_folder(folder, files, sums=True)
    stages.finish()
    return SweepReport(
        folder=folder,
        index=folder / "index.html",
        spec=spec,
        store=report,
        counts={} if seen is None else seen.totals,
        agrees=report.complete and (appendix is None or appendix.agrees),
        summary=tuple(_summary(story)),
    )


def _without_unfinished(opened: xarray.Dataset, spec: SweepSpec, missing: Sequence[str]) -> xarray.Dataset:
    """The dataset with nothing in the chunks that have no record: bytes that lie there already are not vouched for."""
    if not missing:
        return opened
    found = opened.load().copy(deep=True)
    plan = plan_of(spec)
    for index in range(plan.chunk_count):
        if plan.chunk_name(index) not in missing:
            continue
        place = plan.chunk_slices(index)
        for name in found.data_vars:
            variable = found[name]
            values = variable.values
            empty = np.nan if values.dtype.kind == "f" else np.iinfo(values.dtype).min
            values[tuple(place[str(dim)] for dim in variable.dims)] = empty
    return found


def _made_with(path: Path) -> dict[str, str]:
    """Versions in the store's manifest, whose checksum has been verified."""
    record = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    return {str(name): str(number) for name, number in record["versions"].items()}


def _certainty(spec: SweepSpec) -> Certainty | None:
    return {"descent": Certainty.OBSERVED, "lyapunov": Certainty.NUMERICAL}.get(spec.kind)


def _boundaries(spec: SweepSpec) -> Boundaries | None:
    """Of the map that the last axis is the parameter of; None where there is no such map, or it has none."""
    settings = spec.settings
    if isinstance(settings, DescentSettings):
        return residual_boundaries() if settings.unit == "a" and settings.gamma != 0 else None
    if isinstance(settings, LyapunovSettings) and settings.formula is not None:
        names = [str(settings.variable), str(settings.parameter)]
        expression = parse_formula(settings.formula, names, argument="formula")
        family = PolynomialFamily(expression, variable=Symbol(names[0]), parameter=Symbol(names[1]))
        try:
            return find_boundaries(family)
        except InputError:  # a map without a fixed point that flips: the exponents stand alone
            return None
    return residual_boundaries()


# -------------------------------------------------------------------------------------------------------- the results


def _codes(spec: SweepSpec) -> tuple[str, tuple[str, ...]] | None:
    name, known = {"descent": ("label", LABELS), "atlas": ("phase", PHASES)}.get(spec.kind, ("", ()))
    return (name, known) if name in spec.outputs else None


def _last_axis_first(spec: SweepSpec, found: xarray.Dataset, name: str) -> NDArray[Any]:
    """A variable as an array of shape (values of the last axis, everything else)."""
    variable = found[name]
    values = np.asarray(variable.values)
    axis = variable.dims.index(spec.axes[-1].name)
    moved = np.moveaxis(values, axis, 0)
    return moved.reshape(moved.shape[0], -1)


def _seen(spec: SweepSpec, found: xarray.Dataset) -> Seen | None:
    named = _codes(spec)
    if named is None:
        return None
    codes = _last_axis_first(spec, found, named[0])
    counts = np.stack([(codes == code).sum(axis=1) for code in range(len(named[1]))], axis=1)
    used: NDArray[np.bool_] = np.asarray(counts.any(axis=0))
    return Seen(
        values=np.asarray(found[spec.axes[-1].name].values, dtype=np.float64),
        labels=tuple(label for label, there in zip(named[1], used.tolist(), strict=True) if there),
        counts=counts[:, used],
        missing=((codes < 0) | (codes >= len(named[1]))).sum(axis=1),
    )


def _answers(spec: SweepSpec, found: xarray.Dataset, seen: Seen | None) -> tuple[str, dict[str, str]]:
    """One sentence (HTML), and more results in words."""
    unit = escape(axis_name(spec, short=True))
    if seen is None:
        return _exponent_answers(spec, found) if "lyapunov" in spec.outputs else (f"A sweep over {unit}.", {})
    if spec.kind == "atlas":
        parts = [f"{count} {escape(name)}" for name, count in seen.totals.items()]
        total = int(seen.counts.sum())
        return f"Of {total} values of {unit}, {' and '.join(filter(None, [', '.join(parts[:-1]), parts[-1]]))}.", {}
    settled = seen.only(_CONVERGED)
    said = (
        f"Every run converged up to {unit} = {settled:.4g}"
        if settled is not None
        else f"At no {unit} from the smallest on did every run converge"
    )
    if "divergent" in seen.labels:
        first = seen.span("divergent")[0]
        said += f"; from {first:.4g} on some ran off to infinity"
        all_gone = seen.only(("divergent",), from_above=True)
        if all_gone is not None:
            said += f", from {all_gone:.4g} on all"
    return f"{said}.", {}


def _exponent_answers(spec: SweepSpec, found: xarray.Dataset) -> tuple[str, dict[str, str]]:
    values = np.asarray(found[spec.axes[-1].name].values, dtype=np.float64)
    exponents = _last_axis_first(spec, found, "lyapunov").max(axis=1)
    positive = exponents > 0
    unit = escape(axis_name(spec, short=True))
    facts = {"positive": f"{int(positive.sum())} of {len(values)} values"}
    if np.isfinite(exponents).any():
        top = int(np.nanargmax(np.where(np.isfinite(exponents), exponents, np.nan)))
        facts["largest"] = f"{exponents[top]:.4g} per step, at {values[top]:.6g}"
    if np.isnan(exponents).any():
        facts["no exponent"] = f"{int(np.isnan(exponents).sum())} values: the orbit escapes, or nobody computed it"
    if not positive.any():
        return f"No value of {unit} was seen at which nearby orbits part.", facts
    found_at = f"{int(positive.sum())} of {len(values)} values of {unit}, first at {values[positive][0]:.4g}"
    return f"Nearby orbits part, as in chaos, at {found_at}.", facts


# ------------------------------------------------------------------------------------------------------------ pictures


def _pictures(
    spec: SweepSpec, found: xarray.Dataset, seen: Seen | None, boundaries: Boundaries | None
) -> Iterator[Picture]:
    known = () if boundaries is None else tuple(boundaries)
    if seen is not None:
        yield _strip(spec, seen, known)
        for axis in spec.axes[:-1]:
            if len(axis) > 1:
                yield _grid(spec, found, axis.name)
    if spec.kind == "lyapunov":
        yield _curve(spec, found, known)


def _strip(spec: SweepSpec, seen: Seen, known: Sequence[Any]) -> Picture:
    sizes = np.repeat(seen.values, seen.counts.sum(axis=1))
    labels = [
        label
        for counts in seen.counts.tolist()
        for label, count in zip(seen.labels, counts, strict=True)
        for _ in range(count)
    ]
    against = axis_name(spec)
    name = spec.axes[-1].name
    data = FigureData(
        name="counts",
        title=f"how many {'runs' if spec.kind == 'descent' else 'values'} were given each name, over {against}",
        columns=columns((name, _unit(spec)), *((label, "count") for label in seen.labels), ("not computed", "count")),
        rows=rows_of(seen.values, *seen.counts.T, seen.missing),
        certainty=Certainty.OBSERVED if spec.kind == "descent" else Certainty.NUMERICAL,
        seed=spec.rng if spec.kind == "descent" else None,
    )
    return both_sizes(
        "seen",
        describe_observed_strip(sizes, labels, predicted=known, against=against),
        lambda axes: observed_strip(sizes, labels, axes, predicted=known, against=against, title=None),
        new_axes(8.6, 2.9, header=1.1, footer=0.85),
        new_axes(3.9, 3.0, header=1.1, footer=0.9),
        data,
    )


def _unit(spec: SweepSpec) -> str:
    if isinstance(spec.settings, DescentSettings):
        return "1" if spec.settings.unit == "a" else "step size η"
    return "1"


def _grid(spec: SweepSpec, found: xarray.Dataset, axis: str) -> Picture:
    """The most frequent label over the last axis and one more."""
    named = _codes(spec)
    if named is None:
        raise ValueError("no labels to draw")
    variable, last = found[named[0]], spec.axes[-1].name
    ordered = variable.transpose(axis, last, *(dim for dim in variable.dims if dim not in (axis, last)))
    codes = np.asarray(ordered.values)
    codes = codes.reshape(*codes.shape[:2], -1)
    counts = np.stack([(codes == code).sum(axis=2) for code in range(len(named[1]))], axis=2)
    empty = counts.sum(axis=2) == 0
    majority = np.where(empty, named[1].index("undecided"), counts.argmax(axis=2))
    across = np.asarray(found[last].values, dtype=np.float64)
    up = np.asarray(found[axis].values, dtype=np.float64)
    labels = [[named[1][code] for code in row] for row in majority.tolist()]
    data = FigureData(
        name=f"grid-{axis.replace('_', '-')}",
        title=f"the most frequent name over {axis_name(spec)} and {axis.replace('_', ' ')}",
        columns=columns((axis, "1"), (last, _unit(spec)), ("most frequent", ""), ("share", "1")),
        rows=tuple(
            (
                float(up[i]),
                float(across[j]),
                None if empty[i, j] else labels[i][j],
                None if empty[i, j] else float(counts[i, j].max() / counts[i, j].sum()),
            )
            for i in range(len(up))
            for j in range(len(across))
        ),
        certainty=Certainty.OBSERVED,
        seed=spec.rng,
    )
    words: dict[str, Any] = {"x_label": axis_name(spec), "y_label": axis.replace("_", " ")}
    return both_sizes(
        data.name,
        describe_phase_diagram(across, up, labels, **words),
        lambda axes: phase_diagram(across, up, labels, axes, title=None, **words),
        new_axes(8.6, 4.2, footer=0.9),
        new_axes(3.9, 3.6, footer=0.95),
        data,
    )


def _curve(spec: SweepSpec, found: xarray.Dataset, known: Sequence[Any]) -> Picture:
    values = np.asarray(found[spec.axes[-1].name].values, dtype=np.float64)
    columns_of = [values, _last_axis_first(spec, found, "lyapunov")[:, 0]]
    names = [(spec.axes[-1].name, "1"), ("exponent", "1/step")]
    if "lyapunov_error" in spec.outputs:
        columns_of.append(_last_axis_first(spec, found, "lyapunov_error")[:, 0])
        names.append(("standard error", "1/step"))
    curve: Any = tuple(columns_of)
    data = FigureData(
        name="lyapunov",
        title=f"the Lyapunov exponent over {axis_name(spec)}",
        columns=columns(*names),
        rows=rows_of(*columns_of),
        certainty=Certainty.NUMERICAL,
    )
    words: dict[str, Any] = {"boundaries": known, "parameter": axis_name(spec)}
    return both_sizes(
        "seen",
        describe_lyapunov_plot(curve, **words),
        lambda axes: lyapunov_plot(curve, axes, title=None, **words),
        new_axes(8.6, 5.0, header=2.0, footer=0.9),
        new_axes(3.9, 4.4, header=1.2, footer=0.95),
        data,
    )


# ------------------------------------------------------------------------------------------------------- what is told


def _summary(story: SweepStory) -> Iterator[str]:
    name = "".join(character if character.isprintable() else "?" for character in story.name)
    yield f"{name}: {story.spec.points} grid points, {story.store.done} of {story.store.chunks} chunks."
    if story.seen is not None:
        yield ", ".join(f"{count} {label}" for label, count in story.seen.totals.items()) + "."


def _record(story: SweepStory, figures: Sequence[FigureData]) -> dict[str, Any]:
    spec, store, seen = story.spec, story.store, story.seen
    return {
        "$schema": schema_urn("sweep"),
        "generator": GENERATOR,
        "format": FORM,
        "command": story.command,
        "versions": versions(),
        "store": {
            "name": story.name,
            "kind": spec.kind,
            "specification": json.loads(spec.canonical),
            "specification_sha256": store.specification_sha256,
            "versions": dict(story.made_with),
            "seed": story.seed,
            "chunks": store.chunks,
            "done": store.done,
            "missing": list(store.missing),
            "complete": store.complete,
        },
        "axes": [{"name": axis.name, "values": axis.values()} for axis in spec.axes],
        "runs": spec.runs,
        "certainty": "each point's own" if story.certainty is None else str(story.certainty),
        "counts": None
        if seen is None
        else {
            "labels": list(seen.labels),
            "totals": seen.totals,
            "at": [
                {"value": float(value), "counts": [int(count) for count in counts], "not_computed": int(missing)}
                for value, counts, missing in zip(seen.values, seen.counts, seen.missing, strict=True)
            ],
        },
        "facts": dict(story.facts),
        "figures": [figure.to_dict() for figure in figures],
    }
