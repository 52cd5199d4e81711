"""What a Dask worker does for a job: run its child, and pass on what the two sides say."""

import os
import threading
from typing import Any

from distributed import Client, Queue, Variable, get_client

from explorer.jobs.orders import Order, joined
from explorer.processes import Child, Message

PATIENCE = 30.0  # seconds; if the owner says nothing for longer, it is gone
FAREWELL = 5.0  # seconds that a child gets to send its last epoch home when it is stopped
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
    order = Order.model_validate_json(order_json)
    said: Any = Queue(outbox, client=client)
    states = [Variable(state_name(key, index), client=client) for index in range(len(order.runs))]
    for index in range(len(order.runs)):
        said.put((key, {"kind": "starting", "run": index}, b""))
    contents = [bytes(state.get(timeout=PATIENCE)) for state in states]
    child = _take_child(order.threads)
    over = threading.Event()
    listener = threading.Thread(target=_listen, args=(client, key, child, over), daemon=True)
    try:
        listener.start()
        lengths, body = joined(contents)
        child.send(Message({"order": order.model_dump(mode="json"), "states": lengths}, body))
        for message in child.messages():
            head, content = message.head, message.body
            if head["kind"] == "state":
                states[head["run"]].set(content)
                content = b""
            if head["kind"] == "end":
                over.set()
            said.put((key, head, content))
            if over.is_set():
                _put_back(child)
                return
        said.put((key, {"kind": "died", "reason": child.why_it_ended()}, b""))
        child.close()
    except BaseException:
        child.close()
        raise
    finally:
        over.set()


def _take_child(threads: int) -> Child:
    """A child that waits for an order, or a new one."""
    with _IDLE_LOCK:
        while _IDLE:
            child, timer = _IDLE.pop()
            timer.cancel()
            if child.alive:
                return child
    return Child("explorer.jobs.child", threads)


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


def _listen(client: Client, key: str, child: Child, over: threading.Event) -> None:
    """Pass on what the owner wants; end the child when it wants no more, or is gone."""
    inbox: Any = Queue(inbox_name(key), client=client)
    silence = 0.0
    while not over.is_set() and silence < PATIENCE:
        try:
            head = inbox.get(timeout=1)
        except TimeoutError:
            silence += 1
            continue
        silence = 0
        if head == HERE or over.is_set():
            continue
        child.send(Message(head))
        if head["kind"] == "stop" and not over.wait(FAREWELL):
            break
    if not over.is_set():
        child.kill()
