"""Documents as commands and as pieces: fragments, a choice of symbols, labels of figures, pictures, PDF."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import rich.console  # noqa: F401  # it draws random numbers when first imported: here, not in some test
import sympy
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from symphase.boundaries import find_boundaries
from symphase.cli import main
from symphase.derivation import derive
from symphase.enclosures import Verdict
from symphase.errors import InputError
from symphase.latex import (
    Article,
    also_renamed,
    article,
    boundary_labels,
    check_place,
    compile_pdf,
    compile_tex,
    document,
    fragment,
    fragment_names,
    fragments,
    mathtext,
    tex_available,
)
from symphase.latex.fragments import PLAIN_WIDTH
from symphase.latex.identities import conjugacies, critical_points, fixed_point_identities
from symphase.latex.pictures import _HEIGHT, _WIDTH, _spread, bifurcation_picture, cobweb_pictures
from symphase.latex.sections import theorem_lines
from symphase.latex.wording import cite
from symphase.latex.writing import Writer, chosen_names
from symphase.maps import PolynomialFamily
from symphase.models import OneWeight, PhaseRetrieval, PolynomialLoss, PolynomialModel, TwoLayerNetwork
from symphase.notation import MACROS, prose_latex
from symphase.phases import residual_boundaries, residual_family
from symphase.steps import CheckResult
from symphase.theorems import phase_theorems
from symphase.verification import Verification, verify

R, X = sympy.symbols("r x")
LOGISTIC = PolynomialFamily(R * X * (1 - X), variable=X, parameter=R)
LINEAR = PhaseRetrieval(gamma=0, c=1)  # no map of one variable: its document is made at once
needs_tex = pytest.mark.skipif(not tex_available(), reason="latexmk and pdflatex are not installed")


@cache
def _short_verification() -> Verification:
    boundaries = residual_boundaries()
    return verify(dataclasses.replace(boundaries, items=boundaries.items[2:4]), steps=4000, runs=1)


@pytest.fixture(autouse=True)
def _short_runs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verifying every boundary takes seconds: two do here, all of them in the slow tests."""
    if "slow" not in request.node.keywords:
        monkeypatch.setattr("symphase.latex.composing._residual_verification", _short_verification)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["document", *arguments])


# ---------------------------------------------------------------------------------------------------------- fragments


@cache
def _pieces() -> dict[str, str]:
    left_out = (
        "theorem",
        "references",
        "table:verification",
        "figure:cobweb",
    )  # each has a test of its own, or costs seconds
    names = [name for name in fragment_names(OneWeight()) if not name.startswith(left_out)]
    return {piece.name: piece.tex for piece in fragments(OneWeight(), names)}


def test_every_piece_has_its_packages_a_label_and_known_macros() -> None:
    pieces = _pieces()
    assert len(pieces) > 20
    for name, tex in pieces.items():
        head, _, body = tex.partition("\n")
        assert head.startswith("% needs amsmath"), name
        assert r"\label{" in body, name
        assert set(re.findall(r"\\(?:[A-Za-z]+|.)", body)) <= MACROS, name
    assert "booktabs" in pieces["table:boundaries"].splitlines()[0]


def test_pieces_say_what_the_records_hold() -> None:
    pieces = _pieces()
    assert "\\label{eq:boundary-flip-2}\n  a = \\sqrt{5} - 1\n" in pieces["boundary:flip-2"]
    assert "1.3022826 < a_{\\infty} < 1.3022838" in pieces["boundary:onset"]
    assert "P(a) &= 4a^{8} + 48a^{7}" in pieces["boundary:tangency-3"]
    step = derive(OneWeight()).steps[4]
    assert rf"\paragraph{{Step 5. {step.title}.}}" in pieces["step:5"]
    labels = [label for tex in pieces.values() for label in re.findall(r"\\label\{.*?\}", tex)]
    assert len(labels) == len(set(labels))  # the equation that a step starts from is numbered in its own piece
    assert r"\label{eq:step-5}" in pieces["step:5"]
    assert pieces["map"].endswith("z^{3} + (a - 2)z^{2} + (1 - 2a)z\n\\end{equation}")
    assert pieces["table:steps"].count(r"\eta_{1}$ &") == 8  # every boundary but a = 0
    assert pieces["figure:diagram"].count(r"\begin{picture}") == 1


def test_a_theorem_alone_is_the_theorem_of_the_document() -> None:
    theorem = next(one for one in phase_theorems(residual_boundaries()) if one.label == "monotonic")
    tex = fragment(residual_family(), "theorem:monotonic")
    lines = cite("\n".join(theorem_lines(theorem, theorem.check(), Writer(width=PLAIN_WIDTH)))).splitlines()
    head = [line for line in tex.splitlines() if line.startswith("%")]
    assert tex.splitlines() == [*head, *lines]
    assert head == [
        "% needs amsmath, amsthm",
        r"% needs \newtheorem{theorem}{Theorem} in the preamble, after amsthm",
        r"% cites chen-2024: the fragment called references has their \bibitem lines",
    ]


