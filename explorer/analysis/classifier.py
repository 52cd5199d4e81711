"""A small classifier of a data set's images, used to judge which class a decoded image shows.

It is trained on the training images with a fixed seed; its temperature is fitted on validation
images and its accuracy measured on test images. On images unlike the training data its prediction
is a guess, often with high confidence (Nguyen et al. 2015). The classifiers of the gallery's data
sets ship with the app; those of others are trained where their images are, and stored.
"""

import hashlib
import math
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
import safetensors.numpy
import torch
from filelock import FileLock
from numpy.typing import ArrayLike
from pydantic import Field
from torch import Tensor
from torch.nn.functional import cross_entropy, linear, log_softmax, relu

from explorer.datasets import HeldOut, ImageDataset, Images
from explorer.files import CheckpointError, home_folder, read_bounded, read_tensors, replace_file
from explorer.specs import Spec
from explorer.training.threads import one_thread

_PIXELS = 2**22  # pixels classified at a time: 16 MB
_LARGEST = 2**28  # bytes of a file; larger files are not read
_LOCK_SECONDS = 120.0  # to wait for another process to train it, before training it here as well
_WARM_UP = 0.15  # fraction of the steps in which the rate rises


class ClassifierSpec(Spec):
    """The architecture and training of a classifier; with the images it determines the weights."""

    widths: tuple[int, ...] = Field((256, 128), description="Hidden units, from image to class.")
    steps: int = Field(800, ge=1, description="Optimiser steps.")
    batch_size: int = Field(512, ge=1, description="Images per step; at most a quarter of all.")
    learning_rate: float = Field(3e-3, gt=0, description="Peak of the one-cycle rate.")
    weight_decay: float = Field(0.05, ge=0, description="Of AdamW (Loshchilov & Hutter 2019).")
    seed: int = Field(0, ge=0, description="Seed of the weights and order.")


@dataclass(frozen=True, eq=False)
class Classifier:
    """A trained classifier: a multilayer perceptron with ReLU activations.

    Attributes:
        layers: weights (out, in) and biases (out,) float32.
        temperature: divides the logits, to calibrate its confidence on validation images
            (Guo et al. 2017).
        accuracy: fraction of test images that it classifies correctly.
    """

    layers: tuple[tuple[Tensor, Tensor], ...]
    temperature: float
    accuracy: float

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.layers[-1][1])

    @property
    def digest(self) -> str:
        """SHA-256 of its weights and temperature."""
        return hashlib.sha256(_packed(self)).hexdigest()

    @torch.no_grad()
    def log_probabilities(self, images: ArrayLike) -> np.ndarray:
        """log p(class | image) of images (n, C, H, W) in [0, 1]: (n, classes), nats."""
        pixels = torch.as_tensor(np.asarray(images, dtype=np.float32)).flatten(1)
        size = _batch(pixels[0].numel()) if len(pixels) else 1
        found = [log_softmax(self._logits(part), dim=1) for part in pixels.split(size)]
        return torch.cat(found).numpy() if len(pixels) else np.zeros((0, self.classes), np.float32)

    def entropy(self, images: ArrayLike) -> np.ndarray:
        """Entropy of the predicted class of each image, (n,) nats: from 0 to log(classes)."""
        logs = self.log_probabilities(images)
        return -(np.exp(logs) * logs).sum(axis=1)

    def winners(self, images: ArrayLike) -> np.ndarray:
        """The most probable class of each image: (n,) int64."""
        return self.log_probabilities(images).argmax(axis=1)

    def _logits(self, pixels: Tensor) -> Tensor:
        return _forward(self.layers, pixels) / self.temperature


