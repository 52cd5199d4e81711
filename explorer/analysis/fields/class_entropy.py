"""Entropy of a classifier on the decoded picture: whether it looks like one class at all."""

import numpy as np

from explorer.analysis.fields.base import PlaneField, Subject, needs_images_and_no_label
from explorer.models.latent import decode_means


def _compute(subject: Subject, codes: np.ndarray) -> np.ndarray:
    return subject.classifier.entropy(decode_means(subject.model, codes))


FIELD = PlaneField(
    name="class-entropy",
    title="Entropy of the class",
    unit="nats",
    caption="How unsure a small classifier, trained here on the training images, is of the class "
    "of D(z): 0 is sure, log 10 = 2.3 a guess among ten (Salimans et al. 2016 judge samples so). "
    "High between classes and in smears; but a classifier can be sure of nonsense, so a low value "
    "is no proof.",
    compute=_compute,
    undefined=needs_images_and_no_label,
)
