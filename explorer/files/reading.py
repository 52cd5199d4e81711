"""Reading files that may be broken or hostile, within bounds."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
from pydantic import ValidationError
from safetensors import SafetensorError, deserialize

from explorer.files.errors import broken
from explorer.specs import Spec, explain

# Name of a tensor → its safetensors dtype and its shape, where −1 means any length.
Layout = Mapping[str, tuple[str, tuple[int, ...]]]

S = TypeVar("S", bound=Spec)

_DTYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "I16": "<i2", "I64": "<i8"}


def read_bounded(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most ``limit`` bytes. Links are not followed.

    Raises:
        CheckpointError: the file is missing, too large, not a regular file, or cannot be read.
    """
    try:
        # Checked before opening, since opening some devices has side effects, and again once
        # open, since the file may have been swapped. Without O_NONBLOCK a pipe would hang.
        _checked_size(path, path.lstat(), limit)
        flags = (getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
        with os.fdopen(os.open(path, os.O_RDONLY | sum(flags)), "rb") as file:
            # Reading ``limit`` bytes would allocate that much memory.
            return file.read(_checked_size(path, os.fstat(file.fileno()), limit))
    except FileNotFoundError:
        raise broken(path, "the file is missing") from None
    except OSError as error:
        raise broken(path, f"the file cannot be read ({error.strerror or error})") from None


def _checked_size(path: Path, status: os.stat_result, limit: int) -> int:
    if not stat.S_ISREG(status.st_mode):
        raise broken(path, "it is not a regular file")
    if status.st_size > limit:
        raise broken(path, f"{status.st_size:,} bytes are more than the {limit:,} expected")
    return status.st_size


def read_tensors(
    path: Path,
    content: bytes,
    layout: Layout,
    optional: Layout | None = None,
    finite: bool = True,
) -> dict[str, np.ndarray]:
    """The arrays in the content of a safetensors file, which must match the layout exactly.
    Tensors in ``optional`` may be missing. Unless ``finite``, numbers may be infinite or missing.

    Raises:
        CheckpointError: it is not a safetensors file, or a tensor is missing, unknown, not finite,
            or of another type or shape.
    """
    try:
        tensors = dict(deserialize(content))
    except SafetensorError as error:
        raise broken(path, f"it is not a safetensors file: {error}") from None
    layout = {**layout, **{k: entry for k, entry in (optional or {}).items() if k in tensors}}
    if odd := sorted(tensors.keys() ^ layout.keys()):
        trouble = "is missing" if odd[0] in layout else "does not belong there"
        raise broken(path, f"tensor {odd[0][:64]!a} {trouble}")
    arrays = {}
    for name, (dtype, shape) in layout.items():
        found, actual = tensors[name], tuple(tensors[name]["shape"])
        pairs = zip(shape, actual, strict=False)
        if len(actual) != len(shape) or any(wanted not in (-1, got) for wanted, got in pairs):
            raise broken(path, f"tensor {name!a} has shape {actual}, expected {shape}")
        if found["dtype"] != dtype:
            raise broken(path, f"tensor {name!a} is {found['dtype']}, expected {dtype}")
        arrays[name] = np.frombuffer(found["data"], _DTYPES[dtype]).reshape(actual)
        if finite and not np.isfinite(arrays[name]).all():
            raise broken(path, f"tensor {name!a} is not finite")
    return arrays


def load_spec(path: Path, kind: type[S], limit: int) -> S:
    """The spec in a JSON file of at most ``limit`` bytes.

    Raises:
        CheckpointError: the file is missing or broken.
    """
    try:
        return kind.model_validate_json(read_bounded(path, limit))
    except ValidationError as error:
        raise broken(path, f"it is not valid: {explain(error)}") from None
