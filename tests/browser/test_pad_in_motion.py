"""What the pad does without the server: strips, films, linked planes, previews, fields."""

from __future__ import annotations

import io
import math
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("playwright")

from playwright.sync_api import Locator, Page, expect

from explorer.analysis.geometry import interpolate
from explorer.models import View, build_model
from explorer.models.latent import decode_means
from explorer.specs import ModelSpec
from tests.browser.test_latent_pad import Open, Pad, open_pad

pytestmark = pytest.mark.slow

__all__ = ["open_pad"]  # a fixture

SCRIPT = """
import json
from functools import partial
import numpy as np
import streamlit as st
from explorer.components.latent_pad import Field, Film, PadPlane, PathStyle, Pin, latent_pad
from explorer.figures import Colour
from explorer.models.latent import decode_means
from tests.browser.test_pad_in_motion import CODES, LABELS, SCALES, model

shown = st.query_params.get("shown", "one")
RED_OR_GREEN = Colour("#aa0000", "#00cc00")

@st.cache_resource
def plane(seed=0, network="mlp", stretch=1.0):
    built = model(seed, network)
    x = np.linspace(-1, 1, 16)
    field = Field(
        "height", x[None, :] + 0 * x[:, None], (-3.0, 3.0, -3.0, 3.0), help="how high it is"
    )
    return PadPlane(
        f"model {seed}", stretch * CODES, LABELS, SCALES,
        decode=partial(decode_means, built), decoder=built.dense_decoder(), field=field,
    )

def coloured(title, values, **colours):
    return plane().varied(field=Field(title, values, (-3.0, 3.0, -3.0, 3.0), **colours))

halves = np.repeat([[0.0] * 8 + [1.0] * 8], 16, axis=0)
planes = {
    "halves": [
        coloured("side", halves, kinds=(("left", RED_OR_GREEN), ("right", "#0000aa"))),
        coloured("height", halves, span=(-1.0, 1.0)),
        coloured("height", halves),
    ],
    "one": [plane()],
    "two": [plane(), plane(1, stretch=-1.0)],
    "conv": [plane(0, "conv")],
    "film": [Film([plane(k, stretch=1.0 + k) for k in range(3)], "weight =", ["0", "1", "2"])],
}[shown]
state = latent_pad(
    planes,
    classes=["zero", "one"],
    palette=[Colour("#4477aa", "#cc9900"), "#ee6677"],
    pins=[Pin(0, -1.0, 0.0), Pin(0, 1.5, 1.0)] if "pins" in st.query_params else [],
    path=PathStyle(st.query_params.get("path", "linear"), 5),
    height=380,
    key="pad",
)
st.session_state.runs = st.session_state.get("runs", 0) + 1
said = state.to_json() | {"pins": [vars(pin) for pin in state.pins]}
st.text("STATE " + json.dumps({"runs": st.session_state.runs, **said}))
"""

_random = np.random.default_rng(0)
LABELS = np.arange(200) % 2
CODES = _random.normal(size=(200, 2)) * 0.4 + np.where(LABELS[:, None] == 0, [-1.5, 0], [1.5, 0])
SCALES = np.full((200, 2), 0.15)
STEP = 0.02  # coordinates are rounded to the screen's resolution


def model(seed: int = 0, network: str = "mlp") -> View:
    """A model whose decoder has weights large enough to draw something."""
    widths = {"mlp": (16,), "conv": (4,)}[network]
    built = build_model(ModelSpec(image_shape=(1, 8, 8), network=network, widths=widths), seed)
    for parameter in built.decoder.parameters():
        parameter.data *= 3
    return built.eval().view()


def grey(canvas: Locator) -> np.ndarray:
    """The grey levels of a canvas, (H, W)."""
    width, pixels = canvas.evaluate(
        """canvas => {
          const { width, height } = canvas;
          const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
          return [width, [...data].filter((_, k) => k % 4 == 0)];
        }"""
    )
    return np.array(pixels).reshape(-1, width)


def levels(built: View, codes: Any) -> np.ndarray:
    """The images that Python decodes, as grey levels (n, H, W)."""
    return 255 * np.clip(decode_means(built, codes)[:, 0], 0, 1)


def facts(page: Page, plane: int = 0) -> dict[str, str]:
    """The numbers beside a plane, by name."""
    rows = page.locator(".facts").nth(plane)
    names, values = rows.locator("dt").all_inner_texts(), rows.locator("dd").all_inner_texts()
    return dict(zip(names, values, strict=True))


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def place(page: Page, plane: int = 0) -> list[float]:
    said = facts(page, plane)
    return [number(said["z₁"]), number(said["z₂"])]


