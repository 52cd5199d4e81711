"""A real browser and a real server for the tests in this folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Serve = Callable[..., str]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ADVICE = "no Chromium found: install one, or set EXPLORER_CHROMIUM to its path"
START_SECONDS = 30.0
REPOSITORY = Path(__file__).parents[2]


def _find_browser() -> str | None:
    return os.environ.get("EXPLORER_CHROMIUM") or next(
        (path for name in BROWSERS if (path := shutil.which(name))), None
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; without one they are skipped, on CI they fail."""
    executable = _find_browser()
    if executable is None:
        if os.environ.get("CI") == "true":
            pytest.fail(ADVICE)
        pytest.skip(ADVICE)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start Streamlit on a script and return its address: ``serve(path, *flags, base="")``.

    ``base`` is the path below which the flags make the server answer, with a leading slash.
    Every server is ended with the test, which fails if a script raised an exception.
    """
    servers: list[tuple[subprocess.Popen[bytes], Path]] = []

    def start(script: Path, *flags: str, base: str = "") -> str:
        log = tmp_path / f"server-{len(servers)}.log"
        port = _free_port()
        command = [sys.executable, "-m", "streamlit", "run", str(script)]
        command += ["--server.headless", "true", "--server.port", str(port)]
        command += ["--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"]
        with log.open("wb") as output:
            server = subprocess.Popen(
                [*command, *flags],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            )
        servers.append((server, log))
        url = f"http://127.0.0.1:{port}{base}"
        _wait_until_healthy(server, url, log)
        return url

    yield start
    for server, _ in servers:
        server.terminate()
        server.wait(timeout=10)
    for _, log in servers:
        text = log.read_text(errors="replace")
        assert "Traceback" not in text, text


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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_healthy(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')}")
