"""Films of the latent plane during training, saved as ``EXPLORER_HOME/films/NAME.film``."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import safetensors.numpy

from explorer.background.jobs.job import Frame, Member
from explorer.files import (
    CheckpointError,
    broken,
    home_folder,
    read_bounded,
    read_tensors,
    save_file,
)
from explorer.runs.checkpoints import read_spec, user_folder
from explorer.specs import CheckpointSpec, check_name

_LIMIT = 2**26  # bytes


def film_path(name: str) -> Path:
    """The file of a film."""
    return home_folder() / "films" / f"{check_name(name)}.film"


def save_film(member: Member) -> None:
    """Save the film of a run whose checkpoint has been saved.

    Raises:
        CheckpointError: the file cannot be written.
    """
    if not member.frames:
        return
    path = film_path(member.name)
    digest = read_spec(user_folder() / member.name).digest
    arrays = {
        "codes": np.stack([frame.codes for frame in member.frames]),
        "steps": np.array([(frame.step, frame.epoch) for frame in member.frames], dtype=np.int64),
        "labels": member.labels.astype(np.int64),
        "checkpoint": np.frombuffer(bytes.fromhex(digest), np.int64),
    }
    save_file(path, safetensors.numpy.save(arrays))


def load_film(spec: CheckpointSpec) -> tuple[Sequence[Frame], np.ndarray] | None:
    """The frames, each (n, d), and the labels (n,) of a checkpoint's film; None without a film.

    Raises:
        CheckpointError: the file is broken.
    """
    path = film_path(spec.name)
    if not path.is_file():
        return None
    layout = {
        "codes": ("F32", (-1, -1, -1)),
        "steps": ("I64", (-1, 2)),
        "labels": ("I64", (-1,)),
        "checkpoint": ("I64", (4,)),
    }
    arrays = read_tensors(path, read_bounded(path, _LIMIT), layout)
    codes, steps, labels = arrays["codes"], arrays["steps"], arrays["labels"]
    if len(codes) != len(steps) or codes.shape[1] != len(labels) or (labels < 0).any():
        raise broken(path, "its frames are inconsistent")
    if arrays["checkpoint"].tobytes() != bytes.fromhex(spec.digest):
        return None  # it belongs to an earlier checkpoint with this name
    frames = [
        Frame(int(step), int(epoch), one) for (step, epoch), one in zip(steps, codes, strict=True)
    ]
    return frames, labels


def delete_film(name: str) -> None:
    """Delete a checkpoint's film, if it has one."""
    try:
        film_path(name).unlink(missing_ok=True)
    except OSError as error:
        raise CheckpointError(f"{film_path(name)}: cannot be deleted ({error.strerror})") from None
