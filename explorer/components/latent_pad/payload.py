"""The pad's data: planes checked and packed into bytes for the browser."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.latent import DenseDecoder

MAX_CLASSES = 256  # labels travel as single bytes
DIGEST_BYTES = 16
_HEX_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class ImageGrid:
    """A decoded manifold: one PNG of the tiled pictures and the part of the plane it covers."""

    png: bytes
    extent: tuple[float, float, float, float]  # xmin, xmax, ymin, ymax


@dataclass(frozen=True, eq=False)
class PadPlane:
    """One latent plane: a title and N codes with their classes.

    ``scales`` are posterior standard deviations, drawn as 1σ ellipses; ``prior`` says whether the
    circles of a standard normal mean anything here (they do not for a plain autoencoder);
    ``marked`` is a class whose codes are drawn large and above all others; ``decoder`` lets the
    browser draw what lies under the cursor.
    """

    title: str
    codes: NDArray[Any]  # (N, 2), finite or not
    labels: NDArray[Any]  # (N,) index into the classes
    scales: NDArray[Any] | None = None  # (N, 2)
    grid: ImageGrid | None = None
    axes: tuple[str, str] = ("z₁", "z₂")
    prior: bool = True
    marked: int | None = None
    decoder: DenseDecoder | None = None


def check(planes: Sequence[PadPlane], classes: Sequence[str], palette: Sequence[str]) -> None:
    """Raise ``ValueError`` with the reason when the pad could not draw what it is given."""
    if len(classes) > MAX_CLASSES:
        raise ValueError(f"at most {MAX_CLASSES} classes fit the pad, not {len(classes)}")
    if len(palette) < len(classes):
        raise ValueError(f"{len(classes)} classes need as many colours, not {len(palette)}")
    for colour in palette:
        if not _HEX_COLOUR.fullmatch(colour):
            raise ValueError(f"colours are written #rrggbb, not {colour!r}")
    for plane in planes:
        codes, labels = np.asarray(plane.codes), np.asarray(plane.labels)
        if codes.ndim != 2 or codes.shape[1] != 2:
            raise ValueError(f"{plane.title!r}: codes must be (N, 2), not {codes.shape}")
        if labels.shape != codes.shape[:1]:
            raise ValueError(f"{plane.title!r}: {len(codes)} codes but labels {labels.shape}")
        if len(labels) and not (labels.min() >= 0 and labels.max() < len(classes)):
            raise ValueError(f"{plane.title!r}: a label lies outside the {len(classes)} classes")
        if plane.scales is not None and np.shape(plane.scales) != codes.shape:
            raise ValueError(f"{plane.title!r}: scales must be {codes.shape}")
        if plane.grid is not None and not np.isfinite(plane.grid.extent).all():
            raise ValueError(f"{plane.title!r}: the grid's extent is not finite")


def pack_points(plane: PadPlane) -> bytes:
    """Digest, codes (N, 2) float32, scales (N, 2) float32 if any, labels (N,) uint8.

    Floats come before bytes so that the browser can lay typed arrays straight over the buffer;
    the digest is 16 bytes long for the same reason. It leads because Streamlit names files above
    1 MiB by samples of their head, middle and tail only: two point clouds that agree there
    would otherwise share an address.
    """
    with np.errstate(over="ignore"):  # beyond float32 is infinite, and reported as such
        parts = [np.ascontiguousarray(plane.codes, dtype="<f4").tobytes()]
        if plane.scales is not None:
            parts.append(np.ascontiguousarray(plane.scales, dtype="<f4").tobytes())
    parts.append(np.ascontiguousarray(plane.labels, dtype=np.uint8).tobytes())
    body = b"".join(parts)
    return hashlib.blake2b(body, digest_size=DIGEST_BYTES).digest() + body


def pack_decoder(decoder: DenseDecoder) -> bytes:
    """Digest (as for points), then weights (out, in) and biases (out,) float32, layer by layer."""
    parts = [
        np.ascontiguousarray(part, "<f4").tobytes() for pair in decoder.layers for part in pair
    ]
    body = b"".join(parts)
    return hashlib.blake2b(body, digest_size=DIGEST_BYTES).digest() + body
