"""Only what a page needs to send reaches the application."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from explorer.components.commands import LARGEST, NEEDED, NeededCommands, kind_of
from tests.support.apart import apart

KINDS = [field.name for field in BackMsg.DESCRIPTOR.fields]


def packed(kind: str) -> bytes:
    message = BackMsg()
    field = BackMsg.DESCRIPTOR.fields_by_name[kind]
    if field.message_type:
        getattr(message, kind).SetInParent()
    else:
        setattr(message, kind, True)
    return message.SerializeToString()


def passed(*messages: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """What the application receives of these, and what is sent to the browser; the application
    answers whatever it gets."""
    received: list[Any] = []
    sent: list[Any] = []
    waiting = [*messages, {"type": "websocket.disconnect", "code": 1000}]

    async def receive() -> Any:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while not received or received[-1]["type"] != "websocket.disconnect":
            received.append(await receive())
            await send({"type": "websocket.send", "bytes": b"answer"})

    apart(NeededCommands(app)({"type": "websocket"}, receive, send))
    return received, sent


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_a_page_needs_gets_through(kind: str) -> None:
    assert kind_of(packed(kind)) == kind
    received, sent = passed({"type": "websocket.receive", "bytes": packed(kind)})
    assert len(received) == 1 + (kind in NEEDED)
    assert all(one["type"] == "websocket.send" for one in sent)


def test_what_every_page_needs_is_known_to_streamlit() -> None:
    assert set(KINDS) >= NEEDED
    assert "clear_cache" not in NEEDED


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"bytes": b"\xff\xff\xff"}, 1002),
        ({"text": "clear", "bytes": None}, 1003),
        ({"text": "clear"}, 1003),
        ({"bytes": b"\x0a" * (LARGEST + 1)}, 1009),
    ],
)
def test_what_is_no_message_ends_the_connection(message: dict[str, Any], code: int) -> None:
    received, sent = passed({"type": "websocket.receive", **message})
    assert [one["type"] for one in received] == ["websocket.disconnect"]
    # Nothing is sent any more, not even what the application was about to say.
    assert [(one["type"], one["code"]) for one in sent] == [("websocket.close", code)]


def test_an_empty_message_is_nothing() -> None:
    received, _ = passed({"type": "websocket.receive", "bytes": b""})
    assert [one["type"] for one in received] == ["websocket.disconnect"]


def test_other_requests_pass() -> None:
    seen: list[Any] = []

    async def app(*arguments: Any) -> None:
        seen.append(arguments)

    arguments = ({"type": "http"}, object(), object())
    apart(NeededCommands(app)(*arguments))
    assert seen == [arguments]
