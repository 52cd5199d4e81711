"""Density of codes relative to the prior: low where the prior draws codes of hardly any image."""

import numpy as np

from explorer.analysis.fields.base import PlaneField
from explorer.analysis.holes.ratio import log_ratios
from explorer.analysis.subject import Subject, first_reason, needs_density, needs_log_prior

MOST = 10.0  # nats; a wider range would hide the differences near 0


def _compute(subject: Subject, codes: np.ndarray) -> np.ndarray:
    return np.clip(log_ratios(subject, codes), -MOST, MOST)


FIELD = PlaneField(
    name="density-ratio",
    title="log q(z) − log p(z)",
    unit="nats",
    caption="Log density of the held-out images' aggregate posterior minus that of the prior "
    "(Rosca et al. 2018), clipped at ±10: far below 0 the prior draws codes that hardly any image "
    "has. For a deterministic encoder, q(z) is a kernel density with Scott's bandwidth (standard "
    "deviation of each axis × N^(−1/(d+4))), which hides finer gaps. It ignores the decoded image "
    "D(z).",
    compute=_compute,
    undefined=first_reason(needs_density, needs_log_prior),
)
