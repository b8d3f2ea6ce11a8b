"""LaTeX documents: the committed ones are what the code writes, compile cleanly, and say what the records hold."""

from __future__ import annotations

import dataclasses
import os
import re
import shlex
import shutil
import subprocess
import sys
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
import sympy
from click.testing import CliRunner

from symphase.algebraic import RealAlgebraic
from symphase.boundaries import BoundaryKind, find_boundaries
from symphase.cli import main
from symphase.derivation import Derivation, derive
from symphase.enclosures import Certainty, Verdict
from symphase.errors import InputError
from symphase.latex import (
    boundary_table,
    certainty_meanings,
    derivation_document,
    isolating_decimals,
    reading_order,
    symbols_used,
)
from symphase.maps import PolynomialFamily
from symphase.models import OneWeight, PhaseRetrieval, PolynomialModel, TwoLayerNetwork
from symphase.notation import MACROS, formula_latex, prose_latex
from symphase.onset import Onset
from symphase.phases import residual_boundaries

ROOT = Path(__file__).resolve().parent.parent
COMMITTED = sorted((ROOT / "derivations").glob("*.tex"))
PACKAGES = {"fontenc", "amsmath", "lmodern"}


@cache
def _one_weight() -> Derivation:
    return derive(OneWeight())


@cache
def _document() -> str:
    return derivation_document(_one_weight(), command="made by a test")


# ------------------------------------------------------------------------------------------------ what is committed


def test_every_model_has_its_derivation() -> None:
    assert [path.stem for path in COMMITTED] == [
        "one_weight",
        "phase_retrieval",
        "square_plus_linear",
        "two_layer_network",
    ]
    told = (ROOT / "derivations" / "README.md").read_text(encoding="utf-8")
    assert all(f"`{path.name}`" in told for path in COMMITTED)


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: str(path.stem))
def test_the_command_on_the_first_line_writes_the_committed_bytes(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("% symphase derive ")
    (tmp_path / "derivations").mkdir()
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, shlex.split(first.removeprefix("% symphase ")))
    assert result.exit_code == 0, result.output
    written = tmp_path / "derivations" / path.name
    assert written.read_bytes() == path.read_bytes(), f"run again: {first.removeprefix('% ')}"


