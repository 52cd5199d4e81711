"""Reconstructions of real images, judged like draws: the floor."""

import numpy as np

from explorer.analysis.holes.distributions.base import CodeDistribution, Drawn
from explorer.analysis.subject import Subject


def _draw(subject: Subject, count: int, seed: int) -> Drawn:
    total = len(subject.codes)
    index = np.random.default_rng(seed).permutation(total)[:count]
    return Drawn(subject.codes.mean[index].astype(np.float32), own=subject.places[index])


DISTRIBUTION = CodeDistribution(
    name="reconstructions",
    title="Reconstructed images (the floor)",
    measure="reconstruction_hole_mass",
    unit="% of images",
    help="Mean codes of held-out images, judged the same way. No decoded image is "
    "compared with its original. What is counted here is no hole but the criteria's false alarms, "
    "or an image that the model cannot draw.",
    draw=_draw,
    no_density="these are codes of images, which are nowhere rare among themselves",
)
