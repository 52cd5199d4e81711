"""log p(x, z) of many images at many codes, as one matrix product where the likelihood allows."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from explorer.models import Likelihood, View
from explorer.models.latent import decoded, log_prior
from explorer.models.pauses import with_pauses

_NUMBERS = 2**23  # log joints in one batch: 32 MB
_WEIGHTS = 2**26  # pixels of all decoded points: 256 MB; if there are more, they are not kept


@torch.no_grad()
def log_joints(view: View, images: Tensor, points: np.ndarray) -> Iterator[Tensor]:
    """log p(x|z) + log p(z) at points z (M, 2), (n, M) float32, in batches of n images. Callers may
    overwrite a batch; the next one may reuse its memory."""
    device = view.device
    prior = torch.from_numpy(log_prior(view, points)).float().to(device)  # (M,)
    size = max(1, _NUMBERS // len(points))
    first = next(decoded(view, points[:1]))
    is_large = math.prod(view.image_shape) * len(points) > _WEIGHTS
    if is_large or first.linear() is None:
        kept = None if is_large else list(decoded(view, points))
        for batch in with_pauses(images.split(size)):
            x = batch.to(device)
            parts = [part.pairs(x) for part in kept or decoded(view, points)]
            yield torch.cat(parts, 1).add_(prior)
        return
    weights = _weights(view, points, prior)
    found = weights.new_empty(min(size, len(images)), len(points))
    for batch in with_pauses(images.split(size)):
        x = batch.to(device)
        one = torch.ones(len(x), 1, device=device)
        seen = torch.cat([first.observe(x).flatten(1), one, first.carrier(x)[:, None]], 1)
        yield torch.mm(seen, weights, out=found[: len(x)])


def _weights(view: View, points: np.ndarray, prior: Tensor) -> Tensor:
    """(D + 2, M) weights: the matrix product of an image's pixels, a one and its carrier with these
    is the log joint. Points are decoded in batches, as the result is large."""
    parts: Iterator[Likelihood] = decoded(view, points)
    weights: Tensor | None = None
    start = 0
    for part in parts:
        linear = part.linear()
        assert linear is not None, "checked by the caller"
        slope, offset = linear
        if weights is None:
            weights = slope.new_ones(slope.shape[1] + 2, len(points))
        end = start + len(slope)
        weights[:-2, start:end] = slope.T
        weights[-2, start:end] = offset + prior[start:end]
        start = end
    assert weights is not None, "there is at least one point"
    return weights
