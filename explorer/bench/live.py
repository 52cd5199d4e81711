"""How soon live training shows its first plane, and how many planes per second a visitor sees."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from explorer.background.live import SPEEDS, Controls, LiveSession
from explorer.bench.base import BenchResult
from explorer.bench.browser import REPOSITORY, Server, launched, need_browser

STARTS = 5
SECONDS = float(os.environ.get("EXPLORER_BENCH_SECONDS", "10"))  # for which a plane is watched
PATIENCE = 120_000.0  # milliseconds
# Counts distinct pictures of the plane, at most one for each number of steps shown below it.
WATCH = """plane => {
  const steps = () => [...document.querySelectorAll("[data-testid=stMetric]")].at(-1).innerText;
  let last = steps();
  window.pictures = new Set();
  const look = () => {
    if (steps() !== last) {
      last = steps();
      window.pictures.add(plane.toDataURL());
    }
    requestAnimationFrame(look);
  };
  look();
}"""


def bench_live(say: Callable[[str], None]) -> BenchResult:
    """Seconds from the start of a training process to its first plane, with and without a running
    fork server; then distinct pictures per second in a browser, at each speed and while the KL
    weight is being changed."""
    executable = need_browser()
    say("starts")
    first = _seconds_to_a_plane()
    again = statistics.median(_seconds_to_a_plane() for _ in range(STARTS))
    rows: list[dict[str, Any]] = [
        {"name": "first plane, nothing is loaded", "s": first},
        {"name": "first plane, torch is loaded", "median_s": again},
    ]
    with tempfile.TemporaryDirectory() as folder, launched(executable) as chromium:
        variables = {"EXPLORER_HOME": f"{folder}/home"}
        app, log = REPOSITORY / "app.py", Path(folder) / "log"
        server = Server(app, log, variables=variables, folder=REPOSITORY)
        try:
            page = chromium.new_page()
            for speed in SPEEDS:
                say(f"{speed} speed")
                page.goto(f"{server.url}/train?lab=Live+on+the+digits&live-speed={speed}")
                rows.append({"name": f"{speed} speed", "pictures_per_s": _pictures(page)})
            say("the KL weight is turned")
            knob = page.get_by_role("slider", name="KL weight")
            turned = _pictures(page, lambda: knob.press("ArrowRight"))
            rows.append({"name": f"{speed} speed, KL weight turned", "pictures_per_s": turned})
        finally:
            server.stop()
    return BenchResult("live", rows, {"start with nothing loaded / with torch": first / again})


def _seconds_to_a_plane() -> float:
    start = time.perf_counter()
    session = LiveSession(Controls())
    while session.look(Controls(), patience=1.0) is None:
        pass
    seconds = time.perf_counter() - start
    session.end("it was measured")
    return seconds


def _pictures(page: Any, act: Callable[[], None] = lambda: None) -> float:
    """Distinct pictures of the plane per second, while ``act`` is called ten times per second."""
    plane = page.get_by_role("application")
    plane.wait_for(timeout=PATIENCE)
    page.wait_for_timeout(1000)
    plane.evaluate(WATCH)
    start = time.perf_counter()
    while (seconds := time.perf_counter() - start) < SECONDS:
        act()
        page.wait_for_timeout(100)
    return int(page.evaluate("window.pictures.size")) / seconds
