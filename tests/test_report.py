"""The report: a whole page that needs nothing from outside, numbers that come back exactly, and a folder kept safe."""

from __future__ import annotations

import dataclasses
import html
import itertools
import json
import os
import re
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symphase import report
from symphase.algebraic import RealAlgebraic
from symphase.analysis import analyze, largest_scale
from symphase.boundaries import BoundaryKind
from symphase.derivation import derive
from symphase.enclosures import Verdict
from symphase.errors import InputError
from symphase.folders import checked_folder, write_folder
from symphase.latex import derivation_document, reading_order
from symphase.models import Model, PhaseRetrieval, TwoLayerNetwork
from symphase.notation import formula_mathml
from symphase.onset import Onset
from symphase.page import GENERATOR
from symphase.phases import Phase, residual_boundaries, step_boundaries
from symphase.plots import INK, PHASE_STYLES, bifurcation_diagram
from symphase.report import Report, write_report
from symphase.tables import DataSet, dataset, load_digit_dct
from symphase.verification import Verification

FILES = ["boundaries.json", "derivation.tex", "index.html"]
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>&amp; \\input{x} ${7*7}'


@dataclass
class Element:
    """One element of the page."""

    tag: str
    attributes: dict[str, str]
    parents: tuple[str, ...]
    text: list[str] = field(default_factory=list)


