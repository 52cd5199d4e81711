"""Decoders that draw surfaces of known geometry: an "image" is a point in space, three pixels."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn

from explorer.models.base import Losses, Model
from explorer.models.likelihoods import Likelihood
from explorer.models.posteriors import Level, Posterior
from explorer.specs import ModelSpec

SPEC = ModelSpec(family="ae", image_shape=(1, 1, 3), link="identity", likelihood="gaussian")


class Surface(Model):
    """Codes (x, y) drawn as points of a surface over the disc; the encoder looks straight down."""

    title = summary = formula = ""

    def __init__(self) -> None:
        super().__init__(SPEC)
        self.anchor = nn.Parameter(torch.zeros(1))

    @property
    def levels(self) -> tuple[int, ...]:
        return (2,)

    def encode(self, x: Tensor, label: Tensor | None = None, draw: bool = True) -> Posterior:
        return Posterior((Level(x.flatten(1)[:, :2]),))

    def height(self, z: Tensor) -> Tensor:
        raise NotImplementedError

    def decode(self, z: Tensor, label: Tensor | None = None) -> Likelihood:
        points = torch.cat([z, self.height(z)[:, None]], dim=1)
        return self.likelihood_of(points[:, None, None, :])

    def loss(self, x: Tensor, label: Tensor | None, kl_weight: Tensor | float) -> Losses:
        raise NotImplementedError

    def prior(self, noise: Tensor, label: Tensor | None = None) -> Tensor:
        return noise


@final
class HalfSphere(Surface):
    """The upper half of the unit sphere over its disc: √det G = 1 / √(1 − r²)."""

    def height(self, z: Tensor) -> Tensor:
        return (1 - z.square().sum(1)).clamp(min=1e-6).sqrt()


@final
class Slope(Surface):
    """A tilted plane: flat, so that its geodesics are the straight lines."""

    def height(self, z: Tensor) -> Tensor:
        return z @ torch.tensor([2.0, -1.0])


@final
class Ridge(Surface):
    """A tall wall of Gaussian section along y = 0 that ends at x = 0: the way leads round it."""

    def height(self, z: Tensor) -> Tensor:
        x, y = z[:, 0], z[:, 1]
        return 3 * torch.exp(-0.5 * (y / 0.1).square()) * torch.sigmoid(-20 * x)
