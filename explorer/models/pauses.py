"""Long computations come in parts, and say so between two of them: whoever has them made may let
something shorter go first, or stop them if nobody wants the result any more."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
_here = threading.local()


def pause() -> None:
    """To be called between two parts of a long computation; returns when it may go on. What it
    raises is no ``Exception``, and must not be caught."""
    if act := getattr(_here, "act", None):
        act()


def with_pauses(parts: Iterable[T]) -> Iterator[T]:
    """The same parts, with a pause after each."""
    for part in parts:
        yield part
        pause()


@contextmanager
def pausing(act: Callable[[], None]) -> Iterator[None]:
    """Call ``act`` in every pause of this thread within a ``with`` block."""
    _here.act = act
    try:
        yield
    finally:
        _here.act = None
