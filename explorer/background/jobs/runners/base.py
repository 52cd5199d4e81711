"""What a place where training runs must offer, and what all have in common: tasks on their way."""

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
from explorer.background.processes import Message
from explorer.specs import NamedRun

SCHEDULER = "EXPLORER_SCHEDULER"
WAITS = "waits for its turn"
STARTS = "its process starts up"


def chosen_scheduler() -> str | None:
    """The Dask scheduler's address in ``EXPLORER_SCHEDULER``, if there is one."""
    return os.environ.get(SCHEDULER) or None


class ClusterUnreachable(Exception):
    """A cluster cannot be used; the message says which, why and what to do."""


@dataclass(eq=False)
class Task:
    """Members of a job that are trained by one process.

    Attributes:
        job: theirs.
        members: the runs.
        states: of each the sealed last finished epoch to go on from; empty to begin.
        locks: what keeps others off their names, closed when it is over.
        key: tells tasks apart.
        turn: how many of the same owner were there before it; who comes with few gets a turn before
            who has many.
        over: whether nobody waits for it any more.
        place: where its runner has it; None while it waits, and when it is over.
    """

    job: Job
    members: list[Member]
    states: list[bytes]
    locks: ExitStack = field(default_factory=ExitStack)
    key: str = field(default_factory=lambda: f"explorer-task-{uuid4().hex[:12]}")
    turn: int = 0
    over: bool = False
    place: Any = None

    def order(self, threads: int) -> Message:
        """What its process is told: to train these runs from where they are, on so many threads."""
        runs = tuple(NamedRun(name=member.name, run=member.run) for member in self.members)
        order = Order(runs=runs, ticket=self.key, threads=threads)
        lengths, body = joined(self.states)
        return Message({"order": order.model_dump(mode="json"), "states": lengths}, body)

    def note(self, words: str) -> None:
        """Say on its members what they wait for."""
        for member in self.members:
            if member.stage in ACTIVE:
                member.note = words


class Runner(ABC):
    """Has tasks trained, and what their processes say taken in.

    Args:
        ended: called with each task that is over, however it ended.
    """

    def __init__(self, ended: Callable[[Task], None]) -> None:
        self._ended = ended
        self._tasks: dict[str, Task] = {}
        self._lock = threading.RLock()  # of stages, notes, places and the table of tasks

    @abstractmethod
    def begin(self, tasks: list[Task]) -> None:
        """Get the tasks of a job under way; returns at once."""

    @abstractmethod
    def tell(self, task: Task, head: dict[str, Any]) -> None:
        """Tell a task's process something, if it has one."""

    @abstractmethod
    def end(self, task: Task) -> None:
        """Stop the work for a task. It is over when its process has said how far it is, or at once
        if it has none."""

    @abstractmethod
    def let_go(self) -> None:
        """Give up all there is here, for good."""

    def launch(self, tasks: Sequence[Task]) -> None:
        """Take the tasks of a job; returns at once."""
        with self._lock:
            for task in tasks:
                task.turn = sum(one.job.owner == task.job.owner for one in self._tasks.values())
                self._tasks[task.key] = task
        self.begin([*tasks])

    def busy(self) -> set[str]:
        """Names of the runs that are on their way."""
        return {member.name for task in self.tasks() for member in task.members}

    def tasks(self) -> list[Task]:
        """The tasks that are not over, the oldest first."""
        with self._lock:
            return [*self._tasks.values()]

    def stop(self, job: Job) -> None:
        """End the tasks of a job; those that run first send their last epoch home."""
        with self._lock:
            for member in job.members:
                if member.stage in ACTIVE:
                    member.end(Stage.STOPPED, "cancelled")
        for task in self.tasks():
            if task.job is job:
                self.end(task)

    def change(self, member: Member, values: dict[str, float]) -> None:
        """Tell a run's process to change settings."""
        for task in self.tasks():
            if member in task.members:
                run = task.members.index(member)
                self.tell(task, {"kind": "change", "run": run, "values": values})

    def close(self, reason: str) -> None:
        """End everything, at once and for good."""
        for task in self.tasks():
            self.over(task, Stage.STOPPED, reason)
        self.let_go()

    def stack(self, tasks: Sequence[Task]) -> Task:
        """One task of several of a job, to be trained as one stack."""
        first, *others = tasks
        with self._lock:
            for other in others:
                first.members += other.members
                first.states += other.states
                first.locks.push(other.locks)
                self._tasks.pop(other.key, None)
        return first

    def hear(self, task: Task, message: Message) -> None:
        """Take in what a task's process said, see ``child``."""
        head, body = message.head, message.body
        if task.over:
            return
        if head["kind"] in ("end", "died"):
            self.over(task, Stage.FAILED, head.get("reason", "it ended without a result"))
            return
        try:
            member = task.members[head["run"]]
            if head["kind"] == "state":
                task.states[head["run"]] = body
            if head["kind"] in WRITTEN:
                take_in(member, head, body)  # takes its time, and nobody should have to wait
            else:
                with self._lock:
                    take_in(member, head, body)
        except Exception as error:  # one task's trouble is not that of the others
            self.end(task)
            self.over(task, Stage.FAILED, in_words(error))

    def over(self, task: Task, stage: Stage, reason: str) -> None:
        """A task is over; of its members, those that have not ended end like this."""
        with self._lock:
            if task.over:
                return
            task.over, task.place = True, None
            for member in task.members:
                if member.stage in ACTIVE:
                    member.end(stage, reason)
        task.locks.close()
        try:
            self._ended(task)
        finally:
            with self._lock:
                self._tasks.pop(task.key, None)


def in_words(error: BaseException | None) -> str:
    """An error of somebody's library as a sentence."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
