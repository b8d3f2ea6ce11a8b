"""The page of a report: one HTML file without scripts, links to the network or fonts of its own.

Formulas are presentation MathML, pictures are inline SVG that takes its ink from the page, and so both look right in
light and dark, on a phone and in print.  Whatever comes from users is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Any, Final

from symphase.analysis import Analysis
from symphase.boundaries import Boundaries, Boundary
from symphase.derivation import Derivation
from symphase.descent import Descent
from symphase.enclosures import Certainty, Verdict, round_decimal
from symphase.hypertext import badge, document, figure, level, table, versions
from symphase.latex import certainty_meanings, isolating_decimals, reading_order, references, symbols_used
from symphase.models import OneWeight, PolynomialModel
from symphase.notation import formula_mathml, formula_width, prose_html
from symphase.onset import Onset
from symphase.phases import Phase, StepBoundary, show_number
from symphase.steps import CheckResult
from symphase.trials import Quantity
from symphase.verification import Verification

__all__ = ["GENERATOR", "PhaseRun", "Story", "phase_ends", "render_page", "significant_digits"]

GENERATOR: Final = "symphase report"
PHASES: Final = (Phase.MONOTONIC, Phase.CATAPULT, Phase.PERIODIC, Phase.CHAOTIC, Phase.DIVERGENT)
_TOP: Final = 10
_WIDEST_CELL: Final = 190.0


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
    runs : tuple of PhaseRun
        One in the middle of each phase.
    pictures : Mapping of str to str
        Finished SVG by name: "strip", "diagram", "samples", each also with "-narrow"; "cobweb-PHASE", "loss-PHASE";
        "digit", where the data are the shipped ones.
    """

    analysis: Analysis
    derivation: Derivation
    checks: tuple[CheckResult, ...]
    boundaries: Boundaries
    verification: Verification
    runs: tuple[PhaseRun, ...]
    pictures: Mapping[str, str]

    @property
    def agrees(self) -> bool:
        """Whether every check of the derivation, every boundary, and every sample compared agrees."""
        proved = all(check.verdict is Verdict.PROVED for check in self.checks)
        return proved and self.verification.agrees and self.analysis.agrees

    @property
    def in_steps(self) -> tuple[StepBoundary, ...]:
        """The boundaries in units of the problem's step size; none when no label can be reached."""
        return self.analysis.classification.boundaries


def phase_ends(story: Story) -> list[tuple[Phase, StepBoundary]]:
    """Return the phases of a problem that have an end, with the largest step size of each."""
    found = [(phase, story.analysis.classification.largest_step_size(phase)) for phase in PHASES]
    return [(phase, end) for phase, end in found if end is not None]


def significant_digits(end: StepBoundary, significant: int) -> str:
    """Write a step size with so many significant digits, or as many as are proved."""
    return end.decimal(_places(end, significant))


def _places(end: StepBoundary, significant: int) -> int:
    size = abs(float(end))
    return min(max(0, significant - 1 - (math.floor(math.log10(size)) if size else 0)), 400)


