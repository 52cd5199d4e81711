"""Progress reports of a training run; plain numbers that can be stored as JSON."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from explorer.models import Losses
from explorer.specs import TrainingSpec


@dataclass(frozen=True)
class LossValues:
    """Mean loss terms in nats per image; ``kl`` is per group of latents and dimension."""

    reconstruction: float
    kl: tuple[tuple[float, ...], ...]
    penalty: float
    total: float

    @property
    def kl_total(self) -> float:
        """KL summed over groups and dimensions."""
        return sum(sum(level) for level in self.kl)

    @property
    def neg_elbo(self) -> float:
        """Reconstruction + KL, whatever the KL weight in ``total``."""
        return self.reconstruction + self.kl_total

    @property
    def finite(self) -> bool:
        """Whether no term is infinite or NaN."""
        return math.isfinite(self.total) and math.isfinite(self.kl_total)


@dataclass(frozen=True)
class EpochRecord:
    """The numbers of one finished epoch: an entry of a checkpoint's history.

    Attributes:
        epoch, epochs: finished epochs (from 1), and epochs of the whole run.
        step: optimiser steps so far.
        train, held_out: mean losses over the epoch's batches, and on validation images after it.
        kl_weight, learning_rate: their values at the end of the epoch.
        images_per_second: training images over training time, without evaluation.
        seconds: training time of this epoch.
        device: the name of the device, for display.
    """

    epoch: int
    epochs: int
    step: int
    train: LossValues
    held_out: LossValues
    kl_weight: float
    learning_rate: float
    images_per_second: float
    seconds: float
    device: str


@dataclass(frozen=True)
class Progress:
    """What a run yields after each epoch: its record, and validation codes if requested.

    Attributes:
        record: the numbers.
        snapshot: (n, d) float32 posterior means of the first n validation images, or None.
    """

    record: EpochRecord
    snapshot: np.ndarray | None = None


def validation_curve(training: TrainingSpec, history: Sequence[EpochRecord]) -> tuple[float, ...]:
    """The validation loss after each epoch of a run's end, nats per image, from the epoch in which
    the KL weight last changed on; before it, the loss was another one. (A warm-up does not matter:
    ``held_out`` has the peak weight throughout.)"""
    weights = [training.in_force(record.epoch - 1)[0] for record in history]
    start = len(weights)
    while start and weights[start - 1] == weights[-1]:
        start -= 1
    return tuple(record.held_out.total for record in history[start:])


class LossMeter:
    """Sums losses on the device and reads them once, as reading in each step would stall it."""

    def __init__(self) -> None:
        self._sum: Losses | None = None
        self._weight = 0

    def add(self, losses: Losses, weight: int = 1) -> None:
        """Add a batch's mean losses, weighted by its number of images."""
        terms = Losses(
            losses.reconstruction.detach() * weight,
            tuple(level.detach() * weight for level in losses.kl),
            losses.penalty.detach() * weight,
            losses.total.detach() * weight,
        )
        if self._sum is not None:
            before = self._sum
            terms = Losses(
                before.reconstruction + terms.reconstruction,
                tuple(a + b for a, b in zip(before.kl, terms.kl, strict=True)),
                before.penalty + terms.penalty,
                before.total + terms.total,
            )
        self._sum = terms
        self._weight += weight

    def mean(self) -> LossValues:
        """Weighted means of all added losses, read from the device."""
        reconstruction, kl, penalty, total = self._read()
        return LossValues(reconstruction, tuple(map(tuple, kl)), penalty, total)

    def means(self) -> list[LossValues]:
        """The means for each model of a stack, whose loss terms have a leading dimension."""
        reconstruction, kl, penalty, total = self._read()
        return [
            LossValues(
                reconstruction[k], tuple(tuple(level[k]) for level in kl), penalty[k], total[k]
            )
            for k in range(len(total))
        ]

    def _read(self) -> tuple[Any, list[Any], Any, Any]:
        """The means as numbers, nested like the tensors."""
        if self._sum is None:
            raise ValueError("no losses were added")

        def read(value: Tensor) -> Any:
            return (value / self._weight).tolist()

        return (
            read(self._sum.reconstruction),
            [read(level) for level in self._sum.kl],
            read(self._sum.penalty),
            read(self._sum.total),
        )
