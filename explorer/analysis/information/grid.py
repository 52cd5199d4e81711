"""Square grids of points in the plane of codes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from explorer.models import View
from explorer.models.latent import Codes

SIDE = 128  # cells along a side of the grid: enough to find modes and to integrate over the prior
LEAST_HALF_WIDTH = 5.0  # standard deviations of the prior


@dataclass(frozen=True)
class Grid:
    """A grid of side × side cells over a square that extends half_width from its centre."""

    half_width: float
    side: int = SIDE
    centre: tuple[float, float] = (0.0, 0.0)

    @property
    def step(self) -> float:
        """The distance between neighbouring points."""
        return 2 * self.half_width / self.side

    @property
    def points(self) -> np.ndarray:
        """The centres of the cells, (side², 2) float64: z₁ fastest, both ascending."""
        x, y = self.axes
        return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)

    @property
    def axes(self) -> tuple[np.ndarray, np.ndarray]:
        """(side,) coordinates along z₁ and along z₂, ascending."""
        offsets = (np.arange(self.side) + 0.5) * self.step - self.half_width
        return self.centre[0] + offsets, self.centre[1] + offsets

    @classmethod
    def over(
        cls,
        mean: ArrayLike,
        scale: ArrayLike,
        side: int = SIDE,
        sigmas: float = 4.0,
        standard_prior: bool = True,
    ) -> "Grid":
        """A grid that covers nearly all the posteriors N(mean, scale²), (N, 2) each, out to
        ``sigmas`` standard deviations. If the prior is N(0, I), the grid covers it too and is
        centred on the origin; otherwise it is centred on the posteriors."""
        means, widths = np.asarray(mean, np.float64), sigmas * np.asarray(scale, np.float64)
        finite = np.isfinite(means).all(axis=1) & np.isfinite(widths).all(axis=1)
        means, widths = means[finite], widths[finite]
        if standard_prior or not len(means):
            reach = np.abs(means) + widths
            far = float(np.quantile(reach, 0.999)) if len(reach) else 0.0
            return cls(max(LEAST_HALF_WIDTH, far), side)
        low = np.quantile(means - widths, 0.001, axis=0)
        high = np.quantile(means + widths, 0.999, axis=0)
        x, y = (0.5 * (low + high)).tolist()
        return cls(float(np.max(high - low)) / 2, side, (x, y))

    @classmethod
    def of(cls, view: View, codes: Codes, side: int = SIDE, sigmas: float = 4.0) -> "Grid":
        """The same for the codes of images in a view."""
        return cls.over(codes.mean, codes.scale, side, sigmas, view.standard_prior)
