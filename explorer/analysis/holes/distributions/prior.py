"""The prior p(z) that a model was trained with."""

import numpy as np

from explorer.analysis.holes.distributions.base import CodeDistribution, Drawn
from explorer.analysis.subject import Subject, needs_prior
from explorer.models.latent import log_prior, prior_draws


def _draw(subject: Subject, count: int, seed: int) -> Drawn:
    return Drawn(prior_draws(subject.view, count, seed))


def _log_density(subject: Subject, codes: np.ndarray) -> np.ndarray:
    if subject.view.no_log_prior:
        return np.full(len(codes), np.nan)
    return log_prior(subject.view, codes)


DISTRIBUTION = CodeDistribution(
    name="prior",
    title="Prior",
    measure="prior_hole_mass",
    unit="% of draws",
    help="p(z), from which the model is meant to be sampled (Rosca et al. 2018). An autoencoder is "
    "trained without one: what falls into holes under N(0, I) depends on the units of its codes.",
    draw=_draw,
    log_density=_log_density,
    undefined=needs_prior,
)
