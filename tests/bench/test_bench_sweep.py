"""The sweep benchmark on the embedded digits, where an epoch takes no time worth naming."""

import os

import pytest
import torch

from explorer.bench import sweep, workers
from explorer.specs import RunSpec

pytestmark = pytest.mark.slow


@pytest.fixture
def small(monkeypatch) -> None:
    run = RunSpec().replace({"dataset": "digits", "image_shape": (1, 8, 8), "widths": (8,)})
    monkeypatch.setattr(sweep, "RUN", run)
    monkeypatch.setattr(sweep, "COUNTS", (1, 3))
    monkeypatch.setattr(sweep, "EPOCHS", 2)
    monkeypatch.setattr(sweep, "STACKED_ON_CPU", {})


def test_every_way_and_number_has_its_figures(small) -> None:
    said: list[str] = []
    result = sweep.bench_sweep(said.append).as_json()
    assert result["bench"] == "sweep"
    rows = {row["name"]: row for row in result["rows"]}
    workers = min(3, os.cpu_count())
    names = ["1 plain", "1 stacked", "3 plain", "3 stacked"]
    if not torch.cuda.is_available():
        names += ["1 in 1 one-thread workers", f"3 in {workers} one-thread workers"]
        assert rows["1 in 1 one-thread workers"]["startup_s"] > 0
    assert rows.keys() == set(names)
    assert all(row["s_per_epoch"] > 0 for row in rows.values())
    seconds = {name: row["s_per_epoch"] for name, row in rows.items()}
    ratios = result["ratios"]
    assert ratios["epochs per second, 3 stacked / plain"] == pytest.approx(
        seconds["3 plain"] / seconds["3 stacked"]
    )
    best = min(value for name, value in seconds.items() if name[0] == "3" and "plain" not in name)
    assert ratios["epochs per second, best way for 3 / plain"] == pytest.approx(
        seconds["3 plain"] / best
    )
    assert ratios["seconds per epoch, 3 stacked / 1 stacked"] == pytest.approx(
        seconds["3 stacked"] / seconds["1 stacked"]
    )
    assert "3 KL weights, 2 epochs" in said


def test_a_worker_that_fails_ends_the_benchmark(small) -> None:
    """Rather than keep it waiting."""
    missing = [sweep.RUN.replace({"dataset": "nothing"})]
    with (
        pytest.raises(RuntimeError, match="a worker ended with status 1"),
        workers.start_workers(missing, 1),
    ):
        pass
