"""The denoising autoencoder (Vincent et al. 2008)."""

from typing import final

import torch
from pydantic import Field
from torch import Tensor

from explorer.models.base import Terms, noise_like
from explorer.models.deterministic import DeterministicAutoencoder
from explorer.specs import ModelSpec, Spec


class DenoisingOptions(Spec):
    """Options of ``denoising-ae``."""

    noise: float = Field(
        0.3, ge=0, le=10, description="Standard deviation of the input noise, pixel units."
    )


@final
class DenoisingAE(DeterministicAutoencoder):
    """An AE that receives a noisy image and must reconstruct the clean one.

    No noise is added by ``encode``, nor by the loss in evaluation mode.
    """

    title = "Denoising autoencoder"
    summary = "Receives a noisy image and reconstructs the clean one."
    formula = r"-\log p(x \mid z = E(x + \varepsilon)),\quad \varepsilon\sim N(0, s^2 I)"
    Options = DenoisingOptions

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        self.options = DenoisingOptions.model_validate(spec.options)

    def terms(
        self, x: Tensor, label: Tensor | None, generator: torch.Generator | None = None
    ) -> Terms:
        seen = x + self.options.noise * noise_like(x, generator) if self.training else x
        level = self.encode(seen)
        return Terms(self.decode(level.mean).log_prob(x), (level.kl(),))
