"""The documentation site: it is complete, its code runs, its checks can fail; slowly: it builds and loads nothing."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

import symphase

ROOT = Path(__file__).parents[1]
SITE = ROOT / "derivations" / "site"
PAGES = sorted(SITE.rglob("*.md"))
NEEDED = ("sphinx", "myst_nb", "furo", "jupytext", "latex2mathml", "sphinx_design", "sphinx_copybutton")


def load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"site_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def runner() -> ModuleType:
    found: ModuleType = load(ROOT / ".ci" / "readme.py")
    return found


# ----------------------------------------------------------------------------------------------------------- complete


def test_every_public_name_stands_in_the_reference_once() -> None:
    names = [name for found in load(SITE / "reference.py").by_topic().values() for name in found]
    assert len(names) > 100
    assert sorted(names) == sorted(set(symphase.__all__) - {"__version__"})


def test_a_module_without_a_topic_is_noticed() -> None:
    reference = load(SITE / "reference.py")
    title, about, modules = reference.TOPICS["models"]
    reference.TOPICS["models"] = (title, about, tuple(module for module in modules if module != "derivation"))
    with pytest.raises(SystemExit, match="derivation"):
        reference.by_topic()


def test_the_command_line_page_has_every_command_and_option() -> None:
    reference = load(SITE / "reference.py")
    text = reference._commands_page()
    found = list(reference.commands())
    assert len(found) > 12
    for name, command, _ in found:
        assert name == "symphase" or f"# {name}\n" in text
        for parameter in command.params:
            assert (
                not parameter.opts[-1].startswith("--")
                or getattr(parameter, "hidden", False)
                or parameter.opts[-1] in text
            )


def test_every_example_of_a_help_text_is_one_that_the_program_accepts() -> None:
    commands = {name: command for name, command, _ in load(SITE / "reference.py").commands()}
    lines = [
        (name, line.strip())
        for name, command in commands.items()
        if name != "symphase"
        for line in re.findall(r"^ +symphase [^\n]*$", command.help or "", re.MULTILINE)
    ]
    assert len(lines) > 30
    for name, line in lines:
        words = shlex.split(re.split(r" {2,}| > | \| ", line)[0])
        depth = max(n for n in range(1, len(words) + 1) if " ".join(words[:n]) in commands)
        command = commands[" ".join(words[:depth])]
        if not isinstance(command, click.Group):
            command.make_context(name, words[depth:])  # parses, and runs nothing


def test_the_changelog_names_this_version() -> None:
    assert f"## {symphase.__version__}" in (SITE / "changelog.md").read_text(encoding="utf-8")


# --------------------------------------------------------------------------------------------------------------- code


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(SITE)))
def test_every_block_runs_or_says_why_not(path: Path, runner: Any) -> None:
    for block in runner.page_blocks(path.read_text(encoding="utf-8")):
        assert block.language in {"python", "pycon", "sh", "console"} | runner._SHOWN_ONLY
        if "not run" in block.marks:
            assert len(block.marks["not run"].split()) > 2
            # what would be a way out of testing must be what it says
            assert re.search(r"pip install|--cluster", block.body)


GOOD = """# Page

<!-- file: numbers.csv -->
```text
1,2
```

```python
from fractions import Fraction
from pathlib import Path

total = sum(int(text) for text in Path("numbers.csv").read_text(encoding="utf-8").split(","))
print("total", total)
```

<!-- prints -->
```text
total 3
```

```pycon
>>> total + 1
4
```

```console
$ cat numbers.csv
1,2
$ echo one two three
one ... three
```

<!-- exit code: 3 -->
```sh
exit 3
```
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "page.md"


def test_a_good_page_runs(runner: Any, page: Path) -> None:
    page.write_text(GOOD, encoding="utf-8")
    assert runner.run_page(page) == (4, 0)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("total 3", "total 4"),
        (">>> total + 1\n4", ">>> total + 1\n5"),
        ("$ cat numbers.csv\n1,2", "$ cat numbers.csv\n1,3"),
        ("$ cat numbers.csv", "$ cat letters.csv"),
        ("one ... three", "one ... four"),
        ("exit code: 3", "exit code: 0"),
        ("```sh\nexit 3", "```zsh\nexit 3"),
        ("<!-- prints -->", "<!-- printed -->"),
        ("<!-- exit code: 3 -->", "<!-- not run:  -->"),
    ],
)
def test_a_wrong_page_fails(right: str, wrong: str, runner: Any, page: Path) -> None:
    assert right in GOOD
    page.write_text(GOOD.replace(right, wrong), encoding="utf-8")
    with pytest.raises(SystemExit, match=r"page\.md:\d+: the block"):
        runner.run_page(page)


