"""Whole LaTeX documents: a derivation with its checks, the map it ends with, and that map's exact phase boundaries.

Documents need article, amsmath and lmodern only, hold no date and no version, and use no control sequences but
:data:`symphase.notation.MACROS`; the same input gives the same bytes on every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import flint

from symphase.algebraic import isolate_real_roots
from symphase.boundaries import Boundaries, Boundary, find_boundaries
from symphase.derivation import Derivation
from symphase.enclosures import Certainty, Verdict, round_decimal
from symphase.errors import InputError
from symphase.models import SYMBOLS, PhaseRetrieval, TwoLayerNetwork
from symphase.notation import (
    LINE,
    escape_text,
    formula_latex,
    formula_lines,
    formula_width,
    name_latex,
    prose_latex,
)
from symphase.onset import Onset
from symphase.phases import residual_boundaries, residual_family
from symphase.steps import CheckResult

if TYPE_CHECKING:
    import sympy

__all__ = [
    "boundary_table",
    "certainty_meanings",
    "derivation_document",
    "escape_text",
    "isolating_decimals",
    "reading_order",
    "references",
    "symbols_used",
]

_LONGEST_FORMULA: Final = 10 * LINE
_LINES_PER_PAGE: Final = 30
_WIDEST_CELL: Final = 115.0


def _coordinate(derivation: Derivation) -> Any:
    """The symbol of the weight, or of its projection, that a derivation follows."""
    model = derivation.model
    return SYMBOLS.p if isinstance(model, (PhaseRetrieval, TwoLayerNetwork)) else model.coordinates[0]


def reading_order(derivation: Derivation) -> tuple[sympy.Symbol, ...]:
    """Return the symbols by whose powers the sums of a derivation are ordered, most important first."""
    from sympy import Symbol

    own = _coordinate(derivation)
    names = ["z", "e", str(own), "p", "s", "p_j", "s_j", "S_2", "S_2_j"]
    return tuple(Symbol(name) for name in dict.fromkeys(names))


_MEANINGS: Final = {
    "w": "the weight",
    "p": "the projection xᵢᵀw of the weights on the features of sample i",
    "s": "the sum of the squared projections of the other neurons of that outer weight",
    "S_2": "the sum of the squared projections of the neurons of the second outer weight",
    "q": "the squared norm ‖xᵢ‖² of the features of sample i",
    "n": "the number of samples",
    "G": "the inner product xᵢᵀxⱼ of two rows of features",
    "y": "the target of the sample",
    "eta": "the step size of w ← w − η∇L",
    "gamma": "the curvature of the prediction",
    "c": "the linear part of the prediction",
    "alpha": "the outer weight of the network",
    "e": "the residual g − y",
    "kappa": "the scale of the residual",
    "z": "the rescaled residual κe",
    "a": "the one parameter that is left",
}

_REFERENCES: Final = (
    (
        "X. Chen, K. Balasubramanian, P. Ghosal and B. Agrawalla, From Stability to Chaos: Analyzing Gradient Descent "
        "Dynamics in Quadratic Regression, Transactions on Machine Learning Research, 2024, arXiv 2310.01687. "
        "The five phases and the cubic map."
    ),
    (
        "D. Singer, Stable orbits and bifurcation of maps of the interval, SIAM J. Appl. Math. 35, 1978. "
        "Where the Schwarzian derivative is negative, every attracting cycle draws a critical point or an end of the "
        "interval."
    ),
    "T.-Y. Li and J. A. Yorke, Period three implies chaos, Amer. Math. Monthly 82, 1975.",
    (
        "J. Milnor and W. Thurston, On iterated maps of the interval, Lecture Notes in Mathematics 1342, 1988. "
        "Kneading sequences and entropy."
    ),
    (
        "G. Levin, W. Shen and S. van Strien, Positive transversality via transfer operators and holomorphic motions "
        "with applications to monotonicity for interval maps, Nonlinearity 33, 2020, arXiv 1902.06732. "
        "Why the onset of chaos is one point."
    ),
    (
        "R. Krawczyk, Newton-Algorithmen zur Bestimmung von Nullstellen mit Fehlerschranken, Computing 4, 1969. "
        "The test that certifies cycles."
    ),
)

_CERTAINTIES: Final = {
    Certainty.EXACT: "the number is a root, given by an isolating interval, of an irreducible polynomial with integer "
    "coefficients, and is tied by proof to what it names",
    Certainty.CERTIFIED: "a proved enclosure; every digit shown is right",
    Certainty.NUMERICAL: "two methods agree to the digits shown; there is no proof",
    Certainty.OBSERVED: "seen in a simulation of stated length from stated starts",
}


def references() -> tuple[str, ...]:
    """Return the works that documents and pages lean on, one sentence each."""
    return _REFERENCES


def certainty_meanings() -> dict[Certainty, str]:
    """Return what each level of certainty means, in one clause each."""
    return dict(_CERTAINTIES)


def symbols_used(derivation: Derivation) -> tuple[tuple[sympy.Symbol, str], ...]:
    """Return the symbols that a derivation uses and what they stand for.

    Parameters
    ----------
    derivation : Derivation

    Returns
    -------
    tuple of (sympy.Symbol, str)
        In the order in which a reader meets them; meanings in the package's own plain sentences.
    """
    used: set[Any] = set()
    for step in derivation.steps:
        used |= step.before.free_symbols | step.after.free_symbols
        used |= {symbol for symbol, _ in step.definitions}
    weight = _coordinate(derivation)
    known = {name: symbol for symbol in used for name in [str(symbol)]}
    meanings = dict(_MEANINGS)
    if isinstance(derivation.model, TwoLayerNetwork):
        meanings["p"] = "the projection xᵢᵀw of the weights w of one neuron on the features of sample i"
    if str(weight) != "p":
        meanings[str(weight)] = "the weight"
    listed = [(known[name], text) for name, text in meanings.items() if name in known]
    others = sorted((s for s in used if str(s) not in meanings and not str(s).endswith("_j")), key=str)
    return (*listed, *((symbol, "a parameter of the model") for symbol in others))


def isolating_decimals(boundary: Boundary) -> tuple[str, str]:
    """Return short decimals between which an algebraic boundary is the only root of its polynomial.

    Parameters
    ----------
    boundary : Boundary
        One with an exact algebraic value.

    Returns
    -------
    (str, str)

    Certainty
    ---------
    Exact: the roots between the two decimals are counted.
    """
    exact = boundary.algebraic
    if exact is None:
        raise InputError("boundary", boundary.name, "must be an algebraic number", "see Boundary.certainty")
    for digits in range(1, 400):
        step = Fraction(1, 10**digits)
        lower = exact.enclose(4 * digits + 8)[0] // step * step
        if len(isolate_real_roots(flint.fmpz_poly(list(exact.coefficients)), lower, lower + step)) == 1:
            return round_decimal(lower, digits), round_decimal(lower + step, digits)
    low, high = exact.interval
    return str(low), str(high)


def _equation(left: str, lines: Sequence[str], label: str = "") -> str:
    """A display, broken where it has to be; numbered when it has a label."""
    mark = rf"\label{{{label}}}" if label else ""
    star = "" if label else "*"
    if len(lines) == 1:
        body = f"{left} = {lines[0]}" if left else lines[0]
        return f"\\begin{{equation{star}}}{mark}\n  {body}\n\\end{{equation{star}}}"
    first = f"{left} &= {lines[0]}" if left else f"& {lines[0]}"
    rows = [first, *(rf"&\quad {line}" for line in lines[1:])]
    if len(rows) <= _LINES_PER_PAGE:
        body = " \\\\\n    ".join(rows)
        inner = f"\\begin{{split}}\n    {body}\n  \\end{{split}}"
        return f"\\begin{{equation{star}}}{mark}\n  {inner}\n\\end{{equation{star}}}"
    body = f"{' ' + chr(92)}notag \\\\\n  ".join(rows) if label else " \\\\\n  ".join(rows)
    return f"\\begin{{align{star}}}\n  {body}{mark}\n\\end{{align{star}}}"  # unlike split, may turn the page


def _short_exact(boundary: Boundary) -> str | None:
    """The exact form where it is short enough for a table."""
    value = boundary.algebraic
    radicals = value.radicals() if value is not None else None
    if radicals is None or formula_width(radicals) > _WIDEST_CELL:
        return None
    return formula_latex(radicals)


def boundary_table(boundaries: Boundaries, *, digits: int = 12) -> str:
    """Write the boundaries as a LaTeX table, followed by the polynomials of those without a short form.

    Parameters
    ----------
    boundaries : Boundaries
    digits : int
        Digits after the point, fewer where fewer are proved.

    Returns
    -------
    str
        A fragment for a document with amsmath.
    """
    symbol = name_latex(str(boundaries.family.parameter))
    rows: list[str] = []
    polynomials: list[tuple[int, Boundary]] = []
    for boundary in boundaries:
        exact = _short_exact(boundary)
        if exact is None and boundary.algebraic is not None:
            polynomials.append((len(polynomials) + 1, boundary))
            exact = f"P_{{{len(polynomials)}}}({symbol}) = 0"
        elif exact is None:
            exact = r"\text{--}"
        cells = [
            prose_latex(boundary.name),
            f"${exact}$",
            f"${boundary.decimal(digits)}$",
            str(boundary.certainty),
            "--" if boundary.period is None else str(boundary.period),
            "--" if boundary.multiplier is None else f"${boundary.multiplier}$",
        ]
        rows.append(f"  {' & '.join(cells)} \\\\")
    head = f"  boundary & ${symbol}$, exactly & ${symbol}$, rounded & certainty & period & multiplier \\\\"
    table = [
        r"\begin{center}\small",
        r"\begin{tabular}{llllcc}",
        r"  \hline",
        head,
        r"  \hline",
        *rows,
        r"  \hline",
        r"\end{tabular}",
        r"\end{center}",
    ]
    return "\n".join([*table, *(_polynomial(number, boundary) for number, boundary in polynomials)]) + "\n"


def _polynomial(number: int, boundary: Boundary) -> str:
    """The irreducible polynomial behind a boundary, and the interval that picks the root."""
    value = boundary.algebraic
    if value is None:
        return ""
    symbol = boundary.family.parameter
    lower, upper = isolating_decimals(boundary)
    name = f"P_{{{number}}}({name_latex(str(symbol))})"
    polynomial = value.minimal_polynomial(symbol)
    text = f"{_sentence(boundary.name)[:-1]}: the one root of ${name}$ in $({lower},\\, {upper})$"
    if formula_width(polynomial) > _LONGEST_FORMULA:
        return f"{text}, an irreducible polynomial of degree {value.degree} that is too long to print.\n"
    display = _equation(name, formula_lines(polynomial, (symbol,)))
    return f"{text}, where\n{display}\nis irreducible over the rational numbers.\n"


def _outward(boundary: Boundary, most: int = 18) -> tuple[str, str]:
    """Decimals just outside certified bounds: as few as keep them apart."""
    lower, upper = boundary.enclose(64)
    digits = 1
    while digits < most and upper - lower < Fraction(3, 10**digits):
        digits += 1
    step = Fraction(1, 10**digits)
    return round_decimal(lower // step * step, digits), round_decimal(-(-upper // step) * step, digits)


_PREAMBLE: Final = r"""\documentclass[11pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage{amsmath}
\usepackage{lmodern}
\setlength{\textwidth}{16.4cm}
\setlength{\oddsidemargin}{-0.25cm}
\setlength{\evensidemargin}{-0.25cm}
\setlength{\textheight}{24cm}
\setlength{\topmargin}{-1.4cm}
\setlength{\parindent}{0pt}
\setlength{\parskip}{5pt}
\renewcommand{\arraystretch}{1.25}
\allowdisplaybreaks
"""


def derivation_document(
    derivation: Derivation,
    *,
    command: str = "symphase",
    boundaries: Boundaries | None = None,
    checks: Sequence[CheckResult] | None = None,
) -> str:
    """Write a derivation, the map that it ends with, and that map's phase boundaries as a complete LaTeX document.

    Parameters
    ----------
    derivation : Derivation
    command : str
        What made the document; its first line, as a comment.
    boundaries : Boundaries, optional
        Of ``derivation.family``; found when left out.
    checks : sequence of CheckResult, optional
        What ``derivation.check()`` gave; it is run when left out.

    Returns
    -------
    str
        The same text on every run: no date, no version, no order that comes from a hash.

    Certainty
    ---------
    Each number is printed with its level.

    Examples
    --------
    >>> from symphase.derivation import derive
    >>> from symphase.models import OneWeight
    >>> text = derivation_document(derive(OneWeight()), command="symphase derive one-weight --tex one_weight.tex")
    >>> text.splitlines()[0]
    '% symphase derive one-weight --tex one_weight.tex'
    """
    results = tuple(checks) if checks is not None else derivation.check()
    parts = [
        f"% {_one_line(command)}",
        _PREAMBLE + rf"\title{{Gradient descent: {escape_text(derivation.model.name)}}}",
        r"\author{}",
        r"\date{}",
        r"\begin{document}",
        r"\maketitle",
        *_summary(derivation),
        *_assumptions(derivation),
        *_steps(derivation, results),
    ]
    if derivation.family is not None:
        if boundaries is None:
            known = derivation.family.rows == residual_family().rows
            boundaries = residual_boundaries() if known else find_boundaries(derivation.family)
        parts += [*_map_section(derivation, boundaries), *_boundary_section(derivation, boundaries)]
        parts += _onset_section(boundaries)
    else:
        parts += _obstruction_section(derivation)
    parts += [*_check_section(results), *_closing(derivation), r"\end{document}"]
    return "\n".join(parts) + "\n"


def _one_line(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _items(lines: Sequence[str]) -> list[str]:
    return [
        r"\begin{itemize}\setlength{\itemsep}{0pt}\setlength{\parsep}{2pt}",
        *(rf"  \item {line}" for line in lines),
        r"\end{itemize}",
    ]


def _sentence(text: str) -> str:
    """Our own clause as a sentence."""
    written = prose_latex(text[:1].upper() + text[1:] if text[1:2].islower() and not _begins_with_name(text) else text)
    return written if written.endswith(".") else f"{written}."


def _begins_with_name(text: str) -> bool:
    """Whether a clause begins with the name of a Greek letter: "gamma is not 0"."""
    return prose_latex(text.partition(" ")[0]).startswith("$")


def _summary(derivation: Derivation) -> list[str]:
    leading = reading_order(derivation)
    prediction, loss = derivation.steps[0].before, derivation.steps[0].after
    lines = [
        "The model predicts, for one sample,",
        _equation("g", formula_lines(prediction, leading)),
        "and gradient descent with step size $\\eta$ lowers the squared error. Its part of "
        + ("two samples $i$ and $j$ is" if loss.has(SYMBOLS.y_j) else "one sample is"),
        _equation(derivation.steps[0].after_latex, formula_lines(loss, leading)),
    ]
    if derivation.family is None or derivation.scale is None:
        lines.append("This document shows, step by step, how far gradient descent on it can be reduced.")
    else:
        family = derivation.family
        lines += [
            (
                "This document shows, step by step, that the residual $e = g - y$ of a sample, rescaled to "
                r"$z = \kappa e$, follows the map"
            ),
            _equation("z'", formula_lines(family.expression, (family.variable,))),
            "of one variable and one parameter,",
            _equation("a", formula_lines(derivation.scale, leading)),
            "and where, exactly, the behaviour of that map changes.",
        ]
    lines += ["", r"\section{Notation}"]
    lines += _items([f"${formula_latex(symbol)}$: {prose_latex(text)}." for symbol, text in symbols_used(derivation)])
    if any(str(symbol).endswith("_j") for step in derivation.steps for symbol in step.after.free_symbols):
        lines.append("An index $j$ marks what belongs to another sample $j$; a prime marks the value after one step.")
    else:
        lines.append("A prime marks the value after one step; $L'$ is the derivative of the loss.")
    return lines


def _assumptions(derivation: Derivation) -> list[str]:
    return ["", r"\section{Assumptions}", *_items([_sentence(text) for text in derivation.assumptions])]


def _steps(derivation: Derivation, results: Sequence[CheckResult]) -> list[str]:
    leading = reading_order(derivation)
    first = derivation.steps[0]
    lines = [
        "",
        r"\section{Derivation}",
        "It starts from the prediction,",
        _equation(first.before_latex, formula_lines(first.before, leading), "eq:0"),
    ]
    for number, (step, result) in enumerate(zip(derivation.steps, results, strict=False), start=1):
        lines += ["", rf"\medskip\noindent\textbf{{{number}. {prose_latex(step.title)}.}} {_sentence(step.reason)}"]
        if step.definitions:
            news = ", ".join(f"${formula_latex(s)} = {formula_latex(e, leading)}$" for s, e in step.definitions)
            lines.append(f"Here {news}.")
        lines += [
            rf"From~\eqref{{eq:{number - 1}}}:",
            _equation(step.after_latex, formula_lines(step.after, leading), f"eq:{number}"),
        ]
        needs = "; ".join(prose_latex(text) for text in step.assumptions)
        lines.append(rf"\emph{{Check: {_verdict(result)}.}}" + (f" Assumed here: {needs}." if needs else ""))
    return lines


def _verdict(result: CheckResult) -> str:
    if result.verdict is Verdict.PROVED:
        return "proved"
    return rf"\textbf{{{result.verdict}}}" + (f" ({escape_text(result.detail)})" if result.detail else "")


def _map_section(derivation: Derivation, boundaries: Boundaries) -> list[str]:
    family = boundaries.reduced_family
    variable, parameter = family.variable, family.parameter
    name = f"f_{{{name_latex(str(parameter))}}}({name_latex(str(variable))})"
    lines = ["", r"\section{The map}", _equation(name, formula_lines(family.expression, (variable,)))]
    rows = []
    for point in boundaries.fixed_points:
        where = (
            formula_latex(point.location, (variable,))
            if point.location is not None
            else f"{formula_latex(point.polynomial, (variable,))} = 0"
        )
        slope = "--" if point.multiplier is None else f"${formula_latex(point.multiplier, (parameter,))}$"
        told = "its story is told below" if point.is_reference else ""
        rows.append(f"  ${where}$ & {slope} & {told} \\\\")
    lines += [
        (
            "Its fixed points, and the slope $f'$ there (the multiplier; the point attracts where it lies between $-1$ "
            "and $1$):"
        ),
        r"\begin{center}\small",
        r"\begin{tabular}{lll}",
        r"  \hline",
        r"  fixed point & multiplier & \\",
        r"  \hline",
        *rows,
        r"  \hline",
        r"\end{tabular}",
        r"\end{center}",
    ]
    if derivation.family is not None and derivation.family.rows == residual_family().rows:
        lines.append(
            "At $z = 0$ the loss is least, at $z = -a$ the gradient of the prediction vanishes, and starts beyond "
            "$z = 2$ diverge."
        )
    return lines


def _boundary_section(derivation: Derivation, boundaries: Boundaries) -> list[str]:
    from sympy import factor

    symbol = boundaries.family.parameter
    lines = ["", r"\section{Phase boundaries}", boundary_table(boundaries)]
    if derivation.scale is not None and derivation.scale.has(SYMBOLS.eta):
        step = factor(symbol * SYMBOLS.eta / derivation.scale)
        lines += [
            "In units of the step size each boundary is",
            _equation(r"\eta", formula_lines(step, ())),
            (
                r"and in units of step size $\times$ sharpness, with the largest eigenvalue $\lambda$ of the Hessian "
                r"at an interpolating minimum, it is $\eta\lambda = 2a$."
            ),
        ]
    lines += ["", "How each boundary was obtained, and what lies on its two sides:"]
    lines += _items(
        [
            rf"\textbf{{{prose_latex(boundary.name)}}}: {prose_latex(boundary.before)} $\to$ "
            f"{prose_latex(boundary.after)}. {_sentence(boundary.evidence)}"
            for boundary in boundaries
        ]
    )
    if boundaries.missing:
        lines += ["Not shown by this map:"]
        lines += _items([f"{prose_latex(str(kind))}: {_sentence(reason)}" for kind, reason in boundaries.missing])
    levels = dict.fromkeys(boundary.certainty for boundary in boundaries)
    lines += ["What the certainties mean:"]
    lines += _items([rf"\emph{{{level}}}: {prose_latex(_CERTAINTIES[level])}." for level in levels])
    return lines


def _onset_section(boundaries: Boundaries) -> list[str]:
    found = [boundary for boundary in boundaries if isinstance(boundary.value, Onset)]
    if not found:
        return []
    boundary = found[0]
    onset = boundary.value
    if not isinstance(onset, Onset):
        return []
    lower, upper = _outward(boundary)
    name = f"{name_latex(str(boundaries.family.parameter))}_{{\\infty}}"
    ordered, chaotic = onset.ordered_side, onset.chaotic_side
    return [
        "",
        r"\section{The onset of chaos}",
        (
            "Chaos means here that the topological entropy is positive. The onset is no known algebraic number. It is "
            "enclosed, with proof, by"
        ),
        _equation("", [f"{lower} < {name} < {upper}"]),
        (
            "On the side of order stands the parameter at which the critical point has period "
            f"$2^{{{ordered.doublings}}}$ in the period-doubling cascade ({ordered.symbols} symbols of its itinerary "
            f"are certified, at {ordered.bits} bits); on the side of chaos the one at which "
            f"$2^{{{chaotic.doublings + 1}}}$ bands of the attractor merge into $2^{{{chaotic.doublings}}}$ "
            f"({chaotic.symbols} symbols, {chaotic.bits} bits). Each is the one solution in an interval (interval "
            "Newton)."
        ),
        "",
        rf"\emph{{What makes the onset unique ({onset.theorem.verdict}):}} {_sentence(onset.theorem.statement)}",
        "",
        (
            rf"\emph{{Estimate ({Certainty.NUMERICAL}, not proved):}} ${name} \approx {onset.estimate}$, the digits on "
            "which two sequences that converge from the two sides agree after acceleration."
        ),
    ]


def _obstruction_section(derivation: Derivation) -> list[str]:
    leading = reading_order(derivation)
    own = _coordinate(derivation)
    name = name_latex(str(own))
    lines = ["", r"\section{Why there is no map of the residual}", prose_latex(derivation.obstruction or "")]
    if derivation.residual_map is not None:
        lines += [
            "The residual itself follows",
            _equation("e'", formula_lines(derivation.residual_map, leading)),
        ]
    lines += [
        "What always holds, on orthogonal rows, is" if name == "p" else "What always holds is",
        _equation(f"{name}'", formula_lines(derivation.weight_map, leading)),
    ]
    if derivation.quotient_map is not None and derivation.quotient_center is not None:
        centre = formula_latex(own - derivation.quotient_center, (own,))
        lines += [f"and $s = ({centre})^{{2}}$ follows", _equation("s'", formula_lines(derivation.quotient_map, ()))]
    return lines


def _check_section(results: Sequence[CheckResult]) -> list[str]:
    lines = ["", r"\section{Checks}", "Each step was proved again by another route than the one that made it:"]
    groups: dict[str, list[CheckResult]] = {}
    for result in results:
        groups.setdefault(result.method, []).append(result)
    described = []
    for method, group in groups.items():
        titles = "; ".join(f"{prose_latex(result.title)} -- {_verdict(result)}" for result in group)
        described.append(f"{titles}. Method: {_sentence(method)}")
    return [*lines, *_items(described)]


def _closing(derivation: Derivation) -> list[str]:
    chosen = _REFERENCES if derivation.family is not None else _REFERENCES[:1]
    return ["", r"\section{References}", *_items([escape_text(text) for text in chosen])]
