"""The log joint log p(x, z) of images on cells around their posteriors."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

BLOCK = 8  # cells along a side of a block
NEGLIGIBLE = 10.0  # nats below the peak, at which the joint is left out: e^−10 of a Normal
ROUNDING = 4e-6  # share of a log joint that networks in float32 lose
CHANCE = 2e-3  # nats that cells may lose unseen where several errors cancel by chance


@dataclass(frozen=True)
class Cells:
    """The log joint of n images on cells around their posteriors.

    Attributes:
        images: (n,) indices of the images.
        step: (n,) the side of each image's cells.
        owner: (P,) the image of each block, an index into ``images``, ascending.
        corner: (P, 2) a block's place: its index among blocks counted from ``origin``.
        log_joint: (P, 8, 8) float32, log p(x, z) at the centres, z₁ fastest and both ascending.
        enclosed: (n,) whether the joint is negligible at all edges of an image's cells.
        origin: the corner between cells from which blocks are counted.
    """

    images: np.ndarray
    step: np.ndarray
    owner: np.ndarray
    corner: np.ndarray
    log_joint: np.ndarray
    enclosed: np.ndarray
    origin: tuple[float, float]

    @cached_property
    def axes(self) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates of the centres in each block along z₁ and along z₂, (P, 8) float64 each."""
        within = np.arange(BLOCK) + 0.5
        x, y = (
            self.origin[k]
            + (BLOCK * self.corner[:, k, None] + within) * self.step[self.owner, None]
            for k in (0, 1)
        )
        return x, y

    @cached_property
    def starts(self) -> np.ndarray:
        """(n,) the first block of each image. Each has at least one."""
        return np.searchsorted(self.owner, np.arange(len(self.images)))

    @cached_property
    def peak(self) -> np.ndarray:
        """(n,) the largest log joint on an image's cells, nats."""
        return np.maximum.reduceat(self.log_joint.max((1, 2)), self.starts)

    @cached_property
    def share(self) -> np.ndarray:
        """(P, 8, 8) float64, the joint as a share of its peak."""
        return np.exp(self.log_joint - self.peak[self.owner, None, None].astype(np.float64))

    def total(self, values: np.ndarray) -> np.ndarray:
        """The sums (n,) over each image's cells of values (P, 8, 8) or of blocks (P,)."""
        return np.add.reduceat(values.reshape(len(values), -1).sum(1), self.starts)

    @cached_property
    def mass(self) -> np.ndarray:
        """(n,) the sum of ``share``."""
        return self.total(self.share)

    @cached_property
    def unresolved(self) -> np.ndarray:
        """(n,) by what share the mass would change with larger cells. On a chessboard's black
        cells, the midpoint rule for a smooth function has about the square root of the error on
        all cells, and on every second column or row its fourth root, so these are squared. That
        all of them are small by chance is unlikely."""
        board = (np.indices((BLOCK, BLOCK)).sum(0) % 2) * 2 - 1
        columns = np.broadcast_to(np.arange(BLOCK) % 2 * 2 - 1, (BLOCK, BLOCK))
        black, across, up = (
            np.abs(self.total(self.share * sign)) / self.mass
            for sign in (board, columns, columns.T)
        )
        return np.maximum(black, np.maximum(across, up) ** 2)

    @cached_property
    def error(self) -> np.ndarray:
        """(n,) bound on the error of the logarithm of the mass, in nats; infinite if the joint is
        not negligible at the edges. The sum's own error is about the square of ``unresolved``,
        which is at most 0.04; a quarter of it leaves a margin. What lies beyond the edges is
        bounded by the cells that are nearly negligible: of a Normal, these hold e² times as
        much."""
        faint = self.total(np.where(self.share < np.exp(2 - NEGLIGIBLE), self.share, 0.0))
        error = 0.25 * self.unresolved + faint / self.mass + ROUNDING * np.abs(self.peak)
        return np.where(self.enclosed, error + CHANCE, np.inf)

    def part(self, chosen: np.ndarray) -> "Cells":
        """The cells of some images, (n,) bool."""
        kept, number = chosen[self.owner], np.cumsum(chosen) - 1
        return Cells(
            self.images[chosen],
            self.step[chosen],
            number[self.owner[kept]],
            self.corner[kept],
            self.log_joint[kept],
            self.enclosed[chosen],
            self.origin,
        )
