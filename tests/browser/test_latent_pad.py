"""The pad with real mouse, touch and keyboard events in Chromium, with a real server."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Browser, FloatRect, Locator, Page, Position, WebSocket, expect

from explorer.components.bundle import bundle
from explorer.components.latent_pad import WEB
from explorer.components.mount import style
from tests.support.waiting import patient, wait_until

pytestmark = pytest.mark.slow

SCRIPT = """
import numpy as np
import streamlit as st
from explorer.components.latent_pad import PadPlane, Pin, latent_pad

rng = np.random.default_rng(0)
labels = np.arange(300) % 3
ring = np.stack([np.cos(labels * 2.1), np.sin(labels * 2.1)], axis=1) * 2
codes = ring + rng.normal(size=(300, 2)) * 0.2
one = PadPlane("VAE", codes, labels, scales=np.full((300, 2), 0.1))
two = PadPlane("AE", 4 * codes, labels, prior=False)
planes = [one, two] if "two" in st.query_params else [one]
linked = st.checkbox("link")
state = latent_pad(
    planes,
    classes=["zero", "one", "two"],
    palette=["#4477aa", "#ee6677", "#228833"],
    pins=[Pin(0, 0.5, 0.5)] if linked else [],
    hidden=[int(k) for k in st.query_params.get("hide", "").split(",") if k],
    layers=st.query_params.get("layers", "points,prior").split(","),
    links={"hidden": "hide", "layers": "layers"},
    height=400,
    key="pad",
)
st.session_state.runs = st.session_state.get("runs", 0) + 1
st.button("rerun")
said = state.to_json() | {"pins": [vars(pin) for pin in state.pins]}
st.text("STATE " + __import__("json").dumps({"runs": st.session_state.runs, **said}))
"""

EDGES = """
import numpy as np
import streamlit as st
from explorer.components.latent_pad import PadPlane, latent_pad

rng = np.random.default_rng(0)
cloud = rng.normal(size=(50, 2))
broken = cloud.copy()
broken[:3, 0] = [np.nan, np.inf, -np.inf]
cases = {
    "empty": np.zeros((0, 2)),
    "single": np.ones((1, 2)),
    "identical": np.full((50, 2), 0.1),
    "broken": broken,
    "all broken": np.full((5, 2), np.nan),
    "huge": cloud * 1e6,
    "tiny": cloud * 1e-12,
    "flat": cloud * [1.0, 0.0],
    "astronomic": cloud * 1e300,
}
planes = [
    PadPlane(name, codes, np.zeros(len(codes), int), scales=np.abs(codes), prior=prior)
    for name, codes in cases.items()
    for prior in (False, True)
]
state = latent_pad(
    planes,
    classes=["all"],
    palette=["#4477aa"],
    layers=["points", "prior", "ellipses"],
    height=300,
    key="pad",
)
said = state.to_json() | {"pins": [vars(pin) for pin in state.pins]}
st.text("STATE " + __import__("json").dumps(said))
"""

Open = Callable[..., "Pad"]


class Pad:
    """The open page, with the operations that the tests need."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.planes = page.get_by_role("application")
        self._sent = 0
        page.on("websocket", self._listen)

    @property
    def plane(self) -> Locator:
        return self.planes.first

    def python(self) -> dict[str, Any]:
        """The state as printed by the script."""
        text = self.page.get_by_text(re.compile("^STATE ")).inner_text()
        state: dict[str, Any] = json.loads(text.removeprefix("STATE "))
        return state

    def wait(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The state once ``holds`` is true for it."""
        wait_until(lambda: holds(self.python()), "Python has the expected state", self.page)
        return self.python()

    def wait_for_pins(self, count: int) -> list[dict[str, Any]]:
        pins: list[dict[str, Any]] = self.wait(lambda state: len(state["pins"]) == count)["pins"]
        return pins

    def click(self, x: float, y: float, plane: int = 0, **how: Any) -> None:
        """Click at fractions of a plane's width and height."""
        self.planes.nth(plane).click(position=self.inside(x, y, plane), **how)
        self.page.wait_for_timeout(400)  # so that the next click is not a double click

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        mouse, box = self.page.mouse, self.box()
        a, b = self.inside(*start), self.inside(*end)
        mouse.move(box["x"] + a["x"], box["y"] + a["y"])
        mouse.down()
        mouse.move(box["x"] + b["x"], box["y"] + b["y"], steps=8)
        mouse.up()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.plane.press(key)

    def shown(self) -> list[str]:
        """The classes that are not greyed out."""
        pressed = self.page.locator('.class[aria-pressed="true"]').all_inner_texts()
        return [name.strip() for name in pressed]

    def sent_bytes(self) -> int:
        """The number of bytes sent to the server over the WebSocket so far."""
        return self._sent

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda payload: self._count(payload))

    def _count(self, payload: bytes | str) -> None:
        self._sent += len(payload)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def picture(self) -> bytes:
        """A screenshot of the first plane once its view rests."""
        self.page.mouse.move(0, 0)
        self.page.wait_for_timeout(400)
        return self.plane.screenshot()

    def box(self, plane: int = 0) -> FloatRect:
        """The bounding box of a plane on the page, in CSS pixels."""
        box = self.planes.nth(plane).bounding_box()
        assert box
        return box

    def on_screen(self, x: float, y: float) -> tuple[float, float]:
        """The position on the page of a point of the first plane, computed from its readout."""
        box = self.box()

        def at(px: float, py: float) -> list[float]:
            self.page.mouse.move(box["x"] + px, box["y"] + py)
            self.page.wait_for_timeout(60)
            words = self.page.locator(".readout").first.inner_text().replace("−", "-").split()
            return [float(words[1]), float(words[3])]

        (left, top), (right, bottom) = at(40, 40), at(box["width"] - 40, box["height"] - 40)
        px = 40 + (x - left) / (right - left) * (box["width"] - 80)
        py = 40 + (y - top) / (bottom - top) * (box["height"] - 80)
        return box["x"] + px, box["y"] + py

    def inside(self, x: float, y: float, plane: int = 0) -> Position:
        """Converts fractions of a plane's width and height to pixels from its corner."""
        box = self.box(plane)
        return {"x": x * box["width"], "y": y * box["height"]}


