"""The sections about the map: its form, its phases as theorems, its boundaries, and how all of it was checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from symphase.algebraic import RealAlgebraic
from symphase.boundaries import Boundaries, Boundary, BoundaryKind
from symphase.derivation import Derivation
from symphase.enclosures import Certainty, Verdict
from symphase.latex.identities import Conjugacy
from symphase.latex.matter import Matter, map_name, no_phases_sentence
from symphase.latex.reductions import verdict_text
from symphase.latex.tables import (
    boundary_table,
    confirmation_table,
    exact_form,
    outward,
    step_table,
    tabular,
    verification_table,
)
from symphase.latex.wording import certainty_meanings, cite, cited
from symphase.latex.writing import Writer, display, items, rows_display, slug
from symphase.maps import PolynomialFamily
from symphase.models import SYMBOLS, PolynomialLoss
from symphase.notation import formula_width
from symphase.onset import Onset
from symphase.steps import CheckResult, at_target
from symphase.theorems.proofs import Exactly

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sympy

    from symphase.latex.pictures import Drawing
    from symphase.theorems.proofs import ProofLine, Theorem
    from symphase.thresholds import FixedPoint
    from symphase.verification import Verification

__all__ = [
    "boundary_section",
    "checks_section",
    "figure",
    "map_section",
    "no_story_section",
    "onset_section",
    "residual_section",
    "spoken_of",
    "step_unit",
    "step_unit_text",
    "terms_section",
    "theorem_lines",
    "theorem_section",
    "verification_section",
]


def map_section(matter: Matter, boundaries: Boundaries) -> list[str]:
    """Write the map, its fixed and critical points, and its other coordinates."""
    writer, given, family = matter.writer, boundaries.family, boundaries.reduced_family
    variable = family.variable
    z = writer.name(variable)
    lines = [
        "",
        r"\section{The map}\label{sec:map}",
        "The map that remains is" if matter.derivation is not None else "The map is",
        writer.equation(map_name(given, writer), given.expression, (variable,), label="eq:map", end="."),
    ]
    if family != given:
        lines += [
            writer.prose(
                "It commutes with a reflection of the line. What follows is told of the square of the distance from "
                "its centre, written with the same letter, which has a map of its own:"
            ),
            writer.equation(f"{z}'", family.expression, (variable,), label="eq:quotient", end="."),
        ]
    lines += _fixed_point_lines(boundaries.fixed_points, family, writer)
    lines += _critical_lines(matter, family)
    if "fig:cobweb" in matter.pictures:
        lines.append(r"Figure~\ref{fig:cobweb} shows the map at work.")
    if any(theorem.label == "conjugacies" for theorem in matter.theorems):
        lines.append(r"Theorem~\ref{thm:conjugacies} shows it in other coordinates.")
    if matter.conjugacies:
        lines += ["", r"\subsection{The same map in other coordinates}"]
        lines += [line for one in matter.conjugacies for line in _conjugacy_lines(one, writer)]
    return lines


def _fixed_point_lines(points: Sequence[FixedPoint], family: PolynomialFamily, writer: Writer) -> list[str]:
    variable, f = family.variable, writer.name("f")
    rows: list[tuple[str, ...]] = []
    for point in points:
        where = (
            writer.formula(point.location, (variable,))
            if point.location is not None
            else f"{writer.formula(point.polynomial, (variable,))} = 0"
        )
        slope = "--" if point.multiplier is None else f"${writer.formula(point.multiplier, (family.parameter,))}$"
        rows.append((f"${where}$", slope, "the phases below are those of this point" if point.is_reference else ""))
    head: tuple[str, ...] = ("fixed point", "multiplier", "")
    if not any(point.is_reference for point in points):
        rows, head = [row[:2] for row in rows], head[:2]
    return [
        (
            f"Its fixed points, and the slope ${f}'$ there, the multiplier (a fixed point attracts where its "
            "multiplier lies strictly between $-1$ and $1$):"
        ),
        *tabular("l" * len(head), head, rows),
    ]


def _critical_lines(matter: Matter, family: PolynomialFamily) -> list[str]:
    if not matter.critical:
        return []
    writer, f = matter.writer, matter.writer.name("f")
    texts = []
    for point in matter.critical:
        where = writer.formula(point.location, ())
        value = writer.formula(point.value, (family.parameter,))
        orbit = "its orbit moves with the parameter" if point.is_free else "its orbit is bound to end on a fixed point"
        left, right = (r"\bigl(", r"\bigr)") if r"\frac" in where else ("(", ")")
        texts.append(f"${where}$, with ${f}{left}{where}{right} = {value}$: {orbit}")
    plural = "Critical points, where" if len(texts) > 1 else "The critical point, where"
    return [f"{plural} ${f}' = 0$:", *items([f"{text}." for text in texts])]


def _conjugacy_lines(one: Conjugacy, writer: Writer) -> list[str]:
    lines = ["", writer.prose(one.introduction)]
    if one.definitions:
        lines.append(f"Here {', '.join(f'${writer.name(s)} = {writer.formula(e, ())}$' for s, e in one.definitions)}.")
    label = f"eq:{slug(one.identity.title)}"
    right = one.identity.right
    first = [symbol for symbol, _ in one.definitions] or None
    lines.append(display(writer.left(one.identity.text), writer.lines(right, first), label=label, end="."))
    if one.remark:
        lines.append(writer.prose(one.remark))
    return lines


def figure(drawing: Drawing) -> list[str]:
    """Write a picture as a floating figure."""
    return [
        r"\begin{figure}[tbp]",
        r"\centering",
        *drawing.lines,
        rf"\caption{{{drawing.caption}}}\label{{{drawing.label}}}",
        r"\end{figure}",
    ]


# ---------------------------------------------------------------------------------------------------------- the phases


def theorem_section(matter: Matter) -> list[str]:
    """Write each phase as a theorem with its proof."""
    if not matter.theorems:
        return []
    lines = [
        "",
        r"\section{The phases}\label{sec:phases}",
        "Each phase is a theorem. Every displayed relation in a proof is an object that was checked while this",
        "document was made; the words between them say why it is enough. What is quoted and not proved here carries",
        "its citation.",
    ]
    for theorem in matter.theorems:
        lines += ["", *theorem_lines(theorem, matter.theorem_checks[theorem.label], matter.writer)]
    return lines


def theorem_lines(theorem: Theorem, results: Sequence[CheckResult], writer: Writer) -> list[str]:
    """Write one theorem and its proof, with what its checks said."""
    failed = [one for one in results if one.verdict is not Verdict.PROVED]
    lines = [
        rf"\begin{{theorem}}[{writer.prose(theorem.name)}]\label{{thm:{slug(theorem.label)}}}",
        writer.sentence(theorem.statement),
        r"\end{theorem}",
        rf"\noindent\emph{{In words.}} {writer.sentence(theorem.in_words)}",
        r"\begin{proof}",
    ]
    followers = [*theorem.proof[1:], None]
    for line, follower in zip(theorem.proof, followers, strict=True):
        goes_on = follower is not None and (not follower.text or follower.text[:1].islower())
        lines += proof_lines(line, writer, end="," if goes_on else ".")
    count = "1 claim" if len(results) == 1 else f"{len(results)} claims"
    state = f"{count} checked, all proved" if not failed else rf"\textbf{{{len(failed)} of {count} failed their check}}"
    others = [key for key in theorem.sources if key not in cited(lines)]
    seen = f" See also~\\cite{{{','.join(others)}}}." if others else ""
    return [*lines, rf"\emph{{({state}; certainty: {theorem.certainty}.)}}{seen}", r"\end{proof}"]


def proof_lines(line: ProofLine, writer: Writer, *, end: str = ".") -> list[str]:
    """Write one line of a proof: its words, then its formula as a display."""
    text = cite(writer.prose(line.text))
    unsaid = [key for key in line.quotes if key not in cited([text])]
    if unsaid:
        stop = text[-1:] if text[-1:] in ".:,;" else ""
        text = rf"{text.removesuffix(stop)}~\cite{{{','.join(unsaid)}}}{stop}"
    if line.left is None or line.right is None:
        return [text]
    if line.left == line.right:  # said in words alone: both sides are one expression once they are written down
        return [f"{text[:-1]}{end}" if text[-1:] in ":," else text]
    lines = [text] if text else []
    first = (line.family.variable,) if line.family is not None else ()
    side = min(_SIDE, 0.7 * writer.width)
    left, right = (writer.lines(each, first, side) for each in (line.left, line.right))
    relation = RELATIONS[line.relation]
    condition, where = _condition(line, writer), _where(line, writer)
    fits = _both_widths(line) <= writer.width + _AIR
    if len(left) == len(right) == 1 and fits and not condition and not where:
        return [*lines, display(left[0], right, relation=relation, end=end)]
    rows = [*left[:-1], f"{left[-1]} &{relation} {right[0]}", *(rf"&\quad {part}" for part in right[1:])]
    if len(left) == len(right) == 1 and not fits:
        rows = [f"& {left[0]}", rf"&\quad {relation} {right[0]}"]
    if condition and len(rows) == 1 and _narrow(line):
        rows = [f"{rows[0]} {condition}"]
    elif condition:
        rows.append(f"& {condition}")
    if where:
        rows[-1] += ","
    if where and (condition or (len(rows) == 1 and _narrow(line) and len(line.conditions[1]) == 1)):
        rows[-1] += where[0]
        where = where[1:]
    rows += [f"& {row}" for row in where]
    return [*lines, rows_display(rows, end)]


RELATIONS: Final = {"=": "=", "<": "<", ">": ">", "≤": r"\le", "≥": r"\ge"}
_SHORT: Final = 75  # characters: conditions of a formula that stand in one row
_AIR: Final = 40.0  # points: where a number would stand beside a display that has one
_SIDE: Final = 300.0  # points: the longest line of one side of a relation


def _narrow(line: ProofLine) -> bool:
    return _both_widths(line) < _SIDE / 2


def _both_widths(line: ProofLine) -> float:
    return sum(formula_width(side) for side in (line.left, line.right) if side is not None)


def _condition(line: ProofLine, writer: Writer) -> str:
    """For which numbers a relation holds, where its evidence says it."""
    evidence = line.evidence
    if not isinstance(evidence, Exactly) or evidence.number is None:
        return ""
    number = evidence.number
    exact = exact_form(number, writer)
    bound = exact if exact is not None else rf"{number.decimal(6)}\ldots"
    symbol = writer.name(evidence.symbol)
    return rf"\quad\text{{exactly for}}\quad {symbol} {RELATIONS[evidence.relation]} {bound}"


def _where(line: ProofLine, writer: Writer) -> tuple[str, ...]:
    """Where the formula is claimed, in one row if it is short."""
    word, conditions = line.conditions
    first = (line.family.variable,) if line.family is not None else ()

    def written(part: Any) -> str:
        if isinstance(part, str):
            return RELATIONS[part]
        if isinstance(part, RealAlgebraic):
            exact = exact_form(part, writer)
            return exact if exact is not None else rf"{part.decimal(6)}\ldots"
        return writer.formula(part, first)

    said = [" ".join(written(part) for part in condition) for condition in conditions]
    if not said:
        return ()
    first_row = rf"\quad\text{{{word}}}\quad "
    if len(line.conditions_text()) <= _SHORT:
        return (first_row + r",\quad ".join(said),)
    rows = (first_row + said[0], *(rf"\quad\quad\quad {each}" for each in said[1:]))
    return (*(f"{row}," for row in rows[:-1]), rows[-1])


# ------------------------------------------------------------------------------------------------------ the boundaries


def boundary_section(matter: Matter, boundaries: Boundaries) -> list[str]:
    """Write the tables of boundaries, how each was obtained, and what is missing."""
    writer = matter.writer
    a = writer.name(boundaries.family.parameter)
    table, _, polynomials = boundary_table(boundaries, writer=writer).partition("\\end{center}\n")
    lines = [
        "",
        r"\section{The boundaries}\label{sec:boundaries}",
        rf"Table~\ref{{tab:boundaries}} lists the boundaries in the order in which ${a}$ meets them"
        + (r"; Figure~\ref{fig:diagram} shows what happens between them." if "fig:diagram" in matter.pictures else "."),
        polynomials.strip(),
        rf"\begin{{table}}[htbp]\caption{{The phase boundaries in ${a}$.}}\label{{tab:boundaries}}",
        f"{table}\\end{{center}}",
        r"\end{table}",
    ]
    derivation = matter.derivation
    if derivation is not None and derivation.scale is not None and derivation.scale.has(SYMBOLS.eta):
        lines += _step_lines(matter, derivation, boundaries)
    lines += ["", r"\subsection{How each boundary was obtained}"]
    lines += items(
        [
            rf"\textbf{{{writer.prose(boundary.name)}}}: {writer.prose(boundary.before)} $\to$ "
            f"{writer.prose(boundary.after)}. {evidence_text(boundary, matter)}"
            for boundary in boundaries
        ]
    )
    if boundaries.missing:
        lines += ["Not shown by this map:"]
        lines += items([f"{writer.prose(str(kind))}: {writer.sentence(reason)}" for kind, reason in boundaries.missing])
    levels = dict.fromkeys(boundary.certainty for boundary in boundaries)
    lines += ["What the certainties mean:"]
    lines += items([rf"\emph{{{level}}}: {writer.prose(certainty_meanings()[level])}." for level in levels])
    return lines


def evidence_text(boundary: Boundary, matter: Matter) -> str:
    """Write how a boundary was found, in the map's own letters: the sentences speak of z."""
    names = dict(matter.writer.names)
    variable = str(boundary.family.variable)
    if boundary.kind is not BoundaryKind.ONSET and variable != "z":
        names = {**names, "z": names.get(variable, variable)}
    return Writer(names=names).sentence(boundary.evidence)


