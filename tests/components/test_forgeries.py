"""Forged values of widgets count as not sent; genuine ones arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import WStates

from explorer.bench.browser import REPOSITORY, Server
from explorer.bench.wire.client import Client
from explorer.components import forgeries
from tests.support.apart import apart

NAME = "$$ID-0123-number"
Set = Callable[[WidgetState], object]


@pytest.fixture
def states() -> Iterator[WStates]:
    forgeries.ignore_forgeries()
    states = WStates()
    states.set_widget_metadata(
        WidgetMetadata(
            id=NAME,
            deserializer=lambda value: 0.0 if value is None else float(value),
            serializer=float,
            value_type="double_value",
        )
    )
    yield states
    WStates.__getitem__ = forgeries._read
    WStates.set_widget_from_proto = forgeries._take


def sent(change: Set, name: str = NAME) -> WidgetState:
    state = WidgetState(id=name)
    change(state)
    return state


def test_a_genuine_value_arrives(states: WStates) -> None:
    states.set_widget_from_proto(sent(lambda one: setattr(one, "double_value", 2.5)))
    assert states[NAME] == 2.5
    assert states[NAME] == 2.5  # read again, no longer as it was sent


def test_a_field_can_be_emptied(states: WStates) -> None:
    states.set_widget_from_proto(sent(lambda one: None))
    assert states[NAME] == 0.0


@pytest.mark.parametrize(
    "change",
    [
        lambda one: setattr(one, "string_value", "a word"),
        lambda one: setattr(one, "trigger_value", True),
        lambda one: one.double_array_value.data.append(1.0),
        lambda one: setattr(one, "json_value", "[" * 100_000),
    ],
)
def test_a_value_of_another_type_was_never_sent(states: WStates, change: Set) -> None:
    states.set_widget_from_proto(sent(change))
    assert states.get(NAME, "none") == "none"


def test_what_cannot_be_read_was_never_sent(states: WStates) -> None:
    other = "$$ID-4567-component"
    states.set_widget_metadata(
        WidgetMetadata(
            id=other, deserializer=lambda value: value, serializer=str, value_type="json_value"
        )
    )
    for text in ("no JSON", "[" * 100_000):
        change = lambda one, text=text: setattr(one, "json_value", text)  # noqa: E731
        states.set_widget_from_proto(sent(change, other))
        assert states.get(other, "none") == "none"


@pytest.mark.parametrize("name", ["", "number", "has shown the operator's token", "$$WIDGET_ID-1"])
def test_names_that_the_server_never_gives_are_ignored(states: WStates, name: str) -> None:
    states.set_widget_from_proto(sent(lambda one: setattr(one, "bool_value", True), name))
    assert len(states.states) == 0


@pytest.mark.slow
def test_no_message_makes_a_visitor_the_operator(tmp_path: Path) -> None:
    variables = {"EXPLORER_HOME": str(tmp_path / "home")}
    server = Server(REPOSITORY / "app.py", tmp_path / "log", variables=variables, folder=REPOSITORY)
    texts: list[str] = []

    async def forge() -> None:
        async with Client(server.url, told=lambda one: texts.append(str(one.delta))) as client:
            await client.open("train")
            number = client.find("number_input", "Seed")
            assert number
            forged = WidgetState(id=number.id, string_value="seven")
            name = WidgetState(id="has shown the operator's token", bool_value=True)
            await client.act(name, forged)
            await client.act()
            assert client.page.faults == []

    try:
        apart(forge())
        assert not any("You are the operator" in text for text in texts)
        assert "Traceback" not in server.said()
    finally:
        server.stop()