@pytest.fixture
def open_pad(page: Page, serve: Callable[..., str], tmp_path: Path) -> Open:
    def opened(script: str = SCRIPT, query: str = "", flags: tuple[str, ...] = ()) -> Pad:
        file = tmp_path / "app.py"
        file.write_text(script, encoding="utf-8")
        pad = Pad(page)
        page.goto(f"{serve(file, *flags)}{query}")
        return wait_until_drawn(page, pad)

    return opened


def wait_until_drawn(page: Page, pad: Pad | None = None) -> Pad:
    pad = pad or Pad(page)
    expect(pad.plane).to_be_visible()
    page.wait_for_timeout(500)
    return pad


def test_pins_are_set_dragged_and_removed(open_pad: Open) -> None:
    pad = open_pad()
    pad.click(0.5, 0.5)  # the middle of the plane is a hole
    (first,) = pad.wait_for_pins(1)
    assert abs(first["x"]) < 0.2
    assert abs(first["y"]) < 0.2
    assert first["point"] is None

    runs = pad.python()["runs"]
    pad.drag((0.5, 0.5), (0.6, 0.4))
    state = pad.wait(lambda state: state["pins"] != [first])
    assert state["pins"][0]["x"] > first["x"] + 0.3
    assert state["pins"][0]["y"] > first["y"] + 0.3
    assert state["runs"] == runs + 1, "a drag reports once, at its end"

    pad.click(0.3, 0.5)
    pad.wait_for_pins(2)
    pad.press("Delete")
    assert pad.wait_for_pins(1) == state["pins"]
    pad.click(0.6, 0.4, button="right")
    pad.wait_for_pins(0)


UNDO = "Undo"


def test_removed_pins_are_put_back(open_pad: Open) -> None:
    pad = open_pad()
    expect(pad.button(UNDO)).to_be_hidden()
    for x in (0.3, 0.6):
        pad.click(x, 0.5)
    pins = pad.wait_for_pins(2)
    pad.button("Clear pins").click()
    pad.wait_for_pins(0)
    pad.button(UNDO).click()
    assert pad.wait_for_pins(2) == pins
    expect(pad.button(UNDO)).to_be_hidden()
    pad.click(0.3, 0.5, button="right")
    pad.wait_for_pins(1)
    pad.press("Control+z")
    assert pad.wait_for_pins(2) == pins


