"""ELBO surgery: the KL term split in two (Hoffman & Johnson 2016).

E[KL(q(z|x) ‖ p(z))] = I_q(x; z) + KL(q(z) ‖ p(z)): what codes tell about their images, and how far
the aggregate posterior q(z), the mean of q(z|x), is from the prior, which has no benefit.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from explorer.analysis.geometry import CodeDensity
from explorer.analysis.information.bounds import MOST_DIMENSIONS, normal_nodes
from explorer.analysis.information.grid import Grid
from explorer.analysis.information.mutual import mutual_information
from explorer.models import View
from explorer.models.latent import Codes, log_prior
from explorer.models.pauses import with_pauses

MOST_SIDE = 800  # cells along a side of the grid
MASS_ERROR = 1e-3  # of the posteriors' mass on the grid
_PLANE_DRAWS = 2000  # for what the image itself adds, which differs little between images
_NUMBERS = 2**23  # of the posteriors along an axis of the grid: 64 MB
_ROWS = 2000  # posteriors whose mass is summed at once: 13 MB
_DRAWS = 16  # per image, for E[log p(z)] in many dimensions without a closed form


@dataclass(frozen=True)
class Surgery:
    """The KL term in two parts, means over images in nats, estimated from N of them.

    Attributes:
        kl: E[KL(q(z|x) ‖ p(z))].
        information: I_q(x; z), where q(z) is the mean over all images: halfway between ``low`` and
            ``high``, but at most log N.
        marginal: KL(q(z) ‖ p(z)).
        error: the error of both parts: the distance to the farther of ``low`` and ``high``, plus
            the standard error due to which N images were drawn.
        low: I_q(x; z) if q(z) is the mean of these N posteriors; too low on average.
        high: the same with the image's own posterior left out of q(z), or the KL if that is less;
            too high on average.
        images: N.
        by: "grid" or "draws", how ``low`` was computed.
        mass: how much of the posteriors' mass the grid sees, from 0 to 1; below 1 if cells are
            too large or too few, and then ``low`` comes from draws. None in more dimensions.
    """

    kl: float
    information: float
    marginal: float
    error: float
    low: float
    high: float
    images: int
    by: str
    mass: float | None = None


def undefined(view: View) -> str | None:
    """Why the KL term cannot be split, or None if it can."""
    return view.no_posterior or view.no_log_prior


def elbo_surgery(view: View, codes: Codes, seed: int = 0) -> Surgery:
    """Split the KL term of the posteriors of images in a view.

    In two dimensions I = H(q(z)) − E[H(q(z|x))], where the first entropy is summed over a grid
    unless posteriors are too narrow for it; otherwise I is the minibatch estimate with all images
    as the batch. What the image itself adds to that is estimated from draws in any case.

    Args:
        view: the view whose prior is used.
        codes: codes of N images, with scales above 0.
        seed: seed of the draws.

    Raises:
        ValueError: a posterior is not finite, a scale is not above 0, or ``undefined`` returns a
            reason.
    """
    if why := undefined(view):
        raise ValueError(why)
    means, scales = np.asarray(codes.mean, np.float64), np.asarray(codes.scale, np.float64)
    if not (np.isfinite(means).all() and np.isfinite(scales).all() and (scales > 0).all()):
        raise ValueError("posteriors need finite means, and scales above 0")
    kl = float(kl_per_image(view, codes, seed).mean())
    is_plane = view.dim == 2
    found = mutual_information(means, scales, seed, _PLANE_DRAWS if is_plane else None)
    summed = information_on_a_grid(means, scales, view.standard_prior) if is_plane else None
    if summed is None or not summed.resolved:
        if is_plane:
            found = mutual_information(means, scales, seed)
        low, by = found.nats, "draws"
    else:
        low, by = summed.nats, "grid"
    low = min(max(low, 0.0), kl, math.log(found.images))
    high = min(low + max(found.above - found.nats, 0.0), kl)
    information = max(low, min(0.5 * (low + high), math.log(found.images)))
    error = max(high - information, information - low) + found.spread / math.sqrt(found.images)
    mass = None if summed is None else summed.mass
    return Surgery(kl, information, kl - information, error, low, high, found.images, by, mass)


@dataclass(frozen=True)
class OnAGrid:
    """I_q(x; z) summed over a grid, in nats, its change with twice the step, the mass of
    posteriors that the grid sees, and log N."""

    nats: float
    error: float
    mass: float
    most: float

    @property
    def resolved(self) -> bool:
        """Whether the mass is 1 within a thousandth and I is possible."""
        return self.mass > 1 - MASS_ERROR and self.nats < self.most + MASS_ERROR


def information_on_a_grid(
    mean: ArrayLike, scale: ArrayLike, standard_prior: bool = True
) -> OnAGrid:
    """I_q(x; z) of posteriors (N, 2). Cells are as small as all but the narrowest hundredth of the
    posteriors, if memory and MOST_SIDE allow.

    The mass is 1 − E|mᵢ − 1|, where mᵢ is the sum of posterior i over the grid. Their mean would
    be close to 1 even on a grid that is far too coarse, as posteriors that are seen make up for
    those between its points.
    """
    means, scales = np.asarray(mean, np.float64), np.asarray(scale, np.float64)
    grid = Grid.over(means, scales, sigmas=6.0, standard_prior=standard_prior)
    needed = 2 * grid.half_width / np.quantile(scales.min(axis=1), 0.01)
    most = max(grid.side, min(MOST_SIDE, _NUMBERS // len(means)))
    grid = replace(grid, side=int(np.clip(needed, grid.side, most)))
    log_density = CodeDensity(means, scales, is_kernel=False).log_grid(*grid.axes)
    conditional = np.log(2 * np.pi) + 1 + np.log(scales).sum(axis=1).mean()  # of a Normal
    fine, coarse = (_entropy(log_density, grid, step) - conditional for step in (1, 2))
    return OnAGrid(fine, abs(fine - coarse), _mass(means, scales, grid), math.log(len(means)))


def _mass(means: np.ndarray, scales: np.ndarray, grid: Grid) -> float:
    """1 − the mean distance from 1 of the posteriors' sums over a grid."""
    seen = np.ones(len(means))
    for k, axis in enumerate(grid.axes):
        for start in with_pauses(range(0, len(means), _ROWS)):
            part = slice(start, start + _ROWS)
            width = scales[part, k, None]
            away = (axis - means[part, k, None]) / width
            seen[part] *= np.exp(-0.5 * np.square(away)).sum(axis=1) * grid.step / width[:, 0]
    return max(0.0, 1.0 - float(np.abs(seen / (2 * np.pi) - 1).mean()))


