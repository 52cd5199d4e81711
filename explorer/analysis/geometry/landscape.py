"""What paths run over: a decoder, its plane, and what a pixel costs where there are no codes."""

import math
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from explorer.analysis.geometry.density import CodeDensity
from explorer.analysis.geometry.grids import box_grid
from explorer.analysis.geometry.lattice import Lattice
from explorer.analysis.geometry.plane import Plane
from explorer.models import View
from explorer.models.latent import Codes, decode_means

SIDE = 96  # nodes along a side of the lattice: decoded in a tenth of a second by an MLP
NUMBERS = 2**25  # pixels of all their images: of large ones there are fewer nodes
TABLE = 384  # cells along a side of the table of densities
BORDER = 0.1  # share of the codes outside what counts as dense
VOID = 100.0  # what a pixel unit costs where there are no codes at all


class Landscape:
    """What paths of a latent space run over: its decoder, its plane, and where codes are dense.

    Attributes:
        view: the latent space.
        plane: the plane of its codes.
        box: the part of the plane to search, xmin, xmax, ymin, ymax.
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
        """A grid over the box, decoded once for all paths."""
        side = min(SIDE, math.isqrt(NUMBERS // math.prod(self.view.image_shape)))
        return Lattice.over(self.box, max(side, 8), self._decode)

    def _decode(self, points: np.ndarray) -> np.ndarray:
        return decode_means(self.view, self.plane.from_plane(points))

    @cached_property
    def _wide(self) -> CodeDensity:
        """The density with no width below a cell and a half of the table, which would miss it:
        without a KL weight posteriors are points."""
        sides = np.array([self.box[1] - self.box[0], self.box[3] - self.box[2]], np.float32)
        widest = np.maximum(self.density.scales, 1.5 * sides / TABLE)
        return replace(self.density, scales=widest)

    @cached_property
    def border(self) -> float:
        """log q(z) at the border of the densest region that holds all but BORDER of the codes."""
        means = self._wide.means
        some = means[:: max(1, len(means) // 1000)]
        return float(np.quantile(self._wide.log(some), BORDER)) if len(some) else 0.0

    @cached_property
    def _table(self) -> Tensor:
        """log q(z) − border over the box, (1, 1, TABLE, TABLE), row 0 at the top; where it makes
        no difference to the cost any more, cut."""
        points = box_grid(self.box, TABLE)
        over = self._wide.log_grid(points[0, :, 0], points[:, 0, 1]) - self.border
        return torch.from_numpy(over.clip(-8, 8)).float()[None, None]

    def cost(self, z: Tensor) -> Tensor:
        """c(z) = 1 + q₀ / (q(z) + q₀ / (VOID − 1)) of two-dimensional codes (n, 2), log q₀ being
        ``border``: about 1 where codes are dense, 2 on the border, VOID where there are none.

        log q is read from a table, by cubic interpolation: thousands of posteriors would have to
        be summed at each code in each round of a search. Beyond the box it is that of its border.
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
        """The same at the lattice's nodes, (side, side)."""
        points = torch.from_numpy(self.lattice.points.reshape(-1, 2)).float()
        return self.cost(points).reshape(self.lattice.points.shape[:2]).numpy()


def _around(points: np.ndarray) -> tuple[float, float, float, float]:
    finite = points[np.isfinite(points).all(axis=1)]
    if not len(finite):
        return (-3.0, 3.0, -3.0, 3.0)
    (xmin, ymin), (xmax, ymax) = finite.min(axis=0).tolist(), finite.max(axis=0).tolist()
    margin = 0.05 * max(xmax - xmin, ymax - ymin, 1e-3)
    return (xmin - margin, xmax + margin, ymin - margin, ymax + margin)
