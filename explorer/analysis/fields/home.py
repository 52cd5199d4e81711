"""A field over the parts of the plane that pages show first."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from explorer.analysis.fields.base import PlaneField
from explorer.analysis.geometry import Box, Plane, box_grid, home_box
from explorer.analysis.holes.reference import reference_box
from explorer.analysis.subject import Subject, needs_prior

SIDE = 128  # cells along a side of a field

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class HomeField:
    """The values of a field over a box.

    Attributes:
        box: (4,) float64, xmin, xmax, ymin, ymax.
        values: (SIDE, SIDE) float16 at the centres of the box's cells, row 0 at the top; NaN where
            undefined.
    """

    box: np.ndarray
    values: np.ndarray

    @property
    def home(self) -> Box:
        """The box."""
        xmin, xmax, ymin, ymax = self.box.tolist()
        return xmin, xmax, ymin, ymax


def _halved(values: np.ndarray) -> np.ndarray:
    """Values as float16, of three digits; beyond ±65,504 they are infinite."""
    with np.errstate(over="ignore"):
        return values.astype(np.float16)


def over_box(box: Box, side: int, latent: Function, compute: Function) -> np.ndarray:
    """The values (side, side) over a box of a function from codes (n, d) to numbers (n,), where
    ``latent`` turns places (n, 2) into codes."""
    cells = box_grid(box, side).reshape(-1, 2)
    return compute(latent(cells)).reshape(side, side)


def home_of(subject: Subject) -> Box:
    """The part of the plane of a subject's codes that pages show first."""
    view, codes = subject.view, subject.all_codes.mean
    with_prior = view.standard_prior and view.dim == 2 and needs_prior(subject) is None
    return home_box(Plane.of(codes).to_plane(codes), with_prior)


# The parts of a plane over which a field can be computed: all codes, or nearly all the draws among
# which holes are counted.
PARTS: dict[str, Callable[[Subject], Box]] = {"home": home_of, "reference": reference_box}


def over_part(field: PlaneField, part: str) -> Callable[[Subject], HomeField]:
    """Computes a field over a part of PARTS of the plane of a subject's codes."""

    def compute(subject: Subject) -> HomeField:
        plane, box = Plane.of(subject.all_codes.mean), PARTS[part](subject)
        values = over_box(box, SIDE, plane.from_plane, partial(field.values, subject))
        return HomeField(np.array(box), _halved(values))

    return compute
