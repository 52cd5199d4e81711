"""A visitor who leaves is no error; everything else still is."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.websockets import WebSocket

from explorer.components.departures import forgive_departures, is_fault


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    forgive_departures()
    yield caplog
    logging.getLogger("uvicorn.error").removeFilter(is_fault)


def closed_twice() -> Exception:
    """What Starlette raises when a connection is closed once more."""

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        pass

    async def run() -> None:
        socket = WebSocket({"type": "websocket"}, receive, send)
        await socket.accept()
        await socket.close()
        await socket.close()

    # In a thread of its own, since Playwright may have an event loop running in this one.
    with ThreadPoolExecutor(1) as apart, pytest.raises(RuntimeError) as error:
        apart.submit(lambda: asyncio.run(run())).result()
    return error.value


def test_only_departures_are_left_out(log):
    logger = logging.getLogger("uvicorn.error")
    for error in (closed_twice(), RuntimeError("another"), ValueError("a third")):
        logger.error("Exception in ASGI application", exc_info=error)
    logger.error("without an exception")
    said = [record.exc_info and str(record.exc_info[1]) for record in log.records]
    assert said == ["another", "a third", None]
