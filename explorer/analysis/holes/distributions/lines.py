"""Points of straight lines between pairs of codes, as in an interpolation of two images."""

import numpy as np

from explorer.analysis.holes.distributions.base import CodeDistribution, Drawn
from explorer.analysis.subject import Subject

POINTS = 32  # of each line, evenly spaced; with half as many, fewer crossings are noticed
_FEWER = 12  # draws per line: points of one line resemble each other


def _draw(subject: Subject, count: int, seed: int) -> Drawn:
    means = subject.codes.mean
    random = np.random.default_rng(seed)
    lines = max(1, count // _FEWER)
    start = random.integers(len(means), size=lines)
    end = (start + random.integers(1, max(2, len(means)), size=lines)) % len(means)  # another one
    along = (np.arange(POINTS) + 0.5) / POINTS
    share = along[:, None]  # (POINTS, 1)
    codes = (1 - share) * means[start, None] + share * means[end, None]  # (lines, POINTS, d)
    ends = np.where(along < 0.5, start[:, None], end[:, None])
    places = subject.places[ends.reshape(-1)]
    return Drawn(codes.reshape(-1, means.shape[1]).astype(np.float32), places, POINTS)


DISTRIBUTION = CodeDistribution(
    name="lines",
    title="Straight lines between two codes",
    measure="line_hole_mass",
    unit="% of points",
    help=f"{POINTS} evenly spaced points on the line between the mean codes of two random held-out "
    "images. No decoded image is compared with the nearer of the two.",
    draw=_draw,
    no_density="points of lines have no density in closed form",
)
