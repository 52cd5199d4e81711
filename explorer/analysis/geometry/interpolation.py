"""Paths of codes through pins: straight ones, and arcs that keep the length of a typical code."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

# An arc needs two directions that span one plane: sin θ below this, they are as good as parallel.
PARALLEL = 1e-6


def interpolate(points: ArrayLike, steps: int, kind: str = "linear") -> np.ndarray:
    """Codes along a path through pins.

    Every segment between two pins takes an equal share of the path, however long it is, so a pin
    keeps its place on the slider when another one is moved. The first and the last code are the
    first and the last pin exactly. The pins between are met exactly where the steps allow it: when
    ``steps - 1`` is a multiple of the number of segments.

    Args:
        points: (K, d) pins, K ≥ 2.
        steps: codes along the path, both ends counted, ≥ 2.
        kind: a name in INTERPOLATIONS.

    Returns:
        (steps, d) float64 codes.

    Raises:
        ValueError: fewer than two pins or steps, or an unknown kind.
    """
    pins = np.asarray(points, dtype=np.float64)  # (K, d)
    if pins.ndim != 2 or len(pins) < 2:
        raise ValueError(f"a path needs at least two pins (K, d), not an array {pins.shape}")
    if steps < 2:
        raise ValueError(f"a path needs at least two steps, not {steps}")
    if kind not in INTERPOLATIONS:
        raise ValueError(f"kind: {kind!a} is unknown; known are {', '.join(INTERPOLATIONS)}")
    segments = len(pins) - 1
    position = np.arange(steps) * segments / (steps - 1)  # (steps,) from 0 to K − 1
    segment = np.minimum(position.astype(int), segments - 1)
    share = (position - segment)[:, None]  # (steps, 1) of the segment, in [0, 1]
    return INTERPOLATIONS[kind](pins[segment], pins[segment + 1], share)


def _linear(start: np.ndarray, end: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The straight line."""
    return (1 - share) * start + share * end


def _spherical(start: np.ndarray, end: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Great-circle arcs (Shoemake 1985), used for latent codes by White (2016).

    The straight line between two draws of N(0, I) passes nearer to the origin than draws do in high
    dimensions; the arc does not. Direction goes along the arc at constant speed, length from one
    to the other linearly. Where no arc is defined, the line is taken: the directions agree, are
    opposite, or one pin is the origin.
    """
    lengths = [np.linalg.norm(codes, axis=1, keepdims=True) for codes in (start, end)]
    safe = [np.where(length > 0, length, 1.0) for length in lengths]
    cosine = np.sum(start / safe[0] * (end / safe[1]), axis=1, keepdims=True).clip(-1, 1)
    angle = np.arccos(cosine)
    sine = np.sin(angle)
    defined = (np.minimum(*lengths) > 0) & (sine > PARALLEL)
    divisor = np.where(defined, sine, 1.0)
    length = (1 - share) * lengths[0] + share * lengths[1]
    arc = (
        np.sin((1 - share) * angle) / divisor * (length / safe[0]) * start
        + np.sin(share * angle) / divisor * (length / safe[1]) * end
    )
    return np.where(defined, arc, _linear(start, end, share))


# (N, d) starts, (N, d) ends and (N, 1) shares in [0, 1] → (N, d) codes.
INTERPOLATIONS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "linear": _linear,
    "spherical": _spherical,
}
