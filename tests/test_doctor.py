"""What doctor finds, and what it says when something is not there."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from test_cli import loads, ok, run

from symphase import doctor
from symphase.doctor import EXTRAS, Finding, State, examine

ROOT = Path(__file__).resolve().parents[1]


def found(name: str) -> Finding:
    return next(each for each in examine() if each.name == name)


def test_the_core_works_here_and_every_finding_is_told() -> None:
    findings = examine()
    assert len({each.name for each in findings}) == len(findings)
    assert all(each.name and each.found and each.purpose for each in findings)
    assert not any(each.state is State.BROKEN for each in findings)
    for each in findings:
        if each.state is State.MISSING:
            assert each.advice
    text = ok("doctor")
    assert text.rstrip().endswith("The core works.")
    for each in findings:
        assert each.name in text
    record = loads(ok("doctor", "--json"))
    assert [(each["name"], each["state"]) for each in record] == [(f.name, str(f.state)) for f in findings]
    assert set(record[0]) == {"name", "state", "found", "purpose", "advice"}


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=; \[]", each)[0] for each in requirements if not each.startswith("symphase[")}


def test_the_packages_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert set(EXTRAS) == set(extras) - {"dev"}
    for name, (packages, _) in EXTRAS.items():
        assert set(packages) == _names(extras[name]), name
    assert set(doctor._CORE) == _names(project["dependencies"])
    for line in project["dependencies"]:
        name, least = line.split(">=")
        assert doctor._CORE[name][0] == least
    assert project["requires-python"] == ">=" + ".".join(map(str, doctor._PYTHON))


def test_the_tex_packages_are_those_that_documents_load() -> None:
    sources = [*(ROOT / "symphase" / "latex").glob("*.py")]
    if not sources:
        pytest.skip("installed without its sources")
    loaded = {
        name
        for path in sources
        for names in re.findall(r"\\usepackage(?:\[[^]]*\])?\{([a-z,]+)\}", path.read_text(encoding="utf-8"))
        for name in names.split(",")
    }
    assert loaded == set(doctor._TEX)


def _without(*absent: str) -> Any:
    true = importlib.metadata.version

    def version(name: str) -> str:
        if name in absent:
            raise importlib.metadata.PackageNotFoundError(name)
        return true(name)

    return version


def test_a_missing_extra_comes_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", _without("zarr"))
    finding = found("extra [store]")
    assert finding.state is State.MISSING
    assert "zarr" in finding.found
    assert finding.advice == 'python -m pip install "symphase[store]"'
    assert 'pip install "symphase[store]"' in ok("doctor")


def test_a_missing_or_old_core_package_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", _without("python-flint"))
    finding = found("python-flint")
    assert (finding.state, finding.found) == (State.BROKEN, "not installed")
    ran = run("doctor")
    assert (ran.code, ran.err) == (1, "")
    assert "The core does not work." in ran.out
    assert 'python -m pip install "python-flint>=' in ran.out
    monkeypatch.setattr(importlib.metadata, "version", lambda _: "1.9.12rc1")
    assert found("sympy").state is State.BROKEN  # 1.9 is before 1.14, as numbers and not as text
    assert found("mpmath").state is State.OK
    assert found("rich").advice


def test_broken_binaries_are_a_finding_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flint", None)
    monkeypatch.setitem(sys.modules, "mpmath.libmp", None)
    monkeypatch.setitem(sys.modules, "sympy.external.gmpy", None)
    for name in ("exact arithmetic", "mpmath backend", "SymPy ground types"):
        assert found(name).state is State.BROKEN
        assert "Error" in found(name).found


def test_without_tex_or_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    for name in ("TeX (latexmk)", "TeX packages", "Chromium"):
        assert found(name).state is State.MISSING
        assert "apt install" in found(name).advice


def test_tex_packages_that_are_not_found_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")

    def answer(command: list[str], **_: Any) -> Any:
        there = [f"/tex/{name}" for name in command[1:] if name != "booktabs.sty"]
        return subprocess.CompletedProcess(command, 1, stdout="\n".join(there))

    monkeypatch.setattr(subprocess, "run", answer)
    assert found("TeX packages").found == "without booktabs"

    def slow(command: list[str], **_: Any) -> Any:
        raise subprocess.TimeoutExpired(command, 1)

    monkeypatch.setattr(subprocess, "run", slow)
    assert found("TeX packages").state is State.MISSING


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (subprocess.CompletedProcess([], 2, stdout="", stderr="Can't locate strict.pm\nin @INC"), "exit code 2: Can't"),
        (subprocess.CompletedProcess([], 1, stdout="", stderr=""), "exit code 1"),
        (subprocess.TimeoutExpired([], 1), "no answer within"),
        (PermissionError(13, "Permission denied"), "Permission denied"),
    ],
)
def test_a_latexmk_that_does_not_start_is_broken(monkeypatch: pytest.MonkeyPatch, answer: Any, said: str) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")

    def start(*_: Any, **__: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(subprocess, "run", start)
    finding = found("TeX (latexmk)")
    assert finding.state is State.BROKEN
    assert finding.found.startswith(f"/bin/latexmk, {said}")
    assert "apt install" in finding.advice
    assert finding.optional
    text = ok("doctor")  # the core works without TeX
    assert "broken" in text
    assert text.rstrip().endswith("The core works.")


def test_a_latexmk_that_starts_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def start(command: list[str], **_: Any) -> Any:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, stdout="Latexmk 4.8", stderr="")

    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(subprocess, "run", start)
    finding = found("TeX (latexmk)")
    assert (finding.state, finding.found, finding.advice) == (State.OK, "/bin/latexmk", "")
    assert asked.count(["/bin/latexmk", "-version"]) == 1


def test_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert found("colour").found == "off: NO_COLOR is set"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert found("colour").found == "on: FORCE_COLOR is set"

    class Old:
        encoding = "cp1252"

        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", Old())
    encoding = doctor._encoding()
    assert (encoding.state, encoding.found) == (State.WARNING, "cp1252")
    assert "PYTHONUTF8" in encoding.advice


def test_doctor_imports_no_extra_and_no_heavy_package() -> None:
    """Looking must be fast, and must work where what is looked for cannot be imported."""
    code = (
        "import sys; from symphase.doctor import examine; examine(); "
        "print(sorted({'matplotlib', 'scipy', 'numba', 'zarr', 'xarray', 'distributed', 'sklearn', 'pytest', 'sphinx'}"
        " & {name.partition('.')[0] for name in sys.modules}))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert answer.stdout.strip() == "[]"
