"""Encoders and decoders: from an image to features of a code, and from a code to an image.

An encoder gives ``outputs`` numbers per image, a decoder takes ``inputs`` numbers and gives one
number per pixel. ``condition`` extra inputs (a one-hot label, say) are appended on either side.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from explorer.specs import ModelSpec

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "silu": nn.SiLU, "tanh": nn.Tanh}


@dataclass(frozen=True)
class Network:
    """An architecture: builds (spec, outputs, condition) → encoder, (spec, inputs, condition) →
    decoder. Both modules are called with (tensor, condition or None)."""

    encoder: Callable[[ModelSpec, int, int], nn.Module]
    decoder: Callable[[ModelSpec, int, int], nn.Module]


def _dense(sizes: Sequence[int], activation: str) -> nn.Sequential:
    """Linear layers with the activation between them, none after the last."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers[:-1])


def _join(features: Tensor, condition: Tensor | None) -> Tensor:
    return features if condition is None else torch.cat([features, condition], dim=1)


class MLPEncoder(nn.Module):
    """Fully connected: pixels → widths → outputs."""

    def __init__(self, spec: ModelSpec, outputs: int, condition: int = 0) -> None:
        super().__init__()
        channels, height, width = spec.image_shape
        pixels = channels * height * width
        self.layers = _dense([pixels + condition, *spec.widths, outputs], spec.activation)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        return self.layers(_join(x.flatten(1), condition))


class MLPDecoder(nn.Module):
    """Fully connected, the encoder's widths in reverse: inputs → widths → pixels."""

    def __init__(self, spec: ModelSpec, inputs: int, condition: int = 0) -> None:
        super().__init__()
        self.shape = spec.image_shape
        channels, height, width = spec.image_shape
        pixels = channels * height * width
        self.layers = _dense([inputs + condition, *reversed(spec.widths), pixels], spec.activation)

    def forward(self, z: Tensor, condition: Tensor | None = None) -> Tensor:
        return self.layers(_join(z, condition)).unflatten(1, self.shape)


def _stage_sizes(size: int, stages: int) -> list[int]:
    """Side lengths from the image down, each stage halving and rounding up."""
    sizes = [size]
    for _ in range(stages):
        sizes.append((sizes[-1] + 1) // 2)
    return sizes


class ConvEncoder(nn.Module):
    """Strided 3×3 convolutions, each halving the picture, then one linear layer."""

    def __init__(self, spec: ModelSpec, outputs: int, condition: int = 0) -> None:
        super().__init__()
        channels, height, width = spec.image_shape
        stages: list[nn.Module] = []
        for inner in spec.widths:
            stages += [nn.Conv2d(channels, inner, 3, stride=2, padding=1)]
            stages += [ACTIVATIONS[spec.activation]()]
            channels = inner
        self.stages = nn.Sequential(*stages)
        rows, columns = (_stage_sizes(side, len(spec.widths))[-1] for side in (height, width))
        self.head = nn.Linear(channels * rows * columns + condition, outputs)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        return self.head(_join(self.stages(x).flatten(1), condition))


class ConvDecoder(nn.Module):
    """One linear layer, then transposed convolutions back through the encoder's sizes."""

    def __init__(self, spec: ModelSpec, inputs: int, condition: int = 0) -> None:
        super().__init__()
        channels, height, width = spec.image_shape
        rows = _stage_sizes(height, len(spec.widths))[::-1]
        columns = _stage_sizes(width, len(spec.widths))[::-1]
        widths = [*reversed(spec.widths), channels]
        self.start = (widths[0], rows[0], columns[0])
        self.head = nn.Linear(inputs + condition, widths[0] * rows[0] * columns[0])
        activation = ACTIVATIONS[spec.activation]
        stages: list[nn.Module] = []
        for stage in range(len(spec.widths)):
            # A side that was odd came down to (n + 1) / 2: one pixel less of padding on the way up.
            extra = [sides[stage + 1] - (2 * sides[stage] - 1) for sides in (rows, columns)]
            stages += [
                activation(),
                nn.ConvTranspose2d(
                    widths[stage],
                    widths[stage + 1],
                    3,
                    stride=2,
                    padding=1,
                    output_padding=(extra[0], extra[1]),
                ),
            ]
        self.stages = nn.Sequential(*stages)

    def forward(self, z: Tensor, condition: Tensor | None = None) -> Tensor:
        return self.stages(self.head(_join(z, condition)).unflatten(1, self.start))


NETWORKS: dict[str, Network] = {
    "mlp": Network(MLPEncoder, MLPDecoder),
    "conv": Network(ConvEncoder, ConvDecoder),
}
