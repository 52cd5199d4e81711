"""Models other than plain VAEs in a real browser: it shows what they decode and their densities."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("playwright")

from playwright.sync_api import Page, expect

from explorer.bench.browser import REPOSITORY
from explorer.models.latent import decode_means, log_prior
from explorer.runs.checkpoints import load_checkpoint
from tests.browser.test_latent_pad import Pad, wait_until_drawn
from tests.support.toy_home import register, train_toys

pytestmark = pytest.mark.slow

CLASS, PRIOR, COLOUR = "toy-cvae", "toy-learned-prior", "vae-on-toy-colour"
# Only Explore, in an app with the toy models.
SCRIPT = """
import os, sys
sys.path.insert(0, {repository!r})
os.environ["EXPLORER_HOME"] = {home!r}
from explorer.datasets import DATASETS
from explorer.models import FAMILIES
from tests.support.datasets import TOY_DATASETS
from tests.support.toys import TOYS
FAMILIES.update(TOYS)
DATASETS.update(TOY_DATASETS)
from explorer.pages.explore import page
page.render()
"""
# The grey levels of the picture under the cursor.
PIXELS = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [...data].filter((_, k) => k % 4 === 0);
}"""

Explore = Callable[..., Pad]


@pytest.fixture(scope="module")
def toy_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("toys")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_HOME", str(home))
        register(patch)
        return train_toys(home, [CLASS, PRIOR, COLOUR])


@pytest.fixture
def explore(
    page: Page,
    serve: Callable[..., str],
    tmp_path: Path,
    toy_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Explore:
    register(monkeypatch)

    def opened(query: str) -> Pad:
        file = tmp_path / "toys.py"
        file.write_text(SCRIPT.format(repository=str(REPOSITORY), home=str(toy_home)), "utf-8")
        page.goto(f"{serve(file)}?{query}")
        return wait_until_drawn(page)

    return opened


def fact(pad: Pad, name: str) -> str:
    """The inspector's value with a given name."""
    words = pad.page.locator(".facts").first.inner_text().splitlines()
    told = [word.strip() for word in words if word.strip()]
    return told[told.index(name) + 1] if name in told else ""


def place(pad: Pad) -> list[float]:
    """The coordinates shown by the inspector."""
    return [float(fact(pad, axis).replace("−", "-")) for axis in ("z₁", "z₂")]


def hover(pad: Pad, x: float, y: float) -> None:
    """Hover at fractions of the plane's width and height until the picture there is decoded."""
    box, inside = pad.box(), pad.inside(x, y)
    pad.page.mouse.move(box["x"] + inside["x"], box["y"] + inside["y"])
    facts = pad.page.locator(".facts").first
    expect(facts).to_contain_text("under the cursor")
    expect(facts).to_contain_text("exact")  # the browser decodes it itself


def test_the_browser_decodes_the_selected_class(explore: Explore, toy_home: Path) -> None:
    model = load_checkpoint(toy_home / "checkpoints" / CLASS).model
    seen = []
    for choice in ("0", "7"):
        pad = explore(f"model={CLASS}&view=class:{choice}&pins=")
        expect(pad.page.locator(".title").first).to_have_text(f"{CLASS}, class {choice}")
        hover(pad, 0.6, 0.4)
        seen.append(np.array(pad.page.locator(".picture").first.evaluate(PIXELS)))
        view = model.view(None, **{"class": choice})
        expected = 255 * decode_means(view, [place(pad)])[0].ravel()
        np.testing.assert_allclose(seen[-1], expected, atol=3)  # the position has two digits
    assert (seen[0] != seen[1]).any()


def test_the_browser_shows_the_density_of_a_learned_prior(explore: Explore, toy_home: Path) -> None:
    view = load_checkpoint(toy_home / "checkpoints" / PRIOR).model.view()
    pad = explore(f"model={PRIOR}&pins=")
    expect(pad.button("Prior")).to_be_hidden()  # the circles are those of N(0, I)
    for x, y in ((0.5, 0.5), (0.4, 0.6), (0.55, 0.3)):
        hover(pad, x, y)
        (density,) = np.exp(log_prior(view, np.array([place(pad)])))
        assert float(fact(pad, "prior p(z)")) == pytest.approx(density, rel=0.1)
        assert abs(density - np.exp(-0.5 * np.square(place(pad)).sum()) / (2 * np.pi)) > 0.01


def colours(picture: bytes) -> set[tuple[int, ...]]:
    """The saturated colours of a screenshot."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).reshape(-1, 3).astype(int)
    vivid = pixels[np.ptp(pixels, axis=1) > 60]
    return {tuple(row) for row in (vivid // 32).tolist()}


def test_codes_are_coloured_by_a_factor_or_a_value(explore: Explore) -> None:
    pad = explore(f"model={COLOUR}&pins=&layers=points")
    scale = pad.page.locator(".scale")
    expect(scale).to_be_hidden()
    by_class = colours(pad.picture())
    pad = explore(f"model={COLOUR}&pins=&layers=points&colour=Squared+error")
    expect(scale).to_contain_text("Squared error, per image")
    by_number = colours(pad.picture())
    assert len(by_number - by_class) > 3
    hover(pad, 0.5, 0.5)
    assert float(fact(pad, "Squared error, per image")) > 0
    pad.page.locator(".class", has_text="red").click()
    assert pad.shown() == ["green", "blue"]  # classes can be greyed out as before
    pad = explore(f"model={COLOUR}&pins=&layers=points&colour=Hue")
    expect(scale).to_be_hidden()
    assert pad.shown() == ["red", "green", "blue"]
    assert colours(pad.picture()) == by_class  # a square's hue is its class
