"""The path of a growing drawing in a latent space: one posterior after each stroke."""

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
    """The codes and reconstructions of k successive images, each extending the one before.

    Attributes:
        images: (k, C, H, W) float32, the inputs of the encoder.
        codes: q(z|x) of each image: mean (k, d) and scale (k, d).
        decoded: (k, C, H, W) float32, E[x|z] at the posterior means.
        moved: (k,) ‖μ − previous μ‖ in latent units; NaN for the first.
        moved_in_scales: (k,) the same in standard deviations of the previous posterior
            (Mahalanobis distance); NaN for the first and without a posterior.
        kl: (k,) KL(q(z|x) ‖ p(z)) in nats; NaN without a posterior.
        squared_error: (k,) Σ over pixels of (x − E[x|μ])².
        votes: (k, classes) fraction of the nearest held-out codes in each class.
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

    Images are first rounded to 8 bits, like those of the data sets. A view about one class assumes
    that they belong to that class.
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
    """Fractions (k, classes) of the nearest-neighbour vote in the full latent space."""
    from sklearn.neighbors import KNeighborsClassifier

    if not class_count:
        return np.zeros((len(codes), 0))
    neighbours = KNeighborsClassifier(min(NEIGHBOURS, len(held_out)))
    neighbours.fit(held_out.mean, held_out.labels)
    votes = np.zeros((len(codes), class_count))
    votes[:, neighbours.classes_] = neighbours.predict_proba(codes.mean)
    return votes
