"""LaTeX documents: the committed ones are what the code writes, compile cleanly, and say what the records hold."""

from __future__ import annotations

import dataclasses
import os
import re
import shlex
import subprocess
import sys
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
import rich.progress  # noqa: F401  # draws from the process's generator when it is first imported: here, not in a test
import sympy
from click.testing import CliRunner

from symphase.algebraic import RealAlgebraic
from symphase.boundaries import BoundaryKind, find_boundaries
from symphase.cli import main
from symphase.derivation import Derivation, derive
from symphase.enclosures import Certainty, Verdict
from symphase.errors import InputError
from symphase.latex import (
    article,
    boundary_table,
    certainty_meanings,
    compile_tex,
    derivation_document,
    document,
    fragments,
    isolating_decimals,
    reading_order,
    references,
    symbols_used,
    tex_available,
)
from symphase.maps import PolynomialFamily
from symphase.models import OneWeight, PhaseRetrieval, PolynomialLoss, PolynomialModel, TwoLayerNetwork
from symphase.notation import MACROS, formula_latex, prose_latex
from symphase.onset import Onset
from symphase.phases import residual_boundaries
from symphase.theorems import phase_theorems
from symphase.verification import Verification, verify

ROOT = Path(__file__).resolve().parent.parent
COMMITTED = sorted((ROOT / "derivations").glob("*.tex"))
PACKAGES = {
    "amsmath", "amsthm", "array", "booktabs", "color", "fontenc", "hyperref", "inputenc", "lmodern", "microtype",
}  # fmt: skip  # rows as they are read
VERSIONS = re.compile(r"^Made with .*$", re.MULTILINE)
QUICK = {"logistic_map"}  # made on every run of the tests; the others in CI's slow stage


@cache
def _short_verification() -> Verification:
    boundaries = residual_boundaries()
    return verify(dataclasses.replace(boundaries, items=boundaries.items[2:4]), steps=4000, runs=1)


