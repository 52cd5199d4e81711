"""Tasks on their way to a cluster's workers and back."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from distributed import Future, Queue, Variable

from explorer.jobs.cluster import Cluster, ClusterUnreachable
from explorer.jobs.home import take_in
from explorer.jobs.job import ACTIVE, Job, Member, Stage
from explorer.jobs.orders import Order
from explorer.jobs.task import HERE, inbox_name, run_task, state_name
from explorer.specs import NamedRun

HEARTBEAT = 5.0  # seconds between two signs of life to a running task
WENT_AWAY = "the cluster went away; resume it to go on"


@dataclass(eq=False)
class Task:
    """Members of a job that are trained by one process.

    Attributes:
        job: theirs.
        members: the runs.
        states: of each the sealed last finished epoch to go on from; empty to begin.
        locks: what keeps others off their names, closed when it is over.
    """

    job: Job
    members: list[Member]
    states: list[bytes]
    locks: ExitStack = field(default_factory=ExitStack)
    key: str = field(default_factory=lambda: f"explorer-task-{uuid4().hex[:12]}")
    future: Future | None = None
    running: bool = False
    over: bool = False


class Dispatch:
    """Sends tasks to a cluster, which is begun or reached when the first one comes.

    Args:
        scheduler: address of a Dask scheduler; None for this machine.
        ended: called with each task that is over, however it ended.
    """

    def __init__(self, scheduler: str | None, ended: Callable[[Task], None]) -> None:
        self._scheduler = scheduler
        self._tell = ended
        self._tasks: dict[str, Task] = {}
        self._cluster: Cluster | None = None
        self._connecting = threading.Lock()
        self._lock = threading.RLock()
        self._outbox = f"explorer-board-{uuid4().hex[:12]}"

    def launch(self, tasks: Sequence[Task]) -> None:
        """Send tasks of one job off; returns at once."""
        for task in tasks:
            self._tasks[task.key] = task
            for member in task.members:
                member.note = "training starts up"
        threading.Thread(target=self._launch, args=(tasks,), daemon=True).start()

    def busy(self) -> set[str]:
        """Names of the runs that are on their way."""
        return {member.name for task in list(self._tasks.values()) for member in task.members}

    def stop(self, job: Job) -> None:
        """End the tasks of a job; those that run first send their last epoch home."""
        for task in self._of(job):
            if task.running:
                self._want(task, {"kind": "stop"})
            else:
                if task.future:
                    task.future.cancel()
                self._over(task, Stage.STOPPED, "cancelled")

    def change(self, member: Member, values: dict[str, float]) -> None:
        """Tell a run's process to change settings."""
        for task in list(self._tasks.values()):
            if member in task.members and task.running:
                index = task.members.index(member)
                self._want(task, {"kind": "change", "run": index, "values": values})

    def close(self, reason: str = WENT_AWAY) -> None:
        """Let go of the cluster; what it was doing stops."""
        with self._lock:
            cluster, self._cluster = self._cluster, None
        for task in list(self._tasks.values()):
            self._over(task, Stage.STOPPED, reason)
        if cluster:
            cluster.close()

    def _of(self, job: Job) -> list[Task]:
        return [task for task in list(self._tasks.values()) if task.job is job]

    def _launch(self, tasks: Sequence[Task]) -> None:
        try:
            cluster = self._connected()
            if cluster.workers.cuda:
                tasks = self._stacked(tasks)
            for task in tasks:
                self._send(cluster, task, alone=len(tasks) == 1)
        except Exception as error:
            reason = str(error) if isinstance(error, ClusterUnreachable) else _in_words(error)
            for task in tasks:
                self._over(task, Stage.FAILED, reason)

    def _connected(self) -> Cluster:
        with self._connecting:
            if self._cluster and not self._cluster.alive:
                self._drop(self._cluster)
            if self._cluster is None:
                self._cluster = Cluster(self._scheduler)
                threading.Thread(target=self._listen, args=(self._cluster,), daemon=True).start()
            return self._cluster

    def _stacked(self, tasks: Sequence[Task]) -> list[Task]:
        """As few tasks as can be: runs that are equally far are trained as one stack."""
        stacks: dict[int, Task] = {}
        for task in tasks:
            stack = stacks.setdefault(len(task.members[0].history), task)
            if stack is not task:
                stack.members += task.members
                stack.states += task.states
                stack.locks.push(task.locks)
                self._tasks.pop(task.key, None)
        return list(stacks.values())

    def _send(self, cluster: Cluster, task: Task, alone: bool) -> None:
        """Hand a task to Dask."""
        workers = cluster.workers
        # The members of a sweep go side by side, each on one thread; that is faster than one
        # after another on all.
        threads = workers.threads if alone else 1
        resources = {"CPU": threads, "GPU": 1}
        for index, state in enumerate(task.states):
            Variable(state_name(task.key, index), client=cluster.client).set(state)
        runs = tuple(NamedRun(name=member.name, run=member.run) for member in task.members)
        with self._lock:
            if task.over:
                return  # cancelled meanwhile
            mine = [one for one in self._tasks.values() if one.job.owner == task.job.owner]
            for member in task.members:
                member.note = "waits for a free worker"
            task.future = cluster.client.submit(
                run_task,
                task.key,
                self._outbox,
                Order(runs=runs, threads=threads).model_dump_json(),
                key=task.key,
                pure=False,
                priority=-mine.index(task),  # who waits with few gets a turn before who has many
                # Where some workers declare GPUs, only those get jobs.
                resources={n: of for n, of in resources.items() if n in workers.resources},
            )
        task.future.add_done_callback(lambda future: self._done(task, future))

    def _listen(self, cluster: Cluster) -> None:
        """Hear what the tasks say, for as long as the cluster is there."""
        outbox: Any = Queue(self._outbox, client=cluster.client)
        beat = time.monotonic()
        while self._cluster is cluster and cluster.alive:
            if time.monotonic() - beat > HEARTBEAT:
                beat = time.monotonic()
                for task in list(self._tasks.values()):
                    if task.running:
                        self._want(task, HERE)
            try:
                key, head, body = outbox.get(timeout=1)
            except TimeoutError:
                continue
            except Exception:  # whatever a connection that breaks raises
                break
            if key in self._tasks:
                self._hear(cluster, self._tasks[key], head, bytes(body))
        self._drop(cluster)

    def _drop(self, cluster: Cluster) -> None:
        if self._cluster is cluster:
            self.close()

    def _hear(self, cluster: Cluster, task: Task, head: dict[str, Any], body: bytes) -> None:
        if head["kind"] in ("end", "died"):
            self._over(task, Stage.FAILED, head.get("reason", "it ended without a result"))
            return
        member = task.members[head["run"]]
        if head["kind"] == "state":
            state: Any = Variable(state_name(task.key, head["run"]), client=cluster.client)
            body = bytes(state.get(timeout=HEARTBEAT))
        with self._lock:
            task.running = True
            take_in(member, head, body)
        if head["kind"] == "begun" and not any(one.stage in ACTIVE for one in task.members):
            self._want(task, {"kind": "stop"})  # cancelled just before

    def _want(self, task: Task, head: dict[str, Any]) -> None:
        """Tell a running task something."""
        cluster = self._cluster
        if cluster and cluster.alive:
            inbox: Any = Queue(inbox_name(task.key), client=cluster.client)
            with suppress(Exception):  # if the cluster goes away just now, that is heard elsewhere
                inbox.put(head)

    def _done(self, task: Task, future: Future) -> None:
        """What Dask says of a task's end; if all went well, the task has said so itself."""
        if future.status == "error":
            self._over(task, Stage.FAILED, _in_words(future.exception()))
        elif future.status in ("cancelled", "lost"):
            self._over(task, Stage.STOPPED, "the cluster dropped it; resume it to go on")

    def _over(self, task: Task, stage: Stage, reason: str) -> None:
        """A task is over; of its members, those that have not ended end like this."""
        with self._lock:
            if task.over:
                return
            task.over = True
            self._tasks.pop(task.key, None)
            for member in task.members:
                if member.stage in ACTIVE:
                    member.end(stage, reason)
        task.locks.close()
        self._tell(task)
        cluster = self._cluster
        if cluster and cluster.alive and task.future:
            with suppress(Exception):  # it went away, with all that we would tidy up
                for index in range(len(task.members)):
                    Variable(state_name(task.key, index), client=cluster.client).delete()
                Queue(inbox_name(task.key), client=cluster.client).close()


def _in_words(error: BaseException | None) -> str:
    """An error of somebody's library as a sentence."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
