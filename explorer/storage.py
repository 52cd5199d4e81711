"""Files that may be broken, hostile or interrupted: read with bounds, written atomically."""

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
from filelock import FileLock
from platformdirs import user_data_path
from pydantic import ValidationError
from safetensors import SafetensorError, deserialize

from explorer.specs import Spec, explain, is_name

# Name of a tensor → its safetensors dtype and its shape, in which −1 is any length.
Layout = Mapping[str, tuple[str, tuple[int, ...]]]

S = TypeVar("S", bound=Spec)

_DTYPES = {"F16": "<f2", "F32": "<f4", "I16": "<i2", "I64": "<i8"}
_LOCK_SECONDS = 30.0  # until a lock that somebody else holds is given up
_LONGEST_REASON = 300  # characters


class CheckpointError(Exception):
    """A checkpoint or a stopped run cannot be read or written; the message names the file and the
    reason."""


def broken(path: Path, reason: object) -> CheckpointError:
    """The error for a file. Reasons may quote it: it must not fill the screen nor steer it."""
    text = "".join(letter if letter.isprintable() else " " for letter in str(reason))
    return CheckpointError(f"{path}: {text[:_LONGEST_REASON]}")


def unwritable(path: Path, error: OSError) -> CheckpointError:
    """The error for a file or folder that the system will not let us write."""
    return broken(path, f"cannot be written ({error.strerror or error}); what was there is kept")


def refuse_existing(path: Path) -> None:
    """Check that there is nothing of this name.

    Raises:
        CheckpointError: there is.
    """
    if os.path.lexists(path):
        raise CheckpointError(f"{path} exists already; choose another name")


def home_folder() -> Path:
    """Where the user's own work is kept: ``EXPLORER_HOME``, else the platform's data folder."""
    chosen = os.environ.get("EXPLORER_HOME")
    if chosen:
        return Path(chosen).expanduser()
    return user_data_path("latent-explorer", appauthor=False)


def named_files(folder: Path, suffix: str) -> list[str]:
    """The names, in order, that ``check_name`` accepts of the files of that kind in a folder."""
    return sorted(path.stem for path in folder.glob(f"[!.]*{suffix}") if is_name(path.stem))