class _Page(HTMLParser):
    """A parser that insists on well-nested elements."""

    VOID = frozenset({"meta", "br", "img", "input", "link", "hr"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[Element] = []
        self.elements: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute of {tag} stands twice"
        parents = tuple(element.tag for element in self.open)
        element = Element(tag, {name: value or "" for name, value in attrs}, parents)
        self.elements.append(element)
        if tag not in self.VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text.append(data)

    def find(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]


def parsed(text: str) -> _Page:
    page = _Page()
    page.feed(text)
    page.close()
    assert page.open == [], "elements that are never closed"
    return page


@dataclass(frozen=True)
class Made:
    """A report and what is in its folder."""

    report: Report
    text: str
    page: _Page
    record: dict[str, Any]
    calls: list[tuple[str, int, int]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The default report, made once."""
    calls: list[tuple[str, int, int]] = []
    folder = tmp_path_factory.mktemp("place") / "report"
    done = write_report(folder, progress=lambda *call: calls.append(call))
    text = done.index.read_text(encoding="utf-8")
    record = json.loads((folder / "boundaries.json").read_text(encoding="utf-8"))
    return Made(report=done, text=text, page=parsed(text), record=record, calls=calls)


@pytest.fixture
def quick(made: Made, monkeypatch: pytest.MonkeyPatch) -> Verification:
    """Further reports take over the verification, which does not depend on the data, and draw a coarse diagram."""
    monkeypatch.setattr(report, "verify", lambda *_, **__: made.report.verification)
    coarse = partial(bifurcation_diagram, rows=30, keep=30, transient=30)
    monkeypatch.setattr(
        report, "bifurcation_diagram", lambda boundaries, axes, **_: coarse(boundaries, axes, columns=30)
    )
    return made.report.verification


def _tree(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


# ----------------------------------------------------------------------------------------------------- what is there


def test_a_report_is_three_files_and_its_answers(made: Made) -> None:
    done = made.report
    assert sorted(path.name for path in done.folder.iterdir()) == FILES
    assert [path.name for path in done.folder.parent.iterdir()] == ["report"], "nothing is left beside it"
    assert done.index == done.folder / "index.html"
    assert done.agrees
    assert done.verification.agrees
    assert all(check.verdict is Verdict.PROVED for check in done.checks)
    assert done.analysis.data == load_digit_dct()
    assert done.boundaries is residual_boundaries()
    assert "9 of 9 boundaries agree with mpmath and with gradient descent." in done.summary
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
    assert written == derivation_document(derive(PhaseRetrieval(gamma=2, c=0)), command="symphase report")


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
        "boundaries",
        "phases",
        "diagram",
        "derivation",
        "verification",
        "samples",
        "certainty",
        "provenance",
    ]
    first = "".join(made.page.find("section")[0].text)
    assert first.startswith("\nYour step size\nAt η = 0.007 gradient descent is monotonic.")


def test_the_page_needs_nothing_from_outside(made: Made) -> None:
    page = made.page
    assert not [e for e in page.elements if e.tag in {"script", "link", "iframe", "object", "embed", "base", "form"}]
    assert "http:" not in made.text
    assert "https:" not in made.text
    assert "@import" not in made.text
    assert "@font-face" not in made.text
    links = [
        value
        for element in page.elements
        for name, value in element.attributes.items()
        if name in {"href", "src", "srcset", "xlink:href", "action", "data", "poster"}
    ]
    assert links
    assert all(value.startswith(("#", "data:image/png;base64,")) for value in links)
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
    assert len(tables) == 4
    assert len(made.page.find("caption")) == 4
    headers = made.page.find("th")
    assert all(element.attributes.get("scope") in {"col", "row"} for element in headers)
    assert sum(element.attributes["scope"] == "row" for element in headers) == 5 + 9 + 9 + 10


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
    section = made.text.split('<section id="answer"')[1].split("</section>")[0]
    for name in ("end of monotone convergence", "flip of period 1 → 2", "escape (boundary crisis)"):
        assert f">{ends[name].decimal(13)}<" in section
    monotone = ends["end of monotone convergence"].value
    assert monotone is not None
    # "up to" never passes the boundary, "beyond" never falls short of it
    up_to = re.search(r"Up to <var>η</var> = ([\d.]+) the loss", section)
    converges = re.search(r"Up to ([\d.]+) it converges", section)
    flip = ends["flip of period 1 → 2"].value
    assert converges is not None
    assert flip is not None
    assert flip.compare(Fraction(converges[1])) >= 0
    beyond = re.search(r"Beyond ([\d.]+) it diverges", section)
    escape = ends["escape (boundary crisis)"].value
    assert up_to is not None
    assert beyond is not None
    assert escape is not None
    assert monotone.compare(Fraction(up_to[1])) >= 0
    assert escape.compare(Fraction(beyond[1])) <= 0
    assert float(monotone) - float(up_to[1]) < 1e-8


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
    quick: Verification, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = quick
    bad = dataclasses.replace(good, rows=(dataclasses.replace(good.rows[0], mpmath_agrees=False), *good.rows[1:]))
    monkeypatch.setattr(report, "verify", lambda *_, **__: bad)
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
    assert "gradient descent <span" in text
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
    assert f'= {step} gradient descent is <span class="phase {phase}">' in text
    assert "This is the step size that you gave." in text
    assert "stay at or below" in text


# -------------------------------------------------------------------------------------------------------- hostile text


def test_names_from_outside_are_text_and_nothing_else(tmp_path: Path, quick: Verification) -> None:
    assert quick.agrees
    data = dataset([[1.0, 0.0], [0.0, 2.0]], [1.0, 0.5], name=HOSTILE)
    data = DataSet(
        features=data.features,
        targets=data.targets,
        name=f"{HOSTILE}\x1b[31m\n",
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
    assert record["problem"]["name"] == data.name
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
    write_folder(checked_folder(out, GENERATOR), dict.fromkeys(report.FILES, page))
    assert "first" in (out / "index.html").read_text(encoding="utf-8")
    (out / "derivation.pdf").write_bytes(b"made by the reader")
    write_report(str(out), data=dataset([[1.0]], [2.0], name="second"))
    text = (out / "index.html").read_text(encoding="utf-8")
    assert "second" in text
    assert "</head>first" not in text
    assert (out / "derivation.pdf").read_bytes() == b"made by the reader"
    assert sorted(path.name for path in out.iterdir()) == sorted([*FILES, "derivation.pdf"])
    assert [path.name for path in out.parent.iterdir()] == ["report"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    write_folder(checked_folder(tmp_path, GENERATOR), dict.fromkeys(report.FILES, "text"))
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES
    assert [path.name for path in tmp_path.parent.glob(f".{tmp_path.name}*")] == []


@pytest.mark.parametrize("broken", ["write_text", "rename", "replace"])
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
    owner: Any = Path if broken == "write_text" else os
    honest = getattr(owner, broken)
    calls = itertools.count()

    def fail(*arguments: Any, **options: Any) -> Any:
        if broken != "rename" and next(calls) != 1:  # the second file is the one that fails
            return honest(*arguments, **options)
        raise error

    monkeypatch.setattr(owner, broken, fail)
    with pytest.raises(InputError if isinstance(error, OSError) else KeyboardInterrupt) as caught:
        write_folder(out, dict.fromkeys(report.FILES, "text"))
    monkeypatch.undo()
    assert not isinstance(error, OSError) or "cannot be written: No space left on device" in str(caught.value)
    assert _tree(tmp_path) == before
