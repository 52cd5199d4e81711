"""Handles messages about runs: updates the members and writes the user's files."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from explorer.background.jobs.films import save_film
from explorer.background.jobs.job import ACTIVE, Frame, Member, Stage
from explorer.background.jobs.orders import parted_files
from explorer.runs.checkpoints import CheckpointError, save_files, user_folder
from explorer.runs.unfinished import delete_unfinished, save_sealed
from explorer.specs import RunSpec
from explorer.training.progress import EpochRecord

_RECORDS = TypeAdapter(list[EpochRecord])


def _begun(member: Member, head: dict[str, Any], body: bytes) -> None:
    if member.stage == Stage.RUNNING:
        member.restarts += 1  # another worker took over
    if member.stage == Stage.WAITING:
        member.stage, member.begun = Stage.RUNNING, time.monotonic()
    if member.stage in ACTIVE:
        member.note = ""
    member.warning = ""  # it was about the device of another process
    member.run = RunSpec.model_validate(head["spec"])
    member.labels = np.frombuffer(body, np.uint8).astype(np.int64)
    member.history = _RECORDS.validate_python(head["records"])


def _progress(member: Member, head: dict[str, Any], body: bytes) -> None:
    member.take(_RECORDS.validate_python(head["records"]))


def _frame(member: Member, head: dict[str, Any], body: bytes) -> None:
    codes = np.frombuffer(body, "<f4").reshape(head["shape"])
    member.take_frame(Frame(head["step"], head["epoch"], codes), head["kept"])


def _changed(member: Member, head: dict[str, Any], body: bytes) -> None:
    member.run = RunSpec.model_validate(head["spec"])


def _fetching(member: Member, head: dict[str, Any], body: bytes) -> None:
    if member.stage in ACTIVE:
        member.note = f"{head['text']} {head['share']:.0%}"


def _warning(member: Member, head: dict[str, Any], body: bytes) -> None:
    member.warning = str(head["words"])


def _failed(member: Member, head: dict[str, Any], body: bytes) -> None:
    if member.stage in ACTIVE:
        member.end(Stage.FAILED, str(head["reason"]))


def _state(member: Member, head: dict[str, Any], body: bytes) -> None:
    """Write the last finished epoch, unless there is a trained model already."""
    if member.stage != Stage.DONE and member.files is None:
        try:
            save_sealed(member.name, body)
            member.trouble = ""
        except CheckpointError as error:
            member.trouble = str(error)


def _checkpoint(member: Member, head: dict[str, Any], body: bytes) -> None:
    with suppress(CheckpointError):  # ``trouble`` says why, and saving can be tried again
        save_trained(member, parted_files(head["files"], body))


_HANDLERS: dict[str, Callable[[Member, dict[str, Any], bytes], None]] = {
    "begun": _begun,
    "progress": _progress,
    "frame": _frame,
    "changed": _changed,
    "fetching": _fetching,
    "failed": _failed,
    "warning": _warning,
    "state": _state,
    "checkpoint": _checkpoint,
}


WRITTEN = ("state", "checkpoint")  # kinds of message that are written to files


def take_in(member: Member, head: dict[str, Any], body: bytes) -> None:
    """Handle a task's message about one of its runs (see ``child``)."""
    _HANDLERS[head["kind"]](member, head, body)


def save_trained(member: Member, files: dict[str, bytes]) -> None:
    """Save the checkpoint of a trained model and the film of its plane.

    Raises:
        CheckpointError: the checkpoint cannot be written; the member keeps its files.
    """
    try:
        save_files(user_folder(), member.name, files)
    except CheckpointError as error:
        member.files, member.trouble = files, str(error)
        member.end(Stage.UNSAVED, str(error))
        raise
    member.files, member.trouble = None, ""
    with suppress(CheckpointError):  # only the checkpoint is essential
        save_film(member)
    delete_unfinished(member.name)
    member.end(Stage.DONE)