def assert_picture_of_the_place(page: Page) -> None:
    """The large picture is what Python decodes at the coordinates shown beside it."""
    x, y = place(page)
    near = levels(model(), [[x + a * STEP, y + b * STEP] for a in (-1, 0, 1) for b in (-1, 0, 1)])
    slack = np.abs(near - near[4]).max() + 1
    assert np.abs(grey(page.locator("canvas.picture")) - near[4]).max() <= slack


def hover(pad: Pad, x: float, y: float, plane: int = 0) -> None:
    box = pad.box(plane)
    pad.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    pad.page.wait_for_timeout(100)


# ---- the cursor


def test_hovering_shows_the_point_until_the_pointer_leaves(open_pad: Open) -> None:
    pad = open_pad(SCRIPT, "/?pins")
    page = pad.page
    picture = page.locator("canvas.picture")
    expect(picture).to_have_attribute("data-exact", "1.5,1")
    pinned = grey(picture)
    np.testing.assert_allclose(pinned, levels(model(), [[1.5, 1.0]])[0], atol=0.51)

    sent = pad.sent_bytes()
    hover(pad, 0.3, 0.6)
    assert_picture_of_the_place(page)
    x, y = place(page)
    said = facts(page)
    distances = np.hypot(*(CODES - [x, y]).T)
    name, far = re.fullmatch(r"(\w+), (.*) away", said["nearest code"]).groups()
    assert name == ["zero", "one"][LABELS[distances.argmin()]]
    assert number(far) == pytest.approx(distances.min(), abs=2 * STEP)
    density = np.exp(-0.5 * ((CODES - [x, y]) ** 2 / 0.15**2).sum(1)).mean() / (
        2 * math.pi * 0.15**2
    )
    assert number(said["q(z)"]) == pytest.approx(density, rel=0.3)
    prior = math.exp(-0.5 * (x * x + y * y)) / (2 * math.pi)
    assert number(said["prior p(z)"]) == pytest.approx(prior, rel=0.1)
    assert number(said["height"]) == pytest.approx(x / 3, abs=0.15)
    explained = {"q(z)": "aggregate posterior", "height": "how high it is"}
    for name, words in explained.items():
        term = page.locator(".facts dt").get_by_text(name, exact=True)
        expect(term).to_have_attribute("title", re.compile(words))

    page.mouse.move(0, 0)
    expect(picture).to_have_attribute("data-exact", "1.5,1")
    np.testing.assert_array_equal(grey(picture), pinned)
    assert pad.sent_bytes() == sent, "nothing was sent to the server"


def test_a_thumbnail_shows_its_pin(open_pad: Open) -> None:
    pad = open_pad(SCRIPT, "/?pins")
    pad.button("Show pin A").click()
    picture = pad.page.locator("canvas.picture")
    expect(picture).to_have_attribute("data-exact", "-1,0")
    np.testing.assert_allclose(grey(picture), levels(model(), [[-1, 0]])[0], atol=0.51)
    pad.press("Delete")
    (left,) = pad.wait_for_pins(1)
    assert left["x"] == 1.5


# ---- the strip


@pytest.mark.parametrize("kind", ["linear", "spherical"])
def test_the_strip_matches_the_path_decoded_by_python(open_pad: Open, kind: str) -> None:
    pad = open_pad(SCRIPT, f"/?pins&path={kind}")
    strip = grey(pad.page.locator("canvas.film"))
    codes = interpolate([[-1.0, 0.0], [1.5, 1.0]], 5, kind)
    for k, wanted in enumerate(levels(model(), codes)):
        np.testing.assert_allclose(strip[:, 9 * k : 9 * k + 8], wanted, atol=1)


def test_the_strip_follows_a_pin_while_it_is_dragged(open_pad: Open) -> None:
    pad = open_pad(SCRIPT, "/?pins")
    film = pad.page.locator("canvas.film")
    before, sent = grey(film), pad.sent_bytes()
    (_, pin) = pad.python()["pins"]
    x, y = pad.on_screen(pin["x"], pin["y"])
    pad.page.mouse.move(x, y)
    pad.page.mouse.down()
    pad.page.mouse.move(x - 40, y + 60, steps=4)
    pad.page.wait_for_timeout(100)
    during = grey(film)
    assert (during != before).any()
    assert pad.sent_bytes() == sent, "nothing is sent during a drag"
    pad.page.mouse.up()
    state = pad.wait(lambda state: state["pins"][1] != pin)
    codes = interpolate([[p["x"], p["y"]] for p in state["pins"]], 5)
    wanted = np.concatenate([*levels(model(), codes)], axis=1)
    shown = np.concatenate([grey(film)[:, 9 * k : 9 * k + 8] for k in range(5)], axis=1)
    np.testing.assert_allclose(shown, wanted, atol=1)


