"""Linear and spherical interpolation of codes between pins."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

# An arc needs two directions that span a plane; if sin θ is smaller, they count as parallel.
PARALLEL = 1e-6


def interpolate(points: ArrayLike, steps: int, kind: str = "linear") -> np.ndarray:
    """Codes along a path through pins.

    Every segment between two pins takes an equal share of the path, whatever its length, so a pin
    keeps its position on the slider when another one is moved. The first and last code are exactly
    the first and last pin. The inner pins are met exactly if ``steps - 1`` is a multiple of the
    number of segments.

    Args:
        points: (K, d) pins, K ≥ 2.
        steps: codes along the path, including both ends, ≥ 2.
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

    In high dimensions the straight line between two samples of N(0, I) passes closer to the origin
    than samples lie; the arc does not. The direction moves along the arc at constant speed and the
    length changes linearly. The straight line is used where no arc is defined: if the directions
    are equal or opposite, or one pin is the origin.
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
