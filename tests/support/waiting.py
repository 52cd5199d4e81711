"""Waiting for other processes, including browsers."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from explorer.background.jobs.board import Board
from explorer.background.jobs.job import Job
from explorer.background.live import Controls, LiveSession
from explorer.training.threads import meanwhile

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PATIENCE = 120.0  # seconds, enough for a busy machine


def wait_until(true: Callable[[], object], what: str, page: Page | None = None) -> None:
    """Wait until ``true()``; a page, if given, handles its events in the meantime."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"waited in vain until {what}"
        if page is None:
            time.sleep(0.01)
        else:
            page.wait_for_timeout(50)


def looked_at(*trainings: LiveSession) -> AbstractContextManager[None]:
    """Keep looking at live trainings within a ``with`` block."""

    def look() -> None:
        for training in trainings:
            training.look(Controls())

    return meanwhile(look, every=0.1)


def patient(browser: Browser, **options: Any) -> BrowserContext:
    """A browser context that waits up to ``PATIENCE`` seconds for elements."""
    context = browser.new_context(**options)
    context.set_default_timeout(1000 * PATIENCE)
    return context


def wait_over(board: Board, *jobs: Job) -> None:
    """Wait until jobs are over and their names are free again."""
    names = {member.name for job in jobs for member in job.members}
    wait_until(lambda: not any(job.active for job in jobs), "the jobs are over")
    wait_until(lambda: not names & board.busy(), "their processes are done")
