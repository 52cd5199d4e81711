"""Data sets. To add one, write a new file and add a line to DATASETS."""

import os
from pathlib import Path

from platformdirs import user_data_path

from explorer.datasets import digits, emnist_letters, fashion_mnist, kmnist, mnist
from explorer.datasets.base import (
    NO_CLASS,
    DatasetUnavailable,
    Factor,
    HeldOut,
    ImageDataset,
    Images,
    InkFrame,
    Report,
    Source,
)

__all__ = [
    "DATASETS",
    "NO_CLASS",
    "DatasetUnavailable",
    "Factor",
    "HeldOut",
    "ImageDataset",
    "Images",
    "InkFrame",
    "Report",
    "Source",
    "data_folder",
    "load_dataset",
    "load_held_out",
]

DATASETS: dict[str, Source] = {
    "digits": digits.SOURCE,
    "mnist": mnist.SOURCE,
    "fashion-mnist": fashion_mnist.SOURCE,
    "kmnist": kmnist.SOURCE,
    "emnist-letters": emnist_letters.SOURCE,
}


def data_folder() -> Path:
    """The folder of the data sets: ``EXPLORER_DATA``, else the platform's folder for user data."""
    chosen = os.environ.get("EXPLORER_DATA")
    if chosen:
        return Path(chosen).expanduser()
    return user_data_path("latent-explorer", appauthor=False) / "data"


def _silent(text: str, share: float) -> None:
    """Ignore the report."""


def load_dataset(name: str, report: Report = _silent) -> ImageDataset:
    """Load a data set by its name in DATASETS; its files are fetched first if missing.

    Raises:
        DatasetUnavailable: the name is unknown, or the files can be neither read nor fetched.
    """
    if name not in DATASETS:
        known = ", ".join(DATASETS)
        raise DatasetUnavailable(f"data set {name!a} is unknown; known are {known}")
    return DATASETS[name].load(data_folder(), report)


def load_held_out(name: str) -> HeldOut | None:
    """The held-out images of a data set that ship with the app, or None if they do not ship.

    Raises:
        DatasetUnavailable: they cannot be read.
    """
    source = DATASETS.get(name)
    return source.held_out() if source and source.held_out else None
