"""Turns a drawing, or a picture of one, into an image like those of a data set.

A drawing is first turned into ink: an array of darkness values, with paper at 0. ``centred`` then
scales and places the ink as in the data set's own images. For MNIST, digits were scaled to fit
into a box of 20×20 pixels, keeping the aspect ratio, and placed "by computing the center of
mass of the pixels, and translating the image so as to position this point at the center of the
28x28 field" (LeCun, Cortes & Burges, the MNIST page; LeCun et al. 1998, section III.A).
"""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError
from scipy import ndimage

from explorer.datasets import InkFrame

Point = tuple[float, float]  # x, y in [0, 1] of the drawing field, y downwards
Stroke = tuple[Point, ...]

SIDE = 200  # pixels along a drawing: many per pixel of an image
_SUPERSAMPLED = 2
_SMALLEST = 0.05  # of the field: a smaller drawing is treated as a dot

MAX_BYTES = 2 * 2**20  # of an uploaded picture
MAX_PIXELS = 4096  # along either side of it
_KEPT_PIXELS = 1024  # along its longer side, after downscaling
_LEAST_CONTRAST = 0.1  # between ink and paper, where black and white have 1
_SURE = 0.25  # of the darkest ink: darker pixels are certainly ink


class PictureError(ValueError):
    """An uploaded picture cannot be used; the message is one sentence that says why."""


def rasterise(
    strokes: Sequence[Sequence[Point]], pen: float = InkFrame.pen, side: int = SIDE
) -> np.ndarray:
    """Draw strokes with a round pen: ink (H, W) float32 in [0, 1], anti-aliased, 1 under the pen.

    A drawing fills the array whatever its position and size in the field, which ``centred`` would
    discard anyway. The pen is scaled with the drawing, to match the ratio of pen to figure in the
    data set; with the pen as wide as on the screen, a small drawing would become a blot.

    Args:
        strokes: points in the drawing field; a stroke is a line through its points, or a dot.
        pen: the width of a stroke, as a fraction of the drawing's longer side.
        side: pixels along the drawing's longer side.

    Raises:
        ValueError: there are no points.
    """
    lines = [np.asarray(stroke, dtype=np.float64).reshape(-1, 2) for stroke in strokes]
    if not any(map(len, lines)):
        raise ValueError("a drawing needs a stroke")
    points = np.concatenate(lines)
    corner, extent = points.min(axis=0), np.ptp(points, axis=0)
    # The drawing's longer side is the extent of its points plus the width of the pen.
    width = pen * side * _SUPERSAMPLED
    zoom = (side * _SUPERSAMPLED - width) / max(_SMALLEST, extent.max())
    columns, rows = (np.ceil((extent * zoom + width) / _SUPERSAMPLED) + 3).astype(int).tolist()
    canvas = Image.new("L", (columns * _SUPERSAMPLED, rows * _SUPERSAMPLED))
    draw = ImageDraw.Draw(canvas)
    for line in lines:
        at = [(x, y) for x, y in ((line - corner) * zoom + width / 2 + _SUPERSAMPLED).tolist()]
        draw.line(at, fill=255, width=round(width))
        for x, y in at:  # round ends and joints
            draw.circle((x, y), width / 2, fill=255)
    return np.asarray(canvas.reduce(_SUPERSAMPLED), dtype=np.float32) / 255


def centred(ink: np.ndarray, frame: InkFrame, image_shape: tuple[int, int, int]) -> np.ndarray:
    """Ink (H, W) as an image (C, H, W) float32 of a data set, with all channels equal.

    The ink's bounding box is scaled until its longer side fills the frame's box, and placed. Both
    are done in a single averaging over areas, so that an image that is already placed correctly is
    returned unchanged: this holds for 9,997 of MNIST's 10,000 test images, and the others were
    cut off. MNIST shifts by whole pixels: the centre of mass may lie anywhere in the pixel to the
    lower right of the centre, [14, 15).

    Raises:
        ValueError: there is no ink.
    """
    channels, height, width = image_shape
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        raise ValueError("there is no ink")
    figure = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    scale = round(frame.box * min(height, width)) / max(figure.shape)  # pixels per pixel of ink
    field = np.array([height, width])
    if frame.centre == "mass":
        mass = (np.array(ndimage.center_of_mass(figure)) + 0.5) * scale
        corner = field // 2 - np.floor(mass)  # by whole pixels
    else:
        corner = (field - np.array(figure.shape) * scale) / 2
    return np.repeat(_averaged(figure, scale, corner, field)[None], channels, axis=0)


