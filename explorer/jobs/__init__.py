"""Background training: jobs on this machine or on a cluster, in processes of their own.

::

    board = Board()
    job = board.submit("me", "a VAE", [NamedRun(name="my-vae", run=run)])
    while job.active: ...  # look at job.members[0].history
"""

from explorer.jobs.board import Board, BoardFull
from explorer.jobs.cluster import SCHEDULER, ClusterUnreachable, chosen_scheduler
from explorer.jobs.films import delete_film, load_film
from explorer.jobs.job import ACTIVE, Frame, Job, Member, Stage
from explorer.jobs.plans import Plan, delete_plan

__all__ = [
    "ACTIVE",
    "SCHEDULER",
    "Board",
    "BoardFull",
    "ClusterUnreachable",
    "Frame",
    "Job",
    "Member",
    "Plan",
    "Stage",
    "chosen_scheduler",
    "delete_film",
    "delete_plan",
    "load_film",
]
