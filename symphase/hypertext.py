"""The parts of our pages: one HTML file without scripts, links to the network or fonts of its own.

Pictures are inline SVG that takes its ink from the page, so that they look right in light and dark, on a phone and in
print.  Arguments are HTML already unless it is said that they are escaped here.
"""

from __future__ import annotations

import io
import platform
import re
from collections.abc import Sequence
from html import escape
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from symphase.enclosures import Certainty
from symphase.phases import Phase
from symphase.plots import INK, PHASE_STYLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["badge", "document", "figure", "inline_svg", "level", "style_sheet", "table", "versions"]


def document(generator: str, title: str, header: str, sections: Sequence[tuple[str, str, str]]) -> str:
    """Return a complete document: a header, links to its sections, and these, each as (identifier, title, content)."""
    body = []
    for identifier, heading, content in sections:
        body.append(f'<section id="{identifier}" aria-labelledby="{identifier}-title">')
        body.append(f'<h2 id="{identifier}-title">{heading}</h2>')
        body.append(content)
        body.append("</section>")
    links = "".join(f'<li><a href="#{identifier}">{heading}</a></li>' for identifier, heading, _ in sections)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="{generator}">\n<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n<style>\n{style_sheet()}</style>\n</head>\n<body>\n"
        f'{header}\n<nav aria-label="Contents"><ol>{links}</ol></nav>\n<main>\n'
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def versions() -> dict[str, str]:
    """Return the versions of what computed the answers."""
    found = {"Python": platform.python_version()}
    for name in ("symphase", "sympy", "mpmath", "python-flint", "numpy", "matplotlib"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found


def figure(picture: str, caption: str = "") -> str:
    """Return a picture with its caption."""
    return f"<figure>{picture}{f'<figcaption>{caption}</figcaption>' if caption else ''}</figure>"


def badge(phase: Phase | str) -> str:
    """Return the name of a phase on its colour; escaped."""
    name = str(phase)
    return f'<span class="phase {name.partition(" ")[0]}">{escape(name)}</span>'


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


def inline_svg(axes: Axes, name: str, alternative: str) -> str:
    """Return a figure as inline SVG: ink from the page, text as text, ids of its own, nothing from outside."""
    from matplotlib import rc_context

    buffer = io.StringIO()
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError("the axes belong to no figure")
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


def style_sheet() -> str:
    """Return the rules of every page."""
    sheet = resources.files("symphase").joinpath("data", "report.css").read_text(encoding="utf-8")
    rules = [
        f".phase.{phase} {{ background: {style.color}; color: {'#fff' if phase is Phase.MONOTONIC else '#000'}; }}\n"
        f".run.{phase} {{ border-left-color: {style.color}; }}\n"
        for phase, style in PHASE_STYLES.items()
    ]
    return sheet + "".join(rules)
