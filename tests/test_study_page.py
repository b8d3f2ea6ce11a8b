"""The page of a study: whole, safe with hostile names, true to its numbers, and written whole or not at all."""

from __future__ import annotations

import html
import itertools
import json
import os
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pages import parsed
from test_report import _tree
from test_studies import PROBLEMS, made, relabelled, table

import symphase.study_page
from symphase.errors import InputError
from symphase.folders import checked_folder, write_folder
from symphase.models import PhaseRetrieval
from symphase.plots import INK, observed_strip
from symphase.problems import Problem
from symphase.studies import Study, compare_transitions
from symphase.study_page import GENERATOR, render_study, write_study
from symphase.tables import DataSet
from symphase.transitions import Transition

FILES = ["index.html", "study.json"]
HOSTILE = '<b>x</b>&"><script>alert(1)</script><img src=x onerror=alert(2)>&amp; \\input{x} ${7*7}'
EARLIER = f'<!DOCTYPE html>\n<head>\n<meta name="generator" content="{GENERATOR}">\n</head><body>first</body>'


@cache
def page(name: str) -> str:
    return render_study(made(name))


def section(text: str, name: str) -> str:
    return text.split(f'<section id="{name}"')[1].partition("</section>")[0]


def words(markup: str) -> str:
    return " ".join(
        html.unescape(re.sub(r"<svg.*?</svg>|<style.*?</style>|<[^>]+>", " ", markup, flags=re.DOTALL)).split()
    )


def renamed(found: Study, name: str, **more: Any) -> Study:
    """The same study of a problem with another name, and with other text from outside."""
    old = found.problem
    data = DataSet(features=old.features, targets=old.targets, name=name, **more)
    return replace(found, problem=Problem(model=old.model, data=data, test=old.test, seed=old.seed))


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Study:
    """Pages are written of a study that was made before."""
    found = made("one sample")
    monkeypatch.setattr(symphase.study_page, "study", lambda *_, **__: found)
    monkeypatch.setattr(symphase.study_page, "render_study", lambda _: EARLIER.replace("first", "second"))
    return found


# ----------------------------------------------------------------------------------------------------- what is there

QUICK = {"one sample", "orthogonal"}


@pytest.mark.parametrize(
    "name",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in PROBLEMS],  # slow: seconds each
)
def test_every_page_is_whole(name: str) -> None:
    """Orthogonal rows or not, with a model that has exact phases or not, whatever phases were seen."""
    found, text = made(name), page(name)
    tree = parsed(text)  # well nested, every element closed, no attribute twice
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert any(e.attributes == {"name": "generator", "content": "symphase lab"} for e in tree.find("meta"))
    sections = [element.attributes["id"] for element in tree.find("section")]
    held_out = ["averages"] if found.problem.test is not None else []
    assert sections == ["answer", "boundaries", "phases", *held_out, "theory", "provenance"]
    levels = [int(e.tag[1]) for e in tree.elements if re.fullmatch("h[1-6]", e.tag)]
    assert levels == [1] + [2] * len(sections)
    assert not [e for e in tree.elements if e.tag in {"script", "link", "iframe", "object", "embed", "base", "form"}]
    assert not [name for element in tree.elements for name in element.attributes if name.startswith("on")]
    for word in ("http:", "https:", "@import", "@font-face", "\ufffd"):
        assert word not in text, word
    assert not re.search(r"\b(None|nan|inf|NaN)\b", text)
    links = [
        value
        for element in tree.elements
        for name, value in element.attributes.items()
        if name in {"href", "src", "srcset", "xlink:href", "action", "data", "poster"}
    ]
    assert links
    assert all(value.startswith(("#", "data:image/png;base64,")) for value in links)
    ids = [element.attributes["id"] for element in tree.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids)) > 30
    assert not any(" " in name for name in ids)
    wanted = set(re.findall(r'(?:href="|url\()#([^")]+)', text))
    wanted |= {element.attributes["aria-labelledby"] for element in tree.find("section")}
    assert wanted <= set(ids)


