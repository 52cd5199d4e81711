"""Errors about files, with messages for the user."""

import os
from pathlib import Path

_LONGEST_REASON = 300  # characters


class CheckpointError(Exception):
    """A checkpoint or a stopped run cannot be read or written; the message names the file and says
    why."""


def broken(path: Path, reason: object) -> CheckpointError:
    """The error for a file. The reason may quote the file: it is shortened and made printable."""
    text = "".join(letter if letter.isprintable() else " " for letter in str(reason))
    return CheckpointError(f"{path}: {text[:_LONGEST_REASON]}")


def unwritable(path: Path, error: OSError) -> CheckpointError:
    """The error for a file or folder that cannot be written."""
    return broken(path, f"cannot be written ({error.strerror or error}); nothing was changed")


def refuse_existing(path: Path) -> None:
    """Check that the path does not exist yet.

    Raises:
        CheckpointError: it exists.
    """
    if os.path.lexists(path):
        raise CheckpointError(f"{path} exists already; choose another name")
