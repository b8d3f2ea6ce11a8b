"""The page of a report about a model, a loss or a map, without data: what its one parameter does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Final

from symphase.boundaries import Boundaries, Boundary, BoundaryKind
from symphase.derivation import Derivation
from symphase.enclosures import Certainty, Verdict
from symphase.hypertext import badge, document, level, outside_text
from symphase.models import PolynomialLoss
from symphase.notation import formula_mathml, formula_text, prose_html
from symphase.phases import Phase, StepBoundary, residual_family, show_number
from symphase.plots.spans import phase_pieces
from symphase.reports.answers import DESCENT, DYNAMICS, LOSS, Rung, first_screen, in_window, ladder, outlook
from symphase.reports.appendix import Appendix
from symphase.reports.chapters import (
    WHAT_HAPPENS,
    bare_mathml,
    boundary_chapter,
    certainty_chapter,
    cut_digits,
    derivation_chapter,
    glossary_chapter,
    inner_digits,
    near_ends,
    number,
    provenance_chapter,
    verification_chapter,
)
from symphase.reports.pictures import Picture
from symphase.reports.proof_chapters import certificate_chapter, check_chapter, theorem_chapter
from symphase.steps import CheckResult
from symphase.verification import Verification

__all__ = ["MapStory", "Place", "render_map_page"]

GENERATOR: Final = "symphase report"
_SEGMENTS: Final = (BoundaryKind.STABILITY, BoundaryKind.MONOTONE_END, BoundaryKind.FLIP, BoundaryKind.ONSET)
_LINE: Final = 60  # characters of a map that fit into a heading


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the reader's value lies.

    Attributes
    ----------
    value : Fraction
        In the page's unit: the map's parameter, or the step size where the page has one.
    phase : Phase or None
        What happens there; None where the map's phases are not all known.
    within : Phase or None
        The phase between whose ends it lies: in a periodic window that is the chaotic one.
    period : int or None
        Of the attracting cycle, where one is known.
    label : str
        In a few words.
    certainty : Certainty
    evidence : tuple of str
    """

    value: Fraction
    phase: Phase | None
    within: Phase | None
    period: int | None
    label: str
    certainty: Certainty
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapStory:
    """Everything the page is made of.

    Attributes
    ----------
    name : str
        What the page is about, in a few words.
    derivation : Derivation or None
        From a loss to the map, where there is a loss.
    checks : tuple of CheckResult
    boundaries : Boundaries
    in_steps : tuple of StepBoundary
        The boundaries in units of the step size, where the loss fixes it.
    verification : Verification or None
        By gradient descent, for the residual map.
    appendix : Appendix
    place : Place or None
    pictures : Mapping of str to Picture
        "strip" where all phases are known; "diagram"; "lyapunov"; "cobweb-PHASE".
    command : str
    """

    name: str
    derivation: Derivation | None
    checks: tuple[CheckResult, ...]
    boundaries: Boundaries
    in_steps: tuple[StepBoundary, ...]
    verification: Verification | None
    appendix: Appendix
    place: Place | None
    pictures: Mapping[str, Picture]
    command: str

    @property
    def agrees(self) -> bool:
        """Whether all checks are proved, and every boundary is confirmed."""
        proved = all(check.verdict is Verdict.PROVED for check in self.checks)
        return proved and self.appendix.agrees and (self.verification is None or self.verification.agrees)

    @property
    def descends(self) -> bool:
        """Whether the map is the residual's in gradient descent."""
        return self.boundaries.family == residual_family()

    @property
    def unit(self) -> str:
        """What the reader's value is, as text."""
        parameter = self.boundaries.family.parameter
        steps = self.in_steps or (self.derivation is not None and str(parameter) == "eta")
        return "step size η" if steps else formula_text(parameter)

    @property
    def symbol(self) -> str:
        """The map's parameter as HTML."""
        return f"<var>{escape(formula_text(self.boundaries.family.parameter))}</var>"


def render_map_page(story: MapStory, *, printed: bool = False) -> str:
    """Write the page.

    Parameters
    ----------
    story : MapStory
    printed : bool
        Whether report.pdf lies beside the page.

    Returns
    -------
    str
        A complete HTML document.
    """
    sections = [
        ("answer", "What the parameter does", _answer(story)),
        ("phases", "What each phase looks like", _phases(story)),
        ("diagram", "The whole picture", _diagram(story)),
        ("boundaries", "Where each phase begins and ends", boundary_chapter(story.boundaries, story.in_steps)),
        ("certainty", "How sure is this?", certainty_chapter(descent=story.descends)),
    ]
    if not any(name.startswith("cobweb") for name in story.pictures):
        del sections[1]
    if story.derivation is not None:
        text = derivation_chapter(story.derivation, story.checks, story.boundaries)
        sections.append(("derivation", "Where this comes from", text))
    here = story.place.value if story.place is not None and not story.in_steps else None
    sections.append(("theorems", "The phases as theorems", theorem_chapter(story.appendix, here)))
    if story.verification is not None:
        sections.append(("verification", "Checked by independent routes", verification_chapter(story.verification)))
    sections += [
        ("checks", "The numbers once more", check_chapter(story.appendix)),
        ("certificates", "Certificates", certificate_chapter(story.appendix)),
        ("glossary", "Words", glossary_chapter()),
        (
            "provenance",
            "References and provenance",
            provenance_chapter(
                command=story.command,
                seed=None if story.verification is None else story.verification.seed,
                printed=printed,
            ),
        ),
    ]
    return document(GENERATOR, outside_text(f"Phases of {story.name}"), _header(story), sections, answered=True)


