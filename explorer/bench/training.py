"""How fast the trainer is, compared with a plain PyTorch loop on the same model and epochs."""

import os
import time
from collections.abc import Callable
from typing import Any

import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import ToTensor

from explorer.bench.base import BenchResult, matmul_peak, synchronise
from explorer.bench.waiting import bench_waiting
from explorer.datasets import ImageDataset, Images, load_dataset
from explorer.models import Model, build_model
from explorer.specs import ModelSpec, RunSpec, TrainingSpec
from explorer.training.hardware import CPU, autocast_dtype, best_device
from explorer.training.loop import Trainer, evaluate_losses

EPOCHS = int(os.environ.get("EXPLORER_BENCH_EPOCHS", "10"))
MODEL = ModelSpec(widths=(400,), likelihood="bernoulli")
PLAIN_BATCH, PLAIN_RATE = 128, 1e-3  # those of pytorch/examples' vae/main.py
BATCH, RATE = 512, 1.2e-2  # four times the batch size allows twelve times the rate, at its peak


def bench_training(say: Callable[[str], None]) -> BenchResult:
    """MLP 784-400-2 on MNIST: our trainer, and a DataLoader with batch size 128 and Adam."""
    dataset = load_dataset("mnist")
    peak = {dtype: matmul_peak(dtype) for dtype in (torch.float32, torch.bfloat16)}
    rows: list[dict[str, Any]] = [
        {"name": f"matmul peak {str(dtype).removeprefix('torch.')}", "gflop_per_s": flops / 1e9}
        for dtype, flops in peak.items()
    ]
    say(f"plain loop, {EPOCHS} epochs")
    plain = _plain_loop(dataset, say)
    rows.append(plain)
    ours = []
    for compiled in ("no", "yes"):
        say(f"trainer, compiled: {compiled}, {EPOCHS} epochs")
        ours.append(_trainer(dataset, compiled, peak, say))
    rows += ours
    best = min(ours, key=lambda row: row["s_per_epoch"])
    ratios = {"epochs per second, trainer / plain": plain["s_per_epoch"] / best["s_per_epoch"]}
    if best_device() == CPU:
        say("threads that wait")
        # More epochs than rounds, so that no worker comes to its end.
        training = TrainingSpec(epochs=1000, batch_size=BATCH, learning_rate=RATE, compiled="no")
        waiting = bench_waiting(RunSpec(dataset="mnist", model=MODEL, training=training), say)
        rows += waiting
        for row in waiting:
            busy, quiet = row["s_per_epoch_beside_a_busy_process"], row["s_per_epoch"]
            ratios[f"seconds per epoch beside a busy process / quiet, {row['name']}"] = busy / quiet
    return BenchResult("training", rows, ratios)


def _flop_per_image(model: nn.Module) -> int:
    """Two per weight forward, four backward, without the first layer's gradient to the pixels."""
    weights = [layer.weight.numel() for layer in model.modules() if isinstance(layer, nn.Linear)]
    return 6 * sum(weights) - 2 * weights[0]


def _trainer(
    dataset: ImageDataset, compiled: str, peak: dict[torch.dtype, float], say: Callable[[str], None]
) -> dict[str, Any]:
    training = TrainingSpec(epochs=EPOCHS, batch_size=BATCH, learning_rate=RATE, compiled=compiled)
    trainer = Trainer(RunSpec(dataset="mnist", model=MODEL, training=training), dataset)
    records = [progress.record for progress in trainer]
    # The median epoch: the first one may compile, and a busy machine causes outliers.
    rate = sorted(record.images_per_second for record in records)[len(records) // 2]
    dtype = autocast_dtype(training, trainer.device)
    row = {
        "name": f"trainer, {str(dtype).removeprefix('torch.')}"
        + (", compiled" if compiled == "yes" else ""),
        "images_per_s": rate,
        "s_per_epoch": len(dataset.train) / rate,
        "first_epoch_s": records[0].seconds,
        "share_of_matmul_peak": rate * _flop_per_image(trainer.model) / peak[dtype],
        "test_neg_elbo_nats": _neg_elbo(trainer.model, dataset),
    }
    say(f"  {row['s_per_epoch']:.2f} s per epoch")
    return row


class _Tutorial(Dataset[tuple[torch.Tensor, int]]):
    """Images as torchvision's MNIST with ``ToTensor`` returns them: one PIL image at a time."""

    def __init__(self, images: Images) -> None:
        self._images = images
        self._transform = ToTensor()

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        picture = Image.fromarray(self._images.pixels[index, 0].numpy())
        return self._transform(picture), int(self._images.labels[index])


def _plain_loop(dataset: ImageDataset, say: Callable[[str], None]) -> dict[str, Any]:
    """The obvious loop: a DataLoader over images, batch size 128, Adam, no tricks."""
    device = best_device()
    torch.manual_seed(0)
    model = build_model(MODEL, seed=0).to(device)
    loader = DataLoader(_Tutorial(dataset.train), batch_size=PLAIN_BATCH, shuffle=True)
    optimiser = torch.optim.Adam(model.parameters(), lr=PLAIN_RATE)
    seconds = []
    for _ in range(EPOCHS):
        start = time.perf_counter()
        for x, label in loader:
            optimiser.zero_grad()
            losses = model.loss(x.to(device), label.to(device), 1.0)
            losses.total.backward()
            optimiser.step()
        synchronise(device)
        seconds.append(time.perf_counter() - start)
    median = sorted(seconds)[len(seconds) // 2]
    say(f"  {median:.2f} s per epoch")
    return {
        "name": f"plain loop, DataLoader, batch {PLAIN_BATCH}, Adam",
        "images_per_s": len(dataset.train) / median,
        "s_per_epoch": median,
        "test_neg_elbo_nats": _neg_elbo(model, dataset),
    }


def _neg_elbo(model: Model, dataset: ImageDataset) -> float:
    return evaluate_losses(model, dataset.test.to(best_device())).neg_elbo
