"""Results too slow for a page to wait for: computed in the background, shown when ready."""

import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Generic, TypeVar

import numpy as np
import streamlit as st
import torch

from explorer.background.processes import POLITE

T = TypeVar("T")

LOOK_SECONDS = 0.3  # between two checks for results
MOST_KEPT = 512  # results, of all visitors together
MOST_BYTES = 2**28  # of all these results, approximately
_AWAITED = "what this page waits for"


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """The state of a computation.

    Attributes:
        ready: whether it has ended.
        value: its result; None until it is ready, or if it failed.
        trouble: a sentence that says why it failed; empty if it did not.
    """

    ready: bool
    value: T | None = None
    trouble: str = ""


class Backroom:
    """One thread that computes for all visitors and keeps the latest results."""

    def __init__(self, most_kept: int = MOST_KEPT, most_bytes: int = MOST_BYTES) -> None:
        self._most_kept, self._most_bytes = most_kept, most_bytes
        self._results: OrderedDict[Hashable, Future] = OrderedDict()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, "backroom", _make_way)

    def find(self, key: Hashable) -> Future | None:
        """The result of a computation, or None if it was never asked for."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)

    def ask(self, key: Hashable, compute: Callable[[], T]) -> Future:
        """The result of the computation that ``key`` names; starts it if it was never asked for."""
        with self._lock:
            future = self._results.get(key)
            if future is None:
                future = self._results[key] = self._pool.submit(compute)
            self._results.move_to_end(key)
            self._make_room()
            return future

    def _make_room(self) -> None:
        """Forget the least recently used results beyond the limits on their number and size."""
        taken = 0
        for number, key in enumerate(reversed(list(self._results))):
            future = self._results[key]
            if not future.done():
                continue
            taken += 0 if future.exception() else size_of(future.result())
            if number >= self._most_kept or (taken > self._most_bytes and number):
                del self._results[key]

    def forget(self, key: Hashable) -> None:
        """Let a computation be tried again."""
        with self._lock:
            self._results.pop(key, None)


def size_of(value: object) -> int:
    """Approximate size of a result in bytes: its arrays and byte strings, at any depth of
    dataclasses and collections."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, torch.Tensor):
        return value.numel() * value.element_size()
    if isinstance(value, Mapping):
        return sum(map(size_of, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(size_of, value))
    if is_dataclass(value) and not isinstance(value, type):
        return sum(size_of(getattr(value, field.name)) for field in fields(value))
    return 0


def _make_way() -> None:
    """Give threads that serve pages priority over this one, on systems that allow it."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), POLITE)


@cache
def _backroom() -> Backroom:
    return Backroom()


def later(key: Hashable, compute: Callable[[], T]) -> Outcome[T]:
    """The state of the computation that ``key`` names, such as (what, a checkpoint's digest).

    The page goes on without the result. A new computation starts only in ``await_later``, at the
    end of the page, so that it does not take the processor from a page being drawn; the page runs
    again when the result is ready. ``compute`` runs in a thread and must not use Streamlit. A
    ValueError, whose message is written for visitors, comes back as ``trouble``; any other
    exception is raised here.
    """
    future = _backroom().find(key)
    if future is None or not future.done():
        st.session_state.setdefault(_AWAITED, {})[key] = compute
        return Outcome(ready=False)
    try:
        return Outcome(ready=True, value=future.result())
    except ValueError as error:
        return Outcome(ready=True, trouble=str(error))
    except BaseException:
        _backroom().forget(key)
        raise


def await_later() -> None:
    """To be called at the end of a page: starts the computations that the page asked for, and runs
    the page again when one of them is ready."""
    awaited: dict[Hashable, Callable[[], object]] = st.session_state.pop(_AWAITED, {})
    if awaited:
        futures = [_backroom().ask(key, compute) for key, compute in awaited.items()]
        st.fragment(run_every=LOOK_SECONDS)(_look)(futures)


def _look(futures: list[Future]) -> None:
    if any(future.done() for future in futures):
        st.rerun()
