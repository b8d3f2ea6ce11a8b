"""Chapters for a mathematician: theorems with their checked proofs, certificates, and the numbers once more."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from html import escape
from typing import Any, Final

import sympy
from sympy.core.function import AppliedUndef

from symphase.enclosures import Certainty, Verdict
from symphase.hypertext import download, formula_line, level, table
from symphase.notation import formula_mathml, formula_width, prose_html
from symphase.onset import Onset
from symphase.references import REFERENCES
from symphase.reports.appendix import Appendix
from symphase.reports.chapters import mark, number
from symphase.steps import CheckResult
from symphase.theorems import ProofLine, Theorem

__all__ = ["certificate_chapter", "check_chapter", "theorem_chapter"]

_FIRST: Final = 0xE000  # private use: no symbol of anybody has such a name
_CALL: Final = 20.0  # points of the name of a function and its parentheses


def check_chapter(appendix: Appendix) -> str:
    """Every boundary of a map once more: its defining quantity in mpmath, and its certificate."""
    rows = []
    for boundary, crossed in zip(appendix.boundaries, appendix.crossings, strict=True):
        own = appendix.of(boundary)
        rows.append(
            (
                escape(boundary.name),
                number(boundary.decimal(12)),
                "– (this route does not decide it)"
                if crossed is None
                else f"{mark(crossed)} {'seen' if crossed else 'not seen'}",
                "–" if own is None else f"{mark(True)} accepted",
            )
        )
    agreed = appendix.crossings.count(True)
    return (
        "<p>Each boundary was looked at on another route than the one that found it: the quantity that defines it must "
        "change sign within 10<sup>−12</sup> of the number, in plain mpmath at 50 digits, which shares no code with "
        "the search. This is numerical, not a proof. The certificates are proofs.</p>"
        + table(
            f"mpmath confirms {agreed} of {len(rows)} boundaries {level(Certainty.NUMERICAL)}",
            ("boundary", "proved digits", "sign change", "certificate"),
            rows,
        )
    )


def certificate_chapter(appendix: Appendix) -> str:
    """Each certificate as a file to take away, and how to check it."""
    rows = []
    for boundary in appendix.boundaries:
        own = appendix.of(boundary)
        if own is None:
            why = (
                "none: its proof is by kneading theory"
                if isinstance(boundary.value, Onset)
                else "none: no proof of this form"
            )
            rows.append((escape(boundary.name), level(boundary.certainty), why, "–"))
            continue
        link = download(
            own.file, own.certificate.to_json(), "application/json", f"certificate of {boundary.name}", "certificate"
        )
        rows.append((escape(boundary.name), level(boundary.certainty), escape(own.states), link))
    return (
        "<p>A certificate is a proof as data: decimals and integers from which a small program, which shares no code "
        "with the search, proves the claim again by interval Newton in integers. That checker accepted each of these "
        "before this page was written. Check them yourself, with symphase on any machine: "
        "<code>symphase verify-certificate FILE</code>.</p>"
        + table("What each certificate proves", ("boundary", "certainty", "proves", "file"), rows)
    )


# ------------------------------------------------------------------------------------------------------------ theorems


def theorem_chapter(appendix: Appendix, here: Fraction | None = None) -> str:
    """Each phase as a theorem, with its proof and what the computer found when it checked it."""
    if not appendix.theorems:
        return "<p>No theorem about the phases of this map is known to this package.</p>"
    total = sum(len(checks) for _, checks in appendix.theorems)
    proved = sum(check.verdict is Verdict.PROVED for _, checks in appendix.theorems for check in checks)
    opening = (
        f"<p>Each displayed relation was checked by the program while this page was made: {proved} of {total} checks "
        "are proved. What a proof takes from the literature without proving it is named with it.</p>"
    )
    return opening + "".join(_theorem(theorem, checks, here) for theorem, checks in appendix.theorems)


def _theorem(theorem: Theorem, checks: Sequence[CheckResult], here: Fraction | None) -> str:
    good = all(check.verdict is Verdict.PROVED for check in checks)
    verdicts = iter(checks)
    lines = "".join(_proof_line(line, next(verdicts) if line.evidence is not None else None) for line in theorem.proof)
    sources = "; ".join(_source(key) for key in theorem.sources)
    applies = here is not None and theorem.applies != (None, None) and theorem.holds_at(here) is True
    yours = " <strong>Your value is in its range.</strong>" if applies else ""
    return (
        f'<article class="theorem" id="theorem-{escape(theorem.label)}"><h3>{prose_html(theorem.name)} '
        f"{level(theorem.certainty)}</h3><p>{prose_html(theorem.statement)}</p>"
        f'<p class="words">In words: {prose_html(theorem.in_words)}{yours}</p>'
        f"<details><summary>Proof, {len(checks)} {'check' if len(checks) == 1 else 'checks'} {mark(good)}</summary>"
        f"<ol>{lines}</ol>" + (f"<p>Leans on: {sources}</p>" if sources else "") + "</details></article>"
    )


def _source(key: str) -> str:
    """The name and the year of a work, as a link to it."""
    work = REFERENCES.get(key)
    shown = key.replace("-", " ").title()
    return f'<a href="#ref-{escape(key)}">{escape(shown)}</a>' if work is not None else escape(shown)


def _proof_line(line: ProofLine, result: CheckResult | None) -> str:
    formula = ""
    if line.left is not None and line.right is not None:
        leading = () if line.family is None else (line.family.variable,)
        sides = [_side(side, leading) for side in (line.left, line.right)]
        only, where = line.formula_text().partition(" ⇔ ")[2], line.conditions_text()
        told = f"exactly for {only}" if only else where
        exactly = f'<p class="only">{prose_html(told)}</p>' if told else ""
        formula = formula_line(
            f'<math display="block"><mrow>{sides[0]}<mo>{escape(line.relation)}</mo>{sides[1]}</mrow></math>{exactly}',
            _width(line.left) + _width(line.right),
        )
    checked = ""
    if result is not None:
        checked = f' <span class="check">{mark(result.verdict is Verdict.PROVED)} {result.verdict}</span>'
    quoted = f" ({'; '.join(_source(key) for key in line.quotes)})" if line.quotes else ""
    return f"<li>{prose_html(line.text)}{quoted}{checked}{formula}</li>"


def _function(name: str) -> str:
    """MathML of a function's name, with its primes."""
    letter = name.rstrip("'′")
    primes = "′" * (len(name) - len(letter))
    base = f"<mi>{escape(letter)}</mi>"
    return f'<msup>{base}<mo lspace="0" rspace="0">{primes}</mo></msup>' if primes else base


