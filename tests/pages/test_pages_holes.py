"""Holes: fields of three planes on one scale, a table of scores, and intervals over seeds."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

from explorer.analysis.fields import FIELDS, HOLE_SIGNALS, SIDE
from explorer.analysis.holes.distributions import DISTRIBUTIONS
from explorer.analysis.holes.verdict import HoleSignals, HoleThresholds
from explorer.analysis.measures import MEASURES
from explorer.analysis.subject import Subject
from explorer.components.files import DIGEST_BYTES
from explorer.datasets import DATASETS, load_dataset
from explorer.pages.holes.hunt import verdict_words
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


def frames(page: OpenPage) -> list[dict]:
    return [film["frames"][0] for film in page.pads()[0]["films"]]


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
    assert page.pads()[0]["state"]["layers"] == ["field", "prior", "dots"]
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


def test_the_page_points_out_what_is_switched_off(open_page: Open) -> None:
    page = open_page("Holes", data=DIGITS, layers="points").assert_well()
    assert "The layers **Field** and **Draws** are switched off" in page.words()
    page = open_page("Holes", data=DIGITS, layers="points,dots").assert_well()
    assert "The layer **Field** is switched off. Switch it on" in page.words()
    page = open_page("Holes", data=DIGITS, layers="field,dots").assert_well()
    assert "switched off" not in page.words()


def reference(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The mean and the standard deviations (2,) of the Gaussian fitted to a model's codes."""
    codes = load_checkpoint(find_checkpoint(name)).codes
    mean, scale = codes.mean.astype(float), codes.scale.astype(float)
    return mean.mean(axis=0), np.sqrt(mean.var(axis=0) + np.square(scale).mean(axis=0))


def test_all_planes_open_on_the_same_part_of_the_reference_or_on_all_codes(
    open_page: Open,
) -> None:
    page = open_page("Holes", data=DIGITS).assert_well()
    until(page, "", PENDING)
    for frame in frames(page):
        middle, spread = reference(frame["title"])
        ends = np.reshape(frame["opening"], (2, 2)).T  # (2, axes)
        np.testing.assert_allclose((ends - middle) / spread, [[-3.5] * 2, [3.5] * 2], rtol=1e-4)
        assert frame["field"]["box"] == pytest.approx(frame["opening"])
    page = open_page("Holes", data=DIGITS, part="All codes").assert_well()
    until(page, "", PENDING)
    for frame in frames(page):
        assert frame["opening"] is None
        xmin, xmax, ymin, ymax = frame["field"]["box"]
        x, y = load_checkpoint(find_checkpoint(frame["title"])).codes.mean.T
        assert ((x > xmin) & (x < xmax) & (y > ymin) & (y < ymax)).mean() > 0.98


def test_the_draws_are_shown_in_holes_or_not_as_often_as_the_headline_says(
    open_page: Open,
) -> None:
    page = open_page("Holes", data=DIGITS).assert_well()
    until(page, "", PENDING)
    headline = dict(re.findall(r"- \*\*(digits-\w+)\*\*: \*\*([\d.]+) ±", page.words()))
    before = {}
    for frame in frames(page):
        dots, name = frame["dots"], frame["title"]
        assert [kind for kind, *_ in dots["kinds"]] == ["no hole", "hole"]
        share, total = np.mean(dots["values"]), float(headline[name]) / 100
        error = np.sqrt(max(total * (1 - total), 0.01) / len(dots["values"]))
        assert len(dots["values"]) == len(dots["points"]) == 400
        assert abs(share - total) < 3 * error
        assert f"{name} {100 * share:.0f} %" in page.words(), "the caption counts them"
        middle, spread = reference(name)
        apart = (np.array(dots["points"]) - middle) / spread
        assert abs(apart.mean(axis=0)).max() < 3.5 / 20, "of the Gaussian"
        assert abs(apart.std(axis=0) - 1).max() < 0.15
        before[name] = share
    page = open_page("Holes", data=DIGITS, far="3.0", unclear="2.3", empty="-10.0").assert_well()
    for frame in frames(page):
        assert np.mean(frame["dots"]["values"]) < 0.5 * before[frame["title"]]


def test_draws_agree_with_the_field_under_them(open_page: Open) -> None:
    page = open_page("Holes", data=DIGITS).assert_well()
    until(page, "", PENDING)
    for frame in frames(page):
        dots, field = frame["dots"], frame["field"]
        xmin, xmax, ymin, ymax = field["box"]
        values = np.frombuffer(
            page.files[field["url"].rpartition("/")[2]], "<f4", offset=DIGEST_BYTES
        ).reshape(SIDE, SIDE)
        x, y = np.array(dots["points"]).T
        column = np.floor((x - xmin) / (xmax - xmin) * SIDE).astype(int)
        row = np.floor((ymax - y) / (ymax - ymin) * SIDE).astype(int)
        inside = (column >= 0) & (column < SIDE) & (row >= 0) & (row < SIDE)
        assert inside.mean() > 0.98
        same = values[row[inside], column[inside]] == np.array(dots["values"])[inside]
        assert same.mean() > 0.95, "except in cells at the border of a hole"


@pytest.mark.usefixtures("trained")
def test_what_is_being_computed_is_said_in_its_plane(open_page: Open) -> None:
    chosen = dict.fromkeys(("left", "middle", "right"), "tiny-beta-10")  # of which nothing is kept
    page = open_page("Holes", data=DIGITS, **chosen).assert_well()
    assert all(re.fullmatch(r"computing, about \d+ s", frame["note"]) for frame in frames(page))
    assert not any(frame["field"] or frame["dots"] for frame in frames(page))
    until(page, "", PENDING)
    assert all(frame["field"] and frame["dots"] for frame in frames(page))
    assert [frame["note"] for frame in frames(page)] == [""] * 3


