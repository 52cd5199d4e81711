"""p(x|z): normalised distributions over images, in nats per image.

A decoder network outputs one number per pixel; a likelihood turns them into a distribution. All
are normalised over their support, so −ELBOs can be compared within one likelihood (but not between
two, which are densities with respect to different measures).
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, final

import torch
from torch import Tensor
from torch.distributions import Bernoulli, Distribution, Laplace, Normal

from explorer.models.continuous_bernoulli import ContinuousBernoulli


@dataclass(frozen=True)
class Likelihood(ABC):
    """p(x|z) for a batch of codes.

    Attributes:
        raw: (N, C, H, W) float32, the decoder network's output.
        scale: the fixed σ or b, in pixel units; unused for (continuous) Bernoulli pixels.
        link: maps ``raw`` to the location of Gaussian and Laplace pixels.
    """

    raw: Tensor
    scale: float = 1.0
    link: str = "sigmoid"

    title: ClassVar[str]
    formula: ClassVar[str]  # LaTeX of log p(x|z) for one pixel
    scaled: ClassVar[bool] = False  # whether ``scale`` and ``link`` are used
    symbol: ClassVar[str] = ""  # LaTeX of ``scale`` in the formula
    binary: ClassVar[bool] = False  # whether it sees pixels as 0 or 1
    mean_link: ClassVar[str] = "link"  # from ``raw`` to the mean; "link" means ``self.link``

    @property
    @abstractmethod
    def distribution(self) -> Distribution:
        """The distribution of each pixel, batch shape (N, C, H, W)."""

    @abstractmethod
    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """One image sampled for each code, (N, C, H, W)."""

    @classmethod
    @abstractmethod
    def variance_function(cls, mean: Tensor, scale: float = 1.0) -> Tensor | None:
        """Var[x|z] of pixels as a function of their mean in (0, 1), same shape, float64; None if it
        does not predict posterior collapse (see ``analysis.information.collapse``)."""

    @abstractmethod
    def linear(self) -> tuple[Tensor, Tensor] | None:
        """Slope (N, D) and offset (N,) of log p(x|z) = slope · x + offset + carrier(x), where x has
        all D pixels of an image; None if it does not have this form, as for Laplace pixels."""

    @abstractmethod
    def carrier(self, x: Tensor) -> Tensor:
        """The part of log p(x|z) that does not depend on z, of images x (M, C, H, W): (M,) nats."""

    def pairs(self, x: Tensor) -> Tensor:
        """log p(x|z) of each of M images x (M, C, H, W) under each of the N codes, (M, N) nats. A
        matrix product if ``linear`` is defined; otherwise subclasses must override it."""
        linear = self.linear()
        assert linear is not None, "an exponential family has a slope"
        slope, offset = linear
        found = torch.addmm(offset, self.observe(x).flatten(1), slope.T)
        return found + self.carrier(x)[:, None]

    @final
    @property
    def mean(self) -> Tensor:
        """E[x|z], (N, C, H, W)."""
        return self.distribution.mean

    @final
    def log_prob(self, x: Tensor) -> Tensor:
        """log p(x|z) of images x (N, C, H, W), summed over pixels: (N,) nats."""
        return self.distribution.log_prob(self.observe(x)).flatten(1).sum(1)

    @final
    @classmethod
    def observe(cls, x: Tensor) -> Tensor:
        """Images as this likelihood models them: binarised at one half, or unchanged.

        Binarised by rounding, as a comparison prevents vectorisation (4 ms against 0.4 ms).
        """
        return x.round() if cls.binary else x

    @final
    def _at_zero(self) -> Tensor:
        """log p(0|z) of the all-zero image, (N,) nats."""
        return self.distribution.log_prob(torch.zeros_like(self.raw)).flatten(1).sum(1)

    @final
    def _location(self) -> Tensor:
        return self.raw.sigmoid() if self.link == "sigmoid" else self.raw

    @final
    def _scale(self) -> Tensor:
        """``scale``, filled in on the device: a captured step must not copy numbers to it."""
        return torch.full((), self.scale, dtype=self.raw.dtype, device=self.raw.device)

    @final
    def _uniform(self, generator: torch.Generator | None) -> Tensor:
        """Uniform noise in (0, 1), for sampling with the inverse CDF."""
        noise = torch.rand(self.raw.shape, generator=generator, device=self.raw.device)
        return noise.clamp(1e-6, 1 - 1e-6)


@final
class Gaussian(Likelihood):
    """Gaussian pixels with one fixed σ: squared error / 2σ² plus a constant."""

    title = "Gaussian"
    formula = r"-\frac{(x-\mu)^2}{2\sigma^2} - \log\sigma\sqrt{2\pi}"
    scaled = True
    symbol = r"\sigma"

    @property
    def distribution(self) -> Normal:
        return Normal(self._location(), self._scale(), validate_args=False)

    @classmethod
    def variance_function(cls, mean: Tensor, scale: float = 1.0) -> Tensor | None:
        return torch.full_like(mean.double(), scale**2)

    def linear(self) -> tuple[Tensor, Tensor] | None:
        location = self._location().flatten(1)
        # As ``_at_zero``, which would take most of the time of a sum over many codes
        constant = location.shape[1] * math.log(self.scale * math.sqrt(2 * math.pi))
        offset = location.square().sum(1) / (-2 * self.scale**2) - constant
        return location / self.scale**2, offset

    def carrier(self, x: Tensor) -> Tensor:
        return x.flatten(1).square().sum(1) / (-2 * self.scale**2)

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        return self.distribution.icdf(self._uniform(generator))


@final
class LaplaceLikelihood(Likelihood):
    """Laplace pixels with one fixed scale b: absolute error / b plus a constant."""

    title = "Laplace"
    formula = r"-\frac{|x-\mu|}{b} - \log 2b"
    scaled = True
    symbol = "b"

    @property
    def distribution(self) -> Laplace:
        return Laplace(self._location(), self._scale(), validate_args=False)

    @classmethod
    def variance_function(cls, mean: Tensor, scale: float = 1.0) -> Tensor | None:
        return None  # log p depends on |x − μ|: a direction has no single threshold

    def linear(self) -> tuple[Tensor, Tensor] | None:
        return None

    def carrier(self, x: Tensor) -> Tensor:
        return torch.full_like(x.flatten(1)[:, 0], -x[0].numel() * math.log(2 * self.scale))

    def pairs(self, x: Tensor) -> Tensor:
        distance = torch.cdist(x.flatten(1), self._location().flatten(1), p=1)
        return distance / -self.scale + self.carrier(x)[:, None]

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        return self.distribution.icdf(self._uniform(generator))


class _Logits(Likelihood):
    """Pixels whose natural parameters are the decoder's raw outputs."""

    def linear(self) -> tuple[Tensor, Tensor] | None:
        return self.raw.flatten(1), self._at_zero()

    def carrier(self, x: Tensor) -> Tensor:
        return torch.zeros_like(x.flatten(1)[:, 0])


