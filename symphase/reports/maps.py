"""A report about a model, a loss or a map of one's own, without data."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from symphase.boundaries import Boundaries, find_boundaries
from symphase.derivation import Derivation, derive
from symphase.display import Shown
from symphase.enclosures import Certainty, Verdict
from symphase.errors import InputError
from symphase.figure_data import FigureData, columns, rows_of
from symphase.folders import checked_folder, write_folder
from symphase.formulas import exact_rational
from symphase.latex import article
from symphase.maps import PolynomialFamily
from symphase.models import SYMBOLS, Model
from symphase.notation import formula_text
from symphase.orbits import lyapunov_curve, orbit_diagram
from symphase.phases import (
    Phase,
    StepBoundary,
    classify,
    residual_boundaries,
    residual_family,
    show_number,
    step_boundaries,
)
from symphase.placements import place_parameter
from symphase.plots import describe_lyapunov_plot, lyapunov_plot, new_axes, phase_spans
from symphase.plots.maps import story_points
from symphase.reports.appendix import appendix_of
from symphase.reports.files import Stages, derivation_record, gathered, map_record
from symphase.reports.map_page import GENERATOR, MapStory, Place, render_map_page
from symphase.reports.pdf import report_pdf, with_answer
from symphase.reports.pictures import Picture, both_sizes, cobweb_picture, diagram_picture, strip_picture
from symphase.steps import CheckResult
from symphase.verification import Verification, verify

__all__ = ["MapReport", "write_map_report"]

Progress = Callable[[str, int, int], None]
Floats = NDArray[np.float64]
SEED: Final = 0
_START: Final = 0.545
_STEPS: Final = 80
_STAGES: Final = 28
_EXPONENTS: Final = 481
_TRANSIENT, _AVERAGED = 500, 3000


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MapReport(Shown):
    """What was written, and the answers in it.

    Attributes
    ----------
    folder, index : Path
        The folder, and the page to open in it.
    derivation : Derivation or None
        Where the report is about a model or a loss.
    checks : tuple of CheckResult
        Of the derivation.
    boundaries : Boundaries
    verification : Verification or None
        Of the residual map.
    agrees : bool
        Whether every check of the derivation and of the theorems, and every boundary, agrees.
    summary : tuple of str
        The answer in a few plain sentences.
    """

    folder: Path
    index: Path
    derivation: Derivation | None
    checks: tuple[CheckResult, ...]
    boundaries: Boundaries
    verification: Verification | None
    agrees: bool
    summary: tuple[str, ...]

    def _line(self) -> str:
        return f"{self.index}: {self.summary[0]}"


def write_map_report(
    out: str | os.PathLike[str],
    subject: Model | PolynomialFamily,
    *,
    at: object = None,
    command: str = "symphase report",
    pdf: bool | None = None,
    progress: Progress | None = None,
) -> MapReport:
    """Write a folder about a model, a loss or a map: a page (index.html), its numbers, boundaries.json and proofs.

    Parameters
    ----------
    out : path
        The folder: new, empty, or holding an earlier report, which is then replaced.
    subject : Model or PolynomialFamily
        A model that reduces to a map of one variable, or such a map.
    at : number, optional
        A value of the parameter to look at: of the step size for a loss, else of the map's parameter.
    command : str
        What the page says that it was made with.
    pdf : bool, optional
        Whether to write report.pdf as well; when left out it is written where latexmk and pdflatex are installed.
    progress : callable, optional
        Called as progress(stage, done, total).

    Returns
    -------
    MapReport

    Certainty
    ---------
    Each number on the page carries its own level.

    Raises
    ------
    InputError
        For a folder that will not do, before anything is computed; for a model without a map of one variable, and a
        map without boundaries.  Nothing is written then.
    """
    folder = checked_folder(out, GENERATOR)
    stages = Stages(progress, _STAGES)
    stages.next("deriving the map")
    derivation, family, per_step = _subject(subject)
    value = None if at is None else exact_rational(at, "at")
    checks = () if derivation is None else derivation.check()
    stages.next("finding the boundaries")
    residual = family.rows == residual_family().rows
    boundaries = residual_boundaries() if residual else find_boundaries(family)
    in_steps = () if per_step is None else step_boundaries(per_step, boundaries)
    place = None if value is None else _place(boundaries, value, per_step)
    paper = article(
        family if derivation is None else derivation,
        command=command,
        boundaries=boundaries if family.rows == boundaries.family.rows else None,
        checks=checks or None,
        progress=stages.within("checking", 8),
    )
    verification = (paper.verification or verify(boundaries, seed=SEED)) if residual else None
    appendix = appendix_of(boundaries, progress=stages.within("proving", 4))
    pictures = {each.name: each for each in _pictures(boundaries, in_steps, place, stages)}
    story = MapStory(
        name=subject.name if isinstance(subject, Model) else _map_text(family),
        derivation=derivation,
        checks=checks,
        boundaries=boundaries,
        in_steps=in_steps,
        verification=verification,
        appendix=appendix,
        place=place,
        pictures=pictures,
        command=command,
    )
    figures = [picture.data for picture in pictures.values() if picture.data is not None]
    stages.next("writing")
    others: dict[str, str | bytes] = {"map.tex" if derivation is None else "derivation.tex": paper.tex}
    printed, note = report_pdf(with_answer(paper.tex, "In short", list(_summary(story))), pdf)
    if printed is not None:
        others["report.pdf"] = printed
    files = gathered(
        render_map_page(story, printed=printed is not None),
        {"boundaries": _record(story, figures)},
        figures=figures,
        appendix=appendix,
        others=others,
    )
    write_folder(folder, files, sums=True)
    stages.finish()
    return MapReport(
        folder=folder,
        index=folder / "index.html",
        derivation=derivation,
        checks=checks,
        boundaries=boundaries,
        verification=story.verification,
        agrees=story.agrees,
        summary=(*_summary(story), *([note] if note else [])),
    )


def _subject(subject: Model | PolynomialFamily) -> tuple[Derivation | None, PolynomialFamily, Fraction | None]:
    """A derivation, the map, and a per unit of the step size where the loss fixes it."""
    if isinstance(subject, PolynomialFamily):
        return None, subject, None
    derivation = derive(subject)
    if derivation.residual is not None and derivation.residual.family is not None:
        own = derivation.residual
        per_step = _per_step(derivation)
        if per_step is not None and own.family is not None:
            return derivation, own.family, per_step
    if derivation.family is None:
        raise InputError("model", subject.name, "has no residual map to report on", derivation.obstruction or "")
    return derivation, derivation.family, None


def _per_step(derivation: Derivation) -> Fraction | None:
    """a/η of a loss that is a squared residual; None where it is no positive number."""
    squared = getattr(derivation.model, "squared", None)
    scale = None if derivation.residual is None else derivation.residual.scale
    if squared is None or scale is None:
        return None
    number: Any = scale.subs(SYMBOLS.y, squared.target).subs(SYMBOLS.eta, 1)
    if not number.is_Rational or number <= 0:
        return None
    return Fraction(int(number.p), int(number.q))


def _map_text(family: PolynomialFamily) -> str:
    return f"{formula_text(family.variable)} ← {formula_text(family.expression, (family.variable,))}"


def _place(boundaries: Boundaries, value: Fraction, per_step: Fraction | None) -> Place:
    if boundaries.family == residual_family():
        parameter = value if per_step is None else value * per_step
        found = classify(parameter)
        return Place(
            value=value,
            phase=found.phase,
            within=_phase_at(boundaries, parameter),
            period=found.period,
            label=found.label,
            certainty=found.certainty,
            evidence=found.evidence,
        )
    placed = place_parameter(boundaries.family, value)
    within = _phase_at(boundaries, value)
    ordered = within is Phase.CHAOTIC and placed.period is not None
    return Place(
        value=value,
        phase=Phase.PERIODIC if ordered else within,
        within=within,
        period=placed.period,
        label=placed.label,
        certainty=placed.certainty,
        evidence=placed.evidence,
    )


def _phase_at(boundaries: Boundaries, value: Fraction) -> Phase | None:
    """The phase between whose ends a value certainly lies."""
    from symphase.plots.spans import phase_pieces

    for phase, start, end in phase_pieces(boundaries):
        sides = [1 if boundaries.direction > 0 else -1] * 2
        ends = [(start, 1), (end, -1)]
        inside = True
        for (boundary, sign), direction in zip(ends, sides, strict=True):
            if boundary is None or isinstance(boundary, StepBoundary):
                continue
            lower, upper = boundary.enclose(128)
            beyond = value > upper if sign * direction > 0 else value < lower
            at_end = boundary is end and lower == upper == value
            inside = inside and (beyond or at_end)
        if inside:
            return phase
    return None


# ------------------------------------------------------------------------------------------------------------ pictures


def _pictures(
    boundaries: Boundaries, in_steps: tuple[StepBoundary, ...], place: Place | None, stages: Stages
) -> Iterator[Picture]:
    marked = None if place is None else float(place.value)
    stages.next("drawing the phases")
    spans = phase_spans(boundaries)
    if spans:
        yield strip_picture(in_steps or tuple(boundaries), marked=marked)
    family = boundaries.reduced_family
    residual = boundaries.family == residual_family()
    reach: tuple[float, float] | None = None
    for phase, parameter in _middles(spans):
        stages.next(f"drawing the {phase} phase")
        start = _START if residual else _critical_start(boundaries, parameter, phase)
        if start is not None:
            # what diverges is shown on the ground of the phase before it
            within = (-2.25, 2.4) if residual else reach if phase is Phase.DIVERGENT else None
            web = cobweb_picture(family, parameter, start=start, steps=_STEPS, phase=phase, within=within)
            reach = _reach(web)
            yield web
    stages.next("drawing the bifurcation diagram")
    yield diagram_picture(boundaries)
    if len(boundaries) > 1:
        stages.next("drawing the exponents")
        exponents = _exponents(boundaries)
        if exponents is not None:
            yield exponents


def _middles(spans: tuple[tuple[Phase, float, float], ...]) -> Iterator[tuple[Phase, Fraction]]:
    """A short rational in the middle of each phase, and a little beyond the last one."""
    for phase, start, end in spans:
        if np.isfinite(end):
            middle = (start + end) / 2
        else:
            reach = abs(start - spans[0][1])
            middle = start + (0.06 * reach if end > 0 else -0.06 * reach)
        yield phase, Fraction(middle).limit_denominator(200)


def _reach(web: Picture) -> tuple[float, float] | None:
    """Where a cobweb's orbit goes, with a margin."""
    points = [float(row[1]) for row in web.data.rows if row[1] is not None] if web.data is not None else []
    margin = 0.3 * (max(points) - min(points)) if points else 0.0
    return (min(points) - margin, max(points) + margin) if margin else None


