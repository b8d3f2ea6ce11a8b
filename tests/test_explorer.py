"""The explorer's file: whole, closed to the network, safe with any name, and with the package's own numbers."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import math
import re
from fractions import Fraction
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import rich.console  # noqa: F401  # it draws random numbers when first imported: here, not in some test
import sympy
from test_cli import ok, run

from symphase.atlas import build_atlas
from symphase.errors import InputError
from symphase.explorer import checked_file, explorer_page, write_explorer
from symphase.explorer import story as explorer_story
from symphase.explorer.record import explorer_record
from symphase.maps import PolynomialFamily
from symphase.models import OneWeight, PhaseRetrieval, PolynomialLoss, PolynomialModel, TwoLayerNetwork
from symphase.phases import residual_boundaries, residual_family
from symphase.tables import dataset, load_digit_dct
from symphase.theorems import phase_theorems
from symphase.theorems.proofs import Identity, ProofLine

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = '</script><script>alert(1)</script><!-- & "\u2028'


class _Elements(HTMLParser):
    """Elements with their attributes, and the text of each script and style."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.open = tag
        if tag in self.raw:
            self.raw[tag].append("")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  # the parser's signature
        self.open = ""

    def handle_data(self, data: str) -> None:
        if self.open in self.raw:
            self.raw[self.open][-1] += data

    def known(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw["script"][0])
        return found


@pytest.fixture(scope="module")
def page() -> str:
    return explorer_page()


@pytest.fixture(scope="module")
def elements(page: str) -> _Elements:
    return _Elements(page)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# --- one file, closed -------------------------------------------------------------------------------------------------


def test_the_page_is_small_and_whole(page: str, elements: _Elements) -> None:
    assert 100_000 < len(page.encode()) < 600_000
    assert page.startswith("<!DOCTYPE html>")
    assert page.endswith("</html>\n")
    assert "$" not in re.sub(r"\$\{|`[^`]*`", "", page.partition("<script")[0].partition("</style>")[2])
    ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    asked = set(re.findall(r'\bel\("([a-z-]+)"\)', elements.raw["script"][1]))
    assert asked <= set(ids)