@final
class BernoulliLikelihood(_Logits):
    """Bernoulli pixels, for images binarised at one half.

    Binary cross-entropy on grey pixels is not a log-likelihood, so pixels are binarised here.
    """

    title = "Bernoulli (binarised)"
    formula = r"x\log p + (1-x)\log(1-p),\quad x\in\{0,1\}"
    binary = True
    mean_link = "sigmoid"

    @property
    def distribution(self) -> Bernoulli:
        return Bernoulli(logits=self.raw, validate_args=False)

    @classmethod
    def variance_function(cls, mean: Tensor, scale: float = 1.0) -> Tensor | None:
        return mean.double() * (1 - mean.double())

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        return (self._uniform(generator) < self.raw.sigmoid()).to(self.raw.dtype)


@final
class ContinuousBernoulliLikelihood(_Logits):
    """Continuous Bernoulli pixels on [0, 1] (Loaiza-Ganem & Cunningham 2019)."""

    title = "Continuous Bernoulli"
    formula = r"x\log\lambda + (1-x)\log(1-\lambda) + \log C(\lambda)"
    mean_link = "continuous-bernoulli"

    @property
    def distribution(self) -> ContinuousBernoulli:
        return ContinuousBernoulli(self.raw)

    @classmethod
    def variance_function(cls, mean: Tensor, scale: float = 1.0) -> Tensor | None:
        # Near 0 it falls with the square of the mean: for pixels lit in few images C / V is
        # enormous, yet there is little to gain. In training such codes collapse at KL weights
        # hundreds of times smaller.
        return None

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        return self.distribution.icdf(self._uniform(generator))


LIKELIHOODS: dict[str, type[Likelihood]] = {
    "gaussian": Gaussian,
    "laplace": LaplaceLikelihood,
    "bernoulli": BernoulliLikelihood,
    "continuous-bernoulli": ContinuousBernoulliLikelihood,
}
