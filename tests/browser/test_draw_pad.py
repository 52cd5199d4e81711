"""The draw pad with real mouse, touch and keyboard events in Chromium, with a real server."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("playwright")

from playwright.sync_api import Browser, Locator, Page, expect

from explorer.components.bundle import bundle
from explorer.components.draw_pad import MAX_POINTS, MAX_STROKES, WEB
from explorer.components.mount import style
from tests.support.waiting import patient, wait_until

pytestmark = pytest.mark.slow

SCRIPT = """
import json

import streamlit as st
from explorer.components.draw_pad import draw_pad

where = st.segmented_control("page", ["draw", "elsewhere"], default="draw")
st.session_state.runs = st.session_state.get("runs", 0) + 1
st.button("rerun")
if where == "draw":
    kept = st.session_state.get("kept", ())
    st.session_state.kept = draw_pad(strokes=kept, pen=0.1, prompt="Draw", height=300, key="pad")
told = {"runs": st.session_state.runs, "strokes": st.session_state.kept}
st.text("STATE " + json.dumps(told))
"""

Point = tuple[float, float]
BAR, POST, ARC = (
    [(0.2, 0.2), (0.8, 0.2)],
    [(0.5, 0.2), (0.5, 0.8)],
    [(0.5 + 0.3 * math.sin(a / 8), 0.5 - 0.3 * math.cos(a / 8)) for a in range(51)],
)


class Pad:
    """The open page, with the operations that the tests need."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.canvas: Locator = page.locator(".draw-pad canvas")
        expect(self.canvas).to_be_visible()
        page.wait_for_timeout(200)

    def place(self, x: float, y: float) -> Point:
        """The position of a point of the field on the screen."""
        box = self.canvas.bounding_box()
        assert box
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def draw(self, points: list[Point], steps: int = 6) -> None:
        """Draw a stroke with the mouse."""
        mouse = self.page.mouse
        mouse.move(*self.place(*points[0]))
        mouse.down()
        for point in points[1:]:
            mouse.move(*self.place(*point), steps=steps)
        mouse.up()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def python(self) -> tuple[list[list[Point]], int]:
        """The strokes and the number of runs, as printed by the script."""
        text = self.page.get_by_text(re.compile("^STATE ")).inner_text()
        told = json.loads(text.removeprefix("STATE "))
        return told["strokes"], told["runs"]

    def wait(self, count: int) -> list[list[Point]]:
        """The strokes, once Python has received ``count`` of them."""
        wait_until(lambda: len(self.python()[0]) == count, f"there are {count} strokes", self.page)
        return self.python()[0]

    def rerun(self) -> None:
        runs = self.python()[1]
        self.button("rerun").click()
        wait_until(lambda: self.python()[1] > runs, "the script has run again", self.page)

    def ink(self) -> np.ndarray:
        """The darkness of each point of the field, (300, 300) in [0, 1], without its frame."""
        picture = self.canvas.screenshot(scale="css")
        grey = np.asarray(Image.open(io.BytesIO(picture)).convert("L"), dtype=float) / 255
        return np.abs(grey - np.median(grey[5:-5, 5:15]))

    def inked(self, x: float, y: float) -> bool:
        ink = self.ink()
        return bool(ink[int(y * ink.shape[0]), int(x * ink.shape[1])] > 0.5)


@pytest.fixture
def pad(page: Page, serve: Callable[..., str], tmp_path: Path) -> Pad:
    file = tmp_path / "app.py"
    file.write_text(SCRIPT, encoding="utf-8")
    page.goto(serve(file))
    return Pad(page)


def test_a_stroke_is_visible_at_once_and_reported_at_its_end(pad: Pad) -> None:
    expect(pad.page.get_by_text("Draw", exact=True)).to_be_visible()
    mouse = pad.page.mouse
    mouse.move(*pad.place(0.2, 0.5))
    mouse.down()
    mouse.move(*pad.place(0.7, 0.5), steps=5)
    pad.page.wait_for_timeout(300)
    assert pad.inked(0.45, 0.5), "the button is still pressed"
    assert pad.python()[0] == []
    expect(pad.page.locator(".prompt")).to_be_hidden()
    mouse.up()
    ((first, *_, last),) = pad.wait(1)
    assert first == pytest.approx([0.2, 0.5], abs=0.01)
    assert last == pytest.approx([0.7, 0.5], abs=0.01)


