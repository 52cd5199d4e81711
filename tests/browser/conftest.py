"""A browser and servers as fixtures, and a page that notices what goes wrong on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explorer.bench.browser import ADVICE, Server, find_browser, launched

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Serve = Callable[..., str]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; without one they are skipped, on CI they fail."""
    executable = find_browser()
    if executable is None:
        if os.environ.get("CI") == "true":
            pytest.fail(ADVICE)
        pytest.skip(ADVICE)
    with launched(executable) as chromium:
        yield chromium


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start Streamlit on a script and return its address: ``serve(path, *flags, base="")``.

    ``base`` is the path below which the flags make the server answer, with a leading slash.
    Every server is ended with the test, which fails if a script raised an exception.
    """
    servers: list[Server] = []

    def start(script: Path, *flags: str, base: str = "") -> str:
        log = tmp_path / f"server-{len(servers)}.log"
        servers.append(Server(script, log, *flags, base=base))
        return servers[-1].url

    yield start
    for server in servers:
        server.stop()
    for server in servers:
        assert "Traceback" not in server.said(), server.said()


@pytest.fixture
def page(browser: Browser, serve: Serve) -> Iterator[Page]:
    """A fresh page of laptop size that fails the test on any console error or uncaught exception.

    It asks for ``serve`` so that pages close before their servers do: a lost connection is an
    error on the console, too.
    """
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    yield page
    context.close()
    assert not errors, errors
