"""The IDX format of MNIST and its relatives: a header with the shape, then the bytes."""

import gzip
import math
import struct
import zlib
from pathlib import PurePath
from typing import IO

import numpy as np
from numpy.typing import NDArray

_UNSIGNED_BYTES = 8  # the type code of the format


class CorruptFile(Exception):
    """A file does not have the expected content; the message names it and says why."""


def read_idx(packed: IO[bytes], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Unsigned bytes of the given shape, from an open gzipped IDX file.

    The header is compared with the expected shape and never trusted, so a file that claims to hold
    four billion images allocates no memory. The array is read-only.

    Raises:
        CorruptFile: the file is not gzip, is truncated, or does not have this shape.
    """
    name = PurePath(packed.name).name
    header = struct.pack(f">HBB{len(shape)}I", 0, _UNSIGNED_BYTES, len(shape), *shape)
    size = math.prod(shape)
    try:
        with gzip.open(packed) as stream:
            found = stream.read(len(header))
            data = stream.read(size)
            # Nothing should follow; reading to the end makes gzip verify its checksum.
            surplus = stream.read(1)
    except (OSError, EOFError, zlib.error) as error:
        raise CorruptFile(f"{name} is damaged ({error})") from error
    if found != header:
        shown = "×".join(str(length) for length in shape)
        raise CorruptFile(f"{name} does not begin with the IDX header of {shown} bytes")
    if len(data) != size or surplus:
        raise CorruptFile(f"{name} does not hold the {size} bytes that its header promises")
    return np.frombuffer(data, np.uint8).reshape(shape)
