"""Files of unfinished jobs, so that a restarted server can resume them.

A job's file is ``EXPLORER_HOME/plans/NAME.job`` or, for a sweep, ``NAME.sweep``. It lists only the
runs; the progress of each run is in its own file.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field

from explorer.background.jobs.job import Job
from explorer.files import (
    CheckpointError,
    broken,
    home_folder,
    load_spec,
    named_files,
    save_spec,
)
from explorer.specs import CheckpointName, NamedRun, Spec, check_name

_LIMIT = 2**22  # bytes
_SUFFIXES = (".sweep", ".job")


class Plan(Spec):
    """The runs of a job.

    Attributes:
        name: of the sweep, or of the only run.
    """

    format: Literal[1] = 1
    name: CheckpointName
    sweep: bool
    runs: tuple[NamedRun, ...] = Field(min_length=1)

    @classmethod
    def of(cls, job: Job) -> "Plan":
        """The plan of a job."""
        runs = tuple(NamedRun(name=member.name, run=member.run) for member in job.members)
        return cls(name=job.sweep or runs[0].name, sweep=bool(job.sweep), runs=runs)


def _path(name: str, sweep: bool) -> Path:
    return home_folder() / "plans" / f"{check_name(name)}{_SUFFIXES[0 if sweep else 1]}"


def save_plan(plan: Plan) -> None:
    """Write a job's file.

    Raises:
        CheckpointError: it cannot be written.
    """
    save_spec(_path(plan.name, plan.sweep), plan)


def plan_names(sweep: bool) -> list[str]:
    """Names of the sweeps, or of the single runs, that have a plan file."""
    return named_files(home_folder() / "plans", _SUFFIXES[0 if sweep else 1])


def load_plan(name: str, sweep: bool) -> Plan:
    """Read a job's file.

    Raises:
        CheckpointError: the file is missing or broken.
    """
    path = _path(name, sweep)
    plan = load_spec(path, Plan, _LIMIT)
    if (plan.name, plan.sweep) != (name, sweep):
        raise broken(path, f"it belongs to a job named {plan.name!r}")
    return plan


def delete_plan(name: str, sweep: bool) -> None:
    """Delete a job's file, if it has one.

    Raises:
        CheckpointError: it cannot be removed.
    """
    path = _path(name, sweep)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be deleted ({error.strerror})") from None
