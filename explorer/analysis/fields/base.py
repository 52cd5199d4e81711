"""The contract of a field over the latent plane."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.analysis.subject import Check, Subject, first_reason, needs_classes, needs_images
from explorer.models.latent import in_batches


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
    undefined: Check = lambda subject: None
    is_class: bool = False

    def values(self, subject: Subject, codes: np.ndarray) -> np.ndarray:
        """The values (n,) at any number of codes (n, d), of which a bounded number are decoded at a
        time."""
        parts = [self.compute(subject, part) for part in in_batches(subject.view, codes)]
        return np.concatenate(parts) if parts else np.zeros(0)


needs_classifier = first_reason(needs_images, needs_classes)
