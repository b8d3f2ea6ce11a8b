"""The figures of the page on trust, from trust.json, which ``python .ci/trust.py`` writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["pages", "table"]

FIGURES = Path(__file__).resolve().parent / "trust.json"

# what a test recorded under this name, how the page calls it, and how to do it again
_RECORDED = {
    "tests": ("tests, none of which may warn or change the process", 'pytest -n 2 -m ""'),
    "properties": ("properties that Hypothesis tries to refute", 'pytest -n 2 -m ""'),
    "full_properties": ("of them on 200 examples or more", 'pytest -n 2 -m ""'),
    "examples": ("examples on which the properties held", 'pytest -n 2 -m ""'),
    "hostile_api_cases": ("hostile or mistaken calls", "pytest tests/hostile/test_hostile_api.py"),
    "hostile_strategy_cases": (
        "hostile or mistaken calls of strategies and laws",
        "pytest tests/hostile/test_hostile_strategies.py",
    ),
    "hostile_command_cases": ("hostile command lines", "pytest tests/hostile/test_hostile_commands.py"),
    "hostile_spec_cases": ("mistaken sweep specifications", "pytest tests/hostile/test_hostile_specs.py"),
    "damaged_artefacts": ("damaged or malicious files", "pytest tests/hostile/test_damaged_artefacts.py"),
    "escaping_cases": (
        "texts that try to break out of HTML, LaTeX, JSON, a file name or the terminal",
        "pytest tests/hostile/test_escaping.py",
    ),
    "native_aborts_survived": (
        "native calls that abort, crash or run out of time or memory, and the parent lives",
        "pytest tests/hostile/test_native_budget.py",
    ),
    "kills_survived": (
        "writers killed, and the same bytes in the end",
        'pytest -m "" tests/test_stores.py tests/test_sweeps.py',
    ),
    "random_rationals": (
        "random rationals, each inside its enclosure",
        'pytest -m "" tests/properties/test_enclosure_properties.py',
    ),
    "thresholds_compared": (
        "thresholds to which FLINT, SymPy, PARI/GP, mpmath and NumPy come alike",
        'pytest -m "" tests/properties/test_differential.py',
    ),
    "phase_decisions": (
        "phases decided twice, without a line of shared code",
        'pytest -m "" tests/properties/test_differential.py',
    ),
    "gd_runs": ("runs of gradient descent held against the map", 'pytest -m "" tests/properties/test_differential.py'),
    "ulp_comparisons": (
        "floats at and beside a boundary, each on its side",
        'pytest -m "" tests/properties/test_ulps.py',
    ),
    "digests_compared": (
        "digests equal under other hash seeds, workers and chunk sizes",
        'pytest -m "" tests/test_determinism.py',
    ),
}


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({100 * part / whole:.1f}\u00a0%)".replace(",", "\u00a0")


def _rows(figures: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield (what, figure, how to measure it again)."""
    if suite := figures.get("suite"):
        for name, (what, again) in _RECORDED.items():
            if name in suite:
                yield what, f"{suite[name]:,}".replace(",", "\u00a0"), again
        again = "python .ci/trust.py suite"
        if failed := suite["failure"] + suite["error"]:
            yield "of the tests failed in that run", f"{failed}", again
        yield "lines that the tests run", _share(suite["lines_run"], suite["lines"]), again
        yield "branches that they take", _share(suite["branches_taken"], suite["branches"]), again
        yield "raised errors that they see", _share(suite["raise_statements_run"], suite["raise_statements"]), again
    if mutants := figures.get("mutants"):
        found = [_mutants(module) for module in mutants["modules"].values() if _mutants(module)[0]]
        planted, killed, equivalent = (sum(column) for column in zip(*found, strict=True))
        again = "python .ci/trust.py mutants"
        noticed = f"planted mistakes that the tests notice, in {len(found)} modules"
        yield noticed, _share(killed, planted - equivalent), again
        if untried := round(sum(module["not run"] for module in mutants["modules"].values())):
            yield "more that were planted there and not tried yet", f"{untried:,}".replace(",", "\u00a0"), again
    if matrix := figures.get("matrix"):
        entries = matrix["entries"]
        passed = sum(entry["outcome"] == "passed" for entry in entries)
        yield "environments in which the tests pass", f"{passed} of {len(entries)}", "python .ci/trust.py matrix"


def table(figures: dict[str, Any]) -> str:
    """The figures for a terminal, one a line."""
    rows = list(_rows(figures))
    width = max((len(figure) for _, figure, _ in rows), default=0)
    return "\n".join(f"{figure:>{width}}  {what}" for what, figure, _ in rows)


def _mutants(module: dict[str, int]) -> tuple[int, int, int]:
    """How many mistakes were planted in a module, how many were noticed, how many cannot be."""
    return (
        round(module["mutants"] - module["not run"]),
        round(module["killed"] + module["timeout"]),
        round(module["equivalent"]),
    )


def _mutants_table(mutants: dict[str, Any]) -> Iterator[str]:
    yield "| module | mistakes planted | noticed | cannot be noticed | missed |"
    yield "|---|---|---|---|---|"
    for name, module in sorted(mutants["modules"].items()):
        planted, killed, equivalent = _mutants(module)
        if not planted:
            yield f"| `{name}` | not tried yet | | | |"
            continue
        sample = " (a sample)" if module["not run"] else ""
        yield f"| `{name}` | {planted}{sample} | {killed} | {equivalent} | {planted - killed - equivalent} |"


def _matrix(matrix: dict[str, Any]) -> Iterator[str]:
    yield "| environment | versions | outcome |"
    yield "|---|---|---|"
    for entry in matrix["entries"]:
        yield f"| {entry['name']} | {entry['versions']} | {entry['outcome']} |"


def _page(figures: dict[str, Any]) -> Iterator[str]:
    yield "# The figures: what the tests are worth\n"
    yield (
        "[How we test](testing.md) says which route checks which. This page counts. No failure in N trials means a "
        "rate of failure below 3/N with 95 % confidence and nothing more: the numbers below are no proof, the "
        "[certificates](certificates.md) are.\n"
    )
    yield "| measured | figure | again with |\n|---|---|---|"
    for what, figure, again in _rows(figures):
        yield f"| {what} | {figure} | `{again}` |"
    dates = ", ".join(f"{name} {figures[name]['measured']}" for name in figures)
    if "suite" in figures:
        where = f"Python {figures['suite']['python']}"
        if (times := figures["suite"]["multiplier"]) != 1:
            where += f", with SYMPHASE_TEST_MULTIPLIER={times:g}"
        dates += f" ({where})"
    yield (
        f"\n`python .ci/trust.py` measures all of it and prints this table; a run of pytest ends with what its tests "
        f"counted. `SYMPHASE_TEST_MULTIPLIER=50` tries each property on 10 000 examples. Measured: {dates}.\n"
    )
    if mutants := figures.get("mutants"):
        yield "## Planted mistakes\n"
        yield (
            "A program plants one mistake at a time in a copy of the package (another sign, another comparison, a "
            "constant that is off by one, a changed message) and runs the module's tests. What no test can notice, "
            "because the program does the same with it, is listed with its reason in `tests/mutation.toml`. The "
            "modules are those that decide: exact numbers, certificates, boundaries, phases. Of a sample only what was "
            "tried is counted.\n"
        )
        yield from _mutants_table(mutants)
    if matrix := figures.get("matrix"):
        yield "\n## Environments\n"
        yield from _matrix(matrix)
    yield ""


def pages() -> dict[str, str]:
    """The page, by its name in the site."""
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    return {"explanation/trust.md": "\n".join(_page(figures))}
