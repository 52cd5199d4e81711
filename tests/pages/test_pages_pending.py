"""What is being computed is told from what is not defined, and is replaced when it is ready."""

from __future__ import annotations

import re
import threading
from concurrent.futures import Future
from dataclasses import replace

import pytest

from explorer.analysis.measures import MEASURES, NONE
from explorer.analysis.measures.base import Value
from explorer.datasets import DATASETS
from explorer.pages.common.pending import about, computing
from explorer.runs.checkpoints import find_checkpoint, load_checkpoint
from explorer.session.backroom import Backroom, Order
from tests.pages.conftest import Open, OpenPage

PENDING = r":shimmer\[computing, about \d+ (s|min)\]"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "about 1 s"),
        (4.6, "about 5 s"),
        (13.0, "about 15 s"),
        (88.0, "about 90 s"),
        (90.0, "about 2 min"),
        (600.0, "about 10 min"),
    ],
)
def test_durations_are_rough(seconds: float, words: str) -> None:
    assert about(seconds) == words
    assert re.fullmatch(PENDING, computing(seconds))


@pytest.fixture
def slow_kl(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """KL is computed only when this is set, and is not stored with the model."""
    gate = threading.Event()
    measure = MEASURES["kl"]

    def compute(subject: object) -> Value:
        assert gate.wait(60)
        return measure.compute(subject)  # type: ignore[arg-type]

    monkeypatch.setitem(MEASURES, "kl", replace(measure, compute=compute, cost="seconds"))
    monkeypatch.setattr(
        "explorer.session.stored_numbers",
        lambda spec: {name: one for name, one in spec.measures.items() if name != "kl"},
    )
    return gate


def metric(page: OpenPage, title: str) -> str:
    (value,) = (one.value for one in page.at.metric if one.label == title)
    return str(value)


@pytest.mark.slow
@pytest.mark.usefixtures("trained")
def test_a_number_is_computing_and_then_there(open_page: Open, slow_kl: threading.Event) -> None:
    page = open_page("Explore", model="tiny-beta-1").assert_well()
    assert re.fullmatch(rf":small\[{PENDING}\]", metric(page, "KL"))
    assert NONE not in metric(page, "KL")
    slow_kl.set()
    page.until(lambda page: "computing" not in metric(page, "KL"))
    spec = load_checkpoint(find_checkpoint("tiny-beta-1")).spec
    assert float(metric(page, "KL")) == pytest.approx(spec.measures["kl"].value, abs=0.01)


@pytest.mark.slow
@pytest.mark.usefixtures("trained")
def test_what_is_not_defined_is_not_computing(open_page: Open) -> None:
    page = open_page("Explore", model="tiny-ae").assert_well()
    assert metric(page, "KL") == NONE
    (help,) = (one.help for one in page.at.metric if one.label == "KL")
    assert "Not available: " in help


@pytest.mark.slow
def test_scores_of_holes_are_computing_and_then_there(open_page: Open) -> None:
    page = open_page("Holes", data=DATASETS["digits"].title).assert_well()

    def row(page: OpenPage, title: str) -> list[str]:
        (line,) = (one for one in page.words().splitlines() if one.startswith(f"| {title},"))
        return [cell.strip() for cell in line.split("|")[2:-1]]

    # The results of other tests may be there already.
    for cell in row(page, "Far from every image"):
        assert cell != NONE
        assert re.fullmatch(rf":small\[{PENDING}\]|[\d.]+( ± [\d.]+)?", cell)
    page.until(lambda page: "computing" not in page.words())
    for cell in row(page, "Far from every image"):
        assert re.fullmatch(r"[\d.]+( ± [\d.]+)?", cell)


@pytest.mark.parametrize("title", ["Holes", "Information", "Geometry", "Sample", "Compare"])
@pytest.mark.slow
def test_a_first_visit_computes_nothing_that_ships(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, title: str
) -> None:
    asked: list[str] = []
    ask = Backroom.ask

    def watched(room: Backroom, key: tuple[str, ...], order: Order) -> Future[object]:
        asked.append(key[0])
        return ask(room, key, order)

    monkeypatch.setattr(Backroom, "ask", watched)
    page = open_page(title).assert_well()
    # Pictures of draws and predicted thresholds do not ship; they take moments.
    assert set(asked) <= {"draws", "thresholds"}
    if title in ("Holes", "Information", "Geometry"):
        assert "computing, about" not in page.words()
