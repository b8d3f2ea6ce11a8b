"""Text from outside that tries to break out: of HTML, SVG, LaTeX, JSON, CSV, a terminal, a folder.

Every sink is fed every text; what comes out is read by a parser of that language, not by looking for strings.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from hostile.prompts import invoke, seen
from matplotlib.figure import Figure
from pages import Page, parsed

from symphase.commands.console import print_json, shown
from symphase.display import cut, text_html
from symphase.enclosures import Certainty
from symphase.errors import InputError
from symphase.figure_data import FigureData, columns
from symphase.folders import write_folder
from symphase.formulas import check_name
from symphase.hypertext import badge, document, download, figure, inline_svg, outside_text, table
from symphase.latex import escape_text, fragments
from symphase.latex.writing import one_line
from symphase.models import OneWeight
from symphase.notation import formula_text
from symphase.reports.chapters import provenance_chapter
from symphase.spec_reader import read_spec
from symphase.tables import DataSet

Record = Callable[[str, object], None]

TEXTS: Final = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title><svg onload=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "'><b onmouseover=alert(1)>x</b>",
    '" onfocus="alert(1)" autofocus="',
    "' onfocus='alert(1)",
    "javascript:alert(1)",
    "<a href=javascript:alert(1)>x</a>",
    "<!-- -->",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<meta http-equiv=refresh content=0>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;",
    "<math><mtext></mtext><script>alert(1)</script>",
    "{{7*7}}${7*7}#{7*7}<%= 7*7 %>",
    "{style.color}%s%n{0}",
    "$x$ $$ \\(x\\)",
    "\\input{/etc/passwd}",
    "\\write18{touch canary}\\immediate",
    "\\end{document}\\begin{x}",
    "^^5cinput{/etc/passwd}",
    "}{\\catcode`\\%=12",
    "100% & more # of _ ~ ^",
    "a%\n\\input{x}",
    "\\",
    "''' ``` <<>> ?` !`",
    "\x00",
    "a\x00b",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\x08\x7f",
    "\u202egnp.exe",
    "\u2066\u200f\u200b\ufeff",
    "a\nb\r\nc\u2028d\u2029e\x0bf\x85",
    "\ud800 \udcff",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://localhost")',
    "+1+cmd()",
    "-2+3+cmd()",
    "@SUM(1)",
    "\t=1",
    "../../etc/passwd",
    "/etc/passwd",
    "-rf",
    "CON",
    "x" * 10_000,
    "",
)


def skeleton(markup: str) -> list[tuple[str, tuple[str, ...]]]:
    """Which elements there are, in order, and which attributes they have: what no text may change."""
    return [(element.tag, tuple(sorted(element.attributes))) for element in parsed(markup).elements]


def without_breaks(text: str) -> str:
    """As an HTML parser counts a text: it joins nothing, and control characters were taken out before."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def page_of(text: str) -> str:
    """A page of ours with a text in every place that takes any."""
    plain = outside_text(text)
    data = FigureData(
        name="a", title=text, columns=columns((text, "1")), rows=((text,), (1.5,)), certainty=Certainty.EXACT
    )
    return document(
        "symphase",
        plain,
        f"<h1>{plain}</h1>",
        [
            ("one", plain, figure("<p></p>", plain, data)),
            ("two", plain, table(plain, [plain, "b"], [[plain, badge(text)]])),
            ("three", plain, download(data.file, data.to_csv(), "text/csv", text, text)),
            ("four", plain, f"<p>{text_html(text)}</p>"),
        ],
    )


# --- HTML and SVG -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_no_text_changes_which_elements_a_page_has(number: int, record_property: Record) -> None:
    text = TEXTS[number]
    markup = page_of(text)
    assert markup.encode()  # a page can hold it
    assert skeleton(markup) == skeleton(page_of("harmless"))
    assert without_breaks(text) in "".join(parsed(markup).find("h1")[0].text)
    assert not dangers(markup)
    record_property("escaping_cases", 1)


