"""The page of a report about a sweep: what was swept, what was seen at each step size, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from symphase.enclosures import Certainty
from symphase.hypertext import badge, document, level, outside_text, table
from symphase.phases import Phase
from symphase.reports.answers import DESCENT, Rung, first_screen, ladder
from symphase.reports.appendix import Appendix
from symphase.reports.chapters import (
    boundary_chapter,
    certainty_chapter,
    glossary_chapter,
    number,
    provenance_chapter,
)
from symphase.reports.pictures import Picture
from symphase.reports.proof_chapters import certificate_chapter, check_chapter, theorem_chapter
from symphase.stores import StoreReport
from symphase.sweep_specs import AtlasSettings, DescentSettings, LyapunovSettings, SweepSpec

__all__ = ["Seen", "SweepStory", "render_sweep_page"]

GENERATOR: Final = "symphase report"
_ROWS: Final = 64
_NAMES: Final = 12
_SETTLED: Final = ("monotonic", "catapult")
_KINDS: Final = {
    "descent": "gradient descent over a grid",
    "lyapunov": "Lyapunov exponents over a parameter",
    "atlas": "exact phases over a parameter",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How often each label was seen at each value of the last axis.

    Attributes
    ----------
    values : ndarray, shape (v,)
        Of the step size, or of the map's parameter.
    labels : tuple of str
        Those that were seen at all.
    counts : ndarray of int, shape (v, labels)
    missing : ndarray of int, shape (v,)
        Grid points that nobody has computed.
    """

    values: NDArray[np.float64]
    labels: tuple[str, ...]
    counts: NDArray[np.int64]
    missing: NDArray[np.int64]

    @property
    def totals(self) -> dict[str, int]:
        """How often each label was seen in all."""
        return {name: int(count) for name, count in zip(self.labels, self.counts.sum(axis=0), strict=True)}

    def span(self, label: str) -> tuple[float, float]:
        """The smallest and the largest value at which a label was seen."""
        where = self.values[self.counts[:, self.labels.index(label)] > 0]
        return float(where.min()), float(where.max())

    def only(self, names: tuple[str, ...], *, from_above: bool = False) -> float | None:
        """The last value up to which (or down to which) every point that was computed has one of these labels."""
        inside = self.counts[:, [k for k, name in enumerate(self.labels) if name in names]].sum(axis=1)
        good = (inside == self.counts.sum(axis=1)) & (inside > 0)
        values = self.values[::-1] if from_above else self.values
        run = int(np.argmin(good[::-1] if from_above else good)) if not good.all() else len(values)
        return float(values[run - 1]) if run else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepStory:
    """Everything the page is made of.

    Attributes
    ----------
    name : str
        Of the store.
    spec : SweepSpec
    store : StoreReport
    made_with : Mapping of str to str
        Versions of the software that wrote the store.
    seed : str
        What every random number of the sweep comes from.
    certainty : Certainty or None
        Of what was stored; None where each point has its own.
    seen : Seen or None
        Where the results are labels.
    facts : Mapping of str to str
        More results in words, by name.
    sentence : str
        The answer; HTML.
    appendix : Appendix or None
        About the map, where the sweep is about one.
    pictures : Mapping of str to Picture
    command : str
    """

    name: str
    spec: SweepSpec
    store: StoreReport
    made_with: Mapping[str, str]
    seed: str
    certainty: Certainty | None
    seen: Seen | None
    facts: Mapping[str, str]
    sentence: str
    appendix: Appendix | None
    pictures: Mapping[str, Picture]
    command: str


def render_sweep_page(story: SweepStory) -> str:
    """Write the page.

    Parameters
    ----------
    story : SweepStory

    Returns
    -------
    str
        A complete HTML document.
    """
    sections = [("answer", "What was seen", _answer(story))]
    if story.seen is not None:
        sections.append(("counts", "Point by point", _counts(story, story.seen)))
    pictures = [picture for name, picture in story.pictures.items() if name != "seen"]
    if pictures:
        drawn = "".join(picture.figure(outside_text(_caption(picture))) for picture in pictures)
        sections.append(("grid", "Over the grid", drawn))
    sections += [
        ("swept", "What was swept", _swept(story)),
        ("store", "What is in the store", _store(story)),
        ("certainty", "How sure is this?", certainty_chapter(descent=story.spec.kind != "lyapunov")),
    ]
    if story.appendix is not None:
        sections += [
            ("boundaries", "The exact boundaries", boundary_chapter(story.appendix.boundaries)),
            ("theorems", "The phases as theorems", theorem_chapter(story.appendix)),
            ("checks", "The numbers once more", check_chapter(story.appendix)),
            ("certificates", "Certificates", certificate_chapter(story.appendix)),
        ]
    seed = story.spec.rng if story.spec.kind == "descent" else None
    sections += [
        ("glossary", "Words", glossary_chapter()),
        (
            "provenance",
            "References and provenance",
            provenance_chapter(command=story.command, seed=seed, record="sweep"),
        ),
    ]
    return document(GENERATOR, outside_text(f"Sweep {story.name}"), _header(story), sections, answered=True)


def _caption(picture: Picture) -> str:
    return "" if picture.data is None else f"{picture.data.title[:1].upper()}{picture.data.title[1:]}."


# ---------------------------------------------------------------------------------------------------- the first screen


