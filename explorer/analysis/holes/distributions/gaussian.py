"""The Gaussian fitted to the codes: the headline, as every model has one."""

import numpy as np

from explorer.analysis.holes.distributions.base import CodeDistribution, Drawn
from explorer.analysis.holes.ratio import code_gaussian
from explorer.analysis.subject import Subject


def _draw(subject: Subject, count: int, seed: int) -> Drawn:
    return Drawn(subject.once(code_gaussian).draw(count, np.random.default_rng(seed)))


def _log_density(subject: Subject, codes: np.ndarray) -> np.ndarray:
    return subject.once(code_gaussian).log(codes)


DISTRIBUTION = CodeDistribution(
    name="gaussian",
    title="Gaussian fitted to the codes",
    measure="hole_mass",
    unit="% of draws",
    help="N(m, Σ) with the mean and covariance of q(z), so it lies where the codes lie, whatever "
    "their units (the simplest density of Ghosh et al. 2020).",
    draw=_draw,
    log_density=_log_density,
)
