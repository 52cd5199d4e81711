"""What everything above ``models`` looks at: one plane's worth of a model's latent space.

A model may have more than one latent to look at: one per class, per level, per step of time. It
says so by its controls; once all are chosen there is a view, which maps images to codes z (N, dim)
and codes to images, with nothing left to choose. Not every view has everything: each thing that may
be missing carries the reason why it is, in words for people.
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
    """What was asked of a view does not exist for it; the message says why."""


@dataclass(frozen=True)
class Control:
    """Something to choose before a model has one plane of codes.

    Attributes:
        name: in addresses and as the keyword of ``Model.view``.
        title: for people.
        default: the choice made where none is named.
        options: what can be chosen, as the text that stands in addresses.
        ordered: whether the options are steps of a scale, to be shown as a slider.
        classes: whether the options are indices of the data set's classes, which then name them.
        anchor: whether any index of a held-out image is an option too.
    """

    name: str
    title: str
    default: str
    options: tuple[str, ...]
    ordered: bool = False
    classes: bool = False
    anchor: bool = False

    def accepts(self, choice: str) -> bool:
        """Whether ``choice`` is one of the options, letter by letter."""
        return choice in self.options or (
            self.anchor and choice.isascii() and choice.isdecimal() and str(int(choice)) == choice
        )


class View(ABC):
    """One latent space of a model, with nothing left to choose. Subclasses are final.

    Attributes:
        model: the model.
        choices: what was chosen, by the names of the model's controls.
        dim: d, dimensions of a code.
        stochastic: whether ``encode`` gives posteriors with a width.
        standard_prior: whether p(z) is N(0, I).
        differentiable: whether gradients pass from codes to decoded images.
        about: the only class that decoded images, and numbers about them, belong to; None for all.
        codes_key: names the codes that images have here: views that share it share their codes.
        no_likelihood: why decode(z) is not p(x|z), or None if it is. (E[x|z] is less than p(x|z):
            of a hierarchy only the lowest level has a likelihood.)
        no_log_prior: why p(z) has no density, or None if it has.
        no_sample_prior: why nothing can be drawn from p(z), or None.
        no_posterior: why the Normal that ``encode`` gives is not q(z|x), or None if it is.
    """

    stochastic: bool = False
    standard_prior: bool = False
    differentiable: bool = True
    about: int | None = None
    no_likelihood: str | None = None
    no_log_prior: str | None = None
    no_sample_prior: str | None = None
    no_posterior: str | None = None

    def __init__(self, model: "Model", dim: int, choices: Mapping[str, str] | None = None) -> None:
        self.model = model
        self.dim = dim
        self.choices: Mapping[str, str] = dict(choices or {})
        self.codes_key = self.key

    @final
    @property
    def key(self) -> str:
        """The choices as they stand in addresses and cache keys, ``level:2``; "" if there are
        none to make."""
        return ",".join(f"{name}:{choice}" for name, choice in self.choices.items())

    @final
    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image, in pixels."""
        return self.model.spec.image_shape

    @final
    @property
    def device(self) -> torch.device:
        """Where the model's weights are."""
        return next(self.model.parameters()).device

    @abstractmethod
    def encode(self, x: Tensor, label: Tensor | None = None) -> Level:
        """The code of each image x (N, C, H, W) in [0, 1], without any noise: (N, dim).

        Args:
            x: images.
            label: (N,) int64 the images' own classes; where None, and the view is about one class,
                that class. A view that needs none ignores it.
        """

    @abstractmethod
    def sample_posterior(
        self, x: Tensor, random: np.random.Generator, label: Tensor | None = None
    ) -> Tensor:
        """One code (N, dim) drawn from q(z|x) for each image, whatever shape q has."""

    @abstractmethod
    def decode(self, z: Tensor) -> Likelihood:
        """What codes z (N, dim) stand for; means are taken of everything below the code."""

    @abstractmethod
    def decode_draw(self, z: Tensor, random: np.random.Generator) -> Likelihood:
        """The same with one draw of everything below the code instead of its mean."""

    @abstractmethod
    def sample_prior(
        self, count: int, random: np.random.Generator, temperature: float = 1.0
    ) -> Tensor:
        """``count`` codes (count, dim) drawn from p(z); the noise is scaled by the temperature.

        Raises:
            NotDefined: there is no such thing; ``no_sample_prior`` says why.
        """

    @abstractmethod
    def log_prior(self, z: Tensor) -> Tensor:
        """log p(z) of codes z (N, dim): (N,) float64 nats.

        Raises:
            NotDefined: p(z) has no density; ``no_log_prior`` says why.
        """

    @abstractmethod
    def dense_decoder(self) -> DenseDecoder | None:
        """``decode(z).mean`` as plain arrays, or None where it is more than linear layers."""


def normal_noise(shape: tuple[int, ...], random: np.random.Generator, like: Tensor) -> Tensor:
    """Standard normal noise as float32 on the device of ``like``. It comes from numpy, so that one
    seed gives the same codes on every device and for every model of a dimension."""
    return torch.as_tensor(random.standard_normal(shape), dtype=torch.float32, device=like.device)