@pytest.mark.parametrize("name", PROBLEMS)
def test_pictures_have_words_and_take_their_ink_from_the_page(name: str) -> None:
    found, text = made(name), page(name)
    outer = [element for element in parsed(text).find("svg") if "svg" not in element.parents]
    pictures = 4 if found.problem.test is not None else 3
    assert len(outer) == 2 * pictures, "each for a wide and for a narrow page"
    assert all(element.attributes["role"] == "img" for element in outer)
    told = [element.attributes["aria-label"] for element in outer]
    assert len(set(told)) == pictures
    assert all(len(text) > 60 for text in told)
    assert INK not in text
    assert text.count("var(--ink)") > 100
    assert "@media (prefers-color-scheme: dark)" in text


@pytest.mark.parametrize("name", PROBLEMS)
def test_no_word_stands_twice_and_nothing_is_hidden(name: str) -> None:
    text = page(name)
    for part in re.findall(r"<(?:p|li|figcaption)\b[^>]*>(.*?)</(?:p|li|figcaption)>", text, re.DOTALL):
        plain = words(part)
        assert plain, "an empty paragraph"
        once = re.findall(r"[A-Za-z]{3,}", plain)
        repeated = [a for a, b in itertools.pairwise(plain.split()) if a == b and a.isalpha() and len(a) > 2]
        assert not repeated, plain
        assert once
    assert 'class="needs"' not in text, "the style sheet hides paragraphs of that class"


def test_the_answer_comes_first_with_the_numbers_of_the_study() -> None:
    found, text = made("generic"), page("generic")
    answer = words(section(text, "answer"))
    for line in found.summary:
        assert line in answer
    assert "This is the step size that you gave." in answer
    training = found.training
    assert training.scaled_sharpness is not None
    assert training.test_losses is not None
    for values in (training.losses, training.scaled_sharpness, training.test_losses):
        assert f"{values[:, -1].min():.3g}" in answer
    for detail in {one.detail for one in found.observations}:
        assert detail in answer
    assert "You gave no step size" in words(section(page("orthogonal"), "answer"))
    assert "No run stayed bounded." in words(section(page("generic, escaped"), "answer"))


def test_several_labels_are_counted() -> None:
    found = relabelled(made("one sample"), "periodic", "divergent", "undecided", "divergent", period=2)
    text = render_study(found)
    answer = section(text, "answer")
    assert re.findall(r'<span class="phase (\w+)">', answer) == ["periodic", "divergent", "undecided"]
    assert "divergent 2 of 4 starts" in words(answer)


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_table_is_that_of_the_study(name: str) -> None:
    found = made(name)
    rows = re.findall(r'<tr><th scope="row">(.*?)</tr>', section(page(name), "boundaries"))
    assert len(rows) == 4
    for row, shown in zip(found.rows, rows, strict=True):
        cells = [words(cell) for cell in re.split("</?t[hd]>", shown) if cell]
        seen = row.transition
        assert seen.spread is not None
        numbers = (row.in_sharpness, row.theory_in_sharpness, row.in_a, row.theory_in_a)
        assert cells == [
            seen.name,
            f"{seen.step_size:.4g}",
            f"{seen.spread[0]:.4g} to {seen.spread[1]:.4g}",
            f"{seen.found} of {seen.runs}",
            *("—" if number is None else f"{number:.4g}" for number in numbers),
        ]
    stopped = any(row.transition.stopped for row in found.rows)
    assert ("wider than asked for" in page(name)) is stopped


