"""Density of codes relative to their Gaussian: low where it draws codes of hardly any image."""

import numpy as np

from explorer.analysis.fields.base import PlaneField
from explorer.analysis.holes.ratio import log_ratios
from explorer.analysis.subject import Subject, needs_density

MOST = 10.0  # nats; a wider range would hide the differences near 0


def _compute(subject: Subject, codes: np.ndarray) -> np.ndarray:
    return np.clip(log_ratios(subject, codes), -MOST, MOST)


FIELD = PlaneField(
    name="density-ratio",
    title="log q(z) − log N(z)",
    unit="nats",
    caption="Log density of the held-out images' aggregate posterior minus that of the Gaussian "
    "with its mean and covariance (after Rosca et al. 2018, who compare with the prior; an "
    "autoencoder has none), clipped at ±10: far below 0 the Gaussian draws codes that hardly any "
    "image has. For a deterministic encoder, q(z) is a kernel density whose kernel has the shape "
    "of the codes' covariance × N^(−2/(d+4)) (Scott 1992), which hides finer gaps. It ignores the "
    "decoded image D(z).",
    compute=_compute,
    undefined=needs_density,
    cost="seconds",
)
