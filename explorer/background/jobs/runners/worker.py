"""A task on a Dask worker: asks the owner for the order, runs it in a child process, and passes
messages on in both directions.

All messages to the owner go through one queue. Messages from the owner go through a queue that the
worker opens for this attempt. If a worker dies, the one that takes over gets a new order with the
last epoch that the owner received. Late messages of a worker that was presumed dead are recognised
by the name of its queue.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

from distributed import Client, Queue, get_client, get_worker

from explorer.background.jobs.pool import Errand, Pool
from explorer.background.processes import Message

LOOK_SECONDS = 0.5  # between two checks whether the task is still wanted
PATIENCE = 60.0  # seconds to wait for room in the owner's queue
MOST_UNHEARD = 64  # messages in a queue, so that states do not pile up in the scheduler
_POOL = Pool()  # at normal priority: a worker has nothing else to do


def describe_worker() -> dict[str, Any]:
    """A worker's cores and device; called on every worker before a cluster gets tasks."""
    from explorer.training.hardware import best_device

    return {"cores": os.cpu_count() or 1, "device": best_device().type}


def open_queue(name: str, client: Client) -> Any:
    """Open the queue of a task or a board; the first to open it creates it."""
    return Queue(name, client=client, maxsize=MOST_UNHEARD)


def run_task(key: str, outbox: str) -> None:
    """Get an order from the owner and carry it out.

    Args:
        key: of the task, which is also its Dask key.
        outbox: name of the owner's queue, for (key, name of the attempt's queue, head, body).
    """
    client, inbox = get_client(), f"{key}-{uuid4().hex[:8]}"
    said, wishes = open_queue(outbox, client), open_queue(inbox, client)
    over = threading.Event()

    def say(message: Message) -> None:
        said.put((key, inbox, message.head, message.body), timeout=PATIENCE)

    def wanted() -> Iterator[Message]:
        """Messages from the owner, as long as the scheduler assigns the task to this worker: it
        does not once the task was cancelled or the owner is gone."""
        while not over.is_set():
            try:
                head, body = wishes.get(timeout=LOOK_SECONDS)
                yield Message(head, bytes(body))
            except TimeoutError:
                if key not in client.processing([address])[address]:
                    return

    address = get_worker().address
    try:
        say(Message({"kind": "ready"}))
        messages = wanted()
        order = next(messages, None)
        if order:
            _train(Errand(_POOL, order), say, messages, over)
    finally:
        for queue in (said, wishes):
            queue.close()


def _train(
    errand: Errand,
    say: Callable[[Message], None],
    messages: Iterator[Message],
    over: threading.Event,
) -> None:
    """Run an errand and pass messages on to it; stop it when ``messages`` ends."""

    def listen() -> None:
        with suppress(Exception):  # the scheduler is gone, and so is the owner
            for message in messages:
                errand.tell(message.head)
        if not over.is_set():
            errand.stop("the task is no longer wanted")

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        errand.run(say)
    finally:
        over.set()
        listener.join()
