"""Density of the aggregate posterior q(z), where codes lie, against that of the prior p(z)."""

import math

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

_PAIRS = 2**19  # of places and codes at a time: 2 or 4 MB for each array of them
_NOTHING = -60.0  # nats below the largest term; exponentials of much less are denormal, and slow
_FLAT = 2  # dimensions up to which differences are squared one by one
_LEAST_SCALE = 1e-6  # latent units; below it a code is a point, which has no density


def kernel_scales(codes: ArrayLike) -> np.ndarray:
    """Bandwidths (d,) of a Gaussian kernel density of codes (N, d), in latent units.

    Scott's rule (Scott 1992): each axis' standard deviation times N^(−1/(d+4)). It is meant for one
    Normal and smooths away what is finer than that.
    """
    codes = np.asarray(codes, dtype=np.float64)
    count, dimensions = codes.shape
    return np.maximum(codes.std(axis=0) * count ** (-1 / (dimensions + 4)), _LEAST_SCALE)


def log_aggregate_posterior(at: ArrayLike, mean: ArrayLike, scale: ArrayLike) -> np.ndarray:
    """log q(z) at places z (n, d), in nats: (n,); q(z) = mean over images of q(z|x).

    Of a deterministic encoder, whose scales are all 0, a kernel density of the codes instead (see
    ``kernel_scales``). Codes that are not finite are left out.

    Args:
        at: (n, d) places.
        mean, scale: (N, d) means and standard deviations of the posteriors.

    Raises:
        ValueError: there is no finite code.
    """
    z, means, scales = (np.asarray(values, dtype=np.float64) for values in (at, mean, scale))
    finite = np.isfinite(means).all(axis=1) & np.isfinite(scales).all(axis=1)
    if not finite.any():
        raise ValueError("there is no finite code, hence no density")
    means, scales = means[finite], scales[finite]
    if not scales.any():
        scales = np.broadcast_to(kernel_scales(means), means.shape)
    return _log_mixture(z, means, np.maximum(scales, _LEAST_SCALE))


def log_standard_normal(at: ArrayLike) -> np.ndarray:
    """log N(z; 0, I) at places z (n, d), in nats: (n,)."""
    z = np.asarray(at, dtype=np.float64)
    return -0.5 * np.square(z).sum(axis=1) - 0.5 * z.shape[1] * math.log(2 * math.pi)


def log_ratio(at: ArrayLike, mean: ArrayLike, scale: ArrayLike) -> np.ndarray:
    """log q(z) − log p(z) at places z (n, d) for the prior N(0, I), in nats: (n,).

    Far below 0 the prior draws codes that hardly any image has (Rosca et al. 2018); far above 0
    images have codes that the prior hardly ever draws.
    """
    return log_aggregate_posterior(at, mean, scale) - log_standard_normal(at)


def _log_mixture(z: np.ndarray, means: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """log mean of Normals (N, d) at z (n, d), a bounded piece at a time."""
    count, dimensions = means.shape
    constant = -np.log(scales).sum(axis=1) - 0.5 * dimensions * math.log(2 * math.pi)
    exponents = _squared if dimensions <= _FLAT else _multiplied
    tensors = [torch.from_numpy(np.ascontiguousarray(v)) for v in (means, 1 / scales, constant)]
    pieces = torch.from_numpy(z).split(max(1, _PAIRS // count))
    sums = [_log_sum(exponents(piece, *tensors)) for piece in pieces]
    if not sums:
        return np.zeros(0)
    return torch.cat(sums).numpy() - math.log(count)


def _log_sum(exponents: Tensor) -> Tensor:
    """log Σ exp of each row, (n,) float64; the exponents (n, N) are used up."""
    largest = exponents.amax(1, keepdim=True)
    rest = exponents.sub_(largest).clamp_(min=_NOTHING).exp_().sum(1)
    return largest[:, 0].double() + rest.double().log()


def _squared(z: Tensor, means: Tensor, inverse: Tensor, constant: Tensor) -> Tensor:
    """Exponents (n, N) in float32. Multiplied out, they would cancel where scales are tiny."""
    exponents = constant.float().expand(len(z), -1)
    for k in range(z.shape[1]):
        step = (z[:, k, None].float() - means[:, k].float()).mul_(inverse[:, k].float())
        exponents = torch.addcmul(exponents, step, step, value=-0.5)
    return exponents


def _multiplied(z: Tensor, means: Tensor, inverse: Tensor, constant: Tensor) -> Tensor:
    """Exponents (n, N) as matrix products in float64, which has digits to lose."""
    precision = inverse.square()  # (N, d)
    own = constant - 0.5 * (means.square() * precision).sum(1)  # (N,)
    return own + z @ (means * precision).T - 0.5 * (z.square() @ precision.T)
