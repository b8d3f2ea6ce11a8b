"""Formulas and sentences as people read them: laid out once, then written as LaTeX, as MathML or as plain text.

A SymPy expression is first laid out as a small tree in the order in which people write it (z³ + (a − 2)z², not
z³ + z²(a − 2); p − η…, not −η… + p).  The tree, not SymPy's printers, is then written in each language, so that all
look alike, long lines can be broken at the outermost sum, and the result is the same on every run: no order in it
comes from a hash.

The package's own sentences hold mathematics in plain Unicode; :func:`prose_latex` and :func:`prose_html` find it.  Text
from users is never read as LaTeX or HTML.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import sympy

__all__ = [
    "GREEK",
    "LINE",
    "MACROS",
    "Names",
    "escape_text",
    "formula_latex",
    "formula_lines",
    "formula_mathml",
    "formula_text",
    "formula_width",
    "name_latex",
    "prose_html",
    "prose_latex",
    "renamed",
]

LINE: Final = 430.0  # points of a formula that fit beside its left-hand side and its number
_BESIDE: Final = 115.0  # a sum up to this width may stand in a numerator

# Tables are kept in rows, as they are read: fmt is told to skip these three.
_GREEK: Final = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "iota": "\u03b9", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ",
    "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip  # rows as they are read
GREEK: Final = _GREEK
"""Greek letters by the names that symbols carry."""
_GREEK_MACROS: Final = {letter: rf"\{name}" for name, letter in _GREEK.items()}
_SIGNS: Final = {
    "−": "-", "·": r"\cdot", "×": r"\times", "≤": r"\le", "≥": r"\ge", "→": r"\to", "←": r"\leftarrow",
    "↔": r"\leftrightarrow", "∞": r"\infty", "∇": r"\nabla", "∂": r"\partial", "∘": r"\circ", "±": r"\pm",
    "≈": r"\approx", "‖": r"\Vert", "√": r"\surd", "½": r"\tfrac{1}{2}", "≠": r"\ne", "∈": r"\in", "°": r"^{\circ}",
    "⇔": r"\Leftrightarrow", "⇒": r"\Rightarrow",
}  # fmt: skip  # rows as they are read
_RAISED: Final = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹ⁿⁱᵏᴺ⁻⁺", [*"0123456789nikN", "-", "+"], strict=True)) | {"ᵀ": r"\top"}
_LOWERED: Final = dict(zip("₀₁₂₃₄₅₆₇₈₉ᵢⱼₙₖ", "0123456789ijnk", strict=True))
_ESCAPES: Final = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}", "`": r"\textasciigrave{}",
    "–": "--", "—": "---", "\u2018": "`", "\u2019": "'", "“": "``", "”": "''{}", "…": r"\ldots{}",
    "\u00a0": " ", "\u00ad": "",
}  # fmt: skip  # rows as they are read

MACROS: Final = frozenset(
    r"""
    \# \$ \% \& \, \- \\ \_ \across \allowbreak
    \allowdisplaybreaks \approx \arraybackslash \arraystretch \at \author \begin
    \bibitem \biggl \biggr \Bigl \bigl \Bigr \bigr \bottomrule \caption \cdot \centering \circ \cite \color \date
    \definecolor \documentclass \emergencystretch \emph \end \eqref \evensidemargin \fbox \footnotesize \frac \ge
    \hfil \hypersetup \in \infty \item \itemsep \label \ldots \le \left \leftarrow \Leftrightarrow \leftrightarrow \line
    \linethickness \makebox \maketitle \mathrm \midrule \nabla \ne \newcommand \newtheorem \noindent \notag
    \oddsidemargin \paragraph \parbox \parsep \partial \place \pm \providecommand \put \qbezier \quad \raggedright \ref
    \renewcommand \right \Rightarrow \scriptsize \section \setlength \small \sqrt \stroke \subsection \surd \text
    \textasciicircum \textasciigrave \textasciitilde \textbackslash \textbar \textbf \textgreater \textheight
    \textless \textquotedbl \textquotesingle \textwidth \tfrac \times \title \to \top \topmargin \toprule
    \unitlength \up \usepackage \Vert \{ \}
    """.split()  # noqa: SIM905  # a table of words
) | frozenset(_GREEK_MACROS.values())
"""Every control sequence that a document may hold."""


# ------------------------------------------------------------------------------------------------ formulas as a tree


@dataclass(frozen=True, slots=True)
class _Node:
    """A piece of a formula: name, number, sign, power, fraction, root, group (in parentheses) or row."""

    kind: str
    text: str = ""
    parts: tuple[_Node, ...] = ()


def _rank(symbol: Any, leading: Sequence[Any]) -> tuple[int, int, str]:
    """Where a symbol stands in a product: coefficients, then data, then what the formula is about."""
    name = str(symbol)
    if symbol in leading:
        return 3, len(leading) - list(leading).index(symbol), name
    coefficients = ("alpha", "eta", "gamma", "kappa")
    data = ("q", "G", "y", "y_j", "n")
    if name in coefficients:
        return 0, coefficients.index(name), name
    return (2, data.index(name), name) if name in data else (1, 0, name)


def _degree(term: Any, symbols: Sequence[Any]) -> int:
    """Degree of a product of sums and powers in some symbols together, read off its shape."""
    if term in symbols:
        return 1
    if term.is_Add:
        return max(_degree(part, symbols) for part in term.args)
    if term.is_Mul:
        return sum(_degree(part, symbols) for part in term.args)
    if term.is_Pow and term.exp.is_Integer:
        return int(term.exp) * _degree(term.base, symbols)
    return 0


def _terms(expression: Any, leading: Sequence[Any]) -> list[tuple[bool, Any]]:
    """Terms of a sum in reading order, each as (is it subtracted, its absolute value)."""
    others = sorted(expression.free_symbols - set(leading), key=lambda symbol: _rank(symbol, leading))
    present = [symbol for symbol in leading if expression.has(symbol)]

    def key(term: Any) -> tuple[Any, ...]:
        return (
            -_degree(term, present),
            [-_degree(term, (symbol,)) for symbol in present],
            -_degree(term, others),
            [-_degree(term, (symbol,)) for symbol in others],
            str(term),
        )

    ordered = []
    for term in sorted(expression.args, key=key):
        minus = bool(term.as_coeff_Mul()[0].is_negative)
        ordered.append((minus, -term if minus else term))
    first = next((i for i, (minus, _) in enumerate(ordered) if not minus), 0)
    return [ordered[first], *ordered[:first], *ordered[first + 1 :]]  # begin with a term that needs no sign


def _row(*parts: _Node) -> _Node:
    flat = [piece for part in parts for piece in (part.parts if part.kind == "row" else (part,))]
    return flat[0] if len(flat) == 1 else _Node("row", parts=tuple(flat))


def _sum(expression: Any, leading: Sequence[Any]) -> _Node:
    parts: list[_Node] = []
    for minus, term in _terms(expression, leading):
        if minus:
            parts.append(_Node("sign" if not parts else "operator", "-"))
        elif parts:
            parts.append(_Node("operator", "+"))
        parts.append(_layout(term, leading))
    return _row(*parts)


def _factor(base: Any, exponent: Any, leading: Sequence[Any]) -> _Node:
    """One factor of a product: base^exponent with a positive rational exponent."""
    body = _layout(base, leading)
    if exponent.is_Rational and exponent.q != 1:
        inside = body if exponent.p == 1 else _power(base, body, _Node("number", str(exponent.p)))
        return _Node("root", parts=(inside, _Node("number", str(exponent.q))))
    if exponent == 1:
        return _Node("group", parts=(body,)) if base.is_Add else body
    return _power(base, body, _layout(exponent, leading))


def _power(base: Any, body: _Node, exponent: _Node) -> _Node:
    plain = base.is_Symbol or (base.is_Integer and base >= 0)
    return _Node("power", parts=(body if plain else _Node("group", parts=(body,)), exponent))


def _product(expression: Any, leading: Sequence[Any]) -> _Node:
    """Sign, one fraction of what does not hold the leading symbols, then what does."""
    from sympy import Integer, Mul

    coefficient, rest = expression.as_coeff_Mul()
    minus = bool(coefficient.is_negative)
    top, bottom = abs(coefficient.p), coefficient.q
    above: list[tuple[Any, Any]] = []
    below: list[tuple[Any, Any]] = []
    for factor in Mul.make_args(rest):
        base, exponent = (factor.base, factor.exp) if factor.is_Pow else (factor, Integer(1))
        if exponent.could_extract_minus_sign():
            below.append((base, -exponent))
        elif base != 1:
            above.append((base, exponent))
    led = set(leading)
    constants = sorted(
        (pair for pair in above if not pair[0].free_symbols & led and not (pair[0].is_Add and pair[0].free_symbols)),
        key=lambda pair: _factor_key(pair[0], leading),
    )
    sums = [pair for pair in above if pair[0].is_Add and pair[0].free_symbols and not pair[0].free_symbols & led]
    moving = [pair for pair in above if pair[0].free_symbols & led]
    numerator = [_Node("number", str(top))] if top != 1 else []
    numerator += [_factor(base, power, leading) for base, power in constants]
    wide = [_factor(base, power, leading) for base, power in sorted(sums, key=lambda p: _factor_key(p[0], leading))]
    denominator = [_Node("number", str(bottom))] if bottom != 1 else []
    denominator += [
        _factor(base, power, leading) for base, power in sorted(below, key=lambda p: _factor_key(p[0], leading))
    ]
    outside: list[_Node] = []
    if denominator and sum(_width(node) for node in wide) > _BESIDE:
        outside = wide
    else:
        numerator += wide
    if denominator and len(numerator) == 1 and numerator[0].kind == "group":
        numerator = [numerator[0].parts[0]]  # a fraction bar needs no parentheses
    if len(denominator) == 1 and denominator[0].kind == "group":
        denominator = [denominator[0].parts[0]]
    pieces = [_Node("sign", "-")] if minus else []
    if denominator:
        pieces.append(
            _Node("fraction", parts=(_row(*numerator) if numerator else _Node("number", "1"), _row(*denominator)))
        )
    else:
        pieces += numerator
    pieces += outside
    moving.sort(key=lambda pair: (pair[0].is_Add, pair[1] if pair[0].is_Add else 0, _factor_key(pair[0], leading)))
    pieces += [_factor(base, power, leading) for base, power in moving]
    if not pieces or (minus and len(pieces) == 1):
        pieces.append(_Node("number", str(top)))
    return _row(*pieces)


def _factor_key(base: Any, leading: Sequence[Any]) -> tuple[Any, ...]:
    """Order of the factors of a product."""
    if base.is_Symbol:
        return (1, *_rank(base, leading), "")
    if base.is_Add:
        return 2, 0, _degree(base, leading), "", str(base)
    return 0, 0, 0, "", str(base)


def _layout(expression: Any, leading: Sequence[Any]) -> _Node:
    if expression.is_Symbol:
        return _Node("name", str(expression))
    if expression.is_Integer and expression >= 0:
        return _Node("number", str(expression))
    if expression.is_Add:
        return _sum(expression, leading)
    if expression.is_Mul or expression.is_Rational or expression.is_Pow:
        return _product(expression, leading)
    return _Node("name", "i") if str(expression) == "I" else _Node("other", str(expression))


# --------------------------------------------------------------------------------------------------- tree to LaTeX


def _split_name(name: str) -> tuple[str, str]:
    """Split a symbol's name into its letter and its index: p_j, b1, S_2_j."""
    base, *indices = name.split("_")
    found = re.fullmatch(r"([A-Za-z]+)(\d+)", base)
    if found:
        base, indices = found[1], [found[2], *indices]
    return base, ",".join(index for index in indices if index)


