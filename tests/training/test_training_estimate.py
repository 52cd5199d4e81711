"""The estimate of how long a run takes: what it counts, and what it leaves alone."""

from __future__ import annotations

import subprocess
import sys
from collections import OrderedDict

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from explorer.models import FAMILIES, NETWORKS, blank_model, build_model
from explorer.specs import ModelSpec
from explorer.training import estimate
from explorer.training.estimate import size_of

WIDTHS = (8, 16)


def counted_by_torch(model: ModelSpec) -> int:
    with torch.device("meta"):
        blank = build_model(model)
        images, labels = torch.zeros((8, *model.image_shape)), torch.zeros(8).long()
        with FlopCounterMode(display=False) as counter:
            blank.loss(images, labels, 1.0).total.backward()
    return counter.get_total_flops() // 8


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 16, 24)])
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_operations_are_those_that_torch_counts(family, network, shape):
    model = ModelSpec(
        family=family, network=network, image_shape=shape, latent_dim=7, widths=WIDTHS
    )
    assert size_of(model).flop == counted_by_torch(model)


def test_counting_changes_nothing_for_others(monkeypatch):
    """A counter that listened to the whole process broke the gradients of other threads."""

    def listeners() -> int:
        shared = vars(torch.nn.modules.module).values()
        return sum(len(one) for one in shared if isinstance(one, OrderedDict))

    seen = []

    def watched(spec: ModelSpec) -> torch.nn.Module:
        model = blank_model(spec)
        loss = model.loss
        model.loss = lambda *args: (seen.append(listeners()), loss(*args))[1]
        return model

    monkeypatch.setattr(estimate, "blank_model", watched)
    before = listeners()
    assert size_of(ModelSpec(image_shape=(1, 4, 4), widths=(5, 3))).flop > 0
    assert seen == [before]


PEAK = """
import sys
from pathlib import Path
from explorer.datasets import load_dataset
from explorer.runs.defaults import default_run
from explorer.runs.train import train_checkpoint
from explorer.training.estimate import estimated_memory

def peak():
    lines = open("/proc/self/status").read().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024

digits = load_dataset("digits")
widths = tuple(int(width) for width in sys.argv[2].split(","))
run = default_run(digits).replace({"widths": widths, "epochs": 1, "batch_size": 1024})
before = peak()
for _ in train_checkpoint(Path(sys.argv[1]), "one", run, digits):
    pass
print(peak() - before, estimated_memory(run, len(digits.train)))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells a process's peak memory")
@pytest.mark.parametrize("widths", ["64", "3000,3000"])
def test_memory_is_right_within_a_factor_of_two(widths, tmp_path):
    words = [sys.executable, "-c", PEAK, str(tmp_path), widths]
    ran = subprocess.run(words, capture_output=True, text=True, check=True, timeout=240)
    found, estimated = map(int, ran.stdout.split()[-2:])
    assert found / 2 < estimated < found * 2
