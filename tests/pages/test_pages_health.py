"""A model whose numbers are not what they seem is named as such where they are shown."""

from __future__ import annotations

import pytest

from tests.pages.conftest import Open

# The query parameter of each page that names its model.
PAGES = {"Explore": "model", "Information": "of"}


@pytest.mark.parametrize("title", PAGES)
def test_one_sentence_where_something_is_wrong(open_page: Open, title: str) -> None:
    page = open_page(title, **{PAGES[title]: "mnist-vae-beta-0"}).assert_well()
    page.until(lambda page: page.at.warning)
    (warning,) = page.at.warning
    assert "% of the images σ is at the bound" in warning.value


@pytest.mark.parametrize("title", PAGES)
def test_nothing_where_all_is_well(open_page: Open, title: str) -> None:
    page = open_page(title, **{PAGES[title]: "fashion-vae"}).assert_well()
    assert not page.at.warning
