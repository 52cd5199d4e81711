"""Signals of holes under distributions of codes, and scores of the plane."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from explorer.analysis.geometry import Plane
from explorer.analysis.holes.components import Components, class_components
from explorer.analysis.holes.distributions import DISTRIBUTIONS, HEADLINE, Drawn
from explorer.analysis.holes.folds import Folds, folds
from explorer.analysis.holes.judge import Judge
from explorer.analysis.holes.verdict import HoleSignals
from explorer.analysis.subject import Subject, first_reason, needs_classes, needs_images
from explorer.datasets import ImageDataset
from explorer.specs import RunSpec
from explorer.training.loop import Trainer
from explorer.training.threads import one_thread

DRAWS = 4000  # of each distribution: the standard error of a share is at most 0.8 %
SEED = 0


def undefined(subject: Subject, name: str = HEADLINE) -> str | None:
    """Why holes under a distribution of DISTRIBUTIONS are not defined, or None if they are."""
    return first_reason(needs_images, DISTRIBUTIONS[name].undefined)(subject)


def no_clear_class(subject: Subject) -> str | None:
    """Why draws have no clear class, or None if they may have."""
    return first_reason(undefined, needs_classes)(subject)


def signals_under(subject: Subject, name: str = HEADLINE, seed: int = SEED) -> HoleSignals:
    """The signals of holes at DRAWS codes of a distribution of DISTRIBUTIONS, for which
    ``undefined`` must return None.

    Raises:
        ValueError: the codes or images do not allow it; the message says why.
    """
    return _judged(subject, name, DISTRIBUTIONS[name].draw(subject, DRAWS, seed))


def draws_under(subject: Subject, name: str = HEADLINE, seed: int = SEED) -> np.ndarray:
    """The codes (n, d) whose signals ``signals_under`` gives, in the same order."""
    return DISTRIBUTIONS[name].draw(subject, DRAWS, seed).codes


def signals_at(subject: Subject, codes: np.ndarray) -> HoleSignals:
    """The signals of holes at any codes (n, d), found as those of draws under HEADLINE: in a moment
    once ``meet_judges`` has run for the data set.

    Raises:
        ValueError: the codes or images do not allow it; the message says why.
    """
    return _judged(subject, HEADLINE, Drawn(codes))


def _judged(subject: Subject, name: str, drawn: Drawn) -> HoleSignals:
    density = DISTRIBUTIONS[name].log_density
    known = None if density is None else partial(density, subject)
    return Judge.of(subject).signals(drawn.codes, known, drawn.own, drawn.per)


def _under(name: str) -> Callable[[Subject], HoleSignals]:
    return lambda subject: signals_under(subject, name)


# Always the same functions, so that each runs once for a subject, whatever needs its signals.
SIGNALS = {name: _under(name) for name in DISTRIBUTIONS}


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
