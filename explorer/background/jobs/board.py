"""The job board: accepts jobs, has them trained in other processes, and saves the results.

Nothing is trained in this process: a runner trains each job in a separate process, on this machine
or on a cluster. All work on the checkpoint folder happens here: reserving names, and saving
every finished epoch and the trained model. So a cluster needs no shared disk, and a run that is
killed anywhere can be resumed from here.
"""

import os
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress

from explorer.background.jobs.films import delete_film
from explorer.background.jobs.home import save_trained
from explorer.background.jobs.job import Job, Member, Stage
from explorer.background.jobs.limits import LAPTOP, Limits, TooMuch
from explorer.background.jobs.owners import (
    COMMAND_LINE,
    Refused,
    Visitor,
    forget_owner,
    owner_of,
    remember_owner,
)
from explorer.background.jobs.plans import Plan, delete_plan, load_plan, plan_names, save_plan
from explorer.background.jobs.reserving import check_unplanned, reserve
from explorer.background.jobs.runners.base import Runner, Task
from explorer.background.jobs.runners.local import LocalRunner
from explorer.datasets import DATASETS, load_dataset
from explorer.models import check_model_spec
from explorer.runs.checkpoints import (
    CheckpointError,
    delete_checkpoint,
    user_folder,
)
from explorer.runs.defaults import check_fits
from explorer.runs.sweeps import save_sweep
from explorer.runs.unfinished import delete_unfinished, owned, unfinished_names
from explorer.specs import NamedRun, RunSpec
from explorer.training.estimate import estimated_seconds

MOST_KEPT = 60  # finished jobs that are still shown


