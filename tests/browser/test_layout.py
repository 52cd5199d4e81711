"""The plane is the largest thing on the screen, and nothing jumps while a page is built."""

from __future__ import annotations

import io
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("playwright")

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from explorer.bench.browser import Server
from explorer.pages import PAGES
from tests.support.waiting import patient, wait_until

pytestmark = pytest.mark.slow

LAPTOP, PROJECTOR = {"width": 1366, "height": 768}, {"width": 1920, "height": 1080}
PHONE = {"width": 390, "height": 844}
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, startTime, sources } of list.getEntries())
    if (!hadRecentInput) window.shifts.push([startTime, value, sources.map(({ node }) =>
      (node?.parentElement?.className ?? "") + " " + (node?.textContent ?? "").slice(0, 40))]);
}).observe({ type: "layout-shift", buffered: true });
"""
# The smallest text of a pad, in pixels on the screen.
SMALLEST = """pad => {
  const says = ({ childNodes }) => [...childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  const zoom = (e) => e.getBoundingClientRect().width / e.offsetWidth;
  const shown = [...pad.querySelectorAll("*")].filter((e) => e.offsetParent && says(e));
  return Math.min(...shown.map((e) => parseFloat(getComputedStyle(e).fontSize) * zoom(e)));
}"""
# On a phone, pages that are not there yet: what loads late has no place of its own.
MOVING = {"geometry": 0.2, "draw": 0.25, "sample": 0.25, "information": 0.25}
STILL = 0.1  # of the cumulative layout shift: "good" by web.dev/cls


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    with patient(browser, viewport=LAPTOP) as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    page.add_init_script(SHIFTS)
    yield page
    page.close()


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    at_rest(page)
    return page


def box_of(element: Locator) -> dict[str, float]:
    """Where an element is, in CSS pixels, once it is there."""
    expect(element).to_be_visible()
    box = element.bounding_box()
    assert box
    return dict(box)


def at_rest(page: Page) -> None:
    state = page.get_by_test_id("stApp")
    expect(state).to_have_attribute("data-test-script-state", "notRunning")


def pixels(picture: bytes) -> np.ndarray:
    """A screenshot, (H, W, 3)."""
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), dtype=int)


def close_card(page: Page) -> None:
    """Close the start card, which only a newcomer sees."""
    close = page.get_by_role("button", name="✕")
    if close.is_visible():
        close.click()
        expect(close).to_be_hidden()
    at_rest(page)


def shift(page: Page) -> float:
    """The cumulative layout shift: the worst of all windows of at most 5 s without a second of
    rest (web.dev/cls)."""
    worst = total = begin = last = 0.0
    for start, value, _ in page.evaluate("window.shifts"):
        if start - last > 1000 or start - begin > 5000:
            total, begin = 0.0, start
        total, last = total + value, start
        worst = max(worst, total)
    return worst


@pytest.mark.parametrize("size", [LAPTOP, PROJECTOR], ids=["laptop", "projector"])
def test_the_plane_takes_two_thirds_of_the_windows_height(
    page: Page, fresh_server: Server, size: dict[str, int]
) -> None:
    page.set_viewport_size(size)  # type: ignore[arg-type]
    opened(page, fresh_server.url)
    close_card(page)
    box = box_of(page.get_by_role("application").first)
    picture = box_of(page.locator("canvas.picture").first)
    film = box_of(page.locator("canvas.film").first)
    legend = box_of(page.get_by_role("group", name="Classes"))
    assert box["height"] >= 0.65 * size["height"]
    assert box["y"] + box["height"] <= size["height"], "all of it is seen at once"
    assert 0.8 < box["width"] / box["height"] < 1.3
    for beside in (picture, film, legend):
        assert beside["x"] > box["x"] + box["width"]
        assert beside["y"] + beside["height"] <= box["y"] + box["height"] + 1
    assert picture["width"] >= 8 * 28


@pytest.mark.parametrize("path", [one.PATH for one in PAGES])
@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_nothing_jumps(page: Page, fresh_server: Server, path: str, size: dict[str, int]) -> None:
    page.set_viewport_size(size)  # type: ignore[arg-type]
    opened(page, f"{fresh_server.url}/{path}")
    page.wait_for_timeout(1500)
    at_rest(page)
    most = MOVING.get(path, STILL) if size == PHONE else STILL
    assert shift(page) <= most, page.evaluate("window.shifts")


def test_the_planes_of_a_comparison_are_together_on_a_phone(
    page: Page, fresh_server: Server
) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    opened(page, f"{fresh_server.url}/compare")
    boxes = [box_of(page.get_by_role("application").nth(k)) for k in range(3)]
    pictures = [box_of(page.locator("canvas.picture").nth(k)) for k in range(3)]
    for one, below in zip(boxes, pictures, strict=True):
        assert one["y"] == pytest.approx(boxes[0]["y"], abs=1)
        assert below["y"] + below["height"] < PHONE["height"], "seen without scrolling"
        assert below["y"] >= one["y"] + one["height"]
    menus = box_of(page.get_by_role("combobox").first)
    assert menus["y"] > pictures[0]["y"], "the settings come after the pictures"


def test_a_phone_says_which_page_it_is(page: Page, fresh_server: Server) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    opened(page, f"{fresh_server.url}/holes")
    name = page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stHeader]'), '::after').content"
    )
    assert name == '"Holes"'


def test_the_plane_is_one_tab_and_a_key_away(page: Page, fresh_server: Server) -> None:
    opened(page, fresh_server.url)
    expect(page.get_by_role("application").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the plane")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("application").first).to_be_focused()


# ---- links


def linked(page: Page) -> dict[str, str]:
    """What the link names that the page gives."""
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    return {k: v[0] for k, v in parse_qs(urlsplit(link).query, keep_blank_values=True).items()}


def test_a_copied_link_names_all_that_is_shown(page: Page, fresh_server: Server) -> None:
    opened(page, f"{fresh_server.url}/compare")
    expect(page.get_by_role("application").nth(3)).to_be_visible()
    said = linked(page)
    assert (said["left"], said["right"]) == ("mnist-ae", "mnist-collapsed")
    assert (said["series"], said["beta"]) == ("mnist vae, 2-D", "1")
    assert said["layers"] == "points,prior"
    assert {"hide", "marks", "draws", "data", "along"} <= set(said)


def test_a_link_leads_to_the_same_place_on_the_same_part_of_the_plane(
    page: Page, fresh_server: Server, context: BrowserContext
) -> None:
    opened(page, fresh_server.url)
    plane = page.get_by_role("application").first
    box = box_of(plane)
    plane.click(position={"x": 0.6 * box["width"], "y": 0.4 * box["height"]})
    page.mouse.wheel(0, -600)
    page.wait_for_url("**pins-zoom**")
    page.get_by_role("button", name="Walk along the path").click()
    page.wait_for_timeout(900)
    page.get_by_role("button", name="Pause the walk along the path").click()
    page.wait_for_url("**pins-walk**")
    at_rest(page)
    facts = page.locator(".facts").first.inner_text()
    page.get_by_role("button", name="Copy link").click()
    link = page.evaluate("navigator.clipboard.readText()")
    other = context.new_page()
    try:
        opened(other, link)
        expect(other.get_by_role("application").first).to_be_visible()
        there = other.locator(".facts").first
        wait_until(lambda: there.inner_text() == facts, "the same place is shown", other)
        plane.blur()
        before, after = plane.screenshot(), other.get_by_role("application").first.screenshot()
        difference = np.abs(pixels(before) - pixels(after)).max(axis=2)
        assert (difference > 40).mean() < 0.005, "but for the rounding in the link"
    finally:
        other.close()


def test_a_link_to_a_model_that_is_not_here_says_so(page: Page, fresh_server: Server) -> None:
    opened(page, f"{fresh_server.url}/?model=gone")
    expect(page.get_by_text("The link asks for model “gone”, which is not here.")).to_be_visible()
    expect(page.get_by_role("application")).to_have_count(0)
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name="mnist-ae", exact=True).click()
    expect(page.get_by_role("application").first).to_be_visible()
    wait_until(lambda: "model=mnist-ae" in page.url, "the address names the model", page)


# ---- presenting


def test_presenting_leaves_the_plane_and_what_is_pinned_open(
    page: Page, fresh_server: Server
) -> None:
    page.set_viewport_size(PROJECTOR)  # type: ignore[arg-type]
    opened(page, f"{fresh_server.url}/?present=1")
    plane, menu = page.get_by_role("application").first, page.get_by_role("combobox").first
    expect(menu).to_be_hidden()
    expect(page.get_by_test_id("stHeader")).to_be_hidden()
    box = box_of(plane)
    assert box["height"] > 0.8 * PROJECTOR["height"]
    smallest = page.locator(".pad").first.evaluate(SMALLEST)
    assert smallest >= 18
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    z1 = page.locator(".facts dd").nth(1)
    wait_until(lambda: abs(float(z1.inner_text().replace("−", "-"))) < 0.3, "the middle", page)
    page.get_by_role("button", name="Controls").click()
    expect(menu).to_be_visible()
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_test_id("stHeader")).to_be_visible()
    assert "present" not in page.url


def test_the_wheel_scrolls_until_the_plane_was_clicked(page: Page, fresh_server: Server) -> None:
    opened(page, f"{fresh_server.url}/?pins=")
    plane = page.get_by_role("application").first
    box = box_of(plane)
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.wheel(0, 300)
    expect(page.get_by_text("Click the plane, or hold Ctrl")).to_be_visible()
    wait_until(lambda: box_of(plane)["y"] < box["y"] - 50, "it scrolls", page)
    assert "zoom" not in page.url
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    page.wait_for_url("**pins-zoom**")


def test_pointing_at_a_class_in_the_legend_brings_it_forward(
    page: Page, fresh_server: Server
) -> None:
    opened(page, f"{fresh_server.url}/?pins=")
    plane = page.get_by_role("application").first
    expect(plane).to_be_visible()
    page.wait_for_timeout(300)
    before = plane.screenshot()
    page.get_by_role("group", name="Classes").get_by_role("button", name="7").hover()
    page.wait_for_timeout(200)
    assert plane.screenshot() != before
    page.mouse.move(5, 300)
    page.wait_for_timeout(200)
    assert plane.screenshot() == before


def test_a_collapsed_model_says_so_and_leads_to_its_codes(page: Page, fresh_server: Server) -> None:
    opened(page, f"{fresh_server.url}/?model=mnist-collapsed")
    expect(page.get_by_text("no active dimension; the decoder ignores z")).to_be_visible()
    expect(page.get_by_text("10,000 codes within ±0.0043")).to_be_visible()
    page.get_by_role("button", name="Zoom to codes").click()
    page.wait_for_url("**pins-zoom**")
    half = float(parse_qs(urlsplit(page.url).query)["pins-zoom"][0].split(",")[3])
    assert half < 0.01
