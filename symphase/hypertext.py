"""The parts of our pages: one HTML file without scripts, links to the network or fonts of its own.

Pictures are inline SVG that takes its ink from the page, so that they look right in light and dark, on a phone and in
print.  The numbers behind a picture, and other small files that a page offers, are in the page itself as ``data:``
links: a page that was mailed, moved or printed to disk alone keeps them.  Only what is too large for that is a link to
a file beside the page.  Arguments are HTML already unless it is said that they are escaped here.
"""

from __future__ import annotations

import io
import platform
import re
from collections import Counter
from collections.abc import Sequence
from html import escape
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from symphase.enclosures import Certainty
from symphase.figure_data import FigureData
from symphase.phases import Phase
from symphase.plots import INK, PHASE_STYLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "badge",
    "document",
    "download",
    "figure",
    "formula_line",
    "inline_svg",
    "level",
    "outside_text",
    "style_sheet",
    "table",
    "versions",
    "wide_and_narrow",
]

_NARROW: Final = 120.0  # points: a formula up to this width fits on the narrowest page
_LARGEST_INSIDE: Final = 300_000  # characters of a file that a page carries with it
_AS_IT_IS: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~,:[]()+*/=;")
# Nothing is loaded from anywhere, whatever should get into the page; pictures may hold pictures that are in it.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def document(
    generator: str, title: str, header: str, sections: Sequence[tuple[str, str, str]], *, answered: bool = False
) -> str:
    """Return a complete document: a header, its sections, each as (identifier, title, content), and links to them.

    The first section is the answer, and the links come after it: nobody has to pass a list to find out.  Where the
    header has ``answered`` already, the heading of that section is for screen readers only.
    """
    body = []
    for identifier, heading, content in sections:
        body.append(f'<section id="{identifier}" aria-labelledby="{identifier}-title">')
        quiet = ' class="quiet"' if answered and not body[1:] else ""
        body.append(f'<h2 id="{identifier}-title"{quiet}>{heading}</h2>')
        body.append(content)
        body.append("</section>")
    links = "".join(f'<li><a href="#{identifier}">{heading}</a></li>' for identifier, heading, _ in sections[1:])
    end_of_first = next((k for k, line in enumerate(body, start=1) if line == "</section>"), len(body))
    body.insert(end_of_first, f'<nav id="contents" aria-label="Contents"><ol>{links}</ol></nav>')
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="{generator}">\n<meta name="color-scheme" content="light dark">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<title>{title}</title>\n<style>\n{style_sheet()}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#main">Skip to the answer</a>\n'
        f'{header}\n<main id="main" tabindex="-1">\n' + "\n".join(body) + "\n</main>\n</body>\n</html>\n"
    )
    return page.encode("utf-8", errors="replace").decode("utf-8")  # halves of characters are none a page can hold


