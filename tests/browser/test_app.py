"""The whole app in a real browser: what a teacher shows a class, and the links they share."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import psutil
import pytest
from PIL import Image

pytest.importorskip("playwright")

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from explorer.analysis.geometry import interpolate
from explorer.bench.browser import REPOSITORY, Server
from explorer.components.files import FOLDER
from explorer.datasets import DATASETS
from explorer.figures import grey_levels, mosaic
from explorer.models.latent import decode_means
from explorer.pages import PAGES
from explorer.runs.checkpoints import find_checkpoint, load_checkpoint
from tests.pages.trained import SERIES, series_name, train_tiny_models
from tests.support.pictures import read_picture
from tests.support.waiting import patient, wait_until

pytestmark = pytest.mark.slow

MODEL = "digits-vae"
PATHS = {page.TITLE: page.PATH for page in PAGES}
# Whether the page's background is bright, or dark, as expected.
BRIGHT = """bright => {
  const { backgroundColor } = getComputedStyle(document.querySelector("[data-testid=stApp]"));
  return Math.max(...backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)) > 200 === bright;
}"""
QUERIES = {"Explore": {"model": MODEL}, "Compare": {"data": DATASETS["digits"].title}}
QUERIES["Sample"] = {"from": MODEL}
QUERIES["Draw"] = {"encoder": MODEL}
QUERIES["Holes"] = {"data": DATASETS["digits"].title}
QUERIES["Geometry"] = {"geo-model": MODEL}
QUERIES["Information"] = {"of": MODEL, "about": "True posterior"}
QUERIES["Train"] = {"lab": "Live on the digits"}  # shows a plane at once
LAPTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
# Streamlit requests these relative to a page's address first, and then finds them at the root.
PROBES = re.compile(r"/[a-z]+/_stcore/(health|host-config)$")

OpenApp = Callable[..., "App"]


class App:
    """The open app, with the operations that the tests need."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._heard)
        page.on("request", self._asked)

    def _heard(self, message: Any) -> None:
        address = urlsplit(message.location.get("url", "")).path
        if message.type == "error" and not PROBES.fullmatch(address):
            self.faults.append(f"{message.text} {message.location}")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.faults.append(f"asked elsewhere: {request.url}")

    def open(self, title: str, **query: str) -> App:
        """Go to a page by its address."""
        self.page.goto(f"{self.url}/{PATHS[title]}?{urlencode(query)}")
        return self.ready()

    def go(self, title: str) -> App:
        """Go to a page by the navigation."""
        self.page.get_by_test_id("stTopNavLinkContainer").get_by_text(title, exact=True).click()
        self.page.wait_for_url(re.compile(rf"/{PATHS[title]}(\?|$)"))
        return self.ready()

    def ready(self) -> App:
        """Wait until the script has run and the first plane is drawn, or, on Train and
        Information, which may start without a plane, the form or the tabs."""
        form = self.page.get_by_role("button", name="Train", exact=True)
        evidence = self.page.get_by_role("tab", name="Evidence")
        expect(self.plane().or_(form).or_(evidence).first).to_be_visible()
        self.at_rest()
        return self

    def at_rest(self) -> None:
        state = self.page.get_by_test_id("stApp")
        expect(state).to_have_attribute("data-test-script-state", "notRunning")

    def plane(self, index: int = 0) -> Locator:
        return self.page.get_by_role("application").nth(index)

    def click(self, x: float, y: float, plane: int = 0) -> None:
        """Click at fractions of a plane's width and height."""
        self.plane(plane).scroll_into_view_if_needed()
        box = self.plane(plane).bounding_box()
        assert box
        self.plane(plane).click(position={"x": x * box["width"], "y": y * box["height"]})

    def captioned(self, words: str | re.Pattern[str]) -> Locator:
        """The picture whose caption contains these words."""
        return self.page.get_by_test_id("stImage").filter(has_text=words).last

    def pixels(self, words: str | re.Pattern[str]) -> np.ndarray:
        """A picture as the server sent it: (H, W, 3 or 4)."""
        image = self.captioned(words).locator("img").first
        expect(image).to_be_visible()
        return read_picture(image.evaluate("image => image.src"))

    def exact(self, at: str = r"[^,]+,[^,]+") -> np.ndarray:
        """The picture beside the plane, (H, W), once it is the server's exact one for a pin."""
        picture = self.page.locator("canvas.picture").first
        expect(picture).to_have_attribute("data-exact", re.compile(at))
        return self.grey(picture)

    def grey(self, canvas: Locator) -> np.ndarray:
        """The grey levels of a canvas, (H, W)."""
        width, pixels = canvas.evaluate(
            """canvas => {
              const { width, height } = canvas;
              const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
              return [width, [...data].filter((_, k) => k % 4 == 0)];
            }"""
        )
        return np.array(pixels).reshape(-1, width)

    def film(self) -> Locator:
        """The film strip of the first plane."""
        return self.page.locator("canvas.film").first

    def query(self) -> dict[str, str]:
        """The query parameters of the address."""
        fields = parse_qs(urlsplit(self.page.url).query, keep_blank_values=True)
        return {name: values[0] for name, values in fields.items()}

    def wait_for_query(self, holds: Callable[[dict[str, str]], bool]) -> dict[str, str]:
        """The query parameters once ``holds`` is true for them."""
        wait_until(lambda: holds(self.query()), "the address is as expected", self.page)
        return self.query()

    def wait_for_pins(self, count: int) -> list[list[float]]:
        """The positions of pins in the address, once there are ``count`` of them."""
        said = self.wait_for_query(lambda q: len(list(filter(None, pins_in(q)))) == count)
        return [[float(v) for v in pin.split(",")[1:3]] for pin in pins_in(said) if pin]

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True).first

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        return int(
            self.page.evaluate(
                """() => Math.max(...[...document.querySelectorAll(
                  "html, body, [data-testid=stMain], [data-testid=stMainBlockContainer]"
                )].map((e) => e.scrollWidth - e.clientWidth))"""
            )
        )


