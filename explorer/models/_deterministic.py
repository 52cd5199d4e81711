"""What the plain autoencoders share: a code without a scale."""

from abc import ABC
from typing import final

from torch import Tensor

from explorer.models.base import Model
from explorer.models.likelihoods import Likelihood
from explorer.models.networks import NETWORKS
from explorer.models.posteriors import Level, Posterior
from explorer.specs import ModelSpec


class DeterministicAutoencoder(Model, ABC):
    """Encoder and decoder of a deterministic autoencoder; families differ in the loss alone.

    There is no prior in its training. N(0, I) is what people draw from to see the holes.
    """

    plain_decoder = True

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        network = NETWORKS[spec.network]
        self.encoder = network.encoder(spec, spec.latent_dim, 0)
        self.decoder = network.decoder(spec, spec.latent_dim, 0)

    @final
    @property
    def levels(self) -> tuple[int, ...]:
        return (self.spec.latent_dim,)

    @final
    def encode(self, x: Tensor, label: Tensor | None = None, draw: bool = True) -> Posterior:
        return Posterior((Level(self.encoder(x).float()),))

    @final
    def decode(self, z: Tensor, label: Tensor | None = None) -> Likelihood:
        return self.likelihood_of(self.decoder(z))

    @final
    def prior(self, noise: Tensor, label: Tensor | None = None) -> Tensor:
        return noise