def _inner_digits(end: StepBoundary, *, up: bool = False) -> str:
    """Eight digits of a step size that is certainly not beyond a boundary (not short of it, when rounded up)."""
    places = _places(end, 8)
    step = Fraction(1, 10**places)
    value = -(-end.bounds[1] // step) * step if up else end.bounds[0] // step * step
    return round_decimal(value, places)


def _wide_and_narrow(story: Story, name: str) -> str:
    """The same picture for a desk and for a hand; the style sheet shows one of them."""
    wide, narrow = story.pictures[name], story.pictures[f"{name}-narrow"]
    return f'<div class="wide">{wide}</div><div class="narrow">{narrow}</div>'


# -------------------------------------------------------------------------------------------------------- the page

_WHAT_HAPPENS: Final[Mapping[Phase, tuple[str, str]]] = {
    Phase.MONOTONIC: (
        "The loss falls at every step.",
        (
            "The textbook case: every step brings the fit closer, from every start in the basin. Near a = ½ it is "
            "fastest, and quadratic: the number of right digits doubles with each step."
        ),
    ),
    Phase.CATAPULT: (
        "The loss may jump up, and then converges.",
        (
            "The step overshoots where the loss is steep. From some starts the loss rises before it falls, as if "
            "shot over a hill; in the end almost every start still reaches the minimum, swinging from side to side."
        ),
    ),
    Phase.PERIODIC: (
        "The loss settles on a few values and never reaches zero.",
        (
            "The minimum has lost its grip: nearby weights are pushed away from it. The run ends up visiting two "
            "values in turn, for larger steps four, then eight, always around the minimum and never at it."
        ),
    ),
    Phase.CHAOTIC: (
        "The loss jumps about for ever, without a pattern.",
        (
            "Two runs that start a hair apart soon have nothing in common, yet both stay bounded. In between lie "
            "narrow windows of step sizes in which a run falls into a cycle after all."
        ),
    ),
    Phase.DIVERGENT: (
        "Almost every start runs off to infinity.",
        (
            "The step is so long that a typical run sooner or later leaves the region from which there is a way "
            "back. It may look harmless for a while before it escapes."
        ),
    ),
    Phase.FLOOR: (
        "The loss falls to a floor above zero.",
        "No weights fit the labels: the run converges to the best there is.",
    ),
    Phase.DEGENERATE: ("The minimum is degenerate.", "The loss falls to zero, slower than geometrically."),
    Phase.UNDECIDED: (
        "Too close to the onset of chaos to be decided here.",
        "The step size lies inside the certified bracket of the onset of chaos.",
    ),
}


def render_page(story: Story) -> str:
    """Write the page.

    Parameters
    ----------
    story : Story

    Returns
    -------
    str
        A complete HTML document.
    """
    sections = (
        ("answer", "Your step size", _answer),
        ("boundaries", "Where each phase ends", _boundary_section),
        ("phases", "What each phase looks like", _phase_section),
        ("diagram", "The whole picture", _diagram_section),
        ("derivation", "Where this comes from", _derivation_section),
        ("verification", "Checked by independent routes", _verification_section),
        ("samples", "Sample by sample", _sample_section),
        ("certainty", "How sure is this?", _certainty_section),
        ("provenance", "References and provenance", _provenance_section),
    )
    return document(
        GENERATOR,
        f"How large a step? {escape(story.analysis.data.name)}",
        _header(story),
        [(identifier, title, write(story)) for identifier, title, write in sections],
    )


def _header(story: Story) -> str:
    data = story.analysis.data
    name = escape(data.name)
    picture = ""
    about = f"<strong>{name}</strong> ({data.samples} samples, {data.dimension} features)"
    if "digit" in story.pictures:
        picture = f'<div class="digit">{story.pictures["digit"]}</div>'
        about = (
            "a handwritten digit, to be found again from the squares of its 64 cosine-transform coefficients "
            f"(<strong>{name}</strong>, {data.samples} samples, {data.dimension} features)"
        )
    return (
        '<header><div><p class="eyebrow">symphase report</p><h1>How large a step can gradient descent take?</h1>'
        f'<p class="lede">An exact answer for {about}. With orthogonal rows, gradient descent on this problem is a '
        "handful of copies of one cubic map, and the step size at which its behaviour changes can be computed "
        f"exactly.</p></div>{picture}</header>"
    )


def _exact_mathml(radicals: Any) -> str | None:
    if radicals is None or formula_width(radicals) > _WIDEST_CELL:
        return None
    return formula_mathml(radicals)


# the answer


def _answer(story: Story) -> str:
    analysis = story.analysis
    problem = analysis.classification
    headline, detail = _WHAT_HAPPENS.get(problem.phase, (str(problem.phase), ""))
    period = f", period {problem.period}" if problem.phase is Phase.PERIODIC and problem.period else ""
    chosen = (
        "You gave no step size, so this page looks at half of the largest monotonic one."
        if analysis.step_size_chosen
        else "This is the step size that you gave."
    )
    parts = [
        '<div class="card">',
        (
            f'<p class="big">At <var>η</var> = {escape(show_number(analysis.step_size))} gradient descent '
            f"{'is ' if _is_adjective(problem.phase) else ''}{badge(problem.phase)}{period}. {headline}</p>"
        ),
        f"<p>{prose_html(detail)} {chosen}</p>" if detail else f"<p>{chosen}</p>",
        _advice(story),
        "</div>",
    ]
    if not story.in_steps:
        parts.append(
            "<p>No label of this problem can be reached by the model (every <var>a</var> ≤ 0), so there is no step "
            "size at which these phases begin; the rest of this page is about the map in general.</p>"
        )
        return "".join(parts)
    parts.append(
        figure(_wide_and_narrow(story, "strip"), "The phases of this problem over the step size. The arrow is yours.")
    )
    rows = []
    for phase, end in phase_ends(story):
        exact = _exact_mathml(end.value.radicals()) if end.value is not None else None
        rows.append(
            (
                badge(phase),
                f'<span class="number">{significant_digits(end, 12)}</span>',
                exact or "–",
                _WHAT_HAPPENS[phase][0],
                level(end.boundary.certainty),
            )
        )
    last = phase_ends(story)[-1][1]
    rows.append(
        (badge(Phase.DIVERGENT), f"above {_inner_digits(last, up=True)}", "–", _WHAT_HAPPENS[Phase.DIVERGENT][0], "")
    )
    parts.append(
        table(
            "The largest step size in each phase, for all samples together",
            ("phase", "largest <var>η</var>", "exactly", "what happens", "certainty"),
            rows,
        )
    )
    return "".join(parts)


def _is_adjective(phase: Phase) -> bool:
    return phase in PHASES or phase is Phase.UNDECIDED


def _advice(story: Story) -> str:
    ends = dict(phase_ends(story))
    step = story.analysis.step_size
    said = []
    if Phase.MONOTONIC in ends:
        end = ends[Phase.MONOTONIC]
        if step <= end.bounds[0]:
            said.append(f"Up to <var>η</var> = {_inner_digits(end)} the loss still falls at every step.")
        else:
            said.append(f"For a loss that falls at every step, stay at or below <var>η</var> = {_inner_digits(end)}.")
    if Phase.CATAPULT in ends:
        said.append(f"Up to {_inner_digits(ends[Phase.CATAPULT])} it converges, perhaps after a jump.")
    if Phase.CHAOTIC in ends:
        said.append(f"Beyond {_inner_digits(ends[Phase.CHAOTIC], up=True)} it diverges.")
    return f"<p>{' '.join(said)}</p>" if said else ""


# the boundaries


def _boundary_section(story: Story) -> str:
    by_name = {each.boundary.name: each for each in story.in_steps}
    rows, polynomials = [], []
    for boundary in story.boundaries:
        exact = boundary.algebraic
        shown = _exact_mathml(exact.radicals()) if exact is not None else None
        if shown is None and exact is not None:
            polynomials.append(boundary)
            number = len(polynomials)
            shown = f'<a href="#polynomial-{number}">root of <var>P</var><sub>{number}</sub></a>'
        each = by_name.get(boundary.name)
        rows.append(
            (
                escape(boundary.name),
                shown or (escape(str(boundary)) if isinstance(boundary.value, Onset) else "–"),
                f'<span class="number">{boundary.decimal(12)}</span>',
                f'<span class="number">{significant_digits(each, 10)}</span>' if each is not None else "–",
                f'<span class="number">{_doubled(boundary)}</span>',
                level(boundary.certainty),
                escape(boundary.after),
            )
        )
    parts = [
        (
            "<p>One number decides everything: <var>a</var>, half of step size × sharpness (the sharpness "
            "<var>λ</var> is the largest eigenvalue of the Hessian at a minimum). The famous edge of stability "
            "<var>ηλ</var> = 2 is <var>a</var> = 1. Each sample has its own <var>a</var>; the sample with the "
            "largest one meets each boundary first, and that is the <var>η</var> in this table. All digits shown "
            "are right, the last one rounded; those of <var>η</var> are cut, so that the step size is in the phase.</p>"
        ),
        table(
            "All boundaries, in units of <var>a</var>, of your step size, and of step size × sharpness",
            (
                "boundary",
                "<var>a</var>, exactly",
                "<var>a</var>",
                "<var>η</var>",
                "<var>ηλ</var>",
                "certainty",
                "beyond it",
            ),
            rows,
        ),
    ]
    parts += [_polynomial(number, boundary) for number, boundary in enumerate(polynomials, start=1)]
    parts += [_onset(boundary) for boundary in story.boundaries]
    notes = "".join(
        f"<dt>{escape(boundary.name)}</dt><dd>{prose_html(boundary.evidence)}.</dd>" for boundary in story.boundaries
    )
    parts.append(f"<details><summary>How each boundary was obtained</summary><dl>{notes}</dl></details>")
    return "".join(parts)


def _doubled(boundary: Boundary) -> str:
    if boundary.algebraic is not None:
        return boundary.algebraic.affine(2).decimal(12)
    digits = 12
    lower, upper = (2 * end for end in boundary.enclose(64))
    while digits and round_decimal(lower, digits) != round_decimal(upper, digits):
        digits -= 1
    return round_decimal(lower, digits)


def _polynomial(number: int, boundary: Boundary) -> str:
    value = boundary.algebraic
    if value is None:
        return ""
    symbol = boundary.family.parameter
    lower, upper = isolating_decimals(boundary)
    left = (
        f"<msub><mi>P</mi><mn>{number}</mn></msub><mrow><mo>(</mo><mi>{escape(str(symbol))}</mi><mo>)</mo></mrow>"
        "<mo>=</mo>"
    )
    formula = formula_mathml(value.minimal_polynomial(symbol), (symbol,), left=left, display=True)
    return (
        f'<p id="polynomial-{number}">The {escape(boundary.name)} is the one root between {lower} and {upper} of this '
        f'polynomial, which is irreducible over the rational numbers:</p><div class="scroll math">{formula}</div>'
    )


def _onset(boundary: Boundary) -> str:
    onset = boundary.value
    if not isinstance(onset, Onset):
        return ""
    theorem = onset.theorem
    return (
        f"<p>The <strong>onset of chaos</strong> <var>a</var><sub>∞</sub> is no known algebraic number. It lies "
        f'{escape(str(boundary))} {level(Certainty.CERTIFIED)}, and is ≈ <span class="number">{onset.estimate}</span> '
        f"{level(Certainty.NUMERICAL)}. That it is one point leans on a theorem ({theorem.verdict}): "
        f"{prose_html(theorem.statement)}.</p>"
    )


# one run and one cobweb for each phase


def _phase_section(story: Story) -> str:
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
        headline, detail = _WHAT_HAPPENS[run.phase]
        parts.append(
            f'<article class="run {name}"><div class="words"><h3>{badge(run.phase)}</h3>'
            f"<p><strong>{headline}</strong></p><p>{prose_html(detail)}</p></div>"
            + figure(story.pictures[f"cobweb-{name}"])
            + figure(story.pictures[f"loss-{name}"])
            + "</article>"
        )
    return "".join(parts)


def _diagram_section(story: Story) -> str:
    return (
        "<p>For each <var>a</var> from left to right, the values that the residual keeps visiting after a long time. "
        "One value (the minimum) for small steps; from <var>a</var> = 1 on two, then four, eight, …; then bands full "
        "of points, with white windows in which a cycle is stable again. Beyond <var>a</var> = 2 nothing stays.</p>"
        + figure(
            _wide_and_narrow(story, "diagram"),
            "The orbit of the map's critical point, which finds every attractor (Singer 1978). The vertical lines "
            "stand at the exact boundaries. The dots are float orbits: they illustrate, and prove nothing.",
        )
    )


# the derivation


def _left_side(quantity: Quantity, derivation: Derivation) -> str:
    """MathML of what an expression of a step is."""
    scalar = isinstance(derivation.model, (OneWeight, PolynomialModel))
    weight = f"<mi>{escape(str(derivation.model.coordinates[0]))}</mi>" if scalar else "<mi>p</mi>"
    pair = "<mi>L</mi>" if scalar else "<msub><mi>L</mi><mrow><mi>i</mi><mi>j</mi></mrow></msub>"

    def primed(letter: str) -> str:
        return f'<msup>{letter}<mo lspace="0" rspace="0">′</mo></msup>'

    residual = primed("<mi>e</mi>")
    drift = f"<mfrac><mrow><mo>∂</mo>{residual}</mrow><mrow><mo>∂</mo><mi>η</mi></mrow></mfrac>"
    sides = {
        Quantity.PREDICTION: "<mi>g</mi>",
        Quantity.LOSS: pair,
        Quantity.SLOPE: primed("<mi>L</mi>")
        if scalar
        else f"<msubsup><mi>x</mi><mi>i</mi><mo>\u22a4</mo></msubsup><mo>∇</mo>{pair}",
        Quantity.NEXT_COUPLED: primed(weight),
        Quantity.NEXT_PROJECTION: primed(weight),
        Quantity.NEXT_RESIDUAL: residual,
        Quantity.DRIFT: drift,
        Quantity.NEXT_RESCALED: primed("<mi>z</mi>"),
    }
    return f"{sides[quantity]}<mo>=</mo>"


def _derivation_section(story: Story) -> str:
    derivation = story.derivation
    leading = reading_order(derivation)

    def display(expression: Any, quantity: Quantity) -> str:
        formula = formula_mathml(expression, leading, left=_left_side(quantity, derivation), display=True)
        return f'<div class="scroll math">{formula}</div>'

    first = derivation.steps[0]
    meanings = "".join(
        f"<dt>{formula_mathml(symbol)}</dt><dd>{prose_html(text)}</dd>" for symbol, text in symbols_used(derivation)
    )
    parts = [
        (
            f"<p>From the loss of the model ({escape(derivation.model.name)}) to one map of one variable. Each step "
            "was made by computer algebra and then proved a second time by another route: the claimed relation is "
            "expanded the other way round and tested for zero, and both sides are compared, in exact fractions, "
            "with gradient descent on random data.</p>"
        ),
        f'<dl class="symbols">{meanings}</dl>',
        "<p>It starts from the prediction for one sample:</p>",
        display(first.before, first.before_is),
        '<ol class="steps">',
    ]
    for step, check in zip(derivation.steps, story.checks, strict=False):
        given = "".join(f"<li>{prose_html(text)}</li>" for text in step.assumptions)
        fresh = ", ".join(
            formula_mathml(value, leading, left=f"{_bare(formula_mathml(symbol))}<mo>=</mo>")
            for symbol, value in step.definitions
        )
        parts.append(
            f"<li><h3>{prose_html(step.title)}</h3><p>{prose_html(step.reason)}"
            + (f" Here {fresh}." if fresh else "")
            + "</p>"
            + display(step.after, step.after_is)
            + f'<p class="check">{_mark(check.verdict is Verdict.PROVED)} {check.verdict}</p>'
            + (f'<p class="needs">Needs:</p><ul class="needs">{given}</ul>' if given else "")
            + "</li>"
        )
    parts.append("</ol>")
    others = story.checks[len(derivation.steps) :]
    if others:
        listed = "".join(
            f"<li>{_mark(check.verdict is Verdict.PROVED)} {prose_html(check.title)}: {check.verdict}</li>"
            for check in others
        )
        parts.append(f'<ul class="checks">{listed}</ul>')
    points = "".join(f"<li>{_point(point, story.boundaries)}</li>" for point in story.boundaries.fixed_points)
    parts.append(
        f"<p>The map has these fixed points; a fixed point attracts where its multiplier lies between −1 and 1:</p>"
        f"<ul>{points}</ul><p>The same derivation is in <code>derivation.tex</code>.</p>"
    )
    return "".join(parts)


def _bare(mathml: str) -> str:
    return mathml.removeprefix("<math>").removesuffix("</math>")


def _point(point: Any, boundaries: Boundaries) -> str:
    variable = boundaries.reduced_family.variable
    where = formula_mathml(point.location if point.location is not None else point.polynomial, (variable,))
    slope = "" if point.multiplier is None else f", multiplier {formula_mathml(point.multiplier)}"
    return where + (" = 0" if point.location is None else "") + slope


def _mark(good: bool) -> str:
    return '<span class="good" aria-hidden="true">✓</span>' if good else '<span class="bad" aria-hidden="true">✗</span>'


# the checks


def _verification_section(story: Story) -> str:
    result = story.verification
    rows = [
        (
            escape(row.boundary.name),
            f'<span class="number">{row.decimal}</span>',
            (
                f'<span class="number">{_mark(row.enclosure_agrees)} '
                f"{'confirmed' if row.enclosure_agrees else 'not confirmed'}</span>"
            ),
            f"{_mark(row.mpmath_agrees)} {escape(row.mpmath_below)} → {escape(row.mpmath_above)}",
            f"{_mark(row.simulation_agrees)} {escape(row.simulation_below)} → {escape(row.simulation_above)}",
            f'<span class="number">{_mark(row.agrees)} {"agree" if row.agrees else "disagree"}</span>',
        )
        for row in result
    ]
    return (
        "<p>Each boundary was looked at from both sides on other routes than the one that found it: a second proof of "
        f"the number, a sign change of its defining quantity in plain mpmath, orbits of the map at {result.digits} "
        "digits, and gradient descent in floating "
        f"point on the original loss ({result.steps} steps, {result.runs} starts, seed {result.seed}), which never "
        "sees the map.</p>"
        + table(
            f"{sum(row.agrees for row in result)} of {len(result.rows)} boundaries agree",
            ("boundary", "certified decimal", "second proof", "mpmath", "simulation", ""),
            rows,
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
                f"{_mark(seen.agrees is not False)} {escape(seen.observed.label)}{period}"
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
        parts.append(
            figure(_wide_and_narrow(story, "samples"), "Each dot is one sample. The background shows the phases.")
        )
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


# how sure, and from where


def _certainty_section(_: Story) -> str:
    levels = "".join(
        f"<dt>{level(each)}</dt><dd>{prose_html(text)}.</dd>" for each, text in certainty_meanings().items()
    )
    return (
        f'<dl class="levels">{levels}</dl><h3>Limits</h3><ul>'
        "<li>The exact phases are those of full-batch gradient descent with a constant step size: no momentum, no "
        "noise, no schedule.</li>"
        "<li>They hold for pairwise orthogonal rows. On other data similar phases are seen, but these numbers do not "
        "apply.</li>"
        "<li>They speak of almost every start in the basin. Starts with very large weights (<var>z</var> &gt; 2) "
        "diverge at any step size, and a start exactly on an unstable point stays there.</li>"
        "<li>“Chaotic” says that the dynamics has positive topological entropy. Whether a typical run looks chaotic is "
        "another question: at some step sizes beyond the onset a stable cycle catches it.</li>"
        "<li>Simulations are in floating point. In chaos no float run stays near the true one for long.</li></ul>"
    )


def _provenance_section(story: Story) -> str:
    analysis = story.analysis
    works = "".join(f"<li>{escape(text)}</li>" for text in references())
    made_by = ", ".join(f"{escape(name)} {escape(number)}" for name, number in versions().items())
    notes = "".join(
        f"<li>{escape(note[:300])}</li>" for note in analysis.data.notes[:6] if not note.startswith("image:")
    )
    about = f"<h3>About the data</h3><ul>{notes}</ul>" if notes else ""
    return (
        f"<ol>{works}</ol>{about}<p>Made by {made_by}. Every random start comes from seed {analysis.seed}; the same "
        "input gives the same answers. All numbers, with their polynomials and intervals, are in "
        "<code>boundaries.json</code>.</p>"
    )