# ---- hole hunt


def hunted(page: OpenPage) -> dict[str, str]:
    """The verdict on each pin, by its letter."""
    return dict(re.findall(r"- \*\*([A-Z])\*\* on (.*)", page.words()))


def test_without_pins_the_hunt_says_what_to_do(open_page: Open) -> None:
    page = open_page("Holes", data=DIGITS).assert_well()
    assert "Click a place where you expect a hole" in page.words()
    assert not hunted(page)


def test_each_pin_hears_its_verdict_and_why_and_a_score_is_kept(open_page: Open) -> None:
    pins = "0,60,60;2,0.1,0.2;0,0,0,7;0,-60,60"
    page = open_page("Holes", data=DIGITS, hunt=pins).assert_well()
    until(page, "found a hole", PENDING)
    told = hunted(page)
    assert list(told) == ["A", "B", "C", "D"], "in the order in which they were placed"
    assert told["A"].startswith("digits-ae: **a hole**: ")
    assert "**hardly any codes near** (log q − log N = −" in told["A"]
    assert told["B"].startswith("digits-collapsed: ")
    ae, collapsed = session_subject("digits-ae"), session_subject("digits-collapsed")
    for letter, subject, code in (
        ("A", ae, [60.0, 60.0]),
        ("B", collapsed, [0.1, 0.2]),
        ("C", ae, ae.codes.mean[7]),
    ):
        values = [
            float(FIELDS[name].values(subject, np.array([code], dtype=float))[0])
            for name in HOLE_SIGNALS
        ]
        hits = values[0] > 1.05, values[1] > 0.6, values[2] < -3
        assert ("**a hole**" in told[letter]) == any(hits)
        said = re.findall(r"(distance|entropy|log N =) (−?[\d.e+]+)(?: nats)?, limit", told[letter])
        numbers = {name: float(number.replace("−", "-")) for name, number in said}
        assert numbers["distance"] == pytest.approx(values[0], abs=0.006)
        assert numbers["entropy"] == pytest.approx(values[1], abs=0.006)
        assert max(numbers["log N ="], -10) == pytest.approx(values[2], abs=0.06)
        bold = re.findall(r"\*\*(far|of no clear|hardly any)[^*]*\*\* \(", told[letter])
        assert len(bold) == sum(hits), "the reasons"
    assert re.search(r"\*\*digits-ae: [23] of 3 pins found a hole\*\*", page.words())
    assert re.search(r"\*\*digits-collapsed: [01] of 1 pin found a hole\*\*", page.words())


@pytest.mark.parametrize(
    ("signals", "words"),
    [
        (
            (1.6, 0.9, 0.4),
            "**a hole**: **far from every held-out image** (distance 1.60, limit 1.05); "
            "**of no clear class** (entropy 0.90 nats, limit 0.60); "
            "but codes near (log q − log N = 0.4 nats, limit −3.0).",
        ),
        (
            (0.5, 0.0, -0.01),
            "**no hole**: near a held-out image (distance 0.50, limit 1.05); "
            "of a clear class (entropy 0.00 nats, limit 0.60); "
            "codes near (log q − log N = 0.0 nats, limit −3.0).",
        ),
        (
            (math.nan, math.nan, -12345.0),
            "**a hole**: **hardly any codes near** (log q − log N = −1.2e+04 nats, limit −3.0).",
        ),
        ((math.nan,) * 3, "**no verdict**: none of its signals is known."),
    ],
)
def test_a_verdict_in_words_names_the_reasons_first_and_leaves_out_what_is_not_known(
    signals: tuple[float, ...], words: str
) -> None:
    given = HoleSignals(*np.array(signals)[:, None])
    assert verdict_words(given, 0, HoleThresholds()) == words


def test_the_verdict_follows_the_thresholds_at_once(open_page: Open) -> None:
    pin = {"hunt": "1,0.1,0.2"}
    page = open_page("Holes", data=DIGITS, **pin).assert_well()
    until(page, "found a hole", PENDING)
    loose = open_page("Holes", data=DIGITS, far="3.0", unclear="2.3", empty="-10.0", **pin)
    assert "digits-vae: **no hole**: near a held-out image" in loose.assert_well().words()
    assert ", limit 3.00)" in hunted(loose)["A"]
    assert "digits-vae: 0 of 1 pin found a hole" in loose.words()
    strict = open_page("Holes", data=DIGITS, far="0.5", unclear="0.0", empty="0.0", **pin)
    assert "digits-vae: **a hole**: **far" in strict.assert_well().words()


def test_a_pin_that_is_set_is_kept_in_the_address(open_page: Open) -> None:
    page = open_page("Holes", data=DIGITS).assert_well()
    page.say("holes digits-ae digits-vae digits-collapsed", pins=[[1, 0.25, 0.5]])
    assert page.at.query_params["hunt"] == "1,0.25,0.5"
    until(page, "digits-vae: [01] of 1 pin found a hole", PENDING)


def test_without_the_images_there_is_no_verdict_on_a_pin_and_the_page_says_why(
    open_page: Open, home: Path
) -> None:
    save_kana(home)
    page = open_page("Holes", data=KMNIST, hunt="0,0.5,0.5").assert_well()
    assert "No verdict on the pins of kana-vae: the images of its data set are not" in page.words()
    assert "Get Kuzushiji-MNIST" in [button.label for button in page.at.button]
    assert not hunted(page)
