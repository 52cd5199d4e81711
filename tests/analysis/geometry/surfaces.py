"""Decoders that draw surfaces of known geometry: an "image" is a point in space, three pixels."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn

from explorer.models import Level, Terms
from explorer.models.flat import FlatModel
from explorer.specs import ModelSpec

SPEC = ModelSpec(family="ae", image_shape=(1, 1, 3), link="identity", likelihood="gaussian")


class _Draw(nn.Module):
    """From codes (x, y) to the points (x, y, height)."""

    def __init__(self, surface: Surface) -> None:
        super().__init__()
        self._height = surface.height

    def forward(self, z: Tensor) -> Tensor:
        return torch.cat([z, self._height(z)[:, None]], dim=1)[:, None, None, :]


class Surface(FlatModel):
    """Codes (x, y) drawn as points of a surface over the disc; the encoder looks straight down."""

    title = summary = formula = ""

    def __init__(self) -> None:
        super().__init__(SPEC)
        self.anchor = nn.Parameter(torch.zeros(1))
        self.decoder = _Draw(self)

    def encode(self, x: Tensor) -> Level:
        return Level(x.flatten(1)[:, :2])

    def height(self, z: Tensor) -> Tensor:
        raise NotImplementedError

    def terms(
        self, x: Tensor, label: Tensor | None, generator: torch.Generator | None = None
    ) -> Terms:
        raise NotImplementedError


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
