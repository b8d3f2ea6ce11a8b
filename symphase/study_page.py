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
import numpy.typing as npt

from symphase.display import Shown
from symphase.errors import InputError
from symphase.folders import checked_folder, write_folder
from symphase.hypertext import (
    badge,
    document,
    figure,
    inline_svg,
    level,
    outside_text,
    table,
    versions,
    wide_and_narrow,
)
from symphase.plots import (
    INK,
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


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class WrittenStudy(Shown):
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

    def _line(self) -> str:
        return f"{self.index}: {self.study._line()}"


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
    numbers = json.dumps(found.to_dict(), indent=1, allow_nan=False) + "\n"
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
    problem = found.problem
    header = (
        '<header><div><p class="eyebrow">symphase lab</p><h1>What does this step size do?</h1>'
        f'<p class="lede">Gradient descent with a constant step size on <strong>{outside_text(problem.name)}</strong> '
        f"({outside_text(problem.model.name)}, {problem.samples} samples of {problem.dimension} features): "
        "which phase it shows, and where the next one begins. Everything on this page was observed in runs, except "
        "where it says exact or certified.</p></div></header>"
    )
    return document(GENERATOR, f"What does this step size do? {outside_text(found.problem.name)}", header, sections)


def _pictures(found: Study) -> Iterator[tuple[str, str]]:
    """Draw every picture, once for a desk and once for a hand."""

    def both(
        name: str, told: str, draw: Callable[[Axes], Axes], wide: Axes, narrow: Axes, caption: str = ""
    ) -> Iterator[tuple[str, str]]:
        sizes = ((wide, ""), (narrow, "-narrow"))
        shown = [inline_svg(draw(axes), f"{name}{mark}", told) for axes, mark in sizes]
        yield name, figure(wide_and_narrow(*shown), caption)

    seen = found.boundaries
    rates, labels = np.repeat(seen.step_sizes, seen.runs), seen.labels.ravel()
    where = (
        f"The line marks {'the' if found.chosen else 'your'} step size, {found.step_size:.4g}."
        if _inside(found)
        else f"{'The' if found.chosen else 'Your'} step size, {found.step_size:.4g}, lies outside of the picture."
    )
    yield from both(
        "strip",
        f"{describe_observed_strip(rates, labels)} {where}",
        lambda axes: _mark(observed_strip(rates, labels, axes, title=None), found),
        new_axes(8.6, 3.0, footer=0.9),
        new_axes(3.9, 3.0, footer=0.9),
        f"The share of the starts with each label, over the step size. {where}",
    )
    examples, names = found.examples, list(found.example_labels)
    yield from both(
        "curves",
        describe_training_curves(examples, phases=names),
        lambda axes: training_curves(examples, axes, phases=names, title=None),
        new_axes(8.6, 3.6),
        new_axes(3.9, 3.2),
        f"The loss over the first {examples.steps} steps; a cross marks where a run escapes.",
    )
    if examples.sharpness is not None:
        yield from both(
            "sharpness",
            describe_sharpness_plot(examples, phases=names),
            lambda axes: sharpness_plot(examples, axes, phases=names, title=None),
            new_axes(8.6, 3.6),
            new_axes(3.9, 3.2),
            "The step size times the largest eigenvalue of the Hessian, in the same runs.",
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


def _inside(found: Study) -> bool:
    """Whether the step size of the study is within the strip."""
    sizes = found.boundaries.step_sizes
    return bool(sizes[0] <= found.step_size <= sizes[-1])


def _mark(axes: Axes, found: Study) -> Axes:
    """Draw a line at the step size of the study, where it is within the strip; it does not widen it."""
    left, right = axes.get_xlim()
    if _inside(found):
        axes.axvline(found.step_size, color="#ffffff", linewidth=3.4, gid="halo-step-size")
        axes.axvline(found.step_size, color=INK, linewidth=1.6, linestyle=(0, (3.0, 1.2)), gid="step-size")
        axes.plot(
            [found.step_size],
            [1.03],
            marker="v",
            markersize=6,
            color=INK,
            linestyle="",
            clip_on=False,
            transform=axes.get_xaxis_transform(),
            gid="step-size-mark",
        )
        axes.set_xlim(left, right)
    return axes


def _number(value: float | None) -> str:
    return "—" if value is None else f'<span class="number">{value:.4g}</span>'


def _range(values: npt.NDArray[np.float64]) -> str:
    """One number, or the smallest and the largest."""
    low, high = f"{values.min():.3g}", f"{values.max():.3g}"
    return _span(low) if low == high else f"{_span(low)} to {_span(high)}"


def _span(text: str) -> str:
    return f'<span class="number">{text}</span>'


def _answer(found: Study) -> str:
    total = len(found.observations)
    first, *rest = found.summary
    opening = f'<p class="big">{badge(found.label)} {escape(first)}</p>'
    if len(found.counts) > 1:
        parts = "".join(f"<li>{badge(label)} {count} of {total} starts</li>" for label, count in found.counts.items())
        opening = f'<p class="big">{escape(first)}</p><ul>{parts}</ul>'
    chosen = (
        "You gave no step size, so this page looks at half of the smallest one at which a start no longer converged."
        if found.chosen
        else "This is the step size that you gave."
    )
    details = sorted({each.detail for each in found.observations})
    shown = "".join(f"<li>{escape(text)}</li>" for text in details[:4])
    more = f"<li>and {len(details) - 4} more like these, in study.json</li>" if len(details) > 4 else ""
    return (
        f'<div class="card">{opening}'
        + "".join(f"<p>{escape(line)}</p>" for line in rest)
        + f"</div><p>{chosen} {_ends(found)}</p><p>What was seen:</p><ul>{shown}{more}</ul>"
    )


def _ends(found: Study) -> str:
    """Where the runs at the step size ended."""
    training = found.training
    kept = training.escape_step < 0
    if not kept.any():
        return "No run stayed bounded."
    told = [f"the loss {_range(training.losses[kept, -1])}"]
    if (scaled := training.scaled_sharpness) is not None:
        told.append(f"<var>η</var> × sharpness {_range(scaled[kept, -1])}")
    if training.test_losses is not None:
        told.append(f"the loss on held-out samples {_range(training.test_losses[kept, -1])}")
    bounded = "the runs" if kept.all() else "the runs that stayed bounded"
    return f"Where {bounded} ended: {', '.join(told)}."


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
                _number(row.theory_in_sharpness),
                _number(row.in_a),
                _number(row.theory_in_a),
            )
        )
    columns = (
        "transition",
        "step size <var>η</var>",
        "range",
        "starts",
        "<var>η</var> × sharpness",
        "in theory",
        "largest <var>a</var>",
        "in theory",
    )
    stopped = sum(row.transition.stopped for row in found.rows)
    return (
        "<p>Every start has boundaries of its own; these are medians over the starts, and the range of all their "
        "brackets, found by bisection. The sharpness is the largest eigenvalue of the Hessian where a small step size "
        "ends; <var>a</var> is what a sample would have if its row were orthogonal to all others, and the theory is "
        "that of such rows"
        + (".</p>" if any(row.theory for row in found.rows) else "; there is none for this model and these labels.</p>")
        + table(f"Transitions {level(found.certainty)}, beside the theory of orthogonal rows", columns, rows)
        + (
            "<p>Some brackets are wider than asked for: the runs inside stayed undecided, as they do where convergence "
            "is slow.</p>"
            if stopped
            else ""
        )
        + pictures["strip"]
    )


