"""Density of codes against the prior: where one is drawn that hardly any image has."""

import numpy as np

from explorer.analysis.fields.base import PlaneField
from explorer.analysis.holes.ratio import log_ratios
from explorer.analysis.subject import Subject, first_reason, needs_density, needs_log_prior

MOST = 10.0  # nats; beyond, nothing else could be told apart


def _compute(subject: Subject, codes: np.ndarray) -> np.ndarray:
    return np.clip(log_ratios(subject, codes), -MOST, MOST)


FIELD = PlaneField(
    name="density-ratio",
    title="log q(z) − log p(z)",
    unit="nats",
    caption="The density of the held-out images' posteriors against the prior's (Rosca et al. "
    "2018), cut off at ±10: far below 0 the prior draws codes that hardly any image has. Of an "
    "encoder without posteriors it is a kernel density with Scott's bandwidth (each axis' standard "
    "deviation × N^(−1/(d+4))), which hides finer gaps. It knows nothing of the picture D(z).",
    compute=_compute,
    undefined=first_reason(needs_density, needs_log_prior),
)
