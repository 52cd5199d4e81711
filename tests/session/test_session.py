"""Pins, classes and layers in the URL: written and read back."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from explorer import session
from explorer.components.latent_pad import PadState, Pin
from explorer.session import Setting, marks

numbers = st.floats(-1e30, 1e30)
pins = st.builds(Pin, st.integers(0, 2), numbers, numbers, st.none() | st.integers(0, 69_999))


@given(st.lists(pins, max_size=26))
def test_pins_come_back_from_the_address(address, given_pins: list[Pin]) -> None:
    session.write_pins(Setting.PINS, given_pins)
    once = session.read_pins(Setting.PINS, [Pin(0, 9.0, 9.0)])
    assert len(once) == len(given_pins)
    for before, after in zip(given_pins, once, strict=True):
        assert (before.plane, before.point) == (after.plane, after.point)
        assert math.isclose(before.x, after.x, rel_tol=1e-6)
        assert math.isclose(before.y, after.y, rel_tol=1e-6)
    session.write_pins(Setting.PINS, once)
    assert session.read_pins(Setting.PINS, ()) == once, "what was read is written alike"


def test_clicks_come_back_exactly(address) -> None:
    clicked = [Pin(0, -1.234567, 0.05), Pin(0, 41.2, -1e-6, 9999)]
    session.write_pins(Setting.PINS, clicked)
    assert address.words["pins"] == "0,-1.234567,0.05;0,41.2,-1e-06,9999"
    assert list(session.read_pins(Setting.PINS, ())) == clicked


@given(st.text(max_size=200) | st.text("0123456789,;.-e nainf", max_size=200))
def test_no_text_makes_reading_pins_fail(address, text: str) -> None:
    address.fresh(pins=text)
    for pin in session.read_pins(Setting.PINS, ()):
        assert isinstance(pin, Pin)


def test_a_long_address_is_read_to_a_limit(address) -> None:
    address.fresh(pins="0,1,1;" * 10_000)
    assert len(session.read_pins(Setting.PINS, ())) < 1_000


def test_without_pins_in_the_address_the_default_is_taken(address) -> None:
    address.fresh()
    assert session.read_pins(Setting.PINS, [Pin(0, 1.0, 2.0)]) == (Pin(0, 1.0, 2.0),)
    session.write_pins(Setting.PINS, ())
    assert session.read_pins(Setting.PINS, [Pin(0, 1.0, 2.0)]) == (), "emptied on purpose"


@given(
    st.lists(pins, max_size=3),
    st.frozensets(st.integers(0, 255)),
    st.frozensets(st.sampled_from(["points", "ellipses", "prior", "grid"])),
)
def test_the_pad_is_remembered(
    address, placed: list[Pin], hidden: frozenset[int], layers: frozenset[str]
) -> None:
    address.fresh()
    given_before = marks.read_state(Setting.PINS)
    state = PadState(tuple(placed), hidden, layers)
    marks.write_state(state, given_before, Setting.PINS)
    after = marks.read_state(Setting.PINS)
    assert after.layers - {""} == layers
    assert len(after.pins) == len(placed)
    if len(",".join(map(str, hidden))) < 400:
        assert after.hidden == hidden


def test_unchanged_settings_are_not_written(address) -> None:
    address.fresh()
    given_before = PadState((Pin(0, 1.0, 1.0),), frozenset({3}), frozenset({"grid"}))
    state = PadState(given_before.pins, given_before.hidden, given_before.layers)
    marks.write_state(state, given_before, Setting.PINS)
    assert address.words == {}


def test_a_pad_without_lasting_pins_writes_none(address) -> None:
    address.fresh(pins="0,1,1")
    given_before = marks.read_state(None, (Pin(0, 2.0, 2.0),))
    assert given_before.pins == ()
    marks.write_state(PadState((Pin(0, 5.0, 5.0),)), given_before, None)
    assert address.words["pins"] == "0,1,1"


@given(st.text(max_size=500))
def test_no_text_makes_reading_classes_or_layers_fail(address, text: str) -> None:
    address.fresh(hide=text, layers=text)
    settings = marks.read_state(None)
    assert all(isinstance(index, int) for index in settings.hidden)


def test_a_change_of_page_forgets_nothing(address) -> None:
    address.fresh(pins="0,1,2", hide="3", layers="grid")
    before = marks.read_state(Setting.PINS)
    address.words.clear()  # as Streamlit does
    assert marks.read_state(Setting.PINS) == before
    assert address.words == {"pins": "0,1,2", "hide": "3", "layers": "grid"}
    address.words["pins"] = "0,5,5"
    assert session.read_pins(Setting.PINS, ()) == (Pin(0, 5.0, 5.0),), "a link wins"


def test_a_frame_is_named_in_the_address(address) -> None:
    names = ("0", "0.5", "4")
    address.fresh(beta="0.5")
    given_before = marks.read_state(None, frame=Setting.KL_WEIGHT, names=names)
    assert given_before.frame == 1
    later = PadState((), frozenset(), given_before.layers, 2)
    marks.write_state(later, given_before, None, Setting.KL_WEIGHT, names)
    assert address.words["beta"] == "4"
    address.fresh(beta="nonsense")
    assert marks.read_state(None, frame=Setting.KL_WEIGHT, names=names, first_frame=1).frame == 1


def test_settings_have_names_of_their_own() -> None:
    assert len({setting.value for setting in Setting}) == len(list(Setting))


def test_a_choice_outside_the_pad_reaches_it_through_the_address(address) -> None:
    names = ("0", "0.5", "4")
    address.fresh(beta="0.5")
    session.remember(Setting.KL_WEIGHT, "4")
    assert address.words == {"beta": "4"}
    address.words.clear()  # a change of page
    assert marks.read_state(None, frame=Setting.KL_WEIGHT, names=names).frame == 2