class Board:
    """All jobs of a server. Thread-safe. Only its owner and the operator may change what belongs to
    a visitor, wherever in the app they ask; others get ``Refused``.

    Args:
        scheduler: address of a Dask scheduler; None for this machine.
        limits: what visitors may ask for.
    """

    def __init__(self, scheduler: str | None = None, limits: Limits = LAPTOP) -> None:
        self.scheduler, self.limits = scheduler, limits
        self._jobs: list[Job] = []
        self._lock = threading.RLock()
        self._closed = False
        self._runner = self._runner_at(scheduler)

    def jobs(self, owner: str | None = None) -> list[Job]:
        """All jobs, newest first; those of ``owner`` come before all others."""
        with self._lock:
            return sorted(self._jobs, key=lambda job: (job.owner != owner, -job.number))

    def resumable(self) -> list[str]:
        """Names of the stopped runs that are not being trained by this board."""
        busy = self.busy()
        return [name for name in unfinished_names() if name not in busy]

    def busy(self) -> set[str]:
        """Names of the runs that are waiting or being trained, and thus reserved."""
        return self._runner.busy()

    def submit(
        self,
        owner: str | Visitor,
        title: str,
        runs: Sequence[NamedRun],
        *,
        sweep: str | None = None,
        resume: bool = False,
    ) -> Job:
        """Submit a job, after checking everything that could be wrong with it.

        Args:
            owner: who submits it, or what they are called; jobs of different owners take turns.
            title: shown to users.
            runs: the runs to train, each under its own name.
            sweep: name of the sweep file to write at the end, if the job is a sweep.
            resume: resume stopped runs of these names, and skip finished ones.

        Raises:
            Refused: a name belongs to somebody else.
            ValueError: a setting is invalid or beyond the limits; the message names the field.
            CheckpointError: a name is taken, or the folder is not writable.
            TooMuch: too many runs are waiting, or the disk is full.
        """
        for one in runs:
            source = DATASETS.get(one.run.dataset) or load_dataset(one.run.dataset)
            check_model_spec(one.run.model)
            check_fits(one.run, source)
        by = owner if isinstance(owner, Visitor) else Visitor(owner)
        specs = [one.run for one in runs]
        self.check(by, specs)
        names = [one.name for one in runs] + ([sweep] if sweep else [])
        for name in names:
            if resume or owner_of(name) is not None:
                by.check_may(owner_of(name), name)
        with self._lock:
            self.limits.check_room(by, specs, self._jobs)
            job = Job.of(by.name, title, runs, sweep)
            with ExitStack() as undo:
                tasks = [reserve(job, member, undo, resume) for member in job.members]
                if not resume:
                    check_unplanned(job)
                save_plan(Plan.of(job))
                for name in names:
                    if by != COMMAND_LINE and owner_of(name) is None:
                        remember_owner(name, by.name)
                undo.pop_all()  # success: keep the names locked
            self._jobs.append(job)
            self._forget_old()
            waiting = [task for task in tasks if task is not None]
            threads = self.threads(1) if len(waiting) == 1 else 1  # a sweep's runs have one each
            for task in waiting:
                task.seconds = _expected(task.members[0], threads)
        if waiting:
            self._runner.launch(waiting)
        else:
            self._over(job)
        return job

    def check(self, by: Visitor, runs: Sequence[RunSpec]) -> None:
        """Check that runs of a job are within the limits for a visitor.

        Raises:
            ValueError: they are not; the message names the field.
        """
        self.limits.check(by, runs, self.threads(len(runs)))

    def left(self) -> list[Plan]:
        """Jobs of a server that has ended, which are not on this board: sweeps, and single runs
        that had not begun (those that had are in ``resumable``)."""
        with self._lock:
            mine = {Plan.of(job).name for job in self._jobs if job.active}
        stopped = unfinished_names()
        found = []
        for sweep in (True, False):
            for name in plan_names(sweep):
                if name not in mine and (sweep or name not in stopped):
                    with suppress(CheckpointError):  # a broken file cannot be resumed
                        found.append(load_plan(name, sweep))
        return found

    def stop(self, job: Job, by: Visitor) -> None:
        """Stop a job; its finished epochs are kept, and it can be resumed.

        Raises:
            Refused: it belongs to somebody else.
        """
        by.check_may(job.owner, job.title)
        self._runner.stop(job)

    def change(
        self,
        job: Job,
        member: Member,
        by: Visitor,
        kl_weight: float | None = None,
        learning_rate: float | None = None,
    ) -> None:
        """Change settings of a job's run from its next epoch on.

        Raises:
            Refused: it belongs to somebody else.
            ValueError: a value is out of range; the message names the field.
        """
        by.check_may(job.owner, member.name)
        given = {"kl_weight": kl_weight, "learning_rate": learning_rate}
        values = {key: value for key, value in given.items() if value is not None}
        # Called only to reject invalid values.
        member.run.changed(len(member.history), kl_weight, learning_rate)
        self._runner.change(member, values)

    def save_again(self, job: Job, member: Member, by: Visitor) -> None:
        """Try again to save a checkpoint.

        Raises:
            Refused: it belongs to somebody else.
            CheckpointError: it still cannot be saved, or its name has been taken.
        """
        by.check_may(job.owner, member.name)
        if member.files is not None:
            with owned(member.name):
                save_trained(member, member.files)
            self._over(job)

    def threads(self, runs: int) -> int:
        """How many CPU threads this number of runs uses on this machine."""
        cores = os.cpu_count() or 1
        return max(cores - 1, 1) if runs == 1 else min(cores, runs)

    def use(self, scheduler: str | None, by: Visitor) -> None:
        """Train on another cluster, or on this machine, from now on. Only the operator may, since
        it is for everybody.

        Raises:
            Refused: another visitor asks for it.
            TooMuch: a run is still being trained.
        """
        if not by.is_operator:
            raise Refused("only the operator of this server can choose where runs are trained")
        with self._lock:
            if self.busy():
                raise TooMuch("a run is still being trained; wait for it or stop it first")
            self._runner.close("training was moved elsewhere")
            self.scheduler = scheduler
            self._runner = self._runner_at(scheduler)

    def forget(self, job: Job, by: Visitor) -> None:
        """Remove a finished job from the board; its checkpoints stay. A job with an unsaved model
        is not removed.

        Raises:
            Refused: it belongs to somebody else.
        """
        by.check_may(job.owner, job.title)
        with self._lock:
            if _is_over(job) and job in self._jobs:
                self._jobs.remove(job)

    def delete(self, job: Job, member: Member, by: Visitor) -> None:
        """Delete a trained model and its film permanently.

        Raises:
            Refused: it belongs to somebody else.
            CheckpointError: it cannot be deleted.
        """
        by.check_may(job.owner, member.name)
        delete_film(member.name)
        delete_checkpoint(user_folder(), member.name)
        forget_owner(member.name)
        member.end(Stage.STOPPED, "deleted")
        if len(job.members) == 1:
            self.forget(job, by)

    def drop(self, name: str, by: Visitor) -> None:
        """Delete a stopped run permanently, unless another process is using it.

        Raises:
            Refused: it belongs to somebody else.
            CheckpointError: it cannot be deleted.
        """
        by.check_may(owner_of(name), name)
        with owned(name):
            delete_unfinished(name)
        forget_owner(name)

    def forget_plan(self, plan: Plan, by: Visitor) -> None:
        """Forget a job of a server that has ended; its stopped runs stay as single runs.

        Raises:
            Refused: it belongs to somebody else.
            CheckpointError: its file cannot be deleted.
        """
        by.check_may(owner_of(plan.name), plan.name)
        delete_plan(plan.name, plan.sweep)

    def close(self) -> None:
        """Stop all jobs; their finished epochs are kept."""
        self._closed = True
        self._runner.close("the app was closed; resume the run to continue")

    def _runner_at(self, scheduler: str | None) -> Runner:
        if scheduler is None:
            return LocalRunner(self._ended)
        from explorer.background.jobs.runners.dask import DaskRunner  # imports Dask

        return DaskRunner(scheduler, self._ended)

    def _forget_old(self) -> None:
        over = [job for job in self._jobs if _is_over(job)]
        for job in over[:-MOST_KEPT]:
            self._jobs.remove(job)

    def _ended(self, task: Task) -> None:
        if not task.job.active and not self._closed:
            self._over(task.job)

    def _over(self, job: Job) -> None:
        """Finish a job. The plan of a sweep is kept until all its models are saved."""
        done = all(member.stage == Stage.DONE for member in job.members)
        if job.sweep and done:
            try:
                save_sweep(job.sweep, [member.name for member in job.members])
            except (CheckpointError, KeyError, ValueError) as error:
                job.trouble = f"the sweep file could not be written: {error}"
        if done or not job.sweep:
            plan = Plan.of(job)
            with suppress(CheckpointError):  # offered again, and then all runs are found finished
                delete_plan(plan.name, plan.sweep)


def _expected(member: Member, threads: int) -> float:
    """How many seconds the rest of a run takes."""
    source = DATASETS.get(member.run.dataset)
    whole = estimated_seconds(member.run, source.training_images if source else 0, threads)
    return whole * (1 - member.share)


def _is_over(job: Job) -> bool:
    """Whether a job can be removed without losing anything."""
    return not job.active and not any(member.files for member in job.members)
