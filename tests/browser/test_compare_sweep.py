"""Compare along the KL weight in a real browser: the curve's handle, and the parts linked to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Browser, Locator, Page, expect

from explorer.bench.browser import REPOSITORY, Server
from explorer.datasets import DATASETS
from tests.browser.test_app import LAPTOP, PHONE, App
from tests.pages.trained import SERIES, series_name, train_tiny_models
from tests.support.waiting import patient

pytestmark = pytest.mark.slow

NAMES = [f"{weight:g}" for weight in SERIES]
QUERY = {"data": DATASETS["digits"].title, "series": series_name()}

SCRIPT = """
import streamlit as st
from explorer.components.rate_curve import rate_curve

st.session_state.setdefault("current", 1)
st.session_state.setdefault("picks", [])

def pick(index):
    st.session_state.current = index
    st.session_state.picks.append(index)

st.button("third", on_click=lambda: st.session_state.update(current=3))
rate_curve(
    [90.0, 8.0, 6.0, 3.0, 0.5, 0.0], [10.0, 11.0, 12.0, 20.0, 35.0, 40.0], [0, 0.3, 1, 4, 16, 32],
    current=st.session_state.current, height=300, key="curve", on_pick=pick,
)
st.text(f"STATE {st.session_state.current} of {st.session_state.picks}")
"""


class Curve:
    """The curve on the open page, with the operations that the tests need."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.handle: Locator = page.get_by_role("slider", name="Place on the rate–distortion curve")
        expect(self.handle).to_be_visible()
        self.handle.scroll_into_view_if_needed()
        page.wait_for_timeout(300)

    def model(self, index: int) -> tuple[float, float]:
        """The position of a model's point on the screen."""
        box = self.page.locator(".rate-curve circle.model").nth(index).bounding_box()
        assert box
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def at(self) -> tuple[float, float]:
        """The position of the handle on the screen."""
        box = self.handle.bounding_box()
        assert box
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def stands_at(self, name: str) -> None:
        expect(self.handle).to_have_attribute("data-name", name)

    def python_says(self, words: str) -> None:
        expect(self.page.get_by_text(f"STATE {words}", exact=True)).to_be_visible()


# Drags the handle along positions and returns the names of the points to which it snapped.
MOVE = """(handle, ways) => ways.map(([clientX, clientY]) => {
  const options = { clientX, clientY, pointerId: 1, bubbles: true, isPrimary: true, buttons: 1 };
  handle.dispatchEvent(new PointerEvent("pointermove", options));
  return handle.dataset.name;
})"""


@pytest.fixture
def curve(page: Page, serve: Callable[..., str], tmp_path: Path) -> Curve:
    script = tmp_path / "curve.py"
    script.write_text(SCRIPT)
    page.goto(serve(script))
    return Curve(page)


def test_a_drag_snaps_to_models_and_is_reported_at_rest(curve: Curve) -> None:
    mouse = curve.page.mouse
    assert curve.at() == pytest.approx(curve.model(1), abs=1)
    mouse.move(*curve.at())
    mouse.down()
    # Past the third model to the fourth without a pause: on a busy machine a mouse that moves step
    # by step might rest on the way.
    ways = [[x + 6, y - 9] for x, y in (curve.model(index) for index in (2, 3))]
    assert curve.handle.evaluate(MOVE, ways) == ["1", "4"]
    assert curve.at() == pytest.approx(curve.model(3), abs=1), "it snaps"
    curve.python_says("3 of [3]")  # it rests, still held; the models passed are not reported
    mouse.move(*curve.model(5), steps=2)
    mouse.up()
    curve.python_says("5 of [3, 5]")
    curve.stands_at("32")


def test_a_click_selects_also_models_beyond_the_edge(curve: Curve) -> None:
    curve.page.mouse.click(*curve.model(4))
    curve.python_says("4 of [4]")
    curve.page.mouse.click(*curve.model(0))
    curve.python_says("0 of [4, 0]")
    expect(curve.handle).to_have_attribute("aria-valuetext", re.compile("^β = 0: rate 90.00"))
    box = curve.page.locator(".rate-curve").bounding_box()
    assert box
    assert curve.at()[0] < box["x"] + box["width"]
    curve.page.mouse.click(*curve.model(0))
    curve.page.wait_for_timeout(400)
    curve.python_says("0 of [4, 0]")  # clicking the same point again is not reported


