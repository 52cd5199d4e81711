"""Geometry of the latent space: paths, pictures and grids of codes. Numpy in, numpy out."""

from explorer.geometry.alignment import orthogonal_alignment
from explorer.geometry.grids import box_grid, icdf_grid
from explorer.geometry.interpolation import INTERPOLATIONS, interpolate
from explorer.geometry.plane import Plane
from explorer.geometry.round_trip import round_trip

__all__ = [
    "INTERPOLATIONS",
    "Plane",
    "box_grid",
    "icdf_grid",
    "interpolate",
    "orthogonal_alignment",
    "round_trip",
]
