"""A real browser and a real server, for benchmarks, tests and screenshots.

The app does not require Playwright: it is imported when a browser is launched.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.bench.base import Unavailable

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# The first manages no windows, so it opens a page with two thirds of the others' work.
BROWSERS = (
    "chromium-headless-shell",
    "chrome-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
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
PLAYWRIGHT_ADVICE = "this drives a browser with Playwright: pip install playwright"
START_SECONDS = 60.0
REPOSITORY = Path(__file__).parents[2]


class ServerError(Unavailable):
    """The server did not start; the message ends with its log."""


def find_browser() -> str | None:
    """The path of an installed Chromium, or None."""
    return os.environ.get("EXPLORER_CHROMIUM") or next(
        (path for name in BROWSERS if (path := shutil.which(name))), None
    )


def need_browser() -> str:
    """The path of an installed Chromium that Playwright can drive.

    Raises:
        Unavailable: one of the two is missing; the message says what to install.
    """
    if find_spec("playwright") is None:
        raise Unavailable(PLAYWRIGHT_ADVICE)
    executable = find_browser()
    if executable is None:
        raise Unavailable(ADVICE)
    if shutil.which(executable) is None:
        raise Unavailable(f"there is no Chromium at {executable}")
    return executable


@contextmanager
def launched(executable: str) -> Iterator[Browser]:
    """A running Chromium.

    Raises:
        Unavailable: it does not start.
    """
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        except Error as error:
            raise Unavailable(f"{executable} does not start: {error.message}") from error
        yield chromium
        chromium.close()


class Server:
    """A Streamlit server on a script; ``url`` is where it answers.

    ``base`` is the base path that the flags set, with a leading slash; ``folder`` is the working
    directory, by default that of the log; ``asgi`` runs the script's ``app`` with uvicorn, which
    takes no flags, instead of with Streamlit.

    Raises:
        ServerError: it did not start.
    """

    def __init__(
        self,
        script: Path,
        log: Path,
        *flags: str,
        base: str = "",
        variables: Mapping[str, str] | None = None,
        folder: Path | None = None,
        asgi: bool = False,
    ) -> None:
        port = _free_port()
        command = [sys.executable, "-m", "streamlit", "run", str(script)]
        command += ["--server.headless", "true", "--server.port", str(port)]
        command += ["--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"]
        if asgi:
            command = [sys.executable, "-m", "uvicorn", f"{script.stem}:app", "--port", str(port)]
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [*command, *flags],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder or log.parent,
                env={**os.environ, "PYTHONPATH": str(REPOSITORY), **(variables or {})},
            )
        self.log = log
        self.url = f"http://127.0.0.1:{port}{base}"
        self._wait_until_healthy()

    def stop(self) -> None:
        """Stop the server and wait until it has ended."""
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def said(self) -> str:
        """The text of its log."""
        return self.log.read_text(errors="replace")

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise ServerError(f"the server did not start:\n{self.said()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
