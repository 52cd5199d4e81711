"""Magnification: the factor by which the decoder scales areas of the plane in pixel space."""

import numpy as np

from explorer.analysis.fields.base import PlaneField
from explorer.analysis.geometry import Plane, directions, metric
from explorer.analysis.subject import Subject, needs_gradients


def _compute(subject: Subject, codes: np.ndarray) -> np.ndarray:
    axes = directions(Plane.of(subject.all_codes.mean))
    values = metric(subject.view, codes, axes).magnification
    return np.log10(values, where=values > 0, out=np.full(len(codes), np.nan))


FIELD = PlaneField(
    name="magnification",
    title="Magnification",
    unit="log₁₀ √det JᵀJ",
    caption="√det JᵀJ with J = ∂D/∂z along the plane: pixel area per latent area (Arvanitidis et "
    "al. 2018). Bright ridges are where the image changes fast, usually at borders between "
    "classes.",
    compute=_compute,
    undefined=needs_gradients,
    cost="seconds",
)
