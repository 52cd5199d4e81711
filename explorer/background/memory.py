"""Giving memory back to the system, where the C library is GNU's."""

import ctypes
import sys
from functools import cache
from typing import Any

_ARENA_MAX = -8  # of mallopt(3)
ARENAS = 2


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
