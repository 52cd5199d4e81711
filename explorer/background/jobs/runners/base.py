"""The base class of runners, which have tasks trained on this machine or on a cluster."""

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from explorer.background.jobs.home import WRITTEN, take_in
from explorer.background.jobs.job import ACTIVE, Job, Member, Stage
from explorer.background.jobs.orders import Order, joined
from explorer.background.memory import give_back
from explorer.background.processes import Message
from explorer.specs import NamedRun

SCHEDULER = "EXPLORER_SCHEDULER"
WAITS = "waiting for its turn"
STARTS = "starting its process"
ON_REQUEST = "stopped on request"


def chosen_scheduler() -> str | None:
    """The Dask scheduler's address in ``EXPLORER_SCHEDULER``, if there is one."""
    return os.environ.get(SCHEDULER) or None


class ClusterUnreachable(Exception):
    """A cluster cannot be used; the message says why and what to do."""


@dataclass(eq=False)
class Task:
    """Members of a job that are trained by one process.

    Attributes:
        job: the job of the members.
        members: the runs.
        states: for each run, the sealed last finished epoch to resume from; empty to begin anew.
        locks: the locks on the runs' names, closed when the task is over.
        key: a unique identifier.
        turn: how many tasks its owner had before it; tasks with a lower turn go first, so that an
            owner with few tasks need not wait for one with many.
        seconds: how long it is expected to take.
        deaths: how often its process has died.
        over: whether the task has ended.
        place: what its runner uses to run it; None while it waits, and when it is over.
    """

    job: Job
    members: list[Member]
    states: list[bytes]
    locks: ExitStack = field(default_factory=ExitStack)
    key: str = field(default_factory=lambda: f"explorer-task-{uuid4().hex[:12]}")
    turn: int = 0
    seconds: float = 0.0
    deaths: int = 0
    over: bool = False
    place: Any = None

    def order(self, threads: int) -> Message:
        """The message that orders a process to train or resume these runs."""
        runs = tuple(NamedRun(name=member.name, run=member.run) for member in self.members)
        order = Order(runs=runs, ticket=uuid4().hex, threads=threads)
        lengths, body = joined(self.states)
        return Message({"order": order.model_dump(mode="json"), "states": lengths}, body)

    @property
    def seconds_left(self) -> float:
        """How long it is expected to take from now on."""
        left = [member.seconds_left for member in self.members if member.stage in ACTIVE]
        return max([self.seconds if one is None else one for one in left], default=0.0)

    def keep_active(self) -> None:
        """Take out the members that have ended."""
        pairs = zip(self.members, self.states, strict=True)
        active = [(member, state) for member, state in pairs if member.stage in ACTIVE]
        self.members[:] = [member for member, _ in active]
        self.states[:] = [state for _, state in active]

    def note(self, words: str) -> None:
        """Set the note of all active members."""
        for member in self.members:
            if member.stage in ACTIVE:
                member.note = words


class Runner(ABC):
    """Has tasks trained by other processes, and handles the messages of these processes.

    Args:
        ended: called with each task that has ended, for whatever reason.
    """

    def __init__(self, ended: Callable[[Task], None]) -> None:
        self._ended = ended
        self._tasks: dict[str, Task] = {}
        self._lock = threading.RLock()  # guards stages, notes, places and ``_tasks``

    @abstractmethod
    def begin(self, tasks: list[Task]) -> None:
        """Start or queue the tasks of a job; returns at once."""

    @abstractmethod
    def tell(self, task: Task, head: dict[str, Any]) -> None:
        """Send a message to a task's process, if it has one."""

    @abstractmethod
    def end(self, task: Task) -> None:
        """Stop a task. It is over when its process has sent its state, or at once if it has no
        process."""

    @abstractmethod
    def let_go(self) -> None:
        """Release all resources of the runner."""

    def begins_again(self, task: Task, died: bool) -> bool:
        """Whether a task whose process has ended is trained again from its last saved epoch; if so,
        see to it."""
        return False

    def launch(self, tasks: Sequence[Task]) -> None:
        """Accept the tasks of a job; returns at once."""
        with self._lock:
            for task in tasks:
                task.turn = sum(one.job.owner == task.job.owner for one in self._tasks.values())
                self._tasks[task.key] = task
        self.begin([*tasks])

    def busy(self) -> set[str]:
        """Names of the runs whose tasks are not over."""
        return {member.name for task in self.tasks() for member in task.members}

    def tasks(self) -> list[Task]:
        """The tasks that are not over, oldest first."""
        with self._lock:
            return [*self._tasks.values()]

    def stop(self, job: Job) -> None:
        """Stop the tasks of a job; running ones first send their last finished epoch."""
        with self._lock:
            for member in job.members:
                if member.stage in ACTIVE:
                    member.end(Stage.STOPPED, ON_REQUEST)
        for task in self.tasks():
            if task.job is job:
                self.end(task)

    def change(self, member: Member, values: dict[str, float]) -> None:
        """Send changed settings to a run's process."""
        for task in self.tasks():
            if member in task.members:
                run = task.members.index(member)
                self.tell(task, {"kind": "change", "run": run, "values": values})

    def close(self, reason: str) -> None:
        """End all tasks at once and release all resources."""
        for task in self.tasks():
            self.over(task, Stage.STOPPED, reason)
        self.let_go()

    def stack(self, tasks: Sequence[Task]) -> Task:
        """Merge several tasks of a job into one, to be trained as one stack."""
        first, *others = tasks
        with self._lock:
            for other in others:
                first.members += other.members
                first.states += other.states
                first.locks.push(other.locks)
                self._tasks.pop(other.key, None)
        return first

    def hear(self, task: Task, message: Message) -> None:
        """Handle a message from a task's process, see ``child``."""
        head, body = message.head, message.body
        if task.over:
            return
        if head["kind"] in ("end", "died"):
            reason = head.get("reason", "it ended without a result")
            if not self.begins_again(task, died=head["kind"] == "died"):
                self.over(task, Stage.FAILED, reason)
            return
        try:
            member = task.members[head["run"]]
            if head["kind"] == "state":
                task.states[head["run"]] = body
            if head["kind"] in WRITTEN:
                take_in(member, head, body)  # slow, so without the lock
            else:
                with self._lock:
                    take_in(member, head, body)
        except Exception as error:  # an error in one task must not affect others
            self.end(task)
            self.over(task, Stage.FAILED, in_words(error))

    def over(self, task: Task, stage: Stage, reason: str) -> None:
        """End a task; its active members get this stage and reason."""
        with self._lock:
            if task.over:
                return
            task.over, task.place = True, None
            for member in task.members:
                if member.stage in ACTIVE:
                    member.end(stage, reason)
        task.locks.close()
        task.states.clear()
        try:
            self._ended(task)
        finally:
            with self._lock:
                self._tasks.pop(task.key, None)
            give_back()  # states are large


def in_words(error: BaseException | None) -> str:
    """An error, for instance from a library, as one line of text."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
