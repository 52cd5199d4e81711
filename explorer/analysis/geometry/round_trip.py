"""Where a code comes back to after decoding and encoding: far away from itself, in a hole."""

import numpy as np
from numpy.typing import ArrayLike

from explorer.models import View
from explorer.models.latent import recode


def round_trip(view: View, codes: ArrayLike) -> np.ndarray:
    """‖E(D(z)) − z‖ of codes z (N, d), (N,) in latent units, with the means of both maps.

    Where an autoencoder is consistent a code comes back to itself (Cemgil et al. 2020). A short
    way back alone does not mean that D(z) looks like an image: a collapsed decoder is wrong
    everywhere but at one code, and a smooth one may extrapolate.
    """
    codes = np.asarray(codes, dtype=np.float64)
    return np.linalg.norm(recode(view, codes) - codes, axis=1)
