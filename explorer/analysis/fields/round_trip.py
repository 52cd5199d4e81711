"""Round trip: how far a code moves when it is decoded and encoded again."""

import numpy as np

from explorer.analysis.fields.base import PlaneField
from explorer.analysis.geometry import round_trip
from explorer.analysis.subject import Subject


def _compute(subject: Subject, codes: np.ndarray) -> np.ndarray:
    return round_trip(subject.view, codes)


FIELD = PlaneField(
    name="round-trip",
    title="Round-trip error",
    unit="latent units",
    caption="‖E(D(z)) − z‖: how far a code moves when it is decoded and encoded again (Cemgil et "
    "al. 2020). A small error does not by itself mean that D(z) looks like an image.",
    compute=_compute,
)
