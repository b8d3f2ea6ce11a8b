"""A report about data: a folder that a person likes to open, with a page to read and all the numbers behind it.

Everything is computed in memory first; files appear whole or not at all, and a folder that holds anything but an
earlier report is refused.  ``page`` writes the page, ``pictures`` draws.
"""

from __future__ import annotations

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
from symphase.display import Shown
from symphase.enclosures import Verdict
from symphase.errors import InputError
from symphase.figure_data import FigureData
from symphase.folders import checked_folder, write_folder
from symphase.latex import article
from symphase.models import Model, PhaseRetrieval
from symphase.phases import residual_boundaries, residual_family, show_number
from symphase.reports.answers import DESCENT
from symphase.reports.appendix import appendix_of
from symphase.reports.chapters import significant_digits
from symphase.reports.data_page import GENERATOR, PhaseRun, Story, phase_ends, render_page
from symphase.reports.files import Stages, derivation_record, gathered, map_record
from symphase.reports.pdf import report_pdf, with_answer
from symphase.reports.pictures import (
    Picture,
    cobweb_picture,
    diagram_picture,
    digit_picture,
    loss_picture,
    samples_picture,
    strip_picture,
)
from symphase.steps import CheckResult
from symphase.tables import DataSet, dataset, load_digit_dct
from symphase.verification import Verification

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Report", "write_report"]

Progress = Callable[[str, int, int], None]
SEED: Final = 0
_START: Final = 0.545  # z₀ of the leading sample in the runs of one phase each: a catapult shows from there
_STEPS: Final = 80
_STAGES: Final = 27


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Report(Shown):
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

    def _line(self) -> str:
        return f"{self.index}: {self.analysis._line()}"


def write_report(
    out: str | os.PathLike[str],
    *,
    data: DataSet | None = None,
    model: Model | None = None,
    step_size: object = None,
    command: str = "symphase report",
    pdf: bool | None = None,
    progress: Progress | None = None,
) -> Report:
    """Analyse data and write a folder: a page (index.html), its numbers, boundaries.json, proofs and a derivation.

    Parameters
    ----------
    out : path
        The folder: new, empty, or holding an earlier report, which is then replaced.
    data : DataSet, optional
        Features (n, d) with orthogonal rows, and targets (n,); the digit that ships with symphase when left out.
    model : Model, optional
        PhaseRetrieval or TwoLayerNetwork with numeric parameters; plain phase retrieval when left out.
    step_size : number > 0, optional
        η of w ← w − η∇L; half of the largest monotonic one when left out.
    command : str
        What the page says that it was made with.
    pdf : bool, optional
        Whether to write report.pdf as well; when left out it is written where latexmk and pdflatex are installed.
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
        When ``out`` is a file, lies inside one, cannot be written or holds something else, when a PDF is asked for and
        cannot be made, and as ``analyze`` does.  Nothing is written then.
    """
    folder = checked_folder(out, GENERATOR)
    stages = Stages(progress, _STAGES)
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
    paper = article(
        derivation, command=command, boundaries=boundaries, checks=checks, progress=stages.within("checking", 8)
    )
    if paper.verification is None:
        raise TypeError("a paper about the residual map is verified by gradient descent")
    verification = paper.verification
    appendix = appendix_of(boundaries, progress=stages.within("proving", 4))
    runs = _example_runs(analysis)
    story = Story(
        analysis=analysis,
        derivation=derivation,
        checks=checks,
        boundaries=boundaries,
        verification=verification,
        appendix=appendix,
        runs=runs,
        pictures={picture.name: picture for picture in _pictures(analysis, boundaries, runs, stages)},
        command=command,
    )
    figures = [picture.data for picture in story.pictures.values() if picture.data is not None]
    stages.next("writing")
    others: dict[str, str | bytes] = {"derivation.tex": paper.tex}
    printed, note = report_pdf(_paper(story, paper.tex), pdf)
    if printed is not None:
        others["report.pdf"] = printed
    files = gathered(
        render_page(story, printed=printed is not None),
        {"boundaries": _record(story, figures)},
        figures=figures,
        appendix=appendix,
        others=others,
    )
    write_folder(folder, files, sums=True)
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
        summary=(*_summary(story), *([note] if note else [])),
    )


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
    if story.appendix.verdict:
        yield story.appendix.verdict


def _paper(story: Story, tex: str) -> str:
    """The paper about the model, with this problem's answer in front."""
    analysis = story.analysis
    rows = [
        (str(phase), significant_digits(end, 8), DESCENT[phase], str(end.boundary.certainty))
        for phase, end in phase_ends(story)
    ]
    lines = [
        *_summary(story),
        f"{analysis.data.samples} samples, {analysis.data.dimension} features.",
    ]
    return with_answer(tex, "Your step size", lines, ("phase", "largest step size", "what happens", "certainty"), rows)


# --------------------------------------------------------------------------------------------------------- the JSON


def _record(story: Story, figures: Sequence[FigureData]) -> dict[str, Any]:
    analysis, problem = story.analysis, story.analysis.classification
    return {
        **map_record(GENERATOR, story.command, story.appendix, figures, seed=analysis.seed),
        "derivation": derivation_record(story.derivation, story.checks),
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
    analysis: Analysis, boundaries: Boundaries, runs: Sequence[PhaseRun], stages: Stages
) -> Iterator[Picture]:
    """Draw every picture of the page; those that span it once for a desk and once for a hand."""
    problem = analysis.classification
    stages.next("drawing the phases")
    if analysis.data == load_digit_dct():
        yield Picture(name="digit", html=digit_picture())
    if problem.boundaries:
        yield strip_picture(problem.boundaries, marked=float(analysis.step_size))
    for run in runs:
        stages.next(f"drawing the {run.phase} phase")
        yield cobweb_picture(
            residual_family(), run.scale, start=_START, steps=_STEPS, phase=run.phase, within=(-2.25, 2.4)
        )
        yield loss_picture(run.descent, run.phase, seed=analysis.seed)
    stages.next("drawing the bifurcation diagram")
    yield diagram_picture(boundaries)
    if any(sample.scale > 0 for sample in problem):
        stages.next("drawing the samples")
        yield samples_picture(problem)
