"""Read what README.md promises, so that what CI runs and what a reader copies cannot differ.

``readme.py command NAME`` prints the one line of the code block under ``<!-- command: NAME -->``;
``readme.py python`` runs every Python block as it stands (a block with prompts must print what it shows).
"""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"
_BLOCK = re.compile(
    r"^(?:<!-- command: (?P<name>[a-z]+) -->\n+)?```(?P<language>[a-z]*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE
)


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
            runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
            if runner.run(test).failed:
                raise SystemExit(f"{name}: Python block {count} does not print what it shows")
        elif subprocess.run([sys.executable, "-"], input=body, text=True, check=False).returncode:
            raise SystemExit(f"{name}: Python block {count} fails")
    return count


def main(arguments: list[str]) -> None:
    """Run one of the two commands."""
    text = README.read_text(encoding="utf-8")
    match arguments:
        case ["command", name]:
            print(command(text, name))
        case ["python"]:
            print(f"{run_python(text, README.name)} Python blocks in README.md ran")
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