def test_the_page_loads_nothing_and_says_so_to_the_browser(page: str, elements: _Elements) -> None:
    policy = next(a["content"] for t, a in elements.found if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    assert f"script-src '{_hash(elements.raw['script'][1])}'" in policy
    assert f"style-src '{_hash(elements.raw['style'][0])}'" in policy
    assert "unsafe" not in policy
    for tag, attributes in elements.found:
        assert not attributes.keys() & {"src", "href", "srcset", "style", "onclick", "onload"}, tag
    style, script = elements.raw["style"][0], elements.raw["script"][1]
    assert "@import" not in style
    assert "url(" not in style
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|import|eval|Function|document\.write)\b\s*\(", script)
    assert "http" not in re.sub(r"http-equiv", "", page.replace(script, "")).replace("http://www.w3.org", "")


@pytest.mark.parametrize("place", ["data", "symbol", "command"])
def test_names_from_outside_never_reach_the_page_raw(place: str) -> None:
    if place == "data":
        text = explorer_page(None, dataset([[1.0]], [1.0], name=HOSTILE), max_period=1)
    elif place == "symbol":
        x, r = sympy.Symbol(HOSTILE), sympy.Symbol("<r>")
        text = explorer_page(PolynomialFamily(r * x * (1 - x), variable=x, parameter=r), max_period=1)
    else:
        text = explorer_page(max_period=1, command=HOSTILE)
    found = _Elements(text)
    assert len(found.raw["script"]) == 2
    assert found.known()["kind"] in ("residual", "map")
    assert "alert(1)</script>" not in text
    assert "\u2028" not in found.raw["script"][0]


@pytest.mark.parametrize("place", ["data", "symbol"])
def test_regression_halves_of_characters_do_not_end_in_a_traceback(place: str, tmp_path: Path) -> None:
    """The page could not be written: of a file, say, whose name is no UTF-8."""
    subject, data = None, None
    if place == "data":
        data = dataset([[1.0]], [1.0], name="a\udcff")
    else:
        x, r = sympy.Symbol("a\udcff"), sympy.Symbol("r")
        subject = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    file = write_explorer(tmp_path / "page.html", subject, data, max_period=1)
    known = _Elements(file.read_text(encoding="utf-8")).known()
    assert "a\ufffd" in known["title"]


# --- the numbers ------------------------------------------------------------------------------------------------------


def test_boundaries_are_the_packages_and_enclosed_by_neighbouring_floats(elements: _Elements) -> None:
    known = elements.known()
    boundaries = residual_boundaries()
    assert [each["name"] for each in known["boundaries"]] == [each.name for each in boundaries]
    per_step = 1 / Fraction(*float(known["units"][1]["factor"]).as_integer_ratio())
    for record, boundary in zip(known["boundaries"], boundaries, strict=True):
        assert record["certainty"] == str(boundary.certainty)
        assert record["decimal"] == boundary.decimal(18)
        lower, upper = boundary.enclose(200)
        for unit, factor in (("a", Fraction(1)), ("etalambda", Fraction(2))):
            down, up = record["units"][unit]["floats"]
            assert Fraction(down) <= lower * factor <= upper * factor <= Fraction(up)
            if boundary.algebraic is not None:
                assert up in (down, math.nextafter(down, math.inf))
        down, up = record["units"]["eta"]["floats"]
        assert float(down) == pytest.approx(float(boundary) / float(per_step), rel=1e-6)


def test_windows_are_the_atlases(elements: _Elements) -> None:
    known = elements.known()["atlas"]
    atlas = build_atlas(residual_family(), known["max_period"], workers=1)
    assert [each["word"] for each in known["windows"]] == [window.word for window in atlas]
    for record, window in zip(known["windows"], atlas, strict=True):
        assert record["decimals"] == [window.decimal(event, 18) for event in known["events"]]
        for (down, up), event in zip(record["floats"], known["events"], strict=True):
            lower, upper = getattr(window, event)
            assert Fraction(down) <= lower <= upper <= Fraction(up)
        container = atlas.container(window)
        inside = record["inside"]
        assert (None if inside is None else known["windows"][inside]["word"]) == (container.word if container else None)


def test_the_data_of_the_run_are_the_files_bit_for_bit(elements: _Elements) -> None:
    training, data = elements.known()["training"], load_digit_dct()
    for key, array in (("features", data.features), ("targets", data.targets)):
        assert np.array_equal(np.frombuffer(base64.b64decode(training[key]), "<f8").reshape(array.shape), array)
    assert training["leading"] == int(np.argmax(data.targets))
    form = PhaseRetrieval(gamma=2, c=0).quadratic_form()
    assert form is not None
    assert (training["slope"], training["shift"], training["offset"]) == (form.slope, form.shift, form.offset)


def test_the_phases_between_boundaries(elements: _Elements) -> None:
    segments = elements.known()["segments"]
    phases = [segment["phase"] for segment in segments]
    assert phases[1:4] == ["monotonic", "catapult", "periodic"]
    assert phases[-1] == "divergent"
    assert [segment["period"] for segment in segments[3:6]] == [2, 4, None]
    assert {segment["certainty"] for segment in segments if segment["phase"] == "chaotic"} == {"certified"}


def test_every_phase_has_its_theorem_with_a_proof_that_was_checked(elements: _Elements) -> None:
    known = elements.known()
    names = [boundary["name"] for boundary in known["boundaries"]]
    by_name = {theorem["name"]: theorem for theorem in known["theorems"]}
    ours = {theorem.name: theorem for theorem in phase_theorems(residual_boundaries())}
    assert by_name.keys() <= ours.keys()
    assert {theorem["phase"] for theorem in known["theorems"]} >= {"monotonic", "catapult", "chaotic", "divergent"}
    for name, theorem in by_name.items():
        lower, upper = ours[name].applies
        assert theorem["certainty"] == str(ours[name].certainty)
        assert (None if theorem["from"] is None else names[theorem["from"]]) == (lower.name if lower else None)
        assert (None if theorem["to"] is None else names[theorem["to"]]) == (upper.name if upper else None)
        assert "proved again" in theorem["statement"]


def test_a_theorem_whose_check_fails_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    boundaries = residual_boundaries()
    one, other = phase_theorems(boundaries)[4:6]
    broken = dataclasses.replace(
        other,
        proof=(ProofLine(text="", left=sympy.Integer(1), relation="=", right=sympy.Integer(2), evidence=Identity()),),
    )
    monkeypatch.setattr(explorer_story, "phase_theorems", lambda _: (one, broken))
    copy = dataclasses.replace(boundaries)
    assert [theorem["name"] for theorem in explorer_story.theorems(list(boundaries), copy)] == [one.name]


def test_nothing_is_claimed_where_boundaries_are_missing() -> None:
    record = explorer_record(PolynomialLoss("w^4/4 - w^2/2 + w/10"), max_period=1)
    kinds = [each["kind"] for each in record["boundaries"]]
    assert "onset" not in kinds
    assert min(each["units"]["a"]["middle"] for each in record["boundaries"]) == 0  # no step size is negative
    after_flip = record["segments"][kinds.index("flip") + 1]
    assert (after_flip["phase"], after_flip["period"], after_flip["certainty"]) == ("other", None, "")
    assert after_flip["label"] == "beyond the flip of period 1 → 2: not decided here"
    assert record["segments"][1]["phase"] == "convergent"
    assert record["atlas"] is None
    assert "free critical points" in record["no_atlas"]


@pytest.mark.parametrize("subject", [OneWeight(), PolynomialModel("w^2"), PolynomialLoss("(w^2-1)^2/4")])
def test_a_quadratic_model_of_one_weight_has_the_residual_map(subject: Any) -> None:
    record = explorer_record(subject, max_period=1)
    assert record["kind"] == "residual"
    assert [unit["symbol"] for unit in record["units"]] == ["a", "η", "ηλ"]
    assert record["training"]["samples"] == 1


@pytest.mark.parametrize(
    ("loss", "sharpness"),
    [("w^3/3 - w", 2), ("w^6/6 - w^2/2", 4), ("w^4/4 + w^2/2", 1), ("w^4/4 - w^2/2 + w/10", None)],
)
def test_a_minimum_with_a_rational_sharpness_has_its_unit(loss: str, sharpness: int | None) -> None:
    """The edge of stability is ηλ = 2 wherever the story is that of a minimum."""
    record = explorer_record(PolynomialLoss(loss), max_period=1)
    units = {unit["symbol"]: unit["factor"] for unit in record["units"]}
    assert units == ({"η": 1} if sharpness is None else {"η": 1, "ηλ": sharpness})
    flip = next(each for each in record["boundaries"] if each["kind"] == "flip")
    assert sharpness is None or flip["units"]["etalambda"]["floats"] == [2.0, 2.0]


def test_a_map_whose_phases_run_backwards() -> None:
    x, c = sympy.symbols("x c")
    record = explorer_record(PolynomialFamily(x**2 + c, variable=x, parameter=c), max_period=3)
    assert record["direction"] == -1
    middles = [each["units"]["a"]["middle"] for each in record["boundaries"]]
    assert middles == sorted(middles)
    assert record["segments"][0]["phase"] == "divergent"
    assert record["segments"][-1]["to"] is None
    assert record["training"] is None


def test_a_table_too_large_for_a_page_has_no_run() -> None:
    data = dataset(np.eye(200), np.linspace(0.5, 1, 200))
    record = explorer_record(None, data, max_period=1)
    assert record["training"] is None
    assert "40000 numbers" in record["no_training"]


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "data", "more", "argument"),
    [
        (None, dataset([[1.0, 0.0], [1.0, 1.0]], [1.0, 1.0]), {}, "data"),
        (PhaseRetrieval(), None, {}, "model"),
        (TwoLayerNetwork(alpha=1, outer_weights=(1, -1)), None, {}, "model"),
        (PhaseRetrieval(gamma=0, c=1), None, {}, "model"),
        (PolynomialModel("w^2 + b*w", parameters=["b"]), None, {}, "model"),
        (OneWeight(), dataset([[1.0]], [1.0]), {}, "data"),
        (residual_family(), dataset([[1.0]], [1.0]), {}, "data"),
        ("phase-retrieval", None, {}, "subject"),
        (None, None, {"within": (0, 1)}, "within"),
        (None, None, {"max_period": 9}, "max_period"),
        (None, None, {"max_period": True}, "max_period"),
    ],
)
def test_what_a_page_cannot_be_about_is_refused(subject: Any, data: Any, more: dict[str, Any], argument: str) -> None:
    with pytest.raises(InputError) as refused:
        explorer_record(subject, data, **more)
    assert refused.value.argument == argument