def _entropy(log_density: np.ndarray, grid: Grid, step: int) -> float:
    """−∫ q log q, summed over every ``step``-th grid point along each axis, nats."""
    values = log_density[::step, ::step]
    return float(-(np.exp(values) * values).sum() * (step * grid.step) ** 2)


def kl_per_image(view: View, codes: Codes, seed: int = 0) -> np.ndarray:
    """KL(q(z|x) ‖ p(z)) of each image, (N,) nats: in closed form if the prior is N(0, I), else by
    quadrature over the posterior or, in more than two dimensions, from samples."""
    means, scales = np.asarray(codes.mean, np.float64), np.asarray(codes.scale, np.float64)
    if view.standard_prior:
        return (0.5 * (means**2 + scales**2 - 1) - np.log(scales)).sum(axis=1)
    if view.dim <= MOST_DIMENSIONS:
        nodes, shares = normal_nodes(view.dim)
    else:
        nodes = np.random.default_rng(seed).standard_normal((_DRAWS, view.dim))
        shares = np.full(_DRAWS, 1 / _DRAWS)
    expected = sum(
        share * log_prior(view, means + scales * node)
        for node, share in zip(nodes, shares, strict=True)
    )
    entropy = np.log(scales).sum(axis=1) + 0.5 * view.dim * math.log(2 * math.pi * math.e)
    return -entropy - expected
