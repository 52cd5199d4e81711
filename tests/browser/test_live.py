"""Live training controlled through Chromium, with a real training process."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Browser, Locator, Page, expect

from tests.background.test_processes import gone
from tests.support.waiting import patient, wait_until

pytestmark = pytest.mark.slow

SCRIPT = """
import streamlit as st
from explorer import session
from explorer.background.memory import freeze_garbage_collector
from explorer.pages.train.live import render_live

st.set_page_config(layout="wide")
freeze_garbage_collector()
if st.segmented_control("page", ["live", "elsewhere"], default="live") == "live":
    render_live()
training = session.live_training().training
st.text(f"PID {training.pid if training else 0}")
"""


class Live:
    """The open page, with the operations that the tests need."""

    def __init__(self, page: Page, url: str, address: str = "") -> None:
        self.page = page
        page.goto(f"{url}/{address}")
        self.plane: Locator = page.get_by_role("application")
        expect(self.plane).to_be_visible()

    def metric(self, label: str) -> float:
        """A metric below the plane."""
        shown = self.page.get_by_test_id("stMetric").filter(has_text=label)
        text = shown.get_by_test_id("stMetricValue").inner_text()
        return float(re.split(r"\s", text.replace(",", "").replace("−", "-"))[0])

    def until(self, true: Callable[[], object], what: str) -> None:
        wait_until(true, what, self.page)

    def knob(self, name: str) -> Locator:
        return self.page.get_by_role("slider", name=name)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def grip(self, knob: Locator, share: float) -> tuple[float, float]:
        """The position of the slider's thumb on the screen at a fraction of its range."""
        box = knob.bounding_box()
        assert box
        return box["x"] + 8 + share * (box["width"] - 16), box["y"] + box["height"] / 2

    def picture(self) -> str:
        return self.plane.evaluate("canvas => canvas.toDataURL()")

    def process(self) -> int:
        text = self.page.get_by_text(re.compile("^PID ")).inner_text()
        return int(text.removeprefix("PID "))

    def address(self) -> dict[str, str]:
        return {k: v[0] for k, v in parse_qs(urlsplit(self.page.url).query).items()}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = tmp_path / "app.py"
    file.write_text(SCRIPT, encoding="utf-8")
    return file


@pytest.fixture
def live(page: Page, serve: Callable[..., str], script: Path) -> Live:
    return Live(page, serve(script))


def test_the_plane_is_redrawn_continuously(live: Live) -> None:
    seen: list[tuple[float, str]] = []

    def moves() -> bool:
        seen.append((live.metric("Steps"), live.picture()))
        return all(len(set(one)) >= 10 for one in zip(*seen, strict=True))

    live.until(moves, "ten models have been drawn")


def test_the_plane_collapses_while_the_weight_is_dragged(live: Live) -> None:
    live.until(lambda: live.metric("Active units") == 2, "it learns")
    knob, mouse = live.knob("KL weight"), live.page.mouse
    before = live.picture()
    mouse.move(*live.grip(knob, float(knob.input_value()) / 400))
    mouse.down()
    for share in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        mouse.move(*live.grip(knob, share), steps=4)
        live.page.wait_for_timeout(150)
    live.until(lambda: live.metric("Active units") == 0, "it collapses during the drag")
    assert live.picture() != before
    assert live.metric("KL") < 0.1
    assert live.address() == {}, "the button is still pressed"
    expect(live.page.get_by_text("VAE, β = 300")).to_be_visible()
    mouse.up()
    live.until(lambda: live.address() == {"live-beta": "300"}, "the address contains the setting")
    for share in (0.9, 0.7, 0.45):
        mouse.move(*live.grip(knob, share), steps=4)
    mouse.click(*live.grip(knob, 0.45))
    live.until(lambda: live.metric("KL") > 1, "it recovers")


def test_keys_turn_the_knobs(live: Live) -> None:
    weight, scale = live.knob("KL weight"), live.knob("Pixel standard deviation")
    weight.press("Home")
    expect(live.page.get_by_text("VAE, β = 0,")).to_be_visible()
    weight.press("ArrowRight")
    expect(live.page.get_by_text("VAE, β = 0.01,")).to_be_visible()
    weight.press("End")
    scale.press("End")
    live.knob("Latent dimensions").press("ArrowRight")
    expect(live.page.get_by_text("VAE, β = 300, σ = 1", exact=True)).to_be_visible()
    live.until(lambda: "of 3" in live.page.inner_text("body"), "three dimensions")
    live.page.get_by_role("radio", name="full speed").press("ArrowLeft")
    expected = {
        "live-beta": "300",
        "live-sigma": "1",
        "live-dims": "3",
        "live-speed": "medium",
    }
    live.until(lambda: live.address() == expected, f"{live.address()}")


