"""How long the exact evidence of many images takes, and how close that is to the machine's peak."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import psutil
import torch

from explorer.analysis.information.evidence import exact_evidence
from explorer.analysis.information.grid import Grid
from explorer.bench.base import BenchResult, matmul_peak, synchronise
from explorer.datasets import load_dataset
from explorer.models import LIKELIHOODS, Model, build_model
from explorer.runs.checkpoints import GALLERY, load_checkpoint
from explorer.training.hardware import best_device
from explorer.training.threads import meanwhile

CHECKPOINT = "mnist-vae"
FEW = 200  # images for a likelihood that the model was not trained with, or is no matrix product
LOOK_SECONDS = 0.01


def bench_evidence(say: Callable[[str], None]) -> BenchResult:
    """log p(x) of MNIST's test images under the gallery's VAE, for every likelihood."""
    device = best_device()
    checkpoint = load_checkpoint(GALLERY / CHECKPOINT)
    images = load_dataset(checkpoint.spec.run.dataset).test.to(device)
    grid = Grid.of(checkpoint.model.view(), checkpoint.codes)
    peak = matmul_peak(torch.float32)
    rows: list[dict[str, Any]] = [{"name": "matmul peak float32", "gflop_per_s": peak / 1e9}]
    shares: dict[str, float] = {}
    for likelihood in LIKELIHOODS:
        view = _with_likelihood(checkpoint.model, likelihood).to(device).eval().view()
        product = likelihood != "laplace"
        own = likelihood == checkpoint.model.spec.likelihood
        # Under another likelihood the posteriors are not those of any trained model: many are so
        # narrow that each takes fifty times as long.
        x = (images if own else images[:FEW]).floats()
        say(f"{likelihood}: {len(x):,} images, located on {grid.side}² points")
        exact_evidence(view, x[:100], grid)
        memory = _Memory()
        with memory.watched():
            synchronise(device)
            start = time.perf_counter()
            found = exact_evidence(view, x, grid)
            synchronise(device)
            seconds = time.perf_counter() - start
        row: dict[str, Any] = {
            "name": f"{len(x):,} images, {likelihood}",
            "s": seconds,
            "images_per_s": len(x) / seconds,
            "extra_mb": memory.extra_mb,
        }
        if product:
            flop = 2 * len(x) * grid.side**2 * x[0].numel()
            share = flop / seconds / peak
            row["share_of_matmul_peak"] = share
            shares[f"{likelihood}: FLOP/s of the product / matmul peak"] = share
        if own:
            row["largest_error_nats"] = float(found.error.max())
            row["smallest_gap_nats"] = float(found.gap.min())
        rows.append(row)
    return BenchResult("evidence", rows, shares)


def _with_likelihood(model: Model, likelihood: str) -> Model:
    """The same networks under another p(x|z)."""
    other = build_model(model.spec.model_copy(update={"likelihood": likelihood}))
    other.load_state_dict(model.state_dict())
    return other


class _Memory:
    """The peak memory of this process beyond what it used at first."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._before = self._most = self._process.memory_info().rss

    @property
    def extra_mb(self) -> float:
        return (self._most - self._before) / 1e6

    def watched(self) -> AbstractContextManager[None]:
        return meanwhile(self._look, every=LOOK_SECONDS)

    def _look(self) -> None:
        self._most = max(self._most, self._process.memory_info().rss)
