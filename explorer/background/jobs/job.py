"""What is known of a job while it is trained, and afterwards."""

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from explorer.specs import NamedRun, RunSpec
from explorer.training.progress import EpochRecord

_NUMBERS = itertools.count(1)


class Stage(StrEnum):
    """How far a run is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    UNSAVED = "trained but not saved"
    FAILED = "failed"
    STOPPED = "stopped"


ACTIVE = (Stage.WAITING, Stage.RUNNING)


@dataclass(frozen=True, eq=False)
class Frame:
    """The plane at a moment of a run.

    Attributes:
        step: optimiser steps so far.
        epoch: finished epochs.
        codes: (n, d) float32 posterior means of the first n validation images.
    """

    step: int
    epoch: int
    codes: np.ndarray


@dataclass(eq=False)
class Member:
    """One run of a job, as far as it was heard of.

    Attributes:
        name: of the checkpoint it is to become.
        run: its spec, with the changes made meanwhile.
        stage: how far it is.
        note: why it is there, or what it waits for; a sentence.
        trouble: why its last epoch is not on the disk, if it is not.
        history: a record per finished epoch.
        frames: the film of its plane.
        latest: the newest frame, of the film or not.
        labels: (n,) classes of the codes in a frame.
        begun, ended: by the clock ``time.time()``.
        restarts: how often another worker had to take over.
        unreachable: whether it failed for want of a cluster.
        files: of its checkpoint, while they could not be written.
    """

    name: str
    run: RunSpec
    stage: Stage = Stage.WAITING
    note: str = ""
    trouble: str = ""
    history: list[EpochRecord] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    latest: Frame | None = None
    labels: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    begun: float | None = None
    ended: float | None = None
    restarts: int = 0
    unreachable: bool = False
    files: dict[str, bytes] | None = None

    @property
    def share(self) -> float:
        """Finished epochs over all."""
        return len(self.history) / self.run.training.epochs

    @property
    def seconds_left(self) -> float | None:
        """Until the last epoch ends, by the pace of the latest; None before there is one."""
        if self.stage != Stage.RUNNING or not self.history:
            return None
        pace = float(np.median([record.seconds for record in self.history[-9:]]))
        return (self.run.training.epochs - len(self.history)) * pace

    def take(self, records: Sequence[EpochRecord]) -> None:
        """Take epochs in; those after a restart replace what was lost."""
        for record in records:
            del self.history[record.epoch - 1 :]
            self.history.append(record)

    def take_frame(self, frame: Frame, kept: bool) -> None:
        """Take a plane in."""
        self.latest = frame
        if kept:
            self.frames = [one for one in self.frames if one.step < frame.step]
            self.frames.append(frame)

    def end(self, stage: Stage, note: str = "") -> None:
        """It is over."""
        self.stage, self.note, self.ended = stage, note, time.time()


@dataclass(eq=False)
class Job:
    """Runs that were asked for together: one, or the members of a sweep.

    Attributes:
        owner: who asked for it.
        title: for people.
        members: its runs.
        sweep: name of the sweep, if it is one.
        trouble: why its sweep file is not there, if it is not.
        number: tells jobs of a server apart, in order.
    """

    owner: str
    title: str
    members: list[Member]
    sweep: str | None = None
    trouble: str = ""
    number: int = field(default_factory=lambda: next(_NUMBERS))

    @property
    def active(self) -> bool:
        """Whether some of it still waits or runs."""
        return any(member.stage in ACTIVE for member in self.members)

    @property
    def stage(self) -> Stage:
        """That of all members together: running if one runs, done if all are."""
        stages = [member.stage for member in self.members]
        order = (
            Stage.RUNNING,
            Stage.WAITING,
            Stage.FAILED,
            Stage.UNSAVED,
            Stage.STOPPED,
            Stage.DONE,
        )
        return next(stage for stage in order if stage in stages)

    @property
    def share(self) -> float:
        """Finished epochs over all."""
        return sum(member.share for member in self.members) / len(self.members)

    @classmethod
    def of(cls, owner: str, title: str, runs: Sequence[NamedRun], sweep: str | None) -> "Job":
        """A new job."""
        return cls(owner, title, [Member(one.name, one.run) for one in runs], sweep)