def test_a_long_equation_is_broken() -> None:
    tex = fragment(LOGISTIC, "boundary:flip-4")
    first, second = tex[tex.index("P(r) &= ") : tex.index(r"\end{split}")].strip().splitlines()
    assert first.endswith(r"8r^{5} \\")
    assert second.strip() == r"&\quad - 977r^{4} - 604r^{3} + 2108r^{2} + 4913"


def test_a_piece_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(InputError, match=r"one of: .*boundary:flip-1, boundary:flip-2, .*did you mean boundary:onset?"):
        fragment(OneWeight(), "boundary:nothing")
    with pytest.raises(InputError, match=r"one of: boundary:…, map, step:…, .*; fragment_names"):
        fragment(OneWeight(), "nothing")
    with pytest.raises(InputError, match="must be one of"):
        fragment(LINEAR, "table")
    with pytest.raises(InputError, match="must be a sequence"):
        fragments(OneWeight(), "table")


def test_the_references_are_those_that_the_theorems_cite() -> None:
    names = [name for name in fragment_names(LOGISTIC) if name.startswith(("theorem", "references"))]
    *theorems, references = fragments(LOGISTIC, names)
    found = [keys for one in theorems for keys in re.findall(r"\\cite(?:\[.*?\])?\{(.*?)\}", one.tex)]
    cited = {key for keys in found for key in keys.split(",")}
    assert len(cited) >= 3
    assert set(re.findall(r"\\bibitem\{(.*?)\}", references.tex)) == cited
    for one in theorems:
        told = re.search(r"^% cites (.*): the fragment", one.tex, re.MULTILINE)
        used = set(re.findall(r"[a-z-]+-\d{4}", " ".join(re.findall(r"\\cite(?:\[.*?\])?\{(.*?)\}", one.tex))))
        assert (set() if told is None else set(told[1].split(", "))) == used


def test_the_macros_of_a_figure_stay_inside_it() -> None:
    tex = fragment(LOGISTIC, "figure:diagram")
    start, end = tex.index(r"\begin{figure}"), tex.index(r"\end{figure}")
    places = [found.start() for found in re.finditer(r"\\(?:renew|provide|new)command|\\definecolor|\\setlength", tex)]
    assert len(places) > 10
    assert all(start < place < end for place in places)
    assert r"\newcommand" not in tex  # a name that the reader's document has already is no mistake


def test_a_short_name_for_the_table_is_not_listed_twice() -> None:
    assert "table" not in fragment_names(OneWeight())
    one, other = fragments(OneWeight(), ["table", "table:boundaries"])
    assert one.tex == other.tex


@pytest.mark.slow  # whole papers, or TeX
@needs_tex
@pytest.mark.parametrize("subject", [OneWeight(), LOGISTIC], ids=["one-weight", "logistic"])
def test_all_pieces_together_fit_into_a_plain_article(subject: OneWeight | PolynomialFamily) -> None:
    pieces = fragments(subject, fragment_names(subject))
    packages = sorted({package for piece in pieces for package in piece.packages})
    head = "".join(rf"\usepackage{{{package}}}" for package in packages) + r"\newtheorem{theorem}{Theorem}"
    body = "\n\n".join(piece.tex for piece in pieces)
    text = f"\\documentclass{{article}}{head}\\newcommand{{\\up}}{{}}\n\\begin{{document}}\n{body}\n\\end{{document}}"
    assert compile_tex(text).complaints == ()


@pytest.mark.slow  # whole papers, or TeX
@needs_tex
def test_all_pieces_of_each_kind_compile_in_a_document_of_ones_own() -> None:
    for subject in (TwoLayerNetwork(), LOGISTIC):
        for name in fragment_names(subject):
            (piece,) = fragments(subject, [name])
            packages = "".join(rf"\usepackage{{{package}}}" for package in piece.packages)
            theorem = r"\newtheorem{theorem}{Theorem}" if "amsthm" in piece.packages else ""
            body = re.sub(r"~?\\cite(?:\[.*?\])?\{.*?\}|\\(?:eq)?ref\{.*?\}", "", piece.tex)
            start = rf"\documentclass{{article}}{packages}{theorem}"
            text = f"{start}\\begin{{document}}\n{body}\n\\end{{document}}"
            assert b"%PDF-" in compile_pdf(text), name


# ------------------------------------------------------------------------------------------------- a choice of symbols


def test_names_change_places_so_that_no_two_symbols_share_one() -> None:
    assert chosen_names(None, []) == {}
    assert chosen_names({"z": "x"}, ["z"]) == {"z": "x", "x": "z"}
    assert chosen_names({"z": "a", "a": "r"}, ["z", "a"]) == {"z": "a", "a": "r", "r": "z"}
    assert chosen_names({"z": "z"}, ["z"]) == {}


@given(st.dictionaries(st.sampled_from("zaewpq"), st.sampled_from("zaxrewpqt"), max_size=5))
def test_a_choice_of_symbols_is_a_permutation_or_refused(wanted: dict[str, str]) -> None:
    if len(set(wanted.values())) < len(wanted):
        with pytest.raises(InputError, match="is given twice"):
            chosen_names(wanted, "zaewpq")
        return
    names = chosen_names(wanted, "zaewpq")
    assert set(names) == set(names.values())
    assert all(names.get(old, old) == new for old, new in wanted.items())


