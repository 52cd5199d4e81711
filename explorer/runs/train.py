"""A whole run, from a spec to a measured checkpoint; it can be resumed after each epoch."""

import platform
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from explorer.analysis.measures import INSTANT, evaluate
from explorer.analysis.subject import Subject
from explorer.datasets import ImageDataset
from explorer.models import Model
from explorer.runs.checkpoint_files import round_weights
from explorer.runs.checkpoints import (
    Checkpoint,
    CheckpointError,
    check_free,
    checkpoint_names,
    save_checkpoint,
    saved_run,
)
from explorer.runs.defaults import check_fits
from explorer.runs.unfinished import (
    Unfinished,
    delete_unfinished,
    load_unfinished,
    owned,
    save_unfinished,
)
from explorer.specs import CheckpointSpec, RunSpec
from explorer.training.hardware import device_name
from explorer.training.loop import Trainer
from explorer.training.progress import EpochRecord, Progress, validation_curve

_LIBRARIES = ("torch", "torchvision", "numpy", "safetensors")


def free_name(stem: str, taken: Iterable[str]) -> str:
    """The first of ``stem``, ``stem-2``, … that is neither a checkpoint's name nor in ``taken``."""
    taken = {*taken, *checkpoint_names()}
    name, count = stem, 1
    while name in taken:
        count += 1
        name = f"{stem}-{count}"
    return name


def train_checkpoint(
    root: Path,
    name: str,
    run: RunSpec,
    dataset: ImageDataset,
    *,
    resume: bool = False,
    overwrite: bool = False,
    storage: Literal["float16", "float32"] = "float32",
    snapshots: int = 0,
) -> Iterator[Progress]:
    """Train, yielding after each epoch; then measure on the test images and save.

    The run is saved after each epoch, so that ``resume`` can continue it there, whatever stopped
    it. The spec must then be that of the stopped run, including the changes made while it ran
    (``load_unfinished(name).run``).

    Raises:
        CheckpointError: the name is taken or being trained, there is nothing to resume, or a file
            cannot be written.
        NonFiniteLoss: the loss diverged; the run can be resumed after its last finished epoch.
        ValueError: the spec does not fit the data set.
    """
    check_fits(run, dataset)
    with owned(name):
        history: list[EpochRecord] = []
        state = None
        if resume:
            stopped = load_unfinished(name)
            check_same(name, stopped.run, run)
            history, state = list(stopped.history), stopped.state
            # If it was killed after its checkpoint was saved, there is nothing left to train.
            if not overwrite and saved_run(root / name) == run:
                delete_unfinished(name)
                return
        if not overwrite:
            check_free(root, name)
        trainer = Trainer(run, dataset, state=state, snapshots=snapshots)
        for progress in trainer:
            history.append(progress.record)
            save_unfinished(name, Unfinished(trainer.run, tuple(history), trainer.state()))
            yield progress
        device = device_name(trainer.device)
        checkpoint = finished(name, trainer.run, trainer.model, device, dataset, history, storage)
        save_checkpoint(root, checkpoint, overwrite=overwrite)
        delete_unfinished(name)


def finished(
    name: str,
    run: RunSpec,
    model: Model,
    device: str,
    dataset: ImageDataset,
    history: Sequence[EpochRecord],
    storage: Literal["float16", "float32"] = "float32",
) -> Checkpoint:
    """The checkpoint of a trained model, measured on the test images with rounded weights."""
    model = model.to("cpu").eval()
    round_weights(model, storage)
    validation = validation_curve(run.training, history)
    subject = Subject.of(model.view(dataset.test), dataset, validation=validation)
    spec = CheckpointSpec(
        name=name,
        run=run,
        storage=storage,
        device=device,
        versions={"python": platform.python_version()}
        | {library: version(library) for library in _LIBRARIES},
        measures=evaluate(subject, INSTANT),
    )
    return Checkpoint(spec, model, subject.all_codes, tuple(history))


def check_same(name: str, started: RunSpec, requested: RunSpec) -> None:
    """Check that a stopped run has the requested spec.

    Raises:
        CheckpointError: it does not; the message names the first field that differs.
    """
    for field, before in _fields(started).items():
        now = _fields(requested)[field]
        if before != now:
            raise CheckpointError(
                f"{name} was started with {field} {before!a}, so it cannot be resumed with {now!a}"
            )


def _fields(run: RunSpec) -> dict[str, Any]:
    return {"dataset": run.dataset, **run.model.model_dump(), **run.training.model_dump()}
