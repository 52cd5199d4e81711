"""A browser and servers as fixtures, and a page that notices what goes wrong on it."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explorer.bench.browser import ADVICE, Server, find_browser, launched
from tests.support.waiting import PATIENCE, patient

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

Serve = Callable[..., str]
# What the app does for itself: a visitor who leaves is no error.
PRELUDE = "from explorer.components import departures\ndepartures.forgive_departures()\n"
MOST_SERVERS = 3  # at once: each holds torch in memory


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; without one they are skipped, on CI they fail."""
    executable = find_browser()
    if executable is None:
        if os.environ.get("CI") == "true":
            pytest.fail(ADVICE)
        pytest.skip(ADVICE)
    with launched(executable) as chromium:
        from playwright.sync_api import expect

        expect.set_options(timeout=1000 * PATIENCE)
        yield chromium


class Servers:
    """Servers by what they serve. Starting one takes seconds, so a script that several tests visit
    is served once; each visit is a session of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: OrderedDict[tuple[str, ...], Server] = OrderedDict()
        self._started = 0

    def on(self, script: Path, *flags: str, base: str = "") -> Server:
        key = (script.read_text(encoding="utf-8"), base, *flags)
        if key not in self._running:
            while len(self._running) >= MOST_SERVERS:
                self._running.popitem(last=False)[1].stop()
            self._started += 1
            folder = self._folder / str(self._started)
            folder.mkdir()
            copy = folder / script.name
            copy.write_text(PRELUDE + script.read_text(encoding="utf-8"), encoding="utf-8")
            self._running[key] = Server(copy, folder / "log", *flags, base=base)
        self._running.move_to_end(key)
        return self._running[key]

    def stop(self) -> None:
        for server in self._running.values():
            server.stop()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The servers of all tests, ended with the last of them."""
    servers = Servers(tmp_path_factory.mktemp("servers"))
    yield servers
    servers.stop()


@pytest.fixture
def serve(servers: Servers) -> Iterator[Serve]:
    """Serve a script with Streamlit and return its address: ``serve(path, *flags, base="")``.

    ``base`` is the path below which the flags make the server answer, with a leading slash.
    The test fails if a script raises an exception meanwhile.
    """
    used: dict[Server, int] = {}  # and how much stood in their logs before

    def start(script: Path, *flags: str, base: str = "") -> str:
        server = servers.on(script, *flags, base=base)
        used.setdefault(server, len(server.said()))
        return server.url

    yield start
    for server, before in used.items():
        assert "Traceback" not in server.said()[before:], server.said()


@pytest.fixture(scope="session")
def window(browser: Browser) -> Iterator[BrowserContext]:
    """One window for all pages, so that Chromium compiles Streamlit's scripts but once."""
    with patient(browser, viewport={"width": 1366, "height": 768}) as context:
        yield context


@pytest.fixture
def page(window: BrowserContext, serve: Serve) -> Iterator[Page]:
    """A fresh page of laptop size that fails the test on any console error or uncaught exception.

    It asks for ``serve`` so that the page is closed before the server's log is read.
    """
    page = window.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    yield page
    page.close()
    assert not errors, errors
