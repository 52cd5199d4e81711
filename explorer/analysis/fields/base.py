"""The contract of a field over the latent plane."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.analysis.subject import Check, Subject, first_reason, needs_classes, needs_images


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


needs_classifier = first_reason(needs_images, needs_classes)