@pytest.mark.parametrize("name", ["", "i", "1x", "x y", r"\input", "x{", "a_b_c", "漢", "x" * 17, "Res"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="must be letters"):
        chosen_names({"z": name}, ["z"])


DISPLAY = r"\\begin\{equation\*?\}(.*?)\\end\{equation\*?\}"


def _formulas(tex: str) -> str:
    """What stands in math mode, without macros, labels and words."""
    body = tex[tex.index(r"\begin{document}") : tex.index(r"\begin{thebibliography}")]
    body = re.sub(r"\\(?:label|eqref|ref|cite|text|mathrm|makebox|color)(?:\(.*?\))?(?:\[.*?\])?\{[^}]*\}", " ", body)
    shown = re.findall(DISPLAY, body, re.DOTALL)
    inline = re.findall(r"\$([^$]*)\$", re.sub(DISPLAY, "", body, flags=re.DOTALL))
    formulas = re.sub(r"\\(?:begin|end)\{\w+\*?\}", " ", " ".join([*shown, *inline]))
    return re.sub(r"\\[A-Za-z]+", " ", formulas)


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_a_new_name_stands_wherever_the_old_one_stood() -> None:
    plain = document(OneWeight())
    renamed = document(OneWeight(), symbols={"z": "Q", "a": "rho", "η": "mu"})
    assert len(re.findall("z", _formulas(plain))) > 100
    assert re.findall(r"z|(?<![A-Za-z])a(?![A-Za-z])", _formulas(renamed)) == []
    assert len(re.findall("Q", _formulas(renamed))) == len(re.findall("z", _formulas(plain)))
    assert renamed.count(r"\rho") > 100
    assert r"\eta" not in renamed
    assert plain.count(r"\eta") == renamed.count(r"\mu")
    assert r"f_{\rho}(Q) = Q^{3} + (\rho - 2)Q^{2} + (1 - 2\rho)Q" in renamed


def test_a_renamed_document_is_the_same_but_for_the_names() -> None:
    renamed = fragment(OneWeight(), "step:8", symbols={"z": "x", "a": "r"})
    plain = fragment(OneWeight(), "step:8")
    pairs = (("z", "x"), ("(a - 2)", "(r - 2)"), ("2a", "2r"), (" - a", " - r"), ("(x + a)", "(x + r)"))
    for old, new in pairs:
        plain = plain.replace(old, new)
    assert renamed == plain


def test_only_what_is_used_can_be_renamed() -> None:
    with pytest.raises(InputError, match=r"must rename one of .*z; k is not used here"):
        document(OneWeight(), symbols={"k": "x"})


@pytest.mark.parametrize("names", [(r"\input{x}", "$"), ("_", "%"), ("x y", "}")])
def test_no_symbol_of_a_user_reaches_tex_raw(names: tuple[str, str]) -> None:
    variable, parameter = map(sympy.Symbol, names)
    family = PolynomialFamily(parameter * variable * (1 - variable), variable=variable, parameter=parameter)
    for piece in fragments(family, ["map", "table", "boundary:flip-4", "figure:diagram", "figure:cobweb"]):
        body = piece.tex.split("\n", 1)[1]
        assert set(re.findall(r"\\(?:[A-Za-z]+|.)", body)) <= MACROS
        plain = re.sub(r"\\[{}\\$%]", "", body)
        assert plain.count("{") == plain.count("}")
        assert plain.count("$") % 2 == 0
        assert "%" not in plain


# ------------------------------------------------------------------------------------------------- labels of figures


def test_mathtext_reads_every_label_and_every_formula_of_a_derivation() -> None:
    from matplotlib.mathtext import MathTextParser

    parser = MathTextParser("path")
    labels = []
    for boundaries in (residual_boundaries(), find_boundaries(LOGISTIC)):
        found = boundary_labels(boundaries)
        assert set(found) == {boundary.name for boundary in boundaries}
        labels += list(found.values())
    for model in (PhaseRetrieval(), TwoLayerNetwork(), PolynomialModel("b1*w^2 + rate*w", parameters=["b1", "rate"])):
        for step in derive(model).steps:
            labels += [mathtext(step.before), mathtext(step.after), mathtext(step.after, names={"eta": "h"})]
    labels.append(mathtext(sympy.Symbol("x") ** sympy.Rational(1, 3)))
    assert len(labels) > 60
    for label in labels:
        parser.parse(label)
    assert boundary_labels(residual_boundaries(), names={"a": "rho"})["interior crisis"].startswith(r"$\rho = \frac{3")


# ----------------------------------------------------------------------------------------------- identities and words


def test_every_statement_about_a_map_is_an_identity_that_can_fail() -> None:
    cubic = PolynomialFamily(R * X - X**3, variable=X, parameter=R)
    for family in (residual_family(), LOGISTIC, cubic):
        boundaries = find_boundaries(family)
        points = [one for point in critical_points(family) for one in point.identities]
        others = [one.identity for one in conjugacies(family)]
        assert others
        for identity in [*fixed_point_identities(boundaries), *points, *others]:
            assert identity.check().verdict is Verdict.PROVED, identity.title
            wrong = type(identity)(
                title=identity.title, text=identity.text, left=identity.left, right=identity.right + 1
            )
            assert wrong.check().verdict is Verdict.REFUTED


def test_works_are_cited_where_they_are_mentioned() -> None:
    assert cite("(Singer 1978) and Singer's theorem (1978)") == (
        r"(Singer~\cite{singer-1978}) and Singer's theorem~\cite{singer-1978}"
    )
    assert cite("(Milnor and Thurston 1988, theorem 13.1; others)") == (
        r"(Milnor and Thurston~\cite[theorem 13.1]{milnor-thurston-1988}; others)"
    )
    assert cite("Li--Yorke 1975: chaos") == r"Li--Yorke~\cite{li-yorke-1975}: chaos"


# ------------------------------------------------------------------------------------------------------------ pictures


def test_the_diagram_is_small_stays_in_its_frame_and_marks_every_boundary() -> None:
    boundaries = residual_boundaries()
    drawing = bifurcation_picture(boundaries, Writer(), sharpness=True)
    assert drawing is not None
    assert 10_000 < len("\n".join(drawing.lines)) < 60_000
    strokes = re.findall(r"\\up\{([\d.]+)\}\{([\d.]+)\}", "\n".join(drawing.lines))
    assert len(strokes) > 1000
    assert all(float(low) >= 0 and float(low) + float(size) <= _HEIGHT for low, size in strokes)
    values = "\n".join(drawing.lines)
    for text in (r"2\sqrt{2} - 2", r"\sqrt{5} - 1", r"\tfrac{3\sqrt{3}}{2} - 1", r"a_{\infty}", "1.4504"):
        assert f"${text}$" in values
    places = [float(x) for x in re.findall(rf"\\stroke\{{([\d.]+)\}}\{{0\}}\{{{_HEIGHT + 2}\}}", values)]
    assert len(places) == len(boundaries)
    low, high = float(boundaries[0]), float(boundaries[-1])
    span = (high - low) * 1.04
    for place, boundary in zip(places, boundaries, strict=True):
        assert place == pytest.approx((float(boundary) - low + 0.02 * (high - low)) / span * _WIDTH, abs=0.01)


def test_a_column_of_the_diagram_shows_the_cycle_that_attracts() -> None:
    drawing = bifurcation_picture(find_boundaries(LOGISTIC), Writer())
    assert drawing is not None
    columns = dict(re.findall(r"\\at\{([\d.]+)\}((?:\\up\{[\d.]+\}\{[\d.]+\})+)", "\n".join(drawing.lines)))
    low, high = 1 - 0.06, 4 + 0.06
    counted = {}
    for r in (2.5, 3.2, 3.5, 3.835):
        column = int((r - low) / (high - low) * _WIDTH)
        counted[r] = columns[f"{column + 0.5}"].count(r"\up")
    assert counted == {2.5: 1, 3.2: 2, 3.5: 4, 3.835: 3}


def test_the_graph_is_drawn_by_parabolas_that_follow_it() -> None:
    drawing = cobweb_pictures(residual_boundaries(), Writer())
    assert drawing is not None
    first = "\n".join(drawing.lines).split(r"\hfil")[0]
    ink = first[first.index(r"\color{ink}") :]
    pieces = re.findall(r"\\qbezier" + r"\(([-\d.]+),([-\d.]+)\)" * 3, ink)
    assert len(pieces) > 10
    ticks = dict(re.findall(r"\\put\(([\d.]+),-9\)\{\\makebox\(0,0\)\{\\scriptsize \$([-\d.]+)\$", first))
    (x0, v0), (x1, v1) = [(float(x), float(v)) for x, v in ticks.items()][:2]
    scale = (v1 - v0) / (x1 - x0)

    def value(point: float) -> float:
        return v0 + (point - x0) * scale

    a = float(re.findall(r"\$a = ([\d.]+)\$", first)[0])
    for piece in pieces:
        ax, ay, bx, by, cx, cy = map(float, piece)
        z, f = value((ax + 2 * bx + cx) / 4), value((ay + 2 * by + cy) / 4)
        assert f == pytest.approx(z**3 + (a - 2) * z**2 + (1 - 2 * a) * z, abs=0.02)


def test_a_map_of_several_critical_points_shows_all_its_attractors() -> None:
    eta, w = sympy.symbols("eta w")
    tilted = w - eta * (w**3 - w + sympy.Rational(1, 10))
    boundaries = find_boundaries(PolynomialFamily(tilted, variable=w, parameter=eta))
    drawing = bifurcation_picture(boundaries, Writer())
    assert drawing is not None
    columns = dict(re.findall(r"\\at\{([\d.]+)\}((?:\\up\{[\d.]+\}\{[\d.]+\})+)", "\n".join(drawing.lines)))
    low, high = (float(boundaries[k]) for k in (0, -1))
    column = int((0.5 - low + 0.02 * (high - low)) / (1.04 * (high - low)) * _WIDTH)
    assert columns[f"{column + 0.5}"].count(r"\up") == 2  # below the flip: the two minima


@given(st.lists(st.floats(0, 400), min_size=1, max_size=8))
def test_labels_do_not_touch_and_keep_their_order(places: list[float]) -> None:
    places = sorted(places)
    widths = [20.0 + 3 * k for k in range(len(places))]
    centres = _spread(places, widths, -20.0, 420.0)
    for k in range(len(places) - 1):
        assert centres[k] + widths[k] / 2 <= centres[k + 1] - widths[k + 1] / 2 + 1e-6
    if len(places) == 1 and 10 <= places[0] <= 390:
        assert centres == pytest.approx(places)


# ---------------------------------------------------------------------------------------------------------- compiling


def test_without_tex_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _program: None)
    assert not tex_available()
    with pytest.raises(InputError, match=r"needs latexmk and pdflatex.*; install latexmk, texlive-latex-recommended"):
        compile_pdf(r"\begin{document}")
    result = _run("--pdf")
    assert result.exit_code == 2
    assert "texlive-latex-recommended" in result.output


