"""The address of a page is its state: valid settings are shown, invalid ones are ignored."""

from __future__ import annotations

import io

import numpy as np
import pytest

from explorer.analysis.geometry import Plane
from explorer.analysis.sampling import SOURCES
from explorer.components.latent_pad import MAX_PINS
from explorer.datasets import DATASETS, load_dataset
from explorer.figures import grey_levels, mosaic
from explorer.models import View
from explorer.models.latent import decode_draws, decode_means
from explorer.runs.checkpoints import find_checkpoint, load_checkpoint
from explorer.session import Setting
from tests.pages.conftest import Open, read_pixels
from tests.pages.test_pages_live import LINKED
from tests.pages.trained import SERIES, series_name

pytestmark = pytest.mark.slow

DIGITS = DATASETS["digits"].title
MODEL = "digits-vae"
START = {
    "Explore": {"model": MODEL},
    "Compare": {"data": DIGITS},
    "Holes": {"data": DIGITS},
    "Sample": {"from": MODEL, "count": "4"},
    "Information": {"of": MODEL, "about": "True posterior"},
    "Draw": {"encoder": MODEL},
    "Geometry": {"geo-model": MODEL},
}
PINS = {
    **dict.fromkeys(("pins", "geo-pins"), "0,0.5,0.5;0,1,1"),
    **dict.fromkeys(("marks", "hunt"), "0,0.5,0.5;1,1,1"),
}
THRESHOLDS = ["far", "unclear", "empty"]
SETTINGS = {
    "Explore": [
        "model",
        "view",
        "pins",
        "colour",
        "hide",
        "layers",
        "path",
        "steps",
        "tab",
        "replay",
        "detail",
    ],
    "Compare": [
        "data",
        "left",
        "middle",
        "right",
        "marks",
        "draws",
        "series",
        "beta",
        "along",
        "view",
        "hide",
    ],
    "Holes": [
        *("data", "left", "middle", "right", "view", "hunt", "field", *THRESHOLDS),
        *("part", "hide", "layers"),
    ],
    "Sample": [
        "from",
        "view",
        "source",
        "seed",
        "count",
        "temperature",
        "components",
        "by-hand",
        "draw",
        "layers",
    ],
    "Draw": ["encoder", "view", "input", "strokes", "hide", "layers"],
    "Information": [
        *("of", "view", "about", "image", "images", "observed", "strokes", "layers"),
    ],
    "Geometry": [
        *("geo-model", "view", "geo-pins", "geo-field", "geo-ellipses", "geo-tab", "geo-noise"),
    ],
}
MENUS = {  # of which the page says what is not in them, and shows nothing instead
    *("model", "colour", "data", "left", "middle", "right", "series", "field"),
    *("from", "encoder", "of", "geo-model", "geo-field"),
}
HOSTILE = [
    "",
    "../../etc",
    "nan",
    "inf",
    "1e999",
    "-1,99999999999999999999",
    "²,٣,\x00",
    "<script>alert(1)</script>",
    "-5",
    "0.5",
    "1000000",
    "9" * 5000,
]
HOSTILE_PINS = [
    "nan,inf;1e999,,;'",
    "0,1e308,-1e308;0,1e31,0",
    "0,1,1,99999999999999999999;-1,0,0;7,0,0;0,0;0,x,0;0,0,0,1.5",
    "9" * 5000 + ",1,1",
    ";" * 5000,
    "²,٣,\x00",
    "<script>,<script>,<script>",
]


def model_named(name: str) -> View:
    return load_checkpoint(find_checkpoint(name)).model.view()


def test_every_setting_is_tested() -> None:
    tried = {name for names in SETTINGS.values() for name in names} | set(LINKED)
    tried |= {"lab", "run", "sweep"}  # in test_pages_train
    tried |= {"seeds"}  # in test_pages_holes
    assert tried == {s.value for s in Setting}


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("title", SETTINGS)
def test_invalid_settings_in_the_address_do_no_harm(
    open_page: Open, title: str, value: str
) -> None:
    """All settings of a page at once, except menus (below) and the pins (they stay)."""
    hostile = dict.fromkeys([name for name in SETTINGS[title] if name not in MENUS], value)
    page = open_page(title, **(hostile | START[title] | PINS)).assert_well()
    assert not page.at.error
    assert page.pads()


