"""Computations for all visitors, one at a time and in slices, in fair turns."""

import os
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from explorer.background.memory import give_back
from explorer.background.processes import POLITE
from explorer.models.pauses import pausing
from explorer.session.results import Results
from explorer.training.threads import use_threads

USUAL_SECONDS = 3.0  # first guess of how long a computation takes
FORGOTTEN = 15.0  # seconds after which what no open page asks for any more is dropped
STUCK = 2.0  # seconds without a pause, after which others go on beside a computation
MOST_BEGUN = 3  # computations that have begun; all but one wait in a pause
MOST_KINDS = 512  # of computations whose durations are known


class Unwanted(BaseException):
    """Raised in a pause: nobody wants the result any more."""


@dataclass(frozen=True)
class Order:
    """A computation to be made.

    Attributes:
        compute: makes the result; it may ``pause``.
        like: computations with the same value are expected to take equally long.
        guess: how many seconds, if none like it has been made yet.
        visitor: whose page asked for it.
    """

    compute: Callable[[], object]
    like: Hashable = None
    guess: float = USUAL_SECONDS
    visitor: Hashable = None


@dataclass
class _Unfinished:
    """An order that is not finished.

    Attributes:
        future: its result.
        asked: when each visitor's page last asked for it.
        spent: seconds that it has been computed for, up to its last pause.
        since: when it last began, continued or made a pause; None while it waits.
        tag: once begun, when it would be finished if all visitors were served at the same time.
    """

    order: Order
    future: Future
    asked: dict[Hashable, float]
    spent: float = 0.0
    since: float | None = None
    tag: float | None = None

    def used(self, now: float) -> float:
        return self.spent + (0.0 if self.since is None else now - self.since)


@dataclass
class _Service:
    """How many seconds of computation were granted to each visitor, latest visitors last."""

    granted: OrderedDict[Hashable, float] = field(default_factory=OrderedDict)
    present: float = 0.0  # the time in which what is computed now began

    def start(self, visitor: Hashable) -> float:
        """When the next computation of a visitor begins; who was away gains nothing by it."""
        return max(self.granted.get(visitor, 0.0), self.present)

    def grant(self, visitor: Hashable, seconds: float) -> float:
        """Grant seconds to a visitor; returns when they end."""
        self.present = self.start(visitor)
        self.granted[visitor] = self.present + seconds
        self.granted.move_to_end(visitor)
        _shorten(self.granted)
        return self.granted[visitor]


