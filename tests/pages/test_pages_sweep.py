"""Compare along the KL weight: film, curve, small multiples and samples agree on the weight."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from explorer.analysis.geometry import orthogonal_alignment
from explorer.analysis.information.collapse import Bracket, predicted_thresholds
from explorer.analysis.information.surgery import elbo_surgery
from explorer.components.latent_pad import PadPlane
from explorer.datasets import DATASETS, load_dataset, load_held_out
from explorer.figures import class_colours, mosaic, plane_picture
from explorer.models.latent import decode_means, prior_draws
from explorer.pages.compare.collapse import count_verdict, verdict
from explorer.pages.compare.sweep import RINGS, TILE_WIDTH, common_box
from explorer.runs.checkpoints import GALLERY, find_checkpoint, load_checkpoint, read_spec
from tests.pages.conftest import Open, OpenPage
from tests.pages.trained import SERIES, series_name
from tests.support.pictures import read_picture

ADDRESS = {"data": DATASETS["digits"].title, "series": series_name()}
NAMES = [f"{weight:g}" for weight in SERIES]

pytestmark = pytest.mark.usefixtures("trained")


def curve(page: OpenPage) -> dict[str, Any]:
    """The data given to the rate–distortion curve."""
    given = [json.loads(part.proto.json) for part in page.at.get("bidi_component")]
    (found,) = [one for one in given if "edge" in one]
    return found


def chart(page: OpenPage) -> dict[str, Any]:
    """The only Plotly chart of the page, as JSON."""
    (figure,) = page.at.get("plotly_chart")
    return json.loads(figure.proto.spec)


def current(page: OpenPage) -> list[str]:
    """The weight that each part of the page treats as current."""
    film = page.pads()[1]
    (primary,) = [b.label for b in page.at.button if b.proto.type == "primary"]
    (sample,) = [c for c in page.captions() if c.startswith("32 draws from N(0, I) at")]
    return [
        film["films"][0]["names"][film["state"]["frame"]],
        curve(page)["names"][curve(page)["current"]],
        primary.removeprefix("β = "),
        sample.partition(" at β = ")[2],
    ]


def plane(points: np.ndarray) -> PadPlane:
    """A plane with given codes (N, 2)."""
    return PadPlane("", points, np.zeros(len(points), int))


def uncaptioned(page: OpenPage) -> list[np.ndarray]:
    """The small multiples: plane, draws, plane, draws, …"""
    found = [i.proto.imgs[0] for i in page.at.get("image") if not i.proto.imgs[0].caption]
    return [read_picture(image.url) for image in found]


@pytest.mark.parametrize("name", NAMES)
def test_all_parts_show_the_weight_of_the_address(open_page: Open, name: str) -> None:
    page = open_page("Compare", **ADDRESS, beta=name).assert_well()
    assert current(page) == [name] * 4


def test_a_button_selects_a_weight_and_writes_it_to_the_address(open_page: Open) -> None:
    page = open_page("Compare", **ADDRESS).assert_well()
    assert current(page) == ["1"] * 4, "the weight nearest to 1"
    assert "beta" not in page.at.query_params
    for name in (NAMES[2], NAMES[0]):
        (button,) = [b for b in page.at.button if b.label == f"β = {name}"]
        button.click()
        page.run().assert_well()
        assert current(page) == [name] * 4
        assert page.at.query_params["beta"] == name
    revision = page.pads()[1]["revision"]
    film = "along the KL weight of tiny-beta-0.1"
    page.say(film, frame=2, revision=revision, layers=["points", "prior"]).assert_well()
    assert current(page) == [NAMES[2]] * 4, "then the film's own slider"
    assert page.at.query_params["beta"] == NAMES[2]


def test_the_curve_shows_the_measured_values(open_page: Open) -> None:
    told = curve(open_page("Compare", **ADDRESS).assert_well())
    specs = [load_checkpoint(find_checkpoint(f"tiny-beta-{name}")).spec for name in NAMES]
    measured = [[s.measures["kl"].value, s.measures["reconstruction"].value] for s in specs]
    assert told["points"] == measured
    assert told["names"] == NAMES


def test_small_multiples_share_one_scale_and_are_aligned_by_rotation(open_page: Open) -> None:
    page = open_page("Compare", **ADDRESS).assert_well()
    planes, draws = uncaptioned(page)[::2], uncaptioned(page)[1::2]
    held = [load_checkpoint(find_checkpoint(f"tiny-beta-{name}")) for name in NAMES]
    onto = held[1].codes.mean
    turned = [c.codes.mean @ orthogonal_alignment(onto, c.codes.mean) for c in held]

    page.at.context["theme"] = "dark"
    in_the_dark = uncaptioned(page.run().assert_well())[::2]
    box = common_box([plane(points) for points in turned])
    for dark, pictures in ((False, planes), (True, in_the_dark)):
        colours = [colour.on(dark) for colour in class_colours(10)]
        for picture, points, one in zip(pictures, turned, held, strict=True):
            expected = plane_picture(points, one.codes.labels, colours, box, 2 * TILE_WIDTH, RINGS)
            # Codes on the border of two pixels may fall into either.
            assert (np.abs(picture.astype(int) - expected).max(axis=-1) > 3).mean() < 0.002
    for picture, one in zip(draws, held, strict=True):
        expected = mosaic(
            decode_means(one.model.view(), prior_draws(one.model.view(), 16, 0)), 4, 7, 2
        )
        np.testing.assert_array_equal(picture, expected)
    assert "circles are 1, 2 and 3 σ" in page.words()


def test_only_the_open_tab_is_filled(open_page: Open) -> None:
    page = open_page("Compare", **ADDRESS, along="Collapse").assert_well()
    assert uncaptioned(page) == []
    assert len(page.at.get("plotly_chart")) == 1
    assert not open_page("Compare", **ADDRESS).assert_well().at.get("plotly_chart")


def test_collapse_compares_theory_with_measurements(open_page: Open) -> None:
    page = open_page("Compare", **ADDRESS, along="Collapse", beta=NAMES[2])
    page.until(lambda page: "dies at" in page.words() and "computing" not in page.words())
    held = [load_checkpoint(find_checkpoint(f"tiny-beta-{name}")) for name in NAMES]
    first, second = predicted_thresholds(load_dataset("digits").train, held[0].spec.run.model)
    assert f"**2nd dimension** dies at β = **{second:.3g}**" in page.words()
    assert f"**1st dimension** dies at β = **{first:.3g}**" in page.words()
    lines = {line["name"]: line for line in chart(page)["data"]}
    measured = [one.spec.measures["active_units"].value for one in held]
    assert lines["active units, measured"]["y"] == measured
    for line, one in zip(lines["KL of the 1st dimension"]["y"], held, strict=True):
        assert line == pytest.approx(max(one.history[-1].held_out.kl[0]))
    found = [elbo_surgery(one.model.view(), one.codes) for one in held]
    shown = lines["mutual information"]
    np.testing.assert_allclose(shown["y"], [one.information for one in found], atol=1e-6)
    np.testing.assert_allclose(shown["error_y"]["array"], [one.error for one in found], atol=1e-6)
    assert all(one.error >= (one.high - one.low) / 2 - 1e-9 for one in found), "with the bracket"


@pytest.mark.slow
def test_without_the_training_images_theory_predicts_from_the_held_out_ones(
    open_page: Open,
) -> None:
    address = {"data": DATASETS["mnist"].title, "series": "mnist vae, 2-D", "along": "Collapse"}
    page = open_page("Compare", **address).until(lambda page: "dies at" in page.words())
    held_out, run = load_held_out("mnist"), read_spec(GALLERY / "mnist-vae").run
    assert held_out is not None
    second = predicted_thresholds(held_out.test, run.model)[1]
    assert f"**2nd dimension** dies at β = **{second:.3g}**" in page.words()
    assert "from the held-out images of MNIST" in page.words()
    lines = {line["name"] for line in chart(page)["data"]}
    assert {
        "active units, predicted",
        "KL of the 2nd dimension",
        "active units, measured",
        "mutual information",
    } <= lines


def test_sentences_follow_from_the_numbers() -> None:
    words = verdict([20.47, 14.97], [Bracket(18, 24), Bracket(12, 16)])
    assert words.index("2nd dimension") < words.index("1st dimension"), "in order of collapse"
    assert "**2nd dimension** dies at β = **15**; measured: between 12 and 16." in words
    assert "**1st dimension** dies at β = **20.5**; measured: between 18 and 24." in words
    assert "alive up to β = 10" in verdict([1.0], [Bracket(10, None)])
    assert "dead at every weight" in verdict([1.0], [Bracket(None, 0.1)])
    many = count_verdict([9.0, 5.0, 2.0, 1.0], 4.0, 3)
    assert "β = 4" in many
    assert "**2 of 4 dimensions**" in many
    assert "**3 active units**" in many


def test_one_very_wide_plane_does_not_shrink_the_others_to_a_dot() -> None:
    corners = np.array([[-1.0, -1.0], [1.0, 1.0]])
    planes = [plane(side * corners) for side in (4.0, 5.0, 6.0, 400.0)]
    xmin, xmax, ymin, ymax = common_box(planes)
    assert 6 <= xmax < 24
    assert xmax - xmin == pytest.approx(ymax - ymin)
    assert common_box(planes[:3]) == pytest.approx(planes[2].home)
    moved = common_box([plane(4 * corners), plane(4 * corners + [10, 0])])
    assert moved[0] < -4
    assert moved[1] > 14
