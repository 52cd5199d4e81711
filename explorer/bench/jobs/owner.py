"""Owns runs until they are done or it is killed: ``python -m explorer.bench.jobs.owner N``."""

import sys
import time

from explorer.background.jobs.board import Board
from explorer.background.jobs.job import Job, Stage
from explorer.background.jobs.owners import OPERATOR
from explorer.datasets import DATASETS
from explorer.runs.checkpoints import CheckpointError
from explorer.runs.defaults import default_run
from explorer.specs import NamedRun

EPOCHS = 60
AT_ONCE = 12  # on the board


def own(count: int) -> None:
    """Submit runs r0, r1, … with ``resume``, again if they fail; print a line when one ends."""
    run = default_run(DATASETS["digits"]).replace({"epochs": EPOCHS, "widths": (32,)})
    board = Board()
    left = [NamedRun(name=f"r{n}", run=run.replace({"seed": n})) for n in range(count)]
    jobs: dict[str, tuple[NamedRun, Job]] = {}
    while left or jobs:
        while left and len(jobs) < AT_ONCE:
            one = left.pop()
            try:
                jobs[one.name] = one, board.submit("bench", one.name, [one], resume=True)
            except CheckpointError as error:
                print(f"refused {one.name}: {error}", flush=True)
                left.insert(0, one)
                time.sleep(0.1)
        for name, (one, job) in list(jobs.items()):
            if job.active or name in board.busy():
                continue
            (member,) = job.members
            print(f"{member.stage.name} {name}: {member.note}", flush=True)
            board.forget(job, OPERATOR)
            del jobs[name]
            if member.stage != Stage.DONE:
                left.append(one)
        time.sleep(0.02)
    board.close()


if __name__ == "__main__":
    own(int(sys.argv[1]))
