"""How long an epoch of a sweep takes: run after run, as one stacked model, or split over one-thread
processes.

Every round trains for one epoch in each way, one way after the other, so that a busy spell of the
machine affects all of them; the first round warms up, compiles and does not count. Our ways
evaluate on the validation images after each epoch, plain runs do not.
"""

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median
from typing import Any

import torch

from explorer.bench.base import BenchResult
from explorer.bench.training import BATCH, MODEL, RATE
from explorer.bench.workers import Epoch, start_workers, timed
from explorer.datasets import ImageDataset, load_dataset
from explorer.models import build_model
from explorer.specs import RunSpec, TrainingSpec
from explorer.training.ensemble import Ensemble
from explorer.training.hardware import best_device

EPOCHS = int(os.environ.get("EXPLORER_BENCH_EPOCHS", "3"))  # that count
COUNTS = (1, 2, 4, 8, 16)
RUN = RunSpec(dataset="mnist", model=MODEL)
# A stack's tensors do not fit into a CPU's caches, so fusing the operations on them pays off.
STACKED_ON_CPU = {"compiled": "yes"}


def bench_sweep(say: Callable[[str], None]) -> BenchResult:
    """MLP 784-400-2 on MNIST: KL weights trained as plain loops, stacked, and in workers."""
    dataset = load_dataset(RUN.dataset)
    rows: list[dict[str, Any]] = []
    ratios: dict[str, float] = {}
    stacked: dict[int, float] = {}
    for count in COUNTS:
        say(f"{count} KL weights, {EPOCHS} epochs")
        here = _measure(count, dataset)
        seconds = {row["name"]: row["s_per_epoch"] for row in here}
        plain, *ours = seconds.values()
        for name, value in seconds.items():
            say(f"  {name}: {value:.2f} s per epoch")
        for name, value in list(seconds.items())[1:]:
            ratios[f"epochs per second, {name} / plain"] = plain / value
        ratios[f"epochs per second, best way for {count} / plain"] = plain / min(ours)
        stacked[count] = ours[0]
        rows += here
    first, last = COUNTS[0], COUNTS[-1]
    ratios[f"seconds per epoch, {last} stacked / {first} stacked"] = stacked[last] / stacked[first]
    return BenchResult("sweep", rows, ratios)


def _measure(count: int, dataset: ImageDataset) -> list[dict[str, Any]]:
    """The rows for ``count`` KL weights: plain, stacked and, on a CPU, in workers."""
    on_cpu = best_device().type == "cpu"
    training = TrainingSpec(epochs=1 + EPOCHS, batch_size=BATCH, learning_rate=RATE)
    run = RUN.model_copy(update={"training": training})
    runs = [run.replace({"kl_weight": 4.0 * i / count}) for i in range(count)]
    stacked = [run.replace(STACKED_ON_CPU) for run in runs] if on_cpu else runs
    ensemble = iter(Ensemble(stacked, dataset))
    plain = _PlainRun(dataset)
    ways: dict[str, Epoch] = {"plain": plain.epoch, "stacked": lambda: next(ensemble)}
    with ExitStack() as stack:
        workers = min(count, os.cpu_count() or 1)
        startup = 0.0
        if on_cpu:
            start = time.perf_counter()
            ways["workers"] = stack.enter_context(start_workers(runs, workers))
            startup = time.perf_counter() - start
        rounds = [{way: timed(epoch) for way, epoch in ways.items()} for _ in range(1 + EPOCHS)]
    middle = {way: median(each[way] for each in rounds[1:]) for way in ways}
    rows = [
        # One after another: ``count`` times as long as a single run.
        {"name": f"{count} plain", "s_per_epoch": count * middle["plain"]},
        {
            "name": f"{count} stacked",
            "s_per_epoch": middle["stacked"],
            "first_epoch_s": rounds[0]["stacked"],
        },
    ]
    if "workers" in middle:
        rows.append(
            {
                "name": f"{count} in {workers} one-thread workers",
                "s_per_epoch": middle["workers"],
                "startup_s": startup,
            }
        )
    return rows


class _PlainRun:
    """The obvious loop over images in memory: float32, fused Adam, no evaluation."""

    def __init__(self, dataset: ImageDataset) -> None:
        device = best_device()
        self._images = dataset.train.to(device)
        self._model = build_model(RUN.model).to(device)
        fused = device.type in ("cpu", "cuda")
        self._optimiser = torch.optim.Adam(self._model.parameters(), lr=1e-3, fused=fused)

    def epoch(self) -> None:
        """Train for one epoch."""
        pixels = self._images.pixels
        order = torch.randperm(len(pixels), device=pixels.device)
        batch = min(BATCH, len(pixels))
        for start in range(0, len(pixels) - batch + 1, batch):
            x = pixels[order[start : start + batch]].float() / 255
            self._model.loss(x, None, 1.0).total.backward()
            self._optimiser.step()
            self._optimiser.zero_grad(set_to_none=True)
