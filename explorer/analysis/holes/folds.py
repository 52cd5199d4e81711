"""Folds and tears: where the plane puts dissimilar images together, or similar ones apart."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike

NEIGHBOURS = 10
MOST_IMAGES = 2000
_FEW = 16  # columns, up to which computing the differences is fast


@dataclass(frozen=True)
class Folds:
    """How well a plane preserves neighbourhoods. ``fold``, ``tear``, ``folded`` and ``torn`` are 0
    for a perfect plane and about ½ by chance.

    Attributes:
        fold: 1 − trustworthiness: how low an image's neighbours in the plane rank among its
            neighbours in pixel space (Venna & Kaski 2001).
        tear: 1 − continuity: the same with images and plane exchanged.
        fold_error, tear_error: their standard errors over images.
        folded: share of codes whose nearest code belongs to an image farther away than most.
        torn: share of images whose nearest image has a code farther away than most.
        images: the number of images compared.
        neighbours: the number of neighbours of each image that ``fold`` and ``tear`` consider.
    """

    fold: float
    tear: float
    fold_error: float
    tear_error: float
    folded: float
    torn: float
    images: int
    neighbours: int


def folds(
    images: ArrayLike, points: ArrayLike, neighbours: int = NEIGHBOURS, seed: int = 0
) -> Folds:
    """Folds and tears of images (N, …) at points (N, d), from L2 distances between pixels, in any
    unit, and between points.

    If there are more than MOST_IMAGES images, a seeded random subset is used.

    Raises:
        ValueError: there are fewer than four images, or a value is not finite.
    """
    pixels, codes = np.asarray(images), np.asarray(points)
    if len(pixels) != len(codes) or len(pixels) < 4:
        raise ValueError(f"folds need at least four images with codes, not {len(pixels)}")
    if len(pixels) > MOST_IMAGES:
        chosen = np.random.default_rng(seed).choice(len(pixels), MOST_IMAGES, replace=False)
        pixels, codes = pixels[chosen], codes[chosen]
    pixels, codes = _flat(pixels), _flat(codes)
    if not (np.isfinite(pixels).all() and np.isfinite(codes).all()):
        raise ValueError("folds need finite images and codes")
    neighbours = min(neighbours, (len(pixels) - 1) // 2)  # the measure is defined up to here
    between_images, between_codes = _distances(pixels), _distances(codes)
    fold = misplaced(between_images, between_codes, neighbours)
    tear = misplaced(between_codes, between_images, neighbours)
    return Folds(
        fold=float(fold.mean()),
        tear=float(tear.mean()),
        fold_error=float(fold.std() / len(fold) ** 0.5),
        tear_error=float(tear.std() / len(tear) ** 0.5),
        folded=strangers(between_codes, between_images),
        torn=strangers(between_images, between_codes),
        images=len(pixels),
        neighbours=neighbours,
    )


def misplaced(true: np.ndarray, drawn: np.ndarray, neighbours: int) -> np.ndarray:
    """1 − trustworthiness of each of n images, (n,); the mean is the measure (Venna & Kaski 2001,
    equation 2).

    Args:
        true: (n, n) distances in the original space.
        drawn: (n, n) distances in the plane that is judged.
    """
    count = len(true)
    own = np.diag(np.full(count, np.inf))
    order = np.argsort(true + own, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, count + 1)[None], axis=1)  # 1 for the nearest
    near = np.argsort(drawn + own, axis=1, kind="stable")[:, :neighbours]
    off = np.take_along_axis(ranks, near, axis=1) - neighbours
    worst = neighbours * (2 * count - 3 * neighbours - 1) / 2
    return off.clip(min=0).sum(axis=1) / worst


def strangers(near: np.ndarray, far: np.ndarray) -> float:
    """Share of N items whose nearest item by the distances ``near`` (N, N) is farther away, by the
    distances ``far`` (N, N), than the median pair."""
    off = near + np.diag(np.full(len(near), np.inf))
    nearest = off.argmin(axis=1)
    pairs = far[np.triu_indices(len(far), 1)]
    return float((far[np.arange(len(far)), nearest] > np.median(pairs)).mean())


def _flat(values: ArrayLike) -> np.ndarray:
    array = np.asarray(values, dtype=np.float64)
    return array.reshape(len(array), -1)


def _distances(values: np.ndarray) -> np.ndarray:
    """(N, N) L2 distances: from a matrix product if there are many columns, else from differences,
    which are accurate for points close together."""
    rows = torch.from_numpy(values)
    mode = "donot_use_mm_for_euclid_dist" if values.shape[1] <= _FEW else "use_mm_for_euclid_dist"
    return torch.cdist(rows, rows, compute_mode=mode).numpy()
