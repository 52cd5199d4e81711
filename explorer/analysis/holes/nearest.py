"""Distances from images to the nearest real image, and between real images."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from explorer.datasets import HeldOut, Images
from explorer.models.pauses import with_pauses

MOST_IMAGES = 10_000
_NUMBERS = 2**25  # pixels of all real images: if they are large, fewer are used
_PAIRS = 2**24  # pairs of an image and a real image in one block: 64 MB


@dataclass(frozen=True, eq=False)
class RealImages:
    """Real images that others are compared with.

    Attributes:
        pixels: (N, P) float32 in [0, 1].
        typical: the median L2 distance from a real image to the nearest other one.
    """

    pixels: Tensor
    typical: float

    @classmethod
    def of(cls, images: Images) -> "RealImages":
        """Up to MOST_IMAGES of these images, or fewer if they are large.

        Raises:
            ValueError: there is no typical distance between them.
        """
        count = min(MOST_IMAGES, max(2, _NUMBERS // max(1, images.pixels[:1].numel())))
        pixels = images[:count].floats().cpu().flatten(1)
        return cls(pixels, typical_distance(pixels))

    def relative(self, images: ArrayLike, own: np.ndarray | None = None) -> np.ndarray:
        """Distances (n,) from images (n, C, H, W) to the nearest real one, divided by the typical
        distance between real ones: about 1 for another image of the data set. ``own`` as in
        ``nearest_distances``."""
        return nearest_distances(images, self.pixels, own) / self.typical


def nearest_distances(
    images: ArrayLike, real: ArrayLike | Tensor, own: np.ndarray | None = None
) -> np.ndarray:
    """L2 distances over pixels from images (n, …) to the nearest of the real ones (N, …): (n,).

    The nearest is found with float32 matrix products, in blocks of bounded size; its distance is
    computed from the difference.

    Args:
        images: the images.
        real: the images they are compared with.
        own: (n,) for each image the index of a real one that is left out, such as the one it was
            made from; an index that no real image has leaves none out.
    """
    others = torch.as_tensor(np.asarray(real, dtype=np.float32)).flatten(1)  # (N, P)
    pixels = torch.as_tensor(np.asarray(images, dtype=np.float32)).flatten(1)  # (n, P)
    return _nearest(pixels, others, own)


def typical_distance(real: ArrayLike | Tensor) -> float:
    """The median over real images (N, …) of the distance to the nearest other one.

    Raises:
        ValueError: there are fewer than two, or most of them have a duplicate.
    """
    pixels = torch.as_tensor(np.asarray(real, dtype=np.float32)).flatten(1)
    if len(pixels) < 2:
        raise ValueError("a typical distance needs at least two images")
    typical = float(np.median(_nearest(pixels, pixels, np.arange(len(pixels)))))
    if not typical > 0:
        raise ValueError("most images have a duplicate, so there is no typical distance")
    return typical


@torch.no_grad()
def _nearest(pixels: Tensor, others: Tensor, own: np.ndarray | None) -> np.ndarray:
    squares = others.square().sum(1)  # (N,)
    size = max(1, _PAIRS // len(others))
    found = []
    for start in with_pauses(range(0, len(pixels), size)):
        block = pixels[start : start + size]
        # ‖a − b‖² without ‖a‖², which is the same for all b.
        score = torch.addmm(squares, block, others.T, alpha=-2)  # (size, N)
        if own is not None:
            mine = own[start : start + size]
            rows = np.flatnonzero((mine >= 0) & (mine < len(others)))
            score[rows, mine[rows]] = torch.inf
        found.append((block - others[score.argmin(1)]).norm(dim=1))
    return torch.cat(found).numpy() if found else np.zeros(0, dtype=np.float32)


@lru_cache(maxsize=4)
def real_images(dataset: HeldOut) -> RealImages:
    """The held-out images, which no model was trained on.

    Raises:
        ValueError: there is no typical distance between them.
    """
    return RealImages.of(dataset.test)
