"""Geometry of the latent space: paths, pictures and grids of codes. Numpy in, numpy out."""

from explorer.geometry.alignment import orthogonal_alignment
from explorer.geometry.grids import icdf_grid, square_grid
from explorer.geometry.interpolation import INTERPOLATIONS, interpolate
from explorer.geometry.plane import Plane

__all__ = [
    "INTERPOLATIONS",
    "Plane",
    "icdf_grid",
    "interpolate",
    "orthogonal_alignment",
    "square_grid",
]
