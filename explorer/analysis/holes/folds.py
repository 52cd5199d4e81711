"""Folds and tears: where the plane brings images together that are not alike, and the reverse."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike

NEIGHBOURS = 10
MOST_IMAGES = 2000
_FEW = 16  # columns whose differences are soon taken


@dataclass(frozen=True)
class Folds:
    """How a plane keeps neighbourhoods. All four are 0 in a perfect one and about ½ by chance.

    Attributes:
        fold: 1 − trustworthiness of the plane's neighbourhoods: how far down the list of an image's
            neighbours those stand that the plane puts beside it (Venna & Kaski 2001).
        tear: 1 − continuity: the same with images and plane exchanged.
        fold_error, tear_error: their standard errors over images.
        folded: share of codes whose nearest code is of a stranger, an image farther away than most.
        torn: share of images whose nearest image has its code farther away than most.
        images: how many were compared.
        neighbours: how many of each, for ``fold`` and ``tear``.
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
    """Folds and tears of images (N, …) at points (N, d), by L2 distances of pixels, in any unit,
    and of points.

    Of more than MOST_IMAGES a seeded selection stands for all.

    Raises:
        ValueError: fewer than four images, or a number that is not finite.
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
    neighbours = min(neighbours, (len(pixels) - 1) // 2)  # what the measure is defined for
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
    """What each of n images adds to 1 − trustworthiness (Venna & Kaski 2001, equation 2), (n,):
    their mean is the measure. ``true`` and ``drawn`` (n, n) are distances."""
    count = len(true)
    own = np.diag(np.full(count, np.inf))
    order = np.argsort(true + own, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, count + 1)[None], axis=1)  # of the nearest, 1
    near = np.argsort(drawn + own, axis=1, kind="stable")[:, :neighbours]
    off = np.take_along_axis(ranks, near, axis=1) - neighbours
    worst = neighbours * (2 * count - 3 * neighbours - 1) / 2
    return off.clip(min=0).sum(axis=1) / worst


def strangers(near: np.ndarray, far: np.ndarray) -> float:
    """Share of rows whose nearest by distances ``near`` (N, N) is, by distances ``far`` (N, N),
    farther away than most are from each other."""
    off = near + np.diag(np.full(len(near), np.inf))
    nearest = off.argmin(axis=1)
    pairs = far[np.triu_indices(len(far), 1)]
    return float((far[np.arange(len(far)), nearest] > np.median(pairs)).mean())


def _flat(values: ArrayLike) -> np.ndarray:
    array = np.asarray(values, dtype=np.float64)
    return array.reshape(len(array), -1)


def _distances(values: np.ndarray) -> np.ndarray:
    """(N, N) L2 distances: of many columns by a matrix product, of few from the differences, which
    tell apart what lies close."""
    rows = torch.from_numpy(values)
    mode = "donot_use_mm_for_euclid_dist" if values.shape[1] <= _FEW else "use_mm_for_euclid_dist"
    return torch.cdist(rows, rows, compute_mode=mode).numpy()
