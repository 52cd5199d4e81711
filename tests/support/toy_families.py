"""The two families that a contract for autoencoders must fit, at their smallest: one that needs
labels, and one with two levels. They exist for tests alone."""

from typing import final

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import one_hot

from explorer.models.base import Losses, Model, assemble
from explorer.models.likelihoods import Likelihood
from explorer.models.networks import NETWORKS
from explorer.models.posteriors import Level, Posterior
from explorer.specs import ModelSpec, Spec


def _normal(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation from a layer of 2d outputs."""
    mean, log_variance = features.float().chunk(2, dim=1)
    return mean, (0.5 * log_variance).exp()


@final
class ToyCVAE(Model):
    """A conditional VAE whose prior is conditioned too, p(z|y) = N(m_y, I) (Sohn et al. 2015)."""

    title = "Toy conditional VAE"
    summary = "Knows the class of its image."
    formula = r"-\mathbb{E}_{q(z\mid x,y)} \log p(x\mid z,y) + \mathrm{KL}"
    stochastic = True
    needs_label = True

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        network = NETWORKS[spec.network]
        self.encoder = network.encoder(spec, 2 * spec.latent_dim, spec.classes)
        self.decoder = network.decoder(spec, spec.latent_dim, spec.classes)
        self.class_means = nn.Embedding(spec.classes, spec.latent_dim)

    @property
    def levels(self) -> tuple[int, ...]:
        return (self.spec.latent_dim,)

    def _one_hot(self, label: Tensor | None) -> Tensor:
        assert label is not None
        return one_hot(label, self.spec.classes).float()

    def encode(self, x: Tensor, label: Tensor | None = None, draw: bool = True) -> Posterior:
        mean, scale = _normal(self.encoder(x, self._one_hot(label)))
        return Posterior((Level(mean, scale, prior_mean=self.class_means(label)),))

    def decode(self, z: Tensor, label: Tensor | None = None) -> Likelihood:
        return self.likelihood_of(self.decoder(z, self._one_hot(label)))

    def loss(self, x: Tensor, label: Tensor | None, kl_weight: Tensor | float) -> Losses:
        posterior = self.encode(x, label)
        log_likelihood = self.decode(posterior.rsample(), label).log_prob(x)
        return assemble(log_likelihood, posterior.kl(), kl_weight)

    def prior(self, noise: Tensor, label: Tensor | None = None) -> Tensor:
        return self.class_means(label) + noise


class ToyHVAEOptions(Spec):
    """Options of the toy hierarchical VAE."""

    top_dim: int = Field(3, ge=1, le=512, description="Dimensions of the top level.")


@final
class ToyHVAE(Model):
    """Two levels: p(t) p(z|t) p(x|t,z), and q(t|x) q(z|x,t) from the top down (Sønderby et al.
    2016). ``latent_dim`` is the lower level's."""

    title = "Toy hierarchical VAE"
    summary = "A code with a code of its own."
    formula = r"-\mathbb{E} \log p(x\mid t,z) + \mathrm{KL}_t + \mathrm{KL}_{z\mid t}"
    stochastic = True
    Options = ToyHVAEOptions

    FEATURES = 16

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        self.top = ToyHVAEOptions.model_validate(spec.options).top_dim
        network = NETWORKS[spec.network]
        self.features = network.encoder(spec, self.FEATURES, 0)
        self.top_posterior = nn.Linear(self.FEATURES, 2 * self.top)
        self.low_posterior = nn.Linear(self.FEATURES + self.top, 2 * spec.latent_dim)
        self.low_prior = nn.Linear(self.top, 2 * spec.latent_dim)
        self.decoder = network.decoder(spec, self.top + spec.latent_dim, 0)

    @property
    def levels(self) -> tuple[int, ...]:
        return (self.top, self.spec.latent_dim)

    def encode(self, x: Tensor, label: Tensor | None = None, draw: bool = True) -> Posterior:
        features = self.features(x)
        top = Level(*_normal(self.top_posterior(features)))
        t = top.rsample() if draw else top.mean
        mean, scale = _normal(self.low_posterior(torch.cat([features, t], dim=1)))
        low = Level(mean, scale, *_normal(self.low_prior(t)))
        z = low.rsample() if draw else low.mean
        return Posterior((top, low), drawn=torch.cat([t, z], dim=1))

    def decode(self, z: Tensor, label: Tensor | None = None) -> Likelihood:
        return self.likelihood_of(self.decoder(z))

    def loss(self, x: Tensor, label: Tensor | None, kl_weight: Tensor | float) -> Losses:
        posterior = self.encode(x)
        log_likelihood = self.decode(posterior.rsample()).log_prob(x)
        return assemble(log_likelihood, posterior.kl(), kl_weight)

    def prior(self, noise: Tensor, label: Tensor | None = None) -> Tensor:
        t = noise[:, : self.top]
        mean, scale = _normal(self.low_prior(t))
        return torch.cat([t, mean + scale * noise[:, self.top :]], dim=1)


TOYS: dict[str, type[Model]] = {"toy-cvae": ToyCVAE, "toy-hvae": ToyHVAE}
