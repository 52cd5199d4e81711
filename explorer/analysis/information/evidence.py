"""The evidence log p(x) of images and the gap of their posteriors, in two latent dimensions.

log p(x) = log ∫ p(x|z) p(z) dz is summed by the midpoint rule over cells that are as small as each
image's posterior asks for (``cells``). For functions this smooth, it is exact to many digits once a
cell is no longer than the true posterior's standard deviation. What is left out of a sum by using
only some of the cells shows whether they are small enough: its error is much larger.

The gap KL(q(z|x) ‖ p(z|x)) is summed over the same cells, with both normalised on them, so that it
is never negative (Gibbs' inequality). The ELBO is log p(x) minus the gap.
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from explorer.analysis.geometry.grids import box_grid
from explorer.analysis.information.bounds import elbo_by_quadrature
from explorer.analysis.information.cells import BLOCK, Cells
from explorer.analysis.information.grid import Grid
from explorer.analysis.information.joints import log_joints
from explorer.analysis.information.refinement import STEP, local_cells
from explorer.models import NotDefined, View
from explorer.models.latent import Codes, batch_size

DEEP = 4.0  # nats below the peak at which two modes of a posterior must be separate
LEAST_MASS = 0.05  # share of the posterior in a mode that counts
MASS_ERROR = 1e-3  # by which the mass of q(z|x) on the cells may differ from 1
INEXACT = 0.1  # nats; a larger error is worth a warning: images are shown with one decimal
SHALLOW = 10.0  # nats below the peak, down to which a posterior is drawn


@dataclass(frozen=True)
class Evidence:
    """The evidence of N images, and how far q(z|x) is from their true posteriors.

    Attributes:
        nats: (N,) log p(x); NaN if the model's numbers are not finite.
        error: (N,) bound on its error, in nats, from what larger and fewer cells would change and
            from rounding. Infinite if the posterior goes on beyond all cells.
        gap: (N,) KL(q(z|x) ‖ p(z|x)), in nats; NaN without a Normal q(z|x).
        hills: (N,) the number of modes of the true posterior p(z|x): pieces of the region within
            DEEP nats of its peak that hold more than LEAST_MASS of it.
    """

    nats: np.ndarray
    error: np.ndarray
    gap: np.ndarray
    hills: np.ndarray

    @property
    def elbo(self) -> np.ndarray:
        """(N,) log p(x) − gap, nats."""
        return self.nats - self.gap

    def first(self, count: int) -> "Evidence":
        """Those of the first images."""
        return Evidence(self.nats[:count], self.error[:count], self.gap[:count], self.hills[:count])


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
    """log p(x) and gap of images x (N, C, H, W) in [0, 1]. For a view about one class it is
    log p(x | class).

    The gap is summed over cells. If q(z|x) is so much wider or narrower than the true posterior
    that its mass on them is not 1, the gap is large, and the ELBO is computed by quadrature.

    Args:
        view: the view, of two dimensions.
        images: the images, on any device.
        grid: where to look for the modes of posteriors, which may extend beyond it.

    Raises:
        NotDefined: there is no exact evidence; ``undefined`` returns the reason.
    """
    if why := undefined(view):
        raise NotDefined(why)
    codes = _posteriors(view, images)
    nats, error, gap = (np.full(len(images), np.nan) for _ in range(3))
    hills = np.ones(len(images), np.int64)
    for cells in local_cells(view, images, grid, codes):
        which = cells.images
        nats[which] = log_evidence(cells)
        error[which] = cells.error
        hills[which] = modes(cells)
        if codes is not None:
            gap[which] = gaps(cells, codes)
    if codes is not None and len(rest := np.flatnonzero(np.isnan(gap) & np.isfinite(nats))):
        gap[rest] = nats[rest] - elbo_by_quadrature(view, images[torch.from_numpy(rest)])
    return Evidence(nats, error, gap, hills)


@torch.no_grad()
def _posteriors(view: View, images: Tensor) -> Codes | None:
    """q(z|x) of images, or None if it is not Normal."""
    if view.no_posterior:
        return None
    view.model.eval()
    levels = [view.encode(part.to(view.device)) for part in images.split(batch_size(view))]
    empty = np.zeros((0, view.dim), np.float32)
    mean, scale = (
        np.concatenate([empty, *(part.float().cpu().numpy() for part in parts)])
        for parts in ([level.mean for level in levels], [level.width for level in levels])
    )
    return Codes(mean, scale, np.full(len(mean), -1))


def log_evidence(cells: Cells) -> np.ndarray:
    """log p(x) of the cells' images, (n,) nats."""
    return cells.peak + np.log(cells.mass * cells.step**2)