def dangers(markup: str, *, scripts: int = 0) -> list[str]:
    """What a page of ours never holds: scripts but its own, handlers, anything that is loaded from elsewhere."""
    page: Page = parsed(markup)
    found = [element.tag for element in page.elements if element.tag in FOREIGN]
    if len(page.find("script")) != scripts:
        found.append(f"{len(page.find('script'))} scripts")
    for element in page.elements:
        for name, value in element.attributes.items():
            plain = re.sub(r"[\s\x00-\x1f]", "", value).lower()
            if name.startswith("on") or name in {"srcdoc", "formaction"}:
                found.append(f"{element.tag} {name}")
            elif name in LINKS and not re.match(r"#|data:|[a-z0-9_-]+[/.]", plain):
                found.append(f"{element.tag} {name}={value[:40]}")
    if any(
        element.tag == "meta" and "refresh" in element.attributes.get("http-equiv", "") for element in page.elements
    ):
        found.append("refresh")
    return found


LINKS: Final = {"href", "src", "srcset", "xlink:href", "action", "data", "poster", "ping", "background"}
FOREIGN: Final = {"iframe", "object", "embed", "applet", "base", "form", "frame", "foreignobject", "video", "audio"}


def test_the_guard_sees_what_must_not_be() -> None:
    for markup in (
        "<p><script></script></p>",
        "<p onclick='x'></p>",
        "<a href='javascript:x'></a>",
        "<a href=' java\tscript:x'></a>",
        "<a href='http://localhost'></a>",
        "<iframe></iframe>",
        "<meta http-equiv='refresh' content='0'>",
        "<img src='//localhost/x'>",
    ):
        assert dangers(markup), markup
    assert not dangers("<a href='#x'></a><a href='data/a.csv'></a><a href='data:text/csv,1'></a><img src='data:x'>")


PICTURE: Final = {"svg", "defs", "style", "g", "path", "text", "tspan", "use", "rect", "clippath"}


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_no_text_breaks_out_of_a_picture(number: int, record_property: Record) -> None:
    text = TEXTS[number]
    axes = Figure(figsize=(1, 1)).subplots()
    axes.set_axis_off()
    axes.set_title(without_breaks(text)[:200], parse_math=False)
    markup = inline_svg(axes, "p", text)
    assert not dangers(markup)
    assert {tag for tag, _ in skeleton(markup)} <= PICTURE
    assert parsed(markup).elements[0].attributes["aria-label"] == text
    record_property("escaping_cases", 1)


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_no_text_changes_what_a_notebook_shows(number: int, record_property: Record) -> None:
    def shown_as(text: str) -> str:
        data = DataSet(
            features=np.eye(2),
            targets=np.ones(2),
            name=text,
            feature_names=(text, "b"),
            target_name=text,
            notes=(text,),
        )
        return data._repr_html_()

    assert skeleton(shown_as(TEXTS[number])) == skeleton(shown_as("harmless"))
    assert not dangers(shown_as(TEXTS[number]))
    assert "\n" not in cut(TEXTS[number])
    record_property("escaping_cases", 1)


# --- LaTeX ------------------------------------------------------------------------------------------------------------

PRINTED: Final = {
    *(rf"\text{name}" for name in ("backslash", "asciicircum", "asciitilde", "less", "greater", "bar", "quotedbl")),
    *("\\textasciigrave", "\\textquotesingle", "\\ldots"),
    *(rf"\{sign}" for sign in "{}$&#%_"),
}


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_latex_prints_a_text_and_obeys_none_of_it(number: int, record_property: Record) -> None:
    tex = escape_text(TEXTS[number])
    assert set(re.findall(r"\\(?:[A-Za-z]+|.)", tex, re.DOTALL)) <= PRINTED
    bare = re.sub(r"\\(?:[A-Za-z]+|.)", "", tex)
    assert not set(bare) & set("$&#%_^~\\"), "a character that TeX obeys"
    assert re.fullmatch(r"(?:[^{}]|\{\})*", bare), "a group that is opened or closed"
    assert all(" " <= character <= "~" or "À" <= character <= "ÿ" for character in tex), "only what the fonts have"
    comment = f"% {one_line(TEXTS[number])}"
    assert comment.isprintable(), "a comment ends where it is said to"
    assert len(comment.splitlines()) == 1
    record_property("escaping_cases", 1)


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_no_text_but_a_name_becomes_a_symbol(number: int, record_property: Record) -> None:
    text = TEXTS[number]
    if text == "CON":  # a name like any other
        assert check_name(text, "name") == text
        record_property("escaping_cases", 1)
        return
    with pytest.raises(InputError):
        fragments(OneWeight(), ["map"], symbols={"z": text})
    with pytest.raises(InputError):
        check_name(text, "name")
    record_property("escaping_cases", 1)