def _width(expression: sympy.Expr) -> float:
    """About how wide a side is, with what stands in the parentheses of f(…)."""
    calls = expression.atoms(AppliedUndef)
    bare = expression.xreplace({call: sympy.Symbol("f") for call in calls})
    return formula_width(bare) + sum(_CALL + _width(call.args[0]) for call in calls)


def _side(expression: sympy.Expr, leading: Sequence[sympy.Symbol]) -> str:
    """MathML of a side in which f(…) may occur: each call is a letter while the rest is laid out."""
    calls: dict[str, str] = {}

    def put(part: Any) -> Any:
        if isinstance(part, AppliedUndef):
            letter = chr(_FIRST + len(calls))
            calls[letter] = ""
            inside = _side(part.args[0], leading)
            calls[letter] = (
                f'<mrow>{_function(str(part.func))}<mo lspace="0" rspace="0">(</mo>{inside}'
                '<mo lspace="0" rspace="0">)</mo></mrow>'
            )
            return sympy.Symbol(letter)
        return part if not part.args else part.func(*(put(each) for each in part.args))

    text = formula_mathml(put(expression), leading).removeprefix("<math>").removesuffix("</math>")
    for letter, call in calls.items():
        text = text.replace(f"<mi>{letter}</mi>", call)
    return text
