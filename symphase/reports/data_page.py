"""The page of a report about data: one HTML file that needs nothing from outside.

The first screen is for everybody, the last chapters for mathematicians.  Whatever comes from users is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Final

from symphase.analysis import Analysis
from symphase.boundaries import Boundaries
from symphase.derivation import Derivation
from symphase.descent import Descent
from symphase.enclosures import Verdict
from symphase.hypertext import badge, document, level, outside_text, table
from symphase.notation import prose_html
from symphase.phases import Phase, StepBoundary, show_number
from symphase.reports.answers import DESCENT, LOSS, Rung, first_screen, in_window, ladder, outlook
from symphase.reports.appendix import Appendix
from symphase.reports.chapters import (
    PHASES,
    WHAT_HAPPENS,
    boundary_chapter,
    certainty_chapter,
    derivation_chapter,
    exact_mathml,
    glossary_chapter,
    inner_digits,
    mark,
    near_ends,
    number,
    provenance_chapter,
    significant_digits,
    verification_chapter,
)
from symphase.reports.pictures import Picture
from symphase.reports.proof_chapters import certificate_chapter, theorem_chapter
from symphase.steps import CheckResult
from symphase.verification import Verification

__all__ = ["GENERATOR", "PhaseRun", "Story", "phase_ends", "render_page"]

GENERATOR: Final = "symphase report"
_TOP: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRun:
    """One gradient-descent run in the middle of a phase.

    Attributes
    ----------
    phase : Phase
    scale : Fraction
        a of the leading sample.
    descent : Descent
    """

    phase: Phase
    scale: Fraction
    descent: Descent


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Everything the page is made of.

    Attributes
    ----------
    analysis : Analysis
    derivation : Derivation
    checks : tuple of CheckResult
    boundaries : Boundaries
        In units of a.
    verification : Verification
    appendix : Appendix
    runs : tuple of PhaseRun
        One in the middle of each phase.
    pictures : Mapping of str to Picture
        By name: "strip", "diagram", "samples"; "cobweb-PHASE", "loss-PHASE"; "digit", where the data are the shipped
        ones.
    command : str
        What makes this page.
    """

    analysis: Analysis
    derivation: Derivation
    checks: tuple[CheckResult, ...]
    boundaries: Boundaries
    verification: Verification
    appendix: Appendix
    runs: tuple[PhaseRun, ...]
    pictures: Mapping[str, Picture]
    command: str

    @property
    def agrees(self) -> bool:
        """Whether all checks are proved, and every boundary and every sample compared agrees."""
        proved = all(check.verdict is Verdict.PROVED for check in self.checks)
        return proved and self.verification.agrees and self.analysis.agrees and self.appendix.agrees

    @property
    def in_steps(self) -> tuple[StepBoundary, ...]:
        """The boundaries in units of the problem's step size; none when no label can be reached."""
        return self.analysis.classification.boundaries


def phase_ends(story: Story) -> list[tuple[Phase, StepBoundary]]:
    """Return the phases of a problem that have an end, with the largest step size of each."""
    found = [(phase, story.analysis.classification.largest_step_size(phase)) for phase in PHASES]
    return [(phase, end) for phase, end in found if end is not None]


# -------------------------------------------------------------------------------------------------------- the page


def render_page(story: Story, *, printed: bool = False) -> str:
    """Write the page.

    Parameters
    ----------
    story : Story
    printed : bool
        Whether report.pdf lies beside the page.

    Returns
    -------
    str
        A complete HTML document.
    """
    analysis = story.analysis
    about = _about_the_data(story)
    sections = (
        ("answer", "Your step size", _answer(story)),
        ("steps", "The largest step sizes, exactly", _steps(story)),
        ("phases", "What each phase looks like", _phases(story)),
        ("diagram", "The whole picture", diagram_chapter(story.pictures["diagram"])),
        ("samples", "Sample by sample", _sample_section(story)),
        ("boundaries", "Where each phase begins and ends", boundary_chapter(story.boundaries, story.in_steps)),
        ("certainty", "How sure is this?", certainty_chapter(descent=True)),
        (
            "derivation",
            "Where this comes from",
            derivation_chapter(story.derivation, story.checks, story.boundaries),
        ),
        ("theorems", "The phases as theorems", theorem_chapter(story.appendix, _leading_scale(story))),
        ("verification", "Checked by independent routes", verification_chapter(story.verification)),
        ("certificates", "Certificates", certificate_chapter(story.appendix)),
        ("glossary", "Words", glossary_chapter()),
        (
            "provenance",
            "References and provenance",
            provenance_chapter(command=story.command, seed=analysis.seed, about=about, printed=printed),
        ),
    )
    title = f"Step size {show_number(analysis.step_size)}: {analysis.data.name}"
    return document(GENERATOR, outside_text(title), _header(story), sections, answered=True)