def test_a_transition_that_was_never_seen_has_dashes() -> None:
    found = made("one sample")
    never = Transition(name="periodic → chaotic", lower=np.empty(0), upper=np.empty(0), runs=1, stopped=0)
    parts = found.boundaries.transitions
    boundaries = replace(found.boundaries, transitions=(*parts[:2], never, parts[3]))
    less = replace(found, boundaries=boundaries, rows=compare_transitions(boundaries))
    text = render_study(less)
    parsed(text)
    row = words(section(text, "boundaries")).split("periodic → chaotic")[1]
    assert row.startswith(" — — 0 of 1 — 2.605 — 1.302")
    json.dumps(less.to_dict(), allow_nan=False)


def test_the_step_size_is_marked_where_it_lies_within_the_picture() -> None:
    inside = section(page("generic"), "boundaries")
    assert "The line marks your step size, 0.5." not in words(inside)
    assert "Your step size, 0.5, lies outside of the picture." in words(inside)  # below the first one of the grid
    marked = section(page("network"), "boundaries")
    assert "The line marks your step size, 2.4." in words(marked)
    for mark in ("halo-step-size", "step-size", "step-size-mark"):
        assert f'id="strip-{mark}"' in marked
        assert f'id="strip-narrow-{mark}"' in marked
        assert f'id="strip-{mark}"' not in inside
    # the line stands where the step size stands on the axis, which it leaves as it was
    shift = re.search(r'id="strip-step-size">\s*<path d="M ([\d.]+) ', marked)
    first = re.search(r'id="strip-xtick_1">.*?<use [^>]*x="([\d.]+)"', marked, re.DOTALL)
    last = re.search(
        r'.*id="strip-xtick_(\d+)">.*?<use [^>]*x="([\d.]+)".*?<text[^>]*>([\d.]+)</text>', marked, re.DOTALL
    )
    label = re.search(r'id="strip-xtick_1">.*?<text[^>]*>([\d.]+)</text>', marked, re.DOTALL)
    assert shift is not None
    assert first is not None
    assert last is not None
    assert label is not None
    share = (2.4 - float(label[1])) / (float(last[3]) - float(label[1]))
    place = float(first[1]) + share * (float(last[2]) - float(first[1]))
    assert float(shift[1]) == pytest.approx(place, abs=0.5)


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_is_said_of_the_mark_is_what_is_drawn(name: str) -> None:
    part = section(page(name), "boundaries")
    marked = 'id="strip-step-size"' in part
    assert marked is ("The line marks" in words(part)) is ("outside of the picture" not in words(part))
    assert ("there is none for this model" in words(part)) is (made(name).rows[0].theory is None)


def test_a_mark_leaves_the_axis_as_it_was() -> None:
    found = made("network")
    rates, labels = np.repeat(found.boundaries.step_sizes, 2), found.boundaries.labels.ravel()
    axes = observed_strip(rates, labels)
    before = (axes.get_xlim(), axes.get_ylim(), len(axes.lines))
    symphase.study_page._mark(axes, found)
    assert (axes.get_xlim(), axes.get_ylim(), len(axes.lines)) == (*before[:2], before[2] + 3)
    symphase.study_page._mark(axes, made("generic, escaped"))  # far outside: nothing is drawn
    assert (axes.get_xlim(), axes.get_ylim(), len(axes.lines)) == (*before[:2], before[2] + 3)


def test_ends_are_those_of_the_runs_that_stayed_bounded() -> None:
    found = made("generic")
    training = found.training
    losses = training.losses.copy()
    losses[0, -1] = np.inf
    one_escaped = replace(training, losses=losses, escape_step=np.array([7, -1]))
    answer = words(section(render_study(replace(found, training=one_escaped)), "answer"))
    assert f"Where the runs that stayed bounded ended: the loss {losses[1, -1]:.3g} " in answer