def step_unit(derivation: Derivation) -> sympy.Expr:
    """Return the step size at which the parameter is 1; the scale must not be None."""
    from sympy import factor

    return factor(SYMBOLS.eta / at_target(derivation.scale, derivation.model))


def step_unit_text(derivation: Derivation, writer: Writer) -> tuple[str, list[str]]:
    """Return a name for the step size at which the parameter is 1, and the lines that introduce it."""
    eta = writer.name("eta")
    unit = f"{eta}_{{1}}" if "_" not in eta else f"{{{eta}}}_{{1}}"
    shown = display(unit, writer.lines(step_unit(derivation), ()), label="eq:unit", end=".")
    a = writer.name(SYMBOLS.a)
    return unit, [f"The parameter ${a}$ is proportional to the step size; it is 1 at", shown]


def _step_lines(matter: Matter, derivation: Derivation, boundaries: Boundaries) -> list[str]:
    writer = matter.writer
    eta = writer.name("eta")
    unit, introduction = step_unit_text(derivation, writer)
    sharp = writer.prose("ηλ = 2a")
    return [
        "",
        r"\subsection{In units of the step size}",
        *introduction,
        (
            f"So a boundary stands at ${eta} = {writer.name(boundaries.family.parameter)}\\,{unit}$. In units of step "
            f"size $\\times$ sharpness, with the largest eigenvalue ${writer.name('lambda')}$ of the Hessian at an "
            rf"interpolating minimum, {sharp} (Table~\ref{{tab:steps}}). "
            + writer.prose(
                "The flip of the fixed point at ηλ = 2 is the edge of stability (Cohen et al. 2021). In Lewkowycz et "
                "al. 2020 (target 0) the limit 4 is on step size × curvature at the start. Here it is the edge z₀ = 2: "
                "η·λ₀ = 2(z₀ + a) < 4 + 2a. That the escape also has ηλ = 4, at the minimum, is a coincidence."
            )
        ),
        r"\begin{table}[htbp]",
        r"\caption{The same boundaries as step sizes, and as step size $\times$ sharpness.}\label{tab:steps}",
        step_table(boundaries, writer, unit).strip(),
        r"\end{table}",
    ]


