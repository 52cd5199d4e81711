"""A browser is known by a secret that the server gave it; nobody can make one up."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

import pytest

from explorer.components.visitors import COOKIE, Visitors, signed, visitor_of
from tests.support.apart import apart

KEY, OTHER = b"k" * 32, b"o" * 32


def test_only_what_the_server_signed_says_who_somebody_is() -> None:
    value = signed("token", KEY)
    known = visitor_of(value, KEY)
    assert known
    assert len(known) == 16
    assert "token" not in known
    assert visitor_of(signed("another", KEY), KEY) != known
    for wrong in (None, "", "token", "token.", f"{value}0", value[:-1], value.upper(), "ü.ß"):
        assert visitor_of(wrong, KEY) is None
    assert visitor_of(value, OTHER) is None
    assert visitor_of(value.replace("token", "other"), KEY) is None


def answered(cookie: str | None, kind: bytes = b"text/html; charset=utf-8", **scope: Any) -> Any:
    """The cookie that an answer sets, if it does."""
    said: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", kind)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        said.append(message)

    headers = [] if cookie is None else [(b"cookie", f"a=b; {COOKIE}={cookie}; c=d".encode())]
    apart(Visitors(app, KEY)({"type": "http", "headers": headers, **scope}, None, send))
    jar = SimpleCookie()
    for key, value in said[0]["headers"]:
        if key == b"set-cookie":
            jar.load(value.decode())
    return jar.get(COOKIE)


def test_each_browser_gets_a_secret_that_scripts_cannot_read() -> None:
    first, second = answered(None), answered(None)
    assert visitor_of(first.value, KEY) not in (None, visitor_of(second.value, KEY))
    assert (first["httponly"], first["samesite"], first["path"]) == (True, "Lax", "/")
    assert not first["secure"]
    assert answered(None, scheme="https")["secure"]


@pytest.mark.parametrize("wrong", ["mine", "mine.0", signed("mine", OTHER), '"'])
def test_a_made_up_one_is_replaced(wrong: str) -> None:
    assert visitor_of(answered(wrong).value, KEY)


def test_a_good_one_is_kept_and_files_set_none() -> None:
    assert answered(signed("mine", KEY)) is None
    assert answered(None, kind=b"application/javascript") is None
