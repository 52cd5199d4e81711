"""Encoding images and decoding codes as numpy arrays, so that callers do not need torch."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from explorer.datasets import Images
from explorer.models.likelihoods import Likelihood
from explorer.models.pauses import with_pauses
from explorer.models.view import View

BATCH = 4096
PIXELS = 2**24  # decoded at a time, to bound the memory for large images


@dataclass(frozen=True)
class Codes:
    """Codes of images.

    Attributes:
        mean: (N, d) float32 posterior means.
        scale: (N, d) float32 posterior standard deviations, 0 for a deterministic encoder.
        labels: (N,) int64 classes; −1 if the data set has none.
        factors: (N, F) float32 known factors of variation, or None.
    """

    mean: np.ndarray
    scale: np.ndarray
    labels: np.ndarray
    factors: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.mean)

    def __getitem__(self, index: np.ndarray | slice) -> "Codes":
        factors = None if self.factors is None else self.factors[index]
        return Codes(self.mean[index], self.scale[index], self.labels[index], factors)


def batch_size(view: View) -> int:
    """How many images to encode or decode at a time."""
    return max(1, min(BATCH, PIXELS // int(np.prod(view.image_shape))))


def in_batches(view: View, codes: np.ndarray) -> Iterator[np.ndarray]:
    """Codes (n, d) in parts whose decoded images fit into bounded memory."""
    size = max(1, PIXELS // int(np.prod(view.image_shape)))
    for start in with_pauses(range(0, len(codes), size)):
        yield codes[start : start + size]


@torch.no_grad()
def encode_images(view: View, images: Images) -> Codes:
    """The codes of all images, each encoded with its own class if the view needs one."""
    view.model.eval()
    means, scales = [], []
    size = batch_size(view)
    for start in with_pauses(range(0, len(images), size)):
        batch = images[start : start + size].to(view.device)
        level = view.encode(batch.floats(), batch.labels)
        means.append(level.mean.float().cpu())
        scales.append(level.width.float().cpu())
    factors = None if images.factors is None else images.factors.cpu().numpy().copy()
    return Codes(
        _joined(means, (view.dim,)), _joined(scales, (view.dim,)), _labels(images), factors
    )


def _labels(images: Images) -> np.ndarray:
    return images.labels.cpu().numpy().copy()


def decoded(view: View, z: ArrayLike) -> Iterator[Likelihood]:
    """p(x|z) of codes z (N, d), in batches."""
    view.model.eval()
    codes = torch.tensor(np.asarray(z, dtype=np.float32), device=view.device)
    for part in with_pauses(codes.split(batch_size(view)) if len(codes) else ()):
        yield view.decode(part)


def _joined(parts: list[Tensor], shape: tuple[int, ...]) -> np.ndarray:
    if not parts:
        return np.zeros((0, *shape), dtype=np.float32)
    return torch.cat(parts).cpu().numpy()


@torch.no_grad()
def decode_means(view: View, z: ArrayLike) -> np.ndarray:
    """E[x|z] of codes z (N, d): (N, C, H, W) float32."""
    return _joined([part.mean for part in decoded(view, z)], view.image_shape)


@torch.no_grad()
def recode(view: View, z: ArrayLike) -> np.ndarray:
    """E(D(z)): the codes of the decoded means of codes z (N, d), (N, d) float32."""
    return _joined([view.encode(part.mean).mean for part in decoded(view, z)], (view.dim,))


@torch.no_grad()
def decode_draws(view: View, z: ArrayLike, seed: int) -> np.ndarray:
    """One image sampled from p(x|z) for each code z (N, d): (N, C, H, W) float32."""
    view.model.eval()
    codes = torch.tensor(np.asarray(z, dtype=np.float32), device=view.device)
    below, pixels = np.random.default_rng(seed), torch.Generator(view.device).manual_seed(seed)
    parts = [
        view.decode_draw(part, below).sample(pixels)
        for part in with_pauses(codes.split(batch_size(view)) if len(codes) else ())
    ]
    return _joined(parts, view.image_shape)


@torch.no_grad()
def prior_draws(view: View, count: int, seed: int, temperature: float = 1.0) -> np.ndarray:
    """Samples from the prior, (count, d) float32; ``temperature`` scales their noise.

    The same seed gives the same codes for all models with the same dimension and prior.

    Raises:
        NotDefined: this prior cannot be sampled from.
    """
    view.model.eval()
    return view.sample_prior(count, np.random.default_rng(seed), temperature).cpu().numpy()


@torch.no_grad()
def log_prior(view: View, z: ArrayLike) -> np.ndarray:
    """log p(z) of codes z (N, d): (N,) float64 nats.

    Raises:
        NotDefined: this prior has no density.
    """
    codes = torch.tensor(np.asarray(z, dtype=np.float64), device=view.device)
    return view.log_prior(codes).cpu().numpy()
