"""The plain autoencoder (Rumelhart, Hinton & Williams 1986)."""

from typing import final

from torch import Tensor

from explorer.models._deterministic import DeterministicAutoencoder
from explorer.models.base import Losses, assemble


@final
class AE(DeterministicAutoencoder):
    """Reconstruct through a bottleneck, and nothing else: the code may lie anywhere."""

    title = "Autoencoder"
    summary = "Only reconstructs; where the codes lie is left to chance, so the plane has holes."
    formula = r"-\log p(x \mid z = E(x))"

    def loss(self, x: Tensor, label: Tensor | None, kl_weight: Tensor | float) -> Losses:
        posterior = self.encode(x)
        return assemble(self.decode(posterior.mean).log_prob(x), posterior.kl(), kl_weight)
