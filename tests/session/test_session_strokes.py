"""A drawing is stored in the URL, or only in the session if it is too long."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from explorer import session
from explorer.components.draw_pad import MAX_POINTS, MAX_STROKES
from explorer.datasets.ink import Stroke

coordinates = st.integers(0, 1000).map(lambda units: units / 1000)
strokes = st.lists(
    st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=8).map(tuple), max_size=5
).map(tuple)


@given(strokes)
def test_a_drawing_comes_back_from_a_link(address, drawn: tuple[Stroke, ...]) -> None:
    address.fresh()
    session.remember_strokes(drawn)
    link = dict(address.words)
    assert bool(link) == bool(drawn), "an empty field leaves the address alone"
    assert re.fullmatch("[0-9a-z.]*", link.get("strokes", ""))
    address.fresh(**link)
    assert session.drawn_strokes() == drawn


def test_a_change_of_page_forgets_nothing(address) -> None:
    address.fresh()
    drawn = (((0.25, 0.75), (1.0, 0.0)),)
    session.remember_strokes(drawn)
    assert address.words == {"strokes": "6ykurs00"}
    address.words.clear()  # as Streamlit does
    assert session.drawn_strokes() == drawn
    session.remember_strokes(session.drawn_strokes())
    assert address.words == {"strokes": "6ykurs00"}
    address.words["strokes"] = "0000"
    assert session.drawn_strokes() == (((0.0, 0.0),),), "a link wins"


def test_a_cleared_field_stays_clear(address) -> None:
    address.fresh(strokes="6ykurs00")
    session.remember_strokes(())
    assert address.words == {}
    assert session.drawn_strokes() == ()


def test_a_drawing_too_long_for_a_link_stays_in_the_session(address) -> None:
    address.fresh(strokes="0000")
    long = tuple(tuple((i / 1000, k / 1000) for i in range(MAX_POINTS)) for k in range(MAX_STROKES))
    session.remember_strokes(long)
    assert address.words == {}
    assert session.drawn_strokes() == long


@given(st.text(max_size=300) | st.text("0123456789abcxyz.", max_size=300))
def test_no_text_makes_reading_strokes_fail(address, text: str) -> None:
    address.fresh(strokes=text)
    for stroke in session.drawn_strokes():
        assert stroke
        assert all(0 <= value <= 1 for point in stroke for value in point)


def test_a_long_address_is_read_to_a_limit(address) -> None:
    address.fresh(strokes="0000." * 1_000_000)
    assert len(session.drawn_strokes()) == MAX_STROKES