@pytest.fixture(autouse=True)
def _short_runs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verifying every boundary takes seconds: two do here, all of them in the slow tests."""
    if "slow" not in request.node.keywords:
        monkeypatch.setattr("symphase.latex.composing._residual_verification", _short_verification)


@cache
def _one_weight() -> Derivation:
    return derive(OneWeight())


@cache
def _document() -> str:
    return derivation_document(_one_weight(), command="made by a test")


# ------------------------------------------------------------------------------------------------ what is committed


def test_every_model_has_its_document() -> None:
    assert [path.stem for path in COMMITTED] == [
        "generalised_phase_retrieval",
        "logistic_map",
        "one_weight",
        "phase_retrieval",
        "square_plus_linear",
        "two_layer_network",
    ]
    told = (ROOT / "derivations" / "README.md").read_text(encoding="utf-8")
    assert all(f"`{path.name}`" in told for path in COMMITTED)


def _but_for_versions(text: str) -> str:
    """What must be the same with other releases of what computed it."""
    assert len(VERSIONS.findall(text)) == 1
    return VERSIONS.sub("", text)


@pytest.mark.parametrize(
    "path",
    # the others are whole papers: seconds each
    [path if path.stem in QUICK else pytest.param(path, marks=pytest.mark.slow) for path in COMMITTED],  # slow: seconds
    ids=lambda path: str(path.stem),
)
def test_the_command_on_the_first_line_writes_the_committed_bytes(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("% symphase document ")
    (tmp_path / "derivations").mkdir()
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, shlex.split(first.removeprefix("% symphase ")))
    assert result.exit_code == 0, result.output
    written = (tmp_path / "derivations" / path.name).read_text(encoding="utf-8")
    committed = path.read_text(encoding="utf-8")
    assert _but_for_versions(written) == _but_for_versions(committed), f"run again: {first.removeprefix('% ')}"


def test_every_committed_document_says_that_all_was_proved() -> None:
    for path in COMMITTED:
        text = path.read_text(encoding="utf-8")
        assert "Do not rely" not in text
        assert "failed" not in text
        found = re.search(r"asked while this document was made: (\d+) checks ran. All were proved.", text)
        assert found is not None, path.name
        assert int(found[1]) >= 20


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_no_order_in_a_document_comes_from_a_hash() -> None:
    program = (
        "from symphase.latex import document, fragments\n"
        "from symphase.models import PolynomialModel, TwoLayerNetwork\n"
        "import sys\n"
        "model = PolynomialModel('d*w^2 + b*w + c*b', parameters=['b', 'c', 'd'])\n"
        "pieces = fragments(model, ['map', *(f'step:{k}' for k in range(1, 9)), 'table', 'table:steps'])\n"
        "text = document(TwoLayerNetwork(outer_weights=(1, -1))) + ''.join(piece.tex for piece in pieces)\n"
        "sys.stdout.buffer.write(text.encode())\n"
    )
    environment = os.environ | {"PYTHONHASHSEED": "271828", "SYMPY_GROUND_TYPES": "python", "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment, timeout=120)
    model = PolynomialModel("d*w^2 + b*w + c*b", parameters=["b", "c", "d"])
    pieces = fragments(model, ["map", *(f"step:{k}" for k in range(1, 9)), "table", "table:steps"])
    here = document(TwoLayerNetwork(outer_weights=(1, -1))) + "".join(piece.tex for piece in pieces)
    assert run.stdout.decode() == here  # this process has another hash seed, and another arithmetic under SymPy


@pytest.mark.slow  # whole papers, or TeX
def test_no_order_in_a_whole_document_comes_from_a_hash() -> None:
    program = (
        "from symphase.latex import document\n"
        "from symphase.models import OneWeight\n"
        "import sys\n"
        "sys.stdout.buffer.write(document(OneWeight()).encode())\n"
    )
    environment = os.environ | {"PYTHONHASHSEED": "271828", "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment, timeout=300)
    assert run.stdout.decode() == document(OneWeight())


# ------------------------------------------------------------------------------------------------------ what it says


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_the_first_line_is_the_command_and_nothing_in_it_reaches_latex() -> None:
    assert _document().splitlines()[0] == "% made by a test"
    hostile = document(PhaseRetrieval(gamma=0, c=1), command="x\n\\input{secret}\r\\end{document}")
    lines = hostile.splitlines()
    assert lines[0].startswith("% x")
    assert lines[1] == r"\documentclass[11pt,a4paper]{article}"
    assert hostile.count("secret") == 1


def test_a_document_holds_no_date_and_only_known_macros() -> None:
    for text in [_document(), *(path.read_text(encoding="utf-8") for path in COMMITTED)]:
        body = text.partition("\n")[2]
        assert set(re.findall(r"\\(?:[A-Za-z]+|.)", body)) <= MACROS
        assert set(re.findall(r"\\usepackage(?:\[.*?\])?\{(.*?)\}", body)) == PACKAGES
        assert r"\date{}" in body
        assert "2026" not in body
        assert sympy.__version__ not in VERSIONS.sub("", body)
        plain = re.sub(r"\\[{}\\]", "", body)
        assert plain.count("{") == plain.count("}")
        opened = re.findall(r"\\begin\{(.*?)\}", body)
        assert {"theorem", "proof", "abstract", "picture", "table", "figure", "split"} <= set(opened)
        assert sorted(opened) == sorted(re.findall(r"\\end\{(.*?)\}", body))
        labels = re.findall(r"\\label\{(.*?)\}", body)
        assert len(labels) == len(set(labels))
        used = set(re.findall(r"\\(?:eq)?ref\{(.*?)\}", body))
        assert used
        assert used <= set(labels)
        keys = {key for found in re.findall(r"\\cite(?:\[.*?\])?\{(.*?)\}", body) for key in found.split(",")}
        listed = re.findall(r"\\bibitem\{(.*?)\}", body)
        assert keys == set(listed)
        assert len(listed) == len(keys) >= 2


def test_every_step_stands_in_the_document_with_its_verdict() -> None:
    derivation, text = _one_weight(), _document()
    leading = reading_order(derivation)
    assert len(derivation.steps) == 8
    for number, step in enumerate(derivation.steps, start=1):
        assert rf"\paragraph{{Step {number}. {prose_latex(step.title)}.}}" in text
        assert prose_latex(step.reason).rstrip(".") in text
        before, after = formula_latex(step.before, leading), formula_latex(step.after, leading)
        assert f"\\label{{eq:step-{number - 1}}}\n  {step.before_latex} = {before}.\n" in text
        assert f"\\label{{eq:step-{number}}}\n  {step.after_latex} = {after}.\n" in text
    assert text.count(r"\emph{Check: proved.}") == 8
    for assumption in derivation.assumptions:
        assert prose_latex(assumption)[1:] in text


def test_every_phase_is_a_theorem_with_a_proof_and_what_its_checks_said() -> None:
    text = _document()
    theorems = phase_theorems(residual_boundaries())
    assert len(theorems) > 8
    assert text.count(r"\begin{theorem}") == text.count(r"\begin{proof}") == len(theorems)
    for theorem in theorems:
        assert rf"\label{{thm:{theorem.label}}}" in text
        claims = sum(line.evidence is not None for line in theorem.proof)
        stated = f"{claims} claim{'s' if claims != 1 else ''} checked, all proved; certainty: {theorem.certainty}"
        body = text[text.index(rf"\label{{thm:{theorem.label}}}") :]
        assert stated in body[: body.index(r"\end{proof}")]


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_what_fails_its_check_is_shown_to_fail_at_the_top() -> None:
    derivation = _one_weight()
    wrong = dataclasses.replace(derivation.steps[-1], after=derivation.steps[-1].after + 1)
    made = article(dataclasses.replace(derivation, steps=(*derivation.steps[:-1], wrong)))
    assert made.holds is Verdict.REFUTED
    assert made.tex.count(r"\emph{Check: proved.}") == 7
    assert r"\emph{Check: \textbf{refuted} (the expanded difference is not zero" in made.tex
    warning = made.tex.index(r"\textbf{Do not rely on this document.}")
    assert warning < made.tex.index(r"\begin{abstract}")
    assert "has passed its check: The map" in made.tex[warning:]
    assert re.search(r"checks ran, and \\textbf\{\d of them failed\}", made.tex)
    assert article(derivation).holds is Verdict.PROVED


def test_the_map_its_fixed_points_and_the_scale_are_there() -> None:
    text = _document()
    assert "f_{a}(z) = z^{3} + (a - 2)z^{2} + (1 - 2a)z" in text
    for row in ("$0$ & $1 - 2a$", "$2$ & $2a + 5$", "$-a$ & $(a + 1)^{2}$"):
        assert row in text
    assert "parameter\n$a = \\eta y$ is proportional" in text
    assert "\\eta_{1} = \\frac{1}{y}" in text
    assert r"$\eta \lambda = 2a$" in text
    assert r"& $4\sqrt{2} - 4$ & $1.65685425$ & catapult" in text


def test_the_boundary_table_holds_every_boundary_exactly() -> None:
    boundaries = residual_boundaries()
    table = boundary_table(boundaries)
    rows = [line for line in table.splitlines() if line.count("&") == 5][1:]
    assert len(rows) == len(boundaries) == 9
    for row, boundary in zip(rows, boundaries, strict=True):
        name, exact, decimal, certainty, period, multiplier = (cell.strip(" \\$") for cell in row.split("&"))
        assert name.replace("$", "") == prose_latex(boundary.name).replace("$", "")
        assert decimal == boundary.decimal(12)
        assert certainty == str(boundary.certainty)
        assert period == ("--" if boundary.period is None else str(boundary.period))
        assert multiplier == ("--" if boundary.multiplier is None else str(boundary.multiplier))
        if boundary.kind is BoundaryKind.TANGENCY:
            assert exact == "P_{1}(a) = 0"
    assert r"$2\sqrt{2} - 2$" in rows[1]
    assert r"$\sqrt{5} - 1$" in rows[3]
    assert r"$\frac{3\sqrt{3}}{2} - 1$" in rows[7]
    assert "in $(1.4,\\, 1.5)$" in table
    assert "P_{1}(a) = 4a^{8} + 48a^{7} + 189a^{6} + 144a^{5} - 828a^{4} - 2052a^{3} - 972a^{2} + 2700a + 4644" in table


def test_the_onset_has_its_bracket_its_theorem_and_an_estimate_that_says_so() -> None:
    text = _document()
    boundary = residual_boundaries().require(BoundaryKind.ONSET)
    onset = boundary.value
    assert isinstance(onset, Onset)
    found = re.search(r"([\d.]+) < a_\{\\infty\} < (\d+\.\d+)", text)
    assert found is not None
    assert Fraction(found[1]) <= onset.bracket[0] < onset.bracket[1] <= Fraction(found[2])
    assert Fraction(found[2]) - Fraction(found[1]) < 4 * (onset.bracket[1] - onset.bracket[0])
    assert rf"\emph{{Estimate (numerical, not proved):}} $a_{{\infty}} \approx {onset.estimate}$" in text
    assert f"({onset.theorem.verdict})" in text
    assert r"Levin, Shen and van Strien~\cite{levin-shen-van-strien-2020}" in text


def test_a_family_of_ones_own_gets_its_table() -> None:
    r, x = sympy.symbols("r x")
    boundaries = find_boundaries(PolynomialFamily(r * x * (1 - x), variable=x, parameter=r))
    table = boundary_table(boundaries, digits=8)
    assert "$r$, exactly" in table
    assert r"$\sqrt{6} + 1$" in table or r"$1 + \sqrt{6}$" in table
    assert "3.44948974" in table
    third = boundaries.require(BoundaryKind.FLIP, 4)
    assert third.algebraic is not None
    assert third.algebraic.degree == 12
    assert "r^{12}" in table


def test_short_isolating_decimals_hold_one_root_only() -> None:
    boundary = residual_boundaries().require(BoundaryKind.TANGENCY)
    lower, upper = isolating_decimals(boundary)
    exact = boundary.algebraic
    assert exact is not None
    assert RealAlgebraic(exact.coefficients, Fraction(lower), Fraction(upper)) == exact
    with pytest.raises(InputError, match="must be an algebraic number"):
        isolating_decimals(residual_boundaries().require(BoundaryKind.ONSET))


def test_a_model_without_a_residual_map_says_why() -> None:
    mixed = derivation_document(derive(TwoLayerNetwork(outer_weights=(1, -1))))
    assert r"\section{Why there is no map of the residual}" in mixed
    assert "The outer weights are not all equal" in mixed
    assert r"\section{The boundaries}" not in mixed
    assert r"p' = p - \frac{2\alpha\eta q}{n}p" in mixed
    quartic = document(PolynomialModel("w^4 - w^2"))
    assert "$s = (w)^{2}$ follows" in quartic
    linear = document(PhaseRetrieval(gamma=0, c=1))
    assert "linear regression" in linear
    assert "The map is linear" in document(PolynomialLoss("w^2"))


@pytest.mark.slow  # whole papers, or TeX
def test_a_loss_of_ones_own_has_the_map_of_its_weight_and_that_of_its_residual() -> None:
    text = document(PolynomialLoss("(w^2 - 1)^2/4"))
    assert r"f_{\eta}(w) = (\eta + 1)w - \eta w^{3}." in text
    assert r"\section{The same story, told of the residual}" in text
    assert "$4\\sqrt{2} - 4$" in text  # the boundaries of the residual, as step size × sharpness


def test_every_symbol_in_a_derivation_is_explained() -> None:
    for model in (PhaseRetrieval(), TwoLayerNetwork(), PolynomialModel("d*w^2 + b*w", parameters=["b", "d"])):
        derivation = derive(model)
        explained = {str(symbol) for symbol, _ in symbols_used(derivation)}
        used = {str(symbol) for step in derivation.steps for symbol in step.after.free_symbols}
        assert {name.removesuffix("_j") for name in used} <= explained
        assert len(explained) == len(symbols_used(derivation))


def test_every_level_of_certainty_has_a_meaning() -> None:
    assert set(certainty_meanings()) == set(Certainty)
    assert Verdict.PROVED is _one_weight().holds


def test_the_works_are_those_of_the_package() -> None:
    from symphase.references import REFERENCES

    assert references() == tuple(REFERENCES.values())


# ---------------------------------------------------------------------------------------------------------- compiled


needs_tex = pytest.mark.skipif(not tex_available(), reason="latexmk and pdflatex are not installed")


@pytest.mark.slow  # whole papers, or TeX
@needs_tex
@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: str(path.stem))
def test_every_document_compiles_without_a_bad_box_or_a_missing_reference(path: Path) -> None:
    made = compile_tex(path.read_text(encoding="utf-8"))
    assert made.complaints == ()
    assert len(made.pdf) > 50_000


STRANGE = "µm Ω漢 \\input{x} 100% #1 {a_b}^2 ~ <é> | \" ` '' ß"


@pytest.mark.slow  # whole papers, or TeX
@needs_tex
def test_wide_and_strange_documents_compile_too() -> None:
    wide = PolynomialModel(
        "k*w^9*(w + learning_rate) + b1*w^5 - w^4 + theta*w^2", parameters=["k", "learning_rate", "b1", "theta"]
    )
    refuted = dataclasses.replace(derive(TwoLayerNetwork(outer_weights=(2, -1))), obstruction=STRANGE)
    texts = [document(wide, command=STRANGE), document(refuted), document(PolynomialLoss("w^4/4 - w^2/2 + w/10"))]
    for text in texts:
        assert compile_tex(text).complaints == ()


@pytest.mark.slow  # whole papers, or TeX
@needs_tex
def test_a_broken_reference_and_a_wide_line_are_noticed() -> None:
    wide = r"\documentclass{article}\begin{document}See~\ref{nothing}.\hbox to 30cm{x}\end{document}"
    complaints = " ".join(compile_tex(wide).complaints)
    assert "nothing" in complaints
    assert "Overfull" in complaints


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: str(path.name))
def test_every_character_has_a_form_in_tex(path: Path) -> None:
    assert "[U+" not in path.read_text(encoding="utf-8"), "a character that the document could not write"
