"""Chapters that the pages of reports share: boundaries, derivation, checks, words, sources.

Formulas are presentation MathML.  Whatever comes from users is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from html import escape
from typing import Any, Final

import sympy

from symphase.boundaries import Boundaries, Boundary, FixedPoint
from symphase.derivation import Derivation
from symphase.enclosures import Certainty, Verdict, round_decimal
from symphase.glossary import glossary
from symphase.hypertext import download, formula_line, level, outside_text, table, versions
from symphase.latex import certainty_meanings, isolating_decimals, reading_order, symbols_used
from symphase.latex.identities import fixed_points_of
from symphase.maps import PolynomialFamily
from symphase.models import SYMBOLS, OneWeight, PolynomialLoss, PolynomialModel
from symphase.notation import formula_mathml, formula_text, formula_width, prose_html
from symphase.onset import Onset
from symphase.phases import Phase, StepBoundary, residual_family
from symphase.references import REFERENCES
from symphase.reports.schemas import schema_file, schema_text
from symphase.steps import CheckResult
from symphase.trials import Quantity
from symphase.verification import Verification

__all__ = [
    "PHASES",
    "WHAT_HAPPENS",
    "bare_mathml",
    "boundary_chapter",
    "certainty_chapter",
    "cut_digits",
    "derivation_chapter",
    "exact_mathml",
    "glossary_chapter",
    "inner_digits",
    "mark",
    "near_ends",
    "number",
    "provenance_chapter",
    "significant_digits",
    "verification_chapter",
]

PHASES: Final = (Phase.MONOTONIC, Phase.CATAPULT, Phase.PERIODIC, Phase.CHAOTIC, Phase.DIVERGENT)
_WIDEST_CELL: Final = 190.0

WHAT_HAPPENS: Final[dict[Phase, tuple[str, str]]] = {
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


# ------------------------------------------------------------------------------------------------------------- numbers


def number(text: str) -> str:
    """A number that is not broken over lines."""
    return f'<span class="number">{text}</span>'


def exact_mathml(radicals: Any) -> str | None:
    """A closed form as MathML; None for none, and for one that is too wide for a cell."""
    if radicals is None or formula_width(radicals) > _WIDEST_CELL:
        return None
    return formula_mathml(radicals)


def significant_digits(end: StepBoundary, significant: int) -> str:
    """Write a step size with so many significant digits, or as many as are proved."""
    return end.decimal(_places(end, significant))


def _places(end: StepBoundary, significant: int) -> int:
    size = abs(float(end))
    return min(max(0, significant - 1 - (math.floor(math.log10(size)) if size else 0)), 400)


def inner_digits(end: StepBoundary, *, digits: int = 8, up: bool = False) -> str:
    """Digits of a step size that is certainly not beyond a boundary (not short of it, when rounded up)."""
    return cut_digits(end.bounds, _places(end, digits), up=up)


def cut_digits(bounds: tuple[Fraction, Fraction], places: int, *, up: bool = False) -> str:
    """Digits that are certainly not above a number between bounds, or not below it; without zeros that say nothing."""
    step = Fraction(1, 10**places)
    value = -(-bounds[1] // step) * step if up else bounds[0] // step * step
    text = round_decimal(value, places)
    exactly = bounds[0] == bounds[1] == value
    return text.rstrip("0").rstrip(".") if exactly and "." in text else text


def near_ends(ends: Iterable[tuple[Phase, StepBoundary]]) -> dict[Phase, tuple[tuple[str, Fraction], ...]]:
    """For each phase four digits just inside of its end and just outside, each with its value."""
    found = {}
    for phase, end in ends:
        texts = (inner_digits(end, digits=4), inner_digits(end, digits=4, up=True))
        found[phase] = tuple((text, Fraction(text)) for text in texts)
    return found


# ---------------------------------------------------------------------------------------------------------- boundaries


def boundary_chapter(boundaries: Boundaries, in_steps: Sequence[StepBoundary] = ()) -> str:
    """All boundaries in the map's own units; beside them step sizes, and step size × sharpness, where there are any."""
    residual = boundaries.family == residual_family()
    by_name = {each.boundary.name: each for each in in_steps}
    symbol = f"<var>{escape(formula_text(boundaries.family.parameter))}</var>"
    rows, polynomials = [], []
    for boundary in boundaries:
        exact = boundary.algebraic
        shown = exact_mathml(exact.radicals()) if exact is not None else None
        if shown is None and exact is not None:
            polynomials.append(boundary)
            count = len(polynomials)
            shown = f'<a href="#polynomial-{count}">root of <var>P</var><sub>{count}</sub></a>'
        each = by_name.get(boundary.name)
        cells = [
            escape(boundary.name),
            shown or (escape(str(boundary)) if isinstance(boundary.value, Onset) else "–"),
            number(boundary.decimal(12)),
        ]
        if in_steps:
            cells.append(number(significant_digits(each, 10)) if each is not None else "–")
        if residual:
            cells.append(number(_doubled(boundary)))
        rows.append((*cells, level(boundary.certainty), escape(boundary.after)))
    units = [f"{symbol}, exactly", symbol]
    units += ["<var>η</var>"] if in_steps else []
    units += ["<var>ηλ</var>"] if residual else []
    parts = [
        _about_units(residual, bool(in_steps)),
        table(
            f"All boundaries, in units of {symbol}"
            + (", of your step size" if in_steps else "")
            + (", and of step size × sharpness" if residual else ""),
            ("boundary", *units, "certainty", "beyond it"),
            rows,
        ),
    ]
    parts += [_polynomial(count, boundary) for count, boundary in enumerate(polynomials, start=1)]
    parts += [_onset(boundary) for boundary in boundaries]
    if boundaries.missing:
        missing = "".join(f"<li>{escape(str(kind))}: {prose_html(why)}</li>" for kind, why in boundaries.missing)
        parts.append(f"<p>Not found:</p><ul>{missing}</ul>")
    notes = "".join(
        f"<dt>{escape(boundary.name)}</dt><dd>{prose_html(boundary.evidence)}.</dd>" for boundary in boundaries
    )
    parts.append(f"<details><summary>How each boundary was obtained</summary><dl>{notes}</dl></details>")
    return "".join(parts)


