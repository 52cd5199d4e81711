"""Waiting for what other processes do."""

from __future__ import annotations

import time
from collections.abc import Callable

from explorer.jobs.board import Board
from explorer.jobs.job import Job

PATIENCE = 120.0  # seconds, on the busiest machine


def wait_until(true: Callable[[], object], what: str) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(0.01)


def wait_over(board: Board, *jobs: Job) -> None:
    """Wait until jobs are over, and their names are free again."""
    names = {member.name for job in jobs for member in job.members}
    wait_until(lambda: not any(job.active for job in jobs), "the jobs are over")
    wait_until(lambda: not names & board.busy(), "their processes are done")
