"""The interface of fields over the latent plane."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from explorer.analysis.subject import Check, Subject, first_reason, needs_classes, needs_images
from explorer.models.latent import in_batches


@dataclass(frozen=True)
class PlaneField:
    """A value at each point of a latent plane.

    Attributes:
        name: used in URLs and on the command line.
        title: the name shown to users.
        unit: the unit of its values.
        caption: what it shows and what it does not, in a sentence or two.
        compute: (subject, codes (n, d)) → values (n,), NaN where undefined.
        undefined: why it is not defined for a subject, or None if it is.
        is_class: whether the values are class indices instead of a quantity.
        cost: how long a page's plane takes on a laptop.
    """

    name: str
    title: str
    unit: str
    caption: str
    compute: Callable[[Subject, np.ndarray], np.ndarray]
    undefined: Check = lambda subject: None
    is_class: bool = False
    cost: Literal["instant", "seconds"] = "instant"

    def values(self, subject: Subject, codes: np.ndarray) -> np.ndarray:
        """The values (n,) at any number of codes (n, d), decoded in batches of bounded size."""
        parts = [self.compute(subject, part) for part in in_batches(subject.view, codes)]
        return np.concatenate(parts) if parts else np.zeros(0)


needs_classifier = first_reason(needs_images, needs_classes)
