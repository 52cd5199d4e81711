"""Blur: how far the decoded image is from the mean of the images that the code could stand for."""

import numpy as np

from explorer.analysis.fields.base import PlaneField, Subject, needs_images_and_no_label
from explorer.analysis.geometry import Meant, blur_distance
from explorer.models.latent import decode_means


def _compute(subject: Subject, codes: np.ndarray) -> np.ndarray:
    assert subject.dataset
    meant = Meant.of(subject.model, subject.dataset.train)
    return blur_distance(meant, codes, decode_means(subject.model, codes))


FIELD = PlaneField(
    name="blur",
    title="Off the optimal decoder",
    unit="pixel units",
    caption="‖D(z) − μ*(z)‖, μ*(z) = Σ q(z|xᵢ)xᵢ / Σ q(z|xᵢ) over the training images: the decoder "
    "of least squared error, blurred where posteriors overlap. Without a posterior a kernel of "
    "Scott's width stands for it.",
    compute=_compute,
    undefined=needs_images_and_no_label,
)
