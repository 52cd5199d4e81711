"""Density of codes against the prior: where one is drawn that hardly any image has."""

import numpy as np
import torch
from torch.distributions import Normal

from explorer.analysis.fields.base import PlaneField, Subject, needs_standard_prior
from explorer.analysis.geometry import CodeDensity

MOST = 10.0  # nats; beyond, nothing else could be told apart


def log_ratios(subject: Subject, codes: np.ndarray) -> np.ndarray:
    """log q(z) − log N(z; 0, I) at codes z (n, d), (n,) nats.

    Raises:
        ValueError: there is no finite code.
    """
    density = CodeDensity.of(subject.codes, subject.model.stochastic)
    if not len(density.means):
        raise ValueError("there is no finite code, hence no density")
    prior = Normal(0.0, 1.0).log_prob(torch.as_tensor(codes, dtype=torch.float64)).sum(1)
    return density.log(codes) - prior.numpy()


def _compute(subject: Subject, codes: np.ndarray) -> np.ndarray:
    return np.clip(log_ratios(subject, codes), -MOST, MOST)


FIELD = PlaneField(
    name="density-ratio",
    title="log q(z) − log p(z)",
    unit="nats",
    caption="The density of the held-out images' posteriors against that of N(0, I) (Rosca et al. "
    "2018), cut off at ±10: far below 0 the prior draws codes that hardly any image has. Of an "
    "encoder without posteriors it is a kernel density with Scott's bandwidth (each axis' standard "
    "deviation × N^(−1/(d+4))), which hides finer gaps. It knows nothing of the picture D(z).",
    compute=_compute,
    undefined=needs_standard_prior,
)