def gaps(cells: Cells, codes: Codes) -> np.ndarray:
    """KL(q(z|x) ‖ p(z|x)) of the cells' images, (n,) nats, with both normalised on the cells; NaN
    where they are too large for q(z|x), or its mass on them is not 1."""
    mean, scale = (
        values[cells.images].astype(np.float64)[cells.owner] for values in (codes.mean, codes.scale)
    )
    x, y = (
        -0.5 * np.square((axis - mean[:, k, None]) / scale[:, k, None])
        - np.log(scale[:, k, None] * np.sqrt(2 * np.pi))
        for k, axis in enumerate(cells.axes)
    )
    log_q = y[:, :, None] + x[:, None, :] + 2 * np.log(cells.step)[cells.owner, None, None]
    q = np.exp(log_q)
    mass = cells.total(q)
    log_p = cells.log_joint - (cells.peak + np.log(cells.mass))[cells.owner, None, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = cells.total(q * (log_q - log_p)) / mass - np.log(mass)
    is_seen = np.abs(mass - 1) < MASS_ERROR
    is_seen &= cells.step <= STEP * codes.scale[cells.images].min(axis=1, initial=np.inf)
    return np.where(is_seen, gap, np.nan)


def modes(cells: Cells) -> np.ndarray:
    """The number of modes of each image's posterior, (n,)."""
    block, y, x = np.nonzero(cells.share > np.exp(-DEEP))
    owner, share = cells.owner[block], cells.share[block, y, x]
    place = BLOCK * cells.corner[block] + np.stack([x, y], 1)
    place -= place.min(axis=0, initial=0) - 1
    width, height = place.max(axis=0, initial=0) + 2
    key = (owner * height + place[:, 1]) * width + place[:, 0]
    order = np.argsort(key)
    key, owner, share = key[order], owner[order], share[order]
    links = [np.zeros((2, 0), np.int64)]
    for beside in (1, width - 1, width, width + 1):
        found = np.minimum(np.searchsorted(key, key + beside), len(key) - 1)
        here = np.flatnonzero(key[found] == key + beside)
        links.append(np.stack([here, found[here]]))
    ends = np.concatenate(links, axis=1)
    graph = coo_array((np.ones(ends.shape[1], bool), tuple(ends)), shape=(len(key), len(key)))
    pieces, piece = connected_components(graph, directed=False)
    holds = np.bincount(piece, share, pieces)
    whose = np.zeros(pieces, np.int64)
    whose[piece] = owner
    counts = np.bincount(whose[holds > LEAST_MASS * cells.mass[whose]], minlength=len(cells.images))
    return np.maximum(counts, 1)


@dataclass(frozen=True)
class TruePosterior:
    """p(z|x) of one image.

    Attributes:
        box: xmin, xmax, ymin, ymax of a box that holds nearly all of it.
        log_density: (rows, columns) nats at the centres of the box's cells, row 0 at the top.
        log_evidence: log p(x), nats.
        error: bound on the error of log p(x), nats.
        gap: KL(q(z|x) ‖ p(z|x)), nats; NaN without a Normal q(z|x).
        hills: the number of its modes, as in ``Evidence``.
    """

    box: tuple[float, float, float, float]
    log_density: np.ndarray
    log_evidence: float
    error: float
    gap: float
    hills: int


def true_posterior(view: View, image: Tensor, grid: Grid, cells: int = 128) -> TruePosterior:
    """The true posterior of an image (C, H, W): located from the grid, then evaluated in a box of
    ``cells``² cells.

    Raises:
        NotDefined: there is no exact evidence; ``undefined`` returns the reason.
        ValueError: the model's numbers are not finite.
    """
    found = exact_evidence(view, image[None], grid)
    parts = list(local_cells(view, image[None], grid))
    if not parts:
        raise ValueError("the model's numbers are not finite")
    (own,) = parts
    block, y, x = np.nonzero(own.share > np.exp(-SHALLOW))
    across, up = own.axes[0][block, x], own.axes[1][block, y]
    margin = 2 * own.step[0]
    box = (
        float(across.min() - margin),
        float(across.max() + margin),
        float(up.min() - margin),
        float(up.max() + margin),
    )
    (fine,) = log_joints(view, image[None], box_grid(box, cells).reshape(-1, 2))
    log_density = fine[0].double().cpu().numpy().reshape(cells, cells) - found.nats[0]
    nats, error, gap = (float(one[0]) for one in (found.nats, found.error, found.gap))
    return TruePosterior(box, log_density, nats, error, gap, int(found.hills[0]))
