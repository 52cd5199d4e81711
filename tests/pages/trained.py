"""Tiny models of the embedded digits for the pages: a series, and dimensions other than two."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.datasets import load_dataset
from explorer.runs.checkpoints import GALLERY, load_checkpoint, save_checkpoint
from explorer.runs.defaults import default_run
from explorer.runs.series import find_series
from explorer.runs.train import train_checkpoint
from explorer.specs import CheckpointSpec, RunSpec

SERIES = (0.1, 1.0, 10.0)  # KL weights
MODELS: dict[str, dict[str, Any]] = {
    "tiny-1d": {"latent_dim": 1},
    "tiny-3d": {"latent_dim": 3},
    "tiny-16d": {"latent_dim": 16},
    "tiny-ae": {"family": "ae"},
    **{f"tiny-beta-{weight:g}": {"kl_weight": weight} for weight in SERIES},
}


def _runs() -> dict[str, RunSpec]:
    run = default_run(load_dataset("digits"))
    run = run.replace({"widths": (32,), "epochs": 4, "batch_size": 128})
    return {name: run.replace(changes) for name, changes in MODELS.items()}


def series_name() -> str:
    """What the app calls the series."""
    specs = {
        name: CheckpointSpec(name=name, run=run, device="cpu", versions={}, measures={})
        for name, run in _runs().items()
    }
    (name,) = find_series(specs, gallery=())
    return name


def train_tiny_models(home: Path) -> Path:
    """Train MODELS into an ``EXPLORER_HOME``, each for a few epochs (a third of a second)."""
    for name, run in _runs().items():
        for _ in train_checkpoint(home / "checkpoints", name, run, load_dataset("digits")):
            pass
    return home


def save_kana(home: Path) -> str:
    """A model of KMNIST, whose images do not ship, in an ``EXPLORER_HOME``: one of the gallery,
    renamed. Returns its name."""
    shipped = load_checkpoint(GALLERY / "mnist-vae")
    run = shipped.spec.run.replace({"dataset": "kmnist"})
    spec = shipped.spec.model_copy(update={"name": "kana-vae", "run": run})
    save_checkpoint(home / "checkpoints", replace(shipped, spec=spec))
    return spec.name
