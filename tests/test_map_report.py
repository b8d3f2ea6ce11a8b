"""Reports about maps, losses and models: their phases in the reader's own unit, and nothing said that is not known."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sympy
from pages import parsed

from symphase.boundaries import Boundaries, find_boundaries
from symphase.errors import InputError
from symphase.maps import PolynomialFamily
from symphase.models import Model, OneWeight, PolynomialLoss, TwoLayerNetwork
from symphase.phases import Phase, residual_boundaries, residual_family
from symphase.plots import phase_spans
from symphase.plots.spans import phase_pieces
from symphase.reports import maps as map_report
from symphase.reports import pictures
from symphase.reports.answers import outlook, times
from symphase.reports.appendix import Appendix, appendix_of
from symphase.reports.chapters import cut_digits
from symphase.reports.maps import MapReport, write_map_report
from symphase.reports.pictures import Picture
from symphase.reports.schemas import schema_text

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema comes with the extra 'test'")

x, r = sympy.symbols("x r")
LOGISTIC = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
MANDELBROT = PolynomialFamily(x**2 + r, variable=x, parameter=r)


@dataclass(frozen=True)
class _Paper:
    """In the place of a whole paper, which has tests of its own."""

    tex: str = "% paper\n\\end{abstract}\n"
    verification: Any = None


@cache
def _appendix(boundaries: Boundaries) -> Appendix:
    return appendix_of(boundaries)


@pytest.fixture(autouse=True)
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pictures, no paper, and no verification, which test_verification looks at."""
    for name, value in (("COLUMNS", 60), ("KEEP", 40), ("TRANSIENT", 30)):
        monkeypatch.setattr(pictures, name, value)
    monkeypatch.setattr(map_report, "_EXPONENTS", 41)
    monkeypatch.setattr(map_report, "_AVERAGED", 200)
    monkeypatch.setattr(map_report, "appendix_of", lambda boundaries, **_: _appendix(boundaries))
    monkeypatch.setattr(map_report, "article", lambda *_, **__: _Paper())
    monkeypatch.setattr(map_report, "verify", lambda *_, **__: None)
    monkeypatch.setattr(map_report, "report_pdf", lambda *_: (None, ""))


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pictures but the strip."""
    monkeypatch.setattr(map_report, "cobweb_picture", lambda *_, phase, **__: Picture(name=f"cobweb-{phase}", html=""))
    monkeypatch.setattr(map_report, "diagram_picture", lambda *_: Picture(name="diagram", html=""))
    monkeypatch.setattr(map_report, "_exponents", lambda *_: Picture(name="lyapunov", html=""))


def _made(folder: Path, subject: Model | PolynomialFamily, **options: Any) -> tuple[MapReport, str, dict[str, Any]]:
    done = write_map_report(folder / "out", subject, **options)
    text = done.index.read_text(encoding="utf-8")
    record = json.loads((done.folder / "boundaries.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(json.loads(schema_text("boundaries")))
    assert list(validator.iter_errors(record)) == []
    page = parsed(text)
    assert len(page.find("h1")) == 1
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)
    return done, text, record


def _heading(text: str) -> str:
    (heading,) = parsed(text).find("h1")
    return "".join(heading.text).replace("\xa0", " ")


def _ladder(text: str) -> list[tuple[str, str]]:
    rows = re.findall(
        r'<th scope="row"><span class="phase \w+">(\w+)</span></th><td><span class="number">(.*?)</span>', text
    )
    return [(phase, reach.replace("&gt;", ">").replace("&lt;", "<").replace("\xa0", " ")) for phase, reach in rows]


@pytest.mark.slow  # some seconds of the five minutes that the others share
@pytest.mark.usefixtures("undrawn")
def test_a_loss_is_told_in_the_letters_of_the_loss(tmp_path: Path) -> None:
    _, text, _ = _made(tmp_path, PolynomialLoss("(w^2-1)^2/4"))
    derived = text[text.index('<section id="derivation"') : text.index('<section id="theorems"')]
    assert "<mi>p</mi>" not in derived, "p is a projection, and there is none"
    assert "<mi>j</mi>" not in derived, "nor are there samples"
    assert "\u22a4" not in derived, "nor vectors"
    words = re.sub(r"<[^>]+>", "", derived)
    assert "w′=w−ηw(w+1)(w−1)" in words
    assert "1, multiplier 1−2η" in words, "the fixed points are those of the map above them"
    assert "With z=η(w2−1) and a=η the residual follows z←z3+(a−2)z2+(1−2a)z" in words


def test_letters_of_parameters_are_letters(tmp_path: Path) -> None:
    _, text, _ = _made(tmp_path, PolynomialLoss("w^3/3 - w"))
    page = re.sub(r'href="[^"]*"|<code>.*?</code>', "", text)
    assert not re.findall(r".{20}\beta\b.{20}", page)
    assert "<mi>η</mi>" in page
    assert "step size × sharpness" not in page[: page.index('id="glossary"')]


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_a_map_of_ones_own_at_a_value(tmp_path: Path) -> None:
    calls: list[tuple[str, int, int]] = []
    done, text, record = _made(tmp_path, LOGISTIC, at="3.2", progress=lambda *call: calls.append(call))
    assert _heading(text) == "At r = 3.2 it goes round 2 values for ever."
    assert _ladder(text) == [
        ("monotonic", "≤ 2"),
        ("catapult", "≤ 3"),
        ("periodic", "≤ 3.569"),
        ("chaotic", "≤ 4"),
        ("divergent", "> 4"),
    ]
    assert '<tr class="here"><th scope="row"><span class="phase periodic">' in text
    assert record["place"] == {
        "unit": "r",
        "value": "16/5",
        "phase": "periodic",
        "label": "an attracting cycle of period 2",
        "certainty": "certified",
        "evidence": record["place"]["evidence"],
    }
    figures = parsed(text).find("figure")
    assert len(figures) == len(record["figures"]) == 1 + 5 + 1 + 1
    assert all("numbers (CSV)" in "".join(figure.text) for figure in figures)
    assert done.agrees
    assert done.derivation is None
    assert "map.tex" in {path.name for path in done.folder.iterdir()}
    assert [call[1] for call in calls] == sorted(call[1] for call in calls)
    assert calls[-1] == ("done", calls[-1][2], calls[-1][2])


@pytest.mark.usefixtures("undrawn")
def test_a_window_of_order_is_told_as_one_within_chaos(tmp_path: Path) -> None:
    _, text, record = _made(tmp_path, LOGISTIC, at="3.83")
    assert _heading(text) == "At r = 3.83 it goes round 3 values for ever."
    row = text.split('<tr class="here">')[1].split("</tr>")[0]
    assert '<span class="phase chaotic">' in row
    assert "but in a narrow window, as here, goes round 3 values" in row
    assert record["place"]["phase"] == "periodic"


@pytest.mark.usefixtures("undrawn")
def test_a_map_whose_phases_follow_downwards(tmp_path: Path) -> None:
    _, text, _ = _made(tmp_path, MANDELBROT)
    assert _heading(text) == "It settles on one value down to r = −0.75, and diverges below −2."
    assert _ladder(text) == [
        ("monotonic", "≥ 0"),
        ("catapult", "≥ −0.75"),
        ("periodic", "≥ −1.401"),
        ("chaotic", "≥ −2"),
        ("divergent", "< −2"),
    ]


@pytest.mark.usefixtures("undrawn")
def test_a_loss_has_its_phases_in_its_own_step_size(tmp_path: Path) -> None:
    done, text, record = _made(tmp_path, PolynomialLoss("3*(w^2-2)^2"), at="1/30")
    # a = 24η for this loss, so that its phases end at 24 times smaller step sizes
    assert _heading(text) == "At step size η = 1/30 the loss falls at every step."
    assert _ladder(text)[1] == ("catapult", "≤ 0.04166")
    assert _ladder(text)[-1] == ("divergent", "> 0.08334")
    assert "yours) it still converges" in text
    assert done.derivation is not None
    assert record["place"]["phase"] == "monotonic"
    assert record["derivation"]["model"] == "polynomial loss"


@pytest.mark.usefixtures("undrawn")
def test_a_model_is_told_in_step_size_times_sharpness(tmp_path: Path) -> None:
    done, text, _ = _made(tmp_path, OneWeight(), at="9/10")
    assert _heading(text) == "At a = 0.9 the loss may jump up first, and then converges."
    assert _ladder(text)[0] == ("monotonic", "≤ 1.656 (a ≤ 0.828)")
    assert done.boundaries is residual_boundaries()
    assert "derivation.tex" in {path.name for path in done.folder.iterdir()}


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_a_map_of_which_little_is_known_is_given_no_phases(tmp_path: Path) -> None:
    family = PolynomialFamily(x - r * (x**3 - x + sympy.Rational(1, 10)), variable=x, parameter=r)
    assert phase_spans(find_boundaries(family)) == ()
    done, text, record = _made(tmp_path, family, at="1/2")
    assert _ladder(text) == []
    assert "Not every phase of this map has two known ends" in text
    assert "strip" not in {Path(figure["file"]).stem for figure in record["figures"]}
    assert record["place"]["phase"] is None
    assert done.boundaries.missing
    assert None in [entry["seen"] for entry in record["sign_changes"]] or done.agrees
    for boundary in done.boundaries:
        assert boundary.after in text


def test_phases_need_both_of_their_ends() -> None:
    complete = list(residual_boundaries())
    assert [phase for phase, *_ in phase_pieces(complete)] == [
        Phase.MONOTONIC,
        Phase.CATAPULT,
        Phase.PERIODIC,
        Phase.CHAOTIC,
        Phase.DIVERGENT,
    ]
    without_onset = [each for each in complete if "onset" not in each.name]
    assert [phase for phase, *_ in phase_pieces(without_onset)] == [Phase.MONOTONIC, Phase.CATAPULT, Phase.DIVERGENT]


@pytest.mark.parametrize(
    "value", [Fraction(1, 2), Fraction(5, 2), Fraction(3), Fraction(16, 5), Fraction(19, 5), Fraction(5)]
)
def test_the_phase_of_a_value_is_the_one_between_whose_ends_it_lies(value: Fraction) -> None:
    found = map_report._phase_at(find_boundaries(LOGISTIC), value)
    expected = {
        Fraction(1, 2): None,
        Fraction(5, 2): Phase.CATAPULT,
        Fraction(3): Phase.CATAPULT,
        Fraction(16, 5): Phase.PERIODIC,
        Fraction(19, 5): Phase.CHAOTIC,
        Fraction(5): Phase.DIVERGENT,
    }
    assert found is expected[value]


@pytest.mark.parametrize("value", [Fraction(1, 8), Fraction(-1, 2), Fraction(-1), Fraction(-7, 4), Fraction(-3)])
def test_and_where_the_phases_follow_downwards(value: Fraction) -> None:
    found = map_report._phase_at(find_boundaries(MANDELBROT), value)
    phases = (Phase.MONOTONIC, Phase.CATAPULT, Phase.PERIODIC, Phase.CHAOTIC, Phase.DIVERGENT)
    assert found is phases[[Fraction(1, 8), Fraction(-1, 2), Fraction(-1), Fraction(-7, 4), Fraction(-3)].index(value)]


@pytest.mark.parametrize(
    ("subject", "options", "match"),
    [
        (TwoLayerNetwork(outer_weights=(1, -1)), {}, "has no residual map to report on"),
        (PolynomialFamily(r * x**2 + x**3, variable=x, parameter=r), {}, "family"),
        (LOGISTIC, {"at": "much"}, "at"),
    ],
    ids=["mixed signs", "no flip", "no number"],
)
def test_what_cannot_be_reported_on_writes_nothing(
    tmp_path: Path, subject: Any, options: dict[str, Any], match: str
) -> None:
    with pytest.raises(InputError, match=match):
        write_map_report(tmp_path / "out", subject, **options)
    assert list(tmp_path.iterdir()) == []


def test_ratios_and_digits_are_never_on_the_wrong_side() -> None:
    assert times(Fraction(2), Fraction(3)) == "0.66 ×"
    assert times(Fraction(2), Fraction(3), up=True) == "0.67 ×"
    assert times(Fraction(1234), Fraction(10)) == "123 ×"
    third = (Fraction(1, 3), Fraction(1, 3))
    assert (cut_digits(third, 3), cut_digits(third, 3, up=True)) == ("0.333", "0.334")
    assert cut_digits((Fraction(-3, 4), Fraction(-3, 4)), 3, up=True) == "-0.75"
    assert cut_digits((Fraction(2), Fraction(2)), 3) == "2"
    assert cut_digits((Fraction(2), Fraction(21, 10)), 3) == "2.000", "only an exact number loses its zeros"


def test_the_outlook_says_only_what_is_ahead() -> None:
    ends = {
        phase: ((digits, Fraction(digits)), (digits, Fraction(digits)))
        for phase, digits in ((Phase.MONOTONIC, "0.8"), (Phase.CATAPULT, "1"), (Phase.CHAOTIC, "2"))
    }
    low, middle, high, gone = (outlook(Fraction(step), ends) for step in ("0.5", "0.9", "1.5", "3"))
    assert "still falls at every step" in low
    assert "To converge" not in low
    assert "still falls" not in middle
    assert "For a loss that falls at every step, at most" in middle
    assert "To converge, take at most" in high
    assert "runs off to infinity" in high
    assert "runs off to infinity" not in gone


@pytest.mark.usefixtures("undrawn")
def test_the_residual_map_under_other_names_is_still_known(tmp_path: Path) -> None:
    family = residual_family()
    renamed = PolynomialFamily(
        family.expression.subs({family.variable: x, family.parameter: r}, simultaneous=True), variable=x, parameter=r
    )
    done, _, _ = _made(tmp_path, renamed)
    assert len(done.boundaries) == 9
