"""A training run seen again, moment by moment: trained anew from its spec, which holds its seed."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from explorer.datasets import ImageDataset
from explorer.models import Model
from explorer.models.latent import Codes, encode_images
from explorer.specs import RunSpec
from explorer.training.loop import Trainer

MOMENTS = 40


@dataclass(frozen=True, eq=False)
class Moment:
    """The model after so many epochs, a copy, and its codes of the held-out images."""

    epoch: int
    model: Model
    codes: Codes


def replay(run: RunSpec, dataset: ImageDataset, moments: int = MOMENTS) -> Iterator[Moment]:
    """Train ``run`` again and yield some of its moments, the untrained model first.

    Early epochs change the most and are shown one by one, later ones farther and farther apart;
    the last is always shown.

    Raises:
        NonFiniteLoss: the loss blew up, as it did the first time.
        ValueError: the spec does not fit the data set, or fewer than two moments are asked for.
    """
    trainer = Trainer(run, dataset)
    shown = shown_epochs(run.training.epochs, moments)
    yield _moment(trainer, dataset)
    for progress in trainer:
        if progress.record.epoch in shown:
            yield _moment(trainer, dataset)


def shown_epochs(epochs: int, moments: int) -> frozenset[int]:
    """At most so many of the epochs 0, 1, … ``epochs``, both ends among them."""
    if moments < 2:
        raise ValueError(f"a replay has at least two moments, not {moments}")
    # Evenly in log(1 + epoch), then rounded: at first that gives the same epoch more than once.
    count = moments
    while True:
        found = frozenset(np.rint(np.expm1(np.linspace(0, np.log1p(epochs), count))).astype(int))
        more = frozenset(np.rint(np.expm1(np.linspace(0, np.log1p(epochs), count + 1))).astype(int))
        if len(more) > moments or len(found) > epochs:
            return frozenset(int(epoch) for epoch in found)
        count += 1


def _moment(trainer: Trainer, dataset: ImageDataset) -> Moment:
    model = deepcopy(trainer.model).to("cpu").eval()
    return Moment(trainer.epoch, model, encode_images(model, dataset.test))
