"""The paths that a first visit of a model shows, between the middles of two classes."""

from collections.abc import Callable

import numpy as np

from explorer.analysis.fields import home_of
from explorer.analysis.geometry import PATHS, Landscape, Path, Plane, middle_images, path_through
from explorer.analysis.subject import Subject

PINS = 2


def first_pins(subject: Subject) -> np.ndarray:
    """The codes (2, d) between which paths are shown first; fewer if there are fewer images."""
    codes = subject.all_codes
    points = Plane.of(codes.mean).to_plane(codes.mean)
    chosen = middle_images(points, codes.labels, PINS)
    return codes.mean[chosen].astype(np.float64)


def landscape_of(subject: Subject) -> Landscape:
    """The landscape of a subject's codes over the part of the plane that pages show first."""
    return Landscape(subject.view, subject.codes, home_of(subject))


def _first(kind: str) -> Callable[[Subject], Path]:
    def compute(subject: Subject) -> Path:
        return path_through(subject.once(landscape_of), subject.once(first_pins), kind)

    return compute


# Paths of the kinds that take a while to find; always the same functions, so that each runs once
# for a subject.
FIRST_PATHS = {name: _first(name) for name, kind in PATHS.items() if kind.searched}
