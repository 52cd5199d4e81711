"""Processes that train, and an order in the hands of one: the same here and on a cluster."""

import threading
from collections.abc import Callable
from typing import Any

from explorer.background.processes import Child, Message

CHILD = "explorer.background.jobs.child"
FAREWELL = 5.0  # seconds that a process gets to say how far it is when it is stopped


class Pool:
    """Processes that wait for an order, so that not every order has to wait for torch.

    Args:
        niceness: theirs, beyond our own.
    """

    def __init__(self, niceness: int = 0) -> None:
        self._niceness = niceness
        self._idle: list[Child] = []  # some may have ended: they do after a while without an order
        self._lock = threading.Lock()
        self._closed = False

    def take(self) -> Child:
        """A process that waits, or a new one; it is the caller's to close or to put back."""
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
        """End those that wait, now and later."""
        with self._lock:
            self._closed = True
            while self._idle:
                self._idle.pop().close()


class Errand:
    """One order on its way through a process; any thread may tell it something.

    Args:
        pool: where the process comes from and goes to.
        order: what it is told, see ``child``.
    """

    def __init__(self, pool: Pool, order: Message) -> None:
        self._pool, self._order = pool, order
        self._child: Child | None = None  # while it is at it
        self._guard = threading.Lock()  # held to end the child, and to let go of it
        self._stopped = ""  # why it is to end before its time

    def run(self, hear: Callable[[Message], None]) -> None:
        """Have the order done and pass on all that is said, at last ``end``, or ``died`` with the
        reason."""
        last, reason = self._hand_over(hear)
        if not last and not self._stopped:  # the process was killed while it waited
            last, reason = self._hand_over(hear)
        if last.get("kind") != "end":
            hear(Message({"kind": "died", "reason": self._stopped or reason}))

    def tell(self, head: dict[str, Any]) -> None:
        """Tell the process something, if there is one."""
        with self._guard:
            child = self._child
        if child:
            child.send(Message({**head, "ticket": self._order.head["order"]["ticket"]}))

    def stop(self, why: str) -> None:
        """End it before its time, when the process has said how far it is."""
        with self._guard:
            self._stopped = self._stopped or why
        self.tell({"kind": "stop"})
        timer = threading.Timer(FAREWELL, self.kill, args=(why,))
        timer.daemon = True
        timer.start()

    def kill(self, why: str) -> None:
        """End it now."""
        with self._guard:
            self._stopped = self._stopped or why
            if self._child:
                self._child.kill()

    def _hand_over(self, hear: Callable[[Message], None]) -> tuple[dict[str, Any], str]:
        """Give the order to a process: its last word, and why it is gone if it is."""
        last: dict[str, Any] = {}
        child, reason = self._pool.take(), ""
        try:
            if not self._stopped:
                child.send(self._order)
                if self._is_late_with(child):
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

    def _is_late_with(self, child: Child) -> bool:
        """Note which process is at it; whether it is to end already."""
        with self._guard:
            self._child = child
            return bool(self._stopped)