def _critical_start(boundaries: Boundaries, parameter: Fraction, phase: Phase) -> float | None:
    """Beside a free critical point, whose orbit goes where most orbits go: one that stays, unless the phase is escape.

    Where there are several, and none does what the phase says, there is no picture to draw.
    """
    family = boundaries.reduced_family
    found = [points[0] for points in story_points(boundaries, np.array([float(parameter)]))]
    real = [round(float(point), 6) for point in found if np.isfinite(point)]
    if len(real) < 2:
        return real[0] if real else None
    late = orbit_diagram(family, [float(parameter)] * len(real), real, transient=_TRANSIENT, keep=1)[:, 0]
    return next(
        (start for start, end in zip(real, late, strict=True) if np.isnan(end) == (phase is Phase.DIVERGENT)), None
    )


def _exponents(boundaries: Boundaries) -> Picture | None:
    """The exponents of the critical orbits; None where none of them stays."""
    family = boundaries.reduced_family
    low, high = min(map(float, boundaries)), max(map(float, boundaries))
    parameters = np.linspace(low, high, _EXPONENTS)[1:-1]
    curve = _critical_exponents(boundaries, parameters)
    if not np.isfinite(curve[1]).any():
        return None
    name = formula_text(boundaries.family.parameter)
    several = sum(factor.degrees()[0] for factor in family.free_critical_factors) > 1
    whose = "the largest Lyapunov exponent of a" if several else "the Lyapunov exponent of the"
    data = FigureData(
        name="lyapunov",
        title=f"{whose} critical orbit over {_AVERAGED} steps, with its standard error",
        columns=columns((name, "1"), ("exponent", "1/step"), ("standard error", "1/step")),
        rows=rows_of(*curve),
        certainty=Certainty.NUMERICAL,
    )
    items = tuple(boundaries)
    return both_sizes(
        "lyapunov",
        describe_lyapunov_plot(curve, boundaries=items),
        lambda axes: lyapunov_plot(curve, axes, boundaries=items, title=None),
        new_axes(8.6, 5.0, header=2.0, footer=0.9),
        new_axes(3.9, 4.4, header=1.2, footer=0.95),
        data,
    )


