"""Registers toy families and toy data sets, and trains a tiny checkpoint of each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from explorer.datasets import DATASETS, Source, load_dataset
from explorer.models import FAMILIES
from explorer.runs.defaults import default_run
from explorer.runs.train import train_checkpoint
from tests.support.datasets import TOY_DATASETS
from tests.support.toys import TOYS

# A checkpoint's name → its data set and family.
TOY_MODELS: dict[str, tuple[str, str]] = {
    **{name: ("digits", name) for name in TOYS},
    **{f"vae-on-{name}": (name, "vae") for name in TOY_DATASETS},
}
TINY = {"widths": (8,), "epochs": 2, "batch_size": 64, "precision": "float32", "compiled": "no"}


def register(patch: pytest.MonkeyPatch) -> None:
    """Add the toys to the registries."""
    for name, family in TOYS.items():
        patch.setitem(FAMILIES, name, family)
    for name, source in TOY_DATASETS.items():
        patch.setitem(DATASETS, name, source)


def train_toys(home: Path, names: Iterable[str] = TOY_MODELS) -> Path:
    """Train checkpoints of the toys in the user's folder; the toys must be registered."""
    for name in names:
        dataset, family = TOY_MODELS[name]
        source: Source = DATASETS[dataset]
        run = default_run(source).replace({**TINY, "family": family})
        for _ in train_checkpoint(home / "checkpoints", name, run, load_dataset(dataset)):
            pass
    return home
