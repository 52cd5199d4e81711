"""A decoder without gradients, such as that of an imported model."""

from collections.abc import Mapping
from typing import final

import numpy as np
import torch
from torch import Tensor

from explorer.datasets import Images
from explorer.models import Level, Likelihood, NotDefined, Terms, View
from explorer.models.networks import NETWORKS
from explorer.specs import ModelSpec
from tests.support.toys.common import OneView, PriorlessView


@final
class ToyNoGradients(OneView):
    """An autoencoder whose view decodes through numpy and so has no gradients."""

    title = "Toy without gradients"
    summary = "Somebody else's model."
    formula = r"-\log p(x\mid z)"

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        network = NETWORKS[spec.network]
        self.encoder = network.encoder(spec, spec.latent_dim, 0)
        self.decoder = network.decoder(spec, spec.latent_dim, 0)

    def bind(self, choices: Mapping[str, str], images: Images | None) -> View:
        return ToyOpaqueView(self)

    def terms(
        self, x: Tensor, label: Tensor | None, generator: torch.Generator | None = None
    ) -> Terms:
        z = self.encoder(x).float()
        log_likelihood = self.likelihood_of(self.decoder(z)).log_prob(x)
        return Terms(log_likelihood, (torch.zeros_like(z),))

    def reconstruct(self, x: Tensor, label: Tensor | None = None) -> Likelihood:
        return self.likelihood_of(self.decoder(self.encoder(x)))

    def log_weights(self, x: Tensor, label: Tensor | None, random: np.random.Generator) -> Tensor:
        raise NotDefined("its encoder is deterministic")


@final
class ToyOpaqueView(PriorlessView):
    """Its only view."""

    differentiable = False
    no_posterior = "its encoder is deterministic"
    no_log_prior = "nothing is said of its prior"
    no_sample_prior = "nothing is said of its prior"

    def __init__(self, model: ToyNoGradients) -> None:
        super().__init__(model, model.spec.latent_dim)
        self._toy = model

    def encode(self, x: Tensor, label: Tensor | None = None) -> Level:
        return Level(self._toy.encoder(x).float())

    def decode(self, z: Tensor) -> Likelihood:
        with torch.no_grad():
            raw = self._toy.decoder(z).cpu().numpy()
        return self._toy.likelihood_of(torch.from_numpy(raw).to(z.device))
