"""ELBO surgery: what the KL term pays for (Hoffman & Johnson 2016).

E[KL(q(z|x) ‖ p(z))] = I_q(x; z) + KL(q(z) ‖ p(z)): what codes say about their images, and how far
the aggregate posterior q(z) = mean of q(z|x) is from the prior, which buys nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from explorer.analysis.geometry import CodeDensity
from explorer.analysis.measures.evidence import Grid
from explorer.analysis.measures.information import mutual_information


@dataclass(frozen=True)
class Surgery:
    """The KL term in two parts, means over N images in nats.

    Attributes:
        kl: E[KL(q(z|x) ‖ p(z))], in closed form.
        information: I_q(x; z), at most log N.
        marginal: KL(q(z) ‖ p(z)).
        error: of the two parts, which have the same one: by how much they change on a grid of
            twice the step, or the standard error of an estimate.
        images: N.
        by: "grid" or "draws".
    """

    kl: float
    information: float
    marginal: float
    error: float
    images: int
    by: str


def elbo_surgery(mean: ArrayLike, scale: ArrayLike, by: str = "grid", seed: int = 0) -> Surgery:
    """The surgery of N diagonal Normal posteriors against N(0, I).

    Args:
        mean, scale: (N, d) means and standard deviations, scales above 0.
        by: "grid", in two dimensions: I = H(q(z)) − E[H(q(z|x))], the first entropy summed over
            a grid; or "draws": the minibatch estimator of I with all images as the batch.
        seed: of the draws.

    Raises:
        ValueError: posteriors are not finite or of no width, or no grid fits them.
    """
    means, scales = np.asarray(mean, np.float64), np.asarray(scale, np.float64)
    if not (np.isfinite(means).all() and np.isfinite(scales).all() and (scales > 0).all()):
        raise ValueError("posteriors need finite means, and scales above 0")
    kl = float((0.5 * (means**2 + scales**2 - 1) - np.log(scales)).sum(axis=1).mean())
    if by == "draws":
        found = mutual_information(means, scales, seed)
        nats, error = found.nats, found.standard_error
        return Surgery(kl, nats, kl - nats, error, found.images, by)
    if means.ndim != 2 or means.shape[1] != 2:
        raise ValueError(f"a grid takes two dimensions, not posteriors {means.shape}")
    grid = Grid.over(means, scales, sigmas=6.0)
    axis = grid.points[: grid.side, 0]
    log_density = CodeDensity(means, scales, is_kernel=False).log_grid(axis, axis)
    conditional = np.log(2 * np.pi) + 1 + np.log(scales).sum(axis=1).mean()  # H of a Normal in 2-D
    fine, coarse = (_entropy(log_density, grid, step) - conditional for step in (1, 2))
    error = abs(fine - coarse)
    return Surgery(kl, fine, kl - fine, error, len(means), by)


def _entropy(log_density: np.ndarray, grid: Grid, step: int) -> float:
    """−∫ q log q over the grid's every ``step``-th points, nats."""
    values = log_density[::step, ::step]
    return float(-(np.exp(values) * values).sum() * (step * grid.step) ** 2)
