"""A Dask cluster that somebody has set up: reached, and asked what it can do."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any

from distributed import Client
from distributed.core import rpc

from explorer.background.jobs.runners.base import ClusterUnreachable
from explorer.background.jobs.runners.worker import describe_worker

CONNECT_SECONDS = 10.0
LOCALLY = "To train on this machine instead, leave out the scheduler."


class Cluster:
    """A connection to a scheduler and its workers.

    Attributes:
        threads: processor threads that a single run should use.
        cuda: whether the workers that get tasks have a CUDA device.
        gpus: whether some declare the resource ``GPU``; only those get tasks then.

    Raises:
        ClusterUnreachable: it does not answer, speaks another version, or has no worker that
            could train.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.client = _client(address)
        try:
            self._ask_workers()
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether it still answers."""
        return self.client.status == "running"

    def close(self) -> None:
        """Let go of it."""
        self.client.close(timeout=2)

    def _ask_workers(self) -> None:
        known = self.client.scheduler_info(n_workers=-1)["workers"]
        if not known:
            raise ClusterUnreachable(
                f"the scheduler at {self.address} has no worker; start one. {LOCALLY}"
            )
        self._check_versions()
        try:
            told = self.client.run(describe_worker)
        except Exception as error:  # whatever a stranger's worker raises
            raise ClusterUnreachable(
                f"a worker of {self.address} cannot run Latent Explorer "
                f"({type(error).__name__}: {str(error)[:200]}); start workers where "
                f"`python -m explorer list` works. {LOCALLY}"
            ) from None
        slots = max(int(worker["nthreads"]) for worker in known.values())
        cores = min(int(what["cores"]) for what in told.values())
        declared = {name for name, one in known.items() if "GPU" in one.get("resources", {})}
        self.threads = max(cores // max(slots, 1), 1)
        self.cuda = all(told[name]["device"] == "cuda" for name in declared or known)
        self.gpus = bool(declared)

    def _check_versions(self) -> None:
        versions: Any = self.client.get_versions()
        for worker in versions["workers"].values():
            wrong = _other_version("worker", self.address, worker)
            if wrong:
                raise ClusterUnreachable(wrong)


def _client(address: str) -> Client:
    # A client that fails to connect leaves threads behind, and one of another version warns, so
    # that the scheduler is asked more simply at first; in a thread, since whoever calls may have
    # an event loop running.
    with ThreadPoolExecutor(1) as thread:
        wrong = thread.submit(lambda: asyncio.run(_look_at(address))).result()
    if wrong:
        raise ClusterUnreachable(wrong)
    return Client(address, timeout=CONNECT_SECONDS, set_as_default=False, name="explorer")


async def _look_at(address: str) -> str:
    """What is wrong with the scheduler at an address; nothing if it can be used."""
    try:
        async with rpc(address, timeout=CONNECT_SECONDS) as somebody:
            told = await asyncio.wait_for(somebody.identity(), CONNECT_SECONDS)
            if told["type"] == "Scheduler":
                versions = await asyncio.wait_for(somebody.versions(), CONNECT_SECONDS)
                return _other_version("scheduler", address, versions)
            reason = f"there is a {told['type']}"
    except Exception as error:  # whatever stands there may say anything
        reason = " ".join(str(error).split())[:200] or type(error).__name__
    return f"there is no Dask scheduler to be reached at {address[:200]} ({reason}). {LOCALLY}"


def _other_version(what: str, address: str, versions: dict[str, Any]) -> str:
    """A sentence if somebody's Dask is not ours; nothing if it is."""
    theirs, ours = versions.get("packages", {}).get("distributed"), version("distributed")
    if theirs == ours:
        return ""
    return (
        f"the {what} at {address} speaks Dask {theirs}, here is {ours}; install the same version "
        f"on both. {LOCALLY}"
    )
