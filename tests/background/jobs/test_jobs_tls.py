"""Jobs on a Dask cluster over TLS, configured by the file that the deployment guide gives away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import explorer
from tests.support.certificates import make_certificate
from tests.support.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.slow

PACKAGE = Path(explorer.__file__).parent
CONFIGURATION = PACKAGE / "deployment" / "dask.yaml"
LOOPBACK = "127.0.0.1"
TRAIN = """
import sys, time
from explorer.background.jobs.board import Board
from explorer.specs import NamedRun, RunSpec

board = Board(sys.argv[1])
run = RunSpec.model_validate_json(sys.argv[2])
job = board.submit("me", "one", [NamedRun(name="one", run=run)])
while job.active or board.busy():
    time.sleep(0.05)
print(job.stage, job.members[0].note)
board.close()
"""

ASK = """
import sys
from explorer.background.jobs.runners import cluster

cluster.CONNECT_SECONDS = 2.0
try:
    cluster.Cluster(sys.argv[1]).close()
    print("reached")
except cluster.ClusterUnreachable as error:
    print(error)
"""


@pytest.fixture
def certified(tmp_path: Path) -> dict[str, str]:
    """The environment of a process that has the certificate."""
    make_certificate(tmp_path / "dask", "latent-explorer")
    text = CONFIGURATION.read_text(encoding="utf-8")
    changed = text.replace("/etc/dask", str(tmp_path / "dask"))
    (tmp_path / "dask.yaml").write_text(changed, encoding="utf-8")
    ours = {"DASK_CONFIG": str(tmp_path / "dask.yaml"), "PYTHONPATH": str(PACKAGE.parent)}
    return {**os.environ, **ours}


@pytest.fixture
def cluster(tmp_path: Path, certified: dict[str, str]) -> Iterator[str]:
    """The address of a scheduler with a worker, started as in the guide."""
    file = tmp_path / "scheduler.json"
    started = []

    def start(what: str, *words: str) -> None:
        command = [sys.executable, "-m", "dask", what, *words, "--host", LOOPBACK]
        command += ["--no-dashboard", "--dashboard-address", f"{LOOPBACK}:0"]
        with (tmp_path / f"{what}.log").open("wb") as log:
            started.append(
                subprocess.Popen(command, env=certified, cwd=tmp_path, stdout=log, stderr=log)
            )

    try:
        start("scheduler", "--port", "0", "--scheduler-file", str(file))
        wait_until(lambda: file.exists() and file.read_text().endswith("}"), "it says where it is")
        address = str(json.loads(file.read_text())["address"])
        start("worker", address, "--no-nanny", "--nthreads", "1")
        log = tmp_path / "worker.log"
        wait_until(lambda: "Registered to" in log.read_text(), "the worker is there")
        for process in started:
            listening = psutil.Process(process.pid).net_connections("inet")
            places = {one.laddr.ip for one in listening if one.status == "LISTEN"}
            assert places == {LOOPBACK}, "it listens elsewhere too"
        yield address
    finally:
        for process in started:
            process.kill()
            process.wait()


def said(script: str, environment: dict[str, str], *words: str) -> str:
    """What a script prints in a process with this environment."""
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_only_who_has_the_certificate_can_train(cluster, certified, tiny_run, tmp_path):
    assert cluster.startswith("tls://")
    make_certificate(tmp_path / "other", "latent-explorer")
    other = (tmp_path / "dask.yaml").read_text().replace("/dask/", "/other/")
    (tmp_path / "other.yaml").write_text(other)
    plain = cluster.replace("tls://", "tcp://")
    for address, configuration in (
        (cluster, "none.yaml"),
        (plain, "none.yaml"),
        (cluster, "other.yaml"),
    ):
        stranger = {**certified, "DASK_CONFIG": str(tmp_path / configuration)}
        assert "no Dask scheduler can be reached" in said(ASK, stranger, address)
    run = tiny_run.model_dump_json()
    assert said(TRAIN, certified, cluster, run).startswith("done")
