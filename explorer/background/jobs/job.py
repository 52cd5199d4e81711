"""The state of a job during training and afterwards."""

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
    """The stage of a run."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    UNSAVED = "trained but not saved"
    FAILED = "failed"
    STOPPED = "stopped"


ACTIVE = (Stage.WAITING, Stage.RUNNING)


@dataclass(frozen=True, eq=False)
class Frame:
    """The latent plane at one moment of a run.

    Attributes:
        step: number of optimiser steps so far.
        epoch: number of finished epochs.
        codes: (n, d) float32 posterior means of the first n validation images.
    """

    step: int
    epoch: int
    codes: np.ndarray


@dataclass(eq=False)
class Member:
    """One run of a job, with its latest known state.

    Attributes:
        name: of its checkpoint.
        run: its spec, with the changes made during training.
        stage: its current stage.
        note: a sentence on why it is in this stage, or what it is waiting for.
        trouble: why its last epoch could not be saved, or empty.
        warning: what its device did not do as it should, or empty.
        history: one record per finished epoch.
        frames: the film of its plane.
        latest: the newest frame, whether it belongs to the film or not.
        labels: (n,) classes of the codes in a frame.
        begun, ended: times as of ``time.monotonic()``, which no change of the clock affects.
        restarts: how often another process had to take over.
        unreachable: whether it failed because the cluster could not be reached.
        files: of its checkpoint, if they could not be written.
    """

    name: str
    run: RunSpec
    stage: Stage = Stage.WAITING
    note: str = ""
    trouble: str = ""
    warning: str = ""
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
        """The fraction of epochs finished."""
        return len(self.history) / self.run.training.epochs

    @property
    def seconds_left(self) -> float | None:
        """Until the last epoch ends, at the pace of recent ones; None before the first."""
        if self.stage != Stage.RUNNING or not self.history:
            return None
        pace = float(np.median([record.seconds for record in self.history[-9:]]))
        return (self.run.training.epochs - len(self.history)) * pace

    def take(self, records: Sequence[EpochRecord]) -> None:
        """Add finished epochs; after a restart, they replace those that were lost."""
        for record in records:
            del self.history[record.epoch - 1 :]
            self.history.append(record)

    def take_frame(self, frame: Frame, kept: bool) -> None:
        """Add a frame; ``kept`` if it belongs to the film."""
        self.latest = frame
        if kept:
            self.frames = [one for one in self.frames if one.step < frame.step]
            self.frames.append(frame)

    def end(self, stage: Stage, note: str = "") -> None:
        """Set the final stage."""
        self.stage, self.note, self.ended = stage, note, time.monotonic()


@dataclass(eq=False)
class Job:
    """Runs that were submitted together: a single run, or the members of a sweep.

    Attributes:
        owner: who submitted it.
        title: shown to users.
        members: its runs.
        sweep: name of the sweep, if it is one.
        trouble: why its sweep file could not be written, or empty.
        number: identifies the job within a server; later jobs have higher numbers.
    """

    owner: str
    title: str
    members: list[Member]
    sweep: str | None = None
    trouble: str = ""
    number: int = field(default_factory=lambda: next(_NUMBERS))

    @property
    def active(self) -> bool:
        """Whether any member is waiting or running."""
        return any(member.stage in ACTIVE for member in self.members)

    @property
    def stage(self) -> Stage:
        """The combined stage of its members: running if any is running, done if all are done."""
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
        """The fraction of epochs finished, averaged over the members."""
        return sum(member.share for member in self.members) / len(self.members)

    @classmethod
    def of(cls, owner: str, title: str, runs: Sequence[NamedRun], sweep: str | None) -> "Job":
        """A new job."""
        return cls(owner, title, [Member(one.name, one.run) for one in runs], sweep)
