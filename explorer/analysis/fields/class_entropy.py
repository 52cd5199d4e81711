"""Entropy of a classifier on the decoded picture: whether it looks like one class at all."""

import numpy as np

from explorer.analysis.fields.base import PlaneField, needs_classifier
from explorer.analysis.subject import Subject
from explorer.models.latent import decode_means


def _compute(subject: Subject, codes: np.ndarray) -> np.ndarray:
    return subject.classifier.entropy(decode_means(subject.view, codes))


FIELD = PlaneField(
    name="class-entropy",
    title="Entropy of the class",
    unit="nats",
    caption="How unsure a small classifier, trained here on the training images, is of the class "
    "of D(z): 0 is sure, the log of the number of classes (2.3 for ten) a mere guess (Salimans et "
    "al. 2016 judge samples so). High between classes and in smears; but a classifier can be sure "
    "of nonsense, so a low value is no proof.",
    compute=_compute,
    undefined=needs_classifier,
)
