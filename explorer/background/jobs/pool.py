"""Training processes and the orders they carry out, both locally and on a cluster."""

import threading
from collections.abc import Callable
from typing import Any

from explorer.background.processes import Child, Message

CHILD = "explorer.background.jobs.child"
FAREWELL = 5.0  # seconds that a stopped process has to send its state before it is killed


class Pool:
    """Idle processes that wait for orders, so that not every order has to wait for torch to load.

    Args:
        niceness: of the processes, added to our own.
    """

    def __init__(self, niceness: int = 0) -> None:
        self._niceness = niceness
        self._idle: list[Child] = []  # some may have ended, after a while without an order
        self._lock = threading.Lock()
        self._closed = False

    def take(self) -> Child:
        """An idle process or a new one; the caller must close it or put it back."""
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.alive:
                    return child
                child.close()
        return Child(CHILD, self._niceness)

    def put_back(self, child: Child) -> None:
        """Keep a process for the next order."""
        with self._lock:
            if not self._closed:
                self._idle.append(child)
                return
        child.close()

    def close(self) -> None:
        """End all idle processes, and those put back later."""
        with self._lock:
            self._closed = True
            while self._idle:
                self._idle.pop().close()


class Errand:
    """One order carried out by a process. Thread-safe.

    Args:
        pool: provides the process and takes it back.
        order: the first message to the process, see ``child``.
    """

    def __init__(self, pool: Pool, order: Message) -> None:
        self._pool, self._order = pool, order
        self._child: Child | None = None  # while it carries out the order
        self._guard = threading.Lock()  # held to kill the child, and to forget it
        self._stopped = ""  # why it was stopped early; empty if it was not

    def run(self, hear: Callable[[Message], None]) -> None:
        """Carry out the order and pass on every message; the last is ``end``, or ``died`` with a
        reason."""
        last, reason = self._hand_over(hear)
        if not last and not self._stopped:  # the process had been killed while it was idle
            last, reason = self._hand_over(hear)
        if last.get("kind") != "end":
            hear(Message({"kind": "died", "reason": self._stopped or reason}))

    def tell(self, head: dict[str, Any]) -> None:
        """Send a message to the process, if there is one."""
        with self._guard:
            child = self._child
        if child:
            child.send(Message({**head, "ticket": self._order.head["order"]["ticket"]}))

    def stop(self, why: str) -> None:
        """Stop early: the process may first send its state, for ``FAREWELL`` seconds."""
        with self._guard:
            self._stopped = self._stopped or why
        self.tell({"kind": "stop"})
        timer = threading.Timer(FAREWELL, self.kill, args=(why,))
        timer.daemon = True
        timer.start()

    def kill(self, why: str) -> None:
        """Kill the process now."""
        with self._guard:
            self._stopped = self._stopped or why
            if self._child:
                self._child.kill()

    def _hand_over(self, hear: Callable[[Message], None]) -> tuple[dict[str, Any], str]:
        """Run the order in a process; returns its last message, and why it ended if it did."""
        last: dict[str, Any] = {}
        child, reason = self._pool.take(), ""
        try:
            if not self._stopped:
                child.send(self._order)
                if self._was_stopped_before(child):
                    self.tell({"kind": "stop"})
                for message in child.messages():
                    last = message.head
                    hear(message)
                    if last["kind"] == "end":
                        break
        finally:
            with self._guard:
                self._child = None
            if child.alive and last.get("good", not last):
                self._pool.put_back(child)
            else:
                child.kill()
                reason = child.why_it_ended()
                child.close()
        return last, reason

    def _was_stopped_before(self, child: Child) -> bool:
        """Record which process is used; returns whether the order was already stopped."""
        with self._guard:
            self._child = child
            return bool(self._stopped)
