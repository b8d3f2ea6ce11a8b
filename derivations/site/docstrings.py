"""What the docstrings of symphase need to become pages: their formulas kept, their cross-references resolved."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from docutils import nodes

import symphase

if TYPE_CHECKING:
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


def _escape_bars(line: str) -> str:
    """|f(z)| is a modulus here, and no substitution; what stands in double backquotes stays as it is."""
    parts = re.split(r"(``[^`]*``)", line)
    return "".join(part if part.startswith("``") else re.sub(r"(?<!\\)\|", r"\\|", part) for part in parts)


def keep_formulas(_app: Sphinx, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]) -> None:
    """Formulas that are set off become literal blocks, bars in the text are bars."""
    result: list[str] = []
    literal: int | None = None  # the indentation that a formula which is set off must exceed
    prompt = False
    for number, line in enumerate(lines):
        depth = len(line) - len(line.lstrip())
        if literal is not None and line.strip() and depth <= literal:
            literal = None
        if line.lstrip().startswith(">>>"):
            prompt = True
        elif not line.strip():
            prompt = False
        following = next((later for later in lines[number + 1 :] if later.strip()), "")
        sets_off = (
            literal is None
            and number + 1 < len(lines)
            and line.rstrip().endswith((":", ","))
            and not lines[number + 1].strip()
            and len(following) - len(following.lstrip()) > depth
        )
        if literal is None and not prompt:
            line = _escape_bars(line)
        result.append(line)
        if sets_off:
            result += ["", " " * depth + "::"]
            literal = depth
    lines[:] = result


def resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.Node
) -> nodes.reference | nodes.Node | None:
    """A name by its module leads to its public entry; types of other packages and in prose are shown as text.

    What a docstring or a page refers to on purpose, by a role, must exist: if it does not, the build fails.
    """
    if node.get("refdomain") != "py":
        return None
    target = str(node.get("reftarget", ""))
    last = target.rpartition(".")[2]
    if last in symphase.__all__ and target != f"symphase.{last}":
        found = env.get_domain("py").resolve_xref(
            env, node["refdoc"], app.builder, node["reftype"], f"symphase.{last}", node, contnode
        )
        if found is not None:
            return found
    if node["reftype"] == "mod" and find_spec(target) is not None:
        return contnode
    on_purpose = isinstance(contnode, nodes.literal)  # roles give literals; signatures and type fields do not
    return contnode if not on_purpose or _exists(target) else None


def _exists(target: str) -> bool:
    """Whether a name exists in symphase without being public: in the module named, or in one with public names."""
    name = target.removeprefix("symphase.")
    module, _, rest = name.partition(".")
    return any(_has(home, name) for home in set(symphase._HOME.values())) or (bool(rest) and _has(module, rest))


def _has(module: str, name: str) -> bool:
    try:
        found: object = import_module(f"symphase.{module}")
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return False
    return True


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the two."""
    app.connect("autodoc-process-docstring", keep_formulas, priority=100)  # before napoleon
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