# --- JSON and CSV -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_json_and_csv_hold_a_text_as_it_is(
    number: int, capsys: pytest.CaptureFixture[str], record_property: Record
) -> None:
    text = TEXTS[number]
    print_json({text: [text]})
    out = capsys.readouterr().out
    assert json.loads(out) == {text: [text]}
    assert out.isascii()
    assert set(out) <= {"\n", *map(chr, range(0x20, 0x7F))}, "nothing that a terminal obeys"
    data = FigureData(
        name="a", title="", columns=columns((text, "1"), ("b", "")), rows=((text, 1),), certainty=Certainty.EXACT
    )
    (head, row) = csv.reader(io.StringIO(data.to_csv(), newline=""), strict=True)
    text = re.sub("\r\n?", "\n", text)  # a table has one kind of end of line
    quoted = "'" if text.startswith(("=", "+", "-", "@", "\t", "\n")) else ""
    assert row == [f"{quoted}{text}", "1"]
    assert head == [f"{quoted}{text} [1]", "b"]
    record_property("escaping_cases", 1)


@pytest.mark.parametrize("cell", [-1, -0.5, "-1", "-1/2", "+3", "-1.5e-300", "-2/3"])
def test_numbers_stay_numbers_in_a_spreadsheet(cell: str | float) -> None:
    data = FigureData(name="a", title="", columns=columns(("a", "")), rows=((cell,),), certainty=Certainty.EXACT)
    assert data.to_csv() == f"a\n{cell}\n"


# --- terminals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_a_terminal_is_told_nothing_by_a_text(number: int, record_property: Record) -> None:
    assert shown(TEXTS[number]).isprintable()
    line = str(InputError("argument", TEXTS[number], "is refused"))
    assert line.isprintable()
    assert len(line) < 200
    code, out, err = invoke(("classify", "--", TEXTS[number]))
    assert (code, out) == (2, "")
    assert err.endswith("\n")
    assert err[:-1].isprintable()
    record_property("escaping_cases", 1)


NAMES: Final = (
    "\x1b[31mred",
    "\x1b]0;title\x07x",
    "\x9b31mx",
    "\u202egnp.x",
    "a\nb",
    "\r x",
    "\udcff\udcfe",
    "<b>x",
    "$x$",
    "%x",
)
WRITERS: Final = (
    ("document", "one-weight", "--fragment", "map", "--out={}"),
    ("atlas", "--max-period", "2", "--out={}"),
    ("bifurcations", "--period", "1", "--certificates={}"),
)


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_names_of_files_stay_inside_and_off_the_terminal(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    place = tmp_path / "inside"
    place.mkdir()
    monkeypatch.chdir(place)
    for words in WRITERS:
        code, out, err = invoke(tuple(word.replace("{}", name) for word in words))
        assert (code, err) == (0, ""), words
        assert all(line.isprintable() for line in out.split("\n")), words
        assert os.listdir(place) == [name]
        assert [path.name for path in tmp_path.iterdir()] == ["inside"]
        written = place / name
        files = [*written.iterdir()] if written.is_dir() else [written]
        for file in files:
            first = file.read_bytes().split(b"\n")[0]
            assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", first), "a name in a comment ends it nowhere"
            file.unlink()
        if written.is_dir():
            written.rmdir()
    record_property("escaping_cases", len(WRITERS))


@pytest.mark.parametrize(
    "name", ["../x", "/etc/x", "a/b/c", "", ".", "..", "-rf", "a\0b", "a\nb", ".hidden", "a/../b", "x\\..\\y"]
)
def test_nothing_is_written_outside_a_folder_of_results(name: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    before = seen(tmp_path)
    with pytest.raises(ValueError, match="no names for files of ours"):
        write_folder(tmp_path / "out", {name: "content", "index.html": "page"})
    assert seen(tmp_path) == before


BREAKS: Final = set(';,\x00\n\r\x0b\x85\u2028\u2029"\ud800\t')  # what would need quotes
HEADERS: Final = tuple(text for text in TEXTS if text and not set(text) & BREAKS and not text.startswith(("+", "-")))


def hostile_table(folder: Path) -> Path:
    """A table whose name, comment, columns and target are hostile; its rows are orthogonal."""
    buffer = io.StringIO()
    names = [f"{header[:80]}h{k}" for k, header in enumerate(HEADERS)]
    buffer.write("".join(f"# {text}\n" for text in HEADERS if not text.startswith("#")))
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*names, "\x1b[31m<script>y</script>"])
    rows = np.eye(len(names))[:3]
    writer.writerows([*(f"{value:g}" for value in row), f"{0.5 + k:g}"] for k, row in enumerate(rows))
    file = folder / '"><img src=x onerror=alert(1)>\x1b[31m\n$x$%.csv'
    file.write_text(buffer.getvalue(), encoding="utf-8")
    return file


