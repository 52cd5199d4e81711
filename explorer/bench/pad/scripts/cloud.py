"""A cloud of any number of codes, without any data set: draws from a shipped model's posteriors."""

from __future__ import annotations

import numpy as np

from explorer.runs.checkpoints import GALLERY, Checkpoint, load_checkpoint

MODEL = "mnist-vae"
SEED = 0


def shipped() -> Checkpoint:
    """The model of both pages: its decoder, and the posteriors of its 10,000 held-out images."""
    return load_checkpoint(GALLERY / MODEL)


def draws(checkpoint: Checkpoint, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Codes (count, 2) float32 drawn from the posteriors q(z|x) of all held-out images in turn, a
    mixture of Gaussians, and their labels (count,)."""
    codes = checkpoint.codes
    image = np.arange(count) % len(codes)
    noise = np.random.default_rng(SEED).standard_normal((count, 2), dtype=np.float32)
    return codes.mean[image] + codes.scale[image] * noise, codes.labels[image]
