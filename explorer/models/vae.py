"""The variational autoencoder (Kingma & Welling 2014; Rezende et al. 2014)."""

from typing import final

import torch
from pydantic import Field
from torch import Tensor

from explorer.models.base import Capabilities, Terms, noise_like
from explorer.models.flat import FlatModel
from explorer.models.networks import NETWORKS
from explorer.models.posteriors import SCALES, Level, bounded_scale
from explorer.specs import ModelSpec, Spec


class VAEOptions(Spec):
    """Options of ``vae``."""

    free_bits: float = Field(
        0.0, ge=0, le=100, description="KL per dimension that is not penalised, nats."
    )


@final
class VAE(FlatModel):
    """Gaussian posteriors with diagonal covariance, the prior N(0, I), and the ELBO.

    With KL weight 1 the loss is −ELBO ≥ −log p(x); other weights give a β-VAE (Higgins et al.
    2017).
    """

    title = "Variational autoencoder"
    summary = "The code of an image is a Gaussian; the KL term keeps all of them close to N(0, I)."
    formula = (
        r"-\mathbb{E}_{q(z\mid x)} \log p(x\mid z)"
        r" + \beta\,\mathrm{KL}\left(q(z\mid x)\,\Vert\,N(0,I)\right)"
    )
    capabilities = Capabilities(stochastic=True)
    Options = VAEOptions
    scale_bounds = SCALES

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        self.free_bits = VAEOptions.model_validate(spec.options).free_bits
        network = NETWORKS[spec.network]
        self.encoder = network.encoder(spec, 2 * spec.latent_dim, 0)  # means and log variances
        self.decoder = network.decoder(spec, spec.latent_dim, 0)

    def encode(self, x: Tensor) -> Level:
        mean, log_variance = self.encoder(x).float().chunk(2, dim=1)  # (N, d) each
        return Level(mean, bounded_scale(log_variance))

    def terms(
        self, x: Tensor, label: Tensor | None, generator: torch.Generator | None = None
    ) -> Terms:
        level = self.encode(x)
        z = level.sample(noise_like(level.mean, generator))
        return Terms(self.decode(z).log_prob(x), (level.kl(),))
