"""Fixtures: a browser, servers, and a page that fails the test if errors occur on it."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explorer.bench.browser import ADVICE, REPOSITORY, Server, find_browser, launched
from tests.support.waiting import PATIENCE, patient

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

Serve = Callable[..., str]
# As in the app: a visitor who leaves does not cause an error.
PRELUDE = "from explorer.components import departures\ndepartures.forgive_departures()\n"
MOST_SERVERS = 3  # at once, as each has torch in memory


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests. Without it the tests are skipped, or fail on CI."""
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
    """Running servers. Starting one takes seconds, so a script that several tests visit is served
    only once; each visit is a separate session."""

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
    """The servers of all tests, stopped after the last test."""
    servers = Servers(tmp_path_factory.mktemp("servers"))
    yield servers
    servers.stop()


@pytest.fixture(scope="session")
def fresh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app on a machine without data or models of a visitor; nothing may be trained on it."""
    folder = tmp_path_factory.mktemp("fresh")
    variables = {"EXPLORER_HOME": str(folder / "home"), "EXPLORER_DATA": str(folder / "data")}
    server = Server(REPOSITORY / "app.py", folder / "log", variables=variables, folder=REPOSITORY)
    yield server
    server.stop()
    assert "Traceback" not in server.said(), server.said()


@pytest.fixture
def serve(servers: Servers) -> Iterator[Serve]:
    """Serve a script with Streamlit and return its address: ``serve(path, *flags, base="")``.

    ``base`` is the base path set by the flags, with a leading slash. The test fails if a script
    raises an exception during the test.
    """
    used: dict[Server, int] = {}  # with the initial lengths of their logs

    def start(script: Path, *flags: str, base: str = "") -> str:
        server = servers.on(script, *flags, base=base)
        used.setdefault(server, len(server.said()))
        return server.url

    yield start
    for server, before in used.items():
        assert "Traceback" not in server.said()[before:], server.said()


@pytest.fixture(scope="session")
def window(browser: Browser) -> Iterator[BrowserContext]:
    """One window for all pages, so that Chromium compiles Streamlit's scripts only once."""
    with patient(browser, viewport={"width": 1366, "height": 768}) as context:
        yield context


@pytest.fixture
def page(window: BrowserContext, serve: Serve) -> Iterator[Page]:
    """A new page of laptop size that fails the test on any console error or uncaught exception.

    It requires ``serve`` so that the page is closed before the server's log is read.
    """
    page = window.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    yield page
    page.close()
    assert not errors, errors
