"""Round-trip error: how far a code moves when decoded and encoded again; large in holes."""

import numpy as np
from numpy.typing import ArrayLike

from explorer.models import View
from explorer.models.latent import recode


def round_trip(view: View, codes: ArrayLike) -> np.ndarray:
    """‖E(D(z)) − z‖ of codes z (N, d), (N,) in latent units, with encoder and decoder means.

    Where an autoencoder is consistent, a code is mapped to itself (Cemgil et al. 2020). A small
    error does not by itself mean that D(z) looks like an image: for a collapsed decoder the error
    vanishes at one code, and a smooth decoder may extrapolate.
    """
    codes = np.asarray(codes, dtype=np.float64)
    return np.linalg.norm(recode(view, codes) - codes, axis=1)
