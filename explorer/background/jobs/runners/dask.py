"""Training on a Dask cluster: sends tasks to its workers and receives their messages."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from distributed import Future

from explorer.background.jobs.job import ACTIVE, Stage
from explorer.background.jobs.pool import FAREWELL
from explorer.background.jobs.runners.base import (
    ON_REQUEST,
    STARTS,
    WAITS,
    ClusterUnreachable,
    Runner,
    Task,
    in_words,
)
from explorer.background.jobs.runners.cluster import Cluster
from explorer.background.jobs.runners.worker import open_queue, run_task
from explorer.background.processes import Message

GIVEN_UP = FAREWELL + 3  # seconds after which a stopped task is over, even if its worker is silent


@dataclass
class Sent:
    """A task that was submitted to Dask.

    Attributes:
        cluster: the cluster it was submitted to.
        future: its Dask future.
        threads: CPU threads that its process may use.
        inbox: name of the queue of the worker that runs it; empty before a worker does.
    """

    cluster: Cluster
    future: Future
    threads: int
    inbox: str = ""


class DaskRunner(Runner):
    """Sends tasks to a cluster, connecting to it when the first task comes.

    Args:
        scheduler: address of the scheduler.
        ended: see ``Runner``.
    """

    def __init__(self, scheduler: str, ended: Callable[[Task], None]) -> None:
        super().__init__(ended)
        self._scheduler = scheduler
        self._cluster: Cluster | None = None
        self._connecting = threading.Lock()
        self._closed = False
        self._outbox = f"explorer-board-{uuid4().hex[:12]}"

    def begin(self, tasks: list[Task]) -> None:
        for task in tasks:
            task.note("connecting to the cluster")
        threading.Thread(target=self._send, args=(tasks,), daemon=True).start()

    def tell(self, task: Task, head: dict[str, Any], body: bytes = b"") -> None:
        sent = task.place
        if sent and sent.inbox:
            with suppress(Exception):  # ``_listen`` notices if the cluster is gone
                queue = open_queue(sent.inbox, sent.cluster.client)
                queue.put((head, body))
                queue.close()

    def end(self, task: Task) -> None:
        with self._lock:
            sent = task.place
        if sent:
            with suppress(Exception):
                sent.future.cancel()
        if sent and sent.inbox:
            # The worker first sends its state; this ends the task if the worker is gone.
            timer = threading.Timer(GIVEN_UP, self.over, (task, Stage.STOPPED, ON_REQUEST))
            timer.daemon = True
            timer.start()
        else:
            self.over(task, Stage.STOPPED, ON_REQUEST)

    def let_go(self) -> None:
        self._closed = True
        if self._cluster:
            self._cluster.close()

    def _send(self, tasks: Sequence[Task]) -> None:
        try:
            cluster = self._connected()
            if cluster.cuda:
                tasks = [self.stack(tasks)]
            # The members of a sweep are trained in parallel, each on one thread; this is faster
            # than one after another on all threads.
            threads = cluster.threads if len(tasks) == 1 else 1
            for task in tasks:
                self._submit(cluster, task, threads)
        except Exception as error:  # Dask may raise anything
            unreachable = isinstance(error, ClusterUnreachable)
            for task in tasks:
                for member in task.members:
                    member.unreachable = unreachable
                self.over(task, Stage.FAILED, str(error) if unreachable else in_words(error))

    def _connected(self) -> Cluster:
        with self._connecting:
            if self._cluster is None or not self._cluster.alive:
                self._cluster = Cluster(self._scheduler)
                threading.Thread(target=self._listen, args=(self._cluster,), daemon=True).start()
            if self._closed:  # while connecting
                self._cluster.close()
                raise ClusterUnreachable("the app was closed")
            return self._cluster

    def _submit(self, cluster: Cluster, task: Task, threads: int) -> None:
        with self._lock:
            if task.over:
                return  # stopped in the meantime
            task.note(WAITS)
            future = cluster.client.submit(
                run_task,
                task.key,
                self._outbox,
                key=task.key,
                pure=False,
                priority=-task.turn,
                resources={"GPU": 1} if cluster.gpus else None,  # only workers with a GPU
            )
            task.place = Sent(cluster, future, threads)
        future.add_done_callback(lambda future: self._done(task, future))

    def _listen(self, cluster: Cluster) -> None:
        """Handle messages from tasks until the cluster is gone."""
        with suppress(Exception):  # a broken connection may raise anything
            outbox = open_queue(self._outbox, cluster.client)
            while cluster.alive:
                try:
                    key, inbox, head, body = outbox.get(timeout=1)
                except TimeoutError:
                    continue
                if task := self._tasks.get(key):
                    self._hear_from(task, inbox, Message(head, bytes(body)))
        for task in self.tasks():
            if task.place and task.place.cluster is cluster:
                self.over(
                    task,
                    Stage.STOPPED,
                    "the connection to the cluster was lost; resume the run to continue",
                )
        cluster.close()

    def _hear_from(self, task: Task, inbox: str, message: Message) -> None:
        with self._lock:  # held while the task is handed to Dask: a worker may answer at once
            sent = task.place
        if sent and message.head["kind"] == "ready":
            sent.inbox = inbox
            task.note(STARTS)
            order = task.order(sent.threads)
            self.tell(task, order.head, order.body)
        elif sent and inbox == sent.inbox:  # else from a worker that was presumed dead
            self.hear(task, message)

    def _done(self, task: Task, future: Future) -> None:
        """Handle the end of a task's future; a task that succeeds has already sent ``end``."""
        if future.status == "error":
            self.over(task, Stage.FAILED, in_words(future.exception()))
        elif future.status != "finished" and any(one.stage in ACTIVE for one in task.members):
            self.over(task, Stage.STOPPED, "the cluster dropped it; resume the run to continue")