def test_a_fragment_is_no_document() -> None:
    with pytest.raises(InputError, match="must be a complete LaTeX document"):
        compile_pdf(r"\section{x}")


@pytest.mark.slow  # whole papers, or TeX
@needs_tex
def test_the_pdf_is_the_same_on_every_run() -> None:
    tex = document(LINEAR)
    assert compile_pdf(tex) == compile_pdf(tex)


@pytest.mark.slow  # whole papers, or TeX
@needs_tex
def test_a_mistake_is_told_with_its_line() -> None:
    text = "\\documentclass{article}\n\\begin{document}\n\\nosuchmacro\n\\end{document}"
    with pytest.raises(InputError, match=r"Undefined control sequence\. \(line 3\)"):
        compile_pdf(text)
    missing = "\\documentclass{article}\\usepackage{nosuchpackage}\\begin{document}\\end{document}"
    with pytest.raises(InputError, match=r"nosuchpackage\.sty belongs to TeX Live"):
        compile_pdf(missing)
    endless = "\\documentclass{article}\\begin{document}\\def\\x{\\x}\\x\\end{document}"
    with pytest.raises(InputError, match="takes longer than 3 s"):
        compile_pdf(endless, seconds=3)


@pytest.mark.slow  # whole papers, or TeX
@needs_tex
def test_a_document_starts_no_program_and_touches_nothing_outside(tmp_path: Path) -> None:
    secret, made = tmp_path / "secret.txt", tmp_path / "made.txt"
    secret.write_text("confidential", encoding="utf-8")
    shell = rf"\immediate\write18{{touch {made}}}"
    writing = rf"\newwrite\o\immediate\openout\o={made}\immediate\write\o{{x}}\immediate\closeout\o"
    reading = rf"\input{{{secret}}}"
    for body in (shell, writing, reading):
        text = rf"\documentclass{{article}}\begin{{document}}x{body}\end{{document}}"
        try:
            log = compile_tex(text).log
        except InputError:
            log = ""
        assert not made.exists()
        assert "confidential" not in log


