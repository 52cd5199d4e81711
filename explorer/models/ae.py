"""The plain autoencoder (Rumelhart, Hinton & Williams 1986)."""

from typing import final

import torch
from torch import Tensor

from explorer.models.base import Terms
from explorer.models.deterministic import DeterministicAutoencoder


@final
class AE(DeterministicAutoencoder):
    """Minimises only the reconstruction error through a bottleneck; codes may lie anywhere."""

    title = "Autoencoder"
    summary = "Only reconstructs; nothing constrains where codes lie, so the plane has holes."
    formula = r"-\log p(x \mid z = E(x))"

    def terms(
        self, x: Tensor, label: Tensor | None, generator: torch.Generator | None = None
    ) -> Terms:
        level = self.encode(x)
        return Terms(self.decode(level.mean).log_prob(x), (level.kl(),))