Names = Mapping[str, str]
"""Other names for symbols: ``{"eta": "h"}`` writes h wherever η stood, and h_j for η_j."""


def renamed(name: str, names: Names | None) -> str:
    """Return what a symbol is called under other names: its own entry, or its letter's with its index kept.

    Parameters
    ----------
    name : str
        As for :func:`name_latex`.
    names : mapping of str to str, optional
        New names by old ones.

    Returns
    -------
    str

    Examples
    --------
    >>> renamed("p_j", {"p": "u"}), renamed("q", {"p": "u"})
    ('u_j', 'q')
    """
    if not names or name in names:
        return names[name] if names else name
    base, mark, index = name.partition("_")
    return f"{names[base]}_{index}" if mark and base in names else name


def name_latex(name: str, names: Names | None = None) -> str:
    r"""Write the name of a symbol as LaTeX.

    Parameters
    ----------
    name : str
        Letters, digits and underscores; a Greek letter by its name, an index behind an underscore.
    names : mapping of str to str, optional
        Other names for symbols, as for :func:`renamed`.

    Returns
    -------
    str

    Examples
    --------
    >>> print(name_latex("alpha"), name_latex("p_j"), name_latex("b1"), name_latex("rate"))
    \alpha p_{j} b_{1} \mathrm{rate}
    """
    base, index = _split_name(renamed(name, names))
    letters = _GREEK_MACROS.get(base, rf"\{base}" if base in _GREEK else base)
    stands_in = bool(base) and all("\ue000" <= c <= "\uf8ff" for c in base)  # private use: a Writer replaces it
    if letters == base and not stands_in and not (len(base) == 1 and base.isascii() and base.isalpha()):
        letters = rf"\mathrm{{{escape_text(base)}}}"
    if not index:
        return letters
    plain = all(part.isascii() and part.isalnum() and (len(part) == 1 or part.isdigit()) for part in index.split(","))
    return f"{letters}_{{{index}}}" if plain else rf"{letters}_{{\mathrm{{{escape_text(index)}}}}}"


