"""Build the site, strictly and without the network: ``python derivations/site/build.py OUT``.

The sources are copied to OUT/source, the pages that are made by code are written beside them (API reference, command
line, published numbers, glossary, tutorials from examples/notebooks), Sphinx turns every warning into an error, and the
pages are searched for anything that a browser would fetch from elsewhere.  Nothing is written into the checkout.

    --fast   without running the tutorials, to look at a page while writing it
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path.insert(0, str(HERE))

_NEEDED = ("furo", "jupytext", "latex2mathml", "myst_nb", "nbclient", "sphinx", "sphinx_copybutton", "sphinx_design")
# what makes a browser load something: a link that the reader follows is none
_LOADED = re.compile(
    r"""(?:<(?:script|img|iframe|source|video|audio|embed|object)\b[^>]*?\b(?:src|data|srcset)\s*=\s*["']?"""
    r"""|<link\b(?=[^>]*\brel\s*=\s*["']?(?:stylesheet|preload|icon|shortcut|modulepreload|preconnect|dns-prefetch))"""
    r"""[^>]*?\bhref\s*=\s*["']?|@import\s+(?:url\()?["']?|\burl\(\s*["']?)((?:https?:)?//[^"'\s)>]+)""",
    re.IGNORECASE,
)


def stage(out: Path) -> Path:
    """Copy the sources and write the pages that code makes; returns the folder."""
    import pictures
    import published
    import reference
    import trusted
    import tutorials

    source = out / "source"
    if source.exists():
        shutil.rmtree(source)
    shutil.copytree(HERE, source, ignore=shutil.ignore_patterns("__pycache__", "_build", "build.py"))
    written = {**reference.pages(), **published.pages(), **trusted.pages(), **tutorials.pages(TOP), **pictures.pages()}
    for name, text in written.items():
        path = source / name
        if path.exists():
            raise SystemExit(f"{name} is written by code and lies among the sources")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return source


def fetched(folder: Path) -> list[str]:
    """Name what a browser would load from elsewhere, as "page: address"."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".html", ".css", ".svg"}:
            text = path.read_text(encoding="utf-8")
            found += [f"{path.relative_to(folder)}: {address}" for address in _LOADED.findall(text)]
    return found


def main(arguments: list[str]) -> None:
    """Build into the folder named."""
    fast = "--fast" in arguments
    places = [argument for argument in arguments if not argument.startswith("-")]
    if len(places) != 1:
        raise SystemExit(__doc__)
    began = time.monotonic()
    out = Path(places[0]).resolve()
    if out == TOP or TOP in out.parents:
        raise SystemExit("choose a folder outside the checkout")
    if absent := [name for name in _NEEDED if find_spec(name) is None]:
        raise SystemExit(f'the site needs {", ".join(absent)}: pip install "symphase[docs]"')
    out.mkdir(parents=True, exist_ok=True)
    source = stage(out)
    options = ["-W", "--keep-going", "-n", "-q", "-j", "2", "-d", str(out / "doctrees")]
    if fast:
        options += ["-D", "nb_execution_mode=off"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, "-b", "html", str(source), str(out / "html")],
        check=False,
        cwd=out,
    )
    if done.returncode:
        raise SystemExit(done.returncode)
    foreign = fetched(out / "html")
    if foreign:
        raise SystemExit("pages would load from elsewhere:\n" + "\n".join(foreign))
    print(f"{out / 'html' / 'index.html'}: built in {time.monotonic() - began:.0f} s, nothing is loaded from elsewhere")


if __name__ == "__main__":
    main(sys.argv[1:])