def test_how_far_the_theory_reaches_is_said_case_by_case() -> None:
    told = {name: words(section(page(name), "theory")) for name in PROBLEMS}
    assert "orthogonal (exactly): the exact phases hold for every sample" in told["orthogonal"]
    assert "The sample that decides is at a = 1.3 with this step size: periodic" in told["one sample"]
    assert "The rows are not orthogonal: the largest |cosine|" in told["generic"]
    assert "On orthogonal rows the sample that decides would be at a =" in told["generic"]
    for name in ("both signs", "cubic"):
        assert "no exact phase belongs to it" in told[name]
        assert "hold for every sample" not in told[name]
    assert "a = 1.5 with this step size: divergent exact" in told["linear"]
    assert "a = -2.4 with this step size: divergent exact" in told["one out of reach"]
    assert "a = -0.25 with this step size: converges to the loss floor exact" in told["out of reach"]


def test_provenance_suffices_to_run_it_again() -> None:
    found = made("generic")
    told = words(section(page("generic"), "provenance"))
    assert found.problem.describe() in told
    assert "2 starts (rng=0), 300 steps each, at 24 step sizes" in told
    for name in ("Python", "symphase", "numpy"):
        assert name in told


# -------------------------------------------------------------------------------------------------------- hostile text


@pytest.mark.parametrize(
    "name",
    [HOSTILE, "<b>x</b>&", "a\x00b", "\x1b[31mred\n", "b\udcff", "\u202egnp.exe", "&lt;", "x" * 3000, "]]>", "<!--"],
    ids=lambda name: ascii(name)[:20],
)
def test_names_from_outside_are_text_and_nothing_else(name: str) -> None:
    text = render_study(renamed(made("one sample"), name, notes=(HOSTILE,), target_name=HOSTILE))
    text.encode("utf-8")
    plain = parsed(page("one sample"))
    tree = parsed(text)
    assert [e.tag for e in tree.elements] == [e.tag for e in plain.elements], "no element came with the name"
    visible = "".join(character if character.isprintable() else "\ufffd" for character in name)
    assert html.escape(visible) in text
    assert visible in "".join(tree.find("title")[0].text)
    assert visible in "".join(tree.find("strong")[0].text)
    assert all(character.isprintable() or character == "\n" for character in text)


def test_a_parser_of_the_standard_library_sees_no_script_in_a_hostile_page() -> None:
    seen: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.extend([tag, *(name for name, _ in attrs)])

    parser = Tags()
    parser.feed(render_study(renamed(made("generic"), HOSTILE)))
    assert "section" in seen
    assert not {"script", "img", "onerror"} & set(seen)


# --------------------------------------------------------------------------------------------------------- the folder


def test_a_page_is_two_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = made("generic")
    calls: list[dict[str, Any]] = []

    def fake(*arguments: Any, **options: Any) -> Study:
        calls.append({"arguments": arguments, **options})
        return found

    monkeypatch.setattr(symphase.study_page, "study", fake)
    out = tmp_path / "deep" / "page"
    written = write_study(out, found.problem, "1/2", runs=3, steps=500, rng=7)
    assert calls == [{"arguments": (found.problem, "1/2"), "runs": 3, "steps": 500, "rng": 7, "progress": None}]
    assert written.study is found
    assert (written.folder, written.index) == (out, out / "index.html")
    assert sorted(path.name for path in out.iterdir()) == FILES
    assert [path.name for path in out.parent.iterdir()] == ["page"], "nothing is left beside it"
    assert written.index.read_text(encoding="utf-8") == page("generic")
    text = (out / "study.json").read_text(encoding="ascii")
    assert json.loads(text, parse_constant=pytest.fail) == json.loads(json.dumps(found.to_dict()))


def test_an_earlier_page_is_replaced_and_other_files_stay(tmp_path: Path, given: Study) -> None:
    write_folder(checked_folder(tmp_path / "page", GENERATOR), {"study.json": "{}", "index.html": EARLIER})
    (tmp_path / "page" / "notes.txt").write_text("mine")
    write_study(str(tmp_path / "page"), given.problem)
    assert sorted(path.name for path in (tmp_path / "page").iterdir()) == ["index.html", "notes.txt", "study.json"]
    assert (tmp_path / "page" / "notes.txt").read_text() == "mine"
    assert "second" in (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "page" / "study.json").read_text())["starts"] == 1


