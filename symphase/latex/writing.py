"""How documents write names, formulas, sentences and displays, under names that a reader may choose."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from symphase.errors import InputError
from symphase.notation import (
    GREEK,
    LINE,
    Names,
    escape_text,
    formula_latex,
    formula_lines,
    formula_width,
    name_latex,
    prose_latex,
)

if TYPE_CHECKING:
    import sympy

__all__ = ["Writer", "chosen_names", "display", "items", "one_line", "outside", "read_name", "rows_display", "slug"]

_LINES_PER_PAGE: Final = 30
_HYPHEN: Final = re.compile(r"(?<![\w)\]-])-(?=\d)")  # before a number, where it is a minus sign
_LONG_NUMBER: Final = re.compile(r"\d{25,}")
_SIZES: Final = ((95, r"\scriptsize"), (60, r"\footnotesize"))  # digits of a number, print that it needs
_LETTER: Final = 6.6  # width of a letter in points, as notation sees it
_NAME: Final = re.compile(r"[A-Za-z]{1,16}(?:_[A-Za-z0-9]{1,8})?", re.ASCII)
_INDICES: Final = frozenset({"i", "j"})
_LETTERS: Final = {letter: name for name, letter in GREEK.items()}


def one_line(text: str) -> str:
    """Return a text without line ends and control characters, fit for a comment."""
    return "".join(character if character.isprintable() else " " for character in text)


def items(lines: Sequence[str]) -> list[str]:
    """Write an unnumbered list whose entries are LaTeX already."""
    return [
        r"\begin{itemize}\setlength{\itemsep}{1pt}\setlength{\parsep}{1pt}",
        *(rf"  \item {line}" for line in lines),
        r"\end{itemize}",
    ]


def chosen_names(symbols: Mapping[str, str] | None, known: Collection[str]) -> dict[str, str]:
    """Check a choice of symbols, and complete it so that no two symbols share a name.

    Parameters
    ----------
    symbols : mapping of str to str, or None
        New names by old ones, such as ``{"z": "x", "eta": "h"}``; a Greek letter may be given as itself.
    known : collection of str
        The names that the document gives a meaning to.

    Returns
    -------
    dict of str to str
        A permutation: where a new name was another symbol's, that symbol takes the name that has become free, so that
        ``{"z": "x"}`` also calls x what was z.

    Raises
    ------
    InputError
        For a name that the document does not use, two symbols of one new name, and what is no name.

    Examples
    --------
    >>> chosen_names({"z": "x", "η": "mu"}, ["z", "a", "eta"])
    {'z': 'x', 'eta': 'mu', 'x': 'z', 'mu': 'eta'}
    """
    names: dict[str, str] = {}
    asked = {} if symbols is None else symbols
    if not isinstance(asked, Mapping):
        raise InputError("symbols", symbols, "must map names to new names", "as {'z': 'x'}")
    for old, new in asked.items():
        was, becomes = read_name(old), read_name(new)
        if was not in known:
            listed = ", ".join(sorted(known))
            raise InputError("symbols", f"{old}={new}", f"must rename one of {listed}", f"{old} is not used here")
        if becomes in names.values():
            raise InputError("symbols", f"{old}={new}", "must be new names that differ", f"{new} is given twice")
        names[was] = becomes
    for new in list(names.values()):
        if new not in names:
            first = new
            while first in names.values():
                first = next(old for old, given in names.items() if given == first)
            names[new] = first
    return {old: new for old, new in names.items() if old != new}


def read_name(text: object) -> str:
    """Return the name that a reader gives to a symbol, with Greek letters spelled out."""
    name = _LETTERS.get(text, text) if isinstance(text, str) else text
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _INDICES or name == "Res":
        raise InputError(
            "symbols", text, "must be letters, perhaps with an index behind _, other than i and j", "as in z=x or a=r_0"
        )
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes LaTeX under a choice of names.

    Attributes
    ----------
    names : mapping of str to str
        New names by old ones, as :func:`chosen_names` returns them.
    leading : tuple of sympy.Symbol
        By whose powers sums are ordered where nothing else is said.
    width : float
        Points of a formula that fit on a line beside its left-hand side and its number.
    """

    names: Names = field(default_factory=dict)
    leading: tuple[sympy.Symbol, ...] = ()
    width: float = LINE

    def name(self, name: object) -> str:
        """Write the name of a symbol."""
        return name_latex(str(name), self.names)

    def formula(self, expression: sympy.Expr, leading: Sequence[sympy.Symbol] | None = None) -> str:
        """Write an expression on one line; it may hold undefined functions, such as f(z)."""
        first = self.leading if leading is None else leading
        plain, first, calls = self._without_calls(expression, first)
        return _breakable(_with_calls(formula_latex(plain, first, names=self.names), calls))

    def lines(
        self, expression: sympy.Expr, leading: Sequence[sympy.Symbol] | None = None, limit: float | None = None
    ) -> tuple[str, ...]:
        """Write an expression on as many lines as it needs."""
        first = self.leading if leading is None else leading
        plain, first, calls = self._without_calls(expression, first)
        lines = formula_lines(
            plain, first, limit=self.width if limit is None else min(limit, self.width), names=self.names
        )
        return tuple(_with_calls(line, calls) for line in lines)

    def _without_calls(
        self, expression: sympy.Expr, leading: Sequence[sympy.Symbol]
    ) -> tuple[sympy.Expr, Sequence[sympy.Symbol], dict[str, str]]:
        """Put a name, as wide as what it stands for, in the place of each undefined function.

        Returns the expression, by what its sums are ordered, and what each name stands for.
        """
        from sympy import Symbol, preorder_traversal
        from sympy.core.function import AppliedUndef

        calls: dict[str, str] = {}

        def put(part: Any) -> Any:
            if isinstance(part, AppliedUndef):
                function = str(part.func)
                inside = self.formula(part.args[0], leading)
                wide = round(formula_width(put(part.args[0])) / _LETTER) + 3
                stand_in = chr(0xE000 + len(calls)) * wide  # private use: the name of no symbol
                primes = "'" * function.count("'")
                left, right = (r"\Bigl(", r"\Bigr)") if r"\frac" in inside else ("(", ")")
                calls[stand_in] = f"{self.name(function.rstrip(chr(39)))}{primes}{left}{inside}{right}"
                return Symbol(stand_in)
            return part if not part.args else part.func(*(put(each) for each in part.args))

        plain = put(expression)
        if not any(part.is_Pow and part.exp.could_extract_minus_sign() for part in preorder_traversal(plain)):
            leading = (*(Symbol(stand_in) for stand_in in calls), *leading)  # f(z) + a, not a + f(z)
        return plain, leading, calls

    def prose(self, text: str) -> str:
        """Write one of the package's own sentences."""
        return prose_latex(_HYPHEN.sub("−", text), names=self.names)

    def left(self, text: str) -> str:
        """Write mathematics given as text, for the left of a display."""
        written = prose_latex(text, names=self.names)
        return (
            written[1:-1] if written[:1] == written[-1:] == "$" and written.count("$") == 2 else rf"\text{{{written}}}"
        )

    def sentence(self, text: str) -> str:
        """Write one of our own clauses as a sentence."""
        begins = text.partition(" ")[0]
        plain = text[1:2].islower() and not prose_latex(begins).startswith("$")
        written = self.prose(text[:1].upper() + text[1:] if plain else text)
        return written if written.endswith((".", "?", "!")) else f"{written}."

    def equation(
        self,
        left: str,
        expression: sympy.Expr,
        leading: Sequence[sympy.Symbol] | None = None,
        *,
        label: str = "",
        relation: str = "=",
        end: str = "",
    ) -> str:
        """Write a display ``left = expression``, broken where it has to be and numbered when it has a label."""
        return display(left, self.lines(expression, leading), label=label, relation=relation, end=end)


