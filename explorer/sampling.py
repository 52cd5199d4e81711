"""Where to draw codes from: the prior, the aggregate posterior, or a density fitted to the codes.

A source takes a model, the codes of held-out images and a request, and gives codes (count, d).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from sklearn.mixture import GaussianMixture

from explorer.latent import Codes, prior_draws
from explorer.models import Model


@dataclass(frozen=True)
class Request:
    """How many codes, by which seed, how far from the centre, from how many components.

    ``temperature`` scales every standard deviation: 1 is the source itself, 0 its centres.
    """

    count: int = 64
    seed: int = 0
    temperature: float = 1.0
    components: int = 10


@dataclass(frozen=True)
class SampleSource:
    """A source of codes: its title, a line on what it means, and how to draw."""

    title: str
    help: str
    draw: Callable[[Model, Codes, Request], np.ndarray]


def _prior(model: Model, codes: Codes, request: Request) -> np.ndarray:
    return prior_draws(model, request.count, request.seed, request.temperature)


def _aggregate_posterior(model: Model, codes: Codes, request: Request) -> np.ndarray:
    """q(z) = mean over images of q(z|x): pick images, then draw from their posteriors."""
    random = np.random.default_rng(request.seed)
    picked = random.integers(len(codes), size=request.count)
    noise = request.temperature * random.standard_normal((request.count, codes.mean.shape[1]))
    return (codes.mean[picked] + codes.scale[picked] * noise).astype(np.float32)


def fit_mixture(codes: np.ndarray, components: int) -> GaussianMixture:
    """A Gaussian mixture with full covariances fitted to codes (N, d) (Ghosh et al. 2020, 4).

    There are at most as many components as different codes: a collapsed encoder has but one.
    """
    codes = np.ascontiguousarray(codes, dtype=np.float64)
    return _fitted(codes.tobytes(), codes.shape[1], components)


@lru_cache(maxsize=32)  # a fit takes seconds, and another seed or temperature needs no other one
def _fitted(content: bytes, dimensions: int, components: int) -> GaussianMixture:
    codes = np.frombuffer(content).reshape(-1, dimensions)
    components = min(components, len(np.unique(codes, axis=0)))
    return GaussianMixture(components, random_state=0, reg_covar=1e-5, max_iter=500).fit(codes)


def _mixture(model: Model, codes: Codes, request: Request) -> np.ndarray:
    mixture = fit_mixture(codes.mean, request.components)
    random = np.random.default_rng(request.seed)
    picked = random.choice(len(mixture.weights_), size=request.count, p=mixture.weights_)
    roots = np.linalg.cholesky(mixture.covariances_)[picked]  # (count, d, d)
    noise = random.standard_normal((request.count, codes.mean.shape[1]))
    drawn = mixture.means_[picked] + request.temperature * np.einsum("nij,nj->ni", roots, noise)
    return drawn.astype(np.float32)


SOURCES: dict[str, SampleSource] = {
    "prior": SampleSource(
        "Prior", "z ~ N(0, I): what a VAE is trained for. In an AE it falls into holes.", _prior
    ),
    "posterior": SampleSource(
        "Aggregate posterior",
        "A random held-out image's posterior: where codes really lie.",
        _aggregate_posterior,
    ),
    "mixture": SampleSource(
        "Gaussian mixture",
        "A density fitted to the held-out codes afterwards: repairs sampling from an AE.",
        _mixture,
    ),
}
