"""Classifiers that ship with the app, and those stored between runs."""

import hashlib
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
import torch
from filelock import FileLock

from explorer.analysis.classifier.network import Classifier, ClassifierSpec
from explorer.analysis.classifier.training import layer_sizes, train_classifier
from explorer.datasets import HeldOut, ImageDataset
from explorer.files import CheckpointError, home_folder, read_bounded, read_tensors, replace_file

_LARGEST = 2**28  # bytes of a file; larger files are not read
_LOCK_SECONDS = 120.0  # to wait for another process to train it, before training it here as well

# The classifiers of the gallery's data sets; no checkpoint can have this name.
SHIPPED = Path(__file__).resolve().parents[3] / "checkpoints" / "_classifiers"


SHIPPED_SEEDS = (0, 1, 2)  # several, so that the error from their training is known


def classifier_folder() -> Path:
    """The folder of trained classifiers."""
    return home_folder() / "classifiers"


_known: "WeakKeyDictionary[HeldOut, dict[int, Classifier]]" = WeakKeyDictionary()
_asking = Lock()


def classifier_of(dataset: HeldOut, folder: Path, seed: int = 0) -> Classifier:
    """The classifier of a data set and a seed: from memory, shipped with the app, from ``folder``,
    or trained and stored there.

    If several threads ask for it, one obtains it and the others wait.

    Raises:
        ValueError: it would have to be trained, and only the held-out images are on this machine.
    """
    with _asking:
        known = _known.setdefault(dataset, {})
        if seed not in known:
            known[seed] = _found(dataset, folder, ClassifierSpec(seed=seed))
        return known[seed]


def _found(dataset: HeldOut, folder: Path, spec: ClassifierSpec) -> Classifier:
    with suppress(CheckpointError):
        return _read(shipped_at(SHIPPED, dataset, spec), dataset, spec)
    if not isinstance(dataset, ImageDataset):
        raise ValueError("its classifier learns from training images, which are not here")
    return kept_classifier(dataset, folder, spec)


def shipped_classifier(dataset: HeldOut, seed: int = 0) -> Classifier | None:
    """The classifier of a data set and a seed if it ships with the app, which takes no training."""
    ships = shipped_at(SHIPPED, dataset, ClassifierSpec(seed=seed)).is_file()
    return classifier_of(dataset, SHIPPED, seed) if ships else None


def shipped_at(folder: Path, dataset: HeldOut, spec: ClassifierSpec) -> Path:
    """The file of a shipped classifier. Its name tells the spec and the held-out images, since the
    training images do not ship."""
    held_out = HeldOut(dataset.name, dataset.classes, dataset.test)
    return folder / f"{dataset.name}-{_key(held_out, spec)}.safetensors"


def ship_classifier(folder: Path, dataset: ImageDataset, seed: int) -> Path:
    """Train the classifier of a data set and a seed and write it to ``folder``; returns the
    file."""
    spec = ClassifierSpec(seed=seed)
    path = shipped_at(folder, dataset, spec)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, train_classifier(dataset, spec).packed())
    return path


def kept_classifier(
    dataset: ImageDataset, folder: Path, spec: ClassifierSpec | None = None
) -> Classifier:
    """The classifier in ``folder`` for exactly these images and this spec; trained if none is
    stored or the file is broken. Concurrent processes wait for one another; if the folder cannot
    be written, the classifier is trained but not stored."""
    spec = spec or ClassifierSpec()
    path = folder / f"{dataset.name}-{_key(dataset, spec)}.safetensors"
    with suppress(CheckpointError):
        return _read(path, dataset, spec)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=_LOCK_SECONDS):
            with suppress(CheckpointError):
                return _read(path, dataset, spec)
            classifier = train_classifier(dataset, spec)
            replace_file(path, classifier.packed())
            return classifier
    except OSError:  # not writable, or another process takes too long
        return train_classifier(dataset, spec)


def _key(dataset: HeldOut, spec: ClassifierSpec) -> str:
    """A hash of the images, their labels and the spec."""
    digest = hashlib.blake2b(spec.model_dump_json().encode(), digest_size=16)
    splits = [dataset.test]
    if isinstance(dataset, ImageDataset):
        splits = [dataset.train, dataset.validation, dataset.test]
    for images in splits:
        for values in (images.pixels, images.labels):
            digest.update(np.ascontiguousarray(values.cpu().numpy()).data)
    return digest.hexdigest()


def _read(path: Path, dataset: HeldOut, spec: ClassifierSpec) -> Classifier:
    """Read a classifier from a file.

    Raises:
        CheckpointError: the file is missing or broken, or does not fit the images and the spec.
    """
    layout: dict[str, tuple[str, tuple[int, ...]]] = {"facts": ("F32", (2,))}
    shapes = list(pairwise(layer_sizes(dataset, spec)))
    for index, (inputs, outputs) in enumerate(shapes):
        layout[f"{index}.weight"] = ("F16", (outputs, inputs))
        layout[f"{index}.bias"] = ("F16", (outputs,))
    arrays = read_tensors(path, read_bounded(path, _LARGEST), layout)
    temperature, accuracy = arrays["facts"].tolist()
    if not (temperature > 0 and 0 <= accuracy <= 1):
        raise CheckpointError(f"{path}: temperature or accuracy is out of range")
    layers = tuple(
        (
            torch.tensor(arrays[f"{index}.weight"]).float(),
            torch.tensor(arrays[f"{index}.bias"]).float(),
        )
        for index in range(len(shapes))
    )
    return Classifier(layers, temperature, accuracy)
