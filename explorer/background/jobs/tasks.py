"""Members of a job on their way to a worker and back."""

from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from distributed import Future, Variable

from explorer.background.jobs.cluster import Cluster
from explorer.background.jobs.job import Job, Member
from explorer.background.jobs.worker import state_name


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
    cluster: Cluster | None = None
    inbox: Any = None
    future: Future | None = None
    running: bool = False
    over: bool = False

    def want(self, head: dict[str, Any]) -> None:
        """Tell the worker something."""
        if self.cluster and self.cluster.alive and self.inbox:
            with suppress(Exception):  # if the cluster goes away just now, that is heard elsewhere
                self.inbox.put(head)

    def tidy(self) -> None:
        """Take what it had on the scheduler away."""
        if self.cluster and self.cluster.alive:
            with suppress(Exception):  # it goes away with all that we would tidy up
                for index in range(len(self.members)):
                    Variable(state_name(self.key, index), client=self.cluster.client).delete()
                self.inbox.close()
