"""The evidence log p(x) of images, computed exactly in two latent dimensions.

log p(x) = log ∫ p(x|z) p(z) dz is summed over a grid by the midpoint rule. For functions this
smooth, it is exact to many digits once a cell is no longer than the true posterior's standard
deviation. The sum over half the points, one colour of a chessboard, shows whether the grid is fine
enough: its error is much larger, about the square root of the full sum's error.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.ndimage import label as connected
from torch import Tensor

from explorer.analysis.geometry.grids import box_grid
from explorer.models import Likelihood, NotDefined, View
from explorer.models.latent import Codes, decoded, log_prior

SIDE = 200  # cells along a side of the grid
LEAST_HALF_WIDTH = 5.0  # standard deviations of the prior
DEEP = 4.0  # nats below the peak at which two modes of a posterior must be separate
LEAST_MASS = 0.05  # share of the posterior in a mode that counts
SHALLOW = 12.0  # nats below the peak, down to which a posterior is drawn
# Nats below the peak, at which log joints are clamped: exp of less gives denormals, which take a
# processor ten times as long.
_NOTHING = -80.0
_NUMBERS = 2**23  # log joints in one batch: 32 MB
_WEIGHTS = 2**26  # pixels of all decoded points: 256 MB; if there are more, they are not kept


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


@dataclass(frozen=True)
class Evidence:
    """The evidence of N images, summed over a grid.

    Attributes:
        nats: (N,) log p(x).
        by_half: (N,) the same from half the points.
        by_quarter: (N,) the same from every second point along both axes.
        hills: (N,) the number of modes of the true posterior p(z|x): pieces of the region within
            DEEP nats of its peak that hold more than LEAST_MASS of it.
    """

    nats: np.ndarray
    by_half: np.ndarray
    by_quarter: np.ndarray
    hills: np.ndarray

    @property
    def error(self) -> np.ndarray:
        """(N,) how much log p(x) changes if only half the points are used, nats."""
        return np.abs(self.nats - self.by_half)


def undefined(view: View) -> str | None:
    """Why the exact evidence is not defined, or None if it is."""
    if not view.model.capabilities.stochastic:
        return "it was trained without a prior, so it does not define p(x)"
    if why := view.no_likelihood or view.no_log_prior:
        return why
    if view.dim != 2:
        return "an exact sum needs two latent dimensions"
    return None


def exact_evidence(view: View, images: Tensor, grid: Grid) -> Evidence:
    """log p(x) of images x (N, C, H, W) in [0, 1], whose posteriors must lie within the grid. For a
    view about one class it is log p(x | class).

    Raises:
        NotDefined: there is no exact evidence; ``undefined`` returns the reason.
    """
    if why := undefined(view):
        raise NotDefined(why)
    sums: tuple[list[np.ndarray], ...] = ([], [], [])  # over all points, half and a quarter
    hills: list[np.ndarray] = []
    for log_joint in _log_joints(view, images, grid.points):  # (n, side²)
        peak = log_joint.amax(1, keepdim=True)
        share = log_joint.sub_(peak).clamp_(min=_NOTHING).exp_()
        total = share.sum(1)
        hills.append(_hills(share, total, grid))
        board = share.view(-1, grid.side, grid.side)
        quarter = board[:, ::2, ::2].sum((1, 2))
        half = quarter + board[:, 1::2, 1::2].sum((1, 2))
        for found, mass, cells in zip(sums, (total, half, quarter), (1, 2, 4), strict=True):
            log_mass = (mass.double() * cells * grid.step**2).log()
            found.append((peak[:, 0].double() + log_mass).cpu().numpy())
    none = np.zeros(0)
    nats, by_half, by_quarter = (np.concatenate([*parts, none]) for parts in sums)
    return Evidence(nats, by_half, by_quarter, np.concatenate([*hills, none]).astype(np.int64))


@dataclass(frozen=True)
class TruePosterior:
    """p(z|x) of one image.

    Attributes:
        box: xmin, xmax, ymin, ymax of a box that holds nearly all of it.
        log_density: (rows, columns) nats at the centres of the box's cells, row 0 at the top.
        log_evidence: log p(x), nats.
        hills: the number of its modes, as in ``Evidence``.
    """

    box: tuple[float, float, float, float]
    log_density: np.ndarray
    log_evidence: float
    hills: int


def true_posterior(view: View, image: Tensor, grid: Grid, cells: int = 128) -> TruePosterior:
    """The true posterior of an image (C, H, W): located on the grid, then evaluated on a finer one.

    Raises:
        NotDefined: there is no exact evidence; ``undefined`` returns the reason.
    """
    found = exact_evidence(view, image[None], grid)
    (log_joint,) = _log_joints(view, image[None], grid.points)
    held = grid.points[(log_joint[0] > log_joint.max() - SHALLOW).cpu().numpy()]
    low, high = held.min(axis=0) - 2 * grid.step, held.max(axis=0) + 2 * grid.step
    box = (float(low[0]), float(high[0]), float(low[1]), float(high[1]))
    (fine,) = _log_joints(view, image[None], box_grid(box, cells).reshape(-1, 2))
    log_density = fine[0].double().cpu().numpy().reshape(cells, cells) - found.nats[0]
    return TruePosterior(box, log_density, float(found.nats[0]), int(found.hills[0]))


@torch.no_grad()
def _log_joints(view: View, images: Tensor, points: np.ndarray) -> Iterator[Tensor]:
    """log p(x|z) + log p(z) at points z (M, 2), (n, M) float32, in batches of n images. Callers may
    overwrite a batch; the next one may reuse its memory."""
    device = view.device
    prior = torch.from_numpy(log_prior(view, points)).float().to(device)  # (M,)
    size = max(1, _NUMBERS // len(points))
    first = next(decoded(view, points[:1]))
    is_large = math.prod(view.image_shape) * len(points) > _WEIGHTS
    if is_large or first.linear() is None:
        kept = None if is_large else list(decoded(view, points))
        for batch in images.split(size):
            x = batch.to(device)
            parts = [part.pairs(x) for part in kept or decoded(view, points)]
            yield torch.cat(parts, 1).add_(prior)
        return
    weights = _weights(view, points, prior)
    found = weights.new_empty(min(size, len(images)), len(points))
    for batch in images.split(size):
        x = batch.to(device)
        one = torch.ones(len(x), 1, device=device)
        seen = torch.cat([first.observe(x).flatten(1), one, first.carrier(x)[:, None]], 1)
        yield torch.mm(seen, weights, out=found[: len(x)])


def _weights(view: View, points: np.ndarray, prior: Tensor) -> Tensor:
    """(D + 2, M) weights: the matrix product of an image's pixels, a one and its carrier with these
    is the log joint. Points are decoded in batches, as the result is large."""
    parts: Iterator[Likelihood] = decoded(view, points)
    weights: Tensor | None = None
    start = 0
    for part in parts:
        linear = part.linear()
        assert linear is not None, "checked by the caller"
        slope, offset = linear
        if weights is None:
            weights = slope.new_ones(slope.shape[1] + 2, len(points))
        end = start + len(slope)
        weights[:-2, start:end] = slope.T
        weights[-2, start:end] = offset + prior[start:end]
        start = end
    assert weights is not None, "there is at least one point"
    return weights


def _hills(share: Tensor, total: Tensor, grid: Grid) -> np.ndarray:
    """The number of modes of each of n posteriors, given their densities relative to the peak
    (n, side²) and the sums of these (n,)."""
    rows, places = (share > np.exp(-DEEP)).nonzero(as_tuple=True)
    heights, sums = share[rows, places].cpu().numpy(), total.cpu().numpy()
    x, y = places.cpu().numpy() % grid.side, places.cpu().numpy() // grid.side
    ends = np.searchsorted(rows.cpu().numpy(), np.arange(len(share) + 1))
    counts = np.ones(len(share), np.int64)
    for row, (start, end) in enumerate(pairwise(ends)):
        across, up = x[start:end], y[start:end]
        surface = np.zeros((np.ptp(up) + 1, np.ptp(across) + 1), np.float32)
        surface[up - up.min(), across - across.min()] = heights[start:end]
        pieces, count = connected(surface, np.ones((3, 3)))
        if count > 1:
            masses = np.bincount(pieces.ravel(), surface.ravel())[1:]
            counts[row] = max(1, int((masses > LEAST_MASS * sums[row]).sum()))
    return counts
