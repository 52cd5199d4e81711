"""Mutual information I_q(x; z) of images and codes: how well a code identifies its image.

It is the useful part of the KL term, I_q(x; z) + KL(q(z) ‖ p(z)) (Hoffman & Johnson 2016, "ELBO
surgery"). q(z) is the mean of all images' posteriors, but only N are known. With the image itself
among the N, the estimate is too low on average, and at most log N, which is enough to tell N images
apart. With a broad Normal in place of the image's own posterior, it is too high on average, as
E[−log q̂] ≥ −log E[q̂] and a cross-entropy is at least the entropy. For large N both errors are the
same, (1 + χ²) / 2N with the χ² divergence of q(z|x) from q(z), so their mean has hardly any.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from explorer.models.pauses import with_pauses

MOST_IMAGES = 10_000
_PAIRS = 2**20  # pairs of a draw and a posterior in one block: 4 MB per array


@dataclass(frozen=True)
class MutualInformation:
    """An estimate of I_q(x; z).

    Attributes:
        nats: the estimate with an image itself among the N, too low on average, at most log N.
        standard_error: its standard error over draws, nats.
        above: the estimate with the other images only, too high on average.
        spread: standard deviation of the images' terms: that over √N is the standard error due to
            which N images were drawn.
        images: N, the number of posteriors whose mean is q(z).
    """

    nats: float
    standard_error: float
    above: float
    spread: float
    images: int


def mutual_information(
    mean: ArrayLike, scale: ArrayLike, seed: int = 0, draws: int | None = None
) -> MutualInformation:
    """E[log q(z|x) − log q(z)] by Monte Carlo, where q(z) is the mean of N images' posteriors.

    Args:
        mean, scale: (N, d) means and standard deviations of the posteriors, scales above 0. If
            there are more than MOST_IMAGES, a seeded random subset is used.
        seed: seed of the draws and of the subset.
        draws: the number of posteriors to draw from, once each; all N by default. Fewer are faster
            but less accurate; q(z) is the mean of all N in either case.

    Raises:
        ValueError: there are no posteriors, one is not finite, or a scale is not above 0.
    """
    random = np.random.default_rng(seed)
    means, scales = (np.asarray(values, dtype=np.float64) for values in (mean, scale))  # (N, d)
    if means.ndim != 2 or means.shape != scales.shape or not len(means):
        raise ValueError(f"posteriors must be (N, d), not {means.shape} and {scales.shape}")
    if not (np.isfinite(means).all() and np.isfinite(scales).all() and (scales > 0).all()):
        raise ValueError("posteriors need finite means, and scales above 0")
    if len(means) > MOST_IMAGES:
        chosen = random.choice(len(means), MOST_IMAGES, replace=False)
        means, scales = means[chosen], scales[chosen]
    count = len(means)
    noise = random.standard_normal(means.shape)
    drawn = random.permutation(count)[:draws]
    own = -0.5 * np.square(noise).sum(axis=1) - np.log(scales).sum(axis=1)  # (N,) up to a constant
    codes = torch.from_numpy(means + scales * noise)
    others = _log_sums(codes, torch.from_numpy(means), torch.from_numpy(scales), drawn)
    own = own[drawn]
    terms = own - np.logaddexp(others, own) + math.log(count)
    broad = _broad(means, scales, codes.numpy()[drawn])
    above = own - np.logaddexp(others, broad) + math.log(count)
    spread = terms.std(ddof=1) if len(terms) > 1 else 0.0
    error = spread / math.sqrt(len(terms))
    return MutualInformation(
        float(terms.mean()), float(error), float(above.mean()), float(spread), count
    )


def _broad(means: np.ndarray, scales: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """The log density of codes (n, d) under the Normal with the mean and variance of q(z), (n,) up
    to the constant of all densities here."""
    width = np.sqrt(means.var(axis=0) + np.square(scales).mean(axis=0))
    away = (codes - means.mean(axis=0)) / width
    return -0.5 * np.square(away).sum(axis=1) - np.log(width).sum()


def _log_sums(codes: Tensor, means: Tensor, scales: Tensor, drawn: np.ndarray) -> np.ndarray:
    """log Σⱼ q(zᵢ|xⱼ) over j ≠ i of the drawn codes i, (n,) up to a constant, in float32 and in
    blocks of bounded size. Squared differences are not expanded, as the products would cancel where
    scales are tiny."""
    z, centre = codes.float(), means.float().T.contiguous()  # (N, d), (d, N)
    inverse = (1 / scales).float().T.contiguous()
    constant = -scales.log().sum(1).float()  # (N,)
    size = max(1, _PAIRS // len(means))
    sums = []
    for piece in with_pauses(torch.from_numpy(drawn).split(size)):
        distance = torch.zeros(len(piece), len(means))
        for k in range(len(centre)):
            step = (z[piece, k, None] - centre[k]).mul_(inverse[k])
            distance.addcmul_(step, step)
        exponent = torch.add(constant, distance, alpha=-0.5)
        exponent[torch.arange(len(piece)), piece] = -math.inf
        sums.append(exponent.logsumexp(1))
    return torch.cat(sums).double().numpy()