def test_a_link_opens_the_same_knobs(page: Page, serve: Callable[..., str], script: Path) -> None:
    live = Live(page, serve(script), "?live-beta=3&live-sigma=0.5&live-dims=4&live-speed=slow")
    expect(page.get_by_text("VAE, β = 3, σ = 0.5", exact=True)).to_be_visible()
    assert live.knob("Latent dimensions").input_value() == "4"
    assert live.knob("Pixel standard deviation").input_value() == "0.5"
    expect(live.knob("KL weight")).to_have_attribute("aria-valuetext", "3")
    expect(page.get_by_role("radio", name="slow motion")).to_be_checked()


def test_paused_training_stands_still_and_can_be_stepped(live: Live) -> None:
    live.until(lambda: live.metric("Steps") > 30, "it trains")
    live.button("❚❚ Pause").click()
    expect(live.page.get_by_text("paused")).to_be_visible()
    live.page.wait_for_timeout(3000)  # until codes and camera have come to rest
    steps, picture = live.metric("Steps"), live.picture()
    live.page.wait_for_timeout(2500)
    assert live.metric("Steps") == steps
    assert live.picture() == picture
    for count in (1, 2):
        live.button("Step").click()
        live.until(lambda count=count: live.metric("Steps") == steps + count, "one step")
    live.page.wait_for_timeout(1000)
    assert live.metric("Steps") == steps + 2
    assert live.picture() != picture
    live.button("▶ Train").click()
    live.until(lambda: live.metric("Steps") > steps + 20, "it trains again")
    live.button("Start afresh").click()
    live.until(lambda: live.metric("Steps") < steps, "new weights")


def test_the_camera_rests_while_the_codes_move(live: Live) -> None:
    """The point under a resting mouse is the same in every picture, although the cloud grows and
    shrinks a little in each and, without a KL term, extends far beyond the prior."""
    live.knob("KL weight").press("Home")
    live.until(lambda: live.metric("KL") > 12, "the codes spread")
    box = live.plane.bounding_box()
    assert box
    place = box["x"] + 0.9 * box["width"], box["y"] + 0.1 * box["height"]
    seen: list[tuple[str, str]] = []

    def rests() -> bool:
        live.page.mouse.move(0, 0)
        live.page.mouse.move(*place)
        said = live.page.locator(".readout").inner_text()
        seen.append((said.partition("nearest")[0], live.picture()))
        last = seen[-12:]
        return len({place for place, _ in last}) == 1 and len({picture for _, picture in last}) > 6

    live.until(rests, f"the camera never rests: {[place for place, _ in seen[-12:]]}")


def test_the_point_under_the_mouse_stays_and_its_picture_is_redrawn(live: Live) -> None:
    """Under a resting mouse, position and zoom stay the same while the picture is updated."""
    page = live.page
    live.until(lambda: live.metric("Steps") > 10, "it trains")
    live.plane.press("+")
    live.plane.press("+")
    box = live.plane.bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.4 * box["height"])
    place = r"z₁ (\S+)\s+z₂ (\S+)"
    first = re.search(place, page.locator(".readout").inner_text())
    assert first
    shown = page.locator("canvas.picture")
    seen = set()

    def stays() -> bool:
        seen.add(shown.evaluate("canvas => canvas.toDataURL()"))
        again = re.search(place, page.locator(".readout").inner_text())
        assert again, "the readout is empty"
        assert again.groups() == first.groups()
        return len(seen) > 5

    live.until(stays, "the picture under the mouse is redrawn")


def test_training_ends_when_the_visitor_leaves_and_restarts_on_return(live: Live) -> None:
    first = live.process()
    assert not gone(first)
    live.page.get_by_text("elsewhere", exact=True).click()
    expect(live.plane).to_have_count(0)
    live.until(lambda: gone(first), "the training has stopped")
    live.page.get_by_text("live", exact=True).click()
    expect(live.plane).to_be_visible()
    live.until(lambda: live.metric("Steps") > 5, "it trains again")
    assert live.process() != first


def test_training_ends_when_the_tab_is_closed(
    browser: Browser, serve: Callable[..., str], script: Path
) -> None:
    context = patient(browser)
    live = Live(context.new_page(), serve(script))
    pid = live.process()
    context.close()
    wait_until(lambda: gone(pid), "the training has stopped")


def test_fingers_turn_the_knobs(browser: Browser, serve: Callable[..., str], script: Path) -> None:
    size = {"width": 390, "height": 844}
    context = patient(browser, viewport=size, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    page = context.new_page()
    live = Live(page, serve(script))
    knob = live.knob("KL weight")
    page.touchscreen.tap(*live.grip(knob, 0.9))
    live.until(lambda: 80 < float(live.address().get("live-beta", 0)) < 150, "a tap sets it")
    plane = live.plane.bounding_box()
    assert plane
    assert plane["x"] >= 0
    assert plane["x"] + plane["width"] <= size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    context.close()