def _height(node: _Node) -> int:
    """How tall the parentheses around a node must be, 0 to 3."""
    tallest = max((_height(part) for part in node.parts), default=0)
    if node.kind == "group":
        return min(tallest + 1, 3)
    if node.kind == "fraction":
        return max(1 if _is_small(node) else 2, tallest)
    return max(tallest, 1) if node.kind == "root" else tallest


def _is_small(fraction: _Node) -> bool:
    """Whether a fraction is a letter or a number over another."""
    return all(part.kind in {"name", "number"} for part in fraction.parts)


_FENCES: Final = (("(", ")"), (r"\bigl(", r"\bigr)"), (r"\Bigl(", r"\Bigr)"), (r"\biggl(", r"\biggr)"))


@dataclass(frozen=True, slots=True)
class _Piece:
    """What a line of LaTeX is filled with; a line may be broken before it where ``breakable``."""

    latex: str
    width: float
    depth: int
    breakable: bool


def _pieces(node: _Node, depth: int = 0) -> Iterator[_Piece]:
    if node.kind == "row":
        for part in node.parts:
            yield from _pieces(part, depth)
    elif node.kind == "group":
        left, right = _FENCES[_height(node.parts[0])]
        yield _Piece(left, 5.0, depth, False)
        yield from _pieces(node.parts[0], depth + 1)
        yield _Piece(right, 5.0, depth, False)
    elif node.kind == "power" and node.parts[0].kind == "group":
        *inside, last = _pieces(node.parts[0], depth)
        yield from inside
        raised = _join(list(_pieces(node.parts[1], depth)))
        yield _Piece(f"{last.latex}^{{{raised}}}", last.width + 0.7 * _width(node.parts[1]), depth, False)
    else:
        yield _Piece(_atom_latex(node, depth), _width(node), depth, node.kind == "operator")


