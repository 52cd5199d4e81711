"""Into how many pieces a class falls in the plane."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage
from scipy.spatial import cKDTree

SIDE = 128  # cells along a side of the picture in which pieces are counted
SHARE = 0.9  # of a class that its region holds
LEAST = 0.05  # of a class that a piece of the region holds, or it does not count
_REACH = 3.0  # bandwidths beyond the outermost codes
_FEWEST = 8  # codes; fewer have no density to speak of


@dataclass(frozen=True)
class Components:
    """Pieces of the classes in the plane.

    Attributes:
        counts: of each class in order; None where it has too few codes to say.
        share: of a class that its region holds.
        least: share of a class that a piece holds, or it does not count.
    """

    counts: tuple[int | None, ...]
    share: float
    least: float

    @property
    def mean(self) -> float:
        """Pieces per class: 1 where each lies in one piece; NaN if no class has enough codes."""
        known = [count for count in self.counts if count is not None]
        return float(np.mean(known)) if known else math.nan


def class_components(
    points: ArrayLike, labels: ArrayLike, classes: int, share: float = SHARE, least: float = LEAST
) -> Components:
    """The pieces of each class among points (N, 2) with labels (N,).

    A class' region is the smallest that holds ``share`` of its density (highest density region,
    Hyndman 1996): a histogram of 128×128 cells smoothed by a Gaussian, whose width is the median
    distance to the ⌈√n⌉-th neighbour within the class. That is about what Scott's rule gives for
    one round cloud, and does not grow with the distance between two of them. Cells that touch, at
    a corner too, are one piece; pieces with less than ``least`` of the class' codes are strays.
    """
    points, labels = np.asarray(points, dtype=np.float64), np.asarray(labels)
    finite = np.isfinite(points).all(axis=1)
    counts = (_pieces(points[finite & (labels == k)], share, least) for k in range(classes))
    return Components(tuple(counts), share, least)


def _pieces(points: np.ndarray, share: float, least: float) -> int | None:
    if len(points) < _FEWEST:
        return None
    width = _width(points)
    low, high = points.min(axis=0), points.max(axis=0)
    reach = float((high - low).max())
    if reach == 0:
        return 1
    width = max(width, reach / SIDE)  # finer than a cell, each code would be a piece
    margin = _REACH * width
    middle, half = (low + high) / 2, reach / 2 + margin
    edges = [np.linspace(centre - half, centre + half, SIDE + 1) for centre in middle]
    codes, _, _ = np.histogram2d(points[:, 0], points[:, 1], bins=edges)
    density = ndimage.gaussian_filter(codes, width / (2 * half / SIDE), mode="constant")
    found, count = ndimage.label(density >= _level(density, share), np.ones((3, 3)))
    held = ndimage.sum_labels(codes, found, np.arange(1, count + 1))
    return max(1, int((held >= least * len(points)).sum()))


def _width(points: np.ndarray) -> float:
    rank = math.ceil(math.sqrt(len(points)))
    distances, _ = cKDTree(points).query(points, k=[rank + 1])  # the first is the code itself
    return float(np.median(distances))


def _level(density: np.ndarray, share: float) -> float:
    """The height above which ``share`` of all density lies."""
    heights = np.sort(density, axis=None)[::-1]
    held = np.cumsum(heights)
    return float(heights[np.searchsorted(held, share * held[-1])])
