"""Estimates how long a run will take: its floating-point operations over the machine's speed."""

import time
from functools import cache, lru_cache
from itertools import pairwise

import torch
from torch import Tensor, nn

from explorer.models import blank_model
from explorer.specs import ModelSpec, RunSpec
from explorer.training.hardware import autocast_dtype, best_device
from explorer.training.threads import one_thread

Layer = nn.Linear | nn.Conv2d | nn.ConvTranspose2d  # whose weights are multiplied

PROBE = (512, 512, 256, 512)  # batch size and widths of the timed network
SHARE = 0.6  # of the probe's speed that runs reach, as Adam, data and losses take time as well
IMAGES = 8  # in the batch whose operations are counted
STEP_SECONDS = 1.5e-3  # minimum duration of an optimiser step, for any model


def flop_per_image(model: ModelSpec) -> int:
    """Floating-point operations per image of a training step, forward and backward, counted from
    the shapes of the model's layers. Only products with weights count.

    Raises:
        ValueError: a name in the spec is unknown.
    """
    return _flop_per_image(model.model_dump_json())


@lru_cache(maxsize=256)
def _flop_per_image(model_json: str) -> int:
    model = ModelSpec.model_validate_json(model_json)
    blank = blank_model(model)
    total = 0

    def count(layer: Layer, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        weight, seen = layer.weight, inputs[0]
        # A weight meets each place of a layer's output, or of its input if it is spread from there.
        places = seen if isinstance(layer, nn.ConvTranspose2d) else output
        channels = weight.shape[0]
        # Forward, and backward to the weight and to the input; pixels need no gradient.
        products = 3 if seen.requires_grad else 2
        total += 2 * products * weight.numel() * places.numel() // channels

    for layer in blank.modules():
        if isinstance(layer, Layer):
            layer.register_forward_hook(count)
    with torch.device("meta"):
        pixels, label = torch.zeros((IMAGES, *model.image_shape)), torch.zeros(IMAGES).long()
        blank.loss(pixels, label, 1.0)
    return total // IMAGES


@cache
def _flop_per_second(device: torch.device, dtype: torch.dtype) -> float:
    """Speed of one CPU thread, or of another device as a whole, in a trainer's arithmetic.
    Measured once, as the fastest of several steps of a probe."""
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
    """Approximate duration of a run in seconds, given its numbers of training images and threads.
    Off by a factor of two if the machine is busy or the model is compiled.

    Raises:
        ValueError: a name in the model spec is unknown.
    """
    device = best_device()
    speed = _flop_per_second(device, autocast_dtype(run.training, device))
    if device.type == "cpu":
        speed *= threads
    steps = max(images // run.training.batch_size, 1) * run.training.epochs
    flop = flop_per_image(run.model) * images * run.training.epochs
    return steps * STEP_SECONDS + flop / (SHARE * speed)
