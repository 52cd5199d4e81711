"""Sources to sample codes from: prior, aggregate posterior, or a density fitted to the codes.

A source takes a subject and a request and returns codes (count, d). Fitted densities depend only on
``subject.codes``; so a subject with some of the codes fits them to these.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.analysis.geometry import CodeKernels
from explorer.analysis.holes.ratio import code_gaussian
from explorer.analysis.mixture import Mixture, fit_best_mixture, fit_mixture
from explorer.analysis.subject import Check, Subject, needs_density, needs_prior_draws
from explorer.models.latent import log_prior, prior_draws


@dataclass(frozen=True)
class Request:
    """How to sample: the number of codes, the seed, the temperature and the mixture components.

    ``temperature`` scales every standard deviation: 1 samples the source itself, 0 gives its
    centres. If ``components`` is None, the Bayesian information criterion chooses their number.
    """

    count: int = 64
    seed: int = 0
    temperature: float = 1.0
    components: int | None = 10


@dataclass(frozen=True)
class SampleSource:
    """A source of codes.

    Attributes:
        title: the name shown to users.
        help: a one-line explanation.
        draw: (subject, request) → codes (count, d).
        log_density: (subject, request, codes (n, d)) → log density of the source at temperature 1,
            (n,) nats; None if it is not known.
        undefined: why the source is not defined for a subject, or None if it is.
    """

    title: str
    help: str
    draw: Callable[[Subject, Request], np.ndarray]
    log_density: Callable[[Subject, Request, np.ndarray], np.ndarray] | None = None
    undefined: Check = lambda subject: None


def _prior(subject: Subject, request: Request) -> np.ndarray:
    return prior_draws(subject.view, request.count, request.seed, request.temperature)


def _log_prior(subject: Subject, request: Request, z: np.ndarray) -> np.ndarray:
    return np.full(len(z), np.nan) if subject.view.no_log_prior else log_prior(subject.view, z)


def _aggregate_posterior(subject: Subject, request: Request) -> np.ndarray:
    """q(z) = mean over images of q(z|x): choose random images, then sample their posteriors."""
    codes = subject.codes
    random = np.random.default_rng(request.seed)
    picked = random.integers(len(codes), size=request.count)
    noise = request.temperature * random.standard_normal((request.count, codes.mean.shape[1]))
    return (codes.mean[picked] + codes.scale[picked] * noise).astype(np.float32)


def _gaussian(subject: Subject, request: Request) -> np.ndarray:
    random = np.random.default_rng(request.seed)
    return subject.once(code_gaussian).draw(request.count, random, request.temperature)


def _log_gaussian(subject: Subject, request: Request, z: np.ndarray) -> np.ndarray:
    return subject.once(code_gaussian).log(z)


def _fitted_kernels(subject: Subject) -> CodeKernels:
    return CodeKernels.of(subject.codes.mean)


def _kernels(subject: Subject, request: Request) -> np.ndarray:
    random = np.random.default_rng(request.seed)
    return subject.once(_fitted_kernels).draw(request.count, random, request.temperature)


def _log_kernels(subject: Subject, request: Request, z: np.ndarray) -> np.ndarray:
    return subject.once(_fitted_kernels).log(z)


def best_mixture(subject: Subject) -> Mixture:
    """The mixture fitted to a subject's codes whose number of components suits them best."""
    return fit_best_mixture(subject.codes.mean)


def _mixture_of(subject: Subject, request: Request) -> Mixture:
    if request.components is None:
        return subject.once(best_mixture)
    return fit_mixture(subject.codes.mean, request.components)


def _mixture(subject: Subject, request: Request) -> np.ndarray:
    random = np.random.default_rng(request.seed)
    return _mixture_of(subject, request).draw(request.count, random, request.temperature)


def _log_mixture(subject: Subject, request: Request, z: np.ndarray) -> np.ndarray:
    return _mixture_of(subject, request).log(z)


SOURCES: dict[str, SampleSource] = {
    "prior": SampleSource(
        "Prior",
        "z ~ p(z), usually N(0, I): what a VAE is trained for. In an AE, draws fall into holes.",
        _prior,
        _log_prior,
        needs_prior_draws,
    ),
    "posterior": SampleSource(
        "Aggregate posterior",
        "The posterior of a random held-out image: where codes really lie.",
        _aggregate_posterior,
        undefined=needs_density,
    ),
    "gaussian": SampleSource(
        "One Gaussian",
        "A Gaussian with the mean and covariance of q(z), fitted to the held-out codes after "
        "training: the right place and extent, but a single mode.",
        _gaussian,
        _log_gaussian,
    ),
    "mixture": SampleSource(
        "Gaussian mixture",
        "A mixture fitted to the held-out codes after training: repairs sampling from an AE (Ghosh "
        "et al. 2020).",
        _mixture,
        _log_mixture,
    ),
    "kernels": SampleSource(
        "Kernel density",
        "A random held-out code plus a little noise: follows every cluster, but copies the most.",
        _kernels,
        _log_kernels,
    ),
}
