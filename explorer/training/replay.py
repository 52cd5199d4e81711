"""A training run seen again, moment by moment: trained anew from its spec, which holds its seed."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from explorer.datasets import DATASETS, ImageDataset
from explorer.models import View
from explorer.models.latent import Codes, encode_images
from explorer.specs import RunSpec
from explorer.training.estimate import flop_per_image
from explorer.training.loop import Trainer

MOMENTS = 40
# Of a run that is trained again while somebody waits: some seconds.
MOST_FLOP = 5e11
MOST_STEPS = 5_000


def is_brief(run: RunSpec) -> bool:
    """Whether a run is so short that it can be repeated while somebody waits: on an embedded data
    set, for some seconds."""
    source, training = DATASETS[run.dataset], run.training
    if source.files:
        return False
    steps = training.epochs * max(1, source.training_images // training.batch_size)
    flop = flop_per_image(run.model) * source.training_images * training.epochs
    return steps <= MOST_STEPS and flop <= MOST_FLOP


@dataclass(frozen=True, eq=False)
class Moment:
    """A copy of the model after so many epochs, through its default view, and the codes of the
    held-out images."""

    epoch: int
    view: View
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
    view = deepcopy(trainer.model).to("cpu").eval().view()
    return Moment(trainer.epoch, view, encode_images(view, dataset.test))
