"""Runs that were stopped before their last epoch: one file each, replaced after every epoch.

``EXPLORER_HOME/unfinished/NAME.run`` is a SHA-256 digest followed by a safetensors file, with the
weights and Adam's moments as tensors, and the spec and the history as metadata. It is a single file
so that a rename replaces it atomically.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    """The metadata. Its values must be strings in safetensors, so some are JSON within JSON."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    format: str = Field(pattern=f"^{_FORMAT}$")
    name: CheckpointName
    run: Json[RunSpec]
    history: Json[list[EpochRecord]]


class _Header(BaseModel):
    """The JSON header of a safetensors file."""

    metadata: _Metadata = Field(alias="__metadata__")


@dataclass(frozen=True)
class Unfinished:
    """A stopped run: its spec, its history so far and the trainer's state."""

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
    """Hold the lock of the run of this name; the system releases it if this process is killed.

    Raises:
        CheckpointError: the run is already being trained, or the folder cannot be written.
    """
    path = unfinished_path(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not bound to a thread: a generator may be closed in another thread than it started in.
        lock = FileLock(path.with_name(f".{name}.lock"), blocking=False, thread_local=False)
        lock.acquire()
    except Timeout:
        raise CheckpointError(f"{name} is being trained by another job or process") from None
    except OSError as error:
        raise unwritable(path, error) from None
    try:
        yield
    finally:
        with suppress(OSError):  # Windows removes no file that is open
            Path(lock.lock_file).unlink()  # whoever waits for it sees that it is gone
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
    """Write the run's file, replacing an older one.

    Raises:
        CheckpointError: the file cannot be written.
    """
    save_sealed(name, sealed(name, unfinished))


def save_sealed(name: str, content: bytes) -> None:
    """Write the run's file with content from ``sealed``, replacing an older one.

    Raises:
        CheckpointError: the file cannot be written.
    """
    save_file(unfinished_path(name), content)


def load_unfinished(name: str) -> Unfinished:
    """Read a stopped run.

    Raises:
        CheckpointError: there is no stopped run of that name, or its file is broken.
    """
    path = unfinished_path(name)
    if not os.path.lexists(path):
        raise CheckpointError(f"there is no stopped run named {name!r} to resume")
    return unsealed(name, read_bounded(path, _LIMIT))


def unsealed(name: str, sealed: bytes) -> Unfinished:
    """The run in content from ``sealed``.

    Raises:
        CheckpointError: the content is broken, or belongs to a run of another name.
    """
    path = unfinished_path(name)
    content = sealed[_DIGEST:]
    if hashlib.sha256(content).digest() != sealed[:_DIGEST]:
        raise broken(path, "it was truncated or changed after it was saved")
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
        raise broken(path, f"its history does not match epoch {int(arrays['epoch'])}")
    state = {key: torch.from_numpy(array) for key, array in arrays.items()}
    return Unfinished(metadata.run, tuple(metadata.history), state)


def _layout(run: RunSpec) -> Layout:
    """The tensors in the state of this run's trainer after an epoch."""
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
    """Delete a stopped run, if there is one.

    Raises:
        CheckpointError: its file cannot be deleted.
    """
    path = unfinished_path(name)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(path, error) from None