def read_bounded(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most ``limit`` bytes. Links are not followed.

    Raises:
        CheckpointError: it is missing, too large, not a regular file, or cannot be read.
    """
    try:
        # Looked at before it is opened, since opening some devices has effects; and once more when
        # it is open, since it may have been swapped. Without O_NONBLOCK a pipe would hang.
        _checked_size(path, path.lstat(), limit)
        flags = (getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
        with os.fdopen(os.open(path, os.O_RDONLY | sum(flags)), "rb") as file:
            # Not ``limit``: that much memory would be set aside.
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


def read_tensors(path: Path, content: bytes, layout: Layout) -> dict[str, np.ndarray]:
    """The arrays in the content of a safetensors file, which must be just those of the layout.

    Raises:
        CheckpointError: it is no such file, or a tensor is missing, unknown, of another type or
            shape, or not finite.
    """
    try:
        tensors = dict(deserialize(content))
    except SafetensorError as error:
        raise broken(path, f"it is not a safetensors file: {error}") from None
    if odd := sorted(tensors.keys() ^ layout.keys()):
        trouble = "is missing" if odd[0] in layout else "does not belong there"
        raise broken(path, f"tensor {odd[0][:64]!a} {trouble}")
    arrays = {}
    for name, (dtype, shape) in layout.items():
        found, actual = tensors[name], tuple(tensors[name]["shape"])
        pairs = zip(shape, actual, strict=False)
        if len(actual) != len(shape) or any(wanted not in (-1, got) for wanted, got in pairs):
            raise broken(path, f"tensor {name!a} has shape {actual}, expected is {shape}")
        if found["dtype"] != dtype:
            raise broken(path, f"tensor {name!a} is {found['dtype']}, expected is {dtype}")
        arrays[name] = np.frombuffer(found["data"], _DTYPES[dtype]).reshape(actual)
        if not np.isfinite(arrays[name]).all():
            raise broken(path, f"tensor {name!a} is not finite")
    return arrays


def write_synced(path: Path, content: bytes) -> None:
    """Write a file and wait until it is on the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the folder's entries are on the disk, where the system can tell."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file so that at any moment either the old or the new content is there, whole.

    One process at a time: what a killed one left is overwritten.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    try:
        write_synced(fresh, content)
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
    sync_folder(path.parent)


def save_file(path: Path, content: bytes) -> None:
    """``replace_file`` with the reason in words.

    Raises:
        CheckpointError: it cannot be written; what was there is kept.
    """
    try:
        replace_file(path, content)
    except OSError as error:
        raise unwritable(path, error) from None


def save_spec(path: Path, spec: Spec) -> None:
    """Write a spec as a file of JSON.

    Raises:
        CheckpointError: it cannot be written; what was there is kept.
    """
    save_file(path, spec.model_dump_json(indent=1).encode())


def load_spec(path: Path, kind: type[S], limit: int) -> S:
    """The spec in a file of JSON of at most ``limit`` bytes.

    Raises:
        CheckpointError: there is none, or it is broken.
    """
    try:
        return kind.model_validate_json(read_bounded(path, limit))
    except ValidationError as error:
        raise broken(path, f"it is not valid: {explain(error)}") from None


def replace_folder(folder: Path, files: Mapping[str, bytes], *, overwrite: bool) -> None:
    """Write a folder of files so that, whenever the process is killed, the old or the new one is
    there, whole; ``recover`` brings back an old one that had just stepped aside.

    Raises:
        CheckpointError: there is such a folder, and it is not to be overwritten.
        OSError: it cannot be written; nothing has changed.
    """
    root = folder.parent
    fresh, old = root / f".{folder.name}.new", root / f".{folder.name}.old"
    root.mkdir(parents=True, exist_ok=True)
    with _lock(root):
        _clean_up(root)
        if not overwrite:
            refuse_existing(folder)
        try:
            fresh.mkdir()
            for name, content in files.items():
                write_synced(fresh / name, content)
            sync_folder(fresh)
            # No system renames onto a folder with content: the old one steps aside for a moment.
            if os.path.lexists(folder):
                os.rename(folder, old)
            os.rename(fresh, folder)
            sync_folder(root)
        finally:
            _clean_up(root)


def remove_folder(folder: Path) -> None:
    """Remove a folder of files: at any moment it is there whole, or it is gone.

    Raises:
        OSError: it cannot be removed.
    """
    with _lock(folder.parent):
        _clean_up(folder.parent)
        # Nothing brings back what is called so, while of a folder ".old" nobody knows.
        gone = folder.with_name(f".{folder.name}.new")
        os.rename(folder, gone)
        shutil.rmtree(gone, ignore_errors=True)


def recover(root: Path) -> None:
    """Bring back what a killed ``replace_folder`` had put aside, or wait for one at work."""
    if any(root.glob(".*.old")):
        try:
            with _lock(root):
                _clean_up(root)
        except OSError:
            pass  # It cannot be written; whoever reads on will find nothing and say so.


@contextmanager
def writers_kept_out(root: Path) -> Iterator[None]:
    """Nobody changes the folder's entries meanwhile; nobody can where we may not lock it."""
    with ExitStack() as stack:
        try:
            stack.enter_context(_lock(root))
            _clean_up(root)
        except OSError:
            pass  # A folder that cannot be written has no writers.
        yield


def _lock(root: Path) -> FileLock:
    """Held by whoever changes a folder's entries; the system takes it from a process that dies."""
    return FileLock(root / ".lock", timeout=_LOCK_SECONDS)


def _clean_up(root: Path) -> None:
    """Undo what was begun and not finished. Under the lock, whatever is hidden is nobody's."""
    for old in root.glob(".*.old"):
        folder = root / old.name.removeprefix(".").removesuffix(".old")
        if os.path.lexists(folder):
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.rename(old, folder)
    for fresh in root.glob(".*.new"):
        shutil.rmtree(fresh, ignore_errors=True)
