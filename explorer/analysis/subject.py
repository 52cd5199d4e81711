"""The input of every measure and field: a view of a model, with codes and images."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from explorer.analysis.classifier import (
    SHIPPED_SEEDS,
    Classifier,
    classifier_folder,
    classifier_of,
)
from explorer.analysis.geometry.metric import NO_GRADIENTS
from explorer.datasets import DatasetUnavailable, HeldOut, ImageDataset, Images
from explorer.models import Model, View
from explorer.models.latent import Codes, encode_images

T = TypeVar("T")

NO_IMAGES = "the images of its data set are not on this machine"
NO_TRAINING_IMAGES = "the images it was trained on are not on this machine"


@dataclass(frozen=True, eq=False)
class Subject:
    """A model to be measured, seen through one of its views.

    If the view is about one class, ``test``, ``train``, ``codes`` and the measures refer to that
    class; ``all_codes`` always has the codes of all held-out images.

    Attributes:
        view: the latent space to measure.
        all_codes: codes of all held-out images, each encoded with its own class.
        dataset: the data set the model was trained on, or only its held-out images, or None if
            neither is on this machine.
        load_whole: loads the whole data set, if ``dataset`` is only a part of what is here.
        validation: its loss on the validation images after each epoch of its training, nats per
            image, as far as they can be compared (``validation_curve``); () if not recorded.
        classifiers: the folder in which trained classifiers are stored.
    """

    view: View
    all_codes: Codes
    dataset: HeldOut | None = None
    load_whole: Callable[[], ImageDataset] | None = None
    validation: tuple[float, ...] = ()
    classifiers: Path = field(default_factory=classifier_folder)
    _known: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(
        cls,
        view: View,
        dataset: HeldOut,
        load_whole: Callable[[], ImageDataset] | None = None,
        validation: tuple[float, ...] = (),
    ) -> "Subject":
        """A view with the codes of a data set's held-out images."""
        return cls(view, encode_images(view, dataset.test), dataset, load_whole, validation)

    @property
    def model(self) -> Model:
        """The model."""
        return self.view.model

    @cached_property
    def codes(self) -> Codes:
        """Codes of the held-out images that the view is about."""
        return self.all_codes if self.view.about is None else self.all_codes[self.places]

    @cached_property
    def places(self) -> np.ndarray:
        """(n,) indices, among all held-out images, of those that the view is about."""
        labels, about = self.all_codes.labels, self.view.about
        return np.arange(len(labels)) if about is None else np.flatnonzero(labels == about)

    @property
    def images(self) -> HeldOut:
        """The held-out images; ``needs_images`` must have returned None for this subject."""
        if self.dataset is None:
            raise ValueError(NO_IMAGES)
        return self.dataset

    @cached_property
    def whole(self) -> ImageDataset:
        """The whole data set; ``needs_training_images`` must have returned None for this subject.

        Raises:
            ValueError: its files are broken.
        """
        if isinstance(self.dataset, ImageDataset):
            return self.dataset
        if self.load_whole is None:
            raise ValueError(NO_TRAINING_IMAGES)
        try:
            return self.load_whole()
        except DatasetUnavailable as error:
            raise ValueError(str(error)) from error

    @cached_property
    def test(self) -> Images:
        """The held-out images that the view is about, in the order of ``codes``."""
        return _part(self.images.test, self.view.about)

    @cached_property
    def train(self) -> Images:
        """The training images that the view is about."""
        return _part(self.whole.train, self.view.about)

    @property
    def classifier(self) -> Classifier:
        """The classifier of its data set: shipped, stored, or trained in a few seconds.

        Raises:
            ValueError: it would have to be trained, and the training images are not here.
        """
        return self.classifier_of(SHIPPED_SEEDS[0])

    def classifier_of(self, seed: int) -> Classifier:
        """The classifier of its data set that was trained with a seed; raises like the other."""
        return classifier_of(self.images, self.classifiers, seed)

    def knowing(self, results: "Mapping[Callable[[Subject], Any], Any]") -> "Subject":
        """The same subject, which need not compute these results of ``once`` any more."""
        self._known.update(results)
        return self

    def has(self, compute: "Callable[[Subject], object]") -> bool:
        """Whether ``once`` has computed it."""
        return compute in self._known

    def once(self, compute: "Callable[[Subject], T]") -> T:
        """``compute(self)``, computed once even if several measures need it."""
        if compute not in self._known:
            self._known[compute] = compute(self)
        return self._known[compute]


def _part(images: Images, about: int | None) -> Images:
    return images if about is None else images[(images.labels == about).nonzero()[:, 0]]


# A check returns the reason, for users, why a value is undefined for a subject, or None.
Check = Callable[[Subject], str | None]


def first_reason(*checks: Check) -> Check:
    """Several checks as one, which returns the first reason."""
    return lambda subject: next((why for check in checks if (why := check(subject))), None)


def needs_images(subject: Subject) -> str | None:
    """For quantities computed from held-out images."""
    return NO_IMAGES if subject.dataset is None else None


def needs_training_images(subject: Subject) -> str | None:
    """For quantities computed from the images that the model was trained on."""
    is_here = isinstance(subject.dataset, ImageDataset) or subject.load_whole is not None
    return None if is_here else NO_TRAINING_IMAGES


def needs_classes(subject: Subject) -> str | None:
    """For quantities that need classes or a classifier."""
    if subject.dataset is not None and not subject.dataset.classes:
        return "its images have no classes"
    return None


def needs_posterior(subject: Subject) -> str | None:
    """For integrals over q(z|x)."""
    return subject.view.no_posterior


def needs_density(subject: Subject) -> str | None:
    """For q(z), the mean of the posteriors, or a kernel density if codes are deterministic."""
    return subject.view.no_posterior if subject.view.stochastic else None


def needs_prior_draws(subject: Subject) -> str | None:
    """For quantities that need samples from p(z)."""
    return subject.view.no_sample_prior


def needs_prior(subject: Subject) -> str | None:
    """For quantities about the prior that the model was trained with. Codes may be drawn from
    N(0, I) without it, but that says as much about their units as about the model."""
    if subject.view.standard_prior and not subject.model.capabilities.stochastic:
        return "it was trained without a prior"
    return subject.view.no_sample_prior


def needs_gradients(subject: Subject) -> str | None:
    """For Jacobians and geodesics."""
    return None if subject.view.differentiable else NO_GRADIENTS
