"""What a Dask worker does for a task: asks what is to be trained, has it done in a process of its
own, and passes on what the two sides say.

All that is said to the owner goes through one queue. What the owner says goes through one that the
worker opens for this attempt: after a worker's death the one that takes over is told anew, with the
last epoch that came home, and whatever a worker says that was thought dead is known by its queue.
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

LOOK_SECONDS = 0.5  # between two looks whether the task is still wanted
PATIENCE = 60.0  # seconds that the owner may take until it hears what it is told
MOST_UNHEARD = 64  # messages that wait for the owner, lest states pile up with the scheduler
_POOL = Pool()  # not polite: a worker is there for nothing else


def describe_worker() -> dict[str, Any]:
    """What a worker can do; asked of every worker of a cluster before it is given a task."""
    from explorer.training.hardware import best_device

    return {"cores": os.cpu_count() or 1, "device": best_device().type}


def open_queue(name: str, client: Client) -> Any:
    """A queue of a task or a board; whoever is the first to open it makes it."""
    return Queue(name, client=client, maxsize=MOST_UNHEARD)


def run_task(key: str, outbox: str) -> None:
    """Train what the owner says, to its end.

    Args:
        key: of the task, which is its key for Dask too.
        outbox: the owner's queue, for (key, name of the attempt's queue, head, body).
    """
    client, inbox = get_client(), f"{key}-{uuid4().hex[:8]}"
    said, wishes = open_queue(outbox, client), open_queue(inbox, client)
    over = threading.Event()

    def say(message: Message) -> None:
        said.put((key, inbox, message.head, message.body), timeout=PATIENCE)

    def wanted() -> Iterator[Message]:
        """What the owner says, for as long as the task is to be done, and done here: the scheduler
        knows when it was cancelled, and when the owner is gone."""
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
    """Have an errand run, and tell it what comes in meanwhile; when no more comes, it is to end."""

    def listen() -> None:
        with suppress(Exception):  # the scheduler is gone, and with it the owner
            for message in messages:
                errand.tell(message.head)
        if not over.is_set():
            errand.stop("nobody wants it any more")

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        errand.run(say)
    finally:
        over.set()
        listener.join()
