"""From images to codes and back, as numpy arrays; torch stops mattering above this layer."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from explorer.datasets import Images
from explorer.models import Likelihood, Model
from explorer.models.networks import MLPDecoder

BATCH = 4096


@dataclass(frozen=True)
class Codes:
    """Codes of images.

    Attributes:
        mean: (N, d) float32 posterior means.
        scale: (N, d) float32 posterior standard deviations, 0 for a deterministic encoder.
        labels: (N,) int64 classes.
    """

    mean: np.ndarray
    scale: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.mean)


def device_of(model: Model) -> torch.device:
    """Where the model's weights are."""
    return next(model.parameters()).device


@torch.no_grad()
def encode_images(model: Model, images: Images) -> Codes:
    """Posterior means and scales of all images; of a hierarchical model, at the upper means."""
    model.eval()
    means, scales = [], []
    device = device_of(model)
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH].to(device)
        label = batch.labels if model.needs_label else None
        posterior = model.encode(batch.floats(), label, draw=False)
        means.append(posterior.mean.float().cpu())
        scales.append(posterior.scale.float().cpu())
    return Codes(
        torch.cat(means).numpy(), torch.cat(scales).numpy(), images.labels.cpu().numpy().copy()
    )


def decoded(model: Model, z: ArrayLike, labels: ArrayLike | None = None) -> Iterator[Likelihood]:
    """p(x|z) of codes z (N, d), a batch of them at a time."""
    model.eval()
    codes = torch.tensor(np.asarray(z, dtype=np.float32), device=device_of(model))
    classes = _classes(model, labels)
    for start in range(0, len(codes), BATCH):
        part = slice(start, start + BATCH)
        yield model.decode(codes[part], None if classes is None else classes[part])


def _classes(model: Model, labels: ArrayLike | None) -> Tensor | None:
    """Labels (N,) on the model's device.

    Raises:
        ValueError: the family needs labels and there are none.
    """
    if labels is not None:
        return torch.tensor(np.asarray(labels, dtype=np.int64), device=device_of(model))
    if model.needs_label:
        raise ValueError(f"{model.spec.family} needs a label for each code")
    return None


def _images(parts: list[Tensor], model: Model) -> np.ndarray:
    if not parts:
        return np.zeros((0, *model.spec.image_shape), dtype=np.float32)
    return torch.cat(parts).cpu().numpy()


@torch.no_grad()
def decode_means(model: Model, z: ArrayLike, labels: ArrayLike | None = None) -> np.ndarray:
    """E[x|z] of codes z (N, d): (N, C, H, W) float32."""
    return _images([p.mean for p in decoded(model, z, labels)], model)


@torch.no_grad()
def recode(model: Model, z: ArrayLike) -> np.ndarray:
    """E(D(z)): the posterior means of the decoded means of codes z (N, d), (N, d) float32.

    Raises:
        ValueError: the family needs labels.
    """
    means = [model.encode(p.mean, None, draw=False).mean for p in decoded(model, z, None)]
    if not means:
        return np.zeros((0, model.latent_dim), dtype=np.float32)
    return torch.cat(means).cpu().numpy()


@torch.no_grad()
def decode_draws(
    model: Model, z: ArrayLike, seed: int, labels: ArrayLike | None = None
) -> np.ndarray:
    """One true draw from p(x|z) for each code z (N, d): (N, C, H, W) float32, by seed."""
    generator = torch.Generator(device_of(model)).manual_seed(seed)
    return _images([p.sample(generator) for p in decoded(model, z, labels)], model)


@torch.no_grad()
def prior_draws(
    model: Model,
    count: int,
    seed: int,
    temperature: float = 1.0,
    labels: ArrayLike | None = None,
) -> np.ndarray:
    """Draws from the prior, (count, d) float32; ``temperature`` scales the noise before.

    The noise comes from numpy, so that one seed gives the same z for every model of a dimension.
    """
    noise = temperature * np.random.default_rng(seed).standard_normal((count, model.latent_dim))
    z = torch.as_tensor(noise, dtype=torch.float32, device=device_of(model))
    return model.prior(z, _classes(model, labels)).cpu().numpy()


@dataclass(frozen=True, eq=False)
class DenseDecoder:
    """A fully connected decoder as plain arrays.

    Attributes:
        layers: weights (out, in) and biases (out,) float32; the first takes a code (d,), the last
            gives one number per pixel.
        activation: between layers, a name in ACTIVATIONS.
        link: from the last layer to pixel means: identity, sigmoid or continuous-bernoulli.
        image_shape: channels, height and width.
    """

    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    activation: str
    link: str
    image_shape: tuple[int, int, int]


def dense_decoder(model: Model) -> DenseDecoder | None:
    """The decoder of ``model``, if it is but linear layers and one activation between them."""
    if not (model.plain_decoder and isinstance(model.decoder, MLPDecoder)):
        return None
    linear = [layer for layer in model.decoder.layers if isinstance(layer, nn.Linear)]
    layers = tuple(
        (layer.weight.detach().cpu().numpy(), layer.bias.detach().cpu().numpy()) for layer in linear
    )
    spec, likelihood = model.spec, model.likelihood
    link = spec.link if likelihood.mean_link == "link" else likelihood.mean_link
    return DenseDecoder(layers, spec.activation, link, spec.image_shape)
