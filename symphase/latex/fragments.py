"""Pieces of a document for pasting into a paper of one's own, and labels for figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from symphase.boundaries import Boundaries, Boundary
from symphase.derivation import Derivation
from symphase.display import Shown
from symphase.enclosures import Verdict
from symphase.errors import InputError
from symphase.latex.composing import gather
from symphase.latex.matter import Matter
from symphase.latex.reductions import step_lines
from symphase.latex.sections import figure, step_unit_text, theorem_lines
from symphase.latex.tables import (
    boundary_label,
    boundary_table,
    confirmation_table,
    exact_form,
    outward,
    polynomial_text,
    step_table,
    verification_table,
)
from symphase.latex.wording import bibliography, cite, cited
from symphase.latex.writing import Writer, display, slug
from symphase.maps import PolynomialFamily
from symphase.models import Model
from symphase.notation import Names, formula_latex, name_latex
from symphase.onset import Onset

if TYPE_CHECKING:
    import sympy

__all__ = ["Fragment", "boundary_labels", "fragment", "fragment_names", "fragments", "mathtext"]

_PACKAGES: Final = {
    "boundary": ("amsmath",),
    "map": ("amsmath",),
    "step": ("amsmath",),
    "theorem": ("amsmath", "amsthm"),
    "table": ("amsmath", "array", "booktabs"),
    "figure": ("amsmath", "color"),
    "references": (),
}
PLAIN_WIDTH: Final = 305.0  # points beside the left-hand side and the number in LaTeX's plain article
_LONGEST: Final = 60
_SEVERAL: Final = {"boundary", "step", "theorem", "figure"}
_FIGURES: Final = ("cobweb", "diagram")
_LOCAL: Final = re.compile(r"^\\newcommand\{(\\[a-z]+)\}")
_SHORT: Final = {"table": "table:boundaries"}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Fragment(Shown):
    """A piece of LaTeX.

    Attributes
    ----------
    name : str
        What was asked for, such as ``boundary:flip-1``.
    tex : str
        Without a preamble; comments at its head name what it needs: packages, a theorem environment, works to cite.
    packages : tuple of str
    holds : Verdict
        PROVED when everything that stands behind it was proved.
    """

    name: str
    tex: str
    packages: tuple[str, ...]
    holds: Verdict

    def _line(self) -> str:
        return f"{self.name}, {len(self.tex)} characters, {self.holds}"


def fragment(
    subject: Model | PolynomialFamily | Derivation, name: str, *, symbols: Mapping[str, str] | None = None
) -> str:
    r"""Write one piece of a document: a boundary, a step, a theorem, a table, a figure.

    Parameters
    ----------
    subject : Model, PolynomialFamily or Derivation
    name : str
        As :func:`fragment_names` lists them: ``map``, ``boundary:flip-1``, ``step:3``, ``theorem:NAME``, ``table``,
        ``table:steps``, ``table:verification``, ``figure:diagram``, ``figure:cobweb``, ``references``.  ``table`` is
        short for ``table:boundaries``.
    symbols : mapping of str to str, optional
        New names by old ones, as for :func:`symphase.latex.document`.

    Returns
    -------
    str
        LaTeX with a ``\label``.

    Certainty
    ---------
    That of what it says; the checks behind it have run.

    Raises
    ------
    InputError
        For a name that this subject has no piece for.

    Examples
    --------
    >>> from symphase.models import OneWeight
    >>> print(fragment(OneWeight(), "boundary:monotone-end", symbols={"a": "r"}))
    % needs amsmath
    \begin{equation}\label{eq:boundary-monotone-end}
      r = 2\sqrt{2} - 2
    \end{equation}
    """
    return fragments(subject, [name], symbols=symbols)[0].tex


def fragments(
    subject: Model | PolynomialFamily | Derivation,
    names: Sequence[str],
    *,
    symbols: Mapping[str, str] | None = None,
) -> tuple[Fragment, ...]:
    """Write several pieces of a document, computing what they share once.

    Parameters
    ----------
    subject, symbols
        As for :func:`fragment`.
    names : sequence of str

    Returns
    -------
    tuple of Fragment

    Raises
    ------
    InputError
        As :func:`fragment`.
    """
    if isinstance(names, str):
        raise InputError("fragment", names, "must be a sequence of names", "or use fragment(subject, name)")
    for name in names:  # before any work
        if not isinstance(name, str) or name.partition(":")[0] not in _PACKAGES:
            raise _no_fragment(name, ())
    parts = {part for name in names for part in _parts_behind(name)}
    matter = gather(subject, symbols=symbols, parts=parts)
    matter = replace(matter, writer=replace(matter.writer, width=PLAIN_WIDTH))
    known = _names_of(matter)
    for name in names:
        if _SHORT.get(name, name) not in known:
            raise _no_fragment(name, known)
    return tuple(_write(matter, name) for name in names)


def _no_fragment(name: object, known: Sequence[str]) -> InputError:
    """Name the pieces of the kind that was asked for, or the kinds."""
    word = name if isinstance(name, str) else ""  # of what is no text nothing is asked
    kind = word.partition(":")[0]
    kinds = [f"{each}:…" if each in _SEVERAL else each for each in _PACKAGES]
    listed = ", ".join([each for each in known if each.partition(":")[0] == kind] or kinds)
    near = get_close_matches(word[:_LONGEST], known or kinds, n=1)
    hint = f"did you mean {near[0]}?" if near else "fragment_names(subject), or --fragment list, names them all"
    return InputError("fragment", name, f"must be one of: {listed}", hint)


def fragment_names(subject: Model | PolynomialFamily | Derivation) -> tuple[str, ...]:
    """Return the names of the pieces that a subject has.

    Parameters
    ----------
    subject : Model, PolynomialFamily or Derivation

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> from symphase.models import OneWeight
    >>> [name for name in fragment_names(OneWeight()) if name.startswith("boundary:flip")]
    ['boundary:flip-1', 'boundary:flip-2', 'boundary:flip-4']
    """
    return _names_of(gather(subject, parts={"theorems"}))


def _parts_behind(name: str) -> set[str]:
    """What has to be computed for a piece, beside the derivation and the boundaries."""
    if name.startswith("theorem") or name == "references":
        return {"theorems"}
    if name == "table:verification":
        return {"verification"}
    return {"pictures"} if name.startswith("figure") else set()


def _names_of(matter: Matter) -> tuple[str, ...]:
    names: list[str] = []
    if matter.family is not None:
        names.append("map")
    if matter.derivation is not None:
        names += [f"step:{number}" for number in range(1, len(matter.derivation.steps) + 1)]
    if matter.boundaries is not None:
        names += [f"boundary:{boundary_label(one)}" for one in matter.boundaries]
        names += [f"theorem:{slug(one.label)}" for one in matter.theorems]
        names.append("table:boundaries")
        names += ["table:steps"] if _has_steps(matter) else []
        names += ["table:verification", *(f"figure:{name}" for name in _FIGURES)]
    if _works(matter):
        names.append("references")
    return tuple(names)


def _works(matter: Matter) -> tuple[str, ...]:
    """The works that the theorems of a subject cite."""
    lines = [line for one in matter.theorems for line in theorem_lines(one, (), matter.writer)]
    return cited(cite(line) for line in lines)


def _has_steps(matter: Matter) -> bool:
    return matter.derivation is not None and matter.derivation.scale is not None


def _write(matter: Matter, name: str) -> Fragment:
    kind, _, which = name.partition(":")
    text = cite("\n".join(_lines(matter, kind, which)).strip())
    good = not matter.failures and matter.agrees
    head = f"% needs {', '.join(_PACKAGES[kind])}" if _PACKAGES[kind] else "% needs no packages"
    if kind == "theorem":
        head += "\n% needs \\newtheorem{theorem}{Theorem} in the preamble, after amsthm"
    works = cited([text])
    if works:
        head += f"\n% cites {', '.join(works)}: the fragment called references has their \\bibitem lines"
    if not good:
        head += "\n% DO NOT RELY ON THIS: a check behind it failed"
    return Fragment(
        name=name, tex=f"{head}\n{text}", packages=_PACKAGES[kind], holds=Verdict.PROVED if good else Verdict.REFUTED
    )


def _lines(matter: Matter, kind: str, which: str) -> list[str]:
    writer = matter.writer
    if kind == "step" and matter.derivation is not None:
        number = int(which)
        step = matter.derivation.steps[number - 1]
        return step_lines(number, step, matter.checks["derivation"][number - 1], writer, alone=True)
    if kind == "map" and matter.family is not None:
        family = matter.family
        left = f"{writer.name('f')}_{{{writer.name(family.parameter)}}}({writer.name(family.variable)})"
        return [writer.equation(left, family.expression, (family.variable,), label="eq:map")]
    if kind == "references":
        return bibliography(_works(matter))
    if matter.boundaries is None:
        raise InputError("fragment", kind, "needs a map with phase boundaries", matter.reason)
    if kind == "boundary":
        return _boundary_lines(next(one for one in matter.boundaries if boundary_label(one) == which), writer)
    if kind == "theorem":
        theorem = next(one for one in matter.theorems if slug(one.label) == which)
        return theorem_lines(theorem, matter.theorem_checks[theorem.label], writer)
    if kind == "figure":
        return _figure_lines(matter, which)
    return _table_lines(matter, matter.boundaries, which or "boundaries")


def _boundary_lines(boundary: Boundary, writer: Writer) -> list[str]:
    label = f"eq:boundary-{boundary_label(boundary)}"
    symbol = writer.name(boundary.family.parameter)
    if isinstance(boundary.value, Onset):
        lower, upper = outward(boundary)
        return [display("", [f"{lower} < {symbol}_{{\\infty}} < {upper}"], label=label)]
    radicals = boundary.algebraic.radicals() if boundary.algebraic is not None else None
    if radicals is not None and exact_form(boundary.algebraic, writer) is not None:
        return [writer.equation(symbol, radicals, (), label=label)]
    if boundary.algebraic is not None:
        return [polynomial_text(0, boundary, writer, label=label)]
    lower, upper = outward(boundary)
    return [display("", [rf"{lower} < {symbol} < {upper}"], label=label)]


def _table_lines(matter: Matter, boundaries: Boundaries, which: str) -> list[str]:
    writer, symbol = matter.writer, matter.writer.name(boundaries.family.parameter)
    if which == "steps" and matter.derivation is not None:
        unit, lines = step_unit_text(matter.derivation, writer)
        caption, body = (
            r"The phase boundaries as step sizes, and as step size $\times$ sharpness.",
            step_table(boundaries, writer, unit, digits=5, narrow=True),
        )
        return [*lines, *_table(caption, "tab:steps", body)]
    if which == "verification":
        caption = "What independent routes say of each boundary."
        if matter.verification is not None:
            return _table(caption, "tab:verification", verification_table(matter.verification, writer, narrow=True))
        return _table(caption, "tab:verification", confirmation_table(matter.numbers, writer, narrow=True))
    table, end, polynomials = boundary_table(boundaries, writer=writer, narrow=True).partition("\\end{center}\n")
    return [*_table(f"The phase boundaries in ${symbol}$.", "tab:boundaries", table + end), polynomials]


def _table(caption: str, label: str, body: str) -> list[str]:
    return [rf"\begin{{table}}[htbp]\caption{{{caption}}}\label{{{label}}}", body.strip(), r"\end{table}"]


def _figure_lines(matter: Matter, which: str) -> list[str]:
    from symphase.latex.pictures import PREAMBLE

    drawing = matter.pictures.get(f"fig:{which}")
    if drawing is None:
        raise InputError(
            "fragment",
            f"figure:{which}",
            "cannot be drawn: no critical orbit of this map stays bounded",
            "choose another figure",
        )
    shown = drawing.lines
    if (
        shown.count(r"\hfil") == 0
    ):  # one picture, wider than the text of a plain article: it may stand out on both sides
        shown = (rf"\makebox[\textwidth][c]{{{shown[0]}", *shown[1:-1], f"{shown[-1]}}}")
    start, *rest = figure(replace(drawing, lines=shown))
    own = [_LOCAL.sub(r"\\providecommand{\1}{}\\renewcommand{\1}", line) for line in PREAMBLE.strip().splitlines()]
    # inside the environment, which is a group: no name of the reader's document changes its meaning
    return [start, *own, r"\setlength{\unitlength}{1pt}", *rest]


# ---------------------------------------------------------------------------------------------------- labels of figures


def mathtext(expression: sympy.Expr, leading: Sequence[sympy.Symbol] = (), *, names: Names | None = None) -> str:
    r"""Write an expression so that matplotlib's mathtext can show it, dollar signs included.

    Parameters
    ----------
    expression : sympy.Expr
    leading : sequence of sympy.Symbol
        By whose powers sums are ordered.
    names : mapping of str to str, optional
        Other names for symbols.

    Returns
    -------
    str

    Examples
    --------
    >>> import sympy
    >>> mathtext(2 * sympy.sqrt(2) - 2)
    '$2\\sqrt{2} - 2$'
    """
    return f"${_plainer(formula_latex(expression, leading, names=names))}$"


def _plainer(latex: str) -> str:
    r"""Leave out what mathtext lacks: sized parentheses, small fractions, text inside formulas."""
    latex = re.sub(r"\\[bB]igg?[lr]?(?=[()])", "", latex)
    return latex.replace(r"\tfrac", r"\frac").replace(r"\text{", r"\mathrm{")


def boundary_labels(boundaries: Boundaries, *, names: Names | None = None) -> dict[str, str]:
    r"""Return a label for each boundary that matplotlib's mathtext can show.

    Parameters
    ----------
    boundaries : Boundaries
    names : mapping of str to str, optional
        Other names for symbols.

    Returns
    -------
    dict of str to str
        By :attr:`Boundary.name`: the exact number where it is short, else its proved digits.

    Examples
    --------
    >>> from symphase.phases import residual_boundaries
    >>> boundary_labels(residual_boundaries())["flip of period 2 → 4"]
    '$a = \\sqrt{5} - 1$'
    """
    writer = Writer(names=dict(names or {}))
    symbol = name_latex(str(boundaries.family.parameter), names)
    labels = {}
    for boundary in boundaries:
        exact = exact_form(boundary.algebraic, writer)
        value = exact if exact is not None else f"{boundary.decimal(6)}"
        relation = "=" if exact is not None else r"\approx"
        labels[boundary.name] = f"${symbol} {relation} {_plainer(value)}$"
    return labels
