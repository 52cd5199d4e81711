"""How far images are from the nearest real one, and how far real ones are from each other."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from explorer.datasets import ImageDataset

MOST_IMAGES = 10_000
_NUMBERS = 2**25  # pixels of all of them: of large images there are fewer
_PAIRS = 2**24  # of images and real ones at a time: 64 MB


@dataclass(frozen=True, eq=False)
class RealImages:
    """Real images to measure others by.

    Attributes:
        pixels: (N, P) float32 in [0, 1].
        typical: the median distance from a real image to the nearest other one, L2 over pixels.
    """

    pixels: Tensor
    typical: float


def nearest_distances(images: ArrayLike, real: ArrayLike | Tensor) -> np.ndarray:
    """L2 distances over pixels from images (n, …) to the nearest of the real ones (N, …): (n,).

    Which one is nearest comes from matrix products in float32, a bounded block at a time; how far
    it is, from the difference itself.
    """
    others = torch.as_tensor(np.asarray(real, dtype=np.float32)).flatten(1)  # (N, P)
    pixels = torch.as_tensor(np.asarray(images, dtype=np.float32)).flatten(1)  # (n, P)
    return _nearest(pixels, others, to_itself=True)


def typical_distance(real: ArrayLike | Tensor) -> float:
    """The median over real images (N, …) of the distance to the nearest other one.

    Raises:
        ValueError: there are fewer than two, or most of them have a twin.
    """
    pixels = torch.as_tensor(np.asarray(real, dtype=np.float32)).flatten(1)
    if len(pixels) < 2:
        raise ValueError("it takes two images to know how far they are apart")
    typical = float(np.median(_nearest(pixels, pixels, to_itself=False)))
    if not typical > 0:
        raise ValueError("most of the images have a twin: there is no typical distance")
    return typical


@torch.no_grad()
def _nearest(pixels: Tensor, others: Tensor, to_itself: bool) -> np.ndarray:
    squares = others.square().sum(1)  # (N,)
    size = max(1, _PAIRS // len(others))
    found = []
    for start in range(0, len(pixels), size):
        block = pixels[start : start + size]
        # ‖a − b‖² but for ‖a‖², which is the same for all b.
        score = torch.addmm(squares, block, others.T, alpha=-2)  # (size, N)
        if not to_itself:
            rows = torch.arange(len(block))
            score[rows, start + rows] = torch.inf
        found.append((block - others[score.argmin(1)]).norm(dim=1))
    return torch.cat(found).numpy() if found else np.zeros(0, dtype=np.float32)


@lru_cache(maxsize=4)
def real_images(dataset: ImageDataset) -> RealImages:
    """Up to MOST_IMAGES of the held-out images, which no model has seen.

    Raises:
        ValueError: they have no typical distance.
    """
    count = min(MOST_IMAGES, max(2, _NUMBERS // math.prod(dataset.image_shape)))
    pixels = dataset.test[:count].floats().cpu().flatten(1)
    return RealImages(pixels, typical_distance(pixels))


def relative_distances(images: ArrayLike, dataset: ImageDataset) -> np.ndarray:
    """Distances (n,) from images (n, C, H, W) to the nearest held-out one, in units of the typical
    distance from one of those to the next: about 1 for one more image of the kind."""
    real = real_images(dataset)
    return nearest_distances(images, real.pixels) / real.typical
