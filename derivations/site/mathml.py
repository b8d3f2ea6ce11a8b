"""Formulas in LaTeX as MathML."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from latex2mathml.converter import convert

_NAMESPACE = "http://www.w3.org/1998/Math/MathML"
_BEFORE_A_SIGN = frozenset("([{,;=<>≤≥←→≈⇔")
# the converter knows these under another name
_SYNONYMS = {r"\begin{aligned}": r"\begin{align*}", r"\end{aligned}": r"\end{align*}"}


def mathml(latex: str, *, display: bool) -> str:
    """Return a formula as MathML; a ValueError says what of it could not be converted.

    Parameters
    ----------
    latex : str
        Without dollar signs.
    display : bool
        Whether it stands on a line of its own.
    """
    text = latex.strip()
    for ours, theirs in _SYNONYMS.items():
        text = text.replace(ours, theirs)
    try:
        tree = ET.fromstring(convert(text, display="block" if display else "inline"))  # noqa: S314  # made here
    except Exception as error:
        raise ValueError(f"cannot be shown as MathML ({error}): {latex}") from error
    for element in tree.iter():
        # what the converter does not know it passes through as an identifier, backslash and all
        if element.text and re.search(r"\\[A-Za-z]", element.text):
            raise ValueError(f"the converter does not know {element.text}: {latex}")
    _space(tree)
    ET.register_namespace("", _NAMESPACE)
    return ET.tostring(tree, encoding="unicode")


def _space(tree: ET.Element) -> None:
    """A sign after a bracket, a comma or a relation belongs to what follows; slashes and bars have no space around."""
    for parent in tree.iter():
        before: ET.Element | None = None
        for element in parent:
            if element.tag == f"{{{_NAMESPACE}}}mo":
                follows = before is not None and before.tag == element.tag and (before.text or "") in _BEFORE_A_SIGN
                if element.text in {"−", "+", "±"} and follows:
                    element.set("form", "prefix")
                elif element.text in {"/", "|", "‖", "∥"}:
                    element.set("lspace", "0")
                    element.set("rspace", "0")
            before = element