# --------------------------------------------------------------------------------------------------------- the command


def test_the_command_writes_a_document_under_a_name_made_from_the_subject(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = _run("--map", "r*x*(1-x)", "--variable", "x", "--parameter", "r")
    assert result.exit_code == 0, result.output
    assert "written: polynomial_map.tex" in result.output
    text = (tmp_path / "polynomial_map.tex").read_text(encoding="utf-8")
    command = '% symphase document --map "r*x*(1-x)" --variable x --parameter r --out polynomial_map.tex'
    assert text.splitlines()[0] == command
    assert "all passed" in result.output
    (tmp_path / "polynomial_map.tex").write_text("mine", encoding="utf-8")
    refused = _run("--map", "r*x*(1-x)", "--variable", "x", "--parameter", "r")
    assert refused.exit_code == 2
    assert "exists and is no document of symphase" in refused.output
    assert (tmp_path / "polynomial_map.tex").read_text(encoding="utf-8") == "mine"


def test_the_command_gives_pieces_and_json() -> None:
    listed = _run("one-weight", "--fragment", "list")
    assert listed.exit_code == 0
    assert {"map", "step:3", "boundary:flip-1", "table:steps"} <= set(listed.output.split())
    names = ["--symbol", "z=x", "--symbol", "a=r"]
    pieces = _run("one-weight", *names, "--fragment", "map", "--fragment", "boundary:crisis")
    assert "f_{r}(x) = x^{3}" in pieces.output
    assert r"r = \frac{3\sqrt{3}}{2} - 1" in pieces.output
    record = json.loads(_run("one-weight", "--fragment", "map", "--json").output)
    assert record["fragments"][0]["packages"] == ["amsmath"]
    assert record["fragments"][0]["holds"] == "proved"
    whole = json.loads(_run("phase-retrieval", "--gamma", "0", "--c", "1", "--out", "-", "--json").output)
    assert whole["tex"].splitlines()[0] == "% symphase document phase-retrieval --gamma 0 --c 1"
    assert whole["holds"] == "proved"
    assert {check["verdict"] for check in whole["checks"]} == {"proved"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--symbol", "z"], "must be OLD=NEW"),
        (["--symbol", "z=x", "--symbol", "z=y"], "must be given once for each symbol"),
        (["--symbol", r"z=\input"], "must be letters"),
        (["--fragment", "table", "--pdf"], "goes with a whole document"),
        (["--out", "-", "--pdf"], "cannot go to standard output"),
        (["one-weight", "--fragment", "nothing"], "must be one of"),
    ],
)
def test_what_cannot_be_done_is_refused(arguments: list[str], message: str) -> None:
    result = _run(*arguments)
    assert result.exit_code == 2, result.output
    assert message in result.output


