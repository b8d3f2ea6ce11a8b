"""After the benchmarks: each goal beside what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the measured ratios and times beside the goals; minima, because noise only ever adds."""
    session: Any = getattr(config, "_benchmarksession", None)
    fastest = {bench.name: bench.stats.min for bench in session.benchmarks if bench.stats.rounds} if session else {}
    if not fastest:
        return
    sympy, nothing = fastest.get("import sympy"), fastest.get("python")
    rows: list[tuple[str, str, str]] = []
    if sympy is not None:
        if "import symphase" in fastest:
            ratio = fastest["import symphase"] / sympy
            rows.append(("import symphase / import sympy", f"{ratio:.2f}", "at most 1.15"))
        if "symphase boundaries" in fastest:
            measured, goal = fastest["symphase boundaries"], 2 * sympy + 1
            rows.append(("symphase boundaries", f"{measured:.2f} s", f"under 2 × {sympy:.2f} s + 1 s = {goal:.2f} s"))
        if nothing is not None:
            rows.append(("import sympy, less Python's own start", f"{sympy - nothing:.2f} s", "(the yardstick)"))
    if "symphase report" in fastest:
        rows.append(("symphase report", f"{fastest['symphase report']:.1f} s", "under 30 s on two cores"))
    terminalreporter.section("goals")
    for what, measured_text, goal_text in rows:
        terminalreporter.write_line(f"{what:40} {measured_text:>10}   {goal_text}")