def test_only_an_earlier_explorer_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("<html>somebody's page", encoding="utf-8")
    with pytest.raises(InputError, match="no explorer"):
        write_explorer(file)
    assert file.read_text(encoding="utf-8") == "<html>somebody's page"
    file.unlink()
    assert write_explorer(file, max_period=1) == file
    first = file.read_bytes()
    assert write_explorer(file, max_period=1).read_bytes() == first  # and the same input gives the same bytes
    for bad in (tmp_path, tmp_path / "none" / "page.html", "", "\0", 5):
        with pytest.raises(InputError):
            checked_file(bad)


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    addresses: list[str] = []

    def note(address: str) -> bool:
        addresses.append(address)
        return True

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("webbrowser.open", note)
    return addresses


def test_the_command_writes_and_opens(opened: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("DISPLAY", ":0")
    assert ok("explore", "--max-period", "1") == "wrote symphase-explorer.html\n"
    assert opened == [(tmp_path / "symphase-explorer.html").as_uri()]
    ok("explore", "--max-period", "1", "--no-open")
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert "no screen" in ok("explore", "--max-period", "1")
    assert len(opened) == 1


def test_the_command_tells_programs_what_it_wrote(
    opened: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("DISPLAY", ":0")
    told = json.loads(ok("explore", "--max-period", "1", "--out", "page.html", "--json"))
    assert told == {
        "written": "page.html",
        "bytes": (tmp_path / "page.html").stat().st_size,
        "command": "symphase explore --max-period 1",
        "opened": True,
    }
    assert len(opened) == 1
    assert json.loads(ok("explore", "--max-period", "1", "--no-open", "--json"))["opened"] is False
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert json.loads(ok("explore", "--max-period", "1", "--json"))["opened"] is False
    assert len(opened) == 1


@pytest.mark.slow  # some seconds of the five minutes that the others share
def test_the_command_takes_files_models_maps_and_losses(opened: list[str], tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("a,b,y\n1,0,1\n0,2,3\n", encoding="utf-8")
    for options, kind in (
        (("mine.csv", "--gamma", "1", "--c", "1/2"), "residual"),
        (("two-layer-network", "--width", "3"), "residual"),
        (("one-weight", "--y", "2"), "residual"),
        (("--map", "r*x*(1-x)", "--variable", "x", "--parameter", "r"), "map"),
        (("--loss", "w^4/4 - w^2/2"), "weight"),
        (("polynomial", "--prediction", "w^2 + w"), "residual"),
    ):
        ok("explore", *options, "--max-period", "1", "--no-open")
        page = (tmp_path / "symphase-explorer.html").read_text(encoding="utf-8")
        assert _Elements(page).known()["kind"] == kind
        assert "symphase explore" in page
    assert opened == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("none.csv",), "does not exist"),
        (("mine.csv", "--loss", "w^4"), "leave one of the two out"),
        (("--y", "2"), "--y"),
        (("--target", "y"), "--target"),
        (("one-weight", "--gamma", "1"), "--gamma"),
        (("--out", "."), "is a folder"),
        (("--map", "r*x*(1-x)"), "--variable"),
        (("--max-period", "20"), "--max-period"),
    ],
)
@pytest.mark.usefixtures("opened")
def test_the_command_refuses_in_one_line(options: tuple[str, ...], said: str) -> None:
    result = run("explore", *options)
    assert result.code == 2
    assert said in result.err
    assert result.err.count("\n") == 1


def test_regression_coefficients_beyond_floats_are_refused_in_words() -> None:
    """The page keeps the map in floats; Python's OverflowError got out."""
    x, r = sympy.symbols("x r")
    family = PolynomialFamily(x**4 / 10**200 + 10**150 * x**2 + x + r, variable=x, parameter=r)
    with pytest.raises(InputError, match="coefficients: must have coefficients within the range of floats; take other"):
        explorer_page(family)
