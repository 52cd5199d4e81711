"""Winning class: the class that a classifier predicts for the decoded image."""

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
    caption="The class that a small classifier, trained on the same training images, predicts for "
    "D(z). It names one even where D(z) looks like nothing; the entropy shows how certain it is "
    "(Nguyen et al. 2015 show how certain it can be about nonsense).",
    compute=_compute,
    undefined=needs_classifier,
    is_class=True,
    cost="seconds",
)
