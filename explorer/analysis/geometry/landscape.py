"""The landscape in which paths are found: a decoder, its plane, and the cost of leaving codes."""

import math
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from explorer.analysis.geometry.density import CodeDensity
from explorer.analysis.geometry.grids import box_grid
from explorer.analysis.geometry.lattice import Lattice, even_axis
from explorer.analysis.geometry.plane import Plane
from explorer.models import View
from explorer.models.latent import Codes, decode_means

SIDE = 224  # nodes per side of the lattice, which an MLP decodes in about a second
NUMBERS = 2**26  # pixels of all decoded nodes, to bound the time; larger images use fewer nodes
LINES = 8  # along which the spacing of the nodes is measured, per axis
TABLE = 384  # cells per side of the table of densities
BORDER = 0.1  # fraction of the codes outside the dense region
VOID = 100.0  # cost of a pixel unit where there are no codes at all


class Landscape:
    """The landscape for paths in a latent space: decoder, plane and density of codes.

    Attributes:
        view: the latent space.
        plane: the plane of its codes.
        box: the part of the plane to search: xmin, xmax, ymin, ymax.
        density: q(z) of its codes.
    """

    def __init__(
        self, view: View, codes: Codes, box: tuple[float, float, float, float] | None = None
    ) -> None:
        self.view = view
        self.plane = Plane.of(codes.mean)
        self.density = CodeDensity.of(codes, view.stochastic)
        self.box = box or _around(self.plane.to_plane(codes.mean))

    @cached_property
    def lattice(self) -> Lattice:
        """A grid over the box, decoded once for all paths: its columns are evenly spaced in pixel
        length along the rows, and its rows along the columns."""
        side = min(SIDE, math.isqrt(NUMBERS // math.prod(self.view.image_shape)))
        side = max(side, 8)
        xmin, xmax, ymin, ymax = self.box
        levels = (np.arange(LINES) + 0.5) / LINES
        points = self.plane.to_plane(self.density.means)
        x, y = np.quantile(points, levels, axis=0).T if len(points) else np.zeros((2, 1))
        rows = np.array([[(xmin, level), (xmax, level)] for level in y])
        columns = np.array([[(level, ymax), (level, ymin)] for level in x])
        across = even_axis(rows, self._decode, side)
        down = even_axis(columns, self._decode, side)
        return Lattice.over(
            xmin + across * (xmax - xmin), ymax - down * (ymax - ymin), self._decode
        )

    @cached_property
    def dense_lattice(self) -> Lattice:
        """The lattice with the cost of leaving the codes."""
        return self.lattice.priced(self.lattice_cost)

    def _decode(self, points: np.ndarray) -> np.ndarray:
        return decode_means(self.view, self.plane.from_plane(points))

    @cached_property
    def _wide(self) -> CodeDensity:
        """The density with scales of at least 1.5 cells of the table, which would miss narrower
        posteriors: with KL weight 0 they are almost points."""
        sides = np.array([self.box[1] - self.box[0], self.box[3] - self.box[2]], np.float32)
        widest = np.maximum(self.density.scales, 1.5 * sides / TABLE)
        return replace(self.density, scales=widest)

    @cached_property
    def border(self) -> float:
        """log q(z) at the border of the densest region, which holds all but BORDER of the codes."""
        means = self._wide.means
        some = means[:: max(1, len(means) // 1000)]
        return float(np.quantile(self._wide.log(some), BORDER)) if len(some) else 0.0

    @cached_property
    def _table(self) -> Tensor:
        """log q(z) − border over the box, (1, 1, TABLE, TABLE), row 0 at the top; clipped where
        the cost no longer changes."""
        points = box_grid(self.box, TABLE)
        over = self._wide.log_grid(points[0, :, 0], points[:, 0, 1]) - self.border
        return torch.from_numpy(over.clip(-8, 8)).float()[None, None]

    def cost(self, z: Tensor) -> Tensor:
        """c(z) = 1 + q₀ / (q(z) + q₀ / (VOID − 1)) for two-dimensional codes (n, 2), with log q₀ =
        ``border``: about 1 where codes are dense, 2 on the border, VOID where there are none.

        log q is interpolated bicubically from a table, since each evaluation would otherwise sum
        over thousands of posteriors. Outside the box it has the value at the box's edge.
        """
        xmin, xmax, ymin, ymax = self.box
        x, y = z[:, 0], z[:, 1]
        places = torch.stack(
            [2 * (x - xmin) / (xmax - xmin) - 1, 2 * (ymax - y) / (ymax - ymin) - 1], dim=1
        )
        over = grid_sample(
            self._table, places[None, None], "bicubic", "border", align_corners=False
        )
        return 1 + 1 / (over[0, 0, 0].exp() + 1 / (VOID - 1))

    @cached_property
    def lattice_cost(self) -> np.ndarray:
        """The cost at the lattice's nodes, (side, side)."""
        points = torch.from_numpy(self.lattice.points.reshape(-1, 2)).float()
        return self.cost(points).reshape(self.lattice.points.shape[:2]).numpy()


def _around(points: np.ndarray) -> tuple[float, float, float, float]:
    finite = points[np.isfinite(points).all(axis=1)]
    if not len(finite):
        return (-3.0, 3.0, -3.0, 3.0)
    (xmin, ymin), (xmax, ymax) = finite.min(axis=0).tolist(), finite.max(axis=0).tolist()
    margin = 0.05 * max(xmax - xmin, ymax - ymin, 1e-3)
    return (xmin - margin, xmax + margin, ymin - margin, ymax + margin)
