"""Run what README.md and the site's pages promise, so that what CI runs and what a reader copies cannot differ.

``readme.py command NAME`` prints the one line of README.md's code block under ``<!-- command: NAME -->``;
``readme.py python`` runs every Python block of README.md, each by itself (one with prompts must print what it shows);
``readme.py site`` runs every code block of derivations/site, the blocks of a page in order, in one empty folder a page;
``readme.py page FILE ...`` runs those of single pages.

On the site's pages a block's language says what is done with it:

* ``python``: it runs, after the Python blocks above it on that page;
* ``pycon``: the same, and it must print what it shows;
* ``sh``: it runs in the page's folder and must end with exit code 0;
* ``console``: lines after ``$`` run, the lines below each must be what it prints (``...`` stands for any text);
* ``text`` and the languages of files (csv, toml, json, latex, bibtex, html) are shown only.

Comments before a block change that: ``<!-- not run: REASON -->``; ``<!-- needs: PROGRAM -->`` (left out, and said so,
where that is not installed); ``<!-- exit code: N -->``;
``<!-- file: NAME -->`` (the block becomes a file in the page's folder); ``<!-- prints -->`` (the block must be what the
block above it printed).  Nothing here needs more than the standard library.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

TOP = Path(__file__).resolve().parent.parent
README = TOP / "README.md"
SITE = TOP / "derivations" / "site"
_BLOCK = re.compile(
    r"^(?:<!-- command: (?P<name>[a-z]+) -->\n+)?```(?P<language>[a-z]*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE
)
_PAGE_BLOCK = re.compile(
    r"(?P<marks>(?:^<!-- [a-z ]+(?::[^\n]*)? -->\n+)*)^(?P<fence>```+)(?P<language>[^\n`]*)\n(?P<body>.*?)^(?P=fence)$",
    re.DOTALL | re.MULTILINE,
)
_MARK = re.compile(r"^<!-- ([a-z ]+?)(?:: ?(.*?))? -->$", re.MULTILINE)
_SHOWN_ONLY = {"text", "csv", "toml", "json", "latex", "bibtex", "html"}
_OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
_LONGEST = 240  # seconds that one shell line may take


def blocks(text: str) -> list[tuple[str, str, str]]:
    """Return (command name or "", language, body) of each fenced block."""
    return [(found["name"] or "", found["language"], found["body"]) for found in _BLOCK.finditer(text)]


def command(text: str, name: str) -> str:
    """Return the one line that a marked block holds."""
    bodies = [body.strip() for marked, _, body in blocks(text) if marked == name]
    if len(bodies) != 1 or not bodies[0] or "\n" in bodies[0]:
        raise SystemExit(f"README.md must hold exactly one block marked 'command: {name}', with one line in it")
    return bodies[0]


def run_python(text: str, name: str) -> int:
    """Run every Python block in an interpreter of its own; return how many there were."""
    count = 0
    for _, language, body in blocks(text):
        if language not in {"python", "pycon"}:
            continue
        count += 1
        if ">>>" in body:
            test = doctest.DocTestParser().get_doctest(body, {}, f"{name} block {count}", name, 0)
            runner = doctest.DocTestRunner(optionflags=_OPTIONS)
            if runner.run(test).failed:
                raise SystemExit(f"{name}: Python block {count} does not print what it shows")
        elif subprocess.run([sys.executable, "-"], input=body, text=True, check=False).returncode:
            raise SystemExit(f"{name}: Python block {count} fails")
    return count


# --- pages ------------------------------------------------------------------------------------------------------------


class Block(NamedTuple):
    """A fenced block of a page: where it begins, its language, its text, the comments before it."""

    line: int
    language: str
    body: str
    marks: dict[str, str]


def page_blocks(text: str) -> Iterator[Block]:
    """Yield the code blocks of a page; directives such as ``{toctree}`` are none."""
    for found in _PAGE_BLOCK.finditer(text):
        if found["language"].startswith("{"):
            continue
        yield Block(
            line=text.count("\n", 0, found.start("fence")) + 1,
            language=found["language"].strip(),
            body=found["body"],
            marks={name: (value or "") for name, value in _MARK.findall(found["marks"])},
        )


class Page:
    """One page while its blocks run, in the current folder, with one namespace for its Python."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.printed = ""

    def run(self, block: Block) -> bool:
        """Run one block; returns whether anything ran, and raises SystemExit where it fails."""
        if set(block.marks) - {"not run", "needs", "exit code", "file", "prints"}:
            self._fail(block, f"does not know the comment {sorted(block.marks)}")
        if "not run" in block.marks:
            if not block.marks["not run"].strip():
                self._fail(block, "must say why it is not run")
            return False
        if "needs" in block.marks and shutil.which(block.marks["needs"]) is None:
            print(f"line {block.line} needs {block.marks['needs']}, which is not installed")
            return False
        if "file" in block.marks:
            Path(block.marks["file"]).write_text(block.body, encoding="utf-8")
            return False
        if "prints" in block.marks:
            self._compare(block, block.body, self.printed)
            return False
        match block.language:
            case "python":
                self._python(block)
            case "pycon":
                self._prompts(block)
            case "sh":
                self.printed = self._shell(block, block.body)
            case "console":
                self._console(block)
            case shown if shown in _SHOWN_ONLY:
                return False
            case _:
                self._fail(block, f"has the language {block.language!r}, with which nothing is done")
        return True

    def _fail(self, block: Block, reason: str) -> None:
        raise SystemExit(f"{self.name}:{block.line}: the block {reason}")

    def _compare(self, block: Block, wanted: str, got: str) -> None:
        checker = doctest.OutputChecker()
        if not checker.check_output(wanted, got, _OPTIONS):
            difference = checker.output_difference(doctest.Example("", wanted), got, _OPTIONS)
            self._fail(block, f"is not what was printed\n{difference}")

    def _python(self, block: Block) -> None:
        output = io.StringIO()
        # as many lines before it as on the page, so that a traceback names the page's line
        code = compile("\n" * block.line + block.body, self.name, "exec")
        with contextlib.redirect_stdout(output):
            exec(code, self.names)  # noqa: S102  # the page's own code
        self.printed = output.getvalue()

    def _prompts(self, block: Block) -> None:
        test = doctest.DocTestParser().get_doctest(block.body, self.names, self.name, self.name, block.line)
        output = io.StringIO()
        failed = doctest.DocTestRunner(optionflags=_OPTIONS).run(test, out=output.write, clear_globs=False).failed
        self.names.update(test.globs)
        if failed:
            self._fail(block, f"does not print what it shows\n{output.getvalue()}")

    def _shell(self, block: Block, line: str) -> str:
        places = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": places, "NO_COLOR": "1", "COLUMNS": "110"}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LONGEST,
            check=False,
        )
        if done.returncode != int(block.marks.get("exit code", "0")):
            self._fail(block, f"ends with exit code {done.returncode}: {line}\n{done.stdout}{done.stderr}")
        return done.stdout + (done.stderr if "exit code" in block.marks else "")

    def _console(self, block: Block) -> None:
        parts = re.split(r"^\$ ", block.body, flags=re.MULTILINE)
        if parts[0].strip() or len(parts) < 2:
            self._fail(block, "must begin with a line after $")
        for part in parts[1:]:
            line, _, shown = part.partition("\n")
            while line.endswith("\\"):
                more, _, shown = shown.partition("\n")
                line = f"{line}\n{more}"
            self.printed = self._shell(block, line)
            if shown.strip():
                self._compare(block, shown, self.printed)


