"""The cluster of this machine: a scheduler and one worker in a process of their own.

Nothing to configure, and no port that another machine could reach. The worker is but a switchboard:
each job is a further process, so that as many can run as there are cores.
"""

import asyncio
import os

import torch
from distributed import Scheduler, Worker

from explorer.background.processes import Message, Owner, serve

LOOPBACK = "127.0.0.1"


def work(owner: Owner) -> None:
    """Be the cluster, for as long as there is an owner."""
    asyncio.run(_serve(owner))


async def _serve(owner: Owner) -> None:
    cores = os.cpu_count() or 1
    resources = {"CPU": float(cores)}
    if torch.cuda.is_available():
        resources["GPU"] = 1.0  # all children take the first one
    async with (
        Scheduler(host=LOOPBACK, port=0, dashboard_address=f"{LOOPBACK}:0") as scheduler,
        Worker(
            scheduler.address,
            host=LOOPBACK,
            nthreads=cores,
            resources=resources,
            memory_limit=0,
            dashboard_address=f"{LOOPBACK}:0",
        ),
    ):
        owner.send(Message({"address": scheduler.address}))
        await asyncio.Event().wait()


if __name__ == "__main__":
    serve(work)
