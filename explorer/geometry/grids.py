"""Grids of codes in the plane: (rows, columns, 2), row 0 at the top of the picture."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm


def square_grid(center: ArrayLike, half_width: float, n: int) -> np.ndarray:
    """An even n × n grid over the square around ``center`` (2,): (n, n, 2), its border included.

    Columns go with z₁ from left to right, rows with z₂ from the top (largest) down. One by one it
    is the centre.
    """
    if n < 1:
        raise ValueError(f"a grid needs at least one row, not {n}")
    offsets = np.linspace(-half_width, half_width, n) if n > 1 else np.zeros(1)
    return np.asarray(center, dtype=np.float64) + _lattice(offsets)


def icdf_grid(n: int) -> np.ndarray:
    """An n × n grid through the Gaussian inverse CDF: (n, n, 2).

    N(0, I) falls with equal probability 1/n² into each cell, and the code shown is the median of
    its cell along either axis (Kingma & Welling 2014, appendix A).
    """
    if n < 1:
        raise ValueError(f"a grid needs at least one row, not {n}")
    return _lattice(norm.ppf((np.arange(n) + 0.5) / n))


def _lattice(values: np.ndarray) -> np.ndarray:
    """All pairs of ascending values, (n, n, 2): z₁ to the right, z₂ upwards."""
    z1, z2 = np.meshgrid(values, values[::-1])
    return np.stack([z1, z2], axis=-1)