def _about_units(residual: bool, in_steps: bool) -> str:
    digits = "All digits shown are right, the last one rounded"
    if not residual:
        return f"<p>{digits}. The boundaries are listed in the order in which the parameter runs through them.</p>"
    return (
        "<p>One number decides everything: <var>a</var>, half of step size × sharpness (the sharpness "
        "<var>λ</var> is the largest eigenvalue of the Hessian at a minimum). The famous edge of stability "
        "<var>ηλ</var> = 2 is <var>a</var> = 1. "
        + (
            "Each sample has its own <var>a</var>; the sample with the largest one meets each boundary first, and that "
            f"is the <var>η</var> in this table. {digits}; those of <var>η</var> are cut, so that the step size is in "
            "the phase.</p>"
            if in_steps
            else f"{digits}.</p>"
        )
    )


def _doubled(boundary: Boundary) -> str:
    if boundary.algebraic is not None:
        return boundary.algebraic.affine(2).decimal(12)
    digits = 12
    lower, upper = (2 * end for end in boundary.enclose(64))
    while digits and round_decimal(lower, digits) != round_decimal(upper, digits):
        digits -= 1
    return round_decimal(lower, digits)


def _polynomial(count: int, boundary: Boundary) -> str:
    value = boundary.algebraic
    if value is None:
        return ""
    symbol = boundary.family.parameter
    lower, upper = isolating_decimals(boundary)
    left = f"<msub><mi>P</mi><mn>{count}</mn></msub><mrow><mo>(</mo>{bare_mathml(symbol)}<mo>)</mo></mrow><mo>=</mo>"
    formula = formula_mathml(value.minimal_polynomial(symbol), (symbol,), left=left, display=True)
    return (
        f'<p id="polynomial-{count}">The {escape(boundary.name)} is the one root between {lower} and {upper} of this '
        "polynomial, which is irreducible over the rational numbers:</p>"
        + formula_line(formula, formula_width(value.minimal_polynomial(symbol)))
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


# ------------------------------------------------------------------------------------------------------- the derivation


def _left_side(quantity: Quantity, derivation: Derivation) -> str:
    """MathML of what an expression of a step is."""
    scalar = isinstance(derivation.model, (OneWeight, PolynomialModel, PolynomialLoss))
    weight = bare_mathml(derivation.model.coordinates[0]) if scalar else "<mi>p</mi>"
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


def derivation_chapter(derivation: Derivation, checks: Sequence[CheckResult], boundaries: Boundaries | None) -> str:
    """Every step from the loss to the map, each with its verdict."""
    leading = reading_order(derivation)

    def display(expression: Any, quantity: Quantity) -> str:
        formula = formula_mathml(expression, leading, left=_left_side(quantity, derivation), display=True)
        return formula_line(formula, formula_width(expression))

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
        f"<p>It starts from the {'loss' if first.before_is is Quantity.LOSS else 'prediction for one sample'}:</p>",
        display(first.before, first.before_is),
        '<ol class="steps">',
    ]
    for step, check in zip(derivation.steps, checks, strict=False):
        given = "".join(f"<li>{prose_html(text)}</li>" for text in step.assumptions)
        fresh = ", ".join(
            formula_mathml(value, leading, left=f"{bare_mathml(symbol)}<mo>=</mo>")
            for symbol, value in step.definitions
        )
        parts.append(
            f"<li><h3>{prose_html(step.title)}</h3><p>{prose_html(step.reason)}"
            + (f" Here {fresh}." if fresh else "")
            + "</p>"
            + display(step.after, step.after_is)
            + f'<p class="check">{mark(check.verdict is Verdict.PROVED)} {check.verdict}</p>'
            + (f'<p class="needs">Needs:</p><ul class="needs">{given}</ul>' if given else "")
            + "</li>"
        )
    parts.append("</ol>")
    others = checks[len(derivation.steps) :]
    if others:
        listed = "".join(
            f"<li>{mark(check.verdict is Verdict.PROVED)} {prose_html(check.title)}: {check.verdict}</li>"
            for check in others
        )
        parts.append(f'<ul class="checks">{listed}</ul>')
    if boundaries is None:
        return "".join(parts)
    family, own = derivation.family, boundaries.fixed_points
    if family is not None and family.rows != boundaries.family.rows:  # the story is told of the loss's residual
        own = fixed_points_of(family)
    else:
        family = boundaries.reduced_family
    points = "".join(f"<li>{_point(point, family)}</li>" for point in own)
    parts.append(
        f"<p>The map has these fixed points; a fixed point attracts where its multiplier lies between −1 and 1:</p>"
        f"<ul>{points}</ul>{_residual_of(derivation, boundaries)}"
        "<p>The same derivation is in <code>derivation.tex</code>.</p>"
    )
    return "".join(parts)


