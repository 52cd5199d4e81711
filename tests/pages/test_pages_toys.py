"""Every page with models other than VAEs on ten classes of small grey digits: conditional,
hierarchical, discrete, with another prior or without gradients; with colour images, forty classes
or no classes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import streamlit as st

from explorer.datasets import DATASETS
from explorer.models.latent import decode_means
from explorer.pages.common.models import Opened
from explorer.runs.checkpoints import load_checkpoint
from tests.pages.conftest import Open, OpenPage, read_pixels
from tests.support.toy_home import TOY_MODELS, register, train_toys

pytestmark = pytest.mark.slow

# The query parameters with which each page shows a model, and its tabs.
BY_MODEL = {
    "Explore": "model",
    "Draw": "encoder",
    "Geometry": "geo-model",
    "Sample": "from",
    "Information": "of",
}
TABS = {
    "Explore": ("tab", ["Prior manifold", "Dimension by dimension", "Training"]),
    "Geometry": ("geo-tab", ["Paths", "Tangents", "Projector probe", "Blur"]),
    "Information": (
        "about",
        ["Evidence", "True posterior", "What the KL buys", "Over training", "Rate and distortion"],
    ),
}
PINS = {"Explore": "pins", "Geometry": "geo-pins"}
TWO_PINS = "0,-0.5,0.25;0,0.75,-0.5"
# The words on a page while results are still pending.
PENDING = "computing, about"


@pytest.fixture(scope="session")
def toy_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("toys") / "home"
        patch.setenv("EXPLORER_HOME", str(home))
        register(patch)
        return train_toys(home)


@pytest.fixture(autouse=True)
def toys(toy_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXPLORER_HOME", str(toy_home))
    register(monkeypatch)
    return toy_home


def settled(page: OpenPage) -> bool:
    return PENDING not in page.words()


def well(page: OpenPage) -> OpenPage:
    page.until(settled)
    assert not page.at.error, page.words()
    assert "nan" not in page.words().lower().replace("finance", "")
    return page


@pytest.mark.parametrize("name", TOY_MODELS)
@pytest.mark.parametrize("title", BY_MODEL)
def test_every_page_shows_every_kind_of_model(open_page: Open, title: str, name: str) -> None:
    address = {BY_MODEL[title]: name} | ({PINS[title]: TWO_PINS} if title in PINS else {})
    page = well(open_page(title, **address))
    classes = DATASETS[TOY_MODELS[name][0]].classes
    for pad in page.pads():
        assert pad["films"][0]["frames"][0]["title"].startswith(name)
        assert len(pad["classes"]) == max(1, len(classes)) + (title == "Sample")
    assert page.pads() or title == "Information"


@pytest.mark.parametrize("name", TOY_MODELS)
@pytest.mark.parametrize(
    ("title", "tab"), [(title, tab) for title, (_, tabs) in TABS.items() for tab in tabs[1:]]
)
def test_every_tab_shows_every_kind_of_model(
    open_page: Open, title: str, tab: str, name: str
) -> None:
    setting, _ = TABS[title]
    address = {BY_MODEL[title]: name, setting: tab}
    address |= {PINS[title]: TWO_PINS} if title in PINS else {}
    well(open_page(title, **address))


@pytest.mark.parametrize("name", TOY_MODELS)
@pytest.mark.parametrize("title", ["Compare", "Holes"])
def test_three_models_side_by_side(open_page: Open, title: str, name: str) -> None:
    dataset = DATASETS[TOY_MODELS[name][0]].title
    address = {"data": dataset, "left": name, "middle": name}
    page = well(open_page(title, **address))
    assert [film["frames"][0]["title"] for film in page.pads()[0]["films"]][:2] == [
        page.pads()[0]["films"][0]["frames"][0]["title"]
    ] * 2


@pytest.mark.parametrize("family", sorted({family for _, family in TOY_MODELS.values()}))
@pytest.mark.parametrize("dataset", sorted({dataset for dataset, _ in TOY_MODELS.values()}))
def test_the_form_offers_to_train_each_family(open_page: Open, family: str, dataset: str) -> None:
    page = open_page("Train", run=f"dataset={dataset};family={family}").assert_well()
    assert any(button.label == "Train" for button in page.at.button)


class TestControls:
    """One row of controls, the same on every page, selects a class, a level or a token."""

    def pixels(self, page: OpenPage) -> np.ndarray:
        picture = page.pads()[0]["pictures"][0]
        return read_pixels(picture["decoded"], picture["shape"])

    @pytest.mark.parametrize("title", ["Explore", "Geometry"])
    def test_the_address_selects_the_decoded_class(
        self, open_page: Open, title: str, toy_home: Path
    ) -> None:
        model = load_checkpoint(toy_home / "checkpoints" / "toy-cvae").model
        for choice in ("0", "7"):
            address = {BY_MODEL[title]: "toy-cvae", "view": f"class:{choice}"}
            page = open_page(title, **address, **{PINS[title]: "0,0.5,-0.5"}).assert_well()
            view = model.view(None, **{"class": choice})
            expected = np.rint(255 * decode_means(view, [[0.5, -0.5]])[0])
            np.testing.assert_allclose(self.pixels(page), expected, atol=1)
            assert page.frame()["title"] == f"toy-cvae, class {choice}"

    def test_a_choice_is_written_to_the_address_and_kept_on_other_pages(
        self, open_page: Open
    ) -> None:
        page = open_page("Explore", model="toy-hvae").assert_well()
        assert "view" not in page.at.query_params
        (slider,) = (one for one in page.at.get("select_slider") if one.label == "Level")
        assert slider.value == "1"
        slider.set_value("3")
        page.run().assert_well()
        assert page.at.query_params["view"] in ("level:3", ["level:3"])
        assert page.frame()["title"] == "toy-hvae, level 3"
        again = open_page("Sample", **{"from": "toy-hvae", "view": "level:3"}).assert_well()
        assert again.frame()["title"] == "toy-hvae, level 3"

    @pytest.mark.parametrize(
        "view",
        [
            "class:77",
            "class",
            ":",
            "class:-1",
            "level:2",
            "x:y,class:9999999999999999999",
            "²:٣",
            "class:" + "1" * 5000,
            "<script>:1",
            "class:0,class:0,class:0",
        ],
    )
    def test_choices_that_no_model_offers_are_ignored(self, open_page: Open, view: str) -> None:
        page = open_page("Explore", model="toy-cvae", view=view).assert_well()
        assert page.frame()["title"] == "toy-cvae, class 0"

    def test_an_anchor_is_a_held_out_image(self, open_page: Open) -> None:
        pictures = []
        for index in ("0", "1", "2", "3", "4", "5"):
            address = {"model": "toy-discrete", "view": f"token:2,around:{index}"}
            page = open_page("Explore", **address, pins="0,0.5,0.5").assert_well()
            assert page.frame()["title"] == f"toy-discrete, token 2, the other as in image {index}"
            pictures.append(self.pixels(page))
        assert any((pictures[0] != other).any() for other in pictures[1:])

    def test_one_row_of_controls_serves_all_three_models(self, open_page: Open) -> None:
        address = {"data": DATASETS["digits"].title, "left": "toy-cvae", "middle": "toy-cvae"}
        page = open_page("Compare", **address, right="toy-hvae", view="class:4,level:2")
        page.assert_well()
        titles = [film["frames"][0]["title"] for film in page.pads()[0]["films"]]
        assert titles == ["toy-cvae, class 4", "toy-cvae, class 4", "toy-hvae, level 2"]
        assert [one.label for one in page.at.selectbox].count("Class") == 1

    def test_tables_and_files_are_named_after_the_choices(
        self, open_page: Open, toy_home: Path
    ) -> None:
        address = {"data": DATASETS["digits"].title, "left": "toy-cvae", "view": "class:4"}
        page = open_page("Compare", **address).assert_well()
        assert "**toy-cvae, class 4**" in page.words()
        checkpoint = load_checkpoint(toy_home / "checkpoints" / "toy-cvae")
        view = checkpoint.model.view(None, **{"class": "4"})
        assert Opened(checkpoint, view, checkpoint.codes).file_name == "toy-cvae-class-4"

    def test_models_without_choices_have_no_controls(self, open_page: Open) -> None:
        page = open_page("Explore", model="vae-on-toy-colour").assert_well()
        labels = [one.label for kind in ("selectbox", "select_slider") for one in page.at.get(kind)]
        assert not {"Class", "Level", "Token"} & set(labels)


class TestColours:
    """Codes coloured by the known factors of their images."""

    def test_a_factor_with_levels_has_its_own_legend_and_hidden_levels(
        self, open_page: Open
    ) -> None:
        address = {"model": "vae-on-toy-colour", "hide": "0", "hide-hue": "2"}
        page = open_page("Explore", **address, colour="Hue").assert_well()
        pad = page.pads()[0]
        assert pad["classes"] == ["red", "green", "blue"]
        assert pad["links"]["hidden"] == "hide-hue"
        assert pad["state"]["hidden"] == [2]
        by_class = open_page("Explore", **address).assert_well().pads()[0]
        assert by_class["state"]["hidden"] == [0]

    def test_a_numeric_factor_has_a_scale(self, open_page: Open) -> None:
        page = open_page("Explore", model="vae-on-toy-colour", colour="Row").until(settled)
        assert page.frame()["shades"]["title"] == "Row, of the side"

    def test_images_without_classes_may_have_values(self, open_page: Open) -> None:
        page = open_page("Explore", model="vae-on-toy-unlabelled").assert_well()
        (menu,) = (one for one in page.at.selectbox if one.label == "Colour of the codes")
        assert menu.value == "class"
        assert menu.options[0] == "Nothing"
        assert page.pads()[0]["classes"] == ["image"]
        page = open_page("Explore", model="vae-on-toy-unlabelled", colour="KL").until(settled)
        assert page.frame()["shades"]


class TestPrior:
    """p(z) under the cursor is the density of the model's prior, or the page says why it is
    unknown."""

    def test_the_density_of_a_learned_prior_is_sent(self, open_page: Open, toy_home: Path) -> None:
        frame = open_page("Explore", model="toy-learned-prior").assert_well().frame()
        assert not frame["prior"]
        assert frame["logPrior"]["title"] == "log p(z)"
        assert frame["noPrior"] == ""

    def test_a_missing_density_is_explained(self, open_page: Open) -> None:
        frame = open_page("Explore", model="toy-discrete").assert_well().frame()
        assert frame["logPrior"] is None
        assert frame["noPrior"].startswith("not defined: ")

    def test_the_standard_normal_needs_no_grid(self, open_page: Open) -> None:
        frame = open_page("Explore", model="digits-vae").assert_well().frame()
        assert frame["prior"]
        assert frame["logPrior"] is None


class TestMissingResultsAreExplained:
    @pytest.fixture(autouse=True)
    def _fresh(self) -> None:
        st.cache_data.clear()

    def test_the_evidence_of_a_hierarchy(self, open_page: Open) -> None:
        address = {"of": "toy-hvae", "about": "True posterior", "view": "level:3"}
        assert "mixture over the levels above" in open_page("Information", **address).words()

    def test_the_tangents_of_a_decoder_without_gradients(self, open_page: Open) -> None:
        address = {"geo-model": "toy-no-gradients", "geo-tab": "Tangents"}
        assert "gives no gradients" in open_page("Geometry", **address).words()

    def test_samples_without_a_trained_prior(self, open_page: Open) -> None:
        page = open_page("Sample", **{"from": "toy-discrete", "source": "Prior"}).assert_well()
        assert "no prior was trained" in page.words()

    def test_holes_without_samples(self, open_page: Open) -> None:
        address = {"data": DATASETS["digits"].title, "left": "toy-discrete"}
        title = "toy-discrete, token 1, the other as in image 0"
        page = open_page("Holes", **address)
        page.until(lambda page: f"- **{title}**: **" in page.words())
        (row,) = re.findall(r"\| In holes: Prior, [^|]*\| ([^|]*) \|", page.words())
        assert row == "–", "there are no draws from its prior"
