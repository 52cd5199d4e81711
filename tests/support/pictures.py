"""Reads the pictures that pages show."""

import io
from base64 import b64decode

import numpy as np
from PIL import Image


def read_picture(url: str) -> np.ndarray:
    """The pixels (H, W, 3 or 4) of a picture that travels inside its address."""
    head, comma, content = url.partition(",")
    assert (head, comma) == ("data:image/png;base64", ","), url[:60]
    return np.asarray(Image.open(io.BytesIO(b64decode(content))))
