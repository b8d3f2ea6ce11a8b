"""The report: a whole page that needs nothing from outside, numbers that come back exactly, and a folder kept safe."""

from __future__ import annotations

import base64
import csv
import dataclasses
import hashlib
import html
import io
import itertools
import json
import os
import re
import shutil
import subprocess  # pdftotext is another program; it is started without a shell
import warnings
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import matplotlib.image
import numpy as np
import pytest
from pages import Page, parsed

from symphase.algebraic import RealAlgebraic
from symphase.analysis import analyze, largest_scale
from symphase.boundaries import BoundaryKind
from symphase.checker import check_certificate
from symphase.enclosures import Verdict
from symphase.errors import InputError
from symphase.folders import checked_folder, write_folder
from symphase.hypertext import style_sheet
from symphase.latex import Article, reading_order, tex_available
from symphase.models import Model, PhaseRetrieval, TwoLayerNetwork
from symphase.notation import formula_mathml, prose_html
from symphase.onset import Onset
from symphase.phases import Phase, residual_boundaries, step_boundaries
from symphase.plots import INK, PHASE_STYLES
from symphase.reports import data as report
from symphase.reports.appendix import Appendix
from symphase.reports.data import Report, write_report
from symphase.reports.data_page import GENERATOR
from symphase.reports.pdf import report_pdf
from symphase.reports.pictures import Picture
from symphase.reports.schemas import schema_text
from symphase.tables import DataSet, dataset, load_digit_dct
from symphase.verification import Verification

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema comes with the extra 'test'")

FILES = ["SHA256SUMS", "boundaries.json", "boundaries.schema.json", "derivation.tex", "index.html"]
NAMES = ("derivation.tex", "boundaries.json")
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>&amp; \\input{x} ${7*7}'


