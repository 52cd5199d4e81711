"""A small data set of real digits, and runs that take a moment each."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from explorer.datasets import ImageDataset
from explorer.specs import RunSpec
from explorer.training.loop import Trainer
from explorer.training.progress import Progress

SMALL = {
    "image_shape": (1, 8, 8),
    "widths": (32,),
    "epochs": 3,
    "batch_size": 64,
    "precision": "float32",
    "compiled": "no",
}


@pytest.fixture(scope="session")
def digits(digits: ImageDataset) -> ImageDataset:
    """The first 300 digits to train on, 60 to validate and 60 to test."""
    return replace(
        digits, train=digits.train[:300], validation=digits.validation[:60], test=digits.test[:60]
    )


@pytest.fixture
def small_run() -> Callable[..., RunSpec]:
    """A RunSpec of three quick epochs, with fields changed by name."""
    return lambda **fields: RunSpec().replace(SMALL | fields)


@pytest.fixture
def train(digits: ImageDataset) -> Callable[..., tuple[Trainer, list[Progress]]]:
    """Trains a run to its end on the CPU: the trainer, and what it yielded."""

    def train(
        run: RunSpec, dataset: ImageDataset = digits, **arguments: object
    ) -> tuple[Trainer, list[Progress]]:
        trainer = Trainer(run, dataset, torch.device("cpu"), **arguments)
        return trainer, list(trainer)

    return train