def test_strokes_are_short_and_follow_the_mouse(pad: Pad) -> None:
    pad.draw(BAR, steps=40)
    pad.wait(1)
    high = np.flatnonzero(pad.ink()[30:120, 150] > 0.5)  # across the bar
    assert len(high) == pytest.approx(30, abs=3), "the pen is a tenth of the field wide"
    pad.draw(ARC, steps=5)
    bar, arc = pad.wait(2)
    assert len(bar) <= 3, "a straight line needs no intermediate points"
    assert 10 < len(arc) < 40
    assert len(json.dumps(arc)) < 800
    assert all(value == round(value, 3) for point in arc for value in point)
    for point in ARC:
        nearest = min(math.dist(point, segment) for segment in _between(arc))
        assert nearest < 0.01
    assert pad.inked(0.5, 0.8)
    assert not pad.inked(0.5, 0.5)


def _between(points: list[Point]) -> Iterator[Point]:
    for (ax, ay), (bx, by) in pairwise(points):
        for k in range(11):
            yield ax + (bx - ax) * k / 10, ay + (by - ay) * k / 10


def test_a_click_is_a_dot_and_strokes_stay_within_the_edge(pad: Pad) -> None:
    pad.canvas.click(position={"x": 90, "y": 150})
    assert pad.wait(1) == [[[pytest.approx(0.3, abs=0.01), pytest.approx(0.5, abs=0.01)]]]
    assert pad.inked(0.3, 0.5)
    pad.draw([(0.5, 0.5), (2.5, 0.5), (2.5, -0.3)])
    stroke = pad.wait(2)[1]
    assert stroke[0] == pytest.approx([0.5, 0.5], abs=0.01)
    assert stroke[-1] == [1, 0], "drawing continues outside, along the edge"
    pad.page.mouse.click(*pad.place(0.5, 0.5), button="right")
    pad.page.mouse.move(*pad.place(0.2, 0.2))
    pad.page.keyboard.press("Escape")
    pad.rerun()
    assert len(pad.python()[0]) == 2, "neither hovering nor another button draws"


def test_undo_and_clear(pad: Pad) -> None:
    for name in ("Undo", "Clear"):
        expect(pad.button(name)).to_be_disabled()
    pad.draw(BAR)
    pad.draw(POST)
    pad.wait(2)
    expect(pad.page.get_by_text("2 strokes", exact=True)).to_be_visible()
    pad.button("Undo").click()
    assert len(pad.wait(1)) == 1
    assert pad.inked(0.3, 0.2)
    assert not pad.inked(0.5, 0.6)
    pad.draw(POST)
    pad.wait(2)
    pad.button("Clear").click()
    pad.wait(0)
    assert not pad.inked(0.3, 0.2)
    assert not pad.inked(0.5, 0.6)
    expect(pad.page.get_by_text("Draw", exact=True)).to_be_visible()
    expect(pad.button("Undo")).to_be_disabled()


def test_strokes_survive_reruns_and_another_page(pad: Pad) -> None:
    pad.draw(BAR)
    strokes = pad.wait(1)
    pad.rerun()
    assert pad.python()[0] == strokes
    assert pad.inked(0.5, 0.2)
    pad.page.get_by_role("radio", name="elsewhere").click()
    expect(pad.canvas).to_have_count(0)
    pad.page.get_by_role("radio", name="draw").click()
    expect(pad.canvas).to_be_visible()
    pad.page.wait_for_timeout(300)
    assert pad.inked(0.5, 0.2)
    assert pad.wait(1) == strokes
    pad.draw(POST)
    assert pad.wait(2)[0] == strokes[0]
    pad.button("Clear").click()
    pad.wait(0)


def test_many_quick_strokes_all_arrive(pad: Pad) -> None:
    for k in range(12):
        pad.draw([(0.1, 0.05 + 0.07 * k), (0.9, 0.05 + 0.07 * k)], steps=1)
    assert len(pad.wait(12)) == 12


