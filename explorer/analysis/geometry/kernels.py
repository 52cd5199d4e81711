"""The kernel density of codes, whose kernel has the shape of their covariance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from explorer.analysis.geometry.density import CodeDensity
from explorer.analysis.geometry.gaussian import CodeGaussian
from explorer.models.latent import Codes


@dataclass(frozen=True, eq=False)
class CodeKernels:
    """Mean of N(z; μᵢ, h²Σ) over codes μᵢ: Σ is their covariance and h = N^(−1/(d+4)) (Scott 1992).

    In whitened coordinates it is the ``CodeDensity`` of codes without posteriors. Therefore it does
    not depend on units or axes: if all codes are mapped by z → Az + b, it changes by |det A| only.

    Attributes:
        gaussian: the Gaussian fitted to the codes, which whitens them.
        whitened: the density of the whitened codes.
    """

    gaussian: CodeGaussian
    whitened: CodeDensity

    @classmethod
    def of(cls, means: ArrayLike) -> "CodeKernels":
        """The kernel density of codes (N, d); codes that are not finite are left out.

        Raises:
            ValueError: no code is finite.
        """
        means = np.asarray(means)
        means = means[np.isfinite(means).all(axis=1)]
        gaussian = CodeGaussian.of(means)
        places = gaussian.whiten(means).astype(np.float32)
        codes = Codes(places, np.zeros_like(places), np.zeros(len(places), dtype=np.int64))
        return cls(gaussian, CodeDensity.of(codes, stochastic=False))

    def draw(self, count: int, random: np.random.Generator, temperature: float = 1.0) -> np.ndarray:
        """``count`` draws (count, d) float32: a random code plus noise of the kernel's shape."""
        picked = random.integers(len(self.whitened.means), size=count)
        noise = random.standard_normal((count, self.whitened.means.shape[1]))
        u = self.whitened.means[picked] + temperature * self.whitened.scales[picked] * noise
        return self.gaussian.unwhiten(u).astype(np.float32)

    def log(self, z: ArrayLike) -> np.ndarray:
        """Its log at codes z (n, d): (n,) float64 nats."""
        return self.whitened.log(self.gaussian.whiten(z)) - self.gaussian.log_volume