def residual_section(matter: Matter, derivation: Derivation) -> list[str]:
    """Write what a loss that is a squared residual has beside the map of its weight: the cubic map of the residual."""
    from sympy import factor

    from symphase.phases import residual_boundaries

    model, residual = derivation.model, derivation.residual
    squared = model.squared if isinstance(model, PolynomialLoss) else None
    if residual is None or squared is None or residual.family is None or residual.scale is None:
        return []
    writer, family = matter.writer, residual.family
    name = writer.name
    scale = factor(residual.scale.subs(SYMBOLS.y, squared.target))
    lines = [
        "",
        r"\section{The same story, told of the residual}\label{sec:residual}",
        "Up to a constant, which gradient descent does not feel, the loss is a squared residual:",
        writer.equation(name("L"), squared.loss, end=","),
        f"with the prediction ${name('g')} = {writer.formula(squared.model.prediction)}$ and the target",
        f"${name('y')} = {writer.formula(squared.target)}$.",
        writer.prose("So the residual e = g − y, rescaled to z = κe, follows the cubic map"),
        writer.equation(f"{name('z')}'", family.expression, (family.variable,), label="eq:residual-map", end=","),
        f"where ${name('a')} = {writer.formula(scale)}$.",
    ]
    if squared.target == 0:
        return [*lines, writer.prose("The target is just reached, by a prediction of 0: a = 0 for every step size.")]
    if squared.target < 0:
        text = "The target is out of reach: a < 0, and for −2 < a and z < 2 gradient descent goes to the least loss."
        return [*lines, writer.prose(text)]
    eta = name("eta")
    unit = f"{eta}_{{1}}" if "_" not in eta else f"{{{eta}}}_{{1}}"
    return [
        *lines,
        f"Its boundaries are those of the step size, in which ${name('a')}$ is 1 at",
        display(unit, writer.lines(factor(SYMBOLS.eta / scale), ()), label="eq:unit", end=":"),
        step_table(residual_boundaries(), writer, unit).strip(),
    ]


