"""Estimates how long a run will take: its floating-point operations over the machine's speed."""

import math
import time
from collections.abc import Sequence
from functools import cache, lru_cache, partial
from itertools import pairwise

import torch
from torch import Tensor, nn

from explorer.models import blank_model
from explorer.models.networks import ACTIVATIONS
from explorer.specs import ModelSpec, RunSpec
from explorer.training.hardware import autocast_dtype, best_device
from explorer.training.threads import one_thread

Layer = nn.Linear | nn.Conv2d | nn.ConvTranspose2d  # whose weights are multiplied

PROBE = (512, 512, 256, 512)  # batch size and widths of the timed network
SHARE = 0.6  # of the probe's speed that runs reach, as Adam, data and losses take time as well
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

    def count(layer: Layer, x: Tensor) -> Tensor:
        """In place of the layer: as much output, but no product."""
        nonlocal total
        shape = _output_shape(layer, x)
        # A weight meets each place of a layer's output, or of its input if it is spread from there.
        spread = isinstance(layer, nn.ConvTranspose2d)
        places = (x.numel() if spread else math.prod(shape)) // layer.weight.shape[0]
        # Forward, and backward to the weight and to the input; pixels need no gradient.
        total += 2 * (3 if x.requires_grad else 2) * layer.weight.numel() * places
        return torch.zeros(1, requires_grad=True).expand(shape)  # one number in memory

    # PyTorch could compute without values by itself, but loads its compiler for it: 70 MB.
    for layer in blank.modules():
        if isinstance(layer, Layer):
            setattr(layer, "forward", partial(count, layer))  # noqa: B010 (a method, for mypy)
        elif isinstance(layer, tuple(ACTIVATIONS.values())):
            setattr(layer, "forward", lambda x: x)  # noqa: B010
        else:
            layer.to_empty(device="cpu", recurse=False)
    blank.loss(torch.zeros((1, *model.image_shape)), torch.zeros(1).long(), 1.0)
    return total


def _output_shape(layer: Layer, x: Tensor) -> tuple[int, ...]:
    if isinstance(layer, nn.Linear):
        return (*x.shape[:-1], layer.out_features)
    padding = _pair(layer.padding)
    sides = zip(x.shape[2:], layer.kernel_size, layer.stride, padding, layer.dilation, strict=True)
    if isinstance(layer, nn.Conv2d):
        places = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in sides]
    else:
        places = [
            (n - 1) * s - 2 * p + d * (k - 1) + more + 1
            for (n, k, s, p, d), more in zip(sides, _pair(layer.output_padding), strict=True)
        ]
    return (len(x), layer.out_channels, *places)


def _pair(sizes: str | int | Sequence[int]) -> tuple[int, int]:
    """Rows and columns of a padding in numbers."""
    assert not isinstance(sizes, str), "networks name no padding"
    rows, columns = (sizes, sizes) if isinstance(sizes, int) else sizes
    return rows, columns


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
