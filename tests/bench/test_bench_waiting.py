"""The benchmark of threads that wait, on the embedded digits."""

from __future__ import annotations

import psutil
import pytest

from explorer.bench import waiting
from explorer.datasets import DATASETS
from explorer.runs.defaults import default_run


@pytest.mark.slow
def test_every_way_is_timed_quiet_and_beside_a_busy_process(monkeypatch) -> None:
    monkeypatch.setattr(waiting, "SPINS", (0, 1_000))
    monkeypatch.setattr(waiting, "ROUNDS", 1)
    before = {child.pid for child in psutil.Process().children()}
    said: list[str] = []
    run = default_run(DATASETS["digits"]).replace({"epochs": 100, "compiled": "no"})
    rows = waiting.bench_waiting(run, said.append)
    assert [row["name"] for row in rows] == [
        "trainer, GOMP_SPINCOUNT=0",
        "trainer, GOMP_SPINCOUNT=1000",
    ]
    for row in rows:
        assert 0 < row["s_per_epoch"] < 60
        assert 0 < row["s_per_epoch_beside_a_busy_process"] < 60
    assert len(said) == 2
    assert {child.pid for child in psutil.Process().children()} <= before, "all have ended"