def onset_section(matter: Matter, boundaries: Boundaries) -> list[str]:
    """Write the certified bracket of the onset, its theorem, and the estimate."""
    found = boundaries.find(BoundaryKind.ONSET)
    if found is None or not isinstance(found.value, Onset):
        return []
    writer, onset = matter.writer, found.value
    lower, upper = outward(found)
    name = f"{writer.name(boundaries.family.parameter)}_{{\\infty}}"
    ordered, chaotic = onset.ordered_side, onset.chaotic_side
    return [
        "",
        r"\subsection{The onset of chaos}\label{sec:onset}",
        (
            "Chaos means here that the topological entropy is positive. The onset is no known algebraic number. It is "
            "enclosed, with proof, by"
        ),
        display("", [f"{lower} < {name} < {upper}"], label="eq:onset", end="."),
        (
            "On the side of order stands the parameter at which the critical point has period "
            f"$2^{{{ordered.doublings}}}$ in the period-doubling cascade ({ordered.symbols} symbols of its itinerary "
            f"are certified, at {ordered.bits} bits); on the side of chaos the one at which "
            f"$2^{{{chaotic.doublings + 1}}}$ bands of the attractor merge into $2^{{{chaotic.doublings}}}$ "
            f"({chaotic.symbols} symbols, {chaotic.bits} bits). Each is the one solution in an interval (interval "
            "Newton)."
        ),
        "",
        rf"\emph{{What makes the onset unique ({onset.theorem.verdict}):}} {writer.sentence(onset.theorem.statement)}",
        "",
        (
            rf"\emph{{Estimate ({Certainty.NUMERICAL}, not proved):}} ${name} \approx {onset.estimate}$, the digits on "
            "which two sequences that converge from the two sides agree after acceleration."
        ),
    ]


