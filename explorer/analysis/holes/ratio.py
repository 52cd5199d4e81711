"""The density of codes relative to that of the prior."""

import numpy as np

from explorer.analysis.geometry import CodeDensity
from explorer.analysis.subject import Subject
from explorer.models.latent import log_prior


def log_ratios(subject: Subject, codes: np.ndarray) -> np.ndarray:
    """log q(z) − log p(z) at codes z (n, d), (n,) nats.

    Raises:
        NotDefined: the prior has no density.
        ValueError: no code is finite.
    """
    density = subject.once(_density)
    if not len(density.means):
        raise ValueError("no code is finite, so they have no density")
    return density.log(codes) - log_prior(subject.view, codes)


def _density(subject: Subject) -> CodeDensity:
    return CodeDensity.of(subject.codes, subject.view.stochastic)
