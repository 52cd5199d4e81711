"""Grids of codes in the plane: (rows, columns, 2), with row 0 at the top."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

Box = tuple[float, float, float, float]  # xmin, xmax, ymin, ymax

_PRIOR = np.array([[-3.0, -3.0], [3.0, 3.0]])  # three standard deviations of N(0, I)


def box_grid(box: Box, n: int) -> np.ndarray:
    """The centres (n, n, 2) of n × n equal cells that fill a box."""
    if n < 1:
        raise ValueError(f"a grid needs at least one row, not {n}")
    xmin, xmax, ymin, ymax = box
    share = (np.arange(n) + 0.5) / n
    return _lattice(xmin + share * (xmax - xmin), ymin + share * (ymax - ymin))


def home_box(points: ArrayLike, prior: bool) -> Box:
    """The part of the plane to show at first, a little wider than nearly all points (N, 2), and
    than the bulk of N(0, I) if ``prior``. Points that are not finite do not count."""
    known = np.asarray(points)
    known = known[np.isfinite(known).all(axis=1)]
    # A few outliers must not cost all other codes the resolution.
    ends = np.quantile(known, [0.002, 0.998], axis=0) if len(known) else _PRIOR
    ends = np.concatenate([ends, _PRIOR]) if prior else ends
    (xmin, ymin), (xmax, ymax) = ends.min(axis=0).tolist(), ends.max(axis=0).tolist()
    margin = 0.05 * max(xmax - xmin, ymax - ymin, 1e-3)
    return (xmin - margin, xmax + margin, ymin - margin, ymax + margin)


def icdf_grid(n: int) -> np.ndarray:
    """An n × n grid through the Gaussian inverse CDF: (n, n, 2).

    Each cell has the same probability 1/n² under N(0, I), and the code shown is the median of the
    cell along each axis (Kingma & Welling 2014, appendix A).
    """
    if n < 1:
        raise ValueError(f"a grid needs at least one row, not {n}")
    values = ndtri((np.arange(n) + 0.5) / n)
    return _lattice(values, values)


def _lattice(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """All pairs of ascending values, (rows, columns, 2): z₁ increases to the right, z₂ upwards."""
    z1, z2 = np.meshgrid(x, y[::-1])
    return np.stack([z1, z2], axis=-1)
