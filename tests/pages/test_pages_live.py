"""Live training on the page Train, without a browser but with a real process."""

from __future__ import annotations

import base64
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.background.live import Controls, LiveSession, LiveSessions
from explorer.pages.train.live import KEY
from explorer.session import live as places
from explorer.session.live import Mine
from tests.background.test_processes import wait_gone
from tests.pages.conftest import OpenPage
from tests.support.waiting import looked_at

SCRIPT = "from explorer.pages.train.live import render_live\nrender_live()"
LINKED = {
    "live-model": "family",
    "live-beta": "kl_weight",
    "live-sigma": "scale",
    "live-dims": "latent_dim",
    "live-speed": "speed",
    "live-seed": "seed",
}
PATIENCE = 60.0  # seconds for anything on a busy machine

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_hang")]


class LivePage(OpenPage):
    """The page, with the operations that the tests need."""

    @property
    def training(self) -> LiveSession:
        mine = self.at.session_state["this visitor's live training"]
        assert mine.training, mine.problem
        return mine.training

    def knobs(self) -> dict[str, Any]:
        """The data given to the knobs."""
        given = [json.loads(one.proto.json) for one in self.at.get("bidi_component")]
        (knobs,) = (data for data in given if "limits" in data)
        return knobs

    def turn(self, rests: bool = True, **knobs: Any) -> LivePage:
        """Set the state reported by the knobs, and rerun."""
        self.at.session_state[KEY] = {"controls": {**knobs, "rests": rests}}
        self.run()
        self.assert_well()
        return self

    def until(self, told: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Rerun, as the timer does, until a condition holds for the data given to the knobs."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.run()
            self.assert_well()
            given = self.knobs()
            if given["snapshot"] and told(given):
                return given
            time.sleep(0.1)
        raise AssertionError(f"it never came: {self.knobs()}, {self.words()}")

    def metrics(self) -> dict[str, str]:
        return {metric.label: metric.value for metric in self.at.metric}

    def codes(self) -> np.ndarray:
        """The points of the plane, (N, 2), from their data URL."""
        frame = self.frame()
        content = base64.b64decode(frame["points"].partition(",")[2])
        return np.frombuffer(content, "<f4", 2 * frame["count"], offset=16).reshape(-1, 2)


@pytest.fixture
def open_live() -> Iterator[Callable[..., LivePage]]:
    """Opens the page at an address; its training ends with the test."""
    pages: list[LivePage] = []

    def opened(**query: str) -> LivePage:
        at = AppTest.from_string(SCRIPT, default_timeout=PATIENCE)
        for name, value in query.items():
            at.query_params[name] = value
        page = LivePage(at, {})
        pages.append(page)
        page.run()
        page.assert_well()
        return page

    yield opened
    for page in pages:
        mine = page.at.session_state["this visitor's live training"]
        if mine.training:
            mine.training.end("the test is over")
            assert wait_gone(mine.training.pid)


def test_it_trains_and_shows_the_model(open_live: Callable[..., LivePage]) -> None:
    page = open_live()
    assert "Starting a process" in page.words()
    page.until(lambda given: given["snapshot"]["number"] >= 2)
    before, step = page.codes(), int(page.metrics()["Steps"].replace(",", ""))
    page.until(lambda given: sum(given["snapshot"]["kl"]) > 2)
    assert int(page.metrics()["Steps"].replace(",", "")) > step
    frame = page.frame()
    assert frame["live"] == "training"
    assert frame["count"] == 400
    assert frame["axes"] == ["z₁", "z₂"]
    assert np.abs(page.codes() - before).max() > 0.1
    assert frame["decoder"]["url"].startswith("data:"), "it would be out of date when requested"
    assert frame["decoder"]["widths"] == [64, 128, 64]
    assert page.metrics()["Active units"] in ("1 of 2", "2 of 2")
    assert dict(page.at.query_params) == {}, "defaults are not written to the address"


def test_settings_affect_training_and_are_in_the_address(
    open_live: Callable[..., LivePage],
) -> None:
    page = open_live()
    page.until(lambda given: given["snapshot"]["number"] >= 1)
    page.turn(rests=False, kl_weight=3.0)
    assert dict(page.at.query_params) == {}, "the knob is being turned"
    page.turn(kl_weight=300, latent_dim=4, scale=0.5, speed="medium", seed=2)
    given = page.until(lambda given: len(given["snapshot"]["kl"]) == 4)
    assert given["snapshot"]["kl_weight"] == 300
    assert given["snapshot"]["scale"] == 0.5
    address = {
        "live-beta": "300",
        "live-dims": "4",
        "live-sigma": "0.5",
        "live-speed": "medium",
        "live-seed": "2",
    }
    assert dict(page.at.query_params) == address
    assert "first of 4 latent dimensions dies at β = " in page.words()
    linked = open_live(**address).knobs()["controls"]
    assert {k: linked[v] for k, v in LINKED.items() if k in address} == {
        "live-beta": 300.0,
        "live-dims": 4,
        "live-sigma": 0.5,
        "live-speed": "medium",
        "live-seed": 2,
    }


def test_the_prediction_follows_the_scale(open_live: Callable[..., LivePage]) -> None:
    """Only β σ² determines where a dimension collapses."""
    page = open_live()
    narrow = page.knobs()["thresholds"]
    assert len(narrow) == 2
    assert narrow[0] > narrow[1]
    wide = page.turn(scale=0.5).knobs()["thresholds"]
    np.testing.assert_allclose(wide, np.array(narrow) / 4, rtol=1e-6)
    assert page.turn(family="ae").knobs()["thresholds"] == []
    assert "no KL term" in page.words()


def test_paused_training_takes_single_steps(open_live: Callable[..., LivePage]) -> None:
    page = open_live()
    page.until(lambda given: given["snapshot"]["number"] >= 1)
    page.turn(playing=False, seed=9)
    page.until(lambda given: given["snapshot"]["seed"] == 9)
    assert page.metrics()["Steps"] == "0"
    for steps in (1, 2, 3):
        page.turn(playing=False, seed=9, steps=steps)
        assert page.metrics()["Steps"] == str(steps), "the run waits for the result of a step"


@pytest.mark.parametrize(
    "knobs",
    [
        {"kl_weight": float("nan"), "latent_dim": 10**9, "scale": -1},
        {"family": "__import__", "speed": 3, "playing": "no", "steps": 10**30},
        {"unknown": 1, "seed": [1], "limits": {}},
        {"kl_weight": {"$": 1}, "rests": "x"},
    ],
)
def test_forged_knobs_do_no_harm(open_live: Callable[..., LivePage], knobs: dict[str, Any]) -> None:
    page = open_live()
    page.until(lambda given: given["snapshot"]["number"] >= 1)
    page.at.session_state[KEY] = {"controls": knobs}
    page.run()
    page.assert_well()
    number = page.knobs()["snapshot"]["number"]
    page.until(lambda given: given["snapshot"]["number"] > number)
    assert page.training.ended is None


@pytest.mark.parametrize("said", ["x", None, [], {"controls": "x"}, {"controls": None}])
def test_forged_words_do_no_harm(open_live: Callable[..., LivePage], said: object) -> None:
    page = open_live()
    page.at.session_state[KEY] = said if isinstance(said, dict) else {"controls": said}
    page.run()
    page.assert_well()
    assert page.knobs()["controls"] == Controls().model_dump()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "nan",
        "inf",
        "-1e999",
        "9" * 5000,
        "../../etc",
        "²,٣,\x00",
        "<script>",
        "0.5",
        "-5",
        "true",
    ],
)
def test_invalid_settings_in_the_address_do_no_harm(
    open_live: Callable[..., LivePage], value: str
) -> None:
    page = open_live(**dict.fromkeys(LINKED, value))
    Controls.model_validate(page.knobs()["controls"])
    assert not page.at.error


