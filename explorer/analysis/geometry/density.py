"""The density of codes: the aggregate posterior, or a kernel estimate without posteriors."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from explorer.models.latent import Codes
from explorer.models.pauses import with_pauses

_PAIRS = 2**19  # of points and codes at a time: 2 MB per array
_NOTHING = -60.0  # nats below the largest term; much smaller exponentials are denormal and slow
_NARROWEST = 1e-6  # of the codes' standard deviation; minimum scale, since a point has no density


@dataclass(frozen=True, eq=False)
class CodeDensity:
    """q(z) = mean over N images of N(z; μᵢ, diag σᵢ²), the aggregate posterior.

    A deterministic encoder has no σ. Then Gaussian kernels are used, with one bandwidth per
    dimension from Scott's rule: the codes' standard deviation × N^(−1/(d + 4)) (Scott 1992).

    Attributes:
        means, scales: (N, d) float32.
        is_kernel: whether the scales are Scott's bandwidths instead of posterior scales.
    """

    means: np.ndarray
    scales: np.ndarray
    is_kernel: bool

    @classmethod
    def of(cls, codes: Codes, stochastic: bool) -> "CodeDensity":
        """The density of codes; codes that are not finite are left out."""
        finite = np.isfinite(codes.mean).all(axis=1) & np.isfinite(codes.scale).all(axis=1)
        means, scales = codes.mean[finite], codes.scale[finite]
        spread = means.std(axis=0) if len(means) else np.ones(means.shape[1])
        if not stochastic:
            width = spread * max(1, len(means)) ** (-1 / (means.shape[1] + 4))
            scales = np.broadcast_to(width, means.shape)
        floor = np.maximum(_NARROWEST * spread, 1e-12)
        widths = np.ascontiguousarray(np.maximum(scales, floor), dtype=np.float32)
        return cls(np.ascontiguousarray(means, np.float32), widths, not stochastic)

    def log(self, z: ArrayLike) -> np.ndarray:
        """log q(z) at codes z (n, d): (n,) float64, nats."""
        places = torch.tensor(np.asarray(z, dtype=np.float32))
        size = max(1, _PAIRS // max(1, len(self.means)))
        parts = [_log_sum(self.log_terms(part)) for part in with_pauses(places.split(size))]
        return torch.cat(parts).numpy() - np.log(max(1, len(self.means)))

    def log_terms(self, z: Tensor) -> Tensor:
        """log N(z; μᵢ, diag σᵢ²) of codes z (n, d): (n, N) nats.

        The squares of differences are not expanded, which would suffer cancellation for tiny
        scales.
        """
        means, scales = torch.from_numpy(self.means), torch.from_numpy(self.scales)  # (N, d)
        total = -scales.log().sum(1) - 0.5 * z.shape[1] * float(np.log(2 * np.pi))  # (N,)
        for k in range(z.shape[1]):
            step = (z[:, k, None] - means[:, k]).div_(scales[:, k])
            total = torch.addcmul(total, step, step, value=-0.5)
        return total

    def log_grid(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """log q at all pairs of two-dimensional coordinates: (len(y), len(x)) nats.

        Each term is a function of x times a function of y, so all sums are one matrix product. If
        it underflows (about 700 nats below a peak), the smallest normal number is used.
        """
        across, up = (
            np.exp(-0.5 * np.square((values[:, None] - self.means[:, k]) / self.scales[:, k]))
            / (np.sqrt(2 * np.pi) * self.scales[:, k].astype(np.float64))
            for k, values in enumerate((x, y))
        )
        sums = (up @ across.T) / max(1, len(self.means))
        return np.log(np.maximum(sums, np.finfo(np.float64).tiny))


def _log_sum(terms: Tensor) -> Tensor:
    """log Σ exp of each row, (n,) float64; overwrites the terms (n, N)."""
    largest = terms.amax(1, keepdim=True)
    rest = terms.sub_(largest).clamp_(min=_NOTHING).exp_().sum(1)
    return largest[:, 0].double() + rest.double().log()
