"""How long an epoch of a sweep takes: run after run, as one stacked model, or split over one-thread
processes.

Every round trains for one epoch in each way, one way after the other, so that a busy spell of the
machine affects all of them; the first round warms up, compiles and does not count. Our ways
evaluate on the validation images after each epoch, plain runs do not.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import torch

from explorer.bench.base import BenchResult
from explorer.bench.training import BATCH, MODEL, RATE
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

Epoch = Callable[[], object]  # trains all runs for one epoch


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
            ways["workers"] = stack.enter_context(_workers(runs, workers))
            startup = time.perf_counter() - start
        rounds = [{way: _timed(epoch) for way, epoch in ways.items()} for _ in range(1 + EPOCHS)]
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


def _timed(epoch: Epoch) -> float:
    start = time.perf_counter()
    epoch()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start


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


@contextmanager
def _workers(runs: Sequence[RunSpec], count: int) -> Iterator[Epoch]:
    """Start processes and let them load all they need; yields a call that trains an epoch."""
    root = Path(__file__).parents[2]
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")]),
    }
    processes = [
        subprocess.Popen(
            # Run as a file: importing it as a module would import all benchmarks first.
            [sys.executable, "-P", str(Path(__file__).with_name("sweep_worker.py"))],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]

    def tell(texts: Sequence[str]) -> None:
        """Send each worker its line, then wait until all have answered."""
        for process, text in zip(processes, texts, strict=True):
            assert process.stdin is not None
            print(text, file=process.stdin, flush=True)
        for process in processes:
            assert process.stdout is not None
            if not process.stdout.readline():
                raise RuntimeError(f"a worker ended with status {process.wait()}")

    try:
        shares = [runs[worker::count] for worker in range(count)]
        tell([json.dumps([run.model_dump() for run in share]) for share in shares])
        yield lambda: tell([""] * count)
    finally:
        for process in processes:
            process.kill()
            process.communicate()
