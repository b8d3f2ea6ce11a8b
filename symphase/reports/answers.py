"""The first screen of a page: one sentence, the phases on a ruler, and what a larger or smaller value would do.

Written for somebody who has never heard of a bifurcation.  Arguments are HTML, except where it is said otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Final

from symphase.enclosures import round_decimal
from symphase.hypertext import badge
from symphase.phases import Phase

__all__ = ["DESCENT", "DYNAMICS", "LOSS", "Rung", "first_screen", "in_window", "ladder", "outlook", "times"]

DESCENT: Final[Mapping[Phase, str]] = {
    Phase.MONOTONIC: "the loss falls at every step",
    Phase.CATAPULT: "the loss may jump up first, and then converges",
    Phase.PERIODIC: "the loss goes round a few values and never reaches zero",
    Phase.CHAOTIC: "the loss jumps about for ever, without a pattern",
    Phase.DIVERGENT: "almost every start runs off to infinity",
    Phase.FLOOR: "the loss falls to a floor above zero, because no weights fit the labels",
    Phase.DEGENERATE: "the loss falls to zero, but slower and slower",
    Phase.SADDLE: "the run stays on a saddle",
    Phase.UNDECIDED: "the loss never settles near zero; whether it is chaos already cannot be decided here",
}
"""What gradient descent does in each phase, as a clause."""
DYNAMICS: Final[Mapping[Phase, str]] = {
    Phase.MONOTONIC: "each step comes nearer to the resting point",
    Phase.CATAPULT: "it may move away first, and then swings into the resting point",
    Phase.PERIODIC: "it goes round a few values for ever",
    Phase.CHAOTIC: "it jumps about for ever, without a pattern",
    Phase.DIVERGENT: "almost every start runs off to infinity",
    Phase.UNDECIDED: "it never settles; whether it is chaos already cannot be decided here",
}
"""What a map does in each phase, as a clause."""
LOSS: Final[Mapping[Phase, str]] = {
    Phase.MONOTONIC: "falls at every step",
    Phase.CATAPULT: "may jump first, then converges",
    Phase.PERIODIC: "goes round a few values",
    Phase.CHAOTIC: "jumps about for ever",
    Phase.DIVERGENT: "runs off to infinity",
}
"""What the loss does in each phase, in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One phase in the list of what each step size does.

    Attributes
    ----------
    phase : Phase
    reach : str
        Until where it goes, such as "up to 0.014"; a text, escaped here.
    does : str
        What happens, as a clause; a text, escaped here.
    here : bool
        Whether the reader's value is in it.
    """

    phase: Phase
    reach: str
    does: str
    here: bool = False


def in_window(does: str, values: int | None) -> str:
    """What happens in a window of order within chaos, beside what happens around it."""
    return f"{does}; but in a narrow window, as here, goes round {values or 'a few'} values"


def _row(rung: Rung, yours: str) -> str:
    opening = '<tr class="here">' if rung.here else "<tr>"
    pointer = f" <strong>← {escape(yours)}</strong>" if rung.here else ""
    reach = escape(re.sub("([≤≥<>]) ", "\\1\u00a0", rung.reach))  # a sign stays with its number
    return (
        f'{opening}<th scope="row">{badge(rung.phase)}</th><td><span class="number">{reach}</span></td>'
        f"<td>{escape(rung.does)}{pointer}</td></tr>"
    )


def ladder(
    caption: str, parameter: str, rungs: Sequence[Rung], *, yours: str = "yours", does: str = "what happens"
) -> str:
    """The phases one above the other, small values first."""
    rows = "".join(_row(rung, yours) for rung in rungs)
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("phase", parameter, does))
    head = f"<caption>{caption}</caption><thead><tr>{heads}</tr></thead>"
    return f'<table class="ladder">{head}<tbody>{rows}</tbody></table>'


def first_screen(eyebrow: str, sentence: str, about: str, picture: str = "") -> str:
    """The header: what this is, the answer as the page's one heading, and a line about where it comes from."""
    beside = f'<div class="digit">{picture}</div>' if picture else ""
    return (
        f'<header><div><p class="eyebrow">{eyebrow}</p><h1>{sentence}</h1><p class="lede">{about}</p></div>{beside}'
        "</header>"
    )


def times(value: Fraction, of: Fraction, *, up: bool = False) -> str:
    """Write a ratio with two or three digits, never on the wrong side: cut, or rounded up."""
    ratio = value / of
    places = 2 if ratio < 10 else 1 if ratio < 100 else 0
    step = Fraction(1, 10**places)
    cut = -(-ratio // step) * step if up else ratio // step * step
    return f"{round_decimal(cut, places)} ×"


def outlook(step: Fraction, ends: Mapping[Phase, tuple[tuple[str, Fraction], ...]]) -> str:
    """Say what a larger step size would do, or by how much to make it smaller.

    Parameters
    ----------
    step : Fraction
        > 0.
    ends : mapping from Phase to ((str, Fraction), (str, Fraction))
        Where the monotonic, catapult and chaotic phases end: digits and a bound just inside, then just outside.

    Returns
    -------
    str
        HTML.
    """
    inside = {phase: pair[0] for phase, pair in ends.items()}
    monotone, converging = inside.get(Phase.MONOTONIC), inside.get(Phase.CATAPULT)
    beyond = ends[Phase.CHAOTIC][1] if Phase.CHAOTIC in ends else None
    said = []
    if monotone and step <= monotone[1]:
        said.append(f"up to {_yours(monotone, step)} the loss still falls at every step")
    if converging and step <= converging[1]:
        said.append(f"up to {_yours(converging, step)} it still converges")
    if beyond and step < beyond[1]:
        said.append(f"beyond {_yours(beyond, step, up=True)} it runs off to infinity")
    text = f"A larger step size: {'; '.join(said)}." if said else ""
    smaller = []
    if converging and step > converging[1]:
        smaller.append(f"To converge, take at most {_yours(converging, step)}")
    if monotone and step > monotone[1]:
        head = "; for" if smaller else "For"
        smaller.append(f"{head} a loss that falls at every step, at most {_yours(monotone, step)}")
    text += f" {''.join(smaller)}." if smaller else ""
    return f"<p>{text.strip()}</p>" if text else ""


def _yours(end: tuple[str, Fraction], step: Fraction, *, up: bool = False) -> str:
    return f'<span class="number">{end[0]}</span> ({times(end[1], step, up=up)} yours)'
