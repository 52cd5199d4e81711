"""Condition number: how unequally directions in the plane change the decoded image."""

import numpy as np

from explorer.analysis.fields.base import PlaneField
from explorer.analysis.geometry import Plane, directions, metric
from explorer.analysis.subject import Subject, first_reason, needs_gradients


def _compute(subject: Subject, codes: np.ndarray) -> np.ndarray:
    axes = directions(Plane.of(subject.all_codes.mean))
    values = metric(subject.view, codes, axes).condition
    return np.where(np.isfinite(values), np.log10(values), np.nan)


def _needs_two_dimensions(subject: Subject) -> str | None:
    if subject.view.dim < 2:
        return "with one latent dimension there is no second direction to compare"
    return None


FIELD = PlaneField(
    name="condition",
    title="Condition number",
    unit="log₁₀ s₁/s₂",
    caption="s₁/s₂, the ratio of the singular values of J = ∂D/∂z along the plane: 1 (shown as 0) "
    "where all directions change the image equally, large where one of them hardly changes it.",
    compute=_compute,
    undefined=first_reason(needs_gradients, _needs_two_dimensions),
    cost="seconds",
)