def test_a_killed_process_leaves_a_sentence_and_a_button(
    open_live: Callable[..., LivePage],
) -> None:
    page = open_live()
    page.until(lambda given: given["snapshot"]["number"] >= 1)
    first = page.training
    os.kill(first.pid, signal.SIGKILL)
    while first.ended is None:
        time.sleep(0.02)
    page.run()
    page.assert_well()
    assert "This live training has ended: its process was killed" in page.words()
    assert page.frame()["count"] == 400, "the last picture stays"
    (button,) = (button for button in page.at.button if button.label == "Restart")
    button.click()
    page.run()
    page.until(lambda given: page.training is not first)
    page.until(lambda given: given["snapshot"]["number"] >= 2)
    assert "has ended" not in page.words()


def test_one_training_per_visitor_and_a_few_in_all(
    open_live: Callable[..., LivePage], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = LiveSessions(most=1)
    monkeypatch.setattr(places, "_all", lambda: few)
    first = open_live()
    mine = first.training
    first.run()
    assert first.training is mine
    with looked_at(mine):
        second = open_live()
    assert "The place for live training is taken" in second.words()
    assert not second.pads()
    assert "a recorded training of the same digits" in second.words()
    assert "Its training, again from its seed" in second.words(), "it is on its way"
    (button,) = (button for button in second.at.button if button.label == "Try again")
    first.training.end("the visitor left")
    button.click()
    second.run()
    second.until(lambda given: given["snapshot"]["number"] >= 1)
    assert "taken" not in second.words()


def test_a_timer_without_a_visitor_starts_nothing(open_live: Callable[..., LivePage]) -> None:
    page = open_live()
    ended = page.training
    ended.end("no one was watching", unwatched=True)
    page.at.session_state["this visitor's live training"] = Mine(ended, told=True)
    page.run()
    page.assert_well()
    assert page.training is ended
    assert "ended: no one was watching" in page.words()
    assert [button.label for button in page.at.button] == ["Restart"]


def test_training_restarts_for_a_returning_visitor(open_live: Callable[..., LivePage]) -> None:
    page = open_live()
    page.until(lambda given: given["snapshot"]["number"] >= 1)
    old = page.training
    old.end("no one was watching", unwatched=True)
    page.run()
    page.assert_well()
    assert page.training is not old
    page.until(lambda given: given["snapshot"]["number"] >= 1)