def _residual_of(derivation: Derivation, boundaries: Boundaries) -> str:
    """How the map of a loss becomes that of its residual, of which the rest of the page speaks; else nothing."""
    residual, squared = derivation.residual, getattr(derivation.model, "squared", None)
    if residual is None or squared is None or residual.family is None or residual.family != boundaries.family:
        return ""
    if residual.scale is None or residual.residual_scale is None:
        return ""
    target = sympy.Rational(squared.target)
    size, scale = (each.subs(SYMBOLS.y, target) for each in (residual.residual_scale, residual.scale))
    state = size * (squared.model.prediction - target)
    family = residual.family
    return (
        "<p>This loss is a squared residual up to a constant. With "
        f"{formula_mathml(state, derivation.model.coordinates, left=f'{bare_mathml(family.variable)}<mo>=</mo>')} "
        f"and {formula_mathml(scale, left=f'{bare_mathml(family.parameter)}<mo>=</mo>')} the residual follows "
        f"{formula_mathml(family.expression, (family.variable,), left=f'{bare_mathml(family.variable)}<mo>←</mo>')}, "
        "whose phases this page tells of.</p>"
    )


def bare_mathml(expression: Any) -> str:
    """MathML of an expression without its outermost element, to be put into another formula."""
    return formula_mathml(expression).removeprefix("<math>").removesuffix("</math>")


