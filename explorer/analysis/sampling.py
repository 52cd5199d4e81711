"""Where to draw codes from: the prior, the aggregate posterior, or a density fitted to the codes.

A source takes a model, the codes of held-out images and a request, and gives codes (count, d).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from explorer.models import Model
from explorer.models.latent import Codes, prior_draws

if TYPE_CHECKING:
    from sklearn.mixture import GaussianMixture

COMPONENTS_TRIED = (1, 2, 3, 5, 8, 12, 20, 32, 50)


@dataclass(frozen=True)
class Request:
    """How many codes, by which seed, how far from the centre, from how many components.

    ``temperature`` scales every standard deviation: 1 is the source itself, 0 its centres. Without
    a number of ``components`` the Bayesian information criterion chooses it.
    """

    count: int = 64
    seed: int = 0
    temperature: float = 1.0
    components: int | None = 10


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


def fit_mixture(codes: np.ndarray, components: int) -> "GaussianMixture":
    """A Gaussian mixture with full covariances fitted to codes (N, d) (Ghosh et al. 2020, 4).

    There are at most as many components as different codes: a collapsed encoder has but one.
    """
    codes = np.ascontiguousarray(codes, dtype=np.float64)
    return _fitted(codes.tobytes(), codes.shape[1], components)


@lru_cache(maxsize=32)  # a fit takes seconds, and another seed or temperature needs no other one
def _fitted(content: bytes, dimensions: int, components: int) -> "GaussianMixture":
    from sklearn.mixture import GaussianMixture

    codes = np.frombuffer(content).reshape(-1, dimensions)
    components = min(components, len(np.unique(codes, axis=0)))
    return GaussianMixture(components, random_state=0, reg_covar=1e-5, max_iter=500).fit(codes)


@lru_cache(maxsize=32)
def _scores(content: bytes, dimensions: int) -> tuple[tuple[int, float], ...]:
    codes = np.frombuffer(content).reshape(-1, dimensions)
    found = []
    for components in COMPONENTS_TRIED:
        mixture = _fitted(content, dimensions, components)
        found.append((len(mixture.weights_), float(mixture.bic(codes))))
    return tuple(found)


def bic_by_components(codes: np.ndarray) -> dict[int, float]:
    """The Bayesian information criterion of mixtures fitted to codes (N, d), by their number of
    components; the least is best (Schwarz 1978)."""
    codes = np.ascontiguousarray(codes, dtype=np.float64)
    return dict(_scores(codes.tobytes(), codes.shape[1]))


def best_components(codes: np.ndarray) -> int:
    """The number of COMPONENTS_TRIED that the criterion chooses for codes (N, d)."""
    scores = bic_by_components(codes)
    return min(scores, key=lambda count: scores[count])


def _gaussian(model: Model, codes: Codes, request: Request) -> np.ndarray:
    return _mixture(model, codes, replace(request, components=1))


def _kernels(model: Model, codes: Codes, request: Request) -> np.ndarray:
    """Kernel density: a held-out code, and noise of Scott's bandwidth (Scott 1992) around it."""
    count, dimensions = codes.mean.shape
    covariance = np.atleast_2d(np.cov(codes.mean.T)) if count > 1 else np.zeros((dimensions,) * 2)
    variances, axes = np.linalg.eigh(covariance)
    root = axes * np.sqrt(variances.clip(min=0)) * count ** (-1 / (dimensions + 4))  # (d, d)
    random = np.random.default_rng(request.seed)
    picked = random.integers(count, size=request.count)
    noise = request.temperature * random.standard_normal((request.count, dimensions))
    return (codes.mean[picked] + noise @ root.T).astype(np.float32)


def _mixture(model: Model, codes: Codes, request: Request) -> np.ndarray:
    mixture = fit_mixture(codes.mean, request.components or best_components(codes.mean))
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
    "gaussian": SampleSource(
        "One Gaussian",
        "A Normal with full covariance fitted to the held-out codes afterwards: the right place, "
        "size and tilt, but one heap.",
        _gaussian,
    ),
    "mixture": SampleSource(
        "Gaussian mixture",
        "A density fitted to the held-out codes afterwards: repairs sampling from an AE "
        "(Ghosh et al. 2020).",
        _mixture,
    ),
    "kernels": SampleSource(
        "Kernel density",
        "A held-out code with a little noise around it: follows every island, and copies the most.",
        _kernels,
    ),
}
