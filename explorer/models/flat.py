"""Base class of AE and VAE: one code per image, the prior N(0, I), and no controls."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, final

import numpy as np
import torch
from torch import Tensor, nn

from explorer.datasets import Images
from explorer.models.base import Model
from explorer.models.dense import DenseDecoder, dense_decoder
from explorer.models.likelihoods import Likelihood
from explorer.models.posteriors import Level, standard_normal
from explorer.models.view import Control, NotDefined, View, normal_noise

NO_POSTERIOR = "its encoder is deterministic: a code has no width"


class FlatModel(Model, ABC):
    """A model with one code per image, decoded by one network.

    Attributes:
        decoder: maps codes (N, latent_dim) to the likelihood's raw parameter (N, C, H, W).
        scale_bounds: as for its view.
    """

    decoder: nn.Module
    scale_bounds: ClassVar[tuple[float, float] | None] = None

    @abstractmethod
    def encode(self, x: Tensor) -> Level:
        """The code of images x (N, C, H, W)."""

    @final
    def decode(self, z: Tensor) -> Likelihood:
        """p(x|z) of codes z (N, latent_dim)."""
        return self.likelihood_of(self.decoder(z))

    @final
    def controls(self) -> tuple[Control, ...]:
        return ()

    @final
    def bind(self, choices: Mapping[str, str], images: Images | None) -> View:
        return FlatView(self)

    @final
    def reconstruct(self, x: Tensor, label: Tensor | None = None) -> Likelihood:
        return self.decode(self.encode(x).mean)

    @final
    def log_weights(self, x: Tensor, label: Tensor | None, random: np.random.Generator) -> Tensor:
        level = self.encode(x)
        if level.scale is None:
            raise NotDefined(NO_POSTERIOR)
        z = level.sample(normal_noise(level.mean.shape, random, level.mean))
        log_likelihood = self.decode(z).log_prob(x).double()
        return log_likelihood + level.log_prior(z) - level.log_posterior(z)


@final
class FlatView(View):
    """The single latent space of a flat model.

    A VAE's prior is N(0, I). An autoencoder is trained without a prior; sampling its codes from
    N(0, I) anyway shows its holes.
    """

    standard_prior = True

    def __init__(self, model: FlatModel) -> None:
        super().__init__(model, model.spec.latent_dim)
        self._flat = model
        self.stochastic = model.capabilities.stochastic
        self.scale_bounds = model.scale_bounds
        self.no_posterior = None if self.stochastic else NO_POSTERIOR

    def encode(self, x: Tensor, label: Tensor | None = None) -> Level:
        return self._flat.encode(x)

    def sample_posterior(
        self, x: Tensor, random: np.random.Generator, label: Tensor | None = None
    ) -> Tensor:
        level = self._flat.encode(x)
        return level.sample(normal_noise(level.mean.shape, random, level.mean))

    def decode(self, z: Tensor) -> Likelihood:
        return self._flat.decode(z)

    def decode_draw(self, z: Tensor, random: np.random.Generator) -> Likelihood:
        return self._flat.decode(z)

    def sample_prior(
        self, count: int, random: np.random.Generator, temperature: float = 1.0
    ) -> Tensor:
        noise = temperature * random.standard_normal((count, self.dim))
        return torch.as_tensor(noise, dtype=torch.float32, device=self.device)

    def log_prior(self, z: Tensor) -> Tensor:
        return standard_normal(z)

    def dense_decoder(self) -> DenseDecoder | None:
        return dense_decoder(self._flat.decoder, self.model.spec)
