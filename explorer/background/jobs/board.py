"""The board of jobs: takes orders, has them trained, and brings the results home.

Nobody trains in this process: a runner gives each job a process of its own, on this machine or on a
cluster. What the owner of a checkpoint folder must do is done here and nowhere else: names are
reserved, every finished epoch and the trained model are written. So a cluster needs no disk in
common with us, and what is killed anywhere is resumed from here.
"""

import os
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress

from explorer.background.jobs.home import save_trained
from explorer.background.jobs.job import ACTIVE, Job, Member, Stage
from explorer.background.jobs.plans import Plan, delete_plan, load_plan, plan_names, save_plan
from explorer.background.jobs.runners.base import Runner, Task
from explorer.background.jobs.runners.local import LocalRunner
from explorer.datasets import DATASETS, load_dataset
from explorer.models import check_model_spec
from explorer.runs.checkpoints import GALLERY, CheckpointError, check_free, saved_run, user_folder
from explorer.runs.sweeps import save_sweep
from explorer.runs.train import check_fits, check_same
from explorer.runs.unfinished import (
    delete_unfinished,
    load_unfinished,
    owned,
    sealed,
    unfinished_names,
)
from explorer.specs import NamedRun

MOST_WAITING = 200  # runs on the board that are not over
MOST_OF_ONE = 64  # of one owner
MOST_KEPT = 60  # jobs that are over and still shown


class BoardFull(Exception):
    """No more jobs are taken now; the message says what to do."""


