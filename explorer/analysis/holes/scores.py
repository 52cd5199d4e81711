"""Signals of holes at codes of a model's latent space, and its scores."""

from collections.abc import Mapping

import numpy as np

from explorer.analysis.geometry import Plane
from explorer.analysis.holes.components import Components, class_components
from explorer.analysis.holes.folds import Folds, folds
from explorer.analysis.holes.nearest import relative_distances
from explorer.analysis.holes.ratio import log_ratios
from explorer.analysis.holes.verdict import HoleSignals
from explorer.analysis.subject import (
    Subject,
    first_reason,
    needs_classes,
    needs_density,
    needs_images,
    needs_log_prior,
    needs_prior_draws,
)
from explorer.datasets import ImageDataset
from explorer.models.latent import decode_means, in_batches, prior_draws
from explorer.specs import RunSpec
from explorer.training.loop import Trainer
from explorer.training.threads import one_thread

DRAWS = 4000  # from the prior: the standard error of a share is at most 0.8 %
SEED = 0

undefined = first_reason(needs_images, needs_prior_draws)
no_clear_class = first_reason(undefined, needs_classes)
no_ratio = first_reason(needs_density, needs_log_prior)


def hole_signals(subject: Subject, codes: np.ndarray) -> HoleSignals:
    """The signals of holes at codes (n, d); ``undefined(subject)`` must be None. The entropy is NaN
    if its images have no classes, the log ratio if its codes or its prior have no density."""
    distances, entropies = [], []
    for part in in_batches(subject.view, codes):
        images = decode_means(subject.view, part)
        distances.append(relative_distances(images, subject.images))
        if not needs_classes(subject):
            entropies.append(subject.classifier.entropy(images))
    unknown = np.full(len(codes), np.nan)
    return HoleSignals(
        distance=np.concatenate([*distances, unknown[:0]]),
        entropy=np.concatenate(entropies) if entropies else unknown,
        log_ratio=unknown if no_ratio(subject) else log_ratios(subject, codes),
    )


def prior_signals(subject: Subject, draws: int = DRAWS, seed: int = SEED) -> HoleSignals:
    """The signals at draws from the prior; z depends only on the seed and the prior."""
    return hole_signals(subject, prior_draws(subject.view, draws, seed))


def pieces(subject: Subject) -> Components:
    """The connected pieces of each class in the plane in which codes are shown."""
    codes = subject.all_codes
    points = Plane.of(codes.mean).to_plane(codes.mean)
    return class_components(points, codes.labels, len(subject.images.classes))


def plane_folds(subject: Subject) -> Folds:
    """Folds and tears of the held-out images in the plane in which their codes are shown.

    Raises:
        ValueError: a code is not finite, or there are too few.
    """
    codes = subject.all_codes
    points = Plane.of(codes.mean).to_plane(codes.mean)
    return folds(subject.images.test.pixels.cpu().numpy(), points)


def retrained(
    run: RunSpec, seed: int, dataset: ImageDataset, choices: Mapping[str, str] | None = None
) -> Subject:
    """A model retrained with another seed, and nothing else changed, seen through the view with
    these choices.

    Raises:
        ValueError: the spec does not fit the data set, or the loss diverged.
    """
    trainer = Trainer(run.replace({"seed": seed}), dataset)
    try:
        with one_thread():
            for _ in trainer:
                pass
    except RuntimeError as error:  # includes NonFiniteLoss
        raise ValueError(f"seed {seed}: {error}") from None
    return Subject.of(trainer.model.to("cpu").eval().view(dataset.test, **(choices or {})), dataset)
