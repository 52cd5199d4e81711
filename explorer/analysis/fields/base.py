"""The contract of a field over the latent plane, and what fields share while one is computed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from explorer.analysis.classifier import Classifier, classifier_folder, classifier_of
from explorer.datasets import ImageDataset
from explorer.models import Model
from explorer.models.latent import Codes


@dataclass(frozen=True, eq=False)
class Subject:
    """What a field is about.

    Attributes:
        model: the model.
        codes: its codes of the held-out images.
        dataset: the images it was trained on, or None where they are not on this machine.
        classifiers: the folder in which trained classifiers are kept.
    """

    model: Model
    codes: Codes
    dataset: ImageDataset | None = None
    classifiers: Path = field(default_factory=classifier_folder)

    @property
    def images(self) -> ImageDataset:
        """The images, of a subject that ``needs_images`` does not object to."""
        if self.dataset is None:
            raise ValueError("the images are not on this machine")
        return self.dataset

    @property
    def classifier(self) -> Classifier:
        """The classifier of its data set; trained, which takes seconds, if there is none yet."""
        return classifier_of(self.images, self.classifiers)


@dataclass(frozen=True)
class PlaneField:
    """A number for each place of a latent plane.

    Attributes:
        name: the name in addresses and on the command line.
        title: the name shown to people.
        unit: what it is counted in.
        caption: what it tells and what it does not, in a sentence or two.
        compute: from a subject and codes (n, d) to the values (n,), NaN where there is none.
        undefined: why it is not defined for a subject, or None if it is.
        is_class: whether the values are classes, by their number, and no quantity.
    """

    name: str
    title: str
    unit: str
    caption: str
    compute: Callable[[Subject, np.ndarray], np.ndarray]
    undefined: Callable[[Subject], str | None] = lambda subject: None
    is_class: bool = False


def needs_no_label(subject: Subject) -> str | None:
    """Why a field of D(z) alone has no value for a family that decodes with a label."""
    return "its decoder wants a label besides the code" if subject.model.needs_label else None


def needs_images(subject: Subject) -> str | None:
    """Why a field that looks at images has no value without them."""
    if subject.dataset is None:
        return "the images it was trained on are not on this machine"
    return None


def needs_standard_prior(subject: Subject) -> str | None:
    """Why a field of the prior's density has no value where it is not N(0, I)."""
    if subject.model.needs_label:
        return "its prior may depend on the label"
    if len(subject.model.levels) > 1:
        return "its prior is a hierarchy, whose density is not known in closed form"
    return None


def first_reason(*checks: Callable[[Subject], str | None]) -> Callable[[Subject], str | None]:
    """One check out of several: the reason of the first that objects."""
    return lambda subject: next((why for check in checks if (why := check(subject))), None)


needs_images_and_no_label = first_reason(needs_no_label, needs_images)  # what D(z) is compared with