def _with_a_failure(made: Article) -> Article:
    failed = CheckResult(title="planted", verdict=Verdict.REFUTED, method="none", detail="it is false")
    return Article(
        tex=made.tex, title=made.title, checks=(*made.checks, failed), verification=None, holds=Verdict.REFUTED
    )


def test_the_command_ends_with_1_when_a_check_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import symphase.latex

    def failing(*arguments: Any, **options: Any) -> Article:
        return _with_a_failure(article(*arguments, **options))

    monkeypatch.setattr(symphase.latex, "article", failing)
    result = _run("phase-retrieval", "--gamma", "0", "--c", "1", "--out", str(tmp_path / "x.tex"))
    assert result.exit_code == 1
    assert "1 failed" in result.output
    assert "planted: refuted: it is false" in result.output
    assert (tmp_path / "x.tex").exists()


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_derive_writes_the_same_document(tmp_path: Path) -> None:
    place = tmp_path / "linear.tex"
    result = CliRunner().invoke(main, ["derive", "one-weight", "--tex", str(place)])
    assert result.exit_code == 0, result.output
    written = place.read_text(encoding="utf-8").split("\n", 1)
    assert written[0] == f"% symphase derive one-weight --tex {place}"
    assert written[1] == document(OneWeight()).split("\n", 1)[1]


@pytest.mark.slow  # whole papers, or TeX
@needs_tex
def test_the_command_compiles_a_loss_of_ones_own(tmp_path: Path) -> None:
    result = _run("--loss", "(w^2-1)^2/4", "--out", str(tmp_path / "mine.tex"), "--pdf")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "mine.pdf").read_bytes()[:5] == b"%PDF-"
    assert article(PolynomialLoss("(w^2-1)^2/4")).holds is Verdict.PROVED


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_examples_of_terms_are_counted_apart_from_what_is_proved() -> None:
    text = document(OneWeight())
    counts = [int(found) for found in re.findall(r"(\d+) checks ran", text)]
    examples = [int(found) for found in re.findall(r"(\d+) examples of terms were recomputed, which agree\.", text)]
    made = article(OneWeight())
    assert counts == [len(made.checks) - examples[0]] * 2
    assert examples == [examples[0]] * 2
    assert examples[0] > 10
    assert "examples recomputed, which agree" in text.partition(r"\label{sec:checks}")[2]


def test_the_limit_four_is_not_confused_with_that_of_the_catapult_paper() -> None:
    text = document(OneWeight())
    assert "largest step size of the catapult phase" not in text
    assert "coincidence" in text


def test_the_bracket_of_an_onset_is_not_said_to_change_sign() -> None:
    text = document(PolynomialFamily(R * X * (1 - X), variable=X, parameter=R))
    assert re.search(r"onset of chaos & \$3\.5699\$ & yes & sides decided \(bracket\)", text)
    assert "of the onset, which no such quantity defines" in text.replace("\n", " ")


def test_a_target_of_zero_is_reached() -> None:
    just, beyond = (document(PolynomialLoss(loss)) for loss in ("w^4/4", "(w^2+1)^2/4"))
    assert "out of reach" not in just
    assert "The target is just reached" in just
    assert "a < 0" in beyond.replace("$", "")


def test_a_document_displays_with_a_formula_where_it_is_claimed() -> None:
    theorems = {theorem.label: theorem for theorem in phase_theorems(residual_boundaries())}
    texts = {
        label: fragment(residual_family(), f"theorem:{label}") for label in ("monotonic", "last-parameter", "interval")
    }
    assert r"a \le 2\sqrt{2} - 2,\quad\text{for}\quad a > 0" in texts["monotonic"]
    assert texts["last-parameter"].count(r"\quad\text{where}\quad a = 2") == 2
    assert r"\text{where}\quad z + a \ge 0" in texts["interval"]
    for label, text in texts.items():
        told = [line for line in theorems[label].proof if line.conditions_text()]
        assert len(told) == len(re.findall(r"\\text\{(?:for|where)\}", text))


# ------------------------------------------------------------------------------------- documents with nothing to prove


