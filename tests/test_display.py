"""At the prompt and in a notebook: one line, LaTeX, a small table; completion; pickles, copies and comparisons.

One table holds an object of every public record; a record that is missing from it fails the first test.
"""

from __future__ import annotations

import copy
import enum
import html.parser
import inspect
import pickle
import re
import subprocess
import sys
import time
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import sympy

import symphase
from symphase import (
    CertifiedBifurcation,
    DataSet,
    Derivation,
    EmpiricalBoundaries,
    InputError,
    Phase,
    PhaseRetrieval,
    PolynomialFamily,
    PolynomialModel,
    Problem,
    RealAlgebraic,
    Study,
    SweepSpec,
    TwoLayerNetwork,
    Verification,
)
from symphase.array_records import ArrayRecord
from symphase.display import (
    LINE_LENGTH,
    ROWS,
    Shown,
    bounds_text,
    cut,
    facts_table,
    formula_html,
    formula_line,
    latex_inline,
    number_text,
    outward_text,
    rows_table,
    text_html,
)
from symphase.glossary import glossary
from symphase.plots import HeldOutErrors, new_axes, show
from symphase.theorems.proofs import Identity, ProofLine, Theorem

HOSTILE = '<script>alert("x")</script> & $\\input{/etc/passwd}$\n' + "long " * 100

# --------------------------------------------------------------------------------------------------------- the table


@cache
def derivation() -> Derivation:
    return symphase.derive(PhaseRetrieval())


@cache
def family() -> PolynomialFamily:
    found = derivation().family
    assert found is not None
    return found


@cache
def boundaries() -> symphase.Boundaries:
    return symphase.find_boundaries(family())


@cache
def quadratic() -> PolynomialFamily:
    x, r = sympy.symbols("x r")
    return PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)


@cache
def atlas() -> symphase.Atlas:
    return symphase.build_atlas(family(), 4)


@cache
def model() -> PhaseRetrieval:
    return PhaseRetrieval(gamma=2, c=0)


@cache
def data() -> DataSet:
    return symphase.dataset([[1.0, 0.0], [0.0, 2.0]], [1.0, 0.5], name=HOSTILE)


@cache
def analysis() -> symphase.Analysis:
    return symphase.analyze(data(), step_size="0.1", steps=200)


@cache
def problem() -> Problem:
    return symphase.make_problem(model(), samples=3, dimension=4, design="gaussian", labels="teacher", rng=0)


@cache
def training() -> symphase.Training:
    return symphase.train(problem(), step_sizes=[0.01, 9.0], runs=7, rng=1, steps=20, measures=("sharpness",))


@cache
def transitions() -> EmpiricalBoundaries:
    return study().boundaries


@cache
def study() -> Study:
    return symphase.study(problem(), runs=1, steps=200)


@cache
def flip() -> CertifiedBifurcation:
    found = boundaries()[4].value
    assert isinstance(found, CertifiedBifurcation)
    return found


@cache
def bifurcations() -> symphase.BifurcationPolynomials:
    return symphase.bifurcation_polynomials(family(), 2, multiplier=-1, within=(0, 2))


@cache
def verification() -> Verification:
    from symphase.verification import VerificationRow

    row = VerificationRow(
        boundary=boundaries()[1],
        decimal=boundaries()[1].decimal(12),
        enclosure_agrees=True,
        below=Fraction(1, 2),
        above=Fraction(9, 10),
        mpmath_below="monotone",
        mpmath_above="not monotone",
        mpmath_agrees=True,
        simulation_below="monotonic",
        simulation_above="catapult",
        simulation_agrees=False,
    )
    return Verification(rows=(row,), digits=30, steps=100, runs=2, seed=0)


@cache
def spec() -> SweepSpec:
    return symphase.read_spec(
        """
kind = "lyapunov"
[grid]
parameters = { start = 1.4, stop = 1.9, count = 4 }
[run]
transient = 100
steps = 200
"""
    )


@cache
def onset() -> symphase.Onset:
    found = boundaries()[5].value
    assert isinstance(found, symphase.Onset)
    return found


@cache
def written_study() -> symphase.WrittenStudy:
    return symphase.WrittenStudy(folder=Path("folder"), index=Path("folder/index.html"), study=study())


