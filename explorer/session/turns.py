"""Visitors take turns. Page runs share one interpreter: if thirty run at once, all of them end at
the very end; one after another, half of them end in half the time, and none later."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

PATIENCE = 0.25  # seconds to wait, at most: a long run must not hold up the others


@contextmanager
def turn() -> Iterator[None]:
    """Wait for the current run to end, if it is short."""
    lock = _lock()
    mine = lock.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        if mine:
            lock.release()


@cache  # not Streamlit's, which a page can clear
def _lock() -> threading.Lock:
    return threading.Lock()
