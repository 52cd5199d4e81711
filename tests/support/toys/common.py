"""Code shared by the toys."""

from abc import ABC

import numpy as np
import torch
from torch import Tensor

from explorer.models import Control, Likelihood, Model, NotDefined, View
from explorer.models.dense import DenseDecoder
from explorer.models.view import normal_noise


def normal(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (N, d) from the 2d outputs of a layer."""
    mean, log_variance = features.float().chunk(2, dim=1)
    return mean, (0.5 * log_variance).exp()


def log_normal(z: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
    """log N(z; mean, diag scale²) of codes (N, d): (N,) float64 nats."""
    return torch.distributions.Normal(mean.double(), scale.double()).log_prob(z.double()).sum(1)


class OneView(Model, ABC):
    """A toy with a single view, and thus no controls."""

    def controls(self) -> tuple[Control, ...]:
        return ()


class OnlyView(View, ABC):
    """The view of such a toy: its posterior is a Gaussian or a point."""

    def sample_posterior(
        self, x: Tensor, random: np.random.Generator, label: Tensor | None = None
    ) -> Tensor:
        level = self.encode(x, label)
        return level.sample(normal_noise(level.mean.shape, random, level.mean))

    def decode_draw(self, z: Tensor, random: np.random.Generator) -> Likelihood:
        return self.decode(z)


class PriorlessView(OnlyView, ABC):
    """The view of a toy without a prior; the browser cannot decode it either."""

    def sample_prior(
        self, count: int, random: np.random.Generator, temperature: float = 1.0
    ) -> Tensor:
        raise NotDefined(self.no_sample_prior)

    def log_prior(self, z: Tensor) -> Tensor:
        raise NotDefined(self.no_log_prior)

    def dense_decoder(self) -> DenseDecoder | None:
        return None
