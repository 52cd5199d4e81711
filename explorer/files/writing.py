"""Writing files atomically: at any moment either the old or the new file is complete."""

import os
from pathlib import Path

from explorer.files.errors import unwritable
from explorer.specs import Spec


def write_synced(path: Path, content: bytes) -> None:
    """Write a file and wait until it is on disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the folder's entries are on disk, on systems that support this."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file atomically: at any moment it has either the old or the new content.

    Only one process may write at a time; leftovers of a killed process are overwritten.
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
    """``replace_file`` with an error message for the user.

    Raises:
        CheckpointError: the file cannot be written; the old one is kept.
    """
    try:
        replace_file(path, content)
    except OSError as error:
        raise unwritable(path, error) from None


def save_spec(path: Path, spec: Spec) -> None:
    """Write a spec as a JSON file.

    Raises:
        CheckpointError: the file cannot be written; the old one is kept.
    """
    save_file(path, spec.model_dump_json(indent=1).encode())
