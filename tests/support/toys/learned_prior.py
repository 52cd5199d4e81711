"""A flat VAE whose prior is not N(0, I)."""

import math
from collections.abc import Mapping
from typing import final

import numpy as np
import torch
from torch import Tensor, nn

from explorer.datasets import Images
from explorer.models import Capabilities, Level, Likelihood, Terms, View
from explorer.models.base import noise_like
from explorer.models.dense import DenseDecoder, dense_decoder
from explorer.models.networks import NETWORKS
from explorer.models.view import normal_noise
from explorer.specs import ModelSpec
from tests.support.toys.common import OneView, OnlyView, log_normal, normal


@final
class ToyLearnedPrior(OneView):
    """A VAE whose prior N(m, diag s²) is learned: not N(0, I), but flat and in closed form.

    Without hidden layers, the decoder is linear and log p(x) is known exactly.
    """

    title = "Toy VAE with a learned prior"
    summary = "Where codes should lie is learned too."
    formula = r"-\mathbb{E} \log p(x\mid z) + \mathrm{KL}(q \Vert N(m, s^2))"
    capabilities = Capabilities(stochastic=True)

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        network = NETWORKS[spec.network]
        self.encoder = network.encoder(spec, 2 * spec.latent_dim, 0)
        self.decoder = network.decoder(spec, spec.latent_dim, 0)
        self.prior_mean = nn.Parameter(torch.full((spec.latent_dim,), 0.7))
        self.prior_log_scale = nn.Parameter(torch.full((spec.latent_dim,), math.log(1.5)))

    def bind(self, choices: Mapping[str, str], images: Images | None) -> View:
        return ToyPriorView(self)

    def encode(self, x: Tensor) -> Level:
        mean, scale = normal(self.encoder(x))
        prior_scale = self.prior_log_scale.exp()
        return Level(mean, scale, self.prior_mean.expand_as(mean), prior_scale.expand_as(mean))

    def terms(
        self, x: Tensor, label: Tensor | None, generator: torch.Generator | None = None
    ) -> Terms:
        level = self.encode(x)
        z = level.sample(noise_like(level.mean, generator))
        return Terms(self.likelihood_of(self.decoder(z)).log_prob(x), (level.kl(),))

    def reconstruct(self, x: Tensor, label: Tensor | None = None) -> Likelihood:
        return self.likelihood_of(self.decoder(self.encode(x).mean))

    def log_weights(self, x: Tensor, label: Tensor | None, random: np.random.Generator) -> Tensor:
        level = self.encode(x)
        z = level.sample(normal_noise(level.mean.shape, random, level.mean))
        joint = self.likelihood_of(self.decoder(z)).log_prob(x).double() + level.log_prior(z)
        return joint - level.log_posterior(z)


@final
class ToyPriorView(OnlyView):
    """Its only view."""

    stochastic = True

    def __init__(self, model: ToyLearnedPrior) -> None:
        super().__init__(model, model.spec.latent_dim)
        self._toy = model

    def encode(self, x: Tensor, label: Tensor | None = None) -> Level:
        return self._toy.encode(x)

    def decode(self, z: Tensor) -> Likelihood:
        return self._toy.likelihood_of(self._toy.decoder(z))

    def sample_prior(
        self, count: int, random: np.random.Generator, temperature: float = 1.0
    ) -> Tensor:
        noise = temperature * normal_noise((count, self.dim), random, self._toy.prior_mean)
        return self._toy.prior_mean + self._toy.prior_log_scale.exp() * noise

    def log_prior(self, z: Tensor) -> Tensor:
        scale = self._toy.prior_log_scale.exp()
        return log_normal(z, self._toy.prior_mean.expand_as(z), scale.expand_as(z))

    def dense_decoder(self) -> DenseDecoder | None:
        return dense_decoder(self._toy.decoder, self.model.spec)
