"""Magnification: how much of pixel space the decoder makes of a piece of the plane."""

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
    caption="√det JᵀJ, J = ∂D/∂z along the plane: how much pixel area a piece of latent area "
    "becomes (Arvanitidis et al. 2018). Bright ridges are where the picture changes fast: borders "
    "between classes, as a rule.",
    compute=_compute,
    undefined=needs_gradients,
)
