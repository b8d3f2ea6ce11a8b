"""The page of a study: what a step size does to one problem, on one page, with its numbers beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from symphase.errors import InputError
from symphase.folders import checked_folder, write_folder
from symphase.hypertext import badge, document, figure, inline_svg, level, table, versions
from symphase.plots import (
    describe_generalization_plot,
    describe_observed_strip,
    describe_sharpness_plot,
    describe_training_curves,
    generalization_plot,
    held_out_errors,
    new_axes,
    observed_strip,
    sharpness_plot,
    training_curves,
)
from symphase.problems import Problem
from symphase.studies import Study, study

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["WrittenStudy", "render_study", "write_study"]

GENERATOR: Final = "symphase lab"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenStudy:
    """What was written, and the study in it.

    Attributes
    ----------
    folder, index : Path
        The folder, and the page to open in it.
    study : Study
    """

    folder: Path
    index: Path
    study: Study


def write_study(
    out: str | os.PathLike[str],
    problem: Problem,
    step_size: object = None,
    *,
    runs: int = 8,
    steps: int = 4000,
    rng: int | np.random.Generator | np.random.BitGenerator | np.random.SeedSequence | None = 0,
    progress: Progress | None = None,
) -> WrittenStudy:
    """Study a problem at a step size and write a folder with a page (index.html) and its numbers (study.json).

    Parameters
    ----------
    out : path
        The folder: new, empty, or holding an earlier page of this kind, which is then replaced.
    problem, step_size, runs, steps, rng, progress
        As for :func:`symphase.studies.study`.

    Returns
    -------
    WrittenStudy

    Certainty
    ---------
    Observed; each number on the page carries its own level.

    Raises
    ------
    InputError
        When ``out`` cannot be written or holds something else, before anything is computed, and as ``study`` does.
        Nothing is written then.
    """
    folder = checked_folder(out, GENERATOR)
    if not isinstance(problem, Problem):
        raise InputError("problem", problem, "must be a Problem", "make one with make_problem or problem_from_data")
    found = study(problem, step_size, runs=runs, steps=steps, rng=rng, progress=progress)
    numbers = json.dumps(found.to_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_folder(folder, {"study.json": numbers, "index.html": render_study(found)})
    return WrittenStudy(folder=folder, index=folder / "index.html", study=found)


def render_study(found: Study) -> str:
    """Write the page.

    Parameters
    ----------
    found : Study

    Returns
    -------
    str
        A complete HTML document.
    """
    pictures = dict(_pictures(found))
    sections = [
        ("answer", "Your step size", _answer(found)),
        ("boundaries", "Where each phase ends", _boundaries(found, pictures)),
        ("phases", "What each phase looks like here", _phases(found, pictures)),
    ]
    if "averages" in pictures:
        sections.append(("averages", "On samples that were held out", _averages(pictures)))
    sections += [
        ("theory", "How far the exact theory reaches", _theory(found)),
        ("provenance", "How this was made", _provenance(found)),
    ]
    name = escape(found.problem.name)
    about = escape(found.problem.describe())
    header = (
        '<header><div><p class="eyebrow">symphase lab</p><h1>What does this step size do?</h1>'
        f'<p class="lede">Gradient descent with a constant step size on <strong>{about}</strong>: which phase it shows, '
        f"shows, "
        "and where the next one begins. Everything on this page was observed in runs, except where it says exact or "
        "certified.</p></div></header>"
    )
    return document(GENERATOR, f"What does this step size do? {name}", header, sections)


def _pictures(found: Study) -> Iterator[tuple[str, str]]:
    """Draw every picture, once for a desk and once for a hand."""

    def both(name: str, told: str, draw: Callable[[Axes], Axes], wide: Axes, narrow: Axes) -> Iterator[tuple[str, str]]:
        shown = [inline_svg(draw(axes), f"{name}{mark}", told) for axes, mark in ((wide, ""), (narrow, "-narrow"))]
        yield name, figure(f'<div class="wide">{shown[0]}</div><div class="narrow">{shown[1]}</div>')

    seen = found.boundaries
    rates, labels = np.repeat(seen.step_sizes, seen.runs), seen.labels.ravel()
    yield from both(
        "strip",
        describe_observed_strip(rates, labels),
        lambda axes: observed_strip(rates, labels, axes, title=None),
        new_axes(8.6, 3.0, footer=0.9),
        new_axes(3.9, 3.0, footer=0.9),
    )
    examples, names = found.examples, list(found.example_labels)
    yield from both(
        "curves",
        describe_training_curves(examples, phases=names),
        lambda axes: training_curves(examples, axes, phases=names, title=None),
        new_axes(8.6, 3.6),
        new_axes(3.9, 3.2),
    )
    if examples.sharpness is not None:
        yield from both(
            "sharpness",
            describe_sharpness_plot(examples, phases=names),
            lambda axes: sharpness_plot(examples, axes, phases=names, title=None),
            new_axes(8.6, 3.6),
            new_axes(3.9, 3.2),
        )
    if found.averages is not None:
        errors = held_out_errors(found.averages)
        yield from both(
            "averages",
            describe_generalization_plot(errors),
            lambda axes: generalization_plot(errors, axes, title=None),
            new_axes(8.6, 4.0, header=0.9),
            new_axes(3.9, 3.8, header=0.9),
        )


def _number(value: float | None) -> str:
    return "—" if value is None else f'<span class="number">{value:.4g}</span>'


def _answer(found: Study) -> str:
    counts = "".join(
        f"<li>{badge(label)} {count} of {len(found.observations)} starts</li>" for label, count in found.counts.items()
    )
    first, *rest = found.summary
    chosen = (
        "You gave no step size, so this page looks at half of the smallest one at which a start no longer converged."
        if found.chosen
        else "This is the step size that you gave."
    )
    details = sorted({each.detail for each in found.observations})
    shown = "".join(f"<li>{escape(text)}</li>" for text in details[:4])
    return (
        f'<div class="card"><p class="big">{badge(found.label)} {escape(first)}</p><ul>{counts}</ul>'
        + "".join(f"<p>{escape(line)}</p>" for line in rest)
        + f"</div><p>{chosen} What was seen:</p><ul>{shown}</ul>"
    )


def _boundaries(found: Study, pictures: dict[str, str]) -> str:
    rows = []
    for row in found.rows:
        seen = row.transition
        spread = "—" if seen.spread is None else f"{_number(seen.spread[0])} to {_number(seen.spread[1])}"
        rows.append(
            (
                escape(seen.name),
                _number(seen.step_size),
                spread,
                f"{seen.found} of {seen.runs}",
                _number(row.in_sharpness),
                _number(2 * float(row.theory)),
                _number(row.in_a),
                _number(float(row.theory)),
            )
        )
    columns = (
        "transition",
        "step size <var>η</var>",
        "brackets of all starts",
        "seen in",
        "<var>η</var> × sharpness",
        "orthogonal rows",
        "largest <var>a</var>",
        "orthogonal rows",
    )
    return (
        "<p>Every start has boundaries of its own; these are medians and the range of all brackets, found by "
        "bisection. "
        "The sharpness is the largest eigenvalue of the Hessian where a small step size ends.</p>"
        + table(f"Transitions {level(found.certainty)}, beside the exact ones of orthogonal rows", columns, rows)
        + pictures["strip"]
        + '<p class="needs">The share of the starts with each label, over the step size.</p>'
    )


def _phases(found: Study, pictures: dict[str, str]) -> str:
    rates = ", ".join(
        f"{badge(label)} <var>η</var> = {_number(float(rate))}"
        for label, rate in zip(found.example_labels, found.examples.step_sizes, strict=True)
    )
    return (
        f"<p>One start, a step size from the middle of each phase that it showed: {rates}.</p>"
        + pictures["curves"]
        + pictures.get("sharpness", "")
        + "<p>Below the line at 2 the minimum attracts; a run that stays above it cannot converge there. Convergent "
        "runs "
        "end below 2, periodic and chaotic ones swing around it.</p>"
    )


def _averages(pictures: dict[str, str]) -> str:
    return (
        "<p>The loss on held-out samples at the end of the runs, over the step size: of the last weights, of the "
        "average "
        "of the weights over the second half of the run, and of the average of the predictions. Bars are standard "
        "errors "
        "over the starts.</p>" + pictures["averages"]
    )


def _theory(found: Study) -> str:
    coherence = found.coherence
    if found.orthogonal:
        kind = "exactly" if coherence.kind == "exact" else "to rounding"
        opening = (
            f"<p>The rows are orthogonal ({kind}): the exact phases of the residual map hold for every sample.</p>"
        )
    else:
        opening = (
            f"<p>The rows are not orthogonal: the largest |cosine| between two of them is {coherence.largest:.3g}, the "
            f"root mean square {found.rms_cosine:.3g}. The exact phases in units of <var>a</var> hold for orthogonal "
            f"rows "
            "only. In units of step size × sharpness the transitions often stay near those of orthogonal rows: the two "
            "columns of the table above say how near.</p>"
        )
    if found.predicted is None:
        return opening + "<p>This model has no single scale <var>a</var>; no exact phase belongs to it.</p>"
    return opening + (
        f"<p>For orthogonal rows, the largest sample would be {badge(str(found.predicted.phase))} at this step size: "
        f"{escape(found.predicted.label)}, a = {float(found.predicted.parameter):.4g} "
        f"{level(found.predicted.certainty)}.</p>"
    )


def _provenance(found: Study) -> str:
    made = ", ".join(f"{escape(name)} {escape(number)}" for name, number in versions().items())
    seen = found.boundaries
    return (
        f"<p>{len(found.observations)} starts ({escape(seen.seed)}) of {seen.steps} steps at {len(seen.step_sizes)} "
        f"step "
        f"sizes and in the bisection; data: {escape(found.problem.seed)}. In float64, with the gradient of the "
        f"original "
        f"loss. Made by {made}. All numbers are in <code>study.json</code>.</p>"
    )