def test_an_empty_folder_is_filled(tmp_path: Path, given: Study) -> None:
    write_study(tmp_path, given.problem)
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES


@pytest.mark.parametrize(
    "content",
    [
        {"notes.txt": "mine"},
        {"index.html": "<html>somebody else's page</html>"},
        {"index.html": '<html><head><meta name="generator" content="symphase report"></head>a report</html>'},
        {"study.json": "{}"},
        {".hidden": ""},
    ],
    ids=["a file", "another page", "a report", "numbers alone", "a hidden file"],
)
def test_a_folder_with_something_else_in_it_is_refused_before_any_run(
    tmp_path: Path, content: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(symphase.study_page, "study", lambda *_, **__: pytest.fail("nothing may be run"))
    for name, text in content.items():
        (tmp_path / name).write_text(text)
    before = _tree(tmp_path)
    with pytest.raises(InputError) as caught:
        write_study(tmp_path, table([[1.0]], [1.0]))
    assert caught.value.argument == "out"
    assert _tree(tmp_path) == before


@pytest.mark.parametrize("out", ["", "  ", "a\0b", 7, None, b"bytes"])
def test_what_is_no_path_is_refused(out: Any) -> None:
    with pytest.raises(InputError, match="must be the path of a folder"):
        write_study(out, table([[1.0]], [1.0]))


def test_a_file_and_a_place_inside_a_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    before = _tree(tmp_path)
    for out in (tmp_path / "file", tmp_path / "file" / "page", tmp_path / "file" / "deep" / "page", tmp_path / "link"):
        with pytest.raises(InputError) as caught:
            write_study(out, table([[1.0]], [1.0]))
        assert caught.value.argument == "out"
    assert _tree(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"step_size": 0}, "step_size"),
        ({"step_size": "1e400"}, "step_size"),
        ({"step_size": 10**400}, "step_size"),
        ({"steps": 63}, "steps"),
        ({"runs": 0}, "runs"),
        ({"rng": -1}, "rng"),
        ({"problem": PhaseRetrieval(gamma=2, c=0)}, "problem"),
    ],
)
def test_bad_input_writes_nothing(tmp_path: Path, arguments: dict[str, Any], named: str) -> None:
    problem = arguments.pop("problem", table([[1.0]], [1.0]))
    with pytest.raises(InputError) as caught:
        write_study(tmp_path / "deep" / "page", problem, **arguments)
    assert caught.value.argument == named
    assert _tree(tmp_path) == {}


@pytest.mark.parametrize("place", ["study", "render_study"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), ZeroDivisionError("a bug")], ids=type)
def test_what_fails_or_is_interrupted_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: Study, place: str, error: BaseException
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(symphase.study_page, place, fail)
    with pytest.raises(type(error)):
        write_study(tmp_path / "deep" / "page", given.problem)
    assert _tree(tmp_path) == {}


@pytest.mark.parametrize("existing", [False, True], ids=["new", "replaced"])
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["disk full", "interrupted"]
)
def test_a_write_that_fails_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: Study, error: BaseException, existing: bool
) -> None:
    out = tmp_path / "a" / "page"
    if existing:
        write_folder(checked_folder(out, GENERATOR), {"study.json": "{}", "index.html": EARLIER})
    before = _tree(tmp_path)
    owner: Any = os if existing else Path
    name = "replace" if existing else "write_bytes"
    honest, calls = getattr(owner, name), itertools.count()

    def fail(*arguments: Any, **options: Any) -> Any:
        if next(calls) != 1:  # the second file is the one that fails
            return honest(*arguments, **options)
        raise error

    monkeypatch.setattr(owner, name, fail)
    with pytest.raises(InputError if isinstance(error, OSError) else KeyboardInterrupt):
        write_study(out, given.problem)
    assert next(calls) > 1
    monkeypatch.undo()
    assert _tree(tmp_path) == before