def _atom_latex(node: _Node, depth: int) -> str:
    if node.kind == "name":
        return name_latex(node.text)
    if node.kind in {"number", "sign"}:
        return node.text
    if node.kind == "operator":
        return f" {node.text} "
    inner = [_join(list(_pieces(part, depth + 1))) for part in node.parts]
    if node.kind == "power":
        return f"{inner[0]}^{{{inner[1]}}}"
    if node.kind == "fraction":
        bar = r"\tfrac" if depth and _is_small(node) else r"\frac"
        return f"{bar}{{{inner[0]}}}{{{inner[1]}}}"
    if node.kind == "root":
        return rf"\sqrt{{{inner[0]}}}" if inner[1] == "2" else rf"\sqrt[{inner[1]}]{{{inner[0]}}}"
    return rf"\text{{{escape_text(node.text)}}}"


def _width(node: _Node) -> float:
    """Width in points at 11 pt, roughly and rather too large."""
    if node.kind == "name":
        base, index = _split_name(node.text)
        return 6.6 * (1 if base in _GREEK else len(base)) + 4.5 * len(index)
    if node.kind == "number":
        return 5.6 * len(node.text)
    if node.kind in {"operator", "sign"}:
        return 14.0 if node.kind == "operator" else 8.5
    inner = [_width(part) for part in node.parts]
    if node.kind == "fraction":
        return max(inner) + 4.0
    if node.kind == "power":
        return inner[0] + 0.7 * inner[1]
    if node.kind == "root":
        return inner[0] + 10.0
    return sum(inner) + (10.0 if node.kind == "group" else 0.0) + 6.0 * len(node.text)


def _join(pieces: Sequence[_Piece]) -> str:
    """Put pieces together; a macro that ends in a letter is kept apart from a letter behind it."""
    text = ""
    for piece in pieces:
        if (
            r"\mathrm" in (piece.latex[:7], text[text.rfind("\\") :][:7])
            and re.search(r"[\w})]$", text)
            and piece.latex[0] not in " )"
        ):
            text += r"\,"  # a name of several letters in a product
        elif re.search(r"\\[A-Za-z]+$", text) and piece.latex[:1].isalpha():
            text += " "
        text += piece.latex
    return text


def formula_lines(
    expression: sympy.Expr,
    leading: Sequence[sympy.Symbol] = (),
    *,
    limit: float = LINE,
    names: Names | None = None,
) -> tuple[str, ...]:
    """Write an expression as lines of LaTeX, broken before + and −, as far out as a reasonably full line allows.

    Parameters
    ----------
    expression, leading, names
        As for :func:`formula_latex`.
    limit : float
        Width of a line in points.

    Returns
    -------
    tuple of str
    """
    pieces = list(_pieces(_named(_layout(expression, leading), names)))
    lines = []
    while pieces:
        width, fitting = 0.0, 0
        while fitting < len(pieces) and (width + pieces[fitting].width <= limit or not fitting):
            width += pieces[fitting].width
            fitting += 1
        cut = fitting
        if fitting < len(pieces):
            places = [k for k in range(1, fitting + 1) if pieces[k].breakable]
            full = [k for k in places if sum(piece.width for piece in pieces[:k]) >= 0.4 * limit]
            cut = min(
                full or places,
                key=lambda k: (pieces[k].depth, -k),
                default=next((k for k in range(fitting, len(pieces)) if pieces[k].breakable), len(pieces)),
            )
        lines.append(_join(pieces[:cut]).strip())
        pieces = pieces[cut:]
        limit = min(limit, LINE - 20.0)
    return tuple(lines)


