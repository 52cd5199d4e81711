"""Visits of a page in a browser: seconds until it is there, and bytes until then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

WATCH = Path(__file__).parent / "watch.js"
WIDTH, HEIGHT = 1366, 768  # of a laptop's window
QUIET = 1000.0  # milliseconds without a change after which a page is there
PATIENCE = 300_000.0  # milliseconds; what takes longer counts as this long


@dataclass(frozen=True)
class Seen:
    """Seconds from the start of a navigation, or of an action, until a page was there.

    Attributes:
        above: the last moment at which something above the fold changed or was still to come.
        all: the same for the whole page, on which the script also has to have ended.
    """

    above: float
    all: float


@contextmanager
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """A new browser profile, whose cache is empty."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    context.add_init_script(WATCH.read_text(encoding="utf-8"))
    try:
        yield context
    finally:
        context.close()


def visit(context: BrowserContext, address: str) -> Seen:
    """Open a page in a new tab and close it when it is there."""
    page = context.new_page()
    try:
        page.goto(address, wait_until="commit", timeout=PATIENCE)
        return until_there(page)
    finally:
        page.close()


def until_there(page: Page) -> Seen:
    """Wait until an open page has been at rest for a second."""
    from playwright.sync_api import TimeoutError as TookTooLong

    asked = f"() => watch.seen({QUIET})"
    try:
        found: dict[str, float] = page.wait_for_function(asked, timeout=PATIENCE).json_value()
    except TookTooLong:
        return Seen(PATIENCE / 1000, PATIENCE / 1000)
    return Seen(found["above"], found["all"])


def pressed(page: Page, slider: str, key: str) -> Seen:
    """Press a key on the slider of that name and wait until the page is there again."""
    knob = page.get_by_role("slider", name=slider)
    knob.focus()
    page.evaluate("watch.restart()")
    knob.press(key)
    return until_there(page)


def received(context: BrowserContext, address: str) -> Counter[str]:
    """Bytes that a page receives until it is there, by the kind of what they carry: over HTTP as
    they travel, compressed and with headers; over WebSockets without their frames' headers."""
    page = context.new_page()
    kinds: dict[str, str] = {}
    bytes_: Counter[str] = Counter()

    def answered(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["type"]

    def finished(event: dict[str, Any]) -> None:
        bytes_[kinds.get(event["requestId"], "Other")] += int(event["encodedDataLength"])

    def framed(event: dict[str, Any]) -> None:
        frame = event["response"]
        data = frame["payloadData"]
        # Binary frames arrive in base64.
        binary = frame["opcode"] == 2
        bytes_["WebSocket"] += len(data) * 3 // 4 if binary else len(data.encode())

    tools = context.new_cdp_session(page)
    tools.on("Network.responseReceived", answered)
    tools.on("Network.loadingFinished", finished)
    tools.on("Network.webSocketFrameReceived", framed)
    tools.send("Network.enable")
    try:
        page.goto(address, wait_until="commit", timeout=PATIENCE)
        until_there(page)
    finally:
        page.close()
    return bytes_
