"""Tasks on their way to a cluster's workers and back."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

from distributed import Future, Queue, Variable

from explorer.background.jobs.cluster import Cluster, ClusterUnreachable
from explorer.background.jobs.home import WRITTEN, take_in
from explorer.background.jobs.job import ACTIVE, Job, Member, Stage
from explorer.background.jobs.orders import Order
from explorer.background.jobs.tasks import Task
from explorer.background.jobs.worker import FAREWELL, HERE, inbox_name, run_task, state_name
from explorer.specs import NamedRun

HEARTBEAT = 5.0  # seconds between two signs of life to a running task
GIVEN_UP = FAREWELL + 3  # seconds after which a task that was stopped is over, heard or not
WENT_AWAY = "the cluster went away; resume it to go on"


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
        self._lock = threading.RLock()  # of stages, notes and the table of tasks
        self._closed = False
        self._outbox = f"explorer-board-{uuid4().hex[:12]}"

    def launch(self, tasks: Sequence[Task]) -> None:
        """Send tasks of one job off; returns at once."""
        with self._lock:
            for task in tasks:
                self._tasks[task.key] = task
                for member in task.members:
                    member.note = "training starts up"
        threading.Thread(target=self._launch, args=(tasks,), daemon=True).start()

    def busy(self) -> set[str]:
        """Names of the runs that are on their way."""
        return {member.name for task in self._all() for member in task.members}

    def stop(self, job: Job) -> None:
        """End the tasks of a job; those that run first send their last epoch home."""
        with self._lock:
            tasks = [task for task in self._tasks.values() if task.job is job]
            for member in job.members:
                if member.stage in ACTIVE:
                    member.end(Stage.STOPPED, "cancelled")
        for task in tasks:
            task.want({"kind": "stop"})
            if task.running:
                # Its worker may be gone, and then nobody answers.
                timer = threading.Timer(GIVEN_UP, self._give_up, args=(task,))
                timer.daemon = True
                timer.start()
            else:
                self._give_up(task)

    def change(self, member: Member, values: dict[str, float]) -> None:
        """Tell a run's process to change settings."""
        for task in self._all():
            if member in task.members and task.running:
                index = task.members.index(member)
                task.want({"kind": "change", "run": index, "values": values})

    def close(self, reason: str = WENT_AWAY) -> None:
        """Let go of the cluster for good; what it was doing stops."""
        with self._lock:
            self._closed = True
            cluster, self._cluster = self._cluster, None
        for task in self._all():
            self._over(task, Stage.STOPPED, reason)
        if cluster:
            cluster.close()

    def _all(self) -> list[Task]:
        with self._lock:
            return list(self._tasks.values())

    def _launch(self, tasks: Sequence[Task]) -> None:
        try:
            cluster = self._connected()
            if cluster.workers.cuda:
                tasks = self._stacked(tasks)
            for task in tasks:
                self._send(cluster, task, alone=len(tasks) == 1)
        except ClusterUnreachable as error:
            for task in tasks:
                for member in task.members:
                    member.unreachable = True
                self._over(task, Stage.FAILED, str(error))
        except Exception as error:  # whatever Dask raises
            for task in tasks:
                self._over(task, Stage.FAILED, _in_words(error))

    def _connected(self) -> Cluster:
        with self._connecting:
            if self._cluster and not self._cluster.alive:
                self._drop(self._cluster)
            if self._cluster is None:
                cluster = Cluster(self._scheduler)
                with self._lock:
                    closed, self._cluster = self._closed, None if self._closed else cluster
                if closed:
                    cluster.close()
                    raise ClusterUnreachable("the app was closed")
                for work in (self._listen, self._beat):
                    threading.Thread(target=work, args=(cluster,), daemon=True).start()
                return cluster
            return self._cluster

    def _stacked(self, tasks: Sequence[Task]) -> list[Task]:
        """As few tasks as can be: runs that are equally far are trained as one stack."""
        stacks: dict[int, Task] = {}
        with self._lock:
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
        workers, client = cluster.workers, cluster.client
        # The members of a sweep go side by side, each on one thread; that is faster than one
        # after another on all.
        threads = workers.threads if alone else 1
        resources = {"CPU": threads, "GPU": 1}
        for index, state in enumerate(task.states):
            Variable(state_name(task.key, index), client=client).set(state)
        runs = tuple(NamedRun(name=member.name, run=member.run) for member in task.members)
        with self._lock:
            task.cluster, task.inbox = cluster, Queue(inbox_name(task.key), client=client)
            if task.over:
                task.tidy()
                return  # cancelled meanwhile
            mine = [one for one in self._tasks.values() if one.job.owner == task.job.owner]
            for member in task.members:
                member.note = "waits for a free worker"
            task.future = client.submit(
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

    def _beat(self, cluster: Cluster) -> None:
        """Show the workers that we are there, whatever else keeps us busy."""
        while self._cluster is cluster and cluster.alive:
            for task in self._all():
                if task.running and task.cluster is cluster:
                    task.want(HERE)
            time.sleep(HEARTBEAT)

    def _listen(self, cluster: Cluster) -> None:
        """Hear what the tasks say, for as long as the cluster is there."""
        try:
            outbox: Any = Queue(self._outbox, client=cluster.client)
            while self._cluster is cluster and cluster.alive:
                try:
                    key, head, body = outbox.get(timeout=1)
                except TimeoutError:
                    continue
                task = self._tasks.get(key)
                if task is None:
                    _dismiss(cluster, key, head)
                    continue
                try:
                    self._hear(cluster, task, head, bytes(body))
                except Exception as error:  # one task's trouble must not make us deaf for others
                    self._over(task, Stage.FAILED, _in_words(error))
                    _dismiss(cluster, key, head)
        except Exception:  # whatever a connection that breaks raises
            pass
        finally:
            self._drop(cluster)

    def _drop(self, cluster: Cluster) -> None:
        """Let go of a cluster that went away, with the tasks it had."""
        with self._lock:
            if self._cluster is not cluster:
                return
            self._cluster = None
        for task in self._all():
            if task.cluster is cluster:
                self._over(task, Stage.STOPPED, WENT_AWAY)
        cluster.close()

    def _hear(self, cluster: Cluster, task: Task, head: dict[str, Any], body: bytes) -> None:
        kind = head["kind"]
        if kind in ("end", "died"):
            self._over(task, Stage.FAILED, head.get("reason", "it ended without a result"))
            return
        member = task.members[head["run"]]
        if kind == "state":
            state: Any = Variable(state_name(task.key, head["run"]), client=cluster.client)
            try:
                body = bytes(state.get(timeout=HEARTBEAT))
            except OSError:  # a timeout is one; another state follows, or the end of the cluster
                return
        if task.over:
            return
        if kind in WRITTEN:
            take_in(member, head, body)  # takes its time, during which nobody should have to wait
        else:
            with self._lock:
                task.running = True
                take_in(member, head, body)
        if kind == "begun" and not any(one.stage in ACTIVE for one in task.members):
            task.want({"kind": "stop"})  # cancelled just before

    def _done(self, task: Task, future: Future) -> None:
        """What Dask says of a task's end; if all went well, the task has said so itself."""
        if future.status == "error":
            self._over(task, Stage.FAILED, _in_words(future.exception()))
        elif future.status in ("cancelled", "lost"):
            self._over(task, Stage.STOPPED, "the cluster dropped it; resume it to go on")

    def _give_up(self, task: Task) -> None:
        if not task.over:
            if task.future:
                with suppress(Exception):
                    task.future.cancel()
            self._over(task, Stage.STOPPED, "cancelled")

    def _over(self, task: Task, stage: Stage, reason: str) -> None:
        """A task is over; of its members, those that have not ended end like this."""
        with self._lock:
            if task.over:
                return
            task.over = True
            for member in task.members:
                if member.stage in ACTIVE:
                    member.end(stage, reason)
        task.locks.close()
        self._tell(task)
        with self._lock:
            self._tasks.pop(task.key, None)
        task.tidy()


def _dismiss(cluster: Cluster, key: str, head: dict[str, Any]) -> None:
    """Stop a task that nobody waits for: it was cancelled before it was heard of."""
    if head["kind"] not in ("end", "died"):
        inbox: Any = Queue(inbox_name(key), client=cluster.client)
        inbox.put({"kind": "stop"})


def _in_words(error: BaseException | None) -> str:
    """An error of somebody's library as a sentence."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