def _with_calls(latex: str, calls: Mapping[str, str]) -> str:
    for stand_in, call in calls.items():
        latex = latex.replace(stand_in, call)
    return latex


def display(left: str, lines: Sequence[str], *, label: str = "", relation: str = "=", end: str = "") -> str:
    """Write lines of LaTeX as one display; the second and later ones are indented behind the relation."""
    mark = rf"\label{{{label}}}" if label else ""
    star = "" if label else "*"
    rows = [*lines[:-1], f"{lines[-1]}{end}"]
    if len(rows) == 1:
        body = f"{left} {relation} {rows[0]}" if left else rows[0]
        return _small_enough(f"\\begin{{equation{star}}}{mark}\n  {body}\n\\end{{equation{star}}}")
    first = f"{left} &{relation} {rows[0]}" if left else f"& {rows[0]}"
    rows = [first, *(rf"&\quad {row}" for row in rows[1:])]
    return rows_display(rows, label=label)


def rows_display(rows: Sequence[str], end: str = "", *, label: str = "") -> str:
    """Write rows, in which & marks where they are aligned, as one display."""
    mark = rf"\label{{{label}}}" if label else ""
    star = "" if label else "*"
    rows = [*rows[:-1], f"{rows[-1]}{end}"]
    if len(rows) <= _LINES_PER_PAGE:
        body = " \\\\\n    ".join(rows)
        inner = f"\\begin{{split}}\n    {body}\n  \\end{{split}}"
        return _small_enough(f"\\begin{{equation{star}}}{mark}\n  {inner}\n\\end{{equation{star}}}")
    body = " \\notag \\\\\n  ".join(rows) if label else " \\\\\n  ".join(rows)
    return _small_enough(f"\\begin{{align{star}}}\n  {body}{mark}\n\\end{{align{star}}}")  # may turn the page


def _breakable(latex: str) -> str:
    """Let a sentence go on to the next line within a very long number."""
    return _LONG_NUMBER.sub(lambda found: r"\allowbreak ".join(re.findall(r"\d{1,12}", found[0])), latex)


def _small_enough(shown: str) -> str:
    """Set a display in smaller print where one number alone would leave the line."""
    longest = max((len(digits) for digits in re.findall(r"\d+", shown)), default=0)
    size = next((size for least, size in _SIZES if longest > least), None)
    return shown if size is None else f"{{{size}\n{shown}\n}}"


def slug(text: str) -> str:
    """Return a label of small letters, digits and hyphens.

    Examples
    --------
    >>> slug("flip of period 2 → 4")
    'flip-of-period-2-4'
    """
    plain = unicodedata.normalize("NFKD", text.lower())
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def outside(text: str) -> str:
    """Write a text from a user."""
    return escape_text(one_line(text))
