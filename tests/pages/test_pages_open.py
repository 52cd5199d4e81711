"""Every page opens on any machine and says what to do about missing models or data."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.datasets import DATASETS
from explorer.pages import PAGES
from explorer.runs import checkpoints
from tests.pages.conftest import TIMEOUT, Open, OpenPage
from tests.pages.trained import save_kana

TITLES = [page.TITLE for page in PAGES]
# The address names a data set as its menu does.
DIGITS, KMNIST = DATASETS["digits"].title, DATASETS["kmnist"].title
APP = Path(__file__).parents[2] / "app.py"
# The query parameters with which each page shows a given model.
BY_MODEL = {
    "Explore": ["model"],
    "Draw": ["encoder"],
    "Compare": ["left", "middle", "right"],
    "Holes": ["left", "middle", "right"],
    "Geometry": ["geo-model"],
    "Sample": ["from"],
    "Information": ["of"],
}


# The tab that shows a plane, if it is not the first.
PLANE = {"Information": {"about": "True posterior"}}


def labels(page: OpenPage) -> list[str]:
    """The labels of a page's buttons."""
    return [button.label for button in page.at.button]


def test_the_app_opens_on_the_first_page() -> None:
    at = AppTest.from_file(APP, default_timeout=TIMEOUT).run()
    assert not at.exception
    assert at.get("bidi_component")


def test_pages_have_titles_and_addresses_of_their_own() -> None:
    assert len(set(TITLES)) == len({page.PATH for page in PAGES}) == len(PAGES)
    assert PAGES[0].PATH == "", "Streamlit serves the first page at the root only"
    assert {*BY_MODEL, "Train"} == set(TITLES), "new pages must be added to these tests"


@pytest.mark.parametrize("title", BY_MODEL)
def test_the_gallery_alone_is_enough_for_each_page(open_page: Open, home: Path, title: str) -> None:
    page = open_page(title, **PLANE.get(title, {})).assert_well()
    assert not home.exists()
    assert not page.at.error
    assert page.pads()
    assert page.captions() or title in ("Draw", "Holes", "Information")
    assert "mnist-vae" in [menu.value for menu in page.at.selectbox]


@pytest.mark.parametrize("title", BY_MODEL)
def test_a_broken_checkpoint_is_named_and_the_page_works(
    open_page: Open, saved: Path, title: str
) -> None:
    (saved / "spec.json").write_text("{}")
    page = open_page(title, **PLANE.get(title, {})).assert_well()
    assert "1 checkpoint " in page.at.expander[0].label
    assert "**tiny**" in page.words()
    assert "spec.json" in page.words()
    assert page.pads()


def test_several_broken_checkpoints_are_named_in_one_warning(open_page: Open, saved: Path) -> None:
    other = Path(shutil.copytree(saved, saved.parent / "tiny2"))
    for folder in (saved, other):
        (folder / "spec.json").write_text("{}")
    page = open_page("Explore").assert_well()
    (warning,) = (one.value for one in page.at.warning)
    assert "2 checkpoints " in page.at.expander[0].label
    assert [line.partition("**:")[0] for line in warning.splitlines()] == ["- **tiny", "- **tiny2"]


def test_a_text_of_a_checkpoint_fetches_nothing(
    open_page: Open, saved: Path, reseal: Callable[..., None]
) -> None:
    """It is data: a picture in it would tell its author who looks at it."""
    picture = "![x](http://127.0.0.1:9/x.png)"
    path = saved / "spec.json"
    spec = json.loads(path.read_text())
    for measure in spec["measures"].values():
        measure.update(value=None, unit=picture, why=picture)
    path.write_text(json.dumps(spec | {picture: 1}))
    reseal(saved)
    broken = open_page("Explore").assert_well()
    assert "127.0.0.1" in broken.words()
    path.write_text(json.dumps(spec))
    reseal(saved)
    page = open_page("Explore", model="tiny").assert_well()
    helps = [f"{one.help} {one.delta}" for one in page.at.metric]
    assert len(helps) > 3
    for words in (*helps, page.words(), broken.words()):
        assert picture not in words
        assert "![" not in words


@pytest.mark.parametrize("title", BY_MODEL)
def test_a_model_whose_weights_are_broken_is_named(
    open_page: Open, saved: Path, title: str
) -> None:
    (saved / "weights.safetensors").write_bytes(b"cut short")
    query = dict.fromkeys(BY_MODEL[title], "tiny")
    page = open_page(title, data=DIGITS, **query).assert_well()
    (error,) = page.at.error
    assert "tiny" in error.value
    assert "weights.safetensors" in error.value


@pytest.mark.parametrize("title", BY_MODEL)
def test_without_any_checkpoint_each_page_says_what_to_do(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, title: str
) -> None:
    monkeypatch.setattr(checkpoints, "GALLERY", tmp_path / "no gallery")
    page = open_page(title).assert_well()
    (info,) = page.at.info
    assert "python -m explorer train digits vae" in info.value
    assert not page.pads()


