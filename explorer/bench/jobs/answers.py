"""How fast a page answers while the same server trains models on all cores."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from explorer.bench.browser import REPOSITORY, Server, launched, need_browser
from explorer.bench.pad.sessions import opened, run_apart

RERUNS = 60
PAUSE = 0.25  # seconds between two reruns
FORM = "train?run=dataset%3Ddigits%3Bepochs%3D100000"
PATIENCE = 120_000.0  # milliseconds


def answers_beside_training(
    folder: Path, say: Callable[[str], None]
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Rows and ratios: seconds until Explore has run, idle and while two runs train, and until
    another visitor sees that an epoch has ended or that a run was stopped."""
    executable = need_browser()
    folder.mkdir(parents=True)
    variables = {"EXPLORER_HOME": str(folder / "home")}
    server = Server(REPOSITORY / "app.py", folder / "log", variables=variables, folder=REPOSITORY)
    try:
        say("a page, idle")
        idle = _reruns(server.url)
        with launched(executable) as chromium:
            say("the same page beside two runs")
            mine, yours = (chromium.new_context().new_page() for _ in range(2))
            for name in ("a", "b"):
                _train(mine, server.url, name)
            busy = _reruns(server.url)
            yours.goto(f"{server.url}/train")
            _epoch(yours)  # wait until the page has opened
            seen = [_seconds_until_seen(mine, yours) for _ in range(5)]
            mine.get_by_role("button", name="Stop", exact=True).first.click()
            start = time.perf_counter()
            yours.get_by_text("b stopped").wait_for(timeout=PATIENCE)
            stopped = time.perf_counter() - start
    finally:
        server.stop()
    rows = [
        {"name": "Explore reruns, idle", "median_s": _median(idle), "max_s": max(idle)},
        {"name": "Explore reruns, two runs train", "median_s": _median(busy), "max_s": max(busy)},
        {"name": "progress seen by another visitor", "median_s": _median(seen), "max_s": max(seen)},
        {"name": "a stop seen by another visitor", "s": stopped},
    ]
    return rows, {"page beside training / idle": _median(busy) / _median(idle)}


def _reruns(url: str) -> list[float]:
    async def measure() -> list[float]:
        seconds = []
        async with opened(url, "", 1) as (session,):
            for _ in range(3):
                await session.run()
            for _ in range(RERUNS):
                seconds.append(await session.run())
                await asyncio.sleep(PAUSE)
        return seconds

    return run_apart(measure())


def _train(page: Any, url: str, name: str) -> None:
    """Fill in the form and wait until the run is under way."""
    page.goto(f"{url}/{FORM}")
    field = page.get_by_label("Name", exact=True)
    field.wait_for(timeout=PATIENCE)
    field.fill(name)
    field.press("Enter")
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_text("epoch ").first.wait_for(timeout=PATIENCE)


def _epoch(page: Any) -> int:
    words = page.get_by_text("images/s").first.inner_text(timeout=PATIENCE)
    return int(words.split("epoch ")[1].split("/")[0])


def _seconds_until_seen(mine: Any, yours: Any) -> float:
    """How many seconds another visitor's page lags behind this one."""
    reached, start = _epoch(mine), time.perf_counter()
    while _epoch(yours) < reached:
        time.sleep(0.02)
    return time.perf_counter() - start


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
