"""Jobs on a Dask cluster, with a real scheduler and real workers on the loopback interface."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from explorer.background.jobs.board import Board
from explorer.background.jobs.job import Stage
from explorer.background.jobs.owners import OPERATOR
from explorer.background.jobs.runners.base import ClusterUnreachable
from explorer.background.jobs.runners.cluster import Cluster
from explorer.runs.checkpoints import load_checkpoint, user_folder
from explorer.runs.sweeps import load_sweep, plan_sweep
from explorer.runs.train import train_checkpoint
from explorer.runs.unfinished import load_unfinished, unfinished_names
from explorer.specs import NamedRun
from tests.support.waiting import PATIENCE, wait_over, wait_until

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[3]
LOOPBACK = "127.0.0.1"
LONG = 100_000  # epochs: longer than any test
# A scheduler that claims another version: an older one cannot be installed next to ours.
OLD = """
import importlib.metadata as metadata
really = metadata.version
metadata.version = lambda name: "2020.1.0" if name == "distributed" else really(name)
from distributed.cli.dask_scheduler import main
main()
"""


class Dask:
    """A scheduler and its workers, killed at the end of the test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []
        self._processes: list[subprocess.Popen[bytes]] = []

    def _start(self, *words: str, known: bool = True) -> subprocess.Popen[bytes]:
        environment = os.environ | {"PYTHONPATH": str(REPOSITORY) if known else ""}
        process = subprocess.Popen(
            [sys.executable, *words],
            env=environment,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._processes.append(process)
        return process

    def schedule(self, *how: str) -> str:
        file = self._folder / "scheduler.json"
        how = how or ("-m", "distributed.cli.dask_scheduler")
        self._start(
            *how, "--host", LOOPBACK, "--port", "0", "--no-dashboard", "--scheduler-file", str(file)
        )
        wait_until(file.exists, "the scheduler is there")
        address = ""

        def read() -> bool:
            nonlocal address
            try:
                address = json.loads(file.read_text())["address"]
            except ValueError:
                return False
            return True

        wait_until(read, "the scheduler has said where")
        return address

    def work(self, address: str, *more: str, known: bool = True) -> subprocess.Popen[bytes]:
        flags = ("--no-nanny", "--no-dashboard", "--nthreads", "1", "--host", LOOPBACK)
        worker = self._start(
            "-m", "distributed.cli.dask_worker", address, *flags, *more, known=known
        )
        self.workers.append(worker)
        return worker

    def wait_for_workers(self, address: str, count: int) -> None:
        from distributed import Client

        with Client(address, timeout=PATIENCE, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=PATIENCE)

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    folder = tmp_path / "dask"
    folder.mkdir()
    cluster = Dask(folder)
    yield cluster
    cluster.close()


@pytest.fixture
def boards() -> Iterator[Callable[[str], Board]]:
    made: list[Board] = []

    def make(address: str) -> Board:
        made.append(Board(address))
        return made[-1]

    yield make
    for board in made:
        board.close()


def test_a_sweep_trains_like_a_direct_call(dask, boards, tiny_run, digits, tmp_path):
    address = dask.schedule()
    dask.work(address)
    dask.wait_for_workers(address, 1)
    board = boards(address)
    runs = plan_sweep("s", tiny_run.replace({"epochs": 60}), [0.5, 4.0])
    job = board.submit("me", "s", runs, sweep="s")
    wait_over(board, job)
    assert [member.stage for member in job.members] == [Stage.DONE] * 2
    for member, one in zip(job.members, runs, strict=True):
        for _ in train_checkpoint(tmp_path, one.name, one.run, digits):
            pass
        ours, by_hand = (
            load_checkpoint(user_folder() / one.name),
            load_checkpoint(tmp_path / one.name),
        )
        np.testing.assert_allclose(ours.codes.mean, by_hand.codes.mean, atol=2e-3)
        assert member.history == list(ours.history)
    points = load_sweep("s").points
    assert [point.kl_weight for point in points] == [0.5, 4.0]
    assert points[0].rate > points[1].rate
    assert points[0].distortion < points[1].distortion


def trainers(worker: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The processes of runs that a worker has."""
    family = psutil.Process(worker.pid).children(recursive=True)
    return [process for process in family if process.name() == "jobs.child"]


def test_a_sweep_survives_a_worker_killed_in_mid_run(dask, boards, tiny_run):
    """The runs are too long to end before the kill, even if one worker is much faster, and the
    remaining worker has room for both."""
    address = dask.schedule()
    for _ in range(2):
        dask.work(address, "--nthreads", "2")
    dask.wait_for_workers(address, 2)
    board = boards(address)
    runs = plan_sweep("s", tiny_run.replace({"epochs": LONG}), [0.5, 4.0])
    job = board.submit("me", "s", runs, sweep="s")

    def all_beyond(epochs: int) -> bool:
        assert job.active, [member.note for member in job.members]
        saved = {one.name for one in runs} & {*unfinished_names()}
        return len(saved) == 2 and all(len(load_unfinished(n).history) > epochs for n in saved)

    wait_until(lambda: all_beyond(10), "both are under way")
    before = [member.history[:10] for member in job.members]
    worker = next(filter(trainers, dask.workers))
    assert trainers(worker)[0].nice() == psutil.Process(worker.pid).nice(), (
        "a worker's process has a lower priority"
    )
    worker.send_signal(signal.SIGKILL)
    wait_until(lambda: any(member.restarts for member in job.members), "the other takes over")
    reached = max(len(member.history) for member in job.members)
    wait_until(lambda: all_beyond(reached), "both go on")
    board.stop(job, OPERATOR)
    wait_over(board, job)

    for member, first in zip(job.members, before, strict=True):
        assert member.stage == Stage.STOPPED
        assert member.restarts <= 1
        assert member.history[:10] == first, "finished epochs were trained again"
        assert [record.epoch for record in member.history] == [*range(1, len(member.history) + 1)]
        kept = load_unfinished(member.name).history
        assert list(kept) == member.history, "to the last epoch before it was stopped"


def test_jobs_go_to_workers_that_declare_a_gpu(dask, boards, tiny_run):
    address = dask.schedule()
    dask.work(address, "--name", "plain")
    dask.work(address, "--name", "declared", "--resources", "GPU=1")
    dask.wait_for_workers(address, 2)
    board = boards(address)
    jobs = [
        board.submit("me", name, [NamedRun(name=name, run=tiny_run.replace({"epochs": 60}))])
        for name in ("a", "b")
    ]
    never = board.submit("me", "c", [NamedRun(name="c", run=tiny_run)])
    board.stop(never, OPERATOR)
    assert "c" not in board.busy(), "it had not begun"
    wait_over(board, *jobs)
    first, second = sorted((job.members[0] for job in jobs), key=lambda member: member.begun)
    assert [first.stage, second.stage] == [Stage.DONE] * 2
    # One after the other, although there are two workers.
    assert second.begun >= first.ended - 0.5


def test_when_the_scheduler_dies_the_runs_can_be_resumed(dask, boards, tiny_run):
    address = dask.schedule()
    dask.work(address)
    dask.wait_for_workers(address, 1)
    board = boards(address)
    run = tiny_run.replace({"epochs": LONG})
    job = board.submit("me", "one", [NamedRun(name="one", run=run)])
    wait_until(lambda: len(job.members[0].history) >= 3 and board.busy(), "it runs")
    dask.close()
    wait_over(board, job)
    assert job.stage == Stage.STOPPED
    assert "resume" in job.members[0].note
    assert board.resumable() == ["one"]


def test_a_worker_may_answer_before_its_task_is_noted(dask, boards, tiny_run, monkeypatch):
    """It is idle, and the thread that hands the task to Dask may have to wait for the processor."""
    from distributed import Client

    real = Client.submit

    def submit(self, *words, **how):
        future = real(self, *words, **how)
        time.sleep(3)
        return future

    address = dask.schedule()
    dask.work(address)
    dask.wait_for_workers(address, 1)
    monkeypatch.setattr(Client, "submit", submit)
    board = boards(address)
    job = board.submit("me", "one", [NamedRun(name="one", run=tiny_run)])
    wait_over(board, job)
    assert job.stage == Stage.DONE


OWNER = """
import sys, time
from explorer.background.jobs.board import Board
from explorer.specs import NamedRun, RunSpec

run = RunSpec.model_validate_json(sys.argv[2])
job = Board(sys.argv[1]).submit("me", "one", [NamedRun(name="one", run=run)])
while not job.members[0].history:
    time.sleep(0.05)
print("it runs", flush=True)
time.sleep(1000)
"""


def test_when_the_owner_is_killed_its_worker_is_free_for_others(dask, boards, tiny_run):
    address = dask.schedule()
    dask.work(address)
    dask.wait_for_workers(address, 1)
    endless = tiny_run.replace({"epochs": LONG}).model_dump_json()
    command = [sys.executable, "-c", OWNER, address, endless]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE) as owner:
        assert owner.stdout
        assert owner.stdout.readline() == b"it runs\n"
        owner.kill()
    job = boards(address).submit("you", "two", [NamedRun(name="two", run=tiny_run)])
    wait_until(lambda: not job.active, "it is over")
    assert job.stage == Stage.DONE


def refused(address: str) -> str:
    with pytest.raises(ClusterUnreachable) as caught:
        Cluster(address)
    (sentence,) = caught.value.args
    assert "\n" not in sentence
    assert "on this machine instead" in sentence
    return sentence


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.background.jobs.runners.cluster.CONNECT_SECONDS", 2.0)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense", "http://127.0.0.1:80"])
def test_a_scheduler_that_is_not_there(address, quick):
    assert address in refused(address)


def test_another_server_at_the_address(quick):
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        assert f"no Dask scheduler can be reached at tcp://127.0.0.1:{port}" in refused(
            f"tcp://{LOOPBACK}:{port}"
        )


def test_a_scheduler_without_workers(dask):
    assert "has no worker" in refused(dask.schedule())


def test_a_scheduler_of_another_version(dask):
    assert "runs Dask 2020.1.0" in refused(dask.schedule("-c", OLD))


def test_workers_without_the_package(dask):
    address = dask.schedule()
    dask.work(address, known=False)
    dask.wait_for_workers(address, 1)
    assert "cannot run Latent Explorer" in refused(address)


def test_the_reason_reaches_the_job(boards, quick, tiny_run):
    board = boards("tcp://127.0.0.1:1")
    job = board.submit("me", "one", [NamedRun(name="one", run=tiny_run)])
    wait_over(board, job)
    assert job.stage == Stage.FAILED
    assert "no Dask scheduler" in job.members[0].note
    board.use(None, OPERATOR)
    again = board.submit("me", "one", [NamedRun(name="one", run=tiny_run)])
    wait_over(board, again)
    assert again.stage == Stage.DONE
