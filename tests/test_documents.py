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
import rich.console  # noqa: F401 - it draws random numbers when first imported: here, not in some test
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
    article,
    boundary_labels,
    compile_pdf,
    compile_tex,
    document,
    fragment,
    fragment_names,
    fragments,
    mathtext,
    tex_available,
)
from symphase.latex.identities import conjugacies, critical_points, fixed_point_identities
from symphase.latex.pictures import _HEIGHT, _WIDTH, _spread, bifurcation_picture, cobweb_pictures
from symphase.latex.sections import theorem_lines
from symphase.latex.wording import cite
from symphase.latex.writing import Writer, chosen_names
from symphase.maps import PolynomialFamily
from symphase.models import OneWeight, PhaseRetrieval, PolynomialLoss, PolynomialModel, TwoLayerNetwork
from symphase.notation import MACROS
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
    left_out = ("theorem", "table:verification", "figure:cobweb")  # each has a test of its own, or costs seconds
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
    assert "booktabs" in pieces["table"].splitlines()[0]


def test_pieces_say_what_the_records_hold() -> None:
    pieces = _pieces()
    assert "\\label{eq:boundary-flip-2}\n  a = \\sqrt{5} - 1\n" in pieces["boundary:flip-2"]
    assert "1.3022826 < a_{\\infty} < 1.3022838" in pieces["boundary:onset"]
    assert "P(a) = 4a^{8} + 48a^{7}" in pieces["boundary:tangency-3"]
    step = derive(OneWeight()).steps[4]
    assert rf"\paragraph{{Step 5. {step.title}.}}" in pieces["step:5"]
    assert r"\label{eq:step-4}" in pieces["step:5"]
    assert pieces["map"].endswith("z^{3} + (a - 2)z^{2} + (1 - 2a)z\n\\end{equation}")
    assert pieces["table:steps"].count(r"\eta_{1}$ &") == 8  # every boundary but a = 0
    assert pieces["figure:diagram"].count(r"\begin{picture}") == 1


def test_a_theorem_alone_is_the_theorem_of_the_document() -> None:
    theorem = next(one for one in phase_theorems(residual_boundaries()) if one.label == "monotonic")
    tex = fragment(residual_family(), "theorem:monotonic")
    assert tex.startswith("% needs amsmath, amsthm\n\\begin{theorem}")
    assert tex.split("\n", 1)[1] == cite("\n".join(theorem_lines(theorem, theorem.check(), Writer())))


def test_a_long_equation_is_broken() -> None:
    tex = fragment(LOGISTIC, "boundary:flip-4")
    first, second = tex[tex.index("P(r) &= ") : tex.index(r"\end{split}")].strip().splitlines()
    assert first.endswith(r"2108r^{2} \\")
    assert second.strip() == r"&\quad + 4913"


def test_a_piece_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(InputError, match=r"boundary:flip-1, .*theorem:monotonic, .*figure:diagram"):
        fragment(OneWeight(), "boundary:nothing")
    with pytest.raises(InputError, match="must be one of"):
        fragment(LINEAR, "table")
    with pytest.raises(InputError, match="must be a sequence"):
        fragments(OneWeight(), "table")


@pytest.mark.slow
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


@pytest.mark.slow
@needs_tex
def test_the_pdf_is_the_same_on_every_run() -> None:
    tex = document(LINEAR)
    assert compile_pdf(tex) == compile_pdf(tex)


@pytest.mark.slow
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


@pytest.mark.slow
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
    assert "all proved" in result.output
    (tmp_path / "polynomial_map.tex").write_text("mine", encoding="utf-8")
    refused = _run("--map", "r*x*(1-x)", "--variable", "x", "--parameter", "r")
    assert refused.exit_code == 2
    assert "is no document of ours" in refused.output
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


def test_derive_writes_the_same_document(tmp_path: Path) -> None:
    place = tmp_path / "linear.tex"
    result = CliRunner().invoke(main, ["derive", "one-weight", "--tex", str(place)])
    assert result.exit_code == 0, result.output
    written = place.read_text(encoding="utf-8").split("\n", 1)
    assert written[0] == f"% symphase derive one-weight --tex {place}"
    assert written[1] == document(OneWeight()).split("\n", 1)[1]


@pytest.mark.slow
@needs_tex
def test_the_command_compiles_a_loss_of_ones_own(tmp_path: Path) -> None:
    result = _run("--loss", "(w^2-1)^2/4", "--out", str(tmp_path / "mine.tex"), "--pdf")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "mine.pdf").read_bytes()[:5] == b"%PDF-"
    assert article(PolynomialLoss("(w^2-1)^2/4")).holds is Verdict.PROVED
