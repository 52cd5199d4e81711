"""The local runner: how it assigns cores, and that it opens no port."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import torch

from explorer.background.jobs.board import Board
from explorer.background.jobs.job import Stage
from explorer.background.jobs.owners import OPERATOR
from explorer.background.jobs.runners import local
from explorer.background.jobs.runners.base import WAITS
from explorer.runs.sweeps import plan_sweep
from explorer.specs import NamedRun
from tests.support.waiting import wait_over, wait_until

pytestmark = pytest.mark.slow

LONG = 100_000  # epochs: longer than any test
REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Board]]:
    """A board that sees a given number of cores and a given device."""
    boards: list[Board] = []

    def make(cores: int, device: str = "cpu") -> Board:
        monkeypatch.setattr(os, "cpu_count", lambda: cores)
        monkeypatch.setattr(local, "best_device", lambda: torch.device(device))
        boards.append(Board())
        return boards[-1]

    yield make
    for board in boards:
        board.close()


def threads(member) -> str:
    """The device that trained it, such as ``CPU, 3 threads``."""
    return member.history[0].device


def test_a_single_run_leaves_one_core_and_a_sweep_runs_in_parallel(machine, tiny_run):
    board = machine(cores=4)
    alone = board.submit("me", "alone", [NamedRun(name="alone", run=tiny_run)])
    wait_over(board, alone)
    assert threads(alone.members[0]) == "CPU, 3 threads"
    runs = plan_sweep("s", tiny_run.replace({"epochs": LONG}), [0, 1, 2, 4, 8])
    sweep = board.submit("me", "s", runs, sweep="s")
    wait_until(lambda: sum(bool(one.history) for one in sweep.members) == 4, "four of them run")
    assert {threads(one) for one in sweep.members if one.history} == {"CPU, 1 threads"}
    assert [one.note for one in sweep.members].count(WAITS) == 1, "more runs than cores"


def test_a_run_that_needs_more_cores_is_not_overtaken(machine, tiny_run):
    """Otherwise, a steady stream of small runs would keep it waiting forever."""
    board = machine(cores=4)
    long = tiny_run.replace({"epochs": LONG})
    first = board.submit("one", "first", [NamedRun(name="first", run=long)])
    wait_until(lambda: first.members[0].history, "it runs")
    wide = board.submit("two", "wide", [NamedRun(name="wide", run=tiny_run)])
    sweep = board.submit("three", "s", plan_sweep("s", tiny_run, [0, 1]), sweep="s")
    assert [one.note for one in (*wide.members, *sweep.members)] == [WAITS] * 3
    board.stop(first, OPERATOR)
    wait_over(board, wide, sweep)
    assert wide.members[0].begun < min(one.begun for one in sweep.members)


def test_a_long_run_lets_a_much_shorter_one_go_first(machine, tiny_run, monkeypatch):
    monkeypatch.setattr(local, "SLICE", 1.0)
    board = machine(cores=2)
    long = tiny_run.replace({"epochs": LONG})
    slow = board.submit("one", "slow", [NamedRun(name="slow", run=long)])
    other = board.submit("two", "other", [NamedRun(name="other", run=long)])
    wait_until(lambda: slow.members[0].history and other.members[0].history, "both run")
    quick = board.submit("three", "quick", [NamedRun(name="quick", run=tiny_run)])
    assert quick.members[0].note == WAITS
    wait_over(board, quick)
    assert quick.stage == Stage.DONE
    assert slow.active
    assert other.active
    held = [len(job.members[0].history) for job in (slow, other)]
    wait_until(
        lambda: all(
            len(job.members[0].history) > before
            for job, before in zip((slow, other), held, strict=True)
        ),
        "both go on from where they were",
    )
    assert [job.members[0].restarts for job in (slow, other)] == [0, 0]


def test_runs_that_take_equally_long_do_not_interrupt_each_other(machine, tiny_run, monkeypatch):
    monkeypatch.setattr(local, "SLICE", 0.0)
    board = machine(cores=1)
    run = tiny_run.replace({"epochs": 300})
    jobs = [board.submit(who, who, [NamedRun(name=who, run=run)]) for who in ("a", "b")]
    wait_over(board, *jobs)
    assert jobs[0].members[0].ended <= jobs[1].members[0].begun


def test_with_cuda_a_sweep_is_one_stack_and_the_next_job_waits(machine, tiny_run):
    before, board = trainers(), machine(cores=4, device="cuda")
    run = tiny_run.replace({"precision": "float32", "epochs": 40})
    sweep = board.submit("me", "s", plan_sweep("s", run, [0.5, 4.0]), sweep="s")
    after = board.submit("you", "after", [NamedRun(name="after", run=tiny_run)])
    assert after.members[0].note == WAITS
    wait_until(lambda: all(one.history for one in sweep.members), "the sweep runs")
    assert len(trainers() - before) == 1
    wait_over(board, sweep, after)
    assert [sweep.stage, after.stage] == [Stage.DONE] * 2
    assert after.members[0].begun >= max(one.ended for one in sweep.members)


def trainers() -> set[psutil.Process]:
    """Our training processes."""
    found = set()
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has just ended
            if process.name() == "jobs.child":
                found.add(process)
    return found


ALONE = """
import sys, time
import psutil
from explorer.background.jobs.board import Board
from explorer.datasets import load_dataset
from explorer.runs.defaults import default_run
from explorer.specs import NamedRun

board = Board()
run = default_run(load_dataset("digits")).replace({"widths": (8,), "epochs": 100_000})
job = board.submit("me", "one", [NamedRun(name="one", run=run)])
while not job.members[0].history:
    assert job.active, job.members[0].note
    time.sleep(0.05)
me = psutil.Process()
family = [me, *me.children(recursive=True)]
print(sorted({one.name() for one in family} & {"fork_server", "jobs.child"}))
print([where for one in family for where in one.net_connections("inet")])
print("distributed" in sys.modules)
board.close()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for a process's sockets")
def test_a_run_needs_no_port_and_no_dask():
    told = subprocess.run(
        [sys.executable, "-c", ALONE], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert told.stdout.splitlines() == ["['fork_server', 'jobs.child']", "[]", "False"], told.stderr