def test_an_error_in_python_names_its_line(runner: Any, page: Path) -> None:
    page.write_text("# Page\n\n```python\nx = 1\ny = x / 0\n```\n", encoding="utf-8")
    with pytest.raises(ZeroDivisionError) as caught:
        runner.run_page(page)
    assert caught.traceback[-1].lineno + 1 == 5


# ---------------------------------------------------------------------------------------------------------- published


def row(published: Any, *, agrees: bool) -> Any:
    return published.Row(
        group="g", what="w", published="1", source="s", relation="equal", ours="1", certainty="exact", agrees=agrees
    )


def test_a_published_number_that_we_do_not_reproduce_stops_the_page() -> None:
    published = load(SITE / "published.py")
    assert "| w | 1<br>" in published.pages(lambda: iter([row(published, agrees=True)]))["published.md"]
    with pytest.raises(SystemExit, match="w: published 1"):
        published.pages(lambda: iter([row(published, agrees=True), row(published, agrees=False)]))


def test_published_numbers_are_compared_and_not_believed() -> None:
    import sympy

    from symphase import RealAlgebraic

    published = load(SITE / "published.py")
    root = RealAlgebraic([-4, 4, 1], Fraction(0), Fraction(1))  # 2√2 − 2
    assert published._same_number(root, 2 * sympy.sqrt(2) - 2)
    assert not published._same_number(root, -2 * sympy.sqrt(2) - 2)  # its conjugate
    assert not published._same_number(root, sympy.Rational(8284271247, 10**10))
    assert published._within_digits(root.enclose(80), "0.828427")
    assert not published._within_digits(root.enclose(80), "0.828429")


# ------------------------------------------------------------------------------------------------- nothing from outside


@pytest.mark.parametrize(
    "text",
    [
        '<script async src="https://cdn.example/x.js"></script>',
        '<link href="//fonts.example/css" rel="stylesheet">',
        '<img alt="" src=http://example/x.png>',
        "@import 'https://example/x.css';",
        "body { background: url(https://example/x.png) }",
    ],
)
def test_what_a_browser_would_fetch_is_noticed(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.html").write_text(text, encoding="utf-8")
    assert len(load(SITE / "build.py").fetched(tmp_path)) == 1


def test_links_and_local_files_are_not_fetched(tmp_path: Path) -> None:
    text = '<a href="https://example">x</a><script src="_static/x.js"></script><link rel="canonical" href="https://x">'
    (tmp_path / "x.html").write_text(text, encoding="utf-8")
    assert load(SITE / "build.py").fetched(tmp_path) == []


@pytest.mark.slow  # needs the docs extra
def test_formulas_become_mathml_or_an_error() -> None:
    pytest.importorskip("latex2mathml", reason="the extra docs is not installed")
    mathml = load(SITE / "mathml.py").mathml
    assert mathml(r"\frac{a}{2}", display=False).count("mfrac") == 2
    assert 'display="block"' in mathml(r"\begin{aligned} a &= 1 \\ b &= 2 \end{aligned}", display=True)
    with pytest.raises(ValueError, match="unknownmacro"):
        mathml(r"\unknownmacro{x}", display=False)


# ----------------------------------------------------------------------------------------------------------- citation


def test_the_citation_file_is_complete() -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML comes with the extra cluster")
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert str(cited["version"]) == symphase.__version__
    assert cited["license"] == "BSD-3-Clause"
    assert cited["authors"] == [{"name": "The symphase authors"}]
    (paper,) = cited["references"]
    assert [author["family-names"] for author in paper["authors"]] == [
        "Chen",
        "Balasubramanian",
        "Ghosal",
        "Agrawalla",
    ]
    assert paper["identifiers"][0]["value"] == "arXiv:2310.01687"
    assert len(cited["keywords"]) > 5


# --------------------------------------------------------------------------------------------------------- the build


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (the extra docs)")
    out = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, SITE / "build.py", "--fast", out], capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out / "html"


@pytest.mark.slow  # needs the docs extra
def test_the_site_builds_strictly_with_an_entry_for_every_name(built: Path) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (built / "api").glob("*.html"))
    missing = [name for name in symphase.__all__ if f'id="symphase.{name}"' not in text and name != "__version__"]
    assert missing == []
    assert "<math" in (built / "explanation" / "phases.html").read_text(encoding="utf-8")


