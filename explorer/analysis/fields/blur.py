"""Blur: distance of the decoded image from the mean of the images that the code may represent."""

import numpy as np

from explorer.analysis.fields.base import PlaneField
from explorer.analysis.geometry import Meant, blur_distance
from explorer.analysis.subject import (
    Subject,
    first_reason,
    needs_density,
    needs_images,
    needs_training_images,
)
from explorer.models.latent import decode_means

needs_images_and_density = first_reason(needs_density, needs_images)


def _compute(subject: Subject, codes: np.ndarray) -> np.ndarray:
    meant = subject.once(optimal_decoder)
    return blur_distance(meant, codes, decode_means(subject.view, codes))


def optimal_decoder(subject: Subject) -> Meant:
    """The training images and their posteriors, or the held-out images where those are missing."""
    images = subject.test if needs_training_images(subject) else subject.train
    return Meant.of(subject.view, images)


FIELD = PlaneField(
    name="blur",
    title="Distance to the optimal decoder",
    unit="pixel units",
    caption="‖D(z) − μ*(z)‖, where μ*(z) = Σ q(z|xᵢ)xᵢ / Σ q(z|xᵢ) over the training images (over "
    "the held-out ones, where those are not on this machine) is the decoder with the least squared "
    "error, blurred where posteriors overlap. For a deterministic "
    "encoder, kernels with Scott's bandwidth replace the posteriors.",
    compute=_compute,
    undefined=needs_images_and_density,
)
