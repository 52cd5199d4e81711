"""ELBO surgery: the KL term split in two (Hoffman & Johnson 2016).

E[KL(q(z|x) ‖ p(z))] = I_q(x; z) + KL(q(z) ‖ p(z)): what codes tell about their images, and how far
the aggregate posterior q(z), the mean of q(z|x), is from the prior, which has no benefit.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from explorer.analysis.geometry import CodeDensity
from explorer.analysis.information.bounds import MOST_DIMENSIONS, normal_nodes
from explorer.analysis.information.evidence import Grid
from explorer.analysis.information.mutual import mutual_information
from explorer.models import View
from explorer.models.latent import Codes, log_prior

_DRAWS = 16  # per image, for E[log p(z)] in many dimensions without a closed form


@dataclass(frozen=True)
class Surgery:
    """The KL term in two parts, means over N images in nats.

    Attributes:
        kl: E[KL(q(z|x) ‖ p(z))].
        information: I_q(x; z), at most log N.
        marginal: KL(q(z) ‖ p(z)).
        error: the error of both parts: how much they change on a grid with twice the step, or the
            standard error of an estimate.
        images: N.
        by: "grid" or "draws", the method.
    """

    kl: float
    information: float
    marginal: float
    error: float
    images: int
    by: str


def undefined(view: View) -> str | None:
    """Why the KL term cannot be split, or None if it can."""
    return view.no_posterior or view.no_log_prior


def elbo_surgery(view: View, codes: Codes, seed: int = 0) -> Surgery:
    """Split the KL term of the posteriors of images in a view.

    In two dimensions I = H(q(z)) − E[H(q(z|x))], where the first entropy is summed over a grid;
    otherwise I is the minibatch estimate with all images as the batch.

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
    if view.dim != 2:
        found = mutual_information(means, scales, seed)
        nats, error = found.nats, found.standard_error
        return Surgery(kl, nats, kl - nats, error, found.images, "draws")
    nats, error = information_on_a_grid(means, scales, view.standard_prior)
    return Surgery(kl, nats, kl - nats, error, len(means), "grid")


def information_on_a_grid(
    mean: ArrayLike, scale: ArrayLike, standard_prior: bool = True
) -> tuple[float, float]:
    """I_q(x; z) of posteriors (N, 2), and its change on a grid with twice the step, in nats."""
    means, scales = np.asarray(mean, np.float64), np.asarray(scale, np.float64)
    grid = Grid.over(means, scales, sigmas=6.0, standard_prior=standard_prior)
    log_density = CodeDensity(means, scales, is_kernel=False).log_grid(*grid.axes)
    conditional = np.log(2 * np.pi) + 1 + np.log(scales).sum(axis=1).mean()  # of a Normal
    fine, coarse = (_entropy(log_density, grid, step) - conditional for step in (1, 2))
    return fine, abs(fine - coarse)


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
