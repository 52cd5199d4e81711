"""What a Dask worker does for a job: run its child, and pass on what the two sides say."""

import os
import threading
from contextlib import suppress
from typing import Any

from distributed import Client, Queue, Variable, get_client

from explorer.background.jobs.orders import Order, joined
from explorer.background.processes import Child, Message

CHILD = "explorer.background.jobs.child"
PATIENCE = 30.0  # seconds; if the owner says nothing for longer, it is gone
FAREWELL = 5.0  # seconds that a child gets to send its last epoch home when it is stopped
LISTEN_SECONDS = 0.5
STATE_SECONDS = 3.0  # the state is there before the task is, unless the task was cancelled
IDLE_SECONDS = 60.0  # that a child without an order is kept
_IDLE: list[tuple[Child, threading.Timer]] = []
_IDLE_LOCK = threading.Lock()
HERE: dict[str, Any] = {"kind": "here"}  # what the owner says now and then


def inbox_name(key: str) -> str:
    """The queue in which a task finds what its owner wants."""
    return f"{key}-wants"


def state_name(key: str, index: int) -> str:
    """The variable that holds the last finished epoch of a run, sealed; empty if there is none.

    It lies with the scheduler: when a worker dies, the one that takes over goes on from there.
    """
    return f"{key}-state-{index}"


def describe_worker() -> dict[str, Any]:
    """What a worker can do; asked of every worker of a cluster before it is given a job."""
    from explorer.training.hardware import best_device

    return {"cores": os.cpu_count() or 1, "device": best_device().type}


def run_task(key: str, outbox: str, order_json: str) -> None:
    """Train an order in a child of this worker, to its end.

    Args:
        key: of the task, unique.
        outbox: the owner's queue, for (key, head, body).
        order_json: the Order.
    """
    client = get_client()
    order = Order.model_validate_json(order_json).model_copy(update={"ticket": key})
    said: Any = Queue(outbox, client=client)
    states: list[Any] = [
        Variable(state_name(key, index), client=client) for index in range(len(order.runs))
    ]
    try:
        for index in range(len(order.runs)):
            said.put((key, {"kind": "starting", "run": index}, b""))
        try:
            contents = [bytes(state.get(timeout=STATE_SECONDS)) for state in states]
        except TimeoutError:
            return  # cancelled before it began
        _Shift(client, key, order, said, states).work(contents)
    finally:
        said.close()


class _Shift:
    """One task at work: its child, and the thread that hears what the owner wants."""

    def __init__(
        self, client: Client, key: str, order: Order, said: Any, states: list[Any]
    ) -> None:
        self._client, self._key, self._order = client, key, order
        self._said, self._states = said, states
        self._child = _take_child()
        self._over = threading.Event()
        self._guard = threading.Lock()  # held to end the child, and to let go of it
        self._why = ""

    def work(self, contents: list[bytes]) -> None:
        """Pass on what child and owner say until the order is done or the child has died."""
        listener = threading.Thread(target=self._listen, daemon=True)
        lengths, body = joined(contents)
        order = Message({"order": self._order.model_dump(mode="json"), "states": lengths}, body)
        last: dict[str, Any] = {}
        try:
            listener.start()
            last = self._pass_on(order)
            if not last and not self._why:  # it was killed while it waited for an order
                with self._guard:
                    self._child.close()
                    self._child = Child(CHILD)
                last = self._pass_on(order)
            if last.get("kind") != "end":
                reason = self._why or self._child.why_it_ended()
                self._said.put((self._key, {"kind": "died", "reason": reason}, b""))
        finally:
            with self._guard:
                self._over.set()
            if last.get("good"):
                _put_back(self._child)
            else:
                self._child.close()
            listener.join()

    def _pass_on(self, order: Message) -> dict[str, Any]:
        """Give the child its order and pass on what it says: the last head, empty if none."""
        head: dict[str, Any] = {}
        self._child.send(order)
        for message in self._child.messages():
            head, content = message.head, message.body
            if head["kind"] == "state":
                self._states[head["run"]].set(content)
                content = b""
            self._said.put((self._key, head, content))
            if head["kind"] == "end":
                break
        return head

    def _listen(self) -> None:
        """Pass on what the owner wants; end the child when it wants no more, or is gone."""
        inbox: Any = Queue(inbox_name(self._key), client=self._client)
        silence = 0.0
        while not self._over.is_set() and silence < PATIENCE:
            try:
                head = inbox.get(timeout=LISTEN_SECONDS)
            except TimeoutError:
                silence += LISTEN_SECONDS
                continue
            except Exception:  # the scheduler is gone, and with it the owner
                break
            silence = 0.0
            if head == HERE:
                continue
            self._child.send(Message({**head, "ticket": self._key}))
            if head["kind"] == "stop" and not self._over.wait(FAREWELL):
                break
        with self._guard:
            if not self._over.is_set():
                self._why = "nobody was there any more to take its result"
                self._child.kill()
        with suppress(Exception):  # whoever owned the queue may be gone
            inbox.close()


def _take_child() -> Child:
    """A child that waits for an order, or a new one."""
    with _IDLE_LOCK:
        while _IDLE:
            child, timer = _IDLE.pop()
            timer.cancel()
            if child.alive:
                return child
    return Child(CHILD)


def _put_back(child: Child) -> None:
    """Keep a child for the next order; not for long, since it holds memory."""
    timer = threading.Timer(IDLE_SECONDS, _dismiss, args=(child,))
    timer.daemon = True
    with _IDLE_LOCK:
        _IDLE.append((child, timer))
    timer.start()


def _dismiss(child: Child) -> None:
    with _IDLE_LOCK:
        kept = [pair for pair in _IDLE if pair[0] is not child]
        mine = len(kept) < len(_IDLE)
        _IDLE[:] = kept
    if mine:
        child.close()