@dataclass(frozen=True)
class Made:
    """A report and what is in its folder."""

    report: Report
    text: str
    page: Page
    record: dict[str, Any]
    calls: list[tuple[str, int, int]]
    paper: Article
    appendix: Appendix


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The default report, made once."""
    calls: list[tuple[str, int, int]] = []
    folder = tmp_path_factory.mktemp("place") / "report"
    with pytest.MonkeyPatch.context() as patch:
        kept = {name: _recorded(patch, name) for name in ("article", "appendix_of")}
        done = write_report(folder, pdf=False, progress=lambda *call: calls.append(call))
    text = done.index.read_text(encoding="utf-8")
    record = json.loads((folder / "boundaries.json").read_text(encoding="utf-8"))
    return Made(
        report=done,
        text=text,
        page=parsed(text),
        record=record,
        calls=calls,
        paper=kept["article"][0],
        appendix=kept["appendix_of"][0],
    )


def _recorded(patch: pytest.MonkeyPatch, name: str) -> list[Any]:
    """What a function of the report returns, as it is called."""
    honest, returned = getattr(report, name), []

    def call(*arguments: Any, **options: Any) -> Any:
        returned.append(honest(*arguments, **options))
        return returned[-1]

    patch.setattr(report, name, call)
    return returned


@pytest.fixture
def quick(made: Made, monkeypatch: pytest.MonkeyPatch) -> Verification:
    """Further reports take over what does not depend on the data, and draw the phases and the samples only."""
    monkeypatch.setattr(report, "article", lambda *_, **__: made.paper)
    monkeypatch.setattr(report, "appendix_of", lambda *_, **__: made.appendix)
    monkeypatch.setattr(report, "report_pdf", lambda *_: (None, ""))
    monkeypatch.setattr(report, "cobweb_picture", lambda *_, phase, **__: Picture(name=f"cobweb-{phase}", html=""))
    monkeypatch.setattr(report, "loss_picture", lambda _, phase, **__: Picture(name=f"loss-{phase}", html=""))
    monkeypatch.setattr(report, "diagram_picture", lambda *_: Picture(name="diagram", html=""))
    return made.report.verification


def _tree(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


# ----------------------------------------------------------------------------------------------------- what is there


def test_a_report_is_a_folder_and_its_answers(made: Made) -> None:
    done = made.report
    assert sorted(path.name for path in done.folder.iterdir()) == sorted([*FILES, "certificates", "data"])
    assert [path.name for path in done.folder.parent.iterdir()] == ["report"], "nothing is left beside it"
    assert done.index == done.folder / "index.html"
    assert done.agrees
    assert done.verification.agrees
    assert all(check.verdict is Verdict.PROVED for check in done.checks)
    assert done.analysis.data == load_digit_dct()
    assert done.boundaries is residual_boundaries()
    assert "9 of 9 boundaries agree with mpmath and with gradient descent." in done.summary
    total = sum(len(checks) for _, checks in made.appendix.theorems)
    assert done.summary[-1] == f"{total} of {total} checks of the theorems are proved."
    assert done.summary[0] == "digit_dct, step size η = 0.007: monotonic."


def test_progress_goes_forward_to_its_end(made: Made) -> None:
    done = [step for _, step, _ in made.calls]
    assert done == sorted(done)
    assert len(made.calls) > 15
    assert made.calls[-1] == ("done", made.calls[-1][2], made.calls[-1][2])
    assert len({total for _, _, total in made.calls}) == 1
    assert all(stage for stage, _, _ in made.calls)


def test_the_latex_file_is_the_document_of_this_model(made: Made) -> None:
    written = (made.report.folder / "derivation.tex").read_text(encoding="utf-8")
    assert written == made.paper.tex
    assert written.startswith("% symphase report\n")
    assert made.paper.holds is Verdict.PROVED


# ---------------------------------------------------------------------------------------------------------- the page


def test_the_page_is_well_formed_and_says_what_it_is(made: Made) -> None:
    page = made.page
    assert made.text.startswith('<!DOCTYPE html>\n<html lang="en">')
    (title,) = page.find("title")
    assert "digit_dct" in "".join(title.text)
    assert [element.attributes.get("content") for element in page.find("meta")][
        1
    ] == "width=device-width, initial-scale=1"
    assert any(e.attributes == {"name": "generator", "content": "symphase report"} for e in page.find("meta"))
    headings = [element for element in page.elements if re.fullmatch("h[1-6]", element.tag)]
    levels = [int(element.tag[1]) for element in headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert all("".join(heading.text).strip() for heading in headings)


def test_the_answer_to_your_step_size_comes_first(made: Made) -> None:
    sections = [element.attributes["id"] for element in made.page.find("section")]
    assert sections == [
        "answer",
        "steps",
        "phases",
        "diagram",
        "samples",
        "boundaries",
        "certainty",
        "derivation",
        "theorems",
        "verification",
        "certificates",
        "glossary",
        "provenance",
    ]
    (heading,) = made.page.find("h1")
    assert "".join(heading.text) == "At step size 0.007 the loss falls at every step."
    first = made.page.find("section")[0]
    text = "".join(first.text)
    assert "A larger step size: up to 0.01400 (2.00 × yours) the loss still falls at every step" in text
    assert "up to 0.01691 (2.41 × yours) it still converges; beyond 0.03383 (4.84 × yours)" in text
    assert made.text.index("<nav") > made.text.index("</section>"), "the contents do not stand before the answer"
    (yours,) = [row for row in made.page.find("tr") if row.attributes.get("class") == "here"]
    assert "".join(yours.text).startswith("monotonic")


def test_the_page_needs_nothing_from_outside(made: Made) -> None:
    page = made.page
    assert not [e for e in page.elements if e.tag in {"script", "link", "iframe", "object", "embed", "base", "form"}]
    outside = re.sub(r'href="data:[^"]*"', "", made.text)  # the schema that can be saved names JSON Schema's address
    assert "http:" not in outside
    assert "https:" not in outside
    assert "@import" not in made.text
    assert "@font-face" not in made.text
    links = [
        value
        for element in page.elements
        for name, value in element.attributes.items()
        if name in {"href", "src", "srcset", "xlink:href", "action", "data", "poster"}
    ]
    assert links
    assert all(value.startswith(("#", "data:")) for value in links)
    (policy,) = [e for e in page.find("meta") if e.attributes.get("http-equiv") == "Content-Security-Policy"]
    assert policy.attributes["content"].startswith("default-src 'none';")
    assert all(target.startswith("#") for target in re.findall(r"url\(\s*['\"]?(.)", made.text))
    assert not [name for element in page.elements for name in element.attributes if name.startswith("on")]


def test_ids_are_unique_and_every_reference_finds_its_own(made: Made) -> None:
    ids = [element.attributes["id"] for element in made.page.elements if "id" in element.attributes]
    assert len(ids) > 100
    assert len(ids) == len(set(ids))
    wanted = set(re.findall(r'(?:href="|url\()#([^")]+)', made.text))
    wanted |= {element.attributes["aria-labelledby"] for element in made.page.find("section")}
    assert wanted
    assert wanted <= set(ids)


def test_every_picture_has_its_words(made: Made) -> None:
    outer = [element for element in made.page.find("svg") if "svg" not in element.parents]
    assert len(outer) == 1 + 2 * 3 + 2 * 5, "the digit, three pictures twice, two for each phase"
    assert all(element.attributes.get("role") == "img" for element in outer)
    words = [element.attributes.get("aria-label", "") for element in outer]
    assert all(len(text) > 40 for text in words)
    assert len(set(words)) == len(outer) - 3, "only the two sizes of a picture share their words"
    assert made.page.find("img") == []
    for phase in PHASE_STYLES:
        assert any(text.startswith(f"Cobweb of the map, {phase} phase") for text in words)
        assert any(f"logarithmic scale, {phase} phase" in text for text in words)


def test_pictures_take_their_ink_from_the_page(made: Made) -> None:
    assert INK not in made.text
    assert made.text.count("var(--ink)") > 100
    assert "@media (prefers-color-scheme: dark)" in made.text
    assert "@media print" in made.text
    assert made.text.count("<image ") == 2, "the dots of the diagram, wide and narrow"


def test_tables_tell_their_headers(made: Made) -> None:
    tables = made.page.find("table")
    assert len(tables) == 6
    assert len(made.page.find("caption")) == 6
    headers = made.page.find("th")
    assert all(element.attributes.get("scope") in {"col", "row"} for element in headers)
    assert sum(element.attributes["scope"] == "row" for element in headers) == 5 + 4 + 10 + 9 + 9 + 9


def test_every_boundary_stands_on_the_page_exactly(made: Made) -> None:
    section = made.text.split('<section id="boundaries"')[1].split("</section>")[0]
    rows = re.findall(r'<tr><th scope="row">(.*?)</tr>', section)
    assert len(rows) == 9
    for row, boundary in zip(rows, residual_boundaries(), strict=True):
        assert row.startswith(html.escape(boundary.name))
        assert f">{boundary.decimal(12)}<" in row
        assert f'"level {boundary.certainty}"' in row
        radicals = boundary.algebraic.radicals() if boundary.algebraic is not None else None
        if radicals is not None:
            assert formula_mathml(radicals) in row
    tangency = residual_boundaries().require(BoundaryKind.TANGENCY)
    assert tangency.algebraic is not None
    symbol = tangency.family.parameter
    inner = formula_mathml(tangency.algebraic.minimal_polynomial(symbol), (symbol,))[len("<math>") : -len("</math>")]
    assert inner in section
    assert "the one root between 1.4 and 1.5" in section
    onset = residual_boundaries().require(BoundaryKind.ONSET).value
    assert isinstance(onset, Onset)
    estimate = section.index(onset.estimate)
    assert '"level numerical"' in section[estimate : estimate + 80]


def test_the_largest_step_sizes_are_those_of_the_data(made: Made) -> None:
    data = load_digit_dct()
    per_step = largest_scale(PhaseRetrieval(gamma=2, c=0), data)
    ends = {each.boundary.name: each for each in step_boundaries(per_step, residual_boundaries())}
    section = made.text.split('<section id="steps"')[1].split("</section>")[0]
    for name in ("end of monotone convergence", "flip of period 1 → 2", "escape (boundary crisis)"):
        assert f">{ends[name].decimal(13)}<" in section
    # a phase never reaches beyond its end on the first screen, and divergence never begins too early
    answer = made.text.split('<section id="answer"')[1].split("</section>")[0]
    reaches = re.findall(r'<td><span class="number">(≤|&gt;)\s([\d.]+)</span></td>', answer)
    assert [sign for sign, _ in reaches] == ["≤", "≤", "≤", "≤", "&gt;"]
    names = ("end of monotone convergence", "flip of period 1 → 2", "escape (boundary crisis)")
    for name, (_, digits) in zip(names, [reaches[0], reaches[1], reaches[3]], strict=True):
        value = ends[name].value
        assert value is not None
        assert value.compare(Fraction(digits)) >= 0
        assert float(value) - float(digits) < 1e-5
    escape = ends["escape (boundary crisis)"].value
    assert escape is not None
    assert escape.compare(Fraction(reaches[4][1])) <= 0


def test_the_derivation_is_real_mathematics_with_its_checks(made: Made) -> None:
    section = made.text.split('<section id="derivation"')[1].split("</section>")[0]
    derivation = made.report.derivation
    leading = reading_order(derivation)
    steps = re.findall(r"<li><h3>(.*?)</h3>(.*?)<p class=\"check\">(.*?)</p>", section, re.DOTALL)
    assert len(steps) == len(derivation.steps) == 9
    for (title, body, check), step in zip(steps, derivation.steps, strict=True):
        assert title == step.title
        inner = formula_mathml(step.after, leading)[len("<math>") : -len("</math>")]
        assert inner in body
        assert check.endswith("✓</span> proved")
    elements = {element.tag for element in made.page.elements if "math" in element.parents}
    assert {"mfrac", "msup", "msub", "mi", "mn", "mo", "mrow", "msqrt"} <= elements
    assert elements <= {"mfrac", "msup", "msub", "msubsup", "mi", "mn", "mo", "mrow", "msqrt", "mroot"}
    assert len(made.page.find("math")) > 30
    assert "LaTeX" not in section
    assert "\\frac" not in made.text


def test_the_verification_table_shows_what_was_seen(made: Made) -> None:
    section = made.text.split('<section id="verification"')[1].split("</section>")[0]
    rows = re.findall(r'<tr><th scope="row">(.*?)</tr>', section)
    assert len(rows) == len(made.report.verification.rows) == 9
    for row, seen in zip(rows, made.report.verification, strict=True):
        assert html.escape(seen.decimal) in row
        assert f"{html.escape(seen.simulation_below)} → {html.escape(seen.simulation_above)}" in row
        assert row.count("✓") == 4


def test_a_disagreement_is_shown_and_is_no_agreement(
    made: Made, quick: Verification, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = quick
    bad = dataclasses.replace(good, rows=(dataclasses.replace(good.rows[0], mpmath_agrees=False), *good.rows[1:]))
    monkeypatch.setattr(report, "article", lambda *_, **__: dataclasses.replace(made.paper, verification=bad))
    done = write_report(tmp_path / "out", data=dataset([[1.0]], [1.0]))
    assert not done.agrees
    text = done.index.read_text(encoding="utf-8")
    assert "8 of 9 boundaries agree" in text
    assert "✗</span> disagree" in text


# ------------------------------------------------------------------------------------------------------------ the JSON


def test_numbers_come_back_from_json_exactly(made: Made) -> None:
    record = made.record
    assert record["generator"] == "symphase report"
    assert len(record["boundaries"]) == len(residual_boundaries())
    exact = 0
    for entry, boundary in zip(record["boundaries"], residual_boundaries(), strict=True):
        assert entry["name"] == boundary.name
        assert entry["certainty"] == str(boundary.certainty)
        assert entry["period"] == boundary.period
        assert entry["multiplier"] == boundary.multiplier
        lower, upper = (Fraction(end) for end in entry["bounds"])
        assert lower <= upper
        if boundary.algebraic is not None:
            exact += 1
            ends = [Fraction(end) for end in entry["isolating_interval"]]
            back = RealAlgebraic([int(c) for c in entry["minimal_polynomial"]], *ends)
            assert back == boundary.algebraic
            assert back.decimal(20) == entry["decimal"]
        else:
            assert entry["minimal_polynomial"] is None
    assert exact == 7
    (onset,) = (entry for entry in record["boundaries"] if "estimate" in entry)
    assert onset["estimate"]["certainty"] == "numerical"
    assert Fraction(onset["bounds"][0]) < Fraction(onset["estimate"]["decimal"]) < Fraction(onset["bounds"][1])
    assert [point["multiplier"] for point in record["fixed_points"]] == ["1 - 2*a", "2*a + 5", "(a + 1)**2"]


def test_step_sizes_and_samples_come_back_too(made: Made) -> None:
    problem = made.record["problem"]
    classification = made.report.analysis.classification
    assert Fraction(problem["step_size"]) == made.report.analysis.step_size
    assert len(problem["samples_classified"]) == 64
    for entry, sample in zip(problem["samples_classified"], classification, strict=True):
        assert Fraction(entry["a"]) == sample.scale
        assert entry["phase"] == str(sample.classification.phase)
    for entry, each in zip(problem["step_boundaries"], classification.boundaries, strict=True):
        if each.value is not None:
            ends = [Fraction(end) for end in entry["isolating_interval"]]
            assert RealAlgebraic([int(c) for c in entry["minimal_polynomial"]], *ends) == each.value
    assert {"symphase", "Python", "sympy", "mpmath", "python-flint", "numpy", "matplotlib"} == set(
        made.record["versions"]
    )
    assert made.record["verification"]["agrees"] is True


# ------------------------------------------------------------------------------------------ figures and their numbers


def _links(page: Page) -> dict[str, str]:
    """What the links of a page save, by the name that they save it under."""
    found = {}
    for link in page.find("a"):
        if "download" in link.attributes:
            head, _, body = link.attributes["href"].partition(",")
            assert head in {
                f"data:{kind};charset=utf-8" for kind in ("text/csv", "application/json", "application/schema+json")
            }
            found[link.attributes["download"]] = unquote(body)
    return found


def _table(made: Made, name: str) -> tuple[list[str], list[list[str]]]:
    with open(made.report.folder / "data" / f"{name}.csv", encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    return head, rows


def _numbers(made: Made, name: str, *columns: int) -> list[np.ndarray[Any, np.dtype[np.float64]]]:
    return [np.array([float(row[k]) for row in _table(made, name)[1]]) for k in columns]


def _path(made: Made, gid: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The points of a path of the page, shape (points, 2)."""
    group = made.text[made.text.index(f'<g id="{gid}">') :]
    drawn = re.search(r'<path d="([^"]+)"', group)
    assert drawn is not None
    return np.array(re.findall(r"[ML] ([-\d.]+) ([-\d.]+)", drawn[1]), dtype=float)