class Backroom:
    """Computes for all visitors, keeps the latest results, and knows how long computations of each
    kind took the last time.

    One computation goes on at a time, unless it makes no pauses. In its pauses another may take its
    place: that which would end first if all visitors were served at the same time and at the same
    pace (fair queueing, Demers et al. 1989). So the small comes before the large, one who wants
    twenty results does not keep another waiting for all of them, and nothing waits forever. What no
    open page asks for any more is dropped, even if it has begun.
    """

    def __init__(self, results: Results | None = None, forgotten: float = FORGOTTEN) -> None:
        self._results = results or Results()
        self._forgotten = forgotten
        self._unfinished: dict[Hashable, _Unfinished] = {}  # in the order in which they came
        self._running: Hashable | None = None
        self._took: OrderedDict[Hashable, float] = OrderedDict()  # seconds, by kind
        self._service = _Service()
        self._change = threading.Condition(threading.RLock())
        self._pool = ThreadPoolExecutor(MOST_BEGUN, "backroom", _make_way)

    def find(self, key: Hashable) -> Future | None:
        """The result of a computation, or None if it was never asked for."""
        with self._change:
            return self._results.find(key)

    def ask(self, key: Hashable, order: Order) -> Future:
        """The result of the computation that ``key`` names; orders it if it was never asked for."""
        with self._change:
            future = self._results.find(key)
            if future is None:
                future = Future()
                self._results.add(key, future)
                self._unfinished[key] = _Unfinished(order, future, {})
            self.still_wanted(order.visitor, [key])
            self._begin_next()
            return future

    def still_wanted(self, visitor: Hashable, keys: Iterable[Hashable]) -> None:
        """To be called again and again while an open page of a visitor waits for these."""
        with self._change:
            for key in keys:
                if key in self._unfinished:
                    self._unfinished[key].asked[visitor] = time.monotonic()

    def only_wanted(self, visitor: Hashable, keys: Collection[Hashable]) -> None:
        """Forget what else a visitor has asked for: their page does not show it any more."""
        with self._change:
            for key, one in self._unfinished.items():
                if key not in keys:
                    one.asked.pop(visitor, None)
            self._drop_unwanted()

    def expected(self, order: Order) -> float:
        """How many seconds a computation is expected to take by itself."""
        return self._took.get(order.like, order.guess)

    def seconds_until(self, key: Hashable) -> float:
        """In how many seconds a computation is expected to be ready; for one that nobody has asked
        for, in how many seconds all others are."""
        with self._change:
            seconds, now = 0.0, time.monotonic()
            for one in self._line():
                unfinished = self._unfinished[one]
                seconds += max(0.0, self.expected(unfinished.order) - unfinished.used(now))
                if one == key:
                    break
            return seconds

    def forget(self, key: Hashable) -> None:
        """Let a computation be tried again."""
        with self._change:
            self._results.forget(key)
            self._unfinished.pop(key, None)

    def _line(self) -> list[Hashable]:
        """What is not finished, in the order in which it will be."""
        tags: dict[Hashable, float] = {}
        waiting: dict[Hashable, list[Hashable]] = {}
        for key, one in self._unfinished.items():
            if one.tag is None:
                waiting.setdefault(one.order.visitor, []).append(key)
            else:
                tags[key] = one.tag
        for visitor, keys in waiting.items():
            end = self._service.start(visitor)
            orders = {key: self._unfinished[key].order for key in keys}
            for key in sorted(keys, key=lambda key: self.expected(orders[key])):
                end += self.expected(orders[key])
                tags[key] = end
        return sorted(self._unfinished, key=tags.__getitem__)

    def _first(self) -> Hashable | None:
        """What is to be computed now."""
        begun = sum(one.tag is not None for one in self._unfinished.values())
        for key in self._line():
            if begun < MOST_BEGUN or self._unfinished[key].tag is not None:
                return key
        return None

    def _begin_next(self) -> None:
        """Begin or continue what comes first, if nothing is being computed."""
        self._drop_unwanted()
        if self._running is not None or (key := self._first()) is None:
            return None
        one = self._unfinished[key]
        if one.tag is None:
            if not one.future.set_running_or_notify_cancel():  # cancelled just now
                self.forget(key)
                return self._begin_next()
            one.tag = self._service.grant(one.order.visitor, self.expected(one.order))
            one.since = time.monotonic()
            self._pool.submit(self._make, key, one)
        self._running, one.since = key, one.since or time.monotonic()
        self._change.notify_all()
        return None

    def _is_wanted(self, one: _Unfinished) -> bool:
        now = time.monotonic()
        return any(now - asked < self._forgotten for asked in one.asked.values())

    def _drop_unwanted(self) -> None:
        """Drop what nobody waits for any more; what has begun ends in its next pause."""
        for key, one in [*self._unfinished.items()]:
            if one.tag is None and (one.future.cancelled() or not self._is_wanted(one)):
                one.future.cancel()
                self.forget(key)
        self._change.notify_all()

    def _pause(self, key: Hashable, one: _Unfinished) -> None:
        """Let another computation go first if it would end first; called in its own thread."""
        with self._change:
            if not self._is_wanted(one):
                raise Unwanted
            self._drop_unwanted()
            if self._first() == key:
                one.spent, one.since = one.used(time.monotonic()), time.monotonic()
                return
            self._rest(key, one)
            while self._running != key and not self._is_stuck():
                self._change.wait(STUCK / 4)
                if not self._is_wanted(one):
                    raise Unwanted
            one.since = time.monotonic()

    def _is_stuck(self) -> bool:
        """Whether what is computed makes no pauses. It may wait for what another holds that has
        paused, so the others go on beside it."""
        running = self._unfinished.get(self._running)
        since = running.since if running else None
        return since is not None and time.monotonic() - since > STUCK

    def _rest(self, key: Hashable, one: _Unfinished) -> None:
        """Let another computation go on, when this one pauses or has ended."""
        one.spent, one.since = one.used(time.monotonic()), None
        if self._running == key:
            self._running = None
        self._begin_next()

    def _make(self, key: Hashable, one: _Unfinished) -> None:
        outcome, failure = None, None
        try:
            with pausing(lambda: self._pause(key, one)):
                outcome = one.order.compute()
        except BaseException as error:
            failure = error
        give_back()
        with self._change:
            if isinstance(failure, Unwanted):
                self.forget(key)
            else:
                self._took[one.order.like] = one.used(time.monotonic())
                self._took.move_to_end(one.order.like)
                _shorten(self._took)
            if self._unfinished.get(key) is one:
                del self._unfinished[key]
        if failure is None:
            one.future.set_result(outcome)
        else:
            one.future.set_exception(failure)
        with self._change:
            self._results.make_room()
            self._rest(key, one)


def _shorten(kept: OrderedDict) -> None:
    while len(kept) > MOST_KINDS:
        kept.popitem(last=False)


def _make_way() -> None:
    """Give threads that serve pages priority over this one, on systems that allow it."""
    use_threads()
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), POLITE)
