"""q(z|x): one diagonal Normal per latent level, for every family alike."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Level:
    """One latent level: its posterior and its prior, both diagonal Normals.

    Attributes:
        mean: (N, d) posterior mean.
        scale: (N, d) posterior standard deviation, or None for a deterministic code (scale 0).
        prior_mean, prior_scale: (N, d), or the numbers of the standard Normal. A hierarchical
            model sets them from the level above.
    """

    mean: Tensor
    scale: Tensor | None = None
    prior_mean: Tensor | float = 0.0
    prior_scale: Tensor | float = 1.0

    def rsample(self) -> Tensor:
        """A reparameterised draw, (N, d) (Kingma & Welling 2014, section 2.4)."""
        if self.scale is None:
            return self.mean
        return self.mean + self.scale * torch.randn_like(self.mean)

    def kl(self) -> Tensor:
        """KL(q(z|x) ‖ p(z)) per image and dimension, (N, d) nats, in closed form.

        A deterministic code has no KL term (its KL is infinite, not trained on): zeros.
        """
        if self.scale is None:
            return torch.zeros_like(self.mean)
        # Written out, since torch.distributions' dispatch on types breaks a compiled graph in two.
        ratio = self.scale / self.prior_scale
        shift = (self.mean - self.prior_mean) / self.prior_scale
        return 0.5 * (ratio.square() + shift.square() - 1) - ratio.log()


@dataclass(frozen=True)
class Posterior:
    """q(z|x) for a batch of images, one level or several; codes are the levels side by side.

    Attributes:
        levels: from the top level (furthest from the image) down.
        drawn: (N, d) the code whose upper levels the lower ones were conditioned on, if the
            family is hierarchical; None if the levels are independent given the image.
    """

    levels: tuple[Level, ...]
    drawn: Tensor | None = None

    @property
    def mean(self) -> Tensor:
        """(N, d) posterior means."""
        return torch.cat([level.mean for level in self.levels], dim=1)

    @property
    def scale(self) -> Tensor:
        """(N, d) posterior standard deviations, 0 where the code is deterministic."""
        scales = [
            torch.zeros_like(level.mean) if level.scale is None else level.scale
            for level in self.levels
        ]
        return torch.cat(scales, dim=1)

    def rsample(self) -> Tensor:
        """One reparameterised draw of the whole code, (N, d); if hierarchical, the one that the
        levels belong to."""
        if self.drawn is not None:
            return self.drawn
        return torch.cat([level.rsample() for level in self.levels], dim=1)

    def kl(self) -> tuple[Tensor, ...]:
        """KL per level, each (N, d of the level), in nats."""
        return tuple(level.kl() for level in self.levels)