def test_a_double_click_removes_a_pin_or_shows_everything(open_pad: Open) -> None:
    pad = open_pad()
    home = pad.picture()
    pad.click(0.4, 0.5)
    pad.wait_for_pins(1)
    pad.plane.dblclick(position=pad.inside(0.4, 0.5))
    pad.wait_for_pins(0)
    pad.drag((0.5, 0.2), (0.6, 0.3))
    assert pad.picture() != home
    pad.plane.dblclick(position=pad.inside(0.45, 0.55))
    pad.page.wait_for_timeout(600)
    assert pad.python()["pins"] == []
    assert pad.picture() == home
    expect(pad.button(UNDO)).to_be_hidden()


def test_rapid_clicks_all_arrive_in_order(open_pad: Open) -> None:
    pad = open_pad()
    for k in range(12):
        pad.plane.click(position=pad.inside(0.2 + 0.05 * k, 0.5), no_wait_after=True)
    pins = pad.wait_for_pins(12)
    assert [p["x"] for p in pins] == sorted(p["x"] for p in pins)
    pad.button("Clear pins").click()
    pad.wait_for_pins(0)


def test_a_shift_click_pins_the_image_there(open_pad: Open) -> None:
    pad = open_pad()
    pad.plane.focus()
    pad.click(0.5, 0.5, modifiers=["Shift"])
    assert pad.python()["pins"] == [], "there is no code in the hole"
    pad.press("Shift+Enter")  # the keyboard pins the nearest code at any distance
    (pin,) = pad.wait_for_pins(1)
    assert 0 <= pin["point"] < 300


def test_classes_are_greyed_out_and_isolated(open_pad: Open) -> None:
    pad = open_pad()
    before = pad.picture()
    pad.button("one").click()
    assert pad.shown() == ["zero", "two"]
    assert pad.picture() != before
    pad.button("zero").click(modifiers=["Alt"])
    assert pad.shown() == ["zero"]
    pad.button("two").dblclick()
    assert pad.shown() == ["two"]
    pad.button("two").click(modifiers=["Alt"])  # already alone: show all classes again
    assert pad.shown() == ["zero", "one", "two"]
    pad.button("zero").click()
    pad.button("Show all").click()
    assert pad.shown() == ["zero", "one", "two"]
    assert pad.picture() == before


def test_classes_and_layers_need_no_server_and_are_in_the_address(open_pad: Open) -> None:
    pad = open_pad()
    runs, sent = pad.python()["runs"], pad.sent_bytes()
    pad.button("one").click()
    pad.button("Contours").click()
    pad.page.wait_for_timeout(500)
    assert pad.sent_bytes() == sent, "nothing was sent to the server"
    assert "hide=1&layers=contours%2Cpoints%2Cprior" in pad.page.url
    pad.click(0.5, 0.5)  # the next message contains them
    state = pad.wait(lambda state: len(state["pins"]) == 1)
    assert state["runs"] == runs + 1
    assert state["hidden"] == [1]
    assert state["layers"] == ["prior", "contours", "points"]
    assert pad.shown() == ["zero", "two"]
    pad.page.reload()
    pad = wait_until_drawn(pad.page)
    assert pad.shown() == ["zero", "two"], "the script reads the address"


def test_layers_without_data_are_not_offered(open_pad: Open) -> None:
    pad = open_pad()
    expect(pad.button("Images")).to_be_hidden()
    before = pad.picture()
    pad.button("Uncertainty").click()
    assert pad.picture() != before


def test_the_view_survives_a_rerun(open_pad: Open) -> None:
    pad = open_pad()
    home = pad.picture()
    pad.plane.focus()
    pad.plane.hover(position=pad.inside(0.3, 0.3))
    pad.page.mouse.wheel(0, -400)
    pad.plane.blur()
    zoomed = pad.picture()
    assert zoomed != home
    runs = pad.python()["runs"]
    pad.page.get_by_role("button", name="rerun").click()
    pad.wait(lambda state: state["runs"] > runs)
    assert pad.picture() == zoomed
    pad.press("0")
    pad.plane.blur()
    assert pad.picture() == home


