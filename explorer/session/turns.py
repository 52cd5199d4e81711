"""Visitors in turn. Runs of a page share one interpreter: thirty that are worked on at once all end
at the end, one after another half of them end in half the time, and none later."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

PATIENCE = 0.25  # seconds; behind a long run nobody waits for its end


@contextmanager
def turn() -> Iterator[None]:
    """Wait for the run that is at work, if it is a short one."""
    lock = _lock()
    mine = lock.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        if mine:
            lock.release()


@st.cache_resource
def _lock() -> threading.Lock:
    return threading.Lock()
