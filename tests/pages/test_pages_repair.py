"""Fitted densities as a repair: fewer draws from an autoencoder fall into holes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from explorer.analysis.holes.repair import REPAIRS
from explorer.analysis.mixture import fit_best_mixture
from explorer.analysis.sampling import SOURCES
from explorer.runs.checkpoints import find_checkpoint, load_checkpoint
from tests.pages.conftest import Open, OpenPage
from tests.pages.trained import save_kana

pytestmark = pytest.mark.slow


def scores(page: OpenPage) -> dict[str, list[str]]:
    """By source: the shares of draws that are in holes and that have a clear class."""
    titles = {SOURCES[name].title for name in REPAIRS}
    rows = [[c.strip() for c in line.strip("| ").split("|")] for line in page.words().splitlines()]
    return {title: cells for title, *cells in rows if title in titles}


def until_judged(page: OpenPage) -> OpenPage:
    return page.until(lambda page: "computing, about" not in page.words())


def test_fitted_densities_draw_fewer_holes_than_the_prior(open_page: Open) -> None:
    page = until_judged(open_page("Sample", **{"from": "digits-ae", "count": "4"}).assert_well())
    found = {t: [float(cell.split(" ± ")[0]) for cell in c] for t, c in scores(page).items()}
    prior, gaussian, mixture, kernels = (found[SOURCES[name].title] for name in REPAIRS)
    assert prior[0] > gaussian[0] > max(mixture[0], kernels[0])
    assert prior[1] < mixture[1]
    assert [c for c in page.captions() if c in found] == list(found)


def test_the_number_of_components_is_chosen_or_set(open_page: Open) -> None:
    codes = load_checkpoint(find_checkpoint("digits-ae")).codes.mean
    drawn = {"from": "digits-ae", "count": "4", "source": SOURCES["mixture"].title}
    page = until_judged(open_page("Sample", **drawn))
    assert f"Components of the mixture: **{len(fit_best_mixture(codes).weights)}**" in page.words()
    page = open_page("Sample", **drawn, **{"by-hand": "true", "components": "3"}).assert_well()
    assert [s.value for s in page.at.slider if s.label == "Components"] == [3]


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("name", ["tiny-1d", "tiny-16d"])
def test_other_dimensions_are_repaired_too(open_page: Open, name: str) -> None:
    page = until_judged(open_page("Sample", **{"from": name, "count": "4"}).assert_well())
    cells = [cell for cells in scores(page).values() for cell in cells]
    assert all(re.fullmatch(r"\d+(\.\d+)? ± \d+(\.\d+)?", cell) for cell in cells)


def test_without_the_images_there_are_pictures_and_an_explanation(
    open_page: Open, home: Path
) -> None:
    page = open_page("Sample", **{"from": save_kana(home), "count": "4"}).assert_well()
    page = page.until(lambda page: "Kernel density" in page.captions())
    assert "No scores here: the images" in page.words()