def _batch(pixels: int) -> int:
    """How many images of ``pixels`` pixels to classify at a time."""
    return max(1, _PIXELS // pixels)


def _forward(layers: tuple[tuple[Tensor, Tensor], ...], pixels: Tensor) -> Tensor:
    """Logits (n, classes) of pixels (n, P)."""
    *hidden, (weight, bias) = layers
    for inner, offset in hidden:
        pixels = relu(linear(pixels, inner, offset))
    return linear(pixels, weight, bias)


def train_classifier(dataset: ImageDataset, spec: ClassifierSpec | None = None) -> Classifier:
    """A classifier trained on ``dataset.train``, with its temperature fitted on ``validation`` and
    its accuracy measured on ``test``. It uses its own random generator, so any thread may call it.

    Raises:
        ValueError: the images have no classes.
    """
    if not dataset.classes:
        raise ValueError(f"the images of {dataset.name} have no classes to distinguish")
    with one_thread():
        return _trained(dataset, spec or ClassifierSpec())


def _trained(dataset: ImageDataset, spec: ClassifierSpec) -> Classifier:
    generator = torch.Generator().manual_seed(spec.seed)
    layers = _initial(_sizes(dataset, spec), generator)
    parameters = [value for layer in layers for value in layer]
    optimiser = torch.optim.AdamW(parameters, weight_decay=spec.weight_decay, fused=True)
    images = dataset.train
    batch = min(spec.batch_size, max(1, len(images) // 4))
    for step in range(spec.steps):
        for group in optimiser.param_groups:
            group["lr"] = spec.learning_rate * _rate(step / spec.steps)
        index = torch.randint(len(images), (batch,), generator=generator)
        optimiser.zero_grad()
        with torch.enable_grad():
            part = images[index]
            cross_entropy(_forward(layers, part.floats().flatten(1)), part.labels).backward()
        optimiser.step()
    final = tuple((_rounded(weight), _rounded(bias)) for weight, bias in layers)
    temperature = _fitted_temperature(_all_logits(final, dataset.validation), dataset.validation)
    right = _all_logits(final, dataset.test).argmax(1) == dataset.test.labels
    return Classifier(final, temperature, float(right.float().mean()))


def _rounded(values: Tensor) -> Tensor:
    """The values as they are stored, in float16."""
    return values.detach().half().float()


def _sizes(dataset: HeldOut, spec: ClassifierSpec) -> list[int]:
    return [math.prod(dataset.image_shape), *spec.widths, len(dataset.classes)]


def _initial(sizes: list[int], generator: torch.Generator) -> tuple[tuple[Tensor, Tensor], ...]:
    """Weights drawn as in He et al. 2015 for ReLU, and zero biases."""
    layers = []
    for inputs, outputs in pairwise(sizes):
        weight = torch.randn(outputs, inputs, generator=generator) * math.sqrt(2 / inputs)
        layers.append((weight.requires_grad_(), torch.zeros(outputs, requires_grad=True)))
    return tuple(layers)


def _rate(share: float) -> float:
    """One-cycle learning rate relative to its peak (Smith & Topin 2018)."""
    if share < _WARM_UP:
        return share / _WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (share - _WARM_UP) / (1 - _WARM_UP)))


@torch.no_grad()
def _all_logits(layers: tuple[tuple[Tensor, Tensor], ...], images: Images) -> Tensor:
    size = _batch(images.pixels[0].numel())
    parts = (images[at : at + size] for at in range(0, len(images), size))
    return torch.cat([_forward(layers, part.floats().flatten(1)) for part in parts])


def _fitted_temperature(logits: Tensor, images: Images) -> float:
    """The temperature with the least cross-entropy, from 1/4 to 16 in steps of 5 %."""
    choices = torch.exp(torch.arange(math.log(0.25), math.log(16), 0.05)).tolist()
    return min(choices, key=lambda t: float(cross_entropy(logits / t, images.labels)))


# ---- stored between runs


# The classifiers of the gallery's data sets; no checkpoint can have this name.
SHIPPED = Path(__file__).resolve().parents[2] / "checkpoints" / "_classifiers"


def classifier_folder() -> Path:
    """The folder of trained classifiers."""
    return home_folder() / "classifiers"


_known: "WeakKeyDictionary[HeldOut, Classifier]" = WeakKeyDictionary()
_asking = Lock()


def classifier_of(dataset: HeldOut, folder: Path) -> Classifier:
    """The classifier of a data set: from memory, shipped with the app, from ``folder``, or trained
    and stored there.

    If several threads ask for it, one obtains it and the others wait.

    Raises:
        ValueError: it would have to be trained, and only the held-out images are on this machine.
    """
    with _asking:
        classifier = _known.get(dataset)
        if classifier is None:
            classifier = _known[dataset] = _found(dataset, folder)
        return classifier


def _found(dataset: HeldOut, folder: Path) -> Classifier:
    spec = ClassifierSpec()
    with suppress(CheckpointError):
        return _read(shipped_at(SHIPPED, dataset, spec), dataset, spec)
    if not isinstance(dataset, ImageDataset):
        raise ValueError("its classifier learns from training images, which are not here")
    return kept_classifier(dataset, folder, spec)


def shipped_at(folder: Path, dataset: HeldOut, spec: ClassifierSpec) -> Path:
    """The file of a shipped classifier. Its name tells the spec and the held-out images, since the
    training images do not ship."""
    held_out = HeldOut(dataset.name, dataset.classes, dataset.test)
    return folder / f"{dataset.name}-{_key(held_out, spec)}.safetensors"


def ship_classifier(folder: Path, dataset: ImageDataset) -> Path:
    """Train the classifier of a data set and write it to ``folder``; returns the file."""
    spec = ClassifierSpec()
    path = shipped_at(folder, dataset, spec)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, _packed(train_classifier(dataset, spec)))
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
            replace_file(path, _packed(classifier))
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


def _packed(classifier: Classifier) -> bytes:
    tensors = {}
    for index, (weight, bias) in enumerate(classifier.layers):
        tensors[f"{index}.weight"], tensors[f"{index}.bias"] = _half(weight), _half(bias)
    facts = np.array([classifier.temperature, classifier.accuracy], dtype=np.float32)
    return safetensors.numpy.save({**tensors, "facts": facts})


def _half(values: Tensor) -> np.ndarray:
    return values.numpy().astype(np.float16)


def _read(path: Path, dataset: HeldOut, spec: ClassifierSpec) -> Classifier:
    """Read a classifier from a file.

    Raises:
        CheckpointError: the file is missing or broken, or does not fit the images and the spec.
    """
    layout: dict[str, tuple[str, tuple[int, ...]]] = {"facts": ("F32", (2,))}
    shapes = list(pairwise(_sizes(dataset, spec)))
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
