"""Which pages are measured, and how."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.bench.pad.figures import median_and_max
from explorer.bench.pad.stage import Stage
from explorer.bench.pad.subject import PAD, PLOTLY, Subject

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SECONDS = float(os.environ.get("EXPLORER_BENCH_SECONDS", "8"))  # of each motion of the mouse
OPENS = 5
CLICKS = 12
WIDTH, HEIGHT = 1366, 768  # of a laptop's window
MANY, MILLION = 70_000, 1_000_000
SCRIPTS = Path(__file__).parent / "scripts"

EXPLORE = "model=mnist-vae"
COMPARE = "compare"  # of three models of MNIST

Row = dict[str, Any]
Page = tuple[str, str, Subject]  # what it shows, its address, how it shows it


def in_the_browser(
    browser: Browser, app: str, with_pad: str, with_plotly: str, say: Callable[[str], None]
) -> Iterator[Row]:
    """The rows, given the URLs of the app and of the two scripts."""
    explore: Page = ("Explore, 10,000 codes", f"{app}/?{EXPLORE}", PAD)
    compare: Page = (
        "Compare, three planes of 10,000",
        f"{app}/{COMPARE}",
        replace(PAD, planes=3),
    )
    pad: Page = (f"pad, {MANY:,} codes", f"{with_pad}/?count={MANY}", PAD)
    plotly: Page = (f"Plotly, {MANY:,} codes", f"{with_plotly}/?count={MANY}", PLOTLY)
    million: Page = (f"pad, {MILLION:,} codes", f"{with_pad}/?count={MILLION}", PAD)

    for name, address, subject in (explore, compare, pad, plotly):
        say(f"open {name}")
        yield {"name": f"open {name}", **opens(browser, address, subject)}
    with staged(browser, "about:blank", None) as stage:
        yield {"name": "hover an empty page", **stage.hover(SECONDS)}
    for name, address, subject in (compare, pad, plotly, million):
        with staged(browser, address, subject) as stage:
            for verb, motion in (("hover", stage.hover), ("pan", stage.pan), ("zoom", stage.zoom)):
                say(f"{verb} {name}")
                yield {"name": f"{verb} {name}", **motion(SECONDS)}
    for name, address, subject in (explore, pad, plotly):
        say(f"click {name}")
        with staged(browser, address, subject) as stage:
            yield {"name": f"click {name}", **clicks(stage)}


@contextmanager
def staged(browser: Browser, address: str, subject: Subject | None) -> Iterator[Stage]:
    """A page in a new browser profile, whose cache is empty."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    try:
        yield Stage(context, address, subject)
    finally:
        context.close()


def opens(browser: Browser, address: str, subject: Subject) -> Row:
    """Time from the start of the navigation until the planes are drawn, on a warmed-up server.

    A cold cache is that of a new browser profile; a warm one has seen the page once.
    """
    cold, warm = [], []
    with staged(browser, address, subject) as first:
        first.rest()
        for _ in range(OPENS):
            stage = Stage(first.page.context, address, subject)
            warm.append(stage.open_ms)
            stage.rest()
            stage.page.close()
    for _ in range(OPENS):
        with staged(browser, address, subject) as stage:
            cold.append(stage.open_ms)
            stage.rest()
    return median_and_max("cold_cache", cold, "ms") | median_and_max("warm_cache", warm, "ms")


def clicks(stage: Stage) -> Row:
    """Time from the release of the button to the exact picture, at places on a circle."""
    stage.rest()
    answers = [stage.click(2 * math.pi * index / CLICKS) for index in range(CLICKS)]
    waited, sent, received = ([answer[kind] for answer in answers] for kind in range(3))
    return (
        median_and_max("picture", waited, "ms")
        | median_and_max("websocket_up", sent, "bytes")
        | median_and_max("websocket_down", received, "bytes")
    )
