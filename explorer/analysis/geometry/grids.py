"""Grids of codes in the plane: (rows, columns, 2), with row 0 at the top."""

import numpy as np
from scipy.special import ndtri


def box_grid(box: tuple[float, float, float, float], n: int) -> np.ndarray:
    """The centres (n, n, 2) of n × n equal cells that fill a box (xmin, xmax, ymin, ymax)."""
    if n < 1:
        raise ValueError(f"a grid needs at least one row, not {n}")
    xmin, xmax, ymin, ymax = box
    share = (np.arange(n) + 0.5) / n
    return _lattice(xmin + share * (xmax - xmin), ymin + share * (ymax - ymin))


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
