"""q(z|x) and p(z) of one latent level, both diagonal Gaussians."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

_HALF_LOG_TWO_PI = 0.5 * math.log(2 * math.pi)

# Between these log variances an encoder's output is log σ² as it stands. With a KL weight above 0,
# the gallery's models stay between −11.8 and 0.7.
# A narrower σ changes nothing that can be seen: an MNIST model with KL weight 0 had two thirds of
# its images below e⁻⁸, and raising these to it adds 0.00002 nats per image to a reconstruction of
# 227 ± 0.3. A wider one is over seven times as wide as the prior: the KL is 27 nats there, and
# grows by another 27 with each unit of the output beyond. With a clamp at e¹⁰ it grew e times with
# each unit, up to 10⁸ nats, and one batch could end a run that was going well.
LOG_VARIANCE = (-16.0, 4.0)
# The same as standard deviations. Outside of these, σ is partly the bound's doing.
SCALES = (math.exp(LOG_VARIANCE[0] / 2), math.exp(LOG_VARIANCE[1] / 2))


def bounded_scale(log_variance: Tensor) -> Tensor:
    """σ from a network's output for log σ², of any shape.

    It is exp(output / 2) within ``LOG_VARIANCE``. An excess e of the output beyond counts as
    log(1 + e): σ² then grows or shrinks in proportion to 1 + e, and can overflow no more. The
    slope, 1 / (1 + e), is continuous and nowhere 0, so that a code can always come back; at a clamp
    it would have to stay.
    """
    low, high = LOG_VARIANCE
    below = low - (low - log_variance).relu().log1p()
    above = high + (log_variance - high).relu().log1p()
    bounded = torch.where(log_variance < low, below, log_variance)
    return (0.5 * torch.where(log_variance > high, above, bounded)).exp()


@dataclass(frozen=True)
class Level:
    """The posterior and the prior of one level's code.

    Attributes:
        mean: (N, d) posterior mean.
        scale: (N, d) posterior standard deviation, or None for a deterministic code (scale 0).
        prior_mean, prior_scale: (N, d), or numbers, by default those of N(0, I). A hierarchical
            model sets them from the level above, a conditional model from the class.
    """

    mean: Tensor
    scale: Tensor | None = None
    prior_mean: Tensor | float = 0.0
    prior_scale: Tensor | float = 1.0

    @property
    def width(self) -> Tensor:
        """(N, d) posterior standard deviations; zeros for a deterministic code."""
        return torch.zeros_like(self.mean) if self.scale is None else self.scale

    def sample(self, noise: Tensor) -> Tensor:
        """The reparameterised sample μ + σ · noise, (N, d), from standard normal noise (N, d)
        (Kingma & Welling 2014, section 2.4)."""
        return self.mean if self.scale is None else self.mean + self.scale * noise

    def kl(self) -> Tensor:
        """KL(q(z|x) ‖ p(z)) per image and dimension, (N, d) nats, in closed form.

        Zeros for a deterministic code, which has no KL term (its KL is infinite).
        """
        if self.scale is None:
            return torch.zeros_like(self.mean)
        # Written out, as the type dispatch of torch.distributions would split a compiled graph.
        ratio = self.scale / self.prior_scale
        shift = (self.mean - self.prior_mean) / self.prior_scale
        return 0.5 * (ratio.square() + shift.square() - 1) - ratio.log()

    def log_prior(self, z: Tensor) -> Tensor:
        """log p(z) of codes (N, d): (N,) float64 nats."""
        return _log_normal(z, self.prior_mean, self.prior_scale)

    def log_posterior(self, z: Tensor) -> Tensor:
        """log q(z|x) of codes (N, d): (N,) float64 nats.

        Raises:
            ValueError: the code is deterministic and has no density.
        """
        if self.scale is None:
            raise ValueError("a deterministic code has no density")
        return _log_normal(z, self.mean, self.scale)


def standard_normal(z: Tensor) -> Tensor:
    """log N(z; 0, I) of codes z (N, d): (N,) float64 nats."""
    return _log_normal(z, 0.0, 1.0)


def _log_normal(z: Tensor, mean: Tensor | float, scale: Tensor | float) -> Tensor:
    z = z.double()
    scale = torch.as_tensor(scale, dtype=torch.float64, device=z.device)
    mean = torch.as_tensor(mean, dtype=torch.float64, device=z.device)
    return (-0.5 * ((z - mean) / scale).square() - scale.log() - _HALF_LOG_TWO_PI).sum(1)
