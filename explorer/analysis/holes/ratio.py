"""The density of codes, and its ratio to the Gaussian fitted to them."""

import numpy as np

from explorer.analysis.geometry import CodeDensity, CodeGaussian, CodeKernels
from explorer.analysis.subject import Subject
from explorer.models.latent import Codes


def density_of(codes: Codes, stochastic: bool) -> CodeDensity | CodeKernels:
    """log q(z) of codes: the aggregate posterior, or a kernel density if they have no width. Either
    changes with the units of the codes as any density does, by a constant.

    Raises:
        ValueError: no code is finite.
    """
    if not stochastic:
        return CodeKernels.of(codes.mean)
    density = CodeDensity.of(codes, stochastic)
    if not len(density.means):
        raise ValueError("no code is finite, so they have no density")
    return density


def code_density(subject: Subject) -> CodeDensity | CodeKernels:
    """log q(z) of the codes of held-out images."""
    return density_of(subject.codes, subject.view.stochastic)


def code_gaussian(subject: Subject) -> CodeGaussian:
    """The Gaussian with the mean and covariance of q(z)."""
    return CodeGaussian.of(subject.codes.mean, subject.codes.scale)


def log_ratios(subject: Subject, codes: np.ndarray) -> np.ndarray:
    """log q(z) − log N(z; m, Σ) at codes z (n, d), (n,) nats: the density of the codes of images
    against that of the Gaussian fitted to them. It does not depend on the units of the codes.

    Raises:
        ValueError: no code is finite.
    """
    density, gaussian = subject.once(code_density), subject.once(code_gaussian)
    return density.log(codes) - gaussian.log(codes)
