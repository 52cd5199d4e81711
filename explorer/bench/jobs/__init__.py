"""Background training under stress: killed again and again, and while a page must answer."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from explorer.bench.base import BenchResult
from explorer.bench.jobs.answers import answers_beside_training
from explorer.bench.jobs.kills import kill_and_resume


def bench_jobs(say: Callable[[str], None]) -> BenchResult:
    """Send SIGKILL to runs, their fork server and their owner at random moments; then measure how
    fast an unrelated page answers while both cores train, and how soon a second visitor sees a
    run's progress."""
    with tempfile.TemporaryDirectory() as folder:
        killed = kill_and_resume(Path(folder) / "killed", say)
        answers, ratios = answers_beside_training(Path(folder) / "answers", say)
    return BenchResult("jobs", [killed, *answers], ratios)
