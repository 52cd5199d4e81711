"""Encoders and decoders: networks from an image to the parameters of a code, and back.

An encoder outputs ``outputs`` numbers per image; a decoder takes ``inputs`` numbers and outputs
one number per pixel. Both take ``condition`` extra inputs, such as a one-hot label.
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


def dense(sizes: Sequence[int], activation: str) -> nn.Sequential:
    """Linear layers with activations between them and none after the last."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers[:-1])


def join(features: Tensor, condition: Tensor | None) -> Tensor:
    """Features with the condition appended, if there is one."""
    return features if condition is None else torch.cat([features, condition], dim=1)
