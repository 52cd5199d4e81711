"""What pages say: the moments of a film, the share that a plane shows, choices with an effect."""

from __future__ import annotations

import re

import numpy as np
import pytest

from explorer.analysis.sampling import SOURCES
from explorer.background.jobs.job import Frame
from explorer.pages.common.films import moments
from explorer.runs.checkpoints import find_checkpoint, load_checkpoint
from tests.pages.conftest import Open, OpenPage


def at(step: int, epoch: int) -> Frame:
    return Frame(step, epoch, np.zeros((1, 2), np.float32))


def test_a_film_counts_in_epochs_as_the_curves_beside_it_do() -> None:
    assert moments([at(0, 0), at(3, 0), at(9, 1), at(40, 4), at(1350, 150)]) == (
        "epoch",
        ["0", "0.33", "1", "4.44", "150"],
    )
    assert moments([at(0, 0), at(3, 0)]) == ("step", ["0", "3"]), "no epoch has ended"
    assert moments([at(47, 5)]) == ("epoch", ["5"])


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize(
    ("title", "menu"), [("Explore", "model"), ("Sample", "from"), ("Draw", "encoder")]
)
def test_a_plane_through_more_dimensions_says_how_much_it_shows(
    open_page: Open, title: str, menu: str
) -> None:
    words = open_page(title, **{menu: "tiny-16d"}).assert_well().words()
    found = re.search(
        r"tiny-16d: the plane .* of 16 latent dimensions, with (\d+)% \+ (\d+)%", words
    )
    assert found
    codes = load_checkpoint(find_checkpoint("tiny-16d")).codes.mean.astype(np.float64)
    variances = np.sort(np.linalg.eigvalsh(np.cov(codes.T)))[::-1]
    shares = 100 * variances[:2] / variances.sum()
    np.testing.assert_allclose([float(share) for share in found.groups()], shares, atol=0.51)


def test_a_plane_of_two_dimensions_shows_all_of_it(open_page: Open) -> None:
    assert "principal components" not in open_page("Explore", model="digits-vae").words()


def test_components_are_asked_for_only_where_a_mixture_is_drawn_from(open_page: Open) -> None:
    def asks(page: OpenPage) -> bool:
        labels = {toggle.label for toggle in page.assert_well().at.toggle}
        return "Set the number of components" in labels

    address = {"from": "digits-vae", "count": "4"}
    assert not asks(open_page("Sample", **address))
    assert asks(open_page("Sample", **address, source=SOURCES["mixture"].title))