def test_a_box_zooms_without_setting_a_pin(open_pad: Open) -> None:
    pad = open_pad()
    home = pad.picture()
    pad.page.keyboard.down("Shift")
    pad.drag((0.3, 0.3), (0.5, 0.5))
    pad.page.keyboard.up("Shift")
    assert pad.picture() != home
    assert pad.python()["pins"] == []


def test_the_keyboard_can_do_everything(open_pad: Open) -> None:
    pad = open_pad()
    pad.plane.focus()
    pad.press("ArrowRight", "ArrowRight", "Shift+ArrowUp")
    expect(pad.page.locator("[aria-live=polite]")).to_contain_text("z₁")
    pad.press("Enter")
    (pin,) = pad.wait_for_pins(1)
    assert pin["x"] > 0
    assert pin["y"] > pin["x"]
    before = pad.picture()
    pad.press("+", "+")
    assert pad.picture() != before
    pad.press("Delete")
    pad.wait_for_pins(0)


def test_a_new_state_from_python_takes_effect(open_pad: Open) -> None:
    pad = open_pad()
    pad.click(0.3, 0.5)
    pad.wait_for_pins(1)
    pad.page.get_by_text("link", exact=True).click()
    linked = [{"plane": 0, "x": 0.5, "y": 0.5, "point": None}]
    pad.wait(lambda state: state["pins"] == linked)
    pad.click(0.3, 0.5)
    assert pad.wait_for_pins(2)[:1] == linked, "the browser has adopted it too"
    pad.page.get_by_text("link", exact=True).click()
    pad.wait_for_pins(0)
    pad.click(0.4, 0.4)
    pad.wait_for_pins(1)


def test_two_planes_share_pins_and_stay_together_on_a_phone(open_pad: Open) -> None:
    pad = open_pad(query="/?two")
    expect(pad.planes).to_have_count(2)
    pad.click(0.5, 0.5, plane=0)
    pad.click(0.5, 0.5, plane=1)
    assert [p["plane"] for p in pad.wait_for_pins(2)] == [0, 1]
    boxes = [pad.box(k) for k in range(2)]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"]
    pad.page.set_viewport_size({"width": 390, "height": 844})
    pad.page.wait_for_timeout(500)
    boxes = [pad.box(k) for k in range(2)]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert pad.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_dark_and_light_themes_differ(open_pad: Open) -> None:
    pad = open_pad()
    light = pad.picture()
    pad.page.emulate_media(color_scheme="dark")
    pad.page.wait_for_timeout(500)
    assert pad.picture() != light


def test_codes_that_are_hard_to_draw(open_pad: Open) -> None:
    pad = open_pad(EDGES)
    expect(pad.planes).to_have_count(18)
    for k in range(18):
        pad.planes.nth(k).click(position=pad.inside(0.4, 0.4, k))
        pad.page.mouse.wheel(0, -100)
    pins = pad.wait_for_pins(18)
    assert [p["plane"] for p in pins] == list(range(18))
    assert abs(pins[10]["x"]) > 1e4  # huge
    assert 0 < abs(pins[12]["x"]) < 1e-11  # tiny
    text = pad.page.locator(".note").all_inner_texts()
    assert "No codes yet" in text[0]
    assert "the same point" in text[4]
    assert "3 codes are not finite" in text[6]


