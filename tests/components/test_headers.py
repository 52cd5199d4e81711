"""Every answer says what a page may do, and nothing that a visitor sends changes that."""

from __future__ import annotations

from typing import Any

import pytest

from explorer.components.headers import SafeHeaders, own_scripts, policy, source_of
from explorer.components.hosts import KnownHosts
from tests.support.apart import apart


def answered(*given: tuple[bytes, bytes], host: bytes = b"localhost:8501") -> dict[str, str]:
    """The headers of an answer that an application sends with the given ones."""
    said: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [*given]})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        said.append(message)

    scope = {"type": "http", "headers": [(b"host", host)]}
    apart(SafeHeaders(KnownHosts(app))(scope, None, send))
    names = [key for key, _ in said[0]["headers"]]
    assert len(names) == len({name.lower() for name in names}), "each once"
    return {key.decode().lower(): value.decode() for key, value in said[0]["headers"]}


@pytest.mark.parametrize("host", [b"localhost:8501", b"evil.example"])  # answered, and refused
def test_every_answer_has_them(host: bytes) -> None:
    told = answered(host=host)
    assert told["x-content-type-options"] == "nosniff"
    assert told["x-frame-options"] == "SAMEORIGIN"
    assert told["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'self'" in told["content-security-policy"]


def test_those_of_the_app_are_kept() -> None:
    told = answered((b"X-Frame-Options", b"DENY"), (b"content-type", b"text/html"))
    assert told["x-frame-options"] == "DENY"
    assert told["content-type"] == "text/html"
    assert told["x-content-type-options"] == "nosniff"


def test_websockets_pass() -> None:
    reached: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        reached.append(send)

    apart(SafeHeaders(app)({"type": "websocket", "headers": []}, None, "send"))
    assert reached == ["send"]


def rules(text: str) -> dict[str, list[str]]:
    """The sources of each rule of a policy."""
    return {name: sources for name, *sources in (rule.split() for rule in text.split(";"))}


def test_no_script_is_run_but_the_servers() -> None:
    told = rules(policy("localhost:8501", own_scripts()))
    assert told["default-src"] == ["'none'"]
    scripts = told["script-src"]
    assert scripts[:2] == ["'self'", "blob:"]
    assert all(one.startswith("'sha256-") for one in scripts[2:])
    assert not any("unsafe" in one for one in scripts)
    assert not any("*" in one or "http" in one for sources in told.values() for one in sources)


def test_streamlits_own_script_is_known() -> None:
    assert own_scripts(), "Streamlit's page has a script within"
    # The example of the specification, https://www.w3.org/TR/CSP3/#external-hash
    assert source_of("alert('Hello, world.');") == (
        "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
    )


@pytest.mark.parametrize("host", ["localhost:8501", "[::1]:8501", "10.0.0.7", "a-b.example.org"])
def test_only_the_servers_own_websocket_is_opened(host: str) -> None:
    told = rules(policy(host, ()))
    assert told["connect-src"] == ["'self'", "data:", f"ws://{host}", f"wss://{host}"]


@pytest.mark.parametrize(
    "host", ["", "localhost:1; script-src *", "localhost *", "a,b", "localhost\n", "*.example.org"]
)
def test_a_strange_name_adds_nothing(host: str) -> None:
    assert policy(host, ()) == policy("", ())
    assert rules(policy(host, ()))["connect-src"] == ["'self'", "data:"]
