"""What a model in training looks like at one moment, and how that travels between processes."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import safetensors.numpy

from explorer.background.live.controls import Controls
from explorer.background.processes import Message
from explorer.models import DenseDecoder

ACTIVE = 0.01  # variance of a mean code above which its dimension counts (Burda et al. 2016)
# What is plain JSON already.
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
        revision: of the controls it reflects, as the owner counts them.
        controls: what it was trained with last.
        step: optimiser steps since the weights were drawn.
        epoch: passes over the training images, as a fraction.
        steps_per_second: of training, lately.
        mean, scale: (N, d) float32 posteriors of the held-out images; scale 0 for an AE.
        decoder: as plain arrays.
        reconstruction, total: held-out losses, nats per image, with one seeded draw of z.
        kl: (d,) KL per dimension on held-out images, nats per image.
        shown: the two dimensions worth a look, ascending.
        notice: what went wrong on the way, or nothing.
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
        """Latent dimensions whose mean code varies over the images."""
        return int((self.mean.var(axis=0) > ACTIVE).sum())

    @property
    def squared_error(self) -> float:
        """Σ over pixels of (x − D(z))², per image, from the Gaussian's log density: unlike the
        reconstruction loss it can be compared between values of σ."""
        pixels, scale = int(np.prod(self.decoder.image_shape)), self.controls.scale
        constant = pixels * np.log(scale * np.sqrt(2 * np.pi))
        return float(2 * scale**2 * (self.reconstruction - constant))

    def to_message(self) -> Message:
        """As a message between processes."""
        decoder, arrays = self.decoder, {"mean": self.mean, "scale": self.scale}
        for index, (weights, biases) in enumerate(decoder.layers):
            arrays |= {f"weights{index}": weights, f"biases{index}": biases}
        head: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        head["controls"] = self.controls.model_dump()
        head["decoder"] = [decoder.activation, decoder.link, decoder.image_shape]
        return Message(head, safetensors.numpy.save(arrays))

    @classmethod
    def from_message(cls, message: Message) -> "Snapshot":
        """Back from the message of a child of ours."""
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
