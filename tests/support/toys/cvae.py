"""A conditional VAE, with a control for the class."""

from collections.abc import Mapping
from typing import final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from explorer.datasets import Images
from explorer.models import Capabilities, Control, Level, Likelihood, Model, Terms, View
from explorer.models.base import noise_like
from explorer.models.dense import DenseDecoder, dense_decoder
from explorer.models.networks import NETWORKS
from explorer.models.view import normal_noise
from explorer.specs import ModelSpec
from tests.support.toys.common import log_normal, normal


@final
class ToyCVAE(Model):
    """A conditional VAE whose prior is also conditional, p(z|y) = N(m_y, I) (Sohn et al. 2015)."""

    title = "Toy conditional VAE"
    summary = "Knows the class of its image."
    formula = r"-\mathbb{E}_{q(z\mid x,y)} \log p(x\mid z,y) + \mathrm{KL}"
    capabilities = Capabilities(stochastic=True, loss_needs_label=True)

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        network = NETWORKS[spec.network]
        self.encoder = network.encoder(spec, 2 * spec.latent_dim, spec.classes)
        self.decoder = network.decoder(spec, spec.latent_dim, spec.classes)
        self.class_means = nn.Embedding(spec.classes, spec.latent_dim)

    def controls(self) -> tuple[Control, ...]:
        options = tuple(str(k) for k in range(self.spec.classes))
        return (Control("class", "Class", "0", options, classes=True),)

    def bind(self, choices: Mapping[str, str], images: Images | None) -> View:
        return ToyClassView(self, choices)

    def encode(self, x: Tensor, label: Tensor) -> Level:
        mean, scale = normal(self.encoder(x, one_hot(label, self.spec.classes).float()))
        return Level(mean, scale, prior_mean=self.class_means(label))

    def decode(self, z: Tensor, label: Tensor) -> Likelihood:
        return self.likelihood_of(self.decoder(z, one_hot(label, self.spec.classes).float()))

    def terms(
        self, x: Tensor, label: Tensor | None, generator: torch.Generator | None = None
    ) -> Terms:
        assert label is not None
        level = self.encode(x, label)
        z = level.sample(noise_like(level.mean, generator))
        return Terms(self.decode(z, label).log_prob(x), (level.kl(),))

    def reconstruct(self, x: Tensor, label: Tensor | None = None) -> Likelihood:
        assert label is not None
        return self.decode(self.encode(x, label).mean, label)

    def log_weights(self, x: Tensor, label: Tensor | None, random: np.random.Generator) -> Tensor:
        assert label is not None
        level = self.encode(x, label)
        z = level.sample(normal_noise(level.mean.shape, random, level.mean))
        joint = self.decode(z, label).log_prob(x).double() + level.log_prior(z)
        return joint - level.log_posterior(z)


@final
class ToyClassView(View):
    """The view of one class."""

    stochastic = True

    def __init__(self, model: ToyCVAE, choices: Mapping[str, str]) -> None:
        super().__init__(model, model.spec.latent_dim, choices)
        self._cvae = model
        self.about = int(choices["class"])
        self.codes_key = ""  # an image is encoded with its own class, whatever is chosen

    def _labels(self, count: int) -> Tensor:
        return torch.full((count,), self.about, device=self.device)

    def encode(self, x: Tensor, label: Tensor | None = None) -> Level:
        return self._cvae.encode(x, self._labels(len(x)) if label is None else label)

    def sample_posterior(
        self, x: Tensor, random: np.random.Generator, label: Tensor | None = None
    ) -> Tensor:
        level = self.encode(x, label)
        return level.sample(normal_noise(level.mean.shape, random, level.mean))

    def decode(self, z: Tensor) -> Likelihood:
        return self._cvae.decode(z, self._labels(len(z)))

    def decode_draw(self, z: Tensor, random: np.random.Generator) -> Likelihood:
        return self.decode(z)

    def sample_prior(
        self, count: int, random: np.random.Generator, temperature: float = 1.0
    ) -> Tensor:
        mean = self._cvae.class_means(self._labels(count))
        return mean + temperature * normal_noise((count, self.dim), random, mean)

    def log_prior(self, z: Tensor) -> Tensor:
        mean = self._cvae.class_means(self._labels(len(z)))
        return log_normal(z, mean, torch.ones_like(mean))

    def dense_decoder(self) -> DenseDecoder | None:
        condition = one_hot(self._labels(1), self.model.spec.classes)[0].float()
        return dense_decoder(self._cvae.decoder, self.model.spec, condition)
