"""Geometry of the latent space: paths, grids, metrics and planes, with numpy arrays."""

from explorer.analysis.geometry.alignment import orthogonal_alignment
from explorer.analysis.geometry.blur import (
    Contributors,
    Meant,
    blur_distance,
    contributors,
    optimal_images,
)
from explorer.analysis.geometry.density import CodeDensity
from explorer.analysis.geometry.gaussian import CodeGaussian
from explorer.analysis.geometry.grids import Box, box_grid, home_box, icdf_grid
from explorer.analysis.geometry.interpolation import INTERPOLATIONS, interpolate
from explorer.analysis.geometry.kernels import CodeKernels
from explorer.analysis.geometry.landscape import Landscape
from explorer.analysis.geometry.metric import Metric, directions, metric, tangent_images
from explorer.analysis.geometry.paths import PATHS, Path, PathKind, path_through, picked
from explorer.analysis.geometry.plane import Plane, middle_images
from explorer.analysis.geometry.probes import (
    Gain,
    Probe,
    probe,
    projector_gain,
    shuffled,
    why_no_probe,
)
from explorer.analysis.geometry.round_trip import round_trip

__all__ = [
    "INTERPOLATIONS",
    "PATHS",
    "Box",
    "CodeDensity",
    "CodeGaussian",
    "CodeKernels",
    "Contributors",
    "Gain",
    "Landscape",
    "Meant",
    "Metric",
    "Path",
    "PathKind",
    "Plane",
    "Probe",
    "blur_distance",
    "box_grid",
    "contributors",
    "directions",
    "home_box",
    "icdf_grid",
    "interpolate",
    "metric",
    "middle_images",
    "optimal_images",
    "orthogonal_alignment",
    "path_through",
    "picked",
    "probe",
    "projector_gain",
    "round_trip",
    "shuffled",
    "tangent_images",
    "why_no_probe",
]
