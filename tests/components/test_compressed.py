"""Scripts and style sheets are sent compressed, once, and nothing else changes."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from explorer.components import compressed
from explorer.components.compressed import CompressedScripts
from tests.support.apart import apart

ACCEPTED = {"accept-encoding": "gzip, deflate, br"}
Get = Callable[..., tuple[int, dict[str, str], bytes]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.js").write_text("const words = 'again and again';\n" * 400)
    (tmp_path / "app.css").write_text("p { color: red }\n" * 400)
    (tmp_path / "picture.png").write_bytes(bytes(2000))
    return tmp_path


@pytest.fixture
def get(folder: Path) -> Get:
    """Asks for a path with headers: status, headers and body of the answer."""

    def page(request: object) -> PlainTextResponse:
        return PlainTextResponse("hello " * 500)

    app = Starlette(
        routes=[Route("/page.js", page), Mount("/static", StaticFiles(directory=folder))],
        middleware=[Middleware(CompressedScripts)],
    )

    def ask(path: str, leaves: bool = False, **headers: str) -> tuple[int, dict[str, str], bytes]:
        said: list[dict[str, Any]] = []
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": [
                (key.replace("_", "-").encode(), one.encode()) for key, one in headers.items()
            ],
        }

        async def receive() -> dict[str, Any]:
            if not leaves:
                await asyncio.Event().wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            said.append(message)

        apart(app(scope, receive, send))
        found = {key.decode(): value.decode() for key, value in said[0]["headers"]}
        return said[0]["status"], found, b"".join(one.get("body", b"") for one in said[1:])

    return ask


@pytest.mark.parametrize("name", ["app.js", "app.css"])
def test_a_browser_gets_the_same_content_in_fewer_bytes(get: Get, folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    status, headers, body = get(f"/static/{name}", **ACCEPTED)
    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(body) == content
    assert int(headers["content-length"]) == len(body) < len(content) / 5
    assert headers["content-type"] == get(f"/static/{name}")[1]["content-type"]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/static/app.js", {}, 200),
        ("/static/app.js", {**ACCEPTED, "range": "bytes=0-99"}, 206),
        ("/static/picture.png", ACCEPTED, 200),
        ("/static/none.js", ACCEPTED, 404),
        ("/page.js", ACCEPTED, 200),
    ],
)
def test_everything_else_passes_through(
    get: Get, path: str, headers: dict[str, str], status: int
) -> None:
    found = get(path, **headers)
    assert found[0] == status
    assert "content-encoding" not in found[1]
    assert int(found[1]["content-length"]) == len(found[2])


def test_a_file_is_compressed_once_and_little_is_kept(get: Get, monkeypatch: Any) -> None:
    calls = []
    compress = gzip.compress

    def counted(*args: Any, **options: Any) -> bytes:
        calls.append(args)
        return compress(*args, **options)

    monkeypatch.setattr(compressed.gzip, "compress", counted)
    first, *others = (get("/static/app.js", **ACCEPTED) for _ in range(3))
    assert others == [first, first]
    assert len(calls) == 1
    monkeypatch.setattr(compressed, "MOST_BYTES", 1)
    assert get("/static/app.css", **ACCEPTED) == get("/static/app.css", **ACCEPTED)
    assert len(calls) == 3


def test_a_client_who_leaves_spoils_nothing_for_others(get: Get, folder: Path) -> None:
    get("/static/app.js", leaves=True, **ACCEPTED)
    body = get("/static/app.js", **ACCEPTED)[2]
    assert gzip.decompress(body) == (folder / "app.js").read_bytes()


def test_streamlits_scripts_lie_where_they_are_looked_for() -> None:
    static = Path(streamlit.__file__).parent / "static"
    assert "./static/js/" in (static / "index.html").read_text()
    assert any((static / "static" / "js").glob("*.js"))