def _leading_scale(story: Story) -> Fraction | None:
    return story.analysis.classification.leading.scale if story.in_steps else None


def _header(story: Story) -> str:
    analysis = story.analysis
    data, problem = analysis.data, analysis.classification
    period = f", period {problem.period}" if problem.phase is Phase.PERIODIC and problem.period else ""
    chosen = (
        "You gave no step size: this is half of the largest one at which that is so."
        if analysis.step_size_chosen and story.in_steps
        else "This is the step size that you gave."
    )
    what = "a handwritten digit from 64 squares" if "digit" in story.pictures else ""
    about = (
        f"{badge(problem.phase)}{period} {level(problem.leading.classification.certainty)} "
        f"<strong>{outside_text(data.name)}</strong>{f', {what}' if what else ''}: {data.samples} samples, "
        f"{data.dimension} features. {chosen}"
    )
    picture = story.pictures["digit"].html if "digit" in story.pictures else ""
    sentence = (
        f"At step size {escape(show_number(analysis.step_size))} {DESCENT.get(problem.phase, str(problem.phase))}."
    )
    return first_screen("symphase report", sentence, about, picture)


# the answer


def _answer(story: Story) -> str:
    if not story.in_steps:
        return (
            "<p>No label of this problem can be reached by the model (every <var>a</var> ≤ 0), so there is no step "
            "size at which these phases begin; the rest of this page is about the map in general.</p>"
        )
    problem = story.analysis.classification
    ends = phase_ends(story)
    step = story.analysis.step_size
    here: Phase | None = next((phase for phase, end in ends if step <= end.bounds[0]), Phase.DIVERGENT)
    if problem.phase is Phase.UNDECIDED:
        here = None
    window = problem.phase is Phase.PERIODIC and here is Phase.CHAOTIC
    rungs = [
        Rung(
            phase=phase,
            reach=f"≤ {inner_digits(end, digits=4)}",
            does=in_window(LOSS[phase], None) if window and phase is here else LOSS[phase],
            here=phase is here,
        )
        for phase, end in ends
    ]
    last = ends[-1][1]
    rungs.append(
        Rung(
            phase=Phase.DIVERGENT,
            reach=f"> {inner_digits(last, digits=4, up=True)}",
            does=LOSS[Phase.DIVERGENT],
            here=here is Phase.DIVERGENT,
        )
    )
    return (
        story.pictures["strip"].figure("The arrow is your step size.")
        + outlook(story.analysis.step_size, near_ends(ends))
        + ladder("The largest step size of each phase", "step size <var>η</var>", rungs, does="the loss")
    )


def _steps(story: Story) -> str:
    problem = story.analysis.classification
    detail = WHAT_HAPPENS.get(problem.phase, ("", ""))[1]
    parts = [f"<p>{prose_html(detail)}</p>"] if detail else []
    if not story.in_steps:
        return "".join([*parts, "<p>There are none: no label can be reached.</p>"])
    rows = []
    for phase, end in phase_ends(story):
        exact = exact_mathml(end.value.radicals()) if end.value is not None else None
        rows.append((badge(phase), number(significant_digits(end, 12)), exact or "–", level(end.boundary.certainty)))
    return (
        "".join(parts)
        + "<p>With orthogonal rows, gradient descent on this problem is a handful of copies of one cubic map, and the "
        "step size at which its behaviour changes can be computed exactly.</p>"
        + table(
            "The end of each phase; all digits are right, cut so that the step size is in the phase",
            ("phase", "largest <var>η</var>", "exactly", "certainty"),
            rows,
        )
    )


