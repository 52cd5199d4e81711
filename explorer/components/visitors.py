"""Who a visitor is: a secret that the server gives each browser and that nobody can make up.

The cookie holds a random token and its signature under the server's key. A token that the server
has not signed is worth nothing, so nobody can choose to be somebody else; and a token is never
shown, only its hash.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "explorer_visitor"
YEAR = 365 * 24 * 3600  # seconds
_TOKEN_BYTES = 16


def signed(token: str, key: bytes) -> str:
    """The value of the cookie for a token."""
    return f"{token}.{hmac.new(key, token.encode(), hashlib.sha256).hexdigest()}"


def visitor_of(value: str | None, key: bytes) -> str | None:
    """Who the value of a cookie belongs to, as 16 hexadecimal digits; None if the server has not
    signed it."""
    token = (value or "").partition(".")[0]
    if not value or not hmac.compare_digest(signed(token, key).encode(), value.encode()):
        return None
    return known_as(token)


def known_as(token: str) -> str:
    """What a visitor with this secret is called where others may see it."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


class Visitors:
    """ASGI middleware that gives the cookie to each browser that opens a page without one."""

    def __init__(self, app: ASGIApp, key: bytes) -> None:
        self._app, self._key = app, key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or visitor_of(_cookie(scope), self._key):
            await self._app(scope, receive, send)
            return

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                value = signed(secrets.token_hex(_TOKEN_BYTES), self._key)
                words = f"{COOKIE}={value}; Max-Age={YEAR}; Path=/; HttpOnly; SameSite=Lax"
                secure = "; Secure" if scope.get("scheme") == "https" else ""
                message["headers"] = [
                    *message["headers"],
                    (b"set-cookie", (words + secure).encode()),
                ]
            await send(message)

        await self._app(scope, receive, with_cookie)


def _is_page(message: Message) -> bool:
    kind = dict(message["headers"]).get(b"content-type", b"")
    return message["status"] == 200 and kind.startswith(b"text/html")


def _cookie(scope: Scope) -> str | None:
    jar: SimpleCookie = SimpleCookie()
    for key, value in scope["headers"]:
        if key == b"cookie":
            try:
                jar.load(value.decode("latin-1"))
            except CookieError:
                return None
    return jar[COOKIE].value if COOKIE in jar else None