def test_a_walk_along_the_path_ends_at_its_last_pin(open_pad: Open) -> None:
    pad = open_pad(SCRIPT, "/?pins")
    pad.button("Walk along the path").click()
    pad.page.wait_for_timeout(600)
    between = place(pad.page)
    assert -1 < between[0] < 1.5
    expect(pad.button("Walk along the path")).to_be_visible()
    assert place(pad.page) == pytest.approx([1.5, 1.0], abs=0.02)
    expect(pad.page.locator(".readout")).to_have_text("")


def test_the_picture_stays_that_of_the_numbers_whatever_else_is_decoded(open_pad: Open) -> None:
    """Strip, grid and lens share one decoder."""
    pad = open_pad(SCRIPT, "/?pins")
    page = pad.page
    pad.button("Walk along the path").click()
    expect(pad.button("Pause the walk along the path")).to_be_visible()
    expect(pad.button("Walk along the path")).to_be_visible()
    pad.button("Images").click()
    page.wait_for_timeout(600)  # the grid is decoded in the meantime
    assert place(page) == pytest.approx([1.5, 1.0], abs=0.02)
    assert_picture_of_the_place(page)
    (a, b) = (grey(page.locator("button.pin canvas").nth(k)) for k in range(2))
    np.testing.assert_allclose([a, b], levels(model(), [[-1, 0], [1.5, 1]]), atol=0.51)

    pad.button("Walk along the path").click()
    page.wait_for_timeout(300)
    pad.button("Pause the walk along the path").click()
    pad.button("Zoom in (key +)").click()
    page.wait_for_timeout(600)
    assert -1 < place(page)[0] < 1.5
    assert_picture_of_the_place(page)

    hover(pad, 0.3, 0.4)
    assert_picture_of_the_place(page)
    pad.press("Shift+ArrowRight")
    page.wait_for_timeout(100)
    assert_picture_of_the_place(page)


# ---- films


def test_a_film_glides_between_frames_and_reports_where_it_rests(open_pad: Open) -> None:
    pad = open_pad(SCRIPT, "/?shown=film")
    slider = pad.page.get_by_role("slider")
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "weight = 1")
    assert pad.wait(lambda state: state["frame"] == 1)["runs"] == 2
    hover(pad, 0.4, 0.4)
    shown, at = grey(pad.page.locator("canvas.picture")), place(pad.page)
    wanted, other = levels(model(1), [at])[0], levels(model(0), [at])[0]
    assert np.abs(shown - wanted).mean() < 0.2 * np.abs(other - wanted).mean()


def test_a_film_plays_through_without_the_server(open_pad: Open) -> None:
    pad = open_pad(SCRIPT, "/?shown=film")
    home, sent = pad.picture(), pad.sent_bytes()
    pad.button("Play").click()
    pad.page.wait_for_timeout(700)
    assert pad.plane.screenshot() != home
    assert pad.sent_bytes() == sent, "nothing is sent while it plays"
    pad.wait(lambda state: state["frame"] == 2)
    expect(pad.button("Play")).to_be_visible()


def test_the_decoded_grid_unfolds_with_the_film(open_pad: Open) -> None:
    pad = open_pad(SCRIPT, "/?shown=film")
    pad.button("Images").click()
    pad.button("Test images").click()
    seen = [pad.picture()]
    pad.button("Play").click()
    for _ in range(3):
        pad.page.wait_for_timeout(350)
        seen.append(pad.plane.screenshot())
    pad.wait(lambda state: state["frame"] == 2)
    seen.append(pad.picture())
    dark = [np.asarray(Image.open(io.BytesIO(one)).convert("L")) < 200 for one in seen]
    first, *moving, last = (pixels.mean() for pixels in dark)  # of a plane without tiles: 0.002
    assert min(first, last) > 0.3, "tiles fill the plane"
    assert min(moving) > 0.1, "they stay while they are redrawn; a busy machine is behind with some"
    assert len(set(seen)) > 1, "the tiles change"