def test_there_is_a_limit_which_is_announced(pad: Pad) -> None:
    for k in range(MAX_STROKES + 2):
        pad.page.mouse.click(*pad.place(0.1 + 0.02 * k, 0.5))
    pad.wait(MAX_STROKES)
    expect(pad.page.locator("[aria-live=polite]")).to_contain_text("No more than 40 strokes")
    pad.button("Undo").click()
    pad.wait(MAX_STROKES - 1)


def test_the_keyboard_undoes_strokes(pad: Pad) -> None:
    pad.draw(BAR)
    pad.draw(POST)
    pad.wait(2)
    field = pad.page.get_by_role("img", name="Drawing field, 2 strokes")
    field.focus()
    field.press("Control+z")
    pad.wait(1)
    expect(pad.page.locator("[aria-live=polite]")).to_have_text("Stroke 2 undone.")
    pad.draw(POST)
    pad.wait(2)
    pad.canvas.press("Delete")
    pad.wait(0)
    expect(pad.page.get_by_role("img", name="Drawing field, empty")).to_be_visible()


def test_ink_stands_out_in_light_and_dark(pad: Pad) -> None:
    pad.draw(BAR)
    pad.wait(1)
    for scheme in ("dark", "light"):
        pad.page.emulate_media(color_scheme=scheme)
        pad.page.wait_for_timeout(700)
        picture = Image.open(io.BytesIO(pad.canvas.screenshot())).convert("L")
        ink, paper = picture.getpixel((150, 60)), picture.getpixel((150, 250))
        assert (ink > 150, paper > 150) == (scheme == "dark", scheme == "light")


# ---- fingers


@pytest.fixture
def phone(browser: Browser, serve: Callable[..., str], tmp_path: Path) -> Iterator[Pad]:
    file = tmp_path / "app.py"
    file.write_text(SCRIPT, encoding="utf-8")
    context = patient(
        browser,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        device_scale_factor=3,
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.goto(serve(file))
    yield Pad(page)
    context.close()
    assert not errors, errors


class Fingers:
    """Touches by id: ``{0: (x, y)}`` in fractions of the field."""

    def __init__(self, pad: Pad) -> None:
        self.pad = pad
        self.session = pad.page.context.new_cdp_session(pad.page)

    def send(self, kind: str, down: dict[int, Point]) -> None:
        places = {finger: self.pad.place(*at) for finger, at in down.items()}
        points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in places.items()]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def draw(self, points: list[Point]) -> None:
        self.send("touchStart", {0: points[0]})
        for (ax, ay), (bx, by) in pairwise(points):
            for k in range(1, 7):
                self.send("touchMove", {0: (ax + (bx - ax) * k / 6, ay + (by - ay) * k / 6)})
        self.send("touchEnd", {})


def test_a_finger_draws_and_does_not_scroll(phone: Pad) -> None:
    fingers = Fingers(phone)
    before = phone.canvas.bounding_box()
    fingers.draw([(0.5, 0.9), (0.5, 0.1)])
    fingers.draw(BAR)
    post, bar = phone.wait(2)
    assert post[0] == pytest.approx([0.5, 0.9], abs=0.02)
    assert post[-1] == pytest.approx([0.5, 0.1], abs=0.02)
    assert bar[-1] == pytest.approx([0.8, 0.2], abs=0.02)
    assert phone.canvas.bounding_box() == before
    sharp = phone.canvas.evaluate("canvas => canvas.width / canvas.clientWidth")
    assert sharp == pytest.approx(3, abs=0.01)
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    for _ in range(4):  # Chromium takes a tap soon after a swipe for its end, and ignores it
        phone.page.wait_for_timeout(700)
        phone.button("Undo").tap()
        phone.page.wait_for_timeout(1500)
        if len(phone.python()[0]) < 2:
            break
    assert len(phone.python()[0]) == 1


def test_a_second_finger_draws_nothing(phone: Pad) -> None:
    fingers = Fingers(phone)
    fingers.send("touchStart", {0: (0.2, 0.2)})
    fingers.send("touchMove", {0: (0.4, 0.2)})
    fingers.send("touchStart", {0: (0.4, 0.2), 1: (0.8, 0.8)})
    fingers.send("touchMove", {0: (0.6, 0.2), 1: (0.2, 0.8)})
    fingers.send("touchEnd", {1: (0.2, 0.8)})
    fingers.send("touchEnd", {})
    (stroke,) = phone.wait(1)
    assert all(y == pytest.approx(0.2, abs=0.02) for _, y in stroke)
    assert stroke[-1][0] == pytest.approx(0.6, abs=0.02)


