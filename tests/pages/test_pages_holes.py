"""Holes: fields of three planes on one scale, a table of scores, and intervals over seeds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from explorer.analysis.fields import FIELDS, SIDE
from explorer.analysis.holes.distributions import DISTRIBUTIONS
from explorer.analysis.measures import MEASURES
from explorer.analysis.subject import Subject
from explorer.datasets import DATASETS, load_dataset
from explorer.runs.checkpoints import find_checkpoint, load_checkpoint
from tests.pages.conftest import Open, OpenPage
from tests.pages.trained import save_kana

pytestmark = pytest.mark.slow

PENDING = "computing, about"
MASSES = [MEASURES[one.measure].title for one in DISTRIBUTIONS.values()]
GAUSSIAN, PRIOR = MASSES[:2]
DIGITS, KMNIST = DATASETS["digits"].title, DATASETS["kmnist"].title


def until(page: OpenPage, there: str, gone: str = "") -> OpenPage:
    """Rerun the page until some words are shown and others are not."""

    def ready(page: OpenPage) -> bool:
        words = page.words()
        return bool(re.search(there, words)) and not (gone and re.search(gone, words))

    return page.until(ready)


def session_subject(name: str) -> Subject:
    """A model of the digits, as the page opens it."""
    checkpoint = load_checkpoint(find_checkpoint(name))
    return Subject(checkpoint.model.view(), checkpoint.codes, load_dataset("digits"))


def fields(page: OpenPage) -> list[dict | None]:
    return [film["frames"][0]["field"] for film in page.pads()[0]["films"]]


def cells(page: OpenPage, title: str) -> list[str]:
    """The values of a row of the table."""
    (line,) = (line for line in page.words().splitlines() if line.startswith(f"| {title},"))
    return [cell.strip() for cell in line.split("|")[2:-1]]


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_is_shown_for_all_three_planes_on_one_scale(open_page: Open, name: str) -> None:
    field = FIELDS[name]
    page = open_page("Holes", data=DIGITS, field=field.title).assert_well()
    assert "digits-ae" in page.words()
    until(page, "", PENDING)
    shown = fields(page)
    assert [one["rows"] for one in shown] == [SIDE] * 3
    assert len({str(one["span"]) for one in shown}) == 1
    assert len({one["url"] for one in shown}) == 3
    assert all(one["title"].startswith(field.title) for one in shown)
    assert [len(one["kinds"]) for one in shown] == [10 * field.is_class] * 3
    assert field.caption in page.words()


def test_the_verdict_comes_first_and_follows_its_thresholds(open_page: Open) -> None:
    page = open_page("Holes", data=DIGITS).assert_well()
    assert page.pads()[0]["state"]["layers"] == ["field", "prior", "contours"]
    until(page, "correctly", PENDING)
    first = [one["url"] for one in fields(page)]
    assert [len(one["kinds"]) for one in fields(page)] == [2] * 3
    page = open_page("Holes", data=DIGITS, far="3.0", unclear="2.3", empty="-10.0").assert_well()
    moved = [one["url"] for one in fields(page)]
    assert all(a != b for a, b in zip(first, moved, strict=True))


def test_scores_appear_in_the_table_and_follow_the_thresholds(open_page: Open) -> None:
    page = open_page("Holes", data=DIGITS, detail="expert").assert_well()
    until(page, "", PENDING)
    for title in (*MASSES, "Draws of a clear class", "Pieces per class", "Folds"):
        shown = cells(page, title)[1:] if title == PRIOR else cells(page, title)
        assert all(re.match(r"\d+(\.\d+)?( ± |$)", cell) for cell in shown), title
    assert cells(page, PRIOR)[0] == "–", "an autoencoder has no prior"
    strict = open_page("Holes", data=DIGITS, far="0.5", unclear="0.0", empty="0.0").assert_well()
    assert all(float(cell.split()[0]) > 90 for cell in cells(strict, GAUSSIAN))
    compare = open_page("Compare", data=DIGITS).assert_well()
    compare.until(lambda compare: PENDING not in compare.words())
    for title in (GAUSSIAN, PRIOR):
        assert cells(compare, title) == cells(page, title)


def test_the_headline_says_of_which_codes_and_give_or_take_what(open_page: Open) -> None:
    page = open_page("Holes", data=DIGITS).assert_well()
    until(page, "", PENDING)
    share = r"(\d+\.\d+) ± (\d+\.\d+) %"
    lines = dict(re.findall(r"- \*\*(digits-\w+)\*\*: (.*)", page.words()))
    for name, line in lines.items():
        match = re.match(rf"\*\*{share}\*\* of the codes drawn from the Gaussian", line)
        assert match, line
        measured = MEASURES["hole_mass"].of(session_subject(name))
        assert float(match[1]) == pytest.approx(measured.value, abs=0.06)
        assert float(match[2]) >= 1.9 * measured.error - 0.06, "a 95 % interval"
        assert "of its reconstructions" in line
        assert ("from its prior" in line) == (name != "digits-ae")
        assert "judged by 3 classifiers" in line
    assert "digits-ae has been trained without a prior" in page.words()


@pytest.mark.usefixtures("trained")
def test_an_interval_over_seeds_if_training_is_fast(open_page: Open) -> None:
    chosen = {"left": "tiny-ae", "middle": "tiny-beta-1", "right": "tiny-ae"}
    page = open_page("Holes", data=DIGITS, **chosen).assert_well()
    assert "over 5 seeds" not in page.words()
    until(page, r"4,000 draws judged by 3 classifiers", PENDING)
    page = open_page("Holes", data=DIGITS, seeds="true", **chosen).assert_well()
    until(page, "mean over 5 seeds", PENDING)
    lines = re.findall(r"- \*\*(.*?)\*\*: \*\*[\d.]+ ± [\d.]+ %\*\*", page.words())
    assert lines == ["tiny-ae", "tiny-beta-1"], "each model once"


@pytest.mark.usefixtures("trained")
def test_more_dimensions_are_sections_and_say_so(open_page: Open) -> None:
    chosen = {"left": "tiny-1d", "middle": "tiny-3d", "right": "tiny-16d"}
    page = open_page("Holes", data=DIGITS, **chosen).assert_well()
    until(page, "correctly", PENDING)
    assert all(fields(page))
    for name, dimensions in (("tiny-3d", 3), ("tiny-16d", 16)):
        assert f"{name} has {dimensions} latent dimensions" in page.words()
    assert "tiny-1d has" not in page.words()


def test_without_the_images_the_page_says_so_and_offers_to_fetch_them(
    open_page: Open, data: Path, home: Path
) -> None:
    save_kana(home)
    page = open_page("Holes", data=KMNIST).assert_well()
    assert "Kuzushiji-MNIST are not on this machine" in page.words()
    assert "Get Kuzushiji-MNIST" in [button.label for button in page.at.button]
    assert FIELDS["round-trip"].caption in page.words(), "available fields are shown"
    page = open_page("Holes", data=KMNIST, field="Hole or not").assert_well()
    assert page.pads()
    assert re.search("of kana-vae, .*: not available, since the images", page.words())
    assert cells(page, GAUSSIAN) == ["–"] * 3
    assert "not available: the images of its data set are not on this machine" in page.words()
    assert not data.exists()


def test_the_page_points_out_that_the_field_is_switched_off(open_page: Open) -> None:
    page = open_page("Holes", data=DIGITS, layers="points").assert_well()
    assert "The layer **Field** is switched off" in page.words()
