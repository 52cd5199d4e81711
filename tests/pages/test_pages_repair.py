"""What fitted densities repair: fewer draws from an autoencoder fall into holes."""

from __future__ import annotations

import re
import time

import pytest

from explorer.sampling import SOURCES, best_components
from tests.pages.conftest import Open, OpenPage

PATIENCE = 120.0


def row(page: OpenPage, title: str) -> list[str]:
    """A row of the table of scores."""
    (line,) = (x for x in page.words().splitlines() if x.startswith(f"| {title}, "))
    return [cell.strip() for cell in line.split("|")[2:-1]]


def until_judged(page: OpenPage) -> OpenPage:
    end = time.monotonic() + PATIENCE
    while "–" in row(page, "In holes") or "until they are chosen" in page.words():
        assert time.monotonic() < end, page.words()
        time.sleep(0.2)
        page.run().assert_well()
    return page


def test_fitted_densities_draw_fewer_holes_than_the_prior(open_page: Open) -> None:
    page = until_judged(open_page("Sample", **{"from": "digits-ae", "count": "4"}).assert_well())
    in_holes = [float(cell.split(" ± ")[0]) for cell in row(page, "In holes")]
    prior, gaussian, mixture, kernels = in_holes
    assert prior > gaussian > max(mixture, kernels)
    clear = [float(cell.split(" ± ")[0]) for cell in row(page, "Of a clear class")]
    assert clear[0] < clear[2]
    titles = [SOURCES[name].title for name in ("prior", "gaussian", "mixture", "kernels")]
    assert [c for c in page.captions() if c in titles] == titles


def test_the_number_of_components_is_chosen_or_set(open_page: Open) -> None:
    from explorer.checkpoints import find_checkpoint, load_checkpoint

    codes = load_checkpoint(find_checkpoint("digits-ae")).codes.mean
    page = until_judged(open_page("Sample", **{"from": "digits-ae", "count": "4"}))
    assert f"Components of the mixture: **{best_components(codes)}**" in page.words()
    address = {"from": "digits-ae", "count": "4", "by-hand": "true", "components": "3"}
    page = open_page("Sample", **address).assert_well()
    assert [s.value for s in page.at.slider if s.label == "Components"] == [3]


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("name", ["tiny-1d", "tiny-16d"])
def test_other_dimensions_are_repaired_too(open_page: Open, name: str) -> None:
    page = until_judged(open_page("Sample", **{"from": name, "count": "4"}).assert_well())
    assert all(re.match(r"\d+\.\d ± \d", cell) for cell in row(page, "In holes"))


def test_without_the_images_there_are_pictures_and_a_reason(open_page: Open) -> None:
    page = open_page("Sample", **{"from": "mnist-ae", "count": "4"}).assert_well()
    assert "No scores here: the images" in page.words()
    assert "Kernel density" in page.captions()
