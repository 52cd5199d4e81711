"""Estimates what a run will take: seconds, from its floating-point operations and the machine's
speed, and memory, from the shapes of its layers."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
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
PER_PARAMETER = 40  # bytes: a weight, its gradient and Adam's moments, and all while it is saved
PER_OUTPUT = 16  # bytes: an output, activated, with both gradients
PER_PIXEL = 4  # bytes, of the training images, while they are read and split
MEASURED_AT_ONCE = 1000  # images
BASE_BYTES = 250 * 2**20  # libraries that are loaded while it trains
STEP_SECONDS = 1.5e-3  # minimum duration of an optimiser step, for any model


@dataclass(frozen=True)
class Size:
    """How large a model is.

    Attributes:
        parameters: their number.
        flop: floating-point operations per image of a training step, forward and backward. Only
            products with weights count.
        outputs: numbers per image that its layers put out.
    """

    parameters: int
    flop: int
    outputs: int


def size_of(model: ModelSpec) -> Size:
    """The size of a model, counted from the shapes of its layers.

    Raises:
        ValueError: a name in the spec is unknown.
    """
    return _size_of(model.model_dump_json())


@lru_cache(maxsize=256)
def _size_of(model_json: str) -> Size:
    model = ModelSpec.model_validate_json(model_json)
    blank = blank_model(model)
    parameters = sum(parameter.numel() for parameter in blank.parameters())
    total = outputs = 0

    def count(layer: Layer, x: Tensor) -> Tensor:
        """In place of the layer: as much output, but no product."""
        nonlocal total, outputs
        shape = _output_shape(layer, x)
        # A weight meets each place of a layer's output, or of its input if it is spread from there.
        spread = isinstance(layer, nn.ConvTranspose2d)
        places = (x.numel() if spread else math.prod(shape)) // layer.weight.shape[0]
        # Forward, and backward to the weight and to the input; pixels need no gradient.
        total += 2 * (3 if x.requires_grad else 2) * layer.weight.numel() * places
        outputs += math.prod(shape)
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
    return Size(parameters, total, outputs)


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
    flop = size_of(run.model).flop * images * run.training.epochs
    return steps * STEP_SECONDS + flop / (SHARE * speed)


def estimated_memory(run: RunSpec, images: int) -> int:
    """Approximate peak memory of a process that trains a run, in bytes, beyond what it shares with
    others; right within a factor of two (``tests/training/test_training_estimate.py``)."""
    size, pixels = size_of(run.model), math.prod(run.model.image_shape)
    batch = min(max(run.training.batch_size, MEASURED_AT_ONCE), images)
    held = PER_PARAMETER * size.parameters + PER_OUTPUT * batch * (size.outputs + pixels)
    return BASE_BYTES + PER_PIXEL * images * pixels + held