# --------------------------------------------------------------------------------------------------------- the checks


def verification_section(matter: Matter) -> list[str]:
    """Write what mpmath orbits and simulated gradient descent say of the boundaries."""
    if matter.verification is not None:
        return _routes_lines(matter, matter.verification)
    if not matter.numbers:
        return []
    good = sum(one.agrees for one in matter.numbers)
    return [
        "",
        r"\section{Independent verification}\label{sec:verification}",
        (
            r"Each number was proved a second time (Table~\ref{tab:verification}). Beside that, the quantity that "
            "defines each boundary -- a multiplier, or the distance of a critical value from where it lands -- was "
            r"computed in mpmath with 50 digits on both sides of the number: it must change sign within $10^{-12}$ "
            "(of the onset, which no such quantity defines: both ends of the bracket lie on the sides that they "
            "should). "
            "The second route shares no code with the first; it needs one critical point that is rational in the "
            r"parameter and whose orbit moves. It is \emph{numerical}: it supports the proofs and proves nothing."
        ),
        r"\begin{table}[htbp]",
        rf"\caption{{What independent routes say of each boundary: {good} of {len(matter.numbers)} agree.}}",
        r"\label{tab:verification}",
        confirmation_table(matter.numbers, matter.writer).strip(),
        r"\end{table}",
    ]


def _routes_lines(matter: Matter, verification: Verification) -> list[str]:
    writer, rows = matter.writer, verification.rows
    good = sum(row.agrees for row in rows)
    symbol = writer.name(rows[0].boundary.family.parameter)
    return [
        "",
        r"\section{Independent verification}\label{sec:verification}",
        (
            f"Each number was proved a second time. The map was iterated in mpmath with {verification.digits} digits "
            f"({verification.steps} steps) on both sides of it, and the quantity that defines the boundary must change "
            "sign within $10^{-12}$ of the number (of the onset, which no such quantity defines: both ends of the "
            "bracket lie on the sides that they should). Beside that, NumPy gradient descent on the loss of one "
            f"sample, which knows nothing of the map, was run from {verification.runs} random starts "
            f"(seed {verification.seed}, {verification.steps} steps). "
            r"The orbits are \emph{numerical}, the runs \emph{observed}: "
            r"they support the theorems and prove nothing. Table~\ref{tab:verification} shows the two values of "
            f"${symbol}$ that were looked at, and what was seen there."
        ),
        r"\begin{table}[htbp]",
        rf"\caption{{What independent routes say of each boundary: {good} of {len(rows)} agree.}}",
        r"\label{tab:verification}",
        verification_table(verification, writer).strip(),
        r"\end{table}",
    ]


