"""The Gaussian fitted to codes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_triangular

_NARROWEST = 1e-6  # of the mean standard deviation, along any axis; a flat one has no density


@dataclass(frozen=True, eq=False)
class CodeGaussian:
    """N(m, Σ) with the mean and covariance of the aggregate posterior q(z): of all Gaussians the
    one with the least KL(q ‖ N) (Bishop 2006, section 10.7).

    Σ is the covariance of the posterior means plus the mean of the posteriors' own covariances
    (law of total covariance). Both m and Σ follow the codes if their units change.

    Attributes:
        mean: (d,) m.
        root: (d, d) lower triangular, root @ root.T = Σ.
    """

    mean: np.ndarray
    root: np.ndarray

    @classmethod
    def of(cls, means: ArrayLike, scales: ArrayLike | None = None) -> "CodeGaussian":
        """The Gaussian of codes with means (N, d) and standard deviations (N, d), if they have any.
        Codes that are not finite are left out.

        Raises:
            ValueError: no code is finite.
        """
        places = np.asarray(means, dtype=np.float64)
        spread = np.zeros_like(places) if scales is None else np.asarray(scales, dtype=np.float64)
        finite = np.isfinite(places).all(axis=1) & np.isfinite(spread).all(axis=1)
        if not finite.any():
            raise ValueError("no code is finite, so they have no density")
        places, spread = places[finite], spread[finite]
        middle = places.mean(axis=0)
        covariance = (places - middle).T @ (places - middle) / len(places)
        covariance += np.diag(np.square(spread).mean(axis=0))
        least = _NARROWEST**2 * np.trace(covariance) / len(middle) or np.finfo(np.float32).tiny
        return cls(middle, np.linalg.cholesky(covariance + least * np.eye(len(middle))))

    def draw(self, count: int, random: np.random.Generator, temperature: float = 1.0) -> np.ndarray:
        """``count`` draws (count, d) float32; the temperature scales every standard deviation."""
        noise = random.standard_normal((count, len(self.mean)))
        return (self.mean + temperature * noise @ self.root.T).astype(np.float32)

    def whiten(self, z: ArrayLike) -> np.ndarray:
        """Codes z (n, d) in the coordinates in which the Gaussian is N(0, I): (n, d) float64."""
        apart = np.asarray(z, dtype=np.float64) - self.mean
        return solve_triangular(self.root, apart.T, lower=True).T

    def unwhiten(self, u: ArrayLike) -> np.ndarray:
        """The codes (n, d) float64 at whitened coordinates u (n, d)."""
        return self.mean + np.asarray(u, dtype=np.float64) @ self.root.T

    @property
    def log_volume(self) -> float:
        """log √det Σ: the log volume, in latent units, of a unit of whitened coordinates."""
        return float(np.log(np.diag(self.root)).sum())

    def log(self, z: ArrayLike) -> np.ndarray:
        """log N(z; m, Σ) at codes z (n, d): (n,) float64 nats."""
        u = self.whiten(z)
        normaliser = self.log_volume + 0.5 * u.shape[1] * np.log(2 * np.pi)
        return -0.5 * np.square(u).sum(axis=1) - normaliser
