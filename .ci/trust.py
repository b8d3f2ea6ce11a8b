"""Measure what the tests are worth, and print it: ``python .ci/trust.py [STAGE ...] [--work FOLDER] [--show]``.

    suite     every test, the slow ones too, under branch coverage: properties and the examples they ran, hostile input,
              thresholds and decisions compared, processes killed, digests compared
    mutants   the package with one mistake planted at a time (.ci/mutants): how many of them the tests notice
    matrix    other versions of Python and of the libraries, and each extra missing (.ci/matrix)

Without a name all three run, in that order: about twenty minutes, some hours, and five minutes on two cores.  Each
stage replaces its own part of derivations/site/trust.json, which the documentation's page on trust shows; ``--show``
prints the table of what is there, measuring nothing.  With ``--work`` an interrupted run of the mutants goes on where
it was.  SYMPHASE_TEST_MULTIPLIER=50 tries each property 10 000 times.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import platform
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tests"))
from knob import MULTIPLIER, recorded  # noqa: E402  # it lies beside the tests

FIGURES = TOP / "derivations" / "site" / "trust.json"


def _run(*command: str, fine: tuple[int, ...] = (0,), **variables: str) -> None:
    done = subprocess.run(command, cwd=TOP, env={**os.environ, **variables}, check=False)
    if done.returncode not in fine:
        raise SystemExit(f"{' '.join(command)}: exit code {done.returncode}; no figures are written for this stage")


def _raises(path: Path) -> set[int]:
    """The lines of a module on which an error is raised."""
    return {
        node.lineno for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Raise)
    }


def _junit(path: Path) -> dict[str, int]:
    """Sum what the tests recorded, and count tests and properties."""
    counts: Counter[str] = Counter()
    for case in ET.parse(path).getroot().iter("testcase"):  # noqa: S314  # the file that pytest has just written
        counts["tests"] += 1
        for kind in ("skipped", "failure", "error"):
            counts[kind] += case.find(kind) is not None
        counts.update(recorded((each.attrib["name"], each.attrib["value"]) for each in case.iter("property")))
    return dict(counts)


def suite(scratch: Path, _: Path | None) -> dict[str, Any]:
    """Run every test under coverage."""
    settings = scratch / "coveragerc"
    settings.write_text("[run]\nbranch = true\nparallel = true\nsource = symphase\npatch = subprocess\n")
    junit, coverage = scratch / "tests.xml", scratch / "coverage.json"
    options = ["-q", "-n", "2", "-m", "", f"--junitxml={junit}", "--cov=symphase", "--cov-branch"]
    options += [f"--cov-config={settings}", f"--cov-report=json:{coverage}"]
    _run(sys.executable, "-m", "pytest", *options, fine=(0, 1), COVERAGE_FILE=str(scratch / "data"))
    found = json.loads(coverage.read_text())
    raised = missed = 0
    for name, module in found["files"].items():
        lines = _raises(TOP / name)
        raised += len(lines)
        missed += len(lines & set(module["missing_lines"]))
    totals = found["totals"]
    return {
        **_junit(junit),
        "multiplier": MULTIPLIER,
        "lines": totals["num_statements"],
        "lines_run": totals["covered_lines"],
        "branches": totals["num_branches"],
        "branches_taken": totals["covered_branches"],
        "raise_statements": raised,
        "raise_statements_run": raised - missed,
    }


def mutants(scratch: Path, work: Path | None) -> dict[str, Any]:
    """Plant mistakes in a throw-away copy; those that no test noticed are figures, too."""
    figures = scratch / "mutants.json"
    kept = [f"--work={work}"] if work else []
    _run(sys.executable, str(TOP / ".ci" / "mutants"), *kept, f"--json={figures}", fine=(0, 1))
    return {"modules": json.loads(figures.read_text())}


def matrix(scratch: Path, _: Path | None) -> dict[str, Any]:
    """Install and test in each corner of what the metadata allows."""
    figures = scratch / "matrix.json"
    _run(sys.executable, str(TOP / ".ci" / "matrix"), f"--figures={figures}")
    return dict(json.loads(figures.read_text()))


def read() -> dict[str, Any]:
    """The figures measured last."""
    return json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}


def main() -> None:
    """Measure the stages named, keep the figures, print the table."""
    reader = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    reader.add_argument("stages", nargs="*", metavar="STAGE", help=f"{', '.join(STAGES)}; all of them without a name")
    reader.add_argument("--work", type=Path, metavar="FOLDER", help="where .ci/mutants keeps its copies")
    reader.add_argument("--show", action="store_true", help="measure nothing")
    given = reader.parse_args()
    if strange := [name for name in given.stages if name not in STAGES]:
        reader.error(f"there is no stage {strange[0]!r}; there are {', '.join(STAGES)}")
    figures = read()
    for name in () if given.show else given.stages or STAGES:
        with tempfile.TemporaryDirectory() as scratch:
            figures[name] = {
                "measured": datetime.now(UTC).date().isoformat(),
                "python": platform.python_version(),
                **STAGES[name](Path(scratch), given.work),
            }
        FIGURES.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    sys.path.insert(0, str(FIGURES.parent))
    import trusted

    print(trusted.table(figures))


STAGES = {"suite": suite, "mutants": mutants, "matrix": matrix}

if __name__ == "__main__":
    main()