def formula_width(expression: sympy.Expr) -> float:
    """Return roughly how many points wide an expression is on one line of LaTeX at 11 pt, rather too many.

    Parameters
    ----------
    expression : sympy.Expr

    Returns
    -------
    float
    """
    return _width(_layout(expression, ()))


def _named(node: _Node, names: Names | None) -> _Node:
    """A formula under other names; laid out before it is renamed, so that a new name changes no order."""
    if not names:
        return node
    text = renamed(node.text, names) if node.kind == "name" else node.text
    return _Node(node.kind, text, tuple(_named(part, names) for part in node.parts))


def formula_latex(expression: sympy.Expr, leading: Sequence[sympy.Symbol] = (), *, names: Names | None = None) -> str:
    r"""Write an expression as LaTeX on one line.

    Parameters
    ----------
    expression : sympy.Expr
        Sums, products, rational powers; anything else is written as plain text.
    leading : sequence of sympy.Symbol
        Symbols by whose powers sums are ordered.
    names : mapping of str to str, optional
        Other names for symbols, as for :func:`renamed`.

    Returns
    -------
    str
        LaTeX for math mode, from the macros of :data:`MACROS` alone.

    Examples
    --------
    >>> import sympy
    >>> a, z = sympy.symbols("a z")
    >>> formula_latex(z**3 + (a - 2) * z**2 + (1 - 2 * a) * z, (z,))
    'z^{3} + (a - 2)z^{2} + (1 - 2a)z'
    >>> formula_latex(-2 + 2 * sympy.sqrt(2))
    '2\\sqrt{2} - 2'
    """
    return _join(list(_pieces(_named(_layout(expression, leading), names)))).strip()


# -------------------------------------------------------------------------------------------------- tree to MathML


def formula_mathml(
    expression: sympy.Expr, leading: Sequence[sympy.Symbol] = (), *, left: str = "", display: bool = False
) -> str:
    """Write an expression as presentation MathML.

    Parameters
    ----------
    expression : sympy.Expr
        As for :func:`formula_latex`.
    leading : sequence of sympy.Symbol
        Symbols by whose powers sums are ordered.
    left : str
        MathML to put before the expression, with its relation sign.
    display : bool
        Whether it stands on a line of its own.

    Returns
    -------
    str
        One ``math`` element.

    Examples
    --------
    >>> import sympy
    >>> formula_mathml(2 * sympy.Symbol("eta"))
    '<math><mrow><mn>2</mn><mi>η</mi></mrow></math>'
    """
    opening = '<math display="block">' if display else "<math>"
    body = _mathml(_layout(expression, leading))
    return f"{opening}<mrow>{left}{body}</mrow></math>" if left else f"{opening}{body}</math>"


def _name_mathml(name: str) -> str:
    base, index = _split_name(name)
    letters = f"<mi>{escape(_GREEK.get(base, base))}</mi>"
    if not index:
        return letters
    parts = [f"<mn>{part}</mn>" if part.isdigit() else f"<mi>{escape(part)}</mi>" for part in index.split(",")]
    return f"<msub>{letters}<mrow>{'<mo>,</mo>'.join(parts)}</mrow></msub>"


def _mathml(node: _Node) -> str:
    if node.kind == "name":
        return _name_mathml(node.text)
    if node.kind == "number":
        return f"<mn>{node.text}</mn>"
    if node.kind in {"sign", "operator"}:
        form = "prefix" if node.kind == "sign" else "infix"
        return f'<mo form="{form}">{"−" if node.text == "-" else node.text}</mo>'
    if node.kind == "other":
        return f"<mtext>{escape(node.text)}</mtext>"
    inner = [_mathml(part) for part in node.parts]
    if node.kind == "power":
        return f"<msup>{inner[0]}{inner[1]}</msup>"
    if node.kind == "fraction":
        return f"<mfrac>{inner[0]}{inner[1]}</mfrac>"
    if node.kind == "root":
        return f"<msqrt>{inner[0]}</msqrt>" if node.parts[1].text == "2" else f"<mroot>{inner[0]}{inner[1]}</mroot>"
    if node.kind == "group":
        size = "" if _height(node.parts[0]) > 1 else ' stretchy="false"'
        fence = f'lspace="0" rspace="0"{size}'
        return f'<mrow><mo form="prefix" {fence}>(</mo>{inner[0]}<mo form="postfix" {fence}>)</mo></mrow>'
    return f"<mrow>{''.join(inner)}</mrow>"


# ---------------------------------------------------------------------------------------------- tree to plain text


