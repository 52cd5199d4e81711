"""Connects to an existing Dask cluster and checks that its workers can train."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any

from distributed import Client
from distributed.core import rpc
from distributed.security import Security

from explorer.background.jobs.runners.base import ClusterUnreachable
from explorer.background.jobs.runners.worker import describe_worker

CONNECT_SECONDS = 10.0
LOCALLY = "To train on this machine instead, leave out the scheduler."


class Cluster:
    """A connection to a scheduler and its workers.

    Attributes:
        threads: CPU threads that a single run should use.
        cuda: whether all workers that get tasks have a CUDA device.
        gpus: whether some workers declare the resource ``GPU``; then only those get tasks.

    Raises:
        ClusterUnreachable: it does not answer, runs another version of Dask, or has no worker that
            can train.
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
        """Whether the connection is still open."""
        return self.client.status == "running"

    def close(self) -> None:
        """Close the connection."""
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
        except Exception as error:  # a worker may raise anything
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
    # the scheduler is first checked with a plain RPC. This happens in a thread, since the caller
    # may have a running event loop.
    with ThreadPoolExecutor(1) as thread:
        wrong = thread.submit(lambda: asyncio.run(_look_at(address))).result()
    if wrong:
        raise ClusterUnreachable(wrong)
    return Client(address, timeout=CONNECT_SECONDS, set_as_default=False, name="explorer")


async def _look_at(address: str) -> str:
    """Why the scheduler at an address cannot be used; empty if it can."""
    try:
        # For ``tls://``, the certificates that Dask's own configuration names, as in ``Client``.
        known_by = Security().get_connection_args("client")
        async with rpc(address, timeout=CONNECT_SECONDS, connection_args=known_by) as scheduler:
            told = await asyncio.wait_for(scheduler.identity(), CONNECT_SECONDS)
            if told["type"] == "Scheduler":
                versions = await asyncio.wait_for(scheduler.versions(), CONNECT_SECONDS)
                return _other_version("scheduler", address, versions)
            reason = f"found a {told['type']}"
    except Exception as error:  # any server may answer at this address
        reason = " ".join(str(error).split())[:200] or type(error).__name__
    return f"no Dask scheduler can be reached at {address[:200]} ({reason}). {LOCALLY}"


def _other_version(what: str, address: str, versions: dict[str, Any]) -> str:
    """An error message if the version of Dask differs from ours; otherwise empty."""
    theirs, ours = versions.get("packages", {}).get("distributed"), version("distributed")
    if theirs == ours:
        return ""
    return (
        f"the {what} at {address} runs Dask {theirs}, but this machine has {ours}; install the "
        f"same version on both. {LOCALLY}"
    )
