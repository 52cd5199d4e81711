"""Sessions of visitors who have left are ended in time, also on a server that nobody visits."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from explorer.bench.browser import REPOSITORY, Server
from explorer.bench.wire.client import Client
from explorer.components import farewells
from explorer.components.farewells import Farewells
from tests.support.apart import apart


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Farewells:
    monkeypatch.setattr(farewells, "_storages", [])
    return Farewells(120, clock)


def left(name: str, ended: list[str]) -> Any:
    """A session as Streamlit hands it over."""
    session = SimpleNamespace(id=name, shutdown=lambda: ended.append(name))
    return SimpleNamespace(session=session, client=None)


def test_who_comes_back_in_time_finds_their_session(kept: Farewells, clock: Clock) -> None:
    ended: list[str] = []
    one = left("a", ended)
    kept.save(one)
    clock.now = 100
    assert kept.sweep() == 0
    assert kept.get("a") is one
    kept.delete("a")
    clock.now = 1000
    assert kept.sweep() == 0
    assert kept.get("a") is None
    kept.delete("a")  # once more is no error
    assert ended == []


def test_the_others_are_ended_once_and_forgotten(kept: Farewells, clock: Clock) -> None:
    ended: list[str] = []
    for name in "ab":
        kept.save(left(name, ended))
        clock.now += 60
    assert kept.sweep() == 1
    assert ended == ["a"]
    assert [info.session.id for info in kept.list()] == ["b"]
    clock.now += 60
    assert kept.sweep() == 1
    assert kept.sweep() == 0
    assert ended == ["a", "b"]


def test_who_leaves_again_is_kept_again(kept: Farewells, clock: Clock) -> None:
    ended: list[str] = []
    for _ in range(2):
        kept.save(left("a", ended))
        clock.now += 100
    assert kept.sweep() == 0


def test_of_too_many_those_who_left_first_are_ended(
    kept: Farewells, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(farewells, "MOST", 3)
    ended: list[str] = []
    for name in "abcde":
        kept.save(left(name, ended))
    assert kept.sweep() == 2
    assert ended == ["a", "b"]


def test_sweeping_goes_on_by_itself(
    kept: Farewells, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(farewells, "SWEEP_SECONDS", 0.01)
    ended: list[str] = []
    kept.save(left("a", ended))

    async def wait() -> None:
        async with farewells.sweeping(then=lambda: ended.append("then")):
            await asyncio.sleep(0.1)
            clock.now = 200
            await asyncio.sleep(0.2)
            kept.save(left("b", ended))
            clock.now = 400
            await asyncio.sleep(0.2)

    apart(wait())
    assert ended == ["a", "then", "b"], "what follows comes once a minute"


@pytest.mark.slow
def test_a_server_that_nobody_visits_gives_back_its_descriptors(tmp_path: Path) -> None:
    server = Server(
        REPOSITORY / "app.py",
        tmp_path / "log",
        "--server.disconnectedSessionTTL",
        "1",
        variables={"EXPLORER_HOME": str(tmp_path / "home")},
        folder=REPOSITORY,
    )
    process = psutil.Process(server.process.pid)

    async def visit(count: int) -> int:
        async def one() -> None:
            async with Client(server.url) as client:
                await client.open("draw")

        for _ in range(count):
            await one()
        return process.num_fds()

    try:
        apart(visit(1))  # what is loaded once stays open
        before = process.num_fds()
        assert apart(visit(10)) >= before + 10
        end = time.monotonic() + 3 * farewells.SWEEP_SECONDS
        while process.num_fds() > before and time.monotonic() < end:
            time.sleep(0.5)
        assert process.num_fds() <= before
        assert "Traceback" not in server.said()
    finally:
        server.stop()