def pins_in(query: dict[str, str]) -> list[str]:
    return query.get("pins", query.get("marks", "")).split(";")


@pytest.fixture(scope="module")
def trained_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ``EXPLORER_HOME`` with a KL-weight series, for the server and for the tests."""
    folder = tmp_path_factory.mktemp("app") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_HOME", str(folder))
        return train_tiny_models(folder)


@pytest.fixture(scope="module")
def server(
    browser: Browser, trained_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server of the app without fetched data sets. Its log must not contain any error."""
    folder = tmp_path_factory.mktemp("server")
    variables = {
        "EXPLORER_HOME": str(trained_home),
        "EXPLORER_DATA": str(folder / "data"),
        "PYTHONWARNINGS": "default",
    }
    server = Server(REPOSITORY / "app.py", folder / "log", variables=variables, folder=REPOSITORY)
    yield server
    server.stop()
    bad = [line for line in server.said().splitlines() if is_bad(line)]
    assert not bad, server.said()
    assert not (folder / "data").exists(), "nothing was fetched"


def is_bad(line: str) -> bool:
    return re.search(r"Traceback|warning|error|exception", line, re.IGNORECASE) is not None


@pytest.fixture(autouse=True)
def same_models(home: Path, trained_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests use the same checkpoints as the server."""
    monkeypatch.setenv("EXPLORER_HOME", str(trained_home))


@pytest.fixture
def new_app(browser: Browser, server: Server) -> Iterator[OpenApp]:
    """Opens the app for another visitor, with options such as window size and colour scheme."""
    visitors: list[tuple[App, BrowserContext]] = []

    def visit(**options: Any) -> App:
        context = patient(browser, **({"viewport": LAPTOP} | options))
        visitors.append((App(context.new_page(), server.url), context))
        return visitors[-1][0]

    yield visit
    for _, context in visitors:
        context.close()
    faults = [fault for app, _ in visitors for fault in app.faults]
    assert not faults, faults


@pytest.fixture
def app(new_app: OpenApp) -> App:
    return new_app()


def decoded(name: str, code: list[float]) -> np.ndarray:
    """The picture that Explore must show for a code, as grey levels (H, W)."""
    view = load_checkpoint(find_checkpoint(name)).model.view()
    return grey_levels(decode_means(view, [code])[0, 0]).astype(int)


def test_every_page_is_reached_by_the_navigation(app: App) -> None:
    app.open(PAGES[0].TITLE)
    for title in [*list(PATHS)[1:], PAGES[0].TITLE]:
        app.go(title)
        expect(app.page.get_by_test_id("stException")).to_have_count(0)


def test_a_click_in_a_hole_is_decoded(app: App) -> None:
    app.open("Explore", model=MODEL, pins="")
    app.click(0.04, 0.06)  # there are no codes in this corner
    ((x, y),) = app.wait_for_pins(1)
    app.page.mouse.move(0, 0)
    first = app.exact(f"^{x},{y}$")
    np.testing.assert_array_equal(first, decoded(MODEL, [x, y]))
    app.click(0.96, 0.9)
    _, (x, y) = app.wait_for_pins(2)
    app.page.mouse.move(0, 0)
    second = app.exact(f"^{x},{y}$")
    np.testing.assert_array_equal(second, decoded(MODEL, [x, y]))
    assert (first != second).any()
    expect(app.film()).to_have_attribute("aria-label", re.compile("^11 decoded images.*A to B"))


def test_a_first_visit_sees_a_path(app: App) -> None:
    app.open("Explore")
    expect(app.film()).to_be_visible()
    assert app.query() == {}, "defaults are not written to the address"


@pytest.mark.parametrize("at", [(0.5, 0.55), (0.04, 0.06)])  # in a cluster, and in a hole
def test_the_picture_under_the_cursor_matches_python(app: App, at: tuple[float, float]) -> None:
    app.open("Explore", model=MODEL, pins="")
    app.click(*at)
    ((x, y),) = app.wait_for_pins(1)
    app.page.mouse.move(0, 0)
    app.exact(f"^{x},{y}$")
    box = app.plane().bounding_box()
    assert box
    app.page.mouse.move(box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"])
    picture = app.page.locator("canvas.picture").first
    expect(picture).to_have_attribute("data-exact", "")
    assert np.abs(app.grey(picture) - decoded(MODEL, [x, y])).max() <= 1
    assert decoded(MODEL, [x, y]).max() > 50


def test_the_slider_moves_along_the_kl_weight(app: App) -> None:
    app.open("Compare", **QUERIES["Compare"], series=series_name())
    slider = app.page.get_by_role("slider", name="KL weight β")
    pictures = {}
    for index, weight in enumerate(SERIES):
        while (now := int(slider.input_value())) != index:
            slider.press("ArrowRight" if now < index else "ArrowLeft")
        expect(slider).to_have_attribute("aria-valuetext", f"KL weight β = {weight:g}")
        words = re.compile(rf"at β = {re.escape(f'{weight:g}')}$")
        pictures[weight] = app.pixels(words)
        z = np.random.default_rng(0).standard_normal((32, 2))
        view = load_checkpoint(find_checkpoint(f"tiny-beta-{weight:g}")).model.view()
        expected = mosaic(decode_means(view, z), 8, zoom=10, gap=2)
        np.testing.assert_array_equal(pictures[weight], expected)
    assert app.wait_for_query(lambda query: query.get("beta") == f"{SERIES[-1]:g}")
    expect(app.page.get_by_text(re.compile(rf"^β = {SERIES[-1]:g}: rate"))).to_be_visible()


def test_a_link_restores_the_screen(app: App, new_app: OpenApp) -> None:
    app.open("Explore", model=MODEL, pins="", steps="7")
    app.click(0.3, 0.4)
    app.wait_for_pins(1)
    app.click(0.7, 0.6)
    app.wait_for_pins(2)
    app.button("3").click()
    app.wait_for_query(lambda query: query.get("hide") == "3")
    app.button("Prior").click()
    app.wait_for_query(lambda query: query.get("layers") == "points")
    app.at_rest()
    app.page.mouse.move(0, 0)
    seen = app.exact(), app.grey(app.film())

    other = new_app()
    other.page.goto(app.page.url)
    other.ready()
    assert other.query() == app.query()
    expect(other.button("3")).to_have_attribute("aria-pressed", "false")
    expect(other.button("4")).to_have_attribute("aria-pressed", "true")
    expect(other.button("Prior")).to_have_attribute("aria-pressed", "false")
    expect(other.button("Test images")).to_have_attribute("aria-pressed", "true")
    expect(other.page.get_by_role("slider", name="Images along it")).to_have_value("7")
    shown = other.exact(), other.grey(other.film())
    for before, after in zip(seen, shown, strict=True):
        np.testing.assert_array_equal(before, after)


def test_pins_survive_a_reload_and_another_page(app: App) -> None:
    app.open("Explore", model=MODEL, pins="")
    app.click(0.3, 0.4)
    pins = app.wait_for_pins(1)
    app.page.mouse.move(0, 0)
    seen = app.exact()
    app.page.reload()
    app.ready()
    assert app.wait_for_pins(1) == pins
    np.testing.assert_array_equal(app.exact(), seen)
    app.go("Sample").go("Explore")
    np.testing.assert_array_equal(app.exact(), seen)


def test_visitors_do_not_disturb_each_other(app: App, new_app: OpenApp) -> None:
    other = new_app()
    for visitor in (app, other):
        visitor.open("Explore", model=MODEL, pins="")
    app.click(0.3, 0.4)
    other.click(0.8, 0.2)
    other.button("5").click()
    mine, theirs = app.wait_for_pins(1), other.wait_for_pins(1)
    assert mine != theirs
    app.click(0.5, 0.5)
    app.wait_for_pins(2)
    other.at_rest()
    assert other.wait_for_pins(1) == theirs
    expect(app.button("5")).to_have_attribute("aria-pressed", "true")
    other.page.mouse.move(0, 0)
    np.testing.assert_array_equal(other.exact(), decoded(MODEL, theirs[0]))


def stroke(app: App, *points: tuple[float, float]) -> None:
    """Draw a stroke through fractions of the field's sides."""
    box = app.page.locator(".draw-pad canvas").bounding_box()
    assert box
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    app.page.mouse.move(*places[0])
    app.page.mouse.down()
    for place in places[1:]:
        app.page.mouse.move(*place, steps=5)
    app.page.mouse.up()


def test_a_drawn_digit_is_encoded_stroke_by_stroke(app: App, new_app: OpenApp) -> None:
    app.open("Draw", **QUERIES["Draw"])
    words = re.compile("what the encoder sees")
    app.page.wait_for_timeout(1000)
    empty = app.plane().screenshot()
    seen = []
    for points in ([(0.3, 0.2), (0.7, 0.2)], [(0.7, 0.2), (0.45, 0.8)]):
        stroke(app, *points)
        app.wait_for_query(lambda q: len(q.get("strokes", "").split(".")) == len(seen) + 1)
        app.at_rest()
        seen.append((app.pixels(words), app.plane().screenshot()))
    assert (seen[0][0] != seen[1][0]).any()
    assert len({empty, seen[0][1], seen[1][1]}) == 3, "the trail grows in the plane"

    other = new_app()
    other.page.goto(app.page.url)
    other.ready()
    np.testing.assert_array_equal(other.pixels(words), seen[1][0])

    app.go("Explore").go("Draw")
    np.testing.assert_array_equal(app.pixels(words), seen[1][0])
    app.button("Undo").click()
    app.wait_for_query(lambda q: "." not in q["strokes"])
    app.at_rest()
    np.testing.assert_array_equal(app.pixels(words), seen[0][0])
    app.button("Clear").click()
    app.wait_for_query(lambda q: "strokes" not in q)
    expect(app.page.get_by_text("Draw a stroke")).to_be_visible()


def test_an_uploaded_picture_is_encoded_or_refused(app: App) -> None:
    app.open("Draw", **QUERIES["Draw"], input="picture")
    picture = Image.new("L", (120, 160), 250)
    picture.paste(10, (50, 20, 70, 140))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG")
    field = app.page.locator("input[type=file]")
    good = {"name": "one.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}
    field.set_input_files([good])  # type: ignore[list-item]
    assert app.pixels(re.compile("what the encoder sees")).any()
    bad = {"name": "one.png", "mimeType": "image/png", "buffer": b"no picture"}
    field.set_input_files([bad])  # type: ignore[list-item]
    said = app.page.get_by_text("The file is neither a PNG nor a JPEG picture.")
    expect(said).to_be_visible()


def test_the_film_strip_can_be_downloaded(app: App) -> None:
    app.open("Explore", model=MODEL, pins="0,-1,0;0,1,0.5", steps="5")
    view = load_checkpoint(find_checkpoint(MODEL)).model.view()
    codes = interpolate([[-1.0, 0.0], [1.0, 0.5]], 5)
    with app.page.expect_download() as waiting:
        app.button("Film strip (PNG)").click()
    assert waiting.value.suggested_filename == f"{MODEL}-path.png"
    with Image.open(waiting.value.path()) as picture:
        expected = mosaic(decode_means(view, codes), 5, zoom=4, gap=2)
        np.testing.assert_array_equal(np.asarray(picture), expected)
    with app.page.expect_download() as waiting:
        app.button("Film (GIF)").click()
    with Image.open(waiting.value.path()) as film:
        assert film.n_frames > 50
        first = np.asarray(film.convert("L"))
        film.seek(59)
        last = np.asarray(film.convert("L"))
    ends = grey_levels(decode_means(view, codes[[0, -1]])[:, 0])
    for shown, wanted in zip((first, last), ends, strict=True):
        difference = shown[4::8, 4::8].astype(int) - wanted
        assert np.abs(difference).max() <= 2, "a film has 256 colours"


def _status(port: int | None, path: str, host: str, headers: dict[str, str]) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Host": host, **headers})
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def said_to_do_anything(answer: Any) -> list[str]:
    """The address of an answer without a policy. What a page does against one is on its console."""
    is_page = answer.url.startswith("http")
    return [answer.url] if is_page and "content-security-policy" not in answer.headers else []


@pytest.mark.parametrize("by_streamlit", [False, True])
def test_files_are_served_by_any_asgi_server_below_any_path(
    browser: Browser, tmp_path: Path, by_streamlit: bool
) -> None:
    app, log = REPOSITORY / "app.py", tmp_path / "log"
    if by_streamlit:
        flags = ("--server.baseUrlPath", "some/where")
        server = Server(app, log, *flags, base="/some/where", folder=REPOSITORY)
    else:
        server = Server(app, log, folder=REPOSITORY, asgi=True)
    try:
        with patient(browser) as context:
            page = context.new_page()
            files: dict[str, str] = {}
            page.on(
                "response",
                lambda answer: files.update({answer.url: answer.headers.get("cache-control", "")}),
            )
            unsafe: list[str] = []
            page.on("response", lambda answer: unsafe.extend(said_to_do_anything(answer)))
            page.goto(f"{server.url}/?model={MODEL}")
            expect(page.locator(".pad[data-ready=true]")).to_be_visible()
            heavy = {url: kept for url, kept in files.items() if FOLDER in url}
            assert len(heavy) >= 4, "script, style, codes and decoder"
            assert all("immutable" in kept for kept in heavy.values())
            assert not any("/media/" in url for url in files if url.endswith((".bin", ".es")))
            assert unsafe == []
        # Nobody else in the network reaches it, and nobody under a name that is not its own.
        process = psutil.Process(server.process.pid)
        listening = [one.laddr for one in process.net_connections("inet") if one.status == "LISTEN"]
        port = urlsplit(server.url).port
        assert listening == [("127.0.0.1", port)]
        base = urlsplit(server.url).path
        upgrade = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            "Origin": server.url,
        }
        for path, headers, good, refused in (
            (f"{base}/", {}, 200, 421),
            (f"{base}/_stcore/stream", upgrade, 101, 403),
        ):
            assert _status(port, path, f"127.0.0.1:{port}", headers) == good
            assert _status(port, path, f"evil.example:{port}", headers) == refused
    finally:
        server.stop()
    assert "Traceback" not in server.said()


def test_fields_and_scores_of_holes_appear_without_action(app: App) -> None:
    app.open("Holes", **QUERIES["Holes"])
    expect(app.button("Field")).to_have_attribute("aria-pressed", "true")
    row = app.page.get_by_role("row").filter(has_text="In holes: Gaussian")
    expect(row).to_contain_text(re.compile(r"\d ± \d.*\d ± \d.*100\.0"))
    before = row.inner_text()
    box = app.plane().bounding_box()
    assert box
    app.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    facts = app.page.locator(".facts").first
    expect(facts).to_contain_text(re.compile(r"hole or not\s*(no )?hole"))
    app.page.mouse.move(5, 400)
    slider = app.page.get_by_role("slider", name="Hole: image distance above")
    slider.press("End")
    app.wait_for_query(lambda query: query.get("far") == "3")
    expect(row).not_to_have_text(before)


def test_a_pin_in_a_hole_hears_its_verdict_and_a_link_keeps_the_hunt(
    app: App, new_app: OpenApp
) -> None:
    app.open("Holes", **QUERIES["Holes"])
    expect(app.button("Draws")).to_have_attribute("aria-pressed", "true")
    box = app.plane().bounding_box()
    assert box
    app.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    facts = app.page.locator(".facts").first
    expect(facts).to_contain_text("hole or not")
    app.button("Field").click()
    app.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
    expect(facts).to_contain_text("under the cursor")
    expect(facts).not_to_contain_text("hole or not")  # whoever hunts must find out
    app.click(0.5, 0.08)  # at the edge of the reference, where hardly any code lies
    score = app.page.get_by_text(re.compile("digits-ae: 1 of 1 pin found a hole"))
    expect(score).to_be_visible()
    verdict = app.page.get_by_role("listitem").filter(has_text="A on digits-ae: a hole")
    expect(verdict).to_contain_text("limit")
    other = new_app().open("Holes", **app.query())
    expect(other.page.get_by_role("listitem").filter(has_text="A on digits-ae")).to_have_text(
        verdict.inner_text()
    )
    app.page.get_by_text("All codes", exact=True).click()
    app.wait_for_query(lambda query: query.get("part") == "All codes")
    expect(score).to_be_visible()


def test_tangents_and_metric_follow_the_cursor(app: App) -> None:
    app.open("Geometry", **QUERIES["Geometry"], **{"geo-tab": "Tangents"})
    facts, tangents = app.page.locator(".facts").first, app.page.locator(".tangents").first
    expect(facts).to_contain_text("√det G")
    box = app.plane().bounding_box()
    assert box
    seen = set()
    for share in (0.4, 0.6):
        app.page.mouse.move(box["x"] + share * box["width"], box["y"] + share * box["height"])
        expect(facts).to_contain_text("under the cursor")
        expect(tangents.get_by_role("img")).to_have_count(2)
        pictures = tangents.evaluate(
            "all => [...all.querySelectorAll('canvas')].map(one => one.toDataURL())"
        )
        seen |= {facts.inner_text(), *pictures}
    assert len(seen) == 6, "numbers and pictures depend on the position"
    first, second = re.search(r"s₁, s₂\s+([\d.]+), ([\d.]+)", facts.inner_text()).groups()
    area = re.search(r"√det G\s+([\d.]+)", facts.inner_text())[1]
    assert float(area) == pytest.approx(float(first) * float(second), rel=0.02)


def test_the_optimal_decoders_pictures_follow_the_cursor(app: App) -> None:
    app.open("Geometry", **QUERIES["Geometry"], **{"geo-tab": "Blur"})
    companion = app.page.locator(".companion").first
    expect(companion).to_contain_text("μ*(z), the optimal decoder, preview")
    box = app.plane().bounding_box()
    assert box
    pictures = set()
    for share in (0.4, 0.5, 0.6):
        app.page.mouse.move(box["x"] + share * box["width"], box["y"] + share * box["height"])
        expect(app.page.locator(".facts").first).to_contain_text("under the cursor")
        pictures.add(companion.locator("canvas").evaluate("canvas => canvas.toDataURL()"))
    assert len(pictures) == 3
    expect(app.page.locator(".tangents").first).to_be_hidden()


def test_the_evidence_appears_without_action_and_bounds_hold(app: App) -> None:
    app.open("Information", of=MODEL)

    def nats(label: str) -> float:
        told = app.page.get_by_test_id("stMetric").filter(has_text=label)
        value = told.get_by_test_id("stMetricValue")
        expect(value).to_contain_text("±")
        return float(value.inner_text().replace("−", "-").split()[0])

    assert nats("ELBO") < nats("IWAE(64)") < nats("log p(x)")
    app.page.get_by_role("tab", name="True posterior").click()
    expect(app.plane()).to_be_visible()
    app.click(0.6, 0.4)
    expect(app.page.get_by_text("how far the ellipse is from")).to_be_visible()


def test_samples_can_be_downloaded(app: App) -> None:
    app.open("Sample", **QUERIES["Sample"], count="6", seed="4", temperature="0.5")
    view = load_checkpoint(find_checkpoint(MODEL)).model.view()
    z = 0.5 * np.random.default_rng(4).standard_normal((6, 2))

    with app.page.expect_download() as waiting:
        app.page.get_by_role("button", name="Codes and images (.npz)").click()
    assert waiting.value.suggested_filename == f"{MODEL}-samples.npz"
    with np.load(waiting.value.path(), allow_pickle=False) as archive:
        assert set(archive) == {"z", "images"}
        np.testing.assert_allclose(archive["z"], z, rtol=1e-6)
        images = archive["images"]
    assert images.shape == (6, 1, 8, 8)
    np.testing.assert_allclose(images, decode_means(view, z), atol=1e-6)

    with app.page.expect_download() as waiting:
        app.page.get_by_role("button", name="Picture (PNG)").click()
    assert waiting.value.suggested_filename == f"{MODEL}-samples.png"
    with Image.open(waiting.value.path()) as picture:
        np.testing.assert_array_equal(np.asarray(picture), mosaic(images, 3, zoom=4, gap=2))


@pytest.mark.parametrize("title", PATHS)
def test_pages_fit_a_phone_without_horizontal_scrolling(new_app: OpenApp, title: str) -> None:
    app = new_app(viewport=PHONE, color_scheme="light").open(title, **QUERIES[title])
    expect(app.page.get_by_text("Page not found")).to_have_count(0)
    for scheme in ("light", "dark"):
        app.page.emulate_media(color_scheme=scheme)
        app.page.wait_for_function(BRIGHT, arg=scheme == "light")
        expect(app.plane()).to_be_visible()
        assert app.overflow() <= 0
        box = app.plane().bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
        together = 3 if title in ("Compare", "Holes") else 1  # three planes share the width
        assert together * box["width"] > 0.8 * PHONE["width"]
    expect(app.page.get_by_test_id("stException")).to_have_count(0)


def test_a_start_card_leads_into_the_app_once(app: App, new_app: OpenApp) -> None:
    page = app.page
    page.set_viewport_size(LAPTOP)
    app.open("Explore")
    close = page.get_by_role("button", name="✕")
    box = page.locator(".st-key-start-card").bounding_box()
    assert box
    assert box["height"] <= 110
    top = page.locator(".pad").bounding_box()
    page.get_by_role("button", name="Find a hole").click()
    page.wait_for_url(re.compile("/holes"))
    app.ready()
    wait_until(
        lambda: any(one["name"] == "explorer_started" for one in page.context.cookies()),
        "the browser remembers it",
        page,
    )
    app.open("Explore")
    expect(close).to_be_hidden()
    now = page.locator(".pad").bounding_box()
    assert top
    assert now
    assert top["y"] - now["y"] >= box["height"], "nothing is reserved for it"
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Draw your digit").click()
    page.wait_for_url(re.compile("/draw"))
    app.ready()


def test_all_sources_of_samples_fit_on_a_laptop(app: App) -> None:
    app.page.set_viewport_size(LAPTOP)
    app.open("Sample", **{"from": MODEL})
    group = app.page.get_by_test_id("stButtonGroup").filter(has_text="Kernel density")
    box, last = group.bounding_box(), group.get_by_role("radio").last.bounding_box()
    assert box
    assert last
    assert last["x"] + last["width"] <= box["x"] + box["width"] + 1
    assert last["y"] == group.get_by_role("radio").first.bounding_box()["y"], "in one row"


def test_on_a_laptop_plane_and_picture_are_both_visible(app: App) -> None:
    app.open("Explore", model=MODEL)
    for element in (app.plane(), app.page.locator("canvas.picture").first):
        box = element.bounding_box()
        assert box
        assert box["y"] + box["height"] <= LAPTOP["height"]
