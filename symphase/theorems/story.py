"""How the theorems about the residual map are written: its symbols, its boundaries, and short ways to write a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sympy

from symphase.algebraic import RealAlgebraic, real_roots
from symphase.notation import formula_text
from symphase.theorems.proofs import Evidence, Exactly, Identity, ProofLine, Theorem, polynomial_in
from symphase.thresholds import Boundaries, Boundary, BoundaryKind

__all__ = ["PAPER", "Story", "exact", "function", "number_text", "root_above", "root_below"]

PAPER: Final = "chen-2024"


class Story:
    """What the theorems share."""

    def __init__(self, boundaries: Boundaries) -> None:
        self.boundaries = boundaries
        self.family = boundaries.family
        self.z, self.a = self.family.variable, self.family.parameter
        taken = {str(self.z), str(self.a)}
        self.f = function("f" if "f" not in taken else "F")
        # Letters that no model uses (w, x, y, c, κ mean something else in its derivation).
        names = [name for name in ("v", "t", "u", "d", "m", "k", "l", "o") if name not in taken]
        self.v, self.w, self.x, self.y = (sympy.Symbol(name) for name in names[:4])
        self.highest = names[4]
        self.start = boundaries.require(BoundaryKind.STABILITY)
        self.monotone_end = boundaries.require(BoundaryKind.MONOTONE_END)
        self.flip = boundaries.require(BoundaryKind.FLIP, 1)
        self.second_flip = boundaries.require(BoundaryKind.FLIP, 2)
        self.onset = boundaries.require(BoundaryKind.ONSET)
        self.birth = boundaries.require(BoundaryKind.TANGENCY, 3)
        self.crisis_at = boundaries.require(BoundaryKind.CRISIS)
        self.escape = boundaries.require(BoundaryKind.ESCAPE)

    def line(
        self,
        text: str,
        left: sympy.Expr | None = None,
        relation: str = "",
        right: Any = None,
        *,
        by: Evidence | None = None,
        quotes: Sequence[str] = (),
    ) -> ProofLine:
        """One line, with its numbers as SymPy's."""
        if isinstance(right, int):
            right = sympy.Integer(right)
        if isinstance(left, int):
            left = sympy.Integer(left)
        if by is None and left is not None:
            by = Identity()
        return ProofLine(
            text=self.named(text),
            left=left,
            relation=relation,
            right=right,
            evidence=by,
            quotes=tuple(quotes),
            family=self.family,
        )

    def fact(self, evidence: Any, quotes: Sequence[str] = ()) -> ProofLine:
        """A line that says what its evidence proves."""
        return self.line(evidence.sentence, by=evidence, quotes=quotes)

    def named(self, text: str) -> str:
        """Put the family's own symbols, and numbers of boundaries, in place of [z], [flip] and others."""
        values = {
            "z": formula_text(self.z),
            "a": formula_text(self.a),
            "f": str(sympy.sstr(self.f(self.z)).split("(")[0]),
            "v": str(self.v),
            "w": str(self.w),
            "x": str(self.x),
            "y": str(self.y),
            "top": self.highest,
            "start": number_text(self.start),
            "mono": number_text(self.monotone_end),
            "flip": number_text(self.flip),
            "flip2": number_text(self.second_flip),
            "birth": number_text(self.birth),
            "crisis": number_text(self.crisis_at),
            "escape": number_text(self.escape),
        }
        for key, value in values.items():
            text = text.replace(f"[{key}]", value)
        return text

    def theorem(self, name: str, label: str, statement: str, in_words: str, **rest: Any) -> Theorem:
        """A theorem whose sentences use the family's own symbols."""
        return Theorem(name=name, label=label, statement=self.named(statement), in_words=self.named(in_words), **rest)

    def exactly(
        self,
        relation: str,
        number: RealAlgebraic | Boundary | None,
        lower: Boundary | None = None,
        upper: Boundary | None = None,
    ) -> Exactly:
        """Evidence for a line in the parameter alone."""
        value = exact(number) if isinstance(number, Boundary) else number
        ends = (None if lower is None else exact(lower), None if upper is None else exact(upper))
        return Exactly(symbol=self.a, range=ends, relation=relation, number=value)

    def root_expression(self, boundary: Boundary) -> sympy.Expr:
        """The boundary as a number in a formula."""
        radicals = exact(boundary).radicals()
        if radicals is None:
            raise ArithmeticError(f"{boundary.name} has no radicals")
        return radicals


def function(name: str) -> Any:
    """An undefined function: f, or f' for its derivative."""
    return sympy.Function(name)


def exact(boundary: Boundary) -> RealAlgebraic:
    """The algebraic number of a boundary that must be one."""
    value = boundary.algebraic
    if value is None:
        raise ArithmeticError(f"{boundary.name} is no algebraic number")
    return value


def number_text(boundary: Boundary) -> str:
    """A boundary in a sentence: its exact form where that is short, else its first digits."""
    value = boundary.algebraic
    radicals = value.radicals() if value is not None and value.degree <= 2 else None
    return formula_text(radicals) if radicals is not None else f"{boundary.decimal(6)}…"


def root_above(expression: sympy.Expr, symbol: sympy.Symbol, bound: RealAlgebraic) -> RealAlgebraic:
    """The smallest root above a number."""
    return min(root for root in real_roots(polynomial_in(expression, symbol)) if root > bound)


def root_below(expression: sympy.Expr, symbol: sympy.Symbol, bound: RealAlgebraic) -> RealAlgebraic:
    """The largest root below a number."""
    return max(root for root in real_roots(polynomial_in(expression, symbol)) if root < bound)