def test_no_order_in_a_document_comes_from_a_hash() -> None:
    program = (
        "from symphase.derivation import derive\n"
        "from symphase.latex import derivation_document\n"
        "from symphase.models import PolynomialModel, TwoLayerNetwork\n"
        "import sys\n"
        "model = PolynomialModel('d*w^2 + b*w + c*b', parameters=['b', 'c', 'd'])\n"
        "models = [model, TwoLayerNetwork(outer_weights=(1, -1))]\n"
        "text = ''.join(derivation_document(derive(each)) for each in models)\n"
        "sys.stdout.buffer.write(text.encode())\n"
    )
    environment = os.environ | {"PYTHONHASHSEED": "271828", "SYMPY_GROUND_TYPES": "python", "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment, timeout=120)
    model = PolynomialModel("d*w^2 + b*w + c*b", parameters=["b", "c", "d"])
    here = derivation_document(derive(model)) + derivation_document(derive(TwoLayerNetwork(outer_weights=(1, -1))))
    assert run.stdout.decode() == here  # this process has another hash seed, and another arithmetic under SymPy


# ------------------------------------------------------------------------------------------------------ what it says


def test_the_first_line_is_the_command_and_nothing_in_it_reaches_latex() -> None:
    assert _document().splitlines()[0] == "% made by a test"
    hostile = derivation_document(_one_weight(), command="x\n\\input{secret}\r\\end{document}", checks=())
    lines = hostile.splitlines()
    assert lines[0].startswith("% x")
    assert lines[1] == r"\documentclass[11pt,a4paper]{article}"
    assert hostile.count("secret") == 1


def test_a_document_holds_no_date_no_version_and_only_known_macros() -> None:
    for text in [_document(), *(path.read_text(encoding="utf-8") for path in COMMITTED)]:
        body = text.partition("\n")[2]
        assert set(re.findall(r"\\(?:[A-Za-z]+|.)", body)) <= MACROS
        assert set(re.findall(r"\\usepackage(?:\[.*?\])?\{(.*?)\}", body)) == PACKAGES
        assert r"\date{}" in body
        assert "2026" not in body
        assert sympy.__version__ not in body
        plain = re.sub(r"\\[{}\\]", "", body)
        assert plain.count("{") == plain.count("}")
        assert all(body.count(rf"\begin{{{name}}}") == body.count(rf"\end{{{name}}}") for name in ("itemize", "split"))
        references = set(re.findall(r"\\eqref\{(.*?)\}", body))
        labels = re.findall(r"\\label\{(.*?)\}", body)
        assert references
        assert references <= set(labels)
        assert len(labels) == len(set(labels))


def test_every_step_stands_in_the_document_with_its_verdict() -> None:
    derivation, text = _one_weight(), _document()
    leading = reading_order(derivation)
    assert len(derivation.steps) == 8
    for number, step in enumerate(derivation.steps, start=1):
        assert rf"\textbf{{{number}. {prose_latex(step.title)}.}}" in text
        assert prose_latex(step.reason).rstrip(".") in text
        before, after = formula_latex(step.before, leading), formula_latex(step.after, leading)
        assert f"\\label{{eq:{number - 1}}}\n  {step.before_latex} = {before}\n" in text
        assert f"\\label{{eq:{number}}}\n  {step.after_latex} = {after}\n" in text
    assert text.count(r"\emph{Check: proved.}") == 8
    for assumption in derivation.assumptions:
        assert prose_latex(assumption)[1:] in text


def test_a_step_that_fails_its_check_is_shown_to_fail() -> None:
    derivation = _one_weight()
    wrong = dataclasses.replace(derivation.steps[-1], after=derivation.steps[-1].after + 1)
    tampered = dataclasses.replace(derivation, steps=(*derivation.steps[:-1], wrong))
    text = derivation_document(tampered)
    assert text.count(r"\emph{Check: proved.}") == 7
    assert r"\emph{Check: \textbf{refuted} (the expanded difference is not zero" in text


def test_the_map_its_fixed_points_and_the_scale_are_there() -> None:
    text = _document()
    assert "f_{a}(z) = z^{3} + (a - 2)z^{2} + (1 - 2a)z" in text
    for row in ("$0$ & $1 - 2a$", "$2$ & $2a + 5$", "$-a$ & $(a + 1)^{2}$"):
        assert row in text
    assert "a = \\eta y\n" in text
    assert "\\eta = \\frac{a}{y}\n" in text
    assert r"$\eta\lambda = 2a$" in text


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
    found = re.search(r"([\d.]+) < a_\{\\infty\} < ([\d.]+)", text)
    assert found is not None
    assert Fraction(found[1]) <= onset.bracket[0] < onset.bracket[1] <= Fraction(found[2])
    assert Fraction(found[2]) - Fraction(found[1]) < 4 * (onset.bracket[1] - onset.bracket[0])
    assert rf"\emph{{Estimate (numerical, not proved):}} $a_{{\infty}} \approx {onset.estimate}$" in text
    assert f"({onset.theorem.verdict})" in text
    assert "Levin, Shen and van Strien 2020" in text


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
    assert r"\section{Phase boundaries}" not in mixed
    assert r"p' = p - \frac{2\alpha\eta q}{n}p" in mixed
    quartic = derivation_document(derive(PolynomialModel("w^4 - w^2")))
    assert "$s = (w)^{2}$ follows" in quartic
    linear = derivation_document(derive(PhaseRetrieval(gamma=0, c=1)))
    assert "linear regression" in linear


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


# ---------------------------------------------------------------------------------------------------------- compiled


@pytest.mark.skipif(
    shutil.which("latexmk") is None or shutil.which("pdflatex") is None, reason="latexmk and pdflatex are not installed"
)
def test_every_document_compiles_without_a_bad_box_or_a_missing_reference(tmp_path: Path) -> None:
    for path in COMMITTED:
        shutil.copy(path, tmp_path)
    names = [path.stem for path in COMMITTED]
    wide = derive(
        PolynomialModel(
            "k*w^9*(w + learning_rate) + b1*w^5 - w^4 + theta*w^2", parameters=["k", "learning_rate", "b1", "theta"]
        )
    )
    strange = "µm Ω漢 \\input{x} 100% #1 {a_b}^2 ~ <é> | \" ` '' ß"
    (tmp_path / "wide.tex").write_text(derivation_document(wide, command=strange), encoding="utf-8")
    refuted = dataclasses.replace(derive(TwoLayerNetwork(outer_weights=(2, -1))), obstruction=strange)
    (tmp_path / "strange.tex").write_text(derivation_document(refuted), encoding="utf-8")
    names += ["wide", "strange"]
    run = subprocess.run(
        [
            "latexmk",
            "-pdf",
            "-no-shell-escape",
            "-interaction=nonstopmode",
            "-halt-on-error",
            *(f"{n}.tex" for n in names),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    for name in names:
        log = (tmp_path / f"{name}.log").read_text(encoding="latin-1")
        assert (tmp_path / f"{name}.pdf").stat().st_size > 10_000
        assert "undefined" not in log, name
        assert "Missing character" not in log, name
        widths = [float(width) for width in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\)", log)]
        assert max(widths, default=0.0) <= 5.0, name


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[1] / "derivations").glob("*.tex")), ids=lambda path: path.name
)
def test_every_character_has_a_form_in_tex(path: Path) -> None:
    assert "[U+" not in path.read_text(encoding="utf-8"), "a character that the document could not write"
