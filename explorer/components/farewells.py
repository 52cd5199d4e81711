"""Sessions of visitors who have left: kept for a while, in case they come back, then let go.

Streamlit keeps them in a cache that looks at the clock only when another session comes or goes, and
then drops the old ones without ending them. On a server that nobody visits any more, what a class
has left would stay: its pages' state, three file descriptors for each tab, and uploaded pictures,
which nothing would ever remove. Here each session is ended when its time is over.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlit.runtime.session_manager import SessionInfo

MOST = 128  # sessions that are kept; those who left first are let go first
SWEEP_SECONDS = 10.0
TIDY_SECONDS = 60.0


class Farewells:
    """What Streamlit calls a session storage: the sessions of visitors who have left.

    Everything happens in the thread of the server's event loop, but a page may end its own session
    at the same time, from its own thread.
    """

    def __init__(
        self, ttl_seconds: float = 120.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds, self._clock = ttl_seconds, clock
        self._left: dict[str, tuple[float, SessionInfo]] = {}  # in the order in which they left
        _storages.append(self)

    def get(self, session_id: str) -> SessionInfo | None:
        """A session, if it is still kept."""
        found = self._left.get(session_id)
        return found[1] if found else None

    def save(self, session_info: SessionInfo) -> None:
        """Keep a session whose visitor has left."""
        self._left.pop(session_info.session.id, None)
        self._left[session_info.session.id] = (self._clock(), session_info)

    def delete(self, session_id: str) -> None:
        """Forget a session: its visitor has come back, or it has ended."""
        self._left.pop(session_id, None)

    def list(self) -> list[SessionInfo]:
        """All that are kept."""
        return [info for _, info in [*self._left.values()]]

    def sweep(self) -> int:
        """End the sessions whose time is over, and the oldest of too many; returns how many."""
        over, many = self._clock() - self._seconds, len(self._left) - MOST
        gone = [
            info
            for number, (since, info) in enumerate([*self._left.values()])
            if since <= over or number < many
        ]
        for info in gone:
            self.delete(info.session.id)
            info.session.shutdown()
        return len(gone)


_storages: list[Farewells] = []  # one, on a server


def end_sessions_in_time() -> None:
    """Let Streamlit keep sessions here. To be called before the application is made."""
    from streamlit.runtime import memory_session_storage

    memory_session_storage.MemorySessionStorage = Farewells  # type: ignore[assignment,misc]


@asynccontextmanager
async def sweeping(then: Callable[[], None]) -> AsyncIterator[None]:
    """End sessions in time as long as the context lasts; ``then`` is called in a thread of its own
    when some have ended, once a minute at most."""

    async def sweep() -> None:
        ended, tidied = 0, -TIDY_SECONDS
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            ended += sum(storage.sweep() for storage in [*_storages])
            if ended and time.monotonic() - tidied >= TIDY_SECONDS:
                await asyncio.to_thread(then)
                ended, tidied = 0, time.monotonic()

    task = asyncio.create_task(sweep())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