def _critical_exponents(boundaries: Boundaries, parameters: Floats) -> tuple[Floats, Floats, Floats]:
    """Parameters, the largest exponent of a critical orbit that stays, and its error; NaN where none is real or stays.

    Which attractor an orbit finds may depend on the critical point: where several are free, each has its orbit.
    """
    exponents = np.full(parameters.shape, np.nan)
    errors = np.full(parameters.shape, np.nan)
    family = boundaries.reduced_family
    for starts in story_points(boundaries, parameters):
        real = np.isfinite(starts)
        if not real.any():
            continue
        curve = lyapunov_curve(family, parameters[real], starts[real], transient=_TRANSIENT, steps=_AVERAGED)
        larger = np.zeros(parameters.shape, dtype=np.bool_)
        larger[real] = np.isnan(exponents[real]) | (curve.exponents > exponents[real])
        exponents[larger] = curve.exponents[larger[real]]
        errors[larger] = curve.errors[larger[real]]
    return parameters, exponents, errors


# ------------------------------------------------------------------------------------------------------- what is told


def _summary(story: MapStory) -> Iterator[str]:
    if story.place is not None:
        yield f"{story.name}, {story.unit} = {show_number(story.place.value)}: {story.place.label}."
    else:
        yield f"{story.name}: {len(story.boundaries)} boundaries."
    if story.verification is not None:
        rows = story.verification.rows
        agreed = sum(row.agrees for row in rows)
        yield f"{agreed} of {len(rows)} boundaries agree with mpmath and with gradient descent."
    else:
        crossings = story.appendix.crossings
        apart = f"; of {crossings.count(None)} that route says nothing" if None in crossings else ""
        yield f"{crossings.count(True)} of {len(crossings)} boundaries agree with mpmath{apart}."
    if story.checks:
        proved = sum(check.verdict is Verdict.PROVED for check in story.checks)
        yield f"{proved} of {len(story.checks)} checks of the derivation are proved."
    if story.appendix.verdict:
        yield story.appendix.verdict


def _record(story: MapStory, figures: list[FigureData]) -> dict[str, Any]:
    verification = story.verification
    record = map_record(
        GENERATOR, story.command, story.appendix, figures, seed=None if verification is None else verification.seed
    )
    if story.derivation is not None:
        record["derivation"] = derivation_record(story.derivation, story.checks)
    if verification is not None:
        record["verification"] = verification.to_dict()
    if story.place is not None:
        record["place"] = {
            "unit": story.unit,
            "value": str(story.place.value),
            "phase": None if story.place.phase is None else str(story.place.phase),
            "label": story.place.label,
            "certainty": str(story.place.certainty),
            "evidence": list(story.place.evidence),
        }
    return record
