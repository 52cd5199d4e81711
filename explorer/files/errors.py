"""What goes wrong with files, in words."""

import os
from pathlib import Path

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
