"""Squared error of the reconstruction from the mean code."""

import numpy as np
import torch

from explorer.analysis.measures.base import Measure, mean_of
from explorer.analysis.subject import Subject, needs_images
from explorer.models.latent import batch_size
from explorer.models.pauses import with_pauses


@torch.no_grad()
def squared_errors(subject: Subject) -> np.ndarray:
    """Squared error of each held-out image, Σ (x − D(E(x)))² over pixels, (n,)."""
    model, images, view = subject.model, subject.images.test, subject.view
    model.eval()
    size, errors = batch_size(view), []
    for start in with_pauses(range(0, len(images), size)):
        part = images[start : start + size].to(view.device)
        x = part.floats()
        back = model.reconstruct(x, part.labels).mean
        errors.append((back - x).square().flatten(1).sum(1).cpu().numpy())
    return np.concatenate(errors)


MEASURE = Measure(
    name="squared_error",
    title="Squared error",
    unit="per image",
    help="Σ (x − D(E(x)))² over pixels, decoded from the mean code. Comparable across all models "
    "of a data set.",
    compute=mean_of(squared_errors),
    scope="model",
    undefined=needs_images,
    each=squared_errors,
)
