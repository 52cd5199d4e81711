"""A server answers only to names that are its own."""

from __future__ import annotations

from typing import Any

import pytest

from explorer.components.hosts import HOSTS, KnownHosts, is_own, own_names
from tests.support.apart import apart

NAMES = ("localhost", "class.example.org", ".school.example")


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8501",
        "LOCALHOST:8501",
        "localhost.",
        "127.0.0.1",
        "127.0.0.1:8501",
        "192.168.0.7:80",
        "[::1]:8501",
        "[fe80::1]",
        "class.example.org",
        "room-7.school.example:443",
    ],
)
def test_addresses_and_own_names_are_answered(host: str) -> None:
    assert is_own(host, NAMES)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ":8501",
        "evil.example",
        "evil.example:8501",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1.nip.io:8501",
        "evilschool.example",
        "evil-class.example.org",
        "[evil.example]",
        "2130706433",
        "0x7f.1",
        "class.example.org@evil.example",
        "a:b:c",
    ],
)
def test_other_names_are_refused(host: str) -> None:
    assert not is_own(host, NAMES)


def test_names_can_be_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOSTS, " lab.example , .school.example,")
    own_names.cache_clear()
    try:
        assert {"localhost", "lab.example", ".school.example"} <= own_names()
        assert "" not in own_names()
    finally:
        monkeypatch.undo()
        own_names.cache_clear()


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("hosts", "answered"),
    [
        (["127.0.0.1:8501"], True),
        (["evil.example:8501"], False),
        ([], False),
        (["127.0.0.1:8501", "evil.example"], False),
    ],
)
def test_nothing_reaches_the_app_under_a_strange_name(
    kind: str, hosts: list[str], answered: bool
) -> None:
    reached: list[str] = []
    said: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["type"])

    async def send(message: Any) -> None:
        said.append(message)

    scope = {"type": kind, "headers": [(b"host", host.encode()) for host in hosts]}
    apart(KnownHosts(app)(scope, None, send))
    assert (reached == [kind]) is answered
    if answered:
        assert not said
    elif kind == "http":
        assert said[0]["status"] == 421
        assert b"EXPLORER_HOSTS" in said[1]["body"]
    else:
        assert said[0]["type"] == "websocket.close"


def test_other_events_pass() -> None:
    reached = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["type"])

    apart(KnownHosts(app)({"type": "lifespan"}, None, None))
    assert reached == ["lifespan"]
