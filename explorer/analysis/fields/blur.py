"""Blur: how far the decoded image is from the mean of the images that the code could stand for."""

import numpy as np

from explorer.analysis.fields.base import PlaneField
from explorer.analysis.geometry import Meant, blur_distance
from explorer.analysis.subject import Subject, first_reason, needs_density, needs_images
from explorer.models.latent import decode_means

needs_images_and_density = first_reason(needs_density, needs_images)


def _compute(subject: Subject, codes: np.ndarray) -> np.ndarray:
    meant = subject.once(optimal_decoder)
    return blur_distance(meant, codes, decode_means(subject.view, codes))


def optimal_decoder(subject: Subject) -> Meant:
    """The training images and where the encoder puts them."""
    return Meant.of(subject.view, subject.train)


FIELD = PlaneField(
    name="blur",
    title="Off the optimal decoder",
    unit="pixel units",
    caption="‖D(z) − μ*(z)‖, μ*(z) = Σ q(z|xᵢ)xᵢ / Σ q(z|xᵢ) over the training images: the decoder "
    "of least squared error, blurred where posteriors overlap. Without a posterior a kernel of "
    "Scott's width stands for it.",
    compute=_compute,
    undefined=needs_images_and_density,
)
