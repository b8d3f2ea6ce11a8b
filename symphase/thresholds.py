"""Records of phase boundaries: what a boundary is, how sure it is, and how its digits and its order are decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING, Any, Final

from symphase.algebraic import RealAlgebraic
from symphase.arguments import instance, whole
from symphase.cycles import CertifiedBifurcation, certified_flips, certify_bifurcation
from symphase.display import (
    Shown,
    bracket_latex,
    count_text,
    facts_table,
    family_html,
    family_text,
    formula_html,
    formula_line,
    level_html,
    number_text,
    rows_latex,
    rows_table,
    text_html,
    words_html,
    words_latex,
)
from symphase.enclosures import Certainty, check_digits, round_decimal
from symphase.errors import InputError
from symphase.formulas import exact_rational
from symphase.maps import PolynomialFamily
from symphase.notation import formula_latex, formula_text, formula_width, name_latex
from symphase.onset import Onset

if TYPE_CHECKING:
    import sympy

__all__ = ["Boundaries", "Boundary", "BoundaryKind", "FixedPoint"]

_SHOWN_DIGITS: Final = 16
_WIDEST: Final = 160.0  # points of an exact form in a table; wider ones are told in words


class BoundaryKind(Enum):
    """What happens at a boundary, in the field's standard terms."""

    STABILITY = "fixed point becomes attracting"
    MONOTONE_END = "end of monotone convergence"
    FLIP = "flip (period doubling)"
    ONSET = "onset of chaos"
    TANGENCY = "tangency (birth of a cycle)"
    CRISIS = "interior crisis"
    ESCAPE = "escape (boundary crisis)"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FixedPoint(Shown):
    """One irreducible factor of f(z) − z.

    Attributes
    ----------
    polynomial : sympy.Expr
        The factor, in the variable and the parameter.
    location : sympy.Expr or None
        The fixed point as a rational function of the parameter, when the factor is linear in the variable.
    multiplier : sympy.Expr or None
        f' there, likewise.
    is_reference : bool
        Whether the boundaries tell the story of this fixed point.
    """

    polynomial: sympy.Expr
    location: sympy.Expr | None
    multiplier: sympy.Expr | None
    is_reference: bool

    def _line(self) -> str:
        where = "" if self.location is None else f", at {formula_line(self.location)}"
        return f"{formula_line(self.polynomial)} = 0{where}{', the reference' if self.is_reference else ''}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Boundary(Shown):
    """One phase boundary.

    Attributes
    ----------
    kind : BoundaryKind
    value : RealAlgebraic, CertifiedBifurcation or Onset
        The number itself with its proof: an exact algebraic number, a certified box, or a certified bracket.
    period : int or None
        Period of the cycle involved (1 for a fixed point).
    multiplier : int or None
        Multiplier of that cycle at the boundary, where the kind fixes one.
    certainty : Certainty
    before, after : str
        What holds on the two sides, in the order in which the parameter runs through the phases.
    evidence : str
        How the number was obtained and tied to its cycle.
    family : PolynomialFamily
        The family it belongs to.
    cycle : CertifiedBifurcation or None
        The certified cycle at the boundary, where there is one.
    """

    kind: BoundaryKind
    value: RealAlgebraic | CertifiedBifurcation | Onset
    period: int | None
    multiplier: int | None
    certainty: Certainty
    before: str
    after: str
    evidence: str
    family: PolynomialFamily = field(repr=False)
    cycle: CertifiedBifurcation | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Short name, such as "flip of period 2"."""
        if self.kind is BoundaryKind.FLIP:
            return f"flip of period {self.period} → {2 * (self.period or 1)}"
        if self.kind is BoundaryKind.TANGENCY:
            return f"birth of the first {self.period}-cycle"
        return str(self.kind)

    @property
    def algebraic(self) -> RealAlgebraic | None:
        """The exact algebraic number, where the boundary is one."""
        return self.value if isinstance(self.value, RealAlgebraic) else None

    def enclose(self, bits: int = 64) -> tuple[Fraction, Fraction]:
        """Return certified rational bounds about 2^-bits apart (an onset's bracket stays as wide as it is)."""
        if isinstance(self.value, RealAlgebraic):
            return self.value.enclose(bits)
        if isinstance(self.value, Onset):
            return self.value.bracket
        box = self.value
        if box.parameter[1] - box.parameter[0] > Fraction(1, 2**bits):
            finer = certify_bifurcation(
                self.family,
                sum(box.parameter) / 2,
                [float(sum(z) / 2) for z in box.points],
                box.multiplier,
                bits=int(bits / 0.55) + 64,
            )
            lower, upper = box.parameter
            if finer is None or not lower <= finer.parameter[0] <= finer.parameter[1] <= upper:
                raise ArithmeticError(f"the box of {self.name} could not be narrowed to 2^-{bits}")
            return finer.parameter
        return box.parameter

    def decimal(self, digits: int = 20) -> str:
        """Return the boundary with at most ``digits`` digits after the point, all proved.

        An onset of chaos yields as many digits as its bracket proves.

        Raises
        ------
        InputError
            For digits that are not an integer from 0 to 100 000 (for an algebraic number: whose cost is too high).
        """
        if isinstance(self.value, RealAlgebraic):
            return self.value.decimal(digits)
        check_digits(digits)
        bits = int(3.33 * digits) + 16
        lower, upper = self.enclose(bits)
        if isinstance(self.value, Onset):  # its bracket stays as wide as it is: no more digits than its width allows
            digits = min(digits, int(1 / (upper - lower)).bit_length() // 3 + 2)
        while round_decimal(lower, digits) != round_decimal(upper, digits):
            if isinstance(self.value, CertifiedBifurcation) and bits < 8 * digits + 512:
                bits += 64
                lower, upper = self.enclose(bits)
            else:
                digits -= 1
        return round_decimal(lower, digits)

    def __float__(self) -> float:
        if isinstance(self.value, RealAlgebraic):
            return float(self.value)
        if isinstance(self.value, Onset):
            return float(self.value.estimate)
        return float(sum(self.enclose(64)) / 2)

    def compare(self, parameter: Fraction) -> int | None:
        """Exact sign of boundary − parameter; None where it is undecided (inside an onset's bracket)."""
        if isinstance(self.value, RealAlgebraic):
            return self.value.compare(parameter)
        place = parameter if isinstance(parameter, Fraction) else exact_rational(parameter, "parameter")
        for bits in (64, 256, 1024):
            lower, upper = self.enclose(bits)
            if place <= lower:
                return 1
            if place >= upper:
                return -1
        return None

    def latex(self) -> str:
        """LaTeX of the number: radicals, "the root of …", or the certified digits."""
        symbol = str(self.family.parameter)
        if isinstance(self.value, RealAlgebraic):
            return self.value.latex(symbol)
        return self.decimal(12) + r"\ldots"

    def to_dict(self, digits: int = 20) -> dict[str, Any]:
        """Plain data for JSON: integers beyond 2^53 and rationals as text, so that nothing is rounded."""
        lower, upper = self.enclose(64)
        exact = self.algebraic
        record: dict[str, Any] = {
            "kind": str(self.kind),
            "name": self.name,
            "exact": str(self) if exact is not None else None,
            "latex": self.latex(),
            "decimal": self.decimal(digits),
            "certainty": str(self.certainty),
            "period": self.period,
            "multiplier": self.multiplier,
            "before": self.before,
            "after": self.after,
            "bounds": [str(lower), str(upper)],
            "minimal_polynomial": None,
            "isolating_interval": None,
            "evidence": self.evidence,
        }
        if exact is not None:
            record["minimal_polynomial"] = [str(c) for c in exact.coefficients]
            record["isolating_interval"] = [str(end) for end in exact.interval]
        if isinstance(self.value, Onset):
            record["estimate"] = {"decimal": self.value.estimate, "certainty": str(Certainty.NUMERICAL)}
            record["theorem"] = {"verdict": str(self.value.theorem.verdict), "statement": self.value.theorem.statement}
        return record

    def formula(self) -> str:
        """The exact form as people write it, such as "2√2 − 2", or the tightest decimals that differ."""
        exact = self.algebraic
        return str(self) if exact is None else exact.formula(str(self.family.parameter))

    def __str__(self) -> str:
        """The exact form in plain characters that programs read back, or the tightest decimals that differ."""
        if isinstance(self.value, RealAlgebraic):
            return self.value.text(str(self.family.parameter))
        lower, upper = self.enclose(64)
        digits = 1
        while digits < _SHOWN_DIGITS and upper - lower < Fraction(3, 10**digits):
            digits += 1
        down, up = Fraction(lower * 10**digits // 1, 10**digits), Fraction(-(-upper * 10**digits // 1), 10**digits)
        return f"in ({round_decimal(down, digits)}, {round_decimal(up, digits)})"

    def _line(self) -> str:
        return f"{self.name}, {formula_text(self.family.parameter)} {self._digits()} [{self.certainty}]"

    def _digits(self) -> str:
        """The number's first digits with their relation: "= 1" or "= 1.2360679774…"."""
        exact = self.algebraic
        if exact is not None:
            return f"= {number_text(exact.interval[0]) if exact.is_rational else f'{exact.decimal(12)}…'}"
        return f"in ({str(self)[4:-1]})" if isinstance(self.value, Onset) else f"= {self.decimal(12)}…"

    def _exact_html(self) -> str:
        """The exact form as MathML where it is short, else what the number is."""
        exact = self.algebraic
        if exact is None:
            return text_html(self) if isinstance(self.value, Onset) else "one root in a certified box"
        radicals = exact.real_radicals()
        if radicals is not None and formula_width(radicals) <= _WIDEST:
            return formula_html(radicals)
        return f"a root of a polynomial of degree {exact.degree}"

    def _repr_latex_(self) -> str:
        symbol = str(self.family.parameter)
        radicals = None if self.algebraic is None else self.algebraic.real_radicals()
        told = bracket_latex(self._digits()) if self.algebraic is None else f"= {self.latex()}"
        if radicals is not None:
            told = f"= {formula_latex(radicals)}"
        return f"${name_latex(symbol)} {told}$"

    def _short_latex(self) -> str:
        """The number with its relation: radicals where they are short, else digits."""
        radicals = None if self.algebraic is None else self.algebraic.real_radicals()
        if radicals is not None and formula_width(radicals) <= _WIDEST:
            return f"= {formula_latex(radicals)}"
        return bracket_latex(self._digits())

    def _repr_html_(self) -> str:
        plain = isinstance(self.value, Onset) or (self.algebraic is not None and self.algebraic.is_rational)
        digits = "" if plain else f" = {escape(self._digits().removeprefix('= '))}"
        facts = [
            (formula_text(self.family.parameter), f"{self._exact_html()}{digits}"),
            ("certainty", level_html(self.certainty)),
            ("before", text_html(self.before)),
            ("after", text_html(self.after)),
            ("how it was obtained", words_html(self.evidence)),
        ]
        return facts_table(f"<strong>{text_html(self.name)}</strong>", facts)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Boundaries(Shown, Sequence[Boundary]):
    """All boundaries of one story, in the order in which the parameter meets them.

    Attributes
    ----------
    family : PolynomialFamily
        As given.
    reduced_family : PolynomialFamily
        The family that was analysed: the quotient by z ↔ 2m − z where f has that symmetry, else ``family``.
    items : tuple of Boundary
        In phase order.
    fixed_points : tuple of FixedPoint
        Of the reduced family.
    direction : int
        +1 if the phases follow each other with growing parameter, -1 otherwise.
    missing : tuple of (BoundaryKind, str)
        Kinds that this family does not show, each with the reason: what the search proved absent, or could not do.
    superstable : float or None
        Approximate parameter at which the 2-cycle of the cascade is superstable: a seed for proofs, no more.
    """

    family: PolynomialFamily
    reduced_family: PolynomialFamily
    items: tuple[Boundary, ...]
    fixed_points: tuple[FixedPoint, ...]
    direction: int
    missing: tuple[tuple[BoundaryKind, str], ...]
    superstable: float | None = None

    def cascade(self, max_period: int = 64) -> Iterator[CertifiedBifurcation]:
        """Yield the certified flips of periods 2, 4, … of the doubling cascade (see ``cycles.certified_flips``)."""
        if self.superstable is None:
            return iter(())
        return certified_flips(self.reduced_family, self.superstable, max_period=max_period)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Boundary]:
        return iter(self.items)

    def __getitem__(self, index: Any) -> Any:
        return self.items[index]

    def to_dict(self, digits: int = 20) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "map": str(self.family.expression),
            "variable": str(self.family.variable),
            "parameter": str(self.family.parameter),
            "reduced_map": str(self.reduced_family.expression),
            "direction": self.direction,
            "fixed_points": [
                {
                    "polynomial": str(point.polynomial),
                    "location": None if point.location is None else str(point.location),
                    "multiplier": None if point.multiplier is None else str(point.multiplier),
                    "reference": point.is_reference,
                }
                for point in self.fixed_points
            ],
            "boundaries": [boundary.to_dict(digits) for boundary in self.items],
            "missing": [{"kind": str(kind), "reason": reason} for kind, reason in self.missing],
        }

    def find(self, kind: BoundaryKind, period: int | None = None) -> Boundary | None:
        """Return the boundary of one kind (and period), or None when it is missing."""
        instance(kind, BoundaryKind, "kind", "as BoundaryKind.FLIP")
        if period is not None:
            whole(period, "period", least=1)
        for item in self.items:
            if item.kind is kind and (period is None or item.period == period):
                return item
        return None

    def require(self, kind: BoundaryKind, period: int | None = None) -> Boundary:
        """Return the boundary of one kind, or raise with the reason why it is missing.

        Raises
        ------
        InputError
            When this family has no such boundary.
        """
        found = self.find(kind, period)
        if found is None:
            reasons = [reason for missing, reason in self.missing if missing is kind]
            advice = "; ".join(reasons) or "iterate over the boundaries to see which there are"
            raise InputError("kind", str(kind), "is not a boundary of this family", advice)
        return found

    def _line(self) -> str:
        told = f"{count_text(len(self), 'boundary')} of {family_text(self.family)}"
        if not self.items:
            return told
        first, last = self.items[0]._digits(), self.items[-1]._digits().removeprefix("= ")
        return f"{told}, {formula_text(self.family.parameter)} {first} to {last}"

    def _repr_latex_(self) -> str:
        name = name_latex(str(self.family.parameter))
        rows = (
            (words_latex(item.name), f"{name} {item._short_latex()}", words_latex(str(item.certainty))) for item in self
        )
        return rows_latex(rows, total=len(self))

    def _repr_html_(self) -> str:
        parameter = formula_text(self.family.parameter)
        rows = (
            (
                text_html(item.name),
                item._exact_html(),
                escape(item._digits().removeprefix("= ")),
                level_html(item.certainty),
            )
            for item in self.items
        )
        columns = ("boundary", f"{parameter}, exactly", parameter, "certainty")
        absent = "; ".join(text_html(kind) for kind, _ in self.missing)
        note = f"Not there, or not found: {absent}; the reasons are in <code>missing</code>." if absent else ""
        return rows_table(f"Boundaries of {family_html(self.family)}", columns, rows, total=len(self), note=note)
