"""A small classifier of a data set's images, used to judge which class a decoded image shows.

It is trained on the training images with a fixed seed; its temperature is fitted on validation
images and its accuracy measured on test images. On images unlike the training data its prediction
is a guess, often with high confidence (Nguyen et al. 2015). The classifiers of the gallery's data
sets ship with the app; those of others are trained where their images are, and stored.
"""

from explorer.analysis.classifier.files import (
    SHIPPED,
    SHIPPED_SEEDS,
    classifier_folder,
    classifier_of,
    kept_classifier,
    ship_classifier,
    shipped_classifier,
)
from explorer.analysis.classifier.network import Classifier, ClassifierSpec
from explorer.analysis.classifier.training import train_classifier

__all__ = [
    "SHIPPED",
    "SHIPPED_SEEDS",
    "Classifier",
    "ClassifierSpec",
    "classifier_folder",
    "classifier_of",
    "kept_classifier",
    "ship_classifier",
    "shipped_classifier",
    "train_classifier",
]
