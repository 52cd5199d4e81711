"""The IDX reader believes nothing."""

import gzip
import io
import struct
import tracemalloc

import numpy as np
import pytest

from explorer.datasets.published.idx import CorruptFile, read_idx

BODY = bytes(range(24))
HEADER = struct.pack(">HBB3I", 0, 8, 3, 2, 3, 4)


def read(content: bytes, packed: bool = True) -> np.ndarray:
    file = io.BytesIO(gzip.compress(content) if packed else content)
    file.name = "folder/some.gz"
    return read_idx(file, (2, 3, 4))


def test_what_was_written_is_read():
    array = read(HEADER + BODY)
    assert array.dtype == np.uint8
    assert (array == np.arange(24).reshape(2, 3, 4)).all()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "begin with"),
        (HEADER[:10], "begin with"),
        (b"\1" + HEADER[1:] + BODY, "begin with"),
        (struct.pack(">HBB3I", 0, 9, 3, 2, 3, 4) + BODY, "begin with"),  # signed bytes
        (struct.pack(">HBB2I", 0, 8, 2, 6, 4) + BODY, "begin with"),  # other dimensions
        (struct.pack(">HBB3I", 0, 8, 3, 3, 2, 4) + BODY, "begin with"),
        (HEADER + BODY[:-1], "24 bytes"),
        (HEADER + BODY + b"\0", "24 bytes"),
    ],
)
def test_a_lie_is_refused(content, complaint):
    with pytest.raises(CorruptFile, match=rf"^some\.gz .*{complaint}"):
        read(content)


@pytest.mark.parametrize(
    "content",
    [
        b"no gzip at all",
        gzip.compress(HEADER + BODY)[:-1],
        gzip.compress(HEADER + BODY)[:-8] + bytes(8),  # wrong checksum at the end
        gzip.compress(HEADER + BODY)[:10] + b"\xff" * 30,  # no deflate stream
    ],
    ids=["text", "truncated", "checksum", "stream"],
)
def test_a_damaged_gzip_is_refused(content):
    with pytest.raises(CorruptFile, match=r"^some\.gz is damaged"):
        read(content, packed=False)


def test_huge_dimensions_cost_no_memory():
    content = struct.pack(">HBB3I", 0, 8, 3, *[2**32 - 1] * 3) + bytes(50_000_000)
    packed = io.BytesIO(gzip.compress(content, 1))
    packed.name = "huge.gz"
    tracemalloc.start()
    with pytest.raises(CorruptFile):
        read_idx(packed, (2, 3, 4))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000
