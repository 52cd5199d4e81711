"""How responsive the latent pad is: frame rates, answers to clicks, opening, many visitors.

Everything is measured in one run in a headless Chromium on a real server, and compared with a page
that shows the same codes with Plotly. The server has the shipped gallery and no data set. A
headless browser draws at most 60 frames per second, here without a GPU; the rows say what an empty
page reaches.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from explorer.bench.base import BenchResult, Unavailable
from explorer.bench.browser import REPOSITORY, Server, launched, need_browser
from explorer.bench.pad.figures import median_and_max, ratio
from explorer.bench.pad.memory import resident_mb
from explorer.bench.pad.pages import EXPLORE, MANY, SCRIPTS, Row, in_the_browser
from explorer.bench.pad.sessions import reruns, visit

SESSIONS, ROUNDS = 30, 5


def bench_pad(say: Callable[[str], None]) -> BenchResult:
    """The app's own pages and clouds of 70,000 and a million codes; then many visitors at once."""
    executable = need_browser()
    from playwright.sync_api import Error

    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:

        def serve(script: Path) -> Server:
            server = _server(script, Path(folder))
            servers.callback(server.stop)
            return server

        say(f"{SESSIONS} sessions")
        crowded = serve(REPOSITORY / "app.py")
        crowd = _sessions(crowded)
        app = serve(REPOSITORY / "app.py").url
        with_pad = serve(SCRIPTS / "with_pad.py").url
        with_plotly = serve(SCRIPTS / "with_plotly.py").url
        try:
            with launched(executable) as browser:
                rows = list(in_the_browser(browser, app, with_pad, with_plotly, say))
        except Error as error:
            raise Unavailable(f"the browser failed: {error.message}") from error
        # The sessions left minutes ago; the server forgets them when another one leaves.
        visit(crowded.url, EXPLORE)
        after = resident_mb(crowded.process.pid)
    crowd |= {} if after is None else {"server_after_mb": after}
    return BenchResult("pad", [*rows, crowd], _ratios(rows))


def _server(script: Path, folder: Path) -> Server:
    """A server that sees none of the user's own data sets and checkpoints."""
    nothing = {name: str(folder / "none") for name in ("EXPLORER_HOME", "EXPLORER_DATA")}
    log = folder / f"{len(list(folder.iterdir()))}.log"
    return Server(script, log, variables=nothing, folder=REPOSITORY)


def _sessions(server: Server) -> Row:
    """Sessions of Explore that rerun at the same moment, and the memory that each takes."""
    seconds, memory = reruns(server.url, EXPLORE, SESSIONS, ROUNDS, server.process.pid)
    row: Row = {"name": f"{SESSIONS} sessions of Explore rerunning at once"}
    row |= median_and_max("rerun", seconds, "s") | memory
    if len(memory) == 2:
        before, during = memory.values()
        row["server_growth_mb_per_session"] = (during - before) / SESSIONS
    return row


def _ratios(rows: list[Row]) -> dict[str, float]:
    """How many times as fast the pad is as Plotly with the same codes."""
    figures = {row["name"]: row for row in rows}

    def of(verb: str, key: str) -> tuple[float | None, float | None]:
        pad, plotly = (figures[f"{verb} {page}, {MANY:,} codes"] for page in ("pad", "Plotly"))
        return pad.get(key), plotly.get(key)

    ratios = {}
    for verb in ("hover", "pan", "zoom"):
        pad, plotly = of(verb, "frames_per_s")
        ratios[f"frames per second, {verb} {MANY:,} codes, pad / Plotly"] = ratio(pad, plotly)
    for verb, key, words in (
        ("click", "picture_median_ms", "time from a click to the picture"),
        ("open", "cold_cache_median_ms", "time to open, cold cache"),
    ):
        pad, plotly = of(verb, key)
        ratios[f"{words}, {MANY:,} codes, Plotly / pad"] = ratio(plotly, pad)
    return {name: value for name, value in ratios.items() if value is not None}