def test_a_pinned_image_follows_its_code_from_frame_to_frame(open_pad: Open) -> None:
    pad = open_pad(SCRIPT, "/?shown=film")
    pad.plane.focus()
    pad.press("ArrowRight", "Shift+Enter")
    (pin,) = pad.wait_for_pins(1)
    pad.page.get_by_role("slider").press("End")
    state = pad.wait(lambda state: state["frame"] == 2)
    assert state["pins"][0]["point"] == pin["point"]
    assert state["pins"][0]["x"] == pytest.approx(3 * pin["x"])


# ---- linked planes


def test_an_image_is_found_in_the_other_plane(open_pad: Open) -> None:
    pad = open_pad(SCRIPT, "/?shown=two")
    hover(pad, 0.3, 0.5)
    here, there = place(pad.page, 0), place(pad.page, 1)
    nearest = np.hypot(*(CODES - here).T).argmin()
    np.testing.assert_allclose(there, -CODES[nearest], atol=0.02)
    shown = grey(pad.page.locator("canvas.picture").nth(1))
    np.testing.assert_allclose(shown, levels(model(1), [-CODES[nearest]])[0], atol=1)
    pad.page.mouse.move(0, 0)
    expect(pad.page.locator(".inspector.idle")).to_have_count(2)


def test_locked_planes_show_the_same_z(open_pad: Open) -> None:
    pad = open_pad(SCRIPT, "/?shown=two")
    pad.button("Same z").click()
    hover(pad, 0.3, 0.4)
    assert place(pad.page, 1) == pytest.approx(place(pad.page, 0), abs=0.02)


# ---- previews


def test_a_decoder_the_browser_cannot_run_is_previewed_within_the_stated_bound(
    open_pad: Open,
) -> None:
    pad = open_pad(SCRIPT, "/?shown=conv")
    picture = pad.page.locator("canvas.picture")
    for x, y in ((0.3, 0.4), (0.5, 0.5), (0.62, 0.7)):
        hover(pad, x, y)
        at = place(pad.page)
        match = re.fullmatch(
            r"preview, off by (under )?(\d+) of 255 \(RMS\)", facts(pad.page)["decoded"]
        )
        assert match
        wanted = levels(model(0, "conv"), [at])[0]
        near = levels(model(0, "conv"), [[at[0] + 0.01, at[1]], [at[0], at[1] + 0.01]])
        rounding = np.sqrt(np.square(near - wanted).mean(axis=(1, 2))).sum()
        difference = np.sqrt(np.square(grey(picture) - wanted).mean())
        assert difference <= float(match[2]) + rounding + 0.5
        assert np.ptp(wanted) > 20
    pad.click(0.5, 0.5)
    (pin,) = pad.wait_for_pins(1)
    pad.page.mouse.move(0, 0)
    expect(picture).to_have_attribute("data-exact", f"{pin['x']:g},{pin['y']:g}")
    exact = levels(model(0, "conv"), [[pin["x"], pin["y"]]])[0]
    np.testing.assert_allclose(grey(picture), exact, atol=0.51)
    assert facts(pad.page)["decoded"] == "exact"


def test_zooming_in_loads_a_finer_preview(open_pad: Open) -> None:
    pad = open_pad(SCRIPT, "/?shown=conv")
    runs = pad.python()["runs"]
    hover(pad, 0.5, 0.5)
    pad.plane.focus()
    for _ in range(6):
        pad.page.mouse.wheel(0, -400)
    pad.wait(lambda state: state["runs"] == runs + 1)
    pad.page.wait_for_timeout(500)
    hover(pad, 0.45, 0.5)
    at = place(pad.page)
    difference = grey(pad.page.locator("canvas.picture")) - levels(model(0, "conv"), [at])[0]
    assert np.abs(difference).max() <= 2, "at this zoom, interpolation adds only rounding errors"
    assert pad.python()["runs"] == runs + 1, "it was requested once"


# ---- layers


@pytest.mark.parametrize(
    "layer", ["Images", "Field", "Contours", "Uncertainty", "Prior", "Test images"]
)
def test_each_layer_shows_and_hides(open_pad: Open, layer: str) -> None:
    pad = open_pad(SCRIPT)
    before = pad.picture()
    pad.button(layer).click()
    pad.page.wait_for_timeout(300)
    assert pad.picture() != before
    pad.button(layer).click()
    pad.page.wait_for_timeout(300)
    assert pad.picture() == before


def colours(pad: Pad, plane: int) -> list[tuple[int, ...]]:
    """The colours at the left and right ends of a plane's middle row."""
    canvas = pad.page.get_by_role("application").nth(plane)
    return [
        tuple(colour)
        for colour in canvas.evaluate(
            """canvas => [0.2, 0.8].map((share) => [...canvas.getContext("2d").getImageData(
                 share * canvas.width, 0.75 * canvas.height, 1, 1).data.slice(0, 3)])"""
        )
    ]