class Board:
    """All jobs of a server; any thread may use it.

    Args:
        scheduler: address of a Dask scheduler; None for this machine.
    """

    def __init__(self, scheduler: str | None = None) -> None:
        self.scheduler = scheduler
        self._jobs: list[Job] = []
        self._lock = threading.RLock()
        self._closed = False
        self._runner = self._runner_at(scheduler)

    def jobs(self, owner: str | None = None) -> list[Job]:
        """All jobs, the newest first; those of ``owner`` before all others."""
        with self._lock:
            return sorted(self._jobs, key=lambda job: (job.owner != owner, -job.number))

    def resumable(self) -> list[str]:
        """Names of the stopped runs that nobody on this board is at."""
        busy = self.busy()
        return [name for name in unfinished_names() if name not in busy]

    def busy(self) -> set[str]:
        """Names of the runs that are on their way; nobody else may use them."""
        return self._runner.busy()

    def submit(
        self,
        owner: str,
        title: str,
        runs: Sequence[NamedRun],
        *,
        sweep: str | None = None,
        resume: bool = False,
    ) -> Job:
        """Take a job: all that can be wrong with it is said now.

        Args:
            owner: who asks; jobs of different owners take turns.
            title: for people.
            runs: what is to be trained, each under a name of its own.
            sweep: name of the sweep file to be written at the end, if it is a sweep.
            resume: go on with stopped runs of these names, and leave out finished ones.

        Raises:
            ValueError: a setting is wrong; the message names the field.
            CheckpointError: a name is taken, or the folder cannot be written.
            BoardFull: too many runs are waiting.
        """
        for one in runs:
            source = DATASETS.get(one.run.dataset) or load_dataset(one.run.dataset)
            check_model_spec(one.run.model)
            check_fits(one.run, source)
        with self._lock:
            self._check_room(owner, len(runs))
            job = Job.of(owner, title, runs, sweep)
            with ExitStack() as undo:
                tasks = [self._reserve(job, member, undo, resume) for member in job.members]
                save_plan(Plan.of(job))
                undo.pop_all()  # nothing went wrong: the names stay ours
            self._jobs.append(job)
            self._forget_old()
            waiting = [task for task in tasks if task is not None]
        if waiting:
            self._runner.launch(waiting)
        else:
            self._over(job)
        return job

    def _check_room(self, owner: str, wanted: int) -> None:
        active = [
            job.owner for job in self._jobs for member in job.members if member.stage in ACTIVE
        ]
        if len(active) + wanted > MOST_WAITING or active.count(owner) + wanted > MOST_OF_ONE:
            raise BoardFull(
                f"{len(active)} runs are waiting already, {active.count(owner)} of them yours; at "
                f"most {MOST_WAITING} and {MOST_OF_ONE} can: wait for some to end, or cancel them"
            )

    def _reserve(self, job: Job, member: Member, undo: ExitStack, resume: bool) -> Task | None:
        """The task of a run whose name is reserved for it now; None if it is finished already."""
        locks = undo.enter_context(ExitStack())
        locks.enter_context(owned(member.name))
        check_free(GALLERY, member.name)
        state = b""
        stopped = member.name in unfinished_names()
        if resume and stopped:
            before = load_unfinished(member.name)
            kept = {"changes": ()}
            check_same(member.name, before.run.replace(kept), member.run.replace(kept))
            if (
                saved_run(user_folder() / member.name) == before.run
            ):  # it was ended between its last two steps
                delete_unfinished(member.name)
                member.end(Stage.DONE)
                locks.close()
                return None
            member.run, state = before.run, sealed(member.name, before)
            member.history.extend(before.history)
        elif stopped:
            raise CheckpointError(
                f"there is a stopped run named {member.name}; resume or delete it, or choose "
                "another name"
            )
        elif resume and saved_run(user_folder() / member.name) == member.run:
            member.end(Stage.DONE)
            locks.close()
            return None
        check_free(user_folder(), member.name)
        return Task(job, [member], [state], locks)

    def left(self) -> list[Plan]:
        """Jobs that were handed in once and are on no board now, since a server ended: sweeps, and
        runs that still waited (those that had begun are in ``resumable``)."""
        with self._lock:
            mine = {Plan.of(job).name for job in self._jobs if job.active}
        stopped = unfinished_names()
        found = []
        for sweep in (True, False):
            for name in plan_names(sweep):
                if name not in mine and (sweep or name not in stopped):
                    with suppress(CheckpointError):  # a broken file is nothing to go on with
                        found.append(load_plan(name, sweep))
        return found

    def cancel(self, job: Job) -> None:
        """End a job at once; what was finished of it stays and can be resumed."""
        self._runner.stop(job)

    def change(
        self,
        member: Member,
        kl_weight: float | None = None,
        learning_rate: float | None = None,
    ) -> None:
        """Change a run from its next epoch on.

        Raises:
            ValueError: a value out of range; the message names the field.
        """
        given = {"kl_weight": kl_weight, "learning_rate": learning_rate}
        values = {key: value for key, value in given.items() if value is not None}
        member.run.changed(
            len(member.history), kl_weight, learning_rate
        )  # a wrong value is refused here
        self._runner.change(member, values)

    def save_again(self, job: Job, member: Member) -> None:
        """Write a checkpoint that could not be written before.

        Raises:
            CheckpointError: it still cannot, or its name is taken meanwhile.
        """
        if member.files is not None:
            with owned(member.name):
                save_trained(member, member.files)
            self._over(job)

    def threads(self, runs: int) -> int:
        """How many processor threads so many runs share on this machine."""
        cores = os.cpu_count() or 1
        return max(cores - 1, 1) if runs == 1 else min(cores, runs)

    def use(self, scheduler: str | None) -> None:
        """Train elsewhere from now on.

        Raises:
            BoardFull: something is still being trained.
        """
        with self._lock:
            if self.busy():
                raise BoardFull("something is still being trained; wait for it or cancel it first")
            self._runner.close("it was to be trained elsewhere")
            self.scheduler = scheduler
            self._runner = self._runner_at(scheduler)

    def forget(self, job: Job) -> None:
        """Take a job that is over off the board; its checkpoints stay, and so does a job with a
        model that is nowhere else."""
        with self._lock:
            if _is_over(job) and job in self._jobs:
                self._jobs.remove(job)

    def close(self) -> None:
        """End everything; what was finished stays."""
        self._closed = True
        self._runner.close("the app was closed; resume it to go on")

    def _runner_at(self, scheduler: str | None) -> Runner:
        if scheduler is None:
            return LocalRunner(self._ended)
        from explorer.background.jobs.runners.dask import DaskRunner  # loads Dask

        return DaskRunner(scheduler, self._ended)

    def _forget_old(self) -> None:
        over = [job for job in self._jobs if _is_over(job)]
        for job in over[:-MOST_KEPT]:
            self._jobs.remove(job)

    def _ended(self, task: Task) -> None:
        if not task.job.active and not self._closed:
            self._over(task.job)

    def _over(self, job: Job) -> None:
        """A job is over. The plan of a sweep stays until all of its models are there."""
        done = all(member.stage == Stage.DONE for member in job.members)
        if job.sweep and done:
            try:
                save_sweep(job.sweep, [member.name for member in job.members])
            except (CheckpointError, KeyError, ValueError) as error:
                job.trouble = f"the sweep's file could not be written: {error}"
        if done or not job.sweep:
            plan = Plan.of(job)
            with suppress(CheckpointError):  # it is offered once more, and then nothing is left
                delete_plan(plan.name, plan.sweep)


def _is_over(job: Job) -> bool:
    """Whether nothing of a job is lost with it."""
    return not job.active and not any(member.files for member in job.members)
