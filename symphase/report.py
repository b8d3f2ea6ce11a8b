"""A folder that a person likes to open: a page to read, the boundaries as JSON, and the derivation as LaTeX.

Everything is computed in memory first; files appear whole or not at all, and a folder that holds anything but an
earlier report is refused.  ``page`` writes the page; the pictures in it are drawn here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from symphase.analysis import Analysis, analyze, basin_starts, largest_scale, phase_step_sizes
from symphase.boundaries import Boundaries
from symphase.derivation import Derivation, derive
from symphase.descent import descend
from symphase.enclosures import Verdict
from symphase.errors import InputError
from symphase.folders import checked_folder, write_folder
from symphase.hypertext import inline_svg, versions
from symphase.latex import derivation_document
from symphase.models import Model, PhaseRetrieval
from symphase.page import GENERATOR, PhaseRun, Story, phase_ends, render_page, significant_digits
from symphase.phases import residual_boundaries, residual_family, show_number
from symphase.plots import (
    bifurcation_diagram,
    cobweb,
    describe_bifurcation_diagram,
    describe_cobweb,
    describe_loss_curve,
    describe_phase_strip,
    describe_sample_scales,
    loss_curve,
    new_axes,
    phase_strip,
    sample_scales,
)
from symphase.steps import CheckResult
from symphase.tables import DataSet, dataset, load_digit_dct, load_digit_image
from symphase.verification import Verification, verify

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

__all__ = ["Report", "write_report"]

Progress = Callable[[str, int, int], None]
FILES: Final = ("derivation.tex", "boundaries.json", "index.html")  # in the order in which they are put in place
SEED: Final = 0
_START: Final = 0.545  # z₀ of the leading sample in the runs of one phase each: a catapult shows from there
_STEPS: Final = 80
_FORM: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was written, and the answers in it.

    Attributes
    ----------
    folder, index : Path
        The folder, and the page to open in it.
    analysis : Analysis
        Of the data at the step size.
    derivation : Derivation
    checks : tuple of CheckResult
        Of the derivation.
    boundaries : Boundaries
        In units of a.
    verification : Verification
    agrees : bool
        Whether every check of the derivation, every boundary, and every sample compared agrees.
    summary : tuple of str
        The answer in a few plain sentences.
    """

    folder: Path
    index: Path
    analysis: Analysis
    derivation: Derivation
    checks: tuple[CheckResult, ...]
    boundaries: Boundaries
    verification: Verification
    agrees: bool
    summary: tuple[str, ...]


def write_report(
    out: str | os.PathLike[str],
    *,
    data: DataSet | None = None,
    model: Model | None = None,
    step_size: object = None,
    progress: Progress | None = None,
) -> Report:
    """Analyse a problem and write a folder with index.html, boundaries.json and derivation.tex.

    Parameters
    ----------
    out : path
        The folder: new, empty, or holding an earlier report, whose three files are then replaced.
    data : DataSet, optional
        Features (n, d) with orthogonal rows, and targets (n,); the digit that ships with symphase when left out.
    model : Model, optional
        PhaseRetrieval or TwoLayerNetwork with numeric parameters; plain phase retrieval when left out.
    step_size : number > 0, optional
        η of w ← w − η∇L; half of the largest monotonic one when left out.
    progress : callable, optional
        Called as progress(stage, done, total).

    Returns
    -------
    Report

    Certainty
    ---------
    Each number on the page carries its own level.

    Raises
    ------
    InputError
        When ``out`` is a file, lies inside one, cannot be written or holds something else, and as ``analyze`` does.
        Nothing is written then.
    """
    folder = checked_folder(out, GENERATOR)
    stages = _Stages(progress)
    chosen = data if data is not None else load_digit_dct()
    with_model = model if model is not None else PhaseRetrieval(gamma=2, c=0)
    stages.next("deriving the map")
    derivation = derive(with_model)
    if derivation.family is None:
        raise InputError("model", with_model.name, "has no residual map to report on", derivation.obstruction or "")
    checks = derivation.check()
    stages.next("finding the boundaries")
    boundaries = residual_boundaries()
    stages.next("analysing the data")
    analysis = analyze(chosen, model=with_model, step_size=step_size, seed=SEED)
    verification = verify(boundaries, seed=SEED, progress=stages.within("checking", 8))
    runs = _example_runs(analysis)
    story = Story(
        analysis=analysis,
        derivation=derivation,
        checks=checks,
        boundaries=boundaries,
        verification=verification,
        runs=runs,
        pictures=dict(_pictures(analysis, boundaries, runs, stages)),
    )
    files = {
        "derivation.tex": derivation_document(derivation, command="symphase report", checks=checks),
        "boundaries.json": json.dumps(_record(story), indent=1, ensure_ascii=False, allow_nan=False) + "\n",
        "index.html": render_page(story),
    }
    stages.next("writing")
    write_folder(folder, {name: files[name] for name in FILES})
    stages.finish()
    return Report(
        folder=folder,
        index=folder / "index.html",
        analysis=analysis,
        derivation=derivation,
        checks=checks,
        boundaries=boundaries,
        verification=verification,
        agrees=story.agrees,
        summary=tuple(_summary(story)),
    )