def formula_text(expression: sympy.Expr, leading: Sequence[sympy.Symbol] = ()) -> str:
    """Write an expression as plain text with Unicode signs.

    Parameters
    ----------
    expression, leading
        As for :func:`formula_latex`.

    Returns
    -------
    str

    Examples
    --------
    >>> import sympy
    >>> print(formula_text(-2 + 2 * sympy.sqrt(2)), formula_text(3 * sympy.sqrt(3) / 2 - 1), sep="; ")
    2√2 − 2; 3√3/2 − 1
    """
    return _plain(_layout(expression, leading))


def _plain(node: _Node) -> str:
    if node.kind == "name":
        base, index = _split_name(node.text)
        return _GREEK.get(base, base) + (f"_{index}" if index else "")
    if node.kind in {"number", "other"}:
        return node.text
    if node.kind in {"sign", "operator"}:
        sign = "−" if node.text == "-" else node.text
        return f" {sign} " if node.kind == "operator" else sign
    inner = [_plain(part) for part in node.parts]
    if node.kind == "power":
        small = inner[1].translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{inner[0]}{small}" if inner[1].isdigit() else f"{inner[0]}^({inner[1]})"
    if node.kind == "fraction":
        over = f"({inner[0]})" if node.parts[0].kind == "row" and " " in inner[0] else inner[0]
        under = f"({inner[1]})" if node.parts[1].kind == "row" else inner[1]  # γ/(2n), not γ/2n
        return f"{over}/{under}"
    if node.kind == "root":
        body = inner[0] if node.parts[0].kind in {"number", "name"} else f"({inner[0]})"
        return f"√{body}" if inner[1] == "2" else f"{body}^(1/{inner[1]})"
    if node.kind == "row":  # a fraction before a factor: (γ/2)p², not γ/2p²
        factors = [part.kind not in {"operator", "sign"} for part in node.parts[1:]]
        inner = [
            f"({text})" if part.kind == "fraction" and followed else text
            for part, text, followed in zip(node.parts, inner, [*factors, False], strict=True)
        ]
        for i in range(1, len(inner)):  # 3·2^(1/3), not 32^(1/3)
            if factors[i - 1] and inner[i][0].isdigit() and node.parts[i - 1].kind not in {"operator", "sign"}:
                inner[i] = f"·{inner[i]}"
    return f"({inner[0]})" if node.kind == "group" else "".join(inner)


# ------------------------------------------------------------------------------------------------------- sentences


def escape_text(text: str) -> str:
    r"""Write any text so that LaTeX prints it and obeys none of it.

    Parameters
    ----------
    text : str
        Greek letters and mathematical signs are kept; a character that the fonts lack is shown by its number.

    Returns
    -------
    str
        LaTeX for text mode.

    Examples
    --------
    >>> print(escape_text(r"50% of $x_1 \input{a} η"))
    50\% of \$x\_1 \textbackslash{}input\{a\} $\eta$
    """
    return "".join(_escape_character(character) for character in text).replace("''", "'{}'")


def _escape_character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character in _GREEK_MACROS:
        return f"${_GREEK_MACROS[character]}$"
    if character in _SIGNS:
        return f"${_SIGNS[character]}$"
    if character in _RAISED:
        return f"$^{{{_RAISED[character]}}}$"
    if character in _LOWERED:
        return f"$_{{{_LOWERED[character]}}}$"
    if character == "′":
        return "$'$"
    if " " <= character <= "~":
        return character
    if character in "\t\n\r":
        return " "
    if character.isalpha() and ("À" <= character <= "ö" or "ø" <= character <= "ÿ"):
        return character  # LaTeX's own tables for T1 cover Latin-1
    plain = "".join(c for c in unicodedata.normalize("NFKD", character) if " " <= c <= "~")
    return escape_text(plain) if plain.strip() else f"[U+{ord(character):04X}]"


_LETTERS: Final = "A-Za-zÀ-ÖØ-öø-ɏΑ-Ωα-ω"
_INDEX = r"_(?:\{[A-Za-z0-9]+\}|[A-Za-z0-9]+|∞)|\^[A-Za-z0-9]+|\*\*[0-9]+"
_PART = re.compile(rf"{_INDEX}|[′']|[{''.join(_RAISED)}]+|[{''.join(_LOWERED)}]+")
_SUFFIX = re.compile(rf"(?:{_INDEX}|′|'(?!\w)|[{''.join(_RAISED)}{''.join(_LOWERED)}])+")
_TOKEN = re.compile(
    rf"(?P<word>[{_LETTERS}]+(?:['\u2019][{_LETTERS}]+)?)|"  # a possessive belongs to its word
    r"(?P<number>[0-9]+(?:\.[0-9]+)*|½)|(?P<open>\()|(?P<close>\))|(?P<bar>[|‖])"
    r"|(?P<root>√(?:[0-9]+|[A-Za-zα-ω]|\((?:[^()]|\([^()]*\))*\)))"
    r"|(?P<relation>[=<>≤≥≈≠∈⇔⇒←→+−·×/∘±*∇∂∞])|(?P<minus>(?<= )-(?= ))|(?P<space> )|(?P<other>.)",
    re.DOTALL,
)
_NOT_MATH: Final = frozenset({"by", "my", "vs"})


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    suffix: str = ""


