"""The only reader and writer of checkpoint folders.

A checkpoint is a folder of four files: ``spec.json`` (what it is, how it came about, what was
measured, and the digests of the other three), ``weights.safetensors``, ``latents.safetensors``
(codes and labels of the held-out images) and ``history.json``. It is written to a temporary folder
and renamed; it is read as if a stranger had sent it. No pickle, ever.
"""

import hashlib
import io
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from zipfile import ZipFile

import numpy as np
import safetensors.numpy
import torch
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from explorer.latent import Codes
from explorer.models import Model, build_model, check_model_spec
from explorer.specs import (
    CHECKPOINT_FORMAT,
    CheckpointSpec,
    FileDigest,
    ModelSpec,
    check_name,
    explain,
    is_name,
)
from explorer.storage import CheckpointError as CheckpointError  # whoever imports us, handles it
from explorer.storage import (
    broken,
    home_folder,
    read_bounded,
    read_tensors,
    recover,
    refuse_existing,
    remove_folder,
    replace_folder,
    unwritable,
    writers_kept_out,
)
from explorer.training.progress import EpochRecord

GALLERY = Path(__file__).resolve().parent.parent / "checkpoints"

SPEC, HISTORY = "spec.json", "history.json"
WEIGHTS, LATENTS = "weights.safetensors", "latents.safetensors"
_LIMITS = {SPEC: 2**20, WEIGHTS: 2**31, LATENTS: 2**30, HISTORY: 2**26}  # bytes
_HISTORY = TypeAdapter(list[EpochRecord], config=ConfigDict(extra="forbid", allow_inf_nan=False))
_STORED = {"float16": "F16", "float32": "F32"}


class _Format(BaseModel):
    """The one field that every version of the format has."""

    format: Annotated[int, Field(strict=True)]


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint in memory.

    Attributes:
        spec: what it is.
        model: with its weights, on the CPU, in evaluation mode.
        codes: of the held-out (test) images.
        history: one record per epoch.
    """

    spec: CheckpointSpec
    model: Model
    codes: Codes
    history: tuple[EpochRecord, ...]


def user_folder() -> Path:
    """Where the user's own checkpoints are."""
    return home_folder() / "checkpoints"


def checkpoint_names(roots: Iterable[Path] | None = None) -> list[str]:
    """Names of the checkpoints in the gallery and the user's folder, readable or not."""
    found = set()
    for root in roots or (GALLERY, user_folder()):
        recover(root)
        if root.is_dir():
            found |= {path.name for path in root.iterdir() if path.is_dir() and is_name(path.name)}
    return sorted(found)


def listing_stamp() -> tuple[tuple[str, int], ...]:
    """Changes whenever a checkpoint comes, goes or is replaced: the folders and when they did."""
    return tuple((str(root), _changed(root)) for root in (GALLERY, user_folder()))