def _off_the_line(x: Any, y: Any) -> float:
    """How far points are from lying on one straight line, in units of y."""
    slope, offset = np.polyfit(x, y, 1)
    assert slope != 0
    return float(np.max(np.abs(slope * np.asarray(x) + offset - y)))


def test_every_figure_gives_its_numbers_in_the_page_and_beside_it(made: Made) -> None:
    figures = made.record["figures"]
    assert len(figures) == 1 + 5 + 5 + 1 + 1
    inside = _links(made.page)
    assert {f"data/{path.name}" for path in (made.report.folder / "data").iterdir()} == {f["file"] for f in figures}
    for figure in figures:
        content = (made.report.folder / figure["file"]).read_bytes().decode()
        assert inside[Path(figure["file"]).name] == content
        head, *rows = content.splitlines()
        assert len(rows) == figure["rows"] > 0
        told = [f"{c['name']} [{c['unit']}]" if c["unit"] else c["name"] for c in figure["columns"]]
        assert next(csv.reader([head])) == told
        assert figure["certainty"] in {"exact", "certified", "numerical", "observed"}
    drawn = made.page.find("figure")
    assert len(drawn) == len(figures)
    assert all("numbers (CSV)" in "".join(element.text) for element in drawn)
    spoken = [link.attributes["aria-label"] for link in made.page.find("a") if "download" in link.attributes]
    assert len(set(spoken)) == len(spoken), "no two links sound the same"


