"""The front door: public names, docstrings, packaging, and the commands that the README promises."""

from __future__ import annotations

import ast
import dataclasses
import enum
import importlib
import importlib.util
import inspect
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import symphase

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "symphase"
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("__"))
NAMES = sorted(set(symphase.__all__) - {"__version__"})


@cache
def _project() -> dict[str, object]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project: dict[str, object] = settings["project"]
    return project


# ------------------------------------------------------------------------------------------------------ public names


def test_the_public_names_the_type_checker_s_imports_and_the_table_agree() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    imported = {
        alias.name: str(node.module).removeprefix("symphase.")
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported == symphase._HOME
    assert set(symphase.__all__) == {*symphase._HOME, "__version__"}
    assert sorted(symphase.__all__) == symphase.__all__


def test_the_names_that_the_readme_teaches_are_public() -> None:
    promised = {
        "Certainty",
        "DataSet",
        "InputError",
        "OneWeight",
        "PhaseRetrieval",
        "PolynomialFamily",
        "PolynomialModel",
        "RealAlgebraic",
        "SymphaseError",
        "TwoLayerNetwork",
        "Verdict",
        "analyze",
        "classify",
        "dataset",
        "derive",
        "descend",
        "find_boundaries",
        "load_digit_dct",
        "observe_phase",
        "parse_formula",
        "read_table",
        "verify",
        "write_report",
    }
    assert promised - set(symphase.__all__) == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_is_the_one_its_module_offers(name: str) -> None:
    home = importlib.import_module(f"symphase.{symphase._HOME[name]}")
    assert getattr(symphase, name) is getattr(home, name)
    assert name in home.__all__
    assert name in dir(symphase)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'symphase' has no attribute 'no_such_name'"):
        getattr(symphase, "no_such_name")  # noqa: B009  # mypy knows that there is no such name


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_it_is_for_and_what_it_offers(module: str) -> None:
    loaded = importlib.import_module(f"symphase.{module}")
    assert loaded.__doc__
    assert len(loaded.__doc__.strip()) > 20
    assert loaded.__all__, f"{module} has no __all__"
    assert [name for name in loaded.__all__ if not hasattr(loaded, name)] == []


# -------------------------------------------------------------------------------------------------------- docstrings


def _sections(text: str) -> dict[str, str]:
    """Split a numpydoc docstring into its underlined sections."""
    parts = re.split(r"^([A-Z][A-Za-z ]+)\n-{3,}\n", inspect.cleandoc(text), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _documented(section: str) -> set[str]:
    """Names that a Parameters or Attributes section explains, several on a line allowed."""
    lines = [line for line in section.splitlines() if line and not line[0].isspace()]
    return {name.strip().lstrip("*") for line in lines for name in line.partition(" : ")[0].split(",")}


def missing_documentation(thing: object) -> list[str]:
    """Return what the docstring of a public function or class leaves out."""
    text = inspect.getdoc(thing) or ""
    if not text or (dataclasses.is_dataclass(thing) and text.startswith(f"{getattr(thing, '__name__', '')}(")):
        return ["docstring"]
    sections = _sections(text)
    told = _documented(sections.get("Parameters", "")) | _documented(sections.get("Attributes", ""))
    if dataclasses.is_dataclass(thing):
        wanted = {field.name for field in dataclasses.fields(thing) if not field.name.startswith("_")}
    elif inspect.isclass(thing) and issubclass(thing, (enum.Enum, Exception)):
        wanted = set()
    else:
        try:
            parameters = inspect.signature(thing).parameters  # type: ignore[arg-type]  # a callable, found by its name
        except (TypeError, ValueError):
            return []
        wanted = {name for name in parameters if not name.startswith("_")}
        if inspect.isclass(thing):  # an abstract class or one with a constructor of its own
            wanted -= {"args", "kwargs"}
    missing = sorted(wanted - told)
    if inspect.isfunction(thing):
        missing += sorted(f"no parameter {name}" for name in _documented(sections.get("Parameters", "")) - wanted)
        returns = inspect.signature(thing).return_annotation
        if returns not in {None, "None", "Never", "NoReturn"} and not sections.keys() & {"Returns", "Yields"}:
            missing.append("Returns")
    return missing


def test_the_look_at_docstrings_would_find_what_is_missing() -> None:
    def bare(x: int) -> int:
        return x

    def half(x: int, y: int) -> int:
        """Add.

        Parameters
        ----------
        x, z : int
            Numbers.
        """
        return x + y

    @dataclasses.dataclass
    class Silent:
        value: int

    @dataclasses.dataclass
    class Partly:
        """Two values.

        Attributes
        ----------
        first : int
            One of them.
        """

        first: int
        second: int

    assert missing_documentation(bare) == ["docstring"]
    assert missing_documentation(half) == ["y", "no parameter z", "Returns"]
    assert missing_documentation(Silent) == ["docstring"]
    assert missing_documentation(Partly) == ["second"]


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_documents_its_parameters_and_its_answer(name: str) -> None:
    assert missing_documentation(getattr(symphase, name)) == []


def _public_things(module: ModuleType) -> list[tuple[str, object]]:
    """Functions and classes of a module's __all__, and the public methods and properties of those classes."""
    found: list[tuple[str, object]] = []
    for name in module.__all__:
        thing = getattr(module, name)
        if not callable(thing):  # a constant; the command line's groups are callable
            continue
        found.append((name, thing))
        if inspect.isclass(thing):
            found += [
                (f"{name}.{key}", member)
                for key, member in vars(thing).items()
                if not key.startswith("_")
                and (inspect.isfunction(member) or isinstance(member, (property, classmethod, staticmethod)))
            ]
    return found


@pytest.mark.parametrize("module", MODULES)
def test_everything_public_has_a_docstring(module: str) -> None:
    things = _public_things(importlib.import_module(f"symphase.{module}"))
    assert things
    assert [name for name, thing in things if not (getattr(thing, "help", None) or inspect.getdoc(thing))] == []


# --------------------------------------------------------------------------------------------------------- packaging


def test_the_version_has_one_source() -> None:
    assert _project()["version"] == "0.1.0"
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.+)$", citation, re.MULTILINE)[1] == _project()["version"]  # type: ignore[index]  # no match fails the test
    # a bare checkout on the path is not installed and says so
    assert symphase.__version__ in {_project()["version"], "0+unknown"}


def test_an_uninstalled_checkout_still_has_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", absent)
    assert symphase._installed_version() == "0+unknown"


def test_the_package_is_typed_and_ships_its_data() -> None:
    home = Path(symphase.__file__).parent
    assert (home / "py.typed").is_file()
    assert (home / "data" / "digit_dct.csv").is_file()
    assert (home / "data" / "LICENSE.md").is_file()


def test_what_the_package_imports_is_what_it_requires() -> None:
    distributions = {"flint": "python-flint", "google_crc32c": "google-crc32c", "sklearn": "scikit-learn"}
    imported: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.partition(".")[0])
    needed = {distributions.get(name, name) for name in imported - set(sys.stdlib_module_names) - {"symphase"}}
    dependencies, extras = _project()["dependencies"], _project()["optional-dependencies"]
    assert isinstance(dependencies, list)
    assert isinstance(extras, dict)
    required = {re.split(r"[<>=!~ ]", text)[0] for text in dependencies}
    optional = {
        re.split(r"[<>=!~ ]", text)[0]
        for name in ("cluster", "data", "hypothesis", "jit", "store")
        for text in extras[name]
    }
    assert required <= needed <= required | optional | {"threadpoolctl"}
    assert optional <= needed | {"numba"}  # numba is found by its name


