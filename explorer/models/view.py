"""Views: one latent space of a model, the interface to models for all code outside ``models``.

A model may have several latent spaces, such as one per class, level or time step. Its controls
list the choices; once all are made, a view maps images to codes z (N, dim) and codes to images.
Some views lack a likelihood, a posterior or parts of a prior; an attribute then gives the reason
to show to the user.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
import torch
from torch import Tensor

from explorer.models.dense import DenseDecoder
from explorer.models.likelihoods import Likelihood
from explorer.models.posteriors import Level

if TYPE_CHECKING:
    from explorer.models.base import Model


class NotDefined(ValueError):
    """The requested quantity is not defined for this view; the message says why."""


@dataclass(frozen=True)
class Control:
    """A choice that must be made to select one plane of codes.

    Attributes:
        name: used in URLs and as a keyword of ``Model.view``.
        title: the name shown to users.
        default: the option used if none is given.
        options: the possible choices, as they appear in URLs.
        ordered: whether the options are ordered, to be shown as a slider.
        classes: whether the options are class indices, to be shown as class names.
        anchor: whether the index of any held-out image is also an option.
    """

    name: str
    title: str
    default: str
    options: tuple[str, ...]
    ordered: bool = False
    classes: bool = False
    anchor: bool = False

    def accepts(self, choice: str) -> bool:
        """Whether ``choice`` is exactly one of the options."""
        return choice in self.options or (
            self.anchor and choice.isascii() and choice.isdecimal() and str(int(choice)) == choice
        )


class View(ABC):
    """One latent space of a model, with all choices made. Subclasses are final.

    Attributes:
        model: the model.
        choices: name of a control of the model → the chosen option.
        dim: d, dimensions of a code.
        stochastic: whether ``encode`` gives posteriors with non-zero variance.
        standard_prior: whether p(z) is N(0, I).
        differentiable: whether decoded images have gradients with respect to codes.
        about: the only class that decoded images, and measures of them, refer to; None for all.
        codes_key: identifies the codes of images: views with the same key have the same codes.
        no_likelihood: why decode(z) is not p(x|z), or None if it is. (In a hierarchy only the
            lowest level has a likelihood; the others only give E[x|z].)
        no_log_prior: why p(z) has no density, or None if it has one.
        no_sample_prior: why p(z) cannot be sampled from, or None if it can.
        no_posterior: why the Gaussian from ``encode`` is not q(z|x), or None if it is.
        scale_bounds: the posterior standard deviations beyond which the model holds them back, the
            smallest and the largest; None if it does not.
    """

    stochastic: bool = False
    standard_prior: bool = False
    differentiable: bool = True
    about: int | None = None
    no_likelihood: str | None = None
    no_log_prior: str | None = None
    no_sample_prior: str | None = None
    no_posterior: str | None = None
    scale_bounds: tuple[float, float] | None = None

    def __init__(self, model: "Model", dim: int, choices: Mapping[str, str] | None = None) -> None:
        self.model = model
        self.dim = dim
        self.choices: Mapping[str, str] = dict(choices or {})
        self.codes_key = self.key

    @final
    @property
    def key(self) -> str:
        """The choices as written in URLs and cache keys, such as ``level:2``; "" without
        controls."""
        return ",".join(f"{name}:{choice}" for name, choice in self.choices.items())

    @final
    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image, in pixels."""
        return self.model.spec.image_shape

    @final
    @property
    def device(self) -> torch.device:
        """The device of the model's weights."""
        return next(self.model.parameters()).device

    @abstractmethod
    def encode(self, x: Tensor, label: Tensor | None = None) -> Level:
        """The code of each image x (N, C, H, W) in [0, 1], without noise: (N, dim).

        Args:
            x: images.
            label: (N,) int64, the images' classes; if None, the class that the view is about.
                Ignored by views that need no class.
        """

    @abstractmethod
    def sample_posterior(
        self, x: Tensor, random: np.random.Generator, label: Tensor | None = None
    ) -> Tensor:
        """One code per image, (N, dim), sampled from q(z|x), which need not be Gaussian."""

    @abstractmethod
    def decode(self, z: Tensor) -> Likelihood:
        """The distribution of images for codes z (N, dim), with lower levels set to their means."""

    @abstractmethod
    def decode_draw(self, z: Tensor, random: np.random.Generator) -> Likelihood:
        """Like ``decode``, but with lower levels sampled."""

    @abstractmethod
    def sample_prior(
        self, count: int, random: np.random.Generator, temperature: float = 1.0
    ) -> Tensor:
        """``count`` codes (count, dim) sampled from p(z), with noise scaled by the temperature.

        Raises:
            NotDefined: p(z) cannot be sampled from; ``no_sample_prior`` says why.
        """

    @abstractmethod
    def log_prior(self, z: Tensor) -> Tensor:
        """log p(z) of codes z (N, dim): (N,) float64 nats.

        Raises:
            NotDefined: p(z) has no density; ``no_log_prior`` says why.
        """

    @abstractmethod
    def dense_decoder(self) -> DenseDecoder | None:
        """The decoder of ``decode(z).mean`` as plain arrays; None if it is not fully connected."""


def normal_noise(shape: tuple[int, ...], random: np.random.Generator, like: Tensor) -> Tensor:
    """Standard normal noise as float32 on the device of ``like``. It is drawn with numpy, so a seed
    gives the same codes on every device and for all models with the same dimension."""
    return torch.as_tensor(random.standard_normal(shape), dtype=torch.float32, device=like.device)
