"""Where the phases begin and end, and what their boundaries are called."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, cast

from symphase.algebraic import RealAlgebraic
from symphase.arguments import instance, sequence
from symphase.boundaries import Boundary, BoundaryKind
from symphase.enclosures import round_decimal
from symphase.errors import InputError
from symphase.notation import formula_text, formula_width
from symphase.phases import Phase, StepBoundary


def boundary_label(boundary: Boundary) -> str:
    """Return a boundary's exact form in a few characters, such as "2√2 − 2"; its digits where that is long.

    Parameters
    ----------
    boundary : Boundary

    Returns
    -------
    str

    Examples
    --------
    >>> from symphase.phases import residual_boundaries
    >>> [boundary_label(boundary) for boundary in residual_boundaries()][:4]
    ['0', '2√2 − 2', '1', '√5 − 1']
    """
    instance(boundary, Boundary, "boundary", "take one from find_boundaries")
    return exact_label(boundary.algebraic, boundary.enclose(64)[0])


def known_boundaries(given: object, argument: str = "boundaries") -> Sequence[Boundary | StepBoundary]:
    """Return boundaries, in the parameter or in the step size, or say that they are none."""
    accepted, advice = "must be a sequence of Boundary or StepBoundary", "take them from find_boundaries"
    for each in sequence(given, argument, accepted, advice):
        if not isinstance(each, (Boundary, StepBoundary)):
            raise InputError(argument, each, accepted, advice)
    return cast("Sequence[Boundary | StepBoundary]", given)


def exact_label(exact: RealAlgebraic | None, lower: Fraction) -> str:
    """The exact form of a number in a few characters; the digits of its lower bound where that is long."""
    radicals = exact.real_radicals() if exact is not None else None
    if radicals is not None and formula_width(radicals) < 120:
        return formula_text(radicals)
    size = math.floor(math.log10(lower)) if lower > 0 else 0
    if size < -4:
        return f"{float(lower):.3e}".replace("e-0", "e-").replace("-", "−")
    places = 4 if size >= -1 else 3 - size
    cut = Fraction(lower * 10**places // 1, 10**places)  # not rounded: digits that stand
    return f"{round_decimal(cut, places)}…"


_SHORT_NAMES: Final = {
    BoundaryKind.STABILITY: "attracts",
    BoundaryKind.MONOTONE_END: "monotone ends",
    BoundaryKind.ONSET: "onset of chaos",
    BoundaryKind.CRISIS: "interior crisis",
    BoundaryKind.ESCAPE: "escape",
}
_LEFT_BEHIND: Final = {
    BoundaryKind.MONOTONE_END: Phase.MONOTONIC,
    BoundaryKind.ONSET: Phase.PERIODIC,
    BoundaryKind.ESCAPE: Phase.CHAOTIC,
}


def short_name(boundary: Boundary) -> str:
    """What happens at a boundary, in two or three words."""
    if boundary.kind is BoundaryKind.FLIP:
        return f"flip {boundary.period} → {2 * (boundary.period or 1)}"
    if boundary.kind is BoundaryKind.TANGENCY:
        return f"first {boundary.period}-cycle"
    return _SHORT_NAMES[boundary.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A phase and its ends, left to right.

    Attributes
    ----------
    phase : Phase
    start, end : float
    """

    phase: Phase
    start: float
    end: float


def phase_ended(boundary: Boundary) -> Phase | None:
    """The phase that ends at a boundary, if one does."""
    if boundary.kind is BoundaryKind.FLIP and boundary.period == 1:
        return Phase.CATAPULT
    return _LEFT_BEHIND.get(boundary.kind)


_ORDER: Final = (Phase.MONOTONIC, Phase.CATAPULT, Phase.PERIODIC, Phase.CHAOTIC, Phase.DIVERGENT)


def phase_pieces(
    boundaries: Sequence[Boundary | StepBoundary],
) -> tuple[tuple[Phase, Boundary | StepBoundary | None, Boundary | StepBoundary | None], ...]:
    """Return each phase with the boundaries where it begins and ends, in the order of the phases.

    Parameters
    ----------
    boundaries : sequence of Boundary or StepBoundary
        In phase order.

    Returns
    -------
    tuple of (Phase, start, end)
        A phase of which one end is not among the boundaries is left out: nothing says where it is.  Only the first
        phase may begin at no boundary, and the divergent one ends at none.
    """
    found: list[tuple[Phase, Boundary | StepBoundary | None, Boundary | StepBoundary | None]] = []
    begun: Phase | None = None
    start: Boundary | StepBoundary | None = None
    for each in boundaries:
        boundary = each.boundary if isinstance(each, StepBoundary) else each
        ended = phase_ended(boundary)
        if boundary.kind is BoundaryKind.STABILITY:
            begun, start = Phase.MONOTONIC, each
        if ended is None:
            continue
        said = [boundary.before] if start is None else [boundary.before, _behind(start)]  # by both ends, or by none
        if (begun is ended or (begun is None and not found)) and all(text.startswith(str(ended)) for text in said):
            found.append((ended, start, each))
        begun, start = _ORDER[_ORDER.index(ended) + 1], each
        if begun is Phase.DIVERGENT and boundary.after == str(Phase.DIVERGENT):
            found.append((begun, each, None))
    return tuple(found)


def _behind(each: Boundary | StepBoundary) -> str:
    return each.boundary.after if isinstance(each, StepBoundary) else each.after


def phase_spans(boundaries: Sequence[Boundary | StepBoundary]) -> tuple[tuple[Phase, float, float], ...]:
    """Return where each phase begins and ends, in the order of the phases.

    Parameters
    ----------
    boundaries : sequence of Boundary or StepBoundary
        In phase order: in units of the parameter, or of one problem's step size.

    Returns
    -------
    tuple of (Phase, float, float)
        The divergent phase has no end: ±infinity.  A phase of which one end is not among the boundaries is left out.
    """
    boundaries = known_boundaries(boundaries)
    grows = len(boundaries) < 2 or float(boundaries[-1]) >= float(boundaries[0])
    outside = math.inf if grows else -math.inf
    return tuple(
        (phase, 0.0 if start is None else float(start), outside if end is None else float(end))
        for phase, start, end in phase_pieces(boundaries)
    )


def clipped(spans: Sequence[tuple[Phase, float, float]], ends: tuple[float, float]) -> list[Span]:
    """The part of each span that lies between two ends."""
    found = []
    for phase, start, end in spans:
        left, right = max(min(start, end), ends[0]), min(max(start, end), ends[1])
        if left < right:
            found.append(Span(phase=phase, start=left, end=right))
    return found