def test_a_field_is_coloured_by_kind_or_on_a_scale(open_pad: Open) -> None:
    """The same values three times: as kinds, on a wider scale, and on their own scale."""
    pad = open_pad(SCRIPT, "/?shown=halves")
    for name in ("Field", "Test images", "Prior"):
        pad.button(name).click()
    pad.page.wait_for_timeout(300)
    left, right = colours(pad, 0)
    assert left[0] > left[2] + 60, "red"
    assert right[2] > right[0] + 60, "blue"
    wide, own = colours(pad, 1), colours(pad, 2)
    assert wide[1] == own[1], "the upper end is the same"
    assert wide[0] != own[0], "0 is in the middle of one scale and at the end of the other"
    hover(pad, 0.2, 0.75)
    assert facts(pad.page)["side"] == "left"
    hover(pad, 0.8, 0.75)
    assert facts(pad.page)["side"] == "right"


def near(pad: Pad, colour: str) -> int:
    """How many pixels of the first plane nearly have a colour."""
    return pad.page.get_by_role("application").first.evaluate(
        """(canvas, wanted) => {
             const { width, height } = canvas;
             const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
             const off = (k) => wanted.map((level, c) => Math.abs(data[k + c] - level));
             let count = 0;
             for (let k = 0; k < data.length; k += 4) if (Math.max(...off(k)) < 30) count += 1;
             return count;
           }""",
        [int(colour[at : at + 2], 16) for at in (1, 3, 5)],
    )


def test_classes_and_kinds_have_the_colours_of_the_theme(open_pad: Open) -> None:
    pad = open_pad(SCRIPT, "/?shown=halves")
    for name in ("Field", "Prior"):
        pad.button(name).click()
    seen = {}
    for scheme in ("light", "dark"):
        pad.page.emulate_media(color_scheme=scheme)
        pad.page.wait_for_timeout(1000)
        side = colours(pad, 0)[0]
        seen[scheme] = (side[1] > side[0] + 30, near(pad, "#4477aa"), near(pad, "#cc9900"))
    is_green, blue, yellow = seen["light"]
    assert not is_green
    assert blue > 100 > 10 * yellow
    is_green, blue, yellow = seen["dark"]
    assert is_green
    assert yellow > 100 > 10 * blue


def test_codes_on_a_field_have_a_halo_of_paper(open_pad: Open) -> None:
    pad = open_pad(SCRIPT, "/?shown=halves")
    pad.page.emulate_media(color_scheme="light")
    paper = []
    for name in ("Prior", "Field", "Test images"):
        pad.button(name).click()
        pad.page.wait_for_timeout(500)
        paper.append(near(pad, "#ffffff"))
    with_codes, without = paper[1:]
    assert with_codes > without + 500


def test_a_whole_session_with_the_keyboard_alone(open_pad: Open) -> None:
    pad = open_pad(SCRIPT, "/?shown=film")
    keyboard = pad.page.keyboard

    def focused() -> str:
        return str(
            pad.page.evaluate(
                """() => {
                  let at = document.activeElement;
                  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
                  return at?.getAttribute("aria-label") ?? at?.textContent ?? "";
                }"""
            )
        )

    def tab_to(words: str) -> None:
        for _ in range(60):
            if focused().startswith(words):
                return
            keyboard.press("Tab")
        raise AssertionError(f"{words} is not reached, {focused()} is")

    tab_to("Images")
    keyboard.press("Space")
    expect(pad.button("Images")).to_have_attribute("aria-pressed", "true")
    tab_to("weight")
    keyboard.press("ArrowRight")
    pad.wait(lambda state: state["frame"] == 1)
    tab_to("model 1: latent plane")
    for key in (
        "ArrowLeft",
        "ArrowLeft",
        "Enter",
        "ArrowRight",
        "ArrowRight",
        "ArrowRight",
        "Enter",
    ):
        keyboard.press(key)
    pad.wait_for_pins(2)
    keyboard.press("+")
    tab_to("Show pin A")
    keyboard.press("Enter")
    expect(pad.button("Show pin A")).to_have_attribute("aria-pressed", "true")
    tab_to("Walk along the path")
    keyboard.press("Enter")
    expect(pad.button("Pause the walk along the path")).to_be_visible()
    tab_to("zero")
    keyboard.press("Enter")
    assert pad.shown() == ["one"]
