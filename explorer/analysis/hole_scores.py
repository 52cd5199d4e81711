"""Holes of a model: what is known of places in its latent space, and its scores as numbers."""

from dataclasses import dataclass

import numpy as np

from explorer.analysis.fields import (
    Subject,
    first_reason,
    needs_images,
    needs_no_label,
    needs_standard_prior,
)
from explorer.analysis.fields.density_ratio import log_ratios
from explorer.analysis.geometry import Plane
from explorer.analysis.measures.components import Components, class_components
from explorer.analysis.measures.folds import Folds, folds
from explorer.analysis.measures.holes import HoleSignals
from explorer.analysis.measures.nearest import relative_distances
from explorer.datasets import DATASETS, ImageDataset
from explorer.models.latent import decode_means, encode_images, prior_draws
from explorer.specs import RunSpec
from explorer.training.estimate import flop_per_image
from explorer.training.loop import Trainer
from explorer.training.threads import one_thread

DRAWS = 4000  # from the prior: shares are exact to 0.8 % (one standard error) or better
SEED = 0
MOST_FLOP = 5e11  # of a run that is trained again with other seeds while somebody waits: seconds

undefined = first_reason(needs_no_label, needs_standard_prior, needs_images)


@dataclass(frozen=True)
class Structure:
    """How a model's plane keeps classes and neighbourhoods: its pieces and its folds."""

    components: Components
    folds: Folds


def hole_signals(subject: Subject, codes: np.ndarray) -> HoleSignals:
    """What is known of codes (n, d) of a subject that ``undefined`` does not object to."""
    images = decode_means(subject.model, codes)
    return HoleSignals(
        distance=relative_distances(images, subject.images),
        entropy=subject.classifier.entropy(images),
        log_ratio=log_ratios(subject, codes),
    )


def prior_signals(subject: Subject, draws: int = DRAWS, seed: int = SEED) -> HoleSignals:
    """What is known of draws from the prior; by one seed the same z for models of a dimension."""
    return hole_signals(subject, prior_draws(subject.model, draws, seed))


def structure(subject: Subject) -> Structure:
    """Pieces and folds of the held-out images' codes in the plane in which they are shown.

    Raises:
        ValueError: codes that are not finite, or too few.
    """
    codes, test = subject.codes, subject.images.test
    points = Plane.of(codes.mean).to_plane(codes.mean)
    return Structure(
        class_components(points, codes.labels, len(subject.images.classes)),
        folds(test.floats().numpy(), points),
    )


def can_retrain(run: RunSpec) -> bool:
    """Whether a run is so short that it can be repeated with other seeds while somebody waits: on
    an embedded data set, for some seconds."""
    source = DATASETS[run.dataset]
    if source.files:
        return False
    return flop_per_image(run.model) * source.training_images * run.training.epochs <= MOST_FLOP


def retrained(run: RunSpec, seed: int, dataset: ImageDataset) -> Subject:
    """A model trained anew from a run with another seed, and nothing else changed.

    Raises:
        ValueError: the spec does not fit the data set, or the loss blew up.
    """
    trainer = Trainer(run.replace({"seed": seed}), dataset)
    try:
        with one_thread():
            for _ in trainer:
                pass
    except RuntimeError as error:  # NonFiniteLoss among them
        raise ValueError(f"seed {seed}: {error}") from None
    model = trainer.model.to("cpu").eval()
    return Subject(model, encode_images(model, dataset.test), dataset)
