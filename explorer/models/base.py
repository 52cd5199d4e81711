"""The interface of all model families: the loss, the controls and the views they select."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
import torch
from torch import Tensor, nn

from explorer.datasets import Images
from explorer.models.likelihoods import LIKELIHOODS, Likelihood
from explorer.models.view import Control, View
from explorer.specs import ModelSpec, Spec


@dataclass(frozen=True)
class Terms:
    """The terms of the training objective for each image of a batch, in nats.

    Attributes:
        log_likelihood: (N,) log p(x|z) at one draw of z.
        kl: per group of the family's ``kl_groups``, (N, its dimensions) KL(q(z|x) ‖ p(z)).
        penalty: (N,) any other term that the family adds, or None.
    """

    log_likelihood: Tensor
    kl: tuple[Tensor, ...]
    penalty: Tensor | None = None


@dataclass(frozen=True)
class Losses:
    """The terms of the training objective, means over a batch, in nats per image.

    Attributes:
        reconstruction: () −log p(x|z) at one draw of z.
        kl: per group of the family's ``kl_groups``, (its dimensions,) KL(q(z|x) ‖ p(z)).
        penalty: () any other term that the family adds, or 0.
        total: () the objective that is minimised: reconstruction + KL weight · KL + penalty.
    """

    reconstruction: Tensor
    kl: tuple[Tensor, ...]
    penalty: Tensor
    total: Tensor


@dataclass(frozen=True)
class Capabilities:
    """Properties of a family that are known before a model is built.

    Attributes:
        stochastic: it has a KL term, which the KL weight multiplies.
        loss_needs_label: its training needs the images' classes.
        discrete: its codes are entries of a codebook.
        objective_is_elbo: reconstruction + KL, both with weight 1, is −ELBO.
        kl_groups: names of the groups of latents for which its KL is reported.
    """

    stochastic: bool = False
    loss_needs_label: bool = False
    discrete: bool = False
    objective_is_elbo: bool = True
    kl_groups: tuple[str, ...] = ("z",)


class NoOptions(Spec):
    """The options of a family that has none."""


class Model(nn.Module, ABC):
    """A model of images with latent codes. It handles images, labels and losses.

    To encode or decode, take a ``view``. Subclasses are abstract or final; implemented methods are
    never overridden.

    Attributes:
        spec: the spec it was built from.
        likelihood: the class of p(x|z).
        free_bits: nats of each dimension's mean KL that are not penalised.
    """

    title: ClassVar[str]
    summary: ClassVar[str]  # one sentence for users
    formula: ClassVar[str]  # LaTeX of the loss
    capabilities: ClassVar[Capabilities] = Capabilities()
    Options: ClassVar[type[Spec]] = NoOptions

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.spec = spec
        self.likelihood = LIKELIHOODS[spec.likelihood]
        self.free_bits = 0.0

    @abstractmethod
    def controls(self) -> tuple[Control, ...]:
        """The choices that select one plane of codes; () for most models."""

    @abstractmethod
    def bind(self, choices: Mapping[str, str], images: Images | None) -> View:
        """The view for one valid choice per control; ``images`` are those that anchors index, if
        available. Callers should use ``view``."""

    @abstractmethod
    def terms(
        self, x: Tensor, label: Tensor | None, generator: torch.Generator | None = None
    ) -> Terms:
        """The terms of the loss on images x (N, C, H, W) with labels (N,).

        Noise comes from the generator or, if None, from torch's default one, which a trainer seeds.
        """

    @abstractmethod
    def reconstruct(self, x: Tensor, label: Tensor | None = None) -> Likelihood:
        """p(x|z) at the code of each image x (N, C, H, W), without noise."""

    @abstractmethod
    def log_weights(self, x: Tensor, label: Tensor | None, random: np.random.Generator) -> Tensor:
        """log p(x, z) − log q(z|x) at one draw of all latents: (N,) float64 nats.

        Their mean estimates the ELBO; the log of the mean of their exponentials gives a tighter
        bound on log p(x) (Burda et al. 2016).

        Raises:
            NotDefined: there is no posterior to sample from.
        """

    @final
    def loss(self, x: Tensor, label: Tensor | None, kl_weight: Tensor | float) -> Losses:
        """The training objective on images x (N, C, H, W) with labels (N,)."""
        return assemble(self.terms(x, label), kl_weight, self.free_bits)

    @final
    def view(self, images: Images | None = None, **choices: str) -> View:
        """The model with its controls set; controls that are not given keep their defaults.

        Args:
            images: the held-out images that an anchor's options index.
            choices: name of a control → one of its options.

        Raises:
            ValueError: no such control, or no such option; the message names it.
        """
        known = {control.name: control for control in self.controls()}
        for name, choice in choices.items():
            if name not in known:
                raise ValueError(
                    f"{name[:40]!a} is not a control of this model; it has "
                    f"{', '.join(known) or 'nothing to choose'}"
                )
            if not known[name].accepts(choice):
                raise ValueError(
                    f"{name}: {choice[:40]!a} is unknown; known are "
                    f"{', '.join(known[name].options)}"
                )
        chosen = {name: choices.get(name, control.default) for name, control in known.items()}
        return self.bind(chosen, images)

    @final
    def likelihood_of(self, raw: Tensor) -> Likelihood:
        """p(x|z) from a decoder network's output, in float32, as densities need the precision."""
        return self.likelihood(raw.float(), self.spec.likelihood_scale, self.spec.link)


def noise_like(values: Tensor, generator: torch.Generator | None) -> Tensor:
    """Standard normal noise of the same shape, from a generator or torch's default one."""
    return torch.randn(values.shape, generator=generator, device=values.device, dtype=values.dtype)


def assemble(terms: Terms, kl_weight: Tensor | float, free_bits: float = 0.0) -> Losses:
    """Batch means of the loss terms and their weighted sum.

    Args:
        terms: the loss terms of each image.
        kl_weight: β (Higgins et al. 2017).
        free_bits: nats per dimension below which the mean KL is not penalised (Kingma et al. 2016,
            equation 15).
    """
    reconstruction = -terms.log_likelihood.mean()
    kl = tuple(group.mean(0) for group in terms.kl)
    extra = torch.zeros_like(reconstruction) if terms.penalty is None else terms.penalty.mean()
    pushed = torch.stack([group.clamp(min=free_bits).sum() for group in kl]).sum()
    total = reconstruction + kl_weight * pushed + extra
    return Losses(reconstruction, kl, extra, total)