def _is_math_word(word: str) -> bool:
    if not all(letter.isascii() or letter in _GREEK_MACROS for letter in word):
        return False
    if word in _GREEK or any(letter in _GREEK_MACROS for letter in word):
        return len(word) <= 3 or word in _GREEK
    if len(word) == 1:
        return word != "I"
    return len(word) == 2 and not set(word.lower()) & set("aeiouy") and word not in _NOT_MATH


def _tokens(text: str) -> list[_Token]:
    found = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:  # cannot happen: the last alternative matches everything
            break
        kind, word = str(match.lastgroup), match.group()
        at = match.end()
        suffix = ""
        product = kind == "word" and len(word) == 2 and word.isascii() and text[at : at + 1] in _RAISED  # av²
        mathematical = kind == "word" and (_is_math_word(word) or product)
        if (kind == "word" and (mathematical or word == "Res")) or kind in {"number", "close", "bar", "root"}:
            tail = _SUFFIX.match(text, at)
            if tail is not None:
                suffix, at = tail.group(), tail.end()
        if kind == "word" and not mathematical and not (word == "Res" and suffix):
            kind = "other"
        found.append(_Token(kind, word, suffix))
    return found


def _math_runs(text: str) -> Iterator[tuple[bool, list[_Token]]]:
    """Split one of our own sentences into stretches of plain text and of mathematics."""
    tokens = _tokens(text)
    at = 0
    while at < len(tokens):
        if tokens[at].kind == "other":
            end = at + 1
            while end < len(tokens) and tokens[end].kind == "other":
                end += 1
            yield False, tokens[at:end]
        else:
            end = at
            while end < len(tokens) and tokens[end].kind != "other":
                end += 1
            yield from _trimmed(tokens[at:end], tokens[end].text[:1] if end < len(tokens) else ".")
        at = end


def _trimmed(run: list[_Token], behind: str) -> Iterator[tuple[bool, list[_Token]]]:
    """Cut off the ends of a run what belongs to the sentence: spaces, dangling signs, stray parentheses, articles."""
    before: list[_Token] = []
    after: list[_Token] = []

    def stray(token: _Token, partner: str) -> bool:
        return token.kind in {"open", "close"} and _depth(run) != 0 and token.kind != partner

    changed = True
    while run and changed:
        changed = False
        first, last = run[0], run[-1]
        article = first.text in {"a", "A"} and not first.suffix and len(run) > 1 and run[1].kind == "space"
        article = article and not (len(run) > 2 and run[2].kind in {"relation", "minus", "bar"})
        dangling = first.kind == "relation" and first.text not in "−∇∂∞"
        changed = first.kind in {"space", "minus"} or dangling or article or stray(first, "close")
        if changed:
            before.append(run.pop(0))
            continue
        dangling = last.kind == "relation" and last.text != "∞"
        product = len(run) > 2 and run[-2].kind == "space" and run[-3].kind in {"number", "word", "close", "root"}
        dangling = dangling or (last.text == "a" and not last.suffix and product and bool(after))  # "up to 2 a run"
        if last.kind in {"space", "minus", "open"} or dangling or (last.kind == "close" and _depth(run) < 0):
            after.insert(0, run.pop())
            changed = True
    if before:
        yield False, before
    stray_at = _unmatched(run)
    if stray_at is not None:
        yield from _trimmed(run[:stray_at], run[stray_at].text)
        yield False, run[stray_at : stray_at + 1]
        yield from _trimmed(run[stray_at + 1 :], after[0].text if after else behind)
    elif run:
        alone = len(run) == 1 and run[0].text in {"a", "A"} and not run[0].suffix
        ended = (after[0].text if after else behind) in {".", ",", ":", ";", ")"}
        letters = any(token.kind in {"word", "root"} or "^" in token.suffix for token in run)
        words = not any(
            one.kind == two.kind == "word" and gap.kind == "space"
            for one, gap, two in zip(run, run[1:], run[2:], strict=False)
        )
        yield (letters and words and (not alone or ended)), run
    if after:
        yield False, after


def _depth(run: Sequence[_Token]) -> int:
    return sum((token.kind == "open") - (token.kind == "close") for token in run)


def _unmatched(run: Sequence[_Token]) -> int | None:
    """Where the first parenthesis without a partner stands."""
    opened: list[int] = []
    for at, token in enumerate(run):
        if token.kind == "open":
            opened.append(at)
        elif token.kind == "close":
            if not opened:
                return at
            opened.pop()
    return opened[0] if opened else None


