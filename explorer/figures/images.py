"""Images as pictures: enlarged without smoothing, tiled, encoded as PNG or GIF."""

import base64
import io

import numpy as np
from PIL import Image

MIN_ZOOM = 8  # a decoded image is enlarged at least this many times


def grey_levels(images: np.ndarray) -> np.ndarray:
    """Pixels in [0, 1] as uint8 of the same shape; values outside are clipped, NaN becomes 0."""
    shown = np.nan_to_num(np.clip(images, 0, 1))  # a decoder may overflow at codes far out
    return np.rint(shown * 255).astype(np.uint8)


def to_bytes(images: np.ndarray) -> np.ndarray:
    """Images (N, C, H, W) in [0, 1] as (N, H, W, 3) uint8."""
    pixels = grey_levels(images).transpose(0, 2, 3, 1)
    if pixels.shape[-1] == 3:
        return pixels
    return np.repeat(pixels[..., :1], 3, axis=-1)


def enlarge(pixels: np.ndarray, zoom: int) -> np.ndarray:
    """A picture (H, W, 3) with each pixel enlarged to a zoom × zoom square, without smoothing."""
    return pixels.repeat(zoom, axis=0).repeat(zoom, axis=1)


def mosaic(images: np.ndarray, columns: int, zoom: int = 1, gap: int = 0) -> np.ndarray:
    """Images (N, C, H, W) tiled row by row into one picture (H', W', 4) uint8, RGBA.

    Args:
        images: pixels in [0, 1]; the rest of the last row is transparent.
        columns: maximum number of images per row.
        zoom: side in pixels of the square that each pixel becomes.
        gap: transparent pixels between images, through which the page's background shows.

    Raises:
        ValueError: there are no images, or ``columns`` is less than 1.
    """
    if len(images) == 0 or columns < 1:
        raise ValueError("a mosaic needs at least one image and one column")
    height, width = (zoom * side for side in images.shape[2:])
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    picture = np.zeros(
        (rows * (height + gap) - gap, columns * (width + gap) - gap, 4), dtype=np.uint8
    )
    for index, pixels in enumerate(to_bytes(images)):
        row, column = divmod(index, columns)
        top, left = row * (height + gap), column * (width + gap)
        picture[top : top + height, left : left + width, :3] = enlarge(pixels, zoom)
        picture[top : top + height, left : left + width, 3] = 255
    return picture


def barred(picture: np.ndarray, colour: str, width: int) -> np.ndarray:
    """A picture (H, W, 4) with a coloured bar at its left that tells whose it is."""
    bar = np.full((len(picture), 2 * width, 4), 0, dtype=np.uint8)
    bar[:, :width] = [*(int(colour[at : at + 2], 16) for at in (1, 3, 5)), 255]
    return np.concatenate([bar, picture], axis=1)


def png(picture: np.ndarray) -> bytes:
    """A picture (H, W, 3 or 4) uint8 as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG")
    return buffer.getvalue()


def data_url(content: bytes, mimetype: str = "image/png") -> str:
    """The content as an address of its own (RFC 2397)."""
    return f"data:{mimetype};base64,{base64.b64encode(content).decode()}"


def gif(images: np.ndarray, zoom: int, seconds: float) -> bytes:
    """Images (N, C, H, W) as an endless loop that runs forwards, in ``seconds``, and backwards."""
    there = [Image.fromarray(enlarge(pixels, zoom)) for pixels in to_bytes(images)]
    frames = there + there[-2:0:-1]
    buffer = io.BytesIO()
    frames[0].save(
        buffer,
        format="GIF",
        save_all=True,
        append_images=frames[1:],
        duration=max(20, round(1000 * seconds / len(there))),  # ms; browsers are no faster than 20
        loop=0,
    )
    return buffer.getvalue()


def thumbnail(image: np.ndarray, size: int) -> np.ndarray:
    """One image (C, H, W), enlarged to about ``size`` pixels, at least MIN_ZOOM times."""
    zoom = max(MIN_ZOOM, size // max(image.shape[1:]))
    return enlarge(to_bytes(image[None])[0], zoom)
