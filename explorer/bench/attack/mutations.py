"""Mutations of files: of their bytes, of their JSON, and of a safetensors file's header."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

# Written as they stand, since Python would not write all of them.
RAW = (
    "null",
    "true",
    "-1",
    "0",
    "1",
    "0.5",
    "-0.0",
    "1e400",
    "-1e400",
    "1e-400",
    "NaN",
    "Infinity",
    str(2**31),
    str(2**63),
    str(-(2**63) - 1),
    str(10**30),
    "9" * 5000,
    "[]",
    "{}",
    "[" * 300 + "]" * 300,
    "[" * 100_000,
    '{"a":' * 2000 + "1" + "}" * 2000,
    '"\\ud800"',
    '"\\u0000"',
    '"' + "x" * 10**6 + '"',
    "[" + ",".join(["1000000000"] * 64) + "]",
    "[" + ",".join(["1"] * 10**5) + "]",
)
_HOLE = "a hole for a raw value"


def mutated_bytes(content: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """Bits flipped, pieces cut out, put in or zeroed, the end cut off, or another file instead."""
    match chance.randrange(7):
        case 0 if content:
            changed = bytearray(content)
            for _ in range(chance.choice((1, 1, 2, 8, 64))):
                changed[_place(content, chance)] ^= 1 << chance.randrange(8)
            return bytes(changed)
        case 1:
            return content[: _place(content, chance)]
        case 2:
            start = _place(content, chance)
            return content[:start] + content[start + chance.randint(1, 64) :]
        case 3:
            start = _place(content, chance)
            return content[:start] + chance.randbytes(chance.randint(1, 64)) + content[start:]
        case 4:
            start, length = _place(content, chance), chance.randint(1, 256)
            return content[:start] + bytes(length) + content[start + length :]
        case 5:
            return chance.choice(others)
    return content + chance.randbytes(chance.choice((1, 100, 10_000)))


def _place(content: bytes, chance: random.Random) -> int:
    """A place in a file, often in its head, where its structure stands."""
    head = chance.random() < 0.5
    return chance.randrange(min(100, len(content)) if head and content else len(content) or 1)


def mutated_json(content: bytes, chance: random.Random, texts: Sequence[str]) -> bytes:
    """One to three values of a JSON text replaced, deleted, doubled or joined by another."""
    value = json.loads(content)
    raw: list[str] = []
    for _ in range(chance.randint(1, 3)):
        places = list(_places(value))
        if not places:
            break
        container, key = chance.choice(places)
        match chance.randrange(6):
            case 0:
                del container[key]
            case 1 if isinstance(container, dict):
                container[chance.choice(texts)] = container[key]
            case 1:
                container.insert(key, container[key])
            case 2:
                container[key] = chance.choice(texts)
            case 3 if isinstance(container[key], int | float):
                factor = chance.choice((-1, 0, 2, 1000, 1e6, 1e300))
                container[key] = type(container[key])(container[key] * factor)
            case _:
                container[key] = f"{_HOLE} {len(raw)}"
                raw.append(chance.choice(RAW))
    text = json.dumps(value)
    for number, one in enumerate(raw):
        text = text.replace(f'"{_HOLE} {number}"', one)
    return text.encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) within a JSON value."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


def mutated_header(content: bytes, chance: random.Random, texts: Sequence[str]) -> bytes:
    """A safetensors file with another header: shapes, types, offsets, names; perhaps with another
    length of it."""
    length = int.from_bytes(content[:8], "little")
    header = mutated_json(content[8 : 8 + length], chance, texts)
    said = chance.choice((len(header), len(header), len(header), length, 2**63, 2**32, 0))
    return said.to_bytes(8, "little") + header + content[8 + length :]


def mutated_numbers(content: bytes, chance: random.Random) -> bytes:
    """A safetensors file in which some of the numbers are others, of any size."""
    start = 8 + int.from_bytes(content[:8], "little")
    body = bytearray(content[start:])
    odd = (b"\x00\x00\xc0\x7f", b"\x00\x00\x80\x7f", b"\xff\xff\x7f\x7f", b"\x01\0\0\0", b"\0\x7c")
    for _ in range(chance.choice((1, 10, 1000))):
        piece = chance.choice((*odd, chance.randbytes(4)))
        place = chance.randrange(max(1, len(body) // 4)) * 4
        body[place : place + len(piece)] = piece
    return content[:start] + bytes(body[: len(content) - start])
