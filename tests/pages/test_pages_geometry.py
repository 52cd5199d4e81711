"""Geometry: paths, tangents and probes, and explanations where they are not available."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from explorer.analysis.fields import FIELDS
from explorer.analysis.geometry import (
    PATHS,
    Landscape,
    Meant,
    box_grid,
    metric,
    optimal_images,
    path_through,
    tangent_images,
)
from explorer.datasets import load_dataset, load_held_out
from explorer.figures import mosaic, signed
from explorer.models.latent import decode_means
from explorer.runs.checkpoints import find_checkpoint, load_checkpoint
from tests.pages.conftest import Open, OpenPage
from tests.pages.trained import save_kana

MODEL = "digits-vae"
PINS = "0,-1.5,0.5;0,1.25,-0.75"
CODES = np.array([[-1.5, 0.5], [1.25, -0.75]])
TITLES = [kind.title for kind in PATHS.values()]


def complete(page: OpenPage) -> bool:
    return "computing, about" not in page.words()


def lengths(page: OpenPage) -> dict[str, float]:
    table = page.at.dataframe[0].value
    return dict(zip(table["Path"], table["Length, pixel units"], strict=True))


def test_the_page_appears_before_slow_results(open_page: Open) -> None:
    """The first run already shows the straight path and its film strip."""
    page = open_page("Geometry", **{"geo-model": MODEL, "geo-pins": "0,-1.4,0.2;0,1.1,0.3"})
    page.assert_well()
    assert "straight" in page.captions()
    assert page.frame()["trails"][0]["name"].startswith("straight: ")


@pytest.mark.slow
def test_paths_between_pins_are_measured_and_drawn(open_page: Open) -> None:
    page = open_page("Geometry", **{"geo-model": MODEL, "geo-pins": PINS})
    page.until(complete)
    assert page.captions()[: len(TITLES)] == TITLES
    checkpoint = load_checkpoint(find_checkpoint(MODEL))
    xmin, xmax, ymin, ymax = page.frame()["field"]["box"]
    land = Landscape(checkpoint.model.view(), checkpoint.codes, (xmin, xmax, ymin, ymax))
    expected = {kind: path_through(land, CODES, kind) for kind in PATHS}
    table = page.at.dataframe[0].value
    for kind, title in zip(PATHS, TITLES, strict=True):
        row = table[table["Path"] == title].iloc[0]
        path = expected[kind]
        assert row["Length, pixel units"] == pytest.approx(path.length, rel=1e-3)
        ratio = path.length / expected["linear"].length
        assert row["of the straight one"] == pytest.approx(ratio, rel=1e-3)
        lowest = float(row["Lowest log q(z), nats"].replace("−", "-"))
        assert lowest == pytest.approx(path.lowest_density, abs=0.1)
    assert lengths(page)["geodesic"] <= lengths(page)["straight"]
    drawn = page.frame()["trails"]
    assert [trail["name"] for trail in drawn] == [
        f"{title}: {length:.1f}" for title, length in lengths(page).items()
    ]
    assert len({trail["colour"] for trail in drawn}) == len(PATHS)
    for trail in drawn:
        np.testing.assert_allclose([trail["points"][0], trail["points"][-1]], CODES, atol=1e-6)
    words = page.words()
    assert "shorter than the straight line" in words or "as good as a geodesic" in words


def test_a_new_pin_has_its_path_in_the_same_run(open_page: Open) -> None:
    page = open_page("Geometry", **{"geo-model": MODEL, "geo-pins": "0,0,0"}).assert_well()
    assert page.frame()["trails"] == []
    assert "Pin two places" in page.words()
    page.say(f"geometry {MODEL}", pins=[[0, 0.0, 0.0], [0, 0.5, 1.0]]).assert_well()
    assert page.frame()["trails"][0]["points"] == [[0.0, 0.0], [0.5, 1.0]]
    assert page.at.query_params["geo-pins"] == "0,0,0;0,0.5,1"


@pytest.mark.slow
@pytest.mark.parametrize("name", FIELDS)
def test_each_field_appears_after_the_page(open_page: Open, name: str) -> None:
    address = {"geo-model": MODEL, "geo-field": FIELDS[name].title, "geo-pins": ""}
    page = open_page("Geometry", **address).until(lambda page: bool(page.frame()["field"]))
    assert page.frame()["field"]["title"].startswith(FIELDS[name].title)
    assert FIELDS[name].caption in page.words()
    assert "field" in page.pads()[0]["state"]["layers"]


def test_without_a_field_there_is_none(open_page: Open) -> None:
    page = open_page("Geometry", **{"geo-model": MODEL, "geo-field": "Nothing"}).assert_well()
    assert page.frame()["field"] is None


def test_ellipses_are_those_of_the_metric(open_page: Open) -> None:
    address = {"geo-model": MODEL, "geo-pins": PINS, "geo-ellipses": "true"}
    page = open_page("Geometry", **address).assert_well()
    grid, pin = page.frame()["ellipses"]
    assert len(grid["rows"]) == 225
    view = load_checkpoint(find_checkpoint(MODEL)).model.view()
    ((x, y, first, second, angle),) = pin["rows"]
    assert (x, y) == (1.25, -0.75)
    gram = metric(view, CODES[1:]).gram[0]
    for length, turn in ((first, angle), (second, angle + np.pi / 2)):
        step = length * np.array([np.cos(turn), np.sin(turn)])
        assert step @ gram @ step == pytest.approx(first**2 * np.linalg.eigvalsh(gram)[-1])
    without = open_page("Geometry", **(address | {"geo-ellipses": "false"})).assert_well()
    assert without.frame()["ellipses"] == [pin]


def test_tangents_at_the_last_pin(open_page: Open) -> None:
    address = {"geo-model": MODEL, "geo-pins": PINS, "geo-tab": "Tangents"}
    page = open_page("Geometry", **address).assert_well()
    view = load_checkpoint(find_checkpoint(MODEL)).model.view()
    changes = tangent_images(view, CODES[1:])[0]
    for label, change in zip(("z₁", "z₂"), changes, strict=True):
        expected = mosaic(signed(change[None], np.abs(changes).max()), 1, 28)
        np.testing.assert_array_equal(page.picture(f"∂x̂/∂{label}"), expected)
    assert page.frame()["indicatrix"] > 0
    assert page.frame()["companion"] is None
    shown = [float(metric.value) for metric in page.at.metric[:2]]
    np.testing.assert_allclose(shown, metric(view, CODES[1:]).singular_values[0], rtol=6e-3)


def test_the_projector_probe_shows_pictures_and_a_curve(open_page: Open) -> None:
    address = {"geo-model": MODEL, "geo-tab": "Projector probe", "geo-noise": "80"}
    page = open_page("Geometry", **address)
    page.until(lambda page: bool(page.at.get("plotly_chart")))
    assert "means over 200 test images" in page.words()
    assert page.picture("").shape == (5 * 58 - 2, 6 * 58 - 2, 4)


@pytest.mark.parametrize("name", [MODEL, "digits-ae"])
def test_the_blur_probe_shows_the_optimal_decoder(open_page: Open, name: str) -> None:
    address = {"geo-model": name, "geo-pins": PINS, "geo-tab": "Blur"}
    page = open_page("Geometry", **address).until(lambda page: bool(page.at.metric))
    checkpoint = load_checkpoint(find_checkpoint(name))
    meant = Meant.of(checkpoint.model.view(), load_dataset("digits").train)
    best, drawn = optimal_images(meant, CODES[1:]), decode_means(checkpoint.model.view(), CODES[1:])
    np.testing.assert_array_equal(page.picture("optimal decoder"), mosaic(best, 1, 28))
    assert float(page.at.metric[0].value) == pytest.approx(np.linalg.norm(drawn - best), abs=0.01)
    weights = [float(c.removesuffix("%")) for c in page.captions() if c.endswith("%")]
    assert weights == sorted(weights, reverse=True)
    assert 0 < sum(weights) <= 101
    assert ("Scott's width" in page.words().split("μ*(z) = ")[-1]) == (name == "digits-ae")
    page.until(lambda page: bool(page.frame()["companion"]))
    assert page.frame()["companion"]["title"].startswith("μ*(z)")
    assert page.frame()["indicatrix"] is None


@pytest.mark.parametrize("tab", ["Projector probe", "Blur"])
def test_without_the_images_a_probe_offers_to_fetch_them(
    open_page: Open, home: Path, tab: str
) -> None:
    page = open_page("Geometry", **{"geo-model": save_kana(home), "geo-tab": tab}).assert_well()
    assert "Kuzushiji-MNIST are not on this machine" in page.words()
    assert "Get Kuzushiji-MNIST" in [button.label for button in page.at.button]


@pytest.mark.slow
def test_held_out_images_serve_for_blur_where_the_training_images_are_missing(
    open_page: Open, data: Path
) -> None:
    address = {"geo-model": "mnist-vae", "geo-pins": PINS, "geo-tab": "Blur"}
    page = open_page("Geometry", **address).until(lambda page: bool(page.at.metric))
    checkpoint = load_checkpoint(find_checkpoint("mnist-vae"))
    held_out = load_held_out("mnist")
    assert held_out is not None
    meant = Meant.of(checkpoint.model.view(), held_out.test)
    best = optimal_images(meant, CODES[1:])
    np.testing.assert_array_equal(page.picture("optimal decoder"), mosaic(best, 1, 8))
    assert "over 10,000 held-out images" in page.words()
    assert "training images of MNIST are not on this machine" in page.words()
    assert "Get MNIST" in [button.label for button in page.at.button]
    assert not data.exists()


@pytest.mark.slow
@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("tab", ["Paths", "Tangents", "Projector probe", "Blur"])
@pytest.mark.parametrize("name", ["tiny-1d", "tiny-3d", "tiny-16d", "tiny-ae", "digits-collapsed"])
def test_models_of_all_shapes_have_all_tabs(open_page: Open, name: str, tab: str) -> None:
    address = {"geo-model": name, "geo-tab": tab, "geo-ellipses": "true"}
    for field in ("magnification", "condition"):
        page = open_page("Geometry", **address, **{"geo-field": FIELDS[field].title})
        page.until(complete)
        assert not page.at.error
        assert not page.at.warning
        assert page.frame()["title"] == name


@pytest.mark.slow
def test_pins_far_away_do_no_harm(open_page: Open) -> None:
    page = open_page("Geometry", **{"geo-model": MODEL, "geo-pins": "0,1e29,-1e29;0,1,1"})
    page.until(complete)


def test_cells_of_a_field_are_where_they_are_drawn(open_page: Open) -> None:
    page = open_page("Geometry", **{"geo-model": MODEL, "geo-pins": ""})
    page.until(lambda page: bool(page.frame()["field"]))
    field = page.frame()["field"]
    view = load_checkpoint(find_checkpoint(MODEL)).model.view()
    cells = box_grid(tuple(field["box"]), field["rows"]).reshape(-1, 2)
    values = np.log10(metric(view, cells).magnification)
    content = page.files[field["url"].rpartition("/")[2]]
    np.testing.assert_allclose(np.frombuffer(content, "<f4", offset=16), values, atol=1e-3)
