"""An open page with stopwatches in it: its frames, its traffic, its answers to clicks."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.bench.base import Unavailable
from explorer.bench.pad.figures import intervals, spread
from explorer.bench.pad.subject import Subject

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, FloatRect

PROBE = Path(__file__).parent / "probe.js"
MOVE_AGAIN_AFTER = 0.012  # seconds; a little less than a frame at 60 Hz
PATIENCE = 30.0  # seconds that anything may take; what takes longer counts as this long
TURN = 0.5  # seconds a wheel turns one way before it turns back
WHEEL = 40  # pixels of one turn of the wheel
PAN_RADIUS = 80  # pixels
CLICK_RADIUS = 90


class Stage:
    """A page, opened for measuring; it is closed with its context.

    Attributes:
        open_ms: from the start of the navigation until the planes were drawn.
        sent, received: bytes over WebSockets since the page was opened.
    """

    def __init__(self, context: BrowserContext, address: str, subject: Subject | None) -> None:
        self.subject = subject
        self.page = context.new_page()
        self.sent = self.received = 0
        self.page.on("websocket", self._listen)
        script = PROBE.read_text(encoding="utf-8")
        if subject:
            script += f"bench.untilReady({json.dumps(subject.ready)}, {subject.planes});"
        self.page.add_init_script(script)
        self._go(address)
        self.open_ms = self._wait_for("bench.readyAt()") if subject else 0.0

    def rest(self, seconds: float = 1.0) -> None:
        """Wait until the effects of the last action are over."""
        self.page.wait_for_timeout(seconds * 1000)

    def hover(self, seconds: float) -> dict[str, Any]:
        """Figures of the frames while the mouse wanders over all planes, from end to end."""
        x, y, reach_x, reach_y = self._ground()

        def wander(t: float) -> None:
            self.page.mouse.move(
                x + 0.96 * reach_x * math.sin(0.9 * t), y + 0.96 * reach_y * math.sin(2.3 * t)
            )

        wander(0)
        return self._during(wander, seconds)

    def pan(self, seconds: float) -> dict[str, Any]:
        """Figures of the frames while the first plane is dragged in a circle."""
        x, y = self._middle()

        def circle(t: float) -> None:
            angle = 2 * math.pi * t
            self.page.mouse.move(x + PAN_RADIUS * math.sin(angle), y + PAN_RADIUS * math.cos(angle))

        self.page.mouse.move(x, y)
        self.page.mouse.down()
        figures = self._during(circle, seconds)
        self.page.mouse.up()
        return figures

    def zoom(self, seconds: float) -> dict[str, Any]:
        """Figures of the frames while the wheel turns over the first plane, in and out."""
        self.page.mouse.move(*self._middle())

        def turn(t: float) -> None:
            self.page.mouse.wheel(0, -WHEEL if t % (2 * TURN) < TURN else WHEEL)

        return self._during(turn, seconds)

    def click(self, angle: float) -> tuple[float, int, int]:
        """Click in the first plane, at an angle (radians) on a circle around its middle; returns
        the milliseconds until the exact picture appears, and the bytes sent and received for it."""
        subject = self._subject()
        x, y = self._middle()
        before = self.sent, self.received
        self.page.mouse.move(x + CLICK_RADIUS * math.cos(angle), y + CLICK_RADIUS * math.sin(angle))
        self.rest(0.3)
        self.page.evaluate("picture => bench.armStopwatch(picture)", subject.picture)
        self.page.mouse.down()
        self.page.mouse.up()
        self.page.mouse.move(1, 1)  # otherwise the place under the mouse is shown, not the pin
        waited = self._wait_for("bench.answeredAfter()")
        self.rest()
        return waited, self.sent - before[0], self.received - before[1]

    def _during(self, act: Callable[[float], None], seconds: float) -> dict[str, Any]:
        """Act again and again while recording the frames.

        An action returns when the page has received it, which happens once per frame, or every
        other frame for the wheel: so the mouse moves as if by hand, and no faster than the page can
        follow. ``moves_per_s`` therefore counts views that were drawn, each in a frame of its own,
        whereas ``frames_per_s`` also counts frames in which nothing had moved.
        """
        self.rest()
        before = self.sent, self.received
        self.page.evaluate("bench.startFrames()")
        moves, start = 0, time.perf_counter()
        while (now := time.perf_counter() - start) < seconds:
            act(now)
            moves += 1
            time.sleep(max(0.0, start + now + MOVE_AGAIN_AFTER - time.perf_counter()))
        took = time.perf_counter() - start
        stamps: list[float] = self.page.evaluate("bench.stopFrames()")
        self.rest(0.1)  # late frames of the WebSocket are counted during this wait
        return {
            **spread("interval", intervals(stamps), "ms"),
            "frames_per_s": len(stamps) / took,
            "moves_per_s": moves / took,
            "websocket_up_bytes": self.sent - before[0],
            "websocket_down_bytes": self.received - before[1],
        }

    def _go(self, address: str) -> None:
        from playwright.sync_api import TimeoutError as TookTooLong

        with suppress(TookTooLong):
            self.page.goto(address, timeout=PATIENCE * 1000)

    def _wait_for(self, expression: str) -> float:
        """The number an expression gives once it is not null, or ``PATIENCE`` in milliseconds."""
        from playwright.sync_api import TimeoutError as TookTooLong

        asked = f"() => {expression} !== null"
        try:
            self.page.wait_for_function(asked, timeout=PATIENCE * 1000)
        except TookTooLong:
            return PATIENCE * 1000
        return float(self.page.evaluate(expression))

    def _subject(self) -> Subject:
        if self.subject is None:
            raise ValueError("an empty page has no plane")
        return self.subject

    def _box(self, index: int = 0) -> FloatRect:
        surface = self.page.locator(self._subject().surface).nth(index)
        surface.scroll_into_view_if_needed()
        box = surface.bounding_box()
        if box is None:
            raise Unavailable(f"{self.page.url} shows no plane")
        return box

    def _middle(self) -> tuple[float, float]:
        box = self._box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def _ground(self) -> tuple[float, float, float, float]:
        """Where the mouse wanders: the middle, and how far it goes to each side and up and down.

        Several planes are covered from end to end; in a single, wide plane the codes lie in the
        middle.
        """
        if self.subject is None:
            size = self.page.viewport_size or {"width": 800, "height": 600}
            return size["width"] / 2, size["height"] / 2, size["width"] / 2, size["height"] / 2
        first, last = self._box(), self._box(self.subject.planes - 1)
        left, right = first["x"], last["x"] + last["width"]
        half = first["height"] / 2
        reach = half if self.subject.planes == 1 else (right - left) / 2
        return (left + right) / 2, first["y"] + half, reach, half

    def _listen(self, socket: Any) -> None:
        def sent(payload: str | bytes) -> None:
            self.sent += _size(payload)

        def received(payload: str | bytes) -> None:
            self.received += _size(payload)

        socket.on("framesent", sent)
        socket.on("framereceived", received)


def _size(payload: str | bytes) -> int:
    return len(payload.encode() if isinstance(payload, str) else payload)
