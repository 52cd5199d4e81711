"""The rate–distortion curve's Python half: what it sends, and what it believes of the browser."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer.components.rate_curve import read_pick, shown_rate

SCRIPT = """
import streamlit as st
from explorer.components.rate_curve import rate_curve

rate_curve(
    [float("inf"), 5.0, 0.5], [1.0, 2.0, 6.0], [0, 1, 8],
    current=st.session_state.get("current", 1), height=300, key="curve", on_pick=print,
)
"""


def test_what_the_browser_is_told() -> None:
    at = AppTest.from_string(SCRIPT).run()
    assert not at.exception
    told = json.loads(at.get("bidi_component")[0].proto.json)
    assert told == {
        "points": [[0.0, 1.0], [5.0, 2.0], [0.5, 6.0]],
        "names": ["0", "1", "8"],
        "edge": pytest.approx(5.5),
        "current": 1,
        "height": 300,
        "heard": 0,
    }


def test_it_says_which_pick_it_has_heard_and_stands_where_the_page_says() -> None:
    at = AppTest.from_string(SCRIPT)
    at.session_state["curve"] = {"pick": {"index": 2, "number": 7}}
    at.session_state["current"] = 0
    at.run()
    told = json.loads(at.get("bidi_component")[0].proto.json)
    assert (told["current"], told["heard"]) == (0, 7)


@pytest.mark.parametrize(
    "raw",
    [
        None,
        3,
        "x",
        [],
        {},
        {"index": 1},
        {"number": 1},
        {"index": 3, "number": 1},
        {"index": -1, "number": 1},
        {"index": 1.0, "number": 1},
        {"index": True, "number": 1},
        {"index": "1", "number": 1},
        {"index": 1, "number": -1},
        {"index": 1, "number": 2**60},
        {"index": math.nan, "number": None},
    ],
)
def test_a_message_that_is_none_is_not_heard(raw: Any) -> None:
    assert read_pick(raw, 3) is None
    at = AppTest.from_string(SCRIPT)
    at.session_state["curve"] = {"pick": raw}
    at.run()
    assert not at.exception
    assert json.loads(at.get("bidi_component")[0].proto.json)["heard"] == 0


def test_a_pick_is_read() -> None:
    assert read_pick({"index": 2, "number": 5, "more": "x"}, 3) == (2, 5)


def test_a_runaway_rate_without_kl_weight_does_not_press_the_rest() -> None:
    assert shown_rate([88.0, 8.0, 0.1], [0, 0.3, 8]) == pytest.approx(8.8)
    assert shown_rate([88.0, 8.0, 0.1], [0.1, 0.3, 8]) == pytest.approx(96.8)
    assert shown_rate([88.0, math.inf, 0.1], [0, 0.3, 8]) == pytest.approx(0.11)
    assert 0 < shown_rate([0.0, 0.0], [1, 2]) < 0.01