class _Stages:
    """Count the stages of a report for a progress bar."""

    TOTAL: Final = 20

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._done = 0

    def next(self, stage: str) -> None:
        if self._progress is not None:
            self._progress(stage, min(self._done, self.TOTAL), self.TOTAL)
        self._done += 1

    def within(self, stage: str, share: int) -> Progress:
        """A progress callback whose whole course takes a share of ours."""
        first = self._done
        self._done += share

        def report(detail: str, done: int, total: int) -> None:
            if self._progress is not None:
                self._progress(f"{stage}: {detail}", first + share * done // max(total, 1), self.TOTAL)

        return report

    def finish(self) -> None:
        if self._progress is not None:
            self._progress("done", self.TOTAL, self.TOTAL)


# ---------------------------------------------------------------------------------------------- what the page tells


def _example_runs(analysis: Analysis) -> tuple[PhaseRun, ...]:
    """Run gradient descent once in the middle of each phase, on the user's own data where a label can be reached."""
    data, model = analysis.data, analysis.model
    if not analysis.classification.boundaries:
        data, model = dataset([[1.0]], [1.0], name="one sample, x = y = 1"), PhaseRetrieval(gamma=2, c=0)
    per_step = largest_scale(model, data)
    scales = [
        model.scale_at(q, float(y), data.samples, 1) for q, y in zip(data.norms_squared, data.targets, strict=True)
    ]
    leading = scales.index(max(scales))
    steps = phase_step_sizes(model, data)
    starts = [
        _moved(model, data, leading, step, basin_starts(model, data, step, 1, SEED)[0]) for step in steps.values()
    ]
    runs = []
    for (phase, step), start in zip(steps.items(), starts, strict=True):
        descent = descend(
            model, data.features, data.targets, step_sizes=float(step), starts=start[np.newaxis], steps=_STEPS
        )
        runs.append(PhaseRun(phase=phase, scale=per_step * step, descent=descent))
    return tuple(runs)


def _moved(
    model: Model, data: DataSet, leading: int, step: Fraction, start: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Move a start along the leading row until that sample's rescaled residual is _START; orthogonal rows stay put."""
    row, target = data.features[leading], data.targets[leading]
    direction = np.zeros_like(start)
    direction.reshape(-1, data.dimension)[0] = row / float(np.linalg.norm(row))
    curve = [float(model.predict((start + t * direction)[np.newaxis], row[np.newaxis])[0, 0]) for t in (-1.0, 0.0, 1.0)]
    curvature = (curve[0] + curve[2]) / 2 - curve[1]
    slope = (curve[2] - curve[0]) / 2
    kappa = 2 * curvature * float(step) * float(data.norms_squared[leading]) / data.samples
    if curvature == 0 or kappa == 0:
        return start
    kappa /= float(data.norms_squared[leading])  # the direction has length 1: curvature = (γ/2)‖x‖²
    roots = np.roots([curvature, slope, curve[1] - float(target) - _START / kappa])
    real = sorted(float(root.real) for root in roots if abs(root.imag) < 1e-9 * (1 + abs(root)))
    return start + min(real, key=abs) * direction if real else start


def _summary(story: Story) -> Iterator[str]:
    analysis = story.analysis
    name = "".join(character if character.isprintable() else "?" for character in analysis.data.name)  # for a terminal
    yield f"{name}, step size η = {show_number(analysis.step_size)}: {analysis.classification.phase}."
    ends = phase_ends(story)
    if ends:
        yield "Largest step size: " + ", ".join(f"{phase} {significant_digits(end, 6)}" for phase, end in ends) + "."
    rows = story.verification.rows
    agreed = sum(row.agrees for row in rows)
    proved = sum(check.verdict is Verdict.PROVED for check in story.checks)
    yield f"{agreed} of {len(rows)} boundaries agree with mpmath and with gradient descent."
    yield f"{proved} of {len(story.checks)} checks of the derivation are proved."


# --------------------------------------------------------------------------------------------------------- the JSON


def _record(story: Story) -> dict[str, Any]:
    analysis, problem = story.analysis, story.analysis.classification
    return {
        "generator": GENERATOR,
        "format": _FORM,
        "versions": versions(),
        **story.boundaries.to_dict(),
        "derivation": {
            "model": story.derivation.model.name,
            "scale": str(story.derivation.scale),
            "residual_scale": str(story.derivation.residual_scale),
            "checks": [{"title": check.title, "verdict": str(check.verdict)} for check in story.checks],
        },
        "verification": story.verification.to_dict(),
        "problem": {
            "name": analysis.data.name,
            "samples": analysis.data.samples,
            "features": analysis.data.dimension,
            "largest_cosine": problem.coherence.largest,
            "orthogonality": problem.coherence.kind,
            "step_size": str(analysis.step_size),
            "step_size_chosen": analysis.step_size_chosen,
            "phase": str(problem.phase),
            "period": problem.period,
            "seed": analysis.seed,
            "step_boundaries": [
                {
                    "name": each.boundary.name,
                    "decimal": significant_digits(each, 15),
                    "certainty": str(each.boundary.certainty),
                    "minimal_polynomial": None if each.value is None else [str(c) for c in each.value.coefficients],
                    "isolating_interval": None if each.value is None else [str(end) for end in each.value.interval],
                    "bounds": [str(bound) for bound in each.bounds],
                }
                for each in problem.boundaries
            ],
            "samples_classified": [
                {
                    "row": sample.index,
                    "a": str(sample.scale),
                    "a_float": float(sample.scale),
                    "phase": str(sample.classification.phase),
                    "period": sample.classification.period,
                    "certainty": str(sample.classification.certainty),
                }
                for sample in problem
            ],
        },
    }


# ---------------------------------------------------------------------------------------------------- the pictures


def _pictures(
    analysis: Analysis, boundaries: Boundaries, runs: Sequence[PhaseRun], stages: _Stages
) -> Iterator[tuple[str, str]]:
    """Draw every picture of the page; those that span it once for a desk and once for a hand."""
    problem = analysis.classification

    def both(
        name: str, alternative: str, draw: Callable[[Axes], Axes], wide: Axes, narrow: Axes
    ) -> Iterator[tuple[str, str]]:
        yield name, inline_svg(draw(wide), name, alternative)
        yield f"{name}-narrow", inline_svg(draw(narrow), f"{name}-narrow", alternative)

    stages.next("drawing the phases")
    if analysis.data == load_digit_dct():
        yield "digit", _digitinline_svg()
    if problem.boundaries:
        marked = float(analysis.step_size)
        yield from both(
            "strip",
            describe_phase_strip(problem.boundaries, marked=marked),
            lambda axes: phase_strip(problem.boundaries, axes, marked=marked),
            new_axes(8.6, 1.3, header=0.36, footer=0.56, left=0.12),
            new_axes(3.9, 1.6, header=0.36, footer=0.66, left=0.12),
        )
    for run in runs:
        stages.next(f"drawing the {run.phase} phase")
        family, name = residual_family(), str(run.phase)
        web = cobweb(family, run.scale, start=_START, steps=_STEPS, phase=run.phase, within=(-2.25, 2.4))
        told = describe_cobweb(family, run.scale, start=_START, steps=_STEPS, phase=run.phase)
        yield f"cobweb-{name}", inline_svg(web, f"cobweb-{name}", told)
        curve = loss_curve(run.descent, 0, new_axes(3.9, 3.22), phase=run.phase)
        yield f"loss-{name}", inline_svg(curve, f"loss-{name}", describe_loss_curve(run.descent, 0, phase=run.phase))
    stages.next("drawing the bifurcation diagram")
    yield from both(
        "diagram",
        describe_bifurcation_diagram(boundaries),
        lambda axes: bifurcation_diagram(boundaries, axes, columns=1500 if axes.bbox.width > 500 else 760),
        new_axes(8.6, 6.6, header=2.0),
        new_axes(3.9, 5.2, header=1.75),
    )
    if any(sample.scale > 0 for sample in problem):
        yield from both(
            "samples",
            describe_sample_scales(problem),
            lambda axes: sample_scales(problem, axes),
            new_axes(8.6, 3.5),
            new_axes(3.9, 3.4),
        )


def _digitinline_svg() -> str:
    """The image behind the shipped data, as squares of ink."""
    image = load_digit_image()
    squares = [
        f'<rect x="{column}" y="{row}" width="1.02" height="1.02" fill="currentColor" fill-opacity="{ink / 16:.3f}"/>'
        for row, line in enumerate(image.tolist())
        for column, ink in enumerate(line)
        if ink
    ]
    label = "The signal behind the data: a handwritten digit 4, eight by eight pixels."
    return f'<svg viewBox="0 0 8 8" role="img" aria-label="{label}">{"".join(squares)}</svg>'