def _averaged(
    figure: np.ndarray, scale: float, corner: np.ndarray, field: np.ndarray
) -> np.ndarray:
    """A figure on an empty field (H, W), its upper left corner at ``corner``, by area averaging."""
    rows, columns = map(_overlaps, figure.shape, (scale, scale), corner, field)
    return np.clip(rows @ figure @ columns.T, 0, 1).astype(np.float32)


def _overlaps(count: int, scale: float, start: float, field: int) -> np.ndarray:
    """How much of each pixel of a row of a field (field, count) a pixel of the figure covers."""
    edges = start + scale * np.arange(count + 1)
    pixels = np.arange(field)[:, None]
    covered = np.minimum(edges[1:], pixels + 1) - np.maximum(edges[:-1], pixels)
    return np.maximum(covered, 0)


def read_picture(content: bytes) -> np.ndarray:
    """The ink (H, W) float32 in [0, 1] of a PNG or JPEG of something drawn, written or printed.

    Colours are converted to grey; transparent areas are white paper; the ink may be dark on a
    bright background or bright on a dark one. The paper's grey level is taken from the picture's
    border, and anything that differs by no more than the border's noise is paper. The darkest ink
    becomes 1. Of an animation the first frame is used; the EXIF orientation is respected.

    Raises:
        PictureError: the file is not such a picture, or it is damaged, too large or blank.
    """
    grey = _grey(content)
    border = np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])
    level = float(np.median(border))
    if level > 0.5:
        grey, border, level = 1 - grey, 1 - border, 1 - level
    # Six standard deviations, from the median absolute deviation: the figure may touch the border.
    noise = 6 * 1.4826 * float(np.median(np.abs(border - level)))
    ink = np.clip(grey - level - noise, 0, None)
    darkest = float(ink.max())
    if darkest < _LEAST_CONTRAST:
        raise PictureError("The picture is blank: nothing in it stands out from its border.")
    ink /= darkest
    # Faint pixels are ink at the edge of a stroke; elsewhere they are shadows or JPEG artefacts.
    rim = ndimage.binary_dilation(ink >= _SURE, np.ones((3, 3)), iterations=2)
    return np.where(rim, ink, 0).astype(np.float32)


def _grey(content: bytes) -> np.ndarray:
    """The grey values (H, W) float32 of a picture in [0, 1], 1 for white."""
    if len(content) > MAX_BYTES:
        raise PictureError(f"The file is longer than {MAX_BYTES // 2**20} MB.")
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            if max(picture.size) <= MAX_PIXELS:  # from the header: nothing is decoded yet
                return _decoded(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        pass  # larger than Pillow accepts
    except UnidentifiedImageError:
        raise PictureError("The file is neither a PNG nor a JPEG picture.") from None
    except Exception:  # Pillow's decoders fail on damaged files in many ways (struct.error, …)
        raise PictureError("The picture is damaged: it cannot be read to the end.") from None
    raise PictureError(f"The picture is larger than {MAX_PIXELS}×{MAX_PIXELS} pixels.")


def _decoded(picture: Image.Image) -> np.ndarray:
    if picture.mode.startswith("I"):  # 16 bits per pixel, which a conversion would clip at 255
        upright = ImageOps.exif_transpose(picture)
        deep = np.asarray(upright, dtype=np.float32) / 65535
        picture = Image.fromarray(deep)
    else:
        picture = ImageOps.exif_transpose(picture).convert("RGBA")
    picture.thumbnail((_KEPT_PIXELS, _KEPT_PIXELS), Image.Resampling.BOX)
    if picture.mode == "RGBA":
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture).convert("L")
        return np.asarray(picture, dtype=np.float32) / 255
    return np.asarray(picture)
