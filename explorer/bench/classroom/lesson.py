"""The course of the benchmark: warm up, measure, let the class in, measure, wait, measure."""

from __future__ import annotations

import asyncio
import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from explorer.bench.base import BenchResult
from explorer.bench.browser import REPOSITORY, Server
from explorer.bench.classroom import Lesson
from explorer.bench.classroom.marks import Lookout, Marks
from explorer.bench.classroom.training import runs_of, training
from explorer.bench.classroom.visitor import Visitor
from explorer.bench.pad.sessions import run_apart
from explorer.bench.pages.memory import family_mb, until_rested
from explorer.bench.wire.client import Client, cookie_of

MINUTE = 60.0
_SETTLED = 30.0  # seconds that a page may wait for what is computed in the background
_FAULT = re.compile(r"Traceback|\bERROR\b|\bCRITICAL\b")

Row = dict[str, Any]


def give(lesson: Lesson, say: Callable[[str], None]) -> BenchResult:
    """The figures of a lesson, on a fresh server with a home of its own."""
    with tempfile.TemporaryDirectory() as folder:
        variables = {"EXPLORER_HOME": f"{folder}/home"}
        log = Path(folder) / "log"
        server = Server(REPOSITORY / "app.py", log, variables=variables, folder=REPOSITORY)
        try:
            rows = run_apart(_course(lesson, server, say))
        finally:
            server.stop()
    return BenchResult("class", rows, _ratios(rows))


async def _course(lesson: Lesson, server: Server, say: Callable[[str], None]) -> list[Row]:
    pid = server.process.pid
    say("every page once")
    paths = await _warm_up(server.url)
    await asyncio.to_thread(until_rested, pid)
    usage = [taken("before", pid)]
    say(f"{lesson.visitors} visitors, {lesson.minutes:g} minutes")
    async with training(server.url, pid, lesson.runs) as owners:
        visitors = await _attend(lesson, server.url, paths, say)
        trained = runs_of(pid)
        faults = [fault for one in owners for fault in one.page.faults]
        usage.append(taken("at the end of the class", pid))
    await asyncio.to_thread(until_rested, pid)
    usage.append(taken("after it", pid))
    say(f"{lesson.idle_minutes:g} minutes alone")
    await asyncio.sleep(lesson.idle_minutes * MINUTE)
    usage.append(taken(f"{lesson.idle_minutes:g} minutes later", pid))
    faults += [fault for one in visitors for fault in one.diary.faults]
    leaks = [found for one in visitors for found in one.lookout.found]
    logged = faults_in(server.said())
    for line in [*faults, *leaks, *logged][:20]:
        say(f"  {line}")
    opened = [seconds for one in visitors for seconds in one.diary.opened]
    changed = [seconds for one in visitors for seconds in one.diary.changed]
    head = {
        "name": f"{lesson.visitors} visitors, {lesson.minutes:g} minutes",
        "errors": len(faults),
        "faults_in_log": len(logged),
        "seen_of_others": len(leaks),
        "own_kept": sum(one.diary.kept for one in visitors),
        "runs_that_train": trained,
    }
    return [
        head,
        timed("a page opens", opened),
        timed("a widget changes", changed),
        timed("all reruns", opened + changed),
        *usage,
    ]


async def _warm_up(url: str) -> list[str]:
    """Open every page and wait for what it computes; returns their paths."""
    async with Client(url, cookie_of(url)) as client:
        await client.open("")
        paths = sorted(client.page.pages)
        for path in paths:
            await client.open(path)
            end = time.monotonic() + _SETTLED
            while client.page.due and time.monotonic() < end and path != "train":
                await asyncio.sleep(0.2)
    return paths


async def _attend(
    lesson: Lesson, url: str, paths: list[str], say: Callable[[str], None]
) -> list[Visitor]:
    chance = random.Random(lesson.seed)
    marks = [Marks.of(number, chance) for number in range(lesson.visitors)]
    visitors = [
        Visitor(
            url,
            await asyncio.to_thread(cookie_of, url),
            own,
            Lookout([one for one in marks if one is not own]),
            paths,
            lesson.seed + number,
        )
        for number, own in enumerate(marks)
    ]
    end = time.monotonic() + lesson.minutes * MINUTE
    work = asyncio.gather(*(one.stay(end, lesson.think) for one in visitors))
    while not work.done():
        await asyncio.wait([work], timeout=MINUTE)
        runs = sum(len(one.diary.opened) + len(one.diary.changed) for one in visitors)
        say(f"  {runs} reruns, {sum(len(one.diary.faults) for one in visitors)} faults")
    await work
    return visitors


def taken(when: str, pid: int) -> Row:
    """What a server takes: memory, threads, descriptors."""
    server = psutil.Process(pid)
    return {
        "name": f"server {when}",
        **family_mb(pid),
        "threads": server.num_threads(),
        "descriptors": server.num_fds(),
    }


def timed(name: str, seconds: list[float]) -> Row:
    """A row of how long something took; only the number of times if it never happened."""
    row: Row = {"name": name, "times": len(seconds)}
    if seconds:
        row |= {
            "median_s": statistics.median(seconds),
            "p95_s": float(np.quantile(seconds, 0.95)),
            "max_s": max(seconds),
        }
    return row


def faults_in(log: str) -> list[str]:
    """The lines of a server's log that tell of a fault."""
    return [line for line in log.splitlines() if _FAULT.search(line)]


def _ratios(rows: list[Row]) -> dict[str, float]:
    """How memory has grown in the end, compared with before."""
    memory = [row["server_mb"] for row in rows if "server_mb" in row]
    return {"server memory in the end / before": memory[-1] / memory[0]}
