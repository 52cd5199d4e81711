"""Freeing memory, and giving it back to the system where the C library is GNU's."""

import ctypes
import gc
import sys
import threading
from functools import cache
from typing import Any

_ARENA_MAX = -8  # of mallopt(3)
ARENAS = 2
MANY_MODULES = 50  # of a large library

_freezing = threading.Lock()
_frozen = 0  # modules that were loaded when the collector was last told


@cache
def _libc() -> Any:
    """The C library, or None if it has no ``malloc_trim``."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") else None


def spare_memory() -> None:
    """Let threads share few heaps. Otherwise each of up to eight per core keeps what it once
    needed. To be called before threads are started."""
    if _libc():
        _libc().mallopt(_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Give the system what was freed: after a large computation, a heap keeps it for later."""
    if _libc():
        _libc().malloc_trim(0)


def freeze_garbage_collector() -> None:
    """Exclude what is loaded from garbage collection: at start-up, and again when a page has loaded
    another large library.

    Streamlit collects after every run of the script; without this, each collection walks all of
    torch, and many sessions wait for one another.
    """
    global _frozen
    with _freezing:
        if len(sys.modules) - _frozen >= MANY_MODULES:
            _freeze_again()
            _frozen = len(sys.modules)


def free_garbage() -> None:
    """Free what visitors who have left had, and give it back. Some of it may have been frozen while
    it was in use, so all is walked: with torch loaded this takes a third of a second."""
    with _freezing:
        _freeze_again()
    give_back()


def _freeze_again() -> None:
    gc.unfreeze()
    gc.collect()
    gc.freeze()
