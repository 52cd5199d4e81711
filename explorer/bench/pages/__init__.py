"""How fast the pages are, first and again, and how much memory the server takes.

A page is *there* at the last moment at which its text or a picture changed, a canvas was painted,
or something was still to come: a spinner, a skeleton, a plane without its picture, anything marked
as being computed, words that end in an ellipsis, or, for the whole page, a script that is still
running. It is known afterwards, when nothing has happened for a second. What lies above the fold of
a laptop's window has a time of its own. Times count from the start of the navigation.

Each page has a *fresh* server that has finished loading; the *cold* one has just begun to answer.
The first visit is that of a new browser profile, the second that of the same visitor in a new tab.
Server and browser share two cores.

``EXPLORER_BENCH_VISITS`` is the number of further visits (50); ``EXPLORER_BENCH_IMAGES=no`` hides
the images of the data sets, as on a fresh machine without a network.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from explorer.bench.base import BenchResult, Unavailable
from explorer.bench.browser import REPOSITORY, Server, launched, need_browser
from explorer.bench.pages.memory import cpu_seconds, family_mb, until_rested
from explorer.bench.pages.visits import pressed, received, until_there, visit, visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

VISITS = int(os.environ.get("EXPLORER_BENCH_VISITS", "50"))
WITH_IMAGES = os.environ.get("EXPLORER_BENCH_IMAGES", "yes") != "no"
REPEATED = ("holes", "information")  # visited again and again
MOVES = 5
THRESHOLD = "Hole: image distance above"
CORES = 2
EXPLORE = ""

Row = dict[str, Any]


def bench_pages(say: Callable[[str], None]) -> BenchResult:
    """Seconds, bytes and memory of all pages, each on a fresh server."""
    executable = need_browser()
    from playwright.sync_api import Error

    # Streamlit warns of everything that is cached outside of a server.
    logging.getLogger("streamlit.runtime.caching.cache_data_api").setLevel(logging.ERROR)
    from explorer.pages import PAGES

    paths = {page.TITLE: page.PATH for page in PAGES}
    try:
        with tempfile.TemporaryDirectory() as folder, few_cores(), launched(executable) as browser:
            started = _Servers(Path(folder))
            rows = list(_rows(browser, started, paths, say))
    except Error as error:
        raise Unavailable(f"the browser failed: {error.message}") from error
    return BenchResult("pages", rows, _ratios(rows))


@contextmanager
def few_cores(count: int = CORES) -> Iterator[None]:
    """Keep what is started from now on to so many cores, on systems that can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


class _Servers:
    """Starts servers of the app that see none of the user's own checkpoints."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    @contextmanager
    def new(self, rested: bool = True) -> Iterator[Server]:
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        variables = {"EXPLORER_HOME": str(folder / "home")}
        if not WITH_IMAGES:
            variables["EXPLORER_DATA"] = str(folder / "none")
        app = REPOSITORY / "app.py"
        server = Server(app, folder / "log", variables=variables, folder=REPOSITORY)
        try:
            if rested:
                until_rested(server.process.pid)
            yield server
        finally:
            server.stop()


def _rows(
    browser: Browser, servers: _Servers, paths: dict[str, str], say: Callable[[str], None]
) -> Iterator[Row]:
    say("a cold server")
    with servers.new(rested=False) as server, visitor(browser) as context:
        yield _visited("Explore, cold server", context, server, EXPLORE)
    for title, path in paths.items():
        say(title)
        with servers.new() as server, visitor(browser) as context:
            for number in ("first", "second"):
                yield _visited(f"{title}, {number} visit", context, server, path)
    say("bytes")
    with servers.new() as server:
        with visitor(browser) as context:
            found = received(context, f"{server.url}/{EXPLORE}")
        yield {
            "name": "Explore, cold cache",
            "MB": found.total() / 1e6,
            **{f"{kind}_MB": size / 1e6 for kind, size in found.most_common()},
        }
        say("thresholds")
        yield _moves(browser, server)
    say("memory")
    with servers.new() as server:
        yield from _memory(browser, server, list(paths.values()), say)


def _visited(name: str, context: BrowserContext, server: Server, path: str) -> Row:
    """Seconds of a visit, and the server's processor time, which other processes do not change."""
    before = cpu_seconds(server.process.pid)
    seen = visit(context, f"{server.url}/{path}")
    after = cpu_seconds(server.process.pid)
    return {
        "name": name,
        "above_the_fold_s": seen.above,
        "everything_s": seen.all,
        "server_cpu_s": after - before,
    }


def _moves(browser: Browser, server: Server) -> Row:
    """Seconds from a move of a threshold on Holes until planes and table show it."""
    with visitor(browser) as context:
        page = context.new_page()
        page.goto(f"{server.url}/holes")
        until_there(page)
        if not page.get_by_role("slider", name=THRESHOLD).count():
            raise Unavailable("the page of holes has no such threshold")
        pressed(page, THRESHOLD, "ArrowRight")
        moves = [pressed(page, THRESHOLD, "ArrowRight") for _ in range(MOVES)]
    return {
        "name": "Holes, a threshold moves",
        "planes_median_s": median(move.above for move in moves),
        "everything_median_s": median(move.all for move in moves),
        "everything_max_s": max(move.all for move in moves),
    }


def _memory(
    browser: Browser, server: Server, paths: list[str], say: Callable[[str], None]
) -> Iterator[Row]:
    pid = server.process.pid
    yield {"name": "server, nobody has come", **family_mb(pid)}
    for _ in range(2):
        for path in paths:
            with visitor(browser) as context:
                visit(context, f"{server.url}/{path}")
    yield {"name": "server, all pages twice", **family_mb(pid)}
    for number in range(VISITS):
        with visitor(browser) as context:
            visit(context, f"{server.url}/{REPEATED[number % len(REPEATED)]}")
        if number % 10 == 9:
            say(f"{number + 1} further visits")
    yield {"name": f"server, {VISITS} further visits", **family_mb(pid)}


def _ratios(rows: list[Row]) -> dict[str, float]:
    """What also holds on a slower machine: how much a second visit costs, and how memory grows."""
    seconds = {row["name"]: row["everything_s"] for row in rows if "everything_s" in row}
    firsts = [name for name in seconds if name.endswith(", first visit")]
    seconds_again = [seconds[name.replace("first", "second")] for name in firsts]
    before, after = [row["server_mb"] for row in rows if "server_mb" in row][1:]
    return {
        "second visits / first visits": sum(seconds_again) / sum(seconds[one] for one in firsts),
        "server memory after further visits / before": after / before,
    }
