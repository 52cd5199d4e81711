"""Visitors without a browser do what a browser does."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from explorer.bench.browser import Server
from explorer.bench.wire.client import Client, Gone
from explorer.bench.wire.page import Page
from explorer.bench.wire.widgets import KINDS, Widget, moved, pressed, typed
from tests.support.apart import apart

SCRIPT = """
import streamlit as st

def first():
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    number = st.slider("Number", 0, 100, 50, key="number", bind="query-params")
    word = st.text_input("Word")
    choice = st.selectbox("Choice", ["a", "b"])
    if st.button("Go"):
        st.query_params["went"] = f"{number} {word} {choice} {st.session_state.runs}"
    if choice == "b":
        st.fragment(ticking, run_every=0.1)()

def ticking():
    st.session_state.ticks = st.session_state.get("ticks", 0) + 1
    if st.session_state.ticks == 3:
        st.query_params["ticked"] = "yes"

def second():
    one, two = st.tabs(["One", "Two"], key="tab", on_change="rerun", bind="query-params")
    if two.open:
        raise KeyError("planted")

st.navigation([
    st.Page(first, title="First", default=True), st.Page(second, title="Second", url_path="second")
]).run()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("wire")
    (folder / "script.py").write_text(SCRIPT, encoding="utf-8")
    server = Server(folder / "script.py", folder / "log")
    yield server
    server.stop()


def widget(client: Client, kind: str, label: str) -> Widget:
    found = client.find(kind, label)
    assert found, (kind, label)
    return found


@pytest.mark.slow
def test_what_is_set_arrives_and_buttons_are_pressed_once(server: Server) -> None:
    async def visit() -> None:
        async with Client(server.url) as client:
            await client.open("")
            slider = widget(client, "slider", "Number")
            state, words = moved(slider, random.Random(1)) or pytest.fail("it cannot be moved")
            await client.act(state, words=words)
            assert client.page.query == f"number={words}"
            word, button = widget(client, "text_input", "Word"), widget(client, "button", "Go")
            await client.act(typed(word, "hello"), pressed(button))
            await client.act()
            went = dict(parse_qsl(client.page.query))["went"]
            assert went == f"{words} hello a 3"  # it was the third run, and not the fourth
            assert client.page.faults == []

    apart(visit())


@pytest.mark.slow
def test_fragments_run_again_until_the_visitor_acts(server: Server) -> None:
    async def visit() -> None:
        async with Client(server.url) as client:
            await client.open("")
            choice = widget(client, "selectbox", "Choice")
            await client.act(typed(choice, "b"))
            assert len(client.page.due) == 1
            await asyncio.sleep(1)
            assert "ticked=yes" in client.page.query
            await client.act(typed(choice, "a"))
            assert client.page.due == {}

    apart(visit())


@pytest.mark.slow
def test_pages_tabs_and_exceptions(server: Server) -> None:
    async def visit() -> None:
        async with Client(server.url) as client:
            await client.open("second")
            assert client.page.pages.keys() == {"", "second"}
            tabs = widget(client, "tabs", "tabs")
            assert tabs.options == ("One", "Two")
            await client.act(typed(tabs, "Two"), words="Two")
            (fault,) = client.page.faults
            assert "KeyError" in fault
            await client.open("")
            assert client.find("slider", "Number")
            await client.send("what the protocol does not have")
            with pytest.raises(Gone):
                await client.act()

    apart(visit())


# Moves


def shown(kind: str, change: Callable[[ForwardMsg], None]) -> Widget:
    message = ForwardMsg()
    getattr(message.delta.new_element, kind).id = "$$ID-1-x"
    change(message)
    page = Page()
    page.hear(message)
    (found,) = page.widgets.values()
    return found


def number(message: ForwardMsg) -> None:
    field = message.delta.new_element.number_input
    field.default, field.step, field.min, field.max = 3, 1, 0, 5
    field.has_min = field.has_max = True


def slider(message: ForwardMsg) -> None:
    knob = message.delta.new_element.slider
    knob.default.append(0.5)
    knob.step, knob.min, knob.max = 0.1, 0.0, 1.0


def test_numbers_stay_within_their_bounds() -> None:
    chance = random.Random(0)
    for _ in range(50):
        state, _ = moved(shown("number_input", number), chance) or pytest.fail("not moved")
        assert 0 <= state.double_value <= 5
        state, words = moved(shown("slider", slider), chance) or pytest.fail("not moved")
        assert 0 <= state.double_array_value.data[0] <= 1
        assert float(words) == pytest.approx(state.double_array_value.data[0])


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_widget_is_forgotten(kind: str) -> None:
    found = shown(kind, lambda message: None)
    assert found.kind == kind
    assert moved(found, random.Random(0)) is None or kind not in ("button", "text_input")


def test_a_disabled_widget_cannot_be_used() -> None:
    with pytest.raises(ValueError, match="unpack"):
        shown("button", lambda m: setattr(m.delta.new_element.button, "disabled", True))
