"""Mutual information I_q(x; z) of images and codes: how well a code identifies its image.

It is the useful part of the KL term, I_q(x; z) + KL(q(z) ‖ p(z)) (Hoffman & Johnson 2016, "ELBO
surgery"). Its maximum, log N, is enough to tell N images apart.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

MOST_IMAGES = 10_000
_PAIRS = 2**20  # pairs of a draw and a posterior in one block: 4 MB per array


@dataclass(frozen=True)
class MutualInformation:
    """An estimate of I_q(x; z).

    Attributes:
        nats: the estimate.
        standard_error: its standard error over draws, nats.
        images: N, the number of posteriors whose mean is q(z).
    """

    nats: float
    standard_error: float
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
    mixture = _log_sums(codes, torch.from_numpy(means), torch.from_numpy(scales), own, drawn)
    terms = own[drawn] - (mixture - math.log(count))
    error = terms.std(ddof=1) / math.sqrt(len(terms)) if len(terms) > 1 else 0.0
    return MutualInformation(float(terms.mean()), float(error), count)


def _log_sums(
    codes: Tensor, means: Tensor, scales: Tensor, own: np.ndarray, drawn: np.ndarray
) -> np.ndarray:
    """log Σⱼ q(zᵢ|xⱼ) of the drawn codes i, in float32 and in blocks of bounded size.

    Squared differences are not expanded, as the products would cancel where scales are tiny. The
    density under an image's own posterior is inserted exactly, since the rounding error of z alone
    may be many times its scale.
    """
    z, centre = codes.float(), means.float().T.contiguous()  # (N, d), (d, N)
    inverse = (1 / scales).float().T.contiguous()
    constant = -scales.log().sum(1).float()  # (N,)
    exact = torch.from_numpy(own).float()
    size = max(1, _PAIRS // len(means))
    sums = []
    for piece in torch.from_numpy(drawn).split(size):
        distance = torch.zeros(len(piece), len(means))
        for k in range(len(centre)):
            step = (z[piece, k, None] - centre[k]).mul_(inverse[k])
            distance.addcmul_(step, step)
        exponent = torch.add(constant, distance, alpha=-0.5)
        exponent[torch.arange(len(piece)), piece] = exact[piece]
        sums.append(exponent.logsumexp(1))
    return torch.cat(sums).double().numpy()
