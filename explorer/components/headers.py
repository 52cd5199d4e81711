"""What a page may do in the browser, said with every answer.

A page may only load what this server sends, talk only to it, and be framed only by its own pages.
Whatever a name, a picture or a link of a visitor contains, it then runs no script and sends nothing
elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FIXED = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"same-origin"),
)
_HOST = re.compile(r"[\w.-]+(:\d+)?|\[[\da-fA-F:.]+\](:\d+)?", re.ASCII)
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@cache
def own_scripts() -> tuple[str, ...]:
    """The scripts within Streamlit's page, as sources of a policy: their hashes."""
    from streamlit.file_util import get_static_dir

    page = (Path(get_static_dir()) / "index.html").read_text(encoding="utf-8")
    return tuple(source_of(script) for script in _INLINE.findall(page))


def source_of(script: str) -> str:
    """The source that allows a script within a page, and no other."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def policy(host: str, scripts: tuple[str, ...]) -> str:
    """The content-security policy for a server under this name."""
    # Some browsers do not count the websocket of the same server as 'self'.
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    rules = {
        "default-src": "'none'",
        # Streamlit hands a component's script to the browser as a blob.
        "script-src": " ".join(["'self'", "blob:", *scripts]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "media-src": "'self'",
        # A small file comes to the plane within the message, as an address that contains it.
        "connect-src": f"'self' data:{sockets}",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


class SafeHeaders:
    """ASGI middleware that adds these headers to each answer that has none of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = (*_FIXED, (b"content-security-policy", policy(host, own_scripts()).encode()))
                theirs = {key.lower() for key, _ in message["headers"]}
                added = [(key, value) for key, value in ours if key not in theirs]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await self._app(scope, receive, with_headers)