def test_a_base_path_is_respected(page: Page, serve: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text(SCRIPT, encoding="utf-8")
    url = serve(file, "--server.baseUrlPath", "some/where", base="/some/where")
    page.goto(f"{url}/")
    pad = wait_until_drawn(page)
    pad.click(0.5, 0.5)
    assert abs(pad.wait_for_pins(1)[0]["x"]) < 0.2, "the codes have arrived, so the view is set"


def test_large_data_is_transferred_once(open_pad: Open) -> None:
    pad = open_pad()
    requests: list[str] = []
    pad.page.on("request", lambda request: requests.append(request.url))
    for k in range(3):
        pad.click(0.3 + 0.1 * k, 0.5)
    pad.wait_for_pins(3)
    assert requests == []


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = patient(
        browser,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        device_scale_factor=3,
    )
    yield context.new_page()
    context.close()


def test_a_tap_points_a_held_finger_pins_and_a_pinch_zooms(
    phone: Page, serve: Callable[..., str], tmp_path: Path
) -> None:
    file = tmp_path / "app.py"
    file.write_text(SCRIPT, encoding="utf-8")
    errors: list[str] = []
    phone.on("pageerror", lambda error: errors.append(str(error)))
    phone.goto(serve(file))
    pad = wait_until_drawn(phone)
    readout = phone.locator(".readout").first
    pad.plane.tap(position=pad.inside(0.3, 0.5))
    expect(readout).to_contain_text("nearest code")
    assert pad.python()["pins"] == []

    box = pad.box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = phone.context.new_cdp_session(phone)

    def fingers(kind: str, *apart: int) -> None:
        points = [{"x": x + s * d, "y": y, "id": k} for d in apart for k, s in enumerate((-1, 1))]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    one = {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]}
    touch.send("Input.dispatchTouchEvent", one)
    phone.wait_for_timeout(700)
    fingers("touchEnd")
    pad.wait_for_pins(1)
    before = pad.picture()
    fingers("touchStart", 40)
    for distance in range(40, 100, 10):
        fingers("touchMove", distance)
    fingers("touchEnd")
    assert pad.picture() != before
    assert len(pad.python()["pins"]) == 1, "a pinch is not a tap"
    assert not errors


def test_a_failed_fetch_is_reported_and_can_be_retried(
    browser: Browser, serve: Callable[..., str], tmp_path: Path
) -> None:
    file = tmp_path / "app.py"
    file.write_text(SCRIPT, encoding="utf-8")
    url = serve(file)
    with patient(browser) as context:  # its own page, as a 404 is an error on the console
        page = context.new_page()
        page.route("**/media/*.bin", lambda route: route.fulfill(status=404))
        page.goto(url)
        failure = page.get_by_role("alert").filter(has_text="could not be loaded")
        expect(failure).to_contain_text("404")
        page.unroute("**/media/*.bin")
        page.get_by_role("button", name="Try again").click()
        wait_until_drawn(page)
        expect(failure).to_be_hidden()


def test_a_script_that_cannot_be_fetched_is_reported(
    browser: Browser, serve: Callable[..., str], tmp_path: Path
) -> None:
    file = tmp_path / "app.py"
    file.write_text(SCRIPT, encoding="utf-8")
    url = serve(file)
    with patient(browser) as context:
        page = context.new_page()
        page.route("**/media/*", lambda route: route.fulfill(status=404))
        page.goto(url)
        words = page.get_by_text("The plane could not be loaded")
        expect(words).to_contain_text("Reload this page")
        expect(page.get_by_text("Error")).to_have_count(0)


STANDALONE = """<!doctype html><meta charset="utf-8"><style>%s</style><div id="root"></div>
<script type="module">
%s
const pad = new LatentPad(document.querySelector("#root"), {
  onState: (state) => (window.state = state),
  onHover: (...where) => (window.hovered = where),
});
pad.setHeight(400);
pad.setClasses(["zero", "one"], ["#4477aa", "#ee6677"]);
const points = new PointSet(new Float32Array([0, 0, 1, 1]), new Uint8Array([0, 1]));
pad.setFilms([{ frames: [{ id: "a", title: "Alone", axes: ["u", "v"], prior: false, points }] }]);
</script>"""


def test_the_pad_works_without_streamlit(page: Page) -> None:
    page.set_content(STANDALONE % (style(WEB), bundle(WEB, "pad.js")))
    pad = wait_until_drawn(page)
    pad.click(0.5, 0.5)
    state = page.evaluate("window.state")
    assert [p["plane"] for p in state["pins"]] == [0]
    assert abs(state["pins"][0]["x"] - 0.5) < 0.02
    plane, x, _, nearest = page.evaluate("window.hovered")
    assert (plane, nearest) in ((0, 0), (0, 1)), "the nearest code is reported at any position"
    assert abs(x - 0.5) < 0.02
