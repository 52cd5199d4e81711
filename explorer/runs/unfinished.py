"""Runs that were stopped before their last epoch: one file each, replaced as epochs end.

The file is ``EXPLORER_HOME/unfinished/NAME.run``: a SHA-256 digest, then a safetensors file with
weights and Adam's moments as tensors, the spec and the history as metadata. A single file, because
a rename replaces it atomically.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import safetensors.numpy
import torch
from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, Json, TypeAdapter, ValidationError
from torch import Tensor

from explorer.files import (
    CheckpointError,
    Layout,
    broken,
    home_folder,
    named_files,
    read_bounded,
    read_tensors,
    save_file,
    unwritable,
)
from explorer.models import blank_model
from explorer.specs import CheckpointName, RunSpec, check_name, explain
from explorer.training.progress import EpochRecord

_FORMAT = "1"
_SUFFIX = ".run"
_LIMIT = 2**33  # bytes
_DIGEST = hashlib.sha256().digest_size
_HISTORY = TypeAdapter(list[EpochRecord])


class _Metadata(BaseModel):
    """The metadata; safetensors wants text in it, so that some of it is JSON in JSON."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    format: str = Field(pattern=f"^{_FORMAT}$")
    name: CheckpointName
    run: Json[RunSpec]
    history: Json[list[EpochRecord]]


class _Header(BaseModel):
    """The JSON at the head of a safetensors file."""

    metadata: _Metadata = Field(alias="__metadata__")


@dataclass(frozen=True)
class Unfinished:
    """A stopped run: what it is, its history so far and the trainer's state."""

    run: RunSpec
    history: tuple[EpochRecord, ...]
    state: dict[str, Tensor]


def _folder() -> Path:
    return home_folder() / "unfinished"


def unfinished_path(name: str) -> Path:
    """The file of an unfinished run."""
    return _folder() / f"{check_name(name)}{_SUFFIX}"


def unfinished_names() -> list[str]:
    """Names of the runs that can be resumed."""
    return named_files(_folder(), _SUFFIX)


@contextmanager
def owned(name: str) -> Iterator[None]:
    """Keeps other processes off the run of this name; the system frees it if this one is killed.

    Raises:
        CheckpointError: another process trains it, or the folder cannot be written.
    """
    path = unfinished_path(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not bound to a thread: a generator may be closed in another one than it was begun in.
        lock = FileLock(path.with_name(f".{name}.lock"), blocking=False, thread_local=False)
        lock.acquire()
    except Timeout:
        raise CheckpointError(f"{name} is being trained by another job or process") from None
    except OSError as error:
        raise unwritable(path, error) from None
    try:
        yield
    finally:
        lock.release()


def sealed(name: str, unfinished: Unfinished) -> bytes:
    """The content of the run's file."""
    metadata = {
        "format": _FORMAT,
        "name": name,
        "run": unfinished.run.model_dump_json(),
        "history": _HISTORY.dump_json(list(unfinished.history)).decode(),
    }
    arrays = {
        key: value.detach().cpu().contiguous().numpy() for key, value in unfinished.state.items()
    }
    content = safetensors.numpy.save(arrays, metadata)
    return hashlib.sha256(content).digest() + content


def save_unfinished(name: str, unfinished: Unfinished) -> None:
    """Replace the run's file; ``save_sealed`` with the content made here.

    Raises:
        CheckpointError: the file cannot be written.
    """
    save_sealed(name, sealed(name, unfinished))


def save_sealed(name: str, content: bytes) -> None:
    """Replace the run's file by what ``sealed`` gave.

    Raises:
        CheckpointError: the file cannot be written.
    """
    save_file(unfinished_path(name), content)


def load_unfinished(name: str) -> Unfinished:
    """Read a stopped run back.

    Raises:
        CheckpointError: there is none of that name, or its file is broken.
    """
    path = unfinished_path(name)
    if not os.path.lexists(path):
        raise CheckpointError(f"there is no stopped run named {name!r} to resume")
    return unsealed(name, read_bounded(path, _LIMIT))


def unsealed(name: str, sealed: bytes) -> Unfinished:
    """The run that ``sealed`` made the content of.

    Raises:
        CheckpointError: it is broken, or of another name.
    """
    path = unfinished_path(name)
    content = sealed[_DIGEST:]
    if hashlib.sha256(content).digest() != sealed[:_DIGEST]:
        raise broken(path, "it was cut short or changed after it was saved")
    length = int.from_bytes(content[:8], "little")
    try:
        metadata = _Header.model_validate_json(content[8 : 8 + length]).metadata
        layout = _layout(metadata.run)
    except ValidationError as error:
        raise broken(path, f"it is not valid: {explain(error)}") from None
    except ValueError as error:
        raise broken(path, f"it is not valid: {error}") from None
    if metadata.name != name:
        raise broken(path, f"it belongs to a run named {metadata.name!r}")
    arrays = read_tensors(path, content, layout)
    epochs = [record.epoch for record in metadata.history]
    if int(arrays["epoch"]) != len(epochs) or epochs != list(range(1, len(epochs) + 1)):
        raise broken(path, f"its history does not lead up to epoch {int(arrays['epoch'])}")
    state = {key: torch.from_numpy(array) for key, array in arrays.items()}
    return Unfinished(metadata.run, tuple(metadata.history), state)


def _layout(run: RunSpec) -> Layout:
    """The tensors that a trainer of this run has for its state after an epoch."""
    model = blank_model(run.model)
    layout: dict[str, tuple[str, tuple[int, ...]]] = {"epoch": ("I64", ())}
    for name, value in model.state_dict().items():
        layout[f"model.{name}"] = ("F32", tuple(value.shape))
    for name, parameter in model.named_parameters():
        layout[f"adam.{name}.step"] = ("F32", ())
        for moment in ("exp_avg", "exp_avg_sq"):
            layout[f"adam.{name}.{moment}"] = ("F32", tuple(parameter.shape))
    return layout


def delete_unfinished(name: str) -> None:
    """Forget a stopped run, if there is one.

    Raises:
        CheckpointError: its file cannot be removed.
    """
    path = unfinished_path(name)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(path, error) from None
