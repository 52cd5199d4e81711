"""Information: the page shows the values of the measures for every kind of model."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from explorer.analysis.information.bounds import bounds
from explorer.analysis.information.evidence import exact_evidence
from explorer.analysis.information.grid import Grid
from explorer.analysis.information.surgery import elbo_surgery
from explorer.datasets import load_dataset
from explorer.runs.checkpoints import find_checkpoint, load_checkpoint
from tests.pages.conftest import Open, OpenPage

pytestmark = pytest.mark.usefixtures("trained")


def metrics(page: OpenPage) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.at.metric}


def number(text: str) -> float:
    return float(text.split(" ± ")[0].replace("−", "-"))


def told(page: OpenPage) -> bool:
    return "log p(x)" in metrics(page)


def drawn(page: OpenPage) -> bool:
    return "log p(x) = " in page.words()


def pad(page: OpenPage) -> dict[str, Any]:
    (given,) = page.pads()
    return given


def test_the_evidence_and_its_bounds(open_page: Open) -> None:
    page = open_page("Information", of="tiny-beta-1").assert_well()
    shown = metrics(page.until(told))
    model = load_checkpoint(find_checkpoint("tiny-beta-1"))
    images = load_dataset("digits").test
    grid = Grid.over(model.codes.mean, model.codes.scale)
    exact = exact_evidence(model.model.view(), images.floats(), grid)
    below = bounds(model.model.view(), images)
    assert number(shown["log p(x)"]) == pytest.approx(exact.nats.mean(), abs=0.006)
    assert number(shown["ELBO"]) == pytest.approx(exact.elbo.mean(), abs=0.006)
    assert exact.elbo.mean() == pytest.approx(below.elbo.mean(), abs=0.02)
    assert number(shown["IWAE(64)"]) == pytest.approx(below.iwae.mean(), abs=0.006)
    assert number(shown["Gap"]) == pytest.approx(exact.gap.mean(), abs=0.006)
    assert "as small as each image's posterior needs" in page.words()
    (chart,) = page.at.get("plotly_chart")
    assert len(json.loads(chart.proto.spec)["data"][0]["x"]) > 0


def test_an_image_with_a_large_gap_opens_its_true_posterior(open_page: Open) -> None:
    page = open_page("Information", of="tiny-beta-1").until(
        lambda page: "log p(x)" in metrics(page)
    )
    button = next(b for b in page.at.button if b.key.startswith("gap "))
    assert button.label == "View"
    largest = next(label for label in page.captions() if re.fullmatch(r"[\d.]+", label))
    index = int(button.key.rpartition(" ")[2])
    button.click()
    page.run().until(drawn)
    assert pad(page)["state"]["pins"][0][3] == index
    gap = re.search(r"difference, \*\*(.+?)\*\* nats", page.words())
    assert gap
    assert float(gap[1]) == pytest.approx(float(largest), abs=0.06)
    frame = page.frame()
    assert frame["field"]["title"].startswith("p(z|x)")
    assert frame["trails"]


def test_the_gap_of_one_image_matches_that_in_the_batch(open_page: Open) -> None:
    page = open_page("Information", of="tiny-beta-1", about="True posterior", image="0,0,0,7")
    page.until(drawn)
    words = page.words()
    said = re.search(r"log p\(x\) = \*\*(.+?)\*\*, ELBO = \*\*(.+?)\*\*", words)
    assert said, words
    model = load_checkpoint(find_checkpoint("tiny-beta-1"))
    image = load_dataset("digits").test[7:8]
    grid = Grid.over(model.codes.mean, model.codes.scale)
    exact = exact_evidence(model.model.view(), image.floats(), grid)
    assert number(said[1]) == pytest.approx(exact.nats[0], abs=0.006)
    assert number(said[2]) == pytest.approx(exact.elbo[0], abs=0.006)


def test_the_visitors_drawing_has_a_true_posterior_too(open_page: Open) -> None:
    page = open_page(
        "Information", of="tiny-beta-1", about="True posterior", observed="my drawing"
    ).assert_well()
    assert "field" not in page.frame() or page.frame()["field"] is None
    page = open_page(
        "Information",
        of="tiny-beta-1",
        about="True posterior",
        observed="my drawing",
        strokes="5k3c5ka05kfa",
    ).until(drawn)
    assert "log p(x)" in page.words()
    assert page.frame()["trails"]


def test_the_kl_term_is_decomposed(open_page: Open) -> None:
    page = open_page("Information", of="tiny-beta-1", about="What the KL buys")
    page.until(lambda page: bool(page.at.metric))
    codes = load_checkpoint(find_checkpoint("tiny-beta-1")).codes
    view = load_checkpoint(find_checkpoint("tiny-beta-1")).model.view()
    found = elbo_surgery(view, codes)
    shown = metrics(page)
    assert number(shown["KL"]) == pytest.approx(found.kl, abs=0.006)
    assert number(shown["Mutual information"]) == pytest.approx(found.information, abs=0.006)
    assert f"between {found.low:.2f}" in page.words()
    assert number(shown["Marginal KL"]) == pytest.approx(found.marginal, abs=0.006)


def test_the_collapse_over_training(open_page: Open) -> None:
    page = open_page("Information", of="tiny-beta-1", about="Over training")
    page.until(lambda page: "dies" in page.words())
    (chart,) = page.at.get("plotly_chart")
    lines = json.loads(chart.proto.spec)["data"]
    assert [line["name"] for line in lines] == ["1st dimension", "2nd dimension", "KL weight β"]
    assert "dies" in page.words()


def test_a_click_on_the_curve_opens_another_model(open_page: Open) -> None:
    page = open_page("Information", of="tiny-beta-1", about="Rate and distortion").assert_well()
    key = "information curve of tiny-beta-0.1"
    given = [json.loads(part.proto.json) for part in page.at.get("bidi_component")]
    assert [one["current"] for one in given] == [1]
    page.at.session_state[key] = {"pick": {"index": 2, "number": 1}}
    page.run().assert_well()
    assert page.at.selectbox[0].value in ("tiny-beta-1", "tiny-beta-10")


@pytest.mark.parametrize("model", ["tiny-1d", "tiny-3d", "tiny-16d", "tiny-ae", "mnist-vae"])
@pytest.mark.parametrize(
    "tab",
    ["Evidence", "True posterior", "What the KL buys", "Over training", "Rate and distortion"],
)
def test_every_model_has_results_or_an_explanation(open_page: Open, model: str, tab: str) -> None:
    page = open_page("Information", of=model, about=tab).assert_well()
    assert len(page.words()) > 40
    if tab == "Evidence" and model in ("tiny-3d", "tiny-16d", "tiny-1d"):
        shown = metrics(page.until(lambda page: "ELBO" in metrics(page)))
        assert "log p(x)" not in shown
        assert number(shown["IWAE(64)"]) >= number(shown["ELBO"]) - 0.5
        assert "two latent dimensions" in page.words()


def test_numbers_are_finite_for_a_collapsed_model(open_page: Open) -> None:
    page = open_page("Information", of="digits-collapsed").until(
        lambda page: "log p(x)" in metrics(page)
    )
    values = [number(value) for value in metrics(page).values()]
    assert np.isfinite(values).all()
    assert number(metrics(page)["Gap"]) < 1