@pytest.mark.parametrize("title", BY_MODEL)
def test_a_model_trained_while_the_page_is_open_appears(
    open_page: Open, tiny_folder: Path, home: Path, title: str
) -> None:
    page = open_page(title, data=DIGITS).assert_well()
    assert "tiny" not in page.at.selectbox[-1].options
    shutil.copytree(tiny_folder, home / "checkpoints" / "tiny")
    page.run().assert_well()
    assert any("tiny" in menu.options for menu in page.at.selectbox)


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("name", ["tiny-1d", "tiny-3d", "tiny-16d", "tiny-ae"])
@pytest.mark.parametrize("title", BY_MODEL)
def test_models_of_other_dimensions_and_families_are_shown(
    open_page: Open, title: str, name: str
) -> None:
    page = open_page(title, data=DIGITS, **dict.fromkeys(BY_MODEL[title], name)).assert_well()
    if title in PLANE:
        assert page.words(), "it explains what is not available"
        return
    plane = page.frame()
    assert plane["title"] == name
    axes = {"tiny-1d": ["z₁", ""], "tiny-ae": ["z₁", "z₂"]}
    assert plane["axes"] == axes.get(name, ["PC 1", "PC 2"])
    assert plane["prior"] == (name == "tiny-ae"), "a principal plane may not pass through 0"


@pytest.mark.slow
def test_nothing_is_fetched_without_a_click(
    open_page: Open, network: list[object], data: Path, home: Path
) -> None:
    save_kana(home)
    page = open_page("Compare", data=KMNIST).assert_well()
    assert "Kuzushiji-MNIST are not on this machine" in page.words()
    assert not any("held-out" in caption for caption in page.captions())
    assert [label for label in labels(page) if label.startswith("Get")] == ["Get Kuzushiji-MNIST"]
    for title in TITLES:
        open_page(title).assert_well()
    assert network == []
    assert not data.exists()


def test_fetching_images_without_a_network_fails_with_a_sentence(
    open_page: Open, network: list[object], home: Path
) -> None:
    save_kana(home)
    page = open_page("Compare", data=KMNIST).assert_well()
    next(button for button in page.at.button if button.label.startswith("Get ")).click()
    page.run().assert_well()
    assert network, "a click accesses the network"
    (error,) = page.at.error
    assert "Kuzushiji-MNIST needs" in error.value
    assert "try again with a network" in error.value
    assert "\n" not in error.value
    assert "Traceback" not in error.value
    assert page.pads()
    page.at.number_input[0].set_value(7.0)
    assert not page.run().assert_well().at.error


@pytest.mark.slow
def test_in_a_class_only_the_operator_has_images_fetched(
    open_page: Open, network: list[object], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_kana(home)
    monkeypatch.setenv("EXPLORER_LIMITS", "class")
    page = open_page("Compare", data=KMNIST).assert_well()
    assert "Only the operator of this server may have them fetched." in page.words()
    assert "Get Kuzushiji-MNIST" not in [button.label for button in page.at.button]
    assert not network


@pytest.mark.slow
def test_broken_image_files_are_named(open_page: Open, data: Path, home: Path) -> None:
    for name in ("mnist", "kmnist"):
        for file in DATASETS[name].files:
            (data / file).parent.mkdir(parents=True, exist_ok=True)
            (data / file).write_bytes(b"no images")
    page = open_page("Compare", data=DATASETS["mnist"].title).assert_well()
    assert not page.at.warning, "the images that ship are enough"
    address = {"geo-model": "mnist-vae", "geo-pins": "0,0,0", "geo-tab": "Blur"}
    open_page("Geometry", **address).until(lambda page: "MNIST needs" in page.words())
    save_kana(home)
    page = open_page("Compare", data=KMNIST).assert_well()
    assert "Kuzushiji-MNIST needs" in page.at.warning[0].value
    assert page.pads()


def test_available_images_are_reconstructed(open_page: Open) -> None:
    page = open_page("Compare", data=DIGITS).assert_well()
    assert not any(label.startswith("Get") for label in labels(page))
    assert sum("originals above" in caption for caption in page.captions()) == 3


@pytest.mark.slow
def test_a_training_run_is_replayed_if_it_is_fast(open_page: Open, trained: Path) -> None:
    address = {"tab": "Training", "replay": "true"}
    page = open_page("Explore", model="tiny-ae", **address).assert_well()
    assert len(page.pads()) == 1, "it does not wait for the training"
    assert "Its training, again from its seed" in page.words()
    page.until(lambda page: len(page.pads()) == 2)
    _, recorded = page.pads()
    (film,) = recorded["films"]
    assert film["names"] == ["0", "1", "2", "3", "4"]
    assert film["frames"][0]["title"] == "before training"
    assert recorded["state"]["frame"] == 4
    assert len({frame["points"] for frame in film["frames"]}) == 5, "each epoch moved the codes"
    assert len({frame["decoder"]["url"] for frame in film["frames"]}) == 5
    page = open_page("Explore", model="mnist-vae", **address).assert_well()
    assert len(page.pads()) == 1, "MNIST takes minutes"
