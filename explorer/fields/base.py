"""The contract of a field over the latent plane, and what fields share while one is computed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.datasets import ImageDataset
from explorer.latent import Codes
from explorer.models import Model


@dataclass(frozen=True, eq=False)
class Subject:
    """What a field is about.

    Attributes:
        model: the model.
        codes: its codes of the held-out images.
        dataset: the images it was trained on, or None where they are not on this machine.
    """

    model: Model
    codes: Codes
    dataset: ImageDataset | None = None


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
    """

    name: str
    title: str
    unit: str
    caption: str
    compute: Callable[[Subject, np.ndarray], np.ndarray]
    undefined: Callable[[Subject], str | None] = lambda subject: None


def needs_no_label(subject: Subject) -> str | None:
    """Why a field of D(z) alone has no value for a family that decodes with a label."""
    return "its decoder wants a label besides the code" if subject.model.needs_label else None


def needs_images(subject: Subject) -> str | None:
    """Why a field that looks at images has no value without them."""
    if subject.dataset is None:
        return "the images it was trained on are not on this machine"
    return None


def first_reason(*checks: Callable[[Subject], str | None]) -> Callable[[Subject], str | None]:
    """One check out of several: the reason of the first that objects."""
    return lambda subject: next((why for check in checks if (why := check(subject))), None)
