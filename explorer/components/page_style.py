"""A style sheet that is in the page from the start.

One that a script sends comes after the page was first drawn, and everything on it jumps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

END = b"</head>"
_NOT_PASSED_ON = (b"accept-encoding", b"if-none-match", b"if-modified-since")
_CHANGED = (b"content-length", b"etag", b"last-modified", b"accept-ranges")


class StyledPage:
    """ASGI middleware that puts a style sheet into the head of each HTML page."""

    def __init__(self, app: ASGIApp, style: str) -> None:
        self._app = app
        self._style = f"<style>{style}</style>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _asks_for_page(scope):
            await self._app(scope, receive, send)
            return
        held: list[Message] = []  # the beginning of an answer that is a page
        parts: list[bytes] = []

        async def dress(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                held.append(message)
            elif not held:
                await send(message)
            else:
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    body = b"".join(parts).replace(END, self._style + END, 1)
                    await send(_with_length(held[0], len(body)))
                    await send({"type": "http.response.body", "body": body})

        # Without these the application sends the page itself: neither its file's path, nor that the
        # browser has it, nor compressed.
        extensions = dict(scope.get("extensions") or {})
        extensions.pop("http.response.pathsend", None)
        headers = [(key, value) for key, value in scope["headers"] if key not in _NOT_PASSED_ON]
        await self._app({**scope, "extensions": extensions, "headers": headers}, receive, dress)


def _asks_for_page(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    return b"text/html" in dict(scope["headers"]).get(b"accept", b"")


def _is_page(start: Message) -> bool:
    kind = dict(start["headers"]).get(b"content-type", b"")
    return start["status"] == 200 and b"text/html" in kind


def _with_length(start: Message, length: int) -> Message:
    headers = [(key, value) for key, value in start["headers"] if key.lower() not in _CHANGED]
    return {**start, "headers": [*headers, (b"content-length", str(length).encode())]}
