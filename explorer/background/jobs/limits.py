"""How much a visitor may ask of the server. The operator and the command line are not bound."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from explorer.background.jobs.films import film_path
from explorer.background.jobs.job import ACTIVE, Job
from explorer.background.jobs.owners import Visitor, owned_names
from explorer.datasets import DATASETS, data_folder
from explorer.files import home_folder
from explorer.runs.checkpoints import user_folder
from explorer.runs.unfinished import unfinished_path
from explorer.specs import RunSpec
from explorer.training.estimate import estimated_memory, estimated_seconds, size_of

MB, GB = 10**6, 10**9
MINUTE, HOUR = 60.0, 3600.0
MOST_WAITING = 200  # unfinished runs of all, operators too
SPARE = GB  # bytes of the disk that no run may take
_PER_PARAMETER = 16  # bytes on disk: a weight of the model, and of a stopped run with its moments


class TooMuch(Exception):
    """There is no room for more; the message says of what and what to do."""


@dataclass(frozen=True)
class Limits:
    """What visitors may ask for.

    Attributes:
        parameters: of a model.
        epochs: of a run.
        seconds: that a job is expected to take, if nothing else is running.
        memory: bytes that the process of a run is expected to take.
        runs: of one visitor, waiting or running.
        disk: bytes of one visitor's models, stopped runs and films.
        disk_in_all: bytes of everybody's.
        fetching: whether they may have the files of a data set fetched.
        alone: whether what belongs to nobody may be changed by all, since there is only one.
    """

    parameters: int
    epochs: int
    seconds: float
    memory: int
    runs: int
    disk: int
    disk_in_all: int
    fetching: bool
    alone: bool

    def in_words(self) -> str:
        """The limits as a sentence for the form."""
        runs = "1 run" if self.runs == 1 else f"{self.runs} runs"
        return (
            f"On this server a model may have {self.parameters:,} parameters, train for "
            f"{self.epochs:,} epochs, {_time(self.seconds)} and {_bytes(self.memory)} of memory. "
            f"You may have {runs} at a time and keep {_bytes(self.disk)} of models. The operator "
            "is not bound by this."
        )

    def check(self, by: Visitor, runs: Sequence[RunSpec], threads: int) -> None:
        """Check that a visitor's runs, trained with so many threads, are not too large or long.

        Raises:
            ValueError: they are; the message names the field and what is allowed.
        """
        if by.is_operator:
            return
        seconds = 0.0
        for run in runs:
            source, size = DATASETS.get(run.dataset), size_of(run.model)
            images = source.training_images if source else 0
            if size.parameters > self.parameters:
                raise ValueError(
                    f"widths: the model has {size.parameters:,} parameters, and this server allows "
                    f"{self.parameters:,}; take smaller widths"
                )
            if run.training.epochs > self.epochs:
                raise ValueError(
                    f"epochs: {run.training.epochs:,} are more than the {self.epochs:,} that this "
                    "server allows"
                )
            memory = estimated_memory(run, images)
            if memory > self.memory:
                raise ValueError(
                    f"batch_size: training takes about {_bytes(memory)} of memory, and this server "
                    f"allows {_bytes(self.memory)}; take a smaller batch_size or widths"
                )
            if source and not self.fetching and not source.is_here(data_folder()):
                raise ValueError(
                    f"dataset: the files of {source.title} are not on this server, and only its "
                    "operator may have them fetched"
                )
            seconds += estimated_seconds(run, images, threads)
        if seconds > self.seconds:
            raise ValueError(
                f"epochs: training takes about {_time(seconds)}, and this server allows "
                f"{_time(self.seconds)}; take fewer epochs or smaller widths"
            )

    def check_room(self, by: Visitor, runs: Sequence[RunSpec], jobs: Sequence[Job]) -> None:
        """Check that there is room for a visitor's runs beside the jobs that are there.

        Raises:
            TooMuch: there is not.
        """
        members = [(job.owner, member.stage) for job in jobs for member in job.members]
        active = [owner for owner, stage in members if stage in ACTIVE]
        if len(active) + len(runs) > MOST_WAITING:
            raise TooMuch(
                f"{len(active)} of {MOST_WAITING} runs are already waiting or running: wait for "
                "some to end"
            )
        if by.is_operator:
            return
        mine = active.count(by.name)
        if mine + len(runs) > self.runs:
            raise TooMuch(
                f"{mine} of your runs are waiting or running, and with {len(runs)} more they would "
                f"be more than the {self.runs} that this server allows at a time: wait for some to "
                "end, or stop some"
            )
        self._check_disk(by.name, runs)

    def _check_disk(self, owner: str, runs: Sequence[RunSpec]) -> None:
        wanted = sum(_PER_PARAMETER * size_of(run.model).parameters for run in runs)
        mine = sum(bytes_of(name) for name in owned_names(owner))
        if mine + wanted > self.disk:
            raise TooMuch(
                f"your models take {_bytes(mine)}, and with these they would take more than the "
                f"{_bytes(self.disk)} that this server allows: delete some"
            )
        home = home_folder()
        taken = _in(home)
        if taken + wanted > self.disk_in_all:
            raise TooMuch(
                f"all models together take {_bytes(taken)} of the {_bytes(self.disk_in_all)} "
                "that this server allows: somebody must delete some"
            )
        there = next(folder for folder in (home, *home.parents) if folder.exists())
        if shutil.disk_usage(there).free < wanted + SPARE:
            raise TooMuch("the server's disk is nearly full: somebody must delete some models")


LAPTOP = Limits(
    parameters=20_000_000,
    epochs=100_000,
    seconds=12 * HOUR,
    memory=4 * GB,
    runs=64,
    disk=5 * GB,
    disk_in_all=20 * GB,
    fetching=True,
    alone=True,
)
CLASS = Limits(
    parameters=2_000_000,
    epochs=200,
    seconds=10 * MINUTE,
    memory=GB,
    runs=1,
    disk=100 * MB,
    disk_in_all=10 * GB,
    fetching=False,
    alone=False,
)


def bytes_of(name: str) -> int:
    """How much the model, the stopped run and the film of a name take on the disk."""
    return sum(map(_in, (user_folder() / name, unfinished_path(name), film_path(name))))


def _in(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; 0 if there is none."""
    files = path.rglob("*") if path.is_dir() else [path]
    found = 0
    for file in files:
        try:
            found += file.lstat().st_size
        except OSError:  # it has just been deleted
            continue
    return found


def _bytes(count: float) -> str:
    return f"{count / GB:.1f} GB" if count >= 0.95 * GB else f"{count / MB:.0f} MB"


def _time(seconds: float) -> str:
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    return (
        f"{seconds / MINUTE:.0f} minutes" if seconds < 2 * HOUR else f"{seconds / HOUR:.0f} hours"
    )
