"""How our records show themselves: one line at the prompt, a formula and a small table in a notebook.

A record inherits :class:`Shown` and says in ``_line`` what its line tells; where a table helps, its ``_repr_html_`` is
made of the pieces below.  The tables have no colours, fonts or scripts of their own: ink and background are the page's,
so they are readable in light and dark.  Everything is text, MathML or HTML made here; nothing is drawn.

Arguments named ``text`` are plain text and escaped here; ``html`` is markup already.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING, Any, Final, Protocol

from symphase.notation import escape_text, formula_latex, formula_mathml, formula_text, name_latex, prose_html

if TYPE_CHECKING:
    import sympy

__all__ = [
    "LINE_LENGTH",
    "ROWS",
    "Shown",
    "ShownWord",
    "bounds_text",
    "bracket_latex",
    "count_text",
    "cut",
    "facts_table",
    "family_html",
    "family_latex",
    "family_text",
    "formula_html",
    "formula_line",
    "latex_inline",
    "level_html",
    "number_text",
    "outward_text",
    "rows_latex",
    "rows_table",
    "runs_table",
    "text_html",
    "visible",
    "words_html",
    "words_latex",
]

LINE_LENGTH: Final = 100  # characters of a line at the prompt
ROWS: Final = 12  # rows of a table before "… n more"
_DIGITS: Final = 16  # of a number in a line
_RADICALS: Final = 24  # characters of an exact form in a line
_EXACT_BITS: Final = 400  # of a fraction that is written as it is
_FORMULA: Final = 400  # characters of a formula as plain text before it is told instead of shown
_LEFT: Final = "text-align:left;vertical-align:baseline"  # JupyterLab sets cells to the right
_CAPTION: Final = "caption-side:top;text-align:left;color:inherit;padding:0.3em 0.5em"
_LEVEL: Final = "border:1px solid currentColor;border-radius:0.3em;padding:0 0.35em;font-size:0.9em;white-space:nowrap"


class Family(Protocol):
    """What is needed of a family of maps to show it."""

    variable: sympy.Symbol
    parameter: sympy.Symbol
    expression: sympy.Expr


# ------------------------------------------------------------------------------------------------------ at the prompt


class Shown:
    """A record with one informative line at the prompt.

    A subclass that is a dataclass says ``repr=False``, so that the line is not overwritten, and defines ``_line``.
    """

    __slots__ = ()

    def _line(self) -> str:
        """What the line tells behind the name of the class; plain text, cut where it is too long."""
        raise NotImplementedError

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"<{name}: {cut(self._line(), LINE_LENGTH - len(name) - 4)}>"


class ShownWord:
    """A kind (an Enum whose ``str`` is its word) that a notebook shows as that word.

    Enums keep names like ``_repr_html_`` to themselves, but inherit them.
    """

    __slots__ = ()

    def _repr_latex_(self) -> str:
        return f"${words_latex(str(self))}$"

    def _repr_html_(self) -> str:
        return f"<strong>{text_html(self)}</strong>"


def cut(text: str, length: int = LINE_LENGTH) -> str:
    """Put a text on one line of at most ``length`` characters.

    Parameters
    ----------
    text : str
        Any text; line breaks and other runs of white space become single spaces.
    length : int
        At least 1.

    Returns
    -------
    str
        The text, or its beginning and "…".

    Examples
    --------
    >>> cut("one two", 7), cut("one  two three", 8)
    ('one two', 'one two…')
    """
    flat = " ".join(text[: 4 * length + 400].split())
    complete = len(text) <= 4 * length + 400
    return flat if complete and len(flat) <= length else f"{flat[: length - 1].rstrip()}…"


def count_text(count: int, thing: str) -> str:
    """Write how many things there are.

    Parameters
    ----------
    count : int
        A number ≥ 0.
    thing : str
        One of them; regular plurals, and those of "-y", only.

    Returns
    -------
    str

    Examples
    --------
    >>> count_text(1, "boundary"), count_text(2, "boundary"), count_text(0, "run")
    ('1 boundary', '2 boundaries', '0 runs')
    """
    if count == 1:
        return f"1 {thing}"
    return f"{count} {thing[:-1]}ies" if thing.endswith("y") and thing[-2] not in "aeo" else f"{count} {thing}s"


def number_text(value: object, digits: int = _DIGITS) -> str:
    """Write a number shortly: exactly where ``digits`` digits suffice, else its first digits and "…".

    Parameters
    ----------
    value : Fraction, int, float, RealAlgebraic or None
        None is written "—"; what is no machine number and no fraction as its ``str``.
    digits : int
        How many at most behind the point.

    Returns
    -------
    str
        Floats, which are measured or computed in floating point, have six significant digits and no "…".

    Examples
    --------
    >>> number_text(Fraction(291, 200)), number_text(Fraction(1, 3)), number_text(Fraction(2**200 + 1, 2**200))
    ('1.455', '1/3', '1.0000000000000000…')
    >>> number_text(0.1 + 0.2), number_text(None)
    ('0.3', '—')
    """
    if value is None:
        return "—"
    if isinstance(value, float):
        return f"{value:.6g}"
    if not isinstance(value, (int, Fraction)):
        return _exact_text(value, digits)
    exact = Fraction(value)
    if max(exact.numerator.bit_length(), exact.denominator.bit_length()) > _EXACT_BITS:
        return _float_text(exact)
    for used in range(digits + 1):
        if (exact * 10**used).denominator == 1:
            return _decimal(exact, used)
    short = f"{exact.numerator}/{exact.denominator}"
    return short if len(short) <= 12 else f"{_decimal(exact, digits)}…"


def _exact_text(value: object, digits: int) -> str:
    """An algebraic number: its radicals where they are short and real, else its digits."""
    text = str(value)
    if (len(text) <= _RADICALS and "I" not in text) or not hasattr(value, "decimal"):
        return cut(text, 40)
    return f"{value.decimal(min(digits, 12))}…"


def _float_text(value: Fraction) -> str:
    """The size of a number that is too long to be shown, rounded."""
    try:
        return f"≈ {float(value):.10g}"
    except OverflowError:
        size = abs(value).numerator.bit_length() - value.denominator.bit_length()
        return f"≈ {'-' if value < 0 else ''}2^{size}"


def _decimal(value: Fraction, digits: int) -> str:
    """The number's first digits: towards zero, never rounded up."""
    scaled = abs(value) * 10**digits
    body = str(scaled.numerator // scaled.denominator).rjust(digits + 1, "0")
    text = f"{body[:-digits]}.{body[-digits:]}" if digits else body
    return f"-{text}" if value < 0 else text


def _rounded(value: Fraction, digits: int) -> str:
    """The number rounded to the nearest decimal."""
    scaled = Fraction(abs(value) * 10**digits) + Fraction(1, 2)
    return _decimal((-1 if value < 0 else 1) * Fraction(scaled.numerator // scaled.denominator, 10**digits), digits)


def bounds_text(lower: Fraction, upper: Fraction, digits: int = 12) -> str:
    """Write a number between two bounds, rounded to the digits that they prove.

    Parameters
    ----------
    lower, upper : Fraction
        Bounds of one number.
    digits : int
        At most so many behind the point.

    Returns
    -------
    str
        Correctly rounded digits and "…"; both bounds where they prove none behind the point; the number itself where
        they are equal.

    Examples
    --------
    >>> bounds_text(Fraction("1.23456"), Fraction("1.23463")), bounds_text(Fraction("1.2"), Fraction("1.6"))
    ('1.2346…', '(1.2, 1.6)')
    """
    if lower == upper:
        return number_text(lower, digits)
    for used in range(digits, 0, -1):
        if _rounded(lower, used) == _rounded(upper, used) and (lower >= 0) == (upper >= 0):
            return f"{_rounded(lower, used)}…"
    return f"({number_text(lower, 6)}, {number_text(upper, 6)})"


def outward_text(lower: Fraction, upper: Fraction, digits: int = 9) -> tuple[str, str]:
    """Write two bounds as decimals that are still bounds: the lower one rounded down, the upper one up.

    Parameters
    ----------
    lower, upper : Fraction
        Bounds of one number.
    digits : int
        Significant digits, at least 1.

    Returns
    -------
    (str, str)

    Examples
    --------
    >>> outward_text(Fraction(1, 3), Fraction(2, 3), 4), outward_text(Fraction(0), Fraction(1, 3000), 2)
    (('0.3333', '0.6667'), ('0', '0.00034'))
    >>> outward_text(Fraction(-2, 3), Fraction(1, 2))
    ('-0.666666667', '0.5')
    """
    return _rounded_down(lower, digits), _rounded_up(upper, digits)


def _rounded_down(value: Fraction, digits: int) -> str:
    text = _rounded_up(-value, digits)
    return text.removeprefix("-") if text.startswith("-") or text == "0" else f"-{text}"


def _rounded_up(value: Fraction, digits: int) -> str:
    """The least decimal of so many significant digits that is not below the value; no zeros at its end."""
    if not value:
        return "0"
    places = digits
    while abs(value) * 10**places < 10 ** (digits - 1):
        places += 1
    while places > 0 and abs(value) * 10**places >= 10**digits:
        places -= 1
    scaled = -((-value * 10**places) // 1)
    text = _decimal(Fraction(scaled, 10**places), places)
    return text.rstrip("0").rstrip(".") if "." in text else text


def formula_line(expression: sympy.Expr, leading: Sequence[sympy.Symbol] = ()) -> str:
    """Write an expression as plain text for a line, told instead where it is too long.

    Parameters
    ----------
    expression : sympy.Expr
        Any.
    leading : sequence of sympy.Symbol
        Symbols by whose powers sums are ordered.

    Returns
    -------
    str

    Examples
    --------
    >>> import sympy
    >>> a, z = sympy.symbols("a z")
    >>> formula_line(z**3 + (a - 2) * z**2, (z,))
    'z³ + (a − 2)z²'
    """
    if _is_long(expression):
        return _told(expression)
    return formula_text(expression, leading)


def family_text(family: Family) -> str:
    """Write a family of maps as plain text.

    Parameters
    ----------
    family : PolynomialFamily
        Any.

    Returns
    -------
    str
        As "z ← z³ + (a − 2)z² + (1 − 2a)z".
    """
    return f"{formula_text(family.variable)} ← {formula_line(family.expression, (family.variable,))}"


def _is_long(expression: sympy.Expr) -> bool:
    """Whether a formula has too many pieces to be read."""
    return sum(1 for _ in itertools.islice(_leaves(expression), _FORMULA)) >= _FORMULA or any(
        len(leaf) > _FORMULA // 4 for leaf in _leaves(expression)
    )


def _leaves(expression: sympy.Expr) -> Iterable[str]:
    from sympy import Integer, Rational, preorder_traversal

    for node in preorder_traversal(expression):
        if isinstance(node, Integer):
            yield "9" * max(1, int(abs(node.p).bit_length() / 3.33))  # Python prints no integer of > 4300 digits
        elif isinstance(node, Rational):
            yield "9" * max(1, int(max(abs(node.p), node.q).bit_length() / 3.33))
        elif not node.args:
            yield str(node)


def _told(expression: sympy.Expr) -> str:
    names = ", ".join(sorted(str(symbol) for symbol in expression.free_symbols)[:8])
    return f"a formula of {count_text(max(1, len(expression.args)), 'term')}" + (f" in {names}" if names else "")


# ------------------------------------------------------------------------------------------------------ in a notebook


def latex_inline(expression: sympy.Expr, leading: Sequence[sympy.Symbol] = (), *, left: str = "") -> str:
    r"""Write an expression as LaTeX between dollar signs.

    Parameters
    ----------
    expression : sympy.Expr
        Any.
    leading : sequence of sympy.Symbol
        Symbols by whose powers sums are ordered.
    left : str
        LaTeX of the left-hand side with its relation.

    Returns
    -------
    str

    Examples
    --------
    >>> import sympy
    >>> latex_inline(sympy.sqrt(2) - 1, left="a = ")
    '$a = \\sqrt{2} - 1$'
    """
    body = rf"\text{{{_told(expression)}}}" if _is_long(expression) else formula_latex(expression, leading)
    return f"${left}{body}$"


def formula_html(expression: sympy.Expr, leading: Sequence[sympy.Symbol] = (), *, left: str = "") -> str:
    """Write an expression as MathML, told in words where it is too long.

    Parameters
    ----------
    expression : sympy.Expr
        Any.
    leading : sequence of sympy.Symbol
        Symbols by whose powers sums are ordered.
    left : str
        MathML of the left-hand side with its relation.

    Returns
    -------
    str
    """
    if _is_long(expression):
        return escape(_told(expression))
    shown = formula_mathml(expression, leading, left=left)
    return shown.replace("<math>", '<math displaystyle="true">', 1)  # fractions of full size


def family_latex(family: Family) -> str:
    """Write a family of maps as LaTeX between dollar signs.

    Parameters
    ----------
    family : PolynomialFamily
        Any.

    Returns
    -------
    str
    """
    left = rf"{name_latex(str(family.variable))} \leftarrow "
    return latex_inline(family.expression, (family.variable,), left=left)


def words_latex(text: str) -> str:
    r"""Write plain text as LaTeX within a formula.

    Parameters
    ----------
    text : str
        Any; its Greek letters and signs are kept, and none of it is obeyed.

    Returns
    -------
    str

    Examples
    --------
    >>> print(words_latex("flip of period 1 → 2"), words_latex("50% of $x"))
    \text{flip of period 1 }\to\text{ 2} \text{50\% of \$x}
    """
    pieces = re.split(r"(?<!\\)\$((?:[^$\\]|\\.)*)\$", escape_text(text))  # text and formulas by turns
    return "".join(piece if number % 2 else rf"\text{{{piece}}}" for number, piece in enumerate(pieces) if piece)


def rows_latex(rows: Iterable[Sequence[str]], *, total: int) -> str:
    r"""Return an array with one row for each thing, cut behind the first dozen, as LaTeX between dollar signs.

    Parameters
    ----------
    rows : iterable of sequence of LaTeX
        Only the first ones are asked for; all of one length.
    total : int
        How many things there are.

    Returns
    -------
    str

    Examples
    --------
    >>> print(rows_latex([["a", "b"]], total=1))
    $\begin{array}{ll}a & b\end{array}$
    """
    shown = [list(row) for row in itertools.islice(rows, ROWS)]
    width = max((len(row) for row in shown), default=1)
    lines = [" & ".join(row) for row in shown]
    if total > len(shown):
        lines.append(rf"\ldots\ \text{{{total - len(shown)} more}}")
    return rf"$\begin{{array}}{{{'l' * width}}}" + r" \\ ".join(lines) + r"\end{array}$"


def family_html(family: Family) -> str:
    """Write a family of maps as MathML.

    Parameters
    ----------
    family : PolynomialFamily
        Any.

    Returns
    -------
    str
    """
    name = formula_mathml(family.variable).removeprefix("<math>").removesuffix("</math>")
    return formula_html(family.expression, (family.variable,), left=f"{name}<mo>←</mo>")


def bracket_latex(told: str) -> str:
    r"""Write a number's digits, or the interval it lies in, as LaTeX.

    Parameters
    ----------
    told : str
        "= 1.288031…" or "in (1.3022826, 1.3022838)".

    Returns
    -------
    str
        With its relation sign.

    Examples
    --------
    >>> bracket_latex("= 1.28…"), bracket_latex("in (1.3, 1.4)")
    ('= 1.28\\ldots', '\\in (1.3,\\, 1.4)')
    """
    body = told.replace("…", r"\ldots").replace(", ", r",\, ")
    return body.replace("in (", r"\in (", 1)


def level_html(certainty: object) -> str:
    """Write a level of certainty in a frame.

    Parameters
    ----------
    certainty : Certainty or str
        Escaped.

    Returns
    -------
    str

    Examples
    --------
    >>> "exact" in level_html("exact")
    True
    """
    return f'<span style="{_LEVEL}">{escape(str(certainty))}</span>'


def visible(text: str) -> str:
    r"""Write characters that cannot be seen, control characters among them, as their escapes.

    Parameters
    ----------
    text : str
        Any.

    Returns
    -------
    str

    Examples
    --------
    >>> visible("θ\0")
    'θ\\x00'
    """
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


def text_html(text: object, length: int = 300) -> str:
    """Escape any text, a user's included, and cut it.

    Parameters
    ----------
    text : object
        Its ``str`` is shown.
    length : int
        Characters at most.

    Returns
    -------
    str

    Examples
    --------
    >>> text_html("<script>")
    '&lt;script&gt;'
    """
    return escape(visible(cut(str(text), length)))


def words_html(text: str) -> str:
    """Write one of the package's own sentences, its formulas in italics; escaped.

    Parameters
    ----------
    text : str
        Plain text with Unicode mathematics.

    Returns
    -------
    str
    """
    return prose_html(text)


def facts_table(caption: str, facts: Iterable[tuple[str, str]]) -> str:
    """Return a table of names and values.

    Parameters
    ----------
    caption : str
        HTML.
    facts : iterable of (text, html)
        Names, escaped here, and what they are.  Those without a value are left out.

    Returns
    -------
    str
    """
    rows = "".join(
        f'<tr><th scope="row" style="{_LEFT}">{escape(name)}</th><td style="{_LEFT}">{value}</td></tr>'
        for name, value in facts
        if value
    )
    return _table(caption, f"<tbody>{rows}</tbody>")


def runs_table(name: str, record: Any) -> str:
    """Write runs of gradient descent as a table: step size, start, first and last loss of each.

    Parameters
    ----------
    name : str
        Of what was trained; escaped here.
    record : Descent or Training
        Arrays with one row for each run.

    Returns
    -------
    str
        HTML.
    """
    rows = (
        (
            str(number),
            number_text(float(record.step_sizes[number])),
            str(int(record.run[number])),
            number_text(float(record.losses[number, 0])),
            "diverged" if record.escape_step[number] >= 0 else number_text(float(record.losses[number, -1])),
        )
        for number in range(len(record.losses))
    )
    caption = (
        f"<strong>{text_html(name)}</strong>: gradient descent, {count_text(record.steps, 'step')} "
        f"{level_html(record.certainty)}"
    )
    columns = ("entry", "step size", "start", "first loss", "last loss")
    return rows_table(caption, columns, rows, total=len(record.losses), note=text_html(record.seed))


def rows_table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, total: int, note: str = ""
) -> str:
    """Return a table with one row for each thing, cut behind the first dozen.

    Parameters
    ----------
    caption : str
        HTML.
    columns : sequence of text
        Headings, escaped here.
    rows : iterable of sequence of html
        Only the first ones are asked for; the first cell of each is its heading.
    total : int
        How many things there are.
    note : str
        HTML below the table.

    Returns
    -------
    str

    Examples
    --------
    >>> "… 99988 more" in rows_table("many", ["n"], ([str(n)] for n in range(100_000)), total=100_000)
    True
    """
    head = "".join(f'<th scope="col" style="{_LEFT}">{text_html(column)}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row" style="{_LEFT};font-weight:normal">{row[0]}</th>'
        + "".join(f'<td style="{_LEFT}">{cell}</td>' for cell in row[1:])
        + "</tr>"
        for row in itertools.islice(rows, ROWS)
    )
    if total > ROWS:
        body += f'<tr><td colspan="{len(columns)}" style="{_LEFT}">… {total - ROWS} more</td></tr>'
    return _table(caption, f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>", note)


def _table(caption: str, content: str, note: str = "") -> str:
    below = f'<p style="margin:0.3em 0.5em">{note}</p>' if note else ""
    return (
        f'<div style="overflow-x:auto"><table style="text-align:left;margin:0.3em 0;min-width:min(26em,100%)">'
        f'<caption style="{_CAPTION}">{caption}</caption>{content}</table>{below}</div>'
    )
