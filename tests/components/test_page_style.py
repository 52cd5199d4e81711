"""The style sheet is in the page from the start, and in nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from explorer.components.page_style import StyledPage
from tests.support.apart import apart

PAGE = b"<html><head><title>t</title></head><body></head></body></html>"
STYLED = PAGE.replace(b"</head>", b"<style>a { b: c }</style></head>", 1)
BROWSER = [(b"accept", b"text/html,*/*"), (b"accept-encoding", b"gzip"), (b"if-none-match", b"old")]


def answered(
    kind: bytes = b"text/html; charset=utf-8",
    status: int = 200,
    method: str = "GET",
    asked: list[tuple[bytes, bytes]] = BROWSER,
) -> tuple[dict[bytes, bytes], bytes]:
    """The headers and the body that a browser gets, of an application that compresses its pages."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        heard = dict(scope["headers"])
        if kind.startswith(b"text/html"):
            assert (b"accept-encoding" in heard) == (asked is not BROWSER)
        headers = [
            (b"content-type", kind),
            (b"content-length", b"5"),
            (b"etag", b"new"),
            (b"x", b"y"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for letter in PAGE:
            body = {"type": "http.response.body", "body": bytes([letter]), "more_body": True}
            await send(body)
        await send({"type": "http.response.body"})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "headers": asked, "path": "/"}
    apart(StyledPage(app, "a { b: c }")(scope, None, send))  # type: ignore[arg-type]
    return dict(sent[0]["headers"]), b"".join(one.get("body", b"") for one in sent[1:])


def test_a_page_has_the_style_at_the_end_of_its_head() -> None:
    headers, body = answered()
    assert body == STYLED
    assert headers == {
        b"content-type": b"text/html; charset=utf-8",
        b"x": b"y",
        b"content-length": str(len(STYLED)).encode(),
    }


@pytest.mark.parametrize(
    "given",
    [
        {"kind": b"text/plain"},
        {"status": 404},
        {"asked": [(b"accept", b"*/*"), (b"accept-encoding", b"gzip")]},
    ],
)
def test_everything_else_stays_as_it_is(given: dict[str, Any]) -> None:
    headers, body = answered(**given)
    assert body == PAGE
    assert headers[b"etag"] == b"new"
