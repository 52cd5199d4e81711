"""The network of a classifier."""

import hashlib
from dataclasses import dataclass

import numpy as np
import safetensors.numpy
import torch
from numpy.typing import ArrayLike
from pydantic import Field
from torch import Tensor
from torch.nn.functional import linear, log_softmax, relu

from explorer.specs import Spec

_PIXELS = 2**22  # pixels classified at a time: 16 MB

Layers = tuple[tuple[Tensor, Tensor], ...]


class ClassifierSpec(Spec):
    """The architecture and training of a classifier; with the images it determines the weights."""

    widths: tuple[int, ...] = Field((256, 128), description="Hidden units, from image to class.")
    steps: int = Field(800, ge=1, description="Optimiser steps.")
    batch_size: int = Field(512, ge=1, description="Images per step; at most a quarter of all.")
    learning_rate: float = Field(3e-3, gt=0, description="Peak of the one-cycle rate.")
    weight_decay: float = Field(0.05, ge=0, description="Of AdamW (Loshchilov & Hutter 2019).")
    seed: int = Field(0, ge=0, description="Seed of the weights and order.")


@dataclass(frozen=True, eq=False)
class Classifier:
    """A trained classifier: a multilayer perceptron with ReLU activations.

    Attributes:
        layers: weights (out, in) and biases (out,) float32.
        temperature: divides the logits, to calibrate its confidence on validation images
            (Guo et al. 2017).
        accuracy: fraction of test images that it classifies correctly.
    """

    layers: Layers
    temperature: float
    accuracy: float

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.layers[-1][1])

    def packed(self) -> bytes:
        """Its file, a safetensors file: weights in float16, which they are rounded to."""
        tensors = {}
        for index, (weight, bias) in enumerate(self.layers):
            tensors[f"{index}.weight"], tensors[f"{index}.bias"] = _half(weight), _half(bias)
        facts = np.array([self.temperature, self.accuracy], dtype=np.float32)
        return safetensors.numpy.save({**tensors, "facts": facts})

    @property
    def digest(self) -> str:
        """SHA-256 of its weights and temperature."""
        return hashlib.sha256(self.packed()).hexdigest()

    @torch.no_grad()
    def log_probabilities(self, images: ArrayLike) -> np.ndarray:
        """log p(class | image) of images (n, C, H, W) in [0, 1]: (n, classes), nats."""
        pixels = torch.as_tensor(np.asarray(images, dtype=np.float32)).flatten(1)
        size = batch_size(pixels[0].numel()) if len(pixels) else 1
        found = [log_softmax(self._logits(part), dim=1) for part in pixels.split(size)]
        return torch.cat(found).numpy() if len(pixels) else np.zeros((0, self.classes), np.float32)

    def entropy(self, images: ArrayLike) -> np.ndarray:
        """Entropy of the predicted class of each image, (n,) nats: from 0 to log(classes)."""
        logs = self.log_probabilities(images)
        return -(np.exp(logs) * logs).sum(axis=1)

    def winners(self, images: ArrayLike) -> np.ndarray:
        """The most probable class of each image: (n,) int64."""
        return self.log_probabilities(images).argmax(axis=1)

    def _logits(self, pixels: Tensor) -> Tensor:
        return logits(self.layers, pixels) / self.temperature


def batch_size(pixels: int) -> int:
    """How many images of ``pixels`` pixels to classify at a time."""
    return max(1, _PIXELS // pixels)


def logits(layers: Layers, pixels: Tensor) -> Tensor:
    """Logits (n, classes) of pixels (n, P)."""
    *hidden, (weight, bias) = layers
    for inner, offset in hidden:
        pixels = relu(linear(pixels, inner, offset))
    return linear(pixels, weight, bias)


def _half(values: Tensor) -> np.ndarray:
    return values.numpy().astype(np.float16)
