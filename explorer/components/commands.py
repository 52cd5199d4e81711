"""What a browser may tell the server over its connection.

Streamlit obeys every message of its protocol. Some of them are not a visitor's business: "clear the
cache" empties the caches of everybody, so that all pages load and compute everything again; others
read the server's Git repository or change how it reloads its code. None of them is needed by a
page, so none gets through, whoever sends it. What is no message at all, or far too long for one,
ends the connection, quietly: Streamlit would write a traceback to its log for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

NEEDED = frozenset(
    {
        "rerun_script",
        "stop_script",
        "app_heartbeat",
        "file_urls_request",  # to upload a picture
        "backend_operation_request",  # to download a model
    }
)
LARGEST = 2**21  # bytes of a message; a page with a long drawing sends a tenth of this
_NO_PROTOCOL, _TEXT, _TOO_BIG = 1002, 1003, 1009  # codes of RFC 6455 for closing a connection


def kind_of(data: bytes) -> str | None:
    """What a message of Streamlit's protocol asks for; None if it asks for nothing.

    Raises:
        ValueError: it is not such a message.
    """
    from google.protobuf.message import DecodeError
    from streamlit.proto.BackMsg_pb2 import BackMsg

    message = BackMsg()
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise ValueError(str(error)) from None
    return message.WhichOneof("type")


class NeededCommands:
    """ASGI middleware that keeps from the application all that a page does not need to send."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        closed = False

        async def needed() -> Message:
            nonlocal closed
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                is_needed, code = _judged(message.get("bytes"))
                if is_needed:
                    return message
                if code:
                    closed = True
                    await send({"type": "websocket.close", "code": code, "reason": ""})
                    return {"type": "websocket.disconnect", "code": code, "reason": ""}

        async def unless_closed(message: Message) -> None:
            if not closed:  # a page may still be running
                await send(message)

        await self._app(scope, needed, unless_closed)


def _judged(data: bytes | None) -> tuple[bool, int]:
    """Whether a message is needed, and if it must end the connection, with which code."""
    if data is None:
        return False, _TEXT
    if len(data) > LARGEST:
        return False, _TOO_BIG
    try:
        return kind_of(data) in NEEDED, 0
    except ValueError:
        return False, _NO_PROTOCOL