@cache
def agreement() -> symphase.PhaseAgreement:
    return symphase.phase_agreement(samples=1, parameters=3, starts=1, steps=100, rng=0)


@cache
def proof_line() -> ProofLine:
    z = sympy.Symbol("z")
    return ProofLine(text="A square:", left=z**2 + 2 * z + 1, relation="=", right=(z + 1) ** 2, evidence=Identity())


TABLE: dict[str, Callable[[], Any]] = {
    "Analysis": analysis,
    "Article": lambda: symphase.Article(
        tex="text", title="title", checks=(derivation().check()[0],), verification=None, holds=symphase.Verdict.PROVED
    ),
    "Atlas": atlas,
    "AttractingCycleVerdict": lambda: symphase.attracting_cycle_verdict(family(), "1.455", max_period=4),
    "BandMerging": lambda: symphase.band_merging_parameters(family(), onset())[0],
    "BifurcationFactor": lambda: bifurcations()[0],
    "BifurcationPolynomials": bifurcations,
    "BifurcationRoot": lambda: bifurcations().roots[0],
    "Boundaries": boundaries,
    "Boundary": lambda: boundaries()[3],
    "Census": lambda: symphase.census(2, 5),
    "Certificate": lambda: symphase.certificate_for(flip()),
    "CertifiedBifurcation": flip,
    "CertifiedCycle": lambda: symphase.classify("1.455").cycle,
    "ChaosVerdict": lambda: symphase.prove_chaos(family(), "1.7"),
    "CheckResult": lambda: derivation().check()[0],
    "Classification": lambda: symphase.classify("1.455"),
    "CobwebPath": lambda: symphase.cobweb_path(family(), 1.1, start=0.3, steps=10),
    "Coherence": lambda: data().coherence(),
    "DataSet": data,
    "Derivation": derivation,
    "Descent": lambda: analysis().simulation,
    "Disagreement": lambda: symphase.Disagreement(
        predicted=symphase.classify("1.455"), observed=study().observations[0], cause="unexplained", guarded=False
    ),
    "EmpiricalBoundaries": transitions,
    "EntropyRange": lambda: symphase.entropy_range(family(), "1.9", "2"),
    "FeigenbaumConstants": lambda: symphase.feigenbaum_constants(onset()),
    "FirstReturns": lambda: symphase.first_returns(family(), 1.9, interval=(0.0, 0.5), steps=200),
    "FloatItineraries": lambda: symphase.float_itinerary(family(), [1.5, 1.9], steps=10),
    "InvariantDensity": lambda: symphase.invariant_density(family(), [1.9, 2.0], steps=200),
    "InvariantInterval": lambda: symphase.invariant_interval(family(), Fraction(17, 10)),
    "Location": lambda: atlas().window_at("1.702"),
    "Finding": lambda: symphase.examine()[0],
    "LyapunovCurve": lambda: symphase.lyapunov_curve(family(), [1.5, 1.9], steps=200),
    "LyapunovExponent": lambda: symphase.lyapunov_exponent(family(), 2),
    "Minimum": lambda: symphase.loss_minima(symphase.PolynomialLoss("(w^2-1)^2/4"))[0],
    "NumericalValue": lambda: symphase.feigenbaum_constants(onset()).delta,
    "Observation": lambda: study().observations[0],
    "OneWeight": symphase.OneWeight,
    "Onset": onset,
    "PhaseAgreement": agreement,
    "PhaseRetrieval": PhaseRetrieval,
    "Placement": lambda: symphase.place_parameter(quadratic(), "3.83", max_period=4),
    "PolynomialFamily": family,
    "PolynomialLoss": lambda: symphase.PolynomialLoss("(w^2-1)^2/4"),
    "PolynomialModel": lambda: PolynomialModel("w^3 + b*w", parameters=["b"]),
    "Problem": problem,
    "ProblemClassification": lambda: analysis().classification,
    "QuadraticForm": lambda: model().quadratic_form(),
    "ProofLine": proof_line,
    "RealAlgebraic": lambda: boundaries()[3].value,
    "RealCycle": lambda: symphase.unstable_cycles(family(), "1.7", max_period=3)[0],
    "RealCycles": lambda: symphase.unstable_cycles(family(), "1.7", max_period=3),
    "SquaredResidual": lambda: symphase.PolynomialLoss("(w^2-1)^2/4").squared,
    "Step": lambda: derivation().steps[4],
    "StoreReport": lambda: symphase.StoreReport(
        path=Path(HOSTILE.strip()), specification_sha256="0" * 64, chunks=2, done=1, missing=("c/0",), damaged=()
    ),
    "Study": study,
    "SweepResult": lambda: symphase.SweepResult(
        path=Path("sweep.zarr"), spec=spec(), chunks=4, found=1, computed=2, repaired=(), failed=(("c/0", HOSTILE),)
    ),
    "SweepSpec": spec,
    "Term": lambda: glossary()[0],
    "Theorem": lambda: Theorem(
        name="A square", label="square", statement="It is one.", in_words="It is one.", proof=(proof_line(),)
    ),
    "TopologicalEntropy": lambda: symphase.topological_entropy(family(), 2),
    "Training": training,
    "Transition": lambda: transitions().transitions[0],
    "TransitionRow": lambda: study().rows[0],
    "TwoLayerNetwork": lambda: TwoLayerNetwork(width=3),
    "Verification": verification,
    "Window": lambda: atlas()[0],
    "WrittenStudy": written_study,
}
NAMES = sorted(TABLE)
PLAIN_VALUES = (0, 1.5, "text", None, (), [1], {"a": 1}, Fraction(1, 3), object())
SHOW_TABLES = {
    "Analysis", "Atlas", "BifurcationPolynomials", "Boundaries", "Boundary", "Classification", "DataSet", "Derivation",
    "Descent", "EmpiricalBoundaries", "Location", "LyapunovExponent", "Onset", "OneWeight", "PhaseRetrieval",
    "PolynomialFamily", "PolynomialLoss", "PolynomialModel", "Problem", "ProblemClassification", "RealCycles", "Step",
    "Study", "SweepResult", "SweepSpec", "TopologicalEntropy", "Training", "TwoLayerNetwork", "Verification", "Window",
}  # fmt: skip  # rows as they are read
SHOW_LATEX = {
    "Atlas", "Boundaries", "Boundary", "Classification", "Derivation", "OneWeight", "PhaseRetrieval",
    "PolynomialFamily", "PolynomialLoss", "PolynomialModel", "RealAlgebraic", "Step", "TwoLayerNetwork", "Window",
}  # fmt: skip  # rows as they are read
LEVELS = ("exact", "certified", "numerical", "observed")