@pytest.mark.parametrize("pins", HOSTILE_PINS, ids=range(len(HOSTILE_PINS)))
@pytest.mark.parametrize("title", ["Explore", "Compare", "Geometry", "Holes"])
def test_pins_that_cannot_be_parsed_are_ignored(open_page: Open, title: str, pins: str) -> None:
    named = dict.fromkeys(PINS, pins + ";0,0.5,0.5")
    page = open_page(title, **START[title], **named).assert_well()
    assert not page.at.error
    assert page.pins() in ([(0.5, 0.5)], []), "only the first 4,000 characters are read"


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize(
    ("title", "name"), [(t, n) for t in SETTINGS for n in SETTINGS[t] if n in MENUS]
)
@pytest.mark.parametrize("value", ["../../etc", "", "x" * 5000])
def test_what_is_not_in_a_menu_is_said_and_not_replaced(
    open_page: Open, title: str, name: str, value: str
) -> None:
    page = open_page(title, **{name: value}).assert_well()
    said = [info.value for info in page.at.info if "which is not here" in info.value]
    assert len(said) == bool(value), "an empty word asks for nothing"
    assert all(len(words) < 400 for words in said)


def test_pins_in_the_address_are_shown_and_decoded(open_page: Open) -> None:
    page = open_page("Explore", model=MODEL, pins="0,0.5,-0.25;0,-1,1.5", steps="5").assert_well()
    assert page.pins() == [(0.5, -0.25), (-1.0, 1.5)]
    codes, model = np.array([[0.5, -0.25], [-1.0, 1.5]]), model_named(MODEL)
    for shown, image in zip(page.decoded(), decode_means(model, codes), strict=True):
        np.testing.assert_array_equal(shown, grey_levels(image))
    assert page.pads()[0]["path"] == {"kind": "linear", "steps": 5}


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("name", ["tiny-3d", MODEL])
def test_a_pinned_image_decodes_from_its_own_code(open_page: Open, name: str) -> None:
    checkpoint = load_checkpoint(find_checkpoint(name))
    code = checkpoint.codes.mean[17]
    page = open_page("Explore", model=name, pins="0,9,9,17").assert_well()
    place = Plane.of(checkpoint.codes.mean).to_plane(code)
    assert page.pins() == [pytest.approx(tuple(place.tolist()))]
    (shown,) = page.decoded()
    np.testing.assert_array_equal(
        shown, grey_levels(decode_means(checkpoint.model.view(), [code])[0])
    )
    (picture,) = page.pads()[0]["pictures"]
    assert picture["code"] == pytest.approx(code.tolist()), "the code may lie off the plane"
    image = load_dataset("digits").test[17:18].floats().numpy()
    original = read_pixels(picture["original"], picture["shape"])
    np.testing.assert_array_equal(original, grey_levels(image[0]))


def test_pins_with_absurd_values_are_ignored(open_page: Open) -> None:
    page = open_page("Explore", model=MODEL, pins="0,1e38,0;0,1e29,-1e29;0,1,1").assert_well()
    assert page.pins() == [(1e29, -1e29), (1.0, 1.0)]


def test_an_emptied_plane_stays_empty(open_page: Open) -> None:
    page = open_page("Explore", model=MODEL, pins="").assert_well()
    assert page.pins() == []
    assert "Pin a second place" in page.words()


def test_there_are_no_more_pins_than_letters(open_page: Open) -> None:
    page = open_page("Explore", model=MODEL, pins=";".join(["0,0,0"] * 60)).assert_well()
    assert len(page.pins()) == MAX_PINS


def test_hidden_classes_and_layers_in_the_address_are_shown_on_each_page(open_page: Open) -> None:
    for title, start in START.items():
        page = open_page(title, **start, hide="3,7", layers="points,ellipses").assert_well()
        state = page.pads()[0]["state"]
        assert state["hidden"] == [3, 7]
        assert state["layers"] == ["points", "ellipses"]


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("name", ["tiny-1d", "tiny-3d", "tiny-16d", "tiny-ae", MODEL])
def test_a_click_decodes_its_point(open_page: Open, name: str) -> None:
    page = open_page("Explore", model=name, pins="").assert_well()
    checkpoint = load_checkpoint(find_checkpoint(name))
    plane = Plane.of(checkpoint.codes.mean)
    seen = []
    for x, y in ((0.4, -0.3), (1.2, 0.9)):
        pin = [0, x, y]
        page.say(f"explore {name}", pins=[pin], layers=["points"]).assert_well()
        code = plane.from_plane([[x, y]])  # (1, d)
        (shown,) = page.decoded()
        seen.append(shown)
        np.testing.assert_array_equal(
            shown, grey_levels(decode_means(checkpoint.model.view(), code)[0])
        )
        assert page.at.query_params["pins"] == f"0,{x},{y}"
    assert (seen[0] != seen[1]).any()


