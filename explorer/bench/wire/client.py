"""A visitor who does what Streamlit's page does in a browser.

It sends what was set in the widgets, keeps the query string up to date, does not have sent twice
what it has, and lets the page's fragments run again at the intervals that the server asks for: this
is how results that were computed in the background appear.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, urlencode
from urllib.request import urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from explorer.bench.wire.page import Page
from explorer.bench.wire.widgets import Widget

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

PATIENCE = 60.0  # seconds that a run may take
_TICK = 0.05  # seconds between two looks at the clocks of fragments


class Gone(Exception):
    """The server has closed the connection."""


def cookie_of(url: str) -> str:
    """The cookies that the server gives to a new browser, as the value of a header."""
    with urlopen(url, timeout=PATIENCE) as answer:
        cookies = answer.headers.get_all("Set-Cookie") or []
    return "; ".join(cookie.partition(";")[0] for cookie in cookies)


class Client:
    """One tab of a browser; an asynchronous context, which can be entered again and is then a new
    tab of the same browser.

    Attributes:
        page: what the tab shows.
        told: called with every message that arrives.
    """

    def __init__(
        self, url: str, cookie: str = "", told: Callable[[ForwardMsg], None] = lambda message: None
    ) -> None:
        self._address = f"ws{url.removeprefix('http')}/_stcore/stream"
        self._cookie, self.told = cookie, told
        self.page = Page()
        self._ended = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        self.page = Page()
        self._ended.set()
        self._socket = await connect(
            self._address,
            subprotocols=[Subprotocol("streamlit")],
            additional_headers={"Cookie": self._cookie} if self._cookie else None,
            # A busy server answers late, which is no reason to disconnect.
            open_timeout=PATIENCE,
            ping_interval=None,
            max_size=None,
        )
        self._tasks = [asyncio.create_task(one()) for one in (self._listen, self._repeat)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket:
            await self._socket.close()

    async def open(self, path: str, query: str = "") -> float:
        """Go to another page; returns the seconds until its script has ended.

        Raises:
            Gone: the server has closed the connection.
            TimeoutError: the script has not ended after PATIENCE.
        """
        self.page.query, self.page.states = query, {}
        known = self.page.pages.get(path, "")
        return await self.ask(self.asked(known, "" if known else path))

    async def act(self, *states: WidgetState, words: str = "") -> float:
        """Set widgets, press buttons; returns the seconds until the script has ended. ``words`` is
        the value of the last widget in the URL, if it is bound to it.

        Raises:
            Gone, TimeoutError: as for ``open``.
        """
        page = self.page
        page.states.update({state.id: state for state in states})
        last = page.widgets.get(states[-1].id) if states else None
        if last and last.parameter:
            values = dict(parse_qsl(page.query, keep_blank_values=True))
            page.query = urlencode(values | {last.parameter: words})
        try:
            return await self.ask(self.asked(page.script))
        finally:
            for state in states:
                if state.WhichOneof("value") == "trigger_value":
                    self.page.states.pop(state.id, None)

    def find(self, kind: str, label: str) -> Widget | None:
        """The widget of that kind with that label on the page."""
        found = (
            one for one in self.page.widgets.values() if (one.kind, one.label) == (kind, label)
        )
        return next(found, None)

    async def send(self, data: bytes | str) -> None:
        """Send anything.

        Raises:
            Gone: the server has closed the connection.
        """
        assert self._socket
        try:
            await self._socket.send(data)
        except ConnectionClosed as error:
            raise Gone(str(error)) from None

    async def ask(self, message: BackMsg, patience: float = PATIENCE) -> float:
        """Ask for a run of the script; returns the seconds until it has ended.

        Raises:
            Gone, TimeoutError: as for ``open``.
        """
        self.page.begin()
        self._ended.clear()
        start = time.perf_counter()
        await self.send(message.SerializeToString())
        async with asyncio.timeout(patience):
            await self._ended.wait()
        if not self.page.done:
            raise Gone("the connection was closed before the script had ended")
        return time.perf_counter() - start

    def asked(self, script: str, name: str = "", fragment: str = "") -> BackMsg:
        """The message that asks for a run of the script, or of a fragment, as the page stands."""
        message = BackMsg()
        run = message.rerun_script
        run.query_string, run.page_script_hash, run.page_name = self.page.query, script, name
        run.fragment_id, run.is_auto_rerun = fragment, bool(fragment)
        run.widget_states.widgets.extend(self.page.states.values())
        run.cached_message_hashes.extend(self.page.kept())
        return message

    async def _listen(self) -> None:
        assert self._socket
        try:
            async for data in self._socket:
                message = ForwardMsg()
                message.ParseFromString(data if isinstance(data, bytes) else data.encode())
                if meant := self.page.hear(message):
                    self.told(meant)
                if self.page.done:
                    self._ended.set()
        except ConnectionClosed:
            pass
        finally:
            self._ended.set()

    async def _repeat(self) -> None:
        """Let fragments run again when their time has come."""
        while True:
            await asyncio.sleep(_TICK)
            now = time.monotonic()
            for fragment, (due, every) in [*self.page.due.items()]:
                if due <= now and self._ended.is_set():
                    self.page.due[fragment] = (now + every, every)
                    message = self.asked(self.page.script, fragment=fragment)
                    with suppress(Gone):
                        await self.send(message.SerializeToString())