def _phases(found: Study, pictures: dict[str, str]) -> str:
    rates = ", ".join(
        f"{badge(label)}&nbsp;<var>η</var>&nbsp;=&nbsp;{_number(float(rate))}"
        for label, rate in zip(found.example_labels, found.examples.step_sizes, strict=True)
    )
    return (
        "<p>One start, a step size from the middle of each phase that it showed, and the smallest of the divergent "
        f"ones: {rates}.</p>"
        + pictures["curves"]
        + pictures.get("sharpness", "")
        + "<p>A minimum attracts only if step size × sharpness there is below the line at 2, the edge of "
        "stability.</p>"
    )


def _averages(pictures: dict[str, str]) -> str:
    return (
        "<p>The loss on held-out samples at the end of the runs, over the step size: of the last weights, of the "
        "average of the weights over the second half of the run, and of the average of the predictions. Bars are "
        "standard errors over the starts.</p>" + pictures["averages"]
    )


def _theory(found: Study) -> str:
    coherence, predicted = found.coherence, found.predicted
    kind = "exactly" if coherence.kind == "exact" else "to rounding"
    if found.orthogonal:
        opening = f"<p>The rows are orthogonal ({kind})"
    else:
        opening = (
            f"<p>The rows are not orthogonal: the largest |cosine| between two of them is {coherence.largest:.3g}, the "
            f"root mean square {found.rms_cosine:.3g}"
        )
    if predicted is None:
        return f"{opening}. This model does not reduce to a map of one variable: no exact phase belongs to it.</p>"
    opening += (
        ": the exact phases hold for every sample.</p>"
        if found.orthogonal
        else ". The exact phases in units of <var>a</var> hold for orthogonal rows only. In units of step size × "
        "sharpness the transitions often stay near those of orthogonal rows: the columns of the table above say how "
        "near.</p>"
    )
    sample = "The sample that decides is" if found.orthogonal else "On orthogonal rows the sample that decides would be"
    return opening + (
        f"<p>{sample} at <var>a</var> = {_number(float(predicted.parameter))} with this step size: "
        f"{escape(predicted.label)} {level(predicted.certainty)}.</p>"
    )


def _provenance(found: Study) -> str:
    made = ", ".join(f"{escape(name)} {escape(number)}" for name, number in versions().items())
    seen = found.boundaries
    data = outside_text(found.problem.seed)
    return (
        f"<p>{outside_text(found.problem.describe())}.</p>"
        f"<p>{len(found.observations)} starts ({outside_text(seen.seed)}), {seen.steps} steps each, at "
        f"{len(seen.step_sizes)} step sizes and in the bisection; data: {data}. In float64, "
        f"with the gradient of the original loss. Made by {made}. All numbers are in <code>study.json</code>.</p>"
    )
