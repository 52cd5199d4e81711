"""A latent plane as a small picture, for pages with so many that charts would be slow."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage

_DOT = np.array([[0.4, 0.8, 0.4], [0.8, 1.0, 0.8], [0.4, 0.8, 0.4]])  # ink of one code, per pixel
_INK = 1.2  # a single code has the opacity 1 − e^−_INK at its centre
_LINE = (128, 128, 128)  # visible on light and dark backgrounds
_LINE_ALPHA = 0.45
_LINE_WIDTH = 1.5  # pixels


def plane_picture(
    points: ArrayLike,
    labels: ArrayLike,
    colours: Sequence[str],
    box: tuple[float, float, float, float],
    side: int = 240,
    rings: Sequence[float] = (),
) -> np.ndarray:
    """Codes as dots in class colours on a transparent background: (side, side, 4) uint8, RGBA.

    Where dots overlap, colours mix in proportion to the number of dots, so that no class hides
    another because it is drawn later.

    Args:
        points: (N, 2) points in the plane; those that are not finite or outside are left out.
        labels: (N,) classes.
        colours: ``#rrggbb`` per class.
        box: xmin, xmax, ymin, ymax of the picture; if it is not square, the picture is stretched.
        side: side of the picture in pixels.
        rings: radii of thin circles around the origin, in the plane's units.
    """
    points, labels = np.asarray(points, dtype=np.float64), np.asarray(labels)
    xmin, xmax, ymin, ymax = box
    with np.errstate(invalid="ignore"):
        column = np.floor((points[:, 0] - xmin) / (xmax - xmin) * side)
        row = np.floor((ymax - points[:, 1]) / (ymax - ymin) * side)
        seen = (column >= 0) & (column < side) & (row >= 0) & (row < side)
    place = (row[seen] * side + column[seen]).astype(np.int64)
    rgb = np.array([[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in colours])

    amount = np.zeros((side, side))
    mixed = np.zeros((side, side, 3))
    for label in np.unique(labels[seen]):
        counts = np.bincount(place[labels[seen] == label], minlength=side * side)
        ink = ndimage.convolve(counts.reshape(side, side).astype(float), _DOT, mode="constant")
        amount += ink
        mixed += ink[..., None] * rgb[label]
    opacity = 1 - np.exp(-_INK * amount)
    colour = np.divide(mixed, amount[..., None], where=amount[..., None] > 0, out=mixed)

    under = _LINE_ALPHA * _circles(box, side, rings) * (1 - opacity)
    alpha = opacity + under
    weight = np.divide(opacity, alpha, where=alpha > 0, out=np.zeros_like(alpha))[..., None]
    picture = np.empty((side, side, 4), dtype=np.uint8)
    picture[..., :3] = np.rint(weight * colour + (1 - weight) * _LINE)
    picture[..., 3] = np.rint(255 * alpha)
    return picture


def _circles(
    box: tuple[float, float, float, float], side: int, radii: Sequence[float]
) -> np.ndarray:
    """The share of each pixel that circles and the picture's frame cover, (side, side)."""
    xmin, xmax, ymin, ymax = box
    middle = (np.arange(side) + 0.5) / side
    x, y = xmin + middle * (xmax - xmin), ymax - middle * (ymax - ymin)
    distance = np.hypot(x, y[:, None])
    pixel = (xmax - xmin) / side
    cover = np.zeros((side, side))
    for radius in radii:
        off = np.abs(distance - radius) / pixel  # distance from the line's centre, in pixels
        cover = np.maximum(cover, np.clip((_LINE_WIDTH + 1) / 2 - off, 0, 1))
    cover[[0, 1, -2, -1]] = cover[:, [0, 1, -2, -1]] = 1
    return cover