@cache
def shown(name: str) -> Any:
    return TABLE[name]()


def _public_records() -> set[str]:
    """Classes that a user meets as objects: no kinds (Enum), no errors, nothing abstract."""
    classes = {name: getattr(symphase, name) for name in symphase.__all__ if name[0].isupper()}
    return {
        name
        for name, kind in classes.items()
        if inspect.isclass(kind) and not issubclass(kind, (enum.Enum, Exception)) and not inspect.isabstract(kind)
    }


def test_the_table_holds_an_object_of_every_public_record() -> None:
    assert len(TABLE) > 50
    assert _public_records() - set(TABLE) == set(), "add an object of these to the table"
    assert [name for name in NAMES if type(shown(name)).__name__ != name] == []


# ------------------------------------------------------------------------------------------------------ at the prompt


@pytest.mark.parametrize("name", NAMES)
def test_one_informative_line_at_the_prompt(name: str) -> None:
    line = repr(shown(name))
    assert len(line) <= LINE_LENGTH
    assert line.isprintable()  # one line
    assert line.startswith((f"<{name}", f"{name}("))
    assert line.rstrip(">").removeprefix(f"<{name}").strip(" :") != ""
    assert not re.search(r" object at 0x|array\(|Fraction\(|\bNone\b|\w+=[A-Z]\w+\(", line)


@pytest.mark.parametrize("name", NAMES)
def test_the_line_says_how_sure_it_is(name: str) -> None:
    thing = shown(name)
    certainty = getattr(thing, "certainty", None)
    if certainty is None:
        assert name not in {"Boundary", "Classification", "TopologicalEntropy"}
    else:
        assert str(certainty) in repr(thing)


