"""Entropy of a classifier on the decoded image: whether it looks like a single class."""

import numpy as np

from explorer.analysis.fields.base import PlaneField, needs_classifier
from explorer.analysis.subject import Subject
from explorer.models.latent import decode_means


def _compute(subject: Subject, codes: np.ndarray) -> np.ndarray:
    return subject.classifier.entropy(decode_means(subject.view, codes))


FIELD = PlaneField(
    name="class-entropy",
    title="Class entropy",
    unit="nats",
    caption="How uncertain a small classifier, trained on the same training images, is about the "
    "class of D(z): 0 is certain, the log of the number of classes (2.3 for ten) a mere guess "
    "(Salimans et al. 2016 judge samples this way). High between classes and in smears; but a "
    "classifier can be certain about nonsense, so a low value proves nothing.",
    compute=_compute,
    undefined=needs_classifier,
    cost="seconds",
)