def test_arrow_keys_move_in_their_direction(curve: Curve) -> None:
    curve.handle.focus()
    places = [curve.at()]
    for key, name in (("ArrowUp", "1"), ("ArrowLeft", "4"), ("ArrowRight", "1"), ("End", "32")):
        curve.handle.press(key)
        curve.stands_at(name)
        places.append(curve.at())
    assert places[1][1] < places[0][1], "up"
    assert places[2][0] < places[1][0], "left"
    assert places[3][0] > places[2][0], "right"
    curve.handle.press("ArrowUp")
    curve.stands_at("32")
    curve.handle.press("Home")
    curve.stands_at("0")
    curve.page.wait_for_timeout(300)
    expect(curve.page.get_by_text(re.compile(r"^STATE 0 of \[.*0\]$"))).to_be_visible()
    assert curve.handle.evaluate("handle => handle.getRootNode().activeElement === handle")


def test_the_page_can_move_the_handle(curve: Curve) -> None:
    curve.page.mouse.click(*curve.model(4))
    curve.python_says("4 of [4]")
    curve.page.get_by_role("button", name="third").click()
    curve.stands_at("4")
    curve.python_says("3 of [4]")
    curve.page.mouse.click(*curve.model(4))
    curve.python_says("4 of [4, 4]")


# ---- the page


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app with a KL-weight series of the embedded digits."""
    folder = tmp_path_factory.mktemp("sweep")
    home = folder / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_HOME", str(home))
        train_tiny_models(home)
    variables = {"EXPLORER_HOME": str(home), "EXPLORER_DATA": str(folder / "data")}
    server = Server(REPOSITORY / "app.py", folder / "log", variables=variables, folder=REPOSITORY)
    yield server
    server.stop()
    assert "Traceback" not in server.said(), server.said()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Callable[..., App]]:
    """Opens the app for a visitor with their own window."""
    contexts = []
    apps = []

    def start(**options: object) -> App:
        context = patient(browser, **({"viewport": LAPTOP} | options))
        contexts.append(context)
        apps.append(App(context.new_page(), server.url))
        return apps[-1]

    yield start
    for context in contexts:
        context.close()
    assert not [fault for app in apps for fault in app.faults]


def all_agree(app: App, name: str) -> None:
    """Film, curve, button, samples and address agree on one weight."""
    page = app.page
    slider = page.get_by_role("slider", name="KL weight β")
    expect(slider).to_have_attribute("aria-valuetext", f"KL weight β = {name}")
    expect(page.locator(".rate-curve .handle")).to_have_attribute("data-name", name)
    expect(app.captioned(re.compile(rf"at β = {re.escape(name)}$"))).to_be_visible()
    primary = page.get_by_test_id("stBaseButton-primary")
    expect(primary).to_have_text(f"β = {name}")
    app.wait_for_query(lambda query: query.get("beta") == name)


def test_all_parts_follow_a_change_of_the_weight(visit: Callable[..., App]) -> None:
    app = visit().open("Compare", **QUERY, hide="3")
    page, curve = app.page, Curve(app.page)
    page.mouse.move(*curve.at())
    page.mouse.down()
    page.mouse.move(*curve.model(2), steps=5)
    page.mouse.up()
    all_agree(app, NAMES[2])
    page.get_by_role("button", name=f"β = {NAMES[0]}", exact=True).click()
    all_agree(app, NAMES[0])
    page.get_by_role("slider", name="KL weight β").press("ArrowRight")
    all_agree(app, NAMES[1])
    curve.handle.press("ArrowUp")
    all_agree(app, NAMES[2])
    assert app.query()["hide"] == "3", "hidden classes stay hidden"
    page.reload()
    app.ready()
    all_agree(app, NAMES[2])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_weights_and_the_collapse_fit_on_a_phone(
    visit: Callable[..., App], scheme: str
) -> None:
    for view, words in (("All weights", "same 16 draws"), ("Collapse", "2nd dimension")):
        app = visit(viewport=PHONE, color_scheme=scheme, has_touch=True)
        app.open("Compare", **QUERY, along=view)
        expect(app.page.get_by_text(words).first).to_be_visible()
        app.at_rest()
        assert app.overflow() <= 0
        Curve(app.page)  # is present and visible


def test_a_finger_drags_the_handle(visit: Callable[..., App]) -> None:
    app = visit(viewport=PHONE, has_touch=True).open("Compare", **QUERY)
    curve = Curve(app.page)
    touch = app.page.context.new_cdp_session(app.page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        places = [{"x": x, "y": y} for x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    (x, y), (to_x, to_y) = curve.at(), curve.model(2)
    send("touchStart", (x, y))
    for step in range(1, 9):
        send("touchMove", (x + (to_x - x) * step / 8, y + (to_y - y) * step / 8))
    send("touchEnd")
    all_agree(app, NAMES[2])