def test_the_console_script_and_the_module_start_the_same_command_line() -> None:
    assert _project()["scripts"] == {"symphase": "symphase.cli:main"}
    run = subprocess.run(
        [sys.executable, "-m", "symphase", "--version"], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, run.stderr
    assert symphase.__version__ in run.stdout
    assert run.stderr == ""


def test_the_default_test_run_times_nothing() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert settings["testpaths"] == ["tests"]
    assert "benchmarks" in settings["norecursedirs"]
    assert "--benchmark-disable" in settings["addopts"]
    assert (ROOT / "tests" / "benchmarks" / "test_speed.py").is_file()


def test_hooks_and_ci_run_the_same_checks() -> None:
    for script in (".githooks/pre-commit", ".githooks/pre-push", ".ci/run"):
        path = ROOT / script
        assert ".ci/checks" in path.read_text(encoding="utf-8")
        assert path.stat().st_mode & 0o100, f"{script} cannot be executed"


def test_every_constraint_of_ci_pins_one_version() -> None:
    lines = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert len(pins) > 20
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][A-Za-z0-9.]*", line)] == []
    pinned = {line.partition("==")[0].lower() for line in pins}
    extras = _project()["optional-dependencies"]
    dependencies = _project()["dependencies"]
    assert isinstance(extras, dict)
    assert isinstance(dependencies, list)
    wanted = {
        re.split(r"[<>=!~\[ ]", text)[0]
        for text in [*dependencies, *extras["data"], *extras["test"], *extras["dev"], "hatchling"]
    }
    assert wanted - {"symphase"} - pinned == set()


def test_the_oldest_versions_that_are_tried_are_the_oldest_that_are_allowed() -> None:
    lines = (ROOT / ".ci" / "oldest.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    dependencies = _project()["dependencies"]
    assert isinstance(dependencies, list)
    for text in dependencies:
        name, least = text.split(">=")
        assert pinned[name] == least or pinned[name].startswith(f"{least}."), name


# -------------------------------------------------------------------------------------------------------- the README


def _readme_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("readme", ROOT / ".ci" / "readme.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["main", "test"])
def test_the_readme_holds_two_commands_that_are_complete(name: str) -> None:
    line = _readme_tool().command((ROOT / "README.md").read_text(encoding="utf-8"), name)
    assert line.startswith("python3 -m venv ")
    assert "pip install" in line
    assert line.count("&&") == 2
    assert {"main": "symphase report", "test": "pytest"}[name] in line


@pytest.mark.parametrize(
    "text",
    [
        "",
        "```sh\nls\n```\n",
        "<!-- command: main -->\n```sh\nls\npwd\n```\n",
        "<!-- command: main -->\n```sh\nls\n```\n<!-- command: main -->\n```sh\nls\n```\n",
    ],
    ids=["no block", "no mark", "two lines", "two blocks"],
)
def test_a_readme_without_one_marked_line_is_refused(text: str) -> None:
    with pytest.raises(SystemExit, match="exactly one block marked 'command: main'"):
        _readme_tool().command(text, "main")


def test_python_blocks_of_a_readme_are_run(capfd: pytest.CaptureFixture[str]) -> None:
    tool = _readme_tool()
    assert tool.run_python("```python\nprint(6 * 7)\n```\n\n```pycon\n>>> 1 + 1\n2\n```\n", "README") == 2
    assert capfd.readouterr().out == "42\n"
    with pytest.raises(SystemExit, match="block 1 does not print what it shows"):
        tool.run_python("```pycon\n>>> 1 + 1\n3\n```\n", "README")
    with pytest.raises(SystemExit, match="block 1 fails"):
        tool.run_python("```python\nraise ValueError\n```\n", "README")
