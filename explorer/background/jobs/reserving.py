"""Reserving a run's name before it is trained."""

from contextlib import ExitStack

from explorer.background.jobs.job import Job, Member, Stage
from explorer.background.jobs.plans import plan_names
from explorer.background.jobs.runners.base import Task
from explorer.runs.checkpoints import (
    GALLERY,
    CheckpointError,
    check_free,
    saved_run,
    user_folder,
)
from explorer.runs.sweeps import sweep_names
from explorer.runs.train import check_same
from explorer.runs.unfinished import (
    delete_unfinished,
    load_unfinished,
    owned,
    sealed,
    unfinished_names,
)


def check_unplanned(job: Job) -> None:
    """Check that no other job has the name of this new one.

    Raises:
        CheckpointError: one has; it may not have begun.
    """
    name = job.sweep or job.members[0].name
    planned = plan_names(sweep=True) + plan_names(sweep=False)
    if name in planned or (job.sweep and name in sweep_names()):
        what = "sweep" if job.sweep else "run"
        raise CheckpointError(
            f"there is a {what} named {name} already; continue or forget it, or choose another name"
        )


def reserve(job: Job, member: Member, undo: ExitStack, resume: bool) -> Task | None:
    """Reserve a run's name, until ``undo`` is closed, and return its task; None if the run is
    already finished.

    Raises:
        CheckpointError: the name is taken, or the folder cannot be written.
    """
    locks = undo.enter_context(ExitStack())
    locks.enter_context(owned(member.name))
    check_free(GALLERY, member.name)
    state = b""
    stopped = member.name in unfinished_names()
    if resume and stopped:
        before = load_unfinished(member.name)
        kept = {"changes": ()}
        check_same(member.name, before.run.replace(kept), member.run.replace(kept))
        if saved_run(user_folder() / member.name) == before.run:
            # Killed after the checkpoint was saved, before this file was deleted.
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
