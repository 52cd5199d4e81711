"""The autoencoder whose codes are pushed to zero."""

from typing import final

import torch
from pydantic import Field
from torch import Tensor

from explorer.models.base import Terms
from explorer.models.deterministic import DeterministicAutoencoder
from explorer.specs import ModelSpec, Spec


class AEL2Options(Spec):
    """Options of ``ae-l2``."""

    penalty: float = Field(
        1.0, ge=0, le=1e6, description="Weight λ of the squared code length, nats per unit²."
    )


@final
class AEL2(DeterministicAutoencoder):
    """An AE plus λ‖E(x)‖² (Ghosh et al. 2020, equation 5): compact codes without noise.

    Without noise the decoder can magnify a shrunken plane, so the holes merely shrink with it.
    """

    title = "Autoencoder pushed to zero"
    summary = "An autoencoder with a penalty λ‖E(x)‖²: compact codes, but nothing fills the holes."
    formula = r"-\log p(x \mid z = E(x)) + \lambda \lVert E(x) \rVert^2"
    Options = AEL2Options

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        self.options = AEL2Options.model_validate(spec.options)

    def terms(
        self, x: Tensor, label: Tensor | None, generator: torch.Generator | None = None
    ) -> Terms:
        level = self.encode(x)
        z = level.mean
        penalty = self.options.penalty * z.square().sum(1)
        return Terms(self.decode(z).log_prob(x), (level.kl(),), penalty)