def no_story_section(matter: Matter, family: PolynomialFamily) -> list[str]:
    """Write the map with its fixed and critical points, and why there are no boundaries to tell of."""
    writer = matter.writer
    points = matter.fixed_points
    return [
        "",
        r"\section{The map}\label{sec:map}",
        "The map that remains is" if matter.derivation is not None else "The map is",
        writer.equation(map_name(family, writer), family.expression, (family.variable,), label="eq:map", end="."),
        *(_fixed_point_lines(points, family, writer) if points else ["It has no fixed points."]),
        *_critical_lines(matter, family),
        no_phases_sentence(matter),
    ]


def spoken_of(name: str) -> tuple[str, ...]:
    """Return the words by which a text shows that it uses a term.

    Examples
    --------
    >>> spoken_of("flip (period doubling)"), spoken_of("map and orbit")
    (('flip', 'period doubling'), ('map', 'orbit'))
    """
    words = re.split(r" and |[()]", name.lower().replace("–", "--"))
    return tuple(word.strip() for word in words if word.strip())


def terms_section(matter: Matter) -> list[str]:
    """Write the terms and a small example of each."""
    if not matter.terms:
        return []
    writer = matter.writer
    lines = [
        "",
        r"\section{Terms}\label{sec:terms}",
        "The numbers of the examples were computed, and computed again by another route, for this document; each",
        "example says how sure they are. Where nothing else is said they are about the map of gradient descent,",
        f"{writer.prose('f(z) = z³ + (a − 2)z² + (1 − 2a)z')}, whose parameter ${writer.name('a')}$ is proportional to",
        "the step size.",
        r"\begin{description}\setlength{\itemsep}{1pt}",
    ]
    for term in matter.terms:
        sources = rf" See~\cite{{{','.join(term.sources)}}}." if term.sources else ""
        lines.append(
            rf"  \item[{writer.sentence(term.name)[:-1]}.] {writer.sentence(term.meaning)}{sources} "
            rf"\emph{{Example ({term.certainty}).}} {writer.sentence(term.example)}"
        )
    return [*lines, r"\end{description}"]


def checks_section(matter: Matter, versions: str) -> list[str]:
    """Write which checks ran, what they said, and with which versions."""
    writer = matter.writer
    said = "All were proved." if not matter.unproved else rf"\textbf{{{len(matter.unproved)} of them failed.}}"
    told = (
        "Every displayed identity comes from an object that can be asked for a proof of itself, and every one was "
        f"asked while this document was made: {matter.count} checks ran. {said}{matter.examples_sentence}"
    )
    lines = [
        "",
        r"\section{How this document was checked}\label{sec:checks}",
        told if matter.count else "This document states no identity that would need a check.",
    ]
    texts = []
    for subject, group in matter.checks.items():
        methods: dict[str, list[CheckResult]] = {}
        for result in group:
            methods.setdefault(result.method, []).append(result)
        for method, results in methods.items():
            outcome = _outcome(results, writer, examples=subject == "terms")
            texts.append(f"{subject.capitalize()}: {outcome}. Method: {writer.sentence(method)}")
    return [*lines, *(items(texts) if texts else []), "", f"Made with {versions}."]


def _outcome(results: list[CheckResult], writer: Writer, *, examples: bool) -> str:
    bad = [f"{writer.prose(one.title)}, {verdict_text(one)}" for one in results if one.verdict is not Verdict.PROVED]
    what = "example" if examples else "check"
    count = f"1 {what}" if len(results) == 1 else f"{len(results)} {what}s"
    if bad:
        return rf"{count}, \textbf{{{len(bad)} failed}}: {'; '.join(bad)}"
    if examples:
        return f"{count} recomputed, which agree{'s' if len(results) == 1 else ''}"
    return f"{count}, {'proved' if len(results) == 1 else 'all proved'}"
