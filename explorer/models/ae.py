"""The plain autoencoder (Rumelhart, Hinton & Williams 1986)."""

from typing import final

import torch
from torch import Tensor

from explorer.models.base import Terms
from explorer.models.deterministic import DeterministicAutoencoder


@final
class AE(DeterministicAutoencoder):
    """Reconstruct through a bottleneck, and nothing else: the code may lie anywhere."""

    title = "Autoencoder"
    summary = "Only reconstructs; where the codes lie is left to chance, so the plane has holes."
    formula = r"-\log p(x \mid z = E(x))"

    def terms(
        self, x: Tensor, label: Tensor | None, generator: torch.Generator | None = None
    ) -> Terms:
        level = self.encode(x)
        return Terms(self.decode(level.mean).log_prob(x), (level.kl(),))
