"""One thread that computes for all visitors, who take turns."""

import os
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields, is_dataclass
from itertools import chain, zip_longest

import numpy as np
import torch

from explorer.background.memory import give_back
from explorer.background.processes import POLITE

MOST_KEPT = 512  # results, of all visitors together
MOST_BYTES = 2**27  # of all these results, approximately
USUAL_SECONDS = 3.0  # first guess of how long a computation takes
FORGOTTEN = 15.0  # seconds after which what no open page asks for any more is not begun


@dataclass(frozen=True)
class Order:
    """A computation to be made.

    Attributes:
        compute: makes the result.
        like: computations with the same value are expected to take equally long.
        guess: how many seconds, if none like it has been made yet.
        visitor: whose page asked for it.
    """

    compute: Callable[[], object]
    like: Hashable = None
    guess: float = USUAL_SECONDS
    visitor: Hashable = None


@dataclass
class _Waiting:
    """An order that is not finished: its result, and when a page last asked for it."""

    order: Order
    future: Future
    asked: float


class Backroom:
    """One thread that computes for all visitors, keeps the latest results, and knows how long
    computations of each kind took the last time.

    Visitors take turns: one who wants twenty results does not keep another waiting for all of them.
    What was asked for by a page that is no longer open is dropped before it begins.
    """

    def __init__(
        self,
        most_kept: int = MOST_KEPT,
        most_bytes: int = MOST_BYTES,
        forgotten: float = FORGOTTEN,
    ) -> None:
        self._most_kept, self._most_bytes, self._forgotten = most_kept, most_bytes, forgotten
        self._results: OrderedDict[Hashable, Future] = OrderedDict()
        self._waiting: dict[Hashable, _Waiting] = {}  # in the order in which they came
        self._running: Hashable | None = None
        self._began = 0.0  # when the present one began
        self._took: OrderedDict[Hashable, float] = OrderedDict()  # seconds, by kind
        self._served: OrderedDict[Hashable, None] = OrderedDict()  # visitors, the last one last
        self._lock = threading.RLock()
        self._pool = ThreadPoolExecutor(1, "backroom", _make_way)

    def find(self, key: Hashable) -> Future | None:
        """The result of a computation, or None if it was never asked for."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)

    def ask(self, key: Hashable, order: Order) -> Future:
        """The result of the computation that ``key`` names; orders it if it was never asked for."""
        with self._lock:
            future = self._results.get(key)
            if future is None:
                future = self._results[key] = Future()
                self._waiting[key] = _Waiting(order, future, time.monotonic())
                self._pool.submit(self._make_next)
            self.still_wanted([key])
            self._results.move_to_end(key)
            self._make_room()
            return future

    def still_wanted(self, keys: Iterable[Hashable]) -> None:
        """To be called again and again while an open page waits for these."""
        with self._lock:
            for key in keys:
                if key in self._waiting:
                    self._waiting[key].asked = time.monotonic()

    def expected(self, order: Order) -> float:
        """How many seconds a computation is expected to take by itself."""
        return self._took.get(order.like, order.guess)

    def seconds_until(self, key: Hashable) -> float:
        """In how many seconds a computation is expected to be ready; for one that nobody has asked
        for, in how many seconds all others are."""
        with self._lock:
            seconds = 0.0
            for one in self._line():
                gone = time.monotonic() - self._began if one == self._running else 0.0
                seconds += max(0.0, self.expected(self._waiting[one].order) - gone)
                if one == key:
                    break
            return seconds

    def _line(self) -> list[Hashable]:
        """What is not finished, in the order in which it will be: first what is running, then one
        of each visitor, those first who were served longest ago, and so on."""
        by_visitor: dict[Hashable, list[Hashable]] = {}
        for key, one in self._waiting.items():
            if key != self._running:
                by_visitor.setdefault(one.order.visitor, []).append(key)
        served = {visitor: place for place, visitor in enumerate(self._served)}
        turns = sorted(by_visitor, key=lambda visitor: served.get(visitor, -1))
        rounds = zip_longest(*(by_visitor[visitor] for visitor in turns))
        first = [self._running] if self._running in self._waiting else []
        return [*first, *(key for key in chain.from_iterable(rounds) if key is not None)]

    def _make_next(self) -> None:
        """Make the next result. Called once for each order, so some calls may find none left."""
        with self._lock:
            now = time.monotonic()
            for key, one in [*self._waiting.items()]:
                if one.future.cancelled() or now - one.asked > self._forgotten:
                    one.future.cancel()
                    self.forget(key)
            line = self._line()
            if not line:
                return
            key = line[0]
            order, future = self._waiting[key].order, self._waiting[key].future
            if not future.set_running_or_notify_cancel():  # cancelled just now
                self.forget(key)
                return
            self._running, self._began = key, now
            self._served[order.visitor] = None
            self._served.move_to_end(order.visitor)
            _shorten(self._served, self._most_kept)
        try:
            outcome, failure = order.compute(), None
        except BaseException as error:
            outcome, failure = None, error
        give_back()
        with self._lock:
            self._took[order.like] = time.monotonic() - now
            self._took.move_to_end(order.like)
            _shorten(self._took, self._most_kept)
            if key in self._waiting and self._waiting[key].future is future:
                del self._waiting[key]
            self._running = None
        if failure is None:
            future.set_result(outcome)
        else:
            future.set_exception(failure)

    def _make_room(self) -> None:
        """Forget the least recently used results beyond the limits on their number and size."""
        taken = 0
        for number, key in enumerate(reversed(list(self._results))):
            future = self._results[key]
            if not future.done():
                continue
            taken += 0 if future.cancelled() or future.exception() else size_of(future.result())
            if number >= self._most_kept or (taken > self._most_bytes and number):
                del self._results[key]

    def forget(self, key: Hashable) -> None:
        """Let a computation be tried again."""
        with self._lock:
            self._results.pop(key, None)
            self._waiting.pop(key, None)


def _shorten(kept: OrderedDict, most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)


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
