"""The contract every model family keeps: encode, decode, loss, and what the family can do."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, final

import torch
from torch import Tensor, nn

from explorer.models.likelihoods import LIKELIHOODS, Likelihood
from explorer.models.posteriors import Posterior
from explorer.specs import ModelSpec, Spec


@dataclass(frozen=True)
class Losses:
    """The terms of the training objective, means over a batch, in nats per image.

    Attributes:
        reconstruction: () −log p(x|z) at one draw of z.
        kl: per level, (d of the level,) KL(q(z|x) ‖ p(z)) per dimension.
        penalty: () whatever else the family adds, 0 if nothing.
        total: () what the optimiser sees: reconstruction + KL weight · KL + penalty.
    """

    reconstruction: Tensor
    kl: tuple[Tensor, ...]
    penalty: Tensor
    total: Tensor


class NoOptions(Spec):
    """The options of a family that has none."""


class Model(nn.Module, ABC):
    """A model of images with latent codes.

    Subclasses are abstract or final; no implemented method is overridden. Capabilities are declared
    on the class, so that nobody need ask which family a model belongs to.
    """

    title: ClassVar[str]
    summary: ClassVar[str]  # one sentence for people
    formula: ClassVar[str]  # LaTeX of the loss
    stochastic: ClassVar[bool] = False  # has a posterior with a scale, hence a KL term and an ELBO
    needs_label: ClassVar[bool] = False  # encode, decode and prior want the label
    plain_decoder: ClassVar[bool] = False  # decode(z) is likelihood_of(self.decoder(z)), no more
    Options: ClassVar[type[Spec]] = NoOptions

    decoder: nn.Module

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.spec = spec
        self.likelihood = LIKELIHOODS[spec.likelihood]

    @property
    @abstractmethod
    def levels(self) -> tuple[int, ...]:
        """Latent dimensions of each level, from the top down."""

    @abstractmethod
    def encode(self, x: Tensor, label: Tensor | None = None, draw: bool = True) -> Posterior:
        """q(z|x) of images x (N, C, H, W) in [0, 1]; label (N,) int64 if the family needs it.

        A hierarchical family conditions each level on a draw of the one above it; without ``draw``
        on its mean, so that an image has one code. With one level there is nothing to choose.
        """

    @abstractmethod
    def decode(self, z: Tensor, label: Tensor | None = None) -> Likelihood:
        """p(x|z) of codes z (N, d), all levels side by side."""

    @abstractmethod
    def loss(self, x: Tensor, label: Tensor | None, kl_weight: Tensor | float) -> Losses:
        """The training objective on images x (N, C, H, W)."""

    @abstractmethod
    def prior(self, noise: Tensor, label: Tensor | None = None) -> Tensor:
        """Prior draws (N, d) from standard normal noise (N, d): the identity for a flat N(0, I)."""

    @final
    @property
    def latent_dim(self) -> int:
        """Latent dimensions of all levels together."""
        return sum(self.levels)

    @final
    def likelihood_of(self, raw: Tensor) -> Likelihood:
        """p(x|z) from a decoder network's output; always float32, since densities need it."""
        return self.likelihood(raw.float(), self.spec.likelihood_scale, self.spec.link)


def assemble(
    log_likelihood: Tensor,
    kl: tuple[Tensor, ...],
    kl_weight: Tensor | float,
    *,
    penalty: Tensor | None = None,
    free_bits: float = 0.0,
) -> Losses:
    """Batch means of the loss terms and their weighted sum.

    Args:
        log_likelihood: (N,) log p(x|z), nats.
        kl: per level (N, d) nats.
        kl_weight: β (Higgins et al. 2017).
        penalty: (N,) further terms, nats.
        free_bits: nats per dimension under which the mean KL is not pushed any further
            (Kingma et al. 2016, equation 15).
    """
    reconstruction = -log_likelihood.mean()
    kl = tuple(level.mean(0) for level in kl)
    extra = torch.zeros_like(reconstruction) if penalty is None else penalty.mean()
    pushed = torch.stack([level.clamp(min=free_bits).sum() for level in kl]).sum()
    total = reconstruction + kl_weight * pushed + extra
    return Losses(reconstruction, kl, extra, total)
