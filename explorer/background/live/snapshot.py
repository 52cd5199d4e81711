"""The state of a model at one moment of live training, and its form as a message."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import safetensors.numpy

from explorer.background.live.controls import Controls
from explorer.background.processes import Message
from explorer.models import DenseDecoder

ACTIVE_VARIANCE = 0.01  # an active dimension's mean code has a greater variance (Burda et al. 2016)
# Fields that are JSON values as they are.
_PLAIN = (
    "number",
    "revision",
    "step",
    "epoch",
    "steps_per_second",
    "reconstruction",
    "total",
    "kl",
    "shown",
    "notice",
)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One moment of a live training.

    Attributes:
        number: counts the snapshots of a process, from 1.
        revision: the owner's number of the controls that it reflects.
        controls: the controls at this moment.
        step: optimiser steps since the weights were initialised.
        epoch: passes over the training images, not rounded.
        steps_per_second: training speed since the previous snapshot.
        mean, scale: (N, d) float32 posteriors of the held-out images; scale 0 for an AE.
        decoder: the decoder as arrays.
        reconstruction, total: held-out losses, nats per image, with one seeded sample of z.
        kl: (d,) KL per dimension on held-out images, nats per image.
        shown: the two dimensions to show, ascending.
        notice: describes the last problem; empty if there was none.
    """

    number: int
    revision: int
    controls: Controls
    step: int
    epoch: float
    steps_per_second: float
    mean: np.ndarray = field(repr=False)
    scale: np.ndarray = field(repr=False)
    decoder: DenseDecoder = field(repr=False)
    reconstruction: float
    total: float
    kl: tuple[float, ...]
    shown: tuple[int, int]
    notice: str

    @property
    def kl_total(self) -> float:
        """KL of all dimensions, nats per image."""
        return sum(self.kl)

    @property
    def active_units(self) -> int:
        """The number of latent dimensions whose mean code varies over the images."""
        return int((self.mean.var(axis=0) > ACTIVE_VARIANCE).sum())

    @property
    def squared_error(self) -> float:
        """Σ over pixels of (x − D(z))², per image, from the Gaussian log density: unlike the
        reconstruction loss, it can be compared between values of σ."""
        pixels, scale = int(np.prod(self.decoder.image_shape)), self.controls.scale
        constant = pixels * np.log(scale * np.sqrt(2 * np.pi))
        return float(2 * scale**2 * (self.reconstruction - constant))

    def to_message(self) -> Message:
        """The snapshot as a message."""
        decoder, arrays = self.decoder, {"mean": self.mean, "scale": self.scale}
        for index, (weights, biases) in enumerate(decoder.layers):
            arrays |= {f"weights{index}": weights, f"biases{index}": biases}
        head: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        head["controls"] = self.controls.model_dump()
        head["decoder"] = [decoder.activation, decoder.link, decoder.image_shape]
        return Message(head, safetensors.numpy.save(arrays))

    @classmethod
    def from_message(cls, message: Message) -> "Snapshot":
        """The snapshot in a message from a child process."""
        head, arrays = message.head, safetensors.numpy.load(message.body)
        activation, link, (channels, height, width) = head["decoder"]
        layers = tuple(
            (arrays[f"weights{index}"], arrays[f"biases{index}"])
            for index in range(len(arrays) // 2 - 1)
        )
        first, second = head["shown"]
        fields = {name: head[name] for name in _PLAIN} | {
            "controls": Controls.model_validate(head["controls"]),
            "mean": arrays["mean"],
            "scale": arrays["scale"],
            "decoder": DenseDecoder(layers, activation, link, (channels, height, width)),
            "kl": tuple(head["kl"]),
            "shown": (first, second),
        }
        return cls(**fields)
