"""Where jobs run: on this machine, or on a Dask cluster that somebody has set up."""

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from types import TracebackType
from typing import Any

from distributed import Client
from distributed.core import rpc

from explorer.background.jobs.worker import describe_worker
from explorer.background.processes import Child

SCHEDULER = "EXPLORER_SCHEDULER"
CONNECT_SECONDS = 10.0
START_SECONDS = 60.0
LOCALLY = "To train on this machine instead, leave out the scheduler."


class ClusterUnreachable(Exception):
    """A cluster cannot be used; the message says which, why and what to do."""


@dataclass(frozen=True)
class Workers:
    """What the workers of a cluster can do.

    Attributes:
        count: of workers.
        threads: processor threads that a single run should use.
        cuda: whether those that get jobs have a CUDA device.
        resources: those that some worker declares, such as ``GPU``.
    """

    count: int
    threads: int
    cuda: bool
    resources: frozenset[str]


class Cluster:
    """A connection to a scheduler and its workers; without an address one starts on this machine.

    Raises:
        ClusterUnreachable: it does not answer, speaks another version, or has no worker that
            could train.
    """

    def __init__(self, address: str | None = None) -> None:
        self.address = address
        self._process: Child | None = None
        try:
            self.client = _client(address or self._start())
            self.workers = self._ask_workers()
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether it still answers."""
        return self.client.status == "running"

    def _start(self) -> str:
        self._process = Child("explorer.background.jobs.local")
        too_long = threading.Timer(START_SECONDS, self._process.kill)
        too_long.start()
        for message in self._process.messages():
            too_long.cancel()
            return str(message.head["address"])
        raise ClusterUnreachable(
            f"training cannot start on this machine: {self._process.why_it_ended()}"
        )

    def _ask_workers(self) -> Workers:
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
        slots = {name: max(int(worker["nthreads"]), 1) for name, worker in known.items()}
        cores = min(int(what["cores"]) for what in told.values())
        # On this machine one is left to whoever serves the page.
        threads = cores - 1 if self._process else cores // max(slots.values())
        resources = {name for worker in known.values() for name in worker.get("resources", {})}
        if not self._process:
            resources -= {"CPU"}  # what it means elsewhere is not ours to say
        takers = [
            name
            for name, worker in known.items()
            if "GPU" in worker.get("resources", {}) or "GPU" not in resources
        ]
        cuda = all(told[name]["device"] == "cuda" for name in takers)
        return Workers(len(known), max(threads, 1), cuda, frozenset(resources))

    def _check_versions(self) -> None:
        versions: Any = self.client.get_versions()
        for worker in versions["workers"].values():
            wrong = _other_version("worker", self.address, worker)
            if wrong:
                raise ClusterUnreachable(wrong)

    def close(self) -> None:
        """Let go of it; one of this machine ends with all it is doing."""
        client: Any = getattr(self, "client", None)
        if client is not None:
            client.close(timeout=2)
        if self._process:
            self._process.close()

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()


def chosen_scheduler() -> str | None:
    """The scheduler's address in ``EXPLORER_SCHEDULER``, if there is one."""
    return os.environ.get(SCHEDULER) or None


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


def _other_version(what: str, address: str | None, versions: dict[str, Any]) -> str:
    """A sentence if somebody's Dask is not ours; nothing if it is."""
    theirs, ours = versions.get("packages", {}).get("distributed"), version("distributed")
    if theirs == ours:
        return ""
    return (
        f"the {what} at {address} speaks Dask {theirs}, here is {ours}; install the same version "
        f"on both. {LOCALLY}"
    )
