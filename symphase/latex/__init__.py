r"""LaTeX: whole papers about a model or a map, fragments of them for pasting, labels for figures, and their PDF.

A document needs what Debian's texlive-latex-recommended holds, uses no control sequences but
:data:`symphase.notation.MACROS`, and draws its figures in its own source; the same input and versions give the same
bytes on every run.
"""

from symphase.latex.compiling import Compiled, check_place, compile_pdf, compile_tex, tex_available
from symphase.latex.composing import Article, also_renamed, article, derivation_document, document
from symphase.latex.fragments import Fragment, boundary_labels, fragment, fragment_names, fragments, mathtext
from symphase.latex.tables import boundary_table, isolating_decimals
from symphase.latex.wording import certainty_meanings, reading_order, references, symbols_used
from symphase.notation import escape_text

__all__ = [
    "Article",
    "Compiled",
    "Fragment",
    "also_renamed",
    "article",
    "boundary_labels",
    "boundary_table",
    "certainty_meanings",
    "check_place",
    "compile_pdf",
    "compile_tex",
    "derivation_document",
    "document",
    "escape_text",
    "fragment",
    "fragment_names",
    "fragments",
    "isolating_decimals",
    "mathtext",
    "reading_order",
    "references",
    "symbols_used",
    "tex_available",
]