def test_the_state_of_the_pad_is_written_to_the_address(open_page: Open) -> None:
    page = open_page("Explore", model=MODEL).assert_well()
    assert set(page.at.query_params) == {"model"}, "defaults are not written to the address"
    page.say(f"explore {MODEL}", hidden=[9, 1], layers=["prior", "grid"]).assert_well()
    address = dict(page.at.query_params)
    assert address == {"model": MODEL, "pins": "", "hide": "1,9", "layers": "grid,prior"}
    state = open_page("Explore", **address).assert_well().pads()[0]["state"]
    assert state == {"pins": [], "hidden": [1, 9], "layers": ["grid", "prior"], "frame": 0}


def test_each_plane_of_compare_decodes_with_its_own_model(open_page: Open) -> None:
    page = open_page("Compare", data=DIGITS, marks="1,0.5,0.5;0,0.5,0.5;1,-1,1").assert_well()
    shown = page.decoded()
    for index, name, code in (
        (0, "digits-vae", [0.5, 0.5]),
        (1, "digits-ae", [0.5, 0.5]),
        (2, "digits-vae", [-1.0, 1.0]),
    ):
        expected = grey_levels(decode_means(model_named(name), [code])[0])
        np.testing.assert_array_equal(shown[index], expected)


@pytest.mark.usefixtures("trained")
def test_the_kl_weight_in_the_address_selects_the_model_of_the_series(open_page: Open) -> None:
    pictures = []
    for weight in SERIES:
        address = {"series": series_name(), "beta": f"{weight:g}"}
        page = open_page("Compare", data=DIGITS, **address).assert_well()
        film = page.pads()[1]["films"][0]
        assert film["names"] == [f"{weight:g}" for weight in SERIES]
        shown = page.pads()[1]["state"]["frame"]
        assert film["names"][shown] == f"{weight:g}"
        assert film["frames"][shown]["title"] == f"tiny-beta-{weight:g}"
        pictures.append(page.picture(f"draws from N(0, I) at β = {weight:g}"))
    assert (pictures[0] != pictures[2]).any()


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("name", ["tiny-1d", "tiny-16d", MODEL])
@pytest.mark.parametrize("source", SOURCES)
def test_sample_shows_the_codes_it_drew_and_offers_them(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, source: str, name: str
) -> None:
    from explorer.pages.sample import page as sample

    archives: list[bytes] = []
    keep = np.savez_compressed

    def watch(file: io.BytesIO, **arrays: np.ndarray) -> None:
        keep(file, **arrays)
        archives.append(file.getvalue())

    monkeypatch.setattr(sample.np, "savez_compressed", watch)
    title = SOURCES[source].title
    address = {"from": name, "source": title, "count": "5", "seed": "3", "components": "2"}
    page = open_page("Sample", **address).until(lambda page: archives)  # a mixture is fitted first
    held = load_checkpoint(find_checkpoint(name))
    with np.load(io.BytesIO(archives[-1]), allow_pickle=False) as archive:
        z, images = archive["z"], archive["images"]
    assert z.shape == (5, held.codes.mean.shape[1])
    np.testing.assert_array_equal(images, decode_means(held.model.view(), z))
    np.testing.assert_array_equal(page.picture(""), mosaic(images, 3, zoom=10, gap=2))
    plane = page.frame()
    assert plane["count"] == len(held.codes) + 5
    assert plane["marked"] == 10


def test_sample_can_show_true_draws(open_page: Open) -> None:
    mean, drawn = (
        open_page("Sample", **START["Sample"], draw=shown).assert_well().picture("")
        for shown in ("mean", "true draw")
    )
    z = np.random.default_rng(0).standard_normal((4, 2))
    expected = decode_draws(model_named(MODEL), z, 0)
    np.testing.assert_array_equal(drawn, mosaic(expected, 2, zoom=10, gap=2))
    assert (mean != drawn).any()