def test_a_map_without_phases_lists_its_fixed_points_and_promises_nothing() -> None:
    mu, sigma = sympy.symbols("mu sigma")
    made = article(PolynomialFamily(mu * sigma**3 - sigma, variable=sigma, parameter=mu))
    text = made.tex
    assert made.title == r"The map $\sigma' = \mu\sigma^{3} - \sigma$ and its fixed points"
    assert "it has no fixed point that flips, and the story of phases begins at a flip" in text
    assert r"$0$ & $-1$" in text
    assert r"$\mu\sigma^{2} - 2 = 0$ & --" in text
    assert [one.verdict for one in made.checks] == [Verdict.PROVED] * 2
    for word in ("PolynomialFamily", "give a family", "thebibliography", r"\section{Terms}", "z^{3}", "The phases"):
        assert word not in text, word


def test_a_prediction_without_phases_is_titled_and_checked_for_what_it_is() -> None:
    made = article(PolynomialModel("w^3 + b*w", parameters=["b"]))
    assert made.title.endswith(r"\\how far it can be reduced")
    assert made.holds is Verdict.PROVED
    absent = ("exact phases", "half of step size", "z^{3}", r"\section{Terms}", "thebibliography", "always holds, is")
    for word in absent:
        assert word not in made.tex, word
    assert "half of step size" in document(OneWeight())  # where there is an a, it is compared
    assert article(PolynomialLoss("w^4")).title.endswith(r"\\the map of the weight")


def test_a_map_with_nothing_to_check_says_so() -> None:
    r, x = sympy.symbols("r x")
    made = article(PolynomialFamily(x**3 + 2 * x + r, variable=x, parameter=r))
    assert made.checks == ()
    assert made.holds is Verdict.PROVED
    assert "0 checks ran" not in made.tex
    assert made.tex.count("no identity that would need a check") == 2


# ----------------------------------------------------------------------------------------- letters, numbers, and files


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_a_parameter_of_the_users_own_means_what_the_user_means() -> None:
    def items(subject: PolynomialModel | PhaseRetrieval) -> str:
        return document(subject).partition("Notation")[2].partition("Assumptions")[0]

    assert "$c$: a parameter of the model." in items(PolynomialModel("w^2 + c", parameters=["c"]))
    assert r"$\gamma$: a parameter of the model." in items(PolynomialModel("w^2 + gamma*w", parameters=["gamma"]))
    assert "$c$: the linear part of the prediction." in items(PhaseRetrieval())


def test_no_letter_of_a_theorem_is_one_of_the_models() -> None:
    taken = {"w", "x", "y", "c", "κ", "e", "n", "q", "g", "L", "γ", "α"}
    for theorem in phase_theorems(residual_boundaries()):
        for text in (theorem.statement, *(line.text for line in theorem.proof)):
            formulas = prose_latex(text.replace("for n more", "").replace("for n − 1", "").replace("set for n", ""))
            inline = " ".join(re.findall(r"\$(.*?)\$", formulas))
            letters = set(re.findall(r"\\[a-z]+|[A-Za-z]+", re.sub(r"\\(?:tau|pi)\^\{n\}", "", inline)))
            assert not letters & (taken | {r"\kappa", r"\gamma", r"\alpha"} - {"κ", "γ", "α"}), (theorem.label, text)
        symbols = {
            s
            for line in theorem.proof
            for side in (line.left, line.right)
            if side is not None
            for s in side.free_symbols
        }
        assert not {str(symbol) for symbol in symbols} & taken, theorem.label


def test_a_renamed_parameter_does_not_change_places_with_a_letter_of_a_proof() -> None:
    text = fragment(OneWeight(), "theorem:sharpness", symbols={"a": "r"})
    assert r"Then $r = \eta d$" in text
    assert not re.search(r"(?<![\\A-Za-z])a(?![A-Za-z])", " ".join(re.findall(r"\$(.*?)\$", text)))


def test_a_theorem_does_not_repeat_its_name_and_speaks_of_the_maps_own_variable() -> None:
    x, c = sympy.symbols("x c")
    text = document(PolynomialFamily(x**2 + c, variable=x, parameter=c))
    assert "[Fixed point becomes attracting]" in text
    assert "Fixed point becomes attracting: " not in text
    assert "It is at $c = -3/4$. Before it: catapult" in text
    assert "How it was found: Root of $\\mathrm{Res}_{x}$(" in text
    assert "for the variable" not in text
    told = re.sub(
        r"\\begin\{(picture|thebibliography)\}.*?\\end\{\1\}|\$[^$]*\$|\\begin\{equation.*?\\end\{equation",
        "",
        text,
        flags=re.DOTALL,
    )
    assert re.findall(r"[ (=]-\d", told[told.index(r"\maketitle") :]) == []


def test_minus_signs_of_sentences_are_no_hyphens() -> None:
    assert Writer().prose("from -1.5 to (-2, 3) = -4") == Writer().prose("from −1.5 to (−2, 3) = −4")
    assert Writer().prose("a 2-cycle, 1969-70") == "a 2-cycle, 1969-70"