def versions() -> dict[str, str]:
    """Return the versions of what computed the answers."""
    found = {"Python": platform.python_version()}
    for name in ("symphase", "sympy", "mpmath", "python-flint", "numpy", "matplotlib"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found


def figure(picture: str, caption: str = "", data: FigureData | None = None) -> str:
    """Return a picture with its caption and a link to its numbers."""
    link = ""
    if data is not None:
        link = download(data.file, data.to_csv(), "text/csv", f"numbers (CSV): {data.title}", "numbers (CSV)")
    told = f"{caption}{' ' if caption and link else ''}{link}"
    return f"<figure>{picture}{f'<figcaption>{told}</figcaption>' if told else ''}</figure>"


def wide_and_narrow(wide: str, narrow: str) -> str:
    """The same picture for a desk and for a hand; the style sheet shows one of them."""
    return f'<div class="wide">{wide}</div><div class="narrow">{narrow}</div>'


def download(file: str, content: str, kind: str, told: str, shown: str) -> str:
    """Return a link that saves a small file out of the page; a large one lies beside the page.

    Parameters
    ----------
    file : str
        Where the file lies beside the page.
    content : str
        What is in it; inside the page up to 300 000 characters.
    kind : str
        Its media type.
    told, shown : str
        What a screen reader says and what is on the page; escaped.
    """
    target = file
    if len(content) <= _LARGEST_INSIDE:
        target = f"data:{kind};charset=utf-8,{''.join(map(_percent, content.encode(errors='replace')))}"
    return (
        f'<a class="file" download="{escape(PurePosixPath(file).name)}" href="{escape(target)}" '
        f'aria-label="{escape(told)}">{escape(shown)}</a>'
    )


def _percent(byte: int) -> str:
    """A byte of a file inside a link."""
    return chr(byte) if byte in _AS_IT_IS else f"%{byte:02X}"


def outside_text(text: str) -> str:
    """Return text from outside: escaped, and without characters that no page can hold."""
    return escape("".join(character if character.isprintable() else "\ufffd" for character in text))


def badge(phase: Phase | str) -> str:
    """Return the name of a phase on its colour; escaped."""
    name = str(phase)
    return f'<span class="phase {escape(name.partition(" ")[0])}">{escape(name)}</span>'


def level(certainty: Certainty) -> str:
    """Return a level of certainty in its frame."""
    return f'<span class="level {certainty}">{certainty}</span>'


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells are HTML; the first of each row is its header."""
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>' for row in rows
    )
    return (
        '<div class="scroll" tabindex="0" role="region" '
        f'aria-label="{escape(re.sub("<[^>]+>", "", caption))}"><table><caption><span>{caption}</span></caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def formula_line(formula: str, width: float) -> str:
    """Return a formula on a line of its own; one that a phone may have to scroll is within reach of the keyboard.

    Parameters
    ----------
    formula : str
        MathML.
    width : float
        As ``notation.formula_width`` estimates it, in points.
    """
    reach = ' tabindex="0" role="group" aria-label="a long formula"' if width > _NARROW else ""
    return f'<div class="scroll math"{reach}>{formula}</div>'


def inline_svg(axes: Axes, name: str, alternative: str) -> str:
    """Return a figure as inline SVG: ink from the page, text as text, ids of its own, nothing from outside."""
    from matplotlib import rc_context

    buffer = io.StringIO()
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError("the axes belong to no figure")
    _name_once(figure)
    empty = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": name, "svg.image_inline": True}):
        figure.savefig(buffer, format="svg", transparent=True, dpi=210, metadata=empty)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    found = re.search(r'viewBox="([^"]+)"', text)
    box = found[1] if found is not None else "0 0 1 1"
    opening = f'<svg viewBox="{box}" role="img" aria-label="{escape(alternative)}" preserveAspectRatio="xMidYMid meet">'
    text = opening + text[text.index(">") + 1 :]
    text = text.replace("xlink:href", "href").replace(INK, "var(--ink)")
    text = re.sub(r"(font: [^;\"']*?)(?:'[^;\"]*|[A-Za-z-]+)(?=[;\"])", r"\1var(--sans)", text)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'(href="|url\()#', rf"\1#{name}-", text)
    return re.sub(r"\n\s*", "\n", text).strip()


def _name_once(figure: Any) -> None:
    """Name each artist once and without spaces, as identifiers of a page must be; parts of a series share theirs."""
    given: Counter[str] = Counter()
    for artist in figure.findobj():
        if name := (artist.get_gid() or "").replace(" ", "-"):
            given[name] += 1
            artist.set_gid(name if given[name] == 1 else f"{name}.{given[name]}")


def style_sheet() -> str:
    """Return the rules of every page."""
    sheet = resources.files("symphase").joinpath("data", "report.css").read_text(encoding="utf-8")
    rules = [
        f".phase.{phase} {{ background: {style.color}; color: {'#fff' if phase is Phase.MONOTONIC else '#000'}; }}\n"
        f".run.{phase} {{ border-left-color: {style.color}; }}\n"
        for phase, style in PHASE_STYLES.items()
    ]
    return sheet + "".join(rules)
