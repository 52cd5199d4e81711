"""A hierarchical VAE of three levels, with a control for the level."""

from collections.abc import Mapping
from typing import final

import numpy as np
import torch
from torch import Tensor, nn

from explorer.datasets import Images
from explorer.models import Capabilities, Control, Level, Likelihood, Model, NotDefined, Terms, View
from explorer.models.base import noise_like
from explorer.models.dense import DenseDecoder, dense_decoder
from explorer.models.networks import NETWORKS
from explorer.models.view import normal_noise
from explorer.specs import ModelSpec
from tests.support.toys.common import log_normal, normal


@final
class ToyHVAE(Model):
    """Three levels: p(z₁) p(z₂|z₁) p(z₃|z₂) p(x|z₃), and a top-down q: each level depends on the
    image and the level above (Sønderby et al. 2016). All have ``latent_dim`` dimensions."""

    title = "Toy hierarchical VAE"
    summary = "A code with a code of its own, twice."
    formula = r"-\mathbb{E} \log p(x\mid z_3) + \mathrm{KL}_1 + \mathrm{KL}_2 + \mathrm{KL}_3"
    capabilities = Capabilities(stochastic=True, kl_groups=("z1", "z2", "z3"))

    LEVELS = 3
    FEATURES = 16

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        network, d = NETWORKS[spec.network], spec.latent_dim
        self.features = network.encoder(spec, self.FEATURES, 0)
        above = [0, d, d]
        self.posteriors = nn.ModuleList(nn.Linear(self.FEATURES + n, 2 * d) for n in above)
        self.priors = nn.ModuleList(nn.Linear(d, 2 * d) for _ in range(self.LEVELS - 1))
        self.decoder = network.decoder(spec, d, 0)

    def controls(self) -> tuple[Control, ...]:
        options = tuple(str(k + 1) for k in range(self.LEVELS))
        return (Control("level", "Level", "1", options, ordered=True),)

    def bind(self, choices: Mapping[str, str], images: Images | None) -> View:
        return ToyLevelView(self, choices)

    def prior(self, level: int, above: Tensor) -> tuple[Tensor, Tensor]:
        """p(z of a level | the level above), for levels 1 and 2, counted from 0."""
        return normal(self.priors[level - 1](above))

    def levels(self, x: Tensor, noise: list[Tensor] | None) -> tuple[list[Level], list[Tensor]]:
        """The posteriors of all levels, and the codes on which the next level is conditioned:
        samples, or means if there is no noise."""
        features = self.features(x)
        found: list[Level] = []
        codes: list[Tensor] = []
        for k, layer in enumerate(self.posteriors):
            mean, scale = normal(layer(torch.cat([features, *codes[-1:]], dim=1)))
            found.append(Level(mean, scale, *self.prior(k, codes[-1])) if k else Level(mean, scale))
            codes.append(found[-1].mean if noise is None else found[-1].sample(noise[k]))
        return found, codes

    def terms(
        self, x: Tensor, label: Tensor | None, generator: torch.Generator | None = None
    ) -> Terms:
        like = x.new_zeros(len(x), self.spec.latent_dim)
        noise = [noise_like(like, generator) for _ in range(self.LEVELS)]
        levels, codes = self.levels(x, noise)
        log_likelihood = self.likelihood_of(self.decoder(codes[-1])).log_prob(x)
        return Terms(log_likelihood, tuple(level.kl() for level in levels))

    def reconstruct(self, x: Tensor, label: Tensor | None = None) -> Likelihood:
        return self.likelihood_of(self.decoder(self.levels(x, None)[1][-1]))

    def log_weights(self, x: Tensor, label: Tensor | None, random: np.random.Generator) -> Tensor:
        shape = (len(x), self.spec.latent_dim)
        noise = [normal_noise(shape, random, x) for _ in range(self.LEVELS)]
        levels, codes = self.levels(x, noise)
        total = self.likelihood_of(self.decoder(codes[-1])).log_prob(x).double()
        for level, z in zip(levels, codes, strict=True):
            total = total + level.log_prior(z) - level.log_posterior(z)
        return total


@final
class ToyLevelView(View):
    """One level; levels above are integrated out or set to their means, those below are decoded."""

    stochastic = True

    def __init__(self, model: ToyHVAE, choices: Mapping[str, str]) -> None:
        super().__init__(model, model.spec.latent_dim, choices)
        self._hvae = model
        self._level = int(choices["level"]) - 1
        is_top, is_bottom = self._level == 0, self._level == model.LEVELS - 1
        self.standard_prior = is_top
        if not is_bottom:
            self.no_likelihood = "an image depends on this level through the ones below it"
        if not is_top:
            self.no_log_prior = "its prior is a mixture over the levels above"
            self.no_posterior = "its posterior is a mixture over the levels above"

    def encode(self, x: Tensor, label: Tensor | None = None) -> Level:
        level = self._hvae.levels(x, None)[0][self._level]
        return Level(level.mean, level.scale)

    def sample_posterior(
        self, x: Tensor, random: np.random.Generator, label: Tensor | None = None
    ) -> Tensor:
        noise = [normal_noise((len(x), self.dim), random, x) for _ in range(self._hvae.LEVELS)]
        return self._hvae.levels(x, noise)[1][self._level]

    def decode(self, z: Tensor) -> Likelihood:
        for k in range(self._level + 1, self._hvae.LEVELS):
            z = self._hvae.prior(k, z)[0]
        return self._hvae.likelihood_of(self._hvae.decoder(z))

    def decode_draw(self, z: Tensor, random: np.random.Generator) -> Likelihood:
        for k in range(self._level + 1, self._hvae.LEVELS):
            mean, scale = self._hvae.prior(k, z)
            z = mean + scale * normal_noise(z.shape, random, z)
        return self._hvae.likelihood_of(self._hvae.decoder(z))

    def sample_prior(
        self, count: int, random: np.random.Generator, temperature: float = 1.0
    ) -> Tensor:
        like = torch.zeros(1, device=self.device)
        z = temperature * normal_noise((count, self.dim), random, like)
        for k in range(1, self._level + 1):
            mean, scale = self._hvae.prior(k, z)
            z = mean + temperature * scale * normal_noise(z.shape, random, z)
        return z

    def log_prior(self, z: Tensor) -> Tensor:
        if self.no_log_prior:
            raise NotDefined(self.no_log_prior)
        return log_normal(z, torch.zeros_like(z), torch.ones_like(z))

    def dense_decoder(self) -> DenseDecoder | None:
        if self._level < self._hvae.LEVELS - 1:
            return None
        return dense_decoder(self._hvae.decoder, self.model.spec)