def test_a_hostile_table_says_nothing_to_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    monkeypatch.chdir(tmp_path)
    file = hostile_table(tmp_path)
    for words in (("analyze", file.name, "--steps", "200"), ("lab", "describe", file.name)):
        for more in ((), ("--json",)):
            code, out, err = invoke((*words, *more))
            assert (code, err) == (0, "")
            assert all(line.isprintable() for line in out.split("\n")), words
            if more:
                assert json.loads(out)
    code, out, err = invoke(("analyze", file.name, "--target", "nobody"))
    assert (code, out) == (2, "")
    assert err[:-1].isprintable()
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    record_property("escaping_cases", len(HEADERS))


# --- whole results ----------------------------------------------------------------------------------------------------


def check_folder(folder: Path, *, scripts: int = 0) -> None:
    """Every file of a folder of results, read by a parser of its language."""
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else [folder]
    assert files
    for path in files:
        assert not path.is_symlink()
        if path.suffix == ".pdf":
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", text), f"control characters in {path.name}"
        if path.suffix == ".html":
            assert dangers(text, scripts=scripts) == []
        elif path.suffix == ".json":
            json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
        elif path.suffix == ".tex":
            code = "\n".join(re.sub(r"(?<!\\)%.*", "", line) for line in text.split("\n"))
            assert not re.search(r"\\(input|include|write|immediate|openout|read|catcode|special|directlua)\b", code)
            assert code.count(r"\end{document}") == 1
        elif path.suffix == ".csv":
            rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
            assert len({len(row) for row in rows if row}) == 1, path.name
            assert not [cell for row in rows for cell in row if re.match(r"[=@\t\r]|[+-][^0-9.]", cell)]