def _changed(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def find_checkpoint(name: str) -> Path:
    """The folder of a checkpoint: the gallery's if it has that name, else the user's.

    Raises:
        CheckpointError: no such name.
    """
    try:
        check_name(name)
    except ValueError as error:
        raise CheckpointError(str(error)) from None
    for root in (GALLERY, user_folder()):
        recover(root)
        if os.path.lexists(root / name):
            return root / name
    raise CheckpointError(f"there is no checkpoint named {name!r} in {GALLERY} or {user_folder()}")


def round_weights(model: Model, storage: str) -> None:
    """Round the weights to what ``storage`` can hold, so that what is measured is what is saved."""
    with torch.no_grad():
        for value in model.state_dict().values():
            value.copy_(value.to(getattr(torch, storage)))


def save_checkpoint(root: Path, checkpoint: Checkpoint, *, overwrite: bool = False) -> Path:
    """Write a checkpoint as ``root``/name; at any moment there is a whole one or none.

    Raises:
        CheckpointError: the name is taken, the folder cannot be written, or what would be written
            could not be read again (weights beyond float16, say). Nothing has changed then.
    """
    return save_files(root, checkpoint.spec.name, packed(checkpoint), overwrite=overwrite)


def packed(checkpoint: Checkpoint) -> dict[str, bytes]:
    """The files of a checkpoint, by name: what ``save_files`` takes, elsewhere perhaps."""
    files = _serialised(checkpoint)
    return {**files, SPEC: _sealed(checkpoint.spec, files)}


def save_files(
    root: Path, name: str, files: Mapping[str, bytes], *, overwrite: bool = False
) -> Path:
    """Write the files of a checkpoint as ``root``/name, if they are those of a whole one.

    Raises:
        CheckpointError: as ``save_checkpoint``.
    """
    folder = root / check_name(name)
    if odd := files.keys() ^ _LIMITS.keys():
        raise broken(folder, f"{sorted(odd)[0]!a} is missing or does not belong there")
    _parse(folder, _parse_spec(folder, files[SPEC]), files)
    try:
        replace_folder(folder, files, overwrite=overwrite)
    except OSError as error:
        raise unwritable(folder, error) from None
    return folder


def delete_checkpoint(root: Path, name: str) -> None:
    """Remove a checkpoint for good; whenever this is killed, it is there whole or not at all.

    Raises:
        CheckpointError: there is none, or it cannot be removed.
    """
    folder = root / check_name(name)
    if not folder.is_dir():
        raise CheckpointError(f"there is no checkpoint named {name!r} in {root}")
    try:
        remove_folder(folder)
    except OSError as error:
        raise broken(folder, f"cannot be removed ({error.strerror or error})") from None


def archive(folder: Path) -> bytes:
    """A checkpoint as a zip file, to take home: unpacked among the user's own it is one again.

    Raises:
        CheckpointError: a file of it cannot be read.
    """
    content = io.BytesIO()
    with ZipFile(content, "w") as file:
        for name, limit in _LIMITS.items():
            file.writestr(f"{folder.name}/{name}", read_bounded(folder / name, limit))
    return content.getvalue()


def check_free(root: Path, name: str) -> None:
    """Check that a checkpoint can be saved under this name.

    Raises:
        CheckpointError: there is one already.
    """
    recover(root)
    refuse_existing(root / check_name(name))


def _serialised(checkpoint: Checkpoint) -> dict[str, bytes]:
    dtype = getattr(torch, checkpoint.spec.storage)
    weights = {
        name: value.detach().cpu().to(dtype).contiguous().numpy()
        for name, value in checkpoint.model.state_dict().items()
    }
    latents: dict[str, np.ndarray] = {
        "mean": np.ascontiguousarray(checkpoint.codes.mean, dtype=np.float32),
        "scale": np.ascontiguousarray(checkpoint.codes.scale, dtype=np.float32),
        "labels": np.ascontiguousarray(checkpoint.codes.labels, dtype=np.int16),
    }
    return {
        WEIGHTS: safetensors.numpy.save(weights),
        LATENTS: safetensors.numpy.save(latents),
        HISTORY: _HISTORY.dump_json(list(checkpoint.history), indent=1),
    }


def _sealed(spec: CheckpointSpec, files: Mapping[str, bytes]) -> bytes:
    """``spec.json`` with the digests of the other files and of itself."""
    digests = {
        name: FileDigest(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
        for name, content in files.items()
    }
    spec = spec.model_copy(update={"files": digests})
    digest = _digest(spec.model_dump_json().encode())
    return spec.model_copy(update={"digest": digest}).model_dump_json(indent=1).encode()


def _digest(content: bytes) -> str:
    """Digest of everything in ``spec.json`` but the digest, whatever its layout."""
    values = json.loads(content)
    values.pop("digest", None)
    canonical = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def read_spec(folder: Path) -> CheckpointSpec:
    """Read and check ``spec.json`` alone: quick, for lists and menus.

    Raises:
        CheckpointError: naming the file and the reason.
    """
    if folder.is_symlink():
        raise broken(folder, "it is a link, and links are not followed")
    path = folder / SPEC
    try:
        content = read_bounded(path, _LIMITS[SPEC])
    except CheckpointError:
        recover(folder.parent)  # It may be missing for a moment only.
        content = read_bounded(path, _LIMITS[SPEC])
    return _parse_spec(folder, content)


def _parse_spec(folder: Path, content: bytes) -> CheckpointSpec:
    path = folder / SPEC
    try:
        version = _Format.model_validate_json(content).format
        if version > CHECKPOINT_FORMAT:
            raise broken(path, f"format {version} is of the future; update Latent Explorer")
        spec = CheckpointSpec.model_validate_json(content)
        check_model_spec(spec.run.model)
        if spec.digest != _digest(content):
            raise broken(path, "it was changed after it was saved")
    except ValidationError as error:
        raise broken(path, f"it is not valid: {explain(error)}") from None
    except ValueError as error:
        raise broken(path, f"it is not valid: {error}") from None
    if spec.name != folder.name:
        raise broken(path, f"it belongs to a checkpoint named {spec.name!r}")
    return spec


def load_checkpoint(folder: Path) -> Checkpoint:
    """Read a whole checkpoint, strictly.

    Raises:
        CheckpointError: naming the file and the reason.
    """
    try:
        return _load(folder)
    except CheckpointError:
        # Perhaps it was overwritten while we read it, and its files are of two checkpoints.
        with writers_kept_out(folder.parent):
            return _load(folder)


def _load(folder: Path) -> Checkpoint:
    spec = read_spec(folder)
    files = {name: _read_whole(folder, name, spec) for name in (WEIGHTS, LATENTS, HISTORY)}
    return _parse(folder, spec, files)


def _read_whole(folder: Path, name: str, spec: CheckpointSpec) -> bytes:
    """The bytes of a file, which must be those that were saved."""
    if name not in spec.files:
        raise broken(folder / SPEC, f"it says nothing of {name}")
    expected = spec.files[name]
    content = read_bounded(folder / name, min(expected.bytes, _LIMITS[name]))
    if hashlib.sha256(content).hexdigest() != expected.sha256:
        raise broken(folder / name, "it was cut short, changed or swapped after it was saved")
    return content


def _parse(folder: Path, spec: CheckpointSpec, files: Mapping[str, bytes]) -> Checkpoint:
    model = _parse_model(folder / WEIGHTS, files[WEIGHTS], spec)
    codes = _parse_codes(folder / LATENTS, files[LATENTS], spec, model)
    try:
        history = _HISTORY.validate_json(files[HISTORY])
    except ValidationError as error:
        raise broken(folder / HISTORY, f"it is not valid: {explain(error)}") from None
    return Checkpoint(spec, model, codes, tuple(history))


def blank_model(spec: ModelSpec) -> Model:
    """A model without memory for its weights: a spec cannot ask for more than its file holds."""
    with torch.device("meta"):
        return build_model(spec)


def _parse_model(path: Path, content: bytes, spec: CheckpointSpec) -> Model:
    model = blank_model(spec.run.model)
    dtype = _STORED[spec.storage]
    layout = {name: (dtype, tuple(value.shape)) for name, value in model.state_dict().items()}
    weights = {
        name: torch.from_numpy(array).float()
        for name, array in read_tensors(path, content, layout).items()
    }
    model.load_state_dict(weights, strict=True, assign=True)
    return model.eval()


def _parse_codes(path: Path, content: bytes, spec: CheckpointSpec, model: Model) -> Codes:
    size = model.latent_dim
    layout = {"mean": ("F32", (-1, size)), "scale": ("F32", (-1, size)), "labels": ("I16", (-1,))}
    arrays = read_tensors(path, content, layout)
    mean, scale, labels = arrays["mean"], arrays["scale"], arrays["labels"]
    if not len(mean) == len(scale) == len(labels):
        raise broken(path, f"{len(mean)}, {len(scale)} and {len(labels)} codes and labels differ")
    if (scale < 0).any():
        raise broken(path, "a scale is negative")
    if ((labels < 0) | (labels >= spec.run.model.classes)).any():
        raise broken(path, f"a label is not one of the {spec.run.model.classes} classes")
    return Codes(mean, scale, labels.astype(np.int64))