def run_page(path: Path) -> tuple[int, int]:
    """Run a page's blocks in an empty folder; returns how many ran, and how many say why they do not."""
    page, ran, left = Page(str(path)), 0, 0
    found = list(page_blocks(path.read_text(encoding="utf-8")))
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for block in found:
            ran += page.run(block)
            left += "not run" in block.marks
    return ran, left


def site_pages() -> list[Path]:
    """Return the site's pages that hold code."""
    return [path for path in sorted(SITE.rglob("*.md")) if any(page_blocks(path.read_text(encoding="utf-8")))]


def run_site(paths: list[Path]) -> None:
    """Run each page in a process of its own, two at a time."""

    def one(path: Path) -> tuple[Path, float, subprocess.CompletedProcess[str]]:
        began = time.monotonic()
        line = [sys.executable, "-W", "error", str(Path(__file__)), "page", str(path)]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        return path, time.monotonic() - began, done

    failed = []
    with ThreadPoolExecutor(2) as pool:
        for path, seconds, done in pool.map(one, paths):
            print(f"{path.relative_to(TOP)} ({seconds:.0f} s): {(done.stdout + done.stderr).strip()}")
            if done.returncode:
                failed.append(path.name)
    if failed or not paths:
        raise SystemExit(f"pages whose code does not run: {', '.join(failed) or 'there are none at all'}")


def main(arguments: list[str]) -> None:
    """Run one of the commands."""
    match arguments:
        case ["command", name]:
            print(command(README.read_text(encoding="utf-8"), name))
        case ["python"]:
            print(f"{run_python(README.read_text(encoding='utf-8'), README.name)} Python blocks in README.md ran")
        case ["site"]:
            run_site(site_pages())
        case ["page", *names] if names:
            for name in names:
                ran, left = run_page(Path(name).resolve())
                print(f"{ran} blocks ran" + (f", {left} are marked as not to be run" if left else ""))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
