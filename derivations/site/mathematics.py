"""Formulas as MathML, made while the site is built: the pages need no script and no network for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from mathml import mathml
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_LOGGER = logging.getLogger(__name__)


def _written(translator: Any, node: nodes.Element, *, display: bool) -> None:
    try:
        body = mathml(node.astext(), display=display)
    except ValueError as error:
        _LOGGER.warning("%s", error, location=node)
        body = translator.encode(node.astext())
    if display:
        identifiers = " ".join(f'id="{name}"' for name in node.get("ids", [])[:1])
        translator.body.append(
            f'<div class="formula" role="group" aria-label="formula" tabindex="0" {identifiers}>{body}</div>\n'
        )
    else:
        translator.body.append(body)
    raise nodes.SkipNode


def _inline(translator: Any, node: nodes.math) -> None:
    _written(translator, node, display=False)


def _block(translator: Any, node: nodes.math_block) -> None:
    _written(translator, node, display=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer under the name ``mathml``."""
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
