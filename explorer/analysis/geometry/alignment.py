"""Aligning one latent space with another, so that two models can be compared visually."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import orthogonal_procrustes


def orthogonal_alignment(reference: ArrayLike, codes: ArrayLike) -> np.ndarray:
    """The rotation or reflection R (d, d) that minimises ‖codes R − reference‖.

    The likelihood does not change if the latent space is rotated, so two runs that learn the same
    representation may still differ by a rotation. Apply it as ``codes @ R``. There is no scaling or
    centring: R is orthogonal and leaves N(0, I) unchanged, whereas scaling would hide how much of
    the prior the codes fill. Source: Schönemann 1966, the orthogonal Procrustes problem.

    Args:
        reference: (N, d) codes of the images in the space to align with.
        codes: (N, d) codes of the same images, in the same order.

    Raises:
        ValueError: the shapes differ, or a code is not finite.
    """
    reference, codes = np.asarray(reference, np.float64), np.asarray(codes, np.float64)
    rotation, _ = orthogonal_procrustes(codes, reference)
    return rotation