def test_a_touch_cancelled_by_the_browser_is_not_a_stroke(phone: Pad) -> None:
    fingers = Fingers(phone)
    fingers.send("touchStart", {0: (0.2, 0.2)})
    fingers.send("touchMove", {0: (0.6, 0.2)})
    fingers.send("touchCancel", {})
    fingers.draw(POST)
    (stroke,) = phone.wait(1)
    assert stroke[0] == pytest.approx([0.5, 0.2], abs=0.02)


# ---- without Streamlit

STANDALONE = """<!doctype html><meta charset="utf-8"><style>%s</style><div id="root"></div>
<script type="module">
%s
window.heard = [];
const settings = { pen: 0.1, prompt: "Here", height: 300, limits: { strokes: 5, points: %d } };
const pad = new DrawPad(document.querySelector("#root"), settings, {
  onStrokes: (strokes) => window.heard.push(strokes),
});
pad.setStrokes([[[0.1, 0.1], [0.9, 0.1]]]);
Object.assign(window, { pad });
</script>"""


@pytest.fixture
def alone(page: Page) -> Pad:
    page.set_content(STANDALONE % (style(WEB), bundle(WEB, "drawing.js"), MAX_POINTS))
    return Pad(page)


def test_the_pad_works_without_streamlit(alone: Pad) -> None:
    assert alone.inked(0.5, 0.1)
    assert alone.page.evaluate("window.heard") == [], "strokes set from outside are not reported"
    alone.draw(POST)
    ((first, second),) = alone.page.evaluate("window.heard")
    assert first == [[0.1, 0.1], [0.9, 0.1]]
    assert second[0] == pytest.approx([0.5, 0.2], abs=0.01)
    alone.button("Undo").click()
    assert alone.page.evaluate("window.heard.at(-1)") == [first]
    alone.page.evaluate("window.pad.destroy()")
    expect(alone.canvas).to_have_count(0)


MOUNTED = """<!doctype html><meta charset="utf-8"><style>%s</style><div id="root"></div>
<script type="module">
%s
const parentElement = document.querySelector("#root");
const limits = { strokes: 5, points: 400 };
window.said = [];
window.run = (strokes) => mount({
  parentElement,
  data: { strokes, pen: 0.1, prompt: "Here", height: 300, limits },
  setStateValue: (name, value) => window.said.push([name, value]),
});
window.cleanUps = [window.run([])];
</script>"""


def test_a_late_rerun_does_not_restore_undone_strokes(page: Page) -> None:
    script = bundle(WEB, "streamlit.js").replace(
        "export default function", "const mount = function"
    )
    page.set_content(MOUNTED % (style(WEB), script))
    pad = Pad(page)
    pad.draw(BAR)
    pad.draw(POST)
    told = page.evaluate("window.said")
    assert [(name, len(value)) for name, value in told] == [("strokes", 1), ("strokes", 2)]
    pad.button("Undo").click()
    # A rerun with two strokes arrives after the visitor has undone one.
    page.evaluate("strokes => void window.cleanUps.push(window.run(strokes))", told[1][1])
    page.wait_for_timeout(100)
    assert pad.inked(0.3, 0.2)
    assert not pad.inked(0.5, 0.6)
    pad.button("Clear").click()
    page.evaluate("strokes => void window.cleanUps.push(window.run(strokes))", told[1][1])
    page.wait_for_timeout(100)
    assert not pad.inked(0.3, 0.2)
    assert page.evaluate("window.said.at(-1)") == ["strokes", []]

    page.evaluate("window.cleanUps.slice(0, 2).forEach((cleanUp) => cleanUp())")
    expect(pad.canvas).to_have_count(1)  # only runs that had been replaced were cleaned up
    page.evaluate("window.cleanUps[2]()")
    expect(pad.canvas).to_have_count(0)
    page.evaluate("strokes => void window.run(strokes)", told[0][1])
    page.wait_for_timeout(100)
    assert pad.inked(0.3, 0.2), "a new pad shows the strokes that Python has kept"
