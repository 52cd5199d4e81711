"""Nearest image: distance of the decoded image from the nearest real one."""

import numpy as np

from explorer.analysis.fields.base import PlaneField
from explorer.analysis.holes.nearest import real_images
from explorer.analysis.subject import Subject, needs_images
from explorer.models.latent import decode_means


def _compute(subject: Subject, codes: np.ndarray) -> np.ndarray:
    return real_images(subject.images).relative(decode_means(subject.view, codes))


FIELD = PlaneField(
    name="nearest-image",
    title="Distance to the nearest image",
    unit="× typical",
    caption="‖D(z) − x‖ over pixels to the nearest x of up to 10,000 held-out images, in units of "
    "the median distance between one of these and its nearest neighbour (after Cemgil et al. "
    "2020). At 1, D(z) is as near as another image would be. A blur may be near to many images "
    "without looking like one.",
    compute=_compute,
    undefined=needs_images,
    cost="seconds",
)
