"""The number of connected pieces of a class in the plane."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage
from scipy.spatial import cKDTree

SIDE = 128  # cells along a side of the histogram in which pieces are counted
SHARE = 0.9  # of a class's density, inside its region
LEAST = 0.05  # of a class's codes; a smaller piece does not count
_REACH = 3.0  # margin around the outermost codes, in bandwidths
_FEWEST = 8  # codes; fewer are not enough for a density estimate


@dataclass(frozen=True)
class Components:
    """Pieces of the classes in the plane.

    Attributes:
        counts: number of pieces of each class, in order; None if it has too few codes.
        share: the share of a class's density inside its region.
        least: the share of a class's codes that a piece must have to count.
    """

    counts: tuple[int | None, ...]
    share: float
    least: float

    @property
    def mean(self) -> float:
        """Mean pieces per class: 1 if each is in one piece; NaN if no class has enough codes."""
        known = [count for count in self.counts if count is not None]
        return float(np.mean(known)) if known else math.nan


def class_components(
    points: ArrayLike, labels: ArrayLike, classes: int, share: float = SHARE, least: float = LEAST
) -> Components:
    """The pieces of each class among points (N, 2) with labels (N,).

    A class's region is the smallest that holds ``share`` of its density (highest density region,
    Hyndman 1996). The density is a histogram of 128×128 cells smoothed by a Gaussian, whose width
    is the median distance to the ⌈√n⌉-th neighbour within the class. For a single round cloud this
    is close to Scott's rule, but it does not grow with the distance between two clouds. Cells that
    touch, even at a corner, belong to one piece; pieces with less than ``least`` of the class's
    codes are ignored.
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
    width = max(width, reach / SIDE)  # if narrower than a cell, each code would be a piece
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
    distances, _ = cKDTree(points).query(points, k=[rank + 1])  # rank 1 is the code itself
    return float(np.median(distances))


def _level(density: np.ndarray, share: float) -> float:
    """The highest level such that cells at or above it hold ``share`` of the density."""
    heights = np.sort(density, axis=None)[::-1]
    held = np.cumsum(heights)
    return float(heights[np.searchsorted(held, share * held[-1])])