@pytest.mark.slow  # a whole report, some seconds
def test_a_report_about_a_hostile_table_is_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    monkeypatch.chdir(tmp_path)
    file = hostile_table(tmp_path)
    code, out, err = invoke(("report", file.name, "--no-pdf", "--target", "\x1b[31m<script>y</script>", "--out", "out"))
    assert (code, err) == (0, "")
    assert all(line.isprintable() for line in out.split("\n"))
    check_folder(tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {file.name, "out"}
    record_property("escaping_cases", len(HEADERS))


@pytest.mark.slow  # a whole explorer, some seconds
def test_an_explorer_of_a_hostile_table_is_an_explorer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    monkeypatch.chdir(tmp_path)
    file = hostile_table(tmp_path)
    harmless = tmp_path / "plain.csv"
    harmless.write_bytes(b"a,b,c,y\n1,0,0,0.5\n0,1,0,1.5\n0,0,1,2.5\n")
    pages = []
    for given, out_name in ((file, "\x1b[31m<b>.html"), (harmless, "b.html")):
        code, out, err = invoke(("explore", given.name, "--no-open", "--max-period", "3", "--out", out_name))
        assert (code, err) == (0, "")
        assert all(line.isprintable() for line in out.split("\n"))
        pages.append((tmp_path / out_name).read_text(encoding="utf-8"))
    assert skeleton(pages[0]) == skeleton(pages[1])
    assert dangers(pages[0], scripts=len(parsed(pages[1]).find("script"))) == []
    assert {path.name for path in tmp_path.iterdir()} == {file.name, "plain.csv", "\x1b[31m<b>.html", "b.html"}
    record_property("escaping_cases", len(HEADERS))


@pytest.mark.slow  # a whole page of the laboratory, some seconds
def test_a_page_of_the_laboratory_about_a_hostile_table_is_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    monkeypatch.chdir(tmp_path)
    file = hostile_table(tmp_path)
    code, out, err = invoke(("lab", "page", file.name, "--runs", "1", "--steps", "64", "--out", "out"))
    assert (code, err) == (0, "")
    assert all(line.isprintable() for line in out.split("\n"))
    check_folder(tmp_path / "out")
    record_property("escaping_cases", len(HEADERS))


@pytest.mark.slow  # a sweep and its report, some seconds
def test_a_report_about_a_sweep_of_a_hostile_table_is_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    monkeypatch.chdir(tmp_path)
    file = hostile_table(tmp_path)
    spec = f'kind = "descent"\n[problem]\ndata = {json.dumps(file.name)}\n[grid]\nstep_sizes = [0.1, 1]\n'
    (tmp_path / "a.toml").write_text(spec, encoding="utf-8")
    shown_as = read_spec(tmp_path / "a.toml")._repr_html_()
    assert not dangers(shown_as)
    code, out, err = invoke(("sweep", "a.toml", "--out", "store", "--workers", "1"))
    assert (code, err) == (0, "")
    assert all(line.isprintable() for line in out.split("\n"))
    code, out, err = invoke(("report", "store", "--out", "out"))
    assert (code, err) == (0, "")
    assert all(line.isprintable() for line in out.split("\n"))
    check_folder(tmp_path / "out")
    record_property("escaping_cases", len(HEADERS))


@pytest.mark.slow  # a document, some seconds
def test_a_document_called_for_in_a_hostile_way_is_a_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = "\x1b[31m%\n\\input{x}.tex"
    code, _, err = invoke(("derive", "one-weight", "--tex", name))
    assert (code, err) == (0, "")
    assert os.listdir(tmp_path) == [name]
    (tmp_path / name).rename(tmp_path / "a.tex")
    check_folder(tmp_path / "a.tex")


def test_there_are_many_texts_that_try() -> None:
    assert len(set(TEXTS)) == len(TEXTS) >= 50
    assert len(HEADERS) >= 20


# --- what was wrong once ----------------------------------------------------------------------------------------------


def test_regression_a_badge_held_any_text_as_its_class() -> None:
    assert skeleton(badge('"><script>alert(1)</script>')) == [("span", ("class",))]
    assert badge("periodic (period 3)") == '<span class="phase periodic">periodic (period 3)</span>'


def test_regression_words_were_formulas_for_a_spreadsheet() -> None:
    data = FigureData(name="a", title="", columns=columns(("=a", "")), rows=(("=cmd()",),), certainty=Certainty.EXACT)
    assert data.to_csv() == "'=a\n'=cmd()\n"


def test_regression_one_control_character_turned_all_letters_into_numbers() -> None:
    assert shown("η ≤ 1\x1b[31m") == "η ≤ 1\\x1b[31m"
    assert shown(formula_text(OneWeight().prediction)) == formula_text(OneWeight().prediction)
    assert shlex.quote(shown("a b")) == "'a b'"
    assert Fraction(shown("1/2")) == Fraction(1, 2)


def test_regression_names_and_messages_from_files_reached_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in (("a", '{"\\u001b[31m": 1}'), ("b", '{"format": "\\u001b[31m"}'), ("c", "\x1b[31m")):
        (tmp_path / name).write_text(content, encoding="utf-8")
        code, out, err = invoke(("verify-certificate", name))
        assert code in {1, 2}
        assert all(line.isprintable() for line in (out + err).split("\n"))


def test_regression_a_command_kept_its_control_characters_on_a_page() -> None:
    chapter = provenance_chapter(command="symphase report --target '\x1b[31m'", seed=None)
    assert "\x1b" not in chapter
    assert "\ufffd[31m" in chapter


def test_regression_halves_of_characters_were_written_into_pages_and_tables(tmp_path: Path) -> None:
    """A name with a lone surrogate, as of a file that is no UTF-8, ended in a UnicodeEncodeError."""
    data = FigureData(
        name="a", title="\udcff", columns=columns(("\ud800", "1")), rows=(("\udcff",),), certainty=Certainty.EXACT
    )
    page = document("symphase", "a", "<h1>a</h1>", [("one", "a", figure("<p></p>", "a", data))])
    write_folder(tmp_path / "out", {data.file: data.to_csv(), "index.html": page})
    assert (tmp_path / "out" / data.file).read_text("utf-8") == "? [1]\n?\n"
    assert "numbers (CSV): ?" in (tmp_path / "out" / "index.html").read_text("utf-8")
