"""Base class of the plain autoencoders, whose encoder is deterministic."""

from abc import ABC
from typing import final

from torch import Tensor

from explorer.models.flat import FlatModel
from explorer.models.networks import NETWORKS
from explorer.models.posteriors import Level
from explorer.specs import ModelSpec


class DeterministicAutoencoder(FlatModel, ABC):
    """Encoder and decoder of a deterministic autoencoder; subclasses differ only in the loss."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        network = NETWORKS[spec.network]
        self.encoder = network.encoder(spec, spec.latent_dim, 0)
        self.decoder = network.decoder(spec, spec.latent_dim, 0)

    @final
    def encode(self, x: Tensor) -> Level:
        return Level(self.encoder(x).float())
