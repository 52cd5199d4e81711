"""What is made once per server and shared by all sessions, bounded in bytes.

Streamlit's caches are bounded in entries only: sixty-four models may take 1 MB each or 80.
"""

import inspect
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from contextlib import suppress
from functools import wraps
from typing import Any, TypeVar

from explorer.background.memory import give_back
from explorer.session.sizes import sizes_of

T = TypeVar("T")

MOST_BYTES = 5 * 2**25  # of all that is shared, approximately: all default views of the gallery
MOST_ENTRIES = 1024
WEIGHED_EVERY = 1.0  # seconds, at most; things grow while they are kept


class SharedThings:
    """Things by their keys; those that were not asked for longest are forgotten first.

    What a session still holds is not made a second time, even if it was forgotten here: otherwise
    each of thirty visitors might come to hold a model of its own.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, most_entries: int = MOST_ENTRIES) -> None:
        self._most_bytes, self._most_entries = most_bytes, most_entries
        self._things: OrderedDict[Hashable, Any] = OrderedDict()
        self._held: weakref.WeakValueDictionary[Hashable, Any] = weakref.WeakValueDictionary()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()
        self._weighed = 0.0

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The thing with this key; made by the first who asks, while others wait for it."""
        with self._lock:
            if self._knows(key):
                return self._things[key]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if self._knows(key):
                    return self._things[key]
            try:
                made = make()
                with self._lock:
                    self._things[key] = made
                    with suppress(TypeError):  # such as bytes, which nothing can refer to weakly
                        self._held[key] = made
            finally:
                with self._lock:
                    self._making.pop(key, None)
        self._make_room()
        return made

    def _knows(self, key: Hashable) -> bool:
        """Whether there is a thing with this key; if so, it was asked for last."""
        if key not in self._things:
            held = self._held.get(key)
            if held is None:
                return False
            self._things[key] = held
        self._things.move_to_end(key)
        return True

    def _make_room(self) -> None:
        with self._lock:
            while len(self._things) > self._most_entries:
                self._things.popitem(last=False)
            if time.monotonic() - self._weighed < WEIGHED_EVERY:
                return
            self._weighed = time.monotonic()
            taken, kept = 0, 0
            for size in sizes_of(reversed(self._things.values())):
                taken += size
                kept += taken <= self._most_bytes or not kept
            forgotten = len(self._things) - kept
            for _ in range(forgotten):
                self._things.popitem(last=False)
        if forgotten:
            give_back()


_things = SharedThings()


def shared(function: Callable[..., T]) -> Callable[..., T]:
    """Share what a function makes from names and numbers: all sessions get the same object, and
    must not change it. Arguments whose names begin with an underscore follow from the others."""
    signature = inspect.signature(function)

    @wraps(function)
    def found(*given: Any, **named: Any) -> T:
        bound = signature.bind(*given, **named)
        bound.apply_defaults()
        key = (
            function.__module__,
            function.__qualname__,
            *_named(bound.arguments.items()),
        )
        return _things.get(key, lambda: function(*given, **named))

    return found


def _named(arguments: Iterable[tuple[str, Hashable]]) -> list[Hashable]:
    return [value for name, value in arguments if not name.startswith("_")]
