"""A class on one server: thirty visitors at once, for minutes, while two runs train.

Each visitor has a browser's cookie and its own connection, goes from page to page, moves widgets
and presses buttons at random, as fast as people do. Counted is what must not happen: an exception
on a page or in the server's log, a run of a page without an end, and anything on one visitor's page
that another has set. Measured are the seconds of a run of a page, and memory, threads and
descriptors of the server before, after, and when it has been left alone.

``EXPLORER_BENCH_SESSIONS`` is the number of visitors (30), ``EXPLORER_BENCH_MINUTES`` how long they
stay (10), and ``EXPLORER_BENCH_IDLE_MINUTES`` how long the server is left alone afterwards (10).
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

from explorer.bench.base import BenchResult


@dataclass(frozen=True)
class Lesson:
    """How many visitors, how long, and how many seconds between two actions of one of them."""

    visitors: int = int(os.environ.get("EXPLORER_BENCH_SESSIONS", "30"))
    minutes: float = float(os.environ.get("EXPLORER_BENCH_MINUTES", "10"))
    idle_minutes: float = float(os.environ.get("EXPLORER_BENCH_IDLE_MINUTES", "10"))
    think: tuple[float, float] = (5.0, 10.0)
    runs: int = 2
    seed: int = 0


def bench_class(say: Callable[[str], None]) -> BenchResult:
    """Seconds of a run of a page under a class, faults, leaks, and what the server takes."""
    from explorer.bench.classroom.lesson import give  # loads Streamlit

    return give(Lesson(), say)
