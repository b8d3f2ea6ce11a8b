"""The explorer in a real browser: what it answers, how it is worked, and its numbers beside the package's."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from symphase.descent import descend
from symphase.explorer import write_explorer
from symphase.models import PhaseRetrieval
from symphase.orbits import cobweb_path, lyapunov_curve
from symphase.phases import classify, residual_boundaries, residual_family
from symphase.tables import load_digit_dct

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.slow,  # needs a browser
    pytest.mark.skipif(CHROMIUM is None or DRIVER is None, reason="needs chromium and chromedriver"),
]


class Page:
    """A page in a browser, with what the tests ask of it."""

    def __init__(self, driver: Any, address: str) -> None:
        self.driver = driver
        self.address = address

    def open(self, fragment: str = "") -> None:
        self.driver.get("about:blank")
        self.driver.get(self.address + fragment)
        self.settle()

    def settle(self) -> None:
        """Wait until everything is drawn and the permalink is written."""
        for _ in range(200):
            time.sleep(0.05)
            if not self.run("return window.symphase === undefined || window.symphase.busy()"):
                time.sleep(0.3)
                return
        pytest.fail("the page never came to rest")

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def text(self, identifier: str) -> str:
        return str(self.run("return document.getElementById(arguments[0]).textContent", identifier))

    def set(self, value: float, unit: str = "a") -> dict[str, Any]:
        self.run("window.symphase.set(arguments[0], arguments[1])", value, unit)
        self.settle()
        return self.answer()

    def answer(self) -> dict[str, Any]:
        found: dict[str, Any] = self.run("return window.symphase.answer()")
        return found

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.run("return window.symphase.state()")
        return found

    def focus(self, identifier: str) -> None:
        self.run("document.getElementById(arguments[0]).focus()", identifier)

    def press(self, *keys: str) -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()
        self.settle()

    def errors(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = str(CHROMIUM)
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1100,900", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    browser.set_script_timeout(60)
    yield browser
    browser.quit()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_explorer(tmp_path_factory.mktemp("explorer") / "page.html").as_uri()


@pytest.fixture
def page(driver: Any, address: str) -> Iterator[Page]:
    shown = Page(driver, address)
    shown.open()
    yield shown
    assert shown.errors() == []


# --- what it answers --------------------------------------------------------------------------------------------------


def test_the_slider_names_the_phase_and_the_period(page: Page) -> None:
    at = page.set(1.1)
    assert (at["phase"], at["period"], at["certainty"]) == ("periodic", 2, "exact")
    assert page.text("orbit-period") == "period 2"
    beyond = page.set(1.3026)
    assert beyond["phase"] == "chaotic"
    assert "just beyond the onset of chaos" in beyond["distance"]
    window = page.set(1.4531)
    assert (window["phase"], window["period"], window["window"]) == ("periodic", 3, "10C")
    assert page.text("orbit-period") == "period 3"
    assert "window 10C, period 3" in page.text("window-said")
    away = page.set(2.01)
    assert (away["phase"], away["certainty"]) == ("divergent", "exact")
    assert "escaped" in page.text("run-said")


@pytest.mark.parametrize(
    "a", ["0.3", "0.8284", "0.8285", "0.95", "1", "1.2361", "1.29", "1.2995", "1.4509", "1.7", "2"]
)
def test_the_page_agrees_with_classify(page: Page, a: str) -> None:
    expected, found = classify(float(a)), page.set(float(a))
    assert found["phase"] == str(expected.phase)
    assert found["period"] == expected.period
    if expected.nearest.name not in found["distance"]:
        assert expected.nearest.kind.name == "STABILITY"  # not a step size


def test_the_theorem_that_applies_is_told_in_words(page: Page) -> None:
    for a, name in ((0.5, "monotonic"), (0.9, "catapult"), (1.1, "2-cycle"), (1.9, "chaotic"), (2.1, "Divergence")):
        page.set(a)
        assert name.lower() in page.text("theorem-name").lower()
        assert len(page.text("theorem-words")) > 40
        assert "proved again" in page.text("theorem-statement")
    page.set(2)
    assert "triples an angle" in page.text("theorem-words")


def test_within_the_onsets_bracket_nothing_is_decided(page: Page) -> None:
    inside = page.set(1.302283)
    assert (inside["phase"], inside["period"]) == ("other", None)
    assert "undecided" in inside["label"]
    assert page.text("phase") == "undecided"
    assert page.set(1.3022)["phase"] == "periodic"


def test_a_boundary_is_reached_and_its_sides_told_apart_in_every_unit(page: Page) -> None:
    names = [boundary.name for boundary in residual_boundaries()]
    for unit in ("a", "eta", "etalambda"):
        page.run("document.querySelector(`input[value=${arguments[0]}]`).click()", unit)
        page.run("document.querySelectorAll('.tick')[1].click()")
        page.settle()
        assert page.answer()["phase"] == "monotonic"  # the last float before the end
        assert names[1] in page.answer()["distance"]
        value = page.state()["value"]
        assert page.set(float(np.nextafter(value, np.inf)), unit)["phase"] == "catapult"
        assert page.set(value, unit)["phase"] == "monotonic"


# --- two independent routes -------------------------------------------------------------------------------------------


def test_orbits_are_those_of_the_package(page: Page) -> None:
    for a in (0.9, 1.1, 1.7):
        page.set(a)
        start = page.state()["start"]
        ours = np.array(page.run("return window.symphase.orbit(25)"))
        theirs = cobweb_path(residual_family(), a, start, steps=25).orbit
        assert np.allclose(ours, theirs, rtol=0, atol=1e-6 if a > 1.3 else 1e-12)  # chaos magnifies rounding


def test_losses_are_those_of_gradient_descent(page: Page) -> None:
    data = load_digit_dct()
    for a, steps in ((0.5, 200), (0.95, 200), (1.1, 200), (1.7, 15), (2.05, 6)):
        page.set(a)
        weights = np.array(page.run("return window.symphase.weights()"))
        ours = np.array(page.run("return window.symphase.losses(arguments[0])", steps))
        theirs = descend(
            PhaseRetrieval(gamma=2, c=0),
            data.features,
            data.targets,
            step_sizes=page.state()["stepSize"],
            starts=weights,
            steps=steps,
        ).losses[0]
        shared = np.isfinite(theirs)
        assert shared.sum() == ours.size
        assert np.allclose(ours, theirs[shared], rtol=1e-7)


def test_exponents_are_those_of_the_package(page: Page) -> None:
    places = [0.7, 0.95, 1.15, 1.25, 1.4535, 1.55, 1.9]
    theirs = lyapunov_curve(residual_family(), places, transient=2000, steps=40_000)
    for k, a in enumerate(places):
        ours = page.run("return window.symphase.lyapunov(arguments[0], 2000, 40000)", a)
        error = 1e-9 if theirs.exponents[k] < 0 else 8 * theirs.errors[k]
        assert abs(ours - theirs.exponents[k]) < error


# --- how it is worked -------------------------------------------------------------------------------------------------


def test_a_permalink_brings_everything_back(page: Page) -> None:
    page.run("document.querySelector('input[value=eta]').click()")
    page.set(0.0246, "eta")
    page.run("document.getElementById('another').click(); document.getElementById('zoom-in').click()")
    page.settle()
    before, link = page.state(), page.driver.current_url
    assert link.partition("#")[2] == before["hash"][1:]
    page.open("#" + link.partition("#")[2])
    assert page.state() == before


@pytest.mark.parametrize(
    "rubbish",
    [
        "#",
        "#v=NaN",
        "#v=1e999&u=x&at=999&z=&x=2,1&y=0,0",
        "#u=__proto__&v=<script>",
        "#v=%00&=&&&x=1",
        "#at=-1&n=7&seed=1e9",
    ],
)
def test_a_permalink_of_rubbish_is_ignored(page: Page, rubbish: str) -> None:
    expected = page.state()
    page.open(rubbish)
    assert page.state() == expected


def test_the_keyboard_suffices(page: Page) -> None:
    from selenium.webdriver.common.keys import Keys

    page.focus("slider")
    before = page.state()["value"]
    page.press(Keys.ARROW_RIGHT)
    one = page.state()["value"] - before
    page.press(Keys.PAGE_UP)
    assert page.state()["value"] - before > 10 * one > 0
    value = page.state()["value"]
    page.press("]")
    following = next(k for k, boundary in enumerate(residual_boundaries()) if float(boundary) > value)
    assert page.state()["snap"] == following
    page.press("[")
    assert page.state()["snap"] == following - 1
    page.press(Keys.HOME)
    assert page.answer()["phase"] == "monotonic"
    page.press("]")
    assert page.state()["snap"] == 1
    assert residual_boundaries()[1].name in page.answer()["distance"]
    page.press("u")
    assert page.state()["unit"] == "eta"
    page.press("u", "u")
    page.focus("value")
    page.run("document.getElementById('value').select()")
    page.press("1.702", Keys.ENTER)
    assert page.answer()["window"] == "20C"
    page.focus("overlay")
    page.press("w")
    page.settle()
    view = page.state()["view"]
    assert 1.69 < view["x0"] < 1.6997
    assert 1.7056 < view["x1"] < 1.71
    page.press(Keys.ARROW_LEFT)
    assert page.state()["view"]["x0"] < view["x0"]
    page.press("0")
    page.focus("cobweb")
    start = page.state()["start"]
    page.press(Keys.ARROW_LEFT)
    assert page.state()["start"] < start
    # every control can be reached
    page.run("document.activeElement.blur()")
    reached = set()
    for _ in range(60):
        page.driver.switch_to.active_element.send_keys(Keys.TAB)
        reached.add(page.run("return document.activeElement.id"))
    assert {
        "value",
        "previous",
        "next",
        "slider",
        "zoom-in",
        "windows",
        "overlay",
        "start",
        "cobweb",
        "steps",
    } <= reached


def test_the_start_is_dragged_and_the_run_begins_there(page: Page) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    page.set(0.5)
    canvas = page.driver.find_element("id", "cobweb")
    before = page.run("return window.symphase.losses(1)[0]")
    ActionChains(page.driver).move_to_element(canvas).click_and_hold().move_by_offset(40, 0).release().perform()
    page.settle()
    start = page.state()["start"]
    assert start != pytest.approx(0.545)
    assert page.run("return window.symphase.losses(1)[0]") != before
    assert page.run("return window.symphase.orbit(0)[0]") == pytest.approx(start, rel=1e-9)


def test_zoom_by_wheel_box_window_and_back(page: Page) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.actions.wheel_input import ScrollOrigin

    overlay = page.driver.find_element("id", "overlay")
    page.run("arguments[0].scrollIntoView({block: 'center'})", overlay)
    whole = page.state()["view"]
    origin = ScrollOrigin.from_element(overlay, 60, 0)
    ActionChains(page.driver).scroll_from_origin(origin, 0, -240).perform()
    page.settle()
    closer = page.state()["view"]
    assert closer["x1"] - closer["x0"] < 0.8 * (whole["x1"] - whole["x0"])
    drag = ActionChains(page.driver).move_to_element_with_offset(overlay, -60, -50).click_and_hold()
    drag.move_by_offset(100, 80).release().perform()
    page.settle()
    box = page.state()["view"]
    assert box["x1"] - box["x0"] < 0.5 * (closer["x1"] - closer["x0"])
    page.run("document.getElementById('zoom-back').click()")
    page.settle()
    assert page.state()["view"] == pytest.approx(closer)
    windows = page.run("return window.symphase.known.atlas.windows.map((each) => each.word)")
    page.run(
        "const choose = document.getElementById('windows'); choose.value = arguments[0];"
        "choose.dispatchEvent(new Event('change'))",
        str(windows.index("10C")),
    )
    page.settle()
    assert page.answer()["window"] == "10C"
    three = page.state()["view"]
    assert three["x0"] < 1.4504409 < 1.4729276 < three["x1"]
    assert three["x1"] - three["x0"] < 0.03
    page.run("document.getElementById('to-window').click()")  # once more: the copy around the critical point
    page.settle()
    assert page.state()["view"]["y1"] - page.state()["view"]["y0"] < 1


def test_touch_moves_the_slider_and_pinches(page: Page) -> None:
    driver = page.driver

    def touch(kind: str, *points: tuple[float, float]) -> None:
        found = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(points)]
        driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": found})

    driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    try:
        page.run("window.scrollTo(0, 0)")
        box = page.run("return document.getElementById('slider').getBoundingClientRect().toJSON()")
        y = box["top"] + box["height"] - 10
        touch("touchStart", (box["left"] + 0.4 * box["width"], y))
        touch("touchMove", (box["left"] + 0.7 * box["width"], y))
        touch("touchEnd")
        page.settle()
        assert page.state()["parameter"] == pytest.approx(0.7 * 2.2, abs=0.01)
        overlay = page.run(
            "const o = document.getElementById('overlay'); o.scrollIntoView({block: 'center'});"
            "return o.getBoundingClientRect().toJSON()"
        )
        x, y = overlay["left"] + overlay["width"] / 2, overlay["top"] + overlay["height"] / 2
        before = page.state()["view"]
        touch("touchStart", (x - 30, y), (x + 30, y))
        for reach in (50, 80, 120):
            touch("touchMove", (x - reach, y), (x + reach, y))
        touch("touchEnd")
        page.settle()
        after = page.state()["view"]
        assert after["x1"] - after["x0"] == pytest.approx((before["x1"] - before["x0"]) / 4, rel=0.05)
    finally:
        driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


def test_the_answer_is_announced_and_the_controls_are_named(page: Page) -> None:
    page.set(1.1)
    time.sleep(0.6)
    spoken = page.run("return document.querySelector('[aria-live=polite]').textContent")
    assert "period 2" in spoken
    assert "exact" in spoken
    assert page.run("return document.getElementById('slider').getAttribute('aria-valuetext')").startswith("a 1.1")
    nameless = page.run(
        "return [...document.querySelectorAll('button, input, select, [role]')].filter((each) => !each.hidden &&"
        "!(each.getAttribute('aria-label') || each.textContent.trim() || each.closest('label') || each.title))"
        ".map((each) => each.id)"
    )
    assert set(nameless) <= {"copied", "spoken"}  # empty until there is something to say


@pytest.mark.parametrize(("width", "dark"), [(400, False), (400, True), (1100, True), (1440, False)])
def test_nothing_sticks_out_at_any_width(page: Page, width: int, dark: bool) -> None:
    driver = page.driver
    size = {"width": width, "height": 850, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    try:
        page.open()
        assert page.run("return document.documentElement.scrollWidth") <= width
        background = page.run("return getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(255, 255, 255)") is not dark
        drawn = page.run(
            "return ['diagram', 'exponents', 'cobweb', 'loss', 'strip'].map((id) => {"
            "const c = document.getElementById(id);"
            "return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v > 0); })"
        )
        assert drawn == [True] * 5
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_the_page_prints_in_light_colours_with_every_picture(page: Page) -> None:
    driver = page.driver
    scheme = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
    try:
        page.open()
        pdf = driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})["data"]
        assert len(pdf) > 50_000
        page.settle()
        assert page.run("return getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
        page.run("window.dispatchEvent(new Event('beforeprint'))")
        assert page.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert not page.run("return window.symphase.busy()")
        page.run("window.dispatchEvent(new Event('afterprint'))")
    finally:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_a_move_of_the_slider_is_drawn_in_a_frame(page: Page, record_property: Any) -> None:
    """Measured and recorded; only what would be broken on any machine fails."""
    times = page.driver.execute_async_script(
        """
        const done = arguments[0];
        let k = 0;
        const move = () => {
          if (k > 120) { done(window.symphase.timing().slice(-120)); return; }
          window.symphase.set(0.05 + 2.1 * k / 120, "a");
          k += 1;
          requestAnimationFrame(move);
        };
        requestAnimationFrame(move);
        """
    )
    median, slow = float(np.median(times)), float(np.quantile(times, 0.95))
    record_property("milliseconds_per_frame", {"median": median, "95 %": slow})
    print(f"slider: {median:.1f} ms a frame in the median, {slow:.1f} ms at 95 %")
    assert len(times) == 120
    assert median < 100


def test_nothing_can_be_loaded(page: Page) -> None:
    assert page.run("return performance.getEntriesByType('resource').length") == 0
    page.run("const image = new Image(); image.src = 'https://example.org/x.png'; document.body.append(image);")
    time.sleep(0.3)
    refused = page.errors()
    assert len(refused) == 1
    assert "Content Security Policy" in refused[0]


def _typed(page: Page, identifier: str, text: str) -> tuple[str, str]:
    """What stands in a field after something was typed there, and whether the field says that it is wrong."""
    from selenium.webdriver.common.keys import Keys

    page.run("const f = document.getElementById(arguments[0]); f.focus(); f.select()", identifier)
    page.press(text, Keys.ENTER)
    found = page.run("const f = document.getElementById(arguments[0]); return [f.value, f.ariaInvalid]", identifier)
    return str(found[0]), str(found[1])


@pytest.mark.parametrize("text", ["-1", "0", "1e9"])
def test_a_field_shows_the_value_in_use(page: Page, text: str) -> None:
    page.open()
    shown, wrong = _typed(page, "value", text)
    assert float(shown) == pytest.approx(page.state()["value"], rel=1e-6)
    assert float(shown) != float(text)
    assert wrong == "false"
    assert _typed(page, "value", "1.25") == ("1.25", "false")
    assert _typed(page, "value", "much") == ("much", "true")
    start, _ = _typed(page, "start", "1e9")
    assert 1 < float(start) < 1e3
    assert float(start) == pytest.approx(page.state()["start"], rel=1e-6)


def test_a_distance_from_a_value_near_zero_is_no_percentage(page: Page) -> None:
    page.open()
    assert "%" in page.set(0.9)["distance"]
    assert "%" not in page.set(1e-9)["distance"]


def test_the_kneading_word_is_that_of_a_cycle_that_attracts(page: Page) -> None:
    page.open()
    assert page.set(1.0)["phase"] == "catapult"
    assert page.text("window-said") == ""
    page.set(1.1)
    assert page.text("window-said").startswith("kneading word ")


# --- other subjects ---------------------------------------------------------------------------------------------------


def test_a_map_of_ones_own(driver: Any, tmp_path: Path) -> None:
    import sympy

    from symphase.maps import PolynomialFamily

    r, x = sympy.symbols("r x")
    family = PolynomialFamily(r * x * (1 - x), variable=x, parameter=r)
    page = Page(driver, write_explorer(tmp_path / "map.html", family, max_period=5).as_uri())
    page.open()
    assert page.set(3.3)["period"] == 2
    at = page.set(3.835)
    assert (at["period"], at["window"]) == (3, "RLC")
    assert page.set(4.01)["phase"] == "divergent"
    assert page.run("return document.getElementById('loss-view').hidden")
    ours = np.array(page.run("window.symphase.set(3.5); return window.symphase.orbit(20)"))
    assert np.allclose(ours, cobweb_path(family, 3.5, ours[0], steps=20).orbit, atol=1e-12)
    assert page.errors() == []


def test_a_loss_of_ones_own(driver: Any, tmp_path: Path) -> None:
    from symphase.models import PolynomialLoss

    page = Page(driver, write_explorer(tmp_path / "loss.html", PolynomialLoss("w^4/4 - w^2/2 + w/10")).as_uri())
    page.open()
    assert page.set(0.6)["phase"] == "convergent"
    weight = page.run("return window.symphase.weights()[0]")
    losses = page.run("return window.symphase.losses(50)")
    w = weight
    for loss in losses:
        assert loss == pytest.approx(w**4 / 4 - w**2 / 2 + w / 10, rel=1e-9)
        w -= 0.6 * (w**3 - w + 0.1)
    assert page.set(1.5)["phase"] == "other"  # beyond the flip nothing is claimed
    assert page.errors() == []
