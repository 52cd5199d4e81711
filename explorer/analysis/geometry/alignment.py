"""Laying one latent space over another, so that two models can be compared by eye."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import orthogonal_procrustes


def orthogonal_alignment(reference: ArrayLike, codes: ArrayLike) -> np.ndarray:
    """The rotation or reflection R (d, d) that makes ‖codes R − reference‖ least.

    The likelihood cannot tell a latent space from a rotated one, so two runs differ by a rotation
    even if they learned the same. Use it as ``codes @ R``. There is no scaling and no centring: R
    is orthogonal and leaves N(0, I) as it is, whereas a scale would hide how much of the prior the
    codes fill. Source: Schönemann 1966, the orthogonal Procrustes problem.

    Args:
        reference: (N, d) codes of the images in the space to lay over.
        codes: (N, d) codes of the same images, in the same order.

    Raises:
        ValueError: the shapes differ, or a code is not finite.
    """
    reference, codes = np.asarray(reference, np.float64), np.asarray(codes, np.float64)
    rotation, _ = orthogonal_procrustes(codes, reference)
    return rotation
