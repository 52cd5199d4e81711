"""Atlases: grids of decoded images that the browser blends where it cannot decode itself."""

from __future__ import annotations

import gzip
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.geometry import Box
from explorer.components.files import File
from explorer.figures import grey_levels

SIDE = 64  # images along a side
_BYTES = 2**23  # of all images together: the larger they are, the fewer
KEPT = 4  # atlases per plane: the whole plane, and parts that were zoomed into
_PROBES = 256  # cells whose error is measured

Decode = Callable[[NDArray[np.floating]], NDArray[np.floating]]


@dataclass(frozen=True, eq=False)
class Atlas:
    """Decoded images at the corners of a grid of cells.

    Attributes:
        box: the extent of the corners in the plane.
        shape: channels, height and width of an image.
        file: gzip of (side, side, C, H, W) uint8, row 0 at the top.
        error: root-mean-square pixel error, in grey levels of 255, at the centre of the worst of
            many cells; bilinear blending of the four corners is least accurate there.
    """

    box: Box
    shape: tuple[int, int, int]
    file: File
    error: float


class AtlasMaker:
    """Makes atlases of one plane, and keeps the last few.

    Args:
        decode: the images (n, C, H, W) at points (n, 2) of the plane.
    """

    def __init__(self, decode: Decode) -> None:
        self._decode = decode
        self.of = lru_cache(maxsize=KEPT)(self._make)

    def _make(self, box: Box) -> Atlas:
        xmin, xmax, ymin, ymax = box
        shape: tuple[int, int, int] = self._decode(np.zeros((1, 2))).shape[1:]
        side = max(2, min(SIDE, math.isqrt(_BYTES // math.prod(shape))))
        x, y = np.linspace(xmin, xmax, side), np.linspace(ymax, ymin, side)
        corners = np.stack(np.meshgrid(x, y), axis=-1)  # (side, side, 2)
        images = self._decode(corners.reshape(-1, 2))  # (side², C, H, W)
        pixels = grey_levels(images).reshape(side, side, *shape)
        packed = gzip.compress(pixels.tobytes(), compresslevel=1, mtime=0)
        return Atlas(box, shape, File(packed), self._error(corners, pixels))

    def _error(self, corners: np.ndarray, pixels: np.ndarray) -> float:
        random = np.random.default_rng(0)
        row, column = random.integers(len(corners) - 1, size=(2, _PROBES))
        blend = np.mean(
            [pixels[row + r, column + c].astype(float) for r in (0, 1) for c in (0, 1)], axis=0
        )
        centers = (corners[row, column] + corners[row + 1, column + 1]) / 2
        exact = grey_levels(self._decode(centers)).astype(float)
        squares = np.square(blend - exact).reshape(_PROBES, -1).mean(axis=1)
        return float(np.sqrt(squares.max()))