@pytest.fixture
def phone() -> Iterator[Any]:
    """A browser, 400 pixels wide."""
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        pytest.skip("chromium or chromedriver is not installed")
    pytest.importorskip("selenium", reason="selenium is not installed")
    with warnings.catch_warnings():  # urllib3, which is loaded on the way, adds filters of its own
        from selenium import webdriver

        options = webdriver.ChromeOptions()
        options.binary_location = str(shutil.which("chromium"))
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    metrics = {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    yield driver
    driver.quit()


@pytest.mark.slow  # needs the docs extra
def test_pages_load_nothing_from_elsewhere_and_fit_a_phone(built: Path, phone: Any) -> None:
    pages = ["index", "start", "published", "comparison", "commands", "explanation/loss-to-map", "api/models"]
    for name in pages:
        phone.get((built / f"{name}.html").as_uri())
        width = phone.execute_script("return document.documentElement.scrollWidth")
        assert width <= 400, f"{name} is {width} wide"
    events = [json.loads(entry["message"])["message"] for entry in phone.get_log("performance")]
    asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    assert len(asked) >= len(pages)
    assert [url for url in asked if not url.startswith(("file:", "data:", "chrome"))] == []
    assert phone.get_log("browser") == []


# ---------------------------------------------------------------------------------------------- the figures of trust

JUNIT = """<testsuites><testsuite>
<testcase name="a"><properties><property name="examples" value="200"/></properties></testcase>
<testcase name="a"><properties><property name="kills_survived" value="3"/></properties></testcase>
<testcase name="b"><properties><property name="examples" value="50"/></properties></testcase>
<testcase name="c"><properties><property name="milliseconds" value="{'map': 4.1}"/></properties></testcase>
<testcase name="d"><skipped/></testcase>
</testsuite></testsuites>"""


def test_what_tests_record_is_summed_and_texts_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "tests.xml").write_text(JUNIT)
    found = load(ROOT / ".ci" / "trust.py")._junit(tmp_path / "tests.xml")
    told = {"tests": 5, "skipped": 1, "properties": 2, "full_properties": 1, "examples": 250, "kills_survived": 3}
    assert {name: count for name, count in found.items() if count} == told


def test_the_figures_of_trust_are_all_shown() -> None:
    trusted = load(SITE / "trusted.py")
    figures = json.loads((SITE / "trust.json").read_text())
    assert set(figures) == {"suite", "mutants", "matrix"}
    (page,) = trusted.pages().values()
    for name in trusted._RECORDED:
        assert f"{figures['suite'][name]:,}".replace(",", "\u00a0") in page
    for module in figures["mutants"]["modules"]:
        assert f"| `{module}` |" in page
    assert page.count("| passed |") == len(figures["matrix"]["entries"])
    assert all(line in trusted.table(figures) for line in ("planted mistakes", "environments", "branches"))


def test_the_figures_of_trust_are_what_we_ask_of_ourselves() -> None:
    figures = json.loads((SITE / "trust.json").read_text())
    suite, modules = figures["suite"], figures["mutants"]["modules"].values()
    least = {
        "full_properties": 60, "hostile_api_cases": 160, "hostile_command_cases": 90, "hostile_spec_cases": 30,
        "damaged_artefacts": 25, "thresholds_compared": 200, "phase_decisions": 10_000, "random_rationals": 100_000,
    }  # fmt: skip  # a table
    assert {name: suite[name] for name, count in least.items() if suite[name] < count} == {}
    assert suite["failure"] == suite["error"] == 0
    assert suite["branches_taken"] >= 0.95 * suite["branches"]
    assert sum(module["survived"] + module["not run"] for module in modules) == 0
    assert {entry["outcome"] for entry in figures["matrix"]["entries"]} == {"passed"}


def test_what_failed_and_what_was_not_tried_is_told() -> None:
    trusted = load(SITE / "trusted.py")
    figures = json.loads((SITE / "trust.json").read_text())
    figures["suite"] |= {"failure": 2, "error": 1}
    figures["mutants"]["modules"]["checker"]["not run"] = 10_000
    told = trusted.table(figures)
    assert re.search(r"^ +3  of the tests failed in that run$", told, re.MULTILINE)
    assert re.search(r"^ +1\d\u00a0\d{3}  more that were planted there and not tried yet$", told, re.MULTILINE)
    assert re.search(r"notice, in \d+ modules$", told, re.MULTILINE)
