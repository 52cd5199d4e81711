"""What reaches a server from outside: forged checkpoints on its pages, addresses, messages."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from explorer.bench.attack.addresses import address
from explorer.bench.attack.canary import Canary, words
from explorer.bench.attack.messages import attack
from explorer.bench.browser import REPOSITORY, Server
from explorer.bench.classroom.lesson import faults_in
from explorer.bench.pad.sessions import run_apart
from explorer.bench.pages.memory import family_mb, until_rested
from explorer.bench.wire.client import Client, Gone, cookie_of

LONGEST = 20.0  # seconds that a run may take after a hostile message
AT_ONCE = 3  # sessions that try addresses
FRESH = 20  # items after which a new session begins
PAUSE = 0.5  # seconds between two runs of the bystander
PIN = "0,0.123456,0.654321"
# The pages that show one model, and the parameter that names it.
SHOWING = {
    "": "model",
    "draw": "encoder",
    "sample": "from",
    "geometry": "geo-model",
    "information": "of",
}

Row = dict[str, Any]
Work = Callable[[], Awaitable["Seen"]]


@dataclass
class Seen:
    """What came of a part of the attack."""

    faults: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    ended: int = 0  # connections that the server has closed
    emptied: int = 0  # caches that a message has emptied


def attack_server(
    addresses: int, messages: int, folder: Path, canary: Canary, say: Callable[[str], None]
) -> list[Row]:
    """A row for each part."""
    home = folder / "home"
    home.mkdir()
    forged = folder / "forged"
    names = sorted(path.name for path in forged.iterdir()) if forged.exists() else []
    if names:
        forged.rename(home / "checkpoints")
    variables = {"EXPLORER_HOME": str(home)}
    log = folder / "log"
    server = Server(REPOSITORY / "app.py", log, variables=variables, folder=REPOSITORY)
    texts = words(canary.file, canary.url)
    try:
        until_rested(server.process.pid)
        parts: tuple[tuple[str, Work], ...] = (
            (
                f"{len(names)} forged checkpoints on {len(SHOWING)} pages",
                lambda: _forged(server.url, names),
            ),
            (f"{addresses:,} addresses", lambda: _addresses(server.url, addresses, texts)),
            (f"{messages:,} messages", lambda: _messages(server.url, messages, texts)),
        )
        return [run_apart(_part(name, work, server, say)) for name, work in parts]
    finally:
        server.stop()


async def _part(name: str, work: Work, server: Server, say: Callable[[str], None]) -> Row:
    say(name)
    pid, known = server.process.pid, len(faults_in(server.said()))
    before = family_mb(pid)["server_mb"]
    async with _bystander(server.url) as waits:
        seen = await work()
    logged = faults_in(server.said())[known:]
    kinds = Counter(fault for fault in seen.faults)
    for fault, times in kinds.most_common(20):
        say(f"  {times} × {fault}")
    if logged:
        say("\n".join(server.said().splitlines()[-60:]))
    return {
        "name": name,
        "tracebacks": len(seen.faults),
        "tracebacks_in_log": len(logged),
        "caches_emptied": seen.emptied,
        "connections_ended": seen.ended,
        "slowest_s": max(seen.seconds, default=0.0),
        "bystander_median_s": statistics.median(waits),
        "bystander_max_s": max(waits),
        "grown_mb": family_mb(pid)["server_mb"] - before,
        "server_lives": int(server.process.poll() is None),
    }


@asynccontextmanager
async def _bystander(url: str) -> AsyncIterator[list[float]]:
    """A visitor who works all the time; collects the seconds of each run."""
    waits: list[float] = []

    async def work() -> None:
        async with Client(url, await asyncio.to_thread(cookie_of, url)) as client:
            waits.append(await client.open(""))
            while True:
                await asyncio.sleep(PAUSE)
                waits.append(await client.act())
                if client.page.faults:
                    raise AssertionError(client.page.faults)

    task = asyncio.create_task(work())
    while not waits and not task.done():
        await asyncio.sleep(0.05)
    try:
        yield waits
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _forged(url: str, names: list[str]) -> Seen:
    """Open forged checkpoints on all pages that show one model, and let the pages compute."""
    seen = Seen()
    for name in names:
        async with Client(url) as client:
            for path, setting in SHOWING.items():
                await _opened(client, seen, path, f"{setting}={name}", name)
                end = time.monotonic() + 1
                while client.page.due and time.monotonic() < end:
                    await asyncio.sleep(0.1)
                _read(client, seen, f"/{path} {name}")
    return seen


async def _addresses(url: str, count: int, texts: tuple[str, ...]) -> Seen:
    seen, numbers = Seen(), iter(range(count))

    async def some() -> None:
        for start in numbers:
            async with Client(url) as client:
                await client.open("")
                paths = sorted(client.page.pages)
                for number in (start, *islice(numbers, FRESH)):
                    chance = random.Random(number)
                    path, query = chance.choice(paths), address(chance, texts)
                    if not await _opened(client, seen, path, query, f"address {number}"):
                        break

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return seen


async def _messages(url: str, count: int, texts: tuple[str, ...]) -> Seen:
    seen, number = Seen(), 0
    paths: list[str] = []
    while number < count:
        async with Client(url) as client:
            await client.open("", f"pins={PIN}")
            paths = sorted(client.page.pages)
            await client.open(random.Random(number).choice(paths))
            try:
                for _ in range(FRESH):
                    number += 1
                    await _message(client, seen, number, texts)
                    if number >= count:
                        break
            except Gone:
                seen.ended += 1
            except TimeoutError:
                seen.faults.append(f"message {number}: the script has not ended")
    return seen


async def _message(client: Client, seen: Seen, number: int, texts: tuple[str, ...]) -> None:
    one = attack(client, random.Random(number), texts)
    if one.run is not None:
        seen.seconds.append(await client.ask(one.run, LONGEST))
        client.page.faults = [
            fault for fault in client.page.faults if not fault.startswith("there is no page")
        ]
    else:
        await client.send(one.data)
        seen.seconds.append(await client.ask(client.asked(client.page.script), LONGEST))
    _read(client, seen, f"{one.kind} ({number})")
    if one.kind == "clear_cache":  # it would also have emptied the session
        await client.open("")
        seen.emptied += PIN not in client.page.query.replace("%2C", ",")


async def _opened(client: Client, seen: Seen, path: str, query: str, what: str) -> bool:
    """Open a page; returns whether the connection still stands."""
    try:
        seen.seconds.append(await client.open(path, query))
    except (Gone, TimeoutError) as error:
        seen.faults.append(f"{what} on /{path}: {type(error).__name__} {error}")
        return False
    _read(client, seen, f"{what} on /{path}?{query[:300]}")
    return True


def _read(client: Client, seen: Seen, what: str) -> None:
    seen.faults += [f"{what}: {fault}" for fault in client.page.faults]
    client.page.faults.clear()
