"""What holds on each stretch of the parameter: phases between boundaries, and theorems, as plain data for a page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from symphase.boundaries import Boundaries, Boundary, BoundaryKind
from symphase.enclosures import Verdict
from symphase.errors import InputError
from symphase.notation import prose_html
from symphase.phases import residual_boundaries
from symphase.theorems import phase_theorems
from symphase.theorems.proofs import Theorem

__all__ = ["segments", "theorems"]

_PHASES: Final = ("convergent", "monotonic", "catapult", "periodic", "chaotic", "divergent")
_OPEN: Final = "The exact boundaries decide nothing here; the pictures show what this browser computes."
_WORDS: Final = {
    "convergent": "Training that begins near the minimum goes there; it may rise on the way.",
    "monotonic": "Steps this short never raise the loss: training goes straight down to a minimum.",
    "catapult": "The loss may rise at first, as if thrown over a hill, and then falls to a minimum all the same.",
    "periodic": "Training does not converge: it settles on a cycle, and the loss repeats itself for ever.",
    "chaotic": "Training does not converge: there are chaotic runs; some that begin almost alike part, and in "
    "windows almost all runs settle on a cycle.",
    "divergent": "Steps this long throw almost every run out of reach: the loss grows without bound.",
    "other": _OPEN,
}
_WORDS_OF_MAPS: Final = {
    "convergent": "Orbits that begin near the fixed point go there.",
    "monotonic": "Orbits that begin nearby go straight to the fixed point, without ever moving away from it.",
    "catapult": "An orbit may move away from the fixed point at first, and then goes there all the same.",
    "periodic": "Orbits settle on a cycle, and repeat it for ever.",
    "chaotic": "There are chaotic orbits: some that begin almost alike part; in windows almost all settle on a cycle.",
    "divergent": "Almost every orbit escapes.",
    "other": _OPEN,
}


def segments(shown: Sequence[Boundary], boundaries: Boundaries, *, orbits: bool) -> list[dict[str, Any]]:
    """What holds between neighbouring boundaries, from left to right; births of cycles inside a phase end none.

    What a boundary says of its far side is claimed up to the next one only where that one says the same of its near
    side: between a flip and an escape, say, with no onset known, nothing is claimed.

    Parameters
    ----------
    shown : sequence of Boundary
        The boundaries on the page, from left to right.
    boundaries : Boundaries
        All of them.
    orbits : bool
        Whether the words are to be about orbits of a map, not about training.

    Returns
    -------
    list of dict

    Certainty
    ---------
    Each as it says.
    """
    words = _WORDS_OF_MAPS if orbits else _WORDS
    ends = [boundary for boundary in boundaries if boundary.kind is not BoundaryKind.TANGENCY]
    found = []
    for left, right in zip([None, *ends], [*ends, None], strict=True):
        phase, label, period = _between(left, right)
        low, high = (left, right)[:: boundaries.direction]
        if high is not None and high not in shown:
            continue
        found.append(
            {
                "from": shown.index(low) if low in shown else None,
                "to": None if high is None else shown.index(high),
                "phase": phase,
                "label": label,
                "period": period,
                "certainty": _weaker(phase, left, right),
                "words": prose_html(words[phase]),
            }
        )
    return found[:: boundaries.direction]


def _between(left: Boundary | None, right: Boundary | None) -> tuple[str, str, int | None]:
    """Phase, label and period between two neighbours in phase order."""
    said = [text for text in (left and left.after, right and right.before) if text]
    if not said:
        return "other", "not known", None
    phases = {text.replace(",", " ").split()[0] for text in said}
    if phases == {"convergent"}:  # the end of monotone convergence is not known
        return "convergent", "convergent: the fixed point attracts", None
    if len(phases) > 1 or (len(said) == 1 and phases == {"periodic"}):
        where = f"beyond the {left.name}" if left is not None else f"before the {said[0]}"
        return "other", f"{where}: not decided here", None
    periods = {_period(text) for text in said}
    phase = phases.pop()
    label = said[0] if len(set(said)) == 1 or phase == "chaotic" else said[-1]
    return phase if phase in _PHASES else "other", label, periods.pop() if len(periods) == 1 else None


def _period(text: str) -> int | None:
    return next((int(word) for word in text.split() if word.isdigit()), None)


def _weaker(phase: str, *ends: Boundary | None) -> str:
    """That a number lies between two boundaries is as certain as the less certain one; of chaos more is never said."""
    if phase == "other":
        return ""
    levels = {str(boundary.certainty) for boundary in ends if boundary is not None}
    for level in ("observed", "numerical", "certified"):
        if level in levels:
            return level
    return "certified" if phase == "chaotic" else "exact"


def theorems(shown: Sequence[Boundary], boundaries: Boundaries) -> list[dict[str, Any]]:
    """The theorems about the family, each with its range, its words, its proof, and how many formulas were checked.

    Parameters
    ----------
    shown : sequence of Boundary
        The boundaries on the page, from left to right; theorems that end before the first are left out,
        and those that begin at no boundary of the family.
    boundaries : Boundaries

    Returns
    -------
    list of dict

    Certainty
    ---------
    Each as it says; every displayed formula was proved again for this record, and a theorem for which that failed is
    left out.
    """
    found = []
    for theorem, statement in _proved(boundaries):
        lower, upper = theorem.applies
        if (upper is not None and upper not in shown) or (lower is not None and lower not in boundaries.items):
            continue
        found.append(
            {
                "name": theorem.name,
                "from": shown.index(lower) if lower in shown else None,
                "to": None if upper is None else shown.index(upper),
                "ends": list(theorem.ends),
                "phase": theorem.phase,
                "words": prose_html(theorem.in_words),
                "statement": statement,
                "certainty": str(theorem.certainty),
            }
        )
    return found


def _proved(boundaries: Boundaries) -> tuple[tuple[Theorem, str], ...]:
    return _proved_of_residual() if boundaries is residual_boundaries() else _with_statements(boundaries)


@cache
def _proved_of_residual() -> tuple[tuple[Theorem, str], ...]:
    return _with_statements(residual_boundaries())


def _with_statements(boundaries: Boundaries) -> tuple[tuple[Theorem, str], ...]:
    return tuple((each, html) for each in phase_theorems(boundaries) if (html := _statement_html(each)))


def _statement_html(theorem: Theorem) -> str:
    """Statement and proof, every formula of which is proved again now; empty where that fails."""
    try:
        checks = theorem.check()
    except InputError:  # names that no certificate can hold
        return ""
    if any(check.verdict is not Verdict.PROVED for check in checks):
        return ""
    lines = []
    for line in theorem.proof:
        formula = line.formula_text()
        shown = f'<br><span class="formula">{prose_html(formula)}</span>' if formula else ""
        lines.append(f"<li>{prose_html(line.text)}{shown}</li>")
    count = f"{len(checks)} formula{'s' if len(checks) != 1 else ''} proved again while this page was written"
    return f"<p>{prose_html(theorem.statement)}</p><p>Proof ({count}):</p><ol>{''.join(lines)}</ol>"
