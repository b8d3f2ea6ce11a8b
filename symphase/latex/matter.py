"""What a document is about, gathered and checked before a word is written; and its title, its abstract, its warning."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from symphase.boundaries import Boundaries, Boundary, BoundaryKind
from symphase.derivation import Derivation
from symphase.enclosures import Verdict
from symphase.latex.identities import Conjugacy, CriticalPoint
from symphase.latex.tables import Confirmation, exact_form
from symphase.latex.writing import Writer, outside
from symphase.maps import PolynomialFamily
from symphase.models import Model, OneWeight, PhaseRetrieval, PolynomialLoss, PolynomialModel
from symphase.notation import formula_width
from symphase.steps import CheckResult
from symphase.thresholds import FixedPoint

if TYPE_CHECKING:
    import sympy

    from symphase.glossary import Term
    from symphase.latex.pictures import Drawing
    from symphase.theorems.proofs import Theorem
    from symphase.verification import Verification

__all__ = [
    "Matter",
    "map_name",
    "model_name",
    "no_phases_sentence",
    "opening",
    "plain_title",
    "title_of",
    "value_of",
    "warning",
]

_LONGEST_TITLE: Final = 160.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """All that a document tells, computed and checked before a word is written.

    Attributes
    ----------
    subject : Model or PolynomialFamily
    writer : Writer
    derivation : Derivation or None
        None for a map without a model.
    boundaries : Boundaries or None
        None where the map has none, or where there is no map of one variable.
    reason : str
        Why there are none: what the map lacks, as a clause without its subject.
    fixed_points : tuple of FixedPoint
        Of a map without boundaries.
    critical, conjugacies, theorems, terms
        What is said of the map.
    theorem_checks : mapping of str to tuple of CheckResult
        By the label of the theorem.
    verification : Verification or None
        For the residual map, which gradient descent on a loss can be compared with.
    numbers : tuple of Confirmation
        For other maps: which numbers were confirmed.
    checks : mapping of str to tuple of CheckResult
        Everything that was checked, by what it is about; the steps of the derivation stand under ``"derivation"``.
    pictures : mapping of str to Drawing
    """

    subject: Model | PolynomialFamily
    writer: Writer
    derivation: Derivation | None = None
    boundaries: Boundaries | None = None
    reason: str = ""
    fixed_points: tuple[FixedPoint, ...] = ()
    critical: tuple[CriticalPoint, ...] = ()
    conjugacies: tuple[Conjugacy, ...] = ()
    theorems: tuple[Theorem, ...] = ()
    theorem_checks: Mapping[str, tuple[CheckResult, ...]] = field(default_factory=dict)
    terms: tuple[Term, ...] = ()
    verification: Verification | None = None
    numbers: tuple[Confirmation, ...] = ()
    checks: Mapping[str, tuple[CheckResult, ...]]
    pictures: Mapping[str, Drawing]

    @property
    def family(self) -> PolynomialFamily | None:
        """The map of one variable that the document is about."""
        if self.derivation is not None:
            return self.derivation.family
        return self.subject if isinstance(self.subject, PolynomialFamily) else None

    @property
    def failures(self) -> tuple[CheckResult, ...]:
        """What was not proved."""
        return tuple(one for group in self.checks.values() for one in group if one.verdict is not Verdict.PROVED)

    @property
    def count(self) -> int:
        """How many checks of identities and computed facts ran; examples of terms are no such checks."""
        return sum(len(group) for subject, group in self.checks.items() if subject != "terms")

    @property
    def unproved(self) -> tuple[CheckResult, ...]:
        """Which of them were not proved."""
        examples = self.checks.get("terms", ())
        return tuple(one for one in self.failures if not any(one is other for other in examples))

    @property
    def examples_sentence(self) -> str:
        """What came of the examples of the terms, with a blank before it."""
        examples = self.checks.get("terms", ())
        bad = sum(one.verdict is not Verdict.PROVED for one in examples)
        if not examples:
            return ""
        what = f"{len(examples)} examples of terms were recomputed" if len(examples) > 1 else "1 example was recomputed"
        return (
            f" {what}, which agree{'s' if len(examples) == 1 else ''}."
            if not bad
            else (rf" {what}: \textbf{{{bad} disagree}}.")
        )

    @property
    def agrees(self) -> bool:
        """Whether the independent routes, where they were taken, agree."""
        return (self.verification is None or self.verification.agrees) and all(one.agrees for one in self.numbers)

    @property
    def disagreements(self) -> tuple[Boundary, ...]:
        """The boundaries on which the independent routes disagree."""
        rows = self.verification.rows if self.verification is not None else ()
        return (
            *(row.boundary for row in rows if not row.agrees),
            *(one.boundary for one in self.numbers if not one.agrees),
        )


def title_of(matter: Matter) -> str:
    """Return the title of a document: it promises phases only where the document has some."""
    subject, writer = matter.subject, matter.writer
    if isinstance(subject, PolynomialFamily):
        formula = _short_formula(subject.expression, writer, (subject.variable,))
        what = f"map ${writer.name(subject.variable)}' = {formula}$" if formula else "polynomial map"
        if matter.boundaries is None:
            return f"The {what} and its fixed points" if formula else f"A {what} and its fixed points"
        return f"The phases of {'the' if formula else 'a'} {what}"
    start = f"Gradient descent on {model_name(subject, writer)}:\\\\"
    if matter.boundaries is not None:
        return f"{start}from the loss to the exact phases"
    return f"{start}{'the map of the weight' if matter.family is not None else 'how far it can be reduced'}"


def plain_title(latex: str) -> str:
    r"""Write a title for the properties of a PDF: without macros that typeset something, still fit for TeX.

    Examples
    --------
    >>> plain_title(r"Gradient descent on the loss $L = \frac{1}{4}w^{4} - \mu w$:\\the map of the weight")
    'Gradient descent on the loss L = 1/4 w\\textasciicircum{}4 - mu w: the map of the weight'
    """
    text = re.sub(r"\\(?:[bB]igg?[lr]|left|right)\b", "", latex.replace(r"\\", " ").replace("$", ""))
    changes = (
        (r"\\t?frac\{([^{}\W]*)\}\{([^{}\W]*)\}", r"\1/\2 "),
        (r"\\t?frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/(\2)"),
        (r"\\sqrt\{([^{}]*)\}", r"sqrt(\1)"),
        (r"(\^|_|\\mathrm|\\text)\{([^{}]*)\}", r"\1\2"),
    )
    before = ""
    while before != text:
        before = text
        for pattern, plain in changes:
            text = re.sub(pattern, plain, text)
    text = re.sub(r"\\(?:mathrm|text)", "", text)
    text = re.sub(r"\\([A-Za-z]+) ?", r" \1 ", text).translate({ord(mark): None for mark in "\\{}"})
    text = re.sub(r"(?<=\() | (?=[\^_)':,]| |$)", "", text)
    return outside(text.encode("ascii", "replace").decode())


def model_name(model: Model, writer: Writer) -> str:
    """Return what a model is called in a sentence."""
    if isinstance(model, PhaseRetrieval) and model.c == 0:
        return "phase retrieval"
    if isinstance(model, OneWeight):
        return f"one weight with the prediction ${writer.formula(model.prediction)}$"
    if isinstance(model, PolynomialLoss):
        formula = _short_formula(model.loss, writer, model.coordinates)
        return f"the loss ${writer.name('L')} = {formula}$" if formula else "a polynomial loss"
    if isinstance(model, PolynomialModel):
        formula = _short_formula(model.prediction, writer, model.coordinates)
        return f"the prediction ${writer.name('g')} = {formula}$" if formula else "a polynomial prediction"
    return outside(model.name if model.name.startswith("generalised") else f"a {model.name}")


def _short_formula(expression: sympy.Expr, writer: Writer, leading: Sequence[sympy.Symbol]) -> str:
    return writer.formula(expression, leading) if formula_width(expression) < _LONGEST_TITLE else ""


def opening(matter: Matter) -> list[str]:
    """Write title, a warning where a check failed, and the abstract."""
    lines = [
        rf"\hypersetup{{pdfcreator={{symphase}},pdftitle={{{plain_title(title_of(matter))}}}}}",
        rf"\title{{{title_of(matter)}}}",
        r"\author{}",
        r"\date{}",
        r"\begin{document}",
        r"\maketitle",
        *warning(matter),
        r"\begin{abstract}",
        *_reduction_sentences(matter),
    ]
    if matter.boundaries is not None:
        lines += _phase_sentences(matter, matter.boundaries)
    elif matter.family is not None:
        lines.append(no_phases_sentence(matter))
    lines.append(_trust_sentence(matter))
    return [*lines, r"\end{abstract}"]


def warning(matter: Matter) -> list[str]:
    """Write, in a frame, what failed; nothing where all is well."""
    if not matter.failures and matter.agrees:
        return []
    failed = [matter.writer.prose(one.title) for one in matter.failures]
    failed += [f"independent routes disagree on {matter.writer.prose(one.name)}" for one in matter.disagreements]
    listed = "; ".join(failed)
    return [
        r"\begin{center}\fbox{\parbox{0.9\textwidth}{\textbf{Do not rely on this document.}",
        rf"Not everything that it says has passed its check: {listed}.}}}}\end{{center}}",
    ]


def _reduction_sentences(matter: Matter) -> list[str]:
    writer, derivation = matter.writer, matter.derivation
    if derivation is None:
        family = matter.family
        if family is None:
            return []
        return [
            "We study the one-parameter family of maps",
            f"${map_name(family, writer)} = {writer.formula(family.expression, (family.variable,))}$.",
        ]
    name, eta = model_name(derivation.model, writer), writer.name("eta")
    start = f"Gradient descent with a constant step size ${eta}$ on {name}"
    if derivation.family is None:
        return [f"{start} is followed, step by step, as far as it can be reduced."]
    family = derivation.family
    formula = writer.formula(family.expression, (family.variable,))
    if derivation.scale is None:
        return [f"{start} is the map ${writer.name(family.variable)}' = {formula}$ of the weight."]
    a = writer.name(family.parameter)
    condition = "" if isinstance(derivation.model, (OneWeight, PolynomialModel)) else ", on orthogonal data,"
    return [
        f"{start} is reduced{condition} step by step and without approximation, to one map of one variable,",
        f"${writer.name(family.variable)}' = {formula}$, whose single parameter",
        f"${a} = {writer.formula(derivation.scale)}$ is proportional to the step size.",
    ]


def map_name(family: PolynomialFamily, writer: Writer) -> str:
    """Write f with its parameter and its variable."""
    return f"{writer.name('f')}_{{{writer.name(family.parameter)}}}({writer.name(family.variable)})"


def value_of(boundary: Boundary, writer: Writer, digits: int = 6) -> str:
    """Write the number of a boundary: exactly where that is short, else its proved digits."""
    exact = exact_form(boundary.algebraic, writer)
    return exact if exact is not None else rf"{boundary.decimal(digits)}\ldots"


def _phase_sentences(matter: Matter, boundaries: Boundaries) -> list[str]:
    writer = matter.writer
    a = writer.name(boundaries.family.parameter)
    told = {
        BoundaryKind.STABILITY: "the fixed point begins to attract at ${a} = {value}$",
        BoundaryKind.MONOTONE_END: "convergence is monotone up to ${a} = {value}$",
        BoundaryKind.FLIP: "the fixed point loses its stability, and a cycle of period 2 appears, at ${a} = {value}$",
        BoundaryKind.ONSET: "chaos begins at ${a} \\approx {value}$",
        BoundaryKind.CRISIS: "the mirror images of the attractor merge at ${a} = {value}$",
        BoundaryKind.TANGENCY: "cycles of period 3 exist from ${a} = {value}$ on",
        BoundaryKind.ESCAPE: "beyond ${a} = {value}$ orbits escape",
    }
    clauses = []
    for boundary in boundaries:
        if boundary.kind is BoundaryKind.FLIP and boundary.period != 1:
            continue
        number = value_of(boundary, writer)
        if boundary.kind is BoundaryKind.ONSET:
            number = boundary.decimal(8)
        text = told[boundary.kind].replace("{a}", a).replace("{value}", number)
        if boundary.kind is BoundaryKind.FLIP and "period 2" not in boundary.after:
            text = f"the fixed point loses its stability at ${a} = {number}$"
        clauses.append(text)
    return [f"Its phases and their exact boundaries: {'; '.join(clauses)}."]


def no_phases_sentence(matter: Matter) -> str:
    """Say why no phase boundaries are told of a map."""
    return (
        f"No phase boundaries are told of it: it {outside(matter.reason)}, and the story of phases begins at a flip, "
        "where the multiplier of an attracting fixed point passes $-1$."
    )


def _trust_sentence(matter: Matter) -> str:
    if not matter.count:
        return "It holds no identity that would need a check."
    failed = len(matter.unproved)
    state = "and each was proved" if not failed else rf"and \textbf{{{failed} of them failed}}"
    text = "Every identity below was checked by computer algebra while this document was made: "
    text += f"{matter.count} checks ran, {state}.{matter.examples_sentence}"
    end = ", which agree." if matter.agrees else r", which \textbf{disagree}."
    if matter.verification is not None:
        text += f" The boundaries were compared with high-precision orbits and with simulated gradient descent{end}"
    elif matter.numbers:
        text += f" The boundaries were compared with a numerical route that shares no code with the proofs{end}"
    return text