def _point(point: FixedPoint, family: PolynomialFamily) -> str:
    variable = family.variable
    where = formula_mathml(point.location if point.location is not None else point.polynomial, (variable,))
    slope = "" if point.multiplier is None else f", multiplier {formula_mathml(point.multiplier)}"
    return where + (" = 0" if point.location is None else "") + slope


def mark(good: bool) -> str:
    """A tick or a cross."""
    return '<span class="good" aria-hidden="true">✓</span>' if good else '<span class="bad" aria-hidden="true">✗</span>'


# ----------------------------------------------------------------------------------------------- checks by other means


def verification_chapter(result: Verification) -> str:
    """Every boundary of the residual map on other routes: a second proof, mpmath, gradient descent."""
    rows = [
        (
            escape(row.boundary.name),
            f'<span class="number">{row.decimal}</span>',
            (
                f'<span class="number">{mark(row.enclosure_agrees)} '
                f"{'confirmed' if row.enclosure_agrees else 'not confirmed'}</span>"
            ),
            f"{mark(row.mpmath_agrees)} {escape(row.mpmath_below)} → {escape(row.mpmath_above)}",
            f"{mark(row.simulation_agrees)} {escape(row.simulation_below)} → {escape(row.simulation_above)}",
            f'<span class="number">{mark(row.agrees)} {"agree" if row.agrees else "disagree"}</span>',
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


# --------------------------------------------------------------------------------------------------- words and sources


def certainty_chapter(*, descent: bool) -> str:
    """What each level of certainty claims, and how far the answers reach."""
    levels = "".join(
        f"<dt>{level(each)}</dt><dd>{prose_html(text)}.</dd>" for each, text in certainty_meanings().items()
    )
    limits = (
        "<li>The exact phases are those of full-batch gradient descent with a constant step size: no momentum, no "
        "noise, no schedule.</li>"
        "<li>They hold for pairwise orthogonal rows. On other data similar phases are seen, but these numbers do not "
        "apply.</li>"
        "<li>They speak of almost every start in the basin. Starts with very large weights (<var>z</var> &gt; 2) "
        "diverge at any step size, and a start exactly on an unstable point stays there.</li>"
        if descent
        else "<li>The phases are those of the fixed point that the table tells of, and of almost every start near "
        "it.</li>"
    )
    return (
        f'<dl class="levels">{levels}</dl><h3>Limits</h3><ul>{limits}'
        "<li>“Chaotic” says that the dynamics has positive topological entropy. Whether a typical run looks chaotic is "
        "another question: at some parameters beyond the onset a stable cycle catches it.</li>"
        "<li>Simulations are in floating point. In chaos no float run stays near the true one for long.</li></ul>"
    )


def glossary_chapter() -> str:
    """Every term of the page, with a small example."""
    entries = "".join(
        f"<dt>{prose_html(term.name)}</dt><dd>{prose_html(term.meaning)} "
        f'<span class="example">Example: {prose_html(term.example)}</span></dd>'
        for term in glossary()
    )
    return f'<dl class="glossary">{entries}</dl>'


def provenance_chapter(
    *, command: str, seed: int | None, about: str = "", record: str = "boundaries", printed: bool = False
) -> str:
    """Works, versions, seed, and the files beside the page."""
    works = "".join(f'<li id="ref-{escape(key)}">{escape(text)}</li>' for key, text in REFERENCES.items())
    made_by = ", ".join(f"{escape(name)} {escape(number)}" for name, number in versions().items())
    drawn = "Nothing random is in it" if seed is None else f"Every random start comes from seed {seed}"
    form = schema_file(record)
    schema = download(form, schema_text(record), "application/schema+json", f"JSON schema of {record}.json", form)
    paper = '<p>The paper: <a href="report.pdf">report.pdf</a>, beside this page.</p>' if printed else ""
    return (
        f"<ol>{works}</ol>{about}<p>Made with <code>{outside_text(command)}</code> by {made_by}. {drawn}; the same "
        "input gives the same answers. All numbers, with their polynomials and intervals, are in "
        f"<code>{escape(record)}.json</code>, whose form is described by {schema}; <code>SHA256SUMS</code> lists every "
        f"file of the folder, to be checked with <code>sha256sum -c SHA256SUMS</code>.</p>{paper}"
    )
