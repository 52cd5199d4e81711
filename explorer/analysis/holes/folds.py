"""Folds and tears: where the plane puts dissimilar images together, or similar ones apart."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike

from explorer.models.pauses import with_pauses

NEIGHBOURS = 10
MOST_JUDGED = 2000  # images, each among all others
_BLOCK = 2**22  # distances at a time: 32 MB per array
_FEW = 16  # columns, up to which computing the differences is fast


@dataclass(frozen=True)
class Folds:
    """How well a plane preserves neighbourhoods. ``fold``, ``tear``, ``folded`` and ``torn`` are 0
    for a perfect plane and about ½ by chance.

    Attributes:
        fold: 1 − trustworthiness: how low an image's neighbours in the plane rank among its
            neighbours in pixel space (Venna & Kaski 2001).
        tear: 1 − continuity: the same with images and plane exchanged.
        fold_error, tear_error: their standard errors over images; about twice that to either side
            covers the value over all images in 95 % of selections.
        folded: share of codes whose nearest code belongs to an image farther away than most.
        torn: share of images whose nearest image has a code farther away than most.
        images: the number of images compared.
        judged: the number of images whose neighbours were ranked.
        neighbours: the number of neighbours of each image that ``fold`` and ``tear`` consider.
    """

    fold: float
    tear: float
    fold_error: float
    tear_error: float
    folded: float
    torn: float
    images: int
    judged: int
    neighbours: int


def folds(
    images: ArrayLike, points: ArrayLike, neighbours: int = NEIGHBOURS, seed: int = 0
) -> Folds:
    """Folds and tears of images (N, …) at points (N, d), from L2 distances between pixels, in any
    unit, and between points.

    If there are more than MOST_JUDGED images, the neighbours of a seeded random selection are
    ranked, but always among all images. Trustworthiness depends on how many images there are, so
    that its value over a small selection is no estimate of its value over all; the mean over
    images drawn at random is one without bias, with the standard error of a mean.

    Raises:
        ValueError: there are fewer than four images, or a value is not finite.
    """
    pixels, codes = np.asarray(images), np.asarray(points)
    if len(pixels) != len(codes) or len(pixels) < 4:
        raise ValueError(f"folds need at least four images with codes, not {len(pixels)}")
    pixels, codes = _flat(pixels), _flat(codes)
    if not (np.isfinite(pixels).all() and np.isfinite(codes).all()):
        raise ValueError("folds need finite images and codes")
    count = len(pixels)
    judged = np.arange(count)
    if count > MOST_JUDGED:
        judged = np.random.default_rng(seed).choice(count, MOST_JUDGED, replace=False)
    neighbours = min(neighbours, (count - 1) // 2)  # the measure is defined up to here
    parts = [
        _judge(pixels, codes, part, neighbours)
        for part in with_pauses(np.array_split(judged, -(-len(judged) * count // _BLOCK)))
    ]
    fold, tear, strange, parted, far_images, far_codes = map(
        np.concatenate, zip(*parts, strict=True)
    )
    return Folds(
        fold=float(fold.mean()),
        tear=float(tear.mean()),
        fold_error=float(fold.std() / len(fold) ** 0.5),
        tear_error=float(tear.std() / len(tear) ** 0.5),
        folded=float((strange > np.median(far_images)).mean()),
        torn=float((parted > np.median(far_codes)).mean()),
        images=count,
        judged=len(judged),
        neighbours=neighbours,
    )


def _judge(
    pixels: np.ndarray, codes: np.ndarray, judged: np.ndarray, neighbours: int
) -> tuple[np.ndarray, ...]:
    """Of some images (n,) among all N: 1 − trustworthiness and 1 − continuity of each, the
    distance of the image of the nearest code and of the code of the nearest image, (n,) each; and
    every distance to another image and code, (n (N − 1),) each."""
    between_images, between_codes = _distances(pixels, judged), _distances(codes, judged)
    by_image, by_code = (
        np.argsort(far, axis=1, kind="stable") for far in (between_images, between_codes)
    )
    rows, others = np.arange(len(judged)), np.isfinite(between_images)
    return (
        _misplaced(by_image, by_code, neighbours),
        _misplaced(by_code, by_image, neighbours),
        between_images[rows, by_code[:, 0]],
        between_codes[rows, by_image[:, 0]],
        between_images[others].astype(np.float32),
        between_codes[others].astype(np.float32),
    )


def _misplaced(true: np.ndarray, drawn: np.ndarray, neighbours: int) -> np.ndarray:
    """1 − trustworthiness of each of n images among N, (n,); the mean is the measure (Venna &
    Kaski 2001, equation 2).

    Args:
        true: (n, N) all images from near to far in the original space, the image itself last.
        drawn: the same in the plane that is judged.
    """
    count = true.shape[1]
    ranks = np.empty_like(true)
    np.put_along_axis(ranks, true, np.arange(1, count + 1)[None], axis=1)  # 1 for the nearest
    off = np.take_along_axis(ranks, drawn[:, :neighbours], axis=1) - neighbours
    worst = neighbours * (2 * count - 3 * neighbours - 1) / 2
    return off.clip(min=0).sum(axis=1) / worst


def _flat(values: ArrayLike) -> np.ndarray:
    array = np.asarray(values, dtype=np.float64)
    return array.reshape(len(array), -1)


def _distances(values: np.ndarray, judged: np.ndarray) -> np.ndarray:
    """(n, N) L2 distances of some values to all, infinite to themselves: from a matrix product if
    there are many columns, else from differences, which are accurate for points close together."""
    rows = torch.from_numpy(values)
    mode = "donot_use_mm_for_euclid_dist" if values.shape[1] <= _FEW else "use_mm_for_euclid_dist"
    far = torch.cdist(rows[torch.from_numpy(judged)], rows, compute_mode=mode).numpy()
    far[np.arange(len(judged)), judged] = np.inf
    return far