def test_a_long_text_is_cut_and_stays_on_one_line() -> None:
    assert cut("a b", 3) == "a b"
    assert cut("abcd", 3) == "ab…"
    assert cut("a\n\tb\u00a0c") == "a b c"
    assert len(cut("x " * 10**6)) <= LINE_LENGTH
    line = repr(symphase.dataset([[1.0]], [1.0], name="first\nsecond" * 50))
    assert len(line) <= LINE_LENGTH
    assert "\n" not in line


def test_huge_objects_have_short_lines_at_once() -> None:
    x, r = sympy.symbols("x r")
    wide = sum((k + 1) * 7**3000 * x**k * r for k in range(2, 64))
    began = time.perf_counter()
    many = [
        PolynomialFamily(wide, variable=x, parameter=r),
        TwoLayerNetwork(alpha=1, width=100_000),
        RealAlgebraic([-(10**400) - 1, *[0] * 199, 1], Fraction(0), Fraction(1000)),
        PolynomialModel(sum(w * sympy.Symbol("w") ** (k + 1) for k, w in enumerate(sympy.symbols("b0:60")))),
    ]
    texts = [text for thing in many for text in (repr(thing), getattr(thing, "_repr_html_", lambda: "")())]
    assert time.perf_counter() - began < 8
    assert max(len(repr(thing)) for thing in many) <= LINE_LENGTH
    assert max(len(text) for text in texts) < 30_000


def test_numbers_are_shown_exactly_or_with_their_first_digits() -> None:
    assert number_text(Fraction(-5, 4)) == "-1.25"
    assert number_text(Fraction(2, 7)) == "2/7"
    assert number_text(Fraction(0.1)) == "0.1000000000000000…"
    assert number_text(-Fraction(10**9, 3**30)) == "-0.0000048569357496…"
    assert number_text(Fraction(7) ** 900) == "≈ 2^2526"
    assert number_text(-Fraction(10**5000)) == "≈ -2^16609"
    assert number_text(Fraction(1, 10**500 + 1) + 2) == "≈ 2"
    assert number_text(float("inf")) == "inf"
    assert bounds_text(Fraction(1, 3), Fraction(1, 3)) == "1/3"
    assert bounds_text(Fraction(-1, 10**20), Fraction(1, 10**20)).startswith("(")
    assert bounds_text(Fraction("0.49999"), Fraction("0.50001"), 3) == "0.500…"


def test_a_formula_that_nobody_can_read_is_told_instead() -> None:
    x = sympy.Symbol("x")
    long = sum(x**k for k in range(2, 300))
    assert formula_line(long) == "a formula of 298 terms in x"
    assert formula_html(long) == "a formula of 298 terms in x"
    assert latex_inline(long) == r"$\text{a formula of 298 terms in x}$"
    assert formula_line(x + sympy.Integer(3) ** 20_000).startswith("a formula of 2 terms")


# ------------------------------------------------------------------------------------------------------ in a notebook


