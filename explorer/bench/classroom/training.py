"""Runs that train on the server while it is visited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import psutil

from explorer.bench.base import Unavailable
from explorer.bench.wire.client import Client, Gone, cookie_of
from explorer.bench.wire.widgets import pressed, typed

PAGE, RUN = "train", "run=dataset%3Ddigits%3Bepochs%3D100000"
PROCESS = "jobs.child"  # the name of a run's process
_PATIENCE = 60.0  # seconds until they train


@asynccontextmanager
async def training(url: str, pid: int, count: int) -> AsyncIterator[list[Client]]:
    """``count`` runs, each started, watched and in the end stopped by a visitor of its own.

    Raises:
        Unavailable: they do not start.
    """
    async with AsyncExitStack() as stack:
        owners = [
            await stack.enter_async_context(Client(url, cookie_of(url))) for _ in range(count)
        ]
        try:
            for number, owner in enumerate(owners):
                await _start(owner, f"class-{number + 1}")
            for _ in range(int(_PATIENCE)):
                if runs_of(pid) >= count:
                    break
                await asyncio.sleep(1)
            else:
                raise Unavailable(f"{runs_of(pid)} runs train instead of {count}")
            yield owners
        finally:
            for owner in owners:
                with suppress(Gone, TimeoutError):
                    await _stop(owner)


def runs_of(pid: int) -> int:
    """How many processes of a server train."""
    names = []
    for child in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.Error):
            names.append(child.name())
    return names.count(PROCESS)


async def _start(owner: Client, run: str) -> None:
    await owner.open(PAGE, RUN)
    name, button = owner.find("text_input", "Name"), owner.find("button", "Train")
    if not name or not button:
        raise Unavailable("the page on which runs are started has no such form")
    await owner.act(typed(name, run), pressed(button))


async def _stop(owner: Client) -> None:
    await owner.open(PAGE)
    if button := owner.find("button", "Stop"):
        await owner.act(pressed(button))
