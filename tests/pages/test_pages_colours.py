"""Explore: codes coloured by class, factor or value, and the images with extreme values."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from explorer.analysis.colouring import colourings
from explorer.analysis.subject import Subject
from explorer.datasets import DATASETS, load_dataset
from explorer.pages.explore.colouring import SHOWN
from explorer.runs.checkpoints import GALLERY, load_checkpoint
from tests.pages.conftest import Open, OpenPage
from tests.pages.trained import save_kana

DIGITS = DATASETS["digits"]


def coloured(page: OpenPage) -> bool:
    return "computing, about" not in page.words()


def options(page: OpenPage) -> list[str]:
    (menu,) = (one for one in page.at.selectbox if one.label == "Colour of the codes")
    return list(menu.options)


def test_codes_are_coloured_by_class_by_default(open_page: Open) -> None:
    page = open_page("Explore", model="digits-vae").assert_well()
    assert page.frame()["shades"] is None
    assert page.pads()[0]["links"]["hidden"] == "hide"
    assert options(page)[0] == "Class"
    assert {"Squared error", "KL", "log p(x)", "Inference gap"} <= set(options(page))


@pytest.mark.parametrize("name", ["squared_error", "kl", "log_evidence", "inference_gap"])
def test_codes_coloured_by_a_value_come_with_the_extreme_images(open_page: Open, name: str) -> None:
    by = colourings(DIGITS)[name]
    page = open_page("Explore", model="digits-vae", colour=by.title).until(coloured)
    model = load_checkpoint(GALLERY / "digits-vae").model
    values = by.values(Subject.of(model.view(), load_dataset("digits")))
    shades = page.frame()["shades"]
    assert shades["title"] == f"{by.title}, {by.unit}"
    assert shades["span"] == pytest.approx(np.quantile(values, [0.01, 0.99]).tolist(), rel=1e-3)
    assert f"of {len(values):,} images" in page.words()
    labels = [label for label in page.captions() if re.fullmatch(r"−?[\d.]+", label)]
    told = [float(label.replace("−", "-")) for label in labels]
    pins = [button.label for button in page.at.button if "Pin this" in (button.help or "")]
    assert pins == ["Pin"] * len(told), "they look like what they are"
    ordered = np.sort(values)
    expected = [*ordered[:SHOWN], *ordered[::-1][:SHOWN]]
    np.testing.assert_allclose(told, expected, rtol=2e-3, atol=2e-3)


def test_an_extreme_image_can_be_pinned(open_page: Open) -> None:
    address = {"model": "digits-vae", "colour": "Squared error", "pins": "0,1,1"}
    page = open_page("Explore", **address).until(coloured)
    buttons = [button for button in page.at.button if "Pin this" in (button.help or "")]
    buttons[-SHOWN].click()  # the most
    page.run().assert_well()
    model = load_checkpoint(GALLERY / "digits-vae").model
    subject = Subject.of(model.view(), load_dataset("digits"))
    worst = int(colourings(DIGITS)["squared_error"].values(subject).argmax())
    pins = page.pads()[0]["state"]["pins"]
    assert pins[0] == [0, 1.0, 1.0]
    assert pins[1][3] == worst
    assert pins[1][1:3] == pytest.approx(subject.all_codes.mean[worst].tolist(), abs=1e-4)


def test_an_undefined_value_is_explained_and_classes_colour_the_codes(
    open_page: Open, home: Path
) -> None:
    page = open_page("Explore", model="digits-ae", colour="KL").assert_well()
    assert "KL is not available: a deterministic encoder" in page.words()
    assert page.frame()["shades"] is None
    page = open_page("Explore", model=save_kana(home), colour="Squared error").assert_well()
    assert "not on this machine" in page.words()
    assert page.frame()["shades"] is None


def test_without_the_images_the_kl_term_comes_from_the_codes(open_page: Open, home: Path) -> None:
    page = open_page("Explore", model=save_kana(home), colour="KL").until(coloured)
    assert page.frame()["shades"]["title"] == "KL, nats per image"
    mean = load_checkpoint(GALLERY / "mnist-vae").spec.measures["kl"].value
    low, high = page.frame()["shades"]["span"]
    assert low < mean < high
    assert "of 10,000 images" in page.words()


def test_an_unknown_colour_in_the_address_is_not_taken_for_another(open_page: Open) -> None:
    page = open_page("Explore", model="digits-vae", colour="<b>").assert_well()
    assert "“\\<b\\>”, which is not here" in page.at.info[0].value
    assert not page.pads()