def _header(story: SweepStory) -> str:
    sure = "" if story.certainty is None else f"{level(story.certainty)} "
    shape = " × ".join(str(length) for length in story.spec.shape)
    rest = "" if story.store.complete else f" <strong>{len(story.store.missing)} chunks are missing.</strong>"
    about = (
        f"{sure}<strong>{outside_text(story.name)}</strong>, {_KINDS[story.spec.kind]}: {shape} grid points in "
        f"{story.store.chunks} {'chunk' if story.store.chunks == 1 else 'chunks'}, every checksum right.{rest}"
    )
    return first_screen("symphase report: sweep", story.sentence, about)


def axis_name(spec: SweepSpec, *, short: bool = False) -> str:
    """What the last axis of a sweep is, in words."""
    name = spec.axes[-1].name
    if isinstance(spec.settings, DescentSettings):
        long = "a" if short else "a of the largest sample"
        return long if spec.settings.unit == "a" else "step size η"
    return name


def _answer(story: SweepStory) -> str:
    picture = story.pictures["seen"].figure(outside_text(_caption(story.pictures["seen"])))
    if story.seen is None:
        facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in story.facts.items())
        return f'{picture}<dl class="symbols">{facts}</dl>'
    total = int(story.seen.counts.sum())
    unit = "runs" if story.spec.kind == "descent" else "values"
    rungs = []
    for name, count in sorted(story.seen.totals.items(), key=lambda pair: _rank(pair[0])):
        low, high = story.seen.span(name)
        rungs.append(
            Rung(
                phase=Phase(name),
                reach=f"{low:.4g} to {high:.4g}" if low < high else f"{low:.4g}",
                does=f"{count} of {total} {unit}: {DESCENT.get(Phase(name), name)}",
            )
        )
    return picture + ladder("Where each phase was seen", escape(axis_name(story.spec, short=True)), rungs)


def _rank(name: str) -> int:
    order = [str(phase) for phase in DESCENT]
    return order.index(name) if name in order else len(order)


# -------------------------------------------------------------------------------------------------------- the chapters


def _counts(story: SweepStory, seen: Seen) -> str:
    every = max(1, -(-len(seen.values) // _ROWS))
    rows = [
        (
            number(f"{value:.6g}"),
            *(number(str(int(count))) if count else "·" for count in counts),
            *([number(str(int(missing)))] if seen.missing.any() else []),
        )
        for value, counts, missing in zip(
            seen.values[::every], seen.counts[::every], seen.missing[::every], strict=True
        )
    ]
    heads = [escape(axis_name(story.spec)), *(badge(label) for label in seen.labels)]
    heads += ["not computed"] if seen.missing.any() else []
    said = "" if every == 1 else f", one of every {every} values (all are in the CSV file of the first picture)"
    what = "runs" if story.spec.kind == "descent" else "values"
    return table(f"How many {what} were given each name{said}", heads, rows)


def _swept(story: SweepStory) -> str:
    spec = story.spec
    rows = []
    for axis in spec.axes:
        values = axis.values()
        shown = ", ".join(f"{value:.6g}" for value in values[:_NAMES])
        if len(values) > _NAMES:
            shown = f"{values[0]:.6g} to {values[-1]:.6g}, {axis.spacing} spacing"
        rows.append((escape(axis.name), str(len(values)), escape(shown)))
    if spec.runs is not None:
        rows.append(("run", str(spec.runs), "random starts"))
    settings = "".join(
        f"<dt>{escape(name)}</dt><dd>{outside_text(str(value))}</dd>" for name, value in _settings(spec).items()
    )
    return (
        table("The axes of the grid", ("axis", "values", "from … to"), rows)
        + f'<h3>Settings</h3><dl class="symbols">{settings}</dl>'
        f"<p>Stored at each point: {', '.join(escape(name) for name in spec.outputs)}.</p>"
    )


def _settings(spec: SweepSpec) -> dict[str, Any]:
    """The settings that a sweep has, by name."""
    settings = spec.settings
    names = {
        DescentSettings: (
            "model",
            "gamma",
            "c",
            "alpha",
            "width",
            "reduction",
            "design",
            "data",
            "samples",
            "dimension",
            "labels",
            "noise",
            "steps",
            "escape_loss",
            "tolerance",
            "unit",
        ),
        LyapunovSettings: ("formula", "variable", "parameter", "start", "transient", "steps"),
        AtlasSettings: ("max_period",),
    }[type(settings)]
    return {name: value for name in names if (value := getattr(settings, name)) is not None}


def _store(story: SweepStory) -> str:
    store = story.store
    opening = (
        f"<p>{store.done} of {store.chunks} chunks are there; every byte was read and has the checksum that was "
        f"written with it. Specification SHA-256: <code>{escape(store.specification_sha256)}</code>.</p>"
        f"<p>Seeds: {outside_text(story.seed)}.</p>"
    )
    parts = [opening]
    if store.missing:
        listed = "".join(f"<li><code>{escape(name)}</code></li>" for name in store.missing[:_NAMES])
        more = f"<li>and {len(store.missing) - _NAMES} more</li>" if len(store.missing) > _NAMES else ""
        parts.append(
            f"<p>These chunks are missing: nobody has computed them yet, or they failed. Run the same sweep again: it "
            f"computes them, or says why it cannot.</p><ul>{listed}{more}</ul>"
        )
    made = ", ".join(f"{escape(name)} {escape(version)}" for name, version in story.made_with.items())
    parts.append(f"<p>The store was written by {made}.</p>")
    return "".join(parts)
