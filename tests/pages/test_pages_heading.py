"""The line at the top of each page: what it is for, where to start, and how much it shows."""

from __future__ import annotations

import re

import pytest

from explorer import session
from explorer.analysis.measures import MEASURES
from explorer.pages import PAGES
from explorer.pages.common.start import DOORS, WELCOME
from tests.pages.conftest import Open, OpenPage

PURPOSES = {page.TITLE: page.PURPOSE for page in PAGES}
CARD = "close the start card"


def metrics(page: OpenPage) -> set[str]:
    return {metric.label for metric in page.at.metric}


def expert_titles(*, wanted: bool) -> set[str]:
    return {measure.title for measure in MEASURES.values() if measure.expert == wanted}


def keys(page: OpenPage) -> set[str | None]:
    return {button.key for button in page.at.button}


@pytest.mark.parametrize("title", PURPOSES)
def test_each_page_says_in_a_line_what_it_is_for(open_page: Open, title: str) -> None:
    page = open_page(title).assert_well()
    assert PURPOSES[title] in [caption.value for caption in page.at.caption[:2]]
    assert len(PURPOSES[title]) < 90, "it fits in one line"
    assert re.fullmatch(r"[A-Z][^.]*\.", PURPOSES[title]), "one sentence"


def test_the_numbers_are_plain_until_a_visitor_asks_for_all(open_page: Open) -> None:
    page = open_page("Explore", model="digits-vae").assert_well()
    assert {"Reconstruction", "KL"} <= metrics(page) <= expert_titles(wanted=False)
    (switch,) = (one for one in page.at.toggle if one.label == "Expert")
    switch.set_value(True)
    page.run().assert_well()
    assert page.at.query_params["detail"] in ("expert", ["expert"])
    assert {"Reconstruction", "−ELBO", "kNN accuracy"} <= metrics(page)
    other = open_page("Explore", model="digits-vae", detail="expert").assert_well()
    assert metrics(other) == metrics(page)


@pytest.mark.parametrize("title", ["Compare", "Holes"])
def test_tables_are_plain_too(open_page: Open, title: str) -> None:
    plain = open_page(title).assert_well().words()
    expert = open_page(title, detail="expert").assert_well().words()
    rare = [one for one in expert_titles(wanted=True) if f"| {one}, *" in expert]
    assert {"Folds", "Tears"} <= set(rare)
    assert not [one for one in rare if f"| {one}, *" in plain]
    assert "In holes: " in plain


def test_the_choice_holds_for_all_pages(open_page: Open) -> None:
    page = open_page("Explore", model="digits-vae", detail="expert").assert_well()
    page.at.query_params.clear()  # as after a change of page
    page.run().assert_well()
    assert "−ELBO" in metrics(page)
    assert page.at.query_params["detail"] in ("expert", ["expert"])


def test_a_first_visit_is_shown_three_doors_until_it_closes_the_card(open_page: Open) -> None:
    page = open_page("Explore").assert_well()
    assert page.words().count(WELCOME) == 1
    assert [b.label for b in page.at.button if b.key and b.key.startswith("card ")] == [
        words for words, _ in DOORS
    ]
    page.at.selectbox[0].set_value("digits-vae")  # which changes the address
    page.run().assert_well()
    assert CARD in keys(page), "it stays until it has been used"
    next(b for b in page.at.button if b.key == CARD).click()
    page.run().assert_well()
    assert CARD not in keys(page)
    assert {f"menu {path}" for _, path in DOORS} <= keys(page), "the doors are in a menu now"
    assert CARD not in keys(page.run())


def test_a_door_opens_its_page_and_ends_the_card(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(session, "go", opened.append)
    page = open_page("Explore")
    for _, path in DOORS:
        assert path in {other.PATH for other in PAGES}
    next(b for b in page.at.button if b.key == "card holes").click()
    page.run().assert_well()
    assert opened == ["holes"]
    assert CARD not in keys(page.run())


def test_a_link_shows_what_was_linked_and_no_card(open_page: Open) -> None:
    assert CARD not in keys(open_page("Explore", model="digits-vae"))
    assert CARD not in keys(open_page("Holes"))


def test_the_browser_is_asked_to_remember_once_the_card_has_been_used(open_page: Open) -> None:
    def asked(page: OpenPage) -> list[str]:
        return [p.proto.json for p in page.at.get("bidi_component") if '"name"' in p.proto.json]

    page = open_page("Explore")
    assert not asked(page)
    next(b for b in page.at.button if b.key == CARD).click()
    (message,) = asked(page.run().assert_well())
    assert "explorer_started" in message