# ---------------------------------------------------------------------------------------------------- the first screen


def _header(story: MapStory) -> str:
    words = DESCENT if story.descends else DYNAMICS
    if story.place is not None:
        does = story.place.label if story.place.phase is None else words.get(story.place.phase, str(story.place.phase))
        if story.place.phase is Phase.PERIODIC and story.place.period and not story.descends:
            does = f"it goes round {story.place.period} values for ever"
        value = f"{escape(story.unit)}&nbsp;=&nbsp;{escape(show_number(story.place.value))}"
        sentence = f"At {value}{':' if story.place.phase is None else ''} {escape(does)}."
        sure = f"{_place_badge(story.place)} {level(story.place.certainty)} "
    else:
        sentence, sure = _overview(story), ""
    return first_screen("symphase report", sentence, sure + _about(story))


def _place_badge(place: Place) -> str:
    return badge(place.phase) if place.phase is not None else f'<span class="phase">{escape(place.label)}</span>'


def _overview(story: MapStory) -> str:
    """One sentence about all values of the parameter."""
    pieces = {phase: end for phase, _, end in _pieces(story)}
    flip, escapes = pieces.get(Phase.CATAPULT), pieces.get(Phase.CHAOTIC)
    what = "Gradient descent converges" if story.descends else "It settles on one value"
    unit = "step size × sharpness" if story.descends and not story.in_steps else story.unit
    if flip is None or escapes is None:
        if len(formula_text(story.boundaries.family.expression)) <= _LINE:
            return f"What {escape(story.unit)} does to {_map(story)}."
        return f"What {escape(story.unit)} does to this map."
    down = story.boundaries.direction < 0
    equals = " " if "×" in unit else "&nbsp;=&nbsp;"
    return (
        f"{what} {'down' if down else 'up'} to {escape(unit)}{equals}{_digits(story, flip, up=down)}, and diverges "
        f"{'below' if down else 'beyond'} {_digits(story, escapes, up=not down)}."
    )


def _map(story: MapStory) -> str:
    family = story.boundaries.family
    arrow = f"{bare_mathml(family.variable)}<mo>←</mo>"
    return formula_mathml(family.expression, (family.variable,), left=arrow)


def _about(story: MapStory) -> str:
    if story.derivation is None:
        return f"The map {_map(story)}: each value follows from the one before it."
    parts = [f"<strong>{outside_text(story.name)}</strong>, full-batch gradient descent with a constant step size."]
    if isinstance(story.derivation.model, PolynomialLoss):
        loss = story.derivation.model
        formula = formula_mathml(loss.loss, (loss.weight,), left="<mi>L</mi><mo>=</mo>")
        parts = [f"Gradient descent on the loss {formula}."]
    if story.descends and story.in_steps:
        return parts[0]
    if story.descends and story.derivation.scale is not None:
        scale = formula_mathml(story.derivation.scale, left="<mi>a</mi><mo>=</mo>")
        parts.append(f"Everything depends on {scale}, half of step size × sharpness.")
    else:
        parts.append(f"The weight follows the map {_map(story)}.")
    return " ".join(parts)


def _pieces(
    story: MapStory,
) -> tuple[tuple[Phase, Boundary | StepBoundary | None, Boundary | StepBoundary | None], ...]:
    return phase_pieces(story.in_steps or story.boundaries)


def _digits(story: MapStory, end: Boundary | StepBoundary, *, up: bool, factor: int = 0) -> str:
    """Four digits of an end in the page's unit (step size × sharpness for the residual map), cut or rounded up."""
    if isinstance(end, StepBoundary):
        return inner_digits(end, digits=4, up=up)
    factor = factor or (2 if story.descends else 1)
    lower, upper = end.enclose(64)
    return cut_digits((factor * lower, factor * upper), 3, up=up).replace("-", "−")


def _answer(story: MapStory) -> str:
    ruler = story.pictures["strip"].figure(_ruler_caption(story)) if "strip" in story.pictures else ""
    evidence = "".join(f"<li>{prose_html(line)}</li>" for line in story.place.evidence) if story.place else ""
    told = f"<details><summary>Why, at your value</summary><ul>{evidence}</ul></details>" if evidence else ""
    ends = [(phase, end) for phase, _, end in _pieces(story) if isinstance(end, StepBoundary)]
    ahead = outlook(story.place.value, near_ends(ends)) if story.place and ends and story.place.value > 0 else ""
    return ruler + ahead + (_rungs(story) if _pieces(story) else _neutral_rungs(story)) + told


