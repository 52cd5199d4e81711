"""Many sessions at once: clients that speak Streamlit's protocol, without a browser for each.

A client does what Streamlit's own page does: it opens the WebSocket, requests a run of the script
and reads until it learns that the run has ended; later it requests another run and lists the
messages that it still has (``cached_message_hashes``), so that the server need not send them twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from explorer.bench.base import Unavailable
from explorer.bench.pad.memory import resident_mb

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

T = TypeVar("T")

PATIENCE = 60.0  # seconds that a run may take; a longer one counts as this long
LULL = 2.0  # seconds for what the server does after a run


class Session:
    """One visitor of a page; ``query`` is the page's query string without its question mark."""

    def __init__(self, socket: ClientConnection, query: str) -> None:
        self._socket = socket
        self._query = query
        self._script = ""
        self._hashes: set[str] = set()

    async def run(self) -> float:
        """Request a run of the script; returns the seconds until it has ended."""
        from streamlit.proto.BackMsg_pb2 import BackMsg

        asked = BackMsg()
        asked.rerun_script.query_string = self._query
        asked.rerun_script.page_script_hash = self._script
        asked.rerun_script.cached_message_hashes.extend(self._hashes)
        start = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._socket.send(asked.SerializeToString())
                await self._until_finished()
        except TimeoutError:
            return PATIENCE
        return time.perf_counter() - start

    async def _until_finished(self) -> None:
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        async for data in self._socket:
            message = ForwardMsg()
            message.ParseFromString(data if isinstance(data, bytes) else data.encode())
            if message.metadata.cacheable and message.hash:
                self._hashes.add(message.hash)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._script = message.new_session.page_script_hash
            elif kind == "script_finished":
                return
            elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
                raise Unavailable(f"the page failed: {message.delta.new_element.exception.message}")


@asynccontextmanager
async def opened(url: str, query: str, count: int) -> AsyncIterator[list[Session]]:
    """``count`` connected sessions of a page; none of them has run yet."""
    from websockets.asyncio.client import connect
    from websockets.typing import Subprotocol

    address = f"ws{url.removeprefix('http')}/_stcore/stream"
    # A busy server answers late: this is what is measured, so it is no reason to disconnect.
    patient: dict[str, Any] = {"open_timeout": PATIENCE, "ping_interval": None, "max_size": None}
    async with AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(
                connect(address, subprotocols=[Subprotocol("streamlit")], **patient)
            )
            for _ in range(count)
        ]
        yield [Session(socket, query) for socket in sockets]


async def _run_together(sessions: Sequence[Session]) -> list[float]:
    return list(await asyncio.gather(*(session.run() for session in sessions)))


async def _measure(
    url: str, query: str, count: int, rounds: int, pid: int
) -> tuple[list[float], dict[str, float]]:
    async with opened(url, query, 1) as (first,):
        for _ in range(3):  # to load and cache what the server does once
            await first.run()
        await asyncio.sleep(LULL)
        before = resident_mb(pid)
        async with opened(url, query, count) as sessions:
            for session in sessions:
                await session.run()
            seconds = []
            for _ in range(rounds):
                seconds += await _run_together(sessions)
                await asyncio.sleep(LULL)
            during = resident_mb(pid)
    memory = {"server_before_mb": before, "server_with_sessions_mb": during}
    return seconds, {name: value for name, value in memory.items() if value is not None}


def reruns(
    url: str, query: str, count: int, rounds: int, pid: int
) -> tuple[list[float], dict[str, float]]:
    """``count`` sessions open a page one after another, then all rerun it at the same moment.

    Returns each session's seconds, round by round, and the server's memory in 10⁶ bytes before and
    with these sessions, if the system reports it.
    """
    return run_apart(_measure(url, query, count, rounds, pid))


def visit(url: str, query: str) -> float:
    """Open a page in one session and leave; returns the seconds it took."""

    async def alone() -> float:
        async with opened(url, query, 1) as (session,):
            return await session.run()

    return run_apart(alone())


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine, run in a separate thread: Playwright may have an event loop
    running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
