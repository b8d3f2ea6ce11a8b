"""The PDF of a report: the paper about its model or map, with the reader's own answer in front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from symphase.errors import InputError
from symphase.latex import compile_pdf, escape_text, tex_available
from symphase.notation import prose_latex

__all__ = ["report_pdf", "with_answer"]

_MARK: Final = r"\end{abstract}"


def with_answer(
    tex: str, title: str, lines: Sequence[str], columns: Sequence[str] = (), rows: Sequence[Sequence[str]] = ()
) -> str:
    """Put a section with the answer, and a table, before the first section of a paper.

    Parameters
    ----------
    tex : str
        A document with an abstract.
    title : str
        Text, escaped here.
    lines : sequence of str
        Sentences; text with Unicode mathematics.
    columns : sequence of str
        Heads of the table.
    rows : sequence of sequence of str
        Its cells; text.

    Returns
    -------
    str
    """
    section = ["", rf"\section*{{{escape_text(_printable(title))}}}"]
    section += [prose_latex(_printable(line)) for line in lines]
    if rows:
        section += ["", r"\begin{center}", rf"\begin{{tabular}}{{{'l' * len(columns)}}}", r"\toprule"]
        section.append(" & ".join(escape_text(head) for head in columns) + r" \\")
        section.append(r"\midrule")
        section += [" & ".join(escape_text(_printable(cell)) for cell in row) + r" \\" for row in rows]
        section += [r"\bottomrule", r"\end{tabular}", r"\end{center}"]
    before, mark, after = tex.partition(_MARK)
    if not mark:
        raise ValueError("the document has no abstract")
    return before + mark + "\n".join(section) + "\n" + after


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


def report_pdf(tex: str, wanted: bool | None) -> tuple[bytes | None, str]:
    """Compile a report's PDF where that is wanted.

    Parameters
    ----------
    tex : str
    wanted : bool or None
        None: where TeX is there.

    Returns
    -------
    (bytes or None, str)
        The PDF, and what to say when there is none, though one was hoped for.

    Raises
    ------
    InputError
        When it was asked for and cannot be made.
    """
    if wanted is False:
        return None, ""
    if wanted is None and not tex_available():
        return None, "No report.pdf: latexmk and pdflatex are not installed."
    try:
        return compile_pdf(tex), ""
    except InputError as error:
        if wanted:
            raise
        return None, f"No report.pdf: {error.accepted}."
