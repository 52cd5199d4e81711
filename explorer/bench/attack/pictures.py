"""Mutated pictures, read as the Draw page reads what is uploaded."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from explorer.bench.attack.canary import pickles, words
from explorer.bench.attack.mutations import mutated_bytes
from explorer.bench.attack.trial import Trial
from explorer.datasets import DATASETS
from explorer.datasets.ink import PictureError, centred, read_picture

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BOMB = 64 * 2**20  # bytes of zeros that a small chunk unpacks to
_LONGEST_SENTENCE = 200


def trials(count: int, folder: Path, file: Path, url: str) -> Iterator[Trial]:
    """``count`` pictures to read: some as they are made, most of them mutated."""
    sources = [*_made(), *_bombs()]
    others = [*pickles(file), *(text.encode() for text in words(file, url)), *sources]
    for number in range(count):
        chance = random.Random(number)
        content = sources[number % len(sources)]
        if number >= len(sources):
            for _ in range(chance.choice((1, 1, 2, 4))):
                content = mutated_bytes(content, chance, others)
            if content.startswith(_SIGNATURE) and chance.random() < 0.6:
                content = _checked(content)
        yield Trial(f"picture {number}", partial(_read, content), PictureError, _is_sentence)


def _read(content: bytes) -> None:
    source = DATASETS["mnist"]
    image = centred(read_picture(content), source.ink, source.image_shape)
    if image.shape != source.image_shape or not np.isfinite(image).all():
        raise AssertionError(f"an image of shape {image.shape}")


def _is_sentence(error: Exception) -> bool:
    text = str(error)
    return text.isprintable() and text.endswith(".") and len(text) <= _LONGEST_SENTENCE


def _made() -> list[bytes]:
    """A written figure in every way in which a picture of it can be stored."""
    page = Image.new("L", (120, 90), 235)
    ImageDraw.Draw(page).line([(40, 20), (90, 20), (60, 75)], 30, 8, joint="curve")
    turned = Image.Exif()
    turned[0x0112] = 6
    deep = Image.fromarray(np.asarray(page).astype(np.uint16) * 257)
    modes = ("1", "L", "LA", "P", "RGB", "RGBA")
    made = [_stored(page.convert(mode), "PNG") for mode in modes] + [_stored(deep, "PNG")]
    made.append(_stored(page, "PNG", save_all=True, append_images=[page] * 3))
    made += [_stored(page.convert(mode), "JPEG", exif=turned) for mode in ("L", "RGB", "CMYK")]
    made.append(_stored(page, "JPEG", progressive=True))
    made += [_stored(page.convert("RGB"), kind) for kind in ("GIF", "BMP", "TIFF", "WEBP", "PPM")]
    return made


def _stored(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def _bombs() -> list[bytes]:
    """Small files that claim, or unpack to, a lot."""
    small, big = zlib.compress(b"\0" * 99), zlib.compress(bytes(_BOMB), 9)
    text = PngInfo()
    text.add_text("Comment", "\0" * _BOMB, zip=True)
    with_text = io.BytesIO()
    Image.new("L", (30, 30), 200).save(with_text, "PNG", pnginfo=text)
    sizes = ((4097, 1), (4096, 4096), (30_000, 30_000), (2**31 - 1, 2**31 - 1), (0, 0), (1, 1))
    return [
        with_text.getvalue(),
        *(_png(width, height, data) for width, height in sizes for data in (small, big)),
        _png(64, 64, small, (b"iCCP", b"x\0\0" + big)),
        _png(64, 64, small, (b"acTL", struct.pack(">II", 2**31 - 1, 0))),
        _png(64, 64, small, (b"eXIf", b"MM\0*\0\0\0\x08\xff\xff" + b"\1\x12\0\3" * 5000)),
    ]


def _png(width: int, height: int, data: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), *chunks, (b"IDAT", data), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, body) for kind, body in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _checked(content: bytes) -> bytes:
    """A damaged PNG whose chunks have the right checksums, so that it is read further."""
    parts, at = [_SIGNATURE], len(_SIGNATURE)
    while at + 8 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        parts.append(_chunk(kind, body))
        at += 12 + length
    return b"".join(parts)