def _suffix_latex(suffix: str) -> str:
    text = ""
    for part in _PART.findall(suffix):
        if part in {"′", "'"}:
            mark, body = "'", ""
        elif part[0] in _RAISED:
            mark, body = "^", "".join(_RAISED[character] for character in part)
        elif part[0] in _LOWERED:
            mark, body = "_", "".join(_LOWERED[character] for character in part)
        else:
            mark = "_" if part[0] == "_" else "^"
            body = part.lstrip("_^*").strip("{}").replace("∞", _SIGNS["∞"])
        if mark in text or (mark == "'" and "^" in text):
            text += "{}"  # LaTeX refuses a second exponent on the same letter
        text += f"{mark}{{{body}}}" if body else mark
    return text


def _under_root(token: _Token) -> list[_Token]:
    inside = token.text[1:]
    return _tokens(inside[1:-1] if inside.startswith("(") else inside)


_GREEK_NAMES: Final = {letter: name for name, letter in _GREEK.items()}


def _token_latex(token: _Token, names: Names | None) -> str:
    if token.kind == "word":
        if token.text == "Res":
            index = re.fullmatch(r"_([A-Za-z])", token.suffix)  # what is eliminated: a symbol like any other
            return (
                rf"\mathrm{{Res}}_{{{name_latex(index[1], names)}}}"
                if index
                else r"\mathrm{Res}" + _suffix_latex(token.suffix)
            )
        letters = [token.text] if token.text in _GREEK else [_GREEK_NAMES.get(one, one) for one in token.text]
        written = [name_latex(letter, names) for letter in letters]
        if "_" in written[-1] and re.match(rf"_|[{''.join(_LOWERED)}]", token.suffix):
            written[-1] = f"{{{written[-1]}}}"  # a new name with an index, under an index
        return " ".join(written) + _suffix_latex(token.suffix)
    if token.kind == "root":
        return rf"\sqrt{{{_run_latex(_under_root(token), names)[1:-1]}}}" + _suffix_latex(token.suffix)
    if token.text == "*":
        return r"\,"
    return _SIGNS.get(token.text, token.text) + _suffix_latex(token.suffix)


def prose_latex(text: str, *, names: Names | None = None) -> str:
    r"""Write one of the package's own sentences as LaTeX, its formulas in math mode.

    Parameters
    ----------
    text : str
        Plain text with Unicode mathematics, such as "z = κe, with κ such that the factor is 1 − z".  Text from users
        belongs in :func:`escape_text`.
    names : mapping of str to str, optional
        Other names for the symbols in its formulas, as for :func:`renamed`.

    Returns
    -------
    str

    Examples
    --------
    >>> print(prose_latex("z = κe with 0 < a < 1; the period is a power of two"))
    $z = \kappa e$ with $0 < a < 1$; the period is a power of two
    """
    return _prose(text, lambda run: _run_latex(run, names), escape_text)


def _run_latex(run: Sequence[_Token], names: Names | None) -> str:
    body = ""
    for token in run:
        piece = " " if token.kind == "space" else _token_latex(token, names)
        if re.search(r"\\[A-Za-z]+$", body) and piece[:1].isalpha():
            body += " "
        body += piece
    return f"${body}$"


def prose_html(text: str) -> str:
    """Write one of the package's own sentences as HTML, the letters of its formulas in italics.

    Parameters
    ----------
    text : str
        As for :func:`prose_latex`.

    Returns
    -------
    str
        Escaped; holds ``var``, ``sub`` and ``sup`` elements only.

    Examples
    --------
    >>> prose_html("the sample with z = 2a is the first")
    'the sample with <var>z</var> = 2<var>a</var> is the first'
    """
    return _prose(text, _run_html, escape)


def _run_html(run: Sequence[_Token]) -> str:
    return "".join(_token_html(token) for token in run)


def _token_html(token: _Token) -> str:
    text = "" if token.text == "*" else escape(_GREEK.get(token.text, token.text))
    if token.kind == "root":
        inside = _run_html(_under_root(token))
        text = f"√({inside})" if token.text[1] == "(" else f"√{inside}"
    if token.kind == "word" and token.text != "Res":
        text = f"<var>{text}</var>"
    if token.kind == "minus":
        text = "−"
    for part in _PART.findall(token.suffix):
        if part.startswith("_"):
            index = escape(part[1:].strip("{}"))
            text += f"<sub><var>{index}</var></sub>" if index.isalpha() else f"<sub>{index}</sub>"
        elif part.startswith(("^", "**")):
            text += f"<sup>{escape(part.lstrip('^*'))}</sup>"
        else:
            text += escape(part)
    return text


def _prose(text: str, mathematics: Callable[[Sequence[_Token]], str], plain: Callable[[str], str]) -> str:
    pieces = []
    for is_math, run in _math_runs(text):
        pieces.append(mathematics(run) if is_math else plain("".join(token.text + token.suffix for token in run)))
    return "".join(pieces)
