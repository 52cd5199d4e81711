"""Results too slow for a page to wait for: computed in the background, shown when ready."""

import os
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Generic, TypeVar

import numpy as np
import streamlit as st
import torch

from explorer.background.memory import give_back
from explorer.background.processes import POLITE

T = TypeVar("T")

LOOK_SECONDS = 0.3  # between two checks for results
MOST_KEPT = 512  # results, of all visitors together
MOST_BYTES = 2**27  # of all these results, approximately
USUAL_SECONDS = 3.0  # first guess of how long a computation takes
_AWAITED = "what this page waits for"


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """The state of a computation.

    Attributes:
        ready: whether it has ended.
        value: its result; None until it is ready, or if it failed.
        trouble: a sentence that says why it failed; empty if it did not.
        about: if it is not ready, the expected number of seconds until it is, with those for
            which other computations come first.
    """

    ready: bool
    value: T | None = None
    trouble: str = ""
    about: float = 0.0


@dataclass(frozen=True)
class Order:
    """A computation to be made.

    Attributes:
        compute: makes the result.
        like: computations with the same value are expected to take equally long.
        guess: how many seconds, if none like it has been made yet.
    """

    compute: Callable[[], object]
    like: Hashable = None
    guess: float = USUAL_SECONDS


class Backroom:
    """One thread that computes for all visitors, keeps the latest results, and knows how long
    computations of each kind took the last time."""

    def __init__(self, most_kept: int = MOST_KEPT, most_bytes: int = MOST_BYTES) -> None:
        self._most_kept, self._most_bytes = most_kept, most_bytes
        self._results: OrderedDict[Hashable, Future] = OrderedDict()
        self._waiting: dict[Hashable, Order] = {}  # not finished yet, in their order
        self._took: OrderedDict[Hashable, float] = OrderedDict()  # seconds, by kind
        self._began = 0.0  # when the present one began
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, "backroom", _make_way)

    def find(self, key: Hashable) -> Future | None:
        """The result of a computation, or None if it was never asked for."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)

    def ask(self, key: Hashable, order: Order) -> Future:
        """The result of the computation that ``key`` names; starts it if it was never asked for."""
        with self._lock:
            future = self._results.get(key)
            if future is None:
                self._waiting[key] = order
                future = self._results[key] = self._pool.submit(self._make, key, order)
            self._results.move_to_end(key)
            self._make_room()
            return future

    def expected(self, order: Order) -> float:
        """How many seconds a computation is expected to take by itself."""
        return self._took.get(order.like, order.guess)

    def seconds_until(self, key: Hashable) -> float:
        """In how many seconds a computation is expected to be ready; for one that nobody has asked
        for, in how many seconds it could begin."""
        with self._lock:
            seconds, now = 0.0, time.monotonic()
            for place, (waiting, order) in enumerate(self._waiting.items()):
                gone = now - self._began if place == 0 and self._began else 0.0
                seconds += max(0.0, self.expected(order) - gone)
                if waiting == key:
                    break
            return seconds

    def _make(self, key: Hashable, order: Order) -> object:
        self._began = start = time.monotonic()
        try:
            return order.compute()
        finally:
            give_back()
            with self._lock:
                self._took[order.like] = time.monotonic() - start
                self._took.move_to_end(order.like)
                while len(self._took) > self._most_kept:
                    self._took.popitem(last=False)
                self._waiting.pop(key, None)
                self._began = 0.0

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
            self._waiting.pop(key, None)


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


def later(
    key: tuple[Hashable, ...],
    compute: Callable[[], T],
    *,
    like: Hashable = None,
    guess: float = USUAL_SECONDS,
) -> Outcome[T]:
    """The state of the computation that ``key`` names, such as (what, a checkpoint's digest).

    The page goes on without the result. A new computation starts only in ``await_later``, at the
    end of the page, so that it does not take the processor from a page being drawn; the page runs
    again when the result is ready. ``compute`` runs in a thread and must not use Streamlit. A
    ValueError, whose message is written for visitors, comes back as ``trouble``; any other
    exception is raised here.

    Args:
        key: names the computation.
        compute: makes the result.
        like: computations with the same value take about equally long; by default those whose key
            begins with the same item.
        guess: how many seconds, as long as none like it has been made on this machine.
    """
    room = _backroom()
    future = room.find(key)
    if future is None or not future.done():
        awaited: dict[Hashable, Order] = st.session_state.setdefault(_AWAITED, {})
        awaited[key] = Order(compute, key[0] if like is None else like, guess)
        about = room.seconds_until(key)
        if future is None:  # it comes after what this page has asked for before
            about += sum(room.expected(awaited[one]) for one in awaited if not room.find(one))
        return Outcome(ready=False, about=about)
    try:
        return Outcome(ready=True, value=future.result())
    except ValueError as error:
        return Outcome(ready=True, trouble=str(error))
    except BaseException:
        room.forget(key)
        raise


def await_later() -> None:
    """To be called at the end of a page: starts the computations that the page asked for, and runs
    the page again when one of them is ready."""
    awaited: dict[Hashable, Order] = st.session_state.pop(_AWAITED, {})
    if awaited:
        futures = [_backroom().ask(key, order) for key, order in awaited.items()]
        st.fragment(run_every=LOOK_SECONDS)(_look)(futures)


def _look(futures: list[Future]) -> None:
    if any(future.done() for future in futures):
        st.rerun()