def _ruler_caption(story: MapStory) -> str:
    if story.place is not None:
        return "The arrow is your value."
    if story.in_steps:
        return "The phases over the step size."
    half = " Step size × sharpness is 2<var>a</var>." if story.descends else ""
    return f"The phases over {story.symbol}.{half}"


def _rungs(story: MapStory) -> str:
    words = LOSS if story.descends else DYNAMICS
    down = story.boundaries.direction < 0
    within, beyond = ("≥", "<") if down else ("≤", ">")
    here = None if story.place is None else story.place.within
    window = here is Phase.CHAOTIC and story.place is not None and story.place.phase is Phase.PERIODIC
    period = None if story.place is None or story.descends else story.place.period
    rungs = []
    for phase, start, end in _pieces(story):
        if end is not None:
            reach = f"{within} {_digits(story, end, up=down)}"
            own = f" (a ≤ {_digits(story, end, up=False, factor=1)})"
        elif start is not None:
            reach = f"{beyond} {_digits(story, start, up=not down)}"
            own = f" (a > {_digits(story, start, up=True, factor=1)})"
        else:
            continue
        rungs.append(
            Rung(
                phase=phase,
                reach=reach + (own if story.descends and not story.in_steps else ""),
                does=in_window(words[phase], period) if window and phase is here else words[phase],
                here=here is phase,
            )
        )
    head = "step size <var>η</var>" if story.in_steps else story.symbol
    if story.descends and not story.in_steps:
        head = "step size × sharpness"
    begins = _pieces(story)[0][1]
    first = f" It begins at {number(_digits(story, begins, up=down))}." if begins is not None and begins else ""
    return ladder(
        f"The end of each phase.{first if not story.descends else ''}",
        head,
        rungs,
        does="the loss" if story.descends else "what happens",
    )


def _neutral_rungs(story: MapStory) -> str:
    """What holds beyond each boundary, where the phases are not all known."""
    down = story.boundaries.direction < 0
    rungs = [
        f'<tr><th scope="row">{"below" if down else "beyond"} {number(_digits(story, each, up=not down))}</th>'
        f"<td>{escape(each.after)}</td><td>{level(each.certainty)}</td></tr>"
        for each in story.boundaries
    ]
    symbol = escape(story.unit)
    heads = "".join(f'<th scope="col">{head}</th>' for head in (symbol, "what holds from there on", "certainty"))
    return (
        f'<table class="ladder"><caption>Not every phase of this map has two known ends; this is what is proved'
        f"</caption><thead><tr>{heads}</tr></thead><tbody>{''.join(rungs)}</tbody></table>"
    )


# ------------------------------------------------------------------------------------------------------------ pictures


def _phases(story: MapStory) -> str:
    variable = f"<var>{escape(formula_text(story.boundaries.reduced_family.variable))}</var>"
    parts = [
        f"<p>Each picture follows the map: go up to the curve, across to the diagonal, and again. {variable} is "
        + (
            "the residual, scaled so that 0 is a perfect fit.</p>"
            if story.descends
            else "the map's variable"
            + (
                ".</p>"
                if story.boundaries.reduced_family == story.boundaries.family
                else ", squared: the map is symmetric, and its square is what is analysed.</p>"
            )
        )
    ]
    cells = []
    for phase, _, _ in phase_pieces(story.boundaries):
        picture = story.pictures.get(f"cobweb-{phase}")
        if picture is not None:
            does = WHAT_HAPPENS[phase][0] if story.descends else f"{DYNAMICS[phase].capitalize()}."
            heading = f"<h3>{badge(phase)}</h3><p>{escape(does)}</p>"
            cells.append(f'<article class="cell {phase}">{heading}{picture.figure()}</article>')
    return "".join(parts) + f'<div class="cells">{"".join(cells)}</div>'


def _diagram(story: MapStory) -> str:
    parts = [
        f"<p>For each {story.symbol} from left to right, the values that are still visited "
        "after a long time: one where it settles, two, four, eight, … where it goes round a cycle, bands full of "
        "points where it is chaotic.</p>"
        + story.pictures["diagram"].figure(
            "The orbits of the free critical points. The vertical lines stand at the exact boundaries. The dots are "
            "float orbits: they illustrate, and prove nothing."
        )
    ]
    if "lyapunov" in story.pictures:
        parts.append(
            "<p>The Lyapunov exponent says how fast two nearby orbits part, as a rate per step: below zero they meet, "
            f"above zero they part, which is what a run in chaos looks like {level(Certainty.NUMERICAL)}.</p>"
            + story.pictures["lyapunov"].figure("Nothing here is proved; the boundaries marked are.")
        )
    return "".join(parts)
