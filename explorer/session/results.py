"""The latest results of computations, bounded in number and in bytes."""

from collections import OrderedDict
from collections.abc import Hashable
from concurrent.futures import Future

from explorer.session.sizes import size_of

MOST_KEPT = 512  # results, of all visitors together
MOST_BYTES = 2**26  # of all these results, approximately


class Results:
    """Results by their keys; those that were not asked for longest are forgotten first. Those that
    are not ready are never forgotten."""

    def __init__(self, most_kept: int = MOST_KEPT, most_bytes: int = MOST_BYTES) -> None:
        self._most_kept, self._most_bytes = most_kept, most_bytes
        self._futures: OrderedDict[Hashable, Future] = OrderedDict()

    def find(self, key: Hashable) -> Future | None:
        """The result with this key, if there is one."""
        if key in self._futures:
            self._futures.move_to_end(key)
        return self._futures.get(key)

    def add(self, key: Hashable, future: Future) -> None:
        """Add a result, which need not be ready."""
        self._futures[key] = future
        self.make_room()

    def forget(self, key: Hashable) -> None:
        """Forget a result."""
        self._futures.pop(key, None)

    def make_room(self) -> None:
        """Forget results beyond the limits."""
        taken = 0
        for number, (key, future) in enumerate(reversed([*self._futures.items()])):
            if not future.done():
                continue
            taken += 0 if future.cancelled() or future.exception() else size_of(future.result())
            if number >= self._most_kept or (taken > self._most_bytes and number):
                del self._futures[key]
