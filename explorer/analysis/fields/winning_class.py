"""Winning class: what a classifier takes the decoded picture for."""

import numpy as np

from explorer.analysis.fields.base import PlaneField, needs_classifier
from explorer.analysis.subject import Subject
from explorer.models.latent import decode_means


def _compute(subject: Subject, codes: np.ndarray) -> np.ndarray:
    return subject.classifier.winners(decode_means(subject.view, codes)).astype(np.float64)


FIELD = PlaneField(
    name="winning-class",
    title="Winning class",
    unit="most probable class",
    caption="What a small classifier, trained here on the training images, takes D(z) for. It must "
    "name one even where D(z) looks like nothing: see how sure it is in the entropy "
    "(Nguyen et al. 2015 show how sure it can be of nonsense).",
    compute=_compute,
    undefined=needs_classifier,
    is_class=True,
)