@pytest.mark.parametrize("phase", [str(phase) for phase in PHASE_STYLES])
def test_the_numbers_of_a_run_are_those_that_are_drawn(made: Made, phase: str) -> None:
    steps, losses = _numbers(made, f"loss-{phase}", 0, 1)
    path = _path(made, f"loss-{phase}-loss")
    assert len(path) == len(steps)
    assert _off_the_line(steps, path[:, 0]) < 1e-3
    assert _off_the_line(np.log10(losses), path[:, 1]) < 1e-3
    steps, points = _numbers(made, f"cobweb-{phase}", 0, 1)
    path = _path(made, f"cobweb-{phase}-cobweb")
    assert steps.tolist() == list(range(len(steps)))
    # matplotlib leaves out corners that nobody could see: all others are there, and no others
    scale = (path[:, 1].max() - path[:, 1].min()) / (points.min() - points.max())
    expected = path[:, 1].min() + scale * (points - points.max())
    apart = np.abs(expected[:, None] - path[None, :, 1])
    assert apart.min(axis=1).max() < 0.3
    assert apart.min(axis=0).max() < 0.3


def test_the_numbers_of_the_strip_are_those_that_are_drawn(made: Made) -> None:
    _, rows = _table(made, "strip")
    assert [row[0] for row in rows] == [str(phase) for phase in PHASE_STYLES]
    edges = [_path(made, f"strip-phase-{row[0]}")[:, 0] for row in rows]
    values = [float(row[1]) for row in rows]
    assert _off_the_line(values, np.array([edge.min() for edge in edges])) < 1e-3
    for row, edge, after in zip(rows, edges, edges[1:], strict=False):
        assert edge.max() == pytest.approx(after.min())
        assert row[2]
    assert rows[-1][2] == "", "nothing ends the last phase"