# one run and one cobweb for each phase


def _phases(story: Story) -> str:
    parts = [
        "<p>The left picture of each pair follows the map: go up to the curve, across to the diagonal, and again. "
        "<var>z</var> is the leading sample's residual, scaled so that 0 is a perfect fit. The right picture is "
        "gradient descent on the original loss of "
        + ("your data" if story.in_steps else "one sample with <var>x</var> = <var>y</var> = 1")
        + ", which knows nothing of the map. Triangles mark the steps in which the loss rose. Where a curve comes "
        "down in stairs, samples with a smaller <var>a</var> take their turn.</p>"
    ]
    for run in story.runs:
        name = str(run.phase)
        headline, detail = WHAT_HAPPENS[run.phase]
        parts.append(
            f'<article class="run {name}"><div class="words"><h3>{badge(run.phase)}</h3>'
            f"<p><strong>{headline}</strong></p><p>{prose_html(detail)}</p></div>"
            + story.pictures[f"cobweb-{name}"].figure()
            + story.pictures[f"loss-{name}"].figure()
            + "</article>"
        )
    return "".join(parts)


def diagram_chapter(picture: Picture) -> str:
    """The bifurcation diagram of the residual map, with what to look for."""
    return (
        "<p>For each <var>a</var> from left to right, the values that the residual keeps visiting after a long time. "
        "One value (the minimum) for small steps; from <var>a</var> = 1 on two, then four, eight, …; then bands full "
        "of points, with white windows in which a cycle is stable again. Beyond <var>a</var> = 2 nothing stays.</p>"
        + picture.figure(
            "The orbit of the map's critical point, which finds every attractor (Singer 1978). The vertical lines "
            "stand at the exact boundaries. The dots are float orbits: they illustrate, and prove nothing."
        )
    )


# the samples


def _sample_section(story: Story) -> str:
    analysis = story.analysis
    problem = analysis.classification
    compared = {each.index: each for each in analysis.comparisons}
    ranked = sorted(problem, key=lambda sample: -sample.scale)[:_TOP]
    rows = []
    for sample in ranked:
        seen = compared.get(sample.index)
        observed = "–"
        if seen is not None:
            period = f", period {seen.observed.period}" if seen.observed.period else ""
            observed = (
                f"{mark(seen.agrees is not False)} {escape(seen.observed.label)}{period}"
                if seen.agrees is not None
                else f"{escape(seen.observed.label)} (the run was too short to tell)"
            )
        rows.append(
            (
                str(sample.index),
                f'<span class="number">{float(analysis.data.norms_squared[sample.index]):.6g}</span>',
                f'<span class="number">{float(analysis.data.targets[sample.index]):.6g}</span>',
                f'<span class="number">{float(sample.scale):.8g}</span>',
                f"{badge(sample.classification.phase)}"
                + (f" period {sample.classification.period}" if sample.classification.period else ""),
                observed,
            )
        )
    parts = [
        (
            f"<p>On orthogonal rows the samples do not see each other: each follows its own copy of the map. "
            f"{escape(analysis.orthogonality)} The predictions below are exact for each row; beside them stands what "
            f"{analysis.simulation.steps} steps of gradient descent on the whole problem showed (seed "
            f"{analysis.seed}).</p>"
        )
    ]
    if "samples" in story.pictures:
        parts.append(story.pictures["samples"].figure("Each dot is one sample. The background shows the phases."))
    shown = (
        f"The {len(ranked)} samples with the largest <var>a</var>"
        if len(ranked) < len(problem.samples)
        else "All samples"
    )
    parts.append(
        table(
            f"{shown} (row numbers count from 0; all samples are in boundaries.json)",
            ("row", "‖<var>x</var>‖²", "<var>y</var>", "<var>a</var>", "predicted", "observed"),
            rows,
        )
    )
    return "".join(parts)


def _about_the_data(story: Story) -> str:
    notes = "".join(
        f"<li>{outside_text(note[:300])}</li>"
        for note in story.analysis.data.notes[:6]
        if not note.startswith("image:")
    )
    return f"<h3>About the data</h3><ul>{notes}</ul>" if notes else ""