class _Page(html.parser.HTMLParser):
    """Reads markup; remembers elements, their styles, and whether each is closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += attrs
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def _read(markup: str) -> _Page:
    page = _Page()
    page.feed(markup)
    page.close()
    assert page.open == []
    return page


def test_what_a_notebook_shows_is_known() -> None:
    assert {name for name in NAMES if hasattr(shown(name), "_repr_html_")} >= SHOW_TABLES
    assert {name for name in NAMES if hasattr(shown(name), "_repr_latex_")} == SHOW_LATEX


@pytest.mark.parametrize("name", sorted(SHOW_TABLES))
def test_tables_are_small_accessible_and_leave_colours_to_the_page(name: str) -> None:
    markup = shown(name)._repr_html_()
    page = _read(markup)
    assert len(markup) < 40_000
    assert page.seen.count("table") == page.seen.count("caption") > 0
    assert all(value in {"row", "col"} for key, value in page.attributes if key == "scope")
    assert page.seen.count("th") == sum(key == "scope" for key, _ in page.attributes) > 0
    assert {"script", "style", "img", "a", "font", "b", "i"}.isdisjoint(page.seen)
    assert {"src", "href", "class", "id", "color", "bgcolor"}.isdisjoint(key for key, _ in page.attributes)
    colours = re.findall(r"(?:color|background[a-z-]*)\s*:\s*([^;\"]+)", markup)
    assert set(colours) <= {"inherit"}
    assert page.seen.count("tr") <= 3 * (ROWS + 2) + 12


@pytest.mark.parametrize("name", sorted(SHOW_TABLES - {"DataSet", "Problem", "SweepSpec", "PolynomialFamily"}))
def test_tables_say_how_sure_they_are(name: str) -> None:
    markup = shown(name)._repr_html_()
    assert any(re.search(rf"<span style=[^>]*>{level}</span>", markup) for level in LEVELS)


@pytest.mark.parametrize("name", sorted(SHOW_LATEX))
def test_latex_is_one_inline_formula(name: str) -> None:
    text = shown(name)._repr_latex_()
    assert text.startswith("$")
    assert text.endswith("$")
    assert text.count("$") == 2
    assert "\n" not in text
    assert text.count("{") == text.count("}")


def test_the_formulas_are_those_of_the_objects() -> None:
    assert family()._repr_latex_() == r"$z \leftarrow z^{3} + (a - 2)z^{2} + (1 - 2a)z$"
    assert boundaries()[3]._repr_latex_() == r"$a = \sqrt{5} - 1$"
    assert boundaries()[5]._repr_latex_() == r"$a \in (1.3022826,\, 1.3022838)$"
    assert "<msqrt><mn>5</mn></msqrt>" in boundaries()[3]._repr_html_()
    assert "1.236067977500" in boundaries()._repr_html_()
    assert derivation().steps[-1]._repr_latex_().startswith("$z' = ")


def test_latex_of_collections_has_a_row_for_each_and_says_how_sure() -> None:
    rows = boundaries()._repr_latex_().split(r" \\ ")
    assert len(rows) == len(boundaries())
    assert r"a = 2\sqrt{2} - 2 & \text{exact}" in rows[1]
    assert r"a = 1.450440964488\ldots & \text{exact}" in rows[6]  # of degree 8: its digits
    assert r"a \in (1.3022826,\, 1.3022838) & \text{certified}" in rows[5]
    rows = atlas()._repr_latex_().split(r" \\ ")
    assert len(rows) == ROWS + 1
    assert all(r"\text{certified}" in row for row in rows[:-1])
    assert rows[-1].startswith(rf"\ldots\ \text{{{len(atlas()) - ROWS} more}}")
    assert r"\text{certified}" in atlas()[0]._repr_latex_()
    found = symphase.classify("1.455")
    assert found._repr_latex_() == r"$a = 1.455:\ \text{periodic (period 3, a window in the chaotic range), certified}$"
    assert symphase.classify("1/3")._repr_latex_() == r"$a = \frac{1}{3}:\ \text{monotonic, exact}$"
    assert symphase.classify(0.1)._repr_latex_().startswith(r"$a = \text{0.10000000000000000555\ldots")
    root = boundaries()[3].algebraic
    assert root is not None
    assert r"\sqrt{5}" in symphase.classify(root)._repr_latex_()


@pytest.mark.parametrize("phase", Phase)
def test_a_phase_is_its_word(phase: Phase) -> None:
    assert phase._repr_html_() == f"<strong>{phase}</strong>"
    assert phase._repr_latex_() == rf"$\text{{{phase}}}$"


def test_no_real_number_is_written_with_complex_ones() -> None:
    x = sympy.Symbol("x")
    casus = RealAlgebraic([1, -3, 0, 1], Fraction(1), Fraction(2))  # three real roots, no real radicals
    radicals = casus.radicals()
    assert radicals is not None
    assert radicals.has(sympy.I)
    assert casus.real_radicals() is None
    assert casus.text("x") == f"root of {x**3 - 3 * x + 1} in (1.5, 1.6)"
    assert casus.formula("x") == "root of x³ − 3x + 1 in (1.5, 1.6)"
    nested = RealAlgebraic([-1, -1, 0, 0, 1], Fraction(1), Fraction(2))  # radicals of a hundred signs: none reads them
    assert nested.formula("x") == "root of x⁴ − x − 1 in (1.2, 1.3)"
    assert "sqrt(" in nested.text("x")
    assert "i" not in re.sub(r"\\text\{[^}]*\}", "", casus.latex("x"))


def test_bounds_are_rounded_away_from_each_other() -> None:
    for lower, upper in (
        (Fraction(1, 3), Fraction(2, 3)),
        (Fraction(-2, 3), Fraction(-1, 7)),
        (Fraction(0), Fraction(0)),
    ):
        for scale in (Fraction(1), Fraction(10**12), Fraction(1, 10**12)):
            for digits in (1, 3, 9):
                texts = outward_text(lower * scale, upper * scale, digits)
                low, high = (Fraction(text) for text in texts)
                assert low <= lower * scale <= upper * scale <= high
                assert high - upper * scale <= abs(upper) * scale / 10 ** (digits - 1)
                assert lower * scale - low <= abs(lower) * scale / 10 ** (digits - 1)
    assert outward_text(Fraction("0.1234"), Fraction("99.96"), 3) == ("0.123", "100")


@pytest.mark.parametrize("name", ["Analysis", "DataSet", "StoreReport", "SweepResult", "Study", "Training"])
def test_text_of_users_is_escaped(name: str) -> None:
    thing = shown(name)
    if name in {"Study", "Training"}:
        named = replace(problem(), name=HOSTILE)
        thing = replace(training(), problem=named) if name == "Training" else replace(study(), problem=named)
    markup = thing._repr_html_()
    assert "<script" not in markup
    assert "&lt;script&gt;" in markup
    assert "long " * 80 not in markup


def test_what_a_data_set_calls_its_columns_is_escaped() -> None:
    held = symphase.dataset([[1.0]], [2.0], feature_names=["<i>x</i>"], target_name="<u>y</u>")
    assert _read(held._repr_html_()).text.count("<i>x</i>") == 1
    assert "<u>" not in held._repr_html_()


def test_long_collections_are_cut() -> None:
    asked = []

    def rows() -> Any:
        for number in range(10**5):
            asked.append(number)
            yield [str(number)]

    page = _read(rows_table("many", ["n"], rows(), total=10**9))
    assert len(asked) <= ROWS + 1
    assert f"… {10**9 - ROWS} more" in page.text
    assert "more" not in _read(rows_table("few", ["n"], ([str(n)] for n in range(ROWS)), total=ROWS)).text
    assert f"… {len(atlas()) - ROWS} more" in atlas()._repr_html_()
    assert _read(facts_table("facts", [("<n>", "1"), ("empty", "")])).text == "facts<n>1"
    assert text_html(3) == "3"


@pytest.mark.slow  # needs Jupyter
@pytest.mark.parametrize("name", NAMES)
def test_ipython_shows_what_the_object_says(name: str) -> None:
    formatters = pytest.importorskip("IPython.core.formatters", reason="IPython comes with the extra 'dev'")
    shower = formatters.DisplayFormatter()
    thing = shown(name)
    found, _ = shower.format(thing)
    wanted = {"text/plain"}
    wanted |= {"text/html"} if hasattr(thing, "_repr_html_") else set()
    wanted |= {"text/latex"} if hasattr(thing, "_repr_latex_") else set()
    assert set(found) == wanted
    assert found["text/plain"] == repr(thing)


def test_showing_draws_nothing() -> None:
    code = (
        "import sys, symphase\n"
        "d = symphase.derive(symphase.PhaseRetrieval())\n"
        "for thing in (d, d.family, d.steps[0], symphase.find_boundaries(d.family), symphase.classify('1.5')):\n"
        "    repr(thing), thing._repr_html_()\n"
        "print(sorted({'matplotlib', 'IPython', 'scipy.optimize'} & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert run.stdout == "[]\n", run.stderr


class _Shell:
    """Stands for IPython's: keeps what is published."""

    def __init__(self, notebook: bool) -> None:
        self.published: list[dict[str, str]] = []
        self.display_pub = self
        if notebook:
            self.kernel = object()

    def publish(self, data: dict[str, str]) -> None:
        self.published.append(data)


