"""Accuracy of a 10-nearest-neighbour classifier on the codes."""

import math

from explorer.analysis.measures.base import Measure, Value
from explorer.analysis.subject import Subject, first_reason, needs_classes, needs_training_images
from explorer.models.latent import encode_images

NEIGHBOURS = 10


def _compute(subject: Subject) -> Value:
    from sklearn.neighbors import KNeighborsClassifier

    train = encode_images(subject.view, subject.whole.train)
    test = subject.all_codes
    classifier = KNeighborsClassifier(NEIGHBOURS).fit(train.mean, train.labels)
    share = float(classifier.score(test.mean, test.labels))
    return Value(share, math.sqrt(share * (1 - share) / len(test)))


MEASURE = Measure(
    name="knn_accuracy",
    title="kNN accuracy",
    unit="share of test images",
    help="Test images whose class wins the vote of the 10 nearest training codes (k nearest "
    "neighbours). After collapse "
    "it is still 0.2–0.4, due to traces too small to decode: read it along with KL and active "
    "units.",
    compute=_compute,
    undefined=first_reason(needs_training_images, needs_classes),
    decimals=3,
    expert=True,
)
