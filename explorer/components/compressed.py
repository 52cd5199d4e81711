"""Streamlit's own scripts and style sheets, compressed: 2 MB less for each new browser.

Streamlit sends them as they are, since compressing them for each visitor takes long. Their names
tell their content, so here each is compressed once.
"""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

FOLDER = "/static/"  # of Streamlit's files, below any base path
ENDINGS = (".js", ".css")
LARGEST = 2**23  # bytes of a file that is compressed
MOST_BYTES = 2**24  # of all that is kept
_CHANGED = (b"content-length", b"content-encoding", b"etag", b"accept-ranges", b"vary")


@dataclass(frozen=True)
class _Compressed:
    """A compressed file with the headers that it is sent with."""

    headers: list[tuple[bytes, bytes]]
    body: bytes


class CompressedScripts:
    """ASGI middleware that answers requests for scripts and style sheets in gzip, where the browser
    accepts it. Everything else passes through."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: OrderedDict[str, _Compressed] = OrderedDict()
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_wanted(scope):
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        with self._lock:
            known = self._kept.get(path)
        if known is None:
            start, body = await _answer(self._app, scope, receive)
            if not _is_whole(start, body) or len(body) > LARGEST:
                await send(start)
                await send({"type": "http.response.body", "body": body})
                return
            known = self._keep(path, start, body)
        await send({"type": "http.response.start", "status": 200, "headers": known.headers})
        await send({"type": "http.response.body", "body": known.body})

    def _keep(self, path: str, start: Message, body: bytes) -> _Compressed:
        small = gzip.compress(body, 9, mtime=0)
        headers = [(key, value) for key, value in start["headers"] if key not in _CHANGED]
        headers += [
            (b"content-encoding", b"gzip"),
            (b"content-length", str(len(small)).encode()),
            (b"vary", b"Accept-Encoding"),
        ]
        found = _Compressed(headers, small)
        with self._lock:
            self._kept[path] = found
            while sum(len(one.body) for one in self._kept.values()) > MOST_BYTES:
                self._kept.popitem(last=False)
        return found


def _is_wanted(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    path, headers = scope["path"], dict(scope["headers"])
    plain = b"range" not in headers and b"if-none-match" not in headers
    accepted = b"gzip" in headers.get(b"accept-encoding", b"")
    return FOLDER in path and path.endswith(ENDINGS) and plain and accepted


def _is_whole(start: Message, body: bytes) -> bool:
    """Whether an answer is a script or a style sheet, and all of it: not if the client left."""
    headers = dict(start["headers"])
    kind, length = headers.get(b"content-type", b""), headers.get(b"content-length", b"")
    is_text = b"javascript" in kind or b"css" in kind
    return start["status"] == 200 and is_text and length == str(len(body)).encode()


async def _answer(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
    """The whole answer of an application: the message that begins it, and its body."""
    starts: list[Message] = []
    parts: list[bytes] = []

    async def collect(message: Message) -> None:
        if message["type"] == "http.response.start":
            starts.append(message)
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    # Without this extension the application sends the content itself and not the file's path.
    extensions = {
        key: value
        for key, value in scope.get("extensions", {}).items()
        if key != "http.response.pathsend"
    }
    await app({**scope, "extensions": extensions}, receive, collect)
    return starts[0], b"".join(parts)