def test_the_numbers_of_the_samples_are_those_that_are_drawn(made: Made) -> None:
    _, rows = _table(made, "samples")
    assert [float(row[1]) for row in rows] == sorted((float(row[1]) for row in rows), reverse=True)
    group = made.text[made.text.index('<g id="samples-samples-monotonic">') :]
    marks = re.findall(r'<use href="[^"]+" x="([-\d.]+)" y="([-\d.]+)"', group[: group.index("</g>\n</g>")])
    scales = [float(row[1]) for row in rows if row[2] == "monotonic"]
    assert len(marks) == len(scales) == 64
    assert _off_the_line(np.log10(scales), np.array([float(x) for x, _ in marks])) < 1e-3


def test_the_points_of_the_diagram_lie_where_there_is_ink(made: Made) -> None:
    parameters, points = _numbers(made, "diagram", 0, 1)
    assert len(points) > 2000
    lines = [_path(made, f"diagram-boundary-{k}")[0, 0] for k in range(9)]
    places = [float(boundary) for boundary in residual_boundaries()]
    slope, offset = np.polyfit(places, lines, 1)
    section = made.text[made.text.index('<section id="diagram"') :]
    found = re.search(r'href="data:image/png;base64,\s*([^"]+)"', section)
    assert found is not None
    image = matplotlib.image.imread(io.BytesIO(base64.b64decode(found[1])))
    box = re.search(
        r'<image [^>]*?transform="[^"]*"[^>]*?x="([-\d.]+)" y="([-\d.]+)" width="([-\d.]+)" height="([-\d.]+)"', section
    )
    assert box is not None
    left, width = float(box[1]), float(box[3])
    column = ((slope * parameters + offset - left) / width * image.shape[1]).astype(int)
    inside = (column >= 0) & (column < image.shape[1])
    assert inside.mean() > 0.99
    # of a column with few points every inked run of pixels is one of them, and there are no others
    for k in np.unique(column[inside])[::25]:
        ink = image[:, max(k - 1, 0) : k + 2, 3].max(axis=1) > 0.02
        runs = int(np.count_nonzero(np.diff(ink.astype(int)) == 1))
        listed = np.unique(np.round(points[column == k], 2)).size
        if listed <= 4:
            assert runs <= listed + 1
            assert runs >= 1


# -------------------------------------------------------------------------------------------- for every pair of eyes


def _channel(value: float) -> float:
    return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4


