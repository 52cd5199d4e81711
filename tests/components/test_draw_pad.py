"""The draw pad's Python half: what it believes of the browser, and what it hands on."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.components.draw_pad import MAX_POINTS, MAX_STROKES, read_strokes

GOOD = [[[0.1, 0.2], [0.3, 0.4]], [[0.5, 0.5]]]
SAME = (((0.1, 0.2), (0.3, 0.4)), ((0.5, 0.5),))

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=30,
)


def test_good_strokes_are_read_whole() -> None:
    assert read_strokes(GOOD) == SAME
    assert read_strokes(SAME) == SAME
    assert read_strokes([]) == ()


@pytest.mark.parametrize("raw", [None, 3, "x", {}, math.nan, True])
def test_what_is_no_list_is_none(raw: Any) -> None:
    assert read_strokes(raw) is None


@pytest.mark.parametrize(
    "point",
    [
        None,
        0.5,
        "ab",
        [],
        [0.5],
        [0.5, 0.5, 0.5],
        [math.nan, 0.5],
        [0.5, None],
        ["0.5", 0.5],
        [True, 0.5],
        [[0.5], 0.5],
        {"x": 0.5, "y": 0.5},
    ],
)
def test_a_bad_point_is_dropped_and_the_others_stay(point: Any) -> None:
    assert read_strokes([[[0.1, 0.2], point, [0.3, 0.4]]]) == SAME[:1]
    assert read_strokes([[point], GOOD[1]]) == SAME[1:], "a stroke without points is none"


@pytest.mark.parametrize("stroke", [None, 3, "ab", {}, []])
def test_a_bad_stroke_is_dropped_and_the_others_stay(stroke: Any) -> None:
    assert read_strokes([GOOD[0], stroke, GOOD[1]]) == SAME


def test_points_beyond_the_field_lie_on_its_edge() -> None:
    far = [[[-1, 2], [math.inf, -math.inf], [10**400, -(10**400)]]]
    assert read_strokes(far) == (((0.0, 1.0), (1.0, 0.0), (1.0, 0.0)),)


def test_the_numbers_of_strokes_and_points_are_bounded() -> None:
    strokes = read_strokes([[[0.5, 0.5]] * 10_000] * 10_000)
    assert strokes is not None
    assert len(strokes) == MAX_STROKES
    assert {len(stroke) for stroke in strokes} == {MAX_POINTS}


@pytest.mark.slow
@given(anything)
def test_nothing_the_browser_may_send_does_harm(raw: Any) -> None:
    for strokes in (read_strokes(raw), read_strokes([raw]), read_strokes([[raw]])):
        for stroke in strokes or ():
            assert stroke
            for x, y in stroke:
                assert 0 <= x <= 1
                assert 0 <= y <= 1


# ---- Streamlit

SCRIPT = """
import streamlit as st
from explorer.components.draw_pad import draw_pad

kept = st.session_state.setdefault("kept", (((0.5, 0.5),),))
strokes = draw_pad(strokes=kept, pen=0.2, prompt="Here", height=300, key="drawing")
st.session_state.kept = strokes
st.json([len(stroke) for stroke in strokes])
"""


@pytest.mark.slow
def test_importing_the_pad_does_not_import_streamlit() -> None:
    code = "import sys, explorer.components.draw_pad; assert 'streamlit' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_the_pad_in_an_app() -> None:
    from streamlit.testing.v1 import AppTest

    at = AppTest.from_string(SCRIPT).run()
    assert not at.exception
    assert json.loads(at.get("bidi_component")[0].proto.json) == {
        "strokes": [[[0.5, 0.5]]],
        "pen": 0.2,
        "prompt": "Here",
        "height": 300,
        "limits": {"strokes": MAX_STROKES, "points": MAX_POINTS},
    }
    assert json.loads(at.json[0].value) == [1]

    at.session_state["drawing"] = {"strokes": [*GOOD, "nonsense"]}
    at.run()
    assert json.loads(at.json[0].value) == [2, 1]

    at.session_state["drawing"] = {"strokes": []}
    at.run()
    assert json.loads(at.json[0].value) == [], "cleared, whatever the page remembered"
    assert not at.exception


@pytest.mark.parametrize("said", [None, 3, "x", {"a": 1}])
def test_a_message_that_is_none_leaves_what_was_known(said: Any) -> None:
    from streamlit.testing.v1 import AppTest

    at = AppTest.from_string(SCRIPT)
    at.session_state["drawing"] = {"strokes": said}
    at.run()
    assert not at.exception
    assert json.loads(at.json[0].value) == [1]
