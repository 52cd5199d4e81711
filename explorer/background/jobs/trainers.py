"""One interface for training a single run or a stack of runs."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from torch import Tensor

from explorer.models import Model
from explorer.specs import RunSpec
from explorer.training.loop import NonFiniteLoss, Trainer
from explorer.training.progress import Progress


class Trainers(Protocol):
    """Runs that are trained together, each identified by its index."""

    def __iter__(self) -> Iterator[tuple[Progress | NonFiniteLoss, ...]]: ...
    def run(self, index: int) -> RunSpec: ...
    def model(self, index: int) -> Model: ...
    def state(self, index: int) -> dict[str, Tensor]: ...
    def snapshot(self, index: int) -> np.ndarray | None: ...
    def warning(self, index: int) -> str: ...
    def change(
        self, index: int, kl_weight: float | None = None, learning_rate: float | None = None
    ) -> None: ...


class Alone(Trainers):
    """A single run, with the same interface as a stack."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer

    def __iter__(self) -> Iterator[tuple[Progress | NonFiniteLoss, ...]]:
        try:
            for progress in self._trainer:
                yield (progress,)
        except NonFiniteLoss as error:
            yield (error,)

    def run(self, index: int) -> RunSpec:
        return self._trainer.run

    def model(self, index: int) -> Model:
        return self._trainer.model

    def state(self, index: int) -> dict[str, Tensor]:
        return self._trainer.state()

    def snapshot(self, index: int) -> np.ndarray | None:
        return self._trainer.snapshot()

    def warning(self, index: int) -> str:
        return self._trainer.warning

    def change(
        self, index: int, kl_weight: float | None = None, learning_rate: float | None = None
    ) -> None:
        self._trainer.change(kl_weight, learning_rate)
