"""Files for the browser: named by content, bounded, kept for ever."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.applications import Starlette

from explorer.components import files
from explorer.components.files import FOLDER, File, Shelf, lend, routes


def get(path: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body that the routes answer with, asked as a server asks (ASGI)."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(dict(message))

    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    with ThreadPoolExecutor() as apart:  # the browser tests keep a loop running in this thread
        answer = Starlette(routes=routes())
        apart.submit(lambda: asyncio.run(answer(scope, receive, send))).result()
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent)


@pytest.fixture
def routed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The route is only there for this test."""
    monkeypatch.setattr(files, "_is_routed", False)
    monkeypatch.setattr(files, "_shelf", Shelf(1000))


def test_a_name_says_the_content() -> None:
    assert File(b"a").digest == File(b"a").digest != File(b"b").digest
    assert len(File(b"").digest) == 32


def test_the_shelf_drops_what_was_asked_for_longest_ago() -> None:
    shelf = Shelf(capacity=10)
    first, second, third = (File(letter * 4) for letter in (b"a", b"b", b"c"))
    shelf.put(first)
    shelf.put(second)
    assert shelf.get(first.digest) is first
    shelf.put(third)  # 12 bytes by now
    assert shelf.get(second.digest) is None
    assert shelf.get(first.digest) is first
    assert shelf.get(third.digest) is third


def test_putting_a_file_twice_takes_no_more_room() -> None:
    shelf = Shelf(capacity=10)
    other = File(b"other")
    shelf.put(other)
    for _ in range(5):
        shelf.put(File(b"again"))
    assert shelf.get(other.digest) is other


def test_the_newest_is_lent_whatever_its_size() -> None:
    shelf = Shelf(capacity=3)
    large = File(b"large")
    shelf.put(large)
    assert shelf.get(large.digest) is large


@pytest.mark.usefixtures("routed")
@pytest.mark.parametrize("base", ["", "/some/where"])
def test_a_lent_file_is_served_once_and_for_ever(base: str) -> None:
    routes()
    address = lend(File(b"points" * 100, "text/plain"), "place")
    assert address == f"/{FOLDER}/{File(b'points' * 100).digest}"
    status, headers, body = get(base + address)
    assert (status, body) == (200, b"points" * 100)
    assert "immutable" in headers["cache-control"]
    assert headers["content-type"].startswith("text/plain")


@pytest.mark.usefixtures("routed")
@pytest.mark.parametrize("name", ["0" * 32, "../app.py", "%2e%2e%2fapp.py", "x", ""])
def test_nothing_else_is_served(name: str) -> None:
    status, headers, _ = get(f"/{FOLDER}/{name}")
    assert status == 404
    assert "immutable" not in headers.get("cache-control", "")


def test_without_a_route_or_a_runtime_nobody_will_ask() -> None:
    assert lend(File(b""), "place") == ""