@pytest.mark.parametrize("notebook", [True, False], ids=["notebook", "terminal"])
def test_a_picture_is_shown_in_a_notebook_only(notebook: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    shell = _Shell(notebook)
    ipython = ModuleType("IPython")
    ipython.get_ipython = lambda: shell  # type: ignore[attr-defined]  # a module made here
    ipython.version_info = (9, 0, 0)  # type: ignore[attr-defined]  # matplotlib asks for it
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    show(new_axes(4, 3), 'an "empty" frame')
    assert len(shell.published) == notebook
    for data in shell.published:
        assert data["text/plain"] == 'an "empty" frame'
        assert data["text/html"].startswith('<img src="data:image/svg+xml;base64,')
        assert 'alt="an &quot;empty&quot; frame"' in data["text/html"]


def test_a_picture_is_not_shown_in_a_script(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    show(new_axes(4, 3))
    assert capfd.readouterr() == ("", "")


# --------------------------------------------------------------------------------------------------------- completion


def test_regression_control_characters_are_shown_as_escapes() -> None:
    """They were in the page as they are."""
    html = symphase.dataset([[1.0]], [1.0], name="\0</script>\ud83d é", feature_names=["a\0"])._repr_html_()
    assert r"<strong>\x00&lt;/script&gt;\ud83d é</strong>" in html
    assert r">a\x00</th>" in html


def test_dir_lists_the_public_names_and_nothing_else() -> None:
    assert dir(symphase) == sorted(symphase.__all__)
    assert [name for name in dir(symphase) if name.startswith("_") and name != "__version__"] == []


@pytest.mark.slow  # needs Jupyter
def test_ipython_completes_the_public_names() -> None:
    completer = pytest.importorskip("IPython.core.completer", reason="IPython comes with the extra 'dev'")
    finder = completer.Completer(namespace={"symphase": symphase, "boundary": boundaries()[3]})
    finder.use_jedi = False
    offered = {text.removeprefix("symphase").lstrip(".") for text in finder.attr_matches("symphase.")}
    public = {name for name in symphase.__all__ if not name.startswith("_")}
    assert {name for name in offered if not name.startswith("__")} == public  # IPython adds what every object has
    assert "boundary.certainty" in finder.attr_matches("boundary.cert")


_SLOW = {("Derivation", "holds")}  # its docstring says so
_REFUSES = {("PolynomialLoss", "prediction"), ("PolynomialLoss", "loss_weight")}  # a loss has no prediction


@pytest.mark.parametrize("name", NAMES)
def test_looking_at_attributes_is_quick_and_safe(name: str) -> None:
    thing = shown(name)
    for attribute in dir(thing):
        if attribute.startswith("_") or (name, attribute) in _SLOW | _REFUSES:
            continue
        began = time.perf_counter()
        getattr(thing, attribute)
        assert time.perf_counter() - began < 1, attribute


# ------------------------------------------------------------------------------------ pickles, copies and comparisons


def _pickled(thing: Any, protocol: int = pickle.HIGHEST_PROTOCOL) -> Any:
    return pickle.loads(pickle.dumps(thing, protocol))  # noqa: S301  # made here


@pytest.mark.parametrize("name", NAMES)
def test_a_pickle_comes_back_equal(name: str) -> None:
    thing = shown(name)
    for protocol in (2, pickle.HIGHEST_PROTOCOL):
        back = _pickled(thing, protocol)
        assert type(back) is type(thing)
        assert back == thing
        assert (back != thing) is False
        assert repr(back) == repr(thing)


@pytest.mark.parametrize("name", NAMES)
def test_copies_are_equal(name: str) -> None:
    thing = shown(name)
    for back in (copy.copy(thing), copy.deepcopy(thing)):
        assert back == thing
        assert type(back) is type(thing)


@pytest.mark.parametrize("name", NAMES)
def test_equal_objects_have_equal_hashes(name: str) -> None:
    thing = shown(name)
    back = _pickled(thing)
    try:
        mine = hash(thing)
    except TypeError:
        assert name == "PhaseAgreement"  # holds a dictionary
        return
    assert isinstance(thing, Hashable)
    assert hash(back) == mine
    assert len({thing, back}) == 1


@pytest.mark.parametrize("name", NAMES)
def test_comparing_with_something_else_says_no(name: str) -> None:
    thing = shown(name)
    for other in PLAIN_VALUES:
        assert (thing == other) is False
        assert (other == thing) is False
        assert thing != other
    others = [shown(each) for each in NAMES if each != name]
    assert [type(other).__name__ for other in others if thing == other] == []
    answer = thing.__eq__(object())
    assert answer is NotImplemented or answer is False


def test_arrays_within_records_compare_by_value_and_stay_read_only() -> None:
    runs = training()
    again = symphase.train(problem(), step_sizes=[0.01, 9.0], runs=7, rng=1, steps=20, measures=("sharpness",))
    assert runs == again
    assert hash(runs) == hash(again)
    changed = runs.losses.copy()
    changed[0, 0] = np.nextafter(changed[0, 0], np.inf)
    assert replace(runs, losses=changed) != runs
    assert replace(runs, sharpness=None) != runs
    for back in (_pickled(runs), copy.deepcopy(runs)):
        assert not back.losses.flags.writeable
        assert not back.problem.data.features.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            back.losses[0, 0] = 0


def test_nothing_is_equal_by_the_accident_of_a_float() -> None:
    root = boundaries()[3].value
    assert isinstance(root, RealAlgebraic)
    assert float(root) == 5**0.5 - 1
    assert root != 5**0.5 - 1
    assert RealAlgebraic.rational(Fraction(1, 2)) == 0.5  # the very number
    assert RealAlgebraic.rational(Fraction(1, 10)) != 0.1
    assert symphase.classify("0.1") != symphase.classify(0.1)
    assert symphase.dataset([[1.0]], [1.0]) != symphase.dataset([[1.0]], [np.nextafter(1.0, 2)])


def test_missing_values_are_equal_and_kinds_of_numbers_are_not() -> None:
    path = symphase.cobweb_path(family(), 1.1, start=0.3, steps=3)
    empty = replace(path, x=np.array([np.nan, 1.0]))
    assert empty == replace(path, x=np.array([np.nan, 1.0]))
    assert empty != replace(path, x=np.array([1.0, np.nan]))
    assert replace(path, x=np.array([1.0])) != replace(path, x=np.array([1.0], dtype=np.float32))
    assert replace(path, x=np.array([1.0])) != replace(path, x=np.array([[1.0]]))
    assert replace(path, parameter=float("nan")) == replace(path, parameter=float("nan"))
    assert hash(replace(path, parameter=float("nan"))) == hash(replace(path, parameter=float("nan")))
    assert len({replace(path, parameter=2.0), replace(path, parameter=2.0), path}) == 2


def test_errors_on_held_out_data_compare_by_value() -> None:
    places = np.array([1.0, 2.0])
    first, second = (HeldOutErrors(positions=places, last_iterate=np.array([[1.0, np.inf]])) for _ in range(2))
    assert first == second == _pickled(first)
    assert first != HeldOutErrors(positions=places, last_iterate=np.array([[1.0, 2.0]]))
    assert repr(first) == "<HeldOutErrors: 1 seed at 2 positions of step t [observed]>"


def test_every_record_with_an_array_compares_by_value() -> None:
    for name in NAMES:
        thing = shown(name)
        if is_dataclass(thing) and any(isinstance(getattr(thing, f.name), np.ndarray) for f in fields(thing)):
            assert isinstance(thing, (ArrayRecord, DataSet)), name


@pytest.mark.parametrize(
    "thing",
    [
        *symphase.Phase,
        *symphase.Certainty,
        *symphase.Verdict,
        *symphase.BoundaryKind,
        *symphase.Place,
        *symphase.CycleTie,
    ],
    ids=repr,
)
def test_kinds_are_the_same_after_a_pickle(thing: enum.Enum) -> None:
    assert _pickled(thing) is thing
    assert copy.deepcopy(thing) is thing
    assert thing != thing.value


@pytest.mark.parametrize(
    "error",
    [
        InputError("argument", 3, "must be 4", "give 4"),
        symphase.SymphaseError("told"),
        symphase.AtlasError("told"),
        symphase.StoreDamaged("told"),
        symphase.StoreMismatch("told"),
        symphase.StoreLocked("told"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_say_the_same_after_a_pickle(error: Exception) -> None:
    back = _pickled(error)
    assert type(back) is type(error)
    assert str(back) == str(error)


def test_a_failed_sweep_says_the_same_after_a_pickle() -> None:
    error = symphase.SweepFailed(shown("SweepResult"))
    back = _pickled(error)
    assert str(back) == str(error)
    assert back.result == error.result


def test_a_record_without_a_line_is_noticed() -> None:
    class Silent(Shown):
        pass

    with pytest.raises(NotImplementedError):
        repr(Silent())
    assert repr(Phase.CHAOTIC) == "<Phase.CHAOTIC: 'chaotic'>"
