"""Replays a training run moment by moment, by training it again from its spec and seed."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from explorer.datasets import DATASETS, ImageDataset
from explorer.models import View
from explorer.models.latent import Codes, encode_images
from explorer.specs import RunSpec
from explorer.training.estimate import size_of
from explorer.training.loop import Trainer

MOMENTS = 40
# Limits of a run that is retrained while the user waits: a few seconds.
MOST_FLOP = 5e11
MOST_STEPS = 5_000
MOST_BYTES = 2**27  # of all the models of a replay, which a page shows


def is_brief(run: RunSpec) -> bool:
    """Whether a run is short and small enough to be repeated while the user waits: a few seconds,
    on an embedded data set."""
    source, training = DATASETS[run.dataset], run.training
    if source.files:
        return False
    steps = training.epochs * max(1, source.training_images // training.batch_size)
    size = size_of(run.model)
    flop = size.flop * source.training_images * training.epochs
    held = 4 * size.parameters * min(MOMENTS, training.epochs + 1)
    return steps <= MOST_STEPS and flop <= MOST_FLOP and held <= MOST_BYTES


@dataclass(frozen=True, eq=False)
class Moment:
    """The default view of a copy of the model after ``epoch`` epochs, and the codes of the
    held-out images."""

    epoch: int
    view: View
    codes: Codes


def replay(run: RunSpec, dataset: ImageDataset, moments: int = MOMENTS) -> Iterator[Moment]:
    """Train ``run`` again and yield a number of moments, beginning with the untrained model.

    Early epochs change the model most and are all included, later ones at growing intervals; the
    last one is always included.

    Raises:
        NonFiniteLoss: the loss diverged, as in the original run.
        ValueError: the spec does not fit the data set, or fewer than two moments are requested.
    """
    trainer = Trainer(run, dataset)
    shown = shown_epochs(run.training.epochs, moments)
    yield _moment(trainer, dataset)
    for progress in trainer:
        if progress.record.epoch in shown:
            yield _moment(trainer, dataset)


def shown_epochs(epochs: int, moments: int) -> frozenset[int]:
    """At most ``moments`` of the epochs 0, 1, … ``epochs``, including both ends."""
    if moments < 2:
        raise ValueError(f"a replay has at least two moments, not {moments}")
    # Evenly spaced in log(1 + epoch) and rounded, which gives early epochs more than once.
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
