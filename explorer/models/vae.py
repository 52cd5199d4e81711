"""The variational autoencoder (Kingma & Welling 2014; Rezende et al. 2014)."""

from typing import final

from pydantic import Field
from torch import Tensor

from explorer.models.base import Losses, Model, assemble
from explorer.models.likelihoods import Likelihood
from explorer.models.networks import NETWORKS
from explorer.models.posteriors import Level, Posterior
from explorer.specs import ModelSpec, Spec

# One image with an absurd variance would otherwise overflow and end a run that was going well.
LOG_VARIANCE = (-30.0, 20.0)


class VAEOptions(Spec):
    """Options of ``vae``."""

    free_bits: float = Field(
        0.0, ge=0, le=100, description="KL per dimension that costs nothing, nats."
    )


@final
class VAE(Model):
    """A Gaussian posterior with diagonal covariance, a standard Normal prior, and an ELBO.

    With KL weight 1 the loss is −ELBO ≥ −log p(x); others make a β-VAE (Higgins et al. 2017).
    """

    title = "Variational autoencoder"
    summary = "Codes are clouds, and the KL term holds them together around zero."
    formula = (
        r"-\mathbb{E}_{q(z\mid x)} \log p(x\mid z)"
        r" + \beta\,\mathrm{KL}\left(q(z\mid x)\,\Vert\,N(0,I)\right)"
    )
    stochastic = True
    plain_decoder = True
    Options = VAEOptions

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        self.options = VAEOptions.model_validate(spec.options)
        network = NETWORKS[spec.network]
        self.encoder = network.encoder(spec, 2 * spec.latent_dim, 0)  # means and log variances
        self.decoder = network.decoder(spec, spec.latent_dim, 0)

    @property
    def levels(self) -> tuple[int, ...]:
        return (self.spec.latent_dim,)

    def encode(self, x: Tensor, label: Tensor | None = None, draw: bool = True) -> Posterior:
        mean, log_variance = self.encoder(x).float().chunk(2, dim=1)  # (N, d) each
        log_variance = log_variance.clamp(*LOG_VARIANCE)
        return Posterior((Level(mean, (0.5 * log_variance).exp()),))

    def decode(self, z: Tensor, label: Tensor | None = None) -> Likelihood:
        return self.likelihood_of(self.decoder(z))

    def loss(self, x: Tensor, label: Tensor | None, kl_weight: Tensor | float) -> Losses:
        posterior = self.encode(x)
        log_likelihood = self.decode(posterior.rsample()).log_prob(x)
        free_bits = self.options.free_bits
        return assemble(log_likelihood, posterior.kl(), kl_weight, free_bits=free_bits)

    def prior(self, noise: Tensor, label: Tensor | None = None) -> Tensor:
        return noise