def _luminance(color: str) -> float:
    digits = color.lstrip("#")
    digits = "".join(2 * d for d in digits) if len(digits) == 3 else digits
    red, green, blue = (_channel(int(digits[k : k + 2], 16) / 255) for k in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """WCAG's contrast ratio."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_measured_rightly() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_colours_contrast_in_light_dark_and_print() -> None:
    sheet = style_sheet()
    schemes = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6});", block))
        for block in re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    ]
    light, dark, printed = schemes
    for scheme in (light, dark, light | printed):
        for ink in ("ink", "soft", "link", "good", "bad"):
            for ground in ("paper", "wash"):
                assert contrast(scheme[ink], scheme[ground]) >= 4.5, (ink, ground)
        assert contrast(scheme["ink"], scheme["line"]) >= 4.5, "a badge without a phase of its own"
        assert contrast(scheme["link"], scheme["paper"]) >= 3, "the frame around what has the focus"
    badges = re.findall(r"\.phase\.(\w+) \{ background: (#\w+); color: (#\w+); \}", sheet)
    assert len(badges) == len(PHASE_STYLES)
    for _, ground, ink in badges:
        assert contrast(ink, ground) >= 4.5
    for style in PHASE_STYLES.values():
        assert contrast(style.color, light["paper"]) >= 1.9, "areas have their names on them, or a hatch"


def test_the_keyboard_finds_its_way(made: Made) -> None:
    page = made.page
    body = next(k for k, element in enumerate(page.elements) if element.tag == "body")
    first = page.elements[body + 1]
    assert (first.tag, first.attributes.get("href")) == ("a", "#main")
    (main,) = page.find("main")
    assert main.attributes["id"] == "main"
    sheet = style_sheet()
    assert re.search(r":focus-visible \{ outline: 3px solid", sheet)
    gone = re.findall(r"([^{}]+)\{[^}]*outline: (?:none|0)", sheet)
    assert [rule.strip() for rule in gone] == ["main:focus"], "the target of the first link, which is no control"
    for region in page.elements:
        if region.attributes.get("tabindex") == "0":
            assert region.attributes.get("aria-label"), "what can be reached says what it is"
    sections = {element.attributes["id"] for element in page.find("section")}
    (nav,) = page.find("nav")
    assert nav.attributes["aria-label"] == "Contents"
    reached = {e.attributes["href"][1:] for e in page.find("a") if "nav" in e.parents}
    assert reached == sections - {"answer"}


# ------------------------------------------------------------------------------------------- for the mathematician


def test_the_record_follows_its_schema(made: Made) -> None:
    schema = json.loads(schema_text("boundaries"))
    assert schema["$id"] == made.record["$schema"] == "urn:symphase:boundaries:1"
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert list(validator.iter_errors(made.record)) == []
    assert (made.report.folder / "boundaries.schema.json").read_text(encoding="utf-8") == schema_text("boundaries")
    assert _links(made.page)["boundaries.schema.json"] == schema_text("boundaries")
    for change in (
        {"boundaries": [{**made.record["boundaries"][0], "certainty": "sure"}]},
        {"seed": "0"},
        {"more": 1},
        {"problem": {**made.record["problem"], "step_size": 0.007}},
    ):
        assert list(validator.iter_errors(made.record | change)), change


def test_every_file_is_in_the_list_of_checksums(made: Made) -> None:
    lines = (made.report.folder / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    listed = {name: digest for digest, name in (line.split("  ") for line in lines)}
    files = [path for path in made.report.folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS"]
    assert listed == {
        str(path.relative_to(made.report.folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def test_the_certificates_are_accepted_by_the_checker_alone(made: Made) -> None:
    listed = made.record["certificates"]
    assert [entry["boundary"] for entry in listed] == [
        b.name for b in residual_boundaries() if not isinstance(b.value, Onset)
    ]
    inside = _links(made.page)
    for entry in listed:
        text = (made.report.folder / entry["file"]).read_text(encoding="utf-8")
        assert check_certificate(text).verdict == entry["verdict"] == "accepted"
        assert inside[Path(entry["file"]).name] == text
    section = made.text.split('<section id="certificates"')[1].split("</section>")[0]
    assert "none: its proof is by kneading theory" in section
    assert "symphase verify-certificate" in section


def test_theorems_stand_there_with_every_verdict(made: Made) -> None:
    section = made.text.split('<section id="theorems"')[1].split("</section>")[0]
    theorems = made.appendix.theorems
    assert len(theorems) > 8
    assert section.count('<article class="theorem"') == len(theorems)
    checks = [check for _, found in theorems for check in found]
    assert f"{len(checks)} of {len(checks)} checks are proved" in section
    assert section.count("✓</span> proved") == len(checks)
    assert "✗" not in section
    for theorem, _ in theorems:
        assert f'id="theorem-{theorem.label}"' in section
        assert prose_html(theorem.in_words) in section
    assert section.count("Your value is in its range.") >= 1
    monotonic = section.split('id="theorem-monotonic"')[1].split("</article>")[0]
    assert "Your value is in its range." in monotonic
    assert "Your value is in its range." not in section.split('id="theorem-divergence"')[1].split("</article>")[0]


def test_a_theorem_that_fails_is_no_agreement(
    made: Made, quick: Verification, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert quick.agrees
    (theorem, checks), *others = made.appendix.theorems
    bad = (dataclasses.replace(checks[0], verdict=Verdict.REFUTED), *checks[1:])
    broken = dataclasses.replace(made.appendix, theorems=((theorem, bad), *others))
    monkeypatch.setattr(report, "appendix_of", lambda *_, **__: broken)
    done = write_report(tmp_path / "out", data=dataset([[1.0]], [1.0]))
    assert not done.agrees
    section = done.index.read_text(encoding="utf-8").split('<section id="theorems"')[1].split("</section>")[0]
    total = sum(len(found) for _, found in made.appendix.theorems)
    assert f"{total - 1} of {total} checks are proved" in section
    assert "✗</span> refuted" in section


def test_a_boundary_without_its_sign_change_is_no_agreement(made: Made) -> None:
    assert made.appendix.agrees
    crossings = made.appendix.crossings
    assert crossings == (True,) * 9
    assert not dataclasses.replace(made.appendix, crossings=(*crossings[:-1], False)).agrees
    assert dataclasses.replace(made.appendix, crossings=(*crossings[:-1], None)).agrees


# --------------------------------------------------------------------------------------------------- slow: TeX, browser


@pytest.mark.slow  # needs TeX or a browser
def test_the_pdf_has_the_answer_in_it(quick: Verification, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not tex_available() or shutil.which("pdftotext") is None:
        pytest.skip("needs latexmk, pdflatex and pdftotext")
    assert quick.agrees
    monkeypatch.setattr(report, "report_pdf", report_pdf)
    data = dataset([[1.0, 0.0], [0.0, 2.0]], [1.0, 0.5], name=HOSTILE)
    done = write_report(tmp_path / "out", data=data, step_size="0.3", pdf=True)
    content = (done.folder / "report.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    command = ["pdftotext", "-layout", str(done.folder / "report.pdf"), "-"]
    text = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    assert "Your step size" in text
    assert "<script>alert(1)</script>" in text, "what came from outside is text"
    assert "input{x}" in text
    for phase in ("monotonic", "catapult", "periodic", "chaotic"):
        assert phase in text
    assert 'href="report.pdf"' in done.index.read_text(encoding="utf-8")


def _look(page: Path, width: int) -> None:
    """Open a page in Chromium and look at it."""
    selenium = pytest.importorskip("selenium.webdriver", reason="selenium comes with the extra 'test'")
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("needs chromium and chromedriver")
    options = selenium.ChromeOptions()
    options.binary_location = browser
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1200,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with selenium.Chrome(options=options, service=selenium.ChromeService(driver)) as window:
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        window.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        window.get(page.as_uri())
        assert window.execute_script("return document.documentElement.scrollWidth") <= width, "nothing sticks out"
        bottom = "return document.querySelector('.ladder').getBoundingClientRect().bottom"
        assert window.execute_script(bottom) <= 800
        shown = "return [...document.querySelectorAll('#answer svg')].filter(s => s.checkVisibility()).length"
        assert window.execute_script(shown) == 1, "the wide or the narrow strip, not both"
        window.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        found = "[...document.querySelectorAll('.scroll')].filter(d => d.scrollWidth > d.clientWidth)"
        assert window.execute_script(f"return {found}.filter(d => d.tabIndex < 0).map(d => d.textContent)") == []
        chips = "[...document.querySelectorAll('.lede .phase, .phase')].map(p => getComputedStyle(p).color)"
        assert "rgb(89, 99, 110)" not in window.execute_script(f"return {chips}"), "pale ink on a pale chip"
        names = window.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
        assert [name for name in names if not name.startswith("data:")] == []
        assert [entry for entry in window.get_log("browser") if entry["level"] == "SEVERE"] == []


@pytest.mark.slow  # needs TeX or a browser
@pytest.mark.parametrize("width", [400, 1100])
def test_the_first_screen_tells_everything_in_a_real_browser(made: Made, width: int) -> None:
    with warnings.catch_warnings():  # urllib3 adds a filter of its own when it is first imported
        _look(made.report.index, width)


# ------------------------------------------------------------------------------------------------------- the examples


@pytest.mark.parametrize(
    ("model", "data"),
    [
        (PhaseRetrieval(gamma=2, c=0), load_digit_dct()),
        (PhaseRetrieval(gamma=Fraction(-3, 2), c=1), dataset([[3.0, 4.0], [-4.0, 3.0]], [-1.0, 0.3])),
        (TwoLayerNetwork(alpha=Fraction(1, 2), width=3), dataset([[0.01, 0.0], [0.0, 0.02]], [3.0, 1.0])),
    ],
    ids=["digit", "negative curvature", "network"],
)
def test_the_example_runs_show_their_phases(model: Model, data: DataSet) -> None:
    runs = report._example_runs(analyze(data, model=model, steps=10))
    assert [run.phase for run in runs] == list(PHASE_STYLES)
    for run in runs:
        descent = run.descent
        scales = [
            model.scale_at(norm, float(target), data.samples, Fraction(float(descent.step_sizes[0])))
            for norm, target in zip(data.norms_squared, data.targets, strict=True)
        ]
        leading = int(np.argmax([float(scale) for scale in scales]))
        assert float(scales[leading]) == pytest.approx(float(run.scale))
        # z = κe, with κ from a = κ(y + c²/2γ): the residual at which the gradient vanishes is −a/κ
        floor = float(data.targets[leading])
        if isinstance(model, PhaseRetrieval):
            floor += float(model.c) ** 2 / (2 * float(model.gamma))
        kappa = float(run.scale) / floor
        residuals = descent.residuals[0, :, leading]
        assert kappa * residuals[0] == pytest.approx(0.545)
        own = residuals[np.isfinite(residuals)] ** 2
        assert (descent.escape_step[0] >= 0) == (run.phase is Phase.DIVERGENT)
        rises = np.any(own[1:] > own[:-1] * (1 + 1e-9))
        if run.phase is Phase.MONOTONIC:
            assert not np.any(own[1:] > own[:-1] + 1e-12 * own[0])
        else:
            assert rises
        settled = bool(abs(residuals[-1]) < 1e-3 * abs(residuals[0])) if np.isfinite(residuals[-1]) else False
        assert settled == (run.phase in {Phase.MONOTONIC, Phase.CATAPULT})


def test_labels_out_of_reach_still_get_a_page(tmp_path: Path, quick: Verification) -> None:
    data = dataset([[1.0, 0.0], [0.0, 2.0]], [-1.0, -3.0])
    done = write_report(tmp_path / "out", data=data, step_size="0.1")
    assert quick.agrees
    text = done.index.read_text(encoding="utf-8")
    parsed(text)
    assert "No label of this problem can be reached" in text
    assert "one sample with <var>x</var> = <var>y</var> = 1" in text
    with pytest.raises(InputError, match="no target that the model can reach"):
        write_report(tmp_path / "other", data=data)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(("step", "phase"), [("0.02", Phase.PERIODIC), ("5", Phase.DIVERGENT)])
def test_a_step_size_of_ones_own(tmp_path: Path, quick: Verification, step: str, phase: Phase) -> None:
    assert quick.agrees
    done = write_report(tmp_path / "out", step_size=step)
    text = done.index.read_text(encoding="utf-8")
    assert done.analysis.classification.phase is phase
    assert f'<span class="phase {phase}">{phase}</span>' in text.split("</header>")[0]
    assert f"At step size {step} " in text.split("</header>")[0]
    assert "This is the step size that you gave." in text
    assert "To converge, take at most" in text


def test_a_window_of_order_is_told_as_one_within_chaos(tmp_path: Path, quick: Verification) -> None:
    assert quick.agrees
    done = write_report(tmp_path / "out", data=dataset([[1.0]], [1.0]), step_size="0.7275")  # a = 2η: the 3-window
    assert done.analysis.classification.phase is Phase.PERIODIC
    answer = done.index.read_text(encoding="utf-8").split('<section id="answer"')[1].split("</section>")[0]
    row = answer.split('<tr class="here">')[1].split("</tr>")[0]
    assert '<span class="phase chaotic">' in row
    assert "in a narrow window, as here, goes round a few values" in row


# -------------------------------------------------------------------------------------------------------- hostile text


def test_names_from_outside_are_text_and_nothing_else(tmp_path: Path, quick: Verification) -> None:
    assert quick.agrees
    data = dataset([[1.0, 0.0], [0.0, 2.0]], [1.0, 0.5], name=HOSTILE)
    data = DataSet(
        features=data.features,
        targets=data.targets,
        name=f"{HOSTILE}\x1b[31m\n\udcff",  # the last is what Python makes of a byte that is no text
        feature_names=(HOSTILE, "b"),
        target_name=HOSTILE,
        notes=(HOSTILE, "image: not an image"),
    )
    done = write_report(tmp_path / "out", data=data)
    text = done.index.read_text(encoding="utf-8")
    page = parsed(text)
    assert page.find("script") == []
    assert page.find("img") == []
    assert not [name for element in page.elements for name in element.attributes if name.startswith("on")]
    assert html.escape(HOSTILE) in text
    assert HOSTILE in "".join(page.find("h1")[0].text + page.find("p")[1].text)
    assert all(line.isprintable() for line in done.summary), "no escape sequence reaches a terminal"
    record = json.loads((done.folder / "boundaries.json").read_text(encoding="utf-8"))
    assert record["problem"]["name"] == data.name.replace("\udcff", "?")
    assert "alert" not in (done.folder / "derivation.tex").read_text(encoding="utf-8")


# --------------------------------------------------------------------------------------------------------- the folder


def _refuse(out: Any, match: str, **arguments: Any) -> None:
    with pytest.raises(InputError, match=match):
        write_report(out, **arguments)


@pytest.mark.parametrize("out", ["", "  ", "a\0b", 7, None, b"bytes"])
def test_what_is_no_path_is_refused(out: Any) -> None:
    _refuse(out, "must be the path of a folder")


def test_a_file_and_a_place_inside_a_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    before = _tree(tmp_path)
    _refuse(tmp_path / "file", "is a file, not a folder")
    _refuse(tmp_path / "file" / "report", "cannot be a folder: file is a file")
    _refuse(tmp_path / "file" / "deep" / "report", "cannot be a folder: file is a file")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    _refuse(tmp_path / "link", "is a file, not a folder")
    (tmp_path / "link").unlink()
    assert _tree(tmp_path) == before


@pytest.mark.parametrize(
    "content",
    [{"notes.txt": "mine"}, {"index.html": "<html>somebody else's page</html>"}, {"boundaries.json": "{}"}],
    ids=["a file", "another page", "another JSON"],
)
def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path, content: dict[str, str]) -> None:
    for name, text in content.items():
        (tmp_path / name).write_text(text)
    before = _tree(tmp_path)
    _refuse(tmp_path, "holds files, but no earlier page")
    assert _tree(tmp_path) == before


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    _refuse(tmp_path, "permission denied")
    _refuse(tmp_path / "new", "permission denied")
    assert _tree(tmp_path) == {}


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"step_size": -1}, "step_size = -1"),
        ({"step_size": float("nan")}, "step_size"),
        ({"data": dataset([[1.0, 0.0], [1.0, 1.0]], [1.0, 1.0])}, "must have orthogonal rows"),
        ({"model": PhaseRetrieval(gamma=0, c=1)}, "has no residual map to report on"),
        ({"model": TwoLayerNetwork(outer_weights=(1, -1), alpha=1)}, "has no residual map to report on"),
    ],
    ids=["negative", "nan", "not orthogonal", "linear", "mixed signs"],
)
def test_bad_input_writes_nothing(tmp_path: Path, arguments: dict[str, Any], match: str) -> None:
    _refuse(tmp_path / "deep" / "report", match, **arguments)
    assert _tree(tmp_path) == {}


def test_an_earlier_report_is_replaced_and_other_files_stay(tmp_path: Path, quick: Verification) -> None:
    assert quick.agrees
    out = tmp_path / "a" / "b" / "report"
    page = '<html><head><meta name="generator" content="symphase report"></head>first</html>'
    write_folder(checked_folder(out, GENERATOR), dict.fromkeys((*NAMES, "index.html"), page))
    assert "first" in (out / "index.html").read_text(encoding="utf-8")
    (out / "derivation.pdf").write_bytes(b"made by the reader")
    write_report(str(out), data=dataset([[1.0]], [2.0], name="second"))
    text = (out / "index.html").read_text(encoding="utf-8")
    assert "second" in text
    assert "</head>first" not in text
    assert (out / "derivation.pdf").read_bytes() == b"made by the reader"
    assert sorted(path.name for path in out.iterdir()) == sorted([*FILES, "certificates", "data", "derivation.pdf"])
    assert [path.name for path in out.parent.iterdir()] == ["report"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    write_folder(checked_folder(tmp_path, GENERATOR), dict.fromkeys((*NAMES, "index.html"), "text"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["boundaries.json", "derivation.tex", "index.html"]
    assert [path.name for path in tmp_path.parent.glob(f".{tmp_path.name}*")] == []


@pytest.mark.parametrize("broken", ["write_bytes", "rename", "replace"])
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["disk full", "interrupted"]
)
def test_a_write_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, error: BaseException
) -> None:
    out = tmp_path / "a" / "report"
    if broken == "replace":
        out.mkdir(parents=True)
        (out / "derivation.tex").write_text("from an earlier report")
        (out / "notes.txt").write_text("from the reader")
    before = _tree(tmp_path)
    owner: Any = Path if broken == "write_bytes" else os
    honest = getattr(owner, broken)
    calls = itertools.count()

    def fail(*arguments: Any, **options: Any) -> Any:
        if broken != "rename" and next(calls) != 1:  # the second file is the one that fails
            return honest(*arguments, **options)
        raise error

    monkeypatch.setattr(owner, broken, fail)
    with pytest.raises(InputError if isinstance(error, OSError) else KeyboardInterrupt) as caught:
        write_folder(out, dict.fromkeys((*NAMES, "index.html"), "text"))
    monkeypatch.undo()
    assert not isinstance(error, OSError) or "cannot be written: No space left on device" in str(caught.value)
    assert _tree(tmp_path) == before
