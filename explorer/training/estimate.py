"""How long a run will take, before it begins: its arithmetic, over what this machine manages."""

import time
from functools import cache, lru_cache
from itertools import pairwise

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from explorer.models import build_model
from explorer.specs import ModelSpec, RunSpec
from explorer.training.hardware import autocast_dtype, best_device
from explorer.training.threads import one_thread

PROBE = (512, 512, 256, 512)  # batch and widths of what is timed
SHARE = 0.6  # of the probe's speed that whole runs reach: Adam, the data and the losses come on top
STEP_SECONDS = 1.5e-3  # that any optimiser step takes, however small the model


def flop_per_image(model: ModelSpec) -> int:
    """Floating-point operations of a training step, forward and backward, per image.

    Raises:
        ValueError: the spec names something unknown.
    """
    return _flop_per_image(model.model_dump_json())


@lru_cache(maxsize=256)
def _flop_per_image(model_json: str) -> int:
    model = ModelSpec.model_validate_json(model_json)
    with torch.device("meta"):
        blank = build_model(model)
        pixels = torch.zeros((8, *model.image_shape))
        label = torch.zeros(8, dtype=torch.long)
        with FlopCounterMode(display=False) as counter:
            blank.loss(pixels, label, 1.0).total.backward()
    return counter.get_total_flops() // 8


@cache
def _flop_per_second(device: torch.device, dtype: torch.dtype) -> float:
    """What one thread here manages, or the whole of another device, in a trainer's arithmetic;
    measured once: the best of some steps of a probe."""
    batch, *widths = PROBE
    layers = [nn.Linear(a, b) for a, b in pairwise(widths)]
    probe = nn.Sequential(*layers).to(device)
    x = torch.rand(batch, widths[0], device=device)
    flop = 6 * batch * sum(layer.weight.numel() for layer in layers)
    seconds = []
    with one_thread():
        for _ in range(8):
            start = time.perf_counter()
            with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
                loss = probe(x).sum()
            loss.backward()
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            seconds.append(time.perf_counter() - start)
    return flop / min(seconds)


def estimated_seconds(run: RunSpec, images: int, threads: int) -> float:
    """About how many seconds a run on so many training images takes on so many threads; off by a
    factor of two where the machine is busy or the model is compiled.

    Raises:
        ValueError: the model spec names something unknown.
    """
    device = best_device()
    speed = _flop_per_second(device, autocast_dtype(run.training, device))
    if device.type == "cpu":
        speed *= threads
    steps = max(images // run.training.batch_size, 1) * run.training.epochs
    flop = flop_per_image(run.model) * images * run.training.epochs
    return steps * STEP_SECONDS + flop / (SHARE * speed)
