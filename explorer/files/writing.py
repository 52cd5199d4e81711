"""Files written so that, at any moment, the old or the new one is there, whole."""

import os
from pathlib import Path

from explorer.files.errors import unwritable
from explorer.specs import Spec


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
