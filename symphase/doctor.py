"""What this installation can do: the core packages, the extras, TeX, the browser, the terminal and the machine.

Nothing heavy is imported: packages are looked up by their metadata, programs by their names.  Only SymPy, python-flint
and mpmath are really imported, for the core is broken where they cannot be.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shutil
import subprocess  # asks latexmk and kpsewhich, with fixed arguments and no shell
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from symphase.display import Shown, cut

__all__ = ["EXTRAS", "Finding", "State", "examine"]

_PYTHON: Final = (3, 11)
_CORE: Final = {
    "sympy": ("1.14", "derivations and exact expressions"),
    "python-flint": ("0.8", "exact polynomials and balls: every certified number"),
    "mpmath": ("1.3", "orbits at many digits: the numerical second opinion"),
    "numpy": ("1.26", "gradient descent in float64"),
    "scipy": ("1.11", "eigenvalues and quadrature"),
    "matplotlib": ("3.10", "figures"),
    "click": ("8.1", "this command line"),
    "rich": ("13", "tables and progress bars"),
}
# What each extra of the package adds: the packages to look for, and what for.
EXTRAS: Final = {
    "fast": (("gmpy2",), "faster integers for SymPy and mpmath"),
    "jit": (("numba",), "compiled kernels: orbit diagrams and Lyapunov curves many times as fast"),
    "cluster": (("distributed",), "sweeps on a Dask cluster"),
    "store": (("google-crc32c", "xarray", "zarr"), "sweeps into Zarr stores"),
    "data": (("scikit-learn",), "the digits and diabetes problems of the laboratory"),
    "hypothesis": (("hypothesis",), "symphase.strategies: property-based tests of models and training loops"),
    "test": (
        ("jsonschema", "pytest", "pytest-benchmark", "pytest-xdist", "selenium"),
        "the tests, for developers",
    ),
    "docs": (
        (
            "furo",
            "ipykernel",
            "jupytext",
            "latex2mathml",
            "matplotlib-inline",
            "myst-nb",
            "nbclient",
            "sphinx",
            "sphinx-copybutton",
            "sphinx-design",
        ),
        "the documentation site, for developers",
    ),
}
_TEX: Final = (
    *("amsmath", "amsthm", "array", "booktabs", "color", "fontenc", "hyperref", "inputenc", "lmodern", "microtype"),
)
_TEX_ADVICE: Final = "on Debian: apt install latexmk texlive-latex-recommended lmodern; elsewhere TeX Live or MiKTeX"
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
_SIGNS: Final = "η ≤ → ″ ẞ ▪"
_TIMEOUT: Final = 20
_START: Final = 10  # seconds in which a program should tell its version


class State(Enum):
    """How a part of the installation is."""

    OK = "ok"
    MISSING = "missing"
    WARNING = "warning"
    BROKEN = "broken"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Finding(Shown):
    """One part of the installation.

    Attributes
    ----------
    name : str
    state : State
        OK; MISSING (something optional is not there); WARNING; BROKEN (it is there and does not work).
    found : str
        Version, place or number.
    purpose : str
        What it is for.
    advice : str
        What to do; empty where nothing needs to be done.
    optional : bool
        Whether the core works without it.
    """

    name: str
    state: State
    found: str
    purpose: str
    advice: str = ""
    optional: bool = False

    def _line(self) -> str:
        return f"{self.name}, {self.state}: {self.found}{f'; {self.advice}' if self.advice else ''}"


def examine() -> tuple[Finding, ...]:
    """Look at the installation.

    Returns
    -------
    tuple of Finding
        Core first.  The core works when none is ``State.BROKEN``, but for what is optional.

    Examples
    --------
    >>> findings = examine()
    >>> findings[0].name
    'Python'
    >>> any(finding.state is State.BROKEN for finding in findings)
    False
    """
    return (
        _python(),
        _package(),
        *(_core(name, least, purpose) for name, (least, purpose) in _CORE.items()),
        _arithmetic(),
        _ground_types(),
        _backend(),
        *(_extra(name, packages, purpose) for name, (packages, purpose) in EXTRAS.items()),
        *_tex(),
        _browser(),
        _encoding(),
        _colour(),
        _folder(),
        _processors(),
    )


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    """The release of a version, as numbers: 1.14.0rc1 is 1, 14, 0."""
    release = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in release[0].split(".")) if release else ()


def _pip(what: str) -> str:
    return f'python -m pip install "{what}"'


def _python() -> Finding:
    good = sys.version_info >= _PYTHON
    least = ".".join(map(str, _PYTHON))
    return Finding(
        name="Python",
        state=State.OK if good else State.BROKEN,
        found=f"{platform.python_version()} ({platform.python_implementation()}, {platform.system()})",
        purpose="runs everything",
        advice="" if good else f"use Python {least} or later",
    )


def _package() -> Finding:
    found = _version("symphase")
    return Finding(
        name="symphase",
        state=State.OK if found else State.WARNING,
        found=found or "run from its sources",
        purpose="this package",
        advice="" if found else "python -m pip install . in the folder of the sources",
    )


def _core(name: str, least: str, purpose: str) -> Finding:
    found = _version(name)
    good = found is not None and _numbers(found) >= _numbers(least)
    return Finding(
        name=name,
        state=State.OK if good else State.BROKEN,
        found=found or "not installed",
        purpose=purpose,
        advice="" if good else _pip(f"{name}>={least}"),
    )


def _arithmetic() -> Finding:
    """Whether the exact arithmetic works, on a polynomial whose factors are known."""
    purpose = "exact factors of polynomials, a test of python-flint"
    try:
        import flint

        square = flint.fmpz_poly([-2, 0, 1])
        factors = (square * square * flint.fmpz_poly([1, 3])).factor()[1]
        good = sorted((int(factor.degree()), int(power)) for factor, power in factors) == [(1, 1), (2, 2)]
    except Exception as error:  # noqa: BLE001  # whatever a broken binary does is the finding
        return Finding(
            name="exact arithmetic",
            state=State.BROKEN,
            found=f"{type(error).__name__}: {error}",
            purpose=purpose,
            advice=_pip("--force-reinstall python-flint").replace('"', ""),
        )
    return Finding(
        name="exact arithmetic",
        state=State.OK if good else State.BROKEN,
        found="works" if good else "gives a wrong answer",
        purpose=purpose,
        advice="" if good else "report this, with your version of python-flint",
    )


def _ground_types() -> Finding:
    purpose = "SymPy's integers and rationals"
    try:
        from sympy.external.gmpy import GROUND_TYPES
    except Exception as error:  # noqa: BLE001  # whatever a broken package does is the finding
        return _not_importable("SymPy ground types", "sympy", error, purpose)
    slow = GROUND_TYPES == "python"
    return Finding(
        name="SymPy ground types",
        state=State.WARNING if slow else State.OK,
        found=GROUND_TYPES,
        purpose=purpose,
        advice=f"correct but slow; {_pip('symphase[fast]')}" if slow else "",
    )


def _backend() -> Finding:
    purpose = "mpmath's integers"
    try:
        from mpmath.libmp import BACKEND
    except Exception as error:  # noqa: BLE001  # whatever a broken package does is the finding
        return _not_importable("mpmath backend", "mpmath", error, purpose)
    advice = "" if BACKEND != "python" else f"{_pip('symphase[fast]')} makes verify faster"
    return Finding(name="mpmath backend", state=State.OK, found=str(BACKEND), purpose=purpose, advice=advice)


def _not_importable(name: str, package: str, error: Exception, purpose: str) -> Finding:
    return Finding(
        name=name,
        state=State.BROKEN,
        found=f"{type(error).__name__}: {error}",
        purpose=purpose,
        advice=f"python -m pip install --force-reinstall {package}",
    )


def _extra(name: str, packages: tuple[str, ...], purpose: str) -> Finding:
    found = {package: _version(package) for package in packages}
    absent = [package for package, version in found.items() if version is None]
    there = ", ".join(f"{package} {version}" for package, version in found.items() if version is not None)
    return Finding(
        name=f"extra [{name}]",
        state=State.MISSING if absent else State.OK,
        found=there if not absent else f"without {', '.join(absent)}",
        purpose=purpose,
        advice=_pip(f"symphase[{name}]") if absent else "",
    )


def _tex() -> tuple[Finding, Finding]:
    latexmk = shutil.which("latexmk")
    wrong = _why_broken([latexmk, "-version"]) if latexmk else None
    program = Finding(
        name="TeX (latexmk)",
        state=State.MISSING if not latexmk else State.BROKEN if wrong else State.OK,
        found=(f"{latexmk}, {wrong}" if wrong else latexmk) or "not found",
        purpose="compiles derivations and reports to PDF; the .tex files are written without it",
        advice=f"it does not start: install it anew; {_TEX_ADVICE}" if wrong else "" if latexmk else _TEX_ADVICE,
        optional=True,
    )
    finder = shutil.which("kpsewhich")
    absent = list(_TEX)
    if finder is not None:
        names = [f"{name}.sty" for name in _TEX]
        try:
            answer = subprocess.run(  # noqa: S603  # fixed arguments, no shell
                [finder, *names], capture_output=True, text=True, timeout=_TIMEOUT, check=False
            ).stdout
        except (OSError, subprocess.SubprocessError):
            answer = ""
        there = {Path(line).name for line in answer.splitlines()}
        absent = [name for name in _TEX if f"{name}.sty" not in there]
    packages = Finding(
        name="TeX packages",
        state=State.MISSING if absent else State.OK,
        found=f"{len(_TEX)} of {len(_TEX)}" if not absent else f"without {', '.join(absent)}",
        purpose="what the documents use",
        advice=_TEX_ADVICE if absent else "",
    )
    return program, packages


def _why_broken(command: list[str]) -> str | None:
    """What is wrong with a program that should tell its version; None where it does."""
    try:
        answer = subprocess.run(  # noqa: S603  # fixed arguments, no shell
            command, capture_output=True, text=True, errors="replace", timeout=_START, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {_START} s"
    except (OSError, subprocess.SubprocessError) as error:
        return getattr(error, "strerror", None) or type(error).__name__
    if answer.returncode == 0:
        return None
    said = cut(answer.stderr or answer.stdout or "", 80)
    return f"exit code {answer.returncode}{f': {said}' if said else ''}"


def _browser() -> Finding:
    found = next((place for name in _BROWSERS if (place := shutil.which(name))), None)
    return Finding(
        name="Chromium",
        state=State.OK if found else State.MISSING,
        found=found or "not found",
        purpose="tests of the explorer and of the pages; any browser shows them",
        advice="" if found else "only for developers; on Debian: apt install chromium chromium-driver",
    )


def _encoding() -> Finding:
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        _SIGNS.encode(encoding)
        good = True
    except (UnicodeEncodeError, LookupError):
        good = False
    return Finding(
        name="terminal encoding",
        state=State.OK if good else State.WARNING,
        found=encoding,
        purpose="mathematical signs in the output",
        advice="" if good else "set PYTHONUTF8=1: signs are shown as ? now",
    )


def _colour() -> Finding:
    if os.environ.get("NO_COLOR"):
        found = "off: NO_COLOR is set"
    elif os.environ.get("FORCE_COLOR"):
        found = "on: FORCE_COLOR is set"
    else:
        found = "on" if sys.stdout.isatty() and os.environ.get("TERM") != "dumb" else "off: no terminal"
    return Finding(
        name="colour",
        state=State.OK,
        found=found,
        purpose="phases and verdicts at a glance; NO_COLOR=1 and FORCE_COLOR=1 decide",
    )


def _folder() -> Finding:
    here = Path.cwd()
    good = os.access(here, os.W_OK | os.X_OK)
    return Finding(
        name="folder",
        state=State.OK if good else State.WARNING,
        found=str(here),
        purpose="reports and documents are written here unless --out says otherwise",
        advice="" if good else "cannot be written to: change the folder, or give --out",
    )


def _processors() -> Finding:
    counted = getattr(os, "sched_getaffinity", None)
    count = len(counted(0)) if counted is not None else os.cpu_count() or 1
    return Finding(
        name="processors", state=State.OK, found=str(count), purpose="--workers of bifurcations, atlas and sweep"
    )
