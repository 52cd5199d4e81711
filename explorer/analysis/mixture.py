"""Gaussian mixtures fitted to codes, with the number of components chosen by a criterion."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from explorer.models.pauses import with_pauses

COMPONENTS_TRIED = (1, 2, 3, 5, 8, 12, 20, 32, 50)
STARTS = 5  # of EM, which ends in a local maximum: criteria of unlucky single starts misled


@dataclass(frozen=True, eq=False)
class Mixture:
    """A Gaussian mixture of K components in d dimensions.

    Attributes:
        weights: (K,) shares of the components.
        means: (K, d).
        covariances: (K, d, d).
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray

    def draw(self, count: int, random: np.random.Generator, temperature: float = 1.0) -> np.ndarray:
        """Codes (count, d) float32. ``temperature`` scales every standard deviation."""
        picked = random.choice(len(self.weights), size=count, p=self.weights)
        roots = np.linalg.cholesky(self.covariances)[picked]  # (count, d, d)
        noise = random.standard_normal((count, self.means.shape[1]))
        drawn = self.means[picked] + temperature * np.einsum("nij,nj->ni", roots, noise)
        return drawn.astype(np.float32)

    def log(self, codes: ArrayLike) -> np.ndarray:
        """Log density (n,) at codes (n, d), in nats."""
        z = np.asarray(codes, np.float64)
        each = []
        # One after another: in many dimensions, all offsets together would take gigabytes.
        for weight, mean, covariance in zip(
            self.weights, self.means, self.covariances, strict=True
        ):
            root = np.linalg.cholesky(covariance)
            whitened = np.linalg.solve(root, (z - mean).T)  # (d, n)
            scale = np.log(root.diagonal()).sum() + 0.5 * len(mean) * np.log(2 * np.pi)
            each.append(np.log(weight) - scale - 0.5 * (whitened**2).sum(0))
        return logsumexp(each, axis=0)

    def criterion(self, codes: ArrayLike) -> float:
        """The Bayesian information criterion for codes (N, d); lower is better (Schwarz 1978)."""
        count, d = self.means.shape
        free = count - 1 + count * d + count * d * (d + 1) // 2
        return float(free * np.log(len(np.asarray(codes))) - 2 * self.log(codes).sum())


def fit_mixture(codes: np.ndarray, components: int) -> Mixture:
    """A full-covariance Gaussian mixture fitted to codes (N, d) (Ghosh et al. 2020, section 4).

    It has at most as many components as there are distinct codes: one if the encoder collapsed.
    Of STARTS seeded runs of EM it is the one with the highest likelihood.
    """
    codes = np.ascontiguousarray(codes, dtype=np.float64)
    return _fitted(codes.tobytes(), codes.shape[1], components)


@lru_cache(maxsize=32)  # a fit takes seconds and does not depend on the seed or temperature
def _fitted(content: bytes, dimensions: int, components: int) -> Mixture:
    from sklearn.mixture import GaussianMixture

    codes = np.frombuffer(content).reshape(-1, dimensions)
    components = min(components, len(np.unique(codes, axis=0)))
    starts = STARTS if components > 1 else 1
    floor = 1e-5 * (codes.var() or 1e-6)  # so that the units of the codes do not matter
    found = GaussianMixture(
        components, n_init=starts, random_state=0, reg_covar=floor, max_iter=500
    ).fit(codes)
    return Mixture(found.weights_, found.means_, found.covariances_)


def criteria(codes: np.ndarray) -> dict[int, float]:
    """The Bayesian information criterion of mixtures fitted to codes (N, d), by the number of their
    components."""
    fits = (fit_mixture(codes, components) for components in with_pauses(COMPONENTS_TRIED))
    return {len(fit.weights): fit.criterion(codes) for fit in fits}


def fit_best_mixture(codes: np.ndarray) -> Mixture:
    """The mixture, of COMPONENTS_TRIED components, with the lowest criterion for codes (N, d)."""
    found = criteria(codes)
    return fit_mixture(codes, min(found, key=lambda count: found[count]))
