"""Where one parameter of any map lies: between which boundaries, with or without an attracting cycle, chaotic or not.

The residual map has a story of its own (:mod:`symphase.phases`); of any other polynomial family only what these three
questions answer is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from symphase.boundaries import Boundaries, Boundary, BoundaryKind, find_boundaries
from symphase.chaos import attracting_cycle_verdict, prove_chaos
from symphase.cycles import CertifiedCycle
from symphase.display import (
    Shown,
    facts_table,
    family_html,
    formula_line,
    level_html,
    number_text,
    text_html,
    words_html,
)
from symphase.enclosures import Certainty, Verdict
from symphase.errors import InputError
from symphase.formulas import exact_rational
from symphase.maps import PolynomialFamily

__all__ = ["Placement", "place_parameter"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Placement(Shown):
    """One parameter of a family, with what could be decided there.

    Attributes
    ----------
    family : PolynomialFamily
    parameter : Fraction
    label : str
        In a few words.
    certainty : Certainty
        Of the label.
    period : int or None
        Period of a certified attracting cycle (1: a fixed point).
    cycle : CertifiedCycle or None
    entropy_positive : Verdict
        Whether chaotic orbits exist.
    evidence : tuple of str
    below, above : Boundary or None
        The neighbouring boundaries on the parameter line, with exact sides.
    at : Boundary or None
        The boundary that this parameter is, exactly.
    missing : str or None
        Why the family has no boundaries, where it has none.
    """

    family: PolynomialFamily
    parameter: Fraction
    label: str
    certainty: Certainty
    period: int | None
    cycle: CertifiedCycle | None
    entropy_positive: Verdict
    evidence: tuple[str, ...]
    below: Boundary | None
    above: Boundary | None
    at: Boundary | None
    missing: str | None

    def _line(self) -> str:
        name = formula_line(self.family.parameter)
        return f"{name} = {number_text(self.parameter)}: {self.label} [{self.certainty}]"

    def _repr_html_(self) -> str:
        facts = [
            ("map", family_html(self.family)),
            ("phase", f"<strong>{text_html(self.label)}</strong> {level_html(self.certainty)}"),
            *(
                (side, f"{text_html(end.name)}, {text_html(f'{end.family.parameter} {end._digits()}')}")
                for side, end in (("boundary below", self.below), ("here", self.at), ("boundary above", self.above))
                if end is not None
            ),
            ("positive entropy", text_html(self.entropy_positive)),
            ("evidence", "<br>".join(words_html(text) for text in self.evidence)),
            ("no boundaries", "" if self.missing is None else words_html(self.missing)),
        ]
        return facts_table(f"Where {text_html(number_text(self.parameter))} lies", facts)


def place_parameter(family: PolynomialFamily, parameter: object, *, max_period: int = 64) -> Placement:
    """Place one parameter of a polynomial family.

    Parameters
    ----------
    family : PolynomialFamily
    parameter : number or str
        An exact rational.
    max_period : int
        Longest attracting cycle looked for, 1 to 1024.

    Returns
    -------
    Placement

    Certainty
    ---------
    Sides of boundaries exact; attracting cycles and positive entropy certified; where neither is decided the label says
    so.

    Raises
    ------
    InputError
        For what is no exact number, and for a period out of range.

    Examples
    --------
    >>> import sympy
    >>> r, x = sympy.symbols("r x")
    >>> logistic = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    >>> for value in ("2.5", "3.83", "3.7", "4.1"):
    ...     print(place_parameter(logistic, value).label)
    an attracting fixed point
    an attracting cycle of period 3
    chaotic orbits, and no attracting cycle of period ≤ 64
    a critical orbit escapes
    """
    exact = exact_rational(parameter, "parameter")
    cycle = attracting_cycle_verdict(family, exact, max_period)
    entropy = prove_chaos(family, exact)
    boundaries: Boundaries | tuple[Boundary, ...]
    missing = None
    try:
        boundaries = find_boundaries(family)
    except InputError as error:  # no fixed point of this family loses stability: it has no story of that kind
        boundaries, missing = (), error.accepted
    sides = [(boundary, boundary.compare(exact)) for boundary in boundaries]
    direction = boundaries.direction if isinstance(boundaries, Boundaries) else 1
    escaped = any(boundary.kind is BoundaryKind.ESCAPE and side == -direction for boundary, side in sides)
    label, certainty = _label(cycle.cycle, cycle.verdict, entropy.verdict, escaped, max_period)
    return Placement(
        family=family,
        parameter=exact,
        label=label,
        certainty=certainty,
        period=cycle.cycle.period if cycle.cycle is not None else None,
        cycle=cycle.cycle,
        entropy_positive=entropy.verdict,
        evidence=(cycle.statement, entropy.statement),
        below=_last([boundary for boundary, side in sides if side == -1], exact),
        above=_last([boundary for boundary, side in sides if side == 1], exact),
        at=next((boundary for boundary, side in sides if side == 0), None),
        missing=missing,
    )


def _last(boundaries: list[Boundary], exact: Fraction) -> Boundary | None:
    """The one nearest to a parameter, of those on one side of it."""
    return min(boundaries, key=lambda boundary: abs(sum(boundary.enclose(64), Fraction(0)) / 2 - exact), default=None)


def _label(
    cycle: CertifiedCycle | None, attracting: Verdict, chaotic: Verdict, escaped: bool, max_period: int
) -> tuple[str, Certainty]:
    if cycle is not None:
        kind = "fixed point" if cycle.period == 1 else f"cycle of period {cycle.period}"
        return f"an attracting {kind}", Certainty.CERTIFIED
    if escaped:
        return "a critical orbit escapes", Certainty.EXACT
    none = f"no attracting cycle of period ≤ {max_period}"
    if attracting is Verdict.UNDECIDED:
        none = f"no attracting cycle of period ≤ {max_period} was found (none excluded)"
    if chaotic is Verdict.PROVED:
        return f"chaotic orbits, and {none}", (
            Certainty.CERTIFIED if attracting is Verdict.REFUTED else Certainty.OBSERVED
        )
    if chaotic is Verdict.REFUTED:
        return f"no chaotic orbits, and {none}", (
            Certainty.CERTIFIED if attracting is Verdict.REFUTED else Certainty.OBSERVED
        )
    return f"undecided: {none}, and chaos neither proved nor refuted", Certainty.OBSERVED
