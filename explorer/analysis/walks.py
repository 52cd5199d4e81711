"""What a growing drawing does in a latent space: one posterior after each stroke."""

from dataclasses import dataclass

import numpy as np
import torch

from explorer.analysis.information import surgery
from explorer.analysis.measures.knn_accuracy import NEIGHBOURS
from explorer.datasets import NO_CLASS, Images
from explorer.models import View
from explorer.models.latent import Codes, decode_means, encode_images


@dataclass(frozen=True, eq=False)
class Walk:
    """k images in a row, each the one before and some more, as a model sees them.

    Attributes:
        images: (k, C, H, W) float32 what the encoder was given.
        codes: q(z|x) of each: mean (k, d) and scale (k, d).
        decoded: (k, C, H, W) float32 E[x|z] at the posterior means.
        moved: (k,) |μ − μ before| in latent units, NaN for the first.
        moved_in_scales: (k,) the same in standard deviations of the posterior before (Mahalanobis
            distance), NaN for the first and where there is no posterior.
        kl: (k,) KL(q(z|x) ‖ p(z)) in nats, NaN where there is no posterior.
        squared_error: (k,) Σ over pixels of (x − E[x|μ])².
        votes: (k, classes) shares of the nearest held-out codes.
    """

    images: np.ndarray
    codes: Codes
    decoded: np.ndarray
    moved: np.ndarray
    moved_in_scales: np.ndarray
    kl: np.ndarray
    squared_error: np.ndarray
    votes: np.ndarray

    def __len__(self) -> int:
        return len(self.images)


def walk(view: View, images: np.ndarray, held_out: Codes, class_count: int) -> Walk:
    """Encode images (k, C, H, W) in [0, 1] in one batch and compare each with the one before.

    They are rounded to 8 bits first, as the data sets' own images are. A view about one class takes
    them for images of that class.
    """
    pixels = torch.from_numpy(np.rint(images * 255).astype(np.uint8))
    label = NO_CLASS if view.about is None else view.about
    given = Images(pixels, torch.full((len(pixels),), label))
    codes = encode_images(view, given)
    seen, decoded = given.floats().numpy(), decode_means(view, codes.mean)
    steps = np.diff(codes.mean, axis=0)  # (k − 1, d)
    scales = codes.scale[:-1] if view.stochastic else np.full_like(steps, np.nan)
    return Walk(
        seen,
        codes,
        decoded,
        _after_the_first(np.linalg.norm(steps, axis=1)),
        _after_the_first(np.linalg.norm(steps / scales, axis=1)),
        np.full(len(seen), np.nan)
        if surgery.undefined(view)
        else surgery.kl_per_image(view, codes),
        np.square(decoded - seen).sum(axis=(1, 2, 3)),
        _votes(codes, held_out, class_count),
    )


def _after_the_first(values: np.ndarray) -> np.ndarray:
    return np.concatenate([[np.nan], values])


def _votes(codes: Codes, held_out: Codes, class_count: int) -> np.ndarray:
    """Shares (k, classes) of the k-nearest-neighbour vote in the whole latent space."""
    from sklearn.neighbors import KNeighborsClassifier

    if not class_count:
        return np.zeros((len(codes), 0))
    neighbours = KNeighborsClassifier(min(NEIGHBOURS, len(held_out)))
    neighbours.fit(held_out.mean, held_out.labels)
    votes = np.zeros((len(codes), class_count))
    votes[:, neighbours.classes_] = neighbours.predict_proba(codes.mean)
    return votes