def test_a_very_long_number_breaks_in_a_sentence_and_is_set_small_in_a_display() -> None:
    text = document(PolynomialModel("w^2 + 1234567890123456789012345678901234567890*w"))
    abstract = text.partition(r"\begin{abstract}")[2].partition(r"\end{abstract}")[0]
    assert max(len(run) for run in re.findall(r"\d+", abstract)) <= 12
    assert r"381039468830\allowbreak 970918762383" in abstract
    assert "{\\footnotesize\n\\begin{equation}" in text
    assert r"\allowbreak" not in document(LINEAR)


@pytest.mark.slow  # whole papers, or TeX
@needs_tex
def test_a_very_long_number_leaves_no_line() -> None:
    made = compile_tex(document(PolynomialModel("w^2 + 1234567890123456789012345678901234567890*w")))
    assert made.complaints == ()


@pytest.mark.slow  # whole papers, or TeX
@needs_tex
def test_a_pdf_tells_its_title_and_who_made_it(tmp_path: Path) -> None:
    made = compile_tex(document(PolynomialLoss("w^4")))
    told = re.sub(rb"\\(?:376|377|000)|\\(?=\()", b"", made.pdf)  # hyperref writes UTF-16
    told = re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), told)
    assert b"/Creator(symphase)" in told
    assert b"/Title(Gradient descent on the loss L = w^4: the map of the weight)" in told
    assert "Token not allowed" not in made.log
    place = tmp_path / "mine.tex"
    place.with_suffix(".pdf").write_bytes(made.pdf)
    check_place(place, pdf=True)  # a PDF of our own may be replaced
    place.with_suffix(".pdf").write_bytes(compile_pdf(r"\documentclass{article}\begin{document}x\end{document}"))
    with pytest.raises(InputError, match="exists and is no document of symphase"):
        check_place(place, pdf=True)


@pytest.mark.parametrize("extra", [[], ["--fragment", "map"]])
def test_a_file_of_somebody_else_is_not_replaced(tmp_path: Path, extra: list[str]) -> None:
    thesis = tmp_path / "thesis.tex"
    thesis.write_text("\\documentclass{book}\n% symphase document\n", encoding="utf-8")
    before = thesis.read_bytes()
    result = _run("one-weight", "--out", str(thesis), *extra)
    assert result.exit_code == 2, result.output
    assert "exists and is no document of symphase" in result.output
    assert thesis.read_bytes() == before
    thesis.unlink()
    assert _run("one-weight", "--out", str(thesis), "--fragment", "map").exit_code == 0
    assert thesis.read_text(encoding="utf-8").splitlines()[0] == (
        f"% symphase document one-weight --fragment map --out {thesis}"
    )
    assert _run("one-weight", "--out", str(thesis), "--fragment", "map").exit_code == 0  # our own may be replaced


def test_a_pdf_of_somebody_else_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symphase.latex.tex_available", lambda: True)
    thesis = tmp_path / "thesis.pdf"
    thesis.write_bytes(b"%PDF-1.5 of years")
    result = _run("phase-retrieval", "--gamma", "0", "--c", "1", "--out", str(tmp_path / "thesis.tex"), "--pdf")
    assert result.exit_code == 2, result.output
    assert "exists and is no document of symphase" in result.output  # the .tex is not there: the PDF is meant
    assert thesis.read_bytes() == b"%PDF-1.5 of years"
    assert not (tmp_path / "thesis.tex").exists()


def test_derive_replaces_no_file_of_somebody_else(tmp_path: Path) -> None:
    place = tmp_path / "mine.tex"
    place.write_text("mine", encoding="utf-8")
    result = CliRunner().invoke(main, ["derive", "one-weight", "--tex", str(place)])
    assert result.exit_code == 2, result.output
    assert "exists and is no document of symphase" in result.output
    assert place.read_text(encoding="utf-8") == "mine"


def test_a_name_that_is_given_away_is_told() -> None:
    result = _run("--symbol", "z=a", "--fragment", "map", "one-weight")
    assert "the name a was given away: what was a is now called z" in result.stderr
    assert "given away" not in result.stdout
    assert "given away" not in _run("--symbol", "z=a", "--symbol", "a=r", "--fragment", "map", "one-weight").stderr
    assert also_renamed(OneWeight(), {"z": "η"}) == {"eta": "z"}
    assert also_renamed(OneWeight(), {"η": "mu"}) == {}


def test_a_latexmk_that_does_not_work_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("latexmk", "#!/bin/sh\necho broken: no Perl here >&2\nexit 3\n"), ("pdflatex", "#!/bin/sh\n")):
        program = tmp_path / name
        program.write_text(text, encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        InputError, match=r"latexmk fails, and says: broken: no Perl here; see what latexmk -version says"
    ):
        compile_pdf(r"\documentclass{article}\begin{document}x\end{document}")
    (tmp_path / "latexmk").write_text("not a program", encoding="utf-8")
    with pytest.raises(InputError, match="latexmk does not start"):
        compile_pdf(r"\documentclass{article}\begin{document}x\end{document}")
